"""The end of a shift: what still runs with the viewer, what she sent and nobody acknowledged, what she left begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, select

from mdt.board.clocks import of_row
from mdt.board.cover import covers, hers
from mdt.board.sight import in_her_rooms, visible
from mdt.casework import drafts
from mdt.casework.opening import IMPORT
from mdt.facts import Fact
from mdt.law.rulebook import Actor
from mdt.queue import State
from mdt.records.tables import CASES, DUTY, EVENTS, LEDGER, QUEUE, TASKS

if TYPE_CHECKING:
    from sqlalchemy import Connection, FromClause

    from mdt.access import Viewer
    from mdt.board.clocks import Clock
    from mdt.board.cover import Covering
    from mdt.casework.drafts import Begun
    from mdt.store import Store

A_DAY = timedelta(hours=24)
RECEIPT, LATER, RETRACTION = EVENTS.alias("receipt"), EVENTS.alias("later"), EVENTS.alias("retraction")


@dataclass(frozen=True, slots=True)
class Running:
    """A duty whose last lawful instant lies within a day, or has passed."""

    case_id: str
    number: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice that went out in writing and is not acknowledged. `fact` says which; `about` is its id."""

    case_id: str
    number: str
    about: str
    fact: str
    sent_at: datetime
    target_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unclassified:
    """A report that was taken, or taken up, and is not classified yet (§ 17a-101g(a): immediately)."""

    case_id: str
    number: str
    report: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """All of it, the soonest or oldest first. What is a colleague's whom the viewer covers is hers meanwhile."""

    clocks: tuple[Running, ...]
    unacknowledged: tuple[Sent, ...]
    unclassified: tuple[Unclassified, ...]
    drafts: tuple[Begun, ...]
    covers: tuple[Covering, ...]

    @property
    def nothing_open(self) -> bool:
        """Whether she may go home."""
        return not (self.clocks or self.unacknowledged or self.unclassified or self.drafts)


def shift(store: Store, viewer: Viewer, now: datetime) -> Shift:
    """What is open with the viewer at the end of her shift."""
    with store.read(viewer.id) as connection:
        running, sent = _running(connection, viewer, now), _sent(connection, viewer, now)
        waiting = _unclassified(connection, viewer, now)
    begun = drafts.begun(store, viewer, now)
    return Shift(tuple(running), tuple(sent), tuple(waiting), tuple(begun), tuple(covers(store, viewer, now)))


def _running(connection: Connection, viewer: Viewer, now: datetime) -> list[Running]:
    """A query each, by an index of its own: what was given to her, and what is with her in a way and was given to nobody."""
    mine = TASKS.c.assigned.is_(None)
    ways = (
        hers(TASKS.c.assigned, viewer, now),
        mine & _taken_up(viewer, now),
        mine & _received(viewer, now),
        mine & _taken_over(viewer, now),
    )
    found = {(r.case_id, r.clock.step, r.clock.about): r for of in ways for r in _soon(connection, viewer, now, of)}
    return sorted(found.values(), key=lambda r: (r.clock.due_at, r.number, r.clock.step, r.clock.about))


def _soon(connection: Connection, viewer: Viewer, now: datetime, of: ColumnElement[bool]) -> list[Running]:
    statement = (
        select(TASKS, CASES.c.number)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(visible(viewer), in_her_rooms(viewer), DUTY, TASKS.c.due_at < now + A_DAY, TASKS.c.owner != Actor.SYSTEM.value)
        .where(of)
    )
    return [Running(row["case_id"], row["number"], of_row(row, now)) for row in connection.execute(statement).mappings()]


def _taken_up(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """A step of a case whose report she took up and no office has taken over since."""
    at_intake = select(QUEUE.c.case_id).where(hers(QUEUE.c.taken_by, viewer, now), ~_over())
    return TASKS.c.case_id.in_(at_intake)


def _received(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """A step of a case whose report she took from the caller, that nobody took up and no office has taken over since."""
    return exists().where(QUEUE.c.case_id == TASKS.c.case_id, _is_as_she_took_it(viewer, now), ~_over())


def _is_as_she_took_it(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """A report that nobody took up and that she wrote down herself; who imports a file has taken nothing up."""
    by_her = exists().where(
        RECEIPT.c.case_id == QUEUE.c.case_id, RECEIPT.c.about == QUEUE.c.report_id, hers(RECEIPT.c.by, viewer, now),
        RECEIPT.c.fact == Fact.REPORT_RECEIVED.value, LEDGER.c.case_id == RECEIPT.c.case_id, LEDGER.c.version == RECEIPT.c.act,
        LEDGER.c.act != IMPORT,
    )  # fmt: skip
    return and_(QUEUE.c.taken_by.is_(None), QUEUE.c.state != State.INVALID.value, by_her)


def _over() -> ColumnElement[bool]:
    """Whether an office has taken the case over since the report."""
    after = EVENTS.c.happened_at >= QUEUE.c.received_at
    is_over = EVENTS.c.fact == Fact.OFFICE_TOOK_OVER.value
    return exists().where(EVENTS.c.case_id == QUEUE.c.case_id, is_over, after, _stands(EVENTS))


def _taken_over(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """A step of a case that she took over for its office, and nobody after her."""
    is_over = EVENTS.c.fact == Fact.OFFICE_TOOK_OVER.value
    later = and_(LATER.c.case_id == EVENTS.c.case_id, LATER.c.fact == Fact.OFFICE_TOOK_OVER.value, LATER.c.seq > EVENTS.c.seq)
    last = ~exists().where(later, _stands(LATER))
    return exists().where(EVENTS.c.case_id == TASKS.c.case_id, is_over, hers(EVENTS.c.by, viewer, now), _stands(EVENTS), last)


def _stands(event: FromClause) -> ColumnElement[bool]:
    """Whether nobody has retracted the event."""
    gone = RETRACTION.c.case_id == event.c.case_id, RETRACTION.c.about == event.c.id
    return ~exists().where(*gone, RETRACTION.c.fact == Fact.FACT_RETRACTED.value)


def _sent(connection: Connection, viewer: Viewer, now: datetime) -> list[Sent]:
    statement = (
        select(TASKS.c.case_id, CASES.c.number, TASKS.c.about, EVENTS.c.fact, EVENTS.c.happened_at, TASKS.c.target_at)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .join(EVENTS, EVENTS.c.id == TASKS.c.opened_by)
        .where(visible(viewer), in_her_rooms(viewer), TASKS.c.step == "confirm-notice", hers(EVENTS.c.by, viewer, now))
        .order_by(EVENTS.c.happened_at, TASKS.c.about)
    )
    return [Sent(*row) for row in connection.execute(statement)]


def _is_with_her(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    taken_up = (QUEUE.c.state == State.LOOKED_AT.value) & hers(QUEUE.c.taken_by, viewer, now)
    return taken_up | ((QUEUE.c.state == State.NEW.value) & _is_as_she_took_it(viewer, now))


def _unclassified(connection: Connection, viewer: Viewer, now: datetime) -> list[Unclassified]:
    statement = (
        select(QUEUE.c.case_id, CASES.c.number, QUEUE.c.report_id, QUEUE.c.received_at)
        .join(CASES, CASES.c.id == QUEUE.c.case_id)
        .where(visible(viewer), _is_with_her(viewer, now))
        .order_by(QUEUE.c.received_at, QUEUE.c.report_id)
    )
    return [Unclassified(*row) for row in connection.execute(statement)]
