"""Who may sign in, and what each of them works for: added, changed, disabled, enabled, released. By administrators alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from mdt import access, geography
from mdt.accounts import DEMO, INACTIVE, awaited, enrolment, login_of, refuse_weak
from mdt.casework import accounts, sittings
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.policy import WHOLE_STATE, Role
from mdt.records.tables import ACCOUNTS, FAILURES, MEMBERSHIPS, PEOPLE, SITTINGS, TEAMS
from mdt.store import trace
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

KINDS = ("district", "office", "team")
ROLES = tuple(role.value for role in Role if role is not Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Works:
    """What somebody is here: her role, her agency, and the districts, offices and teams she works for ("*": all)."""

    role: str
    agency: str
    districts: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()


def add(
    store: Store, name: str, login: str, works: Works, *, by: Viewer, now: datetime, password: str = "", provider: str = "",
) -> str:  # fmt: skip
    """Add a person who signs in with a password, or through an identity provider by her e-mail address as the login.

    What is returned is the link for her authenticator app; it is kept sealed and never shown again. Raises `NotPossible`.
    """
    _refuse_unless_allowed(by)
    _refuse_bad_name(name, login, provider)
    if not provider:
        refuse_weak(password, login, name)
    hashed = None if provider else accounts.HASHER.hash(password)
    person_id = uuid4().hex
    with store.write() as connection:
        _refuse_unknown(connection, works)
        person = {"id": person_id, "name": name, "role": works.role, "agency": works.agency, "disabled_at": None}
        connection.execute(insert(PEOPLE).values(person))
        row, secret = accounts.account_row(connection, person_id, login, now)
        row |= {"password": hashed, "subject": awaited(provider, login) if provider else None}
        if not connection.execute(insert_into(connection, ACCOUNTS).values(row).on_conflict_do_nothing()).rowcount:
            raise NotPossible("There is an account with this login already.")
        _set_memberships(connection, person_id, works)
        _log(connection, by, "person added", now, person_id, **_plainly(works))
    return enrolment(secret, login_of(login))


def change(store: Store, person_id: str, works: Works, *, by: Viewer, now: datetime) -> None:
    """Another role, agency or membership; it holds from the person's next click on."""
    _refuse_unless_allowed(by, person_id)
    with store.write() as connection:
        _refuse_unknown(connection, works)
        _update_person(connection, person_id, role=works.role, agency=works.agency)
        connection.execute(delete(MEMBERSHIPS).where(MEMBERSHIPS.c.person_id == person_id))
        _set_memberships(connection, person_id, works)
        _log(connection, by, "person changed", now, person_id, **_plainly(works))


def disable(store: Store, person_id: str, *, by: Viewer, now: datetime) -> None:
    """She signs in no more, and whatever she has open ends with her next click."""
    _refuse_unless_allowed(by, person_id)
    with store.write() as connection:
        _disable(connection, person_id, by, now)


def _disable(connection: Connection, person_id: str, by: Viewer, now: datetime, **why: str) -> None:
    _update_person(connection, person_id, disabled_at=now)
    sittings.end_all_of(connection, person_id, now)
    _log(connection, by, "person disabled", now, person_id, **why)


def disable_invented(store: Store, now: datetime) -> None:
    """The demonstration is over: none of its people signs in any more."""
    invented = select(PEOPLE.c.id).where(PEOPLE.c.id.startswith(DEMO), PEOPLE.c.disabled_at.is_(None))
    with store.write() as connection:
        for person_id in connection.execute(invented).scalars().all():
            _disable(connection, person_id, access.SYSTEM, now, why="demonstration over")


def enable(store: Store, person_id: str, *, by: Viewer, now: datetime) -> None:
    """She may sign in again; her account counts as made today."""
    _refuse_unless_allowed(by, person_id)
    with store.write() as connection:
        _update_person(connection, person_id, disabled_at=None)
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person_id).values(made_at=now))
        _log(connection, by, "person enabled", now, person_id)


def release(store: Store, person_id: str, *, by: Viewer, now: datetime) -> None:
    """Her account is locked no more, and her failures are forgotten."""
    _refuse_unless_allowed(by, person_id)
    with store.write() as connection:
        _update_account(connection, person_id, locked_at=None)
        hers = select(ACCOUNTS.c.login).where(ACCOUNTS.c.person_id == person_id).scalar_subquery()
        connection.execute(delete(FAILURES).where(FAILURES.c.login == hers))
        _log(connection, by, "person released", now, person_id)


def set_password(store: Store, person_id: str, password: str, *, by: Viewer, now: datetime) -> None:
    """Another password for a local account; she signs in anew with it. Raises `NotPossible` for a weak one."""
    _refuse_unless_allowed(by)
    with store.read() as connection:
        found = select(ACCOUNTS.c.login, ACCOUNTS.c.password, PEOPLE.c.name).join(PEOPLE, PEOPLE.c.id == ACCOUNTS.c.person_id)
        account = connection.execute(found.where(ACCOUNTS.c.person_id == person_id)).first()
    if account is None or account.password is None:
        raise NotPossible("This person has no password here.")
    refuse_weak(password, account.login, account.name)
    hashed = accounts.HASHER.hash(password)
    with store.write() as connection:
        _update_account(connection, person_id, password=hashed)
        sittings.end_all_of(connection, person_id, now)
        _log(connection, by, "password changed", now, person_id)


def set_second_factor(store: Store, person_id: str, *, by: Viewer, now: datetime) -> str:
    """A new second factor, as when a telephone is lost: the link for her authenticator app. The old one counts no more."""
    _refuse_unless_allowed(by)
    with store.write() as connection:
        login = connection.execute(select(ACCOUNTS.c.login).where(ACCOUNTS.c.person_id == person_id)).scalar()
        row, secret = accounts.account_row(connection, person_id, login or "", now)
        _update_account(connection, person_id, second_factor=row["second_factor"], last_step=0)
        sittings.end_all_of(connection, person_id, now)
        _log(connection, by, "second factor changed", now, person_id)
    return enrolment(secret, login or "")


def disable_inactive(store: Store, now: datetime) -> int:
    """Disable the accounts that nobody has used for 90 days; how many. The invented people stay."""
    used = select(SITTINGS.c.id).where(SITTINGS.c.person_id == PEOPLE.c.id, SITTINGS.c.seen_at > now - INACTIVE).exists()
    statement = (
        select(PEOPLE.c.id)
        .join(ACCOUNTS, ACCOUNTS.c.person_id == PEOPLE.c.id)
        .where(PEOPLE.c.disabled_at.is_(None), ACCOUNTS.c.made_at <= now - INACTIVE, ~used, ~PEOPLE.c.id.startswith(DEMO))
    )
    with store.write() as connection:
        unused = connection.execute(statement).scalars().all()
        for person_id in unused:
            _disable(connection, person_id, access.SYSTEM, now, why="inactive")
    return len(unused)


def _refuse_unless_allowed(by: Viewer, person_id: str = "") -> None:
    if by.role != Role.SYSTEM and not access.may_look_into(by, "the accounts"):
        raise NotAllowed("Accounts are the administrator's.")
    if by.id == person_id:
        raise NotAllowed("Nobody changes her own account; ask another administrator.")


def _refuse_bad_name(name: str, login: str, provider: str) -> None:
    if not name.strip() or not login_of(login) or any(c.isspace() for c in login_of(login)):
        raise NotPossible("A person needs a name, and a login without spaces.")
    if provider and "@" not in login:
        raise NotPossible("A person of an identity provider is known by the e-mail address that it vouches for.")


def _refuse_unknown(connection: Connection, works: Works) -> None:
    """Raise `NotPossible` for a role, district, office or team that there is not."""
    if works.role not in ROLES:
        raise NotPossible(f"There is no such role. The roles are: {', '.join(ROLES)}.")
    if not works.agency.strip():
        raise NotPossible("A person works for an agency; say which.")
    teams = connection.execute(select(TEAMS.c.id)).scalars().all()
    for kind, given, there_are in (
        ("district", works.districts, geography.districts()),
        ("office", works.offices, geography.offices()),
        ("team", works.teams, teams),
    ):
        if given - {*there_are, WHOLE_STATE}:
            raise NotPossible(f"There is no such {kind}. There are: {', '.join(sorted(there_are))}; or * for all.")


def _set_memberships(connection: Connection, person_id: str, works: Works) -> None:
    named = zip(KINDS, (works.districts, works.offices, works.teams), strict=True)
    rows = [{"person_id": person_id, "kind": kind, "name": name} for kind, names in named for name in sorted(names)]
    if rows:
        connection.execute(insert(MEMBERSHIPS), rows)


def _update_person(connection: Connection, person_id: str, **values: Any) -> None:  # noqa: ANN401  # a column's own
    if not connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(values)).rowcount:
        raise NotFound("There is no such person.")


def _update_account(connection: Connection, person_id: str, **values: Any) -> None:  # noqa: ANN401  # a column's own
    if not connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person_id).values(values)).rowcount:
        raise NotFound("There is no such account.")


def _plainly(works: Works) -> dict[str, str | list[str]]:
    """As the log takes it."""
    return {"role": works.role, **{f"{kind}s": sorted(getattr(works, f"{kind}s")) for kind in KINDS}}


def _log(connection: Connection, by: Viewer, act: str, now: datetime, person_id: str, **more: str | Iterable[str]) -> None:
    trace.append(connection, by.id, act, now, detail={"person": person_id, **more})
