"""Files of the Human Trafficking Case Data Standard 2.0 as they are really written: each trap of theirs is a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from mdt.errors import BadFile
from mdt.exchange import foreign, htcds
from mdt.exchange.columns import as_said
from mdt.exchange.mapping import Mapping
from mdt.referral import NewReferral

if TYPE_CHECKING:
    from collections.abc import Mapping as Cells
    from collections.abc import Sequence

DATA = Path(__file__).parents[1] / "data" / "htcds.csv"
# The template's own disorder: the name of the column, and the label below it.
TEMPLATE = (
    (None, None), ("prs_FirstName", "First Name"), ("prs_SecondName", "Second Name"),
    ("prs_MailingCity", "Mailing Street"), ("prs_MailingCountry", "Mailing City"),
    ("prs_MailingState", "Mailing State/Province"),
    ("prs_MailingStreet", "Mailing Zip/Postal Code"), ("prs_MailingPostalCode", "Mailing Country"),
    ("vic_TraffickinStatusDecisionMakingOrg", "Trafficking Status Decision Making Organization"),
    ("cas_IncomingReferralDate", "Incoming Referral Date"), (None, "Reason for Outgoing Referral"),
)  # fmt: skip
SWAPPED = (1, "Child", "A", "1 Elm Street", "New Haven", "CT", "06510", "US", "Police", "2026-03-02", "Other")


def answered(proposed: Mapping, **more: Any) -> Mapping:
    """What the standard never says, said for all rows."""
    said: dict[str, Any] = {"constants": {"mode": "electronic", "reporter_mandated": "yes"}, "time": "09:00", "numbered": True}
    return Mapping(**{"columns": proposed.columns, "values": proposed.values, **said, **more})


def read(source: Path | bytes, **more: Any) -> list[dict[str, str]]:
    layout = foreign.layout(source)
    mapping = answered(foreign.propose(layout), **more)
    return [row for _, row in foreign.read(source, layout, mapping, lambda _: "made-1")]


def form(row: Cells[str, str]) -> NewReferral:
    return NewReferral.model_validate(as_said(row))


def sheet(*columns_and_cells: Sequence[object]) -> bytes:
    lines = [";".join(str(cell) for cell in line) for line in columns_and_cells]
    return "\r\n".join(lines).encode()


def one(**cells: str) -> dict[str, str]:
    """A row with these columns, and three that make it the standard's."""
    row = {"prs_FirstName": "Child", "prs_SecondName": "A", "cas_IncomingReferralDate": "2026-03-02", **cells}
    quoted = ",".join('"' + text.replace('"', '""') + '"' for text in row.values())
    return read(f"{','.join(row)}\r\n{quoted}\r\n".encode())[0]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for line in (*zip(*TEMPLATE, strict=True), SWAPPED, (2,), (3,)):
        book.worksheets[0].append(line)
    book.save(tmp_path / "template.xlsx")
    return tmp_path / "template.xlsx"


def test_a_file_of_the_standard_becomes_referrals_and_nothing_of_it_is_lost() -> None:
    first, second = read(DATA)
    told = form(first)
    assert (told.child_given_name, told.child_family_name) == ("Child", "A")
    assert (told.child_gender, told.citizenship) == ("female", "GT")
    assert (told.forced_labor, told.force_fraud_coercion, told.online_component) == (True, True, True)
    assert told.commercial_sex is None  # what a file does not say is unknown
    assert told.child_residence_town == "New Haven"
    assert told.report_no == "made-1"
    for line in ("Consent: yes", "Email: a@example.org", "Type of exploitation: ForcedLabour", "Case owner: Worker C"):
        assert line in (told.narrative or "")
    assert (told.narrative or "").startswith("What was told.\n\nFrom the file:\n")
    assert form(second).commercial_sex is True


# Trap 1: the template swaps the columns of the address ----------------------------------------------------------------


def test_swapped_address_columns_are_detected_by_what_they_hold_and_asked(template: Path) -> None:
    layout = foreign.layout(template)
    asked = [question.says for question in foreign.questions(template, layout, answered(foreign.propose(layout)))]
    assert asked == [
        "Column prs_MailingCity holds streets; say what it is.",
        "Column prs_MailingCountry holds towns of Connecticut; say what it is.",
        "Column prs_MailingStreet holds ZIP codes; say what it is.",
        "Column prs_MailingPostalCode holds countries; say what it is.",
    ]
    with pytest.raises(BadFile, match="prs_MailingStreet holds ZIP codes; say what it is"):
        read(template)


def test_once_it_is_said_which_is_which_the_address_is_taken(template: Path) -> None:
    columns = foreign.propose(foreign.layout(template)).columns | {
        "prs_MailingCity": "child_street", "prs_MailingCountry": "child_city", "prs_MailingStreet": "child_zip",
        "prs_MailingPostalCode": "child_country",
    }  # fmt: skip
    (row,) = read(template, columns=columns)
    assert row["child_address"] == "1 Elm Street, New Haven, CT 06510, US"
    assert row["child_residence_town"] == "New Haven"


def test_a_worker_may_say_that_a_column_is_right_as_it_is(template: Path) -> None:
    names = ("prs_MailingCity", "prs_MailingCountry", "prs_MailingStreet", "prs_MailingPostalCode")
    (row,) = read(template, sure=names)
    assert row["child_address"] == "06510, 1 Elm Street, CT US, New Haven"


def test_a_town_that_is_also_a_country_raises_no_question() -> None:
    row = one(prs_MailingStreet="1 Elm Street", prs_MailingCity="Lebanon", prs_MailingState="CT")
    assert row["child_residence_town"] == "Lebanon"


# Trap 2: a misspelt name, and a column without one --------------------------------------------------------------------


def test_the_templates_labels_are_no_referral_and_its_nameless_column_has_a_name(template: Path) -> None:
    layout = foreign.layout(template)
    assert layout.columns[-1] == "cas_ReasonForOutgoingReferral"
    assert "vic_TraffickingStatusDecisionMakingOrg" in layout.columns
    (row,) = foreign.rows(template, layout)
    assert row[0] == 3
    assert row[1]["cas_ReasonForOutgoingReferral"] == "Other"
    assert "column 1" not in row[1]


# Trap 3: the form's other spellings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("prs_First_Name", "prs_FirstName"),
        ("prs_Second_Name", "prs_SecondName"),
        ("vic_Methods_of_Control", "vic_MethodsOfControl"),
        ("VIC_METHODSOFCONTROL ", "vic_MethodsOfControl"),
        ("vic_TraffickinStatusDecisionMakingOrg", "vic_TraffickingStatusDecisionMakingOrg"),
        ("First Name", None),
    ],
)
def test_a_column_is_known_by_its_letters(written: str, name: str | None) -> None:
    assert htcds.canonical(written) == name


@pytest.mark.parametrize(
    ("column", "written", "meant"),
    [
        ("vic_MethodsOfControl", "DebtBondage ", "DebtBondage"),
        ("vic_MethodsOfControl", "Debt bondage ; false promises;", "DebtBondage; FalsePromises"),
        ("vic_MethodsOfControl", "PhysicalAbuse TakesEarnings", "PhysicalAbuse; TakesEarnings"),
        ("con_Consent", "TRUE", "yes"),
        ("con_Consent", "False", "no"),
        ("con_Consent", "asked later", "asked later"),
        ("prs_Citizenship", "gt", "GT"),
        ("prs_Citizenship", "GTM; United States of America;", "GT; US"),
        ("prs_MobilePhone", "+1 (203) 555-0142", "+12035550142"),
        ("prs_HomePhone", "0012035550142", "+12035550142"),
        ("prs_HomePhone", "ask the aunt", "ask the aunt"),
        ("cas_Status", "Follow Up", "FollowUp"),
        ("prs_FirstName", " Child ", "Child"),
        # Trap 4: two lists of the methods of control
        ("vic_MethodsOfControl", "Threats", "PhysicalThreats (in the file: Threats)"),
        ("vic_MethodsOfControl", "ThreatOfLawEnforcement", "ThreatsLawEnforcement (in the file: ThreatOfLawEnforcement)"),
        ("vic_MethodsOfControl", "UsesChildren", "ThreatensChildrenFamily (in the file: UsesChildren)"),
        ("vic_MethodsOfControl", "PsychoactiveSubstances", "PsychoactiveSubstance (in the file: PsychoactiveSubstances)"),
        ("vic_MethodsOfControl", "RestrictsMovement", "Other (in the file: RestrictsMovement)"),
        ("vic_MethodsOfControl", "SomethingElse", "SomethingElse"),
        # Trap 5: a list that ends with nothing, and a word published with a letter missing
        ("spl_Type", "Health;;SocialCare;", "Health; SocialCare"),
        ("vic_RelationshipToTrafficker", "Unacquainted", "Unaquainted"),
        ("vic_RelationshipToTrafficker", "Unaquainted", "Unaquainted"),
    ],
)
def test_a_cell_is_tidied_into_the_standards_codes(column: str, written: str, meant: str) -> None:
    assert htcds.tidied(column, written) == meant


def test_restricted_movement_has_no_code_and_proves_no_force_by_itself() -> None:
    row = one(vic_MethodsOfControl="RestrictsMovement")
    assert "force_fraud_coercion" not in row
    assert "Methods of control: Other (in the file: RestrictsMovement)" in row["narrative"]


def test_the_misspelt_stranger_is_understood() -> None:
    assert one(vic_RelationshipToTrafficker="Unaquainted")["suspected_relationship"] == "not acquainted"


# Trap 6: no numbers, no sign between values, no version ---------------------------------------------------------------


def test_a_file_with_semicolons_between_its_cells_is_read() -> None:
    (row,) = read(sheet(("prs_FirstName", "prs_SecondName", "cas_IncomingReferralDate"), ("Child", "A", "2026-03-02")))
    assert (row["child_given_name"], row["received_at"]) == ("Child", "2026-03-02 09:00")


def test_what_the_standard_never_says_is_asked_and_not_made_up() -> None:
    layout = foreign.layout(DATA)
    asked = [question.says for question in foreign.questions(DATA, layout, foreign.propose(layout))]
    assert asked == [
        "The file does not say which number each report has (or that numbers are to be made).",
        "The file does not say how they came: oral, electronic or written.",
        "The file does not say whether the reporters are mandated.",
        "Column cas_IncomingReferralDate gives only the day; say which time of day is meant.",
    ]


def test_our_own_profiles_number_is_the_report_number() -> None:
    assert one(case_uid="case-7")["report_no"] == "case-7"


# Trap 7: several referrals of one case, in columns that come again ----------------------------------------------------


def test_columns_that_come_again_are_kept_in_words_each() -> None:
    content = b"prs_FirstName,prs_SecondName,cas_ReferredOrganisation,cas_ReferredOrganisation,cas_IncomingReferralDate\r\n"
    (row,) = read(content + b"Child,A,Shelter One,Clinic Two,2026-03-02\r\n")
    assert "Referred organisation: Shelter One\nReferred organisation (2): Clinic Two" in row["narrative"]


# What else is never guessed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "country", "in_words"),
    [
        ("US", "US", False),
        ("GT; US", "US", True),  # who is a citizen here is no foreign national
        ("GT; HN", "GT", True),
        ("Atlantis", None, True),  # unknown, as far as the clock of 22 USC 7105(b)(1) is concerned
    ],
)
def test_a_citizenship_is_a_country_or_unknown(written: str, country: str | None, in_words: bool) -> None:
    row = one(prs_Citizenship=written)
    assert row.get("citizenship") == country
    assert (f"Citizenship: {written}" in row.get("narrative", "")) is in_words


def test_an_unspecified_gender_is_unknown() -> None:
    assert form(one(prs_Gender="NonSpecifiedUnknown")).child_gender is None


def test_of_two_telephones_the_first_is_hers_and_the_second_is_kept() -> None:
    row = one(prs_HomePhone="+12035550142", prs_MobilePhone="+12035550143")
    assert row["child_phone"] == "+12035550142"
    assert "Mobile phone: +12035550143" in row["narrative"]


def test_a_mailing_address_elsewhere_makes_nobody_a_resident_of_a_town() -> None:
    row = one(prs_MailingCity="Springfield", prs_MailingState="MA", prs_MailingCountry="US")
    assert "child_residence_town" not in row
    assert "child_in_state" not in row
    assert row["child_address"] == "Springfield, MA, US"


@pytest.mark.parametrize(("column", "label"), [
    ("vic_MethodsOfControl", "Methods of control"), ("hte_Type", "Trafficking event: type"), ("Ward", "Ward"),
    ("cas_ReferredOrganisation (2)", "Referred organisation (2)"),
])  # fmt: skip
def test_columns_are_called_by_words(column: str, label: str) -> None:
    assert htcds.label(column) == label


def test_three_columns_of_the_standard_make_a_file_of_it() -> None:
    assert htcds.is_standard(["prs_FirstName", "prs_SecondName", "con_Consent"])
    assert not htcds.is_standard(["prs_FirstName", "first name", "town"])
