"""The queue: each number is its list's length, only what a viewer may see, what is overdue first, and no name."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.access import Viewer
from mdt.board import queue
from mdt.board.queue import Line, Narrowed
from mdt.casework import cover
from mdt.casework.cover import HandOff
from mdt.queue import State
from mdt.scenario import PEOPLE, route
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKER, SUPERVISOR = PEOPLE["intake worker"], PEOPLE["intake supervisor"]
NEW_HAVEN = Viewer("nh", "Worker N", "area-office worker", "DCF", offices=frozenset({"New Haven"}))
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))
EVER = Narrowed(ever=True)


def listed(store: Store, state: State, now: datetime = MONDAY, viewer: Viewer = SUPERVISOR, **more: bool | str) -> list[Line]:
    return queue.page(store, viewer, now, state, narrowed=Narrowed(**more))  # type: ignore[arg-type]


def cases(lines: list[Line]) -> list[str]:
    return [line.case_id for line in lines]


def placed(store: Store, at: datetime = MONDAY, **cells: str) -> str:
    case_id = making.taken(store, now=at, **cells)
    route(store, case_id, at)
    return case_id


def test_a_report_walks_through_the_queue_and_is_in_one_list_at_a_time(store: Store) -> None:
    case_id = placed(store)
    seen = []
    for act, form in ((None, {}), ("take_up_report", {}), ("classify_report", {"classification": "other"})):
        if act:
            do(store, case_id, act, **form)
        counted = queue.counts(store, SUPERVISOR, MONDAY)
        assert {state: len(listed(store, state)) for state in State} == counted
        seen += [state for state, number in counted.items() if number]
    assert seen == [State.NEW, State.LOOKED_AT, State.ACCEPTED]


def test_a_report_on_no_caregiver_is_declined_and_one_that_was_none_is_invalid(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    wrong = do(store, case_id, "receive_another_report", mode="oral", mandated=True).events[0]
    assert [line.report for line in listed(store, State.NEW)] == [wrong.about]
    do(store, case_id, "find_invalid", by="intake supervisor", about=wrong.about, because="a test", reason="it was no report")
    assert cases(listed(store, State.DECLINED)) == [case_id]
    assert [line.report for line in listed(store, State.INVALID)] == [wrong.about]
    assert listed(store, State.NEW) == []


def test_a_line_tells_how_it_came_where_it_belongs_and_who_has_it(store: Store) -> None:
    case_id = placed(store, child_age="15")
    do(store, case_id, "take_up_report")
    (line,) = listed(store, State.LOOKED_AT)
    assert (line.case_id, line.mode, line.mandated, line.age) == (case_id, "oral", True, 15)
    assert (line.office, line.district, line.taken_by) == ("New Haven", "New Haven", WORKER.name)
    assert (line.received_at, line.alike) == (MONDAY, 0)


def test_no_line_holds_who_the_child_is_or_who_reported(store: Store) -> None:
    placed(store, child_given_name="Zebra", child_family_name="Quartz", reporter_name="Reporter Q", reporter_class="physician")
    (line,) = listed(store, State.NEW)
    assert not any(word in repr(line) for word in ("Zebra", "Quartz", "Reporter Q", "physician"))
    assert not any("reporter" in field.name for field in fields(Line))


def test_each_clock_of_the_report_stands_on_its_line_with_its_section(store: Store) -> None:
    placed(store, commercial_sex="yes")
    (line,) = listed(store, State.NEW, MONDAY + HOUR)
    clocks = {clock.step: (clock.due_at, clock.is_overdue, clock.cite) for clock in line.clocks}
    assert clocks["classify"] == (MONDAY, True, "§ 17a-101g(a)")
    assert clocks["notify-police-mandated"] == (MONDAY + 12 * HOUR, False, "§ 17a-101b(c)")
    assert clocks["send-written-report"] == (MONDAY + 48 * HOUR, False, "§ 17a-101c")
    assert next(iter(line.clocks)).is_overdue


@pytest.mark.parametrize(
    ("classification", "step", "hours"), [("emergency", "commence-emergency", 2), ("other", "commence-other", 72)]
)
def test_the_clock_to_begin_the_investigation_runs_from_receipt(
    store: Store, classification: str, step: str, hours: int
) -> None:
    case_id = placed(store)
    do(store, case_id, "classify_report", MONDAY + HOUR, classification=classification)
    for now, overdue in ((MONDAY + hours * HOUR, False), (MONDAY + hours * HOUR + timedelta(seconds=1), True)):
        (line,) = listed(store, State.ACCEPTED, now)
        (clock,) = [clock for clock in line.clocks if clock.step == step]
        assert (clock.due_at, clock.is_overdue) == (MONDAY + hours * HOUR, overdue)


def test_the_standards_of_the_front_door_are_clocks_too_and_never_overdue(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "hand_over")
    (line,) = listed(store, State.ACCEPTED, MONDAY + 3 * HOUR)
    (clock,) = [clock for clock in line.clocks if clock.step == "take-over"]
    assert (clock.is_overdue, clock.is_late, clock.cite) == (False, True, "the team's standard")


def test_the_clock_of_another_report_of_the_case_is_known_as_such(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "receive_another_report", MONDAY + HOUR, mode="oral", mandated=True)
    for line in listed(store, State.NEW, MONDAY + HOUR):
        classify = [clock for clock in line.clocks if clock.step == "classify"]
        assert sorted(line.is_of_another(clock) for clock in classify) == [False, True]


def test_the_overdue_stand_first_and_then_the_soonest(store: Store) -> None:
    late, early = (
        placed(store, MONDAY + 2 * HOUR, report_no="R-1", received_at="2026-03-02 11:00"),
        placed(store, report_no="R-2"),
    )
    soon = placed(store, report_no="R-3")
    for case_id in (late, early, soon):
        do(store, case_id, "classify_report", MONDAY + 2 * HOUR, classification="emergency" if case_id == soon else "other")
        do(store, case_id, "notify_police", MONDAY + 2 * HOUR)
        do(store, case_id, "record_written_report", MONDAY + 2 * HOUR)
    assert cases(listed(store, State.ACCEPTED, MONDAY + 3 * HOUR)) == [soon, early, late]
    assert cases(listed(store, State.ACCEPTED, MONDAY + 3 * HOUR, overdue=True)) == [soon]


def test_what_is_due_at_once_is_not_overdue_alone(store: Store) -> None:
    case_id = placed(store)
    assert making.tasks(store, case_id)["classify"].due == MONDAY
    assert listed(store, State.NEW, MONDAY + HOUR, overdue=True) == []
    assert cases(listed(store, State.NEW, MONDAY + DAY, overdue=True)) == [case_id]
    assert queue.counts(store, SUPERVISOR, MONDAY + HOUR, Narrowed(overdue=True))[State.NEW] == 0


def test_pages_follow_each_other_without_a_gap_or_a_repeat(store: Store) -> None:
    made = {placed(store, report_no=f"R-{n}") for n in range(5)}
    found = [queue.page(store, SUPERVISOR, MONDAY, State.NEW, first=n, most=2) for n in (0, 2, 4)]
    assert [len(one) for one in found] == [2, 2, 1]
    assert {line.case_id for one in found for line in one} == made


def test_what_is_done_for_thirty_days_is_shown_only_when_asked_for(store: Store) -> None:
    done, waits = placed(store, report_no="R-1"), placed(store, report_no="R-2")
    do(store, done, "classify_report", classification="other")
    day_30 = MONDAY + 30 * DAY
    assert cases(listed(store, State.ACCEPTED, day_30 - HOUR)) == [done]
    assert listed(store, State.ACCEPTED, day_30) == []
    assert cases(listed(store, State.ACCEPTED, day_30, ever=True)) == [done]
    assert cases(listed(store, State.NEW, day_30)) == [waits]
    assert queue.counts(store, SUPERVISOR, day_30, EVER)[State.ACCEPTED] == 1


def test_each_viewer_counts_and_lists_her_own_cases_alone(store: Store) -> None:
    making.hire(store, NEW_HAVEN, HARTFORD)
    here, there = placed(store, report_no="R-1"), placed(store, report_no="R-2", child_residence_town="Hartford")
    assert cases(listed(store, State.NEW, viewer=NEW_HAVEN)) == [here]
    assert cases(listed(store, State.NEW, viewer=HARTFORD)) == [there]
    assert queue.counts(store, HARTFORD, MONDAY)[State.NEW] == 1
    do(store, there, "restrict_case", by="intake supervisor", because="staff are threatened")
    assert listed(store, State.NEW, viewer=HARTFORD) == []


@pytest.mark.parametrize("role", ["OVS liaison", "auditor", "administrator"])
def test_who_sees_no_case_whole_sees_no_queue(store: Store, role: str) -> None:
    making.identified(store)
    assert set(queue.counts(store, PEOPLE[role], MONDAY, EVER).values()) == {0}
    assert listed(store, State.ACCEPTED, viewer=PEOPLE[role]) == []


def test_mine_is_what_i_took_up_and_what_a_colleague_took_up_whom_i_cover(store: Store) -> None:
    mine, theirs = placed(store, report_no="R-1"), placed(store, report_no="R-2")
    do(store, mine, "take_up_report", by="intake supervisor")
    do(store, theirs, "take_up_report")
    assert cases(listed(store, State.LOOKED_AT, mine=True)) == [mine]
    off = HandOff(colleague=SUPERVISOR.id, from_at=MONDAY, until_at=MONDAY + DAY)
    cover.put(store, WORKER, off, MONDAY)
    assert sorted(cases(listed(store, State.LOOKED_AT, mine=True))) == sorted([mine, theirs])
    assert cases(listed(store, State.LOOKED_AT, MONDAY + DAY, mine=True)) == [mine]


def test_the_queue_is_narrowed_to_a_district(store: Store) -> None:
    here, _ = placed(store, report_no="R-1"), placed(store, report_no="R-2", child_residence_town="Hartford")
    assert cases(listed(store, State.NEW, district="New Haven")) == [here]
    assert queue.counts(store, SUPERVISOR, MONDAY, Narrowed(district="New Haven"))[State.NEW] == 1


def test_a_likeness_to_settle_is_counted_on_the_line(store: Store) -> None:
    case_id, other = placed(store, report_no="R-1"), placed(store, report_no="R-2")
    do(store, case_id, "note_likeness", case=other, score=0.9)
    assert {line.case_id: line.alike for line in listed(store, State.NEW)} == {case_id: 1, other: 0}
