"""The page "The month": whose it is, that each number is the length of its list, and the evidence pack."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from dashboard.figured import names
from mdt.board.month import Sat
from mdt.law.period import EASTERN, local_date
from mdt.records.tables import ACCESS_LOG, AGENDA_LINES, MEETINGS
from tests import convened, making
from tests.making import do
from tests.march import hold

from .conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from mdt.store import Store

    from .conftest import Office

NOTHING = ("No", "Every")  # how a section begins that has nothing to show
TILES = ("overdue", "unreviewed", "meetings", "first", "decisions")


@pytest.fixture
def starts_at(office: Office) -> datetime:
    """A meeting held some weeks ago, at which two of three cases were heard."""
    store, then = office.store, datetime.now(UTC) - timedelta(days=75)
    seats = [convened.seat(store, what, from_on=date(2020, 1, 1), name=what) for what in ("chairperson", "DCF", "police")]
    cases = [making.identified(store, then, report_no=f"M-{n}") for n in range(3)]
    meeting, at = _meeting_of(store, cases[0])
    lines = convened.lines(store, meeting)
    do(store, cases[0], "make_decision", at, by="chairperson", owner="police", due_on=local_date(at), what="To be done")
    do(store, cases[1], "defer_review", at, by="chairperson", about=lines[cases[1]], because="no time")
    for case in (cases[0], cases[2]):
        do(store, case, "hold_review", at, by="chairperson", about=lines[case])
    hold(store, meeting, at, [seats[1]], [seats[2]])
    return at


def _meeting_of(store: Store, case: str) -> tuple[str, datetime]:
    found = select(MEETINGS.c.id, MEETINGS.c.starts_at).join(AGENDA_LINES, AGENDA_LINES.c.meeting == MEETINGS.c.id)
    with store.read() as connection:
        meeting, at = connection.execute(found.where(AGENDA_LINES.c.case_id == case)).one()
    return meeting, at


def on_the_page(office: Office, role: str, at: datetime | None = None) -> AppTest:
    board = fine(office.sign_in(role).switch_page("month.py").run())
    if at is not None:
        fine(board.selectbox(key="month-month").set_value(local_date(at).replace(day=1)).run())
    return board


def number(board: AppTest, tile: str) -> int:
    return int(re.findall(r"\*\*([\d,]+)\*\*", board.button(key=f"month-{tile}").label)[0].replace(",", ""))


def opened(board: AppTest, tile: str) -> AppTest:
    return fine(board.button(key=f"month-{tile}").click().run())


def cases_in_list(board: AppTest, tile: str) -> list[str]:
    return [b.label for b in board.button if re.fullmatch(rf"month-{tile}-\d+", str(b.key))]


@pytest.mark.parametrize("role", ["chairperson", "team coordinator", "team member", "prosecutor"])
def test_each_number_is_the_length_of_the_list_that_it_opens(office: Office, starts_at: datetime, role: str) -> None:
    board = on_the_page(office, role, starts_at)
    assert [header.value for header in board.header] == ["The month"]
    assert [number(board, tile) for tile in TILES[2:]] == [1, 2, 1]
    assert number(board, "unreviewed") == 3
    for tile in ("overdue", "unreviewed", "first", "decisions"):
        opened(board, tile)
        assert len(cases_in_list(board, tile)) == min(number(board, tile), 50), tile
        assert number(board, tile) > 0
    opened(board, "meetings")
    assert len(board.table[0].value) == 1
    assert board.table[0].value["Heard"].tolist() == [2]


def test_beside_each_chart_stands_a_table_of_the_same_figures(office: Office, starts_at: datetime) -> None:
    board = on_the_page(office, "chairperson", starts_at)
    for tile, charts in zip(TILES, (1, 1, 2, 1, 1), strict=True):
        opened(board, tile)
        assert len(board.table) == len(board.get("vega_lite_chart")) == len(board.subheader) == charts, tile


def test_the_seats_that_came_are_told_with_their_section(office: Office, starts_at: datetime) -> None:
    board = opened(on_the_page(office, "chairperson", starts_at), "meetings")
    seats = board.table[1].value.set_index("Seat")
    assert seats.loc["DCF"].tolist() == [1, 1, 100, "§ 17a-106a(c)(2)"]
    assert seats.loc["police"].tolist()[:3] == [0, 1, 0]


def test_the_median_and_what_became_of_decisions_are_said_in_words(office: Office, starts_at: datetime) -> None:
    board = opened(on_the_page(office, "chairperson", starts_at), "first")
    assert "**Median " in shown(board)
    assert "of 2 cases." in shown(board)
    opened(board, "decisions")
    outcomes = board.table[0].value.set_index("Outcome")
    assert outcomes.loc["Overdue"].tolist() == [1, 1]
    assert outcomes["Decisions"].sum() == 1


def test_the_year_holds_what_the_month_holds(office: Office, starts_at: datetime) -> None:
    board = on_the_page(office, "chairperson")
    fine(board.segmented_control(key="month-kind").set_value("Year").run())
    fine(board.selectbox(key="month-year").set_value(starts_at.astimezone(EASTERN).year).run())
    assert [number(board, tile) for tile in TILES[2:]] == [1, 2, 1]


def test_another_team_has_nothing_and_says_so(office: Office, starts_at: datetime) -> None:
    board = on_the_page(office, "chairperson", starts_at)
    fine(board.selectbox(key="month-team").set_value(convened.team_id(office.store, "Windham")).run())
    assert [number(board, tile) for tile in TILES] == [0, 0, 0, 0, 0]
    said = []
    for tile in TILES:
        said.append(next(text.value for text in opened(board, tile).markdown if text.value.startswith(NOTHING)))
        assert not board.table
    assert len(set(said)) == len(TILES)


def test_a_number_in_the_list_opens_its_case(office: Office, starts_at: datetime) -> None:
    board = opened(on_the_page(office, "chairperson", starts_at), "first")
    fine(board.button(key="month-first-0").click().run())
    assert board.session_state["page"] == "case.py"


def test_two_meetings_on_one_day_are_told_apart_by_their_hour() -> None:
    at = [datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in (14, 18)] + [datetime(2026, 3, 11, 14, tzinfo=UTC)]
    sat = [Sat(str(n), "New Haven team", when, special=False, state="held", minutes=None) for n, when in enumerate(at)]
    assert names(sat) == ["10 Mar 2026, 10:00", "10 Mar 2026, 14:00", "11 Mar 2026"]
    others = [*sat[:1], replace(sat[0], team="Windham team")]
    assert names(others) == ["10 Mar 2026, New Haven team", "10 Mar 2026, Windham team"]


def test_who_serves_one_team_is_not_asked_which(office: Office, starts_at: datetime) -> None:
    board = on_the_page(office, "team member", starts_at)
    assert "month-team" not in {box.key for box in board.selectbox}


def test_the_pack_is_made_of_one_team_by_who_leads_it_and_logged(office: Office, starts_at: datetime) -> None:
    board = on_the_page(office, "team coordinator", starts_at)
    assert "Choose one team." in shown(board)
    fine(board.selectbox(key="month-team").set_value(convened.team_id(office.store)).run())
    fine(board.button(key="evidence-make").click().run())
    (button,) = board.download_button
    assert re.fullmatch(r"Save evidence-[\d-]+\.xlsx \(\d+ rows\)", button.label)
    with office.store.read() as connection:
        last = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "export")).one()
    assert tuple(last) == (
        office.people["team coordinator"].id, {"what": "evidence", "format": "xlsx", "purpose": "reporting"},
    )  # fmt: skip


@pytest.mark.parametrize("role", ["team member", "prosecutor"])
def test_who_does_not_lead_a_team_is_offered_no_pack(office: Office, role: str) -> None:
    assert not [one.label for one in on_the_page(office, role).expander if "Evidence" in one.label]


@pytest.mark.parametrize("role", ["intake worker", "victim advocate", "police", "OVS liaison", "auditor"])
def test_whoever_is_on_no_team_has_no_such_page(office: Office, role: str) -> None:
    board = office.sign_in(role)
    start = [header.value for header in board.header]
    fine(board.switch_page("month.py").run())
    assert [header.value for header in board.header] == start
    assert not board.table
