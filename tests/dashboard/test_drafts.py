"""What is typed outlives the session: offered to whoever typed it, whole, and recorded once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from mdt import settings
from mdt.casework import drafts
from mdt.errors import Busy
from mdt.facts import Fact
from mdt.records.tables import DRAFTS
from mdt.store.engine import BUSY
from mdt.store.sealed import NOT_AS_WRITTEN

from .conftest import fine, shown
from .test_pages import press, radio

if TYPE_CHECKING:
    import pytest
    from streamlit.testing.v1 import AppTest
    from streamlit.testing.v1.element_tree import TextArea

    from mdt.casework.drafts import Kept

    from .conftest import Office

CANARY = "Zqx Vinecliff told of it"
OFFER = "You began this on "
LISTED = "Begun and not recorded:"


def begun(office: Office) -> AppTest:
    """A worker who classifies a report and has typed a note, when something breaks off."""
    board = fine(office.sign_in("intake worker", office.cases[0]))
    press(board, "Classify the report")
    radio(board, "Class", "emergency")
    note(board).set_value(CANARY)
    return fine(board.run())


def anew(office: Office, role: str = "intake worker") -> AppTest:
    """Somebody comes, in another session, to the same case and the same form."""
    return press(fine(office.sign_in(role, office.cases[0])), "Classify the report")


def note(board: AppTest) -> TextArea:
    (found,) = [area for area in board.text_area if area.label.startswith("Note")]
    return found


def class_of(board: AppTest) -> object:
    (found,) = [found for found in board.radio if found.label == "Class"]
    return found.value


def has_form(board: AppTest) -> bool:
    return "Record" in [button.label for button in board.button]


def kept(office: Office) -> Kept | None:
    """The one draft there is."""
    with office.store.read() as connection:
        forms = [row.form for row in connection.execute(select(DRAFTS.c.form))]
    assert len(forms) <= 1
    return drafts.found(office.store, office.people["intake worker"], forms[0], datetime.now(UTC)) if forms else None


def classified(office: Office) -> int:
    return sum(e.event.fact is Fact.REPORT_CLASSIFIED for e in office.view(office.cases[0]).history)


def test_what_was_typed_is_offered_anew_comes_back_whole_and_is_recorded_once(office: Office) -> None:
    before = begun(office).session_state["drafts"]
    board = anew(office)
    assert OFFER in shown(board)
    assert not has_form(board)
    press(board, "Go on with it")
    assert (note(board).value, class_of(board)) == (CANARY, "emergency")
    assert board.session_state["drafts"] == before  # the command, the version seen, and when it was opened
    press(board, "Record")
    assert "Recorded: report classified." in shown(board)
    assert classified(office) == 1
    assert kept(office) is None


def test_if_its_draft_cannot_be_forgotten_with_it_nothing_is_recorded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    board = begun(office)
    monkeypatch.setattr("mdt.casework.drafts.forget", busy)
    press(board, "Record")
    assert [error.value for error in board.error] == [BUSY]
    assert classified(office) == 0


def busy(*_args: object, **_rest: object) -> None:
    raise Busy(BUSY)


def test_gone_on_with_in_two_windows_it_is_recorded_once(office: Office) -> None:
    first = something_else(office)
    second = something_else(office)
    press(second, "Go on with it")
    press(first, "Record")
    assert "Recorded: inquiry made." in shown(first)
    press(second, "Record")
    assert "This was recorded already; nothing was added." in shown(second)
    assert kept(office) is None


def something_else(office: Office) -> AppTest:
    board = fine(office.sign_in("intake worker", office.cases[0]))
    choice = next(box for box in board.selectbox if box.label == "What happened")
    fine(choice.set_value("make_inquiry").run())
    if has_form(board):
        note(board).set_value(CANARY)
    return fine(board.run())


def test_nobody_else_is_offered_it(office: Office) -> None:
    begun(office)
    board = anew(office, "intake supervisor")
    assert OFFER not in shown(board)
    assert has_form(board)
    assert (note(board).value, class_of(board)) == ("", None)
    assert kept(office)


def test_thrown_away_it_is_gone_and_the_form_is_blank(office: Office) -> None:
    begun(office)
    board = press(anew(office), "Throw it away")
    assert note(board).value == ""
    assert kept(office) is None
    assert OFFER not in shown(anew(office))


def test_a_form_that_is_given_up_is_forgotten_and_one_that_was_only_offered_is_not(office: Office) -> None:
    board = begun(office)
    offered = press(anew(office), "Classify the report")  # closed again, without a word on the offer
    assert kept(office)
    assert OFFER in shown(press(offered, "Classify the report"))
    press(board, "Classify the report")
    assert kept(office) is None


def test_a_form_that_was_only_looked_at_is_no_draft(office: Office) -> None:
    board = anew(office)
    fine(board.run())
    assert kept(office) is None
    radio(board, "Class", "other")
    fine(board.run())
    draft = kept(office)
    assert draft
    assert draft.values["classification"] == "other"


def test_what_cannot_be_kept_just_now_is_said_and_can_still_be_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = anew(office)
    monkeypatch.setattr("mdt.casework.drafts.keep", busy)
    radio(board, "Class", "other")
    fine(board.run())
    assert f"What you type is not kept just now. {BUSY}" in shown(board)
    press(board, "Record")
    assert classified(office) == 1


def test_a_draft_that_does_not_open_says_so_and_can_be_thrown_away(office: Office) -> None:
    begun(office)
    with office.store.write() as connection:
        connection.execute(update(DRAFTS).values(sealed=b"altered"))
    board = anew(office)
    assert [error.value for error in board.error] == [NOT_AS_WRITTEN]
    assert not has_form(board)
    press(board, "Throw it away")
    assert has_form(board)


def test_what_was_begun_is_listed_on_the_start_page_and_opens_where_it_was_left(office: Office) -> None:
    begun(office)
    number = office.view(office.cases[0]).card.number
    start = fine(office.sign_in("intake worker"))
    (link,) = [button for button in start.button if button.label.startswith(f"Classify the report · {number}")]
    assert CANARY not in shown(start)
    fine(link.click().run())
    assert start.header[0].value == f"Case {number}"
    press(start, "Go on with it")
    assert note(start).value == CANARY
    assert LISTED not in shown(fine(office.sign_in("intake supervisor")))


def test_what_was_begun_can_be_thrown_away_where_it_is_listed(office: Office) -> None:
    begun(office)
    start = press(fine(office.sign_in("intake worker")), "✕")
    assert kept(office) is None
    assert LISTED not in shown(start)


def test_something_else_that_happened_is_kept_too(office: Office) -> None:
    something_else(office)
    start = fine(office.sign_in("intake worker"))
    fine(start.button(key="draft-0").click().run())
    press(start, "Go on with it")
    assert note(start).value == CANARY


def a_report(office: Office) -> AppTest:
    """A worker who takes a report."""
    board = office.sign_in("intake worker")
    board.session_state["intake-tab"] = "Take a report"
    return fine(board.run())


def fill_in(board: AppTest) -> None:
    press(board, "Add a suspected person")
    said = {
        "Report number": "T-1", "Given name": "Vinecliff", "Birthdate": "07/23/2011", "Age": "14",
        "Name, or what is known": "Underhill",
    }  # fmt: skip
    for field in board.text_input:
        if found := next((value for label, value in said.items() if field.label.startswith(label)), None):
            field.set_value(found)
    next(area for area in board.text_area if area.label.startswith("What was told")).set_value(CANARY)
    radio(board, "How it came", "oral")
    radio(board, "Is the reporter mandated to report?", "yes")
    fine(board.run())


def test_a_report_half_taken_comes_back_whole_and_is_taken_once(office: Office) -> None:
    fill_in(a_report(office))
    start = fine(office.sign_in("intake worker"))
    fine(start.button(key="draft-0").click().run())
    press(start, "Go on with it")
    held = {field.label: field.value for field in start.text_input if field.value}
    assert {"T-1", "Vinecliff", "07/23/2011", "14", "Underhill"} <= set(held.values())
    press(start, "Take the report")
    assert "Recorded: report received." in shown(start)
    assert kept(office) is None
    again = fine(office.sign_in("intake worker"))
    assert LISTED not in shown(again)


def test_no_file_of_ours_holds_a_word_of_a_draft(office: Office) -> None:
    fill_in(a_report(office))
    assert kept(office)
    files = [file for file in settings.home().rglob("*") if file.is_file()]
    typed = [word.encode() for word in (CANARY, "Vinecliff", "Underhill", "07/23/2011", "2011-07-23")]
    assert files
    assert [file.name for file in files for word in typed if word in file.read_bytes()] == []


def test_words_typed_for_a_step_that_a_colleague_answered_are_not_lost(office: Office) -> None:
    begun(office)
    office.record("intake supervisor", office.cases[0], "classify_report", "colleague", classification="other")
    start = fine(office.sign_in("intake worker"))
    fine(start.button(key="draft-0").click().run())
    assert "This step has been answered meanwhile" in start.warning[0].value
    assert CANARY in [text.value for text in start.text]
    start.toggle(key="presenting").set_value(True)
    fine(start.button(key="draft-0").click().run())
    assert len(start.text) == 0
