"""Who the child is, and the words kept beside the facts: each class to those alone who may read it, and each read logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.access import class_of_note, class_of_told, sight
from mdt.board.sight import visible
from mdt.casework import refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.casework.room import ROOM_OF
from mdt.circle import circle
from mdt.errors import NotFound, Tampered
from mdt.history import live
from mdt.policy import See
from mdt.records.tables import CASES, CHILDREN, NARRATIVES, REPORTS
from mdt.store import keys, sealed, trace

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.facts import Event
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Named:
    """Who the child is, what the reports told, and the notes by event id; what this viewer may not read is not in it."""

    child: dict[str, Any]
    reports: tuple[dict[str, Any], ...]
    words: dict[str, dict[str, str]]


def named(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Named:
    """What names the child, and a row in the access log in the same transaction.

    Raises `NotFound`, and `Tampered`; either is logged too.
    """
    try:
        return _named(store, viewer, case_id, now)
    except Tampered:  # or the case's key was changed between two looks at it
        return _once_more(store, viewer, case_id, now)
    except NotFound:
        refusals.log(store, viewer, "named", now, case_id)
        raise


def _once_more(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Named:
    try:
        return _named(store, viewer, case_id, now)
    except Tampered:
        with store.write() as connection:
            trace.append(connection, viewer.id, "tampered", now, case_id=case_id)
        raise


def _named(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Named:
    with store.write(viewer.id) as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_SUCH_CASE)
        events = history_of(connection, case_id)
        seen = sight(viewer, circle(live(events), dict(row)), now)
        found = _read(connection, case_id, viewer, seen, {e.id: e for e in events})
        if found.child:
            trace.append(connection, viewer.id, "name read", now, case_id=case_id)
        if found.reports or found.words:
            count = len(found.reports) + len(found.words)
            trace.append(connection, viewer.id, "narrative read", now, case_id=case_id, count=count)
    return found


def _read(connection: Connection, case_id: str, viewer: Viewer, seen: Sight, events: dict[str, Event]) -> Named:
    key = keys.of(connection).case(connection, case_id)
    child: dict[str, Any] = {}
    if See.IDENTITY in seen.sees:
        child = sealed.unseal_child(key, dict(connection.execute(_of(CHILDREN, case_id)).mappings().one()))
    reports: tuple[dict[str, Any], ...] = ()
    if See.REPORT in seen.sees:
        rows = connection.execute(_of(REPORTS, case_id).order_by(REPORTS.c.received_at)).mappings()
        reports = tuple(
            {"report_no": r["report_no"], "received_at": r["received_at"], **_told(sealed.unseal_report(key, dict(r)), seen)}
            for r in rows
        )
    words: dict[str, dict[str, str]] = {}
    for note in connection.execute(_of(NARRATIVES, case_id)).mappings():
        event = events.get(note["event_id"])
        if event is None:  # recorded since the history was read
            continue
        of = class_of_note(ROOM_OF[event.fact], note["field"])
        if of is not See.RELEASED and (event.by == viewer.id or of in seen.sees):  # that: `mdt.board.released`
            words.setdefault(event.id, {})[note["field"]] = sealed.unseal_words(key, dict(note))
    return Named(child, reports, words)


def _of(table: Any, case_id: str) -> Any:  # noqa: ANN401  # a table of any columns, and a statement on it
    return select(table).where(table.c.case_id == case_id)


def _told(report: dict[str, Any], seen: Sight) -> dict[str, Any]:
    return {name: value for name, value in report.items() if class_of_told(name) in seen.sees}
