"""The advocate's second track: the claim to the Office of Victim Services (CGS §§ 54-201 to 54-218)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mdt.acts import Act, Form, New, Reason, said
from mdt.facts import Fact
from mdt.process import Room
from mdt.tasks import is_lost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.facts import Event
    from mdt.tasks import Task

F = Fact

TO_APPLY = ("apply", "apply-as-dependant")  # the steps whose time limit § 54-211(a) sets


class Drafted(Form):
    """§ 54-204(a): for a minor a parent, guardian or other legal representative may apply; never the suspected trafficker."""

    applicant: Literal["child", "parent", "guardian", "legal representative", "dependant"] = Field(title="Applicant")
    applicant_is_not_suspected: Literal[True] = Field(title="The applicant is not the suspected trafficker")


class Paper(Form):
    """§ 54-204(b): reports from those who treated the injury, if reasonably available."""

    paper: Literal["medical report", "mental health report", "bill", "proof of lost wages", "police report", "other"] = Field(
        title="Paper"
    )


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


class Award(Mailed):
    """§ 54-211(d)."""

    amount: int = Field(ge=1, le=1_000_000, title="Amount in dollars")


class CommissionerDecision(Form):
    """§ 54-211a counts from the day it was sent. A waiver granted on review goes back to OVS (§ 54-211(a)(5))."""

    decision: Literal["award", "no award", "waiver granted", "waiver denied"] = Field(title="The decision")


class CourtDecision(Form):
    """The court's judgment."""

    awarded: bool = Field(title="The judgment makes an award")


class FamilyDeclines(Form):
    """Whose choice it is not to apply."""

    declined_by: Literal["child", "parent", "guardian", "legal representative"] = Field(title="Declined by")


class HandedOver(Form):
    """Somebody else goes on with the claim."""

    to: Literal["attorney", "OVS advocate", "guardian", "other agency"] = Field(title="Handed over to")


def _decide_review(form: CommissionerDecision, _history: Sequence[Event]) -> list[New]:
    sent = said(F.COMMISSIONER_DECISION_SENT, form, awarded=form.decision == "award")
    return [sent, New(F.WAIVER_GRANTED)] if form.decision == "waiver granted" else [sent]


_DECIDES = {"send_commissioner_decision": _decide_review}
_FORMS: dict[str, tuple[str, Fact, type[Form]]] = {
    "record_injury": ("Record when the injury occurred", F.INJURY_OCCURRED, Form),
    "record_dependant": ("Record that a dependant learned of the death", F.DEPENDANT_DISCOVERED, Form),
    "record_sexual_assault": ("Record when the sexual assault occurred", F.SEXUAL_ASSAULT_OCCURRED, Form),
    "record_exam": ("Record the evidence exam", F.EXAM_DONE, Form),
    "decline_exam": ("Record that the exam was declined", F.EXAM_DECLINED, Form),
    "draft_application": ("Draft the application", F.APPLICATION_DRAFTED, Drafted),
    "ask_for_paper": ("Ask for a paper", F.PAPER_ASKED_FOR, Paper),
    "receive_paper": ("Record that the paper came", F.PAPER_RECEIVED, Form),
    "give_up_paper": ("Record that the paper is not available", F.PAPER_NOT_AVAILABLE, Form),
    "gather_papers": ("Record that the papers are gathered", F.PAPERS_GATHERED, Form),
    "show_police_report": ("Record the police report or its substitute", F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, Shown),
    "file_application": ("Record that the application was filed", F.APPLICATION_FILED, Form),
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
    "file_suit": ("Record that the applicant sued the offender", F.SUIT_FILED, Form),
    "tell_ovs_of_suit": ("Record that OVS was told of the suit", F.OVS_TOLD_OF_SUIT, Form),
}  # fmt: skip

ACTS: tuple[Act, ...] = tuple(
    Act(key, title, fact, Room.COMPENSATION, form, _DECIDES.get(key), after_closing=True)
    for key, (title, fact, form) in _FORMS.items()
)


def track_opened() -> New:
    """The fact that the compensation track was opened."""
    return New(F.COMPENSATION_TRACK_OPENED)


def time_limit_passed(tasks: Sequence[Task], history: Sequence[Event], now: datetime) -> New | None:
    """The fact that the time to apply has run out unused, once; a waiver may still save the claim (§ 54-211(a))."""
    already = any(e.fact is F.TIME_LIMIT_PASSED for e in history)
    lost = [t for t in tasks if t.step in TO_APPLY and is_lost(t, now)]
    return New(F.TIME_LIMIT_PASSED) if lost and not already else None
