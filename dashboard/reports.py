"""Counts without names: by position, by district, by whom a step waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import session
from mdt.board import overview, work
from mdt.board.overview import Filters

if TYPE_CHECKING:
    from datetime import datetime

ALL, OVERDUE = "#9db8c4", "#b3261e"  # the colors of all, and of those overdue


def by_position(now: datetime) -> list[dict[str, str | int]]:
    """Cases and overdue cases in each position, in the order of the board."""
    found = overview.columns(session.store(), session.viewer(), Filters(), now)
    return [{"Position": c.room.value, "Cases": c.cases, "Overdue": c.overdue} for c in found]


def by_district(now: datetime) -> list[dict[str, str | int]]:
    """Cases and overdue cases of each judicial district."""
    viewer = session.viewer()
    rows: list[dict[str, str | int]] = []
    for district in overview.districts(viewer):
        found = overview.columns(session.store(), viewer, Filters(district=district), now)
        rows.append({"District": district, "Cases": sum(c.cases for c in found), "Overdue": sum(c.overdue for c in found)})
    return rows


def by_owner(now: datetime) -> list[dict[str, str | int]]:
    """Open and overdue steps by whom they wait for."""
    rows: list[dict[str, str | int]] = []
    for owner in overview.owners():
        tally = work.tally(session.store(), session.viewer(), (owner,), now)
        if tally.open:
            counts = {"Open steps": tally.open, "Overdue": tally.overdue, "Past the standard": tally.late}
            rows.append({"Waiting for": owner, **counts})
    return rows


def show(rows: list[dict[str, str | int]], one: str, many: str) -> None:
    """The table, and the same figures as bars."""
    if not rows:
        st.write("Nothing to count yet.")
        return
    table = pd.DataFrame(rows)
    left, right = st.columns(2, gap="large")
    left.dataframe(table, hide_index=True, height="content")
    right.bar_chart(
        table,
        x=one,
        y=[many, "Overdue"],
        x_label="",
        y_label="Number",
        horizontal=True,
        stack=False,
        sort=False,
        color=[ALL, OVERDUE],
        alt=f"{many} and overdue by {one.lower()}: the figures of the table",
    )


def page() -> None:
    """Three tables, one at a time."""
    now = session.now()
    st.header("Counts", anchor=False)
    st.caption("Numbers only; no row stands for a person.")
    names = ["By position", "By district", "By whom it waits for"]
    position, district, owner = st.tabs(names, on_change="rerun", key="counts-tab")
    if position.open:
        with position:
            show(by_position(now), "Position", "Cases")
    if district.open:
        with district:
            show(by_district(now), "District", "Cases")
    if owner.open:
        with owner:
            show(by_owner(now), "Waiting for", "Open steps")


page()
