"""The evidence pack, read back as whoever gets it reads it: no name, no case, no few cases, and only of a year that ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from mdt.access import SYSTEM, Viewer
from mdt.casework import evidence, exporting
from mdt.errors import NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.figures import FEW
from mdt.policy import LEADS, Role
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from tests import convened, making
from tests.convened import START
from tests.making import MONDAY, do
from tests.march import Played, hold, play

if TYPE_CHECKING:
    from mdt.casework.exporting import Exported
    from mdt.store import Store

NEXT_YEAR = datetime(2027, 1, 1, 6, tzinfo=UTC)  # one in the morning in Connecticut
STILL_THIS_YEAR = datetime(2027, 1, 1, 4, tzinfo=UTC)
CHAIR, COORDINATOR = PEOPLE["chairperson"], PEOPLE["team coordinator"]
ELSEWHERE = Viewer("elsewhere", "Chairperson X", Role.CHAIR, "State's Attorney", districts=frozenset({"Hartford"}))
SHEETS = ["Cover", "Meetings", "Attendance by seat", "Cases per meeting", "Days to first review", "Decisions"]
STAMP = 3
OF_CASES = SHEETS[3:]


@pytest.fixture
def played(store: Store) -> Played:
    return play(store)


def rows_of(made: Exported, title: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(BytesIO(made.data))[title].values)


def rows_below_names(made: Exported, title: str) -> list[tuple[Any, ...]]:
    return rows_of(made, title)[STAMP + 1 :]


def logged(store: Store) -> list[tuple[Any, ...]]:
    columns = (ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.count, ACCESS_LOG.c.detail)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(ACCESS_LOG.c.n))]


def text_of(made: Exported) -> str:
    cells = (cell for title in SHEETS for row in rows_of(made, title) for cell in row)
    return "\n".join(str(cell) for cell in cells)


@pytest.mark.parametrize("by", [CHAIR, COORDINATOR])
def test_the_pack_has_a_cover_and_a_sheet_for_each_figure_and_is_logged(store: Store, played: Played, by: Viewer) -> None:
    made = evidence.pack(store, by, played.team, 2026, NEXT_YEAR)
    assert openpyxl.load_workbook(BytesIO(made.data)).sheetnames == SHEETS
    assert made.name == "evidence-2027-01-01.xlsx"
    assert logged(store)[-1] == (by.id, "export", made.rows, {"what": "evidence", "format": "xlsx", "purpose": "reporting"})
    assert made.rows == sum(len(rows_below_names(made, title)) for title in SHEETS)
    for title in SHEETS:
        standing, taken, _ = (row[0] for row in rows_of(made, title)[:STAMP])
        assert "§ 17a-106a(d)" in standing
        assert "§ 17a-106a(f)(5)" in standing
        assert taken == (
            f"New Haven team, 2026. Taken by {by.name}, {by.role}, {by.agency}, on 1 Jan 2027, 01:00 Eastern time, for figures"
            " without names."
        )


def test_the_cover_says_of_each_figure_how_it_is_counted_and_what_is_hidden(store: Store, played: Played) -> None:
    cover = dict(rows_below_names(evidence.pack(store, CHAIR, played.team, 2026, NEXT_YEAR), "Cover"))
    assert set(SHEETS[1:]) < set(cover)
    assert cover["Team"] == "New Haven team, judicial district of New Haven (§ 17a-106a(b))"
    assert "1 to 10 cases" in cover["Hidden numbers"]
    assert "restricted" in cover["What is not counted"]


def test_meetings_and_officials_are_shown_as_they_are_counted(store: Store, played: Played) -> None:
    made = evidence.pack(store, CHAIR, played.team, 2026, NEXT_YEAR)
    meetings = rows_below_names(made, "Meetings")
    assert [(f"{row[0]:%Y-%m-%d}", *row[1:]) for row in meetings] == [
        ("2026-03-10", "yes", 95, "no"),
        ("2026-03-17", "no", 95, "no"),
    ]
    seats = {row[0]: row[1:] for row in rows_below_names(made, "Attendance by seat")}
    assert seats["DCF"] == ("§ 17a-106a(c)(2)", 2, 2, 100)
    assert seats["police"] == ("§ 17a-106a(c)(3)", 1, 2, 50)
    assert len(seats) == 9


def test_no_count_of_few_cases_leaves(store: Store, played: Played) -> None:
    made = evidence.pack(store, CHAIR, played.team, 2026, NEXT_YEAR)
    for title in OF_CASES:
        numbers = [cell for row in rows_below_names(made, title) for cell in row[1:]]
        assert numbers
        assert not [n for n in numbers if isinstance(n, int | float) and n != 0], title
        assert "not shown" in numbers
    assert rows_below_names(made, "Days to first review") == [
        ("Cases", "not shown"),
        ("Days, median", "not shown"),
        ("Days, lower quartile", "not shown"),
        ("Days, upper quartile", "not shown"),
    ]


def test_more_than_ten_cases_are_shown_with_their_days(store: Store) -> None:
    seats = convened.seated(store)
    meeting = convened.a_meeting(store)
    cases = [making.identified(store, MONDAY, report_no=f"R-{n}") for n in range(FEW + 1)]
    on = convened.lines(store, meeting)
    for case in cases:
        do(store, case, "hold_review", START, by="chairperson", about=on[case])
        do(
            store,
            case,
            "make_decision",
            START,
            by="chairperson",
            owner="police",
            due_on="2026-04-01",
            what="What is to be done",
        )
    hold(store, meeting, START, [seats["DCF"]], [])
    made = evidence.pack(store, CHAIR, convened.team_id(store), 2026, NEXT_YEAR)
    assert rows_below_names(made, "Cases per meeting") == [("2026-03-10", 11, 0, 0, 11), ("All", 11, 0, 0, 11)]
    assert [row[1] for row in rows_below_names(made, "Days to first review")] == [11, 8, 8, 8]
    assert rows_below_names(made, "Decisions") == [("police", 0, 0, 0, 11, 0, 11), ("All", 0, 0, 0, 11, 0, 11)]


def test_what_is_done_after_the_year_changes_nothing_in_its_pack(store: Store, played: Played) -> None:
    def sheets() -> list[list[tuple[Any, ...]]]:
        made = evidence.pack(store, CHAIR, played.team, 2026, NEXT_YEAR + timedelta(days=9))
        return [rows_below_names(made, title) for title in SHEETS]

    before = sheets()
    made = [e for e in making.history(store, played.heard) if e.fact is Fact.DECISION_MADE]
    unanswered = next(e.about for e in made if e.data["due_on"] == "2026-05-01")
    do(store, played.heard, "carry_out_decision", NEXT_YEAR, about=unanswered)
    assert sheets() == before


def test_a_year_without_a_meeting_makes_a_pack_of_zeros(store: Store) -> None:
    made = evidence.pack(store, CHAIR, convened.team_id(store), 2025, NEXT_YEAR)
    assert rows_below_names(made, "Meetings") == []
    assert rows_below_names(made, "Cases per meeting") == [("All", 0, 0, 0, 0)]
    assert [row[1] for row in rows_below_names(made, "Days to first review")] == [0, None, None, None]


def test_nobody_finds_a_child_or_a_case_in_it(store: Store) -> None:
    words = {
        "child_given_name": "Vinecliff", "child_family_name": "Underhill", "reporter_name": "Yarrow", "report_no": "R-77",
        "narrative": "Quillfeather", "child_birthdate": "2011-07-23",
    }  # fmt: skip
    seats = convened.seated(store)
    meeting = convened.a_meeting(store)
    case = making.identified(store, MONDAY, **words)
    line = convened.lines(store, meeting)[case]
    do(store, case, "make_decision", START, by="chairperson", owner="DCF", due_on="2026-04-01", what="Larkspurwood")
    do(store, case, "hold_review", START, by="chairperson", about=line, perpetrator="Larkspurwood")
    hold(store, meeting, START, [seats["DCF"]], [])
    told = text_of(evidence.pack(store, CHAIR, convened.team_id(store), 2026, NEXT_YEAR))
    assert "New Haven team" in told
    number = making.case_row(store, case)["number"]
    assert not [w for w in (*words.values(), "Larkspurwood", number, case, line, "Doctor B", "Child") if w in told]


def test_a_year_that_has_not_ended_in_connecticut_has_no_pack(store: Store, played: Played) -> None:
    with pytest.raises(NotYet, match="evidence pack of 2026 before that year has ended"):
        evidence.pack(store, CHAIR, played.team, 2026, STILL_THIS_YEAR)
    assert [row[1] for row in logged(store) if row[1] == "export"] == []


@pytest.mark.parametrize("role", Role)
def test_only_who_leads_the_team_takes_it_out(store: Store, role: Role) -> None:
    viewer, team = PEOPLE.get(role, SYSTEM), convened.team_id(store)
    if role in LEADS:
        assert evidence.pack(store, viewer, team, 2026, NEXT_YEAR).rows
        return
    with pytest.raises(NotAllowed):
        evidence.pack(store, viewer, team, 2026, NEXT_YEAR)
    assert logged(store) == [(viewer.id, "refused", 1, {"act": "export"})]


def test_another_team_s_pack_is_not_hers_and_that_she_tried_is_logged(store: Store, played: Played) -> None:
    making.hire(store, ELSEWHERE)
    for team in (played.team, "no-such-team"):
        with pytest.raises(NotFound, match="not one that you lead"):
            evidence.pack(store, ELSEWHERE, team, 2026, NEXT_YEAR)
        assert logged(store)[-1] == (ELSEWHERE.id, "refused", 1, {"act": "evidence"})


def test_more_rows_than_the_standard_are_refused(store: Store, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "most", lambda: 4)
    with pytest.raises(NotPossible, match="at most 4 rows"):
        evidence.pack(store, CHAIR, played.team, 2026, NEXT_YEAR)


def test_the_table_of_one_kind_is_not_taken_out_by_the_way_of_lists(store: Store) -> None:
    with pytest.raises(NotAllowed):
        exporting.export(store, CHAIR, "evidence", exporting.Order("xlsx", "reporting"), NEXT_YEAR)
