"""A week of an advocate in the browser: consent, the service referral, a provider's answer, a privileged note, the claim."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from sqlalchemy import select

from mdt.demo_directory import PROVIDERS, fill
from mdt.facts import Fact
from mdt.records.tables import CASES
from mdt.store import open_store
from tests import making
from tests.making import do

from .test_board import HERE, PHONE, SECONDS, Board, _browser, _sign_in, board
from .test_intake_day import SIDEWAYS, WIDE, calm, choose, picture, press, record, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from mdt.store import Store

__all__ = ["board"]  # the board of the other file, for this one
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
expect.set_options(timeout=SECONDS * 1000)
TRIES = 3
PRIVILEGED = "She told where she slept"
SHELTER = f"SHELTER-1 · {PROVIDERS['SHELTER-1']}"
WAY = (Fact.SERVICE_REFERRED, Fact.PROVIDER_SAW, Fact.PROVIDER_ACCEPTED, Fact.APPOINTMENT_KEPT)


@pytest.fixture
def store(board: Board, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that the board shows, with a directory of services."""
    monkeypatch.setenv("MDT_HOME", str(Path(board.database.removeprefix("sqlite:///")).parent))
    with closing(open_store(board.database)) as opened:
        fill(opened, datetime.now(UTC))
        yield opened


def needing(store: Store, n: int) -> tuple[str, str]:
    """The n-th case and its number: a child identified, who needs a shelter, and told of an injury."""
    now = datetime.now(UTC)
    with store.read() as connection:
        of = select(CASES.c.id, CASES.c.number).order_by(CASES.c.number).offset(n).limit(1)
        case, number = connection.execute(of).one()
    do(store, case, "classify_report", now, classification="emergency")
    do(store, case, "identify_victim", now)
    advocate = making.PEOPLE["victim advocate"].id
    do(store, case, "engage_person", now, by="intake supervisor", person=advocate)
    do(store, case, "list_needs", now, by="victim advocate", needs=["shelter"], urgent=["shelter"])
    do(store, case, "record_injury", now - timedelta(days=40), by="victim advocate")
    return str(case), str(number)


def to_case(page: Page, number: str) -> None:
    page.get_by_role("link", name="Services", exact=True).click()
    calm(page)
    page.get_by_role("button", name=number).first.click()
    expect(page.get_by_role("heading", name=f"Case {number}")).to_be_visible()
    calm(page)


def many(page: Page, label: str, *options: str | re.Pattern[str]) -> None:
    """Choose one or several from a list. Escape would empty a list of which one is chosen."""
    for name in options:
        option = page.get_by_role("option", name=name, exact=True)
        for _ in range(TRIES):  # a page that was drawn anew in between has closed the list
            if option.count():
                break
            page.get_by_label(label).first.click()
            calm(page)
        option.click()
        calm(page)
    page.keyboard.press("Tab")  # a list of which several are chosen stays open until then
    calm(page)


def day(page: Page, label: str, on: datetime) -> None:
    page.get_by_role("group", name=label).get_by_role("spinbutton").first.focus()
    page.keyboard.type(f"{on:%m%d%Y}")
    page.keyboard.press("Tab")
    calm(page)


def consent(page: Page) -> None:
    press(page, "Record consent")
    many(page, "Signed as", "parent")
    write(page, "Signed by, by name", "Parent A")
    page.get_by_text("The signer is not the suspected abuser").first.click()
    calm(page)
    day(page, "Valid until", datetime.now(UTC) + timedelta(days=30))
    many(page, "Code of the provider it is given for", re.compile(f"^{re.escape(SHELTER)}"))
    write(page, "Recipient, as the consent names it", "A shelter")
    many(page, "What may be told", "Age", "What is needed")
    choose(page, "For what it may be used", "to decide whether to take the child")
    picture(page, "consent")
    record(page, "consent given")


def refer(page: Page) -> None:
    press(page, "Send the service referral")
    choose(page, "How", "letter")
    many(page, "Code of the provider it goes to", SHELTER)
    picture(page, "to whom")
    record(page, "service referral sent")
    picture(page, "referred")


def letter(page: Page) -> str:
    """The words of the letter that goes to the provider."""
    press(page, "Letter or e-mail")
    press(page, "SHELTER-1: letter, PDF")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").first.click()
    page.keyboard.press("Escape")
    pages = PdfReader(BytesIO(Path(saved.value.path()).read_bytes())).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


def accepted_by_a_stranger(page: Page, link: str) -> None:
    """Somebody at the shelter opens the link on a telephone of her own, and accepts."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    stranger = context.new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="Can you help?")).to_be_visible()
    stranger.get_by_text("We can help", exact=True).click()
    press(stranger, "Send the answer")
    expect(stranger.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()


def privileged_note(page: Page) -> None:
    """Written into the vault and read there; it is in no other place of the page."""
    page.get_by_text("Privileged notes of your agency").first.click()
    press(page, "Write a note")
    choose(page, "You were consulted as", "sexual assault counselor")
    page.get_by_role("textbox", name="Note", exact=True).fill(PRIVILEGED)
    page.keyboard.press("Tab")
    calm(page)
    press(page, "Keep the note")
    expect(page.get_by_text("Kept in the vault.")).to_be_visible()
    expect(page.get_by_text(PRIVILEGED)).to_have_count(0)
    press(page, "Read the notes")
    expect(page.get_by_text(PRIVILEGED)).to_be_visible()
    picture(page, "privileged note")
    press(page, "Close the notes")


def test_an_advocates_week(board: Board, store: Store) -> None:
    case, number = needing(store, 0)
    with _browser(WIDE) as (page, hosts):
        _sign_in(page, board.url, "Advocate C")
        picture(page, "waiting on me")
        to_case(page, number)
        picture(page, "case")
        consent(page)
        refer(page)
        told = letter(page)
        assert "17a-28" in told
        assert "Parent A" not in told  # age and need were released, and nothing else
        press(page, "Make an answer link")
        picture(page, "answer link")
        link = page.get_by_test_id("stCode").first.inner_text().strip()
        accepted_by_a_stranger(page, link)
        to_case(page, number)
        expect(page.get_by_text("Accepted").first).to_be_visible()
        press(page, "Record that the first appointment was kept")
        record(page, "first appointment kept")
        picture(page, "appointment kept")
        privileged_note(page)
        page.get_by_text("Every element, explained").first.click()
        expect(page.get_by_text("Nothing here is a decision").first).to_be_visible()
        expect(page.get_by_text("What else OVS weighs").first).to_be_visible()
        picture(page, "where the claim stands")
        _sign_in(page, board.url, "Worker A")
        page.get_by_role("link", name="Board", exact=True).click()
        page.get_by_role("button", name=number).first.click()
        expect(page.get_by_role("heading", name=f"Case {number}")).to_be_visible()
        calm(page)
        expect(page.get_by_text("Privileged notes")).to_have_count(0)
        assert hosts == {HERE}
    history = making.history(store, case)
    (given,) = [e.data["fields"] for e in history if e.fact is Fact.CONSENT_GIVEN]
    assert given == ["age", "need"]
    facts = [e.fact for e in history]
    assert [fact for fact in facts if fact in WAY] == list(WAY)


def test_the_advocates_pages_fit_a_telephone(board: Board, store: Store) -> None:
    _, number = needing(store, 1)
    with _browser(PHONE) as (page, hosts):
        _sign_in(page, board.url, "Advocate C")
        for tab in ("Waiting on me", "Waiting on them", "This week", "Services"):
            page.get_by_role("tab", name=tab, exact=True).click()
            picture(page, f"telephone, {tab}")
            assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        for title in ("Directory", "Compensation", "Gaps"):
            page.get_by_role("link", name=title, exact=True).click()
            picture(page, f"telephone, {title}")
            assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        to_case(page, number)
        picture(page, "telephone, case")
        assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        assert hosts == {HERE}
