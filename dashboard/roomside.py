"""What the room shows of a case: undone decisions first, updates side by side, what changed, what was said and decided here.

The words are read once for each version of the case, and that is logged. While presenting, the names that this system knows are
left out of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import parts, session, words
from mdt.board.named import named
from mdt.errors import MdtError
from mdt.names import without

if TYPE_CHECKING:
    from mdt.board.case import CaseView
    from mdt.board.meeting import MeetingView
    from mdt.board.named import Named
    from mdt.board.room import Brief

READ = "room-words"
NOT_YET = "not given yet"
PRESENTED = "Presentation mode: the names this system knows are left out; whatever else was typed stands as it was typed."


def read(view: CaseView) -> Named | None:
    """The words of the case, read once for each of its versions and logged; None if they cannot be read."""
    kept: tuple[str, int, Named] | None = st.session_state.get(READ)
    if kept is not None and kept[:2] == (view.card.id, view.version):
        return kept[2]
    try:
        found = named(session.store(), session.viewer(), view.card.id, session.now())
    except MdtError as refusal:
        st.session_state.pop(READ, None)
        st.error(str(refusal))
        return None
    st.session_state[READ] = (view.card.id, view.version, found)
    return found


def text_of(found: Named | None, event: str, field: str = "what") -> str:
    """The words beside an event; while presenting, without the names that are known."""
    if found is None:
        return ""
    text = found.words.get(event, {}).get(field, "")
    return without(text, known_names(found)) if st.session_state.get("presenting") else text


def known_names(found: Named) -> list[str]:
    """The child's name, the suspected persons' and the reporter's, as far as this viewer may read them."""
    people = [one for report in found.reports for one in report.get("suspected") or ()]
    typed = [fields.get(name, "") for fields in found.words.values() for name in ("suspected_person", "reporter_name")]
    told = [one.get(name) or "" for one in people for name in ("name", "alias")]
    return [name for name in (found.child.get("given_name", ""), found.child.get("family_name", ""), *told, *typed) if name]


def name(found: Named | None) -> None:
    """The child's name, unless this is a presentation."""
    if st.session_state.get("presenting"):
        st.caption(PRESENTED)
    elif found is not None and found.child:
        st.markdown(f"**{words.plain(' '.join((found.child['given_name'], found.child['family_name'])).strip())}**")


def unfinished(told: Brief, found: Named | None) -> None:
    """Decisions of earlier meetings that nobody has carried out, before anything else."""
    made = {one.id: one for one in told.decisions}
    if told.unfinished:
        st.markdown(f"**{words.OVERDUE} Undone decisions ({len(told.unfinished)})**")
    for task in told.unfinished:
        one = made.get(task.task.about)
        text = text_of(found, one.event) if one else ""
        st.markdown(f"- {words.plain(text or task.about)}  \n  :gray[{words.of_task(task, session.now())} · {task.task.owner}]")
    answered = [one for one in told.decisions if one.answer and not one.here]
    for one in answered[-3:]:
        st.markdown(f"- {words.plain(text_of(found, one.event) or one.name)}: **{one.answer}**")


def updates(told: Brief, found: Named | None) -> None:
    """Each agency's update, side by side; one that did not come says so."""
    st.markdown("**Updates**")
    if not told.updates:
        st.caption("No agency was asked for an update on this case.")
        return
    for column, one in zip(st.columns(len(told.updates), gap="small"), told.updates, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{words.plain(one.owner)}**")
            if one.event:
                st.markdown(words.plain(text_of(found, one.event) or "not shown to your role"))
                st.caption(f"given by {one.by}")
            else:
                st.caption(NOT_YET)


def changed(told: Brief) -> None:
    """What happened since the team last saw the case."""
    last = told.last_review
    since = f"since the review of {words.day(last.event.happened_at)}" if last else "so far; this is the first review"
    with st.expander(f"What changed {since} ({len(told.changed) + told.more})", expanded=len(told.changed) <= parts.FEW):
        st.markdown("\n".join(f"- {words.day(e.event.happened_at)}: {e.event.fact.value}" for e in told.changed) or "Nothing.")
        if told.more:
            st.caption(f"and {told.more} earlier entries on the case's page")


def said(view: MeetingView, told: Brief, found: Named | None) -> None:
    """What was said and decided at this sitting, each with who provided it."""
    here = [one for one in told.decisions if one.here]
    st.markdown(f"**At this meeting** · {words.count(len(here), 'decision')}, {words.count(len(told.said), 'statement')}")
    for one in here:
        owner = words.joined((one.owner, view.names.get(one.given_to, ""), f"by {words.value_of(one.due_on)}"))
        st.markdown(f"- **{one.kind}**: {words.plain(text_of(found, one.event))} :gray[{words.plain(owner)}]")
    for statement in told.said:
        who = view.names.get(statement.provider) or roster(view).get(statement.provider, "somebody")
        st.markdown(f"- {words.plain(who)} ({statement.kind}): {words.plain(text_of(found, statement.event))}")


def roster(view: MeetingView) -> dict[str, str]:
    """Everybody who may have said something, those present first: by her id where she signs in, else by her holding's."""
    came = view.course.came
    members = {one.person or one.id: (one.id, f"{one.name} ({one.seat})") for one in view.members}
    guests = {guest.id: (guest.id, f"{guest.name} (guest)") for guest in view.course.guests.values()}
    everyone = sorted((members | guests).items(), key=lambda item: not came.get(item[1][0], False))
    return {who: shown for who, (_, shown) in everyone}


def providers(view: MeetingView) -> dict[str, dict[str, str]]:
    """Who provided a statement: herself first; for who leads the meeting, everybody who may have come."""
    viewer, known = session.viewer(), roster(view)
    mine = {viewer.id: known.get(viewer.id, viewer.name)}
    return {"provider": mine | known if view.leads else mine}
