"""Signing in: the demo's list; or a login with password and code; or the agency's own sign-in, if it is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import session
from mdt import settings
from mdt.accounts import vouched
from mdt.board import people
from mdt.casework import accounts
from mdt.errors import NotAllowed

if TYPE_CHECKING:
    from mdt.board.people import Seat

TITLE = "Case coordination"
DEFAULT = "default"  # the provider whose settings stand in [auth] itself
OURS = "client_id"


def door() -> None:
    """Who are you? And why, if somebody sat here before."""
    st.title(TITLE)
    st.caption("Suspected trafficking of children in Connecticut: who still has to do what, by when, under which law.")
    if session.why():
        st.warning(session.why())
    if settings.is_demo():
        choose()
        return
    for name in providers():
        if st.button(_sign_in_with(name), key=f"provider-{name}", type="primary"):
            st.login(None if name == DEFAULT else name)
    if not st.session_state.get(session.TOKEN) and _is_vouched_for():
        st.button("Use another account", key="provider-leave", on_click=st.logout)
    by_password()


def choose() -> None:
    """Choose who you are. Only in the demo, where everybody is invented."""
    st.info("Demo: invented people. Choose who you are; each of them starts on a page of their own.")
    found = people.demo_people(session.store())
    if not found:
        st.write("The invented cases are still being made. Reload this page in a moment.")
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if st.button(one.name, key=f"sign-in-{one.id}", width=220):
                session.begin(accounts.begin_demo(session.store(), one.id, session.now()))
                st.rerun()
            works_for = (*sorted(one.districts), *sorted(one.offices))
            st.markdown(" · ".join((one.role, one.agency, *(n for n in works_for if n != "*"))), width="content")


def by_password() -> None:
    """Login, password and code, answered as one."""
    with st.form("local", clear_on_submit=True, width=420):
        login = st.text_input("Login", key="login", max_chars=120, autocomplete="username")
        password = st.text_input("Password", key="password", type="password", max_chars=200, autocomplete="current-password")
        code = st.text_input("Code of your authenticator app", key="code", max_chars=12, autocomplete="one-time-code")
        sent = st.form_submit_button("Sign in", key="sign-in")
    if sent:
        try:
            session.begin(accounts.sign_in(session.store(), login, password, code, session.now()))
        except NotAllowed as refusal:
            st.error(str(refusal))
        else:
            st.rerun()


def by_cookie() -> Seat | None:
    """Who sits here by an identity provider's word. One that has ended before is signed out there too."""
    if settings.is_demo() or session.why() or not _is_vouched_for():
        return None
    try:
        session.go_on(_enter(st.user.to_dict()))
    except NotAllowed as refusal:
        session.refuse(str(refusal))
        return None
    found = session.sit()
    if found is None:
        st.logout()
    return found


def _enter(claims: dict[str, Any]) -> str:
    store, now = session.store(), session.now()
    try:
        who = vouched(claims, now)
    except NotAllowed:
        accounts.refused_word(store, now)
        raise
    return accounts.enter(store, who, now)


def _is_vouched_for() -> bool:
    return bool(providers()) and bool(st.user.get("is_logged_in"))


def providers() -> list[str]:
    """The identity providers of Streamlit's own secrets, in their order."""
    if not st.secrets.load_if_toml_exists():
        return []
    auth = st.secrets.get("auth", {})
    named = [name for name, of in auth.items() if hasattr(of, "keys") and OURS in of]
    return [DEFAULT, *named] if OURS in auth else named


def _sign_in_with(name: str) -> str:
    return "Sign in with your agency" if name == DEFAULT else f"Sign in with {name}"
