"""What goes to a provider: a letter with the released fields alone, and an e-mail that names nobody (§ 17a-28(d), (k))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.exchange.documents import Paper, Part, cleaned

if TYPE_CHECKING:
    from datetime import date

TITLE = "Service referral"
ANSWER = (
    "Please answer whether you take the child, have a waiting list (which place, and when a place is expected), cannot take"
    " the child (and why), or need to know more. Answer to whoever signed this, with the case number alone."
)
ONWARD = (
    "What stands here is for the purpose named below alone. It is not shown or given to anybody else without the written"
    " consent of the person concerned, or as the law allows (§ 17a-28(d), (k))."
)


@dataclass(frozen=True, slots=True)
class Covered:
    """The consent as the letter tells it: who signed as what, on which day, for what and until when, and the fields' titles."""

    signer: str
    given_on: date
    until: date
    purpose: str
    fields: tuple[str, ...]
    recipient: str


@dataclass(frozen=True, slots=True)
class From:
    """Who makes a letter, and when; `number` is the case's."""

    number: str
    name: str
    agency: str
    made_at: str


def letter(lines: tuple[tuple[str, str], ...], consent: Covered, provider: str, by: From, stamp: tuple[str, str]) -> Paper:
    """The letter. `lines`: the released fields; `stamp`: the confidentiality and the limits that § 17a-28(k) wants on it."""
    confidential, limits = stamp
    authority = (
        f"Authority: written consent of {consent.given_on:%-d %b %Y}, valid until {consent.until:%-d %b %Y} (§ 17a-28(a)(4))"
    )
    parts = (
        Part("To", lines=(("Recipient", consent.recipient), ("Provider", provider), ("Case number", by.number))),
        Part("The child", "Everything that the consent lets be told, and nothing else.", lines=lines),
        Part("Your answer", ANSWER),
        Part("The consent", ONWARD, lines=_consent(consent)),
    )
    foot = f"Case {by.number} · made on {by.made_at} by {by.name}, {by.agency}"
    made = Paper(TITLE, "CGS § 17a-28(a)(4), (k); § 17a-106f", by.number, (confidential, authority, limits), parts,
                 (f"For {by.agency}",), foot)  # fmt: skip
    return cleaned(made)


def _consent(consent: Covered) -> tuple[tuple[str, str], ...]:
    return (
        ("Given to", consent.recipient),
        ("Signed as", consent.signer),
        ("Given on", f"{consent.given_on:%-d %b %Y}"),
        ("Valid until", f"{consent.until:%-d %b %Y}"),
        ("For what", consent.purpose),
        ("What may be told", ", ".join(consent.fields)),
    )


def e_mail(by: From, link: str = "") -> str:
    """The text of an e-mail: a reference number and, if there is one, the link to answer by. Nothing of any child."""
    how = f"You can answer here, without an account:\n{link}\n" if link else "Please call or write to us to answer it.\n"
    return (
        f"Reference: {by.number}\n\n"
        f"We have a request for a service. For confidentiality this message says nothing more of it.\n{how}\n"
        f"{by.name}, {by.agency}\n\n"
        "CONFIDENTIAL under Connecticut General Statutes § 17a-28. Do not forward.\n"
    )
