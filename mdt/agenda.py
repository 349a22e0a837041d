"""Why a case stands on the agenda of the team's next meeting, and whether it wants a full discussion.

Each line says its reasons in plain words, most pressing first, made of codes, days, numbers and titles of steps, never of
what somebody wrote. Which lines a meeting hears, and in which order, is `mdt.agenda_order`. § 17a-106a says nothing of an
agenda: every figure here is the team's standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mdt.errors import NotPossible
from mdt.facts import DETERMINATIONS, VICTIM, Event, Fact, History
from mdt.law.period import local_date
from mdt.law.rulebook import Force, load
from mdt.position import is_closed
from mdt.process import STEP, cite
from mdt.review import BEFORE_THE_MEETING
from mdt.tasks import BINDING, is_late, is_lost, is_overdue
from mdt.turns import line_is_waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mdt.tasks import Task

F = Fact


class Why(StrEnum):
    """Why a case is on the agenda; the most pressing stands first."""

    OVERDUE_DECISION = "overdue decision"
    OVERDUE_DUTY = "overdue duty"
    CLOCK = "clock running out"
    IDENTIFIED = "first review or new determination"
    NEW_BAND = "another band"
    ASKED = "asked for"
    DEFERRED = "deferred"
    ANSWER = "answer arrived"
    SINCE = "days since the last review"
    FOLLOW_UP = "follow-up"


class Treatment(StrEnum):
    """How a line is heard."""

    FULL = "full discussion"
    SHORT = "short list"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `says` holds no name and nothing that somebody wrote; the greater `weight` is the more pressing."""

    kind: Why
    says: str
    weight: int


MOST = 99  # within one kind: so many days, or more, press alike
_HUNDREDS = {kind: 100 * place for place, kind in enumerate(reversed(Why), 1)}
WANT_A_DISCUSSION = frozenset(
    {Why.OVERDUE_DECISION, Why.OVERDUE_DUTY, Why.IDENTIFIED, Why.NEW_BAND, Why.ASKED, Why.DEFERRED}
)  # fmt: skip
# What the team waits for from others: each is news once.
OF_DECISIONS = frozenset({F.DECISION_DONE, F.DECISION_NOT_DONE, F.DECISION_NOT_POSSIBLE})
OF_PROVIDERS = frozenset({F.PROVIDER_ACCEPTED, F.PROVIDER_WAITLISTED, F.PROVIDER_DECLINED, F.PROVIDER_NEEDS_MORE})
OF_COMPENSATION = frozenset(
    {F.AWARD_MAILED, F.DENIAL_MAILED, F.WAIVER_GRANTED, F.WAIVER_DENIED, F.COMMISSIONER_DECISION_SENT, F.COURT_DECIDED}
)  # fmt: skip
ANSWERS = OF_DECISIONS | OF_PROVIDERS | OF_COMPENSATION
UNFINISHED = frozenset({F.DECISION_NOT_DONE, F.DECISION_NOT_POSSIBLE})


def waits(history: History, line: str) -> bool:
    """Whether the line still waits to be heard: neither heard nor deferred, its review not concluded, its case not closed."""
    of_it = [e for e in history if e.about == line or e.fact is F.REVIEW_CONCLUDED]
    return line_is_waiting(of_it) and not is_closed(history)


def reasons(history: History, tasks: Sequence[Task], line: str, now: datetime) -> tuple[Reason, ...]:
    """Why a waiting line is on the agenda, most pressing first, never empty; `history` is live, `tasks` the case's open ones.

    Raises `NotPossible` for a line that waits no longer.
    """
    if is_closed(history):
        raise NotPossible("Can't propose the case for a meeting: it is closed. A new report reopens it (§ 17a-103a).")
    if not waits(history, line):
        raise NotPossible("Can't propose the case for a meeting: it was heard, deferred or concluded, and waits on no agenda.")
    found = {*_of_tasks(history, tasks, now), *_of_news(history), *_of_sittings(history, now)}
    return tuple(sorted(found, key=lambda reason: (-reason.weight, reason.says)))


def treatment(why: Iterable[Reason]) -> Treatment:
    """A discussion for what is new, overdue, asked for or deferred; the rest is gone through on the short list."""
    return Treatment.FULL if any(reason.kind in WANT_A_DISCUSSION for reason in why) else Treatment.SHORT


def minutes(how: Treatment) -> int:
    """How many minutes a line takes, by the team's standard."""
    return load().standard("agenda-full-minutes" if how is Treatment.FULL else "agenda-short-minutes").number or 0


def heard_by(history: History, tasks: Sequence[Task]) -> datetime | None:
    """By when the team's standard would have the case heard; None if it counts from nothing.

    From the first determination or request which the team has not heard of, whatever was deferred since; or from its last
    sitting.
    """
    targets = [t.target for t in tasks if t.step in ("put-on-agenda", "review-again") and t.target is not None]
    asked = next((e for e in _news(history) if e.fact in VICTIM or e.fact is F.REVIEW_ASKED_FOR), None)
    within = load().standard("first-review").within
    if asked is not None and within is not None:
        targets.append(within.end(asked.happened_at).due)
    return min(targets, default=None)


def _reason(kind: Why, says: str, presses: int = 0) -> Reason:
    return Reason(kind, says, _HUNDREDS[kind] + max(0, min(presses, MOST)))


def _of_tasks(history: History, tasks: Sequence[Task], now: datetime) -> Iterator[Reason]:
    for task in tasks:
        if task.step == "carry-out-decision" and is_late(task, now):
            yield _overdue_decision(history, task, now)
        elif is_overdue(task, now):
            yield _overdue_duty(task, now)
        elif task.force in BINDING or task.force == Force.ONLY_IF:
            yield from _clock(task, now)


def _overdue_decision(history: History, task: Task, now: datetime) -> Reason:
    days = _days_from(task.target, now)
    which = _numbered("decision", task.about, history, F.DECISION_MADE)
    return _reason(Why.OVERDUE_DECISION, f"{which} is {_days(days)} overdue ({task.owner})", days)


def _overdue_duty(task: Task, now: datetime) -> Reason:
    days = _days_from(task.due, now)
    since = f"{_days(days)} overdue" if days else "overdue since today"
    return _reason(Why.OVERDUE_DUTY, f"{since}: {_titled(task)}", days)


def _clock(task: Task, now: datetime) -> Iterator[Reason]:
    """A duty or right that runs out soon; a right that did, for a waiver may still save it."""
    end = task.due if task.due is None or now <= task.due else task.rolled or task.due
    ahead = load().standard("agenda-look-ahead").within
    if end is None or ahead is None or end > ahead.end(now).due:
        return
    if is_lost(task, now):
        yield _reason(Why.CLOCK, f"clock ran out on {_day(end)}: {_titled(task)}")
        return
    left = -_days_from(end, now)
    yield _reason(Why.CLOCK, f"clock runs out {f'in {_days(left)}' if left else 'today'}: {_titled(task)}", MOST - left)


def _of_news(history: History) -> Iterator[Reason]:
    news = _news(history)
    if (asked := _latest(news, {F.REVIEW_ASKED_FOR})) is not None:
        yield _reason(Why.ASKED, f"asked for by a member on {_day(asked.happened_at)}")
    answers = {e.about or e.fact: e for e in news if e.fact in ANSWERS}  # the last word on each thing
    for answer in answers.values():
        # Decisions that were not carried out head the next agenda.
        weight = _HUNDREDS[Why.OVERDUE_DECISION if answer.fact in UNFINISHED else Why.ANSWER]
        yield Reason(Why.ANSWER, f"answer arrived: {_answer(history, answer)}", weight)
    yield from _of_determinations(history, news)
    yield from _of_bands(history, news)


def _of_determinations(history: History, news: History) -> Iterator[Reason]:
    first: dict[Fact, Event] = {}
    for event in news:
        if event.fact in DETERMINATIONS:
            first.setdefault(event.fact, event)
    said = [f"{fact.value.removeprefix('victim ')} {_day(e.happened_at)}" for fact, e in first.items()]
    if _last_review(history) is None:
        yield _reason(Why.IDENTIFIED, ", ".join([*said, "not reviewed yet"]), MOST)
    elif said:
        yield _reason(Why.IDENTIFIED, ", ".join([*said, "new since the last review"]))


def _of_bands(history: History, news: History) -> Iterator[Reason]:
    """Another band than the last one which the team knew of the same report, or of the case if that report had none."""
    now = _latest(news, {F.SCREENING_SCORED})
    if now is None or _last_review(history) is None:
        return
    known = [e for e in history if e.fact is F.SCREENING_SCORED and e not in news]
    before = [e for e in known if e.about == now.about] or known
    band, was = now.data.get("band"), before[-1].data.get("band") if before else None
    if band != was:
        yield _reason(Why.NEW_BAND, f"screening now {band} (was {was})" if was else f"screened since the last review: {band}")


def _of_sittings(history: History, now: datetime) -> Iterator[Reason]:
    sitting, held = _latest(history, {F.REVIEW_HELD, F.REVIEW_DEFERRED}), _last_review(history)
    if sitting is not None and sitting.fact is F.REVIEW_DEFERRED:
        yield _deferred(sitting.data.get("because"))
    if held is not None and (days := _days_from(held.happened_at, now)) > 0:
        yield _reason(Why.SINCE, f"{_days(days)} since the last review", days)
    elif held is not None:
        yield _reason(Why.FOLLOW_UP, "reviewed today, to be followed up")


def _deferred(because: str | None) -> Reason:
    """A meeting that was moved or cancelled says nothing about the case."""
    says = f"deferred last time: {because}" if because else "deferred last time"
    return _reason(Why.FOLLOW_UP if because in BEFORE_THE_MEETING else Why.DEFERRED, says)


def _last_review(history: History) -> Event | None:
    return _latest(history, {F.REVIEW_HELD})


def _news(history: History) -> History:
    """What the last review cannot have known: all that was recorded after it was held, whenever it happened."""
    held = _last_review(history)
    return history if held is None else tuple(e for e in history if e.recorded_at > held.happened_at)


def _latest(events: Sequence[Event], facts: set[Fact]) -> Event | None:
    return next((e for e in reversed(events) if e.fact in facts), None)


def _answer(history: History, event: Event) -> str:
    if event.fact in OF_DECISIONS:
        which = _numbered("decision", event.about, history, F.DECISION_MADE)
        return f"{which} {event.fact.value.removeprefix('decision ')}"
    if event.fact in OF_PROVIDERS:
        return f"{event.fact.value} ({_numbered('need', event.about, history, F.NEED_LISTED)})"
    return event.fact.value


def _numbered(what: str, thing: str | None, history: History, made: Fact) -> str:
    """Which one of the case it is, as in "decision 2"; "a decision" where its beginning is not on record."""
    things = [e.about for e in history if e.fact is made]
    return f"{what} {things.index(thing) + 1}" if thing in things else f"a {what}"


def _titled(task: Task) -> str:
    step = STEP[task.step]
    return f"{step.title} ({cite(step).removeprefix('CGS ')})"


def _days_from(then: datetime | None, now: datetime) -> int:
    """Whole Connecticut days from `then` to `now`, negative for what is to come."""
    return (local_date(now) - local_date(then)).days if then is not None else 0


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _day(when: datetime) -> str:
    return f"{local_date(when):%-d %b %Y}"
