"""The service referral step: propose the needs that the facts suggest; the advocate lists them."""

from __future__ import annotations

from prefect import flow

from flows import ground
from mdt.casework import routing
from mdt.faults import by_number


@flow(name="service_referral", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def service_referral(case_ids: list[str]) -> int:
    """Propose each case's needs; for how many."""
    return routing.propose_services(ground.store(), case_ids, ground.now())
