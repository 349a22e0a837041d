"""A child is found by her name however it is written, and its tokens name nobody."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mdt.likeness import Described, DescribedPerson
from mdt.names import words_of
from mdt.records.tables import BLIND_INDEX
from mdt.store import Store, blind, keys
from mdt.store.blind import (
    BIRTHDATE,
    BITS,
    EXACT,
    MOST,
    NAME_AND_YEAR,
    PHONE,
    PHONETIC,
    SOUND_AND_YEAR,
    child_asked,
    child_tokens,
    person_asked,
    person_tokens,
    search,
    tokens,
)
from tests import making

KEY, OTHER = b"k" * 32, b"o" * 32
MANY = 100_000
names = st.text(alphabet="abcdefgáéñüßłøčž '-.", min_size=1, max_size=12)


def of(kind: str, *name: str, year: int | None = None) -> set[int]:
    return {token for k, token in tokens(KEY, *name, year) if k == kind}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Zoë Maria", "Example-Sample"), ("MARIA ZOE", "Sample Example")),
        (("José", "Ejemplo"), ("Jose\u0301", "EJEMPLO")),
        (("Łucja", "Søren"), ("lucja", "soren")),
        (("Anna", "O\u2019Sample"), ("Anna", "O'Sample")),
        (("Anna", "OSample"), ("anna", "o'sample")),
        (("Groß", "J. R."), ("GROSS", "J R")),
        (("Anna", "Sample"), ("Sample", "Anna")),
    ],
)  # fmt: skip
def test_the_same_name_is_found_in_any_order_case_and_accents(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert of(EXACT, *one) == of(EXACT, *other) != set()
    assert tokens(KEY, *one, 2012) == tokens(KEY, *other, 2012)


@given(names, names, st.integers(2005, 2026))
def test_order_and_case_never_matter(given_name: str, family: str, year: int) -> None:
    assert tokens(KEY, given_name, family, year) == tokens(KEY, family.upper(), given_name.upper(), year)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Catherine", "Kathryn"), ("Gonzalez", "Gonzales"), ("Mohammed", "Muhamad"), ("Smith", "Smyth"), ("Stephen", "Steven")],
)
def test_near_spellings_sound_alike(one: str, other: str) -> None:
    assert of(PHONETIC, one, "A") == of(PHONETIC, other, "A")
    assert of(NAME_AND_YEAR, one, "A", year=2012) == of(NAME_AND_YEAR, other, "A", year=2012)
    assert of(EXACT, one, "A") != of(EXACT, other, "A")


def test_a_birth_year_is_part_of_its_token_and_none_makes_none() -> None:
    assert of(NAME_AND_YEAR, "Child", "A") == set()
    assert of(NAME_AND_YEAR, "Child", "A", year=2012) != of(NAME_AND_YEAR, "Child", "A", year=2013)


def test_no_name_has_no_token() -> None:
    assert tokens(KEY, "", " - ", 2012) == []
    assert words_of("...", "") == []


def test_a_name_in_other_letters_has_tokens_too() -> None:
    assert of(PHONETIC, "李", "小龍") == of(PHONETIC, "小龍", "李") != set()


@given(names, names)
def test_a_token_has_twelve_bits_and_another_key_makes_others(given_name: str, family: str) -> None:
    assert all(0 <= token < 2**12 for _, token in tokens(KEY, given_name, family, 2012))
    assert BITS == 12


def test_without_the_key_a_token_cannot_be_tried_out() -> None:
    mine = [tokens(KEY, f"Child {n}", "A", None)[0] for n in range(2000)]
    theirs = [tokens(OTHER, f"Child {n}", "A", None)[0] for n in range(2000)]
    same = sum(one == other for one, other in zip(mine, theirs, strict=True))
    assert same <= 6  # chance alone gives 2000 / 4096


def synthetic(count: int) -> list[tuple[str, str]]:
    chance = random.Random(2026)
    syllables = ["".join(parts) for parts in product("bdfgklmnprstv", "aeiou")]
    made = {"".join(chance.sample(syllables, 3)).title() for _ in range(4000)}
    pairs = product(sorted(made)[:400], sorted(made)[400:])
    return list(islice(((one, other) for one, other in pairs if chance.random() < 0.25), count))


def test_every_token_of_a_hundred_thousand_names_is_shared_by_two_or_more() -> None:
    """What the index tells of a child by itself: one of many. The figure is that of the promise."""
    people = synthetic(MANY)
    assert len(people) == MANY
    shared: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for n, person in enumerate(people):
        day = date(2008 + n % 17, 1 + n % 12, 1 + n % 28)
        for token in child_tokens(KEY, Described(*person, day, phone=f"203{n:07}")):
            shared[token].add(person)
    kinds = (EXACT, PHONETIC, NAME_AND_YEAR, SOUND_AND_YEAR, BIRTHDATE, PHONE)
    sizes = {kind: [len(who) for (k, _), who in shared.items() if k == kind] for kind in kinds}
    assert all(min(of_kind) >= 2 for of_kind in sizes.values())
    assert len(sizes[EXACT]) == len(sizes[PHONE]) == 2**BITS


# What is looked for. -----------------------------------------------------------------------------------------------------

CHILD = Described("Catherine", "Exemplar", date(2012, 5, 4), phone="203-555-0142")


def shared_weight(asked: dict[blind.Token, int], kept: list[blind.Token]) -> int:
    return sum(weight for token, weight in asked.items() if token in kept)


@pytest.mark.parametrize(
    "other",
    [
        CHILD,
        Described("Exemplar", "Kathryn", date(2012, 5, 4)),
        Described("Catherine", "Exemplar"),
        Described("Catherine", "Eksemplar", born=2012),
        Described("Catherine", "Example", date(2012, 4, 5)),
        Described("", "Exemplar", date(2012, 4, 5)),
        Described("", "Exemplar", date(2012, 8, 30)),
        Described("", "", date(2012, 5, 4), phone="(203) 555 0142"),
    ],
)
def test_who_agrees_in_two_things_is_a_candidate(other: Described) -> None:
    assert shared_weight(child_asked(KEY, other), child_tokens(KEY, CHILD)) >= blind.ENOUGH


@pytest.mark.parametrize(
    "other", [Described(), Described("Catherine"), Described(birthdate=date(2012, 5, 4)), Described("Bo", "Li")]
)
def test_who_agrees_in_one_thing_alone_is_none(other: Described) -> None:
    assert shared_weight(child_asked(KEY, other), child_tokens(KEY, CHILD)) < blind.ENOUGH


def test_of_a_person_the_same_phone_handle_plate_or_alias_is_enough() -> None:
    kept = person_tokens(KEY, DescribedPerson("Person Alpha", "Smooth", "203 555 0199", "@smooth_one", "van AB-12345"))
    for one in (
        DescribedPerson(phone="(203) 555-0199"),
        DescribedPerson(handle="snap: smooth_one"),
        DescribedPerson(vehicle="AB12345"),
        DescribedPerson(alias="Smoothe"),
        DescribedPerson(name="Alpha"),
    ):
        assert shared_weight(person_asked(KEY, one), kept) >= blind.ENOUGH
    assert person_tokens(KEY, DescribedPerson(place="Harbor Motel")) == []


def test_a_sentence_is_no_name_of_a_person() -> None:
    assert person_tokens(KEY, DescribedPerson(name="an adult who is known to the child")) == []


# In the database


@pytest.fixture(autouse=True)
def _one_index_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a key of chance, two names may share a token: that is what the tokens are cut for."""
    monkeypatch.setattr(keys.Keyring, "house", lambda *_: KEY)


def ids_found(store: Store, *name: str, year: int | None = None) -> set[str]:
    with store.read() as connection:
        looked_for = search(keys.of(connection).house(connection, "index"), *name, year)
        return set(connection.execute(blind.found(looked_for)).scalars())


def test_a_case_is_found_by_its_childs_name_by_a_near_spelling_and_by_part_of_it(store: Store) -> None:
    case_id = making.taken(store, child_given_name="Catherine", child_family_name="Exámple", child_birthdate="2012-05-01")
    other = making.taken(store, report_no="R-2", child_given_name="Bob", child_family_name="Sample")
    assert ids_found(store, "example", "CATHERINE") == {case_id}
    assert ids_found(store, "Kathryn", "Example") == {case_id}
    assert ids_found(store, "", "Ejemplo") == set()
    assert ids_found(store, "", "Sample") == {other}
    assert ids_found(store, "", "") == set()


def test_the_index_holds_numbers_alone(store: Store) -> None:
    case_id = making.taken(store, child_birthdate="2012-05-01", child_phone="203 555 0142")
    with store.read() as connection:
        kept = connection.execute(select(BLIND_INDEX)).all()
    child = Described("Child", "A", date(2012, 5, 1), phone="203 555 0142")
    assert {(row.kind, row.token) for row in kept} == set(child_tokens(KEY, child))
    assert {row.case_id for row in kept} == {case_id}


def candidates(store: Store, asked: dict[blind.Token, int]) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(blind.candidates(asked)).scalars())


def test_those_who_share_most_are_the_first_candidates(store: Store) -> None:
    cells = {"child_given_name": "Catherine", "child_family_name": "Exemplar"}
    alike = making.taken(store, **cells, child_birthdate="2012-04-05")
    same = making.taken(store, report_no="R-2", **cells, child_birthdate="2012-05-04")
    making.taken(store, report_no="R-3", child_given_name="Bo", child_family_name="Li", child_birthdate="2012-05-04")
    assert candidates(store, child_asked(KEY, CHILD)) == [same, alike]
    assert candidates(store, child_asked(KEY, Described())) == []


def test_there_are_never_more_candidates_than_can_be_compared_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        making.taken(store, report_no=f"R-{n}", child_given_name="Catherine", child_family_name="Exemplar")
    monkeypatch.setattr(blind, "MOST", 3)
    assert MOST <= 500
    assert len(candidates(store, child_asked(KEY, CHILD))) == 3


def test_suspected_persons_are_in_the_index_of_the_case(store: Store) -> None:
    case_id = making.taken(store, suspected=[{"alias": "Smooth", "handle": "@smooth_one"}])
    assert candidates(store, person_asked(KEY, DescribedPerson(handle="smooth_one"))) == [case_id]
    assert candidates(store, person_asked(KEY, DescribedPerson(handle="another"))) == []
