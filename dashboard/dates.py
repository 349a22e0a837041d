"""When a team meets: its series with their next dates, and the meetings that are set, each moved or cancelled with a reason."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import changing, forms, session, words
from mdt import series
from mdt.casework import convene, teams
from mdt.casework.teams import NewSeries
from mdt.convening import LONGEST, SHORTEST, CancelMeeting, MoveMeeting, SetMeeting
from mdt.law.period import EASTERN, local_date
from mdt.series import NAMES, NTH, Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.teams import Dates, SetDate, TeamView
    from mdt.series import Every, OnHoliday

ADD, END, SET, MOVE, CANCEL = "add-series", "end-series", "set-meeting", "move", "cancel"
EVERY: dict[Every, str] = {"week": "every week", "two weeks": "every two weeks", "month": "every month"}
ON_HOLIDAY: dict[OnHoliday, str] = {"next open day": "they meet on the next open day", "skip": "they do not meet"}
TEN = time(10)
TUESDAY = 1
SHOWN = 3  # dates of a series that is being written
YEAR = timedelta(days=400)


def panel(view: TeamView, now: datetime) -> None:
    """The series, then what is set."""
    st.subheader("Series", anchor=False)
    for one in view.series:
        _series(view, one, now)
    if not view.series:
        st.write("The team has ended its series. It meets when a meeting is set.")
    if view.team.leads:
        _form("Add a series", ADD, partial(_add, view, now))
    st.subheader("Meetings that are set", anchor=False)
    if view.team.leads:
        _form("Set a meeting", SET, partial(_set, view))
    if not view.meetings:
        st.write("None. One is set as soon as a case waits for the team.")
    with st.container(gap="xsmall"):
        for meeting in view.meetings:
            _meeting(view, meeting)


def _form(label: str, what: str, draw: Callable[[], None]) -> None:
    changing.opener(label, what)
    if changing.is_open(what):
        with st.container(border=True):
            draw()


def _series(view: TeamView, one: Dates, now: datetime) -> None:
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center", gap="small")
        says = f"**{words.capital(one.says)}** · {one.minutes} minutes · {words.plain(one.place) or 'no place given'}"
        closed = f"On a weekend or legal holiday {ON_HOLIDAY[one.on_holiday]} (§ 1-4)."
        ends = f" The last day is {one.ends_on}." if one.ends_on else ""
        whose = "" if one.id else "  \n:gray[By the standard: the team has set no dates of its own.]"
        left.markdown(f"{says}{whose}  \nNext: {', '.join(map(words.day, one.coming))}  \n:gray[{closed}{ends}]")
        if view.team.leads and one.id:
            with right.container(horizontal=True, horizontal_alignment="right"):
                changing.opener("End", END, one.id, row=True)
        if changing.is_open(END, one.id) and view.team.leads:
            _end(view, one, now)


def _end(view: TeamView, one: Dates, now: datetime) -> None:
    last_day = st.date_input("Last day", local_date(now), key=f"{changing.command()}-last", format="MM/DD/YYYY", width=220)

    def end(_command: str) -> str:
        who, store = session.viewer(), session.store()
        left = teams.end_series(store, view.team.id, one.id, last_day, by=who, now=session.now())
        still = f" {words.count(left, 'later meeting')} stay set: move or cancel them one by one." if left else ""
        return f"The series ends on {last_day:%-d %b %Y}.{still}"

    changing.send("End the series", end, NewSeries)


def _add(view: TeamView, now: datetime) -> None:
    st.markdown("**Add a series**")
    key = changing.command()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        every = st.selectbox("How often", list(EVERY), 1, EVERY.__getitem__, key=f"{key}-every", width=180)
        nth = 1
        if every == "month":
            nth = st.selectbox("Which one", list(NTH), 0, NTH.__getitem__, key=f"{key}-nth", width=120)
        day = st.selectbox("Day", range(len(NAMES)), TUESDAY, NAMES.__getitem__, key=f"{key}-day", width=160)
        at = st.time_input("Eastern time", TEN, key=f"{key}-at", width=140)
        begins = st.date_input("From", local_date(now), key=f"{key}-from", format="MM/DD/YYYY", width=160)
        minutes = st.number_input("Minutes", SHORTEST, LONGEST, 120, 15, key=f"{key}-minutes", width=140)
    place = st.text_input("Place (optional)", key=f"{key}-place", max_chars=120)
    on_holiday = st.radio(
        "On a weekend or legal holiday", list(ON_HOLIDAY), 0, ON_HOLIDAY.__getitem__, key=f"{key}-closed", horizontal=True
    )
    of = Series(series.rule_for(every, day, nth), datetime.combine(begins, at), on_holiday)
    st.caption(preview(of, now))
    values = {"rule": of.rule, "first": of.first, "minutes": minutes, "place": place, "on_holiday": on_holiday}
    changing.send("Add the series", partial(_added, view, values), NewSeries)


def preview(of: Series, now: datetime) -> str:
    """A series in words, with its first dates to come."""
    begins = of.first.replace(tzinfo=EASTERN)
    just_before = max(now, begins - timedelta(microseconds=1))
    coming = series.starts(of, just_before, max(now, begins) + YEAR)[:SHOWN]
    return f"{words.capital(series.in_words(of))}: {', '.join(map(words.day, coming))} …"


def _added(view: TeamView, values: dict[str, Any], command: str) -> str:
    form, store = NewSeries.model_validate(values), session.store()
    teams.add_series(store, view.team.id, form, by=session.viewer(), now=session.now(), command=command)
    return "The series is added."


def _set(view: TeamView) -> None:
    st.markdown("**Set a meeting**")
    values = forms.draw(SetMeeting, changing.command())

    def record(command: str) -> str:
        form, store = SetMeeting.model_validate(values), session.store()
        convene.set_meeting(store, view.team.id, form, by=session.viewer(), now=session.now(), command=command)
        return f"Set: {words.meeting(form.starts_at)}."

    changing.send("Set it", record, SetMeeting)


def _meeting(view: TeamView, one: SetDate) -> None:
    with st.container(border=True):
        left, right = st.columns([5, 2], vertical_alignment="center", gap="small")
        kind = "special meeting" if one.special else ""
        more = words.joined((kind, f"{one.minutes} minutes", words.plain(one.place) or "no place given"))
        left.markdown(f"**{words.meeting(one.starts_at)}**  \n:gray[{more}]")
        if not view.team.leads:
            return
        with right.container(horizontal=True, gap="small", horizontal_alignment="right"):
            changing.opener("Move", MOVE, one.id, row=True)
            changing.opener("Cancel", CANCEL, one.id, row=True)
        if changing.is_open(MOVE, one.id):
            given = {"starts_at": one.starts_at, "minutes": one.minutes, "place": one.place}
            _change(MoveMeeting, one, "move_meeting", "Move it", given)
        if changing.is_open(CANCEL, one.id):
            _change(CancelMeeting, one, "cancel_meeting", "Cancel it", {})


def _change(model: type[MoveMeeting | CancelMeeting], one: SetDate, act: str, label: str, given: dict[str, Any]) -> None:
    st.caption("Cases on its agenda go along, or to the next meeting.")
    values = forms.draw(model, changing.command(), given=given)

    def record(command: str) -> str:
        form = model.model_validate(values)
        by, now = session.viewer(), session.now()
        convene.convene(session.store(), one.id, act, form, by=by, now=now, command=command)
        if isinstance(form, MoveMeeting):
            return f"Moved to {words.meeting(form.starts_at)}."
        return f"Cancelled: {words.meeting(one.starts_at)}."

    changing.send(label, record, model)
