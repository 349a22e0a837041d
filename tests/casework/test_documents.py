"""A document is made by who may tell, holds what the telling needs, never who reported, and is logged with it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import docx
import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from mdt import access, settings
from mdt.casework import documents
from mdt.casework.documents import document, kinds_for
from mdt.errors import BadFile, NotAllowed, NotFound, NotPossible, Tampered
from mdt.exchange.documents import layouts
from mdt.fanout import KIND
from mdt.policy import CASE_ROLES, Role, See
from mdt.records.tables import ACCESS_LOG, CHILDREN
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.store import Store

HOUR = timedelta(hours=1)
LATER = MONDAY + 3 * HOUR
WORKER = PEOPLE["intake worker"]
REPORTER = {"reporter_name": "Yarrow Quillfeather", "reporter_phone": "203-555-0199", "reporter_class": "Nurse at Thistledown",
            "how_known": "She saw it from her ward."}  # fmt: skip
TOLD = {
    **REPORTER, "child_given_name": "Child", "child_family_name": "Vinecliff", "child_birthdate": "2011-07-23",
    "child_gender": "girl", "child_address": "Orchard Road 5",
    "child_phone": "203-555-0101", "citizenship": "HN", "parents": "A mother in Hamden",
    "narrative": "Told to Yarrow Quillfeather, 203-555-0199: a motel. Call yarrow quillfeather.", "incident_town": "Ansonia",
    "incident_from": "2026-02-14", "incident_time": "at night", "commercial_sex": "yes", "online_component": "yes",
    "reported_in_school": "yes", "in_dcf_care": "yes", "missing": "yes", "action_taken": "A bed was found.",
    "suspected": [{"alias": "Slate", "vehicle": "grey van", "has_care_or_access": "no"}],
}  # fmt: skip
KEPT = ("Yarrow", "Quillfeather", "203-555-0199", "Thistledown", "ward")
EVERY_KIND = pytest.mark.parametrize("kind", sorted(layouts()))


def asking_for_all(store: Store) -> str:
    """A case on which every document is asked for."""
    case_id = making.taken(store, **TOLD)
    do(store, case_id, "record_online_word")
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    for act in ("identify_victim", "substantiate_abuse"):
        do(store, case_id, act)
    do(store, case_id, "receive_another_report", MONDAY + HOUR, mode="oral", mandated=False)
    second = making.history(store, case_id)[-1].about
    do(store, case_id, "classify_report", MONDAY + HOUR, about=second, classification="other")
    do(store, case_id, "commence_investigation", MONDAY + HOUR, about=second)
    return case_id


def made(store: Store, case_id: str, kind: str, media: str = "docx", by: Viewer = WORKER, **of: str) -> documents.Document:
    return document(store, by, case_id, kind, media, LATER, **of)


def words(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    of = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in of.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in of.paragraphs), *cells, of.sections[0].footer.paragraphs[0].text])


def logged(store: Store) -> list[tuple[Any, ...]]:
    columns = (ACCESS_LOG.c.chain, ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.detail)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(ACCESS_LOG.c.at, ACCESS_LOG.c.n))]


def test_each_kind_holds_the_child_the_stamp_and_never_who_reported(store: Store) -> None:
    case_id = asking_for_all(store)
    for kind in layouts():
        for media in documents.MEDIA:
            one = made(store, case_id, kind, media)
            told = words(one.content)
            assert one.name == f"2026-00001-{kind}.{media}"
            wanted = (
                "CONFIDENTIAL",
                "§ 17a-28(d), (k)",
                "Vinecliff",
                "2026-00001",
                "Worker A",
                "2 Mar 2026, 12:00 Eastern time",
            )
            assert [w for w in wanted if w not in told] == [], (kind, media)
            assert [w for w in KEPT if w.casefold() in told.casefold()] == [], (kind, media)


def test_the_police_are_given_what_the_report_told(store: Store) -> None:
    case_id = asking_for_all(store)
    first = next(e.about for e in making.history(store, case_id) if e.about)
    told = words(made(store, case_id, "police-notice", about=first).content)
    wanted = (
        "girl", "Orchard Road 5", "New Haven", "A mother in Hamden", "14 Feb 2026, at night", "Ansonia", "A bed was found.",
        "commercial sexual exploitation, abuse over the Internet", "alias: Slate; vehicle: grey van", "child: no", "a motel",
        "Told to [not named], [not named]", "perpetrator not a caregiver", "23 Jul 2011", "oral",
    )  # fmt: skip
    assert [w for w in wanted if w not in told] == []


def test_a_document_of_another_report_tells_of_that_report(store: Store) -> None:
    case_id = asking_for_all(store)
    told = words(made(store, case_id, "parents-notice").content)
    assert "abuse or neglect" in told
    second = [e.about for e in making.history(store, case_id) if e.fact == "report received"][1]
    assert "a motel" not in words(made(store, case_id, "police-notice", about=second).content)


def test_the_parents_are_told_neither_of_suspects_nor_of_what_was_reported(store: Store) -> None:
    case_id = asking_for_all(store)
    told = words(made(store, case_id, "parents-notice").content)
    assert [w for w in ("Slate", "motel", "Orchard", "HN", "UNSAFE") if w in told] == []


def test_what_was_recorded_of_the_telling_stands_in_it(store: Store) -> None:
    case_id = making.taken(store, **TOLD)
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    do(
        store,
        case_id,
        "refer_to_police",
        agency="State Police",
        town="Ansonia",
        town_of="occurrence",
        person="Troop I",
        how="fax",
    )
    told = words(made(store, case_id, "police-referral").content)
    assert [w for w in ("State Police", "Troop I", "Ansonia") if w not in told] == []


def test_the_town_of_a_referral_is_the_one_that_was_told_and_never_guessed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = making.taken(store, child_residence_town="Stamford")
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    given: list[str] = []
    whole = documents.paper
    monkeypatch.setattr(documents, "paper", lambda of, named: given.append(named["town_referred_to"]) or whole(of, named))
    made(store, case_id, "police-referral")
    do(store, case_id, "refer_to_police", agency="other", town="Ansonia", town_of="occurrence")
    told = words(made(store, case_id, "police-referral").content)
    assert given == ["", "Ansonia"]
    assert layouts()["police-referral"].to in told


def test_that_contact_is_unsafe_is_told_to_the_police(store: Store) -> None:
    case_id = making.taken(store, unsafe_to_contact="yes")
    assert "UNSAFE" in words(made(store, case_id, "police-notice").content)
    do(store, case_id, "record_contact_safety", MONDAY + HOUR, unsafe=False)
    assert "said to be safe" in words(made(store, case_id, "police-notice").content)


def test_one_suspected_person_of_an_old_file_is_named_too_and_a_report_that_knows_nothing_is_one(store: Store) -> None:
    one = making.taken(store, report_no="R-1", suspected_person="Slate", suspected_relationship="neighbor")
    assert "name: Slate; relationship: neighbor" in words(made(store, one, "police-notice").content)
    bare = making.taken(store, report_no="R-2", child_given_name="", child_family_name="", child_residence_town="")
    assert "not known" in words(made(store, bare, "police-notice").content)


@pytest.mark.parametrize(
    ("child", "reporter", "kept"),
    [
        ("Vinecliff", "Child Vinecliff", "Child Vinecliff said"),
        ("Vinecliff", "Al", "Al said"),
        ("Vinecliff", "Alma", "[not named] said"),
    ],
)
def test_the_reporters_name_is_blotted_out_unless_it_is_the_childs_own_or_too_short(
    store: Store, child: str, reporter: str, kept: str
) -> None:
    narrative = f"{reporter} said so. Almanac."
    case_id = making.taken(store, child_family_name=child, reporter_name=reporter, narrative=narrative)
    told = words(made(store, case_id, "police-notice").content)
    assert kept in told
    assert "Almanac" in told


def test_withheld_from_one_parent_the_notice_to_the_other_is_still_made(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "commence_investigation")
    why = {"ground": "may endanger a person", "reason": "it may harm her"}
    do(store, case_id, "withhold_parent_notice", whom="noncustodial parent", **why)
    assert "opened an investigation" in words(made(store, case_id, "parents-notice").content)
    do(store, case_id, "notify_parents", MONDAY + HOUR, whom="custodial parent")
    assert "opened an investigation" in words(made(store, case_id, "parents-notice").content)


SECRET = {"reporter_name": "Jane Whitfield / 203-555-0199", "reporter_phone": "1 (860) 555-0123 or 203-555-0177"}
GIVEN_AWAY = ("Whitfield", "Jane", "555-0199", "5550199", "555-0123", "555 0177")
BY_PIECES = (
    "Ms. Whitfield, her teacher, said so: ask Ms.Whitfield's room, JANE, jane.whitfield@x.org, (203) 555-0199, +1 203.555.0199,"
    " 2035550199, 860 555-0123 or 555 0177. Whitfieldton and 203-555-0100 stay."
)


@pytest.mark.parametrize("kind", ["police-notice", "school-report-notice"])
def test_no_piece_of_the_reporters_name_or_number_goes_out_however_it_is_written(store: Store, kind: str) -> None:
    texts = dict.fromkeys(("narrative", "action_taken", "prior_harm", "parents", "incident_time"), BY_PIECES)
    cells = SECRET | {"suspected": [{"name": "Slate", "relationship": "known to Jane Whitfield"}]}
    case_id = making.taken(store, reported_in_school="yes", **cells, **texts)
    told = words(made(store, case_id, kind).content).replace("Whitfieldton", "the town")
    assert [piece for piece in GIVEN_AWAY if piece.casefold() in told.casefold()] == []
    assert "the town and 203-555-0100 stay" in told


@EVERY_KIND
@pytest.mark.parametrize("role", sorted(Role))
def test_only_who_records_a_telling_makes_its_document(role: str, kind: str) -> None:
    may = {Role.INTAKE, Role.INTAKE_SUPERVISOR, Role.AREA_OFFICE, Role.SYSTEM}
    if kind == "icac-notice":
        may |= {Role.CHAIR, Role.COORDINATOR, Role.POLICE}
    assert (kind in kinds_for(PEOPLE.get(role, access.SYSTEM))) == (role in may)


def test_it_is_logged_with_the_case_and_the_kind_and_nothing_of_what_was_read(store: Store) -> None:
    case_id = asking_for_all(store)
    made(store, case_id, "hhs-notice", "pdf")
    assert logged(store)[-1] == (case_id, WORKER.id, "document", {"what": "hhs-notice", "format": "pdf"})


@pytest.mark.parametrize("role", sorted(CASE_ROLES - {"intake worker", "intake supervisor", "area-office worker"}))
def test_who_may_not_is_refused_and_that_is_logged(store: Store, role: str) -> None:
    case_id = making.identified(store)
    with pytest.raises((NotAllowed, NotFound)):
        made(store, case_id, "police-notice", by=PEOPLE[role])
    assert logged(store)[-1][1:] == (PEOPLE[role].id, "refused", {"act": "document", "case": case_id})


def test_who_sees_a_case_by_emergency_access_alone_makes_no_document(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, sight = making.taken(store), access.sight
    monkeypatch.setattr(access, "sight", lambda *of: replace(sight(*of), may_record=False))
    with pytest.raises(NotAllowed):
        made(store, case_id, "police-notice")


def test_who_does_not_see_what_the_reports_told_makes_no_document(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, sight = making.taken(store), access.sight
    monkeypatch.setattr(access, "sight", lambda *of: replace(sight(*of), sees=sight(*of).sees - {See.REPORT}))
    with pytest.raises(NotAllowed):
        made(store, case_id, "police-notice")


@pytest.mark.parametrize(
    ("kind", "media"), [("hhs-notice", "pdf"), ("nothing", "pdf"), ("team", "docx"), ("police-notice", "exe")]
)
def test_what_nothing_asks_for_and_what_there_is_not_is_not_made(store: Store, kind: str, media: str) -> None:
    case_id = making.taken(store)
    with pytest.raises(NotPossible):
        made(store, case_id, kind, media)
    assert logged(store) == []


def test_of_a_notice_that_is_withheld_no_document_is_made(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "commence_investigation")
    do(
        store,
        case_id,
        "withhold_parent_notice",
        whom="parents and guardian",
        ground="may endanger a person",
        reason="it may harm her",
    )
    with pytest.raises(NotPossible, match="withhold"):
        made(store, case_id, "parents-notice")


def test_what_was_tampered_with_is_not_shown_and_that_is_logged(store: Store) -> None:
    case_id = making.taken(store)
    with making.as_owner(store) as connection:
        connection.execute(update(CHILDREN).values(given_name=b"\x01" + b"x" * 60))
    with pytest.raises(Tampered):
        made(store, case_id, "police-notice")
    assert logged(store)[-1][2] == "tampered"


def own_template(text: str) -> None:
    folder = settings.home() / "templates"
    folder.mkdir()
    of = docx.Document()
    of.add_paragraph(text)
    of.save(str(folder / "icac-notice.docx"))


def test_an_agencys_own_template_is_used_for_the_docx_and_our_layout_for_the_pdf(store: Store) -> None:
    own_template("The council's form: {{ child_name }} {{ authority }}")
    case_id = asking_for_all(store)
    first = next(e.about for e in making.history(store, case_id) if e.about)
    assert "The council's form: Child Vinecliff CGS § 29-7e(c)" in words(
        made(store, case_id, "icac-notice", about=first).content
    )
    assert "The council's form" not in words(made(store, case_id, "icac-notice", "pdf", about=first).content)
    assert "The council's form" not in words(made(store, case_id, "hhs-notice").content)


def test_a_broken_template_is_one_sentence(store: Store) -> None:
    own_template("{{ reporter_name }}")
    case_id = asking_for_all(store)
    with pytest.raises(BadFile, match="cannot be filled"):
        made(store, case_id, "icac-notice")


def test_every_kind_has_an_act_that_records_it() -> None:
    assert kinds_for(access.SYSTEM) == set(layouts()) == {kind for kind in KIND if kind != "team"}
