"""A second way of counting, to compare the first with. It shares nothing with `mdt.law.period`.

Hours are counted by walking a list of every hour that Connecticut's clocks have shown, with the two nights a year when
they change written out. Business days are numpy's, over holidays worked out here by hand from CGS § 1-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


# Hours ----------------------------------------------------------------------------------------------------------------

CLOCKS_GO_FORWARD = {date(2025, 3, 9), date(2026, 3, 8), date(2027, 3, 14), date(2028, 3, 12)}
CLOCKS_GO_BACK = {date(2025, 11, 2), date(2026, 11, 1), date(2027, 11, 7), date(2028, 11, 5)}
STANDARD, DAYLIGHT = -5, -4  # hours from Greenwich


@dataclass(frozen=True)
class Hour:
    """An hour as a clock on the wall shows it, and how far that clock is from Greenwich."""

    shown: datetime
    offset: int


def hours_lived(first: date, last: date) -> list[Hour]:
    """Every hour from midnight of `first` (in winter) to the end of `last`, in the order in which it was lived."""
    hours: list[Hour] = []
    offset = STANDARD
    for day in days(first, last):
        hours += _hours_of(day, offset)
        offset = hours[-1].offset
    return hours


def _hours_of(day: date, offset: int) -> list[Hour]:
    def shown(first: int, after: int, offset: int) -> list[Hour]:
        return [Hour(datetime(day.year, day.month, day.day, hour), offset) for hour in range(first, after)]  # noqa: DTZ001

    if day in CLOCKS_GO_FORWARD:
        return shown(0, 2, STANDARD) + shown(3, 24, DAYLIGHT)
    if day in CLOCKS_GO_BACK:
        return shown(0, 2, DAYLIGHT) + shown(1, 24, STANDARD)
    return shown(0, 24, offset)


# Days -----------------------------------------------------------------------------------------------------------------


def days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def add_months(day: date, count: int) -> date:
    """The same day of a later month, or that month's last day if it is shorter."""
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    length = 29 if month == 1 and _is_leap(year) else MONTH_LENGTHS[month]
    return date(year, month + 1, min(day.day, length))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


# Business days --------------------------------------------------------------------------------------------------------


class Calendar:
    """Monday to Friday without the holidays given, as numpy counts them."""

    def __init__(self, holidays: set[date]) -> None:
        self.numpy = np.busdaycalendar(holidays=np.array(sorted(holidays), dtype="datetime64[D]"))

    def step(self, starts: list[date], count: int) -> list[date]:
        """The day `count` business days from each day; a closed day stands where the open one before it does."""
        moved = np.busday_offset(np.array(starts, "datetime64[D]"), count, roll="backward", busdaycal=self.numpy)
        return list(moved.astype(object))

    def next_open(self, starts: list[date]) -> list[date]:
        """For each day itself if it is open, else the next open day."""
        moved = np.busday_offset(np.array(starts, "datetime64[D]"), 0, roll="forward", busdaycal=self.numpy)
        return list(moved.astype(object))


def legal_holidays(year: int) -> set[date]:
    """CGS § 1-4 by hand, with Thanksgiving and Good Friday; a Saturday's also on Friday, a Sunday's also on Monday."""
    both = _named(year) | _named(year + 1)
    observed = {day - timedelta(days=1) for day in both if day.weekday() == SATURDAY}
    observed |= {day + timedelta(days=1) for day in both if day.weekday() == SUNDAY}
    return {day for day in both | observed if day.year == year}


def _named(year: int) -> set[date]:
    fixed = [(1, 1), (2, 12), (7, 4), (11, 11), (12, 25)] + ([(6, 19)] if year > 2022 else [])
    mondays = {_nth(year, 1, MONDAY, 3), _nth(year, 2, MONDAY, 3), _nth(year, 9, MONDAY, 1), _nth(year, 10, MONDAY, 2)}
    memorial_day = _nth(year, 6, MONDAY, 1) - timedelta(days=7)
    good_friday = _easter(year) - timedelta(days=2)
    return {date(year, m, d) for m, d in fixed} | mondays | {memorial_day, good_friday, _nth(year, 11, THURSDAY, 4)}


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _easter(year: int) -> date:
    """The Sunday after the ecclesiastical full moon, Gregorian, good for 1900 to 2199."""
    age = (19 * (year % 19) + 24) % 30
    age -= (age == 29) + (age == 28 and year % 19 > 10)
    full_moon = date(year, 3, 21) + timedelta(days=age)
    return full_moon + timedelta(days=(SUNDAY - full_moon.weekday() - 1) % 7 + 1)
