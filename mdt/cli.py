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

    demonstration.ensure(settings.database_url(), datetime.now(UTC))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file of referrals")],
    refused: Annotated[Path | None, typer.Option(help="Where to write the refused rows")] = None,
) -> None:
    """Take a file of referrals in. Refused rows go to a file that can be corrected and imported again."""
    from mdt.importing import import_file  # noqa: PLC0415  # no other command needs it

    typer.echo(import_file(settings.database_url(), file, refused, lambda: datetime.now(UTC)))


@app.command()
def check() -> None:
    """Compute every case anew from its events and compare; recompute the ledger. Exit code 1 if anything differs."""
    from mdt.casework.check import check as check_all  # noqa: PLC0415
    from mdt.store.engine import shared  # noqa: PLC0415

    report = check_all(shared(settings.database_url()))
    for fault in report.faults[:20]:
        typer.echo(fault)
    typer.echo(f"{report.cases} cases checked, {len(report.faults)} faults")
    raise typer.Exit(1 if report.faults else 0)


def main() -> None:
    """The command line. A refusal is one sentence on the error stream and the exit code 1."""
    try:
        app()
    except MdtError as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
