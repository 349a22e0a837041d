"""The time to apply: which rule and version sets it, until when, and what became of it (§ 54-211(a)(1)(A), (2) to (6))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.claim.known import Element, Known, Rest, Status, day, href, rest
from mdt.facts import Fact
from mdt.law.period import Period, local_date
from mdt.law.rulebook import load
from mdt.tasks import answered, open_tasks, version_for

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.facts import Event
    from mdt.law.rulebook import Version
    from mdt.tasks import Task

F = Fact
DEPENDANT = "apply-as-dependant"
SECTION = {"apply": ("54-211(a)/apply", "(a)(1)(A)"), DEPENDANT: ("54-211(a)/apply-dependant", "(a)(4)")}
GROUNDS = "Three grounds may lift the limit: the injury (a)(2), a minor not at fault (a)(3), good cause (a)(6)."
NO_GROUNDS = (
    "The waivers speak of subdivision (1)'s limit, which runs from the injury or death; whether one may lift this one, ask OVS."
)
STATEMENT = (
    " The dependant files a signed statement of when she learned of it and why not sooner; then her right to it is presumed."
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The last instant to apply. `later`: where the section may be read to give the longer, newer period to an older injury."""

    step: str
    began: datetime
    ends: datetime
    version: Version
    later: datetime | None = None

    @property
    def of_dependant(self) -> bool:
        """Whether it runs from a dependant's learning of it (§ 54-211(a)(4)), which no waiver speaks of."""
        return self.step == DEPENDANT

    @property
    def grounds(self) -> str:
        """What may lift it."""
        return NO_GROUNDS if self.of_dependant else GROUNDS

    def days_left(self, now: datetime) -> int:
        """Whole Connecticut days until the last one, 0 on the last day itself, negative after it."""
        return (local_date(self.ends) - local_date(now)).days


def limit_of(known: Known) -> Limit | None:
    """A dependant's own limit where one learned of the death, else the injury's; None if no rule on record sets one."""
    opened = [*open_tasks(known.events), *(a.task for a in answered(known.events))]
    tasks = {task.step: task for task in opened if task.step in SECTION}
    found = [_limit(tasks[step]) for step in (DEPENDANT, "apply") if step in tasks]
    return next(iter(found), None)


def _limit(task: Task) -> Limit | None:
    rule = load()[SECTION[task.step][0]]
    version = version_for(rule, task.started)
    if version is None or task.due is None:
        return None
    newest = rule.versions[-1]
    later = newest.within.end(task.started).due if version is not newest and isinstance(newest.within, Period) else None
    return Limit(task.step, task.started, task.due, version, later)


def time(known: Known) -> Element:
    """Whether the application is, or was, in time; what may still be read in its favor; what a waiver did."""
    limit, filed = limit_of(known), known.first(F.APPLICATION_FILED)
    if limit is None:
        says = "No date of the injury, or none that the law on record reaches, is recorded; the time cannot be counted."
        return Element("time", "Time to apply", Status.MISSING, says, "CGS § 54-211(a)(1)(A)", href("54-211"), (),
                       "Record when the injury occurred.")  # fmt: skip
    if filed is None:
        return _running(known, limit)
    if filed.happened_at <= limit.ends:
        says = f"The application was made on {day(filed.happened_at)}, {_within(limit)}."
        return _time(limit, Status.SATISFIED, says, rest(filed))
    return _saved(
        known, limit, f"The application was made on {day(filed.happened_at)}, not {_within(limit)}.", filed.happened_at
    )


def _within(limit: Limit) -> str:
    version = limit.version
    return f"within {version.within} of {day(limit.began)}, which end on {day(limit.ends)} ({version.act})"


def _time(limit: Limit, status: Status, says: str, more: tuple[Rest, ...] = (), helps: str = "") -> Element:
    began = "the dependant learned of it" if limit.of_dependant else "the injury"
    cite = f"CGS § 54-211{SECTION[limit.step][1]}"
    text = says + (STATEMENT if limit.of_dependant else "")
    return Element("time", "Time to apply", status, text, cite, href("54-211"), (Rest(began, limit.began), *more), helps)


def _running(known: Known, limit: Limit) -> Element:
    left = limit.days_left(known.now)
    if known.now > limit.ends:
        return _saved(known, limit, f"No application was made {_within(limit)}.", known.now)
    days = "today is the last day" if left == 0 else f"{left} {'day is' if left == 1 else 'days are'} left"
    says = f"The application is not made yet; {days}, until {day(limit.ends)}: {limit.version.within} ({limit.version.act})."
    return _time(limit, Status.MISSING, f"{says}{_both(limit)}", (), f"File it before then. {limit.grounds}")


def _both(limit: Limit) -> str:
    if limit.later is None:
        return ""
    what = "a dependant who learned of it" if limit.of_dependant else "an injury"
    return (
        f" Whether {what} before 1 July 2024 has three years, until {day(limit.later)}, the section does not say; ask OVS"
        " and keep to the earlier day."
    )


def _saved(known: Known, limit: Limit, says: str, when: datetime) -> Element:
    """After the limit: a waiver, the longer reading, or what is open about a waiver."""
    granted = known.last(F.WAIVER_GRANTED)
    if granted:
        return _time(limit, Status.SUBSTITUTE, f"{says} OVS or a commissioner waived the limit.", rest(granted))
    if limit.later and when <= limit.later:
        return _time(limit, Status.OVS, f"{says}{_both(limit)}", (), f"Ask for a waiver too. {limit.grounds}")
    last = next((e for e in reversed(known.events) if e.fact in _OF_WAIVER or _denied_on_review(e)), None)
    if last is None:
        return _time(limit, Status.MISSING, f"{says} A waiver was not asked for yet.", (), limit.grounds)
    status, more, helps = DENIED_ON_REVIEW if _denied_on_review(last) else _OF_WAIVER[last.fact]
    return _time(limit, status, f"{says} {more}", rest(last), helps)


def _denied_on_review(event: Event) -> bool:
    return event.fact is F.COMMISSIONER_DECISION_SENT and event.data.get("decision") == "waiver denied"


DENIED_ON_REVIEW = (
    Status.MISSING, "A commissioner denied the waiver.",
    "Appeal within thirty days of the day on which the decision was sent (§ 54-211a), or put another ground to OVS.",
)  # fmt: skip
_OF_WAIVER = {
    F.WAIVER_REQUESTED: (Status.OVS, "A waiver was asked for; OVS decides.", "What shows the ground goes with the request."),
    F.WAIVER_DENIED: (
        Status.OVS, "OVS's denial of the waiver was mailed; a commissioner may review it.",
        "Ask for review within thirty days of the mailing (§ 54-211(a)(5)).",
    ),
    F.WAIVER_REVIEW_REQUESTED: (Status.OVS, "A commissioner reviews the waiver.", ""),
    F.WAIVER_DENIAL_LET_STAND: (
        Status.MISSING, "The waiver's denial was let stand.", "Another ground may still be put to OVS (§ 54-211(a)(6)).",
    ),
}  # fmt: skip
