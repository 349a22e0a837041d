"""The projections of a case: what lists and the board ask of it, rewritten with its events in the same transaction.

Each is derived from the events alone, so that `mdt check` can derive it anew and compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, update

from mdt.access import Circle
from mdt.agenda_lines import lines_of
from mdt.circle import circle
from mdt.facts import Fact
from mdt.history import contact_is_unsafe, live
from mdt.law.rulebook import Force
from mdt.links import links
from mdt.policy import How
from mdt.position import standing
from mdt.progress import consent_until
from mdt.queue import lines
from mdt.records.tables import AGENDA_LINES, CASES, INVOLVED, LINKS, QUEUE, TASKS
from mdt.store.prepared import Prepared
from mdt.tasks import BINDING, Task, next_due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mdt.agenda_lines import AgendaLine
    from mdt.facts import Event, History
    from mdt.links import Link
    from mdt.queue import Line

Row = dict[str, Any]
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_PROJECTED = (
    "version", "events", "head", "team", "district", "region", "office", "room", "tracks", "may_close", "open_tasks",
    "law_due_at", "next_at", "next_step", "next_owner", "next_force", "waiting_since", "reviewed_at", "before_team",
    "restricted", "guarded", "unsafe", "consent_until", "changed_at",
)  # fmt: skip

_PROJECT = Prepared(update(CASES).where(CASES.c.id == bindparam("row"), CASES.c.version == bindparam("was")), _PROJECTED)

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

_END_AGENDA_LINE = Prepared(delete(AGENDA_LINES).where(AGENDA_LINES.c.line == bindparam("was")))
_END_LINE = Prepared(delete(QUEUE).where(QUEUE.c.report_id == bindparam("was")))
_ADD = {table.name: Prepared(insert(table), table.columns.keys()) for table in (TASKS, INVOLVED, QUEUE, LINKS, AGENDA_LINES)}


@dataclass(frozen=True, slots=True)
class State:
    """A case at one time: all its events, and the tasks that are open."""

    events: Sequence[Event]
    tasks: Sequence[Task]


def bring_in_step(connection: Connection, case_id: str, before: State, after: State) -> None:
    """Bring every list in step with the events."""
    was, now = live(before.events), live(after.events)
    _project_tasks(connection, case_id, before.tasks, after.tasks)
    _project_circle(connection, case_id, was, now)
    _project_links(connection, case_id, was, now)
    _project_queue(connection, case_id, before.events, after.events)
    _project_agenda(connection, case_id, was, now)


def change_case(connection: Connection, case_id: str, was: int, values: Row) -> None:
    """Set the projected columns of a case's own row, if it is still at the version `was`."""
    _PROJECT.run(connection, {"row": case_id, "was": was, **values})


def _project_tasks(connection: Connection, case_id: str, before: Sequence[Task], after: Sequence[Task]) -> None:
    old, new = {t.key: t for t in before}, {t.key: t for t in after}
    gone = [item[0] for item in old.items() if item not in new.items()]
    come = [item[1] for item in new.items() if item not in old.items()]
    _END_TASK.run(connection, *({"row": case_id, "was_step": step, "was_about": about} for step, about in gone))
    _ADD["task"].run(connection, *(task_row(case_id, task) for task in come))


def _project_circle(connection: Connection, case_id: str, was: History, now: History) -> None:
    before, after = circle(was, {}).drawn_in, circle(now, {}).drawn_in
    gone = [item[0] for item in before.items() if item not in after.items()]
    come = {pair: until for pair, until in after.items() if (pair, until) not in before.items()}
    _END_INVOLVED.run(connection, *({"row": case_id, "was_who": who, "was_how": how} for who, how in gone))
    _ADD["involved"].run(connection, *involved_rows(case_id, Circle(drawn_in=come)))


def _project_links(connection: Connection, case_id: str, was: History, now: History) -> None:
    before, after = links(was), links(now)
    _END_LINK.run(connection, *({"row": case_id, "was_other": gone.other, "was_how": gone.how} for gone in before - after))
    _ADD["link"].run(connection, *(link_row(case_id, come) for come in after - before))


def link_row(case_id: str, link: Link) -> Row:
    """A link as the projection holds it."""
    return {"case_id": case_id, "other": link.other, "how": link.how, "score": link.score}


def _project_queue(connection: Connection, case_id: str, was: Sequence[Event], now: Sequence[Event]) -> None:
    before, after = lines(was), lines(now)
    _END_LINE.run(connection, *({"was": gone.report} for gone in before if gone not in after))
    _ADD["queue"].run(connection, *(queue_row(case_id, come) for come in after if come not in before))


def _project_agenda(connection: Connection, case_id: str, was: History, now: History) -> None:
    before, after = lines_of(was), lines_of(now)
    _END_AGENDA_LINE.run(connection, *({"was": gone.line} for gone in before if gone not in after))
    _ADD["agenda_line"].run(connection, *(agenda_row(case_id, come) for come in after if come not in before))


def agenda_row(case_id: str, line: AgendaLine) -> Row:
    """An agenda line as the projection holds it."""
    return {
        "line": line.line, "case_id": case_id, "meeting": line.meeting, "state": line.state, "at": line.at,
        "put_at": line.put_at, "recorded_at": line.recorded_at,
    }  # fmt: skip


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
        **place_of(history),
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
        "unsafe": contact_is_unsafe(history) is True,
        "consent_until": consent_until(history),
        "guarded": around.restricted is not None or any(how == How.CONFLICT for _, how in around.drawn_in),
    }


def place_of(history: History) -> dict[str, Any]:
    """The office, region, district and team of a case, as it was placed last."""
    placed = next((e.data for e in reversed(history) if e.fact is Fact.CASE_PLACED), {})
    return {name: placed.get(name) for name in ("team", "district", "region", "office")}


def _last_review(history: History) -> datetime | None:
    return next((e.happened_at for e in reversed(history) if e.fact is Fact.REVIEW_HELD), None)


def first_lists(case_id: str, state: State) -> dict[str, list[Row]]:
    """The rows, by table, of every list of a new case."""
    return {
        "task": [task_row(case_id, task) for task in state.tasks],
        "queue": [queue_row(case_id, line) for line in lines(state.events)],
        "link": [link_row(case_id, link) for link in links(live(state.events))],
    }
