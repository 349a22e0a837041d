"""Counting hours, days, business days, months and years as Connecticut does.

Hours are instants and run through nights, weekends and the two nights a year when clocks change. Days, business days,
months and years are dates in America/New_York: the first day is excluded, intervening closed days count in calendar
days, and the last day ends at local midnight. Nothing rolls over to the next open day, except a court filing under
CGS § 51-347c, for which the strict date and the rolled one are both given.

>>> Period.parse("33 business days")
Period(count=33, unit=<Unit.BUSINESS_DAYS: 'business days'>)
>>> Period.parse("3 years").last_day_after(date(2024, 2, 29))  # the earlier day is the safe one for whose right it is
datetime.date(2027, 2, 28)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

from mdt.errors import LawError

EASTERN = ZoneInfo("America/New_York")
SATURDAY = 5
JUNE = 6
FIRST_JUNETEENTH = 2023  # P.A. 22-128, in force 1 October 2022: until then 19 June was no legal holiday of this state

_WRITTEN = re.compile(r"([1-9][0-9]{0,3}) (hour|day|business day|month|year)s?")


class Unit(StrEnum):
    """What a period is counted in."""

    HOURS = "hours"
    DAYS = "days"
    BUSINESS_DAYS = "business days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a period ends: the last instant in time (UTC), and, for a court filing, the last one after rolling over."""

    due: datetime
    rolled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A number of units, as a statute gives it."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "33 business days", "12 hours", "1 month". Raises `LawError` for anything else."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            message = f"{text!r} is not a period of time."
            raise LawError(message)
        return cls(int(found[1]), Unit(f"{found[2]}s"))

    def __str__(self) -> str:
        unit = self.unit.value
        return f"{self.count} {unit[:-1] if self.count == 1 else unit}"

    def end(self, start: datetime, *, court_filing: bool = False) -> Span:
        """The end of the period that starts at `start` (an aware instant), its first day excluded."""
        if self.unit is Unit.HOURS:
            return Span(start.astimezone(UTC) + timedelta(hours=self.count))
        last = self.last_day_after(local_date(start))
        rolled = next_business_day(last) if court_filing else last
        return Span(end_of_day(last), end_of_day(rolled) if rolled != last else None)

    def last_day_after(self, day: date) -> date:
        """The last day of the period that begins on `day`, `day` itself not counted."""
        match self.unit:
            case Unit.DAYS:
                return day + timedelta(days=self.count)
            case Unit.BUSINESS_DAYS:
                return _step_business_days(day, self.count, 1)
            case Unit.MONTHS:
                return day + relativedelta(months=self.count)
            case Unit.YEARS:
                return day + relativedelta(years=self.count)
            case _:
                message = "A period of hours ends at an instant, not on a day."
                raise LawError(message)

    def before(self, day: date) -> Span:
        """The last instant that is at least this period before `day` (a hearing, a meeting), `day` itself not counted.

        Business days before a closed day are counted from the business day before it: longer notice is the safe side.
        """
        match self.unit:
            case Unit.DAYS:
                return Span(end_of_day(day - timedelta(days=self.count)))
            case Unit.BUSINESS_DAYS:
                return Span(end_of_day(_step_business_days(_last_business_day(day), self.count, -1)))
            case _:
                message = f"No statute counts {self.unit} backwards from a day."
                raise LawError(message)


def local_date(instant: datetime) -> date:
    """The date in Connecticut at an aware instant."""
    return instant.astimezone(EASTERN).date()


@lru_cache(maxsize=4096)
def end_of_day(day: date) -> datetime:
    """The last microsecond of a Connecticut day, in UTC."""
    return datetime.combine(day, time.max, EASTERN).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """The first instant of a Connecticut day, in UTC."""
    return datetime.combine(day, time.min, EASTERN).astimezone(UTC)


def is_business_day(day: date) -> bool:
    """Monday to Friday and no legal holiday (CGS § 1-4); "business day" itself is undefined in title 17a."""
    return day.weekday() < SATURDAY and day not in legal_holidays(day.year)


@lru_cache(maxsize=256)
def legal_holidays(year: int) -> frozenset[date]:
    """Connecticut's legal holidays of a year with their observed days, CGS § 1-4."""
    days = holidays.country_holidays("US", subdiv="CT", years=year)
    return frozenset(day for day in days if day.month != JUNE or year >= FIRST_JUNETEENTH)


@lru_cache(maxsize=4096)
def next_business_day(day: date) -> date:
    """`day` itself if it is a business day, else the first one after it (CGS § 51-347c for a closed clerk's office)."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def _last_business_day(day: date) -> date:
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


@lru_cache(maxsize=4096)
def _step_business_days(day: date, count: int, direction: int) -> date:
    while count:
        day += timedelta(days=direction)
        count -= is_business_day(day)
    return day


def eighteenth_birthday(birthdate: date) -> date:
    """The first day on which someone is no longer a minor child (§ 17a-106f(a): "under eighteen years of age").

    A child born on 29 February stays a minor through 28 February: that is the safe side for the child.
    """
    if (birthdate.month, birthdate.day) == (2, 29):
        return date(birthdate.year + 18, 3, 1)
    return birthdate.replace(year=birthdate.year + 18)


def age_on(day: date, birthdate: date) -> int:
    """Completed years of age on a day; someone born on 29 February completes one on 1 March (`eighteenth_birthday`)."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))
