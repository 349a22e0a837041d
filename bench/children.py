"""Invented children by the thousand, in families, and the same ones told of again with the slips that people make.

Seeded: the same numbers make the same children. No name, date or phone here is anybody's but by chance.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, product
from random import Random
from typing import TYPE_CHECKING

from mdt import geography, linkage
from mdt.likeness import Described, day_and_month_swapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GIVEN = sorted({name for group in linkage.told()["nicknames"] for name in group[:1]})
ACCENTS = str.maketrans("aeioun", "áéíóúñ")
SHARES = {"phone": 0.6, "twin": 0.03, "moved": 0.1, "phone not told": 0.5}
FIRST, DAYS = date(2008, 3, 1), 17 * 365
FAMILIES, SPREAD = 4_000, 0.8  # names, and how much more frequent the frequent ones are
LETTERS = "abcdefghilmnoprstu"


def children(count: int, seed: int = 2026) -> list[Described]:
    """So many children of different families, siblings and twins among them."""
    return list(islice(_families(Random(seed)), count))  # noqa: S311  # nothing secret


def _families(chance: Random) -> Iterator[Described]:
    given, families, towns = _given(chance), _family_names(chance), [town.name for town in geography.towns()]
    weights = [_sum(n, SPREAD) for n in (len(given), len(families), len(towns))]
    while True:
        family, town = chance.choices(families, cum_weights=weights[1])[0], chance.choices(towns, cum_weights=weights[2])[0]
        phone = f"{chance.randrange(200, 999)}555{chance.randrange(10_000):04}" if _is(chance, "phone") else ""
        day, names = _day(chance), set(chance.choices(given, cum_weights=weights[0], k=chance.choice((1, 1, 1, 2, 2, 3))))
        for name in sorted(names):
            yield Described(name, family, day, None, chance.choice(("female", "male")), town, phone)
            if not _is(chance, "twin"):  # else the next is born on the same day
                day = _day(chance)


def _is(chance: Random, what: str) -> bool:
    return chance.random() < SHARES[what]


def _sum(count: int, spread: float) -> list[float]:
    total, sums = 0.0, []
    for n in range(1, count + 1):
        total += n**-spread
        sums.append(total)
    return sums


def _given(chance: Random) -> list[str]:
    made = [f"{one.title()}{other}" for one, other in product(("Bre", "Cal", "Dev", "Jor", "Kei", "Ly", "Mar", "Ta"),
            ("anna", "dan", "la", "lyn", "mon", "nie", "ra", "rell", "sha", "vin"))]  # fmt: skip
    return chance.sample(names := [*(name.title() for name in GIVEN), *made], len(names))


def _family_names(chance: Random) -> list[str]:
    parts = ["".join(p) for p in product("bcdfghklmnprstvw", "aeiou")]
    ends = ("", "n", "rd", "son", "ton", "ez", "field", "wood", "ski", "ley")
    made = {"".join((*chance.sample(parts, 2), chance.choice(ends))).title() for _ in range(FAMILIES)}
    return chance.sample(sorted(made), len(made))


def _day(chance: Random) -> date:
    return FIRST + timedelta(days=chance.randrange(DAYS))


def told_again(child: Described, slip: str, chance: Random) -> Described | None:
    """The same child as another report tells of her, with one slip; None if there is none of that kind in her."""
    told = SLIPS[slip](child, chance)
    if told == child and slip != "none":
        return None
    town = "" if _is(chance, "moved") else told.town
    return replace(told, phone="" if _is(chance, "phone not told") else told.phone, town=town)


def _letter(child: Described, chance: Random) -> Described:
    which = "family" if len(child.family) > len(child.given) else "given"
    word: str = getattr(child, which)
    n = chance.randrange(1, len(word))
    left, right = word[:n], word[n + 1 :]
    made = chance.choice((left + right, left + left[-1] + word[n:], left + chance.choice(LETTERS) + right))
    return replace(child, family=made) if which == "family" else replace(child, given=made)


def _without_birthdate(child: Described, chance: Random) -> Described:
    born = child.birthdate.year + chance.choice((0, 0, 0, 1)) if child.birthdate else None
    return replace(child, birthdate=None, born=born)


def _nickname(child: Described, chance: Random) -> Described:
    known = [group for group in linkage.told()["nicknames"] if group[0] == child.given.casefold()]
    return replace(child, given=chance.choice(known[0][1:]).title()) if known else child


def _turned(child: Described, _chance: Random) -> Described:
    return replace(child, birthdate=(child.birthdate and day_and_month_swapped(child.birthdate)) or child.birthdate)


def _a_day_off(child: Described, chance: Random) -> Described:
    off = timedelta(days=chance.choice((-1, 1)))
    return replace(child, birthdate=child.birthdate + off if child.birthdate else None)


SLIPS: dict[str, Callable[[Described, Random], Described]] = {
    "none": lambda child, _: child,
    "letter": _letter,
    "swapped names": lambda child, _: replace(child, given=child.family, family=child.given),
    "day and month": _turned,
    "a day off": _a_day_off,
    "no birthdate": _without_birthdate,
    "nickname": _nickname,
    "accents": lambda child, _: replace(child, given=child.given.translate(ACCENTS), family=child.family.upper()),
    "second name": lambda child, _: replace(child, given=f"{child.given} Rose"),
    "no gender": lambda child, _: replace(child, gender="unknown"),
}


def reported(known: dict[str, Described], each: int, seed: int = 17) -> tuple[dict[str, Described], dict[str, str]]:
    """New reports: `each` of every slip, and as many of children not known. By id; and of the known ones whom they mean."""
    chance = Random(seed)  # noqa: S311
    new: dict[str, Described] = {}
    truth: dict[str, str] = {}
    ids = chance.sample(sorted(known), len(known))
    for slip in SLIPS:
        some = ((name, told) for name in iter(ids.pop, None) if (told := told_again(known[name], slip, chance)))
        for n, (name, told) in enumerate(islice(some, each)):
            new[f"new {slip} {n}"], truth[f"new {slip} {n}"] = told, name
    strangers = children(each * len(SLIPS), seed + 1)
    return new | {f"stranger {n}": child for n, child in enumerate(strangers)}, truth


def relatives(child: Described, chance: Random) -> dict[str, Described]:
    """Who shares much with a child and is somebody else."""
    born = child.birthdate or FIRST
    other = chance.choice([name.title() for name in GIVEN if name[:2] != child.given[:2].casefold()])
    return {
        "sibling": replace(child, given=other, birthdate=born + timedelta(days=chance.randrange(400, 3000))),
        "twin": replace(child, given=other),
        "parent": replace(child, birthdate=born - timedelta(days=chance.randrange(7_000, 11_000))),
        "namesake": replace(child, birthdate=born + timedelta(days=chance.randrange(400, 3000)), town="Salem", phone=""),
    }
