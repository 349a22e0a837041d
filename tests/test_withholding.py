"""Nobody works out from a published table how few children a number stands for, whoever knows the rows' totals too."""

from __future__ import annotations

from collections import deque
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdt.figures import FEW
from mdt.withholding import withheld

Shown = list[list[int | None]]


def whole_of(cells: list[list[int]]) -> list[list[int]]:
    return [*cells, [sum(column) for column in zip(*cells, strict=True)]]


def published(cells: list[list[int]]) -> Shown:
    """As many children as the count."""
    return withheld(whole_of(cells), whole_of(cells))


def least(shown: Shown, cell: tuple[int, int]) -> int:
    """What a reader knows a withheld number to be at least: zero where its row or column is withheld whole, else one."""
    i, j = cell
    return 0 if all(n is None for n in shown[i]) or all(row[j] is None for row in shown) else 1


def reach(whole: list[list[int]], shown: Shown, cell: tuple[int, int], step: int) -> int:
    """By how much a withheld number can rise (`step` 1) or fall (-1), ten at most, while sums and all that is shown agree.

    From the truth, one unit at a time along cycles of withheld numbers: a search of its own.
    """
    moved = [list(row) for row in whole]
    for units in range(FEW):
        path = cycle(moved, shown, cell, step)
        if not path:
            return units
        for (i, j), change in path:
            moved[i][j] += change
    return FEW


def cycle(
    moved: list[list[int]], shown: Shown, cell: tuple[int, int], step: int
) -> list[tuple[tuple[int, int], int]]:  # fmt: skip
    """A way to move the number by one and others with it, by turns along a row and along a column; empty if there is none."""
    last, width = len(moved) - 1, len(moved[0])
    can = {
        (place, change)
        for place in product(range(last + 1), range(width))
        for change in (1, -1)
        if shown[place[0]][place[1]] is None and (change > 0 or moved[place[0]][place[1]] > least(shown, place))
    }
    if (cell, step) not in can:
        return []
    start = (cell, step, "row")
    came: dict[tuple[tuple[int, int], int, str], tuple[tuple[int, int], int, str] | None] = {start: None}
    ahead = deque([start])
    while ahead:
        node = ahead.popleft()
        (i, j), by, along = node
        if along == "row":
            near = [((i, n), -by, "column") for n in range(width) if n != j]
        else:  # against another of the column, and with its total
            near = [((m, j), by if last in (m, i) else -by, "row") for m in range(last + 1) if m != i]
        if along == "column" and (cell, step, "row") in near:
            path, at = [], node
            while at is not None:
                path.append((at[0], at[1]))
                at = came[at]
            return path
        new = [one for one in near if (one[0], one[1]) in can and one[0] != cell and one not in came]
        came |= dict.fromkeys(new, node)
        ahead.extend(new)
    return []


def tables(rows: int, columns: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    cell = st.one_of(st.just(0), st.integers(1, 3), st.integers(0, most), st.integers(FEW + 1, most))
    return st.lists(
        st.lists(cell, min_size=columns, max_size=columns).filter(lambda row: sum(row) > FEW), min_size=rows, max_size=rows
    )


def possible(whole: list[list[int]], shown: Shown) -> np.ndarray:
    """Every table that could lie behind what is shown and the rows' totals, found by trying all numbers."""
    rows, columns = len(shown) - 1, len(shown[0])
    most = max(map(sum, whole[:-1]))
    tried = np.meshgrid(*(
        range(least(shown, (i, j)), most + 1) if shown[i][j] is None else [shown[i][j]]
        for i, j in product(range(rows), range(columns))
    ))  # fmt: skip
    inner = np.array([each.ravel() for each in tried]).reshape(rows, columns, -1)
    every = np.concatenate([inner, inner.sum(axis=0, keepdims=True)], axis=0)
    agrees = np.ones(every.shape[-1], dtype=bool)
    for i in range(rows):
        agrees &= every[i].sum(axis=0) == sum(whole[i])
    for j in range(columns):
        told = shown[rows][j]
        agrees &= every[rows, j] >= least(shown, (rows, j)) if told is None else every[rows, j] == told
    return every[:, :, agrees]


# What is shown. -----------------------------------------------------------------------------------------------------------


def test_a_table_without_few_children_is_published_whole() -> None:
    assert published([[11, 0], [20, 30]]) == [[11, 0], [20, 30], [31, 30]]


def test_the_smallest_others_are_withheld_with_a_number_of_few_and_the_totals_stay() -> None:
    found = published([[40, 5, 60], [30, 20, 70], [90, 80, 50]])
    assert found == [[None, None, 60], [None, None, 70], [90, 80, 50], [160, 105, 180]]


def test_a_number_of_many_gaps_of_few_children_is_withheld() -> None:
    counts, children = [[40, 15], [30, 20], [70, 35]], [[40, 2], [30, 20], [70, 22]]
    assert withheld(counts, children) == [[None, None], [None, None], [70, 35]]


def test_a_column_of_few_children_is_withheld_with_all_its_cells_and_zeros_and_another_with_it() -> None:
    found = published([[40, 3, 60], [30, 0, 70]])
    assert found == [[None, None, 60], [None, None, 70], [None, None, 130]]


def test_where_nothing_else_helps_no_number_of_the_table_is_published() -> None:
    assert published([[1] * 11 + [0]]) == [[None] * 12, [None] * 12]


def test_a_row_of_ones_is_withheld_whole_and_the_zeros_in_it_with_them() -> None:
    found = published([[*[1] * 12, 0], [*[50] * 12, 0], [*[60] * 12, 70]])
    assert found[0] == [None] * 13
    assert found[3][:2] == [111, 111]


# What an attacker finds. --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 2), (1, 3), (2, 2)])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whoever_tries_every_table_finds_a_withheld_number_of_few_able_to_be_any_of_one_to_ten(
    shape: tuple[int, int], data: st.DataObject
) -> None:
    cells = data.draw(tables(*shape, most=13))
    whole = whole_of(cells)
    shown = published(cells)
    behind = possible(whole, shown)
    for i, j in product(range(len(whole)), range(len(whole[0]))):
        could_be = set(behind[i, j].tolist())
        assert whole[i][j] in could_be
        if shown[i][j] is not None:
            assert could_be == {whole[i][j]}
        elif 1 <= whole[i][j] <= FEW:
            assert could_be >= set(range(1, FEW + 1)), (cells, shown)
        else:
            assert len(could_be) > 1 or could_be == {0}, (cells, shown)


@given(cells=st.tuples(st.integers(1, 9), st.integers(2, 7)).flatmap(lambda shape: tables(*shape, most=40)))
@settings(max_examples=150, deadline=None)
def test_no_number_of_few_is_published_and_each_that_is_withheld_has_room(cells: list[list[int]]) -> None:
    whole, shown = whole_of(cells), published(cells)
    for i, j in product(range(len(whole)), range(len(whole[0]))):
        number = whole[i][j]
        if shown[i][j] is not None:
            assert shown[i][j] == number
            assert not 1 <= number <= FEW
            continue
        up, down = reach(whole, shown, (i, j), 1), reach(whole, shown, (i, j), -1)
        if 1 <= number <= FEW:
            assert number + up >= FEW
            assert number - down <= 1
        else:
            assert up + down >= 1 or number == 0
