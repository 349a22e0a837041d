"""`mdt import`: one line on what became of the rows, one sentence on a file that cannot be taken, and kill -9 does no harm."""

from __future__ import annotations

import csv
import json
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
from mdt.casework import sources
from mdt.casework.check import check
from mdt.errors import BadFile, NotAllowed, NotPossible
from mdt.exchange.columns import COLUMNS, MAY_BE_LEFT_OUT
from mdt.exchange.mapping import Mapping
from mdt.exchange.referrals import read
from mdt.importing import import_file, try_file
from mdt.records import tables
from mdt.scenario import PEOPLE
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


# Trying first ---------------------------------------------------------------------------------------------------------------


def tries(url: str, file: Path, source: str = "") -> list[str]:
    """What trying says, but that nobody in it is known."""
    said = try_file(url, file, lambda: NOW, source).splitlines()
    return [line for line in said if line != "likely a child who is known: 0"]


def test_trying_says_what_importing_then_does_and_writes_nothing(database_url: str, refused: Path) -> None:
    said = tries(database_url, FILE)
    assert said[-1] == "would be taken 233 · refused 4 · repeats 4"
    assert len([line for line in said if line.startswith("Row ") and "though" not in line]) == 4
    store = open_store(database_url)
    assert cases(store) == 0
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.ACCESS_LOG)).scalar_one() == 0
    assert imports(database_url, FILE, refused).endswith("taken 233 · refused 4 · repeats 4")
    assert tries(database_url, FILE)[-1] == "would be taken 0 · refused 4 · repeats 237"


def test_a_number_used_twice_is_found_across_batches(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    rows = [making.row(report_no=f"R-{n}") for n in range(3)]
    file = write(tmp_path / "some.csv", *rows, making.row(report_no="R-0"), making.row(report_no="R-1", mode="written"))
    assert tries(database_url, file) == [
        "Row 6, report_no: was used before for another report.", "would be taken 3 · refused 1 · repeats 1",
    ]  # fmt: skip


def test_a_row_told_of_names_its_field_and_its_reason_and_no_value(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "some.csv", making.row(mode="by telepathy", child_age="many"))
    said = tries(database_url, file)
    assert said[:2] == [
        "Row 2, mode: is one of: oral, electronic, written.",
        "Row 2, child_age: is a whole number from 0 to 120.",
    ]
    assert "telepathy" not in "".join(said)


def test_what_does_not_fit_together_is_named_by_row_without_a_value_and_taken_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    odd = making.row(child_age="15", child_birthdate="2013-03-03")
    file = write(tmp_path / "some.csv", making.row(report_no="R-0"), odd | {"report_no": "R-1"})
    assert tries(database_url, file) == [
        "Row 3 would be taken, though: the age is not that of the birthdate.",
        "not fitting together, taken all the same: 1",
        "would be taken 2 · refused 0 · repeats 0",
    ]


def test_of_a_thousand_refused_rows_the_first_hundred_are_told(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "some.csv", *(making.row(report_no=f"R-{n}", mode="?") for n in range(150)))
    said = tries(database_url, file)
    assert (len(said), said[-2:]) == (102, ["And 50 more.", "would be taken 0 · refused 150 · repeats 0"])


def test_likely_same_children_are_counted(database_url: str, tmp_path: Path) -> None:
    told = {"child_given_name": "Marisol", "child_family_name": "Underbridge", "child_birthdate": "2012-05-04"}
    making.taken(making.made(database_url), **told, report_no="R-0")
    another = told | {"child_given_name": "Wendeline", "child_birthdate": "2015-01-20"}
    file = write(tmp_path / "some.csv", making.row(**told, report_no="R-1"), making.row(**another, report_no="R-2"))
    assert tries(database_url, file)[-2:] == [
        "likely a child who is known: 1",
        "would be taken 2 · refused 0 · repeats 0",
    ]


# Other layouts --------------------------------------------------------------------------------------------------------------


HOW = Mapping({"When": "received_at", "Name": "child_family_name", "Ward": "words", "Id": "out"},
              constants={"mode": "electronic", "reporter_mandated": "yes"}, time="09:00", numbered=True)  # fmt: skip


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    file = tmp_path / "theirs.csv"
    file.write_text("When,Name,Ward,Id\n2026-03-02,A,7,x\n2026-03-03,B,8,y\nnever,C,9,z\n", encoding="utf-8")
    return file


def test_a_partners_file_is_read_as_was_said_for_its_source(database_url: str, theirs: Path, refused: Path) -> None:
    store = making.made(database_url)
    sources.remember(store, PEOPLE["intake worker"], "police-feed", HOW, NOW)
    assert tries(database_url, theirs, "police-feed")[-3:] == [
        "Kept behind the narrative: Ward", "Left out: Id", "would be taken 2 · refused 1 · repeats 0",
    ]  # fmt: skip
    assert import_file(database_url, theirs, refused, lambda: NOW, "police-feed").endswith("taken 2 · refused 1 · repeats 0")
    assert import_file(database_url, theirs, refused, lambda: NOW, "police-feed").endswith("taken 0 · refused 1 · repeats 2")
    with store.read() as connection:
        numbers = connection.execute(select(tables.REPORTS.c.report_no)).scalars().all()
    assert all(number.startswith("police-feed-") and "A" not in number for number in numbers)
    assert len({*numbers}) == 2


def test_refused_rows_of_a_partners_file_come_back_in_our_own_columns(
    database_url: str, theirs: Path, refused: Path, tmp_path: Path
) -> None:
    sources.remember(making.made(database_url), PEOPLE["intake worker"], "police-feed", HOW, NOW)
    import_file(database_url, theirs, refused, lambda: NOW, "police-feed")
    ((number, row),) = read(refused)
    assert (number, row["child_family_name"], row["narrative"]) == (2, "C", "From the file:\nWard: 9")
    corrected = write(tmp_path / "again.csv", {**row, "received_at": "2026-03-04 09:00"})
    assert imports(database_url, corrected, None) == "taken 1 · refused 0 · repeats 0"


def test_a_partners_file_without_its_source_or_of_an_unknown_one_is_refused(database_url: str, theirs: Path) -> None:
    with pytest.raises(BadFile, match="not in our own columns"):
        tries(database_url, theirs)
    with pytest.raises(BadFile, match="Nobody has said yet how the columns of this source are read"):
        tries(database_url, theirs, "school")


def test_only_who_takes_referrals_in_says_how_a_source_is_read_and_by_a_name_that_tells_nobody(store: Store) -> None:
    with pytest.raises(NotAllowed):
        sources.remember(store, PEOPLE["victim advocate"], "police-feed", HOW, NOW)
    with pytest.raises(NotPossible, match="small letters"):
        sources.remember(store, PEOPLE["intake worker"], "Child A's school", HOW, NOW)
    assert sources.names(store) == []


def test_how_a_source_is_read_is_remembered_and_changed(store: Store) -> None:
    sources.remember(store, PEOPLE["intake worker"], "police-feed", HOW, NOW)
    sources.remember(store, PEOPLE["intake supervisor"], "police-feed", Mapping({"Name": "words"}), NOW)
    assert sources.recall(store, "police-feed") == Mapping({"Name": "words"})
    assert sources.names(store) == ["police-feed"]


# Several children -----------------------------------------------------------------------------------------------------------


def test_rows_of_one_number_are_children_of_one_report(database_url: str, tmp_path: Path, refused: Path) -> None:
    file = tmp_path / "siblings.csv"
    rows = [making.row(child_family_name=name, child_no=str(n)) for n, name in enumerate("ABC", 1)]
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, (*COLUMNS, *MAY_BE_LEFT_OUT))
        writer.writeheader()
        writer.writerows(rows)
    assert tries(database_url, file) == ["would be taken 3 · refused 0 · repeats 0"]
    assert imports(database_url, file, refused) == "taken 3 · refused 0 · repeats 0"
    assert imports(database_url, file, refused) == "taken 0 · refused 0 · repeats 3"


def test_of_the_children_of_one_object_the_one_that_is_wrong_is_refused_alone(
    database_url: str, tmp_path: Path, refused: Path
) -> None:
    children = [{"given_name": "Child", "family_name": "A"}, {"family_name": "B", "age": "many"}, {"family_name": "C"}]
    report = {name: text for name, text in making.row().items() if not name.startswith("child_")}
    file = tmp_path / "siblings.json"
    file.write_text(json.dumps([{**report, "children": children}]), encoding="utf-8")
    assert imports(database_url, file, refused).endswith("taken 2 · refused 1 · repeats 0")
    ((_, row),) = read(refused)
    assert (row["child_family_name"], row["child_no"]) == ("B", "2")


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
