"""Who reads the vault, who may waive the privilege and what a waiver shows (§ 52-146k): the pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from mdt.access import Sight, Viewer
from mdt.acts import fill_in, refuse_unless_possible
from mdt.casework import ACT
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.policy import Relation, Role, See
from mdt.vault import (
    MAY_WAIVE,
    Ground,
    Signer,
    TakeBack,
    is_hers,
    names_somebody,
    refuse_unless_hers,
    refuse_unless_supervising,
    releases,
    waiver_refused,
)
from tests.making import MONDAY, happened
from tests.vaulting import waiver

ENGAGED = Sight(frozenset({Relation.ENGAGED}), frozenset({See.POSITION}), may_record=True)
AGENCY = "A center"
TEXT = "What she told"
SENTENCE = "What she told of the house"
SIGNERS, GROUNDS = get_args(Signer), get_args(Ground)


def person(role: str, agency: str = AGENCY) -> Viewer:
    return Viewer("person-1", "Worker A", role, agency)


@pytest.mark.parametrize("role", Role)
def test_the_vault_is_its_own_agencys_advocates_alone(role: Role) -> None:
    ours = role in (Role.ADVOCATE, Role.ADVOCATE_SUPERVISOR)
    assert is_hers(person(role), AGENCY, ENGAGED) == ours
    assert not is_hers(person(role), "Another center", ENGAGED)
    assert not is_hers(person(role, ""), "", ENGAGED)


@pytest.mark.parametrize(
    "seen",
    [
        Sight(),
        Sight(by=frozenset({Relation.AGENCY}), row=True),
        Sight(frozenset({Relation.GLASS}), frozenset(See)),
    ],
    ids=["no sight", "a row of a restricted case", "emergency access"],
)
def test_no_sight_but_the_ordinary_one_opens_it(seen: Sight) -> None:
    assert not is_hers(person(Role.ADVOCATE), AGENCY, seen)
    with pytest.raises(NotAllowed, match=r"§ 52-146k\(b\)"):
        refuse_unless_hers(person(Role.ADVOCATE), AGENCY, seen)


def test_the_log_and_erasing_are_the_supervisors() -> None:
    refuse_unless_hers(person(Role.ADVOCATE), AGENCY, ENGAGED)
    refuse_unless_supervising(person(Role.ADVOCATE_SUPERVISOR), AGENCY, ENGAGED)
    with pytest.raises(NotAllowed, match="advocate supervisor"):
        refuse_unless_supervising(person(Role.ADVOCATE), AGENCY, ENGAGED)
    with pytest.raises(NotAllowed, match="stays with her agency"):
        refuse_unless_supervising(person(Role.CHAIR), AGENCY, ENGAGED)


# Written from § 52-146k(b) to (d) alone.
def by_the_section(signer: str, ground: str, *, no_interest: bool) -> bool:
    if ground == "the child knowingly waives":
        return signer == "child"
    if ground == "a court found the child incapable of waiving":
        return signer in ("parent", "guardian") and no_interest
    if ground == "adjudged incompetent":
        return signer == "guardian"
    return signer in ("guardian", "executor or administrator")


@pytest.mark.parametrize(("signer", "ground", "no_interest"), list(product(SIGNERS, GROUNDS, (False, True))))
def test_the_privilege_is_waived_by_those_whom_the_section_names(signer: Any, ground: Any, no_interest: bool) -> None:
    said = waiver_refused(signer, ground, no_interest=no_interest)
    assert (said == "") == by_the_section(signer, ground, no_interest=no_interest)
    assert said == "" or "§ 52-146k" in said
    given = {"signer": signer, "ground": ground, "no_interest": no_interest}
    if said:
        with pytest.raises(ValidationError, match="52-146k"):
            waiver(TEXT, **given)
    else:
        assert waiver(TEXT, **given).signer == signer


def test_every_ground_has_its_signers_and_every_signer_a_ground() -> None:
    assert set(MAY_WAIVE) == set(GROUNDS)
    assert frozenset.union(*MAY_WAIVE.values()) == set(SIGNERS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"signer_is_not_suspected": False}, {"no_location_no_identity": False}, {"recipients": []},
        {"expires_on": "2026-03-01"}, {"waiver": " "}, {"purpose": ""}, {"signer": "suspected abuser"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_a_waiver_is_written_for_a_time_to_named_persons_and_never_the_suspects(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        waiver(TEXT, **wrong)


def test_a_waiver_may_end_on_the_day_on_which_it_was_signed() -> None:
    assert waiver(TEXT, expires_on="2026-03-02").expires_on == date(2026, 3, 2)
    with pytest.raises(ValidationError):
        waiver(TEXT, happened_at="yesterday", expires_on="2026-03-02")


def released(about: str = "r", seq: int = 1, **more: Any) -> Any:
    data = {"signer": "child", "expires_on": "2026-03-31", "recipients": ["one"], **more}
    return happened(Fact.VAULT_NOTE_RELEASED, MONDAY, about, seq=seq, **data)


def test_a_release_is_shown_to_its_recipients_up_to_its_last_day() -> None:
    (found,) = releases([happened(Fact.NEED_LISTED, MONDAY, "n"), released()])
    last = date(2026, 3, 31)
    assert found.is_shown("one", last)
    assert not found.is_shown("one", last + timedelta(days=1))
    assert not found.is_shown("two", last)


def test_what_was_taken_back_is_released_no_longer_and_cannot_be_taken_back_again() -> None:
    taken = happened(Fact.VAULT_RELEASE_TAKEN_BACK, MONDAY, "r", seq=3)
    assert [one.about for one in releases([released(), released("s", 2), taken])] == ["s"]
    act, form = ACT["take_back_release"], TakeBack(happened_at=MONDAY, about="r", reason="She asked")
    (new,) = act.decided(form, [released()])
    assert (new.fact, new.about, new.words) == (Fact.VAULT_RELEASE_TAKEN_BACK, "r", {"reason": "She asked"})
    with pytest.raises(NotPossible, match="released to nobody"):
        act.decided(form, [released(), taken])


def test_a_release_keeps_its_words_apart_from_what_the_case_tells() -> None:
    (new,) = ACT["release_vault_note"].decided(waiver(SENTENCE), [])
    assert set(new.data) == {"signer", "ground", "expires_on", "recipients"}
    assert set(new.words) == {"released", "purpose", "waiver"}
    assert new.about is None


def test_a_closed_case_still_takes_a_waiver() -> None:
    closed = [happened(Fact.REPORT_RECEIVED, MONDAY, "report"), happened(Fact.CASE_CLOSED, MONDAY, seq=2)]
    act, form = ACT["release_vault_note"], waiver(TEXT)
    refuse_unless_possible(act, fill_in(act, form, closed), closed, [], "person-1", MONDAY)


NAMES = ("Advocate Saffron", "Ana-María O'Neil", "C")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("She told Saffron", True), ("SAFFRON's office", True), ("Saffrons grow there", False),
        ("Saffron, at the office", True),
        ("maria o'neil and Ana", True),
        ("Oneil was there", True), ("Maria was there", False), ("an advocate came", False), ("c", True), ("", False),
    ],
)  # fmt: skip
def test_a_counselors_name_is_found_however_it_is_written(text: str, named: bool) -> None:
    assert names_somebody(text, NAMES) == named


def test_a_person_without_a_name_is_named_nowhere() -> None:
    assert not names_somebody("Anything", ("", " "))
