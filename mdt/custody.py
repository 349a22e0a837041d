"""Removal, custody and the registry of findings: what happens beside the main way, with the clocks the law sets on it."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from mdt.acts import Act, Form
from mdt.facts import Fact
from mdt.process import Room

F = Fact


class OnDay(Form):
    """Something set for a day."""

    on: date = Field(title="On which day")


class PreliminaryHearing(Form):
    """§ 46b-129(b)."""

    contested: bool = Field(default=False, title="A contested hearing was asked for")


_PLAIN = {
    "begin_removal": ("Record that the child was removed", F.CHILD_REMOVED),
    "end_removal": ("Record that the removal ended", F.REMOVAL_ENDED),
    "begin_hospital_hold": ("Record that a hospital hold began", F.HOSPITAL_HOLD_BEGAN),
    "end_hospital_hold": ("Record that the hospital hold ended", F.HOSPITAL_HOLD_ENDED),
    "record_custody_order": ("Record the order of temporary custody", F.CUSTODY_ORDER_ISSUED),
    "hold_contested_hearing": ("Record the contested hearing", F.CONTESTED_HEARING_HELD),
    "determine_reasonable_efforts": ("Record the finding on reasonable efforts", F.REASONABLE_EFFORTS_DETERMINED),
    "serve_summons": ("Record that the summons was served", F.SUMMONS_SERVED),
    "notify_relatives": ("Record that the relatives were notified", F.RELATIVES_NOTIFIED),
    "tell_attorney_of_meeting": (
        "Record that the child's attorney was told of the meeting",
        F.ATTORNEY_TOLD_OF_MEETING,
    ),
    "change_placement": ("Record an emergency change of placement", F.PLACEMENT_CHANGED),
    "tell_attorney_of_placement": (
        "Record that the child's attorney was told of the placement",
        F.ATTORNEY_TOLD_OF_PLACEMENT,
    ),
    "issue_finding": ("Record a finding", F.FINDING_ISSUED),
    "mail_finding": ("Record that the notice of the finding was mailed", F.FINDING_NOTICE_MAILED),
    "appeal_finding": ("Record that the finding was appealed", F.FINDING_APPEALED),
    "decide_internal_review": ("Record the decision of the internal review", F.INTERNAL_REVIEW_DECIDED),
    "mail_internal_review": ("Record that the notice of the review was mailed", F.INTERNAL_REVIEW_NOTICE_MAILED),
    "receive_internal_review": ("Record that the notice of the review was received", F.INTERNAL_REVIEW_NOTICE_RECEIVED),
    "request_registry_hearing": ("Record that a hearing was requested", F.REGISTRY_HEARING_REQUESTED),
    "schedule_registry_hearing": ("Record that the hearing was scheduled", F.REGISTRY_HEARING_SCHEDULED),
    "conclude_registry_hearing": ("Record that the hearing concluded", F.REGISTRY_HEARING_CONCLUDED),
    "mail_registry_decision": ("Record that the decision was mailed", F.REGISTRY_DECISION_MAILED),
    "appeal_registry_decision": ("Record the appeal to the Superior Court", F.REGISTRY_APPEAL_FILED),
    "let_finding_stand": ("Record that the finding was let stand", F.FINDING_LET_STAND),
}

ACTS: tuple[Act, ...] = (
    *(Act(key, title, fact, Room.REPORT, after_closing=True) for key, (title, fact) in _PLAIN.items()),
    Act("hold_preliminary_hearing", "Record the preliminary hearing", F.PRELIMINARY_HEARING_HELD, Room.REPORT,
        PreliminaryHearing, after_closing=True),
    Act("set_petition_hearing", "Record the day of the petition's hearing", F.PETITION_HEARING_SET, Room.REPORT, OnDay,
        after_closing=True),
    Act("set_removal_meeting", "Record the day of the removal meeting", F.REMOVAL_MEETING_SET, Room.REPORT, OnDay,
        after_closing=True),
    Act("plan_placement", "Record a planned change of placement", F.PLACEMENT_CHANGE_PLANNED, Room.REPORT, OnDay,
        after_closing=True),
)  # fmt: skip
