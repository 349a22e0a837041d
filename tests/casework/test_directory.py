"""The directory: imported whole or not at all, kept by advocates, and given away without a confidential place."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson
import pytest
from sqlalchemy import select

from mdt.access import SYSTEM, Viewer
from mdt.board import directory as board
from mdt.casework import directory
from mdt.casework import directory_rows as rows
from mdt.casework.directory import Word
from mdt.directory import Asked
from mdt.errors import BadFile, NotAllowed, NotFound, NotPossible
from mdt.exchange import hsds_check
from mdt.policy import ADVOCATES, DCF, TEAM, Role
from mdt.records.tables import ACCESS_LOG, DIRECTORY_OBJECTS, DIRECTORY_SERVICES

if TYPE_CHECKING:
    from mdt.directory import Service
    from mdt.store import Store

NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
ADVOCATE = Viewer("demo-3-advocate", "Advocate C", Role.ADVOCATE, "Children's advocacy center")
STREET = "12 Hidden Lane"
SPACE = UUID(int=8)


def id_of(of: str) -> str:
    return str(uuid5(SPACE, of))


def one(of: str, **more: Any) -> dict[str, Any]:
    """A shelter for ages 12 to 17 in Hartford, with two beds told three days ago."""
    return {
        "id": id_of(of), "name": f"Shelter {of}", "status": "active", "minimum_age": 12, "maximum_age": 17,
        "application_process": f"Ring; we are at {STREET}.", "assured_date": "2026-01-05",
        "organization": {"id": id_of(f"org {of}"), "name": f"House {of}", "description": "A shelter",
                         "phones": [{"id": id_of(f"org phone {of}"), "number": "860 555 0101"}]},
        "languages": [{"id": id_of(f"language {of}"), "code": "pt"}],
        "service_areas": [{"id": id_of(f"area {of}"), "name": "Hartford"}],
        "capacities": [{"id": id_of(f"capacity {of}"), "available": 2, "maximum": 8, "updated": "2026-05-29T12:00:00Z"}],
        "attributes": [{"id": id_of(f"attribute {of}"), "link_entity": "service", "taxonomy_term": {
            "id": id_of("term"), "code": "shelter", "name": "Shelter", "description": "Shelter"}}],
        "service_at_locations": [{"id": id_of(f"at {of}"), "description": "Behind the mill", "location": {
            "id": id_of(f"place {of}"), "location_type": "physical", "latitude": 41.7,
            "addresses": [{"id": id_of(f"address {of}"), "address_1": STREET, "city": "Norwich", "state_province": "CT",
                           "postal_code": "06360", "country": "US", "address_type": "physical"}],
            "contacts": [{"id": id_of(f"contact {of}"), "email": "door@example.org", "phones": [
                {"id": id_of(f"door {of}"), "number": "860 555 0102"}]}],
            "phones": [{"id": id_of(f"place phone {of}"), "number": "860 555 0103"}]}}],
        **more,
    }  # fmt: skip


def file(*services: dict[str, Any]) -> bytes:
    return orjson.dumps(list(services))


def size(store: Store) -> int:
    everything = board.search(store, ADVOCATE, Asked(), NOW)
    return everything.total + everything.unfit


def taken(store: Store, *services: dict[str, Any]) -> directory.Trial:
    return directory.take_in(store, file(*services), SYSTEM, NOW)


def found(store: Store, name: str = "A") -> Service:
    return board.service(store, ADVOCATE, id_of(name), NOW).service


def said(store: Store, name: str = "A", **more: Any) -> tuple[str, ...]:
    now = found(store, name)
    word = {"status": now.status, "needs": now.needs, "minimum_age": now.minimum_age, "maximum_age": now.maximum_age,
            "languages": now.languages, "areas": now.areas, "available": now.available, "maximum": now.maximum,
            "confidential": now.confidential}  # fmt: skip
    return directory.change(store, id_of(name), Word.model_validate(word | more), by=ADVOCATE, now=NOW)


def logged(store: Store, act: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        rows = select(ACCESS_LOG.c.by, ACCESS_LOG.c.count, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act)
        return [dict(row) for row in connection.execute(rows).mappings()]


def given_away(store: Store, kind: Any = "json") -> bytes:
    return directory.give_away(store, ADVOCATE, kind, NOW).data


def test_what_came_is_found_by_what_a_child_needs_with_reasons(store: Store) -> None:
    trial = taken(store, one("A"), one("B", status="defunct"), one("C", minimum_age=16))
    assert (trial.new, trial.known, trial.faults) == (3, 0, ())
    (match,) = board.matches(store, ADVOCATE, "shelter", 14, "Hartford", "Portuguese", NOW)
    assert match.service.name == "Shelter A"
    assert match.service.provider == "HOUSE-A"
    assert match.reasons == (
        "serves Hartford", "ages 12 to 17", "speaks Portuguese", "2 places free, told 3 days ago",
        "record checked 5 Jan 2026",
    )  # fmt: skip
    every = board.matches(store, ADVOCATE, "shelter", 14, "Hartford", "Portuguese", NOW, unfit=True)
    assert [(one.service.name, one.why_nots) for one in every] == [
        ("Shelter A", ()), ("Shelter B", ("closed",)), ("Shelter C", ("age",))]  # fmt: skip
    assert board.matches(store, ADVOCATE, "schooling", 14, None, None, NOW) == []


def test_a_search_is_by_text_too_and_comes_in_pages(store: Store) -> None:
    taken(store, *(one(name) for name in "ABC"))
    page = board.search(store, ADVOCATE, Asked("shelter"), NOW, first=1, most=1)
    assert ([m.service.name for m in page.matches], page.total, page.unfit) == (["Shelter B"], 3, 0)
    assert board.search(store, ADVOCATE, Asked(), NOW, text="house b").total == 1
    assert board.search(store, ADVOCATE, Asked(), NOW, text="HOUSE-C").total == 1
    away = board.search(store, ADVOCATE, Asked(town="Norwich"), NOW, unfit=True)
    assert (away.total, away.unfit, away.matches[0].why_nots) == (0, 3, ("out of area",))
    assert board.languages(store, ADVOCATE) == ["Portuguese"]
    assert size(store) == 3


def test_one_fault_and_nothing_is_imported(store: Store) -> None:
    taken(store, one("A"))
    bad = file(one("A", name="Another"), one("B", status="open"))
    trial = directory.tried(store, bad, ADVOCATE, NOW)
    assert [str(fault) for fault in trial.faults] == ["/1: status is none of: active, inactive, defunct, temporarily closed."]
    with pytest.raises(NotPossible, match=r"^Nothing was imported. Faults in the file: 1; the first is /1: status"):
        directory.take_in(store, bad, ADVOCATE, NOW)
    assert found(store).name == "Shelter A"
    assert size(store) == 1
    with pytest.raises(BadFile):
        directory.tried(store, b"x", ADVOCATE, NOW)


def test_a_page_beyond_the_last_one_is_the_first(store: Store) -> None:
    taken(store, one("A"), one("B"))
    page = board.search(store, ADVOCATE, Asked(), NOW, first=2, most=2)
    assert [m.service.name for m in page.matches] == ["Shelter A", "Shelter B"]


def test_a_try_writes_nothing(store: Store) -> None:
    assert directory.tried(store, file(one("A")), ADVOCATE, NOW).new == 1
    assert size(store) == 0


def test_the_same_file_again_changes_nothing_and_another_one_by_id(store: Store) -> None:
    taken(store, one("A"), one("B"))
    before = given_away(store)
    again = taken(store, one("A"), one("B"))
    assert (again.new, again.known) == (0, 2)
    assert given_away(store) == before
    taken(store, one("B", name="Renamed"))
    assert (found(store, "A").name, found(store, "B").name) == ("Shelter A", "Renamed")


def test_a_file_of_capacities_alone_refers_to_services_that_are_here(store: Store) -> None:
    taken(store, one("A"))
    capacity = {"id": id_of("capacity A"), "service_id": id_of("A"), "available": 0, "updated": "2026-06-01T09:00:00Z"}
    directory.take_in(store, orjson.dumps({"service_capacity": [capacity]}), ADVOCATE, NOW)
    assert found(store).available == 0
    capacity |= {"service_id": id_of("nowhere")}
    (fault,) = directory.tried(store, orjson.dumps({"service_capacity": [capacity]}), ADVOCATE, NOW).faults
    assert str(fault) == "/service_capacity/0: service_id refers to a service that is not there."


def test_a_provider_keeps_her_code_and_no_two_have_the_same(store: Store) -> None:
    named = {"id": id_of("code"), "identifier_scheme": "mdt", "identifier_type": "code", "identifier": "SHELTER-1"}
    first, other = one("A"), one("B")
    other["organization"]["name"] = "House A"
    taken(store, first, other)
    assert {found(store, name).provider for name in "AB"} == {"HOUSE-A", "HOUSE-A-2"}
    first["organization"] |= {"name": "Renamed", "organization_identifiers": [named]}
    taken(store, first)
    assert found(store).provider == "HOUSE-A"
    third = one("C")
    third["organization"]["organization_identifiers"] = [named | {"id": id_of("code C"), "identifier": "HOUSE-A"}]
    (fault,) = directory.tried(store, file(third), ADVOCATE, NOW).faults
    assert fault.says == "is the code of another provider."
    for bad in ("DCF", "no code", "É"):
        third["organization"]["organization_identifiers"][0]["identifier"] = bad
        assert directory.tried(store, file(third), ADVOCATE, NOW).faults[0].says.startswith("is no code of a provider")
    third["organization"]["organization_identifiers"][0]["identifier"] = "CLINIC-9"
    taken(store, third)
    assert found(store, "C").provider == "CLINIC-9"
    assert board.provider_name(store, ADVOCATE, "CLINIC-9") == "House C"
    assert board.provider_name(store, ADVOCATE, "NOBODY") is None


def test_a_service_of_no_organization_is_a_provider_by_itself(store: Store) -> None:
    taken(store, one("A", organization=None))
    assert found(store).provider == "SHELTER-A"


# What is said here. ------------------------------------------------------------------------------------------------------


def test_what_an_advocate_says_goes_before_what_comes_and_stays_after_an_import(store: Store) -> None:
    taken(store, one("A"))
    changed = said(store, needs=("schooling", "shelter"), maximum_age=20, areas=("Region 3",), languages=("Spanish",),
                   status="inactive")  # fmt: skip
    assert changed == ("ages", "areas", "languages", "needs", "status")
    taken(store, one("A", maximum_age=18, name="New name"))
    now = found(store)
    assert (now.name, now.maximum_age, now.areas, now.needs) == ("New name", 20, ("Region 3",), ("shelter", "schooling"))
    card = board.service(store, ADVOCATE, id_of("A"), NOW)
    assert (card.changed_by, card.changed_at) == (ADVOCATE.name, NOW)
    (log,) = [row for row in logged(store, "directory changed") if row["by"] == ADVOCATE.id]
    assert log["detail"] == {"what": "service changed", "service": id_of("A"), "fields": list(changed)}


def test_what_is_said_as_it_came_is_no_longer_our_own_word(store: Store) -> None:
    taken(store, one("A"))
    assert said(store) == ()
    said(store, maximum_age=20)
    assert said(store, maximum_age=17) == ("ages",)
    taken(store, one("A", maximum_age=18))
    assert found(store).maximum_age == 18


def test_of_two_capacities_the_one_told_later_holds(store: Store) -> None:
    taken(store, one("A"))
    assert said(store, available=5) == ("capacity",)
    assert (found(store).available, found(store).capacity_at) == (5, NOW)
    later = one("A")
    later["capacities"][0] |= {"available": 1, "updated": (NOW + timedelta(hours=1)).isoformat()}
    taken(store, later)
    assert found(store).available == 1


def test_that_the_number_was_told_again_today_is_news(store: Store) -> None:
    taken(store, one("A"))
    assert said(store, told_now=True) == ("capacity",)
    assert found(store).capacity_at == NOW
    assert said(store, available=None, maximum=None) == ("capacity",)
    assert found(store).available is None


@pytest.mark.parametrize(
    ("more", "says"),
    [({"minimum_age": 18}, "the lowest age is above"), ({"areas": ("Atlantis",)}, "Not an area that is known here: Atlantis"),
     ({"available": 9}, "more places are free than there are")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(store: Store, more: dict[str, Any], says: str) -> None:
    taken(store, one("A"))
    with pytest.raises(NotPossible, match=says):
        said(store, **more)


def test_there_is_no_service_that_is_not_there(store: Store) -> None:
    taken(store, one("A"))
    word = Word(status="active", needs=())
    with pytest.raises(NotFound):
        directory.change(store, id_of("B"), word, by=ADVOCATE, now=NOW)
    with pytest.raises(NotFound):
        board.service(store, ADVOCATE, id_of("B"), NOW)


# Where a confidential service is. ----------------------------------------------------------------------------------------

SECRETS = (
    STREET.encode(),
    b"860 555 0102",
    b"860 555 0103",
    b"door@example.org",
    b"41.7",
    b"06360",
    b"Behind the mill",
    b"Norwich",
)


def nowhere_told(store: Store) -> None:
    for kind in ("json", "zip"):
        content = given_away(store, kind)
        again = hsds_check.read(content)
        assert again.faults == []
        told = orjson.dumps(again.objects)
        assert not [secret for secret in SECRETS if secret in told]
        assert {one["location_type"] for one in again.objects["location"].values()} == {"redacted"}
    card = repr(board.service(store, ADVOCATE, id_of("A"), NOW)).encode()
    assert not [secret for secret in SECRETS if secret in card]
    with store.read() as connection:
        rows = repr(connection.execute(select(DIRECTORY_SERVICES)).all()).encode()
    assert not [secret for secret in SECRETS if secret in rows]


def test_without_a_word_of_it_a_place_is_open(store: Store) -> None:
    taken(store, one("A"))
    assert all(secret in orjson.dumps(hsds_check.read(given_away(store)).objects) for secret in SECRETS)
    assert STREET in repr(board.service(store, ADVOCATE, id_of("A"), NOW).details)


def test_an_advocate_says_that_a_place_is_confidential_and_no_import_takes_it_back(store: Store) -> None:
    taken(store, one("A"))
    assert said(store, confidential=True) == ("confidential",)
    for _ in range(2):
        assert found(store).confidential
        nowhere_told(store)
        taken(store, one("A", name="Again"))


def marked_by_itself() -> list[tuple[str, dict[str, Any]]]:
    redacted, attribute, flag = one("A"), one("A"), one("A", confidential=True)
    redacted["service_at_locations"][0]["location"]["location_type"] = "redacted"
    term = {"id": id_of("secret"), "code": "Confidential", "name": "Confidential", "description": "Nobody is told"}
    attribute["attributes"].append({"id": id_of("secret attribute"), "link_entity": "service", "taxonomy_term": term})
    return [("redacted", redacted), ("attribute", attribute), ("field", flag)]


@pytest.mark.parametrize(("how", "service"), marked_by_itself(), ids=[how for how, _ in marked_by_itself()])
def test_a_record_says_of_itself_that_its_place_is_confidential_and_a_later_one_does_not_unsay_it(
    store: Store, how: str, service: dict[str, Any]
) -> None:
    taken(store, copy.deepcopy(service))
    assert found(store).confidential, how
    nowhere_told(store)
    with pytest.raises(NotPossible, match="the provider's own record"):
        said(store, confidential=False)
    nowhere_told(store)
    if how == "redacted":
        taken(store, one("A"))
        assert found(store).confidential
        nowhere_told(store)
        assert said(store, confidential=False) == ("confidential",)
        assert STREET in repr(board.service(store, ADVOCATE, id_of("A"), NOW).details)


def test_another_service_at_a_confidential_place_does_not_tell_it_either(store: Store) -> None:
    other = one("B")
    other["service_at_locations"][0]["location"] = one("A")["service_at_locations"][0]["location"]
    taken(store, one("A"), other)
    said(store, confidential=True)
    assert found(store, "B").confidential
    nowhere_told(store)
    assert said(store, confidential=False) == ("confidential",)
    assert not found(store, "B").confidential


def test_a_change_of_one_service_shows_nothing_of_another_with_whom_it_shares_an_open_place(store: Store) -> None:
    """What stays hidden of the other stands at a place that the changed service does not know."""
    office = {"id": id_of("office"), "location_type": "physical"}
    a, b = one("A"), one("B")
    a["service_at_locations"] = [{"id": id_of("a at office"), "location": office}]
    b["service_at_locations"][0]["location"]["location_type"] = "redacted"
    b["service_at_locations"].append({"id": id_of("b at office"), "location": office})
    taken(store, a, b)
    assert found(store, "B").confidential
    said(store, status="inactive")
    assert found(store, "B").confidential
    assert STREET not in found(store, "B").refer


def test_a_form_that_is_older_than_anothers_word_takes_nothing_back(store: Store) -> None:
    taken(store, one("A"))
    seen = board.service(store, ADVOCATE, id_of("A"), NOW).changed_at
    said(store, confidential=True)
    stale = Word(status="active", needs=("shelter",), available=3)
    with pytest.raises(NotPossible, match="somebody else changed this service"):
        directory.change(store, id_of("A"), stale, by=ADVOCATE, now=NOW, seen=seen)
    assert found(store).confidential
    now_seen = board.service(store, ADVOCATE, id_of("A"), NOW).changed_at
    fresh = Word(status="active", needs=("shelter",), available=3, confidential=True)
    assert directory.change(store, id_of("A"), fresh, by=ADVOCATE, now=NOW, seen=now_seen)


def test_a_service_that_once_said_so_stays_confidential_where_it_has_moved_to(store: Store) -> None:
    taken(store, one("A", confidential=True))
    moved = one("A")
    place = moved["service_at_locations"][0]
    place["id"], place["location"]["id"] = id_of("moved at"), id_of("moved to")
    place["location"]["addresses"][0] |= {"id": id_of("new address"), "address_1": "9 Newer Lane"}
    taken(store, moved)
    assert found(store).confidential
    for kind in ("json", "zip"):
        told = orjson.dumps(hsds_check.read(given_away(store, kind)).objects)
        assert b"9 Newer Lane" not in told
        assert STREET.encode() not in told
    assert "9 Newer Lane" not in repr(board.service(store, ADVOCATE, id_of("A"), NOW))


def test_a_confidential_service_that_names_no_place_hides_those_of_its_organization_where_no_other_is(store: Store) -> None:
    alone = one("A", confidential=True)
    place = alone.pop("service_at_locations")[0]["location"]
    alone["organization"]["locations"] = [place]
    taken(store, alone)
    assert STREET not in found(store).refer
    assert STREET.encode() not in orjson.dumps(hsds_check.read(given_away(store)).objects)


def test_no_text_of_any_kind_repeats_a_hidden_street(store: Store) -> None:
    repeats = f"Ring at {STREET}, at the back"
    taken(store, one(
        "A", confidential=True,
        schedules=[{"id": id_of("hours"), "description": repeats}],
        required_documents=[{"id": id_of("paper"), "document": repeats}],
        cost_options=[{"id": id_of("cost"), "amount_description": repeats}],
        phones=[{"id": id_of("ring"), "number": "860 555 0199", "description": repeats}],
    ))  # fmt: skip
    assert STREET not in repr(board.service(store, ADVOCATE, id_of("A"), NOW))
    for kind in ("json", "zip"):
        assert STREET.encode() not in orjson.dumps(hsds_check.read(given_away(store, kind)).objects)


def test_what_an_earlier_file_told_counts_for_the_first_services_too(store: Store) -> None:
    whole = one("A", confidential=True)
    at = whole["service_at_locations"][0]
    house, place = whole.pop("organization"), at.pop("location")
    directory.take_in(store, orjson.dumps({"organizations": [house], "locations": [place]}), SYSTEM, NOW)
    taken(store, whole | {"organization_id": house["id"], "service_at_locations": [at | {"location_id": place["id"]}]})
    assert found(store).provider_name == "House A"
    nowhere_told(store)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_said_while_a_file_is_imported_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(store, one("A"))
    begun, go_on, kept = Event(), Event(), rows.keep

    def slowly(*args: Any) -> None:
        kept(*args)
        begun.set()
        assert go_on.wait(20)

    monkeypatch.setattr(rows, "keep", slowly)
    with ThreadPoolExecutor(2) as pool:
        importing = pool.submit(taken, store, one("C"))
        assert begun.wait(20)
        saying = pool.submit(said, store, confidential=True)
        go_on.set()
        importing.result()
        saying.result()
    assert found(store).confidential
    assert STREET.encode() not in orjson.dumps(
        [
            one
            for one in hsds_check.read(given_away(store)).objects["address"].values()
            if one["location_id"] == id_of("place A")
        ]
    )


def test_a_search_for_what_is_no_text_finds_nothing_and_breaks_nothing(store: Store) -> None:
    taken(store, one("A"))
    assert board.search(store, ADVOCATE, Asked(), NOW, text="Shelter\x00 A").total == 1


def test_the_place_of_a_confidential_service_does_not_say_which_region_it_serves(store: Store) -> None:
    taken(store, one("A", service_areas=[]))
    assert found(store).areas == ("Region 3",)
    said(store, confidential=True, areas=())
    assert found(store).areas == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_itself_shows_nobody_a_hidden_object(store: Store) -> None:
    taken(store, one("A", confidential=True))
    with store.read(ADVOCATE.id) as connection:
        assert connection.execute(select(DIRECTORY_OBJECTS.c.id).where(DIRECTORY_OBJECTS.c.kind == "address")).all() == []
    with store.read() as connection:
        assert len(connection.execute(select(DIRECTORY_OBJECTS.c.id).where(DIRECTORY_OBJECTS.c.kind == "address")).all()) == 1


# Given away and taken in again; who may. ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "zip"])
def test_what_was_said_here_is_in_the_file_and_comes_back_from_it(store: Store, kind: Any) -> None:
    taken(store, one("A"))
    said(store, needs=("schooling",), maximum_age=20, areas=("Region 3", "Norwich"), languages=("Spanish",), available=1)
    before = found(store)
    content = given_away(store, kind)
    with store.write() as connection:
        for table in ("directory_area", "directory_service", "directory_object", "directory_provider"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    directory.take_in(store, content, SYSTEM, NOW)
    assert found(store) == before
    assert [row["detail"] for row in logged(store, "export")] == [{"what": "directory", "format": kind}]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_advocates_keep_the_directory_whoever_refers_or_advises_reads_it_and_nobody_else(store: Store, role: Role) -> None:
    taken(store, one("A"))
    who = Viewer("demo-7-prosecutor", "Somebody", role, "Agency")
    acts: list[Any] = [
        lambda: directory.tried(store, file(one("B")), who, NOW),
        lambda: directory.take_in(store, file(one("B")), who, NOW),
        lambda: directory.change(store, id_of("A"), Word(status="active", needs=()), by=who, now=NOW),
        lambda: directory.give_away(store, who, "json", NOW),
    ]
    reads: list[Any] = [
        lambda: board.search(store, who, Asked(), NOW), lambda: board.service(store, who, id_of("A"), NOW),
        lambda: board.matches(store, who, "shelter", None, None, None, NOW),
    ]  # fmt: skip
    for allowed, each in ((role in ADVOCATES, acts), (role in DCF | TEAM | ADVOCATES, reads)):
        for act in each:
            if allowed:
                act()
                continue
            with pytest.raises(NotAllowed):
                act()
    refused = (0 if role in ADVOCATES else len(acts)) + (0 if role in DCF | TEAM | ADVOCATES else len(reads))
    assert len(logged(store, "refused")) == refused
