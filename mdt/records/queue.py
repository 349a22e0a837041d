"""Two projections of the events, rewritten with them: each report's place in the queue, and which cases belong together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


class QueueRow(SQLModel, table=True):
    """See `mdt.queue.Line`."""

    __tablename__ = "queue"
    __table_args__ = (Index("queue_state", "state", "received_at", "case_id"), Index("queue_taken", "taken_by", "state"))

    report_id: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(foreign_key="cases.id", index=True, max_length=32)
    state: str = Field(max_length=16)
    received_at: datetime = Field(sa_type=UTCDateTime)
    classification: str | None = Field(default=None, max_length=32)
    taken_by: str | None = Field(default=None, max_length=32)
    alike: int


class LinkRow(SQLModel, table=True):
    """See `mdt.links.Link`. The row lies with the case whose ledger holds it; it is asked for in both directions."""

    __tablename__ = "link"
    __table_args__ = (Index("link_other", "other", "how", "case_id"),)

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    other: str = Field(primary_key=True, max_length=32)
    how: str = Field(primary_key=True, max_length=16)
    score: float | None = None
