"""A team's own page: who fills its seats, when it meets, which towns it serves. Those who lead it change it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import changing, dates, seating, session, words
from mdt import geography
from mdt.board import teams as board
from mdt.casework import teams
from mdt.casework.teams import NewTeam
from mdt.errors import NotPossible

if TYPE_CHECKING:
    from mdt.board.teams import Team, TeamView

CHOSEN, GIVE, ADD = "team-chosen", "give-towns", "add-team"
TABS = ["Seats", "Meetings", "Towns"]


def choose(found: list[Team]) -> str:
    """The team that is shown: chosen from a list, if there are several."""
    names = {one.id: one.name for one in found}
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = found[0].id
    if len(found) > 1:
        st.selectbox(
            "Team", list(names), format_func=names.__getitem__, key=CHOSEN, width=360, on_change=changing.close,
            label_visibility="collapsed",
        )  # fmt: skip
    chosen: str = st.session_state[CHOSEN]
    return chosen


def towns(view: TeamView) -> None:
    """Which towns of the district each of its teams serves; giving it towns, and adding a team."""
    st.write(words.plain(", ".join(view.served)) or "The team serves no town.")
    others = {town: by for town, by in view.towns.items() if by.id != view.team.id}
    for name in sorted({by.name for by in others.values()}):
        served = ", ".join(town for town, by in others.items() if by.name == name)
        st.markdown(f"**{words.plain(name)}**  \n{words.plain(served)}")
    if not view.team.leads:
        return
    st.caption("Cases placed from now on go to the team that serves the town; those placed before stay where they are.")
    with st.container(horizontal=True, gap="small"):
        if others:
            changing.opener("Let it serve more towns", GIVE)
        if view.may_add:
            changing.opener("Add a team in the district", ADD)
    if changing.is_open(GIVE) and others:
        with st.container(border=True):
            _give(view, list(others))
    if changing.is_open(ADD) and view.may_add:
        with st.container(border=True):
            _add(view)


def _give(view: TeamView, others: list[str]) -> None:
    chosen = st.multiselect("Towns", others, key=f"{changing.command()}-towns", placeholder="Choose any")

    def give(_command: str) -> str:
        if not chosen:
            raise NotPossible("Choose at least one town.")
        who, store = session.viewer(), session.store()
        moved = teams.give_towns(store, view.team.id, tuple(chosen), by=who, now=session.now())
        return f"The team serves {words.count(moved, 'more town', 'more towns')}."

    changing.send("Let it serve them", give, NewTeam)


def _add(view: TeamView) -> None:
    district = view.team.district
    st.markdown(f"**Add a team in the judicial district of {words.plain(district)}** (§ 17a-106a(b))")
    key = changing.command()
    name = st.text_input("Name", key=f"{key}-name", max_chars=80)
    here = [town.name for town in geography.towns() if town.judicial_district == district]
    chosen = st.multiselect("Towns it serves", here, key=f"{key}-towns", placeholder="Choose any")

    def add(command: str) -> str:
        form = NewTeam(name=name, towns=tuple(chosen))
        teams.add_team(session.store(), district, form, by=session.viewer(), now=session.now(), command=command)
        return f"Added: {words.plain(form.name)}. Name its members next."

    changing.send("Add the team", add, NewTeam)


def page() -> None:
    """The team, and what is said of it."""
    now = session.now()
    st.header("Team", anchor=False)
    found = board.teams(session.store(), session.viewer(), now)
    if not found:
        st.write("You serve no team yet. Whoever leads one names you to a seat of it.")
        return
    view = board.team_view(session.store(), session.viewer(), choose(found), now)
    changing.said()
    if not view.team.leads:
        st.caption("The chairperson and the coordinator change what stands here.")
    seats, meetings, served = st.tabs(TABS, on_change="rerun", key="team-tab")
    if seats.open:
        with seats:
            seating.panel(view, now)
    if meetings.open:
        with meetings:
            dates.panel(view, now)
    if served.open:
        with served:
            towns(view)


page()
