"""A child is found by her name, however written, among one's own cases and no others; of the search no name is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select

from mdt.access import Viewer
from mdt.board.find import MOST, find_child, still_hers
from mdt.board.people import by_id
from mdt.casework import intake
from mdt.errors import NotAllowed, NotPossible, Tampered
from mdt.policy import LOOKS_INTO, Role
from mdt.records.tables import ACCESS_LOG, BLIND_INDEX, INVOLVED
from mdt.scenario import PEOPLE
from mdt.store import blind, keys
from tests import making
from tests.making import as_owner, case_row, do, hire
from tests.tampering import tamper

if TYPE_CHECKING:
    from mdt.store import Store

EVERYWHERE = frozenset({"*"})
WORKER = Viewer("w-1", "Worker A", Role.INTAKE, "DCF", offices=EVERYWHERE)
NORWICH = Viewer("w-2", "Worker B", Role.INTAKE, "DCF", offices=frozenset({"Norwich"}))
CHAIR = Viewer("c-1", "Chairperson A", Role.CHAIR, "State's Attorney", districts=EVERYWHERE)
ADVOCATE = Viewer("v-1", "Advocate A", Role.ADVOCATE, "Center A")
OFFICER = Viewer("p-1", "Officer A", Role.POLICE, "Police A")
SAME, ALIKE, YEAR = "same name", "a name that sounds alike", "same birth year"
_reports = count()


@dataclass
class Hall:
    """The database and what time it is."""

    store: Store
    now: datetime

    def child(self, given: str, family: str, birthdate: str = "") -> str:
        """The number of a new case of a child of that name."""
        form = making.referral(
            report_no=f"R-{next(_reports)}", child_given_name=given, child_family_name=family, child_birthdate=birthdate
        )
        case = intake.receive_referral(self.store, form, by=PEOPLE["intake worker"], now=self.now)
        return str(case_row(self.store, case)["number"])

    def find(self, given: str, family: str = "", year: int | None = None, *, by: Viewer = WORKER) -> dict[str, str]:
        """By number, what agrees, in the order in which it is shown."""
        return {one.number: one.how for one in find_child(self.store, by, given, family, year, self.now)}

    def logged(self, act: str = "name search") -> list[dict[str, Any]]:
        with self.store.read() as connection:
            rows = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == act).order_by(ACCESS_LOG.c.n))
            return [dict(row) for row in rows.mappings()]

    def case_of(self, number: str) -> str:
        (found,) = (one.case_id for one in find_child(self.store, WORKER, "Maria", "", None, self.now) if one.number == number)
        return found


@pytest.fixture
def hall(store: Store) -> Hall:
    hire(store, WORKER, NORWICH, CHAIR, ADVOCATE, OFFICER)
    return Hall(store, datetime.now(UTC))


# What is found. ----------------------------------------------------------------------------------------------------------


def test_a_child_is_found_by_her_name_and_others_are_not(hall: Hall) -> None:
    hers = hall.child("Maria", "Garcia")
    hall.child("Anna", "Lindqvist")
    assert hall.find("Maria", "Garcia") == {hers: SAME}


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        (("María José", "García-López"), ("maria jose", "garcia lopez")),
        (("Maria", "Garcia"), ("Garcia", "Maria")),
        (("Maria", "Garcia"), ("", "garcia MARIA")),
        (("Maria", "Garcia"), ("  Maria ", "Garcia.")),
        (("Sean", "O'Neil"), ("sean", "oneil")),
        (("Łucja", "Øverby"), ("lucja", "overby")),
        (("Zoe\u0308", "Müller"), ("Zoë", "Mu\u0308ller")),
    ],
)
def test_case_order_accents_and_punctuation_do_not_matter(hall: Hall, kept: tuple[str, str], typed: tuple[str, str]) -> None:
    assert hall.find(*typed) == {}
    number = hall.child(*kept)
    assert hall.find(*typed) == {number: SAME}


def test_a_name_that_sounds_alike_is_found_after_the_same_one(hall: Hall) -> None:
    alike, same = hall.child("Katherine", "Smyth"), hall.child("Catherine", "Smith")
    assert list(hall.find("Catherine", "Smith").items()) == [(same, SAME), (alike, ALIKE)]


def test_a_part_of_a_name_finds_whoever_bears_it(hall: Hall) -> None:
    one, other = hall.child("Maria Elena", "Garcia"), hall.child("Maria", "Lopez")
    assert hall.find("Maria") == {one: ALIKE, other: ALIKE}
    assert hall.find("", "Garcia") == {one: ALIKE}
    assert hall.find("Maria", "Garcia") == {one: ALIKE}


def test_every_word_that_is_looked_for_must_be_hers(hall: Hall) -> None:
    hall.child("Maria", "Garcia")
    assert hall.find("Maria", "Lindqvist") == {}


def test_the_birth_year_puts_a_child_first_and_shuts_none_out(hall: Hall) -> None:
    first, then, unknown = (hall.child("Maria", "Garcia", born) for born in ("2010-04-01", "2012-05-05", ""))
    assert list(hall.find("Maria", "Garcia", 2012).items()) == [(then, f"{SAME}, {YEAR}"), (first, SAME), (unknown, SAME)]
    assert list(hall.find("Maria", "Garcia")) == [first, then, unknown]


def test_the_same_name_comes_before_the_same_year(hall: Hall) -> None:
    alike, same = hall.child("Katherine", "Smyth", "2012-05-05"), hall.child("Catherine", "Smith", "2010-05-05")
    assert list(hall.find("Catherine", "Smith", 2012).items()) == [(same, SAME), (alike, f"{ALIKE}, {YEAR}")]


def test_names_that_are_not_written_in_latin_letters_are_found_too(hall: Hall) -> None:
    number = hall.child("Олена", "Шевченко")
    assert hall.find("олена", "шевченко") == {number: SAME}
    assert hall.find("Марія", "Шевченко") == {}


def test_a_child_without_a_name_is_found_by_none(hall: Hall) -> None:
    hall.child("", "")
    assert hall.find("Maria") == {}


def test_of_many_the_first_are_shown_and_all_are_counted(hall: Hall) -> None:
    rows = [
        (n, making.row(report_no=f"many-{n}", child_given_name="Maria", child_family_name="Garcia")) for n in range(MOST + 3)
    ]
    intake.receive_rows(hall.store, rows, by=PEOPLE["intake worker"], now=hall.now)
    assert len(hall.find("Maria", "Garcia")) == MOST
    assert [row["count"] for row in hall.logged()] == [MOST + 3]


def test_what_is_found_says_where_the_case_stands_and_no_name(hall: Hall) -> None:
    number = hall.child("Maria", "Garcia", "2012-05-05")
    (found,) = find_child(hall.store, WORKER, "Maria", "Garcia", None, hall.now)
    row = case_row(hall.store, found.case_id)
    assert (found.number, found.room, found.district, found.age) == (number, row["room"], row["district"], row["age"])
    assert "Maria" not in repr(found)
    assert "Garcia" not in repr(found)


# Chance. -----------------------------------------------------------------------------------------------------------------


def test_a_child_whose_tokens_agree_by_chance_alone_is_sorted_out(hall: Hall) -> None:
    """Tokens are cut to twelve bits: another's are given to this child here, which chance would do once in a while."""
    hers = hall.child("Maria", "Garcia")
    hall.child("Anna", "Lindqvist")
    with as_owner(hall.store) as connection:
        wanted = blind.search(keys.of(connection).house(connection, "index"), "Maria", "Garcia", None)
        other = connection.scalars(select(BLIND_INDEX.c.case_id).order_by(BLIND_INDEX.c.case_id).distinct()).all()
        connection.execute(delete(BLIND_INDEX))
        rows = [{"case_id": case, "kind": kind, "token": token} for case in other for kind, token in wanted]
        connection.execute(insert(BLIND_INDEX), rows)
    assert len(other) == 2
    assert hall.find("Maria", "Garcia") == {hers: SAME}
    assert hall.logged()[-1]["count"] == 1


def test_a_sealed_name_that_is_not_what_was_written_ends_the_search(hall: Hall) -> None:
    hall.child("Maria", "Garcia")
    tamper(hall.store, "UPDATE child SET given_name = family_name")
    with pytest.raises(Tampered):
        hall.find("Maria", "Garcia")


# Whose cases. ------------------------------------------------------------------------------------------------------------


def test_nobody_finds_a_case_that_she_does_not_see(hall: Hall) -> None:
    number = hall.child("Maria", "Garcia")
    case = hall.case_of(number)
    others = (NORWICH, CHAIR, ADVOCATE, OFFICER)
    assert [hall.find("Maria", by=who) for who in others] == [{}, {}, {}, {}]
    do(hall.store, case, "place_case", hall.now, town="Norwich", town_of="residence")
    do(hall.store, case, "ask_for_review", hall.now, reason="words")
    do(hall.store, case, "engage_person", hall.now, by="intake supervisor", person=ADVOCATE.id)
    do(hall.store, case, "engage_agency", hall.now, by="intake supervisor", agency="Police A")
    assert [hall.find("Maria", by=who) for who in others] == [{number: ALIKE}] * 4


def test_a_restricted_case_is_found_by_whom_it_names_alone(hall: Hall) -> None:
    number = hall.child("Maria", "Garcia")
    case = hall.case_of(number)
    do(hall.store, case, "restrict_case", hall.now, by="intake supervisor", because="staff are threatened")
    assert hall.find("Maria", "Garcia") == {}
    do(hall.store, case, "admit_person", hall.now, by="intake supervisor", person=WORKER.id)
    assert hall.find("Maria", "Garcia") == {number: SAME}


def test_whoever_has_a_conflict_does_not_find_the_case(hall: Hall) -> None:
    number = hall.child("Maria", "Garcia")
    do(hall.store, hall.case_of(number), "declare_conflict", hall.now, by="intake supervisor", person=WORKER.id)
    assert hall.find("Maria", "Garcia") == {}


def test_what_was_found_is_shown_as_long_as_it_is_hers(hall: Hall) -> None:
    hall.child("Maria", "Garcia")
    found = find_child(hall.store, WORKER, "Maria", "Garcia", None, hall.now)
    assert still_hers(hall.store, WORKER, found) == found
    assert still_hers(hall.store, NORWICH, found) == []
    assert still_hers(hall.store, WORKER, []) == []
    do(hall.store, found[0].case_id, "declare_conflict", hall.now, by="intake supervisor", person=WORKER.id)
    assert still_hers(hall.store, WORKER, found) == []


@pytest.mark.parametrize("role", sorted(set(Role) - LOOKS_INTO["names"]))
def test_a_role_that_searches_no_names_is_refused_in_words_and_it_is_logged_as_that(hall: Hall, role: Role) -> None:
    hall.child("Maria", "Garcia")
    who = Viewer("x-1", "Somebody", role, "OVS", offices=EVERYWHERE, districts=EVERYWHERE)
    with pytest.raises(NotAllowed) as refused:
        hall.find("Maria", by=who)
    assert str(refused.value) == f"Children are not looked for by name by this role ({role})."
    assert hall.logged() == []
    assert [(row["by"], row["detail"]) for row in hall.logged("refused")] == [("x-1", {"act": "name search"})]


@pytest.mark.parametrize("nothing", ["", "   ", "-", "'", "\u200b", "_._"])
def test_without_a_name_nothing_is_looked_for(hall: Hall, nothing: str) -> None:
    hall.child("", "")
    with pytest.raises(NotPossible) as refused:
        hall.find(nothing, nothing, 2012)
    assert str(refused.value) == "Can't look for a child without any name."
    assert hall.logged() == []


# The log. ----------------------------------------------------------------------------------------------------------------


def test_each_search_is_logged_with_the_number_found_and_without_the_name(hall: Hall) -> None:
    hall.child("Maria", "Garcia")
    hall.find("Maria", "Garcia", 2012)
    hall.find("Nobody", "Atall")
    rows = hall.logged()
    told = [(row["chain"], row["by"], row["at"], row["count"], row["detail"]) for row in rows]
    assert told == [("house", WORKER.id, hall.now, 1, {}), ("house", WORKER.id, hall.now, 0, {})]
    assert not [name for name in ("Maria", "Garcia", "Nobody", "2012") if name.casefold() in repr(rows).casefold()]


def test_if_it_cannot_be_logged_nothing_is_returned(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    hall.child("Maria", "Garcia")
    with monkeypatch.context() as patched:
        patched.setattr("mdt.board.find.trace.append", fails)
        with pytest.raises(RuntimeError):
            hall.find("Maria", "Garcia")
    assert hall.logged() == []


def test_a_case_seen_through_emergency_access_is_found_while_it_runs(hall: Hall) -> None:
    number = hall.child("Maria", "Garcia")
    case = hall.case_of(number)
    until = hall.now + timedelta(hours=1)
    with as_owner(hall.store) as connection:
        connection.execute(insert(INVOLVED).values(case_id=case, who=OFFICER.id, how="glass", until=until))
    assert hall.find("Maria", by=by_id(hall.store, OFFICER.id, hall.now)) == {number: ALIKE}
    assert hall.find("Maria", by=by_id(hall.store, OFFICER.id, until)) == {}
