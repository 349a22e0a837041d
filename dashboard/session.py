"""Who is signed in here, which case is open, and what time it is. Nothing of it is shared between two people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import streamlit as st

from mdt import process, settings
from mdt.store.engine import shared

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.store import Store

SAID_FOR = timedelta(minutes=2)


@dataclass(slots=True)
class Draft:
    """A form being filled in. Its `command` makes it one act however often it is sent; `seen` is the case as it was."""

    seen: int
    opened_at: datetime
    command: str = field(default_factory=lambda: uuid4().hex)


def store() -> Store:
    """The one store of this process. Raises `LawError` if the rules and the process do not fit."""
    process.check()
    return shared(settings.database_url())


def now() -> datetime:
    """The time. Pages read it here and pass it on."""
    return datetime.now(UTC)


def viewer() -> Viewer:
    """Who is signed in."""
    found: Viewer = st.session_state["viewer"]
    return found


def sign_in(as_: Viewer) -> None:
    """Begin anew as this person."""
    st.session_state.clear()
    st.session_state["viewer"] = as_
    st.session_state["just-come"] = True


def has_just_come() -> bool:
    """Whether this is the first look after signing in; asked once."""
    return bool(st.session_state.pop("just-come", False))


def sign_out() -> None:
    """Forget everything of this session, drafts included."""
    st.session_state.clear()


def open_case(case_id: str) -> NoReturn:
    """Go to the page of a case."""
    st.session_state["case"] = case_id
    st.session_state.pop("answering", None)
    hide_names()
    st.switch_page("case.py")


def hide_names() -> None:
    """No name is on the screen any more."""
    st.session_state.pop("named", None)


def draft(of: str, version: int) -> Draft:
    """The draft of that form: as it was left, or a new one."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return drafts.setdefault(of, Draft(version, now()))


def drop_draft(of: str) -> None:
    """The form has been recorded, or given up: forget what was typed."""
    gone: Draft | None = st.session_state.get("drafts", {}).pop(of, None)
    if gone:
        for key in [k for k in st.session_state if str(k).startswith(gone.command)]:
            del st.session_state[key]


def say(case_id: str, text: str) -> None:
    """Keep a sentence for the page of that case."""
    st.session_state["said"] = (case_id, text, now())


def said(case_id: str) -> str:
    """What was last said about the case, as long as it is news."""
    about, text, at = st.session_state.get("said", ("", "", now()))
    return text if about == case_id and now() - at < SAID_FOR else ""
