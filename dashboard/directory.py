"""The directory of services: a search by what a child needs, each service's card, and the file it is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import changing, directory_file, parts, service_card, session, words
from mdt import access, geography
from mdt.board import directory as board
from mdt.board.overview import PAGE
from mdt.casework.directory import CHANGE
from mdt.directory import Asked
from mdt.directory_entry import NEEDS

if TYPE_CHECKING:
    from mdt.directory import Match

KEY = "directory"
ROW = [2.6, 3.6, 2.2]
OLDEST = 25  # years; whoever is older is no child of ours
NONE = "Nothing in the directory fits. Ask for less, or look at what does not fit and why."


def asked() -> tuple[Asked, str]:
    """What is looked for, as it stands in the fields."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        need = st.selectbox("Need", NEEDS, None, words.capital, placeholder="Any", key=f"{KEY}-need", width=200)
        town_names = [town.name for town in geography.towns()]
        town = st.selectbox("Town", town_names, None, placeholder="Any", key=f"{KEY}-town", width=180)
        age = st.number_input("Age", 0, OLDEST, None, 1, placeholder="Any", key=f"{KEY}-age", width=120)
        spoken = board.languages(session.store(), session.viewer())
        language = st.selectbox("Language", spoken, None, placeholder="Any", key=f"{KEY}-language", width=180)
        text = st.text_input("Name", key=f"{KEY}-text", max_chars=80, placeholder="Service or provider", width=220)
    return Asked(need, None if age is None else int(age), town, None, language), text


def search() -> None:
    """The fields, and what fits, the best first."""
    wanted, text = asked()
    store, viewer, now = session.store(), session.viewer(), session.now()
    key = f"{KEY}-{hash((wanted.need, wanted.age, wanted.town, wanted.language, text))}"
    unfit = bool(st.session_state.get(f"{key}-unfit"))
    paged = f"{key}-against" if unfit else key
    found = board.search(store, viewer, wanted, now, text=text, first=parts.first_of(paged), most=PAGE, unfit=unfit)
    st.caption(f"{found.total:,} of {words.count(found.total + found.unfit, 'service')} fit.")
    if found.unfit:
        st.toggle(f"Show the {found.unfit:,} that do not fit, and why", key=f"{key}-unfit")
    if not found.matches:
        st.write(NONE)
    with parts.rows():
        for n, one in enumerate(found.matches):
            row(one, f"{KEY}-row-{n}")
    parts.pager(paged, found.unfit if unfit else found.total)


def row(one: Match, key: str) -> None:
    """A service in the list; its name opens its card."""
    service = one.service
    with st.container(border=True):
        left, middle, right = st.columns(ROW, gap="small")
        name = f":primary[**{words.plain(service.name)}**]"
        where = "confidential address" if service.confidential else None
        with left.container(gap=None):
            st.button(name, key=key, type="tertiary", on_click=service_card.choose, args=(service.id,))
            st.caption(words.joined((words.plain(service.provider_name), where)))
        middle.markdown(f"{service_card.why(one)}  \n:gray[{service_card.serves(service)}]")
        right.caption(service_card.reached(service))


def page() -> None:
    """A service that was chosen, or the search; for those who keep the directory its file too."""
    st.header("Directory", anchor=False)
    changing.said()
    if chosen := service_card.chosen():
        service_card.card(chosen)
        return
    if not access.may_look_into(session.viewer(), CHANGE):
        search()
        return
    looking, filing = st.tabs(["Search", "Import and export"], on_change="rerun", key=f"{KEY}-tab")
    if looking.open:
        with looking:
            search()
    if filing.open:
        with filing:
            directory_file.panel()


page()
