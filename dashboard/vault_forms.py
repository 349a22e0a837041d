"""The forms of the advocates' vault. What is typed into them is kept in the vault, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from pydantic import ValidationError

from dashboard import forms, keeping, session, words
from mdt.board import vault as board
from mdt.board.who import seers
from mdt.casework import vault as casework
from mdt.errors import MdtError
from mdt.vault import CorrectNote, ReleaseVaultNote, WithdrawNote, WriteNote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from dashboard.session import Draft
    from mdt.board.case import CaseView
    from mdt.board.vault import Note
    from mdt.store.vault import Vault

FORM, SAID = "vault-form", "vault-said"
ABOUT = {"correction": "Put right", "withdrawal": "Withdraw", "release": "Release"}
MODELS: dict[str, type[BaseModel]] = {
    "note": WriteNote, "correction": CorrectNote, "withdrawal": WithdrawNote, "release": ReleaseVaultNote,
}  # fmt: skip
TYPED = {"note": "text", "correction": "text", "withdrawal": "reason", "release": "released"}  # the text that she types
SENDS = {"note": "Keep the note", "correction": "Keep it", "withdrawal": "Withdraw the note", "release": "Release it"}
WAIVER = ("happened_at", "signer", "ground", "signer_is_not_suspected", "no_interest", "waiver", "purpose", "expires_on")
HEIGHT = 130  # pixels


@dataclass(frozen=True, slots=True)
class At:
    """A form of the vault: on which case, which one, and about which note."""

    view: CaseView
    vault: Vault
    what: str
    note: str = ""

    @property
    def kept_as(self) -> str:
        """The name of its draft in the vault."""
        return f"{self.what}:{self.note}" if self.note else self.what

    @property
    def of(self) -> str:
        """Its name in this session."""
        return f"vault/{self.view.card.id}/{self.kept_as}"

    def is_open(self) -> bool:
        """Whether it is the form that is open."""
        return st.session_state.get(FORM) == self.of

    def opener(self, label: str, *, quiet: bool = False) -> None:
        """A button that opens it, or closes it with what was typed kept."""
        st.button(label, key=f"open-{self.of}", type="tertiary" if quiet else "secondary", on_click=self._toggle)

    def _toggle(self) -> None:
        st.session_state[FORM] = None if self.is_open() else self.of


def say(view: CaseView, text: str) -> None:
    """Keep a sentence for the vault's panel of that case, once."""
    st.session_state[SAID] = (view.card.id, text)


def said(view: CaseView) -> None:
    """What was last said there."""
    of, text = st.session_state.get(SAID, ("", ""))
    if of == view.card.id:
        st.session_state.pop(SAID)
        st.info(text)


def new_note(view: CaseView, vault: Vault) -> None:
    """A new note; its form opens on request."""
    at = At(view, vault, "note")
    if not at.is_open():
        at.opener("Write a note")
        return
    draft = _draft(at)
    values = forms.draw(WriteNote, draft.command, names=("kind", "capacity"))
    _send(at, draft, values | _text(at, draft))


def about(view: CaseView, vault: Vault, note: Note) -> None:
    """What may be done with a note: a button for each, and the form of the one that is open."""
    found = [At(view, vault, what, note.id) for what in ABOUT]
    with st.container(horizontal=True, gap="small"):
        for at in found:
            at.opener(ABOUT[at.what], quiet=True)
    for at in found:
        if at.is_open() and at.what == "release":
            _release(at, note)
        elif at.is_open():
            draft = _draft(at)
            _send(at, draft, {"about": note.id, **_text(at, draft)})


def _release(at: At, note: Note) -> None:
    """The waiver, whom it names, and what is released: the whole note, or an excerpt typed anew."""
    draft = _draft(at)
    st.markdown("**The written waiver, and what it releases**")
    values = forms.draw(ReleaseVaultNote, draft.command, names=WAIVER, given={"happened_at": draft.opened_at},
                        titles={"happened_at": "When it was signed"})  # fmt: skip
    people = seers(session.store(), session.viewer(), at.view.card.id, session.now())
    shown = {one.person.id: f"{one.person.name} ({one.person.role}, {one.person.agency})" for one in people}
    values["recipients"] = st.multiselect("Shown to", list(shown), format_func=lambda one: shown[one],
                                          key=f"{draft.command}-recipients", placeholder="Choose any")  # fmt: skip
    whole = st.toggle("Release the whole note", key=f"{draft.command}-whole")
    values |= {"released": note.text} if whole else _text(at, draft)
    _send(at, draft, values | forms.draw(ReleaseVaultNote, draft.command, names=("no_location_no_identity",)))


def _text(at: At, draft: Draft) -> dict[str, str]:
    """The text, kept in the vault as she types."""
    name = TYPED[at.what]
    keeping.press(draft.command)
    key, title = f"{draft.command}-{name}", MODELS[at.what].model_fields[name].title or ""
    return {name: st.text_area(title, key=key, height=HEIGHT, on_change=_keep_typed, args=(at, key)).strip()}


def _keep_typed(at: At, key: str) -> None:
    try:
        _keep_draft(at, st.session_state.get(key, ""))
    except MdtError as refusal:
        say(at.view, f"What you type is not kept just now. {refusal}")


def _keep_draft(at: At, text: str) -> None:
    casework.keep_draft(
        session.store(), at.vault, at.view.card.id, at.kept_as, text, by=session.viewer(), now=session.now()
    )  # fmt: skip


def _draft(at: At) -> Draft:
    """The form in this session; opened anew, it begins with what she left in the vault."""
    is_new = not keeping.is_open(at.of)
    draft = session.draft(at.of, at.view.version)
    if is_new:
        found = board.draft(session.store(), at.vault, session.viewer(), at.view.card.id, at.kept_as, session.now())
        if found:
            st.session_state[f"{draft.command}-{TYPED[at.what]}"] = found
    return draft


def _send(at: At, draft: Draft, values: Mapping[str, Any]) -> None:
    """The form's buttons; what is refused is said as it reads, and what was typed stays."""
    with st.container(horizontal=True, gap="small"):
        sent = st.button(SENDS[at.what], key=f"{draft.command}.send", type="primary")
        st.button("Throw it away", key=f"{draft.command}.drop", on_click=_throw_away, args=(at,))
    if not sent:
        return
    model = MODELS[at.what]
    try:
        form = model.model_validate({name: value for name, value in values.items() if value not in (None, "")})
        sentence = _record(at, draft, form)
    except ValidationError as error:
        st.error("  \n".join(forms.wrong(error, model)))
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        _close(at)
        session.hide_vault()
        say(at.view, sentence)
        st.rerun()


def _record(at: At, draft: Draft, form: BaseModel) -> str:
    """Keep or release it; the sentence that says so."""
    by, now, case_id = session.viewer(), session.now(), at.view.card.id
    if isinstance(form, ReleaseVaultNote):
        casework.release(session.store(), at.vault, case_id, at.note, form, by=by, now=now, command=draft.command)
        until = words.value_of(form.expires_on.isoformat())
        return f"Released until {until}. The note itself stays in the vault; the case's history tells that one was released."
    keep: dict[type[BaseModel], Callable[..., str]] = {
        WriteNote: casework.write_note, CorrectNote: casework.correct_note, WithdrawNote: casework.withdraw_note,
    }  # fmt: skip
    keep[type(form)](session.store(), at.vault, case_id, form, by=by, now=now, command=draft.command)
    return "Kept in the vault."


def _close(at: At) -> None:
    st.session_state[FORM] = None
    session.drop_draft(at.of)


def _throw_away(at: At) -> None:
    _close(at)
    try:
        _keep_draft(at, "")
    except MdtError as refusal:
        say(at.view, str(refusal))
