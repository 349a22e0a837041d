"""Who this may be, for somebody who takes a report: the cases she may see, with reasons and no name; how many more there are.

The search is logged in the house's chain with how many cases it told of. A form asks again at every pause of the keyboard: a
search that tells of nothing which the one before it had not told is no new read, and is not logged again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import likeness
from mdt.access import may_look_into, role_of, sight
from mdt.board import known
from mdt.board.case import name_things
from mdt.board.hints import hidden
from mdt.board.sight import positions, visible
from mdt.casework import child, refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound
from mdt.history import live
from mdt.policy import SEES, See
from mdt.records.tables import CASES
from mdt.store import blind, keys, trace
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.likeness import Described, DescribedPerson, Likeness
    from mdt.store import Store

MOST = 10  # a longer list is no help
SEARCH = "likeness search"


@dataclass(frozen=True, slots=True)
class Alike:
    """A case whose child, or in which a suspected person, may be meant: how likely, and in words what agrees and what not."""

    case_id: str
    number: str
    district: str | None
    age: int | None
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Likenesses:
    """What was found, the likeliest first. `elsewhere`: how many likely ones lie in cases that are not hers to see."""

    found: tuple[Alike, ...] = ()
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Two children side by side, each as told (`mdt.casework.child`), and how alike they are.

    `…_otherwise`: by which report, which field, and what it says of it that is not what stands there.
    """

    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    one: dict[str, str]
    other: dict[str, str]
    one_otherwise: tuple[tuple[str, str, str], ...] = ()
    other_otherwise: tuple[tuple[str, str, str], ...] = ()


_Read = tuple[dict[str, str], tuple[tuple[str, str, str], ...]]
NOTHING = Likenesses()


def alike(
    store: Store, viewer: Viewer, described: Described, now: datetime, before: Likenesses = NOTHING
) -> Likenesses:  # fmt: skip
    """The cases whose child this may be. `before`: what the same form was told last.

    Raises `NotAllowed` for a role that searches no names.
    """
    _refuse_unless_searching(store, viewer, now)

    def score(connection: Connection) -> tuple[list[Likeness], set[str]]:
        asked = blind.child_asked(_index_key(connection), described)
        who = known.children(connection, _candidates(connection, asked))
        return likeness.alike(described, who.by_id), who.spoiled

    return _told(store, viewer, now, before, score, likeness.threshold())


def alike_persons(
    store: Store, viewer: Viewer, described: DescribedPerson, now: datetime, before: Likenesses = NOTHING
) -> Likenesses:  # fmt: skip
    """The cases in which a suspected person may be this one. Raises `NotAllowed` also for a role that reads no reports."""
    _refuse_unless_searching(store, viewer, now)
    role = role_of(viewer)
    if role is None or See.REPORT not in SEES[role]:
        raise NotAllowed(f"What reports told of suspected persons is not searched by this role ({viewer.role}).")

    def score(connection: Connection) -> tuple[list[Likeness], set[str]]:
        asked = blind.person_asked(_index_key(connection), described)
        who = known.persons(connection, _candidates(connection, asked))
        return likeness.persons_alike(described, who.by_id), who.spoiled

    return _told(store, viewer, now, before, score, likeness.person_threshold())


def _refuse_unless_searching(store: Store, viewer: Viewer, now: datetime) -> None:
    if not may_look_into(viewer, "names"):
        refusals.log(store, viewer, SEARCH, now)
        raise NotAllowed(f"Likenesses are not looked for by this role ({viewer.role}).")


def _index_key(connection: Connection) -> bytes:
    return keys.of(connection).house(connection, "index")


def _candidates(connection: Connection, asked: dict[blind.Token, int]) -> Sequence[str]:
    return connection.execute(blind.candidates(asked)).scalars().all()


def _told(
    store: Store, viewer: Viewer, now: datetime, before: Likenesses,
    score: Callable[[Connection], tuple[list[Likeness], set[str]]], likely: float,
) -> Likenesses:  # fmt: skip
    with store.read() as connection:
        scored, spoiled = score(connection)
        best = known.best_of((one.id, one) for one in scored)
        found = _hers(connection, viewer, best)[:MOST]
        elsewhere = hidden(connection, viewer, {case_id for case_id, one in best.items() if one.score >= likely})
    made = Likenesses(tuple(found), elsewhere)
    _log(store, viewer, made, before, spoiled, now)
    return made


def _hers(connection: Connection, viewer: Viewer, best: dict[str, Likeness]) -> list[Alike]:
    with looking_as(connection, viewer.id):
        asked = select(CASES.c.id, CASES.c.number, CASES.c.district, CASES.c.age).where(CASES.c.id.in_(best), positions(viewer))
        rows = connection.execute(asked).all()
    made = [(best[row.id], row) for row in rows]
    made.sort(key=lambda pair: (-pair[0].score, pair[1].number))
    return [Alike(r.id, r.number, r.district, r.age, round(one.score, 2), one.reasons, one.against) for one, r in made]


def _log(store: Store, viewer: Viewer, made: Likenesses, before: Likenesses, spoiled: set[str], now: datetime) -> None:
    """In a transaction of its own, before anything is told: no writer waits while names are compared."""
    is_new = {one.case_id for one in made.found} - {one.case_id for one in before.found} or made.elsewhere > before.elsewhere
    if not is_new and not spoiled:
        return
    with store.write() as connection:
        if is_new:
            trace.append(connection, viewer.id, SEARCH, now, count=len(made.found), detail={"elsewhere": made.elsewhere})
        for case_id in sorted(spoiled):
            trace.append(connection, viewer.id, "tampered", now, case_id=case_id)


def compare(store: Store, viewer: Viewer, case_id: str, other_id: str, now: datetime) -> Compared:
    """The children of two cases side by side; a name read on each. Raises `NotFound` unless both are hers, and `Tampered`."""
    try:
        (one, one_otherwise), (other, other_otherwise) = _both(store, viewer, (case_id, other_id), now)
    except NotFound:
        refusals.log(store, viewer, "compare", now, case_id)
        raise
    found = likeness.between(blind.described(one), blind.described(other))
    return Compared(round(found.score, 2), found.reasons, found.against, one, other, one_otherwise, other_otherwise)


def _both(store: Store, viewer: Viewer, case_ids: tuple[str, str], now: datetime) -> list[_Read]:
    with store.write(viewer.id) as connection:
        read = {case_id: _child(connection, viewer, case_id, now) for case_id in sorted(set(case_ids))}
        for case_id in read:
            trace.append(connection, viewer.id, "name read", now, case_id=case_id)
    return [read[case_id] for case_id in case_ids]


def _child(connection: Connection, viewer: Viewer, case_id: str, now: datetime) -> _Read:
    row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_CASE)
    events = history_of(connection, case_id)
    history = live(events)
    if See.IDENTITY not in sight(viewer, circle(history, dict(row)), now).sees:
        raise NotFound(NO_SUCH_CASE)
    told, things = child.as_told(connection, case_id, history), name_things(list(events))
    otherwise = tuple((things[one.report], one.field, one.value) for one in told.otherwise)
    return told.child, otherwise
