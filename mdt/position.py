"""Where a case stands: the first room whose gate it has not passed, and how far each track has come.

The tracks run side by side: services may begin on a reasonable belief long before a review. The position is only the
place of the card on the board.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.facts import DETERMINATIONS, VICTIM, Event, Fact
from mdt.history import live
from mdt.law.rulebook import Force
from mdt.process import STEP, Room, cite
from mdt.turns import line_is_waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdt.tasks import Task

F = Fact
SETTLED = frozenset(
    {F.COMPENSATION_DECLINED, F.COMPENSATION_HANDED_OVER, F.AWARD_CLAIMED, F.DETERMINATION_LET_STAND,
     F.COMMISSIONER_DECISION_LET_STAND, F.COURT_DECIDED, F.WAIVER_DENIAL_LET_STAND}
)  # fmt: skip
ENDS_WITHOUT_A_VICTIM = frozenset({F.SCREENED_OUT, F.NOT_A_MINOR, F.NOT_A_RESIDENT})


@dataclass(frozen=True, slots=True)
class Standing:
    """A case's position, and one word for each track."""

    room: Room
    tracks: dict[str, str]
    may_close: bool


def standing(history: Iterable[Event], tasks: Sequence[Task]) -> Standing:
    """Where the case stands, given all its events and its open tasks."""
    events = live(history)
    tracks = {
        Room.SCREENING.value: _screening(events),
        Room.REVIEW.value: _review(events),
        Room.SERVICES.value: _services(events),
        Room.COMPENSATION.value: _compensation(events),
    }
    room = next(room for room in Room if not _gate_is_passed(room, events, tracks))
    return Standing(room, tracks, not is_closed(events) and not blockers(events, tasks))


def _gate_is_passed(room: Room, events: Sequence[Event], tracks: dict[str, str]) -> bool:
    if is_closed(events):
        return room is not Room.CLOSED
    match room:
        case Room.REPORT:
            return not _unanswered(events, F.REPORT_RECEIVED, {F.REPORT_CLASSIFIED})
        case Room.SCREENING:
            return tracks[room.value] in ("identified", "believed")
        case Room.REVIEW:
            return tracks[room.value] == "concluded"
        case Room.SERVICES:
            return tracks[room.value] in ("ended", "declined")
        case _:
            return False


def is_closed(events: Sequence[Event]) -> bool:
    """Closed, and no report has come in since; or there was no report at all, as it turned out."""
    # By when it was recorded: Friday's report, typed in after Monday's closing, reopens the case too.
    last = max((e for e in events if e.fact in (F.CASE_CLOSED, F.REPORT_RECEIVED)), key=lambda e: e.seq, default=None)
    if last is None:
        return any(e.fact is F.REPORT_FOUND_INVALID for e in events)  # and no report is left
    return last.fact is F.CASE_CLOSED


def blockers(events: Sequence[Event], tasks: Sequence[Task]) -> list[str]:
    """What stands in the way of closing, in words: open duties, unanswered decisions, services and compensation unsettled."""
    return [
        *(f"{STEP[t.step].title} ({cite(STEP[t.step])})" for t in tasks if _blocks(t)),
        *_unsettled(events),
    ]


_MUST_BE_ANSWERED = frozenset(
    {"carry-out-decision", "approve-screen-out", "screen", "chase-answer", "refer-to-service", "send-more",
     "follow-waitlist", "confirm-appointment", "record-outcome", "list-needs", "hold-review"}
)  # fmt: skip


def _blocks(task: Task) -> bool:
    # Compensation clocks go on after closing: they are rights of the family, not duties of the team.
    is_duty = task.force in (Force.SHALL, Force.SHALL_TRY) and STEP[task.step].room is not Room.COMPENSATION
    return is_duty or task.step in _MUST_BE_ANSWERED


def _unsettled(events: Sequence[Event]) -> list[str]:
    if _screening(events) not in ("identified", "believed"):
        return []
    review = [] if _review(events) == "concluded" else ["conclude the case review"]
    return review + ([] if _compensation(events) in ("settled", "declined") else ["settle the compensation track"])


def _screening(events: Sequence[Event]) -> str:
    last = _last(events, DETERMINATIONS | {F.SCREEN_OUT_RETURNED})
    if last is None or last.fact is F.SCREEN_OUT_RETURNED:
        return "open"
    if last.fact in ENDS_WITHOUT_A_VICTIM and (believed := _last(events, VICTIM)):
        last = believed  # a later report that is screened out does not unsay what was found before
    return {F.VICTIM_IDENTIFIED: "identified", F.VICTIM_BELIEVED: "believed"}.get(last.fact, last.fact.value)


def _review(events: Sequence[Event]) -> str:
    last = _last(events, {F.REVIEW_CONCLUDED, F.PUT_ON_AGENDA, F.REVIEW_HELD, F.REVIEW_DEFERRED, F.REVIEW_ASKED_FOR, *VICTIM})
    if last is not None and last.fact in VICTIM and line_is_waiting(events):
        return "on the agenda"  # a belief that became certain does not take the case off it
    words = {
        F.REVIEW_CONCLUDED: "concluded",
        F.PUT_ON_AGENDA: "on the agenda",
        F.REVIEW_HELD: "under review",
        F.REVIEW_DEFERRED: "deferred",
    }
    return words.get(last.fact, "waiting") if last else "not begun"


def _services(events: Sequence[Event]) -> str:
    last = _last(events, {F.SERVICES_DECLINED, F.NEEDS_LISTED})
    if last is None:
        return "not begun"
    if last.fact is F.SERVICES_DECLINED:
        return "declined"
    return "under way" if _unanswered(events, F.NEED_LISTED, {F.SERVICE_ENDED, F.CONSENT_DECLINED}) else "ended"


def _compensation(events: Sequence[Event]) -> str:
    last = _last(events, set(_COMPENSATION_WORDS))
    if last is None:
        return "not begun"
    return "awarded" if last.data.get("awarded") is True else _COMPENSATION_WORDS[last.fact]


_COMPENSATION_WORDS = dict.fromkeys(SETTLED, "settled") | {
    F.COMPENSATION_DECLINED: "declined",
    F.INJURY_OCCURRED: "clock runs",
    F.DEPENDANT_DISCOVERED: "clock runs",
    F.APPLICATION_DRAFTED: "drafted",
    F.TIME_LIMIT_PASSED: "time limit passed",
    F.WAIVER_REQUESTED: "waiver asked for",
    F.WAIVER_GRANTED: "waiver granted",
    F.WAIVER_DENIED: "waiver denied",
    F.APPLICATION_FILED: "filed",
    F.APPLICATION_RECEIVED: "before OVS",
    F.AWARD_MAILED: "awarded",
    F.DENIAL_MAILED: "denied",
    F.DENIAL_REVIEW_REQUESTED: "under review",
    F.WAIVER_REVIEW_REQUESTED: "under review",
    F.COMMISSIONER_DECISION_SENT: "decided on review",
    F.APPEAL_FILED: "on appeal",
}


def _last(events: Sequence[Event], facts: Iterable[Fact]) -> Event | None:
    wanted = frozenset(facts)
    return next((e for e in reversed(events) if e.fact in wanted), None)


def _unanswered(events: Sequence[Event], question: Fact, answers: set[Fact]) -> set[str | None]:
    asked = {e.about for e in events if e.fact is question}
    return asked - {e.about for e in events if e.fact in answers}
