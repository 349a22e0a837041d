"""Taking files in, and how soon the flows have carried what came: a real Prefect server and the real carrier."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bench import referrals
from bench.measure import Row, folder, p50, p95
from mdt.casework import ACT, carry_out
from mdt.casework.intake import receive_referral
from mdt.importing import import_file
from mdt.records.tables import TASKS
from mdt.referral import NewReferral
from mdt.run import HOST, children_environment
from mdt.store import outbox
from mdt.store.engine import shared
from mdt.supervised import ROOT, answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mdt.store import Store

PORT = 4297
MANY = 10_000
ACTS = 20
PATIENCE = 300.0  # seconds
GRACE = 5.0  # seconds
LOOK_EVERY = 0.02


@contextmanager
def _running(home: Path, *command: str) -> Iterator[None]:
    environment = children_environment(PORT) | {"MDT_HOME": str(home), "PREFECT_HOME": str(home / "prefect")}
    with (home / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.wait()


def _wait(until: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not until():
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError
        time.sleep(LOOK_EVERY)
    return time.perf_counter() - began


def _many(here: Path) -> Path:
    file = here / "many.csv"
    rows = [row for _, row in referrals.many(MANY)]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def _import(home: Path, file: Path) -> tuple[Store, float]:
    url = f"sqlite:///{home / 'mdt.db'}"
    began = time.perf_counter()
    import_file(url, file, home / "refused.csv", lambda: datetime.now(UTC))
    return shared(url), time.perf_counter() - began


def _carried(home: Path, file: Path, cases: str) -> list[Row]:
    """Import, then carry until nothing waits; the latency of single acts is measured on the same carrier."""
    home.mkdir()
    store, taken = _import(home, file)
    waited = outbox.waiting(store)
    with _running(home, "flows"):
        began = time.perf_counter()
        _wait(lambda: outbox.waiting(store) == 0)
        carried = time.perf_counter() - began
        latency = _latencies(store) if file == referrals.FILE else []
    store.close()
    limit = 15 if file == referrals.FILE else 60
    rows = [
        Row(f"{cases}: import", taken, "s"),
        Row(f"{cases}: carried, {waited} cases, the carrier's start included", carried, "s"),
        Row(f"{cases}: both", taken + carried, "s", most=limit),
    ]
    if latency:
        rows += [
            Row("one act to its consequence on the board, p50", p50(latency), "s", most=2),
            Row("one act to its consequence on the board, p95", p95(latency), "s", most=2),
        ]
    return rows


def _latencies(store: Store) -> list[float]:
    """From the act that identifies a victim to the case standing on an agenda."""
    return [_latency(store, n) for n in range(ACTS)]


def _latency(store: Store, n: int) -> float:
    at = datetime.now(UTC) - timedelta(hours=1)
    received = f"{at - timedelta(days=1):%Y-%m-%d} 09:00"
    form = NewReferral.model_validate({**referrals.GRAVE, "report_no": f"L-{n}", "received_at": received})
    case = receive_referral(store, form, by=referrals.WORKER, now=at)
    _wait(lambda: outbox.waiting(store) == 0)
    for key, given in (("classify_report", {"classification": "other"}), ("identify_victim", {"note": "What the child told"})):
        act = ACT[key]
        _wait(lambda: outbox.waiting(store) == 0)
        began = time.perf_counter()
        filled = act.form.model_validate({"happened_at": at, **given})
        carry_out(store, case, act, filled, by=referrals.WORKER, now=datetime.now(UTC), command=f"{case}/{key}")
    _wait(lambda: _is_on_an_agenda(store, case))
    return time.perf_counter() - began


def _is_on_an_agenda(store: Store, case: str) -> bool:
    tasks = TASKS
    found = select(func.count()).where(tasks.c.case_id == case, tasks.c.step == "hold-review")
    with store.read() as connection:
        return connection.execute(found).scalar_one() > 0


def run() -> list[Row]:
    """The file of the tests, then ten thousand rows."""
    with folder() as here:
        os.environ["MDT_HOME"] = str(here / "prefect-home")
        home = here / "prefect-home"
        home.mkdir()
        with _running(home, "prefect", "server", "start", "--host", HOST, "--port", str(PORT)):
            _wait(lambda: answers(f"http://{HOST}:{PORT}/api/health"))
            return [*_carried(here / "few", referrals.FILE, "241 rows"), *_carried(here / "many", _many(here), "10,000 rows")]
