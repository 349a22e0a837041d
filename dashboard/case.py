"""A case: where it stands, what is open and why, what happened; and the forms of what is recorded on it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import (
    acting,
    alike,
    claim,
    claiming,
    earlier,
    handing,
    instrument,
    minor,
    papers,
    record,
    report,
    seers,
    serving,
    session,
    telling,
    vault,
    words,
)
from mdt import access
from mdt.board import case
from mdt.casework import ACT, acts_for
from mdt.casework.room import acts_from_outside
from mdt.errors import NotAllowed, NotFound
from mdt.history import contact_is_unsafe
from mdt.law.rulebook import Actor, Force
from mdt.process import STEP
from mdt.tasks import BINDING

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.acts import Act
    from mdt.board.case import CaseView, OpenTask
    from mdt.board.why import Why
    from mdt.facts import Fact

ON_THE_RECORD = (
    "retract_fact", "redate_fact", "assign_step", "postpone_standard", "leave_undone", "engage_person", "engage_agency",
    "end_engagement", "restrict_case", "admit_person", "lift_restriction", "declare_conflict", "end_conflict",
)  # fmt: skip
UNSAFE = "It is unsafe to contact the child or the family: read what is safe before anybody rings or writes."
IN_A_PANEL = frozenset({"score_screening", "release_vault_note", acting.ANOTHER})  # have a form of their own
BY_ITSELF = "this system does it itself within seconds"
_BY_ITSELF = {"place-case": f"{BY_ITSELF}, a person where no report tells of a town of ours"}
SCREEN = "screen"
SOON, LATER = 2, 15  # seconds between two looks at whether the case has moved
GROUPS = (
    ("Overdue", "", lambda t: t.is_overdue),
    ("Due", "", lambda t: t.task.due is not None and t.task.force in BINDING),
    ("Rights that can be lost", "They are never overdue, but they run out.", lambda t: t.task.force == Force.ONLY_IF),
    ("Open without a date in law", "", lambda t: t.task.force in BINDING),
    ("What the law allows", "Never overdue; a date here is the team's standard.", lambda t: t.task.force == Force.MAY),
    ("The team's standards", "Not law: the team's own protocol.", lambda _task: True),
)  # fmt: skip


def header(view: CaseView) -> None:
    """Which case this is and where it stands."""
    card = view.card
    st.header(f"Case {card.number}", anchor=False)
    office = f"{card.office} office" if card.office else ""
    place = words.joined((words.age(card.age), card.district or "not placed yet", office))
    st.markdown(f"**{card.room}** · {place}")
    with st.container(horizontal=True, gap="small"):
        for name, word in card.tracks.items():
            st.badge(f"{name}: {word}", color="gray" if word == "not begun" else "blue")
        if view.restricted:
            st.badge(f"Restricted: {view.restricted}", color="orange")
    if contact_is_unsafe(view.stands):
        st.error(f"{words.OVERDUE} {UNSAFE}")
    if not view.sight.may_record:
        st.warning(
            "Emergency access: you see this case for four hours and record nothing on it. Your supervisor has been told."
        )
    if card.may_close:
        st.caption("Nothing stands in the way of closing this case.")


def tasks(view: CaseView, now: datetime) -> None:
    """Every open step, in groups: overdue, rights, due, undated, standards."""
    left = list(view.tasks)
    if not left:
        st.write("Nothing is open on this case.")
    for title, note, belongs in GROUPS:
        here = [t for t in left if belongs(t)]
        left = [t for t in left if t not in here]
        if here:
            st.subheader(f"{title} ({len(here)})", anchor=False)
            if note:
                st.caption(note)
        for task in here:
            one_task(view, task, now)


def one_task(view: CaseView, task: OpenTask, now: datetime) -> None:
    """A step: what, who, by when; the acts that answer it; and why it is here."""
    with st.container(border=True, gap="small"):
        about = f" :gray[({words.plain(task.about)})]" if task.about else ""
        st.markdown(f"**{words.capital(task.title)}**{about}  \n{_who_and_when(task, now)}")
        answers = answers_to(task, may_record=view.sight.may_record)
        if answers:
            if task.task.step == SCREEN:
                minor.minor_strip(view, task.id)
            acting.buttons(task.id, answers)
            acting.open_form(view, task, answers)
        lid = st.expander("Why", on_change="rerun", key=f"why-{view.card.id}-{task.id}", type="compact")
        if lid.open:
            with lid:
                explain(task.why)


def answers_to(task: OpenTask, *, may_record: bool) -> list[Act]:
    """The acts that this person may answer a step with, the usual one first."""
    if not may_record:
        return []
    order = STEP[task.task.step].ended_by
    return sorted(acts_for(session.viewer(), task.task), key=lambda act: order.index(act.fact))


def _who_and_when(task: OpenTask, now: datetime) -> str:
    owner = _BY_ITSELF.get(task.task.step, BY_ITSELF) if task.task.owner == Actor.SYSTEM else task.task.owner
    given = "given to a person" if task.task.assigned else ""
    return words.joined((words.of_task(task, now), owner, given, f"open since {words.moment(task.task.opened_at)}"))


def explain(why: Why) -> None:
    """The rule with its section, or the standard, which is never called a deadline."""
    if why.is_law:
        st.markdown(f"**The law** · [{why.cite}]({why.href}) · {why.since}  \n{words.plain(why.says)}")
        st.markdown(words.plain(why.counted))
    if why.standard:
        st.markdown(f"*The team's standard, not law:* {words.plain(why.standard)}")
    st.markdown(f"**What ends it:** {words.plain(why.stops)}")
    if why.waivers:
        st.markdown(f"**What may save it once it has run out:** {words.plain('; '.join(why.waivers))}")
    if why.doubt:
        st.markdown(f"**In doubt:** {words.plain(why.doubt)}")


def something_else(view: CaseView) -> None:
    """What may happen at any time, and corrections of the record."""
    st.subheader("Something else happened", anchor=False)
    viewer = session.viewer()
    if access.may(viewer, ACT[acting.ANOTHER]):
        st.button("Another report on this child", on_click=acting.reporting, args=(view.card.id,))
    any_time = (*acts_from_outside(viewer, _facts(view)), *(ACT[key] for key in ON_THE_RECORD))
    acts = {a.key: a for a in any_time if access.may(viewer, a) and a.key not in IN_A_PANEL}
    if view.card.room == "Closed":
        acts = {key: act for key, act in acts.items() if act.after_closing}
    chosen = st.selectbox(
        "What happened", list(acts), None, lambda key: acts[key].title, acting.else_key(view),
        placeholder="Choose, or type to search",
    )  # fmt: skip
    if chosen:
        with st.container(border=True):
            acting.form(view, acts[chosen], None)


def _facts(view: CaseView) -> set[Fact]:
    return {event.fact for event in view.stands}


def watch(view: CaseView) -> None:
    """Draw the page anew once the case has moved: others record, and the flows follow within seconds."""
    looks = itertools.count()

    @st.fragment(run_every=SOON if session.said(view.card.id) else LATER)
    def look() -> None:
        if next(looks) and case.version_of(session.store(), session.viewer(), view.card.id) != view.version:
            session.draw_anew()

    look()


def page() -> None:
    """The case that is open."""
    case_id, now = st.session_state.get("case"), session.now()
    if case_id is None:
        st.write("No case is open. Choose one on the board.")
        return
    try:
        view = case.case_view(session.store(), session.viewer(), case_id, now)
    except (NotAllowed, NotFound) as refused:
        session.hide_names()
        st.write(str(refused))
        return
    header(view)
    if said := session.said(case_id):
        st.success(said)
    earlier.strip(view)
    if st.session_state.get(acting.REPORTING) == case_id:
        another_report(view)
    else:
        both_sides(view, now)
    watch(view)


def another_report(view: CaseView) -> None:
    """The whole form of a report, on the child of this case."""
    st.button("Back to the case", on_click=acting.reporting, args=(None,))
    st.subheader("Another report on this child", anchor=False)
    report.take_a_report(view.card.id)


def both_sides(view: CaseView, now: datetime) -> None:
    """What is to be done, and what is known."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        alike.panel(view)
        instrument.panel(view)
        serving.panel(view)
        tasks(view, now)
        claim.panel(view)
        claiming.panel(view)
        telling.panel(view)
        handing.panel(view)
        papers.panel(view)
        if view.sight.may_record:
            something_else(view)
    with right:
        record.names(view)
        vault.panel(view)
        seers.who_sees(view)
        record.history(view)


page()
