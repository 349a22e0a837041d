"""The directory of services: what came by the standard as it came, what was said of it here, and one row to search by.

None of it is about a child. Where a confidential service is stands in objects that are `hidden`, and nowhere else.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime, json_type


class DirectoryObject(SQLModel, table=True):
    """An object of the standard (`mdt.exchange.hsds`) with every field that it came with, known or not.

    `owner`: the id of what it belongs to first; `place`: where it stood among those of its kind; `hidden`: it tells, or may
    tell, where a confidential service is, so it is neither shown nor given away.
    """

    __tablename__ = "directory_object"
    __table_args__ = (Index("directory_object_owner", "owner", "kind"),)

    kind: str = Field(primary_key=True, max_length=32)
    id: str = Field(primary_key=True, max_length=36)
    owner: str = Field(default="", max_length=36)
    place: int = 0
    hidden: bool = False
    data: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))


class DirectoryProvider(SQLModel, table=True):
    """The short code by which consents and service referrals name an organisation. Once given it stays."""

    __tablename__ = "directory_provider"

    organization_id: str = Field(primary_key=True, max_length=36)
    code: str = Field(unique=True, max_length=40)


class DirectoryService(SQLModel, table=True):
    """A service as it is searched for (`mdt.directory.Service`): a projection, never set by hand.

    `came`: what the standard's objects say; `own`: what was said of it here, which goes before and which no import changes.
    Lists stand between bars. `need_bits`: a bit a need, in the order of `mdt.directory_entry.NEEDS`.
    """

    __tablename__ = "directory_service"
    __table_args__ = (Index("directory_service_provider", "provider"),)

    id: str = Field(primary_key=True, max_length=36)
    provider: str = Field(max_length=40)
    name: str
    provider_name: str
    status: str = Field(max_length=32)
    needs: str
    need_bits: int
    minimum_age: int | None = None
    maximum_age: int | None = None
    languages: str
    interprets: str
    areas: str
    available: int | None = None
    maximum: int | None = None
    capacity_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    assured_on: date | None = None
    email: str
    phone: str
    url: str
    refer: str
    confidential: bool = False
    came: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    own: dict[str, Any] = Field(sa_column=Column(json_type, nullable=False))
    changed_by: str | None = Field(default=None, max_length=32)
    changed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class DirectoryArea(SQLModel, table=True):
    """An area that a service serves, to look it up by; a service that tells none has one row with an empty area."""

    __tablename__ = "directory_area"

    area: str = Field(primary_key=True, max_length=64)
    service_id: str = Field(primary_key=True, foreign_key="directory_service.id", max_length=36)
