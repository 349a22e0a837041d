"""Closing a case, and acts on the record itself: corrections, hand-overs, postponed standards, duties left undone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, Field

from mdt.acts import Act, Form, New, Reason, said
from mdt.errors import NotPossible
from mdt.facts import ON_THE_RECORD, Fact
from mdt.position import blockers
from mdt.process import STEP, Room
from mdt.tasks import STANDARD, open_tasks, task_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event
    from mdt.tasks import Task

F = Fact


class Closing(Form):
    """Why the team ends its work. Compensation clocks go on."""

    because: Literal["work complete", "screened out", "not a minor child", "does not reside in the state", "other"] = Field(
        title="Because"
    )


class Retraction(Form):
    """Which event is wrong, and why. It stays in the history, struck through."""

    reason: Reason = Field(title="Why it is wrong")


class Redating(Form):
    """When it really happened, and why we know."""

    to: AwareDatetime = Field(title="When it really happened")
    reason: Reason = Field(title="Why")


class Assignment(Form):
    """Who takes the step."""

    to: str = Field(title="To whom", min_length=1, max_length=64)


class Postponement(Form):
    """Only a standard can be postponed, never a rule."""

    until: date = Field(title="Until")
    reason: Reason = Field(title="Why")


class LeftUndone(Form):
    """An honest record that a duty was not carried out; it is counted, never hidden."""

    reason: Reason = Field(title="Why it was not done")


def _propose(form: Closing, history: Sequence[Event]) -> list[New]:
    missing = blockers(history, open_tasks(history))
    if missing:
        shown = "; ".join(dict.fromkeys(missing))
        message = f"Can't close the case: still open: {shown}."
        raise NotPossible(message)
    return [said(F.CLOSING_PROPOSED, form)]


def _confirm(form: Form, history: Sequence[Event]) -> list[New]:
    if missing := blockers(history, [t for t in open_tasks(history) if t.step != "confirm-closing"]):
        message = f"Can't confirm the closing: since it was proposed, this opened: {'; '.join(dict.fromkeys(missing))}."
        raise NotPossible(message)
    return [said(F.CASE_CLOSED, form)]


def _correct(form: Retraction | Redating, history: Sequence[Event]) -> list[New]:
    wrong = next((e for e in history if e.id == form.about), None)
    if wrong is None or (wrong.fact in ON_THE_RECORD and wrong.fact is not F.REPORT_FOUND_INVALID):
        message = "Can't correct that: it is not an entry of this case that can be corrected."
        raise NotPossible(message)
    if wrong.fact is F.REPORT_RECEIVED and isinstance(form, Retraction):
        message = "Can't retract a report; a supervisor who did not take it records that it was none."
        raise NotPossible(message)
    if isinstance(form, Redating):
        if form.to > form.happened_at:
            message = "Can't re-date it: that time has not come yet."
            raise NotPossible(message)
        return [said(F.FACT_REDATED, form)]
    return [said(F.FACT_RETRACTED, form)]


def _postpone(form: Postponement, history: Sequence[Event]) -> list[New]:
    task = _the_task(form, history)
    if STEP[task.step].rule and task.force != STANDARD and task.due is not None:
        message = "Can't postpone it: that date is the law's, not the team's."
        raise NotPossible(message)
    if task.target is None:
        message = "Can't postpone it: the team has set no date for it."
        raise NotPossible(message)
    return [said(F.STANDARD_POSTPONED, form)]


def _assign(form: Assignment, history: Sequence[Event]) -> list[New]:
    _the_task(form, history)
    return [said(F.STEP_ASSIGNED, form)]


def _leave(form: LeftUndone, history: Sequence[Event]) -> list[New]:
    _the_task(form, history)
    return [said(F.DUTY_LEFT_UNDONE, form)]


def _the_task(form: Form, history: Sequence[Event]) -> Task:
    for task in open_tasks(history):
        if task_id(task.key) == form.about:
            return task
    message = "Can't do that: this step is not open."
    raise NotPossible(message)


def _act(key: str, title: str, fact: Fact, form: type[Form] = Form, **more: object) -> Act:
    return Act(key, title, fact, Room.CLOSED, form, **more)  # type: ignore[arg-type]


ACTS: tuple[Act, ...] = (
    _act("propose_closing", "Propose to close the case", F.CLOSING_PROPOSED, Closing, decide=_propose),
    _act("confirm_closing", "Confirm the closing", F.CASE_CLOSED, decide=_confirm, not_by=F.CLOSING_PROPOSED),
    _act("return_closing", "Return the closing", F.CLOSING_RETURNED, Retraction, not_by=F.CLOSING_PROPOSED),
    _act("retract_fact", "Retract an entry", F.FACT_RETRACTED, Retraction, decide=_correct, after_closing=True),
    _act("redate_fact", "Re-date an entry", F.FACT_REDATED, Redating, decide=_correct, after_closing=True),
    _act("assign_step", "Give the step to someone", F.STEP_ASSIGNED, Assignment, decide=_assign, after_closing=True),
    _act("postpone_standard", "Postpone the standard", F.STANDARD_POSTPONED, Postponement, decide=_postpone,
         after_closing=True),
    _act("leave_undone", "Record that the duty was not carried out", F.DUTY_LEFT_UNDONE, LeftUndone, decide=_leave,
         after_closing=True),
)  # fmt: skip
