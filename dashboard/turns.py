"""Whose page is drawn now: a few at a time, and whoever clicked before what draws itself anew.

Python computes one thing at a time. Two hundred pages drawn at once, each by its thread, would all be ready at the end, and the
thread that speaks with the browsers would come to its word every second or so. In turn the first is ready at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLICKED, BY_ITSELF = BoundedSemaphore(6), BoundedSemaphore(2)  # so many are drawn at once
PATIENCE = {CLICKED: 5.0, BY_ITSELF: 60.0}  # seconds; then it is drawn all the same, whatever the others are at


@contextmanager
def taken(*, by_itself: bool) -> Iterator[None]:
    """Wait for a turn, and give it up however the drawing ends. `by_itself`: nobody clicked, something moved elsewhere."""
    turn = BY_ITSELF if by_itself else CLICKED
    is_mine = turn.acquire(timeout=PATIENCE[turn])
    try:
        yield
    finally:
        if is_mine:
            turn.release()
