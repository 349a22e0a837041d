"""The supervisor, with small children in place of the board, Prefect and the carrier."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from mdt import run as supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOON = 15.0  # seconds; far more than any of this takes, on a machine that does much else

# Two children: one for good, one that stops at once; each leaves the numbers of its processes in a file.
SUPERVISE = """
import sys
from mdt.run import Plan, run
from mdt.supervised import Program
def note(name, then):
    return (sys.executable, "-c", f"import os, time; open('{name}', 'a').write(str(os.getpid()) + ' '); {then}")
here = sys.argv[1]
staying = Program("staying", note(f"{here}/staying", "time.sleep(600)"), "http://127.0.0.1:1")
leaving = Program("leaving", note(f"{here}/leaving", "0"), needs_database=True)
database = (sys.executable, "-c", sys.argv[2])
sys.exit(run(lambda: Plan((staying, leaving), database, {})))
"""


class Supervisor:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(folder), database],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def children(self, name: str) -> list[int]:
        """The processes that this child has been, the oldest first."""
        file = self.folder / name
        return [int(number) for number in file.read_text().split()] if file.exists() else []

    def ended(self) -> tuple[int, str]:
        """How it ended, and all it said."""
        said, _ = self.process.communicate(timeout=SOON)
        return self.process.returncode, said


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Starts supervisors over one folder of state; none is left behind."""
    begun: list[Supervisor] = []

    def start(database: str = "") -> Supervisor:
        begun.append(Supervisor(tmp_path, database))
        return begun[-1]

    yield start
    for one in begun:
        one.process.kill()
        one.process.communicate()


def until(what: Callable[[], Any]) -> Any:  # whatever it gives
    deadline = time.monotonic() + SOON
    while not (value := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_one_says_where_the_first_runs_and_ends_well(begin: Callable[..., Supervisor]) -> None:
    first = begin()
    until(lambda: first.children("staying"))
    code, said = begin().ended()
    assert code == 0
    assert said.splitlines() == [
        f"It is already running (process {first.process.pid}): http://127.0.0.1:1. Stop it there with Ctrl-C."
    ]
    assert len(first.children("staying")) == 1


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_end_it_ends_its_children_and_ends_well(begin: Callable[..., Supervisor], ending: signal.Signals) -> None:
    one = begin()
    (child,) = until(lambda: one.children("staying"))
    until(lambda: one.children("leaving"))
    one.process.send_signal(ending)
    asked = time.monotonic()
    code, said = one.ended()
    assert time.monotonic() - asked < 5
    assert code == 0
    assert said.rstrip().endswith("Stopped. Nothing is lost; the same command goes on from here.")
    assert "Traceback" not in said
    assert not is_alive(child)


def test_killed_outright_it_takes_its_children_along(begin: Callable[..., Supervisor]) -> None:
    one = begin()
    (child,) = until(lambda: one.children("staying"))
    assert is_alive(child)
    one.process.kill()
    until(lambda: not is_alive(child))


def test_a_child_that_dies_is_started_again(begin: Callable[..., Supervisor]) -> None:
    one = begin()
    (first,) = until(lambda: one.children("staying"))
    until(lambda: one.children("leaving"))
    os.kill(first, signal.SIGKILL)
    until(lambda: len(one.children("staying")) > 1)
    until(lambda: len(one.children("leaving")) > 1)
    one.process.terminate()
    _, said = one.ended()
    assert "staying  has stopped; starting it again in 2 s." in said
    assert "leaving  has stopped; starting it again in 2 s." in said


def test_who_needs_the_database_waits_until_it_is_made(begin: Callable[..., Supervisor], tmp_path: Path) -> None:
    go = tmp_path / "go"
    one = begin(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
    until(lambda: one.children("staying"))
    time.sleep(0.5)
    assert one.children("leaving") == []
    go.touch()
    until(lambda: one.children("leaving"))


def test_without_a_database_it_says_so_and_stops_everything(begin: Callable[..., Supervisor]) -> None:
    one = begin("raise SystemExit(1)")
    code, said = one.ended()
    assert code == 1
    assert "The database could not be made or opened." in said
    assert all(not is_alive(child) for child in one.children("staying"))


def test_its_state_is_readable_by_its_owner_alone(begin: Callable[..., Supervisor], tmp_path: Path) -> None:
    one = begin()
    until(lambda: one.children("leaving"))
    home = tmp_path / "home"
    assert mode(home) == mode(home / "logs") == 0o700
    assert {mode(path) for path in [*home.rglob("*")] if path.is_file()} == {0o600}
    assert json.loads((home / "run.lock").read_text()) == {"pid": one.process.pid, "urls": ["http://127.0.0.1:1"]}


def test_a_taken_port_gives_way_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = supervisor.free_port(port)
    assert other > port
    assert capsys.readouterr().out == f"Port {port} is taken; using {other}.\n"


def test_everything_listens_on_this_machine_alone_and_calls_nobody(tmp_path: Path) -> None:
    environment = supervisor.children_environment(4321)
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_HOME"] == str(tmp_path / "home" / "prefect")
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"
    commands = [" ".join(child.command) for child in supervisor.our_plan().children]
    assert ["127.0.0.1" in command for command in commands] == [True, True, False]  # the carrier listens nowhere


def test_prefect_knows_every_setting_we_give_it() -> None:
    from prefect.settings import Settings  # noqa: PLC0415  # two seconds

    known = Settings().to_environment_variables()
    ours = {name for name in supervisor.PREFECT if name.startswith("PREFECT_")}
    assert ours <= set(known)
