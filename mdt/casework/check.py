"""`mdt check`: every projection is what the events say, every ledger is whole, and the signed heads fit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from mdt.agenda_lines import lines_of
from mdt.casework import check_meetings, heads, pages, projecting
from mdt.casework.pinned import Pinned, Walk, head_faults
from mdt.circle import circle
from mdt.errors import Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.links import links
from mdt.queue import lines
from mdt.records.tables import (
    ACCESS_LOG,
    AGENDA_LINES,
    CASES,
    CHILDREN,
    EVENT_COLUMNS,
    EVENTS,
    INVOLVED,
    LEDGER,
    LINKS,
    NARRATIVES,
    QUEUE,
    REPORTS,
    TASKS,
)
from mdt.store import keys, ledger, sealed, trace
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.store import Store
    from mdt.store.sealed import CaseKey

AT_ONCE = 500
TABLES = (CASES, CHILDREN, REPORTS, EVENTS, LEDGER, NARRATIVES, TASKS, INVOLVED, QUEUE, LINKS, AGENDA_LINES)


@dataclass(slots=True)
class Report:
    """What a check found: how many cases and chains it looked at, when the last head was signed, and the first faults.

    A fault names the case by its id, and the first row that is wrong.
    """

    cases: int = 0
    chains: int = 0
    signed_at: datetime | None = None
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        wrong = len(self.faults)
        looked = f"{_count(self.cases, 'case')}, {_count(self.chains, 'chain')} checked"
        return f"{looked}, {_count(wrong, 'fault') if wrong else 'no fault'}"

    def signed(self, now: datetime) -> str:
        """How old the last signed head is."""
        if self.signed_at is None:
            return "No head has been signed yet"
        hours = int((now - self.signed_at).total_seconds() // 3600)
        return f"Last head signed {_count(hours, 'hour')} ago" if hours else "Last head signed within the hour"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def check(store: Store, head: bytes | None = None) -> Report:
    """Recompute every case and meeting, and every hash of their chains and of the access log; look at the signed heads.

    With the file of an exported head, what was cut off, put back or written anew since shows too. Raises `BadFile` if it is
    none. A file that was altered is a fault, and nothing is held against it.
    """
    report, exported = Report(), None if head is None else heads.read(head)
    if exported and not heads.is_whole(exported):
        report.faults.append("the file of the exported head was altered after it was signed")
        exported = None
    with store.read() as connection:
        pins = Pinned(exported)
        last = heads.last(connection)
        report.signed_at = last.at if last else None
        report.faults += head_faults(connection, exported)
        _check_cases(connection, pins, report)
        _check_meetings(connection, pins, report)
        _check_logs(connection, pins, report)
        report.faults += pins.gone()
    return report


def _check_cases(connection: Connection, pins: Pinned, report: Report) -> None:
    for ids in _batches(connection):
        rows = {t.name: _rows(connection, t, ids) for t in TABLES}
        opened = keys.of(connection).cases(connection, ids)
        for case_id in ids:
            report.cases += 1
            report.chains += 1
            found = {name: of.get(case_id, []) for name, of in rows.items()}
            walk = Walk(heads.CASE, case_id, pins.take(heads.CASE, case_id))
            report.faults += _faults(found, case_id, walk) or _words_faults(found, opened.get(case_id), case_id)


def _check_meetings(connection: Connection, pins: Pinned, report: Report) -> None:
    for found in check_meetings.faults(connection, pins):
        report.chains += 1
        report.faults += found


def _check_logs(connection: Connection, pins: Pinned, report: Report) -> None:
    statement = select(ACCESS_LOG).order_by(ACCESS_LOG.c.chain, ACCESS_LOG.c.n).execution_options(yield_per=AT_ONCE)
    for chain, rows in groupby(connection.execute(statement).mappings(), key=lambda row: row["chain"]):
        report.chains += 1
        walk = Walk(heads.ACCESS, chain, pins.take(heads.ACCESS, chain))
        for row in rows:
            walk.step(row["n"], row["previous"], row["hash"], whole=row["hash"] == trace.link(dict(row)))
        report.faults += [fault] if (fault := walk.fault()) else []


def _batches(connection: Connection) -> Iterator[list[str]]:
    ids = list(connection.execute(select(CASES.c.id).order_by(CASES.c.id)).scalars())
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _rows(connection: Connection, table: Table, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    key = table.c.id if table is CASES else table.c.case_id
    order = {"event": "seq", "ledger": "version"}.get(table.name)
    statement = select(table).where(key.in_(ids)).order_by(key, *([table.c[order]] if order else []))
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    return {case_id: list(found) for case_id, found in groupby(rows, key=lambda row: row[key.name])}


def _faults(rows: dict[str, list[dict[str, Any]]], case_id: str, walk: Walk) -> list[str]:
    (case,) = rows["cases"]
    for row in rows["ledger"]:
        walk.step(row["version"], row["previous"], row["hash"], whole=_is_whole(rows, row))
    if fault := walk.fault():
        return [fault]  # what the events say means nothing once somebody else has written them
    if case["head"] != walk.previous or case["version"] != walk.rows or case["events"] != len(rows["event"]):
        return [f"case {case_id}: the ledger is shorter or longer than the case says"]
    return [*_projection_faults(rows, case, case_id)]


def _is_whole(rows: dict[str, list[dict[str, Any]]], row: dict[str, Any]) -> bool:
    """Whether a ledger row's hash is its own, and its digest that of all which the act wrote."""
    events = [e for e in rows["event"] if e["act"] == row["version"]]
    words = [w for e in events for w in sorted(rows["narrative"], key=lambda w: w["field"]) if w["event_id"] == e["id"]]
    covered = [*map(pages.covered_words, words), *(_founding(rows) if row["version"] == 1 else _added(rows, events))]
    return bool(events) and row["digest"] == ledger.digest(events, covered) and row["hash"] == ledger.link(row)


def _founding(rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    (case,), children = rows["cases"], rows["child"]
    reports = _reports_of(rows, [e for e in rows["event"] if e["act"] == 1])
    return [pages.founding_of(case, children[0], reports[0])] if len(children) == len(reports) == 1 else []


def _added(rows: dict[str, list[dict[str, Any]]], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(map(pages.covered_report, _reports_of(rows, events)))


def _reports_of(rows: dict[str, list[dict[str, Any]]], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reports that these events received; one that was typed in short has no row of its own."""
    received = {e["about"] for e in events if e["fact"] == Fact.REPORT_RECEIVED}
    return [r for r in rows["report"] if r["id"] in received]


def _words_faults(rows: dict[str, list[dict[str, Any]]], key: CaseKey | None, case_id: str) -> list[str]:
    """Whether what is sealed opens, and is what the ledger was committed to."""
    return [] if key and _opens(rows, key) else [f"case {case_id}: the name or the words kept are not what was written"]


def _opens(rows: dict[str, list[dict[str, Any]]], key: CaseKey) -> bool:
    unseal = {"child": sealed.unseal_child, "report": sealed.unseal_report, "narrative": sealed.unseal_words}
    try:
        for table, open_ in unseal.items():
            for row in rows[table]:
                open_(key, row)
    except Tampered:
        return False
    return True


def _projection_faults(rows: dict[str, list[dict[str, Any]]], case: dict[str, Any], case_id: str) -> Iterator[str]:
    events = [pages.event_from(tuple(e[c.name] for c in EVENT_COLUMNS)) for e in rows["event"]]
    history = live(events)
    tasks = open_tasks(history)
    derived = {(t.step, t.about): projecting.task_row(case_id, t) for t in tasks}
    stored = {(t["step"], t["about"]): t for t in rows["task"]}
    if derived != stored:
        yield f"case {case_id}: the task list is not what its events say"
    if any(case[name] != value for name, value in projecting.projection(history, tasks).items()):
        yield f"case {case_id}: the board's row is not what its events say"
    if circle(history, {}).drawn_in != {(i["who"], i["how"]): i["until"] for i in rows["involved"]}:
        yield f"case {case_id}: who is drawn in is not what its events say"
    if {q["report_id"]: q for q in rows["queue"]} != {q.report: projecting.queue_row(case_id, q) for q in lines(events)}:
        yield f"case {case_id}: its place in the queue is not what its events say"
    if _as_set(rows["agenda_line"]) != _as_set([projecting.agenda_row(case_id, line) for line in lines_of(history)]):
        yield f"case {case_id}: its agenda lines are not what its events say"
    if _as_set(rows["link"]) != _as_set([projecting.link_row(case_id, link) for link in links(history)]):
        yield f"case {case_id}: its links are not what its events say"


def _as_set(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {tuple(sorted(row.items())) for row in rows}
