"""Drawing people into a case: what `mdt.circle` decides, made to agree with the accounts there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import circle, closing
from mdt.errors import NotAllowed, NotPossible
from mdt.policy import ADVOCATES, KEEPERS, RELATES, Relation, Role
from mdt.records.tables import PEOPLE

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from mdt.access import Viewer
    from mdt.acts import Form


def fill_in(connection: Connection, form: Form, by: Viewer) -> Form:
    """The form with what the accounts say of the person it names.

    Raises `NotPossible` for somebody who may not be meant, `NotAllowed` if this person may not speak for her.
    """
    if isinstance(form, circle.EngagePerson):
        return _engaged(form, _person(connection, form.person), by)
    if isinstance(form, circle.AdmitPerson | circle.Conflict) and form.person:
        _person(connection, form.person)
    if isinstance(form, circle.AdmitPerson) and form.person == by.id:
        message = "Nobody admits herself to a restricted case; ask another who keeps restrictions."
        raise NotAllowed(message)
    if isinstance(form, closing.Assignment):
        _person(connection, form.to)
    if isinstance(form, circle.Conflict) and form.person not in ("", by.id) and by.role not in {*KEEPERS, Role.SYSTEM}:
        message = "Can't declare a conflict for somebody else: she does it herself, or an intake supervisor or the chairperson."
        raise NotAllowed(message)
    if isinstance(form, circle.EngageAgency):
        known = select(PEOPLE.c.id).where(PEOPLE.c.agency == form.agency, PEOPLE.c.role == Role.POLICE)
        if connection.execute(known.where(PEOPLE.c.disabled_at.is_(None))).first() is None:
            message = "Can't engage that agency: nobody of the police signs in for an agency of that name."
            raise NotPossible(message)
    return form


def _engaged(form: circle.EngagePerson, person: RowMapping, by: Viewer) -> circle.EngagePerson:
    if person["role"] not in RELATES[Relation.ENGAGED] | {Role.ADVOCATE_SUPERVISOR}:
        message = f"Can't engage that person: an engagement shows nothing to a {person['role']}."
        raise NotPossible(message)
    if by.role == Role.ADVOCATE_SUPERVISOR and (person["role"] not in ADVOCATES or person["agency"] != by.agency):
        message = "Can't engage that person: an advocate supervisor engages the advocates of her own agency."
        raise NotAllowed(message)
    return form.model_copy(update={"agency": person["agency"] if person["role"] in ADVOCATES else ""})


def _person(connection: Connection, person_id: str) -> RowMapping:
    found = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.disabled_at.is_(None)))
    person = found.mappings().one_or_none()
    if person is None:
        message = "Can't do that: nobody who signs in here is meant."
        raise NotPossible(message)
    return person
