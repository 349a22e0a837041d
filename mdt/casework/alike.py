"""What the flows note of who a child may be: each case is compared with all known, for a person to settle what is likely.

Two cases are noted once, on the newer one. What anybody said of the two before, or that they belong together, is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import likeness
from mdt.access import SYSTEM
from mdt.acts import New
from mdt.board import known
from mdt.board.same import cases_of_the_child
from mdt.casework import pages
from mdt.casework.links import linked_with
from mdt.facts import Fact
from mdt.history import live
from mdt.intake import CHILD_COLUMNS
from mdt.links import OPEN, links
from mdt.records.tables import CASES
from mdt.store import blind, keys
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.facts import History
    from mdt.likeness import Described
    from mdt.referral import NewReferral
    from mdt.store import Store

ACT = "note_likeness"
MOST = 5  # likenesses noted of one case that wait to be settled
AT_ONCE = 100  # cases a transaction, or a statement

Scores = dict[tuple[str, str], float]


def note_likenesses(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Note the likenesses of these cases' children to all known, at or above the default threshold; how many were noted."""
    with store.read() as connection:
        scores = _scores(connection, case_ids)
        noted = _best(scores, _order(connection, scores))
    in_order, done = sorted(noted), 0  # two runs over the same cases lock them in the same order
    for start in range(0, len(in_order), AT_ONCE):
        with store.write() as connection:
            done += sum(_note(connection, case_id, noted[case_id], now) for case_id in in_order[start : start + AT_ONCE])
    return done


def count_likely(store: Store, forms: Sequence[NewReferral]) -> int:
    """How many of these referrals are, at or above the default threshold, of a child who is known already."""
    told = {f"row {n}": _described(form) for n, form in enumerate(forms)}
    with store.read() as connection:
        return len({pair.one for pair in likeness.pairs_alike(told, _candidates(connection, told))})


def _described(form: NewReferral) -> Described:
    child = {column: str(getattr(form, name) or "") for column, name in CHILD_COLUMNS.items()}
    born = None if form.child_age is None else form.received_at.year - form.child_age
    return blind.described(child, born)


def _scores(connection: Connection, case_ids: Sequence[str]) -> Scores:
    """By pair of cases, how alike the children are; of a child told of several times, as she is told of best."""
    new = known.children(connection, case_ids).by_id
    scores: Scores = {}
    for found in likeness.pairs_alike(new, _candidates(connection, new)):
        pair = known.case_of(found.one), known.case_of(found.other)
        scores[pair] = max(found.score, scores.get(pair, 0))
    return scores


def _candidates(connection: Connection, new: Mapping[str, Described]) -> dict[str, dict[str, Described]]:
    """By each of the new, the known children of other cases who share enough with her to be compared."""
    index_key = keys.of(connection).house(connection, "index")
    meant: dict[str, set[str]] = {}
    ids = list(new)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        asked = [blind.child_asked(index_key, new[one]) for one in some]
        for n, case_id in blind.candidates_of_many(connection, asked):
            meant.setdefault(some[n], set()).add(case_id)
    told = _by_case(known.children(connection, sorted(set().union(*meant.values()))).by_id)
    return {one: _all_of(told, cases - {known.case_of(one)}) for one, cases in meant.items()}


def _by_case(children: Mapping[str, Described]) -> dict[str, dict[str, Described]]:
    told: dict[str, dict[str, Described]] = {}
    for one, child in children.items():
        told.setdefault(known.case_of(one), {})[one] = child
    return told


def _all_of(told: Mapping[str, Mapping[str, Described]], cases: set[str]) -> dict[str, Described]:
    return {one: child for case_id in cases for one, child in told.get(case_id, {}).items()}


def _order(connection: Connection, scores: Scores) -> dict[str, tuple[datetime, str]]:
    """When each case was opened; of two opened at once, the number tells."""
    ids = sorted({case_id for pair in scores for case_id in pair})
    found: dict[str, tuple[datetime, str]] = {}
    for start in range(0, len(ids), known.AT_ONCE):
        asked = select(CASES.c.id, CASES.c.opened_at, CASES.c.number).where(CASES.c.id.in_(ids[start : start + known.AT_ONCE]))
        found |= {row.id: (row.opened_at, row.number) for row in connection.execute(asked)}
    return found


def _best(scores: Scores, order: Mapping[str, tuple[datetime, str]]) -> dict[str, list[tuple[str, float]]]:
    """By the newer case of each pair, the older ones it is like, the likeliest first."""
    best: dict[str, dict[str, float]] = {}
    for pair, score in scores.items():
        older, newer = sorted(pair, key=order.__getitem__)
        best.setdefault(newer, {})[older] = score
    return {newer: sorted(found.items(), key=lambda one: (-one[1], one[0])) for newer, found in best.items()}


def _note(connection: Connection, case_id: str, likely: Sequence[tuple[str, float]], now: datetime) -> int:
    page = pages.open_page(connection, case_id)
    history = live(page.events)
    room = MOST - _open_yet(history)
    settled = {other for other, _ in linked_with(connection, case_id)} | cases_of_the_child(connection, case_id)
    new = [
        New(Fact.LIKENESS_FOUND, None, {"case": other, "score": round(score, 2)})
        for other, score in likely
        if other not in settled
    ][: max(room, 0)]
    if new:
        entry = pages.Entry(ACT, SYSTEM.id, now, now, pages.new_id(f"{case_id}/{ACT}", page.version))
        pages.write(connection, page, new, entry, open_tasks(history))
    return len(new)


def _open_yet(history: History) -> int:
    """How many likenesses that this system noted wait to be settled."""
    waiting = {link.other for link in links(history) if link.how == OPEN}
    return sum(e.fact is Fact.LIKENESS_FOUND and e.by == SYSTEM.id and e.data["case"] in waiting for e in history)
