"""A child is found by her name without the database knowing it: keyed tokens of it, cut to twelve bits.

With some ten thousand children and more, several names share each token, so that a token names nobody; who is found is
unsealed and compared. What an index without the key still tells: how many cases share a token, and so, of a sound that is
much more frequent than all others, that it is a frequent one. Order, case, accents and punctuation of a name do not matter.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from typing import TYPE_CHECKING

import jellyfish
from sqlalchemy import and_, exists, or_, select

from mdt.records.tables import BLIND_INDEX, CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select

Token = tuple[str, int]

EXACT, PHONETIC, NAME_AND_YEAR = "exact", "phonetic", "name+year"
BITS = 12
# Letters that are not a plain one with a mark.
PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
# Every kind of apostrophe, and the full stop: O'Neil is ONeil; but Garcia-Lopez is Garcia Lopez.
WITHIN = re.compile("['`.\\u00b4\\u02bb\\u02bc\\u2018\\u2019]")
WORD = re.compile(r"[^\W_]+")


def words_of(*names: str) -> list[str]:
    """The words of names as they are compared: plain small letters, in the order of the alphabet."""
    whole = WITHIN.sub("", " ".join(names)).casefold()
    return sorted(WORD.findall(whole if whole.isascii() else _plain(whole)))


def _plain(whole: str) -> str:
    marked = unicodedata.normalize("NFKD", whole)
    return "".join(c for c in marked if not unicodedata.combining(c)).translate(PLAIN)


def tokens(index_key: bytes, given: str, family: str, birth_year: int | None) -> list[Token]:
    """What is kept of a child's name: one token of it whole, one of each word's sound, one of its sound and her birth year."""
    words = words_of(given, family)
    if not words:
        return []
    sounds = sorted({_sound(word) for word in words})
    made = {(EXACT, _token(index_key, EXACT, " ".join(words)))}
    made |= {(PHONETIC, _token(index_key, PHONETIC, sound)) for sound in sounds}
    if birth_year:
        made.add((NAME_AND_YEAR, _token(index_key, NAME_AND_YEAR, f"{' '.join(sounds)} {birth_year}")))
    return sorted(made)


def _sound(word: str) -> str:
    return jellyfish.metaphone(word) or word  # what is not written in Latin letters stands for itself


def _token(index_key: bytes, kind: str, of: str) -> int:
    cut = hmac.digest(index_key, f"{kind}\x1f{of}".encode(), "sha256")
    return (cut[0] << 8 | cut[1]) >> (16 - BITS)


def search(index_key: bytes, given: str = "", family: str = "", birth_year: int | None = None) -> list[Token]:
    """The tokens of what is looked for; of part of a name, the sounds alone find anybody."""
    return tokens(index_key, given, family, birth_year)


def found(looked_for: Sequence[Token]) -> Select[tuple[str]]:
    """The ids of the cases whose child may be meant: every sound is hers, or the whole name is. None for no name."""
    sounds = [_has(token) for token in looked_for if token[0] == PHONETIC]
    whole = [_has(token) for token in looked_for if token[0] == EXACT]
    return select(CASES.c.id).where(or_(and_(*sounds) if sounds else CASES.c.id.is_(None), *whole))


def sound_alike(wanted: Sequence[str], hers: Sequence[str]) -> bool:
    """Whether each word that is looked for sounds like one of the name's."""
    return {_sound(word) for word in wanted} <= {_sound(word) for word in hers}


def _has(token: Token) -> ColumnElement[bool]:
    kind, number = token
    return exists().where(BLIND_INDEX.c.case_id == CASES.c.id, BLIND_INDEX.c.kind == kind, BLIND_INDEX.c.token == number)


def rows(index_key: bytes, case_id: str, child: dict[str, str]) -> Iterable[dict[str, object]]:
    """The rows of `blind_index` of a child as she is sealed."""
    year = int(child["birthdate"][:4]) if child["birthdate"] else None
    for kind, token in tokens(index_key, child["given_name"], child["family_name"], year):
        yield {"case_id": case_id, "kind": kind, "token": token}
