"""The record of a meeting: composed from what happened, refused while something is missing, approved, and then only added to.

Approving lays each case's part, as it was, beside that case's own ledger (sealed under its key, its hash in the chain) and the
hash of the whole into the meeting's. What stands in it is read by those to whom its cases are open, each read logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import select

from mdt import meeting_record
from mdt.access import SYSTEM, role_of
from mdt.board.meeting import hers
from mdt.board.sight import positions, visible
from mdt.casework import agendas, child, convene, refusals
from mdt.casework.door import act_on
from mdt.casework.room import ACT
from mdt.convening import Approve
from mdt.errors import CaseMoved, NotAllowed, NotFound
from mdt.facts import Fact
from mdt.meeting_record import Amendment, CasePart, Decided, Item, Missing, Present, Record, Service
from mdt.policy import SEES, See
from mdt.records.tables import CASES, NARRATIVES, PEOPLE
from mdt.review import MeetingRecord
from mdt.store import keys, ledger, sealed, trace
from mdt.store.walls import looking_as
from mdt.team import ALTERNATE, CHAIRPERSON, DESIGNEE, MEMBER, OFFICES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.casework.agendas import Waiting
    from mdt.casework.convened import Sheet
    from mdt.facts import Event
    from mdt.store import Store

F = Fact
Words = dict[str, dict[str, str]]
NOT_READ = "The record of a meeting is read by the members of the team (§ 17a-106a(i), (j))."
CHANGED = "Since you read it, something was added to what happened at the meeting. Read the record again, then approve it."
_HOW_FAR = {
    F.NEED_LISTED: "listed", F.CONSENT_GIVEN: "consent given", F.CONSENT_DECLINED: "declined", F.SERVICE_REFERRED: "referred",
    F.PROVIDER_SAW: "referred", F.PROVIDER_ACCEPTED: "accepted", F.PROVIDER_WAITLISTED: "waitlisted",
    F.PROVIDER_DECLINED: "declined by the provider", F.PROVIDER_NEEDS_MORE: "provider needs more", F.MORE_SENT: "referred",
    F.APPOINTMENT_KEPT: "begun", F.APPOINTMENT_MISSED: "first appointment missed", F.SERVICE_ENDED: "ended",
}  # fmt: skip


_HOW: dict[str, Literal["member", "designee", "alternate"]] = {
    MEMBER: "member", DESIGNEE: "designee", ALTERNATE: "alternate",
}  # fmt: skip


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
            with looking_as(connection, viewer.id):
                asked = select(CASES.c.id).where(CASES.c.id.in_([c.case_id for c in whole.cases]), positions(viewer))
                seen = set(connection.execute(asked).scalars())
            for case_id in sorted(seen):
                trace.append(connection, viewer.id, "narrative read", now, case_id=case_id, detail={"meeting": meeting_id})
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "meeting record", now)
        raise
    shown = whole.model_copy(update={"cases": tuple(c for c in whole.cases if c.case_id in seen)})
    approved = page.course.approved_at is not None
    digest = page.course.digest if approved else meeting_record.digest(whole)
    return Read(shown, () if approved else meeting_record.missing(whole), digest, len(whole.cases) - len(seen), approved)


def _refuse_unless_reading(viewer: Viewer) -> None:
    role = role_of(viewer)
    if role is None or See.REVIEW_NOTES not in SEES[role]:
        raise NotAllowed(NOT_READ)


def composed(connection: Connection, page: Sheet) -> Record:
    """The record from what happened; of one that was approved, as it was approved, with what was added since."""
    found = agendas.on_agenda(connection, page.id)
    words = {one.row["id"]: _words(connection, one) for one in found}
    approved = {one.row["id"]: text for one in found if (text := _approved_text(one, words[one.row["id"]], page.id))}
    names = _names(connection, page, found)
    parts = [_approved_part(approved[i]) if (i := one.row["id"]) in approved else
             _part(connection, n, one, words[i], names) for n, one in enumerate(_in_order(page, found), 1)]  # fmt: skip
    head = orjson.loads(next(iter(approved.values())))["head"] if approved else _head(page)
    added = tuple(a for one in found for a in _amendments(one, words[one.row["id"]], names))
    return Record.model_validate({**head, "cases": parts, "amendments": sorted(added, key=lambda a: a.at)})


def _in_order(page: Sheet, found: Sequence[Waiting]) -> list[Waiting]:
    order = {one.line: n for n, one in enumerate(page.course.lines)}
    return sorted(found, key=lambda one: (order.get(one.line, len(order)), one.row["number"]))


def _head(page: Sheet) -> dict[str, Any]:
    stands = page.course
    leader = next((one.name for one in page.members if one.seat == CHAIRPERSON), "")
    return {
        "meeting": page.id, "team": page.team["name"], "district": page.team["judicial_district"],
        "starts_at": stands.opened_at or stands.starts_at, "ended_at": stands.ended_at, "place": stands.place,
        "chairperson": leader, "present": _present(page),
    }  # fmt: skip


def _present(page: Sheet) -> tuple[Present, ...]:
    came = page.course.came
    members = [
        Present(
            name=one.name, position=one.position, agency=one.agency, seat=one.seat, how=_HOW[one.standing], came=came[one.id]
        )
        for one in page.members
        if one.id in came and one.seat not in OFFICES
    ]
    guests = [
        Present(name=g.name, position=g.position, agency=g.agency, seat="", how="guest", came=came[g.id])
        for g in page.course.guests.values()
        if g.id in came
    ]
    return (*members, *guests)


def _words(connection: Connection, one: Waiting) -> Words:
    rows = connection.execute(select(NARRATIVES).where(NARRATIVES.c.case_id == one.row["id"])).mappings().all()
    key = keys.of(connection).case(connection, one.row["id"])
    stands, found = {e.id for e in one.history}, dict[str, dict[str, str]]()
    for row in rows:
        if row["event_id"] in stands:
            found.setdefault(row["event_id"], {})[row["field"]] = sealed.unseal_words(key, dict(row))
    return found


def _names(connection: Connection, page: Sheet, found: Sequence[Waiting]) -> dict[str, tuple[str, str]]:
    """Name and agency of whoever may have provided something, by the id under which she is known."""
    people = {row.id: (row.name, row.agency) for row in connection.execute(select(PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.agency))}
    held = {one.id: (one.name, one.agency) for one in page.held}
    return people | held | {g.id: (g.name, g.agency) for g in page.course.guests.values()} if found else people


def _approved_text(one: Waiting, words: Words, meeting_id: str) -> str:
    recorded = [e for e in one.history if e.fact is F.MEETING_RECORDED and e.data.get("meeting") == meeting_id]
    return words.get(recorded[-1].id, {}).get("record", "") if recorded else ""


def _approved_part(text: str) -> CasePart:
    return CasePart.model_validate(orjson.loads(text)["case"])


def _part(connection: Connection, n: int, one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> CasePart:
    of_line = [e for e in one.history if e.about == one.line]
    deferred = next((e for e in of_line if e.fact is F.REVIEW_DEFERRED), None)
    if deferred is not None or one.state == "waiting":
        because = deferred.data.get("because", "") if deferred else ""
        return CasePart(case_id=one.row["id"], line=n, number=one.row["number"], victim="", perpetrator="", outcome="deferred",
                        deferred_because=because)  # fmt: skip
    held = next((e for e in of_line if e.fact is F.REVIEW_HELD), None)
    told, of_held = child.as_told(connection, one.row["id"], one.history), words.get(held.id, {}) if held else {}
    return CasePart(
        case_id=one.row["id"], line=n, number=one.row["number"],
        victim=f"{told.child['given_name']} {told.child['family_name']}".strip(),
        perpetrator=of_held.get("perpetrator", "") or _suspected(told.reports, words),
        items=_items(one, words, names), decisions=_decisions(one, words, names), services=_services(one),
        no_services_because=of_held.get("no_services", ""), recused=_recused(one, names),
        outcome="concluded" if held and held.data.get("concluded") else "reviewed",
    )  # fmt: skip


def _suspected(reports: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Whom the reports suspect, by name, or by an alias where no name was told."""
    named = [one.get("name") or one.get("alias") or "" for report in reports for one in report.get("suspected", ())]
    typed = [fields["suspected_person"] for fields in words.values() if fields.get("suspected_person")]
    return ", ".join(dict.fromkeys(name for name in (*named, *typed) if name))


def _items(one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> tuple[Item, ...]:
    said = [e for e in one.history if e.fact is F.STATEMENT_MADE and e.data.get("line") == one.line]
    return tuple(_item(e, words, names) for e in said if e.data["kind"] != "dissent")


def _item(e: Event, words: Words, names: Mapping[str, tuple[str, str]]) -> Item:
    name, agency = names.get(e.data["provider"], ("", ""))
    text = words.get(e.id, {}).get("what", "")
    return Item(id=e.about or "", kind=e.data["kind"], text=text, provider=name, provider_agency=agency)


def _decisions(one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> tuple[Decided, ...]:
    dissents = [e for e in one.history if e.fact is F.STATEMENT_MADE and e.data["kind"] == "dissent"]
    return tuple(
        Decided(
            id=e.about or "", kind=e.data.get("kind", "decision"), text=words.get(e.id, {}).get("what", ""),
            owner=e.data["owner"], person=names.get(e.data.get("given_to", ""), ("", ""))[0], due_on=e.data["due_on"],
            dissent=tuple(_item(d, words, names) for d in dissents if d.data.get("decision") == e.about),
        )
        for e in one.history
        if e.fact is F.DECISION_MADE and e.data.get("line") == one.line
    )  # fmt: skip


def _services(one: Waiting) -> tuple[Service, ...]:
    """Every need with how far its service has come."""
    latest: dict[str, Event] = {}
    provider: dict[str, str] = {}
    needs = {e.about: e.data.get("need", "") for e in one.history if e.fact is F.NEED_LISTED}
    for e in one.history:
        if e.about in needs and e.about and e.fact in _HOW_FAR:
            latest[e.about] = e
            provider[e.about] = e.data.get("provider") or provider.get(e.about, "")
    return tuple(
        Service(need=need, provider=provider.get(thing, ""), state=_HOW_FAR[latest[thing].fact])
        for thing, need in needs.items()
        if thing in latest
    )


def _recused(one: Waiting, names: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    who = [e.data.get("person") or e.by for e in one.history if e.fact is F.CONFLICT_DECLARED]
    return tuple(dict.fromkeys(names[person][0] for person in who if person in names))


def _amendments(one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> list[Amendment]:
    added = [e for e in one.history if e.fact is F.MEETING_RECORD_AMENDED and e.about == one.line]
    return [_amendment(one.row["number"], e, words.get(e.id, {}), names) for e in added]


def _amendment(number: str, e: Event, words: Mapping[str, str], names: Mapping[str, tuple[str, str]]) -> Amendment:
    by, text = names.get(e.by, ("", ""))[0], f"Case {number}: {words.get('text', '')}"
    return Amendment(at=e.happened_at, by=by, text=text, reason=words.get("reason", ""))


# Approving it. ----------------------------------------------------------------------------------------------------------------


def approve(store: Store, viewer: Viewer, meeting_id: str, digest: str, now: datetime, *, command: str) -> str:
    """Approve the record that was read under this hash; the hash. Once approved it is only added to.

    Raises `NotYet` while something of § 17a-106a(j) is missing, `CaseMoved` if it has changed since, and what the doors raise.
    """
    try:
        with store.write() as connection:
            page = hers(connection, viewer, meeting_id)
            whole = composed(connection, page)
            meeting_record.refuse_incomplete(whole)
            if page.course.approved_at is None and meeting_record.digest(whole) != digest:
                raise CaseMoved(CHANGED)
            form = Approve(digest=digest)
            done = convene.convene_in(connection, meeting_id, "approve_record", form, by=viewer, now=now, command=command)
            if not done.repeated:
                _lay_down(connection, viewer, whole, digest, now, command)
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "approve_record", now)
        raise
    return digest


def _lay_down(connection: Connection, by: Viewer, whole: Record, digest: str, now: datetime, command: str) -> None:
    """Each heard case's part beside its own ledger; by this system where the case is closed to who approves."""
    lines = {one.row["id"]: one.line for one in agendas.on_agenda(connection, whole.meeting)}
    heard = sorted((part for part in whole.cases if part.outcome != "deferred"), key=lambda part: part.case_id)
    for part in heard:
        form = _as_form(whole, part, lines[part.case_id], digest, now)
        hers_to_see = connection.execute(select(CASES.c.id).where(CASES.c.id == part.case_id, visible(by))).first()
        who, once = by if hers_to_see else SYSTEM, ledger.short(f"{command}/{part.case_id}")
        act_on(connection, part.case_id, ACT["record_meeting"], form, by=who, now=now, command=once)


def _as_form(whole: Record, part: CasePart, line: str, digest: str, now: datetime) -> MeetingRecord:
    came = [one for one in whole.present if one.came]
    return MeetingRecord(
        happened_at=now, about=line, victim_named=True, perpetrator_named=True, meeting=whole.meeting, digest=digest,
        seats_present=list(dict.fromkeys(one.seat for one in came if one.seat)),
        members="; ".join(f"{one.name}, {one.position}" for one in came)[:2000],
        decision="; ".join(one.text for one in part.decisions)[:2000],
        services="; ".join(f"{one.need}: {one.state}" for one in part.services)[:2000] or f"none: {part.no_services_because}"[:2000],
        record=meeting_record.part_text(whole, part.case_id),
    )  # fmt: skip
