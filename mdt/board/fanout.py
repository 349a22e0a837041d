"""Who is told of a case and whether they answered; and, over all cases, the notices that nobody has acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from mdt import fanout
from mdt.board.case import case_view
from mdt.board.sight import in_her_rooms, visible
from mdt.history import contact_is_unsafe
from mdt.records.tables import CASES, EVENTS, TASKS, UNCONFIRMED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row, Select

    from mdt.access import Viewer
    from mdt.board.case import CaseView
    from mdt.fanout import Outgoing
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Telling:
    """A recipient of a case, with who told by name, which report it is of, and whether contact with the family is unsafe."""

    row: Outgoing
    by: str
    about: str
    is_overdue: bool
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """A notice that went out in writing and was not acknowledged: on which case, of what, when it was last sent."""

    case_id: str
    number: str
    age: int | None
    district: str | None
    notice: str
    told: str
    sent_at: datetime
    target_at: datetime | None
    owner: str
    is_late: bool


def outgoing(store: Store, viewer: Viewer, case_id: str, now: datetime) -> tuple[Telling, ...]:
    """Everyone to be told of the case. Raises what `case_view` does."""
    return of_view(case_view(store, viewer, case_id, now), now)


def of_view(view: CaseView, now: datetime) -> tuple[Telling, ...]:
    """The same of a case that was read already; what the viewer does not see of it is not in it."""
    stand = sorted((e for e in view.history if not e.struck), key=lambda e: (e.event.happened_at, e.event.seq))
    history = tuple(e.event for e in stand)
    people, unsafe = {e.event.id: e.by for e in stand}, contact_is_unsafe(history) is True
    rows = fanout.outgoing(history, [t.task for t in view.tasks])
    return tuple(
        Telling(row, people.get(row.notice, ""), view.things.get(row.about, ""), row.is_overdue(now), unsafe and _family(row))
        for row in rows
    )


def _family(row: Outgoing) -> bool:
    return row.to == fanout.FAMILY


def unacknowledged(
    store: Store, viewer: Viewer, now: datetime, *, first: int = 0, most: int = 50
) -> list[Unacknowledged]:  # fmt: skip
    """The notices that wait to be acknowledged in the cases that are the viewer's to see, the longest wait first."""
    statement = (
        _waiting(viewer)
        .add_columns(
            TASKS.c.case_id, CASES.c.number, CASES.c.age, CASES.c.district, TASKS.c.about, EVENTS.c.fact, TASKS.c.opened_at,
            TASKS.c.target_at, TASKS.c.owner,
        )
        .outerjoin(EVENTS, EVENTS.c.id == TASKS.c.about)
        .order_by(TASKS.c.opened_at, TASKS.c.case_id, TASKS.c.about)
        .offset(first)
        .limit(most)
    )  # fmt: skip
    with store.read(viewer.id) as connection:
        rows = connection.execute(statement).all()
    return [_line(row, now) for row in rows]


def _line(row: Row[Any], now: datetime) -> Unacknowledged:
    late = row.target_at is not None and row.target_at < now
    return Unacknowledged(
        row.case_id, row.number, row.age, row.district, row.about, row.fact, row.opened_at, row.target_at, row.owner, late
    )  # fmt: skip


def count_unacknowledged(store: Store, viewer: Viewer) -> int:
    """The length of that list."""
    with store.read(viewer.id) as connection:
        found: int = connection.execute(_waiting(viewer).add_columns(func.count())).scalar_one()
    return found


def _waiting(viewer: Viewer) -> Select[tuple[()]]:
    joined = TASKS.join(CASES, CASES.c.id == TASKS.c.case_id)
    return select().select_from(joined).where(UNCONFIRMED, visible(viewer), in_her_rooms(viewer))
