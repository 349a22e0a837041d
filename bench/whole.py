"""`mdt run` as a person starts it: how soon it answers, and what it takes of the machine at rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from bench.measure import Row, folder
from mdt.supervised import ROOT, answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 120.0  # seconds
SETTLE, IDLE = 30.0, 60.0  # seconds
MB = 1_000_000


def run() -> list[Row]:
    """Start it in a new home, wait for both, let it settle, watch it for a minute, stop it."""
    with folder() as home:
        environment = os.environ | {"MDT_HOME": str(home)}
        with (home / "out").open("wb") as out:
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "mdt.cli", "run"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        try:
            board, prefect = _when_ready(home, began)
            time.sleep(SETTLE)
            all_of_it = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            memory, before = sum(one.memory_full_info().pss for one in all_of_it), _busy(all_of_it)
            time.sleep(IDLE)
            busy = _busy(all_of_it) - before
        finally:
            process.terminate()
            process.wait(PATIENCE)
    return [
        Row("until the board answers", board, "s"),
        Row("until Prefect answers", prefect, "s"),
        Row("memory of everything together (proportional set)", memory / MB, "MB", most=1000),
        Row("processor at rest, of one core", busy / IDLE * 100, "%", most=5),
    ]


def _when_ready(home: Path, began: float) -> tuple[float, float]:
    where = home / "run.lock"
    _until(lambda: where.exists() and where.read_text(encoding="utf-8").endswith("}"))
    board, prefect = json.loads(where.read_text(encoding="utf-8"))["urls"]
    at: dict[str, float] = {}
    for url in (f"{board}/_stcore/health", f"{prefect}/api/health"):
        _until(lambda url=url: answers(url))
        at[url] = time.perf_counter() - began
    first, second = at.values()
    return first, second


def _until(so: Callable[[], bool]) -> None:
    began = time.perf_counter()
    while not so():
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError
        time.sleep(0.05)


def _busy(processes: list[psutil.Process]) -> float:
    times = [one.cpu_times() for one in processes if one.is_running()]
    return sum(t.user + t.system for t in times)
