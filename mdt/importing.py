"""Files of referrals taken in: some hundred rows a transaction, so that a killed import is simply started again.

In our own layout a file needs nothing else; in another it is read as somebody said for its source (`mdt.casework.sources`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mdt.access import Viewer
from mdt.casework import intake, sources
from mdt.casework.alike import count_likely
from mdt.casework.exporting import Exported
from mdt.casework.meetings import establish_teams
from mdt.casework.trying import Tried, Trying
from mdt.errors import BadFile
from mdt.exchange import foreign, mapping, referrals
from mdt.exchange.columns import as_said
from mdt.exchange.tables import CSV_MEDIA
from mdt.law.period import local_date
from mdt.store import trace
from mdt.store.engine import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from mdt.casework.trying import Alike
    from mdt.errors import BadField
    from mdt.exchange.cells import Source
    from mdt.exchange.referrals import Referral, Referrals, Refused
    from mdt.store import Store

IMPORTER = Viewer("import", "File import", "intake worker", "DCF")
AT_ONCE = 200  # rows a transaction
MOST_TOLD = 100  # refused rows told one by one in a terminal


@dataclass(slots=True)
class Trial:
    """What a file would come to: the rows that would be refused with all they say, and the columns that are no field's.

    `odd`: the rows that do not fit together and would be taken all the same, each with what does not, without a value.
    """

    found: Tried
    refused: list[Refused] = field(default_factory=list)
    odd: list[tuple[int, str]] = field(default_factory=list)
    in_words: Sequence[str] = ()
    left_out: Sequence[str] = ()


def import_file(url: str, file: Path, refused: Path | None, clock: Callable[[], datetime], source: str = "") -> str:
    """Take a file in; what became of its rows, in the last line. Raises `BadFile`, and then nothing was changed."""
    store = shared(url) if source else None
    rows = opened(store, file, source)  # looks the whole file through
    where = refused or _free_beside(file)
    _refuse_unless_writable(where, file)
    store = store or shared(url)
    establish_teams(store)
    with Progress(TextColumn("referrals"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("referrals", total=rows.count)
        outcome, faulty = take(store, rows, IMPORTER, clock, source, lambda n: bar.advance(task, n))
    line = f"taken {len(outcome.taken)} · refused {len(faulty)} · repeats {outcome.repeats}"
    return f"{_hand_back(where, faulty)}\n{line}" if faulty else line


def try_file(url: str, file: Path, clock: Callable[[], datetime], source: str = "") -> str:
    """What `import_file` would do, in words; nothing is written. Raises `BadFile` as it does."""
    store = shared(url)
    trial = tried(store, file, source, IMPORTER, clock(), alike=partial(count_likely, store))
    found = trial.found
    lines = [f"Row {row.row}, {wrong.field}: {wrong.reason}." for row in trial.refused for wrong in row.wrong]
    lines += [f"Row {row} would be taken, though: {what}." for row, what in trial.odd]
    more = [f"And {len(lines) - MOST_TOLD:,} more."] if len(lines) > MOST_TOLD else []
    columns = [("Kept behind the narrative", trial.in_words), ("Left out", trial.left_out)]
    told = [f"{what}: {', '.join(names)}" for what, names in columns if names]
    likely = [f"likely a child who is known: {found.alike}"] if found.alike else []
    counts = f"would be taken {found.fresh} · refused {len(trial.refused)} · repeats {found.repeats}"
    odd = [f"not fitting together, taken all the same: {len({row for row, _ in trial.odd})}"] if trial.odd else []
    return "\n".join([*lines[:MOST_TOLD], *more, *told, *odd, *likely, counts])


def opened(store: Store | None, file: Source, source: str, said: mapping.Mapping | None = None) -> Referrals:
    """A file's rows in our own layout: as they are, or as was said for its source. Raises `BadFile`."""
    if store is None:
        return referrals.read(file)
    layout = foreign.layout(file)
    if layout.is_ours:
        return referrals.read(file)
    if not source:
        raise BadFile("This file is not in our own columns. Choose whose it is, and say how its columns are read.")
    return foreign.read(file, layout, said or sources.recall(store, source), sources.numbering(store, source))


def take(
    store: Store, rows: Referrals, by: Viewer, clock: Callable[[], datetime], source: str = "",
    heard: Callable[[int], None] = lambda _: None,
) -> tuple[intake.Outcome, list[Refused]]:  # fmt: skip
    """Take all rows in; `heard` is told how many more are done. Each batch is whole or not there at all.

    That a file was imported, from which source and with how many rows, is in the access log.
    """
    outcome = intake.Outcome()
    faulty: list[Refused] = []
    while part := list(islice(rows, AT_ONCE)):
        one = intake.receive_rows(store, _as_said(part), by=by, now=clock())
        faulty += _refused(part, one.refused)
        outcome.add(one)
        heard(len(part))
    with store.write() as connection:
        detail = {"source": source, "repeats": outcome.repeats, "refused": len(faulty)}
        trace.append(connection, by.id, "file imported", clock(), count=len(outcome.taken), detail=detail)
    return outcome, faulty


def tried(
    store: Store, file: Source, source: str, by: Viewer, now: datetime, *, alike: Alike | None = None,
    said: mapping.Mapping | None = None,
) -> Trial:  # fmt: skip
    """What taking the file in would come to; nothing is written. Raises `BadFile`, and `NotAllowed`, which is logged."""
    sources.refuse_unless_receiving(store, by, now)
    rows = opened(store, file, source, said)
    trying = Trying(store, now, alike)
    trial = Trial(trying.found)
    while part := list(islice(rows, AT_ONCE)):
        before, odd_before = len(trying.found.refused), len(trying.found.odd)
        trying.rows(_as_said(part))
        trial.refused += _refused(part, trying.found.refused[before:])
        trial.odd += [(part[place][0], words) for place, words in trying.found.odd[odd_before:]]
    how = _how(store, file, source, said)
    trial.in_words, trial.left_out = (mapping.in_words(how), mapping.left_out(how)) if how else ((), ())
    return trial


def _how(store: Store, file: Source, source: str, said: mapping.Mapping | None) -> mapping.Mapping | None:
    """The mapping that a file was read with; None for one in our own layout."""
    return None if foreign.layout(file).is_ours else said or sources.recall(store, source)


def hand_back(store: Store, by: Viewer, refused: Sequence[Refused], now: datetime) -> Exported:
    """The refused rows as a file for whoever sent them, logged before it is handed over. Its name tells of nobody."""
    sources.refuse_unless_receiving(store, by, now)
    with store.write() as connection:
        detail = {"what": "refused rows", "format": "csv", "purpose": "casework"}
        trace.append(connection, by.id, "export", now, count=len(refused), detail=detail)
    data = referrals.refused_csv(refused)
    return Exported(f"refused-rows-{local_date(now)}.csv", CSV_MEDIA, data, len(refused))


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


def _hand_back(where: Path, faulty: list[Refused]) -> str:
    """Where the refused rows are; or, as what was taken stays taken, that there was no place left for them."""
    try:
        referrals.write_refused(where, faulty)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return f"The refused rows could not be written to {where} ({why}); import the file again with --refused."
    return f"The refused rows, each with its field and reason: {where}"


def _as_said(part: Sequence[Referral]) -> list[tuple[int, dict[str, Any]]]:
    """The rows by their place in the part: of several children of one object, each is a row of the same number."""
    return [(place, as_said(cells)) for place, (_, cells) in enumerate(part)]


def _refused(part: Sequence[Referral], found: Iterable[tuple[int, BadField]]) -> list[Refused]:
    wrong: dict[int, list[BadField]] = {}
    for place, one in found:
        wrong.setdefault(place, []).append(one)
    return [referrals.Refused(*part[place], fields) for place, fields in wrong.items()]
