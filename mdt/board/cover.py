"""Who looks after whose clocks for a time. It makes lists longer, never a case visible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_, select

from mdt.policy import CASE_ROLES
from mdt.records.tables import COVERS, PEOPLE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from mdt.access import Viewer
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Covering:
    """That `colleague` looks after the clocks of `person`, each with her id and her name, from one instant until another."""

    person_id: str
    person: str
    colleague_id: str
    colleague: str
    from_at: datetime
    until_at: datetime

    def runs(self, now: datetime) -> bool:
        """Whether it has begun; it is not over, else it were not on a list."""
        return self.from_at <= now < self.until_at


def covers(store: Store, viewer: Viewer, now: datetime) -> list[Covering]:
    """What runs, or has been arranged, by which the viewer covers somebody or is covered; both are told by this list."""
    person, colleague = PEOPLE.alias("person_covered"), PEOPLE.alias("colleague")
    concerned = or_(COVERS.c.person_id == viewer.id, COVERS.c.colleague_id == viewer.id)
    statement = (
        select(COVERS.c.person_id, person.c.name, COVERS.c.colleague_id, colleague.c.name, COVERS.c.from_at, COVERS.c.until_at)
        .join_from(COVERS, person, person.c.id == COVERS.c.person_id)
        .join(colleague, colleague.c.id == COVERS.c.colleague_id)
        .where(concerned, COVERS.c.until_at > now)
        .order_by(COVERS.c.from_at, COVERS.c.person_id)
    )
    with store.read(viewer.id) as connection:
        return [Covering(*row) for row in connection.execute(statement)]


def colleagues(store: Store, viewer: Viewer) -> dict[str, str]:
    """Who may look after the viewer's clocks: id and name with role, of her own agency, herself left out."""
    statement = (
        select(PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.role)
        .where(PEOPLE.c.agency == viewer.agency, PEOPLE.c.id != viewer.id, PEOPLE.c.disabled_at.is_(None))
        .where(PEOPLE.c.role.in_(sorted(CASE_ROLES)))
        .order_by(PEOPLE.c.name, PEOPLE.c.id)
    )
    with store.read(viewer.id) as connection:
        return {row.id: f"{row.name} ({row.role})" for row in connection.execute(statement)}


def hers(column: ColumnElement[str], viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """The clause that a column names the viewer, or somebody to whom she covers at this moment."""
    return or_(column == viewer.id, column.in_(_covered(viewer, now)))


def _covered(viewer: Viewer, now: datetime) -> Select[tuple[str]]:
    return select(COVERS.c.person_id).where(
        COVERS.c.colleague_id == viewer.id, COVERS.c.from_at <= now, COVERS.c.until_at > now
    )
