"""A table as a file that people open in a spreadsheet: CSV or XLSX, in which no cell is ever a formula.

A spreadsheet works out what begins like a formula, and what others typed must not run on a reader's machine. In XLSX a text is
written as a text and reads back as it was; CSV knows no types, so there an apostrophe stands before it. Numbers and dates stay
what they are. The stamp comes first, and in XLSX at the head of each printed page.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, cast

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from mdt.law.period import EASTERN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.worksheet.header_footer import HeaderFooterItem
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | bool | date | datetime | None

CSV_MEDIA = "text/csv"
XLSX_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  # some spreadsheets take full-width signs for the narrow ones
LONGEST_CELL = 32_767  # characters; a spreadsheet holds no more, and a text cut short in silence would mislead
# What XML cannot hold, or changes: written as _x000D_. What only looks like that is written so that it is not taken for it.
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WIDEST, _NARROWEST = 48, 10  # of a column, in letters


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their columns; `stamp` are the lines that come first, `head` and `foot` stand on each printed page."""

    title: str
    stamp: Sequence[str]
    head: str
    foot: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def to_csv(table: Table) -> bytes:
    """UTF-8 with its mark, so that spreadsheets know it; every cell in quotation marks."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([_in_csv(cell) for cell in row] for row in _lines(table))
    return out.getvalue().encode("utf-8-sig", "replace")  # half a character is nobody's name


def to_xlsx(table: Table, *more: Table) -> bytes:
    """A workbook, a sheet a table, that tells nobody's name but what the stamp says."""
    book = Workbook()
    book.properties.creator = None
    for sheet, one in zip([*book.worksheets, *(book.create_sheet() for _ in more)], (table, *more), strict=True):
        sheet.title = one.title
        for row in _lines(one):
            sheet.append([_in_sheet(sheet, value) for value in row])
        _lay_out(sheet, one)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(table: Table) -> Iterator[Sequence[Cell]]:
    yield from ((line,) for line in table.stamp)
    yield table.columns
    yield from table.rows


def defused(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet could take it for a formula."""
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def _in_csv(cell: Cell) -> str:
    if isinstance(cell, str):
        return defused(cell)
    if isinstance(cell, datetime):
        return _eastern(cell).isoformat(" ", "minutes")
    return "" if cell is None else _yes_or_no(cell) if isinstance(cell, bool) else str(cell)


def _in_sheet(sheet: Worksheet, value: Cell) -> SheetCell:
    """A cell of the type of its value; a text is a text, whatever it begins with."""
    made = SheetCell(sheet, row=1, column=1)  # `append` puts it where it belongs
    if isinstance(value, bool):
        value = _yes_or_no(value)
    if not isinstance(value, str):
        made.value = _eastern(value) if isinstance(value, datetime) else value
        return made
    if len(value) > LONGEST_CELL:
        raise ValueError("A cell of a workbook holds no text as long as that.")
    made.value = _NOT_FOR_XML.sub(_escaped, value)
    made.data_type = "s"
    made.quotePrefix = value.startswith(BEGINS_A_FORMULA)
    return made


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _yes_or_no(cell: bool) -> str:  # noqa: FBT001  # the value of a cell
    return "yes" if cell else "no"


def _eastern(instant: datetime) -> datetime:
    """On Connecticut's clocks, to the minute: spreadsheets know no time zones."""
    return instant.astimezone(EASTERN).replace(tzinfo=None, second=0, microsecond=0)


def _lay_out(sheet: Worksheet, table: Table) -> None:
    """Columns as wide as what is in them, their names always in sight, the stamp on each printed page."""
    names = len(table.stamp) + 1
    for number, name in enumerate(table.columns, 1):
        longest = max((len(str(row[number - 1] or "")) for row in table.rows), default=0)
        width = min(_WIDEST, max(_NARROWEST, len(name), longest) + 2)
        sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.cell(names, number).font = Font(bold=True)
    sheet.freeze_panes = f"A{names + 1}"
    sheet.print_title_rows = f"{names}:{names}"
    sheet.page_setup.orientation = "landscape"
    cast("HeaderFooterItem", sheet.oddHeader).center.text = _printed(table.head)
    cast("HeaderFooterItem", sheet.oddFooter).center.text = f"{_printed(table.foot)} · &P / &N"


def _printed(text: str) -> str:
    """Text as the head of a page takes it, where `&` begins a command."""
    return text.replace("&", "&&")
