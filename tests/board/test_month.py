"""The month and the year: each number is what the histories say, and only of cases that are hers to see."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from mdt.access import SYSTEM, Viewer
from mdt.agenda_lines import lines_of
from mdt.board import behind, month, served
from mdt.facts import VICTIM, Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.policy import Role
from mdt.records.tables import CASES, MEETINGS
from mdt.scenario import PEOPLE, route
from tests import convened, making
from tests.convened import START, act
from tests.making import MONDAY, do
from tests.march import LATER, SECOND, Played, play

if TYPE_CHECKING:
    from mdt.facts import History
    from mdt.store import Store

F = Fact
CHAIR = PEOPLE["chairperson"]
ELSEWHERE = Viewer("elsewhere", "Chairperson X", Role.CHAIR, "State's Attorney", districts=frozenset({"Stamford-Norwalk"}))
HERE = Viewer("here", "Chairperson Y", Role.CHAIR, "State's Attorney", districts=frozenset({"New Haven"}))


@pytest.fixture
def played(store: Store) -> Played:
    making.hire(store, ELSEWHERE, HERE)
    return play(store)


def march(played: Played) -> served.Span:
    return served.month(played.team, 2026, 3)


def histories(store: Store, played: Played) -> dict[str, History]:
    return {case: live(making.history(store, case)) for case in played.every}


def test_a_month_and_a_year_begin_on_their_first_day_and_end_on_their_last() -> None:
    assert served.month(None, 2028, 2) == served.Span(None, date(2028, 2, 1), date(2028, 2, 29))
    assert served.year("t", 2026) == served.Span("t", date(2026, 1, 1), date(2026, 12, 31))


def test_a_meeting_late_on_the_last_evening_of_the_month_is_of_that_month(store: Store, played: Played) -> None:
    with store.write() as connection:  # eleven in the evening of 31 March in Connecticut is 1 April in UTC
        late = update(MEETINGS).where(MEETINGS.c.id == played.second).values(starts_at=datetime(2026, 4, 1, 3, tzinfo=UTC))
        connection.execute(late)
    assert [sat.id for sat in month.cases_per_meeting(store, CHAIR, march(played))] == [played.first, played.second]
    assert month.cases_per_meeting(store, CHAIR, served.month(played.team, 2026, 4)) == []


def test_she_is_offered_the_teams_that_she_serves(store: Store, played: Played) -> None:
    everywhere = served.teams(store, CHAIR)
    assert len(everywhere) > 10
    assert [t.name for t in served.teams(store, ELSEWHERE)] == ["Stamford-Norwalk team"]
    assert served.teams(store, PEOPLE["intake worker"]) == served.teams(store, SYSTEM) == []
    assert played.team in {t.id for t in everywhere}


def test_cases_per_meeting_are_those_whose_lines_say_so(store: Store, played: Played) -> None:
    found = month.cases_per_meeting(store, CHAIR, march(played))
    assert [(s.id, s.heard, s.deferred, s.fell_away, s.minutes, s.state) for s in found] == [
        (played.first, 2, 1, 0, 95, "held"),
        (played.second, 2, 0, 0, 95, "held"),
    ]
    lines = [line for history in histories(store, played).values() for line in lines_of(history)]
    for sat in found:
        states = Counter(line.state for line in lines if line.meeting == sat.id)
        assert (sat.heard, sat.deferred, sat.fell_away) == (states["held"], states["deferred"], states["concluded"])


def test_a_meeting_at_which_nobody_pressed_open_counts_once_a_case_was_heard(store: Store, played: Played) -> None:
    with store.write() as connection:
        connection.execute(update(MEETINGS).where(MEETINGS.c.id == played.first).values(state="set"))
    assert len(month.cases_per_meeting(store, CHAIR, march(played))) == 2
    assert month.attendance(store, CHAIR, march(played))[1].held == 1  # no roll was called at it


def test_the_year_holds_its_months(store: Store, played: Played) -> None:
    whole = served.year(played.team, 2026)
    months = [served.month(played.team, 2026, n) for n in range(1, 13)]
    assert sum(len(month.cases_per_meeting(store, CHAIR, one)) for one in months) == 2
    assert month.cases_per_meeting(store, CHAIR, whole) == month.cases_per_meeting(store, CHAIR, march(played))
    first = [one for of in months for one in month.days_to_first_review(store, CHAIR, of)]
    assert sorted(first) == sorted(month.days_to_first_review(store, CHAIR, whole))


def test_a_seat_was_there_when_somebody_of_it_answered_the_roll(store: Store, played: Played) -> None:
    found = {one.seat: (one.came, one.held) for one in month.attendance(store, CHAIR, march(played))}
    assert found["DCF"] == (2, 2)
    assert found["police"] == found["health care professional"] == (1, 2)
    assert found["state's attorney"] == (0, 2)


def test_the_roll_as_it_was_called_last_counts(store: Store, played: Played) -> None:
    third = convened.a_meeting(store, START + timedelta(days=1))
    seat = convened.seat(store, "forensic interviewer", agency="Center", name="Interviewer Q")
    at = START + timedelta(days=1)
    act(store, third, "open_meeting", at)
    for came in (True, False):
        act(store, third, "call_roll", at, who=seat, came=came)
    act(store, third, "adjourn", at + timedelta(hours=1))
    found = {one.seat: (one.came, one.held) for one in month.attendance(store, CHAIR, march(played))}
    assert found["forensic interviewer"] == (0, 3)


def test_days_run_from_the_first_determination_to_the_first_review(store: Store, played: Played) -> None:
    found = month.days_to_first_review(store, CHAIR, march(played))
    assert {one.case_id: one.days for one in found} == {played.heard: 8, played.deferred: 14, played.concluded: 6}
    for case, history in histories(store, played).items():
        reviews = [e for e in history if e.fact is F.REVIEW_HELD]
        determined = next(e for e in history if e.fact in VICTIM)
        if reviews:
            days = (local_date(reviews[0].happened_at) - local_date(determined.happened_at)).days
            assert next(one.days for one in found if one.case_id == case) == days


def test_a_determination_that_was_redated_counts_from_its_new_day(store: Store, played: Played) -> None:
    event = next(e for e in making.history(store, played.heard) if e.fact is F.VICTIM_IDENTIFIED)
    to = (MONDAY + timedelta(days=2)).isoformat()
    do(store, played.heard, "redate_fact", SECOND, about=event.id, to=to, reason="It was Wednesday")
    days = {one.case_id: one.days for one in month.days_to_first_review(store, CHAIR, march(played))}
    assert days[played.heard] == 6


def test_a_case_that_was_reviewed_before_the_time_is_not_first_reviewed_in_it(store: Store, played: Played) -> None:
    with store.write() as connection:
        before = update(MEETINGS).where(MEETINGS.c.id == played.first).values(starts_at=START - timedelta(days=20))
        connection.execute(before)
    assert [one.case_id for one in month.days_to_first_review(store, CHAIR, march(played))] == [played.deferred]


def test_decisions_stand_as_they_were_answered_or_as_their_day_has_it(store: Store, played: Played) -> None:
    found = month.decisions(store, CHAIR, march(played), LATER)
    assert [(d.case_id, d.owner, d.due_on, d.outcome) for d in found] == [
        (played.heard, "police", date(2026, 3, 20), "done"),
        (played.heard, "DCF", date(2026, 3, 25), "overdue"),
        (played.heard, "police", date(2026, 4, 1), "not possible"),
        (played.heard, "DCF", date(2026, 5, 1), "open"),
    ]
    made = [e for history in histories(store, played).values() for e in history if e.fact is F.DECISION_MADE]
    assert len(found) == len(made)
    assert month.decisions(store, CHAIR, served.month(played.team, 2026, 4), LATER) == []


def test_a_decision_stood_on_an_earlier_day_as_it_had_been_answered_by_then(store: Store, played: Played) -> None:
    answered = START + timedelta(days=3)
    for at, expected in ((answered - timedelta(days=1), ["open"] * 4), (answered, ["done", "open", "open", "open"])):
        assert [one.outcome for one in month.decisions(store, CHAIR, march(played), at)] == expected
    assert month.decisions(store, CHAIR, march(played), START - timedelta(days=1)) == []


def test_a_decision_that_was_retracted_was_never_made(store: Store, played: Played) -> None:
    event = next(
        e for e in making.history(store, played.heard) if e.fact is F.DECISION_MADE and e.data["due_on"] == "2026-05-01"
    )
    do(store, played.heard, "retract_fact", SECOND, by="chairperson", about=event.id, reason="Recorded twice")
    assert len(month.decisions(store, CHAIR, march(played), LATER)) == 3


def test_what_is_overdue_by_agency_is_the_length_of_the_list(store: Store, played: Played) -> None:
    agencies = behind.overdue_by_agency(store, CHAIR, played.team, LATER)
    listed = behind.overdue(store, CHAIR, played.team, LATER, most=500)
    assert Counter(one.owner for one in listed) == {one.owner: one.overdue for one in agencies if one.overdue}
    assert len(listed) > 0
    assert [one.due_at for one in listed] == sorted(one.due_at for one in listed)
    ours = {case for case in played.every if case != played.every[-1]}
    tasks = [t for case in ours for t in making.tasks(store, case).values()]
    assert {t.owner for t in tasks} == {one.owner for one in agencies}
    assert behind.overdue(store, CHAIR, played.team, LATER, first=1, most=1) == listed[1:2]


def test_the_most_overdue_agency_stands_first(store: Store, played: Played) -> None:
    found = behind.overdue_by_agency(store, CHAIR, None, LATER)
    assert [one.overdue for one in found] == sorted((one.overdue for one in found), reverse=True)
    assert played.team


def test_a_case_is_listed_from_the_thirtieth_day_without_a_review_on(store: Store, played: Played) -> None:
    def listed(days: int, now: datetime) -> dict[str, tuple[int, bool]]:
        found = behind.not_reviewed(store, CHAIR, played.team, days, now)
        return {one.case_id: (one.days, one.was_reviewed) for one in found}

    identified = SECOND - timedelta(days=12)
    assert listed(30, identified + timedelta(days=29)) == {}
    assert listed(30, identified + timedelta(days=30)) == {played.waits: (30, False)}
    assert listed(30, SECOND + timedelta(days=29)) == {played.waits: (41, False)}
    assert listed(30, SECOND + timedelta(days=30)) == {
        played.waits: (42, False), played.heard: (30, True), played.deferred: (30, True),
    }  # fmt: skip


def test_of_a_case_that_waits_the_list_names_the_meeting_on_whose_agenda_it_stands(store: Store, played: Played) -> None:
    found = {one.case_id: one for one in behind.not_reviewed(store, CHAIR, played.team, 1, LATER)}
    with store.read() as connection:
        starts = dict(connection.execute(select(MEETINGS.c.id, MEETINGS.c.starts_at)).all())
    for case, one in found.items():
        waits = [starts[line.meeting] for line in lines_of(live(making.history(store, case))) if line.state == "waiting"]
        assert one.meeting_at == (min(waits) if waits else None)
    assert found[played.waits].meeting_at is not None
    assert found[played.heard].meeting_at is None


def test_a_case_that_was_only_asked_for_counts_from_that_day(store: Store, played: Played) -> None:
    case = making.taken(store, report_no="R-77", now=MONDAY)
    route(store, case, MONDAY)
    do(store, case, "ask_for_review", MONDAY + timedelta(days=5), reason="It is to be heard")
    days = {one.case_id: one.days for one in behind.not_reviewed(store, CHAIR, played.team, 30, LATER)}
    assert days[case] == (LATER - MONDAY).days - 5
    held = month.days_to_first_review(store, CHAIR, served.year(played.team, 2026))
    assert case not in {one.case_id for one in held}


def figures_of(store: Store, viewer: Viewer, span: served.Span) -> list[int]:
    return [
        sum(s.heard + s.deferred for s in month.cases_per_meeting(store, viewer, span)),
        len(month.days_to_first_review(store, viewer, span)),
        len(month.decisions(store, viewer, span, LATER)),
        len(behind.not_reviewed(store, viewer, span.team, 1, LATER)),
        len(behind.overdue(store, viewer, span.team, LATER, most=500)),
    ]


def test_a_team_that_is_not_hers_has_no_figures_for_her(store: Store, played: Played) -> None:
    span = march(played)
    assert all(figures_of(store, HERE, span))
    assert figures_of(store, HERE, span) == figures_of(store, HERE, span._replace(team=None))
    for nobody in (ELSEWHERE, PEOPLE["intake worker"], PEOPLE["OVS liaison"], PEOPLE["auditor"]):
        assert figures_of(store, nobody, span) == [0, 0, 0, 0, 0]
        assert month.cases_per_meeting(store, nobody, span) == []
        assert month.attendance(store, nobody, span)[0].held == 0
        assert behind.overdue_by_agency(store, nobody, played.team, LATER) == []


def test_a_restricted_case_is_in_no_figure_of_those_whom_it_does_not_name(store: Store, played: Played) -> None:
    before = figures_of(store, HERE, march(played))
    with store.write() as connection:
        connection.execute(update(CASES).where(CASES.c.id == played.heard).values(restricted="conflict", guarded=True))
    after = figures_of(store, HERE, march(played))
    assert after[:4] == [before[0] - 2, before[1] - 1, 0, before[3] - 1]
    assert after[4] < before[4]
