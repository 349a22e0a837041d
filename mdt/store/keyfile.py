"""Where the key-encryption keys come from: lines `id:base64` of 32 bytes each, kept out of the database.

A file of mode 0600 in the folder of state; or `MDT_KEY`, the lines with commas between; or what the command
`MDT_KEY_COMMAND` prints, for a key management service.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, NamedTuple

from mdt import settings
from mdt.errors import SetupError
from mdt.store.sealed import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

OTHERS = 0o077
PATIENCE = 30  # seconds a key command may take
LINE = re.compile(r"([A-Za-z0-9_-]{1,16}):([A-Za-z0-9+/]{43}=)")

MISSING = "The key to this database is missing; put it back where it was. Nothing was changed."
UNREADABLE = "The key cannot be read: each line is an id, a colon and 32 bytes in base64. Nothing was changed."
OPEN_TO_OTHERS = "The key file may be read by others; make it its owner's alone (chmod 600). Nothing was changed."
NO_ANSWER = "The command that should give the key (MDT_KEY_COMMAND) failed. Nothing was changed."


class Wrapper(NamedTuple):
    """A key-encryption key and the id by which the database knows it."""

    id: str
    key: bytes


def file() -> Path:
    """The key file, whether it is there or not."""
    return settings.home() / "key"


def is_file() -> bool:
    """Whether the keys are in our own file, and not told by the environment or a command."""
    return not (os.environ.get("MDT_KEY") or os.environ.get("MDT_KEY_COMMAND"))


def read() -> list[Wrapper]:
    """The key-encryption keys, the last the newest; none if there is no file. Raises `SetupError`."""
    return list(_wrappers(_told()))


def _told() -> list[str]:
    if command := os.environ.get("MDT_KEY_COMMAND"):
        return _printed(command).split()
    if given := os.environ.get("MDT_KEY"):
        return given.replace(",", "\n").split()
    try:
        with file().open(encoding="ascii", errors="replace") as lines:
            if os.fstat(lines.fileno()).st_mode & OTHERS:
                raise SetupError(OPEN_TO_OTHERS)
            return lines.read().split()
    except FileNotFoundError:
        return []
    except OSError:
        raise SetupError(MISSING) from None


def _printed(command: str) -> str:
    try:
        words = shlex.split(command)
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603  # the operator's own command
    except (OSError, ValueError, subprocess.SubprocessError):
        raise SetupError(NO_ANSWER) from None
    return done.stdout


def _wrappers(lines: Iterable[str]) -> Iterable[Wrapper]:
    for line in lines:
        found = LINE.fullmatch(line)
        if found is None:
            raise SetupError(UNREADABLE)
        yield Wrapper(found[1], b64decode(found[2]))


def new() -> Wrapper:
    """A key-encryption key nobody has."""
    return Wrapper(os.urandom(6).hex(), os.urandom(KEY_BYTES))


def write(wrappers: Sequence[Wrapper]) -> None:
    """Put these into the key file, in place of what it held: whoever reads it finds the old or the new, whole."""
    _draft(wrappers).replace(file())


def _draft(wrappers: Sequence[Wrapper]) -> Path:
    draft = file().with_name(f"key-{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.writelines(f"{w.id}:{b64encode(w.key).decode()}\n" for w in wrappers)
        out.flush()
        os.fsync(out.fileno())
    return draft


def make() -> None:
    """A first key, unless somebody else makes one at this moment."""
    draft = _draft([new()])
    try:
        os.link(draft, file())
    except FileExistsError:
        pass
    finally:
        draft.unlink()
