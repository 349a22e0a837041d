"""`mdt check`: the projection is what the events say, and the ledger is whole, for every case."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from mdt.casework import pages
from mdt.facts import live
from mdt.records.tables import CASES, EVENT_COLUMNS, EVENTS, LEDGER, NARRATIVES, TASKS
from mdt.store import ledger
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mdt.store import Store

AT_ONCE = 500


@dataclass(slots=True)
class Report:
    """What a check found: how many cases it looked at, and the first faults, by case id and row."""

    cases: int = 0
    faults: list[str] = field(default_factory=list)


def check(store: Store) -> Report:
    """Recompute every case from its events, and every hash of its ledger."""
    report = Report()
    with store.read() as connection:
        for ids in _batches(connection):
            rows = {t.name: _rows(connection, t, ids) for t in (CASES, EVENTS, LEDGER, NARRATIVES, TASKS)}
            for case_id in ids:
                report.cases += 1
                report.faults += _faults({name: found.get(case_id, []) for name, found in rows.items()}, case_id)
    return report


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


def _faults(rows: dict[str, list[dict[str, Any]]], case_id: str) -> list[str]:
    (case,) = rows["cases"]
    # What the events say means nothing once somebody else has written them.
    return [*_ledger_faults(rows, case, case_id)] or [*_projection_faults(rows, case, case_id)]


def _ledger_faults(rows: dict[str, list[dict[str, Any]]], case: dict[str, Any], case_id: str) -> Iterator[str]:
    previous = ledger.FIRST
    for n, row in enumerate(rows["ledger"], 1):
        events = [e for e in rows["event"] if e["act"] == row["version"]]
        ids = {e["id"] for e in events}
        words = [w for e in events for w in sorted(rows["narrative"], key=lambda w: w["field"]) if w["event_id"] == e["id"]]
        whole = row["version"] == n and row["previous"] == previous and row["digest"] == ledger.digest(events, words)
        if not whole or row["hash"] != ledger.link(row) or not ids:
            yield f"case {case_id}: ledger row {n} does not hold what was recorded"
            return
        previous = row["hash"]
    if case["head"] != previous or case["version"] != len(rows["ledger"]) or case["events"] != len(rows["event"]):
        yield f"case {case_id}: the ledger is shorter or longer than the case says"


def _projection_faults(rows: dict[str, list[dict[str, Any]]], case: dict[str, Any], case_id: str) -> Iterator[str]:
    history = live(pages.event_from(tuple(e[c.name] for c in EVENT_COLUMNS)) for e in rows["event"])
    tasks = open_tasks(history)
    derived = {(t.step, t.about): pages.task_row(case_id, t) for t in tasks}
    stored = {(t["step"], t["about"]): t for t in rows["task"]}
    if derived != stored:
        yield f"case {case_id}: the task list is not what its events say"
    if any(case[name] != value for name, value in pages.projection(history, tasks).items()):
        yield f"case {case_id}: the board's row is not what its events say"
