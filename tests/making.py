"""What many tests begin with: a database with teams and people, a referral taken in, and an act in one line."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text

from mdt.casework import ACT, carry_out, intake, pages, routing
from mdt.casework.meetings import establish_teams
from mdt.circle import circle
from mdt.demo import add_people
from mdt.facts import Event, Fact
from mdt.records import tables
from mdt.referral import NewReferral
from mdt.scenario import PEOPLE, route
from mdt.store import open_store
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.casework import Receipt
    from mdt.store import Store
    from mdt.tasks import Task

MONDAY = datetime(2026, 3, 2, 14, tzinfo=UTC)  # nine in the morning in Connecticut
CHILD = {"child_given_name": "Child", "child_family_name": "A", "child_residence_town": "New Haven"}
TABLES = (
    "cases",
    "child",
    "report",
    "event",
    "narrative",
    "ledger",
    "task",
    "outbox",
    "notice",
    "meeting",
    "counter",
    "involved",
    "queue",
    "link",
    "agenda_line",
    "meeting_entry",
)
ADVOCATE = PEOPLE["victim advocate"].id
_numbers = count(1)


def made(url: str) -> Store:
    """The database behind the URL, with its tables, the demo's people and one team a district."""
    store = open_store(url)
    store.create()
    add_people(store)
    establish_teams(store)
    return store


def row(**cells: str) -> dict[str, str]:
    """A referral as a file's row; what is not given is a report by a mandated reporter on Monday at nine."""
    given = {"report_no": "R-1", "received_at": "2026-03-02 09:00", "mode": "oral", "reporter_mandated": "yes"}
    return {**given, **CHILD, **cells}


def referral(**cells: str) -> NewReferral:
    """The same as a form."""
    return NewReferral.model_validate(row(**cells))


def taken(store: Store, *, now: datetime = MONDAY, **cells: str) -> str:
    """The id of a new case on a referral taken in at once."""
    return intake.receive_referral(store, referral(**cells), by=PEOPLE["intake worker"], now=now)


def do(
    store: Store, case_id: str, act: str, at: datetime = MONDAY, *, by: str = "intake worker", now: datetime | None = None,
    command: str | None = None, seen: int | None = None, **form: Any,
) -> Receipt:  # fmt: skip
    """One act on a case, recorded when it happened unless `now` says otherwise; the advocate is engaged on it first."""
    if by == "victim advocate" and (ADVOCATE, "engaged") not in circle(history(store, case_id), {}).drawn_in:
        do(store, case_id, "engage_person", at, by="intake supervisor", now=now, person=ADVOCATE)
    told = ACT[act].form.model_validate({"happened_at": at, **RESTS_ON.get(act, {}), **form})
    made_by = command or f"command-{next(_numbers)}"
    return carry_out(store, case_id, ACT[act], told, by=PEOPLE[by], now=now or at, command=made_by, seen=seen)


def identified(store: Store, at: datetime = MONDAY, **cells: str) -> str:
    """A case whose child was identified as a victim and which the flows have carried as far as they go."""
    case_id = taken(store, now=at, **cells)
    do(store, case_id, "classify_report", at, classification="emergency")
    do(store, case_id, "identify_victim", at)
    route(store, case_id, at)
    return case_id


def history(store: Store, case_id: str) -> tuple[Event, ...]:
    """Every event of a case, as recorded."""
    with store.read() as connection:
        return pages.history_of(connection, case_id)


def tasks(store: Store, case_id: str) -> dict[str, Task]:
    """The open steps of a case by name, derived anew."""
    return {t.step: t for t in open_tasks(history(store, case_id))}


def hire(store: Store, *people: Viewer) -> None:
    """Let these people sign in; the database's own wall knows nobody else."""
    with store.write() as connection:
        for p in people:
            person = {"id": p.id, "name": p.name, "role": p.role, "agency": p.agency, "disabled_at": None}
            connection.execute(insert(tables.PEOPLE).values(person))
            for kind, names in (("district", p.districts), ("office", p.offices), ("team", p.teams)):
                for name in names:
                    connection.execute(insert(tables.MEMBERSHIPS).values(person_id=p.id, kind=kind, name=name))


@contextmanager
def as_owner(store: Store) -> Iterator[Connection]:
    """A connection with the rights of whoever owns the tables: what no part of the product has."""
    with store.engine.begin() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL ROLE NONE")
        yield connection


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a case's life fills, in an order of its own."""
    with store.read() as connection:
        return {t: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {t}"))), key=repr) for t in TABLES}


def case_row(store: Store, case_id: str) -> dict[str, Any]:
    """The board's row of a case."""
    with store.read() as connection:
        return dict(connection.execute(select(tables.CASES).where(tables.CASES.c.id == case_id)).mappings().one())


def happened(fact: Fact, at: datetime, about: str | None = None, *, seq: int = 1, by: str = "worker", **data: Any) -> Event:
    """An event of a history made up by a test."""
    return Event(fact, at, at, by, about, data, id=f"e{seq}", seq=seq, act=seq)


# What a determination rests on, where a test does not say.
RESTS_ON = {key: {"note": "What the child told"} for key in ("identify_victim", "believe_victim")}
ROUTES: tuple[Callable[..., int], ...] = (
    routing.screen, routing.prepare_review, routing.propose_services, routing.open_compensation,
)  # fmt: skip
