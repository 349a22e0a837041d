"""The compensation notice and the application on the page of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from mdt.casework import claim_papers
from tests.dashboard.conftest import fine, shown
from tests.fillable import form
from tests.making import RESTS_ON

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office

ADVOCATE = "victim advocate"
DRAFTED: dict[str, Any] = {"applicant": "guardian", "applicant_name": "Grandmother G", "applicant_is_not_suspected": True}
SIGNED: dict[str, Any] = {
    "signed_by": "guardian", "signed_by_name": "Grandmother G", "signer_is_not_suspected": True,
}  # fmt: skip


@pytest.fixture
def case(office: Office) -> str:
    """The advocate is engaged on a case on which an injury was disclosed and compensation is prepared."""
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("intake worker", case_id, "disclose_injury", "told", told_by="child", told_to="CAC employee")
    office.record("intake worker", case_id, "classify_report", "class", classification="other")
    office.record("intake worker", case_id, "identify_victim", "victim", **RESTS_ON["identify_victim"])
    office.flows_run()
    return case_id


def offered(board: AppTest) -> list[str]:
    return [one.proto.label for one in board.get("download_button")]


def test_the_notice_is_said_and_saved_in_the_language_chosen(office: Office, case: str) -> None:
    board = fine(office.sign_in(ADVOCATE, case))
    text = shown(board)
    assert "Notice of compensation (§ 17a-106i)" in text
    assert "Spoken: " in text
    assert "not given yet" in text
    assert "Chcę powiedzieć" not in text
    board.selectbox(key=f"claiming-language-{case}").select("Polish").run()
    board.session_state[f"claiming-say-{case}"] = True
    assert "Chcę powiedzieć o pomocy" in shown(fine(board.run()))
    fine(board.button(key=f"claiming-notice-{case}-pdf").click().run())
    assert offered(board) == ["Save compensation-notice-pl.pdf"]


def test_what_was_given_stands_there_with_language_and_how(office: Office, case: str) -> None:
    office.record(ADVOCATE, case, "give_spoken_notice", "said", language="other", interpreter=True, handed="by phone")
    text = shown(fine(office.sign_in(ADVOCATE, case)))
    assert "by phone · with an interpreter" in text


def test_where_contact_is_unsafe_the_page_says_in_person_alone(office: Office, case: str) -> None:
    office.record(ADVOCATE, case, "record_contact_safety", "unsafe", unsafe=True, what_is_safe="In school")
    board = fine(office.sign_in(ADVOCATE, case))
    assert any("never by phone" in warning.value for warning in board.warning)


def test_the_application_is_followed_from_draft_to_receipt(office: Office, case: str) -> None:
    board = fine(office.sign_in(ADVOCATE, case))
    assert "○ Drafted" in shown(board)
    assert "Papers to gather" not in shown(board)
    office.record(ADVOCATE, case, "draft_application", "draft", **DRAFTED)
    office.record(ADVOCATE, case, "ask_for_paper", "paper", paper="medical report", holder="hospital or doctor")
    text = shown(fine(board.run()))
    for part in ("✓ **Drafted**", "guardian", "Papers to gather", "of hospital or doctor", "CGS § 54-204(a)"):
        assert part in text
    assert "Without a written consent to OVS nothing of DCF's record" in text
    office.record(ADVOCATE, case, "print_application", "print")
    office.record(ADVOCATE, case, "sign_application", "sign", **SIGNED)
    office.record(ADVOCATE, case, "file_application", "file", how="by mail")
    text = shown(fine(board.run()))
    for part in ("✓ **Printed**", "✓ **Signed**", "✓ **Sent**", "by mail", "○ Received by OVS"):
        assert part in text


def test_the_application_is_made_when_asked_for_and_a_refusal_is_a_sentence(office: Office, case: str) -> None:
    office.record(ADVOCATE, case, "draft_application", "draft", **DRAFTED)
    board = fine(office.sign_in(ADVOCATE, case))
    fine(board.button(key=f"claiming-application-{case}-pdf").click().run())
    (label,) = offered(board)
    assert label.endswith("-application.pdf")
    board.selectbox(key=f"claiming-letter-{case}").select("appeal").run()
    fine(board.button(key=f"claiming-letter-{case}-appeal-docx").click().run())
    assert any("§ 54-211a" in error.value for error in board.error)
    assert offered(board) == []


def test_the_letter_for_a_waiver_stands_on_the_ground_that_is_chosen(office: Office, case: str) -> None:
    office.record(ADVOCATE, case, "record_injury", "i")
    board = fine(office.sign_in(ADVOCATE, case))
    board.selectbox(key=f"claiming-letter-{case}").select("waiver").run()
    (ground,) = [s for s in board.selectbox if s.label == "On the ground of"]
    ground.select("good cause").run()
    with patch.object(claim_papers, "letter", wraps=claim_papers.letter) as letter:
        fine(board.button(key=f"claiming-letter-{case}-waiver-docx").click().run())
    assert letter.call_args.args[3] == ("waiver", "good cause")
    assert [label for label in offered(board) if "waiver-letter.docx" in label]


def test_the_forms_of_what_no_step_waits_for_open_below(office: Office, case: str) -> None:
    board = fine(office.sign_in(ADVOCATE, case))
    fine(board.button(key=f"claiming-consent_to_ovs-{case}").click().run())
    assert "What of DCF's record may be told to OVS" in [one.label for one in board.multiselect]


def test_who_makes_no_papers_of_claims_is_offered_none(office: Office, case: str) -> None:
    office.record(ADVOCATE, case, "draft_application", "draft", **DRAFTED)
    board = fine(office.sign_in("intake worker", case))
    assert "Application for compensation" in shown(board)
    assert not [one for one in board.button if one.key and one.key.startswith("claiming-application")]


def test_the_agencys_form_is_loaded_mapped_and_then_filled(office: Office, case: str) -> None:
    board = fine(office.sign_in("advocate supervisor"))
    board.switch_page("compensation.py").run()
    board.session_state["compensation-tab"] = "Before OVS"
    fine(board.run())
    assert "None is loaded" in shown(board)
    board.file_uploader(key="own-form-file").set_value(("form.pdf", form(scripts=True), "application/pdf")).run()
    assert "3 fields" in shown(fine(board))
    board.selectbox(key="own-form-0").select("claimant_name").run()
    fine(board.button(key="own-form-keep").click().run())
    assert [one.value for one in board.success] == ["Kept. Whatever could do something by itself was taken out of it."]
    office.record(ADVOCATE, case, "draft_application", "draft", **DRAFTED)
    hers = fine(office.sign_in(ADVOCATE, case))
    fine(hers.button(key=f"claiming-agency-{case}-pdf").click().run())
    assert [one.rpartition("-agency-")[2] for one in offered(hers)] == ["application.pdf"]


def test_a_broken_form_is_refused_in_a_sentence(office: Office) -> None:
    board = fine(office.sign_in("advocate supervisor"))
    board.switch_page("compensation.py").run()
    board.session_state["compensation-tab"] = "Before OVS"
    fine(board.run())
    board.file_uploader(key="own-form-file").set_value(("form.pdf", b"%PDF-1.7 broken", "application/pdf")).run()
    assert any("no PDF that can be read" in error.value for error in board.error)


def test_who_may_not_load_the_agencys_form_is_not_asked_to(office: Office) -> None:
    board = fine(office.sign_in(ADVOCATE))
    board.switch_page("compensation.py").run()
    board.session_state["compensation-tab"] = "Before OVS"
    assert "OVS's own form" not in shown(fine(board.run()))


def test_an_administrator_loads_it_from_the_page_of_people(office: Office) -> None:
    assert "OVS's own form" in shown(fine(office.sign_in("administrator")))
