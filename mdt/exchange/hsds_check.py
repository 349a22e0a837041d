"""What is wrong with the objects of a directory: each fault by its place, with a sentence. Nothing is ever taken in part."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING

from mdt.directory import OLDEST
from mdt.directory_entry import instant
from mdt.directory_hiding import REDACTED
from mdt.errors import BadFile
from mdt.exchange import hsds_csv, hsds_json
from mdt.exchange.hsds import MOST_FAULTS, Fault, is_number
from mdt.exchange.hsds_fields import ENTITY, MAY_LIE_OUTSIDE, WORDS, shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mdt.directory_hiding import Data, Objects
    from mdt.exchange.hsds import Read
    from mdt.exchange.hsds_fields import Shape

    Known = Callable[[str, Iterable[str]], frozenset[str]]

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
ZIP = b"PK\x03\x04"
EMPTY = "The file holds no object of the standard."
LEAST_YEAR, LAST_YEAR = 1900, 2100
MOST_PLACES = 9_999
AND_MORE = "There are more faults than these; the rest was not looked at."
GRACE = timedelta(days=1)  # the clocks of others


def read(content: bytes, known: Known | None = None, now: datetime | None = None) -> Read:
    """A file of either kind, read and checked: what it holds and every fault. Raises `BadFile` if it is no directory at all.

    `known`: which of these ids of a kind are in the directory already, so that a file may refer to them; `now`: after which
    no capacity can have been told. Of very many faults the first are kept.
    """
    found = hsds_csv.read(content) if content.startswith(ZIP) else hsds_json.read(content)
    if not found.objects and not found.faults:
        raise BadFile(EMPTY)
    more = chain(check(found, known or _nothing), _to_come(found, now))
    found.faults.extend(islice(more, MOST_FAULTS - len(found.faults)))
    found.faults.sort(key=_place)
    if found.is_full:
        found.faults.append(Fault("", "", "", AND_MORE))
    return found


def _to_come(found: Read, now: datetime | None) -> Iterator[Fault]:
    """A capacity told on a day to come would never be replaced by what is told until then."""
    for id_, data in found.objects.get("service_capacity", {}).items() if now else ():
        told = data.get("updated")
        if isinstance(told, str) and _is_instant(told) and now is not None and instant(told) > now + GRACE:
            yield Fault(*found.places["service_capacity", id_], "updated", "has not come yet.")


def _nothing(_kind: str, _ids: Iterable[str]) -> frozenset[str]:
    return frozenset()


def _place(fault: Fault) -> tuple[str, list[int | str], str]:
    parts = [f"{int(part):09}" if part.isdigit() else part for part in re.split(r"(\d+)", fault.at)]
    return fault.file, [*parts], fault.field


def check(found: Read, known: Known) -> Iterator[Fault]:
    """Every fault of every object."""
    for kind, of_kind in found.objects.items():
        shape = shapes()[kind]
        for id_, data in of_kind.items():
            place = found.places[kind, id_]
            for name, says in _wrong(shape, data, tabular=found.tabular):
                yield Fault(*place, name, says)
    yield from _dangling(found, known)


def _wrong(shape: Shape, data: Data, *, tabular: bool) -> Iterator[tuple[str, str]]:
    for name in (*shape.required, *(shape.in_tables if tabular else ())):
        if name not in data:
            yield name, "is missing."
    for name, value in data.items():
        of = shape.fields.get(name)
        says = _of_kind(of, name, value) if of else None
        if says:
            yield name, says
    if shape.kind == "service":
        yield from _ages(data)
    if shape.kind == "service_capacity":
        yield from _places(data)


def _of_kind(of: str, name: str, value: object) -> str | None:
    """What is wrong with a value of that kind; None for nothing."""
    if of == "number":
        return None if is_number(name, value) else "is not a number."
    if not isinstance(value, str):
        return "is not a text."
    if "\x00" in value:
        return "holds a character that no text has."
    is_id = name == "id" or (name.endswith("_id") and name != "tax_id")
    if is_id and not UUID.fullmatch(value):
        return "is not an id as the standard has them (a UUID)."
    if of in WORDS:
        return None if value in WORDS[of] else f"is none of: {', '.join(word for word in WORDS[of] if word != REDACTED)}."
    return None if of not in FORMS or FORMS[of][0](value) else FORMS[of][1]


def _is_day(text: str) -> bool:
    return len(text) == len("2026-05-31") and _is_instant(text)


def _is_instant(text: str) -> bool:
    try:
        return LEAST_YEAR <= datetime.fromisoformat(text).year <= LAST_YEAR  # a day alone is its first instant
    except ValueError:
        return False


FORMS: dict[str, tuple[Callable[[str], bool], str]] = {
    "day": (_is_day, "is not a day (2026-05-31)."),
    "instant": (_is_instant, "is not a day and time (2026-05-31T09:00:00Z)."),
}


def _ages(data: Data) -> Iterator[tuple[str, str]]:
    least, most = data.get("minimum_age"), data.get("maximum_age")
    for name, age in (("minimum_age", least), ("maximum_age", most)):
        if isinstance(age, int | float) and not 0 <= age <= OLDEST:
            yield name, f"is no age in years, from 0 to {OLDEST}."
    if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        yield "maximum_age", "is below the minimum age."


def _places(data: Data) -> Iterator[tuple[str, str]]:
    for name in ("available", "maximum"):
        number = data.get(name)
        if isinstance(number, int | float) and not (0 <= number <= MOST_PLACES and number == int(number)):
            yield name, f"is no number of places, from 0 to {MOST_PLACES:,}."


def _dangling(found: Read, known: Known) -> Iterator[Fault]:
    """What refers to nothing, neither in the file nor in the directory."""
    loose: dict[str, dict[str, list[tuple[tuple[str, str], str]]]] = {}
    for kind, of_kind in found.objects.items():
        refers = {name: to for name, to in shapes()[kind].refers.items() if name not in MAY_LIE_OUTSIDE}
        for id_, data in of_kind.items():
            for name, to in refers.items():
                if isinstance(data.get(name), str) and not _is_there(found.objects, to, data, name):
                    loose.setdefault(to or str(data.get(ENTITY[name])), {}).setdefault(str(data[name]), []).append(
                        (found.places[kind, id_], name)
                    )
    for to, ids in loose.items():
        there = known(to, ids)
        for id_, places in ids.items():
            if id_ not in there:
                yield from (Fault(*place, name, f"refers to {_a(to)} that is not there.") for place, name in places)


def _is_there(objects: Objects, to: str, data: Data, name: str) -> bool:
    if to:
        return data[name] in objects.get(to, {})
    of = str(data.get(ENTITY[name]))
    wanted = [of] if of in shapes() else list(objects)
    return any(data[name] in objects.get(kind, {}) for kind in wanted)


def _a(kind: str) -> str:
    if kind not in shapes():
        return "something"
    return f"{'an' if kind[0] in 'aou' and kind != 'unit' else 'a'} {kind.replace('_', ' ')}"
