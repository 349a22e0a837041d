"""Who sits here, which case is open, and what time it is. Nothing of it is shared between two people.

The window keeps a token and nothing else of her sitting; who she is and whether she still sits is asked anew each time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import streamlit as st

from mdt import process, settings
from mdt.accounts import SEEN_AFTER, Ending
from mdt.board import people
from mdt.casework import accounts, sittings
from mdt.errors import Busy
from mdt.store.engine import shared
from mdt.store.vault import the_vault

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.board.people import Seat
    from mdt.store import Store
    from mdt.store.vault import Vault

SAID_FOR = timedelta(minutes=2)
# What this window keeps of a sitting. `SEAT` is there only while a page is drawn: a click is answered by a fresh look.
TOKEN, CLICKED, SEAT = "token", "clicked-at", "seat"  # the name of a place
WHY, WAS, HAS_COME, BY_ITSELF = "why", "was-at", "just-come", "by-itself"
CASE, PAGE, MEETING = "case", "page", "open-meeting"
ANSWER_LINK = "answer-link-made"
VAULT = ("vault-read", "vault-log-read", "released-read")  # what was read of the advocates' vault


@dataclass(slots=True)
class Draft:
    """A form being filled in. Its `command` makes it one act however often it is sent; `seen` is the case as it was."""

    seen: int
    opened_at: datetime
    command: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Was:
    """Where somebody was when her sitting ended, for her alone to come back to."""

    person: str
    page: str | None
    case: str | None


def store() -> Store:
    """The one store of this process. Raises `LawError` if the rules and the process do not fit."""
    process.check()
    return shared(settings.database_url())


def vault() -> Vault:
    """The advocates' vault, opened when it is first asked for. Raises `SetupError`."""
    return the_vault()


def now() -> datetime:
    """The time. Pages read it here and pass it on."""
    return datetime.now(UTC)


def viewer() -> Viewer:
    """Who is signed in, as she is now. Outside of the drawing of a whole page it is asked anew.

    Where that finds the sitting over, whatever asked stops there, and the page is the sign-in's.
    """
    found: Seat | None = st.session_state.get(SEAT) or look()
    if found is None:
        st.rerun()
    return found.viewer


def sit() -> Seat | None:
    """Who sits here while this page is drawn; that she clicked is noted, unless the page draws itself anew."""
    by_itself = st.session_state.pop(BY_ITSELF, False)
    found = look()
    if found and not by_itself:
        _click(found)
    st.session_state[SEAT] = found
    return found


def rise() -> None:
    """The page is drawn: whatever comes next asks anew who sits here."""
    st.session_state.pop(SEAT, None)


def look() -> Seat | None:
    """Who sits here, asked of the database; None once it is over, and then nothing of her is left in this window."""
    token = st.session_state.get(TOKEN)
    if token is None:
        return None
    found, at = people.seat(store(), sittings.id_of(token), now()), now()
    over = found.over(st.session_state.get(CLICKED, found.seen_at), at) if found else Ending.ENDED
    if found and over in (Ending.IDLE, Ending.LONGEST):
        sittings.end(store(), found.id, found.viewer.id, sittings.TIMED_OUT, at)
    if over:
        _leave(found, over)
    return None if over else found


def _click(seat: Seat) -> None:
    st.session_state[CLICKED] = now()
    if now() - seat.seen_at >= SEEN_AFTER:
        with suppress(Busy):  # this window knows of the click
            sittings.see(store(), seat.id, now())


def _leave(seat: Seat | None, over: Ending) -> None:
    was = Was(seat.viewer.id, st.session_state.get(PAGE), st.session_state.get(CASE)) if seat else None
    st.session_state.clear()
    st.session_state[WHY] = str(over)
    if was:
        st.session_state[WAS] = was


def why() -> str:
    """Why nobody sits here any more, or was not let in; empty if there is nothing to say."""
    said: str = st.session_state.get(WHY, "")
    return said


def refuse(sentence: str) -> None:
    """Keep the sentence for the sign-in page."""
    st.session_state[WHY] = sentence


def draw_anew() -> NoReturn:
    """Draw the page anew because something happened elsewhere: nobody clicked, and no sitting goes on by it."""
    st.session_state[BY_ITSELF] = True
    st.rerun()


def draws_itself() -> bool:
    """Whether this page is about to be drawn by itself and not upon a click."""
    return bool(st.session_state.get(BY_ITSELF, False))


def begin(token: str) -> None:
    """Somebody has signed in here. Nothing of whoever sat here before is left, but where she was, if it was herself."""
    was = st.session_state.get(WAS)
    st.session_state.clear()
    st.session_state.update({TOKEN: token, HAS_COME: True, WAS: was})


def go_on(token: str) -> None:
    """Somebody comes with her provider's word, as in another window before: at the page that she asks for."""
    st.session_state.clear()
    st.session_state[TOKEN] = token


def came_back_to(who: Viewer) -> str | None:
    """The page to return to after signing in again as the same person; its case is open again."""
    was: Was | None = st.session_state.pop(WAS, None)
    if was is None or was.person != who.id:
        return None
    if was.case:
        st.session_state[CASE] = was.case
    return was.page


def has_just_come() -> bool:
    """Whether this is the first look after signing in; asked once."""
    return bool(st.session_state.pop(HAS_COME, False))


def sign_out() -> None:
    """Get up, in every window of this sitting, and forget everything of this session, drafts included."""
    found = look()
    st.session_state.clear()
    if found:
        sittings.end(store(), found.id, found.viewer.id, sittings.SIGNED_OUT, now())
        if found.how == accounts.OIDC:
            st.logout()


def open_case(case_id: str) -> NoReturn:
    """Go to the page of a case."""
    st.session_state[CASE] = case_id
    st.session_state.pop("answering", None)
    st.session_state.pop("reporting", None)
    hide_names()
    st.switch_page("case.py")


def open_meeting(meeting_id: str, page: str = "convened.py") -> NoReturn:
    """Go to the page of a meeting, or into its room."""
    st.session_state[MEETING] = meeting_id
    hide_names()
    st.switch_page(page)


BIRTHDAY = "claim-by-birthdate"  # the claim as it was looked at by the birthdate, for this look


def hide_names(*keep: str) -> None:
    """No name and no birthdate is on the screen any more, nor what an instrument's form would go on from; but what is kept."""
    for what in ("named", "minor", BIRTHDAY, "instrument-carried", "room-words", "record-read", ANSWER_LINK):
        if what not in keep:
            st.session_state.pop(what, None)


def hide_vault() -> None:
    """Nothing of the advocates' vault, nor of what was released of it, is kept for the screen any more."""
    for what in VAULT:
        st.session_state.pop(what, None)


def draft(of: str, version: int) -> Draft:
    """The draft of that form: as it was left, or a new one."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return drafts.setdefault(of, Draft(version, now()))


def held(case_id: str, act: str) -> str:
    """The command of the form of this act, without a task, that is open on the case; empty if it is not."""
    found: Draft | None = st.session_state.get("drafts", {}).get(f"{case_id}//{act}")
    return found.command if found else ""


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
