"""The papers that a claim wants: § 54-204(b)'s reports of who treated the injury, and what shows the losses and the police."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from mdt.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.facts import Event

F = Fact
PaperKind = Literal["medical report", "mental health report", "bill", "proof of lost wages", "police report", "other"]
Holder = Literal[
    "not said", "hospital or doctor", "mental health professional", "police", "employer", "insurer", "family", "DCF", "other"
]
# Why a paper is wanted; § 54-204(b) names the first two, and only if they can reasonably be had.
WANTED: dict[PaperKind, str] = {
    "medical report": "of physicians, surgeons, physician assistants or nurses who treated the injury (§ 54-204(b))",
    "mental health report": "of mental health professionals who treated the injury (§ 54-204(b))",
    "police report": "or what stands in for it (§ 54-211(a)(1)(C)); an advocate gets a copy on request (§ 54-220)",
    "bill": "for each expense (§ 54-210(a)(1))",
    "proof of lost wages": "if pay was lost (§ 54-210(a)(2))",
}


class State(StrEnum):
    """How far a paper is."""

    OPEN = "not asked for"
    ASKED = "asked for"
    CAME = "received"
    NONE = "not available"


_ANSWERS = {F.PAPER_RECEIVED: State.CAME, F.PAPER_NOT_AVAILABLE: State.NONE}


@dataclass(frozen=True, slots=True)
class Row:
    """A paper: asked of whom and when, answered when. `paper` is its id, empty while nobody asked for it."""

    kind: str
    why: str
    state: State
    paper: str = ""
    holder: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None


def checklist(history: Sequence[Event]) -> tuple[Row, ...]:
    """Each paper that a claim wants, in the order in which it is asked for; several of a kind stand by themselves."""
    asked = [_row(event, history) for event in history if event.fact is F.PAPER_ASKED_FOR]
    kinds = dict.fromkeys([*WANTED, *(row.kind for row in asked)])
    return tuple(
        row
        for kind in kinds
        for row in [one for one in asked if one.kind == kind] or [Row(kind, WANTED[kind], State.OPEN)]  # type: ignore[index]
    )


def _row(asked: Event, history: Sequence[Event]) -> Row:
    answers = [e for e in history if e.about == asked.about and e.fact in _ANSWERS]
    last = answers[-1] if answers else None
    kind, holder = asked.data["paper"], asked.data.get("holder", "not said")
    return Row(
        kind, WANTED.get(kind, ""), _ANSWERS[last.fact] if last else State.ASKED, asked.about or "",
        "" if holder == "not said" else holder, asked.happened_at, last.happened_at if last else None,
    )  # fmt: skip


def enclosed(history: Sequence[Event]) -> tuple[str, ...]:
    """The papers that came, by kind, with how many of it."""
    came = [row.kind for row in checklist(history) if row.state is State.CAME]
    return tuple(f"{kind} ({came.count(kind)})" if came.count(kind) > 1 else kind for kind in dict.fromkeys(came))
