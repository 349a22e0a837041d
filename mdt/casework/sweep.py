"""Time passing: what became overdue, late, or is about to run out, each told once; and cases whose right to apply is lost.

One statement a kind of notice, whatever the number of cases: the database finds the tasks by index and skips those told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Insert, Select, String, cast, func, insert, literal, select

from mdt import notices
from mdt.casework import drafts
from mdt.compensation import TO_APPLY
from mdt.law.rulebook import load
from mdt.records.tables import DUTY, EVENTS, NOTICES, OUTBOX, RIGHT, TASKS, UNCONFIRMED
from mdt.store.engine import SWEEPING, one_at_a_time
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.law.period import Period
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Swept:
    """How many notices a sweep made, and how many cases it sent to the compensation flow."""

    overdue: int
    late: int
    running_out: int
    chased: int
    lost: int


def sweep(store: Store, now: datetime) -> Swept:
    """Tell everyone what time has done since the last sweep, and forget old drafts. Repeating it adds nothing."""
    with store.write() as connection:
        one_at_a_time(connection, SWEEPING)
        overdue = _tell(connection, notices.OVERDUE, DUTY & (TASKS.c.due_at < now), now)
        late = _tell(connection, notices.LATE, (TASKS.c.target_at < now) & (TASKS.c.step != "confirm-notice"), now)
        running_out = sum(_warn(connection, before, now) for before in _warnings())
        chased = _chase_answers(connection, now) + _chase_notices(connection, now)
        lost = _send_lost(connection, now)
        drafts.prune(connection, now)
    return Swept(overdue, late, running_out, chased, lost)


def _tell(
    connection: Connection, kind: str, which: ColumnElement[bool], now: datetime, mark: str = "", to: str | None = None
) -> int:
    """Tell whoever has the step, or `to`."""
    due = func.coalesce(TASKS.c.due_at, TASKS.c.target_at)
    text = literal(f"{kind}|{mark}") + TASKS.c.step + literal("|") + TASKS.c.about + literal("|") + TASKS.c.opened_by
    told: Select[Any] = select(
        TASKS.c.case_id, literal(kind), cast(text, String), TASKS.c.step,
        literal(to) if to else func.coalesce(TASKS.c.assigned, TASKS.c.owner), due, literal(now, NOTICES.c.made_at.type),
    ).where(which)  # fmt: skip
    columns = ["case_id", "kind", "mark", "step", "to_actor", "due_at", "made_at"]
    return _added(connection, insert_into(connection, NOTICES).from_select(columns, told).on_conflict_do_nothing())


def _warnings() -> list[timedelta]:
    return [timedelta(days=p.count) for p in load().standard("compensation-warning").remind]


def _warn(connection: Connection, before: timedelta, now: datetime) -> int:
    soon = RIGHT & (TASKS.c.due_at >= now) & (TASKS.c.due_at < now + before)
    return _tell(connection, notices.RUNNING_OUT, soon, now, f"{before.days}|")


def _chase_answers(connection: Connection, now: datetime) -> int:
    chases = load().standard("chase-answer").remind
    return sum(_tell(connection, notices.CHASE, _open_for("chase-answer", p, now), now, f"{p.count}|") for p in chases)


def _chase_notices(connection: Connection, now: datetime) -> int:
    """Who has to confirm a notice that went out in writing, is told first; after that, a supervisor."""
    first, *later = load().standard("confirm-notice").remind
    told = _tell(connection, notices.UNCONFIRMED, _unconfirmed(first, now), now, f"{first.count}|")
    return told + sum(
        _tell(connection, notices.ESCALATED, _unconfirmed(p, now), now, f"{p.count}|", notices.SUPERVISOR) for p in later
    )


def _unconfirmed(after: Period, now: datetime) -> ColumnElement[bool]:
    return UNCONFIRMED & (TASKS.c.opened_at < _so_long_ago(after, now))


def _open_for(step: str, after: Period, now: datetime) -> ColumnElement[bool]:
    return (TASKS.c.step == step) & (TASKS.c.opened_at < _so_long_ago(after, now))


def _so_long_ago(after: Period, now: datetime) -> datetime:
    return now - relativedelta(days=after.count)


def _send_lost(connection: Connection, now: datetime) -> int:
    """Cases whose time to apply is over go to the compensation flow, unless it has noted that already or is about to."""
    ended = func.coalesce(TASKS.c.rolled_at, TASKS.c.due_at) < now
    noted = select(EVENTS.c.case_id).where(EVENTS.c.fact == "time limit passed")
    asked = select(OUTBOX.c.case_id)
    lost = (
        select(TASKS.c.case_id, literal(now, OUTBOX.c.made_at.type))
        .where(TASKS.c.step.in_(TO_APPLY), ended, TASKS.c.case_id.not_in(noted), TASKS.c.case_id.not_in(asked))
        .distinct()
    )
    return _added(connection, insert(OUTBOX).from_select(["case_id", "made_at"], lost))


def _added(connection: Connection, statement: Insert) -> int:
    # Without the option PostgreSQL's count of added rows is thrown away and reads -1.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
