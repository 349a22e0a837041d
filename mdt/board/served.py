"""Of which team, or all that a viewer serves, and of which time: what every figure of the month and the year begins with."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, and_, false, or_, select, true

from mdt.access import serves_all
from mdt.board.sight import positions
from mdt.casework.pages import event_from
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import EASTERN
from mdt.policy import TEAM
from mdt.records.tables import CASES, EVENT_COLUMNS, EVENTS, MEETINGS, TEAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from mdt.access import Viewer
    from mdt.facts import Event, History
    from mdt.store import Store

# What unsays or re-dates what is asked for here (`mdt.history.live`): nothing of it was recorded with the report itself.
_CORRECTS = (Fact.FACT_RETRACTED, Fact.FACT_REDATED, Fact.REPORT_FOUND_INVALID)


class Span(NamedTuple):
    """A team, or None for all that the viewer serves, and the first and the last day of a time, both included."""

    team: str | None
    first: date
    last: date


def month(team: str | None, year: int, number: int) -> Span:
    """A month of a team."""
    return Span(team, date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def year(team: str | None, number: int) -> Span:
    """A calendar year of a team."""
    return Span(team, date(number, 1, 1), date(number, 12, 31))


class Team(NamedTuple):
    """A team that the viewer serves."""

    id: str
    name: str


def teams(store: Store, viewer: Viewer) -> list[Team]:
    """The teams that the viewer serves, by name."""
    with store.read(viewer.id) as connection:
        found = connection.execute(select(TEAMS.c.id, TEAMS.c.name).where(serves(viewer)).order_by(TEAMS.c.name))
        return [Team(*row) for row in found]


def serves(viewer: Viewer) -> ColumnElement[bool]:
    """`access.serves` as a clause."""
    if viewer.role not in TEAM:
        return false()
    if serves_all(viewer):
        return TEAMS.c.id == TEAMS.c.id
    return or_(TEAMS.c.judicial_district.in_(sorted(viewer.districts)), TEAMS.c.id.in_(sorted(viewer.teams)))


def of_team(viewer: Viewer, team: str | None) -> Select[tuple[str]]:
    """The ids of the team, or of all, that the viewer serves; of a team that she does not serve, none."""
    hers = select(TEAMS.c.id).where(serves(viewer), TEAMS.c.id == team if team else true())
    return hers.correlate(None)


def before_team(viewer: Viewer, team: str | None) -> ColumnElement[bool]:
    """The clause of the cases before the team that are the viewer's to see."""
    return and_(positions(viewer), CASES.c.before_team.is_(True), CASES.c.team.in_(of_team(viewer, team)))


def sits_in(viewer: Viewer, span: Span) -> ColumnElement[bool]:
    """The clause of the team's meetings in that time."""
    starts = datetime.combine(span.first, time(), EASTERN)
    ends = datetime.combine(span.last + timedelta(days=1), time(), EASTERN)
    return and_(MEETINGS.c.team_id.in_(of_team(viewer, span.team)), MEETINGS.c.starts_at >= starts, MEETINGS.c.starts_at < ends)


def histories(connection: Connection, of: Select[Any], facts: Iterable[Fact]) -> dict[str, History]:
    """The events of these facts, and of no others, that stand, by case."""
    wanted = EVENTS.c.fact.in_(sorted({*facts, *_CORRECTS}))
    events: dict[str, list[Event]] = defaultdict(list)
    for row in connection.execute(select(*EVENT_COLUMNS, EVENTS.c.case_id).where(EVENTS.c.case_id.in_(of), wanted)):
        events[row[-1]].append(event_from(tuple(row[:-1])))
    return {case_id: live(happened) for case_id, happened in events.items()}
