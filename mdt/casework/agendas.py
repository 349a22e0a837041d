"""A meeting's agenda as it proposes itself, from the cases that wait on it; and, some days before, written down by the flow.

With the agenda the packets are ready, and each agency that works on a case is asked for its update.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select, true

from mdt import agenda, agenda_order
from mdt.access import SYSTEM
from mdt.acts import New
from mdt.agenda_order import Candidate, Proposal
from mdt.casework import convene, pages, teams
from mdt.casework.convened import Sheet, sheet
from mdt.circle import circle
from mdt.convening import Arrange, LinePlaced
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.policy import How
from mdt.records.tables import AGENDA_LINES, CASES, EVENT_COLUMNS, EVENTS, MEETINGS
from mdt.series import next_start, of_standard
from mdt.store import ledger, outbox
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.convening import Treatment
    from mdt.facts import Event, History
    from mdt.series import Series
    from mdt.store import Store
    from mdt.tasks import Task

DAY_BEFORE = timedelta(days=1)
# Who is asked for an update: an agency with an open step on the case, by whom the step waits for.
ASKED = frozenset({"DCF", "police", "advocate"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case on the agenda of a meeting: its row, its line, what happened, and what is open."""

    row: Mapping[str, Any]
    line: str
    state: str
    history: History
    tasks: Sequence[Task]
    meeting: str = ""


def on_agenda(
    connection: Connection, meeting_id: str, clause: ColumnElement[bool] | None = None, *,
    until: datetime | None = None, also: Sequence[str] = (),
) -> list[Waiting]:  # fmt: skip
    """Every case that stands on the agenda or stood on it, as far as the clause on `cases` lets it be seen, by case number.

    `until`: with what was recorded of it by then, and nothing later. `also`: cases of which no line is left.
    """
    here = (AGENDA_LINES.c.case_id == CASES.c.id) & (AGENDA_LINES.c.meeting == meeting_id)
    statement = (
        select(
            CASES, func.coalesce(AGENDA_LINES.c.line, "").label("line"), func.coalesce(AGENDA_LINES.c.state, "").label("state")
        )
        .join(AGENDA_LINES, here, isouter=bool(also))
        .where(true() if clause is None else clause, AGENDA_LINES.c.line.is_not(None) | CASES.c.id.in_(also))
        .order_by(CASES.c.number, AGENDA_LINES.c.state == "waiting", AGENDA_LINES.c.put_at, AGENDA_LINES.c.at)
    )
    # Of a case that was put off and put on again, the line that waits; of several that do not, the latest.
    rows = {row["id"]: dict(row) for row in connection.execute(statement).mappings()}
    events = _events(connection, list(rows))
    return [_waiting(row, meeting_id, live(e for e in events[i] if until is None or e.recorded_at <= until))
            for i, row in rows.items()]  # fmt: skip


def _waiting(row: Mapping[str, Any], meeting_id: str, history: History) -> Waiting:
    return Waiting(row, row["line"], row["state"], history, open_tasks(history), meeting_id)


def _events(connection: Connection, case_ids: Sequence[str]) -> dict[str, list[Event]]:
    asked = select(EVENTS.c.case_id, *EVENT_COLUMNS).where(EVENTS.c.case_id.in_(case_ids)).order_by(EVENTS.c.seq)
    found: dict[str, list[Event]] = {case_id: [] for case_id in case_ids}
    for case_id, *columns in connection.execute(asked):
        found[case_id].append(pages.event_from(tuple(columns)))
    return found


def proposal(page: Sheet, waiting: Sequence[Waiting], next_at: datetime | None, now: datetime) -> Proposal:
    """The agenda as it proposes itself from the cases that still wait."""
    return agenda_order.propose(candidates(page, waiting, now), page.course.minutes, next_meeting_at=next_at)


def candidates(page: Sheet, waiting: Sequence[Waiting], now: datetime) -> list[Candidate]:
    """Each case that waits, why, and who comes for it who is not there for the whole meeting."""
    sitting = {one.person for one in page.members} | {one.agency for one in page.members}
    return [
        Candidate(
            one.line, one.row["id"], one.row["number"], agenda.reasons(one.history, one.tasks, one.line, now),
            _needed(one, page) - sitting, agenda.heard_by(one.history, one.tasks),
        )
        for one in waiting
        if agenda.waits(one.history, one.line)
    ]  # fmt: skip


def _needed(one: Waiting, page: Sheet) -> frozenset[str]:
    """Persons and agencies engaged on the case, and guests invited for it."""
    drawn = circle(one.history, {}).drawn_in
    guests = {guest.id for guest in page.course.guests.values() if one.line in guest.lines}
    engaged = {who for who, how in drawn if how == How.ENGAGED}
    return frozenset({who for who, how in drawn if how == How.AGENCY} | engaged | guests)


def next_after(connection: Connection, page: Sheet) -> datetime | None:
    """When the team meets after this meeting: the next that is set, or the next of its series; None if neither is known."""
    at = page.course.starts_at
    later = select(MEETINGS.c.starts_at, MEETINGS.c.state).where(
        MEETINGS.c.team_id == page.team["id"], MEETINGS.c.starts_at > at, MEETINGS.c.state.in_(("set", "cancelled"))
    )
    states = connection.execute(later).tuples().all()
    gone = {start for start, state in states if state == "cancelled"}
    series = [series for _, series, _, _ in teams.series_of(connection, page.team["id"])] or [of_standard()]
    found = [start for start in (_next_in(one, at, gone) for one in series) if start]
    return min([*found, *(start for start, state in states if state == "set")], default=None)


def _next_in(series: Series, after: datetime, gone: set[datetime]) -> datetime | None:
    """The next start of the series that was not cancelled."""
    start = next_start(series, after)
    while start in gone:
        start = next_start(series, start)
    return start


def propose_due(store: Store, now: datetime) -> int:
    """Propose the agenda of each meeting that comes within the standard's days, or of which new cases wait; how many."""
    ahead = timedelta(days=load().standard("ask-for-updates").number or 0)
    coming = select(MEETINGS.c.id).where(MEETINGS.c.state == "set", MEETINGS.c.starts_at.between(now, now + ahead))
    with store.read() as connection:
        due = list(connection.execute(coming.order_by(MEETINGS.c.starts_at, MEETINGS.c.id)).scalars())
    return sum(propose(store, meeting_id, now) for meeting_id in due)


def propose(store: Store, meeting_id: str, now: datetime) -> bool:
    """Write the agenda down as it proposes itself, ready the packets and ask for updates; whether anything was to be done.

    What a person arranged stays as she arranged it; cases that came since stand after it.
    """
    with store.write() as connection:
        page = sheet(connection, meeting_id, lock=True)
        waiting = [one for one in on_agenda(connection, meeting_id) if one.state == "waiting"]
        known = {one.line for one in page.course.lines}
        new = [one for one in waiting if one.line not in known]
        if page.course.state != "set" or not new:
            return False
        lines = _placed(page, waiting, proposal(page, waiting, next_after(connection, page), now))
        command = ledger.short(f"agenda/{meeting_id}/{page.version}")
        form = Arrange(lines=lines)
        convene.convene_in(connection, meeting_id, "propose_agenda", form, by=SYSTEM, now=now, command=command)
        for one in sorted(new, key=lambda one: one.row["id"]):
            _make_ready(connection, page, one, now)
    return True


def _placed(page: Sheet, waiting: Sequence[Waiting], proposed: Proposal) -> list[LinePlaced]:
    waits = {one.line for one in waiting}
    kept = [LinePlaced(line=one.line, treatment=_as_written(one.treatment), minutes=one.minutes) for one in page.course.lines
            if one.line in waits]  # fmt: skip
    there = {one.line for one in kept}
    come = [LinePlaced(line=one.line, treatment=_as_written(one.treatment), minutes=one.minutes)
            for one in (*proposed.lines, *proposed.over) if one.line not in there]  # fmt: skip
    return [*kept, *come]


def _as_written(treatment: str) -> Treatment:
    return "short list" if treatment == agenda.Treatment.SHORT else "full discussion"


def _make_ready(connection: Connection, page: Sheet, one: Waiting, now: datetime) -> None:
    """The packet is ready, and each agency with an open step is asked for its update."""
    case = pages.open_page(connection, one.row["id"])
    history = live(case.events)
    tasks = open_tasks(history)
    ready = [New(Fact.PACKET_READY, t.about) for t in tasks if t.step == "ready-packet" and t.about == one.line]
    new = [*ready, *updates_to_ask(page, one.line, history, tasks, now)]
    if new:
        entry = pages.Entry("ask_for_update", SYSTEM.id, now, now, pages.new_id(f"{page.id}/{one.line}/ready", case.version))
        pages.write(connection, case, new, entry, tasks)
        outbox.put(connection, one.row["id"], now)


def updates_to_ask(page: Sheet, line: str, history: History, tasks: Sequence[Task], now: datetime) -> list[New]:
    """The updates to ask for: one of each agency that owes a step on the case and was not asked for this line yet."""
    asked = {t.owner for t in tasks if t.step == "give-update"}
    asked |= {e.data["owner"] for e in history if e.fact is Fact.UPDATE_ASKED_FOR and e.data.get("line") == line}
    owners = sorted({t.owner for t in tasks if t.owner in ASKED and t.step != "give-update"} - asked)
    by_day = max(local_date(page.course.starts_at - DAY_BEFORE), local_date(now)).isoformat()
    return [New(Fact.UPDATE_ASKED_FOR, None, {"owner": owner, "by_day": by_day, "line": line}) for owner in owners]
