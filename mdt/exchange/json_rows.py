"""A JSON file of referrals as numbered rows of text: a list of objects, or such a list under `referrals`.

What belongs to the child may stand in an object of its own under `child`, or in several under `children`: then one report is a
row for each of them. Numbers are kept as they are written. Whatever cannot be read is `BadFile`, in a sentence that repeats
nothing from inside the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from mdt.errors import BadFile
from mdt.exchange.columns import ALL, SUSPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_COLUMNS = 500
TOO_DEEP = "The file is nested deeper than any referral is; please write each referral as one plain object."
NO_LIST = "The file is JSON, but neither a list of referrals nor an object with such a list under “referrals”."
TWICE = "An object in the file names the same field twice; which of the two is meant cannot be known."
NO_NUMBER = "The file holds NaN or Infinity, which JSON does not know; please leave out what is not known."

Entry = dict[str, Any]


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """First the names of the columns, as row 0; then a row a child, numbered by the referral's place in the list from 1."""
    try:
        found = [(n, row) for n, entry in enumerate(_entries(text), 1) for row in _of_entry(entry, n)]
    except RecursionError:
        raise BadFile(TOO_DEEP) from None
    columns = list(dict.fromkeys(name for _, row in found for name in row))
    if len(columns) > MOST_COLUMNS:
        raise BadFile(f"The file has more than {MOST_COLUMNS} different fields.")
    yield 0, columns
    yield from ((n, [row.get(column, "") for column in columns]) for n, row in found)


def _entries(text: str) -> list[Any]:
    try:
        whole = json.loads(text, object_pairs_hook=_once, parse_constant=_constant, parse_int=str, parse_float=str)
    except json.JSONDecodeError as wrong:
        raise BadFile(f"The file is not good JSON: line {wrong.lineno}, character {wrong.colno}.") from None
    if isinstance(whole, dict) and set(whole) - {"referrals"} and "referrals" in whole:
        raise BadFile("Beside “referrals” the file holds something else; please leave it out.")
    listed = whole.get("referrals") if isinstance(whole, dict) else whole
    if not isinstance(listed, list):
        raise BadFile(NO_LIST)
    return listed


def _once(pairs: list[tuple[str, Any]]) -> Entry:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        raise BadFile(TWICE)
    return entry


def _constant(_: str) -> NoReturn:
    raise BadFile(NO_NUMBER)


def _of_entry(entry: object, number: int) -> list[dict[str, str]]:
    """The rows of one referral: one, or one a child."""
    if not isinstance(entry, dict):
        raise BadFile(f"Referral {number} is not an object with fields.")
    children = [child for name in ("child", "children") for child in _objects(entry.get(name))]
    said = _flat({name: value for name, value in entry.items() if not _is_of_children(name, value)})
    if not children:
        return [said]
    counted = [{"child_no": str(n)} if len(children) > 1 else {} for n in range(1, len(children) + 1)]
    return [_joined(said, nth | _of_child(_flat(child)), number) for nth, child in zip(counted, children, strict=True)]


def _joined(said: dict[str, str], more: dict[str, str], number: int) -> dict[str, str]:
    if twice := [name for name in more if said.get(name)]:
        known = [name for name in twice if name in ALL]
        raise BadFile(f"Referral {number} says {known[0] if known else 'a field'} both of the child and beside it.")
    return said | more


def _objects(value: object) -> list[Entry]:
    """The objects that are meant, if it is one or a list of nothing else."""
    listed: list[Any] = value if isinstance(value, list) else [value]
    return listed if all(isinstance(one, dict) for one in listed) else []


def _is_of_children(name: str, value: object) -> bool:
    return name in ("child", "children") and (not value or bool(_objects(value)))


def _of_child(said: dict[str, str]) -> dict[str, str]:
    """The fields of a child's own object under the names that they have in a referral."""
    return {_in_referral(name): text for name, text in said.items()}


def _in_referral(name: str) -> str:
    return name if name in ALL and f"child_{name}" not in ALL else f"child_{name.removeprefix('child_')}"


def _flat(entry: Entry) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in entry.items():
        for column, text in _cells(name.replace("\x00", ""), value):
            if column in flat:
                raise BadFile(TWICE)
            flat[column] = text
    return flat


def _cells(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The cells of one field: an object's own fields one by one, a list of words as one text, anything else as JSON."""
    if name == SUSPECTED:
        yield ("suspected_person", value) if isinstance(value, str) else (SUSPECTED, _suspected(value))
    elif isinstance(value, dict):
        yield from ((f"{name}_{inner}", _text(one)) for inner, one in value.items())
    else:
        yield name, _text(value)


def _suspected(value: object) -> str:
    return "" if value in (None, [], {}) else json.dumps(value if isinstance(value, list) else [value], ensure_ascii=False)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return "; ".join(filter(None, map(_text, value)))
    return json.dumps(value, ensure_ascii=False)
