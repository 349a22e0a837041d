"""The advocate's start: what waits for her, what she waits for, this week, and the services of each child."""

from __future__ import annotations

import streamlit as st

from dashboard import drafts, parts, session
from mdt.board import overview, work
from mdt.process import STEPS, Room

ME = ("advocate",)
SERVICES = tuple(step.key for step in STEPS if step.room is Room.SERVICES)


def page() -> None:
    """Waiting on me, waiting on them, services, notices."""
    everyone = work.WAITS_FOR[session.viewer().role]
    them = tuple(owner for owner in everyone if owner not in ME)
    st.header("Services", anchor=False)
    drafts.listed()
    mine, theirs, services, told = st.tabs(
        ["Waiting for me", "Waiting for others", "Services", "Notices"], on_change="rerun", key="services-tab"
    )
    if mine.open:
        with mine:
            parts.work_list("mine", ME)
    if theirs.open:
        with theirs:
            parts.work_list("theirs", them)
    if services.open:
        with services:
            st.caption("Every open step of the services track, one for each need where there are needs, whoever it waits for.")
            parts.work_list("services", overview.owners(), steps=SERVICES)
    if told.open:
        with told:
            parts.notice_list(everyone)


page()
