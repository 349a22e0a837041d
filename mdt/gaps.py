"""The gap ledger: what a child needed and no provider gave, by need, age, judicial district, month and reason.

It is published once for everybody, for a calendar year, some days after that year has ended, as it was recorded by then. Two
ledgers of times that overlap, of the same time as recorded on two days, or of a part of it alone, laid side by side, would
tell what each of them withholds: so there is no other choice of time and no filter, and what is recorded later changes
nothing. Its tables share the needs and their totals and nothing else; see `mdt.withholding`.
"""

from __future__ import annotations

from calendar import month_abbr
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, get_args

from mdt import geography
from mdt.facts import Fact
from mdt.figures import FEW
from mdt.law.period import EASTERN, local_date
from mdt.referring import Declined
from mdt.services import NeedKind
from mdt.withholding import withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from mdt.facts import Event, History

NEEDS: tuple[str, ...] = get_args(NeedKind)
WAITING, NOBODY = "waiting list", "no provider in reach"
REASONS: tuple[str, ...] = (*get_args(Declined.model_fields["because"].annotation), WAITING, NOBODY)
# What may tell of a gap, and what places one.
TELLS = frozenset({Fact.PROVIDER_DECLINED, Fact.PROVIDER_WAITLISTED, Fact.SERVICE_ENDED})
PLACES = frozenset({Fact.NEED_LISTED, Fact.CASE_PLACED})
UNKNOWN, NOWHERE = "Age not told", "Not placed"
BANDS = {"Under 12": 0, "12 to 14": 12, "15 to 17": 15, "18 and older": 18}  # by the first age of each
MONTHS = tuple(month_abbr[1:])
TOGETHER = "Other needs together"


class Gap(NamedTuple):
    """That a need of a child was not met then: why, her age in whole years if it was told, and where her case was."""

    case: str
    need: str
    age: int | None
    district: str | None
    on: date
    reason: str


def of_case(case: str, history: History, age: int | None, told_on: date) -> Iterator[Gap]:
    """The gaps of a case by what stands of its history, one for each event; `age` is as it was told on that day.

    A need that was never listed, or was taken back, has none. The district is the one that the case was last placed in by
    then.
    """
    needs = {e.about: e.data["need"] for e in history if e.fact is Fact.NEED_LISTED}
    district: str | None = None
    for e in history:
        if e.fact is Fact.CASE_PLACED:
            district = e.data.get("district", district)
        reason = reason_of(e)
        if reason and e.about in needs:
            on = local_date(e.happened_at)
            yield Gap(case, needs[e.about], age_on(age, told_on, on), district, on, reason)


def reason_of(event: Event) -> str | None:
    """Why the need was not met; None of an event that tells of no gap."""
    if event.fact is Fact.PROVIDER_DECLINED:
        return str(event.data["because"])
    if event.fact is Fact.PROVIDER_WAITLISTED:
        return WAITING
    return NOBODY if event.fact is Fact.SERVICE_ENDED and event.data["outcome"] == NOBODY else None


def age_on(age: int | None, told_on: date, on: date) -> int | None:
    """The age on a day: as it was told, and a year more for each year that has gone by since. An age alone says no more."""
    if age is None:
        return None
    return age + max(0, on.year - told_on.year - ((on.month, on.day) < (told_on.month, told_on.day)))


def band(age: int | None) -> str:
    """The band of ages in which it is counted."""
    return UNKNOWN if age is None else next(name for name, first in reversed(BANDS.items()) if age >= first)


# Each table's columns, and which of them a gap is counted in.
VIEWS: dict[str, tuple[tuple[str, ...], Callable[[Gap], str]]] = {
    "district": ((*geography.districts(), NOWHERE), lambda gap: gap.district or NOWHERE),
    "age": ((*BANDS, UNKNOWN), lambda gap: band(gap.age)),
    "month": (MONTHS, lambda gap: MONTHS[gap.on.month - 1]),
    "reason": (REASONS, lambda gap: gap.reason),
}


@dataclass(frozen=True, slots=True)
class Published:
    """A table of the ledger: under each column a number for each row of the ledger, then its total; None is withheld."""

    columns: tuple[str, ...]
    cells: Sequence[Sequence[int | None]]

    @property
    def totals(self) -> Sequence[int | None]:
        """The columns' totals."""
        return self.cells[-1]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is published of a year: each need that can stand alone with its total, and the tables.

    `total` is None where it is of ten children or fewer; then there are no rows and no tables, nor where it is zero.
    `together` are the needs of the last row, where it is `TOGETHER`; `never` are those of which there was no gap.
    """

    total: int | None
    rows: Mapping[str, int]
    tables: Mapping[str, Published]
    together: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def publish(gaps: Iterable[Gap]) -> Ledger:
    """The ledger of these gaps. No number in it tells of ten children or fewer, nor do all of them taken together."""
    every = list(gaps)
    rows = _rows(every)
    if _children(every) <= FEW:
        return Ledger(None if every else 0, {}, {}, never=() if every else NEEDS)
    named = {TOGETHER if len(needs) > 1 else next(iter(needs)): [g for g in every if g.need in needs] for needs in rows}
    tables = {view: _table(list(named.values()), *of) for view, of in VIEWS.items()}
    together = next((needs for needs in rows if len(needs) > 1), ())
    never = () if together else tuple(need for need in NEEDS if not any(need in needs for needs in rows))
    return Ledger(len(every), {name: len(found) for name, found in named.items()}, tables, together, never)


def _rows(gaps: Sequence[Gap]) -> list[tuple[str, ...]]:
    """The needs as they can be shown: one by one, and those of few children in one row with all of which there was no gap."""
    of = {need: [gap for gap in gaps if gap.need == need] for need in NEEDS}
    alone = sorted((need for need in NEEDS if _children(of[need]) > FEW), key=lambda need: len(of[need]))
    rest = [need for need in NEEDS if need not in alone]
    if not any(of[need] for need in rest):
        rest = []
    while rest and alone and not _hide_each_other([of[need] for need in rest]):
        rest.append(alone.pop(0))
    ordered: list[tuple[str, ...]] = [(need,) for need in NEEDS if need in alone]
    return [*ordered, tuple(need for need in NEEDS if need in rest)] if rest else ordered


def _hide_each_other(of: Sequence[Sequence[Gap]]) -> bool:
    """Whether their total alone leaves each of these needs able to be of any number of 1 to 10."""
    total, children = sum(map(len, of)), _children([gap for one in of for gap in one])
    holds_a_great_one = any(len(one) > FEW for one in of)
    return children > FEW and len(of) > 1 and (holds_a_great_one or total <= FEW * (len(of) - 1))


def _children(gaps: Collection[Gap]) -> int:
    return len({gap.case for gap in gaps})


def _table(rows: Sequence[Sequence[Gap]], columns: tuple[str, ...], column_of: Callable[[Gap], str]) -> Published:
    """Counts and children by column, the totals last, with few children withheld."""
    cases = [_cases_by_column(gaps, column_of) for gaps in rows]
    cases.append({column: [case for row in cases for case in row[column]] for column in columns})
    counts = [[len(row[column]) for column in columns] for row in cases]
    children = [[len(set(row[column])) for column in columns] for row in cases]
    return Published(columns, withheld(counts, children))


def _cases_by_column(gaps: Sequence[Gap], column_of: Callable[[Gap], str]) -> dict[str, list[str]]:
    """The case of each gap, under its column."""
    found: dict[str, list[str]] = defaultdict(list)
    for gap in gaps:
        found[column_of(gap)].append(gap.case)
    return found


# Years. -------------------------------------------------------------------------------------------------------------------


def begins(year: int) -> datetime:
    """Its first instant in Connecticut."""
    return datetime.combine(date(year, 1, 1), time(), EASTERN)


def closes(year: int, days: int) -> datetime:
    """When the ledger of a year is made: so many days after it has ended. What is recorded from then on changes nothing."""
    return datetime.combine(date(year + 1, 1, 1) + timedelta(days=days), time(), EASTERN)


def last_closed(now: datetime, days: int) -> int:
    """The last year whose ledger is made."""
    year = local_date(now).year - 1
    return year if closes(year, days) <= now else year - 1
