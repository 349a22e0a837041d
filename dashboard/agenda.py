"""The agenda: each case with why it is there, in full or on the short list; the chairperson reorders, adds, defers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from dashboard import convening, parts, session, words
from mdt.board import find
from mdt.casework import ACT, carry_out
from mdt.convening import Arrange, LinePlaced
from mdt.errors import MdtError
from mdt.law.period import local_date
from mdt.store import ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mdt.acts import Act
    from mdt.board.meeting import Listed, MeetingView
    from mdt.convening import Treatment

SHORTEST = 3  # letters of a reason
SHOWN = 3  # reasons of a line, before the rest is folded
ROW = [1.2, 4.2, 2.3]
FULL, SHORT = "full discussion", "short list"
BECAUSE = ("no time", "member absent", "information awaited", "recusal", "other")
WAS = {"held": "heard", "deferred": "deferred", "concluded": "concluded before"}


def panel(view: MeetingView) -> None:
    """How the minutes lie against the length, what does not fit, and every case."""
    waiting = [one for one in view.lines if one.state == "waiting"]
    summary(view, waiting)
    if view.leads and view.course.state in ("set", "open"):
        above(view, waiting)
    if not view.lines:
        st.write("No case stands on this agenda yet. Cases come here as they are identified, asked for or due again.")
    with parts.rows():
        for n, line in enumerate(view.lines):
            row(view, n, line, waiting)


def summary(view: MeetingView, waiting: Sequence[Listed]) -> None:
    """The numbers above the list."""
    over = [one for one in waiting if not one.fits]
    before, after = view.visits
    gain = (
        f"who comes for several cases comes once: {words.count(after, 'visit')} instead of {before}" if before > after else ""
    )
    hidden = f"{words.count(view.hidden, 'case')} not yours to see" if view.hidden else ""
    told = f"**{words.count(len(waiting), 'case')}**, {view.used} of {view.course.minutes} minutes"
    st.markdown(words.joined((told, hidden, gain)))
    if over:
        st.warning(f"{words.LATE} {words.count(len(over), 'case')} at the end do not fit into the meeting's length.")
    if view.special:
        numbers = ", ".join(one.number for one in waiting if one.line in view.special)
        st.warning(
            f"{words.OVERDUE} A special meeting is proposed: {numbers} cannot be heard here, and the next meeting lies past the"
            " team's standard for a first review. Set one on the page Team."
        )


def above(view: MeetingView, waiting: Sequence[Listed]) -> None:
    """The order as it proposes itself, and one more case."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if view.course.lines:
            st.button("Take the proposed order", key="agenda-anew", on_click=_propose, args=(view,))
        with st.popover("Add a case"):
            number = st.text_input("Case number", key="add-number", placeholder="2026-00001")
            reason = st.text_area("Why the team is to hear it", key="add-reason", height=68, max_chars=500)
            if st.button("Put it on this agenda", key="add-it", type="primary", disabled=len(reason.strip()) < SHORTEST):
                add(view, number, reason)
    if waiting and not view.course.lines:
        st.caption("Nobody has arranged this agenda yet: it stands in the order in which it proposes itself.")


def _propose(view: MeetingView) -> None:
    """Back to the order, the treatments and the minutes in which the agenda proposes itself."""
    lines = [LinePlaced(line=one.line, treatment=_written(one.treatment), minutes=one.minutes) for one in view.proposed]
    convening.record(view, "arrange_agenda", Arrange(lines=lines))


def add(view: MeetingView, number: str, reason: str) -> None:
    """Put a case on the agenda: asked for first, where nothing on it waits for the team."""
    case_id = find.by_number(session.store(), session.viewer(), number.strip())
    if case_id is None:
        st.error("There is no case of that number, or it is not yours to see.")
        return
    seed = f"{st.session_state.setdefault('add-seed', uuid4().hex)}/{case_id}"
    try:
        _act(case_id, ACT["ask_for_review"], f"{seed}/asked", reason=reason)
        on = local_date(view.course.starts_at)
        _act(case_id, ACT["put_on_agenda"], f"{seed}/put", meeting=view.id, on=on)
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        st.session_state.pop("add-seed", None)
        st.rerun()


def _act(case_id: str, act: Act, command: str, **form: object) -> None:
    now = session.now()
    filled = act.form.model_validate({"happened_at": now, **form})
    carry_out(session.store(), case_id, act, filled, by=session.viewer(), now=now, command=ledger.short(command))


def row(view: MeetingView, n: int, line: Listed, waiting: Sequence[Listed]) -> None:
    """A case: why it is there, how it is heard, who is needed, which updates came."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="top", gap="small")
        with left.container(gap=None):
            if st.button(f"{n + 1}. {parts.number(line.number)}", key=f"agenda-{line.line}", type="tertiary"):
                session.open_case(line.case_id)
            st.caption(words.joined((words.age(line.age), line.district)))
        middle.markdown(_why(line))
        with right:
            st.markdown(_how(line))
            if view.leads and line.state == "waiting" and view.course.state in ("set", "open"):
                change(view, line, [one.line for one in waiting])


def _why(line: Listed) -> str:
    if line.state != "waiting":
        return f"**{WAS[line.state]}**"
    shown = [f"- {words.plain(why)}" for why in line.reasons[:SHOWN]]
    more = [f"- and {len(line.reasons) - SHOWN} more"] if len(line.reasons) > SHOWN else []
    return "\n".join([*shown, *more])


def _how(line: Listed) -> str:
    if line.state != "waiting":
        return ""
    fits = "" if line.fits else words.orange(f"{words.LATE} does not fit")
    came = ", ".join(f"{owner} {'✓' if given else '✗'}" for owner, given in line.updates)
    told = [f"**{line.treatment}** · {line.minutes} min", fits, f"Updates: {came}" if came else "",
            f"Comes for it: {words.plain(', '.join(line.needed))}" if line.needed else "",
            *(f"Conflict: {words.plain(one)}" for one in line.recused)]  # fmt: skip
    return "  \n".join(one for one in told if one)


def change(view: MeetingView, line: Listed, order: list[str]) -> None:
    """Up, down, in full or short, for how long; or put off, with a reason."""
    at = order.index(line.line)
    with st.container(horizontal=True, gap="xsmall"):
        for sign, to, title in (("↑", at - 1, "Earlier"), ("↓", at + 1, "Later")):
            st.button(sign, key=f"{title}-{line.line}", help=title, disabled=not 0 <= to < len(order), on_click=_move,
                      args=(view, line.line, to))  # fmt: skip
        with st.popover("…", help="Minutes, in full or short, or defer"):
            how = st.radio("How it is heard", (FULL, SHORT), (FULL, SHORT).index(line.treatment), key=f"how-{line.line}")
            minutes = st.number_input("Minutes", 1, 240, line.minutes, key=f"minutes-{line.line}")
            st.button("Set", key=f"set-{line.line}", on_click=_set, args=(view, line.line, how, minutes))
            because = st.selectbox("Defer because", BECAUSE, None, key=f"because-{line.line}", placeholder="Choose")
            note = st.text_input("More", key=f"more-{line.line}", max_chars=500)
            if st.button("Defer it", key=f"defer-{line.line}", disabled=because is None):
                defer(line, because or "", note)


def defer(line: Listed, because: str, note: str) -> None:
    """Put the case off, before the meeting or at it; the flows put it on the next agenda."""
    seed = st.session_state.setdefault("defer-seed", uuid4().hex)
    try:
        _act(line.case_id, ACT["defer_review"], f"{seed}/{line.line}", about=line.line, because=because, reason=note)
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        st.session_state.pop("defer-seed", None)
        st.rerun()


def _move(view: MeetingView, line: str, to: int) -> None:
    lines = [one for one in view.lines if one.state == "waiting"]
    moved = next(one for one in lines if one.line == line)
    lines.remove(moved)
    lines.insert(to, moved)
    convening.record(view, "arrange_agenda", _arranged(lines))


def _set(view: MeetingView, line: str, how: str, minutes: int) -> None:
    lines = [one for one in view.lines if one.state == "waiting"]
    convening.record(view, "arrange_agenda", _arranged(lines, {line: (how, minutes)}))


def _arranged(lines: Sequence[Listed], changed: Mapping[str, tuple[str, int]] | None = None) -> Arrange:
    """The agenda in that order."""
    told = {one.line: (one.treatment, one.minutes) for one in lines} | dict(changed or {})
    placed = [LinePlaced(line=one.line, treatment=_written(told[one.line][0]), minutes=told[one.line][1]) for one in lines]
    return Arrange(lines=placed)


def _written(treatment: str) -> Treatment:
    return "short list" if treatment == SHORT else "full discussion"
