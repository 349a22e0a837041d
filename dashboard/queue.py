"""The queue of reports: numbers that open lists, and on each line the clocks of a report in words. No name of a child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

import streamlit as st

from dashboard import parts, session, words
from mdt import access
from mdt.board import overview
from mdt.board import queue as reports
from mdt.board.queue import Narrowed
from mdt.casework import ACT, carry_out
from mdt.errors import MdtError
from mdt.queue import State

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.clocks import Clock
    from mdt.board.queue import Line

KEY = "queue"
KEPT: Final = "session"
FEW_CLOCKS = 3
SAID = "queue-said"
TITLES = {
    State.NEW: "New",
    State.LOOKED_AT: "Being looked at",
    State.ACCEPTED: "Accepted",
    State.DECLINED: "Declined",
    State.INVALID: "Invalid",
}
NONE = {
    State.NEW: "No report waits to be taken up.",
    State.LOOKED_AT: "No report is being looked at.",
    State.ACCEPTED: "No report was accepted",
    State.DECLINED: "No report was declined",
    State.INVALID: "No report was found invalid",
}


def queue() -> None:
    """The queue of this viewer."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    narrowed = _filters()
    numbers = reports.counts(store, viewer, now, narrowed)
    state = State(parts.tiles(KEY, {one.value: (TITLES[one], number) for one, number in numbers.items()}))
    _say_what_became_of_it()
    first = parts.page_of(KEY, numbers[state])
    found = reports.page(store, viewer, now, state, narrowed=narrowed, first=first)
    if not found:
        st.write(_none(state, narrowed))
    with parts.rows():
        for n, line in enumerate(found):
            _row(line, now, f"{KEY}-line-{n}")
    parts.pager(KEY, numbers[state])


def _filters() -> Narrowed:
    """What she has narrowed the queue to."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        district = st.selectbox(
            "District", overview.districts(session.viewer()), None, key=f"{KEY}-district", placeholder="All", width=200,
            on_change=_again, persist_state=KEPT,
        )  # fmt: skip
        overdue = _tick("Overdue alone", "overdue", "What is to be done at once, as classifying a report is, is not counted.")
        mine = _tick("Taken up by me", "mine", "Or by a colleague whose clocks you look after.")
        ever = _tick("Older than 30 days too", "ever", "Accepted, declined and invalid reports of any age.")
    return Narrowed(mine, district, overdue, ever)


def _tick(title: str, name: str, more: str | None = None) -> bool:
    return st.checkbox(title, key=f"{KEY}-{name}", help=more, on_change=_again, persist_state=KEPT)


def _again() -> None:
    """Another filter: begin on the first page."""
    st.session_state.pop(f"{KEY}-first", None)


def _none(state: State, narrowed: Narrowed) -> str:
    lately = "" if narrowed.ever or state in reports.AT_WORK else " in the last 30 days"
    narrow = " with these filters" if narrowed.mine or narrowed.district or narrowed.overdue else ""
    return f"{NONE[state].removesuffix('.')}{lately}{narrow}."


def _row(line: Line, now: datetime, key: str) -> None:
    """A report; its number opens the case."""
    with st.container(border=True):
        left, middle, right = st.columns(parts.ROW, vertical_alignment="center", gap="small")
        if left.button(parts.number(line.number), key=key, type="tertiary"):
            session.open_case(line.case_id)
        left.caption(_received(line, now))
        middle.markdown(_clocks(line, now))
        with right:
            st.markdown(_where(line))
            _take_up_button(line)


def _received(line: Line, now: datetime) -> str:
    return f"received {words.moment(line.received_at)}  \n{words.ago(line.received_at, now)} ago"


def _clocks(line: Line, now: datetime) -> str:
    """The soonest clocks, a line each, and how many there are besides."""
    shown = [f"{of_clock(clock, now)}{_of_another(line, clock)}" for clock in line.clocks[:FEW_CLOCKS]]
    more = len(line.clocks) - FEW_CLOCKS
    rest = [f":gray[and {words.count(more, 'more clock')}]"] if more > 0 else []
    return "  \n".join([*shown, *rest]) or "No clock runs."


def _of_another(line: Line, clock: Clock) -> str:
    return " :gray[(another report of this case)]" if line.is_of_another(clock) else ""


def of_clock(clock: Clock, now: datetime) -> str:
    """A clock in words: how it stands, the step, the section in short."""
    return f"{words.of_clock(clock, now)} · {words.plain(clock.title)} :gray[({words.plain(clock.cite)})]"


def _where(line: Line) -> str:
    """Place, age, how the report came, how it was classed, who has it."""
    mandated = {True: "mandated reporter", False: "not a mandated reporter", None: ""}[line.mandated]
    place = words.joined((words.age(line.age), line.office and f"{line.office} office", line.district or "not placed yet"))
    told = words.joined((line.mode, mandated, line.classification))
    likely = f":blue-badge[likely known: {line.alike} to settle]" if line.alike else ""
    taken = f"taken up by {words.plain(line.taken_by)}" if line.taken_by else ""
    return "  \n".join(part for part in (place, f":gray[{told}]" if told else "", words.joined((taken, likely))) if part)


def _take_up_button(line: Line) -> None:
    if line.state is State.NEW and access.may(session.viewer(), ACT["take_up_report"]):
        command = st.session_state.setdefault(f"{KEY}-command-{line.report}", uuid4().hex)
        st.button("Take up", key=f"{KEY}-take-{line.report}", on_click=_take_up, args=(line, command))


def _take_up(line: Line, command: str) -> None:
    """Once, however often it is clicked; refused, if a colleague was quicker."""
    act, now = ACT["take_up_report"], session.now()
    form = act.form.model_validate({"happened_at": now, "about": line.report})
    try:
        carry_out(
            session.store(), line.case_id, act, form, by=session.viewer(), now=now, command=command, seen=line.version
        )  # fmt: skip
    except MdtError as refusal:
        st.session_state[SAID] = (False, str(refusal))
        st.session_state.pop(f"{KEY}-command-{line.report}", None)
    else:
        st.session_state[SAID] = (True, f"You have taken up the report of case {line.number}: it is being looked at.")


def _say_what_became_of_it() -> None:
    well, said = st.session_state.pop(SAID, (True, ""))
    if said:
        (st.success if well else st.error)(said)
