"""The lines of meetings' agendas: a projection of cases' events, so that an agenda is one query."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


class AgendaLineRow(SQLModel, table=True):
    """See `mdt.agenda_lines.AgendaLine`."""

    __tablename__ = "agenda_line"

    line: str = Field(primary_key=True, max_length=64)
    case_id: str = Field(foreign_key="cases.id", index=True, max_length=32)
    meeting: str = Field(index=True, max_length=64)
    state: str = Field(max_length=16)
    at: datetime = Field(sa_type=UTCDateTime)
    put_at: datetime = Field(sa_type=UTCDateTime)
    recorded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
