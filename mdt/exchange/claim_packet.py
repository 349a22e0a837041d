"""The application for compensation in our own layout: every field with what stands in it and from where, else room to write.

No copy of the agency's form: its own wording and order. `keys()` are the names by which a field is known, here and in the
mapping of the agency's own form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from mdt.exchange.documents import Entry, Paper, Part, cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAYOUT = Path(__file__).parents[1] / "data" / "claim-packet.yaml"
TITLE = "Application for victim compensation"
LAW = "CGS §§ 54-201 to 54-218"
TO = "To: Office of Victim Services, State of Connecticut Judicial Branch"
APPLICANT, CLAIM, RECORD = "as the applicant says", "from the claim", "from DCF's record"
SIGNERS = ("Claimant, never a person who is suspected",)


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a field, and from where: `APPLICANT`, `CLAIM` or `RECORD`."""

    value: str
    source: str


class _Field(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    lines: int = 1


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    says: str = ""
    fields: dict[str, _Field]


@cache
def sections() -> tuple[_Section, ...]:
    """The sections of our own layout, in order."""
    return tuple(map(_Section.model_validate, YAML(typ="safe").load(LAYOUT.read_text(encoding="utf-8"))))


@cache
def keys() -> Mapping[str, str]:
    """Each field's name with its section and label, as people read it."""
    return {key: f"{one.heading.partition('. ')[2]}: {field.label}" for one in sections() for key, field in one.fields.items()}


AUTHORIZES = (
    "I ask for compensation. What stands here is true as far as I know. Those who treated the victim for this injury may send"
    " their reports of it to the Office of Victim Services (§ 54-204(b)). I have read the fields that were filled in for me."
)


@dataclass(frozen=True, slots=True)
class By:
    """Who made it, and when; `number` is the case's."""

    number: str
    name: str
    agency: str
    made_at: str


def packet(values: Mapping[str, Filled], by: By, stamp: tuple[str, ...], consent: tuple[tuple[str, str], ...] = ()) -> Paper:
    """The application. `consent`: the lines that accompany what stands there of DCF's record (§ 17a-28(k)), none without it."""
    parts = (*_sections(values), *_signed(consent))
    foot = f"Case {by.number} · made on {by.made_at} by {by.name}, {by.agency}"
    return cleaned(Paper(TITLE, f"{LAW} · {TO}", by.number, stamp, parts, SIGNERS, foot))


def _sections(values: Mapping[str, Filled]) -> Iterator[Part]:
    for one in sections():
        entries = tuple(_entry(field, values.get(key)) for key, field in one.fields.items())
        yield Part(one.heading, one.says, entries=entries)


def _entry(field: _Field, filled: Filled | None) -> Entry:
    return Entry(field.label, filled.value, filled.source) if filled and filled.value else Entry(field.label, lines=field.lines)


def _signed(consent: tuple[tuple[str, str], ...]) -> Iterator[Part]:
    if consent:
        yield Part("Consent that accompanies this (§ 17a-28(k))", lines=consent)
    yield Part("9. Authorization and signature", AUTHORIZES)
