"""How others write what a referral holds: dates in another order, clocks with a.m. and p.m., telephone numbers, countries."""

from __future__ import annotations

import re
from datetime import date

from mdt.countries import alpha2
from mdt.exchange.columns import DAYS, INSTANTS

# The ways of writing a day that a source may have. What is not told of a source is read as the first.
DATES = {
    "": "2026-01-31 or 1/31/2026",
    "day first": "31/1/2026 or 31.1.2026",
    "month first": "1-31-2026 or 1.31.2026",
    "year first": "2026/01/31 or 20260131",
}
ORDER = {"day first": (2, 1, 0), "month first": (2, 0, 1), "year first": (0, 1, 2)}
E_164 = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)
_DAY = re.compile(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})\b[,T]?\s*(.*)", re.ASCII | re.DOTALL)
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)\b[T]?\s*(.*)", re.ASCII | re.DOTALL)
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?\b.*", re.ASCII | re.DOTALL)
_AMERICAN = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})\b.*", re.ASCII | re.DOTALL)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?\s*([ap])\.?m\.?", re.ASCII | re.IGNORECASE)
_IN_A_NUMBER = re.compile(r"[\s().\u2010-\u2015-]")
NOON = 12


def ours(field: str, text: str, dates: str = "", time: str = "") -> str:
    """The text as this field is written in our own layout; as it is, if it is not understood: then the form says why."""
    if field in DAYS:
        return redated(text, dates)
    if field in INSTANTS:
        return _timed(redated(text, dates), time)
    return phone(text) if field.endswith("_phone") else text


def redated(text: str, style: str) -> str:
    """A day written in that order, as year-month-day; the clock behind it from 00 to 23."""
    text = _CLOCK.sub(_on_24_hours, text.strip())
    if not style or _ISO.fullmatch(text):
        return text
    found = _PACKED.fullmatch(text) if style == "year first" else None
    parts, rest = (found.group(1, 2, 3), found[4]) if found else _parts(text)
    if not parts:
        return text
    year, month, day = (parts[n] for n in ([0, 1, 2] if found else ORDER[style]))
    return f"{year}-{month}-{day} {rest}".strip() if len(year) == len("2026") else text


def _parts(text: str) -> tuple[tuple[str, ...], str]:
    found = _DAY.fullmatch(text)
    return (found.group(1, 3, 4), found[5]) if found else ((), "")


def _on_24_hours(clock: re.Match[str]) -> str:
    hour = int(clock[1]) % NOON + (NOON if clock[4].lower() == "p" else 0)
    return f"{hour:02}:{clock[2]}" if int(clock[1]) <= NOON else clock[0]


def _timed(text: str, time: str) -> str:
    return f"{text} {time}" if time and not has_time(text) else text


def has_time(text: str) -> bool:
    """Whether a clock stands behind the day."""
    return ":" in text


def is_day(text: str, style: str) -> bool:
    """Whether it is a day that there is, if read in that style."""
    text = redated(text, style)
    iso, american = _ISO.fullmatch(text), _AMERICAN.fullmatch(text)
    try:
        if iso:
            date(*map(int, re.split(r"[-\sT]", text)[:3]))
        elif american:
            date(int(american[3]), int(american[1]), int(american[2]))
    except ValueError:
        return False
    return bool(iso or american)


def phone(text: str) -> str:
    """The number as E.164 writes it, if it is one once what stands between the digits is gone; no country is made up."""
    bare = _IN_A_NUMBER.sub("", text)
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    return bare if E_164.fullmatch(bare) else text


def citizenship(text: str) -> str | None:
    """The two letters of the country, of several countries US if it is one of them; None if one is not known."""
    codes = [alpha2(one) for one in re.split(r"[;|]", text) if one.strip()]
    known = [code for code in codes if code]
    if not known or len(known) < len(codes):
        return None
    return "US" if "US" in known else known[0]
