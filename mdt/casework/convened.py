"""A meeting as its door and its screens read it: its row, its team, its entries, and who fills which seat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from mdt import access
from mdt.errors import NotFound, Tampered
from mdt.law.period import local_date
from mdt.meeting import Course, Entry, Happening, course
from mdt.records.tables import MEETING_ENTRIES, MEETINGS, MEMBERS, TEAMS
from mdt.store import keys, sealed
from mdt.team import Holding, on_the_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer

NO_SUCH_MEETING = "There is no such meeting, or it is none of a team of yours."


@dataclass(frozen=True)
class Sheet:
    """A meeting as it stands in this transaction. `held`: every seat and office of the team, ended ones too."""

    row: Mapping[str, Any]
    team: Mapping[str, Any]
    entries: Sequence[Entry]
    held: Sequence[Holding]

    @property
    def id(self) -> str:
        """The meeting's id."""
        return str(self.row["id"])

    @property
    def version(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    @cached_property
    def course(self) -> Course:
        """How it stands."""
        return course(self.entries)

    @cached_property
    def members(self) -> tuple[Holding, ...]:
        """Who fills a seat or leads the team on the day of the meeting."""
        return on_the_day(self.held, local_date(self.course.starts_at))

    def mine(self, viewer: Viewer) -> list[str]:
        """The ids of the viewer's own holdings on the day, seats before offices, and of her as a guest."""
        hers = [one for one in self.members if one.person == viewer.id]
        hers.sort(key=lambda one: one.seat in ("chairperson", "coordinator"))
        return [*(one.id for one in hers), *(g.id for g in self.course.guests.values() if g.person == viewer.id)]

    def known(self) -> set[str]:
        """The ids of everybody who may come."""
        return {*(one.id for one in self.members), *self.course.guests}

    def has_accepted(self, viewer: Viewer) -> bool:
        """Whether the viewer has accepted the confidentiality statement for this meeting."""
        return bool({viewer.id, *self.mine(viewer)} & set(self.course.accepted))


def sheet(connection: Connection, meeting_id: str, *, lock: bool = False) -> Sheet:
    """A meeting; with `lock`, nobody else records anything about it until the transaction ends. Raises `NotFound`."""
    asked = select(MEETINGS).where(MEETINGS.c.id == meeting_id)
    row = connection.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_MEETING)
    team = connection.execute(select(TEAMS).where(TEAMS.c.id == row["team_id"])).mappings().one()
    return Sheet(dict(row), dict(team), entries_of(connection, meeting_id), held_on(connection, row["team_id"]))


def entries_of(connection: Connection, meeting_id: str) -> tuple[Entry, ...]:
    """Every entry of a meeting, its words opened. Raises `Tampered`."""
    rows = connection.execute(
        select(MEETING_ENTRIES).where(MEETING_ENTRIES.c.meeting_id == meeting_id).order_by(MEETING_ENTRIES.c.n)
    ).mappings()
    found = [dict(row) for row in rows]
    key = words_key(connection) if any(row["words"] for row in found) else None
    return tuple(entry_from(row, key) for row in found)


def entry_from(row: Mapping[str, Any], key: sealed.CaseKey | None) -> Entry:
    """A stored entry. Raises `Tampered`, also if its words are not those that it is committed to."""
    if bool(row["words"]) != bool(row["commitment"]):
        raise Tampered(sealed.NOT_AS_WRITTEN)
    if row["words"] and key is None:
        raise Tampered(sealed.NOT_AS_WRITTEN)
    words = opened(row, key) if key and row["words"] else {}
    return Entry(row["n"], Happening(row["happening"]), row["by"], row["at"], row["data"], words)


def opened(row: Mapping[str, Any], key: sealed.CaseKey) -> dict[str, str]:
    """The words of an entry. Raises `Tampered`."""
    where = place_of(row["meeting_id"], row["n"])
    text = sealed.unseal(key, where, row["words"])
    if sealed.commitment(key, where, text) != row["commitment"]:
        raise Tampered(sealed.NOT_AS_WRITTEN)
    words: dict[str, str] = orjson.loads(text)
    return words


def place_of(meeting_id: str, n: int) -> str:
    """Where the words of an entry lie."""
    return sealed.place("meeting_entry", "words", f"{meeting_id}/{n}")


def words_key(connection: Connection) -> sealed.CaseKey:
    """The key of the words beside meetings' entries: one of the house."""
    return sealed.house_key(keys.of(connection).house(connection, "meetings"))


def held_on(connection: Connection, team_id: str) -> tuple[Holding, ...]:
    """Every seat and office of a team that somebody ever held."""
    rows = connection.execute(select(MEMBERS).where(MEMBERS.c.team_id == team_id).order_by(MEMBERS.c.from_on, MEMBERS.c.id))
    return tuple(holding_from(dict(row)) for row in rows.mappings())


def holding_from(row: Mapping[str, Any]) -> Holding:
    """A stored holding."""
    return Holding(
        row["id"], row["seat"], row["standing"], row["person_id"], row["name"], row["position"], row["agency"], row["mail"],
        row["from_on"], row["until_on"],
    )  # fmt: skip


def sits(viewer: Viewer, page: Sheet) -> bool:
    """Whether the viewer leads or serves the team, fills a seat of it on the day of the meeting, or is a guest."""
    return access.serves(viewer, page.team) or bool(page.mine(viewer))
