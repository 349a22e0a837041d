"""The board: who is signed in, and which pages are theirs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import session
from mdt import settings
from mdt.board.people import people

ICON = Path(__file__).parent / "icon.png"  # our own: an icon by name would be fetched from outside
TITLE = "Case coordination"
PAGES = {
    "intake.py": ("Intake", "intake"),
    "meeting.py": ("Meetings", "meetings"),
    "services.py": ("Services", "services"),
    "compensation.py": ("Compensation", "compensation"),
    "board.py": ("Board", "board"),
    "case.py": ("Case", "case"),
    "law.py": ("Law", "law"),
    "reports.py": ("Counts", "counts"),
}
START = {
    "intake worker": ("intake.py",),
    "intake supervisor": ("intake.py",),
    "chairperson": ("meeting.py",),
    "victim advocate": ("services.py", "compensation.py"),
}
EVERYONES = ("board.py", "case.py", "reports.py", "law.py")


def sign_in() -> None:
    """Choose who you are. Only in the demo, where everybody is invented."""
    st.title(TITLE)
    st.caption("Suspected trafficking of children in Connecticut: who still has to do what, by when, under which law.")
    st.info("Demo: invented people. Choose who you are; each of them starts on a page of their own.")
    found = people(session.store())
    if not found:
        st.write("The invented cases are still being made. Reload this page in a moment.")
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if st.button(one.name, key=f"sign-in-{one.id}", width=220):
                session.sign_in(one)
                st.rerun()
            where = " · ".join(part for part in (one.role, one.agency, one.district, one.office) if part)
            st.markdown(where, width="content")


def doors() -> list[st.Page]:
    """The sign-in, whichever page was asked for: after a reload nobody is signed in any more."""
    titles = {"": TITLE, **{path: title for title, path in PAGES.values()}}
    return [st.Page(sign_in, title=title, url_path=path or "sign-in", default=not path) for path, title in titles.items()]


def pages() -> dict[str, st.Page]:
    """Every page by its file; in sight are those of this role, its start page first."""
    mine = START.get(session.viewer().role, ())
    in_sight = {*mine, *EVERYONES} - (set() if "case" in st.session_state else {"case.py"})
    return {
        file: st.Page(
            file,
            title=PAGES[file][0],
            url_path=PAGES[file][1],
            default=n == 0,
            visibility="visible" if file in in_sight else "hidden",
        )
        for n, file in enumerate(dict.fromkeys((*mine, *EVERYONES, *PAGES)))
    }


def head(known: dict[str, st.Page]) -> None:
    """The pages, that this is a demo, who is signed in, and what a projector must not show; one row on a wide screen."""
    who = session.viewer()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for page in known.values():
            if page.visibility == "visible":
                st.page_link(page, width="content")
        st.space("stretch")
        st.caption("Demo: invented people", width="content")
        with st.popover(f"{who.name}, {who.role}", type="tertiary", width="content"):
            st.caption(who.district or who.office or "The whole state")
            st.toggle("Presentation mode", key="presenting", persist_state="session")
            st.button("Sign out", key="sign-out", on_click=session.sign_out)


def main() -> None:
    """One page of the person signed in, or the sign-in."""
    st.set_page_config(page_title=TITLE, page_icon=ICON, layout="wide")
    if not settings.is_demo():
        st.write("Signing in is not set up on this server.")
        return
    if "viewer" not in st.session_state:
        st.navigation(doors(), position="hidden").run()
        return
    known = pages()
    page = st.navigation(list(known.values()), position="hidden")  # our own row: Streamlit's covers a phone until it is closed
    if session.has_just_come():
        st.switch_page(next(iter(known.values())))
    if page.url_path != "case":
        session.hide_names()
    head(known)
    page.run()


main()
