"""The documents of a team's meeting: the packet that a reader prepares with, the record, a request for records.

What may be told to whom was decided before anything comes here; these are the papers alone (§ 17a-106a(h) to (j)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mdt.exchange.documents import UNKNOWN, Paper, Part, Table, cleaned
from mdt.law.period import EASTERN
from mdt.meeting_record import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from mdt.meeting_record import Amendment, CasePart, Decided, Item, Present, Record

DRAFT = "DRAFT, not approved"
NONE = "none"
OUTCOME = {"reviewed": "Reviewed; to be heard again", "concluded": "Reviewed; the review is concluded", "deferred": "Deferred"}
CONFIDENTIAL = "CONFIDENTIAL under Connecticut General Statutes §§ 17a-28 and 17a-106a(i)"
NOT_DISCLOSED = (
    "Nobody discloses what they learned from the meeting without the consent of the participant who provided it, unless a court"
    " of competent jurisdiction orders it or the Constitution of the state of Connecticut requires it (§ 17a-106a(i))."
)
PRIVILEGES = "The privileges of each participant's information apply to all participants (§ 17a-106a(j))."
AUTHORITY = "Authority: § 17a-28(h)(2), multidisciplinary teams under § 17a-106a; § 17a-106a(h) to (j)."
NOT_LIABLE = (
    "The multidisciplinary team has access to, and may copy, any record, transcript, document, photograph or other data about"
    " an alleged child victim that DCF, a medical facility or a health professional has. Confidential information is identified"
    " in writing, and the certificate below is made under oath. Nobody who gives access to a record, or copies of it, upon"
    " delivery of the certificate is liable to any third party for that (§ 17a-106a(h))."
)
WORDS_OF_THE_OATH = (
    "The section's oath speaks of the investigation of child abuse or neglect; unlike its other subsections it does not name"
    " trafficking. The certificate keeps to its words."
)
MAY_SWEAR = "a notary public, commissioner of the Superior Court, or other officer who may administer an oath"


# The packet. ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PacketLine:
    """One case as this reader may see it. `treatment`: full discussion or short list; `minutes`: its share of the meeting.

    `tracks` are pairs of a track and where it stands, `updates` of an agency and its words. Empty is not shown to this reader,
    or there is none.
    """

    number: str
    age: str
    position: str
    reasons: tuple[str, ...]
    treatment: str
    minutes: int
    child_name: str = ""
    tracks: tuple[tuple[str, str], ...] = ()
    what_changed: tuple[str, ...] = ()
    open_decisions: tuple[str, ...] = ()
    updates: tuple[tuple[str, str], ...] = ()
    narrative: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """What one reader prepares one meeting with, until `expires_at`."""

    team: str
    starts_at: datetime
    reader_name: str
    reader_role: str
    reader_agency: str
    expires_at: datetime
    lines: tuple[PacketLine, ...] = ()


def packet_paper(packet: Packet, made_at: datetime) -> Paper:
    """The packet: the agenda on top, then case by case; the reader, the agency and the moment lie under each page."""
    reader = f"{packet.reader_name}, {packet.reader_agency}"
    stamp = (
        "CONFIDENTIAL (§§ 17a-28, 17a-106a(i)) · expires after the meeting · not to be copied or shown",
        f"For {reader} ({packet.reader_role}) alone. {_until(packet.expires_at)}",
        AUTHORITY,
    )
    made = Paper(
        title=f"Meeting of {_moment(packet.starts_at)}: packet",
        law=f"{packet.team} · CGS § 17a-106a",
        number="",
        stamp=stamp,
        parts=(_agenda(packet.lines), *(_heard(at, line) for at, line in enumerate(packet.lines, start=1))),
        signatures=(),
        foot=f"{packet.team} · made on {_moment(made_at)} for {reader}",
        watermark=f"{packet.reader_name}\n{packet.reader_agency}\n{_moment(made_at)}",
    )
    return cleaned(made)


def _until(at: datetime) -> str:
    return (
        f"It expires after the meeting, {_moment(at)}, and is then destroyed. It may not be copied, kept or shown to anybody"
        " (§ 17a-106a(i), § 17a-28)."
    )


def _agenda(lines: Sequence[PacketLine]) -> Part:
    rows = tuple(
        (str(at), line.number, line.age or UNKNOWN, line.position, line.treatment, str(line.minutes))
        for at, line in enumerate(lines, start=1)
    )
    says = f"{_counted(len(lines), 'case')}, {_counted(sum(line.minutes for line in lines), 'minute')}."
    return Part("Agenda", says, table=_table("No. Case Age Position Treatment Minutes", rows, (2, 5, 3, 6, 6, 3)))


def _heard(at: int, line: PacketLine) -> Part:
    """A case: why and where it stands first, then each agency's words, and what was reported."""
    named = f" · {line.child_name}" if line.child_name else ""
    head = f"{line.age or UNKNOWN} · {line.position} · {line.treatment} · {_counted(line.minutes, 'minute')}"
    lines = (
        ("Why it is heard", _listed(line.reasons)),
        ("Decisions still open", _listed(line.open_decisions)),
        ("What changed", _listed(line.what_changed)),
        *line.tracks,
    )
    texts = [(f"Update · {agency}", text) for agency, text in line.updates]
    told = (("What was reported", line.narrative),) if line.narrative else ()
    return Part(f"{at}. Case {line.number}{named}", f"Age {head}", lines, (*texts, *told))


# The record. ------------------------------------------------------------------------------------------------------------------


def record_paper(record: Record, made_by: str, made_at: datetime, sealed: str = "", *, draft: bool = False) -> Paper:
    """The record of the meeting (§ 17a-106a(j)). `sealed` is the hash of what was approved; a draft is marked on each page.

    Each case begins a page: what is disclosed of one case takes nothing of another with it.
    """
    cases = (part for case in record.cases for part in _case(case))
    made = Paper(
        title="Meeting record",
        law="CGS § 17a-106a(j)",
        number="",
        stamp=(f"{DRAFT} · {CONFIDENTIAL}" if draft else CONFIDENTIAL, NOT_DISCLOSED, PRIVILEGES),
        parts=(*_lacks(record, draft=draft), *_meeting(record), *cases, *_amended(record.amendments)),
        signatures=() if draft else ("Chairperson",),
        foot=_foot(record, made_by, made_at, "" if draft else sealed),
        watermark=DRAFT if draft else "",
    )
    return cleaned(made)


def _foot(record: Record, made_by: str, made_at: datetime, sealed: str) -> str:
    whose = f"{record.team} · meeting of {_day(record.starts_at)} · made on {_moment(made_at)} by {made_by}"
    return f"{whose} · sealed, SHA-256 {sealed}" if sealed else whose


def _lacks(record: Record, *, draft: bool) -> Iterator[Part]:
    lacks = missing(record) if draft else ()
    if lacks:
        rows = tuple((one.case_number or "the meeting", one.what) for one in lacks)
        yield Part("Still missing", "The record cannot be approved without it.", table=_table("Case What", rows, (1, 4)))


def _meeting(record: Record) -> Iterator[Part]:
    ended = _moment(record.ended_at) if record.ended_at else "not recorded"
    yield Part(
        "The meeting",
        lines=(
            ("Team", record.team or UNKNOWN),
            ("Judicial district", record.district or UNKNOWN),
            ("Began", _moment(record.starts_at)),
            ("Ended", ended),
            ("Place", record.place or UNKNOWN),
            ("Chairperson", record.chairperson or UNKNOWN),
        ),
    )
    people = tuple(map(_person, sorted(record.present, key=lambda one: not one.came)))
    yield _tabled("Members and guests", "Name Position Agency Seat As Came", people, (6, 6, 7, 7, 4, 3))
    cases = tuple((str(one.line), one.number, _outcome(one), str(len(one.decisions))) for one in record.cases)
    yield _tabled("Cases", "No. Case Outcome Decisions", cases, (2, 5, 15, 4))


def _person(one: Present) -> tuple[str, ...]:
    return (one.name, one.position, one.agency, one.seat, one.how, "yes" if one.came else "no" if one.called else "not called")


def _case(part: CasePart) -> Iterator[Part]:
    lines = (
        ("Alleged victim", part.victim or UNKNOWN),
        ("Alleged perpetrator", part.perpetrator or UNKNOWN),
        ("Outcome", _outcome(part)),
        *((("Recused", _listed(part.recused)),) if part.recused else ()),
    )
    yield Part(f"{part.line}. Case {part.number}", lines=lines, starts_page=True)
    if part.outcome != "deferred" or part.decisions or part.services:
        yield _decisions(part.decisions)
        yield _services(part)
    said = tuple((_provided(one.kind.capitalize(), one), one.text) for one in part.items)
    if said:
        yield Part("What was said, and who provided it", texts=said, under=True)


def _outcome(part: CasePart) -> str:
    return f"Deferred: {part.deferred_because or UNKNOWN}" if part.outcome == "deferred" else OUTCOME[part.outcome]


def _decisions(decisions: Sequence[Decided]) -> Part:
    rows = tuple(
        (str(at), one.kind, one.text, ", ".join(filter(None, (one.owner, one.person))), _date(one.due_on))
        for at, one in enumerate(decisions, start=1)
    )
    against = tuple(
        (_provided(f"Dissent from {one.kind} {at}", other), other.text)
        for at, one in enumerate(decisions, start=1)
        for other in one.dissent
    )
    columns = ("No.", "Kind", "What was decided", "Who carries it out", "By")
    table = Table(columns, rows, (2, 7, 15, 7, 5))
    return Part("Decisions and recommendations", "" if rows else NONE, (), against, (), table if rows else None, under=True)


def _services(part: CasePart) -> Part:
    rows = tuple((one.need, one.provider, one.state) for one in part.services)
    none = f"None, because: {part.no_services_because}" if part.no_services_because else NONE
    return _tabled("Support services", "Need Provider State", rows, (4, 4, 3), under=True, none=none)


def _amended(amendments: Sequence[Amendment]) -> Iterator[Part]:
    if amendments:
        texts = tuple((f"{_moment(one.at)} · {one.by} · because: {one.reason}", one.text) for one in amendments)
        says = "Added after the record was approved. What was approved stands above, unaltered."
        yield Part("Amendments", says, texts=texts, starts_page=True)


def _provided(what: str, by: Item) -> str:
    return f"{what} · {', '.join(filter(None, (by.provider, by.provider_agency))) or UNKNOWN}"


# A request for records. -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """The record sought, identified in writing, its holder, and who certifies under oath (§ 17a-106a(h)).

    `certifier` is the team's coordinator or the coordinator's designee; `record` says which record, `needed_for` why.
    The oath is asked for confidential information alone.
    """

    team: str
    district: str
    case_number: str
    child_name: str
    child_birthdate: date | None
    holder: str
    holder_kind: Literal["DCF", "medical facility", "health professional"]
    holder_address: str
    record: str
    period: str
    needed_for: str
    certifier: str
    certifier_position: str
    certifier_is: Literal["coordinator", "designee of the coordinator"]
    is_confidential: bool = True


def request_paper(request: RecordsRequest, made_at: datetime) -> Paper:
    """The written identification and the certificate to be sworn, with the room for it (§ 17a-106a(h))."""
    made = Paper(
        title="Request for records" + (", and certificate under oath" if request.is_confidential else ""),
        law="CGS § 17a-106a(h)",
        number=request.case_number,
        stamp=(CONFIDENTIAL, AUTHORITY, "To be delivered to the holder named below alone."),
        parts=(*_sought(request), *(_sworn(request) if request.is_confidential else ())),
        signatures=(),
        foot=f"Case {request.case_number} · {request.team} · made on {_moment(made_at)}",
    )
    return cleaned(made)


def _sought(request: RecordsRequest) -> Iterator[Part]:
    holder = f"{request.holder or UNKNOWN} ({request.holder_kind})"
    yield Part("To the holder of the record", NOT_LIABLE, _known((("Holder", holder), ("Address", request.holder_address))))
    about = (
        ("Alleged child victim", request.child_name),
        ("Born on", _date(request.child_birthdate) if request.child_birthdate else ""),
        ("Period", request.period),
    )
    texts = (("Record sought", request.record), ("Why it is needed", request.needed_for))
    yield Part("The record, identified in writing", "", _known(about), _known(texts))


def _sworn(request: RecordsRequest) -> Iterator[Part]:
    who = ", ".join(filter(None, (request.certifier, request.certifier_position)))
    says = (
        f"I, {who}, {request.certifier_is} of the multidisciplinary team ({request.team}, judicial district of"
        f" {request.district}), certify under oath that the record identified above is necessary to investigate child abuse or"
        " neglect, and that the multidisciplinary team will maintain the record as confidential."
    )
    note = (("Note", WORDS_OF_THE_OATH),)
    yield Part("Certificate under oath", says, texts=note, blanks=("Signature", "Date"))
    before = f"Subscribed and sworn to before me, {MAY_SWEAR}:"
    yield Part("Jurat", before, blanks=("On (date), at (town)", "Signature, and office held"))


# Words. -----------------------------------------------------------------------------------------------------------------------


def _tabled(
    heading: str, columns: str, rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...], *, under: bool = False,
    none: str = NONE,
) -> Part:  # fmt: skip
    """A part with a table, or with words in place of an empty one."""
    table = _table(columns, rows, widths)
    return Part(heading, table=table, under=under) if rows else Part(heading, none, under=under)


def _table(columns: str, rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]) -> Table:
    return Table(tuple(columns.split()), rows, widths)


def _known(lines: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value or UNKNOWN) for label, value in lines)


def _listed(texts: Sequence[str]) -> str:
    return "\n".join(f"• {one}" for one in texts) if len(texts) > 1 else "".join(texts) or NONE


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(EASTERN):%-d %b %Y, %H:%M} Eastern time"


def _day(at: datetime) -> str:
    return _date(at.astimezone(EASTERN).date())


def _date(on: date) -> str:
    return f"{on:%-d %b %Y}"
