"""The child as told: what her case began with, its blanks filled by what later reports say of her. Nothing is overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.compensation import MINOR_NEEDS, Award, CommissionerDecision
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.law.period import eighteenth_birthday, local_date
from mdt.records.tables import CHILDREN, REPORTS
from mdt.screening import NotAMinor
from mdt.store import keys, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.facts import History
    from mdt.store.sealed import CaseKey

Report = dict[str, Any]  # what one told, unsealed, and its `id`


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What a report says of the child that is not what is taken for so: both are kept."""

    report: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class AsTold:
    """Who the child is, by all reports together; what some of them say otherwise; and the reports, in the order they came."""

    child: dict[str, str]
    otherwise: tuple[Otherwise, ...] = ()
    reports: tuple[Report, ...] = ()


def as_told(connection: Connection, case_id: str, history: History) -> AsTold:
    """The child of the case, by its own row and the reports that stand in the live history. Raises `Tampered`."""
    key = keys.of(connection).case(connection, case_id)
    row = connection.execute(select(CHILDREN).where(CHILDREN.c.case_id == case_id)).mappings().one()
    began, reports = sealed.unseal_child(key, dict(row)), tuple(_reports(connection, key, case_id, history))
    child = filled(began, reports)
    return AsTold(child, tuple(_otherwise(child, reports)), reports)


def _reports(connection: Connection, key: CaseKey, case_id: str, history: History) -> Iterator[Report]:
    stands = {e.about for e in history if e.fact is Fact.REPORT_RECEIVED}
    asked = select(REPORTS).where(REPORTS.c.case_id == case_id).order_by(REPORTS.c.received_at, REPORTS.c.id)
    for row in connection.execute(asked).mappings():
        if row["id"] in stands:
            yield {"id": row["id"], **sealed.unseal_report(key, dict(row))}


def filled(began: Mapping[str, str], reports: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What the case began with; a blank is filled by the latest report that says it. `reports`: the latest last."""
    later = [report["child"] for report in reversed(reports) if "child" in report]
    return {name: value or next((told[name] for told in later if told.get(name)), "") for name, value in began.items()}


def _otherwise(child: Mapping[str, str], reports: Sequence[Report]) -> Iterator[Otherwise]:
    for report in reports:
        for name, value in report.get("child", {}).items():
            if _plain(value) not in ("", _plain(child.get(name, ""))):
                yield Otherwise(report["id"], name, value)


def _plain(value: str) -> str:
    return " ".join(value.split()).casefold()


def refuse_a_minor(connection: Connection, case_id: str, form: Form, history: History) -> None:
    """Raise `NotPossible` if this is to be no minor child, while by every birthdate told she is under 18 on that day.

    A document seen counts for more than what was told. No date is repeated.
    """
    if not isinstance(form, NotAMinor) or form.rests_on == "a document seen":
        return
    found = as_told(connection, case_id, history)
    told = {found.child["birthdate"], *(one.value for one in found.otherwise if one.field == "birthdate")} - {""}
    day = local_date(form.happened_at)
    if told and all(day < eighteenth_birthday(date.fromisoformat(born)) for born in told):
        message = (
            "Can't record that this is not a minor child: by the birthdate told the child is under 18 on that day"
            " (§ 17a-106f(a)). If a document shows otherwise, say that it rests on a document seen."
        )
        raise NotPossible(message)


def grown_on(child: Mapping[str, str]) -> date | None:
    """The 18th birthday of the child as told; None if the birthdate is unknown."""
    return eighteenth_birthday(date.fromisoformat(child["birthdate"])) if child["birthdate"] else None


def refuse_a_grown(connection: Connection, case_id: str, form: Form, history: History) -> None:
    """Raise `NotPossible` for a minor's extra where the victim was of age when it was filed. No date is repeated."""
    if not isinstance(form, Award | CommissionerDecision) or form.beyond != MINOR_NEEDS:
        return
    filed = [local_date(e.happened_at) for e in history if e.fact is Fact.APPLICATION_FILED]
    born = grown_on(as_told(connection, case_id, history).child)
    if filed and born and filed[0] >= born:
        message = (
            "Can't record the award: by the birthdate told, the victim was no minor when the application was filed, and only a"
            " minor's additional needs are paid above the maximum (§ 54-211(d)(2))."
        )
        raise NotPossible(message)
