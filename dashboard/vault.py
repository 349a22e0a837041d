"""The advocates' vault on a case's page: for her own agency alone; nobody else sees that there is such a thing.

And, for whom a waiver names, what it releases. Both are read on request only, never while presenting; each look is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, vault_forms, words
from mdt import vault as rules
from mdt.board import released
from mdt.board import vault as board
from mdt.errors import MdtError
from mdt.policy import Role

if TYPE_CHECKING:
    from mdt.access import Sight
    from mdt.board.case import CaseView
    from mdt.board.vault import Added, Note
    from mdt.store.vault import Vault

READ, LOG, RELEASED = session.VAULT
KEPT_APART = (
    "Kept by your agency in a vault of its own, under its own key. DCF, the team, administrators and auditors do not read it,"
    " and no emergency access opens it. Each look is recorded for your supervisor."
)
PRESENTING = "Presentation mode is on: privileged notes stay closed."


def panel(view: CaseView) -> None:
    """What was released to her; and the vault, if she is of the agency's advocates."""
    _released_to_her(view)
    viewer = session.viewer()
    if not rules.is_hers(viewer, viewer.agency, view.sight):
        return
    lid = st.expander("Privileged notes of your agency (§ 52-146k)", on_change="rerun", key=f"vault-{view.card.id}")
    if not lid.open or st.session_state.get("presenting"):
        session.hide_vault()
        with lid:
            st.caption(PRESENTING if lid.open else KEPT_APART)
        return
    with lid:
        try:
            _inside(view, session.vault())
        except MdtError as refusal:
            st.error(str(refusal))


def _inside(view: CaseView, vault: Vault) -> None:
    st.caption(KEPT_APART)
    vault_forms.said(view)
    vault_forms.new_note(view, vault)
    found = _kept(READ, view)
    if found is None:
        st.button("Read the notes", key="vault-look", on_click=_look, args=(view, vault))
    else:
        st.button("Close the notes", key="vault-close", on_click=session.hide_vault)
        if not found:
            st.write("Your agency has written no note on this case.")
        for note in found:
            _note(view, vault, note)
    if session.viewer().role == Role.ADVOCATE_SUPERVISOR:
        _log(view, vault)


def _as_seen(view: CaseView) -> tuple[str, Sight]:
    """What was read is shown as long as what she may see of the case has not changed."""
    return view.card.id, view.sight


def _kept(what: str, view: CaseView) -> tuple | None:
    of, found = st.session_state.get(what, (None, None))
    return found if of == _as_seen(view) else None


def _look(view: CaseView, vault: Vault) -> None:
    try:
        found = board.notes(session.store(), vault, session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        vault_forms.say(view, str(refusal))
        return
    st.session_state[READ] = (_as_seen(view), found)


def _note(view: CaseView, vault: Vault, note: Note) -> None:
    """A note as it was written, shown as plain text, with what was added and what may be done with it."""
    with st.container(border=True, gap="small"):
        gone = "~~" if note.withdrawn else ""
        capacity = "" if note.capacity == "neither" else f"as {note.capacity}"
        st.markdown(f"{gone}**Note {note.n}** · {note.kind}{gone}  \n"
                    f":gray[{words.plain(words.joined((words.moment(note.at), note.by, capacity)))}]")  # fmt: skip
        if note.withdrawn:
            _added("Withdrawn", note.withdrawn)
        st.text(note.text)
        for one in note.corrections:
            _added("Put right", one)
        if note.releases:
            st.caption(f"Released {words.count(note.releases, 'time')}.")
        if not note.withdrawn:
            vault_forms.about(view, vault, note)


def _added(what: str, one: Added) -> None:
    st.markdown(f"**{what}** :gray[{words.plain(words.joined((words.moment(one.at), one.by)))}]")
    st.text(one.text)


def _log(view: CaseView, vault: Vault) -> None:
    """Who read and wrote what: for the agency's supervisor, read when she asks for it."""
    found = _kept(LOG, view)
    if found is None:
        st.button("Who read and wrote here", key="vault-log", on_click=_look_at_log, args=(view, vault))
        return
    st.markdown("**Who read and wrote here, the newest first**")
    rows = (f"- {words.moment(row.at)}: {words.plain(words.joined((row.by, row.act, row.note)))}" for row in found)
    st.markdown("\n".join(rows) or "Nobody yet.")


def _look_at_log(view: CaseView, vault: Vault) -> None:
    try:
        found = board.looked(session.store(), vault, session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        vault_forms.say(view, str(refusal))
        return
    st.session_state[LOG] = (_as_seen(view), found)


# What a waiver releases to whoever looks. --------------------------------------------------------------------------------


def _released_to_her(view: CaseView) -> None:
    there = released.shown(view.stands, session.viewer(), session.now()) if view.sight.may_record else []
    if not there:
        return
    st.subheader("Released to you", anchor=False)
    if st.session_state.get("presenting"):
        st.session_state.pop(RELEASED, None)
        st.caption(PRESENTING)
        return
    found = _kept(RELEASED, view)
    if found is None:
        last = max(one.expires_on for one in there)
        st.caption(f"{words.count(len(there), 'privileged note')} (§ 52-146k), shown to you until {last:%-d %b %Y}.")
        st.button("Show what was released", key="show-released", on_click=_look_at_released, args=(view,))
        return
    st.button("Hide what was released", key="hide-released", on_click=session.hide_vault)
    for one in found:
        if one.id in {release.about for release in there}:
            with st.container(border=True, gap="small"):
                st.text(one.text)
                waived = (
                    f"Waived in writing by the {one.signer}, for: {one.purpose}. Shown to you until {one.expires_on:%-d %b %Y}."
                )
                st.caption(words.plain(f"{waived} Privileged (§ 52-146k): not to be passed on."))


def _look_at_released(view: CaseView) -> None:
    try:
        found = released.released(session.store(), session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
        return
    st.session_state[RELEASED] = (_as_seen(view), found)
