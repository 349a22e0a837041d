"""Who provides what the team is told, who may release it, and to whom a decision is given: made to agree with the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.agenda_lines import lines_of
from mdt.casework.convened import entries_of
from mdt.circle import circle
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.meeting import course
from mdt.policy import LEADS, How, Role
from mdt.provided import CONSENT, Disclosure, Statement, UpdateGiven, WithdrawDisclosure, disclosable
from mdt.records.tables import CASES, MEMBERS, PEOPLE
from mdt.review import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Form
    from mdt.facts import History
    from mdt.meeting import Course, Guest

FOR_OTHERS = LEADS | {Role.SYSTEM}  # who types in what somebody else said, or holds on paper


def fill_in(connection: Connection, case_id: str, form: Form, history: History, by: Viewer) -> Form:
    """The form with who provides it.

    Raises `NotPossible` for somebody who may not be meant, `NotAllowed` (§ 17a-106a(i)) if this person may not speak for her.
    """
    if isinstance(form, UpdateGiven):
        return form.model_copy(update={"provider": by.id})
    if isinstance(form, Statement):
        _refuse_provider(connection, case_id, form, history, by)
    elif isinstance(form, Disclosure | WithdrawDisclosure):
        _refuse_release(connection, form, history, by)
    elif isinstance(form, Decision) and form.given_to:
        _refuse_to_give(connection, form.given_to, history)
    return form


def _refuse_provider(connection: Connection, case_id: str, form: Statement, history: History, by: Viewer) -> None:
    line = form.line or next((one.line for one in reversed(lines_of(history))), "")
    guests = _guests(connection, history, line)
    if by.role not in FOR_OTHERS:
        if not _is(connection, form.provider, by, guests):
            message = "Can't record what somebody else said: she does it herself, or those who lead the team (§ 17a-106a(i))."
            raise NotAllowed(message)
        return
    _refuse_absent(connection, form, history, line)
    if not (form.provider in guests or _sits(connection, case_id, form.provider) or _signs_in(connection, form.provider)):
        message = "Can't record the statement: who provided it neither signs in here, nor sits on the team, nor is its guest."
        raise NotPossible(message)


def _refuse_absent(connection: Connection, form: Statement, history: History, line: str) -> None:
    """Raise `NotPossible` for a guest who has not accepted the statement, and for who did not come or has a conflict."""
    stands = _course(connection, history, line)
    holding = connection.execute(select(MEMBERS.c.person_id).where(MEMBERS.c.id == form.provider)).scalar_one_or_none()
    if stands is not None and form.provider in stands.guests and form.provider not in stands.accepted:
        message = (
            "Can't record the statement: the guest has not accepted the confidentiality statement (§ 17a-106a(c), (h) to (j))."
        )
        raise NotPossible(message)
    if stands is not None and stands.came.get(form.provider) is False:
        message = "Can't record the statement: by the roll call, that person did not come to the meeting."
        raise NotPossible(message)
    if {(form.provider, How.CONFLICT), (holding, How.CONFLICT)} & set(circle(history, {}).drawn_in):
        message = "Can't record the statement: that person has a conflict of interest on this case and left."
        raise NotPossible(message)


def _refuse_release(connection: Connection, form: Disclosure | WithdrawDisclosure, history: History, by: Viewer) -> None:
    if by.role in FOR_OTHERS:
        return
    made = next(e for e in history if e.fact is Fact.STATEMENT_MADE and e.about == form.about)
    ground = form.ground if isinstance(form, Disclosure) else disclosable(history).get(form.about, CONSENT)
    if ground != CONSENT:
        message = "A court's order, or what the Constitution requires, is recorded by those who lead the team (§ 17a-106a(i))."
        raise NotAllowed(message)
    if not _is(connection, made.data["provider"], by, _guests(connection, history, made.data["line"])):
        message = (
            "Only the participant who provided it consents to its disclosure, or takes that back, and those who lead the team"
            " and hold it in writing (§ 17a-106a(i))."
        )
        raise NotAllowed(message)


def _refuse_to_give(connection: Connection, person: str, history: History) -> None:
    if not _signs_in(connection, person):
        message = "Can't give the decision to that person: nobody who signs in here is meant."
        raise NotPossible(message)
    if (person, How.CONFLICT) in circle(history, {}).drawn_in:
        message = "Can't give the decision to that person: a conflict of interest on this case was declared."
        raise NotPossible(message)


def _is(connection: Connection, provider: str, by: Viewer, guests: Mapping[str, Guest]) -> bool:
    """Whether this provider is she: by her own id, that of her seat, or as a guest."""
    if provider == by.id or (provider in guests and guests[provider].person == by.id):
        return True
    seat = select(MEMBERS.c.id).where(MEMBERS.c.id == provider, MEMBERS.c.person_id == by.id)
    return connection.execute(seat).first() is not None


def _sits(connection: Connection, case_id: str, provider: str) -> bool:
    """Whether it is a seat of the case's team, one that ended too."""
    of_the_team = select(MEMBERS.c.id).join(CASES, CASES.c.team == MEMBERS.c.team_id)
    return connection.execute(of_the_team.where(CASES.c.id == case_id, MEMBERS.c.id == provider)).first() is not None


def _signs_in(connection: Connection, person: str) -> bool:
    known = select(PEOPLE.c.id).where(PEOPLE.c.id == person, PEOPLE.c.disabled_at.is_(None))
    return connection.execute(known).first() is not None


def _guests(connection: Connection, history: History, line: str) -> Mapping[str, Guest]:
    """The guests, by id, of the meeting on whose agenda the line stands."""
    stands = _course(connection, history, line)
    return stands.guests if stands else {}


def _course(connection: Connection, history: History, line: str) -> Course | None:
    """How the meeting stands on whose agenda the line is; None if it is on paper."""
    meeting = next((one.meeting for one in lines_of(history) if one.line == line), "")
    entries = entries_of(connection, meeting)
    return course(entries) if entries else None
