"""Who signs in: everyone, a person by id, who sits at a window, and the administrator's list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, select, union_all

from mdt import access, settings
from mdt.access import Viewer
from mdt.accounts import DEMO, Ending, code_at, ending
from mdt.casework import accounts as signing_in
from mdt.errors import NotAllowed, NotFound
from mdt.policy import How, Role
from mdt.records.tables import ACCOUNTS, INVOLVED, MEMBERSHIPS, PEOPLE, SITTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Row, Select, Subquery

    from mdt.store import Store

NO_SUCH_PERSON = "There is no such person."
_PERSON = (PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.agency)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose sitting it is, as she is at this moment, and since when."""

    id: str
    how: str
    viewer: Viewer
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None

    def over(self, clicked_at: datetime, now: datetime) -> Ending | None:
        """Why it is over, or None. `clicked_at`: this window's last click, which may be newer than what is kept of it."""
        return ending(self.began_at, max(self.seen_at, clicked_at), self.ended_at, now)


@dataclass(frozen=True, slots=True)
class Account:
    """A line of the administrator's list."""

    viewer: Viewer
    login: str
    how: str
    made_at: datetime
    seen_at: datetime | None
    locked_at: datetime | None
    disabled_at: datetime | None


def people(store: Store, now: datetime | None = None) -> list[Viewer]:
    """Everyone who ever was here, in the order of their ids.

    With `now`: those whose accounts are not disabled, each with the cases that emergency access opens to her then.
    """
    statement = select(*_PERSON) if now is None else select(*_PERSON).where(PEOPLE.c.disabled_at.is_(None))
    return [viewer for viewer, _ in _listed(store, statement, now)]


def by_id(store: Store, person_id: str, now: datetime | None = None) -> Viewer:
    """A person. Raises `NotFound`."""
    found = _listed(store, select(*_PERSON).where(PEOPLE.c.id == person_id), now)
    if not found:
        raise NotFound(NO_SUCH_PERSON)
    return found[0][0]


def demo_people(store: Store) -> list[Viewer]:
    """The invented people, between whom one chooses; nobody outside the demo."""
    return [person for person in people(store) if person.id.startswith(DEMO)] if settings.is_demo() else []


def seat(store: Store, sitting: str, now: datetime) -> Seat | None:
    """Who sits there, asked anew in one query: what was changed or ended anywhere holds from now on."""
    found = _viewers(store, _seat(), {"sitting": sitting, "now": now})
    if not found:
        return None
    viewer, row = found[0]
    return Seat(row.sitting, row.how, viewer, row.began_at, row.seen_at, row.ended_at)


@cache  # every look of every window asks it, and to make it takes longer than to run it
def _seat() -> Select[Any]:
    """The query of `seat`, of a sitting and a moment."""
    ended = func.coalesce(SITTINGS.c.ended_at, PEOPLE.c.disabled_at).label("ended_at")
    whole = (SITTINGS.c.id.label("sitting"), SITTINGS.c.how, SITTINGS.c.began_at, SITTINGS.c.seen_at, ended)
    sits = select(*_PERSON, *whole).join(SITTINGS, SITTINGS.c.person_id == PEOPLE.c.id)
    return _with_works(sits.where(SITTINGS.c.id == bindparam("sitting")), bindparam("now"))


def accounts(store: Store, viewer: Viewer) -> list[Account]:
    """Every account, by login. Raises `NotAllowed` for everybody but administrators and the command line."""
    if viewer.role != Role.SYSTEM and not access.may_look_into(viewer, "the accounts"):
        raise NotAllowed("Accounts are the administrator's.")
    last = select(func.max(SITTINGS.c.seen_at)).where(SITTINGS.c.person_id == PEOPLE.c.id).scalar_subquery().label("seen_at")
    of = (ACCOUNTS.c.login, ACCOUNTS.c.password.is_not(None).label("local"), ACCOUNTS.c.subject.is_not(None).label("oidc"),
          ACCOUNTS.c.made_at, last, ACCOUNTS.c.locked_at, PEOPLE.c.disabled_at)  # fmt: skip
    statement = select(*_PERSON, *of).join(ACCOUNTS, ACCOUNTS.c.person_id == PEOPLE.c.id)
    return sorted((_account(*found) for found in _listed(store, statement, None)), key=lambda account: account.login)


def _account(viewer: Viewer, row: Row[Any]) -> Account:
    how = signing_in.LOCAL if row.local else signing_in.OIDC if row.oidc else signing_in.DEMONSTRATION
    return Account(viewer, row.login, how, row.made_at, row.seen_at, row.locked_at, row.disabled_at)


def demo_code(store: Store, viewer: Viewer, now: datetime) -> str:
    """The code that an invented person's telephone would show, so that the page can. Raises `NotAllowed` outside the demo."""
    if not settings.is_demo() or not viewer.id.startswith(DEMO):
        raise NotAllowed("Codes are shown in the demonstration only.")
    with store.read() as connection:
        account = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.person_id == viewer.id)).mappings().one()
        return code_at(signing_in.second_factor(connection, account) or "", now, account["last_step"])


def within(connection: Connection, person_id: str) -> Viewer:
    """A person, without emergency access, in a transaction that is open already. Raises `NotFound`."""
    found = _found(connection, _with_works(select(*_PERSON).where(PEOPLE.c.id == person_id), None), {})
    if not found:
        raise NotFound(NO_SUCH_PERSON)
    return found[0][0]


def _listed(store: Store, of: Select[Any], now: datetime | None) -> list[tuple[Viewer, Row[Any]]]:
    """Each person of a query with her row."""
    return _viewers(store, _with_works(of, now), {})


def _with_works(of: Select[Any], now: datetime | BindParameter[datetime] | None) -> Select[Any]:
    """A query of people, with what each works for: a line each."""
    people = of.subquery()
    lines = _works_for(now)
    return (
        select(people, lines.c.kind, lines.c.name.label("of"))
        .join_from(people, lines, lines.c.person_id == people.c.id, isouter=True)
        .order_by(people.c.id)
    )


def _viewers(store: Store, statement: Select[Any], asked: dict[str, object]) -> list[tuple[Viewer, Row[Any]]]:
    with store.read() as connection:
        return _found(connection, statement, asked)


def _found(connection: Connection, statement: Select[Any], asked: dict[str, object]) -> list[tuple[Viewer, Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(statement, asked):
        found.setdefault(row.id, []).append(row)
    return [(_viewer(rows), rows[0]) for rows in found.values()]


def _works_for(now: datetime | BindParameter[datetime] | None) -> Subquery:
    works = select(MEMBERSHIPS.c.person_id, MEMBERSHIPS.c.kind, MEMBERSHIPS.c.name)
    if now is None:
        return works.subquery()
    runs = (INVOLVED.c.how == How.GLASS.value) & (INVOLVED.c.until > now)
    return union_all(works, select(INVOLVED.c.who, literal("glass"), INVOLVED.c.case_id).where(runs)).subquery()


def _viewer(rows: list[Row[Any]]) -> Viewer:
    return Viewer(*rows[0][:4], *(_names(rows, kind) for kind in ("district", "office", "team", "glass")))


def _names(rows: Iterable[Row[Any]], kind: str) -> frozenset[str]:
    return frozenset(row.of for row in rows if row.kind == kind)
