"""Handing one's clocks to a colleague: within bounds, told to both, and nobody sees a case by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from mdt.access import Viewer
from mdt.board import cover as board
from mdt.board import work
from mdt.casework import cover
from mdt.casework.cover import HandOff
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.records.tables import COVERS
from mdt.records.tables import PEOPLE as PERSONS
from mdt.scenario import PEOPLE, route
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKER, SUPERVISOR = PEOPLE["intake worker"], PEOPLE["intake supervisor"]
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))


def hand(
    store: Store, to: Viewer = SUPERVISOR, since: datetime = MONDAY, until: datetime = MONDAY + DAY, *, by: Viewer = WORKER,
    now: datetime = MONDAY,
) -> None:  # fmt: skip
    cover.put(store, by, HandOff(colleague=to.id, from_at=since, until_at=until), now)


def rows(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(COVERS)).scalar_one()


def test_both_are_told_who_looks_after_whose_clocks_and_until_when(store: Store) -> None:
    hand(store)
    for viewer in (WORKER, SUPERVISOR):
        (one,) = board.covers(store, viewer, MONDAY)
        assert (one.person, one.colleague, one.from_at, one.until_at) == (WORKER.name, SUPERVISOR.name, MONDAY, MONDAY + DAY)
        assert one.runs(MONDAY)
    assert board.covers(store, PEOPLE["chairperson"], MONDAY) == []
    assert board.covers(store, WORKER, MONDAY + DAY) == []


def test_what_is_arranged_for_later_is_told_now_and_runs_then(store: Store) -> None:
    hand(store, since=MONDAY + HOUR)
    (one,) = board.covers(store, SUPERVISOR, MONDAY)
    assert [one.runs(at) for at in (MONDAY, MONDAY + HOUR, MONDAY + DAY)] == [False, True, False]


def test_thirty_days_are_the_most(store: Store) -> None:
    with pytest.raises(NotPossible, match="more than 30 days"):
        hand(store, until=MONDAY + 30 * DAY + timedelta(seconds=1))
    hand(store, until=MONDAY + 30 * DAY)
    assert rows(store) == 1


@pytest.mark.parametrize("until", [MONDAY, MONDAY - HOUR])
def test_the_end_lies_ahead(store: Store, until: datetime) -> None:
    with pytest.raises(NotPossible, match="the end lies before"):
        hand(store, since=MONDAY - DAY, until=until)


def test_nobody_covers_to_herself_to_another_agency_or_to_who_works_on_no_case(store: Store) -> None:
    auditor = Viewer("audit-dcf", "Auditor D", "auditor", "DCF")
    making.hire(store, auditor)
    for to, reason in (
        (WORKER, "to yourself"),
        (PEOPLE["chairperson"], "another agency"),
        (auditor, "works on no case"),
        (Viewer("nobody", "", "", ""), "does not sign in"),
    ):
        with pytest.raises(NotPossible, match=reason):
            hand(store, to)
        assert to.id not in board.colleagues(store, WORKER)
    assert rows(store) == 0


def test_nobody_covers_to_a_person_who_was_disabled(store: Store) -> None:
    with store.write() as connection:
        connection.execute(update(PERSONS).where(PERSONS.c.id == SUPERVISOR.id).values(disabled_at=MONDAY))
    with pytest.raises(NotPossible, match="does not sign in"):
        hand(store)
    assert SUPERVISOR.id not in board.colleagues(store, WORKER)


def test_who_works_on_no_case_has_nothing_to_hand_over(store: Store) -> None:
    with pytest.raises(NotAllowed):
        hand(store, by=PEOPLE["auditor"])


def test_the_same_twice_is_one_and_another_in_the_same_time_is_refused(store: Store) -> None:
    hand(store)
    hand(store, now=MONDAY + timedelta(seconds=1))
    assert rows(store) == 1
    with pytest.raises(NotPossible, match="already"):
        hand(store, PEOPLE["area-office worker"], MONDAY + HOUR, MONDAY + 2 * DAY)
    hand(store, PEOPLE["area-office worker"], MONDAY + DAY, MONDAY + 2 * DAY)
    assert rows(store) == 2


def test_two_at_once_in_the_same_time_are_one(store: Store) -> None:
    def put(to: str) -> bool:
        try:
            hand(store, PEOPLE[to])
        except NotPossible:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(put, ["intake supervisor", "area-office worker"]))
    assert (sorted(done), rows(store)) == ([False, True], 1)


def test_clocks_are_taken_back_by_their_owner_alone_and_once(store: Store) -> None:
    hand(store)
    with pytest.raises(NotFound):
        cover.end(store, SUPERVISOR, MONDAY, MONDAY + HOUR)
    cover.end(store, WORKER, MONDAY, MONDAY + HOUR)
    assert board.covers(store, WORKER, MONDAY + HOUR) == []
    assert rows(store) == 1
    with pytest.raises(NotFound):
        cover.end(store, WORKER, MONDAY, MONDAY + HOUR)
    hand(store, now=MONDAY + HOUR)
    assert len(board.covers(store, WORKER, MONDAY + HOUR)) == 1


def test_what_has_not_begun_is_taken_back_whole(store: Store) -> None:
    hand(store, since=MONDAY + HOUR)
    cover.end(store, WORKER, MONDAY + HOUR, MONDAY)
    assert rows(store) == 0


def test_her_list_includes_what_is_assigned_to_whom_she_covers_and_shows_no_case_that_is_not_hers(store: Store) -> None:
    making.hire(store, HARTFORD)
    here = making.taken(store, report_no="R-1", child_residence_town="Hartford")
    there = making.taken(store, report_no="R-2")
    for case_id in (here, there):
        route(store, case_id, MONDAY)
        report = making.tasks(store, case_id)["classify"].about
        do(store, case_id, "assign_step", about=f"classify:{report}", to=WORKER.id)
    assert work.waiting(store, HARTFORD, (), MONDAY) == []
    hand(store, HARTFORD)
    assert [line.case_id for line in work.waiting(store, HARTFORD, (), MONDAY)] == [here]
    assert work.tally(store, HARTFORD, (), MONDAY).open == 1
    assert work.waiting(store, HARTFORD, (), MONDAY + DAY) == []
