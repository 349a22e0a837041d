"""What the flows do for a case: place it, put it on an agenda, propose its needs, open its compensation track, tell people.

Each function takes case ids, does for each what its open steps ask of this system, and nothing twice: a step that is no
longer open is passed over. They return how many cases they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, func, select

from mdt import compensation, geography, review, screening, services
from mdt.access import SYSTEM
from mdt.acts import New
from mdt.casework import child, meetings, notices, pages, second_look, stand_ins
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.process import STEPS, Room
from mdt.records.tables import CASES, NARRATIVES, TASKS, TEAM_TOWNS
from mdt.store import keys, sealed
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.facts import Event, History
    from mdt.store import Store
    from mdt.tasks import Task

AT_ONCE = 100  # cases a transaction: a killed run loses none that was told to be done
Decide = Callable[["Connection", str, "History", Sequence["Task"], "datetime"], list[New]]


def screen(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Place each case with its area office and team by the child's town, and tell DCF what the report asks of it.

    Where no report tells of a town of ours, the step stays open for a person. Screen-outs of one child on several cases count
    together.
    """
    return _each(store, case_ids, now, "place_case", _placement) + second_look.look_again_across(store, case_ids, now)


def prepare_review(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Put each case that waits for one on the agenda of its team's next meeting, and tell the members.

    Whoever carries out a decision, or is asked for an update, is told of it too.
    """
    put = _each(store, case_ids, now, "put_on_agenda", _agenda)
    return put + _each(store, case_ids, now, "tell_members", _members)


def propose_services(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Propose the needs which the facts suggest; the advocate lists them."""
    return _each(store, case_ids, now, "propose_needs", _needs)


def open_compensation(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Open the compensation track of each victim, and note a time limit that has run out."""
    return _each(store, case_ids, now, "follow_compensation", _compensation)


# The open steps that each step flow answers.
ANSWERS: dict[str, tuple[str, ...]] = {
    "likeness": ("place-case",),  # every report opens it, and who the child may be is looked at before it is done
    "screening": ("place-case",),
    "case_review": ("put-on-agenda", "tell-members"),
    "service_referral": ("propose-needs",),
    "compensation": ("open-compensation",),
}


AT_THE_DOOR = tuple(step.key for step in STEPS if step.room in (Room.REPORT, Room.SCREENING))


def waiting_for(store: Store, flow: str, case_ids: Sequence[str], now: datetime) -> list[str]:
    """Which of these cases the step flow of that name has something to do for, in the order given.

    The screening flow also tells of newly opened duties, finds the team of a case that a person placed and counts the
    screen-outs of a child with several cases; the compensation flow also tells of a right that ran out. Who the child may be is
    looked at too where a person was quicker to place the case: the flows have then told of no duty of the report yet.
    """
    tasks = TASKS
    wants: ColumnElement[bool] = tasks.c.step.in_(ANSWERS[flow])
    if flow == "likeness":
        wants |= tasks.c.step.in_(AT_THE_DOOR) & tasks.c.due_at.is_not(None) & ~exists().where(notices.is_told(tasks))
    if flow == "screening":
        wants |= tasks.c.due_at.is_not(None) & ~exists().where(notices.is_told(tasks))
        wants |= exists().where(CASES.c.id == tasks.c.case_id, CASES.c.district.is_not(None), CASES.c.team.is_(None))
    if flow == "case_review":
        wants |= notices.untold(tasks)
    if flow == "compensation":
        wants |= tasks.c.step.in_(compensation.TO_APPLY) & (func.coalesce(tasks.c.rolled_at, tasks.c.due_at) < now)
    found: set[str] = set()
    with store.read() as connection:
        for start in range(0, len(case_ids), AT_ONCE):
            some = case_ids[start : start + AT_ONCE]
            waiting = select(tasks.c.case_id).where(tasks.c.case_id.in_(some), wants).distinct()
            found |= set(connection.execute(waiting).scalars())
            if flow == "screening":
                found |= second_look.with_other_cases(connection, some)
    return [case_id for case_id in case_ids if case_id in found]


def _each(store: Store, case_ids: Sequence[str], now: datetime, act: str, decide: Decide) -> int:
    changed = 0
    in_order = sorted(case_ids)  # two runs over the same cases lock them in the same order
    for start in range(0, len(in_order), AT_ONCE):
        with store.write() as connection:
            changed += sum(_one(connection, case_id, now, act, decide) for case_id in in_order[start : start + AT_ONCE])
    return changed


def _one(connection: Connection, case_id: str, now: datetime, act: str, decide: Decide) -> bool:
    page = pages.open_page(connection, case_id)
    history = live(page.events)
    tasks = open_tasks(history)
    new = decide(connection, case_id, history, tasks, now)
    if new:
        entry = pages.Entry(act, SYSTEM.id, now, now, pages.new_id(f"{case_id}/{act}", page.version))
        _, tasks = pages.write(connection, page, new, entry, tasks)
    notices.tell_of(connection, case_id, tasks, now)
    return bool(new)


def _is_open(step: str, tasks: Sequence[Task]) -> bool:
    return any(t.step == step for t in tasks)


def _placement(connection: Connection, case_id: str, history: History, tasks: Sequence[Task], _now: datetime) -> list[New]:
    last = next((e for e in reversed(history) if e.fact is Fact.CASE_PLACED and "district" in e.data), None)
    is_open = _is_open("place-case", tasks)
    if last is None:
        return _placed_as_told(connection, case_id, history) if is_open else []
    found = [] if "team" in last.data else _team_found(connection, case_id, last)
    # Another report leaves a case where it is.
    return found or ([New(Fact.CASE_PLACED, "", last.data)] if is_open else [])


def _placed_as_told(connection: Connection, case_id: str, history: History) -> list[New]:
    found = _town_told(connection, case_id, history)
    return [screening.placed(found[0], _team_of(connection, found[0]), found[1])] if found else []


def _town_told(connection: Connection, case_id: str, history: History) -> tuple[geography.Town, screening.PlacedBy] | None:
    """§ 17a-101g(a): the town of the child's residence, else that where it occurred, if it is one of ours."""
    told = child.as_told(connection, case_id, history)
    if town := geography.find(told.child["town"]):
        return town, "residence"
    towns = (geography.find(report.get("incident_town", "")) for report in reversed(told.reports))
    return next(((town, "occurrence") for town in towns if town), None)


def _team_of(connection: Connection, town: geography.Town) -> str | None:
    return connection.execute(select(TEAM_TOWNS.c.team_id).where(TEAM_TOWNS.c.town == town.name)).scalar_one_or_none()


def _team_found(connection: Connection, case_id: str, last: Event) -> list[New]:
    """The team of a case that a person placed, by the town kept beside the fact."""
    words = select(NARRATIVES).where(NARRATIVES.c.event_id == last.id, NARRATIVES.c.field == "town")
    said = connection.execute(words).mappings().one_or_none()
    key = keys.of(connection).case(connection, case_id)
    town = geography.find(sealed.unseal_words(key, said)) if said else None
    team = _team_of(connection, town) if town else None
    return [New(Fact.CASE_PLACED, "", last.data | {"team": team})] if team else []


def _agenda(connection: Connection, _case_id: str, history: History, tasks: Sequence[Task], now: datetime) -> list[New]:
    team = next((e.data.get("team") for e in reversed(history) if e.fact is Fact.CASE_PLACED), None)
    if team is None or not _is_open("put-on-agenda", tasks):
        return []
    meeting = meetings.next_of(connection, team, now, later_than=meetings.deferred_from(connection, history))
    return [review.agenda_line(meeting.id, local_date(meeting.starts_at))]


def _members(connection: Connection, case_id: str, _history: History, tasks: Sequence[Task], now: datetime) -> list[New]:
    notices.tell_of_decisions(connection, case_id, tasks, now)
    lines = [t.about for t in tasks if t.step == "tell-members"]
    for line in lines:
        notices.tell_team(connection, case_id, line, now)
    if lines:
        stand_ins.ask_on_the_agenda(connection, case_id, now)
    return [New(Fact.MEMBERS_TOLD, line) for line in lines]


def _needs(_connection: Connection, _case_id: str, history: History, tasks: Sequence[Task], _now: datetime) -> list[New]:
    return [services.needs_proposed(history)] if _is_open("propose-needs", tasks) else []


def _compensation(_connection: Connection, _case_id: str, history: History, tasks: Sequence[Task], now: datetime) -> list[New]:
    opened = [compensation.track_opened()] if _is_open("open-compensation", tasks) else []
    passed = compensation.time_limit_passed(tasks, history, now)
    return [*opened, *([passed] if passed else [])]
