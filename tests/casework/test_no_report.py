"""What was taken for a report and is none: a second person says so, and nothing that came with it counts any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.casework.check import check
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.queue import State, lines
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

HOUR = timedelta(hours=1)


def none(store: Store, case_id: str, report: str, by: str = "intake supervisor") -> None:
    do(store, case_id, "find_invalid", MONDAY + 2 * HOUR, by=by, about=report, because="a test", reason="typed to try it out")


def reports(store: Store, case_id: str) -> list[str]:
    return [e.about or "" for e in making.history(store, case_id) if e.fact is Fact.REPORT_RECEIVED]


def test_the_only_report_leaves_no_clock_no_finding_and_a_closed_case(store: Store) -> None:
    case_id = making.taken(store, incident_from="2026-02-14", missing="yes", in_dcf_care="yes")
    do(store, case_id, "classify_report", MONDAY + HOUR, classification="emergency")
    do(store, case_id, "commence_investigation", MONDAY + HOUR)
    none(store, case_id, *reports(store, case_id))
    assert making.tasks(store, case_id) == {}
    assert making.case_row(store, case_id)["room"] == "Closed"
    assert [line.state for line in lines(making.history(store, case_id))] == [State.INVALID]
    assert check(store).faults == []
    with pytest.raises(NotPossible):
        do(store, case_id, "classify_report", MONDAY + 3 * HOUR, classification="other")


def test_a_second_report_goes_and_the_first_goes_on(store: Store) -> None:
    case_id = making.taken(store)
    before = making.tasks(store, case_id)
    do(store, case_id, "receive_another_report", MONDAY + HOUR, mode="oral", mandated=True, missing=True, in_care=True)
    first, second = reports(store, case_id)
    do(store, case_id, "classify_report", MONDAY + HOUR, about=second, classification="emergency")
    do(store, case_id, "notify_police", MONDAY + HOUR, about=second, how="e-mail")
    none(store, case_id, second)
    assert making.tasks(store, case_id) == before
    assert {line.report: line.state for line in lines(making.history(store, case_id))} == {
        first: State.NEW,
        second: State.INVALID,
    }


def test_who_took_it_does_not_say_so_herself_and_no_worker_does(store: Store) -> None:
    case_id = making.taken(store)
    with pytest.raises(NotAllowed):
        none(store, case_id, *reports(store, case_id), by="intake worker")
    do(store, case_id, "receive_another_report", MONDAY, by="intake supervisor", mode="oral", mandated=True)
    with pytest.raises(NotAllowed, match="a second person"):
        none(store, case_id, reports(store, case_id)[1])


def test_it_is_taken_back_by_a_retraction(store: Store) -> None:
    case_id = making.taken(store)
    before = making.tasks(store, case_id)
    none(store, case_id, *reports(store, case_id))
    said = next(e.id for e in making.history(store, case_id) if e.fact is Fact.REPORT_FOUND_INVALID)
    do(store, case_id, "retract_fact", MONDAY + 3 * HOUR, by="intake supervisor", about=said, reason="it was one after all")
    assert making.tasks(store, case_id) == before
    assert check(store).faults == []


def test_a_telling_that_is_retracted_takes_along_that_it_was_sent_again(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", MONDAY, how="e-mail")
    told = next(e.id for e in making.history(store, case_id) if e.fact is Fact.POLICE_NOTIFIED)
    do(store, case_id, "send_notice_again", MONDAY + HOUR, about=told, how="fax")
    assert "confirm-notice" in making.tasks(store, case_id)
    do(store, case_id, "retract_fact", MONDAY + 2 * HOUR, about=told, reason="it was another case")
    assert "confirm-notice" not in making.tasks(store, case_id)
