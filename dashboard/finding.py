"""Finding a child by name. Neither the name looked for nor any name found is shown in a list, kept or put into an address."""

from __future__ import annotations

import streamlit as st

from dashboard import session, words
from mdt.access import may_look_into
from mdt.board.find import MOST, Found, find_child, still_hers
from mdt.errors import MdtError

FIRST_YEAR, LAST_YEAR = 1990, 2100


def find() -> None:
    """A lid with a form; who is found is shown by case number, and a name costs a click there."""
    if not may_look_into(session.viewer(), "names"):
        return
    lid = st.expander("Find a child by name", on_change="rerun", key="find")
    if not lid.open:
        st.session_state.pop("found", None)
        return
    with lid:
        if st.session_state.get("presenting"):
            st.caption("Presentation mode is on: names are not looked for.")
            return
        with st.form("find-form", clear_on_submit=True, border=False):
            one, two, three = st.columns(3)
            given = one.text_input("Given name", key="find-given")
            family = two.text_input("Family name", key="find-family")
            year = three.number_input("Birth year, if known", FIRST_YEAR, LAST_YEAR, None, key="find-year")
            if st.form_submit_button("Find", type="primary"):
                _look(given, family, int(year) if year else None)
        _results()


def _look(given: str, family: str, year: int | None) -> None:
    try:
        st.session_state["found"] = find_child(session.store(), session.viewer(), given, family, year, session.now())
    except MdtError as refusal:
        st.session_state.pop("found", None)
        st.error(str(refusal))


def _results() -> None:
    looked: list[Found] | None = st.session_state.get("found")
    if looked is None:
        st.caption("Spelling, order and accents do not matter. That you looked is recorded, the name is not.")
        return
    found = still_hers(session.store(), session.viewer(), looked)
    if not found:
        st.write("No case of yours has a child of such a name.")
    for n, one in enumerate(found):
        where = words.joined((words.age(one.age), one.district or "not placed yet", one.room))
        if st.button(f"**{one.number}** · {one.how} · {where}", key=f"found-{n}", type="tertiary"):
            session.open_case(one.case_id)
    if len(found) == MOST:
        st.caption(f"The first {MOST} are shown. Add a name or the birth year.")
