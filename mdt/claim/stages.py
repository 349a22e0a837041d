"""How far an application is: drafted, printed, signed and by whom, sent and how, received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.facts import Event

F = Fact
STAGES: dict[Fact, tuple[str, str]] = {  # its name, and which of its data says how or by whom
    F.APPLICATION_DRAFTED: ("drafted", "applicant"),
    F.APPLICATION_PRINTED: ("printed", "which"),
    F.APPLICATION_SIGNED: ("signed", "signed_by"),
    F.APPLICATION_FILED: ("sent", "how"),
    F.APPLICATION_RECEIVED: ("received by OVS", ""),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: when it was reached last, None if it was not, and how or by whom."""

    name: str
    at: datetime | None
    beside: str


def stages(history: Sequence[Event]) -> tuple[Stage, ...]:
    """Each stage in order. What was signed before it was printed anew counts for the print before."""
    return tuple(_stage(fact, history) for fact in STAGES)


def _stage(fact: Fact, history: Sequence[Event]) -> Stage:
    name, field = STAGES[fact]
    found = last(history, fact)
    if fact is F.APPLICATION_SIGNED and waits_for_signature(history):
        found = None
    return Stage(name, found.happened_at if found else None, str(found.data.get(field, "")) if found else "")


def last(history: Sequence[Event], fact: Fact) -> Event | None:
    """The latest of a fact."""
    return next((e for e in reversed(history) if e.fact is fact), None)


def waits_for_signature(history: Sequence[Event]) -> bool:
    """Whether the application was printed and not signed since."""
    printed, signed = last(history, F.APPLICATION_PRINTED), last(history, F.APPLICATION_SIGNED)
    return printed is not None and (signed is None or signed.happened_at < printed.happened_at)
