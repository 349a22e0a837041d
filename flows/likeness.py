"""The likeness step: note, on a case whose report is being decided on, which children known already this one may be."""

from __future__ import annotations

from prefect import flow

from flows import ground
from mdt.casework import alike
from mdt.faults import by_number


@flow(name="likeness", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def likeness(case_ids: list[str]) -> int:
    """Compare each case's child with all known; how many likenesses were noted."""
    return alike.note_likenesses(ground.store(), case_ids, ground.now())
