"""The compensation step: open the track of each victim, and note a time limit that has run out."""

from __future__ import annotations

from prefect import flow

from flows import ground
from mdt.casework import routing
from mdt.faults import by_number


@flow(name="compensation", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def compensation(case_ids: list[str]) -> int:
    """Follow each case's compensation clock; how many cases changed."""
    return routing.open_compensation(ground.store(), case_ids, ground.now())
