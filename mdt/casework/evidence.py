"""The year's figures of a team for the Governor's task force, which monitors and evaluates teams, and for accreditation.

No name of a child, no case number; what counts few cases is hidden (`mdt.figures`). It leaves as every table does
(`exporting`), and only once the year has ended: two packs of one year, laid side by side, would tell what each hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import access, figures
from mdt.board import month, served
from mdt.casework import exporting, refusals
from mdt.errors import NotFound, NotYet
from mdt.exchange.tables import Table
from mdt.figures import OUTCOMES, Counts, few, spread, suppressed
from mdt.law.period import EASTERN, local_date
from mdt.records.tables import TEAMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mdt.access import Viewer
    from mdt.board.served import Span
    from mdt.casework.exporting import Exported
    from mdt.exchange.tables import Cell
    from mdt.store import Store

WHAT, PURPOSE = "evidence", "reporting"
HIDDEN = "not shown"
HEARD, DEFERRED, FELL_AWAY, ALL = "Heard", "Deferred", "No longer wanted", "All"
STANDING = (
    "Figures without names, for the Governor's task force for justice for abused children (§ 17a-106a(d)), the annual report on"
    " outcomes (§ 17a-106a(f)(5)) and accreditation. No child and no case is named."
)
FEW_CASES = (
    f"“{HIDDEN}”: a count of 1 to {figures.FEW} cases, or a number that is hidden so that nobody works such a count out. Zero"
    " is shown. Counts of meetings and of members who came are not about children, and are shown."
)
NOT_SEEN = "Cases that are not open to whoever took this, as restricted ones may be, are not counted."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure of the pack: its sheet, how it is counted, its columns and rows."""

    title: str
    counted: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def pack(store: Store, viewer: Viewer, team_id: str, year: int, now: datetime) -> Exported:
    """A calendar year of a team that the viewer leads, as a workbook.

    Raises `NotAllowed` and `NotFound`, which are logged, and, for a year that has not ended, `NotYet`.
    """
    try:
        return exporting.export_book(
            store, viewer, WHAT, PURPOSE, lambda whole: _tables(whole, viewer, team_id, year, now), now
        )
    except NotFound:
        refusals.log(store, viewer, WHAT, now)
        raise


def _tables(store: Store, viewer: Viewer, team_id: str, year: int, now: datetime) -> list[Table]:
    team = _led(store, viewer, team_id)
    if year >= local_date(now).year:
        raise NotYet(
            f"Can't make the evidence pack of {year} before that year has ended: two packs of one year, laid side by side,"
            " would tell what each of them hides."
        )
    sheets = figures_of(store, viewer, served.year(team_id, year))
    stamp = (STANDING, f"{team['name']}, {year}. {exporting.taken_by(viewer, PURPOSE, now)}.")
    cover = Sheet("Cover", FEW_CASES, ("What", "How it is counted"), _cover(team, year, sheets))
    return [Table(s.title, (*stamp, s.counted), STANDING, stamp[1], s.columns, s.rows) for s in (cover, *sheets)]


def _led(store: Store, viewer: Viewer, team_id: str) -> Mapping[str, Any]:
    with store.read(viewer.id) as connection:
        found = connection.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings().one_or_none()
    if found is None or not access.leads(viewer, dict(found)):
        raise NotFound("There is no such team, or it is not one that you lead.")
    return dict(found)


def _cover(team: Mapping[str, Any], year: int, sheets: Sequence[Sheet]) -> list[tuple[Cell, ...]]:
    return [
        ("Team", f"{team['name']}, judicial district of {team['judicial_district']} (§ 17a-106a(b))"),
        ("Period", f"1 January to 31 December {year}, by the day on which a meeting began, Eastern time"),
        *((sheet.title, sheet.counted) for sheet in sheets),
        ("Hidden numbers", FEW_CASES),
        ("What is not counted", NOT_SEEN),
    ]


def figures_of(store: Store, viewer: Viewer, span: Span) -> list[Sheet]:
    """Every figure of the pack for a team and a time, with few cases hidden."""
    sat = month.cases_per_meeting(store, viewer, span)
    return [
        _meetings(sat),
        _attendance(store, viewer, span),
        _cases(sat),
        _days(store, viewer, span),
        _decisions(store, viewer, span),
    ]


def _meetings(sat: Sequence[month.Sat]) -> Sheet:
    return Sheet(
        "Meetings",
        "Meetings that were held, or at which a case was heard; minutes from opening to adjournment; whether the record that"
        " § 17a-106a(j) requires was approved.",
        ("Meeting", "Special", "Minutes", "Record approved"),
        [(local_date(s.starts_at), s.special, s.minutes, s.state == "recorded") for s in sat],
    )


def _attendance(store: Store, viewer: Viewer, span: Span) -> Sheet:
    return Sheet(
        "Attendance by seat",
        "For each seat of § 17a-106a(c): at how many of the meetings that were opened and adjourned somebody of it answered the"
        " roll, whether the member, a designee or an alternate.",
        ("Seat", "Section", "Meetings attended", "Meetings held", "Per cent"),
        [(one.seat, one.section, one.came, one.held, one.percent) for one in month.attendance(store, viewer, span)],
    )


def _cases(sat: Sequence[month.Sat]) -> Sheet:
    cells = [(s.heard, s.deferred, s.fell_away) for s in sat]
    counts = Counts([f"{local_date(s.starts_at)}" for s in sat], (HEARD, DEFERRED, FELL_AWAY), cells)
    return Sheet(
        "Cases per meeting",
        "Cases on the agenda of each meeting: heard, deferred, or no longer wanted as their review had been concluded.",
        ("Meeting", *counts.columns, ALL),
        _hidden(counts),
    )


def _hidden(counts: Counts) -> list[tuple[Cell, ...]]:
    """A table of cases as it may leave, with its totals."""
    shown = suppressed(counts)
    return [(name, *map(_cell, row)) for name, row in zip((*counts.rows, ALL), shown, strict=True)]


def _cell(number: float | None) -> Cell:
    return HIDDEN if number is None else number


def _days(store: Store, viewer: Viewer, span: Span) -> Sheet:
    days = [one.days for one in month.days_to_first_review(store, viewer, span)]
    found = spread(days) if few(len(days)) else None
    told = (found.median, found.lower, found.upper) if found else (None,) * 3
    names = ("Days, median", "Days, lower quartile", "Days, upper quartile")
    return Sheet(
        "Days to first review",
        "Days from the first determination that a child is, or is believed to be, a victim to the first review of the case, of"
        " cases first reviewed in the year. No statute sets a figure. Of few cases no days are given.",
        ("Figure", "Number"),
        [
            ("Cases", _cell(few(len(days)))),
            *((name, _cell(day) if days else None) for name, day in zip(names, told, strict=True)),
        ],
    )


def _decisions(store: Store, viewer: Viewer, span: Span) -> Sheet:
    made = month.decisions(store, viewer, span, datetime.combine(span.last, time(12), EASTERN))
    counts = figures.tally(((one.owner, one.outcome) for one in made), OUTCOMES)
    return Sheet(
        "Decisions",
        "Decisions and recommendations of the year's meetings by whose they are to carry out, as they stood on its last day."
        " Each is about one case and counts as one.",
        ("Who carries it out", *map(str.capitalize, OUTCOMES), ALL),
        _hidden(counts),
    )
