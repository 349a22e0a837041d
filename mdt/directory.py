"""Which services of the directory meet a need, in which order, and in plain words why and why not.

An area is a town, `Region 4` (of DCF), `Hartford judicial district`, or the whole state. What a provider has not told counts
for nothing and shuts nobody out; a capacity told longer ago than the standard `capacity-stale` counts as not told.

>>> ages(12, 17)
'ages 12 to 17'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from mdt import geography
from mdt.law.period import local_date
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

WHOLE_STATE = "Connecticut"
OLDEST = 120  # years; nobody is older, and no band of ages ends later
ASSURED_FOR = 365  # days in which a record that its provider went over counts as looked after
ACTIVE = "active"
Status = Literal["active", "inactive", "defunct", "temporarily closed"]
WhyNot = Literal["closed", "out of area", "age", "language", "no capacity"]
Told = Literal["free", "full", "stale", "not told"]
Part = Literal["area", "age", "language", "capacity", "assured"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is searched for. Nothing here tells where a confidential one is.

    `provider`: the code by which consents and service referrals name the organisation; `refer`: how to refer, in its own words.
    """

    id: str
    provider: str
    name: str
    provider_name: str
    status: str = ACTIVE
    needs: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    languages: tuple[str, ...] = ()
    interprets: str = ""
    areas: tuple[str, ...] = ()
    available: int | None = None
    maximum: int | None = None
    capacity_at: datetime | None = None
    assured_on: date | None = None
    email: str = ""
    phone: str = ""
    url: str = ""
    refer: str = ""
    confidential: bool = False


@dataclass(frozen=True)
class Asked:
    """For whom a service is sought; what is None is not asked about. A town's own district need not be named."""

    need: str | None = None
    age: int | None = None
    town: str | None = None
    district: str | None = None
    language: str | None = None

    @cached_property
    def areas(self) -> dict[str, int]:
        """The areas that reach there, each with how near it is: the nearer, the more it counts."""
        if self.town:
            return _areas_of_town(self.town)
        return _areas_of_district(self.district) if self.district else {}


class Scored(NamedTuple):
    """What one part of the match counts, and the reason in words."""

    part: Part
    points: int
    says: str


@dataclass(frozen=True, slots=True)
class Match:
    """A service beside what is asked: what each part counts, why it fits, and what stands against it."""

    service: Service
    parts: tuple[Scored, ...]
    why_nots: tuple[WhyNot, ...]

    @property
    def eligible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.why_nots

    @property
    def score(self) -> int:
        """What all parts count together."""
        return sum(part.points for part in self.parts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it fits, each a few plain words."""
        return tuple(part.says for part in self.parts)


class Capacity(NamedTuple):
    """What is known today of the places that a service has, and in words with its age."""

    told: Told
    says: str


def match(asked: Asked, services: Iterable[Service], now: datetime) -> list[Match]:
    """The services for that need, the best first, then those against which something stands. The order never varies."""
    found = [judge(one, asked, now) for one in services if asked.need is None or asked.need in one.needs]
    return sorted(found, key=_place)


def judge(service: Service, asked: Asked, now: datetime) -> Match:
    """One service beside what is asked, whatever need it meets."""
    told = list(_told(service, asked, now))
    parts = tuple(one for one in told if isinstance(one, Scored))
    return Match(service, parts, tuple(one for one in told if not isinstance(one, Scored)))


def _told(service: Service, asked: Asked, now: datetime) -> Iterator[Scored | WhyNot]:
    if service.status != ACTIVE:
        yield "closed"
    if asked.areas:
        yield _area(service, asked)
    if asked.age is not None:
        yield _age(service, asked.age)
    if asked.language:
        yield _language(service, asked.language)
    yield _places(service, now)
    if service.assured_on and 0 <= (local_date(now) - service.assured_on).days <= ASSURED_FOR:
        yield Scored("assured", 5, f"record checked {service.assured_on:%-d %b %Y}")


def _place(one: Match) -> tuple[bool, int, int, int, str, str]:
    free = one.service.available or 0
    return (not one.eligible, len(one.why_nots), -one.score, -free, one.service.name.casefold(), one.service.id)


def _area(service: Service, asked: Asked) -> Scored | WhyNot:
    if not service.areas:
        return Scored("area", 0, "area served not told")
    reach = asked.areas
    best = max((area for area in service.areas if area in reach), key=reach.__getitem__, default=None)
    return "out of area" if best is None else Scored("area", reach[best], f"serves {in_words(best)}")


def _age(service: Service, age: int) -> Scored | WhyNot:
    if service.minimum_age is None and service.maximum_age is None:
        return Scored("age", 5, "ages not told")
    fits = (service.minimum_age or 0) <= age <= (OLDEST if service.maximum_age is None else service.maximum_age)
    return Scored("age", 20, ages(service.minimum_age, service.maximum_age)) if fits else "age"


def _language(service: Service, language: str) -> Scored | WhyNot:
    wanted = language.casefold()
    if wanted in (one.casefold() for one in service.languages):
        return Scored("language", 20, f"speaks {language}")
    if service.interprets:
        named = wanted in service.interprets.casefold()
        return Scored("language", 15, f"interprets {language}") if named else Scored("language", 8, "has interpreters")
    return "language" if service.languages else Scored("language", 3, "languages not told")


def _places(service: Service, now: datetime) -> Scored | WhyNot:
    known = capacity(service, now)
    if known.told == "full":
        return "no capacity"
    points = 20 + min(service.available or 0, 5) if known.told == "free" else 5
    return Scored("capacity", points, known.says)


def capacity(service: Service, now: datetime) -> Capacity:
    """The places free, with the age of that word; a word as old as the standard says is stale."""
    if service.available is None or service.capacity_at is None:
        return Capacity("not told", "capacity not told")
    days = max(0, (local_date(now) - local_date(service.capacity_at)).days)
    told = "told today" if days == 0 else f"told {days} day{'s' if days > 1 else ''} ago"
    if days > stale_after():
        return Capacity("stale", f"capacity {told}: stale")
    if service.available <= 0:
        return Capacity("full", f"full, {told}")
    return Capacity("free", f"{service.available} place{'s' if service.available > 1 else ''} free, {told}")


def stale_after() -> int:
    """Days after which a capacity counts as not told: the team's standard."""
    return load().standard("capacity-stale").number or 0


def ages(least: int | None, most: int | None) -> str:
    """A band of ages in words."""
    if least is None and most is None:
        return "ages not told"
    if most is None:
        return f"from age {least}" if least else "every age"
    if not least:
        return f"to age {most}"
    return f"age {least}" if least == most else f"ages {least} to {most}"


def in_words(area: str) -> str:
    """An area as a sentence takes it."""
    if area == WHOLE_STATE:
        return "the whole state"
    return f"DCF region {area.removeprefix('Region ')}" if area.startswith("Region ") else area


def region(number: int) -> str:
    """A DCF region as an area."""
    return f"Region {number}"


def district(name: str) -> str:
    """A judicial district as an area."""
    return f"{name} judicial district"


@lru_cache(maxsize=1)
def areas() -> tuple[str, ...]:
    """Every area that can be said: the state, the regions, the districts, the towns."""
    towns = geography.towns()
    regions = sorted({town.dcf_region for town in towns})
    return (WHOLE_STATE, *map(region, regions), *map(district, geography.districts()), *(town.name for town in towns))


@lru_cache(maxsize=256)
def _areas_of_town(name: str) -> dict[str, int]:
    town = geography.find(name)
    if town is None:
        return {WHOLE_STATE: 15}
    return {town.name: 40, district(town.judicial_district): 30, region(town.dcf_region): 25, WHOLE_STATE: 15}


@lru_cache(maxsize=32)
def _areas_of_district(name: str) -> dict[str, int]:
    towns = [town for town in geography.towns() if town.judicial_district == name]
    inside = {town.name: 20 for town in towns} | {region(town.dcf_region): 25 for town in towns}
    return inside | {district(name): 40, WHOLE_STATE: 15}
