"""The case review step: onto the agenda of the team's next meeting, and the members told without a name."""

from __future__ import annotations

from prefect import flow

from flows import ground
from mdt.casework import routing
from mdt.faults import by_number


@flow(name="case_review", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def case_review(case_ids: list[str]) -> int:
    """Put each waiting case on an agenda; how many steps were done."""
    return routing.prepare_review(ground.store(), case_ids, ground.now())
