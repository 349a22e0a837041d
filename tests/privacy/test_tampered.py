"""What a browser may send that no page offered: refused, logged where it was another's, and nothing of it shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from dashboard import session
from mdt.board.people import people
from mdt.casework.pages import NO_SUCH_CASE
from mdt.records.tables import ACCESS_LOG, CASES, LEDGER, PEOPLE
from tests.dashboard.conftest import fine, shown
from tests.dashboard.test_pages import press, radio

from .canary import hits, in_session
from .test_pages import a_case, fill

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office

    from .conftest import Sent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def refusals(office: Office, role: str) -> list[dict[str, Any]]:
    """What the access log says that this person was refused."""
    refused = (ACCESS_LOG.c.act == "refused") & (ACCESS_LOG.c.by == office.people[role].id)
    with office.store.read() as connection:
        return list(connection.execute(select(ACCESS_LOG.c.detail).where(refused).order_by(ACCESS_LOG.c.at)).scalars())


def acts(office: Office) -> int:
    with office.store.read() as connection:
        return len(connection.execute(select(LEDGER.c.command)).all())


def number_of(office: Office, case_id: str) -> str:
    with office.store.read() as connection:
        return connection.execute(select(CASES.c.number).where(CASES.c.id == case_id)).scalar_one()


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("other", ["another's case", "no case", "no id at all"])
def test_the_id_of_a_case_that_is_not_hers_opens_no_page(office: Office, sent: Sent, other: str, named: bool) -> None:
    theirs = a_case(office, drawn_in=False)
    board = fine(office.sign_in("chairperson"))
    board.session_state["case"] = {"another's case": theirs, "no case": uuid4().hex}.get(other, "' OR 1=1 --")
    if named:  # as if she had just read the names on it
        board.session_state["named"] = ((theirs, 1, None), None)
    sent.hits()
    fine(board.switch_page("case.py").run())
    assert NO_SUCH_CASE in shown(board)
    assert number_of(office, theirs) not in shown(board)
    assert not [button for button in board.button if button.key == "show-names"]
    assert (sent.hits(), in_session(board)) == ([], [])


def test_a_form_sent_for_another_case_than_the_page_s_writes_nothing_there(office: Office) -> None:
    """The open case is changed under a form that is filled in: what is sent counts for no case that is not hers."""
    theirs = a_case(office, drawn_in=False)
    mine = a_second(office)
    board = fine(office.sign_in("chairperson", mine))
    box = next(box for box in board.selectbox if box.label == "What happened")
    fine(box.select_index(0).run())
    fill(board)
    before = acts(office)
    board.session_state["case"] = theirs
    button = next(button for button in board.button if button.label == "Record")
    fine(button.click().run())
    assert NO_SUCH_CASE in shown(board)
    assert acts(office) == before


def a_second(office: Office) -> str:
    """A case before the team."""
    case_id = office.cases[0]
    office.record("intake worker", case_id, "ask_for_review", uuid4().hex, reason="words")
    return case_id


@pytest.mark.parametrize("step", ["another's", "made up"])
def test_the_form_of_a_step_of_another_case_is_not_drawn(office: Office, step: str) -> None:
    other = office.view(office.cases[1]).tasks[0].id
    board = fine(office.sign_in("intake worker", office.cases[0]))
    board.session_state["answering"] = (f"{office.cases[1]}/{other}" if step == "another's" else uuid4().hex, "classify_report")
    before = acts(office)
    fine(board.run())
    assert "Record" not in [button.label for button in board.button]
    assert acts(office) == before


def test_a_thing_of_another_case_put_into_a_form_is_refused(office: Office) -> None:
    """Which report, entry or step an act is about is chosen from a list; the answer is held against the case again."""
    report = next(e.event.about for e in office.view(office.cases[1]).history if e.event.about)
    board = press(fine(office.sign_in("intake worker", office.cases[0])), "Classify the report")
    radio(board, "Class", "emergency")
    fine(board.run())
    (draft,) = board.session_state["drafts"].values()
    board.session_state[f"{draft.command}-about"] = report
    before = acts(office)
    press(board, "Record")
    written = office.view(office.cases[1]).history
    assert "report classified" not in {e.event.fact.value for e in written}
    here = [e.event for e in office.view(office.cases[0]).history if e.event.fact.value == "report classified"]
    assert report not in {e.about for e in here}
    assert acts(office) == before + len(here)


@pytest.mark.parametrize(("role", "then"), [("intake worker", "auditor"), ("intake worker", "victim advocate"),
                                            ("chairperson", "OVS liaison"), ("chairperson", "administrator")])  # fmt: skip
def test_a_role_that_changed_under_an_open_form_with_the_name_in_sight_ends_both_at_the_next_click(
    office: Office, role: str, then: str, sent: Sent
) -> None:
    case_id = a_case(office)
    before_role = office.people[role]
    board = fine(office.sign_in(role, case_id))
    fine(board.button(key="show-names").click().run())
    assert in_session(board)
    box = next(box for box in board.selectbox if box.label == "What happened")
    fine(box.select_index(0).run())
    before = acts(office)
    with office.store.write() as connection:
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == before_role.id).values(role=then, agency="Another"))
    assert next(p.role for p in people(office.store) if p.id == before_role.id) == then
    sent.hits()
    record = [button for button in board.button if button.label == "Record"]
    fine((record[0].click() if record else board).run())
    assert sent.hits() == []
    assert hits(shown(board)) == []
    assert in_session(board) == []
    assert number_of(office, case_id) not in [header.value for header in board.header]
    assert acts(office) == before


def test_who_may_see_less_from_now_on_is_shown_less_at_the_next_click(office: Office, sent: Sent) -> None:
    """The case is still hers to see, but no longer the report and the notes that she had opened."""
    case_id = a_case(office)
    board = fine(office.sign_in("chairperson", case_id))
    fine(board.button(key="show-names").click().run())
    assert "bridge" in shown(board)
    ours = office.people["OVS liaison"]
    with office.store.write() as connection:
        who = PEOPLE.c.id == office.people["chairperson"].id
        connection.execute(update(PEOPLE).where(who).values(role=ours.role, agency=ours.agency))
    sent.hits()
    fine(board.run())
    assert f"Case {number_of(office, case_id)}" in [header.value for header in board.header]
    assert (sent.hits(), in_session(board)) == ([], [])


@pytest.mark.parametrize(("role", "page"), [("auditor", "case"), ("administrator", "board"), ("victim advocate", "intake"),
                                            ("OVS liaison", "meetings"), ("intake worker", "ledger")])  # fmt: skip
def test_a_page_asked_for_by_its_address_is_refused_and_logged_though_a_case_is_open(
    office: Office, role: str, page: str, sent: Sent
) -> None:
    case_id = a_case(office)
    board: AppTest = fine(office.sign_in(role))
    board.session_state["case"] = case_id
    sent.hits()
    files = {"meetings": "meeting.py", "ledger": "audit.py"}
    fine(board.switch_page(files.get(page, f"{page}.py")).run())
    assert refusals(office, role)[-1] == {"page": page}
    assert f"Case {number_of(office, case_id)}" not in [header.value for header in board.header]
    assert (sent.hits(), in_session(board)) == ([], [])


def test_nobody_signs_in_by_what_is_put_into_the_session(office: Office) -> None:
    """Neither an id, nor a seat of her own making, nor another's token's digest."""
    theirs = a_case(office)
    seat = office.people["intake worker"]
    board = fine(office.sign_in("chairperson"))
    digest = board.session_state["token"]
    for name, value in (("token", seat.id), ("token", digest[::-1]), ("seat", seat), ("viewer", seat)):
        forged = fine(office.sign_in("auditor"))
        forged.session_state[name] = value
        forged.session_state["case"] = theirs
        fine(forged.run())
        assert hits(shown(forged)) == []
        assert "Case " not in "".join(header.value for header in forged.header)
    assert session.SEAT not in board.session_state
