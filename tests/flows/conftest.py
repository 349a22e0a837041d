from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdt import settings
from tests import making, prefect_server
from tests.making import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.store import Store
    from tests.prefect_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with prefect_server.prefect() as server:
        yield server


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that the flows use, on Monday at nine."""
    monkeypatch.setattr("flows.ground.now", lambda: MONDAY)
    store = making.made(settings.database_url())
    yield store
    store.close()
