"""Signing in with a password and a code: what is let in, what is refused alike, what locks, what is logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mdt.accounts import REFUSED, UNCONFIRMED
from mdt.board import people
from mdt.casework import accounts, sittings, staff
from mdt.errors import NotAllowed
from mdt.records.tables import ACCOUNTS, FAILURES, PEOPLE, SITTINGS

from .conftest import COMMAND, NINE, PASSWORD, House, Someone

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def sign_in(house: House, who: Someone, now: datetime = NINE, *, password: str = PASSWORD, code: str | None = None) -> str:
    return accounts.sign_in(house.store, who.login, password, who.code(now) if code is None else code, now)


def fail(house: House, who: Someone, *times: datetime) -> None:
    for at in times:
        with pytest.raises(NotAllowed, match="Not signed in"):
            sign_in(house, who, at, password="wrong")  # noqa: S106


def seat(house: House, token: str, now: datetime = NINE) -> people.Seat | None:
    return people.seat(house.store, sittings.id_of(token), now)


def test_login_password_and_code_begin_a_sitting(house: House) -> None:
    who = house.add()
    token = accounts.sign_in(house.store, " Worker-A ", PASSWORD, who.code(NINE), NINE)
    found = seat(house, token)
    assert found is not None
    assert (found.viewer.id, found.viewer.offices, found.how) == (who.id, {"New Haven"}, "local")
    assert found.over(NINE, NINE) is None
    assert house.log()[-1] == (who.id, "signed in", {"how": "local"})


def test_the_database_holds_neither_the_token_nor_the_password_nor_the_second_factor(house: House) -> None:
    who = house.add()
    token = sign_in(house, who)
    with house.store.read() as connection:
        everything = repr(connection.execute(select(ACCOUNTS)).all()) + repr(connection.execute(select(SITTINGS)).all())
    for secret in (token, PASSWORD, who.secret):
        assert secret not in everything


@pytest.mark.parametrize("wrong", ["login", "password", "code", "all", "no code", "disabled", "locked"])
def test_whatever_is_wrong_the_answer_is_the_same(house: House, wrong: str) -> None:
    who = house.add()
    if wrong == "disabled":
        staff.disable(house.store, who.id, by=COMMAND, now=NINE)
    if wrong == "locked":
        fail(house, who, *[NINE] * 5)
    login = "nobody-here" if wrong in ("login", "all") else who.login
    password = "not the password" if wrong in ("password", "all") else PASSWORD
    code = {"code": "000000", "all": "000000", "no code": ""}.get(wrong, who.code(NINE))
    with pytest.raises(NotAllowed) as refusal:
        accounts.sign_in(house.store, login, password, code, NINE)
    assert str(refusal.value) == REFUSED
    with house.store.read() as connection:
        assert connection.execute(select(SITTINGS)).all() == []


def test_a_login_that_there_is_not_is_neither_kept_nor_logged(house: House) -> None:
    with pytest.raises(NotAllowed):
        accounts.sign_in(house.store, "my password typed here", "x", "1", NINE)
    assert house.log() == [("nobody", "sign-in failed", {"how": "local"})]
    with house.store.read() as connection:
        assert connection.execute(select(FAILURES)).all() == []


def test_a_login_that_there_is_not_costs_as_much_work(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.add()
    verified: list[tuple[str, ...]] = []

    class Counting(accounts.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  # its own name for it
            verified.append(tuple(str(hash).split("$")[1:4]))
            return super().verify(hash, password)

    monkeypatch.setattr(accounts, "HASHER", Counting())
    for login in ("worker-a", "nobody-here"):
        with pytest.raises(NotAllowed):
            accounts.sign_in(house.store, login, "x", "1", NINE)
    assert len(verified) == 2
    assert len(set(verified)) == 1


def test_a_code_counts_once(house: House) -> None:
    who = house.add()
    sign_in(house, who)
    with pytest.raises(NotAllowed):
        sign_in(house, who, NINE + SECOND, code=who.code(NINE))
    sign_in(house, who, NINE + 30 * SECOND)


def test_of_many_who_come_with_one_code_at_once_one_is_let_in(house: House) -> None:
    who = house.add()

    def come(_: int) -> bool:
        try:
            sign_in(house, who)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(4) as many:
        assert sum(many.map(come, range(4))) == 1


def test_many_who_guess_at_once_lock_the_account_all_the_same(house: House) -> None:
    who = house.add()
    with ThreadPoolExecutor(5) as many:
        list(many.map(lambda _: fail(house, who, NINE), range(5)))
    assert house.account().locked_at == NINE


@pytest.mark.parametrize(
    ("last", "locked"), [(14 * MINUTE + 59 * SECOND, True), (15 * MINUTE, True), (15 * MINUTE + SECOND, False)]
)
def test_five_failures_in_a_quarter_of_an_hour_lock_until_released(house: House, last: timedelta, locked: bool) -> None:
    who = house.add()
    fail(house, who, *[NINE + n * MINUTE for n in range(4)], NINE + last)
    assert (house.account().locked_at is not None) is locked
    assert ("locked" in house.acts()) is locked
    a_day_later = NINE + timedelta(days=1)
    if locked:
        with pytest.raises(NotAllowed):
            sign_in(house, who, a_day_later)
        staff.release(house.store, who.id, by=COMMAND, now=a_day_later)
        assert house.log()[-1][:2] == (COMMAND.id, "person released")
        fail(house, who, a_day_later)  # one failure, not the sixth
    sign_in(house, who, a_day_later)


def test_signing_in_forgets_the_failures_before(house: House) -> None:
    who = house.add()
    fail(house, who, *[NINE] * 4)
    sign_in(house, who)
    fail(house, who, *[NINE + MINUTE] * 4)
    assert house.account().locked_at is None


def test_a_password_kept_by_weaker_rules_is_kept_anew_at_the_next_sign_in(house: House) -> None:
    who = house.add()
    weaker = accounts.PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    with house.store.write() as connection:
        connection.execute(update(ACCOUNTS).values(password=weaker))
    sign_in(house, who)
    with house.store.read() as connection:
        kept = connection.execute(select(ACCOUNTS.c.password)).scalar_one()
    assert not accounts.HASHER.check_needs_rehash(kept)
    sign_in(house, who, NINE + MINUTE)


def test_an_account_of_a_provider_has_no_password_to_guess(house: House) -> None:
    who = house.add("a@x.example", provider="default")
    fail(house, who, *[NINE] * 6)
    assert house.account("a@x.example").locked_at is None


def test_an_account_that_nobody_used_for_90_days_is_closed_and_an_administrator_opens_it(house: House) -> None:
    who = house.add()
    sign_in(house, who)
    late = NINE + timedelta(days=90)
    with pytest.raises(NotAllowed):
        sign_in(house, who, late)
    assert staff.disable_inactive(house.store, late - SECOND) == 0
    assert staff.disable_inactive(house.store, late) == 1
    assert house.log()[-1] == ("flow", "person disabled", {"person": who.id, "why": "inactive"})
    assert staff.disable_inactive(house.store, late) == 0
    staff.enable(house.store, who.id, by=COMMAND, now=late)
    sign_in(house, who, late)


def test_a_disabled_person_s_sitting_is_over_and_enabling_does_not_bring_it_back(house: House) -> None:
    who = house.add()
    token = sign_in(house, who)
    staff.disable(house.store, who.id, by=COMMAND, now=NINE)
    staff.enable(house.store, who.id, by=COMMAND, now=NINE)
    found = seat(house, token)
    assert found is not None
    assert found.over(NINE, NINE)


def test_a_person_disabled_by_any_hand_is_out_at_once(house: House) -> None:
    token = sign_in(house, house.add())
    with house.store.write() as connection:
        connection.execute(update(PEOPLE).values(disabled_at=NINE))
    found = seat(house, token)
    assert found is not None
    assert found.over(NINE, NINE)


def test_a_click_is_kept_once_a_minute_and_never_after_the_end(house: House) -> None:
    who = house.add()
    token = sign_in(house, who)
    for after, kept in ((59, 0), (60, 60), (119, 60), (120, 120)):
        sittings.see(house.store, sittings.id_of(token), NINE + after * SECOND)
        found = seat(house, token)
        assert found is not None
        assert found.seen_at == NINE + kept * SECOND
    sittings.end(house.store, sittings.id_of(token), who.id, sittings.SIGNED_OUT, NINE + 121 * SECOND)
    sittings.see(house.store, sittings.id_of(token), NINE + timedelta(hours=1))
    found = seat(house, token)
    assert found is not None
    assert found.seen_at == NINE + 120 * SECOND


def test_an_end_is_logged_once(house: House) -> None:
    who = house.add()
    sitting = sittings.id_of(sign_in(house, who))
    for how in (sittings.SIGNED_OUT, sittings.TIMED_OUT):
        sittings.end(house.store, sitting, who.id, how, NINE)
    assert house.acts()[-2:] == ["signed in", "signed out"]


def test_a_window_that_was_just_closed_times_out_all_the_same(house: House) -> None:
    who = house.add()
    sign_in(house, who)
    assert sittings.end_run_out(house.store, NINE + 31 * MINUTE - SECOND) == 0
    assert sittings.end_run_out(house.store, NINE + 31 * MINUTE) == 1
    assert sittings.end_run_out(house.store, NINE + 32 * MINUTE) == 0
    assert house.log()[-1][:2] == (who.id, "timed out")


def test_the_second_factor_is_asked_again_and_counts_once(house: House) -> None:
    who = house.add()
    viewer = people.by_id(house.store, who.id)
    accounts.confirm(house.store, viewer, who.code(NINE), NINE)
    for code in (who.code(NINE), "000000", ""):
        with pytest.raises(NotAllowed) as refusal:
            accounts.confirm(house.store, viewer, code, NINE)
        assert str(refusal.value) == UNCONFIRMED
    assert house.acts().count("sign-in failed") == 3


def test_five_wrong_codes_lock_and_then_the_right_one_does_not_help(house: House) -> None:
    who = house.add()
    viewer = people.by_id(house.store, who.id)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            accounts.confirm(house.store, viewer, "000000", NINE)
    assert house.account().locked_at == NINE
    with pytest.raises(NotAllowed):
        accounts.confirm(house.store, viewer, who.code(NINE), NINE)
    with pytest.raises(NotAllowed):
        sign_in(house, who)


def test_a_new_second_factor_ends_the_old_one_and_what_is_open(house: House) -> None:
    who = house.add()
    token = sign_in(house, who)
    staff.set_second_factor(house.store, who.id, by=COMMAND, now=NINE)
    found = seat(house, token)
    assert found is not None
    assert found.over(NINE, NINE)
    with pytest.raises(NotAllowed):
        sign_in(house, who, NINE + MINUTE)


def test_the_demo_s_list_is_for_the_demo_and_its_people(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with house.store.write() as connection:
        row = {"id": "demo-1", "name": "Worker Z", "role": "intake worker", "agency": "DCF"}
        connection.execute(PEOPLE.insert().values(row))
    with pytest.raises(NotAllowed):
        accounts.begin_demo(house.store, "demo-1", NINE)
    assert people.demo_people(house.store) == []
    monkeypatch.setenv("MDT_DEMO", "1")
    (demo,) = people.demo_people(house.store)
    found = seat(house, accounts.begin_demo(house.store, demo.id, NINE))
    assert found is not None
    assert found.how == "demo"
    for _ in range(2):
        accounts.confirm(house.store, demo, people.demo_code(house.store, demo, NINE), NINE)
    real = house.add()
    for one in (real.id, demo.id):  # where somebody works, nobody chooses who she is
        with pytest.raises(NotAllowed):
            accounts.begin_demo(house.store, one, NINE)
    with pytest.raises(NotAllowed):
        people.demo_code(house.store, people.by_id(house.store, real.id), NINE)
    monkeypatch.delenv("MDT_DEMO")
    with pytest.raises(NotAllowed):
        people.demo_code(house.store, demo, NINE)
