"""The sweep: what fell due, what is overdue, what runs out, who has not answered; each told once."""

from __future__ import annotations

from prefect import flow, get_run_logger

from flows import ground
from mdt.casework.sweep import sweep


@flow(name="deadlines", retries=3, retry_delay_seconds=5)
def deadlines() -> int:
    """Tell everyone what time has done since the last sweep; how many notices were made."""
    swept = sweep(ground.store(), ground.now())
    told = swept.overdue + swept.late + swept.running_out + swept.chased
    get_run_logger().info("%s notices made, %s cases sent to the compensation flow", told, swept.lost)
    return told
