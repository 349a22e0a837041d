"""Counting time, compared hour by hour with a second implementation, and at every edge where counting goes wrong."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdt.errors import LawError
from mdt.law import period
from mdt.law.period import EASTERN, Period, Span, Unit
from tests.law import reference

HOLIDAYS = Path(__file__).parents[1] / "data" / "holidays.csv"
FIRST, LAST = date(2025, 1, 1), date(2028, 12, 31)
DAYS = reference.days(FIRST, LAST)
MANY_DAYS = reference.days(date(2016, 1, 1), date(2041, 12, 31))
HOURS = reference.hours_lived(FIRST, LAST + timedelta(days=6))
LIVED = (LAST - FIRST).days * 24 + 24

HOUR_COUNTS = (2, 12, 24, 48, 72, 96, 120)
DAY_COUNTS = (5, 10, 14, 30, 33, 45, 60, 120)
BUSINESS_COUNTS = (2, 5, 10, 33)


def eastern(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN, fold=fold)


def on_the_wall(instant: datetime) -> str:
    return instant.astimezone(EASTERN).strftime("%Y-%m-%d %H:%M %Z")


def last_moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999999, EASTERN)


@pytest.fixture(scope="module")
def calendar() -> reference.Calendar:
    return reference.Calendar({day for year in range(2014, 2044) for day in reference.legal_holidays(year)})


@pytest.fixture(scope="module")
def instants() -> list[datetime]:
    return [hour.shown.replace(tzinfo=timezone(timedelta(hours=hour.offset))).astimezone(UTC) for hour in HOURS]


# Every hour of four years ---------------------------------------------------------------------------------------------


def test_the_reference_lives_every_hour_once(instants: list[datetime]) -> None:
    assert all(b - a == timedelta(hours=1) for a, b in pairwise(instants))
    assert len(HOURS) == LIVED + 6 * 24


@pytest.mark.parametrize("count", HOUR_COUNTS)
def test_hours_run_through_nights_weekends_and_clock_changes(count: int, instants: list[datetime]) -> None:
    length = Period(count, Unit.HOURS)
    for start, end in zip(instants[:LIVED], instants[count:], strict=False):
        assert length.end(start) == Span(end)


def test_every_hour_belongs_to_the_day_the_wall_clock_shows(instants: list[datetime]) -> None:
    for hour, instant in zip(HOURS, instants, strict=True):
        assert period.local_date(instant) == hour.shown.date()


def test_every_hour_of_a_day_has_the_same_fourteen_days(instants: list[datetime]) -> None:
    fortnight = Period.parse("14 days")
    for hour, instant in zip(HOURS, instants, strict=True):
        assert fortnight.end(instant).due == last_moment(hour.shown.date() + timedelta(days=14))


@pytest.mark.parametrize("text", ["5 days", "33 business days", "6 months", "3 years"])
def test_the_first_and_the_last_instant_of_a_day_have_one_end(text: str) -> None:
    length = Period.parse(text)
    for day in DAYS:
        span = Span(last_moment(length.last_day_after(day)))
        assert length.end(period.start_of_day(day)) == span
        assert length.end(period.end_of_day(day)) == span


# Every day of twenty-five years ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", DAY_COUNTS)
def test_calendar_days_agree_with_the_reference(count: int) -> None:
    ordinal = [date.fromordinal(day.toordinal() + count) for day in MANY_DAYS]
    assert [Period(count, Unit.DAYS).last_day_after(day) for day in MANY_DAYS] == ordinal


@pytest.mark.parametrize("count", BUSINESS_COUNTS)
def test_business_days_agree_with_the_reference(count: int, calendar: reference.Calendar) -> None:
    length = Period(count, Unit.BUSINESS_DAYS)
    assert [length.last_day_after(day) for day in MANY_DAYS] == calendar.step(MANY_DAYS, count)


@pytest.mark.parametrize(("count", "unit"), [(1, Unit.MONTHS), (6, Unit.MONTHS), (2, Unit.YEARS), (3, Unit.YEARS)])
def test_months_and_years_agree_with_the_reference(count: int, unit: Unit) -> None:
    months = count if unit is Unit.MONTHS else 12 * count
    ours = [Period(count, unit).last_day_after(day) for day in MANY_DAYS]
    assert ours == [reference.add_months(day, months) for day in MANY_DAYS]


@pytest.mark.parametrize("count", [5, 14])
def test_days_before_agree_with_the_reference(count: int) -> None:
    for day in DAYS:
        assert Period(count, Unit.DAYS).before(day) == Span(last_moment(date.fromordinal(day.toordinal() - count)))


@pytest.mark.parametrize("count", [2, 10])
def test_business_days_before_agree_with_the_reference(count: int, calendar: reference.Calendar) -> None:
    ours = [period.local_date(Period(count, Unit.BUSINESS_DAYS).before(day).due) for day in DAYS]
    assert ours == calendar.step(DAYS, -count)


@pytest.mark.parametrize("count", [30, 45])
def test_court_filings_roll_as_the_reference_does(count: int, calendar: reference.Calendar) -> None:
    length = Period(count, Unit.DAYS)
    spans = [length.end(period.start_of_day(day), court_filing=True) for day in DAYS]
    strict = [period.local_date(span.due) for span in spans]
    assert strict == [day + timedelta(days=count) for day in DAYS]
    rolled = [period.local_date(span.rolled or span.due) for span in spans]
    assert rolled == calendar.next_open(strict)
    assert all((span.rolled is None) == (a == b) for span, a, b in zip(spans, strict, rolled, strict=True))


# Legal holidays (CGS § 1-4) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028])
def test_holidays_equal_the_list_worked_out_from_the_statute(year: int) -> None:
    with HOLIDAYS.open(newline="", encoding="utf-8") as file:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(file) if row["date"].startswith(str(year))}
    assert period.legal_holidays(year) == listed == reference.legal_holidays(year)


@pytest.mark.parametrize("year", range(2010, 2042))
def test_holidays_of_other_years_equal_the_reference(year: int) -> None:
    assert period.legal_holidays(year) == reference.legal_holidays(year)


def test_juneteenth_is_a_legal_holiday_from_2023_on() -> None:
    assert period.is_business_day(date(2022, 6, 20))  # the Monday after Sunday 19 June 2022
    assert not period.is_business_day(date(2023, 6, 19))


def test_new_years_day_on_a_saturday_closes_the_year_before() -> None:
    assert not period.is_business_day(date(2027, 12, 31))


def test_good_friday_does_not_count_as_a_business_day() -> None:
    assert Period.parse("2 business days").last_day_after(date(2026, 4, 1)) == date(2026, 4, 6)


def test_an_observed_friday_does_not_count_as_a_business_day() -> None:
    # 4 July 2026 is a Saturday, so Friday the 3rd is a legal holiday: Thursday is 1, Monday the 6th is 2.
    assert Period.parse("2 business days").last_day_after(date(2026, 7, 1)) == date(2026, 7, 6)


def test_an_observed_monday_does_not_count_as_a_business_day() -> None:
    # 4 July 2027 is a Sunday, so Monday the 5th is a legal holiday.
    assert Period.parse("2 business days").last_day_after(date(2027, 7, 1)) == date(2027, 7, 6)


# The two nights when clocks change ------------------------------------------------------------------------------------


def test_twelve_hours_across_the_night_the_clocks_go_forward() -> None:
    due = Period.parse("12 hours").end(eastern("2026-03-07 20:00")).due
    assert on_the_wall(due) == "2026-03-08 09:00 EDT"


def test_twelve_hours_across_the_night_the_clocks_go_back() -> None:
    due = Period.parse("12 hours").end(eastern("2026-10-31 20:00")).due
    assert on_the_wall(due) == "2026-11-01 07:00 EST"


def test_the_hour_that_comes_twice_has_two_ends_an_hour_apart() -> None:
    first, second = (Period.parse("2 hours").end(eastern("2026-11-01 01:30", fold)).due for fold in (0, 1))
    assert (on_the_wall(first), on_the_wall(second)) == ("2026-11-01 02:30 EST", "2026-11-01 03:30 EST")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-05-01", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    on = date.fromisoformat(day)
    lasted = period.end_of_day(on) + timedelta(microseconds=1) - period.start_of_day(on)
    assert lasted == timedelta(hours=hours)


def test_an_instant_counts_for_its_connecticut_day_not_for_greenwichs() -> None:
    # 03:59 in Greenwich is still 23:59 of the day before in summer; in winter 04:59 is.
    assert period.local_date(datetime(2026, 7, 2, 3, 59, tzinfo=UTC)) == date(2026, 7, 1)
    assert period.local_date(datetime(2026, 1, 2, 4, 59, tzinfo=UTC)) == date(2026, 1, 1)
    assert period.local_date(datetime(2026, 1, 2, 5, 0, tzinfo=UTC)) == date(2026, 1, 2)


# Leap days, month ends, roll-over -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "start", "last"),
    [
        ("3 years", "2024-02-29", "2027-02-28"),  # the earlier day is the safe one
        ("2 years", "2026-02-28", "2028-02-28"),
        ("1 year", "2027-03-01", "2028-03-01"),
        ("6 months", "2025-08-31", "2026-02-28"),
        ("6 months", "2027-08-31", "2028-02-29"),
        ("1 month", "2026-01-31", "2026-02-28"),
        ("1 month", "2026-12-31", "2027-01-31"),
        ("14 days", "2028-02-15", "2028-02-29"),
        ("10 days", "2026-12-25", "2027-01-04"),
        ("33 business days", "2026-11-10", "2026-12-30"),  # over Veterans' Day, Thanksgiving and Christmas
    ],
)
def test_the_last_day_of_a_period(length: str, start: str, last: str) -> None:
    assert Period.parse(length).last_day_after(date.fromisoformat(start)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("start", "strict", "rolled"),
    [
        ("2026-06-04", "2026-07-04", "2026-07-06"),  # a Saturday and a holiday
        ("2026-06-03", "2026-07-03", "2026-07-06"),  # the Friday on which it is observed
        ("2026-03-04", "2026-04-03", "2026-04-06"),  # Good Friday
        ("2026-11-27", "2026-12-27", "2026-12-28"),  # a Sunday
    ],
)
def test_a_court_filing_on_a_closed_day_shows_both_dates(start: str, strict: str, rolled: str) -> None:
    span = Period.parse("30 days").end(eastern(f"{start} 12:00"), court_filing=True)
    assert span == Span(last_moment(date.fromisoformat(strict)), last_moment(date.fromisoformat(rolled)))


def test_a_court_filing_on_an_open_day_shows_one_date() -> None:
    assert Period.parse("30 days").end(eastern("2026-06-02 12:00"), court_filing=True).rolled is None


def test_nothing_but_a_court_filing_rolls() -> None:
    assert Period.parse("30 days").end(eastern("2026-06-04 12:00")) == Span(last_moment(date(2026, 7, 4)))


def test_a_period_of_hours_never_rolls() -> None:
    start = eastern("2026-07-03 12:00")
    assert Period.parse("24 hours").end(start, court_filing=True) == Span(start + timedelta(hours=24))


def test_business_days_before_a_closed_day_are_those_before_the_open_one() -> None:
    two = Period.parse("2 business days")
    assert two.before(date(2026, 6, 13)) == two.before(date(2026, 6, 12)) == Span(last_moment(date(2026, 6, 10)))


@pytest.mark.parametrize("text", ["2 hours", "6 months", "2 years"])
def test_no_other_unit_is_counted_backwards(text: str) -> None:
    with pytest.raises(LawError, match="backwards"):
        Period.parse(text).before(date(2026, 1, 1))


def test_hours_do_not_end_on_a_day() -> None:
    with pytest.raises(LawError, match="instant"):
        Period.parse("2 hours").last_day_after(date(2026, 1, 1))


# What is true of every period -----------------------------------------------------------------------------------------

lengths = st.builds(Period, st.integers(1, 200), st.sampled_from(Unit))
day_lengths = lengths.filter(lambda length: length.unit is not Unit.HOURS)
instants_of_life = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days_of_life = st.dates(date(2000, 1, 1), date(2060, 1, 1))


@given(lengths, instants_of_life)
def test_a_period_ends_after_it_starts(length: Period, start: datetime) -> None:
    assert length.end(start).due > start


@given(lengths, instants_of_life, instants_of_life)
def test_what_starts_later_never_ends_earlier(length: Period, one: datetime, other: datetime) -> None:
    first, second = sorted([one, other])
    assert length.end(first).due <= length.end(second).due


@given(day_lengths, instants_of_life)
def test_rolling_over_goes_to_the_next_business_day_and_only_from_a_closed_one(length: Period, start: datetime) -> None:
    span = length.end(start, court_filing=True)
    closed = not period.is_business_day(period.local_date(span.due))
    assert (span.rolled is not None) == closed
    assert span.rolled is None or (span.rolled > span.due and period.is_business_day(period.local_date(span.rolled)))


@given(st.builds(Period, st.integers(1, 60), st.sampled_from([Unit.DAYS, Unit.BUSINESS_DAYS])), days_of_life)
def test_notice_given_at_the_last_moment_is_long_enough(length: Period, day: date) -> None:
    given_on = period.local_date(length.before(day).due)
    assert length.last_day_after(given_on) <= day


@given(st.integers(1, 60), days_of_life)
def test_notice_given_a_business_day_later_is_too_short(count: int, day: date) -> None:
    length = Period(count, Unit.BUSINESS_DAYS)
    given_on = period.local_date(length.before(day).due)
    a_day_later = Period(1, Unit.BUSINESS_DAYS).last_day_after(given_on)
    assert length.last_day_after(a_day_later) > day


@given(st.integers(1, 60), days_of_life)
def test_a_period_of_business_days_ends_on_one(count: int, day: date) -> None:
    assert period.is_business_day(Period(count, Unit.BUSINESS_DAYS).last_day_after(day))


# How a period is written ----------------------------------------------------------------------------------------------


@given(st.builds(Period, st.integers(1, 9999), st.sampled_from(Unit)))
def test_a_period_reads_back_as_it_is_written(length: Period) -> None:
    assert Period.parse(str(length)) == length


@pytest.mark.parametrize(
    ("text", "written"),
    [("1 day", "1 day"), ("1 days", "1 day"), ("33 business day", "33 business days"), (" 12 hours ", "12 hours")],
)
def test_one_and_many_are_both_understood(text: str, written: str) -> None:
    assert str(Period.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    ["", "days", "5", "five days", "5 weeks", "5 dayss", "0 days", "-3 days", "+3 days", "1_0 days", "1.5 days",
     "٣ days", "5  days", "5\tdays", "5 Days", "10000 years", "5 days and 2 hours", "immediately"],
)  # fmt: skip
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(LawError, match="is not a period of time"):
        Period.parse(text)


# Age ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birthdate", "eighteenth"),
    [
        ("2008-06-15", "2026-06-15"),
        ("2008-02-28", "2026-02-28"),
        ("2008-02-29", "2026-03-01"),
        ("2008-03-01", "2026-03-01"),
        ("2007-12-31", "2025-12-31"),
    ],
)
def test_a_child_is_a_minor_until_the_eighteenth_birthday(birthdate: str, eighteenth: str) -> None:
    born, first_day = date.fromisoformat(birthdate), date.fromisoformat(eighteenth)
    assert period.eighteenth_birthday(born) == first_day
    assert (period.age_on(first_day - timedelta(days=1), born), period.age_on(first_day, born)) == (17, 18)


def test_age_on_the_day_of_birth_is_nought() -> None:
    assert period.age_on(date(2026, 5, 1), date(2026, 5, 1)) == 0


@given(days_of_life, days_of_life)
def test_eighteen_years_of_age_and_the_eighteenth_birthday_say_the_same(birthdate: date, day: date) -> None:
    assume(day >= birthdate)
    assert (period.age_on(day, birthdate) >= 18) == (day >= period.eighteenth_birthday(birthdate))
