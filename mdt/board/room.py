"""One case in the room: what changed since the team last saw it, what is undone, and what was said at this sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.facts import ABOUT, ON_THE_RECORD, Fact, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.board.case import CaseView, Entry, OpenTask
    from mdt.facts import Event

F = Fact
MOST = 30  # entries of what changed
# What the room shows elsewhere, or what is no news to the team.
_NO_NEWS = frozenset({F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.PACKET_READY, F.UPDATE_ASKED_FOR, F.UPDATE_GIVEN, F.UPDATE_NOT_GIVEN,
                      F.STATEMENT_MADE, F.REVIEW_HELD, F.DISCLOSURE_ALLOWED, F.DISCLOSURE_WITHDRAWN})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Update:
    """An update that was asked for: of whom, the event that gave it, and by whom it was given; none yet, if empty."""

    id: str
    owner: str
    event: str
    by: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of this sitting, by the event that holds its words."""

    id: str
    event: str
    kind: str
    provider: str
    decision: str


@dataclass(frozen=True, slots=True)
class Made:
    """A decision: which it is, by the event that holds its words, whose it is, by when, and how it was answered."""

    id: str
    event: str
    name: str
    kind: str
    owner: str
    given_to: str
    due_on: str
    answer: str
    here: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """What the room shows of a case, without a word about a person. `unfinished` stand first."""

    line: str
    last_review: Entry | None
    changed: tuple[Entry, ...]
    more: int
    updates: tuple[Update, ...]
    unfinished: tuple[OpenTask, ...]
    decisions: tuple[Made, ...]
    said: tuple[Said, ...]
    state: str


def brief(view: CaseView, line: str) -> Brief:
    """The case for the sitting whose agenda line this is; of what was struck out, nothing."""
    stands = [e for e in reversed(view.history) if not e.struck]  # the oldest first
    events = [e.event for e in stands]
    before = [e for e in stands if e.event.fact is F.REVIEW_HELD and e.event.about != line]
    last = before[-1] if before else None
    news = [e for e in stands if _is_news(e, last)]
    decisions = _decisions(view, events, line)
    here = {one.id for one in decisions if one.here}
    undone = tuple(t for t in view.tasks if t.task.step == "carry-out-decision" and t.task.about not in here)
    return Brief(
        line, last, tuple(reversed(news[-MOST:])), max(0, len(news) - MOST), _updates(stands, line), undone, decisions,
        _said(events, line), _state(events, line),
    )  # fmt: skip


def _is_news(entry: Entry, last: Entry | None) -> bool:
    event = entry.event
    if event.fact in _NO_NEWS or event.fact in ON_THE_RECORD:
        return False
    return last is None or event.recorded_at > last.event.recorded_at


def _updates(stands: Sequence[Entry], line: str) -> tuple[Update, ...]:
    given = {e.event.about: e for e in stands if e.event.fact is F.UPDATE_GIVEN}
    asked = [e.event for e in stands if e.event.fact is F.UPDATE_ASKED_FOR and e.event.data.get("line") in (line, "")]
    return tuple(_update(e, given.get(e.about)) for e in asked)


def _update(asked: Event, given: Entry | None) -> Update:
    return Update(asked.about or "", asked.data["owner"], given.event.id if given else "", given.by if given else "")


def _decisions(view: CaseView, events: Sequence[Event], line: str) -> tuple[Made, ...]:
    answers = {e.about: e.fact.value.removeprefix("decision ") for e in events
               if ABOUT[e.fact] is Thing.DECISION and e.fact is not F.DECISION_MADE}  # fmt: skip
    return tuple(
        Made(
            e.about or "", e.id, view.things.get(e.about or "", ""), e.data.get("kind", "decision"), e.data["owner"],
            e.data.get("given_to", ""), e.data.get("due_on", ""), answers.get(e.about, ""), e.data.get("line") == line,
        )
        for e in events
        if e.fact is F.DECISION_MADE
    )  # fmt: skip


def _said(events: Sequence[Event], line: str) -> tuple[Said, ...]:
    return tuple(
        Said(e.about or "", e.id, e.data["kind"], e.data["provider"], e.data.get("decision", ""))
        for e in events
        if e.fact is F.STATEMENT_MADE and e.data.get("line") == line
    )


def _state(events: Sequence[Event], line: str) -> str:
    became = {F.REVIEW_HELD: "held", F.REVIEW_DEFERRED: "deferred"}
    return next((became[e.fact] for e in events if e.about == line and e.fact in became), "waiting")
