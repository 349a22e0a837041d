"""Who may see and do what: what the tables of `mdt.policy` grant a person on a case. Pure; the default is to deny."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mdt.errors import NotAllowed
from mdt.policy import (
    BY_AN_ANSWER_LINK,
    CONVENES,
    EXPORTS,
    FIELDS,
    LEADS,
    LOOKS_INTO,
    NOTES,
    RECORDS,
    RELATES,
    ROOMS,
    SEES,
    TEAM,
    THROUGH_THE_GLASS,
    WHOLE_STATE,
    How,
    Relation,
    Role,
    See,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mdt.acts import Act
    from mdt.process import Room

NOBODY: frozenset[Role] = frozenset()
_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone signed in: what she works for, and, as `glass`, the cases which emergency access opens to her.

    `answers`: not signed in, but holding the answer link for that need of that case; she stands to no case and sees none.
    """

    id: str
    name: str
    role: str
    agency: str
    districts: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    glass: frozenset[str] = frozenset()
    answers: tuple[str, str] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Circle:
    """What of a case decides who sees it. `drawn_in`: (who, how) of persons and agencies, and until when, if it ends."""

    office: str | None = None
    district: str | None = None
    team: str | None = None
    before_team: bool = False
    restricted: str | None = None
    drawn_in: Mapping[tuple[str, str], datetime | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person sees of a case, by which relations, and of which rooms. `row`: only that it exists and is restricted."""

    by: frozenset[Relation] = frozenset()
    sees: frozenset[See] = frozenset()
    rooms: frozenset[Room] = frozenset()
    may_record: bool = False
    row: bool = False


SYSTEM = Viewer("flow", "This system", Role.SYSTEM, "MDT")
PROVIDER = "provider"  # who answers by a link: its id in the records, and no role of this house


def holder(case_id: str, need: str) -> Viewer:
    """Whoever holds an answer link for that need of that case."""
    return Viewer(PROVIDER, "The provider", "provider with an answer link", "", answers=(case_id, need))


def role_of(viewer: Viewer) -> Role | None:
    """The viewer's role; None for one that this house does not know, and that is granted nothing."""
    return _ROLES.get(viewer.role)


def may(viewer: Viewer, act: Act) -> bool:
    """Whether this role records this act, on the cases it may record on; or an answer link lets her, on its need."""
    if viewer.answers:
        return act.key in BY_AN_ANSWER_LINK
    return viewer.role in RECORDS.get(act.key, NOBODY)


def is_answered_for(viewer: Viewer, case_id: str, need: str) -> bool:
    """Whether the viewer holds the answer link for this need of this case."""
    return viewer.answers == (case_id, need)


def may_export(viewer: Viewer, what: str) -> bool:
    """Whether this role may take out such a table; its rows are what the viewer sees anyway."""
    return viewer.role in EXPORTS.get(what, NOBODY)


def may_look_into(viewer: Viewer, what: str) -> bool:
    """Whether this role opens the ledgers, the accounts, or a search by name."""
    return viewer.role in LOOKS_INTO.get(what, NOBODY)


def may_convene(viewer: Viewer, act: str) -> bool:
    """Whether this role records this about meetings of teams that are hers."""
    return viewer.role in CONVENES.get(act, NOBODY)


def is_for_leaders(act: str) -> bool:
    """Whether an act about a meeting is for those who lead the team alone."""
    return CONVENES.get(act, NOBODY) <= LEADS | {Role.SYSTEM}


def serves(viewer: Viewer, team: Mapping[str, Any]) -> bool:
    """Whether the viewer works for that team, by her membership of it or of its district."""
    here = team.get("judicial_district") in viewer.districts or team["id"] in viewer.teams
    return viewer.role in TEAM and (serves_all(viewer) or here)


def leads(viewer: Viewer, team: Mapping[str, Any]) -> bool:
    """Whether the viewer leads that team: its chairperson or coordinator."""
    return viewer.role in LEADS and serves(viewer, team)


def is_everywhere(names: frozenset[str]) -> bool:
    """Whether a membership holds for the whole state."""
    return WHOLE_STATE in names


def serves_all(viewer: Viewer) -> bool:
    """Whether the viewer works for every team."""
    return is_everywhere(viewer.districts) or is_everywhere(viewer.teams)


def relates(viewer: Viewer, relation: Relation) -> bool:
    """Whether this role may stand to a case by that relation at all."""
    return viewer.role in RELATES[relation]


def relations(viewer: Viewer, case: Circle, now: datetime) -> frozenset[Relation]:
    """By which relations the viewer stands to the case, restrictions and conflicts aside."""
    holds = {
        Relation.OFFICE: is_everywhere(viewer.offices) or case.office in viewer.offices,
        Relation.TEAM: case.before_team
        and (serves_all(viewer) or case.district in viewer.districts or case.team in viewer.teams),
        Relation.AGENCY: (viewer.agency, How.AGENCY) in case.drawn_in,
        Relation.ENGAGED: (viewer.id, How.ENGAGED) in case.drawn_in,
        Relation.GLASS: _runs(case.drawn_in.get((viewer.id, How.GLASS)), now),
        Relation.SYSTEM: True,
    }
    return frozenset(r for r in Relation if holds[r] and relates(viewer, r))


def _runs(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until


def sight(viewer: Viewer, case: Circle, now: datetime) -> Sight:
    """What the viewer sees of the case and whether she may record on it. Nothing, if no relation holds."""
    role, by = role_of(viewer), relations(viewer, case, now)
    if role is None or not by or (viewer.id, How.CONFLICT) in case.drawn_in:
        return Sight()
    lasting = by - {Relation.GLASS}
    if case.restricted and role is not Role.SYSTEM and (viewer.id, How.NAMED) not in case.drawn_in:
        return Sight(by=lasting, row=bool(lasting))
    if case.restricted:
        by = lasting
    if not by:
        return Sight()
    sees = (SEES[role] if lasting else frozenset()) | (THROUGH_THE_GLASS if Relation.GLASS in by else frozenset())
    return Sight(by, sees, ROOMS[role], may_record=bool(lasting))


def refuse_unless_allowed(viewer: Viewer, act: Act) -> None:
    """Raise `NotAllowed` unless the viewer's role records this act."""
    if not may(viewer, act):
        article = "an" if viewer.role[:1] in "aeiou" else "a"
        message = f"{act.title}: this is not recorded by {article} {viewer.role}."
        raise NotAllowed(message)


def class_of_note(room: Room, name: str) -> See:
    """The class of words kept beside a fact of that room, by the name of their field."""
    return FIELDS.get(f"narrative.text.{name}", NOTES[room])


def class_of_told(name: str) -> See:
    """The class of one thing that a report told."""
    return FIELDS.get(f"report.told.{name}", See.REPORT)
