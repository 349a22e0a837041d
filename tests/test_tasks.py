"""Open steps follow from what happened and what the law says: in whatever order it was recorded, whatever was corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TC003  # Hypothesis reads the annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.facts import Event, Fact
from mdt.history import live
from mdt.law.period import end_of_day
from mdt.law.rulebook import Force, load
from mdt.process import STEP
from mdt.tasks import (
    BINDING,
    STANDARD,
    Task,
    answered,
    is_late,
    is_lost,
    is_overdue,
    next_due,
    open_tasks,
    task_id,
    tasks_after,
)
from tests.histories import calm, histories, orderly
from tests.making import MONDAY, happened

F = Fact
HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
REPORT = happened(F.REPORT_RECEIVED, MONDAY, "r", mandated=True)
CLASSIFIED = happened(F.REPORT_CLASSIFIED, MONDAY + 5 * DAY, "r", seq=2, classification="other")


def by_step(*events: Event) -> dict[str, Task]:
    return {t.step: t for t in open_tasks(events)}


def a_task(force: str = "shall", *, due: datetime | None = MONDAY, **fields: datetime) -> Task:
    return Task("classify", "r", MONDAY, "e1", MONDAY, "DCF", force, due, **fields)


def corrected(wrong: Event, fact: Fact, **data: str) -> Event:
    return happened(fact, MONDAY + 30 * DAY, wrong.id, seq=90, **data)


@calm
@given(histories, st.randoms())
def test_tasks_do_not_depend_on_the_order_in_which_events_are_read(events: list[Event], random: Random) -> None:
    shuffled = random.sample(events, len(events))
    assert open_tasks(shuffled) == open_tasks(events)


@calm
@given(orderly, st.randoms())
def test_tasks_do_not_depend_on_the_order_in_which_facts_were_recorded(events: list[Event], random: Random) -> None:
    later = [
        replace(e, seq=seq, recorded_at=e.recorded_at + DAY) for seq, e in enumerate(random.sample(events, len(events)), 1)
    ]
    assert open_tasks(later) == open_tasks(events)


@calm
@given(histories, st.data())
def test_a_retracted_event_leaves_the_tasks_as_if_it_had_never_been(events: list[Event], data: st.DataObject) -> None:
    if not events:
        return
    wrong = data.draw(st.sampled_from(events))
    without = [e for e in events if e is not wrong]
    assert open_tasks([*events, corrected(wrong, F.FACT_RETRACTED)]) == open_tasks(without)


@calm
@given(histories, st.data())
def test_a_re_dated_event_counts_from_its_new_date(events: list[Event], data: st.DataObject) -> None:
    if not events:
        return
    wrong = data.draw(st.sampled_from(events))
    to = MONDAY + data.draw(st.integers(0, 400)) * HOUR
    moved = [replace(e, happened_at=to) if e is wrong else e for e in events]
    assert open_tasks([*events, corrected(wrong, F.FACT_REDATED, to=to.isoformat())]) == open_tasks(moved)


@calm
@given(histories, st.integers(0, 25), st.booleans())
def test_going_on_from_the_open_tasks_gives_what_all_events_give(events: list[Event], known: int, correct: bool) -> None:
    if correct and events:
        events = [*events, corrected(events[0], F.FACT_RETRACTED)]
    history = live(events)
    as_recorded = live(events[:known])  # what is known may lie anywhere in what happened
    in_order = history[:known]
    assert tasks_after(open_tasks(as_recorded), as_recorded, history) == open_tasks(events)
    assert tasks_after(open_tasks(in_order), in_order, history) == open_tasks(events)


def test_re_dating_the_report_moves_the_day_on_which_the_investigation_is_due() -> None:
    friday = MONDAY - 3 * DAY
    moved = by_step(REPORT, CLASSIFIED, corrected(REPORT, F.FACT_REDATED, to=friday.isoformat()))
    assert by_step(REPORT, CLASSIFIED)["complete-investigation"].due == end_of_day(date(2026, 4, 17))
    assert moved["complete-investigation"].due == end_of_day(date(2026, 4, 16))


def test_the_clock_runs_from_the_rules_own_fact_and_not_from_what_opened_the_step() -> None:
    task = by_step(REPORT, CLASSIFIED)["commence-other"]
    assert (task.opened_at, task.opened_by) == (CLASSIFIED.happened_at, "e2")
    assert task.started == REPORT.happened_at
    assert task.due == REPORT.happened_at + 72 * HOUR


def test_the_clock_of_another_report_is_not_taken() -> None:
    second = happened(F.REPORT_RECEIVED, MONDAY + 4 * DAY, "s", seq=3)
    assert by_step(REPORT, second, CLASSIFIED)["commence-other"].started == REPORT.happened_at


def test_the_clock_of_a_step_of_the_whole_case_is_the_latest_of_its_facts() -> None:
    injuries = [happened(F.INJURY_OCCURRED, MONDAY - n * DAY, seq=10 - n) for n in (9, 3)]
    drafted = happened(F.APPLICATION_DRAFTED, MONDAY, seq=20)
    assert by_step(*injuries, drafted)["show-police-report"].started == MONDAY - 3 * DAY


def test_a_clock_whose_fact_was_never_recorded_runs_from_what_opened_the_step() -> None:
    assert by_step(CLASSIFIED)["commence-other"].started == CLASSIFIED.happened_at


def test_a_duty_of_a_day_before_the_law_on_record_is_open_without_a_date() -> None:
    first = load()["17a-101g(a)/complete"].versions[0].effective
    old = datetime(first.year - 1, 6, 1, tzinfo=UTC)
    task = by_step(happened(F.REPORT_RECEIVED, old, "r"), replace(CLASSIFIED, happened_at=old + DAY))["complete-investigation"]
    assert (task.due, task.rolled, task.force) == (None, None, "may")
    assert not is_overdue(task, MONDAY)


def test_a_report_of_the_day_before_the_act_has_the_older_period() -> None:
    def due(day: int, month: int) -> datetime | None:
        at = datetime(2019, month, day, 16, tzinfo=UTC)
        return by_step(happened(F.REPORT_RECEIVED, at, "r"), replace(CLASSIFIED, happened_at=at + HOUR))[
            "complete-investigation"
        ].due

    assert due(30, 6) == end_of_day(date(2019, 8, 14))  # 45 calendar days
    assert due(1, 7) == end_of_day(date(2019, 8, 16))  # 33 business days; 4 July is a holiday


@pytest.mark.parametrize("force", sorted(BINDING))
def test_a_duty_is_overdue_only_after_its_last_instant(force: str) -> None:
    task = a_task(force)
    assert [is_overdue(task, MONDAY + n * MICROSECOND) for n in (-1, 0, 1)] == [False, False, True]


@pytest.mark.parametrize("force", [Force.MAY, Force.ONLY_IF, STANDARD])
def test_what_is_no_duty_is_never_overdue(force: str) -> None:
    assert not is_overdue(a_task(force), MONDAY + 1000 * DAY)


def test_a_duty_without_a_date_is_never_overdue() -> None:
    assert not is_overdue(a_task(due=None), MONDAY + 1000 * DAY)


@calm
@given(histories, st.integers(0, 4000))
def test_a_standard_is_never_overdue(events: list[Event], days: int) -> None:
    overdue = [t for t in open_tasks(events) if is_overdue(t, MONDAY + days * DAY)]
    assert [t.step for t in overdue if STEP[t.step].rule is None] == []


def test_a_step_is_late_only_after_the_teams_own_date() -> None:
    task = a_task(STANDARD, due=None, target=MONDAY)
    assert [is_late(task, MONDAY + n * MICROSECOND) for n in (-1, 0, 1)] == [False, False, True]
    assert not is_late(a_task(), MONDAY + DAY)


def test_a_right_is_lost_only_after_the_day_to_which_a_court_filing_rolls_over() -> None:
    sent = happened(F.COMMISSIONER_DECISION_SENT, datetime(2026, 3, 5, 15, tzinfo=UTC))
    task = by_step(sent)["appeal"]
    assert task.due == end_of_day(date(2026, 4, 4))  # a Saturday
    assert task.rolled == end_of_day(date(2026, 4, 6))
    assert not is_lost(task, task.due + MICROSECOND)
    assert not is_lost(task, task.rolled)
    assert is_lost(task, task.rolled + MICROSECOND)


def test_a_right_that_does_not_roll_over_is_lost_after_its_last_day() -> None:
    task = by_step(happened(F.INJURY_OCCURRED, MONDAY))["apply"]
    assert task.rolled is None
    assert not is_lost(task, task.due)
    assert is_lost(task, task.due + MICROSECOND)


@pytest.mark.parametrize("task", [a_task(), a_task(Force.ONLY_IF, due=None)])
def test_a_duty_and_a_right_without_a_date_are_never_lost(task: Task) -> None:
    assert not is_lost(task, MONDAY + 1000 * DAY)


def order(fact: Fact, at: datetime, step: str, **data: str) -> Event:
    return happened(fact, at, f"{step}:r", seq=50 + at.day, **data)


def test_a_step_is_assigned_to_whom_it_was_given_last() -> None:
    given_twice = [order(F.STEP_ASSIGNED, MONDAY + n * DAY, "classify", to=who) for n, who in ((1, "A"), (2, "B"))]
    tasks = by_step(REPORT, *given_twice)
    assert tasks["classify"].assigned == "B"
    assert tasks["classify"].owner == "DCF"
    assert tasks["notify-police-mandated"].assigned is None


def test_an_order_given_before_the_step_opened_again_no_longer_holds() -> None:
    early = order(F.STEP_ASSIGNED, MONDAY - DAY, "classify", to="A")
    assert by_step(REPORT, early)["classify"].assigned is None


def test_a_postponed_standard_has_the_new_day() -> None:
    postponed = order(F.STANDARD_POSTPONED, MONDAY + 6 * DAY, "screen", until="2026-05-05")
    assert by_step(REPORT, CLASSIFIED, postponed)["screen"].target == end_of_day(date(2026, 5, 5))


def test_what_has_no_standard_cannot_be_postponed() -> None:
    postponed = order(F.STANDARD_POSTPONED, MONDAY + DAY, "classify", until="2026-05-05")
    assert by_step(REPORT, postponed)["classify"] == by_step(REPORT)["classify"]


def test_a_duty_left_undone_is_no_longer_open_and_leaves_the_others() -> None:
    left = order(F.DUTY_LEFT_UNDONE, MONDAY + DAY, "classify")
    assert set(by_step(REPORT)) - set(by_step(REPORT, left)) == {"classify"}


def test_the_fact_may_name_who_owns_the_step_and_by_when() -> None:
    decided = happened(F.DECISION_MADE, MONDAY, "d", owner="police", due_on="2026-03-20")
    task = by_step(decided)["carry-out-decision"]
    assert (task.owner, task.target) == ("police", end_of_day(date(2026, 3, 20)))


def test_a_duty_counted_back_from_a_day_that_was_not_told_has_no_date() -> None:
    assert by_step(happened(F.PETITION_HEARING_SET, MONDAY))["serve-summons"].due is None
    told = by_step(happened(F.PETITION_HEARING_SET, MONDAY, on="2026-04-20"))["serve-summons"].due
    assert told is not None
    assert told < end_of_day(date(2026, 4, 20))


def test_a_standard_without_a_figure_has_no_date_of_its_own() -> None:
    assert by_step(happened(F.PUT_ON_AGENDA, MONDAY, "l"))["hold-review"].target is None


def test_the_soonest_step_comes_first_and_those_without_a_date_last() -> None:
    whens = [next_due(t) for t in open_tasks([REPORT, CLASSIFIED, happened(F.SERVICE_HEARING_ASKED_FOR, MONDAY, seq=7)])]
    dated = [when for when in whens if when]
    assert dated == sorted(dated)
    assert whens[: len(dated)] == dated


def test_the_sooner_of_the_laws_date_and_the_teams_comes_next() -> None:
    assert next_due(a_task(target=MONDAY - DAY)) == MONDAY - DAY
    assert next_due(a_task(target=MONDAY + DAY)) == MONDAY
    assert next_due(a_task(due=None)) is None


def test_a_task_is_named_by_its_step_and_by_its_thing_if_it_has_one() -> None:
    assert task_id(("classify", "r")) == "classify:r"
    assert task_id(("apply", "")) == "apply"


def test_another_rulebook_gives_other_dates() -> None:
    book = load()
    hours = book.rules | {"17a-101g(a)/commence-other": book["17a-101g(a)/commence-emergency"]}
    other = type(book)(hours, book.standards, book.titles)
    (task,) = [t for t in open_tasks([REPORT, CLASSIFIED], other) if t.step == "commence-other"]
    assert task.due == MONDAY + 2 * HOUR


def answers(*events: Event) -> dict[str, bool | None]:
    return {a.task.step: a.in_time for a in answered(events)}


def test_a_step_is_answered_in_time_until_its_last_instant() -> None:
    for late in (0, 1):
        told = happened(F.POLICE_NOTIFIED, MONDAY + 12 * HOUR + late * MICROSECOND, "r", seq=4)
        assert answers(REPORT, told) == {"notify-police-mandated": not late}


def test_an_answer_names_the_step_as_it_was_opened_and_what_answered_it() -> None:
    (done,) = answered([REPORT, CLASSIFIED])
    assert (done.task, done.by) == (by_step(REPORT)["classify"], CLASSIFIED)


def test_a_step_without_a_figure_is_answered_neither_in_time_nor_late() -> None:
    located = [happened(F.MISSING_FROM_CARE, MONDAY), happened(F.CHILD_LOCATED, MONDAY + DAY, seq=2)]
    assert answers(*located) == {"locate-child": None}


def test_a_duty_left_undone_was_not_answered() -> None:
    assert answers(REPORT, order(F.DUTY_LEFT_UNDONE, MONDAY + DAY, "classify")) == {}


def test_an_appeal_on_the_day_to_which_its_limit_rolls_over_is_in_time() -> None:
    sent = happened(F.COMMISSIONER_DECISION_SENT, datetime(2026, 3, 5, 15, tzinfo=UTC))
    for day, in_time in ((6, True), (7, False)):
        filed = happened(F.APPEAL_FILED, datetime(2026, 4, day, 15, tzinfo=UTC), seq=2)
        assert answers(sent, filed)["appeal"] is in_time


@pytest.mark.parametrize("fact", [F.CAUSE_AROSE, F.POLICE_TOOK_ORAL_REPORT])
def test_what_leads_to_a_report_of_the_same_minute_is_answered_by_it(fact: Fact) -> None:
    recorded_after = happened(fact, MONDAY, "r", seq=7)
    assert list(answers(REPORT, recorded_after).values()) == [True]


@calm
@given(histories.filter(bool))
def test_what_an_event_ends_was_open_and_is_answered_by_it(events: list[Event]) -> None:
    *before, last = live(events)
    was, still = ({t.key: t for t in open_tasks(history)} for history in (before, (*before, last)))
    ended = {a.task.key: a.task for a in answered(events) if a.by is last}
    assert ended == {key: task for key, task in was.items() if key in ended}
    assert was.keys() - still.keys() <= ended.keys()  # a step may open again by the fact that ends it
