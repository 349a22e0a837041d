"""The board: six positions with their counts, filters, and the cases of the list that is chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import emergency, exporting, finding, parts, session, words
from mdt.board import overview, work
from mdt.board.overview import Column, Filters

if TYPE_CHECKING:
    from mdt.process import Room

DAYS = {"any time": None, "a day": 1, "3 days": 3, "a week": 7, "30 days": 30}
KEY = "board"
KEPT: Final = "session"
BOX = 115  # pixels: seven beside each other on a desk, three on a telephone


def chosen_filters() -> Filters:
    """What the person has narrowed the board to; kept while she looks at a case and comes back."""
    chosen = st.session_state
    number = chosen.get("board-number", "").strip()
    days = DAYS[chosen.get("board-days") or "any time"]
    return Filters(chosen.get("board-district"), owner=chosen.get("board-owner"), within_days=days, number=number or None)


def filter_widgets(filters: Filters) -> None:
    """The widgets that narrow the board; what they hold is read before anything is drawn."""
    viewer = session.viewer()
    districts = overview.districts(viewer)
    with st.expander(f"Filters: {describe(filters)}", key="board-filters"):
        one, two, three, four = st.columns(4)
        one.selectbox("District", districts, None, key="board-district", placeholder="All", on_change=again, persist_state=KEPT)
        two.selectbox("Waiting for", overview.owners(), None, key="board-owner", placeholder="Anyone", on_change=again,
                      persist_state=KEPT)  # fmt: skip
        three.selectbox("Due within", list(DAYS), key="board-days", on_change=again, persist_state=KEPT)
        four.text_input("Case number", key="board-number", placeholder="A part is enough", on_change=again, persist_state=KEPT)


def again() -> None:
    """Another filter: begin on the first page."""
    st.session_state.pop(f"{KEY}-first", None)


def describe(filters: Filters) -> str:
    """The filters in words, for the closed lid."""
    due = f"due within {filters.within_days} days" if filters.within_days is not None else ""
    owner = f"waiting for {filters.owner}" if filters.owner else ""
    number = "case number" if filters.number else ""
    return words.joined((filters.district, owner, due, number)) or "none"


def choose(room: Room | None, *, overdue: bool) -> None:
    """Open the list of a number."""
    st.session_state["board-list"] = (room, overdue)
    st.session_state.pop(f"{KEY}-first", None)


def strip(columns: list[Column]) -> tuple[Room | None, bool]:
    """The positions with their counts; the list that is chosen."""
    chosen: tuple[Room | None, bool] = st.session_state.setdefault("board-list", (None, False))
    everything = (None, sum(c.cases for c in columns), sum(c.overdue for c in columns))
    with st.container(horizontal=True, gap="xsmall"):
        for room, cases, overdue in (everything, *((c.room, c.cases, c.overdue) for c in columns)):
            with st.container(border=True, width=BOX, gap=None):
                st.caption(f"**{room.value if room else 'All positions'}**")
                _number(words.count(cases, "case"), room, cases, chosen, overdue=False)
                late = f"{words.OVERDUE} {overdue:,} overdue" if overdue else "none overdue"
                _number(late, room, overdue, chosen, overdue=True)
    return chosen


def _number(label: str, room: Room | None, number: int, chosen: tuple[Room | None, bool], *, overdue: bool) -> None:
    is_open = chosen == (room, overdue)
    st.button(
        f"**{label}**" if is_open else label,
        key=f"board-{room or 'all'}-{'overdue' if overdue else 'all'}",
        type="primary" if is_open else "tertiary",
        disabled=not number and not is_open,
        on_click=choose,
        args=(room,),
        kwargs={"overdue": overdue},
    )


def length(columns: list[Column], room: Room | None, *, overdue: bool) -> int:
    """The number that the chosen list is as long as."""
    return sum(c.overdue if overdue else c.cases for c in columns if room in (None, c.room))


def changes() -> None:
    """What others recorded in the last day; read only when opened."""
    lid = st.expander("What others recorded in the last 24 hours", on_change="rerun", key="board-changes")
    if not lid.open:
        return
    now = session.now()
    found = work.since(session.store(), session.viewer(), now - timedelta(days=1))
    with lid:
        if not found:
            st.write("Nothing.")
        for n, (case_id, number, fact, at) in enumerate(found):
            if st.button(f"{number}: {fact}, {words.ago(at, now)} ago", key=f"change-{n}", type="tertiary"):
                session.open_case(case_id)


def page() -> None:
    """The board of this viewer."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    st.header("Board", anchor=False)
    filters = chosen_filters()
    filter_widgets(filters)
    columns = overview.columns(store, viewer, filters, now)
    room, overdue = strip(columns)
    total = length(columns, room, overdue=overdue)
    first = parts.page_of(KEY, total)
    title = f"{room.value if room else 'All positions'}{', overdue' if overdue else ''}: {words.count(total, 'case')}"
    st.subheader(title, anchor=False)
    cards = overview.cards(store, viewer, replace(filters, room=room, overdue=overdue), now, first=first)
    if not cards:
        st.write("No case here. Choose another list above, or take a filter away.")
    with parts.rows():
        for n, card in enumerate(cards):
            parts.card_row(card, now, f"card-{n}")
    parts.pager(KEY, total)
    emergency.restricted()
    exporting.offer(KEY, "cases", total, replace(filters, room=room, overdue=overdue))
    changes()
    finding.find()
    emergency.offer()


page()
