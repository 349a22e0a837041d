"""Emergency access, finding by name, who sees a case, restricted cases and the history's lines, as they stand on the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from dashboard import words
from mdt.board.people import demo_code
from mdt.casework import intake
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG, INVOLVED, PEOPLE
from mdt.store import trace
from tests import making

from .conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from .conftest import Office

STAFF = "staff are threatened"


def board_of(office: Office, role: str) -> AppTest:
    return fine(fine(office.sign_in(role)).switch_page("board.py").run())


def press(page: AppTest, label: str) -> AppTest:
    return fine(next(button for button in page.button if button.label == label).click().run())


def logged(office: Office, act: str) -> int:
    with office.store.read() as connection:
        found = select(func.count()).select_from(ACCESS_LOG).where(ACCESS_LOG.c.act == act)
        return connection.scalar(found) or 0


def drawn_in(office: Office, case: str, how: str) -> set[str]:
    with office.store.read() as connection:
        return set(connection.scalars(select(INVOLVED.c.who).where(INVOLVED.c.case_id == case, INVOLVED.c.how == how)))


# Emergency access. -------------------------------------------------------------------------------------------------------


def ask(page: AppTest, number: str, code: str, reason: str) -> AppTest:
    page.text_input(key="emergency-number").set_value(number)
    page.text_input(key="emergency-code").set_value(code)
    page.text_area(key="emergency-reason").set_value(reason)
    return press(page, "Take emergency access")


def opened(office: Office, role: str) -> AppTest:
    """The board with the lid of emergency access open."""
    page = board_of(office, role)
    page.session_state["emergency"] = True
    return fine(page.run())


def code_of(office: Office, role: str) -> str:
    return demo_code(office.store, office.people[role], datetime.now(UTC))


def test_emergency_access_opens_the_page_of_the_case_and_its_supervisor_finds_the_notice(office: Office) -> None:
    case = office.cases[0]
    number = office.view(case).card.number
    page = opened(office, "police")
    assert "Your supervisor is told at once, and the auditor reviews it." in shown(page)
    ask(page, f" {number}", code_of(office, "police"), "She called from a motel.")
    assert page.header[0].value == f"Case {number}"
    assert any("Emergency access: you see this case for four hours" in warning.value for warning in page.warning)
    assert "Something else happened" not in [head.value for head in page.subheader]
    line = next(m.value for m in page.markdown if "emergency access taken" in m.value)
    until = datetime.now(UTC) + timedelta(hours=4)
    assert f"**emergency access taken**: Officer F · until {words.day(until)}" in line.replace("\\", "")
    assert "motel" not in shown(page)
    chair = office.sign_in("chairperson")
    chair.session_state["meeting-tab"] = "Notices"
    fine(chair.run())
    told = f"Case {number}: somebody took emergency access to it for four hours."
    assert told in shown(chair)
    press(chair, "Mark all as read")
    assert told not in shown(chair)


@pytest.mark.parametrize(
    ("number", "code", "reason", "said"),
    [
        ("", "", "She called.", "There is no case of that number."),
        ("hers", "", "She called.", "Not confirmed: the code is wrong or has been used."),
        ("hers", "right", "", "Why it cannot wait"),
        ("2026-99999", "right", "She called.", "There is no case of that number."),
    ],
)
def test_what_is_wrong_with_it_is_said_and_what_was_typed_stays(
    office: Office, number: str, code: str, reason: str, said: str
) -> None:
    number = office.view(office.cases[0]).card.number if number == "hers" else number
    page = opened(office, "police")
    ask(page, number, code_of(office, "police") if code else "", reason)
    assert any(said in error.value for error in page.error)
    assert page.text_input(key="emergency-number").value == number
    assert drawn_in(office, office.cases[0], "glass") == set()


@pytest.mark.parametrize("role", ["victim advocate", "advocate supervisor", "team member"])
def test_a_role_without_emergency_access_is_not_offered_it(office: Office, role: str) -> None:
    assert "Emergency access to a case that is not mine" not in shown(board_of(office, role))


def test_without_the_demo_no_code_is_shown(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(office, "police")
    assert "Demo: your code is now" in shown(page)
    monkeypatch.setenv("MDT_DEMO", "0")
    assert "your code is now" not in shown(page.run())


# Finding a child by name. ------------------------------------------------------------------------------------------------


def find(page: AppTest, given: str, family: str, year: int | None = None) -> AppTest:
    page.session_state["find"] = True
    fine(page.run())
    page.text_input(key="find-given").set_value(given)
    page.text_input(key="find-family").set_value(family)
    page.number_input(key="find-year").set_value(year)
    return press(page, "Find")


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button if str(button.key).startswith("found-")]


def a_child(office: Office, **cells: str) -> str:
    form = making.referral(report_no="F-1", child_given_name="Zuzanna", child_family_name="Quill", **cells)
    return intake.receive_referral(office.store, form, by=office.people["intake worker"], now=datetime.now(UTC))


def test_a_child_is_found_and_shown_by_number_and_the_number_opens_the_case(office: Office) -> None:
    case = a_child(office, child_birthdate="2012-05-05")
    page = board_of(office, "intake supervisor")
    find(page, "zuzana", "QUILL", 2012)
    number = office.view(case).card.number
    assert len(labels(page)) == 1
    assert labels(page)[0].startswith(f"**{number}** · a name that sounds alike, same birth year · age ")
    assert "Quill" not in shown(page)
    assert logged(office, "name search") == 1
    fine(page.button(key="found-0").click().run())
    assert page.header[0].value == f"Case {number}"
    assert "Quill" not in shown(page)


def test_what_was_found_is_forgotten_when_the_lid_is_closed(office: Office) -> None:
    a_child(office)
    page = find(board_of(office, "intake supervisor"), "Zuzanna", "Quill")
    assert len(labels(page)) == 1
    page.session_state["find"] = False
    fine(page.run())
    page.session_state["find"] = True
    assert labels(fine(page.run())) == []


def test_nothing_found_and_no_name_are_said(office: Office) -> None:
    page = find(board_of(office, "intake supervisor"), "Nobody", "Atall")
    assert any("No case of yours has a child of such a name." in m.value for m in page.markdown)
    find(page, "", " - ")
    assert any("Can't look for a child without any name." in error.value for error in page.error)


def test_a_found_case_that_is_no_longer_hers_is_no_longer_shown(office: Office) -> None:
    case = a_child(office)
    page = find(board_of(office, "intake worker"), "Zuzanna", "Quill")
    assert len(labels(page)) == 1
    office.record("intake supervisor", case, "restrict_case", "r-1", because=STAFF)
    assert labels(fine(page.run())) == []


def test_while_presenting_no_name_is_looked_for(office: Office) -> None:
    page = board_of(office, "intake supervisor")
    page.session_state["find"] = True
    page.toggle(key="presenting").set_value(True)
    fine(page.run())
    assert "Presentation mode is on: names are not looked for." in shown(page)
    assert "Find" not in [button.label for button in page.button]


# Who sees it. ------------------------------------------------------------------------------------------------------------


def open_lid(page: AppTest, case: str) -> AppTest:
    page.session_state[f"who-{case}"] = True
    return fine(page.run())


def test_who_sees_a_case_and_who_looked_is_read_and_logged_when_its_lid_is_opened(office: Office) -> None:
    case = office.cases[0]
    page = fine(office.sign_in("intake worker", case))
    assert logged(office, "who read") == 0
    press(page, "Show name and notes")
    open_lid(page, case)
    said = shown(page).replace("\\", "")
    assert "**Worker A, intake worker, DCF**: the case belongs to their DCF office" in said
    assert "sees where the case stands and what is open, what happened, who the child is" in said
    assert "Worker A · intake worker: name read" in said
    assert logged(office, "who read") == 1
    fine(page.run())
    assert logged(office, "who read") == 1  # drawn anew, not read anew
    page.session_state[f"who-{case}"] = False
    fine(page.run())
    open_lid(page, case)
    assert logged(office, "who read") == 2


def test_conflicts_and_the_restrictions_reason_stand_among_them(office: Office) -> None:
    case = office.cases[0]
    office.record("intake supervisor", case, "declare_conflict", "c-1", person=office.people["chairperson"].id)
    office.record("intake supervisor", case, "restrict_case", "r-1", because=STAFF)
    page = open_lid(fine(office.sign_in("intake supervisor", case)), case)
    said = shown(page).replace("\\", "")
    assert f"**Restricted:** {STAFF}. Nobody but those below sees more than this reason." in said
    assert "**1 person can see it**" in said
    assert "- Chairperson B declared a conflict and sees nothing of it" in said
    assert "Nobody has read the name, a note or this list yet." in said


# Restricted cases. -------------------------------------------------------------------------------------------------------


def shut(office: Office) -> tuple[str, str]:
    """A case restricted by the supervisor, before everybody's team; its id and number."""
    case = office.cases[0]
    office.record("intake worker", case, "ask_for_review", "q-1", reason="words")
    office.record("intake supervisor", case, "restrict_case", "r-1", because=STAFF)
    return case, making.case_row(office.store, case)["number"]


def test_a_restricted_case_is_a_row_with_its_number_and_its_reason(office: Office) -> None:
    _, number = shut(office)
    said = shown(board_of(office, "intake worker")).replace("\\", "")
    assert "Restricted: 1 case" in said
    assert f"**{number}**: {STAFF}" in said
    assert "Admit" not in said  # she keeps no restrictions


def choices(page: AppTest, number: str) -> Any:
    return page.selectbox(key=f"admit-who-{number}")


def test_whoever_keeps_restrictions_admits_a_colleague_and_never_herself(office: Office) -> None:
    case, number = shut(office)
    page = board_of(office, "chairperson")
    assert page.button(key=f"admit-now-{number}").disabled
    assert not [name for name in choices(page, number).options if "Chairperson B" in name]
    choices(page, number).select(office.people["intake worker"].id)
    fine(page.run())
    fine(page.button(key=f"admit-now-{number}").click().run())
    assert f"Recorded: a person was admitted to {number}." in "\n".join(m.value for m in page.markdown)
    assert office.people["intake worker"].id in drawn_in(office, case, "named")
    assert office.people["chairperson"].id not in drawn_in(office, case, "named")
    assert f"**{number}**: {STAFF}" in shown(page).replace("\\", "")  # she does not see the case by it
    assert number in shown(board_of(office, "intake worker"))


def test_a_refusal_to_admit_is_said_where_it_was_tried(office: Office) -> None:
    case, number = shut(office)
    page = board_of(office, "chairperson")
    worker = office.people["intake worker"].id
    choices(page, number).select(worker)
    fine(page.run())
    with office.store.write() as connection:
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == worker).values(disabled_at=datetime.now(UTC)))
    fine(page.button(key=f"admit-now-{number}").click().run())
    assert "Can't do that: nobody who signs in here is meant." in "\n".join(m.value for m in page.markdown)
    assert worker not in drawn_in(office, case, "named")


def test_the_case_itself_says_that_it_is_restricted_to_whom_it_names(office: Office) -> None:
    case, _ = shut(office)
    page = fine(office.sign_in("intake supervisor", case))
    assert f"Restricted: {STAFF}" in "\n".join(badge.value for badge in page.markdown)
    refused = fine(office.sign_in("intake worker", case))
    assert f"This case is restricted to named persons: {STAFF}." in shown(refused)


# The history's lines. ----------------------------------------------------------------------------------------------------


def test_each_entry_on_who_knows_names_the_person_or_the_agency_and_the_reason_in_words(office: Office) -> None:
    case, people = office.cases[0], office.people
    for act, form in (
        ("engage_person", {"person": people["victim advocate"].id}), ("engage_agency", {"agency": "New Haven police"}),
        ("end_engagement", {"who": people["victim advocate"].id}), ("restrict_case", {"because": STAFF}),
        ("admit_person", {"person": people["chairperson"].id}), ("lift_restriction", {}),
        ("declare_conflict", {"person": people["chairperson"].id}), ("end_conflict", {"person": people["chairperson"].id}),
    ):  # fmt: skip
        office.record("intake supervisor", case, act, f"h-{act}", **form)
    page = fine(office.sign_in("intake supervisor", case))
    lines = next(m.value for m in page.markdown if Fact.PERSON_ENGAGED.value in m.value).replace("\\", "")
    for line in (
        "**person engaged on the case**: Advocate C", "**agency engaged on the case**: New Haven police",
        "**engagement ended**: Advocate C", f"**case restricted**: {STAFF}",
        "**person admitted to the restricted case**: Chairperson B", "**restriction lifted**  ",
        "**conflict of interest declared**: Chairperson B", "**conflict of interest ended**: Chairperson B",
    ):  # fmt: skip
        assert line in lines
    assert not [p.id for p in people.values() if p.id in lines]


def test_a_look_is_told_with_its_day_and_hour_in_connecticut(office: Office) -> None:
    case, at = office.cases[0], datetime(2026, 7, 1, 13, 5, tzinfo=UTC)
    with office.store.write() as connection:
        trace.append(connection, office.people["chairperson"].id, "name read", at, case_id=case, count=1)
        trace.append(connection, office.people["prosecutor"].id, "narrative read", at, case_id=case, count=3)
    said = shown(open_lid(fine(office.sign_in("intake worker", case)), case)).replace("\\", "")
    assert "- 1 Jul 2026, 09:05: Chairperson B · chairperson: name read" in said
    assert "- 1 Jul 2026, 09:05: Attorney G · prosecutor: narrative read (3)" in said
