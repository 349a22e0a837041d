"""The meeting's record: what is still missing of it, what it says, approving it, adding to it, and what may be disclosed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from dashboard import session, words
from mdt.casework import ACT, carry_out, meeting_papers, meeting_records
from mdt.errors import MdtError
from mdt.policy import Role

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import MeetingView
    from mdt.casework.meeting_records import Read
    from mdt.meeting_record import CasePart

READ = "record-read"
SHORTEST = 3  # letters of what is added


def panel(view: MeetingView, now: datetime) -> None:
    """The record, on request only, as each look at it is logged; never while presenting."""
    if view.course.state in ("set", "cancelled"):
        st.write("A record begins when the meeting is opened.")
        return
    if st.session_state.get("presenting"):
        st.caption("Presentation mode is on: the record names people, so it stays closed.")
        return
    found: tuple[str, int, frozenset[str], Read] | None = st.session_state.get(READ)
    if found is None or found[:3] != _as_seen(view):  # also once a case of it is no longer hers to see
        st.write("The record names the alleged victims and perpetrators (§ 17a-106a(j)). Each look is recorded.")
        st.button("Read the record", key="record-read-it", type="primary", on_click=_read, args=(view,))
        return
    shown(view, found[3], now)


def _read(view: MeetingView) -> None:
    try:
        read = meeting_records.record_of(session.store(), session.viewer(), view.id, session.now())
    except MdtError as refusal:
        st.session_state["meeting-said"] = str(refusal)
        return
    st.session_state[READ] = (*_as_seen(view), read)


def _as_seen(view: MeetingView) -> tuple[str, int, frozenset[str]]:
    """The meeting as it stood when its record was read: its entries, and the cases that are hers to see."""
    return view.id, view.version, frozenset(line.case_id for line in view.lines)


def shown(view: MeetingView, read: Read, now: datetime) -> None:
    """What is missing first, then the files, then case by case."""
    if read.is_approved:
        by = view.names.get(view.course.approved_by, "")
        at = words.moment(view.course.approved_at) if view.course.approved_at else ""
        st.success(
            f"Approved by {by} on {at}. Hash {read.digest[:16]}…; it lies in the ledger of each case. It is only added to."
        )
    elif read.missing:
        st.warning(f"{words.OVERDUE} The record cannot be approved yet:")
        st.markdown("\n".join(f"- {words.plain(_missing(one.case_number, one.what))}" for one in read.missing))
    if read.hidden:
        st.caption(f"{words.count(read.hidden, 'case')} of this meeting not shown to you.")
    files(view, now)
    if view.course.state == "held" and not read.missing:
        approving(view, read)
    for part in read.record.cases:
        a_case(part)
    if read.is_approved and view.leads:
        adding(view)
    added(read)


def added(read: Read) -> None:
    """What was added since the record was approved."""
    if read.record.amendments:
        st.subheader("Added since", anchor=False)
        for one in read.record.amendments:
            st.markdown(f"**{words.plain(one.by)}**, {words.moment(one.at)}: {words.plain(one.text)} "
                        f":gray[({words.plain(one.reason)})]")  # fmt: skip


def _missing(number: str, what: str) -> str:
    return f"case {number}: {what}" if number else what


def files(view: MeetingView, now: datetime) -> None:
    """The record as a document."""
    store, who = session.store(), session.viewer()
    with st.container(horizontal=True, gap="small"):
        for media, title in (("pdf", "Record (PDF)"), ("docx", "Record (DOCX)")):
            if st.button(title, key=f"record-{media}"):
                st.session_state["record-file"] = media
    if media := st.session_state.pop("record-file", None):
        try:
            made = partial(meeting_papers.record_document, store, who, view.id, media, now)()
        except MdtError as refusal:
            st.error(str(refusal))
            return
        st.download_button(f"Save {made.name}", made.content, made.name, made.media, "record-save", on_click="ignore",
                           type="primary")  # fmt: skip


def approving(view: MeetingView, read: Read) -> None:
    """The chairperson approves what she has read; afterwards nothing of it changes."""
    if session.viewer().role != Role.CHAIR:
        st.caption("The chairperson approves the record.")
        return
    with st.container(border=True):
        st.markdown("**Approve the record.** From then on nothing of it changes; what is to be put right is added.")
        st.button("I have read it and approve it", key="approve", type="primary", on_click=_approve, args=(view, read.digest))


def _approve(view: MeetingView, digest: str) -> None:
    command = st.session_state.setdefault(f"approve-{view.id}", uuid4().hex)
    try:
        meeting_records.approve(session.store(), session.viewer(), view.id, digest, session.now(), command=command)
    except MdtError as refusal:
        st.session_state["meeting-said"] = str(refusal)
    st.session_state.pop(READ, None)


def adding(view: MeetingView) -> None:
    """What is to be put right of a case is added, with a reason; what was approved stays as it is."""
    heard = {line.line: line for line in view.lines if line.state in ("held", "concluded")}
    with st.expander("Add to the record", key="record-add"):
        of = st.selectbox("Which case", list(heard), None, lambda line: heard[line].number, key="add-to", placeholder="Choose")
        text = st.text_area("What is added or put right", key="add-text", max_chars=2000)
        why = st.text_area("Why", key="add-why", height=68, max_chars=2000)
        ready = of is not None and min(len(text.strip()), len(why.strip())) >= SHORTEST
        if st.button("Add it", key="add-to-record", type="primary", disabled=not ready) and of:
            _add(heard[of].case_id, of, text, why)


def _add(case_id: str, line: str, text: str, why: str) -> None:
    now, act = session.now(), ACT["amend_meeting_record"]
    command = st.session_state.setdefault("add-command", uuid4().hex)
    form = act.form.model_validate({"happened_at": now, "about": line, "text": text, "reason": why})
    try:
        carry_out(session.store(), case_id, act, form, by=session.viewer(), now=now, command=command)
    except MdtError as refusal:
        st.error(str(refusal))
        return
    for key in ("add-command", "add-to", "add-text", "add-why", READ):
        st.session_state.pop(key, None)
    st.rerun()


def a_case(part: CasePart) -> None:
    """A case's part: who, what was decided, what was said and by whom, services, who left."""
    with st.container(border=True):
        st.markdown(f"**{part.line}. Case {part.number}** · {part.outcome}")
        if part.outcome == "deferred":
            st.caption(f"Because: {part.deferred_because}" if part.deferred_because else "No reason given.")
            return
        st.markdown(f"Alleged victim: **{words.plain(part.victim or '—')}** · "
                    f"alleged perpetrator: **{words.plain(part.perpetrator or '—')}**")  # fmt: skip
        for one in part.decisions:
            due = f"{one.due_on:%-d %b %Y}"
            st.markdown(
                f"- **{one.kind}**: {words.plain(one.text)} :gray[{words.joined((one.owner, one.person, f'by {due}'))}]"
            )
            for dissent in one.dissent:
                st.markdown(f"  - dissent of {words.plain(dissent.provider)}: {words.plain(dissent.text)}")
        for item in part.items:
            st.markdown(f"- {words.plain(item.provider)} ({item.kind}): {words.plain(item.text)}")
        services = "; ".join(f"{one.need}: {one.state}" for one in part.services) or f"none: {part.no_services_because}"
        left = f"Left for a conflict: {', '.join(part.recused)}" if part.recused else ""
        st.caption(words.plain(words.joined((f"Support services: {services}", left))))
