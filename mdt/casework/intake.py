"""Taking referrals in: one from a form, thousands from a file. A report number is taken once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from mdt import access, intake
from mdt.acts import Act, Form
from mdt.casework import pages, refusals
from mdt.errors import BadField
from mdt.facts import Fact
from mdt.intake import NewReferral
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
    NARRATIVES,
    OUTBOX,
    REPORTS,
    TASKS,
)
from mdt.store import blind, keys, sealed
from mdt.store.inserts import insert_into
from mdt.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store
    from mdt.store.keyfile import Wrapper

RECEIVE = Act("receive_referral", "Take a referral in", Fact.REPORT_RECEIVED, Room.REPORT, Form)
Received = TypeVar("Received")
USED = "was used before for another report"


@dataclass(slots=True)
class Outcome:
    """What became of some rows: the new cases, the repeats, and the refused rows with the field and the reason."""

    taken: list[str] = field(default_factory=list)
    repeats: int = 0
    refused: list[tuple[int, BadField]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add another outcome to this one."""
        self.taken += other.taken
        self.repeats += other.repeats
        self.refused += other.refused


def receive_referral(store: Store, form: NewReferral, *, by: Viewer, now: datetime) -> str:
    """Open a case on a referral and return its id. The same report again returns the same case.

    Raises `BadField` if the number belongs to a report of other content, `NotAllowed` if the person takes no referrals.
    """
    _refuse_unless_allowed(store, by, now)

    def receive() -> str:
        with store.write() as connection:
            known, said = _known(connection, [form]), content(form, _index_key(connection))
            if form.report_no in known:
                digest, case_id = known[form.report_no]
                if digest != said:
                    raise BadField("report_no", USED)
                return case_id
            return _open_cases(connection, [(form, said)], by.id, now)[0]

    return _twice(receive)


def receive_rows(store: Store, rows: Sequence[tuple[int, Mapping[str, str]]], *, by: Viewer, now: datetime) -> Outcome:
    """Take some rows of a file in, in one transaction. A row that is refused stops no other."""
    _refuse_unless_allowed(store, by, now)
    outcome = Outcome()
    forms = list(_read(rows, now, outcome))

    def receive() -> Outcome:
        found = Outcome()
        with store.write() as connection:
            known = _known(connection, [form for _, form in forms])
            fresh = list(_not_known(forms, known, _index_key(connection), found))
            found.taken = _open_cases(connection, fresh, by.id, now)
        return found

    outcome.add(_twice(receive))
    return outcome


def _refuse_unless_allowed(store: Store, by: Viewer, now: datetime) -> None:
    if not access.may(by, RECEIVE):
        refusals.log(store, by, RECEIVE.key, now)
    access.refuse_unless_allowed(by, RECEIVE)


def _twice(receive: Callable[[], Received]) -> Received:
    """Once more, should somebody else take the same report between our look and our write: then we find it taken."""
    try:
        return receive()
    except IntegrityError:
        return receive()


def _read(rows: Iterable[tuple[int, Mapping[str, str]]], now: datetime, outcome: Outcome) -> Iterable[tuple[int, NewReferral]]:
    for number, row in rows:
        try:
            yield number, NewReferral.model_validate(row, context={"now": now})
        except ValidationError as error:
            outcome.refused += [(number, wrong) for wrong in intake.fields_wrong(error)]


def _not_known(
    forms: Iterable[tuple[int, NewReferral]], known: dict[str, tuple[str, str]], index_key: bytes, outcome: Outcome
) -> Iterable[tuple[NewReferral, str]]:
    """The forms that are new, each with its digest."""
    for number, form in forms:
        digest, had = content(form, index_key), known.get(form.report_no)
        if had is None:
            known[form.report_no] = (digest, "")
            yield form, digest
        elif had[0] == digest:
            outcome.repeats += 1
        else:
            outcome.refused.append((number, BadField("report_no", USED)))


def _index_key(connection: Connection) -> bytes:
    return keys.of(connection).house(connection, "index")


def content(form: NewReferral, index_key: bytes) -> str:
    """A keyed digest of all that a referral says: the same report again has the same one, and nobody can try reports out."""
    return hmac.digest(index_key, b"report\x1f" + form.model_dump_json().encode(), "sha256").hex()


def _known(connection: Connection, forms: Sequence[NewReferral]) -> dict[str, tuple[str, str]]:
    numbers = [form.report_no for form in forms]
    rows = connection.execute(
        select(REPORTS.c.report_no, REPORTS.c.digest, REPORTS.c.case_id).where(REPORTS.c.report_no.in_(numbers))
    )
    return {row.report_no: (row.digest, row.case_id) for row in rows}


def _open_cases(connection: Connection, forms: Sequence[tuple[NewReferral, str]], by: str, now: datetime) -> list[str]:
    """One case a referral, given with its digest: a few statements however many there are."""
    if not forms:
        return []
    first = _next_numbers(connection, local_date(now).year, len(forms))
    with_keys = keys.of(connection).current(connection), _index_key(connection)  # asked for once
    made = [_case(form, digest, first + n, by, now, with_keys) for n, (form, digest) in enumerate(forms)]
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
        OUTBOX,
    ):
        if rows := [row for case in made for row in case[table.name]]:
            _adding(table.name, tuple(rows[0])).run(connection, *rows)
    return [case["cases"][0]["id"] for case in made]


@cache
def _adding(table: str, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(metadata.tables[table]), columns)


def _case(
    form: NewReferral, digest: str, number: int, by: str, now: datetime, with_keys: tuple[Wrapper, bytes]
) -> dict[str, list[dict[str, Any]]]:
    command = uuid4().hex  # no id tells anything of the report; that a report is one case rests on its number
    case_id, report_id = pages.new_id(command, -1), pages.new_id(command, 0)
    accepted = intake.accept(form, report_id)
    wrapper, index_key = with_keys
    key, key_row = keys.new_case(wrapper, case_id)
    case = {"number": f"{local_date(now).year}-{number:05}", "opened_at": now.astimezone(UTC), "age": intake.age_at(form)}
    who = {column: str(value or "") for column, value in accepted.child.items()}
    child = sealed.seal_child(key, case_id, who)
    report = {
        "id": report_id, "case_id": case_id, "report_no": form.report_no, "digest": digest,
        "received_at": form.received_at, **sealed.seal_report(key, report_id, accepted.told),
    }  # fmt: skip
    entry = pages.Entry(RECEIVE.key, by, form.received_at, now, command)
    rows = pages.first_page(case_id, accepted.facts, entry, key, pages.founding_of(case, child, report))
    rows["cases"][0] |= case
    rows |= {"case_key": [key_row], "child": [child], "report": [report]}
    return rows | {"blind_index": list(blind.rows(index_key, case_id, who))}


def _next_numbers(connection: Connection, year: int, count: int) -> int:
    """The first of `count` case numbers of a year, given to nobody else."""
    start = insert_into(connection, COUNTERS).values(name=f"case-{year}", last=count)
    go_on = start.on_conflict_do_update(index_elements=["name"], set_={"last": COUNTERS.c.last + count})
    last: int = connection.execute(go_on.returning(COUNTERS.c.last)).scalar_one()
    return last - count + 1
