"""Referrals as JSON: a list of objects, children and suspected persons nested, and what is no JSON refused in a sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.errors import BadFile
from mdt.exchange import cells, referrals
from mdt.exchange.columns import COLUMNS, as_said
from mdt.referral import NewReferral

if TYPE_CHECKING:
    from pathlib import Path

REPORT = {"report_no": "J-1", "received_at": "2026-03-02 09:30", "mode": "oral", "reporter_mandated": True}
CANARY = "Canary"


def written(value: object, encoding: str = "utf-8") -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(encoding)


def read(content: object) -> list[dict[str, str]]:
    source = content if isinstance(content, bytes) else written(content)
    return [{name: text for name, text in row.items() if text} for _, row in referrals.read(source)]


def refusal(content: bytes) -> str:
    with pytest.raises(BadFile) as caught:
        referrals.read(content)
    assert CANARY not in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def forms(content: object) -> list[NewReferral]:
    return [NewReferral.model_validate(as_said(row)) for row in read(content)]


@pytest.mark.parametrize("whole", [[REPORT], {"referrals": [REPORT]}])
def test_a_list_or_an_object_with_the_list_is_read(whole: object) -> None:
    assert read(whole) == [{**REPORT, "reporter_mandated": "yes"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_in_any_unicode_is_read_with_or_without_a_mark(encoding: str) -> None:
    (row,) = read(written([{**REPORT, "child_given_name": "Thảo \U0001f600"}], encoding))
    assert row["child_given_name"] == "Thảo \U0001f600"


def test_a_referral_is_numbered_by_its_place_in_the_list() -> None:
    rows = referrals.read(written([REPORT, {**REPORT, "report_no": "J-2"}]))
    assert [(number, row["report_no"]) for number, row in rows] == [(1, "J-1"), (2, "J-2")]


def test_what_an_object_leaves_out_is_unknown_but_what_every_report_needs_must_be_there() -> None:
    (row,) = referrals.read(written([REPORT]))
    assert {*row[1]} == {*COLUMNS}
    assert refusal(written([{"report_no": "J-1", "narrative": CANARY}])) == (
        "The file lacks the columns received_at, mode, reporter_mandated."
    )


def test_numbers_are_kept_as_they_were_written() -> None:
    (row,) = read(b'[{"report_no": 1234567890123456789012, "received_at": "2026-03-02 09:30", "mode": "oral",'
                  b' "reporter_mandated": true, "child_age": 7.0}]')  # fmt: skip
    assert (row["report_no"], row["child_age"]) == ("1234567890123456789012", "7.0")


def test_a_child_may_be_an_object_of_its_own() -> None:
    child = {"given_name": "Child", "family_name": "A", "birthdate": "2012-07-04", "citizenship": "GT", "missing": False}
    (form,) = forms([{**REPORT, "child": child}])
    assert (form.child_given_name, form.child_family_name, form.citizenship, form.missing) == ("Child", "A", "GT", False)
    assert form.child_birthdate is not None


def test_one_report_of_several_children_is_a_row_for_each() -> None:
    children = [{"given_name": "Child", "family_name": name} for name in "ABC"]
    found = forms([{**REPORT, "narrative": "What was told.", "children": children}])
    assert [(f.report_no, f.child_no, f.child_family_name) for f in found] == [
        ("J-1", 1, "A"),
        ("J-1", 2, "B"),
        ("J-1", 3, "C"),
    ]
    assert {f.narrative for f in found} == {"What was told."}


def test_suspected_persons_may_be_several_objects() -> None:
    persons = [{"alias": "Mr. B", "has_care_or_access": True}, {"name": "Person C", "phone": "+12035550142"}]
    (form,) = forms([{**REPORT, "suspected": persons}])
    assert [(one.name, one.alias, one.has_care_or_access) for one in form.suspected] == [
        (None, "Mr. B", True),
        ("Person C", None, None),
    ]


def test_a_suspected_person_may_be_a_word_or_nothing() -> None:
    assert forms([{**REPORT, "suspected": "a driver"}])[0].suspected_person == "a driver"
    assert forms([{**REPORT, "suspected": None}, {**REPORT, "suspected": []}])[1].suspected == ()


def test_a_list_of_words_is_one_text_and_nothing_is_nothing() -> None:
    (row,) = read([{**REPORT, "prior_cases": ["one", None, "two"], "child": None, "children": []}])
    assert row["prior_cases"] == "one; two"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b'[{"report_no": NaN}]', "NaN or Infinity"),
        (b'[{"child_age": -Infinity}]', "NaN or Infinity"),
        (b'[{"report_no": "Canary", "report_no": "2"}]', "names the same field twice"),
        (b'[{"child": {"given_name": "Canary", "given_name": "2"}}]', "names the same field twice"),
        (b'[{"report_no": "Canary"', "is not good JSON: line 1, character 24"),
        (b'[{"report_no": "Canary"},]', "is not good JSON"),
        (b'[1, "Canary"]', "Referral 1 is not an object"),
        (b'[{"report_no": "1"}, ["Canary"]]', "Referral 2 is not an object"),
        (b"[]", "is empty"),
        (b"[{}]", "is empty"),
        (b'{"referrals": {"Canary": 1}}', "neither a list of referrals"),
        (b'{"Canary": []}', "neither a list of referrals"),
        (b'{"referrals": [], "Canary": 1}', "holds something else"),
        (
            b'[{"report_no": "1", "child_given_name": "Canary", "child": {"given_name": "x"}}]',
            "both of the child and beside it",
        ),
        ('[{"report_no": "Canar\u00ed"}]'.encode("latin-1"), "is not in UTF-8 or UTF-16"),
        (b'[{"Canary & mother": 1, "report_no": 1, "mode": 2, "received_at": 3}]', "a referral does not have: column 1"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_cannot_be_read_is_refused_in_a_sentence_that_repeats_nothing(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_more_fields_than_any_file_has_are_refused() -> None:
    assert "more than 500 different fields" in refusal(written([{f"f{n}": "1" for n in range(501)}]))


def test_json_of_more_than_it_may_hold_in_memory_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as large:
        large.write(b"[")
        large.truncate(cells.LARGEST_JSON + 1)
    with pytest.raises(BadFile, match="JSON of more than 32 MB"):
        referrals.read(file)


def test_a_suspected_person_in_a_sheet_has_columns_of_her_own() -> None:
    row = {**REPORT, "reporter_mandated": "yes", "suspected_person": "Person C", "suspected_phone": "+12035550142",
           "suspected_vehicle": "AB 12345", "suspected": '[{"alias": "Mr. B"}]'}  # fmt: skip
    form = NewReferral.model_validate(as_said({**dict.fromkeys(COLUMNS, ""), **row}))
    assert [(one.name, one.alias, one.phone, one.vehicle) for one in form.suspected] == [
        ("Person C", None, "+12035550142", "AB 12345"), (None, "Mr. B", None, None),
    ]  # fmt: skip
    assert form.suspected_person is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from([*COLUMNS, "child", "children", "suspected"]), values, max_size=6), max_size=3))
def test_any_objects_are_rows_or_a_refusal(entries: list[dict[str, Any]]) -> None:
    whole = [{**REPORT, **entry} for entry in entries]
    with suppress(BadFile):
        assert all(isinstance(text, str) for row in read(whole) for text in row.values())
