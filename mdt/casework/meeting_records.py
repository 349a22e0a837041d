"""The record of a meeting: read, refused while something is missing, approved, and then only added to.

Approving lays each case's part, as it was, beside that case's own ledger (sealed under its key, its hash in the chain) and the
hash of the whole into the meeting's. What stands in it is read by those to whom its cases are open, each read logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import meeting_record
from mdt.access import SYSTEM, role_of
from mdt.board.meeting import hers
from mdt.board.sight import positions
from mdt.casework import agendas, convene, pages, refusals
from mdt.casework.composing import composed
from mdt.casework.door import act_on
from mdt.casework.room import ACT
from mdt.convening import Approve
from mdt.errors import CaseMoved, NotAllowed, NotFound, NotPossible, Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import SEES, See
from mdt.records.tables import CASES
from mdt.review import MeetingRecord
from mdt.store import ledger, trace
from mdt.store.walls import looking_as
from mdt.team import SEATS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.facts import History
    from mdt.meeting_record import CasePart, Missing, Record
    from mdt.store import Store

NOT_READ = "The record of a meeting is read by the members of the team (§ 17a-106a(i), (j))."
CHANGED = "Since you read it, something was added to what happened at the meeting. Read the record again, then approve it."
BY_HAND = (
    "Can't approve the record of the meeting: case {} was recorded on its own page. Retract that entry first; what is approved"
    " here takes its place (§ 17a-106a(j))."
)
UNSEEN = "not shown to you"  # instead of the number of a case that is not hers to see


@dataclass(frozen=True, slots=True)
class Read:
    """A record as somebody reads it. `hidden`: cases that are not hers to see; `digest`: the hash of the whole record."""

    record: Record
    missing: tuple[Missing, ...]
    digest: str
    hidden: int
    is_approved: bool


def record_of(store: Store, viewer: Viewer, meeting_id: str, now: datetime) -> Read:
    """The meeting's record, as far as its cases are hers to see; logged. Raises `NotAllowed`, `NotFound` and `Tampered`."""
    try:
        with store.write() as connection:
            page = hers(connection, viewer, meeting_id)
            _refuse_unless_reading(viewer)
            whole = composed(connection, page)
            seen = _seen(connection, viewer, whole.record)
            for case_id in sorted(seen):
                trace.append(connection, viewer.id, "narrative read", now, case_id=case_id, detail={"meeting": meeting_id})
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "meeting record", now)
        raise
    approved, digest = page.course.approved_at is not None, meeting_record.digest(whole.record)
    if approved and digest != page.course.digest:
        raise Tampered(meeting_record.NOT_AS_WRITTEN)
    lacks = () if approved else meeting_record.missing(_masked(whole.record, seen))
    return Read(whole.of(seen), lacks, digest, len(whole.record.cases) - len(seen), approved)


def _refuse_unless_reading(viewer: Viewer) -> None:
    role = role_of(viewer)
    if role is None or See.REVIEW_NOTES not in SEES[role]:
        raise NotAllowed(NOT_READ)


def _seen(connection: Connection, viewer: Viewer, whole: Record) -> set[str]:
    """The cases of the record that are hers to see."""
    with looking_as(connection, viewer.id):
        asked = select(CASES.c.id).where(CASES.c.id.in_([part.case_id for part in whole.cases]), positions(viewer))
        return set(connection.execute(asked).scalars())


def _masked(whole: Record, seen: Collection[str]) -> Record:
    """The record without the numbers of the cases that are not hers to see: what is missing is told by number."""
    cases = tuple(part if part.case_id in seen else part.model_copy(update={"number": UNSEEN}) for part in whole.cases)
    return whole.model_copy(update={"cases": cases})


# Approving it. ----------------------------------------------------------------------------------------------------------------


def approve(store: Store, viewer: Viewer, meeting_id: str, digest: str, now: datetime, *, command: str) -> str:
    """Approve the record that was read under this hash; the hash. Once approved it is only added to.

    Raises `NotYet` while something of § 17a-106a(j) is missing, `CaseMoved` if it has changed since, and what the doors raise.
    """
    try:
        with store.write() as connection:
            page = hers(connection, viewer, meeting_id, lock=True)
            stands = _locked(connection, meeting_id)
            whole = composed(connection, page).record
            if page.course.approved_at is None:
                _refuse_unready(connection, viewer, whole, digest)
            form = Approve(digest=digest)
            done = convene.convene_in(connection, meeting_id, "approve_record", form, by=viewer, now=now, command=command)
            if not done.repeated:
                _lay_down(connection, whole, stands, digest, by=viewer, now=now, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "approve_record", now)
        raise
    return done.course.digest


def _refuse_unready(connection: Connection, viewer: Viewer, whole: Record, digest: str) -> None:
    """Raise `NotYet` for what is missing, `CaseMoved` if it is not what was read."""
    meeting_record.refuse_incomplete(_masked(whole, _seen(connection, viewer, whole)))
    if meeting_record.digest(whole) != digest:
        raise CaseMoved(CHANGED)


def _locked(connection: Connection, meeting_id: str) -> dict[str, tuple[str, History]]:
    """The cases of the meeting, each with its line and what stands; nothing is recorded on them until this is done."""
    lines = {one.row["id"]: one.line for one in agendas.on_agenda(connection, meeting_id)}
    return {case_id: (lines[case_id], live(pages.open_page(connection, case_id).events)) for case_id in sorted(lines)}


def _lay_down(
    connection: Connection, whole: Record, stands: Mapping[str, tuple[str, History]], digest: str, *, by: Viewer, now: datetime,
    command: str,
) -> None:  # fmt: skip
    """Each heard case's part beside its own ledger; by this system where the case is closed to who approves."""
    heard = sorted((part for part in whole.cases if part.outcome != "deferred"), key=lambda part: part.case_id)
    for part in heard:
        line, history = stands[part.case_id]
        is_hers = pages.sight_of(history, by, now).may_record
        if any(e.fact is Fact.MEETING_RECORDED and e.about == line for e in history):
            raise NotPossible(BY_HAND.format(part.number if is_hers else UNSEEN))
        form = _as_form(whole, part, line, digest, now)
        who, once = by if is_hers else SYSTEM, ledger.short(f"{command}/{part.case_id}")
        act_on(connection, part.case_id, ACT["record_meeting"], form, by=who, now=now, command=once)


def _as_form(whole: Record, part: CasePart, line: str, digest: str, now: datetime) -> MeetingRecord:
    came = [one for one in whole.present if one.came]
    services = "; ".join(f"{one.need}: {one.state}" for one in part.services) or f"none: {part.no_services_because}"
    return MeetingRecord(
        happened_at=now, about=line, victim_named=True, perpetrator_named=True, meeting=whole.meeting, digest=digest,
        seats_present=list(dict.fromkeys(one.seat for one in came if one.seat in SEATS)),
        members="; ".join(f"{one.name}, {one.position}" for one in came)[:2000],
        decision="; ".join(one.text for one in part.decisions)[:2000],
        services=services[:2000],
        record=meeting_record.part_text(whole, part.case_id),
    )  # fmt: skip
