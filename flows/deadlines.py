"""The sweep: what fell due, what is overdue, what runs out, who has not answered; each told once. And the day's signed head."""

from __future__ import annotations

from prefect import flow, get_run_logger

from flows import ground
from mdt.casework import heads
from mdt.casework.sweep import sweep


@flow(name="deadlines", retries=3, retry_delay_seconds=5)
def deadlines() -> int:
    """Tell everyone what time has done since the last sweep, and sign the day's head if it has none; how many notices."""
    store, now = ground.store(), ground.now()
    swept = sweep(store, now)
    heads.sign(store, now)
    told = swept.overdue + swept.late + swept.running_out + swept.chased
    get_run_logger().info("%s notices made, %s cases sent to the compensation flow", told, swept.lost)
    return told
