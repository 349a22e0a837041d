"""The page "Gaps": the last closed year, its tables and map with nothing of few children, and the file of the same."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from dashboard import gapmap
from mdt import gaps, geography
from mdt.board.gaps import ledger
from mdt.casework.exporting import Order, export
from tests.board.test_gaps import case_of, tell

from .conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from .conftest import Office

YEAR = gaps.last_closed(datetime.now(UTC), 31)
REASONS = ("no capacity", "not eligible", "language")


def fill(office: Office, cases: int) -> None:
    """As many cases with a gap each, two of three of them a place on a waiting list."""
    for n in range(cases):
        at = datetime(YEAR, 1 + n % 12, 10, 15, tzinfo=UTC)
        case = case_of(office.store, n, at)
        tell(office.store, case, 3, "provider declined", at, because=REASONS[n % 2])


def on_the_page(office: Office, role: str = "victim advocate") -> AppTest:
    return fine(office.sign_in(role).switch_page("gaps.py").run())


def test_before_a_first_year_has_ended_it_says_when_a_ledger_is_made(office: Office) -> None:
    assert "The ledger of a year is made 31 days after it has ended" in shown(on_the_page(office))


def test_of_few_children_the_page_says_that_there_were_gaps_and_no_more(office: Office) -> None:
    fill(office, 4)
    board = on_the_page(office)
    assert f"In {YEAR} there were gaps, of ten children or fewer: not shown." in shown(board)
    assert len(board.table) == 0


@pytest.mark.parametrize("role", ["victim advocate", "chairperson", "police"])
def test_each_table_shows_what_is_published_and_the_map_the_totals_of_the_districts(office: Office, role: str) -> None:
    fill(office, 40)
    board = on_the_page(office, role)
    assert f"**40 gaps** in {YEAR}" in shown(board)
    districts, by_need = (table.value for table in board.table)
    assert dict(zip(districts["Judicial district"], districts["Gaps"], strict=True))["New Haven"] == "40"
    assert list(by_need.columns) == ["", "shelter", "All needs"]
    for tab, line, number in (
        ("By age", "12 to 14", "40"),
        ("By month", "Jan", "not shown"),
        ("By reason", "no capacity", "20"),
    ):
        board.session_state["gaps-tab"] = tab
        (found,) = (table.value for table in fine(board.run()).table)
        assert dict(zip(found[""], found["All needs"], strict=True))[line] == number
        assert dict(zip(found[""], found["All needs"], strict=True))["All"] == "40"


def test_the_file_holds_what_the_page_shows_and_no_more(office: Office) -> None:
    fill(office, 40)
    who, now = office.people["victim advocate"], datetime.now(UTC)
    made = export(office.store, who, "gaps", Order("csv", "reporting", YEAR), now)
    rows = list(csv.reader(StringIO(made.data.decode("utf-8-sig"), newline="")))
    assert "restricted cases are counted" in rows[0][0]
    by_month = [row for row in rows if row[2:3] == ["by month"]]
    assert len(by_month) == 24
    assert {row[4] for row in by_month} == {"not shown"}
    found = ledger(office.store, who, YEAR, now)
    assert made.rows == len(rows) - 3 == 1 + len(found.rows) + len(found.never) + 2 * (14 + 5 + 12 + 8)
    board = on_the_page(office)
    assert f"{made.rows} rows, without names of children." in shown(board)


def test_the_map_has_a_tile_for_each_town_with_its_districts_number_and_hatches_what_is_not_shown() -> None:
    totals: dict[str, int | None] = dict.fromkeys(geography.districts(), 0)
    totals |= {"New Haven": 40, "Tolland": None}
    tiles = {str(tile["Town"]): tile for tile in gapmap.tiles(totals)}
    assert len(tiles) == 169
    assert {tile["No"] for tile in tiles.values()} == set(range(1, 14))
    assert (tiles["New Haven"]["Gaps"], tiles["New Haven"]["share"], tiles["New Haven"]["hatch"]) == ("40", 1.0, "")
    assert (tiles["Vernon"]["Gaps"], tiles["Vernon"]["share"], tiles["Vernon"]["hatch"]) == ("not shown", gapmap.HATCHED, "///")
    assert (tiles["Norwich"]["Gaps"], tiles["Norwich"]["share"]) == ("0", 0.0)
    assert {tile["share"] for tile in gapmap.tiles(dict.fromkeys(totals, 0))} == {0.0}
