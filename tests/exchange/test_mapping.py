"""A partner's columns become our fields: likeness of names proposes, a person's word decides, and nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import countries
from mdt.errors import BadFile
from mdt.exchange import foreign, mapping, spelling
from mdt.exchange.columns import ALL
from mdt.exchange.mapping import FIELDS, OUT, WORDS, Mapping, apply, lacking, propose, read, written
from mdt.referral import NewReferral

if TYPE_CHECKING:
    from collections.abc import Mapping as Cells

CANARY = "Canaryson"
CONSTANTS = {"mode": "oral", "reporter_mandated": "no"}


def table(*rows: Cells[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def rows(content: bytes, how: Mapping) -> list[dict[str, str]]:
    return [row for _, row in foreign.read(content, foreign.layout(content), how)]


def asked(content: bytes, how: Mapping) -> list[str]:
    return [question.says for question in foreign.questions(content, foreign.layout(content), how)]


# What is proposed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "where"),
    [
        ("report_no", "report_no"),
        ("Report No.", "report_no"),
        ("First Name", "child_given_name"),
        ("LASTNAME", "child_family_name"),
        ("D.O.B.", "child_birthdate"),
        ("Date of birth", "child_birthdate"),
        ("Birth-date", "child_birthdate"),
        ("recieved at", "received_at"),  # likeness
        ("Zip Code", "child_zip"),
        ("prs_FirstName", "child_given_name"),
        ("Favourite colour", WORDS),
        ("column 3", WORDS),
    ],
)
def test_a_column_is_proposed_by_its_name(column: str, where: str) -> None:
    assert propose([column]).columns == {column: where}


def test_no_two_columns_are_proposed_for_one_field() -> None:
    assert propose(["First name", "Given name"]).columns == {"First name": "child_given_name", "Given name": WORDS}


def test_every_field_but_the_list_of_suspected_may_be_a_columns() -> None:
    assert {*FIELDS} - {*mapping.PARTS} == {*ALL} - {"suspected"}


def test_words_are_proposed_with_the_fields_that_they_are_of() -> None:
    proposed = propose(["Sex", "Missing", "Narrative"])
    assert proposed.values["child_gender"]["f"] == "female"
    assert proposed.values["missing"]["ja"] == "yes"
    assert {*proposed.values} == {"child_gender", "missing"}


@given(st.lists(st.text(max_size=20), max_size=6, unique=True))
def test_whatever_the_columns_are_called_each_has_a_place_and_the_mapping_is_kept_as_it_is(columns: list[str]) -> None:
    proposed = propose(columns)
    assert list(proposed.columns) == columns
    assert read(json.loads(json.dumps(written(proposed)))) == proposed


@pytest.mark.parametrize("kept", [{"columns": {"a": "nowhere"}}, {"columns": {}, "rules": []}])
def test_a_mapping_of_another_version_is_refused(kept: dict[str, object]) -> None:
    with pytest.raises(BadFile, match="map them again"):
        read(kept)


# What is done ---------------------------------------------------------------------------------------------------------


def test_a_row_is_made_of_columns_words_and_what_holds_for_all() -> None:
    how = Mapping({"No": "report_no", "Sex": "child_gender", "Notes": "narrative", "Ward": WORDS, "Id": OUT},
                  {"child_gender": {"f": "female"}}, {"mode": "oral"})  # fmt: skip
    said = apply(how, {"No": "7", "Sex": " F ", "Notes": "What was told.", "Ward": "3", "Id": "x", "Blank": " "})
    assert said == {
        "report_no": "7", "child_gender": "female", "mode": "oral",
        "narrative": "What was told.\n\nFrom the file:\nWard: 3",
    }  # fmt: skip


def test_what_a_row_says_goes_before_what_holds_for_all() -> None:
    how = Mapping({"Mode": "mode"}, constants={"mode": "oral"})
    assert [apply(how, {"Mode": text})["mode"] for text in ("written", "")] == ["written", "oral"]


@given(st.dictionaries(st.text("abc", min_size=1), st.text(st.characters(exclude_categories=["Cs"])), max_size=5), st.data())
def test_nothing_that_is_not_left_out_is_lost(row: dict[str, str], data: st.DataObject) -> None:
    fields = st.sampled_from([WORDS, "child_given_name", "parents", "narrative", "child_street", "citizenship"])
    how = Mapping({column: data.draw(fields) for column in row})
    said = "\n".join(apply(how, row).values())
    for column, text in row.items():
        if how.columns[column] != "citizenship" or spelling.citizenship(text.strip()) is None:
            assert text.strip() in said


def test_the_address_is_one_line_and_the_city_a_town_only_in_connecticut() -> None:
    how = Mapping({"S": "child_street", "C": "child_city", "T": "child_state", "Z": "child_zip"})
    said = apply(how, {"S": "1 Elm Street", "C": "Hartford", "T": "Conn.", "Z": "06103"})
    assert said == {"child_address": "1 Elm Street, Hartford, Conn. 06103", "child_residence_town": "Hartford"}
    assert apply(how, {"C": "Springfield", "T": "MA"}) == {"child_address": "Springfield, MA"}


def test_what_every_referral_needs_is_missed_if_nothing_says_it() -> None:
    assert lacking(Mapping({})) == ["report_no", "received_at", "mode", "reporter_mandated"]
    assert lacking(Mapping({"When": "received_at"}, constants={"mode": "oral", "reporter_mandated": ""}, numbered=True)) == [
        "reporter_mandated"
    ]


# Days, clocks, countries, telephones ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "meant"),
    [
        ("2026-01-31", "day first", "2026-01-31"),
        ("31/1/2026", "day first", "2026-1-31"),
        ("31.01.2026 14:05", "day first", "2026-01-31 14:05"),
        ("1-31-2026", "month first", "2026-1-31"),
        ("2026/01/31", "year first", "2026-01-31"),
        ("20260131 0905", "year first", "2026-01-31 0905"),
        ("1/31/2026 2:05 PM", "", "1/31/2026 14:05"),
        ("1/31/2026 12:05 a.m.", "", "1/31/2026 00:05"),
        ("1/31/2026 12:05:30 pm", "", "1/31/2026 12:05"),
        ("31/1/26", "day first", "31/1/26"),  # which century is not guessed
        ("soon", "day first", "soon"),
    ],
)
def test_a_day_is_read_as_the_source_writes_it(text: str, style: str, meant: str) -> None:
    assert spelling.redated(text, style) == meant


def test_a_day_without_a_time_takes_the_one_that_is_meant() -> None:
    assert spelling.ours("received_at", "2026-03-02", "", "09:00") == "2026-03-02 09:00"
    assert spelling.ours("received_at", "2026-03-02 08:00", "", "09:00") == "2026-03-02 08:00"
    assert spelling.ours("child_birthdate", "2012-03-02", "", "09:00") == "2012-03-02"


def test_days_that_cannot_be_ours_are_asked_about_and_then_taken() -> None:
    first = {"No": "1", "When": "2026-03-02 09:00", "Born": "05/03/2012"}
    content = table(first, {**first, "No": "2", "Born": "31/03/2012"})
    how = Mapping({"No": "report_no", "When": "received_at", "Born": "child_birthdate"}, constants=CONSTANTS)
    assert asked(content, how) == [
        "The days in column Born are not written like 2026-01-31 or 1/31/2026; say how they are written."
    ]
    said = rows(content, Mapping(how.columns, constants=CONSTANTS, dates="day first"))
    assert [str(NewReferral.model_validate(row).child_birthdate) for row in said] == ["2012-03-05", "2012-03-31"]


def test_a_day_that_no_calendar_has_is_no_question_but_a_refused_row() -> None:
    content = table({"No": "1", "When": "2026-02-30 09:00"})
    assert asked(content, Mapping({"No": "report_no", "When": "received_at"}, constants=CONSTANTS)) == []


@pytest.mark.parametrize(("text", "code"), [
    ("US", "US"), ("u.s.a.", "US"), ("United States", "US"), ("gtm", "GT"), ("Bolivia", "BO"), ("Viet Nam", "VN"),
    ("South Korea", "KR"), ("Korea", None), ("Congo", "CG"), ("", None), ("nowhere", None),
])  # fmt: skip
def test_a_country_is_known_by_its_letters_or_its_name(text: str, code: str | None) -> None:
    assert countries.alpha2(text) == code


@pytest.mark.parametrize(("text", "meant"), [
    ("+1 203-555-0142", "+12035550142"), ("(203) 555.0142", "2035550142"), ("001 203 555 0142", "+12035550142"),
    ("555-0142 ext. 7", "555-0142 ext. 7"), ("0", "0"),
])  # fmt: skip
def test_a_telephone_number_is_tidied_and_given_no_country(text: str, meant: str) -> None:
    assert spelling.phone(text) == meant


# The file against its mapping -----------------------------------------------------------------------------------------


def test_a_file_with_other_columns_than_were_mapped_is_refused_with_their_names() -> None:
    how = Mapping({"No": "report_no", "When": "received_at", "Ward": WORDS}, constants=CONSTANTS)
    with pytest.raises(BadFile, match="columns that this source did not have before: School"):
        rows(table({"No": "1", "When": "2026-03-02 09:00", "Ward": "3", "School": "x"}), how)
    with pytest.raises(BadFile, match="lacks columns that this source had before: Ward"):
        rows(table({"No": "1", "When": "2026-03-02 09:00"}), how)


def test_a_column_twice_is_refused() -> None:
    with pytest.raises(BadFile, match="the column No more than once"):
        foreign.layout(b"No,When,No\r\n1,2,3\r\n")


def test_a_column_without_a_name_has_a_number_and_is_kept_unless_it_only_counts() -> None:
    content = b"No,,When\r\n1,seen,2026-03-02 09:00\r\n2,7,2026-03-02 09:00\r\n"
    how = Mapping({"No": "report_no", "When": "received_at", "column 2": WORDS}, constants=CONSTANTS)
    first, second = rows(content, how)
    assert first["narrative"] == "From the file:\ncolumn 2: seen"
    assert "narrative" not in second


def test_cells_beyond_the_last_column_are_refused() -> None:
    how = Mapping({"No": "report_no", "When": "received_at"}, constants=CONSTANTS)
    with pytest.raises(BadFile, match="Row 2 goes on beyond the last column"):
        rows(b"No,When\r\n1,2026-03-02 09:00,Canaryson\r\n", how)


def test_a_file_of_columns_alone_is_refused() -> None:
    with pytest.raises(BadFile, match="column names but no referrals"):
        rows(b"No,When\r\n", Mapping({"No": "report_no", "When": "received_at"}, constants=CONSTANTS))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadFile, match="The file is empty"):
        foreign.layout(b"")


def test_a_first_row_of_long_texts_holds_no_names_of_columns() -> None:
    with pytest.raises(BadFile, match="does not hold the names of columns") as caught:
        foreign.layout(f"No,{CANARY * 20}\r\n".encode())
    assert CANARY not in str(caught.value)


def test_no_question_repeats_a_cell() -> None:
    content = table({"No": CANARY, "When": CANARY, "Zip": CANARY}, {"No": "2", "When": "2026-03-02", "Zip": "US"})
    how = Mapping({"No": "report_no", "When": "received_at", "Zip": "child_zip"})
    assert CANARY not in " ".join(asked(content, how))


def test_what_is_in_a_column_is_told_by_its_kind() -> None:
    content = table({"When": "31.3.2026", "Zip": "06510", "Who": CANARY, "Told": "yes", "None": ""})
    assert foreign.described(content, foreign.layout(content)) == {
        "When": "days in 1 of 1 rows", "Zip": "ZIP codes in 1 of 1 rows", "Who": "text in 1 of 1 rows",
        "Told": "yes or no in 1 of 1 rows",
    }  # fmt: skip


def test_our_own_layout_is_known_in_a_partners_folder() -> None:
    content = table(dict.fromkeys(ALL, ""), dict.fromkeys(ALL, "x"))
    assert foreign.layout(content).is_ours


def test_json_with_a_partners_names_is_mapped_too() -> None:
    content = json.dumps([{"No": "1", "When": "2026-03-02 09:00", "child": {"given_name": "Child"}}]).encode()
    assert propose(foreign.layout(content).columns).columns == {
        "No": WORDS,
        "When": WORDS,
        "child_given_name": "child_given_name",
    }
