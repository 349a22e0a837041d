"""The screening: a score that nobody can claim, an answer that nobody knows, three flags each with its ground."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt import acts, instruments
from mdt.casework import ACT
from mdt.errors import NotPossible
from mdt.facts import Event, Fact
from mdt.history import live
from mdt.position import standing
from mdt.screening import Screened, answers_of, last_score
from mdt.tasks import open_tasks
from tests.histories import calm, orderly
from tests.making import MONDAY, happened
from tests.test_instruments import lay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mdt.acts import New

F = Fact
HOUR = timedelta(hours=1)
FLAGS = ("ct_46a170", "ct_53a192a_minor", "fed_severe_form")
DETERMINATIONS = {
    "identify_victim": {"note": "What the child told"},
    "believe_victim": {"note": "What the child told"},
    "screen_out": {"because": "other", "reason": "Nothing of it was so"},
}
REPORT = happened(F.REPORT_RECEIVED, MONDAY, "r", mandated=True)
ANSWERS = {"threats": "yes", "work-not-free": "no", "papers-held": "unknown"}


def form(act: str, at: timedelta = 2 * HOUR, context: dict[str, Any] | None = None, **said: Any) -> Any:
    return ACT[act].form.model_validate({"happened_at": MONDAY + at, "about": "r", **said}, context=context)


def scoring(**said: Any) -> Any:
    return form("score_screening", **{"instrument": "example", "version": "1", "language": "en", "answers": ANSWERS} | said)


def decided(act: str, told: Any, history: Sequence[Event] = (REPORT,)) -> New:
    (new,) = ACT[act].decided(told, history)
    return new


def scored(at: timedelta = HOUR, about: str = "r", seq: int = 9, **data: Any) -> Event:
    given = {"band": "medium", "band_at_most": "medium", "unknown": 0}
    return happened(F.SCREENING_SCORED, MONDAY + at, about, seq=seq, **given | data)


def sentence(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return "; ".join(str(e["msg"]) for e in error.value.errors(include_input=False))


def test_a_score_is_computed_from_the_instrument_and_the_answers() -> None:
    new = decided("score_screening", scoring())
    assert (new.fact, new.about) == (F.SCREENING_SCORED, "r")
    assert new.data == {
        "instrument": "example", "version": "1", "language": "en", "points": 4, "highest": 42, "unknown": 12, "band": "low",
        "band_at_most": "high", "complete": False,
    }  # fmt: skip


@pytest.mark.parametrize("claim", [{"points": 0}, {"band": "low"}, {"complete": True}])
def test_no_form_can_claim_a_score(claim: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        scoring(**claim)


def test_answers_and_what_they_rest_on_are_words_and_stand_in_no_data() -> None:
    evidence = {"threats": {"what": "The child said so", "source": "The child"}, "papers-held": {}}
    new = decided("score_screening", scoring(evidence=evidence, note="At school"))
    assert new.words.keys() == {"screening", "note"}
    assert not {"answers", "evidence", "note"} & new.data.keys()
    told = answers_of(new.words["screening"])
    assert told.answers == ANSWERS
    assert {key: (one.what, one.source) for key, one in told.evidence.items()} == {
        "threats": ("The child said so", "The child")
    }
    assert decided("score_screening", scoring()).words.keys() == {"screening"}


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"instrument": "nowhere"}, "there is no such version of such an instrument here"),
        ({"version": "99"}, "there is no such version of such an instrument here"),
        ({"language": "fr"}, "the instrument is not written in that language"),
        ({"answers": {"nothing": "yes"}}, "an answer is to no item of this instrument"),
        ({"evidence": {"nothing": {"what": "So it is"}}}, "an answer is to no item of this instrument"),
        ({"answers": {"threats": "perhaps"}}, "Input should be 'yes', 'no' or 'unknown'"),
        ({"answers": {}}, "should have at least 1 item"),
        ({"evidence": {"threats": {"what": "x" * 2_001}}}, "is longer than 2,000 characters"),
    ],
)
def test_what_no_instrument_asks_is_refused_in_a_sentence(said: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ValidationError) as error:
        scoring(**said)
    assert refusal in sentence(error)


def test_the_agencys_own_instrument_is_scored_where_it_is_at_hand(tmp_path: Path) -> None:
    lay(tmp_path / "agency")
    at_hand = {"shelf": instruments.shelf(tmp_path / "agency")}
    own = {"instrument": "ours", "answers": {"item-4": "yes"}}
    assert decided("score_screening", scoring(context=at_hand, **own)).data["points"] == 4
    with pytest.raises(ValidationError):
        scoring(**own)


def test_the_form_keeps_its_instrument_when_its_report_is_filled_in() -> None:
    told = acts.fill_in(ACT["score_screening"], scoring(about=""), [REPORT])
    assert decided("score_screening", told).about == "r"


def test_a_screening_may_be_scored_again_and_again_whatever_is_open() -> None:
    history: list[Event] = [REPORT]
    for hour in (1, 2, 3):
        told = scoring(at=hour * HOUR)
        acts.refuse_unless_possible(ACT["score_screening"], told, history, open_tasks(history), "one", MONDAY + 4 * HOUR)
        history.append(scored(hour * HOUR, seq=hour + 1))
    assert len([e for e in live(history) if e.fact is F.SCREENING_SCORED]) == 3


@calm
@given(orderly, st.integers(0, 400), st.sampled_from(instruments.IN_ORDER))
def test_scoring_changes_neither_a_track_nor_a_task(history: list[Event], hour: int, band: str) -> None:
    tasks = open_tasks(history)
    after = [*history, scored(hour * HOUR, "one", seq=99, band=band, band_at_most=band)]
    assert open_tasks(after) == tasks
    assert standing(after, tasks) == standing(history, tasks)


def test_the_last_score_of_a_report_is_that_which_happened_last() -> None:
    first, last, other = scored(HOUR, seq=2), scored(3 * HOUR, seq=3), scored(4 * HOUR, "s", seq=4)
    history = (REPORT, first, last, other)
    assert last_score(history, "r") == last
    assert last_score(history, "r", MONDAY + 3 * HOUR) == last
    assert last_score(history, "r", MONDAY + 2 * HOUR) == first
    assert last_score(history, "nowhere") is None


@pytest.mark.parametrize("act", DETERMINATIONS)
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_yes_and_a_no_to_a_flag_each_want_their_own_ground(act: str, flag: str, answer: str) -> None:
    for ground in ({}, {f"{flag}_ground": "  "}, {f"{other}_ground": "Of another flag" for other in FLAGS if other != flag}):
        with pytest.raises(ValidationError) as error:
            form(act, **DETERMINATIONS[act], **{flag: answer}, **ground)
        assert [e["loc"] for e in error.value.errors(include_input=False)] == [(f"{flag}_ground",)]
        assert "say what your yes or no rests on" in sentence(error)
    new = decided(act, form(act, **DETERMINATIONS[act], **{flag: answer, f"{flag}_ground": "The child said so"}))
    assert new.data[flag] == answer
    assert new.words[f"{flag}_ground"] == "The child said so"
    assert f"{flag}_ground" not in new.data


@pytest.mark.parametrize("act", DETERMINATIONS)
def test_flags_that_nobody_knows_want_no_ground_and_may_have_one(act: str) -> None:
    assert {decided(act, form(act, **DETERMINATIONS[act])).data[flag] for flag in FLAGS} == {"unknown"}
    assert form(act, **DETERMINATIONS[act], fed_severe_form_ground="Nobody was asked").fed_severe_form == "unknown"


@pytest.mark.parametrize("act", DETERMINATIONS)
def test_a_flag_that_is_none_of_the_answers_is_refused_for_itself_alone(act: str) -> None:
    with pytest.raises(ValidationError) as error:
        form(act, **DETERMINATIONS[act], ct_46a170="perhaps")
    assert [e["loc"] for e in error.value.errors(include_input=False)] == [("ct_46a170",)]


def test_the_three_flags_are_fields_of_their_own() -> None:
    assert set(FLAGS) | {f"{flag}_ground" for flag in FLAGS} <= Screened.model_fields.keys()


@pytest.mark.parametrize("act", DETERMINATIONS)
@pytest.mark.parametrize("band", ["none", "medium"])
def test_the_band_of_a_determination_is_that_of_the_last_score(act: str, band: str) -> None:
    history = (REPORT, scored(HOUR / 2, seq=2, band="low", band_at_most="low"), scored(seq=3))
    new = decided(act, form(act, **DETERMINATIONS[act], band=band), history)
    assert new.data["band"] == "medium"
    assert "band_at_most" not in new.data


@pytest.mark.parametrize("act", DETERMINATIONS)
def test_a_band_that_is_not_that_of_the_last_score_is_refused(act: str) -> None:
    open_still = scored(band="low", band_at_most="high", unknown=5)
    for band in ("medium", "high"):
        with pytest.raises(NotPossible, match="The last score of this report is “low, at most high: 5 unknown”"):
            decided(act, form(act, **DETERMINATIONS[act], band=band), (REPORT, open_still))


def test_a_determination_upon_an_open_band_says_how_high_it_may_be() -> None:
    history = (REPORT, scored(band="low", band_at_most="high", unknown=5))
    told = decided("believe_victim", form("believe_victim", note="What the child told"), history).data
    assert (told["band"], told["band_at_most"]) == ("low", "high")


@pytest.mark.parametrize("act", DETERMINATIONS)
def test_without_a_score_of_its_own_until_then_the_band_is_what_the_worker_says(act: str) -> None:
    later, of_another = scored(3 * HOUR, seq=2), scored(about="s", seq=3)
    new = decided(act, form(act, **DETERMINATIONS[act], band="high"), (REPORT, later, of_another))
    assert new.data["band"] == "high"


def test_the_lowest_score_hinders_no_determination() -> None:
    low = scored(band="low", band_at_most="low")
    told = form("identify_victim", note="What the child told")
    assert decided("identify_victim", told, (REPORT, low)).fact is F.VICTIM_IDENTIFIED


def test_a_case_is_placed_by_a_town_of_ours_alone() -> None:
    new = decided("place_case", form("place_case", about="", town="new haven", town_of="residence"))
    assert (new.data["district"], new.data["by"], new.words) == ("New Haven", "residence", {"town": "New Haven"})
    with pytest.raises(ValidationError) as error:
        form("place_case", town="Springfield", town_of="occurrence")
    assert "is not a town of Connecticut" in sentence(error)


@pytest.mark.parametrize("act", ["identify_victim", "believe_victim"])
def test_a_finding_rests_on_a_note_or_on_one_ground(act: str) -> None:
    with pytest.raises(ValidationError) as error:
        form(act, band="high")
    assert "say what it rests on" in sentence(error)
    assert form(act, fed_severe_form_ground="Money was paid").band == "none"


@pytest.mark.parametrize(("act", "more"), [("end_not_a_minor", {"rests_on": "an age told"}), ("end_not_a_resident", {})])
def test_an_end_without_a_determination_says_why(act: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form(act, **more)
    assert decided(act, form(act, reason="She moved away", **more)).words["reason"] == "She moved away"
