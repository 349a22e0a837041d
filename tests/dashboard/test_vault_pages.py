"""The advocates' vault on the page of a case: for her own agency alone, and what is released for whom the waiver names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mdt import vault as rules
from mdt.board import vault as board
from mdt.casework import vault as casework
from mdt.law.period import local_date
from mdt.store.vault import the_vault
from tests.vaulting import command

from .conftest import fine, shown
from .test_matrix import ROLES, everybody_drawn_in, take_in

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from .conftest import Office

pytestmark = pytest.mark.slow
TEXT, LID = "She told where she slept", "Privileged notes of your agency"
ADVOCATE, SUPERVISOR = "victim advocate", "advocate supervisor"


@pytest.fixture
def case_id(office: Office) -> str:
    """A case into which everybody is drawn."""
    return take_in(office, "New Haven", everybody_drawn_in(office)).id


def opened(office: Office, role: str, case_id: str) -> AppTest:
    """The page of the case with the vault's lid open."""
    board = fine(office.sign_in(role, case_id))
    board.session_state[f"vault-{case_id}"] = True
    return fine(board.run())


def press(page: AppTest, label: str) -> AppTest:
    button = next(one for one in page.button if one.label == label)
    return fine(button.click().run())


def kept(office: Office, case_id: str) -> list[str]:
    now = datetime.now(UTC)
    return [one.text for one in board.notes(office.store, the_vault(), office.people[ADVOCATE], case_id, now)]


WAIVES = {
    "Signed by": "child", "Who may waive": "the child knowingly waives", "The signer is not": True,
    "The text tells neither": True, "The waiver": "Signed today", "What for": "For the review",
    "What is released": "She is afraid of the house",
}  # fmt: skip


def waive(page: AppTest, recipient: str) -> None:
    """Fill in the waiver that is open: signed by the child, for nine days, for that person."""
    for box in (*page.radio, *page.selectbox, *page.checkbox, *page.text_area):
        for label, value in WAIVES.items():
            if box.label.startswith(label):
                box.set_value(value)
    until = local_date(datetime.now(UTC)) + timedelta(days=9)
    next(one for one in page.date_input if one.label == "Valid until").set_value(until)
    page.multiselect[0].set_value([recipient])


def noted(office: Office, case_id: str) -> str:
    form = rules.WriteNote(capacity="sexual assault counselor", text=TEXT)
    now = datetime.now(UTC)
    by = office.people[ADVOCATE]
    return casework.write_note(office.store, the_vault(), case_id, form, by=by, now=now, command=command())


@pytest.mark.parametrize("role", ROLES)
def test_only_the_agencys_advocates_see_that_there_is_a_vault(office: Office, case_id: str, role: str) -> None:
    noted(office, case_id)
    page = fine(office.sign_in(role, case_id))
    assert (LID in shown(page)) == (role in (ADVOCATE, SUPERVISOR))
    assert TEXT not in shown(page)


def test_an_advocate_writes_a_note_and_reads_it_when_she_asks(office: Office, case_id: str) -> None:
    page = press(opened(office, ADVOCATE, case_id), "Write a note")
    press(page, "Keep the note")
    assert [error.value for error in page.error] == [
        "You were consulted as (§ 52-146k(a)(2), (5)): is needed.  \nNote: is needed."
    ]  # fmt: skip
    next(one for one in page.radio if one.label.startswith("You were")).set_value("sexual assault counselor")
    next(one for one in page.text_area if one.label == "Note").set_value(TEXT)
    press(fine(page.run()), "Keep the note")
    assert "Kept in the vault." in shown(page)
    assert TEXT not in shown(page)
    press(page, "Read the notes")
    assert TEXT in shown(page)
    assert "as sexual assault counselor" in shown(page)
    press(page, "Close the notes")
    assert TEXT not in shown(page)


def test_what_she_types_is_offered_again_in_another_window_and_gone_when_thrown_away(office: Office, case_id: str) -> None:
    page = press(opened(office, ADVOCATE, case_id), "Write a note")
    next(one for one in page.text_area if one.label == "Note").set_value(TEXT)
    fine(page.run())
    other = press(opened(office, ADVOCATE, case_id), "Write a note")
    assert next(one for one in other.text_area if one.label == "Note").value == TEXT
    press(other, "Throw it away")
    press(other, "Write a note")
    assert next(one for one in other.text_area if one.label == "Note").value == ""


def test_a_note_is_put_right_and_withdrawn(office: Office, case_id: str) -> None:
    noted(office, case_id)
    page = press(press(opened(office, ADVOCATE, case_id), "Read the notes"), "Put right")
    next(one for one in page.text_area if one.label == "What is put right").set_value("It was the sister")
    press(press(fine(page.run()), "Keep it"), "Read the notes")
    assert "It was the sister" in shown(page)
    press(page, "Withdraw")
    next(one for one in page.text_area if one.label == "Why it is withdrawn").set_value("Of another child")
    press(press(fine(page.run()), "Withdraw the note"), "Read the notes")
    assert "Of another child" in shown(page)
    assert not [one for one in page.button if one.label == "Release"]


def test_a_supervisor_reads_who_looked_and_an_advocate_does_not(office: Office, case_id: str) -> None:
    noted(office, case_id)
    assert not [one for one in opened(office, ADVOCATE, case_id).button if one.label == "Who read and wrote here"]
    page = press(opened(office, SUPERVISOR, case_id), "Read the notes")
    press(page, "Who read and wrote here")
    assert "note read" in shown(page)


def test_while_presenting_and_on_another_page_nothing_of_it_is_left(office: Office, case_id: str) -> None:
    noted(office, case_id)
    page = press(opened(office, ADVOCATE, case_id), "Read the notes")
    assert "vault-read" in page.session_state
    fine(page.switch_page("law.py").run())
    assert "vault-read" not in page.session_state
    fine(page.switch_page("case.py").run())
    page.session_state["presenting"] = True
    fine(page.run())
    assert TEXT not in shown(page)


def test_what_a_waiver_releases_is_on_the_page_of_whom_it_names_and_of_no_other(office: Office, case_id: str) -> None:
    noted(office, case_id)
    page = press(press(opened(office, ADVOCATE, case_id), "Read the notes"), "Release")
    waive(page, office.people["chairperson"].id)
    press(fine(page.run()), "Release it")
    assert [error.value for error in page.error] == []
    assert "Released until" in shown(page)
    chair = fine(office.sign_in("chairperson", case_id))
    assert "afraid of the house" not in shown(chair)
    press(chair, "Show what was released")
    assert "She is afraid of the house" in shown(chair)
    assert "Waived in writing by the child" in shown(chair)
    press(chair, "Hide what was released")
    assert "afraid of the house" not in shown(chair)
    for role in ROLES:
        if role != "chairperson":
            assert "Show what was released" not in shown(fine(office.sign_in(role, case_id)))
    assert kept(office, case_id) == [TEXT]
