"""What participants provide to the team, what of it may be disclosed, and the records that the team seeks.

CGS § 17a-106a(h) and (i): what is obtained from a meeting is disclosed with the consent of the participant who provided it, by
order of a court, or as the Constitution of Connecticut requires; so each update and each statement knows who provided it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mdt.acts import Act, Form, New, Reason, Told, Words, said
from mdt.agenda_lines import line_heard
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.process import Room
from mdt.team import Agency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact


class AskForUpdate(Form):
    """An agency that works on the case is asked to tell the team what is new."""

    owner: Agency = Field(title="Of whom")
    by_day: date = Field(title="By when")
    line: str = Field(default="", title="For which agenda line", max_length=64)


class UpdateGiven(Form):
    """What the agency has done since, and what it means to do. `provider` is filled in at the door: whoever gives it."""

    what: Told = Field(title="Update")
    provider: str = Field(default="", title="Who provides it", max_length=64)


class Statement(Form):
    """What a participant said at the meeting. It is disclosed only as § 17a-106a(i) allows, so it knows who provided it.

    A dissent names its decision.
    """

    kind: Literal["information", "position", "dissent"] = Field(title="What it is")
    provider: str = Field(title="Who provided it", min_length=1, max_length=64)
    what: Reason = Field(title="What was said")
    decision: str = Field(default="", title="From which decision it dissents", max_length=64)
    line: str = Field(default="", title="Agenda line", max_length=64)


Ground = Literal["consent of the participant", "order of a court", "Constitution of Connecticut"]  # § 17a-106a(i)
CONSENT: Ground = "consent of the participant"


class Disclosure(Form):
    """Why what a participant said may be disclosed (§ 17a-106a(i)): the consent, the order or the constitutional ground."""

    ground: Ground = Field(title="On which ground")
    evidence: Reason = Field(title="The consent, order or provision: from when, by whom, for whom")


class WithdrawDisclosure(Form):
    """The consent was taken back, or the order no longer holds."""

    reason: Reason = Field(title="Why")


class Amendment(Form):
    """What is added to a meeting record that was approved; what stands in it stays."""

    text: Reason = Field(title="What is added or put right")
    reason: Reason = Field(title="Why")


Holder = Literal["DCF", "medical facility", "health professional"]  # § 17a-106a(h)


class SeekRecord(Form):
    """A record on the alleged victim that the team seeks, identified in writing (§ 17a-106a(h))."""

    holder: Holder = Field(title="Held by")
    held_at: Reason = Field(title="Name and address of the holder")
    record: Reason = Field(title="Which record, so that it can be found")
    period: Words = Field(default="", title="Of which time")
    needed_for: Words = Field(default="", title="Why it is needed")
    confidential: bool = Field(default=True, title="The information is confidential")


class CertifyRecord(Form):
    """The oath of § 17a-106a(h), taken by the team's coordinator or her designee."""

    necessary: Literal[True] = Field(title="Under oath: the record is necessary to investigate child abuse or neglect")
    kept_confidential: Literal[True] = Field(title="Under oath: the team will maintain it as confidential")
    sworn_before: Reason = Field(title="Sworn before whom")


class Refused(Form):
    """Why the record was not given."""

    reason: Reason = Field(title="Why not")


def _say(form: Statement, history: Sequence[Event]) -> list[New]:
    made = {e.about for e in history if e.fact is F.DECISION_MADE}
    if (form.kind == "dissent") != bool(form.decision) or form.decision not in made | {""}:
        message = "Can't record the statement: a dissent, and nothing else, names the decision of this case that it is from."
        raise NotPossible(message)
    line = line_heard(form.line, form.happened_at, history)
    if not line:
        message = "Can't record the statement: the record of its meeting is approved. Add to the record (§ 17a-106a(j))."
        raise NotPossible(message)
    return [said(F.STATEMENT_MADE, form, line=line)]


def _withdraw(form: WithdrawDisclosure, history: Sequence[Event]) -> list[New]:
    if form.about not in disclosable(history):
        message = "Can't withdraw: no disclosure of this statement is allowed (§ 17a-106a(i))."
        raise NotPossible(message)
    return [said(F.DISCLOSURE_WITHDRAWN, form)]


def disclosable(history: Sequence[Event]) -> dict[str, str]:
    """The statements that may be disclosed, by id, each with its ground (§ 17a-106a(i)); everything else may not."""
    grounds: dict[str, str] = {}
    for event in history:
        if event.fact is F.DISCLOSURE_ALLOWED and event.about:
            grounds[event.about] = event.data["ground"]
        elif event.fact is F.DISCLOSURE_WITHDRAWN and event.about:
            grounds.pop(event.about, None)
    return grounds


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.REVIEW, form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("ask_for_update", "Ask an agency for an update", F.UPDATE_ASKED_FOR, AskForUpdate),
    _act("give_update", "Give an update", F.UPDATE_GIVEN, UpdateGiven),
    _act("go_without_update", "Go on without the update", F.UPDATE_NOT_GIVEN),
    _act("record_statement", "Record what somebody said", F.STATEMENT_MADE, Statement, decide=_say),
    _act("allow_disclosure", "Allow a disclosure", F.DISCLOSURE_ALLOWED, Disclosure, after_closing=True),
    _act("withdraw_disclosure", "Withdraw a disclosure", F.DISCLOSURE_WITHDRAWN, WithdrawDisclosure, decide=_withdraw,
         after_closing=True),
    _act("amend_meeting_record", "Add to the meeting record", F.MEETING_RECORD_AMENDED, Amendment, needs=F.MEETING_RECORDED,
         after_closing=True),
    _act("seek_record", "Seek a record", F.RECORD_SOUGHT, SeekRecord),
    _act("certify_record", "Certify the record under oath", F.RECORD_CERTIFIED, CertifyRecord),
    _act("receive_record", "Record that the record came", F.RECORD_RECEIVED),
    _act("give_up_record", "Record that the record was refused", F.RECORD_REFUSED, Refused),
)  # fmt: skip
