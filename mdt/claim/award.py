"""What was awarded and what was paid of it (§ 54-208(f): in one sum, or from time to time)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact


def is_award(event: Event) -> bool:
    """An award by OVS, by a commissioner, or by the court."""
    return event.fact is F.AWARD_MAILED or event.data.get("awarded") is True


def award(events: Sequence[Event]) -> Event | None:
    """The award that stands: the one made last, unless a commissioner then decided that there is none (§ 54-205(c))."""
    last = next((e for e in reversed(events) if is_award(e) or e.data.get("decision") == "no award"), None)
    return last if last and is_award(last) else None


def awarded(events: Sequence[Event]) -> int | None:
    """The dollars of the award that stands; None if there is none, or its amount was not said."""
    stands = award(events)
    return stands.data.get("amount") if stands else None


def paid(events: Sequence[Event]) -> int:
    """The dollars paid so far."""
    return sum(e.data["amount"] for e in events if e.fact is F.AWARD_PAID)
