"""The papers of a meeting that leave the screen: its record, what of it may be disclosed, requests for records, invitations.

Each is made anew, kept nowhere, and logged before it is handed over, but for invitations, which tell of no case. No file name
tells of anybody.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.board.meeting import hers
from mdt.board.sight import visible
from mdt.casework import child, refusals, swearing
from mdt.casework.composing import composed
from mdt.casework.documents import MEDIA, Document
from mdt.casework.meeting_records import record_of
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.exchange import ical
from mdt.exchange.disclosures import disclosure_paper
from mdt.exchange.docx_files import to_docx
from mdt.exchange.ical import Invitation
from mdt.exchange.meeting_files import RecordsRequest, record_paper, request_paper
from mdt.exchange.pdf_files import to_pdf
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.meeting_record import disclosable
from mdt.policy import LEADS
from mdt.provided import disclosable as allowed_of
from mdt.records.tables import AGENDA_LINES, CASES, NARRATIVES, PEOPLE, TEAMS
from mdt.store import keys, sealed, trace
from mdt.team import COORDINATOR, MEMBER, leader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from mdt.access import Viewer
    from mdt.casework.convened import Sheet
    from mdt.exchange.documents import Paper
    from mdt.facts import History
    from mdt.meeting_record import CasePart, Record
    from mdt.store import Store

MAKE = {"docx": to_docx, "pdf": to_pdf}
NOTHING_ALLOWED = (
    "Nothing of this meeting may be disclosed: no participant's consent, order of a court or provision of the Constitution of"
    " Connecticut is on record for anything that was said (§ 17a-106a(i))."
)


def record_document(store: Store, viewer: Viewer, meeting_id: str, media: str, now: datetime) -> Document:
    """The meeting's record, as far as its cases are hers to see; a draft, marked as one, until it is approved."""
    read = record_of(store, viewer, meeting_id, now)
    made_by = f"{viewer.name}, {viewer.role}, {viewer.agency}"
    hidden = f" {read.hidden} more not shown to this reader." if read.hidden else ""
    made = record_paper(read.record, made_by + hidden, now, read.digest if read.is_approved else "", draft=not read.is_approved)
    return _document(f"meeting-record-{local_date(read.record.starts_at)}", media, made, now)


def disclosure(store: Store, viewer: Viewer, case_id: str, line: str, media: str, now: datetime) -> Document:
    """What was said of a case at a meeting, as far as § 17a-106a(i) lets it be disclosed; what is left out is counted.

    Raises `NotPossible` if nothing may be disclosed, `NotAllowed` and `NotFound`, which are logged.
    """
    try:
        with store.write() as connection:
            case = _case(connection, viewer, case_id)
            found = select(AGENDA_LINES.c.meeting).where(AGENDA_LINES.c.line == line, AGENDA_LINES.c.case_id == case_id)
            page = hers(connection, viewer, connection.execute(found).scalar_one_or_none() or "")
            history = live(history_of(connection, case_id))
            allowed = _allowed(history)
            grounds = _grounds(connection, case_id, history, allowed)
            part = _part(composed(connection, page).record, case_id)
            kept, left_out = disclosable(part, frozenset(allowed))
            if not (kept.items or any(one.dissent for one in kept.decisions)):
                raise NotPossible(NOTHING_ALLOWED)
            trace.append(
                connection, viewer.id, "document", now, case_id=case_id, detail={"meeting": page.id, "left_out": left_out}
            )
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "disclosure", now, case_id)
        raise
    made = disclosure_paper(kept, grounds, left_out, made_by=viewer.name, team=page.team["name"], at=page.course.starts_at,
                            made_at=now)  # fmt: skip
    return _document(f"{case['number']}-disclosure-{local_date(page.course.starts_at)}", media, made, now)


def _allowed(history: History) -> dict[str, str]:
    """The statements that may be disclosed, each with its ground; none that was struck out since."""
    stands = {e.about for e in history if e.fact is Fact.STATEMENT_MADE}
    return {statement: ground for statement, ground in allowed_of(history).items() if statement in stands}


def _grounds(connection: Connection, case_id: str, history: History, allowed: Mapping[str, str]) -> dict[str, str]:
    """Each ground with what it rests on: the consent, the order or the provision, as it was recorded."""
    latest = {e.about: e.id for e in history if e.fact is Fact.DISCLOSURE_ALLOWED}
    key = keys.of(connection).case(connection, case_id)
    rested = NARRATIVES.c.event_id.in_([latest[one] for one in allowed]) & (NARRATIVES.c.field == "evidence")
    on = {row["event_id"]: sealed.unseal_words(key, dict(row))
          for row in connection.execute(select(NARRATIVES).where(rested)).mappings()}  # fmt: skip
    return {one: f"{ground} ({on.get(latest[one], '')})" for one, ground in allowed.items()}


def _part(record: Record, case_id: str) -> CasePart:
    part = next((one for one in record.cases if one.case_id == case_id), None)
    if part is None:
        raise NotPossible(NOTHING_ALLOWED)
    return part


def request(store: Store, viewer: Viewer, case_id: str, sought: str, media: str, now: datetime) -> Document:
    """The request for a record with the certificate of § 17a-106a(h), to be signed under oath."""
    try:
        with store.write() as connection:
            case = _case(connection, viewer, case_id)
            filled = _request(connection, viewer, case, sought, now)
            trace.append(connection, viewer.id, "document", now, case_id=case_id, detail={"kind": "records request"})
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "records request", now, case_id)
        raise
    return _document(f"{case['number']}-records-request", media, request_paper(filled, now), now)


def _case(connection: Connection, viewer: Viewer, case_id: str) -> RowMapping:
    """A case of hers to see, for who leads the team. Raises `NotAllowed` and `NotFound`."""
    if viewer.role not in LEADS:
        raise NotAllowed("That is made by those who lead the team (§ 17a-106a(h), (i)).")
    found = select(CASES).where(CASES.c.id == case_id, visible(viewer))
    case = connection.execute(found).mappings().one_or_none()
    if case is None:
        raise NotFound(NO_SUCH_CASE)
    return case


def _request(connection: Connection, viewer: Viewer, case: RowMapping, sought: str, now: datetime) -> RecordsRequest:
    history = live(history_of(connection, case["id"]))
    event = next((e for e in history if e.fact is Fact.RECORD_SOUGHT and e.about == sought), None)
    if event is None:
        raise NotPossible("The team seeks no such record on this case.")
    rows = connection.execute(select(NARRATIVES).where(NARRATIVES.c.event_id == event.id)).mappings().all()
    key = keys.of(connection).case(connection, case["id"])
    words = {row["field"]: sealed.unseal_words(key, dict(row)) for row in rows}
    team = connection.execute(select(TEAMS).where(TEAMS.c.id == case["team"])).mappings().one()
    who = child.as_told(connection, case["id"], history).child
    certified = next((e for e in reversed(history) if e.fact is Fact.RECORD_CERTIFIED and e.about == sought), None)
    return RecordsRequest(
        team=team["name"], district=team["judicial_district"], case_number=case["number"],
        child_name=f"{who['given_name']} {who['family_name']}".strip(),
        child_birthdate=date.fromisoformat(who["birthdate"]) if who["birthdate"] else None,
        holder=words.get("held_at", ""), holder_kind=event.data["holder"], holder_address="", record=words.get("record", ""),
        period=words.get("period", ""), needed_for=words.get("needed_for", ""),
        is_confidential=event.data.get("confidential") is not False,
        **_certifier(connection, case["id"], certified.by if certified else viewer.id, local_date(now)),
    )  # fmt: skip


def _certifier(connection: Connection, case_id: str, person: str, day: date) -> dict[str, Any]:
    """Who takes the oath: who took it, or, before that, the coordinator or the designee who asks; else the coordinator."""
    named = swearing.coordinators(connection, case_id, day)
    one = next((one for one in named if one.person == person), named[0] if named else None)
    if one is None:
        name = connection.execute(select(PEOPLE.c.name).where(PEOPLE.c.id == person)).scalar_one_or_none() or ""
        return {"certifier": name, "certifier_position": "", "certifier_is": "coordinator"}
    is_herself = one.standing == MEMBER
    return {"certifier": one.name, "certifier_position": one.position,
            "certifier_is": "coordinator" if is_herself else "designee of the coordinator"}  # fmt: skip


def invitations(store: Store, viewer: Viewer, meeting_id: str, now: datetime) -> Document:
    """The meeting as an iCalendar file: an invitation, or what takes it back. It says nothing of any case."""
    with store.read() as connection:
        page = hers(connection, viewer, meeting_id)
    made = _invitation(page, now)
    cancelled = page.course.state == "cancelled"
    content = ical.cancellation(made) if cancelled else ical.invitation(made)
    return Document(ical.file_name(made), ical.MEDIA, content)


def _invitation(page: Sheet, now: datetime) -> Invitation:
    stands, day = page.course, local_date(page.course.starts_at)
    by = leader(page.held, COORDINATOR, day)
    invited = {one.mail: one.name for one in page.members if one.mail and one is not by}
    invited |= {one.mail: one.name for one in stands.guests.values() if one.mail}
    sent = stands.sequence - 1 if stands.state == "cancelled" else stands.sequence
    return Invitation(
        page.id, sent, page.team["name"], stands.starts_at, stands.minutes, stands.place, now, by.mail if by else "",
        tuple((name, mail) for mail, name in invited.items()), stands.special,
    )  # fmt: skip


def _document(name: str, media: str, paper: Paper, now: datetime) -> Document:
    if media not in MAKE:
        raise NotPossible("There is no such document.")
    return Document(f"{name}.{media}", MEDIA[media], MAKE[media](paper, now))
