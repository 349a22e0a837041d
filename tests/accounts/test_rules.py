"""The rules of signing in, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt import accounts
from mdt.accounts import Ending, code_at, ending, is_inactive, locks, refuse_weak, step_at, step_of, vouched
from mdt.errors import NotAllowed, NotPossible

NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # made up
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CLAIMS = {"provider": "default", "iss": "https://id.example", "sub": "s-1", "email": "A@x.example", "email_verified": True,
          "iat": int(NINE.timestamp()), "nonce": "n-1"}  # fmt: skip


@pytest.mark.parametrize(
    ("began", "seen", "over"),
    [
        (HOUR, 30 * MINUTE - SECOND, None),
        (HOUR, 30 * MINUTE, Ending.IDLE),
        (12 * HOUR - SECOND, SECOND, None),
        (12 * HOUR, SECOND, Ending.LONGEST),
        (13 * HOUR, HOUR, Ending.LONGEST),
    ],
)
def test_a_sitting_is_over_at_30_idle_minutes_and_at_12_hours(began: timedelta, seen: timedelta, over: Ending | None) -> None:
    assert ending(NINE - began, NINE - seen, None, NINE) is over


def test_a_sitting_that_was_ended_is_over_at_once() -> None:
    assert ending(NINE, NINE, NINE, NINE) is Ending.ENDED


@pytest.mark.parametrize(
    ("first", "locked"), [(14 * MINUTE + 59 * SECOND, True), (15 * MINUTE, True), (15 * MINUTE + SECOND, False)]
)
def test_the_fifth_failure_locks_if_the_first_is_no_older_than_a_quarter_of_an_hour(first: timedelta, locked: bool) -> None:
    failures = [NINE - first, *[NINE - n * MINUTE for n in (3, 2, 1)], NINE]
    assert locks(failures, NINE) is locked
    assert not locks(failures[1:], NINE)


def test_an_account_is_inactive_after_90_days() -> None:
    assert not is_inactive(NINE - timedelta(days=90) + SECOND, NINE)
    assert is_inactive(NINE - timedelta(days=90), NINE)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Vk3#pq9!xTz", "12 to 128 characters"),
        ("x7Q!" * 40, "12 to 128 characters"),
        ("the worker-a of Monday", "must not contain the login"),
        ("THE WORKER-A OF MONDAY", "must not contain the login"),
        ("password1234", "too easily guessed"),
        ("qwertyuiop[]", "too easily guessed"),
        ("aaaaaaaaaaaaaaaaaaaa", "too easily guessed"),
        ("connecticut2026", "too easily guessed"),
        ("workercareline", "too easily guessed"),
    ],
)
def test_a_weak_password_is_refused_in_plain_words_that_do_not_repeat_it(password: str, why: str) -> None:
    with pytest.raises(NotPossible, match=why) as refusal:
        refuse_weak(password, "Worker-A", "Worker Careline")
    assert password not in str(refusal.value)


@pytest.mark.parametrize("password", ["lamp otter vinegar staircase", "lamp otter vinegar staircase " * 4])
def test_a_long_password_of_unrelated_words_is_taken(password: str) -> None:
    refuse_weak(password, "worker-a@dcf.example", "Worker A")


def test_a_code_counts_half_a_minute_before_and_after_its_own_time_and_no_longer() -> None:
    code = pyotp.TOTP(SECRET).at(NINE)
    step = step_at(NINE)
    for seconds, expected in ((-31, None), (-30, step), (0, step), (29, step), (59, step), (60, None)):
        assert step_of(SECRET, code, NINE + seconds * SECOND, 0) == expected


def test_a_used_code_and_an_earlier_one_count_no_more() -> None:
    code, step = pyotp.TOTP(SECRET).at(NINE), step_at(NINE)
    assert step_of(SECRET, code, NINE, step) is None
    assert step_of(SECRET, pyotp.TOTP(SECRET).at(NINE - 30 * SECOND), NINE, step) is None
    assert step_of(SECRET, pyotp.TOTP(SECRET).at(NINE + 30 * SECOND), NINE, step) == step + 1


def test_a_code_is_read_with_the_space_that_the_app_shows() -> None:
    code = pyotp.TOTP(SECRET).at(NINE)
    assert step_of(SECRET, f" {code[:3]} {code[3:]} ", NINE, 0) == step_at(NINE)


@given(st.text(max_size=12))
def test_whatever_else_is_typed_is_no_code_and_no_error(typed: str) -> None:
    right = {pyotp.TOTP(SECRET).at(NINE + n * SECOND) for n in (-30, 0, 30)}
    assert (step_of(SECRET, typed, NINE, 0) is not None) == ("".join(typed.split()) in right)


def test_the_code_shown_is_one_that_counts_even_after_one_was_used() -> None:
    first = code_at(SECRET, NINE, 0)
    used = step_of(SECRET, first, NINE, 0)
    assert used is not None
    assert step_of(SECRET, code_at(SECRET, NINE, used), NINE, used) == used + 1


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_other_parts_have_another_digest(one: list[str], other: list[str]) -> None:
    assert (accounts.digest(*one) == accounts.digest(*other)) == (one == other)


def test_a_providers_word_is_read() -> None:
    who = vouched(CLAIMS, NINE)
    assert (who.email, who.issued_at) == ("a@x.example", NINE)
    assert who.awaited == accounts.awaited("default", "a@X.example ")


@pytest.mark.parametrize("name", ["provider", "iss", "sub", "email", "iat", "email_verified"])
def test_a_word_in_which_something_is_missing_is_refused(name: str) -> None:
    claims = {key: value for key, value in CLAIMS.items() if key != name}
    with pytest.raises(NotAllowed, match="Not signed in"):
        vouched(claims, NINE)


@pytest.mark.parametrize("said", [False, "false", "true", 1, None])
def test_only_a_verified_e_mail_address_counts(said: Any) -> None:
    with pytest.raises(NotAllowed, match="vouch for your e-mail"):
        vouched(CLAIMS | {"email_verified": said}, NINE)


def test_another_sign_in_of_the_same_person_has_another_token_and_the_same_pin() -> None:
    one = vouched(CLAIMS, NINE)
    for change in ({"nonce": "n-2"}, {"iat": CLAIMS["iat"] + 1}):
        other = vouched(CLAIMS | change, NINE)
        assert (other.pin, other.token != one.token) == (one.pin, True)
    assert vouched(CLAIMS | {"iss": "https://other.example"}, NINE).pin != one.pin


@pytest.mark.parametrize(("late", "fresh"), [(0, True), (600, True), (601, False), (-600, True), (-601, False)])
def test_a_sitting_begins_with_a_word_of_the_last_ten_minutes(late: int, fresh: bool) -> None:
    assert accounts.is_fresh(vouched(CLAIMS, NINE), NINE + late * SECOND) is fresh
