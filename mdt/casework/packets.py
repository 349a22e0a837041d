"""The packet with which a reader prepares a meeting: of the cases that are hers to see, as far as her role sees them.

Opened only by who accepted the confidentiality statement for this meeting, until the standard's hours after it; each opening is
in the meeting's log and, for each case, in the access log. It is made anew each time and kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import access
from mdt.board.meeting import hers, listed
from mdt.board.sight import positions
from mdt.casework import agendas, child, convene, refusals
from mdt.casework.documents import Document
from mdt.casework.room import ROOM_OF
from mdt.circle import circle
from mdt.convening import Nothing
from mdt.errors import NotAllowed, NotFound, NotPossible, NotYet
from mdt.exchange.meeting_files import Packet, PacketLine, packet_paper
from mdt.exchange.pdf_files import PDF_MEDIA, to_pdf
from mdt.facts import DETERMINATIONS, Fact
from mdt.law.period import EASTERN, local_date
from mdt.law.rulebook import load
from mdt.meeting import packet_is_open
from mdt.policy import See
from mdt.records.tables import NARRATIVES, PEOPLE
from mdt.store import keys, sealed, trace
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.board.meeting import Listed
    from mdt.casework.agendas import Waiting
    from mdt.casework.convened import Sheet
    from mdt.store import Store

F = Fact
NOT_ACCEPTED = (
    "The packet opens once you have accepted the confidentiality statement for this meeting. What is learned there is disclosed"
    " only as § 17a-106a(i) allows."
)
EXPIRED = "The packets of this meeting have expired. What was decided stands in its record (§ 17a-106a(j))."


def packet(store: Store, viewer: Viewer, meeting_id: str, now: datetime, *, command: str) -> Document:
    """Her packet as a PDF, each page marked with her name. Raises `NotFound`, `NotYet`, `NotPossible` and `Tampered`."""
    try:
        with store.write() as connection:
            page = hers(connection, viewer, meeting_id)
            refuse_unless_open(page, viewer, now)
            lines = _lines(connection, viewer, page, now)
            convene.convene_in(connection, meeting_id, "open_packet", Nothing(), by=viewer, now=now, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "packet", now)
        raise
    within = load().standard("packet-expires").within
    until = within.end(page.course.ends_at).due if within else page.course.ends_at
    made = Packet(page.team["name"], page.course.starts_at, viewer.name, viewer.role, viewer.agency, until, tuple(lines))
    day = local_date(page.course.starts_at)
    return Document(f"packet-{day.isoformat()}.pdf", PDF_MEDIA, to_pdf(packet_paper(made, now), now))


def refuse_unless_open(page: Sheet, viewer: Viewer, now: datetime) -> None:
    """Raise `NotYet` before she has accepted the statement, `NotPossible` once the packets have expired."""
    if not packet_is_open(page.course, now):
        raise NotPossible(EXPIRED)
    if not page.has_accepted(viewer):
        raise NotYet(NOT_ACCEPTED)


def _lines(connection: Connection, viewer: Viewer, page: Sheet, now: datetime) -> list[PacketLine]:
    with looking_as(connection, viewer.id):
        found = [one for one in agendas.on_agenda(connection, page.id, positions(viewer)) if one.state in ("waiting", "held")]
    waiting = [one for one in found if one.state == "waiting"]
    proposed = agendas.proposal(page, waiting, agendas.next_after(connection, page), now)
    by_line = {one.line: one for one in found}
    for one in sorted(found, key=lambda one: str(one.row["id"])):
        trace.append(connection, viewer.id, "packet", now, case_id=one.row["id"], detail={"meeting": page.id})
    names = {row.id: row.name for row in connection.execute(select(PEOPLE.c.id, PEOPLE.c.name))}
    return [_line(connection, viewer, by_line[of.line], of, names, now) for of in listed(page, found, proposed, names)]


def _line(
    connection: Connection, viewer: Viewer, one: Waiting, of: Listed, names: Mapping[str, str], now: datetime
) -> PacketLine:
    seen = access.sight(viewer, circle(one.history, dict(one.row)), now)
    words = _words(connection, one, seen)
    return PacketLine(
        of.number, "" if of.age is None else f"age {of.age}", one.row["room"], of.reasons, of.treatment or "heard", of.minutes,
        child_name=_name(connection, one, seen), tracks=tuple(of.tracks.items()), what_changed=tuple(_changed(one)),
        open_decisions=tuple(_open_decisions(one, words, names)), updates=tuple(_updates(one, words)),
        narrative=_narrative(one, words, seen),
    )  # fmt: skip


def _words(connection: Connection, one: Waiting, seen: Sight) -> dict[str, dict[str, str]]:
    """The words beside the case's facts that she may read, by event."""
    rows = connection.execute(select(NARRATIVES).where(NARRATIVES.c.case_id == one.row["id"])).mappings().all()
    key, facts = keys.of(connection).case(connection, one.row["id"]), {e.id: e for e in one.history}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        event = facts.get(row["event_id"])
        if event is not None and _may_read(event.fact, row["field"], seen):
            found.setdefault(event.id, {})[row["field"]] = sealed.unseal_words(key, dict(row))
    return found


def _may_read(fact: Fact, field: str, seen: Sight) -> bool:
    return access.class_of_note(ROOM_OF[fact], field) in seen.sees


def _name(connection: Connection, one: Waiting, seen: Sight) -> str:
    if See.IDENTITY not in seen.sees:
        return ""
    told = child.as_told(connection, one.row["id"], one.history).child
    return f"{told['given_name']} {told['family_name']}".strip()


def _changed(one: Waiting) -> list[str]:
    """What happened since the last review, as facts with their days."""
    held = [e.recorded_at for e in one.history if e.fact is F.REVIEW_HELD]
    quiet = {F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.PACKET_READY, F.UPDATE_ASKED_FOR, F.UPDATE_GIVEN, F.CASE_PLACED}
    news = [e for e in one.history if (not held or e.recorded_at > held[-1]) and e.fact not in quiet]
    return [f"{e.happened_at.astimezone(EASTERN):%-d %b %Y}: {e.fact.value}" for e in news[-25:]]


def _open_decisions(one: Waiting, words: Mapping[str, Mapping[str, str]], names: Mapping[str, str]) -> list[str]:
    made = {e.about: e for e in one.history if e.fact is F.DECISION_MADE}
    return [
        f"{event.data['owner']}, {names.get(task.assigned or '', '')} by {event.data['due_on']}: "
        f"{words.get(event.id, {}).get('what', 'words not shown')}".replace(",  by", " by")
        for task in one.tasks
        if task.step == "carry-out-decision" and (event := made.get(task.about))
    ]


def _updates(one: Waiting, words: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Each agency's update for this line, side by side; one that did not come says so."""
    given = {e.about: e for e in one.history if e.fact is F.UPDATE_GIVEN}
    asked = [e for e in one.history if e.fact is F.UPDATE_ASKED_FOR and e.data.get("line") == one.line]
    return [(e.data["owner"], _update(given[e.about].id, words) if e.about in given else "not given yet") for e in asked]


def _update(event_id: str, words: Mapping[str, Mapping[str, str]]) -> str:
    return words.get(event_id, {}).get("what", "not shown to this reader")


def _narrative(one: Waiting, words: Mapping[str, Mapping[str, str]], seen: Sight) -> str:
    """What the last report told, and what the determination rests on."""
    if See.REPORT not in seen.sees:
        return ""
    told = [words.get(e.id, {}).get("narrative", "") for e in one.history if e.fact is F.REPORT_RECEIVED]
    found = [words.get(e.id, {}).get("note", "") for e in one.history if e.fact in DETERMINATIONS]
    return "\n\n".join(text for text in (*told[-1:], *found[-1:]) if text)
