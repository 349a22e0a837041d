"""The turns of the process: named questions a step asks of the fact that would open it and of what happened before.

Where a report does not say whether it alleges sexual or serious physical abuse, the police are told: unknown is not no. What
is not known of a child's care or citizenship opens nothing until it is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mdt.facts import VICTIM, Event, Fact
from mdt.law.period import local_date
from mdt.law.rulebook import load

F = Fact
Turn = Callable[[Event, Sequence[Event]], bool]


def always(_event: Event, _before: Sequence[Event]) -> bool:
    """Every time."""
    return True


def oral_from_mandated_reporter(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-101c: the written report follows an oral one by a mandated reporter; of nobody else is one asked."""
    return event.data.get("mode") == "oral" and event.data.get("mandated") is True


def is_grave(event: Event) -> bool:
    """Whether a report may allege sexual abuse or serious physical abuse (§ 17a-101b(c)); unknown counts as yes."""
    return event.data.get("grave") is not False


def grave_from_mandated_reporter(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-101b(c): twelve hours; also of a reporter of whom it is unknown, as the shorter clock is the safe one."""
    return is_grave(event) and event.data.get("mandated") is not False


def grave_from_anyone_else(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-103(c): twenty-four hours, where the reporter is known not to be mandated."""
    return is_grave(event) and event.data.get("mandated") is False


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
        and _within_the_window(e, event)
        for e in before
    )


def _within_the_window(report: Event, inquiry: Event) -> bool:
    rule = load()["17a-101b(a)/answer-inquiries"]
    if local_date(report.happened_at) < rule.versions[0].effective:
        return False
    window = rule.on(report.happened_at).window
    return window is not None and inquiry.happened_at <= window.end(report.happened_at).due


def noncitizen_believed_victim(event: Event, before: Sequence[Event]) -> bool:
    """22 USC 7105(b)(1): a child who is known not to be a citizen, and may be a victim."""
    so_far = (*before, event)
    told = [e.data["noncitizen"] for e in so_far if e.data.get("noncitizen") is not None]
    is_so = bool(told) and bool(told[-1]) and any(e.fact in VICTIM for e in so_far)
    return is_so and not any(e.fact is F.HHS_TOLD for e in before)


INTO_CARE = frozenset({F.SUPERVISION_BEGAN, F.MISSING_FROM_CARE, F.CHILD_REMOVED, F.CUSTODY_ORDER_ISSUED, F.PLACEMENT_CHANGED})
OUT_OF_CARE = frozenset({F.SUPERVISION_ENDED, F.REMOVAL_ENDED})


def in_care(event: Event, before: Sequence[Event]) -> bool:
    """42 USC 671(a)(34): the agency has placement, care or supervision of the child."""
    state = False
    for e in (*before, event):
        if e.fact in INTO_CARE or e.data.get("in_care") is True:
            state = True
        elif e.fact in OUT_OF_CARE:
            state = False
    return state


def identified_in_care(event: Event, before: Sequence[Event]) -> bool:
    """42 USC 671(a)(34): a child identified in care, or one identified before who is in care from now on; told once of it."""
    if event.fact is F.VICTIM_IDENTIFIED:
        return in_care(event, before)
    told = any(e.fact is F.IDENTIFIED_CHILD_POLICE_TOLD for e in before)
    identified = any(e.fact is F.VICTIM_IDENTIFIED for e in before)
    return identified and not told and in_care(event, before)


def under_supervision(event: Event, before: Sequence[Event]) -> bool:
    """§ 17a-15(b): while the commissioner's supervision lasts."""
    ends = [e.fact for e in (*before, event) if e.fact in (F.SUPERVISION_BEGAN, F.SUPERVISION_ENDED)]
    return not ends or ends[-1] is F.SUPERVISION_BEGAN


def contested(event: Event, _before: Sequence[Event]) -> bool:
    """§ 46b-129(f): a contested hearing was asked for at the preliminary one."""
    return event.data.get("contested") is True


def often_screened_out(event: Event, before: Sequence[Event]) -> bool:
    """The team's standard: so many approved screen-outs of one child within so many months.

    Where this system has counted them over several cases of the child, it has found so already.
    """
    if event.fact is F.EARLIER_SCREEN_OUTS_FOUND:
        return True
    standard = load().standard("repeat-screen-outs")
    if standard.within is None or standard.number is None:
        return False
    today = local_date(event.happened_at)
    approved = [local_date(e.happened_at) for e in before if e.fact is F.SCREEN_OUT_APPROVED]
    return 1 + sum(standard.within.last_day_after(day) > today for day in approved) >= standard.number


def is_confidential(event: Event, _before: Sequence[Event]) -> bool:
    """§ 17a-106a(h): the oath is asked for confidential information alone; a record is that unless it was said otherwise."""
    return event.data.get("confidential") is not False


def needs_no_oath_any_more(event: Event, before: Sequence[Event]) -> bool:
    """§ 17a-106a(h): the record was certified, or is not confidential."""
    return event.fact is F.RECORD_CERTIFIED or not is_confidential(event, before)


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


def provider_outside_dcf(event: Event, before: Sequence[Event]) -> bool:
    """§ 17a-28(a)(4): consent, for each recipient, once records leave DCF; a need that DCF meets itself needs none."""
    of_this_need = [e for e in (*before, event) if e.about == event.about]
    return not any(e.data.get("outside") is False for e in of_this_need)


def first_on_its_report(event: Event, before: Sequence[Event]) -> bool:
    """The first determination on its report that the child is, or may be, a victim; a belief that becomes certain is not."""
    return not any(e.fact in VICTIM and e.about == event.about for e in before)


NO_UNIT = frozenset({"FBI", "other"})  # § 7-294a(8): a law enforcement unit is the state's or a municipality's


def police_told_of_online_abuse(event: Event, before: Sequence[Event]) -> bool:
    """§ 29-7e(c): a police unit has word of it, from anyone; DCF's own notice of an online report is such a word."""
    about = [e for e in (*before, event) if e.about == event.about]
    if event.data.get("agency") in NO_UNIT:
        return False
    is_online = event.fact is F.POLICE_HEARD_OF_ONLINE_ABUSE or any(e.data.get("online") is True for e in about)
    return is_online and not any(e.fact is F.ICAC_NOTICE_GIVEN for e in about)


WRITTEN = frozenset({"e-mail", "fax", "portal"})


def told_in_writing(event: Event, _before: Sequence[Event]) -> bool:
    """The team's standard: what was written may not have been read, unless somebody there acknowledged it at once.

    Who is told by phone or in person, heard it.
    """
    return event.data.get("how") in WRITTEN and event.data.get("acknowledged") is not True


def aggrieved(event: Event, _before: Sequence[Event]) -> bool:
    """§ 54-211a: "any applicant aggrieved" by a decision; a waiver that was granted aggrieves nobody."""
    return event.data.get("decision") != "waiver granted"


def awarded(event: Event, _before: Sequence[Event]) -> bool:
    """An award was made: by OVS, by the commissioner, or by the court."""
    return event.fact is F.AWARD_MAILED or event.data.get("awarded") is True
