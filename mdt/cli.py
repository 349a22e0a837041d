"""The commands. Beside the pages and the flows this is the only place that reads the clock."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from mdt import settings
from mdt.errors import MdtError

app = typer.Typer(
    help="Coordinates a multidisciplinary team's work on suspected child trafficking in Connecticut.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would print the values of variables, and they may be about a child
)


@app.command()
def run() -> None:
    """Start the board, Prefect and the carrier on this machine, with invented cases, until Ctrl-C."""
    from mdt import run as supervisor  # noqa: PLC0415  # no other command needs it

    raise typer.Exit(supervisor.run())


@app.command()
def demo() -> None:
    """Make the database and the invented cases, if there are none."""
    from mdt import demo as demonstration  # noqa: PLC0415  # it brings the whole product with it

    demonstration.ensure(_database(), datetime.now(UTC))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file of referrals")],
    refused: Annotated[Path | None, typer.Option(help="Where to write the refused rows")] = None,
) -> None:
    """Take a file of referrals in. Refused rows go to a file that can be corrected and imported again."""
    from mdt.importing import import_file  # noqa: PLC0415  # no other command needs it

    said = import_file(_database(), file, refused, lambda: datetime.now(UTC))
    _say_where()
    typer.echo(said)


@app.command()
def check() -> None:
    """Compute every case anew from its events and compare; recompute the ledger. Exit code 1 if anything differs."""
    from mdt.casework.check import check as check_all  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415

    report = check_all(shared(_database()))
    _say_where()
    for fault in report.faults[:20]:
        typer.echo(fault)
    typer.echo(f"{report.cases} cases checked, {len(report.faults)} faults")
    raise typer.Exit(1 if report.faults else 0)


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


if __name__ == "__main__":
    main()
