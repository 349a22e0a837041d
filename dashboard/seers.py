"""Who can see the open case, by which rule, and who did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt.board import who

if TYPE_CHECKING:
    from mdt.board.case import CaseView
    from mdt.board.who import Look, Seer, Who


def who_sees(view: CaseView) -> None:
    """A lid; what is under it is read, and that it was read is recorded, when it is opened."""
    lid = st.expander("Who can see this case, and who did", on_change="rerun", key=f"who-{view.card.id}")
    if not lid.open:
        st.session_state.pop("who", None)
        return
    with lid:
        _draw(_asked(view))


def _asked(view: CaseView) -> Who:
    """What was found when the lid was opened, until it is closed or the case moves."""
    of, found = st.session_state.get("who", (None, None))
    if of != (view.card.id, view.version) or found is None:
        found = who.who(session.store(), session.viewer(), view.card.id, session.now())
        st.session_state["who"] = ((view.card.id, view.version), found)
    return found


def _draw(found: Who) -> None:
    if found.restricted:
        st.markdown(f"**Restricted:** {words.plain(found.restricted)}. Nobody but those below sees more than this reason.")
    st.markdown(f"**{words.count(len(found.seers), 'person')} can see it**" if len(found.seers) == 1
                else f"**{len(found.seers)} people can see it**")  # fmt: skip
    st.markdown("\n".join(map(_seer, found.seers)))
    for name in found.conflicts:
        st.markdown(f"- {words.plain(name)} declared a conflict and sees nothing of it")
    st.markdown("**Who looked, the newest first**")
    if not found.looks:
        st.write("Nobody has read the name, a note or this list yet.")
    st.markdown("\n".join(map(_look, found.looks)))


def _seer(seer: Seer) -> str:
    person, only = seer.person, "" if seer.may_record else " · reads only"
    shown = words.plain(f"{person.name}, {person.role}, {person.agency}")
    rules = words.plain("; ".join(seer.rules))
    sees = words.plain(", ".join(see.value for see in seer.sees))
    return f"- **{shown}**: {rules}{only}  \n  :gray[sees {sees}]"


def _look(look: Look) -> str:
    times = f" ({look.count})" if look.count > 1 else ""
    return f"- {words.moment(look.at)}: {words.plain(words.joined((look.name, look.role)))}: {look.what}{times}"
