"""A meeting before and after it is held: its agenda and why each case is there, who comes, its packets, its record."""

from __future__ import annotations

import itertools
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import agenda, attending, convening, minuted, session, words
from mdt.board import meeting
from mdt.casework import meeting_papers, packets
from mdt.convening import CONFIDENTIALITY, Accept, CancelMeeting, MoveMeeting, Nothing
from mdt.errors import MdtError, NotFound
from mdt.law.period import EASTERN, local_date
from mdt.store import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.meeting import MeetingView
    from mdt.casework.documents import Document

LOOK_EVERY = 15  # seconds between two looks at whether the meeting has moved
STATES = {"set": "to come", "open": "being held", "held": "held, record not approved", "recorded": "record approved",
          "cancelled": "cancelled"}  # fmt: skip
OPENED = "packet-made"


def header(view: MeetingView, now: datetime) -> None:
    """Which meeting, when, where, how it stands; and what one does with it next."""
    stands = view.course
    st.header(f"{view.team['name']}, {words.meeting(stands.starts_at)}", anchor=False)
    kind = "special meeting" if stands.special else ""
    place = stands.place or "no place given"
    st.markdown(words.joined((f"**{STATES[stands.state]}**", kind, f"{stands.minutes} minutes", words.plain(place))))
    if stands.state == "cancelled":
        st.warning(f"This meeting was cancelled: {stands.because}")
    with st.container(horizontal=True, gap="small"):
        if stands.state == "open":
            st.button("Into the room", type="primary", on_click=_go_in, args=(view,))
        elif view.leads and stands.state == "set" and local_date(now) >= local_date(stands.starts_at):
            st.button("Open the meeting", type="primary", on_click=_open, args=(view,))
        hand_out(
            "ics", "Invitation (.ics)", partial(meeting_papers.invitations, session.store(), session.viewer(), view.id, now)
        )
        packet(view, now)
        if view.leads and stands.state == "set":
            change(view, now)


def _go_in(view: MeetingView) -> None:
    st.session_state["into-room"] = view.id


def _open(view: MeetingView) -> None:
    if convening.record(view, "open_meeting", Nothing()):
        _go_in(view)


def change(view: MeetingView, now: datetime) -> None:
    """Move the meeting or cancel it, with a reason; its cases go along."""
    with st.popover("Move or cancel"):
        at = view.course.starts_at.astimezone(EASTERN)
        day = st.date_input("New day", max(at.date(), local_date(now)), local_date(now), key="move-day", format="MM/DD/YYYY")
        clock = st.time_input("Eastern time", at.time(), key="move-time")
        place = st.text_input("Place", view.course.place, key="move-place", max_chars=120)
        minutes = st.number_input("Minutes", 15, 480, view.course.minutes, 15, key="move-minutes")
        closed = st.checkbox("We mean to meet although the offices are closed that day", key="move-closed")
        reason = st.text_area("Why", key="move-reason", height=68, max_chars=500)
        with st.container(horizontal=True, gap="small"):
            moved = st.button("Move it", key="move-it", type="primary", disabled=len(reason.strip()) < agenda.SHORTEST)
            gone = st.button("Cancel it", key="cancel-it", disabled=len(reason.strip()) < agenda.SHORTEST)
        if moved:
            form = MoveMeeting(
                starts_at=datetime.combine(day, clock, EASTERN),
                minutes=minutes,
                place=place,
                on_a_holiday=closed,
                reason=reason,
            )
            convening.record(view, "move_meeting", form)
            st.rerun()
        if gone:
            convening.record(view, "cancel_meeting", CancelMeeting(reason=reason))
            st.rerun()


def packet(view: MeetingView, now: datetime) -> None:
    """Her packet, once she has accepted the confidentiality statement."""
    if not view.packet_is_open:
        st.caption("Packets have expired.", width="content")
    elif not view.has_accepted:
        st.caption("Packets open once you accept the statement below.", width="content")
    elif st.button("My packet (PDF)", key="packet-make"):
        command = ledger.short(f"{view.id}/{session.viewer().id}/{now.isoformat()}")
        made = partial(packets.packet, session.store(), session.viewer(), view.id, now, command=command)
        save("packet", made)


def confidentiality(view: MeetingView) -> None:
    """The statement that each accepts for each meeting, before any packet opens."""
    if view.has_accepted or view.course.state in ("cancelled", "held", "recorded"):
        return
    with st.container(border=True):
        st.markdown(f"**Confidentiality.** {words.plain(CONFIDENTIALITY)}")
        st.caption(
            "Accepted for this meeting alone. The duty is law (§ 17a-106a(i)); accepting it each time is the team's standard."
        )
        st.button("I accept", key="accept", type="primary", on_click=_accept, args=(view,))


def _accept(view: MeetingView) -> None:
    convening.record(view, "accept_confidentiality", Accept())


def hand_out(key: str, label: str, make: Callable[[], Document]) -> None:
    """A button that makes a file, and then hands it out."""
    if st.button(label, key=f"{key}-make"):
        save(key, make)


def save(key: str, make: Callable[[], Document]) -> None:
    """The file, until the page is drawn anew: nothing of it is kept."""
    try:
        made = make()
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.download_button(
        f"Save {made.name}", made.content, made.name, made.media, f"{key}-save", on_click="ignore", type="primary"
    )


def watch(view: MeetingView) -> None:
    """Draw the page anew once the meeting has moved: others accept, arrange, invite."""
    looks = itertools.count()

    @st.fragment(run_every=LOOK_EVERY)
    def look() -> None:
        if next(looks) and meeting.version_of(session.store(), view.id) != view.version:
            session.draw_anew()

    look()


def page() -> None:
    """The meeting that is open."""
    meeting_id, now = st.session_state.get(session.MEETING), session.now()
    if st.session_state.pop("into-room", None):
        st.switch_page("room.py")
    if meeting_id is None:
        st.write("No meeting is open. Choose one on the page Meetings.")
        return
    try:
        view = meeting.meeting_view(session.store(), session.viewer(), meeting_id, now)
    except NotFound as refused:
        st.write(str(refused))
        return
    header(view, now)
    convening.said()
    confidentiality(view)
    names = ["Agenda", "Who comes", "Record"]
    lines, who, record = st.tabs(names, on_change="rerun", key="convened-tab")
    if lines.open:
        with lines:
            agenda.panel(view)
    if who.open:
        with who:
            attending.panel(view)
    if record.open:
        with record:
            minuted.panel(view, now)
    watch(view)


page()
