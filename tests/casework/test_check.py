"""`mdt check` is silent about what the door wrote, and names what anybody else has touched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mdt.casework import heads
from mdt.casework.check import check
from mdt.scenario import route
from mdt.store import trace
from tests import convened, making
from tests.making import MONDAY, do
from tests.tampering import copy, put_back, tamper

if TYPE_CHECKING:
    from mdt.store import Store

HOUR = timedelta(hours=1)
LEDGER, LENGTH = "does not hold what was recorded", "shorter or longer than the case says"
WORDS, CIRCLE = "the name or the words kept are not what was written", "who is drawn in is not what its events say"
TASKS, BOARD = "the task list is not what its events say", "the board's row is not what its events say"
TAMPERED: dict[str, tuple[str, str]] = {
    "an event's fact": ("UPDATE event SET fact = 'victim believed' WHERE fact = 'victim identified'", LEDGER),
    "an event of a fact there is not": ("UPDATE event SET fact = 'nonsense' WHERE seq = 1", LEDGER),
    "an event's date": ("UPDATE event SET happened_at = '2020-01-01 00:00:00' WHERE seq = 1", LEDGER),
    "an event's data": ("""UPDATE event SET data = '{"classification": "other"}' WHERE fact = 'report classified'""", LEDGER),
    "who recorded an event": ("""UPDATE event SET "by" = 'another' WHERE seq = 2""", LEDGER),
    "a note": ("UPDATE narrative SET text = 'Other words.'", WORDS),
    "a note that was exchanged for an older one": ("UPDATE narrative SET text = (SELECT min(text) FROM narrative)", WORDS),
    "what a note is committed to": (f"UPDATE narrative SET commitment = '{'0' * 64}'", LEDGER),
    "a child's sealed name": ("UPDATE child SET family_name = given_name", WORDS),
    "what a child's row is committed to": (f"UPDATE child SET commitment = '{'0' * 64}'", LEDGER),
    "a child that is gone": ("DELETE FROM child", LEDGER),
    "what a report told": ("UPDATE report SET told = (SELECT given_name FROM child)", WORDS),
    "what a report is committed to": (f"UPDATE report SET commitment = '{'0' * 64}'", LEDGER),
    "a report's number": ("UPDATE report SET report_no = 'R-9'", LEDGER),
    "the case number": ("UPDATE cases SET number = '2026-99999'", LEDGER),
    "the child's age": ("UPDATE cases SET age = 3", LEDGER),
    "when the case was opened": ("UPDATE cases SET opened_at = '2020-01-01 00:00:00'", LEDGER),
    "the key of the case": ("UPDATE case_key SET wrapped = (SELECT given_name FROM child)", WORDS),
    "who is engaged": ("UPDATE involved SET who = 'another'", CIRCLE),
    "who is engaged no more": ("DELETE FROM involved", CIRCLE),
    "whether the case is restricted": ("UPDATE cases SET restricted = 'staff are threatened'", BOARD),
    "a note that is gone": ("DELETE FROM narrative", LEDGER),
    "who made an act": ("""UPDATE ledger SET "by" = 'another' WHERE version = 2""", LEDGER),
    "the hash of an act": ("UPDATE ledger SET hash = previous WHERE version = 2", LEDGER),
    "an event that is gone": ("DELETE FROM event WHERE seq = 2", LEDGER),
    "an act that is gone": ("DELETE FROM ledger WHERE version = 2", LEDGER),
    "the tail": (
        """DELETE FROM event WHERE act = (SELECT max(version) FROM ledger);
        DELETE FROM ledger WHERE version = (SELECT max(version) FROM ledger)""",
        LENGTH,
    ),
    "two acts that changed places": (
        """UPDATE ledger SET version = -1 WHERE version = 2; UPDATE ledger SET version = 2 WHERE version = 3;
        UPDATE ledger SET version = 3 WHERE version = -1""",
        LEDGER,
    ),
    "the version": ("UPDATE cases SET version = version - 1", LENGTH),
    "the head": (f"UPDATE cases SET head = '{'0' * 64}'", LENGTH),
    "the number of events": ("UPDATE cases SET events = events + 1", LENGTH),
    "a task's date": ("UPDATE task SET due_at = '2030-01-01 00:00:00' WHERE step = 'complete-investigation'", TASKS),
    "a task's owner": ("UPDATE task SET owner = 'nobody' WHERE step = 'classify' OR step = 'apply' OR force = 'shall'", TASKS),
    "a task that is gone": ("DELETE FROM task WHERE step = 'complete-investigation'", TASKS),
    "the position": ("UPDATE cases SET room = 'Closed'", BOARD),
    "the day on which a duty ends": ("UPDATE cases SET law_due_at = NULL", BOARD),
    "the office": ("UPDATE cases SET office = 'Norwich'", BOARD),
    "the tracks": ("UPDATE cases SET tracks = '{}'", BOARD),
}


def whole_case(store: Store, **cells: str) -> str:
    case_id = making.identified(store, incident_from="2026-02-14", narrative="What was told.", **cells)
    do(store, case_id, "commence_investigation", MONDAY + HOUR)
    wrong = do(store, case_id, "notify_police", MONDAY + HOUR).events[0]
    do(store, case_id, "retract_fact", MONDAY + 2 * HOUR, about=wrong.id, reason="told the wrong town")
    do(store, case_id, "assign_step", MONDAY + 3 * HOUR, about="list-needs", to="demo-3-advocate")
    do(store, case_id, "list_needs", MONDAY + 3 * HOUR, by="victim advocate", needs=["shelter", "legal help"])
    route(store, case_id, MONDAY + 3 * HOUR)
    do(store, case_id, "make_inquiry", MONDAY + 4 * HOUR)
    return case_id


def test_the_check_is_silent_after_a_life_of_acts_corrections_and_flows(store: Store) -> None:
    case_ids = [whole_case(store, report_no=f"R-{n}") for n in range(3)]
    assert check(store).faults == []
    assert check(store).cases == len(case_ids)


def test_the_check_of_an_empty_database_finds_no_case(store: Store) -> None:
    assert check(store).cases == 0


def test_the_check_goes_through_more_cases_than_it_reads_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.casework.check.AT_ONCE", 2)
    case_ids = [making.taken(store, report_no=f"R-{n}") for n in range(5)]
    tamper(store, f"UPDATE event SET \"by\" = 'another' WHERE case_id = '{max(case_ids)}'")
    found = check(store)
    assert found.cases == 5
    assert [max(case_ids) in fault for fault in found.faults] == [True]


@pytest.mark.parametrize("what", TAMPERED)
def test_the_check_finds_what_was_touched_and_names_the_case(store: Store, what: str) -> None:
    case_id = whole_case(store)
    statements, fault = TAMPERED[what]
    tamper(store, statements)
    faults = check(store).faults
    assert all(case_id in found for found in faults)
    assert any(fault in found for found in faults), faults


def test_an_event_put_in_by_hand_is_found(store: Store) -> None:
    whole_case(store)
    columns = 'case_id, about, happened_at, recorded_at, "by", data'
    tamper(
        store,
        f"INSERT INTO event (id, seq, act, fact, {columns}) "
        f"SELECT 'x', 99, 2, 'police notified', {columns} FROM event WHERE seq = 1",
    )
    assert any(LEDGER in fault for fault in check(store).faults)


def test_a_name_moved_to_another_case_is_found_in_both(store: Store) -> None:
    first, second = making.taken(store), making.taken(store, report_no="R-2")
    children = copy(store, ("child",))["child"]
    swapped = [child | {"case_id": second if child["case_id"] == first else first} for child in children]
    put_back(store, {"child": swapped})
    assert sorted(check(store).faults) == sorted(f"case {of}: ledger row 1 {LEDGER}" for of in (first, second))


# Meetings. ---------------------------------------------------------------------------------------------------------------

ENTRY, ROW = "does not hold what was recorded", "its row is not what its entries say"
FEWER, SEALED = "its entries are fewer or more than the meeting says", "the words kept are not what was written"
TAMPERED_MEETING: dict[str, tuple[str, str]] = {
    "what happened": ("UPDATE meeting_entry SET happening = 'meeting cancelled' WHERE n = 2", ENTRY),
    "a happening there is not": ("UPDATE meeting_entry SET happening = 'nonsense' WHERE n = 2", ENTRY),
    "who recorded it": ("""UPDATE meeting_entry SET "by" = 'another' WHERE n = 2""", ENTRY),
    "when": ("UPDATE meeting_entry SET at = '2020-01-01 00:00:00' WHERE n = 2", ENTRY),
    "its codes": ("UPDATE meeting_entry SET data = '{}' WHERE n = 2", ENTRY),
    "its command": ("UPDATE meeting_entry SET command = 'other' WHERE n = 2", ENTRY),
    "what its words are committed to": (f"UPDATE meeting_entry SET commitment = '{'0' * 64}' WHERE n = 2", ENTRY),
    "its hash": ("UPDATE meeting_entry SET hash = previous WHERE n = 2", ENTRY),
    "an entry that is gone": ("DELETE FROM meeting_entry WHERE n = 2", ENTRY),
    "the last entry, which is gone": ("DELETE FROM meeting_entry WHERE n = 3", FEWER),
    "all entries": ("DELETE FROM meeting_entry", FEWER),
    "the head": (f"UPDATE meeting SET head = '{'0' * 64}'", FEWER),
    "the version": ("UPDATE meeting SET version = 2", FEWER),
    "words that are gone": ("UPDATE meeting_entry SET words = NULL WHERE n = 2", SEALED),
    "words that were exchanged": (
        "UPDATE meeting_entry SET words = (SELECT words FROM meeting_entry WHERE n = 3) WHERE n = 2", SEALED,
    ),
    "words where there were none": (
        "UPDATE meeting_entry SET words = (SELECT words FROM meeting_entry WHERE n = 3) WHERE n = 1", SEALED,
    ),
    "the key of the words": (
        "UPDATE house_key SET wrapped = (SELECT words FROM meeting_entry WHERE n = 3) WHERE name = 'meetings'", SEALED,
    ),
    "the day": ("UPDATE meeting SET starts_at = '2026-03-12 14:00:00'", ROW),
    "the length": ("UPDATE meeting SET minutes = 15", ROW),
    "the room": ("UPDATE meeting SET place = 'Room 9'", ROW),
    "the state": ("UPDATE meeting SET state = 'held'", ROW),
    "how often it moved": ("UPDATE meeting SET sequence = 0", ROW),
    "the team": ("UPDATE meeting SET team_id = (SELECT id FROM team WHERE judicial_district = 'Hartford')", ROW),
}  # fmt: skip


def moved_twice(store: Store) -> str:
    meeting = convened.a_meeting(store)
    for n in range(2):
        convened.act(store, meeting, "move_meeting", starts_at=convened.START + n * HOUR, reason=f"Reason {n}")
    return meeting


@pytest.mark.parametrize("what", TAMPERED_MEETING)
def test_the_check_finds_what_was_touched_of_a_meeting_and_names_it(store: Store, what: str) -> None:
    meeting = moved_twice(store)
    assert (check(store).faults, check(store).chains) == ([], 1)
    statements, fault = TAMPERED_MEETING[what]
    tamper(store, statements)
    assert [f"meeting {meeting}" in found and fault in found for found in check(store).faults] == [True]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_entries_of_a_meeting_that_is_gone_are_found(store: Store) -> None:
    """SQLite lets nobody take the meeting away from under its entries."""
    meeting = moved_twice(store)
    tamper(store, "DELETE FROM meeting")
    assert check(store).faults == [f"meeting {meeting}: {FEWER}"]


def test_the_check_goes_through_more_meetings_than_it_reads_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.casework.check_meetings.AT_ONCE", 2)
    meetings = [convened.a_meeting(store, convened.START + n * timedelta(days=1), on_a_holiday=True) for n in range(5)]
    tamper(store, f"UPDATE meeting_entry SET \"by\" = 'another' WHERE meeting_id = '{max(meetings)}'")
    assert check(store).faults == [f"meeting {max(meetings)}: entry 1 {ENTRY}"]


def test_a_fault_of_a_meeting_tells_no_word_of_it(store: Store) -> None:
    moved_twice(store)
    tamper(store, "UPDATE meeting_entry SET happening = 'Reason 1' WHERE n = 2")
    assert not any("Reason" in fault for fault in check(store).faults)


def test_meetings_count_as_chains_and_are_silent_after_a_whole_one(store: Store) -> None:
    convened.seated(store)
    meeting = convened.a_meeting(store)
    case_id = convened.on_the_agenda(store)
    convened.act(store, meeting, "open_meeting", convened.START)
    convened.act(store, meeting, "call_case", convened.START, line=convened.line(store, meeting))
    do(store, case_id, "hold_review", convened.START, by="chairperson")
    convened.act(store, meeting, "adjourn", convened.START + HOUR)
    found = check(store)
    assert (found.faults, found.cases) == ([], 1)


def test_a_report_says_what_was_looked_at_and_what_was_found(store: Store) -> None:
    making.taken(store)
    with store.write() as connection:
        trace.append(connection, "worker", "signed in", MONDAY)
    assert (str(check(store)), check(store).signed_at) == ("1 case, 2 chains checked, no fault", None)
    making.taken(store, report_no="R-2")
    heads.sign(store, MONDAY)
    tamper(store, "UPDATE ledger SET hash = previous; UPDATE access_log SET count = 2")
    assert (str(check(store)), check(store).signed_at) == ("2 cases, 3 chains checked, 3 faults", MONDAY)


def test_a_fault_in_the_log_of_a_case_names_case_and_row(store: Store) -> None:
    case_id = making.taken(store)
    with store.write() as connection:
        for _ in range(3):
            trace.append(connection, "worker", "name read", MONDAY, case_id=case_id)
    tamper(store, "UPDATE access_log SET count = 2 WHERE n >= 2")
    assert check(store).faults == [f"access log of case {case_id}: row 2 {LEDGER}"]


def test_a_signing_key_that_does_not_open_is_a_fault(store: Store) -> None:
    making.taken(store)
    tamper(store, "UPDATE house_key SET wrapped = (SELECT given_name FROM child) WHERE name = 'signing'")
    assert check(store).faults == ["the key that signs the daily heads cannot be opened"]


def test_a_fault_tells_no_word_of_the_child(store: Store) -> None:
    whole_case(store)
    tamper(store, "UPDATE child SET given_name = 'Child A of New Haven'")
    assert check(store).faults
    assert not any("Child" in fault or "Haven" in fault for fault in check(store).faults)
