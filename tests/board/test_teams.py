"""The page of a team: its own see it, with the seats that stood empty, the dates that stand, and nothing of any case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import teams as board
from mdt.casework import convene, teams
from mdt.casework.meetings import next_of
from mdt.casework.teams import NewSeries, NewTeam
from mdt.convening import CancelMeeting, MoveMeeting, Nothing, RollCall, SetMeeting
from mdt.errors import NotFound
from mdt.law.period import EASTERN
from mdt.policy import CASE_ROLES
from mdt.records.tables import ACCESS_LOG, TEAMS
from mdt.scenario import PEOPLE
from mdt.store import ledger
from mdt.team import SEATS, TakeSeat
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from mdt.board.teams import TeamView
    from mdt.store import Store

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
CHAIR, MEMBER, ADVOCATE = PEOPLE["chairperson"], PEOPLE["team member"], PEOPLE["victim advocate"]
HARTFORD = Viewer("hartford-member", "Member H", "team member", "Hospital", districts=frozenset({"Hartford"}))


def team(store: Store, name: str = "New Haven team") -> str:
    with store.read() as connection:
        return str(connection.execute(select(TEAMS.c.id).where(TEAMS.c.name == name)).scalar_one())


def name(store: Store, seat: str, **more: Any) -> str:
    form = {"seat": seat, "name": f"Member of {seat}", "position": "Member", "agency": "Agency", "from_on": TODAY}
    command = f"{seat}/{more.get('name', '')}"
    told = TakeSeat.model_validate(form | more)
    return teams.take_seat(store, team(store), told, by=CHAIR, now=MONDAY, command=command)


def seen(store: Store, viewer: Viewer = CHAIR, now: datetime = MONDAY) -> TeamView:
    return board.team_view(store, viewer, team(store), now)


def meets(store: Store, at: datetime, *came: str) -> None:
    """A meeting that was held, and who came to it; whoever else fills a seat was called and did not."""
    meeting = convene.set_meeting(
        store, team(store), SetMeeting(starts_at=at, on_a_holiday=True), by=CHAIR, now=at - DAY, command=f"m/{at}"
    )

    def record(act: str, form: Any) -> None:
        convene.convene(store, meeting, act, form, by=CHAIR, now=at, command=ledger.short(f"{act}/{form}/{at}"))

    record("open_meeting", Nothing())
    for one in seen(store, now=at).holdings:
        record("call_roll", RollCall(who=one.id, came=one.id in came))
    record("adjourn", Nothing())


def test_those_who_lead_every_team_see_them_all_and_a_member_her_districts(store: Store) -> None:
    assert len(board.teams(store, CHAIR, MONDAY)) == 13
    assert all(one.leads for one in board.teams(store, CHAIR, MONDAY))
    assert [(one.name, one.leads) for one in board.teams(store, MEMBER, MONDAY)] == [("New Haven team", False)]
    assert board.teams(store, PEOPLE["intake worker"], MONDAY) == []


def test_whoever_fills_a_seat_sees_the_team_while_she_fills_it(store: Store) -> None:
    making.hire(store, HARTFORD)
    name(store, "health care professional", person=HARTFORD.id, until_on=TODAY)
    assert [one.name for one in board.teams(store, HARTFORD, MONDAY)] == ["Hartford team", "New Haven team"]
    assert not seen(store, HARTFORD).team.leads
    assert [one.name for one in board.teams(store, HARTFORD, MONDAY + DAY)] == ["Hartford team"]


def test_another_teams_page_is_refused_and_the_refusal_logged(store: Store) -> None:
    making.hire(store, HARTFORD)
    for viewer in (HARTFORD, ADVOCATE):
        with pytest.raises(NotFound, match="none of yours"):
            seen(store, viewer)
    with pytest.raises(NotFound, match="no such team"):
        board.team_view(store, CHAIR, "none", MONDAY)
    with store.read() as connection:
        acts = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "refused")).scalars().all()
    assert acts == [{"act": "team page"}] * 3


def test_the_meter_says_how_each_seat_is_filled_and_who_leads(store: Store) -> None:
    name(store, "chairperson", person=CHAIR.id)
    name(store, "police")
    name(store, "state's attorney", standing="designee")
    name(store, "DCF", standing="alternate")
    view = seen(store)
    assert [seat.seat for seat in view.seats] == list(SEATS)
    filled = {seat.seat: seat.filling for seat in view.seats if seat.holders}
    assert filled == {"state's attorney": "by a designee", "DCF": "by an alternate", "police": "filled"}
    assert view.chairperson is not None
    assert view.chairperson.person == CHAIR.id
    assert view.coordinator is None


def test_who_held_a_seat_and_who_will_stand_apart_from_who_holds_it_today(store: Store) -> None:
    name(store, "police", name="Detective A", from_on=TODAY - 9 * DAY, until_on=TODAY - DAY)
    name(store, "police", name="Detective B", from_on=TODAY, until_on=TODAY)
    name(store, "police", name="Detective C", from_on=TODAY + DAY)
    view = seen(store)
    assert [[one.name for one in some] for some in (view.past, view.holdings, view.later)] == [
        ["Detective A"], ["Detective B"], ["Detective C"],
    ]  # fmt: skip


def test_a_seat_says_at_how_many_of_the_last_meetings_nobody_of_it_came(store: Store) -> None:
    name(store, "chairperson", person=CHAIR.id)
    police, dcf = name(store, "police"), name(store, "DCF")
    name(store, "victim advocate")
    meets(store, MONDAY, police, dcf)
    meets(store, MONDAY + DAY, dcf)
    meets(store, MONDAY + 2 * DAY, dcf)
    empty = {seat.seat: seat.empty_running for seat in seen(store, now=MONDAY + 3 * DAY).seats}
    assert (empty["DCF"], empty["police"], empty["victim advocate"], empty["forensic interviewer"]) == (0, 2, 3, 3)
    assert {seat.empty_running for seat in seen(store, now=MONDAY - DAY).seats} == {0}


def test_a_team_without_a_series_meets_by_the_standards(store: Store) -> None:
    (one,) = seen(store).series
    assert (one.id, one.says, one.minutes) == ("", "every second Tuesday at 10:00", 120)
    assert one.coming[:2] == (datetime(2026, 3, 3, 15, tzinfo=UTC), datetime(2026, 3, 17, 14, tzinfo=UTC))
    assert len(one.coming) == 6


def test_what_was_cancelled_or_moved_is_none_of_the_next_dates_and_what_was_moved_is_set_elsewhere(store: Store) -> None:
    at_ten = datetime(2026, 3, 3, 10)  # noqa: DTZ001  # the wall clock
    form = NewSeries(rule="FREQ=WEEKLY;BYDAY=TU", first=at_ten, place="Room 1", minutes=60)
    teams.add_series(store, team(store), form, by=CHAIR, now=MONDAY, command="s1")
    cancelled, moved, renamed = (_next(store, MONDAY + n * 7 * DAY) for n in range(3))
    to = datetime(2026, 3, 18, 10, tzinfo=EASTERN)
    _change(store, cancelled, "cancel_meeting", CancelMeeting(reason="Snow"))
    _change(store, moved, "move_meeting", MoveMeeting(starts_at=to, minutes=60, place="Room 2", reason="Room taken"))
    same = datetime(2026, 3, 24, 10, tzinfo=EASTERN)
    _change(store, renamed, "move_meeting", MoveMeeting(starts_at=same, minutes=60, place="Room 3", reason="Room taken"))
    view = seen(store)
    assert [f"{at:%d %b}" for at in view.series[0].coming] == ["03 Mar", "24 Mar", "31 Mar", "07 Apr", "14 Apr", "21 Apr"]
    assert [(one.starts_at, one.place) for one in view.meetings] == [(to, "Room 2"), (same, "Room 3")]
    assert seen(store, now=to + DAY).meetings[0].place == "Room 3"


def _next(store: Store, after: datetime) -> str:
    with store.write() as connection:
        return next_of(connection, team(store), after).id


def _change(store: Store, meeting: str, act: str, form: Any) -> None:
    convene.convene(store, meeting, act, form, by=CHAIR, now=MONDAY, command=f"{act}/{meeting}")


def test_an_ended_series_is_no_longer_shown_and_the_standards_does_not_come_back(store: Store) -> None:
    first = datetime(2026, 3, 4, 10)  # noqa: DTZ001  # the wall clock
    form = NewSeries(rule="FREQ=WEEKLY;BYDAY=WE", first=first)
    one = teams.add_series(store, team(store), form, by=CHAIR, now=MONDAY, command="s1")
    teams.end_series(store, team(store), one, date(2026, 3, 11), by=CHAIR, now=MONDAY)
    (shown,) = seen(store).series
    assert (len(shown.coming), shown.ends_on) == (2, "11 Mar 2026")
    assert seen(store, now=MONDAY + 30 * DAY).series == ()


def test_only_who_leads_may_name_and_only_those_who_work_on_cases_are_named(store: Store) -> None:
    view = seen(store)
    assert {one.role for one in view.may_be_named} == set(CASE_ROLES) - {"system"}
    assert seen(store, MEMBER).may_be_named == ()


def test_the_districts_towns_stand_with_the_team_that_serves_each(store: Store) -> None:
    form = NewTeam(name="Shore team", towns=("Guilford", "Madison"))
    shore = teams.add_team(store, "New Haven", form, by=CHAIR, now=MONDAY, command="t1")
    view = seen(store)
    assert len(view.towns) == 13
    assert view.towns["Guilford"].name == "Shore team"
    assert "New Haven" in view.served
    assert "Guilford" not in view.served
    assert board.team_view(store, CHAIR, shore, MONDAY).served == ("Guilford", "Madison")


def test_who_leads_one_team_alone_adds_none_to_the_district(store: Store) -> None:
    alone = Viewer("alone", "Coordinator A", "team coordinator", "Center", teams=frozenset({team(store)}))
    assert seen(store, alone).team.leads
    assert not seen(store, alone).may_add
    assert seen(store).may_add
    assert not seen(store, MEMBER).may_add
