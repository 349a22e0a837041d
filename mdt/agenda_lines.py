"""Where a case stands on agendas: each line it ever had, on which meeting's agenda, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.position import is_closed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mdt.facts import Event

F = Fact
WAITING, HELD, DEFERRED, CONCLUDED = "waiting", "held", "deferred", "concluded"
_BECAME = {F.REVIEW_HELD: HELD, F.REVIEW_DEFERRED: DEFERRED}


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A line of a meeting's agenda: waiting, held, deferred, or gone as the review was concluded before. `at`: since when."""

    line: str
    meeting: str
    state: str
    at: datetime
    put_at: datetime
    recorded_at: datetime | None = None


def lines_of(history: Iterable[Event]) -> tuple[AgendaLine, ...]:
    """Every agenda line of a case, in the order in which they came up, given its live history.

    Of a case that is closed none waits: it is closed with one where its only report turned out to be none.
    """
    events = tuple(history)
    lines: dict[str, AgendaLine] = {}
    for e in events:
        if e.fact is F.PUT_ON_AGENDA and e.about:
            meeting = e.data.get("meeting", "")
            lines[e.about] = AgendaLine(e.about, meeting, WAITING, e.happened_at, e.happened_at)
        elif e.fact in _BECAME and e.about in lines:
            lines[e.about] = replace(lines[e.about], state=_BECAME[e.fact], at=e.happened_at)
        elif e.fact is F.MEETING_RECORDED and e.about in lines:
            lines[e.about] = replace(lines[e.about], recorded_at=e.happened_at)
        elif e.fact is F.REVIEW_CONCLUDED:
            lines = {k: _concluded(line, e.happened_at) for k, line in lines.items()}
    return tuple(_concluded(line, events[-1].happened_at) if is_closed(events) else line for line in lines.values())


def _concluded(line: AgendaLine, at: datetime) -> AgendaLine:
    return replace(line, state=CONCLUDED, at=at) if line.state == WAITING else line


def line_heard(named: str, at: datetime, history: Iterable[Event]) -> str:
    """The agenda line at which it was decided or said: the one that is named, else the last one. Raises `NotYet`.

    Empty where none is named and the record of the last one's meeting is approved: it belongs to no meeting. Raises
    `NotPossible` for a line that is named and whose record is approved, and before the day of its meeting.
    """
    events = tuple(history)
    lines = [e.about for e in events if e.fact is F.PUT_ON_AGENDA]
    held = {e.about for e in events if e.fact is F.REVIEW_HELD}
    line = named or (lines[-1] if lines else None)
    if line is None or line not in lines:
        message = "Can't record it: “review held” is not on record, and the case stands on no such agenda line."
        raise NotYet(message)
    if any(e.fact is F.MEETING_RECORDED and e.about == line for e in events):
        if named:
            message = (
                "The record of that meeting is approved: add to the record, or record it at the next meeting (§ 17a-106a(j))."
            )
            raise NotPossible(message)
        return ""
    if line not in held:
        refuse_before_the_meeting("record anything of", line, at, events)
    return line


def refuse_before_the_meeting(what: str, line: str, at: datetime, history: Iterable[Event]) -> None:
    """Raise `NotPossible` if this is before the day of the meeting on whose agenda the line stands."""
    on = next((e.data["on"] for e in history if e.fact is F.PUT_ON_AGENDA and e.about == line), None)
    if on is not None and local_date(at) < (day := date.fromisoformat(on)):
        message = f"Can't {what} the case review: its meeting is on {day:%-d %b %Y}."
        raise NotPossible(message)
