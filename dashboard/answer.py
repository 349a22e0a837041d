"""A provider answers a service referral: a page for a stranger on a phone, who has a link and no account.

The link's secret stands behind the `#` of its address. A browser sends that part to nobody, so that no proxy's or server's
log ever holds it; this page's own script reads it and hands it over on the connection that the page is drawn by. It stays
in the address until the answer is sent, so that the page can be loaded again. Nobody signs in here, and whoever is signed in
elsewhere sees the same: this page never asks who sits here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import session, unkept, words
from mdt import answer, settings
from mdt.answer import Answer, Choice
from mdt.casework import answers
from mdt.errors import Busy, NotAllowed, NotPossible
from mdt.law.period import local_date

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.casework.answers import Asked

TITLE = "Answer a request"
STRANGER = "answering-by-link"  # this window is a stranger's, and stays one
TOKEN, OPENED, DONE = "answer-token", "answer-opened", "answer-done"  # names of places
MISSING, REFUSED = "answer-missing", "answer-refused"
CHOICE, BECAUSE, LIST_PLACE, EXPECTED = "answer-choice", "answer-because", "answer-place", "answer-day"
MESSAGE = {choice: f"answer-message-{choice.name}" for choice in Choice}
READER = "answer-reader"
NO_LINK = "-"
# The page is for one reader: no search engine lists it, and no other site learns where somebody came from.
_READS: Final = """
const SAYS = { robots: "noindex, nofollow, noarchive", referrer: "no-referrer" }
export default function ({ data, setTriggerValue }) {
  for (const [name, content] of Object.entries(SAYS)) {
    const meta = document.head.querySelector(`meta[name="${name}"]`) || document.createElement("meta")
    meta.name = name
    meta.content = content
    document.head.append(meta)
  }
  const tell = () => setTriggerValue("token", location.hash.slice(1) || "-")
  if (data === "done") history.replaceState(null, "", location.pathname)
  if (data === "new") tell()
  window.addEventListener("hashchange", tell)
  return () => window.removeEventListener("hashchange", tell)
}
"""
# On a phone: nothing above what is asked, and each choice large enough for a thumb.
_FITS: Final = """<style>
.stMainBlockContainer { padding: 1.5rem 1rem 3rem }
.stRadio [role=radiogroup] label { min-height: 44px; align-items: center }
.stRadio [role=radiogroup] p { font-size: 1rem }
</style>"""
_reader = st.components.v2.component("answering", js=_READS)
NEXT = {
    Choice.ACCEPT: "{agency} will call you to arrange the first appointment.",
    Choice.WAITLIST: "{agency} keeps the place on your list and will ask again when it is time.",
    Choice.DECLINE: "{agency} will ask somebody else. You need do nothing more.",
    Choice.ASK: "{agency} reads your question and sends you a new link with what may be told. This link no longer opens.",
}
CONFIDENTIAL = (
    "**CONFIDENTIAL (§ 17a-28).** This is told to {recipient}, {purpose}, by a written consent that ends with {ends}. "
    "Do not pass it on to anybody else without the written consent of the person it is about, "
    "unless § 17a-28(d) or other law allows it."
)


def is_asked_for() -> bool:
    """Whether this window came for the answer page; if it once did, it never shows anything else."""
    if (st.context.url or "").rstrip("/").endswith(f"/{answer.PATH}"):
        st.session_state[STRANGER] = True
    return STRANGER in st.session_state


def alone() -> None:
    """This page and no other, for whoever has the link."""
    pages = [st.Page(nothing, title=TITLE, default=True), st.Page(page, title=TITLE, url_path=answer.PATH)]
    st.navigation(pages, position="hidden")
    unkept.here()
    st.html(_FITS)
    page()


def nothing() -> None:
    """Here is no other page."""


def page() -> None:
    """What is asked, and the answer; or thanks; or that the link is no longer valid."""
    done: tuple[Choice, str] | None = st.session_state.get(DONE)
    token: str | None = st.session_state.get(TOKEN)
    _reader(data="done" if done else "known" if token else "new", key=READER, on_token_change=_read)
    if done:
        thanks(*done)
        return
    if token is None:
        st.write("One moment …")
        return
    try:
        asked = _asked(token, session.now())
    except NotAllowed as refusal:
        _refused(str(refusal))
        return
    what_is_asked(asked)
    form(asked)


def _read() -> None:
    """The page's script has handed over what stands behind the `#`: the first time, or another link."""
    for place in (TOKEN, OPENED, DONE, REFUSED):
        st.session_state.pop(place, None)
    st.session_state[TOKEN] = str(st.session_state[READER].token)


def _asked(token: str, now: datetime) -> Asked:
    """What may be shown now. Raises `NotAllowed`."""
    why = st.session_state.get(REFUSED) or (answer.GONE if token == NO_LINK else "")
    if why:
        raise NotAllowed(why)
    if st.session_state.get(OPENED) == token:
        return answers.again(session.store(), token, now)
    asked = answers.opened(session.store(), token, now)
    st.session_state[OPENED] = token
    return asked


def _refused(why: str) -> None:
    st.title(TITLE)
    st.warning(why)
    _call()


def _call() -> None:
    if number := settings.phone():
        st.markdown(f"Telephone: **{words.plain(number)}**")


def what_is_asked(asked: Asked) -> None:
    """Who asks, for what, what may be known, and until when."""
    st.title("Can you help?")
    st.markdown(f"**{words.plain(asked.agency)}** asks whether you can help a child{' with:' if asked.need else '.'}")
    if asked.need:
        st.subheader(words.capital(asked.need), anchor=False)
    told = "\n".join(f"- {words.plain(title)}: **{words.plain(value)}**" for title, value in asked.lines)
    if told:
        st.markdown(f"What you may know:\n\n{told}")
    st.info(stamp(asked))
    st.caption(f"This link takes one answer, until the end of {words.day(asked.expires_at)}.")
    _call()


def stamp(asked: Asked) -> str:
    """§ 17a-28(d), (k): that it is confidential, to whom and for what use it is told, and that it goes no further."""
    by = asked.released.consent
    return CONFIDENTIAL.format(
        recipient=words.plain(asked.released.recipient), purpose=by.purpose, ends=f"{by.expires_on:%-d %b %Y}"
    )


def form(asked: Asked) -> None:
    """Four answers, each with the least that it asks."""
    choice = st.radio("Your answer", list(Choice), None, key=CHOICE)
    if choice is None:
        return
    today = local_date(session.now())
    if choice is Choice.DECLINE:
        st.radio("Because", list(answer.REASONS), None, answer.REASONS.__getitem__, key=BECAUSE)
    if choice is Choice.WAITLIST:
        st.number_input("Place on your list, if you know", 1, answer.LONGEST_LIST, None, 1, key=LIST_PLACE)
        last = today + answer.LONGEST_WAIT
        st.date_input("A place is expected on, if you know", None, today, last, EXPECTED, format="MM/DD/YYYY")
    label = "What do you need to know?" if choice is Choice.ASK else "Anything to add? (not needed)"
    st.text_area(label, key=MESSAGE[choice], max_chars=answer.LONGEST_MESSAGE, height=100)
    if why := st.session_state.pop(MISSING, None):
        st.error(why)
    st.button("Send the answer", key="answer-send", type="primary", width="stretch", on_click=send, args=(asked.agency,))


def send(agency: str) -> None:
    """Record the answer. Nothing is drawn here, so that a second click cannot come between recording it and saying so."""
    state = st.session_state
    choice: Choice | None = state.get(CHOICE)
    if choice is None or TOKEN not in state:  # the second of two clicks
        return
    said = Answer(
        choice, state.get(BECAUSE) or "", state.get(LIST_PLACE), state.get(EXPECTED), state.get(MESSAGE[choice]) or ""
    )
    try:
        answers.give(session.store(), state[TOKEN], said, session.now())
    except (NotPossible, Busy) as refusal:
        state[MISSING] = str(refusal)
    except NotAllowed as refusal:
        state[REFUSED] = str(refusal)
    else:
        state[DONE] = (choice, agency)
        for place in (TOKEN, OPENED, *MESSAGE.values()):
            state.pop(place, None)


def thanks(choice: Choice, agency: str) -> None:
    """What happens next."""
    st.title("Thank you")
    st.success(f"Your answer was recorded: {choice.value.lower()}.")
    st.markdown(words.plain(NEXT[choice].format(agency=agency)))
    st.markdown("What you were told stays confidential (§ 17a-28(d)). You can close this page.")
    _call()
