"""Which judicial district and which DCF office a Connecticut town belongs to.

Judicial districts are those of CGS § 51-344; regions and area offices come from DCF's own list of towns (2017).

>>> find("  new haven ").judicial_district
'New Haven'
>>> likely("Bridgport")
'Bridgeport'
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

TOWNS = Path(__file__).parent / "data" / "towns.csv"
TILES = Path(__file__).parent / "data" / "tiles.csv"
LONGEST = 40  # no town's name is half as long; comparing spellings of something longer would only cost time


@dataclass(frozen=True, slots=True)
class Town:
    """One of the 169 towns, the district whose team reviews its cases, and the DCF office that answers for it."""

    name: str
    judicial_district: str
    dcf_region: int
    dcf_area_office: str


@lru_cache(maxsize=1)
def towns() -> tuple[Town, ...]:
    """All 169, by name."""
    with TOWNS.open(newline="", encoding="utf-8") as file:
        return tuple(
            Town(row["town"], row["judicial_district"], int(row["dcf_region"]), row["dcf_area_office"])
            for row in csv.DictReader(file)
        )


def districts() -> tuple[str, ...]:
    """The 13 judicial districts, by name."""
    return tuple(sorted({town.judicial_district for town in towns()}))


def offices() -> tuple[str, ...]:
    """The 14 DCF area offices, by name."""
    return tuple(sorted({town.dcf_area_office for town in towns()}))


@lru_cache(maxsize=1)
def tiles() -> dict[str, tuple[int, int]]:
    """Of each town its column and row on a map of equal tiles, from the north-west; our own drawing, not to scale."""
    with TILES.open(newline="", encoding="utf-8") as file:
        return {row["town"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}


def find(name: str) -> Town | None:
    """The town of that name, however it is spaced or capitalised; None if there is none."""
    return _by_key().get(_key(name))


@lru_cache(maxsize=1024)
def likely(name: str) -> str | None:
    """The town that was probably meant by a misspelt name; None if no spelling is close."""
    if len(name) > LONGEST:
        return None
    close = get_close_matches(_key(name), _by_key(), n=1, cutoff=0.7)
    return _by_key()[close[0]].name if close else None


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


@lru_cache(maxsize=1)
def _by_key() -> dict[str, Town]:
    return {_key(town.name): town for town in towns()}
