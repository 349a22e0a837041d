"""Who this may be: children, and suspected persons of whom little is told, each with a score and the reasons in words.

Pure: it knows no database and keeps nobody. What counts how much is said in `data/likeness.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mdt import linkage
from mdt.names import sound_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from mdt.linkage import Pair, Record

PHONE_DIGITS, LEAST_DIGITS, START = 10, 7, 3
GENDERS = {**dict.fromkeys(("m", "male", "boy", "man"), "m"), **dict.fromkeys(("f", "female", "girl", "woman"), "f")}
NOT_TOLD = frozenset({"", "unknown", "u", "not known"})
# A plate: letters and numbers in one word ("AB-12345"), else in two that stand side by side ("AB 12345").
PLATES = tuple(re.compile(rf"\b(?:[A-Z]{{1,4}}{gap}\d{{2,5}}|\d{{1,4}}{gap}[A-Z]{{2,4}}\d{{0,3}})\b") for gap in ("-?", " "))


@dataclass(frozen=True, slots=True)
class Described:
    """A child as somebody describes her, in part or whole. `born`: the year, where an age alone is told."""

    given: str = ""
    family: str = ""
    birthdate: date | None = None
    born: int | None = None
    gender: str = ""
    town: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Described()"


@dataclass(frozen=True, slots=True)
class DescribedPerson:
    """A suspected person as somebody describes them: whatever is known."""

    name: str = ""
    alias: str = ""
    phone: str = ""
    handle: str = ""
    vehicle: str = ""
    place: str = ""

    def __repr__(self) -> str:
        """Nothing of it."""
        return "DescribedPerson()"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike somebody known is: `score` from 0 to 1, in words what agrees, and what does not."""

    id: str
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()


def threshold() -> float:
    """The score from which this system notes that two children are alike."""
    return linkage.model("children").threshold


def person_threshold() -> float:
    """The same for suspected persons."""
    return linkage.model("persons").threshold


def alike(child: Described, known: Mapping[str, Described]) -> list[Likeness]:
    """Those of the known, by id, whom this child may be, the likeliest first; nobody, of whom nothing telling is known."""
    return _alike(child, known, linkage.model("children").shown)


def between(one: Described, other: Described) -> Likeness:
    """How alike two children are, however little."""
    return next(iter(_alike(one, {"other": other}, 0)), Likeness("other", 0, ()))


def _alike(child: Described, known: Mapping[str, Described], least: float) -> list[Likeness]:
    many = [_child(name, one) for name, one in known.items()]
    return [_likeness(pair) for pair in linkage.compare("children", CHILD, [_child("", child)], many, least)]


def pairs_alike(new: Mapping[str, Described], candidates: Mapping[str, Mapping[str, Described]]) -> list[Pair]:
    """Of each of the new and its own candidates, the pairs at or above the threshold, the likeliest first."""
    some = [_child(name, one) for name, one in new.items()]
    known = {name: one for some_known in candidates.values() for name, one in some_known.items()}
    once = {name: _child(name, one) for name, one in known.items()}
    many = [once[name] | {"of_id": of} for of, hers in candidates.items() for name in hers]
    return linkage.compare("children", CHILD, some, many, threshold())


def persons_alike(person: DescribedPerson, known: Mapping[str, DescribedPerson]) -> list[Likeness]:
    """Those of the known, by id, who this suspected person may be, the likeliest first."""
    many = [_person(name, one) for name, one in known.items()]
    pairs = linkage.compare("persons", PERSON, [_person("", person)], many, linkage.model("persons").shown)
    return [_likeness(pair) for pair in pairs]


def ready() -> None:
    """Load the library and make its SQL, so that the first to ask need not wait for it."""
    alike(Described("Child", "Alpha"), {"": Described("Child", "Beta")})
    persons_alike(DescribedPerson("Person Alpha"), {"": DescribedPerson("Person Beta")})


def _likeness(pair: Pair) -> Likeness:
    return Likeness(pair.other, pair.score, pair.reasons, pair.against)


# What the models compare, each column with its kind; `of_id` is that of whom a candidate is compared with.
CHILD = {
    "id": "text", "of_id": "text", "given": "text", "family": "text", "name": "text", "all_words": "text", "digits": "text",
    "given_words": "texts", "family_words": "texts", "roots": "texts", "initials": "texts",
    "given_sound": "text", "family_sound": "text", "sounds": "text", "given_start": "text", "family_start": "text",
    "birthdate": "text", "turned": "text", "day": "number", "born": "number", "gender": "text", "town": "text",
    "phone": "text",
}  # fmt: skip
PERSON = {
    "id": "text", "of_id": "text", "name": "text", "name_words": "texts", "name_sound": "text", "alias": "text",
    "alias_sound": "text", "called": "texts", "phone": "text", "handle": "text", "plates": "texts", "place": "text",
}  # fmt: skip


def _child(name: str, child: Described) -> Record:
    return {"id": name, "of_id": "", **_named(child), **_birth(child), **_rest(child)}


def _named(child: Described) -> Record:
    given, family = words_of(child.given), words_of(child.family)
    parts = [[] if _is_initial(words) else words for words in (given, family)]
    whole = sorted(parts[0] + parts[1])
    sounds = [_sounds(words) for words in parts]
    return {
        "given": _joined(parts[0]), "family": _joined(parts[1]), "name": _joined(whole),
        "all_words": _joined(whole) if len(whole) > 1 else None, "digits": "".join(filter(str.isdigit, _joined(whole) or "")),
        "given_words": parts[0] or None, "family_words": parts[1] or None, "roots": _roots(parts[0]),
        "initials": ["".join(words[0][:1] for words in (part,) if words) for part in (given, family)],
        "given_sound": sounds[0], "family_sound": sounds[1],
        "sounds": _sounds(whole) if len(whole) > 1 else None,
        "given_start": _joined(parts[0], START), "family_start": _joined(parts[1], START),
    }  # fmt: skip


def _is_initial(words: list[str]) -> bool:
    """Whether a name is given as a letter alone: one of an alphabet, for in other scripts it may be a whole name."""
    return all(len(word) == 1 and word.isascii() for word in words)


def _joined(words: list[str], most: int | None = None) -> str | None:
    return " ".join(words)[:most] or None


def _sounds(words: list[str]) -> str | None:
    return _joined(sorted({sound_of(word) for word in words}))


@cache
def _short_forms() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in linkage.told()["nicknames"]:
        for name in group:
            found.setdefault(name, []).append(group[0])
    return found


def _roots(given: list[str]) -> list[str] | None:
    return _short_forms().get(given[0]) if len(given) == 1 else None


def _birth(child: Described) -> Record:
    day = child.birthdate
    if day is None:
        return {"birthdate": None, "turned": None, "day": None, "born": child.born}
    turned = day_and_month_swapped(day)
    return {
        "birthdate": day.isoformat(), "turned": turned.isoformat() if turned else None,
        "day": day.toordinal(), "born": day.year,
    }  # fmt: skip


def day_and_month_swapped(day: date) -> date | None:
    """The date that is meant if its day and month were written in the other order; None if there is none, or no other."""
    return day.replace(month=day.day, day=day.month) if day.day <= 12 and day.day != day.month else None  # noqa: PLR2004


def _rest(child: Described) -> Record:
    gender = child.gender.strip().casefold()
    return {
        "gender": None if gender in NOT_TOLD else GENDERS.get(gender, gender),
        "town": _joined(words_of(child.town)),
        "phone": phone_of(child.phone),
    }


def phone_of(told: str) -> str | None:
    """A phone number's last ten digits, however it is written; None for too few, which could be anything."""
    digits = "".join(c for c in told if c in "0123456789")
    return digits[-PHONE_DIGITS:] if len(digits) >= LEAST_DIGITS else None


def handle_of(told: str) -> str | None:
    """An account's name, without its service, the sign before it and its case."""
    words = re.split(r"[\s/:@]+", told.strip().casefold().rstrip("/"))
    return words[-1] or None


def plates_of(told: str) -> list[str]:
    """What may be a plate in what is told of a vehicle."""
    found = next(filter(None, (plate.findall(told.upper()) for plate in PLATES)), [])
    return sorted({re.sub(r"[ -]", "", one) for one in found})


def _person(name: str, person: DescribedPerson) -> Record:
    words, alias = words_of(person.name), words_of(person.alias)
    return {
        "id": name, "of_id": "", "name": _joined(words), "name_words": words, "name_sound": _sounds(words),
        "alias": _joined(alias), "alias_sound": _sounds(alias),
        "called": [word for word in {*words, *alias} if len(word) > START] or None,
        "phone": phone_of(person.phone), "handle": handle_of(person.handle), "plates": plates_of(person.vehicle) or None,
        "place": _joined(words_of(person.place)),
    }  # fmt: skip
