"""Who sits on a team, which towns it serves and when it meets: changed by those who lead it, once, and each change logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from mdt.access import SYSTEM, Viewer
from mdt.casework import convene, teams
from mdt.casework.convened import held_on
from mdt.casework.meetings import next_of
from mdt.casework.teams import NewSeries, NewTeam
from mdt.convening import Nothing, RollCall, SetMeeting
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.records.tables import ACCESS_LOG, TEAM_TOWNS, TEAMS
from mdt.scenario import PEOPLE
from mdt.team import TakeSeat
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from mdt.store import Store
    from mdt.team import Holding

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
CHAIR, MEMBER, ADMINISTRATOR = PEOPLE["chairperson"], PEOPLE["team member"], PEOPLE["administrator"]
HARTFORD = Viewer("hartford-chair", "Chairperson H", "chairperson", "State's Attorney", districts=frozenset({"Hartford"}))
SERIES = {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "first": datetime(2026, 3, 3, 10)}  # noqa: DTZ001  # the wall clock


def team(store: Store, name: str = "New Haven team") -> str:
    with store.read() as connection:
        return str(connection.execute(select(TEAMS.c.id).where(TEAMS.c.name == name)).scalar_one())


def name(store: Store, seat: str = "police", *, by: Viewer = CHAIR, command: str = "c1", **more: Any) -> str:
    form = {"seat": seat, "name": "Detective O", "position": "Detective", "agency": "Police", "from_on": TODAY}
    return teams.take_seat(store, team(store), TakeSeat.model_validate(form | more), by=by, now=MONDAY, command=command)


def end(store: Store, member: str, last_day: date, *, by: Viewer = CHAIR) -> None:
    teams.end_seat(store, team(store), member, last_day, by=by, now=MONDAY)


def add(store: Store, called: str = "Shore team", *towns: str, by: Viewer = CHAIR, command: str = "t1") -> str:
    form = NewTeam(name=called, towns=towns or ("Guilford", "Madison"))
    return teams.add_team(store, "New Haven", form, by=by, now=MONDAY, command=command)


def series(store: Store, *, by: Viewer = CHAIR, command: str = "s1", **more: Any) -> str:
    form = NewSeries.model_validate(SERIES | more)
    return teams.add_series(store, team(store), form, by=by, now=MONDAY, command=command)


def held(store: Store) -> tuple[Holding, ...]:
    with store.read() as connection:
        return held_on(connection, team(store))


def served(store: Store, team_id: str) -> list[str]:
    with store.read() as connection:
        found = select(TEAM_TOWNS.c.town).where(TEAM_TOWNS.c.team_id == team_id).order_by(TEAM_TOWNS.c.town)
        return list(connection.execute(found).scalars())


def logged(store: Store, act: str = "team changed") -> list[dict[str, Any]]:
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act).order_by(ACCESS_LOG.c.n))
        return [dict(row) for row in rows.scalars()]


# Seats. -------------------------------------------------------------------------------------------------------------------


def test_whoever_leads_the_team_names_somebody_and_it_is_logged_without_her_name(store: Store) -> None:
    name(store, "state's attorney", standing="designee", mail="attorney.t@example.org")
    (one,) = held(store)
    assert (one.seat, one.standing, one.name, one.mail) == (
        "state's attorney", "designee", "Detective O", "attorney.t@example.org",
    )  # fmt: skip
    assert logged(store) == [
        {"team": team(store), "what": "seat taken", "seat": "states attorney", "standing": "designee"}
    ]  # fmt: skip


def test_who_signs_in_is_named_as_she_is_known_here(store: Store) -> None:
    name(store, person=MEMBER.id, name="Another")
    assert [(one.person, one.name) for one in held(store)] == [(MEMBER.id, MEMBER.name)]


def test_the_same_click_twice_names_once(store: Store) -> None:
    assert name(store) == name(store)
    assert len(held(store)) == len(logged(store)) == 1


def test_two_at_once_never_make_two_chairpersons(store: Store) -> None:
    def select_one(n: int) -> str:
        try:
            return name(store, "chairperson", name=f"Chairperson {n}", command=f"c{n}")
        except NotPossible as refusal:
            return str(refusal)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(select_one, range(4)))
    assert len(held(store)) == 1
    assert sum("§ 17a-106a(c)" in one for one in said) == 3


@pytest.mark.parametrize("person", ["nobody", ADMINISTRATOR.id])
def test_a_person_who_does_not_work_on_cases_here_fills_no_seat(store: Store, person: str) -> None:
    with pytest.raises(NotPossible, match="nobody who signs in here to work on cases"):
        name(store, person=person)


def test_a_coordinator_may_have_a_designee_and_a_clinician_none(store: Store) -> None:
    name(store, "coordinator")
    name(store, "coordinator", standing="designee", name="Coordinator B", command="c2")
    with pytest.raises(
        NotPossible, match=r"designee .*§ 17a-106a\(c\)\(1\) to \(3\)\), and of the coordinator \(§ 17a-106a\(h\)\)"
    ):
        name(store, "mental health professional", standing="designee", command="c3")
    with pytest.raises(NotPossible, match=r"has a coordinator in that time \(§ 17a-106a\(h\)\)"):
        name(store, "coordinator", name="Coordinator C", command="c4")


def test_what_is_no_address_is_refused_before_anything_is_kept(store: Store) -> None:
    with pytest.raises(ValidationError, match="is not an e-mail address"):
        name(store, mail="two words@example.org")
    assert held(store) == ()


def test_a_refused_naming_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(NotPossible, match=r"§ 17a-106a\(j\)"):
        name(store, name="")
    assert held(store) == ()
    assert logged(store) == []


@pytest.mark.parametrize("by", [MEMBER, HARTFORD, PEOPLE["intake worker"], PEOPLE["police"]])
def test_nobody_else_changes_the_team_and_the_refusal_is_logged(store: Store, by: Viewer) -> None:
    making.hire(store, HARTFORD)
    member, one = name(store), series(store)
    before = making.everything(store), held(store)
    tries = (
        lambda: name(store, by=by, command="c2"),
        lambda: end(store, member, TODAY, by=by),
        lambda: teams.give_towns(store, team(store), ("Hamden",), by=by, now=MONDAY),
        lambda: series(store, by=by, command="s2"),
        lambda: teams.end_series(store, team(store), one, TODAY, by=by, now=MONDAY),
    )
    for attempt in tries:
        with pytest.raises(NotFound, match="not one that you lead"):
            attempt()
    assert (making.everything(store), held(store)) == before
    assert logged(store, "refused") == [{"act": "change_team"}] * len(tries)


def test_of_a_team_that_there_is_not_nobody_is_a_member(store: Store) -> None:
    form = TakeSeat(seat="police", name="Detective O", position="Detective", agency="Police", from_on=TODAY)
    with pytest.raises(NotFound, match="no such team"):
        teams.take_seat(store, "none", form, by=SYSTEM, now=MONDAY, command="c1")


# The end of a seat. -------------------------------------------------------------------------------------------------------


def test_a_time_on_a_seat_ends_and_stays_on_record_and_ending_it_twice_is_once(store: Store) -> None:
    member = name(store)
    end(store, member, TODAY)
    end(store, member, TODAY)
    assert [one.until_on for one in held(store)] == [TODAY]
    assert [row["what"] for row in logged(store)] == ["seat taken", "seat given up"]


def test_an_end_is_brought_forward_and_never_put_off(store: Store) -> None:
    member = name(store, until_on=TODAY + 9 * DAY)
    end(store, member, TODAY + 2 * DAY)
    with pytest.raises(NotPossible, match="ends on 4 Mar 2026 already"):
        end(store, member, TODAY + 3 * DAY)


def test_nothing_ends_before_it_began_and_nobody_elses_seat_ends_here(store: Store) -> None:
    member = name(store)
    with pytest.raises(NotPossible, match="before the seat was taken"):
        end(store, member, TODAY - DAY)
    with pytest.raises(NotFound, match="no such member"):
        teams.end_seat(store, team(store, "Hartford team"), member, TODAY, by=CHAIR, now=MONDAY)


def test_who_came_to_a_meeting_was_a_member_on_its_day(store: Store) -> None:
    member, other = name(store), name(store, "DCF", name="Worker N", agency="DCF", command="c2")
    chair = name(store, "chairperson", person=CHAIR.id, command="c3")
    at = MONDAY + timedelta(hours=1)
    meeting = convene.set_meeting(store, team(store), SetMeeting(starts_at=at), by=CHAIR, now=MONDAY, command="m1")
    for n, (act, form) in enumerate([
        ("open_meeting", Nothing()), ("call_roll", RollCall(who=member)), ("call_roll", RollCall(who=other, came=False)),
    ]):  # fmt: skip
        convene.convene(store, meeting, act, form, by=CHAIR, now=at, command=f"m1-{n}")
    earlier = name(store, from_on=TODAY - 9 * DAY, until_on=TODAY - DAY, name="Detective P", command="c4")
    with pytest.raises(NotPossible, match=r"came to the meeting of 2 Mar 2026, .*§ 17a-106a\(j\)"):
        _back_to(store, member, TODAY - DAY)
    end(store, member, TODAY)
    end(store, earlier, TODAY - 2 * DAY)
    _back_to(store, other, TODAY - DAY)
    with pytest.raises(NotPossible, match=r"the meeting of 2 Mar 2026 was held meanwhile, and its record names who led it"):
        _back_to(store, chair, TODAY - DAY)
    end(store, chair, TODAY)


def _back_to(store: Store, member: str, last_day: date) -> None:
    """End a seat before the day on which it was in truth taken: it was recorded late."""
    with making.as_owner(store) as connection:
        connection.exec_driver_sql(f"UPDATE member SET from_on = '2026-02-01' WHERE id = '{member}'")
    end(store, member, last_day)


# Towns. -------------------------------------------------------------------------------------------------------------------


def test_one_more_team_takes_its_towns_from_the_team_that_served_them(store: Store) -> None:
    shore = add(store)
    assert served(store, shore) == ["Guilford", "Madison"]
    assert not {"Guilford", "Madison"} & set(served(store, team(store)))
    assert logged(store) == [{"team": shore, "what": "team added", "towns": 2}]


def test_the_same_click_twice_adds_one_team_and_a_name_is_used_once(store: Store) -> None:
    assert add(store) == add(store)
    assert len(logged(store)) == 1
    for taken in ("Shore team", "SHORE TEAM", "Hartford team"):
        with pytest.raises(NotPossible, match="a team of that name"):
            add(store, taken, command="t2")


def test_a_team_serves_towns_of_its_own_district_alone(store: Store) -> None:
    with pytest.raises(NotPossible, match="Not towns of the judicial district of New Haven: Hartford, Nowhere"):
        add(store, "Shore team", "Nowhere", "Hartford", "Hamden")
    with pytest.raises(NotPossible, match="Not towns of the judicial district of New Haven: Hartford"):
        teams.give_towns(store, team(store), ("Hartford",), by=CHAIR, now=MONDAY)
    with pytest.raises(ValidationError):
        NewTeam(name="Shore team", towns=())


@pytest.mark.parametrize("by", [MEMBER, HARTFORD])
def test_a_team_is_added_by_those_who_lead_the_districts_teams(store: Store, by: Viewer) -> None:
    making.hire(store, HARTFORD)
    with pytest.raises(NotAllowed, match="those who lead the teams of the district"):
        add(store, by=by)
    assert logged(store, "refused") == [{"act": "add_team"}]


def test_towns_are_given_once(store: Store) -> None:
    shore = add(store)
    give = {"by": CHAIR, "now": MONDAY}
    assert teams.give_towns(store, shore, ("Guilford", "Branford"), **give) == 1
    assert teams.give_towns(store, shore, ("Guilford", "Branford"), **give) == 0
    assert served(store, shore) == ["Branford", "Guilford", "Madison"]
    assert [row["what"] for row in logged(store)] == ["team added", "towns given"]


def test_who_leads_one_team_alone_takes_no_towns_from_another(store: Store) -> None:
    shore = add(store)
    alone = Viewer("shore", "Chairperson S", "chairperson", "State's Attorney", teams=frozenset({shore}))
    making.hire(store, alone)
    with pytest.raises(NotAllowed, match="another team serves them"):
        teams.give_towns(store, shore, ("Branford",), by=alone, now=MONDAY)
    assert teams.give_towns(store, shore, ("Madison",), by=alone, now=MONDAY) == 0


# Series. ------------------------------------------------------------------------------------------------------------------


def test_a_series_gives_the_next_meeting_its_place_and_the_same_click_twice_adds_one(store: Store) -> None:
    assert series(store, place="Room 1", minutes=90) == series(store, place="Room 1", minutes=90)
    with store.write() as connection:
        coming = next_of(connection, team(store), MONDAY)
    assert (coming.starts_at, coming.minutes, coming.place) == (datetime(2026, 3, 17, 14, tzinfo=UTC), 90, "Room 1")
    assert [row["what"] for row in logged(store)] == ["series added"]


def test_the_team_does_not_meet_twice_at_once(store: Store) -> None:
    series(store)
    with pytest.raises(NotPossible, match="on 3 Mar 2026 the team would meet twice at once"):
        series(store, command="s2", rule="FREQ=WEEKLY;BYDAY=TU", first=datetime(2026, 3, 3, 11))  # noqa: DTZ001
    with pytest.raises(NotPossible, match="on 3 Mar 2026 the team would meet twice at once"):
        series(store, command="s2", rule="FREQ=WEEKLY;BYDAY=TU", first=datetime(2026, 3, 3, 9))  # noqa: DTZ001
    series(store, command="s3", first=datetime(2026, 3, 3, 12))  # noqa: DTZ001


def test_a_series_that_no_meeting_falls_into_or_that_cannot_be_read_is_refused(store: Store) -> None:
    with pytest.raises(NotPossible, match="at most once a day"):
        series(store, rule="FREQ=HOURLY")
    with pytest.raises(ValidationError):
        series(store, first=MONDAY)  # an instant is no time on the wall clock


def test_an_ended_series_has_no_later_meeting_and_those_that_are_set_are_told(store: Store) -> None:
    one = series(store)
    with store.write() as connection:
        next_of(connection, team(store), MONDAY)

    def end_it(last_day: date) -> int:
        return teams.end_series(store, team(store), one, last_day, by=CHAIR, now=MONDAY)

    assert end_it(date(2026, 3, 17)) == 0  # the meeting of that day still belongs to it
    assert end_it(date(2026, 3, 16)) == 1
    assert end_it(date(2026, 3, 16)) == 1
    with pytest.raises(NotPossible, match="ends on 16 Mar 2026 already"):
        end_it(date(2026, 3, 17))
    assert [row["what"] for row in logged(store)] == ["series added", "series ended", "series ended"]
    with store.read() as connection:
        assert [of.ends_on for _, of, _, _ in teams.series_of(connection, team(store))] == [date(2026, 3, 16)]


def test_another_teams_series_is_not_ended_here(store: Store) -> None:
    one = series(store)
    with pytest.raises(NotFound, match="no such series"):
        teams.end_series(store, team(store, "Hartford team"), one, TODAY, by=CHAIR, now=MONDAY)
