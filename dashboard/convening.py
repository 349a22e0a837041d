"""Recording something about the meeting that is open: once, however often it was clicked, and what was said to it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from dashboard import session
from mdt.casework import convene
from mdt.errors import MdtError
from mdt.store import ledger

if TYPE_CHECKING:
    from mdt.board.meeting import MeetingView
    from mdt.convening import Form

SAID = "meeting-said"  # a refusal, until the page was drawn with it
SEED = "meeting-seed"


def record(view: MeetingView, key: str, form: Form) -> bool:
    """Record it about the meeting as this page showed it; whether it was. What it was refused for is shown on the page."""
    try:
        convene.convene(
            session.store(),
            view.id,
            key,
            form,
            by=session.viewer(),
            now=session.now(),
            command=command_of(view, key, form),
            seen=view.version,
        )
    except MdtError as refusal:
        st.session_state[SAID] = str(refusal)
        return False
    st.session_state.pop(SAID, None)
    return True


def command_of(view: MeetingView, key: str, form: Form) -> str:
    """The same click on the same page is the same command."""
    seed: str = st.session_state.setdefault(SEED, uuid4().hex)
    return ledger.short(f"{seed}/{view.id}/{view.version}/{key}/{form.model_dump_json()}")


def said() -> None:
    """What the last click was refused for."""
    if refusal := st.session_state.pop(SAID, None):
        st.error(refusal)
