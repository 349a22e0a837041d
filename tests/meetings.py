"""What tests of the team's meeting begin with: a team with members, a meeting with cases, and an act about it in one line."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.board import meeting
from mdt.casework import convene, teams
from mdt.convening import ACT, Call, Form, RollCall
from mdt.records.tables import TEAMS
from mdt.scenario import PEOPLE
from mdt.team import OFFICES, TakeSeat
from tests.making import MONDAY, do, identified

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.board.meeting import Listed, MeetingView
    from mdt.casework.convene import Recorded
    from mdt.store import Store

CHAIR, COORDINATOR, MEMBER = PEOPLE["chairperson"], PEOPLE["team coordinator"], PEOPLE["team member"]
PROSECUTOR, ADVOCATE = PEOPLE["prosecutor"], PEOPLE["victim advocate"]
SEATED = (
    ("chairperson", "member", CHAIR), ("coordinator", "member", COORDINATOR), ("state's attorney", "designee", PROSECUTOR),
    ("health care professional", "member", MEMBER), ("victim advocate", "member", ADVOCATE), ("DCF", "member", None),
    ("police", "member", None),
)  # fmt: skip
_numbers = count(1)


def team_of(store: Store, district: str = "New Haven") -> str:
    """The id of the district's team."""
    with store.read() as connection:
        found: str = connection.execute(select(TEAMS.c.id).where(TEAMS.c.judicial_district == district)).scalar_one()
    return found


def seated(store: Store, team: str | None = None) -> dict[str, str]:
    """Members on most of the seats, two of whom do not sign in; their holdings by seat."""
    team = team or team_of(store)
    return {
        seat: teams.take_seat(
            store, team,
            TakeSeat(seat=seat, standing=standing, person=who.id if who else "", name="" if who else f"Member of {seat}",
                     position=f"Position {seat}", agency=who.agency if who else f"Agency {seat}", mail=f"{n}@example.org",
                     from_on=date(2026, 1, 1)),
            by=COORDINATOR, now=MONDAY, command=f"seat-{next(_numbers)}",
        )
        for n, (seat, standing, who) in enumerate(SEATED)
    }  # fmt: skip


def with_cases(store: Store, how_many: int = 3, at: datetime = MONDAY) -> MeetingView:
    """A seated team whose next meeting has so many identified cases on its agenda."""
    seated(store)
    for n in range(how_many):
        identified(store, at + timedelta(minutes=n), report_no=f"M-{next(_numbers)}")
    (found,) = meeting.meetings(store, CHAIR, at)
    return meeting.meeting_view(store, CHAIR, found.id, at)


def about(
    store: Store, meeting_id: str, key: str, now: datetime, *, by: Viewer = CHAIR, command: str = "", **form: Any
) -> Recorded:
    """Something about the meeting, recorded at once."""
    filled: Form = ACT[key].form.model_validate(form)
    made_by = command or f"about-{next(_numbers)}"
    return convene.convene(store, meeting_id, key, filled, by=by, now=now, command=made_by)


def opened(store: Store, meeting_id: str) -> MeetingView:
    """The meeting, opened at its hour, with everybody there but the police."""
    at = meeting.meeting_view(store, CHAIR, meeting_id, MONDAY).course.starts_at
    about(store, meeting_id, "accept_confidentiality", at - timedelta(hours=1))
    about(store, meeting_id, "open_meeting", at)
    view = meeting.meeting_view(store, CHAIR, meeting_id, at)
    for one in view.members:
        if one.seat not in OFFICES:
            form = RollCall(who=one.id, came=one.seat != "police")
            convene.convene(store, meeting_id, "call_roll", form, by=CHAIR, now=at, command=f"roll-{next(_numbers)}")
    return meeting.meeting_view(store, CHAIR, meeting_id, at)


def heard(store: Store, view: MeetingView, line: Listed, *, concluded: bool = False, decide: bool = True) -> datetime:
    """A case is called, something is said and decided, and it is heard; when."""
    at = view.course.starts_at + timedelta(minutes=5)
    convene.convene(store, view.id, "call_case", Call(line=line.line), by=CHAIR, now=at, command=f"call-{next(_numbers)}")
    provider = next(one.id for one in view.members if one.seat == "DCF")
    do(store, line.case_id, "record_statement", at, by="chairperson", kind="information", provider=provider,
       what="What the agency knows", line=line.line)  # fmt: skip
    if decide:
        due = (at + timedelta(days=10)).date()
        do(store, line.case_id, "make_decision", at, by="chairperson", owner="DCF", due_on=due, what="What is to be done",
           line=line.line)  # fmt: skip
    do(store, line.case_id, "hold_review", at, by="chairperson", about=line.line, concluded=concluded, perpetrator="unknown",
       no_services="The family is to be asked first")  # fmt: skip
    return at


def adjourned(store: Store, view: MeetingView) -> datetime:
    """The meeting is over at the end of its length; when."""
    at = view.course.starts_at + timedelta(minutes=view.course.minutes)
    about(store, view.id, "adjourn", at)
    return at
