"""What several pages show alike: numbers that open lists, cases, open steps, notices, pages of fifty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import exporting, session, words
from mdt.board import work
from mdt.board.overview import PAGE, days_left
from mdt.casework import notices
from mdt.casework.exporting import WorkList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from streamlit.delta_generator import DeltaGenerator

    from mdt.board.overview import Card
    from mdt.board.work import Line

ROW = [1.1, 3.4, 2.9]
LISTS = {
    "open": "Open",
    "overdue": f"{words.OVERDUE} Overdue",
    "late": f"{words.LATE} Past the standard",
    "week": "Within a week",
    "lost": f"{words.LOST} Rights ended",
}
NONE = {
    "open": "Nothing waits here.",
    "overdue": "Nothing is overdue.",
    "late": "Nothing is past the team's standard.",
    "week": "Nothing falls due within a week.",
    "lost": "No right has run out.",
}
MANY_NOTICES = 30
FEW = 8  # lines that need no lid


def tiles(key: str, numbers: Mapping[str, tuple[str, int]]) -> str:
    """A button for each list, with its length; the name of the list that is open."""
    chosen: str = st.session_state.setdefault(key, next(iter(numbers)))
    with st.container(horizontal=True, gap="small"):
        for name, (title, number) in numbers.items():
            st.button(
                f"{title} **{number:,}**",
                key=f"{key}-{name}",
                type="primary" if name == chosen else "secondary",
                on_click=_choose,
                args=(key, name),
            )
    return chosen


def _choose(key: str, name: str) -> None:
    st.session_state[key] = name
    st.session_state.pop(f"{key}-first", None)


def work_list(key: str, owners: Sequence[str], *, rooms: Sequence[str] = (), steps: Sequence[str] = ()) -> None:
    """Tiles and the list of the open steps that wait for these owners."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    tally = work.tally(store, viewer, owners, now, rooms=rooms, steps=steps)
    numbers = {name: (title, getattr(tally, name)) for name, title in LISTS.items() if name == "open" or getattr(tally, name)}
    if st.session_state.get(key) not in numbers:
        _choose(key, "open")
    which = tiles(key, numbers)
    first = page_of(key, numbers[which][1])
    found = work.waiting(store, viewer, owners, now, which=which, rooms=rooms, steps=steps, first=first, most=PAGE)
    if not found:
        st.write(NONE[which])
    with rows():
        for n, line in enumerate(found):
            line_row(line, now, f"{key}-line-{n}")
    pager(key, numbers[which][1])
    exporting.offer(key, "work", numbers[which][1], WorkList(owners, which, rooms, steps))


def rows() -> DeltaGenerator:
    """Where the rows of a list stand, close together."""
    return st.container(gap="xsmall")


def number(of: str) -> str:
    """A case number as the link it is."""
    return f":primary[**{of}**]"


def line_row(line: Line, now: datetime, key: str) -> None:
    """An open step of some case; its number opens the case."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        if left.button(number(line.number), key=key, type="tertiary"):
            session.open_case(line.case_id)
        flag(left, unsafe=line.unsafe)
        middle.markdown(f"**{words.capital(line.title)}**  \n{words.of_line(line, now)}")
        since = f"open since {words.day(line.opened_at)}"
        right.caption(f"{words.joined((line.owner, words.age(line.age), line.district))}  \n{line.room} · {since}")


def flag(place: DeltaGenerator, *, unsafe: bool) -> None:
    """On top of every case whose child or family it is unsafe to contact."""
    if unsafe:
        place.markdown(words.red(f"{words.OVERDUE} {words.UNSAFE}"))


def card_row(card: Card, now: datetime, key: str) -> None:
    """A case on the board; its number opens it."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        if left.button(number(card.number), key=key, type="tertiary"):
            session.open_case(card.id)
        flag(left, unsafe=card.unsafe)
        middle.markdown(_next(card, now))
        place = words.joined((words.age(card.age), card.district or "not placed yet", card.room))
        right.markdown(f"{place}  \n:gray[{words.tracks(card.tracks)}]")


def _next(card: Card, now: datetime) -> str:
    title = words.capital(card.next_title) or "Nothing is open."
    since = f"oldest wait since {words.day(card.waiting_since)}" if card.waiting_since else ""
    review = f"reviewed {words.day(card.reviewed_at)}" if card.reviewed_at else ""
    left = f" · {words.expires(days_left(card.consent_until, now))}" if card.consent_until else ""
    more = words.joined((f"waits for {card.next_owner}" if card.next_owner else "", since, review))
    return f"{words.joined((words.of_card(card, now), f'**{title}**'))}{left}  \n:gray[{more}]"


def first_of(key: str) -> int:
    """The place of the first row that was asked for; a list that has become shorter begins anew (`page_of`)."""
    return int(st.session_state.get(f"{key}-first", 0))


def page_of(key: str, total: int) -> int:
    """The place of the first row to show."""
    first = first_of(key)
    return first if first < total else 0


def pager(key: str, total: int, most: int = PAGE) -> None:
    """Earlier and later pages, when there is more than one."""
    if total <= most:
        return
    first = page_of(key, total)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Earlier", key=f"{key}-earlier", disabled=first == 0, on_click=_turn, args=(key, first - most))
        st.button("Later", key=f"{key}-later", disabled=first + most >= total, on_click=_turn, args=(key, first + most))
        st.markdown(f"{first + 1:,} to {min(first + most, total):,} of {total:,}", width="content")


def _turn(key: str, first: int) -> None:
    st.session_state[f"{key}-first"] = max(0, first)


def notice_list(owners: Sequence[str]) -> None:
    """Unread notices, each of which opens its case."""
    store, viewer = session.store(), session.viewer()
    found = work.notices_for(store, viewer, owners, most=MANY_NOTICES)
    if not found:
        st.write("No unread notices.")
        return
    if st.button("Mark all as read", key="notices-read"):
        notices.mark_seen(store, viewer, [*owners, viewer.id], session.now())
        st.rerun()
    with st.container(gap=None):
        for n, (case_id, made_at, text) in enumerate(found):
            if st.button(f"{text} :gray[{words.moment(made_at)}]", key=f"notice-{n}", type="tertiary", wrap=True):
                session.open_case(case_id)
    if len(found) == MANY_NOTICES:
        st.caption(f"The newest {MANY_NOTICES} are shown.")
