"""The team's room: agenda, case review, meeting record, decisions (CGS § 17a-106a).

How often a team meets and which cases it hears is the team's standard; what its record must hold is law (§ 17a-106a(j)).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mdt.acts import Act, Form, New, Reason, Words, said
from mdt.facts import Fact
from mdt.law.period import EASTERN, is_business_day
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
SEATS = (
    "state's attorney",
    "DCF",
    "police",
    "health care professional",
    "youth service bureau",
    "mental health professional",
    "forensic interviewer",
    "victim advocate",
    "other expert",
)  # § 17a-106a(c)(1) to (9)
Agency = Literal["DCF", "police", "MDT", "advocate", "OVS", "provider"]
FIRST_MEETING = datetime(2025, 1, 7, 15, tzinfo=UTC)  # Tuesday 7 January 2025, ten in the morning in Connecticut
NOTICE_DAYS = 3
TUESDAY_TEN = time(10)


class AskForReview(Form):
    """A member asks for the case to be heard."""

    reason: Reason = Field(title="Why")


class PutOnAgenda(Form):
    """A line on a meeting's agenda."""

    meeting: str = Field(default="", title="Meeting", max_length=64)
    on: date = Field(title="Date of the meeting")


class ReviewHeld(Form):
    """What the team did with the case at the meeting."""

    concluded: bool = Field(default=False, title="The review is concluded")
    summary: Words = Field(default="", title="What was said")


class Deferred(Form):
    """Put off, with a reason."""

    because: Literal["no time", "member absent", "information awaited", "recusal", "other"] = Field(title="Because")
    reason: Words = Field(default="", title="More")


class MeetingRecord(Form):
    """What § 17a-106a(j) asks of the record of each meeting. Each part must be there."""

    victim_named: Literal[True] = Field(title="The record names the alleged victim")
    perpetrator_named: Literal[True] = Field(title="The record names the alleged perpetrator, or says unknown")
    seats_present: list[Literal[SEATS]] = Field(title="Members present, by position", min_length=1)  # type: ignore[valid-type]
    members: Reason = Field(title="Names of the members present")
    decision: Reason = Field(title="Decision or recommendation")
    services: Reason = Field(title="Support services provided")


class Decision(Form):
    """A decision or recommendation somebody must carry out."""

    owner: Agency = Field(title="Who carries it out")
    due_on: date = Field(title="By when")
    what: Reason = Field(title="What was decided")


class NotPossible(Form):
    """Why a decision cannot be carried out."""

    reason: Reason = Field(title="Why not")


def _hold(form: ReviewHeld, _history: Sequence[Event]) -> list[New]:
    held = said(F.REVIEW_HELD, form)
    return [held, New(F.REVIEW_CONCLUDED)] if form.concluded else [held]


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.REVIEW, form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("ask_for_review", "Ask for a case review", F.REVIEW_ASKED_FOR, AskForReview),
    _act("put_on_agenda", "Put the case on an agenda", F.PUT_ON_AGENDA, PutOnAgenda),
    _act("tell_members", "Record that the members were told", F.MEMBERS_TOLD),
    _act("ready_packet", "Record that the packet is ready", F.PACKET_READY),
    _act("hold_review", "Record the case review", F.REVIEW_HELD, ReviewHeld, decide=_hold),
    _act("defer_review", "Defer the case review", F.REVIEW_DEFERRED, Deferred),
    _act("record_meeting", "Record the meeting", F.MEETING_RECORDED, MeetingRecord),
    _act("make_decision", "Record a decision", F.DECISION_MADE, Decision),
    _act("carry_out_decision", "Record that the decision was carried out", F.DECISION_DONE),
    _act("leave_decision", "Record that the decision was not carried out", F.DECISION_NOT_DONE, NotPossible),
    _act("give_up_decision", "Record that the decision is not possible", F.DECISION_NOT_POSSIBLE, NotPossible),
    _act("conclude_review", "Conclude the case review", F.REVIEW_CONCLUDED),
)


def next_meeting_at(now: datetime, every_days: int) -> datetime:
    """When a team without dates of its own meets next: every second Tuesday at ten, the next open day if that is a holiday.

    At least three days ahead, so that members can be told. The figure is the team's standard.
    """
    earliest = (now.astimezone(EASTERN) + timedelta(days=NOTICE_DAYS)).date()
    first = FIRST_MEETING.astimezone(EASTERN).date()
    rounds = max(0, -(-(earliest - first).days // every_days))
    day = first + timedelta(days=rounds * every_days)
    while not is_business_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, TUESDAY_TEN, EASTERN).astimezone(UTC)


def agenda_line(meeting: str, on: date) -> New:
    """The fact that a case was put on a meeting's agenda."""
    return New(F.PUT_ON_AGENDA, None, {"meeting": meeting, "on": on.isoformat()})
