"""Whoever takes a report is told who this may be: of her own cases with reasons and no name, of all others only how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import alike as room
from mdt.board.alike import NOTHING, Likenesses, alike, alike_persons, compare
from mdt.casework import intake
from mdt.errors import NotAllowed, NotFound, Tampered
from mdt.likeness import Described, DescribedPerson
from mdt.policy import LOOKS_INTO, Role
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from mdt.store import trace
from tests import making
from tests.making import case_row, do, hire
from tests.tampering import tamper

if TYPE_CHECKING:
    from mdt.store import Store

EVERYWHERE = frozenset({"*"})
WORKER = Viewer("w-1", "Worker A", Role.INTAKE, "DCF", offices=EVERYWHERE)
NORWICH = Viewer("w-2", "Worker B", Role.INTAKE, "DCF", offices=frozenset({"Norwich"}))
ADVOCATE = Viewer("v-1", "Advocate A", Role.ADVOCATE, "Center A")
OFFICER = Viewer("p-1", "Officer A", Role.POLICE, "Police A")
OVS = Viewer("o-1", "Liaison A", Role.OVS, "OVS")
CHILD = Described("Catherine", "Exemplar", date(2012, 5, 4), None, "female", "New Haven", "203 555 0142")
CELLS = {
    "child_given_name": "Catherine", "child_family_name": "Exemplar", "child_birthdate": "2012-05-04",
    "child_gender": "female", "child_phone": "203 555 0142",
}  # fmt: skip
SUSPECT = {"alias": "Smooth", "handle": "@smooth_one", "vehicle": "van AB-12345"}
_reports = count()


@dataclass
class Hall:
    """The database and what time it is."""

    store: Store
    now: datetime

    def case(self, *, by: str = "intake worker", **cells: Any) -> str:
        """The id of a new case of the child, or as these cells say."""
        form = making.referral(report_no=f"R-{next(_reports)}", **{**CELLS, **cells})
        return intake.receive_referral(self.store, form, by=PEOPLE[by], now=self.now)

    def ask(self, child: Described = CHILD, *, by: Viewer = WORKER, before: Likenesses = NOTHING) -> Likenesses:
        return alike(self.store, by, child, self.now, before)

    def ask_person(self, *, by: Viewer = WORKER, before: Likenesses = NOTHING, **told: str) -> Likenesses:
        return alike_persons(self.store, by, DescribedPerson(**told), self.now, before)

    def logged(self, act: str = room.SEARCH) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            rows = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == act).order_by(ACCESS_LOG.c.n))
            return [dict(row) for row in rows.mappings()]


@pytest.fixture
def hall(store: Store) -> Hall:
    hire(store, WORKER, NORWICH, ADVOCATE, OFFICER, OVS)
    return Hall(store, datetime.now(UTC))


def test_a_child_who_is_known_is_found_with_reasons_and_no_name(hall: Hall) -> None:
    case_id = hall.case()
    hall.case(child_given_name="Oliver", child_family_name="Sample", child_birthdate="2014-01-30", child_phone="")
    (found,) = hall.ask(replace(CHILD, given="Exemplar", family="Catherine", phone="")).found
    row = case_row(hall.store, case_id)
    assert (found.case_id, found.number, found.district, found.age) == (case_id, row["number"], row["district"], row["age"])
    assert found.score > 0.9
    assert found.reasons == ("names swapped", "same birthdate", "same gender", "same town")
    assert "xemplar" not in repr(found)


def test_the_likeliest_comes_first(hall: Hall) -> None:
    slip = hall.case(child_family_name="Exempler", child_phone="")
    same = hall.case()
    assert [one.case_id for one in hall.ask().found] == [same, slip]


def test_what_a_later_report_told_of_her_counts_too(hall: Hall) -> None:
    case_id = hall.case(child_given_name="Unknown", child_family_name="", child_birthdate="", child_phone="")
    assert hall.ask().found == ()
    form = making.referral(report_no="R-again", **CELLS)
    intake.add_report(hall.store, case_id, form, by=PEOPLE["intake worker"], now=hall.now)
    assert [one.case_id for one in hall.ask().found] == [case_id]


@pytest.mark.parametrize("half", [Described(), Described("C"), Described("Cath", "E"), Described("😀"), Described(born=2012)])
def test_a_child_who_is_hardly_typed_finds_nobody_and_breaks_nothing(hall: Hall, half: Described) -> None:
    hall.case()
    assert hall.ask(half) == NOTHING
    assert hall.logged() == []


def test_an_age_stands_in_for_a_birthdate(hall: Hall) -> None:
    age = hall.now.year - 2012
    case_id = hall.case(child_birthdate="", child_age=str(age))
    (found,) = hall.ask(replace(CHILD, phone="")).found
    assert (found.case_id, "age agrees" in found.reasons) == (case_id, True)


# Whose cases. ------------------------------------------------------------------------------------------------------------


def test_of_a_case_that_is_not_hers_she_is_told_only_that_there_is_one(hall: Hall) -> None:
    case_id = hall.case()
    assert hall.ask(by=NORWICH) == Likenesses((), 1)
    do(hall.store, case_id, "place_case", hall.now, town="Norwich", town_of="residence")
    found = hall.ask(by=NORWICH)
    assert ([one.case_id for one in found.found], found.elsewhere) == ([case_id], 0)


def test_what_is_not_likely_elsewhere_is_not_even_counted(hall: Hall) -> None:
    hall.case(child_given_name="Oliver")
    assert hall.ask(by=NORWICH) == NOTHING


def test_who_takes_no_reports_is_told_of_no_other_cases(hall: Hall) -> None:
    hall.case()
    assert hall.ask(by=OFFICER) == hall.ask(by=ADVOCATE) == NOTHING


def test_a_restricted_case_is_a_hint_and_a_conflict_is_not_even_that(hall: Hall) -> None:
    case_id = hall.case()
    do(hall.store, case_id, "restrict_case", hall.now, by="intake supervisor", because="staff are threatened")
    assert hall.ask() == Likenesses((), 1)
    do(hall.store, case_id, "declare_conflict", hall.now, by="intake supervisor", person=WORKER.id)
    assert hall.ask() == NOTHING


@pytest.mark.parametrize("role", sorted(set(Role) - LOOKS_INTO["names"]))
def test_a_role_that_searches_no_names_is_refused_and_it_is_logged(hall: Hall, role: Role) -> None:
    hall.case()
    who = Viewer("x-1", "Somebody", role, "OVS", offices=EVERYWHERE, districts=EVERYWHERE)
    for ask in (lambda: hall.ask(by=who), lambda: hall.ask_person(by=who, handle="smooth_one")):
        with pytest.raises(NotAllowed):
            ask()
    assert [row["detail"] for row in hall.logged("refused")] == [{"act": "likeness search"}] * 2
    assert hall.logged() == []


# The log. ----------------------------------------------------------------------------------------------------------------


def test_a_search_is_logged_once_though_the_form_asks_at_every_pause(hall: Hall) -> None:
    hall.case()
    first = hall.ask(replace(CHILD, family="Exempl"))
    again = hall.ask(before=first)
    assert [one.case_id for one in again.found] == [one.case_id for one in first.found]
    rows = [(row["chain"], row["by"], row["count"], row["detail"]) for row in hall.logged()]
    assert rows == [("house", WORKER.id, 1, {"elsewhere": 0})]
    hall.case(child_family_name="Exempler")
    hall.ask(before=again)
    assert [row["count"] for row in hall.logged()] == [1, 2]
    assert "xemplar" not in repr(hall.logged())


def test_a_hint_is_logged_too(hall: Hall) -> None:
    hall.case()
    hall.ask(by=NORWICH, before=hall.ask(by=NORWICH))
    assert [(row["count"], row["detail"]) for row in hall.logged()] == [(0, {"elsewhere": 1})]


def test_if_it_cannot_be_logged_nothing_is_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    case_id = hall.case()
    other = hall.case()
    monkeypatch.setattr(trace, "append", fails)
    with pytest.raises(RuntimeError):
        hall.ask()
    with pytest.raises(RuntimeError):
        compare(hall.store, WORKER, case_id, other, hall.now)


def test_a_child_who_is_not_as_written_hides_no_other_and_is_reported(hall: Hall) -> None:
    spoiled, sound = hall.case(), hall.case()
    tamper(hall.store, f"UPDATE child SET given_name = family_name WHERE case_id = '{spoiled}'")
    assert [one.case_id for one in hall.ask().found] == [sound]
    assert [row["chain"] for row in hall.logged("tampered")] == [spoiled]
    with pytest.raises(Tampered):
        compare(hall.store, WORKER, spoiled, sound, hall.now)


# Suspected persons. ------------------------------------------------------------------------------------------------------


def test_a_suspected_person_is_found_by_the_same_handle_plate_or_alias(hall: Hall) -> None:
    case_id = hall.case(suspected=[{"name": "Person Beta"}, SUSPECT])
    hall.case(suspected=[{"name": "Person Gamma"}])
    (by_handle,) = hall.ask_person(handle="snap: smooth_one").found
    assert (by_handle.case_id, by_handle.reasons) == (case_id, ("handle matches",))
    (by_plate,) = hall.ask_person(vehicle="AB 12345").found
    assert by_plate.score > 0.9
    (by_alias,) = hall.ask_person(alias="Smooth").found
    assert by_alias.score < 0.5
    assert hall.ask_person(alias="Another", handle="someone") == NOTHING
    assert [row["count"] for row in hall.logged()] == [1, 1, 1]


def test_a_person_known_elsewhere_is_a_hint(hall: Hall) -> None:
    hall.case(suspected=[SUSPECT])
    assert hall.ask_person(by=NORWICH, handle="smooth_one") == Likenesses((), 1)
    assert hall.ask_person(by=NORWICH, alias="smooth") == NOTHING


def test_who_reads_no_reports_searches_no_suspected_persons(hall: Hall) -> None:
    with pytest.raises(NotAllowed) as refused:
        hall.ask_person(by=ADVOCATE, handle="smooth_one")
    assert str(refused.value) == "What reports told of suspected persons is not searched by this role (victim advocate)."


# Two side by side. -------------------------------------------------------------------------------------------------------


def test_two_children_are_shown_side_by_side_and_both_are_read(hall: Hall) -> None:
    case_id, other = hall.case(), hall.case(child_family_name="Exempler")
    found = compare(hall.store, WORKER, case_id, other, hall.now)
    assert (found.one["family_name"], found.other["family_name"]) == ("Exemplar", "Exempler")
    assert found.score > 0.9
    assert found.reasons[0] == "one letter differs"
    assert sorted(row["chain"] for row in hall.logged("name read")) == sorted([case_id, other])


def test_who_sees_one_of_two_compares_neither(hall: Hall) -> None:
    case_id, other = hall.case(), hall.case()
    do(hall.store, case_id, "place_case", hall.now, town="Norwich", town_of="residence")
    for pair in ((case_id, other), (other, case_id)):
        with pytest.raises(NotFound):
            compare(hall.store, NORWICH, *pair, hall.now)
    assert hall.logged("name read") == []
    assert len(hall.logged("refused")) == 2
