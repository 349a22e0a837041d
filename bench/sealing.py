"""Sealing one field and opening it again (µs a field), against the limit that a page with thirty fields can bear."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.measure import ROUNDS, Row, p50, timed
from mdt.store import sealed
from mdt.store.sealed import KEY_BYTES, CaseKey

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 20  # µs
FIELDS = 20_000
TEXTS = {"a name of 20 letters": "A" * 20, "a narrative of 5 kB": "Invented. " * 500}
PLACE = sealed.place("child", "given_name", "0" * 32)


def _each(one: Callable[[], object]) -> float:
    """µs a field, the median of the rounds; many fields are timed together, as a clock's own cost would show in one."""

    def many() -> None:
        for _ in range(FIELDS):
            one()

    return p50([timed([many])[0] for _ in range(ROUNDS)]) / FIELDS * 1e6


def run() -> list[Row]:
    """Both texts, both ways; and the commitment by which the ledger holds a text."""
    key = CaseKey(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))
    rows = []
    for name, text in TEXTS.items():
        blob = sealed.seal(key, PLACE, text)
        rows += [
            Row(f"seal {name}", _each(lambda text=text: sealed.seal(key, PLACE, text)), "µs", most=LIMIT),
            Row(f"unseal {name}", _each(lambda blob=blob: sealed.unseal(key, PLACE, blob)), "µs", most=LIMIT),
            Row(f"commit to {name}", _each(lambda text=text: sealed.commitment(key, PLACE, text)), "µs", most=LIMIT),
        ]
    return rows
