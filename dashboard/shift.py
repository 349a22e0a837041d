"""The end of a shift: what still runs, what nobody acknowledged, what was begun; and handing one's clocks to a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from pydantic import ValidationError

from dashboard import drafts as begun_forms
from dashboard import forms, parts, session, words
from dashboard.queue import of_clock
from mdt.board import cover as covering
from mdt.board import fanout
from mdt.board import shift as shifts
from mdt.casework import cover
from mdt.casework.cover import HandOff
from mdt.errors import MdtError
from mdt.policy import Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mdt.board.cover import Covering
    from mdt.board.shift import Shift

DRAFT = "hand-off"
SAID = "hand-off-said"
FEW = 50
NOTHING = "Nothing is open with you: no clock of the law runs out within a day, no notice waits, nothing is begun."


def shift() -> None:
    """What is open with this viewer, and the form by which a colleague looks after it."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    found = shifts.shift(store, viewer, now)
    if found.nothing_open:
        st.success(NOTHING)
    _running(found, now)
    _sent(found, now)
    if viewer.role == Role.INTAKE_SUPERVISOR:
        _everybodys(now)
    _unclassified(found, now)
    if found.drafts:
        st.subheader(f"Begun and not recorded ({len(found.drafts)})", anchor=False)
        begun_forms.listed()
    st.subheader("A colleague looks after my clocks", anchor=False)
    _covers(found.covers, now)
    _hand_off()


def _running(found: Shift, now: datetime) -> None:
    lines = [(r.case_id, r.number, f"{of_clock(r.clock, now)} :gray[{words.plain(r.clock.owner)}]") for r in found.clocks]
    _section("The law's clocks, overdue or within a day", "clock", lines)


def _sent(found: Shift, now: datetime) -> None:
    lines = [(s.case_id, s.number, _waits(s.fact, s.sent_at, now)) for s in found.unacknowledged]
    _section("Notices nobody has acknowledged", "sent", lines)


def _everybodys(now: datetime) -> None:
    """To a supervisor: whoever sent it, what waits for an answer in the cases that are hers to see, the longest wait first."""
    store, viewer = session.store(), session.viewer()
    total = fanout.count_unacknowledged(store, viewer)
    late = words.orange(f"{words.LATE} past the standard")
    lines = [
        (u.case_id, u.number, words.joined((_waits(u.told, u.sent_at, now), words.plain(u.owner), late if u.is_late else "")))
        for u in fanout.unacknowledged(store, viewer, now, most=FEW)
    ]
    _section("Everybody's notices that nobody has acknowledged", "everybodys", lines, total)


def _waits(fact: str, sent_at: datetime, now: datetime) -> str:
    return f"{words.plain(fact)}, sent {words.ago(sent_at, now)} ago and not acknowledged"


def _unclassified(found: Shift, now: datetime) -> None:
    lines = [
        (u.case_id, u.number, f"received {words.ago(u.received_at, now)} ago, taken up and not classified")
        for u in found.unclassified
    ]
    _section("Reports taken up and not classified", "unclassified", lines)


def _section(title: str, key: str, lines: list[tuple[str, str, str]], total: int | None = None) -> None:
    """A heading with its number, and a line for each; nothing where there is nothing."""
    if not lines:
        return
    st.subheader(f"{title} ({total or len(lines):,})", anchor=False)
    with parts.rows():
        for n, (case_id, number, text) in enumerate(lines[:FEW]):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if st.button(parts.number(number), key=f"shift-{key}-{n}", type="tertiary"):
                    session.open_case(case_id)
                st.markdown(text, width="content")
    if (total or len(lines)) > FEW:
        st.caption(f"The first {FEW} are shown.")


def _covers(found: Iterable[Covering], now: datetime) -> None:
    """Who covers whom, told to both; one's own can be ended."""
    viewer = session.viewer()
    for n, one in enumerate(found):
        mine = one.person_id == viewer.id
        st.markdown(words.plain(sentence(one, now, mine=mine)))
        if mine:
            st.button("End it", key=f"cover-end-{n}", on_click=_end, args=(one.from_at,))


def sentence(one: Covering, now: datetime, *, mine: bool) -> str:
    """Who looks after whose clocks, from when and until when."""
    who = f"{one.colleague} looks after your clocks" if mine else f"You look after the clocks of {one.person}"
    begins = "" if one.runs(now) else f" from {words.moment(one.from_at)}"
    return f"{who}{begins} until {words.moment(one.until_at)}."


def _end(from_at: datetime) -> None:
    try:
        cover.end(session.store(), session.viewer(), from_at, session.now())
    except MdtError as refusal:
        st.session_state[SAID] = (False, str(refusal))
    else:
        st.session_state[SAID] = (True, "Your clocks are with you again; both of you see it here.")


def _hand_off() -> None:
    """The form; what a colleague may see does not change by it."""
    well, said = st.session_state.pop(SAID, (True, ""))
    if said:
        (st.success if well else st.error)(said)
    st.caption("Your lists become theirs too for that time, at most thirty days. It shows nobody a case they may not see.")
    draft = session.draft(DRAFT, 0)
    choices = {"colleague": covering.colleagues(session.store(), session.viewer())}
    values = forms.draw(HandOff, draft.command, given={"from_at": draft.opened_at}, choices=choices)
    if st.button("Hand my clocks over", key=f"{draft.command}.hand-off"):
        _put(values)
        st.rerun()


def _put(values: dict[str, object]) -> None:
    try:
        form = HandOff.model_validate(values)
        cover.put(session.store(), session.viewer(), form, session.now())
    except ValidationError as error:
        st.session_state[SAID] = (False, "\n\n".join(forms.wrong(error, HandOff)))
    except MdtError as refusal:
        st.session_state[SAID] = (False, str(refusal))
    else:
        session.drop_draft(DRAFT)
        st.session_state[SAID] = (
            True,
            f"Until {words.moment(form.until_at)} a colleague looks after your clocks; both are told.",
        )
