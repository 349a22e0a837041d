"""Earlier history: what was reported, screened and determined on this child, over every case that is found to be hers.

Cases are read together and never merged. Of what lies in a case that is not the viewer's to see, only the number is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from mdt.board.case import names_of
from mdt.board.hints import hidden
from mdt.board.same import cases_of_the_child
from mdt.board.sight import positions
from mdt.casework import refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.errors import NotFound
from mdt.facts import DETERMINATIONS, Event, Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.links import SETTLED
from mdt.queue import lines
from mdt.records.tables import CASES, LINKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from mdt.access import Viewer
    from mdt.facts import History
    from mdt.store import Store

F = Fact
TOLD = DETERMINATIONS | {
    F.REPORT_RECEIVED, F.SCREENING_SCORED, F.SCREEN_OUT_APPROVED, F.SCREEN_OUT_RETURNED, F.LOOKED_AGAIN, F.CASE_CLOSED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, on which case, and by whose record. `codes`: the mode and class of a report, a band."""

    case_id: str
    number: str
    here: bool
    fact: Fact
    at: datetime
    by: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a case of the child: its office, and who took its latest report up. `over`: the office has taken it over."""

    case_id: str
    number: str
    here: bool
    office: str | None
    taken_by: str | None
    over: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """Another child's case that belongs to this one: as a sibling, of the household, of a network.

    `there`: the number of the case that has it on record, where it is not the one that is looked at.
    """

    case_id: str
    number: str
    how: str
    there: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest entry first. `screen_outs`: approved within the standard's months, on the cases shown.

    `hidden` and `hidden_linked`: cases of this child, and linked ones, that are not the viewer's to see (`mdt.board.hints`).
    """

    entries: tuple[Entry, ...]
    holders: tuple[Holder, ...]
    linked: tuple[Linked, ...]
    screen_outs: int
    hidden: int
    hidden_linked: int


def earlier(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Earlier:
    """The earlier history of the child of this case. Raises `NotFound` if the case is not the viewer's to see whole."""
    with store.read() as connection:  # the links, also of what she may not see: of that, the number alone leaves here
        same = cases_of_the_child(connection, case_id)
        related = _related(connection, same)
        unseen = hidden(connection, viewer, same), hidden(connection, viewer, related)
    with store.read(viewer.id) as connection:
        rows = _seen(connection, viewer, {*same, *related})
        histories = {one: live(history_of(connection, one)) for one in sorted(same & rows.keys())}
        people = names_of(connection, {e.by for events in histories.values() for e in events})
    if case_id not in rows:
        refusals.log(store, viewer, "earlier history", now, case_id)
        raise NotFound(NO_SUCH_CASE)
    entries = [entry for one, events in histories.items() for entry in _entries(rows[one], events, case_id, people)]
    linked = [
        Linked(one, rows[one]["number"], how, "" if there == case_id or there not in rows else rows[there]["number"])
        for one, (how, there) in related.items()
        if one in rows
    ]
    return Earlier(
        tuple(sorted(entries, key=lambda e: (e.at, e.number), reverse=True)),
        tuple(_holder(rows[one], events, case_id, people) for one, events in histories.items()),
        tuple(sorted(linked, key=lambda link: (link.how, link.number))),
        _screen_outs((e for events in histories.values() for e in events), now),
        *unseen,
    )


def _related(connection: Connection, same: frozenset[str]) -> dict[str, tuple[str, str]]:
    """The cases of other children that belong to any of these, how, and which case has it on record."""
    return {
        one: (row["how"], row["case_id"])
        for row in _links(connection, same)
        if row["how"] not in SETTLED.values()
        for one in (row["case_id"], row["other"])
        if one not in same
    }


def _links(connection: Connection, cases: Collection[str]) -> Sequence[RowMapping]:
    either = or_(LINKS.c.case_id.in_(cases), LINKS.c.other.in_(cases))
    return connection.execute(select(LINKS).where(either)).mappings().all()


def _seen(connection: Connection, viewer: Viewer, cases: Collection[str]) -> dict[str, RowMapping]:
    statement = select(CASES.c.id, CASES.c.number, CASES.c.office).where(CASES.c.id.in_(cases), positions(viewer))
    return {row["id"]: row for row in connection.execute(statement).mappings()}


def _entries(row: RowMapping, history: History, here: str, people: dict[str, str]) -> Iterable[Entry]:
    classes = {line.report: line.classification for line in lines(history)}
    for event in history:
        if event.fact in TOLD:
            by = people.get(event.by, "someone of another agency")
            codes = tuple(code for code in _codes(event, classes) if code)
            yield Entry(row["id"], row["number"], row["id"] == here, event.fact, event.happened_at, by, codes)


def _codes(event: Event, classes: dict[str, str | None]) -> tuple[Any, ...]:
    if event.fact is F.REPORT_RECEIVED:
        return event.data.get("mode"), classes.get(event.about or "")
    band = event.data.get("band")
    return (event.data.get("instrument"), f"band {band}" if band else None)


def _holder(row: RowMapping, history: History, here: str, people: dict[str, str]) -> Holder:
    latest = max(lines(history), key=lambda line: line.received_at, default=None)
    handed = [e.fact for e in history if e.fact in (F.REPORT_RECEIVED, F.OFFICE_TOOK_OVER)]
    taken_by = people.get(latest.taken_by, "someone of another agency") if latest and latest.taken_by else None
    return Holder(
        row["id"], row["number"], row["id"] == here, row["office"], taken_by, bool(handed) and handed[-1] is F.OFFICE_TOOK_OVER
    )


def _screen_outs(events: Iterable[Event], now: datetime) -> int:
    """How many approved screen-outs lie within the months in which the team counts them."""
    within, today = load().standard("repeat-screen-outs").within, local_date(now)
    days = [local_date(e.happened_at) for e in events if e.fact is F.SCREEN_OUT_APPROVED]
    return sum(within is None or within.last_day_after(day) > today for day in days)
