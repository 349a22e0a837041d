"""The meetings' screens: whose meetings are listed, how one stands, who fills which seat, which cases are whose to see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import meeting
from mdt.casework import agendas, teams
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE, route
from mdt.team import TakeSeat
from tests import making
from tests.making import MONDAY, do, history
from tests.meetings import (
    ADVOCATE,
    CHAIR,
    COORDINATOR,
    MEMBER,
    PROSECUTOR,
    about,
    adjourned,
    heard,
    opened,
    seated,
    team_of,
    with_cases,
)

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import MeetingView
    from mdt.store import Store
    from mdt.team import Seat

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
STRANGER = Viewer("stranger-1", "Member Z", MEMBER.role, "Elsewhere", districts=frozenset({"Hartford"}))


def listed(store: Store, who: Viewer, at: datetime = MONDAY) -> list[str]:
    return [one.id for one in meeting.meetings(store, who, at)]


def view_of(store: Store, view: MeetingView, who: Viewer = CHAIR, at: datetime = MONDAY) -> MeetingView:
    return meeting.meeting_view(store, who, view.id, at)


def seat(view: MeetingView, name: str) -> Seat:
    return next(one for one in view.seats if one.seat == name)


def on_to_the_next(store: Store, view: MeetingView) -> tuple[MeetingView, datetime]:
    """The meeting is held, and the flows put its cases on the next one."""
    sits = opened(store, view.id)
    for line in sits.lines:
        heard(store, sits, line)
    ended = adjourned(store, sits)
    for line in sits.lines:
        route(store, line.case_id, ended)
    following = next(m.id for m in meeting.meetings(store, CHAIR, ended) if m.starts_at > ended)
    return meeting.meeting_view(store, CHAIR, following, ended), ended


@pytest.mark.parametrize("who", [CHAIR, COORDINATOR, MEMBER, PROSECUTOR], ids=lambda one: one.role)
def test_who_serves_the_team_has_its_meetings_in_her_list(store: Store, who: Viewer) -> None:
    view = with_cases(store, 2)
    (one,) = meeting.meetings(store, who, MONDAY)
    assert (one.id, one.district, one.state, one.cases, one.heard) == (view.id, "New Haven", "set", 2, 0)


def test_who_holds_a_seat_by_another_role_has_the_meetings_of_that_team_and_of_no_other(store: Store) -> None:
    view = with_cases(store, 1)
    making.identified(store, report_no="far", child_residence_town="Stamford")
    assert len(listed(store, CHAIR)) == 2
    assert listed(store, ADVOCATE) == [view.id]
    hers = view_of(store, view, ADVOCATE)
    assert (hers.leads, len(hers.mine), hers.lines, hers.hidden) == (False, 1, (), 1)


def test_a_stranger_has_no_meetings_and_her_look_at_one_is_logged(store: Store) -> None:
    view = with_cases(store, 1)
    making.hire(store, STRANGER)
    for who in (STRANGER, PEOPLE["intake worker"], PEOPLE["auditor"]):
        assert listed(store, who) == []
        with pytest.raises(NotFound):
            view_of(store, view, who)
    with store.read() as connection:
        refused = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "refused")).all()
    assert {by for by, detail in refused if detail["act"] == "meeting page"} == {
        STRANGER.id, PEOPLE["intake worker"].id, PEOPLE["auditor"].id,
    }  # fmt: skip


def test_a_meeting_held_long_ago_is_listed_until_its_record_is_approved(store: Store) -> None:
    view = with_cases(store, 1)
    following, ended = on_to_the_next(store, view)
    assert listed(store, CHAIR, ended + 100 * DAY) == [view.id]  # the one that followed was never opened, and is past
    assert following.id in listed(store, CHAIR, ended + 30 * DAY)


def test_the_coming_meetings_of_a_cases_team_are_offered_to_who_sees_the_case(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    on_the_evening = view.course.starts_at + timedelta(hours=10)
    for at in (MONDAY, on_the_evening):
        assert [one.id for one in meeting.meetings_for(store, CHAIR, line.case_id, at)] == [view.id]
    assert meeting.meetings_for(store, CHAIR, line.case_id, on_the_evening + DAY) == []
    assert meeting.meetings_for(store, STRANGER, line.case_id, MONDAY) == []


def test_a_meeting_says_how_it_stands_what_fits_and_why_each_case_is_there(store: Store) -> None:
    view = with_cases(store, 9)
    assert [one.fits for one in view.lines] == [True] * 7 + [False] * 2  # ten minutes for the opening, fifteen each
    assert view.used == 9 * 15
    assert all(one.reasons[-1] == "identified 2 Mar 2026, not reviewed yet" for one in view.lines)
    assert {one.treatment for one in view.lines} == {"full discussion"}
    assert (view.leads, view.has_accepted, view.packet_is_open, view.hidden) == (True, False, True, 0)
    assert [one.line for one in view.proposed] == [one.line for one in view.lines]
    assert view_of(store, view, MEMBER).leads is False
    about(store, view.id, "accept_confidentiality", MONDAY, by=MEMBER)
    assert (view_of(store, view, MEMBER).has_accepted, view_of(store, view).has_accepted) == (True, False)


def test_a_single_case_that_takes_longer_than_there_is_fits_nevertheless(store: Store) -> None:
    view = with_cases(store, 2)
    placed = [{"line": one.line, "minutes": 200} for one in view.lines]
    about(store, view.id, "arrange_agenda", MONDAY, lines=placed)
    assert [one.fits for one in view_of(store, view).lines] == [True, False]


def test_what_was_arranged_stands_first_then_what_waits_then_what_was_put_off(store: Store) -> None:
    view = with_cases(store, 4)
    first, second, third, fourth = view.lines
    about(store, view.id, "arrange_agenda", MONDAY, lines=[{"line": fourth.line, "minutes": 5}])
    do(store, first.case_id, "defer_review", by="chairperson", about=first.line, because="information awaited")
    after = view_of(store, view)
    assert [one.line for one in after.lines] == [fourth.line, second.line, third.line, first.line]
    assert [(one.state, one.minutes) for one in after.lines][::3] == [("waiting", 5), ("deferred", 0)]


def test_of_an_agenda_that_nobody_arranged_what_was_heard_stands_before_what_waits(store: Store) -> None:
    view = opened(store, with_cases(store, 3).id)
    first, second, third = view.lines
    at = heard(store, view, first)
    assert [one.line for one in view_of(store, view, at=at).lines] == [first.line, second.line, third.line]
    heard(store, view, second)
    assert [one.state for one in view_of(store, view, at=at).lines] == ["held", "held", "waiting"]


def test_the_updates_that_were_asked_for_are_shown_with_whether_they_came(store: Store) -> None:
    view = with_cases(store, 1)
    (line,) = view.lines
    agendas.propose(store, view.id, MONDAY)
    asked = next(e for e in history(store, line.case_id) if e.fact is Fact.UPDATE_ASKED_FOR and e.data["owner"] == "DCF")
    do(store, line.case_id, "give_update", about=asked.about, what="We saw the family")
    updates = dict(view_of(store, view).lines[0].updates)
    assert updates.pop("DCF") is True
    assert updates
    assert not any(updates.values())


def test_a_case_that_moved_with_its_meeting_is_counted_once(store: Store) -> None:
    view = with_cases(store, 2)
    about(
        store, view.id, "move_meeting", MONDAY, starts_at=view.course.starts_at + DAY, minutes=120, reason="The room is taken"
    )
    after = view_of(store, view)
    assert (len(after.lines), after.hidden, {one.state for one in after.lines}) == (2, 0, {"waiting"})


def test_a_conflict_and_a_restriction_hide_a_case_and_are_counted(store: Store) -> None:
    view = with_cases(store, 3)
    do(store, view.lines[0].case_id, "declare_conflict", by="team member")
    do(store, view.lines[1].case_id, "restrict_case", by="chairperson", because="staff are threatened")
    hers = view_of(store, view, MEMBER)
    assert ([one.line for one in hers.lines], hers.hidden) == ([view.lines[2].line], 2)
    assert view_of(store, view).hidden == 0


def test_a_seat_that_was_empty_at_two_meetings_running_is_shown(store: Store) -> None:
    view = with_cases(store, 1)
    second, _ = on_to_the_next(store, view)
    assert seat(second, "police").empty_running == 1
    third, ended = on_to_the_next(store, second)
    assert seat(third, "police").empty_running == 2
    assert seat(third, "DCF").empty_running == 0
    assert third.course.starts_at > ended


def test_who_may_come_is_who_holds_a_seat_on_the_day_of_the_meeting(store: Store) -> None:
    view = with_cases(store, 1)
    extra: dict[str, Any] = {
        "seat": "mental health professional",
        "position": "Clinician",
        "agency": "Clinic",
        "name": "Doctor C",
    }
    for n, (from_on, until_on) in enumerate(((date(2026, 3, 18), None), (date(2026, 1, 1), date(2026, 3, 16)))):
        form = TakeSeat.model_validate({**extra, "name": f"Doctor {n}", "from_on": from_on, "until_on": until_on})
        teams.take_seat(store, team_of(store), form, by=COORDINATOR, now=MONDAY, command=f"extra-{n}")
    assert not {"Doctor 0", "Doctor 1"} & {one.name for one in view_of(store, view).members}


def test_its_version_counts_what_happened_about_it(store: Store) -> None:
    view = with_cases(store, 1)
    assert meeting.version_of(store, view.id) == view.version == 1
    about(store, view.id, "send_invitations", MONDAY)
    assert meeting.version_of(store, view.id) == 2
    assert meeting.version_of(store, "no-such-meeting") == 0


def test_names_are_those_of_who_did_something_about_it_and_who_comes(store: Store) -> None:
    view = with_cases(store, 1)
    about(store, view.id, "invite_guest", MONDAY, name="Doctor Guest", position="Radiologist", agency="Hospital",
          lines=[view.lines[0].line])  # fmt: skip
    names = view_of(store, view).names
    assert names["flow"] == "this system"
    assert {"Doctor Guest", CHAIR.name, "Member of DCF"} <= set(names.values())


def test_a_team_without_members_has_a_meeting_too(store: Store) -> None:
    making.identified(store)
    (one,) = meeting.meetings(store, CHAIR, MONDAY)
    view = meeting.meeting_view(store, CHAIR, one.id, MONDAY)
    assert (view.members, len(view.lines)) == ((), 1)
    seated(store)
    assert len(meeting.meeting_view(store, CHAIR, one.id, MONDAY).members) == 7
