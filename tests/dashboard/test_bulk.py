"""The Import page: a file is tried, its columns are told apart, it is taken in once; the window keeps none of its cells."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1.element_tree import Selectbox

from mdt.casework import sources
from mdt.exchange.columns import COLUMNS
from mdt.records import tables
from tests import making

from .conftest import fine, shown
from .test_pages import press

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.testing.v1 import AppTest

    from .conftest import Office

CANARY = "Canaryson"


@pytest.fixture(autouse=True)
def _words_may_be_typed_into_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser lets one where the list does; the tester of pages knows only what was in the list."""
    index = Selectbox.index.fget
    assert index

    def or_typed(self: Selectbox[str]) -> int | None:
        if self.proto.accept_new_options and self.value is not None and self.value not in self.options:
            self.options = [*self.options, self.value]
        return index(self)

    monkeypatch.setattr(Selectbox, "index", property(or_typed))


def table(*rows: Mapping[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def ours(*rows: Mapping[str, str]) -> bytes:
    return table(*({column: row.get(column, "") for column in COLUMNS} for row in rows))


THEIRS = {
    "Ref": "P-1",
    "First name": "Child",
    "Surname": CANARY,
    "DOB": "2012-07-04",
    "Reported on": "2026-03-02 09:00",
    "Ward": "7",
}


def on_the_page(office: Office, role: str = "intake worker") -> AppTest:
    return fine(office.sign_in(role).switch_page("bulk.py").run())


def send(board: AppTest, content: bytes, name: str = "some.csv") -> AppTest:
    board.file_uploader[0].set_value((name, content, "text/csv"))
    return fine(board.run())


def cases(office: Office) -> int:
    with office.store.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.CASES)).scalar_one()


def logged(office: Office, act: str) -> list[tuple[Any, ...]]:
    log = tables.ACCESS_LOG
    with office.store.read() as connection:
        found = connection.execute(select(log.c.by, log.c.count, log.c.detail).where(log.c.act == act).order_by(log.c.n))
        return [tuple(row) for row in found]


def held(board: AppTest) -> str:
    """Whatever this window keeps between two clicks, but for what is bound to the widgets that are drawn."""
    return repr([board.session_state[key] for key in ("bulk",) if key in board.session_state])


def mapped(office: Office, *rows: Mapping[str, str]) -> AppTest:
    """A partner's file whose columns have been told apart, and what holds for all rows said."""
    board = send(on_the_page(office), table(*(rows or (THEIRS,))))
    whose(board)
    choose(board, "How the reports came", "electronic")
    choose(board, "Are the reporters mandated?", "yes")
    return board


def whose(board: AppTest, name: str = "police-feed") -> None:
    """Type the name of a source."""
    fine(board.selectbox(key="bulk-0-source").set_value(name).run())


def choose(board: AppTest, label: str, value: str) -> None:
    fine(next(one for one in board.radio if one.label == label).set_value(value).run())


def test_trying_a_file_writes_nothing_and_tells_each_refused_row_by_its_number_field_and_reason(office: Office) -> None:
    before = cases(office)
    board = send(on_the_page(office), ours(making.row(report_no="B-1"), making.row(report_no="B-2", mode=CANARY)))
    press(board, "Try it")
    assert "Would be taken: 1 · repeats: 0 · refused: 1" in shown(board)
    assert "Row 3 · **Mode** is one of\\: oral, electronic, written." in shown(board)
    assert CANARY not in shown(board)
    assert cases(office) == before
    assert logged(office, "file imported") == []


def test_what_was_tried_is_taken_in_once_however_often_it_is_clicked(office: Office) -> None:
    before = cases(office)
    board = send(on_the_page(office), ours(making.row(report_no="B-1"), making.row(report_no="B-2", mode="by telepathy")))
    press(board, "Try it")
    press(board, "Take in 1 referral")
    assert "Taken: 1 · repeats: 0 · refused: 1" in shown(board)
    assert cases(office) == before + 1
    assert [b.label for b in board.button if b.label.startswith("Take in")] == []
    assert logged(office, "file imported") == [
        (office.people["intake worker"].id, 1, {"source": "", "repeats": 0, "refused": 1})
    ]
    press(board, "Try it")
    assert "Would be taken: 0 · repeats: 1 · refused: 1" in shown(board)


def test_a_file_without_refused_rows_is_let_go_when_it_is_taken(office: Office) -> None:
    board = send(on_the_page(office), ours(making.row(report_no="B-1", child_family_name=CANARY)))
    press(board, "Try it")
    press(board, "Take in 1 referral")
    assert "Taken: 1 · repeats: 0 · refused: 0" in shown(board)
    assert board.file_uploader[0].value is None
    assert CANARY not in held(board)
    assert CANARY not in shown(board)


def test_the_refused_rows_are_handed_back_and_that_is_logged(office: Office) -> None:
    board = send(on_the_page(office), ours(making.row(report_no="B-2", mode="by telepathy", child_family_name=CANARY)))
    press(board, "Try it")
    assert CANARY not in held(board)
    press(board, "Make the file of refused rows")
    (button,) = board.download_button
    assert button.label.startswith("Save refused-rows-")
    assert button.label.endswith(".csv (1 row)")
    detail = {"what": "refused rows", "format": "csv", "purpose": "casework"}
    assert logged(office, "export") == [(office.people["intake worker"].id, 1, detail)]
    assert len(fine(board.run()).download_button) == 0  # nothing of it is kept


def test_a_partners_columns_are_proposed_corrected_tried_and_remembered(office: Office) -> None:
    board = mapped(office)
    where = {box.label.partition(":")[0]: box for box in board.selectbox}
    assert where["First name"].value == "child_given_name"
    assert where["Surname"].value == "child_family_name"
    assert where["Ward"].value == "words"
    fine(where["Ref"].set_value("report_no").run())
    fine({box.label.partition(":")[0]: box for box in board.selectbox}["Ward"].set_value("out").run())
    press(board, "Try it")
    assert "Would be taken: 1 · repeats: 0 · refused: 0" in shown(board)
    assert "Left out: Ward" in shown(board)
    press(board, "Take in 1 referral")
    kept = sources.recall(office.store, "police-feed")
    assert kept.columns["Ref"] == "report_no"
    assert kept.constants == {"mode": "electronic", "reporter_mandated": "yes"}
    assert CANARY not in repr(kept)


def test_columns_are_described_without_a_cell_unless_she_asks_to_see_some(office: Office) -> None:
    board = mapped(office)
    assert any(box.label == "DOB: days in 1 of 1 rows" for box in board.selectbox)
    assert CANARY not in shown(board)
    assert len(board.dataframe) == 0
    fine(next(one for one in board.toggle if one.label.startswith("Look at the first")).set_value(True).run())
    assert CANARY in repr(board.dataframe[0].value)


def test_what_the_file_does_not_say_is_asked(office: Office) -> None:
    board = send(on_the_page(office), table({**THEIRS, "Reported on": "2026-03-02"}))
    whose(board)
    press(board, "Try it")
    asked = "\n".join(warning.value for warning in board.warning)
    assert "how they came" in asked
    assert "whether the reporters are mandated" in asked
    assert "gives only the day; say which time of day is meant" in asked
    assert [b.label for b in board.button if b.label.startswith("Take in")] == []


def test_a_column_that_holds_another_part_of_an_address_is_asked_about_and_may_be_right(office: Office) -> None:
    board = mapped(office, {**THEIRS, "Zip": "Hartford"})
    fine(next(box for box in board.selectbox if box.label.startswith("Ref")).set_value("report_no").run())
    press(board, "Try it")
    assert [warning.value for warning in board.warning] == ["Column Zip holds towns of Connecticut; say what it is."]
    fine(next(box for box in board.checkbox if box.label == "Column Zip is right as it is").check().run())
    press(board, "Try it")
    assert "Would be taken: 1" in shown(board)


def test_changing_how_a_file_is_read_wants_another_try(office: Office) -> None:
    board = mapped(office)
    fine(next(box for box in board.selectbox if box.label.startswith("Ref")).set_value("report_no").run())
    press(board, "Try it")
    assert any(b.label.startswith("Take in") for b in board.button)
    choose(board, "How the reports came", "oral")
    assert not any(b.label.startswith("Take in") for b in board.button)


def test_a_first_row_that_may_be_a_childs_is_asked_about_before_anything_of_it_is_shown(office: Office) -> None:
    board = send(on_the_page(office), b"Child,Canaryson,2012-07-04\r\nChild,B,2012-07-05\r\n")
    whose(board)
    assert "The first row holds the names of columns, and nobody's data" in [box.label for box in board.checkbox]
    assert CANARY not in shown(board)
    assert not any(CANARY in box.label for box in board.selectbox)


@pytest.mark.parametrize(
    ("content", "words"), [(b"\r\n", "is empty"), (b"%PDF-1.7", "is a PDF"), (b"[" * 100_000, "nested deeper")]
)
def test_what_is_no_file_of_referrals_is_refused_in_a_sentence(office: Office, content: bytes, words: str) -> None:
    board = send(on_the_page(office), content)
    assert words in "".join(error.value for error in board.error)


@pytest.mark.parametrize("role", ["intake worker", "intake supervisor", "area-office worker"])
def test_dcfs_roles_have_the_page(office: Office, role: str) -> None:
    assert "Import" in [header.value for header in on_the_page(office, role).header]


def test_nobody_else_has_it(office: Office) -> None:
    board = office.sign_in("chairperson").switch_page("bulk.py").run()
    assert "Import" not in [header.value for header in board.header]


def test_remembering_takes_nothing(office: Office) -> None:
    before = cases(office)
    board = mapped(office)
    press(board, "Remember how it is read")
    assert sources.names(office.store) == ["police-feed"]
    assert cases(office) == before


def test_a_source_with_a_long_name_is_refused(office: Office) -> None:
    board = send(on_the_page(office), table(THEIRS))
    whose(board, "The Police of the Whole State")
    press(board, "Remember how it is read")
    assert "The name of a source is short" in "".join(error.value for error in board.error)
