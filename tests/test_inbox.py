"""The watched folder: a partner's file is taken once, when it is whole; what cannot be taken lies aside with the reason."""

from __future__ import annotations

import csv
import fcntl
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from mdt import importing, inbox
from mdt.casework import sources
from mdt.casework.check import check
from mdt.errors import Busy
from mdt.exchange import cells
from mdt.exchange.columns import COLUMNS
from mdt.exchange.mapping import Mapping
from mdt.exchange.referrals import read
from mdt.inbox import Counts, take_all
from mdt.records import tables
from mdt.scenario import PEOPLE
from tests import making

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.store import Store

NAME = "Child Canaryson.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox" / "police-feed"
    made.mkdir(parents=True)
    return made


def later(minutes: int = 5) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def run(store: Store, folder: Path, minutes: int = 5) -> Counts:
    return take_all(store, folder.parent, lambda: later(minutes))


def drop(folder: Path, *rows: dict[str, str], name: str = NAME) -> Path:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows and "No" in rows[0] else COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def cases(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.CASES)).scalar_one()


def names(folder: Path, of: str) -> list[str]:
    return sorted(path.name for path in (folder / of).glob("*"))


def reason(folder: Path) -> str:
    (found,) = (folder / "refused").glob("*.reason.txt")
    return found.read_text(encoding="utf-8")


def test_of_a_file_that_was_taken_nothing_stays_but_an_empty_one_whose_name_tells_nothing(store: Store, folder: Path) -> None:
    drop(folder, making.row(), making.row(report_no="R-2"))
    assert run(store, folder) == Counts(files=1, taken=2)
    (done,) = (folder / "done").iterdir()
    assert re.fullmatch("[0-9a-f]{16}", done.name)
    assert done.stat().st_size == 0
    assert [path for path in folder.rglob("*") if path.is_file()] == [done]
    assert stat.S_IMODE(done.stat().st_mode) == 0o600
    assert [stat.S_IMODE((folder / name).stat().st_mode) for name in ("done", ".taking")] == [0o700, 0o700]
    assert not (folder / NAME).exists()
    assert check(store).faults == []


def test_a_file_that_may_still_be_growing_waits(store: Store, folder: Path) -> None:
    file = drop(folder, making.row())
    assert run(store, folder, minutes=0) == Counts(waiting=1)
    os.utime(file, (0, 0))  # a copying program may set an old time; when it was set cannot be changed
    assert run(store, folder, minutes=0) == Counts(waiting=1)
    assert run(store, folder) == Counts(files=1, taken=1)


def test_the_same_file_dropped_again_is_taken_once(store: Store, folder: Path) -> None:
    drop(folder, making.row())
    run(store, folder)
    drop(folder, making.row(), name="another name.csv")
    assert run(store, folder) == Counts(again=1)
    assert len(names(folder, "done")) == 1
    assert cases(store) == 1


def test_what_was_refused_lies_aside_for_thirty_days(store: Store, folder: Path) -> None:
    drop(folder, making.row(mode="by telepathy"))
    (folder / "bad.csv").write_bytes(b"%PDF")
    assert run(store, folder) == Counts(files=1, turned_away=1, refused=1)
    aside = names(folder, "refused")
    assert len(aside) == 3  # the rows, the file, its reason
    run(store, folder, minutes=30 * 24 * 60 - 5)
    assert names(folder, "refused") == aside
    run(store, folder, minutes=30 * 24 * 60 + 5)
    assert names(folder, "refused") == []
    assert len(names(folder, "done")) == 1


def test_refused_rows_lie_aside_and_are_taken_when_they_come_back_corrected(store: Store, folder: Path) -> None:
    drop(folder, making.row(), making.row(report_no="R-2", mode="by telepathy"))
    assert run(store, folder) == Counts(files=1, taken=1, refused=1)
    (refused,) = (folder / "refused").iterdir()
    assert stat.S_IMODE(refused.stat().st_mode) == 0o600
    ((_, row),) = read(refused)
    drop(folder, {**row, "mode": "oral"}, name="corrected.csv")
    assert run(store, folder) == Counts(files=1, taken=1)
    assert cases(store) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"[" * 100_000, "nested deeper"),
        (b"No,When\r\n1,2\r\n", "Nobody has said yet how the columns of this source are read"),
        (b"R26-1,Canar\xeda\r\n", "is not in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_taken_lies_aside_with_the_reason(store: Store, folder: Path, content: bytes, words: str) -> None:
    (folder / NAME).write_bytes(content)
    drop(folder, making.row(), name="good.csv")
    assert run(store, folder) == Counts(files=1, turned_away=1, taken=1)
    assert words in reason(folder)
    assert re.search(rf"The file came from police-feed, .* Eastern time: {len(content):,} bytes\.", reason(folder))
    assert "Canaryson" not in f"{reason(folder)}{names(folder, 'refused')}"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "refused").iterdir()} == {0o600}
    assert not (folder / NAME).exists()


def test_a_file_too_large_lies_aside_unread(store: Store, folder: Path) -> None:
    with (folder / NAME).open("wb") as large:
        large.truncate(cells.LARGEST_FILE + 1)
    assert run(store, folder) == Counts(turned_away=1)
    assert "larger than 200 MB" in reason(folder)
    (kept,) = (folder / "refused").glob("large-*.csv")
    assert kept.stat().st_size == cells.LARGEST_FILE + 1


def test_a_partners_columns_are_read_as_was_said_and_its_corrected_rows_as_ours(store: Store, folder: Path) -> None:
    first = {"No": "1", "When": "2026-03-02", "Name": "A", "Mode": "oral"}
    drop(folder, first, {**first, "No": "2", "Name": "B", "Mode": "?"})
    assert run(store, folder) == Counts(turned_away=1)
    how = Mapping({"No": "report_no", "When": "received_at", "Name": "child_family_name", "Mode": "mode"},
                  constants={"reporter_mandated": "yes"}, time="09:00")  # fmt: skip
    sources.remember(store, PEOPLE["intake worker"], "police-feed", how, later())
    (kept,) = (folder / "refused").glob("*.csv")
    kept.rename(folder / "once more.csv")
    assert run(store, folder) == Counts(files=1, taken=1, refused=1)
    ((_, row),) = read(next((folder / "refused").glob("*.refused.csv")))
    assert (row["report_no"], row["received_at"]) == ("2", "2026-03-02 09:00")
    assert not list((folder / "refused").glob("*.reason.txt"))  # it could be read after all
    drop(folder, {**row, "mode": "oral"}, name="corrected.csv")
    assert run(store, folder) == Counts(files=1, taken=1)


def test_a_run_that_was_killed_between_two_batches_goes_on(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    drop(folder, *(making.row(report_no=f"R-{n}") for n in range(5)))
    real, calls = importing.intake.receive_rows, []

    def killed(*given: object, **how: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(importing.intake, "receive_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        run(store, folder)
    assert (folder / NAME).exists()
    monkeypatch.setattr(importing.intake, "receive_rows", real)
    assert run(store, folder) == Counts(files=1, taken=3, repeats=2)
    assert names(folder, ".taking") == []


def test_a_run_that_was_killed_before_the_file_was_put_away_takes_nothing_twice(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, making.row())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_let_go", killed)
        with pytest.raises(KeyboardInterrupt):
            run(store, folder)
    assert run(store, folder) == Counts(again=1)
    assert cases(store) == 1


def test_a_file_that_changes_while_it_is_taken_stays_for_the_next_run(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = drop(folder, making.row())
    real = importing.take

    def changes(*given: object) -> object:
        drop(folder, making.row(), making.row(report_no="R-2"))
        return real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(importing, "take", changes)
        assert run(store, folder) == Counts(files=1, taken=1)
    assert file.exists()
    assert run(store, folder) == Counts(files=1, taken=1, repeats=1)


def test_links_hidden_files_parts_and_foreign_folders_are_nobodys_files(store: Store, folder: Path, tmp_path: Path) -> None:
    outside = drop(tmp_path, making.row(), name="outside.csv")
    (folder / "link.csv").symlink_to(outside)
    os.mkfifo(folder / "pipe.csv")
    for name in (".hidden.csv", "half.csv.part", "~$lock.xlsx"):
        drop(folder, making.row(), name=name)
    for name in ("Not A Source", "done"):
        (folder.parent / name).mkdir()
    drop(folder.parent / "Not A Source", making.row())
    (folder.parent / "linked").symlink_to(tmp_path)
    drop(folder.parent, making.row())
    assert run(store, folder) == Counts()
    assert outside.exists()


def test_one_run_works_at_a_time(store: Store, folder: Path) -> None:
    drop(folder, making.row())
    with (folder.parent / inbox.LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert run(store, folder) == Counts()
    assert run(store, folder) == Counts(files=1, taken=1)


def test_one_file_that_nobody_foresaw_stops_no_other_and_is_told_of(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, making.row(report_no="R-1"), name="a.csv")
    drop(folder, making.row(report_no="R-2"), name="b.csv")
    real = importing.opened

    def breaks(of: Store, file: Path, source: str) -> object:
        if b"R-1" in file.read_bytes():
            raise ZeroDivisionError
        return real(of, file, source)

    monkeypatch.setattr(importing, "opened", breaks)
    with pytest.raises(ZeroDivisionError):
        run(store, folder)
    assert [path.name for path in folder.glob("*.csv")] == ["a.csv"]
    assert cases(store) == 1


def test_while_somebody_else_writes_the_file_waits(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(folder, making.row())

    def busy(*_: object, **__: object) -> None:
        raise Busy("Somebody else is writing just now.")

    monkeypatch.setattr(importing, "take", busy)
    with pytest.raises(Busy):
        run(store, folder)
    assert (folder / NAME).exists()


def test_the_folder_is_made_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    assert take_all(store, tmp_path / "new" / "inbox", later) == Counts()
    assert stat.S_IMODE((tmp_path / "new" / "inbox").stat().st_mode) == 0o700


def test_that_a_file_was_taken_is_in_the_access_log_with_counts_alone(store: Store, folder: Path) -> None:
    drop(folder, making.row(), making.row())
    run(store, folder)
    log = tables.ACCESS_LOG
    with store.read() as connection:
        rows = connection.execute(select(log.c.by, log.c.count, log.c.detail).where(log.c.act == "file imported")).all()
    assert [tuple(row) for row in rows] == [("import", 1, {"source": "police-feed", "repeats": 1, "refused": 0})]
