"""The first seventy-two hours: what the area office sees to, and which of the law's clocks run out in them.

The list is data (`data/first-72-hours.yaml`), our own; a line that rests on a section names it, every other is the team's
standard. The clocks are the case's open tasks. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mdt.errors import LawError, NotPossible
from mdt.facts import Event, Fact, Thing
from mdt.process import STEP
from mdt.tasks import BINDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.tasks import Task

FILE = Path(__file__).parent / "data" / "first-72-hours.yaml"
HOURS = timedelta(hours=72)
STANDARD = "the team's standard"
_BROKEN = "The list of the first 72 hours cannot be read; mend mdt/data/first-72-hours.yaml."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """One thing to see to. `answered_by`: facts by which it is done; `after`: facts without which it does not matter."""

    says: str = Field(min_length=10, max_length=200)
    cite: str = STANDARD
    answered_by: tuple[Fact, ...] = ()
    after: tuple[Fact, ...] = ()

    @property
    def is_law(self) -> bool:
        """Whether it rests on a section."""
        return self.cite != STANDARD


class Group(_Strict):
    """What belongs together, under a heading."""

    group: str
    lines: tuple[Line, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ToSee:
    """A line as it stands on a case. `answered_at`: when a fact that answers it happened; nobody else ticks it off."""

    group: str
    line: Line
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class FirstHours:
    """The list of one report, from its receipt until seventy-two hours later, and the clocks that run out by then."""

    report: str
    received_at: datetime
    until: datetime
    lines: tuple[ToSee, ...]
    clocks: tuple[Task, ...]


@lru_cache(maxsize=4)
def groups(file: Path = FILE) -> tuple[Group, ...]:
    """The list as the file has it. Raises `LawError`."""
    try:
        return TypeAdapter(tuple[Group, ...]).validate_python(YAML(typ="safe").load(file.read_text(encoding="utf-8")))
    except (OSError, YAMLError, ValidationError) as error:
        raise LawError(_BROKEN) from error


def first_hours(history: Sequence[Event], tasks: Sequence[Task]) -> FirstHours:
    """The list of the latest report in a live history. Raises `NotPossible` where there is no report."""
    received = [e for e in history if e.fact is Fact.REPORT_RECEIVED]
    if not received:
        raise NotPossible("There is no report on this case whose first hours could be listed.")
    latest = received[-1]
    until, report = latest.happened_at + HOURS, latest.about or ""
    since = [e for e in history if e.happened_at >= latest.happened_at]
    lines = [_to_see(group.group, line, since) for group in groups() for line in group.lines if _matters(line, history)]
    return FirstHours(report, latest.happened_at, until, tuple(lines), tuple(t for t in tasks if _runs_out(t, report, until)))


def _matters(line: Line, history: Sequence[Event]) -> bool:
    return not line.after or any(e.fact in line.after for e in history)


def _to_see(group: str, line: Line, since: Sequence[Event]) -> ToSee:
    return ToSee(group, line, next((e.happened_at for e in since if e.fact in line.answered_by), None))


def _runs_out(task: Task, report: str, until: datetime) -> bool:
    """A duty of the report, or of the whole case, whose last lawful instant lies before the end of the list, or has passed."""
    of_it = STEP[task.step].per is not Thing.REPORT or task.about == report
    return of_it and task.force in BINDING and task.due is not None and task.due <= until
