"""The month and the year of a team's meetings: how many cases each heard, who came, how long a case waited, what came of it.

What is counted over a time is counted by its meetings: reviews held and decisions made at the meetings of that month or year.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, select

from mdt import figures
from mdt.agenda_lines import CONCLUDED, DEFERRED, HELD
from mdt.board.served import histories, of_team, sits_in
from mdt.board.sight import positions
from mdt.facts import VICTIM, Fact
from mdt.figures import ANSWERS
from mdt.law.period import local_date
from mdt.meeting import Happening
from mdt.records.tables import AGENDA_LINES, CASES, MEETING_ENTRIES, MEETINGS, MEMBERS, TEAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Select

    from mdt.access import Viewer
    from mdt.board.served import Span
    from mdt.facts import Event, History
    from mdt.figures import Attendance
    from mdt.store import Store

H = Happening
WAS_HELD = ("held", "recorded")


@dataclass(frozen=True, slots=True)
class Sat:
    """A meeting and its cases: heard, deferred, or no longer wanted as their review had been concluded.

    `minutes` from its opening to its adjournment; None where it was not opened and adjourned here.
    """

    id: str
    team: str
    starts_at: datetime
    special: bool
    state: str
    minutes: int | None
    heard: int = 0
    deferred: int = 0
    fell_away: int = 0


def cases_per_meeting(store: Store, viewer: Viewer, span: Span) -> list[Sat]:
    """The meetings of that time that were held, or at which a case was heard; the first first. Her own cases alone count."""
    sits = sits_in(viewer, span)
    sat = select(MEETINGS, TEAMS.c.name).join(TEAMS, TEAMS.c.id == MEETINGS.c.team_id).where(sits)
    lines = _lines(viewer, span, AGENDA_LINES.c.meeting, AGENDA_LINES.c.state, func.count())
    with store.read(viewer.id) as connection:
        rows = connection.execute(sat.order_by(MEETINGS.c.starts_at, TEAMS.c.name)).mappings().all()
        grouped = connection.execute(lines.group_by(AGENDA_LINES.c.meeting, AGENDA_LINES.c.state))
        count = defaultdict(int, {(row[0], row[1]): row[2] for row in grouped})
        lasted = _lasted(connection, sits)
    return [
        Sat(
            r["id"], r["name"], r["starts_at"], r["special"], r["state"], lasted.get(r["id"]),
            *(count[r["id"], state] for state in (HELD, DEFERRED, CONCLUDED)),
        )
        for r in rows
        if r["state"] in WAS_HELD or count[r["id"], HELD]
    ]  # fmt: skip


def _lines(viewer: Viewer, span: Span, *columns: ColumnElement[Any]) -> Select[Any]:
    """What stood on the agendas of that time, of the cases that are hers to see."""
    on = AGENDA_LINES.join(MEETINGS, MEETINGS.c.id == AGENDA_LINES.c.meeting).join(CASES, CASES.c.id == AGENDA_LINES.c.case_id)
    return select(*columns).select_from(on).where(sits_in(viewer, span), positions(viewer)).correlate(None)


def _lasted(connection: Connection, sits: ColumnElement[bool]) -> dict[str, int]:
    """How many minutes each meeting lasted that was opened and adjourned."""
    at: dict[str, dict[str, datetime]] = defaultdict(dict)
    for meeting, happening, _, when in _entries(connection, sits, (H.OPENED, H.ADJOURNED)):
        at[meeting][happening] = when
    both = {meeting: (when.get(H.OPENED), when.get(H.ADJOURNED)) for meeting, when in at.items()}
    return {m: round((ended - opened).total_seconds() / 60) for m, (opened, ended) in both.items() if opened and ended}


def _entries(
    connection: Connection, which: ColumnElement[bool], happenings: Iterable[Happening]
) -> Iterator[tuple[str, str, str, datetime]]:
    """Meeting, happening, whom it is about and when, in order."""
    columns = (MEETING_ENTRIES.c.meeting_id, MEETING_ENTRIES.c.happening, MEETING_ENTRIES.c.data, MEETING_ENTRIES.c.at)
    statement = (
        select(*columns)
        .join(MEETINGS, MEETINGS.c.id == MEETING_ENTRIES.c.meeting_id)
        .where(which, MEETING_ENTRIES.c.happening.in_(list(happenings)))
        .order_by(MEETING_ENTRIES.c.meeting_id, MEETING_ENTRIES.c.n)
    )
    return ((meeting, happening, data.get("who", ""), at) for meeting, happening, data, at in connection.execute(statement))


def attendance(store: Store, viewer: Viewer, span: Span) -> tuple[Attendance, ...]:
    """Each seat: at how many of the meetings held in that time somebody of it answered the roll."""
    held = and_(sits_in(viewer, span), MEETINGS.c.state.in_(WAS_HELD))
    with store.read(viewer.id) as connection:
        sat = connection.execute(select(MEETINGS.c.id).where(held)).scalars()
        came: dict[str, set[str]] = {meeting: set() for meeting in sat}
        for meeting, happening, who, _ in _entries(connection, held, (H.CAME, H.STAYED_AWAY)):
            (came[meeting].add if happening == H.CAME else came[meeting].discard)(who)
        of = select(MEMBERS.c.id, MEMBERS.c.seat).where(MEMBERS.c.team_id.in_(of_team(viewer, span.team)))
        seat_of = {row.id: row.seat for row in connection.execute(of)}
    return figures.attendance([{seat_of.get(who, "") for who in there} for there in came.values()])


class FirstReview(NamedTuple):
    """A case that was reviewed for the first time, and how many days after its determination as a victim's."""

    case_id: str
    number: str
    determined_on: date
    reviewed_on: date
    days: int


def days_to_first_review(store: Store, viewer: Viewer, span: Span) -> list[FirstReview]:
    """The cases first reviewed at a meeting of that time, the longest wait first.

    In Connecticut days from the first determination that the child is, or is believed to be, a victim. A case that was
    reviewed before any such determination, or without one, did not wait for its review and is not among them.
    """
    held = AGENDA_LINES.c.state == HELD
    heard = _lines(viewer, span, AGENDA_LINES.c.case_id).where(held)
    every = (
        select(CASES.c.id, CASES.c.number, AGENDA_LINES.c.at, sits_in(viewer, span).label("counts"))
        .join(AGENDA_LINES, AGENDA_LINES.c.case_id == CASES.c.id)
        .join(MEETINGS, MEETINGS.c.id == AGENDA_LINES.c.meeting)
        .where(held, CASES.c.id.in_(heard))
        .order_by(CASES.c.id, AGENDA_LINES.c.at, MEETINGS.c.starts_at)
    )
    with store.read(viewer.id) as connection:
        firsts = [next(lines) for _, lines in groupby(connection.execute(every), key=lambda row: row.id)]
        determined = {case_id: _determined(history) for case_id, history in histories(connection, heard, VICTIM).items()}
    found = [
        FirstReview(r.id, r.number, local_date(at), local_date(r.at), (local_date(r.at) - local_date(at)).days)
        for r in firsts
        if r.counts and (at := determined.get(r.id)) is not None and at <= r.at
    ]
    return sorted(found, key=lambda one: (-one.days, one.number))


def _determined(history: History) -> datetime | None:
    return next((e.happened_at for e in history if e.fact in VICTIM), None)


class Decided(NamedTuple):
    """A decision of the team, without its words: whose it is to carry out, by when, and what became of it."""

    case_id: str
    number: str
    owner: str
    made_on: date
    due_on: date
    outcome: str


def decisions(store: Store, viewer: Viewer, span: Span, at: datetime) -> list[Decided]:
    """The decisions made on what was heard at the meetings of that time, as they stood on a day; the first due first."""
    lines = _lines(viewer, span, AGENDA_LINES.c.line, AGENDA_LINES.c.case_id, CASES.c.number)
    facts = {Fact.DECISION_MADE, *ANSWERS}
    with store.read(viewer.id) as connection:
        number = {(row.case_id, row.line): row.number for row in connection.execute(lines)}
        decided = histories(connection, _lines(viewer, span, AGENDA_LINES.c.case_id), facts)
    found = [
        Decided(case_id, number[case_id, line], e.data["owner"], local_date(e.happened_at), due, outcome)
        for case_id, history in decided.items()
        for e, due, outcome in _answered(history, local_date(at))
        if (case_id, line := e.data.get("line", "")) in number
    ]
    return sorted(found, key=lambda one: (one.due_on, one.number, one.owner))


def _answered(history: History, today: date) -> Iterator[tuple[Event, date, str]]:
    """Each decision of a case, by when it is to be carried out, and what had become of it by the end of that day."""
    until = [e for e in history if local_date(e.happened_at) <= today]
    answers = {e.about: e.fact for e in until if e.fact in ANSWERS}
    for e in until:
        if e.fact is Fact.DECISION_MADE:
            due = date.fromisoformat(e.data["due_on"])
            yield e, due, figures.outcome(answers.get(e.about), due, today)
