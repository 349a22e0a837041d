"""Teams and their meetings. A team that has set no date of its own meets by the standard's series."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from mdt import geography, review
from mdt.errors import NotPossible
from mdt.law.period import local_date
from mdt.records.tables import CASES, MEETINGS, TEAM_TOWNS, TEAMS
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.store import Store


class NextMeeting(NamedTuple):
    """The meeting onto whose agenda a case goes, and when it starts."""

    id: str
    starts_at: datetime


def next_of(connection: Connection, team: str, now: datetime) -> NextMeeting:
    """The team's next meeting far enough ahead for its members to be told: one that is set, or the series' own, made now."""
    earliest, in_series = now + review.notice(), review.next_meeting_at(now)
    found = connection.execute(
        select(MEETINGS.c.id, MEETINGS.c.starts_at)
        .where(MEETINGS.c.team_id == team, MEETINGS.c.starts_at.between(earliest, in_series))
        .order_by(MEETINGS.c.starts_at)
        .limit(1)
    ).first()
    return NextMeeting(found.id, found.starts_at) if found else _make(connection, team, in_series)


def _make(connection: Connection, team: str, starts_at: datetime) -> NextMeeting:
    made = NextMeeting(_id(f"{team}/{starts_at.isoformat()}"), starts_at)
    row = {"id": made.id, "team_id": team, "starts_at": starts_at, "place": ""}
    connection.execute(insert_into(connection, MEETINGS).on_conflict_do_nothing(), row)
    return made


def refuse_foreign_meeting(connection: Connection, case_id: str, form: Form) -> None:
    """Raise `NotPossible` if a line is to stand on the agenda of no meeting of the case's team, or under another date."""
    if not isinstance(form, review.PutOnAgenda):
        return
    starts_at = connection.execute(
        select(MEETINGS.c.starts_at)
        .join(CASES, CASES.c.team == MEETINGS.c.team_id)
        .where(CASES.c.id == case_id, MEETINGS.c.id == form.meeting)
    ).scalar_one_or_none()
    if starts_at is None:
        message = "Can't put the case on an agenda: that is no meeting of the case's team."
        raise NotPossible(message)
    if local_date(starts_at) != form.on:
        message = f"Can't put the case on an agenda: that meeting is on {local_date(starts_at):%-d %b %Y}."
        raise NotPossible(message)


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
