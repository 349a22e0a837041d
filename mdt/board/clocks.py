"""A running clock as lists show it: which step, by when, and whether that has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mdt.process import STEP, cite
from mdt.tasks import BINDING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from mdt.tasks import Task

_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """An open step. `due_at` is the law's last instant, `target_at` the team's standard; `about` the thing it is open for."""

    step: str
    about: str
    owner: str
    force: str
    due_at: datetime | None
    target_at: datetime | None
    is_overdue: bool
    is_late: bool

    @property
    def title(self) -> str:
        """The step, as an infinitive."""
        return STEP[self.step].title

    @property
    def cite(self) -> str:
        """The section in short, "§ 17a-101g(a)", or that it is the team's standard."""
        return cite(STEP[self.step]).removeprefix("CGS ")

    @property
    def per_report(self) -> bool:
        """Whether the step is open for one report, and not for the whole case."""
        return STEP[self.step].per == "report"


def of_row(row: RowMapping, now: datetime) -> Clock:
    """A row of `task`."""
    return _clock((row["step"], row["about"], row["owner"], row["force"]), row["due_at"], row["target_at"], now)


def of_task(task: Task, now: datetime) -> Clock:
    """A derived task."""
    return _clock((task.step, task.about, task.owner, task.force), task.due, task.target, now)


def _clock(what: tuple[str, str, str, str], due: datetime | None, target: datetime | None, now: datetime) -> Clock:
    overdue = what[-1] in BINDING and due is not None and due < now
    return Clock(*what, due, target, overdue, target is not None and target < now)


def soonest_first(clocks: Iterable[Clock]) -> list[Clock]:
    """The overdue first, then by their dates, the law's before the standard's where both fall together."""
    return sorted(clocks, key=lambda c: (not c.is_overdue, c.due_at or c.target_at or _FAR, c.due_at is None, c.step, c.about))
