"""Gaps: what children needed and no provider gave, as figures of the whole state without names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import exporting, figured, gapmap, session, words
from dashboard.gapmap import NOT_SHOWN
from mdt.board import gaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.gaps import Ledger, Published

ALL = "All needs"
TITLES = {"district": "By judicial district", "age": "By age", "month": "By month", "reason": "By reason"}
LIMIT = (
    "“not shown”: ten children or fewer stand behind the number, or it would tell such a number. A zero is shown"
    " where it tells nothing of the kind. Each decline, place on a waiting list and “no provider in reach” counts once."
)


def told(number: int | None) -> str:
    """A number as it is shown."""
    return NOT_SHOWN if number is None else f"{number:,}"


def table(found: Ledger, of: Published) -> pd.DataFrame:
    """A line for each column of the published table, a column for each need: the longer side goes down the page."""
    names = (*found.rows, ALL)
    lines = zip(of.columns, zip(*of.cells, strict=True), strict=True)
    rows = [{"": column, **dict(zip(names, map(told, line), strict=True))} for column, line in lines]
    needs = dict(zip(names, map(told, (*found.rows.values(), found.total)), strict=True))
    return pd.DataFrame([*rows, {"": "All", **needs}])


def bars(title: str, of: Published) -> None:
    """The totals as bars, each with its number at its end, or with the words that it is not shown."""
    rows = [{"Of": name, "Gaps": number or 0, "told": told(number)} for name, number in zip(of.columns, of.totals, strict=True)]
    st.vega_lite_chart(pd.DataFrame(rows), _bars(), alt=f"{title}: the totals of the table")


def _bars() -> dict[str, object]:
    chart = figured.bars("Of", "Gaps")
    text = {
        "mark": {"type": "text", "align": "left", "dx": 4},
        "encoding": {"text": {"field": "told", "type": "nominal"}},
    }
    bar = {"mark": {"type": "bar", "color": figured.BARS}}
    return {**chart, "layer": [bar, text]}


def by_district(found: Ledger) -> None:
    """The map, and beside it what it shows, with the number that each district has on it."""
    of = found.tables["district"]
    shown = dict(zip(of.columns, of.totals, strict=True))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.vega_lite_chart(pd.DataFrame(gapmap.tiles(shown)), gapmap.chart(), alt="Map of the towns: the totals of the table")
        st.caption(
            "A tile a town, coloured by the gaps of its whole judicial district (§ 51-344) and numbered as in the table."
            " Hatched: not shown. Schematic, not to scale."
        )
    rows = [{"No": str(gapmap.numbers().get(name, "")), "Judicial district": name, "Gaps": told(shown[name])} for name in shown]
    right.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Gaps by judicial district")


def section(view: str, found: Ledger) -> None:
    """One of the four tables with its chart."""
    if view == "district":
        by_district(found)
    else:
        bars(TITLES[view], found.tables[view])
    st.table(table(found, found.tables[view]), border="horizontal", hide_index=True, alt=TITLES[view])


def needs(found: Ledger) -> None:
    """Which needs have no column of their own, and why."""
    if found.together:
        st.caption(f"Other needs together: {', '.join(found.together)}. None of them is shown by itself.")
    if found.never:
        st.caption(f"No gap: {', '.join(found.never)}.")


def show(found: Ledger, year: int) -> None:
    """What is published of the year."""
    if found.total is None:
        st.write(f"In {year} there were gaps, of ten children or fewer: {NOT_SHOWN}.")
        return
    st.markdown(f"**{words.count(found.total, 'gap')}** in {year}")
    if not found.total:
        return
    tabs = st.tabs(list(TITLES.values()), on_change="rerun", key="gaps-tab")
    for tab, view in zip(tabs, TITLES, strict=True):
        if tab.open:
            with tab:
                section(view, found)
    needs(found)


def chosen(years: Sequence[int]) -> int:
    """The year: twelve months at a time, and no other stretch."""
    return st.selectbox("Twelve months", years, 0, lambda year: f"January to December {year}", "gaps-year", width=300)


def page() -> None:
    """The year, its tables with charts, the file."""
    now = session.now()
    st.header("Gaps", anchor=False)
    st.caption(f"What children needed and no provider gave, in the whole state. {LIMIT}")
    store, viewer = session.store(), session.viewer()
    years = gaps.years(store, now)
    if not years:
        st.write(
            f"No ledger is made yet. The ledger of a year is made {gaps.days()} days after it has ended and does not change any"
            " more: ledgers of shorter or overlapping times, laid side by side, would tell of single children."
        )
        return
    year = chosen(years)
    found = gaps.ledger(store, viewer, year, now)
    show(found, year)
    exporting.offer("gaps", "gaps", exporting_rows(found), year)


def exporting_rows(found: Ledger) -> int:
    """How many rows the file has."""
    cells = sum(len(table.columns) * len(table.cells) for table in found.tables.values())
    return 1 + len(found.rows) + len(found.together) + len(found.never) + cells


page()
