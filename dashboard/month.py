"""The month and the year of the team: numbers that open their lists, a chart of each with its table, the evidence pack."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import exporting, figured, parts, session
from dashboard.figured import KEY
from mdt import access, figures
from mdt.board import served
from mdt.casework import evidence
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.board.served import Span, Team

MONTH, YEAR = "Month", "Year"
MONTHS_BACK, YEARS_BACK = 24, 5
EVERY_TEAM = "All my teams"


def chosen(teams: Sequence[Team], now: datetime) -> Span:
    """The team, if there are several, and the month or year."""
    names = {team.id: team.name for team in teams}
    today, team = local_date(now), teams[0].id if len(teams) == 1 else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if team is None:
            ids = ["", *names]
            team = st.selectbox("Team", ids, 0, lambda one: names.get(one, EVERY_TEAM), f"{KEY}-team", width=300) or None
        kind = st.segmented_control("Time", [MONTH, YEAR], default=MONTH, key=f"{KEY}-kind", required=True)
        if kind == YEAR:
            number = st.selectbox("Year", range(today.year, today.year - YEARS_BACK, -1), key=f"{KEY}-year", width=200)
            return served.year(team, number)
        first = st.selectbox("Month", months(today), 0, lambda day: f"{day:%B %Y}", f"{KEY}-month", width=200)
    return served.month(team, first.year, first.month)


def months(today: date) -> list[date]:
    """The first days of this month and of those before it, the last first."""
    ago = (today.year * 12 + today.month - 1 - n for n in range(MONTHS_BACK))
    return [date(n // 12, n % 12 + 1, 1) for n in ago]


def pack(span: Span, now: datetime) -> None:
    """The evidence pack of a year that has ended, for those who lead the team."""
    if not access.may_export(session.viewer(), evidence.WHAT):
        return
    year = min(span.first.year, local_date(now).year - 1)
    with st.expander(f"Evidence pack of {year}"):
        st.write(
            "Figures without names for the Governor's task force (§ 17a-106a(d)), the annual report on outcomes"
            f" (§ 17a-106a(f)(5)) and accreditation. A count of 1 to {figures.FEW} cases is hidden. A pack is made once its"
            " year has ended. That you took it is recorded."
        )
        if span.team is None:
            st.write("Choose one team.")
            return
        team, store, viewer = span.team, session.store(), session.viewer()
        exporting.hand_back("evidence", lambda: evidence.pack(store, viewer, team, year, now), "Make the workbook")


def page() -> None:
    """The tiles, the section of the one that is open, the pack."""
    now = session.now()
    st.header("The month", anchor=False)
    teams = served.teams(session.store(), session.viewer())
    if not teams:
        st.write("You serve no team.")
        return
    span = chosen(teams, now)
    found = figured.look(span, now)
    figured.SECTIONS[parts.tiles(KEY, figured.numbers(found))](found, span, now)
    pack(span, now)


page()
