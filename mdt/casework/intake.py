"""Taking referrals in: one from a form, thousands from a file. A report number is taken once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mdt import access, intake, referral
from mdt.acts import New
from mdt.casework import pages, refusals
from mdt.casework.links import linked_with
from mdt.casework.opening import IMPORT, RECEIVE, content, index_key, open_cases, report_row
from mdt.casework.room import ACT
from mdt.errors import BadField, NotFound, NotPossible
from mdt.facts import Fact
from mdt.history import live
from mdt.links import SETTLED, Kind
from mdt.records.tables import BLIND_INDEX, REPORTS
from mdt.referral import NewReferral
from mdt.store import blind, keys
from mdt.store.inserts import insert_into
from mdt.store.walls import is_there_for
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

Received = TypeVar("Received")
ADD = "receive_another_report"
USED = "was used before for another report"
ELSEWHERE = "Can't take the report: it is on record already, on another case than the one you chose. Look at that case first."
TWO_OF_ONE = "Can't take the report: two of its children can't both be the child of one case. Say again who each of them is."
Number = tuple[str, int]  # a report's, and which of its children


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody says a child is: "new", the "same" as that of a `case`, or "not sure".

    `others`: the cases, each with its score, whose children she was shown and took for others (or, if not sure, perhaps for
    this one); `kin`: how she belongs to the first child of the report.
    """

    how: str = "new"
    case: str | None = None
    others: tuple[tuple[str, float], ...] = ()
    kin: Kind = "same report"


@dataclass(frozen=True, slots=True)
class _Taking:
    """A report being taken, within one transaction: by whom, when, and which numbers were used before."""

    connection: Connection
    by: Viewer
    now: datetime
    known: Mapping[Number, tuple[str, str]]


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
    return receive_report(store, [(form, Identity())], by=by, now=now)[0]


def receive_report(store: Store, children: Sequence[tuple[NewReferral, Identity]], *, by: Viewer, now: datetime) -> list[str]:
    """Take in a report of one child or several; the id of each child's case, in order. The same again adds nothing.

    A child who is known gets another report on her own case. All or none: raises `BadField` if the number belongs to a report
    of other content, `NotAllowed` if the person takes no referrals, `NotFound` if a case named is not hers to see.
    """
    _refuse_unless_allowed(store, by, now)

    def receive() -> list[str]:
        with store.write() as connection:
            taking = _Taking(connection, by, now, _known(connection, [form for form, _ in children]))
            cases: list[str] = []
            for form, who in children:
                cases.append(_received(taking, form, who, cases))
            return cases

    return _twice(receive)


def _received(taking: _Taking, form: NewReferral, who: Identity, cases: Sequence[str]) -> str:
    connection, by, now = taking.connection, taking.by, taking.now
    said = content(form, index_key(connection))
    if (had := taking.known.get(number_of(form))) is not None:
        if had[0] != said:
            raise BadField("report_no", USED)
        if who.how == "same" and who.case != had[1]:
            raise NotPossible(ELSEWHERE)
        return had[1]
    _refuse_two_of_one(taking, form, who, cases)
    case_id = _add(taking, who.case or "", form, said) if who.how == "same" else ""
    case_id = case_id or open_cases(connection, [(form, said)], by.id, now)[0]
    first = next(iter((*cases, *_told_with(form, taking.known))), case_id)
    kin = [_kin(first, who.kin)] if first != case_id else []
    _note(connection, case_id, [*_noted(who), *kin], by, now)
    return case_id


def _refuse_two_of_one(taking: _Taking, form: NewReferral, who: Identity, cases: Sequence[str]) -> None:
    if who.how == "same" and who.case in (*cases, *_told_with(form, taking.known)):
        raise NotPossible(TWO_OF_ONE)


def _told_with(form: NewReferral, known: Mapping[Number, tuple[str, str]]) -> list[str]:
    """The cases of the other children of the same report who are on record, in the order of their numbers in it."""
    return [known[one][1] for one in sorted(known) if one[0] == form.report_no and one != number_of(form)]


def _noted(who: Identity) -> list[New]:
    """What somebody said of each child that she was shown beside this one."""
    thing = uuid4().hex
    found = [(other, score, pages.new_id(thing, n)) for n, (other, score) in enumerate(who.others) if other != who.case]
    alike = [New(Fact.LIKENESS_FOUND, about, {"case": other, "score": score}) for other, score, about in found]
    if who.how == "not sure":
        return alike
    return [*alike, *(New(Fact.CHILDREN_KEPT_APART, about, {"case": other}) for other, _, about in found)]


def _kin(first: str, kind: Kind) -> New:
    return New(Fact.CASES_LINKED, "", {"case": first, "as": kind})


def _note(connection: Connection, case_id: str, noted: Sequence[New], by: Viewer, now: datetime) -> None:
    """Record what was said as the report was taken; whoever takes a report says it, though the case is not placed yet."""
    page = pages.open_page(connection, case_id)
    history = live(page.events)
    told = linked_with(connection, case_id)
    likened = {other for other, how in told if how in SETTLED.values()}
    linked = {other for other, how in told if how not in SETTLED.values()}
    new = [n for n in noted if n.data["case"] not in (linked if n.fact is Fact.CASES_LINKED else likened)]
    if new:
        entry = pages.Entry(RECEIVE.key, by.id, now, now, uuid4().hex)
        pages.write(connection, page, new, entry, open_tasks(history))


def add_report(store: Store, case_id: str, form: NewReferral, *, by: Viewer, now: datetime) -> str:
    """Another report on the child of a case: it opens its own clocks and reopens a closed case. Raises as `receive_report`."""
    return receive_report(store, [(form, Identity("same", case_id))], by=by, now=now)[0]


def _add(taking: _Taking, case_id: str, form: NewReferral, digest: str) -> str:
    connection, by, now = taking.connection, taking.by, taking.now
    page = pages.open_page(connection, case_id)
    history = live(page.events)
    pages.refuse_unless_recording(history, ACT[ADD], by, now)
    if not is_there_for(connection, by.id, case_id):
        raise NotFound(pages.NO_SUCH_CASE)
    command = uuid4().hex
    report_id = pages.new_id(command, 0)
    accepted = intake.accept(form, report_id)
    # The case's own row of the child stays as it was written; what this report says of her is kept with it.
    told = accepted.told | {"child": {name: str(value) for name, value in accepted.child.items() if value}}
    report = report_row(keys.of(connection).case(connection, case_id), case_id, report_id, form, digest, told)
    entry = pages.Entry(ADD, by.id, form.received_at, now, command)
    pages.write(connection, page, accepted.facts, entry, open_tasks(history), report)
    _index(connection, case_id, accepted)
    return case_id


def _index(connection: Connection, case_id: str, accepted: intake.Accepted) -> None:
    who = {column: str(value or "") for column, value in accepted.child.items()}
    rows = [dict(row) for row in blind.rows(index_key(connection), case_id, who, accepted.told.get("suspected", ()))]
    if rows:
        connection.execute(insert_into(connection, BLIND_INDEX).on_conflict_do_nothing(), rows)


def receive_rows(store: Store, rows: Sequence[tuple[int, Mapping[str, str]]], *, by: Viewer, now: datetime) -> Outcome:
    """Take some rows of a file in, in one transaction. A row that is refused stops no other."""
    _refuse_unless_allowed(store, by, now)
    outcome = Outcome()
    forms = list(_read(rows, now, outcome))

    def receive() -> Outcome:
        found = Outcome()
        with store.write() as connection:
            known = _known(connection, [form for _, form in forms])
            fresh = list(_not_known(forms, known, index_key(connection), found))
            found.taken = open_cases(connection, fresh, by.id, now, IMPORT)
            _link_told_together(_Taking(connection, by, now, known), fresh, found.taken)
        return found

    outcome.add(_twice(receive))
    return outcome


def _link_told_together(taking: _Taking, fresh: Sequence[tuple[NewReferral, str]], cases: Sequence[str]) -> None:
    """Children of one report are linked, each as she comes with the first of those who are there."""
    there: dict[str, dict[int, str]] = {}
    for (report, n), (_, case_id) in taking.known.items():
        if case_id:
            there.setdefault(report, {})[n] = case_id
    for form, case_id in sorted(zip((form for form, _ in fresh), cases, strict=True), key=lambda one: one[0].child_no):
        others = there.setdefault(form.report_no, {})
        if others and (first := others[min(others)]) != case_id:
            _note(taking.connection, case_id, [_kin(first, "same report")], taking.by, taking.now)
        others[form.child_no] = case_id


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
            outcome.refused += [(number, wrong) for wrong in referral.fields_wrong(error)]


def _not_known(
    forms: Iterable[tuple[int, NewReferral]], known: dict[Number, tuple[str, str]], index_key: bytes, outcome: Outcome
) -> Iterable[tuple[NewReferral, str]]:
    """The forms that are new, each with its digest."""
    for number, form in forms:
        digest, had = content(form, index_key), known.get(number_of(form))
        if had is None:
            known[number_of(form)] = (digest, "")
            yield form, digest
        elif had[0] == digest:
            outcome.repeats += 1
        else:
            outcome.refused.append((number, BadField("report_no", USED)))


def number_of(form: NewReferral) -> Number:
    """What tells one report of one child from every other."""
    return form.report_no, form.child_no


def _known(connection: Connection, forms: Sequence[NewReferral]) -> dict[Number, tuple[str, str]]:
    numbers = [form.report_no for form in forms]
    rows = connection.execute(select(REPORTS).where(REPORTS.c.report_no.in_(numbers)))
    return {(row.report_no, row.child_no): (row.digest, row.case_id) for row in rows}
