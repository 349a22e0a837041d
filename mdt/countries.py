"""Countries by the codes of ISO 3166, as their letters or their names; and the states of the United States.

>>> alpha2("United States"), alpha2("gtm"), alpha2("nowhere")
('US', 'GT', None)
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

COUNTRIES = Path(__file__).parent / "data" / "countries.csv"
ALSO = {
    "usa": "US", "u s": "US", "u s a": "US", "america": "US", "united states": "US", "uk": "GB",
    "united kingdom": "GB", "great britain": "GB",
    "england": "GB", "south korea": "KR", "north korea": "KP", "czech republic": "CZ", "turkiye": "TR", "türkiye": "TR",
    "vietnam": "VN", "laos": "LA", "syria": "SY", "ivory coast": "CI", "russia": "RU", "burma": "MM", "cape verde": "CV",
    "taiwan": "TW", "palestine": "PS", "brunei": "BN", "swaziland": "SZ",
}  # fmt: skip
_STATES = (
    "al:alabama ak:alaska az:arizona ar:arkansas ca:california co:colorado ct:connecticut de:delaware fl:florida"
    " ga:georgia hi:hawaii id:idaho il:illinois in:indiana ia:iowa ks:kansas ky:kentucky la:louisiana me:maine"
    " md:maryland ma:massachusetts mi:michigan mn:minnesota ms:mississippi mo:missouri mt:montana ne:nebraska"
    " nv:nevada nh:new_hampshire nj:new_jersey nm:new_mexico ny:new_york nc:north_carolina nd:north_dakota oh:ohio"
    " ok:oklahoma or:oregon pa:pennsylvania ri:rhode_island sc:south_carolina sd:south_dakota tn:tennessee tx:texas"
    " ut:utah vt:vermont va:virginia wa:washington wv:west_virginia wi:wisconsin wy:wyoming dc:district_of_columbia"
    " pr:puerto_rico"
)
OURS = frozenset({"ct", "conn", "connecticut"})
_BESIDE = re.compile(r"\(.*?\)|,.*")


def alpha2(text: str) -> str | None:
    """The two letters of a country given by its two or three letters or its name; None if there is none like it."""
    return _known().get(_key(text))


def is_state(text: str) -> bool:
    """Whether it is one of the United States, by its letters or its name."""
    return _key(text) in _states()


def _key(text: str) -> str:
    return " ".join(text.replace(".", " ").split()).casefold()


@cache
def _states() -> frozenset[str]:
    return OURS.union(word.replace("_", " ") for pair in _STATES.split() for word in pair.split(":"))


@cache
def _known() -> dict[str, str]:
    known = dict(ALSO)
    with COUNTRIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            short = _key(_BESIDE.sub("", row["name"]))
            if short not in ("korea", "congo", ""):  # two countries each
                known.setdefault(short, row["alpha2"])
            known |= {_key(word): row["alpha2"] for word in (row["name"], row["alpha2"], row["alpha3"])}
    return known
