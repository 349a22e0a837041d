"""Sealed words open with the right key at the place where they were written, and nowhere else."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from mdt.casework.check import check
from mdt.errors import Tampered
from mdt.records.tables import CASE_KEYS, CHILDREN, NARRATIVES, REPORTS
from mdt.store import Store, keys, sealed
from mdt.store.sealed import CaseKey, commitment, place, seal, unseal
from tests import making

KEY, OTHER = CaseKey(b"k" * 32, b"p" * 32), CaseKey(b"o" * 32, b"q" * 32)
HERE, THERE = place("child", "given_name", "c1"), place("child", "given_name", "c2")
texts = st.text(max_size=200) | st.text(alphabet="\0\x80 Àa", max_size=70)


@given(texts, st.text(max_size=40))
def test_what_is_sealed_is_opened_as_it_was(text: str, where: str) -> None:
    assert unseal(KEY, where, seal(KEY, where, text)) == text
    assert unseal(KEY.data, where, seal(KEY, where, text)) == text


@given(st.binary(max_size=100))
def test_bytes_are_sealed_like_words(clear: bytes) -> None:
    assert sealed.unseal_bytes(KEY, HERE, sealed.seal_bytes(KEY, HERE, clear)) == clear


@given(texts, st.data())
def test_no_byte_can_be_changed(text: str, data: st.DataObject) -> None:
    blob = bytearray(seal(KEY, HERE, text))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Tampered, match="not what was written"):
        unseal(KEY, HERE, bytes(blob))


@given(texts, st.data())
def test_nothing_can_be_cut_off(text: str, data: st.DataObject) -> None:
    blob = seal(KEY, HERE, text)
    with pytest.raises(Tampered):
        unseal(KEY, HERE, blob[: data.draw(st.integers(0, len(blob) - 1))])


@given(texts)
def test_no_other_key_and_no_other_place_opens_it(text: str) -> None:
    blob = seal(KEY, HERE, text)
    for key, where in ((OTHER, HERE), (KEY, THERE), (KEY, place("child", "family_name", "c1")), (os.urandom(32), HERE)):
        with pytest.raises(Tampered):
            unseal(key, where, blob)


def test_the_same_words_are_never_sealed_alike_and_their_length_is_not_told() -> None:
    assert seal(KEY, HERE, "Child") != seal(KEY, HERE, "Child")
    assert len({len(seal(KEY, HERE, told)) for told in ("", "male", "female", "A" * 31)}) == 1
    assert len(seal(KEY, HERE, "A" * 32)) == len(seal(KEY, HERE, "")) + 32


@given(texts, texts)
def test_a_commitment_is_to_these_words_under_this_key_at_this_place(one: str, other: str) -> None:
    assert (commitment(KEY, HERE, one) == commitment(KEY, HERE, other)) is (one == other)
    assert commitment(KEY, HERE, one) not in (commitment(OTHER, HERE, one), commitment(KEY, THERE, one))


# In the database


@pytest.fixture
def two(store: Store) -> tuple[str, str]:
    return tuple(making.taken(store, report_no=f"R-{n}", narrative=f"Told {n}.", reporter_name=f"Neighbor {n}") for n in (1, 2))


def swap(store: Store, column: str, table: str, *rows: str) -> None:
    """Swap what two rows hold, as somebody with the file could."""
    with store.write() as connection:
        held = [connection.execute(text(f"SELECT {column} FROM {table} WHERE {row}")).scalar_one() for row in rows]
        for value, row in zip(reversed(held), rows, strict=True):
            connection.execute(text(f"UPDATE {table} SET {column} = :value WHERE {row}"), {"value": value})


def faulty(store: Store) -> set[str]:
    return {fault.split()[1].rstrip(":") for fault in check(store).faults}


def test_what_is_kept_is_what_was_told(store: Store, two: tuple[str, str]) -> None:
    assert check(store).faults == []
    with store.read() as connection:
        key = keys.of(connection).case(connection, two[0])
        child = connection.execute(select(CHILDREN).where(CHILDREN.c.case_id == two[0])).mappings().one()
        said = connection.execute(select(NARRATIVES).where(NARRATIVES.c.case_id == two[0])).mappings().all()
        report = connection.execute(select(REPORTS).where(REPORTS.c.case_id == two[0])).mappings().one()
        who = sealed.unseal_child(key, child)
        assert (who["given_name"], who["family_name"], who["town"], who["birthdate"]) == ("Child", "A", "New Haven", "")
        assert {sealed.unseal_words(key, row) for row in said} == {"Told 1.", "Neighbor 1"}
        assert sealed.unseal_report(key, report) == {}


@pytest.mark.parametrize("column", ["given_name", "birthdate"])
def test_a_name_moved_to_another_case_is_found(store: Store, two: tuple[str, str], column: str) -> None:
    swap(store, column, "child", *(f"case_id = '{case_id}'" for case_id in two))
    assert faulty(store) == set(two)


def test_a_note_moved_to_another_case_is_found(store: Store, two: tuple[str, str]) -> None:
    swap(store, "text", "narrative", *(f"case_id = '{case_id}' AND field = 'narrative'" for case_id in two))
    assert faulty(store) == set(two)


def test_a_note_moved_to_another_field_of_its_own_event_is_found(store: Store, two: tuple[str, str]) -> None:
    swap(store, "text", "narrative", *(f"case_id = '{two[0]}' AND field = '{f}'" for f in ("narrative", "reporter_name")))
    assert faulty(store) == {two[0]}


def test_what_a_report_told_moved_to_another_is_found(store: Store, two: tuple[str, str]) -> None:
    swap(store, "told", "report", *(f"case_id = '{case_id}'" for case_id in two))
    assert faulty(store) == set(two)


def test_a_key_moved_to_another_case_opens_nothing(store: Store, two: tuple[str, str]) -> None:
    swap(store, "wrapped", "case_key", *(f"case_id = '{case_id}'" for case_id in two))
    assert faulty(store) == set(two)
    with store.read() as connection, pytest.raises(Tampered):
        keys.of(connection).case(connection, two[0])


def test_a_name_moved_between_the_columns_of_its_row_is_found(store: Store, two: tuple[str, str]) -> None:
    with store.write() as connection:
        of_one = CHILDREN.c.case_id == two[0]
        connection.execute(update(CHILDREN).where(of_one).values(given_name=CHILDREN.c.family_name))
    assert faulty(store) == {two[0]}


def test_an_older_name_put_back_under_the_right_key_is_found(store: Store, two: tuple[str, str]) -> None:
    """Who has the key can seal another name; the ledger was committed to the first."""
    with store.write() as connection:
        key = keys.of(connection).case(connection, two[0])
        forged = seal(key, place("child", "given_name", two[0]), "Other")
        connection.execute(update(CHILDREN).where(CHILDREN.c.case_id == two[0]).values(given_name=forged))
    assert faulty(store) == {two[0]}


def test_a_case_without_its_key_is_found(store: Store, two: tuple[str, str]) -> None:
    with store.write() as connection:
        connection.execute(CASE_KEYS.delete().where(CASE_KEYS.c.case_id == two[1]))
    assert faulty(store) == {two[1]}
    with store.read() as connection, pytest.raises(Tampered):
        keys.of(connection).case(connection, two[1])


@pytest.mark.parametrize("column", ["event_id", "field", "case_id", "commitment"])
def test_of_words_only_the_sealing_can_be_changed(store: Store, two: tuple[str, str], column: str) -> None:
    with store.write() as connection:
        connection.execute(update(NARRATIVES).where(NARRATIVES.c.case_id == two[0]).values(text=NARRATIVES.c.text))
    with pytest.raises(DBAPIError, match="only added to"), store.write() as connection:
        connection.execute(text(f"UPDATE narrative SET {column} = {column}"))
    assert faulty(store) == set()
