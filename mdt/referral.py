"""A referral: what a form or a row of a file says of one child, friendly about form and strict about meaning.

None of the eleven things a report shall contain "if known" (CGS § 17a-101d) is required: a report that knows little is
still a report (§ 17a-103a).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from mdt import forms, geography
from mdt.acts import WordsMark
from mdt.errors import BadField
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

OLDEST = 120
MOST_CHILDREN, MOST_SUSPECTED = 50, 20  # of one report
LONGEST_NUMBER, LONGEST_LINE, LONGEST_NARRATIVE = 64, 200, 50_000  # characters
THE_WHOLE = "referral"  # the field named when it is no single field that is wrong


def _needed(read: Callable[[object], Value | None]) -> Callable[[object], Value]:
    def reads(value: object) -> Value:
        found = read(value)
        if found is None:
            raise forms.refuse("is needed")
        return found

    return reads


def _report_no(value: object) -> str | None:
    return forms.line(value, LONGEST_NUMBER)


def _mode(value: object) -> str | None:
    return forms.one_of(value, ("oral", "electronic", "written"))


def _line(value: object) -> str | None:
    return forms.line(value, LONGEST_LINE)


def _narrative(value: object) -> str | None:
    return forms.narrative(value, LONGEST_NARRATIVE)


def _age(value: object) -> int | None:
    return forms.number(value, OLDEST)


def _nth(value: object) -> int | None:
    found = forms.number(value, MOST_CHILDREN)
    if found == 0:
        raise forms.refuse("counts the children of one report from 1")
    return 1 if found is None else found


def _persons(value: object) -> object:
    return () if value is None or (isinstance(value, str) and not value.strip()) else value


def _not_to_come(value: datetime | None, info: ValidationInfo) -> datetime | None:
    now = (info.context or {}).get("now")
    if value is not None and now is not None and value > now:
        raise forms.refuse("lies in the future")
    return value


def _not_after_received(value: date | None, info: ValidationInfo) -> date | None:
    received = info.data.get("received_at")
    if value is not None and received is not None and value > local_date(received):
        raise forms.refuse("is after the day on which the report was received")
    return value


def _not_before_it_began(value: date | None, info: ValidationInfo) -> date | None:
    began = info.data.get("incident_from")
    if value is not None and began is not None and value < began:
        raise forms.refuse("is before the day on which the incident began")
    return value


def _home(value: str | None, info: ValidationInfo) -> str | None:
    return _town(value, elsewhere=info.data.get("child_in_state") is False)


def _place(value: str | None) -> str | None:
    # "Springfield, MA" is a place elsewhere; a name without a state is taken for one of ours.
    return _town(value, elsewhere=value is not None and "," in value)


def _town(value: str | None, *, elsewhere: bool) -> str | None:
    if value is None or (elsewhere and geography.find(value) is None):
        return value
    return of_ours(value)


def of_ours(name: str) -> str:
    """The town as we write it. Refuses what is none of Connecticut's, and says which is likely meant."""
    town = geography.find(name)
    if town is None:
        meant = geography.likely(name)
        raise forms.refuse("is not a town of Connecticut" + (f"; did you mean {meant}?" if meant else ""))
    return town.name


# Where a child lives tells of her: an act keeps it apart from the facts, like words.
OurTown = Annotated[str, StringConstraints(max_length=geography.LONGEST), AfterValidator(of_ours), WordsMark()]
Line = Annotated[str | None, BeforeValidator(_line)]
Narrative = Annotated[str | None, BeforeValidator(_narrative), WordsMark()]
YesNo = Annotated[bool | None, BeforeValidator(forms.yes_or_no)]
Day = Annotated[date | None, BeforeValidator(forms.day)]
Instant = Annotated[datetime | None, BeforeValidator(forms.instant), AfterValidator(_not_to_come)]


class Suspected(BaseModel):
    """A person whom somebody suspects, by whatever fragment is known: the name may be an alias, the car half a plate."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Line = None
    alias: Line = None
    phone: Line = None
    handle: Line = None  # the name used on the Internet
    vehicle: Line = None
    place: Line = None
    relationship: Line = None
    has_care_or_access: YesNo = None

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Nothing."""
        return []


class NewReferral(BaseModel):
    """A referral that can be taken. Instants are UTC; None means unknown, never no.

    Validate with `context={"now": …}` to refuse what lies in the future. Neither its repr nor its errors tell what it
    holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    report_no: Annotated[str, BeforeValidator(_needed(_report_no))]
    child_no: Annotated[int, BeforeValidator(_nth)] = 1  # one report may tell of several children
    received_at: Annotated[datetime, BeforeValidator(_needed(forms.instant)), AfterValidator(_not_to_come)]
    mode: Annotated[Literal["oral", "electronic", "written"], BeforeValidator(_needed(_mode))]
    reporter_class: Line = None
    reporter_mandated: YesNo = None  # unknown: the shorter clock counts (`mdt.turns`)
    reporter_name: Line = None
    reporter_phone: Line = None
    reporter_confidential: YesNo = None  # asked not to be named; § 17a-28(f) protects the name either way
    reported_in_school: YesNo = None
    child_given_name: Line = None
    child_family_name: Line = None
    child_birthdate: Annotated[Day, AfterValidator(_not_after_received)] = None
    child_age: Annotated[int | None, BeforeValidator(_age)] = None
    child_gender: Line = None
    child_in_state: YesNo = None  # stands before the town because the town is judged by it
    child_residence_town: Annotated[Line, AfterValidator(_home)] = None
    child_address: Line = None
    child_phone: Line = None
    parents: Narrative = None  # or whoever else is responsible for her care, with addresses
    unsafe_to_contact: YesNo = None
    unsafe_because: Narrative = None
    lives_at_home: YesNo = None
    in_dcf_care: YesNo = None
    missing: YesNo = None
    citizenship: Line = None
    incident_town: Annotated[Line, AfterValidator(_place)] = None
    incident_from: Annotated[Day, AfterValidator(_not_after_received)] = None
    incident_to: Annotated[Day, AfterValidator(_not_before_it_began)] = None
    incident_time: Line = None  # about when, as it was told
    online_component: YesNo = None
    suspected: Annotated[tuple[Suspected, ...], BeforeValidator(_persons)] = Field(default=(), max_length=MOST_SUSPECTED)
    suspected_person: Line = None
    suspected_relationship: Line = None
    suspected_has_care_or_access: YesNo = None
    commercial_sex: YesNo = None
    forced_labor: YesNo = None
    force_fraud_coercion: YesNo = None
    imminent_risk: YesNo = None
    police_agency: Line = None
    police_told_at: Instant = None
    narrative: Narrative = None
    prior_harm: Narrative = None  # to the child or to siblings, § 17a-101d(6)
    how_known: Narrative = None  # § 17a-101d(7)
    why_suspected: Narrative = None  # § 17a-101d(9)
    prior_cases: Narrative = None  # with the suspected persons, § 17a-101d(10)
    action_taken: Narrative = None

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Only the report number."""
        return [("report_no", self.report_no)]


def fields_wrong(error: ValidationError) -> list[BadField]:
    """What a person has to correct, field by field; no value is repeated."""
    wrong = error.errors(include_url=False, include_input=False)
    return [_bad_field(str(e["type"]), e["loc"], e.get("ctx", {})) for e in wrong]


def _bad_field(kind: str, where: tuple[int | str, ...], context: dict[str, object]) -> BadField:
    field = str(where[0]) if where else ""
    if field not in NewReferral.model_fields:  # a name we don't know may itself be what must not be repeated
        return BadField(THE_WHOLE, "has a field that a referral does not have" if field else "is not a set of fields")
    if kind == forms.REFUSED:
        return BadField(field, str(context["reason"]))
    if kind == "too_long":
        return BadField(field, f"can be of at most {context['max_length']} persons")
    return BadField(field, "is needed" if kind == "missing" else "cannot be read")
