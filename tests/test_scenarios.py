"""Every scenario ends as a lawyer wrote it: position, tracks, each open step with its last day, what is overdue or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdt.board.case import case_view
from mdt.casework.check import check
from mdt.errors import MdtError
from mdt.law.period import EASTERN
from mdt.scenario import PEOPLE, Scenario, do, local, play, scenarios
from mdt.tasks import next_due

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.case import OpenTask

if TYPE_CHECKING:
    from mdt.store import Store

STORIES = dict(scenarios())


def test_there_are_at_least_twenty_five_scenarios() -> None:
    assert len(STORIES) >= 25


@pytest.mark.parametrize("key", STORIES)
def test_a_scenario_ends_as_it_is_written(store: Store, key: str) -> None:
    story: Scenario = STORIES[key]
    played = play(store, key, story)
    now = local(story.then.as_of)
    view = case_view(store, PEOPLE["intake supervisor"], played.case_id, now)

    assert view.card.room == story.then.position
    assert {k: view.card.tracks[k] for k in story.then.tracks} == story.then.tracks
    assert {_named(t): _until(t) for t in view.tasks} == {k: str(v) for k, v in story.then.open.items()}
    assert sorted(_named(t) for t in view.tasks if t.is_overdue) == sorted(story.then.overdue)
    assert sorted(_named(t) for t in view.tasks if t.is_lost) == sorted(story.then.lost)
    assert check(store).faults == []


@pytest.mark.parametrize("key", [k for k, s in STORIES.items() if any(m.refused for m in s.acts)])
def test_what_a_scenario_refuses_is_refused_in_its_words(store: Store, key: str) -> None:
    story: Scenario = STORIES[key]
    refused = [n for n, move in enumerate(story.acts) if move.refused]
    for n in refused:
        allowed = story.model_copy(update={"acts": [m for m in story.acts[:n] if not m.refused]})
        played = play(store, f"{key}-{n}", allowed)
        with pytest.raises(MdtError, match=story.acts[n].refused):
            do(store, played.case_id, story.acts[n], "refused")


def _named(task: OpenTask) -> str:
    return f"{task.task.step} ({task.about})" if task.about not in ("", "report 1") else task.task.step


def _until(task: OpenTask) -> str:
    when = next_due(task.task) if task.task.due is None else task.task.due
    if when is None:
        return "no figure"
    rolled = f" (rolled to {_written(task.task.rolled)})" if task.task.rolled else ""
    return _written(when) + rolled


def _written(when: datetime) -> str:
    there = when.astimezone(EASTERN)
    return f"{there:%Y-%m-%d}" if (there.hour, there.minute) == (23, 59) else f"{there:%Y-%m-%d %H:%M}"
