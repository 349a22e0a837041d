"""Drawing people into a case: what `mdt.circle` decides, made to agree with the accounts there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import circle
from mdt.errors import NotPossible
from mdt.policy import RELATES, Relation, Role
from mdt.records.tables import PEOPLE

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from mdt.acts import Form

ADVOCATES = (Role.ADVOCATE, Role.ADVOCATE_SUPERVISOR)


def fill_in(connection: Connection, form: Form) -> Form:
    """The form with what the accounts say of the person it names. Raises `NotPossible` for somebody who may not be meant."""
    if isinstance(form, circle.EngagePerson):
        person = _person(connection, form.person)
        if person["role"] not in RELATES[Relation.ENGAGED] | {Role.ADVOCATE_SUPERVISOR}:
            message = f"Can't engage that person: an engagement shows nothing to a {person['role']}."
            raise NotPossible(message)
        agency = person["agency"] if person["role"] in ADVOCATES else ""
        return form.model_copy(update={"agency": agency})
    if isinstance(form, circle.AdmitPerson | circle.Conflict) and form.person:
        _person(connection, form.person)
    if isinstance(form, circle.EngageAgency):
        known = select(PEOPLE.c.id).where(PEOPLE.c.agency == form.agency, PEOPLE.c.role == Role.POLICE)
        if connection.execute(known).first() is None:
            message = "Can't engage that agency: nobody of the police signs in for an agency of that name."
            raise NotPossible(message)
    return form


def _person(connection: Connection, person_id: str) -> RowMapping:
    found = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.disabled_at.is_(None)))
    person = found.mappings().one_or_none()
    if person is None:
        message = "Can't do that: nobody who signs in here is meant."
        raise NotPossible(message)
    return person
