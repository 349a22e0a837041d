"""How the pages say when, how late, and who: plain words and a sign, never a colour alone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mdt.board.overview import days_left
from mdt.casework import ACTS
from mdt.consent import FIELDS
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.law.rulebook import Force
from mdt.tasks import BINDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mdt.board.case import OpenTask
    from mdt.board.clocks import Clock
    from mdt.board.overview import Card
    from mdt.board.work import Line

OVERDUE, LATE, LOST = "▲", "▽", "■"  # signs that stand beside the word
LAST_MINUTE = (23, 59)
SOON = timedelta(hours=12)
IDS = ("meeting", "team", "region", "to", "case", "consent", "recipients")
TITLES = {(act.fact, name): info.title for act in ACTS for name, info in act.form.model_fields.items()}
TITLES |= dict.fromkeys(((Fact.SERVICE_REFERRED, "fields"), (Fact.MORE_SENT, "fields")), "What was told")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~$:])")


def plain(text: str) -> str:
    """The text with everything escaped that Markdown would take for more than text."""
    return _MARKDOWN.sub(r"\\\1", text)


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun, like 1 case and 2 cases."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(instant: datetime) -> str:
    """The Connecticut day, like 3 Nov 2026."""
    return f"{instant.astimezone(EASTERN):%-d %b %Y}"


def moment(instant: datetime) -> str:
    """The Connecticut day and time, like 3 Nov 2026, 14:05."""
    return f"{instant.astimezone(EASTERN):%-d %b %Y, %H:%M}"


def meeting(instant: datetime) -> str:
    """When a meeting starts, like Tuesday 24 Nov 2026, 10:00."""
    return f"{instant.astimezone(EASTERN):%A} {moment(instant)}"


def clock(instant: datetime) -> str:
    """The Connecticut time; empty for the end of a day."""
    local = instant.astimezone(EASTERN)
    return "" if (local.hour, local.minute) == LAST_MINUTE else f"{local:%H:%M}"


def ago(instant: datetime, now: datetime) -> str:
    """How long since: "3 days", "5 hours", "20 minutes"."""
    days = -days_left(instant, now)
    return count(days, "day") if days > 0 else _hours(now - instant)


def ahead(instant: datetime, now: datetime) -> str:
    """How long until: "in 5 hours", "today 16:00", "tomorrow", "in 12 days (4 Dec 2026)"."""
    days, at = days_left(instant, now), clock(instant)
    if at and instant - now < SOON:
        return f"in {_hours(instant - now)}"
    if days < 2:  # noqa: PLR2004  # the day after tomorrow has no word of its own
        return f"{'tomorrow' if days else 'today'} {at}".strip()
    return f"in {days} days ({day(instant)})"


def _hours(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    return count(minutes // 60, "hour") if minutes >= 60 else count(minutes, "minute")  # noqa: PLR2004  # minutes an hour


def of_task(task: OpenTask, now: datetime) -> str:
    """Where an open task stands in time."""
    return _standing(task.task.force, task.task.due, task.task.target, now, lost=task.is_lost)


def of_line(line: Line, now: datetime) -> str:
    """Where a line of a worker's list stands in time."""
    return _standing(line.force, line.due_at, line.target_at, now, lost=line.is_lost)


def of_clock(clock: Clock, now: datetime) -> str:
    """Where a clock of the queue stands in time."""
    return _standing(clock.force, clock.due_at, clock.target_at, now, lost=False)


SHORT_OF_DAYS = 14  # before the end of a consent, from which on it is marked


def expires(left: int) -> str:
    """How soon a consent ends, in whole days."""
    if left < 0:
        return red(f"{LOST} consent expired")
    said = f"consent expires in {count(left, 'day')}" if left else "consent expires today"
    return orange(f"{LATE} {said}") if left <= SHORT_OF_DAYS else said


UNSAFE = "unsafe to contact"


def of_card(card: Card, now: datetime) -> str:
    """Where a case stands in time: its longest overdue duty first, else what comes next."""
    if card.overdue_since:
        return red(f"{OVERDUE} {ago(card.overdue_since, now)} overdue")
    if card.next_at is None:
        return "no due date" if card.next_step else ""
    if card.next_at >= now:
        return f"right ends {ahead(card.next_at, now)}" if card.next_force == Force.ONLY_IF else ahead(card.next_at, now)
    if card.next_force == Force.ONLY_IF:
        return red(f"{LOST} right ended {ago(card.next_at, now)} ago")
    return orange(f"{LATE} {ago(card.next_at, now)} past the standard")


def _standing(force: str, due: datetime | None, target: datetime | None, now: datetime, *, lost: bool) -> str:
    if force == Force.ONLY_IF and due:
        return _right(due, now, lost=lost)
    if force in BINDING and due:
        return red(f"{OVERDUE} {ago(due, now)} overdue") if due < now else f"due {ahead(due, now)}"
    if target:
        return orange(f"{LATE} {ago(target, now)} past the standard") if target < now else f"standard: {ahead(target, now)}"
    return "no due date"


def _right(due: datetime, now: datetime, *, lost: bool) -> str:
    """A right is lost only when a court filing's roll-over to the next open day has passed too (CGS § 51-347c)."""
    if lost:
        return red(f"{LOST} right ended {ago(due, now)} ago")
    return (
        f"right ends {ahead(due, now)}" if due >= now else red(f"{LOST} last day passed; a court filing may still be in time")
    )


def red(text: str) -> str:
    """In red, beside its sign."""
    return f":red[**{text}**]"


def orange(text: str) -> str:
    """In orange, beside its sign."""
    return f":orange[{text}]"


def age(years: int | None) -> str:
    """The child's age."""
    return "age unknown" if years is None else f"age {years}"


def joined(parts: Iterable[str | None]) -> str:
    """What there is of the parts, with dots between."""
    return " · ".join(part for part in parts if part)


def tracks(of: Mapping[str, str]) -> str:
    """The tracks of a case as words; those not begun are left out."""
    begun = [f"{plain(name)}: {plain(word)}" for name, word in of.items() if word != "not begun"]
    return " · ".join(begun)


def told(fact: Fact, data: Mapping[str, object]) -> str:
    """What a fact says beside its kind, in the words of its form; ids, and what is unknown, are left out."""
    shown = {name: value for name, value in data.items() if name not in IDS and value not in ("unknown", "")}
    if isinstance(fields := shown.get("fields"), list):
        shown["fields"] = [FIELDS[one].lower() if one in FIELDS else one for one in fields]
    return "; ".join(f"{title_of(fact, name)}: {value_of(value)}" for name, value in shown.items())


def title_of(fact: Fact, name: str) -> str:
    """The title of a field of the form that the fact was recorded with."""
    return TITLES.get((fact, name)) or capital(name.replace("_", " "))


def value_of(value: object) -> str:
    """A stored value as one reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {value_of(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(map(value_of, value)) if any(isinstance(one, dict) for one in value) else ", ".join(map(str, value))
    text = str(value)
    return f"{date.fromisoformat(text):%-d %b %Y}" if _DAY.fullmatch(text) else text
