"""What a file's cells say against its mapping: asked of a person, never decided here. No question repeats a cell."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt import countries, geography
from mdt.exchange import spelling
from mdt.exchange.columns import DAYS, INSTANTS
from mdt.exchange.mapping import PARTS, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Mapping as Cells

    from mdt.exchange.mapping import Mapping

ZIP = re.compile(r"\d{5}(-\d{4})?", re.ASCII)
STREET = re.compile(r"\d+[A-Za-z]?\s+\S.*", re.DOTALL)
PART_WORDS = {
    "child_street": "streets",
    "child_city": "towns of Connecticut",
    "child_state": "states",
    "child_zip": "ZIP codes",
    "child_country": "countries",
}
LOOKS: dict[str, Callable[[str], bool]] = {
    "child_zip": lambda text: bool(ZIP.fullmatch(text)),
    "child_country": lambda text: countries.alpha2(text) is not None,
    "child_state": countries.is_state,
    "child_street": lambda text: bool(STREET.fullmatch(text)),
    "child_city": lambda text: geography.find(text) is not None,
}
NEVER_BY_ITSELF = {
    "report_no": "which number each report has (or that numbers are to be made)",
    "received_at": "when the reports were received",
    "mode": "how they came: oral, electronic or written",
    "reporter_mandated": "whether the reporters are mandated",
}


KINDS: dict[str, Callable[[str], bool]] = {
    "days": lambda text: any(spelling.is_day(text, style) for style in spelling.DATES),
    "ZIP codes": LOOKS["child_zip"],
    "numbers": str.isdigit,
    "yes or no": lambda text: text.casefold() in {"yes", "no", "y", "n", "true", "false"},
    "towns of Connecticut": LOOKS["child_city"],
    "states": LOOKS["child_state"],
    "countries": LOOKS["child_country"],
    "streets": LOOKS["child_street"],
}


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be said before the file is taken. One about a column has `{}` where its name is to stand."""

    column: str | None
    says: str


def described(columns: Sequence[str], rows: Sequence[Cells[str, str]]) -> dict[str, str]:
    """In how many of the rows a column is filled, and of what kind most of it is."""
    filled = {name: [text for row in rows if (text := row.get(name, "").strip())] for name in columns}
    return {name: f"{_kind(texts)} in {len(texts)} of {len(rows)} rows" for name, texts in filled.items() if texts}


def _kind(texts: Sequence[str]) -> str:
    return next((kind for kind, looks in KINDS.items() if sum(map(looks, texts)) * 2 > len(texts)), "text")


def questions(mapping: Mapping, rows: Iterable[Cells[str, str]]) -> list[Question]:
    """What the mapping leaves open, or what the cells of all rows say against it."""
    wanted = {column: where for column, where in mapping.columns.items() if where in {*PARTS, *DAYS, *INSTANTS}}
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for column, where in wanted.items():
            if text := row.get(column, "").strip():
                seen[column].update(_kinds(where, text, mapping))
    asked = [Question(None, f"The file does not say {NEVER_BY_ITSELF[name]}.") for name in lacking(mapping)]
    asked += [
        Question(column, says)
        for column, kinds in seen.items()
        if column not in mapping.sure and (says := _against(wanted[column], kinds, mapping))
    ]
    return asked


def _kinds(where: str, text: str, mapping: Mapping) -> set[str]:
    """What a cell is like: parts of an address, or ways in which a day may be written."""
    if where in PARTS:
        return {"all"} | {part for part, looks in LOOKS.items() if looks(text)}
    styles = {style for style in spelling.DATES if spelling.is_day(text, style)}
    no_time = {"no time"} if where in INSTANTS and not mapping.time and not spelling.has_time(text) else set()
    return {"all"} | styles | no_time


def _against(where: str, kinds: Counter[str], mapping: Mapping) -> str:
    return _another_part(where, kinds) if where in PARTS else _another_day(kinds, mapping)


def _another_part(where: str, kinds: Counter[str]) -> str:
    """That most cells are like another part of an address than the one that the column's name says."""
    most = kinds["all"] / 2
    if kinds[where] > most:
        return ""
    likely = next((part for part in LOOKS if kinds[part] > most), None)
    return f"Column {{}} holds {PART_WORDS[likely]}; say what it is." if likely else ""


def _another_day(kinds: Counter[str], mapping: Mapping) -> str:
    if kinds[mapping.dates] < kinds["all"]:
        others = [style for style in spelling.ORDER if kinds[style] > kinds[mapping.dates]]
        if others:
            return f"The days in column {{}} are not written like {spelling.DATES[mapping.dates]}; say how they are written."
    return "Column {} gives only the day; say which time of day is meant." if kinds["no time"] else ""
