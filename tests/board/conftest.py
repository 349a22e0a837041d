from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.store import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty database with teams and people."""
    store = making.made(database_url)
    yield store
    store.close()
