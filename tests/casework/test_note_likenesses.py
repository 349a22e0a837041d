"""The flows note who a child may be: once a pair, on the newer case, and never what somebody has settled."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from mdt.casework import intake, routing
from mdt.casework.alike import MOST, note_likenesses
from mdt.casework.check import check
from mdt.casework.intake import Identity
from mdt.facts import Event, Fact
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

HOUR = timedelta(hours=1)
CELLS = {
    "child_given_name": "Catherine", "child_family_name": "Exemplar", "child_birthdate": "2012-05-04", "child_gender": "female",
}  # fmt: skip
_reports = count()


def a_case(store: Store, hours: int = 0, **cells: str) -> str:
    return making.taken(store, now=MONDAY + hours * HOUR, report_no=f"R-{next(_reports)}", **{**CELLS, **cells})


def noted(store: Store, case_id: str) -> list[Event]:
    return [e for e in making.history(store, case_id) if e.fact is Fact.LIKENESS_FOUND]


def others(store: Store, case_id: str) -> list[str]:
    return [e.data["case"] for e in noted(store, case_id)]


def note(store: Store, *case_ids: str) -> int:
    return note_likenesses(store, case_ids, MONDAY + 9 * HOUR)


def test_a_child_who_is_known_is_noted_on_the_newer_case_by_this_system(store: Store) -> None:
    older, newer = a_case(store), a_case(store, 1, child_family_name="Exempler")
    assert note(store, newer) == 1
    (event,) = noted(store, newer)
    assert (event.by, event.data["case"]) == ("flow", older)
    assert 0.85 <= event.data["score"] <= 1
    assert event.data["score"] == round(event.data["score"], 2)
    assert noted(store, older) == []
    assert check(store).faults == []


def test_an_older_case_is_compared_too_and_the_newer_one_told(store: Store) -> None:
    older, newer = a_case(store), a_case(store, 1)
    assert note(store, older) == 1
    assert (others(store, newer), noted(store, older)) == ([older], [])


def test_nothing_is_noted_twice(store: Store) -> None:
    older, newer = a_case(store), a_case(store, 1)
    assert note(store, older, newer) == 1
    assert note(store, older, newer) == note(store, newer) == 0
    assert len(noted(store, newer)) == 1


def test_another_child_is_not_noted(store: Store) -> None:
    case_id = a_case(store)
    twin = a_case(store, 1, child_given_name="Oliver")
    nobody = a_case(store, 1, child_given_name="", child_family_name="", child_birthdate="")
    assert note(store, case_id, twin, nobody) == 0


@pytest.mark.parametrize("how", ["new", "not sure"])
def test_what_somebody_said_as_she_took_the_report_is_left_alone(store: Store, how: str) -> None:
    older = a_case(store)
    form = making.referral(report_no="R-shown", **CELLS)
    identity = Identity(how, others=((older, 0.97),))
    (newer,) = intake.receive_report(store, [(form, identity)], by=PEOPLE["intake worker"], now=MONDAY + HOUR)
    assert others(store, newer) == [older]
    assert note(store, newer, older) == 0


def test_children_who_were_kept_apart_are_not_noted_again(store: Store) -> None:
    older, newer = a_case(store), a_case(store, 1)
    note(store, newer)
    do(store, newer, "keep_apart", MONDAY + 9 * HOUR, about=noted(store, newer)[0].about)
    assert note(store, newer) == note(store, older) == 0


def test_cases_that_are_linked_either_way_are_not_noted(store: Store) -> None:
    older, newer = a_case(store), a_case(store, 1)
    do(store, older, "link_cases", MONDAY + 2 * HOUR, case=newer, kind="sibling")
    assert note(store, newer) == 0


def test_who_is_the_same_child_as_one_that_is_like_it_need_not_be_settled_again(store: Store) -> None:
    first, second = a_case(store), a_case(store, 1)
    note(store, second)
    do(store, second, "find_same_child", MONDAY + 9 * HOUR, about=noted(store, second)[0].about)
    third = a_case(store, 2)
    do(store, third, "note_likeness", MONDAY + 9 * HOUR, case=second)
    do(store, third, "find_same_child", MONDAY + 9 * HOUR, about=noted(store, third)[0].about)
    assert note(store, third, first) == 0


def test_the_best_five_are_noted_and_no_more_another_time(store: Store) -> None:
    for n in range(MOST + 2):
        a_case(store, n, child_family_name="Exemplar" if n else "Exempler")
    newest = a_case(store, 9)
    assert note(store, newest) == MOST
    assert note(store, newest) == 0
    assert len(noted(store, newest)) == MOST
    assert [e.data["score"] for e in noted(store, newest)] == sorted(
        (e.data["score"] for e in noted(store, newest)), reverse=True
    )


def test_one_that_was_settled_makes_room_for_another(store: Store) -> None:
    for n in range(MOST + 1):
        a_case(store, n, child_family_name="Exemplar" if n else "Exempler")
    newest = a_case(store, 9)
    note(store, newest)
    do(store, newest, "keep_apart", MONDAY + 9 * HOUR, about=noted(store, newest)[0].about)
    assert note(store, newest) == 1


def test_a_case_that_a_person_placed_first_waits_too_and_once(store: Store) -> None:
    case_id = a_case(store)
    do(store, case_id, "place_case", town="New Haven", town_of="residence")
    assert "place-case" not in making.tasks(store, case_id)
    assert routing.waiting_for(store, "likeness", [case_id], MONDAY) == [case_id]
    routing.screen(store, [case_id], MONDAY)
    assert routing.waiting_for(store, "likeness", [case_id], MONDAY) == []


def test_many_cases_at_once_come_to_the_same(store: Store) -> None:
    cases = [
        a_case(store, n, child_family_name=name) for n, name in enumerate(("Exemplar", "Exempler", "Sample", "Sampel", "Li"))
    ]
    assert note(store, *cases) == 2
    assert [others(store, case_id) for case_id in cases] == [[], [cases[0]], [], [cases[2]], []]


def test_a_case_waits_once_for_every_report_until_it_is_placed(store: Store) -> None:
    case_id = a_case(store)
    do(store, case_id, "classify_report", classification="emergency")
    assert routing.waiting_for(store, "likeness", [case_id], MONDAY) == [case_id]
    routing.screen(store, [case_id], MONDAY)
    assert routing.waiting_for(store, "likeness", [case_id], MONDAY) == []
    again = making.referral(report_no="R-again", **CELLS)
    intake.add_report(store, case_id, again, by=PEOPLE["intake worker"], now=MONDAY + HOUR)
    assert routing.waiting_for(store, "likeness", [case_id], MONDAY + HOUR) == [case_id]
