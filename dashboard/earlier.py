"""The strip of earlier history on the page of a case: this child's other reports, screenings and cases. No name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt.board import earlier
from mdt.facts import Fact
from mdt.law.rulebook import load
from mdt.policy import ROOMS, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.board.case import CaseView
    from mdt.board.earlier import Earlier, Entry, Holder

FEW = 8
ASK = "Ask a supervisor"


def strip(view: CaseView) -> None:
    """What there was before, over all cases of this child that the viewer may see."""
    if view.sight.rooms != ROOMS[Role.SYSTEM]:
        return  # who sees some rooms alone sees no case whole
    found = earlier.earlier(session.store(), session.viewer(), view.card.id, session.now())
    with st.expander(f"Earlier history: {summary(found)}", key=f"earlier-{view.card.id}"):
        for n, holder in enumerate(found.holders):
            _holder(holder, f"earlier-case-{n}")
        st.markdown("\n".join(_lines(found.entries[:FEW])))
        if len(found.entries) > FEW:
            with st.expander(f"{len(found.entries) - FEW} more", key=f"earlier-more-{view.card.id}", type="compact"):
                st.markdown("\n".join(_lines(found.entries[FEW:])))
        _linked(found)
        _hidden(found)


def summary(found: Earlier) -> str:
    """The strip in a line."""
    reports = sum(entry.fact is Fact.REPORT_RECEIVED for entry in found.entries)
    cases = len(found.holders) + found.hidden
    return words.joined(
        (
            words.count(reports, "report"),
            words.count(cases, "case"),
            f"{words.count(found.screen_outs, 'screen-out')} in the last {_within()}",
            f"{found.hidden} not yours to see" if found.hidden else "",
        )
    )


def _within() -> object:
    """How far back screen-outs are counted, as the standard says it."""
    return load().standard("repeat-screen-outs").within


def _holder(holder: Holder, key: str) -> None:
    whose = f"{holder.office} office" if holder.office else "not placed yet"
    held = "taken over by the area office" if holder.over else "with intake"
    taken = f"taken up by {holder.taken_by}" if holder.taken_by else "taken up by nobody"
    text = words.plain(words.joined((whose, held, taken)))
    if holder.here:
        st.markdown(f"**This case** ({holder.number}): {text}")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(f"Case {holder.number}", key=key, type="tertiary"):
            session.open_case(holder.case_id)
        st.markdown(text, width="content")


def _lines(entries: tuple[Entry, ...]) -> Iterator[str]:
    for entry in entries:
        codes = words.plain(", ".join(entry.codes))
        what = f"**{entry.fact.value}**" + (f": {codes}" if codes else "")
        where = "" if entry.here else f"case {entry.number}"
        yield f"- {what}  \n  :gray[{words.plain(words.joined((words.moment(entry.at), where, f'by {entry.by}')))}]"


def _linked(found: Earlier) -> None:
    if not found.linked:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Belong to it:", width="content")
        for n, link in enumerate(found.linked):
            if st.button(f"{link.how}: case {link.number}", key=f"earlier-linked-{n}", type="tertiary"):
                session.open_case(link.case_id)
            if link.there:
                st.caption(f"on record in case {link.there}; it is unlinked there", width="content")


def _hidden(found: Earlier) -> None:
    """That there is more, and nothing of it."""
    if found.hidden:
        st.caption(f"More is on record in {words.count(found.hidden, 'case')} of this child not yours to see. {ASK}.")
    if found.hidden_linked:
        st.caption(f"{words.capital(words.count(found.hidden_linked, 'linked case'))} not yours to see. {ASK}.")
