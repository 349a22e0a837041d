"""The page of a team: who fills its seats, when it meets, which towns it serves. Nothing of any case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import access, geography, series
from mdt.board.meeting import past_seats
from mdt.board.people import people
from mdt.casework import refusals
from mdt.casework.convened import held_on
from mdt.casework.teams import series_of
from mdt.errors import NotFound
from mdt.law.period import EASTERN, local_date
from mdt.policy import CASE_ROLES, TEAM
from mdt.records.tables import MEETING_ENTRIES, MEETINGS, TEAM_TOWNS, TEAMS
from mdt.team import CHAIRPERSON, COORDINATOR, leader, meter, on_the_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.series import OnHoliday, Series
    from mdt.store import Store
    from mdt.team import Holding, Seat

AHEAD = 6  # dates of a series that are shown
MINUTES = 120  # how long a meeting by the standard's series is set for
YEAR = timedelta(days=400)
NO_SUCH_TEAM = "There is no such team, or it is none of yours."


@dataclass(frozen=True, slots=True)
class Team:
    """A team, and whether the viewer leads it."""

    id: str
    name: str
    district: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Dates:
    """A series: in words, and its next dates, without those that were cancelled or moved. `id` is empty for the standard's."""

    id: str
    says: str
    minutes: int
    place: str
    on_holiday: OnHoliday
    ends_on: str
    coming: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class SetDate:
    """A meeting that is set and has not been held."""

    id: str
    starts_at: datetime
    minutes: int
    place: str
    special: bool


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team as its own see it.

    `seats`: the meter of today; `past` and `later`: holdings that have ended, or begin later; `towns`: each town of the
    district, and the team that serves it; `may_be_named`, for those who lead: who signs in here and works on cases; `may_add`:
    whether she may add a team to the district.
    """

    team: Team
    seats: tuple[Seat, ...]
    chairperson: Holding | None
    coordinator: Holding | None
    holdings: tuple[Holding, ...]
    past: tuple[Holding, ...]
    later: tuple[Holding, ...]
    series: tuple[Dates, ...]
    meetings: tuple[SetDate, ...]
    towns: Mapping[str, Team]
    may_be_named: tuple[Viewer, ...]
    may_add: bool

    @property
    def served(self) -> tuple[str, ...]:
        """The towns that this team serves."""
        return tuple(town for town, by in self.towns.items() if by.id == self.team.id)


def teams(store: Store, viewer: Viewer, now: datetime) -> list[Team]:
    """The teams that the viewer serves, or fills a seat of today, by name; those that she leads are marked."""
    with store.read() as connection:
        rows = [dict(row) for row in connection.execute(select(TEAMS).order_by(TEAMS.c.name)).mappings()]
        return [_team(row, viewer) for row in rows if _is_hers(connection, viewer, row, now)]


def _team(row: Mapping[str, Any], viewer: Viewer) -> Team:
    return Team(row["id"], row["name"], row["judicial_district"], access.leads(viewer, row))


def _is_hers(connection: Connection, viewer: Viewer, row: Mapping[str, Any], now: datetime) -> bool:
    if viewer.role not in TEAM:
        return False
    if access.serves(viewer, row):
        return True
    return any(one.person == viewer.id for one in on_the_day(held_on(connection, row["id"]), local_date(now)))


def team_view(store: Store, viewer: Viewer, team_id: str, now: datetime) -> TeamView:
    """A team of hers. Raises `NotFound`, which is logged."""
    with store.read() as connection:
        rows = [dict(row) for row in connection.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings()]
        hers = [row for row in rows if _is_hers(connection, viewer, row, now)]
        found = next((_view(connection, viewer, row, now) for row in hers), None)
    if found is None:
        refusals.log(store, viewer, "team page", now)
        raise NotFound(NO_SUCH_TEAM)
    return found if not found.team.leads else _with_people(found, store, now)


def _with_people(view: TeamView, store: Store, now: datetime) -> TeamView:
    return replace(view, may_be_named=tuple(one for one in people(store, now) if one.role in CASE_ROLES))


def _view(connection: Connection, viewer: Viewer, row: Mapping[str, Any], now: datetime) -> TeamView:
    held, today, team = held_on(connection, row["id"]), local_date(now), _team(row, viewer)
    return TeamView(
        team=team,
        seats=meter(held, today, past_seats(connection, team.id, held, now)),
        chairperson=leader(held, CHAIRPERSON, today),
        coordinator=leader(held, COORDINATOR, today),
        holdings=on_the_day(held, today),
        past=tuple(one for one in reversed(held) if one.until_on and one.until_on < today),
        later=tuple(one for one in held if one.from_on > today),
        series=_series(connection, team.id, now),
        meetings=_meetings(connection, team.id, now),
        towns=_towns(connection, viewer, team.district),
        may_be_named=(),
        may_add=access.leads(viewer, {"id": "", "judicial_district": team.district}),
    )


def _series(connection: Connection, team_id: str, now: datetime) -> tuple[Dates, ...]:
    """The series that go on; the standard's, if the team never had one."""
    found, gone = series_of(connection, team_id), _gone(connection, team_id)
    if not found:
        return (_dates("", series.of_standard(), MINUTES, "", gone, now),)
    every = (_dates(*one, gone, now) for one in found)
    return tuple(one for one in every if one.coming)


def _dates(series_id: str, of: Series, minutes: int, place: str, gone: frozenset[datetime], now: datetime) -> Dates:
    begins = of.first.replace(tzinfo=EASTERN)
    coming = series.starts(of, now, max(now, begins) + YEAR)
    next_ones = tuple(islice((at for at in coming if at not in gone), AHEAD))
    ends_on = f"{of.ends_on:%-d %b %Y}" if of.ends_on else ""
    return Dates(series_id, series.in_words(of), minutes, place, of.on_holiday, ends_on, next_ones)


def _gone(connection: Connection, team_id: str) -> frozenset[datetime]:
    """When meetings were set that were cancelled, or moved to another time."""
    first = (MEETING_ENTRIES.c.meeting_id == MEETINGS.c.id) & (MEETING_ENTRIES.c.n == 1)
    changed = select(MEETINGS.c.state, MEETINGS.c.starts_at, MEETING_ENTRIES.c.data).join(MEETING_ENTRIES, first)
    rows = connection.execute(changed.where(MEETINGS.c.team_id == team_id, MEETINGS.c.sequence > 0)).all()
    was = ((state, starts_at, datetime.fromisoformat(data["starts_at"])) for state, starts_at, data in rows)
    return frozenset(at for state, starts_at, at in was if state == "cancelled" or starts_at != at)


def _meetings(connection: Connection, team_id: str, now: datetime) -> tuple[SetDate, ...]:
    """What is set from today on."""
    today = datetime.combine(local_date(now), time.min, EASTERN)
    coming = (MEETINGS.c.team_id == team_id) & (MEETINGS.c.state == "set") & (MEETINGS.c.starts_at >= today)
    rows = connection.execute(select(MEETINGS).where(coming).order_by(MEETINGS.c.starts_at))
    return tuple(SetDate(r.id, r.starts_at, r.minutes, r.place, r.special) for r in rows)


def _towns(connection: Connection, viewer: Viewer, district: str) -> dict[str, Team]:
    rows = connection.execute(
        select(TEAM_TOWNS.c.town, TEAMS).join(TEAMS, TEAMS.c.id == TEAM_TOWNS.c.team_id).order_by(TEAM_TOWNS.c.town)
    ).mappings()
    here = {town.name for town in geography.towns() if town.judicial_district == district}
    return {row["town"]: _team(dict(row), viewer) for row in rows if row["town"] in here}
