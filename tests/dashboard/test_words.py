"""What the pages say of time: the word changes exactly where the day or the hour does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import words
from mdt.law.period import EASTERN, end_of_day

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=EASTERN).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (NOW + timedelta(minutes=1), "in 1 minute"),
        (NOW + timedelta(minutes=59), "in 59 minutes"),
        (NOW + timedelta(hours=1), "in 1 hour"),
        (NOW + timedelta(hours=11, minutes=59), "in 11 hours"),
        (NOW + timedelta(hours=12), "today 21:00"),
        (NOW + timedelta(hours=15), "tomorrow 00:00"),
        (end_of_day(NOW.date()), "today"),
        (end_of_day(NOW.date() + timedelta(days=1)), "tomorrow"),
        (end_of_day(NOW.date() + timedelta(days=2)), "in 2 days (23 Nov 2026)"),
    ],
)
def test_what_is_still_to_come(when: datetime, said: str) -> None:
    assert words.ahead(when, NOW) == said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (NOW, "0 minutes"),
        (NOW - timedelta(minutes=1), "1 minute"),
        (NOW - timedelta(hours=8, minutes=59), "8 hours"),
        (NOW - timedelta(hours=9, minutes=1), "1 day"),  # a minute before midnight
        (NOW - timedelta(days=3), "3 days"),
    ],
)
def test_what_is_past(when: datetime, said: str) -> None:
    assert words.ago(when, NOW) == said


def test_an_hour_is_told_in_eastern_time_summer_and_winter() -> None:
    assert words.moment(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "1 Jul 2026, 08:00"
    assert words.moment(datetime(2026, 12, 1, 12, tzinfo=UTC)) == "1 Dec 2026, 07:00"


def test_what_people_typed_is_never_taken_for_markup() -> None:
    assert words.plain("**a** [b](http://c) :red[d]") == r"\*\*a\*\* \[b\]\(http\://c\) \:red\[d\]"
