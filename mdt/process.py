"""THE PROCESS: who does what, opened by which fact, ended by which fact, under which rule or standard.

Tasks, deadlines, the position on the board, the forms and the README's diagram all come from this one table. The steps
stand in the order in which a case meets them. A step with a `per` opens and ends for each thing apart (each report, each
need); the others once a case. `rule` is law; `standard` is the team's own figure, shown apart and never called a deadline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mdt import turns
from mdt.facts import TELLINGS, Event, Fact, Thing, is_telling
from mdt.law.figures import OTHER_STANDARDS
from mdt.law.rulebook import Actor, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdt.law.rulebook import Rulebook

F = Fact


class Room(StrEnum):
    """Where a step is done; the first six, in order, are the positions of a case on the board."""

    REPORT = "Report"
    SCREENING = "Screening"
    REVIEW = "Case review"
    SERVICES = "Services"
    COMPENSATION = "Compensation"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the process. `when` narrows the opening fact; `date_from` names the fact's own date, if it sets one."""

    key: str
    title: str
    actor: Actor
    opened_by: tuple[Fact, ...]
    ended_by: tuple[Fact, ...]
    rule: str | None = None
    standard: str | None = None
    per: Thing = Thing.CASE
    when: turns.Turn = turns.always
    date_from: str | None = None
    room: Room = Room.REPORT

    def thing(self, event: Event) -> str:
        """The id under which this step is open: that of the thing, or empty for a step of the whole case."""
        if self.per is Thing.NOTICE and is_telling(event):
            return event.id
        return "" if self.per is Thing.CASE else event.about or ""


@dataclass(frozen=True, slots=True)
class StandingDuty:
    """A dated duty of an agency that belongs to no case; shown on the law page."""

    title: str
    rule: str


DCF, POLICE, MDT, ADVOCATE = Actor.DCF, Actor.POLICE, Actor.MDT, Actor.ADVOCATE
REPORTER, COURT, APPLICANT, OVS, INDIVIDUAL = Actor.REPORTER, Actor.COURT, Actor.APPLICANT, Actor.OVS, Actor.INDIVIDUAL
REPORT, FINDING, LINE, NEED = Thing.REPORT, Thing.FINDING, Thing.LINE, Thing.NEED

# fmt: off
_REPORT = (
    Step("make-report", "make the oral or electronic report", REPORTER, (F.CAUSE_AROSE,), (F.REPORT_RECEIVED,),
         "17a-101b(a)/oral-report", per=REPORT),
    Step("tell-dcf", "tell DCF of the oral report", POLICE, (F.POLICE_TOOK_ORAL_REPORT,), (F.REPORT_RECEIVED,),
         "17a-101b(a)/police-tell-dcf", per=REPORT),
    Step("place-case", "place the case with its area office and team", Actor.SYSTEM, (F.REPORT_RECEIVED,), (F.CASE_PLACED,),
         standard="place-case"),
    Step("send-written-report", "send the written report", REPORTER, (F.REPORT_RECEIVED,), (F.WRITTEN_REPORT_RECEIVED,),
         "17a-101c/written-report", per=REPORT, when=turns.oral_from_mandated_reporter),
    Step("answer-inquiry", "answer DCF's inquiry", REPORTER, (F.INQUIRY_MADE,), (F.INQUIRY_ANSWERED,),
         "17a-101b(a)/answer-inquiries", per=REPORT, when=turns.inquiry_in_time),
    Step("classify", "classify the report", DCF, (F.REPORT_RECEIVED,), (F.REPORT_CLASSIFIED,),
         "17a-101g(a)/classify", per=REPORT),
    Step("notify-police-mandated", "notify the police", DCF, (F.REPORT_RECEIVED,), (F.POLICE_NOTIFIED,),
         "17a-101b(c)/notify-police", per=REPORT, when=turns.grave_from_mandated_reporter),
    Step("notify-police-voluntary", "notify the police", DCF, (F.REPORT_RECEIVED,), (F.POLICE_NOTIFIED,),
         "17a-103(c)/notify-police", per=REPORT, when=turns.grave_from_anyone_else),
    Step("commence-emergency", "commence the investigation (emergency)", DCF, (F.REPORT_CLASSIFIED,),
         (F.INVESTIGATION_COMMENCED,), "17a-101g(a)/commence-emergency", per=REPORT, when=turns.classified("emergency")),
    Step("commence-other", "commence the investigation", DCF, (F.REPORT_CLASSIFIED,),
         (F.INVESTIGATION_COMMENCED,), "17a-101g(a)/commence-other", per=REPORT, when=turns.classified("other")),
    Step("refer-to-police", "refer the report to the local police", DCF, (F.REPORT_CLASSIFIED,), (F.REFERRED_TO_POLICE,),
         "17a-101g(a)/refer-to-police", per=REPORT, when=turns.classified("perpetrator not a caregiver")),
    Step("complete-investigation", "complete the investigation", DCF, (F.REPORT_CLASSIFIED,), (F.INVESTIGATION_COMPLETED,),
         "17a-101g(a)/complete", per=REPORT, when=turns.classified("emergency", "other")),
    Step("notify-parents", "notify the parents, or record why not", DCF, (F.INVESTIGATION_COMMENCED,),
         (F.PARENTS_NOTIFIED, F.PARENT_NOTICE_WITHHELD), "17a-103b(a)/parents-opening", per=REPORT),
    Step("notify-parents-substantiated", "notify the parents of the substantiation, or record why not", DCF,
         (F.ABUSE_SUBSTANTIATED,), (F.SUBSTANTIATION_NOTICE_GIVEN, F.SUBSTANTIATION_NOTICE_WITHHELD),
         "17a-103b(b)/parents-substantiation", per=REPORT),
    Step("act-on-school-report", "act on the report made in a school", DCF, (F.REPORT_RECEIVED,),
         (F.SCHOOL_REPORT_ACTED_ON,), "10-221v/act-on-school-report", per=REPORT, when=turns.made_in_school),
    Step("give-icac-notice", "give the ICAC task force notice and report", POLICE,
         (F.POLICE_HEARD_OF_ONLINE_ABUSE, F.POLICE_NOTIFIED, F.REFERRED_TO_POLICE), (F.ICAC_NOTICE_GIVEN,),
         "29-7e(c)/icac-notice", per=REPORT, when=turns.police_told_of_online_abuse),
    Step("tell-hhs", "tell HHS of a child who is not a citizen", DCF,
         (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED, F.CITIZENSHIP_LEARNED, F.REPORT_RECEIVED), (F.HHS_TOLD,),
         "7105(b)(1)/tell-hhs", when=turns.noncitizen_believed_victim),
    Step("tell-police-missing", "report the missing child to the police", DCF, (F.MISSING_FROM_CARE,),
         (F.MISSING_CHILD_POLICE_TOLD,), "671(a)(35)/tell-police-and-ncmec"),
    Step("tell-ncmec", "report the missing child to NCMEC", DCF, (F.MISSING_FROM_CARE,), (F.NCMEC_TOLD,),
         "671(a)(35)/tell-police-and-ncmec"),
    Step("locate-child", "locate the child and learn why she left", DCF, (F.MISSING_FROM_CARE,), (F.CHILD_LOCATED,),
         "671(a)(35)/locate"),
    Step("accept-missing-report", "accept the missing-child report", POLICE, (F.MISSING_CHILD_REPORTED,),
         (F.MISSING_REPORT_ACCEPTED,), "7-282c/accept-missing"),
    Step("end-protective-custody", "end the protective custody", POLICE, (F.PROTECTIVE_CUSTODY_BEGAN,),
         (F.PROTECTIVE_CUSTODY_ENDED,), "46b-149a(a)/custody-limit"),
    Step("tell-police-identified", "report the identified child in care to the police", DCF,
         (F.VICTIM_IDENTIFIED, F.REPORT_RECEIVED, *sorted(turns.INTO_CARE)), (F.IDENTIFIED_CHILD_POLICE_TOLD,),
         "671(a)(34)/tell-police", when=turns.identified_in_care),
    Step("give-rights-card", "give the rights card", POLICE, (F.CRIME_DETERMINED,), (F.RIGHTS_CARD_GIVEN,),
         "54-222a(a)/rights-card"),
    Step("confirm-notice", "confirm that the notice arrived", DCF, (*TELLINGS, F.NOTICE_SENT_AGAIN),
         (F.NOTICE_ACKNOWLEDGED, F.NOTICE_SENT_AGAIN), standard="confirm-notice", per=Thing.NOTICE, when=turns.told_in_writing),
    Step("settle-likeness", "say whether it is the same child", DCF, (F.LIKENESS_FOUND, F.LIKENESS_REOPENED),
         (F.SAME_CHILD_FOUND, F.CHILDREN_KEPT_APART), standard="settle-likeness", per=Thing.LIKENESS),
    Step("hand-over", "hand the case over to the area office", DCF, (F.REPORT_CLASSIFIED,),
         (F.HANDED_TO_OFFICE, F.INVESTIGATION_COMMENCED), standard="hand-over", when=turns.classified("emergency", "other")),
    Step("take-over", "take the case over from intake", DCF, (F.HANDED_TO_OFFICE,),
         (F.OFFICE_TOOK_OVER, F.INVESTIGATION_COMMENCED), standard="take-over"),
)
_REGISTRY = (
    Step("mail-finding", "mail the notice of the finding", DCF, (F.FINDING_ISSUED,), (F.FINDING_NOTICE_MAILED,),
         "17a-101k(b)/notice-of-finding", per=FINDING),
    Step("review-finding", "review the finding", DCF, (F.FINDING_APPEALED,), (F.INTERNAL_REVIEW_DECIDED,),
         "17a-101k(c)/internal-review", per=FINDING),
    Step("mail-review", "mail the notice of the review", DCF, (F.INTERNAL_REVIEW_DECIDED,),
         (F.INTERNAL_REVIEW_NOTICE_MAILED,), "17a-101k(c)/notice-of-review", per=FINDING),
    Step("request-registry-hearing", "request a hearing", INDIVIDUAL, (F.INTERNAL_REVIEW_NOTICE_RECEIVED,),
         (F.REGISTRY_HEARING_REQUESTED, F.FINDING_LET_STAND), "17a-101k(c)/request-hearing", per=FINDING),
    Step("schedule-registry-hearing", "schedule the hearing", DCF, (F.REGISTRY_HEARING_REQUESTED,),
         (F.REGISTRY_HEARING_SCHEDULED,), "17a-101k(c)/schedule-hearing", per=FINDING),
    Step("hold-registry-hearing", "hold the hearing", DCF, (F.REGISTRY_HEARING_SCHEDULED,), (F.REGISTRY_HEARING_CONCLUDED,),
         standard="hold-registry-hearing", per=FINDING),
    Step("decide-registry-hearing", "decide in writing", DCF, (F.REGISTRY_HEARING_CONCLUDED,),
         (F.REGISTRY_DECISION_MAILED,), "17a-101k(d)/decide", per=FINDING),
    Step("appeal-registry-decision", "appeal to the Superior Court", INDIVIDUAL, (F.REGISTRY_DECISION_MAILED,),
         (F.REGISTRY_APPEAL_FILED, F.FINDING_LET_STAND), "17a-101k(e)/court-appeal", per=FINDING),
)
_CUSTODY = (
    Step("end-removal", "end the removal, or obtain an order", DCF, (F.CHILD_REMOVED,),
         (F.REMOVAL_ENDED, F.CUSTODY_ORDER_ISSUED), "17a-101g(f)/removal-limit"),
    Step("notify-relatives", "notify the relatives", DCF, (F.CHILD_REMOVED,), (F.RELATIVES_NOTIFIED,),
         "17a-101m/notify-relatives"),
    Step("end-hospital-hold", "end the hospital hold", Actor.HOSPITAL, (F.HOSPITAL_HOLD_BEGAN,), (F.HOSPITAL_HOLD_ENDED,),
         "17a-101f/hospital-hold"),
    Step("hold-preliminary-hearing", "hold the preliminary hearing", COURT, (F.CUSTODY_ORDER_ISSUED,),
         (F.PRELIMINARY_HEARING_HELD,), "46b-129(b)/preliminary-hearing"),
    Step("determine-reasonable-efforts", "determine reasonable efforts", COURT, (F.CUSTODY_ORDER_ISSUED,),
         (F.REASONABLE_EFFORTS_DETERMINED,), "46b-129(b)/reasonable-efforts"),
    Step("hold-contested-hearing", "hold the contested hearing", COURT, (F.PRELIMINARY_HEARING_HELD,),
         (F.CONTESTED_HEARING_HELD,), "46b-129(f)/contested-hearing", when=turns.contested),
    Step("serve-summons", "serve the summons before the hearing", COURT, (F.PETITION_HEARING_SET,), (F.SUMMONS_SERVED,),
         "46b-129(a)/summons", date_from="on"),
    Step("tell-attorney-of-meeting", "tell the child's attorney of the removal meeting", DCF, (F.REMOVAL_MEETING_SET,),
         (F.ATTORNEY_TOLD_OF_MEETING,), "17a-101g(b)/notify-attorney", date_from="on"),
    Step("tell-attorney-of-placement", "tell the child's attorney of the new placement", DCF, (F.PLACEMENT_CHANGED,),
         (F.ATTORNEY_TOLD_OF_PLACEMENT,), "46b-129(j)/notify-attorney"),
    Step("tell-attorney-before-placement", "tell the child's attorney of the planned placement", DCF,
         (F.PLACEMENT_CHANGE_PLANNED,), (F.ATTORNEY_TOLD_OF_PLACEMENT,), "46b-129(j)/notify-attorney-planned",
         date_from="on"),
)
_SCREENING = (
    Step("screen", "screen for trafficking", DCF, (F.REPORT_CLASSIFIED, F.SCREEN_OUT_RETURNED),
         (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED, F.SCREENED_OUT, F.NOT_A_MINOR, F.NOT_A_RESIDENT),
         "5106a(b)(2)(B)(xxiv)/screen", "screen", per=REPORT),
    Step("approve-screen-out", "approve the screen-out, or return it", DCF, (F.SCREENED_OUT,),
         (F.SCREEN_OUT_APPROVED, F.SCREEN_OUT_RETURNED), standard="approve-screen-out", per=REPORT),
    Step("look-again", "look again after repeated screen-outs", DCF, (F.SCREEN_OUT_APPROVED, F.EARLIER_SCREEN_OUTS_FOUND),
         (F.LOOKED_AGAIN, F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED), standard="look-again", when=turns.often_screened_out),
)
_REVIEW = (
    Step("put-on-agenda", "put the case on an agenda", MDT,
         (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED, F.REVIEW_ASKED_FOR, F.REVIEW_DEFERRED, F.REVIEW_HELD),
         (F.PUT_ON_AGENDA, F.REVIEW_CONCLUDED), standard="first-review", when=turns.wants_review),
    Step("tell-members", "tell the members", MDT, (F.PUT_ON_AGENDA,),
         (F.MEMBERS_TOLD, F.REVIEW_HELD, F.REVIEW_DEFERRED, F.REVIEW_CONCLUDED), standard="tell-members", per=LINE),
    Step("ready-packet", "ready the packet", MDT, (F.PUT_ON_AGENDA,),
         (F.PACKET_READY, F.REVIEW_HELD, F.REVIEW_DEFERRED, F.REVIEW_CONCLUDED), standard="ready-packet", per=LINE),
    Step("hold-review", "hold the case review", MDT, (F.PUT_ON_AGENDA,),
         (F.REVIEW_HELD, F.REVIEW_DEFERRED, F.REVIEW_CONCLUDED), standard="hold-review", per=LINE, date_from="on"),
    Step("record-meeting", "record the meeting", MDT, (F.REVIEW_HELD,), (F.MEETING_RECORDED,),
         "17a-106a(j)/meeting-record", "record-meeting", per=LINE),
    Step("carry-out-decision", "carry out the decision", MDT, (F.DECISION_MADE,),
         (F.DECISION_DONE, F.DECISION_NOT_DONE, F.DECISION_NOT_POSSIBLE), standard="carry-out-decision",
         per=Thing.DECISION, date_from="due_on"),
    Step("give-update", "give the team an update on the case", MDT, (F.UPDATE_ASKED_FOR,),
         (F.UPDATE_GIVEN, F.UPDATE_NOT_GIVEN, F.REVIEW_CONCLUDED), standard="give-update",
         per=Thing.UPDATE, date_from="by_day"),
    Step("certify-record", "certify under oath that the record is necessary", MDT, (F.RECORD_SOUGHT,),
         (F.RECORD_CERTIFIED, F.RECORD_REFUSED), "17a-106a(h)/certify", "certify-record", per=Thing.SOUGHT,
         when=turns.is_confidential),
    Step("await-record", "follow up the record that was sought", MDT, (F.RECORD_SOUGHT, F.RECORD_CERTIFIED),
         (F.RECORD_RECEIVED, F.RECORD_REFUSED), standard="await-record", per=Thing.SOUGHT, when=turns.needs_no_oath_any_more),
    Step("review-again", "review the case again", MDT, (F.REVIEW_HELD,), (F.REVIEW_HELD, F.REVIEW_CONCLUDED),
         standard="review-again", when=turns.wants_review),
)
_ANSWERS = (F.PROVIDER_ACCEPTED, F.PROVIDER_WAITLISTED, F.PROVIDER_DECLINED, F.PROVIDER_NEEDS_MORE)
_STOPPED = (F.SERVICE_ENDED, F.SERVICES_DECLINED)
_SERVICES = (
    Step("give-spoken-notice", "tell the family of compensation", DCF, (F.INJURY_DISCLOSED,), (F.SPOKEN_NOTICE_GIVEN,),
         "17a-106i/compensation-notice"),
    Step("give-written-notice", "give the family written notice of compensation", DCF, (F.INJURY_DISCLOSED,),
         (F.WRITTEN_NOTICE_GIVEN,), "17a-106i/compensation-notice"),
    Step("propose-needs", "propose the needs the facts suggest", Actor.SYSTEM, (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED),
         (F.NEEDS_PROPOSED,), standard="propose-needs", when=turns.first_on_its_report),
    Step("list-needs", "list the needs", ADVOCATE, (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED),
         (F.NEEDS_LISTED, F.SERVICES_DECLINED), "17a-106f(a)/provide-services", "list-needs", when=turns.first_on_its_report),
    Step("obtain-consent", "obtain consent", ADVOCATE, (F.NEED_LISTED, F.PROVIDER_DECLINED),
         (F.CONSENT_GIVEN, F.CONSENT_DECLINED, F.SERVICE_ENDED, F.SERVICES_DECLINED), "17a-28/consent", "obtain-consent",
         per=NEED, when=turns.provider_outside_dcf),
    Step("refer-to-service", "refer to a service", ADVOCATE, (F.NEED_LISTED, F.PROVIDER_DECLINED),
         (F.SERVICE_REFERRED, F.CONSENT_DECLINED, *_STOPPED), standard="refer-to-service", per=NEED),
    Step("chase-answer", "chase the provider's answer", ADVOCATE, (F.SERVICE_REFERRED, F.MORE_SENT),
         (*_ANSWERS, *_STOPPED, F.SERVICE_REFERRED), standard="chase-answer", per=NEED),
    Step("send-more", "send the provider what it asks for", ADVOCATE, (F.PROVIDER_NEEDS_MORE,),
         (F.MORE_SENT, F.PROVIDER_ACCEPTED, F.PROVIDER_WAITLISTED, F.PROVIDER_DECLINED, F.SERVICE_ENDED, F.SERVICES_DECLINED,
          F.SERVICE_REFERRED), standard="send-more", per=NEED),
    Step("follow-waitlist", "follow the waiting list", ADVOCATE, (F.PROVIDER_WAITLISTED,),
         (*_ANSWERS, *_STOPPED, F.SERVICE_REFERRED), standard="follow-waitlist", per=NEED),
    Step("confirm-appointment", "confirm the first appointment", ADVOCATE, (F.PROVIDER_ACCEPTED, F.APPOINTMENT_MISSED),
         (F.APPOINTMENT_KEPT, F.APPOINTMENT_MISSED, F.SERVICE_ENDED, F.SERVICES_DECLINED, F.PROVIDER_DECLINED,
          F.PROVIDER_WAITLISTED, F.PROVIDER_NEEDS_MORE, F.SERVICE_REFERRED), standard="confirm-appointment", per=NEED),
    Step("record-outcome", "record how the service ended", ADVOCATE, (F.APPOINTMENT_KEPT,), _STOPPED,
         standard="record-outcome", per=NEED),
    Step("review-plan", "review the case plan", DCF, (F.SUPERVISION_BEGAN, F.PLAN_REVIEWED),
         (F.PLAN_REVIEWED, F.SUPERVISION_ENDED), "17a-15(b)/review-plan", when=turns.under_supervision),
    Step("hold-service-hearing", "hold the hearing on the refused service", DCF, (F.SERVICE_HEARING_ASKED_FOR,),
         (F.SERVICE_HEARING_HELD,), "17a-15(c)/hearing"),
)
_OVER = (F.COMPENSATION_DECLINED, F.COMPENSATION_HANDED_OVER)
_COMPENSATION = (
    Step("open-compensation", "open the compensation track", Actor.SYSTEM, (F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED),
         (F.COMPENSATION_TRACK_OPENED,), standard="open-compensation", when=turns.first_on_its_report),
    Step("have-exam", "have the evidence exam", APPLICANT, (F.SEXUAL_ASSAULT_OCCURRED,), (F.EXAM_DONE, F.EXAM_DECLINED),
         "54-211(a)/exam"),
    Step("apply", "apply for compensation", APPLICANT, (F.INJURY_OCCURRED,), (F.APPLICATION_FILED, *_OVER),
         "54-211(a)/apply"),
    Step("apply-as-dependant", "apply as a dependant", APPLICANT, (F.DEPENDANT_DISCOVERED,), (F.APPLICATION_FILED, *_OVER),
         "54-211(a)/apply-dependant"),
    Step("settle-compensation", "draft the application, or record that the family declines", ADVOCATE,
         (F.COMPENSATION_TRACK_OPENED,), (F.APPLICATION_DRAFTED, F.APPLICATION_FILED, *_OVER), standard="draft-application"),
    Step("file-application", "file the application", ADVOCATE, (F.APPLICATION_DRAFTED,), (F.APPLICATION_FILED, *_OVER),
         standard="file-application"),
    Step("sign-application", "have the printed application signed", APPLICANT, (F.APPLICATION_PRINTED,),
         (F.APPLICATION_SIGNED, F.APPLICATION_FILED, *_OVER), standard="sign-application"),
    Step("gather-papers", "gather the papers", APPLICANT, (F.APPLICATION_DRAFTED,), (F.PAPERS_GATHERED, *_OVER),
         "54-204(b)/papers", "gather-papers"),
    Step("chase-paper", "chase the paper", ADVOCATE, (F.PAPER_ASKED_FOR,),
         (F.PAPER_RECEIVED, F.PAPER_NOT_AVAILABLE, F.PAPERS_GATHERED, *_OVER), standard="chase-paper", per=Thing.PAPER),
    Step("show-police-report", "show the police report or its substitute", APPLICANT, (F.APPLICATION_DRAFTED,),
         (F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, *_OVER), "54-211(a)/police-report", "show-police-report"),
    Step("ask-for-waiver", "ask for a waiver of the time limit", APPLICANT, (F.TIME_LIMIT_PASSED,),
         (F.WAIVER_REQUESTED, *_OVER), "54-211(a)/waiver", "ask-for-waiver"),
    Step("decide-waiver", "decide the waiver", OVS, (F.WAIVER_REQUESTED,), (F.WAIVER_GRANTED, F.WAIVER_DENIED, *_OVER),
         standard="decide-waiver"),
    Step("ask-review-of-waiver", "ask for review of the waiver's denial", APPLICANT, (F.WAIVER_DENIED,),
         (F.WAIVER_REVIEW_REQUESTED, F.WAIVER_DENIAL_LET_STAND, *_OVER), "54-211(a)/review-of-waiver-denial"),
    Step("confirm-receipt", "confirm that OVS received the application", ADVOCATE, (F.APPLICATION_FILED,),
         (F.APPLICATION_RECEIVED, *_OVER), standard="confirm-receipt"),
    Step("send-rights-list", "send the list of rights", OVS, (F.APPLICATION_RECEIVED,), (F.RIGHTS_LIST_SENT,),
         "54-203(b)/rights-list"),
    Step("decide-application", "decide the application", OVS, (F.APPLICATION_RECEIVED,),
         (F.AWARD_MAILED, F.DENIAL_MAILED, *_OVER), "54-205(a)/determine", "decide-application"),
    Step("ask-for-review", "ask for review of the determination", APPLICANT, (F.DENIAL_MAILED, F.AWARD_MAILED),
         (F.DENIAL_REVIEW_REQUESTED, F.DETERMINATION_LET_STAND, *_OVER), "54-205(b)/request-review"),
    Step("decide-review", "decide the review", Actor.COMMISSIONER, (F.DENIAL_REVIEW_REQUESTED, F.WAIVER_REVIEW_REQUESTED),
         (F.COMMISSIONER_DECISION_SENT, *_OVER), "54-205(c)/decide-review", "decide-review"),
    Step("appeal", "appeal to the Superior Court, Hartford", APPLICANT, (F.COMMISSIONER_DECISION_SENT,),
         (F.APPEAL_FILED, F.COMMISSIONER_DECISION_LET_STAND, *_OVER), "54-211a/appeal", when=turns.aggrieved),
    Step("follow-appeal", "follow the appeal", ADVOCATE, (F.APPEAL_FILED,), (F.COURT_DECIDED, *_OVER),
         standard="follow-appeal"),
    Step("claim-award", "claim the award", APPLICANT, (F.AWARD_MAILED, F.COMMISSIONER_DECISION_SENT, F.COURT_DECIDED),
         (F.AWARD_CLAIMED, *_OVER), "54-208(f)/claim-award", when=turns.awarded),
    Step("tell-ovs-of-suit", "tell OVS of the suit", APPLICANT, (F.SUIT_FILED,), (F.OVS_TOLD_OF_SUIT,),
         "54-212(b)/tell-of-suit"),
)
_CLOSING = (
    Step("confirm-closing", "confirm the closing, or return it", MDT, (F.CLOSING_PROPOSED,),
         (F.CASE_CLOSED, F.CLOSING_RETURNED), standard="confirm-closing"),
)
# fmt: on


def _in_room(room: Room, steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, room=room) for step in steps)


STEPS: tuple[Step, ...] = (
    *_in_room(Room.REPORT, _REPORT + _REGISTRY + _CUSTODY),
    *_in_room(Room.SCREENING, _SCREENING),
    *_in_room(Room.REVIEW, _REVIEW),
    *_in_room(Room.SERVICES, _SERVICES),
    *_in_room(Room.COMPENSATION, _COMPENSATION),
    *_in_room(Room.CLOSED, _CLOSING),
)

ASIDE = frozenset(step.key for step in _REGISTRY + _CUSTODY)  # beside the main way, left out of the diagram

STANDING = (StandingDuty("report on the sting operations unit to the General Assembly", "29-7e(d)/report"),)

FROM_OUTSIDE = frozenset(  # facts that come from outside: no step of ours waits for them
    {F.CAUSE_AROSE, F.POLICE_TOOK_ORAL_REPORT, F.REPORT_RECEIVED, F.INQUIRY_MADE, F.POLICE_HEARD_OF_ONLINE_ABUSE,
     F.CITIZENSHIP_LEARNED, F.MISSING_FROM_CARE, F.MISSING_CHILD_REPORTED, F.PROTECTIVE_CUSTODY_BEGAN, F.CRIME_DETERMINED,
     F.ABUSE_SUBSTANTIATED, F.FINDING_ISSUED, F.FINDING_APPEALED, F.INTERNAL_REVIEW_NOTICE_RECEIVED, F.CHILD_REMOVED,
     F.HOSPITAL_HOLD_BEGAN, F.CUSTODY_ORDER_ISSUED, F.PETITION_HEARING_SET, F.REMOVAL_MEETING_SET, F.PLACEMENT_CHANGED,
     F.PLACEMENT_CHANGE_PLANNED, F.INJURY_DISCLOSED, F.SUPERVISION_BEGAN, F.SERVICE_HEARING_ASKED_FOR,
     F.CONTACT_SAFETY_LEARNED, F.INJURY_OCCURRED, F.DEPENDANT_DISCOVERED, F.SEXUAL_ASSAULT_OCCURRED, F.SUIT_FILED}
)  # fmt: skip

STEP: dict[str, Step] = {step.key: step for step in STEPS}
OPENS: dict[Fact, tuple[Step, ...]] = {f: tuple(s for s in STEPS if f in s.opened_by) for f in Fact}
ENDS: dict[Fact, tuple[Step, ...]] = {f: tuple(s for s in STEPS if f in s.ended_by) for f in Fact}

AT_WILL = frozenset(  # facts that somebody brings about unasked: no step waits for them, and they come from within
    {F.REVIEW_ASKED_FOR, F.DECISION_MADE, F.NEED_LISTED, F.PROVIDER_SAW, F.PAPER_ASKED_FOR, F.TIME_LIMIT_PASSED,
     F.CLOSING_PROPOSED, F.REPORT_TAKEN_UP, F.REPORT_FOUND_INVALID, F.LIKENESS_FOUND, F.LIKENESS_LEFT_OPEN,
     F.LIKENESS_REOPENED, F.CASES_LINKED, F.CASES_UNLINKED, F.SCREENING_SCORED, F.EARLIER_SCREEN_OUTS_FOUND,
     F.UPDATE_ASKED_FOR, F.STATEMENT_MADE, F.DISCLOSURE_ALLOWED, F.DISCLOSURE_WITHDRAWN, F.MEETING_RECORD_AMENDED,
     F.RECORD_SOUGHT, F.CLAIM_DESCRIBED, F.AWARD_PAID, F.APPLICATION_PRINTED, F.OVS_CONSENT_GIVEN, F.OVS_CONSENT_REVOKED,
     F.CONSENT_REVOKED, F.VAULT_NOTE_RELEASED, F.VAULT_RELEASE_TAKEN_BACK}
)  # fmt: skip


def cite(step: Step) -> str:
    """The section a step rests on, or that it is the team's standard."""
    return load()[step.rule].cite if step.rule else "the team's standard"


def check(book: Rulebook | None = None) -> Rulebook:
    """The rulebook, after proving that it and the process name each other completely. Raises `LawError`."""
    book = book or load()
    rules = {s.rule for s in STEPS if s.rule} | {d.rule for d in STANDING}
    standards = {s.standard for s in STEPS if s.standard} | OTHER_STANDARDS
    book.check_named(rules, standards)
    return book
