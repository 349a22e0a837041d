"""Each line that a case ever had on an agenda, and what became of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mdt.agenda_lines import AgendaLine, line_heard, lines_of, refuse_before_the_meeting
from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact
from mdt.review import agenda_line
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from mdt.facts import Event

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ON = date(2026, 3, 17)
MIDNIGHT = datetime(2026, 3, 17, 4, tzinfo=UTC)  # where 17 March begins in Connecticut, daylight time


def put(line: str = "line-1", meeting: str = "meeting-1", at: datetime = MONDAY) -> Event:
    return happened(F.PUT_ON_AGENDA, at, line, meeting=meeting, on=ON.isoformat())


def states(*history: Event) -> dict[str, str]:
    return {one.line: one.state for one in lines_of(history)}


def test_a_case_that_was_on_no_agenda_has_no_line() -> None:
    assert lines_of([happened(F.REVIEW_HELD, MONDAY, "line-1"), happened(F.REPORT_RECEIVED, MONDAY, "report-1")]) == ()


def test_a_line_waits_from_the_hour_in_which_it_was_put_there() -> None:
    assert lines_of([put()]) == (AgendaLine("line-1", "meeting-1", "waiting", MONDAY, MONDAY),)


def test_what_puts_a_case_on_an_agenda_says_which_and_for_which_day() -> None:
    new = agenda_line("meeting-1", ON)
    assert (new.fact, new.about, new.data) == (F.PUT_ON_AGENDA, None, {"meeting": "meeting-1", "on": "2026-03-17"})


def test_a_line_without_a_meeting_of_ours_is_one_all_the_same() -> None:
    assert lines_of([happened(F.PUT_ON_AGENDA, MONDAY, "line-1", on="2026-03-17")])[0].meeting == ""


@pytest.mark.parametrize(("fact", "state"), [(F.REVIEW_HELD, "held"), (F.REVIEW_DEFERRED, "deferred")])
def test_a_line_is_held_or_deferred_with_the_fact_about_it_and_no_other(fact: Fact, state: str) -> None:
    found = lines_of([put(), put("line-2"), happened(fact, MONDAY + HOUR, "line-1")])
    assert [(one.line, one.state, one.at, one.put_at) for one in found] == [
        ("line-1", state, MONDAY + HOUR, MONDAY), ("line-2", "waiting", MONDAY, MONDAY),
    ]  # fmt: skip


def test_a_line_knows_when_its_meeting_was_recorded() -> None:
    held = happened(F.REVIEW_HELD, MONDAY, "line-1")
    (line,) = lines_of(
        [put(), held, happened(F.MEETING_RECORDED, MONDAY + DAY, "line-1"), happened(F.MEETING_RECORDED, MONDAY, "x")]
    )
    assert (line.state, line.recorded_at) == ("held", MONDAY + DAY)


def test_a_review_that_is_concluded_takes_the_waiting_lines_away_and_leaves_the_others() -> None:
    concluded = happened(F.REVIEW_CONCLUDED, MONDAY + DAY)
    held = happened(F.REVIEW_HELD, MONDAY, "line-1")
    assert states(put(), held, put("line-2"), concluded, put("line-3")) == {
        "line-1": "held", "line-2": "concluded", "line-3": "waiting",
    }  # fmt: skip


def test_of_a_case_that_is_closed_no_line_waits() -> None:
    """With a line that waits a case is not closed, but the report it rests on may turn out to be none."""
    none = happened(F.REPORT_FOUND_INVALID, MONDAY + DAY, "report-1")
    assert states(put(), none) == {"line-1": "concluded"}
    assert states(put(), happened(F.REVIEW_HELD, MONDAY, "line-1"), none) == {"line-1": "held"}
    assert states(put(), none, happened(F.REPORT_RECEIVED, MONDAY + DAY, "report-2")) == {"line-1": "waiting"}


# Of which line something is said. ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("history", "named"), [((), ""), ((), "line-1"), ((put(),), "line-2")])
def test_of_a_case_that_stands_on_no_such_line_nothing_is_said(history: tuple[Event, ...], named: str) -> None:
    with pytest.raises(NotYet, match="“review held” is not on record, and the case stands on no such agenda line"):
        line_heard(named, MONDAY, history)


def test_it_is_said_of_the_line_that_is_named_else_of_the_last() -> None:
    history = (put(), put("line-2"))
    assert line_heard("line-1", MIDNIGHT, history) == "line-1"
    assert line_heard("", MIDNIGHT, history) == "line-2"


def test_nothing_is_said_of_a_case_before_the_day_of_its_meeting_begins_in_connecticut() -> None:
    with pytest.raises(NotPossible, match="Can't record anything of the case review: its meeting is on 17 Mar 2026"):
        line_heard("line-1", MIDNIGHT - timedelta(seconds=1), [put()])
    assert line_heard("line-1", MIDNIGHT, [put()]) == "line-1"


def test_once_the_record_is_approved_nothing_more_is_said_of_its_line_and_without_a_line_it_is_no_meetings() -> None:
    recorded = [put(), happened(F.REVIEW_HELD, MONDAY, "line-1"), happened(F.MEETING_RECORDED, MONDAY, "line-1", seq=3)]
    with pytest.raises(NotPossible, match=r"The record of that meeting is approved: add to the record, .* \(§ 17a-106a\(j\)\)"):
        line_heard("line-1", MIDNIGHT, recorded)
    assert line_heard("", MIDNIGHT, recorded) == ""


def test_of_a_line_that_was_heard_it_is_said_whatever_the_day() -> None:
    assert line_heard("line-1", MONDAY, [put(), happened(F.REVIEW_HELD, MONDAY, "line-1")]) == "line-1"


@pytest.mark.parametrize("history", [(), (put("line-2"),)])
def test_a_line_that_there_is_not_has_no_day_to_wait_for(history: tuple[Any, ...]) -> None:
    refuse_before_the_meeting("record", "line-1", MONDAY, history)
