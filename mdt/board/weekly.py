"""The auditor's weekly review: what the rules of `mdt.board.misuse` list, and that she looked it through.

The row that says so is written here too. A child's family name is compared with the reader's in here, and leaves it never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, literal, select

from mdt.board import misuse
from mdt.board.audit import SYSTEM, Wanted, log_search, narrowed, refuse_unless_auditor, unnamed
from mdt.board.work import WAITS_FOR
from mdt.errors import NotPossible, Tampered
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.names import words_of
from mdt.policy import How
from mdt.records.tables import ACCESS_LOG, CASES, CHILDREN, EVENTS, INVOLVED, LEDGER, PEOPLE, TASKS
from mdt.store import keys, sealed, trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Select, Table

    from mdt.access import Viewer
    from mdt.store import Store

    Pairs = frozenset[tuple[str, str]]

AT_ONCE = 500
NOTES = (
    "nothing stands out", "explained by the work", "asked the person", "told the supervisor", "reported as an incident",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A finding of the weekly review, for people."""

    pattern: misuse.Pattern
    person: str
    number: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """That a week was reviewed, by whom, when, and with what note. `monday` is its first day."""

    monday: date
    person: str
    at: datetime
    note: str


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def weekly(store: Store, viewer: Viewer, monday: date, now: datetime) -> list[Line]:
    """What the rules of `mdt.board.misuse` list for the week that begins on that day. Raises `NotAllowed`."""
    log_search(store, viewer, now, {"week": str(monday)})
    with store.read() as connection:
        found = misuse.findings(_week(connection, monday))
        names = {row.id: row.name for row in connection.execute(select(PEOPLE.c.id, PEOPLE.c.name))}
        numbers = _numbers(connection, {f.case_id for f in found if f.case_id})
    return [Line(f.pattern, names.get(f.by) or unnamed(f.by), numbers.get(f.case_id or "", ""), f.at, f.count) for f in found]


def _numbers(connection: Connection, case_ids: set[str]) -> dict[str, str]:
    numbers = select(CASES.c.id, CASES.c.number)
    return {row.id: row.number for ids in _some(case_ids) for row in connection.execute(numbers.where(CASES.c.id.in_(ids)))}


def _some(case_ids: Iterable[str]) -> Iterator[list[str]]:
    ids = sorted(case_ids)
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _week(connection: Connection, monday: date) -> misuse.Week:
    looks = _rows(connection, ACCESS_LOG, ACCESS_LOG.c.chain, ACCESS_LOG.c.count, monday)
    deeds = _rows(connection, LEDGER, LEDGER.c.case_id, literal(1), monday)
    pairs = frozenset((row.by, row.case_id) for row in looks if row.case_id)
    of = (
        select(ACCESS_LOG.c.chain)
        .where(*narrowed(ACCESS_LOG, ACCESS_LOG.c.chain, _days(monday)), ACCESS_LOG.c.chain != trace.HOUSE)
        .distinct()
    )
    closed = select(EVENTS.c.case_id, EVENTS.c.recorded_at).where(EVENTS.c.case_id.in_(of), EVENTS.c.fact == Fact.CASE_CLOSED)
    restricted = select(CASES.c.id).where(CASES.c.id.in_(of), CASES.c.restricted.is_not(None))
    return misuse.Week(
        looks,
        deeds,
        restricted=frozenset(connection.execute(restricted).scalars()),
        closed_at={row.case_id: row.recorded_at for row in connection.execute(closed.order_by(EVENTS.c.recorded_at))},
        own_name=_own_name(connection, pairs),
        hers=_hers(connection, of),
    )


def _days(monday: date) -> Wanted:
    return Wanted(first=monday, last=monday + timedelta(days=6))


def _rows(
    connection: Connection, table: Table, chain: ColumnElement[str], count: ColumnElement[int], monday: date
) -> tuple[misuse.Row, ...]:
    columns = (table.c.at, table.c.by, table.c.act, chain, count)
    statement = select(*columns).where(*narrowed(table, chain, _days(monday)), table.c.by != SYSTEM.id)
    return tuple(
        misuse.Row(at, by, act, None if of == trace.HOUSE else of, n) for at, by, act, of, n in connection.execute(statement)
    )


def _hers(connection: Connection, of: Select[Any]) -> Pairs:
    """Whose open steps wait on which of these cases: assigned to her, waiting for her role, or she is engaged on the case."""
    waiting = select(TASKS.c.case_id, TASKS.c.owner, TASKS.c.assigned).where(TASKS.c.case_id.in_(of))
    engaged = select(INVOLVED.c.who, INVOLVED.c.case_id).where(INVOLVED.c.case_id.in_(of), INVOLVED.c.how == How.ENGAGED)
    people = connection.execute(select(PEOPLE.c.id, PEOPLE.c.role)).all()
    owners: dict[str, set[str]] = {}
    for row in connection.execute(waiting):
        owners.setdefault(row.case_id, set()).update({row.owner, row.assigned} - {None})
    hers = {(p.id, case) for p in people for case, waits in owners.items() if waits & {p.id, *WAITS_FOR.get(p.role, ())}}
    return frozenset(hers | {(row.who, row.case_id) for row in connection.execute(engaged)})


def _own_name(connection: Connection, pairs: Pairs) -> Pairs:
    """The pairs of reader and case in which both have one family name. The child's is opened here and goes nowhere else."""
    readers = {row.id: _family_of(row.name) for row in connection.execute(select(PEOPLE.c.id, PEOPLE.c.name))}
    found = set()
    for ids in _some({case for _, case in pairs}):
        families = _families(connection, ids)
        found |= {(by, case) for by, case in pairs if families.get(case, set()) & readers.get(by, set())}
    return frozenset(found)


def _families(connection: Connection, ids: list[str]) -> dict[str, set[str]]:
    opened, statement = keys.of(connection).cases(connection, ids), select(CHILDREN.c.case_id, CHILDREN.c.family_name)
    families = {}
    for row in connection.execute(statement.where(CHILDREN.c.case_id.in_(list(opened)))):
        try:
            name = sealed.unseal(opened[row.case_id], sealed.place("child", "family_name", row.case_id), row.family_name)
        except Tampered:
            continue  # what is wrong there, the check says
        families[row.case_id] = _parts(name)
    return families


def _family_of(name: str) -> set[str]:
    _given, *others = name.split()
    return _parts(others[-1]) if others else set()


def _parts(name: str) -> set[str]:
    """The words of a name as names are compared; an initial is none."""
    return {word for word in words_of(name) if len(word) > 1}


def record_review(store: Store, viewer: Viewer, monday: date, note: str, now: datetime) -> None:
    """Record that the week was reviewed. Raises `NotAllowed`, and `NotPossible` for a week that is not over or a free note."""
    refuse_unless_auditor(viewer)
    if note not in NOTES or monday != monday_of(monday) or monday + timedelta(days=7) > local_date(now):
        raise NotPossible("Can't record the review: choose a week that is over, and one of the notes.")
    with store.write() as connection:
        trace.append(connection, viewer.id, "week reviewed", now, detail={"week": str(monday), "note": note})


def reviewed(store: Store, viewer: Viewer, *, most: int = 20) -> list[Reviewed]:
    """The reviews recorded, the newest first. Raises `NotAllowed`."""
    refuse_unless_auditor(viewer)
    statement = (
        select(ACCESS_LOG.c.detail, ACCESS_LOG.c.at, ACCESS_LOG.c.by, PEOPLE.c.name)
        .join(PEOPLE, PEOPLE.c.id == ACCESS_LOG.c.by, isouter=True)
        .where(ACCESS_LOG.c.chain == trace.HOUSE, ACCESS_LOG.c.act == "week reviewed")
        .order_by(ACCESS_LOG.c.n.desc())
        .limit(most)
    )
    with store.read() as connection:
        return [
            Reviewed(date.fromisoformat(row.detail["week"]), row.name or row.by, row.at, row.detail["note"])
            for row in connection.execute(statement)
        ]
