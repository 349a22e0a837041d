"""The record of a meeting, composed from what happened; once it was approved, as it was then, with what was added since.

What was approved is read back from beside each case's ledger, where it was laid down; what was put off is read from the case's
history as it stood then. So nothing that is corrected, renamed or ended afterwards alters a record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import select

from mdt.access import serves
from mdt.agenda_lines import CONCLUDED, WAITING, lines_of
from mdt.casework import agendas, child
from mdt.casework.provided import viewers
from mdt.circle import circle
from mdt.facts import Fact
from mdt.meeting import Happening
from mdt.meeting_record import Amendment, CasePart, Decided, Item, Present, Record, Service
from mdt.policy import How
from mdt.records.tables import LEDGER, NARRATIVES, PEOPLE
from mdt.store import keys, sealed
from mdt.team import ALTERNATE, CHAIRPERSON, DESIGNEE, MEMBER, OFFICES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.agenda_lines import AgendaLine
    from mdt.casework.agendas import Waiting
    from mdt.casework.convened import Sheet
    from mdt.facts import Event
    from mdt.team import Holding

F = Fact
Words = dict[str, dict[str, str]]
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
class Composed:
    """A whole record without its amendments, and what was added to each case's part."""

    record: Record
    added: Mapping[str, tuple[Amendment, ...]]

    def of(self, case_ids: Collection[str]) -> Record:
        """The record of these cases alone, with what was added to them."""
        cases = tuple(part for part in self.record.cases if part.case_id in case_ids)
        added = sorted((one for case in cases for one in self.added.get(case.case_id, ())), key=lambda one: one.at)
        return self.record.model_copy(update={"cases": cases, "amendments": tuple(added)})


def composed(connection: Connection, page: Sheet) -> Composed:
    """The record from what happened; of one that was approved, as it was approved, with what was added since."""
    found, stands_now = _heard(connection, page), _at(connection, page, None)
    words = {one.row["id"]: _words(connection, one) for one in found}
    approved = {one.row["id"]: text for one in found if (text := _approved_text(one, words[one.row["id"]], page.id))}
    names = _names(connection, page, found)
    parts = [_approved_part(approved[i]) if (i := one.row["id"]) in approved else
             _part(connection, page, n, one, words[i], names) for n, one in enumerate(_in_order(page, found), 1)]  # fmt: skip
    head = orjson.loads(next(iter(approved.values())))["head"] if approved else _head(page)
    record = Record.model_validate({**head, "cases": sorted(parts, key=lambda part: part.line)})
    return Composed(record, {one.row["id"]: _amendments(connection, one, page.id, names) for one in stands_now})


def _heard(connection: Connection, page: Sheet) -> list[Waiting]:
    """The cases of the meeting, as they stood when its record was approved; not those whose review was over before it."""
    found = [(one, _line_of(one)) for one in _at(connection, page, page.course.approved_at)]
    return [replace(one, line=at.line, state=at.state) for one, at in found if at is not None and at.state != CONCLUDED]


def _at(connection: Connection, page: Sheet, until: datetime | None) -> list[Waiting]:
    """The cases that stand on the agenda or stood on it, and those in its record whose line was struck out since."""
    return agendas.on_agenda(connection, page.id, until=until, also=_laid_down(connection, page.course.approved_at))


def _laid_down(connection: Connection, at: datetime | None) -> list[str]:
    if at is None:
        return []
    asked = select(LEDGER.c.case_id).where(LEDGER.c.at == at, LEDGER.c.act == "record_meeting")
    return list(connection.execute(asked).scalars())


def _line_of(one: Waiting) -> AgendaLine | None:
    """The case's line on the meeting, by its own history; of one that was put off and put on again, the later."""
    return next((at for at in reversed(lines_of(one.history)) if at.meeting == one.meeting), None)


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


def _why_deferred(deferred: Event, words: Words) -> str:
    """The reason that was chosen, and what was typed beside it."""
    said = words.get(deferred.id, {}).get("reason", "")
    return ": ".join(filter(None, (deferred.data.get("because", ""), said)))


def _present(page: Sheet) -> tuple[Present, ...]:
    """Every member of that day, who leads the team among them, whether she came or not; and the guests who were called."""
    seated = {one.person for one in page.members if one.seat not in OFFICES} - {None}
    members = [
        Present(
            name=one.name,
            position=one.position,
            agency=one.agency,
            seat=one.seat,
            how=_HOW[one.standing],
            came=_came(page, one),
            called=one.id in page.course.came,
        )
        for one in page.members
        if one.seat not in OFFICES or one.person not in seated
    ]
    guests = [
        Present(name=g.name, position=g.position, agency=g.agency, seat="", how="guest", came=page.course.came[g.id])
        for g in page.course.guests.values()
        if g.id in page.course.came
    ]
    return (*members, *guests)


def _came(page: Sheet, one: Holding) -> bool:
    """As the roll call says; of who leads the team and was not called, whether she opened the meeting."""
    opened = any(e.happening is Happening.OPENED and e.by == one.person for e in page.entries)
    return page.course.came.get(one.id, one.seat in OFFICES and opened)


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
    # A guest who was withdrawn afterwards has said what she said.
    invited = [e for e in page.entries if e.happening is Happening.GUEST_INVITED]
    guests = {e.data["guest"]: (e.words.get("name", ""), e.data["agency"]) for e in invited}
    return people | held | guests if found else people


def _approved_text(one: Waiting, words: Words, meeting_id: str) -> str:
    recorded = [e for e in one.history if e.fact is F.MEETING_RECORDED and e.data.get("meeting") == meeting_id]
    return words.get(recorded[-1].id, {}).get("record", "") if recorded else ""


def _approved_part(text: str) -> CasePart:
    return CasePart.model_validate(orjson.loads(text)["case"])


def _part(
    connection: Connection, page: Sheet, n: int, one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]
) -> CasePart:
    of_line = [e for e in one.history if e.about == one.line]
    deferred = next((e for e in of_line if e.fact is F.REVIEW_DEFERRED), None)
    if deferred is not None or one.state == WAITING:
        because = _why_deferred(deferred, words) if deferred else ""
        return CasePart(case_id=one.row["id"], line=n, number=one.row["number"], victim="", perpetrator="", outcome="deferred",
                        deferred_because=because)  # fmt: skip
    held = next((e for e in of_line if e.fact is F.REVIEW_HELD), None)
    told, of_held = child.as_told(connection, one.row["id"], one.history), words.get(held.id, {}) if held else {}
    return CasePart(
        case_id=one.row["id"], line=n, number=one.row["number"],
        victim=f"{told.child['given_name']} {told.child['family_name']}".strip(),
        perpetrator=of_held.get("perpetrator", "") or _suspected(told.reports, words),
        items=_items(one, words, names), decisions=_decisions(one, words, names), services=_services(one),
        no_services_because=of_held.get("no_services", ""), recused=_recused(connection, page, one),
        outcome="concluded" if held and held.data.get("concluded") else "reviewed",
    )  # fmt: skip


def _suspected(reports: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Whom the reports suspect, by name, or by an alias where no name was told."""
    named = [one.get("name") or one.get("alias") or "" for report in reports for one in report.get("suspected", ())]
    typed = [fields["suspected_person"] for fields in words.values() if fields.get("suspected_person")]
    return ", ".join(dict.fromkeys(name for name in (*named, *typed) if name))


def _items(one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> tuple[Item, ...]:
    """What was said at this meeting; a dissent from a decision of it stands with that decision."""
    made = {e.about for e in one.history if e.fact is F.DECISION_MADE and e.data.get("line") == one.line}
    said = [e for e in one.history if e.fact is F.STATEMENT_MADE and e.data.get("line") == one.line]
    return tuple(_item(e, words, names) for e in said if e.data.get("decision") not in made)


def _item(e: Event, words: Words, names: Mapping[str, tuple[str, str]]) -> Item:
    name, agency = names.get(e.data["provider"], ("", ""))
    text = words.get(e.id, {}).get("what", "")
    return Item(id=e.about or "", kind=e.data["kind"], text=text, provider=name, provider_agency=agency)


def _decisions(one: Waiting, words: Words, names: Mapping[str, tuple[str, str]]) -> tuple[Decided, ...]:
    said = [e for e in one.history if e.fact is F.STATEMENT_MADE and e.data.get("line") == one.line]
    dissents = [e for e in said if e.data["kind"] == "dissent"]
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


def _recused(connection: Connection, page: Sheet, one: Waiting) -> tuple[str, ...]:
    """Who of the members, the guests and those who serve the team had a conflict on the case by the end of the meeting."""
    ended = page.course.ended_at
    then = tuple(e for e in one.history if ended is None or e.happened_at <= ended)
    away = {who for who, how in circle(then, {}).drawn_in if how == How.CONFLICT}
    members = [member.name for member in page.members if member.person in away]
    guests = [guest.name for guest in page.course.guests.values() if guest.person in away]
    known = {member.person for member in page.members}
    others = [who.name for who in viewers(connection, away) if who.id not in known and serves(who, page.team)]
    return tuple(dict.fromkeys((*members, *guests, *others)))


def _amendments(
    connection: Connection, one: Waiting, meeting_id: str, names: Mapping[str, tuple[str, str]]
) -> tuple[Amendment, ...]:
    """What was added to the case's part since it was approved."""
    lines = {at.line for at in lines_of(one.history) if at.meeting == meeting_id} | {one.line}
    added = [e for e in one.history if e.fact is F.MEETING_RECORD_AMENDED and e.about in lines]
    words = _words(connection, one) if added else {}
    return tuple(_amendment(one.row["number"], e, words.get(e.id, {}), names) for e in added)


def _amendment(number: str, e: Event, words: Mapping[str, str], names: Mapping[str, tuple[str, str]]) -> Amendment:
    by, text = names.get(e.by, ("", ""))[0], f"Case {number}: {words.get('text', '')}"
    return Amendment(at=e.happened_at, by=by, text=text, reason=words.get("reason", ""))
