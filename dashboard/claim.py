"""On the page of a case: where the claim stands, each element explained, and what if its time had run out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, parts, session, words
from mdt import access
from mdt.board import claim
from mdt.casework import ACT, claim_papers
from mdt.claim import Status
from mdt.errors import MdtError
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mdt.board.case import CaseView
    from mdt.board.claim import ClaimView
    from mdt.claim import Element, Standing
    from mdt.claim.waiver import WhatIf

SIGNS = {Status.SATISFIED: "✓", Status.SUBSTITUTE: "≈", Status.OVS: "?", Status.MISSING: "○"}
DESCRIBE = "describe_claim"
MOST = 15  # claims on a page
NOT_OURS = "Nothing here is a decision: whether compensation is paid, and how much, OVS decides."


def panel(view: CaseView) -> None:
    """Where the claim stands: what holds it up, every element on request; nothing before anything of it is on record."""
    if Room.COMPENSATION not in view.sight.rooms:
        return
    found = found_of(view)
    if not found.begun:
        return
    st.subheader("Where the claim stands", anchor=False)
    with st.container(border=True, gap="small"):
        summary(found, session.now())
        _describe(view)
        _lid(f"claim-all-{view.card.id}", "Every element, explained", found, _elements)
        if found.standing.what_if:
            _lid(f"claim-if-{view.card.id}", what_if_title(found.standing.what_if), found, partial(_what_if, view))
        _look(view, found)


def found_of(view: CaseView) -> ClaimView:
    """As it was looked at by the birthdate, once; else without it."""
    store, viewer, now = session.store(), session.viewer(), session.now()
    under, looked = st.session_state.get(session.BIRTHDAY, (None, None))
    if under == view.as_seen and looked is not None and not st.session_state.get("presenting"):
        return looked
    st.session_state.pop(session.BIRTHDAY, None)
    return claim.claim(store, viewer, view.card.id, now)


def _describe(view: CaseView) -> None:
    """Opens the form that says what the claim rests on, below, with what may happen at any time."""
    if view.sight.may_record and access.may(session.viewer(), ACT[DESCRIBE]):
        acting.below(view, (DESCRIBE,), "claim")


def _lid(key: str, title: str, found: ClaimView, inside: Callable[[ClaimView], None]) -> None:
    lid = st.expander(title, on_change="rerun", key=key, type="compact")
    if lid.open:
        with lid:
            inside(found)


def summary(found: ClaimView, now: datetime) -> None:
    """How many elements stand how, what holds the claim up most, and the date that comes next."""
    st.markdown(counted(found.standing))
    weakest = found.standing.weakest
    st.markdown(f"{headline(weakest)}  \n{words.plain(weakest.says)}")
    st.markdown(next_date(found, now))
    if found.standing.awarded is not None:
        st.markdown(f"Awarded: \\${found.standing.awarded:,}; paid so far: \\${found.standing.paid:,}")


def counted(standing: Standing) -> str:
    """Like "✓ 3 satisfied · ? 2 OVS decides"."""
    return words.joined(f"{SIGNS[s]} {standing.of(s)} {s.value}" for s in Status if standing.of(s))


def headline(element: Element) -> str:
    """An element with its status: a sign and the words."""
    return f"**{element.title}**: {SIGNS[element.status]} {element.status.value} · [{element.cite}]({element.href})"


def next_date(found: ClaimView, now: datetime) -> str:
    """What comes next of the claim, and when."""
    if found.next is None:
        return "No date of the claim comes next."
    return f"Next: {words.capital(found.next.title)}, {words.of_clock(found.next, now)}"


def _elements(found: ClaimView) -> None:
    st.caption(NOT_OURS)
    for element in found.standing.elements:
        rests = "; ".join(f"{one.what} ({words.day(one.at)})" for one in element.rests_on)
        lines = [headline(element), words.plain(element.says)]
        lines += [f"*Rests on:* {words.plain(rests)}"] if rests else []
        lines += [f"*What would help:* {words.plain(element.helps)}"] if element.helps else []
        st.markdown("  \n".join(lines))


def what_if_title(found: WhatIf) -> str:
    """Whether the time has run out, and when it does."""
    ends = words.day(found.limit.ends)
    return f"The time to apply ended on {ends}: which waiver" if found.has_run_out else f"What if the time ran out on {ends}"


def _what_if(view: CaseView, found: ClaimView) -> None:
    told = found.standing.what_if
    if told is None:
        return
    for ground in told.grounds:
        fits = "✓ fits by the record" if ground.fits else "? may fit"
        shown = "; ".join(f"{one.what} ({words.day(one.at)})" for one in ground.evidence)
        lines = [f"**{words.capital(ground.key)}**: {fits} · {ground.cite}", words.plain(ground.because)]
        lines += [f"*At hand:* {words.plain(shown)}"] if shown else []
        lines += [f"*Wanting:* {words.plain(ground.wanting)}"] if ground.wanting else []
        st.markdown("  \n".join(lines))
    if claim_papers.may_make(session.viewer(), view.sight):
        _draft(found, [ground.key for ground in told.grounds])


def _draft(found: ClaimView, grounds: list[str]) -> None:
    """The request as the letter says it: of DCF's record no more than the consent to OVS releases."""
    chosen = st.selectbox("Draft the request on this ground", grounds, 0, words.capital, key=f"claim-ground-{found.case_id}")
    try:
        draft = claim_papers.waiver_request(session.store(), session.viewer(), found.case_id, chosen, session.now())
    except MdtError as refusal:
        st.caption(str(refusal))
        return
    with st.container(border=True):
        st.markdown(f"**{draft.title}**")
        for paragraph in draft.paragraphs:
            st.markdown(words.plain(paragraph))


def _look(view: CaseView, found: ClaimView) -> None:
    """The 18th birthday, behind a button: it is a look at who the child is."""
    if not found.may_look or st.session_state.get("presenting"):
        return
    if found.by_birthdate:
        st.button("Hide the birthday", key=f"claim-hide-{view.card.id}", on_click=session.hide_names)
    else:
        st.button("By the birthdate", key=f"claim-look-{view.card.id}", on_click=_read, args=(view,),
                  help="A minor's extra and waiver depend on the 18th birthday. Each look is recorded.")  # fmt: skip


def _read(view: CaseView) -> None:
    try:
        found = claim.claim_by_birthdate(session.store(), session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
        return
    st.session_state[session.BIRTHDAY] = (view.as_seen, found)


def row(found: ClaimView, now: datetime, key: str) -> None:
    """A claim in a list: its case, what holds it up, the date that comes next; the explanation opens."""
    with st.container(border=True, gap="small"):
        left, right = st.columns([1.1, 6], vertical_alignment="center", gap="small")
        if left.button(f":primary[**{found.number}**]", key=key, type="tertiary"):
            session.open_case(found.case_id)
        parts.flag(left, unsafe=found.unsafe)
        weakest = found.standing.weakest
        right.markdown(
            f"{headline(weakest)}  \n{words.plain(weakest.says)}  \n{next_date(found, now)}  \n"
            f":gray[{words.joined((counted(found.standing), words.age(found.age), found.district))}]"
        )
        _lid(f"{key}-all", "Every element, explained", found, _elements)


def listed(now: datetime) -> None:
    """Every claim that waits for something, the soonest date first."""
    store, viewer = session.store(), session.viewer()
    total, found = claim.claims(store, viewer, now, first=parts.first_of("claims"), most=MOST)
    st.caption(NOT_OURS)
    if not found:
        st.write("No claim waits for anything.")
    for n, one in enumerate(found):
        row(one, now, f"claim-{n}")
    parts.pager("claims", total, MOST)
