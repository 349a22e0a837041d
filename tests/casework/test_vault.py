"""The advocates' vault at its door: what is kept, who reads it, what a waiver releases; in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from mdt.board import released as released_to
from mdt.board import vault as board
from mdt.board.named import named
from mdt.casework import check_vault, glass
from mdt.casework import vault as casework
from mdt.casework.check import Report
from mdt.errors import MdtError, NotAllowed, NotFound, NotPossible
from mdt.records.vault import ENTRIES, FOLDERS, LOG, VAULT_DRAFTS
from mdt.vault import NOT_HERS, CorrectNote, WithdrawNote, WriteNote
from tests import making, vaulting
from tests.making import MONDAY, PEOPLE
from tests.vaulting import ADVOCATE, COLLEAGUE, ELSEWHERE, SUPERVISOR, SUPERVISOR_ELSEWHERE, command, release, write

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.store import Store
    from mdt.store.vault import Vault

HOUR = timedelta(hours=1)
TEXT = "She told where she slept"
OTHERS = [one for one in PEOPLE.values() if one.id not in (ADVOCATE.id, SUPERVISOR.id)]
FORM = WriteNote(capacity="neither", kind="working note", text=TEXT)


@pytest.fixture
def case_id(store: Store) -> str:
    """A case on which two agencies' advocates are engaged."""
    made = making.identified(store)
    making.hire(store, ELSEWHERE, SUPERVISOR_ELSEWHERE, COLLEAGUE)
    for who in (ADVOCATE, ELSEWHERE):
        making.do(store, made, "engage_person", by="intake supervisor", person=who.id)
    return made


def read(store: Store, vault: Vault, case_id: str, by: Viewer = ADVOCATE) -> list[str]:
    return [one.text for one in board.notes(store, vault, by, case_id, MONDAY)]


def log(vault: Vault, agency: str = ADVOCATE.agency) -> list[tuple[str, str]]:
    with vault.read() as connection:
        rows = connection.execute(select(LOG).where(LOG.c.agency == agency).order_by(LOG.c.n)).mappings()
        return [(row["by"], row["act"]) for row in rows]


def correct(store: Store, vault: Vault, case_id: str, note: str, told: str, by: Viewer, *, command: str = "once") -> None:
    form = CorrectNote(about=note, text=told)
    casework.correct_note(store, vault, case_id, form, by=by, now=MONDAY, command=command)


def withdraw(store: Store, vault: Vault, case_id: str, note: str, by: Viewer) -> None:
    form = WithdrawNote(about=note, reason="Of another")
    casework.withdraw_note(store, vault, case_id, form, by=by, now=MONDAY, command="withdrawn")


def faults(vault: Vault) -> list[str]:
    report = Report()
    check_vault.check(vault, report)
    return report.faults


def test_what_an_advocate_wrote_she_and_her_supervisor_read(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    (found,) = board.notes(store, vault, SUPERVISOR, case_id, MONDAY)
    assert (found.id, found.text, found.by, found.at) == (note, TEXT, ADVOCATE.name, MONDAY)
    assert (found.kind, found.capacity) == ("privileged communication", "sexual assault counselor")
    assert read(store, vault, case_id) == [TEXT]
    assert faults(vault) == []


def test_every_read_and_write_is_in_the_log_of_that_agency_with_its_note(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    read(store, vault, case_id)
    board.notes(store, vault, SUPERVISOR, case_id, MONDAY, only=note)
    rows = board.looked(store, vault, SUPERVISOR, case_id, MONDAY)
    assert [(row.by, row.act, row.note) for row in reversed(rows)] == [
        (ADVOCATE.name, "note written", "note 1"), (ADVOCATE.name, "note read", "note 1"),
        (SUPERVISOR.name, "note read", "note 1"),
    ]  # fmt: skip
    assert log(vault)[-1] == (SUPERVISOR.id, "log read")
    with pytest.raises(NotAllowed, match="advocate supervisor of the agency"):
        board.looked(store, vault, ADVOCATE, case_id, MONDAY)


def test_a_log_that_cannot_be_written_lets_nothing_be_read(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    with making.as_owner(vault) as connection:
        connection.execute(text("DROP TABLE vault_log"))
    with pytest.raises(Exception, match="vault_log"):
        read(store, vault, case_id)


@pytest.mark.parametrize(
    "by", [one for one in PEOPLE.values() if one.id not in (ADVOCATE.id, SUPERVISOR.id)], ids=lambda p: p.role
)
def test_no_other_role_reads_or_writes_and_each_try_is_logged(store: Store, vault: Vault, case_id: str, by: Viewer) -> None:
    note = write(store, vault, case_id, TEXT)
    tries = (
        lambda: board.notes(store, vault, by, case_id, MONDAY),
        lambda: board.notes(store, vault, by, case_id, MONDAY, only=note),
        lambda: board.draft(store, vault, by, case_id, "note", MONDAY),
        lambda: board.looked(store, vault, by, case_id, MONDAY),
        lambda: casework.write_note(store, vault, case_id, FORM, by=by, now=MONDAY, command=command()),
        lambda: correct(store, vault, case_id, note, TEXT, by),
        lambda: withdraw(store, vault, case_id, note, by),
        lambda: casework.keep_draft(store, vault, case_id, "note", TEXT, by=by, now=MONDAY),
        lambda: casework.erase(store, vault, case_id, by=by, now=MONDAY),
        lambda: release(store, vault, case_id, note, TEXT, by=by),
    )
    for attempt in tries:
        before = len(log(vault)) + (len(log(vault, by.agency)) if by.agency != ADVOCATE.agency else 0)
        with pytest.raises(NotAllowed, match="§ 52-146k"):
            attempt()
        assert len(log(vault)) + (len(log(vault, by.agency)) if by.agency != ADVOCATE.agency else 0) == before + 1
    assert read(store, vault, case_id) == [TEXT]


def test_another_agency_is_told_the_same_of_a_note_as_of_none(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    write(store, vault, case_id, "Ours", by=ELSEWHERE)
    assert read(store, vault, case_id, ELSEWHERE) == read(store, vault, case_id, SUPERVISOR_ELSEWHERE) == ["Ours"]
    said = []
    for asked in (note, "0" * 32, "'; drop table"):
        with pytest.raises(NotAllowed) as refused:
            board.notes(store, vault, ELSEWHERE, case_id, MONDAY, only=asked)
        with pytest.raises(NotAllowed) as of_release:
            release(store, vault, case_id, asked, "Something", by=ELSEWHERE)
        said += [str(refused.value), str(of_release.value)]
    assert set(said) == {NOT_HERS}
    assert (ELSEWHERE.id, "refused") in log(vault)
    assert read(store, vault, case_id) == [TEXT]


def test_an_advocate_reads_only_cases_on_which_she_is_engaged(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    with pytest.raises(NotAllowed):
        read(store, vault, case_id, COLLEAGUE)
    making.do(store, case_id, "engage_person", by="intake supervisor", person=COLLEAGUE.id)
    assert read(store, vault, case_id, COLLEAGUE) == [TEXT]
    making.do(store, case_id, "end_engagement", by="intake supervisor", who=COLLEAGUE.id)
    with pytest.raises(NotAllowed):
        read(store, vault, case_id, COLLEAGUE)
    with pytest.raises(NotAllowed):
        read(store, vault, "no such case")


def test_who_changes_her_agency_leaves_its_notes_behind(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    gone = type(ADVOCATE)(ADVOCATE.id, ADVOCATE.name, ADVOCATE.role, "Another center")
    assert read(store, vault, case_id, gone) == []
    assert read(store, vault, case_id, SUPERVISOR) == [TEXT]


def test_a_conflict_and_a_restriction_shut_her_out_too(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    making.do(store, case_id, "restrict_case", by="intake supervisor", because="staff are threatened")
    with pytest.raises(NotAllowed):
        read(store, vault, case_id)
    making.do(store, case_id, "admit_person", by="intake supervisor", person=ADVOCATE.id)
    assert read(store, vault, case_id) == [TEXT]
    making.do(store, case_id, "declare_conflict", by="intake supervisor", person=ADVOCATE.id)
    with pytest.raises(NotAllowed):
        read(store, vault, case_id)


def test_emergency_access_opens_the_case_and_not_the_vault(
    store: Store, vault: Vault, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = write(store, vault, case_id, TEXT)
    release(store, vault, case_id, note, TEXT, recipients=[PEOPLE["police"].id], expires_on="2100-01-01")
    monkeypatch.setattr(glass.accounts, "confirm", lambda *_: None)
    number, officer, now = making.case_row(store, case_id)["number"], PEOPLE["police"], datetime.now(UTC)
    glass.take_emergency_access(store, number, "A child is in danger", "000000", by=officer, now=now, command="glass")
    through = type(officer)(officer.id, officer.name, officer.role, officer.agency, glass=frozenset({case_id}))
    assert named(store, through, case_id, now).child
    assert TEXT not in str(named(store, through, case_id, now))
    assert released_to.released(store, through, case_id, now) == ()
    with pytest.raises(NotAllowed):
        read(store, vault, case_id, through)


def test_the_case_does_not_move_by_anything_but_a_release(store: Store, vault: Vault, case_id: str) -> None:
    before = making.everything(store)
    with store.read() as connection:
        access = connection.execute(text("SELECT count(*) FROM access_log")).scalar()
    note = write(store, vault, case_id, TEXT)
    casework.keep_draft(store, vault, case_id, "note", TEXT, by=ADVOCATE, now=MONDAY)
    correct(store, vault, case_id, note, "Not so", ADVOCATE)
    withdraw(store, vault, case_id, note, ADVOCATE)
    read(store, vault, case_id)
    with pytest.raises(NotAllowed):
        read(store, vault, case_id, PEOPLE["chairperson"])
    casework.erase(store, vault, case_id, by=SUPERVISOR, now=MONDAY)
    assert making.everything(store) == before
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM access_log")).scalar() == access
        assert connection.execute(text("SELECT count(*) FROM draft")).scalar() == 0


def test_a_correction_is_added_and_a_withdrawn_note_is_kept_and_marked(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    for _ in range(2):
        correct(store, vault, case_id, note, "It was the sister", ADVOCATE)
    withdraw(store, vault, case_id, note, SUPERVISOR)
    (found,) = board.notes(store, vault, ADVOCATE, case_id, MONDAY)
    assert (found.text, [one.text for one in found.corrections]) == (TEXT, ["It was the sister"])
    assert found.withdrawn is not None
    assert (found.withdrawn.text, found.withdrawn.by) == ("Of another", SUPERVISOR.name)
    withdraw(store, vault, case_id, note, SUPERVISOR)
    for again in (
        lambda: correct(store, vault, case_id, note, "Later", ADVOCATE, command="later"),
        lambda: release(store, vault, case_id, note, TEXT),
    ):
        with pytest.raises(NotPossible, match="withdrawn"):
            again()
    assert faults(vault) == []


def test_a_draft_is_its_writers_and_ends_with_the_note(store: Store, vault: Vault, case_id: str) -> None:
    casework.keep_draft(store, vault, case_id, "note", "half a sen", by=ADVOCATE, now=MONDAY)
    casework.keep_draft(store, vault, case_id, "note", TEXT, by=ADVOCATE, now=MONDAY)
    assert board.draft(store, vault, ADVOCATE, case_id, "note", MONDAY) == TEXT
    assert board.draft(store, vault, SUPERVISOR, case_id, "note", MONDAY) == ""
    write(store, vault, case_id, TEXT)
    assert board.draft(store, vault, ADVOCATE, case_id, "note", MONDAY) == ""
    casework.keep_draft(store, vault, case_id, "note", TEXT, by=ADVOCATE, now=MONDAY)
    casework.keep_draft(store, vault, case_id, "note", " ", by=ADVOCATE, now=MONDAY)
    assert board.draft(store, vault, ADVOCATE, case_id, "note", MONDAY) == ""
    casework.keep_draft(store, vault, case_id, "note", TEXT, by=SUPERVISOR, now=MONDAY)
    write(store, vault, case_id, TEXT, now=MONDAY + timedelta(days=400))
    with vault.read() as connection:
        assert connection.execute(select(VAULT_DRAFTS)).all() == []


# Release. ----------------------------------------------------------------------------------------------------------------


def test_what_is_released_is_read_by_those_whom_the_waiver_names_until_its_last_day(
    store: Store, vault: Vault, case_id: str
) -> None:
    note = write(store, vault, case_id, TEXT)
    release(store, vault, case_id, note, "She is afraid of the house", expires_on="2026-03-31")
    chair, day = PEOPLE["chairperson"], timedelta(days=1)
    (found,) = released_to.released(store, chair, case_id, MONDAY)
    assert (found.text, found.signer, found.purpose) == ("She is afraid of the house", "child", "For the review")
    last = MONDAY + 29 * day  # 31 March
    assert released_to.released(store, chair, case_id, last) == (found,)
    assert released_to.released(store, chair, case_id, last + day) == ()
    for role in ("team coordinator", "prosecutor", "intake supervisor", "victim advocate"):
        assert released_to.released(store, PEOPLE[role], case_id, MONDAY) == ()
        assert "afraid of the house" not in str(named(store, PEOPLE[role], case_id, MONDAY))
    assert "afraid of the house" not in str(named(store, chair, case_id, MONDAY))
    for role in ("auditor", "administrator", "OVS liaison"):
        with pytest.raises(NotFound):
            released_to.released(store, PEOPLE[role], case_id, MONDAY)
    assert [one.releases for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)] == [1]


def test_what_is_taken_back_is_shown_to_nobody(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    made = release(store, vault, case_id, note, TEXT)
    making.do(store, case_id, "take_back_release", by="victim advocate", about=made.events[0].about, reason="She asked")
    assert released_to.released(store, PEOPLE["chairperson"], case_id, MONDAY) == ()
    with pytest.raises(NotPossible, match="released to nobody"):
        making.do(store, case_id, "take_back_release", by="victim advocate", about=made.events[0].about, reason="Again")


def test_no_release_names_a_counselor_of_the_agency_or_is_shown_to_a_stranger(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    for told in ("She told Saffron of it", "ADVOCATE SAFFRON heard it"):
        with pytest.raises(NotPossible, match=r"§ 52-146k\(b\)"):
            release(store, vault, case_id, note, told)
    with pytest.raises(NotPossible, match="sign in here"):
        release(store, vault, case_id, note, TEXT, recipients=["nobody"])
    assert [one.releases for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)] == [0]


def test_the_same_release_twice_is_one_and_one_that_the_case_refuses_is_none(store: Store, vault: Vault, case_id: str) -> None:
    note = write(store, vault, case_id, TEXT)
    form = vaulting.waiver(TEXT)
    for _ in range(2):
        casework.release(store, vault, case_id, note, form, by=ADVOCATE, now=MONDAY, command="once")
    later = vaulting.waiver(TEXT, MONDAY + HOUR)
    with pytest.raises(NotPossible, match="has not come yet"):
        casework.release(store, vault, case_id, note, later, by=ADVOCATE, now=MONDAY, command="refused")
    assert [one.releases for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)] == [1]
    assert len([e for e in making.history(store, case_id) if e.fact == "privileged note released"]) == 1


def test_a_release_broken_off_between_the_two_databases_is_made_whole_by_the_same_command(
    store: Store, vault: Vault, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = write(store, vault, case_id, TEXT)
    whole = casework.carry_out

    def broken_off(*given: object, **more: object) -> None:
        whole(*given, **more)  # type: ignore[arg-type]
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(casework, "carry_out", broken_off)
        with pytest.raises(OSError):  # noqa: PT011  # ours
            casework.release(store, vault, case_id, note, vaulting.waiver(TEXT), by=ADVOCATE, now=MONDAY, command="once")
    assert [one.releases for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)] == [0]
    done = casework.release(store, vault, case_id, note, vaulting.waiver(TEXT), by=ADVOCATE, now=MONDAY, command="once")
    assert done.repeated
    assert [one.releases for one in board.notes(store, vault, ADVOCATE, case_id, MONDAY)] == [1]


# Erasing. ----------------------------------------------------------------------------------------------------------------


def test_what_is_erased_opens_to_nobody_and_the_chain_still_holds(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    write(store, vault, case_id, "Ours", by=ELSEWHERE)
    with pytest.raises(NotAllowed, match="advocate supervisor of the agency"):
        casework.erase(store, vault, case_id, by=ADVOCATE, now=MONDAY)
    casework.erase(store, vault, case_id, by=SUPERVISOR, now=MONDAY)
    for attempt in (lambda: read(store, vault, case_id), lambda: write(store, vault, case_id, "Anew")):
        with pytest.raises(NotPossible, match="erased"):
            attempt()
    assert board.looked(store, vault, SUPERVISOR, case_id, MONDAY)[0].act == "erased"
    assert read(store, vault, case_id, ELSEWHERE) == ["Ours"]
    assert faults(vault) == []


# Tampering. --------------------------------------------------------------------------------------------------------------

ALTERED = {
    "another's words": "UPDATE vault_entry SET sealed = (SELECT sealed FROM vault_entry WHERE n = 2) WHERE n = 1",
    "an author": "UPDATE vault_entry SET author = 'somebody' WHERE n = 1",
    "a note gone": "DELETE FROM vault_entry WHERE n = 1",
    "the last note gone": "DELETE FROM vault_entry WHERE n = 2",
    "a log row gone": "DELETE FROM vault_log WHERE n = 2",
    "a log row altered": "UPDATE vault_log SET by = 'somebody' WHERE n = 1",
    "a folder gone": "DELETE FROM vault_folder",
    "a head gone": "DELETE FROM vault_log_head",
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_check_finds_whatever_the_owner_of_the_database_altered(store: Store, vault: Vault, case_id: str, how: str) -> None:
    write(store, vault, case_id, TEXT)
    write(store, vault, case_id, "Another")
    assert faults(vault) == []
    _unguarded(vault, ALTERED[how])
    assert faults(vault) != []


def test_a_check_finds_a_chain_that_was_cut_off_with_its_head(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    with vault.read() as connection:
        first = connection.execute(select(ENTRIES.c.hash)).scalar_one()
    write(store, vault, case_id, "Another")
    _unguarded(
        vault,
        "DELETE FROM vault_entry WHERE n = 2", f"UPDATE vault_folder SET entries = 1, head = '{first}'",
        "DELETE FROM vault_log WHERE n = 2",
        "UPDATE vault_log_head SET n = 1, head = (SELECT hash FROM vault_log WHERE n = 1)",
    )  # fmt: skip
    assert len(faults(vault)) == 2


def _unguarded(vault: Vault, *statements: str) -> None:
    with making.as_owner(vault) as connection:
        for table in ("vault_entry", "vault_log"):
            if vault.is_sqlite:
                for change in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{change}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("table", ["vault_entry", "vault_log"])
def test_the_vaults_own_login_changes_and_deletes_nothing_that_was_written(
    store: Store, vault: Vault, case_id: str, table: str
) -> None:
    write(store, vault, case_id, TEXT)
    for statement in (f"UPDATE {table} SET n = 7", f"DELETE FROM {table}"):
        with pytest.raises(Exception, match="only added to"), vault.opened() as connection:
            connection.execute(text(statement))


def test_what_was_altered_is_shown_to_nobody(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    write(store, vault, case_id, "Another")
    _unguarded(vault, ALTERED["another's words"])
    with pytest.raises(MdtError, match="not what was written"):
        read(store, vault, case_id)


def test_a_folders_key_opens_no_other(store: Store, vault: Vault, case_id: str) -> None:
    write(store, vault, case_id, TEXT)
    write(store, vault, case_id, "Ours", by=ELSEWHERE)
    with making.as_owner(vault) as connection:
        theirs = connection.execute(select(FOLDERS.c.wrapped).where(FOLDERS.c.agency == ELSEWHERE.agency)).scalar_one()
        connection.execute(FOLDERS.update().where(FOLDERS.c.agency == ADVOCATE.agency).values(wrapped=theirs))
    with pytest.raises(MdtError, match="not what was written"):
        read(store, vault, case_id)
