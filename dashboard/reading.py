"""What the form of a report holds so far, made into referrals: one a child, each with what all of them have in common.

Nothing here draws. A field's name within the draft is its own for what is asked once, and has the child's or the person's mark
in front (`c0-`, `s2-`) for what is asked of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mdt import asking
from mdt.law.period import EASTERN
from mdt.referral import NewReferral, Suspected, fields_wrong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mdt.asking import Ask, Clock

CHILDREN, PERSONS = "children", "persons"  # the marks of those who are in the form, in order
SIGNS = (
    "commercial_sex", "forced_labor", "force_fraud_coercion", "imminent_risk", "missing", "in_dcf_care", "lives_at_home",
    "citizenship",
)  # fmt: skip
IDENTITY = (
    "child_given_name", "child_family_name", "child_birthdate", "child_age", "child_gender", "child_phone",
    "child_residence_town", "child_in_state", "child_address", "parents",
)  # fmt: skip
HOUSEHOLD = ("child_family_name", "child_residence_town", "child_in_state", "child_address", "child_phone", "parents")
PERSON = tuple(Suspected.model_fields)
OF_EACH = frozenset((*IDENTITY, *SIGNS))
COMMON = tuple(
    name for name in NewReferral.model_fields if name not in OF_EACH and name != "child_no" and not name.startswith("suspected")
)
NEEDED = {"report_no", "received_at", "mode"}
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the report: what was typed, what of it can be read, and the mark of its fields."""

    mark: str
    nth: int
    typed: dict[str, Any]
    told: dict[str, Any]
    kin: str

    @property
    def title(self) -> str:
        """Which child, without a name."""
        return f"{nth(self.nth)} child"


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole form: its children, the reason of each field that has to be corrected, and what is needed and not there."""

    children: tuple[Child, ...]
    wrong: dict[str, str]
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def to_ask(self) -> list[tuple[str, Ask]]:
        """What is still to be asked, each with the child that it is asked of; none named if it is asked once for all."""
        of_whom = {child.title: asking.to_ask(child.told) for child in self.children}
        several = len(self.children) > 1
        found = [(who if several and ask.fields[0] in OF_EACH else "", ask) for who, asks in of_whom.items() for ask in asks]
        return list(dict.fromkeys(found))

    def starts(self, now: datetime) -> list[Clock]:
        """The clocks that taking it now would start; none until it is known how it came and from whom."""
        if not self.children[0].told.keys() >= NEEDED:
            return []
        found = [clock for child in self.children for clock in asking.starts(NewReferral.model_validate(child.told), now)]
        return sorted(dict.fromkeys(found), key=lambda clock: (bool(clock.once), clock.due))

    def forms(self, now: datetime) -> list[NewReferral]:
        """The referrals, once nothing is wrong and nothing that is needed is missing. Raises `ValidationError`."""
        return [NewReferral.model_validate(child.typed, context={"now": now}) for child in self.children]


def nth(number: int) -> str:
    """First, Second … in words, then in figures."""
    return ORDINALS[number - 1] if number <= len(ORDINALS) else f"{number}th"


def reads(values: Mapping[str, Any], given: Mapping[str, Any], now: datetime) -> Reading:
    """What the widgets hold (`values`); `given` is what stands for a field that nobody has filled in or changed."""
    persons, wrong = _persons(values)
    common = dict(given) | _filled(values, COMMON) | _as_given(values, given)
    if persons:
        common["suspected"] = persons
    children = []
    for number, mark in enumerate(values.get(CHILDREN) or ["c0"], 1):
        typed = common | _filled(values, OF_EACH, f"{mark}-") | {"child_no": number}
        told, bad = asking.understood(typed, now)
        wrong |= {(f"{mark}-{b.field}" if b.field in OF_EACH else b.field): b.reason for b in bad}
        children.append(Child(mark, number, typed, told, str(values.get(f"{mark}-kin") or "")))
    return Reading(tuple(children), wrong, _missing(children[0].typed, wrong))


def _filled(values: Mapping[str, Any], names: Sequence[str] | frozenset[str], mark: str = "") -> dict[str, Any]:
    """The fields that say something: a blank, or "unknown", says nothing."""
    found = {name: values.get(mark + name) for name in names}
    return {name: value for name, value in found.items() if value not in (None, "unknown") and str(value).strip()}


def _as_given(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """An instant left as it was shown is the very instant, seconds included; blanked, it is none."""
    at = given["received_at"]
    typed = values.get("received_at", shown(at))
    return {"received_at": at if str(typed).strip() == shown(at) else typed}


def shown(instant: datetime) -> str:
    """An instant as it is typed here, in Connecticut's time."""
    return f"{instant.astimezone(EASTERN):%m/%d/%Y %H:%M}"


def _persons(values: Mapping[str, Any]) -> tuple[tuple[Suspected, ...], dict[str, str]]:
    """The suspected persons of whom anything is known, and what has to be corrected of them."""
    found: list[Suspected] = []
    wrong: dict[str, str] = {}
    for mark in values.get(PERSONS) or []:
        person, bad = asking.person_understood(_filled(values, PERSON, f"{mark}-"))
        wrong |= {f"{mark}-{name}": reason for name, reason in bad.items()}
        if person != Suspected():
            found.append(person)
    return tuple(found), wrong


def _missing(typed: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, str]:
    """The few fields without which no report can be taken, as far as they are blank."""
    left = {name: value for name, value in typed.items() if name not in wrong}
    try:
        NewReferral.model_validate(left)
    except ValidationError as error:
        return {bad.field: bad.reason for bad in fields_wrong(error) if bad.field in NEEDED - wrong.keys()}
    return {}
