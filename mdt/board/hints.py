"""That there are cases which are not the viewer's to see: how many, told to whom it helps, of nothing she is kept from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import may
from mdt.board.sight import positions
from mdt.casework.opening import RECEIVE
from mdt.policy import How
from mdt.records.tables import CASES, INVOLVED

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from mdt.access import Viewer


def hidden(connection: Connection, viewer: Viewer, cases: Collection[str]) -> int:
    """How many of these a person who takes reports does not see; nothing to anybody else.

    Of a case she declared a conflict with, not even that. Asked with this system's own eyes.
    """
    if not cases or not may(viewer, RECEIVE):
        return 0
    seen = select(CASES.c.id).where(CASES.c.id.in_(cases), positions(viewer))
    conflicts = INVOLVED.c.case_id.in_(cases), INVOLVED.c.who == viewer.id, INVOLVED.c.how == How.CONFLICT
    shut = set(connection.execute(select(INVOLVED.c.case_id).where(*conflicts)).scalars())
    return len(set(cases) - shut - set(connection.execute(seen).scalars()))
