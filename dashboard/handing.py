"""Handing a case over to the area office, with the list of the first seventy-two hours, to be read or printed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, session, words
from dashboard.queue import of_clock
from mdt import access
from mdt.board import handover
from mdt.casework import ACT
from mdt.errors import NotPossible
from mdt.policy import ROOMS, Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mdt.board.case import CaseView
    from mdt.board.handover import Handover
    from mdt.handover import ToSee

HANDING = {"hand-over": "hand_over", "take-over": "take_over"}
DONE, TO_DO = "☑", "☐"
UNSAFE = {
    True: f"{words.OVERDUE} It is unsafe to contact the child or the family: read the notes before anybody rings or writes.",
    False: "Contact is said to be safe.",
    None: "Nobody has said yet whether contact is safe: ask before anybody rings or writes.",
}
# On paper: the list and nothing of the page around it.
ON_PAPER = """<style>@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], .stButton, .stCheckbox, iframe {display: none}
  [data-testid="stExpander"] details {border: none}
}</style>"""


def panel(view: CaseView) -> None:
    """The list and the buttons, for those who hand over and take over."""
    if view.sight.rooms != ROOMS[Role.SYSTEM] or not access.may(session.viewer(), ACT["hand_over"]):
        return
    try:
        found = handover.handover(session.store(), session.viewer(), view.card.id, session.now())
    except NotPossible:
        return
    with st.expander("The first 72 hours, for the area office", key=f"handing-{view.card.id}"):
        st.html(ON_PAPER)
        _buttons(view)
        _list(found, session.now())


def _buttons(view: CaseView) -> None:
    """A button for what is waited for; it opens the act's form under its step."""
    waiting = [task for task in view.tasks if task.task.step in HANDING]
    if not (waiting and view.sight.may_record):
        return
    with st.container(horizontal=True, gap="small"):
        for task in waiting:
            act = ACT[HANDING[task.task.step]]
            if st.button(act.title, key=f"handing-{task.id}", type="primary"):
                acting.open_at(view.card.id, task.id, act.key)


def _list(found: Handover, now: datetime) -> None:
    place = words.joined((found.office and f"{found.office} office", found.district)) or "not placed yet"
    st.markdown(f"**Case {found.number}** · {place}  \n{_times(found)}")
    (st.warning if found.unsafe is not False else st.caption)(UNSAFE[found.unsafe])
    st.markdown(f"**The law's clocks until {words.moment(found.until)}**")
    st.markdown("\n".join(_clocks(found, now)) or "No clock of the law runs out within these hours.")
    for group, lines in groupby(found.lines, key=lambda one: one.group):
        st.markdown("\n".join([f"**{group}**", "", *(_line(one) for one in lines)]))
    st.caption("Lines without a section are the team's own standard. What is recorded on the case is ticked by itself.")


def _times(found: Handover) -> str:
    return words.joined(
        (
            f"received {words.moment(found.received_at)}",
            f"handed over {words.moment(found.handed_at)}" if found.handed_at else "not handed over yet",
            f"taken over {words.moment(found.taken_over_at)}" if found.taken_over_at else "",
        )
    )


def _clocks(found: Handover, now: datetime) -> Iterator[str]:
    for clock in found.clocks:
        by = f", {words.moment(clock.due_at)}" if clock.due_at else ""
        yield f"- {TO_DO} {of_clock(clock, now)}{by} :gray[{words.plain(clock.owner)}]"


def _line(one: ToSee) -> str:
    cite = f" :gray[({words.plain(one.line.cite)})]" if one.line.is_law else ""
    done = f" :gray[{words.moment(one.answered_at)}]" if one.answered_at else ""
    return f"- {DONE if one.answered_at else TO_DO} {words.plain(one.line.says)}{cite}{done}"
