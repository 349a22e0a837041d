"""Every clock of the front door is shown by a story on both sides of its limit, and on both sides of each change of the law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from mdt.board.case import case_view, name_things
from mdt.casework.pages import history_of
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import EASTERN, end_of_day, local_date
from mdt.law.rulebook import load
from mdt.process import STEP, STEPS
from mdt.scenario import PEOPLE, Scenario, local, play
from mdt.tasks import answered, open_tasks
from tests.making import made
from tests.test_scenarios import STORIES, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.board.case import OpenTask
    from mdt.facts import History
    from mdt.law.rulebook import Rule
    from mdt.process import Step
    from mdt.store import Store
    from mdt.tasks import Task

CLOCKS = (
    *(f"D{n:02}" for n in range(1, 15)),
    "D30",
    "D32",
    *(f"D{n}" for n in range(34, 47)),
    "D52",
    "D53",
    "D54",
    "D57",
    "D58",
)
LIMITED = {key: story for key, story in STORIES.items() if story.limits}
NEVER = "never"
MINUTE, A_LIFETIME = timedelta(minutes=1), timedelta(days=36_525)


def last_instant(text: str) -> datetime:
    """The instant that a limit names: "2026-01-05 09:00", or the end of the day "2026-01-05"."""
    return local(text) if ":" in text else end_of_day(date.fromisoformat(text))


def so_far(story: Scenario, now: datetime) -> Scenario:
    """The story as it was on record then."""
    acts = [move for move in story.acts if local(move.recorded or move.at) <= now]
    as_of = f"{now.astimezone(EASTERN):%Y-%m-%d %H:%M:%S.%f}"
    return story.model_copy(update={"acts": acts, "then": story.then.model_copy(update={"as_of": as_of})})


def at(store: Store, case_id: str, now: datetime) -> dict[str, OpenTask]:
    """The open steps of a case, as a supervisor sees them then."""
    return {named(t.task, t.about): t for t in case_view(store, PEOPLE["intake supervisor"], case_id, now).tasks}


def is_past(task: OpenTask) -> bool:
    """A duty that is overdue, or a right that ran out."""
    return task.is_overdue or task.is_lost


@pytest.mark.parametrize("key", LIMITED)
def test_a_step_is_in_time_at_the_laws_last_instant_and_overdue_a_minute_later(store: Store, key: str) -> None:
    story = LIMITED[key]
    limits = {step: text for step, text in story.limits.items() if step not in story.then.answered and text != NEVER}
    for instant in sorted({last_instant(text) for text in limits.values()}):
        case_id = play(store, f"{key}-{instant:%Y%m%d%H%M}", so_far(story, instant)).case_id
        steps = [step for step, text in limits.items() if last_instant(text) == instant]
        then, later = at(store, case_id, instant), at(store, case_id, instant + MINUTE)
        assert [step for step in steps if not is_past(then[step]) and is_past(later[step])] == steps


@pytest.mark.parametrize("key", [key for key, story in LIMITED.items() if NEVER in story.limits.values()])
def test_a_step_without_a_figure_stays_open_and_is_never_overdue(store: Store, key: str) -> None:
    story = LIMITED[key]
    case_id = play(store, key, story).case_id
    lifetime = at(store, case_id, local(story.then.as_of) + A_LIFETIME)
    for step in (step for step, text in story.limits.items() if text == NEVER):
        assert (lifetime[step].task.due, is_past(lifetime[step])) == (None, False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a story shows of one step: where its clock started, its limit (None: there is none), how it was answered."""

    step: Step
    started: datetime
    limit: datetime | None
    answered: str = ""

    @property
    def sides(self) -> frozenset[str]:
        """A step that waits is shown at its limit and a minute later, one that was answered on one side of it only."""
        return frozenset((self.answered,)) if self.answered else frozenset(("in time", "late"))


@dataclass(frozen=True, slots=True)
class Told:
    """What all stories tell: the steps whose limits they name, and their histories."""

    shown: tuple[Shown, ...]
    histories: tuple[History, ...]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    store = made(f"sqlite:///{tmp_path_factory.mktemp('limits') / 'mdt.db'}")
    shown: list[Shown] = []
    histories: list[History] = []
    for key, story in STORIES.items():
        if story.limits or any(move.act == "make_inquiry" for move in story.acts):
            with store.read() as connection:
                events = list(history_of(connection, play(store, key, story).case_id))
            histories.append(live(events))
            shown += _shown(story, histories[-1])
    yield Told(tuple(shown), tuple(histories))
    store.close()


def _shown(story: Scenario, history: History) -> Iterator[Shown]:
    tasks = _opened(history)
    for step, text in story.limits.items():
        task = tasks[step]
        limit = None if text == NEVER else last_instant(text)
        assert task.due == limit
        yield Shown(STEP[task.step], task.started, limit, story.then.answered.get(step, ""))


def _opened(history: History) -> dict[str, Task]:
    """Every step that was ever open."""
    things = name_things(list(history))
    tasks = [*(one.task for one in answered(history)), *open_tasks(history)]
    return {named(task, things.get(task.about, "")): task for task in tasks}


def _steps_of(deadline: str) -> list[Step]:
    book = load()
    return [step for step in STEPS if step.rule and book[step.rule].deadline_id == deadline]


@pytest.mark.parametrize("deadline", CLOCKS)
def test_a_clock_is_shown_on_both_sides_of_its_limit(told: Told, deadline: str) -> None:
    steps = _steps_of(deadline)
    assert steps
    for step in steps:
        shown = [one for one in told.shown if one.step is step]
        today = load()[step.rule or ""].versions[-1]
        if today.within is None:
            assert any(one.limit is None for one in shown), f"{step.key} without a figure"
            assert not today.window or _asked_on_both_sides(told, step), f"{step.key} on both sides of its window"
        else:
            sides = {side for one in shown if one.limit for side in one.sides}
            assert sides == {"in time", "late"}, step.key


def _asked_on_both_sides(told: Told, step: Step) -> bool:
    """Whether some story opens the step with the last instant of its window, and some story does not a minute later."""
    window = load()[step.rule or ""].versions[-1].window
    assert window is not None
    seen: set[tuple[timedelta, bool]] = set()
    for history in told.histories:
        received = next(e.happened_at for e in history if e.fact is Fact.REPORT_RECEIVED)
        opened = {task.opened_by for task in _opened(history).values() if task.step == step.key}
        asked = [e for e in history if e.fact in step.opened_by]
        seen |= {(e.happened_at - window.end(received).due, e.id in opened) for e in asked}
    return {(timedelta(), True), (MINUTE, False)} <= seen


def _changes() -> list[tuple[str, date]]:
    """The days on which the figure of one of the clocks changed."""
    rules = [rule for rule in load() if rule.deadline_id in CLOCKS]
    return [(rule.key, day) for rule in rules for day in _days_of_change(rule)]


def _days_of_change(rule: Rule) -> list[date]:
    return [b.effective for a, b in pairwise(rule.versions) if (a.within, a.window) != (b.within, b.window)]


@pytest.mark.parametrize(("rule", "day"), _changes())
def test_a_change_of_the_law_is_shown_by_the_day_before_it_and_its_first_day(told: Told, rule: str, day: date) -> None:
    started = {local_date(one.started) for one in told.shown if one.step.rule == rule}
    assert {day - timedelta(days=1), day} <= started
