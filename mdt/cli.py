"""The commands. Beside the pages and the flows this is the only place that reads the clock."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from mdt import settings, users
from mdt.errors import BadFile, MdtError, SetupError
from mdt.faults import numbered

app = typer.Typer(
    help="Coordinates a multidisciplinary team's work on suspected child trafficking in Connecticut.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would print the values of variables, and they may be about a child
)

app.add_typer(users.app, name="user")
heads = typer.Typer(help="The signed head over both ledgers.", no_args_is_help=True)
app.add_typer(heads, name="head")
keys_app = typer.Typer(help="The keys that open names and notes.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")


@app.command()
def run() -> None:
    """Start the board, Prefect and the carrier on this machine, with invented cases, until Ctrl-C."""
    from mdt import run as supervisor  # noqa: PLC0415  # no other command needs it

    raise typer.Exit(supervisor.run())


@app.command()
def serve() -> None:
    """Start the board, Prefect and the carrier for the people of `mdt user`, without the demonstration, until Ctrl-C."""
    from functools import partial  # noqa: PLC0415

    from mdt import run as supervisor  # noqa: PLC0415

    raise typer.Exit(supervisor.run(partial(supervisor.our_plan, demo=False)))


@app.command()
def prepare() -> None:
    """Make the tables, the keys and the teams, where they are missing; the demonstration's people are disabled."""
    from mdt.casework import staff  # noqa: PLC0415
    from mdt.casework.meetings import establish_teams  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415

    store = shared(_database())
    establish_teams(store)
    staff.disable_invented(store, datetime.now(UTC))
    _say_where()


@app.command()
def demo() -> None:
    """Make the database and the invented cases, if there are none."""
    from mdt import demo as demonstration  # noqa: PLC0415  # it brings the whole product with it
    from mdt import demo_meeting  # noqa: PLC0415

    now = datetime.now(UTC)
    demonstration.ensure(_database(), now)
    demo_meeting.ensure(_database(), now)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or JSON file of referrals, in our own columns or HTCDS 2.0")],
    refused: Annotated[Path | None, typer.Option(help="Where to write the refused rows")] = None,
    source: Annotated[str, typer.Option(help="Whose file it is, if its columns are not ours")] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of the rows")] = False,
) -> None:
    """Take a file of referrals in. Refused rows go to a file that can be corrected and imported again."""
    from mdt import importing  # noqa: PLC0415  # no other command needs it

    def clock() -> datetime:
        return datetime.now(UTC)

    if dry_run:
        said = importing.try_file(_database(), file, clock, source)
    else:
        said = importing.import_file(_database(), file, refused, clock, source)
    _say_where()
    typer.echo(said)


@app.command()
def check(
    head: Annotated[
        Path | None, typer.Option(help="The file of an exported head, kept where this database's owner cannot write")
    ] = None,
) -> None:
    """Compute every case anew from its events and compare; recompute both ledgers. Exit code 1 if anything differs."""
    from mdt.casework import check_vault  # noqa: PLC0415
    from mdt.casework.check import check as check_all  # noqa: PLC0415
    from mdt.store.engine import open_store, place_of, shared  # noqa: PLC0415
    from mdt.store.vault import open_vault  # noqa: PLC0415

    exported = _content(head) if head else None
    if open_store(_database()).is_empty():
        raise SetupError(f"There is no database of ours at {place_of(_database())}; nothing was checked.")
    report = check_all(shared(_database()), exported)
    if not (vault := open_vault(settings.vault_url(), _database())).is_empty():
        check_vault.check(vault, report)
    _say_where()
    for fault in report.faults[:20]:
        typer.echo(fault)
    typer.echo(report.signed(datetime.now(UTC)))
    typer.echo(str(report))
    raise typer.Exit(1 if report.faults else 0)


@heads.command("sign")
def sign_head() -> None:
    """Sign the length and the last hash of every chain as they are now, if anything moved since the last signed head."""
    from mdt.casework.heads import sign  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415

    made = sign(shared(_database()), datetime.now(UTC), force=True)
    _say_where()
    typer.echo(f"Head {made.n} signed; chains covered: {made.chains:,}" if made else "Nothing moved since the last signed head")


@heads.command("export")
def export_head(file: Annotated[Path, typer.Argument(help="Where to write it; take it out of this machine")]) -> None:
    """Write the signed head and every chain's length and hash to a new file that only you can read."""
    from mdt import access  # noqa: PLC0415
    from mdt.casework.heads import export  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415

    made = export(shared(_database()), access.SYSTEM, datetime.now(UTC))
    _write_new(file, made)
    _say_where()
    typer.echo(f"Written: {file}")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as wrong:
        raise BadFile("The file cannot be read.") from wrong


def _write_new(file: Path, content: bytes) -> None:
    """A file of mode 0600 that was not there before: an older head is never lost to a newer one."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(content)
    except OSError as wrong:
        raise BadFile("The file cannot be written: it is there already, or its folder is not.") from wrong


@keys_app.command("rotate")
def rotate_keys(
    *,
    data: Annotated[bool, typer.Option("--data", help="New keys for each case too, and all its words sealed anew")] = False,
    vault: Annotated[bool, typer.Option("--vault", help="The keys of the advocates' vault, instead of the database's")] = False,
) -> None:
    """Change the keys while everybody works on. Broken off, it can be run again."""
    from mdt.store import vault_rotation  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415
    from mdt.store.rotation import rotate  # noqa: PLC0415
    from mdt.store.vault import the_vault  # noqa: PLC0415

    if vault:
        done = vault_rotation.rotate(the_vault(), datetime.now(UTC), data=data)
        typer.echo(f"Folders of the vault under the new key: {done}")
        return

    done = rotate(shared(_database()), datetime.now(UTC), data=data)
    _say_where()
    typer.echo(f"{done} cases are under the new key")


def _database() -> str:
    """The database of the settings, to be opened only if the rules and the process fit. Raises `LawError`."""
    from mdt import process  # noqa: PLC0415  # it reads all the law

    process.check()
    return settings.database_url()


def _say_where() -> None:
    from mdt.store.engine import place_of  # noqa: PLC0415

    typer.echo(f"Database: {place_of(settings.database_url())}", err=True)


def main() -> None:
    """The command line. A refusal is one sentence on the error stream and the exit code 1."""
    try:
        app()
    except MdtError as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)
    except Exception as fault:  # noqa: BLE001  # whatever it is: what it says may be about a child
        typer.echo(f"Something went wrong. Quote number {numbered(fault)}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
