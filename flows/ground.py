"""What every flow stands on: the store, the clock, and a name for a run that tells nothing but ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prefect.runtime import flow_run

from mdt import process, settings
from mdt.store.engine import shared

if TYPE_CHECKING:
    from mdt.store import Store


def store() -> Store:
    """The database of this machine's settings. Raises `LawError` if the rules and the process do not fit."""
    process.check()
    return shared(settings.database_url())


def now() -> datetime:
    """The time, which rooms take as an argument."""
    return datetime.now(UTC)


def named_by_case() -> str:
    """A run's name: its case's id, or how many cases it carries and the first one's id."""
    given = flow_run.parameters
    ids = given.get("case_ids") or [given.get("case_id", "")]
    return str(ids[0]) if len(ids) == 1 else f"{len(ids)} cases from {ids[0]}"
