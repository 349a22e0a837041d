"""In a real browser: a whole report by the keyboard alone, and its children and persons back after the server was killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from mdt.board.named import named
from mdt.casework import drafts
from mdt.records.tables import CASES, REPORTS
from mdt.scenario import PEOPLE
from mdt.store import open_store

from .test_board import DESK, HERE, PHONE, ROOT, SECONDS, Board, _browser, _fill, _sign_in, _wait_for, board

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

__all__ = ["board"]  # the board of the other file, for this one
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
expect.set_options(timeout=SECONDS * 1000)  # as long as a page of the other files
WORKER = PEOPLE["intake worker"]
FORM = "take-a-report"
MOST_TABS = 60
TRIES = 3
# What has the focus: the name of its group of buttons, or its own.
FOCUSED = """(() => {
    const field = document.activeElement
    const group = field.closest("[role=radiogroup]")
    return (group ?? field).getAttribute("aria-label") ?? (field.innerText || field.tagName)
})()"""


def to(page: Page, label: str) -> None:
    """Go on with the tabulator to a field: it lies ahead, never behind, but where a late drawing took the focus away."""
    for _ in range(TRIES):
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED).startswith(label):
                return
        page.wait_for_timeout(1_000)
        settled(page)
    pytest.fail(f"The tabulator does not come to {label}.")


def write(page: Page, **fields: str) -> None:
    """Go from field to field and type; a label is given with underscores."""
    for label, words in fields.items():
        to(page, label.replace("_", " "))
        page.keyboard.type(words)


def settled(page: Page) -> None:
    """Wait until the page is drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def begin(page: Page, url: str) -> None:
    """The form, the cursor before its first field."""
    _sign_in(page, url, "Worker A")
    tab = page.get_by_role("tab", name="Take a report")
    tab.click()
    expect(page.get_by_role("button", name="Take the report")).to_be_visible()
    settled(page)
    tab.focus()


def press_on(page: Page, label: str) -> None:
    to(page, label)
    page.keyboard.press("Enter")


def told(url: str) -> list[dict[str, object]]:
    """What each report told, the newest last."""
    with closing(open_store(url)) as store:
        with store.read() as connection:
            newest = select(REPORTS.c.case_id).order_by(REPORTS.c.received_at, REPORTS.c.child_no)
            cases = connection.execute(newest).scalars().all()
        found = [named(store, WORKER, case_id, datetime.now(UTC)) for case_id in cases]
        return [one.child | one.reports[0] | {"words": str(one.words)} for one in found]


def cases(url: str) -> int:
    with closing(open_store(url)) as store, store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(CASES)).scalar_one())


def tell_of_two_children(page: Page) -> None:
    """A report in the order of a call: by a teacher, of a sister and a brother."""
    to(page, "How it came")
    page.keyboard.press("Space")  # oral
    to(page, "Who reports")
    page.keyboard.type("teacher")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mandated: CGS § 17a-101(b)(9).")).to_be_visible()
    expect(page.get_by_text("notify the police")).to_be_visible()  # the clocks, as soon as it is known from whom
    write(page, Given_name="Vinecliff", Family_name="Zqx", Birthdate="07/23/2011")
    page.keyboard.press("Enter")  # takes nothing
    to(page, "Town where the child lives")
    page.keyboard.type("New Havn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, New Haven")).to_be_visible()
    press_on(page, "Yes, New Haven")
    expect(page.get_by_role("combobox", name="Town where the child lives")).to_have_value("New Haven")
    write(page, Address="1 Elm Street")
    press_on(page, "Add a brother or sister")
    expect(page.get_by_label("Given name").nth(1)).to_be_focused()
    page.keyboard.type("Underhill")
    expect(page.get_by_label("Family name").nth(1)).to_have_value("Zqx")
    expect(page.get_by_label("Address", exact=True).nth(1)).to_have_value("1 Elm Street")


def test_a_report_on_two_children_is_taken_by_the_keyboard_alone(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_HOME", str(Path(board.database.removeprefix("sqlite:///")).parent))
    before = cases(board.database)
    with _browser(DESK) as (page, hosts):
        begin(page, board.url)
        tell_of_two_children(page)
        write(page, What_was_told="She said so. =1+1 <b>", First_day_it_happened="2026-01-02")
        press_on(page, "Add a suspected person")
        expect(page.get_by_label("Name, or what is known")).to_be_focused()
        write(page, Alias="Ace", Vehicle="a grey van")
        to(page, "Commercial sex?")
        page.keyboard.press("ArrowRight")  # yes, of the first child
        write(page, What_has_been_done="A doctor was called")
        assert cases(board.database) == before
        page.keyboard.press("Control+Shift+Enter")  # what is being typed goes with it
        expect(page.get_by_text("Recorded: report received, on 2 children.")).to_be_visible()
        assert hosts == {HERE}
    first, second = told(board.database)[-2:]
    assert (first["given_name"], first["family_name"], first["town"]) == ("Vinecliff", "Zqx", "New Haven")
    assert (second["given_name"], second["family_name"], second["town"]) == ("Underhill", "Zqx", "New Haven")
    assert second["address"] == first["address"] == "1 Elm Street"
    assert (first.get("commercial_sex"), second.get("commercial_sex")) == (True, None)
    assert first["suspected"] == second["suspected"] == [{"alias": "Ace", "vehicle": "a grey van"}]
    assert "A doctor was called" in str(first["words"])


def test_what_is_kept_every_few_seconds_takes_nothing(board: Board) -> None:
    before = cases(board.database)
    with _browser(DESK) as (page, _):
        begin(page, board.url)
        to(page, "How it came")
        page.keyboard.press("Space")
        to(page, "Is the reporter mandated")
        page.keyboard.press("Space")
        write(page, What_was_told="Zqx")
        page.wait_for_timeout(7000)  # kept twice, by the keys that submit a text
        expect(page.get_by_label("What was told")).to_be_focused()
        assert cases(board.database) == before
        page.get_by_role("tab", name="Waiting").click()  # a look at another page, and back
        page.get_by_role("tab", name="Take a report").click()
        expect(page.get_by_label("What was told")).to_have_value("Zqx")
        page.get_by_role("button", name="Take the report").click()
        expect(page.get_by_text("Recorded: report received.")).to_be_visible()


@contextmanager
def server(home: Path, port: int) -> Iterator[str]:
    """A board of its own, killed at the end as by a power cut."""
    command = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}")
    environment = {**os.environ, "MDT_DEMO": "1", "MDT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            _wait_for(f"http://{HERE}:{port}/_stcore/health")
            yield f"http://{HERE}:{port}"
        finally:
            process.kill()


def kept_of(home: Path) -> dict[str, object]:
    with closing(open_store(f"sqlite:///{home / 'mdt.db'}")) as store:
        found = drafts.found(store, WORKER, FORM, datetime.now(UTC))
    return dict(found.values) if found else {}


def test_children_and_persons_come_back_after_the_server_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_HOME", str(tmp_path))
    _fill(tmp_path)
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    with _browser(DESK) as (page, _):
        with server(tmp_path, port) as url:
            begin(page, url)
            write(page, Family_name="Zqx")
            press_on(page, "Add a brother or sister")
            expect(page.get_by_label("Given name").nth(1)).to_be_focused()
            page.keyboard.type("Underhill")
            press_on(page, "Add a suspected person")
            expect(page.get_by_label("Name, or what is known")).to_be_focused()
            write(page, Alias="Ace")
            page.keyboard.press("Tab")
            expect(page.get_by_label("Phone", exact=True)).to_be_focused()
            until = 100
            while kept_of(tmp_path).get("s0-alias") != "Ace" and until:
                page.wait_for_timeout(100)
                until -= 1
        with server(tmp_path, port) as url:
            _sign_in(page, url, "Worker A")
            page.get_by_role("tab", name="Take a report").click()
            page.get_by_role("button", name="Go on with it").click()
            expect(page.get_by_label("Given name").nth(1)).to_have_value("Underhill")
            expect(page.get_by_label("Family name").nth(1)).to_have_value("Zqx")
            expect(page.get_by_label("Alias")).to_have_value("Ace")


def test_the_form_fits_a_phone(board: Board) -> None:
    with _browser(PHONE) as (page, _):
        begin(page, board.url)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
