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
    """The best service of each of the best providers for a need that wants another; none where none is wanted.

    By the child's age, language and district. A provider that was asked before is left out, whatever it said.
    """
    if not wants_another(one, now, unanswered()):
        return ()
    best: dict[str, Match] = {}
    for match in for_need(store, viewer, view, one, now):
        best.setdefault(match.service.provider, match)
    return tuple(match for provider, match in best.items() if provider not in one.asked)[:MOST]


def for_need(store: Store, viewer: Viewer, view: CaseView, one: Progress, now: datetime, *, unfit: bool = False) -> list[Match]:
    """The services that fit a need, the best first; with `unfit` also those against which something stands, last.

    None for whom the directory is not open, or where DCF meets the need.
    """
    if not directory.may_read(viewer) or not one.outside:
        return []
    return directory.matches(
        store, viewer, one.kind, view.card.age, None, one.language or None, now, None, district=view.card.district, unfit=unfit
    )
