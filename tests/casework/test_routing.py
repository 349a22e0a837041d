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
from mdt.acts import Form
from mdt.casework import ACT, meetings, routing
from mdt.casework.check import check
from mdt.casework.meetings import establish_teams
from mdt.casework.notices import mark_seen
from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import EASTERN, is_business_day, local_date
from mdt.law.rulebook import load
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
    assert routing.waiting_for(store, "likeness", [case_id, "nowhere"], MONDAY) == [case_id]
    for step, run in zip([s for s in routing.ANSWERS if s != "likeness"], ROUTES, strict=True):
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


NO_TOWN_OF_OURS = pytest.mark.parametrize(
    "home", [{"child_residence_town": "Springfield", "child_in_state": "no"}, {"child_residence_town": ""}]
)


@NO_TOWN_OF_OURS
def test_a_child_without_a_town_of_ours_is_placed_where_it_occurred(store: Store, home: dict[str, str]) -> None:
    case_id = making.identified(store, **home, incident_town="Norwich")
    town, card = geography.find("Norwich"), making.case_row(store, case_id)
    assert (card["district"], card["office"]) == (town.judicial_district, town.dcf_area_office)
    assert card["team"] is not None
    assert [e.data["by"] for e in making.history(store, case_id) if e.fact is F.CASE_PLACED] == ["occurrence"]


@NO_TOWN_OF_OURS
def test_a_case_of_which_no_town_of_ours_is_known_waits_for_a_person_and_goes_on(store: Store, home: dict[str, str]) -> None:
    case_id = making.identified(store, **home, incident_town="Springfield, MA")
    done = facts(store, case_id)
    assert F.CASE_PLACED not in done
    assert F.PUT_ON_AGENDA not in done
    assert F.COMPENSATION_TRACK_OPENED in done
    assert "place-case" in making.tasks(store, case_id)
    route(store, case_id, MONDAY)
    assert facts(store, case_id) == done


def test_the_team_of_a_case_that_a_person_placed_is_found_and_the_case_goes_onto_its_agenda(store: Store) -> None:
    case_id = making.identified(store, child_residence_town="")
    do(store, case_id, "place_case", town="norwich", town_of="residence")
    assert making.case_row(store, case_id)["team"] is None
    with pytest.raises(NotYet):
        do(store, case_id, "place_case", town="Hartford", town_of="residence")
    assert routing.waiting_for(store, "screening", [case_id], MONDAY) == [case_id]
    for _ in range(2):
        route(store, case_id, MONDAY)
    card, done = making.case_row(store, case_id), facts(store, case_id)
    assert (card["district"], card["team"]) == (geography.find("Norwich").judicial_district, team_of(store, "Norwich"))
    assert (done.count(F.CASE_PLACED), done.count(F.PUT_ON_AGENDA)) == (2, 1)
    assert routing.waiting_for(store, "screening", [case_id], MONDAY) == []
    assert not any("Norwich" in str(e.data.get("town", "")) for e in making.history(store, case_id))


@pytest.mark.parametrize("where", [{"child_residence_town": ""}, {"child_residence_town": "", "incident_town": "Hartford"}])
def test_another_report_leaves_a_case_where_a_person_placed_it(store: Store, where: dict[str, str]) -> None:
    case_id = making.taken(store, **where)
    do(store, case_id, "place_case", town="Norwich", town_of="residence")
    route(store, case_id, MONDAY)
    placed = making.case_row(store, case_id)
    do(store, case_id, "receive_another_report", MONDAY + HOUR, mode="oral", mandated=True)
    route(store, case_id, MONDAY + HOUR)
    assert "place-case" not in making.tasks(store, case_id)
    again = making.case_row(store, case_id)
    assert (again["district"], again["team"]) == (placed["district"], placed["team"])
    assert placed["team"] == team_of(store, "Norwich")


def test_a_line_stands_only_on_the_agenda_of_the_cases_own_team_under_its_date(store: Store) -> None:
    case_id = making.identified(store)
    own, on = agenda_line(store, case_id)
    foreign, its_day = agenda_line(store, making.identified(store, report_no="R-2", child_residence_town="Norwich"))

    def refuse(meeting: str, day: str) -> None:
        form = ACT["put_on_agenda"].form.model_validate({"happened_at": MONDAY, "meeting": meeting, "on": day})
        with store.write() as connection:  # it holds the meeting still
            meetings.refuse_foreign_meeting(connection, case_id, form)

    with pytest.raises(NotPossible, match="it stands on one already; defer it there first"):
        refuse(own, on)
    line = next(e.about for e in making.history(store, case_id) if e.fact is F.PUT_ON_AGENDA)
    making.do(store, case_id, "defer_review", by="chairperson", about=line, because="no time")
    refuse(own, on)
    for stray in (foreign, "nowhere"):
        with pytest.raises(NotPossible, match="no meeting of the case's team"):
            refuse(stray, its_day)
    with pytest.raises(NotPossible, match="that meeting is on 17 Mar 2026"):
        refuse(own, "2026-03-18")
    with store.read() as connection:
        meetings.refuse_foreign_meeting(connection, case_id, Form(happened_at=MONDAY))


def agenda_line(store: Store, case_id: str) -> tuple[str, str]:
    line = next(e for e in making.history(store, case_id) if e.fact is F.PUT_ON_AGENDA)
    return line.data["meeting"], line.data["on"]


def team_of(store: Store, town: str) -> str:
    with store.read() as connection:
        team = select(tables.TEAM_TOWNS.c.team_id).where(tables.TEAM_TOWNS.c.town == town)
        return connection.execute(team).scalar_one()


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
    team = team_of(store, "New Haven")
    own = [("soon", MONDAY + 3 * DAY - timedelta(seconds=1)), ("own", MONDAY + 3 * DAY)]
    with store.write() as connection:
        rows = [{"id": name, "team_id": team, "starts_at": at, "place": ""} for name, at in own]
        connection.execute(insert(tables.MEETINGS), rows)
    assert agenda_of(store, making.identified(store))[0] == MONDAY + 3 * DAY


@calm
@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001
def test_a_meeting_of_the_series_is_three_days_ahead_at_ten_on_an_open_day(naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    there = review.next_meeting_at(now).astimezone(EASTERN)
    assert there.date() - local_date(now) >= timedelta(days=3)
    assert (there.hour, there.minute) == (10, 0)
    assert is_business_day(there.date())


def test_how_often_a_team_meets_and_how_far_ahead_is_its_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    book = load()
    series = book.standards["meeting-series"].model_copy(update={"number": 7, "first": datetime(2026, 3, 4, 13)})  # noqa: DTZ001
    ahead = book.standards["notice-before-meeting"].model_copy(update={"number": 9})
    monkeypatch.setattr(book, "standards", book.standards | {"meeting-series": series, "notice-before-meeting": ahead})
    assert review.next_meeting_at(MONDAY) == datetime(2026, 3, 11, 17, tzinfo=UTC)
    assert review.next_meeting_at(MONDAY + DAY) == datetime(2026, 3, 18, 17, tzinfo=UTC)


def test_a_meeting_that_would_fall_on_a_holiday_is_held_on_the_next_open_day() -> None:
    eve = datetime(2025, 11, 5, 15, tzinfo=UTC)
    assert local_date(review.next_meeting_at(eve)) == date(2025, 11, 12)  # Tuesday is Veterans Day


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
