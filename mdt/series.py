"""When a team meets: a series as RFC 5545 writes one, on Connecticut's clocks and around its legal holidays.

CGS § 17a-106a sets no frequency: how often a team meets is its own standard. A series says the wall clock, so ten in the
morning stays ten in the morning when clocks change. A meeting that falls on a weekend or a legal holiday (CGS § 1-4) moves
to the next open day or is left out, as the team chose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile, groupby, takewhile
from typing import TYPE_CHECKING, Literal

from dateutil.rrule import rrulestr

from mdt.errors import LawError, NotPossible
from mdt.law.period import EASTERN, is_business_day, local_date, next_business_day
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.law.rulebook import Standard

OnHoliday = Literal["skip", "next open day"]
Every = Literal["week", "two weeks", "month"]

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
HORIZON = timedelta(days=3653)  # ten years: a series without a meeting in so long has none
MOVES = timedelta(days=7)  # more than the longest row of closed days
WEEK = 7  # days
TRIED = datetime(2025, 1, 1, 10)  # noqa: DTZ001 - local, as `Series.first` is; any day serves to try a rule
LONGEST = 200  # letters of a rule

_DAY, _NTH_DAY = "(MO|TU|WE|TH|FR|SA|SU)", "([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"
_MONTH, _OF_MONTH, _PLACE = "(1[0-2]|[1-9])", "-?(3[01]|[12][0-9]|[1-9])", "-?[1-9][0-9]?"


def _list(one: str) -> str:
    return f"{one}(,{one})*"


_EACH = {"INTERVAL": "[1-9][0-9]?", "WKST": _DAY}
_BY_MONTH = {
    **_EACH, "BYMONTH": _list(_MONTH), "BYDAY": _list(_NTH_DAY), "BYMONTHDAY": _list(_OF_MONTH), "BYSETPOS": _list(_PLACE),
}  # fmt: skip
# What a rule may say beside its FREQ; RFC 5545 § 3.3.10 leaves the rest to rules that meet more often than once a day.
PARTS = {
    "DAILY": _EACH,
    "WEEKLY": {**_EACH, "BYMONTH": _list(_MONTH), "BYDAY": _list(_DAY)},
    "MONTHLY": _BY_MONTH,
    "YEARLY": _BY_MONTH,
}


@dataclass(frozen=True, slots=True)
class Series:
    """A team's meetings.

    `rule` is the value of an RRULE. `first` is the day and wall-clock time (local, without a zone) from which it runs, and a
    meeting only if the rule names that day. `ends_on` is the last day on which there can be a meeting.
    """

    rule: str
    first: datetime
    on_holiday: OnHoliday = "next open day"
    ends_on: date | None = None


def refuse_bad_rule(rule: str) -> None:
    """Raises `NotPossible` for a rule that cannot be read, ends by itself, meets too often, or never meets at all."""
    said = _said(rule)
    if said.keys() & {"COUNT", "UNTIL"}:
        raise NotPossible("The rule of a series does not say when it ends: give the series a last day instead.")
    if said.get("FREQ") in {"HOURLY", "MINUTELY", "SECONDLY"} or said.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
        raise NotPossible("A team meets at most once a day, at the time of its first meeting.")
    allowed = PARTS.get(said.pop("FREQ", ""))
    if allowed is None:
        raise NotPossible("The rule of a series says every how many days, weeks, months or years the team meets.")
    if any(re.fullmatch(allowed.get(part, "(?!)"), value) is None for part, value in said.items()):
        raise NotPossible("The rule of a series cannot be read, or says what no meeting needs.")
    if next(iter(rrulestr(rule, dtstart=TRIED)), TRIED + HORIZON) >= TRIED + HORIZON:
        raise NotPossible("No day is ever a meeting's day by this rule.")


def refuse_empty_series(series: Series) -> None:
    """Raises `NotPossible` for a series with a bad rule, or without one meeting before it ends."""
    refuse_bad_rule(series.rule)
    if next_start(series, _instant(series.first) - timedelta(microseconds=1)) is None:
        raise NotPossible("No meeting falls into this series: its rule, its last day and the closed days leave none.")


def _said(rule: str) -> dict[str, str]:
    if len(rule) > LONGEST or re.fullmatch(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", rule) is None:
        raise NotPossible("The rule of a series cannot be read.")
    pairs = [part.split("=") for part in rule.split(";")]
    said = dict(pairs)
    if len(said) < len(pairs):
        raise NotPossible("The rule of a series says the same thing twice.")
    return said


def starts(series: Series, after: datetime, before: datetime) -> list[datetime]:
    """The instants (UTC) after `after` and before `before` at which a meeting of the series starts, in order."""
    return list(_starts(series, after, before))


def next_start(series: Series, after: datetime) -> datetime | None:
    """The first start (UTC) after `after`; None if there is none within ten years of it and of the first day."""
    return next(_starts(series, after, max(after, _instant(series.first)) + HORIZON), None)


def _starts(series: Series, after: datetime, before: datetime) -> Iterator[datetime]:
    # Two days of the rule may move to the same open day, and are one meeting then.
    moved = (start for start, _ in groupby(_instant(local) for local in _local(series, after, before)))
    return takewhile(lambda start: start < before, dropwhile(lambda start: start <= after, moved))


def _local(series: Series, after: datetime, before: datetime) -> Iterator[datetime]:
    """The starts on the wall clock, of the days of the rule from some days before `after`, closed days dealt with."""
    since, until = (datetime.combine(local_date(of), time.min) for of in (after - MOVES, before + timedelta(days=1)))
    named = rrulestr(series.rule, dtstart=series.first).xafter(since, inc=True)
    for nominal in takewhile(lambda local: local < until, named):
        day = nominal.date() if series.on_holiday == "skip" else next_business_day(nominal.date())
        if is_business_day(day) and day <= (series.ends_on or date.max):
            yield datetime.combine(day, nominal.time())


def _instant(local: datetime) -> datetime:
    """The instant of a wall-clock time; one that clocks leap over in spring is an hour later, one they repeat the first."""
    return local.replace(tzinfo=EASTERN).astimezone(UTC)


def in_words(series: Series) -> str:
    """What `rule_for` makes, said as "every second Tuesday at 10:00"; any other rule as it is."""
    said = _said(series.rule)
    every, day, at = said.pop("FREQ", ""), said.pop("BYDAY", ""), f"at {series.first:%H:%M}"
    rounds = said.pop("INTERVAL", "1")
    if not said and every == "WEEKLY" and day in DAYS and rounds in ("1", "2"):
        return f"every {'second ' if rounds == '2' else ''}{NAMES[DAYS.index(day)]} {at}"
    if not said and every == "MONTHLY" and rounds == "1" and (nth := re.fullmatch(rf"\+?([1-4]|-1){_DAY}", day)):
        return f"on the {NTH[int(nth[1])]} {NAMES[DAYS.index(nth[2])]} of each month {at}"
    return series.rule


def rule_for(every: Every, weekday: int, nth: int = 1) -> str:
    """The rule for what a form asks: a weekday (0 is Monday), and which one of the month (1 to 4, or -1 for the last)."""
    if weekday not in range(WEEK) or nth not in NTH:
        raise NotPossible("A team meets on a day of the week; in a month on its first, second, third, fourth or last such day.")
    day = DAYS[weekday]
    return {
        "week": f"FREQ=WEEKLY;BYDAY={day}",
        "two weeks": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
        "month": f"FREQ=MONTHLY;BYDAY={nth}{day}",
    }[every]


def clash(
    one: Series, minutes_one: int, other: Series, minutes_other: int, after: datetime, days: int = 400
) -> datetime | None:
    """The first instant, in so many days after `after`, at which meetings of both series would be held at once."""
    before = after + timedelta(days=days)
    mine, theirs = _starts(one, after, before), _starts(other, after, before)
    length, their_length = timedelta(minutes=minutes_one), timedelta(minutes=minutes_other)
    start, their_start = next(mine, None), next(theirs, None)
    while start is not None and their_start is not None:
        if start + length <= their_start:
            start = next(mine, None)
        elif their_start + their_length <= start:
            their_start = next(theirs, None)
        else:
            return max(start, their_start)
    return None


def of_standard() -> Series:
    """The series of a team that has set no dates of its own, from the standard `meeting-series`."""
    return _of(load().standard("meeting-series"))


def _of(standard: Standard) -> Series:
    if standard.number is None or standard.first is None:
        raise LawError(f"The standard {standard.key} does not say from when and every how many days.")
    weeks, days = divmod(standard.number, WEEK)
    if days:
        return Series(f"FREQ=DAILY;INTERVAL={standard.number}", standard.first)
    return Series(f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY={DAYS[standard.first.weekday()]}", standard.first)
