"""Teams and their meetings. A team that has set no date of its own meets by the standard's series."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from mdt import geography, review
from mdt.law.rulebook import load
from mdt.records.tables import MEETINGS, TEAM_TOWNS, TEAMS
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.store import Store


class Sitting(NamedTuple):
    """A meeting and when it starts."""

    id: str
    starts_at: datetime


def next_of(connection: Connection, team: str, now: datetime) -> Sitting:
    """The team's next meeting far enough ahead for its members to be told: one that is set, or the series' own, made now."""
    earliest = now + timedelta(days=review.NOTICE_DAYS)
    in_series = review.next_meeting_at(now, load().standard("meeting-series").number or 1)
    found = connection.execute(
        select(MEETINGS.c.id, MEETINGS.c.starts_at)
        .where(MEETINGS.c.team_id == team, MEETINGS.c.starts_at.between(earliest, in_series))
        .order_by(MEETINGS.c.starts_at)
        .limit(1)
    ).first()
    return Sitting(found.id, found.starts_at) if found else _make(connection, team, in_series)


def _make(connection: Connection, team: str, starts_at: datetime) -> Sitting:
    made = Sitting(_id(f"{team}/{starts_at.isoformat()}"), starts_at)
    row = {"id": made.id, "team_id": team, "starts_at": starts_at, "place": ""}
    connection.execute(insert_into(connection, MEETINGS).on_conflict_do_nothing(), row)
    return made


def establish_teams(store: Store) -> int:
    """One team a judicial district, serving its towns, where there is none yet; how many were made.

    Teams are more than districts (§ 17a-106a(b) allows it): a team office may split a district's towns later.
    """
    with store.write() as connection:
        have = set(connection.execute(select(TEAMS.c.judicial_district)).scalars())
        new = [d for d in geography.districts() if d not in have]
        if new:
            teams = [{"id": _id(d), "name": f"{d} team", "judicial_district": d} for d in new]
            towns = [
                {"town": t.name, "team_id": _id(t.judicial_district)} for t in geography.towns() if t.judicial_district in new
            ]
            connection.execute(insert_into(connection, TEAMS).on_conflict_do_nothing(), teams)
            connection.execute(insert_into(connection, TEAM_TOWNS).on_conflict_do_nothing(), towns)
    return len(new)


def _id(text: str) -> str:
    return hashlib.sha256(f"team/{text}".encode()).hexdigest()[:32]
