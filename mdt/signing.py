"""Who may sign a consent for a child: never who is suspected of harming her, and she alone only where the law lets her.

28 CFR 94.115: consent is never given by the abuser of a minor; a minor who may lawfully get a service alone may consent alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.errors import NotAllowed
from mdt.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
_MAY_BE_KIN = frozenset({*_CARES, "legal representative", "dependant"})  # as what a parent or guardian may sign too
_WHOSE = re.compile(r"(?<=\w)\s+(?:of|de|del)\s.*", re.IGNORECASE | re.DOTALL)  # a friend of the mother is no mother


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

    She is the same where a name or an alias agrees; and where a suspected person stands to the child as the signer may, unless
    both are known by name and the names differ. An alias that differs tells nothing.
    """
    for one in suspected:
        if any(_agree(name, str(one[field])) for field in ("name", "alias") if one.get(field)):
            message = (
                f"Can't {of.doing}: who signed has the name of a person whom a report suspects. {of.never} Somebody else who"
                " may act for the child signs."
            )
            raise NotAllowed(message)
        if not (one.get("name") and words_of(name)) and _stands_as(signer, one):
            message = (
                f"Can't {of.doing}: by a report's words a suspected person stands to the child as {_as(signer)}, and without"
                f" both names it may be who signed. {of.never} Say who signs by name, and record the suspected person's name"
                " with another report; or let somebody else who may act for the child sign."
            )
            raise NotAllowed(message)


def _as(signer: str) -> str:
    return "parent, guardian or representative" if signer in _MAY_BE_KIN else signer


def _stands_as(signer: str, one: Mapping[str, object]) -> bool:
    told = set(words_of(_WHOSE.sub("", str(one.get("relationship") or ""))))
    kinds = {signer, *_CARES} if signer in _MAY_BE_KIN else {signer}
    return any(told & _STANDS_AS.get(kind, frozenset()) for kind in kinds)


def _agree(name: str, told: str) -> bool:
    """Whether two names may be one person's: all words of the shorter stand in the longer."""
    one, other = set(words_of(name)), set(words_of(told))
    return bool(one and other) and (one <= other or other <= one)
