"""The board: who is signed in, and which pages are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.formparsers import MultiPartParser

from dashboard import answer, faults, session, signin, turns, unkept
from mdt import settings
from mdt.casework import sittings
from mdt.policy import CASE_ROLES, DCF, TEAM, Role

if TYPE_CHECKING:
    from mdt.access import Viewer

ICON = Path(__file__).parent / "icon.png"  # our own: an icon by name would be fetched from outside
PAGES = {
    "intake.py": ("Intake", "intake"),
    "bulk.py": ("Import", "import"),
    "meeting.py": ("Meetings", "meetings"),
    "team.py": ("Team", "team"),
    "month.py": ("The month", "month"),
    "convened.py": ("Meeting", "meeting"),
    "room.py": ("The room", "room"),
    "services.py": ("Services", "services"),
    "directory.py": ("Directory", "directory"),
    "compensation.py": ("Compensation", "compensation"),
    "work.py": ("My work", "work"),
    "board.py": ("Board", "board"),
    "case.py": ("Case", "case"),
    "audit.py": ("Ledger", "ledger"),
    "people.py": ("People", "people"),
    "reports.py": ("Counts", "counts"),
    "gaps.py": ("Gaps", "gaps"),
    "law.py": ("Law", "law"),
}
EVERYONES = ("board.py", "case.py", "reports.py", "gaps.py", "law.py")
ADVOCATES = ("services.py", "directory.py", "compensation.py")
MEETINGS = ("meeting.py", "convened.py", "room.py")
# Each role's pages, its start first. Whatever is not here is not theirs, by whichever way it is asked for.
OWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(DCF, ("intake.py", "bulk.py", "directory.py", *MEETINGS, *EVERYONES)),
    **dict.fromkeys(TEAM, (*MEETINGS, "team.py", "month.py", "directory.py", *EVERYONES)),
    Role.ADVOCATE: (*ADVOCATES, *MEETINGS, *EVERYONES),
    Role.ADVOCATE_SUPERVISOR: (*ADVOCATES, *MEETINGS, *EVERYONES),
    Role.POLICE: ("work.py", *MEETINGS, *EVERYONES),
    Role.OVS: ("compensation.py", "case.py", "law.py"),
    Role.AUDITOR: ("audit.py", "law.py"),
    Role.ADMINISTRATOR: ("people.py", "law.py"),
}
SHOWS_NAMES = frozenset({"case.py", "room.py", "convened.py"})  # the others forget what was read
LOOK_EVERY = 15  # seconds; so soon a page that nobody clicks on is gone when its time has run out


def doors() -> list[st.Page]:
    """The sign-in, whichever page was asked for: after a reload nobody is signed in any more."""
    titles = {"": signin.TITLE, **{path: title for title, path in PAGES.values()}}
    return [st.Page(signin.door, title=title, url_path=path or "sign-in", default=not path) for path, title in titles.items()]


def pages(who: Viewer) -> dict[str, st.Page]:
    """Every page by its file, so that whoever asks for another's is seen; in sight are her own, her start page first."""
    mine = OWN.get(who.role, ("law.py",))
    in_sight = {*mine} - (set() if session.CASE in st.session_state else {"case.py"})
    in_sight -= {"room.py"} | (set() if session.MEETING in st.session_state else {"convened.py"})
    return {
        file: st.Page(
            file,
            title=PAGES[file][0],
            url_path=PAGES[file][1],
            default=n == 0,
            visibility="visible" if file in in_sight else "hidden",
        )
        for n, file in enumerate(dict.fromkeys((*mine, *PAGES)))
    }


def head(known: dict[str, st.Page], who: Viewer) -> None:
    """The pages, that this is a demo, who is signed in, and what a projector must not show; one row on a wide screen."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for page in known.values():
            if page.visibility == "visible":
                st.page_link(page, width="content")
        st.space("stretch")
        if settings.is_demo():
            st.caption("Demo: invented people", width="content")
        with st.popover(f"{who.name}, {who.role}", type="tertiary", width="content"):
            st.caption(works_for(who))
            if who.role in CASE_ROLES:
                st.toggle("Presentation mode", key="presenting", persist_state="session")
            st.button("Sign out", key="sign-out", on_click=session.sign_out)
        watch()
        unkept.here()


def works_for(who: Viewer) -> str:
    """Her agency, and where she works."""
    names = sorted(who.districts | who.offices)
    return " · ".join((who.agency, *("The whole state" if name == "*" else name for name in names)))


@st.fragment(run_every=LOOK_EVERY)
def watch() -> None:
    """Look by itself whether the sitting goes on; if not, the page is gone without anybody's click."""
    session.viewer()


def one_page(who: Viewer) -> None:
    """A page of the person who sits here; of a page that is not hers, nothing: her start page."""
    known = pages(who)
    page = st.navigation(list(known.values()), position="hidden")  # our own row: Streamlit's covers a phone until it is closed
    file = next(file for file, one in known.items() if one is page)
    start = next(iter(known))
    if session.has_just_come():
        st.switch_page(known[session.came_back_to(who) or start])
    if file not in OWN.get(who.role, ("law.py",)):
        sittings.refused_page(session.store(), who, PAGES[file][1], session.now())
        st.switch_page(known[start])
    st.session_state[session.PAGE] = file
    if file not in SHOWS_NAMES:
        session.hide_names()
    if file != "case.py":
        session.hide_vault()
    head(known, who)
    page.run()


# While it is being sent, a file stays in memory; by itself the server would lay one of more than a megabyte on the disk.
MultiPartParser.spool_max_size = st.get_option("server.maxUploadSize") * 2**20


def main() -> None:
    """One page of the person signed in, or the sign-in; or, for whoever comes by an answer link, the page of the answer."""
    stranger = answer.is_asked_for()
    title = answer.TITLE if stranger else signin.TITLE
    st.set_page_config(page_title=title, page_icon=ICON, layout="centered" if stranger else "wide")
    st.set_option("client.showErrorDetails", "none")  # an error's details may be about a child
    st.set_option("logger.enableRich", value=False)  # the same, on the server's own screen
    with faults.told(), turns.taken(by_itself=session.draws_itself()):
        if stranger:  # before anybody is asked who she is: whoever is signed in is a stranger here too
            answer.alone()
            return
        try:
            seat = session.sit() or signin.by_cookie()
            if seat is None:
                st.navigation(doors(), position="hidden").run()
            else:
                one_page(seat.viewer)
        finally:
            session.rise()


main()
