"""Towns, judicial districts and DCF offices."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import geography
from mdt.geography import Town, find, likely


def test_there_are_169_towns_13_districts_and_14_offices() -> None:
    assert len(geography.towns()) == len({town.name for town in geography.towns()}) == 169
    assert len(geography.districts()) == 13
    assert len(geography.offices()) == 14


def test_regions_are_one_to_six_and_an_office_lies_in_one_region() -> None:
    assert {town.dcf_region for town in geography.towns()} == {1, 2, 3, 4, 5, 6}
    assert len({(town.dcf_area_office, town.dcf_region) for town in geography.towns()}) == 14


def test_districts_and_offices_come_by_name() -> None:
    assert all(a < b for a, b in pairwise(geography.districts()))
    assert all(a < b for a, b in pairwise(geography.offices()))


def test_the_district_is_bridgeport_never_the_county_of_fairfield() -> None:
    assert "Fairfield" not in geography.districts()
    assert find("Fairfield") == Town("Fairfield", "Bridgeport", 1, "Bridgeport")
    assert find("Bridgeport") == Town("Bridgeport", "Bridgeport", 1, "Bridgeport")


@pytest.mark.parametrize(
    ("town", "district"),
    [
        ("Beacon Falls", "Ansonia-Milford"),
        ("West Haven", "Ansonia-Milford"),
        ("Meriden", "New Haven"),
        ("Greenwich", "Stamford-Norwalk"),
        ("Wethersfield", "New Britain"),
        ("Enfield", "Hartford"),
        ("Mansfield", "Tolland"),
        ("Hartland", "Litchfield"),
    ],
)
def test_towns_whose_district_is_not_the_obvious_one(town: str, district: str) -> None:
    found = find(town)
    assert found is not None
    assert found.judicial_district == district


@pytest.mark.parametrize("name", ["new haven", "NEW HAVEN", "  New   Haven ", "New\u00a0Haven"])
def test_a_town_is_found_however_it_is_spaced_or_capitalised(name: str) -> None:
    found = find(name)
    assert found is not None
    assert found.name == "New Haven"


@pytest.mark.parametrize("name", ["", " ", "Atlantis", "Newhaven", "Springfield, MA"])
def test_what_is_no_town_is_not_found(name: str) -> None:
    assert find(name) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Bridgport", "Bridgeport"),
        ("newhaven", "New Haven"),
        ("Hartfrod", "Hartford"),
        ("Windsor Lock", "Windsor Locks"),
    ],
)
def test_the_likely_spelling_is_offered(written: str, meant: str) -> None:
    assert likely(written) == meant


@pytest.mark.parametrize("written", ["", "Atlantis", "x" * 100_000])
def test_no_spelling_is_offered_for_something_else(written: str) -> None:
    assert likely(written) is None


def test_a_town_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        geography.towns()[0].name = "Elsewhere"  # type: ignore[misc]


@given(st.text())
def test_any_text_is_a_town_or_not(name: str) -> None:
    found = find(name)
    assert found is None or found in geography.towns()
    assert likely(name) is None or find(str(likely(name)))


def test_each_town_has_a_tile_of_its_own_and_lies_where_people_expect_it() -> None:
    tiles = geography.tiles()
    assert set(tiles) == {town.name for town in geography.towns()}
    assert len(set(tiles.values())) == 169
    (west, south), (east, north) = tiles["Greenwich"], tiles["Thompson"]
    assert west < tiles["New Haven"][0] < tiles["New London"][0] < east
    assert north < tiles["Hartford"][1] < tiles["New Haven"][1] < south
