"""Before a determination: whether this is a minor child residing in the state, by dates, behind a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt.board import screening
from mdt.errors import MdtError
from mdt.policy import DCF, See

if TYPE_CHECKING:
    from mdt.board.case import CaseView
    from mdt.board.minor import MinorAndResident, OnReport

MINOR = "minor"  # what was read, for this look


def minor_strip(view: CaseView, of: str = "") -> None:
    """Whether this is a minor child residing in the state, by dates; behind a button, because it is a look at who she is.

    `of`: the task above whose form it stands, where a case page shows it more than once.
    """
    if session.viewer().role not in DCF or See.IDENTITY not in view.sight.sees:
        return
    if st.session_state.get("presenting"):
        session.hide_names()
        st.caption("Presentation mode is on: the birthdate stays closed.")
        return
    under, found = st.session_state.get(MINOR, (None, None))
    if under != view.as_seen or found is None:
        st.button("Check: a minor, and a resident?", key=f"minor-{view.card.id}-{of}", on_click=_look, args=(view,))
        st.caption("Each look is recorded.")
        return
    _dates(found)
    st.button("Hide the dates", key=f"minor-hide-{view.card.id}-{of}", on_click=session.hide_names)


def _look(view: CaseView) -> None:
    try:
        found = screening.minor_and_resident(session.store(), session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
        return
    st.session_state[MINOR] = (view.as_seen, found)


def _dates(found: MinorAndResident) -> None:
    with st.container(border=True, gap="small"):
        st.markdown("**A minor child residing in the state?** (§ 17a-106f(a)) This decides nothing; you do.")
        for warning in found.warnings:
            st.warning(words.plain(warning))
        st.text("\n".join((_born(found), *map(_on_report, found.reports), _today(found), _home(found))))


def _born(found: MinorAndResident) -> str:
    if found.birthdate is None or found.eighteen_on is None:
        return f"Birthdate: unknown. Age told: {'unknown' if found.told_age is None else found.told_age}"
    return f"Born {found.birthdate:%-d %b %Y}; eighteen on {found.eighteen_on:%-d %b %Y}"


def _on_report(one: OnReport) -> str:
    lives = {True: "yes", False: "no", None: "unknown"}[one.in_state]
    return f"{words.capital(one.report)}, {one.on:%-d %b %Y}: {words.age(one.age)}; told to live in Connecticut: {lives}"


def _today(found: MinorAndResident) -> str:
    return f"Today, {found.today:%-d %b %Y}: {words.age(found.age_today)}"


def _home(found: MinorAndResident) -> str:
    ours = {True: "a town of Connecticut", False: "no town of Connecticut", None: "unknown"}[found.town_is_ours]
    return f"Town: {found.town} ({ours})" if found.town else "Town: unknown"
