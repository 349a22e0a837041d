"""kill -9 of the carrier at any moment: the next one finishes, and nothing is done twice or left out."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from mdt import settings
from mdt.access import Viewer
from mdt.casework import intake
from mdt.casework.check import check
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.records import tables
from mdt.store import outbox
from tests import making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdt.store import Store
    from tests.prefect_server import Server

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]
BY = Viewer("import", "File import", "intake worker", "DCF")
MANY, KILLS, PATIENCE = 300, 3, 60.0


@pytest.fixture
def store() -> Iterator[Store]:
    """The database of the settings, in the time of the clock."""
    store = making.made(settings.database_url())
    yield store
    store.close()


def take_in(store: Store) -> None:
    now = datetime.now(UTC)
    received = f"{(now - timedelta(minutes=5)).astimezone(EASTERN):%Y-%m-%d %H:%M}"
    rows = [(n, making.row(report_no=f"R-{n}", received_at=received)) for n in range(MANY)]
    assert len(intake.receive_rows(store, rows, by=BY, now=now).taken) == MANY


@contextmanager
def carrier(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """A carrier of its own, killed outright at the end of the block."""
    environment = server.environment | {"MDT_HOME": str(settings.home())}
    with (settings.home() / "carrier.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "flows"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def placed(store: Store) -> Counter[str]:
    """How often each case was placed."""
    query = select(tables.EVENTS.c.case_id, func.count()).where(tables.EVENTS.c.fact == Fact.CASE_PLACED.value)
    with store.read() as connection:
        return Counter(dict(map(tuple, connection.execute(query.group_by(tables.EVENTS.c.case_id)))))


def told(store: Store) -> list[tuple[str, ...]]:
    """Every notice: its case, what it tells of, and whom."""
    notices = tables.NOTICES.c
    with store.read() as connection:
        rows = connection.execute(select(notices.case_id, notices.kind, notices.step, notices.to_actor))
        return sorted(map(tuple, rows))


def test_a_carrier_that_is_killed_again_and_again_does_everything_once(store: Store, server: Server) -> None:
    chance = random.Random(20261121)
    take_in(store)
    done = [0]  # cases placed, after each kill
    for _ in range(KILLS):
        with carrier(server):
            until(lambda: bool(outbox.takers(store)) or outbox.waiting(store) == 0)
            have = done[-1]
            until(lambda have=have: placed(store).total() > have or outbox.waiting(store) == 0)
            time.sleep(chance.uniform(0, 0.1))
        done.append(placed(store).total())
    assert 0 < done[1] < MANY
    with carrier(server):
        until(lambda: outbox.waiting(store) == 0)
    assert placed(store) == dict.fromkeys(placed(store), 1)
    assert len(placed(store)) == MANY
    notices = told(store)
    assert len(set(notices)) == len(notices)
    each = Counter(notice[1:] for notice in notices)
    assert set(each.values()) == {MANY}
    assert check(store).faults == []
