"""A child's case: what the board needs without a name, and, in tables of their own, what names her."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from mdt.process import Room
from mdt.records.base import UTCDateTime, json_type

ROOMS = ", ".join(f"'{room.value}'" for room in Room)


class Case(SQLModel, table=True):
    """One child's matter. Nothing here names her; all from `room` on is projected from the events, never set by hand.

    `version` counts the ledger rows and `head` is the hash of the last one. `restricted` is the reason,
    as a code; `guarded`: it is restricted, or somebody declared a conflict. `unsafe`: so was it last said of contact;
    `consent_until` is the soonest last instant of a consent that a service rests on. `law_due_at` is the earliest last
    instant of an open duty: the case is overdue once it has passed. `next_*` tell of the soonest task, law or standard.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(f"room IN ({ROOMS})", name="room_is_a_position"),
        CheckConstraint("version >= 1 AND events >= version", name="version_counts_the_ledger"),
        # What is counted lies in an index whole: for everybody, for an office, for a district.
        Index("cases_counts", "room", "law_due_at", "before_team", "guarded", "team", "id"),
        Index("cases_of_office", "office", "law_due_at", "next_at", "id", "room", "guarded"),
        Index("cases_of_district", "district", "law_due_at", "next_at", "id", "room", "before_team", "guarded"),
        Index("cases_guarded", "id", sqlite_where=text("guarded IS 1"), postgresql_where=text("guarded IS true")),
        Index("cases_next", "next_at", "id"),
        Index("cases_overdue", "law_due_at", "next_at", "id", sqlite_where=text("law_due_at IS NOT NULL"),
              postgresql_where=text("law_due_at IS NOT NULL")),
    )  # fmt: skip

    id: str = Field(primary_key=True, max_length=32)
    number: str = Field(unique=True, max_length=16)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    version: int
    events: int
    head: str = Field(max_length=64)
    age: int | None = None
    team: str | None = Field(default=None, foreign_key="team.id", max_length=32)
    district: str | None = Field(default=None, max_length=32)
    region: int | None = None
    office: str | None = Field(default=None, max_length=32)
    room: str = Field(max_length=16)
    tracks: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    may_close: bool
    open_tasks: int
    law_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_at: datetime = Field(sa_type=UTCDateTime)
    next_step: str | None = Field(default=None, max_length=64)
    next_owner: str | None = Field(default=None, max_length=64)
    next_force: str | None = Field(default=None, max_length=16)
    waiting_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reviewed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    before_team: bool = False
    restricted: str | None = Field(default=None, max_length=64)
    guarded: bool = False
    unsafe: bool = False
    consent_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class Child(SQLModel, table=True):
    """Who the child is, each column sealed and bound into the ledger by `commitment`. Whoever reads this row reads a name."""

    __tablename__ = "child"

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    given_name: bytes
    family_name: bytes
    birthdate: bytes
    gender: bytes
    town: bytes
    address: bytes
    phone: bytes
    citizenship: bytes
    commitment: str = Field(max_length=64)


class Report(SQLModel, table=True):
    """A report as it was made of one child; `told` is sealed. Of several children it is told once each, `child_no` 1, 2, 3.

    `digest`, keyed, tells a repeat of it from another under the same number.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("report_no", "child_no"),)

    id: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(foreign_key="cases.id", index=True, max_length=32)
    report_no: str = Field(max_length=64)
    child_no: int = 1
    digest: str = Field(max_length=64)
    received_at: datetime = Field(sa_type=UTCDateTime)
    told: bytes
    commitment: str = Field(max_length=64)


class Narrative(SQLModel, table=True):
    """Words about a person, sealed, apart from the facts: the note of an event, a reporter's name, what was said."""

    __tablename__ = "narrative"

    event_id: str = Field(primary_key=True, foreign_key="event.id", max_length=32)
    field: str = Field(primary_key=True, max_length=64)
    case_id: str = Field(foreign_key="cases.id", index=True, max_length=32)
    text: bytes
    commitment: str = Field(max_length=64)


class Counter(SQLModel, table=True):
    """The last number given out, for case numbers a person can say over the phone."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=32)
    last: int
