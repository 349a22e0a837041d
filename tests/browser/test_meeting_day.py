"""A whole meeting in the browser: the chairperson by keyboard, two members beside her, a killed server, the record approved."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document
from playwright.sync_api import expect
from pypdf import PdfReader

from mdt.board import meeting
from mdt.casework import agendas, convene, drafts
from mdt.casework.check import check
from mdt.convening import SetMeeting
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.store import open_store
from tests.making import do, history, identified, made
from tests.meetings import CHAIR, COORDINATOR, seated, team_of

from .test_board import DESK, HERE, PHONE, SECONDS, _browser, _database, _sign_in, _wait_for
from .test_intake_day import SIDEWAYS, WIDE, calm, choose, picture, press, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from mdt.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]
expect.set_options(timeout=SECONDS * 1000)
CASES = int(os.environ.get("MDT_MEETING_CASES", "3"))  # fifteen, for whoever has the time
TRIES = 3
HALF = "Half a sentence that nobody wants to type twice"
ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    """The board in a process of its own, which can be killed and begun again at the same address."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"

    def begin(self) -> None:
        command = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={self.port}")
        environment = {**os.environ, "MDT_DEMO": "1", "MDT_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        environment.pop("MDT_DATABASE_URL", None)
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
        _wait_for(f"{self.url}/_stcore/health")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("MDT_HOME", str(tmp_path))  # the key lies there
    _fill(tmp_path)
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    here = Server(tmp_path, port)
    here.begin()
    try:
        yield here
    finally:
        here.kill()


def _fill(home: Path) -> None:
    """A seated team whose meeting is now, with cases on its agenda and half of the updates given."""
    store, now = made(_database(home)), datetime.now(UTC)
    seated(store)
    cases = [
        identified(
            store, now - timedelta(days=12), report_no=f"D-{n}", child_family_name=chr(65 + n), child_age=str(12 + n % 6)
        )
        for n in range(CASES)
    ]
    starts_at = now + timedelta(seconds=2)
    form = SetMeeting(starts_at=starts_at, minutes=90, place="Room 2", special=True, on_a_holiday=True)
    sitting = convene.set_meeting(store, team_of(store), form, by=COORDINATOR, now=now, command="today")
    for n, case in enumerate(cases):
        line = next(e.about for e in history(store, case) if e.fact is Fact.PUT_ON_AGENDA)
        do(store, case, "defer_review", now, by="chairperson", about=line, because="other", reason="It is heard sooner")
        do(store, case, "put_on_agenda", now, by="chairperson", meeting=sitting, on=local_date(starts_at))
        if n % 2:
            do(store, case, "engage_agency", now, by="intake supervisor", agency="New Haven police")
    agendas.propose(store, sitting, now)
    for case in cases[::2]:
        for asked in [e for e in history(store, case) if e.fact is Fact.UPDATE_ASKED_FOR]:
            do(store, case, "give_update", now, by="chairperson", about=asked.about, what="The agency saw the family twice")
    store.close()


@contextmanager
def _opened(server: Server) -> Iterator[Store]:
    store = open_store(_database(server.home))
    try:
        yield store
    finally:
        store.close()


def to_meeting(page: Page, server: Server, who: str) -> None:
    """Sign in, open the meeting of today, accept the statement."""
    _sign_in(page, server.url, who)
    page.get_by_role("link", name="Meetings", exact=True).click()
    page.locator('[class*="st-key-meeting-"]').get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="New Haven team")).to_be_visible()
    calm(page)
    if page.get_by_role("button", name="I accept").count():
        press(page, "I accept")


def into_room(page: Page) -> None:
    press(page, "Into the room")
    expect(page.get_by_role("button", name="Leave the room")).to_be_visible()
    calm(page)


def key(page: Page, shortcut: str) -> None:
    """A shortcut, pressed while no field has the caret, as after a look at the screen."""
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(shortcut)
    calm(page)


def say(page: Page, text: str) -> None:
    """A statement from the first key to the last without a mouse: what it is, who provided it, the words."""
    key(page, "Alt+s")
    expect(page.get_by_label("What was said")).to_be_visible()
    page.wait_for_function("document.activeElement?.type === 'radio'")
    # The second of the two tabulators in a row passes over the sign that empties the list.
    for typed, then in (("", "Space"), ("", "Tab"), ("Member of DCF", "Enter"), ("", "Tab"), ("", "Tab"), (text, "Tab")):
        page.keyboard.type(typed)
        page.keyboard.press(then)
        calm(page)
    page.get_by_role("button", name="Record", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded: statement made at the meeting")).to_be_visible()


def decide(page: Page, text: str) -> None:
    key(page, "Alt+o")
    choose_owner(page)
    page.get_by_role("group", name="By when").get_by_role("spinbutton").first.focus()
    page.keyboard.type(f"{datetime.now(UTC) + timedelta(days=20):%m%d%Y}")
    page.keyboard.press("Tab")
    calm(page)
    write(page, "What was decided", text)
    press(page, "Record")
    expect(page.get_by_text("Recorded: decision made")).to_be_visible()


def choose_owner(page: Page) -> None:
    """Open the list and choose from it; once more, if the page was drawn anew in between and closed it."""
    option = page.get_by_role("option", name="DCF", exact=True)
    for _ in range(TRIES):
        page.get_by_label("Who carries it out").first.click()
        calm(page)
        if option.count():
            break
    option.click()
    calm(page)


def heard(page: Page) -> None:
    key(page, "Alt+h")
    write(page, "Alleged perpetrator", "unknown")
    write(page, "If no support service is provided", "The family is asked first")
    press(page, "Record")
    expect(page.get_by_text("Recorded: review held")).to_be_visible()


def number_of(page: Page) -> str:
    return page.get_by_role("heading", name="Case 2026-").first.inner_text()


def test_a_meeting_is_held_by_three_people_at_once_and_a_killed_server_loses_nothing(server: Server) -> None:
    with _browser(WIDE) as (chair, hosts), _browser_beside(chair) as member, _browser_beside(chair) as attorney:
        to_meeting(chair, server, "Chairperson B")
        picture(chair, "agenda")
        chair.get_by_role("tab", name="Who comes").click()
        picture(chair, "who comes")
        press(chair, "Open the meeting")
        expect(chair.get_by_role("heading", name="Roll call")).to_be_visible()
        for n in range(chair.get_by_role("button", name="Came", exact=True).count()):
            chair.get_by_role("button", name="Came", exact=True).nth(n).click()
            calm(chair)
        picture(chair, "roll call")
        for page, who in ((member, "Member I"), (attorney, "Attorney G")):
            to_meeting(page, server, who)
            into_room(page)

        for n in range(CASES):
            key(chair, "Alt+n")
            expect(chair.get_by_text(f"Case {n + 1} of {CASES}")).to_be_visible()
            expect(member.get_by_text(f"Case {n + 1} of {CASES}")).to_be_visible()  # she follows by herself
            _same_case(member, chair)
            if n == 0:
                _both_write(chair, member)
            elif n == 1:
                _killed_while_typing(chair, server)
                for page, who in ((member, "Member I"), (attorney, "Attorney G")):  # whoever sat there signs in anew
                    to_meeting(page, server, who)
                    into_room(page)
            else:
                say(chair, f"What the agency knows of case {n}")
            decide(chair, f"What is to be done in case {n}")
            picture(chair, f"case {n}")
            if n == CASES - 1:
                _recused(attorney, n)
            heard(chair)
        press(chair, "Adjourn")
        expect(chair.get_by_text("held, record not approved")).to_be_visible()
        assert hosts == {HERE}

        chair.get_by_role("tab", name="Record", exact=True).click()
        press(chair, "Read the record")
        picture(chair, "record")
        press(chair, "I have read it and approve it")
        expect(chair.get_by_text("record approved").first).to_be_visible()
        press(chair, "Read the record")
        _documents(chair)
    _is_whole(server)


def _same_case(member: Page, chair: Page) -> None:
    """What the chairperson looks at is before the member too, once her own page has followed."""
    calm(chair)
    expect(member.get_by_role("heading", name=number_of(chair), exact=True)).to_be_visible()


@contextmanager
def _browser_beside(page: Page) -> Iterator[Page]:
    """Another person at another machine: a context of her own."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(viewport={"width": DESK["width"], "height": DESK["height"]})
    other = context.new_page()
    other.set_default_timeout(SECONDS * 1000)
    yield other
    context.close()


def _both_write(chair: Page, member: Page) -> None:
    """The chairperson types while a member records her own statement; neither loses a word, and each sees the other's."""
    key(chair, "Alt+s")
    chair.get_by_label("What was said").fill("What the agency knows of the child")
    key(member, "Alt+s")
    choose(member, "What it is", "position")
    member.get_by_label("Who provided it").first.click()
    member.get_by_role("option").first.click()
    write(member, "What was said", "What the hospital holds")
    press(member, "Record")
    expect(member.get_by_text("Recorded: statement made at the meeting")).to_be_visible()
    expect(chair.get_by_text("What the hospital holds")).to_be_visible()
    expect(chair.get_by_label("What was said")).to_have_value("What the agency knows of the child")
    choose(chair, "What it is", "information")
    chair.get_by_label("Who provided it").first.click()
    chair.get_by_role("option", name="Member of DCF").click()
    calm(chair)
    press(chair, "Record")
    if chair.get_by_text("Meanwhile somebody else recorded").count():  # she is told, and decides again
        press(chair, "Record")
    expect(chair.get_by_text("Recorded: statement made at the meeting")).to_be_visible()
    expect(member.get_by_text("What the agency knows of the child")).to_be_visible()


def _killed_while_typing(chair: Page, server: Server) -> None:
    """The server is killed (-9) in the middle of a sentence: after a reload it stands where it was left."""
    key(chair, "Alt+s")
    chair.get_by_label("What was said").press_sequentially(HALF)
    _wait_until_kept(chair, server)
    server.kill()
    server.begin()
    to_meeting(chair, server, "Chairperson B")
    into_room(chair)
    key(chair, "Alt+s")
    press(chair, "Go on with it")
    expect(chair.get_by_label("What was said")).to_have_value(HALF)
    choose(chair, "What it is", "information")
    chair.get_by_label("Who provided it").first.click()
    chair.get_by_role("option", name="Member of DCF").click()
    calm(chair)
    press(chair, "Record")
    expect(chair.get_by_text("Recorded: statement made at the meeting")).to_be_visible()


def _wait_until_kept(chair: Page, server: Server) -> None:
    """It keeps itself every three seconds, later on a crowded machine; nobody presses anything."""
    with _opened(server) as store:
        for _ in range(SECONDS):
            chair.wait_for_timeout(1_000)
            now = datetime.now(UTC)
            kept = [drafts.found(store, CHAIR, one.form, now) for one in drafts.begun(store, CHAIR, now)]
            if any(HALF in one.values.values() for one in kept if one):
                return
    raise AssertionError("what was typed was not kept")


def _recused(attorney: Page, n: int) -> None:
    """A conflict that is declared in the room takes effect at once: the case is gone from her screen."""
    if attorney.get_by_role("button", name="Leave the room").count() == 0:
        return
    calm(attorney)
    number = number_of(attorney)
    key(attorney, "Alt+x")
    press(attorney, "Record")
    expect(attorney.get_by_role("heading", name=number)).to_have_count(0)
    assert n >= 0


def _documents(chair: Page) -> None:
    """The record as PDF and DOCX opens, and names what § 17a-106a(j) asks for."""
    for title, reads in (("Record (PDF)", _text_of_pdf), ("Record (DOCX)", _text_of_docx)):
        press(chair, title)
        with chair.expect_download() as saved:
            chair.get_by_role("button", name="Save meeting-record").click()
        text = reads(Path(saved.value.path()).read_bytes())
        for wanted in ("Child A", "unknown", "Position DCF", "What is to be done in case 0", "What the hospital holds"):
            assert wanted in text


def _text_of_pdf(content: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def _text_of_docx(content: bytes) -> str:
    made_of = Document(BytesIO(content))
    cells = [cell.text for table in made_of.tables for row in table.rows for cell in row.cells]
    return " ".join("\n".join([*(p.text for p in made_of.paragraphs), *cells]).split())


def _is_whole(server: Server) -> None:
    """Every decision once, every case heard, the chains whole."""
    with _opened(server) as store:
        now = datetime.now(UTC)
        found = next(m for m in meeting.meetings(store, CHAIR, now) if m.state == "recorded")
        assert (found.heard, found.cases) == (CASES, 0)
        view = meeting.meeting_view(store, CHAIR, found.id, now)
        made_here = [[e.fact for e in history(store, line.case_id)].count(Fact.DECISION_MADE) for line in view.lines]
        assert made_here == [1] * CASES
        assert check(store).faults == []


def test_the_meeting_fits_a_telephone(server: Server) -> None:
    with _browser(PHONE) as (page, hosts):
        to_meeting(page, server, "Coordinator H")
        for tab in ("Agenda", "Who comes", "Record"):
            page.get_by_role("tab", name=tab, exact=True).click()
            picture(page, f"telephone, {tab}")
            assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        press(page, "Open the meeting")
        key(page, "Alt+n")
        picture(page, "telephone, a case")
        assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        assert hosts == {HERE}
