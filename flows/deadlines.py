"""The sweep: what fell due, is overdue, runs out or was not answered, each told once; and the house kept in order."""

from __future__ import annotations

from prefect import flow, get_run_logger

from flows import ground
from mdt.casework import heads, sittings, staff
from mdt.casework.sweep import sweep
from mdt.faults import by_number


@flow(name="deadlines", retries=3, retry_delay_seconds=5)
@by_number
def deadlines() -> int:
    """Tell everyone what time has done since the last sweep; sign the day's head, end what was left open; how many notices."""
    store, now = ground.store(), ground.now()
    swept = sweep(store, now)
    heads.sign(store, now)
    sittings.end_run_out(store, now)
    staff.disable_inactive(store, now)
    told = swept.overdue + swept.late + swept.running_out + swept.chased
    get_run_logger().info("%s notices made, %s cases sent to the compensation flow", told, swept.lost)
    return told
