"""The page on which a stranger answers a service referral, and the advocate's side of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import answer as answering
from mdt.answer import ANSWERED, GONE, Choice
from mdt.casework import answer_links, answers
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.records.tables import ACCESS_LOG
from tests import making
from tests.answered import CONSENT, SHELTER

from .conftest import APP, fine, shown

if TYPE_CHECKING:
    from .conftest import Office

pytestmark = pytest.mark.slow
CHILD = "Given-of-the-child"


def referred(office: Office) -> tuple[str, str]:
    """A case, and its need that a shelter was asked to meet."""
    case = office.cases[0]
    for act in ("classify_report", "identify_victim"):
        said = {"classification": "emergency"} if act == "classify_report" else {"note": "What the child told"}
        office.record("intake worker", case, act, act, **said)
    office.engage(case)
    office.record("victim advocate", case, "list_needs", "needs", needs=["shelter"])
    need = str(next(e.about for e in making.history(office.store, case) if e.fact is Fact.NEED_LISTED))
    lasts = {"expires_on": local_date(datetime.now(UTC)) + timedelta(days=30)}
    office.record("victim advocate", case, "give_consent", "consent", about=need, **(CONSENT | lasts))
    office.record("victim advocate", case, "refer_to_service", "refer", about=need, provider=SHELTER)
    return case, need


def link(office: Office, case: str, need: str) -> str:
    return answer_links.issue(office.store, office.people["victim advocate"], case, need, datetime.now(UTC)).token


def stranger(token: str | None) -> AppTest:
    """The page as somebody sees it whose browser has handed over what stands behind the `#`."""
    page = AppTest.from_file(str(APP), default_timeout=30)
    page.context["url"] = "https://board.example/answer"
    if token is not None:
        page.session_state[answering.TOKEN] = token
    return fine(page.run())


def send(page: AppTest) -> AppTest:
    return fine(page.button(key="answer-send").click().run())


def warned(page: AppTest) -> list[str]:
    return [one.value for one in page.warning]


def provided(office: Office, case: str) -> list[Fact]:
    return [e.fact for e in making.history(office.store, case) if e.by == "provider"]


def test_before_the_browser_has_handed_over_the_link_nothing_is_shown(office: Office) -> None:  # noqa: ARG001
    page = stranger(None)
    assert [one.value for one in page.markdown] == ["One moment …"]
    assert not page.button


def test_a_stranger_sees_who_asks_and_for_what_and_nothing_of_the_board(office: Office) -> None:
    case, need = referred(office)
    page = stranger(link(office, case, need))
    text = shown(page)
    assert office.people["victim advocate"].agency in text
    assert "Shelter" in text
    assert "CONFIDENTIAL (§ 17a-28)" in text
    assert "told to The shelter, to decide whether to take the child, by a written consent that ends with" in text
    assert "How urgent it is: **routine**" in text
    assert "Age" not in text  # no consent to that
    assert not [one for one in page.button if one.key != "answer-send"]
    assert office.view(case).card.number not in text
    assert SHELTER not in text
    assert provided(office, case) == [Fact.PROVIDER_SAW]


def test_the_telephone_number_is_the_one_that_is_set(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, need = referred(office)
    token = link(office, case, need)
    assert "Telephone" not in shown(stranger(token))
    monkeypatch.setenv("MDT_PHONE", "203-555-0100")
    assert "Telephone: **203-555-0100**" in shown(stranger(token))


@pytest.mark.parametrize(
    ("choice", "fact"),
    [
        (Choice.ACCEPT, Fact.PROVIDER_ACCEPTED),
        (Choice.WAITLIST, Fact.PROVIDER_WAITLISTED),
        (Choice.DECLINE, Fact.PROVIDER_DECLINED),
        (Choice.ASK, Fact.PROVIDER_NEEDS_MORE),
    ],
)
def test_each_answer_is_sent_and_thanked_for_and_says_what_happens_next(office: Office, choice: Choice, fact: Fact) -> None:
    case, need = referred(office)
    page = stranger(link(office, case, need))
    page.radio(key="answer-choice").set_value(choice).run()
    if choice is Choice.DECLINE:
        page.radio(key="answer-because").set_value("no capacity").run()
    if choice is Choice.ASK:
        page.text_area(key="answer-message-ASK").input("How old is the child?").run()
    send(page)
    assert "Thank you" in shown(page)
    assert office.people["victim advocate"].agency in shown(page)
    assert provided(office, case)[-1] is fact
    fine(page.run())
    assert "Thank you" in shown(page)
    assert answering.TOKEN not in page.session_state


def test_what_is_missing_is_said_and_nothing_typed_is_lost(office: Office) -> None:
    case, need = referred(office)
    page = stranger(link(office, case, need))
    page.radio(key="answer-choice").set_value(Choice.DECLINE).run()
    page.text_area(key="answer-message-DECLINE").input("We are full until May").run()
    send(page)
    assert [one.value for one in page.error] == ["Choose why you cannot help."]
    assert page.text_area(key="answer-message-DECLINE").value == "We are full until May"
    page.radio(key="answer-because").set_value("no capacity").run()
    send(page)
    assert provided(office, case)[-1] is Fact.PROVIDER_DECLINED


@pytest.mark.parametrize("token", [answering.NO_LINK, "no-such-link", "x" * 500])
def test_a_link_that_is_none_is_refused_politely(office: Office, token: str) -> None:
    referred(office)
    page = stranger(token)
    assert warned(page) == [GONE]
    assert not page.radio


def test_two_tabs_the_second_is_told_that_it_is_answered(office: Office) -> None:
    case, need = referred(office)
    token = link(office, case, need)
    first, second = stranger(token), stranger(token)
    for page in (first, second):
        page.radio(key="answer-choice").set_value(Choice.ACCEPT).run()
        if page is first:
            send(first)
    assert warned(second) == [GONE]  # even before it is sent: each click asks anew
    assert provided(office, case) == [Fact.PROVIDER_SAW, Fact.PROVIDER_ACCEPTED]


def test_a_send_that_crosses_anothers_is_told_that_it_is_answered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, need = referred(office)
    token = link(office, case, need)
    page = stranger(token)
    page.radio(key="answer-choice").set_value(Choice.ACCEPT).run()
    give = answers.give

    def crossed(*told: object) -> None:
        give(*told)  # type: ignore[arg-type]
        give(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "give", crossed)
    send(page)
    assert warned(page) == [ANSWERED]
    assert provided(office, case) == [Fact.PROVIDER_SAW, Fact.PROVIDER_ACCEPTED]


def test_a_consent_that_ends_while_the_page_is_open_ends_the_page(office: Office) -> None:
    case, need = referred(office)
    page = stranger(link(office, case, need))
    given = next(e for e in making.history(office.store, case) if e.fact is Fact.CONSENT_GIVEN)
    office.record("victim advocate", case, "retract_fact", "gone", about=given.id, reason="It was never signed")
    page.radio(key="answer-choice").set_value(Choice.ACCEPT).run()
    assert warned(page) == [GONE]
    assert not page.radio
    assert "Shelter" not in shown(page)


def test_whoever_is_signed_in_is_a_stranger_on_this_page(office: Office) -> None:
    case, need = referred(office)
    token = link(office, case, need)
    board = office.sign_in("chairperson")
    board.context["url"] = "https://board.example/answer"
    board.session_state[answering.TOKEN] = token
    fine(board.run())
    assert "Can you help?" in shown(board)
    assert not [one for one in board.button if one.key == "sign-out"]
    with office.store.read() as connection:
        by = set(connection.execute(select(ACCESS_LOG.c.by).where(ACCESS_LOG.c.act == "answer link opened")).scalars())
    assert by == {"provider"}


def test_the_advocate_makes_a_link_sees_it_once_and_withdraws_it(office: Office) -> None:
    case, need = referred(office)
    page = office.sign_in("victim advocate", case)
    fine(page.button(key=f"link-make-{need}").click().run())
    (made,) = [one.value for one in page.code]
    token = made.partition("#")[2]
    assert made.endswith(f"/answer#{token}")
    assert case not in made
    assert len(token) == 43
    fine(page.button(key="link-copied").click().run())
    assert not page.code
    assert "not opened yet" in shown(page)
    stranger(token)
    fine(page.run())
    assert "opened 1 time" in shown(page)
    fine(page.button(key=f"link-withdraw-{need}").click().run())
    assert warned(stranger(token)) == [GONE]
    assert "Make an answer link" in shown(page)


def test_the_address_of_the_link_is_the_one_that_is_set(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_URL", "https://mdt.example/")
    case, need = referred(office)
    page = office.sign_in("victim advocate", case)
    fine(page.button(key=f"link-make-{need}").click().run())
    assert [one.value.partition("#")[0] for one in page.code] == ["https://mdt.example/answer"]


def test_the_e_mail_holds_the_link_that_was_just_made_as_long_as_it_is_on_the_screen(office: Office) -> None:
    case, need = referred(office)
    page = office.sign_in("victim advocate", case)
    fine(page.button(key=f"link-make-{need}").click().run())
    (link,) = [one.value for one in page.code]
    (e_mail,) = [one for one in page.button if one.label == f"{SHELTER}: e-mail text"]
    fine(e_mail.click().run())
    assert [link in one.value for one in page.code if one.value.startswith("Reference: ")] == [True]
    fine(page.button(key="link-copied").click().run())
    (e_mail,) = [one for one in page.button if one.label == f"{SHELTER}: e-mail text"]
    fine(e_mail.click().run())
    assert [link in one.value for one in page.code] == [False]


@pytest.mark.parametrize("role", ["team coordinator", "police"])
def test_who_may_not_send_a_referral_is_offered_no_link(office: Office, role: str) -> None:
    case, need = referred(office)
    office.record("intake supervisor", case, "engage_person", "engage-police", person=office.people["police"].id)
    page = office.sign_in(role, case)
    assert f"link-make-{need}" not in [one.key for one in page.button]
