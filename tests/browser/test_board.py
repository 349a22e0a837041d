"""The board in a real browser: a person signs in, records an act, sees what follows, and nothing leaves this machine."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from mdt.acts import Form
from mdt.board import overview
from mdt.board.people import people
from mdt.casework import ACT, carry_out, intake, routing
from mdt.casework.meetings import establish_teams
from mdt.demo import add_people
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).parents[2]
HERE = "127.0.0.1"
SECONDS = 30
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}",
)  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Board(NamedTuple):
    """Where the board listens and where its database lies."""

    url: str
    database: str


def _database(home: Path) -> str:
    return f"sqlite:///{home / 'mdt.db'}"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board of its own, with a few cases."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MDT_HOME", str(home))  # the key lies there
        _fill(home)
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    command = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}")
    environment = {**os.environ, "MDT_DEMO": "1", "MDT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("MDT_DATABASE_URL", None)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            _wait_for(f"http://{HERE}:{port}/_stcore/health")
            yield Board(f"http://{HERE}:{port}", _database(home))
        finally:
            server.terminate()


def _fill(home: Path) -> None:
    store = open_store(_database(home))
    store.create()
    add_people(store)
    establish_teams(store)
    with (ROOT / "tests" / "data" / "referrals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(enumerate(csv.DictReader(file), 2))[:3]
    worker = next(person for person in people(store) if person.role == "intake worker")
    now = datetime.now(UTC)
    routing.screen(store, intake.receive_rows(store, rows, by=worker, now=now).taken, now)
    store.close()


def _wait_for(url: str) -> None:
    direct = build_opener(ProxyHandler({}))
    until = time.monotonic() + SECONDS
    while True:
        try:
            direct.open(url, timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


@contextmanager
def _browser(size: dict[str, int]) -> Iterator[tuple[Page, set[str]]]:
    """A page of that size, and every host it spoke to."""
    chromium = shutil.which("chromium")
    assert chromium, "The browser tests need Debian's chromium: apt-get install chromium."
    hosts: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page = browser.new_page(viewport=size)  # type: ignore[arg-type]
        page.set_default_timeout(SECONDS * 1000)
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or HERE))
        page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname or ""))
        yield page, hosts
        browser.close()


def _sign_in(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text("Demo: invented people").first).to_be_visible()


def test_a_worker_records_an_act_and_sees_what_follows_and_what_a_colleague_does(board: Board) -> None:
    with _browser(DESK) as (page, hosts):
        _sign_in(page, board.url, "Worker A")
        page.get_by_role("button", name="2026-").first.click()
        page.get_by_role("button", name="Classify the report", exact=True).click()
        page.get_by_text("emergency", exact=True).click()
        page.get_by_role("button", name="Record", exact=True).dblclick()  # twice, as people do

        expect(page.get_by_text("Recorded: report classified.")).to_be_visible()
        expect(page.get_by_text("Commence the investigation (emergency)", exact=True)).to_be_visible()
        expect(page.get_by_text("report classified", exact=True)).to_have_count(1)

        _colleague_commences(board, page.get_by_role("heading", name="Case 2").inner_text())
        expect(page.get_by_text("Notify the parents, or record why not", exact=True)).to_be_visible()
        assert hosts == {HERE}


def _colleague_commences(board: Board, heading: str) -> None:
    store = open_store(board.database)
    now = datetime.now(UTC)
    colleague = next(person for person in people(store) if person.role == "intake supervisor")
    number = heading.removeprefix("Case ").strip()
    (card,) = overview.cards(store, colleague, overview.Filters(number=number), now)
    carry_out(store, card.id, ACT["commence_investigation"], Form(happened_at=now), by=colleague, now=now, command="colleague")
    store.close()


def test_nothing_leaves_the_machine_on_any_page_of_anyone(board: Board) -> None:
    with _browser(DESK) as (page, hosts):
        for name in ("Chairperson B", "Advocate C"):
            _sign_in(page, board.url, name)
            links = page.get_by_test_id("stPageLink-NavLink")
            expect(links).not_to_have_count(0)
            for n in range(links.count()):
                links.nth(n).click()
                expect(page.get_by_role("heading", level=2).first).to_be_visible()
        assert hosts == {HERE}


def test_a_phone_shows_the_board_as_a_list_that_fits(board: Board) -> None:
    with _browser(PHONE) as (page, hosts):
        _sign_in(page, f"{board.url}/services", "Supervisor D")  # another's page, as after a reload
        expect(page.get_by_role("heading", name="Intake")).to_be_visible()
        page.get_by_role("link", name="Board").click()
        expect(page.get_by_role("button", name="2026-").first).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert hosts == {HERE}
