"""The shape of the process: nothing opens on a fact that never comes, and nothing stays open that was answered."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.casework import ACTS
from mdt.diagram import diagram
from mdt.errors import LawError
from mdt.facts import ABOUT, ON_THE_RECORD, TELLINGS, Event, Fact, Thing
from mdt.law.rulebook import Actor, Rulebook, load
from mdt.process import ASIDE, AT_WILL, ENDS, FROM_OUTSIDE, OPENS, STEPS, Room, Step, check
from mdt.tasks import Task, open_tasks
from tests.histories import FACTS, THINGS, calm, codes, histories, one

UNASKED = FROM_OUTSIDE | AT_WILL
WAITED_FOR = frozenset(f for f in Fact if ENDS[f])

EVERY_STEP = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)
LATER = 1000  # hours: after everything in a random history


@EVERY_STEP
def test_a_step_opens_on_facts_that_some_step_ends_with_or_that_come_from_outside(step: Step) -> None:
    assert [f for f in step.opened_by if f not in UNASKED and not ENDS[f]] == []


def test_every_step_is_reached_from_outside_through_steps_that_come_before_it() -> None:
    reached: set[Step] = set()
    facts = set(UNASKED)
    while more := {step for step in set(STEPS) - reached if facts & set(step.opened_by)}:
        reached |= more
        facts |= {fact for step in more for fact in step.ended_by}
    assert set(STEPS) - reached == set()


@pytest.mark.parametrize("fact", Fact)
def test_a_fact_ends_some_step_or_comes_from_outside_or_is_about_the_record(fact: Fact) -> None:
    assert fact in WAITED_FOR | UNASKED | ON_THE_RECORD


@pytest.mark.parametrize("fact", sorted(set(Fact) - ON_THE_RECORD))
def test_somebody_or_this_system_can_record_each_fact(fact: Fact) -> None:
    by_a_flow = {f for step in STEPS if step.actor is Actor.SYSTEM for f in step.ended_by} | {
        Fact.TIME_LIMIT_PASSED,
        Fact.EARLIER_SCREEN_OUTS_FOUND,
    }
    assert fact in {act.fact for act in ACTS} | by_a_flow


@EVERY_STEP
def test_a_step_for_each_thing_is_opened_by_facts_about_that_thing(step: Step) -> None:
    kinds = {Thing.NOTICE if step.per is Thing.NOTICE and fact in TELLINGS else ABOUT[fact] for fact in step.opened_by}
    assert step.per is Thing.CASE or kinds == {step.per}


@EVERY_STEP
def test_a_step_for_each_thing_is_ended_by_a_fact_about_it_or_about_the_whole_case(step: Step) -> None:
    kinds = {ABOUT[fact] for fact in step.ended_by}
    assert step.per is Thing.CASE or kinds <= {step.per, Thing.CASE}


@EVERY_STEP
def test_a_steps_title_is_an_infinitive_phrase(step: Step) -> None:
    verb, _, rest = step.title.partition(" ")
    assert rest
    assert re.fullmatch(r"[a-z]+(?<!ed)(?<!ing)(?<!s)", verb)


@EVERY_STEP
def test_a_step_rests_on_a_rule_or_on_a_standard(step: Step) -> None:
    assert step.rule or step.standard


def test_no_two_steps_share_a_name() -> None:
    assert len({step.key for step in STEPS}) == len(STEPS)


def test_every_room_of_the_board_has_steps() -> None:
    assert {step.room for step in STEPS} == set(Room)


def test_every_rule_and_standard_that_a_step_names_exists_and_each_one_is_named() -> None:
    assert check() is load()


def test_a_rule_that_no_step_names_is_refused() -> None:
    book, extra = load(), load()["17a-101g(a)/classify"]
    more = Rulebook({**book.rules, "new/rule": extra}, book.standards, book.titles)
    with pytest.raises(LawError, match="No step names the rule new/rule"):
        check(more)


def test_a_standard_that_a_step_names_and_that_is_missing_is_refused() -> None:
    book = load()
    less = Rulebook(book.rules, {k: s for k, s in book.standards.items() if k != "screen"}, book.titles)
    with pytest.raises(LawError, match="names a standard that does not exist: screen"):
        check(less)


@calm
@given(histories, st.data())
def test_recording_what_a_step_waits_for_ends_it(events: list[Event], data: st.DataObject) -> None:
    is_open = open_tasks(events)
    if not is_open:
        return
    task = data.draw(st.sampled_from(is_open))
    fact = data.draw(st.sampled_from(_step(task).ended_by))
    answered = open_tasks([*events, one(99, fact, LATER, task.about, data.draw(codes))])
    assert (task.key, task.opened_by) not in _openings(answered)


@calm
@given(histories, st.sampled_from(FACTS), st.sampled_from(THINGS), codes)
def test_only_its_own_opening_fact_reopens_a_step(events: list[Event], fact: Fact, thing: str, told: dict) -> None:
    before = open_tasks(events)
    after = open_tasks([*events, one(99, fact, LATER, thing, told)])
    opened = [t for t in after if (t.key, t.opened_by) not in _openings(before)]
    assert [t.step for t in opened if fact not in _step(t).opened_by] == []


@calm
@given(histories, st.sampled_from(FACTS), st.sampled_from(THINGS), codes)
def test_only_a_fact_that_a_step_waits_for_ends_it(events: list[Event], fact: Fact, thing: str, told: dict) -> None:
    before = open_tasks(events)
    after = open_tasks([*events, one(99, fact, LATER, thing, told)])
    ended = [t for t in before if (t.key, t.opened_by) not in _openings(after)]
    assert [t.step for t in ended if fact not in _step(t).ended_by] == []


@calm
@given(histories)
def test_a_step_is_open_at_most_once_for_each_thing(events: list[Event]) -> None:
    keys = [t.key for t in open_tasks(events)]
    assert len(set(keys)) == len(keys)


@calm
@given(histories)
def test_what_ends_a_step_about_one_thing_leaves_it_open_for_the_other(events: list[Event]) -> None:
    alone = [e for e in events if e.about != "two"]
    together = {t.key for t in open_tasks(events) if t.about == "one"}
    assert {t.key for t in open_tasks(alone) if t.about == "one"} == together


def test_the_diagram_shows_each_step_of_the_main_way_once() -> None:
    boxes = [line.strip().partition("[")[0] for line in diagram().splitlines() if line.startswith("    ")]
    main = [s.key.replace("-", "_") for s in STEPS if s.key not in ASIDE and s.actor is not Actor.SYSTEM]
    assert boxes == main


def test_the_diagrams_arrows_lead_from_what_ends_to_what_it_opens() -> None:
    assert "  classify --> screen" in diagram().splitlines()
    assert "  screen --> classify" not in diagram().splitlines()


def test_a_fact_opens_the_steps_that_name_it() -> None:
    assert [s.key for s in OPENS[Fact.PROVIDER_NEEDS_MORE]] == ["send-more"]


def _step(task: Task) -> Step:
    return next(step for step in STEPS if step.key == task.step)


def _openings(tasks: list[Task]) -> set[tuple[tuple[str, str], str]]:
    return {(t.key, t.opened_by) for t in tasks}
