"""A text without somebody's names, however they are spelled in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.names import SOMEBODY, without, words_of

GONE = SOMEBODY


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("Ana Garcia ran away.", ["Ana", "García"], f"{GONE} {GONE} ran away."),
        ("ANA GARCÍA", ["ana", "garcia"], f"{GONE} {GONE}"),
        ("The Garcia-López family", ["Garcia-Lopez"], f"The {GONE}-{GONE} family"),
        ("O'Neil, ONeil and O\u2019Neil's", ["O'Neil"], f"{GONE}, {GONE} and {GONE}"),
        ("Garcia\u2019s mother, the Garcias' house", ["Garcia"], f"{GONE} mother, the Garcias' house"),
        ("Łukasz saw lukasz", ["Lukasz"], f"{GONE} saw {GONE}"),
        ("Anatomy of a case", ["Ana"], "Anatomy of a case"),
        ("Li and Bo came", ["Li", "Bo"], "Li and Bo came"),  # words of two letters are words of every text
        ("Child A came", ["Child", "A"], f"{GONE} A came"),
        ("Nothing to hide", [], "Nothing to hide"),
        ("", ["Ana"], ""),
        ("小龍女 came", ["小龍女"], f"{GONE} came"),
    ],
)
def test_each_word_of_a_name_is_left_out_however_it_is_spelled(text: str, names: list[str], left: str) -> None:
    assert without(text, names) == left


def test_accents_that_stand_apart_from_their_letter_hide_nobody() -> None:
    apart = unicodedata.normalize("NFD", "Zoë López-García came")
    assert without(apart, ["Zoe", "Lopez Garcia"]) == f"{GONE} {GONE}-{GONE} came"


@given(st.text(), st.lists(st.from_regex(r"[A-Za-zÀ-ÿ]{3,12}", fullmatch=True), max_size=3))
def test_no_word_of_the_names_is_left_and_nothing_else_is_lost(text: str, names: list[str]) -> None:
    left = without(f"{' '.join(names)} | {text}", names)
    told = words_of(left.replace(GONE, " "))
    assert not {word for word in words_of(*names) if len(word) > 2} & set(told)
    assert left.count("|") >= 1
