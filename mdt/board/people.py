"""Who signs in: the demo's list, and a person by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import Viewer
from mdt.records.tables import PEOPLE

if TYPE_CHECKING:
    from mdt.store import Store


def people(store: Store) -> list[Viewer]:
    """Everyone who may sign in, in the order in which they were added."""
    columns = (PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.agency, PEOPLE.c.district, PEOPLE.c.office)
    with store.read() as connection:
        return [Viewer(*row) for row in connection.execute(select(*columns).order_by(PEOPLE.c.id))]
