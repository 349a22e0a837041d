"""Referrals by the thousand: the rows of the test file under new report numbers, every child called after a number."""

from __future__ import annotations

import csv
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from mdt.access import Viewer
from mdt.casework import intake
from mdt.casework.meetings import establish_teams
from mdt.records.tables import MEMBERSHIPS, PEOPLE
from mdt.referral import NewReferral
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mdt.store import Store

FILE = Path(__file__).parents[1] / "tests" / "data" / "referrals.csv"
WORKER = Viewer("bench", "Worker A", "intake worker", "DCF", offices=frozenset({"*"}))
AT_ONCE = 500
WITHOUT_A_NAME = {"child_given_name": "Child", "reporter_name": "", "suspected_person": "", "narrative": "Invented."}
GRAVE = {
    "received_at": "2026-03-02 09:00", "mode": "electronic", "reporter_mandated": "yes", "commercial_sex": "yes",
    "child_birthdate": "2012-05-01", "child_residence_town": "Hartford",
}  # fmt: skip


def many(count: int) -> Iterator[tuple[int, dict[str, str]]]:
    """So many rows as a file would give them; each can be taken."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        given = [row for row in csv.DictReader(file) if _can_be_taken(row)]
    for number, row in enumerate(islice(cycle(given), count), 1):
        yield number, row | WITHOUT_A_NAME | {"report_no": f"B-{number:07}", "child_family_name": f"Number {number}"}


def _can_be_taken(row: dict[str, str]) -> bool:
    try:
        NewReferral.model_validate(row)
    except ValidationError:
        return False
    return True


def grave(count: int) -> list[tuple[int, dict[str, str]]]:
    """So many referrals alike, each of which waits for a classification and a notice to the police."""
    return [(n, {"report_no": f"G-{n:07}", **GRAVE}) for n in range(1, count + 1)]


def take(store: Store, rows: Iterator[tuple[int, dict[str, str]]], now: datetime) -> list[str]:
    """Take the rows in, with the teams they need and the person who does it; the new cases' ids."""
    establish_teams(store)
    with store.write() as connection:  # the database's own wall knows nobody else
        person = {"id": WORKER.id, "name": WORKER.name, "role": WORKER.role, "agency": WORKER.agency}
        connection.execute(insert_into(connection, PEOPLE).values(person).on_conflict_do_nothing())
        works = {"person_id": WORKER.id, "kind": "office", "name": "*"}
        connection.execute(insert_into(connection, MEMBERSHIPS).values(works).on_conflict_do_nothing())
    taken: list[str] = []
    while part := list(islice(rows, AT_ONCE)):
        taken += intake.receive_rows(store, part, by=WORKER, now=now).taken
    return taken
