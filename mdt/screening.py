"""The DCF room: place the case, classify the report, screen, determine.

The three legal flags stay apart (§ 46a-170(i), § 53a-192a(a)(2), the federal severe form). Force unproven never closes a
case: § 17a-106f(a)(2) asks only for a reasonable belief. A score is the worker's tool and never the determination: it opens
and ends no step, and the lowest screens nobody out.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

from mdt import forms, geography, instruments
from mdt.acts import Act, Form, New, Reason, Words, WordsMark, said
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.instruments import Answer, Instrument, Shelf
from mdt.process import Room
from mdt.referral import OurTown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mdt.facts import Event
    from mdt.geography import Town

F = Fact
YesNoUnknown = Literal["yes", "no", "unknown"]
PlacedBy = Literal["residence", "occurrence"]


class PlaceCase(Form):
    """§ 17a-101g(a): the town where the child resides, or where it occurred, said by a person where no report says it."""

    town: OurTown = Field(title="Town")
    town_of: PlacedBy = Field(title="The town of")


class Classification(Form):
    """§ 17a-101g(a)."""

    classification: Literal["emergency", "other", "perpetrator not a caregiver"] = Field(title="Class")


SHORT = 2_000  # characters


def _short(text: str) -> str:
    if len(text) > SHORT:
        raise forms.refuse(f"is longer than {SHORT:,} characters")
    return text


Short = Annotated[Words, AfterValidator(_short)]


class Evidence(BaseModel):
    """What an answer rests on, and where that comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    what: Short = ""
    source: Short = ""


WORDS_OF_A_SCORE = "screening"  # the one narrative field in which answers and evidence lie


class ScoreScreening(Form):
    """The answers to an instrument, as far as they are known: it may be recorded again and again, and each time adds.

    Validate with `context={"shelf": …}` where the agency has instruments of its own; without it there are those that ship.
    The score is computed here, and no form can claim one.
    """

    instrument: instruments.Code = Field(title="Instrument")
    version: instruments.Number = Field(title="Version")
    language: instruments.Language = Field(title="Language it was asked in")
    answers: Annotated[dict[str, Answer], WordsMark()] = Field(title="Answers", min_length=1)
    evidence: Annotated[dict[str, Evidence], WordsMark()] = Field(default={}, title="What the answers rest on")
    _of: Instrument = PrivateAttr()

    @model_validator(mode="after")
    def _of_that_instrument(self, info: ValidationInfo) -> Self:
        at_hand: Shelf = (info.context or {}).get("shelf") or instruments.shelf()
        found = at_hand.find(self.instrument, self.version)
        if found is None:
            raise forms.refuse("there is no such version of such an instrument here")
        if self.language not in found.languages:
            raise forms.refuse("the instrument is not written in that language")
        if not {*self.answers, *self.evidence} <= {item.key for item in found.items}:
            raise forms.refuse("an answer is to no item of this instrument")
        self._of = found
        return self

    @property
    def score(self) -> instruments.Score:
        """What the answers amount to."""
        return instruments.score(self._of, self.answers)


class Answers(BaseModel):
    """The words of a score, unsealed: each answer, and what it rests on."""

    answers: dict[str, Answer]
    evidence: dict[str, Evidence]


def _score(form: ScoreScreening, _history: Sequence[Event]) -> list[New]:
    fact, resting = said(F.SCREENING_SCORED, form), {key: one for key, one in form.evidence.items() if one.what or one.source}
    whole = Answers(answers=form.answers, evidence=resting).model_dump_json()
    words = {WORDS_OF_A_SCORE: whole, **{name: text for name, text in fact.words.items() if name == "note"}}
    return [replace(fact, data=fact.data | asdict(form.score), words=words)]


def answers_of(words: str) -> Answers:
    """The answers that were sealed with a score."""
    return Answers.model_validate_json(words)


def last_score(history: Sequence[Event], report: str, until: datetime | None = None) -> Event | None:
    """The latest score of a report in its live history, or the latest until then."""
    scores = [e for e in history if e.fact is F.SCREENING_SCORED and e.about == report]
    return next((e for e in reversed(scores) if until is None or e.happened_at <= until), None)


def _judged_with_its_flag(ground: str, info: ValidationInfo) -> str:
    flag = str(info.field_name).removesuffix("_ground")
    if not ground and info.data.get(flag) in ("yes", "no"):
        raise forms.refuse("say what your yes or no rests on")
    return ground


Ground = Annotated[Short, AfterValidator(_judged_with_its_flag)]


class Screened(Form):
    """The instrument's band, and each legal flag with its own answer and its own ground, needed for a yes as for a no.

    The band is that of the last score of the report; without a score it is what the worker says.
    """

    band: Literal["none", "low", "medium", "high"] = Field(default="none", title="Band of the instrument, if used")
    ct_46a170: YesNoUnknown = Field(default="unknown", title="Force, fraud, coercion or deception (§ 46a-170(i))")
    ct_46a170_ground: Ground = Field(default="", title="What that rests on (§ 46a-170(i))", validate_default=True)
    ct_53a192a_minor: YesNoUnknown = Field(default="unknown", title="Minor induced, no force needed (§ 53a-192a(a)(2))")
    ct_53a192a_minor_ground: Ground = Field(default="", title="What that rests on (§ 53a-192a(a)(2))", validate_default=True)
    fed_severe_form: YesNoUnknown = Field(default="unknown", title="Federal severe form (22 USC 7102)")
    fed_severe_form_ground: Ground = Field(default="", title="What that rests on (22 USC 7102)", validate_default=True)


class ScreenedOut(Screened):
    """A screen-out says why, and waits for a supervisor who is not the screener."""

    because: Literal["no indication of trafficking", "allegation disproved", "another agency's case", "other"] = Field(
        title="Because"
    )
    reason: Reason = Field(title="Reason")


class Found(Screened):
    """A child is identified, or believed to be a victim: on a ground of a flag, or on what the note says."""

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if not (self.note or any(getattr(self, name) for name in type(self).model_fields if name.endswith("_ground"))):
            raise forms.refuse("say what it rests on: in the note, or as the ground of one of the flags")
        return self


class NotAMinor(Form):
    """No minor child (§ 17a-106f(a)): why, and on what her age rests. By a birthdate under 18 it takes a document seen."""

    rests_on: Literal["a document seen", "the birthdate told", "an age told", "something else"] = Field(
        title="The age rests on"
    )
    reason: Reason = Field(title="Reason")


class NotAResident(Form):
    """The child does not reside in the state (§ 17a-106f(a)): why."""

    reason: Reason = Field(title="Reason")


class Returned(Form):
    """Sent back, with a reason."""

    reason: Reason = Field(title="Reason")


class Inquiry(Form):
    """DCF asks the reporter."""


class Citizenship(Form):
    """What was learned of the child's citizenship; HHS is told only of children who are not citizens."""

    noncitizen: bool = Field(title="The child is not a citizen or national of the United States")


def _place(form: PlaceCase, _history: Sequence[Event]) -> list[New]:
    town = next(t for t in geography.towns() if t.name == form.town)
    return [replace(said(F.CASE_PLACED, form), data=placed(town, None, form.town_of).data)]


def _determined(fact: Fact) -> Callable[[Screened, Sequence[Event]], list[New]]:
    def decide(form: Screened, history: Sequence[Event]) -> list[New]:
        return [said(fact, form, **_band_of_the_score(form, history))]

    return decide


def _band_of_the_score(form: Screened, history: Sequence[Event]) -> dict[str, str]:
    """What is on record counts: a band that was left out is filled in, and one that says otherwise is refused."""
    scored = last_score(history, form.about, form.happened_at)
    if scored is None:
        return {}
    band, at_most = scored.data["band"], scored.data["band_at_most"]
    if form.band not in ("none", band):
        shown = instruments.span(band, at_most, scored.data["unknown"])
        raise NotPossible(f"The last score of this report is “{shown}”. Leave the band out, or score the screening again.")
    return {"band": band} if at_most == band else {"band": band, "band_at_most": at_most}


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, more.pop("room", Room.REPORT), form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("record_cause", "Record when the reporter first had cause", F.CAUSE_AROSE, not_after=F.REPORT_RECEIVED),
    _act("record_oral_report_to_police", "Record that police took an oral report", F.POLICE_TOOK_ORAL_REPORT,
         not_after=F.REPORT_RECEIVED),
    _act("place_case", "Place the case by its town", F.CASE_PLACED, PlaceCase, decide=_place),
    _act("classify_report", "Classify the report", F.REPORT_CLASSIFIED, Classification),
    _act("record_written_report", "Record the written report", F.WRITTEN_REPORT_RECEIVED),
    _act("make_inquiry", "Record an inquiry to the reporter", F.INQUIRY_MADE, Inquiry),
    _act("record_answer", "Record the reporter's answer", F.INQUIRY_ANSWERED),
    _act("commence_investigation", "Record that the investigation commenced", F.INVESTIGATION_COMMENCED),
    _act("complete_investigation", "Record that the investigation is complete", F.INVESTIGATION_COMPLETED),
    _act("substantiate_abuse", "Record that abuse was substantiated", F.ABUSE_SUBSTANTIATED),
    _act("record_citizenship", "Record the child's citizenship", F.CITIZENSHIP_LEARNED, Citizenship),
    _act("score_screening", "Score the screening", F.SCREENING_SCORED, ScoreScreening, room=Room.SCREENING, decide=_score),
    _act("identify_victim", "Identify the child as a victim", F.VICTIM_IDENTIFIED, Found, room=Room.SCREENING,
         may_follow=F.VICTIM_BELIEVED, decide=_determined(F.VICTIM_IDENTIFIED)),
    _act("believe_victim", "Record a reasonable belief", F.VICTIM_BELIEVED, Found, room=Room.SCREENING,
         decide=_determined(F.VICTIM_BELIEVED)),
    _act("screen_out", "Screen the report out", F.SCREENED_OUT, ScreenedOut, room=Room.SCREENING,
         decide=_determined(F.SCREENED_OUT)),
    _act("end_not_a_minor", "Record that this is not a minor child", F.NOT_A_MINOR, NotAMinor, room=Room.SCREENING),
    _act("end_not_a_resident", "Record that the child does not reside in the state", F.NOT_A_RESIDENT, NotAResident,
         room=Room.SCREENING),
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
