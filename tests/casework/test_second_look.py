"""Screen-outs of one child are counted over all the cases that somebody has found to be hers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from mdt.acts import New
from mdt.casework import pages, routing, second_look
from mdt.casework.check import check
from mdt.casework.second_look import look_again_across
from mdt.facts import Fact
from mdt.history import live
from mdt.law.rulebook import Rulebook, load
from mdt.tasks import open_tasks
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEY = "repeat-screen-outs"
_numbers = count(1)


def opened(store: Store) -> str:
    return making.taken(store, report_no=f"R-{next(_numbers)}")


def screened_out(store: Store, case_id: str, at: datetime, about: str = "") -> None:
    do(store, case_id, "classify_report", at, about=about, classification="other")
    do(store, case_id, "screen_out", at + HOUR, about=about, because="other", reason="It was not so")
    do(store, case_id, "approve_screen_out", at + 2 * HOUR, by="intake supervisor", about=about)


def reported_again(store: Store, case_id: str, at: datetime) -> str:
    receipt = do(store, case_id, "receive_another_report", at, mode="electronic", mandated=True, grave=False)
    return receipt.events[0].about or ""


def same(store: Store, case_id: str, other: str, at: datetime = MONDAY + DAY) -> None:
    likeness = do(store, case_id, "note_likeness", at, case=other).events[0].about
    do(store, case_id, "find_same_child", at, about=likeness)


def apart(store: Store, case_id: str, at: datetime) -> None:
    (likeness,) = {e.about for e in making.history(store, case_id) if e.fact is F.LIKENESS_FOUND}
    do(store, case_id, "reopen_likeness", at, about=likeness, reason="Looked at again")
    do(store, case_id, "keep_apart", at, about=likeness)


def found(store: Store, case_id: str) -> int:
    return sum(e.fact is F.EARLIER_SCREEN_OUTS_FOUND for e in making.history(store, case_id))


@pytest.fixture
def cases(store: Store) -> list[str]:
    """Three cases, of which the first is linked with the second and the third with the second; two are screened out."""
    one, two, three = (opened(store) for _ in range(3))
    same(store, one, two)
    same(store, three, two)
    screened_out(store, one, MONDAY + 2 * DAY)
    screened_out(store, two, MONDAY + 30 * DAY)
    return [one, two, three]


THIRD = MONDAY + 60 * DAY
LATER = THIRD + 3 * HOUR


def test_the_third_screen_out_over_linked_cases_opens_a_second_look_on_its_own_case(store: Store, cases: list[str]) -> None:
    assert look_again_across(store, cases, LATER) == 0
    screened_out(store, cases[2], THIRD)
    assert "look-again" not in making.tasks(store, cases[2])
    assert look_again_across(store, [cases[2]], LATER) == 1
    assert [found(store, case_id) for case_id in cases] == [0, 0, 1]
    assert "look-again" in making.tasks(store, cases[2])
    assert making.history(store, cases[2])[-1].data == {"screen_outs": 3}
    assert check(store).faults == []


def test_a_look_that_nobody_took_is_taken_back_once_the_cases_are_parted(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    look_again_across(store, cases, LATER)
    apart(store, cases[0], LATER + HOUR)
    assert routing.waiting_for(store, "screening", [cases[0]], LATER + HOUR) == [cases[0]]
    assert look_again_across(store, [cases[0]], LATER + HOUR) == 1
    assert "look-again" not in making.tasks(store, cases[2])
    assert look_again_across(store, cases, LATER + HOUR) == 0
    assert check(store).faults == []


def test_doing_it_again_opens_nothing_not_even_once_somebody_has_looked(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    assert look_again_across(store, cases, LATER) == 1
    before = making.everything(store)
    assert look_again_across(store, cases, LATER + HOUR) == 0
    assert making.everything(store) == before
    do(store, cases[2], "look_again", LATER + HOUR)
    assert look_again_across(store, cases, LATER + DAY) == 0
    assert "look-again" not in making.tasks(store, cases[2])


def test_a_fourth_screen_out_opens_another_look(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    look_again_across(store, cases, LATER)
    do(store, cases[2], "look_again", LATER)
    report = reported_again(store, cases[0], THIRD + 5 * DAY)
    screened_out(store, cases[0], THIRD + 6 * DAY, report)
    assert look_again_across(store, cases, THIRD + 7 * DAY) == 1
    assert [found(store, case_id) for case_id in cases] == [1, 0, 1]


def test_whichever_case_of_the_child_is_asked_about_the_look_lies_with_the_latest_screen_out(
    store: Store, cases: list[str]
) -> None:
    screened_out(store, cases[2], THIRD)
    assert look_again_across(store, [cases[0]], LATER) == 1
    assert found(store, cases[2]) == 1


def test_cases_linked_only_after_they_were_screened_out_count_together(store: Store) -> None:
    cases = [opened(store) for _ in range(3)]
    for n, case_id in enumerate(cases):
        screened_out(store, case_id, MONDAY + n * DAY)
    assert look_again_across(store, cases, LATER) == 0
    same(store, cases[0], cases[2], LATER)
    same(store, cases[0], cases[1], LATER)
    assert look_again_across(store, cases[:1], LATER) == 1
    assert found(store, cases[2]) == 1


def test_screen_outs_before_the_standards_months_do_not_count(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], (MONDAY + 2 * DAY).replace(year=2027))  # a year to the day after the first
    assert look_again_across(store, cases, MONDAY + 400 * DAY) == 0


def test_a_day_less_than_the_standards_months_still_counts(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], (MONDAY + 2 * DAY).replace(year=2027) - DAY)
    assert look_again_across(store, cases, MONDAY + 400 * DAY) == 1


def test_cases_that_are_kept_apart_or_only_alike_do_not_count(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    apart(store, cases[2], LATER)
    assert look_again_across(store, cases, LATER) == 0
    alone, alike = opened(store), opened(store)
    do(store, alone, "note_likeness", MONDAY, case=alike)
    assert look_again_across(store, [alone], LATER) == 0


def test_a_screen_out_that_waits_or_was_returned_does_not_count(store: Store, cases: list[str]) -> None:
    do(store, cases[2], "classify_report", THIRD, classification="other")
    do(store, cases[2], "screen_out", THIRD, because="other", reason="It was not so")
    assert look_again_across(store, cases, LATER) == 0
    do(store, cases[2], "return_screen_out", THIRD, by="intake supervisor", reason="Ask again")
    assert look_again_across(store, cases, LATER) == 0


def test_a_case_whose_own_history_asks_for_a_second_look_is_left_alone(store: Store) -> None:
    case_id, other = opened(store), opened(store)
    same(store, case_id, other)
    screened_out(store, case_id, MONDAY + 2 * DAY)
    for n in (10, 20):
        screened_out(store, case_id, MONDAY + (n + 1) * DAY, reported_again(store, case_id, MONDAY + n * DAY))
    assert "look-again" in making.tasks(store, case_id)
    assert look_again_across(store, [case_id, other], LATER) == 0
    do(store, case_id, "look_again", LATER)
    assert look_again_across(store, [case_id, other], LATER) == 0


def test_a_child_who_was_found_to_be_a_victim_since_wants_no_second_look(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    report = reported_again(store, cases[2], THIRD + 3 * HOUR)
    do(store, cases[2], "classify_report", THIRD + 4 * HOUR, about=report, classification="other")
    do(store, cases[2], "believe_victim", THIRD + 4 * HOUR, about=report)
    assert look_again_across(store, cases, LATER + DAY) == 0


def test_a_case_that_was_closed_since_stays_closed(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    with store.write() as connection:
        page = pages.open_page(connection, cases[2])
        entry = pages.Entry("made", "demo-4-supervisor", LATER, LATER, "closed")
        pages.write(connection, page, [New(F.CASE_CLOSED)], entry, open_tasks(live(page.events)))
    assert look_again_across(store, cases, LATER + HOUR) == 0


@pytest.mark.parametrize("changed", [{"number": None}, {"within": None}, {"number": 4}])
def test_the_standard_says_how_many_count(
    store: Store, cases: list[str], monkeypatch: pytest.MonkeyPatch, changed: dict[str, int | None]
) -> None:
    screened_out(store, cases[2], THIRD)
    book = load()
    other = Rulebook(book.rules, book.standards | {KEY: book.standard(KEY).model_copy(update=changed)}, book.titles)
    monkeypatch.setattr(second_look, "load", lambda: other)
    assert look_again_across(store, cases, LATER) == 0


def test_two_runs_at_once_open_one_look(store: Store, cases: list[str]) -> None:
    screened_out(store, cases[2], THIRD)
    with ThreadPoolExecutor(2) as pool:
        opened_by = list(pool.map(lambda _: look_again_across(store, cases, LATER), range(2)))
    assert sum(opened_by) == 1
    assert found(store, cases[2]) == 1
