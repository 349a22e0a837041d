"""Who sees a case and by which rule, who is shut out, and who looked; and whom the forms of it offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pyotp import TOTP
from sqlalchemy import func, insert, select, update

from mdt.access import Viewer
from mdt.board import case as cases
from mdt.board import who as board
from mdt.board.named import named
from mdt.board.people import by_id, people
from mdt.casework import accounts
from mdt.casework.glass import take_emergency_access
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.policy import SEES, THROUGH_THE_GLASS, Role, See
from mdt.records.tables import ACCESS_LOG, ACCOUNTS, PEOPLE
from mdt.store import trace
from tests import making
from tests.making import case_row, do, hire

if TYPE_CHECKING:
    from mdt.board.who import Seer, Who
    from mdt.store import Store

HERE, EVERYWHERE = frozenset({"New Haven"}), frozenset({"*"})
WORKER = Viewer("w-1", "Worker A", Role.INTAKE, "DCF", offices=EVERYWHERE)
AREA = Viewer("w-2", "Worker B", Role.AREA_OFFICE, "DCF", offices=frozenset({"Norwich"}))
KEEPER = Viewer("s-1", "Supervisor A", Role.INTAKE_SUPERVISOR, "DCF", offices=EVERYWHERE)
CHAIR = Viewer("c-1", "Chairperson A", Role.CHAIR, "State's Attorney", districts=HERE)
ELSEWHERE = Viewer("c-2", "Chairperson B", Role.CHAIR, "State's Attorney", districts=frozenset({"Hartford"}))
OFFICER = Viewer("p-1", "Officer A", Role.POLICE, "Police A")
ADVOCATE = Viewer("v-1", "Advocate A", Role.ADVOCATE, "Center A")
SUPERVISOR = Viewer("v-2", "Supervisor B", Role.ADVOCATE_SUPERVISOR, "Center A")
AUDITOR = Viewer("a-1", "Auditor A", Role.AUDITOR, "State")
ADMINISTRATOR = Viewer("a-2", "Administrator A", Role.ADMINISTRATOR, "State")
EVERYONE = (WORKER, AREA, KEEPER, CHAIR, ELSEWHERE, OFFICER, ADVOCATE, SUPERVISOR, AUDITOR, ADMINISTRATOR)


@dataclass
class Hall:
    """A case before the team, with an advocate engaged; and those above, nobody else."""

    store: Store
    case: str
    now: datetime

    def who(self, viewer: Viewer = WORKER, at: datetime | None = None) -> Who:
        at = at or self.now
        return board.who(self.store, by_id(self.store, viewer.id, at), self.case, at)

    def seers(self, at: datetime | None = None) -> dict[str, Seer]:
        return {seer.person.id: seer for seer in self.who(at=at).seers}

    def record(self, act: str, **form: Any) -> None:
        do(self.store, self.case, act, self.now, by="intake supervisor", **form)

    def logged(self) -> int:
        with self.store.read() as connection:
            return connection.scalar(select(func.count()).select_from(ACCESS_LOG)) or 0

    def disable(self, *ids: str) -> None:
        with self.store.write() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.id.in_(ids)).values(disabled_at=self.now))


@pytest.fixture
def hall(store: Store) -> Hall:
    """The demo's people act and then have left, but for the supervisor who draws others in."""
    now = datetime.now(UTC)
    case = making.taken(store, now=now - timedelta(hours=1), received_at="2026-03-02 09:00")
    hire(store, *EVERYONE)
    do(store, case, "place_case", now, town="New Haven", town_of="residence")
    do(store, case, "ask_for_review", now, reason="words")
    made = Hall(store, case, now)
    made.record("engage_person", person=ADVOCATE.id)
    made.disable(*(p.id for p in people(store) if p.id.startswith("demo-") and p.id != "demo-4-supervisor"))
    return made


OFFICE, TEAM, AGENCY, ENGAGED, GLASS = (
    "the case belongs to their DCF office", "the case is before their team", "their agency is engaged on the case",
    "they are engaged on the case", "emergency access, for four hours",
)  # fmt: skip


# Who sees it. ------------------------------------------------------------------------------------------------------------


def test_everyone_who_sees_the_case_is_listed_with_the_rule_and_nobody_else(hall: Hall) -> None:
    assert {one: seer.rules for one, seer in hall.seers().items()} == {
        WORKER.id: (OFFICE,),
        KEEPER.id: (OFFICE,),
        "demo-4-supervisor": (OFFICE,),
        CHAIR.id: (TEAM,),
        ADVOCATE.id: (ENGAGED,),
        SUPERVISOR.id: (AGENCY,),
    }


def test_each_is_listed_with_what_her_role_is_shown_in_the_order_of_the_classes(hall: Hall) -> None:
    for seer in hall.seers().values():
        assert set(seer.sees) == SEES[Role(seer.person.role)]
        assert list(seer.sees) == [see for see in See if see in seer.sees]
        assert seer.may_record


def test_the_list_says_what_opening_the_case_says(hall: Hall) -> None:
    """For each person: she is listed exactly if the case opens for her, and with what it then shows."""
    listed = hall.seers()
    for viewer in people(hall.store, hall.now):
        if viewer.id in listed:
            assert set(listed[viewer.id].sees) == cases.case_view(hall.store, viewer, hall.case, hall.now).sight.sees
            continue
        with pytest.raises(NotFound):
            cases.case_view(hall.store, viewer, hall.case, hall.now)


def test_by_two_rules_both_are_told(hall: Hall) -> None:
    area = AREA.id
    hall.record("engage_person", person=area)
    assert hall.seers()[area].rules == (ENGAGED,)
    with hall.store.write() as connection:
        connection.exec_driver_sql("UPDATE membership SET name = '*' WHERE person_id = 'w-2'")
    assert hall.seers()[area].rules == (OFFICE, ENGAGED)


def test_whoever_is_let_go_or_disabled_is_no_longer_listed(hall: Hall) -> None:
    hall.record("end_engagement", who=ADVOCATE.id)
    assert ADVOCATE.id not in hall.seers()
    hall.disable(CHAIR.id)
    assert CHAIR.id not in hall.seers()


def emergency(hall: Hall, who: Viewer) -> None:
    with hall.store.write() as connection:
        row, secret = accounts.account_row(connection, who.id, who.id, hall.now)
        connection.execute(insert(ACCOUNTS).values(row))
    number, code = case_row(hall.store, hall.case)["number"], TOTP(secret).at(hall.now)
    take_emergency_access(hall.store, number, "words", code, by=who, now=hall.now, command=f"glass-{who.id}")


def test_emergency_access_is_listed_as_long_as_it_runs(hall: Hall) -> None:
    emergency(hall, OFFICER)
    seer = hall.seers()[OFFICER.id]
    assert (seer.rules, set(seer.sees), seer.may_record) == ((GLASS,), THROUGH_THE_GLASS, False)
    end = hall.now + timedelta(hours=4)
    assert OFFICER.id in hall.seers(end - timedelta(seconds=1))
    assert OFFICER.id not in hall.seers(end)


def test_of_a_restricted_case_only_those_named_are_listed_and_the_reason_is_told(hall: Hall) -> None:
    emergency(hall, OFFICER)
    hall.record("restrict_case", because="staff are threatened")
    for one in (WORKER, ADVOCATE, OFFICER, AUDITOR):
        hall.record("admit_person", person=one.id)
    found = hall.who()
    assert found.restricted == "staff are threatened"
    assert {seer.person.id: seer.rules for seer in found.seers} == {
        WORKER.id: (OFFICE, "the restriction names them"),
        "demo-4-supervisor": (OFFICE, "the restriction names them"),
        ADVOCATE.id: (ENGAGED, "the restriction names them"),
    }  # neither emergency access nor being named alone shows it
    hall.record("lift_restriction")
    assert hall.who().restricted is None


def test_whoever_has_a_conflict_is_listed_as_shut_out_and_not_as_seeing_it(hall: Hall) -> None:
    hall.record("declare_conflict", person=CHAIR.id)
    found = hall.who()
    assert found.conflicts == (CHAIR.name,)
    assert CHAIR.id not in {seer.person.id for seer in found.seers}
    hall.record("end_conflict", person=CHAIR.id)
    assert hall.who().conflicts == ()


@pytest.mark.parametrize("viewer", [AREA, ELSEWHERE, OFFICER, AUDITOR, ADMINISTRATOR])
def test_who_does_not_see_the_case_is_not_told_who_does_and_no_look_is_logged(hall: Hall, viewer: Viewer) -> None:
    with pytest.raises(NotFound, match="There is no such case, or it is not yours to see"):
        hall.who(viewer)
    assert hall.logged() == 0


def test_neither_a_restricted_case_nor_one_in_conflict_tells_who_sees_it(hall: Hall) -> None:
    hall.record("declare_conflict", person=WORKER.id)
    hall.record("restrict_case", because="staff are threatened")
    for viewer in (WORKER, CHAIR, ADVOCATE):
        with pytest.raises(NotFound):
            hall.who(viewer)


# Who looked. -------------------------------------------------------------------------------------------------------------


def test_looks_are_told_the_newest_first_with_who_and_what_and_how_many(hall: Hall) -> None:
    named(hall.store, CHAIR, hall.case, hall.now)
    later = hall.now + timedelta(minutes=1)
    hall.who(ADVOCATE, later)
    assert [(k.at, k.name, k.role, k.what, k.count) for k in hall.who(at=later).looks] == [
        (later, "Advocate A", "victim advocate", "who read", 1),
        (hall.now, "Chairperson A", "chairperson", "narrative read", 3),
        (hall.now, "Chairperson A", "chairperson", "name read", 1),
    ]


def test_to_ask_who_sees_it_is_a_look_that_the_next_one_is_told_of(hall: Hall) -> None:
    assert hall.who().looks == ()
    assert [(look.name, look.what) for look in hall.who(CHAIR).looks] == [("Worker A", "who read")]


def test_emergency_access_stands_among_the_looks(hall: Hall) -> None:
    emergency(hall, OFFICER)
    assert [(look.name, look.what) for look in hall.who().looks] == [("Officer A", "emergency access")]


def test_looks_into_other_cases_and_at_the_house_are_not_told(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    named(hall.store, WORKER, other, hall.now)
    with hall.store.write() as connection:
        trace.append(connection, WORKER.id, "signed in", hall.now)
    assert hall.who().looks == ()


def test_who_no_longer_signs_in_is_told_of_by_name_and_who_never_did_without_one(hall: Hall) -> None:
    named(hall.store, CHAIR, hall.case, hall.now)
    hall.disable(CHAIR.id)
    with hall.store.write() as connection:
        trace.append(connection, "no-row", "name read", hall.now, case_id=hall.case)
    assert [(look.name, look.role) for look in hall.who().looks] == [
        ("somebody who no longer signs in", ""),
        *[("Chairperson A", "chairperson")] * 2,
    ]
    assert CHAIR.id not in hall.seers()


def test_the_newest_looks_are_told_and_not_all(hall: Hall) -> None:
    with hall.store.write() as connection:
        for n in range(board.LATELY + 5):
            trace.append(connection, WORKER.id, "name read", hall.now + timedelta(seconds=n), case_id=hall.case)
    found = hall.who(at=hall.now + timedelta(hours=1)).looks
    assert len(found) == board.LATELY
    assert found[0].at == hall.now + timedelta(seconds=board.LATELY + 4)


def test_if_it_cannot_be_logged_nothing_is_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("mdt.board.who.trace.append", fails)
    with pytest.raises(RuntimeError):
        hall.who()
    assert hall.logged() == 0


# Whom the forms offer. ---------------------------------------------------------------------------------------------------


def offered(hall: Hall, fact: Fact) -> dict[str, dict[str, str]]:
    return board.choices(hall.store, fact, hall.case, hall.now)


def test_an_engagement_offers_those_to_whom_it_shows_something(hall: Hall) -> None:
    assert offered(hall, Fact.PERSON_ENGAGED) == {"person": {
        OFFICER.id: "Officer A (police, Police A)", ADVOCATE.id: "Advocate A (victim advocate, Center A)",
        SUPERVISOR.id: "Supervisor B (advocate supervisor, Center A)", AREA.id: "Worker B (area-office worker, DCF)",
    }}  # fmt: skip


def test_an_agency_is_offered_if_somebody_of_the_police_signs_in_for_it(hall: Hall) -> None:
    assert offered(hall, Fact.AGENCY_ENGAGED) == {"agency": {"Police A": "Police A (police)"}}
    hall.disable(OFFICER.id)
    assert offered(hall, Fact.AGENCY_ENGAGED) == {"agency": {}}


@pytest.mark.parametrize("fact", [Fact.PERSON_ADMITTED, Fact.CONFLICT_DECLARED, Fact.CONFLICT_ENDED])
def test_a_restriction_or_a_conflict_offers_everyone_who_may_stand_to_a_case(hall: Hall, fact: Fact) -> None:
    assert set(offered(hall, fact)["person"]) == {p.id for p in EVERYONE} - {AUDITOR.id, ADMINISTRATOR.id} | {
        "demo-4-supervisor"
    }


def test_the_end_of_an_engagement_offers_those_who_are_engaged_on_this_case(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    do(hall.store, other, "engage_agency", hall.now, by="intake supervisor", agency="Police A")
    engaged = {ADVOCATE.id: "Advocate A (victim advocate, Center A)", "Center A": "Center A (agency)"}
    assert offered(hall, Fact.ENGAGEMENT_ENDED) == {"who": engaged}
    hall.disable(ADVOCATE.id)
    assert set(offered(hall, Fact.ENGAGEMENT_ENDED)["who"]) == set(engaged)  # who has left can be let go all the same


def test_every_other_form_offers_nobody(hall: Hall) -> None:
    naming = {Fact.PERSON_ENGAGED, Fact.AGENCY_ENGAGED, Fact.PERSON_ADMITTED, Fact.CONFLICT_DECLARED, Fact.CONFLICT_ENDED,
              Fact.ENGAGEMENT_ENDED}  # fmt: skip
    assert [fact for fact in set(Fact) - naming if offered(hall, fact)] == []


def test_an_entry_says_whom_it_draws_in_by_name(hall: Hall) -> None:
    hall.record("restrict_case", because="staff are threatened")
    for one in (WORKER, CHAIR):
        hall.record("admit_person", person=one.id)
    hall.record("lift_restriction")
    entries = cases.case_view(hall.store, WORKER, hall.case, hall.now).history
    assert {(e.event.fact.value, e.whom) for e in entries if e.whom} == {
        ("person engaged on the case", "Advocate A"),
        ("person admitted to the restricted case", "Worker A"),
        ("person admitted to the restricted case", "Chairperson A"),
    }
