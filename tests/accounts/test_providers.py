"""Signing in by an identity provider's word: who is let in, bound for good, and turned away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mdt.accounts import Vouched
from mdt.board import people
from mdt.casework import accounts, sittings, staff
from mdt.errors import NotAllowed

from .conftest import COMMAND, NINE, House

WORD = Vouched("default", "https://id.example", "s-1", "a@x.example", NINE, "n-1")


def let_in(house: House, word: Vouched) -> bool:
    try:
        accounts.enter(house.store, word, NINE)
    except NotAllowed:
        return False
    return True


def test_the_first_sign_in_binds_the_account_to_the_subject_for_good(house: House) -> None:
    who = house.add("a@x.example", provider="default")
    assert let_in(house, WORD)
    assert house.log()[-1] == (who.id, "signed in", {"how": "oidc"})
    assert let_in(house, replace(WORD, email="married@x.example", nonce="n-2"))
    assert not let_in(house, replace(WORD, subject="s-2", nonce="n-3"))  # the address has changed hands
    assert not let_in(house, replace(WORD, issuer="https://other.example", nonce="n-4"))


@pytest.mark.parametrize("word", [replace(WORD, email="b@x.example"), replace(WORD, provider="other")])
def test_a_person_without_an_account_is_turned_away_and_that_is_logged(house: House, word: Vouched) -> None:
    house.add("a@x.example", provider="default")
    house.add("local@x.example")
    assert not let_in(house, word)
    assert house.log()[-1] == ("nobody", "sign-in failed", {"how": "oidc", "why": "unknown"})


def test_a_local_account_is_not_entered_by_a_provider_s_word(house: House) -> None:
    house.add("a@x.example")
    assert not let_in(house, WORD)


def test_a_disabled_person_and_a_stale_word_are_turned_away(house: House) -> None:
    who = house.add("a@x.example", provider="default")
    assert not let_in(house, replace(WORD, issued_at=NINE - timedelta(minutes=11)))
    staff.disable(house.store, who.id, by=COMMAND, now=NINE)
    assert not let_in(house, WORD)
    assert [detail["why"] for _, act, detail in house.log() if act == "sign-in failed"] == ["stale", "disabled"]


def test_one_sign_in_is_one_sitting_in_every_window_and_once_ended_stays_so(house: House) -> None:
    who = house.add("a@x.example", provider="default")
    tokens = {accounts.enter(house.store, WORD, NINE + n * timedelta(hours=1)) for n in range(3)}
    assert len(tokens) == 1
    (token,) = tokens
    assert house.acts().count("signed in") == 1
    sittings.end(house.store, sittings.id_of(token), who.id, sittings.SIGNED_OUT, NINE)
    again = accounts.enter(house.store, WORD, NINE)
    found = people.seat(house.store, sittings.id_of(again), NINE)
    assert found is not None
    assert found.over(NINE, NINE)


def test_a_person_of_a_provider_has_a_second_factor_for_what_is_out_of_the_ordinary(house: House) -> None:
    who = house.add("a@x.example", provider="default")
    accounts.confirm(house.store, people.by_id(house.store, who.id), who.code(NINE), NINE)
