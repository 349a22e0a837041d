"""The screening step: place the case by the child's town, and tell DCF and the police of their clocks."""

from __future__ import annotations

from prefect import flow

from flows import ground
from mdt.casework import routing
from mdt.faults import by_number


@flow(name="screening", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def screening(case_ids: list[str]) -> int:
    """Place each case with its area office and team; how many were placed."""
    return routing.screen(ground.store(), case_ids, ground.now())
