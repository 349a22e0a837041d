"""Who sits on a team, which towns it serves, and when it meets: recorded by those who lead it, each change logged."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime
from sqlalchemy import func, insert, select, update

from mdt import access, geography
from mdt.casework import refusals
from mdt.casework.convened import held_on
from mdt.convening import LONGEST, SHORTEST
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.law.period import EASTERN
from mdt.meeting import Happening
from mdt.policy import CASE_ROLES, Role
from mdt.records.tables import MEETING_ENTRIES, MEETING_SERIES, MEETINGS, MEMBERS, PEOPLE, TEAM_TOWNS, TEAMS
from mdt.series import Series, clash, refuse_empty_series
from mdt.store import ledger, trace
from mdt.store.inserts import insert_into
from mdt.team import OFFICES, TakeSeat, refuse_seat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

NO_SUCH_TEAM = "There is no such team, or it is not one that you lead."
FAR = 400  # days in which two series are compared


class NewTeam(BaseModel):
    """One more team of a judicial district, for some of its towns (§ 17a-106a(b) sets no number of teams)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    name: str = Field(title="Name", min_length=3, max_length=80)
    towns: tuple[str, ...] = Field(title="Towns it serves", min_length=1)


class NewSeries(BaseModel):
    """When a team meets. `first` is on Connecticut's wall clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    rule: str = Field(title="Rule", min_length=6, max_length=120)
    first: NaiveDatetime = Field(title="First meeting")
    minutes: int = Field(default=120, title="Length in minutes", ge=SHORTEST, le=LONGEST)
    place: str = Field(default="", title="Place", max_length=120)
    on_holiday: Literal["skip", "next open day"] = Field(default="next open day", title="On a legal holiday")


def take_seat(store: Store, team_id: str, form: TakeSeat, *, by: Viewer, now: datetime, command: str) -> str:
    """Name somebody to a seat, or to lead the team; the holding's id. Raises `NotAllowed`, `NotFound` and `NotPossible`."""
    member_id = ledger.short(f"member/{command}")
    with _led(store, team_id, by, now) as connection:
        if connection.execute(select(MEMBERS.c.id).where(MEMBERS.c.id == member_id)).first():
            return member_id
        refuse_seat(form, held_on(connection, team_id))
        row = form.model_dump(exclude={"person"}) | {"name": _name(connection, form), "person_id": form.person or None}
        connection.execute(insert(MEMBERS), row | {"id": member_id, "team_id": team_id})
        _log(connection, by, now, team_id, what="seat taken", seat=_plainly(form.seat), standing=form.standing)
    return member_id


def _name(connection: Connection, form: TakeSeat) -> str:
    if not form.person:
        return form.name
    known = select(PEOPLE.c.name).where(
        PEOPLE.c.id == form.person, PEOPLE.c.disabled_at.is_(None), PEOPLE.c.role.in_([role.value for role in CASE_ROLES])
    )
    name = connection.execute(known).scalar_one_or_none()
    if name is None:
        raise NotPossible("Can't fill the seat: nobody who signs in here to work on cases is meant.")
    return str(name)


def end_seat(store: Store, team_id: str, member_id: str, last_day: date, *, by: Viewer, now: datetime) -> None:
    """Somebody's time on a seat ends with that day; that she held it stays on record. Raises `NotFound` and `NotPossible`."""
    hers = (MEMBERS.c.id == member_id) & (MEMBERS.c.team_id == team_id)
    with _led(store, team_id, by, now) as connection:
        found = connection.execute(select(MEMBERS).where(hers)).mappings().one_or_none()
        if found is None:
            raise NotFound("There is no such member of the team.")
        if found["until_on"] == last_day:
            return
        if last_day < found["from_on"]:
            raise NotPossible("Can't end it: that is before the seat was taken.")
        if found["until_on"] and last_day > found["until_on"]:
            raise NotPossible(f"Can't end it: it ends on {found['until_on']:%-d %b %Y} already. Name the same person anew.")
        if came_at := _came_after(connection, member_id, last_day):
            raise NotPossible(
                f"Can't end it: she came to the meeting of {came_at.astimezone(EASTERN):%-d %b %Y}, whose record names her as a"
                " member (§ 17a-106a(j)). End it on that day or later."
            )
        if found["seat"] in OFFICES and (held_at := _held_after(connection, team_id, last_day)):
            raise NotPossible(
                f"Can't end it: the meeting of {held_at.astimezone(EASTERN):%-d %b %Y} was held meanwhile, and its record"
                " names who led it. End it on that day or later."
            )
        connection.execute(update(MEMBERS).where(hers).values(until_on=last_day))
        _log(connection, by, now, team_id, what="seat given up", seat=_plainly(found["seat"]))


def _held_after(connection: Connection, team_id: str, last_day: date) -> datetime | None:
    """The last meeting of the team after that day that was held; None if there is none."""
    held = (MEETINGS.c.team_id == team_id) & MEETINGS.c.state.in_(("open", "held", "recorded"))
    return connection.execute(
        select(func.max(MEETINGS.c.starts_at)).where(held, MEETINGS.c.starts_at >= after(last_day))
    ).scalar()


def _came_after(connection: Connection, member_id: str, last_day: date) -> datetime | None:
    """The last meeting after that day to which she came in that seat; None if there is none."""
    calls = (
        select(MEETINGS.c.starts_at, MEETING_ENTRIES.c.data)
        .join(MEETINGS, MEETINGS.c.id == MEETING_ENTRIES.c.meeting_id)
        .where(MEETING_ENTRIES.c.happening == Happening.CAME.value, MEETINGS.c.starts_at >= after(last_day))
    )
    return max((at for at, data in connection.execute(calls) if data["who"] == member_id), default=None)


def after(day: date) -> datetime:
    """The first instant after a Connecticut day."""
    return datetime.combine(day + timedelta(days=1), time.min, EASTERN)


def add_team(store: Store, district: str, form: NewTeam, *, by: Viewer, now: datetime, command: str) -> str:
    """One more team of a district; the towns are no longer served by the team that served them before. Its id."""
    if not access.leads(by, {"id": "", "judicial_district": district}):
        refusals.log(store, by, "add_team", now)
        raise NotAllowed("A team is added by those who lead the teams of the district.")
    team_id = ledger.short(f"team/{command}")
    _refuse_towns(form.towns, district)
    with store.write() as connection:
        if connection.execute(select(TEAMS.c.id).where(TEAMS.c.id == team_id)).first():
            return team_id
        same = func.lower(TEAMS.c.name) == form.name.lower()
        row = {"id": team_id, "name": form.name, "judicial_district": district}
        taken = connection.execute(select(TEAMS.c.id).where(same)).first()
        if taken or not connection.execute(insert_into(connection, TEAMS).values(row).on_conflict_do_nothing()).rowcount:
            raise NotPossible("There is a team of that name.")
        connection.execute(update(TEAM_TOWNS).where(TEAM_TOWNS.c.town.in_(form.towns)).values(team_id=team_id))
        _log(connection, by, now, team_id, what="team added", towns=len(form.towns))
    return team_id


def _refuse_towns(towns: Iterable[str], district: str) -> None:
    served = {town.name for town in geography.towns() if town.judicial_district == district}
    if other := sorted(set(towns) - served):
        raise NotPossible(f"Not towns of the judicial district of {district}: {', '.join(other[:5])}.")


def give_towns(store: Store, team_id: str, towns: tuple[str, ...], *, by: Viewer, now: datetime) -> int:
    """Let the team serve these towns of its district too; how many it did not serve before.

    Raises `NotAllowed` if a town is served by a team that she does not lead.
    """
    with _led(store, team_id, by, now) as connection:
        district = connection.execute(select(TEAMS.c.judicial_district).where(TEAMS.c.id == team_id)).scalar_one()
        _refuse_towns(towns, district)
        others = TEAM_TOWNS.c.town.in_(towns) & (TEAM_TOWNS.c.team_id != team_id)
        served = select(TEAMS).where(TEAMS.c.id.in_(select(TEAM_TOWNS.c.team_id).where(others)))
        if not all(_may_change(by, dict(one)) for one in connection.execute(served).mappings()):
            raise NotAllowed("Can't give the towns: another team serves them, and you do not lead it.")
        moved = connection.execute(update(TEAM_TOWNS).where(others).values(team_id=team_id)).rowcount
        if moved:
            _log(connection, by, now, team_id, what="towns given", towns=moved)
    return moved


def add_series(store: Store, team_id: str, form: NewSeries, *, by: Viewer, now: datetime, command: str) -> str:
    """A series by which the team meets; its id. Raises `NotPossible` for a bad rule or one that meets another series."""
    series_id = ledger.short(f"series/{command}")
    series = Series(form.rule, form.first, form.on_holiday)
    refuse_empty_series(series)
    with _led(store, team_id, by, now) as connection:
        if connection.execute(select(MEETING_SERIES.c.id).where(MEETING_SERIES.c.id == series_id)).first():
            return series_id
        begins = series_start(form.first) - timedelta(minutes=LONGEST)  # a meeting of another series may be going on then
        for other in series_of(connection, team_id):
            if at := clash(series, form.minutes, other[1], other[2], max(now, begins), FAR):
                raise NotPossible(f"Can't add the series: on {at:%-d %b %Y} the team would meet twice at once.")
        row = form.model_dump() | {"id": series_id, "team_id": team_id, "from_on": form.first.date(), "until_on": None}
        connection.execute(insert(MEETING_SERIES), row)
        _log(connection, by, now, team_id, what="series added")
    return series_id


def series_start(first: datetime) -> datetime:
    """The instant of a first meeting on the wall clock."""
    return first.replace(tzinfo=EASTERN)


def end_series(store: Store, team_id: str, series_id: str, last_day: date, *, by: Viewer, now: datetime) -> int:
    """The team meets by that series until that day; how many of its later meetings are set already.

    Those stay set, and are moved or cancelled one by one, as a case may wait there. Raises `NotFound` and `NotPossible`.
    """
    hers = (MEETING_SERIES.c.id == series_id) & (MEETING_SERIES.c.team_id == team_id)
    with _led(store, team_id, by, now) as connection:
        found = connection.execute(select(MEETING_SERIES).where(hers)).mappings().one_or_none()
        if found is None:
            raise NotFound("There is no such series of the team.")
        if found["until_on"] and last_day > found["until_on"]:
            raise NotPossible(f"Can't end it: it ends on {found['until_on']:%-d %b %Y} already. Add a series from then on.")
        coming = MEETINGS.c.starts_at >= max(now, after(last_day))
        later = select(MEETINGS.c.id).where(MEETINGS.c.series_id == series_id, MEETINGS.c.state == "set", coming)
        left = len(connection.execute(later).all())
        if found["until_on"] != last_day:
            connection.execute(update(MEETING_SERIES).where(hers).values(until_on=last_day))
            _log(connection, by, now, team_id, what="series ended", left=left)
    return left


def series_of(connection: Connection, team_id: str) -> list[tuple[str, Series, int, str]]:
    """The team's series: the id, when it meets, for how many minutes, and where."""
    rows = connection.execute(select(MEETING_SERIES).where(MEETING_SERIES.c.team_id == team_id).order_by(MEETING_SERIES.c.id))
    return [(r.id, Series(r.rule, r.first, r.on_holiday, r.until_on), r.minutes, r.place) for r in rows]


@contextmanager
def _led(store: Store, team_id: str, by: Viewer, now: datetime) -> Iterator[Connection]:
    """A transaction in which a team is changed by somebody who leads it. Raises `NotFound`, logged, for anybody else."""
    with store.read() as looking:
        found = looking.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings().one_or_none()
    if found is None or not _may_change(by, dict(found)):
        refusals.log(store, by, "change_team", now)
        raise NotFound(NO_SUCH_TEAM)
    with store.write() as connection:
        connection.execute(select(TEAMS.c.id).where(TEAMS.c.id == team_id).with_for_update())  # two never fill a seat at once
        yield connection


def _may_change(by: Viewer, team: dict[str, str]) -> bool:
    return by.role == Role.SYSTEM or access.leads(by, team)


def _log(connection: Connection, by: Viewer, now: datetime, team_id: str, **what: str | int) -> None:
    trace.append(connection, by.id, "team changed", now, detail={"team": team_id, **what})


def _plainly(seat: str) -> str:
    """A seat as the log takes it: without an apostrophe."""
    return seat.replace("'", "")
