"""The keys: a data key for each case and a few of the house, wrapped under a key-encryption key that no database holds.

`mdt.store.keyfile` says where the key-encryption keys come from. Its last line wraps the keys of a new database; afterwards
the newest row of `wrapping_key` says which of them wraps new keys, and `mdt.store.rotation` alone adds one. A row that still
wraps something cannot be deleted, so that no key is ever lost to a rotation.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, func, insert, select

from mdt.errors import SetupError, Tampered
from mdt.records.tables import CASE_KEYS, HOUSE_KEYS, WRAPPING_KEYS
from mdt.store import keyfile, sealed
from mdt.store.inserts import insert_into
from mdt.store.keyfile import MISSING, Wrapper
from mdt.store.prepared import Prepared
from mdt.store.sealed import KEY_BYTES, CaseKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

HOUSE = ("index", "drafts", "accounts", "signing", "meetings")
REMEMBERED = 10_000  # unwrapped case keys
WRONG = "The key is not the one this database was sealed with. Nothing was changed."

_CASE = Prepared(select(CASE_KEYS.c.wrapping_key, CASE_KEYS.c.wrapped).where(CASE_KEYS.c.case_id == bindparam("case_id")))
_HOUSE = Prepared(select(HOUSE_KEYS.c.wrapping_key, HOUSE_KEYS.c.wrapped).where(HOUSE_KEYS.c.name == bindparam("name")))


def wrapped(wrapper: Wrapper, table: str, row: str, clear: bytes) -> dict[str, Any]:
    """The columns of a key's row that hold it, wrapped."""
    return {"wrapping_key": wrapper.id, "wrapped": sealed.seal_bytes(wrapper.key, sealed.place(table, "wrapped", row), clear)}


def unwrapped(key: bytes, table: str, row: str, blob: bytes) -> bytes:
    """The key of a row. Raises `Tampered`."""
    return sealed.unseal_bytes(key, sealed.place(table, "wrapped", row), blob)


def new_case(wrapper: Wrapper, case_id: str) -> tuple[CaseKey, dict[str, Any]]:
    """The key of a new case, and its row in `case_key`."""
    key = CaseKey(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))
    return key, case_row(wrapper, case_id, key)


def case_row(wrapper: Wrapper, case_id: str, key: CaseKey) -> dict[str, Any]:
    """A case's row in `case_key`."""
    return {"case_id": case_id, **wrapped(wrapper, "case_key", case_id, key.data + key.proof)}


def prove(connection: Connection, wrapper: Wrapper) -> None:
    """Make it the key that wraps new keys from now on, if the database does not know it."""
    proof = sealed.seal(wrapper.key, sealed.place("wrapping_key", "proof", wrapper.id), wrapper.id)
    # The database's own clock orders its keys, whichever machine adds one.
    at = func.strftime("%Y-%m-%d %H:%M:%f000", "now") if connection.dialect.name == "sqlite" else func.clock_timestamp()
    connection.execute(insert(WRAPPING_KEYS).values(id=wrapper.id, proof=proof, made_at=at))


class Keyring:
    """The keys of one store, for all its threads. Key-encryption keys are read when first needed, and when a new one is met."""

    def __init__(self, source: keyfile.Source = keyfile.MAIN, house: Sequence[str] = HOUSE) -> None:
        self._source, self._house = source, house
        self._wrappers: dict[str, bytes] = {}
        self._reading = threading.Lock()
        self._opened = lru_cache(maxsize=REMEMBERED)(self._open)

    def ready(self, connection: Connection) -> None:
        """Make the keys of a new database, or see that those of this one are here. Raises `SetupError`."""
        known = connection.execute(select(WRAPPING_KEYS.c.id, WRAPPING_KEYS.c.proof)).all()
        if not known:
            self._begin(connection)
        for row in known:
            self._refuse_unless_proven(row.id, row.proof)
        for name in self._house:
            self.house(connection, name)

    def _begin(self, connection: Connection) -> None:
        if keyfile.is_file(self._source) and not keyfile.file(self._source).exists():
            keyfile.make(self._source)
        here = keyfile.read(self._source)
        if not here:
            raise SetupError(MISSING)
        prove(connection, here[-1])

    def _refuse_unless_proven(self, name: str, proof: bytes) -> None:
        try:
            sealed.unseal(self.wrapper(name).key, sealed.place("wrapping_key", "proof", name), proof)
        except Tampered:
            raise SetupError(WRONG) from None

    def wrapper(self, name: str) -> Wrapper:
        """The key-encryption key of that id. Raises `SetupError` if it is not here."""
        if name not in self._wrappers:
            self.read_again()
        if name not in self._wrappers:
            raise SetupError(MISSING)
        return Wrapper(name, self._wrappers[name])

    def read_again(self) -> None:
        """Learn of new key-encryption keys. Those known stay, as somebody may still read what they wrapped."""
        with self._reading:
            self._wrappers = self._wrappers | dict(keyfile.read(self._source))

    def current(self, connection: Connection) -> Wrapper:
        """The key-encryption key for new keys."""
        newest = select(WRAPPING_KEYS.c.id).order_by(WRAPPING_KEYS.c.made_at.desc(), WRAPPING_KEYS.c.id).limit(1)
        return self.wrapper(connection.execute(newest).scalar_one())

    def case(self, connection: Connection, case_id: str) -> CaseKey:
        """The key of a case, as this transaction sees it. Raises `Tampered` if there is none that opens."""
        found = _CASE.rows(connection, {"case_id": case_id})
        if not found:
            raise Tampered(sealed.NOT_AS_WRITTEN)
        return self._opened(case_id, *cast("tuple[str, bytes]", found[0]))

    def cases(self, connection: Connection, case_ids: Sequence[str]) -> Mapping[str, CaseKey]:
        """The keys of some cases; one that does not open is left out."""
        rows = connection.execute(select(CASE_KEYS).where(CASE_KEYS.c.case_id.in_(case_ids)))
        return {row.case_id: key for row in rows if (key := self._opens(row.case_id, row.wrapping_key, row.wrapped))}

    def _opens(self, case_id: str, name: str, blob: bytes) -> CaseKey | None:
        try:
            return self._opened(case_id, name, blob)
        except Tampered:
            return None

    def _open(self, case_id: str, name: str, blob: bytes) -> CaseKey:
        both = unwrapped(self.wrapper(name).key, "case_key", case_id, blob)
        return CaseKey(both[:KEY_BYTES], both[KEY_BYTES:])

    def house(self, connection: Connection, name: str) -> bytes:
        """A key of the house, 32 bytes. Made when first asked for: then the transaction must be one that writes."""
        found = _HOUSE.rows(connection, {"name": name})
        if not found:
            made = {"name": name, **wrapped(self.current(connection), "house_key", name, os.urandom(KEY_BYTES))}
            connection.execute(insert_into(connection, HOUSE_KEYS).values(made).on_conflict_do_nothing())
            found = _HOUSE.rows(connection, {"name": name})
        return unwrapped(self.wrapper(found[0][0]).key, "house_key", name, found[0][1])


def of(connection: Connection) -> Keyring:
    """The keys of the store that this connection belongs to."""
    return cast("Keyring", connection.get_execution_options()["mdt_keys"])
