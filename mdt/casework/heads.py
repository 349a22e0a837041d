"""The signed daily head: one Ed25519 signature over the length and last hash of every chain: cases, meetings, access logs.

A chain alone shows an edit, a deletion before its end, an insertion and a swap. Its owner can still cut its tail, put
yesterday's copy back, or write all of it anew. Against that helps a head which was taken out of the house: `export` makes the
file, and `mdt check --head` holds the database against it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, insert, select

from mdt import access
from mdt.errors import BadFile, NotAllowed
from mdt.law.period import local_date
from mdt.policy import Role
from mdt.records.tables import ACCESS_LOG, DAILY_HEADS, LEDGER, MEETING_ENTRIES
from mdt.store import keys, ledger, trace
from mdt.store.engine import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Table

    from mdt.access import Viewer
    from mdt.store import Store

SIGNING = 17109  # the number of our advisory lock, beside those of `mdt.store.engine`
CASE, ACCESS, MEETING, HOUSE = "case", "access log", "meeting", trace.HOUSE
NOT_A_HEAD = "This file is not an exported head."


class Chain(NamedTuple):
    """How long a chain was, and the hash of its last row. `id` is a case's, or "house"."""

    kind: str
    id: str
    length: int
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head. `root` covers every chain as it was at `at`, `previous` the head before."""

    n: int
    at: datetime
    chains: int
    root: str
    previous: str
    signature: str

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        parts = ("mdt head", str(self.n), self.at.isoformat(), str(self.chains), self.root, self.previous)
        return "\x1f".join(parts).encode()

    @property
    def hash(self) -> str:
        """What the next head holds of this one."""
        return hashlib.sha256(self.signed + self.signature.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Exported:
    """A head that was taken out of the house, with the key that signed it and every chain it covers."""

    head: Head
    key: bytes
    chains: tuple[Chain, ...]


def sign(store: Store, now: datetime, *, force: bool = False) -> Head | None:
    """The head of this Connecticut day, unless it has one; with `force` one more, if anything moved since. Else None."""
    return _signed(store, now, force=force)[0]


def _signed(store: Store, now: datetime, *, force: bool) -> tuple[Head | None, list[Chain]]:
    with store.read() as connection:  # many rows: whoever writes does not wait for it
        if not _is_due(last(connection), now) and not force:
            return None, []
        found = chains(connection)
    with store.write() as connection:
        one_at_a_time(connection, SIGNING)
        before = last(connection)
        if _is_due(before, now) or (force and before and before.root != root_of(found)):
            return _add(connection, found, now), found
    return None, found


def _is_due(before: Head | None, now: datetime) -> bool:
    return before is None or local_date(before.at) < local_date(now)


def _add(connection: Connection, found: list[Chain], now: datetime) -> Head:
    before = last(connection)
    n, previous = (before.n + 1, before.hash) if before else (1, ledger.FIRST)
    unsigned = Head(n, now.astimezone(UTC), len(found), root_of(found), previous, "")
    signature = _private(connection).sign(unsigned.signed).hex()
    row = asdict(unsigned) | {"signature": signature}
    connection.execute(insert(DAILY_HEADS), row)
    return Head(**row)


def chains(connection: Connection) -> list[Chain]:
    """Every chain as its rows say, whatever the cases' own rows say; in order."""
    cases = _ends(connection, CASE, LEDGER, "case_id", "version")
    meetings = _ends(connection, MEETING, MEETING_ENTRIES, "meeting_id", "n")
    return sorted([*cases, *_ends(connection, ACCESS, ACCESS_LOG, "chain", "n"), *meetings])


def _ends(connection: Connection, kind: str, table: Table, of: str, n: str) -> Iterator[Chain]:
    ends = select(table.c[of], func.max(table.c[n]).label("n")).group_by(table.c[of]).subquery()
    on = (ends.c[of] == table.c[of]) & (ends.c.n == table.c[n])
    for row in connection.execute(select(table.c[of], table.c[n], table.c.hash).join(ends, on)):
        yield Chain(kind, *row)


def root_of(found: Iterable[Chain]) -> str:
    """One hash over chains in order."""
    lines = hashlib.sha256()
    for chain in found:
        lines.update(f"{chain.kind}\x1f{chain.id}\x1f{chain.length}\x1f{chain.hash}\n".encode())
    return lines.hexdigest()


def all_heads(connection: Connection) -> list[Head]:
    """Every head, in order."""
    return [Head(**row) for row in connection.execute(select(DAILY_HEADS).order_by(DAILY_HEADS.c.n)).mappings()]


def last(connection: Connection) -> Head | None:
    """The newest head."""
    row = connection.execute(select(DAILY_HEADS).order_by(DAILY_HEADS.c.n.desc()).limit(1)).mappings().first()
    return Head(**row) if row else None


def export(store: Store, viewer: Viewer, now: datetime) -> bytes:
    """The head of this moment with every chain, to be kept outside the house; the export is logged. Raises `NotAllowed`."""
    if viewer.role != Role.SYSTEM and not access.may_look_into(viewer, "the ledgers"):
        raise NotAllowed("The signed head is exported by an auditor.")
    made, found = _signed(store, now, force=True)
    with store.write() as connection:
        head = made or last(connection)
        if head is None or head.root != root_of(found):  # somebody else signed in between
            head = _add(connection, found, now)
        trace.append(connection, viewer.id, "head exported", now, detail={"head": head.n, "chains": head.chains})
        key = public_key(connection)
    return orjson.dumps({"head": asdict(head), "key": key.hex(), "chains": list(map(tuple, found))})


def read(exported: bytes) -> Exported:
    """What the file of an export says, of which nothing is verified yet. Raises `BadFile`."""
    try:
        told: dict[str, Any] = orjson.loads(exported)
        head = told["head"] | {"at": datetime.fromisoformat(told["head"]["at"])}
        found = tuple(Chain(str(kind), str(of), int(length), str(last_hash)) for kind, of, length, last_hash in told["chains"])
        made = Exported(Head(**head), bytes.fromhex(told["key"]), found)
    except (ValueError, KeyError, TypeError) as wrong:
        raise BadFile(NOT_A_HEAD) from wrong
    return made


def is_whole(exported: Exported) -> bool:
    """Whether the file holds together: its key signed its head, and its head covers its chains."""
    head = exported.head
    covered = head.chains == len(exported.chains) and head.root == root_of(exported.chains)
    return covered and is_signed(head, exported.key)


def is_signed(head: Head, key: bytes) -> bool:
    """Whether the owner of the key signed this head."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(head.signature), head.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(connection: Connection) -> bytes:
    """The key with which anybody verifies what this house signs."""
    return _private(connection).public_key().public_bytes_raw()


def _private(connection: Connection) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.of(connection).house(connection, "signing"))
