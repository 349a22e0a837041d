"""Who is drawn into a case, who looked at what, the signed daily heads, and what somebody was typing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime, json_type


class Involved(SQLModel, table=True):
    """A person or an agency drawn into a case: a projection of its events (`mdt.circle`). `until`: emergency access ends."""

    __tablename__ = "involved"
    __table_args__ = (Index("involved_who", "who", "how", "case_id"),)

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    who: str = Field(primary_key=True, max_length=64)
    how: str = Field(primary_key=True, max_length=16)
    until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AccessRow(SQLModel, table=True):
    """That somebody read what names a child, took an export, was refused, or used a privilege; never what she read.

    A hash chain for each case, and one, "house", for what belongs to none; see `mdt.store.trace`. Only ever added to.
    """

    __tablename__ = "access_log"
    __table_args__ = (Index("access_log_by", "by", "at"), Index("access_log_at", "at"))

    chain: str = Field(primary_key=True, max_length=32)
    n: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    by: str = Field(max_length=32)
    act: str = Field(max_length=32)
    count: int = 1
    detail: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class DailyHead(SQLModel, table=True):
    """One signature a day over the heads of all chains; exported, it shows what the database's owner could hide."""

    __tablename__ = "daily_head"

    n: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    chains: int
    root: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    signature: str = Field(max_length=128)


class Draft(SQLModel, table=True):
    """What a person was typing into a form, sealed; offered back after a time-out, a reload or a crash."""

    __tablename__ = "draft"

    person_id: str = Field(primary_key=True, foreign_key="person.id", max_length=32)
    form: str = Field(primary_key=True, max_length=200)
    case_id: str | None = Field(default=None, foreign_key="cases.id", max_length=32)
    saved_at: datetime = Field(sa_type=UTCDateTime)
    sealed: bytes
