"""A second look at a child who was screened out again and again, counted over all the cases that are hers.

Where somebody has found two cases to be the same child's, neither history alone tells how often she was screened out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.board.same import cases_of_the_child
from mdt.casework import notices, pages
from mdt.facts import VICTIM, Event, Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.links import SAME, SETTLED
from mdt.position import is_closed
from mdt.records.tables import EVENTS, LINKS
from mdt.tasks import open_tasks
from mdt.turns import often_screened_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.facts import History
    from mdt.store import Store

LOOK_AGAIN, ACT = "look-again", "find_earlier_screen_outs"
ANSWERED = VICTIM | {Fact.LOOKED_AGAIN, Fact.EARLIER_SCREEN_OUTS_FOUND}


def look_again_across(store: Store, case_ids: Sequence[str], now: datetime) -> int:
    """Open a second look on the child's case with the latest approved screen-out, where it takes several cases to count enough.

    Given any of the child's cases, the others are found by their links. A look that was opened so is taken back where the cases
    were parted since and nobody has looked yet. Returns how many looks were opened or taken back; doing it again changes none.
    """
    with store.read() as connection:
        concerned = _once_linked(connection, with_other_cases(connection, case_ids))
        children = {cases_of_the_child(connection, case_id) for case_id in concerned}
        due = [found for child in children if (found := _due(connection, child))]
        gone = [case_id for child in children for case_id in child if _unasked(connection, case_id, child)]
    undone = sum(_take_back(store, case_id, now) for case_id in sorted(gone))
    return undone + sum(_look(store, case_id, now) for case_id, _ in sorted(due))


def with_other_cases(connection: Connection, case_ids: Sequence[str]) -> set[str]:
    """Those of the cases whose child has another case too, or had one until somebody said otherwise."""
    same = select(LINKS.c.case_id, LINKS.c.other).where(LINKS.c.how == SAME)
    either = same.where(LINKS.c.case_id.in_(case_ids) | LINKS.c.other.in_(case_ids))
    once = select(EVENTS.c.case_id).where(EVENTS.c.case_id.in_(case_ids), EVENTS.c.fact == Fact.SAME_CHILD_FOUND.value)
    now = {one for row in connection.execute(either) for one in row} & set(case_ids)
    return now | set(connection.execute(once).scalars())


def _once_linked(connection: Connection, cases: set[str]) -> set[str]:
    """These cases, and those to which a likeness of theirs was found: where it was undone, each child counts for herself."""
    either = or_(LINKS.c.case_id.in_(cases), LINKS.c.other.in_(cases))
    rows = connection.execute(select(LINKS.c.case_id, LINKS.c.other).where(LINKS.c.how.in_(set(SETTLED.values())), either))
    return cases | {end for row in rows for end in row}


def _due(connection: Connection, child: Iterable[str]) -> tuple[str, int] | None:
    """The case on which a second look is to be opened, and how many screen-outs ask for it."""
    histories = {case_id: live(pages.history_of(connection, case_id)) for case_id in sorted(child)}
    approved = {case_id: found[-1] for case_id, history in histories.items() if (found := _approvals(history))}
    if len(histories) < 2 or not approved:  # noqa: PLR2004  # one case alone counts for itself
        return None
    case_id = max(approved, key=lambda one: approved[one].happened_at)
    count = _screen_outs(histories.values(), approved[case_id])
    return (case_id, count) if count and _is_wanted(histories[case_id], approved[case_id]) else None


def _approvals(history: History) -> list[Event]:
    return [e for e in history if e.fact is Fact.SCREEN_OUT_APPROVED]


def _screen_outs(histories: Iterable[History], last: Event) -> int:
    """How many approved screen-outs there were within the standard's time up to the last one; 0 if fewer than its number."""
    standard = load().standard("repeat-screen-outs")
    if standard.within is None or standard.number is None:
        return 0
    days = [local_date(e.happened_at) for history in histories for e in _approvals(history)]
    found = sum(standard.within.last_day_after(day) > local_date(last.happened_at) for day in days)
    return found if found >= standard.number else 0


def _is_wanted(history: History, last: Event) -> bool:
    """Whether nobody was asked yet to look again after this approval, and nothing has answered it since."""
    before, after = history[: history.index(last)], history[history.index(last) :]
    asked_by_itself = often_screened_out(last, before) or any(t.step == LOOK_AGAIN for t in open_tasks(history))
    return not (asked_by_itself or is_closed(history) or {e.fact for e in after} & ANSWERED)


def _unasked(connection: Connection, case_id: str, child: Iterable[str]) -> Event | None:
    """What asks on this case for a second look that is still open, though its child's screen-outs are too few by now."""
    history = live(pages.history_of(connection, case_id))
    asked = [t.opened_by for t in open_tasks(history) if t.step == LOOK_AGAIN]
    found = next((e for e in history if e.fact is Fact.EARLIER_SCREEN_OUTS_FOUND and e.id in asked), None)
    if found is None:
        return None
    approved = _approvals(history[: history.index(found)])
    histories = [live(pages.history_of(connection, one)) for one in child]
    return None if approved and _screen_outs(histories, approved[-1]) else found


def _take_back(store: Store, case_id: str, now: datetime) -> bool:
    with store.write() as connection:
        page = pages.open_page(connection, case_id)
        found = _unasked(connection, case_id, cases_of_the_child(connection, case_id))
        if found is None:  # somebody was quicker
            return False
        new = [New(Fact.FACT_RETRACTED, found.id, {"because": "counted again"})]
        entry = pages.Entry(ACT, SYSTEM.id, now, now, pages.new_id(f"{case_id}/{ACT}", page.version))
        pages.write(connection, page, new, entry, open_tasks(live(page.events)))
    return True


def _look(store: Store, case_id: str, now: datetime) -> bool:
    with store.write() as connection:
        page = pages.open_page(connection, case_id)
        due = _due(connection, cases_of_the_child(connection, case_id))
        if due is None or due[0] != case_id:  # somebody was quicker
            return False
        new = [New(Fact.EARLIER_SCREEN_OUTS_FOUND, "", {"screen_outs": due[1]})]
        entry = pages.Entry(ACT, SYSTEM.id, now, now, pages.new_id(f"{case_id}/{ACT}", page.version))
        _, tasks = pages.write(connection, page, new, entry, open_tasks(live(page.events)))
        notices.tell_of(connection, case_id, tasks, now)
    return True
