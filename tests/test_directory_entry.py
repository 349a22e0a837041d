"""What the standard's objects say of a service as it is searched for, and what of them is hidden."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mdt import directory_entry as entry
from mdt import directory_hiding as hiding
from mdt.directory import Service

if TYPE_CHECKING:
    from mdt.directory_entry import Told
    from mdt.directory_hiding import Objects


def objects(**more: dict[str, Any]) -> Objects:
    """A service `s` of an organization `o` at a place `l`, with whatever is added by kind and id."""
    made: Objects = {
        "organization": {"o": {"id": "o", "name": "House", "email": "o@example.org", "website": "https://o.example.org"}},
        "service": {"s": {"id": "s", "organization_id": "o", "name": "Shelter", "status": "active"}},
        "location": {"l": {"id": "l", "location_type": "physical"}},
        "service_at_location": {"a": {"id": "a", "service_id": "s", "location_id": "l"}},
        "address": {"d": {"id": "d", "location_id": "l", "address_1": "1 Hidden Lane", "city": "Hartford"}},
    }
    for kind, of_kind in more.items():
        made[kind] = made.get(kind, {}) | {id_: {"id": id_, **data} for id_, data in of_kind.items()}
    return made


def told(secret: tuple[str, ...] = (), **more: dict[str, Any]) -> Told:
    return dict(entry.told(objects(**more), secret))["s"]


def test_a_bare_record_says_little_and_nothing_breaks() -> None:
    said = dict(entry.told({"service": {"s": {"id": "s"}}}))["s"]
    held = entry.columns(entry.effective(said, {}))
    assert (held["name"], held["needs"], held["areas"], held["capacity_at"], held["assured_on"]) == ("", "", "", None, None)
    assert set(held) | {"id", "provider"} == {field.name for field in fields(Service)} | {"need_bits"}


def test_terms_stand_for_needs_by_code_by_name_or_by_a_word_of_the_teams_table() -> None:
    assert entry.needs_of_term({"code": "Shelter"}) == ("shelter",)
    assert entry.needs_of_term({"name": "Mental health care"}) == ("mental health care",)
    assert entry.needs_of_term({"name": "Emergency housing for youth"}) == ("shelter",)
    assert entry.needs_of_term({"name": "Counseling and tutoring"}) == ("mental health care", "schooling")
    assert entry.needs_of_term({"name": "Bowling"}) == ()
    assert set(entry.need_words()) == set(entry.NEEDS) - {"other"}


def test_a_service_meets_the_needs_of_its_own_attributes_in_their_order() -> None:
    terms = {"t": {"code": "schooling"}, "u": {"code": "shelter"}}
    links = {"1": {"link_id": "s", "taxonomy_term_id": "t"}, "2": {"link_id": "s", "taxonomy_term_id": "u"},
             "3": {"link_id": "s", "taxonomy_term_id": "t"}, "4": {"link_id": "o", "taxonomy_term_id": "t"},
             "5": {"link_id": "s"}}  # fmt: skip
    assert told(taxonomy_term=terms, attribute=links)["needs"] == ["shelter", "schooling"]


@pytest.mark.parametrize(
    ("text", "areas"),
    [("Hartford", ["Hartford"]), ("hartford; Town of Norwich", ["Hartford", "Norwich"]), ("DCF Region 4", ["Region 4"]),
     ("Statewide", ["Connecticut"]), ("Judicial district of Hartford", ["Hartford judicial district"]),
     ("Hartford judicial district and New Haven", ["Hartford judicial district", "New Haven"]), ("The MyCity area", [])],
)  # fmt: skip
def test_areas_are_read_from_names_and_what_names_none_is_left_out(text: str, areas: list[str]) -> None:
    assert list(entry.areas_named(text)) == areas


def test_without_an_area_the_region_of_its_open_place_counts_and_of_a_hidden_one_nothing() -> None:
    assert told()["areas"] == ["Region 4"]
    assert told(secret=("s",))["areas"] == []
    assert told(address={"d": {"location_id": "l", "city": "Paris"}})["areas"] == []
    assert told(service_area={"x": {"service_id": "s", "name": "Norwich"}})["areas"] == ["Norwich"]


def test_languages_are_named_by_name_or_by_code_and_once() -> None:
    languages = {"1": {"service_id": "s", "name": "Spanish"}, "2": {"service_id": "s", "code": "es-MX"},
                 "3": {"service_id": "s", "code": "xx"}, "4": {"service_id": "s"},
                 "5": {"location_id": "l", "name": "Thai"}}  # fmt: skip
    assert told(language=languages)["languages"] == ["Spanish", "xx"]


def test_the_capacity_told_last_counts_and_numbers_are_whole() -> None:
    capacities = {"1": {"service_id": "s", "available": 1, "updated": "2026-05-01"},
                  "2": {"service_id": "s", "available": "2.0", "maximum": "many", "updated": "2026-05-02"}}  # fmt: skip
    assert told(service_capacity=capacities)["capacity"] == [2, None, "2026-05-02"]


def test_how_to_reach_it_is_its_own_before_its_providers_and_never_a_fax() -> None:
    phones = {
        "f": {"service_id": "s", "number": "1", "type": "fax"},
        "o": {"organization_id": "o", "number": '"2"', "extension": 7},
    }
    assert (told(phone=phones)["phone"], told()["email"], told()["url"]) == (
        "2 ext. 7",
        "o@example.org",
        "https://o.example.org",
    )
    contacts = {"c": {"service_id": "s", "email": "c@example.org"}, "n": {"service_id": "s"}}
    assert told(contact=contacts)["email"] == "c@example.org"
    own = {"s": {"organization_id": "o", "name": "Shelter", "email": "s@example.org", "url": "https://s.example.org"}}
    assert (told(service=own)["email"], told(service=own)["url"]) == ("s@example.org", "https://s.example.org")


def test_whatever_hangs_on_a_hidden_place_is_hidden_and_a_language_of_the_service_is_not() -> None:
    more: dict[str, Any] = {
        "contact": {"c": {"location_id": "l"}, "free": {"service_id": "s"}},
        "phone": {"p": {"contact_id": "c"}, "q": {"service_at_location_id": "a"}, "free": {"service_id": "s"}},
        "language": {"t": {"location_id": "l"}, "free": {"location_id": "l", "service_id": "s"}},
        "attribute": {"x": {"link_id": "l"}, "free": {"link_id": "s"}},
        "metadata": {"m": {"resource_id": "a"}, "free": {"resource_id": "s"}},
    }
    assert hiding.hidden_objects(objects(**more)) == frozenset()
    hidden = hiding.hidden_objects(objects(**more), ["s"])
    assert hidden == {("location", "l"), ("address", "d"), ("contact", "c"), ("phone", "p"), ("phone", "q"), ("language", "t"),
                      ("attribute", "x"), ("metadata", "m")}  # fmt: skip
    assert hiding.hidden_objects(objects(**more), (), ["l"]) == hidden


def test_a_hidden_address_is_struck_out_of_its_own_words() -> None:
    words = {"s": {"organization_id": "o", "application_process": "Come to 1 HIDDEN lane.", "description": "At 1 Hidden Lane"}}
    assert told(service=words)["refer"] == "Come to 1 HIDDEN lane."
    said = told(secret=("s",), service=words)
    assert (said["refer"], said["says"]) == ("Come to (confidential).", {"What it does": "At (confidential)"})


def test_a_short_address_is_not_searched_for_in_texts() -> None:
    words = {"s": {"organization_id": "o", "application_process": "Ring 1 B"}}
    said = told(secret=("s",), service=words, address={"d": {"location_id": "l", "address_1": "1 B"}})
    assert said["refer"] == "Ring 1 B"


def test_what_was_said_here_goes_before_what_came_and_confidential_is_it_if_either_says_so() -> None:
    came = told() | {"capacity": [2, 8, "2026-05-01"]}
    assert (
        entry.effective(came, {"status": "inactive", "capacity": [1, 8, "2026-05-02T00:00:00+00:00"]})["status"] == "inactive"
    )
    assert entry.effective(came, {"capacity": [1, 8, "2026-05-02"]})["capacity"][0] == 1
    assert entry.effective(came, {"capacity": [1, 8, "2026-04-02T10:00:00-04:00"]})["capacity"][0] == 2
    assert entry.effective(came, {"confidential": True})["confidential"]
    assert entry.effective(came | {"confidential": True}, {})["confidential"]


def test_a_row_bears_lists_between_bars_and_comes_back_from_them() -> None:
    own = {"needs": ["shelter", "other"], "languages": ["a|b"], "capacity": [1, None, "2026-05-02"]}
    held = entry.columns(entry.effective(told(), own | {"assured_on": "2026-05-01T10:00:00Z"}))
    assert (held["needs"], held["languages"], entry.listed(held["needs"])) == ("|shelter|other|", "|a/b|", ("shelter", "other"))
    assert held["capacity_at"] == datetime(2026, 5, 2, tzinfo=UTC)
    assert held["assured_on"] == date(2026, 5, 1)
    assert held["need_bits"] == 1 << entry.NEEDS.index("shelter") | 1 << entry.NEEDS.index("other")
    assert entry.listed("") == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [("Élan House", "ELAN-HOUSE"), ("DCF", "DCF-2"), ("???", "PROVIDER"), ("Taken", "TAKEN-3"), ("x" * 60, "X" * 40)],
)
def test_a_code_is_made_of_the_name_and_nobody_elses(name: str, code: str) -> None:
    assert entry.code_of(name, {"TAKEN", "TAKEN-2"}) == code


def test_a_service_is_at_the_places_it_names_else_at_those_of_its_organization_where_nobody_else_is() -> None:
    there: Objects = {
        "service": {"a": {"id": "a", "organization_id": "o"}, "b": {"id": "b", "organization_id": "o"}, "c": {"id": "c"}},
        "service_at_location": {"1": {"service_id": "a", "location_id": "here"}, "2": {"service_id": "b"}},
        "location": {"here": {"organization_id": "o"}, "there": {"organization_id": "o"}, "nobodys": {}},
    }
    assert hiding.places_of(there) == {"a": {"here"}, "b": {"there"}}
