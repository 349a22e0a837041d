"""`mdt user`: who may sign in. What is typed as a password is neither shown nor kept in the shell's history."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mdt import settings
from mdt.errors import NotFound, NotPossible

if TYPE_CHECKING:
    from types import ModuleType

    from mdt.access import Viewer
    from mdt.board.people import Account
    from mdt.store import Store

app = typer.Typer(help="Who may sign in: add, change, disable, enable, release, list.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="Her login; for a person of an identity provider, her e-mail address there")]
Districts = Annotated[list[str] | None, typer.Option("--district", help="A judicial district she works for; * for all")]
Offices = Annotated[list[str] | None, typer.Option("--office", help="A DCF area office she works for; * for all")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="The id of a team she sits on; * for all")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the standard input")]


@app.command()
def add(
    login: Login,
    *,
    name: Annotated[str, typer.Option(help="Her name, as colleagues read it")],
    role: Annotated[str, typer.Option(help="Such as 'intake worker'; an unknown one lists them all")],
    agency: Annotated[str, typer.Option(help="Her agency, such as DCF")],
    district: Districts = None,
    office: Offices = None,
    team: Teams = None,
    oidc: Annotated[str, typer.Option(metavar="PROVIDER", help="She signs in through this provider (see the manual)")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Add a person. The link for her authenticator app is printed once, and never again."""
    works = _staff().Works(role, agency, *(frozenset(names or ()) for names in (district, office, team)))
    password = "" if oidc else _password(from_stdin=password_stdin)
    _say_link(_staff().add(_store(), name, login, works, password=password, provider=oidc, **_by()))


@app.command()
def change(
    login: Login,
    *,
    role: Annotated[str | None, typer.Option(help="Another role")] = None,
    agency: Annotated[str | None, typer.Option(help="Another agency")] = None,
    district: Districts = None,
    office: Offices = None,
    team: Teams = None,
) -> None:
    """Change a person's role or agency, or what she works for; what is not named stays."""
    who = _found(login).viewer
    given = (district, office, team)
    kept = (who.districts, who.offices, who.teams)
    names = [old if new is None else frozenset(new) for new, old in zip(given, kept, strict=True)]
    works = _staff().Works(role or who.role, agency or who.agency, *names)
    _staff().change(_store(), who.id, works, **_by())
    typer.echo("Changed; it holds from her next click on.")


@app.command()
def disable(login: Login) -> None:
    """Let a person sign in no more. Whatever she has open ends with her next click."""
    _do("disable", login, "Disabled.")


@app.command()
def enable(login: Login) -> None:
    """Let a disabled person sign in again."""
    _do("enable", login, "Enabled.")


@app.command()
def release(login: Login) -> None:
    """Release an account that five failures have locked."""
    _do("release", login, "Released.")


@app.command()
def password(login: Login, *, password_stdin: FromStdin = False) -> None:
    """Give a person another password. She signs in anew with it."""
    who = _found(login).viewer.id
    _staff().set_password(_store(), who, _password(from_stdin=password_stdin), **_by())
    typer.echo("The password is changed.")


@app.command("second-factor")
def second_factor(login: Login) -> None:
    """Give a person a new second factor, as when a telephone is lost. The old one counts no more."""
    _say_link(_staff().set_second_factor(_store(), _found(login).viewer.id, **_by()))


@app.command("list")
def list_() -> None:
    """Everyone who has an account: login, name, role, agency, what she works for, whether she can sign in."""
    for account in _accounts():
        who = account.viewer
        works_for = ", ".join(sorted(who.districts | who.offices | who.teams)) or "-"
        typer.echo(" · ".join((account.login, who.name, who.role, who.agency, works_for, account.how, _state(account))))


def _state(account: Account) -> str:
    if account.disabled_at:
        return "disabled"
    return "locked" if account.locked_at else "open"


def _do(what: str, login: str, said: str) -> None:
    getattr(_staff(), what)(_store(), _found(login).viewer.id, **_by())
    typer.echo(said)


def _found(login: str) -> Account:
    from mdt.accounts import login_of  # noqa: PLC0415  # the other commands start faster without what signing in needs

    for account in _accounts():
        if account.login == login_of(login):
            return account
    raise NotFound("There is no account with this login. `mdt user list` shows them.")


def _accounts() -> list[Account]:
    from mdt.board import people  # noqa: PLC0415  # as above

    return people.accounts(_store(), _command())


def _staff() -> ModuleType:
    from mdt.casework import staff  # noqa: PLC0415  # as above

    return staff


def _by() -> dict[str, Any]:
    """Who does it, and when."""
    return {"by": _command(), "now": datetime.now(UTC)}


def _command() -> Viewer:
    from mdt.access import Viewer  # noqa: PLC0415  # as above

    return Viewer("command-line", "The command line", "system", "MDT")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NotPossible("There is no terminal to ask for the password; use --password-stdin.")
    typed: str = typer.prompt("Password (12 characters or more; a sentence is good)", hide_input=True, confirmation_prompt=True)
    return typed


def _say_link(link: str) -> None:
    typer.echo("For her authenticator app, shown this once (as a link, or its secret typed in by hand):")
    typer.echo(link)


def _store() -> Store:
    from mdt import process  # noqa: PLC0415  # as above
    from mdt.casework.meetings import establish_teams  # noqa: PLC0415  # as above
    from mdt.store.engine import shared  # noqa: PLC0415  # as above

    process.check()
    store = shared(settings.database_url())
    establish_teams(store)
    return store
