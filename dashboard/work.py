"""The start of whoever has no page of a kind of her own: what waits for her agency."""

from __future__ import annotations

import streamlit as st

from dashboard import drafts, parts, session
from mdt.board import work


def page() -> None:
    """What waits, and what is new."""
    owners = work.WAITS_FOR[session.viewer().role]
    st.header("My work", anchor=False)
    drafts.listed()
    waiting, told = st.tabs(["Waiting", "Notices"], on_change="rerun", key="work-tab")
    if waiting.open:
        with waiting:
            parts.work_list("work", owners)
    if told.open:
        with told:
            parts.notice_list(owners)


page()
