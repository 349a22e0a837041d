"""The end of a shift: her own clocks, what she sent, what she left begun, and what a colleague left with her."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mdt.access import Viewer
from mdt.board.shift import Shift, shift
from mdt.casework import cover, drafts, intake
from mdt.casework.cover import HandOff
from mdt.casework.drafts import Kept
from mdt.facts import Fact
from mdt.scenario import PEOPLE, route
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKER, SUPERVISOR = PEOPLE["intake worker"], PEOPLE["intake supervisor"]
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))


def placed(store: Store, **cells: str) -> str:
    case_id = making.taken(store, **cells)
    route(store, case_id, MONDAY)
    return case_id


def steps(found: Shift) -> set[str]:
    return {running.clock.step for running in found.clocks}


def of(store: Store, viewer: Viewer = WORKER, now: datetime = MONDAY + HOUR) -> Shift:
    return shift(store, viewer, now)


def test_who_imports_a_file_has_taken_nothing_up(store: Store) -> None:
    case_id = intake.receive_rows(store, [(1, making.row())], by=WORKER, now=MONDAY).taken[0]
    route(store, case_id, MONDAY)
    assert of(store).nothing_open
    assert of(store) == Shift((), (), (), (), ())


def test_who_took_a_report_from_its_caller_has_it_until_somebody_else_takes_it_up(store: Store) -> None:
    case_id = placed(store)
    assert [waiting.case_id for waiting in of(store).unclassified] == [case_id]
    assert steps(of(store)) == {"classify", "notify-police-mandated"}
    do(store, case_id, "take_up_report", by="intake supervisor")
    assert of(store).nothing_open
    assert steps(of(store, SUPERVISOR)) == {"classify", "notify-police-mandated"}


def test_a_report_taken_up_is_open_until_it_is_classified(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "take_up_report")
    (waiting,) = of(store).unclassified
    assert (waiting.case_id, waiting.received_at) == (case_id, MONDAY)
    assert of(store, SUPERVISOR).nothing_open
    do(store, case_id, "classify_report", classification="other")
    assert of(store).unclassified == ()


def test_her_clocks_are_those_that_run_out_within_a_day_or_have(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "take_up_report")
    assert steps(of(store)) == {"classify", "notify-police-mandated"}
    assert "send-written-report" not in steps(of(store, now=MONDAY + DAY))
    assert "send-written-report" in steps(of(store, now=MONDAY + DAY + HOUR))
    first = of(store, now=MONDAY + 2 * DAY).clocks[0].clock
    assert (first.step, first.is_overdue) == ("classify", True)


def test_once_the_office_has_taken_over_its_clocks_are_hers_no_more(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "take_up_report")
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "hand_over")
    assert steps(of(store))
    do(store, case_id, "take_over", MONDAY + HOUR, by="area-office worker")
    assert of(store).nothing_open
    assert steps(of(store, PEOPLE["area-office worker"]))
    again = next(e.id for e in making.history(store, case_id) if e.fact is Fact.OFFICE_TOOK_OVER)
    do(store, case_id, "retract_fact", MONDAY + HOUR, by="area-office worker", about=again, reason="Not yet")
    assert of(store, PEOPLE["area-office worker"]).nothing_open
    assert steps(of(store))
    do(store, case_id, "take_over", MONDAY + HOUR, by="intake supervisor")
    assert of(store).nothing_open
    assert steps(of(store, SUPERVISOR))
    do(store, case_id, "receive_another_report", MONDAY + 2 * HOUR, mode="oral", mandated=True)
    report = making.history(store, case_id)[-1].about
    do(store, case_id, "take_up_report", MONDAY + 2 * HOUR, about=report)
    assert "classify" in steps(of(store, now=MONDAY + 2 * HOUR))


def test_what_is_given_to_a_person_is_with_her_and_not_with_who_took_the_report_up(store: Store) -> None:
    case_id = placed(store)
    do(store, case_id, "take_up_report")
    report = making.tasks(store, case_id)["classify"].about
    do(store, case_id, "assign_step", about=f"classify:{report}", to=SUPERVISOR.id)
    assert steps(of(store)) == {"notify-police-mandated"}
    assert steps(of(store, SUPERVISOR)) == {"classify"}


def test_a_notice_in_writing_is_open_with_its_sender_until_it_is_acknowledged(store: Store) -> None:
    case_id = placed(store)
    sent = do(store, case_id, "notify_police", how="e-mail").events[0]
    (waiting,) = of(store).unacknowledged
    assert (waiting.case_id, waiting.fact, waiting.sent_at, waiting.about) == (case_id, "police notified", MONDAY, sent.id)
    assert of(store, SUPERVISOR).unacknowledged == ()
    do(store, case_id, "acknowledge_notice", MONDAY + HOUR, about=sent.id)
    assert of(store).unacknowledged == ()


def test_what_was_told_by_telephone_waits_for_nothing(store: Store) -> None:
    do(store, placed(store), "notify_police", how="phone")
    assert of(store).unacknowledged == ()


def test_a_draft_is_open_with_its_writer_alone_even_if_somebody_covers_for_her(store: Store) -> None:
    drafts.keep(store, WORKER, "take-a-report", Kept(0, MONDAY, "command", {"narrative": "x"}), MONDAY)
    cover.put(store, WORKER, HandOff(colleague=SUPERVISOR.id, from_at=MONDAY, until_at=MONDAY + DAY), MONDAY)
    assert [draft.form for draft in of(store).drafts] == ["take-a-report"]
    assert not of(store).nothing_open
    assert of(store, SUPERVISOR).drafts == ()


def test_whom_she_covers_leaves_everything_with_her_for_that_time_and_no_case_that_is_not_hers(store: Store) -> None:
    making.hire(store, HARTFORD)
    here, there = placed(store, report_no="R-1", child_residence_town="Hartford"), placed(store, report_no="R-2")
    for case_id in (here, there):
        do(store, case_id, "take_up_report")
        do(store, case_id, "notify_police", how="fax")
    assert of(store, HARTFORD).nothing_open
    cover.put(store, WORKER, HandOff(colleague=HARTFORD.id, from_at=MONDAY, until_at=MONDAY + DAY), MONDAY)
    found = of(store, HARTFORD)
    for lines in (found.clocks, found.unacknowledged, found.unclassified):
        assert {line.case_id for line in lines} == {here}
    assert [one.person for one in found.covers] == [WORKER.name]
    assert of(store, HARTFORD, MONDAY + DAY).nothing_open
