"""Names as they are compared: in whatever order, case, accents and punctuation they were written.

>>> words_of("Garcia-López", "ANA")
['ana', 'garcia', 'lopez']
>>> sound_of("catherine") == sound_of("kathryn")
True
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import jellyfish

if TYPE_CHECKING:
    from collections.abc import Iterable

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


SOMEBODY = "[not named]"
# A word as it is written: its letters, marks that stand apart from them, and an apostrophe within it.
_SPELLED = re.compile(r"[^\W\d_][\u0300-\u036f]*(?:['`.\u00b4\u02bb\u02bc\u2018\u2019]?[^\W\d_][\u0300-\u036f]*)*")
_OWNED = re.compile("['`\\u00b4\\u02bb\\u02bc\\u2018\\u2019]s$", re.IGNORECASE)


def without(text: str, names: Iterable[str]) -> str:
    """The text with each word of these names left out, however it is spelled; words of one or two letters stay."""
    gone = {word for word in words_of(*names) if len(word) > 2}  # noqa: PLR2004
    return _SPELLED.sub(lambda word: SOMEBODY if gone & _read_as(word.group()) else word.group(), text)


def _read_as(word: str) -> set[str]:
    """A word as it may be meant: Garcia's is somebody's, and O'Neil's too."""
    return {*words_of(word), *words_of(_OWNED.sub("", word))}


def sound_of(word: str) -> str:
    """How a word sounds to an English ear; what is not written in Latin letters stands for itself."""
    return jellyfish.metaphone(word) or word
