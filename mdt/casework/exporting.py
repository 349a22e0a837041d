"""THE ONE WAY OUT for a table: whoever may, what she sees anyway, counted, logged, stamped, and without a formula in it.

The rows come from the very functions that draw the screens, with her eyes; what is not hers to see is not in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mdt import access
from mdt.board import audit, gaps, law, overview, work
from mdt.board.overview import Filters
from mdt.errors import NotAllowed, NotPossible
from mdt.exchange.tables import CSV_MEDIA, XLSX_MEDIA, Table, to_csv, to_xlsx
from mdt.law.period import EASTERN, local_date
from mdt.law.rulebook import load
from mdt.policy import ADVOCATES, DCF, OVS, POLICE, TEAM, Role
from mdt.store import trace
from mdt.store.walls import OURSELVES, looking_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.exchange.tables import Cell
    from mdt.law.rulebook import Version
    from mdt.store import Store

PURPOSES = {
    "casework": "work on these cases",
    "meeting": "preparing or holding a meeting of the team",
    "supervision": "supervising the work",
    "reporting": "figures without names",
    "audit": "an audit or review",
}
FORMATS = {"csv": (CSV_MEDIA, to_csv), "xlsx": (XLSX_MEDIA, to_xlsx)}
CONFIDENTIAL = "CONFIDENTIAL under Connecticut General Statutes § 17a-28"
LIMITS = (
    "Limits: for the purpose named below alone. Not to be shown or given to anybody else without the written consent of the"
    " person concerned, or as the law allows (§ 17a-28(d), (k)). Unauthorized disclosure is punishable (§ 17a-28(b))."
    " Restricted cases are not in this file."
)
NOT_CONFIDENTIAL = "Law and the team's standards. It holds no record of any person; § 17a-28 sets it no limit."
NO_PERSON = (
    "Figures of the whole state without names (34 USC 12291(b)(2): aggregate). “not shown”: ten children or fewer, or a number"
    " withheld so that nobody works such a number out. Zero is shown. The same for everybody; restricted cases are counted."
)
NOT_SHOWN = "not shown"
# By what the department may disclose records to whom without the consent of the person whom they are about.
AUTHORITY: dict[str, str] = {
    **dict.fromkeys(DCF, "§ 17a-28(g)(2), the department's own employees for their duties"),
    **dict.fromkeys(TEAM, "§ 17a-28(h)(2), multidisciplinary teams under § 17a-106a; § 17a-106a(h) to (j)"),
    **dict.fromkeys(POLICE, "§ 17a-28(g)(9), law enforcement officers who investigate abuse or neglect"),
    **dict.fromkeys(ADVOCATES, "§ 17a-28(b) and (h)(3), consent, or what is needed for services referred to"),
    **dict.fromkeys(OVS, "§ 17a-28(b), consent; the claim for compensation alone"),
    Role.AUDITOR: "§ 17a-28(h)(17), reviews on the department's behalf",
}


@dataclass(frozen=True, slots=True)
class WorkList:
    """A list of open steps, as `mdt.board.work.waiting` narrows it."""

    owners: Sequence[str]
    which: str = "open"
    rooms: Sequence[str] = ()
    steps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the kind of file, what it is for (a code), and how the list is narrowed on the screen.

    A year narrows the gap ledger, which comes no other way.
    """

    format: str
    purpose: str
    narrowed: Filters | WorkList | audit.Wanted | int | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, and how many rows it holds. Its name tells what it is and the day, of nobody."""

    name: str
    media: str
    data: bytes
    rows: int


def export(store: Store, viewer: Viewer, what: str, order: Order, now: datetime) -> Exported:
    """The table as a file, logged before it is handed over. Raises `NotAllowed`, which is logged too, and `NotPossible`."""
    _refuse_unless(what in KINDS and access.may_export(viewer, what), store, viewer, now)
    if order.purpose not in PURPOSES or order.format not in FORMATS:
        raise NotPossible("Say what the file is for, and which kind of file it is to be.")
    kind = KINDS[what]
    with store.in_one_go() as (whole, connection):
        with looking_as(connection, viewer.id if kind.with_her_eyes else OURSELVES):
            rows = kind.rows(whole, viewer, order.narrowed, now, most() + 1)
        if len(rows) > most():
            raise NotPossible(too_many())
        detail = {"what": what, "format": order.format, "purpose": order.purpose}
        trace.append(connection, viewer.id, "export", now, count=len(rows), detail=detail)
    media, to_bytes = FORMATS[order.format]
    table = _stamped(what, viewer, order.purpose, rows, now)
    return Exported(f"{what}-{local_date(now)}.{order.format}", media, to_bytes(table), len(rows))


def export_book(
    store: Store, viewer: Viewer, what: str, purpose: str, tables: Callable[[Store], Sequence[Table]], now: datetime
) -> Exported:
    """Tables as one workbook, a sheet each, made with her eyes and logged before it is handed over, as `export` does.

    They bear a stamp of their own. Raises `NotAllowed`, which is logged too, and `NotPossible`.
    """
    _refuse_unless(access.may_export(viewer, what), store, viewer, now)
    with store.in_one_go() as (whole, connection):
        with looking_as(connection, viewer.id):
            made = tables(whole)
        rows = sum(len(table.rows) for table in made)
        if rows > most():
            raise NotPossible(too_many())
        detail = {"what": what, "format": "xlsx", "purpose": purpose}
        trace.append(connection, viewer.id, "export", now, count=rows, detail=detail)
    return Exported(f"{what}-{local_date(now)}.xlsx", XLSX_MEDIA, to_xlsx(*made), rows)


def most() -> int:
    """How many rows one file may hold: a standard."""
    return load().standard("export-rows").number or 0


def too_many() -> str:
    """Why a list is not taken out."""
    return f"One file holds at most {most():,} rows, so that nobody takes out more than the work needs. Narrow the list first."


def _refuse_unless(allowed: bool, store: Store, viewer: Viewer, now: datetime) -> None:  # noqa: FBT001  # asked by two
    if allowed:
        return
    with store.write() as connection:
        trace.append(connection, viewer.id, "refused", now, detail={"act": "export"})
    raise NotAllowed("This table is not taken out of here by somebody of your role.")


def taken_by(viewer: Viewer, purpose: str, now: datetime) -> str:
    """Who took it, when and what for, as the stamp says it."""
    at = f"{now.astimezone(EASTERN):%-d %b %Y, %H:%M} Eastern time"
    return f"Taken by {viewer.name}, {viewer.role}, {viewer.agency}, on {at}, for {PURPOSES[purpose]}"


def _stamped(what: str, viewer: Viewer, purpose: str, rows: list[tuple[Cell, ...]], now: datetime) -> Table:
    """The table under the statement that § 17a-28(k) wants on every written record that is disclosed."""
    taken = f"{taken_by(viewer, purpose, now)}: {len(rows):,} rows."
    if what == "law":
        return Table(what, (NOT_CONFIDENTIAL, taken), "Law and standards", taken, KINDS[what].columns, rows)
    if what == "gaps":
        return Table(what, (NO_PERSON, taken), "Gap ledger", taken, KINDS[what].columns, rows)
    authority = f"Authority: {AUTHORITY.get(viewer.role, 'none')}."
    return Table(what, (CONFIDENTIAL, authority, LIMITS, taken), CONFIDENTIAL, taken, KINDS[what].columns, rows)


def _cases(store: Store, viewer: Viewer, filters: Filters | None, now: datetime, most: int) -> list[tuple[Cell, ...]]:
    return [
        (c.number, c.age, c.district, c.office, c.room, _pairs(c.tracks), c.next_title, c.next_owner, c.next_at, c.next_force,
         c.is_overdue, c.overdue_since, c.waiting_since, c.reviewed_at, c.open_tasks)
        for c in overview.cards(store, viewer, filters or Filters(), now, most=most)
    ]  # fmt: skip


def _work(store: Store, viewer: Viewer, of: WorkList, now: datetime, most: int) -> list[tuple[Cell, ...]]:
    found = work.waiting(store, viewer, of.owners, now, which=of.which, rooms=of.rooms, steps=of.steps, most=most)
    return [
        (t.number, t.age, t.district, t.room, t.title, t.owner, t.assigned is not None, t.force, t.opened_at, t.due_at,
         t.rolled_at, t.target_at, t.is_overdue, t.is_late, t.is_lost)
        for t in found
    ]  # fmt: skip


def _ledger(store: Store, viewer: Viewer, wanted: audit.Wanted | None, now: datetime, most: int) -> list[tuple[Cell, ...]]:
    found = audit.search(store, viewer, wanted or audit.Wanted(), now, most=most)
    return [(e.at, e.kind, e.person, e.number, e.act, e.count, _pairs(e.detail)) for e in found]


def _law(_store: Store, _viewer: Viewer, _narrowed: None, _now: datetime, _most: int) -> list[tuple[Cell, ...]]:
    versions = [
        (line.rule.cite, line.rule.actor.value, (v.force or line.rule.force).value, v.effective, v.act, _figure(v),
         v.says or line.rule.says, "; ".join(line.steps), line.rule.href)
        for line in law.rules()
        for v in line.rule.versions
    ]  # fmt: skip
    standards = [
        ("the team's standard, not law", None, None, None, None, str(s.within or s.number or ""), s.says, s.source, None)
        for s in law.standards()
    ]
    return [*versions, *standards]


def _gaps(store: Store, viewer: Viewer, of: int | None, now: datetime, _most: int) -> list[tuple[Cell, ...]]:
    """Of the year on the screen; of the last one whose ledger is made, if none is named."""
    year = of or gaps.last(now)
    found = gaps.ledger(store, viewer, year, now)
    every = (year, "All needs", "all", "", NOT_SHOWN if found.total is None else found.total)
    needs = [(year, need, "all", "", number) for need, number in found.rows.items()]
    together = [(year, need, "counted in “Other needs together”", "", None) for need in found.together]
    never = [(year, need, "all", "", 0) for need in found.never]
    return [every, *needs, *together, *never, *(
        (year, need, f"by {view}", column, NOT_SHOWN if number is None else number)
        for view, table in found.tables.items()
        for need, row in zip((*found.rows, "All needs"), table.cells, strict=True)
        for column, number in zip(table.columns, row, strict=True)
    )]  # fmt: skip


def _figure(version: Version) -> str:
    days = ", ".join(map(str, version.dates))
    return str(version.within or version.window or "") or (f"{version.before} before" if version.before else days)


def _pairs(of: Mapping[str, object]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in of.items())


class Kind(NamedTuple):
    """A table that may be taken out: its columns, where its rows come from, and whether the database looks with her eyes."""

    columns: tuple[str, ...]
    rows: Callable[[Store, Viewer, Any, datetime, int], list[tuple[Cell, ...]]]
    with_her_eyes: bool = False


KINDS: dict[str, Kind] = {
    "cases": Kind(
        ("Case", "Age", "Judicial district", "Office", "Position", "Tracks", "Next step", "Waits for", "Due (Eastern time)",
         "Force", "Overdue", "Overdue since", "Waiting since", "Last reviewed", "Open steps"),
        _cases, with_her_eyes=True,
    ),
    "work": Kind(
        ("Case", "Age", "Judicial district", "Position", "Step", "Waits for", "Given to a person", "Force", "Open since",
         "Due (Eastern time)", "Due in court", "Standard, not law", "Overdue", "Past the standard", "Right ended"),
        _work, with_her_eyes=True,
    ),
    "ledger": Kind(("When (Eastern time)", "Ledger", "Who", "Case", "Act", "Count", "Codes"), _ledger),
    "gaps": Kind(("Year", "Need", "Table", "Of", "Gaps"), _gaps),
    "law": Kind(("Section", "Who", "Force", "From", "By", "Figure", "What it says", "Steps", "Source"), _law),
}  # fmt: skip
