"""The demonstration: invented people, teams and cases, made once in an empty database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

from mdt import scenario
from mdt.casework.meetings import establish_teams
from mdt.records.tables import OUTBOX, PEOPLE
from mdt.store import open_store

if TYPE_CHECKING:
    from mdt.store import Store

FORTNIGHT = timedelta(days=14)  # the rhythm of the teams' meetings


def ensure(url: str, now: datetime) -> None:
    """Make the tables where there are none and, in a new database, the demonstration. Else change nothing."""
    store = open_store(url)
    new = store.is_empty()
    store.create()
    if new:
        fill(store, now)
    store.close()


def fill(store: Store, now: datetime) -> None:
    """The demo's people, teams and scenarios, brought to the present by fortnights, so that weekdays and meetings stay.

    Scenarios whose dates matter, as they show a change of law, would lie years back; they are tests only.
    """
    add_people(store)
    establish_teams(store)
    for key, story in scenario.scenarios():
        if not story.fixed:
            scenario.play(store, key, story, (now - scenario.local(story.then.as_of)) // FORTNIGHT * FORTNIGHT)
    with store.write() as connection:
        connection.execute(delete(OUTBOX))  # the scenarios' consequences have been carried already


def add_people(store: Store) -> None:
    """The people of the demo sign-in."""
    rows = [
        {"id": p.id, "name": p.name, "role": p.role, "agency": p.agency, "district": p.district, "office": p.office}
        for p in scenario.PEOPLE.values()
    ]
    with store.write() as connection:
        connection.execute(insert(PEOPLE), rows)
