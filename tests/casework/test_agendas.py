"""The agenda as the flow writes it down: in time, once, after what a person arranged, and with what follows for each case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.board import meeting, work
from mdt.casework import agendas, convene, convened, routing, teams
from mdt.casework.check import check
from mdt.convening import SetMeeting
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.meeting import Happening
from mdt.records.tables import MEETING_ENTRIES, MEETINGS
from tests import making
from tests.making import MONDAY, do, history, tasks
from tests.meetings import CHAIR, COORDINATOR, MEMBER, about, adjourned, heard, opened, seated, team_of, with_cases

if TYPE_CHECKING:
    from mdt.board.meeting import MeetingView
    from mdt.facts import Event
    from mdt.store import Store

F = Fact
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def view_of(store: Store, meeting_id: str, at: datetime = MONDAY) -> MeetingView:
    return meeting.meeting_view(store, CHAIR, meeting_id, at)


def of(store: Store, case_id: str, fact: Fact) -> list[Event]:
    return [e for e in history(store, case_id) if e.fact is fact]


def before(view: MeetingView, days: int = 3) -> datetime:
    return view.course.starts_at - days * DAY


def entries(store: Store, meeting_id: str, happening: Happening) -> list[dict[str, Any]]:
    with store.read() as connection:
        asked = select(MEETING_ENTRIES).where(MEETING_ENTRIES.c.meeting_id == meeting_id).order_by(MEETING_ENTRIES.c.n)
        return [dict(row) for row in connection.execute(asked).mappings() if row["happening"] == happening]


def next_after(store: Store, meeting_id: str) -> datetime | None:
    with store.read() as connection:
        return agendas.next_after(connection, convened.sheet(connection, meeting_id))


def special(store: Store, starts_at: datetime, command: str = "special") -> str:
    form = SetMeeting(starts_at=starts_at, place="Room 1")
    return convene.set_meeting(store, team_of(store), form, by=COORDINATOR, now=MONDAY, command=command)


def test_an_agenda_proposes_itself_within_five_days_of_the_meeting_and_not_before(store: Store) -> None:
    view = with_cases(store, 2)
    assert agendas.propose_due(store, before(view, 5) - MINUTE) == 0
    assert agendas.propose_due(store, before(view, 5)) == 1
    after = view_of(store, view.id)
    assert after.course.proposed_at == before(view, 5)
    assert {one.line for one in after.course.lines} == {one.line for one in view.lines}
    assert agendas.propose_due(store, view.course.starts_at + MINUTE) == 0


def test_each_agency_with_an_open_step_is_asked_once_for_its_update_by_the_day_before(store: Store) -> None:
    view = with_cases(store, 2)
    agendas.propose(store, view.id, before(view))
    for line in view.lines:
        asked = of(store, line.case_id, F.UPDATE_ASKED_FOR)
        owners = [e.data["owner"] for e in asked]
        assert owners == sorted(set(owners))
        assert set(owners) == {t.owner for t in tasks(store, line.case_id).values()} & agendas.ASKED
        assert {(e.data["by_day"], e.data["line"], e.by) for e in asked} == {("2026-03-16", line.line, "flow")}
    assert local_date(view.course.starts_at).isoformat() == "2026-03-17"


def test_packets_are_ready_and_who_is_asked_is_told_without_a_name(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    assert "ready-packet" in tasks(store, line.case_id)
    agendas.propose(store, view.id, before(view))
    assert "ready-packet" not in tasks(store, line.case_id)
    assert [e.about for e in of(store, line.case_id, F.PACKET_READY)] == [line.line]
    assert routing.waiting_for(store, "case_review", [line.case_id], before(view)) == [line.case_id]
    for _ in range(2):
        routing.prepare_review(store, [line.case_id], before(view))
    told = [words for _, _, words in work.notices_for(store, CHAIR, ["DCF"]) if "update" in words]
    assert len(told) == 1
    assert "Child" not in told[0]
    assert routing.waiting_for(store, "case_review", [line.case_id], before(view)) == []


def test_running_again_does_nothing(store: Store) -> None:
    view = with_cases(store, 3)
    assert agendas.propose(store, view.id, before(view))
    once = making.everything(store)
    assert not agendas.propose(store, view.id, before(view) + MINUTE)
    assert agendas.propose_due(store, before(view) + MINUTE) == 0
    assert making.everything(store) == once


def test_two_runs_at_once_propose_one_agenda(store: Store) -> None:
    view = with_cases(store, 4)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: agendas.propose(store, view.id, before(view)), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert len(entries(store, view.id, Happening.PROPOSED)) == 1
    for line in view.lines:
        assert len({e.data["owner"] for e in of(store, line.case_id, F.UPDATE_ASKED_FOR)}) == len(
            of(store, line.case_id, F.UPDATE_ASKED_FOR)
        )
    assert check(store).faults == []


def test_what_a_person_arranged_stays_and_cases_that_came_since_stand_after_it(store: Store) -> None:
    view = with_cases(store, 3)
    mine = [{"line": one.line, "treatment": "short list", "minutes": 7} for one in reversed(view.lines)]
    about(store, view.id, "arrange_agenda", MONDAY, lines=mine)
    late = making.identified(store, MONDAY + timedelta(hours=1), report_no="late")
    assert agendas.propose(store, view.id, before(view))
    after = view_of(store, view.id)
    assert [one.line for one in after.course.lines[:3]] == [one["line"] for one in mine]
    assert {(one.treatment, one.minutes) for one in after.course.lines[:3]} == {("short list", 7)}
    new = next(one for one in after.lines if one.case_id == late)
    assert [one.line for one in after.course.lines[3:]] == [new.line]
    # What a person puts in order afterwards is hers again.
    about(store, view.id, "arrange_agenda", before(view), lines=mine[:2])
    assert not any(e.by != "flow" for e in of(store, late, F.UPDATE_ASKED_FOR))
    agendas.propose(store, view.id, before(view, 2))
    again = view_of(store, view.id).course.lines
    assert [one.line for one in again[:2]] == [one["line"] for one in mine[:2]]
    assert len(again) == 4


def test_an_update_that_was_given_is_not_asked_for_again_on_the_same_line(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    agendas.propose(store, view.id, before(view))
    asked = next(e for e in of(store, line.case_id, F.UPDATE_ASKED_FOR) if e.data["owner"] == "DCF")
    do(store, line.case_id, "give_update", before(view), about=asked.about, what="We saw the family")
    about(store, view.id, "arrange_agenda", before(view), lines=[])  # a waiting case that is not named stays
    assert not agendas.propose(store, view.id, before(view, 2))
    assert len([e for e in of(store, line.case_id, F.UPDATE_ASKED_FOR) if e.data["owner"] == "DCF"]) == 1


def test_a_case_that_comes_on_the_day_is_asked_about_by_that_day_and_not_by_one_that_has_passed(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    agendas.propose(store, view.id, view.course.starts_at - MINUTE)
    assert {e.data["by_day"] for e in of(store, line.case_id, F.UPDATE_ASKED_FOR)} == {"2026-03-17"}


def test_a_meeting_that_was_cancelled_opened_or_held_is_left_alone(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    open_one = opened(store, view.id)
    assert not agendas.propose(store, view.id, view.course.starts_at)
    heard(store, open_one, line)
    adjourned(store, open_one)
    assert not agendas.propose(store, view.id, view.course.starts_at)
    other = special(store, MONDAY + 4 * DAY)
    about(store, other, "cancel_meeting", MONDAY, reason="Nobody can come")
    assert not agendas.propose(store, other, MONDAY + DAY)
    assert agendas.propose_due(store, MONDAY + DAY) == 0
    assert entries(store, view.id, Happening.PROPOSED) == entries(store, other, Happening.PROPOSED) == []


def test_forty_cases_are_proposed_and_those_beyond_the_meetings_length_stand_last(store: Store) -> None:
    view = with_cases(store, 40)
    agendas.propose(store, view.id, before(view))
    after = view_of(store, view.id)
    assert len(after.course.lines) == len(after.lines) == 40
    fits = [one.fits for one in after.lines]
    assert fits == sorted(fits, reverse=True)
    assert sum(one.minutes for one in after.lines if one.fits) <= view.course.minutes
    assert check(store).faults == []


def test_a_restricted_case_is_proposed_but_counted_and_not_shown_to_who_is_not_named(store: Store) -> None:
    view = with_cases(store, 2)
    closed = view.lines[0]
    do(store, closed.case_id, "restrict_case", by="chairperson", because="it is the family of an employee")
    agendas.propose(store, view.id, before(view))
    hers = meeting.meeting_view(store, CHAIR, view.id, before(view))
    assert (len(hers.lines), hers.hidden) == (2, 0)
    other = meeting.meeting_view(store, MEMBER, view.id, before(view))
    assert ([one.case_id for one in other.lines], other.hidden) == ([view.lines[1].case_id], 1)
    assert closed.line in {one.line for one in other.course.lines}
    assert of(store, closed.case_id, F.PACKET_READY)
    (listed,) = meeting.meetings(store, MEMBER, MONDAY)
    assert listed.cases == 1


def test_a_special_meeting_is_proposed_where_the_next_would_be_too_late_for_a_first_review(store: Store) -> None:
    view = with_cases(store, 12)
    # Twelve full discussions do not fit into two hours; but the team meets once more within the thirty days of the standard.
    assert view.special == ()
    about(store, view.id, "move_meeting", MONDAY + DAY, starts_at=MONDAY + 29 * DAY, minutes=120, reason="The room is taken")
    late = view_of(store, view.id)
    left_over = {one.line for one in late.lines if not one.fits}
    assert set(late.special) == left_over != set()
    opened_late = opened(store, view.id)
    assert opened_late.special == ()  # while it sits, nothing is proposed


def test_the_next_meeting_is_the_standards_or_the_next_that_is_set_and_never_one_that_was_cancelled(store: Store) -> None:
    view = with_cases(store, 1)
    assert next_after(store, view.id) == datetime(2026, 3, 31, 14, tzinfo=UTC)
    other = special(store, datetime(2026, 3, 20, 14, tzinfo=UTC))
    assert next_after(store, view.id) == datetime(2026, 3, 20, 14, tzinfo=UTC)
    about(store, other, "cancel_meeting", MONDAY, reason="Nobody can come")
    assert next_after(store, view.id) == datetime(2026, 3, 31, 14, tzinfo=UTC)
    third = special(store, datetime(2026, 3, 31, 14, tzinfo=UTC), "third")
    about(store, third, "cancel_meeting", MONDAY, reason="Nobody can come")
    assert next_after(store, view.id) == datetime(2026, 4, 14, 14, tzinfo=UTC)


@pytest.mark.parametrize(("ends", "expected"), [(None, datetime(2026, 3, 19, 13, tzinfo=UTC)), ("2026-03-12", None)])
def test_a_team_with_a_series_meets_next_by_it(store: Store, ends: str | None, expected: datetime | None) -> None:
    view = with_cases(store, 1)
    form = teams.NewSeries(rule="FREQ=WEEKLY;BYDAY=TH", first=datetime(2026, 3, 5, 9))  # noqa: DTZ001  # the wall clock
    series = teams.add_series(store, team_of(store), form, by=COORDINATOR, now=MONDAY, command="series")
    if ends:
        teams.end_series(store, team_of(store), series, datetime.fromisoformat(ends).date(), by=COORDINATOR, now=MONDAY)
    assert next_after(store, view.id) == expected


def test_nobody_proposes_the_agenda_of_a_meeting_without_cases(store: Store) -> None:
    seated(store)
    empty = special(store, MONDAY + 2 * DAY)
    assert not agendas.propose(store, empty, MONDAY)
    with store.read() as connection:
        assert connection.execute(select(MEETINGS.c.version).where(MEETINGS.c.id == empty)).scalar_one() == 1
