"""That somebody was refused: by whom it was tried, what, and on which case. What she typed is not kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdt.store import trace

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.store import Store

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def log(store: Store, by: Viewer, what: str, now: datetime, case_id: str = "") -> None:
    """Add it to the house's chain, in a transaction of its own: that of the refused act leaves no trace."""
    case = {"case": case_id if _ID.fullmatch(case_id) else "not an id"} if case_id else {}
    with store.write() as connection:
        trace.append(connection, by.id, "refused", now, detail={"act": what, **case})
