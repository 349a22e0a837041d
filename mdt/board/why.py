"""Why a task is red: the rule, its section, the fact that started the clock, how it was counted, what would stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.law.period import EASTERN, Period, Unit
from mdt.law.rulebook import load
from mdt.process import STEP
from mdt.tasks import version_for

if TYPE_CHECKING:
    from datetime import date, datetime

    from mdt.law.rulebook import Rule, Standard, Version
    from mdt.process import Step
    from mdt.tasks import Task


@dataclass(frozen=True, slots=True)
class Why:
    """Why a step is open and where its dates come from. `is_law` is False for the team's own standards."""

    says: str
    stops: str
    cite: str = "the team's standard"
    standard: str = ""
    is_law: bool = False
    href: str = ""
    since: str = ""
    counted: str = ""
    doubt: str = ""
    waivers: tuple[str, ...] = ()


def why(task: Task) -> Why:
    """Explain an open task in a caseworker's words."""
    step = STEP[task.step]
    book = load()
    standard = book.standard(step.standard) if step.standard else None
    stops = " or ".join(f"“{fact.value}”" for fact in step.ended_by)
    if step.rule is None:
        return Why(standard.says if standard else "", stops, standard=_target(task, standard))
    rule = book[step.rule]
    version = version_for(rule, task.started)
    return Why(
        (version and version.says) or rule.says,
        stops,
        rule.cite,
        _target(task, standard),
        is_law=True,
        href=rule.href,
        since=version_line(version),
        counted=_counted(task, step, rule, version),
        doubt=rule.doubt or "",
        waivers=tuple(f"{w.ground} ({w.cite})" for w in rule.waivers),
    )


def version_line(version: Version | None) -> str:
    """Since when the rule reads so, and by which act."""
    if version is None:
        return "no version on record is old enough"
    return f"in force since {_day(version.effective)} ({version.act})"


def _counted(task: Task, step: Step, rule: Rule, version: Version | None) -> str:
    if version is None:
        return "The law on record does not reach back to that day; ask counsel."
    start = f"from “{_clock(rule, step)}”, {_instant(task.started)}"
    if task.due is None:
        return f"The section gives no figure; open since {_instant(task.opened_at)}."
    if version.within == "immediately":
        return f"At once, {start}."
    if version.before is not None:
        return f"At least {version.before} before the day that was set: until {_instant(task.due)}."
    rolled = f"; a court filing rolls over to {_instant(task.rolled)} (CGS § 51-347c), keep to the first" if task.rolled else ""
    return f"{version.within} {start}{_how(version.within)}: until {_instant(task.due)}{rolled}."


def _how(period: Period | str | None) -> str:
    if not isinstance(period, Period):
        return ""
    if period.unit is Unit.HOURS:
        return ", nights, weekends and holidays included"
    excluded = ", the first day not counted"
    return f"{excluded}, Monday to Friday without legal holidays (CGS § 1-4)" if period.unit is Unit.BUSINESS_DAYS else excluded


def _clock(rule: Rule, step: Step) -> str:
    facts = rule.clock or step.opened_by
    return " or ".join(fact.value for fact in facts)


def _target(task: Task, standard: Standard | None) -> str:
    if standard is None:
        return ""
    return f"{standard.says} Until {_instant(task.target)}." if task.target else standard.says


def _instant(when: datetime | None) -> str:
    return f"{when.astimezone(EASTERN):%-d %b %Y, %H:%M}" if when else "no date"


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
