"""On the page of a case: whose child this may be besides, side by side on request, and what has been said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, known, session, words
from mdt import access
from mdt.board import alike
from mdt.board.likenesses import likenesses
from mdt.casework import ACT, carry_out
from mdt.errors import MdtError
from mdt.links import APART, OPEN, SAME
from mdt.policy import ROOMS, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mdt.board.alike import Compared
    from mdt.board.case import CaseView
    from mdt.board.likenesses import Said

SETTLING = {"find_same_child": "Same child", "keep_apart": "Another child", "leave_likeness_open": "Not sure"}
STANDS = {OPEN: "not settled", SAME: "the same child", APART: "another child"}
REOPEN = "reopen_likeness"


def panel(view: CaseView) -> None:
    """Every likeness of this case, the open ones first; nothing if there is none, or she sees some rooms alone."""
    if view.sight.rooms != ROOMS[Role.SYSTEM]:
        return
    history = [entry.event for entry in view.history if not entry.struck]
    found = likenesses(session.store(), session.viewer(), view.card.id, history)
    if not found.shown and not found.hidden:
        return
    still_open = sum(one.how == OPEN for one in found.shown)
    st.subheader(f"May be the same child ({still_open} open)", anchor=False)
    for n, one in enumerate(found.shown):
        with st.container(border=True, gap="small"):
            _one(view, one, f"alike-{n}")
    if found.hidden:
        st.caption(f"{words.capital(words.count(found.hidden, 'case'))} not yours to see. Ask a supervisor.")
    if st.session_state.get("reopening") == _now_of(view.card.id):
        acting.form(view, ACT[REOPEN], None)


def _one(view: CaseView, one: Said, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(f"Case {one.number}", key=f"{key}-case", type="tertiary"):
            session.open_case(one.case_id)
        likely = known.how_likely(one.score) if one.score is not None else ""
        st.markdown(words.joined((f"**{STANDS[one.how]}**", likely, words.age(one.age), one.district)), width="content")
    if not one.likeness:
        st.caption("It is on record in the other case: settle it there.")
    with st.container(horizontal=True, gap="small"):
        compares = not st.session_state.get("presenting") and st.button("Compare side by side", key=f"{key}-compare")
        _buttons(view, one, key)
    if compares:
        _compare(view, one)


def _buttons(view: CaseView, one: Said, key: str) -> None:
    if not one.likeness or not view.sight.may_record:
        return
    viewer = session.viewer()
    if one.how != OPEN:
        if access.may(viewer, ACT[REOPEN]):
            st.button("Look again", key=f"{key}-again", on_click=_look_again, args=(view.card.id,))
        return
    for act, title in SETTLING.items():
        if access.may(viewer, ACT[act]):
            st.button(title, key=f"{key}-{act}", on_click=_settle, args=(view, one, act))


def _look_again(case_id: str) -> None:
    st.session_state["reopening"] = _now_of(case_id)


def _now_of(case_id: str) -> tuple[str, int]:
    """The case, until something is recorded."""
    return case_id, st.session_state.get(acting.RECORDED, 0)


def _settle(view: CaseView, one: Said, act: str) -> None:
    """Record what she says of it; the same click twice records it once."""
    now, command = session.now(), f"{act}:{one.likeness}:{view.version}"
    form = ACT[act].form.model_validate({"happened_at": now, "about": one.likeness})
    try:
        by = session.viewer()
        receipt = carry_out(
            session.store(), view.card.id, ACT[act], form, by=by, now=now, command=command, seen=view.version
        )  # fmt: skip
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
    else:
        session.say(view.card.id, acting.sentence(receipt))


def _compare(view: CaseView, one: Said) -> None:
    """Both children, for this look alone: nothing of it is kept, and the look is recorded on both cases."""
    try:
        found = alike.compare(session.store(), session.viewer(), view.card.id, one.case_id, session.now())
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.markdown(_agrees(found))
    this, other = st.columns(2)
    _child(this, "This case", found.one, found.one_otherwise)
    _child(other, f"Case {one.number}", found.other, found.other_otherwise)
    st.caption("This look is recorded on both cases. With your next click it is gone.")


def _agrees(found: Compared) -> str:
    against = f"; but {', '.join(found.against)}" if found.against else ""
    return f"**{words.capital(known.how_likely(found.score))}**: {words.plain(', '.join(found.reasons) + against)}"


def _child(
    column: st.delta_generator.DeltaGenerator, title: str, child: Mapping[str, str], otherwise: Iterable[tuple[str, str, str]]
) -> None:
    """As plain text, whatever was typed; below it what a report says otherwise."""
    column.markdown(f"**{title}**")
    lines = [f"{words.capital(name.replace('_', ' '))}: {value}" for name, value in child.items() if value]
    column.text("\n".join([*lines, *(f"By {report}, {name.replace('_', ' ')}: {value}" for report, name, value in otherwise)]))
