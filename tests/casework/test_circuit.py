"""From a decision to its task and to the head of the next agenda, over three meetings; nothing asked twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mdt.board import meeting, work
from mdt.casework import agendas, meeting_records, routing
from mdt.casework.check import check
from tests.making import do, history, tasks
from tests.meetings import CHAIR, adjourned, heard, opened, with_cases

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import MeetingView
    from mdt.store import Store

DAY = timedelta(days=1)


def next_meeting(store: Store, after: datetime) -> MeetingView:
    """The meeting onto which the flows have put what was not concluded."""
    later = [m for m in meeting.meetings(store, CHAIR, after) if m.starts_at > after]
    return meeting.meeting_view(store, CHAIR, later[0].id, after)


def test_a_decision_is_a_task_at_once_and_heads_the_agendas_until_it_is_answered(store: Store) -> None:
    first = opened(store, with_cases(store, 2).id)
    late, quiet = first.lines
    heard(store, first, late)
    assert tasks(store, late.case_id)["carry-out-decision"].owner == "DCF"
    heard(store, first, quiet, decide=False)
    ended = adjourned(store, first)

    # It is told without a name, once, and both cases stand on the next agenda.
    for _ in range(2):
        routing.prepare_review(store, [late.case_id, quiet.case_id], ended)
    told = [words for _, _, words in work.notices_for(store, CHAIR, ["DCF"]) if "decision" in words]
    assert told == [f"Case {late.number}: the team made a decision that you carry out by 27 March 2026."]
    second = next_meeting(store, ended)
    assert {line.number for line in second.lines} == {late.number, quiet.number}

    # Not done by its day: it heads the next agenda, and says so.
    before = second.course.starts_at - DAY
    assert agendas.propose(store, second.id, before)
    second = meeting.meeting_view(store, CHAIR, second.id, before)
    assert second.lines[0].number == late.number
    assert "decision 1 is 3 days overdue (DCF)" in second.lines[0].reasons
    decision = next(e for e in history(store, late.case_id) if e.fact.value == "decision made")
    do(store, late.case_id, "give_up_decision", before, by="chairperson", about=decision.about, reason="Nobody is there for it")

    # Not possible is told apart from not done, and is news to the second meeting; it is heard again.
    second = opened(store, second.id)
    answers = [why for line in second.lines if line.number == late.number for why in line.reasons if "decision" in why]
    assert any("not possible" in why for why in answers)
    for line in second.lines:
        heard(store, second, line, concluded=line.number == quiet.number, decide=False)
    ended = adjourned(store, second)
    routing.prepare_review(store, [late.case_id, quiet.case_id], ended)

    # What was concluded comes no more; the other is reviewed until it is concluded.
    third = next_meeting(store, ended)
    assert [line.number for line in third.lines] == [late.number]
    third = opened(store, third.id)
    heard(store, third, third.lines[0], concluded=True, decide=False)
    adjourned(store, third)
    assert "put-on-agenda" not in tasks(store, late.case_id)
    assert check(store).faults == []


def test_a_meeting_of_a_day_is_recorded_whole(store: Store) -> None:
    view = opened(store, with_cases(store, 3).id)
    for line in view.lines:
        heard(store, view, line)
    ended = adjourned(store, view)
    read = meeting_records.record_of(store, CHAIR, view.id, ended)
    assert (read.missing, read.hidden, len(read.record.cases)) == ((), 0, 3)
    assert meeting_records.approve(store, CHAIR, view.id, read.digest, ended, command="approved") == read.digest
    again = meeting_records.record_of(store, CHAIR, view.id, ended + 400 * DAY)
    assert (again.is_approved, again.digest, again.record) == (True, read.digest, read.record)
    assert not any(t for line in view.lines for t in tasks(store, line.case_id) if t == "record-meeting")
    assert check(store).faults == []
