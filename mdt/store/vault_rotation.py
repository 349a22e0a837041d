"""New keys for the vault: `mdt keys rotate --vault`. The main database's keys change apart from these.

The new key joins the old in the file; one transaction wraps every folder's key under it (with `data`, under a new key each, and
seals what lies there anew) and lets go of the old; then the file does. Broken off anywhere, everything still opens, and it
can be begun again. A vault is small: it is held for as long as that takes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from mdt.errors import SetupError
from mdt.records.tables import HOUSE_KEYS, WRAPPING_KEYS
from mdt.records.vault import FOLDERS
from mdt.store import keyfile, keys, vault_notes
from mdt.store import vault as store_of
from mdt.store.engine import one_at_a_time
from mdt.store.keyfile import VAULT
from mdt.store.rotation import NO_NEW_KEY, alone
from mdt.store.sealed import KEY_BYTES, CaseKey
from mdt.store.vault import LOG_KEY, NEW_KEYS
from mdt.store.walls import OURSELVES

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.store.keyfile import Wrapper
    from mdt.store.vault import Vault


def rotate(vault: Vault, now: datetime, *, data: bool = False) -> int:
    """Change the vault's key-encryption key, and with `data` the folders' keys; how many folders.

    Raises `Busy`, `SetupError`.
    """
    with alone("vault.key.lock"):
        new = _new_wrapper(vault)
        with vault.opened() as connection:
            done = _everything(connection, new, now, data=data)
        if keyfile.is_file(VAULT):
            keyfile.write([new], VAULT)
    return done


def _new_wrapper(vault: Vault) -> Wrapper:
    """The key to change to, known to the file and not yet to the vault."""
    with vault.read() as connection:
        known = set(connection.execute(select(WRAPPING_KEYS.c.id)).scalars())
        ring = keys.of(connection)
    here = keyfile.read(VAULT)
    if not known <= {wrapper.id for wrapper in here}:
        raise SetupError(keyfile.MISSING)
    if keyfile.is_file(VAULT):
        here = [*(wrapper for wrapper in here if wrapper.id in known), keyfile.new()]
        keyfile.write(here, VAULT)
    elif here[-1].id in known:
        raise SetupError(NO_NEW_KEY)
    ring.read_again()
    return here[-1]


def _everything(connection: Connection, new: Wrapper, now: datetime, *, data: bool) -> int:
    one_at_a_time(connection, NEW_KEYS)
    ring = keys.of(connection)
    log_key = ring.house(connection, LOG_KEY)
    keys.prove(connection, new)
    connection.execute(update(HOUSE_KEYS).values(keys.wrapped(new, HOUSE_KEYS.name, LOG_KEY, log_key)))
    rows = connection.execute(select(FOLDERS).where(FOLDERS.c.wrapping_key.is_not(None)).with_for_update()).mappings().all()
    for row in rows:
        folder = store_of.opened(connection, dict(row))
        key = folder.key
        if data:
            key = CaseKey(os.urandom(KEY_BYTES), key.proof)
            vault_notes.resealed(connection, folder, key)
        columns = store_of.wrapped(new, folder.agency, folder.case_id, key)
        of = (FOLDERS.c.agency == folder.agency, FOLDERS.c.case_id == folder.case_id)
        connection.execute(update(FOLDERS).where(*of).values(columns))
        store_of.log(connection, folder.agency, OURSELVES, "keys changed", now, case_id=folder.case_id)
    connection.execute(delete(WRAPPING_KEYS).where(WRAPPING_KEYS.c.id != new.id))
    return len(rows)
