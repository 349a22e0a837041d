"""Instruments are files: refused in sentences, kept side by side, and added up so that unknown is never no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mdt.errors import BadFile
from mdt.instruments import SHIPPED, Instrument, Score, read, score, shelf, span
from tests.histories import calm

if TYPE_CHECKING:
    from pathlib import Path

EN = {"en": "Text"}


def told(**changed: Any) -> dict[str, Any]:
    """A small instrument as its file says it: three items of 1, 2 and 4 points."""
    items = [{"key": f"item-{weight}", "text": EN, "weight": weight} for weight in (1, 2, 4)]
    bands = [{"name": name, "from": points, "title": EN} for name, points in (("low", 0), ("medium", 2), ("high", 5))]
    return {"key": "ours", "version": "1", "title": EN, "source": "Own", "items": items, "bands": bands} | changed


def made(**changed: Any) -> Instrument:
    return Instrument.model_validate(told(**changed))


def lay(folder: Path, name: str = "ours.yaml", **changed: Any) -> Path:
    """Put an instrument into a folder."""
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(told(**changed), file)
    return folder / name


OURS = made()
answers = st.dictionaries(st.sampled_from([item.key for item in OURS.items]), st.sampled_from(["yes", "no", "unknown"]))


def test_the_example_that_ships_is_marked_as_one_and_can_be_read_in_english_and_spanish() -> None:
    here = shelf()
    (example,) = here.instruments
    assert here.faults == ()
    assert example.example
    assert example.languages == ("en", "es")
    assert 12 <= len(example.items) <= 16
    assert "not a validated tool" in example.title["en"].lower()
    assert "not a validated tool" in example.source.lower()


def test_every_band_of_the_example_can_be_reached() -> None:
    (example,) = shelf().instruments
    yes = dict.fromkeys([item.key for item in example.items], "yes")
    assert score(example, yes).band == "high"
    assert score(example, dict.fromkeys(yes, "no")).band == "low"
    assert score(example, dict.fromkeys(yes, "no") | {"work-not-free": "yes"}).band == "medium"


def test_points_lie_in_the_band_that_begins_at_or_below_them() -> None:
    assert [OURS.band(points).name for points in (0, 1, 2, 4, 5, 7)] == ["low", "low", "medium", "medium", "high", "high"]


def test_unknown_leaves_the_band_open_upwards() -> None:
    assert score(OURS, {"item-1": "yes", "item-2": "no"}) == Score(1, 5, 1, "low", "high", complete=False)
    assert score(OURS, {"item-1": "yes", "item-2": "no", "item-4": "unknown"}) == Score(1, 5, 1, "low", "high", complete=True)
    assert score(OURS, {"item-1": "yes", "item-2": "no", "item-4": "no"}) == Score(1, 1, 0, "low", "low", complete=True)


def test_an_instrument_may_count_unknown_as_yes_with_caution() -> None:
    cautious = made(unknown="counts as yes")
    assert score(cautious, {"item-1": "no", "item-2": "no"}) == Score(4, 4, 1, "medium", "medium", complete=False)


@calm
@given(answers)
def test_no_answer_to_an_unknown_item_leads_out_of_the_span(said: dict[str, Any]) -> None:
    before = score(OURS, said)
    for answer in ("yes", "no"):
        settled = {item.key: said.get(item.key, "unknown") for item in OURS.items}
        after = score(OURS, {key: answer if value == "unknown" else value for key, value in settled.items()})
        assert before.points <= after.points <= before.highest
        assert after.unknown == 0
        assert after.band == after.band_at_most


@calm
@given(answers)
def test_what_was_not_asked_counts_as_what_nobody_knows(said: dict[str, Any]) -> None:
    asked = {item.key: said.get(item.key, "unknown") for item in OURS.items}
    here, there = score(OURS, said), score(OURS, asked)
    assert (here.points, here.highest, here.unknown) == (there.points, there.highest, there.unknown)
    assert there.complete
    assert here.complete == (said.keys() == asked.keys())


def test_a_band_is_shown_as_a_span_with_what_is_unknown() -> None:
    assert span("high", "high", 0) == "high"
    assert span("high", "high", 2) == "high: 2 unknown"
    assert span("low", "high", 5) == "low, at most high: 5 unknown"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"items": [told()["items"][0]] * 2, "bands": told()["bands"][:1]}, "two items have the same key"),
        ({"title": {}}, "every text stands in every language of the title"),
        ({"title": {"en": "Ours", "es": "Nuestro"}}, "every text stands in every language of the title"),
        ({"bands": told()["bands"][1:]}, "the first band begins at 0 points"),
        ({"bands": [{"name": n, "from": p, "title": EN} for n, p in (("high", 0), ("low", 2))]}, "the bands go up"),
        ({"bands": [{"name": n, "from": 0, "title": EN} for n in ("low", "high")]}, "begins above the one before"),
        ({"bands": [{"name": n, "from": p, "title": EN} for n, p in (("low", 0), ("high", 8))]}, "above all points that there"),
        ({"version": 1.0}, "version: Input should be a valid string"),
        ({"version": "first"}, "version: String should match pattern"),
        ({"items": []}, "items: Tuple should have at least 1 item"),
        ({"items": [{"key": "a", "text": EN, "weight": -1}]}, "items: 0: weight: Input should be greater than or equal to 1"),
        ({"cutoff": 3}, "cutoff: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_in_a_sentence(
    tmp_path: Path, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadFile) as refused:
        read(lay(tmp_path / "agency", **changed))
    assert str(refused.value).startswith("ours.yaml: ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"key: ours\nkey: theirs\n", "not a YAML file that can be read, or names a thing twice"),
        (b"key: [", "not a YAML file that can be read"),
        (b"\xff\xfe\x00", "it can't be read"),
        (b"", "Input should be"),
        (b"#" * 200_001, "it is larger than 200,000 bytes"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "ours.yaml"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=sentence):
        read(path)


def test_a_file_that_is_gone_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="it can't be read"):
        read(tmp_path / "ours.yaml")


def test_the_agencys_instruments_stand_beside_those_that_ship(tmp_path: Path) -> None:
    lay(tmp_path / "agency")
    here = shelf(tmp_path / "agency")
    assert {one.key for one in here.instruments} == {"example", "ours"}
    assert shelf(tmp_path / "nowhere").instruments == shelf().instruments


def test_versions_stand_side_by_side_and_the_newest_is_offered_before_an_example(tmp_path: Path) -> None:
    for version in ("2", "10", "2.1"):
        lay(tmp_path / "agency", f"ours-{version}.yaml", version=version)
    here = shelf(tmp_path / "agency")
    assert [(one.key, one.version) for one in here.newest()] == [("ours", "10"), ("example", "1")]
    old = here.find("ours", "2")
    assert old is not None
    assert old.version == "2"
    assert here.find("ours", "3") is None


def test_a_file_that_is_no_instrument_hides_no_other(tmp_path: Path) -> None:
    lay(tmp_path / "agency")
    (tmp_path / "agency" / "broken.yaml").write_text("key: [", encoding="utf-8")
    here = shelf(tmp_path / "agency")
    assert len(here.instruments) == 2
    assert [fault.partition(":")[0] for fault in here.faults] == ["broken.yaml"]


def test_the_same_key_and_version_stand_for_one_text_for_ever(tmp_path: Path) -> None:
    agency = tmp_path / "agency"
    agency.mkdir()
    copy = (SHIPPED / "example.yaml").read_text(encoding="utf-8")
    (agency / "copy.yaml").write_text(copy, encoding="utf-8")
    assert shelf(agency) == shelf()
    (agency / "copy.yaml").write_text(copy.replace("weight: 8", "weight: 1"), encoding="utf-8")
    assert shelf(agency).instruments == shelf().instruments
    assert "Give this one a new version" in shelf(agency).faults[0]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    assert read(lay(tmp_path / "agency")).version == "1"
    assert read(lay(tmp_path / "agency", version="2.0")).version == "2.0"
