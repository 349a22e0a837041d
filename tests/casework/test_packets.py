"""The packet: opened by who accepted the confidentiality statement, as far as she sees, until it expires, each time logged."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from mdt.access import Viewer
from mdt.casework import agendas, packets
from mdt.casework.check import check
from mdt.errors import NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.meeting import Happening
from mdt.records.tables import ACCESS_LOG, MEETING_ENTRIES
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do, history
from tests.meetings import ADVOCATE, CHAIR, MEMBER, about, adjourned, heard, opened, with_cases

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import Listed, MeetingView
    from mdt.store import Store

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TOLD, UPDATE, DECIDED = "Told-by-the-report", "Told-by-the-agency", "What is to be done"


def a_meeting(store: Store, how_many: int = 2) -> MeetingView:
    """A meeting whose packets are ready; of its first case DCF gave its update, and it stands under a name of its own."""
    first = making.identified(store, MONDAY, report_no="P-0", child_given_name="Childone", narrative=TOLD)
    view = with_cases(store, how_many - 1, MONDAY + MINUTE)
    agendas.propose(store, view.id, before(view))
    asked = next(e for e in history(store, first) if e.fact is Fact.UPDATE_ASKED_FOR and e.data["owner"] == "DCF")
    do(store, first, "give_update", before(view), about=asked.about, what=UPDATE)
    return view


def before(view: MeetingView) -> datetime:
    return view.course.starts_at - 2 * DAY


def accepted(store: Store, view: MeetingView, by: Viewer) -> None:
    about(store, view.id, "accept_confidentiality", before(view), by=by)


def _is_first(store: Store, line: Listed) -> bool:
    return any(e.fact is Fact.UPDATE_GIVEN for e in history(store, line.case_id))


def read(store: Store, view: MeetingView, by: Viewer, at: datetime | None = None, command: str = "packet") -> list[str]:
    """What stands on each page of her packet."""
    document = packets.packet(store, by, view.id, at or before(view), command=f"{command}-{by.id}")
    assert document.name == "packet-2026-03-17.pdf"
    return [page.extract_text() for page in PdfReader(BytesIO(document.content)).pages]


def log(store: Store, act: str) -> list[tuple[str, str, dict[str, Any]]]:
    with store.read() as connection:
        asked = select(ACCESS_LOG.c.by, ACCESS_LOG.c.chain, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act)
        return [tuple(row) for row in connection.execute(asked.order_by(ACCESS_LOG.c.at, ACCESS_LOG.c.n))]


def openings(store: Store, view: MeetingView) -> list[str]:
    with store.read() as connection:
        asked = select(MEETING_ENTRIES.c.by).where(MEETING_ENTRIES.c.happening == Happening.PACKET_OPENED)
        return list(connection.execute(asked.where(MEETING_ENTRIES.c.meeting_id == view.id)).scalars())


def test_a_packet_stays_closed_until_the_confidentiality_statement_is_accepted_for_this_meeting(store: Store) -> None:
    view = a_meeting(store)
    with pytest.raises(NotYet, match=r"once you have accepted the confidentiality statement.*§ 17a-106a\(i\)"):
        read(store, view, MEMBER)
    assert (openings(store, view), log(store, "packet")) == ([], [])
    accepted(store, view, CHAIR)  # that another accepted it opens nothing for her
    with pytest.raises(NotYet):
        read(store, view, MEMBER)
    accepted(store, view, MEMBER)
    assert read(store, view, MEMBER)


def test_each_opening_is_in_the_meetings_chain_once_and_in_the_access_log_for_each_case(store: Store) -> None:
    view = a_meeting(store)
    accepted(store, view, MEMBER)
    read(store, view, MEMBER)
    assert openings(store, view) == [MEMBER.id]
    logged = log(store, "packet")
    assert {(by, detail["meeting"]) for by, _, detail in logged} == {(MEMBER.id, view.id)}
    assert sorted(case for _, case, _ in logged) == sorted(line.case_id for line in view.lines)
    read(store, view, MEMBER, command="again")
    assert openings(store, view) == [MEMBER.id] * 2
    assert check(store).faults == []


def test_packets_expire_twelve_hours_after_the_meeting_and_not_a_minute_before(store: Store) -> None:
    view = a_meeting(store)
    accepted(store, view, MEMBER)
    ends = view.course.starts_at + timedelta(minutes=view.course.minutes)
    assert read(store, view, MEMBER, ends + 12 * HOUR - MINUTE)
    with pytest.raises(NotPossible, match=r"have expired.*§ 17a-106a\(j\)"):
        read(store, view, MEMBER, ends + 12 * HOUR + MINUTE, "late")


def test_after_a_short_meeting_the_hours_count_from_when_it_ended(store: Store) -> None:
    view = a_meeting(store, 1)
    sits = opened(store, view.id)
    accepted(store, view, MEMBER)
    heard(store, sits, sits.lines[0])
    ended = view.course.starts_at + 30 * MINUTE
    about(store, view.id, "adjourn", ended)
    assert DECIDED in "".join(read(store, view, MEMBER, ended + 12 * HOUR - MINUTE))
    with pytest.raises(NotPossible, match="have expired"):
        read(store, view, MEMBER, ended + 12 * HOUR + MINUTE, "late")


def test_of_a_cancelled_meeting_no_packet_is_opened(store: Store) -> None:
    view = a_meeting(store)
    accepted(store, view, MEMBER)
    about(store, view.id, "cancel_meeting", MONDAY, reason="Nobody can come")
    with pytest.raises(NotPossible):
        read(store, view, MEMBER)


def test_the_readers_name_stands_on_each_page_with_the_agencies_words_side_by_side(store: Store) -> None:
    view = a_meeting(store, 8)
    accepted(store, view, MEMBER)
    pages = read(store, view, MEMBER)
    assert len(pages) > 1
    assert all(MEMBER.name in page and "CONFIDENTIAL" in page for page in pages)
    whole = "\n".join(pages)
    assert all(line.number in whole for line in view.lines)
    assert TOLD in whole
    assert UPDATE in whole
    assert "not given yet" in whole
    assert "Childone" in whole


def test_who_has_a_conflict_finds_neither_the_case_nor_its_name_in_her_packet(store: Store) -> None:
    view = a_meeting(store)
    accepted(store, view, MEMBER)
    theirs = next(one for one in view.lines if _is_first(store, one))
    do(store, theirs.case_id, "declare_conflict", by="team member")
    whole = "\n".join(read(store, view, MEMBER))
    assert theirs.number not in whole
    assert "Childone" not in whole
    assert TOLD not in whole
    assert theirs.case_id not in {case for _, case, _ in log(store, "packet")}
    other = next(one for one in view.lines if one.line != theirs.line)
    assert other.number in whole


def test_a_restricted_case_is_in_the_packets_of_those_whom_it_names_alone(store: Store) -> None:
    view = a_meeting(store)
    closed = next(one for one in view.lines if _is_first(store, one))
    do(store, closed.case_id, "restrict_case", by="chairperson", because="staff are threatened")
    for person in (CHAIR, MEMBER):
        accepted(store, view, person)
    assert "Childone" in "\n".join(read(store, view, CHAIR))
    hers = "\n".join(read(store, view, MEMBER))
    assert closed.number not in hers
    assert "Childone" not in hers


def test_an_advocates_packet_has_neither_the_agencies_updates_nor_what_was_reported(store: Store) -> None:
    view = a_meeting(store)
    mine = next(one for one in view.lines if _is_first(store, one))
    do(store, mine.case_id, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    accepted(store, view, ADVOCATE)
    whole = "\n".join(read(store, view, ADVOCATE))
    assert mine.number in whole
    assert "Childone" in whole
    assert UPDATE not in whole
    assert TOLD not in whole
    assert "not shown to this reader" in " ".join(whole.split())
    assert all(line.number not in whole for line in view.lines if line.line != mine.line)


def test_a_claims_liaison_who_sees_no_case_as_a_whole_is_no_guest_by_her_account(store: Store) -> None:
    view, liaison = a_meeting(store), PEOPLE["OVS liaison"]
    with pytest.raises(NotPossible, match="not open to that person, and an invitation opens none"):
        about(store, view.id, "invite_guest", MONDAY, name=liaison.name, position="Liaison", agency=liaison.agency,
              person=liaison.id, lines=[view.lines[0].line])  # fmt: skip
    with pytest.raises(NotFound):
        read(store, view, liaison)


def test_nobody_of_another_team_opens_a_packet_and_that_she_tried_is_logged(store: Store) -> None:
    view = a_meeting(store)
    stranger = Viewer("stranger-1", "Member Z", MEMBER.role, "Elsewhere", districts=frozenset({"Hartford"}))
    making.hire(store, stranger)
    with pytest.raises(NotFound):
        read(store, view, stranger)
    assert [(by, detail["act"]) for by, _, detail in log(store, "refused")] == [(stranger.id, "packet")]
    assert openings(store, view) == []


def test_once_a_case_was_reviewed_the_packet_tells_what_changed_since(store: Store) -> None:
    view = a_meeting(store, 1)
    (line,) = view.lines
    sits = opened(store, view.id)
    accepted(store, view, MEMBER)
    assert "victim identified" in "\n".join(read(store, view, MEMBER, view.course.starts_at))
    heard(store, sits, line)
    ended = adjourned(store, sits)
    after = "\n".join(read(store, view, MEMBER, ended, "after"))
    assert "victim identified" not in after
    assert f"DCF by 2026-03-27: {DECIDED}" in " ".join(after.split())
