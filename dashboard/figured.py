"""A section for each figure of the month: a chart with its table, and the list whose length the tile's number is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import streamlit as st

from dashboard import parts, session, words
from mdt import figures
from mdt.board import behind, month
from mdt.board.overview import PAGE
from mdt.figures import OUTCOMES
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mdt.board.behind import Behind, Unreviewed
    from mdt.board.month import Decided, FirstReview, Sat
    from mdt.board.served import Span

BARS = "#4c7f96"  # one colour: what a bar stands for is written beside it
WAITS = (0, 8, 15, 31, 61)  # days at which a stretch of waiting begins
LONGER = (1, 2, 3)  # as many times the standard
KEY = "month"


class Found(NamedTuple):
    """What the page shows: what is so today, and what the meetings of the chosen time came to."""

    agencies: Sequence[Behind]
    unreviewed: Sequence[Unreviewed]
    sat: Sequence[Sat]
    first: Sequence[FirstReview]
    decided: Sequence[Decided]


def days() -> int:
    """For how long a case is not reviewed until it is listed: a standard."""
    return load().standard("not-reviewed-for").number or 0


def look(span: Span, now: datetime) -> Found:
    """Everything of the page, with the eyes of who sits here."""
    store, viewer = session.store(), session.viewer()
    return Found(
        behind.overdue_by_agency(store, viewer, span.team, now),
        behind.not_reviewed(store, viewer, span.team, days(), now),
        month.cases_per_meeting(store, viewer, span),
        month.days_to_first_review(store, viewer, span),
        month.decisions(store, viewer, span, now),
    )


def numbers(found: Found) -> dict[str, tuple[str, int]]:
    """The tiles: each number is the length of the list that it opens."""
    return {
        "overdue": (f"{words.OVERDUE} Overdue today", sum(one.overdue for one in found.agencies)),
        "unreviewed": (f"{words.LATE} Not reviewed for {days()} days", len(found.unreviewed)),
        "meetings": ("Meetings", len(found.sat)),
        "first": ("First reviews", len(found.first)),
        "decisions": ("Decisions", len(found.decided)),
    }


def show(title: str, rows: Sequence[Mapping[str, object]], one: str, many: str) -> None:
    """A chart, and the table of the same figures beside it, below it on a narrow screen."""
    st.subheader(title, anchor=False)
    table = pd.DataFrame(rows)
    left, right = st.columns(2, gap="large")
    left.vega_lite_chart(table, bars(one, many), alt=f"{title}: the figures of the table")
    right.table(table, border="horizontal", hide_index=True, alt=title)


def bars(one: str, many: str) -> dict[str, object]:
    """A bar a row, its name whole beside it and its number at its end; in Vega-Lite's words."""
    name = {"field": one, "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 240}}
    number = {"field": many, "type": "quantitative", "axis": {"tickMinStep": 1, "grid": False}}
    text = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": many}}}
    return {"encoding": {"y": name, "x": number}, "layer": [{"mark": {"type": "bar", "color": BARS}}, text]}


def listed(of: str, rows: Sequence[tuple[str, str, str, str]], total: int) -> None:
    """Cases: id, number, and two lines of words. The number opens the case."""
    with parts.rows():
        for n, (case_id, number, middle, right) in enumerate(rows):
            with st.container(border=True):
                first, second, third = st.columns(parts.ROW, vertical_alignment="center", gap="small")
                if first.button(parts.number(number), key=f"{KEY}-{of}-{n}", type="tertiary"):
                    session.open_case(case_id)
                second.markdown(middle)
                third.caption(right)
    parts.pager(KEY, total)


def page_of(total: int) -> slice:
    """The rows of the list's page that is open."""
    first = parts.page_of(KEY, total)
    return slice(first, first + PAGE)


# One section a tile. ------------------------------------------------------------------------------------------------------


def overdue(found: Found, span: Span, now: datetime) -> None:
    """Duties whose last instant has passed, by agency and one by one."""
    total = numbers(found)["overdue"][1]
    st.caption("Duties under the law on the team's cases whose last day has passed, as of today; by whom they wait for.")
    if not found.agencies:
        st.write("Nothing waits for anybody.")
        return
    names = ("Waiting for", "Open", "Overdue", "Past the standard")
    rows = [dict(zip(names, one, strict=True)) for one in found.agencies]
    show("Overdue by agency", rows, "Waiting for", "Overdue")
    at = page_of(total)
    late = behind.overdue(session.store(), session.viewer(), span.team, now, first=at.start, most=PAGE)
    lines = [
        (one.case_id, one.number, f"**{words.capital(one.title)}**", f"{one.owner} · due {words.day(one.due_at)}")
        for one in late
    ]
    listed("overdue", lines, total)


def unreviewed(found: Found, _span: Span, _now: datetime) -> None:
    """Cases that no meeting has reviewed for long."""
    st.caption(
        f"Cases before the team that no meeting has reviewed for {days()} days (the team's standard, not law), as of today. Of"
        " a case that was never reviewed, the days since it was determined to be a victim's, or came before the team."
    )
    if not found.unreviewed:
        st.write("Every case that wants a review has had one.")
        return
    counts = figures.by_length((one.days for one in found.unreviewed), [days() * n for n in LONGER])
    show("Days without a review", [{"Days": name, "Cases": n} for name, n in counts.items()], "Days", "Cases")
    lines = [
        (
            one.case_id, one.number, f"**{words.count(one.days, 'day')}** since {_since(one)}",
            f"on the agenda of {words.day(one.meeting_at)}" if one.meeting_at else "on no agenda",
        )
        for one in found.unreviewed[page_of(len(found.unreviewed))]
    ]  # fmt: skip
    listed("unreviewed", lines, len(found.unreviewed))


def _since(one: Unreviewed) -> str:
    return f"the last review, {one.since:%-d %b %Y}" if one.was_reviewed else f"{one.since:%-d %b %Y}, never reviewed"


def meetings(found: Found, span: Span, _now: datetime) -> None:
    """How many cases each meeting heard, and which seats were there."""
    st.caption("Meetings that were held, or at which a case was heard; minutes from opening to adjournment.")
    if not found.sat:
        st.write("No meeting was held in that time.")
        return
    rows = [
        {
            "Meeting": name, "Heard": one.heard,
            "Deferred": one.deferred, "No longer wanted": one.fell_away, "Minutes": str(one.minutes or "not recorded"),
        }
        for name, one in zip(names(found.sat), found.sat, strict=True)
    ]  # fmt: skip
    show("Cases per meeting", rows, "Meeting", "Heard")
    came = month.attendance(session.store(), session.viewer(), span)
    if not came[0].held:
        st.write("Of none of these meetings was the roll called here, so that nothing is said of attendance.")
        return
    seats = [
        {"Seat": one.seat, "Attended": one.came, "Held": one.held, "Per cent": one.percent, "Section": one.section}
        for one in came
    ]
    show("Attendance by seat", seats, "Seat", "Per cent")


def names(sat: Sequence[Sat]) -> list[str]:
    """A name for each meeting that no other has: its day, its team where there are several, its hour where two are on a day."""
    several = len({one.team for one in sat}) > 1
    days = [words.day(one.starts_at) + (f", {one.team}" if several else "") for one in sat]
    return [day if days.count(day) == 1 else words.moment(one.starts_at) for day, one in zip(days, sat, strict=True)]


def first_reviews(found: Found, _span: Span, _now: datetime) -> None:
    """How long cases waited for their first review."""
    st.caption(
        "Days from the first determination that a child is, or is believed to be, a victim to the first review, of cases first"
        " reviewed in that time. No statute sets a figure."
    )
    spread = figures.spread([one.days for one in found.first])
    if spread is None:
        st.write("No case was reviewed for the first time in that time.")
        return
    st.markdown(
        f"**Median {spread.median:g} days**; the middle half between {spread.lower:g} and {spread.upper:g}, of"
        f" {words.count(spread.n, 'case')}."
    )
    counts = figures.by_length((one.days for one in found.first), WAITS)
    show("Days to first review", [{"Days": name, "Cases": n} for name, n in counts.items()], "Days", "Cases")
    lines = [
        (
            one.case_id, one.number, f"**{words.count(one.days, 'day')}**",
            f"determined {one.determined_on:%-d %b %Y} · reviewed {one.reviewed_on:%-d %b %Y}",
        )
        for one in found.first[page_of(len(found.first))]
    ]  # fmt: skip
    listed("first", lines, len(found.first))


def decisions(found: Found, _span: Span, _now: datetime) -> None:
    """What became of the team's decisions."""
    st.caption("Decisions and recommendations of the meetings of that time, as they stand today.")
    if not found.decided:
        st.write("No decision was made in that time.")
        return
    counts = figures.tally(((one.owner, one.outcome) for one in found.decided), OUTCOMES)
    totals = figures.with_totals(counts)[-1]
    rows = [
        {"Outcome": words.capital(outcome), "Decisions": total, **{owner: row[n] for owner, row in by_owner(counts)}}
        for n, (outcome, total) in enumerate(zip(OUTCOMES, totals[:-1], strict=True))
    ]
    show("Decisions carried out", rows, "Outcome", "Decisions")
    lines = [
        (one.case_id, one.number, f"**{words.capital(one.outcome)}**", f"{one.owner} · by {one.due_on:%-d %b %Y}")
        for one in found.decided[page_of(len(found.decided))]
    ]
    listed("decisions", lines, len(found.decided))


def by_owner(counts: figures.Counts) -> list[tuple[str, Sequence[int]]]:
    """Each agency with its numbers."""
    return list(zip(counts.rows, counts.cells, strict=True))


SECTIONS: dict[str, Callable[[Found, Span, datetime], None]] = {
    "overdue": overdue, "unreviewed": unreviewed, "meetings": meetings, "first": first_reviews, "decisions": decisions,
}  # fmt: skip
