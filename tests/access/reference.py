"""A second, naive policy, written from the words alone: the product's is compared with it and shares nothing with it.

Everything is a string, every rule an `if`. Nothing here may come from the product's policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

DCF = ("intake worker", "intake supervisor", "area-office worker")
TEAM = ("chairperson", "team coordinator", "team member", "prosecutor")
ROLES = (
    *DCF, "police", *TEAM, "victim advocate", "advocate supervisor", "OVS liaison", "auditor", "administrator", "system",
)  # fmt: skip
ROOMS = ("Report", "Screening", "Case review", "Services", "Compensation", "Closed")
CLASSES = ("position", "history", "identity", "report", "reporter", "released")
OF_THE_REPORT = ("Report", "Screening", "Closed")


@dataclass(frozen=True)
class Someone:
    """A person as the policy's words know her."""

    id: str
    role: str
    agency: str
    offices: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Matter:
    """A case as the policy's words know it; `drawn_in` holds (who, how, until)."""

    office: str | None = None
    district: str | None = None
    team: str | None = None
    before_team: bool = False
    restricted: bool = False
    drawn_in: frozenset[tuple[str, str, datetime | None]] = frozenset()


@dataclass(frozen=True)
class Seen:
    """What somebody sees of a case: nothing; only a row; or classes of fields, rooms, and the notes of rooms."""

    row: bool = False
    classes: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    may_record: bool = False


NOTHING = Seen()


def drawn(case: Matter, who: str, how: str) -> bool:
    """Whether the person or agency is drawn into the case in this way, at any time."""
    return (who, how, None) in case.drawn_in


def by_office(person: Someone, case: Matter) -> bool:
    if person.role not in DCF:
        return False
    return "*" in person.offices or (case.office is not None and case.office in person.offices)


def by_team(person: Someone, case: Matter) -> bool:
    if person.role not in TEAM or not case.before_team:
        return False
    if "*" in person.teams or (case.team is not None and case.team in person.teams):
        return True
    return "*" in person.districts or (case.district is not None and case.district in person.districts)


def by_agency(person: Someone, case: Matter) -> bool:
    return person.role in ("police", "advocate supervisor", "OVS liaison") and drawn(case, person.agency, "agency")


def by_engagement(person: Someone, case: Matter) -> bool:
    able = ("victim advocate", "area-office worker", "police", "prosecutor", "team member")
    return person.role in able and drawn(case, person.id, "engaged")


def by_emergency(person: Someone, case: Matter, now: datetime) -> bool:
    if person.role not in (*DCF, "police", "prosecutor", "chairperson", "team coordinator"):
        return False
    return any(w == person.id and h == "glass" and until and until > now for w, h, until in case.drawn_in)


def seen(person: Someone, case: Matter, now: datetime) -> Seen:
    """What the person sees of the case now, and whether she may record anything on it at all."""
    if drawn(case, person.id, "conflict"):
        return NOTHING
    if person.role == "system":
        return Seen(classes=frozenset(CLASSES), rooms=frozenset(ROOMS), notes=frozenset(ROOMS), may_record=True)
    works = by_office(person, case) or by_team(person, case) or by_agency(person, case) or by_engagement(person, case)
    # Emergency access counts for nothing on a restricted case, named or not: what it shows ends with the restriction.
    emergency = by_emergency(person, case, now) and not case.restricted
    if not (works or emergency):
        return NOTHING
    if case.restricted and not drawn(case, person.id, "named"):
        return Seen(row=True)
    classes, rooms, notes = set(), set(), set()
    if emergency:
        classes |= {"position", "history", "identity", "report"}
        rooms |= set(ROOMS)
    if works:
        classes |= what_work_shows(person.role)
        rooms |= {"Compensation"} if person.role == "OVS liaison" else set(ROOMS)
        notes |= notes_for_work(person.role)
    return Seen(classes=frozenset(classes), rooms=frozenset(rooms), notes=frozenset(notes), may_record=works)


def what_work_shows(role: str) -> set[str]:
    """The classes of fields that a role sees of a case it works on."""
    if role in (*DCF, "police", "prosecutor"):
        return {"position", "history", "identity", "report", "reporter"}
    if role in ("chairperson", "team coordinator", "team member"):
        return {"position", "history", "identity", "report"}
    return {"position", "history", "identity"}


def notes_for_work(role: str) -> set[str]:
    """The rooms whose notes a role reads of a case it works on."""
    if role in (*DCF, "police"):
        return set(OF_THE_REPORT)
    if role in TEAM:
        return {*OF_THE_REPORT, "Case review"}
    if role in ("victim advocate", "advocate supervisor"):
        return {"Services", "Compensation"}
    return {"Compensation"}


def may_read_note(person: Someone, case: Matter, now: datetime, room: str, author: str) -> bool:
    """Whether she may read a note of this room: hers, while she sees the case, or one of a room whose notes she reads."""
    it = seen(person, case, now)
    return bool(it.classes) and (author == person.id or room in it.notes)


# Who records what. ------------------------------------------------------------------------------------------------------

POLICE, PROSECUTOR, OVS = ("police",), ("prosecutor",), ("OVS liaison",)
ADVOCATES = ("victim advocate", "advocate supervisor")
CHAIR, LEADS = ("chairperson",), ("chairperson", "team coordinator")
SUPERVISOR = ("intake supervisor",)
AT_WORK = (*DCF, *POLICE, *TEAM, *ADVOCATES)


@dataclass(frozen=True)
class Line:
    """Acts, and the roles that record them. `why`: a choice that the law and the process leave open, and its reason."""

    roles: tuple[str, ...]
    acts: str
    why: str = ""


WHO_RECORDS = (
    Line(DCF, "receive_referral receive_another_report take_up_report score_screening identify_victim believe_victim "
         "screen_out end_not_a_minor end_not_a_resident look_again hand_over take_over"),
    Line(DCF, "note_likeness find_same_child keep_apart leave_likeness_open reopen_likeness link_cases unlink_cases",
         "who a child is, is said by those who took the reports"),
    Line((*DCF, *LEADS, *ADVOCATES), "record_contact_safety", "whoever speaks with the family learns of it"),
    Line((*DCF, *POLICE), "acknowledge_notice send_notice_again", "the one who was told may say so herself"),
    Line(SUPERVISOR, "approve_screen_out return_screen_out find_invalid"),
    Line(DCF, "classify_report notify_police refer_to_police make_inquiry commence_investigation complete_investigation "
         "notify_parents withhold_parent_notice substantiate_abuse notify_parents_of_substantiation "
         "withhold_substantiation_notice act_on_school_report tell_hhs tell_police_missing tell_ncmec tell_police_identified "
         "begin_removal end_removal notify_relatives tell_attorney_of_meeting change_placement tell_attorney_of_placement "
         "set_removal_meeting plan_placement issue_finding mail_finding decide_internal_review mail_internal_review "
         "schedule_registry_hearing conclude_registry_hearing mail_registry_decision"),
    Line((*DCF, *LEADS), "record_cause place_case record_written_report record_answer record_citizenship "
         "record_missing_from_care begin_hospital_hold end_hospital_hold record_custody_order hold_preliminary_hearing "
         "hold_contested_hearing determine_reasonable_efforts serve_summons set_petition_hearing appeal_finding "
         "receive_internal_review request_registry_hearing appeal_registry_decision let_finding_stand",
         "what reporters, hospitals, courts and the person of a finding did is typed in by who learns of it"),
    Line((*DCF, *LEADS, *POLICE), "locate_child"),
    Line((*DCF, *LEADS, *POLICE), "record_oral_report_to_police report_missing_child record_online_word give_icac_notice "
         "accept_missing_report begin_protective_custody end_protective_custody determine_crime give_rights_card",
         "few police sign in: what they did is recorded by who learns of it"),
    Line((*DCF, *POLICE, *TEAM, *ADVOCATES), "ask_for_review"),
    Line(LEADS, "put_on_agenda tell_members ready_packet make_decision ask_for_update go_without_update"),
    Line(LEADS, "amend_meeting_record", "an approved record is added to by those who lead the team"),
    Line(LEADS, "seek_record certify_record receive_record give_up_record", "§ 17a-106a(h): the coordinator or her designee"),
    Line((*DCF, *POLICE, *TEAM, *ADVOCATES), "give_update record_statement allow_disclosure withdraw_disclosure",
         "§ 17a-106a(i): what a participant provides is hers to give and to release"),
    Line(LEADS, "hold_review defer_review conclude_review", "the coordinator leads where the chairperson may not"),
    Line(CHAIR, "record_meeting", "the record is the chairperson's to approve"),
    Line(AT_WORK, "carry_out_decision leave_decision give_up_decision", "OVS answers within its claims alone"),
    Line((*DCF, *ADVOCATES), "disclose_injury give_spoken_notice give_written_notice list_needs add_need decline_services "
         "give_consent decline_consent revoke_consent refer_to_service record_provider_saw record_acceptance record_waitlist "
         "record_decline record_needs_more send_more keep_appointment miss_appointment end_service "
         "ask_for_service_hearing", "§ 17a-106i: told to an employee of DCF or of the center, who record it"),
    Line((*DCF, *ADVOCATES), "begin_supervision end_supervision review_plan hold_service_hearing",
         "the advocate records what DCF tells her of the child's plan"),
    Line(ADVOCATES, "record_injury record_dependant describe_claim record_sexual_assault record_exam decline_exam",
         "facts of the claim; intake's date of the injury comes with the report"),
    Line(ADVOCATES, "draft_application ask_for_paper receive_paper give_up_paper gather_papers show_police_report "
         "file_application decline_compensation hand_over_compensation ask_for_waiver request_waiver_review "
         "let_waiver_denial_stand request_review let_determination_stand appeal let_commissioner_decision_stand "
         "claim_award file_suit tell_ovs_of_suit print_application sign_application consent_to_ovs "
         "revoke_consent_to_ovs"),
    Line(ADVOCATES, "release_vault_note take_back_release", "§ 52-146k: the counselor shows what the victim waives"),
    Line(ADVOCATES, "record_court_decision", "the court decides, the applicant's side learns of it"),
    Line((*ADVOCATES, *OVS), "grant_waiver deny_waiver receive_application send_rights_list mail_award mail_denial "
         "send_commissioner_decision record_payment"),
    Line((*DCF, *LEADS, *ADVOCATES), "propose_closing confirm_closing return_closing",
         "closing wants a second person, of whatever role"),
    Line(AT_WORK, "retract_fact redate_fact", "an entry is corrected by those who may record one like it; OVS asks them"),
    Line(AT_WORK, "assign_step postpone_standard leave_undone", "whoever works on a case says so, with a reason"),
    Line((*AT_WORK, *OVS), "declare_conflict"),
    Line((*DCF, *LEADS, "advocate supervisor"), "engage_person end_engagement",
         "whoever hands the work on draws in whom it is handed to"),
    Line((*DCF, *LEADS), "engage_agency"),
    Line((*SUPERVISOR, *CHAIR), "restrict_case admit_person lift_restriction end_conflict",
         "few keep restrictions, and they can always open one again"),
    Line((*DCF, *POLICE, *PROSECUTOR, *LEADS), "take_emergency_access"),
)  # fmt: skip

# What somebody records who has no account, by a link, about the one need that the link is for.
BY_A_LINK = "record_provider_saw record_acceptance record_waitlist record_decline record_needs_more"

# Who records what about a meeting of the team. --------------------------------------------------------------------------


@dataclass(frozen=True)
class Gathering:
    """A meeting as the policy's words know it: of which team, and who comes, by a seat held on the day or as a guest."""

    team: str
    district: str
    seated: frozenset[str] = frozenset()
    guests: frozenset[str] = frozenset()


WHO_CONVENES = (
    Line(LEADS, "set_meeting move_meeting cancel_meeting send_invitations invite_guest withdraw_guest propose_agenda "
         "arrange_agenda open_meeting call_roll call_case adjourn", "the team's dates and its room are its leaders'"),
    Line(CHAIR, "approve_record", "the record is the chairperson's, as that of each case is"),
    Line((*AT_WORK, *OVS), "excuse come_after_all accept_confidentiality open_packet", "whoever comes says it for herself"),
)  # fmt: skip
FOR_EVERYBODY_WHO_COMES = ("excuse", "come_after_all", "accept_confidentiality", "open_packet")


def serves_team(person: Someone, meeting: Gathering) -> bool:
    """Whether she works for the team, by it or by its district."""
    if person.role not in TEAM:
        return False
    if "*" in person.teams or "*" in person.districts:
        return True
    return meeting.team in person.teams or meeting.district in person.districts


def convenes(person: Someone, meeting: Gathering, act: str) -> str:
    """What the door says to her: allowed, that it is not for her, or that there is no such meeting."""
    if person.role == "system":
        return "allowed"
    leads = person.role in LEADS and serves_team(person, meeting)
    if act == "set_meeting":
        return "allowed" if leads else "NotFound"
    comes = person.id in meeting.seated or person.id in meeting.guests
    if not (serves_team(person, meeting) or comes):
        return "NotFound"
    roles = {role for line in WHO_CONVENES if act in line.acts.split() for role in line.roles}
    if person.role not in roles:
        return "NotAllowed"
    return "allowed" if leads or act in FOR_EVERYBODY_WHO_COMES else "NotAllowed"


def provides(by: Someone, *, hers: bool, ground: str = "") -> bool:
    """Whether she may record or release this: what she provided herself; for others, and on other grounds, who leads."""
    if by.role in (*LEADS, "system"):
        return True
    return hers and ground in ("", "consent of the participant")


# The class of each thing that a report tells and of each kind of words a form asks for; the other words go by their room.
TOLD_CLASSES = dict.fromkeys(
    ("suspected_relationship", "suspected_has_care_or_access", "commercial_sex", "forced_labor",
     "force_fraud_coercion", "imminent_risk", "online_component", "incident_town", "incident_time", "police_agency",
     "child_in_state", "child_age", "suspected"),
    "report",
) | {"reporter_class": "reporter", "reporter_confidential": "reporter", "child": "identity"}  # fmt: skip
WORDS_CLASSES = {
    "what_is_safe": "identity",
    **dict.fromkeys(("reporter_name", "reporter_phone", "how_known"), "reporter"),
    **dict.fromkeys(("released", "waiver", "purpose"), "released"),
    **dict.fromkeys(
        ("narrative", "suspected_person", "action_taken", "parents", "unsafe_because", "prior_harm", "why_suspected",
         "prior_cases"), "report",
    ),
}  # fmt: skip
WORDS_OF_THE_ROOM = (
    "note", "reason", "town", "members", "decision", "services", "what", "recipient",
    "answers", "evidence", "acknowledged_by", "person", "proof", "text", "record", "held_at", "sworn_before", "perpetrator",
    "no_services", "period", "needed_for", "signer_name", "reach", "alone_under", "reasons", "spoke_with",
    "back_because", "safe_way", "applicant_name", "signed_by_name",
    "ct_46a170_ground", "ct_53a192a_minor_ground", "fed_severe_form_ground",
)  # fmt: skip
# What names somebody, by table: whatever column of it holds bytes is sealed and is of this class.
SEALED_CLASSES = {"child": "identity", "report": "report", "narrative": "words"}


def roles_of(act: str) -> frozenset[str]:
    """The roles that record this act, this system among them; an act that nobody wrote down is nobody's."""
    return frozenset(role for line in WHO_RECORDS if act in line.acts.split() for role in (*line.roles, "system"))


def may_name(by: Someone, act: str, whom: Someone | None) -> bool:
    """Whether she may name this person in the act: not everybody speaks for others, or engages others' people."""
    if act == "admit_person" and whom is not None and whom.id == by.id:
        return False
    if act == "declare_conflict" and whom is not None and whom.id != by.id:
        return by.role in ("intake supervisor", "chairperson", "system")
    if act == "engage_person" and by.role == "advocate supervisor" and whom is not None:
        able = ("victim advocate", "area-office worker", "police", "prosecutor", "team member", "advocate supervisor")
        return whom.role not in able or (whom.role in ADVOCATES and whom.agency == by.agency)
    return True


def may_record(person: Someone, case: Matter, now: datetime, act: str) -> bool:
    """Whether she may record this act on this case: her role does, and she works on the case and is not shut out.

    Whom she may name in it is asked apart (`may_name`, `provides`). Of a case that is shut to them, those who keep restrictions
    may still let somebody in.
    """
    it = seen(person, case, now)
    if it.row and act == "admit_person":
        return person.role in roles_of(act)
    return person.role in roles_of(act) and it.may_record
