"""A form about a team: one is open at a time, it is sent once however often it is clicked, and a refusal reads as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from pydantic import ValidationError

from dashboard import forms, session
from mdt.errors import MdtError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

OPEN, SAID = "team-form", "team-said"


@dataclass(frozen=True, slots=True)
class Opened:
    """Which form is open, and about what: a seat, a holding, a series, a meeting."""

    what: str
    about: str = ""

    @property
    def name(self) -> str:
        """The name of its draft."""
        return f"team/{self.what}/{self.about}"


def opener(label: str, what: str, about: str = "", *, row: bool = False) -> None:
    """A button that opens a form, in place of the one that was open; quieter in a `row`."""
    key = f"open-{what}-{about}"
    st.button(label, key=key, type="tertiary" if row else "secondary", on_click=_open, args=(Opened(what, about),))


def _open(one: Opened) -> None:
    close()
    st.session_state.pop(SAID, None)
    st.session_state[OPEN] = one


def close() -> None:
    """Give up the form that is open, if one is."""
    if one := st.session_state.pop(OPEN, None):
        session.drop_draft(one.name)


def is_open(what: str, about: str = "") -> bool:
    """Whether that form is open."""
    return st.session_state.get(OPEN) == Opened(what, about)


def command() -> str:
    """The command of the form that is open, which makes it one act; its widgets' keys begin with it."""
    return session.draft(st.session_state[OPEN].name, 0).command


def send(label: str, record: Callable[[str], str], model: type[BaseModel]) -> None:
    """The form's buttons. `record` takes the command, records, and gives the sentence that says so."""
    mine = command()
    with st.container(horizontal=True, gap="small"):
        sent = st.button(label, key=f"{mine}.send", type="primary")
        st.button("Leave it", key=f"{mine}.leave", on_click=close)
    if not sent:
        return
    try:
        st.session_state[SAID] = record(mine)
    except ValidationError as error:
        st.error("  \n".join(forms.wrong(error, model)))
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        close()
        st.rerun()


def said() -> None:
    """What was recorded last, once."""
    if sentence := st.session_state.pop(SAID, None):
        st.success(sentence)
