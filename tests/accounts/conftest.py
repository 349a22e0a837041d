"""An empty database with an administrator, and persons who sign in with a password or through a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board import people
from mdt.casework import accounts, staff
from mdt.casework.staff import Works
from mdt.records.tables import ACCESS_LOG
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.board.people import Account
    from mdt.store import Store

NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
COMMAND = Viewer("command-line", "The command line", "system", "MDT")
PASSWORD = "lamp otter vinegar staircase"  # noqa: S105  # made up
WORKS = Works("intake worker", "DCF", offices=frozenset({"New Haven"}))


@dataclass
class Someone:
    """A person of the tests, and her telephone."""

    id: str
    login: str
    secret: str

    def code(self, now: datetime) -> str:
        return pyotp.TOTP(self.secret).at(now)


@dataclass
class House:
    """The database and what happens in it."""

    store: Store

    def add(self, login: str = "worker-a", works: Works = WORKS, *, provider: str = "", now: datetime = NINE) -> Someone:
        password = "" if provider else PASSWORD
        link = staff.add(self.store, "Worker A", login, works, by=COMMAND, now=now, password=password, provider=provider)
        found = next(a for a in self.accounts() if a.login == login)
        return Someone(found.viewer.id, login, parse_qs(urlsplit(link).query)["secret"][0])

    def accounts(self) -> list[Account]:
        return people.accounts(self.store, COMMAND)

    def account(self, login: str = "worker-a") -> Account:
        return next(a for a in self.accounts() if a.login == login)

    def log(self) -> list[tuple[str, str, dict[str, object]]]:
        """Who did what, in order."""
        with self.store.read() as connection:
            rows = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.detail).order_by(ACCESS_LOG.c.n))
            return [(by, act, detail) for by, act, detail in rows]

    def acts(self) -> list[str]:
        return [act for _, act, _ in self.log()]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes long on purpose; here it is the answers that matter."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", quick)
    monkeypatch.setattr(accounts, "NO_PASSWORD", quick.hash("nobody's"))


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    store = open_store(database_url)
    store.create()
    yield House(store)
    store.close()
