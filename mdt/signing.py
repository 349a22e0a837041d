"""Who may sign a consent for a child: never who is suspected of harming her, and she alone only where the law lets her.

28 CFR 94.115: consent is never given by the abuser of a minor; a minor who may lawfully get a service alone may consent alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.errors import NotAllowed
from mdt.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ALONE, OF_AGE = "minor alone", "the person herself, of age"
# Words by which reports tell how a suspected person stands to the child, by as what such a person would sign.
_STANDS_AS: dict[str, frozenset[str]] = {
    "parent": frozenset(
        {"parent", "parents", "mother", "father", "mom", "dad", "stepparent", "stepmother", "stepfather", "stepmom", "stepdad",
         "step", "biological", "adoptive", "madre", "padre"}
    ),
    "guardian": frozenset(
        {"guardian", "caretaker", "caregiver", "custodian", "foster", "grandmother", "grandfather", "grandparent", "aunt",
         "uncle", "sister", "brother", "sibling", "cousin", "relative", "tutor"}
    ),
    "legal representative": frozenset({"representative", "conservator", "agent"}),
    "attorney": frozenset({"attorney", "lawyer"}),
}  # fmt: skip
_CARES = ("parent", "guardian")  # whoever has the child in her care may sign as either


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed: what cannot be recorded, why never by a suspected person, and the section."""

    doing: str
    never: str


CONSENT = Signed("record the consent", "A consent is never given by the child's abuser (28 CFR 94.115).")
APPLICATION = Signed(
    "record who applies",
    "Another parent, guardian or legal representative may apply for the child (§ 54-204(a)), and no award may enrich the"
    " offender (§ 54-211(b)(1)).",
)


def refuse_suspected(signer: str, name: str, suspected: Iterable[Mapping[str, object]], of: Signed = CONSENT) -> None:
    """Raise `NotAllowed` if who signs is, or may be, a person whom a report suspects. `suspected`: what reports told of each.

    She is the same where the names agree; and where a suspected person stands to the child as the signer does, unless both are
    known by name and the names differ.
    """
    for one in suspected:
        known = _names(one)
        if any(_agree(name, told) for told in known):
            message = (
                f"Can't {of.doing}: who signed has the name of a person whom a report suspects. {of.never} Somebody else who"
                " may act for the child signs."
            )
            raise NotAllowed(message)
        if not (known and words_of(name)) and _stands_as(signer, one):
            message = (
                f"Can't {of.doing}: a report suspects a {_as(signer)} of the child, and without both names it may be who"
                f" signed. {of.never} Say who signs by name, and record the suspected person's name with another report; or let"
                " somebody else who may act for the child sign."
            )
            raise NotAllowed(message)


def _as(signer: str) -> str:
    return "parent or guardian" if signer in _CARES else signer


def _names(one: Mapping[str, object]) -> list[str]:
    return [str(one[field]) for field in ("name", "alias") if one.get(field)]


def _stands_as(signer: str, one: Mapping[str, object]) -> bool:
    told = set(words_of(str(one.get("relationship") or "")))
    kinds: Sequence[str] = _CARES if signer in _CARES else (signer,)
    return any(told & _STANDS_AS.get(kind, frozenset()) for kind in kinds)


def _agree(name: str, told: str) -> bool:
    """Whether two names may be one person's: all words of the shorter stand in the longer."""
    one, other = set(words_of(name)), set(words_of(told))
    return bool(one and other) and (one <= other or other <= one)
