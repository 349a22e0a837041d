"""What the team's figures say, and that nobody works out from what leaves how few children a count stands for."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdt.facts import Fact
from mdt.figures import (
    FEW,
    OPEN,
    OVERDUE,
    Attendance,
    Counts,
    Spread,
    attendance,
    by_length,
    few,
    outcome,
    spread,
    suppressed,
    tally,
    with_totals,
)  # fmt: skip
from mdt.team import SEATS

if TYPE_CHECKING:
    from collections.abc import Sequence

DUE = date(2026, 3, 10)


def counts(*rows: Sequence[int]) -> Counts:
    return Counts([f"row {n}" for n in range(len(rows))], [f"column {n}" for n in range(len(rows[0]))], rows)


# Days, attendance, decisions. ---------------------------------------------------------------------------------------------


def test_of_no_case_there_is_no_spread() -> None:
    assert spread([]) is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([7], Spread(1, 7, 7, 7)),
        ([10, 20], Spread(2, 12.5, 15, 17.5)),
        ([1, 2, 3, 4, 5], Spread(5, 2, 3, 4)),
        ([40, 0, 10, 30, 20], Spread(5, 10, 20, 30)),
    ],
)
def test_the_median_stands_in_the_middle_and_half_of_the_cases_between_the_quartiles(days: list[int], expected: Spread) -> None:
    assert spread(days) == expected


@given(st.lists(st.integers(0, 900), min_size=1, max_size=60))
def test_the_quartiles_stand_in_order_within_the_days(days: list[int]) -> None:
    found = spread(days)
    assert found is not None
    assert min(days) <= found.lower <= found.median <= found.upper <= max(days)
    assert found.n == len(days)


def test_days_lie_in_the_stretch_that_begins_with_them_or_before() -> None:
    assert by_length([0, 7, 8, 30, 31, 400], (0, 8, 31)) == {"0 to 7": 2, "8 to 30": 2, "31 and more": 2}
    assert by_length([], (30, 60)) == {"30 to 59": 0, "60 and more": 0}


def test_each_seat_is_counted_at_the_meetings_at_which_somebody_of_it_came() -> None:
    found = attendance([{"DCF", "police"}, {"DCF", "chairperson"}, set()])
    assert [one.seat for one in found] == list(SEATS)
    by_seat = {one.seat: one for one in found}
    assert by_seat["DCF"] == Attendance("DCF", "§ 17a-106a(c)(2)", 2, 3)
    assert [by_seat[seat].percent for seat in ("DCF", "police", "victim advocate")] == [67, 33, 0]


def test_where_no_meeting_was_held_there_is_no_rate() -> None:
    assert {(one.came, one.held, one.percent) for one in attendance([])} == {(0, 0, None)}


@pytest.mark.parametrize(
    ("answer", "today", "expected"),
    [
        (None, DUE, OPEN),
        (None, date(2026, 3, 11), OVERDUE),
        (Fact.DECISION_DONE, date(2026, 3, 11), "done"),
        (Fact.DECISION_NOT_DONE, DUE, "not done"),
        (Fact.DECISION_NOT_POSSIBLE, DUE, "not possible"),
    ],
)
def test_a_decision_is_open_on_its_last_day_and_overdue_on_the_next_until_it_is_answered(
    answer: Fact | None, today: date, expected: str
) -> None:
    assert outcome(answer, DUE, today) == expected


def test_pairs_are_counted_by_row_and_column() -> None:
    found = tally([("police", "done"), ("DCF", "open"), ("police", "done")], ("done", "open"))
    assert found == Counts(["DCF", "police"], ("done", "open"), [[0, 1], [2, 0]])


# What leaves the house. ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, None), (10, None), (11, 11)])
def test_a_count_of_one_to_ten_cases_is_hidden_and_zero_is_not(number: int, shown: int | None) -> None:
    assert few(number) == shown


def test_a_table_without_few_cases_leaves_whole_with_its_totals() -> None:
    assert suppressed(counts([11, 0], [20, 30])) == [[11, 0, 11], [20, 30, 50], [31, 30, 61]]


def test_a_table_without_rows_leaves_as_nothing() -> None:
    assert with_totals(Counts([], ["heard", "deferred"], [])) == [[0, 0, 0]]
    assert suppressed(Counts([], ["heard", "deferred"], [])) == [[0, 0, 0]]


def test_the_smallest_others_are_hidden_with_a_count_of_few_and_the_totals_stay() -> None:
    found = suppressed(counts([40, 5, 60], [30, 20, 70], [90, 80, 50]))
    assert found == [[None, None, 60, 105], [None, None, 70, 120], [90, 80, 50, 220], [160, 105, 180, 445]]


def test_two_cells_of_one_are_not_given_away_by_their_total_of_two() -> None:
    # Hidden are only cells of at least one: a column that adds up to two would tell both.
    found = suppressed(counts([1, 20], [1, 30], [0, 40]))
    assert found[3][0] is None
    assert found[2] == [0, 40, 40]


def test_of_a_single_count_of_few_nothing_is_shown() -> None:
    assert suppressed(counts([4])) == [[None, None], [None, None]]


def tables(rows: int, columns: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    cell = st.one_of(st.just(0), st.integers(1, 3), st.integers(0, most), st.integers(FEW + 1, most))
    return st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


def possible(shown: list[list[int | None]], most: int) -> np.ndarray:
    """Every table that could lie behind what is shown, found by trying all numbers up to one; a row for each of its places."""
    rows, columns = len(shown) - 1, len(shown[0]) - 1
    told = [shown[i][j] for i, j in product(range(rows), range(columns))]
    tried = np.meshgrid(*(range(1, most + 1) if number is None else [number] for number in told))
    inner = np.array([each.ravel() for each in tried]).reshape(rows, columns, -1)
    whole = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
    whole = np.concatenate([whole, whole.sum(axis=0, keepdims=True)], axis=0)
    agrees = np.ones(whole.shape[-1], dtype=bool)
    for i, j in product(range(rows + 1), range(columns + 1)):
        number = shown[i][j]
        agrees &= whole[i, j] >= 1 if number is None else whole[i, j] == number
    return whole[:, :, agrees]


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (3, 1), (1, 3), (2, 2)])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whoever_tries_every_table_finds_a_hidden_count_of_few_able_to_be_any_of_one_to_ten(
    shape: tuple[int, int], data: st.DataObject
) -> None:
    cells = data.draw(tables(*shape, most=14))
    whole, shown = with_totals(counts(*cells)), suppressed(counts(*cells))
    behind = possible(shown, most=14 + FEW)  # a cell moved by ten moves none by more
    for i, j in product(range(len(whole)), range(len(whole[0]))):
        could_be = set(behind[i, j].tolist())
        assert whole[i][j] in could_be
        if shown[i][j] is not None:
            assert could_be == {whole[i][j]}
        elif whole[i][j] <= FEW and i < len(cells) and j < len(cells[0]):
            assert could_be >= set(range(1, FEW + 1)), (cells, shown)
        else:
            assert len(could_be) > 1, (cells, shown)


@given(cells=st.integers(1, 9).flatmap(lambda n: tables(n, 4, most=40)))
@settings(max_examples=150, deadline=None)
def test_no_count_of_few_is_shown_no_zero_is_hidden_and_no_line_hides_one_number_alone(cells: list[list[int]]) -> None:
    whole, shown = with_totals(counts(*cells)), suppressed(counts(*cells))
    for numbers, told in ((whole, shown), (list(zip(*whole, strict=True)), list(zip(*shown, strict=True)))):
        for line, of in zip(numbers, told, strict=True):
            assert all(t is None or (t == n and not 1 <= n <= FEW) for n, t in zip(line, of, strict=True))
            assert all(t == 0 for n, t in zip(line, of, strict=True) if n == 0)
            assert sum(t is None for t in of) != 1
