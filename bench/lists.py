"""The lists people look at, with ten and with a hundred thousand cases: against raw SQL on the same tables (goal G5)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bench import referrals
from bench.measure import ROUNDS, Row, folder, p50, p95, timed
from bench.steps import act
from mdt.access import Viewer
from mdt.board import overview, work
from mdt.board.overview import Filters
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mdt.store import Store

FEW, MANY = 10_000, 100_000
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TAKEN_IN = datetime(2026, 6, 30, 12, tzinfo=UTC)
AGAIN = 20  # times each list is read a round
ACTED_ON = 40  # cases
EVERYONE = Viewer("bench", "Supervisor B", "intake supervisor", "DCF", offices=frozenset({"*"}))
OWNERS = ("DCF", "mandated reporter", "police")

OVERDUE_CARDS = "SELECT * FROM cases WHERE law_due_at < ? ORDER BY law_due_at LIMIT 50"
OVERDUE_STEPS = (
    "SELECT task.*, cases.number, cases.age, cases.district, cases.room FROM task JOIN cases ON cases.id = task.case_id "
    "WHERE force IN ('shall', 'shall try') AND due_at IS NOT NULL AND due_at < ? ORDER BY due_at LIMIT 50"
)
Work = dict[str, "Callable[[], object]"]


def filled(file: Path, cases: int) -> tuple[Store, list[str]]:
    """A store with so many cases and the ids of some that wait for an act."""
    store = open_store(f"sqlite:///{file}")
    store.create()
    referrals.take(store, referrals.many(cases - ACTED_ON), TAKEN_IN)
    waiting = referrals.take(store, iter(referrals.grave(ACTED_ON)), TAKEN_IN)
    return store, waiting


def _ours(store: Store) -> Work:
    return {
        "overdue cards": partial(overview.cards, store, EVERYONE, Filters(overdue=True), NOW),
        "overdue steps": partial(work.waiting, store, EVERYONE, OWNERS, NOW, which="overdue"),
        "board": partial(_board, store),
        "tally": partial(work.tally, store, EVERYONE, OWNERS, NOW),
        "open steps": partial(work.waiting, store, EVERYONE, OWNERS, NOW),
    }


def _board(store: Store) -> None:
    overview.columns(store, EVERYONE, Filters(), NOW)
    overview.cards(store, EVERYONE, Filters(), NOW)


def _limit(file: Path) -> Work:
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA cache_size=-65536")
    now = (f"{NOW:%Y-%m-%d %H:%M:%S}.000000",)
    return {
        "overdue cards": lambda: raw.execute(OVERDUE_CARDS, now).fetchall(),
        "overdue steps": lambda: raw.execute(OVERDUE_STEPS, now).fetchall(),
    }


def _medians(what: Work) -> dict[str, float]:
    for one in what.values():
        one()
    return {name: p50(timed([one] * AGAIN)) for name, one in what.items()}


def run() -> list[Row]:
    """Both sizes, limit and ours by turns; then acts among ten thousand cases."""
    found: dict[int, list[tuple[dict[str, float], dict[str, float]]]] = {}
    with folder() as here:
        stores = {cases: filled(here / f"{cases}.db", cases) for cases in (FEW, MANY)}
        for _ in range(ROUNDS):
            for cases, (store, _ids) in stores.items():
                found.setdefault(cases, []).append((_medians(_limit(here / f"{cases}.db")), _medians(_ours(store))))
        store, waiting = stores[FEW]
        acts = timed(partial(act, store, case, n) for case in waiting for n in range(5))
        for store, _ids in stores.values():
            store.close()
    an_act = Row("an act among 10,000 cases, p95", p95(acts) * 1000, "ms", most=300)
    return [*_against_limit(found), *_flatness(found), *_board_times(found), an_act]


def _against_limit(found: dict[int, list[tuple[dict[str, float], dict[str, float]]]]) -> list[Row]:
    return [
        row
        for cases, rounds in found.items()
        for name in ("overdue cards", "overdue steps")
        for row in (
            Row(f"{name}, first 50 of {cases:,} cases: limit", p50([limit[name] for limit, _ in rounds]) * 1000, "ms"),
            Row(f"{name}, first 50 of {cases:,} cases: ours", p50([ours[name] for _, ours in rounds]) * 1000, "ms"),
            Row(f"{name}, {cases:,} cases: ours ÷ limit", p50([ours[name] / limit[name] for limit, ours in rounds]), most=4),
        )
    ]


def _flatness(found: dict[int, list[tuple[dict[str, float], dict[str, float]]]]) -> list[Row]:
    pairs = list(zip(found[FEW], found[MANY], strict=True))
    return [
        Row(f"{name}: 100,000 ÷ 10,000 cases", p50([many[name] / few[name] for (_, few), (_, many) in pairs]), most=1.5)
        for name in ("overdue cards", "overdue steps")
    ]


def _board_times(found: dict[int, list[tuple[dict[str, float], dict[str, float]]]]) -> list[Row]:
    return [
        Row(f"{name}, {cases:,} cases", p50([ours[name] for _, ours in rounds]) * 1000, "ms")
        for name in ("board", "open steps", "tally")
        for cases, rounds in found.items()
    ]
