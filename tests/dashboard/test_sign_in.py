"""Signing in on the screen, and how a sitting ends: each limit, each change made elsewhere, each page that is another's."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import parts, session
from mdt import settings
from mdt.access import Viewer
from mdt.accounts import REFUSED, Ending
from mdt.board import law, people
from mdt.casework import accounts, staff
from mdt.casework.meetings import establish_teams
from mdt.casework.staff import Works
from mdt.demo import add_people
from mdt.records.tables import ACCESS_LOG, SITTINGS
from mdt.store.engine import shared

from .conftest import APP, fine, shown

if TYPE_CHECKING:
    from mdt.store import Store

NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
COMMAND = Viewer("command-line", "The command line", "system", "MDT")
PASSWORD = "lamp otter vinegar staircase"  # noqa: S105  # made up
WORKER = Works("intake worker", "DCF", offices=frozenset({"*"}))
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SECRETS = {"auth": {"redirect_uri": "http://127.0.0.1/oauth2callback", "cookie_secret": "x", "client_id": "mdt"}}


@dataclass
class Office:
    """A server without the demo, its clock, and the persons who sign in."""

    store: Store
    now: datetime = NINE

    def add(self, login: str = "worker-a", works: Works = WORKER, provider: str = "") -> tuple[str, str]:
        """Her id and the secret of her telephone."""
        password = "" if provider else PASSWORD
        link = staff.add(self.store, "Worker A", login, works, by=COMMAND, now=NINE, password=password, provider=provider)
        (secret,) = parse_qs(urlsplit(link).query)["secret"]
        return next(a.viewer.id for a in people.accounts(self.store, COMMAND) if a.login == login), secret

    def sign_in(self, login: str = "worker-a", works: Works = WORKER) -> AppTest:
        _, secret = self.add(login, works)
        board = AppTest.from_file(str(APP), default_timeout=30).run()
        return fine(self.type(board, login, PASSWORD, pyotp.TOTP(secret).at(self.now)))

    def type(self, board: AppTest, login: str, password: str, code: str) -> AppTest:
        board.text_input(key="login").set_value(login)
        board.text_input(key="password").set_value(password)
        board.text_input(key="code").set_value(code)
        return board.button(key="sign-in").click().run()

    def log(self) -> list[tuple[str, dict[str, Any]]]:
        with self.store.read() as connection:
            rows = connection.execute(select(ACCESS_LOG.c.act, ACCESS_LOG.c.detail).order_by(ACCESS_LOG.c.n))
            return [(act, detail) for act, detail in rows]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.delenv("MDT_DEMO", raising=False)
    monkeypatch.setattr(accounts, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    store = shared(settings.database_url())
    establish_teams(store)
    made = Office(store)
    monkeypatch.setattr(session, "now", lambda: made.now)
    return made


def is_at_the_door(board: AppTest, why: str = "") -> bool:
    """Whether nothing but the sign-in is shown, with that sentence."""
    said = [warning.value for warning in board.warning]
    return [t.value for t in board.title] == ["Case coordination"] and not board.header and said == ([why] if why else [])


def test_without_the_demo_there_is_a_login_and_nobody_to_choose(office: Office) -> None:
    add_people(office.store)
    board = fine(AppTest.from_file(str(APP)).run())
    assert [b.key for b in board.button] == ["sign-in"]
    assert "Demo" not in shown(board)
    assert "Worker" not in shown(board)


def test_a_person_signs_in_and_starts_on_her_page(office: Office) -> None:
    board = office.sign_in()
    assert [h.value for h in board.header] == ["Intake"]
    assert "Demo" not in shown(board)


def test_a_wrong_code_says_no_more_than_any_wrong_answer(office: Office) -> None:
    office.add()
    board = AppTest.from_file(str(APP), default_timeout=30).run()
    for login in ("worker-a", "nobody-here"):
        office.type(board, login, PASSWORD, "000000")
        assert [e.value for e in board.error] == [REFUSED]


@pytest.mark.parametrize(("idle", "over"), [(30 * MINUTE - SECOND, ""), (30 * MINUTE, Ending.IDLE), (9 * HOUR, Ending.IDLE)])
def test_a_sitting_ends_at_30_minutes_without_a_click(office: Office, idle: timedelta, over: str) -> None:
    board = office.sign_in()
    office.now += idle
    fine(board.run())
    assert is_at_the_door(board, over) is bool(over)
    assert (("timed out", {}) in office.log()) is bool(over)


def test_the_half_hour_counts_from_the_last_click_though_not_each_is_kept(office: Office) -> None:
    board = office.sign_in()
    for after in (59 * SECOND, 30 * MINUTE - SECOND):
        office.now += after
        fine(board.run())
        assert board.header


def test_a_sitting_ends_after_12_hours_however_much_is_clicked(office: Office) -> None:
    board = office.sign_in()
    while office.now < NINE + 12 * HOUR - SECOND:
        office.now = min(office.now + 29 * MINUTE, NINE + 12 * HOUR - SECOND)
        fine(board.run())
        assert board.header
    office.now += SECOND
    assert is_at_the_door(fine(board.run()), Ending.LONGEST)


def test_what_a_page_does_by_itself_keeps_no_sitting_alive(office: Office) -> None:
    board = office.sign_in()
    for _ in range(3):
        office.now += 10 * MINUTE
        board.session_state["by-itself"] = True  # as `session.draw_anew` leaves it
        fine(board.run())
    assert is_at_the_door(board, Ending.IDLE)


def test_nothing_of_the_person_is_left_when_her_time_has_run_out_but_where_she_was(office: Office) -> None:
    board = office.sign_in()
    fine(board.switch_page("board.py").run())
    board.session_state["named"] = "a case"
    board.session_state["typed"] = "something"
    office.now += 30 * MINUTE
    fine(board.run())
    left = repr(board.session_state)
    assert not [name for name in ("named", "typed", "token", "seat", "a case", "something") if name in left]
    assert "Worker A" not in shown(board)


def test_after_signing_in_again_she_is_where_she_was_and_somebody_else_is_not(office: Office) -> None:
    board = office.sign_in()
    fine(board.switch_page("law.py").run())
    _, other = office.add("worker-b")
    office.now += 30 * MINUTE
    fine(board.run())
    again = people.accounts(office.store, COMMAND)
    her = next(a.viewer.id for a in again if a.login == "worker-a")
    with office.store.read() as connection:
        account = accounts._account(connection, accounts.ACCOUNTS.c.person_id == her)  # noqa: SLF001
        assert account is not None
        secret = accounts.second_factor(connection, account) or ""
    fine(office.type(board, "worker-a", PASSWORD, pyotp.TOTP(secret).at(office.now)))
    assert [h.value for h in board.header] == ["Law"]
    office.now += 30 * MINUTE
    fine(board.run())
    fine(office.type(board, "worker-b", PASSWORD, pyotp.TOTP(other).at(office.now)))
    assert [h.value for h in board.header] == ["Intake"]


def test_a_disabled_person_s_next_click_is_her_last(office: Office) -> None:
    board = office.sign_in()
    who = people.accounts(office.store, COMMAND)[0].viewer.id
    staff.disable(office.store, who, by=COMMAND, now=office.now)
    assert is_at_the_door(fine(board.run()), Ending.ENDED)


def test_another_role_holds_from_the_next_click_on(office: Office) -> None:
    board = office.sign_in()
    who = people.accounts(office.store, COMMAND)[0].viewer.id
    fine(board.switch_page("board.py").run())
    staff.change(office.store, who, Works("auditor", "Office of the auditor"), by=COMMAND, now=office.now)
    fine(board.run())
    assert [h.value for h in board.header] == ["Ledger"]


def test_the_answer_to_a_click_asks_anew_who_sits_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[str] = []
    monkeypatch.setattr(parts, "_choose", lambda *_: answered.append(session.viewer().role))
    board = office.sign_in()
    answered.clear()
    who = people.accounts(office.store, COMMAND)[0].viewer.id
    staff.change(office.store, who, Works("area-office worker", "DCF"), by=COMMAND, now=office.now)
    fine(board.button(key="queue-new").click().run())
    assert answered[0] == "area-office worker"
    answered.clear()
    staff.disable(office.store, who, by=COMMAND, now=office.now)
    fine(board.button(key="queue-new").click().run())
    assert answered == []
    assert Ending.ENDED in [w.value for w in board.warning]
    assert not board.header


def test_signing_out_ends_every_window_of_the_sitting(office: Office) -> None:
    board = office.sign_in()
    other = AppTest.from_file(str(APP), default_timeout=30)
    other.session_state["token"] = board.session_state["token"]
    assert fine(other.run()).header
    assert is_at_the_door(fine(board.button(key="sign-out").click().run()))
    assert is_at_the_door(fine(other.run()), Ending.ENDED)
    assert [act for act, _ in office.log()][-2:] == ["signed in", "signed out"]


@pytest.mark.parametrize("token", ["", "forged", "x" * 64])
def test_a_forged_token_opens_nothing(office: Office, token: str) -> None:
    office.sign_in()
    with office.store.read() as connection:
        kept = connection.execute(select(SITTINGS.c.id)).scalar_one()
    for tried in (token, kept):
        board = AppTest.from_file(str(APP), default_timeout=30)
        board.session_state["token"] = tried
        assert is_at_the_door(fine(board.run()), Ending.ENDED)


OWN = {
    "intake worker": ("Intake", "team.py"),
    "intake supervisor": ("Intake", "people.py"),
    "area-office worker": ("Intake", "audit.py"),
    "police": ("My work", "intake.py"),
    "prosecutor": ("Meetings", "services.py"),
    "team coordinator": ("Meetings", "intake.py"),
    "chairperson": ("Meetings", "compensation.py"),
    "team member": ("Meetings", "people.py"),
    "victim advocate": ("Services", "month.py"),
    "advocate supervisor": ("Services", "intake.py"),
    "OVS liaison": ("Compensation", "board.py"),
    "auditor": ("Ledger", "board.py"),
    "administrator": ("People", "board.py"),
}


@pytest.mark.parametrize("role", OWN)
def test_each_role_has_its_start_page_and_a_page_that_is_another_s_shows_nothing_and_is_logged(
    office: Office, role: str
) -> None:
    start, other = OWN[role]
    board = office.sign_in(works=Works(role, "An agency", frozenset({"*"}), frozenset({"*"})))
    assert [h.value for h in board.header] == [start]
    fine(board.switch_page(other).run())
    assert [h.value for h in board.header] == [start]
    (act, detail) = office.log()[-1]
    assert (act, list(detail)) == ("refused", ["page"])


@pytest.mark.parametrize("role", ["auditor", "administrator"])
@pytest.mark.parametrize("page", ["board.py", "case.py", "intake.py", "reports.py"])
def test_auditors_and_administrators_have_no_page_with_a_case(office: Office, role: str, page: str) -> None:
    board = office.sign_in(works=Works(role, "An agency"))
    start = OWN[role][0]
    board.session_state["case"] = "any"
    fine(board.switch_page(page).run())
    assert [h.value for h in board.header] == [start]


def test_the_administrator_releases_and_disables_and_sees_no_button_for_herself(office: Office) -> None:
    who, _ = office.add("worker-b")
    for _ in range(5):
        with pytest.raises(accounts.NotAllowed):
            accounts.sign_in(office.store, "worker-b", "wrong", "", NINE)
    board = office.sign_in("admin-a", Works("administrator", "Information technology"))
    assert {b.key for b in board.button if b.key and who in b.key} == {f"release-{who}", f"disable-{who}"}
    assert len([b for b in board.button if b.label in ("Disable", "Enable")]) == 1
    fine(board.button(key=f"release-{who}").click().run())
    fine(board.button(key=f"disable-{who}").click().run())
    fine(board.button(key=f"enable-{who}").click().run())
    acts = [act for act, _ in office.log()]
    assert acts[-3:] == ["person released", "person disabled", "person enabled"]


def test_a_fault_shows_a_number_and_the_log_tells_the_place_and_no_value(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "Child A of 12 Canary Street"

    def falls() -> None:
        try:
            {}[canary]
        except KeyError as inner:
            raise RuntimeError(f"no {canary}") from inner

    monkeypatch.setattr(law, "rules", falls)
    board = office.sign_in()
    with caplog.at_level(logging.DEBUG):
        board.switch_page("law.py").run()
    (said,) = [e.value for e in board.error]
    number = said.removeprefix("Something went wrong. Nothing was recorded. Quote number ").removesuffix(".")
    assert len(bytes.fromhex(number)) == 4
    (line,) = [r.getMessage() for r in caplog.records if number in r.getMessage()]
    assert line.startswith(f"Fault {number}: RuntimeError at ")
    assert "dashboard/law.py:" in line
    assert "caused by KeyError" in line
    assert "Canary" not in shown(board) + caplog.text


def test_a_fault_in_the_answer_to_a_click_is_not_logged_with_its_values(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("Child A")
    except ValueError:
        logging.getLogger("streamlit.error_util").exception("Uncaught app execution")
    assert "ValueError at tests/dashboard/test_sign_in.py:" in caplog.text
    assert "Child A" not in caplog.text


CLAIMS = {"is_logged_in": True, "provider": "default", "iss": "https://id.example", "sub": "s-1", "email": "A@x.example",
          "email_verified": True, "iat": int(NINE.timestamp()), "nonce": "n-1"}  # fmt: skip


def by_cookie(claims: dict[str, Any]) -> AppTest:
    board = AppTest.from_file(str(APP), default_timeout=30)
    board.secrets = SECRETS
    board.user = dict(claims)
    return fine(board.run())


def test_an_identity_provider_s_person_is_signed_in_by_its_word_in_every_window(office: Office) -> None:
    office.add("a@x.example", provider="default")
    for _ in range(2):
        assert [h.value for h in by_cookie(CLAIMS).header] == ["Intake"]
    assert [act for act, _ in office.log()].count("signed in") == 1


@pytest.mark.parametrize("change", [{"email": "b@x.example"}, {"email_verified": False}, {"iat": 0}, {"sub": ""}])
def test_a_word_that_is_not_enough_is_refused_with_one_sentence_and_logged(office: Office, change: dict[str, Any]) -> None:
    office.add("a@x.example", provider="default")
    board = by_cookie(CLAIMS | change)
    (why,) = [w.value for w in board.warning]
    assert why.startswith("Not signed in")
    assert is_at_the_door(board, why)
    assert office.log()[-1][0] == "sign-in failed"
    fine(board.run())
    assert [act for act, _ in office.log()].count("sign-in failed") == 1


@pytest.mark.parametrize("how", ["signed out", "idle", "disabled"])
def test_a_cookie_whose_sitting_has_ended_is_of_no_use(office: Office, how: str) -> None:
    who, _ = office.add("a@x.example", provider="default")
    board = by_cookie(CLAIMS)
    if how == "signed out":
        fine(board.button(key="sign-out").click().run())
    elif how == "disabled":
        staff.disable(office.store, who, by=COMMAND, now=office.now)
    else:
        office.now += 30 * MINUTE
    board = by_cookie(CLAIMS)
    assert not board.header
    assert not board.user.get("is_logged_in")  # the provider's cookie is given back


def test_without_providers_in_the_secrets_no_word_counts(office: Office) -> None:
    office.add("a@x.example", provider="default")
    board = AppTest.from_file(str(APP), default_timeout=30)
    board.user = dict(CLAIMS)
    assert is_at_the_door(fine(board.run()))
