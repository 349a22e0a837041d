"""The team's figures: days, attendance, what became of decisions, and what of them may leave the house.

A count of few children may tell who they are. In what leaves, a count of 1 to 10 cases is hidden, and with it as many others as
it takes that nobody works it out from the totals: it could be any number from 1 to 10. Zero is shown. This is the cell size
policy of the Centers for Medicare & Medicaid Services, taken over as our own rule: no Connecticut statute sets one. Counts of
meetings and of officials who came are not about children, and are shown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import median, quantiles
from typing import TYPE_CHECKING

from mdt.facts import Fact
from mdt.team import SEATS, section_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    Cell = tuple[int, int]
    Node = tuple[str, int]
    Matrix = Sequence[Sequence[int]]

FEW = 10  # a count of cases from 1 to this is hidden in what leaves
DONE, NOT_DONE, NOT_POSSIBLE, OVERDUE, OPEN = "done", "not done", "not possible", "overdue", "open"
OUTCOMES = (DONE, NOT_DONE, NOT_POSSIBLE, OVERDUE, OPEN)
ANSWERS = {Fact.DECISION_DONE: DONE, Fact.DECISION_NOT_DONE: NOT_DONE, Fact.DECISION_NOT_POSSIBLE: NOT_POSSIBLE}
_UNBOUNDED = 1 << 40


@dataclass(frozen=True, slots=True)
class Spread:
    """Days of `n` cases: the median, and between what the middle half of them lies."""

    n: int
    lower: float
    median: float
    upper: float


def spread(days: Collection[int]) -> Spread | None:
    """How days spread, the quartiles interpolated between the cases; None of no case."""
    if not days:
        return None
    lower, _, upper = quantiles([*days, *days] if len(days) == 1 else days, n=4, method="inclusive")
    return Spread(len(days), lower, median(days), upper)


def by_length(days: Iterable[int], begins: Sequence[int]) -> dict[str, int]:
    """How many of the days lie in each stretch; a stretch begins at each of these days, and the last has no end."""
    found = [max((begin for begin in begins if begin <= one), default=begins[0]) for one in days]
    names = [*(f"{begin} to {after - 1}" for begin, after in pairwise(begins)), f"{begins[-1]} and more"]
    return {name: found.count(begin) for name, begin in zip(names, begins, strict=True)}


@dataclass(frozen=True, slots=True)
class Attendance:
    """A seat of § 17a-106a(c): at how many of the meetings that were held somebody of it came."""

    seat: str
    section: str
    came: int
    held: int

    @property
    def percent(self) -> int | None:
        """The same in whole per cent; None where no meeting was held."""
        return round(100 * self.came / self.held) if self.held else None


def attendance(rolls: Collection[Collection[str]]) -> tuple[Attendance, ...]:
    """The nine seats in the statute's order, given the seats of which somebody came at each meeting that was held."""
    return tuple(Attendance(s, section_of(s), sum(s in roll for roll in rolls), len(rolls)) for s in SEATS)


def outcome(answer: Fact | None, due_on: date, today: date) -> str:
    """What became of a decision: as it was answered last; unanswered, it is open, and overdue once its day has passed."""
    if answer is not None:
        return ANSWERS[answer]
    return OVERDUE if due_on < today else OPEN


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts of cases: a number for each of its rows under each of its columns, which add up to totals."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Matrix


def tally(pairs: Iterable[tuple[str, str]], columns: Sequence[str]) -> Counts:
    """How often each pair of a row and a column came up; the rows by name."""
    found = list(pairs)
    rows = sorted({row for row, _ in found})
    return Counts(rows, columns, [[found.count((row, column)) for column in columns] for row in rows])


def with_totals(counts: Counts) -> list[list[int]]:
    """The cells with each row's total after it, and the columns' totals as the last row."""
    rows = [[*row, sum(row)] for row in counts.cells]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * (len(counts.columns) + 1)]


def few(number: int) -> int | None:
    """A count of cases that stands alone, as it may leave: None where it is hidden."""
    return None if 1 <= number <= FEW else number


def suppressed(counts: Counts) -> list[list[int | None]]:
    """`with_totals` as it may leave: None where a cell is hidden.

    Whoever knows this rule, all that is shown, and that no zero is hidden, finds each hidden cell of 1 to 10 able to be any of
    1 to 10, and each other hidden cell or total able to be at least two numbers.
    """
    whole = with_totals(counts)
    hidden = {(i, j) for i, j in _places(whole) if 1 <= whole[i][j] <= FEW}
    left = deque(sorted(hidden))
    while left:
        cell = left.popleft()
        if not _is_safe(whole, hidden, cell):
            more = next(m for m in _rectangles(whole, hidden, cell) if _is_safe(whole, hidden | m, cell))
            hidden |= more
            left.extend(sorted(more))
    return [[None if (i, j) in hidden else number for j, number in enumerate(row)] for i, row in enumerate(whole)]


def _places(whole: Matrix) -> Iterator[Cell]:
    return product(range(len(whole)), range(len(whole[0])))


def _rectangles(whole: Matrix, hidden: set[Cell], cell: Cell) -> list[set[Cell]]:
    """What else could be hidden so that the cell may move: three corners of a rectangle with it, none of them zero.

    Totals are kept as long as there is another way, and small numbers are given up before great ones. A rectangle with totals
    always serves in the end.
    """
    i, j = cell
    corners = [{(i, n), (m, j), (m, n)} for m, n in _places(whole) if m != i and n != j]
    new = [three - hidden for three in corners if all(whole[m][n] for m, n in three)]
    return sorted(new, key=lambda more: _cost(whole, more))


def _cost(whole: Matrix, more: set[Cell]) -> tuple[int, int, list[Cell]]:
    return sum(_is_total(whole, cell) for cell in more), sum(whole[m][n] for m, n in more), sorted(more)


def _is_total(whole: Matrix, cell: Cell) -> bool:
    return cell[0] == len(whole) - 1 or cell[1] == len(whole[0]) - 1


def _is_safe(whole: Matrix, hidden: set[Cell], cell: Cell) -> bool:
    """Whether the hidden cell could be as many other numbers as it must."""
    start, end = _ends(whole, cell)
    room = _room(whole, hidden - {cell})
    number = whole[cell[0]][cell[1]]
    if number <= FEW and not _is_total(whole, cell):
        return can_flow(room, end, start, FEW - number) and can_flow(room, start, end, number - 1)
    return can_flow(room, end, start, 1) or (number > 1 and can_flow(room, start, end, 1))


# That rows and columns add up is that a flow is kept: each cell carries its number from its row to its column, each total back.


def _ends(whole: Matrix, cell: Cell) -> tuple[Node, Node]:
    row, column = ("row", cell[0]), ("column", cell[1])
    is_total = (cell[0] == len(whole) - 1) != (cell[1] == len(whole[0]) - 1)
    return (column, row) if is_total else (row, column)


def _room(whole: Matrix, hidden: Iterable[Cell]) -> dict[Node, dict[Node, int]]:
    """By how much each hidden cell may become greater, along it, or smaller, against it: never less than one is hidden."""
    room: dict[Node, dict[Node, int]] = {}
    for cell in hidden:
        start, end = _ends(whole, cell)
        room.setdefault(start, {})[end] = _UNBOUNDED
        room.setdefault(end, {})[start] = whole[cell[0]][cell[1]] - 1
    return room


def can_flow(room: Mapping[Node, Mapping[Node, int]], start: Node, end: Node, units: int) -> bool:
    """Whether so many units find a way (Ford and Fulkerson)."""
    left = {node: dict(ways) for node, ways in room.items()}
    while units > 0:
        way = _way(left, start, end)
        if not way:
            return False
        carried = min(units, *(left[a][b] for a, b in pairwise(way)))
        for a, b in pairwise(way):
            left[a][b] -= carried
            left[b][a] += carried
        units -= carried
    return True


def _way(left: Mapping[Node, Mapping[Node, int]], start: Node, end: Node) -> list[Node]:
    """The nodes of a shortest way with room on it; none if there is none."""
    came_from: dict[Node, Node | None] = {start: None}
    ahead = deque([start])
    while ahead and end not in came_from:
        here = ahead.popleft()
        new = [there for there, room in left.get(here, {}).items() if room and there not in came_from]
        came_from |= dict.fromkeys(new, here)
        ahead.extend(new)
    way, node = [], end if end in came_from else None
    while node is not None:
        way.append(node)
        node = came_from[node]
    return way[::-1]
