"""Screening instruments are files: the items, what each weighs, the bands, the version, the languages. Pure.

One example of our own ships; an agency lays its own beside it. Versions stand side by side, so that an old score stays
readable. An answer is yes, no or unknown, and unknown is not no: what is not known leaves the band open upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mdt import forms
from mdt.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHIPPED = Path(__file__).parent / "data" / "instruments"
LARGEST = 200_000  # bytes of a file
TWICE = "another file says something else under the same key and version. Give this one a new version."
FEW_FAULTS = 3  # are told of one file

Answer = Literal["yes", "no", "unknown"]
BandName = Literal["low", "medium", "high"]
IN_ORDER: tuple[BandName, ...] = ("low", "medium", "high")

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Texts = dict[Language, Text]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Item(_Strict):
    """One question. `weight`: the points of a yes. `evidence`: the worker is asked what a yes rests on."""

    key: Code
    text: Texts
    weight: int = Field(ge=1, le=100)
    evidence: bool = False


class Band(_Strict):
    """From how many points on the screening lies in it. `name` can be compared between instruments, `title` is this one's."""

    name: BandName
    title: Texts
    points: int = Field(ge=0, alias="from")


class Instrument(_Strict):
    """A version of an instrument. `unknown`: whether what is not known counts for nothing yet, or, with caution, as yes."""

    key: Code
    version: Number
    title: Texts
    source: Text
    example: bool = False
    unknown: Literal["leaves the band open", "counts as yes"] = "leaves the band open"
    items: tuple[Item, ...] = Field(min_length=1, max_length=100)
    bands: tuple[Band, ...] = Field(min_length=1, max_length=3)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it can be read in, the first its own."""
        return tuple(self.title)

    @property
    def number(self) -> tuple[int, ...]:
        """The version, to be compared."""
        return tuple(map(int, self.version.split(".")))

    def band(self, points: int) -> Band:
        """The band in which so many points lie."""
        return [band for band in self.bands if band.points <= points][-1]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for wrong, sentence in _misfits(self):
            if wrong:
                raise forms.refuse(sentence)
        return self


def _misfits(of: Instrument) -> Iterator[tuple[bool, str]]:
    """What no single field shows."""
    keys, names = [item.key for item in of.items], [IN_ORDER.index(band.name) for band in of.bands]
    texts = (*(item.text for item in of.items), *(band.title for band in of.bands))
    yield len(set(keys)) < len(keys), "two items have the same key"
    yield not of.title or any(set(text) != set(of.title) for text in texts), "every text stands in every language of the title"
    yield of.bands[0].points != 0, "the first band begins at 0 points"
    yield any(a >= b for a, b in pairwise(names)), "the bands go up from low by medium to high"
    yield any(a.points >= b.points for a, b in pairwise(of.bands)), "each band begins above the one before"
    yield of.bands[-1].points > sum(item.weight for item in of.items), "the last band lies above all points that there are"


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers amount to: at least `points`, at most `highest`, and the bands in which these lie.

    `complete`: every item was answered, if only with "unknown". `unknown` counts those not known, asked or not.
    """

    points: int
    highest: int
    unknown: int
    band: BandName
    band_at_most: BandName
    complete: bool


def score(instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    """Add the answers up. An item without an answer is unknown, and never no."""
    open_still = [item.weight for item in instrument.items if answers.get(item.key, "unknown") == "unknown"]
    sure = sum(item.weight for item in instrument.items if answers.get(item.key) == "yes")
    highest = sure + sum(open_still)
    points = highest if instrument.unknown == "counts as yes" else sure
    bands = instrument.band(points).name, instrument.band(highest).name
    return Score(points, highest, len(open_still), *bands, all(item.key in answers for item in instrument.items))


def span(band: str, at_most: str, unknown: int) -> str:
    """A band as it is shown: "high", or "low, at most high: 5 unknown"."""
    reach = band if band == at_most else f"{band}, at most {at_most}"
    return f"{reach}: {unknown} unknown" if unknown else reach


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every instrument at hand, and, a sentence each, the files that can't be used."""

    instruments: tuple[Instrument, ...]
    faults: tuple[str, ...] = ()

    def find(self, key: str, version: str) -> Instrument | None:
        """That version of that instrument."""
        return next((one for one in self.instruments if (one.key, one.version) == (key, version)), None)

    def newest(self) -> tuple[Instrument, ...]:
        """The newest version of each instrument, the agency's own before an example."""
        latest = {one.key: one for one in sorted(self.instruments, key=lambda one: one.number)}
        return tuple(sorted(latest.values(), key=lambda one: (one.example, one.key)))


def shelf(folder: Path | None = None) -> Shelf:
    """The instruments that ship, and those in the agency's folder, if it has one.

    A key and version stand for one text for ever: a second file of other content under the same is a fault, and the first,
    which ships or comes first by name, is used.
    """
    found: dict[tuple[str, str], Instrument] = {}
    faults: list[str] = []
    for path in (*_files(SHIPPED), *(_files(folder) if folder else ())):
        try:
            one = read(path)
        except BadFile as fault:
            faults.append(str(fault))
            continue
        if found.setdefault((one.key, one.version), one) != one:
            faults.append(f"{path.name}: {TWICE}")
    return Shelf(tuple(found.values()), tuple(faults))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def read(path: Path) -> Instrument:
    """The instrument in a file. Raises `BadFile` with a sentence that names the file and what is wrong."""
    try:
        about = path.stat()
        if about.st_size > LARGEST:
            raise BadFile(f"{path.name}: it is larger than {LARGEST:,} bytes.")
        return _read(path, about.st_mtime_ns, about.st_size)
    except ValidationError as error:
        raise BadFile(f"{path.name}: {_faults(error)}.") from error
    except YAMLError as error:
        raise BadFile(f"{path.name}: it is not a YAML file that can be read, or names a thing twice.") from error
    except (OSError, ValueError) as error:
        raise BadFile(f"{path.name}: it can't be read.") from error


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> Instrument:
    return Instrument.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def _faults(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[:FEW_FAULTS]
    return "; ".join(": ".join((*map(str, e["loc"]), str(e["msg"]))) for e in found)
