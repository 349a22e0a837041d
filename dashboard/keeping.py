"""What is typed into a form is kept every few seconds, and offered back to whoever typed it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from dashboard import session, words
from mdt.casework import drafts
from mdt.casework.drafts import Kept
from mdt.errors import MdtError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.session import Draft
    from mdt.store import Store

Done = TypeVar("Done")

# A text reaches the server only when its field is left, or when Ctrl+Enter (in a line: Enter) is pressed in it. This presses
# it for whoever is still typing, every three seconds, in the fields of the form alone, whose keys begin with its command. A
# field that has not changed takes no notice; the focus, the caret and what is typed meanwhile stay as they are. Not while
# letters are being put together (accents, Chinese).
_PRESSES = """
const TEXTS = '[data-testid="stTextArea"], [data-testid="stTextInput"], [data-testid="stNumberInput"]'
let composing = false
document.addEventListener("compositionstart", () => { composing = true })
document.addEventListener("compositionend", () => { composing = false })

function press(command) {
  const field = document.activeElement
  if (composing || !field?.closest(TEXTS) || !field.closest(`[class*="st-key-${command}-"]`)) return
  const ctrlKey = field.tagName === "TEXTAREA"
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey, bubbles: true, cancelable: true }))
}

export default function ({ data }) {
  const pressing = setInterval(press, 3000, data)
  return () => clearInterval(pressing)
}
"""
_pressing = st.components.v2.component("keeping", js=_PRESSES)


def begin(of: str, version: int) -> Draft | None:
    """The draft of that form; None while this person has still to say what becomes of the one that she left before."""
    if not is_open(of) and _offered(of):
        return None
    return session.draft(of, version)


def _held() -> dict[str, Draft]:
    """The forms open in this session."""
    held: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return held


def is_open(of: str) -> bool:
    """Whether this session holds the form."""
    return of in _held()


def _offered(of: str) -> bool:
    try:
        kept = drafts.found(session.store(), session.viewer(), of, session.now())
    except MdtError as refusal:
        st.error(str(refusal))
        st.button("Throw it away", key=f"throw-away-{of}", on_click=throw_away, args=(of,))
        return True
    if kept is None:
        return False
    st.info(f"You began this on {words.moment(kept.opened_at)}.")
    with st.container(horizontal=True, gap="small"):
        st.button("Go on with it", key=f"go-on-{of}", type="primary", on_click=_go_on, args=(of, kept))
        st.button("Throw it away", key=f"throw-away-{of}", on_click=throw_away, args=(of,))
    return True


def _go_on(of: str, kept: Kept) -> None:
    """Everything as it was left, the command too: what was perhaps recorded before a crash is not recorded twice."""
    _held()[of] = session.Draft(kept.seen, kept.opened_at, kept.command)
    for name, value in kept.values.items():
        st.session_state[f"{kept.command}-{name}"] = value


def keep(of: str, draft: Draft, case_id: str | None = None) -> None:
    """Keep what the form's widgets hold, if any of it changed since it was opened or last kept."""
    press(draft.command)
    before, values = f"{draft.command}.kept", typed(draft)
    if st.session_state.setdefault(before, values) == values:
        return
    kept = Kept(draft.seen, draft.opened_at, draft.command, values)
    try:
        drafts.keep(session.store(), session.viewer(), of, kept, session.now(), case_id=case_id)
    except MdtError as refusal:
        st.caption(f"What you type is not kept just now. {refusal}")
    else:
        st.session_state[before] = values


def press(command: str) -> None:
    """Bring what is typed into the texts of the form whose widgets' keys begin with that command, every few seconds."""
    _pressing(data=command, key=f"{command}.keeping")


def typed(draft: Draft) -> dict[str, Any]:
    """What each widget of the form holds. Whatever else belongs to the draft has a key with a dot."""
    mine = f"{draft.command}-"
    return {str(key).removeprefix(mine): value for key, value in st.session_state.items() if str(key).startswith(mine)}


def give_up(of: str) -> None:
    """The form is closed. One that was only offered stays kept."""
    if is_open(of):
        throw_away(of)


def recorded(of: str, record: Callable[[Store], Done]) -> Done:
    """What `record` does with the store. If it is not refused, nothing of the form is left, here or where it was kept."""
    done = drafts.recorded(session.store(), session.viewer(), of, record)
    session.drop_draft(of)
    return done


def throw_away(of: str) -> None:
    """Forget what was typed, here and where it was kept."""
    session.drop_draft(of)
    with suppress(MdtError):  # then it is offered once more
        drafts.forget(session.store(), session.viewer(), of)
