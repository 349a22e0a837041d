"""The first seventy-two hours: the list is whole, ticks itself by facts alone, and its clocks end where the hours end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.access import Viewer
from mdt.board.handover import handover
from mdt.errors import LawError, NotFound, NotPossible
from mdt.facts import Fact
from mdt.handover import STANDARD, first_hours, groups
from mdt.process import OPENS
from mdt.scenario import PEOPLE, route
from mdt.tasks import open_tasks
from tests import making
from tests.making import MONDAY, do, happened

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.facts import Event
    from mdt.store import Store

F = Fact
HOUR = timedelta(hours=1)
WORKER = PEOPLE["intake worker"]
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))
RECEIVED = happened(F.REPORT_RECEIVED, MONDAY, "r1", mode="oral", mandated=True)
CLASSIFIED = happened(F.REPORT_CLASSIFIED, MONDAY, "r1", seq=2, classification="other")


def clocks(*events: Event) -> dict[str, timedelta]:
    """How long after receipt each clock of the list ends."""
    found = first_hours(events, open_tasks(events))
    return {task.step: task.due - found.received_at for task in found.clocks if task.due}


def answered(*events: Event) -> dict[str, bool]:
    return {one.line.says: one.answered_at is not None for one in first_hours(events, open_tasks(events)).lines}


def test_every_line_names_a_section_or_is_the_teams_standard() -> None:
    assert [group.group for group in groups()] == ["Safety", "Medical", "Placement", "Interview", "Parents", "Needs"]
    lines = [line for group in groups() for line in group.lines]
    assert all(line.cite == STANDARD or re.search(r"(CGS|USC) § \d", line.cite) for line in lines)
    assert {line.is_law for line in lines} == {True, False}
    assert any(line.cite == "CGS § 17a-101h" for line in lines)
    assert all(line.says.endswith(".") for line in lines)


def test_the_clocks_of_seventy_two_hours_are_on_the_list_and_longer_ones_are_not() -> None:
    found = clocks(RECEIVED, CLASSIFIED)
    assert found["notify-police-mandated"] == 12 * HOUR
    assert found["send-written-report"] == 48 * HOUR
    assert found["commence-other"] == 72 * HOUR  # on the very edge
    assert "complete-investigation" not in found


def test_the_hours_of_an_emergency_are_two() -> None:
    emergency = happened(F.REPORT_CLASSIFIED, MONDAY, "r1", seq=2, classification="emergency")
    assert clocks(RECEIVED, emergency)["commence-emergency"] == 2 * HOUR


def test_a_clock_of_an_earlier_report_is_not_on_the_list_of_the_latest() -> None:
    later = happened(F.REPORT_RECEIVED, MONDAY + 200 * HOUR, "r2", seq=3, mode="written", mandated=False)
    found = first_hours((RECEIVED, CLASSIFIED, later), open_tasks((RECEIVED, CLASSIFIED, later)))
    assert (found.report, found.received_at, found.until) == ("r2", MONDAY + 200 * HOUR, MONDAY + 272 * HOUR)
    assert {task.about for task in found.clocks} <= {"r2", ""}


def test_a_line_is_ticked_by_the_fact_that_answers_it_and_by_nothing_else() -> None:
    parents = "Tell a parent or guardian, or record who decided to withhold it, and on what ground."
    assert answered(RECEIVED)[parents] is False
    for fact in (F.PARENTS_NOTIFIED, F.PARENT_NOTICE_WITHHELD):
        assert answered(RECEIVED, happened(fact, MONDAY + HOUR, "r1", seq=2))[parents] is True
    before = happened(F.PARENTS_NOTIFIED, MONDAY - HOUR, "r0", seq=2)
    assert answered(before, RECEIVED)[parents] is False


@pytest.mark.parametrize(
    ("fact", "ticks"),
    [
        (F.INVESTIGATION_COMMENCED, ["Commence the investigation in time."]),
        (F.CHILD_LOCATED, ["Look for the missing child until she is found."]),
        (F.MISSING_CHILD_POLICE_TOLD, ["Tell the police that the child is missing."]),
        (F.NCMEC_TOLD, ["Tell NCMEC that the child is missing."]),
        (F.PERSON_ENGAGED, []),
    ],
)
def test_a_fact_ticks_nothing_that_it_does_not_say(fact: Fact, ticks: list[str]) -> None:
    missing = happened(F.MISSING_FROM_CARE, MONDAY, seq=2)
    found = answered(RECEIVED, missing, happened(fact, MONDAY + HOUR, "r1", seq=3))
    assert [says for says, ticked in found.items() if ticked] == ticks


@pytest.mark.parametrize("fact", [F.MISSING_FROM_CARE, F.HOSPITAL_HOLD_BEGAN, F.CHILD_REMOVED, F.INJURY_DISCLOSED])
def test_what_matters_only_after_a_fact_is_left_out_until_then(fact: Fact) -> None:
    assert set(answered(RECEIVED)) < set(answered(RECEIVED, happened(fact, MONDAY, seq=2)))


def test_every_fact_of_the_file_can_be_recorded() -> None:
    named = {fact for group in groups() for line in group.lines for fact in (*line.answered_by, *line.after)}
    assert named <= set(OPENS)
    assert len(named) > 10


def test_without_a_report_there_is_no_list() -> None:
    with pytest.raises(NotPossible):
        first_hours((), ())


@pytest.mark.parametrize("text", ["- group: Safety\n", "- [", "- {group: A, lines: [{says: A long sentence., cites: x}]}"])
def test_a_broken_list_is_told_of_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LawError, match="cannot be read"):
        groups(file)


def test_a_missing_list_is_told_of_too(tmp_path: Path) -> None:
    with pytest.raises(LawError):
        groups(tmp_path / "none.yaml")


def test_a_case_shows_its_list_its_place_and_whether_contact_is_safe(store: Store) -> None:
    case_id = making.taken(store, child_given_name="Zebra", child_family_name="Quartz")
    route(store, case_id, MONDAY)
    found = handover(store, WORKER, case_id, MONDAY + HOUR)
    assert (found.office, found.district, found.received_at, found.unsafe) == ("New Haven", "New Haven", MONDAY, None)
    first = found.clocks[0]
    assert (first.step, first.is_overdue) == ("classify", True)
    assert "Zebra" not in repr(found)
    assert "Quartz" not in repr(found)
    do(store, case_id, "record_contact_safety", unsafe=True)
    assert handover(store, WORKER, case_id, MONDAY).unsafe is True


def test_when_it_was_handed_and_taken_over_stands_on_the_list(store: Store) -> None:
    case_id = making.taken(store)
    route(store, case_id, MONDAY)
    do(store, case_id, "classify_report", classification="other")
    found = handover(store, WORKER, case_id, MONDAY)
    assert (found.handed_at, found.taken_over_at) == (None, None)
    do(store, case_id, "hand_over", MONDAY + HOUR)
    do(store, case_id, "take_over", MONDAY + 2 * HOUR, by="area-office worker")
    found = handover(store, WORKER, case_id, MONDAY + 3 * HOUR)
    assert (found.handed_at, found.taken_over_at) == (MONDAY + HOUR, MONDAY + 2 * HOUR)


def test_the_list_of_a_case_that_is_not_hers_is_not_shown(store: Store) -> None:
    making.hire(store, HARTFORD)
    case_id = making.taken(store)
    route(store, case_id, MONDAY)
    for viewer in (HARTFORD, PEOPLE["OVS liaison"]):
        with pytest.raises(NotFound):
            handover(store, viewer, case_id, MONDAY)
