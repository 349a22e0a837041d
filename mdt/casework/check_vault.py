"""`mdt check` of the advocates' vault: every folder's chain and every agency's log is whole, and what is sealed opens."""

from __future__ import annotations

import hmac
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.errors import SetupError, Tampered
from mdt.records.vault import ENTRIES, FOLDERS, LOG, LOG_HEADS
from mdt.store import vault as store_of
from mdt.store import vault_notes
from mdt.store.ledger import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.casework.check import Report
    from mdt.store.vault import Vault

Row = dict[str, Any]


def check(vault: Vault, report: Report) -> None:
    """Add to the report what is wrong with the vault; one that does not open is itself a fault."""
    try:
        vault.create()
        with vault.read() as connection:
            for fault in (*_folders(connection), *_logs(connection)):
                report.chains += 1
                report.faults += [fault] if fault else []
    except SetupError as refusal:
        report.faults.append(f"vault: {refusal}")


def _folders(connection: Connection) -> Iterator[str]:
    folders = connection.execute(select(FOLDERS).order_by(FOLDERS.c.agency, FOLDERS.c.case_id)).mappings().all()
    rows = connection.execute(select(ENTRIES).order_by(ENTRIES.c.agency, ENTRIES.c.case_id, ENTRIES.c.n)).mappings()
    by = groupby(map(dict, rows), key=lambda row: (row["agency"], row["case_id"]))
    entries = {of: list(found) for of, found in by}
    for folder in folders:
        fault = _folder_fault(connection, dict(folder), entries.pop((folder["agency"], folder["case_id"]), []))
        yield f"vault, case {folder['case_id']}: {fault}" if fault else ""
    yield from (f"vault, case {case_id}: entries without their folder" for _, case_id in entries)


def _folder_fault(connection: Connection, row: Mapping[str, Any], entries: Sequence[Row]) -> str:
    if fault := _chain_fault(entries, vault_notes.link, row["entries"], row["head"]):
        return fault
    if row["wrapping_key"] is None:  # erased: nobody can open it, and the chain is all there is
        return ""
    try:
        folder = store_of.opened(connection, row)
        for entry in entries:
            vault_notes.unsealed(folder.key, entry)
    except Tampered:
        return "a note or its key is not what was written"
    sealed_as = store_of.head_seal(folder.key, row["agency"], row["case_id"], row["entries"], row["head"])
    return "" if hmac.compare_digest(sealed_as, row["seal"]) else "the chain was cut off or written anew"


def _logs(connection: Connection) -> Iterator[str]:
    heads = {row["agency"]: dict(row) for row in connection.execute(select(LOG_HEADS)).mappings()}
    rows = connection.execute(select(LOG).order_by(LOG.c.agency, LOG.c.n)).mappings()
    logs = {agency: list(found) for agency, found in groupby(map(dict, rows), key=lambda row: row["agency"])}
    key = store_of.log_key(connection)
    for agency in sorted({*heads, *logs}):
        head = heads.get(agency, {"n": 0, "head": FIRST, "seal": ""})
        fault = _chain_fault(logs.get(agency, []), store_of.log_link, head["n"], head["head"])
        if not fault and not hmac.compare_digest(store_of.log_seal(key, agency, head["n"], head["head"]), head["seal"]):
            fault = "the chain was cut off or written anew"
        yield f"vault, log of {agency}: {fault}" if fault else ""


def _chain_fault(rows: Sequence[Row], link: Callable[[Row], str], length: int, head: str) -> str:
    previous = FIRST
    for n, row in enumerate(rows, 1):
        if row["n"] != n or row["previous"] != previous or row["hash"] != link(row):
            return f"row {n} is not what was written"
        previous = row["hash"]
    return "" if (len(rows), previous) == (length, head) else "the chain was cut off or written anew"
