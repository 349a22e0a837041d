"""Whatever fails, wherever on the pages, with whatever in its message: the page shows a number, the log the place."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from mdt.circle import Emergency
from tests.dashboard.conftest import fine, shown
from tests.privacy.canary import CANARY, NARRATIVE, hits

from .test_pages import a_case

if TYPE_CHECKING:
    from tests.dashboard.conftest import Office

    from .conftest import Sent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
# What is made to fail, on whose page it does, and what she clicks for it.
PLACES = {
    "a page": ("mdt.board.overview.columns", "board.py", None),
    "a page of a case": ("mdt.board.case.case_view", "case.py", None),
    "the answer to a click": ("dashboard.record.read_names", "case.py", "show-names"),
    "a fragment": ("mdt.board.case.version_of", "case.py", None),
    "who sits here": ("mdt.board.people.seat", "board.py", None),
    "looking for a name": ("dashboard.finding.find_child", "board.py", "find"),
    "the file taken out": ("mdt.casework.exporting.export", "board.py", "export"),
}


def falls(*_args: Any, **_rest: Any) -> None:
    try:
        {}[NARRATIVE]
    except KeyError as inner:
        raise ValueError(CANARY, NARRATIVE) from inner


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_that_nobody_foresaw_shows_a_number_and_no_word(
    office: Office, place: str, sent: Sent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    what, page, click = PLACES[place]
    case_id = a_case(office)
    board = fine(office.sign_in("intake supervisor", case_id))
    board.session_state["find"] = True
    fine(board.switch_page(page).run())
    if click == "export":
        fine(board.selectbox(key="board-export-why").set_value("casework").run())
    sent.hits()
    monkeypatch.setattr(what, falls)
    if click in (None, "show-names"):
        (board.button(key=click).click() if click else board).run()
    elif click == "find":
        board.text_input(key="find-given").set_value(CANARY)
        next(button for button in board.button if button.label == "Find").click().run()
    else:
        board.button(key="board-export-make").click().run()
    for _drawn_anew in range(2):
        assert hits(shown(board)) == []
        assert sent.hits() == []
        assert [hits(error.message + str(error.stack_trace)) for error in board.exception if hits(str(error.proto))] == []
        board.run()
    if place != "a fragment":  # which looks for the first time some seconds later
        assert "Fault " in caplog.text
        assert "ValueError at " in caplog.text
    assert hits("".join((*capfd.readouterr(), caplog.text))) == []


def test_what_a_library_logs_of_a_fault_is_a_number_too(caplog: pytest.LogCaptureFixture) -> None:
    try:
        falls()
    except ValueError as fault:
        logging.getLogger("streamlit.error_util").error("Uncaught app execution", exc_info=fault)  # noqa: TRY400  # as it does
    assert "Fault " in caplog.text
    assert hits(caplog.text) == []


def test_a_form_that_cannot_be_read_repeats_nothing_of_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        Emergency.model_validate({"happened_at": NARRATIVE, "reason": "x", "note": [CANARY], CANARY: CANARY})
    assert "validation error" in str(wrong.value)
    assert hits(str(wrong.value).replace(CANARY, "", 1)) == []  # but for the name of a field that there is not
