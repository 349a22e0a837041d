"""The advocate's start: what waits for her, what she waits for, this week, and the services of each child."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import drafts, parts, session, words
from mdt.board import overview, work
from mdt.board.overview import PAGE
from mdt.process import STEPS, Room

ME = ("advocate",)
SERVICES = tuple(step.key for step in STEPS if step.room is Room.SERVICES)


def page() -> None:
    """Waiting on me, waiting on them, this week, services, notices."""
    everyone = work.WAITS_FOR[session.viewer().role]
    them = tuple(owner for owner in everyone if owner not in ME)
    st.header("Services", anchor=False)
    drafts.listed()
    mine, theirs, week, services, told = st.tabs(
        ["Waiting on me", "Waiting on them", "This week", "Services", "Notices"], on_change="rerun", key="services-tab"
    )
    if mine.open:
        with mine:
            parts.work_list("mine", ME)
    if theirs.open:
        with theirs:
            parts.work_list("theirs", them)
    if week.open:
        with week:
            this_week(everyone)
    if services.open:
        with services:
            st.caption("Every open step of the services track, one for each need where there are needs, whoever it waits for.")
            parts.work_list("services", overview.owners(), steps=SERVICES)
    if told.open:
        with told:
            parts.notice_list(everyone)


def this_week(everyone: tuple[str, ...]) -> None:
    """What falls due within seven days, whoever it waits for, and the consents that end soon."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    ending = overview.consents_ending(store, viewer, now, within=timedelta(days=words.SHORT_OF_DAYS))
    st.subheader(f"Consents that end within {words.SHORT_OF_DAYS} days, or have ended ({len(ending)})", anchor=False)
    for n, card in enumerate(ending):
        parts.card_row(card, now, f"ending-{n}")
    found = work.waiting(store, viewer, everyone, now, which="week", most=PAGE)
    st.subheader("Due within a week", anchor=False)
    st.caption("By law, or by the team's own standard. What is overdue stands in the first two lists.")
    if not found:
        st.write(parts.NONE["week"])
    with parts.rows():
        for n, line in enumerate(found):
            parts.line_row(line, now, f"week-{n}")
    if len(found) == PAGE:
        st.caption(f"The first {PAGE} are shown; “Waiting on me” and “Waiting on them” hold them all.")


page()
