"""Which providers a need may be referred to: all of them, and next the best that was not asked for it yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mdt.board import directory
from mdt.law.rulebook import load
from mdt.progress import wants_another

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.board.case import CaseView
    from mdt.directory import Match
    from mdt.progress import Progress
    from mdt.store import Store

MOST = 3


def unanswered() -> timedelta:
    """After how long without an answer the next best is offered: the last of the team's reminders to chase it."""
    return max(timedelta(days=after.count) for after in load().standard("chase-answer").remind)


def next_best(store: Store, viewer: Viewer, view: CaseView, one: Progress, now: datetime) -> tuple[Match, ...]:
    """The best providers for a need that wants another, by the child's age, language and district; none where none is wanted.

    A provider that was asked before is left out, whatever it said.
    """
    if not wants_another(one, now, unanswered()):
        return ()
    found = for_need(store, viewer, view, one, now, MOST + len(one.asked))
    others = [match for match in found if match.service.provider not in one.asked]
    return tuple(others[:MOST])


def for_need(
    store: Store, viewer: Viewer, view: CaseView, one: Progress, now: datetime, most: int, *, unfit: bool = False
) -> tuple[Match, ...]:  # fmt: skip
    """The services that fit a need, the best first, at most so many; with `unfit` those against which something stands, last.

    None for whom the directory is not open, or where DCF meets the need.
    """
    if not directory.may_read(viewer) or not one.outside:
        return ()
    found = directory.matches(
        store, viewer, one.kind, view.card.age, None, one.language or None, now, most, district=view.card.district, unfit=unfit
    )
    return tuple(found)
