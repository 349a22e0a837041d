"""Writing in the advocates' vault: notes, what is added to them, what a waiver releases, drafts, and erasing.

Nothing of it goes through the main database's door, which would count it: the case, its ledger and its logs learn nothing. Only
a release does, as an act like any other; the note itself stays where it is.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mdt import vault as rules
from mdt.access import Sight
from mdt.casework import drafts, pages
from mdt.casework.door import carry_out
from mdt.casework.room import ACT
from mdt.errors import NotAllowed, NotPossible
from mdt.history import live
from mdt.policy import ADVOCATES
from mdt.store import vault as store_of
from mdt.store import vault_notes
from mdt.store.vault_notes import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.casework.door import Receipt
    from mdt.store import Store
    from mdt.store.vault import Folder, Vault
    from mdt.vault import CorrectNote, ReleaseVaultNote, WithdrawNote, WriteNote

NOTE, CORRECTION, WITHDRAWAL, RELEASE = "note", "correction", "withdrawal", "release"
WITHDRAWN = "This note was withdrawn by its agency; it is kept, and nothing is added to it or released of it."
_ID = re.compile(r"[0-9a-z-]{1,32}", re.ASCII)


def sight_of(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Sight:
    """What an advocate sees of the case; nothing for anybody else, and the case is not even asked for."""
    if viewer.role not in ADVOCATES:
        return Sight()
    with store.read(viewer.id) as connection:
        history = live(pages.history_of(connection, case_id))
    return pages.sight_of(history, viewer, now) if history else Sight()


@contextmanager
def refusals_logged(vault: Vault, by: Viewer, case_id: str, now: datetime, note: str = "") -> Iterator[None]:
    """What is refused within is a row in the log of whose note it is, else of her own agency."""
    try:
        yield
    except NotAllowed:
        with vault.opened() as connection:
            agency = (vault_notes.agency_of(connection, note) if note else None) or by.agency
            store_of.log(connection, agency, by.id, "refused", now, case_id=_plain(case_id), entry=_plain(note) or None)
        raise


def _plain(code: str) -> str:
    return code if not code or _ID.fullmatch(code) else "not an id"


def write_note(
    store: Store, vault: Vault, case_id: str, form: WriteNote, *, by: Viewer, now: datetime, command: str
) -> str:  # fmt: skip
    """Keep a note of her agency's; its id. Her draft ends with it. Raises `NotAllowed`."""
    new = _entry(by, case_id, NOTE, None, form.model_dump(), now=now, command=command)
    return _add(store, vault, case_id, new, by, "note")


def correct_note(
    store: Store, vault: Vault, case_id: str, form: CorrectNote, *, by: Viewer, now: datetime, command: str
) -> str:  # fmt: skip
    """Add to a note what puts it right. Raises `NotAllowed`, and `NotPossible` once it is withdrawn."""
    new = _entry(by, case_id, CORRECTION, form.about, {"text": form.text}, now=now, command=command)
    return _add(store, vault, case_id, new, by, f"correction:{form.about}")


def withdraw_note(
    store: Store, vault: Vault, case_id: str, form: WithdrawNote, *, by: Viewer, now: datetime, command: str
) -> str:  # fmt: skip
    """Mark a note as withdrawn; it is kept. Raises `NotAllowed`, and `NotPossible` if it is withdrawn already."""
    new = _entry(by, case_id, WITHDRAWAL, form.about, {"reason": form.reason}, now=now, command=command)
    return _add(store, vault, case_id, new, by, f"withdrawal:{form.about}")


def _entry(
    by: Viewer, case_id: str, what: str, about: str | None, told: dict[str, str], *, now: datetime, command: str
) -> Entry:  # fmt: skip
    return Entry(vault_notes.entry_id(by.agency, case_id, command), 0, what, about, by.id, now, told)


def _add(store: Store, vault: Vault, case_id: str, new: Entry, by: Viewer, draft: str) -> str:
    with refusals_logged(vault, by, case_id, new.written_at, new.about or ""):
        rules.refuse_unless_hers(by, by.agency, sight_of(store, by, case_id, new.written_at))
        with vault.opened() as connection:
            into = _folder(connection, by, case_id)
            _put(connection, into, new)
            vault_notes.forget_draft(connection, into, by.id, draft)
            vault_notes.prune_drafts(connection, new.written_at, drafts.kept_for())
    return new.id


def _folder(connection: Connection, by: Viewer, case_id: str) -> Folder:
    found = store_of.folder(connection, by.agency, case_id, make=True)
    if found is None:
        raise NotAllowed(rules.NOT_HERS)
    return found


def _put(connection: Connection, into: Folder, new: Entry) -> None:
    """Add it, unless the same command did so before, and log it."""
    there = vault_notes.entries(connection, into)
    if any(one.id == new.id for one in there):
        return
    if new.about:
        _refuse_unless_standing(there, new.about)
    vault_notes.add(connection, into, new)
    store_of.log(connection, into.agency, new.author, f"{new.what} written", new.written_at, case_id=into.case_id, entry=new.id)


def _refuse_unless_standing(there: Sequence[Entry], note: str) -> None:
    if not any(one.id == note and one.what == NOTE for one in there):
        raise NotAllowed(rules.NOT_HERS)
    if any(one.about == note and one.what == WITHDRAWAL for one in there):
        raise NotPossible(WITHDRAWN)


def release(
    store: Store, vault: Vault, case_id: str, note: str, form: ReleaseVaultNote, *, by: Viewer, now: datetime, command: str
) -> Receipt:
    """Show what is typed of a note to those whom the waiver names: a copy in the case, by the ordinary door.

    The vault records it first, and takes that back if the door refuses; broken off between the two, the same command makes it
    whole. Raises `NotAllowed`, `NotPossible` and what the door raises.
    """
    with refusals_logged(vault, by, case_id, now, note):
        rules.refuse_unless_hers(by, by.agency, sight_of(store, by, case_id, now))
        told = {"fact": pages.new_id(command, 0)}
        with vault.opened() as connection:
            new = _entry(by, case_id, RELEASE, note, told, now=now, command=command)
            into = _folder(connection, by, case_id)
            _put(connection, into, new)
            vault_notes.forget_draft(connection, into, by.id, f"release:{note}")
            return carry_out(store, case_id, ACT["release_vault_note"], form, by=by, now=now, command=command)


def keep_draft(store: Store, vault: Vault, case_id: str, form: str, text: str, *, by: Viewer, now: datetime) -> None:
    """Keep what she is typing, in the vault itself; nothing typed, nothing kept. Raises `NotAllowed`."""
    with refusals_logged(vault, by, case_id, now):
        rules.refuse_unless_hers(by, by.agency, sight_of(store, by, case_id, now))
        with vault.opened() as connection:
            into = _folder(connection, by, case_id)
            if text.strip():
                vault_notes.keep_draft(connection, into, by.id, form, text, now)
            else:
                vault_notes.forget_draft(connection, into, by.id, form)
            store_of.log(connection, into.agency, by.id, "draft kept", now, case_id=case_id)


def erase(store: Store, vault: Vault, case_id: str, *, by: Viewer, now: datetime) -> None:
    """Destroy the key of what her agency keeps on this case: it opens to nobody again. For its supervisor alone.

    The rows stay, sealed, and the chain with them. Raises `NotAllowed`.
    """
    with refusals_logged(vault, by, case_id, now):
        rules.refuse_unless_supervising(by, by.agency, sight_of(store, by, case_id, now))
        with vault.opened() as connection:
            of = _folder(connection, by, case_id)
            vault_notes.forget_drafts(connection, of)
            store_of.forget_key(connection, of.agency, case_id)
            store_of.log(connection, of.agency, by.id, "erased", now, case_id=case_id)
