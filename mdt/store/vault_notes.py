"""What lies in a folder of the vault: its entries, one chain; and what somebody was typing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, insert, select, update

from mdt.errors import Tampered
from mdt.records.vault import ENTRIES, FOLDERS, VAULT_DRAFTS
from mdt.store import sealed
from mdt.store.inserts import insert_into
from mdt.store.ledger import short
from mdt.store.vault import Folder, head_seal, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mdt.store.sealed import CaseKey


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was written; `told` holds its codes and words."""

    id: str
    n: int
    what: str
    about: str | None
    author: str
    written_at: datetime
    told: dict[str, str]


def entry_id(agency: str, case_id: str, command: str) -> str:
    """The id that the same command always gives: a repeat cannot make a second entry."""
    return short(f"{place_of(agency, case_id)}|{command}")


def add(connection: Connection, into: Folder, new: Entry) -> bool:
    """Add an entry to the folder's chain; False, and nothing is added, if it is there already."""
    there = select(ENTRIES.c.id).where(ENTRIES.c.id == new.id)
    if connection.execute(there).first() is not None:
        return False
    where, text = _where(into.agency, into.case_id, new.id), _in_order(new.told)
    n = into.entries + 1
    row = {
        "id": new.id, "agency": into.agency, "case_id": into.case_id, "n": n, "what": new.what,
        "about": new.about, "author": new.author, "written_at": new.written_at, "sealed": sealed.seal(into.key, where, text),
        "commitment": sealed.commitment(into.key, where, text), "previous": into.head,
    }  # fmt: skip
    into.entries, into.head = n, link(row)
    connection.execute(insert(ENTRIES).values(row | {"hash": into.head}))
    seal = head_seal(into.key, into.agency, into.case_id, into.entries, into.head)
    connection.execute(_of(into, update(FOLDERS), FOLDERS).values(entries=into.entries, head=into.head, seal=seal))
    return True


def entries(connection: Connection, of: Folder) -> list[Entry]:
    """Every entry of the folder, opened, in the order of its chain. Raises `Tampered`."""
    rows = connection.execute(_of(of, select(ENTRIES), ENTRIES).order_by(ENTRIES.c.n)).mappings()
    return [
        Entry(r["id"], r["n"], r["what"], r["about"], r["author"], r["written_at"], unsealed(of.key, dict(r))) for r in rows
    ]


def numbers(connection: Connection, agency: str, case_id: str) -> dict[str, str]:
    """What each entry of a folder is and its number, by its id; also of one that was erased."""
    hers = select(ENTRIES.c.id, ENTRIES.c.what, ENTRIES.c.n).where(ENTRIES.c.agency == agency, ENTRIES.c.case_id == case_id)
    return {row.id: f"{row.what} {row.n}" for row in connection.execute(hers)}


def agency_of(connection: Connection, note: str) -> str | None:
    """Whose note this is; None if there is no such note."""
    found: str | None = connection.execute(select(ENTRIES.c.agency).where(ENTRIES.c.id == note)).scalar_one_or_none()
    return found


def unsealed(key: CaseKey, row: Mapping[str, Any]) -> dict[str, str]:
    """What an entry tells. Raises `Tampered`, also if it is not what was committed to."""
    where = _where(row["agency"], row["case_id"], row["id"])
    text = sealed.unseal(key, where, row["sealed"])
    if sealed.commitment(key, where, text) != row["commitment"]:
        raise Tampered(sealed.NOT_AS_WRITTEN)
    told: dict[str, str] = orjson.loads(text)
    return told


def resealed(connection: Connection, of: Folder, anew: CaseKey) -> None:
    """Seal the folder's entries and drafts anew under another key; what was committed to stays."""
    for row in connection.execute(_of(of, select(ENTRIES), ENTRIES)).mappings().all():
        text = _in_order(unsealed(of.key, dict(row)))
        blob = sealed.seal(anew, _where(of.agency, of.case_id, row["id"]), text)
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == row["id"]).values(sealed=blob))
    for row in connection.execute(_of(of, select(VAULT_DRAFTS), VAULT_DRAFTS)).mappings().all():
        person, form = row["person_id"], row["form"]
        where = _draft_place(of, person, form)
        blob = sealed.seal(anew, where, sealed.unseal(of.key, where, row["sealed"]))
        connection.execute(_hers(_of(of, update(VAULT_DRAFTS), VAULT_DRAFTS), person, form).values(sealed=blob))


def link(row: Mapping[str, Any]) -> str:
    """The hash of an entry, that of the entry before included."""
    at: datetime = row["written_at"]
    parts = (row["agency"], row["case_id"], str(row["n"]), row["id"], row["what"], row["about"] or "", row["author"],
             at.isoformat(), row["commitment"], row["previous"])  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


# Drafts. ---------------------------------------------------------------------------------------------------------------


def keep_draft(connection: Connection, of: Folder, person: str, form: str, text: str, now: datetime) -> None:
    """Keep what she is typing, in place of what was kept before."""
    row = {"person_id": person, "agency": of.agency, "case_id": of.case_id, "form": form, "saved_at": now,
           "sealed": sealed.seal(of.key, _draft_place(of, person, form), text)}  # fmt: skip
    names = ["person_id", "agency", "case_id", "form"]
    added = insert_into(connection, VAULT_DRAFTS).values(row)
    anew = {name: row[name] for name in ("saved_at", "sealed")}
    connection.execute(added.on_conflict_do_update(index_elements=names, set_=anew))


def draft(connection: Connection, of: Folder, person: str, form: str) -> str:
    """What this person was typing; empty if nothing is kept. Raises `Tampered`."""
    found = _of(of, select(VAULT_DRAFTS.c.sealed), VAULT_DRAFTS)
    blob = connection.execute(_hers(found, person, form)).scalar_one_or_none()
    return "" if blob is None else sealed.unseal(of.key, _draft_place(of, person, form), blob)


def forget_draft(connection: Connection, of: Folder, person: str, form: str) -> None:
    """It was written, or is given up."""
    connection.execute(_hers(_of(of, delete(VAULT_DRAFTS), VAULT_DRAFTS), person, form))


def forget_drafts(connection: Connection, of: Folder) -> None:
    """None of the folder is kept any longer."""
    connection.execute(_of(of, delete(VAULT_DRAFTS), VAULT_DRAFTS))


def prune_drafts(connection: Connection, now: datetime, kept_for: timedelta) -> None:
    """Forget every draft that is older than that."""
    connection.execute(delete(VAULT_DRAFTS).where(VAULT_DRAFTS.c.saved_at <= now - kept_for))


def _hers(statement: Any, person: str, form: str) -> Any:  # noqa: ANN401  # a statement of any kind
    return statement.where(VAULT_DRAFTS.c.person_id == person, VAULT_DRAFTS.c.form == form)


def _of(of: Folder, statement: Any, table: Any) -> Any:  # noqa: ANN401
    return statement.where(table.c.agency == of.agency, table.c.case_id == of.case_id)


def _where(agency: str, case_id: str, entry: str) -> str:
    return sealed.place(ENTRIES.name, "sealed", f"{place_of(agency, case_id)}|{entry}")


def _draft_place(of: Folder, person: str, form: str) -> str:
    return sealed.place(VAULT_DRAFTS.name, "sealed", f"{place_of(of.agency, of.case_id)}|{person}|{form}")


def _in_order(told: Mapping[str, str]) -> str:
    return orjson.dumps(dict(told), option=orjson.OPT_SORT_KEYS).decode()
