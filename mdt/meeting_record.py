"""The record of a meeting: what § 17a-106a(j) asks of it, what is still missing, what of it may be disclosed. Pure.

A record is data. Its canonical text is what is sealed and what the hash is taken from; amendments are added afterwards and
change nothing of it. Neither a sentence nor an error of this module names anybody.
"""

from __future__ import annotations

from datetime import UTC, date
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from mdt.errors import NotFound, NotYet, Tampered

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = "unknown"  # said of a perpetrator whom nobody knows; an empty name is missing
RECORD = "§ 17a-106a(j)"
PROVIDED = "§ 17a-106a(i)"  # disclosed with the consent of the participant who provided it
GUESTS = "§ 17a-106a(c), (j)"  # whoever was invited has the members' obligations
CHAIR = "§ 17a-106a(c)"
LEAD = ("chairperson", "coordinator")  # offices, and no seat of § 17a-106a(c)(1) to (9)
SHOWN = 3  # sentences of one refusal
HEAD = ("meeting", "team", "district", "starts_at", "ended_at", "place", "chairperson", "present")
NOT_AS_WRITTEN = "The record of this meeting is not as it was written; nothing of it is shown. Tell the administrator."

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Heard = Literal["reviewed", "concluded", "deferred"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Present(_Strict):
    """A line of the roll call. `came`: whether they were there; `called`: whether that was asked.

    `seat` is one of § 17a-106a(c)(1) to (9), the office of who leads the team and fills none, or empty for a guest.
    """

    name: str
    position: str
    agency: str
    seat: str
    how: Literal["member", "designee", "alternate", "guest"]
    came: bool
    called: bool = True


class Item(_Strict):
    """Something said at the meeting, and the participant without whose consent it is not disclosed (§ 17a-106a(i))."""

    id: str
    kind: Literal["information", "position", "dissent"]
    text: str
    provider: str
    provider_agency: str


class Decided(_Strict):
    """A decision or recommendation of the team: which agency carries it out, who there, by which day, who dissented."""

    id: str
    kind: Literal["decision", "recommendation"]
    text: str
    owner: str
    person: str
    due_on: date
    dissent: tuple[Item, ...] = ()


class Service(_Strict):
    """A support service: for which need, by whom, how far it is."""

    need: str
    provider: str
    state: str


class CasePart(_Strict):
    """One case in the record. A perpetrator whom nobody knows is "unknown"; `recused` are the names of those who left."""

    case_id: str
    line: int
    number: str
    victim: str
    perpetrator: str
    items: tuple[Item, ...] = ()
    decisions: tuple[Decided, ...] = ()
    services: tuple[Service, ...] = ()
    no_services_because: str = ""
    recused: tuple[str, ...] = ()
    outcome: Heard
    deferred_because: str = ""


class Amendment(_Strict):
    """Something added after the record was approved: the instant, who, what and why. It alters nothing."""

    at: Instant
    by: str
    text: str
    reason: str


class Record(_Strict):
    """The record of one meeting (§ 17a-106a(j)). `ended_at` is `None` while the meeting goes on."""

    meeting: str
    team: str
    district: str
    starts_at: Instant
    ended_at: Instant | None
    place: str
    chairperson: str
    present: tuple[Present, ...]
    cases: tuple[CasePart, ...]
    amendments: tuple[Amendment, ...] = ()


class Missing(NamedTuple):
    """What the record still lacks, as half a sentence with its section. `case_number` is empty for the meeting itself."""

    case_number: str
    what: str


# What is missing. -------------------------------------------------------------------------------------------------------------


def missing(record: Record) -> tuple[Missing, ...]:
    """Everything § 17a-106a(j) asks for that is not there: the meeting's own first, then case by case. Names nobody."""
    of_cases = (Missing(part.number, what) for part in record.cases for what in _of_case(part))
    return (*(Missing("", what) for what in _of_meeting(record)), *of_cases)


def refuse_incomplete(record: Record) -> None:
    """Raises `NotYet` with the first few things that are missing, and how many more there are."""
    lacks = missing(record)
    if not lacks:
        return
    told = "; ".join(f"case {one.case_number}: {one.what}" if one.case_number else one.what for one in lacks[:SHOWN])
    more = f"; and {len(lacks) - SHOWN} more" if len(lacks) > SHOWN else ""
    raise NotYet(f"Can't approve the record of the meeting: {told}{more}.")


def _of_meeting(record: Record) -> Iterator[str]:
    if not _said(record.chairperson):
        yield f"the chairperson is missing ({CHAIR})"
    members = [one for one in record.present if one.how != "guest" and one.seat not in LEAD]
    if not any(one.came for one in members):
        yield f"no member of the team is recorded as present ({RECORD})"
    if uncalled := sum(not one.called for one in members):
        yield f"the roll call of {uncalled} member{'s' if uncalled > 1 else ''} is missing ({RECORD})"
    for at, one in enumerate(record.present, start=1):
        who, section = ("guest", GUESTS) if one.how == "guest" else ("member", RECORD)
        for what in ("name", "position"):
            if one.came and not _said(getattr(one, what)):
                yield f"the {what} of the {who} in line {at} of the roll call is missing ({section})"


def _of_case(part: CasePart) -> Iterator[str]:
    if part.outcome == "deferred":
        if not _said(part.deferred_because):
            yield "why the case was deferred is missing"
        return
    if not _said(part.victim):
        yield f"the name of the alleged victim is missing ({RECORD})"
    if not _said(part.perpetrator):
        yield f"the name of the alleged perpetrator is missing; write “{UNKNOWN}” if nobody knows it ({RECORD})"
    if not any(_said(one.text) for one in part.decisions):
        yield f"the decision or recommendation is missing ({RECORD})"
    if not all(_said(one.provider) for one in _statements(part)):
        yield f"who provided a statement is missing ({PROVIDED})"
    if not any(_said(one.need + one.provider) for one in part.services) and not _said(part.no_services_because):
        yield f"the support services are missing, or why there are none ({RECORD})"


def _statements(part: CasePart) -> Iterator[Item]:
    """What was said of the case, the dissents among it."""
    yield from part.items
    for decided in part.decisions:
        yield from decided.dissent


def _said(text: str) -> bool:
    """Whether there is a letter or a digit in it, of any alphabet."""
    return any(map(str.isalnum, text))


# Its canonical text. ----------------------------------------------------------------------------------------------------------


def to_text(record: Record) -> str:
    """The canonical text: JSON, its keys sorted, instants in UTC. The same record has the same text, always."""
    return _canonical(record.model_dump())


def from_text(text: str) -> Record:
    """The record that the text was made of, exactly. Raises `Tampered` if it is the text of none."""
    try:
        return Record.model_validate_json(text)
    except ValidationError:
        raise Tampered(NOT_AS_WRITTEN) from None


def part_text(record: Record, case_id: str) -> str:
    """One case's part with the head of the meeting, canonical; nothing of another case, and no amendment.

    Raises `NotFound` if the meeting did not have that case.
    """
    part = next((one for one in record.cases if one.case_id == case_id), None)
    if part is None:
        raise NotFound("There is no such case in the record of this meeting.")
    return _canonical({"head": record.model_dump(include=set(HEAD)), "case": part.model_dump()})


def digest(record: Record) -> str:
    """SHA-256, in hexadecimal, of the canonical text without its amendments: what is approved is what is sealed."""
    return sha256(to_text(record.model_copy(update={"amendments": ()})).encode()).hexdigest()


def _canonical(values: dict[str, Any]) -> str:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


# What may be disclosed. -------------------------------------------------------------------------------------------------------


def disclosable(part: CasePart, allowed: frozenset[str]) -> tuple[CasePart, int]:
    """The part with those items alone whose id is `allowed`, and how many were left out (§ 17a-106a(i)).

    Allowed is what its provider consented to, what a court ordered, or what the Constitution of the state requires.
    """
    decisions = tuple(one.model_copy(update={"dissent": _kept(one.dissent, allowed)}) for one in part.decisions)
    kept = part.model_copy(update={"items": _kept(part.items, allowed), "decisions": decisions})
    return kept, _count(part) - _count(kept)


def _kept(items: tuple[Item, ...], allowed: frozenset[str]) -> tuple[Item, ...]:
    return tuple(one for one in items if one.id in allowed)


def _count(part: CasePart) -> int:
    return sum(1 for _ in _statements(part))
