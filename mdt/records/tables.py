"""The tables as Core expressions see them, and the clauses that more than one query needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal_column

from mdt.records import metadata

if TYPE_CHECKING:
    from sqlalchemy import Table


def _tables(*names: str) -> tuple[Table, ...]:
    return tuple(metadata.tables[name] for name in names)


CASES, CHILDREN, REPORTS, NARRATIVES, COUNTERS = _tables("cases", "child", "report", "narrative", "counter")
EVENTS, LEDGER, OUTBOX, NOTICES = _tables("event", "ledger", "outbox", "notice")
TASKS, TEAMS, TEAM_TOWNS, MEETINGS = _tables("task", "team", "team_town", "meeting")
PEOPLE, MEMBERSHIPS, ACCOUNTS, FAILURES, SITTINGS = _tables("person", "membership", "account", "failure", "sitting")
WRAPPING_KEYS, CASE_KEYS, HOUSE_KEYS, BLIND_INDEX = _tables("wrapping_key", "case_key", "house_key", "blind_index")
QUEUE, LINKS, COVERS, IMPORT_SOURCES, AGENDA_LINES = _tables("queue", "link", "cover", "import_source", "agenda_line")
MEMBERS, MEETING_SERIES, MEETING_ENTRIES = _tables("member", "meeting_series", "meeting_entry")
INVOLVED, ACCESS_LOG, DAILY_HEADS, DRAFTS = _tables("involved", "access_log", "daily_head", "draft")
DIRECTORY_OBJECTS, DIRECTORY_PROVIDERS = _tables("directory_object", "directory_provider")
DIRECTORY_SERVICES, DIRECTORY_AREAS = _tables("directory_service", "directory_area")

# An event's columns in the order of the fields of `mdt.facts.Event`.
EVENT_COLUMNS = tuple(
    EVENTS.c[name] for name in ("fact", "happened_at", "recorded_at", "by", "about", "data", "id", "seq", "act")
)

# SQLite takes a partial index only for a query that says its condition in the same words: hence literals.
DUTY = TASKS.c.force.in_([literal_column("'shall'"), literal_column("'shall try'")])
RIGHT = TASKS.c.force == "only if"
UNCONFIRMED = TASKS.c.step == literal_column("'confirm-notice'")
