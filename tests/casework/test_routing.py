"""What the flows do for a case is done once: run again, broken off and run again, or run by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from mdt import geography, review
from mdt.casework import meetings, routing
from mdt.casework.check import check
from mdt.casework.meetings import establish_teams
from mdt.casework.notices import mark_seen
from mdt.facts import Fact
from mdt.law.period import EASTERN, is_business_day, local_date
from mdt.records import tables
from mdt.scenario import route
from tests import making
from tests.histories import calm
from tests.making import MONDAY, ROUTES, do

if TYPE_CHECKING:
    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OURS = (F.CASE_PLACED, F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.NEEDS_PROPOSED, F.COMPENSATION_TRACK_OPENED)


class CutOff(Exception):
    """What a test breaks a run with."""


def victims(store: Store, count: int) -> list[str]:
    """Cases that wait for everything a flow does."""
    case_ids = [making.taken(store, report_no=f"R-{n}") for n in range(count)]
    for case_id in case_ids:
        do(store, case_id, "classify_report", classification="other")
        do(store, case_id, "identify_victim")
    return case_ids


def walk(store: Store, case_ids: list[str], now: datetime = MONDAY) -> int:
    return sum(step(store, case_ids, now) for step in ROUTES)


def facts(store: Store, case_id: str) -> list[Fact]:
    return [e.fact for e in making.history(store, case_id)]


def marks(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        return sorted(map(tuple, connection.execute(select(tables.NOTICES.c.case_id, tables.NOTICES.c.mark))))


def each_was_done_once(store: Store, case_ids: list[str]) -> None:
    for case_id in case_ids:
        done = facts(store, case_id)
        assert [done.count(fact) for fact in OURS] == [1] * len(OURS)
    assert len(set(marks(store))) == len(marks(store))
    assert check(store).faults == []


def test_a_victims_case_is_placed_put_on_an_agenda_and_its_needs_and_compensation_begun(store: Store) -> None:
    case_ids = victims(store, 3)
    assert walk(store, case_ids) == 15
    each_was_done_once(store, case_ids)


def test_running_again_changes_nothing(store: Store) -> None:
    case_ids = victims(store, 2)
    walk(store, case_ids)
    before = making.everything(store)
    assert walk(store, case_ids, MONDAY + HOUR) == 0
    assert making.everything(store) == before


def test_what_waits_for_a_flow_is_named_until_it_is_done(store: Store) -> None:
    (case_id,) = victims(store, 1)
    for step, run in zip(routing.ANSWERS, ROUTES, strict=True):
        assert routing.waiting_for(store, step, [case_id, "nowhere"], MONDAY) == [case_id]
        run(store, [case_id], MONDAY)
    # A packet to be made ready and a review to be held are no duties, so that nobody is left to be told.
    assert [s for s in routing.ANSWERS if routing.waiting_for(store, s, [case_id], MONDAY)] == []


def test_a_case_with_a_newly_opened_duty_waits_for_its_actor_to_be_told(store: Store) -> None:
    case_id = making.taken(store)
    route(store, case_id, MONDAY)
    assert routing.waiting_for(store, "screening", [case_id], MONDAY) == []
    do(store, case_id, "classify_report", classification="other")
    assert routing.waiting_for(store, "screening", [case_id], MONDAY) == [case_id]


def test_a_case_is_placed_by_the_childs_town(store: Store) -> None:
    case_id = making.taken(store, child_residence_town="norwich")
    route(store, case_id, MONDAY)
    town, card = geography.find("Norwich"), making.case_row(store, case_id)
    assert (card["district"], card["office"], card["region"]) == (town.judicial_district, town.dcf_area_office, town.dcf_region)
    assert card["team"] is not None


@pytest.mark.parametrize(
    "home", [{"child_residence_town": "Springfield", "child_in_state": "no"}, {"child_residence_town": ""}]
)
def test_a_child_without_a_town_of_ours_is_placed_with_no_office_and_goes_on(store: Store, home: dict[str, str]) -> None:
    case_id = making.identified(store, **home)
    card = making.case_row(store, case_id)
    assert (card["office"], card["district"], card["team"]) == (None, None, None)
    done = facts(store, case_id)
    assert F.CASE_PLACED in done
    assert F.PUT_ON_AGENDA not in done
    assert F.COMPENSATION_TRACK_OPENED in done
    assert route(store, case_id, MONDAY) is None
    assert facts(store, case_id) == done


def test_each_town_has_one_team_and_teams_are_made_once(store: Store) -> None:
    assert establish_teams(store) == 0
    with store.read() as connection:
        towns = connection.execute(select(meetings.TEAM_TOWNS.c.town)).scalars().all()
        assert len(connection.execute(select(tables.TEAMS.c.id)).all()) == len(geography.districts())
    assert sorted(towns) == sorted(town.name for town in geography.towns())


def agenda_of(store: Store, case_id: str) -> tuple[datetime, date]:
    line = next(e for e in making.history(store, case_id) if e.fact is F.PUT_ON_AGENDA)
    with store.read() as connection:
        starts = connection.execute(
            select(tables.MEETINGS.c.starts_at).where(tables.MEETINGS.c.id == line.data["meeting"])
        ).scalar_one()
    return starts, date.fromisoformat(line.data["on"])


def test_a_case_goes_onto_the_teams_next_meeting_of_the_series(store: Store) -> None:
    starts, on = agenda_of(store, making.identified(store))
    assert starts == datetime(2026, 3, 3, 15, tzinfo=UTC) + 14 * DAY - HOUR  # summer time has begun
    assert on == date(2026, 3, 17)


def test_a_meeting_that_the_team_set_itself_comes_first_if_members_can_still_be_told(store: Store) -> None:
    with store.read() as connection:
        team = connection.execute(
            select(meetings.TEAM_TOWNS.c.team_id).where(tables.TEAM_TOWNS.c.town == "New Haven")
        ).scalar_one()
    own = [("soon", MONDAY + 3 * DAY - timedelta(seconds=1)), ("own", MONDAY + 3 * DAY)]
    with store.write() as connection:
        rows = [{"id": name, "team_id": team, "starts_at": at, "place": ""} for name, at in own]
        connection.execute(insert(tables.MEETINGS), rows)
    assert agenda_of(store, making.identified(store))[0] == MONDAY + 3 * DAY


@calm
@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)), st.sampled_from([7, 14, 28]))  # noqa: DTZ001
def test_a_meeting_of_the_series_is_three_days_ahead_at_ten_on_an_open_day(naive: datetime, every: int) -> None:
    now = naive.replace(tzinfo=UTC)
    there = review.next_meeting_at(now, every).astimezone(EASTERN)
    assert there.date() - local_date(now) >= timedelta(days=review.NOTICE_DAYS)
    assert (there.hour, there.minute) == (10, 0)
    assert is_business_day(there.date())


def test_a_meeting_that_would_fall_on_a_holiday_is_held_on_the_next_open_day() -> None:
    eve = datetime(2029, 12, 20, 15, tzinfo=UTC)
    assert local_date(review.next_meeting_at(eve, 7)) == date(2029, 12, 26)  # Tuesday is Christmas


def test_two_cases_of_one_team_stand_on_one_meeting(store: Store) -> None:
    case_ids = victims(store, 2)
    walk(store, case_ids)
    assert len({agenda_of(store, case_id) for case_id in case_ids}) == 1
    with store.read() as connection:
        assert len(connection.execute(select(tables.MEETINGS.c.id)).all()) == 1


@pytest.mark.parametrize("killed_after", range(12))
def test_a_run_killed_between_cases_and_run_again_does_everything_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    case_ids = victims(store, 3)
    monkeypatch.setattr(routing, "AT_ONCE", 2)
    one, seen = routing._one, []  # noqa: SLF001

    def dies(connection: Any, case_id: str, *rest: Any) -> bool:
        if len(seen) == killed_after:
            raise CutOff
        seen.append(case_id)
        return one(connection, case_id, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(routing, "_one", dies)
        with pytest.raises(CutOff):
            walk(store, case_ids)
    walk(store, case_ids)
    each_was_done_once(store, case_ids)


def test_two_routers_at_once_do_each_thing_once(store: Store) -> None:
    case_ids = victims(store, 6)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: walk(store, case_ids), range(2)))
    each_was_done_once(store, case_ids)


def test_two_routers_that_take_the_cases_in_other_orders_do_not_stop_each_other(store: Store) -> None:
    case_ids = victims(store, 8)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda order: walk(store, case_ids[::order]), (1, -1, 1, -1)))
    each_was_done_once(store, case_ids)


def test_a_router_and_a_person_at_once_both_count(store: Store) -> None:
    case_ids = victims(store, 4)
    with ThreadPoolExecutor(2) as pool:
        routed = pool.submit(walk, store, case_ids)
        acted = pool.submit(lambda: [do(store, case_id, "notify_police") for case_id in case_ids])
        routed.result()
        acted.result()
    each_was_done_once(store, case_ids)
    assert all(F.POLICE_NOTIFIED in facts(store, case_id) for case_id in case_ids)


def test_a_time_limit_that_ran_out_is_noted_once(store: Store) -> None:
    case_id = making.identified(store, incident_from="2026-02-14")
    limit = making.tasks(store, case_id)["apply"].due
    walk(store, [case_id], limit)
    assert F.TIME_LIMIT_PASSED not in facts(store, case_id)
    later = limit + HOUR
    assert routing.waiting_for(store, "compensation", [case_id], later) == [case_id]
    walk(store, [case_id], later)
    walk(store, [case_id], later + DAY)
    assert facts(store, case_id).count(F.TIME_LIMIT_PASSED) == 1


def test_notices_are_read_once(store: Store) -> None:
    making.identified(store)
    unread = mark_seen(store, making.PEOPLE["intake worker"], ["DCF"], MONDAY)
    assert unread > 0
    assert mark_seen(store, making.PEOPLE["intake worker"], ["DCF"], MONDAY) == 0
