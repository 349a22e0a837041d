"""The queue of reports: how many stand where, and a page of them, what is overdue first and then the soonest.

A number and its list are made of the same clauses. No name of a child is read, nor who reported (§ 17a-28(f)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from mdt.board.clocks import of_row, soonest_first
from mdt.board.cover import hers
from mdt.board.overview import PAGE
from mdt.board.sight import in_her_rooms, positions
from mdt.facts import Fact
from mdt.process import STEPS, Room
from mdt.queue import State
from mdt.records.tables import CASES, DUTY, EVENTS, PEOPLE, QUEUE, TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping, Select

    from mdt.access import Viewer
    from mdt.board.clocks import Clock
    from mdt.store import Store

LATELY = timedelta(days=30)
AT_WORK = (State.NEW, State.LOOKED_AT)  # these are never too old to be shown
AT_THE_DOOR = tuple(step.key for step in STEPS if step.room in (Room.REPORT, Room.SCREENING))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the queue is narrowed to. `mine`: taken up by her or by whom she covers; `ever`: not the last 30 days alone.

    `overdue`: with a duty past its time; not what is due at once.
    """

    mine: bool = False
    district: str | None = None
    overdue: bool = False
    ever: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A report in the queue. `taken_by` is a name of staff; `alike` counts likenesses to settle; `version` is the case's.

    `clocks` are the open duties of the case that have a date, and the team's standards at the front door.
    """

    report: str
    case_id: str
    number: str
    version: int
    state: State
    received_at: datetime
    mode: str | None
    mandated: bool | None
    age: int | None
    office: str | None
    district: str | None
    classification: str | None
    taken_by: str | None
    alike: int
    clocks: tuple[Clock, ...]

    def is_of_another(self, clock: Clock) -> bool:
        """Whether the clock runs for another report of the same case."""
        return clock.per_report and clock.about != self.report


ALL = Narrowed()


def counts(store: Store, viewer: Viewer, now: datetime, narrowed: Narrowed = ALL) -> dict[State, int]:
    """How many reports stand in each state; each number is the length of the list of that state."""
    statement = _joined(QUEUE.c.state, func.count()).where(_narrowed(viewer, narrowed, now)).group_by(QUEUE.c.state)
    with store.read(viewer.id) as connection:
        found = {row[0]: int(row[1]) for row in connection.execute(statement)}
    return {state: found.get(state.value, 0) for state in State}


def page(
    store: Store, viewer: Viewer, now: datetime, state: State, *, narrowed: Narrowed = ALL, first: int = 0, most: int = PAGE
) -> list[Line]:
    """The reports of a state, those of cases with an overdue duty first, then the soonest; `first` and `most` page through."""
    soonest = (CASES.c.law_due_at.asc().nulls_last(), QUEUE.c.received_at, QUEUE.c.report_id)
    here = _joined(QUEUE.c.report_id).where(_narrowed(viewer, narrowed, now), QUEUE.c.state == state.value)
    with store.read(viewer.id) as connection:
        ids = connection.execute(here.order_by(*soonest).offset(first).limit(most)).scalars().all()
        return _lines(connection, viewer, ids, now)


def _joined(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).select_from(QUEUE).join(CASES, CASES.c.id == QUEUE.c.case_id)


def _narrowed(viewer: Viewer, narrowed: Narrowed, now: datetime) -> ColumnElement[bool]:
    clause = positions(viewer)
    if not narrowed.ever:
        clause &= or_(QUEUE.c.state.in_([state.value for state in AT_WORK]), QUEUE.c.received_at > now - LATELY)
    if narrowed.mine:
        clause &= hers(QUEUE.c.taken_by, viewer, now)
    if narrowed.district:
        clause &= CASES.c.district == narrowed.district
    if narrowed.overdue:
        clause &= (CASES.c.law_due_at < now) & _is_overdue(now)
    return clause


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    """A duty that had a time to be done in, and it has passed: what is due at once is overdue from the first minute."""
    of_it = TASKS.c.case_id == CASES.c.id, DUTY, TASKS.c.due_at < now, TASKS.c.due_at > TASKS.c.started_at
    return exists().where(*of_it)


_SHOWN = (
    QUEUE.c.report_id, QUEUE.c.case_id, CASES.c.number, CASES.c.version, QUEUE.c.state, QUEUE.c.received_at, CASES.c.age,
    CASES.c.office, CASES.c.district, QUEUE.c.classification, QUEUE.c.alike,
)  # fmt: skip


def _lines(connection: Connection, viewer: Viewer, ids: Sequence[str], now: datetime) -> list[Line]:
    """The lines of these reports, in their order."""
    statement = (
        _joined(*_SHOWN, PEOPLE.c.name.label("taken_by"))
        .join(PEOPLE, PEOPLE.c.id == QUEUE.c.taken_by, isouter=True)
        .where(QUEUE.c.report_id.in_(ids), positions(viewer))
    )
    rows = {row["report_id"]: row for row in connection.execute(statement).mappings()}
    cases = {row["case_id"] for row in rows.values()}
    told, clocks = _told(connection, cases), _clocks(connection, viewer, cases, now)
    return [_line(rows[one], told.get(one, {}), clocks.get(rows[one]["case_id"], ())) for one in ids if one in rows]


def _told(connection: Connection, cases: set[str]) -> dict[str, dict[str, Any]]:
    """What the receipt of each report says in codes."""
    received = select(EVENTS.c.about, EVENTS.c.data).where(
        EVENTS.c.case_id.in_(cases), EVENTS.c.fact == Fact.REPORT_RECEIVED.value
    )
    return {row.about: row.data for row in connection.execute(received)}


def _clocks(connection: Connection, viewer: Viewer, cases: set[str], now: datetime) -> dict[str, list[Clock]]:
    at_the_door = and_(TASKS.c.target_at.is_not(None), TASKS.c.step.in_(AT_THE_DOOR))
    wanted = or_(and_(DUTY, TASKS.c.due_at.is_not(None)), at_the_door)
    statement = select(TASKS).where(TASKS.c.case_id.in_(cases), in_her_rooms(viewer), wanted)
    found: dict[str, list[Clock]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["case_id"], []).append(of_row(row, now))
    return found


def _line(row: RowMapping, told: dict[str, Any], clocks: Sequence[Clock]) -> Line:
    return Line(
        row["report_id"], row["case_id"], row["number"], row["version"], State(row["state"]), row["received_at"],
        told.get("mode"), told.get("mandated"), row["age"], row["office"], row["district"], row["classification"],
        row["taken_by"], row["alike"], tuple(soonest_first(clocks)),
    )  # fmt: skip
