"""Opening cases: the rows of each new case by table, some hundred cases in a few statements."""

from __future__ import annotations

import hmac
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import insert

from mdt import intake
from mdt.acts import Act, Form
from mdt.casework import pages
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.process import Room
from mdt.records import metadata
from mdt.records.tables import (
    BLIND_INDEX,
    CASE_KEYS,
    CASES,
    CHILDREN,
    COUNTERS,
    EVENTS,
    LEDGER,
    LINKS,
    NARRATIVES,
    OUTBOX,
    QUEUE,
    REPORTS,
    TASKS,
)
from mdt.store import blind, keys, sealed
from mdt.store.inserts import insert_into
from mdt.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.referral import NewReferral
    from mdt.store.keyfile import Wrapper
    from mdt.store.sealed import CaseKey

RECEIVE = Act("receive_referral", "Take a referral in", Fact.REPORT_RECEIVED, Room.REPORT, Form)
IMPORT = "import_referrals"  # the same, of a row of a file: nobody has taken up a report by it


def index_key(connection: Connection) -> bytes:
    """The key under which names are looked up and reports told apart."""
    return keys.of(connection).house(connection, "index")


def content(form: NewReferral, index_key: bytes) -> str:
    """A keyed digest of all that a referral says: the same report again has the same one, and nobody can try reports out.

    What it does not say is left out, so that a field that is new one day changes no report of before.
    """
    said = form.model_dump_json(exclude_none=True, exclude_defaults=True)
    return hmac.digest(index_key, b"report\x1f" + said.encode(), "sha256").hex()


def open_cases(
    connection: Connection, forms: Sequence[tuple[NewReferral, str]], by: str, now: datetime, act: str = RECEIVE.key
) -> list[str]:  # fmt: skip
    """One case a referral, given with its digest: a few statements however many there are."""
    if not forms:
        return []
    first = _next_numbers(connection, local_date(now).year, len(forms))
    with_keys = keys.of(connection).current(connection), index_key(connection)  # asked for once
    made = [_case(form, digest, first + n, (act, by, now), with_keys) for n, (form, digest) in enumerate(forms)]
    for table in (
        CASES,
        CASE_KEYS,
        CHILDREN,
        BLIND_INDEX,
        REPORTS,
        EVENTS,
        NARRATIVES,
        LEDGER,
        TASKS,
        QUEUE,
        LINKS,
        OUTBOX,
    ):
        if rows := [row for case in made for row in case[table.name]]:
            _adding(table.name, tuple(rows[0])).run(connection, *rows)
    return [case["cases"][0]["id"] for case in made]


@cache
def _adding(table: str, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(metadata.tables[table]), columns)


def _case(
    form: NewReferral, digest: str, number: int, done: tuple[str, str, datetime], with_keys: tuple[Wrapper, bytes]
) -> dict[str, list[dict[str, Any]]]:
    act, by, now = done
    command = uuid4().hex  # no id tells anything of the report; that a report is one case rests on its number
    case_id, report_id = pages.new_id(command, -1), pages.new_id(command, 0)
    accepted = intake.accept(form, report_id)
    wrapper, index_key = with_keys
    key, key_row = keys.new_case(wrapper, case_id)
    case = {"number": f"{local_date(now).year}-{number:05}", "opened_at": now.astimezone(UTC), "age": intake.age_at(form)}
    who = {column: str(value or "") for column, value in accepted.child.items()}
    child = sealed.seal_child(key, case_id, who)
    report = report_row(key, case_id, report_id, form, digest, accepted.told)
    entry = pages.Entry(act, by, form.received_at, now, command)
    rows = pages.first_page(case_id, accepted.facts, entry, key, pages.founding_of(case, child, report))
    rows["cases"][0] |= case
    rows |= {"case_key": [key_row], "child": [child], "report": [report]}
    return rows | {"blind_index": list(blind.rows(index_key, case_id, who, accepted.told.get("suspected", ())))}


def report_row(
    key: CaseKey, case_id: str, report_id: str, form: NewReferral, digest: str, told: Mapping[str, Any]
) -> dict[str, Any]:
    """A report as it is stored, what it told sealed."""
    return {
        "id": report_id, "case_id": case_id, "report_no": form.report_no, "child_no": form.child_no, "digest": digest,
        "received_at": form.received_at, **sealed.seal_report(key, report_id, told),
    }  # fmt: skip


def _next_numbers(connection: Connection, year: int, count: int) -> int:
    """The first of `count` case numbers of a year, given to nobody else."""
    start = insert_into(connection, COUNTERS).values(name=f"case-{year}", last=count)
    go_on = start.on_conflict_do_update(index_elements=["name"], set_={"last": COUNTERS.c.last + count})
    last: int = connection.execute(go_on.returning(COUNTERS.c.last)).scalar_one()
    return last - count + 1
