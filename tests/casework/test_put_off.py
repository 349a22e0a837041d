"""A meeting that is moved takes its cases along, and one that is cancelled hands them on: each case, each time, every clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.casework import check
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.records.tables import MEETINGS
from mdt.scenario import route
from tests import making
from tests.convened import START, a_meeting, act, course, line, lines, on_the_agenda
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REASON = "The room is taken"


def local(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=EASTERN).astimezone(UTC)


def on(store: Store, case: str) -> list[str]:
    """The days for which the case was put on agendas, in order."""
    return [e.data["on"] for e in making.history(store, case) if e.fact is Fact.PUT_ON_AGENDA]


def why(store: Store, case: str) -> list[str]:
    return [e.data["because"] for e in making.history(store, case) if e.fact is Fact.REVIEW_DEFERRED]


def test_a_meeting_that_moves_to_another_day_takes_its_cases_along(store: Store) -> None:
    meeting = a_meeting(store)
    cases = [on_the_agenda(store, report_no=f"R-{n}", child_family_name=f"B{n}") for n in range(3)]
    before = lines(store, meeting)
    act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON)
    after = lines(store, meeting)
    assert set(before) == set(after) == set(cases)
    assert not set(before.values()) & set(after.values())
    assert lines(store, meeting, "deferred") == before
    for case in cases:
        assert (on(store, case), why(store, case)) == (["2026-03-10", "2026-03-11"], ["meeting moved"])
    assert check.check(store).faults == []


def test_the_agenda_as_it_was_arranged_and_the_guests_cases_move_too(store: Store) -> None:
    meeting = a_meeting(store)
    cases = [on_the_agenda(store, report_no=f"R-{n}", child_family_name=f"B{n}") for n in range(2)]
    old = lines(store, meeting)
    placed = [{"line": old[case], "minutes": 5 + n} for n, case in enumerate(cases)]
    act(store, meeting, "arrange_agenda", lines=placed)
    guest: dict[str, Any] = {"name": "Doctor B", "position": "Radiologist", "agency": "Hospital"}
    act(store, meeting, "invite_guest", **guest, lines=[old[cases[1]]])
    act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON)
    new, stands = lines(store, meeting), course(store, meeting)
    assert [(one.line, one.minutes) for one in stands.lines] == [(new[cases[0]], 5), (new[cases[1]], 6)]
    assert [one.lines for one in stands.guests.values()] == [(new[cases[1]],)]


def test_another_hour_or_room_on_the_same_day_puts_no_case_off(store: Store) -> None:
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    before = line(store, meeting)
    act(store, meeting, "move_meeting", starts_at=START + 4 * HOUR, place="Room 2", reason=REASON)
    assert (line(store, meeting), why(store, case)) == (before, [])
    assert course(store, meeting).sequence == 1


def test_a_move_that_is_said_twice_moves_once(store: Store) -> None:
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    for _ in range(2):
        act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON, command="c-1")
    assert on(store, case) == ["2026-03-10", "2026-03-11"]


@pytest.mark.parametrize(
    ("starts_at", "days"),
    [
        (local(2026, 3, 6, 23), ["2026-03-06"]),  # already the 7th in Greenwich, before the clocks go forward
        (local(2026, 3, 9, 0), ["2026-03-09"]),  # the night after: midnight is an hour earlier in Greenwich
        (local(2026, 11, 2, 0), ["2026-11-02"]),  # the night after they go back
        (local(2026, 12, 31, 23), ["2026-12-31"]),  # already the new year in Greenwich
        (local(2027, 1, 4, 10), ["2027-01-04"]),
    ],
)
def test_the_new_day_is_connecticuts_across_the_change_of_clocks_and_of_year(
    store: Store, starts_at: datetime, days: list[str]
) -> None:
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    act(store, meeting, "move_meeting", starts_at=starts_at, reason=REASON)
    assert on(store, case)[1:] == days
    assert course(store, meeting).starts_at == starts_at
    at = starts_at + HOUR
    do(store, case, "hold_review", at, by="chairperson", about=line(store, meeting))  # on that day, and it is the day


def test_a_cancelled_meeting_hands_its_cases_to_the_next_one(store: Store) -> None:
    meeting = a_meeting(store)
    cases = [on_the_agenda(store, report_no=f"R-{n}", child_family_name=f"B{n}") for n in range(2)]
    act(store, meeting, "cancel_meeting", reason="Snow")
    assert lines(store, meeting) == {}
    for case in cases:
        assert why(store, case) == ["meeting cancelled"]
        assert "put-on-agenda" in making.tasks(store, case)
        route(store, case, MONDAY)
    with store.read() as connection:
        following = select(MEETINGS.c.id).where(MEETINGS.c.state == "set")
        (other,) = connection.execute(following).scalars()
    assert set(lines(store, other)) == set(cases)
    assert check.check(store).faults == []


def test_a_case_that_waits_no_more_stays_where_it_was(store: Store) -> None:
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    do(store, case, "defer_review", by="chairperson", because="information awaited")
    act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON)
    assert (lines(store, meeting), why(store, case)) == ({}, ["information awaited"])


def test_a_restricted_case_and_one_with_a_conflict_go_along(store: Store) -> None:
    """Whoever moves the meeting need not see them: that they stand on the agenda is the meeting's."""
    meeting = a_meeting(store)
    restricted, conflicted = (on_the_agenda(store, report_no=f"R-{n}", child_family_name=f"B{n}") for n in range(2))
    do(store, restricted, "restrict_case", by="intake supervisor", because="staff are threatened")
    do(store, conflicted, "declare_conflict", by="team coordinator", note="A cousin")
    act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON)
    assert set(lines(store, meeting)) == {restricted, conflicted}
    act(store, meeting, "cancel_meeting", reason="Snow")
    assert why(store, restricted) == why(store, conflicted) == ["meeting moved", "meeting cancelled"]


def test_a_move_that_is_refused_moves_no_case(store: Store) -> None:
    meeting = a_meeting(store)
    a_meeting(store, START + DAY)
    case = on_the_agenda(store)
    before = making.everything(store)
    with pytest.raises(Exception, match="meets at that time already"):
        act(store, meeting, "move_meeting", starts_at=START + DAY, reason=REASON)
    assert making.everything(store) == before
    assert why(store, case) == []
