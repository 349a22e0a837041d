"""The intake worker's start: what waits for DCF, the notices, and taking a report."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from dashboard import drafts, forms, keeping, parts, session
from mdt import geography
from mdt.board import work
from mdt.casework import intake
from mdt.errors import BadField, MdtError
from mdt.referral import THE_WHOLE, NewReferral, fields_wrong

DRAFT = "take-a-report"
NEEDED = "Needed: the number, when and how it came, and whether the reporter is mandated."
TAKEN = "Recorded: report received. This case is new; it is placed with its office and team within seconds."
REPORTERS = (
    "juvenile probation officer", "school employee", "physician", "police officer", "registered nurse",
    "sexual assault counselor", "department of children and families employee", "foster parent",
    "emergency medical technician", "licensed clinical social worker", "parent", "neighbor", "the child",
)  # fmt: skip
GENDERS = ("female", "male", "transgender", "nonbinary")
GROUPS: dict[str, dict[str, str]] = {
    "The report": {
        "report_no": "Report number", "received_at": "Received on", "mode": "How it came",
        "reporter_class": "Who reports, by occupation", "reporter_mandated": "Is the reporter mandated to report?",
        "reporter_name": "Reporter's name", "reported_in_school": "Made in a school?",
    },
    "The child": {
        "child_given_name": "Given name", "child_family_name": "Family name", "child_birthdate": "Birthdate",
        "child_age": "Age in years, if the birthdate is not known", "child_gender": "Gender",
        "child_in_state": "Does the child live in Connecticut?", "child_residence_town": "Town where the child lives",
        "lives_at_home": "Lives at home?", "in_dcf_care": "In DCF's care?", "missing": "Missing?",
        "citizenship": "Citizenship, as a country code like US",
    },
    "What happened": {
        "incident_town": "Town where it happened", "incident_from": "First day it happened",
        "incident_to": "Last day it happened", "online_component": "Partly online?",
        "narrative": "What was told", "action_taken": "What has been done so far",
    },
    "The suspected person": {
        "suspected_person": "Name, or what is known", "suspected_relationship": "Relationship to the child",
        "suspected_has_care_or_access": "Has care of the child, or access to it?",
    },
    "Signs": {
        "commercial_sex": "Commercial sex?", "forced_labor": "Forced labor?",
        "force_fraud_coercion": "Force, fraud or coercion?", "imminent_risk": "Imminent risk?",
        "police_agency": "Police agency told", "police_told_at": "Police were told on",
    },
}  # fmt: skip
TITLES = {name: title for group in GROUPS.values() for name, title in group.items()}


def take_a_report() -> None:
    """A new referral. Only four things are needed; whatever else is unknown stays unknown."""
    st.caption(f"{NEEDED} The rest is asked “if known” (§ 17a-101d).")
    draft = keeping.begin(DRAFT, 0)
    if draft is None:
        return
    values: dict[str, object] = {}
    for group, fields in GROUPS.items():
        with st.container(border=True):
            st.subheader(group, anchor=False)
            values |= _in_two_columns(list(fields), draft)
    keeping.keep(DRAFT, draft)
    if st.button("Take the report", key=f"{draft.command}.take", type="primary"):
        take(values)


def _in_two_columns(names: list[str], draft: session.Draft) -> dict[str, object]:
    half = -(-len(names) // 2)
    values: dict[str, object] = {}
    for column, some in zip(st.columns(2, gap="large"), (names[:half], names[half:]), strict=True):
        with column:
            given = {"received_at": draft.opened_at}
            values |= forms.draw(NewReferral, draft.command, names=some, given=given, choices=_choices(), titles=TITLES)
    return values


def _choices() -> dict[str, dict[str, str]]:
    """What is usually said in a text field; anything else may be typed."""
    towns = {town.name: town.name for town in geography.towns()}
    return {
        "child_residence_town": towns,
        "incident_town": towns,
        "reporter_class": {word: word for word in REPORTERS},
        "child_gender": {word: word for word in GENDERS},
    }


def take(values: dict[str, object]) -> None:
    """Open a case on the report and go there; or say, field by field, what is to be corrected."""
    now = session.now()
    try:
        form = NewReferral.model_validate(values, context={"now": now})
        by = session.viewer()
        case_id = keeping.recorded(DRAFT, lambda store: intake.receive_referral(store, form, by=by, now=now))
    except ValidationError as error:
        st.error("\n\n".join(_said(field) for field in fields_wrong(error)))
    except BadField as field:
        st.error(_said(field))
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        session.say(case_id, TAKEN)
        session.open_case(case_id)


def _said(field: BadField) -> str:
    title = "The referral" if field.field == THE_WHOLE else TITLES[field.field]
    return f"**{title.rstrip('?')}** {field.reason}."


def page() -> None:
    """What waits, what is new, and a new report."""
    owners = work.WAITS_FOR[session.viewer().role]
    st.header("Intake", anchor=False)
    drafts.listed()
    waiting, told, new = st.tabs(["Waiting", "Notices", "Take a report"], on_change="rerun", key="intake-tab")
    if waiting.open:
        with waiting:
            parts.work_list("intake", owners)
    if told.open:
        with told:
            parts.notice_list(owners)
    if new.open:
        with new:
            take_a_report()


page()
