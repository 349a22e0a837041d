"""What the area office is handed with a case: the list of the first seventy-two hours. No name, no address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.board.clocks import of_task, soonest_first
from mdt.board.sight import positions
from mdt.casework import refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.handover import first_hours
from mdt.history import contact_is_unsafe, live
from mdt.records.tables import CASES
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.board.clocks import Clock
    from mdt.facts import Event
    from mdt.handover import ToSee
    from mdt.store import Store

F = Fact


@dataclass(frozen=True, slots=True)
class Handover:
    """The list of a case. `unsafe`: whether contact was said to be unsafe, None where nobody has said anything."""

    case_id: str
    number: str
    office: str | None
    district: str | None
    received_at: datetime
    until: datetime
    clocks: tuple[Clock, ...]
    lines: tuple[ToSee, ...]
    unsafe: bool | None
    handed_at: datetime | None
    taken_over_at: datetime | None


def handover(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Handover:
    """The list of the case's latest report.

    Raises `NotFound` if the case is not the viewer's to see whole, `NotPossible` if it has no report that stands.
    """
    with store.read(viewer.id) as connection:
        asked = select(CASES.c.number, CASES.c.office, CASES.c.district).where(CASES.c.id == case_id, positions(viewer))
        row = connection.execute(asked).one_or_none()
        events = history_of(connection, case_id) if row else ()
    if row is None:
        refusals.log(store, viewer, "first hours", now, case_id)
        raise NotFound(NO_SUCH_CASE)
    history = live(events)
    found = first_hours(history, open_tasks(history))
    clocks = soonest_first(of_task(task, now) for task in found.clocks)
    since = [e for e in history if e.happened_at >= found.received_at]
    return Handover(
        case_id, row.number, row.office, row.district, found.received_at, found.until, tuple(clocks), found.lines,
        contact_is_unsafe(history), _when(since, F.HANDED_TO_OFFICE), _when(since, F.OFFICE_TOOK_OVER),
    )  # fmt: skip


def _when(events: Sequence[Event], fact: Fact) -> datetime | None:
    return next((e.happened_at for e in reversed(events) if e.fact is fact), None)
