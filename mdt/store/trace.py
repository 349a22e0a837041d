"""The access log: who read a name, took an export, was refused or used a privilege. A hash chain a case, one for the house.

It is written in the transaction of what it tells of: if it cannot be written, that does not happen. It never holds what was
read, nor any words: codes, ids and numbers alone.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import BigInteger, bindparam, func, insert, select

from mdt.records.tables import ACCESS_LOG
from mdt.store.ledger import FIRST
from mdt.store.prepared import Prepared
from mdt.store.walls import OURSELVES, looking_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

HOUSE = "house"  # the chain of what belongs to no case
NAME_READS = frozenset({"name read", "narrative read", "who read", "packet", "document"})
EXPORTS = frozenset({"export", "packet", "head exported"})
ACTS = frozenset(
    {
        *NAME_READS, *EXPORTS, "name search", "likeness search", "refused", "signed in", "sign-in failed", "locked",
        "signed out", "timed out",
        "person added", "person disabled", "person enabled", "person released", "person changed", "password changed",
        "second factor changed", "emergency access", "ledger searched", "ledger verified", "week reviewed", "keys rotated",
        "file imported", "tampered", "team changed", "directory changed", "answer link issued", "answer link withdrawn",
        "answer link opened", "answer link used", "form kept",
    }
)  # fmt: skip
_WHO = re.compile(r"[A-Za-z0-9_.:@-]{1,32}", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
# No line break, quote or bracket: nothing by which a reader of the log could be fooled.
_CODE = re.compile(r"[A-Za-z0-9 _./:,*+-]{0,64}", re.ASCII)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("chain", type_=BigInteger))))
_OF = ACCESS_LOG.c.chain == bindparam("of")
_LAST = Prepared(
    select(ACCESS_LOG.c.n, ACCESS_LOG.c.hash).where(
        _OF, ACCESS_LOG.c.n == select(func.max(ACCESS_LOG.c.n)).where(_OF).scalar_subquery()
    )
)
_ADD = Prepared(insert(ACCESS_LOG), ACCESS_LOG.columns.keys())


def append(
    connection: Connection, by: str, act: str, now: datetime, *, case_id: str | None = None, count: int = 1,
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a row to the chain of the case, or of the house, in the caller's transaction.

    `by` is a person's id, `count` how many names, rows or cases it was about; `detail` holds codes, ids and numbers. Whoever
    adds to several cases in one transaction does it in the order of their ids. Raises `ValueError` for anything else.
    """
    told = dict(detail or {})
    refuse_unless_plain(by, act, told)
    chain = case_id or HOUSE
    with looking_as(connection, OURSELVES):
        n, previous = _last(connection, chain)
        row = {
            "chain": chain, "n": n + 1, "at": now.astimezone(UTC), "by": by, "act": act, "count": count, "detail": told,
            "previous": previous,
        }  # fmt: skip
        _ADD.run(connection, row | {"hash": link(row)})


def _last(connection: Connection, chain: str) -> tuple[int, str]:
    """The number and the hash of the last row. PostgreSQL lets nobody else add to this chain until the transaction ends."""
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, {"chain": lock_of(chain)})
    found = _LAST.rows(connection, {"of": chain})
    return (found[0][0], found[0][1]) if found else (0, FIRST)


def lock_of(chain: str) -> int:
    """The number of a chain's advisory lock."""
    return int.from_bytes(hashlib.sha256(f"access log {chain}".encode()).digest()[:8], "big", signed=True)


def link(row: Mapping[str, Any]) -> str:
    """The hash of a row, that of the row before included."""
    at: datetime = row["at"]
    told = orjson.dumps(row["detail"], option=orjson.OPT_SORT_KEYS).decode()
    parts = (row["chain"], str(row["n"]), at.isoformat(), row["by"], row["act"], str(row["count"]), told, row["previous"])
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def refuse_unless_plain(by: str, act: str, detail: Mapping[str, Any]) -> None:
    """Raise `ValueError`, which repeats no value, unless all of it may stand in the log."""
    if act not in ACTS:
        raise ValueError("The access log knows no such act.")
    if not _WHO.fullmatch(by):
        raise ValueError("The access log takes a person's id.")
    if not all(_KEY.fullmatch(key) and is_code(value) for key, value in detail.items()):
        raise ValueError("The access log takes codes, ids and numbers only.")


def is_code(value: object) -> bool:
    """Whether it is a code, an id, a number, yes or no, nothing, or a list of such."""
    if isinstance(value, list | tuple):
        return all(map(is_code, value))
    if isinstance(value, str):
        return bool(_CODE.fullmatch(value))
    return value is None or isinstance(value, int)
