"""While a report is being taken: what is still to be asked, what does not fit together, and what the report would start.

The eleven items are those of CGS § 17a-101d, each "if known": none is required. The clocks are those that the process opens on
the facts the report tells of; no figure stands here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mdt import geography, intake, referral
from mdt.facts import Event, Fact
from mdt.law.period import age_on, local_date
from mdt.law.rulebook import load
from mdt.process import STEP
from mdt.referral import NewReferral, Suspected
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from mdt.acts import New
    from mdt.errors import BadField
    from mdt.tasks import Task


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for the caller, by the item of § 17a-101d (None: a clock hangs on it, or two answers do not fit together).

    `fields`: those that it fills; `odd`: what does not fit together, without a value; empty for every other question.
    """

    item: int | None
    words: str
    fields: tuple[str, ...]
    odd: str = ""

    @property
    def is_of_the_child(self) -> bool:
        """Whether it is asked of each child; all else is asked once a report."""
        return self.fields[0].startswith("child_") or self.fields[0] == "parents"


@dataclass(frozen=True, slots=True)
class Clock:
    """What taking the report now would start: by when (UTC), by whom, and the section, or the team's standard.

    `at_once`: the law says "immediately"; `once`: what would have to be said of the report first, empty if it starts by itself.
    """

    title: str
    due: datetime
    cite: str
    who: str
    at_once: bool = False
    once: str = ""


# fmt: off
QUESTIONS = (
    Ask(1, "What is the child's name?", ("child_given_name", "child_family_name")),
    Ask(1, "Where does the child live, or where can it be found?", ("child_address", "child_residence_town")),
    Ask(1, "Who are the parents, or whoever cares for the child, and where do they live?", ("parents",)),
    Ask(2, "How old is the child, or when was it born?", ("child_birthdate", "child_age")),
    Ask(3, "Is it a girl, a boy, or does the child say otherwise?", ("child_gender",)),
    Ask(4, "What was done to the child, and how badly is it hurt?", ("narrative",)),
    Ask(5, "About when did it happen?", ("incident_from", "incident_to", "incident_time")),
    Ask(6, "Has this child, or a brother or sister, been harmed before?", ("prior_harm",)),
    Ask(7, "How do you know of it?", ("how_known",)),
    Ask(8, "Who is suspected: a name, or anything to know the person by?", ("suspected", "suspected_person")),
    Ask(9, "Why that person?", ("why_suspected",)),
    Ask(10, "Has that person been suspected of harming a child before?", ("prior_cases",)),
    Ask(11, "What has been done so far to treat, shelter or help the child?", ("action_taken",)),
)
# fmt: on


def to_ask(told: NewReferral | Mapping[str, Any], now: datetime | None = None) -> list[Ask]:
    """The questions of § 17a-101d to which nothing is known yet, then what was told that does not fit together.

    `told` is a referral, or what `understood` makes of one that is not whole; `now` is when it came, if it does not say.
    """
    values = told.model_dump() if isinstance(told, NewReferral) else dict(told)
    unknown = [ask for ask in QUESTIONS if not any(_known(values.get(field)) for field in ask.fields)]
    came: datetime | None = values.get("received_at") or now
    return [*unknown, *_for_the_clocks(values), *_odd(values, local_date(came) if came else None)]


def odd(form: NewReferral) -> list[str]:
    """What does not fit together in a referral, in words without a value; it is taken all the same."""
    return [ask.odd for ask in to_ask(form) if ask.odd]


def _for_the_clocks(told: dict[str, Any]) -> Iterator[Ask]:
    """What is no item of § 17a-101d, and starts a clock or shortens one."""
    if told.get("reporter_mandated") is None:
        yield Ask(
            None, "Is the reporter mandated to report? Until that is known, the shorter clock counts.", ("reporter_mandated",)
        )  # fmt: skip
    if told.get("missing") and told.get("in_dcf_care") is None:
        yield Ask(None, "Is the child in DCF's care? Then NCMEC and police are told within 24 hours.", ("in_dcf_care",))


def _known(value: object) -> bool:
    return value not in (None, "", (), [])


def _odd(told: dict[str, Any], on: date | None) -> Iterator[Ask]:
    """What is taken all the same, and asked about. `on` is the day on which the report came."""
    yield from _odd_age(told, on)
    born, began, ended = told.get("child_birthdate"), told.get("incident_from"), told.get("incident_to")
    if born and began and began < born:
        yield Ask(
            None,
            "It is said to have happened before the child was born. Which day is right?",
            _BORN_AND_BEGAN,
            "it happened before the birthdate",
        )
    if ended and on and ended > on:
        yield Ask(
            None,
            "It is said to have gone on after the day of the report. Which day is right?",
            ("incident_to",),
            "it went on after the day of the report",
        )
    if not told.get("child_residence_town") and not told.get("incident_town"):
        yield Ask(None, "In which town does the child live, or did it happen? It finds the office and the team.", _TOWNS)
    elif told.get("child_in_state") is False and geography.find(told.get("child_residence_town") or ""):
        yield Ask(
            None,
            "The child is said not to live in Connecticut, yet in one of its towns. Which is right?",
            _HOME,
            "no resident, yet in a town of Connecticut",
        )


_TOWNS = ("child_residence_town", "incident_town")
_HOME = ("child_residence_town", "child_in_state")
_BORN_AND_BEGAN = ("child_birthdate", "incident_from")


def _odd_age(told: dict[str, Any], on: date | None) -> Iterator[Ask]:
    born, years = told.get("child_birthdate"), told.get("child_age")
    if born and on and born <= on:
        by_birthdate = age_on(on, born)
        if years is not None and abs(years - by_birthdate) > 1:  # a birthday may lie between the telling and the report
            yield Ask(
                None, f"The age told is {years}, but the birthdate makes {by_birthdate}. Which is right?",
                ("child_birthdate", "child_age"), "the age is not that of the birthdate",
            )  # fmt: skip
        years = by_birthdate
    if years is not None and years >= intake.MAJORITY:
        yield Ask(
            None, "The child would be 18 or older. Is that right? The report is taken like any other (§ 17a-103a).",
            ("child_birthdate", "child_age"), "18 or older on the day of the report",
        )  # fmt: skip


def as_typed(text: str) -> str:
    """What is said beside a name that looks odd: it is kept as typed all the same. Empty if nothing is odd about it."""
    return next((words for is_so, words in _ODD if is_so(text)), "") if text.strip() else ""


def _letters(text: str) -> list[str]:
    return [sign for sign in text if sign.isalpha()]


_ODD: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: text.lstrip()[0] in "=+-@" or not set("<>[]{}|*`").isdisjoint(text),
     "has signs that a name seldom has. It is kept as typed, as letters and no more."),
    (lambda text: not _letters(text), "has no letter in it. It is kept as typed; is it a name?"),
    (lambda text: len(_letters(text)) == 1, "is of one letter. It is kept; is that all that is known?"),
    (lambda text: not all(unicodedata.name(sign, "").startswith("LATIN") for sign in _letters(text)),
     "is not in Latin letters. It is kept as typed; ask how it is spelled in English too."),
    (lambda text: any(unicodedata.category(sign) in ("So", "Sk", "Cn", "Co") for sign in text),
     "has signs that are no letters. It is kept as typed."),
)  # fmt: skip


def understood(values: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], list[BadField]]:
    """What can be read of a form that may be half filled in, and what has to be corrected. What is wrong is left out."""
    left = dict(values)
    wrong: dict[str, BadField] = {}
    while True:
        try:
            form = NewReferral.model_validate(_STAND_INS | {"received_at": now} | left, context={"now": now})
        except ValidationError as error:
            found = {bad.field: bad for bad in referral.fields_wrong(error)}
            wrong |= found
            kept = {name: value for name, value in left.items() if name not in found}
            if len(kept) == len(left):
                raise
            left = kept
        else:
            given = {name: getattr(form, name) for name in left if getattr(form, name) is not None}
            return given, list(wrong.values())


_STAND_INS = {"report_no": "-", "mode": "oral"}


def person_understood(values: Mapping[str, Any]) -> tuple[Suspected, dict[str, str]]:
    """What can be read of a suspected person, and what has to be corrected, by field."""
    try:
        return Suspected.model_validate(values), {}
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        wrong = {str(e["loc"][0]): str(e.get("ctx", {}).get("reason", "cannot be read")) for e in found}
        return Suspected.model_validate({k: v for k, v in values.items() if k not in wrong}), wrong


def starts(form: NewReferral, now: datetime) -> list[Clock]:
    """The clocks that taking this report would start, the soonest first; of its classification only what comes first."""
    facts = intake.accept(form, _REPORT).facts
    events = [_event(new, now, n) for n, new in enumerate(facts)]
    by_itself = _clocks(open_tasks(events))
    return sorted([*by_itself, *_once_classified(events, now)], key=lambda clock: (bool(clock.once), clock.due))


_REPORT = "report"
CLASSES = ("emergency", "other")


def _event(new: New, now: datetime, n: int) -> Event:
    return Event(new.fact, new.happened_at or now, now, "", new.about or None, new.data, id=str(n), seq=n)


def _once_classified(events: Sequence[Event], now: datetime) -> Iterator[Clock]:
    """What each class of § 17a-101g(a) would start first."""
    before = {task.key for task in open_tasks(events)}
    for name in CLASSES:
        data = {"classification": name}
        classified = Event(Fact.REPORT_CLASSIFIED, now, now, "", _REPORT, data, id=name, seq=len(events))
        new = [task for task in open_tasks([*events, classified]) if task.key not in before and STEP[task.step].rule]
        yield from _clocks(new, f"once classified {name}")[:1]


def _clocks(tasks: Iterable[Task], once: str = "") -> list[Clock]:
    """A clock for each task that the law gives an end."""
    return [
        Clock(
            STEP[task.step].title, task.due, load()[STEP[task.step].rule or ""].cite, task.owner, task.due == task.started, once
        )
        for task in tasks
        if task.due is not None
    ]
