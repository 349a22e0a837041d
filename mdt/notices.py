"""The words of every notice. No notice holds a word about a child: a case number, a step, a date, a section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.process import STEP

if TYPE_CHECKING:
    from datetime import datetime

DUE, OVERDUE, RUNNING_OUT, LATE, MEETING, CHASE = "due", "overdue", "running out", "late", "meeting", "chase"
EMERGENCY = "emergency"


def words(kind: str, number: str, step: str, due: datetime | None) -> str:
    """One sentence for a person's list of notices."""
    when = f" by {local_date(due):%-d %B %Y}" if due else ""
    match kind:
        case "meeting":
            return f"Case {number} is on the team's next agenda."
        case "overdue":
            return f"Case {number}: {_title(step)} is overdue{_cite(step)}."
        case "late":
            return f"Case {number}: {_title(step)} is past the team's standard."
        case "running out":
            return f"Case {number}: the right to {_title(step)} runs out{when}{_cite(step)}."
        case "emergency":
            return f"Case {number}: somebody you supervise took emergency access to it for four hours."
        case "chase":
            return f"Case {number}: still no answer; {_title(step)}."
        case _:
            return f"Case {number}: {_title(step)}{when}{_cite(step)}."


def _title(step: str) -> str:
    return STEP[step].title


def _cite(step: str) -> str:
    rule = STEP[step].rule
    return f" ({load()[rule].cite})" if rule else ""
