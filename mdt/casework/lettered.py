"""A case opened to make a paper of it: seen by who asks, locked while the paper is made, each refusal logged."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt import access
from mdt.board.sight import visible
from mdt.casework import pages, refusals
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound
from mdt.history import live
from mdt.records.tables import CASES
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.facts import History
    from mdt.store import Store


@contextmanager
def opened(
    store: Store, viewer: Viewer, case_id: str, now: datetime, *, what: str, refuse: Callable[[Viewer, Sight], None]
) -> Iterator[tuple[Connection, str, History]]:
    """The case, locked so that no consent is taken back meanwhile: its number and its live history.

    `refuse` raises `NotAllowed` for whoever does not make such papers; `what` is how a refusal is logged. Raises `NotFound`.
    """
    try:
        with store.write() as connection:
            with looking_as(connection, viewer.id):
                case = _seen(connection, viewer, case_id)
            history = live(pages.open_page(connection, case_id).events)
            refuse(viewer, access.sight(viewer, circle(history, case), now))
            yield connection, case["number"], history
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, what, now, case_id)
        raise


def _seen(connection: Connection, viewer: Viewer, case_id: str) -> dict[str, Any]:
    row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
    if row is None:
        raise NotFound(pages.NO_SUCH_CASE)
    return dict(row)
