"""The turns of the process: named questions a step asks of the fact that would open it and of what happened before.

Unknown is never taken for no: where a report does not say, the step that protects the child opens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from mdt.facts import VICTIM, Event, Fact

F = Fact
Turn = Callable[[Event, Sequence[Event]], bool]
INQUIRY_WINDOW = timedelta(hours=24)  # § 17a-101b(a): inquiries "made within twenty-four hours of such report"


def always(_event: Event, _before: Sequence[Event]) -> bool:
    """Every time."""
    return True


def oral_from_mandated_reporter(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-101c: the written report follows an oral one by a mandated reporter."""
    return event.data.get("mode") == "oral" and bool(event.data.get("mandated"))


def is_grave(event: Event) -> bool:
    """Whether a report may allege sexual abuse or serious physical abuse (§ 17a-101b(c)); unknown counts as yes."""
    return event.data.get("grave") is not False


def grave_from_mandated_reporter(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-101b(c): twelve hours."""
    return is_grave(event) and bool(event.data.get("mandated"))


def grave_from_anyone_else(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-103(c): twenty-four hours."""
    return is_grave(event) and not event.data.get("mandated")


def made_in_school(event: Event, _before: Sequence[Event]) -> bool:
    """§ 10-221v: a report made in a school."""
    return event.data.get("in_school") is True


def classified(*classes: str) -> Turn:
    """§ 17a-101g(a): the report was put in one of these classes."""

    def is_so(event: Event, _before: Sequence[Event]) -> bool:
        return event.fact is not F.REPORT_CLASSIFIED or event.data.get("classification") in classes

    return is_so


def inquiry_in_time(event: Event, before: Sequence[Event]) -> bool:
    """§ 17a-101b(a): the reporter's duty reaches inquiries within a day of a mandated reporter's electronic report."""
    return any(
        e.fact is F.REPORT_RECEIVED
        and e.about == event.about
        and e.data.get("mode") == "electronic"
        and e.data.get("mandated")
        and event.happened_at <= e.happened_at + INQUIRY_WINDOW
        for e in before
    )


def noncitizen_believed_victim(event: Event, before: Sequence[Event]) -> bool:
    """22 USC 7105(b)(1): a child who is known not to be a citizen, and may be a victim."""
    so_far = (*before, event)
    told = [e.data["noncitizen"] for e in so_far if e.data.get("noncitizen") is not None]
    return bool(told) and bool(told[-1]) and any(e.fact in VICTIM for e in so_far)


def in_care(event: Event, before: Sequence[Event]) -> bool:
    """42 USC 671(a)(34): the agency has placement, care or supervision of the child."""
    state = False
    for e in (*before, event):
        if e.fact in (F.SUPERVISION_BEGAN, F.MISSING_FROM_CARE) or e.data.get("in_care") is True:
            state = True
        elif e.fact is F.SUPERVISION_ENDED:
            state = False
    return state


def under_supervision(event: Event, before: Sequence[Event]) -> bool:
    """§ 17a-15(b): while the commissioner's supervision lasts."""
    ends = [e.fact for e in (*before, event) if e.fact in (F.SUPERVISION_BEGAN, F.SUPERVISION_ENDED)]
    return not ends or ends[-1] is F.SUPERVISION_BEGAN


def contested(event: Event, _before: Sequence[Event]) -> bool:
    """§ 46b-129(f): a contested hearing was asked for at the preliminary one."""
    return event.data.get("contested") is True


def often_screened_out(event: Event, before: Sequence[Event]) -> bool:
    """The team's standard: a third approved screen-out of one child within twelve months."""
    since = event.happened_at - relativedelta(months=12)
    return 1 + sum(e.fact is F.SCREEN_OUT_APPROVED and e.happened_at > since for e in before) >= REPEATED


REPEATED = 3


def wants_review(event: Event, before: Sequence[Event]) -> bool:
    """Anything but a review that concluded, and anything but a determination while a line is already waiting."""
    return event.data.get("concluded") is not True and not (event.fact in VICTIM and line_is_waiting(before))


def line_is_waiting(events: Sequence[Event]) -> bool:
    """Whether the case stands on an agenda and was not heard yet; a review that is concluded needs no further sitting."""
    waiting: set[str | None] = set()
    for e in events:
        if e.fact is F.PUT_ON_AGENDA:
            waiting.add(e.about)
        elif e.fact in (F.REVIEW_HELD, F.REVIEW_DEFERRED):
            waiting.discard(e.about)
        elif e.fact is F.REVIEW_CONCLUDED:
            waiting.clear()
    return bool(waiting)


def provider_outside_dcf(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-28(a)(4): consent is needed once records leave DCF; a need that DCF meets itself needs none."""
    return event.data.get("outside") is not False


def aggrieved(event: Event, _before: Sequence[Event]) -> bool:
    """§ 54-211a: "any applicant aggrieved" by a decision; a waiver that was granted aggrieves nobody."""
    return event.data.get("decision") != "waiver granted"


def awarded(event: Event, _before: Sequence[Event]) -> bool:
    """An award was made: by OVS, by the commissioner, or by the court."""
    return event.fact is F.AWARD_MAILED or event.data.get("awarded") is True
