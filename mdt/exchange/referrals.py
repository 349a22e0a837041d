"""Files of referrals in our own layout: read from CSV, a workbook or JSON, and the refused rows written back to be corrected.

The file of refused rows is opened in a spreadsheet: what begins like a formula stands behind an apostrophe there, which is
taken away when the file is read again.
"""

from __future__ import annotations

import csv
import os
import re
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from mdt.errors import BadField, BadFile
from mdt.exchange import cells
from mdt.exchange.columns import ALL, COLUMNS, MAY_BE_LEFT_OUT, NEEDED, WHY_REFUSED
from mdt.exchange.tables import BEGINS_A_FORMULA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from mdt.exchange.cells import Source

__all__ = ["COLUMNS", "MAY_BE_LEFT_OUT", "NEEDED", "ONLY_ME", "WHY_REFUSED", "Referrals", "Refused", "read", "write_refused"]

ONLY_ME = 0o600
_LIKE_A_COLUMN = re.compile(r"[a-z][a-z0-9_ ]{0,39}")
Referral = tuple[int, dict[str, str]]


class Refused(NamedTuple):
    """A row that could not be taken: its number in the file it came from, its cells, and what is wrong with it."""

    row: int
    cells: Mapping[str, str]
    wrong: Sequence[BadField]


class Referrals:
    """Referrals, each with its row number and its cells by column; `count` of them in all."""

    def __init__(self, rows: Iterator[Referral], count: int) -> None:
        self._rows = rows
        self.count = count

    def __iter__(self) -> Iterator[Referral]:
        return self

    def __next__(self) -> Referral:
        return next(self._rows)


def read(source: Source) -> Referrals:
    """Every referral of a file with its row number, the cells by column, as they were written.

    The whole file is looked through before this returns: a file that cannot be taken raises `BadFile` here, when
    nothing of it has been given out. Memory does not grow with a table.
    """
    columns, count = check(cells.rows(source), _columns)
    return Referrals(_referrals(cells.rows(source), columns), count)


def is_ours(header: cells.Row) -> bool:
    """Whether these are the columns of our own layout, and no others."""
    names = {name.strip().lower() for name in header[1]} - {""}
    return names.issuperset(_required(header[0])) and names.issubset({*ALL, *WHY_REFUSED})


def write_refused(path: Path, rows: Iterable[Refused]) -> None:
    """Write refused rows to a CSV file that only its owner can open, and that `read` takes again once corrected."""
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, new, ONLY_ME), "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        os.fchmod(file.fileno(), ONLY_ME)  # the file may have been there before, open to others
        _write(file, list(rows))


def refused_csv(rows: Iterable[Refused]) -> bytes:
    """The same file, for whoever asks for it on a page."""
    out = StringIO(newline="")
    _write(out, list(rows))
    return out.getvalue().encode("utf-8-sig", "replace")


def _write(file: TextIO, rows: Sequence[Refused]) -> None:
    more = [name for name in MAY_BE_LEFT_OUT if any(row.cells.get(name) for row in rows)]
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow((*WHY_REFUSED, *COLUMNS, *more))
    writer.writerows(_refused(row, more) for row in rows)


def _refused(row: Refused, more: Sequence[str]) -> list[str]:
    fields = "; ".join(wrong.field for wrong in row.wrong)
    reasons = "; ".join(wrong.reason for wrong in row.wrong)
    return [str(row.row), fields, reasons, *(_defused(row.cells.get(column, "")) for column in (*COLUMNS, *more))]


def _begins_a_formula(text: str) -> bool:
    return text.lstrip("'").startswith(BEGINS_A_FORMULA)


def _defused(text: str) -> str:
    return f"'{text}" if _begins_a_formula(text) else text


def _as_it_was(text: str) -> str:
    return text[1:] if text.startswith("'") and _begins_a_formula(text) else text


def _referrals(rows: Iterator[cells.Row], columns: list[str]) -> Iterator[Referral]:
    next(rows)
    given = [column for column in ALL if column in COLUMNS or column in columns]
    were_refused = columns[: len(WHY_REFUSED)] == [*WHY_REFUSED]
    for number, values in rows:
        named = dict(zip(columns, map(_as_it_was, values) if were_refused else values, strict=False))
        yield number, {column: named.get(column, "") for column in given}


def check(rows: Iterator[cells.Row], columns_of: Callable[[cells.Row], list[str]]) -> tuple[list[str], int]:
    """The columns in the order of the file, and how many rows it holds: every row is read once. Raises `BadFile`."""
    columns = columns_of(next(rows, (1, [])))
    count = 0
    for number, values in rows:
        count += 1
        if len(values) > len(columns) and any(map(str.strip, values[len(columns) :])):
            raise BadFile(f"Row {number} goes on beyond the last column; a text with a comma must be in quotation marks.")
    if not count:
        raise BadFile("The file has column names but no referrals.")
    return columns, count


def names_of(header: Sequence[str]) -> list[str]:
    """The names of the columns, those without a name at the end left out. Raises `BadFile` if there are none, or one twice."""
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise BadFile("The file is empty.")
    return names


def _required(row: int) -> tuple[str, ...]:
    """Which columns there must be: all in a table, but objects (whose names are row 0) leave out what they do not know."""
    return COLUMNS if row else NEEDED


def _columns(header: cells.Row) -> list[str]:
    names = [name.lower() for name in names_of(header[1])]
    _check_known(names)
    if missing := [column for column in _required(header[0]) if column not in names]:
        raise BadFile(f"The file lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}.")
    return names


def _check_known(names: list[str]) -> None:
    known = {*ALL, *WHY_REFUSED}
    if len(known.intersection(names)) * 2 < len(names):  # a first row without column names is a child's: repeat nothing
        raise BadFile(f"The first row does not hold the names of the columns; they are {', '.join(COLUMNS)}.")
    if unknown := [shown(place, name) for place, name in enumerate(names, 1) if name not in known]:
        raise BadFile(f"The file has columns that a referral does not have: {', '.join(unknown[:5])}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"The file has the column {', '.join(twice)} more than once.")


def shown(place: int, name: str) -> str:
    """A column's name, if it is like one; else its place: it may be a cell that got there."""
    return name if _LIKE_A_COLUMN.fullmatch(name.lower()) else f"column {place}"
