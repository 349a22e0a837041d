"""The claim's papers: of DCF's record only what a consent to OVS releases, logged, stamped, named after nobody."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import docx
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from mdt import settings
from mdt.casework import agency_form, claim_papers, routing
from mdt.errors import BadFile, NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from tests import making
from tests.fillable import form as agency_pdf
from tests.fillable import values as in_form
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 5 * HOUR
BY: dict[str, Any] = {"by": "victim advocate"}
ADVOCATE, WORKER = PEOPLE["victim advocate"], PEOPLE["intake worker"]
TOLD: dict[str, Any] = {
    "child_given_name": "Child", "child_family_name": "Vinecliff", "child_birthdate": "2011-07-23", "child_gender": "girl",
    "child_address": "Orchard Road 5", "child_phone": "203-555-0101", "narrative": "A motel by the highway.",
    "incident_from": "2026-02-20", "reporter_name": "Teacher T", "suspected_person": "Father Vinecliff",
    "suspected_relationship": "father",
}  # fmt: skip
SECRET = ("Vinecliff", "Orchard", "555-0101", "2011", "20 Feb 2026", "identified", "local police")
NEVER = ("motel", "Teacher", "Father")
CONSENT: dict[str, Any] = {
    "signer": "guardian", "signer_name": "Grandmother G", "signer_is_not_suspected": True, "expires_on": "2026-03-31",
    "releases": ["who the child is", "when it happened", "the police", "DCF's finding"],
}  # fmt: skip
APPLICANT: dict[str, Any] = {
    "applicant": "guardian", "applicant_name": "Grandmother G", "applicant_is_not_suspected": True,
}  # fmt: skip


def claiming(store: Store, **cells: Any) -> str:
    """A case of an identified child on which an application was drafted."""
    case_id = making.identified(store, **TOLD | cells)
    do(store, case_id, "notify_police", how="phone", agency="local police", acknowledged_by="Desk")
    do(store, case_id, "describe_claim", MONDAY + HOUR, **BY, harm="bodily injury", place="in Connecticut",
       disclosed_to="(E) psychologist")  # fmt: skip
    do(store, case_id, "draft_application", MONDAY + HOUR, **BY, **APPLICANT)
    return case_id


def consented(store: Store, **said: Any) -> str:
    case_id = claiming(store)
    do(store, case_id, "consent_to_ovs", MONDAY + 2 * HOUR, **BY, **CONSENT | said)
    return case_id


def words(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    of = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in of.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in of.paragraphs), *cells])


def application(store: Store, case_id: str, media: str = "pdf", now: Any = NOW) -> str:
    return words(claim_papers.application(store, ADVOCATE, case_id, media, now).content)


@pytest.mark.parametrize("media", ["pdf", "docx"])
def test_without_a_consent_nothing_of_dcfs_record_stands_in_it(store: Store, media: str) -> None:
    text = application(store, claiming(store), media)
    for part in (*SECRET, *NEVER):
        assert part not in text
    for part in ("Grandmother G", "as the applicant says", "bodily injury", "from the claim", "psychologist", "§ 17a-28(b)"):
        assert part in text
    assert "from DCF's record" not in text


@pytest.mark.parametrize("media", ["pdf", "docx"])
def test_with_a_consent_what_it_releases_stands_in_it_with_stamp_and_consent(store: Store, media: str) -> None:
    case_id = consented(store)
    do(store, case_id, "record_contact_safety", MONDAY + 3 * HOUR, unsafe=False)
    text = application(store, case_id, media)
    for part in ("Child Vinecliff", "23 Jul 2011", "Orchard Road 5", "555-0101", "20 Feb 2026", "local police",
                 "victim identified", "CONFIDENTIAL", "§ 17a-28(d), (k)", "valid until 31 Mar 2026",
                 "Grandmother G, guardian"):  # fmt: skip
        assert part in text
    for part in NEVER:
        assert part not in text


def test_the_day_of_a_disclosure_stands_beside_whom_it_was_made_to_however_it_was_said(store: Store) -> None:
    case_id = claiming(store)
    do(store, case_id, "describe_claim", MONDAY + 2 * HOUR, **BY, disclosed_on="2026-02-25")
    assert "(E) psychologist, 25 Feb 2026" in application(store, case_id)


def test_a_consent_releases_its_fields_and_no_other(store: Store) -> None:
    text = application(store, consented(store, releases=["the police"]))
    assert "local police" in text
    for part in ("Vinecliff", "2011", "20 Feb 2026", "victim identified"):
        assert part not in text


@pytest.mark.parametrize("said", [None, True])
def test_where_mail_goes_is_told_only_if_contact_is_said_to_be_safe(store: Store, said: bool | None) -> None:
    case_id = consented(store)
    if said:
        do(store, case_id, "record_contact_safety", MONDAY + 3 * HOUR, unsafe=True, what_is_safe="Ring the school nurse")
    text = application(store, case_id)
    assert "Child Vinecliff" in text
    assert "Orchard" not in text
    assert "555-0101" not in text


def test_a_consent_that_ended_or_was_taken_back_releases_nothing(store: Store) -> None:
    case_id = consented(store)
    assert "Vinecliff" in application(store, case_id, now=NOW + 29 * DAY)
    assert "Vinecliff" not in application(store, case_id, now=NOW + 30 * DAY)
    do(store, case_id, "revoke_consent_to_ovs", NOW, **BY)
    assert "Vinecliff" not in application(store, case_id, now=NOW + HOUR)


def test_every_paper_is_logged_with_whether_dcfs_record_is_in_it(store: Store) -> None:
    case_id = claiming(store)
    application(store, case_id)
    do(store, case_id, "consent_to_ovs", MONDAY + 2 * HOUR, **BY, **CONSENT)
    application(store, case_id, "docx")
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == "document").order_by(ACCESS_LOG.c.n)).mappings()
        found = [(row["by"], row["case_id"] if "case_id" in row else row["chain"], row["detail"]) for row in rows]
    assert found == [
        (ADVOCATE.id, case_id, {"what": "application", "format": "pdf", "of_dcf": 0}),
        (ADVOCATE.id, case_id, {"what": "application", "format": "docx", "of_dcf": 1}),
    ]


def test_no_name_of_a_file_names_anybody(store: Store) -> None:
    case_id = consented(store)
    made = claim_papers.application(store, ADVOCATE, case_id, "pdf", NOW)
    assert "Vinecliff" not in made.name
    assert made.name.endswith("-application.pdf")
    assert "Vinecliff" not in str(PdfReader(io.BytesIO(made.content)).metadata)
    assert claim_papers.notice("Polish", "docx", NOW).name == "compensation-notice-pl.docx"


def test_who_does_not_work_on_the_case_makes_none(store: Store) -> None:
    case_id = claiming(store)
    with pytest.raises(NotAllowed, match="advocates"):
        claim_papers.application(store, WORKER, case_id, "pdf", NOW)
    with pytest.raises(NotFound):
        claim_papers.application(store, PEOPLE["OVS liaison"], case_id, "pdf", NOW)


def test_it_is_said_first_who_applies(store: Store) -> None:
    case_id = making.identified(store, **TOLD)
    do(store, case_id, "describe_claim", MONDAY + HOUR, **BY, harm="bodily injury")
    with pytest.raises(NotYet, match=r"who applies.*§ 54-204\(a\)"):
        claim_papers.application(store, ADVOCATE, case_id, "pdf", NOW)
    with pytest.raises(NotPossible):
        claim_papers.application(store, ADVOCATE, case_id, "exe", NOW)
    with pytest.raises(NotPossible):
        claim_papers.notice("English", "exe", NOW)


# Who signs


@pytest.mark.parametrize("name", ["", "Father Vinecliff", "vinecliff"])
def test_the_suspected_person_does_not_apply(store: Store, name: str) -> None:
    case_id = making.identified(store, **TOLD)
    with pytest.raises(NotAllowed, match=r"record who applies.*§ 54-204\(a\)"):
        do(store, case_id, "draft_application", **BY, applicant="parent", applicant_name=name, applicant_is_not_suspected=True)
    do(
        store,
        case_id,
        "draft_application",
        **BY,
        applicant="parent",
        applicant_name="Mother M",
        applicant_is_not_suspected=True,
    )


def test_the_suspected_person_does_not_sign_it_nor_consent(store: Store) -> None:
    case_id = claiming(store)
    do(store, case_id, "print_application", MONDAY + 2 * HOUR, **BY)
    signed: dict[str, Any] = {**BY, "signed_by": "parent", "signer_is_not_suspected": True}
    with pytest.raises(NotAllowed, match=r"§ 54-211\(b\)\(1\)"):
        do(store, case_id, "sign_application", MONDAY + 3 * HOUR, **signed, signed_by_name="Father Vinecliff")
    with pytest.raises(NotAllowed, match=r"28 CFR 94\.115"):
        do(store, case_id, "consent_to_ovs", MONDAY + 3 * HOUR, **BY,
           **CONSENT | {"signer": "parent", "signer_name": "Father Vinecliff"})  # fmt: skip
    do(store, case_id, "sign_application", MONDAY + 3 * HOUR, **signed, signed_by_name="Mother M")
    do(store, case_id, "file_application", MONDAY + 4 * HOUR, **BY, how="by mail")
    assert "sign-application" not in making.tasks(store, case_id)


def test_the_child_consents_herself_once_of_age_and_then_nobody_else(store: Store) -> None:
    case_id = claiming(store)
    herself = CONSENT | {"signer": "the person herself, of age", "signer_name": "Child V", "expires_on": "2029-12-31"}
    with pytest.raises(NotPossible, match=r"under 18.*§ 17a-28\(a\)\(1\)"):
        do(store, case_id, "consent_to_ovs", MONDAY + 2 * HOUR, **BY, **herself)
    grown = MONDAY.replace(year=2029, month=7, day=23)
    with pytest.raises(NotAllowed, match="of age"):
        do(store, case_id, "consent_to_ovs", grown, **BY, **CONSENT | {"expires_on": "2029-12-31"})
    do(store, case_id, "consent_to_ovs", grown, **BY, **herself)


def test_the_child_may_apply_herself_and_ovs_decides(store: Store) -> None:
    case_id = making.identified(store, **TOLD)
    do(store, case_id, "draft_application", **BY, applicant="child", applicant_is_not_suspected=True)


# Letters


def test_a_waiver_without_consent_rests_on_the_claims_own_facts(store: Store) -> None:
    case_id = claiming(store)
    with pytest.raises(NotYet, match=r"DCF's record alone.*§ 17a-28\(b\)"):
        claim_papers.letter(store, ADVOCATE, case_id, ("waiver", ""), "pdf", NOW)
    do(store, case_id, "record_injury", MONDAY - 20 * DAY, **BY, now=MONDAY + 2 * HOUR)
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("waiver", ""), "pdf", NOW).content)
    assert "10 Feb 2026" in text
    assert "identified the child" not in text


@pytest.mark.parametrize("media", ["pdf", "docx"])
def test_a_waiver_with_consent_tells_what_dcf_found_under_its_stamp(store: Store, media: str) -> None:
    made = claim_papers.letter(store, ADVOCATE, consented(store), ("waiver", "minor not at fault"), media, NOW)
    text = words(made.content)
    for part in ("DCF identified the child", "§ 54-211(a)(3)", "CONFIDENTIAL", "Grandmother G, guardian", "31 Mar 2026"):
        assert part in text
    assert "Vinecliff" not in text
    assert made.name.endswith(f"-waiver-letter.{media}")


@pytest.mark.parametrize("releases", [["when it happened"], ["when it happened", "DCF's finding"]])
def test_a_waiver_tells_of_dcfs_record_the_parts_that_are_released_and_no_other(store: Store, releases: list[str]) -> None:
    case_id = claiming(store, child_birthdate="2018-07-23")
    late = NOW + 4 * 365 * DAY
    do(store, case_id, "consent_to_ovs", late - DAY, **BY, **CONSENT | {"releases": releases, "expires_on": "2031-01-01"})
    do(store, case_id, "disclose_injury", late - HOUR, by="intake worker", told_by="child", told_to="DCF employee")
    do(store, case_id, "record_missing_from_care", late - HOUR)
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("waiver", "good cause"), "docx", late).content)
    assert "20 Feb 2026" in text
    assert "Authority: written consent" in text
    assert ("DCF identified the child" in text) == ("DCF's finding" in releases)
    for part in ("missing", "disclosed", "the first report", "told of compensation"):
        assert part not in text


def test_a_waiver_that_says_nothing_of_dcfs_record_stands_under_no_consent(store: Store) -> None:
    case_id = consented(store, releases=["the police"])
    do(store, case_id, "record_injury", MONDAY - 20 * DAY, **BY, now=MONDAY + 2 * HOUR)
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("waiver", ""), "docx", NOW).content)
    assert "Authority: written consent" not in text
    assert "Grandmother G" not in text


def test_no_waiver_is_drafted_where_the_application_was_made_in_time(store: Store) -> None:
    case_id = consented(store)
    do(store, case_id, "file_application", MONDAY + 2 * HOUR, **BY)
    with pytest.raises(NotYet, match="no waiver comes into question"):
        claim_papers.letter(store, ADVOCATE, case_id, ("waiver", ""), "pdf", NOW)


def decided(store: Store, act: str, **said: Any) -> str:
    case_id = claiming(store)
    do(store, case_id, "file_application", MONDAY + 2 * HOUR, **BY)
    do(store, case_id, "receive_application", MONDAY + 2 * HOUR, **BY)
    do(store, case_id, act, MONDAY + 3 * HOUR, **BY, **said)
    return case_id


def test_the_request_for_review_tells_the_last_day(store: Store) -> None:
    case_id = decided(store, "mail_denial")
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("review", ""), "pdf", NOW).content)
    for part in ("mailed on 2 Mar 2026", "ends on 1 Apr 2026", "§ 54-205(b)", "review the denial"):
        assert part in text
    with pytest.raises(NotYet, match="54-211a"):
        claim_papers.letter(store, ADVOCATE, case_id, ("appeal", ""), "pdf", NOW)
    with pytest.raises(NotPossible):
        claim_papers.letter(store, ADVOCATE, case_id, ("poem", ""), "pdf", NOW)


def test_the_note_of_an_appeal_tells_the_strict_day_and_the_one_after_a_closed_one(store: Store) -> None:
    case_id = decided(store, "mail_denial")
    do(store, case_id, "request_review", MONDAY + 4 * HOUR, **BY)
    sent = MONDAY + 4 * DAY  # thirty days later is a Sunday
    do(store, case_id, "send_commissioner_decision", sent, **BY, decision="no award")
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("appeal", ""), "pdf", sent + DAY).content)
    for part in ("sent on 6 Mar 2026", "no later than 5 Apr 2026", "6 Apr 2026 may still do", "§ 54-211a", "Hartford"):
        assert part in text


def test_the_review_of_a_denied_waiver_has_a_letter_of_its_own(store: Store) -> None:
    case_id = making.identified(store, **TOLD | {"incident_from": "2022-01-05"})
    routing.open_compensation(store, [case_id], MONDAY)
    do(store, case_id, "ask_for_waiver", MONDAY + HOUR, **BY, ground="minor not at fault (§ 54-211(a)(3))", reason="The age")
    do(store, case_id, "deny_waiver", MONDAY + 2 * HOUR, **BY)
    text = words(claim_papers.letter(store, ADVOCATE, case_id, ("waiver-review", ""), "docx", NOW).content)
    assert "§ 54-211(a)(5)" in text
    assert "1 Apr 2026" in text


# The agency's own form


MAPPING = {"Victim name": "victim_name", "Date": "crime_when"}
SUPERVISOR = PEOPLE["advocate supervisor"]


def test_the_agencys_form_is_filled_and_stamped_where_dcfs_record_is_in_it(store: Store) -> None:
    agency_form.keep(store, SUPERVISOR, agency_pdf(scripts=True), MAPPING, MONDAY)
    case_id = claiming(store)
    open_one = claim_papers.agency_application(store, ADVOCATE, case_id, NOW).content
    assert in_form(open_one)["Victim name"] == ""
    do(store, case_id, "consent_to_ovs", MONDAY + 2 * HOUR, **BY, **CONSENT)
    made = claim_papers.agency_application(store, ADVOCATE, case_id, NOW)
    assert in_form(made.content)["Victim name"] == "Child Vinecliff"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages]
    assert "Consent that accompanies" in pages[0]
    assert "CONFIDENTIAL" in pages[1]
    assert "Vinecliff" not in made.name


def test_the_agencys_form_is_loaded_by_few_and_mapped_to_what_there_is(store: Store) -> None:
    assert agency_form.kept() is None
    with pytest.raises(NotAllowed, match="administrator"):
        agency_form.keep(store, ADVOCATE, agency_pdf(), MAPPING, MONDAY)
    for wrong in ({"No field": "victim_name"}, {"Date": "no key"}):
        with pytest.raises(NotPossible, match="no such field"):
            agency_form.keep(store, SUPERVISOR, agency_pdf(), wrong, MONDAY)
    with pytest.raises(BadFile):
        agency_form.keep(store, SUPERVISOR, b"%PDF-1.7 broken", {}, MONDAY)
    assert agency_form.kept() is None
    with pytest.raises(NotPossible, match="No form"):
        claim_papers.agency_application(store, ADVOCATE, claiming(store), NOW)


def test_a_form_that_is_not_as_it_was_kept_is_not_filled(store: Store) -> None:
    agency_form.keep(store, SUPERVISOR, agency_pdf(), MAPPING, MONDAY)
    kept = agency_form.kept()
    assert kept is not None
    assert kept.mapping == MAPPING
    (file,) = (settings.home() / "forms").glob("*.pdf")
    file.write_bytes(file.read_bytes() + b"%")
    with pytest.raises(BadFile, match="Load it again"):
        agency_form.kept()
    file.unlink()
    with pytest.raises(BadFile, match="Load it again"):
        agency_form.kept()
