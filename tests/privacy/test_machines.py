"""Where no person looks on: a file tried by command, the inbox, the comparison; nothing of what they meet is told or left."""

from __future__ import annotations

import logging
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from sqlalchemy import select

from flows.inbox import take_inbox
from flows.likeness import likeness as likeness_flow
from flows.route import route_referral, route_referrals
from mdt import cli, importing, likeness, linkage, settings
from mdt.board import alike
from mdt.casework import sources
from mdt.exchange.mapping import Mapping
from mdt.facts import Fact
from mdt.likeness import Described, DescribedPerson
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from mdt.store import open_store
from tests import making, prefect_server
from tests.dashboard.test_bulk import ours, table
from tests.making import MONDAY
from tests.test_privacy import CELLS, IN_A_SHEET, LOGS_ARE_SENT

from .canary import BORN, CANARY, FAMILY, NARRATIVE, PHONE, hits, in_files, in_tables
from .test_front_door import THEIRS, kept_of_the_comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mdt.store import Store

MAPPING = Mapping(
    {"Ref": "report_no", "First name": "child_given_name", "Surname": "child_family_name", "DOB": "child_birthdate",
     "Reported on": "received_at", "Ward": "words"},
    constants={"mode": "electronic", "reporter_mandated": "yes"},
)  # fmt: skip
SOURCE = "police-feed"
SHE = Described(CANARY, FAMILY, date.fromisoformat(BORN), phone=PHONE)
HE = DescribedPerson(name=f"{CANARY} {FAMILY}", alias=CANARY, phone=PHONE, vehicle=f"{FAMILY} AB-12345")


@pytest.fixture
def store() -> Iterator[Store]:
    made = making.made(settings.database_url())
    yield made
    made.close()


@pytest.fixture
def nowhere(tmp_path: Path, aside: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """That no file at all lies where temporary files do, or where the process works, as a library may lay one there."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def look() -> None:
        assert [str(file) for place in (folder, aside) for file in place.rglob("*")] == []

    return look


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged, and what stands on the screen."""
    return lambda: "".join((*capfd.readouterr(), caplog.text))


# A file tried by command. -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["ours", "theirs", "theirs with a column more", "nobody's", "not a table"])
def test_a_file_tried_by_command_says_nothing_of_its_cells_and_writes_nothing(
    store: Store, tmp_path: Path, what: str, said: Callable[[], str], nowhere: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    making.taken(store, **CELLS)
    sources.remember(store, PEOPLE["intake worker"], SOURCE, MAPPING, MONDAY)
    wrong = THEIRS | {"Ref": "P-2", "DOB": CANARY}
    contents = {
        "ours": ours(making.row(**IN_A_SHEET), making.row(**IN_A_SHEET | {"report_no": "R-2", "mode": CANARY})),
        "theirs": table(THEIRS, wrong, THEIRS | {"Ref": NARRATIVE * 2}),
        "theirs with a column more": table({**THEIRS, CANARY: FAMILY}),
        "nobody's": table({CANARY: FAMILY, BORN: NARRATIVE}),
        "not a table": b"%PDF" + NARRATIVE.encode(),
    }
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "some.csv").write_bytes(contents[what])
    monkeypatch.setattr("sys.argv", ["mdt", "import", str(folder / "some.csv"), "--dry-run", "--source", SOURCE])
    with pytest.raises(SystemExit) as end:
        cli.main()
    told = said()
    assert (end.value.code or 0) == (0 if what in ("ours", "theirs") else 1)
    assert ("would be taken" in told) == (what in ("ours", "theirs"))
    assert hits(told) == []
    assert [file.name for file in folder.iterdir()] == ["some.csv"]
    nowhere()
    assert (in_tables(store), in_files(settings.home())) == ({}, {})


# The comparison. --------------------------------------------------------------------------------------------------------


def test_between_two_questions_the_comparison_keeps_nobody_and_never_writes_a_file(
    store: Store, said: Callable[[], str], nowhere: Callable[[], None]
) -> None:
    making.taken(store, **CELLS)
    worker = PEOPLE["intake worker"]
    assert alike.alike(store, worker, SHE, MONDAY).found
    assert alike.alike_persons(store, worker, DescribedPerson(alias=f"{CANARY} alias"), MONDAY).found
    assert likeness.pairs_alike({"new": SHE}, {"new": {"old": SHE}})
    assert likeness.persons_alike(HE, {"old": HE})
    assert kept_of_the_comparison() == []
    with linkage._kept().cursor() as connection:  # noqa: SLF001
        for name in (linkage.ONES, linkage.OTHERS):
            with pytest.raises(duckdb.CatalogException):
                connection.execute(f"SELECT * FROM {name}")
    assert hits(repr(linkage._sql.cache_info()) + str([linkage._sql(*one) for one in MODELS])) == []  # noqa: SLF001
    nowhere()
    assert {path.name.split("-")[0] for path in settings.home().iterdir()} <= {"mdt.db", "keys", "key"}
    assert (in_tables(store), in_files(settings.home())) == ({}, {})
    assert hits(said()) == []


MODELS = (("children", tuple(likeness.CHILD.items())), ("persons", tuple(likeness.PERSON.items())))


def test_more_than_fits_into_memory_fails_and_is_not_laid_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, said: Callable[[], str], nowhere: Callable[[], None]
) -> None:
    likeness.ready()
    monkeypatch.setattr(linkage, "MEMORY", "4MB")
    monkeypatch.setattr(linkage, "_kept", linkage._memory)  # noqa: SLF001  # one of that size
    many = {f"{n}": Described(f"{CANARY} {n}", FAMILY, date.fromisoformat(BORN), phone=PHONE) for n in range(300)}
    with pytest.raises(Exception, match="Out of Memory") as full:
        likeness.pairs_alike(many, dict.fromkeys(list(many)[:100], many))
    assert hits(str(full.value) + said()) == []
    nowhere()


def falls_over_a_value(connection: duckdb.DuckDBPyConnection, *_rest: object) -> Iterator[Any]:
    """As a database says it that cannot read a cell: with the cell."""
    yield from connection.execute(f"SELECT CAST(family AS INT) FROM {linkage.ONES}").fetchall()


def test_a_failure_that_names_the_child_leaves_nobody_behind_in_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the failure that the pages and flows are tested with: they would see it."""
    making.taken(store, **CELLS)
    monkeypatch.setattr(linkage, "_pairs", falls_over_a_value)
    with pytest.raises(duckdb.ConversionException) as said:
        alike.alike(store, PEOPLE["intake worker"], SHE, MONDAY)
    assert hits(str(said.value))
    assert kept_of_the_comparison() == []


# The flows. -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def prefects(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, store: Store, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Callable[[], None]]:  # fmt: skip
    """A server, and the search through everything that it and the flows leave behind."""
    monkeypatch.setattr("flows.ground.now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    for each in (take_inbox, likeness_flow, route_referral, route_referrals):
        monkeypatch.setattr(each, "retries", 0)
    caplog.set_level(logging.DEBUG)
    with prefect_server.prefect() as server:

        def look() -> None:
            time.sleep(LOGS_ARE_SENT)
            assert in_files(server.home) == {}
            assert in_tables(store) == {}
            assert hits("".join((*capfd.readouterr(), caplog.text))) == []
            assert in_files(request.getfixturevalue("aside")) == {}

        yield look


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
@pytest.mark.timeout(180)
def test_a_comparison_that_fails_in_the_middle_leaves_nothing_of_whom_it_compared(
    store: Store, prefects: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [making.taken(store, **CELLS | {"report_no": f"R-{n}"}) for n in range(3)]

    def unforeseen(*_rest: object) -> None:
        raise KeyError(NARRATIVE) from ValueError(CANARY)

    for where, fails in (("mdt.linkage._pairs", falls_over_a_value), ("mdt.casework.alike._note", unforeseen)):
        with monkeypatch.context() as patch:
            patch.setattr(where, fails)
            for carry, of in ((route_referral, cases[0]), (route_referrals, cases), (likeness_flow, cases)):
                with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it is told as
                    carry(of)
    assert likeness_flow(cases)
    noted = [e for case_id in cases for e in making.history(store, case_id) if e.fact is Fact.LIKENESS_FOUND]
    assert noted
    assert kept_of_the_comparison() == []
    assert in_files(settings.home()) == {}
    prefects()


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
@pytest.mark.timeout(180)
def test_of_partners_files_neither_name_nor_cell_goes_anywhere_but_to_done_and_refused(
    store: Store, prefects: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.remember(store, PEOPLE["intake worker"], SOURCE, MAPPING, MONDAY)
    folder = settings.inbox() / SOURCE
    folder.mkdir(parents=True)
    files = {
        f"{CANARY}.csv": ours(making.row(**IN_A_SHEET), making.row(**IN_A_SHEET | {"report_no": "R-2", "mode": CANARY})),
        f"{FAMILY} {BORN}.csv": table(THEIRS, THEIRS | {"Ref": "P-2", "DOB": CANARY}),
        f"{CANARY}.pdf": b"%PDF" + NARRATIVE.encode(),
        f"{FAMILY}.csv": table({CANARY: FAMILY, BORN: NARRATIVE}),
        f"{CANARY}.{FAMILY}": table({**THEIRS, CANARY: FAMILY}),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    real = importing.take

    def falls(*_rest: object) -> None:
        raise OSError(28, NARRATIVE, str(folder / f"{CANARY}.csv"))

    with monkeypatch.context() as patch:
        patch.setattr(importing, "take", falls)
        with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it is told as
            take_inbox()
    assert importing.take is real
    assert take_inbox() == 2
    left = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.parent.name for file in left} == {"done", "refused"}
    assert hits("\n".join(str(file.relative_to(folder)) for file in left)) == []
    assert [oct(file.stat().st_mode & 0o777) for file in left] == ["0o600"] * len(left)
    beside = [path for path in settings.home().iterdir() if path.name != "inbox"]
    assert {str(path): hits(path.read_bytes()) for path in beside if path.is_file() and hits(path.read_bytes())} == {}
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "file imported")).scalars().all()
    assert {row["source"] for row in rows} == {SOURCE}
    assert list((folder / ".taking").iterdir()) == []
    prefects()


def test_the_flows_use_the_database_that_is_searched(store: Store) -> None:
    assert open_store(settings.database_url()).engine.url == store.engine.url
