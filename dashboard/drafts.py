"""The forms that a person began and has not recorded, on her start pages: each opens where it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, keeping, session, words
from mdt.board.case import case_view
from mdt.casework import ACT, drafts
from mdt.errors import MdtError

if TYPE_CHECKING:
    from mdt.casework.drafts import Begun

SHOWN = 5
OPENS = "intake-opens"  # the tab of the intake page that a link chose
ANSWERED = "This step has been answered meanwhile; the form can't be recorded any more."


def listed() -> None:
    """Links to what she began, the newest first; nothing if there is nothing."""
    found = drafts.begun(session.store(), session.viewer(), session.now())
    begun = [one for one in found if one.case_id or not keeping.is_open(one.form)]  # not the one before her eyes
    if not begun:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Begun and not recorded:", width="content")
        chosen = [one for n, one in enumerate(begun[:SHOWN]) if _link(n, one)]
        if len(begun) > SHOWN:
            st.caption(f"and {len(begun) - SHOWN} more", width="content")
    for one in chosen:
        _open(one)


def _link(n: int, one: Begun) -> bool:
    clicked = st.button(title(one), key=f"draft-{n}", type="tertiary")
    st.button("✕", key=f"draft-{n}-away", type="tertiary", help="Throw it away", on_click=keeping.throw_away, args=(one.form,))
    return clicked


def title(one: Begun) -> str:
    """Which form, on which case, and when it was last touched."""
    act = ACT.get(one.form.rpartition("/")[2])
    return f"{words.joined((act.title if act else 'Take a report', one.number))} :gray[{words.moment(one.saved_at)}]"


def _open(one: Begun) -> None:
    if one.case_id is None:  # a new report; every other form is `<case>/<task>/<act>`
        st.session_state[OPENS] = "Take a report"
        st.switch_page("intake.py")
    case_id, task_id, act = one.form.split("/")
    try:
        view = case_view(session.store(), session.viewer(), case_id, session.now())
        if not task_id or task_id in {task.id for task in view.tasks}:
            acting.open_at(case_id, task_id, act)
        _show(one)
    except MdtError as refusal:
        st.error(str(refusal))


def _show(one: Begun) -> None:
    """The words of a form that came too late, for her to use elsewhere; not while presenting."""
    st.warning(ANSWERED)
    kept = drafts.found(session.store(), session.viewer(), one.form, session.now())
    if kept and not st.session_state.get("presenting"):
        for typed in kept.values.values():
            if isinstance(typed, str):
                st.text(typed)
