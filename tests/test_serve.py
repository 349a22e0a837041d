"""`mdt serve` and `mdt prepare`: the same programs without the demonstration, and a database made ready for its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from mdt import cli, demo, settings
from mdt import run as supervisor
from mdt.access import Viewer
from mdt.records.tables import PEOPLE, TEAMS
from mdt.store import open_store
from mdt.store.engine import shared
from tests import making

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.run import Plan

COMMANDS = CliRunner()


def test_without_the_demonstration_the_same_programs_run_and_the_database_is_only_prepared() -> None:
    real, shown = supervisor.our_plan(demo=False), supervisor.our_plan()
    assert (
        [child.name for child in real.children] == [child.name for child in shown.children] == ["board", "prefect", "carrier"]
    )
    assert (real.environment["MDT_DEMO"], shown.environment["MDT_DEMO"]) == ("0", "1")
    assert (real.database[1:], shown.database[1:]) == (("-m", "mdt.cli", "prepare"), ("-m", "mdt.cli", "demo"))


@pytest.mark.parametrize("inherited", ["1", "0", "yes"])
def test_whoever_serves_in_a_shell_of_the_demonstration_serves_no_demonstration(
    monkeypatch: pytest.MonkeyPatch, inherited: str
) -> None:
    monkeypatch.setenv("MDT_DEMO", inherited)
    environment = supervisor.our_plan(demo=False).environment
    monkeypatch.setenv("MDT_DEMO", environment["MDT_DEMO"])
    assert not settings.is_demo()


def test_serve_supervises_that_plan_and_ends_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []

    def run(plan: Callable[[], Plan]) -> int:
        plans.append(plan())
        return 3

    monkeypatch.setattr("mdt.run.run", run)
    assert COMMANDS.invoke(cli.app, ["serve"]).exit_code == 3
    assert [plan.environment["MDT_DEMO"] for plan in plans] == ["0"]
    assert plans[0].database[-1] == "prepare"


def test_the_screen_says_whether_it_is_a_demonstration() -> None:
    real, shown = (supervisor._screen(supervisor.our_plan(demo=it)) for it in (False, True))  # noqa: SLF001  # what is said
    assert "for the people of `mdt user list`" in real
    assert "invented" not in real
    assert "All children in it are invented." in shown


def test_neither_the_keys_nor_the_database_are_told_to_prefects_server(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets: dict[str, Any] = {"MDT_KEY": "k", "MDT_KEY_COMMAND": "c", "MDT_DATABASE_URL": "sqlite://"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    plan = supervisor.our_plan(demo=False)
    told = {child.name: supervisor._environment_of(child, plan.environment) for child in plan.children}  # noqa: SLF001
    assert not secrets.keys() & told["prefect"].keys()
    assert told["prefect"] == {name: value for name, value in plan.environment.items() if name not in secrets}
    assert all(secrets.items() <= told[name].items() for name in ("board", "carrier"))


def counted(url: str, *tables: Any) -> list[int]:
    with shared(url).read() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_prepare_makes_the_tables_and_the_teams_and_nobody(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("MDT_DATABASE_URL", database_url)
    done = COMMANDS.invoke(cli.app, ["prepare"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith("Database: ")
    teams, people = counted(database_url, TEAMS, PEOPLE)
    assert teams > 0
    assert people == 0


def test_prepare_once_more_changes_nothing(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("MDT_DATABASE_URL", database_url)
    assert COMMANDS.invoke(cli.app, ["prepare"]).exit_code == 0
    before, teams = making.everything(shared(database_url)), counted(database_url, TEAMS)
    assert COMMANDS.invoke(cli.app, ["prepare"]).exit_code == 0
    assert making.everything(shared(database_url)) == before
    assert counted(database_url, TEAMS) == teams


def test_once_it_is_served_nobody_of_the_demonstration_signs_in_any_more(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("MDT_DATABASE_URL", database_url)
    store = open_store(database_url)
    store.create()
    demo.add_people(store)
    making.hire(store, Viewer("a-1", "Auditor A", "auditor", "State"))
    assert COMMANDS.invoke(cli.app, ["prepare"]).exit_code == 0
    with store.read() as connection:
        here = list(connection.scalars(select(PEOPLE.c.id).where(PEOPLE.c.disabled_at.is_(None))))
    store.close()
    assert here == ["a-1"]
