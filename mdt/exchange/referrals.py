"""Files of referrals: read from CSV or a workbook, and the refused rows written back to be corrected and read again."""

from __future__ import annotations

import csv
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from mdt.errors import BadField, BadFile
from mdt.exchange import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

COLUMNS = (
    "report_no",
    "received_at",
    "mode",
    "reporter_class",
    "reporter_mandated",
    "reporter_name",
    "reported_in_school",
    "child_given_name",
    "child_family_name",
    "child_birthdate",
    "child_age",
    "child_gender",
    "child_residence_town",
    "child_in_state",
    "lives_at_home",
    "in_dcf_care",
    "missing",
    "citizenship",
    "incident_town",
    "incident_from",
    "incident_to",
    "online_component",
    "suspected_person",
    "suspected_relationship",
    "suspected_has_care_or_access",
    "commercial_sex",
    "forced_labor",
    "force_fraud_coercion",
    "imminent_risk",
    "police_agency",
    "police_told_at",
    "narrative",
    "action_taken",
)
WHY_REFUSED = ("row", "field", "reason")  # in a file of refused rows, before the columns; ignored when it is read again

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


def read(path: Path) -> Referrals:
    """Every referral of a file with its row number, the cells by column, as they were written.

    The whole file is looked through before this returns: a file that cannot be taken raises `BadFile` here, when
    nothing of it has been given out. Memory does not grow with the file.
    """
    columns, count = _check(cells.rows(path))
    return Referrals(_referrals(cells.rows(path), columns), count)


def write_refused(path: Path, rows: Iterable[Refused]) -> None:
    """Write refused rows to a CSV file that only its owner can open, and that `read` takes again once corrected."""
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, new, ONLY_ME), "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        os.fchmod(file.fileno(), ONLY_ME)  # the file may have been there before, open to others
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(WHY_REFUSED + COLUMNS)
        writer.writerows(_refused(row) for row in rows)


def _refused(row: Refused) -> list[str]:
    fields = "; ".join(wrong.field for wrong in row.wrong)
    reasons = "; ".join(wrong.reason for wrong in row.wrong)
    return [str(row.row), fields, reasons, *(row.cells.get(column, "") for column in COLUMNS)]


def _referrals(rows: Iterator[cells.Row], columns: list[str]) -> Iterator[Referral]:
    next(rows)
    for number, values in rows:
        named = dict(zip(columns, values, strict=False))
        yield number, {column: named.get(column, "") for column in COLUMNS}


def _check(rows: Iterator[cells.Row]) -> tuple[list[str], int]:
    """The columns in the order of the file, and how many referrals it holds: every row is read once. Raises `BadFile`."""
    _, header = next(rows, (0, []))
    columns = _columns(header)
    count = 0
    for number, values in rows:
        count += 1
        if len(values) > len(columns) and any(map(str.strip, values[len(columns) :])):
            raise BadFile(f"Row {number} goes on beyond the last column; a text with a comma must be in quotation marks.")
    if not count:
        raise BadFile("The file has column names but no referrals.")
    return columns, count


def _columns(header: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise BadFile("The file is empty.")
    _check_known(names)
    if missing := [column for column in COLUMNS if column not in names]:
        raise BadFile(f"The file lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}.")
    return names


def _check_known(names: list[str]) -> None:
    known = {*COLUMNS, *WHY_REFUSED}
    if len(known.intersection(names)) * 2 < len(names):  # a first row without column names is a child's: repeat nothing
        raise BadFile(f"The first row does not hold the names of the columns; they are {', '.join(COLUMNS)}.")
    if unknown := [_shown(place, name) for place, name in enumerate(names, 1) if name not in known]:
        raise BadFile(f"The file has columns that a referral does not have: {', '.join(unknown[:5])}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"The file has the column {', '.join(twice)} more than once.")


def _shown(place: int, name: str) -> str:
    return name if _LIKE_A_COLUMN.fullmatch(name) else f"column {place}"
