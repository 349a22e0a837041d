"""Who stands in for a member who has a conflict of interest on a case: whoever else is named to her seat, who is asked.

Conflicts and alternates are the team's protocol; § 17a-106a(c) wants each seat represented and is silent on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.casework import notices
from mdt.casework.convened import sheet
from mdt.circle import Conflict, circle
from mdt.policy import How
from mdt.records.tables import AGENDA_LINES, INVOLVED
from mdt.team import SEATS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Form
    from mdt.casework.convened import Sheet
    from mdt.facts import History
    from mdt.team import Holding


def ask(connection: Connection, case_id: str, form: Form, by: Viewer, now: datetime) -> None:
    """After a conflict was declared: ask whoever may stand in, for each meeting on whose agenda the case waits."""
    if not isinstance(form, Conflict):
        return
    ask_again(connection, case_id, {form.person or by.id}, now)


def ask_on_the_agenda(connection: Connection, case_id: str, now: datetime) -> None:
    """The same, when a case comes onto an agenda, for whoever declared a conflict on it before."""
    if shut_out := _shut_out(connection, case_id):
        ask_again(connection, case_id, shut_out, now)


def ask_again(connection: Connection, case_id: str, members: Collection[str], now: datetime) -> None:
    """Ask whoever may stand in for these members, once a line: nobody is asked twice for the same one."""
    waiting = (AGENDA_LINES.c.case_id == case_id) & (AGENDA_LINES.c.state == "waiting")
    shut_out = _shut_out(connection, case_id)
    for line, meeting in connection.execute(select(AGENDA_LINES.c.line, AGENDA_LINES.c.meeting).where(waiting)).all():
        page = sheet(connection, meeting)
        for one in (one for member in sorted(members) for one in for_whom(page, member)):
            if one.person and one.person not in shut_out:
                notices.ask_to_stand_in(connection, case_id, line, one.person, now)


def _shut_out(connection: Connection, case_id: str) -> set[str]:
    conflict = (INVOLVED.c.case_id == case_id) & (INVOLVED.c.how == How.CONFLICT.value)
    return set(connection.execute(select(INVOLVED.c.who).where(conflict)).scalars())


def for_whom(page: Sheet, person: str) -> list[Holding]:
    """Who else fills the seats that this person fills at the meeting."""
    seats = {one.seat for one in page.members if one.person == person and one.seat in SEATS}
    return [one for one in page.members if one.seat in seats and one.person != person]


def recused(page: Sheet, history: History) -> tuple[str, ...]:
    """The members who have a conflict on the case, each with her seat and who stands in for her."""
    shut_out = {who for who, how in circle(history, {}).drawn_in if how == How.CONFLICT}
    return tuple(_said(page, one, shut_out) for one in page.members if one.person in shut_out and one.seat in SEATS)


def _said(page: Sheet, one: Holding, shut_out: Collection[str]) -> str:
    beside = [other for other in for_whom(page, one.person or "") if other.seat == one.seat]
    others = [other.name for other in beside if other.person not in shut_out]
    return f"{one.name} ({one.seat}): " + (f"{', '.join(others)} stands in" if others else "nobody stands in")
