"""What people type, made into what we mean: friendly about form, strict about meaning.

Each function takes what a form or a cell holds, gives the value or None for a blank, and refuses with a
`PydanticCustomError` of type `REFUSED`, whose message never repeats the value. A blank is "unknown", never "no".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from unicodedata import normalize

from pydantic_core import PydanticCustomError

from mdt.law.period import EASTERN

REFUSED = "refused"
FIRST_YEAR, LAST_YEAR = 1900, 2100

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
UNKNOWN = frozenset({"", "unknown"})

# Controls and stray surrogates; in a line also what nobody sees and what turns the direction of writing, because they
# make two names look like one.
_NEVER_IN_A_LINE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NEVER_IN_A_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d)(?::(\d\d)(?:\.0+)?)?)?", re.ASCII)
_AMERICAN = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(?: (\d\d?):(\d\d)(?::(\d\d))?)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def refuse(reason: str) -> PydanticCustomError:
    """The error to raise; `reason` continues "<field>: …" and is shown as it is."""
    return PydanticCustomError(REFUSED, "{reason}", {"reason": reason})


def line(value: object, longest: int) -> str | None:
    """One line of text, at most `longest` characters, with single spaces and no control characters."""
    if value is None:
        return None
    text = _text(value)
    if not (text.isascii() and text.isprintable()):
        text = normalize("NFC", _NEVER_IN_A_LINE.sub("", text))
    return _bounded(" ".join(text.split()), longest) or None


def narrative(value: object, longest: int) -> str | None:
    """Text of any number of lines, kept as it is but for control characters."""
    if value is None:
        return None
    text = _bounded(_text(value), longest)
    if not text.isprintable():
        text = _NEVER_IN_A_TEXT.sub("", text)
    return None if not text or text.isspace() else text


def yes_or_no(value: object) -> bool | None:
    """True for yes, False for no, None for a blank or "unknown"."""
    if value is None or isinstance(value, bool):
        return value
    word = _word(value)
    if word in YES:
        return True
    if word in NO:
        return False
    if word in UNKNOWN:
        return None
    raise refuse("say yes, no, or leave it blank if unknown")


def one_of(value: object, words: tuple[str, ...]) -> str | None:
    """One of the words, however it is capitalised; None for a blank."""
    word = None if value is None else _word(value)
    if word and word not in words:
        raise refuse(f"is one of: {', '.join(words)}")
    return word or None


def number(value: object, largest: int) -> int | None:
    """A whole number from 0 to `largest`."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest):
        return value
    word = _word(value) if isinstance(value, str) else "?"
    if not word:
        return None
    if not _NUMBER.fullmatch(word) or int(word) > largest:
        raise refuse(f"is a whole number from 0 to {largest}")
    return int(word)


def day(value: object) -> date | None:
    """A date. Written 2026-01-31 or, as American spreadsheets do, 1/31/2026; midnight behind it is ignored."""
    if value is None:
        return None
    parts = _numbers(value)
    if parts is None:
        return None
    if any(parts[3:]):
        raise refuse("is a day without a time, like 2026-01-31")
    return _possible(parts[:3]).date()


def instant(value: object) -> datetime | None:
    """An instant, in UTC. Written in Eastern time, 2026-01-31 14:05; the earlier one where an hour comes twice."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return _in_utc(_possible_year(value))
    parts = _numbers(value)
    if parts is None:
        return None
    if len(parts) == len(("year", "month", "day")):
        raise refuse("needs a day and a time, like 2026-01-31 14:05")
    return _in_utc(_possible(parts))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise refuse("is text")
    return value


def _word(value: object) -> str:
    return _text(value).strip().casefold()


def _bounded(text: str, longest: int) -> str:
    if len(text) > longest:
        raise refuse(f"is longer than {longest:,} characters")
    return text


def _numbers(value: object) -> tuple[int, ...] | None:
    """Year, month, day and, if a time is given, hour, minute, second; None for a blank."""
    if isinstance(value, datetime):
        return value.timetuple()[:6]
    if isinstance(value, date):
        return value.timetuple()[:3]
    text = value.strip() if isinstance(value, str) else "?"
    if not text:
        return None
    if found := _ISO.fullmatch(text):
        year, month, on, *clock = found.groups()
    elif found := _AMERICAN.fullmatch(text):
        month, on, year, *clock = found.groups()
    else:
        raise refuse("is not a date that can be read; write it like 2026-01-31, with a time like 2026-01-31 14:05")
    return tuple(int(part) for part in (year, month, on, *clock) if part is not None)


def _possible(parts: tuple[int, ...]) -> datetime:
    try:
        value = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 the zone is put on by _in_utc
    except ValueError:
        raise refuse("is a date or time that does not exist") from None
    return _possible_year(value)


def _possible_year(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise refuse(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is not None:
        return value.astimezone(UTC)
    utc = value.replace(tzinfo=EASTERN, fold=0).astimezone(UTC)
    if utc.astimezone(EASTERN).replace(tzinfo=None) != value:
        raise refuse("is in the hour that was left out when the clocks went forward")
    return utc
