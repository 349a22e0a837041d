"""What is said of two cases is said once, on one of them, and contradicts nothing that is on record elsewhere."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import find
from mdt.board.likenesses import likenesses
from mdt.board.same import cases_of_the_child
from mdt.casework import ACT, carry_out, intake
from mdt.casework.check import check
from mdt.casework.intake import Identity
from mdt.errors import BadField, NotPossible
from mdt.facts import Fact
from mdt.history import live
from mdt.links import SAME, links
from mdt.records.tables import LINKS
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.referral import NewReferral
    from mdt.store import Store

WORKER = PEOPLE["intake worker"]
_reports = count()


def a_case(store: Store, **cells: str) -> str:
    return making.taken(store, **{"report_no": f"R-{next(_reports)}", **cells})


def number(store: Store, case_id: str) -> str:
    return str(making.case_row(store, case_id)["number"])


def noted(store: Store, case_id: str, other: str) -> str:
    return do(store, case_id, "note_likeness", case=other).events[0].about or ""


def same(store: Store, case_id: str, other: str) -> str:
    likeness = noted(store, case_id, other)
    do(store, case_id, "find_same_child", about=likeness)
    return likeness


def linked(store: Store) -> set[tuple[str, str, str]]:
    with store.read() as connection:
        return {(row.case_id, row.other, row.how) for row in connection.execute(select(LINKS))}


def test_a_likeness_on_record_in_the_other_case_is_settled_there(store: Store) -> None:
    one, two = a_case(store), a_case(store)
    noted(store, one, two)
    with pytest.raises(NotPossible, match=f"on record in case {number(store, one)}: settle it there"):
        noted(store, two, one)


def test_a_link_on_record_in_the_other_case_is_changed_there(store: Store) -> None:
    one, two = a_case(store), a_case(store)
    do(store, one, "link_cases", case=two, kind="sibling")
    for act, more in (("link_cases", {"kind": "network"}), ("unlink_cases", {})):
        with pytest.raises(NotPossible, match=f"on record in case {number(store, one)}: it is changed there"):
            do(store, two, act, case=one, **more)
    do(store, one, "unlink_cases", case=two)
    assert linked(store) == set()


def test_who_is_kept_apart_is_not_the_same_child_by_way_of_a_third(store: Store) -> None:
    one, two, three = (a_case(store) for _ in range(3))
    do(store, one, "keep_apart", about=noted(store, one, three))
    same(store, one, two)
    likeness = noted(store, two, three)
    with pytest.raises(NotPossible, match=f"{number(store, one)} and {number(store, three)} are kept apart"):
        do(store, two, "find_same_child", about=likeness)


def test_of_cases_that_are_not_hers_the_refusal_says_no_number(store: Store) -> None:
    one, two, three = (a_case(store, child_residence_town="Hartford") for _ in range(3))
    do(store, one, "keep_apart", about=noted(store, one, three))
    same(store, one, two)
    likeness = noted(store, two, three)
    do(store, one, "restrict_case", by="intake supervisor", because="staff are threatened")
    with pytest.raises(NotPossible, match=r"two cases of this child are kept apart. Ask a supervisor who sees both"):
        do(store, two, "find_same_child", about=likeness)


def test_who_is_the_same_child_by_way_of_a_third_is_not_kept_apart(store: Store) -> None:
    one, two, three = (a_case(store) for _ in range(3))
    same(store, one, two)
    same(store, two, three)
    likeness = noted(store, one, three)
    with pytest.raises(NotPossible, match="by way of other cases they are the same child"):
        do(store, one, "keep_apart", about=likeness)
    with store.read() as connection:
        assert cases_of_the_child(connection, one) == {one, two, three}


def test_a_likeness_that_was_settled_is_looked_at_again_and_not_retracted(store: Store) -> None:
    one, two = a_case(store), a_case(store)
    likeness = same(store, one, two)
    found = next(e.id for e in making.history(store, one) if e.fact is Fact.LIKENESS_FOUND)
    with pytest.raises(NotPossible, match="Look at it again instead"):
        do(store, one, "retract_fact", about=found, reason="It was wrong")
    do(store, one, "reopen_likeness", about=likeness, reason="It was wrong")
    assert linked(store) == {(one, two, "open")}
    other = noted(store, one, a_case(store))
    found = next(e.id for e in making.history(store, one) if e.about == other)
    do(store, one, "retract_fact", about=found, reason="A slip")
    assert linked(store) == {(one, two, "open")}


def test_a_likeness_whose_finding_was_retracted_before_keeps_its_id(store: Store) -> None:
    one, two = a_case(store), a_case(store)
    likeness = same(store, one, two)
    history = [e for e in live(making.history(store, one)) if e.fact is not Fact.LIKENESS_FOUND]
    assert [(link.other, link.how) for link in links(history)] == [(two, SAME)]
    (said,) = likenesses(store, WORKER, one, history).shown
    assert (said.case_id, said.likeness) == (two, likeness)
    again = ACT["reopen_likeness"].form.model_validate({"happened_at": MONDAY, "about": likeness, "reason": "So it is"})
    assert [new.data["case"] for new in ACT["reopen_likeness"].decided(again, history)] == [two]


def twins(number: str = "R-twins") -> list[NewReferral]:
    return [making.referral(report_no=number, child_no=str(n)) for n in (1, 2)]


def test_two_children_of_one_report_are_not_one_child(store: Store) -> None:
    known = a_case(store)
    one, two = twins()
    who = Identity("same", known)
    with pytest.raises(NotPossible, match="can't both be the child of one case"):
        intake.receive_report(store, [(one, who), (two, who)], by=WORKER, now=MONDAY)
    intake.receive_report(store, [(one, who)], by=WORKER, now=MONDAY)
    with pytest.raises(NotPossible, match="can't both be the child of one case"):
        intake.receive_report(store, [(two, who)], by=WORKER, now=MONDAY)


def test_the_same_report_on_another_case_than_before_is_refused(store: Store) -> None:
    one, two = a_case(store), a_case(store)
    form = making.referral(report_no="R-again")
    assert intake.add_report(store, one, form, by=WORKER, now=MONDAY) == one
    assert intake.add_report(store, one, form, by=WORKER, now=MONDAY) == one
    with pytest.raises(NotPossible, match="on another case than the one you chose"):
        intake.add_report(store, two, form, by=WORKER, now=MONDAY)
    with pytest.raises(BadField):
        intake.add_report(store, one, making.referral(report_no="R-again", mode="electronic"), by=WORKER, now=MONDAY)


@pytest.mark.parametrize("order", [(1, 2, 3), (2, 1, 3), (3, 2, 1)])
@pytest.mark.parametrize("as_rows", [True, False])
def test_children_of_one_report_are_linked_in_whatever_order_they_come(
    store: Store, order: tuple[int, ...], *, as_rows: bool
) -> None:
    came: dict[int, str] = {}
    for n in order:
        cells = making.row(report_no="R-kin", child_no=str(n))
        if as_rows:
            (came[n],) = intake.receive_rows(store, [(n, cells)], by=WORKER, now=MONDAY).taken
        else:
            came[n] = intake.receive_referral(store, making.referral(**cells), by=WORKER, now=MONDAY)
    first = {n: min(order[: order.index(n)]) for n in order[1:]}
    assert linked(store) == {(came[n], came[to], "same report") for n, to in first.items()}
    assert check(store).faults == []


def test_of_a_report_taken_the_number_of_a_case_is_told_only_where_it_is_not_hers(store: Store) -> None:
    hartford = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))
    making.hire(store, hartford)
    case_id = a_case(store)
    assert find.number_if_hidden(store, case_id, WORKER) is None
    assert find.number_if_hidden(store, case_id, hartford) == number(store, case_id)


def test_a_case_that_is_with_no_office_is_not_handed_over_and_nobody_takes_over_from_herself(store: Store) -> None:
    case_id = a_case(store)
    do(store, case_id, "classify_report", classification="other")
    with pytest.raises(NotPossible, match="with no area office yet"):
        do(store, case_id, "hand_over")
    do(store, case_id, "place_case", town="New Haven", town_of="residence")
    do(store, case_id, "hand_over")
    with pytest.raises(Exception, match="second person"):
        do(store, case_id, "take_over")
    form = ACT["take_over"].form.model_validate({"happened_at": MONDAY})
    by = PEOPLE["area-office worker"]
    assert carry_out(store, case_id, ACT["take_over"], form, by=by, now=MONDAY, command="over").events
