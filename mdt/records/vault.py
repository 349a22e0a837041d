"""The advocates' vault (§ 52-146k): tables of a database of its own, under keys of its own. The main database has none of it.

A folder is what one agency keeps on one case. Its entries are only ever added and form a hash chain; so does the log of each
agency. What is written is sealed under the folder's own key: whoever destroys that key has erased the folder.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from mdt.records.base import UTCDateTime
from mdt.records.tables import HOUSE_KEYS, WRAPPING_KEYS

if TYPE_CHECKING:
    from sqlalchemy import Table


class InVault(SQLModel, registry=registry()):
    """A table of the vault."""


vault_metadata = InVault.metadata
for _of_keys in (WRAPPING_KEYS, HOUSE_KEYS):
    _of_keys.to_metadata(vault_metadata)  # of the same form, in another database


class VaultFolder(InVault, table=True):
    """One agency's notes on one case: their key, wrapped (nothing once erased), and the length and head of their chain.

    `seal` is keyed by the folder's own key, so that whoever shortens the chain cannot say that it was never longer.
    """

    __tablename__ = "vault_folder"

    agency: str = Field(primary_key=True, max_length=64)
    case_id: str = Field(primary_key=True, max_length=32)
    wrapping_key: str | None = Field(default=None, foreign_key="wrapping_key.id", index=True, max_length=16)
    wrapped: bytes
    entries: int
    head: str = Field(max_length=64)
    seal: str = Field(max_length=64)


class VaultEntry(InVault, table=True):
    """A note, or what became of one: a correction, a withdrawal, a release. `about` names the note."""

    __tablename__ = "vault_entry"
    __table_args__ = (UniqueConstraint("agency", "case_id", "n"),)

    id: str = Field(primary_key=True, max_length=32)
    agency: str = Field(max_length=64)
    case_id: str = Field(max_length=32)
    n: int
    what: str = Field(max_length=16)
    about: str | None = Field(default=None, max_length=32)
    author: str = Field(max_length=32)
    written_at: datetime = Field(sa_type=UTCDateTime)
    sealed: bytes
    commitment: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class VaultLogRow(InVault, table=True):
    """Who read or wrote which note of an agency, or was refused; never a word of one."""

    __tablename__ = "vault_log"

    agency: str = Field(primary_key=True, max_length=64)
    n: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    by: str = Field(max_length=32)
    act: str = Field(max_length=32)
    case_id: str = Field(max_length=32)
    entry: str | None = Field(default=None, max_length=32)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class VaultLogHead(InVault, table=True):
    """The length and head of an agency's log, sealed under a key of the vault."""

    __tablename__ = "vault_log_head"

    agency: str = Field(primary_key=True, max_length=64)
    n: int
    head: str = Field(max_length=64)
    seal: str = Field(max_length=64)


class VaultDraft(InVault, table=True):
    """What an advocate was typing, sealed under the folder's key: her own, and nowhere else."""

    __tablename__ = "vault_draft"

    person_id: str = Field(primary_key=True, max_length=32)
    agency: str = Field(primary_key=True, max_length=64)
    case_id: str = Field(primary_key=True, max_length=32)
    form: str = Field(primary_key=True, max_length=64)
    saved_at: datetime = Field(sa_type=UTCDateTime)
    sealed: bytes


def _table(name: str) -> Table:
    return vault_metadata.tables[name]


FOLDERS, ENTRIES, LOG, LOG_HEADS, VAULT_DRAFTS = map(
    _table, ("vault_folder", "vault_entry", "vault_log", "vault_log_head", "vault_draft")
)
