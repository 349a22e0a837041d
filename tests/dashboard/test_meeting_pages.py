"""The meeting's pages as each role sees them: list, agenda, who comes, the room, the record; and refusals as they read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.board import meeting
from mdt.casework import agendas, convene
from mdt.convening import SetMeeting
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.team import OFFICES
from tests.making import do, history, identified, tasks
from tests.meetings import ADVOCATE, CHAIR, COORDINATOR, about, seated, team_of

from .conftest import Office, fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

WORDS = "What Child A told the agency"


class Sitting:
    """A meeting of today with two cases on its agenda."""

    def __init__(self, office: Office) -> None:
        self.office, self.store, now = office, office.store, datetime.now(UTC)
        seated(self.store)
        self.cases = [identified(self.store, now - timedelta(days=12), report_no=f"P-{n}") for n in range(2)]
        starts_at = now + timedelta(seconds=1)
        form = SetMeeting(starts_at=starts_at, minutes=60, place="Room 2", special=True, on_a_holiday=True)
        self.id = convene.set_meeting(self.store, team_of(self.store), form, by=COORDINATOR, now=now, command="today")
        for case in self.cases:
            line = next(e.about for e in history(self.store, case) if e.fact is Fact.PUT_ON_AGENDA)
            do(self.store, case, "defer_review", now, by="chairperson", about=line, because="other", reason="Sooner")
            do(self.store, case, "put_on_agenda", now, by="chairperson", meeting=self.id, on=local_date(starts_at))
        agendas.propose(self.store, self.id, now)

    def open(self, role: str, page: str = "convened.py", **state: object) -> AppTest:
        """The page of the meeting, as this person sees it."""
        board = self.office.sign_in(role)
        board.session_state["open-meeting"] = self.id
        for key, value in state.items():
            board.session_state[key] = value
        board.switch_page(page).run()
        return fine(board)

    def lines(self) -> list[str]:
        return [line.line for line in meeting.meeting_view(self.store, CHAIR, self.id, datetime.now(UTC)).lines]

    def begin(self) -> None:
        now = datetime.now(UTC)
        about(self.store, self.id, "accept_confidentiality", now)
        about(self.store, self.id, "open_meeting", now)


@pytest.fixture
def sitting(office: Office) -> Sitting:
    return Sitting(office)


def click(board: AppTest, label: str) -> AppTest:
    button = next(b for b in board.button if b.label.strip("▾ *") == label)
    return fine(button.click().run())


def test_the_list_opens_the_meeting_and_the_agenda_says_why_each_case_is_there(sitting: Sitting) -> None:
    board = fine(sitting.office.sign_in("chairperson"))
    assert "Today (1)" in shown(board)
    board = sitting.open("chairperson")
    said = shown(board)
    assert "**2 cases**, 30 of 60 minutes" in said
    assert "full discussion" in said
    assert "Child" not in said.replace("Children's", "")  # no name on an agenda


def test_a_packet_opens_only_after_the_statement_was_accepted(sitting: Sitting) -> None:
    board = sitting.open("team member")
    assert "My packet (PDF)" not in [b.label for b in board.button]
    board = click(board, "I accept")
    assert "I accept" not in [b.label for b in board.button]
    board = click(board, "My packet (PDF)")
    (opened,) = meeting.meeting_view(sitting.store, CHAIR, sitting.id, datetime.now(UTC)).course.packets
    assert opened[0] == sitting.office.people["team member"].id


def test_the_chairperson_reorders_and_a_double_click_moves_once(sitting: Sitting) -> None:
    first, second = sitting.lines()
    board = sitting.open("chairperson")
    down = board.button(key=f"Later-{first}")
    fine(down.click().run())
    assert sitting.lines() == [second, first]
    assert not [b for b in sitting.open("team member").button if b.label in ("↑", "↓")]


def test_a_case_is_deferred_with_a_reason_and_leaves_the_agenda(sitting: Sitting) -> None:
    line = sitting.lines()[0]
    board = sitting.open("chairperson")
    board.selectbox(key=f"because-{line}").set_value("information awaited").run()
    board = fine(board.button(key=f"defer-{line}").click().run())
    found = meeting.meeting_view(sitting.store, CHAIR, sitting.id, datetime.now(UTC))
    assert [one.state for one in found.lines if one.line == line] == ["deferred"]


def test_a_case_is_added_by_its_number_and_a_foreign_number_is_refused(sitting: Sitting) -> None:
    now = datetime.now(UTC)
    third = identified(sitting.store, now - timedelta(days=12), report_no="P-3")
    line = next(e.about for e in history(sitting.store, third) if e.fact is Fact.PUT_ON_AGENDA)
    do(sitting.store, third, "defer_review", now, by="chairperson", about=line, because="other", reason="It waits")
    board = sitting.open("chairperson")
    board.text_input(key="add-number").set_value("2026-99999")
    board.text_area(key="add-reason").set_value("A member asks").run()
    board = fine(board.button(key="add-it").click().run())
    assert "There is no case of that number, or it is not yours to see." in shown(board)
    number = sitting.office.view(third).card.number
    board.text_input(key="add-number").set_value(number).run()
    fine(board.button(key="add-it").click().run())
    assert len(sitting.lines()) == len(sitting.cases) + 1


def test_a_guest_is_invited_for_a_case_and_is_not_there_before_she_accepts(sitting: Sitting) -> None:
    board = sitting.open("team coordinator", **{"convened-tab": "Who comes"})
    for key, text in (("guest-name", "Doctor Z"), ("guest-position", "Toxicologist"), ("guest-agency", "Hospital")):
        board.text_input(key=key).set_value(text)
    board.multiselect(key="guest-lines").set_value(sitting.lines()[:1]).run()
    board = fine(board.button(key="guest-invite").click().run())
    assert "Doctor Z" in shown(board)
    sitting.begin()
    guest = next(iter(meeting.meeting_view(sitting.store, CHAIR, sitting.id, datetime.now(UTC)).course.guests))
    board = sitting.open("chairperson", **{"convened-tab": "Who comes"})
    board = fine(board.button(key=f"roll-{guest}-True").click().run())
    assert "The guest has not accepted the confidentiality statement." in shown(board)
    board = fine(board.button(key=f"paper-{guest}").click().run())
    board = fine(board.button(key=f"roll-{guest}-True").click().run())
    assert "✓ came" in shown(board)


def test_in_the_room_a_decision_is_a_task_at_once_and_presentation_leaves_out_the_names(sitting: Sitting) -> None:
    sitting.begin()
    line = sitting.lines()[0]
    board = sitting.open("chairperson", "room.py")
    assert any(h.value.startswith("Roll call") for h in board.subheader)
    board = click(board, "Next →")
    assert "Child A" in shown(board)
    case = next(one.case_id for one in meeting.meeting_view(sitting.store, CHAIR, sitting.id, datetime.now(UTC)).lines
                if one.line == line)  # fmt: skip
    do(sitting.store, case, "record_statement", datetime.now(UTC), by="chairperson", kind="information", provider=CHAIR.id,
       what=WORDS, line=line)  # fmt: skip
    board = fine(board.run())
    assert WORDS in shown(board)
    board.session_state["presenting"] = True
    said = shown(fine(board.run()))
    assert "Child A" not in said
    assert "[not named] A told the agency" in said.replace("\\", "")
    do(sitting.store, case, "make_decision", datetime.now(UTC), by="chairperson", owner="police", what="To be done",
       due_on=local_date(datetime.now(UTC)) + timedelta(days=3), line=line)  # fmt: skip
    assert tasks(sitting.store, case)["carry-out-decision"].owner == "police"
    assert "**decision**: To be done" in shown(fine(board.run()))


def test_a_member_follows_the_chairperson_and_who_has_a_conflict_no_longer_sees_the_case(sitting: Sitting) -> None:
    sitting.begin()
    member, now = sitting.office.people["team member"], datetime.now(UTC)
    about(sitting.store, sitting.id, "accept_confidentiality", now, by=member)
    line = sitting.lines()[1]
    about(sitting.store, sitting.id, "call_case", now, line=line)
    board = sitting.open("team member", "room.py")
    assert "Case 2 of 2" in shown(board)
    case = next(one.case_id for one in meeting.meeting_view(sitting.store, CHAIR, sitting.id, now).lines if one.line == line)
    do(sitting.store, case, "declare_conflict", now, by="team member")
    said = shown(fine(board.run()))
    assert "Case 2" not in said
    assert "of 1" in said or "Roll call" in said


def test_the_room_opens_to_nobody_who_has_not_accepted_and_to_nobody_before_the_meeting(sitting: Sitting) -> None:
    assert "This meeting is not being held now." in shown(sitting.open("chairperson", "room.py"))
    sitting.begin()
    board = sitting.open("prosecutor", "room.py")
    assert any("Accept the confidentiality statement" in w.value for w in board.warning)


def test_a_record_says_what_is_missing_and_is_approved_once_nothing_is(sitting: Sitting) -> None:
    sitting.begin()
    now = datetime.now(UTC)
    view = meeting.meeting_view(sitting.store, CHAIR, sitting.id, now)
    for one in (member for member in view.members if member.seat not in OFFICES):
        about(sitting.store, sitting.id, "call_roll", now, who=one.id, came=True)
    for line in view.lines:
        do(sitting.store, line.case_id, "hold_review", now, by="chairperson", about=line.line, perpetrator="unknown",
           no_services="Asked first")  # fmt: skip
    about(sitting.store, sitting.id, "adjourn", now)
    board = click(sitting.open("chairperson", **{"convened-tab": "Record"}), "Read the record")
    assert "the decision or recommendation is missing (§ 17a-106a(j))" in shown(board).replace("\\", "")
    assert "I have read it and approve it" not in [b.label for b in board.button]
    for line in view.lines:
        do(sitting.store, line.case_id, "make_decision", now, by="chairperson", owner="DCF", what="To be done",
           due_on=local_date(now) + timedelta(days=3), line=line.line)  # fmt: skip
    board = click(sitting.open("chairperson", **{"convened-tab": "Record"}), "Read the record")
    board = click(board, "I have read it and approve it")
    assert meeting.meeting_view(sitting.store, CHAIR, sitting.id, now).course.state == "recorded"
    board = click(board, "Read the record")
    board.selectbox(key="add-to").set_value(view.lines[0].line)
    board.text_area(key="add-text").set_value("The date was another")
    board.text_area(key="add-why").set_value("A slip").run()
    board = fine(board.button(key="add-to-record").click().run())
    board = click(board, "Read the record")
    assert "The date was another" in shown(board)


@pytest.mark.parametrize("role", ["victim advocate", "police", "intake worker"])
def test_who_holds_no_seat_sees_no_meeting_and_who_does_sees_it_without_the_cases_that_are_not_hers(
    sitting: Sitting, role: str
) -> None:
    board = sitting.open(role)
    if sitting.office.people[role].id == ADVOCATE.id:
        assert "New Haven team" in shown(board)
        assert "2 cases not yours to see" in shown(board)
        assert "2026-" not in shown(board).replace("2026, ", "")
    else:
        assert shown(board).count("There is no such meeting, or it is none of a team of yours.") == 1


def test_a_cancelled_meeting_says_why_and_its_cases_have_left(sitting: Sitting) -> None:
    board = sitting.open("chairperson")
    board.text_area(key="move-reason").set_value("The building is closed").run()
    board = fine(board.button(key="cancel-it").click().run())
    assert any("The building is closed" in w.value for w in board.warning)
    assert {e.data["because"] for case in sitting.cases for e in history(sitting.store, case)
            if e.fact is Fact.REVIEW_DEFERRED} >= {"meeting cancelled"}  # fmt: skip
