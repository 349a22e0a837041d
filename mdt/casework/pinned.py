"""The database held against the signed heads: its own, and one that was exported and kept where its owner cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.casework import heads
from mdt.errors import MdtError
from mdt.store import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mdt.casework.heads import Chain, Exported


class Pinned:
    """The chains of an exported head, each to be taken once. Those left at the end are gone from the database."""

    def __init__(self, exported: Exported | None) -> None:
        self._left = {chain[:2]: chain for chain in exported.chains} if exported else {}

    def take(self, kind: str, of: str) -> Chain | None:
        """What the head says of this chain."""
        return self._left.pop((kind, of), None)

    def gone(self) -> list[str]:
        """A fault for each chain of the head that was not met."""
        return [f"{name_of(chain.kind, chain.id)} 1 and all after it are gone" for chain in self._left.values()]


class Walk:
    """One chain while its rows come by. `wrong` is the first row that does not fit; `at_pin` the hash where the head ends."""

    def __init__(self, kind: str, of: str, pin: Chain | None) -> None:
        self.name, self.pin = name_of(kind, of), pin
        self.rows, self.previous = 0, ledger.FIRST
        self.wrong: int | None = None
        self.at_pin: str | None = None

    def step(self, n: int, previous: str, own: str, *, whole: bool) -> None:
        """The next row: its number, the hash it holds of the one before, its own, and whether it is what its hash says."""
        self.rows += 1
        if self.wrong is None and not (whole and n == self.rows and previous == self.previous):
            self.wrong = self.rows
        self.previous = own
        if self.pin and n == self.pin.length:
            self.at_pin = own

    def fault(self) -> str | None:
        """The first thing that is wrong with the chain, by itself or against the exported head."""
        if self.wrong:
            return f"{self.name} {self.wrong} does not hold what was recorded"
        if self.pin and self.at_pin is None:
            return f"{self.name} {self.rows + 1} and all after it are gone; {self.pin.length} were signed"
        if self.pin and self.at_pin != self.pin.hash:
            return f"{self.name} {self.pin.length}, or one before it, is not the one that was signed"
        return None


def name_of(kind: str, of: str) -> str:
    """A chain's rows, for people."""
    if kind == heads.CASE:
        return f"case {of}: ledger row"
    if kind == heads.MEETING:
        return f"meeting {of}: entry"
    return f"access log of {'the house' if of == heads.HOUSE else f'case {of}'}: row"


def head_faults(connection: Connection, exported: Exported | None) -> Iterator[str]:
    """What is wrong with the signed heads, and with the file of an exported one."""
    try:
        key = heads.public_key(connection)
    except MdtError:
        yield "the key that signs the daily heads cannot be opened"
        return
    kept = heads.all_heads(connection)
    yield from _chain_faults(kept, key)
    if exported is None:
        return
    head = exported.head
    if exported.key != key:
        yield "the exported head was signed with another key than this database's"
    if head not in kept:
        yield f"daily head {head.n}, which was exported, is not among those kept here"


def _chain_faults(kept: list[heads.Head], key: bytes) -> Iterator[str]:
    previous = ledger.FIRST
    for n, head in enumerate(kept, 1):
        if head.n != n or head.previous != previous or not heads.is_signed(head, key):
            yield f"daily head {n} is not what was signed"
            return
        previous = head.hash
