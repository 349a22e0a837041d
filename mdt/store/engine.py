"""One database behind one URL. Every write is one transaction, every read another; nothing else opens a session.

SQLite runs in WAL with `synchronous=FULL`, because NORMAL may lose the last commits when power fails, and takes its write
lock at the start of a write, so that a reader who turns writer never fails half-way. PostgreSQL must have fsync on.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.pool import QueuePool

from mdt.errors import Busy, SetupError
from mdt.records import metadata
from mdt.store import keys, walls
from mdt.store.walls import OURSELVES, look_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_MS = 10_000
# How SQLite and PostgreSQL say that there is no room just now.
CROWDED = ("locked", "too many clients", "remaining connection slots")
BUSY = "Somebody else is writing just now. Nothing was changed; try again."
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # a REPLACE deletes, and the history is only added to
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)
# Numbers of our advisory locks; any would do.
MAKING_TABLES, SWEEPING, MAKING_DEMO, LINKING, KEEPING_DIRECTORY = 17106, 17107, 17108, 17110, 17112
# SQLite reads one moment anyway.
ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# The history may only grow; of a narrative, the sealing may change with the keys, which its commitment does not tell.
ONLY_ADDED = {
    "event": "UPDATE",
    "ledger": "UPDATE",
    "narrative": "UPDATE OF event_id, field, case_id, commitment",
    "access_log": "UPDATE",
    "daily_head": "UPDATE",
    "meeting_entry": "UPDATE OF meeting_id, n, command, happening, by, at, data, commitment, previous, hash",
}
ONLY_ADDED_FUNCTION = (
    "CREATE OR REPLACE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the history is only added to'; END $$"
)


class Store:
    """The database. `write()` commits or leaves no trace; `read()` sees one moment of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(mdt_read=True, **({} if self.is_sqlite else ONE_MOMENT))
        self._writing = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, as_: str = OURSELVES) -> Iterator[Connection]:
        """One transaction that commits if the block ends well. Raises `Busy` if the lock is not to be had.

        `as_` says with whose eyes the database looks (`mdt.store.walls`).
        """
        with _in_plain_words(), self._turn(), self.engine.begin() as connection:
            if as_ != OURSELVES:
                look_as(connection, as_)
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # Threads of one process wait here and not in SQLite: while one waits there, the one that writes may not get on.
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=BUSY_MS / 1000):
            raise Busy(BUSY)
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def read(self, as_: str = OURSELVES) -> Iterator[Connection]:
        """One moment of the database, as this person may see it; nothing can be changed through it."""
        with _in_plain_words(), self._reader.connect() as connection:
            if as_ != OURSELVES:
                look_as(connection, as_)
            yield connection

    @contextmanager
    def in_one_go(self) -> Iterator[tuple[Store, Connection]]:
        """A store whose writes are all one transaction, and its connection: what is done with it is done or undone whole."""
        with self.write() as connection:
            yield _InOneGo(self.engine, connection), connection

    def create(self) -> None:
        """Make the tables, the guards that keep the history append-only, and the keys, where they are missing.

        Who does not own the tables finds them made. Raises `SetupError`, and nothing was changed, if they are not, and
        without the key that this database was sealed with.
        """
        with self.write() as connection:
            if self.is_sqlite:
                self._make(connection, guards(ONLY_ADDED, sqlite=True))
            else:
                connection.exec_driver_sql("SET LOCAL ROLE NONE")  # the owner makes them, the product's own role cannot
                if not walls.is_up_for_another(connection):
                    self._make(connection, [*guards(ONLY_ADDED, sqlite=False), *walls.statements()])
                connection.exec_driver_sql(f"SET LOCAL ROLE {walls.APP}")
            keys.of(connection).ready(connection)
        if not self.is_sqlite:
            self.engine.dispose()  # connections from here on work as the role that was made

    def _make(self, connection: Connection, statements: Sequence[str]) -> None:
        one_at_a_time(connection, MAKING_TABLES)
        metadata.create_all(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)

    def is_empty(self) -> bool:
        """Whether there are no tables yet."""
        return "cases" not in inspect(self.engine).get_table_names()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


class _InOneGo(Store):
    """A store within a transaction that another one began. What a block of it writes can still be undone alone."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        super().__init__(engine)
        self._connection = connection

    @contextmanager
    def write(self, as_: str = OURSELVES) -> Iterator[Connection]:  # noqa: ARG002  # it looks with the eyes of the whole
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self, as_: str = OURSELVES) -> Iterator[Connection]:  # noqa: ARG002
        yield self._connection


def one_at_a_time(connection: Connection, what: int) -> None:
    """Wait for whoever else is at this, until the transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(what)))


def place_of(url: str) -> str:
    """Where the database lies, for people: the file's path, or the server and the name, without who signs in there."""
    parts = make_url(url)
    if parts.drivername.startswith("sqlite"):
        return str(Path(parts.database or "").absolute())
    return f"{parts.host or 'localhost'}{f':{parts.port}' if parts.port else ''}/{parts.database or ''}"


def open_store(url: str) -> Store:
    """The store behind a SQLAlchemy URL. Raises `SetupError` for a database that would lose what it confirmed."""
    return Store(engine_of(url, keys.Keyring(), _work_as_app))


def engine_of(url: str, ring: keys.Keyring, on_connect: Callable[[DBAPIConnection, object], None] | None = None) -> Engine:
    """The engine behind a URL, with its keys; PostgreSQL does `on_connect` first. Raises `SetupError`."""
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("sqlite"):
        engine = _sqlite(url)
    else:
        engine = create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
        if on_connect:
            event.listen(engine, "connect", on_connect)
        _refuse_unsafe(engine)
    engine.update_execution_options(mdt_keys=ring)
    return engine


def _work_as_app(raw: DBAPIConnection, _record: object) -> None:
    """Put the owner's rights down, once the role that has fewer exists."""
    cursor = raw.cursor()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (walls.APP,))
    if cursor.fetchone():
        try:
            cursor.execute(f"SET ROLE {walls.APP}")
        except raw.Error as denied:  # psycopg's own
            message = f"This login may not work here; let the database's owner GRANT {walls.APP} TO it."
            raise SetupError(message) from denied
    cursor.close()
    raw.commit()


@lru_cache(maxsize=4)
def shared(url: str) -> Store:
    """One store a process and URL, its tables made."""
    store = open_store(url)
    store.create()
    return store


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=20,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine, "connect")
    def _configure(raw: DBAPIConnection, _record: object) -> None:
        raw.isolation_level = None  # we begin ourselves, below
        for pragma in PRAGMAS:
            raw.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("mdt_read")
        connection.connection.execute("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


def _refuse_unsafe(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            off = [s for s in ("fsync", "synchronous_commit") if connection.scalar(text(f"SHOW {s}")) == "off"]
    except OperationalError as gone:
        message = "The database does not answer; check MDT_DATABASE_URL and that it runs."
        raise SetupError(message) from gone
    if off:
        message = f"This database may lose what it confirmed ({', '.join(off)} is off); turn it on."
        raise SetupError(message)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except (StatementError, sqlite3.OperationalError) as error:
        if isinstance(error, OperationalError | sqlite3.OperationalError) and any(sign in str(error) for sign in CROWDED):
            raise Busy(BUSY) from None
        if isinstance(error, StatementError):
            raise _without_values(error) from None
        raise


def _without_values(error: StatementError) -> StatementError:
    """The error as others may log and keep it: a row that PostgreSQL repeats, and the parameters, may name a child."""
    said = error.orig or error
    if not isinstance(error, DBAPIError):
        return StatementError(str(said), error.statement, None, said, hide_parameters=True)
    return type(error)(error.statement, None, type(said)(str(said).partition("\n")[0]), hide_parameters=True)


def guards(only_added: Mapping[str, str], *, sqlite: bool) -> list[str]:
    """The statements that keep tables append-only: each table with the updates that it refuses."""
    if sqlite:
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change.split()[0].lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the history is only added to'); END"
            for table, update in only_added.items()
            for change in (update, "DELETE")
        ]
    return [
        ONLY_ADDED_FUNCTION,
        *(
            f"CREATE OR REPLACE TRIGGER {table}_only_added BEFORE {update} OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION only_added()"
            for table, update in only_added.items()
        ),
    ]
