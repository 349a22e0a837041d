"""What every table shares: aware UTC times, and JSON that reads the same in both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

metadata = SQLModel.metadata
json_type = JSON().with_variant(JSONB(), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware going in (naive is refused), aware UTC coming out, though SQLite forgets time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text in SQLite, written and read here: its own type takes five times as long."""
        return dialect.type_descriptor(String(26) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """To UTC. Raises `ValueError` for a naive value."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "A time without a time zone cannot be stored."
            raise ValueError(message)
        return _as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | str | None, _dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value + "+00:00") if isinstance(value, str) else value.astimezone(UTC)


@lru_cache(maxsize=1024)  # the rows of an act share their instants
def _as_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


Json = dict[str, Any]
