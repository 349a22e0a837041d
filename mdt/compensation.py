"""The advocate's second track: the claim to the Office of Victim Services (CGS §§ 54-201 to 54-218)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mdt import applying
from mdt.acts import Act, Form, New, Reason, said
from mdt.claim.award import award, awarded, is_award, paid
from mdt.claim.cap import harm_of, most_on
from mdt.claim.known import DisclosedTo, Harm, Offense, Order, Place, YesNo, day
from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.process import Room
from mdt.tasks import is_lost, open_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mdt.facts import Event
    from mdt.tasks import Task

F = Fact

TO_APPLY = ("apply", "apply-as-dependant")  # the steps whose time limit § 54-211(a) sets


class Described(Form):
    """What the claim rests on, as far as it is known; what is said later counts, and what is left unknown changes nothing."""

    harm: Harm = Field(default="unknown", title="Kind of harm (§§ 54-201, 54-211(d))")
    offense: Offense = Field(default="unknown", title="Offense that is alleged (§ 54-209(d))")
    on_registry: YesNo = Field(default="unknown", title="The person responsible was placed on DCF's registry (§ 17a-101k)")
    disclosed_to: DisclosedTo = Field(default="unknown", title="To whom the injury was disclosed (§ 54-209(d)(1))")
    disclosed_on: date | None = Field(default=None, title="Disclosed on")
    order: Order = Field(default="unknown", title="Or reported in an application for (§ 54-209(d)(2))")
    granted_on: date | None = Field(default=None, title="Order granted, after a hearing, on")
    place: Place = Field(default="unknown", title="Where it happened (§ 54-211(f))")
    lived_here: YesNo = Field(default="unknown", title="The victim lived in Connecticut then")
    other_program: YesNo = Field(default="unknown", title="The other state or country has a program for the victim")


class Shown(Form):
    """§ 54-211(a)(1)(C): the police report, or what stands in for it. Never an automatic denial."""

    route: Literal["police report", "evidence exam within 120 hours", "disclosure under § 54-209(d)", "left to OVS"] = Field(
        title="What is shown"
    )


class WaiverAsked(Form):
    """§ 54-211(a)(2), (3), (6)."""

    ground: Literal[
        "delay caused by the injury (§ 54-211(a)(2))",
        "minor not at fault (§ 54-211(a)(3))",
        "good cause and compelling equity (§ 54-211(a)(6))",
    ] = Field(title="Ground")
    reason: Reason = Field(title="What shows it")


class Mailed(Form):
    """§ 54-205(b) counts from mailing, not from receipt: the time of this act is the day of mailing."""


Beyond = Literal[
    "no", "minor with additional needs (§ 54-211(d)(2))", "good cause and compelling equity (§ 54-211(d)(3))"
]  # fmt: skip
MINOR_NEEDS: Beyond = "minor with additional needs (§ 54-211(d)(2))"
GOOD_CAUSE: Beyond = "good cause and compelling equity (§ 54-211(d)(3))"
BEYOND = "More than the maximum of § 54-211(d)(1), on the ground of"


class Award(Mailed):
    """§ 54-211(d)."""

    amount: int = Field(ge=1, le=1_000_000, title="Amount in dollars")
    beyond: Beyond = Field(default="no", title=BEYOND)


class CommissionerDecision(Form):
    """§ 54-211a counts from the day it was sent. A waiver granted on review goes back to OVS (§ 54-211(a)(5))."""

    decision: Literal["award", "no award", "waiver granted", "waiver denied"] = Field(title="The decision")
    sent_by: Literal["first class mail", "e-mail"] = Field(
        default="first class mail", title="Sent by (an e-mail that is known not to have arrived was not sent)"
    )
    amount: int | None = Field(default=None, ge=1, le=1_000_000, title="Amount in dollars, of an award")
    beyond: Beyond = Field(default="no", title=BEYOND)


class Payment(Form):
    """§ 54-208(f): in one sum or from time to time, to the applicant, or to those who treated or served the victim."""

    amount: int = Field(ge=1, le=1_000_000, title="Amount in dollars")
    to: Literal["applicant", "health care provider", "victim service provider"] = Field(title="Paid to")


class CourtDecision(Form):
    """The court's judgment."""

    awarded: bool = Field(title="The judgment makes an award")


class FamilyDeclines(Form):
    """Whose choice it is not to apply."""

    declined_by: Literal["child", "parent", "guardian", "legal representative"] = Field(title="Declined by")


class HandedOver(Form):
    """Somebody else goes on with the claim."""

    to: Literal["attorney", "OVS advocate", "guardian", "other agency"] = Field(title="Handed over to")


def _describe(form: Described, history: Sequence[Event]) -> list[New]:
    told = [date for date in (form.disclosed_on, form.granted_on) if date]
    injury = _injury(history)
    if injury and any(date < local_date(injury.happened_at) for date in told):
        raise NotPossible(f"Can't describe the claim: {_before(injury)} (§ 54-209(d)).")
    if any(date > local_date(form.happened_at) for date in told):
        raise NotPossible("Can't describe the claim: it tells of a day that had not come when it was described (§ 54-209(d)).")
    return [said(F.CLAIM_DESCRIBED, form)]


def _injury(history: Sequence[Event]) -> Event | None:
    return next((e for e in history if e.fact is F.INJURY_OCCURRED), None)


def _before(injury: Event) -> str:
    return f"that is before the injury on record, {day(injury.happened_at)}"


def _mail_award(form: Award, history: Sequence[Event]) -> list[New]:
    _refuse_over_cap(form.amount, form.beyond, form, history)
    return [said(F.AWARD_MAILED, form)]


def _refuse_over_cap(amount: int, beyond: Beyond, form: Form, history: Sequence[Event]) -> None:
    """Raise `NotPossible` for an award over the maximum that names no ground which reaches so far (§ 54-211(d))."""
    harm, on = harm_of(history), local_date(form.happened_at)
    most = most_on(harm, on, minor_needs=beyond == MINOR_NEEDS)
    if amount <= most or beyond == GOOD_CAUSE:
        return
    what = f"for {harm}" if harm != "unknown" else "for any harm"
    message = (
        f"Can't record the award: ${amount:,} is more than ${most:,}, the most that § 54-211(d) allows {what} on that ground."
        " Name the ground on which more was awarded, or look at the amount again (§ 54-211(d)(2), (3))."
    )
    raise NotPossible(message)


def _decide_review(form: CommissionerDecision, history: Sequence[Event]) -> list[New]:
    if form.amount is not None and form.decision != "award":
        raise NotPossible("Can't record the commissioner's decision: only an award names an amount (§ 54-211(d)).")
    _refuse_over_cap(form.amount or 0, form.beyond, form, history)
    sent = said(F.COMMISSIONER_DECISION_SENT, form, awarded=form.decision == "award")
    return [sent, New(F.WAIVER_GRANTED)] if form.decision == "waiver granted" else [sent]


def _pay(form: Payment, history: Sequence[Event]) -> list[New]:
    first = next((e for e in history if is_award(e)), None)
    if first is None or award(history) is None:
        raise NotYet("Can't record the payment: no award that stands is on record (§ 54-208(f)).")
    if form.happened_at < first.happened_at:
        raise NotPossible(f"Can't record the payment: that is before the award, {day(first.happened_at)} (§ 54-208(f)).")
    most, so_far = awarded(history), paid(history)
    if most is not None and so_far + form.amount > most:
        raise NotPossible(
            f"Can't record the payment: with it ${so_far + form.amount:,} would be paid of an award of ${most:,} (§ 54-208(f))."
        )
    return [said(F.AWARD_PAID, form)]


def _file(form: applying.Filed, history: Sequence[Event]) -> list[New]:
    """That it was sent; and where that was too late, that the time to apply had run out."""
    late = time_limit_passed(open_tasks(history), history, form.happened_at)
    return [*applying.file(form, history), *([late] if late else [])]


# What may be recorded though no step waits for it: who asks for a waiver does so whatever is on record here.
_MAY_FOLLOW = {"ask_for_waiver": F.APPLICATION_FILED}
_DECIDES: dict[str, Callable[..., list[New]]] = {
    "send_commissioner_decision": _decide_review, "mail_award": _mail_award, "describe_claim": _describe,
    "record_payment": _pay, **applying.DECIDES, "file_application": _file,
}  # fmt: skip
# What has its own time, and is no answer to the injury.
_BEFORE_ALL = ("record_injury", "record_sexual_assault", "describe_claim")
_DATED = dict.fromkeys(("deny_waiver", "mail_award", "mail_denial"), "the mailing date") | {
    "send_commissioner_decision": "the day of sending"
}
_FORMS: dict[str, tuple[str, Fact, type[Form]]] = {
    "record_injury": ("Record when the injury occurred", F.INJURY_OCCURRED, Form),
    "record_dependant": ("Record that a dependant learned of the death", F.DEPENDANT_DISCOVERED, Form),
    "describe_claim": ("Describe what the claim rests on", F.CLAIM_DESCRIBED, Described),
    "record_sexual_assault": ("Record when the sexual assault occurred", F.SEXUAL_ASSAULT_OCCURRED, Form),
    "record_exam": ("Record the evidence exam", F.EXAM_DONE, Form),
    "decline_exam": ("Record that the exam was declined", F.EXAM_DECLINED, Form),
    **applying.FORMS,
    "receive_paper": ("Record that the paper came", F.PAPER_RECEIVED, Form),
    "give_up_paper": ("Record that the paper is not available", F.PAPER_NOT_AVAILABLE, Form),
    "gather_papers": ("Record that the papers are gathered", F.PAPERS_GATHERED, Form),
    "show_police_report": ("Record the police report or its substitute", F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, Shown),
    "decline_compensation": ("Record that the family declines", F.COMPENSATION_DECLINED, FamilyDeclines),
    "hand_over_compensation": ("Hand the claim over", F.COMPENSATION_HANDED_OVER, HandedOver),
    "ask_for_waiver": ("Record the request for a waiver", F.WAIVER_REQUESTED, WaiverAsked),
    "grant_waiver": ("Record that the waiver was granted", F.WAIVER_GRANTED, Form),
    "deny_waiver": ("Record that the waiver's denial was mailed", F.WAIVER_DENIED, Mailed),
    "request_waiver_review": ("Record the request for review of the waiver's denial", F.WAIVER_REVIEW_REQUESTED, Form),
    "let_waiver_denial_stand": ("Let the waiver's denial stand", F.WAIVER_DENIAL_LET_STAND, Form),
    "receive_application": ("Record that OVS received the application", F.APPLICATION_RECEIVED, Form),
    "send_rights_list": ("Record that the list of rights was sent", F.RIGHTS_LIST_SENT, Form),
    "mail_award": ("Record that an award was mailed", F.AWARD_MAILED, Award),
    "mail_denial": ("Record that a denial was mailed", F.DENIAL_MAILED, Mailed),
    "request_review": ("Record the request for review", F.DENIAL_REVIEW_REQUESTED, Form),
    "let_determination_stand": ("Let the determination stand", F.DETERMINATION_LET_STAND, Form),
    "send_commissioner_decision": ("Record that the commissioner's decision was sent", F.COMMISSIONER_DECISION_SENT,
                                   CommissionerDecision),
    "appeal": ("Record the appeal", F.APPEAL_FILED, Form),
    "let_commissioner_decision_stand": ("Let the commissioner's decision stand", F.COMMISSIONER_DECISION_LET_STAND, Form),
    "record_court_decision": ("Record the court's decision", F.COURT_DECIDED, CourtDecision),
    "claim_award": ("Record that the award was claimed", F.AWARD_CLAIMED, Form),
    "record_payment": ("Record a payment of the award", F.AWARD_PAID, Payment),
    "file_suit": ("Record that the applicant sued the offender", F.SUIT_FILED, Form),
    "tell_ovs_of_suit": ("Record that OVS was told of the suit", F.OVS_TOLD_OF_SUIT, Form),
}  # fmt: skip


def _after_the_injury(key: str, form: Form, history: Sequence[Event]) -> list[New]:
    """What the act amounts to; refused on a day before the injury."""
    title, fact, _ = _FORMS[key]
    injury = _injury(history)
    if injury and form.happened_at < injury.happened_at:
        raise NotPossible(f"Can't {title[0].lower()}{title[1:]}: {_before(injury)} (§ 54-211(a)(1)(A)).")
    return _DECIDES[key](form, history) if key in _DECIDES else [said(fact, form)]


def _act(key: str) -> Act:
    title, fact, form = _FORMS[key]
    decide = _DECIDES.get(key) if key in _BEFORE_ALL else partial(_after_the_injury, key)
    return Act(key, title, fact, Room.COMPENSATION, form, decide, dated=_DATED.get(key, "that time"), after_closing=True,
               may_follow=_MAY_FOLLOW.get(key))  # fmt: skip


ACTS: tuple[Act, ...] = tuple(map(_act, _FORMS))


def track_opened() -> New:
    """The fact that the compensation track was opened."""
    return New(F.COMPENSATION_TRACK_OPENED)


def time_limit_passed(tasks: Sequence[Task], history: Sequence[Event], now: datetime) -> New | None:
    """The fact that the time to apply has run out unused, once; a waiver may still save the claim (§ 54-211(a))."""
    already = any(e.fact is F.TIME_LIMIT_PASSED for e in history)
    lost = [is_lost(t, now) for t in tasks if t.step in TO_APPLY]
    return New(F.TIME_LIMIT_PASSED) if lost and all(lost) and not already else None
