"""A referral's way: the step flows that its facts have opened, in the order in which the law meets them.

A run takes a case as far as its facts allow and stops; no run waits for a person or a statute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow

from flows import ground
from flows.case_review import case_review
from flows.compensation import compensation
from flows.likeness import likeness
from flows.screening import screening
from flows.service_referral import service_referral
from mdt.casework import routing
from mdt.faults import by_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prefect import Flow


@flow(name="route_referral", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def route_referral(case_id: str) -> None:
    """Carry one case through every step that waits for this system."""
    _walk([case_id])


@flow(name="route_referrals", flow_run_name=ground.named_by_case, retries=2, retry_delay_seconds=1)
@by_number
def route_referrals(case_ids: list[str]) -> None:
    """Carry many cases at once: one run a step, however many they are."""
    _walk(case_ids)


def _walk(case_ids: Sequence[str]) -> None:
    for step, carries in STEPS:
        waiting = routing.waiting_for(ground.store(), step, case_ids, ground.now())
        if waiting:
            carries(waiting)


STEPS: tuple[tuple[str, Flow[[list[str]], int]], ...] = (
    ("likeness", likeness),
    ("screening", screening),
    ("case_review", case_review),
    ("service_referral", service_referral),
    ("compensation", compensation),
)
