"""Finding a child by her name among the viewer's own cases: by blind tokens first, then by what they unseal to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.access import may_look_into
from mdt.board.sight import positions, visible
from mdt.casework import refusals
from mdt.errors import NotAllowed, NotPossible, Tampered
from mdt.names import words_of
from mdt.records.tables import CASES, CHILDREN
from mdt.store import blind, keys, sealed, trace
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping, Select

    from mdt.access import Viewer
    from mdt.store import Store

MOST = 25  # a longer list is no find


@dataclass(frozen=True, slots=True)
class Found:
    """A case whose child may be meant, without her name. `how`: what agrees."""

    case_id: str
    number: str
    room: str
    district: str | None
    age: int | None
    how: str


def find_child(store: Store, viewer: Viewer, given: str, family: str, year: int | None, now: datetime) -> list[Found]:
    """The cases whose child bears that name or one that sounds like it, the best first; the search is logged, not the name.

    Raises `NotAllowed` for a role that searches no names, `NotPossible` for no name.
    """
    if not may_look_into(viewer, "names"):
        refusals.log(store, viewer, "name search", now)
        raise NotAllowed(f"Children are not looked for by name by this role ({viewer.role}).")
    if not words_of(given, family):
        raise NotPossible("Can't look for a child without any name.")
    try:
        found = _found(store, viewer, (given, family, year), now)
    except Tampered:  # a case's key was changed between two looks, or one row is not what was written
        found = _found(store, viewer, (given, family, year), now)
    return [Found(r["id"], r["number"], r["room"], r["district"], r["age"], ", ".join(how)) for how, r in found[:MOST]]


def by_number(store: Store, viewer: Viewer, number: str) -> str | None:
    """The id of the case of that number, if it is this viewer's to see."""
    hers = select(CASES.c.id).where(CASES.c.number == number.strip(), positions(viewer))
    with store.read(viewer.id) as connection:
        return connection.execute(hers).scalar_one_or_none()


def number_if_hidden(store: Store, case_id: str, by: Viewer) -> str | None:
    """The number of a case on which this person has just taken a report, if it is not hers to see; else None."""
    with store.read() as connection:
        number = connection.execute(select(CASES.c.number).where(CASES.c.id == case_id)).scalar_one()
    with store.read(by.id) as connection:
        is_hers = connection.execute(select(CASES.c.id).where(CASES.c.id == case_id, visible(by))).first()
    return None if is_hers else str(number)


def still_hers(store: Store, viewer: Viewer, found: Sequence[Found]) -> list[Found]:
    """What was found, as far as it is still hers to see."""
    with store.read(viewer.id) as connection:
        ids = select(CASES.c.id).where(CASES.c.id.in_([one.case_id for one in found]), positions(viewer))
        hers = set(connection.execute(ids).scalars())
    return [one for one in found if one.case_id in hers]


def _found(
    store: Store, viewer: Viewer, wanted: tuple[str, str, int | None], now: datetime
) -> list[tuple[list[str], RowMapping]]:
    given, family, year = wanted
    words = words_of(given, family)
    with store.write() as connection:
        tokens = blind.search(keys.of(connection).house(connection, "index"), given, family, year)
        with looking_as(connection, viewer.id):
            rows = connection.execute(_likely(tokens, viewer)).mappings().all()
            children = [sealed.unseal_child(keys.of(connection).case(connection, row["id"]), dict(row)) for row in rows]
        found = [(how, row) for row, child in zip(rows, children, strict=True) if (how := _how(words, year, child))]
        trace.append(connection, viewer.id, "name search", now, count=len(found))
    return sorted(found, key=_best_first)


def _likely(tokens: list[blind.Token], viewer: Viewer) -> Select[Any]:
    """The viewer's cases that share the tokens, with the child's sealed row."""
    return (
        select(CASES.c.id, CASES.c.number, CASES.c.room, CASES.c.district, CASES.c.age, CHILDREN)
        .join(CHILDREN, CHILDREN.c.case_id == CASES.c.id)
        .where(CASES.c.id.in_(blind.found(tokens)), positions(viewer))
    )


def _best_first(match: tuple[list[str], RowMapping]) -> tuple[bool, int, str]:
    how, row = match
    return SAME not in how, -len(how), row["number"]


SAME, ALIKE, YEAR = "same name", "a name that sounds alike", "same birth year"


def _how(wanted: list[str], year: int | None, child: dict[str, str]) -> list[str]:
    """What agrees; empty if the tokens agreed by chance alone."""
    hers = words_of(child["given_name"], child["family_name"])
    name = SAME if hers == wanted else ALIKE if blind.sound_alike(wanted, hers) else ""
    same_year = year is not None and child["birthdate"].startswith(str(year))
    return [name, *([YEAR] if same_year else [])] if name else []
