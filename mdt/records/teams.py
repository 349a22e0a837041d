"""Teams, the towns each serves, and their meetings. A team serves towns, so that one district may have several teams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


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


class Meeting(SQLModel, table=True):
    """A team's sitting."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("team_id", "starts_at"),)

    id: str = Field(primary_key=True, max_length=32)
    team_id: str = Field(foreign_key="team.id", max_length=32)
    starts_at: datetime = Field(sa_type=UTCDateTime)
    place: str = Field(default="", max_length=120)
