"""The team's room: agenda, case review, meeting record, decisions (CGS § 17a-106a).

How often a team meets and which cases it hears is the team's standard; what its record must hold is law (§ 17a-106a(j)).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mdt.acts import Act, Composed, Form, New, Reason, Words, said
from mdt.agenda_lines import line_heard, refuse_before_the_meeting
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.law.period import EASTERN, is_business_day, local_date
from mdt.law.rulebook import load
from mdt.process import Room
from mdt.team import SEATS, Agency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
BEFORE_THE_MEETING = frozenset({"meeting moved", "meeting cancelled"})  # what a line may be put off for before its day


class AskForReview(Form):
    """A member asks for the case to be heard."""

    reason: Reason = Field(title="Why")


class PutOnAgenda(Form):
    """A line on a meeting's agenda. The date is the meeting's own."""

    meeting: str = Field(title="Meeting", min_length=1, max_length=64)
    on: date = Field(title="Date of the meeting")


class ReviewHeld(Form):
    """What the team did with the case at the meeting."""

    concluded: bool = Field(default=False, title="The review is concluded")
    perpetrator: Words = Field(default="", title="Alleged perpetrator, if not as the reports name one (or: unknown)")
    no_services: Words = Field(default="", title="If no support service is provided: why")


class Deferred(Form):
    """Put off, with a reason: at the meeting, or before it, when the agenda is made. What is none of these is said in words."""

    because: Literal[
        "no time", "member absent", "information awaited", "recusal", "meeting moved", "meeting cancelled", "other"
    ] = Field(title="Because")  # fmt: skip
    reason: Words = Field(default="", title="More")


class MeetingRecord(Form):
    """What § 17a-106a(j) asks of the record of each meeting. Each part must be there."""

    victim_named: Literal[True] = Field(title="The record names the alleged victim")
    perpetrator_named: Literal[True] = Field(title="The record names the alleged perpetrator, or says unknown")
    seats_present: list[Literal[SEATS]] = Field(title="Members present, by position", min_length=1)  # type: ignore[valid-type]
    members: Reason = Field(title="Names of the members present")
    decision: Reason = Field(title="Decision or recommendation")
    services: Reason = Field(title="Support services provided")
    record: Composed = Field(default="", title="The whole record of this case, as it was approved")
    digest: str = Field(default="", title="Hash of the whole record", max_length=64)
    meeting: str = Field(default="", title="Meeting", max_length=64)


class Decision(Form):
    """A decision or recommendation somebody must carry out: a task at once, of the agency, and of a person if one is named."""

    kind: Literal["decision", "recommendation"] = Field(default="decision", title="Decision or recommendation")
    owner: Agency = Field(title="Who carries it out")
    given_to: str = Field(default="", title="Which person there", max_length=64)
    due_on: date = Field(title="By when")
    what: Reason = Field(title="What was decided")
    line: str = Field(default="", title="Agenda line", max_length=64)


class NotCarriedOut(Form):
    """Why a decision cannot be carried out."""

    reason: Reason = Field(title="Why not")


def _hold(form: ReviewHeld, history: Sequence[Event]) -> list[New]:
    refuse_before_the_meeting("record", form.about, form.happened_at, history)
    held = said(F.REVIEW_HELD, form)
    return [held, *_updates_that_did_not_come(history), *([New(F.REVIEW_CONCLUDED)] if form.concluded else [])]


def _defer(form: Deferred, history: Sequence[Event]) -> list[New]:
    if form.because == "other" and not any(map(str.isalnum, form.reason)):
        message = "Can't defer the case review: say why, as it is none of the reasons given; the meeting's record says it."
        raise NotPossible(message)
    return [said(F.REVIEW_DEFERRED, form), *_updates_that_did_not_come(history)]


def _updates_that_did_not_come(history: Sequence[Event]) -> list[New]:
    """Updates that were asked for and not given by the meeting: nobody waits for them any more."""
    asked = dict.fromkeys(e.about for e in history if e.fact is F.UPDATE_ASKED_FOR)
    answered = {e.about for e in history if e.fact in (F.UPDATE_GIVEN, F.UPDATE_NOT_GIVEN)}
    return [New(F.UPDATE_NOT_GIVEN, about) for about in asked if about not in answered]


def _decide(form: Decision, history: Sequence[Event]) -> list[New]:
    """A decision is the team's: of a review that was held, or of the meeting on whose agenda the case stands."""
    line = line_heard(form.line, form.happened_at, history)
    if form.due_on < local_date(form.happened_at):
        message = "Can't record a decision: it is to be carried out by a day that lies before it was made."
        raise NotPossible(message)
    return [said(F.DECISION_MADE, form, line=line)]


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.REVIEW, form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("ask_for_review", "Ask for a case review", F.REVIEW_ASKED_FOR, AskForReview),
    _act("put_on_agenda", "Put the case on an agenda", F.PUT_ON_AGENDA, PutOnAgenda),
    _act("tell_members", "Record that the members were told", F.MEMBERS_TOLD),
    _act("ready_packet", "Record that the packet is ready", F.PACKET_READY),
    _act("hold_review", "Record the case review", F.REVIEW_HELD, ReviewHeld, decide=_hold),
    _act("defer_review", "Defer the case review", F.REVIEW_DEFERRED, Deferred, decide=_defer),
    _act("record_meeting", "Record the meeting", F.MEETING_RECORDED, MeetingRecord, after_closing=True),
    _act("make_decision", "Record a decision", F.DECISION_MADE, Decision, decide=_decide),
    _act("carry_out_decision", "Record that the decision was carried out", F.DECISION_DONE),
    _act("leave_decision", "Record that the decision was not carried out", F.DECISION_NOT_DONE, NotCarriedOut),
    _act("give_up_decision", "Record that the decision is not possible", F.DECISION_NOT_POSSIBLE, NotCarriedOut),
    _act("conclude_review", "Conclude the case review", F.REVIEW_CONCLUDED, needs=F.REVIEW_HELD),
)


def notice() -> timedelta:
    """How long before a meeting its members are told, by the team's standard."""
    return timedelta(days=load().standard("notice-before-meeting").number or 0)


def next_meeting_at(now: datetime) -> datetime:
    """When a team without dates of its own meets next in the standard's series; the next open day if that is a holiday.

    Far enough ahead for the members to be told.
    """
    series = load().standard("meeting-series")
    every, first = series.number or 1, series.first or now.astimezone(EASTERN).replace(tzinfo=None)
    earliest = (now.astimezone(EASTERN) + notice()).date()
    rounds = max(0, -(-(earliest - first.date()).days // every))
    day = first.date() + timedelta(days=rounds * every)
    while not is_business_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, first.time(), EASTERN).astimezone(UTC)


def agenda_line(meeting: str, on: date) -> New:
    """The fact that a case was put on a meeting's agenda."""
    return New(F.PUT_ON_AGENDA, None, {"meeting": meeting, "on": on.isoformat()})
