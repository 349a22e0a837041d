"""THE POLICY: role x relation x act x field class, as tables. What no row grants is denied.

`RELATES` says by which relations a role may stand to a case, `SEES` what that shows of it, `RECORDS` which roles record an act.
Two things forbid, whatever is granted here: a restriction (all but the persons whom it names see a row with the reason) and a
declared conflict (not even the row). Emergency access shows, but records nothing, and opens no restricted case.
"""

from __future__ import annotations

from enum import StrEnum

from mdt.process import Room

WHOLE_STATE = "*"  # a membership that holds everywhere


class Role(StrEnum):
    """What somebody is here. `SYSTEM` is this product itself: flows, imports, checks."""

    SYSTEM = "system"
    INTAKE = "intake worker"
    INTAKE_SUPERVISOR = "intake supervisor"
    AREA_OFFICE = "area-office worker"
    POLICE = "police"
    PROSECUTOR = "prosecutor"
    COORDINATOR = "team coordinator"
    CHAIR = "chairperson"
    MEMBER = "team member"
    ADVOCATE = "victim advocate"
    ADVOCATE_SUPERVISOR = "advocate supervisor"
    OVS = "OVS liaison"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Relation(StrEnum):
    """How a person stands to a case. Each value is the rule as people read it."""

    OFFICE = "the case belongs to their DCF office"
    TEAM = "the case is before their team"
    AGENCY = "their agency is engaged on the case"
    ENGAGED = "they are engaged on the case"
    GLASS = "emergency access, for four hours"
    SYSTEM = "this system itself"


class How(StrEnum):
    """How a person or an agency is drawn into a case; see `mdt.circle`."""

    ENGAGED = "engaged"
    AGENCY = "agency"
    NAMED = "named"
    CONFLICT = "conflict"
    GLASS = "glass"


class See(StrEnum):
    """A class of fields: what is seen together or not at all."""

    POSITION = "where the case stands and what is open"
    HISTORY = "what happened"
    IDENTITY = "who the child is"
    REPORT = "what the reports told"
    REPORTER = "who reported (§ 17a-28(f))"
    REPORT_NOTES = "notes of DCF's rooms"
    REVIEW_NOTES = "notes of the case review (§ 17a-106a(i))"
    ADVOCATE_NOTES = "notes of the advocate"
    CLAIM_NOTES = "notes of the compensation claim"
    RELEASED = "what a waiver releases of the advocate's vault (§ 52-146k)"


DCF = frozenset({Role.INTAKE, Role.INTAKE_SUPERVISOR, Role.AREA_OFFICE})
LEADS = frozenset({Role.CHAIR, Role.COORDINATOR})
TEAM = LEADS | {Role.MEMBER, Role.PROSECUTOR}
ADVOCATES = frozenset({Role.ADVOCATE, Role.ADVOCATE_SUPERVISOR})
POLICE, OVS = frozenset({Role.POLICE}), frozenset({Role.OVS})
KEEPERS = frozenset({Role.INTAKE_SUPERVISOR, Role.CHAIR})  # of restrictions; they alone may declare another's conflict
CASE_ROLES = DCF | TEAM | ADVOCATES | POLICE | OVS

# By which relations a role may stand to a case. Auditors and administrators stand to none.
RELATES: dict[Relation, frozenset[Role]] = {
    Relation.OFFICE: DCF,
    Relation.TEAM: TEAM,
    Relation.AGENCY: POLICE | OVS | {Role.ADVOCATE_SUPERVISOR},
    Relation.ENGAGED: POLICE | {Role.ADVOCATE, Role.AREA_OFFICE, Role.PROSECUTOR, Role.MEMBER},
    Relation.GLASS: DCF | POLICE | LEADS | {Role.PROSECUTOR},
    Relation.SYSTEM: frozenset({Role.SYSTEM}),
}

_CASE = frozenset({See.POSITION, See.HISTORY, See.IDENTITY})
_TOLD = _CASE | {See.REPORT, See.REPORT_NOTES}
# What a role sees of a case that it stands to by any relation but emergency access.
SEES: dict[Role, frozenset[See]] = {
    Role.SYSTEM: frozenset(See),
    **dict.fromkeys(DCF, _TOLD | {See.REPORTER}),  # § 17a-28(f): DCF's own staff
    **dict.fromkeys(TEAM, _TOLD | {See.REVIEW_NOTES}),  # § 17a-28(h)(2): a team under § 17a-106a
    Role.PROSECUTOR: _TOLD | {See.REVIEW_NOTES, See.REPORTER},  # § 17a-28(f): a state's attorney
    Role.POLICE: _TOLD | {See.REPORTER},  # § 17a-28(f), (g): the officer who investigates
    **dict.fromkeys(ADVOCATES, _CASE | {See.ADVOCATE_NOTES, See.CLAIM_NOTES}),  # DCF's records want consent (§ 17a-28(b))
    Role.OVS: _CASE | {See.CLAIM_NOTES},  # in neither § 17a-28(g) nor (h): the claim alone
    Role.AUDITOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}
THROUGH_THE_GLASS = _CASE | {See.REPORT}
# The rooms whose steps and facts a role sees, if not all of them.
ROOMS: dict[Role, frozenset[Room]] = dict.fromkeys(Role, frozenset(Room)) | {Role.OVS: frozenset({Room.COMPENSATION})}

# The class of what names a child, by table and column; a report's own fields that are of another class than the report.
FIELDS: dict[str, See] = {
    **dict.fromkeys(
        (
            "child.given_name",
            "child.family_name",
            "child.birthdate",
            "child.gender",
            "child.town",
            "child.address",
            "child.phone",
            "child.citizenship",
        ),
        See.IDENTITY,
    ),
    "report.told": See.REPORT,
    "report.told.reporter_name": See.REPORTER,
    "report.told.reporter_class": See.REPORTER,  # an occupation and a town may be a name
    "report.told.reporter_confidential": See.REPORTER,
    "report.told.child": See.IDENTITY,
    "narrative.text.reporter_name": See.REPORTER,
    "narrative.text.reporter_phone": See.REPORTER,
    **{
        f"narrative.text.{name}": See.REPORT
        for name in (
            "narrative",
            "suspected_person",
            "action_taken",
            "parents",
            "unsafe_because",
            "prior_harm",
            "why_suspected",
            "prior_cases",
        )
    },
    "narrative.text.what_is_safe": See.IDENTITY,  # for whoever may have to write or ring
    # granted to no role: it is shown to those whom the waiver names, as long as it runs (`mdt.board.released`)
    **dict.fromkeys(("narrative.text.released", "narrative.text.waiver", "narrative.text.purpose"), See.RELEASED),
    "narrative.text.how_known": See.REPORTER,  # how somebody came to know of it may tell who it was
}
NOTES: dict[Room, See] = {
    Room.REPORT: See.REPORT_NOTES,
    Room.SCREENING: See.REPORT_NOTES,
    Room.CLOSED: See.REPORT_NOTES,
    Room.REVIEW: See.REVIEW_NOTES,
    Room.SERVICES: See.ADVOCATE_NOTES,
    Room.COMPENSATION: See.CLAIM_NOTES,
}

# Which roles record an act. What those do who do not sign in, and OVS and the police, is recorded by who learns of it too.
_RECORDED_BY: tuple[tuple[frozenset[Role], str], ...] = (
    (DCF, ("receive_referral receive_another_report take_up_report score_screening identify_victim believe_victim screen_out"
           " end_not_a_minor end_not_a_resident look_again hand_over take_over")),
    # who the child may be
    (DCF, ("note_likeness find_same_child keep_apart leave_likeness_open reopen_likeness link_cases unlink_cases")),
    (DCF | LEADS | ADVOCATES, "record_contact_safety"),
    (DCF | POLICE, "acknowledge_notice send_notice_again"),
    (frozenset({Role.INTAKE_SUPERVISOR}), "approve_screen_out return_screen_out find_invalid"),
    # DCF's own acts and duties
    (DCF,
     ("classify_report notify_police refer_to_police make_inquiry commence_investigation complete_investigation notify_parents"
      " withhold_parent_notice substantiate_abuse notify_parents_of_substantiation withhold_substantiation_notice"
      " act_on_school_report tell_hhs tell_police_missing tell_ncmec tell_police_identified begin_removal end_removal"
      " notify_relatives tell_attorney_of_meeting change_placement plan_placement tell_attorney_of_placement"
      " set_removal_meeting issue_finding mail_finding decide_internal_review mail_internal_review"
      " schedule_registry_hearing conclude_registry_hearing mail_registry_decision")),
    # what a reporter, a hospital, a court, the person of a finding did, and what is learned of the child
    (DCF | LEADS,
     ("place_case record_cause record_written_report record_answer record_citizenship record_missing_from_care"
      " begin_hospital_hold end_hospital_hold record_custody_order hold_preliminary_hearing hold_contested_hearing"
      " determine_reasonable_efforts set_petition_hearing serve_summons appeal_finding receive_internal_review"
      " request_registry_hearing appeal_registry_decision let_finding_stand")),
    (DCF | LEADS | POLICE, "locate_child"),
    (DCF | LEADS | POLICE,
     ("record_oral_report_to_police record_online_word give_icac_notice report_missing_child accept_missing_report"
     " begin_protective_custody end_protective_custody determine_crime give_rights_card")),
    (LEADS, "hold_review defer_review conclude_review"),  # the coordinator where the chairperson may not
    (frozenset({Role.CHAIR}), "record_meeting"),
    (LEADS, "put_on_agenda tell_members ready_packet make_decision ask_for_update go_without_update amend_meeting_record"),
    (LEADS, "seek_record certify_record receive_record give_up_record"),  # § 17a-106a(h): the coordinator, or her designee
    # what a participant provides, and whether it may be disclosed, she says herself; LEADS type it in for others
    (DCF | TEAM | POLICE | ADVOCATES, "give_update record_statement allow_disclosure withdraw_disclosure"),
    (DCF | TEAM | POLICE | ADVOCATES, "ask_for_review carry_out_decision leave_decision give_up_decision"),
    (DCF | ADVOCATES,
     ("disclose_injury give_spoken_notice give_written_notice list_needs add_need decline_services give_consent decline_consent"
      " revoke_consent refer_to_service record_provider_saw record_acceptance record_waitlist record_decline record_needs_more"
      " send_more keep_appointment miss_appointment end_service begin_supervision end_supervision review_plan"
      " ask_for_service_hearing hold_service_hearing")),
    (ADVOCATES, "release_vault_note take_back_release"),  # of her own agency's vault (§ 52-146k)
    (ADVOCATES,
     ("print_application sign_application consent_to_ovs revoke_consent_to_ovs record_injury record_dependant"
      " describe_claim record_sexual_assault record_exam decline_exam draft_application ask_for_paper receive_paper"
      " give_up_paper gather_papers show_police_report file_application decline_compensation hand_over_compensation"
      " ask_for_waiver request_waiver_review let_waiver_denial_stand request_review let_determination_stand appeal"
      " let_commissioner_decision_stand record_court_decision claim_award file_suit tell_ovs_of_suit")),
    (ADVOCATES | OVS,
     ("grant_waiver deny_waiver receive_application send_rights_list mail_award mail_denial send_commissioner_decision"
      " record_payment")),
    (DCF | LEADS | ADVOCATES, "propose_closing confirm_closing return_closing"),
    (CASE_ROLES - OVS, "retract_fact redate_fact assign_step postpone_standard leave_undone"),
    (DCF | LEADS | {Role.ADVOCATE_SUPERVISOR}, "engage_person end_engagement"),
    (DCF | LEADS, "engage_agency"),
    (KEEPERS, "restrict_case admit_person lift_restriction end_conflict"),
    (CASE_ROLES, "declare_conflict"),
    (RELATES[Relation.GLASS], "take_emergency_access"),
)  # fmt: skip
RECORDS: dict[str, frozenset[Role]] = {act: roles | {Role.SYSTEM} for roles, acts in _RECORDED_BY for act in acts.split()}

# What keepers may record, for others, on a restricted case that does not name them, without seeing it: else, once all those
# named have left, nobody could open it again. It is a fact in the case's history, and nobody admits herself.
WITHOUT_SIGHT = frozenset({"admit_person"})

# What a provider without an account records by an answer link, about the one need of the one case that the link is for.
BY_AN_ANSWER_LINK = frozenset(
    {"record_provider_saw", "record_acceptance", "record_waitlist", "record_decline", "record_needs_more"}
)  # fmt: skip

# Who records what about a meeting of a team that she leads, sits on, or is a guest of (`mdt.meeting`).
_CONVENED_BY: tuple[tuple[frozenset[Role], str], ...] = (
    (LEADS, ("set_meeting move_meeting cancel_meeting send_invitations invite_guest withdraw_guest propose_agenda"
             " arrange_agenda open_meeting call_roll call_case adjourn")),
    (frozenset({Role.CHAIR}), "approve_record"),
    (CASE_ROLES, "excuse come_after_all accept_confidentiality open_packet"),
)  # fmt: skip
CONVENES: dict[str, frozenset[Role]] = {act: roles | {Role.SYSTEM} for roles, acts in _CONVENED_BY for act in acts.split()}

# Who may take a table out of the house, and what only some roles open at all.
EXPORTS: dict[str, frozenset[Role]] = {
    "cases": CASE_ROLES - OVS,
    "work": CASE_ROLES,
    "law": frozenset(Role) - {Role.SYSTEM},
    "ledger": frozenset({Role.AUDITOR}),
    "evidence": LEADS,
    "directory": ADVOCATES,
    "gaps": CASE_ROLES - OVS,
}
KEEPS_FORMS = frozenset({Role.ADMINISTRATOR, Role.ADVOCATE_SUPERVISOR})  # an agency's own form, and what goes where in it
LOOKS_INTO: dict[str, frozenset[Role]] = {
    "the ledgers": frozenset({Role.AUDITOR}),
    "the accounts": frozenset({Role.ADMINISTRATOR}),
    "names": DCF | TEAM | POLICE | ADVOCATES,
    "the directory": DCF | TEAM | ADVOCATES,  # whoever refers a child to a service, or advises on it
    "the directory, to change it": ADVOCATES,
    "the gaps": CASE_ROLES - OVS,
}
