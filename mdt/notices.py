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
DECISION, UPDATE, STAND_IN = "decision", "update", "stand in"
UNCONFIRMED, ESCALATED = "unconfirmed", "escalated"
SUPERVISOR = "DCF supervisor"  # to whom what is escalated goes

_SENTENCES = {
    MEETING: " is on the team's next agenda.",
    OVERDUE: ": {title} is overdue{cite}.",
    LATE: ": {title} is past the team's standard.",
    RUNNING_OUT: ": the right to {title} runs out{when}{cite}.",
    CHASE: ": still no answer; {title}.",
    UNCONFIRMED: ": a notice that went out in writing is not acknowledged; ask after it, or send it again.",
    ESCALATED: ": a notice that went out in writing is still not acknowledged, though it was asked after.",
    EMERGENCY: ": somebody took emergency access to it for four hours.",
    STAND_IN: " is on the team's agenda, and a member cannot take part in its review: you are asked to stand in.",
    DECISION: ": the team made a decision that you carry out{when}.",
    UPDATE: ": the team asks for your update{when}.",
    DUE: ": {title}{when}{cite}.",
}


def words(kind: str, number: str, step: str, due: datetime | None) -> str:
    """One sentence for a person's list of notices."""
    when = f" by {local_date(due):%-d %B %Y}" if due else ""
    sentence = _SENTENCES[kind]
    of_step = {"title": STEP[step].title, "cite": _cite(step)} if step else {}
    return f"Case {number}{sentence.format(when=when, **of_step)}"


def _cite(step: str) -> str:
    rule = STEP[step].rule
    return f" ({load()[rule].cite})" if rule else ""
