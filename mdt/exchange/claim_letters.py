"""Letters to OVS or the court that the applicant signs: a title and paragraphs, with room for who signs; of nobody by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.exchange.documents import Paper, Part, cleaned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.exchange.claim_packet import By

TO_OVS = "Office of Victim Services, State of Connecticut Judicial Branch"
TO_COURT = "Superior Court, Judicial District of Hartford"
BY_HAND = "What I ask to be looked at again, and why (by hand, or on sheets that are added):"
SIGNS = ("Applicant, or who applies for the victim",)


def letter(
    title: str, paragraphs: Sequence[str], by: By, *, law: str, to: str = TO_OVS, stamp: Sequence[str] = (),
    consent: Sequence[tuple[str, str]] = (),
) -> Paper:  # fmt: skip
    """The letter, with the consent by which DCF's record is in it.

    The applicant's and the victim's names, and OVS's number, are filled in by hand.
    """
    parts = (
        Part("To", lines=(("To", to),)),
        Part("From", blanks=("Applicant", "Victim", "OVS claim number, if there is one")),
        Part(title, "\n\n".join(paragraphs)),
        *((Part("Consent that accompanies this (§ 17a-28(k))", lines=tuple(consent)),) if consent else ()),
    )
    foot = f"Case {by.number} · made on {by.made_at} by {by.name}, {by.agency}"
    kept = tuple(stamp) or (f"CONFIDENTIAL. For the {to} alone.",)
    return cleaned(Paper(title, law, by.number, kept, parts, SIGNS, foot))


def review_request(determination: str, mailed: str, last_day: str) -> tuple[str, tuple[str, ...]]:
    """The request that a commissioner review OVS's determination (§ 54-205(b)): its title and paragraphs."""
    asks = (
        f"I ask that a victim compensation commissioner review the {determination} of the Office of Victim Services. Its notice"
        f" was mailed on {mailed} (§ 54-205(b))."
    )
    until = (
        f"The time for this request ends on {last_day}. It is filed with the Office of Victim Services, with the form that the"
        " Office of the Chief Court Administrator prescribes."
    )
    heard = "I ask to be heard, and to hand in further papers (§ 54-205(c), (e))."
    return "Request for review by a victim compensation commissioner", (asks, until, heard, BY_HAND)


def waiver_review_request(mailed: str, last_day: str) -> tuple[str, tuple[str, ...]]:
    """The request that a commissioner review a denied waiver (§ 54-211(a)(5)): its title and paragraphs."""
    asks = (
        "I ask that a victim compensation commissioner review the denial of the waiver of the time to apply. Its notice was"
        f" mailed on {mailed} (§ 54-211(a)(5))."
    )
    return "Request for review of a denied waiver", (asks, f"The time for this request ends on {last_day}.", BY_HAND)


def appeal_note(sent: str, strict_day: str, rolled_day: str) -> tuple[str, tuple[str, ...]]:
    """The note that goes with an appeal (§ 54-211a): its title and paragraphs. The demand itself is a lawyer's."""
    until = f"no later than {strict_day}"
    if rolled_day != strict_day:
        until += f" (the court is closed that day; {rolled_day} may still do, but do not count on it)"
    filed = (
        f"The commissioner's decision was sent on {sent}. The demand for a trial de novo is filed with the {TO_COURT},"
        f" {until} (§ 54-211a)."
    )
    goes = "With this go the decision, how and when it was sent, and the demand."
    lawyer = "An appeal is a civil action. Have a lawyer look at it before that day; legal aid can be asked for."
    return "Cover note: demand for a trial de novo", (filed, goes, lawyer)
