"""One case opened: where it stands, what is open and why, what happened. The name is a read of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.board.overview import Card, card_from
from mdt.board.sight import visible
from mdt.board.why import Why, why
from mdt.errors import NotFound
from mdt.facts import ABOUT, Event, Fact, Thing, live
from mdt.process import STEP
from mdt.records.tables import CASES, CHILDREN, EVENT_COLUMNS, EVENTS, NARRATIVES, PEOPLE, REPORTS
from mdt.tasks import Task, is_late, is_lost, is_overdue, open_tasks, task_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open step as a person sees it, with why it is there."""

    id: str
    task: Task
    title: str
    about: str
    is_overdue: bool
    is_lost: bool
    is_late: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. `struck`: it was retracted; `moved_from`: when it was first said to have happened."""

    event: Event
    by: str
    about: str
    struck: bool
    moved_from: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case without a name. `things` names each report, line, decision, need … of the case for people."""

    card: Card
    version: int
    tasks: tuple[OpenTask, ...]
    history: tuple[Entry, ...]
    things: dict[str, str]


def case_view(store: Store, viewer: Viewer, case_id: str, now: datetime) -> CaseView:
    """The case as it stands. Raises `NotFound` if there is none, or none this viewer may see."""
    with store.read() as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if row is None:
            message = "There is no such case, or it is not yours to see."
            raise NotFound(message)
        events = _events(connection, case_id)
        people = _people(connection, {e.by for e in events})
    things = name_things(events)
    tasks = tuple(_open_task(t, things, now) for t in open_tasks(events))
    return CaseView(card_from(dict(row), now), row["version"], tasks, _history(events, people, things), things)


def version_of(store: Store, viewer: Viewer, case_id: str) -> int | None:
    """How many acts the case has seen; None if it is not this viewer's to see. What a page asks to know whether it moved."""
    with store.read() as connection:
        return connection.execute(select(CASES.c.version).where(CASES.c.id == case_id, visible(viewer))).scalar_one_or_none()


def _events(connection: Connection, case_id: str) -> list[Event]:
    rows = connection.execute(select(*EVENT_COLUMNS).where(EVENTS.c.case_id == case_id).order_by(EVENTS.c.seq))
    return [Event(Fact(row[0]), *row[1:]) for row in rows]


def _people(connection: Connection, ids: set[str]) -> dict[str, str]:
    rows = connection.execute(select(PEOPLE.c.id, PEOPLE.c.name).where(PEOPLE.c.id.in_(ids)))
    return {"flow": "this system"} | {row.id: row.name for row in rows}


def _open_task(task: Task, things: dict[str, str], now: datetime) -> OpenTask:
    return OpenTask(
        task_id(task.key), task, STEP[task.step].title, things.get(task.about, ""), is_overdue(task, now), is_lost(task, now),
        is_late(task, now), why(task),
    )  # fmt: skip


def name_things(events: list[Event]) -> dict[str, str]:
    """A short name for each thing of a case: "report 2", "need: shelter", "decision 1 (DCF)"."""
    names: dict[str, str] = {}
    counts: dict[Thing, int] = {}
    for event in events:
        kind = ABOUT[event.fact]
        if kind in (Thing.CASE, Thing.EVENT, Thing.TASK) or not event.about or event.about in names:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        names[event.about] = _name(kind, counts[kind], event)
    return names


def _name(kind: Thing, n: int, event: Event) -> str:
    told = event.data.get("need") or event.data.get("paper") or event.data.get("owner")
    if kind is Thing.LINE and "on" in event.data:
        return f"meeting of {event.data['on']}"
    return f"{kind.value} {n}: {told}" if told else f"{kind.value} {n}"


def _history(events: list[Event], people: dict[str, str], things: dict[str, str]) -> tuple[Entry, ...]:
    stands = {e.id: e for e in live(events)}
    lines = [
        Entry(
            stands.get(e.id, e),
            people.get(e.by, "someone of another agency"),
            things.get(e.about or "", ""),
            e.id not in stands,
            e.happened_at if e.id in stands and stands[e.id].happened_at != e.happened_at else None,
        )
        for e in events
    ]
    return tuple(sorted(lines, key=lambda line: (line.event.happened_at, line.event.seq), reverse=True))


@dataclass(frozen=True, slots=True)
class Named:
    """Who the child is, and the words kept beside the facts. Reading this is reading a name."""

    child: dict[str, Any]
    reports: tuple[dict[str, Any], ...]
    words: dict[str, dict[str, str]]


def named(store: Store, viewer: Viewer, case_id: str) -> Named:
    """The child's own row, what the reports told, and every note by event id. Raises `NotFound`."""
    with store.read() as connection:
        if connection.execute(select(CASES.c.id).where(CASES.c.id == case_id, visible(viewer))).first() is None:
            message = "There is no such case, or it is not yours to see."
            raise NotFound(message)
        child = connection.execute(select(CHILDREN).where(CHILDREN.c.case_id == case_id)).mappings().one()
        reports = connection.execute(select(REPORTS).where(REPORTS.c.case_id == case_id).order_by(REPORTS.c.received_at))
        told = tuple({"report_no": r.report_no, "received_at": r.received_at, **r.told} for r in reports)
        notes = connection.execute(select(NARRATIVES).where(NARRATIVES.c.case_id == case_id))
        words: dict[str, dict[str, str]] = {}
        for note in notes:
            words.setdefault(note.event_id, {})[note.field] = note.text
    return Named({k: v for k, v in child.items() if k != "case_id"}, told, words)
