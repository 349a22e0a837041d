"""How the links stand by which providers may answer: when each was made, until when it stands, whether it was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import answer
from mdt.answer import Link
from mdt.board.sight import visible
from mdt.casework.pages import history_of
from mdt.history import live
from mdt.records.tables import ANSWER_LINKS, CASES

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """A link that was neither answered nor withdrawn and has not run out; `opens`: whether it still opens to who has it."""

    issued_at: datetime
    expires_at: datetime
    opened: int
    opened_at: datetime | None
    opens: bool


_OF_A_LINK = [ANSWER_LINKS.c[name] for name in Link.__dataclass_fields__]


def standing(store: Store, viewer: Viewer, case_id: str, need: str, now: datetime) -> Standing | None:
    """The link that stands for this need; None if there is none, or the case is not this viewer's to see."""
    hers = ANSWER_LINKS.c.case_id.in_(select(CASES.c.id).where(CASES.c.id == case_id, visible(viewer)))
    stands = ANSWER_LINKS.c.used_at.is_(None) & ANSWER_LINKS.c.withdrawn_at.is_(None) & (ANSWER_LINKS.c.expires_at > now)
    with store.read(viewer.id) as connection:
        asked = select(*_OF_A_LINK, ANSWER_LINKS.c.opened, ANSWER_LINKS.c.opened_at)
        found = connection.execute(asked.where(hers, ANSWER_LINKS.c.need == need, stands)).first()
        if found is None:
            return None
        link = Link(*found[:-2])
        opens = not answer.why_not(link, live(history_of(connection, case_id)), now)
    return Standing(link.issued_at, link.expires_at, found.opened, found.opened_at, opens)
