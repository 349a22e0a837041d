"""Whether this is a minor child residing in the state (§ 17a-106f(a)), as far as dates and reports tell. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from mdt import geography
from mdt.facts import Fact
from mdt.law.period import age_on, eighteenth_birthday, local_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mdt.casework.child import AsTold
    from mdt.facts import Event


@dataclass(frozen=True, slots=True)
class OnReport:
    """How old the child was on the day of a report, and whether it told that she lives in the state. None: unknown."""

    report: str
    on: date
    age: int | None
    in_state: bool | None


@dataclass(frozen=True, slots=True)
class MinorAndResident:
    """What is known; None where it is not. `told_age`: in years, as first told, where the birthdate is not known.

    `otherwise`: the birthdates, ages and towns that a report tells otherwise; `warnings`: what to look at before determining.
    """

    birthdate: date | None
    eighteen_on: date | None
    told_age: int | None
    today: date
    age_today: int | None
    reports: tuple[OnReport, ...]
    town: str
    town_is_ours: bool | None
    otherwise: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judged(
    told: AsTold, told_age: int | None, history: Sequence[Event], things: Mapping[str, str], now: datetime
) -> MinorAndResident:
    """What is told of the child, and the reports in the live history, tell on the day of `now`. `told_age`: the first one."""
    child, ages = told.child, [report["child_age"] for report in told.reports if "child_age" in report]
    told_age = next(iter(ages), None) if told_age is None else told_age
    birthdate = date.fromisoformat(child["birthdate"]) if child["birthdate"] else None
    today = local_date(now)
    received = [e for e in history if e.fact is Fact.REPORT_RECEIVED]
    known = MinorAndResident(
        birthdate, eighteenth_birthday(birthdate) if birthdate else None, None if birthdate else told_age, today,
        age_on(today, birthdate) if birthdate else None, tuple(_on(e, birthdate, things) for e in received), child["town"],
        geography.find(child["town"]) is not None if child["town"] else None, tuple(_otherwise(told, told_age, things)),
    )  # fmt: skip
    return replace(known, warnings=(*known.otherwise, *_of_age(known), *_of_home(known)))


def _otherwise(told: AsTold, told_age: int | None, things: Mapping[str, str]) -> Iterator[str]:
    """What reports tell otherwise; an age does so only where it is all that is known."""
    for one in told.otherwise:
        if one.field in ("birthdate", "town"):
            value = _day(date.fromisoformat(one.value)) if one.field == "birthdate" else one.value
            yield f"By {things[one.report]} the {one.field} is {value}. Both are kept; which is right?"
    for report in told.reports:
        if not told.child["birthdate"] and report.get("child_age", told_age) != told_age:
            yield f"By {things[report['id']]} the age was {report['child_age']}. Both are kept; which is right?"


def _on(event: Event, birthdate: date | None, things: Mapping[str, str]) -> OnReport:
    day = local_date(event.happened_at)
    return OnReport(things[event.about or ""], day, age_on(day, birthdate) if birthdate else None, event.data.get("in_state"))


def _of_age(known: MinorAndResident) -> Iterator[str]:
    if known.eighteen_on is None:
        told = f"; the age told was {known.told_age}" if known.told_age is not None else ""
        yield f"The birthdate is not known{told}. On which day the child turns eighteen cannot be said."
        return
    since = f"eighteen since {_day(known.eighteen_on)}"
    for one in known.reports:
        if one.on >= known.eighteen_on:
            yield f"On the day of {one.report}, {_day(one.on)}, this was no minor child: {since}."
    if known.today >= known.eighteen_on:
        yield f"Today, {_day(known.today)}, this is no minor child: {since} (§ 17a-106f(a))."


def _of_home(known: MinorAndResident) -> Iterator[str]:
    told = [one for one in known.reports if one.in_state is not None]
    for one in told:
        if not one.in_state:
            yield f"By {one.report}, {_day(one.on)}, the child does not live in Connecticut."
    if known.town_is_ours is False:
        yield "The town told is no town of Connecticut."
    if known.town_is_ours is None and not told:
        yield "Nobody has told where the child lives."
    if known.town_is_ours and any(one.in_state is False for one in told):
        yield "That contradicts the town told, which is a town of Connecticut."


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
