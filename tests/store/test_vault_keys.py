"""The vault's keys: made in a file of its own, changed apart from the main ones, and looked at by `mdt check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from mdt import settings
from mdt.board import vault as board
from mdt.casework import check_vault
from mdt.casework import vault as casework
from mdt.casework.check import Report
from mdt.cli import app
from mdt.errors import Busy, SetupError
from mdt.records.tables import WRAPPING_KEYS
from mdt.records.vault import ENTRIES, FOLDERS
from mdt.store import keyfile, rotation, vault_rotation
from mdt.store.keyfile import VAULT
from mdt.store.rotation import NO_NEW_KEY
from mdt.store.vault import open_vault, the_vault
from mdt.store.vault_rotation import rotate
from tests import making, vaulting
from tests.making import MONDAY
from tests.vaulting import ADVOCATE, SUPERVISOR, write

if TYPE_CHECKING:
    from mdt.store import Store
    from mdt.store.vault import Vault

TEXT, TYPED = "She told where she slept", "half a sen"


@pytest.fixture
def case_id(store: Store, vault: Vault) -> str:
    """A case with a note in the vault and something half typed."""
    made = making.identified(store)
    making.do(store, made, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    write(store, vault, made, TEXT)
    casework.keep_draft(store, vault, made, "note", TYPED, by=ADVOCATE, now=MONDAY)
    return made


def is_whole(store: Store, vault: Vault, case_id: str) -> bool:
    """Whether everything opens, is what was written, and what the check says."""
    report = Report()
    check_vault.check(vault, report)
    texts = [one.text for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)]
    return (texts, board.draft(store, vault, ADVOCATE, case_id, "note", MONDAY), report.faults) == ([TEXT], TYPED, [])


def known(vault: Vault) -> list[str]:
    with vault.read() as connection:
        return list(connection.execute(select(WRAPPING_KEYS.c.id)).scalars())


def sealed_in(vault: Vault) -> tuple[bytes, bytes]:
    with vault.read() as connection:
        blob = connection.execute(select(ENTRIES.c.sealed)).scalar_one()
        return blob, connection.execute(select(FOLDERS.c.wrapped)).scalar_one()


def test_the_vault_makes_a_key_of_its_own_in_a_file_that_is_its_owners_alone(vault: Vault) -> None:
    assert keyfile.file(VAULT).name == "vault.key"
    assert keyfile.file(VAULT).stat().st_mode & 0o777 == 0o600
    assert known(vault) == [one.id for one in keyfile.read(VAULT)]
    assert not {one.key for one in keyfile.read(VAULT)} & {one.key for one in keyfile.read()}


@pytest.mark.parametrize("data", [False, True])
def test_after_a_rotation_all_opens_under_the_new_key_alone(store: Store, vault: Vault, case_id: str, data: bool) -> None:
    (old,), main, before = keyfile.read(VAULT), keyfile.read(), sealed_in(vault)
    assert rotate(vault, MONDAY, data=data) == 1
    (new,) = keyfile.read(VAULT)
    assert new.key != old.key
    assert known(vault) == [new.id]
    assert keyfile.read() == main
    after = sealed_in(vault)
    assert (after[0] != before[0], after[1] != before[1]) == (data, True)
    assert is_whole(store, vault, case_id)
    keyfile.write([old], VAULT)
    with pytest.raises(SetupError):
        open_vault(vault.engine.url.render_as_string(hide_password=False), "sqlite:///elsewhere.db").create()


def test_changing_the_main_keys_leaves_the_vault_as_it_is(store: Store, vault: Vault, case_id: str) -> None:
    before = sealed_in(vault)
    rotation.rotate(store, MONDAY, data=True)
    assert sealed_in(vault) == before
    assert is_whole(store, vault, case_id)


@pytest.mark.parametrize("at", ["_new_wrapper", "_everything", "keyfile.write"])
def test_a_rotation_that_breaks_off_harms_nothing_and_can_be_run_again(
    store: Store, vault: Vault, case_id: str, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def breaks(*_given: Any, **_named: Any) -> Any:
        raise OSError

    write_file, times = keyfile.write, iter((False, True))

    def breaks_the_second_time(*given: Any) -> None:
        if next(times):
            raise OSError
        write_file(*given)

    with monkeypatch.context() as patch:
        if at == "keyfile.write":
            patch.setattr(keyfile, "write", breaks_the_second_time)
        else:
            patch.setattr(vault_rotation, at, breaks)
        with pytest.raises(OSError):  # noqa: PT011  # ours
            rotate(vault, MONDAY)
    assert is_whole(store, vault, case_id)
    assert rotate(vault, MONDAY) == 1
    assert is_whole(store, vault, case_id)
    assert known(vault) == [one.id for one in keyfile.read(VAULT)]


def test_two_do_not_change_the_keys_at_once(vault: Vault) -> None:
    with rotation.alone("vault.key.lock"), pytest.raises(Busy):
        rotate(vault, MONDAY)


def test_a_key_that_is_told_is_changed_where_it_is_told(
    store: Store, vault: Vault, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = (keyfile.file(VAULT).read_text().splitlines(),)
    monkeypatch.setenv("MDT_VAULT_KEY", old[0])
    with pytest.raises(SetupError) as none:
        rotate(vault, MONDAY)
    assert str(none.value) == NO_NEW_KEY
    fresh = keyfile.new()
    keyfile.write([*keyfile.read(VAULT), fresh], VAULT)
    monkeypatch.setenv("MDT_VAULT_KEY", ",".join(keyfile.file(VAULT).read_text().splitlines()))
    assert rotate(vault, MONDAY) == 1
    assert known(vault) == [fresh.id]
    assert is_whole(store, vault, case_id)


def test_a_rotation_without_the_old_key_changes_nothing(vault: Vault) -> None:
    keyfile.write([keyfile.new()], VAULT)
    with pytest.raises(SetupError, match="missing"):
        rotate(vault, MONDAY)


def test_what_was_erased_stays_so_through_a_rotation(store: Store, vault: Vault, case_id: str) -> None:
    casework.erase(store, vault, case_id, by=SUPERVISOR, now=MONDAY)
    assert rotate(vault, MONDAY, data=True) == 0
    report = Report()
    check_vault.check(vault, report)
    assert report.faults == []


# The command line. -------------------------------------------------------------------------------------------------------


def mdt(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_the_check_looks_at_the_vault_and_the_vaults_keys_change_by_command() -> None:
    store = making.made(settings.database_url())
    case_id = making.identified(store)
    making.do(store, case_id, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    assert mdt("check")[0] == 0
    assert not (settings.home() / "vault.db").exists()  # a check makes nothing
    vault = the_vault()
    write(store, vault, case_id, TEXT)
    assert mdt("check")[0] == 0
    code, done = mdt("keys", "rotate", "--vault")
    assert (code, "Folders of the vault under the new key: 1" in done) == (0, True)
    with making.as_owner(vault) as connection:
        connection.exec_driver_sql("UPDATE vault_folder SET entries = 2")
    code, wrong = mdt("check")
    assert (code, "the chain was cut off" in wrong) == (1, True)
    assert vaulting.ADVOCATE.name not in wrong
    keyfile.file(VAULT).unlink()
    code, wrong = mdt("check")
    assert (code, "vault: The key to this database is missing" in wrong) == (1, True)
    store.close()
