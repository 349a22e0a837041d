"""The forms that a person began and has not recorded, on her start pages: each opens where it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, keeping, session, words
from mdt.casework import ACT, drafts

if TYPE_CHECKING:
    from mdt.casework.drafts import Begun

SHOWN = 5


def listed() -> None:
    """Links to what she began, the newest first; nothing if there is nothing."""
    begun = drafts.begun(session.store(), session.viewer(), session.now())
    if not begun:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Begun and not recorded:", width="content")
        for n, one in enumerate(begun[:SHOWN]):
            if st.button(title(one), key=f"draft-{n}", type="tertiary"):
                _open(one)
            st.button(
                "✕", key=f"draft-{n}-away", type="tertiary", help="Throw it away", on_click=keeping.done, args=(one.form,)
            )
        if len(begun) > SHOWN:
            st.caption(f"and {len(begun) - SHOWN} more", width="content")


def title(one: Begun) -> str:
    """Which form, on which case, and when it was last touched."""
    act = ACT.get(one.form.rpartition("/")[2])
    return f"{words.joined((act.title if act else 'Take a report', one.number))} :gray[{words.moment(one.saved_at)}]"


def _open(one: Begun) -> None:
    if one.case_id is None:  # a new report; every other form is `<case>/<task>/<act>`
        st.session_state["intake-tab"] = "Take a report"
        st.switch_page("intake.py")
    case_id, task_id, act = one.form.split("/")
    acting.open_at(case_id, task_id, act)
