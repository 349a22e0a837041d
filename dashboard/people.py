"""The administrator's page: who may sign in, who is locked out, who is disabled. No case is seen from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import own_form, session, words
from mdt.board import people
from mdt.casework import staff
from mdt.errors import MdtError
from mdt.policy import WHOLE_STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.people import Account

HOW = {"local": "password and code", "oidc": "the agency's sign-in", "demo": "the demo's list"}
DOES: dict[str, tuple[str, Callable[..., None]]] = {
    "release": ("Release", staff.release),
    "enable": ("Enable", staff.enable),
    "disable": ("Disable", staff.disable),
}


def may_be_done(account: Account) -> list[str]:
    """What there is to do about an account."""
    return [*(["release"] if account.locked_at else []), "enable" if account.disabled_at else "disable"]


def state(account: Account) -> str:
    """Whether she can sign in, and when she last did something."""
    if account.disabled_at:
        return f"disabled {words.moment(account.disabled_at)}"
    if account.locked_at:
        return f"locked {words.moment(account.locked_at)}"
    return f"last seen {words.moment(account.seen_at)}" if account.seen_at else "never signed in"


def line(account: Account) -> None:
    """A person, her account, and what may be done about it."""
    who = account.viewer
    with st.container(border=True):
        left, middle, right = st.columns([3, 4, 2], vertical_alignment="center", gap="small")
        left.markdown(f"**{words.plain(who.name)}**  \n:gray[{words.plain(account.login)} · {HOW[account.how]}]")
        works_for = sorted("the whole state" if one == WHOLE_STATE else one for one in who.districts | who.offices | who.teams)
        middle.markdown(f"{words.plain(words.joined((who.role, who.agency, *works_for)))}  \n{state(account)}")
        with right.container(horizontal=True, gap="xsmall"):
            for what in () if who.id == session.viewer().id else may_be_done(account):
                if st.button(DOES[what][0], key=f"{what}-{who.id}"):
                    do(what, who.id)


def do(what: str, person_id: str) -> None:
    """Do it, and show the list as it is then."""
    try:
        DOES[what][1](session.store(), person_id, by=session.viewer(), now=session.now())
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        st.rerun()


def page() -> None:
    """The list, those who wait for the administrator first."""
    st.header("People", anchor=False)
    st.caption("Persons are added, and their roles changed, with the command `mdt user`.")
    found = people.accounts(session.store(), session.viewer())
    for account in sorted(found, key=lambda a: (a.locked_at is None, a.disabled_at is not None, a.login)):
        line(account)
    if not found:
        st.write("Nobody has an account yet.")
    own_form.panel()


page()
