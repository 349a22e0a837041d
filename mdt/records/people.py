"""Who uses this: staff of the agencies. Nobody here is a child or a family member."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """Someone who signs in: a role, an agency, and the district or office she works for (empty: all)."""

    __tablename__ = "person"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    role: str = Field(max_length=32)
    agency: str = Field(max_length=64)
    district: str | None = Field(default=None, max_length=32)
    office: str | None = Field(default=None, max_length=32)
