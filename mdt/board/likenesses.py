"""The likenesses of a case: which other cases may be, are, or are not of the same child, and who has to say so where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from mdt.board.hints import hidden
from mdt.board.sight import positions
from mdt.links import OPEN, SETTLED
from mdt.links import likenesses as likenesses_in
from mdt.records.tables import CASES, LINKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdt.access import Viewer
    from mdt.facts import Event
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Said:
    """Another case, and how it stands: open, same or apart. `likeness`: its id where this case's ledger has it, else empty."""

    case_id: str
    number: str
    district: str | None
    age: int | None
    how: str
    score: float | None
    likeness: str


@dataclass(frozen=True, slots=True)
class AllSaid:
    """The open ones first. `hidden`: how many cases are not the viewer's to see (`mdt.board.hints`)."""

    shown: tuple[Said, ...]
    hidden: int


def likenesses(store: Store, viewer: Viewer, case_id: str, history: Iterable[Event]) -> AllSaid:
    """The likenesses in this case's ledger and in others' that name it; `history` is this case's, as it stands."""
    ids = {other: likeness for likeness, other in likenesses_in(tuple(history)).items()}
    either = or_(LINKS.c.case_id == case_id, LINKS.c.other == case_id)
    with store.read() as connection:  # also of what she may not see: of that, the number alone leaves here
        rows = connection.execute(select(LINKS).where(either, LINKS.c.how.in_(set(SETTLED.values())))).all()
        own_last = sorted(rows, key=lambda row: row.case_id == case_id)  # what is said here goes before what is said there
        links = {row.other if row.case_id == case_id else row.case_id: row for row in own_last}
        unseen = hidden(connection, viewer, links.keys())
    with store.read(viewer.id) as connection:
        statement = select(CASES.c.id, CASES.c.number, CASES.c.district, CASES.c.age)
        cases = connection.execute(statement.where(CASES.c.id.in_(links), positions(viewer))).all()
    shown = [
        Said(c.id, c.number, c.district, c.age, links[c.id].how, links[c.id].score, ids.get(c.id, "")) for c in cases
    ]  # fmt: skip
    shown.sort(key=lambda one: (one.how != OPEN, -(one.score or 0), one.number))
    return AllSaid(tuple(shown), unseen)
