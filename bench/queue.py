"""Any page of the queue, for each role, with a hundred thousand reports in it: at most a second."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from bench.lists import MANY, NOW, TAKEN_IN, filled
from bench.measure import Row, folder, p95, timed
from bench.policy import ROLES, spread
from mdt.board import queue
from mdt.board.overview import PAGE
from mdt.board.queue import ALL, Narrowed
from mdt.queue import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.access import Viewer
    from mdt.store import Store

AGAIN = 5  # times each page is read
MOST = 1_000  # milliseconds
LISTS = {"lately": ALL, "all of it": Narrowed(ever=True), "overdue": Narrowed(overdue=True), "mine": Narrowed(mine=True)}


def in_every_state(store: Store) -> None:
    """A fifth of the reports in each state, half of them of the last days, most of them taken up by one of the roles."""
    states, people = list(State), [viewer.id for viewer in ROLES]
    with store.write() as connection:
        ids = connection.execute(text("SELECT report_id FROM queue ORDER BY report_id")).scalars().all()
        rows = [
            {"id": one, "state": states[n % len(states)].value, "by": people[n % len(people)] if n % len(states) else None}
            for n, one in enumerate(ids)
        ]
        connection.execute(text("UPDATE queue SET state = :state, taken_by = :by WHERE report_id = :id"), rows)
        lately = [{"id": one, "at": f"{TAKEN_IN:%Y-%m-%d %H:%M:%S}.000000"} for one in ids[::2]]
        connection.execute(text("UPDATE queue SET received_at = :at WHERE report_id = :id"), lately)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def pages(store: Store, viewer: Viewer, narrowed: Narrowed) -> Iterator[tuple[State, int]]:
    """The first and the last page of each state."""
    for state, number in queue.counts(store, viewer, NOW, narrowed).items():
        yield from {(state, 0), (state, max(0, (number - 1) // PAGE * PAGE))}


def _drawn(store: Store, viewer: Viewer, narrowed: Narrowed, state: State, first: int) -> None:
    queue.counts(store, viewer, NOW, narrowed)
    queue.page(store, viewer, NOW, state, narrowed=narrowed, first=first)


def run() -> list[Row]:
    """The slowest page of each role and list: its numbers and its lines, as the board draws them."""
    rows: list[Row] = []
    with folder() as here:
        store, _ = filled(here / "queue.db", MANY)
        spread(store)
        in_every_state(store)
        for viewer in ROLES:
            for name, narrowed in LISTS.items():
                drawn = [partial(_drawn, store, viewer, narrowed, *one) for one in pages(store, viewer, narrowed)]
                worst = max(p95(timed([one] * AGAIN)) for one in drawn)
                rows.append(Row(f"queue, {name}: {viewer.role}, slowest page", worst * 1000, "ms", most=MOST))
        store.close()
    return rows
