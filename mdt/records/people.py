"""Who uses this: staff of the agencies, how each signs in, and her sittings. Nobody here is a child or a family member."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


class Person(SQLModel, table=True):
    """Someone who may sign in: a role and an agency. What she works for stands in `Membership`."""

    __tablename__ = "person"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    role: str = Field(max_length=32)
    agency: str = Field(max_length=64)
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Membership(SQLModel, table=True):
    """A district, an office or a team that a person works for; "*" is the whole state. None: she sees no case by it."""

    __tablename__ = "membership"

    person_id: str = Field(primary_key=True, foreign_key="person.id", max_length=32)
    kind: str = Field(primary_key=True, max_length=16)
    name: str = Field(primary_key=True, max_length=64)


class Account(SQLModel, table=True):
    """How a person signs in: a password with a second factor, or the subject that an identity provider vouches for.

    `password` is an argon2 hash; `second_factor` is sealed; `last_step` is the last code's time step: none counts twice.
    """

    __tablename__ = "account"

    person_id: str = Field(primary_key=True, foreign_key="person.id", max_length=32)
    login: str = Field(unique=True, max_length=120)
    password: str | None = Field(default=None, max_length=200)
    second_factor: bytes | None = None
    last_step: int = 0
    subject: str | None = Field(default=None, unique=True, max_length=64)
    locked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)


class Failure(SQLModel, table=True):
    """A sign-in that failed; enough of them within the window lock the account."""

    __tablename__ = "failure"
    __table_args__ = (Index("failure_of", "login", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=120)
    at: datetime = Field(sa_type=UTCDateTime)


class Sitting(SQLModel, table=True):
    """From signing in to signing out. `id` is a digest of the token that only the person's own session holds."""

    __tablename__ = "sitting"

    id: str = Field(primary_key=True, max_length=64)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    how: str = Field(max_length=16)
    began_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Cover(SQLModel, table=True):
    """That a colleague looks after a person's clocks for a time. It shows her no case that is not hers to see anyway."""

    __tablename__ = "cover"

    person_id: str = Field(primary_key=True, foreign_key="person.id", max_length=32)
    from_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    colleague_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    until_at: datetime = Field(sa_type=UTCDateTime)
