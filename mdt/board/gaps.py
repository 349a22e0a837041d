"""The gap ledger of a year: figures of the whole state without names, the same for everybody who may open it.

It counts every case, the restricted ones too: a ledger that left out what one viewer does not see would be another for each,
and two of them side by side would tell of the difference.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from mdt import access, gaps
from mdt.casework import refusals
from mdt.casework.pages import event_from
from mdt.errors import NotAllowed, NotYet
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.records.tables import CASES, EVENT_COLUMNS, EVENTS, REDATED, TELLS_OF_GAPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from mdt.access import Viewer
    from mdt.gaps import Gap, Ledger
    from mdt.store import Store

WHAT = "the gaps"
YEARS_BACK = 5
_CORRECTS = (Fact.FACT_RETRACTED, Fact.FACT_REDATED)
_MADE: WeakKeyDictionary[Engine, dict[tuple[int, int], Ledger]] = WeakKeyDictionary()  # only what is published to everybody


def days() -> int:
    """How long after its end a year's ledger is made: a standard."""
    return load().standard("gap-ledger-closes").number or 0


def last(now: datetime) -> int:
    """The last year whose ledger is made."""
    return gaps.last_closed(now, days())


def years(store: Store, now: datetime) -> list[int]:
    """The years whose ledger is made, the last first: at most five, and none from before the first case."""
    with store.read() as connection:
        first = connection.execute(select(func.min(CASES.c.opened_at))).scalar()
    newest = last(now)
    begun = local_date(first).year if first else newest + 1
    return list(range(newest, max(begun, newest - YEARS_BACK + 1) - 1, -1))


def ledger(store: Store, viewer: Viewer, year: int, now: datetime) -> Ledger:
    """What is published of a year. Raises `NotAllowed`, and `NotYet` of a year whose ledger is not made yet."""
    if not access.may_look_into(viewer, WHAT):
        refusals.log(store, viewer, WHAT, now)
        raise NotAllowed("The gap ledger is not open to somebody of your role.")
    if gaps.closes(year, days()) > now:
        raise NotYet(
            f"The gap ledger of {year} is made on {gaps.closes(year, days()):%-d %B %Y}: two ledgers of one year, laid side by"
            " side, would tell what each of them withholds."
        )
    return _made(store, year, days())


def _made(store: Store, year: int, after: int) -> Ledger:
    """The ledger, counted once: nothing that is recorded later changes it, and it is the same for everybody."""
    kept = _MADE.setdefault(store.engine, {})
    if (year, after) not in kept:
        with store.read() as connection:
            kept[year, after] = gaps.publish(_gaps(connection, year, gaps.closes(year, after)))
    return kept[year, after]


def _gaps(connection: Connection, year: int, made: datetime) -> Iterator[Gap]:
    """The gaps of that year, as they had been recorded when its ledger was made."""
    since, until = gaps.begins(year), gaps.begins(year + 1)
    told = select(EVENTS.c.case_id).where(TELLS_OF_GAPS, EVENTS.c.happened_at >= since, EVENTS.c.happened_at < until)
    moved = select(EVENTS.c.case_id).where(REDATED, EVENTS.c.recorded_at >= since)
    wanted = sorted({*gaps.TELLS, *gaps.PLACES, *_CORRECTS})
    rows = connection.execute(
        select(*EVENT_COLUMNS, EVENTS.c.case_id, CASES.c.age, CASES.c.opened_at)
        .join(CASES, CASES.c.id == EVENTS.c.case_id)
        .where(EVENTS.c.case_id.in_(told.union(moved)), EVENTS.c.fact.in_(wanted), EVENTS.c.recorded_at < made)
        .order_by(EVENTS.c.case_id)
    )
    for (case, age, opened_at), found in groupby(rows, key=lambda row: tuple(row[-3:])):
        history = live(event_from(tuple(row[:-3])) for row in found)
        yield from (gap for gap in gaps.of_case(case, history, age, local_date(opened_at)) if gap.on.year == year)
