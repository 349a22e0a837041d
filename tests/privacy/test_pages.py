"""What one types of a child on the pages is in nobody else's session, and in her own only as long as she asked for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.known import LEFT_OPEN
from mdt import settings
from mdt.board.overview import owners
from mdt.board.people import demo_code
from mdt.casework import exporting
from mdt.casework.exporting import FORMATS, KINDS, Order, WorkList
from mdt.errors import MdtError
from tests.dashboard.conftest import APP, fine, shown
from tests.dashboard.test_matrix import PAGES, ROLES, _facts, _record, _write, everybody_drawn_in
from tests.dashboard.test_pages import press, radio
from tests.privacy.canary import AS_TYPED, BORN, CANARY, FAMILY, NARRATIVE, hits, in_files, in_session, in_tables

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboard.conftest import Office

    from .conftest import Sent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
LEFT = ""  # a field that stays as it is: it wants a day of its own, or a number
TYPED = {
    "Report number": "T-1", "Given name": CANARY, "Family name": FAMILY, "Town": "", "Birthdate": AS_TYPED, "Citizenship": "US",
    "Name, or what is known": f"{CANARY} {FAMILY}",
    **dict.fromkeys(("Received on", "Age in years", "First day", "Last day", "Police were told on"), LEFT),
}  # fmt: skip
SHUTS_OUT = ("Declare a conflict of interest", "Restrict this case")
SAID = {
    "How it came": "oral", "Is the reporter mandated to report?": "yes", "Asks to be kept confidential?": "yes",
    "Unsafe to contact the child or the family?": "yes",
}  # fmt: skip
FIELDS = 50  # of words, on the form of such a report
TABS = {
    "intake.py": ("intake-tab", ["Queue", "Waiting", "Notices", "End of shift"]),
    "meeting.py": ("meeting-tab", ["Next meetings", "Decisions", "The team's work", "Notices"]),
    "services.py": ("services-tab", ["Waiting on me", "Waiting on them", "This week", "Services", "Notices"]),
    "compensation.py": ("compensation-tab", ["Where claims stand", "Claims in preparation", "Before OVS"]),
}


def fill(board: AppTest) -> int:
    """Type the canaries into whatever takes words, and the birthdate; how many fields that were."""
    fields = [*board.text_input, *board.text_area]
    for field in fields:
        known = next((words for label, words in TYPED.items() if field.label.startswith(label)), NARRATIVE)
        if known is not LEFT:
            field.set_value(known)
    free = [box for box in board.selectbox if box.proto.accept_new_options]
    for box in free:
        box.set_value("New Haven" if box.label.startswith("Town") else CANARY)
    return len(fields) + len(free)


def a_report(board: AppTest) -> AppTest:
    """The form of a new report on two children and two suspected persons, filled in to the last field."""
    board.session_state["intake-tab"] = "Take a report"
    fine(board.run())
    for more in ("Add a brother or sister", "Add a suspected person", "Add a suspected person"):
        press(board, more)
    for asked, answer in SAID.items():
        radio(board, asked, answer)
    fine(board.run())
    assert fill(board) > FIELDS
    return fine(board.run())


def take(board: AppTest) -> AppTest:
    """Take the report; once more, if she is asked whether it is not a child who is known."""
    press(board, "Take the report")
    if any(LEFT_OPEN in warning.value for warning in board.warning):
        press(board, "Take the report")
    assert "Recorded: report received" in shown(board)
    return board


def everyone_is_drawn_in(office: Office, case_id: str) -> None:
    """Each role works on the case, and each has left a note on it."""
    _record(office, case_id, "place_case", town="New Haven", town_of="residence")
    for new in (_facts(*one) for one in sorted(everybody_drawn_in(office).drawn_in, key=str)):
        if new:
            _write(office, case_id, new)
    for act, said in (
        ("ask_for_review", {"reason": NARRATIVE}), ("engage_person", {"person": office.people["victim advocate"].id}),
        ("record_injury", {}), ("disclose_injury", {"told_by": "child", "told_to": "DCF employee"}),
    ):  # fmt: skip
        _record(office, case_id, act, note=NARRATIVE, **said)


def walk(board: AppTest, role: str, case_id: str | None = None) -> None:
    """Every page of this person, with each tab and lid of it; and the case, its names left closed."""
    if case_id:
        board.session_state["case"] = case_id
    for file in sorted(PAGES[role][1]):
        fine(board.switch_page(file).run())
        key, tabs = TABS.get(file, ("", []))
        for tab in tabs:
            board.session_state[key] = tab
            fine(board.run())
        for key in ("board-changes", "find", "emergency") if file == "board.py" else (f"who-{case_id}",):
            board.session_state[key] = True
        fine(board.run())


def test_what_is_typed_into_a_report_stays_with_whoever_typed_it_until_somebody_asks_for_the_name(
    office: Office, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    worker = fine(office.sign_in("intake worker"))
    others = {role: fine(office.sign_in(role)) for role in ROLES if role != "intake worker"}
    a_report(worker)
    assert in_session(worker)  # it is there while she types
    sent.hits()
    second = fine(office.sign_in("intake worker"))  # another window of hers: the draft is offered, not shown
    for role, board in others.items():
        walk(board, role)
    assert sent.hits() == []

    take(worker)
    case_id = worker.session_state["case"]
    sent.hits()
    fine(worker.run())
    assert (in_session(worker), sent.hits()) == ([], [])
    everyone_is_drawn_in(office, case_id)
    for role, board in (*others.items(), ("intake worker", second)):
        walk(board, role, case_id)
    assert sent.hits() == []

    worker.session_state["case"] = case_id
    fine(worker.switch_page("case.py").run())
    assert sent.hits() == []
    fine(worker.button(key="show-names").click().run())
    assert sent.hits()
    assert in_session(worker)
    for board in (*others.values(), second):
        fine(board.run())
    assert sent.hits() == []
    fine(worker.button(key="hide-names").click().run())
    assert (in_session(worker), sent.hits()) == ([], [])
    fine(worker.button(key="show-names").click().run())
    sent.hits()
    fine(worker.switch_page("board.py").run())
    assert (in_session(worker), sent.hits()) == ([], [])

    assert {role: found for role, board in others.items() if (found := in_session(board))} == {}
    assert in_session(second) == []
    nothing_is_left(office, aside, caplog, capfd)


def nothing_is_left(office: Office, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """No canary lies in a table, in a file of the product's, in a temporary file, in a log or on the screen of the server."""
    assert in_tables(office.store) == {}
    assert in_files(settings.home(), aside) == {}
    assert hits("".join((*capfd.readouterr(), caplog.text))) == []


def a_case(office: Office, *, drawn_in: bool = True) -> str:
    """A case with the canaries in every field, through the form; and with every role in it."""
    worker = a_report(fine(office.sign_in("intake worker")))
    take(worker)
    case_id: str = worker.session_state["case"]
    if drawn_in:
        everyone_is_drawn_in(office, case_id)
    return case_id


@pytest.mark.parametrize("role", ["intake worker", "chairperson", "victim advocate", "prosecutor"])
def test_every_form_of_a_case_keeps_what_is_typed_to_itself_recorded_or_refused(
    office: Office, role: str, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    case_id = a_case(office)
    board = fine(office.sign_in(role, case_id))
    colleague = fine(office.sign_in("intake supervisor", case_id))
    tried = typed = 0
    (acts,) = [box.options for box in board.selectbox if box.label == "What happened"]
    for title in sorted(acts, key=SHUTS_OUT.__contains__):
        boxes = [box for box in board.selectbox if box.label == "What happened" and title in box.options]
        if not boxes:  # an act before it took the ground from under it
            continue
        fine(boxes[0].select(title).run())
        if "Record" not in [button.label for button in board.button]:
            continue
        typed += fill(board)
        fine(board.run())  # the draft is kept
        press(board, "Record")
        errors = [error.value for error in board.error]
        assert hits("\n".join((*errors, shown(board)))) == []
        tried += 1
        if errors:  # refused: what was typed is hers still, until she gives it up
            board.session_state["case"] = case_id
    assert (tried, typed) > (3, 3)
    sent.hits()
    fine(colleague.run())
    assert (sent.hits(), in_session(colleague)) == ([], [])
    press(board, "Sign out")
    assert (in_session(board), sent.hits()) == ([], [])
    nothing_is_left(office, aside, caplog, capfd)


def test_looking_for_a_child_by_name_shows_and_keeps_no_name(
    office: Office, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    a_case(office)
    board = fine(office.sign_in("intake supervisor").switch_page("board.py").run())
    board.session_state["find"] = True
    fine(board.run())
    sent.hits()
    board.text_input(key="find-given").set_value(CANARY)
    board.text_input(key="find-family").set_value(FAMILY)
    press(board, "Find")
    assert "same name" in shown(board) + "".join(button.label for button in board.button)
    assert sent.hits() == []
    fine(next(button for button in board.button if button.key == "found-0").click().run())
    assert board.header[0].value.startswith("Case ")
    assert (in_session(board), sent.hits()) == ([], [])
    nothing_is_left(office, aside, caplog, capfd)


@pytest.mark.parametrize(
    "given", ["no code and a reason", "a wrong code and a reason", "the code and a reason", "the code alone"]
)
def test_the_reason_for_emergency_access_is_kept_as_every_other_note(
    office: Office, given: str, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    case_id = a_case(office, drawn_in=False)
    number = office.view(case_id).card.number
    supervisor = fine(office.sign_in("chairperson"))
    board = fine(office.sign_in("police").switch_page("board.py").run())
    board.session_state["emergency"] = True
    fine(board.run())
    codes = {"no": "", "a": "000000", "the": demo_code(office.store, office.people["police"], datetime.now(UTC))}
    for wanted in (number,) if given.startswith("the") else (CANARY, FAMILY, number):  # a code is good for one look
        board.text_input(key="emergency-number").set_value(wanted)
        board.text_input(key="emergency-code").set_value(codes[given.split(maxsplit=1)[0]])
        board.text_area(key="emergency-reason").set_value("" if given.endswith("alone") else NARRATIVE)
        press(board, "Take emergency access")
    assert [header.value == f"Case {number}" for header in board.header] == [given == "the code and a reason"]
    assert hits(shown(board)) == []
    sent.hits()
    walk(supervisor, "chairperson", case_id)
    assert (sent.hits(), in_session(supervisor)) == ([], [])
    nothing_is_left(office, aside, caplog, capfd)


ORDERED = {"work": WorkList(tuple(owners()))}


@pytest.mark.parametrize("kind", FORMATS)
def test_no_file_that_is_taken_out_holds_or_is_named_after_a_child(office: Office, kind: str) -> None:
    a_case(office)
    made, said = 0, []
    for what in KINDS:
        for who in office.people.values():
            try:
                file = exporting.export(office.store, who, what, Order(kind, "casework", ORDERED.get(what)), datetime.now(UTC))
            except MdtError as refusal:
                said.append(str(refusal))
                continue
            assert hits(file.data) + hits(repr(file)) + hits(file.name) == []
            assert re.fullmatch(r"[a-z-]+-\d{4}-\d\d-\d\d\.(csv|xlsx)", file.name)
            made += 1
    assert made > 10
    assert hits("\n".join(said)) == []


def test_a_name_typed_into_the_sign_in_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, aside: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.delenv("MDT_DEMO")
    board = fine(AppTest.from_file(str(APP), default_timeout=30).run())
    for key in ("login", "password", "code"):
        board.text_input(key=key).set_value(CANARY)
    fine(board.button(key="sign-in").click().run())
    assert hits("\n".join(error.value for error in board.error)) == []
    fine(board.run())
    nothing_is_left(office, aside, caplog, capfd)


def test_a_name_typed_where_a_number_is_asked_for_is_not_kept(
    office: Office, sent: Sent, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    a_case(office)
    colleague = fine(office.sign_in("auditor"))
    board = fine(office.sign_in("auditor"))
    number = next(field for field in board.text_input if field.label == "Case number")
    for word in (FAMILY, CANARY, BORN):
        number.set_value(word)
        press(board, "Search")
    sent.hits()
    press(colleague, "Search")
    assert (sent.hits(), in_session(colleague)) == ([], [])
    board = fine(office.sign_in("intake worker").switch_page("board.py").run())
    for word in (FAMILY, CANARY, BORN):
        fine(board.text_input(key="board-number").set_value(word).run())
    nothing_is_left(office, aside, caplog, capfd)
