"""What a person was typing into a form, kept sealed and offered back after a time-out, a reload or a crash.

A draft is its writer's own and nobody else's: no other person, whatever the role, is ever asked about one. It holds the form's
command, so that what was perhaps recorded just before a crash is recorded once, and the version of the case that she had seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, delete, select

from mdt.board.sight import visible
from mdt.errors import MdtError
from mdt.law.rulebook import load
from mdt.records.tables import CASES, DRAFTS
from mdt.store import keys, sealed
from mdt.store.inserts import insert_into
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Select

    from mdt.access import Viewer
    from mdt.store import Store

Done = TypeVar("Done")
Value = str | bool | int | float | list[Any] | date | datetime | time | None
_READ: dict[str, Any] = {"$instant": datetime.fromisoformat, "$day": date.fromisoformat, "$time": time.fromisoformat}


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was left: what each widget held, the case as she had seen it, and the command that makes it one act."""

    seen: int
    opened_at: datetime
    command: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Begun:
    """A form that somebody began and has not recorded; `number` is its case's, if it is about one."""

    form: str
    case_id: str | None
    number: str | None
    saved_at: datetime


def keep(store: Store, viewer: Viewer, form: str, kept: Kept, now: datetime, *, case_id: str | None = None) -> None:
    """Keep a form as it is now, in place of how it was kept before."""
    with store.write() as connection:
        blob = sealed.seal(keys.of(connection).house(connection, "drafts"), _place(viewer, form), written(kept))
        row = {"person_id": viewer.id, "form": form, "case_id": case_id, "saved_at": now, "sealed": blob}
        added = insert_into(connection, DRAFTS).values(row)
        anew = {"saved_at": now, "sealed": blob}
        connection.execute(added.on_conflict_do_update(index_elements=["person_id", "form"], set_=anew))


def found(store: Store, viewer: Viewer, form: str, now: datetime) -> Kept | None:
    """The form as this person left it, unless its case is no longer hers to see. Raises `Tampered`."""
    statement = _hers(viewer, now, DRAFTS.c.sealed).where(DRAFTS.c.form == form)
    with store.read() as connection:
        with looking_as(connection, viewer.id):
            blob = connection.execute(statement).scalar_one_or_none()
        if blob is None:
            return None
        return read(sealed.unseal(keys.of(connection).house(connection, "drafts"), _place(viewer, form), blob))


def begun(store: Store, viewer: Viewer, now: datetime) -> list[Begun]:
    """What this person has begun and neither recorded nor thrown away, the newest first."""
    statement = _hers(viewer, now, DRAFTS.c.form, DRAFTS.c.case_id, CASES.c.number, DRAFTS.c.saved_at)
    newest_first = statement.order_by(DRAFTS.c.saved_at.desc(), DRAFTS.c.form)
    with store.read(viewer.id) as connection:
        return [Begun(*row) for row in connection.execute(newest_first)]


def forget(store: Store, viewer: Viewer, form: str) -> None:
    """The form was recorded, or is given up. To forget what is not kept changes nothing."""
    with store.write() as connection:
        connection.execute(delete(DRAFTS).where(DRAFTS.c.person_id == viewer.id, DRAFTS.c.form == form))


def recorded(store: Store, viewer: Viewer, form: str, record: Callable[[Store], Done]) -> Done:
    """What `record` does with the store, and with it, in one transaction, the end of its draft.

    What it refuses leaves the draft as it is, and leaves behind what the refusal itself wrote.
    """
    with store.in_one_go() as (whole, _connection):
        try:
            done = record(whole)
        except MdtError as said:
            refusal = said
        else:
            forget(whole, viewer, form)
            return done
    raise refusal


def prune(connection: Connection, now: datetime) -> None:
    """Forget, in the caller's transaction, every draft that is older than the standard keeps it."""
    connection.execute(delete(DRAFTS).where(DRAFTS.c.saved_at <= now - kept_for()))


def kept_for() -> timedelta:
    """For how long a draft is kept after it was last touched."""
    return timedelta(days=load().standard("keep-drafts").number or 0)


def _hers(viewer: Viewer, now: datetime, *columns: ColumnElement[Any]) -> Select[Any]:
    """Her own drafts that are not too old, and not on a case that she may not see (any more)."""
    hers_to_see = CASES.c.id.is_not(None) & visible(viewer)  # the database's own wall may have hidden the row
    return (
        select(*columns)
        .join_from(DRAFTS, CASES, CASES.c.id == DRAFTS.c.case_id, isouter=True)
        .where(DRAFTS.c.person_id == viewer.id, DRAFTS.c.saved_at > now - kept_for())
        .where(DRAFTS.c.case_id.is_(None) | hers_to_see)
    )


def _place(viewer: Viewer, form: str) -> str:
    return sealed.place("draft", "sealed", f"{viewer.id}|{form}")


def written(kept: Kept) -> str:
    """A draft as text; `read` makes the same draft of it."""
    whole = {"seen": kept.seen, "opened_at": kept.opened_at, "command": kept.command, "values": kept.values}
    return json.dumps(whole, default=_tagged)


def read(text: str) -> Kept:
    """The draft that was written."""
    return Kept(**json.loads(text, object_hook=_untagged))


def _tagged(value: object) -> dict[str, str]:
    """What JSON does not know, by its kind; no field of a form begins with the sign."""
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    raise TypeError("A form holds nothing of that kind.")


def _untagged(found: dict[str, Any]) -> Any:  # noqa: ANN401  # whatever was written
    kind = next(iter(found), "")
    return _READ[kind](found[kind]) if kind in _READ else found
