"""The fan-out: whom the law names is told of a report or a child, each by its clock, and tracked until it is acknowledged.

Each telling says to whom, how and what proves it. Told by phone or in person, a person heard it, which is no acknowledgment
unless somebody is named who acknowledged it; what went out in writing is open until it is acknowledged, and is sent again if it
is not. `outgoing` derives a row for each recipient and report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from mdt.acts import Act, AskedMark, Form, New, Reason, Words, said
from mdt.errors import NotPossible
from mdt.facts import TELLINGS, Fact
from mdt.history import contact_is_unsafe
from mdt.law.rulebook import Actor
from mdt.process import STEP, Room, cite
from mdt.referral import OurTown
from mdt.tasks import Task, is_overdue, open_tasks, task_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mdt.facts import Event, History

F = Fact
How = Literal["phone", "in person", "e-mail", "fax", "portal"]
BY_WORD = frozenset({"phone", "in person"})
Whom = Literal["custodial parent", "noncustodial parent", "both parents", "guardian", "parents and guardian"]
TO_ALL = frozenset({"both parents", "parents and guardian", ""})  # nothing was said: to all
Short = Annotated[Words, StringConstraints(max_length=200)]


class Sent(Form):
    """Somebody was told, at an agency that the duty itself names."""

    how: Annotated[How, AskedMark()] = Field(default="phone", title="How")
    person: Short = Field(default="", title="Desk or person")
    proof: Short = Field(default="", title="Reference number or confirmation")
    acknowledged_by: Short = Field(default="", title="Acknowledged by")


class OfPolice(Form):
    """Which police."""

    agency: Annotated[Literal["local police", "State Police", "FBI", "other"], AskedMark()] = Field(
        default="local police", title="Told to"
    )


class Told(Sent, OfPolice):
    """The police were told."""


class Referred(Told):
    """§ 17a-101g(a): the police of the town where the child lives, or where it happened."""

    town: OurTown = Field(title="Town")
    town_of: Literal["residence", "occurrence"] = Field(title="The town of")


class ToldParents(Form):
    """§ 17a-103b(a), (c): by word, or in writing by certified mail or by an agent, in a language that they understand.

    It is owed to each of them: who was told is said, and of another it is recorded anew.
    """

    whom: Whom = Field(title="To whom")
    how: Annotated[Literal["phone", "in person", "certified mail", "by an agent"], AskedMark()] = Field(
        default="phone", title="How"
    )
    agreed: bool = Field(default=False, title="A supervisor has agreed that this is safe (where contact is said to be unsafe)")
    language: Literal["English", "their principal language", "unknown"] = Field(default="unknown", title="Language")
    person: Short = Field(default="", title="Who was told")
    proof: Short = Field(default="", title="Return receipt or written acknowledgment")


class Withheld(Form):
    """§ 17a-103b(a): a recorded human decision, never a default; withheld from one, it is still owed to the others."""

    whom: Whom = Field(title="From whom")
    ground: Literal[
        "may interfere with a criminal investigation", "may endanger a person", "not in the child's best interests"
    ] = Field(title="Ground")
    reason: Reason = Field(title="Why")


class Missing(Form):
    """Missing from care: placement, care or supervision of the agency."""


class OnlineWord(Form):
    """When a police unit got word of abuse over the Internet, whoever told it."""


class Acknowledged(Form):
    """It arrived, and somebody there has it."""

    person: Short = Field(default="", title="Who acknowledged it")
    proof: Short = Field(default="", title="Their reference number")


class SentAgain(Form):
    """The same notice once more; by phone or in person somebody hears it, and nothing is left to confirm."""

    how: How = Field(title="How")
    person: Short = Field(default="", title="Desk or person")
    proof: Short = Field(default="", title="Reference number or confirmation")


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.REPORT, form, **more)  # type: ignore[arg-type]


def _telling(key: str, title: str, fact: Fact, form: type[Sent] = Sent, **owner: str) -> Act:
    def decide(told: Sent, _history: Sequence[Event]) -> list[New]:
        # Who acknowledged it is kept apart, like all words; that somebody did, is a fact.
        return [said(fact, told, **owner, **({"acknowledged": True} if told.acknowledged_by else {}))]

    return _act(key, title, fact, form, decide=decide)


def _to_family(key: str, title: str, fact: Fact, opening: Fact) -> Act:
    def decide(told: ToldParents, history: Sequence[Event]) -> list[New]:
        if contact_is_unsafe(history) and not told.agreed:
            message = (
                f"Can't {title[0].lower()}{title[1:]}: it is said to be unsafe to contact the child or the family. Ask a"
                " supervisor, and say on the form that she has agreed that this is safe."
            )
            raise NotPossible(message)
        return [said(fact, told)]

    return _act(key, title, fact, ToldParents, decide=decide, may_follow=opening)


def _again(form: SentAgain, history: Sequence[Event]) -> list[New]:
    """Who had to see to the notice, still has to."""
    owner = next((e.data["owner"] for e in history if e.id == form.about and "owner" in e.data), None)
    return [said(F.NOTICE_SENT_AGAIN, form, **({"owner": owner} if owner else {}))]


def _hand_over(form: Form, history: Sequence[Event]) -> list[New]:
    placed = next((e for e in reversed(history) if e.fact is F.CASE_PLACED), None)
    if placed is None or not placed.data.get("office"):
        raise NotPossible("Can't hand the case over: it is with no area office yet. Place it first.")
    return [said(F.HANDED_TO_OFFICE, form)]


ACTS: tuple[Act, ...] = (
    _telling("notify_police", "Record that the police were notified", F.POLICE_NOTIFIED, Told),
    _telling("refer_to_police", "Refer the report to the local police", F.REFERRED_TO_POLICE, Referred),
    _to_family("notify_parents", "Record that the parents were notified", F.PARENTS_NOTIFIED, F.INVESTIGATION_COMMENCED),
    _act("withhold_parent_notice", "Withhold the notice to the parents", F.PARENT_NOTICE_WITHHELD, Withheld,
         may_follow=F.INVESTIGATION_COMMENCED),
    _to_family("notify_parents_of_substantiation", "Record the notice of substantiation", F.SUBSTANTIATION_NOTICE_GIVEN,
               F.ABUSE_SUBSTANTIATED),
    _act("withhold_substantiation_notice", "Withhold the notice of substantiation", F.SUBSTANTIATION_NOTICE_WITHHELD,
         Withheld, may_follow=F.ABUSE_SUBSTANTIATED),
    _telling("act_on_school_report", "Record the action on the school's report", F.SCHOOL_REPORT_ACTED_ON),
    _act("record_online_word", "Record that the police heard of online abuse", F.POLICE_HEARD_OF_ONLINE_ABUSE, OnlineWord),
    _telling("give_icac_notice", "Record the notice to the ICAC task force", F.ICAC_NOTICE_GIVEN, owner=Actor.POLICE.value),
    _telling("tell_hhs", "Record that HHS was told", F.HHS_TOLD),
    _act("record_missing_from_care", "Record that the child is missing from care", F.MISSING_FROM_CARE, Missing),
    _telling("tell_police_missing", "Record that the police were told of the missing child", F.MISSING_CHILD_POLICE_TOLD, Told),
    _telling("tell_ncmec", "Record that NCMEC was told", F.NCMEC_TOLD),
    _act("locate_child", "Record that the child was located", F.CHILD_LOCATED),
    _act("report_missing_child", "Record that a missing child was reported to police", F.MISSING_CHILD_REPORTED),
    _act("accept_missing_report", "Record that police accepted the missing-child report", F.MISSING_REPORT_ACCEPTED),
    _act("begin_protective_custody", "Record that protective custody began", F.PROTECTIVE_CUSTODY_BEGAN),
    _act("end_protective_custody", "Record that protective custody ended", F.PROTECTIVE_CUSTODY_ENDED),
    _telling("tell_police_identified", "Record that police were told of the identified child", F.IDENTIFIED_CHILD_POLICE_TOLD,
             Told),
    _act("determine_crime", "Record that an officer determined a crime", F.CRIME_DETERMINED),
    _act("give_rights_card", "Record that the rights card was given", F.RIGHTS_CARD_GIVEN),
    _act("acknowledge_notice", "Record that the notice was acknowledged", F.NOTICE_ACKNOWLEDGED, Acknowledged),
    _act("send_notice_again", "Send the notice again", F.NOTICE_SENT_AGAIN, SentAgain, decide=_again),
    _act("hand_over", "Hand the case over to the area office", F.HANDED_TO_OFFICE, decide=_hand_over),
    _act("take_over", "Take the case over from intake", F.OFFICE_TOOK_OVER, not_by=F.HANDED_TO_OFFICE),
)  # fmt: skip


class State(StrEnum):
    """How far a telling is."""

    TO_SEND = "to be sent"
    SENT = "sent"
    BY_WORD = "told by word"
    ACKNOWLEDGED = "acknowledged"
    WITHHELD = "withheld"
    LEFT = "left undone"
    NOT_ASKED = "not asked for"


@dataclass(frozen=True, slots=True)
class Kind:
    """One whom the law, or the team's standard, wants told: of what, by which step, which fact says so or why not."""

    key: str
    to: str
    of: str
    steps: tuple[str, ...]
    told: Fact
    withheld: Fact | None = None


FAMILY = "Parents and guardian"
KINDS: tuple[Kind, ...] = (
    Kind("police-notice", "Police", "the report", ("notify-police-mandated", "notify-police-voluntary"), F.POLICE_NOTIFIED),
    Kind("police-referral", "Local police", "a report whose perpetrator is no caregiver", ("refer-to-police",),
         F.REFERRED_TO_POLICE),
    Kind("icac-notice", "ICAC task force", "abuse over the Internet, by the police unit", ("give-icac-notice",),
         F.ICAC_NOTICE_GIVEN),
    Kind("hhs-notice", "HHS", "a child who is not a citizen", ("tell-hhs",), F.HHS_TOLD),
    Kind("missing-police-notice", "Police", "the missing child", ("tell-police-missing",), F.MISSING_CHILD_POLICE_TOLD),
    Kind("ncmec-notice", "NCMEC", "the missing child", ("tell-ncmec",), F.NCMEC_TOLD),
    Kind("identified-police-notice", "Police", "the identified child in care", ("tell-police-identified",),
         F.IDENTIFIED_CHILD_POLICE_TOLD),
    Kind("parents-notice", FAMILY, "the investigation", ("notify-parents",), F.PARENTS_NOTIFIED,
         F.PARENT_NOTICE_WITHHELD),
    Kind("parents-substantiation-notice", FAMILY, "the substantiation", ("notify-parents-substantiated",),
         F.SUBSTANTIATION_NOTICE_GIVEN, F.SUBSTANTIATION_NOTICE_WITHHELD),
    Kind("school-report-notice", "The team", "a report made in a school", ("act-on-school-report",), F.SCHOOL_REPORT_ACTED_ON),
    Kind("team", "The team's members", "a case on the agenda", ("tell-members",), F.MEMBERS_TOLD),
)  # fmt: skip
KIND: dict[str, Kind] = {kind.key: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One recipient, of one report: how far it is.

    `due` is the last instant the law allowed; `task` the open step it waits for, that of telling or that of confirming;
    `notice` the id of the telling itself, `by` the id of who told.
    """

    kind: str
    to: str
    of: str
    cite: str
    state: State
    about: str = ""
    due: datetime | None = None
    task: Task | None = None
    notice: str = ""
    sent_at: datetime | None = None
    how: str = ""
    agency: str = ""
    whom: str = ""
    by: str = ""
    again: tuple[datetime, ...] = ()
    acknowledged_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether somebody was to be told by now, by law, and was not."""
        return self.state is State.TO_SEND and self.task is not None and is_overdue(self.task, now)

    @property
    def was_late(self) -> bool:
        """Whether it was told after the last instant that the law allowed."""
        return self.sent_at is not None and self.due is not None and self.sent_at > self.due


def outgoing(history: History, tasks: Sequence[Task]) -> tuple[Outgoing, ...]:
    """Everyone to be told, in the order of `KINDS`, given a case's live history and its open tasks."""
    return tuple(row for kind in KINDS for row in _rows(kind, history, tasks))


def _rows(kind: Kind, history: History, tasks: Sequence[Task]) -> list[Outgoing]:
    done = [_answered(kind, n, history, tasks) for n, e in enumerate(history) if e.fact in (kind.told, kind.withheld)]
    found = [*done, *_left(kind, history), *(_to_send(kind, t) for t in tasks if t.step in kind.steps)]
    return found or [_row(kind, kind.steps[0], State.NOT_ASKED)]


def _row(kind: Kind, step: str, state: State, about: str = "") -> Outgoing:
    return Outgoing(kind.key, kind.to, kind.of, cite(STEP[step]), state, about)


def _to_send(kind: Kind, task: Task) -> Outgoing:
    return replace(_row(kind, task.step, State.TO_SEND, task.about), due=task.due, task=task)


def _left(kind: Kind, history: Iterable[Event]) -> Iterator[Outgoing]:
    for event in history:
        step, _, about = (event.about or "").partition(":")
        if event.fact is F.DUTY_LEFT_UNDONE and step in kind.steps:
            yield _row(kind, step, State.LEFT, about)


def _answered(kind: Kind, n: int, history: History, tasks: Sequence[Task]) -> Outgoing:
    """What became of a telling, or of the decision not to tell; the clock is the one that then ran."""
    event, before = history[n], open_tasks(history[:n])
    ended = next((t for t in before if _is_of(t, kind, event)), None)
    if ended is None and kind.withheld:  # one of the family was answered for before: the same clock ran for each
        ended = next((t for m in _earlier(kind, n, history) for t in open_tasks(history[:m]) if _is_of(t, kind, event)), None)
    step = ended.step if ended else kind.steps[0]
    row = replace(
        _row(kind, step, State.SENT, event.about or ""), due=ended.due if ended else None, notice=event.id,
        sent_at=event.happened_at, by=event.by, how=event.data.get("how", ""), agency=event.data.get("agency", ""),
        whom=event.data.get("whom", ""),
    )  # fmt: skip
    if event.fact is kind.withheld:
        return replace(row, state=State.WITHHELD)
    return _tracked(row, event, history, tasks) if event.fact in TELLINGS else row


def _is_of(task: Task, kind: Kind, event: Event) -> bool:
    return task.step in kind.steps and task.about == (event.about or "")


def _earlier(kind: Kind, n: int, history: History) -> Iterator[int]:
    """Where the family was answered for before, of the same report."""
    return (m for m in range(n) if history[m].fact in (kind.told, kind.withheld) and history[m].about == history[n].about)


def _tracked(row: Outgoing, telling: Event, history: History, tasks: Sequence[Task]) -> Outgoing:
    again = [e for e in history if e.about == telling.id and e.fact is F.NOTICE_SENT_AGAIN]
    answered = [e for e in history if e.about == telling.id and e.fact is F.NOTICE_ACKNOWLEDGED]
    last = again[-1] if again else telling
    answered += [last] if last.data.get("acknowledged") is True else []
    waiting = next((t for t in tasks if task_id(t.key) == f"confirm-notice:{telling.id}"), None)
    row = replace(row, how=last.data.get("how", ""), again=tuple(e.happened_at for e in again), task=waiting)
    if answered:
        return replace(row, state=State.ACKNOWLEDGED, acknowledged_at=answered[-1].happened_at)
    return replace(row, state=State.BY_WORD) if last.data.get("how") in BY_WORD else row
