"""Every table, a file an aggregate: here a privacy officer reads all we keep about a child.

SQLModel declares the tables; writes and lists go through Core expressions on them (`__table__`), because the ORM costs four
times as much. No table class validates what it is given: forms do that at the door.
"""

from mdt.records.access import AccessRow, DailyHead, Draft, Involved
from mdt.records.agenda import AgendaLineRow
from mdt.records.base import UTCDateTime, metadata
from mdt.records.cases import Case, Child, Counter, Narrative, Report
from mdt.records.directory import DirectoryArea, DirectoryObject, DirectoryProvider, DirectoryService
from mdt.records.keys import BlindIndex, CaseKey, HouseKey, WrappingKey
from mdt.records.ledger import EventRow, LedgerRow, Notice, Outbox
from mdt.records.people import Account, Cover, Failure, Membership, Person, Sitting
from mdt.records.queue import LinkRow, QueueRow
from mdt.records.sources import ImportSource
from mdt.records.tasks import TaskRow
from mdt.records.teams import Meeting, MeetingEntry, MeetingSeries, Member, Team, TeamTown

__all__ = [
    "AccessRow",
    "Account",
    "AgendaLineRow",
    "BlindIndex",
    "Case",
    "CaseKey",
    "Child",
    "Counter",
    "Cover",
    "DailyHead",
    "DirectoryArea",
    "DirectoryObject",
    "DirectoryProvider",
    "DirectoryService",
    "Draft",
    "EventRow",
    "Failure",
    "HouseKey",
    "ImportSource",
    "Involved",
    "LedgerRow",
    "LinkRow",
    "Meeting",
    "MeetingEntry",
    "MeetingSeries",
    "Member",
    "Membership",
    "Narrative",
    "Notice",
    "Outbox",
    "Person",
    "QueueRow",
    "Report",
    "Sitting",
    "TaskRow",
    "Team",
    "TeamTown",
    "UTCDateTime",
    "WrappingKey",
    "metadata",
]  # fmt: skip
