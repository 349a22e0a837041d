"""What a screening goes by: the scores so far, the last answers to go on from, and whether she is a minor and a resident.

Scores are codes and numbers. Answers are sealed words, and a birthdate names a child: each look at one is logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from mdt.access import class_of_note, sight
from mdt.board.case import name_things, names_of
from mdt.board.minor import MinorAndResident, judged
from mdt.board.same import cases_of_the_child
from mdt.board.sight import visible
from mdt.casework import child, refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.casework.room import ROOM_OF
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound, Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import See
from mdt.records.tables import CASES, NARRATIVES
from mdt.screening import WORDS_OF_A_SCORE, Answers, answers_of, last_score
from mdt.store import keys, sealed, trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.facts import Event, History
    from mdt.store import Store

Found = TypeVar("Found")
ROOM = ROOM_OF[Fact.SCREENING_SCORED]


@dataclass(frozen=True, slots=True)
class Scored:
    """One score: of which case and report, when, by whom, and what it came to. `data` is the event's, codes and numbers."""

    event_id: str
    case_id: str
    number: str
    report_id: str
    report: str
    at: datetime
    by: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LastAnswers:
    """The answers of a report's last score, and to which instrument, in which language."""

    instrument: str
    version: str
    language: str
    told: Answers


@dataclass(frozen=True, slots=True)
class _Seen:
    """A case as this viewer sees it."""

    row: dict[str, Any]
    events: tuple[Event, ...]
    history: History
    sight: Sight


def scores(store: Store, viewer: Viewer, case_id: str, now: datetime) -> tuple[Scored, ...]:
    """Every score of the case, and of the child's other cases that are hers to see, the newest first. Raises `NotFound`."""
    with store.read(viewer.id) as connection:
        here = _seen(connection, viewer, case_id, now)
        others = cases_of_the_child(connection, case_id, visible(viewer)) - {case_id} if here else frozenset()
        cases = [here, *(_seen(connection, viewer, other, now) for other in sorted(others))]
        found = [one for case in cases if case for one in _scores(connection, case)]
    if here is None:
        refusals.log(store, viewer, "screening scores", now, case_id)
        raise NotFound(NO_SUCH_CASE)
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def _seen(connection: Connection, viewer: Viewer, case_id: str, now: datetime) -> _Seen | None:
    row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
    if row is None:
        return None
    events = history_of(connection, case_id)
    history = live(events)
    return _Seen(dict(row), events, history, sight(viewer, circle(history, dict(row)), now))


def _scores(connection: Connection, case: _Seen) -> list[Scored]:
    if See.HISTORY not in case.sight.sees or ROOM not in case.sight.rooms:
        return []
    scored = [e for e in case.history if e.fact is Fact.SCREENING_SCORED]
    people, things = names_of(connection, {e.by for e in scored}), name_things(list(case.events))
    here = case.row["id"], case.row["number"]
    return [
        Scored(e.id, *here, e.about or "", things[e.about or ""], e.happened_at, people.get(e.by, "someone"), e.data)
        for e in scored
    ]


def last_answers(store: Store, viewer: Viewer, case_id: str, report: str, now: datetime) -> LastAnswers | None:
    """The answers of the report's last score; None if it was never scored. The look is logged.

    Raises `NotFound`, `NotAllowed` for who reads no notes of DCF's rooms, and `Tampered`; each is logged too.
    """

    def look(connection: Connection, case: _Seen) -> LastAnswers | None:
        scored = last_score(case.history, report)
        if scored is None:
            return None
        if scored.by != viewer.id and class_of_note(ROOM, WORDS_OF_A_SCORE) not in case.sight.sees:
            raise NotAllowed("The answers of a screening are notes of DCF; they are not shown to you.")
        told = _unsealed(connection, case_id, scored)
        trace.append(connection, viewer.id, "narrative read", now, case_id=case_id)
        return LastAnswers(scored.data["instrument"], scored.data["version"], scored.data["language"], told)

    return _look(store, viewer, case_id, now, look)


def _unsealed(connection: Connection, case_id: str, scored: Event) -> Answers:
    words = select(NARRATIVES).where(NARRATIVES.c.event_id == scored.id, NARRATIVES.c.field == WORDS_OF_A_SCORE)
    row = connection.execute(words).mappings().one()
    return answers_of(sealed.unseal_words(keys.of(connection).case(connection, case_id), dict(row)))


def minor_and_resident(store: Store, viewer: Viewer, case_id: str, now: datetime) -> MinorAndResident:
    """What is known, by dates, of whether this is a minor child residing in the state; it decides nothing. The look is logged.

    Raises `NotFound`, `NotAllowed` for who does not see who the child is, and `Tampered`; each is logged too.
    """

    def look(connection: Connection, case: _Seen) -> MinorAndResident:
        if See.IDENTITY not in case.sight.sees:
            raise NotAllowed("Who the child is, and the birthdate, are not shown to you.")
        told = child.as_told(connection, case_id, case.history)
        trace.append(connection, viewer.id, "name read", now, case_id=case_id)
        return judged(told, case.row["age"], case.history, name_things(list(case.events)), now)

    return _look(store, viewer, case_id, now, look)


def _look(store: Store, viewer: Viewer, case_id: str, now: datetime, look: Callable[[Connection, _Seen], Found]) -> Found:
    try:
        try:
            return _once(store, viewer, case_id, now, look)
        except Tampered:  # or the case's key was changed between two looks at it
            return _once(store, viewer, case_id, now, look)
    except Tampered:
        with store.write() as connection:
            trace.append(connection, viewer.id, "tampered", now, case_id=case_id)
        raise
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "screening", now, case_id)
        raise


def _once(store: Store, viewer: Viewer, case_id: str, now: datetime, look: Callable[[Connection, _Seen], Found]) -> Found:
    with store.write(viewer.id) as connection:
        case = _seen(connection, viewer, case_id, now)
        if case is None:
            raise NotFound(NO_SUCH_CASE)
        return look(connection, case)
