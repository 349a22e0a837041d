"""What the weekly review lists: rules over a week of the access log and the ledger. Pure; a finding is a question, no verdict.

The figures are the team's own standards (`mdt/law/standards.yaml`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from mdt.law.period import EASTERN, SATURDAY, local_date
from mdt.law.rulebook import load
from mdt.store.trace import EXPORTS, NAME_READS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime

NOON = timedelta(hours=12)
EMERGENCY = frozenset({"emergency access", "take_emergency_access"})  # in the log, and as an act on the case
FAILED = frozenset({"sign-in failed", "locked"})


class Pattern(StrEnum):
    """What is looked for, in the order in which it is listed."""

    OWN_NAME = "Same family name as the reader"
    EMERGENCY = "Emergency access"
    EMERGENCY_CHAIN = "Emergency access again and again"
    RESTRICTED = "Reads of a restricted case"
    CLOSED = "Reads of a closed case"
    MASS = "Many names in a day"
    OUTSIDE = "Many cases outside their own open steps"
    WITHOUT_ACT = "Many cases read and nothing recorded"
    NIGHT = "Reads at night"
    WEEKEND = "Reads at the weekend"
    EXPORT = "Exports"
    REFUSED = "Refused again and again"
    FAILED = "Failed sign-ins"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of either ledger: who did what when, on which case if any, and to how many names."""

    at: datetime
    by: str
    act: str
    case_id: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Week:
    """What the rules look at. `looks` are rows of the access log, `deeds` acts on cases; pairs are (person, case)."""

    looks: tuple[Row, ...]
    deeds: tuple[Row, ...] = ()
    restricted: frozenset[str] = frozenset()
    closed_at: Mapping[str, datetime] = field(default_factory=dict)
    own_name: frozenset[tuple[str, str]] = frozenset()
    hers: frozenset[tuple[str, str]] = frozenset()

    @property
    def reads(self) -> Iterator[Row]:
        """The rows by which somebody learned a name, a narrative or who reported."""
        return (row for row in self.looks if row.act in NAME_READS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for the auditor: first seen when, by whom, on which case if it is one, and how many."""

    pattern: Pattern
    by: str
    at: datetime
    count: int
    case_id: str | None = None


def findings(week: Week) -> list[Finding]:
    """All that the rules find, by pattern and then by time."""
    found = [finding for rule in RULES.values() for finding in rule(week)]
    return sorted(found, key=lambda f: (list(Pattern).index(f.pattern), f.at, f.by, f.case_id or ""))


def figure(standard: str) -> int:
    """The number that a standard of the weekly review gives."""
    return load().standard(standard).number or 0


def _each_day(rows: Iterable[Row]) -> dict[tuple[str, date], list[Row]]:
    days: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in rows:
        days[row.by, local_date(row.at)].append(row)
    return days


def _one(pattern: Pattern, rows: list[Row], count: int, *, case: bool = False) -> Finding:
    first = min(rows, key=lambda row: row.at)
    return Finding(pattern, first.by, first.at, count, first.case_id if case else None)


def _a_case(pattern: Pattern, rows: Iterable[Row]) -> Iterator[Finding]:
    """One line a person and case."""
    pairs: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        pairs[row.by, row.case_id].append(row)
    return (_one(pattern, found, len({row.at for row in found}), case=True) for found in pairs.values())


def own_name(week: Week) -> Iterator[Finding]:
    """A case whose child has the family name of who read it."""
    return _a_case(Pattern.OWN_NAME, (r for r in week.reads if (r.by, r.case_id) in week.own_name))


def emergency(week: Week) -> Iterator[Finding]:
    """Every emergency access, as it stands in the log and in the case's own ledger."""
    return _a_case(Pattern.EMERGENCY, (r for r in (*week.looks, *week.deeds) if r.act in EMERGENCY))


def emergency_chain(week: Week) -> Iterator[Finding]:
    """Somebody who took it on so many occasions in the week, on one case or several."""
    for rows in _each_person(r for r in (*week.looks, *week.deeds) if r.act in EMERGENCY):
        occasions = len({(row.case_id, row.at) for row in rows})
        if occasions >= figure("audit-emergencies"):
            yield _one(Pattern.EMERGENCY_CHAIN, rows, occasions)


def restricted(week: Week) -> Iterator[Finding]:
    """Who read what names the child of a restricted case."""
    return _a_case(Pattern.RESTRICTED, (r for r in week.reads if r.case_id in week.restricted))


def closed(week: Week) -> Iterator[Finding]:
    """Who read it after the case was closed."""
    ended = week.closed_at
    return _a_case(Pattern.CLOSED, (r for r in week.reads if r.case_id and r.at > ended.get(r.case_id, r.at)))


def mass(week: Week) -> Iterator[Finding]:
    """More names in a day than the standard."""
    for rows in _each_day(week.reads).values():
        names = sum(row.count for row in rows)
        if names > figure("audit-names-a-day"):
            yield _one(Pattern.MASS, rows, names)


def outside(week: Week) -> Iterator[Finding]:
    """More cases in a day than the standard on which no step waits for her and on which she recorded nothing all week."""
    acted = {(row.by, row.case_id) for row in week.deeds}
    foreign = (r for r in _own_reads(week) if (r.by, r.case_id) not in week.hers | acted)
    return _many_cases(Pattern.OUTSIDE, foreign, figure("audit-cases-outside"))


def without_act(week: Week) -> Iterator[Finding]:
    """More cases in a day than the standard that a person read, recording nothing on them that day."""
    acted = {(row.by, row.case_id, local_date(row.at)) for row in week.deeds}
    idle = (r for r in _own_reads(week) if (r.by, r.case_id, local_date(r.at)) not in acted)
    return _many_cases(Pattern.WITHOUT_ACT, idle, figure("audit-cases-without-act"))


def _own_reads(week: Week) -> Iterator[Row]:
    """Reads a person chose one by one: a meeting's packet brings many cases at once, and rightly."""
    return (row for row in week.reads if row.act != "packet" and row.case_id)


def _many_cases(pattern: Pattern, rows: Iterable[Row], most: int) -> Iterator[Finding]:
    for found in _each_day(rows).values():
        cases = len({row.case_id for row in found})
        if cases > most:
            yield _one(pattern, found, cases)


def night(week: Week) -> Iterator[Finding]:
    """Reads at night, one line a person and night."""
    nights: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in week.reads:
        if is_night(row.at):
            nights[row.by, local_date(row.at - NOON)].append(row)
    return (_one(Pattern.NIGHT, rows, sum(row.count for row in rows)) for rows in nights.values())


def is_night(at: datetime) -> bool:
    """Whether the instant is in the night of the standard, on Connecticut's clocks."""
    standard = load().standard("audit-night")
    begins, lasts = standard.number or 0, standard.within.count if standard.within else 0
    return (at.astimezone(EASTERN).hour - begins) % 24 < lasts


def weekend(week: Week) -> Iterator[Finding]:
    """Reads on a Saturday or a Sunday, one line a person and day."""
    days = _each_day(row for row in week.reads if local_date(row.at).weekday() >= SATURDAY)
    return (_one(Pattern.WEEKEND, rows, sum(row.count for row in rows)) for rows in days.values())


def export(week: Week) -> Iterator[Finding]:
    """Every export, one by one; a head is one of the house's own."""
    taken = EXPORTS - {"head exported", "packet"}
    return (_one(Pattern.EXPORT, [row], row.count, case=True) for row in week.looks if row.act in taken)


def refused(week: Week) -> Iterator[Finding]:
    """As many refusals in a day as the standard: somebody is trying doors."""
    for rows in _each_day(row for row in week.looks if row.act == "refused").values():
        if len(rows) >= figure("audit-refusals"):
            yield _one(Pattern.REFUSED, rows, len(rows))


def failed(week: Week) -> Iterator[Finding]:
    """As many failed sign-ins in the week as the standard, or a locked account."""
    for rows in _each_person(row for row in week.looks if row.act in FAILED):
        count = Counter(row.act for row in rows)
        if count["locked"] or count["sign-in failed"] >= figure("audit-failed-sign-ins"):
            yield _one(Pattern.FAILED, rows, len(rows))


def _each_person(rows: Iterable[Row]) -> Iterable[list[Row]]:
    people: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        people[row.by].append(row)
    return people.values()


RULES: dict[Pattern, Callable[[Week], Iterator[Finding]]] = {
    Pattern.OWN_NAME: own_name,
    Pattern.EMERGENCY: emergency,
    Pattern.EMERGENCY_CHAIN: emergency_chain,
    Pattern.RESTRICTED: restricted,
    Pattern.CLOSED: closed,
    Pattern.MASS: mass,
    Pattern.OUTSIDE: outside,
    Pattern.WITHOUT_ACT: without_act,
    Pattern.NIGHT: night,
    Pattern.WEEKEND: weekend,
    Pattern.EXPORT: export,
    Pattern.REFUSED: refused,
    Pattern.FAILED: failed,
}
