"""The advocate's first track: notices, needs, consent, service referrals (§§ 17a-106f, 17a-106i, 17a-28(a)(4))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from mdt import forms, referring
from mdt.acts import Act, Form, New, Reason, Words, said
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.history import contact_is_unsafe
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
NeedKind = Literal[
    "advocacy", "shelter", "medical care", "mental health care", "legal help", "immigration help", "schooling",
    "safety planning", "substance use care", "basic needs", "other",
]  # fmt: skip

Urgency = Literal["routine", "soon", "urgent"]
Spoken = Literal["English", "Spanish", "Portuguese", "Polish", "another"]


class OneNeed(Form):
    """One need, and whether somebody outside DCF would meet it (then consent comes first)."""

    need: NeedKind = Field(title="Need")
    outside: bool = Field(default=True, title="Met by a provider outside DCF (consent comes first)")
    urgency: Urgency = Field(default="routine", title="How urgent")
    language: Spoken | None = Field(default=None, title="Language the child speaks")
    reasons: Words = Field(default="", title="Why it is needed", max_length=2_000)


class Needs(Form):
    """The child's needs, one service referral each."""

    needs: list[NeedKind] = Field(title="Needs", min_length=1)
    met_by_dcf: list[NeedKind] = Field(default=[], title="Of these, met by DCF itself (no consent needed)")
    urgent: list[NeedKind] = Field(default=[], title="Of these, urgent")
    soon: list[NeedKind] = Field(default=[], title="Of these, wanted soon")
    language: Spoken | None = Field(default=None, title="Language the child speaks")
    reasons: Words = Field(default="", title="Why they are needed", max_length=2_000)


class Disclosed(Form):
    """§ 17a-106i: an injury told of to a DCF or CAC employee by the child, or by a parent, guardian or representative."""

    told_by: Literal["child", "parent", "guardian", "legal representative"] = Field(title="Told by")
    told_to: Literal["DCF employee", "CAC employee"] = Field(title="Told to")


class Notice(Form):
    """A compensation notice given. There is a text in each language named; for another, an interpreter is needed."""

    language: Literal["English", "Spanish", "Portuguese", "Polish", "other"] = Field(default="English", title="Language")
    interpreter: bool = Field(default=False, title="An interpreter helped")
    safe_way: Words = Field(default="", title="By which safe way (where contact is said to be unsafe)", max_length=2_000)

    @model_validator(mode="after")
    def _understood(self) -> Self:
        if self.language == "other" and not self.interpreter:
            raise forms.refuse("in another language it is given through an interpreter: say that one helped (§ 17a-106i)")
        return self


IN_PERSON = "in person"


class SpokenNotice(Notice):
    """Said aloud."""

    handed: Literal["in person", "by phone", "by video"] = Field(default="in person", title="How it was said")


class WrittenNotice(Notice):
    """Given on paper, or sent."""

    handed: Literal["in person", "by mail", "by e-mail"] = Field(default="in person", title="How it was handed over")


class NoServices(Form):
    """The child or family wants none."""

    reason: Reason = Field(title="Reason given, if any")


def _list_needs(form: Needs, _history: Sequence[Event]) -> list[New]:
    listed = [New(F.NEED_LISTED, None, _need(kind, form), _why(form)) for kind in dict.fromkeys(form.needs)]
    return [said(F.NEEDS_LISTED, Form(happened_at=form.happened_at, note=form.note), count=len(listed)), *listed]


def _need(kind: NeedKind, form: Needs) -> dict[str, object]:
    urgency = "urgent" if kind in form.urgent else "soon" if kind in form.soon else "routine"
    spoken = {"language": form.language} if form.language else {}
    return {"need": kind, "outside": kind not in form.met_by_dcf, "urgency": urgency, **spoken}


def _why(form: Needs) -> dict[str, str]:
    return {"reasons": form.reasons} if form.reasons else {}


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.SERVICES, form, **more)  # type: ignore[arg-type]


def _to_family(key: str, title: str, fact: Fact, form: type[Notice]) -> Act:
    def decide(told: SpokenNotice | WrittenNotice, history: Sequence[Event]) -> list[New]:
        by_then = [e for e in history if e.happened_at <= told.happened_at]
        if contact_is_unsafe(by_then) and not (told.safe_way and told.handed == IN_PERSON):
            message = (
                f"Can't {title[0].lower()}{title[1:]}: it is said to be unsafe to contact the child or the family. It is"
                " still owed (§ 17a-106i): give it in person, never by phone, mail or e-mail, in a safe way, and say which."
            )
            raise NotPossible(message)
        return [said(fact, told)]

    return _act(key, title, fact, form, decide=decide)


ACTS: tuple[Act, ...] = (
    _act("disclose_injury", "Record that an injury was disclosed", F.INJURY_DISCLOSED, Disclosed),
    _to_family("give_spoken_notice", "Record the spoken compensation notice", F.SPOKEN_NOTICE_GIVEN, SpokenNotice),
    _to_family("give_written_notice", "Record the written compensation notice", F.WRITTEN_NOTICE_GIVEN, WrittenNotice),
    _act("list_needs", "List the needs", F.NEEDS_LISTED, Needs, decide=_list_needs),
    _act("add_need", "Add a need", F.NEED_LISTED, OneNeed),
    _act("decline_services", "Record that services are declined", F.SERVICES_DECLINED, NoServices),
    *referring.ACTS,
    _act("begin_supervision", "Record that the commissioner's supervision began", F.SUPERVISION_BEGAN),
    _act("end_supervision", "Record that the commissioner's supervision ended", F.SUPERVISION_ENDED, after_closing=True),
    _act("review_plan", "Record the review of the case plan", F.PLAN_REVIEWED, after_closing=True),
    _act("ask_for_service_hearing", "Record a written request for a hearing", F.SERVICE_HEARING_ASKED_FOR),
    _act("hold_service_hearing", "Record the hearing on the refused service", F.SERVICE_HEARING_HELD),
)


def proposed_needs(history: Sequence[Event]) -> list[str]:
    """The needs that the recorded facts suggest; the advocate decides. Never a rule, always advocacy and safety."""
    flags = {k: v for e in history if e.fact is F.REPORT_RECEIVED for k, v in e.data.items()}
    facts = {e.fact for e in history}
    wanted = {
        "advocacy": True,
        "safety planning": True,
        "shelter": flags.get("at_home") is False or F.MISSING_FROM_CARE in facts,
        "medical care": flags.get("grave") is True,
        "mental health care": True,
        "immigration help": flags.get("noncitizen") is True,
        "schooling": flags.get("in_school") is True,
    }
    return [need for need, wants in wanted.items() if wants]


def needs_proposed(history: Sequence[Event]) -> New:
    """The fact that needs were proposed."""
    return New(F.NEEDS_PROPOSED, "", {"needs": proposed_needs(history)})
