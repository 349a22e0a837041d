"""What leaves: only what she sees anyway, by whoever may, counted and logged with it, under the statement the law wants."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select, update

from mdt import access
from mdt.board import audit, law, overview
from mdt.board.overview import Filters
from mdt.board.work import WAITS_FOR, waiting
from mdt.casework import exporting
from mdt.casework.exporting import KINDS, LIMITS, PURPOSES, Order, WorkList, export
from mdt.errors import NotAllowed, NotPossible
from mdt.policy import Role
from mdt.process import Room
from mdt.records.tables import ACCESS_LOG, CASES
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.casework.exporting import Exported
    from mdt.store import Store

LATER = MONDAY + timedelta(days=1)
WORKER, CHAIR, AUDITOR = PEOPLE["intake worker"], PEOPLE["chairperson"], PEOPLE["auditor"]
ANY: dict[str, Any] = {
    "cases": Filters(), "work": WorkList(("DCF", "police", "mandated reporter")), "ledger": audit.Wanted(), "law": None,
    "gaps": 2025,
}  # fmt: skip
STAMP, STAMP_OF_LAW = 4, 2


def order(what: str, kind: str = "csv", narrowed: Any = None) -> Order:
    return Order(kind, "casework", narrowed or ANY[what])


def rows_of(made: Exported) -> list[list[str]]:
    return list(csv.reader(StringIO(made.data.decode("utf-8-sig"), newline="")))


def logged(store: Store) -> list[tuple[Any, ...]]:
    columns = (ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.count, ACCESS_LOG.c.detail)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(ACCESS_LOG.c.n))]


@pytest.fixture
def filled(store: Store) -> Store:
    for n in range(3):
        making.taken(store, report_no=f"R-{n}")
    making.identified(store, report_no="R-4", child_residence_town="Stamford")
    return store


def test_the_cases_are_those_of_the_board_in_its_order(filled: Store) -> None:
    made = export(filled, WORKER, "cases", order("cases"), LATER)
    found = [row[0] for row in rows_of(made)[STAMP + 1 :]]
    assert found == [card.number for card in overview.cards(filled, WORKER, Filters(), LATER)]
    assert made.rows == len(found) == 4
    assert rows_of(made)[STAMP] == list(KINDS["cases"].columns)


def test_filters_narrow_the_file_as_they_narrow_the_board(filled: Store) -> None:
    of_one = Filters(room=Room.SCREENING, overdue=False)
    made = export(filled, WORKER, "cases", order("cases", narrowed=of_one), LATER)
    assert made.rows == len(overview.cards(filled, WORKER, of_one, LATER))
    assert {row[4] for row in rows_of(made)[STAMP + 1 :]} <= {"Screening"}


def test_the_work_is_that_of_the_list(filled: Store) -> None:
    owners = WAITS_FOR["intake worker"]
    made = export(filled, WORKER, "work", order("work", narrowed=WorkList(owners, "overdue")), LATER)
    lines = waiting(filled, WORKER, owners, LATER, which="overdue")
    assert [(row[0], row[4]) for row in rows_of(made)[STAMP + 1 :]] == [(line.number, line.title) for line in lines]
    assert made.rows > 0


def test_a_case_that_is_not_hers_to_see_is_not_in_the_file(filled: Store) -> None:
    seen = {row[0] for row in rows_of(export(filled, CHAIR, "cases", order("cases"), LATER))[STAMP + 1 :]}
    assert seen == {"2026-00004"}  # the one that is before her team
    with filled.write() as connection:
        connection.execute(update(CASES).where(CASES.c.number == "2026-00004").values(restricted="conflict", guarded=True))
    for what in ("cases", "work"):
        assert export(filled, CHAIR, what, order(what), LATER).rows == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", ["cases", "work"])
def test_no_file_tells_who_the_child_is_or_what_was_told(store: Store, what: str, kind: str) -> None:
    words = {
        "child_given_name": "Vinecliff", "child_family_name": "Underhill", "reporter_name": "Yarrow", "report_no": "R-77",
        "narrative": "Quillfeather", "child_residence_town": "Ansonia", "child_birthdate": "2011-07-23",
    }  # fmt: skip
    making.taken(store, **words)
    data = export(store, WORKER, what, order(what, kind), LATER).data
    told = data.decode("utf-8-sig") if kind == "csv" else _text(data)
    assert "2026-00001" in told
    assert not [word for word in words.values() if word in told]


def _text(data: bytes) -> str:
    (sheet,) = openpyxl.load_workbook(BytesIO(data)).worksheets
    return "\n".join(",".join(str(cell.value) for cell in row) for row in sheet.iter_rows())


@pytest.mark.parametrize("what", KINDS)
def test_each_file_is_logged_with_its_rows_what_it_was_and_what_for(filled: Store, what: str) -> None:
    by = AUDITOR if what == "ledger" else WORKER
    made = export(filled, by, what, order(what, "xlsx"), LATER)
    detail = {"what": what, "format": "xlsx", "purpose": "casework"}
    assert logged(filled)[-1] == (by.id, "export", made.rows, detail)
    assert made.name == f"{what}-2026-03-03.xlsx"
    assert made.rows > 0


def test_the_ledger_of_an_export_holds_the_search_too(filled: Store) -> None:
    made = export(filled, AUDITOR, "ledger", order("ledger"), LATER)
    assert [row[1] for row in logged(filled)][-2:] == ["ledger searched", "export"]
    assert "2026-00004" in {row[3] for row in rows_of(made)[STAMP + 1 :]}


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("role", Role)
def test_who_may_not_take_it_out_is_refused_and_that_is_logged(store: Store, what: str, role: Role) -> None:
    viewer: Viewer = PEOPLE.get(role, access.SYSTEM)
    if access.may_export(viewer, what):
        export(store, viewer, what, order(what), LATER)
        assert logged(store)[-1][1] == "export"
        return
    with pytest.raises(NotAllowed):
        export(store, viewer, what, order(what), LATER)
    assert logged(store) == [(viewer.id, "refused", 1, {"act": "export"})]


def test_a_table_that_there_is_not_is_refused(store: Store) -> None:
    with pytest.raises(NotAllowed):
        export(store, WORKER, "child", order("cases"), LATER)


@pytest.mark.parametrize("odd", [Order("csv", "curiosity"), Order("csv", ""), Order("docm", "casework")])
def test_without_a_purpose_or_with_another_kind_of_file_nothing_is_made(filled: Store, odd: Order) -> None:
    with pytest.raises(NotPossible, match="Say what the file is for"):
        export(filled, WORKER, "cases", odd, LATER)
    assert logged(filled) == []


def test_more_rows_than_the_standard_are_refused_and_not_logged_as_taken(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "most", lambda: 4)
    assert export(filled, WORKER, "cases", order("cases"), LATER).rows == 4
    monkeypatch.setattr(exporting, "most", lambda: 3)
    with pytest.raises(NotPossible, match="at most 3 rows"):
        export(filled, WORKER, "cases", order("cases"), LATER)
    assert [row[1] for row in logged(filled)] == ["export"]


def test_a_file_holds_at_most_five_thousand_rows() -> None:
    assert exporting.most() == 5000


def test_if_it_cannot_be_logged_nothing_is_handed_over(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: Any, **_rest: Any) -> None:
        raise OSError

    monkeypatch.setattr("mdt.store.trace.append", fails)
    with pytest.raises(OSError):  # noqa: PT011  # any
        export(filled, WORKER, "cases", order("cases"), LATER)


def test_each_record_bears_the_statement_of_the_law_and_who_took_it(filled: Store) -> None:
    made = export(filled, CHAIR, "cases", order("cases"), LATER)
    confidential, authority, limits, taken = (row[0] for row in rows_of(made)[:STAMP])
    assert confidential == "CONFIDENTIAL under Connecticut General Statutes § 17a-28"
    assert "§ 17a-28(h)(2)" in authority
    assert limits == LIMITS
    assert taken == (
        "Taken by Chairperson B, chairperson, State's Attorney, on 3 Mar 2026, 09:00 Eastern time, "
        f"for {PURPOSES['casework']}: 1 rows."
    )
    (sheet,) = openpyxl.load_workbook(BytesIO(export(filled, CHAIR, "cases", order("cases", "xlsx"), LATER).data)).worksheets
    assert [sheet.cell(n, 1).value for n in range(1, STAMP + 1)] == [confidential, authority, limits, taken]
    assert sheet.oddHeader.center.text == confidential
    assert "Chairperson B" in sheet.oddFooter.center.text


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM, Role.ADMINISTRATOR}))
def test_every_role_that_takes_records_out_has_a_section_that_lets_it(role: Role) -> None:
    assert exporting.AUTHORITY[role].startswith("§ 17a-28(")


def test_the_law_is_nobodys_secret(store: Store) -> None:
    made = export(store, WORKER, "law", order("law"), LATER)
    rows = rows_of(made)
    assert "CONFIDENTIAL" not in rows[0][0]
    versions = sum(len(line.rule.versions) for line in law.rules())
    assert made.rows == len(rows) - STAMP_OF_LAW - 1 == versions + len(law.standards())
    assert {row[0] for row in rows[STAMP_OF_LAW + 1 :]} >= {line.rule.cite for line in law.rules()}
