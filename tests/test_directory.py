"""Which services fit a child's need, in which order, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import directory
from mdt.directory import Asked, Service, capacity, judge, match

NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
SHELTER = Service(
    "s1", "SHELTER-1", "Shelter", "Shelter house", needs=("shelter",), minimum_age=12, maximum_age=17,
    languages=("Portuguese",), areas=("Hartford",), available=2, maximum=8, capacity_at=NOW - timedelta(days=3),
)  # fmt: skip
CHILD = Asked("shelter", 14, "Hartford", language="Portuguese")


def why_not(service: Service, asked: Asked = CHILD) -> tuple[str, ...]:
    return judge(service, asked, NOW).why_nots


def part(service: Service, name: str, asked: Asked = CHILD) -> str:
    return next(one.says for one in judge(service, asked, NOW).parts if one.part == name)


def test_a_match_says_why_in_plain_words() -> None:
    (one,) = match(CHILD, [SHELTER], NOW)
    assert one.eligible
    assert one.reasons == ("serves Hartford", "ages 12 to 17", "speaks Portuguese", "2 places free, told 3 days ago")
    assert one.score == 40 + 20 + 20 + 22


def test_a_service_for_another_need_is_not_listed_and_without_a_need_all_are() -> None:
    other = replace(SHELTER, id="s2", needs=("schooling",))
    assert [one.service.id for one in match(CHILD, [other, SHELTER], NOW)] == ["s1"]
    assert len(match(Asked(), [other, SHELTER], NOW)) == 2


@pytest.mark.parametrize(("age", "fits"), [(11, False), (12, True), (17, True), (18, False)])
def test_a_band_of_ages_takes_in_its_ends(age: int, fits: bool) -> None:
    assert (why_not(SHELTER, replace_asked(age=age)) == ()) is fits
    assert ("age" in why_not(SHELTER, replace_asked(age=age))) is not fits


def replace_asked(**more: object) -> Asked:
    return Asked(**{"need": "shelter", "age": 14, "town": "Hartford", "language": "Portuguese"} | more)  # type: ignore[arg-type]


def test_an_open_band_is_open() -> None:
    assert why_not(replace(SHELTER, maximum_age=None), replace_asked(age=99)) == ()
    assert why_not(replace(SHELTER, minimum_age=None), replace_asked(age=0)) == ()
    assert part(replace(SHELTER, minimum_age=None, maximum_age=None), "age") == "ages not told"


@pytest.mark.parametrize(
    ("least", "most", "says"),
    [(None, None, "ages not told"), (12, None, "from age 12"), (0, None, "every age"), (None, 17, "to age 17"), (0, 17, "to age 17"),
     (16, 16, "age 16"), (12, 17, "ages 12 to 17")],
)  # fmt: skip
def test_ages_read_as_one_says_them(least: int | None, most: int | None, says: str) -> None:
    assert directory.ages(least, most) == says


@pytest.mark.parametrize(
    ("area", "says"),
    [("Hartford", "serves Hartford"), ("Hartford judicial district", "serves Hartford judicial district"),
     ("Region 4", "serves DCF region 4"), ("Connecticut", "serves the whole state")],
)  # fmt: skip
def test_an_area_that_reaches_the_town_is_named(area: str, says: str) -> None:
    assert part(replace(SHELTER, areas=("Norwich", area)), "area") == says


def test_the_nearest_area_counts_most() -> None:
    near = [replace(SHELTER, id=area, areas=(area,)) for area in ("Connecticut", "Region 4", "Hartford judicial district")]
    found = [one.service.id for one in match(CHILD, [*near, SHELTER], NOW)]
    assert found == ["s1", "Hartford judicial district", "Region 4", "Connecticut"]


def test_out_of_area_and_not_told_differ() -> None:
    assert why_not(replace(SHELTER, areas=("Norwich",))) == ("out of area",)
    assert part(replace(SHELTER, areas=()), "area") == "area served not told"


def test_a_place_that_is_no_town_is_reached_by_what_serves_the_whole_state_alone() -> None:
    asked = replace_asked(town="Nowhere")
    assert why_not(SHELTER, asked) == ("out of area",)
    assert why_not(replace(SHELTER, areas=("Connecticut",)), asked) == ()


def test_a_district_is_reached_by_its_own_towns_its_regions_and_the_state() -> None:
    asked = Asked(district="Hartford")
    areas = ("Hartford", "Region 4", "Hartford judicial district", "Connecticut")
    assert [judge(replace(SHELTER, areas=(area,)), asked, NOW).eligible for area in areas] == [True] * 4
    assert why_not(replace(SHELTER, areas=("Norwich",)), asked) == ("out of area",)


def test_a_language_is_spoken_interpreted_not_told_or_missing() -> None:
    none = replace(SHELTER, languages=())
    assert part(replace(SHELTER, languages=("PORTUGUESE",)), "language") == "speaks Portuguese"
    assert part(replace(none, interprets="In Portuguese and Polish"), "language") == "interprets Portuguese"
    assert part(replace(none, interprets="By telephone"), "language") == "has interpreters"
    assert part(none, "language") == "languages not told"
    assert why_not(replace(SHELTER, languages=("English",))) == ("language",)


@pytest.mark.parametrize(("days", "told"), [(0, "free"), (30, "free"), (31, "stale")])
def test_a_capacity_is_stale_after_the_standards_days(days: int, told: str) -> None:
    assert capacity(replace(SHELTER, capacity_at=NOW - timedelta(days=days)), NOW).told == told


@pytest.mark.parametrize(
    ("available", "days", "says"),
    [(1, 0, "1 place free, told today"), (2, 1, "2 places free, told 1 day ago"), (0, 2, "full, told 2 days ago"),
     (0, 94, "capacity told 94 days ago: stale"), (3, -2, "3 places free, told today"), (None, 0, "capacity not told")],
)  # fmt: skip
def test_a_capacity_reads_with_its_age(available: int | None, days: int, says: str) -> None:
    one = replace(SHELTER, available=available, capacity_at=NOW - timedelta(days=days))
    assert capacity(one, NOW).says == says


def test_full_shuts_out_and_stale_does_not() -> None:
    full = replace(SHELTER, available=0)
    assert why_not(full) == ("no capacity",)
    old = replace(full, capacity_at=NOW - timedelta(days=94))
    assert part(old, "capacity") == "capacity told 94 days ago: stale"
    assert why_not(old) == ()
    assert capacity(replace(SHELTER, capacity_at=None), NOW).told == "not told"


def test_a_closed_service_is_listed_last_with_all_that_stands_against_it() -> None:
    closed = replace(SHELTER, id="s2", status="temporarily closed", areas=("Norwich",))
    found = match(CHILD, [closed, SHELTER, replace(SHELTER, id="s3", available=0)], NOW)
    assert [one.service.id for one in found] == ["s1", "s3", "s2"]
    assert found[-1].why_nots == ("closed", "out of area")


def test_a_record_gone_over_within_the_year_counts_a_little() -> None:
    says = "record checked 1 Jun 2025"
    assert part(replace(SHELTER, assured_on=date(2025, 6, 1)), "assured") == says
    for day in (date(2025, 5, 31), date(2026, 6, 2)):
        assert not [one for one in judge(replace(SHELTER, assured_on=day), CHILD, NOW).parts if one.part == "assured"]


def test_every_area_can_be_said_and_reaches_somebody() -> None:
    assert len(directory.areas()) == 1 + 6 + 13 + 169
    assert {directory.in_words(area) for area in ("Region 1", "Norwich")} == {"DCF region 1", "Norwich"}


SERVICES = st.builds(
    Service, id=st.sampled_from([f"s{n}" for n in range(50)]), provider=st.just("P"), name=st.sampled_from(["A", "b", "C"]),
    provider_name=st.just("P"), needs=st.sampled_from([("shelter",), ("schooling",)]),
    minimum_age=st.none() | st.integers(0, 18), areas=st.sampled_from([(), ("Hartford",), ("Connecticut",), ("Norwich",)]),
    available=st.none() | st.integers(0, 3), capacity_at=st.just(NOW),
)  # fmt: skip


@given(st.lists(SERVICES, unique_by=lambda one: one.id), st.randoms())
def test_the_order_depends_on_nothing_but_the_services(services: list[Service], chance: object) -> None:
    found = match(CHILD, services, NOW)
    shuffled = [*services]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert match(CHILD, shuffled, NOW) == found
    eligible = [one.eligible for one in found]
    assert eligible == sorted(eligible, reverse=True)
