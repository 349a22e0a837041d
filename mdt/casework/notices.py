"""Who is told what, once. A notice's mark is unique in its case, so that no run, however often repeated, tells twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, case, exists, literal, or_, select, update

from mdt import notices
from mdt.board.sight import visible
from mdt.law.rulebook import Actor
from mdt.records.tables import CASES, NOTICES
from mdt.store.inserts import insert_into
from mdt.tasks import task_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store
    from mdt.tasks import Task


def tell_of(connection: Connection, case_id: str, tasks: Sequence[Task], now: datetime) -> None:
    """Tell each open duty's actor that it is open, once an opening."""
    rows = [_row(case_id, notices.DUE, t, now) for t in tasks if t.due is not None and t.owner != Actor.SYSTEM]
    _once(connection, rows)


def tell_team(connection: Connection, case_id: str, line: str, now: datetime) -> None:
    """Tell the team that a case is on its agenda."""
    row = {"case_id": case_id, "kind": notices.MEETING, "mark": f"meeting|{line}", "step": "hold-review", "to_actor": "MDT",
           "due_at": None, "made_at": now}  # fmt: skip
    _once(connection, [row])


def ask_to_stand_in(connection: Connection, case_id: str, line: str, person: str, now: datetime) -> None:
    """Ask a person to stand in for a member who cannot take part in the case's review, once a line."""
    row = {"case_id": case_id, "kind": notices.STAND_IN, "mark": f"stand in|{line}|{person}", "step": "", "to_actor": person,
           "due_at": None, "made_at": now}  # fmt: skip
    _once(connection, [row])


def tell_of_decisions(connection: Connection, case_id: str, tasks: Sequence[Task], now: datetime) -> None:
    """Tell whoever carries out a decision, or is asked for an update, once each."""
    kinds = {"carry-out-decision": notices.DECISION, "give-update": notices.UPDATE}
    rows = [{**_row(case_id, kinds[t.step], t, now), "due_at": t.target} for t in tasks if t.step in kinds]
    _once(connection, rows)


def untold(tasks: Table) -> ColumnElement[bool]:
    """The clause of decisions and requests for updates of which nobody was told yet."""
    told = [
        and_(tasks.c.step == step, ~_is_marked(tasks, kind))
        for step, kind in (("carry-out-decision", notices.DECISION), ("give-update", notices.UPDATE))
    ]
    return or_(*told)


def _is_marked(tasks: Table, kind: str) -> ColumnElement[bool]:
    mark = literal(f"{kind}|") + tasks.c.step + literal(":") + tasks.c.about + literal("|") + tasks.c.opened_by
    return exists().where(NOTICES.c.case_id == tasks.c.case_id, NOTICES.c.mark == mark)


def _row(case_id: str, kind: str, task: Task, now: datetime) -> dict[str, Any]:
    mark = f"{kind}|{task_id(task.key)}|{task.opened_by}"
    return {"case_id": case_id, "kind": kind, "mark": mark, "step": task.step, "to_actor": task.assigned or task.owner,
            "due_at": task.due, "made_at": now}  # fmt: skip


def is_told(tasks: Table) -> ColumnElement[bool]:
    """Whether a duty's opening has been told: the notice of that case, step and opening event."""
    mark = literal(f"{notices.DUE}|") + tasks.c.step + case((tasks.c.about == "", ""), else_=literal(":") + tasks.c.about)
    return and_(NOTICES.c.case_id == tasks.c.case_id, NOTICES.c.mark == mark + literal("|") + tasks.c.opened_by)


def _once(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert_into(connection, NOTICES).on_conflict_do_nothing(), rows)


def mark_seen(store: Store, viewer: Viewer, to: Sequence[str], now: datetime) -> int:
    """The viewer has read the notices of these actors, in the cases that are hers to see; how many."""
    with store.write() as connection:
        hers = NOTICES.c.case_id.in_(select(CASES.c.id).where(visible(viewer))) | (NOTICES.c.kind == notices.EMERGENCY)
        unseen = NOTICES.c.to_actor.in_(to) & NOTICES.c.seen_at.is_(None) & hers
        return connection.execute(update(NOTICES).where(unseen).values(seen_at=now)).rowcount
