"""Who is drawn into a case: persons and agencies engaged on it, a restriction and whom it names, conflicts, emergency access.

These are facts like any other, in the case's own history and ledger; who sees the case follows from them (`mdt.access`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mdt.access import Circle
from mdt.acts import Act, Form, New, Reason, said
from mdt.errors import NotPossible
from mdt.facts import VICTIM, Fact
from mdt.policy import How
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdt.facts import Event, History

F = Fact
GLASS_LASTS = timedelta(hours=4)
OVS_AGENCY = "OVS"
_BEFORE_THE_TEAM = VICTIM | {F.REVIEW_ASKED_FOR, F.PUT_ON_AGENDA}
PersonId = Field(title="Who", min_length=1, max_length=32)


class EngagePerson(Form):
    """The advocate or other person who works on this case. `agency` is the person's own, filled in at the door."""

    person: str = PersonId
    agency: str = Field(default="", title="Agency", max_length=64)


class EngageAgency(Form):
    """A police agency on the case."""

    agency: str = Field(title="Agency", min_length=1, max_length=64)


class EndEngagement(Form):
    """The person or agency whose work on the case is over."""

    who: str = Field(title="Who", min_length=1, max_length=64)


class Restrict(Form):
    """Why only those named may see the case. The reason is shown to the others, so it is one of these and no free text."""

    because: Literal[
        "it is the family of an employee", "a member of the team has a conflict of interest", "staff are threatened",
        "the public takes notice", "a court ordered it",
    ] = Field(title="Because")  # fmt: skip


class AdmitPerson(Form):
    """One more person who may see the restricted case, if it is otherwise hers to see."""

    person: str = PersonId


class Conflict(Form):
    """Who has it, the recorder herself if nobody is named. That person no longer sees the case."""

    person: str = Field(default="", title="Who, if it is not yourself", max_length=32)


class EndConflict(Form):
    """Who no longer has it."""

    person: str = PersonId


class Emergency(Form):
    """Why it cannot wait. `person` and `until` are filled in at the door."""

    reason: Reason = Field(title="Why it cannot wait")
    person: str = Field(default="", title="Who", max_length=32)
    until: datetime | None = Field(default=None, title="Until")


def circle(history: History, place: dict[str, Any]) -> Circle:
    """Who is drawn in, and what else of the case decides who sees it. `place`: office, district and team.

    In the order in which it was recorded: a door is shut from the moment on at which somebody shuts it, not before.
    """
    recorded = sorted(history, key=lambda e: e.seq)
    shut = next((e for e in reversed(recorded) if e.fact in (F.CASE_RESTRICTED, F.RESTRICTION_LIFTED)), None)
    return Circle(
        **{name: place.get(name) for name in ("office", "district", "team")},
        before_team=any(e.fact in _BEFORE_THE_TEAM for e in history),
        restricted=shut.data.get("because") if shut else None,
        drawn_in=_drawn_in(recorded),
    )


def _drawn_in(recorded: Sequence[Event]) -> dict[tuple[str, str], datetime | None]:
    drawn: dict[tuple[str, str], datetime | None] = {}
    agency_of = {e.data["person"]: e.data.get("agency", "") for e in recorded if e.fact is F.PERSON_ENGAGED}
    for event in recorded:
        drawn |= dict.fromkeys(_engaged_by(event))
        for pair in _let_go_by(event, drawn, agency_of):
            drawn.pop(pair, None)
        if event.fact is F.EMERGENCY_ACCESS_TAKEN:
            drawn[event.data["person"], How.GLASS] = datetime.fromisoformat(event.data["until"])
    # An agency is drawn in as long as one of its people is engaged.
    agencies = {agency_of.get(who, "") for who, how in drawn if how == How.ENGAGED} - {""}
    return drawn | {(agency, How.AGENCY): None for agency in agencies}


def _let_go_by(event: Event, drawn: Iterable[tuple[str, str]], agency_of: dict[str, str]) -> list[tuple[str, str]]:
    """Whom an event lets go."""
    match event.fact:
        case F.ENGAGEMENT_ENDED:
            who, hows = event.data["who"], (How.ENGAGED, How.AGENCY)
            return [pair for pair in drawn if pair[1] in hows and who in (pair[0], agency_of.get(pair[0]))]
        case F.CONFLICT_ENDED:
            return [(event.data["person"], How.CONFLICT)]
        case F.RESTRICTION_LIFTED:
            return [pair for pair in drawn if pair[1] == How.NAMED]
    return []


def _engaged_by(event: Event) -> Iterator[tuple[str, str]]:
    """Whom an event draws in, until another ends it."""
    data = event.data
    match event.fact:
        case F.PERSON_ENGAGED:
            yield data["person"], How.ENGAGED
        case F.AGENCY_ENGAGED:
            yield data["agency"], How.AGENCY
        case F.APPLICATION_FILED:
            yield OVS_AGENCY, How.AGENCY  # the claim is before them
        case F.CASE_RESTRICTED:
            yield event.by, How.NAMED
        case F.PERSON_ADMITTED:
            yield data["person"], How.NAMED
        case F.CONFLICT_DECLARED:
            yield data.get("person") or event.by, How.CONFLICT


def _end(form: EndEngagement, history: Sequence[Event]) -> list[New]:
    if not any((form.who, how) in circle(tuple(history), {}).drawn_in for how in (How.ENGAGED, How.AGENCY)):
        message = "Can't end the engagement: that person or agency is not engaged on this case."
        raise NotPossible(message)
    return [said(F.ENGAGEMENT_ENDED, form)]


def _end_conflict(form: EndConflict, history: Sequence[Event]) -> list[New]:
    if (form.person, How.CONFLICT) not in circle(tuple(history), {}).drawn_in:
        message = "Can't end the conflict: that person has declared none on this case."
        raise NotPossible(message)
    return [said(F.CONFLICT_ENDED, form)]


def _restrict(form: Restrict, history: Sequence[Event]) -> list[New]:
    if circle(tuple(history), {}).restricted:
        message = "Can't restrict the case: it is restricted already. Lift that restriction first."
        raise NotPossible(message)
    return [said(F.CASE_RESTRICTED, form)]


def _of_a_restricted(fact: Fact) -> Any:  # noqa: ANN401  # a function of any of these forms
    def decide(form: Form, history: Sequence[Event]) -> list[New]:
        if circle(tuple(history), {}).restricted is None:
            message = "Can't do that: the case is not restricted."
            raise NotPossible(message)
        return [said(fact, form)]

    return decide


def _act(key: str, title: str, fact: Fact, form: type[Form], **more: Any) -> Act:  # noqa: ANN401
    return Act(key, title, fact, Room.CLOSED, form, after_closing=True, **more)


ACTS: tuple[Act, ...] = (
    _act("engage_person", "Engage a person on the case", F.PERSON_ENGAGED, EngagePerson),
    _act("engage_agency", "Engage an agency on the case", F.AGENCY_ENGAGED, EngageAgency),
    _act("end_engagement", "End an engagement", F.ENGAGEMENT_ENDED, EndEngagement, decide=_end),
    _act("restrict_case", "Restrict the case to named persons", F.CASE_RESTRICTED, Restrict, decide=_restrict),
    _act("admit_person", "Admit a person to the restricted case", F.PERSON_ADMITTED, AdmitPerson,
         decide=_of_a_restricted(F.PERSON_ADMITTED)),
    _act("lift_restriction", "Lift the restriction", F.RESTRICTION_LIFTED, Form, decide=_of_a_restricted(F.RESTRICTION_LIFTED)),
    _act("declare_conflict", "Declare a conflict of interest", F.CONFLICT_DECLARED, Conflict),
    _act("end_conflict", "End a conflict of interest", F.CONFLICT_ENDED, EndConflict, decide=_end_conflict),
)  # fmt: skip
# Not among them: it needs a second factor and tells a supervisor, so it has a door of its own (`mdt.casework.glass`).
TAKE_EMERGENCY_ACCESS = _act("take_emergency_access", "Take emergency access", F.EMERGENCY_ACCESS_TAKEN, Emergency)
