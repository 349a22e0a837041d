"""What the policy costs: an act's questions, and each role's board against the same board without any policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bench.lists import MANY, NOW, OWNERS, filled
from bench.measure import ROUNDS, Row, folder, p50, ratio, timed
from mdt import geography
from mdt.access import SYSTEM, Viewer, may, relations, sight
from mdt.board import overview, work
from mdt.board.overview import Filters
from mdt.casework import ACTS
from mdt.circle import circle
from mdt.facts import Event, Fact
from mdt.policy import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.store import Store

AGAIN = 7  # times each list is read a round
HERS, POLICE_CASES, GUARDED = 30, 2_000, 100
ONE = frozenset({"New Haven"})
ROLES = (
    Viewer("bench-advocate", "Advocate B", Role.ADVOCATE, "Center"),
    Viewer("bench-supervisor", "Supervisor B", Role.ADVOCATE_SUPERVISOR, "Center"),
    Viewer("bench-police", "Officer B", Role.POLICE, "Police B"),
    Viewer("bench-area", "Worker B", Role.AREA_OFFICE, "DCF", offices=ONE),
    Viewer("bench-member", "Member B", Role.MEMBER, "Hospital", districts=ONE),
    Viewer("bench-chair", "Chairperson B", Role.CHAIR, "State's Attorney", districts=frozenset({"*"})),
    Viewer("bench-intake", "Worker C", Role.INTAKE, "DCF", offices=frozenset({"*"})),
)
HISTORY = tuple(
    Event(fact, NOW, NOW, "somebody", None, {"person": "somebody else", "because": "a reason"}, f"e{n}", n, n)
    for n, fact in enumerate((*[Fact.POLICE_NOTIFIED] * 25, *[Fact.PERSON_ENGAGED] * 5), 1)
)


def spread(store: Store) -> None:
    """Put the cases into districts and offices, some before their teams, few with each advocate, fewer restricted."""
    towns = geography.towns()
    with store.write() as connection:
        ids = [row[0] for row in connection.execute(text("SELECT id FROM cases ORDER BY number"))]
        rows = [
            {"id": one, "district": towns[n % len(towns)].judicial_district, "office": towns[n % len(towns)].dcf_area_office,
             "before_team": n % 3 == 0, "guarded": n % (MANY // GUARDED) == 0,
             "restricted": "a court ordered it" if n % (MANY // GUARDED) == 0 else None}
            for n, one in enumerate(ids)
        ]  # fmt: skip
        connection.execute(text("UPDATE cases SET district = :district, office = :office, before_team = :before_team, "
                                "guarded = :guarded, restricted = :restricted WHERE id = :id"), rows)  # fmt: skip
        drawn = [{"case_id": one, "who": "bench-advocate", "how": "engaged"} for one in ids[5 :: len(ids) // HERS]]
        drawn += [{"case_id": one, "who": "Center", "how": "agency"} for one in ids[5 :: len(ids) // HERS // 10]]
        drawn += [{"case_id": one, "who": "Police B", "how": "agency"} for one in ids[7 :: len(ids) // POLICE_CASES]]
        connection.execute(text("INSERT INTO involved (case_id, who, how) VALUES (:case_id, :who, :how)"), drawn)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _screens(store: Store, viewer: Viewer) -> dict[str, Callable[[], object]]:
    """What is read each time the board or a work list is drawn."""

    def board() -> None:
        overview.columns(store, viewer, Filters(), NOW)
        overview.cards(store, viewer, Filters(), NOW)

    def work_list() -> None:
        work.tally(store, viewer, OWNERS, NOW)
        work.waiting(store, viewer, OWNERS, NOW)

    def overdue() -> None:
        work.tally(store, viewer, OWNERS, NOW)
        work.waiting(store, viewer, OWNERS, NOW, which="overdue")

    return {"board": board, "work list": work_list, "overdue list": overdue}


def _questions() -> None:
    """What the door asks of the policy before an act."""
    may(ROLES[3], ACTS[0])
    around = circle(HISTORY, {"office": "New Haven"})
    relations(ROLES[3], around, NOW)
    sight(ROLES[3], around, NOW)


def run() -> list[Row]:
    """An act's questions; then every list of every role and without policy, by turns."""
    act = p50(timed([_questions] * 200)) * 1000
    rows = [Row("the policy's part of an act (30 events)", act, "ms", most=1)]
    times: dict[tuple[str, str], list[float]] = {}
    with folder() as here:
        store, _ = filled(here / "policy.db", MANY)
        spread(store)
        for _ in range(ROUNDS):
            for viewer in (SYSTEM, *ROLES):
                for name, read in _screens(store, viewer).items():
                    read()
                    times.setdefault((viewer.role, name), []).append(p50(timed([read] * AGAIN)))
        store.close()
    for viewer in ROLES:
        for name in _screens(store, viewer):
            plain, hers = times[SYSTEM.role, name], times[viewer.role, name]
            rows.append(Row(f"{name}: {viewer.role} ÷ without policy", ratio(hers, plain), most=1.1))
            rows.append(Row(f"{name}: {viewer.role}", p50(hers) * 1000, "ms"))
    rows += [Row(f"{name}: without policy", p50(times[SYSTEM.role, name]) * 1000, "ms") for name in _screens(store, SYSTEM)]
    return rows
