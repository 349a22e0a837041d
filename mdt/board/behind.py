"""What is behind on a team's cases today: overdue duties, by agency, and cases that no meeting has reviewed for long."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from mdt.agenda_lines import WAITING
from mdt.board.served import before_team, histories
from mdt.board.sight import in_her_rooms
from mdt.facts import VICTIM, Fact
from mdt.law.period import EASTERN, local_date
from mdt.process import STEP
from mdt.records.tables import AGENDA_LINES, CASES, DUTY, MEETINGS, TASKS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from mdt.access import Viewer
    from mdt.facts import History
    from mdt.store import Store

WANTS_REVIEW = ("put-on-agenda", "hold-review", "review-again")  # steps that are open as long as a review is wanted
_BROUGHT = VICTIM | {Fact.REVIEW_ASKED_FOR, Fact.PUT_ON_AGENDA}


class Behind(NamedTuple):
    """An agency and its open steps: all, those overdue by law, those past the team's standard."""

    owner: str
    open: int
    overdue: int
    late: int


def overdue_by_agency(store: Store, viewer: Viewer, team: str | None, now: datetime) -> list[Behind]:
    """What waits on the team's cases, by whom it waits for; the most overdue first."""
    overdue = func.sum(case((_overdue(now), 1), else_=0))
    late = func.sum(case((TASKS.c.target_at < now, 1), else_=0))
    statement = (
        select(TASKS.c.owner, func.count(), overdue, late)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(before_team(viewer, team), in_her_rooms(viewer))
        .group_by(TASKS.c.owner)
    )
    with store.read(viewer.id) as connection:
        found = [Behind(row[0], row[1], int(row[2]), int(row[3])) for row in connection.execute(statement)]
    return sorted(found, key=lambda one: (-one.overdue, -one.late, one.owner))


class Late(NamedTuple):
    """A duty of the team's cases whose last instant has passed."""

    case_id: str
    number: str
    title: str
    owner: str
    due_at: datetime


def overdue(store: Store, viewer: Viewer, team: str | None, now: datetime, *, first: int = 0, most: int = 50) -> list[Late]:
    """The overdue duties on the team's cases, the oldest first."""
    statement = (
        select(TASKS.c.case_id, CASES.c.number, TASKS.c.step, TASKS.c.owner, TASKS.c.due_at)
        .join(CASES, CASES.c.id == TASKS.c.case_id)
        .where(_overdue(now), before_team(viewer, team), in_her_rooms(viewer))
        .order_by(TASKS.c.due_at, TASKS.c.opened_at, TASKS.c.case_id, TASKS.c.step, TASKS.c.about)
        .offset(first)
        .limit(most)
    )
    with store.read(viewer.id) as connection:
        return [Late(r.case_id, r.number, STEP[r.step].title, r.owner, r.due_at) for r in connection.execute(statement)]


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(DUTY, TASKS.c.due_at < now)


class Unreviewed(NamedTuple):
    """A case that wants a review and has had none for so many days: since the last, or, if there was none, since `since`.

    `meeting_at`: the meeting on whose agenda it stands, if it stands on one.
    """

    case_id: str
    number: str
    since: date
    was_reviewed: bool
    days: int
    meeting_at: datetime | None


def not_reviewed(store: Store, viewer: Viewer, team: str | None, days: int, now: datetime) -> list[Unreviewed]:
    """The cases before the team that no meeting has reviewed for so many Connecticut days, the longest first.

    Of a case that was never reviewed the days run from its determination as a victim, or else from what brought it before
    the team. A case whose review was concluded wants none.
    """
    wants = select(TASKS.c.case_id).where(TASKS.c.case_id == CASES.c.id, TASKS.c.step.in_(WANTS_REVIEW)).exists()
    until = datetime.combine(local_date(now) - timedelta(days=days - 1), time(), EASTERN)
    clause = and_(before_team(viewer, team), wants, or_(CASES.c.reviewed_at < until, CASES.c.reviewed_at.is_(None)))
    statement = select(CASES.c.id, CASES.c.number, CASES.c.reviewed_at, _agenda_of().label("meeting_at")).where(clause)
    never = select(CASES.c.id).where(clause, CASES.c.reviewed_at.is_(None))
    with store.read(viewer.id) as connection:
        rows = connection.execute(statement).all()
        brought = {case_id: _brought(history) for case_id, history in histories(connection, never, _BROUGHT).items()}
    found = [
        Unreviewed(r.id, r.number, since, r.reviewed_at is not None, (local_date(now) - since).days, r.meeting_at)
        for r in rows
        if (since := local_date(r.reviewed_at) if r.reviewed_at else brought.get(r.id)) is not None
    ]
    return sorted((one for one in found if one.days >= days), key=lambda one: (-one.days, one.number))


def _agenda_of() -> ColumnElement[datetime]:
    """When the meeting is on whose agenda a case waits."""
    on = AGENDA_LINES.join(MEETINGS, MEETINGS.c.id == AGENDA_LINES.c.meeting)
    waits = and_(AGENDA_LINES.c.case_id == CASES.c.id, AGENDA_LINES.c.state == WAITING)
    return select(func.min(MEETINGS.c.starts_at)).select_from(on).where(waits).correlate(CASES).scalar_subquery()


def _brought(history: History) -> date | None:
    happened = [e for e in history if e.fact in VICTIM] or [e for e in history if e.fact in _BROUGHT]
    return local_date(happened[0].happened_at) if happened else None
