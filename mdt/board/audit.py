"""The auditor's search over both ledgers. Staff are named, children never; each search is logged before it is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, cast, func, literal, null, select, union_all

from mdt import access
from mdt.access import PROVIDER
from mdt.casework import ACT, heads
from mdt.casework.check import check
from mdt.casework.opening import IMPORT, RECEIVE
from mdt.errors import NotAllowed
from mdt.law.period import start_of_day
from mdt.records.base import json_type
from mdt.records.tables import ACCESS_LOG, CASES, LEDGER, PEOPLE
from mdt.store import trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy import FromClause, Select, Table

    from mdt.access import Viewer
    from mdt.casework.check import Report
    from mdt.store import Store

PAGE = 50
ON_CASES, LOOKS = "acts", "access"  # the two ledgers
SYSTEM = access.SYSTEM
NUMBER = re.compile(r"\d{4}-\d{5,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is empty narrows nothing. `person` is an id, `act` a key, the days are Connecticut's."""

    person: str = ""
    number: str = ""
    act: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def codes(self) -> dict[str, str]:
        """What the access log keeps of the search."""
        number = self.number if NUMBER.fullmatch(self.number) else ""  # whatever else was typed there may be a name
        named = {"person": self.person, "number": number, "act": self.act, "kind": self.kind}
        days = {"first": str(self.first or ""), "last": str(self.last or "")}
        return {name: value for name, value in (named | days).items() if value and trace.is_code(value)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of either ledger, for people. `detail` holds its codes."""

    at: datetime
    kind: str
    person: str
    number: str
    act: str
    count: int
    detail: dict[str, Any]


def refuse_unless_auditor(viewer: Viewer) -> None:
    """Raise `NotAllowed` for anybody else."""
    if not access.may_look_into(viewer, "the ledgers"):
        raise NotAllowed("The ledgers are open to auditors alone.")


def search(store: Store, viewer: Viewer, wanted: Wanted, now: datetime, *, first: int = 0, most: int = PAGE) -> list[Entry]:
    """Rows of both ledgers, the newest first. Raises `NotAllowed`."""
    log_search(store, viewer, now, wanted.codes)
    with store.read() as connection:
        return [_entry(row) for row in connection.execute(_found(wanted, first, most)).mappings()]


def count(store: Store, viewer: Viewer, wanted: Wanted) -> int:
    """How many rows a search finds. Raises `NotAllowed`."""
    refuse_unless_auditor(viewer)
    tables = {LOOKS: (ACCESS_LOG, ACCESS_LOG.c.chain), ON_CASES: (LEDGER, LEDGER.c.case_id)}
    of = [pair for kind, pair in tables.items() if wanted.kind in ("", kind)]
    with store.read() as connection:
        counts = (select(func.count()).select_from(table).where(*narrowed(table, chain, wanted)) for table, chain in of)
        return sum(connection.execute(each).scalar_one() for each in counts)


def log_search(store: Store, viewer: Viewer, now: datetime, codes: Mapping[str, str]) -> None:
    """Log that she looked, and for what. Raises `NotAllowed`."""
    refuse_unless_auditor(viewer)
    with store.write() as connection:
        trace.append(connection, viewer.id, "ledger searched", now, detail=codes)


def _found(wanted: Wanted, first: int, most: int) -> Select[Any]:
    # Each ledger gives its newest rows by itself, so that the database need not put both in order.
    tables = {LOOKS: ACCESS_LOG, ON_CASES: LEDGER}
    of = [_newest(table, wanted, first + most) for kind, table in tables.items() if wanted.kind in ("", kind)]
    both = union_all(*(select(newest) for newest in of)).subquery()
    return (
        select(both, PEOPLE.c.name, CASES.c.number)
        .join_from(both, PEOPLE, PEOPLE.c.id == both.c.by, isouter=True)
        .join(CASES, CASES.c.id == both.c.chain, isouter=True)
        .order_by(both.c.at.desc(), both.c.chain, both.c.n.desc())
        .offset(first)
        .limit(most)
    )


def _newest(table: Table, wanted: Wanted, most: int) -> FromClause:
    columns: tuple[ColumnElement[Any], ...]
    if table is ACCESS_LOG:
        columns = (table.c.chain, table.c.n, table.c.count, table.c.detail, literal(LOOKS))
    else:
        columns = (table.c.case_id, table.c.version, literal(1), cast(null(), json_type), literal(ON_CASES))
    named = [c.label(name) for c, name in zip(columns, ("chain", "n", "count", "detail", "kind"), strict=True)]
    statement = select(table.c.at, table.c.by, table.c.act, *named).where(*narrowed(table, columns[0], wanted))
    return statement.order_by(table.c.at.desc(), columns[0], columns[1].desc()).limit(most).subquery()


def narrowed(table: Table, chain: ColumnElement[str], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """The clauses on the rows of a ledger, whose column `chain` tells the case."""
    if wanted.person:
        yield table.c.by == wanted.person
    if wanted.number:
        yield chain == select(CASES.c.id).where(CASES.c.number == wanted.number).scalar_subquery()
    if wanted.act:
        yield table.c.act == wanted.act
    if wanted.first:
        yield table.c.at >= start_of_day(wanted.first)
    if wanted.last:
        yield table.c.at < start_of_day(wanted.last + timedelta(days=1))


def _entry(row: Mapping[Any, Any]) -> Entry:
    person = row["name"] or unnamed(row["by"])
    return Entry(row["at"], row["kind"], person, row["number"] or "", title(row["act"]), row["count"], row["detail"] or {})


def unnamed(by: str) -> str:
    """Whoever has no row of her own among the people."""
    return {SYSTEM.id: SYSTEM.name, PROVIDER: "A provider, by a link"}.get(by, by)


def title(act: str) -> str:
    """An act of either ledger, for people."""
    return ACT[act].title if act in ACT else act.replace("_", " ").capitalize()


def acts() -> dict[str, str]:
    """Every act that the ledgers may hold, with its title, in order of the title."""
    return dict(sorted(((key, title(key)) for key in {*ACT, *trace.ACTS, RECEIVE.key, IMPORT}), key=lambda pair: pair[1]))


def persons(store: Store, viewer: Viewer) -> dict[str, str]:
    """Everybody who ever might sign in, by id, in order of the name."""
    refuse_unless_auditor(viewer)
    with store.read() as connection:
        rows = connection.execute(select(PEOPLE.c.id, PEOPLE.c.name).order_by(PEOPLE.c.name, PEOPLE.c.id))
        return {SYSTEM.id: SYSTEM.name, PROVIDER: unnamed(PROVIDER)} | {row.id: row.name for row in rows}


def verify(store: Store, viewer: Viewer, now: datetime, head: bytes | None = None) -> Report:
    """`mdt.casework.check` for an auditor; that she did it, and how many faults it found, is logged. Raises `NotAllowed`."""
    refuse_unless_auditor(viewer)
    report = check(store, head)
    found = {"cases": report.cases, "chains": report.chains, "faults": len(report.faults)}
    with store.write() as connection:
        trace.append(connection, viewer.id, "ledger verified", now, detail=found)
    return report


def last_signed(store: Store, viewer: Viewer) -> datetime | None:
    """When the last head was signed, if one was. Raises `NotAllowed`."""
    refuse_unless_auditor(viewer)
    with store.read() as connection:
        head = heads.last(connection)
    return head.at if head else None
