"""What the objects of the standard (HSDS) say of a service, as it is searched for; and which of them tell where one hides.

Pure. Objects come by kind and id, as `mdt.exchange.hsds` reads them. What was said of a service here, its `own`, goes before
what came; of two capacities the one that was told later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from unicodedata import normalize

from ruamel.yaml import YAML

from mdt import geography
from mdt.directory import WHOLE_STATE, areas, district, region
from mdt.directory_hiding import (
    CONFIDENTIAL,
    Data,
    Objects,
    hidden_objects,
    marked,
    places_of,
    secret_services,
    streets_in,
    without,
)
from mdt.referring import DCF
from mdt.services import NeedKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

Told = dict[str, Any]  # as the projection keeps it: texts, numbers, lists

NEEDS: tuple[str, ...] = get_args(NeedKind)
WORDS = Path(__file__).parent / "data" / "needs.yaml"
LONGEST_CODE = 40  # characters, as `mdt.services.Provider` has it
MARKED = "marked"  # that a service's own record says, or once said, that it is confidential
EVERYWHERE = frozenset({"connecticut", "ct", "state of connecticut", "statewide", "whole state", "the whole state"})
LANGUAGES = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "pl": "Polish", "ht": "Haitian Creole", "fr": "French",
    "zh": "Chinese", "ar": "Arabic", "ru": "Russian", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "eng": "English", "spa": "Spanish", "por": "Portuguese", "pol": "Polish", "fra": "French", "hat": "Haitian Creole",
}  # fmt: skip
# What a service says of itself in its own words, by the name under which a page shows it.
OWN_WORDS = {"What it does": "description", "For whom": "eligibility_description", "Fees": "fees_description",
             "Wait": "wait_time", "Note": "alert"}  # fmt: skip
_PARENTS = ("service_id", "organization_id")


@dataclass(slots=True)
class Index:
    """The objects by what they belong to, and what of them is hidden."""

    objects: Objects
    hidden: frozenset[tuple[str, str]]
    secret: frozenset[str]
    places: dict[str, set[str]]
    of: dict[tuple[str, str], list[Data]] = field(default_factory=dict)
    needs_of_term: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def under(self, kind: str, parent: str) -> list[Data]:
        """The objects of a kind that belong to this service, organization or location."""
        return self.of.get((kind, parent), [])


def told(
    objects: Objects, secret: Iterable[str] = (), hidden_before: Iterable[str] = (), marked_before: Iterable[str] = ()
) -> Iterator[tuple[str, Told]]:
    """Each service's id and what the objects say of it.

    `secret`: services said here to be confidential; `hidden_before`: locations that were, and `marked_before`: services that
    once said so of themselves: both stay so, whatever came since.
    """
    own = marked(objects) | set(marked_before)
    index = indexed(objects, {*secret, *own}, hidden_before)
    for service_id, data in objects.get("service", {}).items():
        yield service_id, _told(service_id, data, index) | {MARKED: service_id in own}


def indexed(objects: Objects, secret: Iterable[str] = (), hidden_before: Iterable[str] = ()) -> Index:
    """The objects, ready to be asked."""
    hidden = hidden_objects(objects, secret, hidden_before)
    index = Index(objects, hidden, secret_services(objects, frozenset(secret), hidden), places_of(objects))
    for kind in ("phone", "contact", "language", "service_area", "service_capacity", "service_at_location", "attribute"):
        for one in objects.get(kind, {}).values():
            for parent in (*_PARENTS, "link_id"):
                if parent in one:
                    index.of.setdefault((kind, one[parent]), []).append(one)
    for one in objects.get("address", {}).values():
        index.of.setdefault(("address", one.get("location_id", "")), []).append(one)
    return index


def _told(service_id: str, data: Data, index: Index) -> Told:
    owner = index.objects.get("organization", {}).get(data.get("organization_id", ""), {})
    capacity = max(index.under("service_capacity", service_id), key=_updated, default={})
    return {
        "organization_id": data.get("organization_id", ""),
        "name": str(data.get("name", "")),
        "provider_name": str(owner.get("name", "")),
        "status": str(data.get("status", "")),
        "needs": _needs(service_id, index),
        "ages": [_whole(data.get("minimum_age")), _whole(data.get("maximum_age"))],
        "languages": _languages(service_id, index),
        "interprets": str(data.get("interpretation_services", "")),
        "areas": _areas(service_id, index),
        "capacity": [_whole(capacity.get("available")), _whole(capacity.get("maximum")), capacity.get("updated")],
        "assured_on": data.get("assured_date"),
        **_reached(service_id, data, owner, index),
        **_says(service_id, data, index),
        "confidential": service_id in index.secret,
    }


def _updated(one: Data) -> datetime:
    return instant(str(one["updated"])) if one.get("updated") else datetime.min.replace(tzinfo=UTC)


def _says(service_id: str, data: Data, index: Index) -> Told:
    """Its own words, in which a hidden address is struck out."""
    secrets = streets(index, service_id)
    named = {name: without(str(data[field]), secrets) for name, field in OWN_WORDS.items() if data.get(field)}
    return {"refer": without(str(data.get("application_process", "")), secrets), "says": named}


def _reached(service_id: str, data: Data, owner: Data, index: Index) -> Told:
    """How a provider is reached without telling where a confidential one is."""
    owner_id = str(owner.get("id", ""))
    phones = [*_open("phone", service_id, index), *_open("phone", owner_id, index)]
    contacts = [*_open("contact", service_id, index), *_open("contact", owner_id, index)]
    mails = (data.get("email"), *(one.get("email") for one in contacts), owner.get("email"))
    return {
        "phone": next((_number(one) for one in phones if one.get("type") != "fax"), ""),
        "email": next((str(one) for one in mails if one), ""),
        "url": str(data.get("url") or owner.get("website") or ""),
    }


def _open(kind: str, parent: str, index: Index) -> list[Data]:
    return [one for one in index.under(kind, parent) if (kind, one["id"]) not in index.hidden]


def _number(phone: Data) -> str:
    number = str(phone.get("number", "")).strip('"')
    return f"{number} ext. {phone['extension']}" if "extension" in phone else number


def _needs(service_id: str, index: Index) -> list[str]:
    terms = [one.get("taxonomy_term_id", "") for one in index.under("attribute", service_id)]
    met = {need for term in terms for need in _needs_of(term, index)}
    return [need for need in NEEDS if need in met]


def _needs_of(term_id: str, index: Index) -> tuple[str, ...]:
    if term_id not in index.needs_of_term:
        index.needs_of_term[term_id] = needs_of_term(index.objects.get("taxonomy_term", {}).get(term_id, {}))
    return index.needs_of_term[term_id]


def needs_of_term(term: Data) -> tuple[str, ...]:
    """The needs for which a term of a taxonomy stands, by its code or its name."""
    code, name = (str(term.get(part, "")).casefold() for part in ("code", "name"))
    if itself := next((need for need in NEEDS if need in (code, name)), None):
        return (itself,)
    return tuple(need for need, words in need_words().items() if code in words or any(word in name for word in words))


@lru_cache(maxsize=1)
def need_words() -> Mapping[str, tuple[str, ...]]:
    """The words that stand for each need: the team's own table."""
    said = YAML(typ="safe").load(WORDS)
    return {need: tuple(word.casefold() for word in words) for need, words in said.items()}


def _languages(service_id: str, index: Index) -> list[str]:
    named = (_language(one) for one in index.under("language", service_id))
    return [name for name in dict.fromkeys(named) if name]


def _language(one: Data) -> str:
    code = str(one.get("code", ""))
    return str(one.get("name", "")).strip() or LANGUAGES.get(code.casefold().partition("-")[0], code)


def _areas(service_id: str, index: Index) -> list[str]:
    """The areas that it names and we know; if it names none, the region of the place where it is open to be found."""
    named = index.under("service_area", service_id)
    if named:
        return list(dict.fromkeys(area for one in named for area in areas_named(str(one.get("name", "")))))
    places = (one.get("location_id", "") for one in index.under("service_at_location", service_id))
    cities = (one.get("city", "") for place in places if ("location", place) not in index.hidden
              for one in index.under("address", place))  # fmt: skip
    towns = (geography.find(str(city)) for city in cities)
    return list(dict.fromkeys(region(town.dcf_region) for town in towns if town))


def areas_named(text: str) -> Iterator[str]:
    """The areas that a text names, if it is one or a list of them; nothing for words that name none."""
    for part in text.replace(";", ",").replace(" and ", ",").split(","):
        key = " ".join(part.split()).casefold().removeprefix("town of ").removeprefix("city of ").removeprefix("dcf ")
        if key in EVERYWHERE:
            yield WHOLE_STATE
        elif known := _known_areas().get(key):
            yield known


@lru_cache(maxsize=1)
def _known_areas() -> dict[str, str]:
    of_districts = {f"judicial district of {name}".casefold(): district(name) for name in geography.districts()}
    return {area.casefold(): area for area in areas()} | of_districts


def _whole(value: object) -> int | None:
    """A number as it is counted; None for none."""
    try:
        return None if value is None else int(float(str(value)))
    except ValueError:
        return None


def effective(came: Told, own: Told) -> Told:
    """What holds: what was said here before what came; of two capacities the one told later; confidential if either says so."""
    held = came | {key: value for key, value in own.items() if key not in ("capacity", CONFIDENTIAL)}
    capacities = [one for one in (came.get("capacity"), own.get("capacity")) if one and one[2]]
    held["capacity"] = max(capacities, key=lambda one: instant(one[2]), default=[None, None, None])
    held[CONFIDENTIAL] = bool(came.get(CONFIDENTIAL) or own.get(CONFIDENTIAL))
    return held


def instant(text: str) -> datetime:
    """A time of the standard; without a zone it is taken as UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def columns(held: Told) -> Told:
    """What holds, as the columns of the row that is searched."""
    available, maximum, at = held["capacity"]
    least, most = held["ages"]
    plain = {key: held[key] for key in ("name", "provider_name", "status", "interprets", "email", "phone", "url", "refer")}
    return plain | {
        **{key: barred(held[key]) for key in ("needs", "languages", "areas")},
        "need_bits": need_bits(held["needs"]),
        "minimum_age": least,
        "maximum_age": most,
        "available": available,
        "maximum": maximum,
        "capacity_at": instant(at) if at else None,
        "assured_on": date.fromisoformat(held["assured_on"][:10]) if held["assured_on"] else None,
        CONFIDENTIAL: held[CONFIDENTIAL],
    }


def need_bits(needs: Iterable[str]) -> int:
    """A bit a need."""
    return sum(1 << NEEDS.index(need) for need in needs)


def barred(values: Iterable[str]) -> str:
    """A list as one column keeps it: `|a|b|`, or nothing."""
    listed = "|".join(value.replace("|", "/") for value in values)
    return f"|{listed}|" if listed else ""


def listed(text: str) -> tuple[str, ...]:
    """The list again."""
    return tuple(text[1:-1].split("|")) if text else ()


def streets(index: Index, service_id: str) -> list[str]:
    """The hidden addresses of a service, as its own texts might repeat them."""
    hidden = (place for place in index.places.get(service_id, ()) if ("location", place) in index.hidden)
    return list(streets_in(one for place in hidden for one in index.under("address", place)))


def code_of(name: str, taken: Container[str]) -> str:
    """A short code for a provider of that name, as consents and service referrals have it, that nobody else has."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    stem = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")[:LONGEST_CODE].strip("-") or "PROVIDER"
    numbered = (f"{stem[: LONGEST_CODE - 6].strip('-')}-{n}" for n in count(2))
    return next(code for code in chain([stem], numbered) if code not in taken and code != DCF)
