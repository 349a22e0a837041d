"""Nothing opens without the key-encryption key, nothing starts without it, and it changes while everybody works."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from mdt import settings
from mdt.casework.check import check
from mdt.cli import app
from mdt.errors import Busy, SetupError, Tampered
from mdt.records.tables import ACCESS_LOG, CASE_KEYS, CHILDREN, HOUSE_KEYS, NARRATIVES, WRAPPING_KEYS
from mdt.store import Store, keyfile, keys, open_store, rotation, sealed
from mdt.store.rotation import rotate
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIVEN, FAMILY, TOLD, BORN = "Zyxgiven", "Zyxfamily", "Zyx was told of this.", "2012-05-01"
CELLS = {"child_given_name": GIVEN, "child_family_name": FAMILY, "narrative": TOLD, "child_birthdate": BORN}


def keys_in(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(WRAPPING_KEYS.c.id)).scalars())


def name_of(store: Store, case_id: str) -> str:
    """The child's given name, opened anew."""
    with store.read() as connection:
        child = connection.execute(select(CHILDREN).where(CHILDREN.c.case_id == case_id)).mappings().one()
        return sealed.unseal_child(keys.of(connection).case(connection, case_id), child)["given_name"]


def stored(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that is about a case or a key."""
    with store.read() as connection:
        kept = {t.name: list(map(tuple, connection.execute(select(t)))) for t in (WRAPPING_KEYS, CASE_KEYS, HOUSE_KEYS)}
    return making.everything(store) | kept


# Starting


def test_a_new_database_makes_its_key_in_a_file_that_is_its_owners_alone(store: Store) -> None:
    assert keyfile.file() == settings.home() / "key"
    assert keyfile.file().stat().st_mode & 0o777 == 0o600
    assert keys_in(store) == [wrapper.id for wrapper in keyfile.read()]
    with store.read() as connection:
        assert set(connection.execute(select(HOUSE_KEYS.c.name)).scalars()) == set(keys.HOUSE)


def remove() -> None:
    keyfile.file().unlink()


def put_another() -> None:
    keyfile.write([keyfile.new()])


def put_a_wrong_one() -> None:
    """The right id, other bytes."""
    keyfile.write([keyfile.Wrapper(keyfile.read()[0].id, b"x" * 32)])


def spoil() -> None:
    keyfile.file().write_text("not a key\n")


def empty() -> None:
    keyfile.file().write_text("")


def open_to_others() -> None:
    keyfile.file().chmod(0o640)


WRONG = [remove, put_another, put_a_wrong_one, spoil, empty, open_to_others]


@pytest.mark.parametrize("spoils", WRONG)
def test_without_its_key_a_database_does_not_start_and_nothing_is_touched(
    database_url: str, store: Store, spoils: Callable[[], None]
) -> None:
    making.taken(store, **CELLS)
    before = stored(store)
    spoils()
    at_home = {path.name: path.read_bytes() for path in settings.home().iterdir()}
    again = open_store(database_url)
    with pytest.raises(SetupError, match=r"^The .*[^.]\. Nothing was changed\.$") as refused:
        again.create()
    again.close()
    assert str(refused.value).count(". ") == 1
    assert {path.name: path.read_bytes() for path in settings.home().iterdir()} == at_home
    assert stored(store) == before


@pytest.mark.parametrize("spoils", WRONG)
def test_without_its_key_not_a_byte_of_the_database_file_changes(tmp_path: Path, spoils: Callable[[], None]) -> None:
    file = tmp_path / "one.db"
    made = making.made(f"sqlite:///{file}")
    making.taken(made, **CELLS)
    made.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    spoils()
    again = open_store(f"sqlite:///{file}")
    with pytest.raises(SetupError):
        again.create()
    again.close()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert {path.name for path in tmp_path.iterdir()} <= {"one.db", "home"}


def line(wrapper: keyfile.Wrapper) -> str:
    return f"{wrapper.id}:{base64.b64encode(wrapper.key).decode()}"


def test_the_key_may_come_from_the_environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = keyfile.new(), keyfile.new()
    monkeypatch.setenv("MDT_KEY", f"{line(old)},{line(new)}")
    store = making.made(database_url)
    assert name_of(store, making.taken(store, **CELLS)) == GIVEN
    assert keys_in(store) == [new.id]  # the last is current
    assert not keyfile.file().exists()
    monkeypatch.setenv("MDT_KEY", line(old))
    with pytest.raises(SetupError, match="missing"):
        open_store(database_url).create()
    store.close()


def test_the_key_may_come_from_a_command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"print({line(keyfile.new())!r})"
    monkeypatch.setenv("MDT_KEY_COMMAND", shlex.join([sys.executable, "-c", code]))
    store = making.made(database_url)
    assert name_of(store, making.taken(store, **CELLS)) == GIVEN
    assert not keyfile.file().exists()
    store.close()


@pytest.mark.parametrize("command", ["/nowhere/key", f"{sys.executable} -c 'raise SystemExit(3)'", "'unfinished", "true; true"])
def test_a_command_that_fails_is_a_sentence_and_no_shell_runs_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("MDT_KEY_COMMAND", command)
    with pytest.raises(SetupError, match="MDT_KEY_COMMAND"):
        open_store(database_url).create()


def test_a_command_that_prints_nothing_gives_no_key(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_KEY_COMMAND", "true")
    with pytest.raises(SetupError, match="missing"):
        open_store(database_url).create()


def test_several_who_make_the_first_key_at_once_have_one() -> None:
    keyfile.make()
    first = keyfile.read()
    keyfile.make()
    assert keyfile.read() == first
    assert [path.name for path in settings.home().iterdir()] == ["key"]


def test_a_key_of_the_house_is_made_once_and_stays(database_url: str, store: Store) -> None:
    with store.write() as connection:
        made = keys.of(connection).house(connection, "another")
    other = open_store(database_url)
    with other.read() as connection:
        assert keys.of(connection).house(connection, "another") == made
        assert len({keys.of(connection).house(connection, name) for name in keys.HOUSE}) == len(keys.HOUSE)
    other.close()


# A stolen file


def in_other_clothes(told: str) -> list[bytes]:
    """Words as a database, a backup or a dump might hold them."""
    plain = told.encode()
    utf16 = [told.encode(f"utf-16-{end}") for end in ("le", "be")]
    return [plain, plain.lower(), plain.upper(), *utf16, base64.b64encode(plain)[:-4], plain.hex().encode(), plain[::-1]]


def test_a_stolen_file_shows_no_name_and_no_word(tmp_path: Path) -> None:
    store = making.made(f"sqlite:///{tmp_path / 'one.db'}")
    case_id = making.taken(store, **CELLS)
    making.do(store, case_id, "make_inquiry", note="Zyxnoted")
    held = b"".join(path.read_bytes() for path in tmp_path.glob("one.db*"))
    store.close()
    held += b"".join(path.read_bytes() for path in tmp_path.glob("one.db*"))
    assert case_id.encode() in held
    for told in (GIVEN, FAMILY, TOLD, BORN, "Zyxnoted", "New Haven"):
        rows = b"" if told != "New Haven" else b"New Haven"  # a town is also one of the teams'
        assert [form for form in in_other_clothes(told) if form in held and form not in (rows, rows.lower())] == []


def test_a_dump_of_postgresql_shows_no_name_and_no_word(store: Store) -> None:
    case_id = making.taken(store, **CELLS)
    making.do(store, case_id, "make_inquiry", note="Zyxnoted")
    with store.read() as connection:
        tables = ("cases", "child", "report", "narrative", "event", "ledger", "blind_index", "case_key", "outbox", "task")
        dump = repr([connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]).encode()
    for told in (GIVEN, FAMILY, TOLD, BORN, "Zyxnoted"):
        assert [form for form in in_other_clothes(told) if form in dump] == []


def test_a_copy_restored_elsewhere_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = making.made(f"sqlite:///{tmp_path / 'one.db'}")
    case_id = making.taken(store, **CELLS)
    store.close()
    stolen = tmp_path / "stolen.db"
    stolen.write_bytes((tmp_path / "one.db").read_bytes())
    monkeypatch.setenv("MDT_HOME", str(tmp_path / "elsewhere"))
    theirs = open_store(f"sqlite:///{stolen}")
    with pytest.raises(SetupError, match="missing"):
        theirs.create()
    with pytest.raises(SetupError, match="missing"):
        name_of(theirs, case_id)
    with theirs.read() as connection:
        (wrapping_key,) = connection.execute(select(WRAPPING_KEYS.c.id)).scalars()
    keyfile.write([keyfile.Wrapper(wrapping_key, os.urandom(32))])
    with pytest.raises(SetupError, match="not the one"):
        theirs.create()
    with pytest.raises(Tampered):
        name_of(theirs, case_id)
    theirs.close()


# Changing the keys


def several(store: Store, many: int = 5) -> list[str]:
    return [making.taken(store, **{**CELLS, "report_no": f"R-{n}", "child_given_name": f"Child {n}"}) for n in range(many)]


@pytest.mark.parametrize("data", [False, True])
def test_after_a_rotation_the_old_key_is_gone_and_everything_opens(database_url: str, store: Store, data: bool) -> None:
    case_ids = several(store)
    old, before = keyfile.read(), stored(store)
    assert rotate(store, MONDAY, data=data) == len(case_ids)
    (new,) = keyfile.read()
    assert [new.id] == keys_in(store) != [old[0].id]
    assert [name_of(store, case_id) for case_id in case_ids] == [f"Child {n}" for n in range(len(case_ids))]
    after = stored(store)
    resealed = ["case_key", "child", "house_key", "narrative", "report", "wrapping_key"]
    changed = sorted(table for table in after if after[table] != before[table])
    assert changed == (resealed if data else ["case_key", "house_key", "wrapping_key"])
    assert check(store).faults == []
    other = open_store(database_url)
    other.create()
    assert name_of(other, case_ids[0]) == "Child 0"
    other.close()
    keyfile.write(old)
    with pytest.raises(SetupError):
        open_store(database_url).create()


def test_new_data_keys_open_nothing_sealed_before(store: Store) -> None:
    (case_id,) = several(store, 1)
    with store.read() as connection:
        old = keys.of(connection).case(connection, case_id)
    rotate(store, MONDAY, data=True)
    with store.read() as connection:
        new = keys.of(connection).case(connection, case_id)
        row = connection.execute(select(NARRATIVES)).mappings().one()
    assert (new.data != old.data, new.proof == old.proof) == (True, True)
    assert sealed.unseal_words(new, row) == TOLD
    with pytest.raises(Tampered):
        sealed.unseal_words(old, row)


def test_a_rotation_is_logged_without_a_key(store: Store) -> None:
    several(store, 2)
    rotate(store, MONDAY, data=True)
    with store.read() as connection:
        row = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == "keys rotated")).one()
    assert (row.chain, row.by, row.at, row.count, row.detail) == ("house", "flow", MONDAY, 2, {"cases": 2, "data": True})


class Others:
    """Somebody who reads and somebody who writes for as long as the block runs, in a process with keys of its own in mind."""

    def __init__(self, store: Store, case_ids: list[str]) -> None:
        self.store, self.case_ids = store, case_ids
        self.reads, self.wrong, self.opened = 0, list[str](), list[str]()
        self.finished = threading.Event()
        self.threads = [threading.Thread(target=self.go_on, args=(work,)) for work in (self.read, self.write)]

    def read(self, n: int) -> None:
        n %= len(self.case_ids)
        self.reads += 1
        assert name_of(self.store, self.case_ids[n]) == f"Child {n}"

    def write(self, n: int) -> None:
        self.opened.append(making.taken(self.store, **{**CELLS, "report_no": f"W-{n}"}))
        making.do(self.store, self.case_ids[n % len(self.case_ids)], "make_inquiry", note=f"Inquiry {n}.")
        self.finished.wait(0.02)  # even the fastest types for a while

    def go_on(self, work: Callable[[int], None]) -> None:
        for n in count():
            if self.finished.is_set():
                return
            try:
                work(n)
            except Exception as error:  # noqa: BLE001  # whatever it is, the test tells it
                self.wrong.append(repr(error))
                return

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finished.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("data", [False, True])
def test_nobody_who_reads_or_writes_notices_a_rotation(
    database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch, data: bool
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    monkeypatch.setattr(rotation, "RESEALED_AT_ONCE", 2)
    case_ids = several(store, 6)
    elsewhere = open_store(database_url)
    name_of(elsewhere, case_ids[0])
    rotations = 0
    with Others(elsewhere, case_ids) as others:
        while not others.wrong and (rotations < 2 or others.reads < 20 or len(others.opened) < 4):
            rotate(store, MONDAY, data=data)
            rotations += 1
    assert others.wrong == []
    assert {name_of(elsewhere, case_id) for case_id in others.opened} == {GIVEN}
    assert check(store).faults == []
    assert keys_in(store) == [wrapper.id for wrapper in keyfile.read()]
    elsewhere.close()


def test_a_case_opened_under_the_old_key_meanwhile_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key was wrapped after every other was wrapped anew: the old one stays until that one is, too."""
    several(store, 2)
    old, late = keyfile.read()[0], list[str]()
    really = vars(rotation)["_let_go"]

    def first_a_late_case(*given: Any) -> bool:
        if not late:
            with monkeypatch.context() as patch:
                patch.setattr(keys.Keyring, "current", lambda *_: old)
                late.append(making.taken(store, **CELLS, report_no="L-1"))
        return really(*given)

    monkeypatch.setattr(rotation, "_let_go", first_a_late_case)
    assert rotate(store, MONDAY) == 3
    assert keys_in(store) == [keyfile.read()[0].id] != [old.id]
    assert name_of(store, late[0]) == GIVEN


BREAKS = ["_new_wrapper", "_everything", "_rewrap_house", "_let_go"]


@pytest.mark.parametrize("data", [False, True])
@pytest.mark.parametrize("at", [*BREAKS, "keyfile.write", "half-way"])
def test_a_rotation_that_breaks_off_harms_nothing_and_can_be_run_again(
    database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch, at: str, data: bool
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    monkeypatch.setattr(rotation, "RESEALED_AT_ONCE", 2)
    case_ids = several(store)
    times = iter(range(100))

    class Broken(Exception): ...

    def breaks(*_given: Any, **_named: Any) -> Any:
        raise Broken

    def breaks_later(real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: breaks() if next(times) == 1 else real(*given, **named)

    with monkeypatch.context() as patch:
        if at == "keyfile.write":
            patch.setattr(keyfile, "write", breaks_later(keyfile.write))
        elif at == "half-way":
            patch.setattr(rotation, "_some", breaks_later(vars(rotation)["_some"]))
        else:
            patch.setattr(rotation, at, breaks)
        with pytest.raises(Broken):
            rotate(store, MONDAY, data=data)
    again = open_store(database_url)
    again.create()
    assert [name_of(again, case_id) for case_id in case_ids] == [f"Child {n}" for n in range(len(case_ids))]
    assert check(again).faults == []
    late = making.taken(again, **CELLS, report_no="L-1")
    rotate(again, MONDAY, data=data)
    assert keys_in(again) == [wrapper.id for wrapper in keyfile.read()]
    assert len(keyfile.read()) == 1
    assert [name_of(store, case_id) for case_id in (case_ids[0], late)] == ["Child 0", GIVEN]
    assert check(again).faults == []
    again.close()


@pytest.mark.slow
def test_a_rotation_killed_half_way_is_run_again(database_url: str, store: Store) -> None:
    case_ids = several(store, 30)
    code = (
        "import sys, time\n"
        "from datetime import UTC, datetime\n"
        "from mdt.store import open_store, rotation\n"
        "rotation.RESEALED_AT_ONCE = 1\n"
        "real = rotation._some\n"
        "def slowly(*given, **named):\n"
        "    print('.', flush=True)\n"
        "    time.sleep(0.05)\n"
        "    return real(*given, **named)\n"
        "rotation._some = slowly\n"
        "rotation.rotate(open_store(sys.argv[1]), datetime(2026, 3, 2, tzinfo=UTC), data=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, database_url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert len(keyfile.read()) == 2
    with store.read() as connection:
        assert len(set(connection.execute(select(CASE_KEYS.c.wrapping_key)).scalars())) == 2
    assert [name_of(store, case_id) for case_id in case_ids] == [f"Child {n}" for n in range(30)]
    assert rotate(store, MONDAY, data=True) == 30
    assert len(keyfile.read()) == len(keys_in(store)) == 1
    assert check(store).faults == []


def test_two_rotations_at_once_are_one_and_a_refusal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(_store: Store) -> Any:
        with pytest.raises(Busy, match="try again"):
            really(store, MONDAY)
        return new_wrapper(_store)

    really, new_wrapper = rotate, vars(rotation)["_new_wrapper"]
    monkeypatch.setattr(rotation, "_new_wrapper", meanwhile)
    assert rotate(store, MONDAY) == 0
    assert len(keyfile.read()) == 1


def test_keys_of_the_environment_change_when_a_new_one_stands_last(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = keyfile.new(), keyfile.new()
    monkeypatch.setenv("MDT_KEY", line(old))
    store = making.made(database_url)
    (case_id,) = several(store, 1)
    with pytest.raises(SetupError, match="There is no new key"):
        rotate(store, MONDAY)
    monkeypatch.setenv("MDT_KEY", f"{line(old)},{line(new)}")
    assert rotate(store, MONDAY) == 1
    monkeypatch.setenv("MDT_KEY", line(new))
    again = open_store(database_url)
    again.create()
    assert name_of(again, case_id) == "Child 0"
    assert not keyfile.file().exists()
    for each in (store, again):
        each.close()


def test_a_rotation_without_the_old_key_changes_nothing(store: Store) -> None:
    several(store, 1)
    before = stored(store)
    put_another()
    with pytest.raises(SetupError, match="missing"):
        rotate(store, MONDAY)
    assert stored(store) == before


def test_a_rotation_stops_at_what_was_tampered_with_and_the_old_key_stays(store: Store) -> None:
    case_ids = several(store, 3)
    with store.write() as connection:
        connection.execute(CHILDREN.update().where(CHILDREN.c.case_id == case_ids[1]).values(given_name=b"\x01forged"))
    with pytest.raises(Tampered):
        rotate(store, MONDAY, data=True)
    assert len(keyfile.read()) == 2
    assert name_of(store, case_ids[0]) == "Child 0"
    assert name_of(store, case_ids[2]) == "Child 2"


def test_the_command_changes_the_keys(database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    (case_id,) = several(store, 1)
    old = keyfile.read()
    monkeypatch.setenv("MDT_DATABASE_URL", database_url)
    said = CliRunner().invoke(app, ["keys", "rotate", "--data"])
    assert (said.exit_code, said.stdout) == (0, "1 cases are under the new key\n")
    assert keyfile.read() != old
    assert name_of(store, case_id) == "Child 0"
