"""The intake worker's start: the queue of reports, what waits for DCF, the notices, taking a report, the end of a shift."""

from __future__ import annotations

import streamlit as st

from dashboard import drafts, known, parts, session
from dashboard.queue import queue
from dashboard.report import take_a_report
from dashboard.shift import shift
from mdt.board import work


def page() -> None:
    """What waits, what is new, and a new report. Only the tab that is open asks the database anything."""
    owners = work.WAITS_FOR[session.viewer().role]
    st.header("Intake", anchor=False)
    known.warm_up()
    if tab := st.session_state.pop(drafts.OPENS, ""):  # chosen by a link, which may stand below the tabs
        st.session_state["intake-tab"] = tab
    if st.session_state.get("intake-tab") != "End of shift":  # which lists them itself
        drafts.listed()
    names = ["Queue", "Take a report", "Waiting", "Notices", "End of shift"]
    reports, new, waiting, told, ending = st.tabs(names, on_change="rerun", key="intake-tab")
    if reports.open:
        with reports:
            queue()
    if new.open:
        with new:
            take_a_report()
    if waiting.open:
        with waiting:
            parts.work_list("intake", owners)
    if told.open:
        with told:
            parts.notice_list(owners)
    if ending.open:
        with ending:
            shift()


page()
