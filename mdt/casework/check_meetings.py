"""The meetings' part of `mdt check`: each chain of entries is whole, its words open, and the meeting's row is what it says."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.casework import convene, convened, heads
from mdt.casework.pinned import Walk
from mdt.errors import MdtError, Tampered
from mdt.meeting import course
from mdt.records.tables import MEETING_ENTRIES, MEETINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from mdt.casework.pinned import Pinned
    from mdt.store.sealed import CaseKey

Row = dict[str, Any]
AT_ONCE = 500


def faults(connection: Connection, pins: Pinned) -> Iterator[list[str]]:
    """What is wrong with each meeting, nothing for one that is whole."""
    key = _key(connection)
    for rows, entries in _batches(connection):
        for meeting_id in sorted({*rows, *entries}):
            walk = Walk(heads.MEETING, meeting_id, pins.take(heads.MEETING, meeting_id))
            yield _faults(meeting_id, rows.get(meeting_id), entries.get(meeting_id, []), walk, key)


def _key(connection: Connection) -> CaseKey | None:
    """The key of the words, or None if there are none yet, or if it does not open: then no words do."""
    words = select(MEETING_ENTRIES.c.n).where(MEETING_ENTRIES.c.words.is_not(None))
    if connection.execute(words.limit(1)).first() is None:
        return None
    try:
        return convened.words_key(connection)
    except MdtError:
        return None


def _batches(connection: Connection) -> Iterator[tuple[dict[str, Row], dict[str, list[Row]]]]:
    """Meetings' rows and their entries by the meeting's id, some hundred at a time; entries of no meeting too."""
    of_rows, of_entries = select(MEETINGS.c.id), select(MEETING_ENTRIES.c.meeting_id)
    ids = sorted(connection.execute(of_rows.union(of_entries)).scalars())
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        rows = connection.execute(select(MEETINGS).where(MEETINGS.c.id.in_(some))).mappings()
        told = select(MEETING_ENTRIES).where(MEETING_ENTRIES.c.meeting_id.in_(some))
        ordered = told.order_by(MEETING_ENTRIES.c.meeting_id, MEETING_ENTRIES.c.n)
        entries = [dict(row) for row in connection.execute(ordered).mappings()]
        found = {of: list(its) for of, its in groupby(entries, key=lambda row: row["meeting_id"])}
        yield {row["id"]: dict(row) for row in rows}, found


def _faults(meeting_id: str, row: Row | None, entries: Sequence[Row], walk: Walk, key: CaseKey | None) -> list[str]:
    for entry in entries:
        walk.step(entry["n"], entry["previous"], entry["hash"], whole=entry["hash"] == convene.link(entry))
    if fault := walk.fault():
        return [fault]  # what the entries say means nothing once somebody else has written them
    if row is None or (row["version"], row["head"]) != (walk.rows, walk.previous):
        return [f"meeting {meeting_id}: its entries are fewer or more than the meeting says"]
    try:
        told = [convened.entry_from(entry, key) for entry in entries]
    except Tampered:
        return [f"meeting {meeting_id}: the words kept are not what was written"]
    said = convene.projection(course(told)) | {"team_id": told[0].data["team"]}
    if any(row[name] != value for name, value in said.items()):
        return [f"meeting {meeting_id}: its row is not what its entries say"]
    return []
