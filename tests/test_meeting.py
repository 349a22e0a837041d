"""What follows from what happened about a meeting: each happening, and how long its packets can be opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mdt.meeting import Course, Entry, Guest, Happening, Placed, course, packet_is_open
from tests.making import MONDAY

H = Happening
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 17, 14, tzinfo=UTC)  # ten in the morning in Connecticut
LINES = [
    {"line": "line-1", "treatment": "full discussion", "minutes": 10},
    {"line": "line-2", "treatment": "short list", "minutes": 2},
]
GUEST: dict[str, Any] = {"guest": "guest-1", "agency": "Hospital", "lines": ["line-2"]}
WORDS = {"name": "Doctor B", "position": "Radiologist"}
SET = {"starts_at": START.isoformat(), "minutes": 120, "place": "Room 1", "special": False}


def stands(*happened: tuple[Happening, dict[str, Any]] | tuple[Happening, dict[str, Any], dict[str, str]]) -> Course:
    """How a meeting stands that was set, and of which then these were recorded, an hour after one another."""
    told = [(H.SET, SET, {}), *((*one, {})[:3] for one in happened)]
    return course([Entry(n + 1, what, f"by-{n}", MONDAY + n * HOUR, data, words) for n, (what, data, words) in enumerate(told)])


def test_every_kind_of_happening_follows_in_this_file() -> None:
    assert {one.value for one in H} == {
        "meeting set", "meeting moved", "meeting cancelled", "invitations sent", "guest invited", "guest withdrawn",
        "agenda proposed", "agenda arranged", "said not to come", "comes after all",
        "confidentiality accepted", "packet opened", "meeting opened",
        "came", "did not come", "case called", "meeting adjourned", "record approved",
    }  # fmt: skip


def test_a_meeting_begins_as_it_was_set() -> None:
    assert stands() == Course(START, 120, "Room 1")
    assert stands().ends_at == START + 2 * HOUR


def test_each_move_counts_and_the_last_one_holds() -> None:
    first = {"starts_at": (START + DAY).isoformat(), "minutes": 60, "place": "Room 2"}
    moved = stands((H.MOVED, first), (H.MOVED, first | {"minutes": 45}))
    assert (moved.starts_at, moved.minutes, moved.place, moved.sequence, moved.state) == (START + DAY, 45, "Room 2", 2, "set")


def test_a_move_to_another_day_takes_the_arranged_lines_and_the_guests_lines_along() -> None:
    to = {"starts_at": (START + DAY).isoformat(), "minutes": 60, "place": "", "lines": {"line-2": "line-3"}}
    moved = stands((H.ARRANGED, {"lines": LINES}), (H.GUEST_INVITED, GUEST, WORDS), (H.MOVED, to))
    assert [one.line for one in moved.lines] == ["line-1", "line-3"]
    assert moved.guests["guest-1"].lines == ("line-3",)


def test_a_cancelled_meeting_says_why() -> None:
    cancelled = stands((H.CANCELLED, {}, {"reason": "snow"}))
    assert (cancelled.state, cancelled.sequence, cancelled.because) == ("cancelled", 1, "snow")
    assert stands((H.CANCELLED, {})).because == ""


def test_a_guest_comes_for_lines_until_withdrawn() -> None:
    assert stands((H.GUEST_INVITED, GUEST, WORDS)).guests == {
        "guest-1": Guest("guest-1", "Doctor B", "Radiologist", "Hospital", "", ("line-2",))
    }
    signs_in = {**GUEST, "guest": "guest-2", "person": "person-1"}
    two = stands((H.GUEST_INVITED, GUEST, WORDS), (H.GUEST_INVITED, signs_in), (H.GUEST_WITHDRAWN, {"guest": "guest-1"}))
    assert two.guests == {"guest-2": Guest("guest-2", "", "", "Hospital", "person-1", ("line-2",))}


def test_an_agenda_that_was_proposed_is_arranged_by_hand() -> None:
    placed = (Placed("line-1", "full discussion", 10), Placed("line-2", "short list", 2))
    proposed = stands((H.PROPOSED, {"lines": LINES}))
    assert (proposed.lines, proposed.proposed_at) == (placed, MONDAY + HOUR)
    arranged = stands((H.PROPOSED, {"lines": LINES}), (H.ARRANGED, {"lines": LINES[1:]}))
    assert (arranged.lines, arranged.proposed_at) == (placed[1:], MONDAY + HOUR)
    assert stands((H.ARRANGED, {"lines": LINES})).proposed_at is None


def test_what_is_said_of_who_comes_adds_up() -> None:
    found = stands(
        (H.INVITED, {}), (H.EXCUSED, {"who": "a"}), (H.EXCUSED, {"who": "b"}), (H.EXCUSED, {"who": "z"}),
        (H.COMES_AFTER_ALL, {"who": "z"}), (H.ACCEPTED, {"who": "c", "statement": 1}),
        (H.PACKET_OPENED, {}),
    )  # fmt: skip
    assert found.invited_at == MONDAY + HOUR
    assert found.excused == {"a", "b"}
    assert found.accepted == {"c": MONDAY + 6 * HOUR}
    assert found.packets == (("by-7", MONDAY + 7 * HOUR),)


def test_of_the_roll_call_the_last_word_on_each_holds() -> None:
    found = stands((H.CAME, {"who": "a"}), (H.STAYED_AWAY, {"who": "b"}), (H.CAME, {"who": "b"}), (H.STAYED_AWAY, {"who": "a"}))
    assert found.came == {"a": False, "b": True}


def test_a_meeting_is_opened_calls_its_cases_and_is_adjourned() -> None:
    opened = stands((H.OPENED, {}), (H.CALLED, {"line": "line-1"}))
    assert (opened.state, opened.opened_at, opened.called, opened.called_at) == (
        "open", MONDAY + HOUR, "line-1", MONDAY + 2 * HOUR,
    )  # fmt: skip
    held = stands((H.OPENED, {}), (H.CALLED, {"line": "line-1"}), (H.ADJOURNED, {}))
    assert (held.state, held.ended_at, held.ends_at, held.called, held.called_at) == (
        "held", MONDAY + 3 * HOUR, MONDAY + 3 * HOUR, "", None,
    )  # fmt: skip


def test_an_approved_record_is_known_by_its_hash() -> None:
    found = stands((H.APPROVED, {"digest": "d" * 64}))
    assert (found.state, found.approved_at, found.approved_by, found.digest) == ("recorded", MONDAY + HOUR, "by-1", "d" * 64)


# Packets. ----------------------------------------------------------------------------------------------------------------

TO_END = START + 2 * HOUR


@pytest.mark.parametrize(("at", "is_open"), [(MONDAY, True), (TO_END + 12 * HOUR, True), (TO_END + 12 * HOUR + MINUTE, False)])
def test_a_packet_is_open_until_twelve_hours_after_the_meeting_was_to_end(at: datetime, is_open: bool) -> None:
    assert packet_is_open(stands(), at) == is_open


def test_a_meeting_that_ended_late_or_early_keeps_its_packets_from_its_end_on() -> None:
    ended = MONDAY + HOUR  # before it was to begin: a fiction, but its own end is what counts
    held = stands((H.ADJOURNED, {}))
    assert packet_is_open(held, ended + 12 * HOUR)
    assert not packet_is_open(held, ended + 12 * HOUR + MINUTE)


def test_a_meeting_that_was_moved_keeps_its_packets_until_after_the_new_time() -> None:
    moved = stands((H.MOVED, {"starts_at": (START + DAY).isoformat(), "minutes": 60, "place": ""}))
    assert packet_is_open(moved, START + DAY + 13 * HOUR)
    assert not packet_is_open(moved, START + DAY + 13 * HOUR + MINUTE)


def test_once_the_record_is_approved_no_packet_opens() -> None:
    held = replace(Course(MONDAY, 60, ""), state="held")
    assert packet_is_open(held, MONDAY)
    assert not packet_is_open(replace(held, state="recorded"), MONDAY)


def test_of_a_cancelled_meeting_no_packet_opens() -> None:
    assert not packet_is_open(stands((H.CANCELLED, {})), MONDAY)
