"""Finding a child by her name among the viewer's own cases: by blind tokens first, then by what they unseal to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import may_look_into
from mdt.board.sight import positions
from mdt.errors import NotAllowed, NotPossible
from mdt.records.tables import CASES, CHILDREN
from mdt.store import blind, keys, sealed, trace

if TYPE_CHECKING:
    from datetime import datetime

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
        raise NotAllowed(f"Children are not looked for by name by this role ({viewer.role}).")
    wanted = blind.words_of(given, family)
    if not wanted:
        raise NotPossible("Can't look for a child without any name.")
    with store.write(viewer.id) as connection:
        index = keys.of(connection).house(connection, "index")
        tokens = blind.search(index, given, family, year)
        rows = connection.execute(
            select(CASES.c.id, CASES.c.number, CASES.c.room, CASES.c.district, CASES.c.age, CHILDREN)
            .join(CHILDREN, CHILDREN.c.case_id == CASES.c.id)
            .where(CASES.c.id.in_(blind.found(tokens)), positions(viewer))
        ).mappings().all()  # fmt: skip
        matches = []
        for row in rows:
            child = sealed.unseal_child(keys.of(connection).case(connection, row["id"]), dict(row))
            how = _how(wanted, year, child)
            if how:
                matches.append((how, Found(row["id"], row["number"], row["room"], row["district"], row["age"], ", ".join(how))))
        trace.append(connection, viewer.id, "name search", now, count=len(matches))
    return [found for _, found in sorted(matches, key=_best_first)][:MOST]


def _best_first(match: tuple[list[str], Found]) -> tuple[bool, int, str]:
    how, found = match
    return SAME not in how, -len(how), found.number


SAME, ALIKE, YEAR = "same name", "a name that sounds alike", "same birth year"


def _how(wanted: list[str], year: int | None, child: dict[str, str]) -> list[str]:
    """What agrees; empty if the tokens agreed by chance alone."""
    hers = blind.words_of(child["given_name"], child["family_name"])
    name = SAME if hers == wanted else ALIKE if blind.sound_alike(wanted, hers) else ""
    same_year = year is not None and child["birthdate"].startswith(str(year))
    return [name, *([YEAR] if same_year else [])] if name else []
