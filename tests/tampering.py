"""What the owner of a database could do behind the product's back: take the guards away, then write what she likes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from mdt.casework import convene
from mdt.records import metadata
from mdt.store import ledger, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection

    from mdt.store import Store

    Rows = dict[str, list[dict[str, Any]]]

OF_THE_LOG, OF_THE_HEADS = ("access_log",), ("daily_head",)
OF_THE_CASES = tuple(t.name for t in metadata.sorted_tables if t.name not in (*OF_THE_LOG, *OF_THE_HEADS))
# How each chain's rows are linked, by table; and whose own row holds the last hash.
LINKS = {"ledger": ledger.link, "access_log": trace.link, "meeting_entry": convene.link}
OWN_ROWS = {"ledger": "cases", "meeting_entry": "meeting"}
TRIGGERS = "SELECT name, '' FROM sqlite_master WHERE type = 'trigger'"
TRIGGERS_PG = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


@contextmanager
def owner(store: Store) -> Iterator[Connection]:
    """The database's owner at work: no guard, no wall, and no reference that would be in the way until she is done."""
    with store.write() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET LOCAL ROLE NONE")
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for name, table in connection.exec_driver_sql(TRIGGERS if store.is_sqlite else TRIGGERS_PG).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}" + (f" ON {table}" if table else ""))
        yield connection


def tamper(store: Store, statements: str) -> None:
    """Run these statements, each of which must change something."""
    with owner(store) as connection:
        for statement in statements.split(";"):
            assert connection.exec_driver_sql(statement).rowcount > 0, statement


def copy(store: Store, tables: Iterable[str]) -> Rows:
    """Every row of these tables."""
    with store.read() as connection:
        return {t: [dict(r) for r in connection.execute(select(metadata.tables[t])).mappings()] for t in tables}


def put_back(store: Store, copied: Rows) -> None:
    """Make these tables what they were."""
    with owner(store) as connection:
        for name, rows in copied.items():
            connection.execute(delete(metadata.tables[name]))
            if rows:
                connection.execute(insert(metadata.tables[name]), rows)


def write_anew(store: Store, change: Callable[[list[dict[str, Any]]], None], table: str, of: str, chain: str) -> None:
    """Change a chain's rows and compute every hash of it anew; for a case's or a meeting's, its own row too."""
    rows = [r for r in copy(store, (table,))[table] if r[of] == chain]
    rows.sort(key=lambda r: r["version"] if table == "ledger" else r["n"])
    change(rows)
    previous = ledger.FIRST
    for row in rows:
        row["previous"] = previous
        previous = row["hash"] = LINKS[table](row)
    with owner(store) as connection:
        stored = metadata.tables[table]
        connection.execute(delete(stored).where(stored.c[of] == chain))
        connection.execute(insert(stored), rows)
        if table in OWN_ROWS:
            own = metadata.tables[OWN_ROWS[table]]
            connection.execute(own.update().where(own.c.id == chain).values(head=previous))
