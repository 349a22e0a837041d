"""What happened on a case, and, on request only, who the child is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words
from mdt.board.named import Named
from mdt.board.named import named as read_names
from mdt.errors import MdtError
from mdt.facts import WHO_KNOWS, Fact
from mdt.policy import See
from mdt.screening import WORDS_OF_A_SCORE, answers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mdt.board.case import CaseView, Entry

FEW_ENTRIES = 25


def history(view: CaseView) -> None:
    """What happened, the newest first; what was retracted is struck through, never gone."""
    st.subheader(f"History ({len(view.history)})", anchor=False)
    facts = {e.event.id: e.event.fact.value for e in view.history}
    entries = view.history
    if len(entries) > FEW_ENTRIES and not st.toggle("Show all of it", key=f"all-{view.card.id}"):
        entries = entries[:FEW_ENTRIES]
    st.markdown("\n".join(_entries(entries, facts)))


def _entries(entries: Iterable[Entry], facts: dict[str, str]) -> Iterable[str]:
    for entry in entries:
        event = entry.event
        of = entry.about or facts.get(event.about or "", "")
        line = f"**{event.fact.value}**" + words.plain(f" ({of})" if of else "")
        said = words.plain(_whom(entry) if event.fact in WHO_KNOWS else words.told(event.fact, event.data))
        text = f"{line}: {said}" if said and event.fact is not Fact.FACT_REDATED else line
        late = f" {words.red(f'{words.OVERDUE} {words.plain(entry.late)}')}" if entry.late else ""
        yield f"- {f'~~{text}~~ retracted' if entry.struck else text}{late}  \n  :gray[{words.plain(_when(entry))}]"


def _whom(entry: Entry) -> str:
    """Whom an entry draws in or shuts out, why, and until when."""
    until = entry.event.data.get("until")
    ends = f"until {words.moment(datetime.fromisoformat(until))}" if until else ""
    return words.joined((entry.whom, entry.event.data.get("because", ""), ends))


def _when(entry: Entry) -> str:
    moved = f" (first said to be {words.moment(entry.moved_from)})" if entry.moved_from else ""
    happened, recorded = words.moment(entry.event.happened_at), words.moment(entry.event.recorded_at)
    typed_in = "," if happened == recorded else f"; recorded {recorded}"
    return f"{happened}{moved}{typed_in} by {entry.by}"


def names(view: CaseView) -> None:
    """Who the child is, and the notes: on request only, and never while presenting."""
    if st.session_state.get("presenting"):
        session.hide_names()
        st.caption("Presentation mode is on: names and notes stay closed.")
        return
    found = looked_at(view)
    if found is None:
        session.hide_names(session.BIRTHDAY, session.ANSWER_LINK)  # the claim and the services put away their own
        st.button("Show name and notes", key="show-names", on_click=look, args=(view,))
        st.caption("Each look is recorded.")
        return
    st.button("Hide name and notes", key="hide-names", on_click=session.hide_names)
    named(view, found)


def looked_at(view: CaseView) -> Named | None:
    """What was read for this look, as long as it may be shown."""
    under, found = st.session_state.get("named", (None, None))
    return found if under == view.as_seen else None


def look(view: CaseView) -> None:
    """Read them once, for this look; they are gone with the next page or the next act on the case."""
    try:
        found = read_names(session.store(), session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
        return
    st.session_state["named"] = (view.as_seen, found)


def named(view: CaseView, found: Named) -> None:
    """The child's own row, what the reports told, and the notes. Shown as plain text, whatever was typed."""
    facts = {e.event.id: f"{e.event.fact.value}, {words.moment(e.event.happened_at)}" for e in view.history}
    with st.container(border=True):
        if found.child:
            st.markdown("**Child**")
            st.text(_lines(found.child))
        if not found.reports and See.REPORT not in view.sight.sees:
            st.caption("What the reports told is DCF's record; it is not shown to you without consent (§ 17a-28).")
        for report in found.reports:
            st.markdown("**Report**")
            st.text(_lines(report))
        for event_id, notes in found.words.items():
            st.markdown(f"**{words.plain(facts.get(event_id, 'Note'))}**")
            st.text(_lines(_readable(notes)))


def _readable(notes: dict[str, str]) -> dict[str, str]:
    """The notes as they were typed; of a score its answers, with what they rest on."""
    if WORDS_OF_A_SCORE not in notes:
        return notes
    told = answers_of(notes[WORDS_OF_A_SCORE])
    rests = {item: words.joined((one.what, one.source)) for item, one in told.evidence.items()}
    said = {item: words.joined((answer, rests.get(item))) for item, answer in told.answers.items()}
    return said | {name: text for name, text in notes.items() if name != WORDS_OF_A_SCORE}


def _lines(of: Mapping[str, object]) -> str:
    shown = {name: value for name, value in of.items() if value not in ("", None)}
    return "\n".join(f"{words.capital(name.replace('_', ' '))}: {words.value_of(value)}" for name, value in shown.items())
