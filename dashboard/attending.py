"""Who comes to a meeting: the nine seats, the roll call, guests with the members' duties, who accepted, who opened a packet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import convening, session, words
from mdt.board.people import people
from mdt.convening import Accept, InviteGuest, Nothing, Of, RollCall, WithdrawGuest
from mdt.law.rulebook import load
from mdt.policy import CASE_ROLES
from mdt.team import EMPTY, OFFICES

if TYPE_CHECKING:
    from mdt.board.meeting import MeetingView
    from mdt.meeting import Course, Guest
    from mdt.team import Holding, Seat

ROW = [2.4, 3, 2.6]
SHORTEST = 3


def panel(view: MeetingView) -> None:
    """The seat meter, everybody who may come, guests, and the packets."""
    seats(view)
    st.subheader("Members and guests", anchor=False)
    invited(view)
    for one in view.members:
        if one.seat not in OFFICES:
            member(view, one)
    for guest in view.course.guests.values():
        a_guest(view, guest)
    if view.leads and view.course.state in ("set", "open"):
        invite(view)
    packets(view)


def seats(view: MeetingView) -> None:
    """The nine kinds of member of § 17a-106a(c): how each is filled, and which stood empty."""
    filled = sum(seat.filling != EMPTY for seat in view.seats)
    st.markdown(f"**Seats: {filled} of {len(view.seats)} filled** (§ 17a-106a(c))")
    st.dataframe([_seat(seat) for seat in view.seats], hide_index=True)


def _seat(seat: Seat) -> dict[str, str]:
    often = load().standard("seat-empty").number or 0
    empty = seat.filling == EMPTY
    sign = ("○ " if seat.where_appropriate else f"{words.OVERDUE} ") if empty else "● "
    filling = f"{sign}{seat.filling}" + (", where needed" if empty and seat.where_appropriate else "")
    running = f"{words.LATE} at the last {seat.empty_running} meetings" if seat.empty_running >= often else ""
    who = ", ".join(f"{one.name} ({one.standing})" for one in seat.holders)
    return {"Seat": seat.seat, "Section": seat.section, "Filled": filling, "Who": who, "Empty before": running}


def invited(view: MeetingView) -> None:
    """Whether the invitations went out."""
    at, by = view.course.invited_at, view.leads and view.course.state == "set"
    st.caption(f"Invitations sent on {words.moment(at)}." if at else "Invitations have not been sent yet.")
    if by:
        st.button(
            "Record that the invitations went out", key="invited", on_click=_record, args=(view, "send_invitations", None)
        )


def _record(view: MeetingView, key: str, form: Of | RollCall | Accept | WithdrawGuest | None) -> None:
    convening.record(view, key, form or Nothing())


def member(view: MeetingView, one: Holding) -> None:
    """A member: her seat, whether she has accepted the statement, whether she comes or came."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        left.markdown(f"**{words.plain(one.name)}**  \n:gray[{words.plain(words.joined((one.position, one.agency)))}]")
        middle.markdown(f"{one.seat}, {one.standing}  \n:gray[{_stands(view, one.id, one.person)}]")
        with right:
            _answers(view, one.id, one.person)


def _stands(view: MeetingView, who: str, person: str | None) -> str:
    accepted = {who, person} & set(view.course.accepted)
    said = "statement accepted" if accepted else "statement not accepted yet"
    coming = "does not come" if who in view.course.excused else ""
    return words.joined((answered(view.course, who) or coming, said))


def answered(stands: Course, who: str) -> str:
    """What the roll call says of her; empty if she was not called."""
    if who not in stands.came:
        return ""
    return "✓ came" if stands.came[who] else "✗ did not come"


def _answers(view: MeetingView, who: str, person: str | None) -> None:
    """What may be recorded of her now."""
    state, mine = view.course.state, who in view.mine
    with st.container(horizontal=True, gap="xsmall"):
        if state == "set" and (mine or view.leads) and who not in view.course.excused:
            st.button("Does not come", key=f"excuse-{who}", on_click=_record, args=(view, "excuse", Of(who=who)))
        if state == "set" and (mine or view.leads) and who in view.course.excused:
            st.button("Comes after all", key=f"comes-{who}", on_click=_record, args=(view, "come_after_all", Of(who=who)))
        if view.leads and state in ("set", "open") and not {who, person} & set(view.course.accepted):
            form = Accept(who=who, on_paper=True)
            st.button("Accepted on paper", key=f"paper-{who}", on_click=_record, args=(view, "accept_confidentiality", form))
        if view.leads and state in ("open", "held"):
            roll_call(view, who)


def roll_call(view: MeetingView, who: str, place: str = "") -> None:
    """Came, or did not come."""
    came = view.course.came.get(who)
    for word, value in (("Came", True), ("Did not come", False)):
        st.button(word, key=f"roll-{place}{who}-{value}", type="primary" if came is value else "secondary",
                  on_click=_record, args=(view, "call_roll", RollCall(who=who, came=value)))  # fmt: skip


def a_guest(view: MeetingView, guest: Guest) -> None:
    """A guest: for which cases, with the same duties as a member."""
    numbers = ", ".join(line.number for line in view.lines if line.line in guest.lines)
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        left.markdown(f"**{words.plain(guest.name)}**  \n:gray[{words.plain(words.joined((guest.position, guest.agency)))}]")
        middle.markdown(f"guest, for {numbers or 'no case of yours'}  \n:gray[{_stands(view, guest.id, guest.person or None)}]")
        with right:
            _answers(view, guest.id, guest.person or None)
            if view.leads and view.course.state in ("set", "open") and guest.id not in view.course.came:
                form = WithdrawGuest(guest=guest.id)
                st.button("Withdraw", key=f"withdraw-{guest.id}", on_click=_record, args=(view, "withdraw_guest", form))


def invite(view: MeetingView) -> None:
    """An expert, or somebody with information germane to a case, for those cases alone (§ 17a-106a(c))."""
    with st.expander("Invite a guest", key="invite-guest"):
        st.caption(
            "A guest has the same protections and obligations as a member (§ 17a-106a(c), (h) to (j)). An invitation opens no"
            " case: who signs in here is engaged on it first, from the case's page."
        )
        name = st.text_input("Name", key="guest-name", max_chars=120)
        position = st.text_input("Position, or what the guest knows of", key="guest-position", max_chars=120)
        agency = st.text_input("Agency", key="guest-agency", max_chars=64)
        mail = st.text_input("E-mail, for the invitation", key="guest-mail", max_chars=120)
        known = {p.id: f"{p.name} ({p.role})" for p in people(session.store(), session.now()) if p.role in CASE_ROLES}
        person = st.selectbox("If the guest signs in here: who", list(known), None, known.__getitem__, key="guest-person",
                              placeholder="Choose")  # fmt: skip
        cases = {line.line: line.number for line in view.lines if line.state == "waiting"}
        lines = st.multiselect("For which cases", list(cases), None, cases.__getitem__, key="guest-lines", placeholder="Choose")
        ready = min(len(name.strip()), len(position.strip()), len(agency.strip())) >= SHORTEST and lines
        if st.button("Invite", key="guest-invite", type="primary", disabled=not ready):
            form = InviteGuest(name=name, position=position, agency=agency, person=person or "", mail=mail, lines=lines)
            if convening.record(view, "invite_guest", form):
                for key in ("guest-name", "guest-position", "guest-agency", "guest-mail", "guest-person", "guest-lines"):
                    st.session_state.pop(key, None)
            st.rerun()


def packets(view: MeetingView) -> None:
    """Who opened her packet, how often, and when last."""
    st.subheader("Packets opened", anchor=False)
    often, last = Counter(who for who, _ in view.course.packets), dict(view.course.packets)
    if not often:
        st.write("Nobody has opened a packet yet.")
        return
    rows = [{"Who": view.names.get(who, "somebody"), "Times": n, "Last": words.moment(last[who])} for who, n in often.items()]
    st.dataframe(rows, hide_index=True)
