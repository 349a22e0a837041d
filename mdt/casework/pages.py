"""A case as the door reads and writes it: its row, its events, its ledger head, and the projection kept in step.

Core statements only; an act is three reads and a handful of writes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from mdt.access import Circle, Sight, sight
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound
from mdt.facts import Event, Fact, live
from mdt.law.rulebook import Force
from mdt.links import links
from mdt.policy import WITHOUT_SIGHT, How, Relation
from mdt.position import standing
from mdt.queue import lines
from mdt.records.tables import CASES, EVENT_COLUMNS, EVENTS, INVOLVED, LEDGER, LINKS, NARRATIVES, QUEUE, REPORTS, TASKS
from mdt.store import keys, ledger, outbox, sealed
from mdt.store.prepared import Prepared
from mdt.tasks import BINDING, Task, next_due, open_tasks, tasks_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Act, New
    from mdt.facts import History
    from mdt.links import Link
    from mdt.queue import Line
    from mdt.store.sealed import CaseKey


Row = dict[str, Any]
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
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
_PROJECTED = (
    "version", "events", "head", "team", "district", "region", "office", "room", "tracks", "may_close", "open_tasks",
    "law_due_at", "next_at", "next_step", "next_owner", "next_force", "waiting_since", "reviewed_at", "before_team",
    "restricted", "guarded", "changed_at",
)  # fmt: skip
_PROJECT = Prepared(update(CASES).where(CASES.c.id == bindparam("row"), CASES.c.version == bindparam("was")), _PROJECTED)
_VERSION_OF = Prepared(
    select(LEDGER.c.version).where(
        LEDGER.c.case_id == bindparam("case_id"), LEDGER.c.command == bindparam("command"), LEDGER.c.by == bindparam("by")
    )
)
_ADDED_TO = (EVENTS, NARRATIVES, LEDGER, TASKS, INVOLVED, QUEUE, LINKS, REPORTS)
_ADD = {table.name: Prepared(insert(table), table.columns.keys()) for table in _ADDED_TO}
_END_TASK = Prepared(
    delete(TASKS).where(
        TASKS.c.case_id == bindparam("row"), TASKS.c.step == bindparam("was_step"), TASKS.c.about == bindparam("was_about")
    )
)

_END_INVOLVED = Prepared(
    delete(INVOLVED).where(
        INVOLVED.c.case_id == bindparam("row"), INVOLVED.c.who == bindparam("was_who"), INVOLVED.c.how == bindparam("was_how")
    )
)
_END_LINK = Prepared(
    delete(LINKS).where(
        LINKS.c.case_id == bindparam("row"), LINKS.c.other == bindparam("was_other"), LINKS.c.how == bindparam("was_how")
    )
)
_END_LINE = Prepared(delete(QUEUE).where(QUEUE.c.report_id == bindparam("was")))


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
    return sight(viewer, circle(history, _place(history)), now)


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
    _project_tasks(connection, page.case_id, before, after)
    values = projection(history, after) | {"version": page.version + 1, "head": head, "changed_at": entry.now}
    values["events"] = len(page.events) + len(events)
    _PROJECT.run(connection, {"row": page.case_id, "was": page.version, **values})
    _project_circle(connection, page, history)
    _project_links(connection, page, history)
    _project_queue(connection, page, [*page.events, *events])
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


def _project_tasks(connection: Connection, case_id: str, before: Sequence[Task], after: Sequence[Task]) -> None:
    old, new = {t.key: t for t in before}, {t.key: t for t in after}
    gone = [item[0] for item in old.items() if item not in new.items()]
    come = [item[1] for item in new.items() if item not in old.items()]
    _END_TASK.run(connection, *({"row": case_id, "was_step": step, "was_about": about} for step, about in gone))
    _ADD["task"].run(connection, *(task_row(case_id, task) for task in come))


def _project_circle(connection: Connection, page: Page, history: History) -> None:
    before, after = (circle(events, {}).drawn_in for events in (live(page.events), history))
    gone = [item[0] for item in before.items() if item not in after.items()]
    come = {pair: until for pair, until in after.items() if (pair, until) not in before.items()}
    _END_INVOLVED.run(connection, *({"row": page.case_id, "was_who": who, "was_how": how} for who, how in gone))
    _ADD["involved"].run(connection, *involved_rows(page.case_id, Circle(drawn_in=come)))


def _project_links(connection: Connection, page: Page, history: History) -> None:
    before, after = links(live(page.events)), links(history)
    _END_LINK.run(connection, *({"row": page.case_id, "was_other": gone.other, "was_how": gone.how} for gone in before - after))
    _ADD["link"].run(connection, *(link_row(page.case_id, come) for come in after - before))


def link_row(case_id: str, link: Link) -> Row:
    """A link as the projection holds it."""
    return {"case_id": case_id, "other": link.other, "how": link.how, "score": link.score}


def _project_queue(connection: Connection, page: Page, events: Sequence[Event]) -> None:
    before, after = lines(page.events), lines(events)
    _END_LINE.run(connection, *({"was": gone.report} for gone in before if gone not in after))
    _ADD["queue"].run(connection, *(queue_row(page.case_id, come) for come in after if come not in before))


def queue_row(case_id: str, line: Line) -> Row:
    """A report's place in the queue as the projection holds it."""
    return {
        "report_id": line.report, "case_id": case_id, "state": line.state.value, "received_at": line.received_at,
        "classification": line.classification, "taken_by": line.taken_by, "alike": line.alike,
    }  # fmt: skip


def involved_rows(case_id: str, drawn: Circle) -> list[dict[str, Any]]:
    """Everyone who is drawn into a case, as the projection holds it."""
    return [{"case_id": case_id, "who": who, "how": how, "until": until} for (who, how), until in drawn.drawn_in.items()]


def task_row(case_id: str, task: Task) -> dict[str, Any]:
    """A task as the projection holds it."""
    return {
        "case_id": case_id, "step": task.step, "about": task.about, "opened_at": task.opened_at, "opened_by": task.opened_by,
        "started_at": task.started, "owner": task.owner, "assigned": task.assigned, "force": task.force, "due_at": task.due,
        "rolled_at": task.rolled, "target_at": task.target, "next_at": next_due(task) or NEVER,
    }  # fmt: skip


def projection(history: History, tasks: Sequence[Task]) -> dict[str, Any]:
    """What the board shows of a case, derived from its live history and open tasks."""
    where = standing(history, tasks)
    around = circle(history, {})
    soonest = tasks[0] if tasks else None
    duties = [t.due for t in tasks if t.due is not None and t.force in BINDING]
    return {
        **_place(history),
        "room": where.room.value,
        "tracks": where.tracks,
        "may_close": where.may_close,
        "open_tasks": len(tasks),
        "law_due_at": min(duties, default=None),
        "next_at": (next_due(soonest) if soonest else None) or NEVER,
        "next_step": soonest.step if soonest else None,
        "next_owner": soonest.owner if soonest else None,
        "next_force": soonest.force if soonest else None,
        "waiting_since": min((t.opened_at for t in tasks if t.force != Force.ONLY_IF), default=None),
        "reviewed_at": _last_review(history),
        "before_team": around.before_team,
        "restricted": around.restricted,
        "guarded": around.restricted is not None or any(how == How.CONFLICT for _, how in around.drawn_in),
    }


def _place(history: History) -> dict[str, Any]:
    placed = next((e.data for e in reversed(history) if e.fact is Fact.CASE_PLACED), {})
    return {name: placed.get(name) for name in ("team", "district", "region", "office")}


def _last_review(history: History) -> datetime | None:
    return next((e.happened_at for e in reversed(history) if e.fact is Fact.REVIEW_HELD), None)


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
        **projection(history, tasks),
    }
    tables = rows | {"cases": [case], "task": [task_row(case_id, t) for t in tasks]}
    tables |= {"queue": [queue_row(case_id, line) for line in lines(events)]}
    tables |= {"link": [link_row(case_id, link) for link in links(history)]}
    return tables | {"outbox": [{"case_id": case_id, "made_at": entry.now}] if entry.by != FLOW else []}
