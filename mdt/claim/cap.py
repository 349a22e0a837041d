"""How much may be awarded at most, and on which ground more: § 54-211(d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.claim.known import UNKNOWN, Element, Known, Status, href, rest
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from mdt.facts import Event

OF_HARM = {
    "bodily injury": "54-211(d)/personal-injury",
    "emotional harm only": "54-211(d)/emotional-harm",
    "death": "54-211(d)/death",
}
MINOR = "54-211(d)/minor"
BEYOND = "More only for good cause and compelling equity, found by OVS or a commissioner (§ 54-211(d)(3))."


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that may be awarded, in dollars. `most` is None while the kind of harm is unknown.

    `extra` is what a minor's additional needs may add: 0 for a death. `minor_then`: whether the child was a minor when the
    application was filed, or is now if it was not; None if the birthdate is unknown.
    """

    harm: str
    most: int | None
    extra: int
    minor_then: bool | None


def cap(known: Known) -> Cap:
    """The cap on the day that `known` stands for; the section names no other day to pick its version by."""
    on = local_date(known.now)
    harm = known.value("harm")
    filed = known.first(Fact.APPLICATION_FILED)
    minor = known.minor_on(filed.happened_at if filed else known.now)
    return Cap(harm, None if harm == UNKNOWN else most_for(harm, on), extra_for(harm, on), minor)


def dollars(key: str, on: date) -> int:
    """An amount of § 54-211(d) on a day."""
    return load().amount(key).on(on)


def harm_of(history: Sequence[Event]) -> str:
    """The kind of harm that the claim is for, as it was said last."""
    told = [e.data["harm"] for e in history if e.fact is Fact.CLAIM_DESCRIBED and e.data.get("harm", UNKNOWN) != UNKNOWN]
    return told[-1] if told else UNKNOWN


def amount(known: Known) -> Element:
    """The cap as an element: which one, the minor's extra and until when it may be had."""
    found, told = cap(known), known.told("harm")
    title, link = "How much at most", href("54-211")
    if found.most is None or told is None:
        says = "The kind of harm was not said: bodily injury, emotional harm only, or death each have a maximum of their own."
        return Element("amount", title, Status.MISSING, says, "CGS § 54-211(d)", link, (), "Describe what the claim rests on.")
    rule = load().amount(OF_HARM[found.harm])
    says = f"For {found.harm} at most ${found.most:,}. {_extra(known, found)}".rstrip()
    return Element("amount", title, Status.SATISFIED, says, rule.cite, link, rest(told[1], f"harm: {found.harm}"), BEYOND)


def _extra(known: Known, found: Cap) -> str:
    if not found.extra:
        return ""
    more = f"${found.extra:,} more for a minor's additional medical or counseling needs (§ 54-211(d)(2))"
    filed = known.first(Fact.APPLICATION_FILED)
    if found.minor_then is None:
        return f"Up to {more}, if the victim is a minor when it is filed; only the birthdate tells."
    if not found.minor_then:
        return f"No {more}: the child was no minor {'when the application was filed' if filed else 'any more'}."
    if filed:
        return f"Up to {more}: the child was a minor when the application was filed."
    until = f"{known.grown_on:%-d %b %Y}, the 18th birthday" if known.grown_on else "the 18th birthday"
    return f"Up to {more}, if the application is filed before {until}."


def most_for(harm: str, on: date) -> int:
    """The maximum for this harm on that day."""
    return dollars(OF_HARM[harm], on)


def most_on(harm: str, on: date, *, minor_needs: bool) -> int:
    """The most on that day, with what a minor's additional needs may add or without; of all harms the largest if unknown."""
    harms = OF_HARM if harm == UNKNOWN else (harm,)
    return max(most_for(one, on) + (extra_for(one, on) if minor_needs else 0) for one in harms)


def extra_for(harm: str, on: date) -> int:
    """What a minor's additional needs may add: nothing for a death, since the subdivision speaks of an injured victim."""
    return 0 if harm == "death" else dollars(MINOR, on)
