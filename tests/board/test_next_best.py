"""The next best provider of the directory: when one is wanted, and never one that was asked before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import orjson
import pytest

from mdt.access import SYSTEM
from mdt.board.case import case_view
from mdt.board.next_best import MOST, next_best, unanswered
from mdt.casework import directory
from mdt.demo_directory import fill
from mdt.progress import progress
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONSENT: dict[str, Any] = {
    "signer": "parent", "signer_name": "Mother A", "signer_is_not_suspected": True, "recipient": "The shelter, by name",
    "expires_on": "2026-12-31", "fields": ["age"], "purpose": "to decide whether to take the child",
}  # fmt: skip


@pytest.fixture
def case_id(store: Store) -> str:
    fill(store, MONDAY)
    return needing(store)


def needing(store: Store) -> str:
    case_id = making.identified(store, child_birthdate="2012-01-05")
    do(store, case_id, "list_needs", MONDAY, by="victim advocate", needs=["shelter"])
    return case_id


def offered(store: Store, case_id: str, now: datetime, by: str = "victim advocate") -> list[str]:
    view = case_view(store, PEOPLE[by], case_id, now)
    (one,) = progress(tuple(e.event for e in reversed(view.history) if not e.struck))
    return [match.service.provider for match in next_best(store, PEOPLE[by], view, one, now)]


def referred(store: Store, case_id: str, provider: str) -> None:
    do(store, case_id, "give_consent", MONDAY + HOUR, **CONSENT | {"provider": provider})
    do(store, case_id, "refer_to_service", MONDAY + HOUR, provider=provider)


def test_the_best_are_offered_before_anybody_is_asked(store: Store, case_id: str) -> None:
    first = offered(store, case_id, MONDAY + HOUR)
    assert 0 < len(first) <= MOST
    assert "SHELTER-1" in first


def test_who_was_asked_and_declined_is_not_offered_again(store: Store, case_id: str) -> None:
    best, *others = offered(store, case_id, MONDAY + HOUR)
    referred(store, case_id, best)
    do(store, case_id, "record_decline", MONDAY + 2 * HOUR, because="no capacity")
    next_ones = offered(store, case_id, MONDAY + 3 * HOUR)
    assert best not in next_ones
    assert next_ones[: len(others)] == others


def services(provider: str, how_many: int) -> list[dict[str, Any]]:
    """So many shelters of one provider, for everybody."""
    term = {"id": _id("term"), "code": "shelter", "name": "Shelter", "description": "Shelter"}
    return [
        {
            "id": _id(f"{provider} {n}"), "name": f"{provider} {n}", "status": "active",
            "organization": {"id": _id(provider), "name": provider, "description": "Invented"},
            "attributes": [{"id": _id(f"{provider} {n} meets"), "link_entity": "service", "taxonomy_term": term}],
        }
        for n in range(how_many)
    ]  # fmt: skip


def _id(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, of))


def test_a_provider_with_several_services_is_offered_once_and_hides_no_other(store: Store) -> None:
    case_id = needing(store)
    directory.take_in(store, orjson.dumps([*services("FOUR", 4), *services("ONE", 1)]), SYSTEM, MONDAY)
    assert offered(store, case_id, MONDAY + HOUR) == ["FOUR", "ONE"]
    referred(store, case_id, "FOUR")
    do(store, case_id, "record_decline", MONDAY + 2 * HOUR, because="no capacity")
    assert offered(store, case_id, MONDAY + 3 * HOUR) == ["ONE"]


def test_after_fourteen_days_without_an_answer_the_next_best_is_offered(store: Store, case_id: str) -> None:
    assert unanswered() == timedelta(days=14)
    best, *_ = offered(store, case_id, MONDAY + HOUR)
    referred(store, case_id, best)
    last = MONDAY + HOUR + 14 * DAY
    assert offered(store, case_id, last - timedelta(seconds=1)) == []
    assert offered(store, case_id, last)
    assert best not in offered(store, case_id, last)


def test_who_may_not_read_the_directory_is_offered_nothing(store: Store, case_id: str) -> None:
    view = case_view(store, PEOPLE["victim advocate"], case_id, MONDAY + HOUR)
    (one,) = progress(tuple(e.event for e in reversed(view.history)))
    assert next_best(store, PEOPLE["auditor"], view, one, MONDAY + HOUR) == ()
