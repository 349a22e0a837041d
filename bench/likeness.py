"""Who this may be, among a hundred thousand known children: one search while somebody types, and a file of ten thousand."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from bench import children, referrals
from bench.measure import Row, folder, p50, p95, timed
from mdt import likeness
from mdt.access import Viewer
from mdt.board import alike
from mdt.casework.alike import note_likenesses
from mdt.likeness import Described, DescribedPerson
from mdt.policy import Role
from mdt.records.tables import CASES, REPORTS
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdt.store import Store

KNOWN, NEW = 100_000, 10_000
SEARCHES, BATCH = 200, 500
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MB = 1024  # KB, as the system counts memory
NORWICH = Viewer("bench-2", "Worker B", Role.INTAKE, "DCF", offices=frozenset({"Norwich"}))


def _rows(kind: str, told: Iterable[Described]) -> Iterator[tuple[int, dict[str, str]]]:
    """Invented children as a file's rows, each report with a suspected person of a name that several have."""
    for n, child in enumerate(told, 1):
        yield n, _row(kind, n, child)


def _row(kind: str, n: int, child: Described) -> dict[str, str]:
    return {
        "report_no": f"{kind}-{n:07}", "received_at": "2026-06-01 09:00", "mode": "electronic", "reporter_mandated": "yes",
        "child_given_name": child.given, "child_family_name": child.family, "child_gender": child.gender,
        "child_birthdate": child.birthdate.isoformat() if child.birthdate else "", "child_residence_town": child.town,
        "child_phone": child.phone, "suspected_person": f"Person {n % 4000}",
    }  # fmt: skip


def _half_typed(child: Described, chance: Random) -> Described:
    """What stands in the form after some pause of the keyboard."""
    typed = Described(child.given, child.family[: chance.randrange(2, 9)])
    return chance.choice((typed, replace(typed, birthdate=child.birthdate), replace(typed, family=child.family), child))


def _searches(store: Store, viewer: Viewer) -> list[partial[alike.Likenesses]]:
    """Children who are known, with a slip or half typed, and as many who are not."""
    known = dict(zip(map(str, range(2_000)), children.children(2_000), strict=True))
    told, _ = children.reported(known, SEARCHES // (2 * len(children.SLIPS)))
    chance = Random(7)  # noqa: S311  # nothing secret
    return [partial(alike.alike, store, viewer, _half_typed(child, chance), NOW) for child in told.values()]


def _typing(url: str) -> list[Row]:
    store = open_store(url)
    store.create()
    referrals.take(store, _rows("L", children.children(KNOWN)), NOW)
    with store.engine.begin() as connection:
        connection.execute(CASES.update().values(office="Hartford", district="Hartford"))
        connection.exec_driver_sql("ANALYZE")
    likeness.ready()
    rows = []
    for who, viewer in (("who sees all", referrals.WORKER), ("who sees none", NORWICH)):
        times = timed(_searches(store, viewer))
        rows += [Row(f"search by one {who}, p50", p50(times) * 1000, "ms")]
        rows += [Row(f"search by one {who}, p95", p95(times) * 1000, "ms", most=300)]
    persons = [DescribedPerson(f"Person {n}", handle=f"handle{n}") for n in range(50)]
    times = timed(partial(alike.alike_persons, store, referrals.WORKER, one, NOW) for one in persons)
    rows.append(Row("search for a suspected person, p95", p95(times) * 1000, "ms", most=300))
    known = dict(zip(map(str, range(KNOWN)), children.children(KNOWN), strict=True))
    new, _ = children.reported(known, NEW // (2 * len(children.SLIPS)))
    referrals.take(store, _rows("N", new.values()), NOW)
    store.close()
    return rows


def note(url: str) -> None:
    """Ten thousand new cases against all, as many at once as the carrier takes: seconds, memory in GB, how many were noted."""
    store = open_store(url)
    with store.read() as connection:
        new = list(connection.execute(select(REPORTS.c.case_id).where(REPORTS.c.report_no.like("N-%"))).scalars())
    noted: list[int] = []
    parts = [new[start : start + BATCH] for start in range(0, len(new), BATCH)]
    took = timed([lambda: noted.extend(note_likenesses(store, part, NOW) for part in parts)])[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB / MB
    print(took, peak, sum(noted), len(new))  # to the process that measures
    store.close()


def _noting(url: str) -> list[Row]:
    """In a process of its own, as memory is never given back."""
    asked = [sys.executable, "-c", f"from bench.likeness import note; note({url!r})"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True, env=os.environ)  # noqa: S603  # ourselves
    took, peak, noted, new = map(float, said.stdout.split())
    what = f"{new:,.0f} new cases against {KNOWN:,}"
    return [
        Row(f"{what}: likenesses noted", took, "s", most=120),
        Row(f"{what}: noted ÷ limit", took / 120, most=1),
        Row(f"{what}: most memory", peak, "GB", most=2),
        Row(f"{what}: likenesses", noted, least=0.95 * new / 2),  # half of them are of a child who is known
    ]


def run() -> list[Row]:
    """The searches first, then the flow's work on a file, on the same hundred thousand."""
    with folder() as here:
        url = f"sqlite:///{here / 'likeness.db'}"
        return [*_typing(url), *_noting(url)]
