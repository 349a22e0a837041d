"""The hash chain of a case: each act's row covers the row before it and everything the act wrote.

The chain shows an edit, a deletion, an insertion or a swap to anyone who recomputes it. Against the owner of the database,
who could recompute it too, its head must also be signed and kept elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FIRST = "0" * 64
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def short(text: str) -> str:
    """An opaque id that the same text always gives."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest(events: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> str:
    """One hash over what an act wrote: its events and the words kept beside them."""
    return hashlib.sha256(orjson.dumps([list(map(dict, events)), list(map(dict, words))], option=_OPTIONS)).hexdigest()


def link(row: Mapping[str, Any]) -> str:
    """The hash of a ledger row, that of the row before included."""
    at: datetime = row["at"]
    parts = (
        row["case_id"],
        str(row["version"]),
        row["command"],
        row["act"],
        row["by"],
        at.isoformat(),
        row["digest"],
        row["previous"],
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
