"""What is recorded about a meeting: each act with its form, and when it must be refused. Everything here is pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mdt.acts import Reason, WordsMark, is_words
from mdt.errors import NotPossible, NotYet
from mdt.law.period import is_business_day, local_date
from mdt.meeting import Course, Happening
from mdt.team import Mail

if TYPE_CHECKING:
    from collections.abc import Callable

H = Happening
STATEMENT = 1  # the version of the confidentiality statement below
CONFIDENTIALITY = (
    "What I learn from this meeting I tell nobody without the consent of the participant who provided it, unless a court of"
    " competent jurisdiction orders it or the Constitution of Connecticut requires it (§ 17a-106a(i)). I keep the records that"
    " the team was given confidential (§ 17a-106a(h)). I have said on which cases I have a conflict of interest."
)
SHORTEST, LONGEST = 15, 480  # minutes


class Form(BaseModel):
    """What somebody says about a meeting."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Minutes = Annotated[int, Field(title="Length in minutes", ge=SHORTEST, le=LONGEST)]


class SetMeeting(Form):
    """A meeting on a day of its own: a special one, or one beside the series."""

    starts_at: AwareDatetime = Field(title="When it starts")
    minutes: Minutes = 120
    place: str = Field(default="", title="Place", max_length=120)
    special: bool = Field(default=True, title="Special meeting")
    on_a_holiday: bool = Field(default=False, title="We mean to meet although the offices are closed that day")


class MoveMeeting(Form):
    """Another time or place."""

    starts_at: AwareDatetime = Field(title="When it starts")
    minutes: Minutes = 120
    place: str = Field(default="", title="Place", max_length=120)
    on_a_holiday: bool = Field(default=False, title="We mean to meet although the offices are closed that day")
    reason: Reason = Field(title="Why it is moved")


class CancelMeeting(Form):
    """It does not take place; its lines go to the next meeting."""

    reason: Reason = Field(title="Why it is cancelled")


class InviteGuest(Form):
    """Somebody with expertise, or with particular information germane to a case (§ 17a-106a(c)), for those lines alone."""

    guest: str = Field(default="", max_length=32)
    name: Reason = Field(title="Name")
    position: Reason = Field(title="Position, or what she knows of")
    agency: str = Field(title="Agency", min_length=2, max_length=64)
    person: str = Field(default="", title="Person who signs in here", max_length=32)
    mail: Annotated[Mail, WordsMark()] = Field(default="", title="E-mail, for the invitation", max_length=120)
    lines: list[str] = Field(title="For which cases", min_length=1)


class WithdrawGuest(Form):
    """The guest does not come."""

    guest: str = Field(title="Guest", min_length=1, max_length=32)


Treatment = Literal["full discussion", "short list"]


class LinePlaced(Form):
    """A line of the agenda: in full or on the short list, and for how long."""

    line: str = Field(min_length=1, max_length=64)
    treatment: Treatment = "full discussion"
    minutes: int = Field(ge=1, le=LONGEST)


class Arrange(Form):
    """The agenda in its order."""

    lines: list[LinePlaced]


class Of(Form):
    """Whom it is about: by the id of a holding, or of a guest; empty for herself."""

    who: str = Field(default="", max_length=32)


class Accept(Of):
    """The confidentiality statement, accepted by who signs in, or on paper, which the coordinator has before her."""

    statement: int = Field(default=STATEMENT, ge=STATEMENT, le=STATEMENT)
    on_paper: bool = Field(default=False, title="Signed on paper")


class RollCall(Form):
    """Whether she came."""

    who: str = Field(min_length=1, max_length=32)
    came: bool = True


class Call(Form):
    """The case whose turn it is, by its line."""

    line: str = Field(min_length=1, max_length=64)


class Approve(Form):
    """The record, by its hash."""

    digest: str = Field(min_length=64, max_length=64)


class Nothing(Form):
    """Nothing more to say."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a person records about a meeting. `of_all`: every member and guest may, not the team's leaders alone."""

    key: str
    title: str
    happening: Happening
    form: type[Form] = Nothing
    states: frozenset[str] = frozenset({"set"})
    refuse: Callable[[Any, Course, datetime], None] | None = None

    def decided(self, form: Form) -> tuple[Happening, dict[str, Any], dict[str, str]]:
        """What happened, its codes, and its words apart."""
        words = {name for name, info in type(form).model_fields.items() if is_words(info.metadata)}
        data = form.model_dump(mode="json", exclude=words | {"came"})
        said = {name: text for name in sorted(words) if (text := getattr(form, name))}
        stayed_away = isinstance(form, RollCall) and not form.came
        return (H.STAYED_AWAY if stayed_away else self.happening), data, said


def refuse_unless_possible(act: Act, form: Form, now_stands: Course, now: datetime) -> None:
    """Raise `NotPossible` or `NotYet`, in the caseworker's words, if this cannot be recorded about the meeting as it stands."""
    if now_stands.state not in act.states:
        raise NotPossible(f"Can't {act.title[0].lower()}{act.title[1:]}: {_WHY[now_stands.state]}")
    if act.refuse is not None:
        act.refuse(form, now_stands, now)


_WHY = {
    "set": "the meeting has not been opened.",
    "open": "the meeting is being held.",
    "held": "the meeting has been held, and a record of it is kept (§ 17a-106a(j)).",
    "recorded": "the record of this meeting was approved; what is to be put right is added to it (§ 17a-106a(j)).",
    "cancelled": "the meeting was cancelled.",
}


def length(minutes: int) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=minutes)


def refuse_date(form: SetMeeting | MoveMeeting, now: datetime) -> None:
    """Raise `NotPossible` for a time that has passed, or, unless it is meant, for a day on which the offices are closed."""
    if form.starts_at <= now:
        raise NotPossible("Can't set the meeting: that time has passed.")
    day = local_date(form.starts_at)
    if not is_business_day(day) and not form.on_a_holiday:
        raise NotPossible(
            f"Can't set the meeting: {day:%-d %b %Y} is a weekend or a legal holiday (§ 1-4). If that is meant, say so."
        )


def _refuse_move(form: MoveMeeting, _course: Course, now: datetime) -> None:
    refuse_date(form, now)


def _refuse_guest(form: WithdrawGuest, now_stands: Course, _now: datetime) -> None:
    if form.guest not in now_stands.guests:
        raise NotPossible("There is no such guest.")
    if form.guest in now_stands.came:
        raise NotPossible("Can't withdraw the guest: the roll call names that person, and so does the record (§ 17a-106a(j)).")


def _refuse_roll_call(form: RollCall, now_stands: Course, _now: datetime) -> None:
    if form.came and form.who in now_stands.guests and form.who not in now_stands.accepted:
        raise NotYet(
            "The guest has not accepted the confidentiality statement. A guest has the same obligations as a member"
            " (§ 17a-106a(c), (h) to (j)); record the acceptance first."
        )


def _refuse_twice(form: Arrange, _course: Course, _now: datetime) -> None:
    if len({one.line for one in form.lines}) < len(form.lines):
        raise NotPossible("Can't arrange the agenda: a case stands on it twice.")


def _refuse_early(_form: Nothing, now_stands: Course, now: datetime) -> None:
    if local_date(now) < (day := local_date(now_stands.starts_at)):
        raise NotYet(f"Can't open the meeting: it is on {day:%-d %b %Y}.")


def _refuse_who_comes(form: Of, now_stands: Course, _now: datetime) -> None:
    if form.who not in now_stands.excused:
        raise NotPossible("That person never said not to come.")


ANY_TIME = frozenset({"set", "open"})
ACTS: tuple[Act, ...] = (
    Act("move_meeting", "Move the meeting", H.MOVED, MoveMeeting, refuse=_refuse_move),
    Act("cancel_meeting", "Cancel the meeting", H.CANCELLED, CancelMeeting),
    Act("send_invitations", "Send the invitations", H.INVITED),
    Act("invite_guest", "Invite a guest", H.GUEST_INVITED, InviteGuest, ANY_TIME),
    Act("withdraw_guest", "Withdraw a guest", H.GUEST_WITHDRAWN, WithdrawGuest, ANY_TIME, _refuse_guest),
    Act("propose_agenda", "Propose the agenda", H.PROPOSED, Arrange, refuse=_refuse_twice),
    Act("arrange_agenda", "Arrange the agenda", H.ARRANGED, Arrange, ANY_TIME, _refuse_twice),
    Act("excuse", "Say that somebody does not come", H.EXCUSED, Of),
    Act("come_after_all", "Say that somebody comes after all", H.COMES_AFTER_ALL, Of, refuse=_refuse_who_comes),
    Act("accept_confidentiality", "Accept the confidentiality statement", H.ACCEPTED, Accept, ANY_TIME | {"held"}),
    Act("open_packet", "Open the packet", H.PACKET_OPENED, Nothing, ANY_TIME | {"held"}),
    Act("open_meeting", "Open the meeting", H.OPENED, Nothing, refuse=_refuse_early),
    Act("call_roll", "Call the roll", H.CAME, RollCall, frozenset({"open", "held"}), _refuse_roll_call),
    Act("call_case", "Call the case", H.CALLED, Call, frozenset({"open"})),
    Act("adjourn", "Adjourn the meeting", H.ADJOURNED, Nothing, frozenset({"open"})),
    Act("approve_record", "Approve the record", H.APPROVED, Approve, frozenset({"held"})),
)
ACT: dict[str, Act] = {act.key: act for act in ACTS}
SET_MEETING = Act("set_meeting", "Set a meeting", H.SET, SetMeeting)


def first_entry(form: SetMeeting) -> dict[str, Any]:
    """The codes of the entry with which a meeting begins."""
    return form.model_dump(mode="json", exclude={"on_a_holiday"})
