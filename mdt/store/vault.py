"""The advocates' vault: a database of its own behind `MDT_VAULT_URL`, its own key-encryption key, a data key for each folder.

Nothing of it is in the main database, and neither's keys open the other. A folder is one agency's notes on one case; what is
written is sealed and bound to its agency, case and entry. Chains and their heads are keyed by what only the keys' holder has.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, update

from mdt import settings
from mdt.errors import NotPossible, SetupError
from mdt.records.vault import FOLDERS, LOG, LOG_HEADS, vault_metadata
from mdt.store import engine, keyfile, keys, sealed
from mdt.store.inserts import insert_into
from mdt.store.ledger import FIRST
from mdt.store.sealed import KEY_BYTES, CaseKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, RowMapping

ONLY_ADDED = {
    "vault_entry": "UPDATE OF id, agency, case_id, n, what, about, author, written_at, commitment, previous, hash",
    "vault_log": "UPDATE",
}
LOG_KEY = "vault-log"  # a key of the vault's house
NEW_KEYS = 17109  # the number of an advisory lock of ours
NOT_APART = "The vault must be a database of its own; set MDT_VAULT_URL to another. Nothing was changed."
SAME_KEY = "The vault must have a key of its own, and this is the main database's. Nothing was changed."
ERASED = "These notes were erased, and their key with them; nothing can be read or added."


class Vault(engine.Store):
    """The vault. What is read in it is logged in the transaction that reads, so it is opened in one way only."""

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """One transaction, in which what is read is logged too: if that cannot be written, nothing is shown."""
        with self.write() as connection:
            yield connection

    def create(self) -> None:
        """Make the tables, the guards that keep entries and log append-only, and the key. Raises `SetupError`."""
        if {w.key for w in keyfile.read(keyfile.VAULT)} & {w.key for w in keyfile.read()}:
            raise SetupError(SAME_KEY)
        with self.write() as connection:
            engine.one_at_a_time(connection, engine.MAKING_TABLES)
            vault_metadata.create_all(connection)
            for statement in engine.guards(ONLY_ADDED, sqlite=self.is_sqlite):
                connection.exec_driver_sql(statement)
            keys.of(connection).ready(connection)

    def is_empty(self) -> bool:
        """Whether there are no tables yet. It makes no file where there is none."""
        file = self.engine.url.database
        if self.is_sqlite and not (file and Path(file).exists()):
            return True
        return FOLDERS.name not in inspect(self.engine).get_table_names()


def open_vault(url: str, beside: str) -> Vault:
    """The vault behind a URL, `beside` the main database's. Raises `SetupError` if the two are one."""
    if engine.place_of(url) == engine.place_of(beside):
        raise SetupError(NOT_APART)
    return Vault(engine.engine_of(url, keys.Keyring(keyfile.VAULT, (LOG_KEY,))))


@lru_cache(maxsize=4)
def shared_vault(url: str, beside: str) -> Vault:
    """One vault a process and URL, its tables made."""
    vault = open_vault(url, beside)
    vault.create()
    return vault


def the_vault() -> Vault:
    """The vault of the settings."""
    return shared_vault(settings.vault_url(), settings.database_url())


@dataclass(slots=True)
class Folder:
    """One agency's notes on one case, locked until the transaction ends."""

    agency: str
    case_id: str
    key: CaseKey
    entries: int
    head: str


def place_of(agency: str, case_id: str) -> str:
    """The folder's name, to which its key and its head are bound."""
    return f"{agency}|{case_id}"


def folder(connection: Connection, agency: str, case_id: str, *, make: bool = False) -> Folder | None:
    """The folder; None if there is none and none is to be made. Raises `NotPossible` once erased, `Tampered`."""
    row = _locked(connection, agency, case_id)
    if row is None and make:
        engine.one_at_a_time(connection, NEW_KEYS)  # under no key that a rotation is about to let go
        connection.execute(insert_into(connection, FOLDERS).values(_new(connection, agency, case_id)).on_conflict_do_nothing())
        row = _locked(connection, agency, case_id)
    return None if row is None else opened(connection, dict(row))


def _locked(connection: Connection, agency: str, case_id: str) -> RowMapping | None:
    found = select(FOLDERS).where(FOLDERS.c.agency == agency, FOLDERS.c.case_id == case_id).with_for_update()
    return connection.execute(found).mappings().one_or_none()


def _new(connection: Connection, agency: str, case_id: str) -> dict[str, Any]:
    key = CaseKey(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))
    row = {"agency": agency, "case_id": case_id, "entries": 0, "head": FIRST, "seal": head_seal(key, agency, case_id, 0, FIRST)}
    return row | wrapped(keys.of(connection).current(connection), agency, case_id, key)


def wrapped(wrapper: keyfile.Wrapper, agency: str, case_id: str, key: CaseKey) -> dict[str, Any]:
    """The columns of a folder that hold its key."""
    return keys.wrapped(wrapper, FOLDERS.name, place_of(agency, case_id), key.data + key.proof)


def opened(connection: Connection, row: Mapping[str, Any]) -> Folder:
    """The folder of a row, with its key. Raises `NotPossible` once erased, `Tampered`."""
    if row["wrapping_key"] is None:
        raise NotPossible(ERASED)
    agency, case_id = row["agency"], row["case_id"]
    wrapper = keys.of(connection).wrapper(row["wrapping_key"])
    both = keys.unwrapped(wrapper.key, FOLDERS.name, place_of(agency, case_id), row["wrapped"])
    return Folder(agency, case_id, CaseKey(both[:KEY_BYTES], both[KEY_BYTES:]), row["entries"], row["head"])


def head_seal(key: CaseKey, agency: str, case_id: str, entries: int, head: str) -> str:
    """What only the key's holder can say of a chain's length and head."""
    where = sealed.place(FOLDERS.name, "seal", place_of(agency, case_id))
    return sealed.commitment(key, where, f"{entries}|{head}")


def forget_key(connection: Connection, agency: str, case_id: str) -> None:
    """Destroy the folder's key: nothing sealed with it opens again.

    A backup made before still holds that key, wrapped: it too is worthless once the key that wraps it was changed.
    """
    values = {"wrapping_key": None, "wrapped": b""}
    connection.execute(update(FOLDERS).where(FOLDERS.c.agency == agency, FOLDERS.c.case_id == case_id).values(values))


# The log. --------------------------------------------------------------------------------------------------------------


def log(
    connection: Connection, agency: str, by: str, act: str, now: datetime, *, case_id: str, entry: str | None = None
) -> None:  # fmt: skip
    """Add to the agency's log who did what: ids and codes, never a word."""
    key = log_key(connection)
    connection.execute(insert_into(connection, LOG_HEADS).values(_first_head(key, agency)).on_conflict_do_nothing())
    n, previous = connection.execute(
        select(LOG_HEADS.c.n, LOG_HEADS.c.head).where(LOG_HEADS.c.agency == agency).with_for_update()
    ).one()
    row = {"agency": agency, "n": n + 1, "at": now, "by": by, "act": act, "case_id": case_id, "entry": entry,
           "previous": previous}  # fmt: skip
    row["hash"] = log_link(row)
    connection.execute(insert(LOG).values(row))
    head = {"n": n + 1, "head": row["hash"], "seal": log_seal(key, agency, n + 1, row["hash"])}
    connection.execute(update(LOG_HEADS).where(LOG_HEADS.c.agency == agency).values(head))


def _first_head(key: CaseKey, agency: str) -> dict[str, Any]:
    return {"agency": agency, "n": 0, "head": FIRST, "seal": log_seal(key, agency, 0, FIRST)}


def log_key(connection: Connection) -> CaseKey:
    """The key under which the heads of the logs are sealed."""
    return sealed.house_key(keys.of(connection).house(connection, LOG_KEY))


def log_seal(key: CaseKey, agency: str, n: int, head: str) -> str:
    """`head_seal` of an agency's log."""
    return sealed.commitment(key, sealed.place(LOG_HEADS.name, "seal", agency), f"{n}|{head}")


def log_link(row: Mapping[str, Any]) -> str:
    """The hash of a log row, that of the row before included."""
    at: datetime = row["at"]
    parts = (row["agency"], str(row["n"]), at.isoformat(), row["by"], row["act"], row["case_id"], row["entry"] or "",
             row["previous"])  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
