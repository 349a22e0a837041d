"""The papers of a meeting read as they were meant: the reader under each page, each text there, a draft a draft."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from mdt.exchange.documents import UNKNOWN, Paper, Part, Table
from mdt.exchange.docx_files import to_docx
from mdt.exchange.meeting_files import (
    DRAFT,
    MAY_SWEAR,
    Packet,
    PacketLine,
    RecordsRequest,
    packet_paper,
    record_paper,
    request_paper,
)
from mdt.exchange.pdf_files import to_pdf
from mdt.meeting_record import Amendment, CasePart, Decided, Item, Present, Record, Service, digest

AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
TOLD = "09:00 Eastern time"
LONG = ("It was told so. " * 50_000)[:49_990] + " the end."
LINE = PacketLine(
    number="2026-00001", age="15", position="Case review", reasons=("identified, not yet reviewed", "a decision is overdue"),
    treatment="full discussion", minutes=12, child_name="Child A", tracks=(("Criminal", "interviews under way"),),
    what_changed=("the answer of the clinic arrived",), open_decisions=("DCF: an interview, due 24 Feb 2026",),
    updates=(("police", "Nothing new."), ("DCF", "The placement changed.")), narrative="Told at school.",
)  # fmt: skip
PACKET = Packet(
    team="Team A", starts_at=AT, reader_name="Reader A", reader_role="member", reader_agency="Example Agency",
    expires_at=AT + timedelta(hours=12), lines=(LINE,),
)  # fmt: skip
SAID = Item(id="i1", kind="information", text="Told at school.", provider="Member A", provider_agency="DCF")
AGAINST = Item(id="i2", kind="dissent", text="It is too early.", provider="Member B", provider_agency="")
DECIDED = Decided(
    id="d1", kind="recommendation", text="A second interview.", owner="DCF", person="Worker A", due_on=date(2026, 3, 9),
    dissent=(AGAINST,),
)  # fmt: skip
CASE = CasePart(
    case_id="c1", line=1, number="2026-00001", victim="Child A", perpetrator="unknown", items=(SAID,), decisions=(DECIDED,),
    services=(Service(need="housing", provider="Provider A", state="begun"),), recused=("Member C", "Member D"),
    outcome="reviewed",
)  # fmt: skip
LATER = CasePart(
    case_id="c2", line=2, number="2026-00002", victim="Child B", perpetrator="", outcome="deferred", deferred_because="no time"
)
MEMBERS = tuple(
    Present(name=f"Member {letter}", position=f"Position {letter}", agency="DCF", seat="DCF", how="member", came=letter == "A")
    for letter in "AB"
)
RECORD = Record(
    meeting="m1", team="Team A", district="Hartford", starts_at=AT, ended_at=AT + timedelta(hours=3), place="Room 1",
    chairperson="Chair A", present=MEMBERS, cases=(CASE, LATER),
    amendments=(Amendment(at=AT, by="Chair A", text="It was Tuesday.", reason="a slip of the pen"),),
)  # fmt: skip
NO_RECORD = Record(
    meeting="", team="", district="", starts_at=AT, ended_at=None, place="", chairperson="", present=(), cases=()
)
REQUEST = RecordsRequest(
    team="Team A", district="Hartford", case_number="2026-00001", child_name="Child A", child_birthdate=date(2011, 5, 4),
    holder="Example Hospital", holder_kind="medical facility", holder_address="1 Example Street", record="The whole chart.",
    period="February 2026", needed_for="To know who hurt the child.", certifier="Coordinator A",
    certifier_position="Program Coordinator", certifier_is="coordinator",
)  # fmt: skip


OATH = (
    "I, Coordinator A, Program Coordinator, coordinator of the multidisciplinary team (Team A, judicial district of Hartford),"
    " certify under oath that the record identified above is necessary to investigate child abuse or neglect, and that the"
    " multidisciplinary team will maintain the record as confidential."
)


def pages(of: Paper) -> list[str]:
    """What stands on each page of the PDF, its lines run together."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(to_pdf(of, AT))).pages]


def words(of: Paper) -> str:
    return " ".join(pages(of))


def words_of_docx(of: Paper) -> str:
    made = docx.Document(io.BytesIO(to_docx(of, AT)))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    ends = [p.text for part in (made.sections[0].header, made.sections[0].footer) for p in part.paragraphs]
    return " ".join(" ".join([*(p.text for p in made.paragraphs), *cells, *ends]).split())


def lacking(expected: tuple[str, ...], of: Paper) -> list[str]:
    """What of it stands not in both files."""
    both = words(of), words_of_docx(of)
    return [one for one in expected if not all(one in told for told in both)]


# The packet. ------------------------------------------------------------------------------------------------------------------


def test_a_packet_tells_each_line_to_its_last_word_in_both_files() -> None:
    expected = (
        "2026-00001", "Child A", "Age 15 · Case review · full discussion · 12 minutes", "identified, not yet reviewed",
        "a decision is overdue", "Criminal", "interviews under way", "the answer of the clinic arrived",
        "DCF: an interview, due 24 Feb 2026", "Update · police", "Nothing new.", "Update · DCF", "The placement changed.",
        "What was reported", "Told at school.", "1 case, 12 minutes.",
    )  # fmt: skip
    assert lacking(expected, packet_paper(PACKET, AT)) == []


def test_the_stamp_says_on_each_page_that_it_expires_and_may_not_be_copied_or_shown() -> None:
    made = packet_paper(replace(PACKET, lines=(replace(LINE, narrative=LONG),)), AT)
    told = pages(made)
    assert len(told) > 8
    assert [page for page in told if "expires after the meeting · not to be copied or shown" not in page] == []
    assert "(§§ 17a-28, 17a-106a(i))" in told[0]
    assert "It expires after the meeting, 2 Mar 2026, 21:00 Eastern time" in told[0]
    assert "the end." in told[-1]


def test_the_reader_the_agency_and_the_moment_lie_under_each_page() -> None:
    made = packet_paper(replace(PACKET, lines=(LINE,) * 20), AT)
    without = pages(replace(made, watermark="", foot=""))
    for page, bare in zip(pages(replace(made, foot="")), without, strict=True):
        for mark in ("Reader A", "Example Agency", f"2 Mar 2026, {TOLD}"):
            assert page.count(mark) - bare.count(mark) == 3  # so that no strip of a page is without one
    assert "Reader A" in words_of_docx(replace(made, foot="", parts=(), stamp=("",)))


def test_the_watermark_is_drawn_first_and_lets_through_what_lies_upon_it() -> None:
    page = PdfReader(io.BytesIO(to_pdf(packet_paper(PACKET, AT), AT))).pages[0]
    text = page.extract_text()
    assert text.index("Reader A") < text.index("CONFIDENTIAL")
    states = [state.get_object() for state in page["/Resources"]["/ExtGState"].values()]  # type: ignore[index]
    assert next(float(state["/ca"]) for state in states if "/ca" in state) < 0.3


def test_what_a_reader_may_not_see_or_there_is_none_of_is_not_made_up() -> None:
    bare = PacketLine(number="2026-00009", age="", position="Screening", reasons=(), treatment="short list", minutes=1)
    told = words(packet_paper(replace(PACKET, lines=(bare,)), AT))
    assert f"Age {UNKNOWN} · Screening · short list · 1 minute Why it is heard none Decisions still open none" in told
    assert [word for word in ("Child", "Update", "What was reported") if word in told] == []


def test_a_packet_without_a_line_is_still_a_packet() -> None:
    assert lacking(("0 cases, 0 minutes.", "Agenda", "Reader A"), packet_paper(replace(PACKET, lines=()), AT)) == []


@pytest.mark.parametrize("name", ["Reader " * 2_000, "W" * 2_000, "مريم " * 400], ids=["words", "letters", "right to left"])
def test_the_longest_name_of_a_reader_takes_no_page_for_itself(name: str) -> None:
    made = packet_paper(replace(PACKET, reader_name=name, reader_agency=name, lines=()), AT)
    assert len(pages(replace(made, stamp=("Confidential",), foot=""))) == 1


def test_a_packet_of_forty_cases_is_made_in_three_seconds() -> None:
    told = "Child A was seen on three evenings in February. A clerk noted it and called the Careline. " * 8
    made = packet_paper(replace(PACKET, lines=(replace(LINE, narrative=told),) * 40), AT)
    began = time.process_time()
    assert len(to_pdf(made, AT)) > 10_000
    assert time.process_time() - began < 3


# The record. ------------------------------------------------------------------------------------------------------------------


def test_the_record_holds_what_the_section_asks_for_in_both_files() -> None:
    expected = (
        "CGS § 17a-106a(j)", "Team A", "Hartford", "Room 1", f"2 Mar 2026, {TOLD}", "2 Mar 2026, 12:00 Eastern time", "Chair A",
        "Member A", "Position A", "Member B", "Position B", "1. Case 2026-00001", "Child A", "unknown", "A second interview.",
        "DCF, Worker A", "9 Mar 2026", "Dissent from recommendation 1 · Member B", "It is too early.", "housing", "Provider A",
        "begun", "• Member C", "• Member D", "Reviewed; to be heard again", "Information · Member A, DCF", "Told at school.",
        "2. Case 2026-00002", "Deferred: no time", "It was Tuesday.", "because: a slip of the pen", "Chairperson",
        "unless a court of competent jurisdiction orders it", "apply to all participants (§ 17a-106a(j))", "by Worker B",
    )  # fmt: skip
    assert lacking(expected, record_paper(RECORD, "Worker B", AT)) == []


def test_whoever_came_stands_before_whoever_did_not() -> None:
    told = words(record_paper(RECORD.model_copy(update={"present": MEMBERS[::-1]}), "Worker B", AT))
    assert told.index("Position A DCF DCF member yes") < told.index("Position B DCF DCF member no")


def test_the_hash_of_what_was_approved_stands_at_the_foot_of_each_page() -> None:
    made = record_paper(RECORD, "Worker B", AT, digest(RECORD))
    assert [page for page in pages(made) if digest(RECORD) not in page] == []
    assert digest(RECORD) in words_of_docx(made)
    assert "sealed" not in words(record_paper(RECORD, "Worker B", AT))


def test_each_case_begins_a_page_so_that_one_can_be_given_without_another() -> None:
    told = pages(record_paper(RECORD, "Worker B", AT))
    assert [[name for name in ("Child A", "Child B") if name in page] for page in told] == [[], ["Child A"], ["Child B"], []]


def test_a_draft_is_marked_on_each_page_says_what_is_missing_and_is_neither_signed_nor_sealed() -> None:
    unfinished = RECORD.model_copy(update={"chairperson": "", "cases": (CASE.model_copy(update={"decisions": ()}),)})
    made = record_paper(unfinished, "Worker B", AT, digest(unfinished), draft=True)
    assert [page for page in pages(made) if page.count(DRAFT) < 4] == []  # the stamp, and three times under the page
    assert lacking(("Still missing", "the chairperson is missing", "the decision or recommendation is missing"), made) == []
    assert made.signatures == ()
    assert digest(unfinished) not in words(made)
    assert DRAFT not in words(record_paper(RECORD, "Worker B", AT))
    assert "Still missing" not in words(record_paper(RECORD, "Worker B", AT, draft=True))


def test_a_record_of_nothing_is_still_a_paper() -> None:
    told = words(record_paper(NO_RECORD, "Worker B", AT))
    assert f"Team {UNKNOWN}" in told
    assert "Ended not recorded" in told
    assert "Members and guests none" in told
    assert "Amendments" not in told


@pytest.mark.parametrize(
    ("services", "because", "expected"),
    [((), "the family declined them", "None, because: the family declined them"), ((), "", "Support services none")],
)
def test_where_there_are_no_services_the_reason_stands(services: tuple[Service, ...], because: str, expected: str) -> None:
    part = CASE.model_copy(update={"services": services, "no_services_because": because, "decisions": (), "items": ()})
    told = words(record_paper(RECORD.model_copy(update={"cases": (part,)}), "Worker B", AT))
    assert expected in told
    assert "Decisions and recommendations none" in told
    assert "What was said" not in told


def test_long_texts_many_cases_and_names_in_other_alphabets_are_there_to_the_last_word() -> None:
    long = CASE.model_copy(
        update={
            "victim": "Наталья", "perpetrator": "مريم", "decisions": (DECIDED.model_copy(update={"text": LONG}),),
            "items": (SAID.model_copy(update={"text": LONG}),),
        }
    )  # fmt: skip
    made = record_paper(RECORD.model_copy(update={"cases": (long, *(CASE,) * 39)}), "Worker\u202e B\x00", AT)
    told, kept = words(made), words_of_docx(made)
    assert told.count("the end.") == kept.count("the end.") == 2
    assert told.count("Alleged victim") == kept.count("Alleged victim") == 40
    assert "Наталья" in told
    assert "مريم" in kept
    assert "by Worker B" in told


# A request for records. -------------------------------------------------------------------------------------------------------


def test_a_request_identifies_the_record_and_has_the_certificate_to_be_sworn() -> None:
    expected = (
        "CGS § 17a-106a(h)", "Example Hospital", "medical facility", "1 Example Street", "Child A", "4 May 2011",
        "The whole chart.", "February 2026", "To know who hurt the child.",
        OATH, "Subscribed and sworn to before me", "is liable to any third party", "does not name trafficking", "Signature",
        MAY_SWEAR,
    )  # fmt: skip
    made = request_paper(REQUEST, AT)
    assert lacking(expected, made) == []
    assert len(pages(made)) == 1


def test_what_a_request_does_not_say_is_not_known_and_the_file_names_nobody() -> None:
    made = request_paper(replace(REQUEST, child_birthdate=None, holder_address="", certifier_position=""), AT)
    told = words(made)
    assert f"Address {UNKNOWN}" in told
    assert f"Born on {UNKNOWN}" in told
    assert "I, Coordinator A, coordinator of" in told
    about = (
        str(PdfReader(io.BytesIO(to_pdf(made, AT))).metadata)
        + docx.Document(io.BytesIO(to_docx(made, AT))).core_properties.title
    )
    assert "case 2026-00001" in about
    assert [name for name in ("Child A", "Coordinator A", "Example Hospital") if name in about] == []


# Tables of any document. ------------------------------------------------------------------------------------------------------


def table(rows: tuple[tuple[str, ...], ...], *columns: str, **more: tuple[int, ...]) -> Paper:
    return Paper("Paper", "law", "", ("stamp",), (Part("Part", table=Table(columns, rows, **more)),), (), "foot")


def test_the_names_of_the_columns_stand_on_each_page_that_a_table_reaches() -> None:
    made = table(tuple((f"row {at}", "told " * 20) for at in range(150)), "Column One", "Column Two")
    told = pages(made)
    assert len(told) > 3
    assert [page for page in told if page.count("Column One Column Two") != 1] == []
    assert [at for at in range(150) if f"row {at} told" not in " ".join(told)] == []
    row = docx.Document(io.BytesIO(to_docx(made, AT))).tables[0].rows[0]
    assert row._tr.trPr is not None  # noqa: SLF001  # where it says that the row repeats
    assert row._tr.trPr.find(qn("w:tblHeader")) is not None  # noqa: SLF001


def test_a_row_higher_than_half_a_page_flows_over_pages_under_its_columns_names() -> None:
    made = table((("first", "short"), ("second", LONG), ("third", "short")), "Column One", "Column Two")
    told = words(made)
    assert "first short" in told
    assert "Column One second Column Two It was told so." in told
    assert told.index("the end.") < told.index("third short")


def test_columns_have_their_share_of_the_page_and_the_narrowest_still_holds_a_letter() -> None:
    assert Table(("a", "b"), (), (1, 3)).shares() == (0.25, 0.75)
    assert Table(("a", "b"), ()).shares() == (0.5, 0.5)
    assert "W" in words(table((("W", "told"),), "a", "b", widths=(1, 400)))
