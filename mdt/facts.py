"""What can happen to a case, in the past tense.

A fact is a kind of thing that happens; an event is that it happened: when, about which thing, recorded when and by whom.
Events are only ever added. A wrong one is answered by `FACT_RETRACTED` or `FACT_REDATED`; see `mdt.history`.
Every value is the phrase people read in the history and write in scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


class Thing(StrEnum):
    """What a fact may be about. The case itself is the default."""

    CASE = "case"
    REPORT = "report"
    FINDING = "finding"
    LINE = "agenda line"
    DECISION = "decision"
    NEED = "need"
    PAPER = "paper"
    EVENT = "event"
    TASK = "task"
    NOTICE = "notice"
    LIKENESS = "likeness"
    UPDATE = "update"
    STATEMENT = "statement"
    SOUGHT = "sought record"
    RELEASE = "released note"


class Fact(StrEnum):
    """Every kind of thing that can happen to a case."""

    # Report
    CAUSE_AROSE = "reasonable cause arose"
    POLICE_TOOK_ORAL_REPORT = "police took an oral report"
    REPORT_RECEIVED = "report received"
    WRITTEN_REPORT_RECEIVED = "written report received"
    INQUIRY_MADE = "inquiry made"
    INQUIRY_ANSWERED = "inquiry answered"
    CASE_PLACED = "case placed"
    REPORT_TAKEN_UP = "report taken up"
    REPORT_FOUND_INVALID = "report found invalid"
    REPORT_CLASSIFIED = "report classified"
    POLICE_NOTIFIED = "police notified"
    REFERRED_TO_POLICE = "referred to police"
    INVESTIGATION_COMMENCED = "investigation commenced"
    INVESTIGATION_COMPLETED = "investigation completed"
    PARENTS_NOTIFIED = "parents notified"
    PARENT_NOTICE_WITHHELD = "parent notice withheld"
    ABUSE_SUBSTANTIATED = "abuse substantiated"
    SUBSTANTIATION_NOTICE_GIVEN = "substantiation notice given"
    SUBSTANTIATION_NOTICE_WITHHELD = "substantiation notice withheld"
    SCHOOL_REPORT_ACTED_ON = "school report acted on"
    POLICE_HEARD_OF_ONLINE_ABUSE = "police heard of online abuse"
    ICAC_NOTICE_GIVEN = "ICAC notice given"
    CITIZENSHIP_LEARNED = "citizenship learned"
    HHS_TOLD = "HHS told"
    MISSING_FROM_CARE = "missing from care"
    MISSING_CHILD_POLICE_TOLD = "police told of missing child"
    NCMEC_TOLD = "NCMEC told"
    CHILD_LOCATED = "child located"
    MISSING_CHILD_REPORTED = "missing child reported to police"
    MISSING_REPORT_ACCEPTED = "missing-child report accepted"
    PROTECTIVE_CUSTODY_BEGAN = "protective custody began"
    PROTECTIVE_CUSTODY_ENDED = "protective custody ended"
    IDENTIFIED_CHILD_POLICE_TOLD = "police told of identified child"
    CRIME_DETERMINED = "crime determined by an officer"
    RIGHTS_CARD_GIVEN = "rights card given"
    NOTICE_SENT_AGAIN = "notice sent again"
    NOTICE_ACKNOWLEDGED = "notice acknowledged"
    HANDED_TO_OFFICE = "handed over to the area office"
    OFFICE_TOOK_OVER = "area office took over"
    CONTACT_SAFETY_LEARNED = "safety of contact learned"

    # Who the child may be
    LIKENESS_FOUND = "likeness found"
    LIKENESS_LEFT_OPEN = "likeness left open"
    LIKENESS_REOPENED = "likeness reopened"
    SAME_CHILD_FOUND = "same child found"
    CHILDREN_KEPT_APART = "children kept apart"
    CASES_LINKED = "cases linked"
    CASES_UNLINKED = "cases unlinked"

    # Registry of findings (§ 17a-101k)
    FINDING_ISSUED = "finding issued"
    FINDING_NOTICE_MAILED = "notice of finding mailed"
    FINDING_APPEALED = "finding appealed"
    INTERNAL_REVIEW_DECIDED = "internal review decided"
    INTERNAL_REVIEW_NOTICE_MAILED = "notice of internal review mailed"
    INTERNAL_REVIEW_NOTICE_RECEIVED = "notice of internal review received"
    REGISTRY_HEARING_REQUESTED = "registry hearing requested"
    REGISTRY_HEARING_SCHEDULED = "registry hearing scheduled"
    REGISTRY_HEARING_CONCLUDED = "registry hearing concluded"
    REGISTRY_DECISION_MAILED = "registry decision mailed"
    REGISTRY_APPEAL_FILED = "registry appeal filed"
    FINDING_LET_STAND = "finding let stand"

    # Custody
    CHILD_REMOVED = "child removed"
    REMOVAL_ENDED = "removal ended"
    HOSPITAL_HOLD_BEGAN = "hospital hold began"
    HOSPITAL_HOLD_ENDED = "hospital hold ended"
    CUSTODY_ORDER_ISSUED = "custody order issued"
    PRELIMINARY_HEARING_HELD = "preliminary hearing held"
    CONTESTED_HEARING_HELD = "contested hearing held"
    REASONABLE_EFFORTS_DETERMINED = "reasonable efforts determined"
    PETITION_HEARING_SET = "petition hearing set"
    SUMMONS_SERVED = "summons served"
    RELATIVES_NOTIFIED = "relatives notified"
    REMOVAL_MEETING_SET = "removal meeting set"
    ATTORNEY_TOLD_OF_MEETING = "child's attorney told of meeting"
    PLACEMENT_CHANGED = "placement changed in an emergency"
    PLACEMENT_CHANGE_PLANNED = "placement change planned"
    ATTORNEY_TOLD_OF_PLACEMENT = "child's attorney told of placement"

    # Screening
    SCREENING_SCORED = "screening scored"
    EARLIER_SCREEN_OUTS_FOUND = "earlier screen-outs found"
    VICTIM_IDENTIFIED = "victim identified"
    VICTIM_BELIEVED = "victim believed"
    SCREENED_OUT = "screened out"
    SCREEN_OUT_APPROVED = "screen-out approved"
    SCREEN_OUT_RETURNED = "screen-out returned"
    LOOKED_AGAIN = "looked again"
    NOT_A_MINOR = "not a minor child"
    NOT_A_RESIDENT = "does not reside in the state"

    # Case review
    REVIEW_ASKED_FOR = "review asked for"
    PUT_ON_AGENDA = "put on an agenda"
    MEMBERS_TOLD = "members told"
    PACKET_READY = "packet ready"
    REVIEW_HELD = "review held"
    REVIEW_DEFERRED = "review deferred"
    MEETING_RECORDED = "meeting recorded"
    DECISION_MADE = "decision made"
    DECISION_DONE = "decision done"
    DECISION_NOT_DONE = "decision not done"
    DECISION_NOT_POSSIBLE = "decision not possible"
    REVIEW_CONCLUDED = "review concluded"
    UPDATE_ASKED_FOR = "update asked for"
    UPDATE_GIVEN = "update given"
    UPDATE_NOT_GIVEN = "update not given"
    STATEMENT_MADE = "statement made at the meeting"
    DISCLOSURE_ALLOWED = "disclosure allowed"
    DISCLOSURE_WITHDRAWN = "disclosure withdrawn"
    MEETING_RECORD_AMENDED = "meeting record amended"
    RECORD_SOUGHT = "record sought"
    RECORD_CERTIFIED = "record certified under oath"
    RECORD_RECEIVED = "sought record received"
    RECORD_REFUSED = "sought record refused"

    # Services
    INJURY_DISCLOSED = "injury disclosed"
    SPOKEN_NOTICE_GIVEN = "spoken compensation notice given"
    WRITTEN_NOTICE_GIVEN = "written compensation notice given"
    NEEDS_PROPOSED = "needs proposed"
    NEEDS_LISTED = "needs listed"
    NEED_LISTED = "need listed"
    SERVICES_DECLINED = "services declined"
    CONSENT_GIVEN = "consent given"
    CONSENT_DECLINED = "consent declined"
    CONSENT_REVOKED = "consent taken back"
    SERVICE_REFERRED = "service referral sent"
    PROVIDER_SAW = "provider saw the service referral"
    PROVIDER_ACCEPTED = "provider accepted"
    PROVIDER_WAITLISTED = "provider waitlisted"
    PROVIDER_DECLINED = "provider declined"
    PROVIDER_NEEDS_MORE = "provider needs more"
    MORE_SENT = "more sent to the provider"
    APPOINTMENT_KEPT = "first appointment kept"
    APPOINTMENT_MISSED = "first appointment missed"
    SERVICE_ENDED = "service ended"
    SUPERVISION_BEGAN = "commissioner's supervision began"
    SUPERVISION_ENDED = "commissioner's supervision ended"
    PLAN_REVIEWED = "case plan reviewed"
    SERVICE_HEARING_ASKED_FOR = "service hearing asked for"
    SERVICE_HEARING_HELD = "service hearing held"
    VAULT_NOTE_RELEASED = "privileged note released"
    VAULT_RELEASE_TAKEN_BACK = "release of a privileged note taken back"

    # Compensation
    INJURY_OCCURRED = "injury occurred"
    DEPENDANT_DISCOVERED = "dependant learned of the death"
    CLAIM_DESCRIBED = "claim described"
    SEXUAL_ASSAULT_OCCURRED = "sexual assault occurred"
    EXAM_DONE = "evidence exam done"
    EXAM_DECLINED = "evidence exam declined"
    COMPENSATION_TRACK_OPENED = "compensation track opened"
    APPLICATION_DRAFTED = "application drafted"
    PAPER_ASKED_FOR = "paper asked for"
    PAPER_RECEIVED = "paper received"
    PAPER_NOT_AVAILABLE = "paper not available"
    PAPERS_GATHERED = "papers gathered"
    POLICE_REPORT_OR_SUBSTITUTE_SHOWN = "police report or substitute shown"
    APPLICATION_PRINTED = "application printed"
    APPLICATION_SIGNED = "application signed"
    OVS_CONSENT_GIVEN = "consent to OVS given"
    OVS_CONSENT_REVOKED = "consent to OVS taken back"
    APPLICATION_FILED = "application filed"
    COMPENSATION_DECLINED = "compensation declined by the family"
    COMPENSATION_HANDED_OVER = "compensation handed over"
    TIME_LIMIT_PASSED = "time limit passed"
    WAIVER_REQUESTED = "waiver requested"
    WAIVER_GRANTED = "waiver granted"
    WAIVER_DENIED = "waiver denial mailed"
    WAIVER_REVIEW_REQUESTED = "review of waiver denial requested"
    WAIVER_DENIAL_LET_STAND = "waiver denial let stand"
    APPLICATION_RECEIVED = "application received"
    RIGHTS_LIST_SENT = "rights list sent"
    AWARD_MAILED = "award mailed"
    DENIAL_MAILED = "denial mailed"
    DENIAL_REVIEW_REQUESTED = "review requested"
    DETERMINATION_LET_STAND = "determination let stand"
    COMMISSIONER_DECISION_SENT = "commissioner's decision sent"
    APPEAL_FILED = "appeal filed"
    COMMISSIONER_DECISION_LET_STAND = "commissioner's decision let stand"
    COURT_DECIDED = "court decided"
    AWARD_CLAIMED = "award claimed"
    AWARD_PAID = "award paid"
    SUIT_FILED = "suit filed"
    OVS_TOLD_OF_SUIT = "OVS told of suit"

    # Closing
    CLOSING_PROPOSED = "closing proposed"
    CLOSING_RETURNED = "closing returned"
    CASE_CLOSED = "case closed"

    # About the record itself
    FACT_RETRACTED = "fact retracted"
    FACT_REDATED = "fact re-dated"
    STEP_ASSIGNED = "step assigned"
    STANDARD_POSTPONED = "standard postponed"
    DUTY_LEFT_UNDONE = "duty left undone"

    # About who knows of the case
    PERSON_ENGAGED = "person engaged on the case"
    AGENCY_ENGAGED = "agency engaged on the case"
    ENGAGEMENT_ENDED = "engagement ended"
    CASE_RESTRICTED = "case restricted"
    PERSON_ADMITTED = "person admitted to the restricted case"
    RESTRICTION_LIFTED = "restriction lifted"
    CONFLICT_DECLARED = "conflict of interest declared"
    CONFLICT_ENDED = "conflict of interest ended"
    EMERGENCY_ACCESS_TAKEN = "emergency access taken"


F = Fact

VICTIM = frozenset({F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED})
DETERMINATIONS = VICTIM | {F.SCREENED_OUT, F.NOT_A_MINOR, F.NOT_A_RESIDENT}
# Whom the law names is told of a report or a child; told in writing, it wants an acknowledgment.
TELLINGS = (
    F.POLICE_NOTIFIED, F.REFERRED_TO_POLICE, F.ICAC_NOTICE_GIVEN, F.HHS_TOLD, F.NCMEC_TOLD, F.MISSING_CHILD_POLICE_TOLD,
    F.IDENTIFIED_CHILD_POLICE_TOLD, F.SCHOOL_REPORT_ACTED_ON,
)  # fmt: skip
WHO_KNOWS = frozenset(
    {F.PERSON_ENGAGED, F.AGENCY_ENGAGED, F.ENGAGEMENT_ENDED, F.CASE_RESTRICTED, F.PERSON_ADMITTED, F.RESTRICTION_LIFTED,
     F.CONFLICT_DECLARED, F.CONFLICT_ENDED, F.EMERGENCY_ACCESS_TAKEN}
)  # fmt: skip
# Entries about the record itself: answered by another entry of their own, never by a correction.
ON_THE_RECORD = WHO_KNOWS | {F.FACT_RETRACTED, F.FACT_REDATED, F.STEP_ASSIGNED, F.STANDARD_POSTPONED, F.DUTY_LEFT_UNDONE,
                             F.REPORT_FOUND_INVALID}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """That a fact happened.

    `happened_at` and `recorded_at` are aware UTC instants; `about` is the opaque id of the thing, None for the case itself;
    `data` holds only codes, dates, numbers and ids, never words about a person: those are kept apart, in `Narrative`.
    """

    fact: Fact
    happened_at: datetime
    recorded_at: datetime
    by: str
    about: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    seq: int = 0
    act: int = 0


History = tuple[Event, ...]


_ABOUT_THINGS: dict[Thing, tuple[Fact, ...]] = {
    Thing.REPORT: (
        F.CAUSE_AROSE, F.POLICE_TOOK_ORAL_REPORT, F.REPORT_RECEIVED, F.WRITTEN_REPORT_RECEIVED, F.INQUIRY_MADE,
        F.INQUIRY_ANSWERED, F.REPORT_TAKEN_UP, F.REPORT_FOUND_INVALID, F.SCREENING_SCORED, F.REPORT_CLASSIFIED,
        F.POLICE_NOTIFIED, F.REFERRED_TO_POLICE, F.INVESTIGATION_COMMENCED,
        F.INVESTIGATION_COMPLETED, F.PARENTS_NOTIFIED, F.PARENT_NOTICE_WITHHELD, F.ABUSE_SUBSTANTIATED,
        F.SUBSTANTIATION_NOTICE_GIVEN, F.SUBSTANTIATION_NOTICE_WITHHELD, F.SCHOOL_REPORT_ACTED_ON,
        F.POLICE_HEARD_OF_ONLINE_ABUSE, F.ICAC_NOTICE_GIVEN, F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED, F.SCREENED_OUT,
        F.SCREEN_OUT_APPROVED, F.SCREEN_OUT_RETURNED, F.NOT_A_MINOR, F.NOT_A_RESIDENT,
    ),
    Thing.FINDING: (
        F.FINDING_ISSUED, F.FINDING_NOTICE_MAILED, F.FINDING_APPEALED, F.INTERNAL_REVIEW_DECIDED,
        F.INTERNAL_REVIEW_NOTICE_MAILED, F.INTERNAL_REVIEW_NOTICE_RECEIVED, F.REGISTRY_HEARING_REQUESTED,
        F.REGISTRY_HEARING_SCHEDULED, F.REGISTRY_HEARING_CONCLUDED, F.REGISTRY_DECISION_MAILED,
        F.REGISTRY_APPEAL_FILED, F.FINDING_LET_STAND,
    ),
    Thing.LINE: (
        F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.PACKET_READY, F.REVIEW_HELD, F.REVIEW_DEFERRED, F.MEETING_RECORDED,
        F.MEETING_RECORD_AMENDED,
    ),
    Thing.UPDATE: (F.UPDATE_ASKED_FOR, F.UPDATE_GIVEN, F.UPDATE_NOT_GIVEN),
    Thing.STATEMENT: (F.STATEMENT_MADE, F.DISCLOSURE_ALLOWED, F.DISCLOSURE_WITHDRAWN),
    Thing.SOUGHT: (F.RECORD_SOUGHT, F.RECORD_CERTIFIED, F.RECORD_RECEIVED, F.RECORD_REFUSED),
    Thing.RELEASE: (F.VAULT_NOTE_RELEASED, F.VAULT_RELEASE_TAKEN_BACK),
    Thing.DECISION: (F.DECISION_MADE, F.DECISION_DONE, F.DECISION_NOT_DONE, F.DECISION_NOT_POSSIBLE),
    Thing.NEED: (
        F.NEED_LISTED, F.CONSENT_GIVEN, F.CONSENT_DECLINED, F.CONSENT_REVOKED, F.SERVICE_REFERRED, F.PROVIDER_SAW,
        F.PROVIDER_ACCEPTED, F.PROVIDER_WAITLISTED, F.PROVIDER_DECLINED, F.PROVIDER_NEEDS_MORE, F.MORE_SENT, F.APPOINTMENT_KEPT,
        F.APPOINTMENT_MISSED, F.SERVICE_ENDED,
    ),
    Thing.PAPER: (F.PAPER_ASKED_FOR, F.PAPER_RECEIVED, F.PAPER_NOT_AVAILABLE),
    Thing.NOTICE: (F.NOTICE_SENT_AGAIN, F.NOTICE_ACKNOWLEDGED),
    Thing.LIKENESS: (
        F.LIKENESS_FOUND, F.LIKENESS_LEFT_OPEN, F.LIKENESS_REOPENED, F.SAME_CHILD_FOUND, F.CHILDREN_KEPT_APART,
    ),
    Thing.EVENT: (F.FACT_RETRACTED, F.FACT_REDATED),
    Thing.TASK: (F.STEP_ASSIGNED, F.STANDARD_POSTPONED, F.DUTY_LEFT_UNDONE),
}  # fmt: skip

ABOUT: dict[Fact, Thing] = dict.fromkeys(Fact, Thing.CASE) | {f: t for t, facts in _ABOUT_THINGS.items() for f in facts}

# The first fact about a thing: recording it brings the thing into being, under a new id.
BRINGS_INTO_BEING = frozenset(
    {F.FINDING_ISSUED, F.PUT_ON_AGENDA, F.DECISION_MADE, F.NEED_LISTED, F.PAPER_ASKED_FOR, F.REPORT_RECEIVED, F.LIKENESS_FOUND,
     F.UPDATE_ASKED_FOR, F.STATEMENT_MADE, F.RECORD_SOUGHT, F.VAULT_NOTE_RELEASED}
)  # fmt: skip


def is_telling(event: Event) -> bool:
    """Whether the event is itself a notice: one that another event may be about."""
    return event.fact in TELLINGS
