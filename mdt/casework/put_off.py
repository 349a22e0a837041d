"""What becomes of the agenda when a meeting is moved or cancelled: each waiting case goes along, or on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.casework import pages
from mdt.facts import Fact
from mdt.history import live
from mdt.records.tables import AGENDA_LINES
from mdt.review import agenda_line
from mdt.store import outbox
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection


def lines_of(connection: Connection, meeting_id: str, on: date | None, now: datetime, command: str) -> dict[str, str]:
    """Put off every case that waits on the agenda; on the day to which the meeting was moved it stands there again.

    `on` None: it was cancelled, and the flows put the case on the next agenda. The new line of each, by the old one.
    """
    waiting = select(AGENDA_LINES.c.case_id, AGENDA_LINES.c.line).where(
        AGENDA_LINES.c.meeting == meeting_id, AGENDA_LINES.c.state == "waiting"
    )
    new_lines: dict[str, str] = {}
    for case_id, line in connection.execute(waiting.order_by(AGENDA_LINES.c.case_id)).all():
        new = [New(Fact.REVIEW_DEFERRED, line, {"because": "meeting moved" if on else "meeting cancelled"})]
        new += [agenda_line(meeting_id, on)] if on else []
        page = pages.open_page(connection, case_id)
        entry = pages.Entry("defer_review", SYSTEM.id, now, now, pages.new_id(f"{command}/{line}", 0))
        events, _ = pages.write(connection, page, new, entry, open_tasks(live(page.events)))
        outbox.put(connection, case_id, now)
        new_lines |= {line: str(events[-1].about)} if on else {}
    return new_lines
