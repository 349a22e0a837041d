"""Who must report: the 41 classes of § 17a-101(b), and whoever is none of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mdt.reporters import class_of, classes

REFERRALS = Path(__file__).parent / "data" / "referrals.csv"
# What names each subdivision, read off the statute a second time; our titles say it with these words.
NAMED = (
    "physician or surgeon", "resident physician", "registered nurse", "licensed practical nurse", "medical examiner",
    "dentist", "dental hygienist", "psychologist", "school employee", "social worker", "coaching permit", "youth athletics",
    "private youth sports organization, league or team", "higher education", "police officer", "probation officer",
    "parole officer", "member of the clergy", "pharmacist", "physical therapist", "optometrist", "chiropractor", "podiatrist",
    "mental health professional", "physician assistant", "emergency medical services provider", "alcohol and drug counselor",
    "marital and family therapist", "sexual assault counselor", "professional counselor", "foster parent",
    "paid to care for a child", "Department of Children and Families", "Office of Early Childhood", "youth camp director",
    "Child Advocate", "behavior analyst", "family relations counselor", "victim services advocate",
    "juvenile justice program", "ombudsperson",
)  # fmt: skip


def test_there_are_the_41_classes_of_the_statute_in_its_order_each_with_its_subdivision() -> None:
    mandated = [one for one in classes() if one.is_mandated]
    assert [one.number for one in mandated] == list(range(1, 42))
    assert [one.section for one in mandated] == [f"CGS § 17a-101(b)({n})" for n in range(1, 42)]


@pytest.mark.parametrize(("number", "words"), list(enumerate(NAMED, 1)))
def test_each_class_is_named_by_the_words_of_its_subdivision(number: int, words: str) -> None:
    (one,) = [found for found in classes() if found.number == number]
    assert words.casefold() in one.shown.casefold()


def test_no_name_means_two_classes() -> None:
    names = [name.casefold() for one in classes() for name in {one.title.casefold(), *one.also}]
    assert len(names) == len(set(names))


def test_whatever_the_sample_file_writes_is_recognised_as_mandated() -> None:
    with REFERRALS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["reporter_class"]]
    found = {row["reporter_class"]: class_of(row["reporter_class"]) for row in rows}
    assert len(found) == 10
    assert all(one is not None and one.is_mandated for one in found.values())


@pytest.mark.parametrize("text", ["Neighbor", "the child", "PARENT", "grandparent"])
def test_relatives_neighbors_and_the_child_are_known_and_not_mandated(text: str) -> None:
    found = class_of(text)
    assert found is not None
    assert not found.is_mandated
    assert found.section == ""


@pytest.mark.parametrize("text", [None, "", "astronaut", "nurs"])
def test_whoever_is_none_of_them_is_no_class(text: str | None) -> None:
    assert class_of(text) is None


@pytest.mark.parametrize(("text", "number"), [("  Registered   NURSE ", 3), ("teacher", 9), ("DCF employee", 33)])
def test_a_class_is_recognised_by_any_of_its_names(text: str, number: int) -> None:
    found = class_of(text)
    assert found is not None
    assert found.number == number
