"""Who reports: the classes of persons who must (CGS § 17a-101(b)), and a short list of our own of those who may (§ 17a-103).

>>> class_of("emergency medical technician").number
26
>>> class_of("neighbor").is_mandated
False
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

FILE = Path(__file__).parent / "law" / "reporters.yaml"


class Reporter(BaseModel):
    """A class of reporters. `number` is the subdivision of § 17a-101(b), None for whoever is not mandated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    number: int | None = None
    section: str = ""
    also: tuple[str, ...] = ()

    @property
    def is_mandated(self) -> bool:
        """Whether the law tells persons of this class to report what they come upon at work."""
        return self.number is not None

    @property
    def shown(self) -> str:
        """As in a list to search: the number, the title, and the other names it goes by."""
        number = f"({self.number}) " if self.number else ""
        return f"{number}{self.title}" + (f": {', '.join(self.also)}" if self.also else "")


@lru_cache(maxsize=1)
def classes() -> tuple[Reporter, ...]:
    """Every class, the mandated ones first and in the order of the statute."""
    found = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    cite = found["section"]
    mandated = [Reporter.model_validate(one | {"section": f"{cite}({one['number']})"}) for one in found["mandated"]]
    return (*mandated, *(Reporter.model_validate(one) for one in found["others"]))


def class_of(text: str | None) -> Reporter | None:
    """The class that is meant, however it is capitalised or by whichever of its names; None if it is none of them."""
    return _by_name().get(_key(text or ""))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Reporter]:
    return {_key(name): one for one in classes() for name in (one.title, *one.also)}


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
