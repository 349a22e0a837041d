"""Where a case's claim stands, for those who see the case; and the claims of the compensation page, the weakest thing of each.

Without the birthdate by default: the 18th birthday names a child, so each look by it is asked for and logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mdt.access import sight
from mdt.board.clocks import Clock, of_task, soonest_first
from mdt.board.sight import in_her_rooms, visible
from mdt.casework import child, refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.casework.room import ROOM_OF
from mdt.circle import circle
from mdt.claim import Standing, minor_through, standing
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.history import contact_is_unsafe, live
from mdt.policy import See
from mdt.process import STEP, STEPS, Room
from mdt.records.tables import CASES, TASKS
from mdt.store import trace
from mdt.tasks import is_lost, open_tasks

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, RowMapping, Select

    from mdt.access import Sight, Viewer
    from mdt.facts import History
    from mdt.store import Store

TRACK = tuple(step.key for step in STEPS if step.room is Room.COMPENSATION)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, and the date of its that comes next: None if nothing that waits has one. `begun`: anything of it is on record.

    `by_birthdate`: the 18th birthday was looked at; `may_look`: it may be. `unsafe`: so it is to contact the child or
    the family.
    """

    case_id: str
    number: str
    age: int | None
    district: str | None
    standing: Standing
    next: Clock | None
    begun: bool
    by_birthdate: bool
    may_look: bool
    unsafe: bool


def claim(store: Store, viewer: Viewer, case_id: str, now: datetime) -> ClaimView:
    """The claim of a case, from what this viewer sees of it, without the birthdate. Raises `NotFound`."""
    with store.read(viewer.id) as connection:
        row = _row(connection, viewer, case_id)
        found = _view(connection, viewer, row, now) if row else None
    if found is None:
        refusals.log(store, viewer, "claim", now, case_id)
        raise NotFound(NO_SUCH_CASE)
    return found


def claim_by_birthdate(store: Store, viewer: Viewer, case_id: str, now: datetime) -> ClaimView:
    """The same by the child's birthdate, and a row in the access log in the same transaction.

    Raises `NotFound`, also to who may not read who the child is.
    """
    with store.write(viewer.id) as connection:
        row = _row(connection, viewer, case_id)
        history = live(history_of(connection, case_id)) if row else ()
        if row and See.IDENTITY in sight(viewer, circle(history, dict(row)), now).sees:
            grown = child.grown_on(child.as_told(connection, case_id, history).child)
            trace.append(connection, viewer.id, "name read", now, case_id=case_id)
            return _view(connection, viewer, row, now, grown_on=grown, looked=True)
    refusals.log(store, viewer, "claim by birthdate", now, case_id)
    raise NotFound(NO_SUCH_CASE)


def claims(store: Store, viewer: Viewer, now: datetime, *, first: int = 0, most: int = 25) -> tuple[int, list[ClaimView]]:
    """How many cases have a compensation step open that she sees, and a page of their claims, the soonest date first."""
    waits = _waiting(viewer)
    with store.read(viewer.id) as connection:
        total = connection.execute(select(func.count()).select_from(waits.subquery())).scalar_one()
        first = first if first < total else 0  # the list has become shorter meanwhile
        due = func.min(func.coalesce(TASKS.c.due_at, TASKS.c.target_at))
        page = connection.execute(waits.order_by(due.asc().nulls_last(), TASKS.c.case_id).offset(first).limit(most))
        ids = list(page.scalars())
        rows = {row["id"]: row for row in connection.execute(select(CASES).where(CASES.c.id.in_(ids))).mappings()}
        return total, [_view(connection, viewer, rows[one], now) for one in ids]


def _waiting(viewer: Viewer) -> Select[tuple[str]]:
    return (
        select(TASKS.c.case_id)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(visible(viewer), in_her_rooms(viewer), TASKS.c.step.in_(TRACK))
        .group_by(TASKS.c.case_id)
    )


def _row(connection: Connection, viewer: Viewer, case_id: str) -> RowMapping | None:
    return connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()


def _view(
    connection: Connection,
    viewer: Viewer,
    row: RowMapping,
    now: datetime,
    *,
    grown_on: date | None = None,
    looked: bool = False,
) -> ClaimView:
    history = live(history_of(connection, row["id"]))
    seen = sight(viewer, circle(history, dict(row)), now)
    hers = tuple(e for e in history if ROOM_OF[e.fact] in seen.rooms)
    return ClaimView(
        row["id"], row["number"], row["age"], row["district"], standing(hers, now, grown_on, _minor_through(row, history)),
        _next(history, seen, now), any(ROOM_OF[e.fact] is Room.COMPENSATION for e in hers), looked,
        See.IDENTITY in seen.sees, contact_is_unsafe(hers) is True,
    )  # fmt: skip


def _minor_through(row: RowMapping, history: History) -> date | None:
    """By the age told with the first report."""
    told = next((e for e in history if e.fact is Fact.REPORT_RECEIVED), None)
    return minor_through(row["age"], told.happened_at) if told else None


def _next(history: History, seen: Sight, now: datetime) -> Clock | None:
    """The open step of the claim whose date comes soonest; a right that ran out has none that comes."""
    mine = [t for t in open_tasks(history) if STEP[t.step].room is Room.COMPENSATION and Room.COMPENSATION in seen.rooms]
    dated = [of_task(t, now) for t in mine if (t.due or t.target) and not is_lost(t, now)]
    return next(iter(soonest_first(dated)), None)
