"""What happened, who recorded it, what must still be carried to the flows, and who was told.

Events and ledger rows are only ever added: triggers refuse anything else in both databases. The
ledger is a hash chain a case; its row's hash covers the row before and a digest of everything the act wrote.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime, json_type

# The few facts that the gap ledger of a year begins with (`mdt.board.gaps`), as its queries say it.
_TELLS_OF_GAPS = text("fact IN ('provider declined', 'provider waitlisted', 'service ended')")
_REDATED = text("fact = 'fact re-dated'")


class EventRow(SQLModel, table=True):
    """That a fact happened; see `mdt.facts.Event`. `act` is the version of the case that recorded it."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        CheckConstraint("happened_at <= recorded_at", name="nothing_is_recorded_before_it_happens"),
        Index("event_gaps", "happened_at", "case_id", sqlite_where=_TELLS_OF_GAPS, postgresql_where=_TELLS_OF_GAPS),
        Index("event_redated", "recorded_at", "case_id", sqlite_where=_REDATED, postgresql_where=_REDATED),
    )

    id: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(foreign_key="cases.id", max_length=32)
    seq: int
    act: int
    fact: str = Field(max_length=64)
    about: str | None = Field(default=None, max_length=80)
    happened_at: datetime = Field(sa_type=UTCDateTime)
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    by: str = Field(max_length=32)
    data: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))


class LedgerRow(SQLModel, table=True):
    """One act on one case. `command` was made by whoever asked: the same one again is answered as done."""

    __tablename__ = "ledger"
    __table_args__ = (Index("ledger_at", "at"),)

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    version: int = Field(primary_key=True)
    command: str = Field(unique=True, max_length=64)
    act: str = Field(max_length=64)
    by: str = Field(max_length=32)
    at: datetime = Field(sa_type=UTCDateTime)
    digest: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class Outbox(SQLModel, table=True):
    """A case whose new facts have not been carried to the flows yet. Taken under a lease, deleted when done."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", max_length=32)
    made_at: datetime = Field(sa_type=UTCDateTime)
    taken_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    taken_by: str | None = Field(default=None, max_length=64)


class Notice(SQLModel, table=True):
    """That an actor is to be told something: a kind, a step, never a word about the child. `mark` makes it happen once."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("case_id", "mark"),
        Index("notice_unseen", "to_actor", "made_at", sqlite_where=text("seen_at IS NULL"),
              postgresql_where=text("seen_at IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", max_length=32)
    kind: str = Field(max_length=32)
    mark: str = Field(max_length=160)
    step: str = Field(default="", max_length=64)
    to_actor: str = Field(max_length=64)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
