"""The board: counts by position, and the first cards of each column, soonest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, func, select

from mdt import geography
from mdt.access import relates, serves_all
from mdt.board.sight import only_a_row, positions
from mdt.law.period import local_date
from mdt.policy import Relation
from mdt.process import STEP, Room
from mdt.records.tables import CASES, TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from mdt.access import Viewer
    from mdt.store import Store

    Order = tuple[ColumnElement[Any], ...]

FAR = 9999
PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to; None or False is no narrowing."""

    district: str | None = None
    office: str | None = None
    room: Room | None = None
    owner: str | None = None
    overdue: bool = False
    within_days: int | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A case on the board: no name, only what tells where it stands and what comes next."""

    id: str
    number: str
    age: int | None
    district: str | None
    office: str | None
    room: str
    tracks: dict[str, str]
    next_step: str | None
    next_title: str
    next_owner: str | None
    next_at: datetime | None
    next_force: str | None
    is_overdue: bool
    overdue_since: datetime | None
    waiting_since: datetime | None
    reviewed_at: datetime | None
    may_close: bool
    open_tasks: int
    unsafe: bool = False
    consent_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The count of a position, and of those the overdue ones."""

    room: Room
    cases: int
    overdue: int


def columns(store: Store, viewer: Viewer, filters: Filters, now: datetime) -> list[Column]:
    """Every position with its counts, in the order of the board."""
    overdue = func.sum(case((CASES.c.law_due_at < now, 1), else_=0))
    statement = select(CASES.c.room, func.count(), overdue).where(_narrowed(viewer, filters, now)).group_by(CASES.c.room)
    with store.read(viewer.id) as connection:
        found = {row[0]: (row[1], int(row[2] or 0)) for row in connection.execute(statement)}
    return [Column(room, *found.get(room.value, (0, 0))) for room in Room]


def cards(store: Store, viewer: Viewer, filters: Filters, now: datetime, *, first: int = 0, most: int = PAGE) -> list[Card]:
    """Cards, the overdue first and then the soonest; `first` and `most` page through them."""
    clause, is_overdue = _narrowed(viewer, filters, now), CASES.c.law_due_at < now
    with store.read(viewer.id) as connection:  # two queries, each in the order of an index: no sort of all cases
        found = _page(connection, clause & is_overdue, (CASES.c.law_due_at, CASES.c.next_at, CASES.c.id), first, most)
        if len(found) < most and not filters.overdue:
            overdue = first + len(found) if found or not first else _count(connection, clause & is_overdue)
            others = clause & (CASES.c.law_due_at.is_(None) | (CASES.c.law_due_at >= now))
            found += _page(connection, others, (CASES.c.next_at, CASES.c.id), max(0, first - overdue), most - len(found))
    return [card_from(row, now) for row in found]


def _page(connection: Connection, clause: ColumnElement[bool], order: Order, first: int, most: int) -> list[RowMapping]:
    statement = select(CASES).where(clause).order_by(*order).offset(first).limit(most)
    return list(connection.execute(statement).mappings().all())


def _count(connection: Connection, clause: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(CASES).where(clause)).scalar_one()


def _narrowed(viewer: Viewer, filters: Filters, now: datetime) -> ColumnElement[bool]:
    clause = positions(viewer)
    if filters.district:
        clause &= CASES.c.district == filters.district
    if filters.office:
        clause &= CASES.c.office == filters.office
    if filters.room:
        clause &= CASES.c.room == filters.room.value
    if filters.owner:
        clause &= CASES.c.id.in_(select(TASKS.c.case_id).where(TASKS.c.owner == filters.owner))
    if filters.overdue:
        clause &= CASES.c.law_due_at < now
    if filters.within_days is not None:
        clause &= CASES.c.next_at <= now + timedelta(days=filters.within_days)
    if filters.number:
        clause &= CASES.c.number.contains(filters.number, autoescape=True)
    return clause


def consents_ending(store: Store, viewer: Viewer, now: datetime, *, within: timedelta, most: int = PAGE) -> list[Card]:
    """The cases a service of which rests on a consent that ends within that time, or has ended; the soonest first."""
    ends = CASES.c.consent_until.is_not(None) & (CASES.c.consent_until < now + within)
    with store.read(viewer.id) as connection:
        found = _page(connection, positions(viewer) & ends, (CASES.c.consent_until, CASES.c.id), 0, most)
    return [card_from(row, now) for row in found]


def card_from(row: Mapping[Any, Any], now: datetime) -> Card:
    """A row of `cases` as a card."""
    due = row["next_at"]
    duty = row["law_due_at"]
    return Card(
        row["id"], row["number"], row["age"], row["district"], row["office"], row["room"], row["tracks"], row["next_step"],
        STEP[row["next_step"]].title if row["next_step"] else "", row["next_owner"], due if due.year < FAR else None,
        row["next_force"], duty is not None and duty < now, duty if duty is not None and duty < now else None,
        row["waiting_since"], row["reviewed_at"], row["may_close"], row["open_tasks"], row["unsafe"], row["consent_until"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restricted:
    """A case that this viewer may know to exist, and why no more of it is shown."""

    id: str
    number: str
    reason: str


def restricted(store: Store, viewer: Viewer) -> list[Restricted]:
    """The restricted cases that would be the viewer's to see and are not: a row with the reason, never silently missing."""
    statement = select(CASES.c.id, CASES.c.number, CASES.c.restricted).where(only_a_row(viewer)).order_by(CASES.c.number)
    with store.read() as connection:  # that it exists may be known; to her own eyes its row is not there
        return [Restricted(*row) for row in connection.execute(statement)]


def days_left(when: datetime, now: datetime) -> int:
    """Whole Connecticut days until an instant; negative once its day has passed."""
    return (local_date(when) - local_date(now)).days


def districts(viewer: Viewer) -> list[str]:
    """The judicial districts in which this viewer may have cases."""
    hers = viewer.districts if relates(viewer, Relation.TEAM) and not serves_all(viewer) else None
    return list(geography.districts()) if hers is None else sorted(hers)


def owners() -> list[str]:
    """Everyone a step may wait for."""
    return sorted({step.actor.value for step in STEP.values()})
