"""Every table, a file an aggregate: here a privacy officer reads all we keep about a child.

SQLModel declares the tables; writes and lists go through Core expressions on them (`__table__`), because the ORM costs four
times as much. No table class validates what it is given: forms do that at the door.
"""

from mdt.records.base import UTCDateTime, metadata
from mdt.records.cases import Case, Child, Counter, Narrative, Report
from mdt.records.ledger import EventRow, LedgerRow, Notice, Outbox
from mdt.records.people import Person
from mdt.records.tasks import TaskRow
from mdt.records.teams import Meeting, Team, TeamTown

__all__ = [
    "Case", "Child", "Counter", "EventRow", "LedgerRow", "Meeting", "Narrative", "Notice", "Outbox", "Person", "Report",
    "TaskRow", "Team", "TeamTown", "UTCDateTime", "metadata",
]  # fmt: skip
