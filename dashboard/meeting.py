"""The chairperson's start: the next meetings with their cases, unfinished decisions, the team's work, who is behind."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import drafts, parts, session, words
from mdt.board import overview, work

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.work import AgendaLine, Sitting

CHOSEN = "meeting"
DECISIONS = ("carry-out-decision",)
TEAM = ("MDT",)


def meetings(now: datetime) -> None:
    """The coming meetings; the agenda of the one that is chosen."""
    found = work.meetings(session.store(), session.viewer(), now)
    if not found:
        st.write("No meeting is set. One is made as soon as a case waits for the team.")
        return
    ids = [sitting.id for sitting in found]
    chosen = st.session_state.get(CHOSEN) if st.session_state.get(CHOSEN) in ids else ids[0]
    for starts_at, same in groupby(found, key=lambda s: s.starts_at):
        st.caption(words.meeting(starts_at))
        with st.container(horizontal=True, gap="xsmall"):
            for sitting in same:
                st.button(
                    f"{sitting.district} **{words.count(sitting.cases, 'case')}**",
                    key=f"meeting-{sitting.id}",
                    type="primary" if sitting.id == chosen else "secondary",
                    on_click=_choose,
                    args=(sitting.id,),
                )
    agenda(next(s for s in found if s.id == chosen), now)


def _choose(meeting: str) -> None:
    st.session_state[CHOSEN] = meeting


def agenda(sitting: Sitting, now: datetime) -> None:
    """The cases still to be heard, those with an overdue duty first."""
    st.subheader(f"{sitting.team}, {words.meeting(sitting.starts_at)}", anchor=False)
    lines = work.agenda(session.store(), session.viewer(), sitting.id, now)
    if not lines:
        st.write("No case is left to be heard at this meeting.")
    with parts.rows():
        for n, line in enumerate(lines):
            agenda_row(n, line, now)


def agenda_row(n: int, line: AgendaLine, now: datetime) -> None:
    """A case on the agenda and why it stands there."""
    with st.container(border=True):
        left, middle, right = st.columns(parts.ROW, vertical_alignment="center", gap="small")
        if left.button(f"{n + 1}. {parts.number(line.number)}", key=f"agenda-{line.line}", type="tertiary"):
            session.open_case(line.case_id)
        late = words.red(f"{words.OVERDUE} a duty is overdue") if line.is_overdue else "nothing overdue"
        review = f"last reviewed {words.ago(line.reviewed_at, now)} ago" if line.reviewed_at else "first review"
        middle.markdown(f"{late}  \n:gray[{words.joined((review, words.count(line.open_tasks, 'open step')))}]")
        place = words.joined((words.age(line.age), line.district))
        right.markdown(f"{place}  \n:gray[{words.tracks(line.tracks)}]")


def behind(now: datetime) -> None:
    """What each agency still owes, summed."""
    tallies = {owner: work.tally(session.store(), session.viewer(), (owner,), now) for owner in overview.owners()}
    worst_first = sorted((item for item in tallies.items() if item[1].open), key=lambda item: -item[1].overdue)
    if not worst_first:
        st.write("Nothing is open anywhere.")
        return
    st.dataframe(
        [{"Waiting for": o, "Open": t.open, "Overdue": t.overdue, "Past the standard": t.late} for o, t in worst_first],
        hide_index=True,
    )


def page() -> None:
    """Before the meeting, at it and after it."""
    now = session.now()
    st.header("Meetings", anchor=False)
    drafts.listed()
    names = ["Next meetings", "Decisions", "The team's work", "Overdue by agency", "Notices"]
    sittings, decisions, team, agencies, told = st.tabs(names, on_change="rerun", key="meeting-tab")
    if sittings.open:
        with sittings:
            meetings(now)
    if decisions.open:
        with decisions:
            st.caption("Decisions of earlier meetings that nobody has answered yet.")
            parts.work_list("decisions", overview.owners(), steps=DECISIONS)
    if team.open:
        with team:
            parts.work_list("team", TEAM)
    if agencies.open:
        with agencies:
            behind(now)
    if told.open:
        with told:
            parts.notice_list(TEAM)


page()
