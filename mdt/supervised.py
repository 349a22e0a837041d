"""A process that is kept running and cannot outlive this one. What it prints goes to a log under `settings.home()`."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from mdt import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
OLD_LOGS = 3
LONGEST_WAIT = 60.0  # seconds before a program that keeps dying is started again
PATIENCE = 4.0  # seconds a program has to end by itself
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Program:
    """A process of ours to keep running. `health` answers 200 once it can be used; None: it can as soon as it lives."""

    name: str
    command: tuple[str, ...]
    url: str | None = None
    health: str | None = None
    needs_database: bool = False
    niceness: int = 0  # who lets whom go first while all start at once


def say(text: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    with suppress(OSError):
        typer.echo(text)


@dataclass(slots=True)
class Running:
    """A program and how it is doing. Times are seconds of the monotonic clock."""

    program: Program
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    begun: float = field(default_factory=time.monotonic)
    not_before: float = 0.0
    wait: float = 1.0

    def start(self) -> None:
        """Start it. What it prints goes to a new log; the last few logs are kept."""
        self.process = spawn(self.program.name, self.program.command, self.environment, self.program.niceness)
        self.ready, self.begun = False, time.monotonic()

    def tend(self) -> None:
        """Start it when it does not run and may; say so when it has become ready, or has died."""
        if self.process is None:
            if time.monotonic() >= self.not_before:
                self.start()
        elif self.process.poll() is not None:
            self._died()
        elif not self.ready and answers(self.program.health):
            self.ready = True
            say(f"  {self.program.name:<8} ready after {time.monotonic() - self.begun:.0f} s  {self.program.url or ''}")

    def _died(self) -> None:
        lived = time.monotonic() - self.begun
        self.wait = 1.0 if lived > LONGEST_WAIT else min(self.wait * 2, LONGEST_WAIT)
        self.process, self.not_before = None, time.monotonic() + self.wait
        say(f"  {self.program.name:<8} has stopped; starting it again in {self.wait:.0f} s. See {log_of(self.program.name)}")


def spawn(name: str, command: Sequence[str], environment: dict[str, str], niceness: int) -> subprocess.Popen[bytes]:
    """Start a process that cannot outlive this one, in a session of its own: Ctrl-C reaches only us."""
    parent = os.getpid()

    def before() -> None:
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.nice(niceness)

    with _new_log(name) as log:
        return subprocess.Popen(  # noqa: S603  # our own commands, no shell
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=before,  # noqa: PLW1509  # this process has one thread
        )


def stop(running: Sequence[Running]) -> None:
    """End all of them and what they have started: asked first, killed after `PATIENCE` seconds."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    processes = [one.process for one in running if one.process is not None]
    _signal(processes, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    _signal(processes, signal.SIGKILL)
    for process in processes:
        process.wait()


def answers(url: str | None) -> bool:
    """Whether a GET of this address gives 200 within a second; asked directly, whatever proxy is set."""
    if url is None:
        return True
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=1)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def log_of(name: str) -> Path:
    """Where what a program prints goes."""
    return settings.home() / "logs" / f"{name}.log"


def _signal(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _new_log(name: str) -> IO[bytes]:
    log = log_of(name)
    log.parent.mkdir(exist_ok=True)
    kept = [log, *(log.with_suffix(f".log.{n}") for n in range(1, OLD_LOGS + 1))]
    for newer, older in reversed(list(pairwise(kept))):
        if newer.exists():
            newer.replace(older)
    return log.open("wb")
