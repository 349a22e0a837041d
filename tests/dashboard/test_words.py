"""What the pages say of time: the word changes exactly where the day or the hour does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import words
from mdt.board.work import Line
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


@pytest.mark.parametrize(
    ("due", "lost", "said"),
    [
        (NOW + timedelta(days=34), False, "right ends in 34 days (25 Dec 2026)"),
        (NOW - timedelta(days=1), False, ":red[**■ last day passed; a court filing may still be in time**]"),
        (NOW - timedelta(days=12), True, ":red[**■ right ended 12 days ago**]"),
    ],
)
def test_a_right_ends_and_is_never_overdue(due: datetime, said: str, *, lost: bool) -> None:
    assert words.of_line(_line("only if", due, lost=lost), NOW) == said


@pytest.mark.parametrize(
    ("force", "due", "target", "said"),
    [
        ("shall", timedelta(days=-3), None, ":red[**▲ 3 days overdue**]"),
        ("shall try", timedelta(hours=5), timedelta(days=-1), "due in 5 hours"),
        ("shall", None, timedelta(days=-3), ":orange[▽ 3 days past the standard]"),
        ("standard", None, timedelta(hours=13), "standard: today 22:00"),
        ("may", None, None, "no due date"),
    ],
)
def test_only_a_duty_is_overdue_and_a_standard_is_called_one(
    force: str, due: timedelta | None, target: timedelta | None, said: str
) -> None:
    assert words.of_line(_line(force, due and NOW + due, target and NOW + target), NOW) == said


def _line(force: str, due: datetime | None, target: datetime | None = None, *, lost: bool = False) -> Line:
    return Line(
        case_id="c", number="2026-00001", age=None, district=None, room="Report", step="classify", about="", title="",
        owner="DCF", assigned=None, force=force, opened_at=NOW, due_at=due, rolled_at=None, target_at=target, is_overdue=False,
        is_late=False, is_lost=lost,
    )  # fmt: skip


def test_an_hour_is_told_in_eastern_time_summer_and_winter() -> None:
    assert words.moment(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "1 Jul 2026, 08:00"
    assert words.moment(datetime(2026, 12, 1, 12, tzinfo=UTC)) == "1 Dec 2026, 07:00"


def test_what_people_typed_is_never_taken_for_markup() -> None:
    assert words.plain("**a** [b](http://c) :red[d]") == r"\*\*a\*\* \[b\]\(http\://c\) \:red\[d\]"
