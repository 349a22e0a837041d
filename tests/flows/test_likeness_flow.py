"""The likeness step is the first of a referral's way, and notes what is likely through the flow itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.likeness import likeness
from flows.route import STEPS
from mdt.facts import Fact
from tests import making

if TYPE_CHECKING:
    from mdt.store import Store

CELLS = {"child_given_name": "Catherine", "child_family_name": "Exemplar", "child_birthdate": "2012-05-04"}


def test_who_a_child_may_be_is_asked_before_all_else() -> None:
    assert next(name for name, _ in STEPS) == "likeness"


def test_the_flow_notes_a_likeness_once(store: Store) -> None:
    older = making.taken(store, report_no="R-1", **CELLS)
    newer = making.taken(store, report_no="R-2", **CELLS)
    assert likeness.fn([older, newer]) == 1
    assert likeness.fn([older, newer]) == 0
    assert [e.data["case"] for e in making.history(store, newer) if e.fact is Fact.LIKENESS_FOUND] == [older]
