"""`mdt import`: one line on what became of the rows, one sentence on a file that cannot be taken, and kill -9 does no harm."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from mdt import importing, settings
from mdt.casework.check import check
from mdt.errors import BadFile
from mdt.exchange.referrals import COLUMNS, read
from mdt.importing import import_file
from mdt.records import tables
from mdt.store import open_store
from tests import making

if TYPE_CHECKING:
    from mdt.store import Store

FILE = Path(__file__).parent / "data" / "referrals.csv"
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
MANY, KILLS = 1600, 2


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    return tmp_path / "refused.csv"


def imports(url: str, file: Path, refused: Path | None) -> str:
    return import_file(url, file, refused, lambda: NOW)


def cases(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.CASES)).scalar_one()


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_last_line_says_what_became_of_the_rows(database_url: str, refused: Path) -> None:
    said = imports(database_url, FILE, refused).splitlines()
    assert said == [
        f"The refused rows, each with its field and reason: {refused}",
        "taken 233 · refused 4 · repeats 4",
    ]
    store = open_store(database_url)
    assert cases(store) == 233
    assert check(store).faults == []


def test_a_file_imported_again_adds_nothing(database_url: str, refused: Path) -> None:
    imports(database_url, FILE, refused)
    before = making.everything(open_store(database_url))
    assert imports(database_url, FILE, refused).endswith("taken 0 · refused 4 · repeats 237")
    assert making.everything(open_store(database_url)) == before


def test_the_refused_rows_are_its_owners_alone_and_can_be_corrected_and_imported_again(
    database_url: str, refused: Path, tmp_path: Path
) -> None:
    imports(database_url, FILE, refused)
    assert refused.stat().st_mode & 0o777 == 0o600
    wrong = dict(read(refused))
    corrected = [{**r, "received_at": "2026-05-04 10:00", "child_residence_town": ""} for r in wrong.values()]
    assert imports(database_url, write(tmp_path / "again.csv", *corrected), None) == "taken 4 · refused 0 · repeats 0"


def test_the_refused_rows_lie_beside_the_file_unless_another_place_is_given(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "some.csv", making.row(mode="by telepathy"))
    assert imports(database_url, file, None).endswith("taken 0 · refused 1 · repeats 0")
    assert (tmp_path / "some.refused.csv").is_file()


def test_refused_rows_that_somebody_may_be_correcting_are_not_written_over(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "some.csv", making.row(mode="by telepathy"))
    imports(database_url, file, None)
    (tmp_path / "some.refused.csv").write_text("half corrected")
    (tmp_path / "some.refused-2.csv").symlink_to(tmp_path / "nothing")
    assert imports(database_url, file, None).splitlines()[0].endswith(f"{tmp_path / 'some.refused-3.csv'}")
    assert (tmp_path / "some.refused.csv").read_text() == "half corrected"
    assert [number for number, _ in read(tmp_path / "some.refused-3.csv")] == [2]


@pytest.mark.parametrize("where", ["none/refused.csv", "folder", "link", "some.csv", "x" * 300])
def test_without_a_place_for_refused_rows_nothing_is_taken(database_url: str, tmp_path: Path, where: str) -> None:
    file = write(tmp_path / "some.csv", making.row())
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    before = file.read_bytes()
    with pytest.raises(BadFile, match=r"^The refused rows [^.]* with --refused\.$"):
        imports(database_url, file, tmp_path / where)
    assert open_store(database_url).is_empty()
    assert file.read_bytes() == before


def test_no_file_of_refused_rows_is_left_when_none_is_refused(database_url: str, refused: Path, tmp_path: Path) -> None:
    imports(database_url, write(tmp_path / "some.csv", making.row()), refused)
    assert not refused.exists()


def test_what_was_taken_is_told_even_if_the_refused_rows_find_no_room(
    database_url: str, tmp_path: Path, refused: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mdt.exchange.referrals.write_refused", full)
    file = write(tmp_path / "some.csv", making.row(), making.row(report_no="R-2", mode="by telepathy"))
    assert imports(database_url, file, refused).splitlines() == [
        f"The refused rows could not be written to {refused} (No space left on device); import the file again with --refused.",
        "taken 1 · refused 1 · repeats 0",
    ]


def test_the_progress_is_measured_against_all_rows_of_the_file(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[importing.Progress] = []

    class Watched(importing.Progress):
        def __init__(self, *columns: Any, **how: Any) -> None:
            super().__init__(*columns, **how)
            bars.append(self)

    monkeypatch.setattr(importing, "Progress", Watched)
    imports(database_url, write(tmp_path / "some.csv", *(making.row(report_no=f"R-{n}") for n in range(5))), None)
    assert [(task.completed, task.total) for bar in bars for task in bar.tasks] == [(5, 5)]


def test_a_row_with_two_wrong_fields_is_one_refused_row(database_url: str, tmp_path: Path, refused: Path) -> None:
    file = write(tmp_path / "some.csv", making.row(mode="by telepathy", received_at="never"), making.row(report_no="R-2"))
    assert imports(database_url, file, refused).endswith("taken 1 · refused 1 · repeats 0")
    with refused.open(encoding="utf-8-sig", newline="") as rows:
        (row,) = csv.DictReader(rows)
    assert (row["row"], row["field"]) == ("2", "received_at; mode")


def test_a_file_longer_than_one_part_is_taken_whole(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    file = write(tmp_path / "some.csv", *(making.row(report_no=f"R-{n}") for n in range(5)))
    assert imports(database_url, file, None) == "taken 5 · refused 0 · repeats 0"


def test_a_file_that_cannot_be_taken_changes_nothing(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("name,age\nChild A,12\n", encoding="utf-8")
    with pytest.raises(BadFile):
        imports(database_url, file, None)
    assert open_store(database_url).is_empty()
    assert list(tmp_path.glob("*.refused.csv")) == []


def test_every_line_at_its_longest_is_taken_by_both_databases(database_url: str, tmp_path: Path) -> None:
    long = "Ä" * 200
    lines = (
        "reporter_class", "reporter_name", "child_given_name", "child_family_name", "child_gender", "child_residence_town",
        "citizenship", "suspected_person", "suspected_relationship", "police_agency",
    )  # fmt: skip
    told = dict.fromkeys(lines, long) | {"child_in_state": "no", "incident_town": "Ä" * 197 + ", X", "report_no": "1" * 64}
    file = write(tmp_path / "long.csv", making.row(**told, narrative="Ö" * 50_000))
    assert imports(database_url, file, None) == "taken 1 · refused 0 · repeats 0"
    assert check(open_store(database_url)).faults == []


def _start(url: str, file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mdt.cli", "import", str(file)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "MDT_DATABASE_URL": url, "MDT_HOME": str(settings.home())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_an_import_that_is_killed_again_and_again_is_finished_by_starting_it_again(tmp_path: Path) -> None:
    url, chance = f"sqlite:///{tmp_path / 'mdt.db'}", random.Random(20261120)
    file = write(tmp_path / "many.csv", *(making.row(report_no=f"R-{n:04}", narrative="What was told.") for n in range(MANY)))
    store = making.made(url)
    for _ in range(KILLS):
        have, until = cases(store), time.monotonic() + 20
        process = _start(url, file)
        while cases(store) == have and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed_at = cases(store)
    assert 0 < killed_at < MANY
    assert imports(url, file, None) == f"taken {MANY - killed_at} · refused 0 · repeats {killed_at}"
    with store.read() as connection:
        numbers = list(connection.execute(select(tables.CASES.c.number).order_by(tables.CASES.c.number)).scalars())
    assert numbers == [f"2026-{n:05}" for n in range(1, MANY + 1)]
    found = check(store)
    assert (found.cases, found.faults) == (MANY, [])
