"""What is recorded about a meeting, and each refusal: its sentence, its section, and both sides of its boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from mdt import convening
from mdt.convening import ACT, ACTS, MoveMeeting, SetMeeting, refuse_date, refuse_unless_possible
from mdt.errors import NotPossible, NotYet
from mdt.law.period import EASTERN
from mdt.meeting import Course, Guest, Happening
from tests.making import MONDAY

H = Happening
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 17, 14, tzinfo=UTC)  # ten in the morning of a Tuesday in Connecticut
MEETING = Course(START, 120, "Room 1")
STATES = ("set", "open", "held", "recorded", "cancelled")
FORMS: dict[str, dict[str, Any]] = {
    "move_meeting": {"starts_at": START + DAY, "reason": "The room is taken"},
    "cancel_meeting": {"reason": "Snow is coming"},
    "invite_guest": {"name": "Doctor B", "position": "Radiologist", "agency": "Hospital", "lines": ["line-1"]},
    "withdraw_guest": {"guest": "guest-1"},
    "propose_agenda": {"lines": [{"line": "line-1", "minutes": 10}]},
    "arrange_agenda": {"lines": [{"line": "line-1", "minutes": 10}]},
    "come_after_all": {"who": "holding-1"},
    "call_roll": {"who": "guest-1"},
    "call_case": {"line": "line-1"},
    "approve_record": {"digest": "d" * 64},
}
WHEN = {  # the states in which each is recorded, from the words of the room
    "set": "move_meeting cancel_meeting send_invitations propose_agenda excuse come_after_all open_meeting",
    "set open": "invite_guest withdraw_guest arrange_agenda",
    "set open held": "accept_confidentiality open_packet",
    "open held": "call_roll",
    "open": "call_case adjourn",
    "held": "approve_record",
}
GUESTS = {"guest-1": Guest("guest-1", "Doctor B", "Radiologist", "Hospital", "", ("line-1",))}


def form(key: str, **more: Any) -> convening.Form:
    return ACT[key].form.model_validate(FORMS.get(key, {}) | more)


def attempt(key: str, stands: Course = MEETING, now: datetime = START, **more: Any) -> None:
    refuse_unless_possible(ACT[key], form(key, **more), stands, now)


def refusal(key: str, stands: Course = MEETING, now: datetime = MONDAY, **more: Any) -> str:
    with pytest.raises((NotPossible, NotYet)) as caught:
        attempt(key, stands, now, **more)
    assert str(caught.value).endswith((".", "so."))
    return str(caught.value)


# In which state of the meeting. ------------------------------------------------------------------------------------------


def test_every_act_is_recorded_in_the_states_that_the_words_name_and_in_no_other() -> None:
    assert sorted(" ".join(WHEN.values()).split()) == sorted(ACT) == sorted(act.key for act in ACTS)
    names = {key: states.split() for states, keys in WHEN.items() for key in keys.split()}
    known = replace(MEETING, guests=GUESTS, accepted={"guest-1": MONDAY}, excused=frozenset({"holding-1"}))
    for key, state in product(ACT, STATES):
        at = MONDAY if key == "move_meeting" else START
        if state in names[key]:
            attempt(key, replace(known, state=state), at)
        else:
            assert refusal(key, replace(known, state=state), at).startswith(
                f"Can't {ACT[key].title[0].lower()}{ACT[key].title[1:]}: "
            )


@pytest.mark.parametrize("key", ["cancel_meeting", "move_meeting"])
def test_a_meeting_that_was_held_does_not_go_away(key: str) -> None:
    held, recorded = replace(MEETING, state="held"), replace(MEETING, state="recorded")
    assert "the meeting has been held, and a record of it is kept (§ 17a-106a(j))." in refusal(key, held)
    assert "what is to be put right is added to it (§ 17a-106a(j))." in refusal(key, recorded)
    assert "the meeting is being held." in refusal(key, replace(MEETING, state="open"))


def test_what_is_cancelled_stays_so_and_what_is_not_opened_calls_no_case() -> None:
    assert (
        refusal("cancel_meeting", replace(MEETING, state="cancelled")) == "Can't cancel the meeting: the meeting was cancelled."
    )
    assert refusal("call_case") == "Can't call the case: the meeting has not been opened."


# The day. ----------------------------------------------------------------------------------------------------------------


def local(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=EASTERN).astimezone(UTC)


@pytest.mark.parametrize("kind", [SetMeeting, MoveMeeting])
def test_a_meeting_is_set_for_a_time_that_is_to_come(kind: type[SetMeeting | MoveMeeting]) -> None:
    told = kind.model_validate({"starts_at": START} | ({"reason": "words"} if kind is MoveMeeting else {}))
    refuse_date(told, START - MINUTE)
    for now in (START, START + MINUTE):
        with pytest.raises(NotPossible, match="Can't set the meeting: that time has passed"):
            refuse_date(told, now)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 7, 3), "Independence Day fell on a Saturday"),
        (date(2026, 12, 25), "Christmas"),
        (date(2026, 10, 12), "Columbus Day"),
        (date(2026, 3, 14), "a Saturday"),
        (date(2026, 3, 15), "a Sunday"),
    ],
)
def test_a_meeting_on_a_day_on_which_the_offices_are_closed_is_refused_unless_it_is_meant(day: date, why: str) -> None:
    starts_at = local(day.year, day.month, day.day)
    with pytest.raises(NotPossible) as caught:
        refuse_date(SetMeeting(starts_at=starts_at), MONDAY)
    assert str(caught.value) == (
        f"Can't set the meeting: {day:%-d %b %Y} is a weekend or a legal holiday (§ 1-4). If that is meant, say so."
    ), why
    refuse_date(SetMeeting(starts_at=starts_at, on_a_holiday=True), MONDAY)


def test_the_day_of_a_meeting_is_connecticuts_and_not_greenwichs() -> None:
    refuse_date(SetMeeting(starts_at=local(2026, 3, 13, 23)), MONDAY)  # a Saturday in Greenwich
    with pytest.raises(NotPossible, match="15 Mar 2026"):
        refuse_date(SetMeeting(starts_at=local(2026, 3, 15, 23)), MONDAY)  # a Monday in Greenwich


def test_a_meeting_is_moved_to_no_holiday_and_to_no_time_that_has_passed() -> None:
    assert "(§ 1-4)" in refusal("move_meeting", starts_at=local(2026, 3, 15))
    assert "that time has passed" in refusal("move_meeting", starts_at=MONDAY)
    attempt("move_meeting", now=MONDAY)


@pytest.mark.parametrize("minutes", [14, 481, 0, -5])
def test_a_meeting_of_no_length_or_of_more_than_a_day_is_no_meeting(minutes: int) -> None:
    for least in (15, 480):
        SetMeeting(starts_at=START, minutes=least)
    with pytest.raises(ValidationError):
        SetMeeting(starts_at=START, minutes=minutes)


def test_a_meeting_is_not_opened_before_its_day_begins_in_connecticut() -> None:
    midnight = local(2026, 3, 17, 0)
    said = refusal("open_meeting", now=midnight - timedelta(seconds=1))
    assert said == "Can't open the meeting: it is on 17 Mar 2026."
    attempt("open_meeting", now=midnight)
    attempt("open_meeting", now=START + DAY)  # typed in afterwards


def test_nobody_comes_after_all_who_never_said_not_to_come() -> None:
    assert refusal("come_after_all") == "That person never said not to come."


# Guests, the roll, the agenda. -------------------------------------------------------------------------------------------


def test_a_guest_who_has_not_accepted_the_statement_is_not_noted_as_come() -> None:
    opened = replace(MEETING, state="open", guests=GUESTS)
    with pytest.raises(NotYet) as caught:
        attempt("call_roll", opened)
    assert str(caught.value) == (
        "The guest has not accepted the confidentiality statement. A guest has the same obligations as a member"
        " (§ 17a-106a(c), (h) to (j)); record the acceptance first."
    )
    attempt("call_roll", opened, came=False)
    attempt("call_roll", replace(opened, accepted={"guest-1": MONDAY}))
    attempt("call_roll", opened, who="holding-1")  # a member's duties are the statute's, accepted here or not


def test_what_the_refusal_of_a_guest_asks_for_is_possible_after_the_meeting_too() -> None:
    held = replace(MEETING, state="held", guests=GUESTS)
    assert "record the acceptance first" in refusal("call_roll", held)
    attempt("accept_confidentiality", held, who="guest-1", on_paper=True)


def test_a_guest_that_there_is_not_is_not_withdrawn() -> None:
    assert refusal("withdraw_guest") == "There is no such guest."
    attempt("withdraw_guest", replace(MEETING, guests=GUESTS))


@pytest.mark.parametrize("came", [True, False])
def test_a_guest_whom_the_roll_call_names_is_withdrawn_no_more(came: bool) -> None:
    sitting = replace(MEETING, state="open", guests=GUESTS, came={"guest-1": came})
    assert refusal("withdraw_guest", sitting) == (
        "Can't withdraw the guest: the roll call names that person, and so does the record (§ 17a-106a(j))."
    )


@pytest.mark.parametrize("key", ["propose_agenda", "arrange_agenda"])
def test_no_case_stands_on_an_agenda_twice(key: str) -> None:
    lines = [{"line": "line-1", "minutes": 10}, {"line": "line-1", "treatment": "short list", "minutes": 2}]
    assert refusal(key, lines=lines) == "Can't arrange the agenda: a case stands on it twice."
    attempt(key, lines=[])


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("cancel_meeting", {"reason": " "}),
        ("move_meeting", {"reason": ""}),
        ("move_meeting", {"starts_at": "2026-03-17T10:00"}),  # on whose clocks?
        ("invite_guest", {"lines": []}),
        ("invite_guest", {"name": "x"}),
        ("arrange_agenda", {"lines": [{"line": "line-1", "minutes": 0}]}),
        ("arrange_agenda", {"lines": [{"line": "line-1", "minutes": 5, "treatment": "never"}]}),
        ("accept_confidentiality", {"statement": 0}),
        ("accept_confidentiality", {"statement": 2}),  # a version that there is not
        ("call_roll", {"who": ""}),
        ("approve_record", {"digest": "d" * 63}),
        ("adjourn", {"because": "late"}),
    ],
)
def test_a_form_that_lacks_what_it_needs_is_none(key: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form(key, **wrong)


# What is kept, and where. ------------------------------------------------------------------------------------------------


def test_codes_are_kept_apart_from_words() -> None:
    told = form("invite_guest", guest="guest-1", person="person-1")
    assert ACT["invite_guest"].decided(told) == (
        H.GUEST_INVITED,
        {"guest": "guest-1", "agency": "Hospital", "person": "person-1", "lines": ["line-1"]},
        {"name": "Doctor B", "position": "Radiologist"},
    )
    moved = ACT["move_meeting"].decided(form("move_meeting"))
    assert moved[1] == {"starts_at": "2026-03-18T14:00:00Z", "minutes": 120, "place": "", "on_a_holiday": False}
    assert moved[2] == {"reason": "The room is taken"}


def test_the_roll_says_who_came_and_who_did_not() -> None:
    assert ACT["call_roll"].decided(form("call_roll")) == (H.CAME, {"who": "guest-1"}, {})
    assert ACT["call_roll"].decided(form("call_roll", came=False)) == (H.STAYED_AWAY, {"who": "guest-1"}, {})


def test_the_first_entry_holds_when_and_where() -> None:
    assert convening.first_entry(SetMeeting(starts_at=START, place="Room 1", on_a_holiday=True)) == {
        "starts_at": "2026-03-17T14:00:00Z", "minutes": 120, "place": "Room 1", "special": True,
    }  # fmt: skip
    assert convening.length(90) == HOUR + 30 * MINUTE


def test_the_statement_that_is_accepted_says_the_three_duties_and_their_sections() -> None:
    for duty in ("consent of the participant", "court of", "Constitution of Connecticut", "§ 17a-106a(i)", "§ 17a-106a(h)",
                 "conflict of interest"):  # fmt: skip
        assert duty in convening.CONFIDENTIALITY


def test_a_meeting_is_set_by_no_act_of_another_meeting() -> None:
    assert convening.SET_MEETING.key not in ACT
    assert convening.SET_MEETING.happening is H.SET
