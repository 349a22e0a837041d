"""A stranger at a shelter answers by a link on a phone; the secret of the link is in no address that anybody is sent."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from mdt.answer import GONE
from mdt.casework import answer_links
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.records.tables import CASES
from mdt.store import open_store
from tests import making
from tests.answered import ADVOCATE, CONSENT, SHELTER
from tests.making import do

from .test_board import DESK, HERE, PHONE, SECONDS, Board, _browser, _sign_in, board
from .test_intake_day import SIDEWAYS, calm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from mdt.store import Store

__all__ = ["board"]  # the board of the other file, for this one
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
expect.set_options(timeout=SECONDS * 1000)
PICTURES = os.environ.get("MDT_SCREENSHOTS")
_NUMBERS = count(1)


def picture(page: Page, what: str) -> None:
    """Keep what is to be seen, if somebody wants to look at it."""
    calm(page)
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"answer-{next(_NUMBERS):02} {what}.png", full_page=True)


@pytest.fixture
def store(board: Board, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that the board shows."""
    monkeypatch.setenv("MDT_HOME", str(Path(board.database.removeprefix("sqlite:///")).parent))
    with closing(open_store(board.database)) as opened:
        yield opened


def referred(store: Store, n: int) -> tuple[str, str]:
    """The n-th case, and a need of it that a shelter was asked to meet."""
    now = datetime.now(UTC)
    with store.read() as connection:
        case = str(connection.execute(select(CASES.c.id).order_by(CASES.c.number).offset(n).limit(1)).scalar_one())
    do(store, case, "classify_report", now, classification="emergency")
    do(store, case, "identify_victim", now)
    do(store, case, "list_needs", now, by="victim advocate", needs=["shelter"])
    need = str(next(e.about for e in making.history(store, case) if e.fact is Fact.NEED_LISTED))
    lasts = {"expires_on": local_date(now) + timedelta(days=30)}
    do(store, case, "give_consent", now, by="victim advocate", about=need, **(CONSENT | lasts))
    do(store, case, "refer_to_service", now, by="victim advocate", about=need, provider=SHELTER)
    return case, need


@contextmanager
def watched() -> Iterator[tuple[Page, list[str]]]:
    """A phone, and every address and every header that it sends to anybody."""
    sent: list[str] = []
    with _browser(PHONE) as (page, hosts):
        page.on("request", lambda request: sent.append(f"{request.url} {request.headers}"))
        page.on("websocket", lambda socket: sent.append(socket.url))
        yield page, sent
        assert hosts == {HERE}


def provided(store: Store, case: str) -> list[Fact]:
    return [e.fact for e in making.history(store, case) if e.by == "provider"]


def test_a_stranger_at_a_shelter_opens_the_link_accepts_and_can_open_it_no_more(board: Board, store: Store) -> None:
    case, need = referred(store, 0)
    token = answer_links.issue(store, ADVOCATE, case, need, datetime.now(UTC)).token
    with watched() as (page, sent):
        page.goto(f"{board.url}/answer#{token}")
        expect(page.get_by_role("heading", name="Can you help?")).to_be_visible()
        picture(page, "what is asked")
        assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        assert page.evaluate("document.querySelector('meta[name=robots]').content") == "noindex, nofollow, noarchive"
        assert page.evaluate("document.querySelector('meta[name=referrer]').content") == "no-referrer"
        assert page.locator("[role=radiogroup] label").first.bounding_box()["height"] >= 44  # type: ignore[index]  # a thumb
        assert page.url.endswith(f"#{token}")  # so that it can be loaded again
        page.reload()
        expect(page.get_by_role("heading", name="Can you help?")).to_be_visible()
        for choice in ("We have a waiting list", "We cannot help", "We need to know more first", "We can help"):
            page.get_by_text(choice, exact=True).click()
            expect(page.get_by_role("button", name="Send the answer")).to_be_visible()
            picture(page, choice.lower())
            assert page.evaluate(SIDEWAYS) <= PHONE["width"]
        page.get_by_role("button", name="Send the answer").dblclick()  # twice, as people do
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        picture(page, "thanks")
        assert page.url == f"{board.url}/answer"  # nothing of it is left in the address
        assert token not in str(page.context.cookies())
        assert provided(store, case) == [Fact.PROVIDER_SAW, Fact.PROVIDER_ACCEPTED]
        page.goto(f"{board.url}/answer#{token}")
        page.reload()
        expect(page.get_by_text(GONE[:35])).to_be_visible()
        picture(page, "no longer valid")
        assert provided(store, case) == [Fact.PROVIDER_SAW, Fact.PROVIDER_ACCEPTED]
        assert len(sent) > 10
        assert [one for one in sent if token in one] == []


def test_another_link_pasted_into_the_same_window_is_another_request(board: Board, store: Store) -> None:
    case, need = referred(store, 1)
    old = answer_links.issue(store, ADVOCATE, case, need, datetime.now(UTC)).token
    new = answer_links.issue(store, ADVOCATE, case, need, datetime.now(UTC)).token
    with watched() as (page, _):
        page.goto(f"{board.url}/answer")
        expect(page.get_by_text(GONE[:35])).to_be_visible()
        page.goto(f"{board.url}/answer#{old}")
        calm(page)
        expect(page.get_by_text(GONE[:35])).to_be_visible()
        page.goto(f"{board.url}/answer#{new}")
        expect(page.get_by_role("heading", name="Can you help?")).to_be_visible()


def test_the_advocate_makes_a_link_in_the_board_and_a_stranger_opens_it(board: Board, store: Store) -> None:
    case, _ = referred(store, 2)
    with store.read() as connection:
        number = connection.execute(select(CASES.c.number).where(CASES.c.id == case)).scalar_one()
    with _browser({**DESK, "height": 1400}) as (page, _):
        _sign_in(page, board.url, "Advocate C")
        page.get_by_role("link", name="Board").click()
        page.get_by_role("button", name=number).first.click()
        page.get_by_role("button", name="Make an answer link").click()
        link = page.get_by_test_id("stCode").inner_text().strip()
        page.get_by_test_id("stCode").scroll_into_view_if_needed()
        picture(page, "the advocate's link")
        assert link.startswith(f"{board.url}/answer#")
        page.get_by_role("button", name="I have copied it").click()
        expect(page.get_by_test_id("stCode")).to_have_count(0)
        other = page.context.browser
        assert other
        phone = other.new_page(viewport=PHONE)  # type: ignore[arg-type]
        phone.goto(link)
        expect(phone.get_by_role("heading", name="Can you help?")).to_be_visible()
