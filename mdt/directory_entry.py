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
from mdt.referring import DCF
from mdt.services import NeedKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

Data = dict[str, Any]
Objects = dict[str, dict[str, Data]]  # by kind and id
Told = dict[str, Any]  # as the projection keeps it: texts, numbers, lists

NEEDS: tuple[str, ...] = get_args(NeedKind)
WORDS = Path(__file__).parent / "data" / "needs.yaml"
LONGEST_CODE = 40  # characters, as `mdt.services.Provider` has it
SHORTEST_STREET = 6  # characters; a shorter text may be any word
REDACTED = "redacted"
MARKED = "marked"  # that a service's own record says, or once said, that it is confidential
CONFIDENTIAL = "confidential"  # a field of a location or a service, or the code of a term
EVERYWHERE = frozenset({"connecticut", "ct", "state of connecticut", "statewide", "whole state", "the whole state"})
LANGUAGES = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "pl": "Polish", "ht": "Haitian Creole", "fr": "French",
    "zh": "Chinese", "ar": "Arabic", "ru": "Russian", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "eng": "English", "spa": "Spanish", "por": "Portuguese", "pol": "Polish", "fra": "French", "hat": "Haitian Creole",
}  # fmt: skip
# What a service says of itself in its own words, by the name under which a page shows it.
OWN_WORDS = {"What it does": "description", "For whom": "eligibility_description", "Fees": "fees_description",
             "Wait": "wait_time", "Note": "alert"}  # fmt: skip
_BY_LOCATION = ("address", "contact", "phone", "schedule", "accessibility", "language")
_PARENTS = ("service_id", "organization_id")
_SHOWN = ("schedule", "required_document")


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
    marked = _marked(objects) | set(marked_before)
    index = indexed(objects, {*secret, *marked}, hidden_before)
    for service_id, data in objects.get("service", {}).items():
        yield service_id, _told(service_id, data, index) | {MARKED: service_id in marked}


def indexed(objects: Objects, secret: Iterable[str] = (), hidden_before: Iterable[str] = ()) -> Index:
    """The objects, ready to be asked."""
    hidden = hidden_objects(objects, secret, hidden_before)
    index = Index(objects, hidden, _secret(objects, frozenset(secret), hidden), places_of(objects))
    for kind in ("phone", "contact", "language", "service_area", "service_capacity", "service_at_location", "attribute"):
        for one in objects.get(kind, {}).values():
            for parent in (*_PARENTS, "link_id"):
                if parent in one:
                    index.of.setdefault((kind, one[parent]), []).append(one)
    for one in objects.get("address", {}).values():
        index.of.setdefault(("address", one.get("location_id", "")), []).append(one)
    return index


def hidden_objects(
    objects: Objects, secret: Iterable[str] = (), hidden_before: Iterable[str] = ()
) -> frozenset[tuple[str, str]]:
    """Kind and id of every object that tells, or may tell, where a confidential service is."""
    marked = _marked(objects)
    places = {one for one in objects.get("location", {}) if one in marked} | set(hidden_before)
    at = objects.get("service_at_location", {})
    found_at = places_of(objects)
    places |= {place for one in marked | set(secret) for place in found_at.get(one, ())}
    at_places = {id_ for id_, one in at.items() if one.get("location_id") in places}
    found = {("location", one) for one in places}
    contacts: set[str] = set()
    for kind in _BY_LOCATION:
        for id_, one in objects.get(kind, {}).items():
            near = one.get("location_id") in places or one.get("service_at_location_id") in at_places
            if (near or one.get("contact_id") in contacts) and not (kind == "language" and "service_id" in one):
                found.add((kind, id_))
                if kind == "contact":
                    contacts.add(id_)
    found |= _said_of(objects, {id_ for _, id_ in found} | at_places)
    return frozenset(found | _repeating(objects, streets_at(objects, places)))


def places_of(objects: Objects) -> dict[str, set[str]]:
    """By service, the locations where it is; if it names none, those of its organization at which no service is."""
    found: dict[str, set[str]] = {}
    taken = set[str]()
    for one in objects.get("service_at_location", {}).values():
        if "location_id" in one:
            found.setdefault(one.get("service_id", ""), set()).add(one["location_id"])
            taken.add(one["location_id"])
    free: dict[str, set[str]] = {}
    for id_, one in objects.get("location", {}).items():
        if id_ not in taken and "organization_id" in one:
            free.setdefault(one["organization_id"], set()).add(id_)
    for id_, one in objects.get("service", {}).items():
        if id_ not in found and (there := free.get(one.get("organization_id", ""))):
            found[id_] = there
    return found


def _repeating(objects: Objects, hidden_streets: Iterable[str]) -> set[tuple[str, str]]:
    """What a page shows in its own words, and that repeats a hidden address."""
    secrets = list(hidden_streets)
    return {
        (kind, id_)
        for kind in (_SHOWN if secrets else ())
        for id_, one in objects.get(kind, {}).items()
        if any(isinstance(value, str) and without(value, secrets) != value for value in one.values())
    }


def _said_of(objects: Objects, ids: set[str]) -> set[tuple[str, str]]:
    """What is said of these objects elsewhere: an attribute, or what a field of theirs was before it was changed."""
    attributes = {("attribute", id_) for id_, one in objects.get("attribute", {}).items() if one.get("link_id") in ids}
    return attributes | {("metadata", id_) for id_, one in objects.get("metadata", {}).items() if one.get("resource_id") in ids}


def _marked(objects: Objects) -> set[str]:
    """Locations and services that say of themselves that they are confidential."""
    terms = {
        id_ for id_, one in objects.get("taxonomy_term", {}).items() if str(one.get("code", "")).casefold() == CONFIDENTIAL
    }
    by_term = {one["link_id"] for one in objects.get("attribute", {}).values()
               if one.get("taxonomy_term_id") in terms and "link_id" in one}  # fmt: skip
    says = {id_ for kind in ("location", "service") for id_, one in objects.get(kind, {}).items() if _says_so(one)}
    return says | by_term


def _says_so(one: Data) -> bool:
    return one.get("location_type") == REDACTED or str(one.get(CONFIDENTIAL, "")).casefold() in {"true", "yes", "1"}


def _secret(objects: Objects, secret: frozenset[str], hidden: frozenset[tuple[str, str]]) -> frozenset[str]:
    """The confidential services: those said to be, and those at a confidential place."""
    at = objects.get("service_at_location", {}).values()
    by_place = {one["service_id"] for one in at if ("location", one.get("location_id", "")) in hidden and "service_id" in one}
    return secret | by_place | (_marked(objects) & set(objects.get("service", {})))


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
    return list(_streets(one for place in hidden for one in index.under("address", place)))


def streets_at(objects: Objects, places: Container[str]) -> list[str]:
    """The addresses of these places, as a text might repeat them."""
    return list(_streets(one for one in objects.get("address", {}).values() if one.get("location_id") in places))


def _streets(addresses: Iterable[Data]) -> Iterator[str]:
    told = (str(one.get("address_1", "")).strip() for one in addresses)
    return (street for street in told if len(street) >= SHORTEST_STREET)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text, in which a hidden address that it repeats is struck out."""
    of = tuple(secrets)
    return _any_of(of).sub("(confidential)", text) if of else text


@lru_cache(maxsize=64)
def _any_of(secrets: tuple[str, ...]) -> re.Pattern[str]:
    """Whatever repeats one of these."""
    return re.compile("|".join(sorted(map(re.escape, secrets), key=len, reverse=True)), re.IGNORECASE)


def code_of(name: str, taken: Container[str]) -> str:
    """A short code for a provider of that name, as consents and service referrals have it, that nobody else has."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    stem = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")[:LONGEST_CODE].strip("-") or "PROVIDER"
    numbered = (f"{stem[: LONGEST_CODE - 6].strip('-')}-{n}" for n in count(2))
    return next(code for code in chain([stem], numbered) if code not in taken and code != DCF)
