"""Where files of referrals come from, and how the columns of each source are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime, json_type


class ImportSource(SQLModel, table=True):
    """A source by its name, with the mapping that somebody confirmed last. Names of columns, never a cell."""

    __tablename__ = "import_source"

    name: str = Field(primary_key=True, max_length=64)
    mapping: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    changed_by: str = Field(max_length=32)
    changed_at: datetime = Field(sa_type=UTCDateTime)
