"""Who is told of a case: each recipient with its clock, how far it is, the acts that answer it, and the document to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, record, session, words
from mdt.board import fanout as board
from mdt.casework import acts_for, documents
from mdt.errors import MdtError
from mdt.fanout import FAMILY, TO_ALL, State
from mdt.process import STEP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mdt.acts import Act
    from mdt.board.case import CaseView, OpenTask
    from mdt.board.fanout import Telling
    from mdt.fanout import Outgoing

PLACE = "telling-"
ROW = [2.2, 3.4]
FILES = {"docx": "DOCX, to be corrected", "pdf": "PDF"}
UNSAFE = "It is said to be unsafe to contact the child or the family. Ask a supervisor before this goes out."
DONE, WAITING = "✓", "○"
SENT_TO = ("person", "proof", "acknowledged_by")  # what is kept apart from the facts
OWED_TO_ALL = (
    "It is owed to each parent, custodial or not, and to a guardian: record the others as something else that happened."
)
CAPTION = (
    "It names the child. The reporter's name and telephone are taken out of what was told; read it before it goes."
    " That you made it is recorded."
)


def panel(view: CaseView) -> None:
    """Everyone whom the law, or the team's standard, wants told; what nothing asks for is one line."""
    now = session.now()
    found = board.of_view(view, now)
    asked = [telling for telling in found if telling.row.state is not State.NOT_ASKED]
    st.subheader(f"Who is told ({len(asked)})", anchor=False)
    if not asked:
        st.write("Nobody is to be told of this case yet.")
    told = _words_beside(view) if any(telling.row.notice for telling in asked) else {}
    with st.container(gap="xsmall"):
        for n, telling in enumerate(asked):
            _row(view, telling, now, f"{view.card.id}-{n}", told)
    others = dict.fromkeys(f"{t.row.to} ({t.row.of})" for t in found if t.row.state is State.NOT_ASKED)
    if others:
        st.caption(f"Not asked for on this case: {words.plain('; '.join(others))}.")


def _words_beside(view: CaseView) -> Mapping[str, Mapping[str, str]]:
    """The desks, proofs and who acknowledged, by the id of the telling: after one look, which is recorded."""
    if st.session_state.get("presenting"):
        return {}
    found = record.looked_at(view)
    if found is None:
        st.button("Show whom it was sent to", key=f"{PLACE}whom-{view.card.id}", on_click=record.look, args=(view,))
        return {}
    return found.words


def _sent_to(view: CaseView, row: Outgoing, told: Mapping[str, Mapping[str, str]]) -> str:
    """What was said of the telling itself, and of what answered it since."""
    of_it = [row.notice, *(e.event.id for e in view.history if row.notice and e.event.about == row.notice and not e.struck)]
    kept = [told[one][name] for one in of_it for name in SENT_TO if told.get(one, {}).get(name)]
    return words.joined(kept)


def _row(view: CaseView, telling: Telling, now: datetime, key: str, told: Mapping[str, Mapping[str, str]]) -> None:
    row = telling.row
    with st.container(border=True, gap="small"):
        left, right = st.columns(ROW, gap="small")
        about = f" · {words.plain(telling.about)}" if telling.about else ""
        left.markdown(f"**{row.to}**  \n:gray[{row.of}{about} · {words.plain(row.cite)}]")
        task = _task(view, row)
        right.markdown(f"**To be sent** · {words.of_task(task, now)}" if task and not row.notice else _how_far(telling, now))
        if beside := _sent_to(view, row, told):
            st.text(beside)
        if row.to == FAMILY and row.whom not in TO_ALL:
            st.caption(OWED_TO_ALL)
        if telling.unsafe and row.state is State.TO_SEND:
            st.warning(UNSAFE)
        answers = _answers(view, task) if task else []
        _actions(view, row, task, answers, key)
        if task and answers:
            acting.open_form(view, task, answers, PLACE)


def _how_far(telling: Telling, now: datetime) -> str:
    """The state with its sign, then when, how, to whom and by whom."""
    row = telling.row
    sign = DONE if row.state is State.ACKNOWLEDGED else WAITING if row.task else ""
    head = words.joined((f"{sign} **{words.capital(row.state.value)}**".strip(), _late(row, now)))
    sent = words.moment(row.sent_at) if row.sent_at else ""
    by = f"by {telling.by}" if telling.by else ""
    again = f"sent again {', '.join(map(words.moment, row.again))}" if row.again else ""
    answered = (
        f"confirmed {words.moment(row.acknowledged_at)}" if row.acknowledged_at and row.acknowledged_at != row.sent_at else ""
    )
    return f"{head}  \n:gray[{words.plain(words.joined((sent, row.how, row.agency, row.whom, by, again, answered)))}]"


def _late(row: Outgoing, now: datetime) -> str:
    """What is to be seen of a telling that happened: after its time, or waiting for an answer for too long."""
    late = words.orange(f"{words.LATE} after its time") if row.was_late else ""
    target = row.task.target if row.task else None
    waits = words.orange(f"{words.LATE} not acknowledged for {words.ago(row.task.opened_at, now)}") if row.task else ""
    return words.joined((late, waits if target and target < now else ""))


def _task(view: CaseView, row: Outgoing) -> OpenTask | None:
    return next((t for t in view.tasks if row.task and t.task.key == row.task.key), None)


def _answers(view: CaseView, task: OpenTask) -> list[Act]:
    """The acts that this person may answer the step with, the usual one first."""
    if not view.sight.may_record:
        return []
    order = STEP[task.task.step].ended_by
    return sorted(acts_for(session.viewer(), task.task), key=lambda act: order.index(act.fact))


def _actions(view: CaseView, row: Outgoing, task: OpenTask | None, answers: list[Act], key: str) -> None:
    makes = (
        view.sight.may_record
        and row.state in (State.TO_SEND, State.SENT, State.BY_WORD, State.ACKNOWLEDGED)
        and row.kind in documents.kinds_for(session.viewer())
        and view.sight.sees >= documents.NEEDED
    )
    if not makes and not answers:
        return
    with st.container(horizontal=True, gap="small"):
        if task and answers:
            acting.buttons(task.id, answers, PLACE)
        if makes:
            _document(view, row, key)


def _document(view: CaseView, row: Outgoing, key: str) -> None:
    """A lid with the kinds of file; a file is made when it is asked for, and kept nowhere."""
    if st.session_state.get("presenting"):
        return
    with st.popover("Document", key=f"{PLACE}document-{key}"):
        st.caption(CAPTION)
        for media, title in FILES.items():
            if st.button(f"Make the {title}", key=f"{PLACE}make-{media}-{key}"):
                _hand_out(view, row, media, key)


def _hand_out(view: CaseView, row: Outgoing, media: str, key: str) -> None:
    """The file, until the page is drawn anew."""
    try:
        made = documents.document(
            session.store(), session.viewer(), view.card.id, row.kind, media, session.now(), about=row.about
        )  # fmt: skip
    except MdtError as refusal:
        st.error(str(refusal))
        return
    label = f"Save {made.name}"
    st.download_button(label, made.content, made.name, made.media, f"{PLACE}save-{key}", on_click="ignore", type="primary")
