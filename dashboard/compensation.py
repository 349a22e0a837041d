"""The compensation track: rights that run out and have, where claims stand, those being prepared, and what OVS has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import claim, drafts, own_form, parts, session
from mdt.board import overview, work
from mdt.board.overview import PAGE
from mdt.law.rulebook import Force, load
from mdt.process import STEPS, Room

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.work import Line

TRACK = [step for step in STEPS if step.room is Room.COMPENSATION]
RIGHTS = tuple(step.key for step in TRACK if step.rule and load()[step.rule].force is Force.ONLY_IF)
OTHERS = tuple(step.key for step in TRACK if step.key not in RIGHTS)
OVS = ("OVS", "victim compensation commissioner")
OURS = tuple(owner for owner in overview.owners() if owner not in OVS)
WAIVERS = {step.key: load()[step.rule].waivers for step in TRACK if step.rule}


def rights() -> None:
    """Rights that can be lost: the one that ends soonest first."""
    st.caption("A right is never overdue. It runs out, and a waiver may save it (§ 54-211(a)).")
    parts.work_list("rights", overview.owners(), steps=RIGHTS)


def lost(now: datetime) -> None:
    """Rights that ran out, each with the waivers the law names for it."""
    store, viewer = session.store(), session.viewer()
    total = work.tally(store, viewer, overview.owners(), now, steps=RIGHTS).lost
    first = parts.page_of("lost", total)
    found = work.waiting(store, viewer, overview.owners(), now, which="lost", steps=RIGHTS, first=first, most=PAGE)
    if not found:
        st.write("No right has run out.")
    with parts.rows():
        for n, line in enumerate(found):
            parts.line_row(line, now, f"lost-{n}")
            st.caption(_waivers(line))
    parts.pager("lost", total)


def _waivers(line: Line) -> str:
    grounds = "; ".join(f"{w.ground} ({w.cite})" for w in WAIVERS.get(line.step, ()))
    return f"What may save it: {grounds}." if grounds else "The section names no waiver for it."


def page() -> None:
    """Where claims stand, rights, claims, OVS."""
    now = session.now()
    st.header("Compensation", anchor=False)
    drafts.listed()
    names = ["Rights that run out", "Where claims stand", "Rights that have ended", "Claims in preparation", "Before OVS"]
    running, standing, ended, claims, ovs = st.tabs(names, on_change="rerun", key="compensation-tab")
    if running.open:
        with running:
            rights()
    if standing.open:
        with standing:
            claim.listed(now)
    if ended.open:
        with ended:
            lost(now)
    if claims.open:
        with claims:
            parts.work_list("claims", OURS, steps=OTHERS)
    if ovs.open:
        with ovs:
            parts.work_list("ovs", OVS, steps=tuple(step.key for step in TRACK))
            own_form.panel()


page()
