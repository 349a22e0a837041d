"""`mdt user`: persons are added and changed at the terminal, and no password is seen there."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from mdt import cli, settings
from mdt.board import people
from mdt.store.engine import shared

from .conftest import COMMAND, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.people import Account

    Mdt = Callable[..., tuple[int, str, str]]

ADD = ("add", "worker-a", "--name", "Worker A", "--role", "intake worker", "--agency", "DCF", "--office", "New Haven")


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mdt:
    """Runs a command, with what is typed: the exit code, what it said, and what it said on the error stream."""

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mdt", "user", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def account() -> Account:
    (found,) = people.accounts(shared(settings.database_url()), COMMAND)
    return found


def test_a_person_is_added_and_her_second_factor_is_shown_once(user: Mdt) -> None:
    code, said, _ = user(*ADD, "--password-stdin", typed=f"{PASSWORD}\n")
    assert code == 0
    assert said.count("otpauth://totp/") == 1
    assert PASSWORD not in said
    code, said, _ = user("list")
    assert said == "worker-a · Worker A · intake worker · DCF · New Haven · local · open\n"


def test_a_person_of_a_provider_has_no_password(user: Mdt) -> None:
    code, said, _ = user("add", "ann@x.example", *ADD[2:], "--oidc", "default")
    assert (code, "otpauth://" in said, account().how) == (0, True, "oidc")
    code, _, wrong = user("password", "ann@x.example", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (code, wrong) == (1, "This person has no password here.\n")


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        ((*ADD, "--password-stdin"), "short\n", "12 to 128 characters"),
        (ADD, "", "use --password-stdin"),
        ((*ADD[:5], "judge", *ADD[6:], "--password-stdin"), f"{PASSWORD}\n", "The roles are: intake worker"),
        ((*ADD, "--district", "Boston", "--password-stdin"), f"{PASSWORD}\n", "no such district"),
        ((*ADD, "--team", "none", "--password-stdin"), f"{PASSWORD}\n", "no such team"),
        ((*ADD[:1], "a b", *ADD[2:], "--password-stdin"), f"{PASSWORD}\n", "a login without spaces"),
        ((*ADD, "--oidc", "default"), "", "known by the e-mail address"),
        (("disable", "nobody"), "", "no account with this login"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nobody_is_added(user: Mdt, words: tuple[str, ...], typed: str, why: str) -> None:
    code, said, wrong = user(*words, typed=typed)
    assert (code, said, len(wrong.splitlines())) == (1, "", 1)
    assert why in wrong
    assert people.people(shared(settings.database_url())) == []


def test_a_login_is_there_once(user: Mdt) -> None:
    user(*ADD, "--password-stdin", typed=f"{PASSWORD}\n")
    code, _, wrong = user("add", "WORKER-A", *ADD[2:], "--password-stdin", typed=f"{PASSWORD}\n")
    assert (code, wrong) == (1, "There is an account with this login already.\n")
    assert len(people.people(shared(settings.database_url()))) == 1


def test_a_person_is_changed_disabled_enabled_released_and_given_another_password_and_second_factor(user: Mdt) -> None:
    user(*ADD, "--password-stdin", typed=f"{PASSWORD}\n")
    assert user("change", "worker-a", "--role", "area-office worker", "--office", "*")[0] == 0
    who = account().viewer
    assert (who.role, who.agency, who.offices) == ("area-office worker", "DCF", {"*"})
    assert user("disable", "Worker-A")[:2] == (0, "Disabled.\n")
    assert account().disabled_at
    assert user("enable", "worker-a")[:2] == (0, "Enabled.\n")
    assert account().disabled_at is None
    assert user("release", "worker-a")[:2] == (0, "Released.\n")
    assert user("password", "worker-a", "--password-stdin", typed="staircase vinegar otter lamp\n")[0] == 0
    assert "otpauth://" in user("second-factor", "worker-a")[1]
