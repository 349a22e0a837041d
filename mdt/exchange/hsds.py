"""The directory standard HSDS: a file read whole or not at all, every fault told by its place, and nothing lost.

A file is JSON (a service, a list of services, a page of an API, or all objects by their tables) or a tabular data package (a
ZIP of CSV files with its `datapackage.json`). Either becomes the same: objects by kind and id, each flat, as in a table.
Fields that we do not know stay. Numbers and texts are what the standard says they are, however they were written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from mdt.exchange.hsds_fields import ANY_TEXT, shapes

if TYPE_CHECKING:
    from mdt.directory_hiding import Data, Objects

VERSION = "3.0"
KNOWN_VERSION = re.compile(r"v?3\.[01]([.-].*)?", re.ASCII)
WRONG_VERSION = "The file is of another version of the standard; versions 3.0 and 3.1 are read."
MOST_FAULTS = 10_000
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,15})\.\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be taken: in which file, at which row or pointer, in which field, and why. It repeats no value."""

    file: str
    at: str
    field: str
    says: str

    def __str__(self) -> str:
        """As one reads it."""
        where = ", ".join(part for part in (self.file, self.at) if part)
        says = f"{self.field} {self.says}" if self.field else self.says
        return f"{where}: {says}" if where else says


@dataclass(slots=True)
class Read:
    """What was read: the objects, where each stood, the faults so far, and the files that are no part of the standard."""

    tabular: bool = False
    objects: Objects = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def fault(self, place: tuple[str, str], name: str, says: str) -> None:
        """One more fault; of very many the first are kept."""
        if not self.is_full:
            self.faults.append(Fault(*place, name, says))

    @property
    def is_full(self) -> bool:
        """Whether it has so many faults that nobody reads more of them: the rest of the file is not looked at."""
        return len(self.faults) >= MOST_FAULTS

    def take(self, kind: str, data: Data, place: tuple[str, str]) -> None:
        """One more object. What stands in several places must say the same in each; it may say more in one of them."""
        id_ = data.get("id")
        if not isinstance(id_, str) or not id_:
            self.fault(place, "id", "is missing.")
            return
        of_kind = self.objects.setdefault(kind, {})
        before = of_kind.get(id_)
        if before is None:
            of_kind[id_] = data
            self.places[kind, id_] = place
            return
        first = self.places[kind, id_]
        if self.tabular:
            self.fault(place, "id", f"stands twice; first at {first[1]}.")
            return
        for name in (name for name, value in data.items() if before.setdefault(name, value) != value):
            self.fault(place, name, f"is not what it is at {first[1]}, where the same id stands.")

    @property
    def count(self) -> int:
        """How many objects there are."""
        return sum(map(len, self.objects.values()))


def canonical(kind: str, name: str, value: Any) -> Any:  # noqa: ANN401  # whatever the file holds
    """A value as the standard types it: `"12"` for a number is 12, 12 for a text is `"12"`. What is neither stays as it is."""
    of = shapes()[kind].fields.get(name)
    if of is None:
        return value
    if of == "number":
        return _number(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _WHOLE.fullmatch(text) and text != "-0":
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) and str(float(text)) == text else value


def is_number(name: str, value: object) -> bool:
    """Whether a value may stand for a number of the standard."""
    return name in ANY_TEXT or (isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value))


def is_empty(value: object) -> bool:
    """Whether a value says nothing: it is left out, as tables cannot tell an empty text from none."""
    return value is None or value == ""
