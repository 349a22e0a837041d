"""Who somebody is, as every click asks it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from mdt.board import people
from mdt.casework import accounts, sittings, staff
from mdt.casework.staff import Works
from mdt.errors import NotAllowed, NotFound, NotPossible

from .conftest import COMMAND, NINE, PASSWORD, House

EVERYTHING = Works("prosecutor", "State's Attorney", frozenset({"Hartford", "New Haven"}), frozenset({"*"}))


def test_a_person_is_what_her_memberships_say_and_by_default_nothing(house: House) -> None:
    who, nobody = house.add(works=EVERYTHING), house.add("worker-b", Works("police", "New Haven police"))
    found = people.by_id(house.store, who.id)
    assert (found.districts, found.offices, found.teams, found.glass) == ({"Hartford", "New Haven"}, {"*"}, set(), set())
    bare = people.by_id(house.store, nobody.id)
    assert (bare.districts, bare.offices, bare.teams) == (set(), set(), set())
    with pytest.raises(NotFound):
        people.by_id(house.store, "none")


def test_who_sits_there_costs_one_query(house: House) -> None:
    who = house.add(works=EVERYTHING)
    token = accounts.sign_in(house.store, who.login, PASSWORD, who.code(NINE), NINE)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(house.store.engine, "before_cursor_execute", note)
    assert people.seat(house.store, sittings.id_of(token), NINE) is not None
    event.remove(house.store.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "sitting" in statement]) == 1


def test_a_change_holds_for_whoever_sits_there_already(house: House) -> None:
    who = house.add()
    token = accounts.sign_in(house.store, who.login, PASSWORD, who.code(NINE), NINE)
    staff.change(house.store, who.id, EVERYTHING, by=COMMAND, now=NINE)
    found = people.seat(house.store, sittings.id_of(token), NINE)
    assert found is not None
    assert (found.viewer.role, found.viewer.offices) == ("prosecutor", {"*"})
    assert house.acts()[-1] == "person changed"


def test_the_disabled_are_left_out_of_those_who_are_here_now(house: House) -> None:
    who = house.add()
    staff.disable(house.store, who.id, by=COMMAND, now=NINE)
    assert people.people(house.store, NINE) == []
    assert [p.id for p in people.people(house.store)] == [who.id]


@pytest.mark.parametrize("role", staff.ROLES)
def test_accounts_are_the_administrators_alone(house: House, role: str) -> None:
    who = people.by_id(house.store, house.add("one", Works(role, "An agency")).id)
    other = house.add("other")
    acts = (
        lambda: people.accounts(house.store, who),
        lambda: staff.disable(house.store, other.id, by=who, now=NINE),
        lambda: staff.enable(house.store, other.id, by=who, now=NINE),
        lambda: staff.release(house.store, other.id, by=who, now=NINE),
        lambda: staff.change(house.store, other.id, EVERYTHING, by=who, now=NINE),
        lambda: staff.set_password(house.store, other.id, PASSWORD, by=who, now=NINE),
        lambda: staff.set_second_factor(house.store, other.id, by=who, now=NINE),
    )
    for act in acts:
        if role == "administrator":
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_nobody_changes_her_own_account(house: House) -> None:
    who = people.by_id(house.store, house.add("admin-a", Works("administrator", "Information technology")).id)
    for act in (staff.disable, staff.enable, staff.release):
        with pytest.raises(NotAllowed, match="her own account"):
            act(house.store, who.id, by=who, now=NINE)
    with pytest.raises(NotAllowed, match="her own account"):
        staff.change(house.store, who.id, EVERYTHING, by=who, now=NINE)


@pytest.mark.parametrize("works", [Works("system", "MDT"), Works("judge", "Court"), Works("police", " ")])
def test_nobody_becomes_what_there_is_not(house: House, works: Works) -> None:
    who = house.add()
    for act in (lambda: house.add("worker-b", works), lambda: staff.change(house.store, who.id, works, by=COMMAND, now=NINE)):
        with pytest.raises(NotPossible):
            act()


def test_what_is_done_to_an_account_that_there_is_not_is_refused(house: House) -> None:
    for act in (staff.disable, staff.enable, staff.release):
        with pytest.raises(NotFound):
            act(house.store, "none", by=COMMAND, now=NINE + timedelta(days=1))
    assert house.log() == []
