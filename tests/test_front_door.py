"""The small decisions of the front door."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mdt.acts import is_asked
from mdt.casework import ACT
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.intake import accept
from mdt.links import Link, links
from mdt.referral import Suspected
from tests.making import MONDAY, happened, referral

FOUND = happened(Fact.LIKENESS_FOUND, MONDAY, "likeness", case="other", score=0.9)


def test_a_likeness_on_record_is_not_noted_again() -> None:
    form = ACT["note_likeness"].form.model_validate({"happened_at": MONDAY, "case": "other"})
    with pytest.raises(NotPossible, match="on record already"):
        ACT["note_likeness"].decided(form, [FOUND])


def test_cases_that_are_not_linked_are_not_unlinked() -> None:
    form = ACT["unlink_cases"].form.model_validate({"happened_at": MONDAY, "case": "other"})
    with pytest.raises(NotPossible, match="not linked"):
        ACT["unlink_cases"].decided(form, [FOUND])


def test_a_link_stands_beside_a_likeness_of_the_same_case_until_it_is_undone() -> None:
    linked = happened(Fact.CASES_LINKED, MONDAY, seq=2, case="other", **{"as": "sibling"})
    assert links([FOUND, linked]) == {Link("other", "open", 0.9), Link("other", "sibling")}
    assert links([FOUND, linked, happened(Fact.CASES_UNLINKED, MONDAY, seq=3, case="other")]) == {Link("other", "open", 0.9)}


@pytest.mark.parametrize(("told", "unsafe"), [("yes", True), ("no", False)])
def test_whether_contact_is_safe_is_a_fact_of_its_own_once_it_is_told(told: str, unsafe: bool) -> None:
    facts = accept(referral(unsafe_to_contact=told), "r").facts
    assert [new.data for new in facts if new.fact is Fact.CONTACT_SAFETY_LEARNED] == [{"unsafe": unsafe}]
    assert [new for new in accept(referral(), "r").facts if new.fact is Fact.CONTACT_SAFETY_LEARNED] == []


def test_a_suspected_person_tells_nothing_of_itself() -> None:
    assert repr(Suspected(name="Mr. B", phone="203-555-0100")) == "Suspected()"


def test_a_page_asks_how_somebody_was_told_and_takes_nothing_for_granted() -> None:
    fields = ACT["notify_police"].form.model_fields
    assert is_asked(fields["how"].metadata)
    assert not is_asked(fields["note"].metadata)


def test_the_children_of_a_report_are_counted_from_one() -> None:
    assert referral(child_no="2").child_no == 2
    with pytest.raises(ValidationError, match="from 1"):
        referral(child_no="0")
