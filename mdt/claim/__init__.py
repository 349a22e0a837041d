"""Where a claim to the Office of Victim Services stands, explained: each element by its section and the facts, none a denial.

Pure: given what happened on a case and what time it is. Whether compensation is paid, and how much, OVS decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.claim import award, cap, police, qualifying, time, waiver
from mdt.claim.known import Element, Known, Rest, Status, minor_through
from mdt.facts import Fact
from mdt.history import live

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from mdt.facts import Event

WEAKEST_FIRST = (Status.MISSING, Status.OVS, Status.SUBSTITUTE, Status.SATISFIED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim at one time: its elements in the order of the law, the time to apply, the cap, what a waiver would rest on.

    `what_if` is None where no waiver comes into question; `runs`: the time to apply runs and nothing is filed yet. `awarded` is
    None without an award, or where its amount was not said; `paid` is what came of it so far, both in dollars.
    """

    elements: tuple[Element, ...]
    limit: time.Limit | None
    cap: cap.Cap
    what_if: waiver.WhatIf | None
    filed: bool
    runs: bool
    awarded: int | None
    paid: int

    @property
    def weakest(self) -> Element:
        """The element that holds the claim up most; a time that still runs gives way to anything else that is missing."""
        return min(self.elements, key=self._strength)

    def _strength(self, element: Element) -> tuple[int, bool]:
        return WEAKEST_FIRST.index(element.status), element.key == "time" and self.runs

    def of(self, status: Status) -> int:
        """How many elements stand so."""
        return sum(element.status is status for element in self.elements)


def known_of(history: Iterable[Event], now: datetime, grown_on: date | None = None, minor_through: date | None = None) -> Known:
    """What stands of a history, given whole or live, up to `now`; of the child's age what `Known` says."""
    return Known(tuple(e for e in live(history) if e.happened_at <= now), now, grown_on, minor_through)


def standing(
    history: Iterable[Event], now: datetime, grown_on: date | None = None, minor_through: date | None = None
) -> Standing:
    """Where the claim stands; of the child's age what `Known` says."""
    known = known_of(history, now, grown_on, minor_through)
    elements = (
        qualifying.event(known), time.time(known), police.police(known), qualifying.place(known), qualifying.bars(known),
        qualifying.weighed(known), cap.amount(known),
    )  # fmt: skip
    limit, filed = time.limit_of(known), known.first(Fact.APPLICATION_FILED) is not None
    runs = limit is not None and not filed and now <= limit.ends
    return Standing(
        elements, limit, cap.cap(known), waiver.what_if(known), filed, runs, award.awarded(known.events),
        award.paid(known.events),
    )  # fmt: skip


def waiver_draft(standing: Standing, ground: str | None = None) -> waiver.Draft | None:
    """The request for a waiver, drafted from the facts; None where no waiver comes into question."""
    return waiver.waiver_draft(standing.what_if, ground) if standing.what_if else None


__all__ = ["Element", "Known", "Rest", "Standing", "Status", "known_of", "minor_through", "standing", "waiver_draft"]
