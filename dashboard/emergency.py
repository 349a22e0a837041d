"""Cases that are not mine to open: the restricted ones, each with its reason, and emergency access to others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st
from pydantic import ValidationError

from dashboard import forms, session, words
from mdt import settings
from mdt.access import may, relates
from mdt.board import overview, who
from mdt.board.people import demo_code
from mdt.casework import ACT, carry_out
from mdt.casework.glass import take_emergency_access
from mdt.circle import AdmitPerson, Emergency
from mdt.errors import MdtError
from mdt.facts import Fact
from mdt.policy import Relation

if TYPE_CHECKING:
    from mdt.board.overview import Restricted


def restricted() -> None:
    """The restricted cases of which this person sees a row and no content."""
    found = overview.restricted(session.store(), session.viewer())
    if not found:
        return
    st.subheader(f"Restricted: {words.count(len(found), 'case')}", anchor=False)
    st.caption("They are there, and those whom the restriction names work on them.")
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{one.number}**: {words.plain(one.reason)}", width="content")
            if may(session.viewer(), ACT["admit_person"]):
                _admit_a_colleague(one)
    if said := st.session_state.pop("admitted", ""):
        st.write(said)


def _admit_a_colleague(one: Restricted) -> None:
    """For those who keep restrictions: a case must not stay shut because everybody whom it names has left."""
    with st.popover("Admit a colleague", type="tertiary", key=f"admit-{one.number}"):
        st.caption("It stands in the case's history, under your name. You do not see the case by it.")
        people = who.choices(session.store(), Fact.PERSON_ADMITTED, one.id, session.now())["person"]
        others = {key: name for key, name in people.items() if key != session.viewer().id}
        chosen = st.selectbox("Who", list(others), None, others.__getitem__, f"admit-who-{one.number}", placeholder="Choose")
        st.button("Admit", key=f"admit-now-{one.number}", disabled=chosen is None, on_click=_admit, args=(one, chosen))


def _admit(one: Restricted, person: str) -> None:
    by, now, act = session.viewer(), session.now(), ACT["admit_person"]
    try:
        form = AdmitPerson(happened_at=now, person=person)
        carry_out(session.store(), one.id, act, form, by=by, now=now, command=uuid4().hex)
    except MdtError as refusal:
        st.session_state["admitted"] = str(refusal)
    else:
        st.session_state["admitted"] = f"Recorded: a person was admitted to {one.number}."


def offer() -> None:
    """A lid with the form of emergency access, for the roles that have it."""
    if not relates(session.viewer(), Relation.GLASS):
        return
    lid = st.expander("Emergency access to a case that is not mine", on_change="rerun", key="emergency")
    if not lid.open:
        return
    with lid:
        st.markdown(
            "For four hours you see where the case stands, what happened, who the child is and what the reports told. "
            "You record nothing. **Your supervisor is told at once, and the auditor reviews it.**"
        )
        if settings.is_demo():
            st.caption(f"Demo: your code is now {demo_code(session.store(), session.viewer(), session.now())}")
        with st.form("emergency-form", border=False):
            one, two = st.columns(2)
            number = one.text_input("Case number", key="emergency-number", placeholder="2026-00001")
            code = two.text_input("Code of your second factor", key="emergency-code", type="password", autocomplete="off")
            reason = st.text_area("Why it cannot wait", key="emergency-reason", height=68)
            if st.form_submit_button("Take emergency access", type="primary"):
                _take(number, reason, code)


def _take(number: str, reason: str, code: str) -> None:
    command = st.session_state.setdefault("emergency-command", uuid4().hex)
    try:
        receipt = take_emergency_access(
            session.store(), number, reason, code, by=session.viewer(), now=session.now(), command=command
        )
    except ValidationError as error:
        st.error("\n\n".join(forms.wrong(error, Emergency)))
        return
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.session_state.pop("emergency-command", None)
    session.open_case(receipt.case_id)
