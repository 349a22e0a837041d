"""What counts as a gap, where it is counted, and that all tables of a ledger together tell of no few children."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdt import gaps
from mdt.facts import Fact
from mdt.figures import FEW
from mdt.gaps import NEEDS, NOBODY, REASONS, TOGETHER, VIEWS, WAITING, Gap, Ledger, publish
from tests.making import happened
from tests.test_withholding import reach

if TYPE_CHECKING:
    from mdt.facts import Event

F = Fact
NOON = datetime(2025, 5, 5, 16, tzinfo=UTC)
LISTED = happened(F.NEED_LISTED, NOON, "n1", seq=1, need="shelter")
OPENED = date(2025, 5, 1)


def of(*events: Event, age: int | None = 14) -> list[Gap]:
    return list(gaps.of_case("c", events, age, OPENED))


def some(n: int, need: str = "shelter", **more: object) -> list[Gap]:
    """So many gaps, each of another child."""
    told = {"age": 14, "district": "New Haven", "on": date(2025, 5, 5), "reason": "no capacity", **more}
    return [Gap(f"{need}-{sorted(told.items(), key=str)}-{i}", need, **told) for i in range(n)]  # type: ignore[arg-type]


# What is a gap. -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "data", "reason"),
    [
        (F.PROVIDER_DECLINED, {"because": "no capacity"}, "no capacity"),
        (F.PROVIDER_DECLINED, {"because": "not eligible"}, "not eligible"),
        (F.PROVIDER_WAITLISTED, {"place": 3}, WAITING),
        (F.SERVICE_ENDED, {"outcome": NOBODY}, NOBODY),
        (F.SERVICE_ENDED, {"outcome": "not met"}, None),
        (F.PROVIDER_ACCEPTED, {}, None),
    ],
)
def test_a_decline_a_waiting_list_and_nobody_in_reach_are_gaps(fact: Fact, data: dict[str, object], reason: str | None) -> None:
    found = of(LISTED, happened(fact, NOON, "n1", seq=2, **data))
    assert [gap.reason for gap in found] == ([reason] if reason else [])
    assert reason is None or reason in REASONS


def test_each_event_counts_once_under_its_need() -> None:
    other = happened(F.NEED_LISTED, NOON, "n2", seq=2, need="schooling")
    no = [happened(F.PROVIDER_DECLINED, NOON, need, seq=n, because="age") for n, need in ((3, "n1"), (4, "n1"), (5, "n2"))]
    assert [gap.need for gap in of(LISTED, other, *no)] == ["shelter", "shelter", "schooling"]


def test_a_need_that_was_never_listed_has_no_gap() -> None:
    assert of(LISTED, happened(F.PROVIDER_DECLINED, NOON, "n2", seq=2, because="age")) == []


def test_a_gap_lies_where_the_case_was_placed_by_then_and_in_the_month_of_connecticut() -> None:
    late = datetime(2025, 6, 1, 3, tzinfo=UTC)  # eleven in the evening of 31 May
    found = of(
        LISTED,
        happened(F.PROVIDER_WAITLISTED, NOON, "n1", seq=2),
        happened(F.CASE_PLACED, NOON, seq=3, district="Tolland"),
        happened(F.CASE_PLACED, NOON, seq=4, team="t"),
        happened(F.PROVIDER_WAITLISTED, late, "n1", seq=5),
        happened(F.CASE_PLACED, late, seq=6, district="Windham"),
    )
    assert [(gap.district, gap.on) for gap in found] == [(None, date(2025, 5, 5)), ("Tolland", date(2025, 5, 31))]
    assert [VIEWS["district"][1](gap) for gap in found] == [gaps.NOWHERE, "Tolland"]


@pytest.mark.parametrize(
    ("told", "on", "age"),
    [
        (date(2024, 5, 5), date(2025, 5, 4), 14),
        (date(2024, 5, 5), date(2025, 5, 5), 15),
        (date(2024, 2, 29), date(2025, 2, 28), 14),
        (date(2025, 6, 1), date(2025, 5, 5), 14),
    ],
)
def test_an_age_grows_a_year_older_with_each_year_since_it_was_told(told: date, on: date, age: int) -> None:
    assert gaps.age_on(14, told, on) == age


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "Under 12"), (11, "Under 12"), (12, "12 to 14"), (14, "12 to 14"), (15, "15 to 17"), (17, "15 to 17"),
     (18, "18 and older"), (None, gaps.UNKNOWN)],
)  # fmt: skip
def test_a_band_begins_with_its_first_age(age: int | None, band: str) -> None:
    assert gaps.band(age) == band
    assert {gap.age for gap in of(LISTED, happened(F.PROVIDER_WAITLISTED, NOON, "n1", seq=2), age=age)} == {age}


# The year. ----------------------------------------------------------------------------------------------------------------


def test_a_ledger_is_made_so_many_days_after_its_year() -> None:
    made = gaps.closes(2025, 31)
    assert made == datetime(2026, 2, 1, 5, tzinfo=UTC)
    assert gaps.begins(2026) == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert gaps.last_closed(made, 31) == 2025
    assert gaps.last_closed(datetime(2026, 2, 1, 4, 59, tzinfo=UTC), 31) == 2024


# What is published. -------------------------------------------------------------------------------------------------------


def test_of_no_gap_there_is_a_zero() -> None:
    assert publish([]) == Ledger(0, {}, {}, never=NEEDS)


@pytest.mark.parametrize("few", [some(1), some(10), [*some(40)[:1] * 40]])
def test_of_few_children_nothing_is_published(few: list[Gap]) -> None:
    assert publish(few) == Ledger(None, {}, {})


def test_a_need_of_many_children_stands_alone_and_the_others_had_no_gap() -> None:
    found = publish(some(11))
    assert (found.total, dict(found.rows), found.together) == (11, {"shelter": 11}, ())
    assert found.never == tuple(need for need in NEEDS if need != "shelter")
    assert found.tables["district"].totals[list(VIEWS["district"][0]).index("New Haven")] == 11


def test_needs_of_few_children_are_counted_together_with_those_without_a_gap() -> None:
    found = publish([*some(30), *some(6, "schooling"), *some(8, "advocacy")])
    assert dict(found.rows) == {"shelter": 30, TOGETHER: 14}
    assert set(found.together) == set(NEEDS) - {"shelter"}
    assert found.never == ()


def test_where_they_are_too_few_together_the_smallest_other_goes_with_them() -> None:
    found = publish([*some(30), *some(6, "schooling"), *some(20, "advocacy")])
    assert dict(found.rows) == {"shelter": 30, TOGETHER: 26}
    assert "advocacy" in found.together


def test_two_needs_that_could_only_be_of_ten_each_are_not_left_to_themselves() -> None:
    many = [gap for need in NEEDS[2:] for gap in some(20, need)]
    found = publish([*many, *some(10, NEEDS[0]), *some(10, NEEDS[1])])
    assert len(found.together) == 3
    assert found.rows[TOGETHER] == 40


def test_where_no_need_can_stand_alone_all_are_counted_together() -> None:
    found = publish([*some(6, "schooling"), *some(8, "advocacy")])
    assert dict(found.rows) == {TOGETHER: 14}
    assert found.together == NEEDS


def at_random(seed: int, n: int) -> list[Gap]:
    """Gaps of a random year: some needs, districts and months are common, others rare."""
    chance = Random(seed)
    every = [NEEDS, [name for name in VIEWS["district"][0] if name != gaps.NOWHERE], range(1, 13), REASONS, range(5, 20)]
    weights = [[chance.random() ** 3 for _ in one] for one in every]
    drawn = zip(*(chance.choices(list(one), w, k=n) for one, w in zip(every, weights, strict=True)), strict=True)
    return [
        Gap(f"{chance.randrange(n)}", str(need), age, chance.choice([str(where), None]), date(2025, month, 5), str(why))  # type: ignore[arg-type,call-overload]
        for need, where, month, why, age in drawn
    ]


@given(seed=st.integers(0, 10_000), n=st.integers(11, 500))
@settings(max_examples=25, deadline=None)
def test_no_table_of_a_ledger_tells_of_few_children_nor_do_all_together(seed: int, n: int) -> None:
    """The tables share the needs' totals alone, all of which are published: what one leaves open no other closes."""
    every = at_random(seed, n)
    found = publish(every)
    for name, total in found.rows.items():
        members = found.together if name == TOGETHER else (name,)
        held = [gap for gap in every if gap.need in members]
        assert len(held) == total
        assert len({gap.case for gap in held}) > FEW
    assert sum(found.rows.values()) == (found.total or 0)
    for view, (columns, column_of) in VIEWS.items():
        if view not in found.tables:
            continue
        shown = [list(row) for row in found.tables[view].cells]
        members_of = [found.together if name == TOGETHER else (name,) for name in found.rows]
        number = Counter((gap.need, column_of(gap)) for gap in every)
        counts = [[sum(number[need, column] for need in members) for column in columns] for members in members_of]
        whole = [*counts, [sum(column) for column in zip(*counts, strict=True)]]
        _cannot_be_attacked(whole, shown)


def _cannot_be_attacked(whole: list[list[int]], shown: list[list[int | None]]) -> None:
    for i, j in product(range(len(whole)), range(len(whole[0]))):
        number = whole[i][j]
        if shown[i][j] is not None:
            assert shown[i][j] == number
            assert not 1 <= number <= FEW
        elif 1 <= number <= FEW:
            assert number + reach(whole, shown, (i, j), 1) >= FEW
            assert number - reach(whole, shown, (i, j), -1) <= 1
        else:
            assert number == 0 or reach(whole, shown, (i, j), 1) + reach(whole, shown, (i, j), -1) >= 1
