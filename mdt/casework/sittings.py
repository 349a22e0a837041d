"""Sittings: from signing in to signing out. Each begins, is seen and ends here, and each end is logged with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from mdt.accounts import IDLE, LONGEST, SEEN_AFTER, digest
from mdt.records.tables import SITTINGS
from mdt.store import trace

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

SIGNED_OUT, TIMED_OUT = "signed out", "timed out"
RUNNING = SITTINGS.c.ended_at.is_(None)


def id_of(token: str) -> str:
    """Under which id a sitting is kept. The database does not know the token, so nobody sits down with what it holds."""
    return digest("sitting", token)


def is_known(connection: Connection, token: str) -> bool:
    """Whether a sitting began with this token, over or not."""
    return connection.execute(select(SITTINGS.c.id).where(SITTINGS.c.id == id_of(token))).first() is not None


def begin(connection: Connection, person_id: str, how: str, token: str, now: datetime) -> None:
    """A person has signed in: she sits from now on."""
    row = {"id": id_of(token), "person_id": person_id, "how": how, "began_at": now, "seen_at": now, "ended_at": None}
    connection.execute(insert(SITTINGS).values(row))
    trace.append(connection, person_id, "signed in", now, detail={"how": how})


def see(store: Store, sitting: str, now: datetime) -> None:
    """She has just clicked. Written at most once a minute; a sitting that is over stays so."""
    with store.write() as connection:
        long_ago = SITTINGS.c.seen_at <= now - SEEN_AFTER
        connection.execute(update(SITTINGS).where(SITTINGS.c.id == sitting, RUNNING, long_ago).values(seen_at=now))


def end(store: Store, sitting: str, person_id: str, how: str, now: datetime) -> None:
    """She is `SIGNED_OUT` or `TIMED_OUT`, in every window; logged once, however many windows there were."""
    with store.write() as connection:
        _end(connection, sitting, person_id, how, now)


def _end(connection: Connection, sitting: str, person_id: str, how: str, now: datetime) -> bool:
    ended = connection.execute(update(SITTINGS).where(SITTINGS.c.id == sitting, RUNNING).values(ended_at=now)).rowcount
    if ended:
        trace.append(connection, person_id, how, now)
    return bool(ended)


def end_all_of(connection: Connection, person_id: str, now: datetime) -> None:
    """Her account changed in a way after which she has to sign in again."""
    connection.execute(update(SITTINGS).where(SITTINGS.c.person_id == person_id, RUNNING).values(ended_at=now))


def end_run_out(store: Store, now: datetime) -> int:
    """End the sittings whose windows were closed without signing out, once their time has run out; how many."""
    idle = SITTINGS.c.seen_at <= now - IDLE - SEEN_AFTER  # a click may be a minute newer than what is kept of it
    run_out = select(SITTINGS.c.id, SITTINGS.c.person_id).where(RUNNING, or_(idle, SITTINGS.c.began_at <= now - LONGEST))
    with store.write() as connection:
        found = connection.execute(run_out).all()
        return sum(_end(connection, sitting, person_id, TIMED_OUT, now) for sitting, person_id in found)


def refused_page(store: Store, viewer: Viewer, page: str, now: datetime) -> None:
    """She asked for a page that her role does not have."""
    with store.write() as connection:
        trace.append(connection, viewer.id, "refused", now, detail={"page": page})
