"""The other cases of the same child, as far as somebody has said so: read in both directions, from case to case to case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_, select, true

from mdt.links import SAME
from mdt.records.tables import CASES, LINKS

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVERY_CASE = true()


def cases_of_the_child(connection: Connection, case_id: str, hers: ColumnElement[bool] = EVERY_CASE) -> frozenset[str]:
    """The ids of this case and all that are linked with it as the same child's, by way of none but those of the clause."""
    found, latest = {case_id}, {case_id}
    while latest:
        latest = _hers(connection, _linked(connection, latest) - found, hers)
        found |= latest
    return frozenset(found)


def _linked(connection: Connection, cases: set[str]) -> set[str]:
    either = or_(LINKS.c.case_id.in_(cases), LINKS.c.other.in_(cases))
    rows = connection.execute(select(LINKS.c.case_id, LINKS.c.other).where(LINKS.c.how == SAME, either))
    return {end for row in rows for end in row}


def _hers(connection: Connection, cases: set[str], hers: ColumnElement[bool]) -> set[str]:
    if not cases:
        return set()
    return set(connection.execute(select(CASES.c.id).where(CASES.c.id.in_(cases), hers)).scalars())
