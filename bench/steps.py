"""Recording one decision: five steps a case, each one durable transaction (goals G1 and G2)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bench import referrals
from bench.limit import FACTS, Limit
from bench.measure import ROUNDS, Row, folder, p50, p95, ratio, timed
from bench.spiff import Spiff
from mdt.casework import ACT, carry_out
from mdt.records.tables import REPORTS
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mdt.store import Store

CASES = 100
RECEIVED = datetime(2026, 3, 2, 14, tzinfo=UTC)
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("classify_report", {"classification": "other"}),
    ("commence_investigation", {}),
    ("notify_police", {}),
    ("identify_victim", {"band": "high", "note": "What the child told"}),
    ("complete_investigation", {}),
)


def new_store(url: str, cases: int = CASES) -> tuple[Store, list[tuple[str, str]]]:
    """A fresh database with grave referrals in it, and the ids of its cases and their reports."""
    store = open_store(url)
    store.create()
    referrals.take(store, iter(referrals.grave(cases)), RECEIVED)
    with store.read() as connection:
        return store, [(row[0], row[1]) for row in connection.execute(select(REPORTS.c.case_id, REPORTS.c.id))]


def act(store: Store, case: str, n: int) -> None:
    """One act through the real door, its form read as a page reads it."""
    key, given = ACTS[n]
    at = RECEIVED + timedelta(minutes=10 * (n + 1))
    form = ACT[key].form.model_validate({"happened_at": at, **given})
    carry_out(store, case, ACT[key], form, by=referrals.WORKER, now=at, command=f"{case}/{n}")


def each(cases: int, do: Callable[[int, int], None]) -> Iterator[Callable[[], None]]:
    """Every step of every case, one after the other."""
    for case in range(cases):
        for n in range(len(ACTS)):
            yield lambda case=case, n=n: do(case, n)


def limit_times(file: Path) -> list[float]:
    """Bare SQL on SQLite."""
    store, made = new_store(f"sqlite:///{file}")
    store.close()
    raw = sqlite3.connect(file, isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        raw.execute(f"PRAGMA {pragma}")
    limit = Limit(raw.execute, "BEGIN IMMEDIATE")
    times = timed(each(CASES, lambda case, n: limit.step(*made[case], n)))
    raw.close()
    return times


def our_times(url: str) -> list[float]:
    """The real door."""
    store, made = new_store(url)
    times = timed(each(CASES, lambda case, n: act(store, made[case][0], n)))
    store.close()
    return times


def spiff_times(file: Path) -> list[float]:
    """The peer."""
    spiff = Spiff(file, [fact for fact, *_ in FACTS], CASES)
    times = timed(each(CASES, spiff.step))
    spiff.close()
    return times


def run() -> list[Row]:
    """Limit, ours, peer on the embedded database."""
    rounds: list[tuple[list[float], list[float], list[float]]] = []
    with folder() as here:
        our_times(f"sqlite:///{here / 'warm.db'}")
        for n in range(ROUNDS):
            ours = (f"sqlite:///{here / f'ours-{n}.db'}",)
            rounds.append((limit_times(here / f"limit-{n}.db"), our_times(*ours), spiff_times(here / f"peer-{n}.db")))
    middle = [[p50(times) for times in kind] for kind in zip(*rounds, strict=True)]
    total = [[sum(times) for times in kind] for kind in zip(*rounds, strict=True)]
    everything = [t for _, ours, _ in rounds for t in ours]
    return [
        *(Row(f"{name}, p50", p50(m) * 1000, "ms") for name, m in zip(("limit", "ours", "SpiffWorkflow"), middle, strict=True)),
        Row("ours, p95", p95(everything) * 1000, "ms"),
        Row("ours", CASES * len(ACTS) / p50(total[1]), "a second"),
        Row("p50: ours ÷ limit", ratio(middle[1], middle[0]), most=4),
        Row("p50: ours ÷ SpiffWorkflow", ratio(middle[1], middle[2]), most=0.6),
        Row("ours: p95 ÷ p50", p50([p95(o) / p50(o) for _, o, _ in rounds]), most=3),
        Row("throughput of one writer: ours ÷ limit", ratio(total[0], total[1]), least=0.25),
        Row("throughput of one writer: ours ÷ SpiffWorkflow", ratio(total[2], total[1]), least=1.5),
    ]
