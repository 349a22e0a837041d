"""The demonstration: there is always somebody to sign in as, and what was broken off is finished by starting again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt import demo, scenario
from mdt.board import teams
from mdt.board.people import people
from mdt.casework import teams as changing
from mdt.casework.check import check
from mdt.errors import SetupError
from mdt.records import tables
from mdt.series import of_standard, starts
from mdt.store import open_store, outbox
from tests import making

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.store import Store

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
FEW = 4
EVERYBODY = (*scenario.PEOPLE.values(), *scenario.MEMBERS)


class Broken(BaseException):
    """Ends the making of the demonstration as Ctrl-C does."""


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    few = scenario.scenarios()[:FEW]
    monkeypatch.setattr(scenario, "scenarios", lambda: few)


def reports(store: Store) -> list[str]:
    with store.read() as connection:
        return sorted(connection.execute(select(tables.REPORTS.c.report_no)).scalars())


def told(store: Store) -> list[tuple[Any, ...]]:
    """What the cases hold, without their ids."""
    with store.read() as connection:
        acts = select(tables.CASES.c.number, tables.EVENTS.c.seq, tables.EVENTS.c.fact, tables.EVENTS.c.recorded_at)
        return sorted(map(tuple, connection.execute(acts.join_from(tables.CASES, tables.EVENTS))))


def test_after_the_tables_were_made_by_others_the_demonstration_is_made_all_the_same(database_url: str) -> None:
    store = open_store(database_url)
    store.create()
    demo.ensure(database_url, NOW)
    assert people(store) == sorted(EVERYBODY, key=lambda one: one.id)
    assert reports(store) == [f"DEMO-{key}" for key, _ in scenario.scenarios()]
    assert outbox.waiting(store) == 0
    assert check(store).faults == []


def test_a_database_with_cases_or_accounts_of_somebodys_own_is_no_demonstration(database_url: str) -> None:
    store = making.made(database_url)
    making.taken(store, report_no="R-1")
    with pytest.raises(SetupError, match="mdt serve"):
        demo.ensure(database_url, NOW)
    assert reports(store) == ["R-1"]


def test_a_finished_demonstration_stays_as_it_is(database_url: str) -> None:
    demo.ensure(database_url, NOW)
    store = open_store(database_url)
    making.taken(store, report_no="R-1")
    before = making.everything(store)
    demo.ensure(database_url, NOW)
    assert making.everything(store) == before
    assert len(people(store)) == len(EVERYBODY)


@pytest.mark.parametrize("at", [1, 2, 9, 20, 33])
def test_a_demonstration_that_was_broken_off_is_finished_by_the_next_start(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    left = [at]

    def breaks_off(*given: Any, **named: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise Broken
        route(*given, **named)

    route = scenario.route
    with monkeypatch.context() as patch:
        patch.setattr(scenario, "route", breaks_off)
        with pytest.raises(Broken):
            demo.ensure(database_url, NOW)
    store = open_store(database_url)
    assert len(people(store)) == len(EVERYBODY)
    assert len(reports(store)) < FEW
    demo.ensure(database_url, NOW)
    in_one_go = f"sqlite:///{tmp_path / 'whole.db'}"
    demo.ensure(in_one_go, NOW)
    assert told(store) == told(open_store(in_one_go))
    assert outbox.waiting(store) == 0
    assert check(store).faults == []


def test_what_somebody_does_while_the_demonstration_is_made_is_kept_and_the_rest_is_made(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = scenario.scenarios()
    monkeypatch.setattr(scenario, "scenarios", lambda: every[:1])
    demo.ensure(database_url, NOW)
    store = open_store(database_url)
    making.taken(store, report_no="R-1", now=NOW)
    monkeypatch.setattr(scenario, "scenarios", lambda: every)
    demo.ensure(database_url, NOW)
    assert reports(store) == [*(f"DEMO-{key}" for key, _ in every), "R-1"]
    assert outbox.waiting(store) == 1
    assert check(store).faults == []


def test_every_team_has_members_and_meets_where_it_would_meet_anyway(database_url: str) -> None:
    demo.ensure(database_url, NOW)
    store = open_store(database_url)
    chair = scenario.PEOPLE["chairperson"]
    for one in teams.teams(store, chair, NOW):
        view = teams.team_view(store, chair, one.id, NOW)
        assert {seat.seat: seat.filling for seat in view.seats if seat.filling != "filled"} == {
            "state's attorney": "by a designee",
            "youth service bureau": "empty",
        }
        assert [held and held.name for held in (view.chairperson, view.coordinator)] == ["Chairperson B", "Coordinator H"]
        (series,) = view.series
        assert (series.says, series.place) == ("every second Tuesday at 10:00", demo.PLACE)
        standard = list(islice(starts(of_standard(), NOW, NOW + timedelta(days=100)), 6))
        assert list(series.coming) == standard
        assert {meeting.starts_at for meeting in view.meetings} <= set(standard)


def test_in_new_haven_those_who_fill_a_seat_sign_in(database_url: str) -> None:
    demo.ensure(database_url, NOW)
    store = open_store(database_url)
    (one,) = teams.teams(store, scenario.PEOPLE["team member"], NOW)
    held = teams.team_view(store, scenario.PEOPLE["team member"], one.id, NOW).holdings
    names = {person.id: person.name for person in EVERYBODY}
    assert [one.seat for one in held if one.person is None] == ["other expert"]
    assert all(names[one.person] == one.name for one in held if one.person)
    assert {person.id for person in scenario.MEMBERS} < {one.person for one in held}


def test_what_a_leader_changed_on_a_team_is_kept(database_url: str) -> None:
    demo.ensure(database_url, NOW)
    store = open_store(database_url)
    chair = scenario.PEOPLE["chairperson"]
    one = teams.teams(store, chair, NOW)[0]
    member = teams.team_view(store, chair, one.id, NOW).holdings[-1]
    changing.end_seat(store, one.id, member.id, NOW.date(), by=chair, now=NOW)
    before = teams.team_view(store, chair, one.id, NOW)
    demo.ensure(database_url, NOW)
    assert teams.team_view(store, chair, one.id, NOW) == before
