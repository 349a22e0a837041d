"""The first room: what a referral says, as it comes in from a form or a file.

None of the eleven things a report shall contain "if known" (CGS § 17a-101d) is required: a report that knows little is
still a report (§ 17a-103a).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from mdt import forms, geography
from mdt.acts import Act, Form, New, Words, WordsMark
from mdt.errors import BadField
from mdt.facts import Fact
from mdt.law.period import age_on, eighteenth_birthday, local_date, start_of_day
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = TypeVar("Value")

OLDEST = 120
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
    found = None if value is None else geography.find(value)
    if found is not None:
        return found.name
    if value is None or elsewhere:
        return value
    meant = geography.likely(value)
    raise forms.refuse("is not a town of Connecticut" + (f"; did you mean {meant}?" if meant else ""))


Line = Annotated[str | None, BeforeValidator(_line)]
Narrative = Annotated[str | None, BeforeValidator(_narrative), WordsMark()]
YesNo = Annotated[bool | None, BeforeValidator(forms.yes_or_no)]
Day = Annotated[date | None, BeforeValidator(forms.day)]
Instant = Annotated[datetime | None, BeforeValidator(forms.instant), AfterValidator(_not_to_come)]


class NewReferral(BaseModel):
    """A referral that can be taken. Instants are UTC; None means unknown, never no.

    Validate with `context={"now": …}` to refuse what lies in the future. Neither its repr nor its errors tell what it
    holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    report_no: Annotated[str, BeforeValidator(_needed(_report_no))]
    received_at: Annotated[datetime, BeforeValidator(_needed(forms.instant)), AfterValidator(_not_to_come)]
    mode: Annotated[Literal["oral", "electronic", "written"], BeforeValidator(_needed(_mode))]
    reporter_class: Line = None
    reporter_mandated: Annotated[bool, BeforeValidator(_needed(forms.yes_or_no))]
    reporter_name: Line = None
    reported_in_school: YesNo = None
    child_given_name: Line = None
    child_family_name: Line = None
    child_birthdate: Annotated[Day, AfterValidator(_not_after_received)] = None
    child_age: Annotated[int | None, BeforeValidator(_age)] = None
    child_gender: Line = None
    child_in_state: YesNo = None  # stands before the town because the town is judged by it
    child_residence_town: Annotated[Line, AfterValidator(_home)] = None
    lives_at_home: YesNo = None
    in_dcf_care: YesNo = None
    missing: YesNo = None
    citizenship: Line = None
    incident_town: Annotated[Line, AfterValidator(_place)] = None
    incident_from: Annotated[Day, AfterValidator(_not_after_received)] = None
    incident_to: Annotated[Day, AfterValidator(_not_before_it_began)] = None
    online_component: YesNo = None
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
    return BadField(field, "is needed" if kind == "missing" else "cannot be read")


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
    "citizenship": "citizenship",
}
REPORT_WORDS = ("reporter_name", "suspected_person", "narrative", "action_taken")
TOLD = (
    "reporter_class", "suspected_relationship", "suspected_has_care_or_access", "commercial_sex", "forced_labor",
    "force_fraud_coercion", "imminent_risk", "online_component", "incident_town", "police_agency", "child_in_state",
)  # fmt: skip
CITIZEN = "US"


def accept(form: NewReferral, report: str) -> Accepted:
    """The facts that a referral tells of, the report under the id `report`. Nothing unknown is made up."""
    child = {column: getattr(form, field) for column, field in CHILD_COLUMNS.items()}
    told = {field: value for field in TOLD if (value := getattr(form, field)) is not None}
    return Accepted(
        tuple(_facts(form, report)), {k: "" if v is None and k != "birthdate" else v for k, v in child.items()}, told
    )


def _facts(form: NewReferral, report: str) -> Iterator[New]:
    words = {field: value for field in REPORT_WORDS if (value := getattr(form, field))}
    yield New(Fact.REPORT_RECEIVED, report, _report_data(form), words, form.received_at)
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
        "in_state": form.child_in_state,
        "noncitizen": None if form.citizenship is None else form.citizenship.upper() != CITIZEN,
        "minor": _was_minor(form),
    }
    return {name: value for name, value in data.items() if value is not None}


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
    mandated: bool = Field(title="By a mandated reporter")
    grave: bool | None = Field(default=None, title="Alleges sexual abuse, exploitation or serious physical abuse")
    online: bool | None = Field(default=None, title="Tells of abuse over the Internet")
    in_school: bool | None = Field(default=None, title="Made in a school")
    at_home: bool | None = Field(default=None, title="The child lives at home")
    in_care: bool | None = Field(default=None, title="The child is in DCF's care")
    reporter_name: Words = Field(default="", title="Reporter's name, if given")
    narrative: Words = Field(default="", title="What was reported")


ACTS: tuple[Act, ...] = (
    Act(
        "receive_another_report", "Record another report on this child", Fact.REPORT_RECEIVED, Room.REPORT, AnotherReport,
        after_closing=True,
    ),
)  # fmt: skip
