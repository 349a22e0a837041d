"""Who is known: the children and the suspected persons of some cases, unsealed to be compared and not to be shown.

For this system's own eyes. What a person sees of the outcome is for `mdt.board.alike` to decide; no name is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import func, select

from mdt.errors import Tampered
from mdt.law.period import local_date
from mdt.records.tables import CASES, CHILDREN, REPORTS
from mdt.store import blind, keys, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from mdt.likeness import Described, DescribedPerson
    from mdt.store.sealed import CaseKey

Somebody = TypeVar("Somebody")
Found = TypeVar("Found")
AT_ONCE = 1_000  # cases a statement


@dataclass(slots=True)
class Known(Generic[Somebody]):
    """Who is known, by an id that begins with the case's, and the cases of which something did not unseal."""

    by_id: dict[str, Somebody] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)


def case_of(one: str) -> str:
    """The case in which somebody is known."""
    return one.partition("/")[0]


def children(connection: Connection, case_ids: Sequence[str]) -> Known[Described]:
    """The child of each case, as the case began with her and as each later report on it told of her."""
    known: Known[Described] = Known()
    for some in _parts(case_ids):
        of_case = keys.of(connection).cases(connection, some)
        for row in connection.execute(_children(some)).mappings():
            born = _born(row["told_at"], row["age"])
            told = _unsealed(sealed.unseal_child, of_case, row["case_id"], row, known.spoiled)
            known.by_id |= {row["case_id"]: blind.described(told, born)} if told else {}
        for row, told in _reports(connection, some, of_case, known.spoiled, later=True):
            known.by_id |= {f"{row['case_id']}/{row['id']}": _told_again(row, told)} if "child" in told else {}
    return known


def persons(connection: Connection, case_ids: Sequence[str]) -> Known[DescribedPerson]:
    """Every suspected person that a report on these cases told of."""
    known: Known[DescribedPerson] = Known()
    for some in _parts(case_ids):
        of_case = keys.of(connection).cases(connection, some)
        for row, told in _reports(connection, some, of_case, known.spoiled, later=False):
            for n, person in enumerate(told.get("suspected", ())):
                known.by_id[f"{row['case_id']}/{row['id']}/{n}"] = blind.person_described(person)
    return known


def _parts(case_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (case_ids[start : start + AT_ONCE] for start in range(0, len(case_ids), AT_ONCE))


def _children(case_ids: Sequence[str]) -> Any:  # noqa: ANN401  # a statement of many columns
    first = select(func.min(REPORTS.c.received_at)).where(REPORTS.c.case_id == CASES.c.id).scalar_subquery()
    with_age = select(CASES.c.age, first.label("told_at"), CHILDREN).join(CHILDREN, CHILDREN.c.case_id == CASES.c.id)
    return with_age.where(CASES.c.id.in_(case_ids))


def _reports(
    connection: Connection, case_ids: Sequence[str], of_case: Mapping[str, CaseKey], spoiled: set[str], *, later: bool
) -> Iterator[tuple[RowMapping, dict[str, Any]]]:
    """What the reports on these cases told; `later`: only where there are several, as the first is the case's own."""
    ids = select(REPORTS.c.case_id).where(REPORTS.c.case_id.in_(case_ids)).group_by(REPORTS.c.case_id)
    asked = select(REPORTS).where(REPORTS.c.case_id.in_(ids.having(func.count() > 1) if later else case_ids))
    for row in connection.execute(asked).mappings():
        if told := _unsealed(sealed.unseal_report, of_case, row["case_id"], row, spoiled):
            yield row, told


def _unsealed(
    unseal: Any, of_case: Mapping[str, CaseKey], case_id: str, row: RowMapping, spoiled: set[str]  # noqa: ANN401
) -> dict[str, Any] | None:  # fmt: skip
    """What a row holds; None if it does not open, which one case's damage must not hide from all the others."""
    try:
        told: dict[str, Any] = unseal(of_case[case_id], row)
    except (Tampered, KeyError):
        spoiled.add(case_id)
        return None
    return told


NOT_TOLD = dict.fromkeys(("given_name", "family_name", "birthdate", "gender", "town", "phone"), "")


def _told_again(row: RowMapping, told: Mapping[str, Any]) -> Described:
    return blind.described({**NOT_TOLD, **told["child"]}, _born(row["received_at"], told.get("child_age")))


def _born(told_at: datetime | None, age: int | None) -> int | None:
    """The year that an age tells: it is the age on the day of the report."""
    return None if age is None or told_at is None else local_date(told_at).year - age


def best_of(found: Iterable[tuple[str, Found]]) -> dict[str, Found]:
    """By case, the first of what was found in it."""
    best: dict[str, Found] = {}
    for one, what in found:
        best.setdefault(case_of(one), what)
    return best
