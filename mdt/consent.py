"""Consent to tell one provider some things of one child: what it covers, until when, and whether it still stands.

CGS § 17a-28(a)(4): permission in writing to disclose specified information, within a limited time, to those specifically named.
Who receives it, who signed and how to reach her stand in words, apart from the facts; everything here is codes and dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from mdt.errors import NotYet
from mdt.facts import Fact
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
Field = Literal[
    "given_name", "family_name", "birthdate", "age", "gender", "town", "address", "phone", "language", "need", "urgency",
    "reasons", "contact", "guardian",
]  # fmt: skip
# Everything that may be released of a child, and as what it is shown. Nothing else of a case ever goes to a provider.
FIELDS: dict[str, str] = {
    "given_name": "First name",
    "family_name": "Family name",
    "birthdate": "Born on",
    "age": "Age",
    "gender": "Gender",
    "town": "Town of residence",
    "address": "Address",
    "phone": "Telephone",
    "language": "Language spoken",
    "need": "What is needed",
    "urgency": "How urgent it is",
    "reasons": "Why it is needed",
    "contact": "How contact is safe",
    "guardian": "Who signed the consent, and how to reach her",
}
Purpose = Literal["to decide whether to take the child", "to provide the service", "to pay for the service"]
Standing = Literal["given", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it was given. `id` is its event's; `fields` are keys of `FIELDS`; it holds through the day `expires_on`.

    `revoked_at` is when it ended before its day: taken back, refused since, or replaced by a later one for the same provider.
    """

    id: str
    about: str
    provider: str
    fields: frozenset[str]
    purpose: str
    signer: str
    given_at: datetime
    expires_on: date
    revoked_at: datetime | None = None

    def stands_at(self, at: datetime) -> bool:
        """Whether it had been given by that instant and had not ended."""
        begun, ended = self.given_at <= at, self.revoked_at is not None and self.revoked_at <= at
        return begun and not ended and local_date(at) <= self.expires_on


def consents(history: Sequence[Event]) -> tuple[Consent, ...]:
    """Every consent of the case, in the order in which they were given."""
    found: list[Consent] = []
    for event in history:
        if event.fact in (F.CONSENT_GIVEN, F.CONSENT_REVOKED, F.CONSENT_DECLINED):
            found = [_ended(one, event) for one in found]
        if event.fact is F.CONSENT_GIVEN:
            found.append(_of(event))
    return tuple(found)


def _of(event: Event) -> Consent:
    data = event.data
    return Consent(
        id=event.id,
        about=event.about or "",
        provider=data["provider"],
        fields=frozenset(data["fields"]),
        purpose=data["purpose"],
        signer=data["signer"],
        given_at=event.happened_at,
        expires_on=date.fromisoformat(data["expires_on"]),
    )


def _ended(one: Consent, event: Event) -> Consent:
    """The consent, ended by the event if it is meant: refusing for a need ends all that were given for it."""
    meant = one.about == event.about and (event.fact is F.CONSENT_DECLINED or one.provider == event.data.get("provider"))
    return replace(one, revoked_at=event.happened_at) if meant and one.revoked_at is None else one


def standing(consent: Consent, day: date) -> Standing:
    """What it is by the end of that Connecticut day."""
    if consent.revoked_at is not None and local_date(consent.revoked_at) <= day:
        return "revoked"
    return "given" if day <= consent.expires_on else "expired"


def latest(history: Sequence[Event], about: str, provider: str, at: datetime) -> Consent | None:
    """The consent that counts for this need and this provider at that instant, whether it still stands or not."""
    given = [one for one in consents(history) if (one.about, one.provider) == (about, provider) and one.given_at <= at]
    return given[-1] if given else None


def released(history: Sequence[Event], about: str, provider: str, at: datetime) -> frozenset[str]:
    """The fields that may leave for this need to this provider at that instant; none without a consent that stands."""
    one = latest(history, about, provider, at)
    return one.fields if one is not None and one.stands_at(at) else frozenset()


def refuse_unless_released(
    history: Sequence[Event], about: str, provider: str, at: datetime, doing: str = "send the service referral"
) -> frozenset[str]:
    """The released fields. Raises `NotYet`, with the section, where no consent stands at that instant. `doing`: for what."""
    fields = released(history, about, provider, at)
    if not fields:
        message = f"Can't {doing}: {_why_not(latest(history, about, provider, at), at)} (§ 17a-28(a)(4))."
        raise NotYet(message)
    return fields


def _why_not(one: Consent | None, at: datetime) -> str:
    if one is None:
        return "no consent that is still valid is on record for this need and this provider"
    if one.revoked_at is not None and one.revoked_at <= at:
        return "the consent for this need and this provider was taken back, and nothing leaves any more"
    return f"the consent for this need and this provider ended with {one.expires_on:%-d %B %Y}; it was given for a limited time"


def days_left(consent: Consent, day: date) -> int:
    """How many days it still holds after that one; 0 on its last."""
    return (consent.expires_on - day).days
