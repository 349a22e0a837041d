"""The links by which a provider answers without an account, and how often they were tried. No token is kept here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


class AnswerLink(SQLModel, table=True):
    """A link for one service referral, to be answered once. `id` is a digest of the token that only its holder knows."""

    __tablename__ = "answer_link"
    __table_args__ = (Index("answer_link_of", "case_id", "need"),)

    id: str = Field(primary_key=True, max_length=64)
    case_id: str = Field(foreign_key="cases.id", max_length=32)
    need: str = Field(max_length=64)
    provider: str = Field(max_length=40)
    referral: str = Field(max_length=32)
    issued_at: datetime = Field(sa_type=UTCDateTime)
    issued_by: str = Field(foreign_key="person.id", max_length=32)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    opened: int = 0
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AnswerTry(SQLModel, table=True):
    """That somebody came with a token. `link` is None where there is no such link: what was guessed is not kept."""

    __tablename__ = "answer_try"
    __table_args__ = (Index("answer_try_failed", "failed", "at"), Index("answer_try_link", "link", "at"))

    id: int | None = Field(default=None, primary_key=True)
    link: str | None = Field(default=None, max_length=64)
    failed: bool
    at: datetime = Field(sa_type=UTCDateTime)
