"""Events are only added; a correction leaves the wrong one out, and the history keeps both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from mdt.facts import ABOUT, BRINGS_INTO_BEING, ON_THE_RECORD, WHO_KNOWS, Event, Fact, Thing, is_telling
from mdt.history import LEADS_TO_A_REPORT, live
from tests.histories import calm, histories
from tests.making import MONDAY, happened

F = Fact
DAY = timedelta(days=1)
FIRST = happened(F.POLICE_NOTIFIED, MONDAY, "r")
SECOND = happened(F.REPORT_CLASSIFIED, MONDAY - DAY, "r", seq=2)


@calm
@given(histories)
def test_without_corrections_all_events_stand_in_the_order_in_which_they_happened(events: list[Event]) -> None:
    stands = live(events)
    assert sorted(e.id for e in stands) == sorted(e.id for e in events)
    in_order = sorted(events, key=lambda e: (e.happened_at, e.fact not in LEADS_TO_A_REPORT, e.seq))
    assert [(e.happened_at, e.seq) for e in stands] == [(e.happened_at, e.seq) for e in in_order]


@calm
@given(histories)
def test_what_stands_once_stands(events: list[Event]) -> None:
    assert live(live(events)) == live(events)


def test_what_happened_at_one_time_stays_as_recorded() -> None:
    one, other = happened(F.NEEDS_LISTED, MONDAY, seq=1), happened(F.NEED_LISTED, MONDAY, "n", seq=2)
    assert live([other, one]) == (one, other)


def test_a_retracted_event_and_nothing_else_is_left_out() -> None:
    retraction = happened(F.FACT_RETRACTED, MONDAY + DAY, FIRST.id, seq=3)
    assert live([FIRST, SECOND, retraction]) == (SECOND, retraction)


def test_a_re_dated_event_takes_its_new_place() -> None:
    moved = happened(F.FACT_REDATED, MONDAY + DAY, SECOND.id, seq=3, to=(MONDAY + DAY / 2).isoformat())
    assert [e.id for e in live([FIRST, SECOND, moved])] == ["e1", "e2", "e3"]


def test_the_last_of_two_re_datings_counts() -> None:
    moves = [happened(F.FACT_REDATED, MONDAY + DAY, FIRST.id, seq=n, to=(MONDAY - n * DAY).isoformat()) for n in (3, 4)]
    assert live([FIRST, *moves])[0].happened_at == MONDAY - 4 * DAY


def test_a_retracted_re_dating_moves_nothing() -> None:
    moved = happened(F.FACT_REDATED, MONDAY + DAY, FIRST.id, seq=3, to=(MONDAY - 9 * DAY).isoformat())
    undone = happened(F.FACT_RETRACTED, MONDAY + DAY, moved.id, seq=4)
    assert live([FIRST, moved, undone]) == (FIRST, undone)


def test_a_re_dated_event_that_is_then_retracted_is_gone() -> None:
    moved = happened(F.FACT_REDATED, MONDAY + DAY, FIRST.id, seq=3, to=MONDAY.isoformat())
    gone = happened(F.FACT_RETRACTED, MONDAY + DAY, FIRST.id, seq=4)
    assert live([FIRST, moved, gone]) == (moved, gone)


@pytest.mark.parametrize("fact", Fact)
def test_every_fact_is_about_one_kind_of_thing(fact: Fact) -> None:
    assert isinstance(ABOUT[fact], Thing)


@pytest.mark.parametrize("kind", sorted(set(Thing) - {Thing.CASE, Thing.EVENT, Thing.TASK, Thing.NOTICE}))
def test_one_fact_brings_each_kind_of_thing_into_being(kind: Thing) -> None:
    assert len([f for f in BRINGS_INTO_BEING if ABOUT[f] is kind]) == 1


def test_a_notice_is_brought_into_being_by_the_telling_itself() -> None:
    told = Event(Fact.HHS_TOLD, MONDAY, MONDAY, "worker", None, {}, id="e1")
    assert is_telling(told)
    assert not is_telling(replace(told, fact=Fact.NOTICE_ACKNOWLEDGED))


def test_only_facts_about_the_record_are_about_events_and_tasks() -> None:
    assert {f for f in Fact if ABOUT[f] in (Thing.EVENT, Thing.TASK)} == ON_THE_RECORD - WHO_KNOWS - {Fact.REPORT_FOUND_INVALID}
