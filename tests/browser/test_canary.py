"""Two people in two real browsers: what one types or reads of a child is nowhere but on her own page while she reads it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from mdt.store import open_store
from tests.dashboard.test_bulk import ours
from tests.making import row
from tests.privacy.canary import AS_TYPED, CANARY, FAMILY, NARRATIVE, PHONE, hits, in_files, in_tables

from .test_board import DESK, HERE, QUIET, ROOT, SECONDS, _database, _fill, _sign_in, _wait_for
from .test_report import settled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import ConsoleMessage, Locator, Page, Playwright, Request, WebSocket

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(400)]
expect.set_options(timeout=SECONDS * 1000)
STORED = """async () => JSON.stringify([
    location.href, document.title, document.cookie, history.length, {...localStorage}, {...sessionStorage},
    (await indexedDB.databases()).map(one => one.name), window.caches ? await caches.keys() : [],
    performance.getEntries().map(one => one.name), (await navigator.serviceWorker?.getRegistrations() ?? []).length,
])"""
NAMES = {"Given name": CANARY, "Family name": FAMILY}
TYPED = {
    **NAMES, "Report number": "B-1", "Reporter's name": FAMILY, "Reporter's phone": PHONE, "Birthdate": AS_TYPED,
    "Child's or family's phone": PHONE, "Address": NARRATIVE, "Citizenship": "US",
    "Parents, or whoever cares": NARRATIVE, "What was told": NARRATIVE, "About what time": CANARY,
    "Earlier harm": NARRATIVE, "How the reporter knows": NARRATIVE, "Why suspected": NARRATIVE, "Earlier cases": NARRATIVE,
    "Police agency told": CANARY, "What has been done so far": NARRATIVE, "Why, and what is safe": NARRATIVE,
}  # fmt: skip
OF_A_PERSON = {
    "Name, or what is known": CANARY, "Alias, nickname or street name": FAMILY, "Phone": PHONE,
    "Name used on the Internet": CANARY, "Vehicle or plate": FAMILY, "Place": CANARY, "Relationship to the child": FAMILY,
}  # fmt: skip
SENT_IN = "/_stcore/upload_file/"
MEGABYTES = 3  # of a file sent in: more than a server keeps in memory by itself


@dataclass
class Window:
    """A person's browser, and all that it asked for, was told, and said."""

    page: Page
    asked: list[str] = field(default_factory=list)
    received: list[bytes | str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("request", self._request)
        self.page.on("framenavigated", lambda frame: self.asked.append(frame.url))
        self.page.on("console", self._console)
        self.page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        body = b"" if SENT_IN in request.url else request.post_data_buffer  # a file is sent as it is, and nothing besides
        self.asked += [request.url, repr(request.headers), repr(body)]

    def _console(self, message: ConsoleMessage) -> None:
        self.asked.append(message.text)

    def _socket(self, socket: WebSocket) -> None:
        self.asked.append(socket.url)
        socket.on("framereceived", self._received)

    def _received(self, frame: bytes | str) -> None:
        self.received.append(frame)

    def told(self) -> list[str]:
        """The canaries in what the server told this browser since it was last asked."""
        found, self.received[:] = [how for frame in self.received for how in hits(frame)], []
        return found

    def left(self) -> list[str]:
        """The canaries in what is left behind: addresses, titles, storage, cookies, what the console said."""
        return hits("\n".join((*self.asked, self.page.evaluate(STORED))))


@dataclass
class House:
    """Where the board listens, and the folders of everything that it keeps."""

    url: str
    home: Path
    aside: Path


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A board with a few cases, all that it says in a file, its temporary files in a folder of their own."""
    home, aside = tmp_path / "home", tmp_path / "temporary"
    aside.mkdir()
    monkeypatch.setenv("MDT_HOME", str(home))
    home.mkdir(mode=0o700)
    _fill(home)
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    command = (sys.executable, "-X", "faulthandler", "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}",
               "--logger.level=debug")  # fmt: skip
    environment = {**os.environ, "MDT_DEMO": "1", "PYTHONPATH": str(ROOT), "TMPDIR": str(aside)}
    with (home / "said.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://{HERE}:{port}/_stcore/health")
            yield House(f"http://{HERE}:{port}", home, aside)
        finally:
            server.terminate()
            server.wait(SECONDS)


@contextmanager
def window(playwright: Playwright, profile: Path) -> Iterator[Window]:
    chromium = shutil.which("chromium")
    assert chromium, "The browser tests need Debian's chromium: apt-get install chromium."
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium,
        args=list(QUIET),
        viewport=DESK,  # type: ignore[arg-type]
    )
    context.set_default_timeout(SECONDS * 1000)
    opened = Window(context.pages[0])
    opened.watch()
    yield opened
    context.close()


def choose(tab: Locator) -> None:
    """Click until it is chosen: a page that draws itself anew at that moment swallows a click."""
    for _ in range(5):
        tab.click()
        with suppress(AssertionError):
            expect(tab).to_have_attribute("aria-selected", "true", timeout=4000)
            return
    expect(tab).to_have_attribute("aria-selected", "true")


def walk(page: Page) -> None:
    """Every page that this person has in her row, with each of its tabs."""
    links = page.get_by_test_id("stPageLink-NavLink")
    expect(links).not_to_have_count(0)
    for name in [name for name in links.all_inner_texts() if name != "Case"]:
        links.get_by_text(name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        for n in range(page.get_by_role("tab").count()):
            choose(page.get_by_role("tab").nth(n))


def begin_a_report(page: Page) -> None:
    expect(page.get_by_role("tab")).to_have_count(5)
    choose(page.get_by_role("tab", name="Take a report"))
    expect(page.get_by_role("button", name="Take the report").or_(page.get_by_text("You began this on"))).to_be_visible()


def says(page: Page, question: str, answer: str) -> None:
    page.get_by_role("radiogroup", name=question).get_by_text(answer, exact=True).click()


def take_a_report(page: Page) -> None:
    """On two children and a suspected person, every field of words filled in."""
    begin_a_report(page)
    page.get_by_text("oral", exact=True).click()
    says(page, "Is the reporter mandated to report?", "yes")
    says(page, "Unsafe to contact the child or the family?", "yes")
    page.get_by_role("button", name="Add a suspected person").click()
    expect(page.get_by_label("Alias, nickname or street name")).to_be_visible()
    for label, words in TYPED.items():
        page.get_by_label(label).first.fill(words)
        page.keyboard.press("Tab")
    for label, words in OF_A_PERSON.items():
        page.get_by_label(label, exact=True).last.fill(words)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Add a brother or sister").click()
    expect(page.get_by_label("Family name").nth(1)).to_have_value(FAMILY)
    page.get_by_label("Given name").nth(1).fill(CANARY)
    page.keyboard.press("Tab")


def find(page: Page) -> None:
    page.get_by_role("link", name="Board").click()
    page.get_by_text("Find a child by name").click()
    for label, name in NAMES.items():
        page.get_by_label(label).fill(name)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("same name").first).to_be_visible()


def note_an_act(page: Page) -> None:
    page.get_by_role("button", name="Classify the report", exact=True).click()
    page.get_by_text("emergency", exact=True).click()
    page.get_by_label("Note").fill(NARRATIVE)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("Recorded: report classified.")).to_be_visible()


def take_out_a_document(page: Page, media: str) -> bytes:
    """The notice to the police, which names the child within and not in what it is called."""
    make = page.get_by_role("button", name=f"Make the {media.upper()}").first
    if not make.is_visible():  # the lid is closed
        page.get_by_role("button", name="Document", exact=True).first.click()
    make.click()
    button = page.get_by_role("button", name=re.compile(rf"Save 2.*\.{media}"))
    expect(button).to_be_visible()
    settled(page)  # the names stand on the right, and are drawn after this button
    with page.expect_download() as coming:
        button.click()
    assert re.fullmatch(rf"\d{{4}}-\d{{5}}-[a-z-]+\.{media}", coming.value.suggested_filename)
    return coming.value.path().read_bytes()


def send_in_a_file(page: Page) -> None:
    """A large file, called after the child, of which some rows are taken and one is refused."""
    page.get_by_role("link", name="Import").click()
    expect(page.get_by_role("heading", name="Import", exact=True)).to_be_visible()
    told = {"child_given_name": CANARY, "child_family_name": FAMILY, "narrative": NARRATIVE + "x" * 49_000}
    good = [row(**told, report_no=f"I-{n}") for n in range(MEGABYTES * 21)]
    content = ours(*good, row(**told, mode=CANARY, report_no="I-wrong"))
    assert len(content) > MEGABYTES * 1_000_000
    page.locator("input[type=file]").set_input_files({"name": f"{CANARY}.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text(f"Would be taken: {len(good)}")).to_be_visible()
    page.get_by_role("button", name=f"Take in {len(good)} referrals").click()
    expect(page.get_by_text(f"Taken: {len(good)}")).to_be_visible()


def in_the_cache(content: bytes, *folders: Path) -> list[str]:
    """The files that hold a piece of it."""
    pieces = [content[n : n + 64] for n in range(0, len(content) - 64, 4096)]
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return [str(file) for file in files if any(piece in file.read_bytes() for piece in pieces)]


def in_two_sittings(hers: Window, others: Window, house: House) -> None:
    """A report is taken, with a window closed on the way; and an act is recorded with a note."""
    page = hers.page
    take_a_report(page)
    walk(others.page)
    page.wait_for_timeout(9000)  # the draft is kept, on a busy machine too
    hers.told()  # a brother's or sister's household is filled in for her
    _sign_in(page, house.url, "Worker A")  # the page was closed, and she comes back
    assert hers.told() == []  # until she asks for it
    begin_a_report(page)
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label("What was told").first).to_have_value(NARRATIVE)
    expect(page.get_by_label("Alias, nickname or street name")).to_have_value(FAMILY)
    page.get_by_role("button", name="Take the report").click()
    expect(page.get_by_text("Recorded: report received, on 2 children.")).to_be_visible()
    note_an_act(page)
    hers.told()


def test_what_one_person_types_or_reads_is_in_no_other_browser_and_is_left_nowhere(house: House, tmp_path: Path) -> None:
    profiles = [tmp_path / "profiles" / name for name in ("worker", "chair")]
    with (
        sync_playwright() as playwright,
        window(playwright, profiles[0]) as hers,
        window(playwright, profiles[1]) as others,
    ):
        page = hers.page
        _sign_in(page, house.url, "Worker A")
        _sign_in(others.page, house.url, "Chairperson B")
        in_two_sittings(hers, others, house)
        page.get_by_role("button", name="Show name and notes").click()
        expect(page.get_by_text(f"Given name: {CANARY}")).to_be_visible()
        assert hers.told()  # the search sees what is told
        assert hers.left() == []
        documents = [take_out_a_document(page, media) for media in ("docx", "pdf")]
        assert hits(documents[0])
        hers.told()
        assert hers.left() == []
        walk(others.page)
        page.get_by_role("button", name="Hide name and notes").click()
        expect(page.get_by_role("button", name="Show name and notes")).to_be_visible()
        assert hits(page.content()) == []
        find(page)
        send_in_a_file(page)
        walk(page)
        find(page)
        page.get_by_role("button", name="same name").first.click()
        expect(page.get_by_role("button", name="Show name and notes")).to_be_visible()
        assert (hits(page.content()), hers.told()) == ([], [])
        page.get_by_role("button", name="Worker A").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Worker A")).to_be_visible()
        assert (hits(page.content()), hers.left()) == ([], [])

        walk(others.page)
        others.page.reload()
        assert len(others.received) > 10
        assert (others.told(), others.left(), hits(others.page.content())) == ([], [], [])
    assert all(any(profile.rglob("*")) for profile in profiles)
    assert in_files(*profiles) == {}
    assert in_files(house.home, house.aside) == {}
    assert [in_the_cache(content, *profiles, house.home, house.aside) for content in documents] == [[], []]
    store = open_store(_database(house.home))
    assert in_tables(store) == {}
    store.close()
