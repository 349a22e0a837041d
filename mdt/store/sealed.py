"""Words that only the right key opens, each bound to the place where it lies: a table, a column and a row.

AES-256-GCM under a case's data key. What is sealed is filled up to whole blocks first, so that its length does not tell a
"male" from a "female". Moved to another place, altered or opened with another key, it is `Tampered`.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mdt.errors import Tampered

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES, NONCE_BYTES, BLOCK_BYTES = 32, 12, 32
VERSION: Final = b"\x01"
END, FILLING = b"\x80", b"\x00"  # no UTF-8 text begins with the one; what follows it is the other
HEAD_BYTES = len(VERSION) + NONCE_BYTES
CHILD_COLUMNS = ("given_name", "family_name", "birthdate", "gender", "town", "address", "phone", "citizenship")
NOT_AS_WRITTEN = "What is stored here is not what was written. Nothing is shown; tell the administrator."


class CaseKey:
    """What opens the words of one case (`data`) and proves that they are those recorded (`proof`, which never changes)."""

    __slots__ = ("cipher", "data", "proof")

    def __init__(self, data: bytes, proof: bytes) -> None:
        self.data, self.proof = data, proof
        self.cipher = AESGCM(data)


def house_key(key: bytes) -> CaseKey:
    """A key of the house as what opens words and proves them."""
    return CaseKey(key, hmac.digest(key, b"proof", "sha256"))


def place(table: str, column: str, row: str) -> str:
    """The name of a place: what lies there opens nowhere else."""
    return f"{table}|{column}|{row}"


def seal(key: bytes | CaseKey, where: str, text: str) -> bytes:
    """The text, to be opened only with the key and at that place."""
    return seal_bytes(key, where, text.encode())


def unseal(key: bytes | CaseKey, where: str, blob: bytes) -> str:
    """The text that was sealed at that place. Raises `Tampered`."""
    return unseal_bytes(key, where, blob).decode()


def seal_bytes(key: bytes | CaseKey, where: str, clear: bytes) -> bytes:
    """`seal` for what is no text: another key."""
    nonce = os.urandom(NONCE_BYTES)
    filled = clear + END + FILLING * (-(len(clear) + 1) % BLOCK_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, filled, where.encode())


def unseal_bytes(key: bytes | CaseKey, where: str, blob: bytes) -> bytes:
    """`unseal` for what is no text. Raises `Tampered`."""
    if blob[:1] != VERSION or len(blob) <= HEAD_BYTES:
        raise Tampered(NOT_AS_WRITTEN)
    try:
        filled = _cipher(key).decrypt(blob[1:HEAD_BYTES], blob[HEAD_BYTES:], where.encode())
    except InvalidTag:
        raise Tampered(NOT_AS_WRITTEN) from None
    return filled.rstrip(FILLING)[: -len(END)]


def _cipher(key: bytes | CaseKey) -> AESGCM:
    return key.cipher if isinstance(key, CaseKey) else AESGCM(key)


def commitment(key: CaseKey, where: str, text: str) -> str:
    """What the ledger holds of the text: who has the case's key can show that it is the one written, nobody can guess it."""
    return hmac.digest(key.proof, f"{where}\x1f{text}".encode(), "sha256").hex()


def seal_words(key: CaseKey, event_id: str, field: str, text: str) -> dict[str, Any]:
    """The row of the words of an event's field, but for its case."""
    where = _words_place(event_id, field)
    return {"event_id": event_id, "field": field, "text": seal(key, where, text), "commitment": commitment(key, where, text)}


def unseal_words(key: CaseKey, row: Mapping[Any, Any]) -> str:
    """The words of a row of `narrative`. Raises `Tampered`, also if they are not those that its commitment is to."""
    where = _words_place(row["event_id"], row["field"])
    return _kept(key, where, unseal(key, where, row["text"]), row["commitment"])


def _words_place(event_id: str, field: str) -> str:
    return place("narrative", "text", f"{event_id}/{field}")


def seal_child(key: CaseKey, case_id: str, child: Mapping[str, str]) -> dict[str, Any]:
    """The row of a child: each column sealed apart, "" where nothing is known, and one commitment to them all."""
    row: dict[str, Any] = {name: seal(key, place("child", name, case_id), child[name]) for name in CHILD_COLUMNS}
    return row | {"case_id": case_id, "commitment": commitment(key, place("child", "*", case_id), _in_order(child))}


def unseal_child(key: CaseKey, row: Mapping[Any, Any]) -> dict[str, str]:
    """A child as she was recorded, from a whole row. Raises `Tampered`, also if she is not the one committed to."""
    child = {name: unseal(key, place("child", name, row["case_id"]), row[name]) for name in CHILD_COLUMNS}
    _kept(key, place("child", "*", row["case_id"]), _in_order(child), row["commitment"])
    return child


def seal_report(key: CaseKey, report_id: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a report that hold what it told."""
    where, text = place("report", "told", report_id), _in_order(told)
    return {"told": seal(key, where, text), "commitment": commitment(key, where, text)}


def unseal_report(key: CaseKey, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What a report told. Raises `Tampered`, also if it is not what was committed to."""
    where = place("report", "told", row["id"])
    told: dict[str, Any] = orjson.loads(_kept(key, where, unseal(key, where, row["told"]), row["commitment"]))
    return told


def _kept(key: CaseKey, where: str, text: str, committed: str) -> str:
    if not hmac.compare_digest(commitment(key, where, text), committed):
        raise Tampered(NOT_AS_WRITTEN)
    return text


def _in_order(values: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS).decode()
