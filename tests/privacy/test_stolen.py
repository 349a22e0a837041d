"""A stolen file, restored on another machine: the product refuses it with one sentence, and nothing in it can be read."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from mdt import cli, settings
from mdt.board.named import named
from mdt.casework import drafts
from mdt.store import keyfile, open_store
from mdt.store.keys import WRONG
from tests import making
from tests.making import MONDAY, PEOPLE
from tests.privacy.canary import CANARY, FAMILY, NARRATIVE, hits, in_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Mdt = Callable[..., tuple[int, str, str]]

COMMANDS = (("check",), ("prepare",), ("head", "sign"), ("keys", "rotate"), ("user", "list"), ("demo",))
CELLS = {
    "child_given_name": CANARY, "child_family_name": FAMILY, "child_birthdate": "2011-07-19", "narrative": NARRATIVE,
    "reporter_name": CANARY, "suspected_person": FAMILY,
}  # fmt: skip


@pytest.fixture
def mdt(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Mdt:
    """Runs a command as a person would: the exit code, what it said, and what it said on the error stream."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mdt", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capfd.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def stolen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """A case's id; and the key left behind, where the database that is now the product's own was taken from."""
    store = making.made(settings.database_url())
    case_id = making.taken(store, **CELLS)
    making.do(store, case_id, "make_inquiry", note=NARRATIVE)
    kept = drafts.Kept(1, MONDAY, "c", {"note": NARRATIVE})
    drafts.keep(store, PEOPLE["intake worker"], "form", kept, MONDAY, case_id=case_id)
    store.close()
    left = keyfile.file()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for file in settings.home().glob("mdt.db*"):
        shutil.copy2(file, elsewhere)
    monkeypatch.setenv("MDT_HOME", str(elsewhere))
    return case_id, left


def content(folder: Path) -> dict[str, bytes]:
    """Every file that counts; SQLite's own, of a database that is open, come and go."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("key", ["none", "another's", "garbage", "open to others"])
def test_without_its_key_it_is_refused_in_one_sentence_and_left_as_it_is(
    stolen: tuple[str, Path], mdt: Mdt, command: tuple[str, ...], key: str
) -> None:
    if key == "another's":
        (theirs,) = (line.partition(":")[0] for line in stolen[1].read_text().splitlines())
        keyfile.write([keyfile.Wrapper(theirs, bytes(32))])
    elif key == "garbage":
        keyfile.file().write_text(f"{CANARY}\n", encoding="utf-8")
        keyfile.file().chmod(0o600)
    elif key == "open to others":
        shutil.copy(stolen[1], keyfile.file())
        keyfile.file().chmod(0o644)
    before = content(settings.home())
    code, said, wrong = mdt(*command)
    why = {"none": keyfile.MISSING, "another's": WRONG, "garbage": keyfile.UNREADABLE, "open to others": keyfile.OPEN_TO_OTHERS}
    assert (code, said, wrong) == (1, "", why[key] + "\n")
    assert content(settings.home()) == before
    if key != "garbage":
        assert in_files(settings.home()) == {}


def test_with_its_key_put_back_it_opens(stolen: tuple[str, Path], mdt: Mdt) -> None:
    assert mdt("check")[0] == 1
    shutil.copy2(stolen[1], keyfile.file())
    code, said, _ = mdt("check")
    assert (code, hits(said)) == (0, [])
    store = open_store(settings.database_url())
    store.create()
    found = named(store, PEOPLE["intake worker"], stolen[0], MONDAY)
    assert found.child["given_name"] == CANARY
    assert NARRATIVE in str(found.words) + str(found.reports)
    assert in_files(settings.home()) == {}
    store.close()


def test_the_search_finds_what_lies_open(stolen: tuple[str, Path]) -> None:
    assert stolen[0].encode() in b"".join(content(settings.home()).values())
    open_one = settings.home() / "note.txt"
    open_one.write_text(f"before {NARRATIVE} after", encoding="utf-8")
    assert list(in_files(settings.home())) == [str(open_one)]
