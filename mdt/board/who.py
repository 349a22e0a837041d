"""Who can see a case, by which rule, and who did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import sight
from mdt.board.people import people
from mdt.board.sight import visible
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.circle import circle
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import CASE_ROLES, RELATES, How, Relation, Role, See
from mdt.records.tables import ACCESS_LOG, CASES, INVOLVED
from mdt.store import trace
from mdt.store.walls import OURSELVES, looking_as

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.access import Circle, Viewer
    from mdt.store import Store

LATELY = 100  # the newest reads are shown, not all


@dataclass(frozen=True, slots=True)
class Seer:
    """A person who can see a case: the rules by which she does, and what they show her."""

    person: Viewer
    rules: tuple[str, ...]
    sees: tuple[See, ...]
    may_record: bool


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody read what names the child, or took emergency access."""

    at: datetime
    name: str
    role: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Who:
    """Everyone who can see a case, everyone shut out of it, and who looked, the newest first."""

    restricted: str | None
    seers: tuple[Seer, ...]
    conflicts: tuple[str, ...]
    looks: tuple[Look, ...]


def who(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Who:
    """Who sees this case and who did. To look here is logged too. Raises `NotFound` unless the viewer sees the case."""
    everyone = {person.id: person for person in people(store)}  # who no longer signs in may have looked
    with store.write(viewer.id) as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_SUCH_CASE)  # the page itself was refused before, and that is logged
        around = circle(live(history_of(connection, case_id)), dict(row))
        with looking_as(connection, OURSELVES):  # the log is the auditor's; of her own cases a person sees it here
            rows = (
                connection.execute(
                    select(ACCESS_LOG).where(ACCESS_LOG.c.chain == case_id).order_by(ACCESS_LOG.c.n.desc()).limit(LATELY)
                )
                .mappings()
                .all()
            )
        trace.append(connection, viewer.id, "who read", now, case_id=case_id)
    found = (_seer(person, around, now) for person in people(store, now))
    conflicts = [everyone[i].name for i, how in around.drawn_in if how == How.CONFLICT and i in everyone]
    looks = [Look(r["at"], *_called(everyone.get(r["by"])), r["act"], r["count"]) for r in rows]
    return Who(around.restricted, tuple(s for s in found if s), tuple(conflicts), tuple(looks))


def seers(store: Store, viewer: Viewer, case_id: str, now: datetime) -> tuple[Seer, ...]:
    """Everyone who can see a case, for a form that names some of them. Raises `NotFound` unless the viewer sees it."""
    with store.read(viewer.id) as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_SUCH_CASE)
        around = circle(live(history_of(connection, case_id)), dict(row))
    return tuple(seer for person in people(store, now) if (seer := _seer(person, around, now)))


def _seer(person: Viewer, around: Circle, now: datetime) -> Seer | None:
    seen = sight(person, around, now)
    if not seen.sees:
        return None
    rules = [rule.value for rule in Relation if rule in seen.by]
    if around.restricted:
        rules.append("the restriction names them")
    return Seer(person, tuple(rules), tuple(see for see in See if see in seen.sees), seen.may_record)


def _called(person: Viewer | None) -> tuple[str, str]:
    return (person.name, person.role) if person else ("somebody who no longer signs in", "")


def choices(store: Store, fact: Fact, case_id: str, now: datetime) -> dict[str, dict[str, str]]:
    """The fields of an act that draws somebody in or lets her go, and whom each may name: ids and the names of staff."""
    everyone = people(store, now)
    match fact:
        case Fact.PERSON_ENGAGED:
            may_be = RELATES[Relation.ENGAGED] | {Role.ADVOCATE_SUPERVISOR}
            return {"person": {p.id: _shown(p) for p in everyone if p.role in may_be}}
        case Fact.AGENCY_ENGAGED:
            return {"agency": {p.agency: f"{p.agency} (police)" for p in everyone if p.role == Role.POLICE}}
        case Fact.PERSON_ADMITTED | Fact.CONFLICT_DECLARED | Fact.CONFLICT_ENDED:
            return {"person": {p.id: _shown(p) for p in everyone if p.role in CASE_ROLES}}
        case Fact.ENGAGEMENT_ENDED:
            return {"who": _engaged(store, case_id, {p.id: _shown(p) for p in everyone})}
        case _:
            return {}


def _shown(person: Viewer) -> str:
    return f"{person.name} ({person.role}, {person.agency})"


def _engaged(store: Store, case_id: str, names: dict[str, str]) -> dict[str, str]:
    engaged = select(INVOLVED.c.who).where(INVOLVED.c.case_id == case_id, INVOLVED.c.how.in_((How.ENGAGED, How.AGENCY)))
    with store.read() as connection:
        return {one: names.get(one, f"{one} (agency)") for one in connection.execute(engaged.order_by("who")).scalars()}
