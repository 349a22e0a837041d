"""The notice of § 17a-106i, to be said and to be given on paper: that compensation may be had, how to apply, what it may pay.

The texts are data, one file a language (`mdt/data/compensation-notice`); each figure in them is a name in braces, filled from
the dated rules on the day of the notice. Nothing in it is of any person or case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, model_validator
from ruamel.yaml import YAML

from mdt.errors import NotPossible
from mdt.exchange.documents import Paper, Part, cleaned
from mdt.law.period import Period
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mdt.law.rulebook import Version

TEXTS = Path(__file__).parents[1] / "data" / "compensation-notice"
LAW = "CGS §§ 17a-106i, 54-201 to 54-218"
DUTY, TO_APPLY = "17a-106i/compensation-notice", "54-211(a)/apply"
AMOUNTS = {
    "injury": "54-211(d)/personal-injury",
    "emotional": "54-211(d)/emotional-harm",
    "minor": "54-211(d)/minor",
    "death": "54-211(d)/death",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """A sentence, of the law from one day through another."""

    text: str
    since: date = date.min
    until: date = date.max

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class Section(_Strict):
    """A part of the paper."""

    heading: str
    lines: tuple[Line, ...]


class Text(_Strict):
    """The notice in one language. `say`: the script; `sections`: the paper; `years` tells a number of years in words."""

    language: str
    lang: str
    title: str
    head: str
    says_law: str
    foot: str
    dated: str
    months: tuple[str, ...]
    years: dict[int | str, str]
    say: tuple[Line, ...]
    sections: tuple[Section, ...]

    def day(self, on: date) -> str:
        """A day as the language writes it."""
        return self.dated.format(day=on.day, month=self.months[on.month - 1], year=on.year)

    def of_years(self, number: int) -> str:
        """So many years, in words."""
        return self.years.get(number, self.years["other"]).format(n=number)


@dataclass(frozen=True, slots=True)
class Reach:
    """How the Office of Victim Services is reached."""

    phone: str
    mail: str


@cache
def texts() -> Mapping[str, Text]:
    """Each language's text, by the language's English name."""
    reader = YAML(typ="safe")
    found = [Text.model_validate(reader.load(path.read_text(encoding="utf-8"))) for path in sorted(TEXTS.glob("*.yaml"))]
    return {one.language: one for one in found}


def in_language(language: str) -> Text:
    """The text in that language. Raises `NotPossible`, with what to do, where there is none."""
    found = texts().get(language)
    if found is None:
        message = (
            f"There is no compensation notice in that language; there is one in {', '.join(texts())}. Say it through an"
            " interpreter, and give the paper in English with it (§ 17a-106i)."
        )
        raise NotPossible(message)
    return found


def figures(text: Text, on: date, reach: Reach) -> dict[str, str]:
    """What the names in braces stand for on a day. Raises `NoRuleInForce` for a day before the duty began."""
    load()[DUTY].on(on)
    rule = load()[TO_APPLY]
    now = rule.on(on)
    before = [version for version in rule.versions if version.effective < now.effective]
    return {
        "phone": reach.phone,
        "mail": reach.mail,
        "today": text.day(on),
        "years": text.of_years(_years(now)),
        "since": text.day(now.effective),
        "earlier": text.of_years(_years(before[-1] if before else now)),
        **{name: f"${load().amount(key).on(on):,}" for name, key in AMOUNTS.items()},
    }


def _years(version: Version) -> int:
    assert isinstance(version.within, Period)  # noqa: S101  # § 54-211(a)(1)(A) has always named years
    return version.within.count


def script(language: str, on: date, reach: Reach) -> tuple[str, ...]:
    """What to say aloud, paragraph by paragraph. Raises `NotPossible` for a language that there is no text in."""
    text = in_language(language)
    return tuple(_filled(text.say, figures(text, on, reach), on))


def notice(language: str, on: date, reach: Reach) -> Paper:
    """The paper, as the law stands on that day. Raises `NotPossible` for a language that there is no text in."""
    text = in_language(language)
    named = figures(text, on, reach)
    parts = tuple(Part(section.heading, points=tuple(_filled(section.lines, named, on))) for section in text.sections)
    foot = text.foot.format_map(named)
    return cleaned(Paper(text.title, text.says_law, "", (text.head, LAW), parts, (), foot, lang=text.lang))


def _filled(lines: tuple[Line, ...], named: Mapping[str, str], on: date) -> Iterator[str]:
    return (line.text.format_map(named) for line in lines if line.since <= on <= line.until)
