"""The keys, wrapped: none of them opens anything without the key-encryption key, which is never in the database."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime


class WrappingKey(SQLModel, table=True):
    """A key-encryption key that is or was in use, known by its id alone. `proof` opens only under the right one."""

    __tablename__ = "wrapping_key"

    id: str = Field(primary_key=True, max_length=16)
    proof: bytes
    made_at: datetime = Field(sa_type=UTCDateTime)


class CaseKey(SQLModel, table=True):
    """A case's data key and the key of its commitments, wrapped under `wrapping_key`."""

    __tablename__ = "case_key"

    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
    wrapping_key: str = Field(foreign_key="wrapping_key.id", index=True, max_length=16)
    wrapped: bytes


class HouseKey(SQLModel, table=True):
    """A key that belongs to no case, wrapped: for blind indexes, drafts, second factors, and signing the daily head."""

    __tablename__ = "house_key"

    name: str = Field(primary_key=True, max_length=16)
    wrapping_key: str = Field(foreign_key="wrapping_key.id", index=True, max_length=16)
    wrapped: bytes


class BlindIndex(SQLModel, table=True):
    """A truncated keyed token of a child's name, by which she is found and not known; see `mdt.store.blind`.

    The key is in the order in which it is looked through, and the table is nothing but that index.
    """

    __tablename__ = "blind_index"
    __table_args__ = {"sqlite_with_rowid": False}

    kind: str = Field(primary_key=True, max_length=16)
    token: int = Field(primary_key=True)
    case_id: str = Field(primary_key=True, foreign_key="cases.id", max_length=32)
