"""Where the key-encryption keys come from: lines `id:base64` of 32 bytes each, kept out of the database.

A file of mode 0600 in the folder of state; or `MDT_KEY`, the lines with commas between; or what the command
`MDT_KEY_COMMAND` prints, for a key management service. The advocates' vault has a source of its own.
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
NO_ANSWER = "The command that should give the key (MDT_KEY_COMMAND, MDT_VAULT_KEY_COMMAND) failed. Nothing was changed."


class Source(NamedTuple):
    """Where the keys of one store come from: the name of their file, and of the variables that may tell them instead."""

    file: str
    told: str
    command: str


MAIN = Source("key", "MDT_KEY", "MDT_KEY_COMMAND")
VAULT = Source("vault.key", "MDT_VAULT_KEY", "MDT_VAULT_KEY_COMMAND")


class Wrapper(NamedTuple):
    """A key-encryption key and the id by which the database knows it."""

    id: str
    key: bytes


def file(source: Source = MAIN) -> Path:
    """The key file, whether it is there or not."""
    return settings.home() / source.file


def is_file(source: Source = MAIN) -> bool:
    """Whether the keys are in our own file, and not told by the environment or a command."""
    return not (os.environ.get(source.told) or os.environ.get(source.command))


def read(source: Source = MAIN) -> list[Wrapper]:
    """The key-encryption keys, the last the newest; none if there is no file. Raises `SetupError`."""
    return list(_wrappers(_told(source)))


def _told(source: Source) -> list[str]:
    if command := os.environ.get(source.command):
        return _printed(command).split()
    if given := os.environ.get(source.told):
        return given.replace(",", "\n").split()
    try:
        with file(source).open(encoding="ascii", errors="replace") as lines:
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


def write(wrappers: Sequence[Wrapper], source: Source = MAIN) -> None:
    """Put these into the key file, in place of what it held: whoever reads it finds the old or the new, whole."""
    _draft(wrappers, source).replace(file(source))


def _draft(wrappers: Sequence[Wrapper], source: Source) -> Path:
    draft = file(source).with_name(f"{source.file}-{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.writelines(f"{w.id}:{b64encode(w.key).decode()}\n" for w in wrappers)
        out.flush()
        os.fsync(out.fileno())
    return draft


def make(source: Source = MAIN) -> None:
    """A first key, unless somebody else makes one at this moment."""
    draft = _draft([new()], source)
    try:
        os.link(draft, file(source))
    except FileExistsError:
        pass
    finally:
        draft.unlink()
