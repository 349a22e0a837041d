"""A meeting of the team, from its being set to its approved record: what happened about it, and what follows from that.

Like a case's history it is only added to; how the meeting stands (`Course`) is derived from it. What is said and decided of a
case is no part of it: that belongs to the case (`mdt.review`, `mdt.provided`).
`mdt.convening` says what is recorded, and when not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Happening(StrEnum):
    """Every kind of thing that can happen about a meeting."""

    SET = "meeting set"
    MOVED = "meeting moved"
    CANCELLED = "meeting cancelled"
    INVITED = "invitations sent"
    GUEST_INVITED = "guest invited"
    GUEST_WITHDRAWN = "guest withdrawn"
    PROPOSED = "agenda proposed"
    ARRANGED = "agenda arranged"
    EXCUSED = "said not to come"
    COMES_AFTER_ALL = "comes after all"
    ACCEPTED = "confidentiality accepted"
    PACKET_OPENED = "packet opened"
    OPENED = "meeting opened"
    CAME = "came"
    STAYED_AWAY = "did not come"
    CALLED = "case called"
    ADJOURNED = "meeting adjourned"
    APPROVED = "record approved"


H = Happening


@dataclass(frozen=True, slots=True)
class Entry:
    """That something happened about a meeting: the `n`th thing, by whom, when. `words` may name a guest or give a reason."""

    n: int
    happening: Happening
    by: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guest:
    """An expert or another person whom the team invites for some lines (§ 17a-106a(c)). `person`: her id, if she signs in."""

    id: str
    name: str
    position: str
    agency: str
    person: str
    lines: tuple[str, ...]
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line as the agenda holds it: for how long, and whether it is discussed in full."""

    line: str
    treatment: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Course:
    """How a meeting stands. `came` says of each who was called, by the id of her holding or as a guest, whether she came.

    `state` is set, open, held, recorded or cancelled; `sequence` counts its changes of date or place, as invitations do.
    """

    starts_at: datetime
    minutes: int
    place: str
    special: bool = False
    sequence: int = 0
    state: str = "set"
    guests: Mapping[str, Guest] = field(default_factory=dict)
    lines: tuple[Placed, ...] = ()
    excused: frozenset[str] = frozenset()
    accepted: Mapping[str, datetime] = field(default_factory=dict)
    came: Mapping[str, bool] = field(default_factory=dict)
    packets: tuple[tuple[str, datetime], ...] = ()
    invited_at: datetime | None = None
    proposed_at: datetime | None = None
    called: str = ""
    called_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    digest: str = ""
    because: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it is to end, or ended."""
        return self.ended_at or self.starts_at + timedelta(minutes=self.minutes)


def course(entries: Sequence[Entry]) -> Course:
    """How the meeting stands after these entries, the first of which set it."""
    first = entries[0]
    now = Course(_instant(first.data["starts_at"]), first.data["minutes"], first.data["place"], first.data["special"])
    for entry in entries[1:]:
        now = _AFTER[entry.happening](now, entry)
    return now


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moved(now: Course, e: Entry) -> Course:
    where = {"starts_at": _instant(e.data["starts_at"]), "minutes": e.data["minutes"], "place": e.data["place"]}
    return replace(
        _under_new_lines(now, e.data.get("lines", {})), **where, sequence=now.sequence + 1, invited_at=None, excused=frozenset()
    )


def _under_new_lines(now: Course, new: Mapping[str, str]) -> Course:
    """The agenda as it was arranged, and whom the guests come for, where cases stand under new lines on the new day."""
    lines = tuple(replace(one, line=new.get(one.line, one.line)) for one in now.lines)
    guests = {key: replace(g, lines=tuple(new.get(line, line) for line in g.lines)) for key, g in now.guests.items()}
    return replace(now, lines=lines, guests=guests)


def _cancelled(now: Course, e: Entry) -> Course:
    return replace(now, state="cancelled", sequence=now.sequence + 1, because=e.words.get("reason", ""))


def _guest_invited(now: Course, e: Entry) -> Course:
    guest = Guest(
        e.data["guest"], e.words.get("name", ""), e.words.get("position", ""), e.data["agency"], e.data.get("person", ""),
        tuple(e.data["lines"]), e.words.get("mail", ""),
    )  # fmt: skip
    return replace(now, guests={**now.guests, guest.id: guest})


def _guest_withdrawn(now: Course, e: Entry) -> Course:
    return replace(now, guests={key: guest for key, guest in now.guests.items() if key != e.data["guest"]})


def _arranged(now: Course, e: Entry) -> Course:
    lines = tuple(Placed(one["line"], one["treatment"], one["minutes"]) for one in e.data["lines"])
    return replace(now, lines=lines, proposed_at=e.at if e.happening is H.PROPOSED else now.proposed_at)


def _came(now: Course, e: Entry) -> Course:
    return replace(now, came={**now.came, e.data["who"]: e.happening is H.CAME})


_AFTER: dict[Happening, Callable[[Course, Entry], Course]] = {
    H.MOVED: _moved,
    H.CANCELLED: _cancelled,
    H.INVITED: lambda now, e: replace(now, invited_at=e.at),
    H.GUEST_INVITED: _guest_invited,
    H.GUEST_WITHDRAWN: _guest_withdrawn,
    H.PROPOSED: _arranged,
    H.ARRANGED: _arranged,
    H.EXCUSED: lambda now, e: replace(now, excused=now.excused | {e.data["who"]}),
    H.COMES_AFTER_ALL: lambda now, e: replace(now, excused=now.excused - {e.data["who"]}),
    H.ACCEPTED: lambda now, e: replace(now, accepted={**now.accepted, e.data["who"]: e.at}),
    H.PACKET_OPENED: lambda now, e: replace(now, packets=(*now.packets, (e.by, e.at))),
    H.OPENED: lambda now, e: replace(now, state="open", opened_at=e.at),
    H.CAME: _came,
    H.STAYED_AWAY: _came,
    H.CALLED: lambda now, e: replace(now, called=e.data["line"], called_at=e.at),
    H.ADJOURNED: lambda now, e: replace(now, state="held", ended_at=e.at, called="", called_at=None),
    H.APPROVED: lambda now, e: replace(now, state="recorded", approved_at=e.at, approved_by=e.by, digest=e.data["digest"]),
}


def packet_is_open(now_stands: Course, now: datetime) -> bool:
    """Whether packets can be opened: neither cancelled nor recorded, and the standard's hours after it have not passed."""
    within = load().standard("packet-expires").within
    assert within is not None  # noqa: S101  # the standard is a period
    return now_stands.state not in ("cancelled", "recorded") and now <= within.end(now_stands.ends_at).due
