"""Acts: what a person records, each with its form, and when it must be refused.

An act is declared in its room (`screening.ACTS`, `review.ACTS` …). Pages draw its form from the pydantic model, `casework`
records what it decides. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
)

from mdt import forms
from mdt.errors import NotAllowed, NotPossible, NotYet
from mdt.facts import ABOUT, BRINGS_INTO_BEING, Event, Fact, Thing, is_telling
from mdt.law.period import local_date
from mdt.position import is_closed
from mdt.process import ENDS, FROM_OUTSIDE, STEP, Room, cite

if TYPE_CHECKING:
    from datetime import date, datetime

    from mdt.process import Step
    from mdt.tasks import Task


class WordsMark:
    """Marks a field that may tell of a person: kept apart from the facts, never in a log, a list or a flow."""


class AskedMark:
    """Marks a field with a default that a page never proposes: whoever fills in the form says it, or is refused."""


def _plain(value: object) -> object:
    """Without control characters: PostgreSQL refuses some of them, and nobody means them."""
    return (forms.narrative(value, LONGEST_WORDS) or "") if isinstance(value, str) else value


def _whole(value: object) -> object:
    return (forms.narrative(value, LONGEST_TEXT) or "") if isinstance(value, str) else value


LONGEST_WORDS = 50_000  # characters
LONGEST_TEXT = 2_000_000  # of what is composed, not typed
Words = Annotated[str, BeforeValidator(_plain), StringConstraints(strip_whitespace=True), WordsMark()]
Told = Annotated[
    str, BeforeValidator(_plain), StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_WORDS), WordsMark()
]  # fmt: skip
Composed = Annotated[str, BeforeValidator(_whole), WordsMark()]
Reason = Annotated[
    str, BeforeValidator(_plain), StringConstraints(strip_whitespace=True, min_length=3, max_length=2_000), WordsMark()
]


class Form(BaseModel):
    """What every act asks: when it happened, about which thing, and a note."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    happened_at: AwareDatetime = Field(title="When it happened")
    about: str = Field(default="", title="About", max_length=64)
    note: Words = Field(default="", title="Note")


def not_before(day: str) -> AfterValidator:
    """Holds a day of a form to that of its act or a later one; `day` says what the act's day is."""

    def check(value: date, info: ValidationInfo) -> date:
        done = info.data.get("happened_at")
        if done is not None and value < local_date(done):
            raise forms.refuse(f"is before {day}")
        return value

    return AfterValidator(check)


@dataclass(frozen=True, slots=True)
class New:
    """A fact to be recorded. `about` None stands for a new thing of its kind; `words` are kept apart from `data`."""

    fact: Fact
    about: str | None = ""
    data: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    happened_at: datetime | None = None


Decide = Callable[[Any, Sequence[Event]], list[New]]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person records.

    `not_by` names the fact whose recorder may not be the one who does this; `needs` a fact that must have happened before;
    `dated` says what its time is the time of; `not_after` names a fact that this cannot have followed; `may_follow` one after
    which it may be recorded even if no step waits for it (a believed child is identified later). All of the same thing, if it
    is about one.
    """

    key: str
    title: str
    fact: Fact
    room: Room
    form: type[Form] = Form
    decide: Decide | None = None
    not_by: Fact | None = None
    needs: Fact | None = None
    dated: str = "that time"
    not_after: Fact | None = None
    may_follow: Fact | None = None
    after_closing: bool = False

    @property
    def ends(self) -> tuple[Step, ...]:
        """The steps that this act's fact ends."""
        return ENDS[self.fact]

    def decided(self, form: Form, history: Sequence[Event]) -> list[New]:
        """The facts that the form amounts to."""
        return self.decide(form, history) if self.decide else [said(self.fact, form)]


def said(fact: Fact, form: Form, **more: object) -> New:
    """The fact as the form says it: codes, dates and numbers as data, words apart."""
    words = {name: text for name in _words(type(form)) if (text := getattr(form, name))}
    data = form.model_dump(mode="json", exclude={"happened_at", "about", *_words(type(form))}, exclude_none=True)
    about = None if fact in BRINGS_INTO_BEING else form.about
    return New(fact, about if ABOUT[fact] is not Thing.CASE else "", data | more, words)


def _words(form: type[Form]) -> list[str]:
    return [name for name, info in form.model_fields.items() if is_words(info.metadata)]


def is_words(metadata: Sequence[object]) -> bool:
    """Whether a form's field holds words about a person."""
    return any(isinstance(mark, WordsMark) for mark in metadata)


def is_asked(metadata: Sequence[object]) -> bool:
    """Whether a page asks for a form's field, and takes nothing for granted."""
    return any(isinstance(mark, AskedMark) for mark in metadata)


def refuse_unless_possible(
    act: Act, form: Form, history: Sequence[Event], tasks: Sequence[Task], by: str, now: datetime
) -> None:
    """Raise, in the caseworker's words and citing the law, if the act cannot be recorded on this case now."""
    if form.happened_at > now:
        message = f"Can't {_lower(act.title)}: {act.dated} has not come yet."
        raise NotPossible(message)
    if is_closed(history) and not act.after_closing:
        message = f"Can't {_lower(act.title)}: the case is closed. A new report reopens it (§ 17a-103a)."
        raise NotPossible(message)
    _refuse_the_same_person(act, form, history, by)
    _refuse_out_of_order(act, form, history)
    if act.ends and not _from_outside(act) and not _follows(act, form, history):
        _refuse_unless_open(act, form, tasks)


def fill_in(act: Act, form: Form, history: Sequence[Event]) -> Form:
    """The form with its thing filled in, where the case has just one of the kind. Raises `NotPossible` for a foreign thing."""
    kind = ABOUT[act.fact]
    if kind in (Thing.CASE, Thing.EVENT, Thing.TASK) or act.fact in BRINGS_INTO_BEING:
        return form
    known = things_of(kind, history)
    if form.about and form.about in known:
        return form
    if not form.about and len(known) == 1:
        return form.model_copy(update={"about": known[0]})
    message = f"Can't {_lower(act.title)}: say which {kind.value} of this case it is about."
    raise NotPossible(message)


def things_of(kind: Thing, history: Sequence[Event]) -> list[str]:
    """The ids of a case's things of that kind, in the order in which they came up."""
    if kind is Thing.NOTICE:
        return [e.id for e in history if is_telling(e)]
    # A likeness of which something was said outlives the retraction of its finding.
    found = (e.about for e in history if ABOUT[e.fact] is kind and (e.fact in BRINGS_INTO_BEING or kind is Thing.LIKENESS))
    return [thing for thing in dict.fromkeys(found) if thing]


def _from_outside(act: Act) -> bool:
    return act.fact in FROM_OUTSIDE


def _follows(act: Act, form: Form, history: Sequence[Event]) -> bool:
    then = _latest(act.may_follow, form, history) if act.may_follow else None
    return then is not None and then.happened_at <= form.happened_at


def _refuse_out_of_order(act: Act, form: Form, history: Sequence[Event]) -> None:
    if act.needs is not None and _latest(act.needs, form, history) is None:
        message = f"Can't {_lower(act.title)}: “{act.needs.value}” is not on record."
        raise NotYet(message)
    then = _latest(act.not_after, form, history) if act.not_after else None
    if then is not None and form.happened_at > then.happened_at:
        message = f"Can't {_lower(act.title)}: that is after “{then.fact.value}”."
        raise NotPossible(message)


def _latest(fact: Fact, form: Form, history: Sequence[Event]) -> Event | None:
    """The latest event of a fact, of the same thing if it is about one of the kind that the form is about."""
    same = [e for e in history if e.fact is fact and (ABOUT[fact] is Thing.CASE or not form.about or e.about == form.about)]
    return same[-1] if same else None


def _refuse_the_same_person(act: Act, form: Form, history: Sequence[Event], by: str) -> None:
    if act.not_by is None:
        return
    first = _latest(act.not_by, form, history)
    if first is not None and first.by == by:
        message = f"Can't {_lower(act.title)}: it wants a second person, and you recorded “{act.not_by.value}”."
        raise NotAllowed(message)


def _refuse_unless_open(act: Act, form: Form, tasks: Sequence[Task]) -> None:
    waiting = tasks_ended_by(act, form.about, tasks)
    if not waiting:
        message = f"Can't {_lower(act.title)}: {_what_is_missing(act)}."
        raise NotYet(message)
    if all(form.happened_at < t.opened_at for t in waiting):
        section = f" ({cite(act.ends[0])})" if act.ends[0].rule else ""
        message = f"Can't {_lower(act.title)}: that is before what it answers happened{section}."
        raise NotPossible(message)


def tasks_ended_by(act: Act, about: str, tasks: Sequence[Task]) -> list[Task]:
    """The open tasks that the act would end."""
    kinds = {step.key for step in act.ends}
    whole_case = ABOUT[act.fact] is Thing.CASE
    return [t for t in tasks if t.step in kinds and (whole_case or STEP[t.step].per is Thing.CASE or t.about == about)]


def _what_is_missing(act: Act) -> str:
    step = act.ends[0]
    facts = " or ".join(f"“{fact.value}”" for fact in step.opened_by)
    section = f" ({cite(step)})" if step.rule else ""
    return f"nothing on this case waits for it; it follows {facts}{section}"


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
