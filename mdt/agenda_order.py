"""Which lines a meeting hears, how long each takes, and in which order, so that who comes for three cases comes once.

The most pressing lines are heard until the minutes are used up; what is left over is said. The order is found by a plain
rule: put each line where it adds the fewest visits, then put a few lines in a row elsewhere, or turn them round, as long as
that saves one. Lines that share nobody can stand anywhere, so there the more pressing go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mdt.agenda import Why, minutes, treatment
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mdt.agenda import Reason, Treatment

STARTS = 4  # orders that are tried from the beginning: more of them cost time and save next to nothing
END = -1  # stands before the first line and after the last

Order = list[int]
Shared = list[list[int]]  # how many people two lines share; nobody with the END


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting line.

    `needed`: the ids of who comes for it and not for the whole meeting. `first_review_by`: by when the team's standard would
    have the case heard (`agenda.heard_by`).
    """

    line: str
    case_id: str
    number: str
    reasons: tuple[Reason, ...]
    needed: frozenset[str] = frozenset()
    first_review_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line as it is proposed."""

    line: str
    case_id: str
    number: str
    treatment: Treatment
    minutes: int
    reasons: tuple[Reason, ...]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The agenda in its order, and the lines for which there is no time, most pressing first.

    `minutes` count the opening too. `visits`: how often somebody comes; `visits_unordered`: how often, had the same lines been
    heard by how they press.
    """

    lines: tuple[ProposedLine, ...]
    over: tuple[ProposedLine, ...]
    minutes: int
    budget: int
    visits_unordered: int
    visits: int


def propose(
    candidates: Sequence[Candidate], budget: int, *, opening: int | None = None, next_meeting_at: datetime | None = None
) -> Proposal:
    """The agenda of a meeting of `budget` minutes, `opening` of which (the standard's, if not given) are for its opening.

    A first review that the next meeting would hear too late goes before everything else. The most pressing line is always
    heard, even where it alone takes longer than there is: a team that meets hears a case.
    """
    start = load().standard("agenda-opening-minutes").number or 0 if opening is None else opening
    pressing = [_proposed(c) for c in sorted(candidates, key=lambda c: _how_it_presses(c, next_meeting_at))]
    heard, over = _fitting(pressing, budget - start)
    needed = [line.needed for line in heard]
    lines = tuple(heard[place] for place in fewest_visits(needed))
    taken = start + sum(line.minutes for line in lines)
    return Proposal(lines, tuple(over), taken, budget, visits(needed), visits([line.needed for line in lines]))


def too_late(candidate: Candidate, next_meeting_at: datetime | None) -> bool:
    """Whether the case, left over, would be heard later than the team's standard; so it is where no further meeting is set."""
    by = candidate.first_review_by
    return by is not None and (next_meeting_at is None or by < next_meeting_at)


def special_meeting(proposal: Proposal, candidates: Iterable[Candidate], next_meeting_at: datetime | None) -> tuple[str, ...]:
    """The lines for which a special meeting is proposed, most pressing first: left over, and too late for the next one."""
    late = {c.line for c in candidates if too_late(c, next_meeting_at)}
    return tuple(line.line for line in proposal.over if line.line in late)


def visits(order: Sequence[frozenset[str]]) -> int:
    """How often somebody comes, if these are needed one after the other: who is needed twice running comes once."""
    return sum(len(here - before) for before, here in pairwise((frozenset[str](), *order)))


def fewest_visits(needed: Sequence[frozenset[str]]) -> Order:
    """In which order to hear lines, given most pressing first with whom each needs; as given, if no other saves a visit."""
    kinds = list(dict.fromkeys(people for people in needed if people))
    alike = [[place for place, people in enumerate(needed) if people == kind] for kind in kinds]
    runs = [[place for one in _pressing_end_first(run) for place in alike[one]] for run in _runs(_path(kinds), kinds)]
    alone = [[place] for place, people in enumerate(needed) if not people]
    order = [place for run in sorted(runs + alone, key=min) for place in run]
    as_given = list(range(len(needed)))
    return order if visits([needed[place] for place in order]) < visits(needed) else as_given


def _how_it_presses(candidate: Candidate, next_meeting_at: datetime | None) -> tuple[bool, list[int], str, str]:
    first = any(reason.kind is Why.IDENTIFIED for reason in candidate.reasons) and too_late(candidate, next_meeting_at)
    weights = [*(-reason.weight for reason in candidate.reasons), 0]  # of two that begin alike, the one with a reason more
    return not first, weights, candidate.number, candidate.line


def _proposed(candidate: Candidate) -> ProposedLine:
    how = treatment(candidate.reasons)
    return ProposedLine(
        candidate.line, candidate.case_id, candidate.number, how, minutes(how), candidate.reasons, candidate.needed
    )


def _fitting(pressing: Sequence[ProposedLine], room: int) -> tuple[list[ProposedLine], list[ProposedLine]]:
    """Those heard and those left over; a shorter line may still fit where a more pressing one did not."""
    heard: list[ProposedLine] = []
    over: list[ProposedLine] = []
    for line in pressing:
        fits = not heard or line.minutes <= room
        room -= line.minutes if fits else 0
        (heard if fits else over).append(line)
    return heard, over


def _runs(order: Order, kinds: Sequence[frozenset[str]]) -> Iterator[Order]:
    """The order, cut wherever two neighbours share nobody: each run can stand anywhere, and be turned round."""
    run: Order = []
    for one in order:
        if run and not kinds[run[-1]] & kinds[one]:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _pressing_end_first(run: Order) -> Order:
    return run if run.index(min(run)) <= (len(run) - 1) / 2 else run[::-1]


def _path(kinds: Sequence[frozenset[str]]) -> Order:
    """An order in which neighbours share as many people as can be found: every person shared is a visit saved."""
    shared = [[*(len(one & other) for other in kinds), 0] for one in kinds]
    shared.append([0] * (len(kinds) + 1))
    found = (_settled(_inserted(start, shared), shared) for start in range(min(STARTS, len(kinds))))
    return max(found, key=lambda order: _saved(order, shared), default=[END, END])[1:-1]


def _inserted(start: int, shared: Shared) -> Order:
    """Each line put where it saves the most, from `start` on and round."""
    order, count = [END, END], len(shared) - 1
    for one in (*range(start, count), *range(start)):
        gains = [shared[a][one] + shared[one][b] - shared[a][b] for a, b in pairwise(order)]
        order.insert(1 + gains.index(max(gains)), one)
    return order


def _settled(order: Order, shared: Shared) -> Order:
    """The order, moved until no move saves a visit; each saves at least one, so it comes to an end."""
    most = [max((row[other] for other in range(len(row)) if other != one), default=0) for one, row in enumerate(shared)]
    while (better := _moved(order, shared, most)) is not None:
        order = better
    return order


def _saved(order: Order, shared: Shared) -> int:
    return sum(shared[a][b] for a, b in pairwise(order))


def _moved(order: Order, shared: Shared, most: Sequence[int]) -> Order | None:
    """The order after the first move that saves a visit: some lines in a row put elsewhere, as they are or turned round."""
    for begin in range(1, len(order) - 1):
        for end in range(begin + 1, len(order)):
            before, first, last, after = order[begin - 1], order[begin], order[end - 1], order[end]
            freed = shared[before][after] - shared[before][first] - shared[last][after]
            if freed + most[first] + most[last] > 0:  # else no place is good enough
                moved = _put_elsewhere(order[begin:end], order[:begin] + order[end:], freed, shared)
                if moved is not None:
                    return moved
    return None


def _put_elsewhere(run: Order, rest: Order, freed: int, shared: Shared) -> Order | None:
    with_first, with_last = shared[run[0]], shared[run[-1]]
    for place, (a, b) in enumerate(pairwise(rest), 1):
        lost = shared[a][b] - freed
        if with_first[a] + with_last[b] > lost:
            return [*rest[:place], *run, *rest[place:]]
        if with_last[a] + with_first[b] > lost:
            return [*rest[:place], *run[::-1], *rest[place:]]
    return None
