"""The DCF rooms: classify the report, tell whom the law names, screen, determine.

The three legal flags stay apart (§ 46a-170(i), § 53a-192a(a)(2), the federal severe form). Force unproven never closes a
case: § 17a-106f(a)(2) asks only for a reasonable belief. A score is the worker's tool and never the determination.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from mdt import forms, geography
from mdt.acts import Act, Form, New, Reason, WordsMark, said
from mdt.facts import Fact
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event
    from mdt.geography import Town

F = Fact
YesNoUnknown = Literal["yes", "no", "unknown"]
PlacedBy = Literal["residence", "occurrence"]


def _of_ours(name: str) -> str:
    town = geography.find(name)
    if town is None:
        raise forms.refuse("is not a town of Connecticut")
    return town.name


# Where a child lives tells of her: kept apart from the facts, like words.
TownName = Annotated[str, StringConstraints(max_length=geography.LONGEST), AfterValidator(_of_ours), WordsMark()]


class PlaceCase(Form):
    """§ 17a-101g(a): the town where the child resides, or where it occurred, said by a person where no report says it."""

    town: TownName = Field(title="Town")
    town_of: PlacedBy = Field(title="The town of")


class Classification(Form):
    """§ 17a-101g(a)."""

    classification: Literal["emergency", "other", "perpetrator not a caregiver"] = Field(title="Class")


class Told(Form):
    """Somebody was told."""

    agency: Literal["local police", "State Police", "FBI", "other"] = Field(default="local police", title="Told to")
    how: Literal["phone", "in person", "e-mail", "fax", "portal"] = Field(default="phone", title="How")


class Withheld(Form):
    """§ 17a-103b(a): a recorded human decision, never a default."""

    ground: Literal[
        "may interfere with a criminal investigation", "may endanger a person", "not in the child's best interests"
    ] = Field(title="Ground")
    reason: Reason = Field(title="Why")


class Screened(Form):
    """The screening: the instrument's band, and each legal flag with its own answer."""

    band: Literal["none", "low", "medium", "high"] = Field(default="none", title="Band of the instrument, if used")
    ct_46a170: YesNoUnknown = Field(default="unknown", title="Force, fraud, coercion or deception (§ 46a-170(i))")
    ct_53a192a_minor: YesNoUnknown = Field(default="unknown", title="Minor induced, no force needed (§ 53a-192a(a)(2))")
    fed_severe_form: YesNoUnknown = Field(default="unknown", title="Federal severe form (22 USC 7102)")


class ScreenedOut(Screened):
    """A screen-out says why, and waits for a supervisor who is not the screener."""

    because: Literal["no indication of trafficking", "allegation disproved", "another agency's case", "other"] = Field(
        title="Because"
    )
    reason: Reason = Field(title="Reason")


class Returned(Form):
    """Sent back, with a reason."""

    reason: Reason = Field(title="Reason")


class Inquiry(Form):
    """DCF asks the reporter."""


class Citizenship(Form):
    """What was learned of the child's citizenship; HHS is told only of children who are not citizens."""

    noncitizen: bool = Field(title="The child is not a citizen or national of the United States")


class Missing(Form):
    """Missing from care: placement, care or supervision of the agency."""


class OnlineWord(Form):
    """When a police unit got word of abuse over the Internet, whoever told it."""


def _place(form: PlaceCase, _history: Sequence[Event]) -> list[New]:
    town = next(t for t in geography.towns() if t.name == form.town)
    return [replace(said(F.CASE_PLACED, form), data=placed(town, None, form.town_of).data)]


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, more.pop("room", Room.REPORT), form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("record_cause", "Record when the reporter first had cause", F.CAUSE_AROSE, not_after=F.REPORT_RECEIVED),
    _act("record_oral_report_to_police", "Record that police took an oral report", F.POLICE_TOOK_ORAL_REPORT,
         not_after=F.REPORT_RECEIVED),
    _act("place_case", "Place the case by its town", F.CASE_PLACED, PlaceCase, decide=_place),
    _act("classify_report", "Classify the report", F.REPORT_CLASSIFIED, Classification),
    _act("notify_police", "Record that the police were notified", F.POLICE_NOTIFIED, Told),
    _act("refer_to_police", "Refer the report to the local police", F.REFERRED_TO_POLICE, Told),
    _act("record_written_report", "Record the written report", F.WRITTEN_REPORT_RECEIVED),
    _act("make_inquiry", "Record an inquiry to the reporter", F.INQUIRY_MADE, Inquiry),
    _act("record_answer", "Record the reporter's answer", F.INQUIRY_ANSWERED),
    _act("commence_investigation", "Record that the investigation commenced", F.INVESTIGATION_COMMENCED),
    _act("complete_investigation", "Record that the investigation is complete", F.INVESTIGATION_COMPLETED),
    _act("notify_parents", "Record that the parents were notified", F.PARENTS_NOTIFIED),
    _act("withhold_parent_notice", "Withhold the notice to the parents", F.PARENT_NOTICE_WITHHELD, Withheld),
    _act("substantiate_abuse", "Record that abuse was substantiated", F.ABUSE_SUBSTANTIATED),
    _act("notify_parents_of_substantiation", "Record the notice of substantiation", F.SUBSTANTIATION_NOTICE_GIVEN),
    _act("withhold_substantiation_notice", "Withhold the notice of substantiation", F.SUBSTANTIATION_NOTICE_WITHHELD,
         Withheld),
    _act("act_on_school_report", "Record the action on the school's report", F.SCHOOL_REPORT_ACTED_ON),
    _act("record_online_word", "Record that the police heard of online abuse", F.POLICE_HEARD_OF_ONLINE_ABUSE, OnlineWord),
    _act("give_icac_notice", "Record the notice to the ICAC task force", F.ICAC_NOTICE_GIVEN),
    _act("record_citizenship", "Record the child's citizenship", F.CITIZENSHIP_LEARNED, Citizenship),
    _act("tell_hhs", "Record that HHS was told", F.HHS_TOLD),
    _act("record_missing_from_care", "Record that the child is missing from care", F.MISSING_FROM_CARE, Missing),
    _act("tell_police_missing", "Record that the police were told of the missing child", F.MISSING_CHILD_POLICE_TOLD),
    _act("tell_ncmec", "Record that NCMEC was told", F.NCMEC_TOLD),
    _act("locate_child", "Record that the child was located", F.CHILD_LOCATED),
    _act("report_missing_child", "Record that a missing child was reported to police", F.MISSING_CHILD_REPORTED),
    _act("accept_missing_report", "Record that police accepted the missing-child report", F.MISSING_REPORT_ACCEPTED),
    _act("begin_protective_custody", "Record that protective custody began", F.PROTECTIVE_CUSTODY_BEGAN),
    _act("end_protective_custody", "Record that protective custody ended", F.PROTECTIVE_CUSTODY_ENDED),
    _act("tell_police_identified", "Record that police were told of the identified child", F.IDENTIFIED_CHILD_POLICE_TOLD),
    _act("determine_crime", "Record that an officer determined a crime", F.CRIME_DETERMINED),
    _act("give_rights_card", "Record that the rights card was given", F.RIGHTS_CARD_GIVEN),
    _act("identify_victim", "Identify the child as a victim", F.VICTIM_IDENTIFIED, Screened, room=Room.SCREENING,
         may_follow=F.VICTIM_BELIEVED),
    _act("believe_victim", "Record a reasonable belief", F.VICTIM_BELIEVED, Screened, room=Room.SCREENING),
    _act("screen_out", "Screen the report out", F.SCREENED_OUT, ScreenedOut, room=Room.SCREENING),
    _act("end_not_a_minor", "Record that this is not a minor child", F.NOT_A_MINOR, room=Room.SCREENING),
    _act("end_not_a_resident", "Record that the child does not reside in the state", F.NOT_A_RESIDENT, room=Room.SCREENING),
    _act("approve_screen_out", "Approve the screen-out", F.SCREEN_OUT_APPROVED, room=Room.SCREENING, not_by=F.SCREENED_OUT),
    _act("return_screen_out", "Return the screen-out", F.SCREEN_OUT_RETURNED, Returned, room=Room.SCREENING,
         not_by=F.SCREENED_OUT),
    _act("look_again", "Record the second look", F.LOOKED_AGAIN, room=Room.SCREENING, not_by=F.SCREEN_OUT_APPROVED),
)  # fmt: skip


def placed(town: Town, team: str | None, by: PlacedBy) -> New:
    """The fact that a case was placed: with the area office, region and district of a town, and the team that serves it."""
    where = {
        "office": town.dcf_area_office,
        "region": town.dcf_region,
        "district": town.judicial_district,
        "team": team,
        "by": by,
    }
    return New(F.CASE_PLACED, "", {k: v for k, v in where.items() if v is not None})
