"""A text that somebody has as a file goes into the field of a form, to be read over before it is recorded."""

from __future__ import annotations

import streamlit as st

from mdt.errors import BadFile
from mdt.exchange.texts import KINDS, text_of


def text(command: str, field: str) -> None:
    """Offer to take the field's text from a file, once for each file; what was typed there is replaced by it."""
    found = st.file_uploader("From a file (text or DOCX)", KINDS, key=f"{command}.file")
    taken = f"{command}.taken"
    if found is None or st.session_state.get(taken) == found.file_id:
        return
    try:
        st.session_state[f"{command}-{field}"] = text_of(found.name, found.getvalue())
    except BadFile as refusal:
        st.error(str(refusal))
    else:
        st.session_state[taken] = found.file_id
