"""A real Prefect server, started once a test process when the first test asks for it, in a folder of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    temporary_settings,
)

from mdt import run, supervised

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 90.0  # seconds
ENDS = ExitStack()  # closing it ends the server, if one runs
atexit.register(ENDS.close)


@dataclass(frozen=True)
class Server:
    """Where it answers, and the folder that holds all it keeps."""

    url: str
    home: Path
    environment: dict[str, str]


@cache
def _running() -> Server:
    folder = Path(tempfile.mkdtemp(prefix="mdt-prefect-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = run.children_environment(port) | {"PREFECT_HOME": str(folder), "MDT_HOME": str(folder)}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    ENDS.callback(_end, process, folder)
    until = time.monotonic() + PATIENCE
    while not supervised.answers(f"http://127.0.0.1:{port}/api/health"):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((folder / "server.log").read_text(encoding="utf-8"))
        time.sleep(0.1)
    return Server(f"http://127.0.0.1:{port}/api", folder, environment)


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def prefect() -> Iterator[Server]:
    """The server, with this process's flows pointed at it."""
    server = _running()
    updates = {
        PREFECT_API_URL: server.url,
        PREFECT_HOME: server.home,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False,
    }
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = server.environment["NO_PROXY"]
    with temporary_settings(updates):
        yield server
