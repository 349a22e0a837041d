"""Each case on the agenda says why it is there, most pressing first, in codes, days and titles alone."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from mdt.agenda import Reason, Treatment, Why, heard_by, minutes, reasons, treatment, waits
from mdt.errors import NotPossible
from mdt.facts import Event, Fact
from mdt.history import live
from mdt.law.period import end_of_day, local_date
from mdt.tasks import Task, open_tasks
from tests.histories import calm, histories
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from datetime import datetime

F = Fact
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
LINE = "line"


def past(*what: tuple[Fact, float] | tuple[Fact, float, str] | tuple[Fact, float, str, dict[str, Any]]) -> list[Event]:
    """Facts, each so many days from Monday, and the line put on an agenda after all of them."""
    made = [
        happened(fact, MONDAY + days * DAY, *about[:1], seq=n, **(about[1] if len(about) > 1 else {}))
        for n, (fact, days, *about) in enumerate(what, 1)
    ]
    return [*made, happened(F.PUT_ON_AGENDA, made[-1].happened_at, LINE, seq=len(made) + 1, meeting="m", on="2026-12-01")]


IDENTIFIED = (F.VICTIM_IDENTIFIED, 0.0, "r")
HELD = (F.REVIEW_HELD, 1.0, "earlier")


def why(events: list[Event], after: float = 2, *, now: datetime | None = None) -> dict[Why, list[str]]:
    """What is said of the line so many days after Monday, in its order."""
    at = now or MONDAY + after * DAY
    said: dict[Why, list[str]] = {}
    for reason in reasons(live(events), open_tasks(events), LINE, at):
        said.setdefault(reason.kind, []).append(reason.says)
    return said


def kinds(events: list[Event], after: float = 2) -> set[Why]:
    return set(why(events, after))


def test_a_case_that_was_never_reviewed_says_when_it_was_identified() -> None:
    assert why(past(IDENTIFIED)) == {Why.IDENTIFIED: ["identified 2 Mar 2026, not reviewed yet"]}


def test_a_belief_that_became_certain_says_both_days_and_the_first_of_each() -> None:
    events = past((F.VICTIM_BELIEVED, 0, "r"), (F.VICTIM_IDENTIFIED, 3, "r"), (F.VICTIM_IDENTIFIED, 5, "s"))
    assert why(events, 6)[Why.IDENTIFIED] == ["believed 2 Mar 2026, identified 5 Mar 2026, not reviewed yet"]


def test_a_case_that_a_member_asked_for_is_a_first_review_without_a_determination() -> None:
    assert why(past((F.REVIEW_ASKED_FOR, 0))) == {
        Why.IDENTIFIED: ["not reviewed yet"],
        Why.ASKED: ["asked for by a member on 2 Mar 2026"],
    }


def test_a_determination_since_the_last_review_is_new_and_one_before_it_is_not() -> None:
    assert Why.IDENTIFIED not in kinds(past(IDENTIFIED, HELD))
    events = past(IDENTIFIED, HELD, (F.SCREENED_OUT, 1.5, "s"))
    assert why(events)[Why.IDENTIFIED] == ["screened out 3 Mar 2026, new since the last review"]


def test_what_happened_before_a_review_and_was_recorded_after_it_is_news_to_the_team() -> None:
    events = past((F.REVIEW_ASKED_FOR, 0), HELD)
    late = replace(events[0], recorded_at=MONDAY + DAY + INSTANT)
    assert Why.ASKED not in why(events)
    assert Why.ASKED not in why([replace(late, recorded_at=MONDAY + DAY), *events[1:]])
    assert why([late, *events[1:]])[Why.ASKED] == ["asked for by a member on 2 Mar 2026"]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (1, None),
        (1.9, "1 day since the last review"),
        (2, "1 day since the last review"),
        (35, "34 days since the last review"),
    ],
)
def test_the_days_since_the_last_review_are_those_of_the_calendar(after: float, said: str | None) -> None:
    assert why(past(IDENTIFIED, HELD), after).get(Why.SINCE) == (said and [said])


def test_every_line_has_a_reason_even_on_the_day_of_the_last_review() -> None:
    assert why(past(IDENTIFIED, HELD), 1) == {Why.FOLLOW_UP: ["reviewed today, to be followed up"]}


DECIDED = (F.DECISION_MADE, 1.0, "d", {"owner": "DCF", "due_on": "2026-03-10"})
DUE = end_of_day(local_date(MONDAY) + 8 * DAY)  # 10 March


def test_a_decision_is_overdue_once_its_day_is_over() -> None:
    events = past(IDENTIFIED, HELD, DECIDED)
    assert Why.OVERDUE_DECISION not in why(events, now=DUE)
    assert why(events, now=DUE + INSTANT)[Why.OVERDUE_DECISION] == ["decision 1 is 1 day overdue (DCF)"]
    assert why(events, now=DUE + 12 * DAY)[Why.OVERDUE_DECISION] == ["decision 1 is 12 days overdue (DCF)"]


def test_the_longer_a_decision_is_overdue_the_more_it_presses_up_to_ninety_nine_days() -> None:
    events = past(IDENTIFIED, HELD, DECIDED)
    weights = [reasons(live(events), open_tasks(events), LINE, DUE + days * DAY)[0].weight for days in (1, 2, 99, 200)]
    assert [weight - weights[0] for weight in weights] == [0, 1, 98, 98]


REPORTED = (F.REPORT_RECEIVED, 0.0, "r", {"mode": "oral", "mandated": True, "grave": True})


def test_a_duty_is_overdue_after_its_last_lawful_instant() -> None:
    events = past(REPORTED)
    due = next(t.due for t in open_tasks(events) if t.step == "notify-police-mandated")
    assert due is not None
    told = "notify the police (§ 17a-101b(c))"
    before, after, later = (why(events, now=due + step) for step in (timedelta(), INSTANT, 3 * DAY))
    assert f"clock runs out today: {told}" in before[Why.CLOCK]
    assert f"overdue since today: {told}" in after[Why.OVERDUE_DUTY]
    assert f"3 days overdue: {told}" in later[Why.OVERDUE_DUTY]


INVESTIGATED = (F.REPORT_CLASSIFIED, 0.0, "r", {"classification": "other"})


def investigation(events: list[Event]) -> datetime:
    """The end of the day until which the investigation may last."""
    due = next(t.due for t in open_tasks(events) if t.step == "complete-investigation")
    assert due is not None
    return due


def test_a_clock_is_named_that_runs_out_within_fourteen_days() -> None:
    events = past(INVESTIGATED)
    due = investigation(events)
    fourteenth, before = due - 14 * DAY, due - 15 * DAY
    told = "complete the investigation (§ 17a-101g(a))"
    assert f"clock runs out in 14 days: {told}" in why(events, now=fourteenth)[Why.CLOCK]
    assert not any(told in said for said in why(events, now=before).get(Why.CLOCK, []))


def test_the_sooner_a_clock_runs_out_the_more_it_presses() -> None:
    events = past(INVESTIGATED)
    due, tasks = investigation(events), [t for t in open_tasks(events) if t.step == "complete-investigation"]
    nearest = [reasons(live(events), tasks, LINE, due - days * DAY)[0].weight for days in (0, 1, 14)]
    assert [nearest[0] - weight for weight in nearest] == [0, 1, 14]


def test_a_right_that_ran_out_is_still_named_for_a_waiver_may_save_it() -> None:
    events = past((F.INJURY_OCCURRED, 0))
    apply = next(t for t in open_tasks(events) if t.step == "apply")
    assert apply.due is not None
    end = apply.rolled or apply.due
    assert why(events, now=apply.due)[Why.CLOCK] == ["clock runs out today: apply for compensation (§ 54-211(a)(1)(A))"]
    assert why(events, now=end + INSTANT)[Why.CLOCK] == [
        f"clock ran out on {local_date(end):%-d %b %Y}: apply for compensation (§ 54-211(a)(1)(A))"
    ]


def test_a_right_whose_last_day_rolled_over_runs_out_on_the_later_day() -> None:
    events = past(IDENTIFIED)
    task = Task("appeal", "", MONDAY, "e1", MONDAY, "applicant", "only if", MONDAY, MONDAY + 2 * DAY)
    at = MONDAY + INSTANT
    assert [r.says for r in reasons(live(events), [task], LINE, at) if r.kind is Why.CLOCK] == [
        "clock runs out in 2 days: appeal to the Superior Court, Hartford (§ 54-211a)"
    ]


def test_what_the_law_gives_no_figure_for_and_what_only_may_be_done_is_no_clock() -> None:
    events = past(IDENTIFIED)
    may = Task("appeal", "", MONDAY, "e1", MONDAY, "applicant", "may", MONDAY + DAY)
    no_figure = replace(may, force="shall", due=None)
    assert {r.kind for r in reasons(live(events), [may, no_figure], LINE, MONDAY)} == {Why.IDENTIFIED}


def test_two_reports_that_ask_for_the_same_duty_say_it_once() -> None:
    events = past(REPORTED, (F.REPORT_RECEIVED, 0, "s", dict(REPORTED[3])))
    assert [s for s in why(events)[Why.OVERDUE_DUTY] if "notify the police" in s] == [
        "2 days overdue: notify the police (§ 17a-101b(c))"
    ]


def scored(days: float, band: str, report: str = "r") -> tuple[Fact, float, str, dict[str, Any]]:
    return (F.SCREENING_SCORED, days, report, {"band": band, "points": 3})


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([scored(0, "low"), HELD, scored(2, "high")], "screening now high (was low)"),
        ([scored(0, "low"), HELD, scored(2, "low")], None),
        ([scored(0, "low"), HELD], None),
        ([HELD, scored(2, "medium")], "screened since the last review: medium"),
        ([scored(0, "low"), scored(0.5, "high", "s"), HELD, scored(2, "low")], None),
        ([scored(0, "low"), HELD, scored(2, "high", "s")], "screening now high (was low)"),
        ([scored(0, "high"), HELD, scored(2, "high", "s")], None),
        ([scored(0, "low"), scored(0.5, "high")], None),
    ],
    ids=["another", "the same", "none since", "none before", "of its own report", "a new report", "no news", "never reviewed"],
)
def test_another_band_since_the_last_review_is_named(scores: list[Any], said: str | None) -> None:
    assert why(past(IDENTIFIED, *scores), 3).get(Why.NEW_BAND) == (said and [said])


def test_answers_since_the_last_review_are_named_by_number_and_without_a_name() -> None:
    events = past(
        IDENTIFIED, (F.DECISION_MADE, 0.1, "d1"), (F.DECISION_MADE, 0.2, "d2"), (F.NEED_LISTED, 0.3, "n1"), HELD,
        (F.DECISION_DONE, 1.5, "d1"), (F.DECISION_NOT_POSSIBLE, 1.5, "d2"), (F.PROVIDER_WAITLISTED, 1.5, "n1", {"x": "ZZZ"}),
        (F.DECISION_NOT_DONE, 1.5, "gone"), (F.PROVIDER_DECLINED, 1.5, "gone too"), (F.AWARD_MAILED, 1.6),
    )  # fmt: skip
    assert why(events)[Why.ANSWER] == [
        "answer arrived: a decision not done",
        "answer arrived: decision 2 not possible",
        "answer arrived: award mailed",
        "answer arrived: decision 1 done",
        "answer arrived: provider declined (a need)",
        "answer arrived: provider waitlisted (need 1)",
    ]


def test_of_several_answers_on_one_need_the_last_counts_and_what_the_team_knew_does_not() -> None:
    need = (F.NEED_LISTED, 0.1, "n")
    both = past(IDENTIFIED, need, HELD, (F.PROVIDER_NEEDS_MORE, 1.2, "n"), (F.PROVIDER_ACCEPTED, 1.4, "n"))
    assert why(both)[Why.ANSWER] == ["answer arrived: provider accepted (need 1)"]
    assert Why.ANSWER not in why(past(IDENTIFIED, need, (F.PROVIDER_ACCEPTED, 0.5, "n"), HELD))


def test_a_decision_that_was_not_carried_out_heads_the_agenda() -> None:
    events = past(IDENTIFIED, HELD, (F.REVIEW_ASKED_FOR, 1.5), (F.DECISION_NOT_POSSIBLE, 1.5, "d"))
    assert next(iter(why(events))) is Why.ANSWER


@pytest.mark.parametrize(
    ("because", "kind", "said"),
    [
        ({"because": "no time"}, Why.DEFERRED, "deferred last time: no time"),
        ({}, Why.DEFERRED, "deferred last time"),
        ({"because": "meeting moved"}, Why.FOLLOW_UP, "deferred last time: meeting moved"),
    ],
)
def test_a_line_that_was_put_off_says_why_and_a_meeting_that_moved_says_nothing_of_the_case(
    because: dict[str, str], kind: Why, said: str
) -> None:
    events = past(IDENTIFIED, (F.REVIEW_DEFERRED, 1, "earlier", because))
    assert why(events)[kind] == [said]
    assert Why.DEFERRED not in why(past(IDENTIFIED, (F.REVIEW_DEFERRED, 1, "earlier", because), (F.REVIEW_HELD, 1.5, "e")))


def test_the_most_pressing_reason_stands_first() -> None:
    events = past(IDENTIFIED, HELD, DECIDED, INVESTIGATED, (F.REVIEW_ASKED_FOR, 2), (F.PROVIDER_ACCEPTED, 2, "n"))
    found = reasons(live(events), open_tasks(events), LINE, DUE + 30 * DAY)
    assert list(dict.fromkeys(r.kind for r in found)) == [
        Why.OVERDUE_DECISION, Why.OVERDUE_DUTY, Why.CLOCK, Why.ASKED, Why.ANSWER, Why.SINCE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "still"),
    [
        ([], True),
        ([(F.REVIEW_HELD, LINE)], False),
        ([(F.REVIEW_DEFERRED, LINE)], False),
        ([(F.REVIEW_CONCLUDED, None)], False),
        ([(F.REVIEW_HELD, "other")], True),
    ],
)
def test_a_line_waits_until_it_is_heard_or_put_off_or_the_review_is_concluded(then: list[Any], still: bool) -> None:
    events = [*past(IDENTIFIED), *(happened(fact, MONDAY + DAY, about, seq=9) for fact, about in then)]
    assert waits(live(events), LINE) is still
    if not still:
        with pytest.raises(NotPossible, match=r"^Can't propose the case for a meeting: it was heard, deferred or concluded"):
            reasons(live(events), [], LINE, MONDAY + DAY)


def test_a_closed_case_is_refused_and_a_line_that_never_was_too() -> None:
    closed = [*past(IDENTIFIED), happened(F.CASE_CLOSED, MONDAY + DAY, seq=9)]
    assert not waits(live(closed), LINE)
    with pytest.raises(NotPossible, match=r"it is closed.*§ 17a-103a"):
        reasons(live(closed), [], LINE, MONDAY + DAY)
    with pytest.raises(NotPossible, match="waits on no agenda"):
        reasons(live(past(IDENTIFIED)), [], "no such line", MONDAY + DAY)


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (Why.OVERDUE_DECISION, Treatment.FULL), (Why.OVERDUE_DUTY, Treatment.FULL), (Why.CLOCK, Treatment.SHORT),
        (Why.IDENTIFIED, Treatment.FULL), (Why.NEW_BAND, Treatment.FULL), (Why.ASKED, Treatment.FULL),
        (Why.DEFERRED, Treatment.FULL), (Why.ANSWER, Treatment.SHORT), (Why.SINCE, Treatment.SHORT),
        (Why.FOLLOW_UP, Treatment.SHORT),
    ],
)  # fmt: skip
def test_what_is_new_overdue_asked_for_or_put_off_is_discussed_in_full(kind: Why, how: Treatment) -> None:
    assert treatment([Reason(Why.SINCE, "", 0), Reason(kind, "", 0)]) is how


def test_a_discussion_takes_fifteen_minutes_and_the_short_list_four() -> None:
    assert (minutes(Treatment.FULL), minutes(Treatment.SHORT)) == (15, 4)


def by(events: list[Event]) -> datetime | None:
    return heard_by(live(events), open_tasks(events))


def test_a_first_review_is_wanted_within_thirty_days_of_the_determination_whatever_was_put_off() -> None:
    thirtieth = end_of_day(local_date(MONDAY) + 30 * DAY)
    assert by(past(IDENTIFIED)) == thirtieth
    assert by(past(IDENTIFIED, (F.REVIEW_DEFERRED, 3, "earlier"), (F.VICTIM_IDENTIFIED, 5, "s"))) == thirtieth
    assert by(past((F.REVIEW_ASKED_FOR, 0))) == thirtieth


def test_a_case_is_wanted_again_within_thirty_days_of_its_last_sitting() -> None:
    assert by(past(IDENTIFIED, HELD)) == end_of_day(local_date(MONDAY) + 31 * DAY)
    assert by(past(IDENTIFIED, HELD, (F.VICTIM_IDENTIFIED, 2, "s"))) == end_of_day(local_date(MONDAY) + 31 * DAY)


def test_nothing_says_by_when_a_case_is_heard_that_nobody_found_or_asked_for() -> None:
    assert by(past((F.CASE_PLACED, 0))) is None


ALLOWED = frozenset(string.ascii_letters + string.digits + " ,:()§-/.'")


@calm
@given(histories)
def test_every_waiting_line_has_reasons_in_order_that_repeat_nothing_typed(events: list[Event]) -> None:
    typed = [
        replace(e, data=e.data | {"note": "ZZZ", "reason": "ZZZ", "name": "ZZZ", "person": "ZZZ"}, by="ZZZ") for e in events
    ]
    waiting = [happened(F.PUT_ON_AGENDA, MONDAY + 400 * DAY, LINE, seq=99), happened(F.REPORT_RECEIVED, MONDAY, "x", seq=100)]
    history = live([*typed, *waiting])
    found = reasons(history, open_tasks(history), LINE, MONDAY + 401 * DAY)
    assert found
    assert [r.weight for r in found] == sorted((r.weight for r in found), reverse=True)
    assert not any("ZZZ" in r.says for r in found)
    assert all(set(r.says) <= ALLOWED for r in found)
    assert treatment(found) is treatment(found[::-1])
