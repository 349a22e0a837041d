"""The queue of reports: how far each one has come at the front door. Derived, like everything, from what happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mdt.facts import Fact
from mdt.history import live
from mdt.links import OPEN, links

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mdt.facts import Event

F = Fact


class State(StrEnum):
    """Where a report stands. Declined for investigation is not declined for help: every report is screened (§ 17a-103a)."""

    NEW = "new"
    LOOKED_AT = "being looked at"
    ACCEPTED = "accepted"  # to be investigated, § 17a-101g(a)
    DECLINED = "declined"  # the suspected person is no caregiver: referred to the local police, § 17a-101g(a)
    INVALID = "invalid"  # it was no report, a supervisor said, with a reason


@dataclass(frozen=True, slots=True)
class Line:
    """A report in the queue. `taken_by`: the id of whoever took it up; `alike`: likenesses of its child still to be settled."""

    report: str
    state: State
    received_at: datetime
    classification: str | None
    taken_by: str | None
    alike: int


def lines(events: Iterable[Event]) -> list[Line]:
    """A line for each report of a case, given all its events, corrections included."""
    rows = list(events)
    standing = live(rows)
    alike = sum(link.how == OPEN for link in links(standing))
    return [_line(event, standing, alike) for event in rows if event.fact is F.REPORT_RECEIVED]


def _line(received: Event, standing: Sequence[Event], alike: int) -> Line:
    report = received.about or ""
    of_it = [e for e in standing if e.about == report]
    now = next((e for e in of_it if e.id == received.id), None)
    classification = next((e.data.get("classification") for e in reversed(of_it) if e.fact is F.REPORT_CLASSIFIED), None)
    taken_by = next((e.by for e in reversed(of_it) if e.fact is F.REPORT_TAKEN_UP), None)
    state = State.INVALID if now is None else _state(classification, taken_by)
    return Line(report, state, (now or received).happened_at, classification, taken_by, alike)


def _state(classification: str | None, taken_by: str | None) -> State:
    if classification is None:
        return State.LOOKED_AT if taken_by else State.NEW
    return State.DECLINED if classification == "perpetrator not a caregiver" else State.ACCEPTED
