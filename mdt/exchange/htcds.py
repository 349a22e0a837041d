"""HTCDS 2.0, the Human Trafficking Case Data Standard, as files of it are really written.

Credit: Human Trafficking Case Data Standard 2.0, International Organization for Migration (IOM), CC BY 4.0; adapted here, and
not endorsed by IOM. The standard's own documents differ from each other and from their template, so names are compared by their
letters alone, codes however they are spaced, and what was written otherwise stands behind the code. The standard sets no sign
between several values: `;` is read, and the spaces that form software writes. It knows no telephone country to add to a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdt.countries import alpha2
from mdt.exchange.spelling import phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CLASSES = {
    "org_": "Name ShippingStreet ShippingCity ShippingState ShippingPostalCode ShippingCountry ShippingLongitude"
            " ShippingLatitude Phone Type",
    "prs_": "Salutation FirstName MiddleName SecondName Birthdate Gender Deceased MaritalStatus NumberOfChildren"
            " PrimaryLanguage SecondaryLanguage HighestLevelOfEducation Citizenship IdentityNumber Title Email HomePhone"
            " MobilePhone MailingStreet MailingCity MailingState MailingPostalCode MailingCountry MailingLongitude"
            " MailingLatitude",
    "vic_": "TraffickingStatus TraffickingStatusDecisionMakingOrg RelationshipToTrafficker AgeWhenTrafficked"
            " RecruitmentWebsitesAndApps MethodOfRecruitment LocationOfRecruitment MethodsOfControl TypeOfExploitation"
            " ForcedLabourIndustry TypeOfSexExploitation LocationOfExploitation ExploitationWebsitesAndApps"
            " AgreementToManagePersonalData Vulnerabilities DetailsOfVulnerabilities",
    "per_": "RoleInProcess RoleDetails Organisation",
    "cas_": "Status ReasonForCaseClosure CaseOwner ReferringOrganisation IncomingReferralDate ReferringPrimaryCaseWorker"
            " ReasonForIncomingReferral IncomingReferralDetails ReferredOrganisation ReferredPrimaryCaseWorker"
            " ReasonForOutgoingReferral OutgoingReferralDate OutgoingReferralDetails",
    "cco_": "CaseComment",
    "hte_": "Street City State PostalCode Country Longitude Latitude Date Type Description",
    "spl_": "Objectives ActionPlan PlannedEndDate ActualEndDate Type",
    "con_": "Consent",
}  # fmt: skip
ABOUT = {"org_": "Organization", "per_": "Perpetrator", "hte_": "Trafficking event", "spl_": "Support plan"}
ENOUGH = 3  # columns by which a file is known to be of the standard

# Where a column of the standard goes; the others stand in words. A mailing address says where letters go: it is kept, and its
# city is the child's town only if the state is Connecticut.
OURS = {
    "prs_FirstName": "child_given_name",
    "prs_SecondName": "child_family_name",
    "prs_Birthdate": "child_birthdate",
    "prs_Gender": "child_gender",
    "prs_Citizenship": "citizenship",
    "prs_MobilePhone": "child_phone",
    "prs_HomePhone": "child_phone",
    "prs_MailingStreet": "child_street",
    "prs_MailingCity": "child_city",
    "prs_MailingState": "child_state",
    "prs_MailingPostalCode": "child_zip",
    "prs_MailingCountry": "child_country",
    "vic_RelationshipToTrafficker": "suspected_relationship",
    "cas_IncomingReferralDate": "received_at",
    "cas_ReferringPrimaryCaseWorker": "reporter_name",
    "cas_IncomingReferralDetails": "narrative",
}
ALIASES = {"vic_TraffickinStatusDecisionMakingOrg": "vic_TraffickingStatusDecisionMakingOrg"}  # as the template has it
TEMPLATE_LABELS = {"Trafficking Status Decision Making Organ": "vic_TraffickingStatusDecisionMakingOrg"}

_SITES = "Facebook Instagram WhatsApp Telegram FacebookMessenger Viber SnapChat Line 4Sale WeChat QQ QZone TikTok Twitter Other"
CODES = {
    "vic_TraffickingStatus": "PossibleVictimOfTrafficking ActualVictimOfTrafficking NotAVictimOfTrafficking",
    "vic_TraffickingStatusDecisionMakingOrg": "Police NGO CourtOrProsecution NonPoliceGovernmentalOrganization Other",
    "vic_RelationshipToTrafficker": "Familial Acquainted Unaquainted",
    "vic_RecruitmentWebsitesAndApps": _SITES,
    "vic_ExploitationWebsitesAndApps": _SITES,
    "vic_MethodOfRecruitment": (
        "AtAPlaceOfBusiness AtAnEducationalInstitution AtWork ThroughOnlineSocialNetworks ThroughAnOnlineAdvertisement"
        " ThroughATelevisionAdvert ThroughANewspaperAdvert ThroughFamilyOrFamilyEvents ThroughFriendsOrSocialEvents Other"
    ),
    "vic_MethodsOfControl": (
        "PhysicalThreats ThreatsLawEnforcement ThreatensChildrenFamily DebtBondage FalsePromises PhysicalAbuse SexualAbuse"
        " TakesEarnings RestrictsFinancialAccess RestrictsMedicalCare WithholdsNecessities PsychologicalAbuse"
        " PsychoactiveSubstance ExcessiveWorkingHours WithholdsDocuments Other"
    ),
    "vic_TypeOfExploitation": (
        "ForcedLabour SexualExploitation ChildLabour ForcedMarriage Servitude ForcedMilitaryByNonStateActors OrganRemoval"
        " ForcedBegging ForcedAdoption Surrogacy Other"
    ),
    "vic_TypeOfSexExploitation": "Prostitution Pornography RemoteInteractiveServices PrivateSexualServices",
    "per_RoleInProcess": (
        "TravellingPartner Transporter RecruiterOrIntermediary BrokerTravelAgent TransferredIndividual HarbouredIndividual"
        " SoldIndividual BoughtIndividual ReceivedIndividual ControlledIndividual Smuggler Abuser Kidnapper Exploiter Other"
    ),
    "cas_Status": "Active FollowUp Closed ClosedReferred",
    "cas_ReasonForIncomingReferral": "AdditionalServicesRequired MigrationOrChangeOfLocation Other",
    "cas_ReasonForOutgoingReferral": "AdditionalServicesRequired MigrationOrChangeOfLocation Other",
    "spl_Type": (
        "Education Financial Health LabourExploitationRehabilitation Legal Livelihood RightsBasedTraining"
        " SexualExploitationRehabilitation SocialCare"
    ),
}
# What the definitions document has where the field standards have another code, or (as Other) none.
ELSEWHERE = {
    "vic_MethodsOfControl": {
        "Threats": "PhysicalThreats",
        "ThreatOfLawEnforcement": "ThreatsLawEnforcement",
        "ThreatsOfLawEnforcement": "ThreatsLawEnforcement",
        "UsesChildren": "ThreatensChildrenFamily",
        "PsychoactiveSubstances": "PsychoactiveSubstance",
        "RestrictsMovement": "Other",
    },
    "vic_RelationshipToTrafficker": {"Unacquainted": "Unaquainted"},  # published with a letter missing
}
YES, NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_BOOLEANS = frozenset({"con_Consent", "prs_Deceased", "vic_AgreementToManagePersonalData"})
_PHONES = frozenset({"prs_HomePhone", "prs_MobilePhone", "org_Phone"})
_ONLINE = frozenset({"ThroughOnlineSocialNetworks", "ThroughAnOnlineAdvertisement"})
_LETTERS = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NTH = re.compile(r" \(\d+\)$")


def key(name: str) -> str:
    """A name by its letters and digits alone."""
    return _LETTERS.sub("", name).casefold()


def canonical(column: str) -> str | None:
    """The standard's name of a column, however it is written; None if it is none of the standard's."""
    return _BY_KEY.get(key(_NTH.sub("", column)))


def is_standard(columns: Iterable[str]) -> bool:
    """Whether a file with these columns is of the standard."""
    return len({found for found in map(canonical, columns) if found}) >= ENOUGH


def is_label(column: str, text: str) -> bool:
    """Whether the cell below a column's name is the label that the template writes there, if only of another column."""
    return bool(column or text) and key(text) in _LABELS


def named_by(text: str) -> str:
    """The name of a column that the template gives a label and no name."""
    return _LABELS.get(key(text), text)


def label(column: str) -> str:
    """What people call a column."""
    name = canonical(column)
    if name is None:
        return column
    words = _HUMP.sub(" ", name[4:])
    words = words[0] + words[1:].lower()
    nth = _NTH.search(column)
    return (f"{ABOUT[name[:4]]}: {words.lower()}" if name[:4] in ABOUT else words) + (nth[0] if nth else "")


def tidied(column: str, text: str) -> str:
    """A cell in the standard's own codes, what was written otherwise behind them; as it is where the standard has none."""
    name, text = canonical(column), text.strip()
    if name in _BOOLEANS:
        return "yes" if text.casefold() in YES else "no" if text.casefold() in NO else text
    if name in _PHONES:
        return phone(text)
    if name == "prs_Citizenship":
        return "; ".join(alpha2(one) or one.strip() for one in text.split(";") if one.strip())
    return "; ".join(_code(name, one) for one in several(name, text)) if name in CODES else text


def several(name: str, text: str) -> list[str]:
    """The values of one cell: apart by `;`, or by spaces if each of them is then a code."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(parts) == 1 and key(parts[0]) not in _KNOWN[name]:
        spaced = parts[0].split()
        return spaced if all(key(one) in _KNOWN[name] for one in spaced) else parts
    return parts


def _code(name: str, text: str) -> str:
    code = _KNOWN[name].get(key(text), text)
    otherwise = key(code) != key(text)
    return f"{code} (in the file: {text})" if otherwise and name != "vic_RelationshipToTrafficker" else code


def told(named: Mapping[str, str]) -> dict[str, str]:
    """What a tidied row says in codes that a referral asks for: always a yes. That a code is missing says nothing."""
    codes = {canonical(column): {one.split(" (")[0] for one in text.split("; ")} for column, text in named.items() if text}
    sex = codes.get("vic_TypeOfSexExploitation", set())
    says = {
        "forced_labor": "ForcedLabour" in codes.get("vic_TypeOfExploitation", set()),
        "commercial_sex": "Prostitution" in sex,
        "force_fraud_coercion": bool(codes.get("vic_MethodsOfControl", set()) & _CONTROL),
        "online_component": bool(codes.get("vic_MethodOfRecruitment", set()) & _ONLINE) or "RemoteInteractiveServices" in sex,
    }
    return {field: "yes" for field, is_so in says.items() if is_so}


NAMES = tuple(prefix + name for prefix, names in CLASSES.items() for name in names.split())
_BY_KEY = {key(name): name for name in NAMES} | {key(alias): name for alias, name in ALIASES.items()}
_LABELS = {key(name[4:]): name for name in reversed(NAMES)} | {key(text): name for text, name in TEMPLATE_LABELS.items()}
_LABELS |= {
    key("Mailing State/Province"): "prs_MailingState",
    key("Mailing Zip/Postal Code"): "prs_MailingPostalCode",
    key("Trafficking Status Decision Making Organization"): "vic_TraffickingStatusDecisionMakingOrg",
}
_KNOWN = {
    name: {key(code): code for code in codes.split()} | {key(other): code for other, code in ELSEWHERE.get(name, {}).items()}
    for name, codes in CODES.items()
}
_CONTROL = frozenset(CODES["vic_MethodsOfControl"].split()) - {"Other"}
