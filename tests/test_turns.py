"""The turns of the process, each with its yes, its no, and what it makes of the unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mdt import turns
from mdt.facts import Event, Fact
from mdt.law.rulebook import load
from tests.making import MONDAY, happened

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def report(**told: Any) -> Event:
    return happened(F.REPORT_RECEIVED, MONDAY, "r", **told)


def of(*facts: Fact) -> list[Event]:
    return [happened(fact, MONDAY, seq=n) for n, fact in enumerate(facts, 1)]


def test_always_is_always() -> None:
    assert turns.always(report(), [])


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"mode": "oral", "mandated": True}, True),
        ({"mode": "oral", "mandated": False}, False),
        ({"mode": "electronic", "mandated": True}, False),
        ({"mode": "oral"}, False),
        ({}, False),
    ],
)
def test_a_written_report_follows_an_oral_one_by_a_mandated_reporter(told: dict[str, Any], answer: bool) -> None:
    assert turns.oral_from_mandated_reporter(report(**told), []) is answer


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        ({"grave": True, "mandated": True}, 12),
        ({"grave": True, "mandated": False}, 24),
        ({"mandated": True}, 12),
        ({"mandated": False}, 24),
        ({}, 12),  # not known to be mandated: the shorter clock
        ({"grave": False, "mandated": True}, None),
        ({"grave": False, "mandated": False}, None),
    ],
)
def test_the_police_hear_of_a_grave_report_and_of_one_that_may_be(told: dict[str, Any], hours: int | None) -> None:
    mandated = turns.grave_from_mandated_reporter(report(**told), [])
    anyone = turns.grave_from_anyone_else(report(**told), [])
    assert (mandated, anyone) == (hours == 12, hours == 24)


@pytest.mark.parametrize(("told", "answer"), [({"in_school": True}, True), ({"in_school": False}, False), ({}, False)])
def test_a_school_report_was_made_in_a_school(told: dict[str, Any], answer: bool) -> None:
    assert turns.made_in_school(report(**told), []) is answer


@pytest.mark.parametrize(("given", "answer"), [("emergency", True), ("other", True), ("perpetrator not a caregiver", False)])
def test_a_classification_opens_the_steps_of_its_class(given: str, answer: bool) -> None:
    classified = happened(F.REPORT_CLASSIFIED, MONDAY, "r", classification=given)
    assert turns.classified("emergency", "other")(classified, []) is answer


def test_what_is_no_classification_does_not_ask_for_a_class() -> None:
    assert turns.classified("other")(happened(F.SCREEN_OUT_RETURNED, MONDAY, "r"), [])


@pytest.mark.parametrize(
    ("told", "after", "about", "answer"),
    [
        ({"mode": "electronic", "mandated": True}, 24 * HOUR, "r", True),
        ({"mode": "electronic", "mandated": True}, 24 * HOUR + timedelta(microseconds=1), "r", False),
        ({"mode": "electronic", "mandated": True}, HOUR, "another", False),
        ({"mode": "electronic", "mandated": False}, HOUR, "r", False),
        ({"mode": "oral", "mandated": True}, HOUR, "r", False),
    ],
)
def test_an_inquiry_within_a_day_of_an_electronic_report_must_be_answered(
    told: dict[str, Any], after: timedelta, about: str, answer: bool
) -> None:
    asked = happened(F.INQUIRY_MADE, MONDAY + after, about, seq=2)
    assert turns.inquiry_in_time(asked, [*of(F.CAUSE_AROSE), report(**told)]) is answer


@pytest.mark.parametrize(
    ("told", "learned", "answer"),
    [
        ({"noncitizen": True}, None, True),
        ({"noncitizen": False}, None, False),
        ({}, None, False),
        ({}, True, True),
        ({"noncitizen": True}, False, False),
        ({"noncitizen": False}, True, True),
    ],
)
def test_hhs_is_told_of_a_child_who_by_the_latest_word_is_no_citizen(
    told: dict[str, Any], learned: bool | None, answer: bool
) -> None:
    before = [report(**told)]
    if learned is not None:
        before.append(happened(F.CITIZENSHIP_LEARNED, MONDAY, seq=2, noncitizen=learned))
    assert turns.noncitizen_believed_victim(happened(F.VICTIM_BELIEVED, MONDAY, "r", seq=3), before) is answer


def test_hhs_is_not_told_before_the_child_is_believed_a_victim() -> None:
    assert not turns.noncitizen_believed_victim(happened(F.CITIZENSHIP_LEARNED, MONDAY, noncitizen=True), [])


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        ([], False),
        ([report(in_care=True)], True),
        ([report(in_care=False)], False),
        (of(F.SUPERVISION_BEGAN), True),
        (of(F.MISSING_FROM_CARE), True),
        (of(F.SUPERVISION_BEGAN, F.SUPERVISION_ENDED), False),
        (of(F.SUPERVISION_ENDED, F.SUPERVISION_BEGAN), True),
    ],
)
def test_a_child_is_in_care_until_supervision_ends(before: list[Event], answer: bool) -> None:
    assert turns.in_care(happened(F.VICTIM_IDENTIFIED, MONDAY, "r", seq=9), before) is answer


@pytest.mark.parametrize(
    ("before", "fact", "answer"),
    [
        ([], F.SUPERVISION_BEGAN, True),
        ([], F.PLAN_REVIEWED, True),
        (of(F.SUPERVISION_BEGAN), F.PLAN_REVIEWED, True),
        (of(F.SUPERVISION_BEGAN, F.SUPERVISION_ENDED), F.PLAN_REVIEWED, False),
    ],
)
def test_plans_are_reviewed_while_supervision_lasts(before: list[Event], fact: Fact, answer: bool) -> None:
    assert turns.under_supervision(happened(fact, MONDAY, seq=9), before) is answer


@pytest.mark.parametrize(("told", "answer"), [({"contested": True}, True), ({"contested": False}, False), ({}, False)])
def test_a_contested_hearing_was_asked_for(told: dict[str, Any], answer: bool) -> None:
    assert turns.contested(happened(F.PRELIMINARY_HEARING_HELD, MONDAY, **told), []) is answer


@pytest.mark.parametrize(("ago", "answer"), [((1, 300), True), ((1,), False), ((1, 365), False), ((1, 364), True)])
def test_the_third_screen_out_within_twelve_months_is_looked_at_again(ago: tuple[int, ...], answer: bool) -> None:
    before = [happened(F.SCREEN_OUT_APPROVED, MONDAY - n * DAY, "r", seq=400 - n) for n in ago]
    assert turns.often_screened_out(happened(F.SCREEN_OUT_APPROVED, MONDAY, "r", seq=500), before) is answer


def line(fact: Fact, about: str = "l") -> Event:
    return happened(fact, MONDAY, about)


@pytest.mark.parametrize(
    ("event", "before", "answer"),
    [
        (line(F.VICTIM_IDENTIFIED), [], True),
        (line(F.VICTIM_IDENTIFIED), [line(F.PUT_ON_AGENDA)], False),
        (line(F.VICTIM_IDENTIFIED), [line(F.PUT_ON_AGENDA), line(F.REVIEW_HELD)], True),
        (line(F.VICTIM_IDENTIFIED), [line(F.PUT_ON_AGENDA), line(F.REVIEW_DEFERRED)], True),
        (line(F.VICTIM_IDENTIFIED), [line(F.PUT_ON_AGENDA), line(F.REVIEW_HELD, "other")], False),
        (line(F.REVIEW_ASKED_FOR), [line(F.PUT_ON_AGENDA)], True),
        (line(F.REVIEW_HELD), [line(F.PUT_ON_AGENDA)], True),
        (happened(F.REVIEW_HELD, MONDAY, "l", concluded=True), [], False),
        (happened(F.REVIEW_HELD, MONDAY, "l", concluded=False), [], True),
    ],
)
def test_a_case_wants_a_review_unless_it_is_concluded_or_stands_on_an_agenda(
    event: Event, before: list[Event], answer: bool
) -> None:
    assert turns.wants_review(event, before) is answer


@pytest.mark.parametrize(("told", "answer"), [({"outside": True}, True), ({}, True), ({"outside": False}, False)])
def test_consent_is_needed_unless_dcf_itself_meets_the_need(told: dict[str, Any], answer: bool) -> None:
    assert turns.provider_outside_dcf(happened(F.NEED_LISTED, MONDAY, "n", **told), []) is answer


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (happened(F.AWARD_MAILED, MONDAY), True),
        (happened(F.COURT_DECIDED, MONDAY, awarded=True), True),
        (happened(F.COMMISSIONER_DECISION_SENT, MONDAY, awarded=False), False),
        (happened(F.COMMISSIONER_DECISION_SENT, MONDAY), False),
    ],
)
def test_only_an_award_can_be_claimed(event: Event, answer: bool) -> None:
    assert turns.awarded(event, []) is answer


@pytest.mark.parametrize(
    ("decision", "answer"), [("no award", True), ("award", True), ("waiver denied", True), ("waiver granted", False)]
)
def test_only_who_is_aggrieved_by_a_decision_appeals(decision: str, answer: bool) -> None:
    assert turns.aggrieved(happened(F.COMMISSIONER_DECISION_SENT, MONDAY, decision=decision), []) is answer


def test_an_identification_after_a_concluded_review_goes_before_the_team_again() -> None:
    before = [happened(F.PUT_ON_AGENDA, MONDAY, "line", seq=1), happened(F.REVIEW_CONCLUDED, MONDAY + DAY, seq=2)]
    assert turns.wants_review(happened(F.VICTIM_IDENTIFIED, MONDAY + 2 * DAY, "r", seq=3), before)


def test_the_police_unit_hears_of_online_abuse_from_dcfs_own_notice() -> None:
    online, other = report(online=True), report(online=False)
    notified = happened(F.POLICE_NOTIFIED, MONDAY + DAY, "r", seq=2)
    assert turns.police_told_of_online_abuse(notified, [online])
    assert not turns.police_told_of_online_abuse(notified, [other])
    assert turns.police_told_of_online_abuse(happened(F.POLICE_HEARD_OF_ONLINE_ABUSE, MONDAY, "r", seq=2), [other])
    given = happened(F.ICAC_NOTICE_GIVEN, MONDAY + DAY, "r", seq=3)
    assert not turns.police_told_of_online_abuse(happened(F.REFERRED_TO_POLICE, MONDAY + 2 * DAY, "r", seq=4), [online, given])


def test_a_belief_that_becomes_certain_asks_for_nothing_twice() -> None:
    believed = happened(F.VICTIM_BELIEVED, MONDAY, "r", seq=2)
    assert turns.first_on_its_report(believed, [report()])
    assert not turns.first_on_its_report(happened(F.VICTIM_IDENTIFIED, MONDAY + DAY, "r", seq=3), [report(), believed])
    assert turns.first_on_its_report(happened(F.VICTIM_IDENTIFIED, MONDAY + DAY, "s", seq=3), [report(), believed])


def test_hhs_is_told_once() -> None:
    before = [report(noncitizen=True), happened(F.VICTIM_BELIEVED, MONDAY, "r", seq=2)]
    identified = happened(F.VICTIM_IDENTIFIED, MONDAY + 2 * DAY, "r", seq=4)
    assert turns.noncitizen_believed_victim(identified, before)
    assert not turns.noncitizen_believed_victim(identified, [*before, happened(F.HHS_TOLD, MONDAY + DAY, seq=3)])


def test_a_removed_child_is_in_care_until_the_removal_ends() -> None:
    removed, ended = happened(F.CHILD_REMOVED, MONDAY, seq=2), happened(F.REMOVAL_ENDED, MONDAY + DAY, seq=3)
    identified = happened(F.VICTIM_IDENTIFIED, MONDAY + 2 * DAY, "r", seq=4)
    assert turns.in_care(identified, [report(), removed])
    assert not turns.in_care(identified, [report(), removed, ended])


def test_before_reports_could_be_electronic_no_inquiry_bound_the_reporter() -> None:
    old = datetime(2019, 9, 30, 14, tzinfo=UTC)
    made = happened(F.REPORT_RECEIVED, old, "r", mode="electronic", mandated=True)
    assert not turns.inquiry_in_time(happened(F.INQUIRY_MADE, old + timedelta(hours=1), "r", seq=2), [made])


def test_a_team_that_sets_no_figure_asks_for_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    book = load()
    without = book.standard("repeat-screen-outs").model_copy(update={"number": None})
    monkeypatch.setitem(book.standards, "repeat-screen-outs", without)
    before = [happened(F.SCREEN_OUT_APPROVED, MONDAY - n * DAY, "r", seq=n) for n in range(1, 9)]
    assert not turns.often_screened_out(happened(F.SCREEN_OUT_APPROVED, MONDAY, "r", seq=20), before)


@pytest.mark.parametrize("entering", [report(in_care=True), happened(F.SUPERVISION_BEGAN, MONDAY + DAY, seq=5)], ids=str)
def test_the_police_hear_of_an_identified_child_who_comes_into_care_later_and_once(entering: Event) -> None:
    identified = happened(F.VICTIM_IDENTIFIED, MONDAY, "r", seq=2)
    assert not turns.identified_in_care(identified, [report()])
    assert turns.identified_in_care(entering, [report(), identified])
    assert not turns.identified_in_care(entering, [report()])
    assert not turns.identified_in_care(entering, [report(), identified, *of(F.IDENTIFIED_CHILD_POLICE_TOLD)])


def test_hhs_hears_of_a_victim_whose_citizenship_a_later_report_tells() -> None:
    victim = happened(F.VICTIM_BELIEVED, MONDAY, "r", seq=2)
    later = happened(F.REPORT_RECEIVED, MONDAY + DAY, "s", seq=3, noncitizen=True)
    assert turns.noncitizen_believed_victim(later, [report(), victim])


@pytest.mark.parametrize(
    ("agency", "answer"), [("local police", True), ("State Police", True), ("FBI", False), ("other", False)]
)
def test_a_law_enforcement_unit_is_the_states_or_a_municipalitys(agency: str, answer: bool) -> None:
    told = happened(F.POLICE_NOTIFIED, MONDAY, "r", seq=2, agency=agency)
    assert turns.police_told_of_online_abuse(told, [report(online=True)]) is answer


@pytest.mark.parametrize(("told", "answer"), [({"mandated": True}, True), ({"mandated": False}, False), ({}, False)])
def test_a_written_report_is_asked_only_of_who_is_known_to_be_mandated(told: dict[str, Any], answer: bool) -> None:
    assert turns.oral_from_mandated_reporter(report(mode="oral", **told), []) is answer
