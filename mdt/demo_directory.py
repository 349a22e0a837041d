"""The demonstration's directory: invented providers in the six DCF regions, made by the standard and imported like any file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid5

import orjson
from sqlalchemy import select

from mdt.access import SYSTEM
from mdt.casework import directory
from mdt.records.tables import DIRECTORY_SERVICES

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

SPACE = UUID("6a0f6a8e-6a3e-4b8b-8f5e-0d1b7c2f9a44")
CODES = {"ES": "es", "PT": "pt", "PL": "pl", "EN": "en", "HT": "ht"}


class Line(NamedTuple):
    """A service: of which provider, what it meets, for which ages, where, in which languages, and its places.

    `places`: free / in all, and how many days ago that was told; empty for not told.
    """

    code: str
    name: str
    needs: str
    ages: tuple[int | None, int | None]
    town: str
    areas: str
    languages: str
    places: tuple[int, int, int] | None
    confidential: bool = False
    status: str = "active"


# By provider's code: its name. The first four are those that the scenarios refer to.
PROVIDERS = {
    "SHELTER-1": "Harbor house (invented)",
    "SHELTER-2": "North gate house (invented)",
    "CLINIC-1": "Elm street clinic (invented)",
    "LEGAL-AID": "Children's legal aid office (invented)",
    "CAC-WEST": "Advocacy center west (invented)",
    "CAC-EAST": "Advocacy center east (invented)",
    "YOUTH-5": "Naugatuck valley youth services (invented)",
    "CARE-3": "Thames family care (invented)",
    "CARE-4": "Capitol family care (invented)",
    "CARE-1": "Sound shore family care (invented)",
    "CARE-6": "Mill river family care (invented)",
    "NEWCOMERS": "Newcomers' welcome office (invented)",
}
SERVICES = (
    Line("SHELTER-1", "Emergency shelter for girls", "shelter, safety planning", (12, 17), "New Haven", "Connecticut", "EN ES",
         (2, 8, 3), confidential=True),
    Line("SHELTER-1", "Transitional housing", "shelter, basic needs", (16, 21), "New Haven", "Region 2", "EN ES PT", (0, 6, 2),
         confidential=True),
    Line("SHELTER-2", "Short-stay shelter", "shelter", (10, 17), "Hartford", "Region 4, Region 6", "EN PT", (1, 5, 1),
         confidential=True),
    Line("SHELTER-2", "Host homes", "shelter, schooling", (12, 20), "Manchester", "Region 4", "EN ES", (3, 10, 94)),
    Line("CLINIC-1", "Trauma counseling", "mental health care", (6, 18), "New Haven", "New Haven, Hamden, West Haven",
         "EN ES PT", (4, 30, 6)),
    Line("CLINIC-1", "Child and adolescent medicine", "medical care", (0, 21), "New Haven", "New Haven judicial district",
         "EN ES", None),
    Line("CLINIC-1", "Adolescent substance use program", "substance use care, mental health care", (13, 19), "New Haven",
         "Region 2", "EN", (0, 12, 9)),
    Line("LEGAL-AID", "Lawyers for children", "legal help", (None, 17), "Hartford", "Connecticut", "EN ES PL", (6, 40, 12)),
    Line("LEGAL-AID", "Immigration lawyers for young people", "immigration help, legal help", (None, 21), "Hartford",
         "Connecticut", "EN ES PT HT", (1, 15, 20)),
    Line("CAC-WEST", "Victim advocates west", "advocacy, safety planning", (0, 17), "Waterbury", "Region 5",
         "EN ES PT PL", None),
    Line("CAC-WEST", "Forensic medical exams west", "medical care", (0, 17), "Waterbury",
         "Region 5, Region 1", "EN ES", (2, 4, 1)),
    Line("CAC-EAST", "Victim advocates east", "advocacy", (0, 17), "Norwich", "Region 3", "EN ES", None),
    Line("CAC-EAST", "Trauma therapy east", "mental health care", (4, 17), "Norwich", "Region 3", "EN", (0, 20, 5)),
    Line("CAC-EAST", "Safety planning by telephone", "safety planning", (None, None), "Norwich", "Connecticut", "EN ES", None),
    Line("YOUTH-5", "Drop-in center", "basic needs, advocacy", (14, 20), "Waterbury", "Waterbury, Naugatuck",
         "EN ES", (9, 25, 4)),
    Line("YOUTH-5", "Back to school", "schooling", (11, 19), "Waterbury", "Region 5", "EN ES PT", (5, 20, 40)),
    Line("YOUTH-5", "Recovery coaching", "substance use care", (14, 21), "Torrington", "Region 5", "EN", (3, 10, 15)),
    Line("YOUTH-5", "Danbury youth shelter", "shelter", (13, 17), "Danbury", "Region 5, Region 1", "EN ES PT", (1, 6, 2),
         confidential=True),
    Line("CARE-3", "Family counseling", "mental health care", (0, None), "New London", "Region 3", "EN ES", (7, 40, 11)),
    Line("CARE-3", "School liaison", "schooling", (5, 18), "New London", "New London, Groton, Waterford", "EN", None),
    Line("CARE-3", "Food and clothing", "basic needs", (None, None), "Windham", "Region 3", "EN ES", None),
    Line("CARE-3", "Young parents' housing", "shelter, basic needs", (15, 21), "Norwich", "Region 3", "EN ES", (0, 4, 45)),
    Line("CARE-4", "Mobile crisis team", "mental health care, safety planning", (0, 17), "Hartford", "Region 4", "EN ES PT PL",
         None),
    Line("CARE-4", "Counseling in Portuguese", "mental health care", (8, 20), "Hartford", "Hartford judicial district", "PT",
         (2, 12, 8)),
    Line("CARE-4", "Pediatric clinic", "medical care", (0, 17), "Hartford", "Hartford, East Hartford, West Hartford", "EN ES",
         (10, 50, 3)),
    Line("CARE-4", "Transportation to appointments", "basic needs", (None, 21), "Manchester", "Region 4", "EN", (3, 8, 2)),
    Line("CARE-4", "Substance use day program", "substance use care", (12, 18), "Manchester", "Region 4", "EN ES", (0, 10, 1)),
    Line("CARE-1", "Counseling for boys and young men", "mental health care", (10, 21), "Bridgeport", "Region 1", "EN ES PT",
         (3, 15, 14)),
    Line("CARE-1", "Shore shelter", "shelter", (12, 17), "Bridgeport", "Region 1", "EN ES HT", (1, 7, 33), confidential=True),
    Line("CARE-1", "Tutoring", "schooling", (6, 18), "Norwalk", "Norwalk, Stamford, Westport", "EN ES", (12, 40, 21)),
    Line("CARE-1", "Court accompaniment", "advocacy, legal help", (0, 17), "Stamford", "Stamford-Norwalk judicial district",
         "EN ES", None),
    Line("CARE-1", "Teen health clinic", "medical care", (12, 20), "Bridgeport", "Bridgeport, Stratford, Trumbull", "EN ES PT",
         (5, 20, 10)),
    Line("CARE-6", "Mill river counseling", "mental health care", (5, 18), "New Britain", "Region 6", "EN PL ES", (1, 18, 7)),
    Line("CARE-6", "Advocates for Polish families", "advocacy", (None, None), "New Britain", "Region 6", "PL EN", (4, 10, 19)),
    Line("CARE-6", "Clothing room", "basic needs", (None, None), "Meriden", "Region 6", "EN ES", None),
    Line("CARE-6", "Meriden night shelter", "shelter", (16, 20), "Meriden", "Region 6", "EN ES", (2, 12, 61)),
    Line("CARE-6", "Recovery group", "substance use care", (13, 18), "New Britain", "Region 6", "EN", None,
         status="temporarily closed"),
    Line("NEWCOMERS", "Asylum clinic", "immigration help", (None, None), "New Haven", "Connecticut",
         "EN ES PT HT", (0, 25, 12)),
    Line("NEWCOMERS", "School enrollment help", "schooling, immigration help", (5, 18), "Bridgeport", "Region 1, Region 2",
         "EN ES PT HT", (8, 30, 5)),
    Line("NEWCOMERS", "Help with anything else", "other, basic needs", (None, 20), "Hartford",
         "Region 4, Region 6", "EN ES", None),
)  # fmt: skip


def fill(store: Store, now: datetime) -> None:
    """Import it where there is no directory yet."""
    with store.read() as connection:
        if connection.execute(select(DIRECTORY_SERVICES.c.id).limit(1)).first() is not None:
            return
    directory.take_in(store, orjson.dumps([_service(line, now) for line in SERVICES]), SYSTEM, now)


def _id(kind: str, of: object) -> str:
    return str(uuid5(SPACE, f"{kind}/{of}"))


def _service(line: Line, now: datetime) -> dict[str, Any]:
    """The line as the standard has it."""
    key = f"{line.code}/{line.name}"
    n = SERVICES.index(line)
    least, most = line.ages
    return {
        "id": _id("service", key),
        "name": line.name,
        "status": line.status,
        "description": f"An invented service: {line.needs}.",
        "application_process": "Ring first. Send the form only when asked for it.",
        "interpretation_services": "By telephone, in most languages" if n % 4 == 0 else None,
        "minimum_age": least,
        "maximum_age": most,
        "assured_date": f"{now - timedelta(days=11 * n + 5):%Y-%m-%d}",
        "organization": _provider(line.code),
        "phones": [{"id": _id("phone", key), "number": f"860-555-{n + 110:04}", "type": "voice"}],
        "service_areas": [{"id": _id("area", f"{key}/{area}"), "name": area} for area in line.areas.split(", ")],
        "languages": [{"id": _id("language", f"{key}/{code}"), "code": CODES[code]} for code in line.languages.split()],
        "attributes": [_need(key, need) for need in line.needs.split(", ")],
        "service_at_locations": [_place(line, key, n)],
        "capacities": _capacities(line, key, now),
    }


def _provider(code: str) -> dict[str, Any]:
    named = {"identifier_scheme": "mdt", "identifier_type": "provider code", "identifier": code}
    return {
        "id": _id("organization", code),
        "name": PROVIDERS[code],
        "description": "An invented provider.",
        "email": f"{code.lower()}@example.org",
        "website": f"https://{code.lower()}.example.org",
        "organization_identifiers": [{"id": _id("identifier", code), **named}],
    }


def _need(key: str, need: str) -> dict[str, Any]:
    term = {"id": _id("term", need), "code": need, "name": need.capitalize(), "description": need.capitalize()}
    return {"id": _id("attribute", f"{key}/{need}"), "link_entity": "service", "taxonomy_term": {**term, "taxonomy": "mdt"}}


def _place(line: Line, key: str, n: int) -> dict[str, Any]:
    address = {"address_1": f"{n + 1} Example Street", "city": line.town, "state_province": "CT", "postal_code": "06000"}
    where = {"id": _id("address", key), "country": "US", "address_type": "physical", **address}
    place = {"id": _id("location", key), "location_type": "physical", "addresses": [where]}
    return {"id": _id("at", key), "location": place | ({"confidential": True} if line.confidential else {})}


def _capacities(line: Line, key: str, now: datetime) -> list[dict[str, Any]]:
    if line.places is None:
        return []
    free, most, days = line.places
    told = f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    return [{"id": _id("capacity", key), "unit": "place", "available": free, "maximum": most, "updated": told}]
