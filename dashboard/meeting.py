"""The team's start: meetings being held, to come and to be recorded; unfinished decisions, the team's work, who is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import drafts, parts, session, words
from mdt.board import meeting, overview, work
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.board.meeting import Convened

DECISIONS = ("carry-out-decision",)
TEAM = ("MDT",)
GROUPS = (
    ("Being held now", lambda m, _now: m.state == "open"),
    ("Today", lambda m, now: m.state == "set" and local_date(m.starts_at) == local_date(now)),
    ("Held, record not approved", lambda m, _now: m.state == "held"),
    ("To come", lambda m, now: m.state == "set" and m.starts_at > now),
    ("Past, never opened", lambda m, _now: m.state == "set"),
    ("Recorded", lambda m, _now: m.state == "recorded"),
    ("Cancelled", lambda m, _now: m.state == "cancelled"),
)
ROW = [3, 2.4, 2.2]
FEW = 6


def meetings(now: datetime) -> None:
    """Every meeting of hers, by how it stands; each opens."""
    found = meeting.meetings(session.store(), session.viewer(), now)
    if not found:
        st.write("No meeting is set. One is made as soon as a case waits for the team.")
        return
    left = list(found)
    for title, belongs in GROUPS:
        here = [one for one in left if belongs(one, now)]
        left = [one for one in left if one not in here]
        if here:
            group(title, here)


def group(title: str, here: Sequence[Convened]) -> None:
    """The meetings that stand alike; more than a few only on request."""
    st.subheader(f"{title} ({len(here)})", anchor=False)
    shown = here if len(here) <= FEW or st.toggle(f"Show all {len(here)}", key=f"all-{title}") else here[:FEW]
    with parts.rows():
        for one in shown:
            row(one)


def row(one: Convened) -> None:
    """A meeting: when, of which team, how many cases."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        if left.button(f":primary[**{words.meeting(one.starts_at)}**]", key=f"meeting-{one.id}", type="tertiary", wrap=True):
            session.open_meeting(one.id)
        middle.markdown(words.joined((words.plain(one.team), "special meeting" if one.special else "")))
        heard = words.count(one.heard, "case") + " heard" if one.heard else ""
        there = " on the agenda" if one.state in ("set", "open") else " left"
        wait = words.count(one.cases, "case") + there if one.cases else "no case of yours"
        right.markdown(words.joined((heard, "" if one.heard and not one.cases else wait, f"{one.minutes} min")))


def behind(now: datetime) -> None:
    """What each agency still owes, summed."""
    tallies = {owner: work.tally(session.store(), session.viewer(), (owner,), now) for owner in overview.owners()}
    worst_first = sorted((item for item in tallies.items() if item[1].open), key=lambda item: -item[1].overdue)
    if not worst_first:
        st.write("Nothing is open anywhere.")
        return
    st.dataframe(
        [{"Waiting for": o, "Open": t.open, "Overdue": t.overdue, "Past the standard": t.late} for o, t in worst_first],
        hide_index=True,
    )


def page() -> None:
    """Before the meeting, at it and after it."""
    now = session.now()
    st.header("Meetings", anchor=False)
    drafts.listed()
    names = ["Meetings", "Decisions", "The team's work", "Overdue by agency", "Notices"]
    sittings, decisions, team, agencies, told = st.tabs(names, on_change="rerun", key="meeting-tab")
    if sittings.open:
        with sittings:
            meetings(now)
    if decisions.open:
        with decisions:
            st.caption("Decisions of earlier meetings that nobody has answered yet.")
            parts.work_list("decisions", overview.owners(), steps=DECISIONS)
    if team.open:
        with team:
            parts.work_list("team", TEAM)
    if agencies.open:
        with agencies:
            behind(now)
    if told.open:
        with told:
            parts.notice_list(TEAM)


page()
