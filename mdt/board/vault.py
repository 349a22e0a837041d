"""What an advocate reads in her agency's vault; each note that is read is a row in the vault's own log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import vault as rules
from mdt.board.people import people
from mdt.casework.vault import CORRECTION, NOTE, RELEASE, WITHDRAWAL, refusals_logged, sight_of
from mdt.errors import NotAllowed
from mdt.records.vault import LOG
from mdt.store import vault as store_of
from mdt.store import vault_notes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.store import Store
    from mdt.store.vault import Vault
    from mdt.store.vault_notes import Entry

LATELY = 200  # rows of the log shown, the newest
SOMEBODY = "somebody who no longer signs in"


@dataclass(frozen=True, slots=True)
class Added:
    """What was added to a note: a correction, or why it was withdrawn."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands: as it was written, what was added, whether it was withdrawn, and how often it was released."""

    id: str
    n: int
    kind: str
    capacity: str
    text: str
    by: str
    at: datetime
    corrections: tuple[Added, ...] = ()
    withdrawn: Added | None = None
    releases: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """A row of the log: who did what, when, with which note (its number)."""

    at: datetime
    by: str
    act: str
    note: str


def notes(store: Store, vault: Vault, viewer: Viewer, case_id: str, now: datetime, only: str = "") -> tuple[Note, ...]:
    """What her agency keeps on this case, the newest first, or `only` that note.

    Raises `Tampered`, and `NotAllowed`, which is logged with whose note it is: another agency's reads like none at all.
    """
    names = {person.id: person.name for person in people(store)}
    with refusals_logged(vault, viewer, case_id, now, only):
        rules.refuse_unless_hers(viewer, viewer.agency, sight_of(store, viewer, case_id, now))
        with vault.opened() as connection:
            folder = store_of.folder(connection, viewer.agency, case_id)
            found = vault_notes.entries(connection, folder) if folder else []
            read = [one for one in reversed(found) if one.what == NOTE and only in ("", one.id)]
            for one in read:
                store_of.log(connection, viewer.agency, viewer.id, "note read", now, case_id=case_id, entry=one.id)
        if only and not read:
            raise NotAllowed(rules.NOT_HERS)
    return tuple(_note(one, found, names) for one in read)


def _note(of: Entry, found: Sequence[Entry], names: dict[str, str]) -> Note:
    def added(what: str, field: str) -> list[Added]:
        about = (one for one in found if one.about == of.id and one.what == what)
        return [Added(one.told.get(field, ""), names.get(one.author, SOMEBODY), one.written_at) for one in about]

    withdrawn = added(WITHDRAWAL, "reason")
    return Note(
        of.id, of.n, of.told["kind"], of.told["capacity"], of.told["text"], names.get(of.author, SOMEBODY), of.written_at,
        tuple(added(CORRECTION, "text")), withdrawn[0] if withdrawn else None, len(added(RELEASE, "fact")),
    )  # fmt: skip


def draft(store: Store, vault: Vault, viewer: Viewer, case_id: str, form: str, now: datetime) -> str:
    """What she was typing into that form; empty if nothing is kept. Raises `NotAllowed`, which is logged."""
    with refusals_logged(vault, viewer, case_id, now):
        rules.refuse_unless_hers(viewer, viewer.agency, sight_of(store, viewer, case_id, now))
        with vault.opened() as connection:
            folder = store_of.folder(connection, viewer.agency, case_id)
            found = vault_notes.draft(connection, folder, viewer.id, form) if folder else ""
            if found:
                store_of.log(connection, viewer.agency, viewer.id, "draft read", now, case_id=case_id)
    return found


def looked(store: Store, vault: Vault, viewer: Viewer, case_id: str, now: datetime) -> tuple[Looked, ...]:
    """Who read or wrote what of this case, the newest first: for the agency's advocate supervisor. To look is logged too."""
    names = {person.id: person.name for person in people(store)}
    with refusals_logged(vault, viewer, case_id, now):
        rules.refuse_unless_supervising(viewer, viewer.agency, sight_of(store, viewer, case_id, now))
        with vault.opened() as connection:
            hers = select(LOG).where(LOG.c.agency == viewer.agency, LOG.c.case_id == case_id)
            rows = connection.execute(hers.order_by(LOG.c.n.desc()).limit(LATELY)).mappings().all()
            numbers = vault_notes.numbers(connection, viewer.agency, case_id)
            store_of.log(connection, viewer.agency, viewer.id, "log read", now, case_id=case_id)
    return tuple(Looked(r["at"], names.get(r["by"], SOMEBODY), r["act"], numbers.get(r["entry"], "")) for r in rows)
