"""Who takes the oath of § 17a-106a(h): the team's coordinator, or whom the coordinator has designated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.casework.convened import held_on
from mdt.errors import NotAllowed
from mdt.law.period import local_date
from mdt.policy import Role
from mdt.provided import CertifyRecord
from mdt.records.tables import CASES
from mdt.team import COORDINATOR, on_the_day

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Form
    from mdt.team import Holding

NOT_HERS = (
    "Can't certify the record: the oath is the coordinator's, or her designee's (§ 17a-106a(h)). A designee is named on the"
    " page Team."
)


def refuse_oath(connection: Connection, case_id: str, form: Form, by: Viewer) -> None:
    """Raise `NotAllowed` if this person certifies a record for a team that she does not coordinate.

    Where nobody is named as the team's coordinator, she is who signs in as one.
    """
    if not isinstance(form, CertifyRecord) or by.role == Role.SYSTEM:
        return
    named = coordinators(connection, case_id, local_date(form.happened_at))
    if not (any(one.person == by.id for one in named) if named else by.role == Role.COORDINATOR):
        raise NotAllowed(NOT_HERS)


def coordinators(connection: Connection, case_id: str, day: date) -> list[Holding]:
    """The coordinator of the case's team on a day, first, and her designees."""
    team = connection.execute(select(CASES.c.team).where(CASES.c.id == case_id)).scalar_one_or_none()
    held = held_on(connection, team) if team else ()
    return [one for one in on_the_day(held, day) if one.seat == COORDINATOR]
