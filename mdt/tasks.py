"""Who still has to do what by when: derived from what happened and what the law says, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from mdt.errors import NoRuleInForce
from mdt.facts import ABOUT, ON_THE_RECORD, Event, Fact, History, Thing
from mdt.history import live
from mdt.law.period import end_of_day
from mdt.law.rulebook import Force, load
from mdt.process import ENDS, OPENS, STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdt.law.rulebook import Rule, Rulebook, Standard, Version
    from mdt.process import Step

BINDING = frozenset({Force.SHALL, Force.SHALL_TRY})
STANDARD = "standard"  # the force of a step that rests on the team's protocol alone
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """An open step of one case. Instants are UTC.

    `due` is the last instant the law allows (None: the law gives no figure), `rolled` the one after a court filing rolls
    over; `target` is where the team's standard would have it. `started` is where the count began, `opened_by` the id of the
    event that opened it.
    """

    step: str
    about: str
    opened_at: datetime
    opened_by: str
    started: datetime
    owner: str
    force: str
    due: datetime | None = None
    rolled: datetime | None = None
    target: datetime | None = None
    assigned: str | None = None

    @property
    def key(self) -> Key:
        """Which step, of which thing."""
        return self.step, self.about


Opened = Task | tuple[Event, History]  # a task, or the event that opens one and all events before it


@dataclass(frozen=True, slots=True)
class Answered:
    """A step that was open, as it was opened, and the event that answered it."""

    task: Task
    by: Event

    @property
    def in_time(self) -> bool | None:
        """Whether the answer came by the law's last instant, a court filing's roll-over included; None without a figure."""
        end = self.task.rolled or self.task.due
        return None if end is None else self.by.happened_at <= end


def is_overdue(task: Task, now: datetime) -> bool:
    """A duty (*shall*, *shall try*) whose last lawful instant has passed. A standard is never overdue, only late."""
    return task.force in BINDING and task.due is not None and now > task.due


def is_lost(task: Task, now: datetime) -> bool:
    """A right (*only if*) that ran out, a court filing's roll-over included; a waiver may still save it."""
    end = task.rolled or task.due
    return task.force == Force.ONLY_IF and end is not None and now > end


def is_late(task: Task, now: datetime) -> bool:
    """Past the team's own standard."""
    return task.target is not None and now > task.target


def open_tasks(history: Iterable[Event], book: Rulebook | None = None) -> list[Task]:
    """Every open step of a case, soonest first, given all its events in any order."""
    events = live(history)
    tasks = _with_orders(_go_on({}, events, 0, book or load()), events)
    tasks.sort(key=_soonest)
    return tasks


def tasks_after(tasks: Sequence[Task], before: History, history: History) -> list[Task]:
    """`open_tasks` of a live history that goes on from `before`, whose open tasks are given, for the price of what is new."""
    if history[: len(before)] != before or any(e.fact in ON_THE_RECORD for e in history):
        return open_tasks(history)
    after = _go_on({task.key: task for task in tasks}, history, len(before), load())
    after.sort(key=_soonest)
    return after


def answered(history: Iterable[Event], book: Rulebook | None = None) -> list[Answered]:
    """Every step of a case that was answered, in the order of the answers, given all its events in any order.

    A duty that was left undone was not answered. Who was given a step, and which standard was postponed, is not said.
    """
    rules = book or load()
    ended = _walk({}, live(history), 0)
    return [Answered(_as_task(key, opened, rules), by) for key, opened, by in ended if by.fact is not Fact.DUTY_LEFT_UNDONE]


def next_due(task: Task) -> datetime | None:
    """The sooner of the law's last instant and the standard's."""
    if task.due is None or task.target is None:
        return task.due or task.target
    return min(task.due, task.target)


_FAR = datetime.max.replace(tzinfo=UTC)


def _soonest(task: Task) -> tuple[datetime, str, str]:
    return next_due(task) or _FAR, task.step, task.about


def _go_on(is_open: dict[Key, Opened], events: History, first: int, rules: Rulebook) -> list[Task]:
    """The tasks open after all these events, given what is open before the event number `first`."""
    _walk(is_open, events, first)
    return [_as_task(key, opened, rules) for key, opened in is_open.items()]


def _as_task(key: Key, opened: Opened, rules: Rulebook) -> Task:
    return opened if isinstance(opened, Task) else _task(STEP[key[0]], key[1], *opened, rules)


def _walk(is_open: dict[Key, Opened], events: History, first: int) -> list[tuple[Key, Opened, Event]]:
    """Bring what is open up to the last event, from the event number `first` on; what was ended on the way, and by what."""
    ended: list[tuple[Key, Opened, Event]] = []
    for n in range(first, len(events)):
        event = events[n]
        ended += [(key, is_open.pop(key), event) for key in _ended_by(event, is_open)]
        for step in OPENS[event.fact]:
            key = (step.key, step.thing(event))
            if key not in is_open and step.when(event, events[:n]):
                is_open[key] = (event, events[:n])
    return ended


def _ended_by(event: Event, is_open: dict[Key, Opened]) -> list[Key]:
    """The open steps that the event ends."""
    if event.fact is Fact.DUTY_LEFT_UNDONE:
        return [k for k in is_open if task_id(k) == event.about]
    ends: list[Key] = []
    for step in ENDS[event.fact]:
        if step.per in (Thing.CASE, ABOUT[event.fact]):
            key = (step.key, step.thing(event))
            if key in is_open:
                ends.append(key)
        else:  # a fact about the whole case ends the step for every thing
            ends += [k for k in is_open if k[0] == step.key]
    return ends


def _task(step: Step, about: str, opener: Event, before: Sequence[Event], rules: Rulebook) -> Task:
    start, due, rolled, force = opener.happened_at, None, None, STANDARD
    if step.rule:
        rule = rules[step.rule]
        start = _clock_start(step, rule, opener, before)
        version = version_for(rule, start)
        # Before its first version on record a rule binds nobody: the step is shown, and asks nothing.
        force = ((version.force or rule.force) if version else Force.MAY).value
        span = rule.span(version, start, _date_in(opener, step)) if version else None
        due, rolled = (span.due, span.rolled) if span else (None, None)
    target = _target(step, opener, rules.standard(step.standard)) if step.standard else None
    owner = opener.data.get("owner") or step.actor.value
    given_to = opener.data.get("given_to") or None
    return Task(step.key, about, opener.happened_at, opener.id, start, owner, force, due, rolled, target, given_to)


def version_for(rule: Rule, start: datetime) -> Version | None:
    """The version that governs a clock started at `start`; None where the law on record does not reach back so far."""
    try:
        return rule.on(start)
    except NoRuleInForce:
        return None


def _clock_start(step: Step, rule: Rule, opener: Event, before: Sequence[Event]) -> datetime:
    """The rule's clock fact, about the same thing; its opener where that is the clock, or where none was recorded."""
    clocks = rule.clock or ()
    if opener.fact in clocks:
        return opener.happened_at
    found = [e for e in before if e.fact in clocks and _same_thing(step, e, opener)]
    return found[-1].happened_at if found else opener.happened_at


def _same_thing(step: Step, one: Event, other: Event) -> bool:
    return step.per is Thing.CASE or ABOUT[one.fact] is not step.per or one.about == other.about


def _date_in(event: Event, step: Step) -> date | None:
    raw = event.data.get(step.date_from) if step.date_from else None
    return date.fromisoformat(raw) if raw else None


def _target(step: Step, opener: Event, standard: Standard) -> datetime | None:
    day = _date_in(opener, step)
    if day is not None:
        return end_of_day(day)
    return standard.within.end(opener.happened_at).due if standard.within else None


def _with_orders(tasks: list[Task], events: Sequence[Event]) -> list[Task]:
    """Apply who was given a step, and which standard was postponed."""
    orders = [e for e in events if e.fact in (Fact.STEP_ASSIGNED, Fact.STANDARD_POSTPONED)]
    if not orders:
        return tasks
    return [_ordered(task, orders) for task in tasks]


def _ordered(task: Task, orders: Sequence[Event]) -> Task:
    for order in orders:
        if order.about != task_id(task.key) or order.happened_at < task.opened_at:
            continue
        if order.fact is Fact.STEP_ASSIGNED:
            task = replace(task, assigned=order.data["to"])
        elif task.target is not None:
            task = replace(task, target=end_of_day(date.fromisoformat(order.data["until"])))
    return task


def task_id(key: Key) -> str:
    """A task's name within its case: the step, and the thing if it has one."""
    return ":".join(part for part in key if part)
