"""A case as the door reads and writes it: its row, its events, its ledger head, and the projection kept in step.

Core statements only; an act is three reads and a handful of writes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from mdt.access import Sight, sight
from mdt.casework import projecting
from mdt.casework.projecting import Row, State
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound
from mdt.facts import Event, Fact
from mdt.history import live
from mdt.policy import WITHOUT_SIGHT, Relation
from mdt.records.tables import CASES, EVENT_COLUMNS, EVENTS, LEDGER, NARRATIVES, REPORTS
from mdt.store import keys, ledger, outbox, sealed
from mdt.store.prepared import Prepared
from mdt.tasks import Task, open_tasks, tasks_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Act, New
    from mdt.facts import History
    from mdt.store.sealed import CaseKey


FLOW = "flow"
NO_SUCH_CASE = "There is no such case, or it is not yours to see."
_FACTS = {fact.value: fact for fact in Fact}


@dataclass(frozen=True, slots=True)
class Page:
    """A case as it stands in this transaction."""

    case_id: str
    version: int
    head: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who records what, when it happened and when it was recorded, and the command that makes it happen once."""

    act: str
    by: str
    happened_at: datetime
    now: datetime
    command: str


_OPEN = Prepared(select(CASES.c.version, CASES.c.head).where(CASES.c.id == bindparam("case_id")).with_for_update())
_HISTORY = Prepared(select(*EVENT_COLUMNS).where(EVENTS.c.case_id == bindparam("case_id")).order_by(EVENTS.c.seq))
_VERSION_OF = Prepared(
    select(LEDGER.c.version).where(
        LEDGER.c.case_id == bindparam("case_id"), LEDGER.c.command == bindparam("command"), LEDGER.c.by == bindparam("by")
    )
)
_ADD = {table.name: Prepared(insert(table), table.columns.keys()) for table in (EVENTS, NARRATIVES, LEDGER, REPORTS)}


def open_page(connection: Connection, case_id: str) -> Page:
    """The case, locked until the transaction ends. Raises `NotFound`."""
    found = _OPEN.rows(connection, {"case_id": case_id})
    if not found:
        raise NotFound(NO_SUCH_CASE)
    version, head = found[0]
    return Page(case_id, version, head, history_of(connection, case_id))


def history_of(connection: Connection, case_id: str) -> tuple[Event, ...]:
    """Every event of a case as recorded, corrections included."""
    return tuple(map(event_from, _HISTORY.rows(connection, {"case_id": case_id})))


def event_from(row: tuple[Any, ...]) -> Event:
    """A stored event as the rooms know it; the row's columns are `EVENT_COLUMNS`, in order."""
    return Event(_FACTS[row[0]], *row[1:])


def sight_of(history: History, viewer: Viewer, now: datetime) -> Sight:
    """What the viewer sees of the case whose live history this is."""
    return sight(viewer, circle(history, projecting.place_of(history)), now)


def refuse_unless_recording(history: History, act: Act, by: Viewer, now: datetime) -> None:
    """Raise `NotFound` unless the person sees the case, `NotAllowed` if she sees it and may not record this on it."""
    seen = sight_of(history, by, now)
    if seen.row and act.key in WITHOUT_SIGHT:
        return
    if seen.row:
        message = "This case is restricted to named persons, and you are not one of them."
        raise NotAllowed(message)
    if not seen.by:
        raise NotFound(NO_SUCH_CASE)
    if not seen.may_record:
        message = f"You see this case by {Relation.GLASS}; it lets you read and record nothing."
        raise NotAllowed(message)


def version_of(connection: Connection, case_id: str, command: str, by: str) -> int | None:
    """The version of the case that this person's command made, if it was carried out."""
    found = _VERSION_OF.rows(connection, {"case_id": case_id, "command": command, "by": by})
    return found[0][0] if found else None


def new_id(command: str, n: int) -> str:
    """An opaque id that the same command always gives: a repeat cannot make a second thing."""
    return hashlib.sha256(f"{command}/{n}".encode()).hexdigest()[:32]


def write(
    connection: Connection, page: Page, new: Sequence[New], entry: Entry, before: Sequence[Task], report: Row | None = None
) -> tuple[list[Event], list[Task]]:
    """Append the facts, the ledger row, the outbox row, and bring the projection in step; the new events and open tasks.

    `report`: the row of a further report on the child, which the ledger covers too.
    """
    events = [_event(page, n, fact, entry) for n, fact in enumerate(new)]
    head = _append(connection, page, events, new, entry, report)
    history = live((*page.events, *events))
    after = tasks_after(before, live(page.events), history)
    values = projecting.projection(history, after) | {"version": page.version + 1, "head": head, "changed_at": entry.now}
    values["events"] = len(page.events) + len(events)
    projecting.change_case(connection, page.case_id, page.version, values)
    projecting.bring_in_step(connection, page.case_id, State(page.events, before), State((*page.events, *events), after))
    if entry.by != FLOW:
        outbox.put(connection, page.case_id, entry.now)
    return events, after


def _event(page: Page, n: int, new: New, entry: Entry) -> Event:
    made = new_id(entry.command, n)
    about = made if new.about is None else (new.about or None)
    when = (new.happened_at or entry.happened_at).astimezone(UTC)
    return Event(
        new.fact,
        when,
        entry.now.astimezone(UTC),
        entry.by,
        about,
        new.data,
        made,
        len(page.events) + n + 1,
        page.version + 1,
    )


def _append(
    connection: Connection, page: Page, events: Sequence[Event], new: Sequence[New], entry: Entry, report: Row | None
) -> str:
    key = keys.of(connection).case(connection, page.case_id) if any(fact.words for fact in new) else None
    told = [covered_report(report)] if report else []
    rows = _rows(page, events, _words(key, page.case_id, events, new) if key else [], entry, told)
    _ADD["report"].run(connection, *([report] if report else []))
    for name in ("event", "narrative", "ledger"):
        _ADD[name].run(connection, *rows[name])
    return str(rows["ledger"][0]["hash"])


def _words(key: CaseKey, case_id: str, events: Sequence[Event], new: Sequence[New]) -> list[dict[str, Any]]:
    return [
        {"case_id": case_id, **sealed.seal_words(key, e.id, field, text)}
        for e, fact in zip(events, new, strict=True)
        for field, text in sorted(fact.words.items())
    ]


def _rows(
    page: Page, events: Sequence[Event], words: Sequence[dict[str, Any]], entry: Entry, founding: Sequence[dict[str, Any]] = ()
) -> dict[str, list[dict[str, Any]]]:
    rows = [event_row(page.case_id, e) for e in events]
    covered = [*map(covered_words, words), *founding]
    row = {
        "case_id": page.case_id, "version": page.version + 1, "command": entry.command, "act": entry.act, "by": entry.by,
        "at": entry.now.astimezone(UTC), "digest": ledger.digest(rows, covered), "previous": page.head,
    }  # fmt: skip
    row["hash"] = ledger.link(row)
    return {"event": rows, "narrative": list(words), "ledger": [row]}


def covered_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger's digest covers of words: not how they are sealed, which a change of keys changes."""
    return {name: row[name] for name in ("event_id", "field", "commitment")}


def founding_of(case: Mapping[str, Any], child: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """What else the digest of a case's first ledger row covers: what no event tells, and who it is about."""
    told = {name: case[name] for name in ("number", "opened_at", "age")}
    return told | {
        "child": child["commitment"],
        **covered_report(report),
    }


def covered_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger's digest covers of a report."""
    row = {name: report[name] for name in ("report_no", "child_no", "received_at", "digest")}
    return {"report": report["commitment"], **row}


def event_row(case_id: str, event: Event) -> dict[str, Any]:
    """An event as it is stored, and as the ledger's digest covers it."""
    return {
        "id": event.id, "case_id": case_id, "seq": event.seq, "act": event.act, "fact": event.fact.value, "about": event.about,
        "happened_at": event.happened_at, "recorded_at": event.recorded_at, "by": event.by,
        "data": event.data,
    }  # fmt: skip


def first_page(
    case_id: str, new: Sequence[New], entry: Entry, key: CaseKey, founding: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """The rows, by table, of a case that its first facts bring into being; the case's own row still lacks its number."""
    page = Page(case_id, 0, ledger.FIRST, ())
    events = [_event(page, n, fact, entry) for n, fact in enumerate(new)]
    history = live(events)
    tasks = open_tasks(history)
    rows = _rows(page, events, _words(key, case_id, events, new), entry, [founding])
    head = rows["ledger"][0]["hash"]
    case = {
        "id": case_id,
        "version": 1,
        "events": len(events),
        "head": head,
        "changed_at": entry.now,
        **projecting.projection(history, tasks),
    }
    tables = rows | {"cases": [case], **projecting.first_lists(case_id, State(events, tasks))}
    return tables | {"outbox": [{"case_id": case_id, "made_at": entry.now}] if entry.by != FLOW else []}
