"""The watched folder: a file that lies in `inbox/<source>/` is taken in once, when it has stopped growing, and put away.

Of what was taken nothing stays here, as its rows lie sealed in the database: an empty file in `done/` tells that it was taken.
What cannot be taken goes to `refused/` with the reason beside it; so do refused rows, to be corrected and dropped again, for as
long as the team's standard says. Everything is named by a digest of what is in it, as a partner's own name may be a child's.
One run works at a time; a killed one is simply started again: rows taken before are repeats, and nothing is put away before it
is taken.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mdt import importing
from mdt.casework.sources import NAME
from mdt.errors import BadFile, Busy, MdtError
from mdt.exchange.cells import CHUNK, LARGEST_FILE
from mdt.exchange.referrals import ONLY_ME, write_refused
from mdt.law.period import EASTERN
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdt.store import Store

QUIET = timedelta(minutes=1)  # without a change before a file is taken to be whole
MINE = 0o700
DONE, REFUSED, TAKING, LOCK = "done", "refused", ".taking", ".lock"
KINDS = frozenset({".csv", ".xlsx", ".json", ".txt", ".tsv"})
NOT_WHOLE = frozenset({".part", ".filepart", ".partial", ".tmp", ".crdownload", ".swp"})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
TOO_LARGE = f"The file is larger than {LARGEST_FILE // 2**20} MB; please divide it."


@dataclass(slots=True)
class Counts:
    """What one run did: `files` taken, `again` the same as one taken before, `turned_away`, `waiting`; and their rows."""

    files: int = 0
    again: int = 0
    turned_away: int = 0
    waiting: int = 0
    taken: int = 0
    repeats: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _Drop:
    """A file somebody dropped, as it was when it was looked at; a copy that nobody else can change; and its name from now on.

    Of one that is too large to be taken there is no copy.
    """

    file: Path
    seen: os.stat_result
    copy: Path
    name: str

    @property
    def aside(self) -> Path:
        """Where it is to lie if it cannot be taken."""
        return _folder(self.file.parent / REFUSED) / self.name

    @property
    def marker(self) -> Path:
        """The empty file that tells that what is in this one was taken."""
        return _folder(self.file.parent / DONE) / Path(self.name).stem

    def taken(self) -> None:
        """Keep nothing of it but that it was taken; the file itself goes, unless it has become another meanwhile."""
        self.marker.touch(ONLY_ME)
        self.copy.unlink()
        _let_go(self.file, self.seen)

    def refused(self) -> None:
        """Let the copy lie aside from now on; the file itself goes, unless it has become another meanwhile."""
        kept = self.copy.replace(self.aside)
        with suppress(PermissionError):  # too large to be copied, and somebody else's
            kept.chmod(ONLY_ME)
        _let_go(self.file, self.seen)


def take_all(store: Store, inbox: Path, clock: Callable[[], datetime]) -> Counts:
    """Take in every file that is whole, each source's oldest first.

    No file stops the others: of what went wrong unforeseen, the first is raised at the end. Raises `Busy` at once.
    """
    counts, wrong = Counts(), None
    with _alone(inbox) as mine:
        for file in _dropped(inbox, clock()) if mine else ():
            try:
                _take(store, file, clock, counts)
            except Busy:
                raise
            except Exception as fault:  # noqa: BLE001  # the file stays where it is
                wrong = wrong or fault
    if wrong is not None:
        raise wrong
    return counts


@contextmanager
def _alone(inbox: Path) -> Iterator[bool]:
    """Whether nobody else works here; the lock goes with its process, however that ends."""
    with (_folder(inbox, ours=False) / LOCK).open("a", encoding="ascii") as lock:
        os.fchmod(lock.fileno(), ONLY_ME)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _dropped(inbox: Path, now: datetime) -> Iterator[Path]:
    """The files of every source. What is hidden, a link, or named as not whole is nobody's file; what lay too long is gone."""
    for place in sorted(inbox.iterdir()):
        if not NAME.fullmatch(place.name) or place.is_symlink() or not place.is_dir():
            continue
        for left in (place / TAKING).glob("*"):  # by a run that was killed; the file it copied is still there
            left.unlink()
        _prune(place / REFUSED, now)
        files = [file for file in place.iterdir() if _is_file(file)]
        yield from sorted(files, key=lambda file: (file.lstat().st_mtime, file.name))


def _prune(refused: Path, now: datetime) -> None:
    """Delete what was refused longer ago than the team's standard keeps it."""
    kept = timedelta(days=load().standard("keep-refused-rows").number or 0)
    for file in refused.glob("*"):
        if now - _changed_at(file.lstat()) > kept:
            file.unlink()


def _is_file(file: Path) -> bool:
    named_whole = not file.name.startswith((".", "~$")) and file.suffix.lower() not in NOT_WHOLE
    return named_whole and stat.S_ISREG(file.lstat().st_mode)


def _take(store: Store, file: Path, clock: Callable[[], datetime], counts: Counts) -> None:
    drop = _copied(file, clock())
    if drop is None:
        counts.waiting += 1
        return
    if drop.marker.exists():
        drop.taken()
        counts.again += 1
        return
    try:
        _refuse_too_large(drop)
        rows = importing.opened(store, drop.copy, file.parent.name)
    except Busy:
        raise
    except MdtError as refusal:
        _turn_away(drop, refusal)
        counts.turned_away += 1
        return
    outcome, faulty = importing.take(store, rows, importing.IMPORTER, clock, file.parent.name)
    if faulty:
        write_refused(drop.aside.with_suffix(".refused.csv"), faulty)
    _forget_refusal(drop)
    drop.taken()
    counts.files += 1
    counts.taken += len(outcome.taken)
    counts.repeats += outcome.repeats
    counts.refused += len(faulty)


def _refuse_too_large(drop: _Drop) -> None:
    if drop.seen.st_size > LARGEST_FILE:
        raise BadFile(TOO_LARGE)


def _turn_away(drop: _Drop, why: MdtError) -> None:
    """The reason first: a file that lies among the refused ones has one. Nothing tells what it was called."""
    came = f"{_changed_at(drop.seen).astimezone(EASTERN):%-d %b %Y, %H:%M} Eastern time"
    with os.fdopen(os.open(_reason(drop), _NEW, ONLY_ME), "w", encoding="utf-8") as out:
        out.write(f"{why}\nThe file came from {drop.file.parent.name}, {came}: {drop.seen.st_size:,} bytes.\n")
    drop.refused()


def _forget_refusal(drop: _Drop) -> None:
    """The same file was refused before, and now it could be read."""
    for old in (_reason(drop), drop.aside):
        old.unlink(missing_ok=True)


def _reason(drop: _Drop) -> Path:
    return drop.aside.with_suffix(".reason.txt")


def _copied(file: Path, now: datetime) -> _Drop | None:
    """The file with a copy of it; None while it may still be growing, or is gone, or is no file any more."""
    try:
        source = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    suffix = file.suffix.lower() if file.suffix.lower() in KINDS else ""
    with os.fdopen(source, "rb") as content:
        seen = os.fstat(source)
        if not stat.S_ISREG(seen.st_mode) or now - _changed_at(seen) < QUIET:
            return None
        if seen.st_size > LARGEST_FILE:
            return _Drop(file, seen, file, f"large-{seen.st_ino}{suffix}")
        copy = _folder(file.parent / TAKING) / "copy"
        digest = _copy(content, copy)
        return None if _is_another(os.fstat(source), seen) else _Drop(file, seen, copy, f"{digest[:16]}{suffix}")


def _copy(content: BinaryIO, to: Path) -> str:
    """Copy what is there, for its owner alone, safe from a power failure; a digest of it."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(to, _NEW, ONLY_ME), "wb") as copy:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _changed_at(seen: os.stat_result) -> datetime:
    # The second is the file system's own: nobody can set it back.
    return datetime.fromtimestamp(max(seen.st_mtime, seen.st_ctime), UTC)


def _is_another(now: os.stat_result, before: os.stat_result) -> bool:
    return any(getattr(now, name) != getattr(before, name) for name in ("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns"))


def _let_go(file: Path, seen: os.stat_result) -> None:
    with suppress(FileNotFoundError):
        if not _is_another(file.lstat(), seen):
            file.unlink()


def _folder(path: Path, *, ours: bool = True) -> Path:
    """The folder, made if it is not there. One of ours is its owner's alone, whoever made it."""
    path.mkdir(mode=MINE, parents=True, exist_ok=True)
    if ours:
        path.chmod(MINE)
    return path
