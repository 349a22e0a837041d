"""What leaves the screen of a meeting, opened again as whoever gets it opens it: what is in it, and what must not be."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

import docx
import openpyxl
import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import meeting
from mdt.casework import child, documents, evidence, exporting, meeting_papers, meeting_records, pages, teams
from mdt.casework.exporting import KINDS, Order, WorkList
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.exchange.documents import layouts
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import LEADS
from mdt.provided import CONSENT, Ground
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE as DEMO
from mdt.scenario import route
from mdt.team import OFFICES, TakeSeat
from tests import making
from tests.making import MONDAY, do, history
from tests.meetings import CHAIR, COORDINATOR, MEMBER, about, adjourned, heard, opened, team_of, with_cases

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import Listed, MeetingView
    from mdt.casework.documents import Document
    from mdt.store import Store

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST, SECOND, DISSENT, DECIDED = "Canary-one", "Canary-two", "Canary-dissent", "Canary-decided"
SAID = (FIRST, SECOND, DISSENT)


def words(document: Document) -> str:
    """Everything that stands in a document."""
    if document.name.endswith(".pdf"):
        return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document.content)).pages)
    of = docx.Document(io.BytesIO(document.content))
    cells = [cell.text for table in of.tables for row in table.rows for cell in row.cells]
    edges = [p.text for section in of.sections for p in (*section.header.paragraphs, *section.footer.paragraphs)]
    return " ".join(" ".join([*(p.text for p in of.paragraphs), *cells, *edges]).split())


def say(store: Store, view: MeetingView, line: Listed, at: datetime, what: str, **more: str) -> str:
    """A statement of the member for DCF; its id."""
    provider = next(one.id for one in view.members if one.seat == "DCF")
    told = {"kind": "information", **more}
    do(store, line.case_id, "record_statement", at, by="chairperson", provider=provider, what=what, line=line.line, **told)
    return [e.about or "" for e in history(store, line.case_id) if e.fact is Fact.STATEMENT_MADE][-1]


def a_meeting(store: Store) -> tuple[MeetingView, Listed, dict[str, str], datetime]:
    """A meeting at which two things were said of its first case and one dissented; the statements by their words."""
    making.identified(store, report_no="P-0", child_given_name="Childone", child_family_name="Invented")
    view = opened(store, with_cases(store, 1, MONDAY + MINUTE).id)
    line = next(one for one in view.lines if _given_name(store, one) == "Childone")
    other = next(one for one in view.lines if one is not line)
    at = view.course.starts_at + 5 * MINUTE
    about(store, view.id, "call_case", at, line=line.line)
    said = {what: say(store, view, line, at, what) for what in (FIRST, SECOND)}
    do(store, line.case_id, "make_decision", at, by="chairperson", owner="DCF", due_on=(at + 10 * DAY).date(), what=DECIDED,
       line=line.line)  # fmt: skip
    made = next(e.about for e in history(store, line.case_id) if e.fact is Fact.DECISION_MADE)
    said[DISSENT] = say(store, view, line, at, DISSENT, kind="dissent", decision=made or "")
    do(store, line.case_id, "hold_review", at, by="chairperson", about=line.line, perpetrator="Suspect Invented",
       no_services="The family declined")  # fmt: skip
    heard(store, view, other)
    return view, line, said, adjourned(store, view)


def _given_name(store: Store, line: Listed) -> str:
    with store.read() as connection:
        told = child.as_told(connection, line.case_id, live(pages.history_of(connection, line.case_id)))
    return told.child["given_name"]


def approve(store: Store, view: MeetingView, at: datetime) -> str:
    digest = meeting_records.record_of(store, CHAIR, view.id, at).digest
    return meeting_records.approve(store, CHAIR, view.id, digest, at, command="approved")


def allow(store: Store, line: Listed, statement: str, at: datetime, ground: str = CONSENT) -> None:
    do(store, line.case_id, "allow_disclosure", at, by="team coordinator", about=statement, ground=ground,
       evidence="On paper, of that day")  # fmt: skip


def disclosed(store: Store, line: Listed, at: datetime, media: str = "docx", by: Viewer = COORDINATOR) -> Document:
    return meeting_papers.disclosure(store, by, line.case_id, line.line, media, at)


def logged(store: Store, act: str) -> list[tuple[str, str, dict[str, Any]]]:
    with store.read() as connection:
        asked = select(ACCESS_LOG.c.by, ACCESS_LOG.c.chain, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act)
        return [tuple(row) for row in connection.execute(asked.order_by(ACCESS_LOG.c.at, ACCESS_LOG.c.n))]


# The record. ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_a_record_on_paper_holds_everything_that_j_asks_for_as_a_draft_and_as_approved(store: Store, media: str) -> None:
    view, line, _, ended = a_meeting(store)
    members = [one for one in view.members if one.seat not in OFFICES]
    wanted = [
        "Childone Invented", "Suspect Invented", DECIDED, "The family declined", CHAIR.name, line.number, *SAID,
        *(one.name for one in members), *(one.position for one in members),
    ]  # fmt: skip
    draft = meeting_papers.record_document(store, CHAIR, view.id, media, ended)
    assert draft.name == f"meeting-record-2026-03-17.{media}"
    assert [word for word in wanted if word not in words(draft)] == []
    assert "DRAFT, not approved" in words(draft)
    digest = approve(store, view, ended)
    final = meeting_papers.record_document(store, CHAIR, view.id, media, ended + DAY)
    assert [word for word in wanted if word not in words(final)] == []
    assert "DRAFT" not in words(final)
    assert digest in words(final).replace(" ", "")


def test_a_record_on_paper_says_how_many_cases_its_reader_does_not_see(store: Store) -> None:
    view, line, _, ended = a_meeting(store)
    do(store, line.case_id, "declare_conflict", ended, by="team member")
    told = words(meeting_papers.record_document(store, MEMBER, view.id, "docx", ended))
    assert "1 more not shown to this reader" in told
    assert [word for word in ("Childone", line.number, DECIDED, *SAID) if word in told] == []


def test_there_is_no_other_kind_of_paper(store: Store) -> None:
    view, _, _, ended = a_meeting(store)
    with pytest.raises(NotPossible, match="no such document"):
        meeting_papers.record_document(store, CHAIR, view.id, "html", ended)


# What may be disclosed. -------------------------------------------------------------------------------------------------------


def test_nothing_is_disclosed_without_a_ground(store: Store) -> None:
    _, line, _, ended = a_meeting(store)
    with pytest.raises(NotPossible, match=r"Nothing of this meeting may be disclosed.*§ 17a-106a\(i\)"):
        disclosed(store, line, ended)
    assert logged(store, "document") == []


@pytest.mark.parametrize("ground", get_args(Ground))
@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_what_is_allowed_is_disclosed_with_its_ground_and_everything_else_is_counted(
    store: Store, ground: str, media: str
) -> None:
    view, line, said, ended = a_meeting(store)
    allow(store, line, said[FIRST], ended, ground)
    paper = disclosed(store, line, ended, media)
    told = words(paper)
    assert f"provided by Member of DCF, Agency DCF; ground: {ground}" in told
    assert FIRST in told
    assert "2 statements withheld" in told
    assert [word for word in (SECOND, DISSENT, DECIDED, "Childone", "Suspect") if word in told] == []
    assert "Childone" not in paper.name
    assert [(by, chain, detail["left_out"]) for by, chain, detail in logged(store, "document")] == [
        (COORDINATOR.id, line.case_id, 2)
    ]
    assert logged(store, "document")[0][2]["meeting"] == view.id


def test_a_dissent_is_disclosed_on_its_own_without_the_decision_that_it_is_from(store: Store) -> None:
    _, line, said, ended = a_meeting(store)
    allow(store, line, said[DISSENT], ended)
    told = words(disclosed(store, line, ended))
    assert DISSENT in told
    assert [word for word in (FIRST, SECOND, DECIDED) if word in told] == []


def test_where_all_may_be_disclosed_nothing_is_withheld_but_the_decisions(store: Store) -> None:
    view, line, said, ended = a_meeting(store)
    approve(store, view, ended)
    for statement in said.values():
        allow(store, line, statement, ended)
    told = words(disclosed(store, line, ended + DAY))
    assert "No statement is withheld" in told
    assert all(word in told for word in SAID)
    assert DECIDED not in told


def test_what_was_taken_back_or_struck_out_is_disclosed_no_more(store: Store) -> None:
    view, line, said, ended = a_meeting(store)
    approve(store, view, ended)
    for what in (FIRST, SECOND):
        allow(store, line, said[what], ended)
    do(store, line.case_id, "withdraw_disclosure", ended + DAY, by="team coordinator", about=said[FIRST], reason="Taken back")
    told = words(disclosed(store, line, ended + DAY))
    assert (FIRST in told, SECOND in told) == (False, True)
    wrong = next(e.id for e in history(store, line.case_id) if e.fact is Fact.STATEMENT_MADE and e.about == said[SECOND])
    do(store, line.case_id, "retract_fact", ended + 2 * DAY, by="chairperson", about=wrong, reason="It was never said")
    with pytest.raises(NotPossible):
        disclosed(store, line, ended + 2 * DAY)


def test_of_a_restricted_case_or_with_a_conflict_nobody_makes_the_paper(store: Store) -> None:
    _, line, said, ended = a_meeting(store)
    allow(store, line, said[FIRST], ended)
    do(store, line.case_id, "restrict_case", ended, by="chairperson", because="staff are threatened")
    with pytest.raises(NotFound):
        disclosed(store, line, ended)
    assert FIRST in words(disclosed(store, line, ended, by=CHAIR))
    do(store, line.case_id, "declare_conflict", ended, by="chairperson")
    with pytest.raises(NotFound):
        disclosed(store, line, ended, by=CHAIR)
    refused = [(by, detail["act"], detail["case"]) for by, _, detail in logged(store, "refused")]
    assert refused == [(COORDINATOR.id, "disclosure", line.case_id), (CHAIR.id, "disclosure", line.case_id)]


@pytest.mark.parametrize("who", ["team member", "prosecutor", "intake worker", "victim advocate", "auditor"])
def test_only_those_who_lead_the_team_make_the_papers(store: Store, who: str) -> None:
    _, line, said, ended = a_meeting(store)
    allow(store, line, said[FIRST], ended)
    with pytest.raises(NotAllowed, match=r"§ 17a-106a\(h\), \(i\)"):
        disclosed(store, line, ended, by=DEMO[who])
    with pytest.raises(NotAllowed):
        meeting_papers.request(store, DEMO[who], line.case_id, "anything", "docx", ended)


def test_the_line_of_another_case_discloses_nothing(store: Store) -> None:
    view, line, said, ended = a_meeting(store)
    allow(store, line, said[FIRST], ended)
    other = next(one for one in view.lines if one.case_id != line.case_id)
    with pytest.raises(NotFound):
        meeting_papers.disclosure(store, COORDINATOR, other.case_id, line.line, "docx", ended)


def test_of_a_case_whose_review_was_over_before_the_meeting_there_is_nothing_to_disclose(store: Store) -> None:
    view, line, _, ended = a_meeting(store)
    route(store, line.case_id, ended)
    do(store, line.case_id, "conclude_review", ended, by="chairperson")
    second = next(m.id for m in meeting.meetings(store, CHAIR, ended) if m.starts_at > ended)
    later = next(one for one in meeting.meeting_view(store, CHAIR, second, ended).lines if one.case_id == line.case_id)
    with pytest.raises(NotPossible):
        disclosed(store, later, ended)
    assert later.line != next(one.line for one in view.lines if one.case_id == line.case_id)


# Everything else that leaves the house. ---------------------------------------------------------------------------------------


def _exported(store: Store, what: str, form: str, at: datetime) -> bytes:
    who = DEMO["auditor" if what == "ledger" else "chairperson"]
    narrowed: Any = {"cases": exporting.Filters(), "work": WorkList(["DCF", "MDT"])}.get(what)
    return exporting.export(store, who, what, Order(form, "casework", narrowed), at).data


def _cells(data: bytes) -> str:
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row)


@pytest.mark.parametrize("what", sorted(KINDS))
def test_no_table_that_leaves_the_house_holds_a_word_that_was_said(store: Store, what: str) -> None:
    view, line, said, ended = a_meeting(store)
    approve(store, view, ended)
    allow(store, line, said[FIRST], ended)
    csv = _exported(store, what, "csv", ended).decode("utf-8-sig")
    cells = _cells(_exported(store, what, "xlsx", ended))
    assert what in ("law", "gaps") or line.number in csv
    assert [word for word in (*SAID, DECIDED) if word in csv or word in cells] == []


def test_the_years_evidence_pack_holds_no_word_that_was_said(store: Store) -> None:
    view, _, _, ended = a_meeting(store)
    approve(store, view, ended)
    told = _cells(evidence.pack(store, CHAIR, team_of(store), 2026, ended + 365 * DAY).data)
    assert "17 Mar 2026" in told or "2026-03-17" in told
    assert [word for word in (*SAID, DECIDED, "Childone") if word in told] == []


@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_no_document_of_a_case_holds_a_word_that_was_said(store: Store, media: str) -> None:
    view, line, _, ended = a_meeting(store)
    approve(store, view, ended)
    made = 0
    for kind in layouts():
        for who in ("chairperson", "intake worker"):
            try:
                told = words(documents.document(store, DEMO[who], line.case_id, kind, media, ended))
            except (NotAllowed, NotPossible):
                continue
            made += 1
            assert [word for word in (*SAID, DECIDED) if word in told] == [], kind
    assert made


# Requests for records. --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_a_request_identifies_the_record_in_writing_with_the_certificate_to_be_sworn(store: Store, media: str) -> None:
    view, line, _, ended = a_meeting(store)
    do(store, line.case_id, "seek_record", ended, by="team coordinator", holder="medical facility",
       held_at="Hospital B, Elm Street", record="Emergency record", period="February 2026",
       needed_for="To know of the injuries")  # fmt: skip
    sought = next(e.about for e in history(store, line.case_id) if e.fact is Fact.RECORD_SOUGHT)
    paper = meeting_papers.request(store, COORDINATOR, line.case_id, sought or "", media, ended)
    told = words(paper)
    wanted = ("Childone Invented", "Hospital B, Elm Street", "Emergency record", "February 2026", "§ 17a-106a(h)", "under oath",
              COORDINATOR.name, view.team["name"])  # fmt: skip
    assert [word for word in wanted if word not in told] == []
    assert [word for word in SAID if word in told] == []
    assert paper.name == f"{line.number}-records-request.{media}"
    assert [(by, chain) for by, chain, _ in logged(store, "document")] == [(COORDINATOR.id, line.case_id)]
    with pytest.raises(NotPossible, match="seeks no such record"):
        meeting_papers.request(store, COORDINATOR, line.case_id, "no-such-record", media, ended)


def test_what_is_not_confidential_is_asked_for_without_an_oath(store: Store) -> None:
    _, line, _, ended = a_meeting(store)
    do(store, line.case_id, "seek_record", ended, by="team coordinator", holder="DCF", held_at="Area office", record="Leaflet",
       confidential=False)  # fmt: skip
    sought = next(e.about for e in history(store, line.case_id) if e.fact is Fact.RECORD_SOUGHT)
    told = words(meeting_papers.request(store, COORDINATOR, line.case_id, sought or "", "pdf", ended))
    assert "Leaflet" in told
    assert "Certificate under oath" not in told


def test_the_oath_is_the_coordinators_or_her_designees_and_the_paper_names_who_took_it(store: Store) -> None:
    view, line, _, ended = a_meeting(store)
    do(store, line.case_id, "seek_record", ended, by="team coordinator", holder="DCF", held_at="Area office", record="File")
    sought = next(e.about for e in history(store, line.case_id) if e.fact is Fact.RECORD_SOUGHT)
    oath = {"about": sought, "necessary": True, "kept_confidential": True, "sworn_before": "Notary N"}
    with pytest.raises(NotAllowed, match=r"the oath is the coordinator's, or her designee's \(§ 17a-106a\(h\)\)"):
        do(store, line.case_id, "certify_record", ended, by="chairperson", **oath)
    named = {"seat": "coordinator", "standing": "designee", "person": CHAIR.id, "position": "Deputy", "agency": "Center"}
    form = TakeSeat.model_validate({**named, "from_on": ended.date()})
    teams.take_seat(store, view.team["id"], form, by=COORDINATOR, now=ended, command="designee")
    do(store, line.case_id, "certify_record", ended + DAY, by="chairperson", **oath)
    told = words(meeting_papers.request(store, COORDINATOR, line.case_id, sought or "", "pdf", ended + DAY))
    assert f"I, {CHAIR.name}, Deputy, designee of the coordinator" in told


# Invitations. -----------------------------------------------------------------------------------------------------------------


def invited(store: Store, view: MeetingView, by: Viewer = COORDINATOR) -> tuple[Calendar, Any]:
    document = meeting_papers.invitations(store, by, view.id, MONDAY)
    assert document.name.startswith("meeting-2026-")
    told = document.content.decode()
    assert [word for word in ("Childone", *(line.number for line in view.lines)) if word in told] == []
    calendar = Calendar.from_ical(document.content)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_an_invitation_keeps_its_uid_and_counts_one_on_each_time_it_is_moved_and_as_it_is_cancelled(store: Store) -> None:
    view = with_cases(store, 2)
    calendar, first = invited(store, view)
    assert (calendar["METHOD"], int(first["SEQUENCE"])) == ("REQUEST", 0)
    assert {str(one) for one in first["ATTENDEE"]} == {f"mailto:{n}@example.org" for n in (0, 2, 3, 4, 5, 6)}
    assert str(first["ORGANIZER"]) == "mailto:1@example.org"
    for n in (1, 2):
        starts_at = view.course.starts_at + n * DAY
        about(store, view.id, "move_meeting", MONDAY, starts_at=starts_at, minutes=90, reason="The room is taken")
        calendar, moved = invited(store, view)
        assert (moved["UID"], int(moved["SEQUENCE"]), calendar["METHOD"]) == (first["UID"], n, "REQUEST")
        assert moved["DTSTART"].dt == starts_at
        assert moved["DTEND"].dt - moved["DTSTART"].dt == timedelta(minutes=90)
    about(store, view.id, "cancel_meeting", MONDAY, reason="Childone is not to be named")
    calendar, gone = invited(store, view)
    assert (gone["UID"], int(gone["SEQUENCE"]), calendar["METHOD"], gone["STATUS"]) == (first["UID"], 3, "CANCEL", "CANCELLED")


def test_nobody_of_another_team_gets_the_invitation(store: Store) -> None:
    view = with_cases(store, 1)
    stranger = Viewer("stranger-1", "Member Z", next(iter(LEADS)).value, "Elsewhere", districts=frozenset({"Hartford"}))
    with pytest.raises(NotFound):
        invited(store, view, stranger)
