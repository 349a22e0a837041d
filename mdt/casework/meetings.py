"""Teams and their meetings. A team that has set no date of its own meets by the standard's series."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from mdt import geography, review
from mdt.access import SYSTEM
from mdt.casework import convene, teams
from mdt.convening import SetMeeting
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.records.tables import AGENDA_LINES, CASES, MEETINGS, TEAM_TOWNS, TEAMS
from mdt.series import next_start
from mdt.store.engine import one_at_a_time
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.facts import History
    from mdt.series import Series
    from mdt.store import Store

MAKING_MEETINGS = 17111  # the number of our advisory lock, beside those of `mdt.store.engine`
JUST_BEFORE, FAR = timedelta(microseconds=1), timedelta(days=400)


class NextMeeting(NamedTuple):
    """The meeting onto whose agenda a case goes, and when it starts."""

    id: str
    starts_at: datetime
    minutes: int = 120
    place: str = ""
    series: str | None = None


def next_of(connection: Connection, team: str, now: datetime, *, later_than: datetime | None = None) -> NextMeeting:
    """The team's next meeting far enough ahead for its members to be told: one that is set, or its series' own, made now.

    A team that has set no series meets by the standard's. What was cancelled is passed over, and, of a case that was deferred,
    everything up to the meeting that it was deferred from (`later_than`).
    """
    asked = max(now, later_than + JUST_BEFORE - review.notice()) if later_than else now
    earliest, series = asked + review.notice(), teams.series_of(connection, team)
    coming = [found for one in series if (found := _next_in(connection, team, one, earliest))]
    if not series:
        coming.append(_by_the_standard(connection, team, asked))
    soonest = min(coming, key=lambda one: one.starts_at, default=None)
    # what was set within the hours of a series' own meeting takes its place
    latest = soonest.starts_at + timedelta(minutes=soonest.minutes) - JUST_BEFORE if soonest else asked + FAR
    set_before = select(MEETINGS.c.id, MEETINGS.c.starts_at).where(
        MEETINGS.c.team_id == team, MEETINGS.c.state == "set", MEETINGS.c.starts_at.between(earliest, latest)
    )
    there = connection.execute(set_before.order_by(MEETINGS.c.starts_at).limit(1)).first()
    if there:
        return NextMeeting(there.id, there.starts_at)
    if soonest is None:
        message = "The team has ended its series and has set no meeting; set one, or begin a series."
        raise NotPossible(message)
    return _made(connection, team, soonest, now)


def deferred_from(connection: Connection, history: History) -> datetime | None:
    """The start of the last meeting that the case was deferred from, unless that was moved; None if there is none."""
    deferred = {e.about for e in history if e.fact is Fact.REVIEW_DEFERRED and e.data.get("because") != "meeting moved"}
    ids = [e.data.get("meeting") for e in history if e.fact is Fact.PUT_ON_AGENDA and e.about in deferred]
    if not ids:
        return None
    return connection.execute(select(func.max(MEETINGS.c.starts_at)).where(MEETINGS.c.id.in_(ids))).scalar()


def _next_in(connection: Connection, team: str, of: tuple[str, Series, int, str], after: datetime) -> NextMeeting | None:
    """The first meeting of a series that was neither cancelled nor moved."""
    series_id, series, minutes, place = of
    at = next_start(series, after - JUST_BEFORE)
    while at is not None and _is_gone(connection, team, at):
        at = next_start(series, at)
    return NextMeeting(_id_of(team, at), at, minutes, place, series_id) if at else None


def _by_the_standard(connection: Connection, team: str, now: datetime) -> NextMeeting:
    at = review.next_meeting_at(now)
    while _is_gone(connection, team, at):
        at = review.next_meeting_at(at + JUST_BEFORE)
    return NextMeeting(_id_of(team, at), at)


def _is_gone(connection: Connection, team: str, at: datetime) -> bool:
    """Whether the meeting of that time was cancelled, or moved to another: then it is found as any that is set."""
    made = select(MEETINGS.c.starts_at, MEETINGS.c.state).where(MEETINGS.c.id == _id_of(team, at))
    found = connection.execute(made).one_or_none()
    return found is not None and (found.state != "set" or found.starts_at != at)


def _id_of(team: str, at: datetime) -> str:
    return _id(f"{team}/{at.isoformat()}")


def _made(connection: Connection, team: str, of: NextMeeting, now: datetime) -> NextMeeting:
    """The meeting, made now unless another has made it meanwhile."""
    one_at_a_time(connection, MAKING_MEETINGS)
    if connection.execute(select(MEETINGS.c.id).where(MEETINGS.c.id == of.id)).first() is None:
        form = SetMeeting(starts_at=of.starts_at, minutes=of.minutes, place=of.place, special=False)
        convene.begin(connection, of.id, team, form, by=SYSTEM, now=now, command=of.id, series_id=of.series)
    return of


def refuse_foreign_meeting(connection: Connection, case_id: str, form: Form) -> None:
    """Raise `NotPossible` if a line is to stand on the agenda of no meeting of the case's team, or under another date."""
    if not isinstance(form, review.PutOnAgenda):
        return
    found = connection.execute(
        select(MEETINGS.c.starts_at, MEETINGS.c.state)
        .join(CASES, CASES.c.team == MEETINGS.c.team_id)
        .where(CASES.c.id == case_id, MEETINGS.c.id == form.meeting)
        .with_for_update(read=True, of=MEETINGS)  # nobody cancels or ends it meanwhile
    ).one_or_none()
    if found is None:
        message = "Can't put the case on an agenda: that is no meeting of the case's team."
        raise NotPossible(message)
    starts_at, state = found
    if state in ("cancelled", "held", "recorded"):
        message = f"Can't put the case on an agenda: that meeting was {state}."
        raise NotPossible(message)
    if local_date(starts_at) != form.on:
        message = f"Can't put the case on an agenda: that meeting is on {local_date(starts_at):%-d %b %Y}."
        raise NotPossible(message)
    waits = select(AGENDA_LINES.c.line).where(AGENDA_LINES.c.case_id == case_id, AGENDA_LINES.c.state == "waiting")
    if connection.execute(waits).first():
        message = "Can't put the case on an agenda: it stands on one already; defer it there first."
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
