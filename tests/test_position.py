"""A case stands in the first room whose gate it has not passed; its tracks run side by side."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from mdt.facts import Event, Fact
from mdt.position import SETTLED, blockers, is_closed, standing
from mdt.process import Room
from mdt.tasks import open_tasks
from tests.histories import calm, histories
from tests.making import MONDAY, happened

F = Fact
CLASSIFIED = [F.REPORT_RECEIVED, F.REPORT_CLASSIFIED]
IDENTIFIED = [*CLASSIFIED, F.VICTIM_IDENTIFIED]
REVIEWED = [*IDENTIFIED, F.PUT_ON_AGENDA, F.REVIEW_HELD, F.REVIEW_CONCLUDED]
SERVED = [*REVIEWED, F.NEEDS_LISTED, F.NEED_LISTED, F.SERVICE_ENDED]
DONE = [*SERVED, F.COMPENSATION_DECLINED]


def story(*facts: Fact) -> list[Event]:
    """Facts an hour apart, all about one thing of their kind."""
    return [happened(fact, MONDAY + timedelta(hours=n), "x", seq=n) for n, fact in enumerate(facts, 1)]


@pytest.mark.parametrize(
    ("facts", "room"),
    [
        ([F.REPORT_RECEIVED], Room.REPORT),
        (CLASSIFIED, Room.SCREENING),
        ([*CLASSIFIED, F.SCREENED_OUT], Room.SCREENING),
        (IDENTIFIED, Room.REVIEW),
        ([*CLASSIFIED, F.VICTIM_BELIEVED], Room.REVIEW),
        ([*IDENTIFIED, F.PUT_ON_AGENDA, F.REVIEW_HELD], Room.REVIEW),
        (REVIEWED, Room.SERVICES),
        ([*REVIEWED, F.NEEDS_LISTED, F.NEED_LISTED], Room.SERVICES),
        ([*REVIEWED, F.SERVICES_DECLINED], Room.COMPENSATION),
        (SERVED, Room.COMPENSATION),
        (DONE, Room.COMPENSATION),
        ([*DONE, F.CLOSING_PROPOSED], Room.COMPENSATION),
        ([*DONE, F.CASE_CLOSED], Room.CLOSED),
        ([F.REPORT_RECEIVED, F.CASE_CLOSED], Room.CLOSED),
    ],
)
def test_a_case_stands_in_the_first_room_whose_gate_it_has_not_passed(facts: list[Fact], room: Room) -> None:
    assert standing(story(*facts), []).room is room


def test_a_second_report_that_is_not_classified_brings_the_case_back_to_the_first_room() -> None:
    second = happened(F.REPORT_RECEIVED, MONDAY + timedelta(days=9), "y", seq=99)
    assert standing([*story(*REVIEWED), second], []).room is Room.REPORT


def test_a_new_report_reopens_a_closed_case() -> None:
    closed = story(*DONE, F.CASE_CLOSED)
    second = happened(F.REPORT_RECEIVED, MONDAY + timedelta(days=9), "y", seq=99)
    assert is_closed(closed)
    assert not is_closed([*closed, second])
    assert not is_closed([])


@pytest.mark.parametrize(
    ("facts", "track", "word"),
    [
        (CLASSIFIED, "Screening", "open"),
        (IDENTIFIED, "Screening", "identified"),
        ([*CLASSIFIED, F.VICTIM_BELIEVED], "Screening", "believed"),
        ([*CLASSIFIED, F.SCREENED_OUT], "Screening", "screened out"),
        ([*CLASSIFIED, F.SCREENED_OUT, F.SCREEN_OUT_RETURNED], "Screening", "open"),
        ([*CLASSIFIED, F.NOT_A_MINOR], "Screening", "not a minor child"),
        ([*IDENTIFIED, F.SCREENED_OUT], "Screening", "identified"),
        (CLASSIFIED, "Case review", "not begun"),
        (IDENTIFIED, "Case review", "waiting"),
        ([*IDENTIFIED, F.PUT_ON_AGENDA], "Case review", "on the agenda"),
        ([*IDENTIFIED, F.PUT_ON_AGENDA, F.REVIEW_HELD], "Case review", "under review"),
        ([*IDENTIFIED, F.PUT_ON_AGENDA, F.REVIEW_DEFERRED], "Case review", "deferred"),
        (REVIEWED, "Case review", "concluded"),
        (CLASSIFIED, "Services", "not begun"),
        ([F.NEEDS_LISTED, F.NEED_LISTED], "Services", "under way"),
        ([F.NEEDS_LISTED, F.NEED_LISTED, F.CONSENT_DECLINED], "Services", "ended"),
        ([F.NEEDS_LISTED, F.NEED_LISTED, F.SERVICES_DECLINED], "Services", "declined"),
        (CLASSIFIED, "Compensation", "not begun"),
        ([F.INJURY_OCCURRED], "Compensation", "clock runs"),
        ([F.INJURY_OCCURRED, F.APPLICATION_DRAFTED], "Compensation", "drafted"),
        ([F.INJURY_OCCURRED, F.COMPENSATION_DECLINED], "Compensation", "declined"),
        *(([F.DENIAL_MAILED, fact], "Compensation", "settled") for fact in sorted(SETTLED - {F.COMPENSATION_DECLINED})),
    ],
)
def test_each_track_has_its_own_word(facts: list[Fact], track: str, word: str) -> None:
    assert standing(story(*facts), []).tracks[track] == word


def test_a_case_whose_work_is_done_may_close() -> None:
    events = story(*DONE)
    assert standing(events, []).may_close


def test_a_closed_case_may_not_close_again() -> None:
    assert not standing(story(*DONE, F.CASE_CLOSED), []).may_close


def test_an_open_duty_stands_in_the_way_of_closing_and_is_named() -> None:
    events = story(F.REPORT_RECEIVED)
    assert "classify the report (CGS § 17a-101g(a))" in blockers(events, open_tasks(events))
    assert not standing(events, open_tasks(events)).may_close


def test_a_victims_case_waits_for_its_review_and_its_compensation() -> None:
    assert blockers(story(*IDENTIFIED), []) == ["conclude the case review", "settle the compensation track"]


def test_a_screened_out_case_waits_for_neither() -> None:
    assert blockers(story(*CLASSIFIED, F.SCREENED_OUT), []) == []


def test_an_unanswered_standard_of_the_services_stands_in_the_way_and_one_of_compensation_does_not() -> None:
    events = story(F.NEED_LISTED, F.SERVICE_REFERRED, F.PAPER_ASKED_FOR)
    assert {t.step for t in open_tasks(events)} >= {"chase-answer", "chase-paper"}
    assert "chase the provider's answer (the team's standard)" in blockers(events, open_tasks(events))
    assert not any("chase the paper" in said for said in blockers(events, open_tasks(events)))


def test_a_duty_of_the_compensation_office_goes_on_after_closing() -> None:
    events = story(F.APPLICATION_RECEIVED)
    assert [t.force for t in open_tasks(events) if t.step == "send-rights-list"] == ["shall"]
    assert not any("list of rights" in said for said in blockers(events, open_tasks(events)))


@calm
@given(histories)
def test_every_history_has_a_position_and_a_word_for_each_track(events: list[Event]) -> None:
    where = standing(events, open_tasks(events))
    assert where.room in Room
    assert list(where.tracks) == ["Screening", "Case review", "Services", "Compensation"]
    assert not (where.room is Room.CLOSED and where.may_close)
