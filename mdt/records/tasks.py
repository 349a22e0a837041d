"""The open steps of every case: a projection of `tasks.open_tasks`, rewritten with the facts so that lists are one query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime

IS_DUTY = text("force IN ('shall', 'shall try') AND due_at IS NOT NULL")
IS_UNCONFIRMED = text("step = 'confirm-notice'")


class TaskRow(SQLModel, table=True):
    """See `mdt.tasks.Task`. The district, office and room are its case's: a worker's list joins them."""

    __tablename__ = "task"
    __table_args__ = (
        Index("task_overdue", "due_at", "opened_at", "case_id", sqlite_where=IS_DUTY, postgresql_where=IS_DUTY),
        Index("task_by_owner", "owner", "next_at"),
        Index("task_late", "target_at", sqlite_where=text("target_at IS NOT NULL"),
              postgresql_where=text("target_at IS NOT NULL")),
        Index("task_unconfirmed", "opened_at", sqlite_where=IS_UNCONFIRMED, postgresql_where=IS_UNCONFIRMED),
    )  # fmt: skip

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    step: str = Field(primary_key=True, max_length=64)
    about: str = Field(primary_key=True, max_length=64)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    opened_by: str = Field(max_length=32)
    started_at: datetime = Field(sa_type=UTCDateTime)
    owner: str = Field(max_length=64)
    assigned: str | None = Field(default=None, max_length=64)
    force: str = Field(max_length=16)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rolled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    target_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_at: datetime = Field(sa_type=UTCDateTime)
