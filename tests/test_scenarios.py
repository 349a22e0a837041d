"""Every scenario ends as a lawyer wrote it: position, tracks, each open step with its last day, what is overdue or lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mdt.board.case import case_view, name_things, too_late
from mdt.casework.check import check
from mdt.casework.pages import history_of
from mdt.errors import MdtError
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.process import Room
from mdt.scenario import PEOPLE, Scenario, do, local, play, scenarios
from mdt.tasks import answered, next_due
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.case import OpenTask
    from mdt.store import Store
    from mdt.tasks import Answered, Task

MINUTE = timedelta(minutes=1)
STORIES = dict(scenarios()) | dict(scenarios(Path(__file__).parent / "scenarios"))  # the latter are no cases of the demo


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
    assert {named(t.task, t.about): _until(t) for t in view.tasks} == {k: str(v) for k, v in story.then.open.items()}
    assert sorted(named(t.task, t.about) for t in view.tasks if t.is_overdue) == sorted(story.then.overdue)
    assert sorted(named(t.task, t.about) for t in view.tasks if t.is_lost) == sorted(story.then.lost)
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


@pytest.mark.parametrize("key", [k for k, s in STORIES.items() if s.then.answered])
def test_a_step_is_answered_in_time_or_late_as_it_is_written(store: Store, key: str) -> None:
    story: Scenario = STORIES[key]
    played = play(store, key, story)
    with store.read() as connection:
        events = list(history_of(connection, played.case_id))
    things = name_things(events)
    answers = {named(a.task, things.get(a.task.about, "")): a for a in answered(events)}

    assert {step: _word(answers[step]) for step in story.then.answered} == story.then.answered
    for step in story.limits.keys() & story.then.answered.keys():  # at the last instant, or a minute after it
        late = answers[step].by.happened_at.replace(second=0, microsecond=0) - _minute_of(answers[step].task)
        assert late == MINUTE * (story.then.answered[step] == "late")


def test_what_answered_a_duty_late_is_shown_with_the_laws_last_instant(store: Store) -> None:
    key = "89-at-the-last-instant-and-after"
    story = STORIES[key]
    view = case_view(store, PEOPLE["intake supervisor"], play(store, key, story).case_id, local(story.then.as_of))
    assert {line.event.fact.value: line.late for line in view.history if line.late} == {
        "police notified": "late: the law's last instant to notify the police was 18 May 2026, 21:00 (CGS § 17a-101b(c))",
        "written report received": "late: the law's last instant to send the written report was 20 May 2026, 09:00 "
        "(CGS § 17a-101c)",
        "parents notified": "late: the law's last instant to notify the parents, or record why not was 29 May 2026, 23:59 "
        "(CGS § 17a-103b(a))",
    }


@pytest.mark.parametrize(
    ("key", "fact", "ended"),
    [
        ("d42-reviewed-a-minute-late", Fact.DENIAL_REVIEW_REQUESTED, "7 May 2026, 23:59 (CGS § 54-205(b)), who received it"),
        ("d42-reviewed-on-the-last-day", Fact.DENIAL_REVIEW_REQUESTED, ""),
        ("d44-appeal-rolled-late", Fact.APPEAL_FILED, "29 Jun 2026, 23:59 (CGS § 54-211a), who received it"),
        ("d44-appeal-rolled-in-time", Fact.APPEAL_FILED, ""),
        ("16-late-claim-saved", Fact.APPLICATION_FILED, "16 May 2024, 23:59 (CGS § 54-211(a)(1)(A)), what may save it: injury"),
    ],
)
def test_a_right_used_after_it_ended_is_recorded_and_it_is_said_what_remains(
    store: Store, key: str, fact: Fact, ended: str
) -> None:
    story = STORIES[key]
    view = case_view(store, PEOPLE["intake supervisor"], play(store, key, story).case_id, local(story.then.as_of))
    said = next(line.late for line in view.history if line.event.fact is fact)
    assert said.startswith("late: the right to") == bool(ended)
    assert ended in said


def test_what_the_law_wants_immediately_is_not_called_late_for_it_says_no_minute() -> None:
    received = MONDAY + timedelta(hours=13)
    events = [
        happened(Fact.CAUSE_AROSE, MONDAY, "r", seq=2),
        happened(Fact.POLICE_TOOK_ORAL_REPORT, MONDAY + timedelta(hours=12), "r", seq=3),
        happened(Fact.REPORT_RECEIVED, received, "r", seq=1, mandated=True),
    ]
    (said,) = too_late(events, frozenset(Room)).values()
    assert (
        said == "late: the law's last instant to make the oral or electronic report was 2 Mar 2026, 21:00 (CGS § 17a-101b(a))"
    )
    assert too_late(events, frozenset({Room.REVIEW})) == {}


def named(task: Task, about: str) -> str:
    """A step as a scenario writes it; that a case's only report is meant goes without saying."""
    return f"{task.step} ({about})" if about not in ("", "report 1") else task.step


def _word(answer: Answered) -> str:
    return "in time" if answer.in_time else "late"


def _minute_of(task: Task) -> datetime:
    assert task.due is not None
    return task.due.replace(second=0, microsecond=0)


def _until(task: OpenTask) -> str:
    when = next_due(task.task) if task.task.due is None else task.task.due
    if when is None:
        return "no figure"
    rolled = f" (rolled to {_written(task.task.rolled)})" if task.task.rolled else ""
    return _written(when) + rolled


def _written(when: datetime) -> str:
    there = when.astimezone(EASTERN)
    return f"{there:%Y-%m-%d}" if (there.hour, there.minute) == (23, 59) else f"{there:%Y-%m-%d %H:%M}"
