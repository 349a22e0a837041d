"""Which objects of the directory (HSDS) tell, or may tell, where a confidential service is; and its street in a text. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

Data = dict[str, Any]
Objects = dict[str, dict[str, Data]]  # by kind and id

SHORTEST_STREET = 6  # characters; a shorter text may be any word
REDACTED = "redacted"
CONFIDENTIAL = "confidential"  # a field of a location or a service, or the code of a term
_BY_LOCATION = ("address", "contact", "phone", "schedule", "accessibility", "language")
_SHOWN = ("schedule", "required_document")


def hidden_objects(
    objects: Objects, secret: Iterable[str] = (), hidden_before: Iterable[str] = ()
) -> frozenset[tuple[str, str]]:
    """Kind and id of every object that tells, or may tell, where a confidential service is."""
    own = marked(objects)
    places = {one for one in objects.get("location", {}) if one in own} | set(hidden_before)
    at = objects.get("service_at_location", {})
    found_at = places_of(objects)
    places |= {place for one in own | set(secret) for place in found_at.get(one, ())}
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


def marked(objects: Objects) -> set[str]:
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


def secret_services(objects: Objects, secret: frozenset[str], hidden: frozenset[tuple[str, str]]) -> frozenset[str]:
    """The confidential services: those said to be, and those at a confidential place."""
    at = objects.get("service_at_location", {}).values()
    by_place = {one["service_id"] for one in at if ("location", one.get("location_id", "")) in hidden and "service_id" in one}
    return secret | by_place | (marked(objects) & set(objects.get("service", {})))


def streets_at(objects: Objects, places: Container[str]) -> list[str]:
    """The addresses of these places, as a text might repeat them."""
    return list(streets_in(one for one in objects.get("address", {}).values() if one.get("location_id") in places))


def streets_in(addresses: Iterable[Data]) -> Iterator[str]:
    """The streets of these addresses that are long enough to be told from any word."""
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
