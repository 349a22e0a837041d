"""When a team meets: on Connecticut's clocks, around its holidays, and never for ever."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import series
from mdt.errors import LawError, NotPossible
from mdt.law.period import EASTERN, is_business_day, local_date
from mdt.law.rulebook import Standard, load
from mdt.review import next_meeting_at, notice
from mdt.series import Every, OnHoliday, Series
from tests.histories import calm

DAY = timedelta(days=1)
TUESDAY = datetime(2026, 1, 6, 10)  # noqa: DTZ001 - local, as a series is
SECOND_TUESDAYS = Series("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", TUESDAY)


def on(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall-clock time without a zone."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant, said by Connecticut's clocks."""
    return datetime(year, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def days(of: Series, after: datetime, before: datetime) -> list[str]:
    return [f"{start.astimezone(EASTERN):%a %-d %b}" for start in series.starts(of, after, before)]


def refusal(rule: str) -> str:
    with pytest.raises(NotPossible) as caught:
        series.refuse_bad_rule(rule)
    assert str(caught.value).endswith(".")
    return str(caught.value)


# The rule. ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO,TH;WKST=SU",
        "INTERVAL=14;FREQ=DAILY",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=3,6,9,12;BYDAY=1TU",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",  # seldom, but it happens
    ],
)
def test_a_rule_that_a_team_could_meet_by_is_taken(rule: str) -> None:
    series.refuse_bad_rule(rule)
    assert series.next_start(Series(rule, TUESDAY), TUESDAY.replace(tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    ("rule", "because"),
    [
        ("", "cannot be read"),
        ("every Tuesday", "cannot be read"),
        ("RRULE:FREQ=WEEKLY", "cannot be read"),
        ("FREQ=WEEKLY\nDTSTART:20260101", "cannot be read"),
        ("FREQ=WEEKLY;", "cannot be read"),
        ("FREQ=WEEKLY;BYDAY=" + "TU," * 100 + "TU", "cannot be read"),
        ("FREQ=WEEKLY;INTERVAL=0", "cannot be read"),  # dateutil would count in place, for ever
        ("FREQ=WEEKLY;INTERVAL=100", "cannot be read"),
        ("FREQ=WEEKLY;BYDAY=2TU", "cannot be read"),  # no week has a second Tuesday
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be read"),
        ("FREQ=WEEKLY;BYEASTER=1", "what no meeting needs"),
        ("FREQ=DAILY;BYDAY=TU", "what no meeting needs"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "cannot be read"),
        ("FREQ=WEEKLY;BYDAY=TU;BYDAY=TH", "same thing twice"),
        ("BYDAY=TU", "every how many days, weeks, months or years"),
        ("FREQ=SOMETIMES", "every how many days, weeks, months or years"),
        ("FREQ=WEEKLY;COUNT=3", "give the series a last day"),
        ("FREQ=WEEKLY;UNTIL=20270101", "give the series a last day"),
        ("FREQ=HOURLY", "at most once a day"),
        ("FREQ=SECONDLY;INTERVAL=90", "at most once a day"),
        ("FREQ=WEEKLY;BYHOUR=9,14", "at most once a day"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "No day is ever"),
        ("FREQ=MONTHLY;BYDAY=1TU;BYMONTHDAY=28", "No day is ever"),
    ],
)
def test_a_rule_that_no_team_could_meet_by_is_refused_in_a_sentence(rule: str, because: str) -> None:
    assert because in refusal(rule)


@calm
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from([
            "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "INTERVAL=3", "INTERVAL=0", "COUNT=0", "WKST=SU",
            "BYDAY=5MO,-1SU", "BYDAY=FR", "BYMONTH=2", "BYMONTH=13", "BYMONTHDAY=-31", "BYMONTHDAY=13", "BYSETPOS=-1",
            "BYSETPOS=99",
        ]),
        max_size=5,
    ).map(";".join)
)  # fmt: skip
def test_whatever_is_typed_as_a_rule_is_refused_or_gives_open_days(rule: str) -> None:
    with suppress(NotPossible):
        series.refuse_bad_rule(rule)
        found = series.starts(Series(rule, TUESDAY), at(2026, 1, 1), at(2030, 1, 1))
        assert all(is_business_day(local_date(start)) for start in found)


# When it meets. -----------------------------------------------------------------------------------------------------------


def test_a_meeting_keeps_its_wall_clock_time_when_clocks_change() -> None:
    assert series.starts(SECOND_TUESDAYS, at(2026, 2, 20), at(2026, 3, 20)) == [
        datetime(2026, 3, 3, 15, tzinfo=UTC),  # EST
        datetime(2026, 3, 17, 14, tzinfo=UTC),  # EDT since 8 March
    ]
    assert series.starts(SECOND_TUESDAYS, at(2026, 10, 26), at(2026, 11, 12)) == [
        datetime(2026, 10, 27, 14, tzinfo=UTC),
        datetime(2026, 11, 10, 15, tzinfo=UTC),  # EST since 1 November
    ]


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        (on(2026, 3, 8, 1, 59), datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        (on(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # that night it is 3:30 by then
        (on(2026, 3, 8, 3, 0), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (on(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # the first of two
    ],
)
def test_a_time_that_clocks_leap_over_or_repeat_is_one_instant(local: datetime, instant: datetime) -> None:
    assert series._instant(local) == instant  # noqa: SLF001 - clocks change on Sundays, when no team meets


@pytest.mark.parametrize(
    ("on_holiday", "expected"),
    [("next open day", ["Tue 8 Sep", "Mon 14 Sep"]), ("skip", ["Mon 14 Sep"])],  # Labor Day is 7 September 2026
)
def test_a_meeting_on_a_legal_holiday_moves_or_is_left_out(on_holiday: OnHoliday, expected: list[str]) -> None:
    mondays = Series("FREQ=WEEKLY;BYDAY=MO", TUESDAY, on_holiday)
    assert days(mondays, at(2026, 9, 1), at(2026, 9, 15)) == expected


def test_a_meeting_on_a_weekend_moves_past_the_holiday_behind_it() -> None:
    saturdays = Series("FREQ=WEEKLY;BYDAY=SA", TUESDAY)
    assert days(saturdays, at(2026, 9, 2), at(2026, 9, 15)) == ["Tue 8 Sep", "Mon 14 Sep"]


def test_a_moved_meeting_is_found_though_its_own_day_was_before_the_first_asked_for() -> None:
    mondays = Series("FREQ=WEEKLY;BYDAY=MO", TUESDAY)
    assert series.next_start(mondays, at(2026, 9, 7, 23)) == at(2026, 9, 8, 10)


def test_two_days_of_the_rule_that_move_together_are_one_meeting() -> None:
    both = Series("FREQ=WEEKLY;BYDAY=MO,TU", TUESDAY)
    assert days(both, at(2026, 9, 6), at(2026, 9, 12)) == ["Tue 8 Sep"]


def test_neither_bound_is_itself_a_start() -> None:
    start, later = at(2026, 1, 6, 10), at(2026, 1, 20, 10)
    assert series.starts(SECOND_TUESDAYS, start, later) == []
    moment = timedelta(microseconds=1)
    assert series.starts(SECOND_TUESDAYS, start - moment, later + moment) == [start, later]
    assert series.next_start(SECOND_TUESDAYS, start) == later


def test_the_first_day_begins_the_series_and_is_a_meeting_only_if_the_rule_names_it() -> None:
    from_thursday = Series("FREQ=MONTHLY;BYDAY=1TU", on(2026, 1, 8, 9, 30))
    assert days(from_thursday, at(2025, 1, 1), at(2026, 3, 31)) == ["Tue 3 Feb", "Tue 3 Mar"]


def test_no_meeting_is_later_than_the_last_day_even_if_it_only_moves_there() -> None:
    mondays = Series("FREQ=WEEKLY;BYDAY=MO", TUESDAY, ends_on=date(2026, 9, 7))
    assert days(mondays, at(2026, 8, 30), at(2026, 12, 1)) == ["Mon 31 Aug"]
    assert series.next_start(mondays, at(2026, 9, 1)) is None
    kept = Series("FREQ=WEEKLY;BYDAY=MO", TUESDAY, ends_on=date(2026, 9, 8))
    assert days(kept, at(2026, 9, 1), at(2026, 12, 1)) == ["Tue 8 Sep"]


def test_a_series_that_only_falls_on_closed_days_ends_the_search() -> None:
    christmas = Series("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", TUESDAY, "skip")
    assert series.next_start(christmas, at(2026, 1, 1)) is None
    assert series.starts(Series("FREQ=WEEKLY;BYDAY=SU", TUESDAY, "skip"), at(2026, 1, 1), at(2036, 1, 1)) == []


def test_the_next_start_of_a_series_far_ahead_is_its_first() -> None:
    assert series.next_start(Series("FREQ=WEEKLY;BYDAY=TU", on(2050, 1, 4, 10)), at(2026, 1, 1)) == at(2050, 1, 4, 10)


@pytest.mark.parametrize(
    "of",
    [
        Series("FREQ=WEEKLY;BYDAY=SU", TUESDAY, "skip"),
        Series("FREQ=WEEKLY;BYDAY=TU", TUESDAY, ends_on=date(2026, 1, 5)),
        Series("FREQ=MONTHLY;BYDAY=-1TU", TUESDAY, ends_on=date(2026, 1, 26)),
        Series("FREQ=HOURLY", TUESDAY),
    ],
)
def test_a_series_without_a_single_meeting_is_refused(of: Series) -> None:
    with pytest.raises(NotPossible):
        series.refuse_empty_series(of)


def test_a_series_of_one_meeting_is_taken() -> None:
    series.refuse_empty_series(Series("FREQ=WEEKLY;BYDAY=TU", TUESDAY, ends_on=TUESDAY.date()))


@calm
@given(
    st.sampled_from(
        ["FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1MO", "FREQ=DAILY;INTERVAL=5", "FREQ=MONTHLY;BYMONTHDAY=31"]
    ),
    st.sampled_from(["skip", "next open day"]),
    st.datetimes(on(2025, 1, 1), on(2035, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 400),
)  # fmt: skip
def test_starts_are_in_order_within_the_bounds_and_on_open_days_at_the_same_time_of_day(
    rule: str, on_holiday: OnHoliday, after: datetime, length: int
) -> None:
    of, before = Series(rule, TUESDAY, on_holiday), after + length * DAY
    found = series.starts(of, after, before)
    assert all(after < start < before and is_business_day(local_date(start)) for start in found)
    assert {f"{start.astimezone(EASTERN):%H:%M}" for start in found} <= {"10:00"}
    assert all(one < next_one for one, next_one in pairwise(found))
    assert series.next_start(of, after) == (found[0] if found else series.next_start(of, before - timedelta(microseconds=1)))


# In words, and from a form. -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "weekday", "nth", "rule", "words"),
    [
        ("week", 0, 1, "FREQ=WEEKLY;BYDAY=MO", "every Monday at 09:30"),
        ("two weeks", 1, 1, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every second Tuesday at 09:30"),
        ("month", 1, 1, "FREQ=MONTHLY;BYDAY=1TU", "on the first Tuesday of each month at 09:30"),
        ("month", 3, 4, "FREQ=MONTHLY;BYDAY=4TH", "on the fourth Thursday of each month at 09:30"),
        ("month", 4, -1, "FREQ=MONTHLY;BYDAY=-1FR", "on the last Friday of each month at 09:30"),
    ],
)
def test_what_a_form_asks_becomes_a_rule_and_reads_in_words(
    every: Every, weekday: int, nth: int, rule: str, words: str
) -> None:
    assert series.rule_for(every, weekday, nth) == rule
    series.refuse_bad_rule(rule)
    assert series.in_words(Series(rule, on(2026, 1, 6, 9, 30))) == words


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=TU,TH",
        "FREQ=WEEKLY;BYDAY=TU;BYMONTH=1",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1TU",
        "FREQ=MONTHLY;BYDAY=5TU",
        "FREQ=MONTHLY;BYDAY=1TU;BYMONTH=3",
        "FREQ=MONTHLY;BYMONTHDAY=13",
        "FREQ=YEARLY;BYDAY=1TU",
        "INTERVAL=2",
    ],
)
def test_an_unusual_rule_is_said_as_it_is(rule: str) -> None:
    assert series.in_words(Series(rule, TUESDAY)) == rule


@pytest.mark.parametrize(("weekday", "nth"), [(7, 1), (-1, 1), (1, 0), (1, 5), (1, -2)])
def test_a_day_that_no_week_or_no_month_has_is_refused(weekday: int, nth: int) -> None:
    with pytest.raises(NotPossible, match=r"first, second, third, fourth or last"):
        series.rule_for("month", weekday, nth)


# Two series. --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_before", "minutes_after", "expected"),
    [
        (60, 60, None),  # one ends as the other begins
        (61, 60, at(2026, 1, 20, 11)),
    ],
)
def test_meetings_clash_when_one_begins_before_the_other_ends(
    minutes_before: int, minutes_after: int, expected: datetime | None
) -> None:
    at_eleven = Series("FREQ=MONTHLY;BYDAY=3TU", on(2026, 1, 6, 11))
    after = at(2026, 1, 1)
    assert series.clash(SECOND_TUESDAYS, minutes_before, at_eleven, minutes_after, after) == expected
    assert series.clash(at_eleven, minutes_after, SECOND_TUESDAYS, minutes_before, after) == expected


def test_a_clash_may_come_of_a_holiday_alone() -> None:
    mondays, tuesdays = Series("FREQ=WEEKLY;BYDAY=MO", TUESDAY), Series("FREQ=WEEKLY;BYDAY=TU", TUESDAY)
    assert series.clash(mondays, 60, tuesdays, 60, at(2026, 6, 1)) == at(2026, 9, 8, 10)  # the day after Labor Day
    assert series.clash(mondays, 60, tuesdays, 60, at(2026, 6, 1), days=90) is None


def test_series_that_never_meet_at_once_do_not_clash() -> None:
    thursdays = Series("FREQ=WEEKLY;BYDAY=TH", TUESDAY)
    assert series.clash(SECOND_TUESDAYS, 180, thursdays, 180, at(2026, 1, 1), days=30) is None


# The standard. ------------------------------------------------------------------------------------------------------------


def test_the_series_of_the_standard_is_every_second_tuesday_at_ten() -> None:
    standard = series.of_standard()
    series.refuse_empty_series(standard)
    assert series.in_words(standard) == "every second Tuesday at 10:00"
    assert standard.first == on(2025, 1, 7, 10)


def test_the_series_of_the_standard_meets_when_a_team_without_dates_meets() -> None:
    begin, end = at(2025, 1, 1), at(2036, 1, 1)
    found = series.starts(series.of_standard(), begin, end)
    asked = {next_meeting_at(begin + n * DAY) for n in range((end - begin).days)}
    assert found == sorted(start for start in asked if start < end)


@calm
@given(st.datetimes(on(2024, 6, 1), on(2045, 1, 1), timezones=st.just(UTC)))
def test_whenever_a_team_without_dates_is_asked_it_names_a_start_of_the_standards_series(now: datetime) -> None:
    meets_at = next_meeting_at(now)
    told_by = datetime.combine(local_date(now + notice()), datetime.min.time(), EASTERN)
    following = series.starts(series.of_standard(), told_by - timedelta(microseconds=1), meets_at + timedelta(microseconds=1))
    # A meeting that a holiday moved to the day is passed over by `next_meeting_at`, which counts to its own day.
    moved = [start for start in following[:-1] if local_date(start).weekday() == 1]
    assert following[-1] == meets_at
    assert moved == []


@pytest.mark.parametrize(("number", "rule"), [(7, "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU"), (10, "FREQ=DAILY;INTERVAL=10")])
def test_another_standard_makes_another_series(number: int, rule: str) -> None:
    standard = load().standard("meeting-series").model_copy(update={"number": number})
    series.refuse_bad_rule(rule)
    assert series._of(standard) == Series(rule, on(2025, 1, 7, 10))  # noqa: SLF001 - the standard has one figure


def test_a_standard_without_figures_makes_no_series() -> None:
    for lacks in ("number", "first"):
        told = {"key": "meeting-series", "says": "", "number": 14, "first": TUESDAY, "source": "", lacks: None}
        with pytest.raises(LawError, match="meeting-series"):
            series._of(Standard.model_validate(told))  # noqa: SLF001
