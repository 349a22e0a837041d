"""The first room: the facts that a referral tells of, and what else is taken in at the front door.

None of the eleven things a report shall contain "if known" (CGS § 17a-101d) is required: a report that knows little is
still a report (§ 17a-103a).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mdt.acts import Act, Form, New, Reason, Words, said
from mdt.countries import alpha2
from mdt.facts import Fact
from mdt.law.period import age_on, eighteenth_birthday, local_date, start_of_day
from mdt.process import Room
from mdt.referral import Suspected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdt.facts import Event
    from mdt.referral import NewReferral


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a referral amounts to: facts, the child's own row, and what the report told, words apart."""

    facts: tuple[New, ...]
    child: dict[str, Any]
    told: dict[str, Any]


CHILD_COLUMNS = {
    "given_name": "child_given_name",
    "family_name": "child_family_name",
    "birthdate": "child_birthdate",
    "gender": "child_gender",
    "town": "child_residence_town",
    "address": "child_address",
    "phone": "child_phone",
    "citizenship": "citizenship",
}
REPORT_WORDS = (
    "reporter_name", "reporter_phone", "suspected_person", "narrative", "parents", "unsafe_because", "prior_harm", "how_known",
    "why_suspected", "prior_cases", "action_taken",
)  # fmt: skip
TOLD = (
    "reporter_class", "reporter_confidential", "suspected_relationship", "suspected_has_care_or_access", "commercial_sex",
    "forced_labor", "force_fraud_coercion", "imminent_risk", "online_component", "incident_town", "incident_time",
    "police_agency", "child_in_state", "child_age",
)  # fmt: skip
ALSO_TOLD = ("suspected", "child")  # each with fields of its own; `child`: what a further report says of her
NATIONAL = frozenset({"US", "PR", "GU", "VI", "MP", "AS", "UM"})


def accept(form: NewReferral, report: str) -> Accepted:
    """The facts that a referral tells of, the report under the id `report`. Nothing unknown is made up."""
    child = {column: getattr(form, field) for column, field in CHILD_COLUMNS.items()}
    told = {field: value for field in TOLD if (value := getattr(form, field)) is not None}
    if persons := suspected(form):
        told["suspected"] = [person.model_dump(exclude_none=True) for person in persons]
    return Accepted(
        tuple(_facts(form, report)), {k: "" if v is None and k != "birthdate" else v for k, v in child.items()}, told
    )


def suspected(form: NewReferral) -> tuple[Suspected, ...]:
    """Who is suspected; of a file that knows one person alone, that one."""
    if form.suspected or not (form.suspected_person or form.suspected_relationship):
        return form.suspected
    return (
        Suspected(
            name=form.suspected_person,
            relationship=form.suspected_relationship,
            has_care_or_access=form.suspected_has_care_or_access,
        ),
    )


def _facts(form: NewReferral, report: str) -> Iterator[New]:
    words = {field: value for field in REPORT_WORDS if (value := getattr(form, field))}
    yield New(Fact.REPORT_RECEIVED, report, _report_data(form), words, form.received_at)
    if form.unsafe_to_contact is not None:
        yield New(Fact.CONTACT_SAFETY_LEARNED, "", {"unsafe": form.unsafe_to_contact}, {}, form.received_at)
    if form.missing and form.in_dcf_care:
        yield New(Fact.MISSING_FROM_CARE, "", {}, {}, form.received_at)
    if form.online_component and form.police_told_at:
        # § 29-7e(c) runs from the police unit's own word of it, whoever brought it.
        yield New(Fact.POLICE_HEARD_OF_ONLINE_ABUSE, report, {}, {}, form.police_told_at)
    if form.incident_from:
        # The earliest day told of: the claim's time then ends on the safe side for the child (§ 54-211(a)(1)(A)).
        yield New(Fact.INJURY_OCCURRED, "", {}, {}, start_of_day(form.incident_from))


def _report_data(form: NewReferral) -> dict[str, Any]:
    data = {
        "mode": form.mode,
        "mandated": form.reporter_mandated,
        "grave": True if form.commercial_sex else None,  # § 17a-101b(c)(4); that it was not for money does not make it no
        "online": form.online_component,
        "in_school": form.reported_in_school,
        "at_home": form.lives_at_home,
        "in_care": form.in_dcf_care,
        "missing": form.missing,
        "in_state": form.child_in_state,
        "noncitizen": _noncitizen(form.citizenship),
        "minor": _was_minor(form),
    }
    return {name: value for name, value in data.items() if value is not None}


def _noncitizen(told: str | None) -> bool | None:
    """Whether somebody of that citizenship is no citizen or national of the United States; None if it is not understood.

    Of several, one is enough. Who was born in Puerto Rico or another of the islands is a citizen or national (8 USC 1401-1408).
    """
    named = [alpha2(word) for word in re.split("[;,/]", told or "") if word.strip()]
    if not named or None in named:
        return False if NATIONAL.intersection(named) else None
    return not NATIONAL.intersection(named)


def _was_minor(form: NewReferral) -> bool | None:
    if form.child_birthdate is not None:
        return local_date(form.received_at) < eighteenth_birthday(form.child_birthdate)
    return None if form.child_age is None else form.child_age < MAJORITY


MAJORITY = 18  # § 17a-106f(a)


def age_at(form: NewReferral) -> int | None:
    """The child's age in years on the day of the report, from the birthdate, else as told."""
    if form.child_birthdate is None:
        return form.child_age
    return age_on(local_date(form.received_at), form.child_birthdate)


class AnotherReport(Form):
    """Another report on the child of a case that there is: it opens its own clocks, and reopens a closed case."""

    mode: Literal["oral", "electronic", "written"] = Field(title="How it was made")
    mandated: bool | None = Field(default=None, title="By a mandated reporter")
    grave: bool | None = Field(default=None, title="Alleges sexual abuse, exploitation or serious physical abuse")
    online: bool | None = Field(default=None, title="Tells of abuse over the Internet")
    in_school: bool | None = Field(default=None, title="Made in a school")
    at_home: bool | None = Field(default=None, title="The child lives at home")
    in_care: bool | None = Field(default=None, title="The child is in DCF's care")
    missing: bool | None = Field(default=None, title="The child is missing")
    reporter_name: Words = Field(default="", title="Reporter's name, if given")
    narrative: Words = Field(default="", title="What was reported")


class TakeUp(Form):
    """Somebody looks at the report from now on."""


class NoReport(Form):
    """Why what was taken for a report is none. DCF takes every report (§ 17a-103a): this is no way to decline one."""

    because: Literal["entered by mistake", "entered twice", "a test", "no child is told of"] = Field(title="Because")
    reason: Reason = Field(title="What happened")


class ContactSafety(Form):
    """Whether it is safe to write to or ring the child or the family. Every notice honours it."""

    unsafe: bool = Field(title="It is unsafe to contact the child or the family")
    what_is_safe: Words = Field(default="", title="What is safe, what is not")


def _another(form: AnotherReport, _history: Sequence[Event]) -> list[New]:
    received = said(Fact.REPORT_RECEIVED, form)
    gone = [New(Fact.MISSING_FROM_CARE, "")] if form.missing and form.in_care else []
    return [received, *gone]


ACTS: tuple[Act, ...] = (
    Act(
        "receive_another_report", "Record another report on this child", Fact.REPORT_RECEIVED, Room.REPORT, AnotherReport,
        _another, after_closing=True,
    ),
    Act("take_up_report", "Take the report up", Fact.REPORT_TAKEN_UP, Room.REPORT, TakeUp),
    Act("find_invalid", "Record that this was no report", Fact.REPORT_FOUND_INVALID, Room.REPORT, NoReport,
        not_by=Fact.REPORT_RECEIVED, after_closing=True),
    Act("record_contact_safety", "Record whether contact is safe", Fact.CONTACT_SAFETY_LEARNED, Room.REPORT, ContactSafety,
        after_closing=True),
)  # fmt: skip
