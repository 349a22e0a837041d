"""Taking a list out: how many rows and what for is asked first; who may not, is not even offered it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt import access
from mdt.casework import exporting
from mdt.errors import NotAllowed
from mdt.records.tables import ACCESS_LOG

from .conftest import fine, shown
from .test_pages import press

if TYPE_CHECKING:
    import pytest
    from streamlit.testing.v1 import AppTest

    from .conftest import Office


def on_the_board(office: Office) -> AppTest:
    return fine(office.sign_in("intake worker").switch_page("board.py").run())


def taken_out(office: Office) -> list[tuple[Any, ...]]:
    columns = (ACCESS_LOG.c.by, ACCESS_LOG.c.count, ACCESS_LOG.c.detail)
    with office.store.read() as connection:
        found = connection.execute(select(*columns).where(ACCESS_LOG.c.act == "export").order_by(ACCESS_LOG.c.n))
        return [tuple(row) for row in found]


def test_the_board_is_taken_out_once_it_is_said_what_for(office: Office) -> None:
    board = on_the_board(office)
    assert f"{len(office.cases)} rows, without names of children. That you took them is recorded." in shown(board)
    assert board.button(key="board-export-make").disabled
    fine(board.selectbox(key="board-export-why").set_value("supervision").run())
    board.radio(key="board-export-kind").set_value("csv")
    press(board, "Make the file")
    (button,) = board.download_button
    assert button.label.startswith("Save cases-")
    assert button.label.endswith(f".csv ({len(office.cases)} rows)")
    detail = {"what": "cases", "format": "csv", "purpose": "supervision"}
    assert taken_out(office) == [(office.people["intake worker"].id, len(office.cases), detail)]
    assert len(fine(board.run()).download_button) == 0  # nothing of it is kept


def test_a_work_list_is_taken_out_as_it_is_narrowed(office: Office) -> None:
    board = office.sign_in("intake worker")
    board.session_state["intake-tab"] = "Waiting"
    fine(board.run())
    fine(board.button(key="intake-overdue").click().run())
    fine(board.selectbox(key="intake-export-why").set_value("casework").run())
    press(board, "Make the file")
    overdue = int(board.button(key="intake-overdue").label.rpartition(" ")[2].strip("*"))
    assert [(count, detail["what"]) for _, count, detail in taken_out(office)] == [(overdue, "work")]


def test_more_than_one_file_holds_is_refused_before_it_is_asked_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "most", lambda: len(office.cases) - 1)
    board = on_the_board(office)
    assert exporting.too_many() in shown(board)
    assert "Make the file" not in [button.label for button in board.button]


def test_who_may_not_is_not_offered_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "may_export", lambda _viewer, _what: False)
    assert "Make the file" not in [button.label for button in on_the_board(office).button]


def test_a_refusal_is_shown_as_it_reads_and_nothing_is_handed_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object) -> None:
        raise NotAllowed("Not by you.")

    board = on_the_board(office)
    monkeypatch.setattr(exporting, "export", refused)
    fine(board.selectbox(key="board-export-why").set_value("casework").run())
    press(board, "Make the file")
    assert [error.value for error in board.error] == ["Not by you."]
    assert len(board.download_button) == 0
