"""Teams, the towns each serves, who sits on them, and when they meet.

A team serves towns, so that one district may have several.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import NaiveDatetime
from sqlalchemy import CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime, json_type

TAKES_PLACE = text("state <> 'cancelled'")  # at the time of a meeting that was cancelled another may be set


class Team(SQLModel, table=True):
    """A multidisciplinary team (§ 17a-106a(b))."""

    __tablename__ = "team"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(unique=True, max_length=80)
    judicial_district: str = Field(max_length=32)


class TeamTown(SQLModel, table=True):
    """The team that serves a town; one at a time."""

    __tablename__ = "team_town"

    town: str = Field(primary_key=True, max_length=64)
    team_id: str = Field(foreign_key="team.id", max_length=32)


class Member(SQLModel, table=True):
    """Who fills a seat of § 17a-106a(c), or is the team's chairperson or coordinator, from when until when.

    Ended, never deleted.

    `seat` is a name of `mdt.team.SEATS` or `OFFICES`; `standing` says whether she is the member, her designee or an alternate.
    `person_id` is there if she signs in here; otherwise her name alone is known.
    """

    __tablename__ = "member"
    __table_args__ = (Index("member_of_team", "team_id", "until_on"), Index("member_person", "person_id"))

    id: str = Field(primary_key=True, max_length=32)
    team_id: str = Field(foreign_key="team.id", max_length=32)
    seat: str = Field(max_length=32)
    standing: str = Field(max_length=16)
    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=32)
    name: str = Field(max_length=120)
    position: str = Field(max_length=120)
    agency: str = Field(max_length=64)
    mail: str = Field(default="", max_length=120)
    from_on: date
    until_on: date | None = None


class MeetingSeries(SQLModel, table=True):
    """When a team meets: a recurrence rule of RFC 5545 and the first meeting, on Connecticut's wall clock (`mdt.series`)."""

    __tablename__ = "meeting_series"

    id: str = Field(primary_key=True, max_length=32)
    team_id: str = Field(foreign_key="team.id", index=True, max_length=32)
    rule: str = Field(max_length=120)
    first: NaiveDatetime  # local and naive: what the wall clock says
    minutes: int
    place: str = Field(default="", max_length=120)
    on_holiday: str = Field(max_length=16)
    from_on: date
    until_on: date | None = None


class Meeting(SQLModel, table=True):
    """A team's sitting; all from `starts_at` on is projected from its entries, never set by hand.

    `version` counts its entries and `head` is the hash of the last one, 0 and empty before the first.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        Index("meeting_of_team", "team_id", "starts_at", unique=True, sqlite_where=TAKES_PLACE, postgresql_where=TAKES_PLACE),
        CheckConstraint("state IN ('set', 'open', 'held', 'recorded', 'cancelled')", name="state_is_known"),
    )

    id: str = Field(primary_key=True, max_length=32)
    team_id: str = Field(foreign_key="team.id", max_length=32)
    series_id: str | None = Field(default=None, foreign_key="meeting_series.id", max_length=32)
    special: bool = False
    starts_at: datetime = Field(sa_type=UTCDateTime)
    minutes: int = 120
    place: str = Field(default="", max_length=120)
    sequence: int = 0
    state: str = Field(default="set", max_length=16)
    version: int = 0
    head: str = Field(default="", max_length=64)


class MeetingEntry(SQLModel, table=True):
    """That something happened about a meeting; see `mdt.meeting.Entry`. A hash chain a meeting, like a case's ledger.

    `words` is sealed: the name of a guest, a reason. `command` makes it happen once.
    """

    __tablename__ = "meeting_entry"

    meeting_id: str = Field(primary_key=True, foreign_key="meeting.id", max_length=32)
    n: int = Field(primary_key=True)
    command: str = Field(unique=True, max_length=64)
    happening: str = Field(max_length=32)
    by: str = Field(max_length=32)
    at: datetime = Field(sa_type=UTCDateTime)
    data: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    words: bytes | None = None
    commitment: str = Field(default="", max_length=64)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)
