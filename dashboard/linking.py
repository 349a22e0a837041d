"""The advocate's side of an answer by a link: make one for a service referral that waits, see how it stands, withdraw it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from dashboard import session, words
from mdt import access, answer, settings
from mdt.board import answers
from mdt.casework import ACT, answer_links
from mdt.errors import MdtError

if TYPE_CHECKING:
    from mdt.board.answers import Standing
    from mdt.board.case import CaseView

MADE = session.ANSWER_LINK  # case, need and the whole link: kept for as long as it is on the screen


def here(view: CaseView, need: str) -> None:
    """The link for this need, if an outside provider's answer is waited for and this person may send it one."""
    if (
        not view.sight.may_record
        or not access.may(session.viewer(), ACT[answer_links.ISSUING])
        or not answer.waiting(view.stands, need)
    ):
        return
    found = answers.standing(session.store(), session.viewer(), view.card.id, need, session.now())
    shown = st.session_state.get(MADE)
    if shown and shown[:2] == (view.card.id, need) and found:
        _once(shown[2], found)
    elif found:
        st.caption(_how_it_stands(found))
    with st.container(horizontal=True, gap="small"):
        label = "Make a new answer link" if found else "Make an answer link"
        st.button(label, key=f"link-make-{need}", on_click=_make, args=(view.card.id, need))
        if found:
            st.button("Withdraw the link", key=f"link-withdraw-{need}", on_click=_withdraw, args=(view.card.id, need))
    if why := st.session_state.pop(f"link-refused-{need}", None):
        st.error(why)


def _once(link: str, found: Standing) -> None:
    st.code(link, language=None, wrap_lines=True)
    st.caption(
        f"Copy it now: it is shown this once and kept nowhere. It takes one answer, until the end of "
        f"{words.day(found.expires_at)}. "
        "Send it to the provider alone, and without a name beside it."
    )
    st.button("I have copied it", key="link-copied", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(MADE, None)


def _how_it_stands(found: Standing) -> str:
    seen = f"opened {words.count(found.opened, 'time')}" if found.opened else "not opened yet"
    made = words.moment(found.issued_at)
    if not found.opens:
        return f"The answer link of {made} opens no more: what it was made under has changed. Make a new one."
    return f"An answer link was made on {made}; it stands until the end of {words.day(found.expires_at)} and was {seen}."


def on_screen(view: CaseView, need: str) -> str:
    """The link that was just made for this need, as long as it is on the screen; empty if none is."""
    shown = st.session_state.get(MADE)
    return str(shown[2]) if shown and shown[:2] == (view.card.id, need) else ""


def _make(case_id: str, need: str) -> None:
    _forget()
    try:
        made = answer_links.issue(session.store(), session.viewer(), case_id, need, session.now())
    except MdtError as refusal:
        st.session_state[f"link-refused-{need}"] = str(refusal)
    else:
        st.session_state[MADE] = (case_id, need, f"{_base()}/{answer.PATH}#{made.token}")


def _withdraw(case_id: str, need: str) -> None:
    _forget()
    try:
        answer_links.withdraw(session.store(), session.viewer(), case_id, need, session.now())
    except MdtError as refusal:
        st.session_state[f"link-refused-{need}"] = str(refusal)


def _base() -> str:
    """Where others reach this board: as it is set, or as this window reached it."""
    here = urlsplit(st.context.url or "")
    return settings.public_url() or f"{here.scheme}://{here.netloc}"
