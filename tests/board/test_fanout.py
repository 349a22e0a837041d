"""Who is told, as a case page shows it; and what nobody acknowledged, over the cases that are one's own to see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.board import fanout
from mdt.errors import NotFound
from mdt.fanout import State
from mdt.policy import CASE_ROLES
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.board.fanout import Telling
    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKER = PEOPLE["intake worker"]


def rows(store: Store, case_id: str, kind: str, role: str = "intake worker") -> list[Telling]:
    found = fanout.outgoing(store, PEOPLE[role], case_id, MONDAY + 13 * HOUR)
    return [telling for telling in found if telling.row.kind == kind]


def test_a_telling_shows_who_told_of_which_report_and_what_is_overdue(store: Store) -> None:
    case_id = making.taken(store)
    (before,) = rows(store, case_id, "police-notice")
    assert (before.row.state, before.is_overdue, before.about, before.by) == (State.TO_SEND, True, "report 1", "")
    do(store, case_id, "notify_police", MONDAY + HOUR, how="fax", agency="State Police")
    (after,) = rows(store, case_id, "police-notice")
    assert (after.row.state, after.is_overdue, after.by, after.row.agency) == (State.SENT, False, "Worker A", "State Police")


def test_a_retracted_telling_is_still_to_be_sent(store: Store) -> None:
    case_id = making.taken(store)
    wrong = do(store, case_id, "notify_police", MONDAY + HOUR, how="e-mail").events[0]
    do(store, case_id, "retract_fact", MONDAY + 2 * HOUR, about=wrong.id, reason="it was another case")
    assert [t.row.state for t in rows(store, case_id, "police-notice")] == [State.TO_SEND]
    assert fanout.unacknowledged(store, WORKER, MONDAY + 3 * HOUR) == []


def test_a_notice_to_the_family_says_that_contact_is_unsafe_and_no_other_does(store: Store) -> None:
    case_id = making.taken(store, unsafe_to_contact="yes")
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "commence_investigation", MONDAY + HOUR)
    assert [t.unsafe for t in rows(store, case_id, "parents-notice")] == [True]
    assert [t.unsafe for t in rows(store, case_id, "police-notice")] == [False]
    do(store, case_id, "record_contact_safety", MONDAY + 2 * HOUR, unsafe=False)
    assert [t.unsafe for t in rows(store, case_id, "parents-notice")] == [False]


def test_who_does_not_see_the_case_does_not_see_who_is_told(store: Store) -> None:
    case_id = making.taken(store)
    with pytest.raises(NotFound):
        fanout.outgoing(store, PEOPLE["OVS liaison"], case_id, MONDAY)


def test_what_went_out_in_writing_is_listed_until_it_is_acknowledged_the_oldest_first(store: Store) -> None:
    cases = [making.taken(store, report_no=f"R-{n}") for n in range(3)]
    for n, case_id in enumerate(cases):
        do(store, case_id, "notify_police", MONDAY + (3 - n) * HOUR, how="phone" if n == 1 else "e-mail")
    found = fanout.unacknowledged(store, WORKER, MONDAY + 4 * HOUR)
    assert [line.case_id for line in found] == [cases[2], cases[0]]
    first = found[0]
    assert (first.number, first.told, first.owner, first.is_late) == ("2026-00003", "police notified", "DCF", False)
    assert found[0].sent_at == MONDAY + HOUR
    assert fanout.count_unacknowledged(store, WORKER) == len(found) == 2
    assert fanout.unacknowledged(store, WORKER, MONDAY + 4 * HOUR, first=1, most=1) == [found[1]]
    do(store, cases[2], "acknowledge_notice", MONDAY + 5 * HOUR)
    assert [line.case_id for line in fanout.unacknowledged(store, WORKER, MONDAY + 6 * HOUR)] == [cases[0]]


def test_sent_again_it_waits_anew_and_told_by_phone_it_waits_no_more(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", MONDAY + HOUR, how="e-mail")
    assert fanout.unacknowledged(store, WORKER, MONDAY + 3 * DAY)[0].is_late
    do(store, case_id, "send_notice_again", MONDAY + 3 * DAY, how="fax")
    (line,) = fanout.unacknowledged(store, WORKER, MONDAY + 3 * DAY)
    assert (line.sent_at, line.is_late, line.told) == (MONDAY + 3 * DAY, False, "police notified")
    do(store, case_id, "send_notice_again", MONDAY + 4 * DAY, how="phone")
    assert fanout.unacknowledged(store, WORKER, MONDAY + 5 * DAY) == []


@pytest.mark.parametrize("role", sorted(CASE_ROLES))
def test_each_role_finds_the_unacknowledged_of_its_own_cases_alone(store: Store, role: str) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", MONDAY + HOUR, how="e-mail")
    found = fanout.unacknowledged(store, PEOPLE[role], MONDAY + 2 * HOUR)
    assert [line.case_id for line in found] == ([case_id] if role in ("intake worker", "intake supervisor") else [])
    assert fanout.count_unacknowledged(store, PEOPLE[role]) == len(found)
