"""A directory as it is given away: without what tells where a confidential service is, and with what was said of it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from mdt.directory_entry import needs_of_term, streets
from mdt.directory_hiding import CONFIDENTIAL, REDACTED, without
from mdt.exchange.hsds_fields import shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mdt.directory_entry import Index, Told
    from mdt.directory_hiding import Data, Objects

OURS = UUID("5f5d6c1e-54b0-4f0c-9a39-3c1c7a9d5f11")  # what we add has ids of this space: the same again when written again
SCHEME = "mdt"  # of the codes by which consents and service referrals name a provider


def for_others(index: Index, own: Mapping[str, Told], codes: Mapping[str, str]) -> Objects:
    """All objects that may leave. `own`: by service, what was said here; `codes`: by organization, its provider's code."""
    kept = {kind: {id_: data for id_, data in of_kind.items() if (kind, id_) not in index.hidden}
            for kind, of_kind in index.objects.items()}  # fmt: skip
    for place in (id_ for kind, id_ in index.hidden if kind == "location"):
        kept.setdefault("location", {})[place] = {"id": place, "location_type": REDACTED}
    _shorten(kept, index)
    for service_id in index.secret & set(kept.get("service", {})):
        kept["service"][service_id] = kept["service"][service_id] | {CONFIDENTIAL: True}
    for service_id, said in own.items():
        if service_id in kept.get("service", {}):
            _say(kept, service_id, said)
    for owner, code in codes.items():
        _name(kept, owner, code)
    return {kind: of_kind for kind, of_kind in kept.items() if of_kind}


def _shorten(kept: Objects, index: Index) -> None:
    """No reference to what was left out, no word of a hidden place, no hidden address in a text."""
    for kind, of_kind in kept.items():
        refers = shapes()[kind].refers
        for id_, data in of_kind.items():
            gone = {name for name, to in refers.items() if (to, data.get(name, "")) in index.hidden and to != "location"}
            if kind == "service_at_location" and ("location", data.get("location_id", "")) in index.hidden:
                gone.add("description")
            if kind != "service_at_location":
                gone |= {name for name, to in refers.items() if to == "location" and (to, data.get(name, "")) in index.hidden}
            if gone & set(data):
                of_kind[id_] = {name: value for name, value in data.items() if name not in gone}
    secrets = [street for service_id in index.secret for street in streets(index, service_id)]
    for of_kind in kept.values() if secrets else ():
        for id_, data in of_kind.items():
            of_kind[id_] = {name: without(value, secrets) if isinstance(value, str) else value for name, value in data.items()}


def _say(kept: Objects, service_id: str, said: Told) -> None:
    """What was said of a service here, in the standard's own objects."""
    fields: Data = {"status": said["status"]} if "status" in said else {}
    ages = said.get("ages", ())
    fields |= dict(zip(("minimum_age", "maximum_age"), ages, strict=False))
    service = kept["service"][service_id] | fields
    kept["service"][service_id] = {name: value for name, value in service.items() if value is not None}
    for kind, names in (("language", said.get("languages")), ("service_area", said.get("areas"))):
        if names is not None:
            _replace(kept, kind, service_id, names)
    if "needs" in said:
        _needs(kept, service_id, said["needs"])
    available, maximum, updated = said.get("capacity", (None, None, None))
    if available is not None:
        told = {"service_id": service_id, "available": available, "maximum": maximum, "updated": updated}
        _add(kept, "service_capacity", service_id, {name: value for name, value in told.items() if value is not None})


def _replace(kept: Objects, kind: str, service_id: str, names: Iterable[str]) -> None:
    for id_, data in [*kept.get(kind, {}).items()]:
        if data.get("service_id") == service_id:
            left = {name: value for name, value in data.items() if name != "service_id"}
            if any(name.endswith("_id") for name in left):
                kept[kind][id_] = left
            else:
                del kept[kind][id_]
    for name in names:
        _add(kept, kind, f"{service_id}/{name}", {"service_id": service_id, "name": name})


def _needs(kept: Objects, service_id: str, needs: Iterable[str]) -> None:
    """One attribute a need; those that came and say another are left out."""
    wanted, terms = set(needs), kept.get("taxonomy_term", {})
    for id_, data in [*kept.get("attribute", {}).items()]:
        says = set(needs_of_term(terms.get(data.get("taxonomy_term_id", ""), {})))
        if data.get("link_id") == service_id and says and not says <= wanted:
            del kept["attribute"][id_]
    for need in needs:
        term = {"code": need, "name": need.capitalize(), "description": f"Meets the need: {need}.", "taxonomy": SCHEME}
        term_id = _add(kept, "taxonomy_term", need, term)
        link = {"link_id": service_id, "link_entity": "service", "taxonomy_term_id": term_id}
        _add(kept, "attribute", f"{service_id}/{need}", link)


def _name(kept: Objects, owner: str, code: str) -> None:
    named = (one for one in kept.get("organization_identifier", {}).values() if one.get("organization_id") == owner)
    if owner in kept.get("organization", {}) and not any(one.get("identifier_scheme") == SCHEME for one in named):
        told = {"organization_id": owner, "identifier_scheme": SCHEME, "identifier_type": "provider code", "identifier": code}
        _add(kept, "organization_identifier", owner, told)


def _add(kept: Objects, kind: str, of: str, data: Data) -> str:
    id_ = str(uuid5(OURS, f"{kind}/{of}"))
    kept.setdefault(kind, {})[id_] = {"id": id_, **data}
    return id_


def codes_told(objects: Objects) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The provider codes that a file tells: the identifier's id, the organization, the code."""
    for id_, one in objects.get("organization_identifier", {}).items():
        if str(one.get("identifier_scheme", "")).casefold() == SCHEME and isinstance(one.get("organization_id"), str):
            yield id_, one["organization_id"], one
