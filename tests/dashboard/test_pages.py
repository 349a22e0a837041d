"""Each page as each person sees it, and a walk through a case."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from mdt.board import overview
from mdt.board.overview import Filters
from mdt.casework import ACTS, intake, routing
from mdt.casework.check import check
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.process import Room
from mdt.records.tables import CASES, MEETINGS, TEAMS
from mdt.referral import NewReferral

from .conftest import APP, fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1.element_tree import Selectbox

    from .conftest import Office

START = {
    "intake worker": "Intake",
    "intake supervisor": "Intake",
    "chairperson": "Meetings",
    "victim advocate": "Services",
}
TABS = {
    "intake.py": ("intake worker", "intake-tab", ["Queue", "Take a report", "Waiting", "Notices", "End of shift"]),
    "meeting.py": (
        "chairperson",
        "meeting-tab",
        ["Meetings", "Decisions", "The team's work", "Overdue by agency", "Notices"],
    ),
    "services.py": (
        "victim advocate",
        "services-tab",
        ["Waiting on me", "Waiting on them", "This week", "Services", "Notices"],
    ),
    "compensation.py": (
        "victim advocate",
        "compensation-tab",
        ["Rights that run out", "Where claims stand", "Rights that have ended", "Claims in preparation", "Before OVS"],
    ),
    "law.py": ("chairperson", "law-tab", ["The law", "The team's standards (not law)", "What if"]),
    "reports.py": ("victim advocate", "counts-tab", ["By position", "By district", "By whom it waits for"]),
}


def press(board: AppTest, label: str) -> AppTest:
    """Press the first button that reads so; the same act may answer two steps."""
    button = next(b for b in board.button if b.label.strip("▾ *") == label)
    return fine(button.click().run())


def radio(board: AppTest, label: str, value: str) -> None:
    (found,) = [r for r in board.radio if r.label == label]
    found.set_value(value)


def titles(board: AppTest) -> str:
    return "\n".join(text.value for text in board.markdown).replace("\\", "")


@pytest.mark.parametrize(("role", "heading"), START.items())
def test_each_role_starts_on_its_own_page(office: Office, role: str, heading: str) -> None:
    board = fine(office.sign_in(role))
    assert [header.value for header in board.header] == [heading]
    assert "Demo: invented people" in shown(board)


def test_without_the_demo_nobody_is_let_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MDT_DEMO")
    board = fine(AppTest.from_file(str(APP)).run())
    assert [b.label for b in board.button] == ["Sign in"]
    assert "Demo" not in shown(board)
    assert office.cases


@pytest.mark.parametrize("page", TABS)
def test_every_tab_of_every_page_draws_itself(office: Office, page: str) -> None:
    role, key, tabs = TABS[page]
    office.record("intake worker", office.cases[0], "classify_report", "c0", classification="other")
    office.record("intake worker", office.cases[0], "identify_victim", "c1", note="What the child told")
    office.flows_run()
    board = office.sign_in(role)
    fine(board.switch_page(page).run())
    for tab in tabs:
        board.session_state[key] = tab
        fine(board.run())
        assert "Demo: invented people" in shown(board)


@pytest.mark.parametrize("role", START)
def test_the_board_opens_the_list_of_every_number(office: Office, role: str) -> None:
    board = office.sign_in(role)
    fine(board.switch_page("board.py").run())
    now = datetime.now(UTC)
    for column in overview.columns(office.store, office.people[role], Filters(), now):
        if column.cases:
            fine(board.button(key=f"board-{column.room}-all").click().run())
            assert len(_numbers(board)) == column.cases
        if column.overdue:
            fine(board.button(key=f"board-{column.room}-overdue").click().run())
            assert len(_numbers(board)) == column.overdue


def _numbers(board: AppTest) -> list[str]:
    return [button.label for button in board.button if button.key and button.key.startswith("card-")]


def test_the_board_filters_and_says_when_nothing_is_left(office: Office) -> None:
    board = fine(office.sign_in("intake supervisor").switch_page("board.py").run())
    fine(board.text_input(key="board-number").set_value("00003").run())
    assert [re.search(r"\d{4}-\d{5}", label)[0][-5:] for label in _numbers(board)] == ["00003"]
    fine(board.text_input(key="board-number").set_value("99999").run())
    assert "No case here." in shown(board)


def test_a_number_on_the_board_opens_its_case(office: Office) -> None:
    board = fine(office.sign_in("intake worker").switch_page("board.py").run())
    fine(board.button(key="card-0").click().run())
    assert board.header[0].value.startswith("Case ")


def test_a_case_walks_from_classifying_to_its_needs_on_the_screen(office: Office) -> None:
    case_id = office.cases[0]
    board = fine(office.sign_in("intake worker", case_id))
    press(board, "Classify the report")
    radio(board, "Class", "emergency")
    press(board, "Record")
    assert "Recorded: report classified. Ended: classify the report." in shown(board)
    assert "**Commence the investigation (emergency)**" in titles(board)
    assert "**Classify the report**" not in titles(board)

    press(board, "Record that the investigation commenced")
    press(board, "Record")
    assert "**Notify the parents, or record why not**" in titles(board)

    press(board, "Identify the child as a victim")
    note = next(t for t in board.text_area if t.label.startswith("Note"))
    note.set_value("What the child told")
    press(board, "Record")
    assert "**List the needs**" in titles(board)
    office.flows_run()
    office.engage(case_id)

    advocate = fine(office.sign_in("victim advocate", case_id))
    press(advocate, "List the needs")
    proposed = next(e.event.data["needs"] for e in office.view(case_id).history if "needs" in e.event.data)
    assert advocate.multiselect[0].value == proposed
    press(advocate, "Record")
    assert "**Refer to a service** :gray[(need 1: advocacy)]" in titles(advocate)
    assert check(office.store).faults == []


def test_the_same_submission_twice_is_one_act(office: Office) -> None:
    case_id = office.cases[0]
    board = fine(office.sign_in("intake worker", case_id))
    fine(_what_else(board).set_value("make_inquiry").run())
    drafts = dict(board.session_state["drafts"])
    press(board, "Record")
    version = office.view(case_id).version
    board.session_state["drafts"] = drafts  # as if the second click had come before the first was answered
    fine(_what_else(board).set_value("make_inquiry").run())
    press(board, "Record")
    assert "This was recorded already; nothing was added." in shown(board)
    assert office.view(case_id).version == version
    assert check(office.store).faults == []


def _what_else(board: AppTest) -> Selectbox:
    return next(box for box in board.selectbox if box.label == "What happened")


def _report(office: Office, case_id: str) -> str:
    return next(e.event.about for e in office.view(case_id).history if e.event.fact.value == "report received")


def test_what_a_colleague_recorded_meanwhile_is_said_before_anything_is_recorded(office: Office) -> None:
    case_id = office.cases[0]
    board = fine(office.sign_in("intake worker", case_id))
    press(board, "Classify the report")
    radio(board, "Class", "other")
    office.record("intake supervisor", case_id, "make_inquiry", "colleague", about=_report(office, case_id))
    before = office.view(case_id).version
    press(board, "Record")
    assert "Meanwhile somebody else recorded “inquiry made”" in shown(board)
    assert office.view(case_id).version == before
    press(board, "Record")  # she has seen it, and still means it
    assert "Recorded: report classified." in shown(board)


def test_what_is_missing_is_said_field_by_field_without_values(office: Office) -> None:
    board = fine(office.sign_in("intake worker", office.cases[0]))
    press(board, "Classify the report")
    press(board, "Record")
    assert [error.value for error in board.error] == ["Class: is needed."]


def test_what_was_typed_is_still_there_after_a_look_at_the_board(office: Office) -> None:
    case_id = office.cases[0]
    board = fine(office.sign_in("intake worker", case_id))
    press(board, "Classify the report")
    radio(board, "Class", "other")
    board.text_area[0].set_value("half a sentence")
    fine(board.run())
    fine(board.switch_page("board.py").run())
    fine(board.switch_page("case.py").run())
    assert board.text_area[0].value == "half a sentence"
    assert board.radio[0].value == "other"


def test_a_refusal_is_shown_as_it_reads(office: Office) -> None:
    board = fine(office.sign_in("intake worker", office.cases[0]))
    press(board, "Classify the report")
    radio(board, "Class", "other")
    board.date_input[0].set_value((datetime.now(UTC) + timedelta(days=3)).date())
    press(board, "Record")
    assert [error.value for error in board.error] == ["Can't classify the report: that time has not come yet."]


def test_an_entry_is_retracted_and_stays_in_the_history_struck_through(office: Office) -> None:
    case_id = office.cases[0]
    office.record("intake worker", case_id, "classify_report", "wrong", classification="other")
    board = fine(office.sign_in("intake worker", case_id))
    fine(_what_else(board).set_value("retract_fact").run())
    wrong = next(e.event.id for e in office.view(case_id).history if e.event.fact.value == "report classified")
    (which,) = [s for s in board.selectbox if s.label == "Which entry"]
    which.set_value(wrong)
    (why,) = [t for t in board.text_area if t.label == "Why it is wrong"]
    why.set_value("It was another report.")
    press(board, "Record")
    assert "**Classify the report**" in titles(board)
    assert "~~**report classified**" in titles(board)


def test_a_person_places_a_case_of_which_no_town_is_known(office: Office) -> None:
    worker, now = office.people["intake worker"], datetime.now(UTC)
    told = {"report_no": "T-9", "received_at": "2026-01-05 09:00", "mode": "oral", "reporter_mandated": "no"}
    case_id = intake.receive_referral(office.store, NewReferral.model_validate(told), by=worker, now=now)
    routing.screen(office.store, [case_id], now)
    board = fine(office.sign_in("intake worker", case_id))
    press(board, "Place the case by its town")
    (town,) = [s for s in board.selectbox if s.label == "Town"]
    town.set_value("Norwich")
    radio(board, "The town of", "occurrence")
    press(board, "Record")
    assert "Recorded: case placed." in shown(board)
    assert "**Place the case with its area office and team**" not in titles(board)


def test_a_case_goes_onto_the_agenda_of_a_meeting_of_its_own_team_under_its_date(office: Office) -> None:
    case_id = next(c for c in office.cases if office.view(c).card.district)
    office.record("intake worker", case_id, "classify_report", "c0", classification="other")
    office.record("intake worker", case_id, "ask_for_review", "c1", reason="asked by a member")
    with office.store.write() as connection:
        team = connection.execute(select(CASES.c.team).where(CASES.c.id == case_id)).scalar_one()
        foreign = connection.execute(select(TEAMS.c.id).where(TEAMS.c.id != team)).scalars().first()
        at = datetime.now(UTC) + timedelta(days=9)
        rows = [
            {
                "id": name,
                "team_id": whose,
                "starts_at": at,
                "place": "",
                "state": "set",
                "special": False,
                "minutes": 120,
                "sequence": 0,
                "version": 0,
                "head": "",
            }
            for name, whose in (("m", team), ("f", foreign))
        ]
        connection.execute(insert(MEETINGS), rows)
    board = fine(office.sign_in("chairperson", case_id))
    press(board, "Put the case on an agenda")
    (meeting,) = [s for s in board.selectbox if s.label == "Meeting"]
    assert len(meeting.options) == 1
    assert "Date of the meeting" not in [d.label for d in board.date_input]
    press(board, "Record")
    assert "Meeting: is needed." in shown(board)
    meeting = next(s for s in board.selectbox if s.label == "Meeting")
    meeting.set_value("m")
    press(board, "Record")
    line = next(e.event for e in office.view(case_id).history if e.event.fact is Fact.PUT_ON_AGENDA)
    assert line.data == {"meeting": "m", "on": local_date(at).isoformat()}


def test_a_consent_ties_the_service_referral_to_its_provider(office: Office) -> None:
    case_id = office.cases[0]
    office.engage(case_id)
    office.record("victim advocate", case_id, "add_need", "n", need="shelter")
    board = fine(office.sign_in("victim advocate", case_id))
    press(board, "Record consent")
    (code,) = [t for t in board.text_input if t.label.startswith("Code of the provider")]
    code.set_value("a shelter")
    until = next(d for d in board.date_input if d.label == "Valid until")
    until.set_value((datetime.now(UTC) - timedelta(days=9)).date())
    press(board, "Record")
    assert "Valid until: is before the day on which the consent was given." in shown(board)
    assert "(SHELTER-1): is a code of capital letters, digits and dashes." in shown(board)
    given = {
        "signer": "parent",
        "signer_name": "Parent A",
        "signer_is_not_suspected": True,
        "recipient": "A shelter",
        "fields": ["age"],
        "purpose": "to provide the service",
    }
    until_then = (datetime.now(UTC) + timedelta(days=90)).date()
    office.record("victim advocate", case_id, "give_consent", "g", **given, provider="SHELTER-1", expires_on=until_then)
    fine(board.run())
    press(board, "Send the service referral")
    (code,) = [s for s in board.selectbox if s.label.startswith("Code of the provider")]
    assert code.options == ["SHELTER-1"]
    code.set_value("SHELTER-1")
    press(board, "Record")
    assert "Recorded: service referral sent." in shown(board)


def test_a_name_costs_a_click_and_is_gone_after_another_page(office: Office) -> None:
    office.engage(office.cases[0])
    board = fine(office.sign_in("victim advocate", office.cases[0]))
    assert len(board.text) == 0
    press(board, "Show name and notes")
    assert "Given name: " in board.text[0].value
    fine(board.switch_page("board.py").run())
    fine(board.switch_page("case.py").run())
    assert len(board.text) == 0


def test_presentation_mode_opens_no_name(office: Office) -> None:
    board = fine(office.sign_in("intake supervisor", office.cases[0]))
    press(board, "Show name and notes")
    board.toggle(key="presenting").set_value(True)
    fine(board.run())
    assert len(board.text) == 0
    assert "Show name and notes" not in [button.label for button in board.button]


def test_why_names_the_section_and_never_calls_a_standard_a_deadline(office: Office) -> None:
    case_id = office.cases[0]
    office.record("intake worker", case_id, "classify_report", "c0", classification="emergency")
    board = fine(office.sign_in("intake worker", case_id))
    for task in office.view(case_id).tasks:
        board.session_state[f"why-{case_id}-{task.id}"] = True
    fine(board.run())
    page = titles(board)
    assert "[CGS § 17a-101g(a)](https://" in page
    assert "*The team's standard, not law:*" in page
    assert "deadline" not in page.casefold()


def test_a_report_is_taken_and_its_case_is_open(office: Office) -> None:
    board = office.sign_in("intake worker")
    board.session_state["intake-tab"] = "Take a report"
    fine(board.run())
    radio(board, "How it came", "oral")
    radio(board, "Is the reporter mandated to report?", "yes")
    press(board, "Take the report")
    assert board.header[0].value.startswith("Case ")
    assert "Recorded: report received." in shown(board)


def test_a_report_that_lacks_something_says_which_field(office: Office) -> None:
    board = office.sign_in("intake worker")
    board.session_state["intake-tab"] = "Take a report"
    fine(board.run())
    press(board, "Take the report")
    assert [error.value for error in board.error] == ["**How it came** is needed."]


def test_no_page_shows_a_name_unasked(office: Office) -> None:
    names = {"Vinecliff", "Underhill", "Siobhán", "Yarrow"}
    board = office.sign_in("intake worker")
    for page in ("intake.py", "board.py", "reports.py", "law.py"):
        fine(board.switch_page(page).run())
        assert not names & set(re.findall(r"\w+", shown(board)))


def test_the_board_draws_a_full_page_of_a_position(office: Office) -> None:
    found = overview.columns(office.store, office.people["intake supervisor"], Filters(), datetime.now(UTC))
    assert sum(column.cases for column in found) == len(office.cases)
    assert {column.room for column in found} == set(Room)


def test_the_pages_know_neither_prefect_nor_the_flows(office: Office) -> None:
    known = {name.partition(".")[0] for name in sys.modules if name.startswith(("prefect", "flows"))}
    fine(office.sign_in("chairperson"))
    assert {name.partition(".")[0] for name in sys.modules if name.startswith(("prefect", "flows"))} == known


def test_the_form_of_every_act_is_drawn_and_asks_for_what_it_needs() -> None:
    def page() -> None:
        import streamlit as st  # noqa: PLC0415  # a page is run apart from this module

        from dashboard import forms  # noqa: PLC0415
        from mdt.casework import ACTS  # noqa: PLC0415

        for act in ACTS:
            with st.container(key=act.key):
                forms.draw(act.form, act.key)

    board = fine(AppTest.from_function(page, default_timeout=60).run())
    drawn = [*board.date_input, *board.radio, *board.checkbox, *board.selectbox, *board.text_area, *board.multiselect]
    keys = {element.key for element in (*drawn, *board.number_input, *board.text_input)}
    asked = {f"{act.key}-{name}" for act in ACTS for name in act.form.model_fields}
    assert asked <= {key.removesuffix("-day") for key in keys if key}
