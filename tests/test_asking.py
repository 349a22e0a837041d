"""What is still to be asked of whoever reports, what does not fit together, and which clocks a report would start."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import asking
from mdt.asking import as_typed, person_understood, starts, to_ask, understood
from mdt.referral import NewReferral, Suspected
from tests.making import MONDAY, referral

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.asking import Clock

NAMELESS = {"child_given_name": "", "child_family_name": "", "child_residence_town": ""}
WHOLE = {
    "child_address": "1 Elm Street", "parents": "Parent A", "child_age": "14", "child_gender": "female", "narrative": "Told.",
    "incident_from": "2026-02-01", "prior_harm": "None told.", "how_known": "The child said so.", "suspected_person": "a man",
    "why_suspected": "Named by the child.", "prior_cases": "None known.", "action_taken": "A doctor was called.",
}  # fmt: skip


def items(form: NewReferral) -> list[int | None]:
    return [ask.item for ask in to_ask(form)]


def odd(**cells: str) -> list[str]:
    return [ask.words for ask in to_ask(referral(**cells)) if ask.item is None]


def by_title(found: list[Clock]) -> dict[str, Clock]:
    return {clock.title: clock for clock in found}


def test_of_a_report_that_knows_nothing_every_one_of_the_eleven_items_is_asked() -> None:
    assert set(items(referral(**NAMELESS))) - {None} == set(range(1, 12))


def test_of_a_report_that_knows_something_of_each_item_nothing_is_asked() -> None:
    assert to_ask(referral(**WHOLE)) == []


@pytest.mark.parametrize(
    ("blank", "item"),
    [("child_address", None), ("parents", 1), ("child_age", 2), ("child_gender", 3), ("narrative", 4), ("incident_from", 5),
     ("prior_harm", 6), ("how_known", 7), ("suspected_person", 8), ("why_suspected", 9), ("prior_cases", 10),
     ("action_taken", 11)],
)  # fmt: skip
def test_an_item_is_asked_for_as_long_as_nothing_is_known_of_it(blank: str, item: int | None) -> None:
    assert items(referral(**{**WHOLE, blank: ""})) == ([] if item is None else [item])  # the town says where, too


def test_a_fragment_of_a_suspected_person_answers_who() -> None:
    assert 8 not in items(NewReferral.model_validate(referral().model_dump() | {"suspected": [{"vehicle": "a grey van"}]}))


def test_no_is_an_answer_but_unknown_is_not() -> None:
    asks = to_ask({"child_age": 0, "prior_harm": None, "narrative": ""})
    assert 2 not in [ask.item for ask in asks]
    assert {4, 6} <= {ask.item for ask in asks}


def test_an_age_that_the_birthdate_contradicts_is_asked_about_and_not_put_right() -> None:
    (words,) = odd(child_age="16", child_birthdate="2011-03-03")  # fifteen tomorrow
    assert words.startswith("The age told is 16, but the birthdate makes 14.")
    assert odd(child_age="15", child_birthdate="2011-03-03") == []  # a year is what a birthday makes
    assert odd(child_age="15", child_birthdate="2011-03-02") == []


@pytest.mark.parametrize(("born", "is_of_age"), [("2008-03-02", True), ("2008-03-03", False)])
def test_a_child_of_eighteen_on_the_day_is_asked_about_and_taken(born: str, is_of_age: bool) -> None:
    assert [words.startswith("The child would be 18") for words in odd(child_birthdate=born)] == [True] * is_of_age


def test_a_birthdate_after_an_age_of_twenty_told_counts_not_the_age() -> None:
    assert len(odd(child_age="20", child_birthdate="2011-03-03")) == 1  # they differ; of age she is not
    assert odd(child_age="20")[0].startswith("The child would be 18")


def test_an_incident_before_birth_or_after_the_report_is_asked_about() -> None:
    assert odd(child_birthdate="2011-03-03", incident_from="2011-03-02")[0].startswith("It is said to have happened before")
    assert odd(child_birthdate="2011-03-03", incident_from="2011-03-03") == []
    assert odd(incident_to="2026-03-03")[0].startswith("It is said to have gone on after")
    assert odd(incident_to="2026-03-02") == []


def test_without_any_town_one_is_asked_for_and_either_will_do() -> None:
    assert odd(child_residence_town="")[0].startswith("In which town")
    assert odd(child_residence_town="", incident_town="Hartford") == []


def test_a_child_from_elsewhere_in_a_town_of_ours_is_asked_about() -> None:
    assert odd(child_in_state="no")[0].startswith("The child is said not to live in Connecticut")
    assert odd(child_in_state="no", child_residence_town="Springfield, MA") == []


def test_a_form_without_a_day_asks_for_no_age_by_it() -> None:
    told = {"child_birthdate": referral(child_birthdate="2000-01-01").child_birthdate, "incident_town": "Hartford"}
    told["reporter_mandated"] = True
    assert [ask for ask in to_ask(told) if ask.item is None] == []
    assert [ask for ask in to_ask(told, MONDAY) if ask.item is None]


def test_what_is_asked_of_each_child_is_told_from_what_is_asked_once() -> None:
    assert {ask.item for ask in asking.QUESTIONS if ask.is_of_the_child} == {1, 2, 3}


def test_every_question_fills_a_field_that_there_is() -> None:
    assert {field for ask in asking.QUESTIONS for field in ask.fields} <= set(NewReferral.model_fields)


def hours(clock: Clock, since: datetime = MONDAY) -> float:
    return (clock.due - since) / timedelta(hours=1)


def test_a_mandated_oral_report_starts_the_twelve_hours_and_the_written_report() -> None:
    found = by_title(starts(referral(), MONDAY))
    assert hours(found["notify the police"]) == 12
    assert found["notify the police"].cite == "CGS § 17a-101b(c)"
    assert (hours(found["send the written report"]), found["send the written report"].who) == (48, "mandated reporter")


def test_an_electronic_report_needs_no_written_one() -> None:
    assert "send the written report" not in by_title(starts(referral(mode="electronic"), MONDAY))


def test_a_report_by_anyone_else_gives_twenty_four_hours() -> None:
    found = by_title(starts(referral(reporter_mandated="no"), MONDAY))
    assert hours(found["notify the police"]) == 24
    assert found["notify the police"].cite == "CGS § 17a-103(c)"


def test_its_class_would_start_two_hours_or_seventy_two() -> None:
    once = {clock.once: hours(clock) for clock in starts(referral(), MONDAY) if clock.once}
    assert once == {"once classified emergency": 2, "once classified other": 72}


def test_what_is_due_immediately_is_due_at_once_and_nothing_else_is() -> None:
    at_once = [clock.title for clock in starts(referral(reported_in_school="yes"), MONDAY) if clock.at_once]
    assert at_once == ["act on the report made in a school", "classify the report"]


def test_a_child_missing_from_care_starts_the_twenty_four_hours_of_the_federal_law() -> None:
    found = by_title(starts(referral(missing="yes", in_dcf_care="yes"), MONDAY))
    assert hours(found["report the missing child to NCMEC"]) == 24
    assert "report the missing child to NCMEC" not in by_title(starts(referral(missing="yes"), MONDAY))


def test_the_clocks_count_from_receipt_and_not_from_the_typing() -> None:
    later = MONDAY + timedelta(hours=5)
    assert hours(by_title(starts(referral(), later))["notify the police"]) == 12


def test_what_cannot_be_read_is_said_and_the_rest_is_understood() -> None:
    typed = {
        "child_birthdate": "2011-02-30",
        "child_age": "young",
        "child_given_name": "Child",
        "child_residence_town": "Bridgport",
    }
    told, wrong = understood(typed, MONDAY)
    assert told == {"child_given_name": "Child"}
    assert {bad.field: bad.reason for bad in wrong} == {
        "child_birthdate": "is a date or time that does not exist",
        "child_age": "is a whole number from 0 to 120",
        "child_residence_town": "is not a town of Connecticut; did you mean Bridgeport?",
    }


def test_days_are_read_as_they_are_written_here_and_elsewhere() -> None:
    american, iso = (understood({"child_birthdate": day}, MONDAY) for day in ("07/23/2011", "2011-07-23"))
    assert american == iso
    assert american[1] == []


def test_a_time_to_come_is_said_and_left_out() -> None:
    told, wrong = understood({"received_at": "2026-03-02 09:01"}, MONDAY)
    assert told == {}
    assert [bad.reason for bad in wrong] == ["lies in the future"]


@given(st.dictionaries(st.sampled_from(sorted(set(NewReferral.model_fields) - {"suspected"})), st.text(max_size=30)))
def test_whatever_is_typed_is_either_understood_or_said_to_be_wrong(typed: dict[str, str]) -> None:
    told, wrong = understood(typed, MONDAY)
    named = {bad.field for bad in wrong}
    assert set(told) | named <= set(typed)
    assert not set(told) & named
    assert to_ask(told, MONDAY) is not None


def test_of_a_suspected_person_what_is_too_long_is_said_and_the_rest_is_kept() -> None:
    person, wrong = person_understood({"alias": "A", "place": "x" * 201, "has_care_or_access": "perhaps"})
    assert person == Suspected(alias="A")
    assert wrong == {
        "place": "is longer than 200 characters",
        "has_care_or_access": "say yes, no, or leave it blank if unknown",
    }
    assert person_understood({"alias": "A"}) == (Suspected(alias="A"), {})


@pytest.mark.parametrize(
    ("name", "said"),
    [("A", "one letter"), ("=1+1", "signs that a name seldom has"), ("<b>x</b>", "signs that a name seldom has"),
     ("12", "no letter"), ("Мария", "not in Latin letters"), ("Ana 🌻", "no letters")],
)  # fmt: skip
def test_of_an_odd_name_it_is_said_that_it_is_kept(name: str, said: str) -> None:
    assert said in as_typed(name)
    assert "kept" in as_typed(name)


@pytest.mark.parametrize("name", ["", "  ", "Siobhán", "Ana-Lucía", "O'Brien", "Nguyễn", "Li"])
def test_of_a_name_that_is_not_odd_nothing_is_said(name: str) -> None:
    assert as_typed(name) == ""
