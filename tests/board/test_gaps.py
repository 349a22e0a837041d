"""The gap ledger from the database: which events count, as recorded by when, and who may open it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from mdt import access, gaps
from mdt.board.gaps import ledger, years
from mdt.errors import NotAllowed, NotYet
from mdt.gaps import VIEWS
from mdt.policy import Role
from mdt.records.tables import CASES, EVENTS
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

ADVOCATE = PEOPLE["victim advocate"]
JUNE = datetime(2025, 6, 3, 15, tzinfo=UTC)
MADE = datetime(2026, 2, 1, 5, tzinfo=UTC)
NEW_HAVEN = list(VIEWS["district"][0]).index("New Haven")
MAY_NOT = {Role.OVS, Role.AUDITOR, Role.ADMINISTRATOR}


def case_of(store: Store, n: int, at: datetime = JUNE) -> str:
    """A case, as the tables have it once it was placed in New Haven, and its need of shelter; the founding act is not asked."""
    case_id = f"{n:032x}"
    row = {
        "id": case_id, "number": f"{at.year}-{n:05}", "opened_at": at, "version": 1, "events": 2, "head": "0", "age": 14,
        "room": "Services", "tracks": {}, "may_close": False, "open_tasks": 0, "next_at": at, "district": "New Haven",
        "before_team": True, "guarded": False, "changed_at": at,
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(insert(CASES).values(row))
    tell(store, case_id, 1, "case placed", at, None, district="New Haven")
    tell(store, case_id, 2, "need listed", at, "n", need="shelter", outside=True)
    return case_id


def tell(
    store: Store, case: str, seq: int, fact: str, at: datetime, about: str | None = "n", *,
    recorded: datetime | None = None, **data: Any,
) -> str:  # fmt: skip
    event_id = f"{case[-8:]}-{seq}"
    row = {
        "id": event_id, "case_id": case, "seq": seq, "act": seq, "fact": fact, "about": about, "happened_at": at,
        "recorded_at": recorded or at, "by": "advocate", "data": data,
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(insert(EVENTS).values(row))
    return event_id


def declined(store: Store, n: int, at: datetime = JUNE, **more: Any) -> tuple[str, str]:
    """A new case with a decline: its id, and the event's."""
    case = case_of(store, n)
    return case, tell(store, case, 3, "provider declined", at, because="no capacity", **more)


def total(store: Store, year: int = 2025, now: datetime = MADE) -> int | None:
    return ledger(store, ADVOCATE, year, now).total


def test_what_the_door_records_is_counted(store: Store) -> None:
    for n in range(11):
        case = making.identified(store, MONDAY, report_no=f"R-{n}")
        do(store, case, "list_needs", MONDAY, by="victim advocate", needs=["schooling"], met_by_dcf=["schooling"])
        need = next(e.about for e in making.history(store, case) if e.fact == "need listed")
        do(store, case, "refer_to_service", MONDAY, by="victim advocate", about=need, provider="DCF")
        act, more = [("record_decline", {"because": "language"}), ("record_waitlist", {"place": 2})][n % 2]
        do(store, case, act, MONDAY, by="victim advocate", about=need, **more)
    found = ledger(store, ADVOCATE, 2026, MADE.replace(year=2027))
    assert dict(found.rows) == {"schooling": 11}
    assert found.tables["district"].totals[NEW_HAVEN] == 11


def test_a_year_ends_and_begins_at_midnight_in_connecticut(store: Store) -> None:
    last, first = datetime(2026, 1, 1, 4, 59, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)
    for n in range(11):
        declined(store, n, last)
        declined(store, 50 + n, first)
    found = ledger(store, ADVOCATE, 2025, MADE)
    assert found.total == 11
    assert found.tables["month"].totals[-1] == 11
    later = MADE.replace(year=2027)
    assert ledger(store, ADVOCATE, 2026, later).tables["month"].totals[0] == 11


def test_what_was_taken_back_or_moved_to_another_year_by_then_is_not_counted(store: Store) -> None:
    for n in range(11):
        declined(store, n)
    gone, moved, come = (declined(store, 20 + n, at) for n, at in enumerate((JUNE, JUNE, JUNE.replace(year=2024))))
    july = JUNE + timedelta(days=40)
    tell(store, gone[0], 4, "fact retracted", july, gone[1])
    tell(store, moved[0], 4, "fact re-dated", july, moved[1], to=JUNE.replace(year=2024).isoformat())
    tell(store, come[0], 4, "fact re-dated", july, come[1], to=JUNE.isoformat())
    assert total(store) == 12


def test_what_is_recorded_once_the_ledger_is_made_changes_nothing(store: Store) -> None:
    made = [declined(store, n) for n in range(12)]
    declined(store, 20, recorded=MADE)
    declined(store, 21, recorded=MADE - timedelta(seconds=1))
    tell(store, *(made[0][0], 4), "fact retracted", MADE, made[0][1])
    with store.write() as connection:
        connection.execute(update(CASES).values(district="Windham"))
    found = ledger(store, ADVOCATE, 2025, MADE + timedelta(days=90))
    assert found.total == 13
    assert found.tables["district"].totals[NEW_HAVEN] == 13


def test_restricted_cases_count_for_everybody_alike(store: Store) -> None:
    for n in range(11):
        declined(store, n)
    with store.write() as connection:
        connection.execute(update(CASES).where(CASES.c.number == "2025-00003").values(restricted="conflict", guarded=True))
    seen = [ledger(store, PEOPLE[role], 2025, MADE) for role in ("victim advocate", "chairperson", "police", "intake worker")]
    assert {one.total for one in seen} == {11}
    assert all(one == seen[0] for one in seen)


def test_of_few_children_the_total_is_withheld_however_many_gaps_there_are(store: Store) -> None:
    case = case_of(store, 1)
    for n in range(30):
        tell(store, case, 3 + n, "provider waitlisted", JUNE + timedelta(hours=n))
    assert ledger(store, ADVOCATE, 2025, MADE) == gaps.Ledger(None, {}, {})


def test_a_ledger_is_not_made_before_its_day(store: Store) -> None:
    with pytest.raises(NotYet, match="made on 1 February 2026"):
        ledger(store, ADVOCATE, 2025, MADE - timedelta(seconds=1))
    assert total(store) == 0


def test_the_years_begin_with_the_first_case_and_are_five_at_most(store: Store) -> None:
    assert years(store, MADE) == []
    declined(store, 1)
    assert years(store, MADE) == [2025]
    assert years(store, MADE - timedelta(seconds=1)) == []
    assert years(store, MADE.replace(year=2032)) == [2031, 2030, 2029, 2028, 2027]


@pytest.mark.parametrize("role", [role for role in Role if role in PEOPLE])
def test_it_is_open_to_those_who_work_on_cases_but_not_to_ovs(store: Store, role: Role) -> None:
    assert access.may_look_into(PEOPLE[role], "the gaps") == (role not in MAY_NOT)
    if role in MAY_NOT:
        with pytest.raises(NotAllowed):
            ledger(store, PEOPLE[role], 2025, MADE)
    else:
        assert ledger(store, PEOPLE[role], 2025, MADE).total == 0
