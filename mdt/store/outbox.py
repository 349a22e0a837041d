"""What the flows have not carried yet. Whoever takes a row holds it for a lease; a row whose taker died is free again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mdt.records.tables import OUTBOX
from mdt.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mdt.store.engine import Store

LEASE = timedelta(minutes=2)
_PUT = Prepared(insert(OUTBOX), ("case_id", "made_at"))


class Taken(NamedTuple):
    """An outbox row in our hands."""

    id: int
    case_id: str


def put(connection: Connection, case_id: str, now: datetime) -> None:
    """Ask for the case to be carried to the flows. Part of the caller's transaction."""
    _PUT.run(connection, {"case_id": case_id, "made_at": now})


def take(store: Store, by: str, now: datetime, most: int) -> list[Taken]:
    """Up to `most` rows, the oldest first, that nobody holds; they are ours until the lease ends."""
    free = or_(OUTBOX.c.taken_at.is_(None), OUTBOX.c.taken_at < now - LEASE)
    with store.write() as connection:
        rows = connection.execute(
            select(OUTBOX.c.id, OUTBOX.c.case_id)
            .where(free)
            .order_by(OUTBOX.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            connection.execute(
                update(OUTBOX).where(OUTBOX.c.id == bindparam("row")).values(taken_at=now, taken_by=by),
                [{"row": row.id} for row in rows],
            )
    return [Taken(row.id, row.case_id) for row in rows]


def done(store: Store, taken: Sequence[Taken], by: str) -> None:
    """These have been carried. A row that somebody else has taken over meanwhile stays theirs."""
    if not taken:
        return
    with store.write() as connection:
        connection.execute(
            delete(OUTBOX).where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.taken_by == by),
            [{"row": t.id} for t in taken],
        )


def give_back(store: Store, taken: Sequence[Taken], by: str) -> None:
    """These could not be carried now; they are free again at once."""
    with store.write() as connection:
        connection.execute(
            update(OUTBOX).where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.taken_by == by).values(taken_at=None, taken_by=None),
            [{"row": t.id} for t in taken],
        )


def waiting(store: Store) -> int:
    """How many rows are still to be carried."""
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()


def release(store: Store, gone: Sequence[str]) -> int:
    """Free at once what these takers held, as they are known to be gone; how many rows."""
    with store.write() as connection:
        held = update(OUTBOX).where(OUTBOX.c.taken_by.in_(gone)).values(taken_at=None, taken_by=None)
        return connection.execute(held).rowcount


def takers(store: Store) -> set[str]:
    """Everyone who holds rows now."""
    with store.read() as connection:
        return {by for by in connection.execute(select(OUTBOX.c.taken_by).distinct()).scalars() if by}
