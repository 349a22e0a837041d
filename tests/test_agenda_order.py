"""Which lines a meeting hears and in which order: most pressing first, nobody coming more often than they must."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.agenda import Reason, Treatment, Why
from mdt.agenda_order import Candidate, Proposal, fewest_visits, propose, special_meeting, too_late, visits
from tests.histories import calm
from tests.making import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
NEXT = MONDAY + 14 * DAY
People = frozenset[str]


def because(kind: Why, presses: int = 0) -> Reason:
    """A reason that weighs as its kind does."""
    return Reason(kind, kind.value, 100 * (len(Why) - list(Why).index(kind)) + presses)


def line(number: int, *kinds: Why, needed: str = "", by: datetime | None = None, presses: int = 0) -> Candidate:
    """A line with a number, its reasons and, a letter each, whom it needs."""
    why = tuple(because(kind, presses) for kind in kinds or (Why.SINCE,))
    return Candidate(f"line-{number}", f"case-{number}", f"2026-{number:03}", why, frozenset(needed), by)


def numbers(lines: Sequence[object]) -> list[int]:
    return [int(str(one.line).removeprefix("line-")) for one in lines]  # type: ignore[attr-defined]


def test_the_most_pressing_lines_are_heard_and_the_rest_is_over() -> None:
    lines = [line(1, Why.SINCE), line(2, Why.OVERDUE_DUTY), line(3, Why.ASKED), line(4, Why.OVERDUE_DECISION)]
    proposal = propose(lines, 10 + 15 + 15 + 4)
    assert numbers(proposal.lines) == [4, 2, 1]  # the short list fits where a third discussion does not
    assert numbers(proposal.over) == [3]
    assert (proposal.minutes, proposal.budget) == (44, 44)


@pytest.mark.parametrize(("budget", "heard"), [(39, [1]), (40, [1, 2]), (54, [1, 2]), (55, [1, 2, 3])])
def test_a_line_is_heard_if_its_last_minute_still_fits(budget: int, heard: list[int]) -> None:
    assert numbers(propose([line(n, Why.ASKED) for n in (1, 2, 3)], budget).lines) == heard


def test_each_line_has_the_minutes_of_its_treatment() -> None:
    lines = propose([line(1, Why.IDENTIFIED, Why.SINCE), line(2, Why.CLOCK)], 60).lines
    assert {one.number: (one.treatment, one.minutes) for one in lines} == {
        "2026-001": (Treatment.FULL, 15),
        "2026-002": (Treatment.SHORT, 4),
    }


def test_the_opening_takes_ten_minutes_unless_another_is_given() -> None:
    assert propose([], 60) == Proposal((), (), 10, 60, 0, 0)
    assert propose([line(1)], 60, opening=0).minutes == 4


@pytest.mark.parametrize("budget", [0, 24])
def test_the_most_pressing_line_is_heard_even_where_it_alone_takes_too_long(budget: int) -> None:
    proposal = propose([line(1, Why.SINCE), line(2, Why.ASKED)], budget)
    assert (numbers(proposal.lines), numbers(proposal.over), proposal.minutes) == ([2], [1], 25)


def test_of_two_lines_that_begin_alike_the_one_with_a_reason_more_goes_first_then_the_older_number() -> None:
    lines = [line(2, Why.ASKED), line(1, Why.ASKED), line(3, Why.ASKED, Why.SINCE)]
    assert numbers(propose(lines, 60).lines) == [3, 1, 2]


def test_a_first_review_that_the_next_meeting_would_hear_too_late_drops_before_no_other_line() -> None:
    lines = [line(1, Why.OVERDUE_DECISION), line(2, Why.IDENTIFIED, by=NEXT - INSTANT)]
    assert numbers(propose(lines, 25, next_meeting_at=NEXT).lines) == [2]
    in_time = [lines[0], line(2, Why.IDENTIFIED, by=NEXT)]
    assert numbers(propose(in_time, 25, next_meeting_at=NEXT).lines) == [1]
    again = [lines[0], line(2, Why.SINCE, by=NEXT - INSTANT)]
    assert numbers(propose(again, 25, next_meeting_at=NEXT).lines) == [1]


@pytest.mark.parametrize(
    ("by", "then", "late"),
    [(NEXT - INSTANT, NEXT, True), (NEXT, NEXT, False), (NEXT + INSTANT, NEXT, False), (NEXT, None, True), (None, None, False)],
)
def test_a_line_is_too_late_if_its_standard_passes_before_the_next_meeting(
    by: datetime | None, then: datetime | None, late: bool
) -> None:
    assert too_late(line(1, by=by), then) is late


def test_a_special_meeting_is_proposed_for_what_is_left_over_and_cannot_wait() -> None:
    soon = NEXT - DAY
    lines = [line(n, Why.IDENTIFIED, by=soon) for n in (1, 2, 3)] + [
        line(4, Why.SINCE, by=NEXT),
        line(5, Why.OVERDUE_DUTY, by=soon),
    ]
    proposal = propose(lines, 25, next_meeting_at=NEXT)
    assert numbers(proposal.over) == [2, 3, 5, 4]
    assert special_meeting(proposal, lines, NEXT) == ("line-2", "line-3", "line-5")
    assert special_meeting(proposal, lines, soon) == ()


@pytest.mark.parametrize(
    ("order", "count"),
    [([], 0), (["", ""], 0), (["a"], 1), (["a", "a"], 1), (["a", "", "a"], 2), (["a", "b", "a"], 3), (["ab", "bc", "c"], 3)],
)
def test_a_visit_is_a_run_of_lines_for_which_somebody_is_needed(order: list[str], count: int) -> None:
    assert visits([frozenset(people) for people in order]) == count


def order(*needed: str) -> list[int]:
    return fewest_visits([frozenset(people) for people in needed])


@pytest.mark.parametrize(
    ("needed", "found"),
    [
        (("a", "b", "a"), [0, 2, 1]),
        (("a", "", "a"), [0, 2, 1]),
        (("", "a", "b", "a"), [0, 1, 3, 2]),
        (("b", "a", "ab", "c", "a"), [0, 2, 1, 4, 3]),
        (("a", "b", "c", ""), [0, 1, 2, 3]),
        (("ab", "ab", "b"), [0, 1, 2]),
        ((), []),
    ],
)
def test_who_comes_for_several_lines_comes_once_and_the_more_pressing_go_first(
    needed: tuple[str, ...], found: list[int]
) -> None:
    assert order(*needed) == found


def test_a_run_begins_with_its_more_pressing_end_and_alike_lines_stay_in_their_order() -> None:
    assert order("a", "c", "ab", "bc", "c", "a") == [0, 5, 2, 3, 1, 4]
    assert order("c", "a", "ab", "bc", "c", "a") == [0, 4, 3, 2, 1, 5]


def test_the_agenda_of_forty_lines_with_twelve_agencies_has_half_the_visits() -> None:
    chance = Random(5)
    agencies = [f"agency {n}" for n in range(12)]
    needed = [frozenset(chance.sample(agencies, chance.randint(0, 3))) for _ in range(40)]
    kinds = chance.choices(list(Why), k=40)
    lines = [Candidate(f"line-{n}", "", f"{n}", (because(kinds[n]),), needed[n]) for n in range(40)]
    proposal = propose(lines, 10 + 40 * 15)
    assert not proposal.over
    assert (proposal.visits_unordered, proposal.visits) == (54, 27)


needs = st.frozensets(st.sampled_from("abcdef"), max_size=5)
few = st.lists(needs, max_size=8)
candidates: st.SearchStrategy[list[Candidate]] = st.lists(
    st.tuples(st.lists(st.sampled_from(list(Why)), min_size=1, max_size=3), needs, st.none() | st.integers(0, 28)), max_size=14
).map(
    lambda drawn: [
        Candidate(
            f"line-{n}",
            f"case-{n}",
            f"{n:03}",
            tuple(map(because, kinds)),
            people,
            None if days is None else MONDAY + days * DAY,
        )
        for n, (kinds, people, days) in enumerate(drawn)
    ]
)


def fewest(needed: Sequence[People]) -> int:
    """The fewest visits of all orders there are."""

    @cache
    def after(here: People, left: frozenset[int]) -> int:
        return min((len(needed[one] - here) + after(needed[one], left - {one}) for one in left), default=0)

    return after(frozenset(), frozenset(range(len(needed))))


@calm
@given(few)
def test_up_to_eight_lines_the_order_is_within_one_visit_of_the_best_there_is(needed: list[People]) -> None:
    found = visits([needed[place] for place in fewest_visits(needed)])
    assert fewest(needed) <= found <= fewest(needed) + 1


@given(st.lists(needs, max_size=20))
def test_no_order_loses_a_line_or_adds_a_visit(needed: list[People]) -> None:
    found = fewest_visits(needed)
    assert sorted(found) == list(range(len(needed)))
    assert visits([needed[place] for place in found]) <= visits(needed)


@given(candidates, st.integers(0, 200))
def test_every_line_is_proposed_or_left_over_once_and_the_minutes_fit(lines: list[Candidate], budget: int) -> None:
    proposal = propose(lines, budget, next_meeting_at=NEXT)
    assert sorted(numbers(proposal.lines + proposal.over)) == list(range(len(lines)))
    assert proposal.minutes == 10 + sum(one.minutes for one in proposal.lines)
    assert proposal.minutes <= budget or len(proposal.lines) <= 1
    assert proposal.visits == visits([one.needed for one in proposal.lines]) <= proposal.visits_unordered
    assert {*special_meeting(proposal, lines, NEXT)} <= {one.line for one in proposal.over}


@given(candidates, st.integers(25, 200))
def test_nothing_goes_before_a_first_review_that_would_be_too_late(lines: list[Candidate], budget: int) -> None:
    proposal = propose(lines, budget, next_meeting_at=NEXT)
    late = {c.line for c in lines if too_late(c, NEXT) and any(r.kind is Why.IDENTIFIED for r in c.reasons)}
    taken = sum(one.minutes for one in proposal.lines if one.line in late)
    assert all(10 + taken + one.minutes > budget for one in proposal.over if one.line in late)


@given(candidates, st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_same_lines_in_whatever_order_make_the_same_agenda(lines: list[Candidate], budget: int, chance: Random) -> None:
    shuffled = chance.sample(lines, len(lines))
    assert propose(shuffled, budget, next_meeting_at=NEXT) == propose(lines, budget, next_meeting_at=NEXT)
