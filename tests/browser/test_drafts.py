"""In a real browser: what is typed is kept while the field is still being typed in, and is there after the page was killed."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mdt.casework import drafts
from mdt.scenario import PEOPLE
from mdt.store import open_store

from .test_board import DESK, SECONDS, Board, _browser, _sign_in, board

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

__all__ = ["board"]  # the board of the other file, for this one
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FORM = "take-a-report"
TOLD = "Zqx said that somebody waits for her each day after school.\nOn the second line she said no more of it.\n"
PUT_IN = "a man whom nobody knows, and this is typed while what stands before is being kept, "
PLACE = "somebody "
# Which field has the focus, where its caret is, and how far the page is scrolled.
WHERE = """[
    document.activeElement.ariaLabel, document.activeElement.selectionStart,
    document.querySelector("[data-testid=stMain]").scrollTop,
]"""
STORED = "JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie])"


def take_a_report(page: Page, url: str) -> Locator:
    _sign_in(page, url, "Worker A")
    page.get_by_role("tab", name="Take a report").click()
    return page.get_by_label("What was told")


def wait_until(kept: Callable[[], str], told: str) -> None:
    until = time.monotonic() + SECONDS
    while kept() != told and time.monotonic() < until:
        time.sleep(0.2)
    assert kept() == told


@pytest.fixture
def kept(board: Board) -> Callable[[], str]:
    """What is kept of the words in the one field that is typed in."""

    def words() -> str:
        with closing(open_store(board.database)) as store:
            found = drafts.found(store, PEOPLE["intake worker"], FORM, datetime.now(UTC))
        return str(found.values["narrative"]) if found else ""

    return words


def test_what_is_being_typed_is_kept_without_leaving_the_field_and_comes_back(
    board: Board,
    kept: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MDT_HOME", board.database.removeprefix("sqlite:///").removesuffix("/mdt.db"))  # its key
    whole = TOLD.replace(PLACE, PUT_IN + PLACE)
    with _browser(DESK) as (page, _):
        field = take_a_report(page, board.url)
        field.click()
        page.keyboard.type(TOLD, delay=20)
        wait_until(kept, TOLD)
        for _back in range(len(TOLD) - TOLD.index(PLACE)):
            page.keyboard.press("ArrowLeft")
        at = page.evaluate(WHERE)
        page.keyboard.type(PUT_IN, delay=60)  # kept twice meanwhile
        assert page.evaluate(WHERE) == [at[0], at[1] + len(PUT_IN), at[2]]
        expect(field).to_have_value(whole)
        wait_until(kept, whole)
        assert page.evaluate(WHERE) == [at[0], at[1] + len(PUT_IN), at[2]]
        assert "Zqx" not in page.evaluate(STORED)
    with _browser(DESK) as (page, hosts):  # the other was killed
        field = take_a_report(page, board.url)
        expect(page.get_by_text("You began this on")).to_be_visible()
        page.get_by_role("button", name="Go on with it").click()
        expect(field).to_have_value(whole)
        page.get_by_label("Report number").fill("D-1")
        page.get_by_text("oral", exact=True).click()
        page.get_by_role("radiogroup", name="Is the reporter mandated to report?").get_by_text("yes", exact=True).click()
        page.get_by_role("button", name="Take the report").click()
        expect(page.get_by_text("Recorded: report received.")).to_be_visible()
        assert kept() == ""
        assert hosts == {"127.0.0.1"}
