"""The auditor's page: what she finds is in staff's names and case numbers, and a look is recorded once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from mdt.board import weekly
from mdt.casework import heads
from mdt.law.period import local_date
from mdt.records.tables import ACCESS_LOG
from mdt.store import trace
from tests.dashboard.conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office


def log(office: Office, by: str, act: str, at: datetime | None = None, **more: Any) -> None:
    with office.store.write() as connection:
        trace.append(connection, office.people[by].id, act, at or datetime.now(UTC), **more)


def logged(office: Office, act: str) -> list[dict[str, Any]]:
    with office.store.read() as connection:
        return list(connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act)).scalars())


def open_tab(board: AppTest, name: str) -> AppTest:
    board.session_state["audit-tab"] = name
    return fine(board.run())


def choose(board: AppTest, label: str) -> Any:
    return next(box for box in board.selectbox if box.label == label)


def press(board: AppTest, label: str) -> AppTest:
    return fine(next(button for button in board.button if button.label == label).click().run())


@pytest.fixture
def auditor(office: Office) -> AppTest:
    return fine(office.sign_in("auditor"))


def test_the_auditor_starts_on_her_page_and_nothing_is_searched_yet(office: Office, auditor: AppTest) -> None:
    assert "Choose what to look for." in shown(auditor)
    assert logged(office, "ledger searched") == []


def test_a_search_shows_staff_and_numbers_and_is_recorded_once(office: Office, auditor: AppTest) -> None:
    log(office, "intake worker", "name read", case_id=office.cases[0])
    choose(auditor, "What").select("name read")
    board = press(auditor, "Search")
    number = office.view(office.cases[0]).card.number
    assert "1 row" in shown(board)
    assert "Name read" in shown(board)
    assert office.people["intake worker"].name in shown(board)
    assert number in shown(board)
    fine(board.run())
    assert [codes["act"] for codes in logged(office, "ledger searched")] == ["name read"]


def test_a_search_that_finds_nothing_says_so(auditor: AppTest) -> None:
    next(field for field in auditor.text_input if field.label == "Case number").input("2026-99999")
    assert "Nothing of that kind is in the ledgers." in shown(press(auditor, "Search"))


def test_the_pages_of_a_long_search_are_turned(office: Office, auditor: AppTest) -> None:
    with office.store.write() as connection:
        for n in range(60):
            trace.append(connection, "demo-1-intake", "name search", datetime.now(UTC) - timedelta(minutes=n), count=n + 1)
    choose(auditor, "What").select("name search")
    board = press(auditor, "Search")
    assert "1 to 50 of 60" in shown(board)
    assert "51 to 60 of 60" in shown(press(board, "Later"))
    assert len(logged(office, "ledger searched")) == 2


def test_no_child_is_named_anywhere_on_the_page(office: Office, auditor: AppTest) -> None:
    log(office, "intake worker", "name read", case_id=office.cases[0])
    pages = [shown(press(auditor, "Search"))]
    pages += [shown(open_tab(auditor, name)) for name in ("Weekly review", "Whole")]
    pages.append(shown(press(auditor, "Check everything")))
    assert not any("Child " in page for page in pages)


def test_the_weekly_review_lists_what_stands_out_and_is_recorded_with_a_note(office: Office, auditor: AppTest) -> None:
    monday = weekly.monday_of(local_date(datetime.now(UTC))) - timedelta(weeks=1)
    log(office, "intake worker", "export", datetime(monday.year, monday.month, monday.day, 15, tzinfo=UTC), count=12)
    board = open_tab(auditor, "Weekly review")
    assert "Exports · 1" in shown(board)
    assert "12 rows" in shown(board)
    assert "Nothing found: Same family name as the reader" in shown(board)
    choose(board, "Note").select("asked the person")
    board = press(board, "Record that the week was reviewed")
    assert any(each.value.endswith("asked the person.") for each in board.success)
    assert logged(office, "week reviewed") == [{"week": str(monday), "note": "asked the person"}]
    assert logged(office, "ledger searched") == [{"week": str(monday)}]


def test_the_running_week_is_shown_and_not_yet_reviewed(auditor: AppTest) -> None:
    board = open_tab(auditor, "Weekly review")
    choose(board, "Week").select_index(0).run()
    assert "The week is not over" in shown(board)
    assert not [b for b in board.button if b.label == "Record that the week was reviewed"]


def test_a_whole_database_is_said_to_be_whole_and_the_check_is_recorded(office: Office, auditor: AppTest) -> None:
    board = open_tab(auditor, "Whole")
    assert "No head has been signed yet." in shown(board)
    board = press(board, "Check everything")
    (said,) = [each.value for each in board.success]
    assert said.startswith(f"{len(office.cases)} cases, ")
    assert said.endswith("checked, no fault.")
    assert logged(office, "ledger verified")[0]["faults"] == 0


def test_a_fault_is_named(office: Office, auditor: AppTest) -> None:
    with office.store.write() as connection:
        connection.execute(text("UPDATE cases SET age = 3"))
    board = press(open_tab(auditor, "Whole"), "Check everything")
    assert f"{len(office.cases)} faults" in board.error[0].value
    assert "ledger row 1 does not hold what was recorded" in shown(board)


def test_the_signed_head_is_taken_out_and_its_age_is_told(office: Office, auditor: AppTest) -> None:
    board = press(open_tab(auditor, "Whole"), "Make the file")
    assert [b.label for b in board.get("download_button")] == [f"Save signed-head-{local_date(datetime.now(UTC))}.json"]
    assert logged(office, "head exported")[0]["head"] == 1
    assert "0 minutes ago" in shown(fine(board.run()))
    with office.store.read() as connection:
        assert len(heads.all_heads(connection)) == 1
