"""Emergency access ("breaking the glass"): loud and short. It shows a case, records nothing, and cannot be lengthened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from mdt import access, notices
from mdt.casework import accounts, pages, refusals
from mdt.casework.door import Receipt, already_done
from mdt.circle import GLASS_LASTS, TAKE_EMERGENCY_ACCESS, Emergency, circle
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.history import live
from mdt.policy import WHOLE_STATE, How, Relation, Role
from mdt.records.tables import CASES, INVOLVED, MEMBERSHIPS, NOTICES, PEOPLE
from mdt.store import trace
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from mdt.access import Viewer
    from mdt.facts import History
    from mdt.store import Store

# Who is told, by the role of the person who took it: supervisors of her own agency, or who lead the team of the case's
# district; where there is none, every auditor.
TOLD: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys((Role.INTAKE, Role.INTAKE_SUPERVISOR, Role.AREA_OFFICE), (Role.INTAKE_SUPERVISOR,)),
    **dict.fromkeys((Role.POLICE, Role.PROSECUTOR, Role.CHAIR, Role.COORDINATOR), (Role.CHAIR, Role.COORDINATOR)),
}


def take_emergency_access(
    store: Store, number: str, reason: str, code: str, *, by: Viewer, now: datetime, command: str
) -> Receipt:
    """Let this person see the case of that number for four hours.

    `code` is her second factor's. Raises `NotAllowed` for a wrong code, a role that has no such access or a restricted case,
    `NotFound` for an unknown number, `NotPossible` if she sees the case anyway.
    """
    act = TAKE_EMERGENCY_ACCESS
    form = Emergency(happened_at=now, reason=reason, person=by.id, until=now + GLASS_LASTS)
    try:
        access.refuse_unless_allowed(by, act)
        return _take(store, number, form, code, by=by, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, by, act.key, now)
        raise


def _take(store: Store, number: str, form: Emergency, code: str, *, by: Viewer, command: str) -> Receipt:
    act, now = TAKE_EMERGENCY_ACCESS, form.happened_at
    with store.read() as connection:  # a second click is answered before its code is asked for again
        if (done := already_done(connection, _case_of(connection, number), command, by)) is not None:
            return done
    accounts.confirm(store, by, code, now)
    with store.write() as connection:
        case_id = _case_of(connection, number)
        page = pages.open_page(connection, case_id)
        if (done := already_done(connection, case_id, command, by)) is not None:
            return done
        history = live(page.events)
        _refuse(history, by, now)
        tasks = open_tasks(history)
        entry = pages.Entry(act.key, by.id, now, now, command)
        events, _ = pages.write(connection, page, act.decided(form, history), entry, tasks)
        trace.append(connection, by.id, "emergency access", now, case_id=case_id)
        _tell(connection, case_id, by, now, command)
    return Receipt(case_id, page.version + 1, tuple(events))


def _case_of(connection: Connection, number: str) -> str:
    found: str | None = connection.execute(select(CASES.c.id).where(CASES.c.number == number.strip())).scalar_one_or_none()
    if found is None:
        message = "There is no case of that number."
        raise NotFound(message)
    return found


def _refuse(history: History, by: Viewer, now: datetime) -> None:
    around = circle(history, {})
    if around.restricted or (by.id, How.CONFLICT) in around.drawn_in:
        message = "Emergency access does not open this case: it is restricted to named persons. Ask a supervisor."
        raise NotAllowed(message)
    seen = pages.sight_of(history, by, now)
    if Relation.GLASS in seen.by:
        message = "Your emergency access to this case still runs. It cannot be lengthened."
        raise NotPossible(message)
    if seen.by:
        message = "You see this case already; emergency access adds nothing."
        raise NotPossible(message)


def _tell(connection: Connection, case_id: str, by: Viewer, now: datetime, command: str) -> None:
    roles = TOLD.get(by.role, ())
    district = select(CASES.c.district).where(CASES.c.id == case_id).scalar_subquery()
    here = (MEMBERSHIPS.c.name == district) | (MEMBERSHIPS.c.name == WHOLE_STATE)
    serves = select(MEMBERSHIPS.c.person_id).where(MEMBERSHIPS.c.kind == "district", here)
    ours = PEOPLE.c.role.in_(roles) & ((PEOPLE.c.agency == by.agency) | PEOPLE.c.id.in_(serves))
    told = _others(connection, ours, case_id, by) or _others(connection, PEOPLE.c.role == Role.AUDITOR, case_id, by)
    rows = [
        {"case_id": case_id, "kind": notices.EMERGENCY, "mark": f"emergency|{command}|{person}", "step": "", "to_actor": person,
         "due_at": None, "made_at": now}
        for person in told
    ]  # fmt: skip
    if rows:
        connection.execute(insert(NOTICES), rows)


def _others(connection: Connection, which: ColumnElement[bool], case_id: str, by: Viewer) -> Sequence[str]:
    """Whoever of these signs in, is somebody else and has declared no conflict on the case."""
    conflicts = select(INVOLVED.c.who).where(INVOLVED.c.case_id == case_id, INVOLVED.c.how == How.CONFLICT)
    signs_in = PEOPLE.c.disabled_at.is_(None) & (PEOPLE.c.id != by.id) & PEOPLE.c.id.not_in(conflicts)
    return connection.execute(select(PEOPLE.c.id).where(which, signs_in).order_by(PEOPLE.c.id)).scalars().all()
