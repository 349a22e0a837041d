"""A day of an intake worker in the browser: from the queue to the end of the shift, and what her supervisor approves."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mdt.law.period import EASTERN

from .test_board import DESK, HERE, PHONE, SECONDS, Board, _browser, _sign_in, board
from .test_report import settled

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["board"]  # the board of the other file, for this one
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
expect.set_options(timeout=SECONDS * 1000)
WIDE = {**DESK, "height": 1000}
PICTURES = os.environ.get("MDT_SCREENSHOTS")  # a folder for pictures of every step; none are made without it
TABS = ("Queue", "Take a report", "Waiting", "Notices", "End of shift")
SIDEWAYS = "document.scrollingElement.scrollWidth"
_NUMBERS = count(1)


def calm(page: Page) -> None:
    """Wait until a click has been answered and nothing is left to be drawn."""
    page.wait_for_timeout(300)
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def picture(page: Page, what: str) -> None:
    """Keep what is to be seen, if somebody wants to look at it."""
    calm(page)
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{next(_NUMBERS):02} {what}.png")


def press(page: Page, name: str, within: Locator | None = None) -> None:
    (within or page).get_by_role("button", name=name, exact=True).first.click()
    calm(page)


def choose(page: Page, group: str, option: str) -> None:
    page.get_by_role("radiogroup", name=group).first.get_by_text(option, exact=True).click()
    calm(page)


def write(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).first.fill(words)
    page.keyboard.press("Tab")
    calm(page)


def record(page: Page, became: str) -> None:
    """Record the form that is open; this became of it."""
    press(page, "Record")
    expect(page.get_by_text(f"Recorded: {became}")).to_be_visible()
    calm(page)


def to_intake(page: Page, tab: str) -> None:
    page.get_by_role("link", name="Intake").click()
    calm(page)
    page.get_by_role("tab", name=tab).click()
    calm(page)


def open_first(page: Page) -> None:
    """The first case of the list."""
    page.get_by_role("button", name="2026-").first.click()
    expect(page.get_by_role("heading", name="Case 2026-")).to_be_visible()
    calm(page)


def take_up_and_classify(page: Page) -> None:
    picture(page, "queue")
    press(page, "Take up")
    expect(page.get_by_text("You have taken up the report of case")).to_be_visible()
    picture(page, "taken up")
    page.get_by_role("button", name="Being looked at").click()
    picture(page, "being looked at")
    open_first(page)
    picture(page, "case")
    press(page, "Classify the report")
    page.get_by_text("emergency", exact=True).click()
    picture(page, "classify")
    record(page, "report classified.")
    picture(page, "classified")


def screen_part_way_and_whole(page: Page) -> None:
    page.get_by_text("Screen with the instrument").click()
    calm(page)
    picture(page, "instrument")
    choose(page, "Has the child been away overnight", "yes")
    press(page, "Save as far as it is")
    expect(page.get_by_text("Recorded: screening scored.")).to_be_visible()
    picture(page, "part-way")
    for asked in page.get_by_role("radiogroup").all()[2:]:
        asked.get_by_text("no", exact=True).click()
        settled(page)
    picture(page, "answered")
    press(page, "Save")
    expect(page.get_by_text("Recorded: screening scored.")).to_be_visible()
    expect(page.get_by_text("Scored so far: 2")).to_be_visible()
    picture(page, "whole")


def determine(page: Page) -> None:
    press(page, "Record a reasonable belief")
    picture(page, "determine")
    choose(page, "Minor induced, no force needed", "yes")
    write(page, "What that rests on (§ 53a-192a(a)(2))", "She told the worker so.")
    record(page, "victim believed.")
    picture(page, "determined")


def tell_the_police(page: Page) -> None:
    """By e-mail; then the notice as a file, and the answer."""
    press(page, "Record that the police were notified")
    page.get_by_text("e-mail", exact=True).first.click()
    page.get_by_text("local police", exact=True).first.click()
    picture(page, "tell the police")
    record(page, "police notified.")
    picture(page, "police told")
    page.get_by_role("button", name="Document").first.click()
    calm(page)
    press(page, "Make the PDF")
    saving = page.get_by_role("button", name="Save ").filter(has_text=".pdf")
    expect(saving).to_be_visible()
    picture(page, "document")
    with page.expect_download() as coming:
        saving.click()
    name = coming.value.suggested_filename
    assert name == "2026-00001-police-notice.pdf"  # of nobody's name
    assert Path(coming.value.path()).read_bytes().startswith(b"%PDF")
    page.keyboard.press("Escape")
    calm(page)
    press(page, "Record that the notice was acknowledged")
    picture(page, "acknowledge")
    record(page, "notice acknowledged.")
    picture(page, "acknowledged")


def hand_over(page: Page) -> None:
    page.get_by_text("The first 72 hours, for the area office").click()
    calm(page)
    picture(page, "the first 72 hours")
    press(page, "Hand the case over to the area office")
    picture(page, "hand over")
    record(page, "handed over to the area office.")
    picture(page, "handed over")


def end_the_shift(page: Page) -> None:
    to_intake(page, "End of shift")
    picture(page, "end of shift")
    expect(page.get_by_text("A colleague looks after my clocks")).to_be_visible()
    page.get_by_role("combobox", name="Colleague").click()
    page.get_by_role("option").first.click()
    calm(page)
    page.get_by_text("mm", exact=True).first.click()
    page.keyboard.type(f"{datetime.now(EASTERN) + timedelta(days=1):%m%d%Y}")
    page.get_by_text("HH", exact=True).first.click()
    page.keyboard.type("0900")
    page.keyboard.press("Tab")
    picture(page, "my clocks")
    press(page, "Hand my clocks over")
    expect(page.get_by_text("both are told")).to_be_visible()
    picture(page, "handed off")


def screen_another_out(page: Page) -> None:
    to_intake(page, "Queue")
    page.get_by_role("button", name="New").click()
    open_first(page)
    press(page, "Classify the report")
    page.get_by_text("other", exact=True).click()
    record(page, "report classified.")
    press(page, "Screen the report out")
    page.get_by_text("no indication of trafficking", exact=True).click()
    write(page, "Reason", "Nothing of the kind was told.")
    picture(page, "screen out")
    record(page, "screened out.")
    picture(page, "screened out")


def test_an_intake_workers_day(board: Board) -> None:
    with _browser(WIDE) as (page, hosts):
        _sign_in(page, board.url, "Worker A")
        take_up_and_classify(page)
        screen_part_way_and_whole(page)
        determine(page)
        tell_the_police(page)
        hand_over(page)
        screen_another_out(page)
        end_the_shift(page)
        assert hosts == {HERE}
    with _browser(WIDE) as (page, _):
        _sign_in(page, board.url, "Supervisor D")
        to_intake(page, "Waiting")
        picture(page, "the supervisor's list")
        page.get_by_role("button", name="2026-00002").first.click()
        expect(page.get_by_role("heading", name="Case 2026-00002")).to_be_visible()
        calm(page)
        picture(page, "to approve")
        press(page, "Approve the screen-out")
        record(page, "screen-out approved.")
        picture(page, "approved")


def test_the_pages_of_a_day_fit_a_phone(board: Board) -> None:
    with _browser(PHONE) as (page, _):
        _sign_in(page, board.url, "Worker A")
        for name in TABS:
            to_intake(page, name)
            picture(page, f"phone, {name}")
            assert page.evaluate(SIDEWAYS) <= PHONE["width"], name
        for link in ("Import", "Board", "Counts", "Law"):
            page.get_by_role("link", name=link).click()
            picture(page, f"phone, {link}")
            assert page.evaluate(SIDEWAYS) <= PHONE["width"], link
        to_intake(page, "Queue")
        open_first(page)
        picture(page, "phone, case")
        assert page.evaluate(SIDEWAYS) <= PHONE["width"]
