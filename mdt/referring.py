"""Consent, and the service referrals it covers: their forms, and when each is refused (§ 17a-28(a)(4), (k); 28 CFR 94.115)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, StringConstraints, model_validator
from pydantic import Field as Asked

from mdt import forms
from mdt.acts import Act, Form, New, Reason, Words, not_before, said
from mdt.consent import Field, Purpose, latest, refuse_unless_released
from mdt.errors import NotYet
from mdt.facts import Fact
from mdt.process import Room
from mdt.progress import of_need, refuse_move
from mdt.signing import ALONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.facts import Event

F = Fact
DCF = "DCF"  # the provider of a need that DCF meets itself
BACK = "Why it goes back, if it had gone further"


def _as_code(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


# Ties a consent to the service referrals it covers. It names an organisation, never a person, and so may stand among the facts.
Provider = Annotated[str, BeforeValidator(_as_code), StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,39}$")]


class Consent(Form):
    """§ 17a-28(a)(4): written, of specified information, for a limited time, to a recipient by name; never by the abuser."""

    signer: Literal["minor alone", "the person herself, of age", "parent", "guardian", "legal representative", "attorney"] = (
        Asked(title="Signed as")
    )
    signer_name: Words = Asked(default="", title="Signed by, by name (not for the minor alone)", max_length=200)
    reach: Words = Asked(default="", title="How to reach who signed", max_length=500)
    alone_because: Literal["the law lets a minor have this service alone", "she is emancipated", "a court said so"] | None = (
        Asked(default=None, title="Why the minor may sign alone (28 CFR 94.115)")
    )
    alone_under: Words = Asked(default="", title="Section or order by which she may (minor alone)", max_length=200)
    signer_is_not_suspected: Literal[True] = Asked(title="The signer is not the suspected abuser (28 CFR 94.115)")
    expires_on: Annotated[date, not_before("the day on which the consent was given")] = Asked(title="Valid until")
    provider: Provider = Asked(title="Code of the provider it is given for (SHELTER-1)")
    recipient: Reason = Asked(title="Recipient, as the consent names it")
    fields: list[Field] = Asked(title="What may be told", min_length=1)
    purpose: Purpose = Asked(title="For what it may be used")

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.signer == ALONE and not (self.alone_because and self.alone_under):
            raise forms.refuse("a minor signs alone only where the law lets her: say why, and by which section or order")
        if self.signer != ALONE and not self.signer_name:
            raise forms.refuse("say by name who signed the consent, so that no suspected person does")
        return self


class ConsentDeclined(Form):
    """Refusing consent carries no penalty."""


class ConsentRevoked(Form):
    """Whoever gave a consent takes it back, at once and without giving a reason."""

    provider: Provider = Asked(title="Code of the provider it was given for")


Channel = Literal["letter", "e-mail", "phone", "in person"]
BY_WORD = frozenset({"phone", "in person"})


class Leaving(Form):
    """Something of the child leaves for a provider, on a channel. What is told by word is logged with to whom."""

    how: Channel = Asked(default="letter", title="How")
    spoke_with: Words = Asked(default="", title="Spoken with whom (by phone or in person)", max_length=200)
    told_governed: bool = Asked(default=False, title="Told by word: they were told that § 17a-28 governs it (§ 17a-28(k))")

    @model_validator(mode="after")
    def _by_word(self) -> Self:
        if self.how in BY_WORD and not (self.spoke_with and self.told_governed):
            raise forms.refuse("told by word: say with whom, and that they were told that § 17a-28 governs it (§ 17a-28(k))")
        return self


class ServiceReferral(Leaving):
    """The outgoing request to one provider; `DCF` stands for a need that DCF meets itself."""

    provider: Provider = Asked(title="Code of the provider it goes to (SHELTER-1, or DCF itself)")
    back_because: Words = Asked(default="", title=BACK, max_length=2_000)


class MoreSent(Leaving):
    """What the provider asked for, as far as the consent goes."""


class NeedsMore(Form):
    """The provider asks for more."""

    back_because: Words = Asked(default="", title=BACK, max_length=2_000)


class Declined(Form):
    """A provider's no."""

    because: Literal["no capacity", "not eligible", "age", "out of area", "language", "other"] = Asked(title="Because")
    back_because: Words = Asked(default="", title=BACK, max_length=2_000)


class Waitlisted(Form):
    """A place on a waiting list."""

    place: int | None = Asked(default=None, ge=1, title="Place on the list")
    expected_on: date | None = Asked(default=None, title="Expected on")
    back_because: Words = Asked(default="", title=BACK, max_length=2_000)


class Missed(Form):
    """The appointment did not take place."""

    because: Literal["child did not come", "no transport", "provider cancelled", "unsafe", "unknown"] = Asked(title="Because")


class Ended(Form):
    """How the service ended."""

    outcome: Literal["need met", "partly met", "not met", "declined by the child or family", "no provider in reach"] = Asked(
        title="Outcome"
    )


def may_leave(form: Leaving, history: Sequence[Event], at: datetime) -> dict[str, object]:
    """What of the child leaves with this form at that instant, and by which consent: fields and the consent's id.

    Nothing leaves where DCF meets the need itself. Raises `NotYet`, with the section, without a consent that stands.
    """
    one = of_need(history, form.about)
    provider = form.provider if isinstance(form, ServiceReferral) else one.provider if one else ""
    if provider == DCF and one is not None and not one.outside:
        return {}
    doing = "send the service referral" if isinstance(form, ServiceReferral) else "send more to the provider"
    fields = refuse_unless_released(history, form.about, provider, at, doing)
    consent = latest(history, form.about, provider, at)
    return {"fields": sorted(fields), "consent": consent.id if consent else ""}


def _refer(form: ServiceReferral, history: Sequence[Event]) -> list[New]:
    refuse_move(history, form.about, F.SERVICE_REFERRED, form.happened_at, form.back_because)
    return [_left(F.SERVICE_REFERRED, form, history)]


def _send_more(form: MoreSent, history: Sequence[Event]) -> list[New]:
    refuse_move(history, form.about, F.MORE_SENT, form.happened_at)
    return [_left(F.MORE_SENT, form, history)]


def _left(fact: Fact, form: Leaving, history: Sequence[Event]) -> New:
    """That it left, with what was released; of what is written it is not said whether it was told by word."""
    new = said(fact, form, **may_leave(form, history, form.happened_at))
    return replace(new, data={name: value for name, value in new.data.items() if value is not False})


def _revoke(form: ConsentRevoked, history: Sequence[Event]) -> list[New]:
    one = latest(history, form.about, form.provider, form.happened_at)
    if one is None or not one.stands_at(form.happened_at):
        message = (
            "Can't take the consent back: none stood for this need and this provider at that time. Nothing may be told to it"
            " anyway (§ 17a-28(a)(4))."
        )
        raise NotYet(message)
    return [said(F.CONSENT_REVOKED, form)]


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.SERVICES, form, **more)  # type: ignore[arg-type]


def _move(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    """An act that moves the service on, or back with a reason."""

    def decide(told: Form, history: Sequence[Event]) -> list[New]:
        refuse_move(history, told.about, fact, told.happened_at, getattr(told, "back_because", ""))
        return [said(fact, told)]

    return _act(key, title, fact, form, decide=decide, **more)


ACTS: tuple[Act, ...] = (
    _act("give_consent", "Record consent", F.CONSENT_GIVEN, Consent, may_follow=F.NEED_LISTED),
    _act("decline_consent", "Record that consent is declined", F.CONSENT_DECLINED, ConsentDeclined),
    _act("revoke_consent", "Record that consent is taken back", F.CONSENT_REVOKED, ConsentRevoked, needs=F.CONSENT_GIVEN,
         decide=_revoke, after_closing=True),
    _act("refer_to_service", "Send the service referral", F.SERVICE_REFERRED, ServiceReferral, decide=_refer,
         may_follow=F.NEED_LISTED),
    _move("record_provider_saw", "Record that the provider saw it", F.PROVIDER_SAW, needs=F.SERVICE_REFERRED),
    _move("record_acceptance", "Record that the provider accepted", F.PROVIDER_ACCEPTED),
    _move("record_waitlist", "Record a place on the waiting list", F.PROVIDER_WAITLISTED, Waitlisted),
    _move("record_decline", "Record that the provider declined", F.PROVIDER_DECLINED, Declined),
    _move("record_needs_more", "Record that the provider needs more", F.PROVIDER_NEEDS_MORE, NeedsMore),
    _act("send_more", "Record that more was sent", F.MORE_SENT, MoreSent, decide=_send_more),
    _move("keep_appointment", "Record that the first appointment was kept", F.APPOINTMENT_KEPT),
    _move("miss_appointment", "Record that the first appointment was missed", F.APPOINTMENT_MISSED, Missed),
    _move("end_service", "Record how the service ended", F.SERVICE_ENDED, Ended),
)  # fmt: skip
