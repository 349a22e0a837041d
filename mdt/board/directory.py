"""The directory as it is read: a search, what fits a child's need, one service. Nothing of any case, and no hidden object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from mdt import access, directory
from mdt.board.case import names_of
from mdt.casework import refusals
from mdt.casework.directory import CHANGE
from mdt.directory import Asked, Match, Service
from mdt.directory_entry import listed, need_bits
from mdt.errors import NotAllowed, NotFound
from mdt.policy import Role
from mdt.records.tables import DIRECTORY_AREAS, DIRECTORY_OBJECTS, DIRECTORY_SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from mdt.access import Viewer
    from mdt.store import Store

READ = "the directory"
PAGE = 25
NUL = "\x00"  # which PostgreSQL takes for no text
S = DIRECTORY_SERVICES.c
COLUMNS = (
    S.id, S.provider, S.name, S.provider_name, S.status, S.needs, S.minimum_age, S.maximum_age, S.languages, S.interprets,
    S.areas, S.available, S.maximum, S.capacity_at, S.assured_on, S.email, S.phone, S.url, S.refer, S.confidential,
)  # fmt: skip
LISTS = (5, 8, 10)  # the places of the columns that are lists

SHOWN = ("schedule", "required_document", "address")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what a search found, the best first. `total` fit; `unfit` meet the need but something stands against them."""

    matches: tuple[Match, ...]
    total: int
    unfit: int


@dataclass(frozen=True, slots=True)
class Card:
    """A service whole. `details`: its open objects by kind; `own`: what was said here, by whom, by name, and when.

    `may_change`: whether she may who looks.
    """

    service: Service
    details: dict[str, list[dict[str, Any]]]
    came: dict[str, Any]
    own: dict[str, Any]
    changed_by: str | None
    changed_at: datetime | None
    may_change: bool


def may_read(viewer: Viewer) -> bool:
    """Whether the directory is open to this role."""
    return access.may_look_into(viewer, READ) or viewer.role == Role.SYSTEM


def refuse_unless_reading(store: Store, viewer: Viewer, now: datetime) -> None:
    """Raise `NotAllowed`, which is logged, unless the directory is open to this role."""
    if not may_read(viewer):
        refusals.log(store, viewer, "directory", now)
        raise NotAllowed(f"The directory of services is not open to this role ({viewer.role}).")


def matches(  # noqa: PLR0917  # what a child needs is said in one order everywhere: need, age, town, language
    store: Store, viewer: Viewer, need: str, age: int | None, town: str | None, language: str | None, now: datetime,
    most: int | None = 10, *, district: str | None = None, unfit: bool = False,
) -> list[Match]:  # fmt: skip
    """The services that fit a child's need, the best first, at most so many or all; with `unfit` also those that do not, last.

    What is None is not asked about. Raises `NotAllowed`, which is logged.
    """
    refuse_unless_reading(store, viewer, now)
    asked = Asked(need, age, town, district, language)
    with store.read(viewer.id) as connection:
        found = directory.match(asked, _services(connection, asked, narrow=not unfit), now)
    return [one for one in found if unfit or one.eligible][:most]


def search(
    store: Store, viewer: Viewer, asked: Asked, now: datetime, *, text: str = "", first: int = 0, most: int = PAGE,
    unfit: bool = False,
) -> Found:  # fmt: skip
    """A page of the services that fit, or with `unfit` of those that do not. Raises `NotAllowed`, which is logged."""
    refuse_unless_reading(store, viewer, now)
    with store.read(viewer.id) as connection:
        found = directory.match(asked, _services(connection, asked, text), now)
    total = sum(one.eligible for one in found)
    shown = found[total:] if unfit else found[:total]
    first = first if first < len(shown) else 0  # the list has become shorter meanwhile
    return Found(tuple(shown[first : first + most]), total, len(found) - total)


def provider_name(store: Store, viewer: Viewer, code: str) -> str | None:
    """The name of the provider with that code; None if the directory knows none."""
    with store.read(viewer.id) as connection:
        found = connection.execute(select(S.provider_name).where(S.provider == code).limit(1)).scalar_one_or_none()
    return None if found is None else str(found)


def service(store: Store, viewer: Viewer, service_id: str, now: datetime) -> Card:
    """A service whole, without anything that tells where a confidential one is. Raises `NotAllowed`, logged, and `NotFound`."""
    refuse_unless_reading(store, viewer, now)
    with store.read(viewer.id) as connection:
        row = connection.execute(select(DIRECTORY_SERVICES).where(S.id == service_id)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such service in the directory.")
        details = _details(connection, service_id)
        by = names_of(connection, {row["changed_by"] or ""}).get(row["changed_by"])
        of_row = tuple(row[column.name] for column in COLUMNS)
    may_change = access.may_look_into(viewer, CHANGE)
    return Card(_service(of_row), details, row["came"], row["own"], by, row["changed_at"], may_change)


def languages(store: Store, viewer: Viewer) -> list[str]:
    """Every language that some service speaks, by name."""
    with store.read(viewer.id) as connection:
        told = connection.execute(select(S.languages).distinct()).scalars().all()
    return sorted({language for one in told for language in listed(one)})


def _services(connection: Connection, asked: Asked, text: str = "", *, narrow: bool = False) -> list[Service]:
    """The services for that need, read by number; with `narrow`, without those that surely do not fit."""
    query = select(*COLUMNS)
    if asked.need:
        query = query.where(S.need_bits.op("&")(need_bits([asked.need])) != 0)
    if text.strip():
        query = query.where(_named(text))
    return [_service(row) for row in connection.execute(_narrowed(query, asked) if narrow else query)]


def _named(text: str) -> ColumnElement[bool]:
    words = f"%{text.replace(NUL, '').strip().lower().replace('%', '').replace('_', ' ')}%"
    return or_(func.lower(S.name).like(words), func.lower(S.provider_name).like(words), func.lower(S.provider).like(words))


def _narrowed(query: Select[Any], asked: Asked) -> Select[Any]:
    """Without those that are closed, out of age or out of area: what is left is judged one by one."""
    query = query.where(S.status == directory.ACTIVE)
    if asked.age is not None:
        query = query.where(or_(S.minimum_age.is_(None), S.minimum_age <= asked.age))
        query = query.where(or_(S.maximum_age.is_(None), S.maximum_age >= asked.age))
    if asked.areas:
        reaching = DIRECTORY_AREAS.c.area.in_(["", *asked.areas])
        query = query.where(S.id.in_(select(DIRECTORY_AREAS.c.service_id).where(reaching)))
    return query


def _service(row: Row[Any] | tuple[Any, ...]) -> Service:
    values = [*row]
    for n in LISTS:
        values[n] = listed(values[n])
    return Service(*values)


def _details(connection: Connection, service_id: str) -> dict[str, list[dict[str, Any]]]:
    """Its open objects, and those of the places where it is. Its own words are elsewhere: they may repeat a hidden address."""
    own = _objects(connection, DIRECTORY_OBJECTS.c.owner == service_id)
    places = [data["location_id"] for kind, data in own if kind == "service_at_location" and "location_id" in data]
    there = _objects(connection, DIRECTORY_OBJECTS.c.owner.in_(places))
    at = _objects(connection, (DIRECTORY_OBJECTS.c.kind == "location") & DIRECTORY_OBJECTS.c.id.in_(places))
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, data in (*own, *at, *there):
        if kind in SHOWN:
            found.setdefault(kind, []).append(data)
    return found


def _objects(connection: Connection, where: ColumnElement[bool]) -> Sequence[tuple[str, dict[str, Any]]]:
    open_ones = select(DIRECTORY_OBJECTS.c.kind, DIRECTORY_OBJECTS.c.data).where(where, DIRECTORY_OBJECTS.c.hidden.is_(False))
    rows = connection.execute(open_ones.order_by(DIRECTORY_OBJECTS.c.kind, DIRECTORY_OBJECTS.c.place)).all()
    return [(kind, data) for kind, data in rows]
