"""The claim on the page: what holds it up, every element, the waiver drafted; the birthday only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.words import UNSAFE
from mdt.facts import Fact
from tests.dashboard.conftest import fine, shown
from tests.making import RESTS_ON

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office


@pytest.fixture
def case(office: Office) -> str:
    """The advocate is engaged on a case whose claim was described."""
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("victim advocate", case_id, "record_injury", "injury")
    office.record("victim advocate", case_id, "describe_claim", "claim", harm="bodily injury", place="in Connecticut")
    return case_id


def opened(board: AppTest, key: str) -> AppTest:
    """The page once the lid of this key is open."""
    board.session_state[key] = True
    return fine(board.run())


def test_the_panel_says_what_holds_the_claim_up_and_opens_every_element(office: Office, case: str) -> None:
    board = fine(office.sign_in("victim advocate", case))
    assert "Where the claim stands" in shown(board)
    assert "For bodily injury at most" not in shown(board)
    text = shown(opened(board, f"claim-all-{case}")).replace("\\", "")
    for part in ("For bodily injury at most $15,000", "✓ satisfied", "? OVS decides", "○ missing", "CGS § 54-211(f)(1)"):
        assert part in text
    assert "Nothing here is a decision" in text


def test_the_waiver_is_drafted_while_time_is_left_on_the_ground_that_is_chosen(office: Office, case: str) -> None:
    board = fine(office.sign_in("victim advocate", case))
    text = shown(opened(board, f"claim-if-{case}")).replace("\\", "")
    assert "What if the time ran out on" in text
    assert "Request for a waiver of the time to apply" in text
    assert "This asks under CGS § 54-211(a)(3)" in text
    (ground,) = [s for s in board.selectbox if s.label == "Draft the request on this ground"]
    assert "This asks under CGS § 54-211(a)(2)" in shown(fine(ground.set_value("injury").run())).replace("\\", "")


def test_the_draft_on_the_page_tells_no_more_of_dcfs_record_than_a_consent_releases(office: Office) -> None:
    """What can be read there can be copied: it is the letter's own."""
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("intake worker", case_id, "classify_report", "c", classification="other")
    office.record("intake worker", case_id, "identify_victim", "v", **RESTS_ON["identify_victim"])
    board = fine(office.sign_in("victim advocate", case_id))
    text = shown(opened(board, f"claim-if-{case_id}"))
    assert "is known from DCF's record alone" in text
    assert "DCF identified the child as a victim" in text  # on the page, for her; in no request
    assert "This asks under" not in text


def test_the_list_of_claims_begins_anew_when_it_has_become_shorter_and_flags_unsafe_contact(office: Office, case: str) -> None:
    office.record("victim advocate", case, "record_contact_safety", "u", unsafe=True, what_is_safe="Ring the school nurse")
    board = fine(office.sign_in("victim advocate"))
    board.switch_page("compensation.py").run()
    board.session_state["compensation-tab"] = "Where claims stand"
    board.session_state["claims-first"] = 150
    text = shown(fine(board.run()))
    assert "No claim waits" not in text
    assert UNSAFE in text


def test_the_birthday_is_read_on_request_and_put_away_again(office: Office, case: str) -> None:
    told = "8 Feb 2034, the 18th birthday"
    board = fine(office.sign_in("victim advocate", case))
    assert told not in shown(opened(board, f"claim-all-{case}"))
    fine(board.button(key=f"claim-look-{case}").click().run())
    assert told in shown(opened(board, f"claim-all-{case}"))
    assert "claim-by-birthdate" in board.session_state
    fine(board.button(key=f"claim-hide-{case}").click().run())
    assert "claim-by-birthdate" not in board.session_state


def test_no_claim_is_shown_before_anything_of_it_is_on_record(office: Office) -> None:
    case_id = office.cases[1]
    office.engage(case_id)
    injured = next(e.event for e in office.view(case_id).history if e.event.fact is Fact.INJURY_OCCURRED)
    office.record("victim advocate", case_id, "retract_fact", "no-injury", about=injured.id, reason="Typed by mistake")
    board = fine(office.sign_in("victim advocate", case_id))
    assert "Where the claim stands" not in shown(board)


@pytest.mark.usefixtures("case")
def test_the_list_of_claims_says_the_weakest_thing_of_each_and_opens_it(office: Office) -> None:
    board = fine(office.sign_in("victim advocate"))
    board.switch_page("compensation.py").run()
    board.session_state["compensation-tab"] = "Where claims stand"
    text = shown(fine(board.run()))
    assert "Next: Apply for compensation" in text
    assert "○ missing" in text
    assert "For bodily injury at most" in shown(opened(board, "claim-0-all")).replace("\\", "")


def test_the_form_of_what_the_claim_rests_on_opens_from_the_panel(office: Office, case: str) -> None:
    board = fine(office.sign_in("victim advocate", case))
    fine(board.button(key=f"claim-describe_claim-{case}").click().run())
    labels = [box.label for box in (*board.selectbox, *board.radio)]
    assert "Where it happened (§ 54-211(f))" in labels
    assert "Its form is open below" in shown(board)
