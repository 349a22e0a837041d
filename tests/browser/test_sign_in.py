"""Signing in through an agency's identity provider: a certified one, on loopback, and what an attacker would bring."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select, update

from mdt.access import Viewer
from mdt.board import people
from mdt.casework import staff
from mdt.casework.staff import Works
from mdt.records.tables import ACCESS_LOG, SITTINGS
from mdt.store import open_store

from .test_board import _wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).parents[2]
OIDC = ROOT / "tests" / "oidc"
HERE = "127.0.0.1"
SECONDS = 30
expect.set_options(timeout=SECONDS * 1000)
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}",
)  # fmt: skip
COMMAND = Viewer("command-line", "The command line", "system", "MDT")
COOKIE = "_streamlit_user"
SECRETS = """
[auth]
redirect_uri = "{board}/oauth2callback"
cookie_secret = "the cookie secret of the tests, long enough"
client_id = "board"
client_secret = "secret of the tests"
server_metadata_url = "{provider}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid email", prompt = "login" }}
"""


class House(NamedTuple):
    """Where the board listens, and its database."""

    url: str
    store: Store

    def add(self, email: str) -> str:
        """The id of a new intake worker whom the provider vouches for."""
        now = datetime.now(UTC)
        works = Works("intake worker", "DCF", offices=frozenset({"*"}))
        staff.add(self.store, "Worker A", email, works, by=COMMAND, now=now, provider="default")
        return next(a.viewer.id for a in people.accounts(self.store, COMMAND) if a.login == email)

    def acts_of(self, person_id: str) -> list[str]:
        with self.store.read() as connection:
            statement = select(ACCESS_LOG.c.act).where(ACCESS_LOG.c.by == person_id).order_by(ACCESS_LOG.c.n)
            return list(connection.execute(statement).scalars())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A board without the demo, and the provider that it is set up for."""
    home, modules = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("provider")
    npm = shutil.which("npm")
    assert npm, "The provider that signing in is tested against needs node and npm: apt-get install nodejs npm."
    for file in ("package.json", "package-lock.json", ".npmrc", "provider.mjs"):
        shutil.copy(OIDC / file, modules)
    for tries_left in (1, 0):  # a registry may be slow once
        got = subprocess.run([npm, "ci", "--silent"], cwd=modules, check=not tries_left, timeout=100)
        if got.returncode == 0:
            break
    ours, theirs = _free_port(), _free_port()
    board, provider = f"http://{HERE}:{ours}", f"http://{HERE}:{theirs}"
    (home / "secrets.toml").write_text(SECRETS.format(board=board, provider=provider))
    serve = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={ours}")
    environment = {**os.environ, "MDT_HOME": str(home), "PYTHONPATH": str(ROOT), "NO_PROXY": HERE, "no_proxy": HERE}
    for name in ("MDT_DATABASE_URL", "MDT_DEMO"):
        environment.pop(name, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MDT_HOME", str(home))  # where the key lies
        store = open_store(f"sqlite:///{home / 'mdt.db'}")
        store.create()
        with (
            _running(("node", "provider.mjs", str(theirs), board), modules, dict(os.environ)),
            _running((*serve, f"--secrets.files={home / 'secrets.toml'}"), ROOT, environment),
        ):
            _wait_for(f"{provider}/.well-known/openid-configuration")
            _wait_for(f"{board}/_stcore/health")
            yield House(board, store)
        store.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def _running(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            yield
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "The browser tests need Debian's chromium: apt-get install chromium."
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield found
        found.close()


@contextmanager
def _window(browser: Browser, cookies: list[dict[str, object]] | None = None) -> Iterator[tuple[BrowserContext, Page]]:
    context = browser.new_context()
    context.set_default_timeout(SECONDS * 1000)
    if cookies:
        context.add_cookies(cookies)  # type: ignore[arg-type]
    yield context, context.new_page()
    context.close()


def _go_to_the_provider(page: Page, house: House) -> None:
    page.goto(house.url)
    page.get_by_role("button", name="Sign in with your agency").click()
    expect(page.get_by_label("Address")).to_be_visible()


def _vouch(page: Page, email: str) -> None:
    page.get_by_label("Address").fill(email)
    page.get_by_role("button", name="Go on").click()


def _sign_in(page: Page, house: House, email: str) -> None:
    _go_to_the_provider(page, house)
    _vouch(page, email)
    expect(page.get_by_role("heading", name="Intake")).to_be_visible()


def _is_out(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign in with your agency")).to_be_visible()
    expect(page.get_by_text("Worker A")).to_have_count(0)


def test_a_person_signs_in_through_her_agency_and_every_window_is_hers_until_she_signs_out(
    house: House, browser: Browser
) -> None:
    who = house.add("ann@x.example")
    with _window(browser) as (context, page):
        _sign_in(page, house, "ann@x.example")
        other = context.new_page()
        other.goto(f"{house.url}/board")
        expect(other.get_by_role("heading", name="Board")).to_be_visible()
        cookies = context.cookies()
        page.get_by_role("button", name="Worker A").click()
        page.get_by_role("button", name="Sign out").click()
        other.get_by_role("link", name="Law").click()
        _is_out(other)
        expect(other.get_by_text("this sign-in was ended")).to_be_visible()
    assert house.acts_of(who) == ["signed in", "signed out"]
    with _window(browser, cookies) as (_, page):  # somebody kept the cookie
        page.goto(house.url)
        page.wait_for_timeout(3000)
        page.goto(house.url)
        _is_out(page)
    assert house.acts_of(who) == ["signed in", "signed out"]


def test_a_callback_that_is_sent_again_opens_nothing(house: House, browser: Browser) -> None:
    who = house.add("bea@x.example")
    sent: list[str] = []
    with _window(browser) as (context, page):
        page.on("request", lambda request: sent.append(request.url) if "/oauth2callback?code" in request.url else None)
        _go_to_the_provider(page, house)
        before = [cookie for cookie in context.cookies() if cookie["name"] != COOKIE]  # the state is in one of them
        _vouch(page, "bea@x.example")
        expect(page.get_by_role("heading", name="Intake")).to_be_visible()
    assert sent
    for cookies in (None, before):
        with _window(browser, cookies) as (context, page):
            page.goto(sent[0])
            _is_out(page)
            assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    assert house.acts_of(who) == ["signed in"]


def test_a_cookie_that_was_altered_or_forged_opens_nothing(house: House, browser: Browser) -> None:
    house.add("cat@x.example")
    with _window(browser) as (context, page):
        _sign_in(page, house, "cat@x.example")
        (mine,) = (dict(cookie) for cookie in context.cookies() if cookie["name"] == COOKIE)
    value = str(mine["value"])
    for forged in (value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1], "B" + value[1:], "e30.forged.forged"):
        with _window(browser, [mine | {"value": forged}]) as (_, page):
            page.goto(house.url)
            _is_out(page)
    with _window(browser, [mine]) as (_, page):  # unaltered it would have
        page.goto(house.url)
        expect(page.get_by_role("heading", name="Intake")).to_be_visible()


def test_a_page_that_nobody_clicks_on_hides_itself_and_its_cookie_is_of_no_use(house: House, browser: Browser) -> None:
    who = house.add("dot@x.example")
    with _window(browser) as (context, page):
        _sign_in(page, house, "dot@x.example")
        cookies = context.cookies()
        half_an_hour_ago = datetime.now(UTC) - timedelta(minutes=31)
        with _window(browser, cookies) as (_, idle):
            idle.goto(house.url)
            expect(idle.get_by_role("heading", name="Intake")).to_be_visible()
        with house.store.write() as connection:
            old = {"began_at": datetime.now(UTC) - timedelta(hours=12), "seen_at": half_an_hour_ago}
            connection.execute(update(SITTINGS).where(SITTINGS.c.person_id == who).values(old))
        expect(page.get_by_text("after 12 hours everybody signs in again")).to_be_visible()
        _is_out(page)
    assert house.acts_of(who) == ["signed in", "timed out"]
    with _window(browser, cookies) as (_, page):
        page.goto(house.url)
        page.wait_for_timeout(3000)
        page.goto(house.url)
        _is_out(page)


def test_a_disabled_person_is_out_with_her_next_click_and_does_not_come_in_again(house: House, browser: Browser) -> None:
    who = house.add("eve@x.example")
    with _window(browser) as (_, page):
        _sign_in(page, house, "eve@x.example")
        staff.disable(house.store, who, by=COMMAND, now=datetime.now(UTC))
        page.get_by_role("link", name="Law").click()
        _is_out(page)
        page.get_by_role("button", name="Sign in with your agency").click()
        _vouch(page, "eve@x.example")
        expect(page.get_by_text("there is no open account here for you")).to_be_visible()
        _is_out(page)


@pytest.mark.parametrize(
    ("email", "why"),
    [("nobody@x.example", "no open account here"), ("not-verified@x.example", "does not vouch for your e-mail")],
)
def test_whom_the_provider_vouches_for_in_vain(house: House, browser: Browser, email: str, why: str) -> None:
    if email.startswith("not-verified"):
        house.add(email)
    with _window(browser) as (_, page):
        _go_to_the_provider(page, house)
        _vouch(page, email)
        expect(page.get_by_text(why)).to_be_visible()
        _is_out(page)
