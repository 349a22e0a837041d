"""New keys while everybody works on: `mdt keys rotate`.

In this order, so that at no moment anything is unreadable, whoever reads or writes and wherever it breaks off: the new
key-encryption key joins the old in the key file; the database takes it for all new keys; batch by batch the old ones are
wrapped anew, and with `data` each case gets a new data key and its words are sealed anew; the old key-encryption key leaves
the database, which refuses that while it still wraps anything; it leaves the file. Broken off, it is begun again.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from mdt import settings
from mdt.errors import Busy, SetupError, Tampered
from mdt.records.tables import CASE_KEYS, CASES, CHILDREN, HOUSE_KEYS, NARRATIVES, REPORTS, WRAPPING_KEYS
from mdt.store import keyfile, keys, sealed, trace
from mdt.store.prepared import Prepared
from mdt.store.sealed import KEY_BYTES, CaseKey
from mdt.store.walls import OURSELVES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Table

    from mdt.store.engine import Store
    from mdt.store.keyfile import Wrapper

AT_ONCE = 200  # cases whose key is wrapped anew in one transaction
RESEALED_AT_ONCE = 20  # cases whose words are sealed anew in one transaction
MEANWHILE = "Somebody else is changing the keys just now. Nothing was changed; try again when that is done."
NO_NEW_KEY = "There is no new key: add one as the last where this product gets its keys from, then rotate. Nothing was changed."


_REWRAP = Prepared(update(CASE_KEYS).where(CASE_KEYS.c.case_id == bindparam("row")), ("wrapping_key", "wrapped"))
_CHILD = Prepared(update(CHILDREN).where(CHILDREN.c.case_id == bindparam("row")), sealed.CHILD_COLUMNS)
_REPORT = Prepared(update(REPORTS).where(REPORTS.c.id == bindparam("row")), ("told",))
_WORDS = Prepared(
    update(NARRATIVES).where(NARRATIVES.c.event_id == bindparam("row"), NARRATIVES.c.field == bindparam("of")), ("text",)
)


def rotate(store: Store, now: datetime, *, data: bool = False, by: str = OURSELVES) -> int:
    """Change the key-encryption key, and with `data` the cases' data keys; how many cases were brought under the new one.

    The keys of the house and of the commitments stay what they are and are wrapped anew. Raises `Busy`, `SetupError`, and
    `Tampered` if anything is not what was written: then the old key stays beside the new until that is mended.
    """
    with alone("key.lock"):
        new = _new_wrapper(store)
        done = _everything(store, new, data=data)
        while not _let_go(store, new, now, {"cases": done, "data": data}, by):
            done += _everything(store, new, data=data)  # opened meanwhile by somebody who did not know
        if keyfile.is_file():
            keyfile.write([new])
    return done


@contextmanager
def alone(lock_file: str) -> Iterator[None]:
    """Only one rotation at a time, by a lock on this file. Raises `Busy`."""
    with os.fdopen(os.open(settings.home() / lock_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(MEANWHILE) from None
        yield


def _new_wrapper(store: Store) -> Wrapper:
    """The key to change to, known to the file and to the database."""
    with store.read() as connection:
        known = set(connection.execute(select(WRAPPING_KEYS.c.id)).scalars())
        ring = keys.of(connection)
    here = keyfile.read()
    if not known <= {wrapper.id for wrapper in here}:
        raise SetupError(keyfile.MISSING)
    if keyfile.is_file():
        here = [*(wrapper for wrapper in here if wrapper.id in known), keyfile.new()]
        keyfile.write(here)
    elif known == {here[-1].id}:
        raise SetupError(NO_NEW_KEY)
    ring.read_again()
    if here[-1].id not in known:
        with store.write() as connection:
            keys.prove(connection, here[-1])
    return here[-1]


def _everything(store: Store, new: Wrapper, *, data: bool) -> int:
    with store.write() as connection:
        _rewrap_house(connection, new)
    done = 0
    while count := _some(store, new, data=data):
        done += count
    return done


def _some(store: Store, new: Wrapper, *, data: bool) -> int:
    """Change the keys of some cases, and leave the database to others for as long; how many cases."""
    with store.write() as connection:
        began = monotonic()
        found = _locked(connection, new, RESEALED_AT_ONCE if data else AT_ONCE)
        anew = {case_id: _resealed(connection, case_id, key) for case_id, key in found.items()} if data else found
        _REWRAP.run(connection, *({"row": case_id, **keys.case_row(new, case_id, key)} for case_id, key in anew.items()))
    sleep(monotonic() - began)
    return len(found)


def _locked(connection: Connection, new: Wrapper, at_once: int) -> dict[str, CaseKey]:
    """Some cases whose key is not yet wrapped under the new one. Whoever acts on them waits until the transaction ends."""
    old = connection.execute(select(WRAPPING_KEYS.c.id).where(WRAPPING_KEYS.c.id != new.id)).scalars().all()
    some = select(CASE_KEYS.c.case_id).where(CASE_KEYS.c.wrapping_key.in_(old)).limit(at_once)
    ids = sorted(connection.execute(some).scalars())
    connection.execute(select(CASES.c.id).where(CASES.c.id.in_(ids)).order_by(CASES.c.id).with_for_update())
    found = keys.of(connection).cases(connection, ids)
    if len(found) < len(ids):
        raise Tampered(sealed.NOT_AS_WRITTEN)
    return dict(found)


def _rewrap_house(connection: Connection, new: Wrapper) -> None:
    ring = keys.of(connection)
    for name in connection.execute(select(HOUSE_KEYS.c.name).where(HOUSE_KEYS.c.wrapping_key != new.id)).scalars().all():
        anew = keys.wrapped(new, "house_key", name, ring.house(connection, name))
        connection.execute(update(HOUSE_KEYS).where(HOUSE_KEYS.c.name == name).values(anew))


def _resealed(connection: Connection, case_id: str, key: CaseKey) -> CaseKey:
    """A new data key for a case, all its words under it. The commitments stay, as the ledger holds them."""
    anew = CaseKey(os.urandom(KEY_BYTES), key.proof)
    for child in _rows(connection, CHILDREN, case_id):
        _CHILD.run(connection, {"row": case_id, **sealed.seal_child(anew, case_id, sealed.unseal_child(key, child))})
    for report in _rows(connection, REPORTS, case_id):
        told = sealed.unseal_report(key, report)
        _REPORT.run(connection, {"row": report["id"], **sealed.seal_report(anew, report["id"], told)})
    for words in _rows(connection, NARRATIVES, case_id):
        row, of = words["event_id"], words["field"]
        _WORDS.run(connection, {"row": row, "of": of, **sealed.seal_words(anew, row, of, sealed.unseal_words(key, words))})
    return anew


def _rows(connection: Connection, table: Table, case_id: str) -> Sequence[RowMapping]:
    return connection.execute(select(table).where(table.c.case_id == case_id)).mappings().all()


def _let_go(store: Store, new: Wrapper, now: datetime, told: dict[str, Any], by: str) -> bool:
    """Whether the database knows no key-encryption key any more but the new one."""
    try:
        with store.write() as connection:
            connection.execute(delete(WRAPPING_KEYS).where(WRAPPING_KEYS.c.id != new.id))
            trace.append(connection, by, "keys rotated", now, count=told["cases"], detail=told)
    except IntegrityError:
        return False
    return True
