"""`mdt import`: a file of referrals, some hundred rows a transaction, so that a killed import is simply started again."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mdt.access import Viewer
from mdt.casework import intake
from mdt.casework.meetings import establish_teams
from mdt.exchange import referrals
from mdt.store.engine import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from mdt.errors import BadField
    from mdt.store import Store

IMPORTER = Viewer("import", "File import", "intake worker", "DCF")
AT_ONCE = 200  # rows a transaction
Row = tuple[int, dict[str, str]]
Rows = list[Row]


def import_file(url: str, file: Path, refused: Path | None, clock: Callable[[], datetime]) -> str:
    """Take a file in and say in one line what became of its rows. Raises `BadFile`, and then nothing was changed."""
    rows = referrals.read(file)
    first = list(islice(rows, AT_ONCE))  # reading begins by checking the whole file
    store = shared(url)
    establish_teams(store)
    outcome, faulty = _take(store, _in_parts(first, rows), clock)
    line = f"taken {len(outcome.taken)} · refused {len(faulty)} · repeats {outcome.repeats}"
    if not faulty:
        return line
    where = refused or file.with_name(f"{file.stem}.refused.csv")
    referrals.write_refused(where, faulty)
    return f"The refused rows, each with its field and reason: {where}\n{line}"


def _take(store: Store, parts: Iterator[Rows], clock: Callable[[], datetime]) -> tuple[intake.Outcome, list[referrals.Refused]]:
    outcome = intake.Outcome()
    faulty: list[referrals.Refused] = []
    with Progress(TextColumn("referrals"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("referrals", total=None)
        for part in parts:
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


def _in_parts(first: Rows, rest: Iterator[Row]) -> Iterator[Rows]:
    while first:
        yield first
        first = list(islice(rest, AT_ONCE))
