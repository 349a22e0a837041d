"""`mdt run`: the board, Prefect and the carrier on this machine, started, watched and stopped as one.

All three listen on 127.0.0.1 alone and keep their state under `settings.home()`. A child that dies is started again;
none outlives this process, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from mdt import settings
from mdt.errors import SetupError
from mdt.supervised import ROOT, Program, Running, log_of, say, spawn, stop

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
BOARD_PORT = 8501
PREFECT_PORT = 4200
LOOK_EVERY = 0.5  # seconds

# Prefect calls nobody outside, keeps nothing for long, and is quiet when there is nothing to do (1.5 % of a core).
PREFECT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # no flow uses blocks; the first start is 4 s shorter
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 24 * 60 * 60),
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",  # what is overdue is our query, never an automation
    # Its services write seldom and much at once: while one does, a flow may be refused and asks again two seconds later.
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "30",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED": "false",  # no flow has Prefect tasks
    "PREFECT_RUNNER_POLL_FREQUENCY": "60",
    **{
        f"PREFECT_SERVER_SERVICES_{service}_LOOP_SECONDS": "60"
        for service in (
            "CANCELLATION_CLEANUP",
            "CLEANUP_RECONCILER",
            "FOREMAN",
            "LATE_RUNS",
            "PAUSE_EXPIRATIONS",
            "REPOSSESSOR",
        )
    },
}
OURS_ALONE = ("MDT_KEY", "MDT_KEY_COMMAND", "MDT_DATABASE_URL")
STREAMLIT = {
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "none",  # an error's details may be about a child
    "STREAMLIT_CLIENT_TOOLBAR_MODE": "minimal",
    "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
    "STREAMLIT_SERVER_HEADLESS": "true",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the children, the command that makes the database if there is none, and the environment of all."""

    children: tuple[Program, ...]
    database: tuple[str, ...]
    environment: dict[str, str]


def children_environment(prefect_port: int = PREFECT_PORT, *, demo: bool = True) -> dict[str, str]:
    """The environment of every child: which Prefect is ours, where it keeps its state, and that nothing calls home."""
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), HOST, "localhost"]))
    return {
        **os.environ,
        **PREFECT,
        **STREAMLIT,
        "MDT_DEMO": "1" if demo else "0",
        "MDT_HOME": str(settings.home()),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PREFECT_API_URL": f"http://{HOST}:{prefect_port}/api",
        "PREFECT_HOME": str(settings.home() / "prefect"),
        "PYTHONUNBUFFERED": "1",
    }


def our_plan(*, demo: bool = True) -> Plan:
    """The board first, as people look at it while Prefect still starts; the carrier last, as it needs the database."""
    board_port, prefect_port = free_port(BOARD_PORT), free_port(PREFECT_PORT)
    python = sys.executable
    board, prefect = (f"http://{HOST}:{port}" for port in (board_port, prefect_port))
    page = str(ROOT / "dashboard" / "app.py")
    where = (f"--server.address={HOST}", f"--server.port={board_port}")
    serve = ("prefect", "server", "start", "--host", HOST, "--port", str(prefect_port))
    return Plan(
        children=(
            Program("board", (python, "-m", "streamlit", "run", page, *where), board, f"{board}/_stcore/health"),
            Program("prefect", (python, "-m", *serve), prefect, f"{prefect}/api/health", niceness=10),
            Program("carrier", (python, "-m", "flows"), needs_database=True, niceness=5),
        ),
        database=(python, "-m", "mdt.cli", "demo" if demo else "prepare"),
        environment=children_environment(prefect_port, demo=demo),
    )


def run(plan: Callable[[], Plan] = our_plan) -> int:
    """Run everything until Ctrl-C or SIGTERM; the exit code. If it runs already, only say where."""
    os.umask(0o077)
    lock = (settings.home() / "run.lock").open("a+", encoding="utf-8")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(_already_running(lock))
            return 0
        _end_like_ctrl_c()
        _supervise(plan(), lock)
    return 0


def _end_like_ctrl_c() -> None:
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:  # nohup
            signal.signal(ending, signal.default_int_handler)


def _environment_of(program: Program, environment: dict[str, str]) -> dict[str, str]:
    """What the program is to know: the keys and the database are nothing to Prefect's server."""
    return environment if program.name != "prefect" else {k: v for k, v in environment.items() if k not in OURS_ALONE}


def _supervise(plan: Plan, lock: IO[str]) -> None:
    running = [Running(program, _environment_of(program, plan.environment)) for program in plan.children]
    try:
        _write_where(lock, plan)
        say(_screen(plan))
        for one in running:
            if not one.program.needs_database:
                one.start()
        _make_database(plan)
        while True:
            for one in running:
                one.tend()
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        say("\nStopping ...")
    finally:
        stop(running)
    say("Stopped. Nothing is lost; the same command goes on from here.")


def free_port(wanted: int) -> int:
    """The port wanted, or the next one that is free on 127.0.0.1; says so if it is another."""
    port = next(p for p in range(wanted, wanted + 100) if not _taken(p))
    if port != wanted:
        say(f"Port {wanted} is taken; using {port}.")
    return port


def _taken(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return True
    return False


def _make_database(plan: Plan) -> None:
    making = spawn("database", plan.database, plan.environment, 0)
    if making.wait() != 0:
        raise SetupError(f"The database could not be made or opened. {log_of('database')} says why.")


def _write_where(lock: IO[str], plan: Plan) -> None:
    lock.truncate(0)
    json.dump({"pid": os.getpid(), "urls": [child.url for child in plan.children if child.url]}, lock)
    lock.flush()


def _already_running(lock: IO[str]) -> str:
    lock.seek(0)
    try:
        where = json.load(lock)
    except ValueError:
        return "It is already starting in another terminal."
    return f"It is already running (process {where['pid']}): {', '.join(where['urls'])}. Stop it there with Ctrl-C."


_DEMO = (
    "Case coordination on suspected child trafficking: a demonstration. All children in it are invented.",
    "Open the board and choose who you are. Remove the folder below to begin anew.",
)
_REAL = (
    "Case coordination on suspected child trafficking, for the people of `mdt user list`.",
    "It listens on this machine alone: put your agency's HTTPS gate in front of the board.",
)


def _screen(plan: Plan) -> str:
    rows = [f"  {child.name:<8} starting ...         {child.url or ''}" for child in plan.children]
    return "\n".join(
        [
            *(_DEMO if plan.environment.get("MDT_DEMO") == "1" else _REAL),
            "",
            *rows,
            "",
            f"  State    {settings.home()}",
            f"  Logs     {settings.home() / 'logs'}",
            "  Stop     Ctrl-C",
            "",
        ]
    )
