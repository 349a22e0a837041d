"""A document, described once and made twice: as DOCX, which can still be corrected, and as PDF.

What stands in it comes from named values: our own layouts (`templates/*.yaml`) name which, and an agency's own DOCX template
is filled with the same. Nothing typed is ever more than text: no markup, no field, no formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category, normalize

from pydantic import BaseModel, ConfigDict, field_validator
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEMPLATES = Path(__file__).parent / "templates"
UNKNOWN = "not known"
# Every value that a layout or a template may name, with its label.
LABELS: dict[str, str] = {
    "case_number": "Case number",
    "made_at": "Made on",
    "made_by": "Worker",
    "made_by_role": "Role",
    "made_by_agency": "Agency",
    "confidential": "Confidential",
    "authority": "Authority",
    "limits": "Limits",
    "to": "To",
    "sent_to": "Desk or person",
    "sent_how": "Sent by",
    "sent_at": "Sent on",
    "proof": "Reference number or confirmation",
    "town_referred_to": "Town of residence or occurrence",
    "child_name": "Name",
    "child_birthdate": "Born on",
    "child_age": "Age",
    "child_gender": "Gender",
    "child_town": "Town of residence",
    "child_address": "Address",
    "child_phone": "Telephone",
    "child_citizenship": "Citizenship",
    "parents": "Parents, or others responsible for the child",
    "report_received": "Report received",
    "report_mode": "How it was made",
    "classification": "Classified as",
    "alleged": "What is alleged",
    "incident_when": "When it is said to have happened",
    "incident_town": "Where it is said to have happened",
    "suspected": "Suspected persons",
    "narrative": "What was reported",
    "prior_harm": "Earlier harm to the child or to siblings",
    "prior_cases": "Earlier cases of the suspected persons",
    "action_taken": "What was done for the child",
    "contact": "Contact with the child and the family",
    "determination": "DCF's determination",
    "missing_since": "Missing from care since",
}
BY_HAND = frozenset({"sent_to", "town_referred_to"})  # left open, where it is not known yet
LONG = frozenset({"parents", "suspected", "narrative", "prior_harm", "prior_cases", "action_taken", "limits"})
# What no reader means: controls, stray halves of characters, and signs that turn the direction of writing.
_KEPT = frozenset("\n\t\u200c\u200d")  # the last two join letters, in Persian for one
_NO_CHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})


class Section(BaseModel):
    """A part of a layout: fixed words, named values, and lines to be filled in by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    says: str = ""
    values: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()

    @field_validator("values")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in LABELS]:
            message = f"there is no value called {unknown[0]}"
            raise ValueError(message)
        return names


class Layout(BaseModel):
    """Our own layout of one kind of document: what it is, by which section, for whom, under whose authority."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    law: str
    to: str
    authority: str
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]


@cache
def layouts() -> Mapping[str, Layout]:
    """Every layout by the key of its kind."""
    reader = YAML(typ="safe")
    return {
        path.stem: Layout.model_validate(reader.load(path.read_text(encoding="utf-8")))
        for path in sorted(TEMPLATES.glob("*.yaml"))
    }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under the names of their columns. `widths` are each column's share of the page; without them, equal."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()

    def shares(self) -> tuple[float, ...]:
        """Each column's part of the whole width; together they are one."""
        parts = self.widths or (1,) * len(self.columns)
        return tuple(one / sum(parts) for one in parts)


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a form: what stands in it and from where; without a value, room for so many lines by hand."""

    label: str
    value: str = ""
    source: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document: lines of a label and a value, a table, texts under their label, lines to be filled in by hand.

    One that is `under` stands, with a smaller heading, under the part before it. `points` are sentences, each by itself, in the
    larger letters of what a family reads; `entries` are the fields of a form.
    """

    heading: str
    says: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    blanks: tuple[str, ...] = ()
    table: Table | None = None
    under: bool = False
    starts_page: bool = False
    points: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it is to be made; every text of it is plain. `number` is its case's, or empty.

    The `watermark`, one line or several, lies under the text of each page.
    """

    title: str
    law: str
    number: str
    stamp: tuple[str, ...]
    parts: tuple[Part, ...]
    signatures: tuple[str, ...]
    foot: str
    watermark: str = ""
    lang: str = "en-US"

    @property
    def name(self) -> str:
        """What its file calls itself: of nobody."""
        return f"{self.title}, case {self.number}" if self.number else self.title


def paper(layout: Layout, values: Mapping[str, str]) -> Paper:
    """The layout filled with the values; what there is none of is "not known", or left open."""
    known = {name: clean(values.get(name, "")) or ("" if name in BY_HAND else UNKNOWN) for name in LABELS}
    foot = f"Case {known['case_number']} · made on {known['made_at']} by {known['made_by']}, {known['made_by_agency']}"
    stamp = (known["confidential"], f"Authority: {known['authority']}", known["limits"])
    parts = tuple(_part(section, known) for section in layout.sections)
    return Paper(layout.title, layout.law, known["case_number"], stamp, parts, layout.signatures, foot)


def _part(section: Section, known: Mapping[str, str]) -> Part:
    def of(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((LABELS[name], known[name]) for name in names)

    short, long = ([n for n in section.values if (n in LONG) is is_long] for is_long in (False, True))
    return Part(section.heading, section.says, of(short), of(long), section.blanks)


def clean(text: str) -> str:
    """The text without what XML cannot hold and nobody can see; each line break is one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(c for c in lines if c in _KEPT or category(c) not in _DROPPED)
    return normalize("NFC", _NO_CHARACTERS.sub("", seen)).strip()


def cleaned(of: Paper) -> Paper:
    """The document with each of its texts cleaned."""
    made: Paper = _cleaned(of)
    return made


def _cleaned(of: Any) -> Any:  # noqa: ANN401  # a text, a tuple of them, or a part of a document
    if isinstance(of, str):
        return clean(of)
    if isinstance(of, tuple):
        return tuple(map(_cleaned, of))
    if is_dataclass(of) and not isinstance(of, type):
        return replace(of, **{one.name: _cleaned(getattr(of, one.name)) for one in fields(of)})
    return of
