"""Who this may be: the same child is found through every slip that people make, her twin is not, and nobody is like nobody."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import create_engine, insert

from bench import children
from mdt import likeness, linkage
from mdt.casework.alike import AT_ONCE
from mdt.likeness import Described, DescribedPerson, between, persons_alike
from mdt.names import sound_of, words_of
from mdt.records.tables import BLIND_INDEX
from mdt.referral import NewReferral
from mdt.store import blind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdt.linkage import Pair

DATA = Path(__file__).parent / "data"
DAY = date(2012, 5, 21)
CHILD = Described("Catherine", "Exemplar", DAY, None, "female", "New Haven", "203-555-0142")
texts = st.text(max_size=12) | st.sampled_from(["", "A", "李", "小龍", "😀", "' -", "Ñ", "x" * 200])
described = st.builds(
    Described, texts, texts, st.none() | st.dates(date(2005, 1, 1), date(2026, 1, 1)), st.none() | st.integers(2005, 2026),
    st.sampled_from(["", "female", "M", "unknown", "nonbinary"]), texts, st.text(max_size=14),
)  # fmt: skip


def told(**changes: object) -> Described:
    """The child as told of with these changes."""
    fields = {name: getattr(CHILD, name) for name in Described.__slots__}
    return Described(**(fields | changes))  # type: ignore[arg-type]


def link(new: dict[str, Described], known: dict[str, Described]) -> list[Pair]:
    """The pairs alike, as the flow finds them: each of the new against those known who share enough of the blind index."""
    key, ids, asked = b"k" * 32, list(new), [blind.child_asked(b"k" * 32, child) for child in new.values()]
    tokens = [(name, *token) for name, child in known.items() for token in set(blind.child_tokens(key, child))]
    rows = [dict(zip(("case_id", "kind", "token"), row, strict=True)) for row in tokens]
    candidates: dict[str, dict[str, Described]] = {}
    with create_engine("sqlite://").begin() as connection:
        BLIND_INDEX.create(connection)
        connection.execute(insert(BLIND_INDEX), rows)
        for start in range(0, len(ids), AT_ONCE):
            for n, other in blind.candidates_of_many(connection, asked[start : start + AT_ONCE]):
                if other != ids[start + n]:
                    candidates.setdefault(ids[start + n], {})[other] = known[other]
    return likeness.pairs_alike(new, candidates)


def is_found(other: Described) -> bool:
    return between(CHILD, other).score >= likeness.threshold()


# Two by two. -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (told(), "same name"),
        (told(given="CATHERINE", family="exemplár"), "same name"),
        (told(given="Exemplar", family="Catherine"), "names swapped"),
        (told(given="", family="Catherine Exemplar"), "same words in the name"),
        (told(family="Exempler"), "one letter differs"),
        (told(given="Exempler", family="Catherine"), "one letter differs"),
        (told(given="Katie"), "short form of the name"),
        (told(given="Cath"), "short form of the name"),
        (told(given="Catherine Rose"), "short form of the name"),
        (told(family="Exemplar Sample"), "short form of the name"),
        (told(given="Kathryn", family="Eksemplar"), "name sounds alike"),
        (told(given="C."), "same name and initial"),
        (told(birthdate=date(2012, 5, 22)), "birthdate a day off"),
        (told(birthdate=date(2013, 5, 21)), "one digit of the birthdate differs"),
        (told(birthdate=None, born=2011), "age agrees"),
        (told(town="Hamden", phone=""), "same birthdate"),
        (told(phone="+1 (203) 555 0142"), "phone matches"),
    ],
)  # fmt: skip
def test_the_same_child_is_found_through_a_slip_and_its_reason_is_told(other: Described, reason: str) -> None:
    assert is_found(other)
    assert reason in between(CHILD, other).reasons


def test_day_and_month_may_be_swapped() -> None:
    one, other = told(birthdate=date(2012, 5, 4)), told(birthdate=date(2012, 4, 5))
    assert "day and month swapped" in between(one, other).reasons
    assert between(one, other).score >= likeness.threshold()


@pytest.mark.parametrize(
    "other",
    [
        told(given="Oliver"),  # a twin
        told(given="Oliver", birthdate=DAY + timedelta(days=700)),  # a sibling
        told(birthdate=DAY - timedelta(days=9_000)),  # a mother of the same name
        told(birthdate=date(2015, 11, 3), town="Salem", phone=""),  # a namesake
        told(given="Anna", family="Sample", town="Salem", phone=""),  # born on the same day
        told(given="", family="", birthdate=None),  # of the same household, at most
        told(family="", birthdate=None, town="", phone=""),  # of the same given name
    ],
)
def test_who_shares_much_and_is_somebody_else_is_not_taken_for_her(other: Described) -> None:
    assert not is_found(other)


def test_what_does_not_agree_is_told_too() -> None:
    found = between(CHILD, told(town="Salem", birthdate=date(2012, 1, 3)))
    assert found.against == ("same birth year", "another town")


@pytest.mark.parametrize(
    "nobody", [Described(), Described(given="😀", family="-"), Described(town="New Haven", gender="female")]
)
def test_nobody_is_like_nobody(nobody: Described) -> None:
    assert between(nobody, nobody) == likeness.Likeness("other", 0, ())
    assert likeness.alike(nobody, {"n": nobody, "c": CHILD}) == []
    assert likeness.pairs_alike({"a": nobody}, {"a": {"b": nobody}}) == []


def test_a_phone_alone_is_no_child() -> None:
    assert (
        likeness.alike(Described(phone="203-555-0142", town="New Haven"), {"c": told(given="", family="", birthdate=None)})
        == []
    )


def test_names_of_one_letter_are_initials_and_agree_in_little() -> None:
    child_a = Described("Child", "A", None, None, "female", "New Haven")
    assert 0 < between(child_a, child_a).score < likeness.threshold()
    assert between(Described("A", "B"), Described("A", "B")).score == 0
    assert between(child_a, Described("Child", "B", None, None, "female", "New Haven")).score < 0.1


def test_a_name_in_other_letters_is_a_name() -> None:
    hers = Described("小龍", "李", DAY)
    assert between(hers, Described("李", "小龍", DAY)).reasons == ("names swapped", "same birthdate")
    assert not between(hers, Described("王", "芳", DAY)).score >= likeness.threshold()


def test_numbers_in_a_name_are_no_slips_of_each_other() -> None:
    assert between(Described("Child", "Number 17", DAY), Described("Child", "Number 18", DAY)).score < likeness.threshold()


@settings(max_examples=30, deadline=None)
@given(described, described)
def test_whatever_is_told_a_score_comes_of_it_that_is_the_same_both_ways(one: Described, other: Described) -> None:
    there, back = between(one, other), between(other, one)
    assert there == back
    assert 0 <= there.score <= 1
    assert bool(there.score) <= bool(there.reasons)


@settings(max_examples=15, deadline=None)
@given(described)
def test_a_child_is_never_less_like_herself_than_like_another(child: Described) -> None:
    alike = {one.id: one.score for one in likeness.alike(child, {"herself": child, "another": CHILD})}
    assert alike.get("herself", 0) >= alike.get("another", 0)


def test_the_likeliest_comes_first_and_one_at_a_time_scores_as_a_file_does() -> None:
    known = {
        "same": told(),
        "twin": told(given="Oliver"),
        "slip": told(family="Exempler", phone=""),
        "other": Described("Bo", "Li"),
    }
    found = likeness.alike(CHILD, known)
    assert [one.id for one in found][:2] == ["same", "slip"]
    linked = {
        pair.other: (pair.score, pair.reasons, pair.against) for pair in likeness.pairs_alike({"new": CHILD}, {"new": known})
    }
    assert linked == {o.id: (o.score, o.reasons, o.against) for o in found if o.score >= likeness.threshold()}


# Files. ------------------------------------------------------------------------------------------------------------------


def accuracy(found: set[tuple[str, str]], true: set[tuple[str, str]]) -> tuple[float, float]:
    """Recall and precision; figures alone, so that a failing test names nobody."""
    return len(found & true) / len(true), len(found & true) / len(found)


def referred() -> tuple[dict[str, Described], dict[str, str]]:
    """The children of the file of referrals by report, and by report the first one on the same child."""
    truth = {line["row"]: line for line in json.loads((DATA / "referrals.truth.json").read_text(encoding="utf-8"))}
    who: dict[str, Described] = {}
    first: dict[str, str] = {}
    with (DATA / "referrals.csv").open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            form, line = _taken(row), truth[number]
            if form is None or form.report_no in who:
                continue
            who[form.report_no] = Described(
                form.child_given_name or "", form.child_family_name or "", form.child_birthdate,
                form.received_at.year - form.child_age if form.child_age is not None else None,
                form.child_gender or "", form.child_residence_town or "", form.child_phone or "",
            )  # fmt: skip
            meant = line.get("as", form.report_no)
            first[form.report_no] = first.get(meant, meant)
    return who, first


def _taken(row: dict[str, str]) -> NewReferral | None:
    try:
        return NewReferral.model_validate(row)
    except ValidationError:
        return None


def in_pairs(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(min(pair), max(pair)) for pair in pairs}


def test_every_child_told_of_twice_in_the_file_of_referrals_is_found() -> None:
    who, first = referred()
    true = in_pairs((one, other) for one in who for other in who if one != other and first[one] == first[other])
    recall, precision = accuracy(in_pairs((p.one, p.other) for p in link(who, who)), true)
    assert len(true) >= 20
    assert recall >= 0.95
    assert precision >= 0.9


@pytest.fixture(scope="module")
def invented() -> tuple[dict[str, Described], dict[str, Described], dict[str, str]]:
    known = {f"k{n}": child for n, child in enumerate(children.children(20_000))}
    return known, *children.reported(known, 40)


def test_invented_children_are_found_through_every_slip(
    invented: tuple[dict[str, Described], dict[str, Described], dict[str, str]],
) -> None:
    known, new, truth = invented
    found = {(pair.one, pair.other) for pair in link(new, known)}
    recall, precision = accuracy(found, set(truth.items()))
    assert recall >= 0.95
    assert precision >= 0.9
    for slip in children.SLIPS:
        of_it = {pair for pair in truth.items() if pair[0].startswith(f"new {slip} ")}
        assert len(found & of_it) / len(of_it) >= 0.85, slip


def test_relatives_and_namesakes_are_others() -> None:
    chance = Random(5)
    pairs = [
        (who, between(child, relative).score >= likeness.threshold())
        for child in children.children(12)
        for who, relative in children.relatives(child, chance).items()
    ]
    assert {who for who, _ in pairs} == {"sibling", "twin", "parent", "namesake"}
    assert [who for who, taken_for_her in pairs if taken_for_her] == []


def test_the_invented_children_are_the_same_every_time() -> None:
    assert children.children(50) == children.children(50) != children.children(50, seed=1)


# Suspected persons. ------------------------------------------------------------------------------------------------------

SUSPECT = DescribedPerson("Person Alpha", "Smooth", "203 555 0199", "@smooth_one", "grey sedan, plate AB-12345", "Harbor Motel")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (DescribedPerson(phone="(203) 555-0199"), "phone matches"),
        (DescribedPerson(handle="snap: Smooth_One"), "handle matches"),
        (DescribedPerson(handle="https://social.example/smooth_one/"), "handle matches"),
        (DescribedPerson(vehicle="ab 12345, grey"), "plate matches"),
    ],
)
def test_the_same_phone_handle_or_plate_is_strong(other: DescribedPerson, reason: str) -> None:
    (found,) = persons_alike(SUSPECT, {"p": other})
    assert (found.id, found.reasons) == ("p", (reason,))
    assert found.score >= likeness.person_threshold()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (DescribedPerson(alias="smooth"), "same alias"),
        (DescribedPerson(name="Smooth"), "same alias"),
        (DescribedPerson(alias="Smoothe"), "alias alike"),
        (DescribedPerson(alias="Smooth", phone="860 555 0111"), "same alias"),
    ],
)
def test_an_alias_alone_is_weak(other: DescribedPerson, reason: str) -> None:
    found = persons_alike(SUSPECT, {"p": other, "nobody": DescribedPerson()})
    assert all(one.score < 0.5 for one in found)
    assert [one.reasons for one in found] in ([], [(reason,)])


def test_a_place_alone_is_nobody() -> None:
    assert persons_alike(SUSPECT, {"p": DescribedPerson(place="Harbor Motel")}) == []
    assert persons_alike(DescribedPerson(), {"p": SUSPECT, "nobody": DescribedPerson()}) == []


@pytest.mark.parametrize(
    ("told_as", "plates"),
    [("AB 12345", ["AB12345"]), ("blue van 123-ABC", ["123ABC"]), ("a white truck", []), ("", [])],
)
def test_a_plate_is_read_out_of_what_is_told_of_a_vehicle(told_as: str, plates: list[str]) -> None:
    assert likeness.plates_of(told_as) == plates


@given(st.text(max_size=40))
def test_nothing_told_of_a_person_cannot_be_read(text: str) -> None:
    assert likeness.handle_of(text) != ""
    assert likeness.phone_of(text) is None or len(likeness.phone_of(text) or "") in range(7, 11)
    assert all(plate.isalnum() for plate in likeness.plates_of(text))


# Privacy, and the model itself. ------------------------------------------------------------------------------------------


def test_nothing_is_left_of_a_question_and_the_database_is_shut() -> None:
    likeness.alike(CHILD, {"c": CHILD})
    left = linkage._kept()  # noqa: SLF001  # what nobody else may reach
    assert left.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
    assert left.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone() == (0,)
    settings_now = dict(left.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert settings_now["temp_directory"] == ""
    assert settings_now["lock_configuration"] == "true"
    for way_out in ("enable_external_access", "autoload_known_extensions", "autoinstall_known_extensions"):
        assert settings_now[way_out] == "false"
    sql = linkage._sql("children", tuple(likeness.CHILD.items()))  # noqa: SLF001
    assert "exemplar" not in sql.casefold()


def test_nothing_is_logged_and_no_one_is_shown_by_mistake(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(1):
        likeness.alike(CHILD, {"c": CHILD})
        likeness.pairs_alike({"a": CHILD}, {"a": {"c": CHILD}})
        persons_alike(SUSPECT, {"p": SUSPECT})
    assert "xemplar" not in f"{caplog.text}{capfd.readouterr()}"
    assert repr(CHILD) == "Described()"
    assert repr(SUSPECT) == "DescribedPerson()"


@pytest.mark.parametrize("name", ["children", "persons"])
def test_every_level_has_a_reason_and_sensible_figures(name: str) -> None:
    model = linkage.told()[name]
    for unknown, *levels in model["comparisons"].values():
        assert set(unknown) == {"when"}
        assert all(0 < level["m"] < 1 and 0 < level["u"] < 1 and level["reason"] for level in levels)
        assert sum(level["m"] for level in levels) <= 1.05
        assert levels[-1]["when"] == "ELSE"
    assert 0 < model["shown"] < model["threshold"] < 1


def test_names_are_compared_plainly() -> None:
    assert words_of("Zoë-Ann", "O'Neil") == ["ann", "oneil", "zoe"]
    assert sound_of("李") == "李"
