"""The auditor's search and weekly review: staff are named, children never, and each look is itself in the log."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from mdt.board import audit, weekly
from mdt.board.audit import Wanted
from mdt.board.misuse import Pattern
from mdt.casework import intake
from mdt.errors import NotAllowed, NotPossible
from mdt.policy import Role
from mdt.records.tables import ACCESS_LOG, EVENTS, PEOPLE
from mdt.scenario import PEOPLE as DEMO
from mdt.store import trace
from tests import making
from tests.making import MONDAY, case_row, do

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mdt.store import Store

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
WEEK, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
AFTER = MONDAY + 7 * DAY
AUDITOR = DEMO["auditor"]
OTHERS = [role for role in Role if role not in (Role.AUDITOR, Role.SYSTEM)]
STAFF = 20
NIGHT, SATURDAY = MONDAY + 14 * HOUR, MONDAY + 5 * DAY


def log(store: Store, by: str, act: str, at: datetime = MONDAY, **more: Any) -> None:
    with store.write() as connection:
        trace.append(connection, by, act, at, **more)


def logged(store: Store, act: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act).order_by(ACCESS_LOG.c.n))
        return list(rows.scalars())


def add_person(store: Store, person: str, name: str, role: str = "intake worker") -> None:
    with store.write() as connection:
        connection.execute(insert(PEOPLE), {"id": person, "name": name, "role": role, "agency": "DCF", "disabled_at": None})


@pytest.fixture
def case_id(store: Store) -> str:
    """A case with two acts, read twice, and somebody who signed in."""
    made = making.taken(store)
    do(store, made, "classify_report", MONDAY + HOUR, classification="emergency")
    log(store, "demo-1-intake", "name read", MONDAY + 2 * HOUR, case_id=made)
    log(store, "demo-4-supervisor", "narrative read", MONDAY + DAY, case_id=made)
    log(store, "demo-1-intake", "signed in", MONDAY + 2 * DAY, detail={"how": "password"})
    making.taken(store, report_no="R-2", now=MONDAY + 3 * HOUR)
    return made


def search(store: Store, **wanted: Any) -> list[tuple[str, str, str]]:
    return [
        (e.person, e.number, e.act) for e in audit.search(store, AUDITOR, Wanted(kind="access", last=SUNDAY, **wanted), AFTER)
    ][::-1]


def test_the_search_goes_over_both_ledgers_the_newest_first(store: Store, case_id: str) -> None:
    found = audit.search(store, AUDITOR, Wanted(last=SUNDAY), AFTER)
    number, other = case_row(store, case_id)["number"], "2026-00002"
    assert [(e.kind, e.person, e.number, e.act) for e in found] == [
        ("access", "Worker A", "", "Signed in"),
        ("access", "Supervisor D", number, "Narrative read"),
        ("acts", "Worker A", other, "Receive referral"),
        ("access", "Worker A", number, "Name read"),
        ("acts", "Worker A", number, "Classify the report"),
        ("acts", "Worker A", number, "Receive referral"),
    ]
    assert found[0].detail == {"how": "password"}
    assert found[0].at == MONDAY + 2 * DAY


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"person": "demo-1-intake"}, 5),
        ({"person": "nobody"}, 0),
        ({"number": "2026-00001"}, 4),
        ({"number": "2026-00002"}, 1),
        ({"number": "2026-99999"}, 0),
        ({"act": "name read"}, 1),
        ({"act": "receive_referral"}, 2),
        ({"kind": "acts"}, 3),
        ({"kind": "access", "last": SUNDAY}, 3),
        ({"first": date(2026, 3, 3), "last": date(2026, 3, 3)}, 1),
        ({"first": date(2026, 3, 4), "last": SUNDAY}, 1),
        ({"person": "demo-1-intake", "kind": "acts", "number": "2026-00001"}, 2),
    ],
)
def test_the_search_is_narrowed_by_person_case_act_days_and_kind(
    store: Store, case_id: str, wanted: dict[str, Any], count: int
) -> None:
    del case_id
    asked = Wanted(**{"last": SUNDAY, **wanted})
    assert len(audit.search(store, AUDITOR, asked, AFTER)) == audit.count(store, AUDITOR, asked) == count


def test_the_search_is_paged_and_no_row_comes_twice_or_never(store: Store, case_id: str) -> None:
    del case_id
    asked = Wanted(last=SUNDAY)
    paged = [e for first in range(0, 8, 2) for e in audit.search(store, AUDITOR, asked, AFTER, first=first, most=2)]
    assert paged == audit.search(store, AUDITOR, asked, AFTER)
    assert len(paged) == 6


def test_each_search_is_logged_by_its_codes_before_it_is_made(store: Store, case_id: str) -> None:
    del case_id
    asked = Wanted(person="demo-1-intake", act="name read", first=WEEK)
    audit.search(store, AUDITOR, asked, AFTER)
    weekly.weekly(store, AUDITOR, WEEK, AFTER)
    audit.search(store, AUDITOR, Wanted(number="=SUM(1)<b>"), AFTER)
    assert logged(store, "ledger searched") == [
        {"person": "demo-1-intake", "act": "name read", "first": "2026-03-02"}, {"week": "2026-03-02"}, {}
    ]  # fmt: skip


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_looks_into_the_ledgers(store: Store, role: str) -> None:
    reads: tuple[Callable[[], object], ...] = (
        lambda: audit.search(store, DEMO[role], Wanted(), AFTER),
        lambda: audit.count(store, DEMO[role], Wanted()),
        lambda: audit.persons(store, DEMO[role]),
        lambda: weekly.weekly(store, DEMO[role], WEEK, AFTER),
        lambda: weekly.reviewed(store, DEMO[role]),
        lambda: weekly.record_review(store, DEMO[role], WEEK, weekly.NOTES[0], AFTER),
    )
    for attempt in reads:
        with pytest.raises(NotAllowed, match="auditors alone"):
            attempt()
    assert logged(store, "ledger searched") == logged(store, "week reviewed") == []


def test_people_and_acts_are_offered_by_name(store: Store) -> None:
    assert audit.persons(store, AUDITOR)["demo-1-intake"] == "Worker A"
    assert audit.persons(store, AUDITOR)["flow"] == "This system"
    assert audit.acts()["classify_report"] == "Classify the report"
    assert audit.acts()["name read"] == "Name read"


def test_who_has_no_row_among_the_people_is_shown_by_id(store: Store) -> None:
    log(store, "flow", "keys rotated")
    log(store, "unknown", "sign-in failed")
    assert search(store) == [("This system", "", "Keys rotated"), ("unknown", "", "Sign-in failed")]


# The weekly review: twelve kinds of misuse, each by somebody of her own.


def plant_own_name(store: Store, by: str, cases: list[str]) -> None:
    del cases
    own = making.taken(store, report_no="R-own", child_given_name="Child", child_family_name="Quillfeather-Stone")
    add_person(store, by, "Worker Quillfeather")
    log(store, by, "name read", case_id=own)


def plant_reads(count: int, at: datetime = MONDAY, act: str = "name read") -> Callable[[Store, str, list[str]], None]:
    def plant(store: Store, by: str, cases: list[str]) -> None:
        for n, case in enumerate(cases[:count]):
            log(store, by, act, at + n * MINUTE, case_id=case)

    return plant


def plant_house(act: str, rows: int, at: datetime = MONDAY, **more: Any) -> Callable[[Store, str, list[str]], None]:
    def plant(store: Store, by: str, cases: list[str]) -> None:
        del cases
        for n in range(rows):
            log(store, by, act, at + n * MINUTE, **more)

    return plant


def plant_restricted(store: Store, by: str, cases: list[str]) -> None:
    do(store, cases[-1], "restrict_case", by="intake supervisor", because="staff are threatened")
    log(store, by, "name read", MONDAY + HOUR, case_id=cases[-1])


def plant_closed(store: Store, by: str, cases: list[str]) -> None:
    row = {"case_id": cases[-2], "id": "closed", "seq": 90, "act": 9, "fact": "case closed", "happened_at": MONDAY}
    with store.write() as connection:
        connection.execute(insert(EVENTS), row | {"recorded_at": MONDAY, "by": "x", "data": {}, "about": None})
    log(store, by, "narrative read", MONDAY + HOUR, case_id=cases[-2])


MISUSE: dict[Pattern, Callable[[Store, str, list[str]], None]] = {
    Pattern.OWN_NAME: plant_own_name,
    Pattern.EMERGENCY: plant_reads(1, act="emergency access"),
    Pattern.EMERGENCY_CHAIN: plant_reads(3, act="emergency access"),
    Pattern.RESTRICTED: plant_restricted,
    Pattern.CLOSED: plant_closed,
    Pattern.MASS: plant_house("packet", 1, count=60),
    Pattern.OUTSIDE: plant_reads(11),
    Pattern.WITHOUT_ACT: plant_reads(21),
    Pattern.NIGHT: plant_reads(1, NIGHT),
    Pattern.WEEKEND: plant_reads(1, SATURDAY),
    Pattern.EXPORT: plant_house("export", 1, NIGHT, count=900),
    Pattern.REFUSED: plant_house("refused", 6),
    Pattern.FAILED: plant_house("sign-in failed", 5),
}


def cases_of(store: Store, count: int = 30) -> list[str]:
    rows = [(n, making.row(report_no=f"W-{n}", child_given_name="Child", child_family_name="Nomen")) for n in range(count)]
    return intake.receive_rows(store, rows, by=DEMO["intake worker"], now=MONDAY).taken


def normal_week(store: Store, cases: list[str]) -> int:
    """Twenty people's five days: reads of cases that wait for them, mistyped passwords, refusals, a night on call, an export.

    How many days of a person that is.
    """
    chance = random.Random(3)
    staff = [f"normal-{n}" for n in range(STAFF)]
    with store.write() as connection:
        for n, person in enumerate(staff):
            row = {"id": person, "name": f"Worker Of{n}", "role": "intake worker", "agency": "DCF", "disabled_at": None}
            connection.execute(insert(PEOPLE), row)
            for day in range(5):
                begin = MONDAY + day * DAY
                trace.append(connection, person, "signed in", begin)
                if chance.random() < 0.2:
                    trace.append(connection, person, chance.choice(["sign-in failed", "refused"]), begin)
                for _ in range(chance.randint(4, 16)):
                    at = begin + timedelta(minutes=chance.randint(0, 480))
                    act = chance.choice(["name read", "narrative read", "name read", "who read"])
                    trace.append(connection, person, act, at, case_id=chance.choice(cases))
        trace.append(connection, staff[0], "name read", NIGHT, case_id=cases[0])
        trace.append(connection, staff[1], "export", MONDAY, count=30)
    return STAFF * 5


def test_every_planted_misuse_is_listed_and_hardly_anything_of_a_normal_week(store: Store) -> None:
    cases = cases_of(store)
    days = normal_week(store, cases[:-2])
    planted = {pattern: f"planted-{n}" for n, pattern in enumerate(MISUSE)}
    for pattern, plant in MISUSE.items():
        if pattern != Pattern.OWN_NAME:
            add_person(store, planted[pattern], planted[pattern], "victim advocate")
        plant(store, planted[pattern], cases)
    found = weekly.weekly(store, AUDITOR, WEEK, AFTER)
    listed = {(line.pattern, line.person) for line in found}
    names = planted | {Pattern.OWN_NAME: "Worker Quillfeather"}
    assert [pattern for pattern, name in names.items() if (pattern, name) not in listed] == []
    assert len(MISUSE) >= 12
    false = [line for line in found if line.person.startswith("Worker Of")]
    assert len(false) / days <= 0.05, false
    assert "Quillfeather-Stone" not in repr(found)
    assert all(line.number for line in found if line.pattern in (Pattern.OWN_NAME, Pattern.RESTRICTED, Pattern.CLOSED))


@pytest.mark.parametrize(
    ("staff", "child", "same"),
    [
        ("Worker Exemplo", "Exemplo", True),
        ("Worker Exemplo", "EXÉMPLO", True),
        ("Worker B. O'Exemplo", "OExemplo", True),
        ("Worker Exemplo", "Nomen-Exemplo", True),
        ("Worker Ex-Emplo", "Emplo", True),
        ("Exemplo Nomen", "Exemplo", False),
        ("Exemplo", "Exemplo", False),
        ("Worker A", "A", False),
        ("Worker Exemplo", "Exemplos", False),
        ("Worker Exemplo", "", False),
    ],
)
def test_a_family_name_is_the_same_whatever_its_case_and_marks(store: Store, staff: str, child: str, same: bool) -> None:
    add_person(store, "reader", staff)
    log(store, "reader", "name read", case_id=making.taken(store, child_family_name=child))
    found = weekly.weekly(store, AUDITOR, WEEK, AFTER)
    assert [line.pattern for line in found] == ([Pattern.OWN_NAME] if same else [])


def test_another_week_and_this_system_are_not_listed(store: Store) -> None:
    log(store, "demo-1-intake", "export", MONDAY - DAY)
    log(store, "demo-1-intake", "export", MONDAY + 7 * DAY)
    log(store, "flow", "export", MONDAY)
    assert weekly.weekly(store, AUDITOR, WEEK, AFTER) == []


def test_a_case_that_waits_for_her_role_or_for_her_or_engages_her_is_her_own(store: Store) -> None:
    cases = cases_of(store, 11)
    add_person(store, "advocate", "Advocate Nomine", "victim advocate")
    for by in ("demo-1-intake", "advocate"):
        plant_reads(11)(store, by, cases)
    assert [(line.pattern, line.person) for line in weekly.weekly(store, AUDITOR, WEEK, AFTER)] == [
        (Pattern.OUTSIDE, "Advocate Nomine")
    ]
    do(store, cases[0], "engage_person", by="intake supervisor", person="advocate")
    assert weekly.weekly(store, AUDITOR, WEEK, AFTER) == []


def test_a_week_that_was_reviewed_is_recorded_with_a_note(store: Store) -> None:
    weekly.record_review(store, AUDITOR, WEEK, "asked the person", AFTER)
    (found,) = weekly.reviewed(store, AUDITOR)
    assert (found.monday, found.person, found.at, found.note) == (WEEK, AUDITOR.name, AFTER, "asked the person")
    assert logged(store, "week reviewed") == [{"week": "2026-03-02", "note": "asked the person"}]


@pytest.mark.parametrize(
    ("monday", "note"),
    [(WEEK, "free words"), (WEEK + timedelta(days=1), weekly.NOTES[0]), (WEEK + timedelta(days=7), weekly.NOTES[0])],
)
def test_only_a_week_that_is_over_is_reviewed_and_only_with_a_note_of_the_list(store: Store, monday: date, note: str) -> None:
    with pytest.raises(NotPossible, match="a week that is over"):
        weekly.record_review(store, AUDITOR, monday, note, AFTER)
    assert weekly.reviewed(store, AUDITOR) == []
