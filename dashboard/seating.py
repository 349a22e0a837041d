"""The nine seats of a team: how each is filled today, by whom, since when; naming somebody, and ending somebody's time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import changing, forms, session, words
from mdt.casework import teams
from mdt.errors import NotPossible
from mdt.law.period import local_date
from mdt.team import (
    ALTERNATE,
    BY_ALTERNATE,
    BY_DESIGNEE,
    DESIGNATE,
    DESIGNEE,
    EMPTY,
    FILLED,
    MEMBER,
    OFFICES,
    TakeSeat,
    section_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from streamlit.delta_generator import DeltaGenerator

    from mdt.board.teams import TeamView
    from mdt.team import Holding, Seat

ROW = [2.6, 4.2, 1.5]
SIGNS = {FILLED: "●", BY_DESIGNEE: "◐", BY_ALTERNATE: "◔", EMPTY: "○"}
SIGNS_IN, DOES_NOT = "somebody who signs in here", "somebody who does not"
NAME, END = "name", "end-seat"


def panel(view: TeamView, now: datetime) -> None:
    """The offices, the meter of the nine seats, and what was and will be."""
    for office in OFFICES:
        _office(view, office, now)
    filled = sum(seat.filling != EMPTY for seat in view.seats)
    st.subheader(f"{filled} of {len(view.seats)} seats are filled today", anchor=False)
    with st.container(gap="xsmall"):
        for seat in view.seats:
            _seat(view, seat, now)
    _others("Named from a later day", view, view.later, now)
    _others("Held before", view, view.past, now)


def _office(view: TeamView, office: str, now: datetime) -> None:
    here = [one for one in view.holdings if one.seat == office]
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        left.markdown(f"**{words.capital(office)}**  \n:gray[{section_of(office)}]")
        middle.markdown("  \n".join(map(_holder, here)) or words.orange(f"{SIGNS[EMPTY]} nobody is named"))
        _buttons(view, office, here, right)
    _forms(view, office, here, now)


def _seat(view: TeamView, seat: Seat, now: datetime) -> None:
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        left.markdown(f"{SIGNS[seat.filling]} **{words.capital(seat.seat)}**  \n:gray[{seat.section}] · {_filling(seat)}")
        told = [empty_running(seat.empty_running)] if seat.empty_running else []
        middle.markdown("  \n".join((*map(_holder, seat.holders), *told)))
        _buttons(view, seat.seat, seat.holders, right)
    _forms(view, seat.seat, seat.holders, now)


def _filling(seat: Seat) -> str:
    """How the seat is filled, in a word; a seat that the statute wants filled stands out if it is empty."""
    if seat.filling != EMPTY:
        return seat.filling
    return f"{EMPTY}, to be filled where appropriate" if seat.where_appropriate else words.orange(f"**{EMPTY}**")


def empty_running(meetings: int) -> str:
    """At how many meetings running nobody of the seat came."""
    return words.orange("empty at the last meeting" if meetings == 1 else f"empty at the last {meetings} meetings")


def _holder(one: Holding) -> str:
    standing = "" if one.standing == MEMBER else one.standing
    until = f"until {one.until_on:%-d %b %Y}" if one.until_on else ""
    since = " ".join(filter(None, (f"since {one.from_on:%-d %b %Y}", until)))
    who = f"**{words.plain(one.name)}** · {words.plain(words.joined((one.position, one.agency)))}"
    return f"{who}  \n:gray[{words.joined((standing, since, 'signs in here' if one.person else ''))}]"


def _buttons(view: TeamView, seat: str, holders: Sequence[Holding], place: DeltaGenerator) -> None:
    if not view.team.leads:
        return
    with place.container(horizontal=True, gap="small", horizontal_alignment="right"):
        changing.opener("Name", NAME, seat, row=True)
        for one in holders:
            changing.opener("End", END, one.id, row=True)


def _forms(view: TeamView, seat: str, holders: Sequence[Holding], now: datetime) -> None:
    if not view.team.leads:
        return
    if changing.is_open(NAME, seat):
        with st.container(border=True):
            _name(view, seat, now)
    for one in holders:
        if changing.is_open(END, one.id):
            with st.container(border=True):
                _end(view, one, now)


def _name(view: TeamView, seat: str, now: datetime) -> None:
    st.markdown(f"**Name somebody: {seat}**")
    key = changing.command()
    drawn, known = partial(forms.draw, TakeSeat, key), {one.id: one for one in view.may_be_named}
    standings = [MEMBER, DESIGNEE, ALTERNATE] if seat in DESIGNATE else [MEMBER, ALTERNATE]
    values: dict[str, Any] = {"seat": seat, "standing": st.radio("As", standings, key=f"{key}-as", horizontal=True)}
    who = st.radio("Who", (SIGNS_IN, DOES_NOT), key=f"{key}-who", horizontal=True)
    if who == SIGNS_IN:
        shown = {one.id: words.joined((one.name, one.role, one.agency)) for one in known.values()}
        person = st.selectbox("Person", list(shown), None, shown.__getitem__, f"{key}-person", placeholder="Choose")
        values |= {"person": person, "agency": known[person].agency} if person else {}
        values |= drawn(names=("position",))
    else:
        values["name"] = st.text_input("Name", key=f"{key}-name", max_chars=120)
        values |= drawn(names=("position", "agency"))
    values |= drawn(names=("mail",))
    with st.container(horizontal=True, gap="small"):
        values |= drawn(names=("from_on", "until_on"), given={"from_on": local_date(now)})
    changing.send("Name", partial(_take, view, who, values), TakeSeat)


def _take(view: TeamView, who: str, values: dict[str, Any], command: str) -> str:
    if who == SIGNS_IN and "person" not in values:
        raise NotPossible("Choose the person, or say that she does not sign in here.")
    form = TakeSeat.model_validate(values)
    teams.take_seat(session.store(), view.team.id, form, by=session.viewer(), now=session.now(), command=command)
    return f"Named: {form.seat}."


def _end(view: TeamView, one: Holding, now: datetime) -> None:
    st.markdown(f"**End the time of {words.plain(one.name)}: {one.seat}**")
    st.caption("That she held it stays on record.")
    last_day = st.date_input("Last day", local_date(now), key=f"{changing.command()}-last", format="MM/DD/YYYY", width=220)

    def end(_command: str) -> str:
        teams.end_seat(session.store(), view.team.id, one.id, last_day, by=session.viewer(), now=session.now())
        return f"The time of {words.plain(one.name)} ends on {last_day:%-d %b %Y}."

    changing.send("End it", end, TakeSeat)


def _others(title: str, view: TeamView, holdings: Sequence[Holding], now: datetime) -> None:
    """Holdings that are not of today; what begins later may be ended too."""
    if not holdings:
        return
    with st.expander(f"{title} ({len(holdings)})", expanded=any(changing.is_open(END, one.id) for one in holdings)):
        for one in holdings:
            left, right = st.columns([6, 1], vertical_alignment="center", gap="small")
            left.markdown(f"{words.capital(one.seat)}: {_holder(one)}")
            if view.team.leads and one in view.later:
                with right:
                    changing.opener("End", END, one.id, row=True)
            if changing.is_open(END, one.id):
                _end(view, one, now)
