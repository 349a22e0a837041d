"""The columns of a file of referrals in our own layout: one for each field of a referral, and what a sheet needs beside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (
    "report_no",
    "received_at",
    "mode",
    "reporter_class",
    "reporter_mandated",
    "reporter_name",
    "reported_in_school",
    "child_given_name",
    "child_family_name",
    "child_birthdate",
    "child_age",
    "child_gender",
    "child_residence_town",
    "child_in_state",
    "lives_at_home",
    "in_dcf_care",
    "missing",
    "citizenship",
    "incident_town",
    "incident_from",
    "incident_to",
    "online_component",
    "suspected_person",
    "suspected_relationship",
    "suspected_has_care_or_access",
    "commercial_sex",
    "forced_labor",
    "force_fraud_coercion",
    "imminent_risk",
    "police_agency",
    "police_told_at",
    "narrative",
    "action_taken",
)
# More of the one suspected person than her name; a sheet has no room for two, but for `suspected`: a list, as JSON.
OF_THE_SUSPECTED = ("suspected_alias", "suspected_phone", "suspected_handle", "suspected_vehicle", "suspected_place")
SUSPECTED = "suspected"
MAY_BE_LEFT_OUT = (
    "child_no",
    "reporter_confidential",
    "reporter_phone",
    "child_address",
    "child_phone",
    "parents",
    "unsafe_to_contact",
    "unsafe_because",
    "incident_time",
    "prior_harm",
    "how_known",
    "why_suspected",
    "prior_cases",
    *OF_THE_SUSPECTED,
    SUSPECTED,
)
ALL = COLUMNS + MAY_BE_LEFT_OUT
WHY_REFUSED = ("row", "field", "reason")  # in a file of refused rows, before the columns; ignored when it is read again
NEEDED = ("report_no", "received_at", "mode", "reporter_mandated")

DAYS = frozenset({"child_birthdate", "incident_from", "incident_to"})
INSTANTS = frozenset({"received_at", "police_told_at"})
YES_OR_NO = frozenset(
    {"reporter_mandated", "reporter_confidential", "reported_in_school", "child_in_state", "unsafe_to_contact", "lives_at_home",
     "in_dcf_care", "missing", "online_component", "suspected_has_care_or_access", "commercial_sex", "forced_labor",
     "force_fraud_coercion", "imminent_risk"}
)  # fmt: skip
_FIRST = {
    "suspected_person": "name",
    "suspected_relationship": "relationship",
    "suspected_has_care_or_access": "has_care_or_access",
}


def as_said(cells: Mapping[str, str]) -> dict[str, Any]:
    """A row as the fields of a referral: the suspected persons in one list, what is left blank left out."""
    said: dict[str, Any] = {name: text for name, text in cells.items() if text or name in COLUMNS}
    more = {name.removeprefix("suspected_"): said.pop(name) for name in OF_THE_SUSPECTED if name in said}
    listed = _listed(said.pop(SUSPECTED, ""))
    if more:
        first = more | {field: said.pop(name, "") for name, field in _FIRST.items()}
        listed = [first, *listed] if isinstance(listed, list) else listed
    return said | ({SUSPECTED: listed} if listed else {})


def _listed(text: str) -> Any:  # noqa: ANN401  # what is no list is refused with the rest of the row
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        return text
