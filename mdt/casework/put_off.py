"""What becomes of the agenda when a meeting is moved or cancelled: each waiting case goes along, or on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.board.sight import visible
from mdt.casework import pages
from mdt.facts import Fact
from mdt.history import live
from mdt.records.tables import AGENDA_LINES, CASES
from mdt.review import agenda_line
from mdt.store import outbox
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.facts import Event


def unseen(connection: Connection, meeting_id: str, by: Viewer, now: datetime, command: str) -> None:
    """Defer the waiting cases that are closed to who adjourns the meeting, as of a recusal."""
    waiting = _waiting(connection, meeting_id)
    hers = select(CASES.c.id).where(CASES.c.id.in_([case_id for case_id, _ in waiting]), visible(by))
    seen = set(connection.execute(hers).scalars())
    for case_id, line in waiting:
        if case_id not in seen:
            _defer(connection, case_id, [New(Fact.REVIEW_DEFERRED, line, {"because": "recusal"})], now, f"{command}/{line}")


def _waiting(connection: Connection, meeting_id: str) -> list[tuple[str, str]]:
    here = (AGENDA_LINES.c.meeting == meeting_id) & (AGENDA_LINES.c.state == "waiting")
    found = select(AGENDA_LINES.c.case_id, AGENDA_LINES.c.line).where(here).order_by(AGENDA_LINES.c.case_id)
    return [(row.case_id, row.line) for row in connection.execute(found)]


def _defer(connection: Connection, case_id: str, new: list[New], now: datetime, command: str) -> list[Event]:
    page = pages.open_page(connection, case_id)
    entry = pages.Entry("defer_review", SYSTEM.id, now, now, pages.new_id(command, 0))
    events, _ = pages.write(connection, page, new, entry, open_tasks(live(page.events)))
    outbox.put(connection, case_id, now)
    return events


def lines_of(connection: Connection, meeting_id: str, on: date | None, now: datetime, command: str) -> dict[str, str]:
    """Put off every case that waits on the agenda; on the day to which the meeting was moved it stands there again.

    `on` None: it was cancelled, and the flows put the case on the next agenda. The new line of each, by the old one.
    """
    new_lines: dict[str, str] = {}
    for case_id, line in _waiting(connection, meeting_id):
        new = [New(Fact.REVIEW_DEFERRED, line, {"because": "meeting moved" if on else "meeting cancelled"})]
        new += [agenda_line(meeting_id, on)] if on else []
        events = _defer(connection, case_id, new, now, f"{command}/{line}")
        new_lines |= {line: str(events[-1].about)} if on else {}
    return new_lines
