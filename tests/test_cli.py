"""The commands: exit codes a script can rely on, and a refusal that is one sentence on the error stream."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from mdt import cli, settings
from mdt.law import rulebook
from mdt.store import trace
from mdt.store.engine import shared
from tests import making
from tests.tampering import tamper

if TYPE_CHECKING:
    from collections.abc import Callable

    Mdt = Callable[..., tuple[int, str, str]]

FILE = Path(__file__).parent / "data" / "referrals.csv"


@pytest.fixture
def mdt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mdt:
    """Runs a command as a person would: the exit code, what it said, and what it said on the error stream."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mdt", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def test_an_import_says_in_its_last_line_what_became_of_the_rows(mdt: Mdt, tmp_path: Path) -> None:
    code, said, wrong = mdt("import", str(FILE), "--refused", str(tmp_path / "refused.csv"))
    assert (code, said.splitlines()[-1]) == (0, "taken 233 · refused 4 · repeats 4")
    assert wrong == f"Database: {settings.home() / 'mdt.db'}\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,age\nChild A,12\n",
        b"report_no\nR-1\n",
        b"\xff\xfe\x00bad",
        b"PK\x03\x04 no workbook",
    ],
)
def test_a_file_that_cannot_be_taken_is_one_sentence_and_exit_code_1(mdt: Mdt, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    code, said, wrong = mdt("import", str(file))
    assert (code, said) == (1, "")
    assert len(wrong.splitlines()) == 1
    assert wrong.rstrip().endswith(".")
    assert "Child A" not in wrong
    assert not (settings.home() / "mdt.db").exists()


def test_a_file_that_is_not_there_is_one_sentence_and_exit_code_1(mdt: Mdt, tmp_path: Path) -> None:
    code, _, wrong = mdt("import", str(tmp_path / "none.csv"))
    assert code == 1
    assert len(wrong.splitlines()) == 1


def test_a_check_of_untouched_cases_ends_with_exit_code_0(mdt: Mdt) -> None:
    making.taken(making.made(settings.database_url()))
    said = "No head has been signed yet\n1 case, 1 chain checked, no fault\n"
    assert mdt("check") == (0, said, f"Database: {settings.home() / 'mdt.db'}\n")


def test_a_check_that_finds_a_fault_names_it_and_ends_with_exit_code_1(mdt: Mdt) -> None:
    case_id = making.taken(making.made(settings.database_url()))
    with shared(settings.database_url()).write() as connection:
        connection.execute(text("DELETE FROM task"))
    code, said, _ = mdt("check")
    assert code == 1
    fault, _, found = said.splitlines()
    assert (fault, found) == (f"case {case_id}: the task list is not what its events say", "1 case, 1 chain checked, 1 fault")


def test_a_check_names_the_first_faults_and_counts_them_all(mdt: Mdt) -> None:
    store = making.made(settings.database_url())
    for n in range(25):
        making.taken(store, report_no=f"R-{n}")
    with store.write() as connection:
        connection.execute(text("DELETE FROM task"))
    assert len(mdt("check")[1].splitlines()) == 22
    assert mdt("check")[1].endswith("25 cases, 25 chains checked, 25 faults\n")


def test_a_head_is_signed_once_until_something_moves(mdt: Mdt) -> None:
    store = making.made(settings.database_url())
    making.taken(store)
    assert mdt("head", "sign")[:2] == (0, "Head 1 signed; chains covered: 1\n")
    assert mdt("head", "sign")[:2] == (0, "Nothing moved since the last signed head\n")
    assert mdt("check")[1].splitlines()[0] == "Last head signed within the hour"


def test_an_exported_head_is_a_file_of_its_owner_alone_and_is_never_written_over(mdt: Mdt, tmp_path: Path) -> None:
    making.taken(making.made(settings.database_url()))
    file = tmp_path / "head.json"
    assert mdt("head", "export", str(file))[:2] == (0, f"Written: {file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    code, said, wrong = mdt("head", "export", str(file))
    assert (code, said) == (1, "")
    assert wrong == "The file cannot be written: it is there already, or its folder is not.\n"
    assert file.read_bytes() == before


def test_a_check_against_an_exported_head_finds_a_tail_that_was_cut_off(mdt: Mdt, tmp_path: Path) -> None:
    store = making.made(settings.database_url())
    making.taken(store)
    with store.write() as connection:
        trace.append(connection, "worker", "signed in", making.MONDAY)
    file = tmp_path / "head.json"
    mdt("head", "export", str(file))
    assert mdt("check", "--head", str(file))[0] == 0
    tamper(store, "DELETE FROM access_log")
    assert mdt("check")[0] == 0
    code, said, _ = mdt("check", "--head", str(file))
    assert (code, said.splitlines()[0]) == (1, "access log of the house: row 1 and all after it are gone")


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_check_against_what_is_no_head_is_one_sentence_and_exit_code_1(
    mdt: Mdt, tmp_path: Path, content: bytes | None
) -> None:
    making.made(settings.database_url())
    file = tmp_path / "head.json"
    if content is not None:
        file.write_bytes(content)
    code, said, wrong = mdt("check", "--head", str(file))
    assert (code, said) == (1, "")
    assert len(wrong.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_sentence_and_exit_code_1(mdt: Mdt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_DATABASE_URL", "postgresql://127.0.0.1:1/none?connect_timeout=1")
    code, said, wrong = mdt("check")
    assert (code, said) == (1, "")
    assert wrong == "The database does not answer; check MDT_DATABASE_URL and that it runs.\n"


@pytest.mark.parametrize("words", [("check",), ("demo",), ("import", str(FILE))])
def test_rules_that_do_not_fit_the_process_stop_every_command_with_one_sentence(
    mdt: Mdt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    rules = shutil.copytree(rulebook.HERE / "rules", tmp_path / "rules")
    next(iter(sorted(rules.glob("17a-101b*.yaml")))).unlink()
    book = rulebook.load_from(rules, rulebook.HERE / "standards.yaml")
    monkeypatch.setattr("mdt.process.load", lambda: book)
    code, said, wrong = mdt(*words)
    assert (code, said) == (1, "")
    assert wrong.startswith("The process names a rule that does not exist: 17a-101b")
    assert len(wrong.splitlines()) == 1
    assert not (settings.home() / "mdt.db").exists()


def test_the_demonstration_is_made_once(mdt: Mdt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.scenario.scenarios", list)
    assert mdt("demo")[0] == 0
    before = making.everything(shared(settings.database_url()))
    assert mdt("demo")[0] == 0
    assert making.everything(shared(settings.database_url())) == before


def test_run_ends_with_the_supervisors_exit_code(mdt: Mdt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.run.run", lambda: 3)
    assert mdt("run")[0] == 3


def test_without_a_command_the_help_is_shown() -> None:
    said = CliRunner().invoke(cli.app, []).output
    assert all(command in said for command in ("run", "demo", "import", "check"))
