"""The papers of a case that those who lead the team make: requests for records, and what of a meeting may be disclosed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt.casework import meeting_papers
from mdt.errors import MdtError
from mdt.facts import Fact
from mdt.policy import LEADS
from mdt.provided import disclosable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mdt.board.case import CaseView
    from mdt.casework.documents import Document

F = Fact
MADE = "papers-made"
_STATE = {
    F.RECORD_SOUGHT: "to be certified", F.RECORD_CERTIFIED: "certified, awaited", F.RECORD_RECEIVED: "received",
    F.RECORD_REFUSED: "refused",
}  # fmt: skip


def panel(view: CaseView) -> None:
    """What the team seeks (§ 17a-106a(h)), and what was said at its meetings, with what may be disclosed (§ 17a-106a(i))."""
    stands = view.stands
    sought = [e for e in stands if e.fact is F.RECORD_SOUGHT]
    said = [e for e in stands if e.fact is F.STATEMENT_MADE]
    if session.viewer().role not in LEADS or not (sought or said) or not view.sight.may_record:
        return
    store, who = session.store(), session.viewer()
    if sought:
        st.subheader("Records that the team seeks", anchor=False)
    for one in sought:
        states = [_STATE[e.fact] for e in stands if e.about == one.about and e.fact in _STATE]
        st.markdown(f"{view.things.get(one.about or '', '')}: {one.data['holder']}, **{states[-1]}**")
        make = partial(meeting_papers.request, store, who, view.card.id, one.about or "")
        offer(f"request-{one.about}", "Request with certificate", make)
    if said:
        st.subheader("What was said at meetings", anchor=False)
        allowed = disclosable(stands)
        st.caption(f"{words.count(len(said), 'statement')}, of which {len(allowed)} may be disclosed (§ 17a-106a(i)). "
                   "To allow one, choose “Allow a disclosure” below.")  # fmt: skip
    for line in dict.fromkeys(e.data.get("line", "") for e in said):
        make = partial(meeting_papers.disclosure, store, who, view.card.id, line)
        title = f"What may be disclosed, {view.things.get(line, 'meeting')}"
        offer(f"disclosure-{line}", title, make)


def offer(key: str, title: str, make: Callable[[str, datetime], Document], kinds: Sequence[str] = ("pdf", "docx")) -> None:
    """The paper as the files named, until the page is drawn anew."""
    with st.container(horizontal=True, gap="small"):
        for media in kinds:
            if st.button(f"{title} ({media.upper()})", key=f"{key}-{media}"):
                st.session_state[MADE] = (key, media)
    of, media = st.session_state.get(MADE, ("", ""))
    if of != key:
        return
    st.session_state.pop(MADE)
    try:
        made = make(media, session.now())
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.download_button(f"Save {made.name}", made.content, made.name, made.media, f"{key}-save", on_click="ignore",
                       type="primary")  # fmt: skip
