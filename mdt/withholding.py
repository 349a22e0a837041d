"""Which numbers of a table are withheld, so that nobody works out how few children stand behind one.

For a table whose rows' totals everybody knows, because they stand in other tables too: these are never hidden here, so that
no table tells of another more than they do. `mdt.figures` hides in a table that stands alone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TYPE_CHECKING

from mdt.figures import FEW, can_flow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Cell = tuple[int, int]
    Node = tuple[str, int]
    Matrix = Sequence[Sequence[int]]

_UNBOUNDED = 1 << 40
TRIES = 24  # rectangles that are tried before whole rows are given up


def withheld(counts: Matrix, children: Matrix) -> list[list[int | None]]:
    """The counts, the columns' totals as their last row, as they may be published: None where a number is withheld.

    `children` says how many children stand behind each number; a number of 1 to 10 children is withheld. So is as much else
    as it takes that whoever knows the rows' totals (each of more than ten) and all that is shown finds each withheld number
    of 1 to 10 able to be any of 1 to 10, and each other able to be at least two. A zero is shown, unless its row or its column
    is withheld whole; whoever works one out there has learned of nobody.
    """
    table = _Withheld(counts, frozenset(), frozenset())
    table = table.and_of({(i, j) for i, j in table.places() if 0 < children[i][j] <= FEW})
    left = deque(sorted(table.cells))
    while left:
        cell = left.popleft()
        if not table.is_safe(cell):
            safer = next(more for more in table.ways_out(cell) if more.is_safe(cell))
            left.extend(sorted(safer.cells - table.cells))
            table = safer
    return [[None if (i, j) in table.cells else number for j, number in enumerate(row)] for i, row in enumerate(counts)]


@dataclass(frozen=True, slots=True)
class _Withheld:
    """What is withheld of a table. Nobody is told whether what is `unbound` is more than zero; what else is withheld is."""

    counts: Matrix
    cells: frozenset[Cell]
    unbound: frozenset[Cell]

    def places(self) -> Iterator[Cell]:
        return product(range(len(self.counts)), range(len(self.counts[0])))

    def and_of(self, cells: Iterable[Cell]) -> _Withheld:
        """These withheld too. A column goes with its total: its few would else show how small the total is."""
        more = frozenset(cells)
        columns = {j for i, j in more if self._is_total((i, j))}
        whole = frozenset(product(range(len(self.counts) - 1), columns))
        return replace(self, cells=self.cells | more | whole, unbound=self.unbound | whole)

    def and_rows(self, *rows: int) -> _Withheld:
        """These rows withheld whole, their zeros too."""
        whole = frozenset(product(rows, range(len(self.counts[0]))))
        return replace(self, cells=self.cells | whole, unbound=self.unbound | whole)

    def ways_out(self, cell: Cell) -> Iterator[_Withheld]:
        """What else could be withheld so that the cell may move, the least first; the last always serves."""
        rectangles = self._rectangles(cell)
        yield from (self.and_of(three) for three in rectangles if not any(map(self._is_total, three)))
        yield from (self.and_rows(cell[0], m) for m in self._other_rows(cell))
        yield from (self.and_of(three) for three in rectangles if any(map(self._is_total, three)))
        every = frozenset(self.places())
        yield _Withheld(self.counts, every, every)

    def _rectangles(self, cell: Cell) -> list[frozenset[Cell]]:
        """The other corners of each rectangle with the cell, none of them zero; of a total, another total."""
        i, j = cell
        others = [n for n in range(len(self.counts[0])) if n != j]
        if self._is_total(cell):
            found = [frozenset({(i, n)}) for n in others if self.counts[i][n]]
        else:
            rows = (m for m in range(len(self.counts)) if m != i)
            corners = (frozenset({(i, n), (m, j), (m, n)}) for m, n in product(rows, others))
            found = [three for three in corners if all(self.counts[m][n] for m, n in three)]
        return sorted((three - self.cells for three in found), key=self._cost)[:TRIES]

    def _other_rows(self, cell: Cell) -> list[int]:
        """The rows that could be given up with that of the cell, the least first; of a total, none."""
        rows = (m for m in range(len(self.counts) - 1) if m != cell[0])
        return [] if self._is_total(cell) else sorted(rows, key=lambda m: sum(self.counts[m]))

    def _cost(self, more: frozenset[Cell]) -> tuple[int, int, list[Cell]]:
        return sum(map(self._is_total, more)), sum(self.counts[m][n] for m, n in more), sorted(more)

    def _is_total(self, cell: Cell) -> bool:
        return cell[0] == len(self.counts) - 1

    def is_safe(self, cell: Cell) -> bool:
        """Whether the cell could be as many other numbers as it must. A zero tells of nobody."""
        start, end = self._ends(cell)
        room, number = self._room(cell), self.counts[cell[0]][cell[1]]
        if not number:
            return True
        if 1 <= number <= FEW:
            return can_flow(room, end, start, FEW - number) and can_flow(room, start, end, number - 1)
        return can_flow(room, end, start, 1) or (number > self._least(cell) and can_flow(room, start, end, 1))

    # As in `mdt.figures`: a cell carries its number from its row to its column, a column's total carries it on.

    def _ends(self, cell: Cell) -> tuple[Node, Node]:
        row, column = ("row", cell[0]), ("column", cell[1])
        return (column, row) if self._is_total(cell) else (row, column)

    def _least(self, cell: Cell) -> int:
        return 0 if cell in self.unbound else 1

    def _room(self, but: Cell) -> dict[Node, dict[Node, int]]:
        """By how much each other withheld cell may become greater, along it, or smaller, against it."""
        nodes = set(chain.from_iterable(map(self._ends, self.cells)))
        room: dict[Node, dict[Node, int]] = {node: {} for node in nodes}
        for cell in self.cells - {but}:
            start, end = self._ends(cell)
            room[start][end] = _UNBOUNDED
            room[end][start] = self.counts[cell[0]][cell[1]] - self._least(cell)
        return room
