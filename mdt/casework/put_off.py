"""What becomes of the agenda when a meeting is moved or cancelled: each waiting case goes along, or on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.casework import pages
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.records.tables import AGENDA_LINES
from mdt.review import agenda_line
from mdt.store import outbox
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.meeting import Course


def lines_of(connection: Connection, meeting_id: str, after: Course, now: datetime, command: str) -> int:
    """Put off every case that waits on the agenda; with a meeting that was moved it stands there again under the new date.

    Of one that was cancelled, the flows put it on the next agenda. How many cases there were.
    """
    waiting = select(AGENDA_LINES.c.case_id, AGENDA_LINES.c.line).where(
        AGENDA_LINES.c.meeting == meeting_id, AGENDA_LINES.c.state == "waiting"
    )
    found = connection.execute(waiting.order_by(AGENDA_LINES.c.case_id)).all()
    for case_id, line in found:
        cancelled = after.state == "cancelled"
        new = [New(Fact.REVIEW_DEFERRED, line, {"because": "meeting cancelled" if cancelled else "meeting moved"})]
        if not cancelled:
            new.append(agenda_line(meeting_id, local_date(after.starts_at)))
        page = pages.open_page(connection, case_id)
        entry = pages.Entry("defer_review", SYSTEM.id, now, now, pages.new_id(f"{command}/{line}", 0))
        pages.write(connection, page, new, entry, open_tasks(live(page.events)))
        outbox.put(connection, case_id, now)
    return len(found)
