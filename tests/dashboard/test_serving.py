"""The services on a case's page: a row for each need, its consent with its end, and what may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mdt.demo_directory import fill
from mdt.facts import Fact
from mdt.law.period import local_date
from tests.dashboard.conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office

CONSENT = {
    "signer": "parent", "signer_name": "Parent A", "signer_is_not_suspected": True, "recipient": "A shelter",
    "fields": ["age", "need"], "purpose": "to decide whether to take the child", "provider": "SHELTER-1",
}  # fmt: skip


def press(board: AppTest, label: str) -> AppTest:
    return fine(next(button for button in board.button if button.label == label).click().run())


def needing(office: Office, days: int = 90, **consent: object) -> str:
    """A case with an urgent need for a shelter, and a consent that ends so many days from today."""
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("intake worker", case_id, "classify_report", "c", classification="other")
    office.record("intake worker", case_id, "believe_victim", "b", band="high", note="What the child told")
    office.record("victim advocate", case_id, "list_needs", "n", needs=["shelter"], urgent=["shelter"])
    ends = local_date(datetime.now(UTC)) + timedelta(days=days)
    office.record("victim advocate", case_id, "give_consent", "g", **CONSENT | {"expires_on": ends} | consent)
    return case_id


def test_each_need_is_a_row_with_its_urgency_its_state_and_its_consent(office: Office) -> None:
    board = fine(office.sign_in("victim advocate", needing(office, days=9)))
    said = shown(board)
    for words in ("Services (1)", "**Shelter**", "urgent", "**Listed**", "Consent for SHELTER-1", "consent expires in 9 days"):
        assert words in said
    assert "Send the service referral" in said


def test_a_consent_is_given_for_a_provider_chosen_from_the_directory_or_for_another_by_its_code(office: Office) -> None:
    fill(office.store, datetime.now(UTC))
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("victim advocate", case_id, "add_need", "n", need="shelter")
    board = fine(office.sign_in("victim advocate", case_id))
    press(board, "Record consent")
    (code,) = [s for s in board.selectbox if s.label.startswith("Code of the provider")]
    assert code.proto.accept_new_options
    assert any(option.startswith("SHELTER-1 · Harbor house (invented) · against it: age") for option in code.options)
    codes = [option.split(" · ")[0] for option in code.options]
    assert len(codes) == len(set(codes))


def test_a_case_without_needs_has_no_services_yet(office: Office) -> None:
    office.engage(office.cases[1])
    assert "Services (" not in shown(fine(office.sign_in("victim advocate", office.cases[1])))


def test_the_letter_and_the_e_mail_are_made_when_asked_for(office: Office) -> None:
    case_id = needing(office)
    board = fine(office.sign_in("victim advocate", case_id))
    press(board, "SHELTER-1: letter, PDF")
    assert [one for one in board.get("download_button") if "service-referral.pdf" in one.label]
    press(fine(board), "SHELTER-1: e-mail text")
    (text,) = [one.value for one in board.code]
    assert text.startswith("Reference: ")
    assert "shelter" not in text.lower()


def test_a_consent_that_was_taken_back_meanwhile_lets_nothing_leave(office: Office) -> None:
    """The page still shows the buttons: it was drawn before somebody else recorded it."""
    case_id = needing(office)
    board = fine(office.sign_in("victim advocate", case_id))
    office.record("intake worker", case_id, "revoke_consent", "r", provider="SHELTER-1")
    press(board, "SHELTER-1: letter, PDF")
    assert not [one for one in board.get("download_button") if "service-referral" in one.label]
    assert "taken back; nothing leaves any more" in shown(fine(board.run()))


def test_a_consent_is_taken_back_from_its_row(office: Office) -> None:
    case_id = needing(office)
    board = fine(office.sign_in("victim advocate", case_id))
    press(board, "Take a consent back")
    (code,) = [s for s in board.selectbox if s.label.startswith("Code of the provider")]
    code.set_value("SHELTER-1")
    press(board, "Record")
    assert "Recorded: consent taken back." in shown(board)
    assert office.view(case_id).history[0].event.fact is Fact.CONSENT_REVOKED


def test_the_start_page_tells_which_consents_end_and_flags_whom_it_is_unsafe_to_contact(office: Office) -> None:
    case_id = needing(office, days=9)
    office.record("victim advocate", case_id, "record_contact_safety", "u", unsafe=True, what_is_safe="Ring the school nurse")
    board = fine(office.sign_in("victim advocate"))
    board.session_state["services-tab"] = "This week"
    said = shown(fine(board.switch_page("services.py").run()))
    assert "or have ended (1)" in said
    assert "consent expires in 9 days" in said
    assert "unsafe to contact" in said
    assert "nurse" not in said
