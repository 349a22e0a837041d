"""Load the rules, check them, and answer "what did this rule say on that day?".

A rule is what one subsection tells one actor. Each has versions, a text from an effective date; asking about a day before
the first is `NoRuleInForce`, never a guess. `standards.yaml` is kept apart: the team's own protocol, never law.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, NaiveDatetime, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mdt.errors import LawError, NoRuleInForce
from mdt.facts import Fact
from mdt.law.period import Period, Span, local_date

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
IMMEDIATELY = "immediately"


class Force(StrEnum):
    """How a duty binds. Only *shall* and *shall try* can be overdue; *only if* is a right that can be lost."""

    SHALL = "shall"
    SHALL_TRY = "shall try"
    MAY = "may"
    ONLY_IF = "only if"


class Actor(StrEnum):
    """Who the law, or the team's protocol, tells to act."""

    REPORTER = "mandated reporter"
    DCF = "DCF"
    POLICE = "police"
    HOSPITAL = "hospital"
    COURT = "court"
    MDT = "MDT"
    ADVOCATE = "advocate"
    PROVIDER = "provider"
    FAMILY = "family"
    APPLICANT = "applicant"
    INDIVIDUAL = "individual named in a finding"
    OVS = "OVS"
    COMMISSIONER = "victim compensation commissioner"
    DESPP = "DESPP"
    STATE = "state agencies"
    SYSTEM = "this system"


def _period(value: object) -> object:
    return Period.parse(value) if isinstance(value, str) and value != IMMEDIATELY else value


def _facts(value: object) -> object:
    return value if value is None or isinstance(value, list | tuple) else (value,)


Facts = Annotated[tuple[Fact, ...] | None, BeforeValidator(_facts)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Version(_Strict):
    """What a rule says from a day on. At most one figure: `within`, `before`, or `dates`; none means the law gives none."""

    effective: date
    act: str
    within: Annotated[Literal["immediately"] | Period | None, BeforeValidator(_period)] = None
    before: Annotated[Period | None, BeforeValidator(_period)] = None
    window: Annotated[Period | None, BeforeValidator(_period)] = None
    dates: tuple[date, ...] = ()
    force: Force | None = None
    says: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        if sum(map(bool, (self.within, self.before, self.window, self.dates))) > 1:
            message = "a version has more than one figure"
            raise ValueError(message)
        return self


class Waiver(_Strict):
    """A ground on which a time limit may be lifted, and who decides."""

    ground: str
    says: str
    cite: str
    decided_by: Actor


class Rule(_Strict):
    """What one subsection tells one actor, from when on."""

    key: str
    says: str
    cite: str
    href: str
    actor: Actor
    force: Force
    clock: Facts = None
    governed_by: Facts = None
    court_filing: bool = False
    confidence: Literal["verified", "secondary", "bill"] = "verified"
    checked_on: date
    doubt: str | None = None
    deadline_id: str | None = None
    waivers: tuple[Waiver, ...] = ()
    versions: tuple[Version, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [v.effective for v in self.versions]
        if not days or any(b <= a for a, b in pairwise(days)):
            message = "versions must be given, the oldest first, each from a later day"
            raise ValueError(message)
        if self.governed_by not in (None, self.clock):
            message = "a version is picked by the day of its clock's fact"
            raise ValueError(message)
        return self

    @property
    def subsection(self) -> str:
        """The subsection cited, "(a)(1)(A)", or nothing where the rule is a whole section."""
        return self.cite[self.cite.index("(") :] if "(" in self.cite else ""

    def on(self, when: date | datetime) -> Version:
        """The version in force on a day (an instant counts as its Connecticut day). Raises `NoRuleInForce`."""
        day = local_date(when) if isinstance(when, datetime) else when
        place = bisect_right(self.versions, day, key=lambda v: v.effective)
        if not place:
            message = f"{self.cite}: no version on record is old enough for {day}."
            raise NoRuleInForce(message)
        return self.versions[place - 1]

    def span(self, version: Version, start: datetime, on: date | None = None) -> Span | None:
        """Where the period of a version ends, counted from `start`, or back from the day `on`; None if no figure."""
        if version.within == IMMEDIATELY:
            return Span(start)
        if isinstance(version.within, Period):
            return version.within.end(start, court_filing=self.court_filing)
        if version.before is not None and on is not None:
            return version.before.before(on)
        return None


class _Dollars(_Strict):
    effective: date
    act: str
    dollars: int
    note: str | None = None


class Amount(_Strict):
    """A sum of money that a subsection names, from when on: a maximum, or what may be added to one."""

    key: str
    says: str
    cite: str
    href: str
    versions: tuple[_Dollars, ...]

    def on(self, day: date) -> int:
        """The dollars in force on a day. Raises `NoRuleInForce`."""
        found = [v.dollars for v in self.versions if v.effective <= day]
        if not found:
            message = f"{self.cite}: no version on record is old enough for {day}."
            raise NoRuleInForce(message)
        return found[-1]


class Standard(_Strict):
    """A figure of the team's own protocol: shown apart, may be postponed, never called a deadline.

    `first` is when a series begins, on Connecticut's clocks.
    """

    key: str
    says: str
    within: Annotated[Period, BeforeValidator(_period)] | None = None
    number: int | None = None
    remind: tuple[Annotated[Period, BeforeValidator(_period)], ...] = ()
    first: NaiveDatetime | None = None
    source: str


class _Section(_Strict):
    section: str
    title: str
    href: str
    checked_on: date
    edition: str
    rules: tuple[dict[str, Any], ...]
    amounts: tuple[dict[str, Any], ...] = ()


class Rulebook:
    """Every rule and standard by key. Build it with `load()`."""

    def __init__(
        self,
        rules: dict[str, Rule],
        standards: dict[str, Standard],
        titles: dict[str, str],
        amounts: dict[str, Amount] | None = None,
    ) -> None:
        self.rules = rules
        self.standards = standards
        self.titles = titles
        self.amounts = amounts or {}

    def __getitem__(self, key: str) -> Rule:
        try:
            return self.rules[key]
        except KeyError:
            message = f"No rule is called {key!r}."
            raise LawError(message) from None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def standard(self, key: str) -> Standard:
        """The team's standard of that name. Raises `LawError`."""
        try:
            return self.standards[key]
        except KeyError:
            message = f"No standard is called {key!r}."
            raise LawError(message) from None

    def amount(self, key: str) -> Amount:
        """The sum of money of that name. Raises `LawError`."""
        try:
            return self.amounts[key]
        except KeyError:
            message = f"No amount is called {key!r}."
            raise LawError(message) from None

    def with_overlay(self, path: Path) -> Rulebook:
        """This book as it would read if the overlay (a bill, say) were law: same keys get its versions, new keys are added."""
        rules = dict(self.rules)
        for rule in _read_section(path)[1]:
            old = rules.get(rule.key)
            rules[rule.key] = rule if old is None else _overlaid(old, rule)
        return Rulebook(
            {k: Rule.model_validate(r.model_dump()) for k, r in rules.items()}, self.standards, self.titles, self.amounts
        )

    def check_named(self, named: set[str], standards_named: set[str]) -> None:
        """Refuse a rule or standard that no step names, and a step whose rule or standard is missing."""
        for what, have, want in (("rule", set(self.rules), named), ("standard", set(self.standards), standards_named)):
            if missing := sorted(want - have):
                message = f"The process names a {what} that does not exist: {', '.join(missing)}."
                raise LawError(message)
            if unused := sorted(have - want):
                message = f"No step names the {what} {', '.join(unused)}."
                raise LawError(message)


@lru_cache(maxsize=1)
def load() -> Rulebook:
    """The law and the standards that ship with the product, checked. Raises `LawError` naming the file."""
    return load_from(HERE / "rules", HERE / "standards.yaml")


def load_from(folder: Path, standards: Path) -> Rulebook:
    """Read every section file of a folder, and the standards. Raises `LawError` naming the file and what is wrong."""
    rules: dict[str, Rule] = {}
    titles: dict[str, str] = {}
    amounts: dict[str, Amount] = {}
    for path in sorted(folder.glob("*.yaml")):
        section, found = _read_section(path)
        amounts |= {one.key: one for one in _amounts(section)}
        titles[section.section] = section.title
        for rule in found:
            if rule.key in rules:
                message = f"{path.name}: the key {rule.key} is used twice."
                raise LawError(message)
            rules[rule.key] = rule
    return Rulebook(rules, _read_standards(standards), titles, amounts)


def overlays() -> dict[str, Path]:
    """Law not (known to be) in force, by name: for what-if only, never the default."""
    return {p.stem: p for p in sorted((HERE / "overlays").glob("*.yaml"))}


def _overlaid(rule: Rule, by: Rule) -> Rule:
    """The rule with the overlay's versions after its own, each saying what the overlay says."""
    new = tuple(v.model_copy(update={"says": v.says or by.says}) for v in by.versions)
    return rule.model_copy(update={"versions": (*rule.versions, *new)})


def _read_section(path: Path) -> tuple[_Section, list[Rule]]:
    try:
        section = _Section.model_validate(_yaml(path))
        shared = {"href": section.href, "checked_on": section.checked_on}
        return section, [Rule.model_validate(shared | raw) for raw in section.rules]
    except (ValueError, YAMLError, LawError) as wrong:
        message = f"{path.name}: {wrong}"
        raise LawError(message) from wrong


def _amounts(section: _Section) -> list[Amount]:
    return [Amount.model_validate({"href": section.href} | raw) for raw in section.amounts]


def _read_standards(path: Path) -> dict[str, Standard]:
    try:
        return {key: Standard.model_validate({"key": key} | raw) for key, raw in _yaml(path).items()}
    except (ValueError, YAMLError, LawError) as wrong:
        message = f"{path.name}: {wrong}"
        raise LawError(message) from wrong


def _yaml(path: Path) -> Any:  # noqa: ANN401  # whatever the file holds; the models judge it
    # ruamel refuses duplicate keys, where PyYAML silently keeps the last.
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
