"""Core statements compiled once a dialect, for what every act does.

SQLAlchemy's own work for a call costs ten times what SQLite's does; here it is done on the first call alone. The statement
runs in the caller's transaction, on the same columns and types, and fails with SQLAlchemy's errors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect
    from sqlalchemy.sql import ClauseElement
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

    Convert = Callable[[Any], Any] | None


class _Compiled(NamedTuple):
    """What the driver is given: the words, the parameters with their conversions, in order or by name, and the columns'."""

    sql: str
    in_order: bool
    going_in: tuple[tuple[str, Convert], ...]
    coming_out: tuple[Convert, ...]

    def given(self, values: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
        """The parameters as this driver takes them."""
        if self.in_order:
            return [f(values[name]) if f else values[name] for name, f in self.going_in]
        return {name: f(values[name]) if f else values[name] for name, f in self.going_in}


class Prepared:
    """A statement. `columns` names what an insert or update sets; every parameter must be given on every call."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        self.statement = statement
        self.columns = columns
        self._compiled = lru_cache(maxsize=None)(self._compile)  # by dialect: one an engine

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        compiled = self._compiled(connection.dialect)
        with _Plainly(connection.dialect, compiled.sql):
            cursor = connection.connection.cursor()
            cursor.execute(compiled.sql, compiled.given(values))
            found = cursor.fetchall()
            cursor.close()
        return [tuple([f(v) if f else v for f, v in zip(compiled.coming_out, row, strict=True)]) for row in found]

    def run(self, connection: Connection, *values: Mapping[str, Any]) -> None:
        """Change what the statement changes, once for each set of values."""
        if not values:
            return
        compiled = self._compiled(connection.dialect)
        given: Any = [compiled.given(each) for each in values]
        with _Plainly(connection.dialect, compiled.sql):
            cursor = connection.connection.cursor()
            if len(given) == 1:
                cursor.execute(compiled.sql, given[0])
            else:
                cursor.executemany(compiled.sql, given)
            cursor.close()

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = cast("SQLCompiler", self.statement.compile(dialect=dialect, column_keys=self.columns))
        names = made.positiontup or list(made.binds)
        going_in = tuple((name, _bind(made.binds[name].type, dialect)) for name in names)
        columns = getattr(self.statement, "selected_columns", ())
        return _Compiled(made.string, made.positional, going_in, tuple(_result(c.type, dialect) for c in columns))


class _Plainly:
    """The driver's errors as SQLAlchemy's, without the values."""

    __slots__ = ("dialect", "sql")

    def __init__(self, dialect: Dialect, sql: str) -> None:
        self.dialect = dialect
        self.sql = sql

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        driver = self.dialect.loaded_dbapi
        if isinstance(error, driver.Error):
            plain = DBAPIError.instance(self.sql, None, error, driver.Error, hide_parameters=True, dialect=self.dialect)
            raise plain from error


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
