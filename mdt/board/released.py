"""What a waiver releases of the advocates' vault: shown to those whom it names, as long as it runs (§ 52-146k)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.access import sight
from mdt.board.sight import visible
from mdt.casework import refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.circle import circle
from mdt.errors import NotFound
from mdt.history import live
from mdt.law.period import local_date
from mdt.policy import See
from mdt.records.tables import CASES, NARRATIVES
from mdt.store import keys, sealed, trace
from mdt.vault import ORDINARY_SIGHT, releases

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.facts import Event
    from mdt.store import Store
    from mdt.vault import Release


@dataclass(frozen=True, slots=True)
class Released:
    """A text that was released to this person: what for, who signed the waiver, and until which day it is shown."""

    id: str
    text: str
    purpose: str
    signer: str
    expires_on: date


def shown(history: Iterable[Event], viewer: Viewer, now: datetime) -> list[Release]:
    """The releases of a live history that this person is shown today."""
    return [one for one in releases(history) if one.is_shown(viewer.id, local_date(now))]


def released(store: Store, viewer: Viewer, case_id: str, now: datetime) -> tuple[Released, ...]:
    """What is released to her on this case, and a row in the access log with it. Raises `NotFound`, logged, and `Tampered`."""
    try:
        return _released(store, viewer, case_id, now)
    except NotFound:
        refusals.log(store, viewer, "released", now, case_id)
        raise


def _released(store: Store, viewer: Viewer, case_id: str, now: datetime) -> tuple[Released, ...]:
    with store.write(viewer.id) as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_SUCH_CASE)
        history = live(history_of(connection, case_id))
        seen = sight(viewer, circle(history, dict(row)), now)
        may = See.HISTORY in seen.sees and bool(seen.by & ORDINARY_SIGHT)
        mine = shown(history, viewer, now) if may else []
        found = tuple(_read(connection, case_id, one) for one in mine)
        if found:
            trace.append(connection, viewer.id, "narrative read", now, case_id=case_id, count=len(found))
    return found


def _read(connection: Connection, case_id: str, one: Release) -> Released:
    key = keys.of(connection).case(connection, case_id)
    rows = connection.execute(select(NARRATIVES).where(NARRATIVES.c.event_id == one.id)).mappings().all()
    words = {row["field"]: sealed.unseal_words(key, dict(row)) for row in rows}
    return Released(one.about, words["released"], words["purpose"], one.signer, one.expires_on)
