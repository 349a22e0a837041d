"""The agendas of the meetings that come: each proposes itself some days before, packets are ready, updates are asked for."""

from __future__ import annotations

from prefect import flow, get_run_logger

from flows import ground
from mdt.casework.agendas import propose_due
from mdt.faults import by_number


@flow(name="agendas", retries=3, retry_delay_seconds=5)
@by_number
def agendas() -> int:
    """Propose what is due; how many agendas were proposed or went on."""
    proposed = propose_due(ground.store(), ground.now())
    get_run_logger().info("%s agendas proposed", proposed)
    return proposed
