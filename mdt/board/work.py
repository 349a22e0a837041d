"""Start pages: what waits for whom, what they were told, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from mdt import notices
from mdt.board.cover import hers
from mdt.board.sight import in_her_rooms, positions, visible
from mdt.policy import ROOMS, Role
from mdt.process import STEP
from mdt.records.tables import CASES, DUTY, EVENTS, NOTICES, RIGHT, TASKS
from mdt.tasks import BINDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping, Select

    from mdt.access import Viewer
    from mdt.store import Store


# For whom each role's start page lists what waits.
_ADVOCATES_WAIT = ("advocate", "applicant", "family", "OVS", "provider", "victim compensation commissioner")
WAITS_FOR: dict[str, tuple[str, ...]] = {
    "intake worker": ("DCF", "mandated reporter", "police", "this system"),
    "intake supervisor": ("DCF", notices.SUPERVISOR, "this system"),
    "area-office worker": ("DCF", "mandated reporter", "police", "this system"),
    "police": ("police",),
    "prosecutor": ("MDT", "police", "DCF"),
    "team coordinator": ("MDT", "police", "DCF"),
    "chairperson": ("MDT", "police", "DCF"),
    "team member": ("MDT", "police", "DCF"),
    "victim advocate": _ADVOCATES_WAIT,
    "advocate supervisor": _ADVOCATES_WAIT,
    "OVS liaison": ("OVS", "victim compensation commissioner"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An open step of some case, as a line of a worker's list."""

    case_id: str
    number: str
    age: int | None
    district: str | None
    room: str
    step: str
    about: str
    title: str
    owner: str
    assigned: str | None
    force: str
    opened_at: datetime
    due_at: datetime | None
    rolled_at: datetime | None
    target_at: datetime | None
    is_overdue: bool
    is_late: bool
    is_lost: bool
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many open steps: all, overdue by law, past the standard, due within a week, rights that ran out."""

    open: int
    overdue: int
    late: int
    week: int
    lost: int


def waiting(
    store: Store, viewer: Viewer, owners: Sequence[str], now: datetime, *, which: str = "open", rooms: Sequence[str] = (),
    steps: Sequence[str] = (), first: int = 0, most: int = 50,
) -> list[Line]:  # fmt: skip
    """Open steps that wait for these owners, overdue first; `which` is a name of `Tally`'s, so that a number opens its list."""
    overdue_first = case((DUTY & (TASKS.c.due_at < now), 0), else_=1)
    due = func.coalesce(TASKS.c.due_at, TASKS.c.target_at)
    soonest = (TASKS.c.due_at,) if which == "overdue" else (overdue_first, due.asc().nulls_last())
    statement = (
        select(TASKS, CASES.c.number, CASES.c.age, CASES.c.district, CASES.c.unsafe, _position(viewer))
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(_of(viewer, owners, now, rooms, steps), _which(which, now))
        .order_by(*soonest, TASKS.c.opened_at, TASKS.c.case_id)
        .offset(first)
        .limit(most)
    )
    with store.read(viewer.id) as connection:
        return [_line(row, now) for row in connection.execute(statement).mappings().all()]


def tally(
    store: Store,
    viewer: Viewer,
    owners: Sequence[str],
    now: datetime,
    *,
    rooms: Sequence[str] = (),
    steps: Sequence[str] = (),
) -> Tally:
    """The numbers above a list; each is the length of the list of that name."""
    counts = [
        func.coalesce(func.sum(case((_which(name, now), 1), else_=0)), 0)
        for name in ("open", "overdue", "late", "week", "lost")
    ]
    statement = (
        select(*counts)
        .select_from(TASKS)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(_of(viewer, owners, now, rooms, steps))
    )
    with store.read(viewer.id) as connection:
        return Tally(*(int(n) for n in connection.execute(statement).one()))


def _position(viewer: Viewer) -> ColumnElement[str]:
    """Where the case stands, for those who see every room of it; for others the room that they see."""
    seen = ROOMS[Role(viewer.role)]
    return CASES.c.room if len(seen) > 1 else literal(next(iter(seen)).value).label("room")


def _of(
    viewer: Viewer, owners: Sequence[str], now: datetime, rooms: Sequence[str], steps: Sequence[str]
) -> ColumnElement[bool]:
    assigned = hers(TASKS.c.assigned, viewer, now)
    mine = and_(visible(viewer), in_her_rooms(viewer), or_(TASKS.c.owner.in_(owners), assigned))
    if steps:
        mine = and_(mine, TASKS.c.step.in_(steps))
    return and_(mine, CASES.c.room.in_(rooms)) if rooms else mine


def _which(name: str, now: datetime) -> ColumnElement[bool]:
    lost = func.coalesce(TASKS.c.rolled_at, TASKS.c.due_at) < now
    due = func.coalesce(TASKS.c.due_at, TASKS.c.target_at)
    clauses: dict[str, ColumnElement[bool]] = {
        "open": TASKS.c.case_id == TASKS.c.case_id,
        "overdue": and_(DUTY, TASKS.c.due_at < now),
        "late": TASKS.c.target_at < now,
        "week": and_(due >= now, due < now + timedelta(days=7)),
        "lost": and_(RIGHT, lost),
    }
    return clauses[name]


def _line(row: RowMapping, now: datetime) -> Line:
    duty, due = row["force"] in BINDING, row["due_at"]
    end = row["rolled_at"] or due
    return Line(
        row["case_id"], row["number"], row["age"], row["district"], row["room"], row["step"], row["about"],
        STEP[row["step"]].title, row["owner"], row["assigned"], row["force"], row["opened_at"], due,
        row["rolled_at"], row["target_at"],
        duty and due is not None and due < now, row["target_at"] is not None and row["target_at"] < now,
        row["force"] == "only if" and end is not None and end < now, row["unsafe"],
    )  # fmt: skip


def notices_for(store: Store, viewer: Viewer, owners: Sequence[str], *, most: int = 30) -> list[tuple[str, datetime, str]]:
    """Unread notices: case id, when, and the words; the newest first."""
    told = and_(visible(viewer), NOTICES.c.to_actor.in_([*owners, viewer.id]), NOTICES.c.kind != notices.EMERGENCY)
    alarm = and_(NOTICES.c.to_actor == viewer.id, NOTICES.c.kind == notices.EMERGENCY)
    with store.read(viewer.id) as connection:
        rows = [*connection.execute(_unread(told, most))]
    with store.read() as connection:  # told of, also where the case is not hers to see
        rows += connection.execute(_unread(alarm, most))
    rows.sort(key=lambda row: (row.made_at, row.id), reverse=True)
    return [(r.case_id, r.made_at, notices.words(r.kind, r.number, r.step, r.due_at)) for r in rows[:most]]


def _unread(which: ColumnElement[bool], most: int) -> Select[Any]:
    return (
        select(NOTICES, CASES.c.number)
        .join(CASES, CASES.c.id == NOTICES.c.case_id)
        .where(which, NOTICES.c.seen_at.is_(None))
        .order_by(NOTICES.c.made_at.desc(), NOTICES.c.id.desc())
        .limit(most)
    )


def since(store: Store, viewer: Viewer, when: datetime, *, most: int = 20) -> list[tuple[str, str, str, datetime]]:
    """What changed since then: case id, number, fact, when recorded; the newest first, this viewer's own acts left out."""
    statement = (
        select(EVENTS.c.case_id, CASES.c.number, EVENTS.c.fact, EVENTS.c.recorded_at)
        .join(CASES, CASES.c.id == EVENTS.c.case_id)
        .where(positions(viewer), EVENTS.c.recorded_at > when, EVENTS.c.by != viewer.id)
        .order_by(EVENTS.c.recorded_at.desc())
        .limit(most)
    )
    with store.read(viewer.id) as connection:
        return [(r[0], r[1], r[2], r[3]) for r in connection.execute(statement)]
