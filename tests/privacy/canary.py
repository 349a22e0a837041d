"""The canaries: words about one child that are nobody's, each disguise they may be written in, and where to look for them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import pickle
import unicodedata
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from google.protobuf.message import Message
from sqlalchemy import inspect, text

from tests import making

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from mdt.store import Store

CANARY = "Zqxkanárixqz"  # no word of any language, and not plain ASCII
FAMILY = "Wvyqkornafqv"  # and one of letters that every code may be made of
BORN = "2011-07-19"
AS_TYPED = "07/19/2011"
PHONE = "203-555-0147"
STORY = "qvzxbridgezq"
WORDS = (
    CANARY, FAMILY, STORY, BORN, AS_TYPED, "7/19/2011", "20110719", "July 19, 2011", "19 July 2011", "19 Jul 2011",
    "date(2011, 7, 19",
    PHONE, "2035550147", "(203) 555",
)  # fmt: skip
NARRATIVE = f"{CANARY} {FAMILY}, born {BORN}, said: {STORY}; call {PHONE}"


def plain(word: str) -> str:
    """Without marks and capitals, as names are compared."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def disguises(word: str) -> dict[str, bytes]:
    """The word as it may be written into a file."""
    found = {
        "clear": word.encode(),
        "capitals": word.upper().encode(),
        "plain": plain(word).encode(),
        "latin": word.encode("latin-1"),
        "utf-16": word.encode("utf-16-le"),
        "utf-16, other order": word.encode("utf-16-be"),
        "hex": word.encode().hex().encode(),
        "a URL": quote(word).encode(),
        "a form": quote_plus(word).encode(),
        "HTML": html.escape(word).encode("ascii", "xmlcharrefreplace"),
        "JSON": json.dumps(word)[1:-1].encode(),
        "a repr": ascii(word)[1:-1].encode(),
        "escaped bytes": repr(word.encode())[2:-1].encode(),
        "a pickle": pickle.dumps(word)[8:-4],
    }
    for shift in range(3):  # a word inside other words is encoded in one of three ways; its first and last letters mix
        coded = base64.b64encode(b"\0" * shift + word.encode())
        found[f"base64, {shift}"] = coded[4 if shift else 0 : -4]
    for name in ("md5", "sha1", "sha256"):  # whoever guesses the word can tell that it was there
        digest = hashlib.new(name, word.encode(), usedforsecurity=False)
        found |= {name: digest.digest(), f"{name} in hex": digest.hexdigest().encode()}
    return found


@cache
def _wanted(words: tuple[str, ...]) -> dict[bytes, str]:
    return {coded: f"{word[:3]}… {how}" for word in words for how, coded in reversed(disguises(word).items())}


def hits(what: bytes | str, words: tuple[str, ...] = WORDS) -> list[str]:
    """Which canaries are in it, in which disguises."""
    raw = what.encode(errors="surrogateescape") if isinstance(what, str) else what
    return sorted({how for part in _unpacked(raw) for coded, how in _wanted(words).items() if coded in part})


def _unpacked(raw: bytes) -> Iterator[bytes]:
    yield raw
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)
    if raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            yield from (pack.read(name) for name in pack.namelist())


def in_files(*folders: Path) -> dict[str, list[str]]:
    """The files below that hold a canary, or are named after one."""
    files = (file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())
    found = {str(file): hits(_read(file)) + hits(str(file)) for file in files}
    return {file: how for file, how in found.items() if how}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # gone meanwhile, as temporary files are
        return b""


def in_tables(store: Store) -> dict[str, list[str]]:
    """The tables with a canary in any of their rows, as whoever owns the database reads them."""
    names = inspect(store.engine).get_table_names()
    with making.as_owner(store) as connection:
        rows = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in names}
    assert rows["child"]
    found = {name: hits(b"\n".join(as_bytes(value) for row in some for value in row)) for name, some in rows.items()}
    return {name: how for name, how in found.items() if how}


def as_bytes(value: object) -> bytes:
    """A value as it is searched."""
    return value if isinstance(value, bytes) else str(value).encode()


def in_session(board: AppTest) -> list[str]:
    """What of the canaries the server keeps for a session: what its widgets hold or held, and whatever else is put by."""
    return hits(held(board))


def held(board: AppTest) -> str:
    """All of that as text."""
    return "\n".join(_whole(board.session_state._state, set()))  # noqa: SLF001  # also what no page may ask for


OURS = ("mdt", "dashboard", "streamlit.runtime.state")


def _whole(value: object, seen: set[int]) -> Iterator[str]:
    """The value with all that hangs on it, also where its own repr is silent."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        value = [(key, value[key]) for key in value]  # its own `items` may want what can be hashed
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = list(value)
    else:
        yield _told(value)
        parts = [getattr(value, name, None) for name in _names(value)]
    for part in parts:
        yield from _whole(part, seen)


def _told(value: object) -> str:
    if isinstance(value, Message):
        return repr(value.SerializeToString())
    return value if isinstance(value, str) else repr(value)


def _names(value: object) -> set[str]:
    if not type(value).__module__.startswith(OURS) or isinstance(value, type):
        return set()
    slots = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
    return {*slots, *getattr(value, "__dict__", ())}
