"""A case in the room: what changed since the team last saw it, what each agency tells, what is undone, what was said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mdt.board import meeting
from mdt.board.case import case_view
from mdt.board.room import MOST, brief
from mdt.casework import agendas
from mdt.facts import Fact
from mdt.scenario import route
from tests.making import MONDAY, do, history
from tests.meetings import CHAIR, adjourned, heard, opened, with_cases

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import Listed, MeetingView
    from mdt.board.room import Brief
    from mdt.store import Store

F = Fact
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def told(store: Store, line: Listed, at: datetime) -> Brief:
    return brief(case_view(store, CHAIR, line.case_id, at), line.line)


def news(found: Brief) -> set[Fact]:
    return {entry.event.fact for entry in found.changed}


def next_meeting(store: Store, case_id: str, ended: datetime) -> tuple[MeetingView, Listed]:
    route(store, case_id, ended)
    following = next(m.id for m in meeting.meetings(store, CHAIR, ended) if m.starts_at > ended)
    view = meeting.meeting_view(store, CHAIR, following, ended)
    return view, next(one for one in view.lines if one.case_id == case_id)


def test_before_the_first_review_everything_is_news_but_what_the_agenda_itself_brought(store: Store) -> None:
    view = with_cases(store, 1)
    agendas.propose(store, view.id, MONDAY + DAY)
    found = told(store, view.lines[0], MONDAY + DAY)
    assert found.last_review is None
    assert {F.REPORT_RECEIVED, F.VICTIM_IDENTIFIED} <= news(found)
    assert not news(found) & {F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.PACKET_READY, F.UPDATE_ASKED_FOR}
    moments = [entry.event.happened_at for entry in found.changed]
    assert moments == sorted(moments, reverse=True)
    assert (found.more, found.state) == (0, "waiting")


def test_at_the_next_meeting_only_what_came_since_is_news_and_what_is_unfinished_stands_first(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    heard(store, view, line)
    ended = adjourned(store, view)
    second, there = next_meeting(store, line.case_id, ended)
    do(store, line.case_id, "record_contact_safety", ended + DAY, unsafe=True)
    found = told(store, there, ended + DAY)
    assert news(found) & {F.CONTACT_SAFETY_LEARNED, F.VICTIM_IDENTIFIED, F.DECISION_MADE} == {F.CONTACT_SAFETY_LEARNED}
    assert found.last_review is not None
    assert found.last_review.event.about == line.line
    assert [task.task.step for task in found.unfinished] == ["carry-out-decision"]
    assert [(one.here, one.answer, one.owner) for one in found.decisions] == [(False, "", "DCF")]
    assert found.said == ()  # that was said at the first meeting
    assert second.course.starts_at > ended


def test_each_update_that_was_asked_for_is_there_with_who_gave_it_or_empty(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    agendas.propose(store, view.id, MONDAY)
    asked = next(e for e in history(store, line.case_id) if e.fact is F.UPDATE_ASKED_FOR and e.data["owner"] == "DCF")
    do(store, line.case_id, "give_update", about=asked.about, what="We saw the family")
    updates = {one.owner: one for one in told(store, line, MONDAY).updates}
    assert (updates["DCF"].id, updates["DCF"].by) == (asked.about, "Worker A")
    assert updates["DCF"].event
    assert {(one.event, one.by) for owner, one in updates.items() if owner != "DCF"} == {("", "")}


def test_a_dissent_names_its_decision_and_answers_are_told_apart(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    at = heard(store, view, line)
    made = next(e for e in history(store, line.case_id) if e.fact is F.DECISION_MADE)
    provider = next(one.id for one in view.members if one.seat == "DCF")
    do(store, line.case_id, "record_statement", at, by="chairperson", kind="dissent", provider=provider, what="We disagree",
       decision=made.about, line=line.line)  # fmt: skip
    found = told(store, line, at)
    assert [(one.kind, one.decision, one.provider) for one in found.said] == [
        ("information", "", provider), ("dissent", made.about, provider),
    ]  # fmt: skip
    assert [(one.here, one.event, one.due_on) for one in found.decisions] == [(True, made.id, "2026-03-27")]
    assert found.state == "held"
    for act, answer in (("give_up_decision", "not possible"), ("carry_out_decision", "done")):
        reason = {"reason": "Nobody is there for it"} if act == "give_up_decision" else {}
        if act == "carry_out_decision":
            wrong = next(e.id for e in history(store, line.case_id) if e.fact is F.DECISION_NOT_POSSIBLE)
            do(store, line.case_id, "retract_fact", at + MINUTE, by="chairperson", about=wrong, reason="It was possible")
        do(store, line.case_id, act, at + MINUTE, by="chairperson", about=made.about, **reason)
        assert [one.answer for one in told(store, line, at + MINUTE).decisions] == [answer]
    assert told(store, line, at + MINUTE).unfinished == ()


def test_what_was_struck_out_is_not_in_the_room(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    at = heard(store, view, line)
    for fact in (F.STATEMENT_MADE, F.DECISION_MADE, F.REVIEW_HELD):
        wrong = next(e.id for e in history(store, line.case_id) if e.fact is fact)
        do(store, line.case_id, "retract_fact", at, by="chairperson", about=wrong, reason="It was a mistake")
    found = told(store, line, at)
    assert (found.said, found.decisions, found.unfinished, found.state) == ((), (), (), "waiting")


def test_a_case_that_was_deferred_says_so(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    at = view.course.starts_at
    do(store, line.case_id, "defer_review", at, by="chairperson", about=line.line, because="no time")
    assert told(store, line, at).state == "deferred"


def test_of_much_news_the_latest_is_shown_and_the_rest_counted(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    before = told(store, line, MONDAY)
    extra = MOST - len(before.changed) + 3
    for n in range(extra):
        do(store, line.case_id, "record_contact_safety", MONDAY + n * MINUTE, unsafe=bool(n % 2))
    found = told(store, line, MONDAY + DAY)
    assert (len(found.changed), found.more) == (MOST, 3)
    assert found.changed[0].event.fact is F.CONTACT_SAFETY_LEARNED
