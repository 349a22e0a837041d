"""A child is found by her name without the database knowing it: keyed tokens of it, cut to twelve bits.

With some ten thousand children and more, several names share each token, so that a token names nobody; who is found is
unsealed and compared. What an index without the key still tells: how many cases share a token, and so, of a sound that is
much more frequent than all others, that it is a frequent one. Order, case, accents and punctuation of a name do not matter.
Birthdates, phones, and what is told of suspected persons have tokens of their own, for `mdt.likeness`.
"""

from __future__ import annotations

import hmac
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, literal, or_, select, union_all

from mdt.likeness import Described, DescribedPerson, day_and_month_swapped, handle_of, phone_of, plates_of
from mdt.names import sound_of, words_of
from mdt.records.tables import BLIND_INDEX, CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

Token = tuple[str, int]

EXACT, PHONETIC, NAME_AND_YEAR = "exact", "phonetic", "name+year"
SOUND_AND_YEAR, BIRTHDATE, PHONE = "sound+year", "birthdate", "phone"
PERSON_NAME, PERSON_SOUND = "person name", "person sound"
PERSON_PHONE, PERSON_HANDLE, PERSON_PLATE = "person phone", "person handle", "person plate"
BITS = 12
FEWER_BITS = 10  # a rare sound in a rare year would be alone with its token
MOST = 300  # candidates that are unsealed for one question
# What a shared token weighs. None is enough by itself, as one in four thousand shares it by chance.
WEIGHTS = {EXACT: 4, BIRTHDATE: 4, PHONE: 4, PHONETIC: 3, SOUND_AND_YEAR: 2}
TURNED = 3  # a birthdate written the other way
ENOUGH = 5  # a date and a sound; two sounds; a sound and its year
PERSON_WEIGHTS = {PERSON_SOUND: ENOUGH}  # so little is known of a person that any token is enough; all others weigh more
LONGEST_NAME = 4  # words; what is longer is no name but a sentence


def tokens(index_key: bytes, given: str, family: str, birth_year: int | None) -> list[Token]:
    """What is kept of a child's name: one token of it whole, one of each word's sound, one of its sound and her birth year."""
    words = words_of(given, family)
    if not words:
        return []
    sounds = sorted({sound_of(word) for word in words})
    made = {(EXACT, _token(index_key, EXACT, " ".join(words)))}
    made |= {(PHONETIC, _token(index_key, PHONETIC, sound)) for sound in sounds}
    if birth_year:
        made.add((NAME_AND_YEAR, _token(index_key, NAME_AND_YEAR, f"{' '.join(sounds)} {birth_year}")))
    return sorted(made)


def child_tokens(index_key: bytes, child: Described) -> list[Token]:
    """All that is kept of a child: also one token of each word's sound with her birth year, her birthdate and her phone."""
    year = child.birthdate.year if child.birthdate else None
    made = tokens(index_key, child.given, child.family, year) + _sounds_and_years(index_key, child, [year] if year else [])
    return sorted({*made, *_whole(index_key, BIRTHDATE, _iso(child)), *_whole(index_key, PHONE, phone_of(child.phone))})


def person_tokens(index_key: bytes, person: DescribedPerson) -> list[Token]:
    """All that is kept of a suspected person: tokens of the names and aliases by sound, of the phone, handle and plates."""
    names = [words for told in (person.name, person.alias) if 0 < len(words := words_of(told)) <= LONGEST_NAME]
    sounds = [sorted({sound_of(word) for word in words}) for words in names]
    made = {(PERSON_NAME, _token(index_key, PERSON_NAME, " ".join(some))) for some in sounds}
    made |= {(PERSON_SOUND, _token(index_key, PERSON_SOUND, sound)) for some in sounds for sound in some if len(sound) > 1}
    made |= {token for plate in plates_of(person.vehicle) for token in _whole(index_key, PERSON_PLATE, plate)}
    made |= {*_whole(index_key, PERSON_PHONE, phone_of(person.phone))}
    return sorted(made | {*_whole(index_key, PERSON_HANDLE, handle_of(person.handle))})


def _sounds_and_years(index_key: bytes, child: Described, years: Iterable[int]) -> list[Token]:
    sounds = {sound_of(word) for word in words_of(child.given, child.family)}
    return [(SOUND_AND_YEAR, _token(index_key, SOUND_AND_YEAR, f"{sound} {year}")) for sound in sounds for year in years]


def _whole(index_key: bytes, kind: str, value: str | None) -> list[Token]:
    return [(kind, _token(index_key, kind, value))] if value else []


def _iso(child: Described) -> str | None:
    return child.birthdate.isoformat() if child.birthdate else None


def _token(index_key: bytes, kind: str, of: str) -> int:
    cut = hmac.digest(index_key, f"{kind}\x1f{of}".encode(), "sha256")
    return (cut[0] << 8 | cut[1]) >> (16 - (FEWER_BITS if kind == SOUND_AND_YEAR else BITS))


def child_asked(index_key: bytes, child: Described) -> dict[Token, int]:
    """The tokens that a child like this one may have, each with its weight; also those of a date written the other way."""
    made = [token for token in child_tokens(index_key, child) if token[0] in WEIGHTS]
    if child.birthdate is None and child.born:  # an age tells the year within one
        made += _sounds_and_years(index_key, child, range(child.born - 1, child.born + 2))
    turned = day_and_month_swapped(child.birthdate) if child.birthdate else None
    other_way = _whole(index_key, BIRTHDATE, turned.isoformat() if turned else None)
    return dict.fromkeys(other_way, TURNED) | {token: WEIGHTS[token[0]] for token in made}


def person_asked(index_key: bytes, person: DescribedPerson) -> dict[Token, int]:
    """The tokens that a person like this one may have, each with its weight."""
    return {token: PERSON_WEIGHTS.get(token[0], 2 * ENOUGH) for token in person_tokens(index_key, person)}


def candidates(asked: Mapping[Token, int]) -> Select[tuple[str]]:
    """The ids of the cases that share enough of these tokens, those that share most first, `MOST` at most. None for nothing."""
    shared = [_sharing(token, weight) for token, weight in asked.items()]
    if not shared:
        return select(CASES.c.id).where(CASES.c.id.is_(None))
    each = union_all(*shared).subquery()
    weight = func.sum(each.c.weight)
    ids: Select[tuple[str]] = select(each.c.case_id).group_by(each.c.case_id).having(weight >= ENOUGH)
    return ids.order_by(weight.desc(), each.c.case_id).limit(MOST)


def candidates_of_many(connection: Connection, asked: Sequence[Mapping[Token, int]]) -> list[tuple[int, str]]:
    """By the place of each one asked for: the cases that share the whole name, birthdate or phone, and enough besides."""
    wanted = [f"({n}, '{kind}', {token}, {w})" for n, each in enumerate(asked) for (kind, token), w in each.items()]
    if not wanted:
        return []
    # Numbers and kinds of ours alone; thousands of bound values would take longer to prepare than to look up.
    return [(n, case_id) for n, case_id in connection.exec_driver_sql(_OF_MANY.format(wanted=", ".join(wanted)))]


_WEAK = f"('{PHONETIC}', '{SOUND_AND_YEAR}')"
_OF_MANY = (
    f"WITH wanted(n, kind, token, weight) AS (VALUES {{wanted}}), "  # noqa: S608
    f"met AS (SELECT w.n, b.case_id, SUM(w.weight) AS weight FROM wanted w JOIN blind_index b "
    f"ON b.kind = w.kind AND b.token = w.token WHERE w.kind NOT IN {_WEAK} GROUP BY w.n, b.case_id) "
    f"SELECT met.n, met.case_id FROM met WHERE met.weight + (SELECT COALESCE(SUM(w.weight), 0) FROM wanted w "
    f"JOIN blind_index b ON b.kind = w.kind AND b.token = w.token AND b.case_id = met.case_id "
    f"WHERE w.n = met.n AND w.kind IN {_WEAK}) > {ENOUGH}"
)


def _sharing(token: Token, weight: int) -> Select[tuple[str, int]]:
    kind, number = token
    of_it = (BLIND_INDEX.c.kind == kind, BLIND_INDEX.c.token == number)
    return select(BLIND_INDEX.c.case_id, literal(weight).label("weight")).where(*of_it)


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
    return {sound_of(word) for word in wanted} <= {sound_of(word) for word in hers}


def _has(token: Token) -> ColumnElement[bool]:
    kind, number = token
    return exists().where(BLIND_INDEX.c.case_id == CASES.c.id, BLIND_INDEX.c.kind == kind, BLIND_INDEX.c.token == number)


def rows(
    index_key: bytes, case_id: str, child: Mapping[str, str], suspected: Iterable[Mapping[str, object]] = ()
) -> Iterable[dict[str, object]]:
    """The rows of `blind_index` of a child as she is sealed, and of the suspected persons as a report told of them."""
    made = set(child_tokens(index_key, described(child)))
    for told in suspected:
        made |= set(person_tokens(index_key, person_described(told)))
    for kind, token in sorted(made):
        yield {"case_id": case_id, "kind": kind, "token": token}


def described(child: Mapping[str, str], born: int | None = None) -> Described:
    """A child as she is sealed, to be compared. `born`: about which year, where only her age is known."""
    birthdate = date.fromisoformat(child["birthdate"]) if child["birthdate"] else None
    names = child["given_name"], child["family_name"]
    return Described(*names, birthdate, born, child["gender"], child["town"], child.get("phone", ""))


def person_described(told: Mapping[str, object]) -> DescribedPerson:
    """A suspected person as a report told of them, to be compared."""
    return DescribedPerson(**{field.name: str(told.get(field.name) or "") for field in fields(DescribedPerson)})
