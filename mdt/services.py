"""The advocate's first track: notices, needs, consent, service referrals (§§ 17a-106f, 17a-106i, 17a-28(a)(4))."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from mdt import forms
from mdt.acts import Act, Form, New, Reason, said
from mdt.errors import NotYet
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
NeedKind = Literal[
    "advocacy", "shelter", "medical care", "mental health care", "legal help", "immigration help", "schooling",
    "safety planning", "substance use care", "basic needs", "other",
]  # fmt: skip


DCF = "DCF"  # the provider of a need that DCF meets itself


def _as_code(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


# Ties a consent to the service referrals it covers. It names an organisation, never a person, and so may stand among the facts.
Provider = Annotated[str, BeforeValidator(_as_code), StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,39}$")]


def _not_over_before(value: date, info: ValidationInfo) -> date:
    given = info.data.get("happened_at")
    if given is not None and value < local_date(given):
        raise forms.refuse("is before the day on which the consent was given")
    return value


class OneNeed(Form):
    """One need, and whether somebody outside DCF would meet it (then consent comes first)."""

    need: NeedKind = Field(title="Need")
    outside: bool = Field(default=True, title="Met by a provider outside DCF (consent comes first)")


class Needs(Form):
    """The child's needs, one service referral each."""

    needs: list[NeedKind] = Field(title="Needs", min_length=1)
    met_by_dcf: list[NeedKind] = Field(default=[], title="Of these, met by DCF itself (no consent needed)")


class Disclosed(Form):
    """§ 17a-106i: an injury told of to a DCF or CAC employee by the child, or by a parent, guardian or representative."""

    told_by: Literal["child", "parent", "guardian", "legal representative"] = Field(title="Told by")
    told_to: Literal["DCF employee", "CAC employee"] = Field(title="Told to")


class Notice(Form):
    """A compensation notice given."""

    language: Literal["English", "Spanish", "Portuguese", "Polish", "other"] = Field(default="English", title="Language")


class Consent(Form):
    """§ 17a-28(a)(4): written, for a time, to a named recipient, signed by someone who is not the suspected abuser."""

    signer: Literal["child alone", "parent", "guardian", "legal representative", "attorney"] = Field(title="Signed by")
    signer_is_not_suspected: Literal[True] = Field(title="The signer is not the suspected abuser (28 CFR 94.115)")
    expires_on: Annotated[date, AfterValidator(_not_over_before)] = Field(title="Valid until")
    provider: Provider = Field(title="Code of the provider it is given for (SHELTER-1)")
    recipient: Reason = Field(title="Recipient, as the consent names it")
    scope: Reason = Field(title="What may be told")


class ServiceReferral(Form):
    """The outgoing request to one provider; `DCF` stands for a need that DCF meets itself."""

    provider: Provider = Field(title="Code of the provider it goes to (SHELTER-1, or DCF itself)")


class ConsentDeclined(Form):
    """Refusing consent carries no penalty."""


class Declined(Form):
    """A provider's no."""

    because: Literal["no capacity", "not eligible", "age", "out of area", "language", "other"] = Field(title="Because")


class Waitlisted(Form):
    """A place on a waiting list."""

    place: int | None = Field(default=None, ge=1, title="Place on the list")
    expected_on: date | None = Field(default=None, title="Expected on")


class Missed(Form):
    """The appointment did not take place."""

    because: Literal["child did not come", "no transport", "provider cancelled", "unsafe", "unknown"] = Field(title="Because")


class Ended(Form):
    """How the service ended."""

    outcome: Literal["need met", "partly met", "not met", "declined by the child or family", "no provider in reach"] = Field(
        title="Outcome"
    )


class NoServices(Form):
    """The child or family wants none."""

    reason: Reason = Field(title="Reason given, if any")


def _list_needs(form: Needs, _history: Sequence[Event]) -> list[New]:
    inside = set(form.met_by_dcf)
    listed = [New(F.NEED_LISTED, None, {"need": kind, "outside": kind not in inside}) for kind in dict.fromkeys(form.needs)]
    return [said(F.NEEDS_LISTED, Form(happened_at=form.happened_at, note=form.note), count=len(listed)), *listed]


def _refer(form: ServiceReferral, history: Sequence[Event]) -> list[New]:
    if not _stays_in_dcf(form, history) and not _consent_stands(form, history):
        message = (
            "Can't send the service referral: no consent that is still valid is on record for this need and this provider "
            "(§ 17a-28(a)(4))."
        )
        raise NotYet(message)
    return [said(F.SERVICE_REFERRED, form)]


def _stays_in_dcf(form: ServiceReferral, history: Sequence[Event]) -> bool:
    met_by_dcf = any(e.fact is F.NEED_LISTED and e.about == form.about and e.data.get("outside") is False for e in history)
    return met_by_dcf and form.provider == DCF


def _consent_stands(form: ServiceReferral, history: Sequence[Event]) -> bool:
    """Whether a consent for this need and provider had been given by then, not expired on that day, and not declined since."""
    so_far = [e for e in history if e.about == form.about and e.happened_at <= form.happened_at]
    declined = max((n for n, e in enumerate(so_far) if e.fact is F.CONSENT_DECLINED), default=-1)
    day = local_date(form.happened_at)
    return any(
        e.fact is F.CONSENT_GIVEN
        and e.data.get("provider") == form.provider
        and date.fromisoformat(e.data["expires_on"]) >= day
        for e in so_far[declined + 1 :]
    )


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.SERVICES, form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("disclose_injury", "Record that an injury was disclosed", F.INJURY_DISCLOSED, Disclosed),
    _act("give_spoken_notice", "Record the spoken compensation notice", F.SPOKEN_NOTICE_GIVEN, Notice),
    _act("give_written_notice", "Record the written compensation notice", F.WRITTEN_NOTICE_GIVEN, Notice),
    _act("list_needs", "List the needs", F.NEEDS_LISTED, Needs, decide=_list_needs),
    _act("add_need", "Add a need", F.NEED_LISTED, OneNeed),
    _act("decline_services", "Record that services are declined", F.SERVICES_DECLINED, NoServices),
    _act("give_consent", "Record consent", F.CONSENT_GIVEN, Consent, may_follow=F.NEED_LISTED),
    _act("decline_consent", "Record that consent is declined", F.CONSENT_DECLINED, ConsentDeclined),
    _act("refer_to_service", "Send the service referral", F.SERVICE_REFERRED, ServiceReferral, decide=_refer),
    _act("record_provider_saw", "Record that the provider saw it", F.PROVIDER_SAW, needs=F.SERVICE_REFERRED),
    _act("record_acceptance", "Record that the provider accepted", F.PROVIDER_ACCEPTED),
    _act("record_waitlist", "Record a place on the waiting list", F.PROVIDER_WAITLISTED, Waitlisted),
    _act("record_decline", "Record that the provider declined", F.PROVIDER_DECLINED, Declined),
    _act("record_needs_more", "Record that the provider needs more", F.PROVIDER_NEEDS_MORE),
    _act("send_more", "Record that more was sent", F.MORE_SENT),
    _act("keep_appointment", "Record that the first appointment was kept", F.APPOINTMENT_KEPT),
    _act("miss_appointment", "Record that the first appointment was missed", F.APPOINTMENT_MISSED, Missed),
    _act("end_service", "Record how the service ended", F.SERVICE_ENDED, Ended),
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
