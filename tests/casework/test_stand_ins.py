"""A member with a conflict of interest: whoever shares her seat is asked to stand in, once, and the agenda says who does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from mdt.board import meeting, work
from mdt.casework import routing, teams
from mdt.scenario import MEMBERS
from mdt.team import TakeSeat
from tests.making import MONDAY, do
from tests.meetings import CHAIR, COORDINATOR, MEMBER, PROSECUTOR, team_of, with_cases

if TYPE_CHECKING:
    from mdt.store import Store

LATER = MONDAY + timedelta(hours=1)
ALTERNATE = MEMBERS[0]


def alternate(store: Store) -> None:
    named = {"seat": "health care professional", "standing": "alternate", "person": ALTERNATE.id}
    form = TakeSeat.model_validate({**named, "position": "Nurse", "agency": "Hospital", "from_on": date(2026, 1, 1)})
    teams.take_seat(store, team_of(store), form, by=COORDINATOR, now=MONDAY, command="alternate")


def told(store: Store) -> list[str]:
    return [words for _, _, words in work.notices_for(store, ALTERNATE, []) if "stand in" in words]


def test_the_alternate_is_asked_once_and_the_agenda_names_her(store: Store) -> None:
    view = with_cases(store, 2)
    alternate(store)
    line = view.lines[0]
    do(store, line.case_id, "declare_conflict", LATER, by="team member")
    do(store, line.case_id, "declare_conflict", LATER, by="chairperson", person=MEMBER.id)
    assert told(store) == [
        f"Case {line.number} is on the team's agenda, and a member cannot take part in its review: you are asked to stand in."
    ]
    found = meeting.meeting_view(store, CHAIR, view.id, LATER)
    recused = {one.number: one.recused for one in found.lines}
    assert recused == {
        line.number: ("Member I (health care professional): Member N stands in",), view.lines[1].number: (),
    }  # fmt: skip


def test_where_nobody_shares_the_seat_or_she_has_a_conflict_too_nobody_stands_in(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    do(store, line.case_id, "declare_conflict", LATER, by="chairperson", person=PROSECUTOR.id)
    alternate(store)
    for person in (MEMBER.id, ALTERNATE.id):
        do(store, line.case_id, "declare_conflict", LATER, by="chairperson", person=person)
    (found,) = meeting.meeting_view(store, CHAIR, view.id, LATER).lines
    assert found.recused == (
        "Attorney G (state's attorney): nobody stands in",
        "Member I (health care professional): nobody stands in",
        "Member N (health care professional): nobody stands in",
    )


def test_when_the_case_comes_onto_a_later_agenda_the_alternate_is_asked_again(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    alternate(store)
    do(store, line.case_id, "declare_conflict", LATER, by="team member")
    assert len(told(store)) == 1
    do(store, line.case_id, "defer_review", LATER, by="chairperson", about=line.line, because="other", reason="It waits")
    routing.prepare_review(store, [line.case_id], LATER)
    assert len(told(store)) == 2


def test_a_conflict_on_a_case_that_waits_on_no_agenda_asks_nobody(store: Store) -> None:
    view = with_cases(store, 1)
    alternate(store)
    (line,) = view.lines
    do(store, line.case_id, "defer_review", LATER, by="chairperson", about=line.line, because="other", reason="It waits")
    do(store, line.case_id, "declare_conflict", LATER, by="team member")
    assert told(store) == []
