"""Which of a case's events stand, in which order, and what was last said. The rows themselves are only ever added to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from mdt.facts import ABOUT, Fact, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdt.facts import Event, History

F = Fact
# Recorded when the report is there, and answered by it even if it came at the same minute.
LEADS_TO_A_REPORT = frozenset({F.CAUSE_AROSE, F.POLICE_TOOK_ORAL_REPORT})


def live(events: Iterable[Event]) -> History:
    """The events that stand, re-dated where they were, in the order in which they happened.

    Of one instant: what leads to a report before the report, then as recorded.
    """
    rows = list(events)
    corrections = [e for e in rows if e.fact in (F.FACT_RETRACTED, F.FACT_REDATED, F.REPORT_FOUND_INVALID)]
    if corrections:
        rows = _corrected(rows, corrections)
    rows.sort(key=lambda e: (e.happened_at, e.fact not in LEADS_TO_A_REPORT, e.seq))
    return tuple(rows)


def _corrected(rows: list[Event], corrections: Sequence[Event]) -> list[Event]:
    gone = {e.about for e in corrections if e.fact is F.FACT_RETRACTED}
    moved = {e.about: _new_date(e) for e in corrections if e.fact is F.FACT_REDATED and e.id not in gone}
    gone |= _told_by_no_report(rows, {e.about for e in corrections if e.fact is F.REPORT_FOUND_INVALID and e.id not in gone})
    stands = [e for e in rows if e.id not in gone and not (ABOUT[e.fact] is Thing.NOTICE and e.about in gone)]
    return [replace(e, happened_at=moved.get(e.id, e.happened_at)) for e in stands]


def _told_by_no_report(rows: Sequence[Event], invalid: set[str | None]) -> set[str | None]:
    """The ids of what is about these reports, and of what was recorded as they were received: they were no reports.

    Where no report of the case is left, nobody asks any more who the child may be.
    """
    if not invalid:
        return set()
    received = [e for e in rows if e.fact is F.REPORT_RECEIVED]
    acts = {e.act for e in received if e.about in invalid}
    none_left = all(e.about in invalid for e in received)
    return {
        e.id
        for e in rows
        if (ABOUT[e.fact] is Thing.REPORT and e.about in invalid and e.fact is not F.REPORT_FOUND_INVALID)
        or e.act in acts
        or (none_left and ABOUT[e.fact] is Thing.LIKENESS)
    }


def _new_date(correction: Event) -> datetime:
    return datetime.fromisoformat(correction.data["to"])


def contact_is_unsafe(history: Iterable[Event]) -> bool | None:
    """Whether it was last said that it is unsafe to contact the child or the family; None if nobody has said."""
    told = [bool(e.data.get("unsafe")) for e in history if e.fact is F.CONTACT_SAFETY_LEARNED]
    return told[-1] if told else None
