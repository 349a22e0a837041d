"""`mdt import`: a file of referrals, some hundred rows a transaction, so that a killed import is simply started again."""

from __future__ import annotations

import os
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mdt.access import Viewer
from mdt.casework import intake
from mdt.casework.meetings import establish_teams
from mdt.errors import BadFile
from mdt.exchange import referrals
from mdt.store.engine import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from mdt.errors import BadField
    from mdt.store import Store

IMPORTER = Viewer("import", "File import", "intake worker", "DCF")
AT_ONCE = 200  # rows a transaction


def import_file(url: str, file: Path, refused: Path | None, clock: Callable[[], datetime]) -> str:
    """Take a file in; what became of its rows, in the last line. Raises `BadFile`, and then nothing was changed."""
    rows = referrals.read(file)  # looks the whole file through
    where = refused or _free_beside(file)
    _refuse_unless_writable(where, file)
    store = shared(url)
    establish_teams(store)
    outcome, faulty = _take(store, rows, clock)
    line = f"taken {len(outcome.taken)} · refused {len(faulty)} · repeats {outcome.repeats}"
    return f"{_hand_back(where, faulty)}\n{line}" if faulty else line


def _free_beside(file: Path) -> Path:
    """A name beside the file that nobody has: somebody may be correcting the refused rows of an earlier import."""
    names = chain([f"{file.stem}.refused.csv"], (f"{file.stem}.refused-{n}.csv" for n in count(2)))
    return next(path for path in map(file.with_name, names) if not path.exists() and not path.is_symlink())


def _refuse_unless_writable(where: Path, file: Path) -> None:
    try:
        new = not where.exists()
        itself = not new and where.samefile(file)
        os.close(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, referrals.ONLY_ME))
        if new:
            where.unlink()
    except OSError:
        raise BadFile("The refused rows cannot be written there; name another place for them with --refused.") from None
    if itself:
        raise BadFile("The refused rows may not be written over the file they came from; name another with --refused.")


def _hand_back(where: Path, faulty: list[referrals.Refused]) -> str:
    """Where the refused rows are; or, as what was taken stays taken, that there was no place left for them."""
    try:
        referrals.write_refused(where, faulty)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return f"The refused rows could not be written to {where} ({why}); import the file again with --refused."
    return f"The refused rows, each with its field and reason: {where}"


def _take(
    store: Store, rows: referrals.Referrals, clock: Callable[[], datetime]
) -> tuple[intake.Outcome, list[referrals.Refused]]:
    outcome = intake.Outcome()
    faulty: list[referrals.Refused] = []
    with Progress(TextColumn("referrals"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("referrals", total=rows.count)
        while part := list(islice(rows, AT_ONCE)):
            one = intake.receive_rows(store, part, by=IMPORTER, now=clock())
            faulty += _refused(dict(part), one.refused)
            outcome.add(one)
            bar.advance(task, len(part))
    return outcome, faulty


def _refused(given: Mapping[int, Mapping[str, str]], found: Iterable[tuple[int, BadField]]) -> list[referrals.Refused]:
    wrong: dict[int, list[BadField]] = {}
    for number, field in found:
        wrong.setdefault(number, []).append(field)
    return [referrals.Refused(number, given[number], fields) for number, fields in wrong.items()]
