"""The vault searched for from every other role, in every file that leaves, in the main database, in logs; and stolen."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from mdt import settings
from mdt import vault as rules
from mdt.board import audit, find, named, weekly, who
from mdt.board import released as released_to
from mdt.board import vault as board
from mdt.casework import check_vault, documents, evidence, exporting, glass, heads, packets
from mdt.casework import vault as casework
from mdt.casework.check import Report
from mdt.casework.check import check as check_main
from mdt.casework.exporting import FORMATS, KINDS, Order
from mdt.errors import MdtError, SetupError
from mdt.exchange.documents import layouts
from mdt.store import keyfile
from mdt.store.keys import WRONG
from mdt.store.vault import SAME_KEY, open_vault, the_vault
from tests import making, meetings, vaulting
from tests.access.reference import Matter
from tests.dashboard.conftest import fine
from tests.dashboard.test_matrix import ROLES, everybody_drawn_in, take_in
from tests.dashboard.test_vault_pages import opened, press
from tests.making import MONDAY

from .canary import CANARY, FAMILY, NARRATIVE, hits, in_files, in_session
from .canary import in_tables as tables_with
from .test_pages import ORDERED, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamlit.testing.v1 import AppTest

    from mdt.access import Viewer
    from mdt.store import Store
    from mdt.store.vault import Vault
    from tests.dashboard.conftest import Office

    from .conftest import Sent

ADVOCATES = ("victim advocate", "advocate supervisor")
OTHERS = [role for role in ROLES if role not in ADVOCATES]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def case_id(office: Office) -> str:
    """A case into which everybody is drawn, and nothing of which is a canary."""
    return take_in(office, "New Haven", everybody_drawn_in(office)).id


def type_into(board: AppTest, label: str, words: str) -> None:
    next(one for one in board.text_area if one.label == label).set_value(words)
    fine(board.run())


def fill_the_vault(office: Office, case_id: str) -> AppTest:
    """Whatever an advocate may write, by its page: a note, what puts it right, why one is withdrawn, and a draft."""
    board = opened(office, "victim advocate", case_id)
    for _ in range(2):
        press(board, "Write a note")
        next(one for one in board.radio if one.label.startswith("You were")).set_value("sexual assault counselor")
        type_into(board, "Note", NARRATIVE)
        press(board, "Keep the note")
    for act, label, send in (
        ("Put right", "What is put right", "Keep it"),
        ("Withdraw", "Why it is withdrawn", "Withdraw the note"),
    ):
        press(press(board, "Read the notes"), act)
        type_into(board, label, NARRATIVE)
        press(board, send)
    press(board, "Write a note")
    type_into(board, "Note", NARRATIVE)
    assert in_session(board)
    return board


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_in_the_vault_is_on_no_page_and_in_no_table_file_log_or_session_of_anybody_else(
    office: Office, case_id: str, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    others = {role: fine(office.sign_in(role)) for role in OTHERS}
    board = fill_the_vault(office, case_id)
    sent.hits()
    for role, page in others.items():
        walk(page, role, case_id)
        fine(page.switch_page("case.py").run()) if role not in ("auditor", "administrator") else None
        for button in [one for one in page.button if one.key in ("show-names", "show-released")]:
            fine(button.click().run())
        assert (role, sent.hits(), in_session(page)) == (role, [], [])
        assert "vault" not in "".join(one.label.lower() for one in (*page.expander, *page.button))
    press(board, "Sign out")
    assert in_session(board) == []
    assert tables_with(office.store) == {}
    assert in_files(settings.home(), aside) == {}
    assert hits("".join((*capfd.readouterr(), caplog.text))) == []
    assert board_of(office, case_id)  # it is there, for her


def board_of(office: Office, case_id: str) -> list[str]:
    now = datetime.now(UTC)
    found = board.notes(office.store, the_vault(), office.people["victim advocate"], case_id, now)
    return [word for one in found for word in hits(one.text)]


def note_in(office: Office, case_id: str) -> str:
    form = rules.WriteNote(capacity="neither", text=NARRATIVE)
    by, now = office.people["victim advocate"], datetime.now(UTC)
    return casework.write_note(office.store, the_vault(), case_id, form, by=by, now=now, command=vaulting.command())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_read_and_no_file_that_leaves_holds_a_word_of_it_whoever_asks(
    office: Office, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engaged = frozenset({(office.people["victim advocate"].id, "engaged", None)})
    behind = take_in(office, "New Haven", Matter("New Haven", "New Haven", drawn_in=engaged)).id  # nobody's but by emergency
    for case in (case_id, behind):
        note_in(office, case)
    monkeypatch.setattr(glass.accounts, "confirm", lambda *_: None)
    found = [*all_that_is_read(office.store, office.people.values(), case_id, behind)]
    assert len(found) > 100
    assert [what for what, told in found if hits(told)] == []
    answered = {what for what, told in found if not told.startswith(b"refused")}
    assert {"named", "who", "document", "export", "evidence", "head", "ledger", "find", "glass", "released"} <= answered


def all_that_is_read(store: Store, people: Iterable[Viewer], case_id: str, behind: str) -> list[tuple[str, bytes]]:
    """Every read of the case and every file, for everybody, refusals included."""
    now, found = datetime.now(UTC), []
    year = now.year - 1
    for by in people:
        asks = [
            ("named", lambda by=by: named.named(store, by, case_id, now)),
            ("who", lambda by=by: who.who(store, by, case_id, now)),
            ("released", lambda by=by: released_to.released(store, by, case_id, now)),
            ("vault", lambda by=by: by.role not in ADVOCATES and board.notes(store, the_vault(), by, case_id, now)),
            ("evidence", lambda by=by: evidence.pack(store, by, meetings.team_of(store), year, now)),
            ("find", lambda by=by: find.find_child(store, by, CANARY, FAMILY, None, now)),
            ("head", lambda by=by: heads.export(store, by, now)),
            ("ledger", lambda by=by: ledgers(store, by, now)),
            ("glass", lambda by=by: through_the_glass(store, by, behind, now)),
            *(
                ("document", lambda by=by, kind=kind: documents.document(store, by, case_id, kind, "docx", now))
                for kind in layouts()
            ),
            *(
                ("export", lambda by=by, what=what, kind=kind: exporting.export(
                    store, by, what, Order(kind, "casework", ORDERED.get(what)), now))
                for what in KINDS for kind in FORMATS
            ),
        ]  # fmt: skip
        found += [(what, answer(ask)) for what, ask in asks]
    return found


def ledgers(store: Store, by: Viewer, now: datetime) -> object:
    week = weekly.monday_of(now.date())
    return audit.search(store, by, audit.Wanted(), now), audit.acts(), weekly.weekly(store, by, week, now)


def answer(ask: Callable[[], object]) -> bytes:
    try:
        told = ask()
    except MdtError as refusal:
        return f"refused: {refusal}".encode()
    data = told if isinstance(told, bytes) else getattr(told, "data", None) or getattr(told, "content", None)
    return data if isinstance(data, bytes) else repr(told).encode()


def through_the_glass(store: Store, by: Viewer, case_id: str, now: datetime) -> object:
    number = making.case_row(store, case_id)["number"]
    glass.take_emergency_access(store, number, "It cannot wait", "000000", by=by, now=now, command=f"glass-{by.id}")
    through = replace(by, glass=frozenset({case_id}))
    with pytest.raises(MdtError):
        board.notes(store, the_vault(), through, case_id, now)
    return named.named(store, through, case_id, now)


def test_no_packet_holds_a_word_of_it_nor_of_what_was_released(store: Store, vault: Vault) -> None:
    view = meetings.with_cases(store, 1)
    case, at = view.lines[0].case_id, view.course.starts_at - timedelta(days=2)
    making.do(store, case, "engage_person", by="intake supervisor", person=vaulting.ADVOCATE.id)
    note = vaulting.write(store, vault, case, NARRATIVE)
    vaulting.release(store, vault, case, note, NARRATIVE, recipients=[meetings.MEMBER.id, meetings.CHAIR.id])
    for by in (meetings.CHAIR, meetings.MEMBER):
        meetings.about(store, view.id, "accept_confidentiality", at, by=by)
        made = packets.packet(store, by, view.id, at, command=f"packet-{by.id}")
        said = "".join(page.extract_text() for page in PdfReader(BytesIO(made.content)).pages)
        assert "privileged note released" in said
        assert hits(said) == hits(made.content) == []
        assert hits(repr(released_to.released(store, by, case, at)))


def test_neither_flows_nor_what_stands_outside_the_pages_knows_the_vault() -> None:
    for file in (*(ROOT / "flows").rglob("*.py"), ROOT / "mdt" / "importing.py", ROOT / "mdt" / "inbox.py"):
        assert "vault" not in file.read_text(encoding="utf-8"), file


# Stolen. -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def stolen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, str]:
    """Where the keys were left behind, and the case; the home is now whoever's who took both databases."""
    store = making.made(settings.database_url())
    case = making.identified(store)
    making.do(store, case, "engage_person", by="intake supervisor", person=vaulting.ADVOCATE.id)
    vault = open_vault(settings.vault_url(), settings.database_url())
    vault.create()
    vaulting.write(store, vault, case, NARRATIVE)
    casework.keep_draft(store, vault, case, "note", NARRATIVE, by=vaulting.ADVOCATE, now=MONDAY)
    assert keyfile.file(keyfile.VAULT).stat().st_mode & 0o777 == 0o600
    store.close()
    vault.close()
    home, elsewhere = settings.home(), tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for file in (*home.glob("*.db*"), home / "key"):
        shutil.copy2(file, elsewhere)
    monkeypatch.setenv("MDT_HOME", str(elsewhere))
    return home, case


def again() -> Vault:
    vault = open_vault(settings.vault_url(), settings.database_url())
    vault.create()
    return vault


def test_with_both_databases_and_the_main_key_nothing_of_the_vault_opens(stolen: tuple[Path, str]) -> None:
    home, case = stolen
    assert in_files(settings.home()) == {}
    with pytest.raises(SetupError, match="is missing"):
        again()
    main = keyfile.read()
    keyfile.write(main, keyfile.VAULT)  # the main key in its place
    with pytest.raises(SetupError, match="key of its own"):
        again()
    (theirs,) = (line.partition(":")[0] for line in (home / "vault.key").read_text().splitlines())
    keyfile.write([keyfile.Wrapper(theirs, bytes(32))], keyfile.VAULT)
    with pytest.raises(SetupError) as wrong:
        again()
    assert str(wrong.value) == WRONG
    shutil.copy2(home / "vault.key", settings.home())
    store = making.made(settings.database_url())
    vault = again()
    (found,) = board.notes(store, vault, vaulting.ADVOCATE, case, MONDAY)
    assert found.text == NARRATIVE
    store.close()
    vault.close()


def test_the_vaults_key_opens_nothing_of_the_main_database(stolen: tuple[Path, str]) -> None:
    (settings.home() / "key").unlink()
    shutil.copy2(stolen[0] / "vault.key", settings.home() / "key")
    with pytest.raises(SetupError):
        making.made(settings.database_url())


def test_the_vault_shares_neither_its_key_nor_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_VAULT_URL", settings.database_url())
    with pytest.raises(SetupError, match="database of its own"):
        the_vault()
    monkeypatch.delenv("MDT_VAULT_URL")
    making.made(settings.database_url()).close()
    (main,) = keyfile.read()
    keyfile.write([main], keyfile.VAULT)
    with pytest.raises(SetupError) as same:
        the_vault()
    assert str(same.value) == SAME_KEY
    assert not [*settings.home().glob("vault.db")] or open_vault(settings.vault_url(), settings.database_url()).is_empty()


def test_the_search_would_find_a_word_that_lay_open_in_the_vault(stolen: tuple[Path, str]) -> None:
    assert stolen
    copy = settings.home() / "vault.db"
    copy.write_bytes(copy.read_bytes() + f"{CANARY} {FAMILY}".encode())
    assert list(in_files(settings.home())) == [str(copy)]


# Killed. -----------------------------------------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from mdt.casework import vault as casework
from mdt.store import vault as store_of, open_store
from mdt.store import vault_notes
from tests import vaulting
main, url, case, at = sys.argv[1:5]
store, vault = open_store(main), store_of.open_vault(url, main)
def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)
note = vaulting.write(store, vault, case, "Before")
print(note, flush=True)
if at == "log":
    store_of.log = die
elif at == "draft":
    vault_notes.forget_draft = die
elif at == "release":
    real = casework.carry_out
    casework.carry_out = lambda *given, **named: (real(*given, **named), die())
    vaulting.release(store, vault, case, note, "Released", command_="once")
vaulting.write(store, vault, case, "Killed")
"""


@pytest.mark.parametrize("at", ["log", "draft", "release"])
def test_whoever_is_killed_in_the_middle_leaves_nothing_half(store: Store, vault: Vault, database_url: str, at: str) -> None:
    case = making.identified(store)
    making.do(store, case, "engage_person", by="intake supervisor", person=vaulting.ADVOCATE.id)
    url = vault.engine.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", textwrap.dedent(DIES), database_url, url, case, at]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    assert done.returncode == -signal.SIGKILL, done.stderr
    note = done.stdout.strip()
    (found,) = board.notes(store, vault, vaulting.ADVOCATE, case, MONDAY)
    assert (found.text, found.releases) == ("Before", 0)
    report = Report()
    check_vault.check(vault, report)
    assert report.faults + check_main(store).faults == []
    if at == "release":  # the case has it already; the same command makes the vault know
        form = vaulting.waiver("Released")
        assert casework.release(store, vault, case, note, form, by=vaulting.ADVOCATE, now=MONDAY, command="once").repeated
        assert board.notes(store, vault, vaulting.ADVOCATE, case, MONDAY)[0].releases == 1
    with vault.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM vault_entry")).scalar() == (2 if at == "release" else 1)
