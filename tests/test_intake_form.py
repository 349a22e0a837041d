"""What a referral must and may say, and how a refusal reads."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt import forms
from mdt.intake import accept
from mdt.referral import LONGEST_NARRATIVE, MOST_SUSPECTED, THE_WHOLE, NewReferral, fields_wrong
from tests import making

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LEAST = {"report_no": "R26-1", "received_at": "2026-03-02 09:30", "mode": "oral", "reporter_mandated": "yes"}
NEEDED = ["mode", "received_at", "report_no"]
YES_NO = [
    "reported_in_school", "child_in_state", "lives_at_home", "in_dcf_care", "missing", "online_component",
    "suspected_has_care_or_access", "commercial_sex", "forced_labor", "force_fraud_coercion", "imminent_risk",
]  # fmt: skip
LINES = [
    "reporter_class", "reporter_name", "child_given_name", "child_family_name", "child_gender", "citizenship",
    "suspected_person", "suspected_relationship", "police_agency",
]  # fmt: skip


def take(**fields: object) -> NewReferral:
    return NewReferral.model_validate(LEAST | fields, context={"now": NOW})


def refusals(**fields: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        take(**fields)
    return {wrong.field: wrong.reason for wrong in fields_wrong(caught.value)}


# A year of referrals --------------------------------------------------------------------------------------------------


def test_every_referral_of_a_year_is_taken_or_refused_as_it_should_be() -> None:
    with (DATA / "referrals.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = dict(enumerate(csv.DictReader(file), 2))
    truth = json.loads((DATA / "referrals.truth.json").read_text(encoding="utf-8"))
    assert [line["row"] for line in truth] == list(rows)
    for line in truth:
        expected = {line["field"]} if line["is"] == "refused" else set()
        assert _fields_refused(rows[line["row"]]) == expected, f"row {line['row']}"


def _fields_refused(row: dict[str, str]) -> set[str]:
    try:
        NewReferral.model_validate(row, context={"now": NOW})
    except ValidationError as error:
        return {wrong.field for wrong in fields_wrong(error)}
    return set()


# What is needed -------------------------------------------------------------------------------------------------------


def test_a_report_that_knows_nothing_else_is_still_a_report() -> None:
    referral = take()
    told = referral.model_dump(exclude={*LEAST, "child_no", "suspected"})
    assert set(told.values()) == {None}
    assert (referral.child_no, referral.suspected) == (1, ())


def test_blanks_are_unknown_and_never_no() -> None:
    blank = take(**dict.fromkeys(set(NewReferral.model_fields) - set(LEAST), "  "))
    assert blank == take()


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize("value", ["", "  ", None, "\x00"])
def test_three_things_are_needed(field: str, value: object) -> None:
    assert refusals(**{field: value}).keys() == {field}


@pytest.mark.parametrize("field", NEEDED)
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NewReferral.model_validate({key: value for key, value in LEAST.items() if key != field})
    assert [str(wrong) for wrong in fields_wrong(caught.value)] == [f"{field}: is needed"]


def test_everything_wrong_is_told_at_once() -> None:
    wrong = refusals(report_no="", received_at="soon", mode="shouted", child_age="-1", missing="perhaps")
    assert set(wrong) == {"report_no", "received_at", "mode", "child_age", "missing"}


def test_a_field_we_do_not_know_is_refused_without_repeating_its_name() -> None:
    assert refusals(**{"Canary Canaryson": "x"}) == {THE_WHOLE: "has a field that a referral does not have"}


@pytest.mark.parametrize("submitted", [None, "Canary", 7, ["Canary"]])
def test_what_is_not_a_set_of_fields_is_refused(submitted: object) -> None:
    with pytest.raises(ValidationError) as caught:
        NewReferral.model_validate(submitted)
    assert [wrong.field for wrong in fields_wrong(caught.value)] == [THE_WHOLE]


# Yes, no, unknown -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", YES_NO)
@pytest.mark.parametrize(
    ("written", "meant"),
    [("yes", True), (" YES ", True), ("y", True), ("tRUE", True), ("1", True), (True, True), ("no", False),
     ("N", False), ("FALSE", False), ("0", False), (False, False), ("", None), ("unknown", None), (None, None)],
)  # fmt: skip
def test_yes_no_and_unknown_are_understood(field: str, written: object, meant: object) -> None:
    assert getattr(take(**{field: written}), field) is meant


@pytest.mark.parametrize("written", ["maybe", "yes?", "2", 0, 0.0, []])
def test_anything_else_is_neither_yes_nor_no(written: object) -> None:
    assert refusals(imminent_risk=written).keys() == {"imminent_risk"}


@pytest.mark.parametrize("written", ["unknown", "", None])
def test_whether_the_reporter_is_mandated_may_be_unknown_and_is_then_not_said(written: object) -> None:
    received = accept(take(reporter_mandated=written), "r").facts[0]
    assert "mandated" not in received.data


@pytest.mark.parametrize("mode", ["oral", " Electronic", "WRITTEN"])
def test_the_mode_is_understood_however_it_is_capitalised(mode: str) -> None:
    assert take(mode=mode).mode == mode.strip().lower()


def test_a_mode_we_do_not_know_is_refused_with_those_we_know() -> None:
    assert refusals(mode="fax") == {"mode": "is one of: oral, electronic, written"}


# Instants -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-01-02 09:47", "2026-01-02T14:47"),
        ("2026-07-02 09:47", "2026-07-02T13:47"),
        ("2026-07-02T09:47:00", "2026-07-02T13:47"),
        (" 7/2/2026 9:47 ", "2026-07-02T13:47"),
        ("2026-03-08 01:59", "2026-03-08T06:59"),
        ("2026-03-08 03:00", "2026-03-08T07:00"),
        ("2026-11-01 01:30", "2026-11-01T05:30"),  # comes twice: the earlier one
        (datetime(2026, 7, 2, 9, 47), "2026-07-02T13:47"),  # noqa: DTZ001 what a form gives
        (datetime(2026, 11, 1, 1, 30, fold=1), "2026-11-01T05:30"),  # noqa: DTZ001 what a form gives
        (datetime(2026, 7, 2, 9, 47, tzinfo=UTC), "2026-07-02T09:47"),
    ],
)
def test_eastern_time_becomes_utc(written: object, utc: str) -> None:
    assert take(received_at=written).received_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_an_hour_that_never_was_is_refused() -> None:
    assert refusals(received_at="2026-03-08 02:30") == {
        "received_at": "is in the hour that was left out when the clocks went forward",
    }


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("13/45/2026 25:99", "does not exist"),
        ("2026-02-29 10:00", "does not exist"),
        ("2026-01-02 24:00", "does not exist"),
        ("2026-01-02", "needs a day and a time"),
        ("yesterday", "can be read"),
        ("2026-01-02 09:47 EST", "can be read"),
        ("0026-01-02 09:47", "between the years"),
        ("9999-12-31 23:59", "between the years"),
        (1767365220, "can be read"),
        (True, "can be read"),
        (date(2026, 1, 2), "needs a day and a time"),
    ],
)
def test_impossible_instants_are_refused(written: object, reason: str) -> None:
    found = refusals(received_at=written)
    assert found.keys() == {"received_at"}
    assert reason in found["received_at"]


@pytest.mark.parametrize("field", ["received_at", "police_told_at"])
def test_nothing_has_happened_in_the_future(field: str) -> None:
    assert getattr(take(**{field: NOW}), field) == NOW
    assert refusals(**{field: NOW + timedelta(seconds=1)}) == {field: "lies in the future"}


def test_without_a_clock_the_future_cannot_be_told() -> None:
    assert NewReferral.model_validate(LEAST | {"received_at": "2099-01-01 00:00"}).received_at.year == 2099


# Days, numbers, towns, text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2012-07-04", "2012-7-4", "7/4/2012", "2012-07-04 00:00", date(2012, 7, 4)])
def test_a_birthdate_is_understood(written: object) -> None:
    assert take(child_birthdate=written).child_birthdate == date(2012, 7, 4)


@pytest.mark.parametrize("written", ["2012-02-30", "13/4/2012", "4.7.2012", "2012", "2012-07-04 10:00", "1899-12-31", 41094])
def test_impossible_birthdates_are_refused(written: object) -> None:
    assert refusals(child_birthdate=written).keys() == {"child_birthdate"}


def test_a_child_is_born_before_the_report_by_connecticuts_day() -> None:
    late = {"received_at": "2026-03-02 23:30"}  # already 3 March in Greenwich
    assert take(**late, child_birthdate="2026-03-02").child_birthdate == date(2026, 3, 2)
    assert refusals(**late, child_birthdate="2026-03-03") == {
        "child_birthdate": "is after the day on which the report was received",
    }


def test_an_adult_may_be_reported() -> None:
    assert take(child_birthdate="1990-01-01").child_birthdate == date(1990, 1, 1)


def test_an_incident_does_not_end_before_it_began() -> None:
    assert take(incident_from="2026-01-02", incident_to="2026-01-02").incident_to == date(2026, 1, 2)
    assert refusals(incident_from="2026-01-02", incident_to="2026-01-01").keys() == {"incident_to"}


@pytest.mark.parametrize(("written", "age"), [("0", 0), (" 14 ", 14), (9, 9), ("120", 120), ("", None)])
def test_an_age_is_a_whole_number(written: object, age: int | None) -> None:
    assert take(child_age=written).child_age == age


@pytest.mark.parametrize(
    "written",
    ["-1", "121", "14.5", "fourteen", "1_4", "١٤", pytest.param("9" * 5000, id="5000 digits"), -2, 122, True, 14.0],
)
def test_any_other_age_is_refused(written: object) -> None:
    assert refusals(child_age=written) == {"child_age": "is a whole number from 0 to 120"}


@pytest.mark.parametrize("field", ["child_residence_town", "incident_town"])
def test_a_town_is_written_as_we_write_it(field: str) -> None:
    assert getattr(take(**{field: " new  HAVEN "}), field) == "New Haven"


@pytest.mark.parametrize("field", ["child_residence_town", "incident_town"])
def test_a_misspelt_town_is_refused_with_the_likely_one(field: str) -> None:
    assert refusals(**{field: "Bridgport"}) == {field: "is not a town of Connecticut; did you mean Bridgeport?"}
    assert refusals(**{field: "Atlantis"}) == {field: "is not a town of Connecticut"}


def test_a_child_of_another_state_may_live_anywhere() -> None:
    assert take(child_in_state="no", child_residence_town="Springfield").child_residence_town == "Springfield"
    assert take(child_in_state="no").child_residence_town is None
    assert refusals(child_in_state="yes", child_residence_town="Springfield").keys() == {"child_residence_town"}
    assert refusals(child_residence_town="Springfield, MA").keys() == {"child_residence_town"}


def test_an_incident_in_another_state_is_told_with_its_state() -> None:
    assert take(incident_town="Springfield, MA").incident_town == "Springfield, MA"


@pytest.mark.parametrize("field", LINES)
def test_a_line_is_bounded_and_holds_no_control_characters(field: str) -> None:
    assert getattr(take(**{field: " Child\u202e\x07 \t\n A\x00\ud800 "}), field) == "Child A"
    assert getattr(take(**{field: "x" * 200}), field) == "x" * 200
    assert refusals(**{field: "x" * 201}) == {field: "is longer than 200 characters"}


def test_two_ways_of_writing_an_accent_are_one_name() -> None:
    assert take(child_given_name="Zoe\u0308") == take(child_given_name="Zoë")


def test_a_narrative_is_kept_as_it_is() -> None:
    told = ' =HYPERLINK("x")\r\n\tSaid: “no”\u2028\u202e \n'
    assert take(narrative=told).narrative == told
    assert take(narrative="a\x00b\x1b[31m").narrative == "ab[31m"
    assert take(narrative="\n \t").narrative is None


@pytest.mark.parametrize("field", ["narrative", "action_taken"])
def test_a_narrative_is_bounded(field: str) -> None:
    assert getattr(take(**{field: "x" * LONGEST_NARRATIVE}), field) == "x" * LONGEST_NARRATIVE
    assert refusals(**{field: "x" * (LONGEST_NARRATIVE + 1)}) == {field: "is longer than 50,000 characters"}


# Nothing leaks --------------------------------------------------------------------------------------------------------


def test_a_referral_shows_only_its_number() -> None:
    referral = take(child_given_name="Canary", narrative="Canary")
    assert repr(referral) == "NewReferral(report_no='R26-1')"
    assert "Canary" not in str(referral)


cells = st.one_of(st.text(max_size=40), st.sampled_from(["yes", "2026-01-02 10:00", "2026-01-02", "Hartford", "7", "oral"]))
anything = st.one_of(cells, st.none(), st.booleans(), st.integers(), st.floats(), st.datetimes(), st.dates(), st.binary())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NewReferral.model_fields, anything)))
def test_whatever_is_submitted_there_is_a_referral_or_fields_to_correct(row: dict[str, Any]) -> None:
    try:
        referral = NewReferral.model_validate(LEAST | row, context={"now": NOW})
    except ValidationError as error:
        refused = {wrong.field for wrong in fields_wrong(error)}
    else:
        refused = set()
        assert NewReferral.model_validate(referral.model_dump(), context={"now": NOW}) == referral
    assert refused <= set(row)


@given(st.fixed_dictionaries(dict.fromkeys(NewReferral.model_fields, cells.map(lambda cell: f"{cell}Qzx7"))))
def test_no_value_is_ever_repeated_in_a_refusal(row: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        NewReferral.model_validate(row)
    assert "Qzx7" not in str(caught.value)
    assert all("Qzx7" not in str(wrong) for wrong in fields_wrong(caught.value))


@given(st.text(max_size=300))
def test_what_is_kept_of_a_line_can_be_stored_and_typed_again(written: str) -> None:
    kept = forms.line(written, 10_000)
    assert kept is None or (kept.encode() and forms.line(kept, 10_000) == kept)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)))  # noqa: DTZ001 what a form gives
def test_local_time_is_kept_to_the_second_or_refused(typed: datetime) -> None:
    typed = typed.replace(microsecond=0, fold=0)
    try:
        utc = forms.instant(typed.isoformat(" "))
    except ValueError:
        assert typed.month in (1, 2, 3, 4)  # clocks go forward in spring, in 1942, 1974 and 1975 in winter
    else:
        assert utc is not None
        assert utc.astimezone(forms.EASTERN).replace(tzinfo=None) == typed


@pytest.mark.parametrize(
    ("told", "noncitizen"),
    [
        ("US", False), ("USA", False), ("U.S.", False), ("United States", False), ("Puerto Rico", False), ("US; MX", False),
        ("gt", True), ("Mexico", True), ("MX; GT", True), ("American", None), ("unknown citizenship", None), ("MX; ?", None),
        ("", None),
    ],
)  # fmt: skip
def test_who_is_no_citizen_is_never_guessed(told: str, noncitizen: bool | None) -> None:
    form = NewReferral.model_validate(making.row(citizenship=told))
    assert accept(form, "r").facts[0].data.get("noncitizen") is noncitizen


def test_a_suspected_person_too_many_is_told_with_how_many_there_may_be() -> None:
    persons = [{"alias": f"Person {n}"} for n in range(MOST_SUSPECTED + 1)]
    with pytest.raises(ValidationError) as caught:
        NewReferral.model_validate(making.row() | {"suspected": persons})
    assert [str(wrong) for wrong in fields_wrong(caught.value)] == ["suspected: can be of at most 20 persons"]
