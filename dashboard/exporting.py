"""Taking a list out as a file: how many rows, what for, which kind of file; then the file. Nothing else here hands one out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt import access
from mdt.casework import exporting
from mdt.casework.exporting import PURPOSES, Order
from mdt.errors import MdtError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.audit import Wanted
    from mdt.board.overview import Filters
    from mdt.casework.exporting import Exported, WorkList

FILES = {"xlsx": "Workbook (XLSX)", "csv": "Text (CSV)"}


def offer(key: str, what: str, rows: int, narrowed: Filters | WorkList | Wanted | int | None = None) -> None:
    """A small lid under a list, for those who may take it out; `rows` is the list's length."""
    if not rows or not access.may_export(session.viewer(), what):
        return
    with st.popover("Take out as a file", type="tertiary", key=f"{key}-export"):
        if rows > exporting.most():
            st.write(exporting.too_many())
            return
        st.caption(f"{words.count(rows, 'row')}, without names of children. That you took them is recorded.")
        why = st.selectbox("What for", list(PURPOSES), None, PURPOSES.__getitem__, f"{key}-export-why", placeholder="Choose")
        kind = st.radio("Kind of file", list(FILES), 0, FILES.__getitem__, f"{key}-export-kind", horizontal=True)
        if st.button("Make the file", key=f"{key}-export-make", disabled=why is None) and why:
            _hand_out(key, what, Order(kind, why, narrowed))


def hand_back(key: str, make: Callable[[], Exported], label: str = "Make the file of refused rows") -> None:
    """A button that makes a file for her alone who is here: of what she sent and what could not be taken, or as it says."""
    if st.button(label, key=f"{key}-make"):
        try:
            _save(key, make())
        except MdtError as refusal:
            st.error(str(refusal))


def _hand_out(key: str, what: str, order: Order) -> None:
    """The file, until the page is drawn anew: nothing of it is kept."""
    try:
        made: Exported = exporting.export(session.store(), session.viewer(), what, order, session.now())
    except MdtError as refusal:
        st.error(str(refusal))
        return
    _save(f"{key}-export", made)


def _save(key: str, made: Exported) -> None:
    label = f"Save {made.name} ({words.count(made.rows, 'row')})"
    st.download_button(label, made.data, made.name, made.media, f"{key}-save", on_click="ignore", type="primary")
