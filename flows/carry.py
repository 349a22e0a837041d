"""The carrier: takes what is pending from the outbox and calls the flows, in process, one case or many at a time.

Several carriers may run; none carries a row that another holds. While Prefect is away the rows wait, nothing is lost.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING

import httpx
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows import ground
from flows.deadlines import deadlines
from flows.route import route_referral, route_referrals
from mdt.errors import Busy
from mdt.store import outbox

if TYPE_CHECKING:
    from mdt.store import Store

MOST = 500  # rows taken at once
ALONE = 2  # so few are carried each in a run of its own name
IDLE, AWAY, HEALTH = 0.25, 1.0, 2.0  # seconds between looks, while Prefect is away, and to wait for its answer
HERE = socket.gethostname()
log = logging.getLogger("mdt.carrier")


def carry() -> None:
    """Carry until stopped."""
    # A run's heartbeat thread is joined at its end and costs a second; our runs are shorter than one beat.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        store, me = ground.store(), f"{HERE}:{os.getpid()}"
        free_the_dead(store)
        swept = False
        while True:
            pending = outbox.waiting(store) > 0
            if (pending or not swept) and not prefect_answers():
                time.sleep(AWAY)
                continue
            if not swept:
                swept = sweep_once()
            time.sleep(0 if pending and carry_some(store, me) else IDLE)


def carry_some(store: Store, me: str) -> int:
    """Take some rows and carry their cases; how many rows were taken.

    While Prefect is away the rows are free again at once. A case that fails by itself is ours until the lease ends, so that it
    neither stops the others nor fails without pause.
    """
    try:
        taken = outbox.take(store, me, ground.now(), MOST)
        if taken:
            carried = _carried(list(dict.fromkeys(row.case_id for row in taken)))
            outbox.done(store, [row for row in taken if row.case_id in carried], me)
            if not prefect_answers():
                outbox.give_back(store, taken, me)
    except Busy:
        return 0
    return len(taken)


def _carried(case_ids: list[str]) -> set[str]:
    """Those of the cases that were carried; a run that fails is tried again in halves, down to single cases."""
    if _run(case_ids):
        return set(case_ids)
    if len(case_ids) == 1 or not prefect_answers():
        return set()
    middle = len(case_ids) // 2
    return _carried(case_ids[:middle]) | _carried(case_ids[middle:])


def _run(case_ids: list[str]) -> bool:
    try:
        if len(case_ids) > ALONE:
            route_referrals(case_ids)
        else:
            for case_id in case_ids:
                route_referral(case_id)
    except Exception as failure:  # noqa: BLE001  # whatever it was, the rows stay and are carried later
        log.warning("Not carried, to be tried again: %s", type(failure).__name__)
        return False
    return True


def sweep_once() -> bool:
    """The sweep on starting: time has passed while nobody carried. Whether it ran."""
    try:
        deadlines()
    except Exception as failure:  # noqa: BLE001  # the schedule runs it again within the hour
        log.warning("The sweep did not run: %s", type(failure).__name__)
        return False
    return True


def prefect_answers() -> bool:
    """Whether the Prefect server is there."""
    try:
        return httpx.get(f"{PREFECT_API_URL.value()}/health", timeout=HEALTH).is_success
    except httpx.HTTPError:
        return False


def free_the_dead(store: Store) -> int:
    """Free what carriers of this machine held who are no longer alive."""
    gone = [by for by in outbox.takers(store) if by.startswith(f"{HERE}:") and not _is_alive(int(by.rpartition(":")[2]))]
    return outbox.release(store, gone) if gone else 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
