"""In the room: one case a screen, by keyboard; roll call, brief, updates side by side, what was said, decisions, next case.

What is typed keeps itself every few seconds, and each act is recorded at once: a lost connection or a killed server loses
nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, attending, convening, focusing, roomside, session, timer, words
from mdt import access
from mdt.board import case, meeting
from mdt.board.room import brief
from mdt.casework import ACT
from mdt.convening import Call, Nothing
from mdt.errors import MdtError, NotAllowed, NotFound
from mdt.team import OFFICES

if TYPE_CHECKING:
    from mdt.board.case import CaseView
    from mdt.board.meeting import Listed, MeetingView
    from mdt.board.named import Named

LOOK_EVERY = 4  # seconds between two looks at whether the meeting or the case has moved
AT, ROLL, FOLLOW = "room-at", "roll call", "room-follows"
PLACE = "room"
KEYS = {"record_statement": "Alt+S", "make_decision": "Alt+O", "hold_review": "Alt+H", "defer_review": "Alt+Q",
        "give_update": "Alt+U", "declare_conflict": "Alt+X", "conclude_review": "Alt+K"}  # fmt: skip


def page() -> None:
    """The room of the meeting that is open."""
    meeting_id, now = st.session_state.get(session.MEETING), session.now()
    if st.session_state.pop("leave-room", None) or meeting_id is None:
        st.switch_page("convened.py" if meeting_id else "meeting.py")
    try:
        view = meeting.meeting_view(session.store(), session.viewer(), meeting_id, now)
    except NotFound as refused:
        st.write(str(refused))
        return
    if view.course.state != "open":
        st.write("This meeting is not being held now.")
        st.button("To the meeting", on_click=_leave)
        return
    if not view.has_accepted:
        st.warning("Accept the confidentiality statement on the meeting's page first; then the room opens to you.")
        st.button("To the meeting", on_click=_leave)
        return
    at = where(view)
    bar(view, at)
    with st.container():  # whatever comes and goes has a place of its own: nothing below is made anew, no open list closes
        convening.said()
    if at == ROLL:
        roll_call(view)
        watch(view, None)
    else:
        one_case(view, next(line for line in view.lines if line.line == at))


def _leave() -> None:
    st.session_state["leave-room"] = True


def where(view: MeetingView) -> str:
    """The line before her eyes: that which was called, for whoever follows; else where she went herself."""
    lines = [line.line for line in view.lines]
    if not view.leads and st.session_state.get(FOLLOW, True) and view.course.called in lines:
        return view.course.called
    at: str = st.session_state.get(AT, view.course.called if view.course.called in lines else ROLL)
    return at if at in (*lines, ROLL) else ROLL


def bar(view: MeetingView, at: str) -> None:
    """Where we are, how long, and the way on."""
    stops = [ROLL, *(line.line for line in view.lines)]
    n = stops.index(at)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("← Previous", key="room-previous", shortcut="Alt+P", disabled=n == 0, on_click=_go, args=(view, stops[n - 1]))
        to = stops[n + 1] if n + 1 < len(stops) else at
        st.button("Next →", key="room-next", type="primary", shortcut="Alt+N", disabled=to == at, on_click=_go, args=(view, to))
        left = sum(line.state == "waiting" for line in view.lines)  # those closed to her, this system defers
        place = "Roll call" if at == ROLL else f"Case {n} of {len(stops) - 1}"
        st.markdown(f"**{place}** · {left} to be heard", width="content")
        if view.course.opened_at:
            timer.meeting(view.course.opened_at, view.course.minutes)
        st.space("stretch")
        if not view.leads:
            st.toggle("Follow the chairperson", value=True, key=FOLLOW)
        if view.leads and not left:
            st.button("Adjourn", key="adjourn", on_click=_adjourn, args=(view,))
        st.button("Leave the room", key="leave", type="tertiary", on_click=_leave)


def _go(view: MeetingView, to: str) -> None:
    st.session_state[AT] = to
    st.session_state.pop(acting.ANSWERING, None)
    session.hide_names()
    line = next((one for one in view.lines if one.line == to), None)
    if view.leads and line is not None and line.state in ("waiting", "held") and view.course.called != to:
        convening.record(view, "call_case", Call(line=to))


def _adjourn(view: MeetingView) -> None:
    if convening.record(view, "adjourn", Nothing()):
        _leave()


def roll_call(view: MeetingView) -> None:
    """By seat: who came. Guests stand below."""
    came = sum(view.course.came.values())
    st.subheader(f"Roll call: {came} present", anchor=False)
    for one in view.members:
        if one.seat not in OFFICES:
            called(view, one.id, f"**{words.plain(one.name)}** · {one.seat} :gray[{words.plain(one.agency)}]")
    for guest in view.course.guests.values():
        called(view, guest.id, f"**{words.plain(guest.name)}** · guest :gray[{words.plain(guest.agency)}]")


def called(view: MeetingView, who: str, shown: str) -> None:
    """A line of the roll call."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", border=True):
        st.markdown(shown)
        st.space("stretch")
        if view.leads:
            attending.roll_call(view, who, "room-")
        else:
            st.markdown(attending.answered(view.course, who), width="content")


def one_case(view: MeetingView, line: Listed) -> None:
    """A case: what the team needs to know on the left, what it does on the right."""
    st.session_state[session.CASE] = line.case_id
    try:
        found = case.case_view(session.store(), session.viewer(), line.case_id, session.now())
    except (NotAllowed, NotFound) as refused:
        st.write(str(refused))
        watch(view, None)
        return
    told = brief(found, line.line)
    texts = roomside.read(found)
    with st.container():
        head(view, line, found, texts)
    left, right = st.columns([3, 2.4], gap="large")
    with left:
        roomside.unfinished(told, texts)
        roomside.updates(told, texts)
        roomside.changed(told)
    with right:
        with st.container():
            roomside.said(view, told, texts)
        acts(view, line, found, told.state)
    watch(view, found)


def head(view: MeetingView, line: Listed, found: CaseView, texts: Named | None) -> None:
    """Which case, how it stands, why it is here, how long it may take."""
    card = found.card
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.subheader(f"Case {card.number}", anchor=False, width="content")
        st.markdown(words.joined((words.age(card.age), card.district, card.room)), width="content")
        if line.state != "waiting":
            st.badge({"held": "heard", "deferred": "deferred"}.get(line.state, line.state), color="green")
        if view.course.called == line.line and view.course.called_at:
            timer.case(view.course.called_at, line.minutes)
    st.caption(words.plain(words.tracks(card.tracks)))
    if line.reasons:
        st.markdown("  \n".join(f"▸ {words.plain(why)}" for why in line.reasons[:4]))
    if done := session.said(card.id):
        st.success(done)
    roomside.name(texts)


def acts(view: MeetingView, line: Listed, found: CaseView, state: str) -> None:
    """What is recorded of this case now, each by its key; the form opens below."""
    if not found.sight.may_record:
        return
    viewer = session.viewer()
    st.divider()
    keys = [key for key in KEYS if _is_possible(key, view, state) and access.may(viewer, ACT[key])]
    acting.buttons("", [ACT[key] for key in keys], PLACE, KEYS)
    for key in keys:
        if acting.is_open("", key, PLACE):
            form(view, line, found, key)


def _is_possible(key: str, view: MeetingView, state: str) -> bool:
    if key in ("hold_review", "defer_review"):
        return state == "waiting" and view.leads
    return key != "conclude_review" or (state == "held" and view.leads)


def form(view: MeetingView, line: Listed, found: CaseView, key: str) -> None:
    """The form of an act, with what the room knows filled in."""
    fixed: dict[str, object] = {"happened_at": session.now(), "note": ""}
    if key in ("record_statement", "make_decision"):
        fixed["line"] = line.line
    if key in ("hold_review", "defer_review"):
        fixed["about"] = line.line
    choices = roomside.providers(view) if key == "record_statement" else {}
    try:
        acting.form(found, ACT[key], None, fixed, choices)
        if draft := session.held(found.card.id, key):
            focusing.first_of(draft)
    except MdtError as refusal:
        st.error(str(refusal))


def watch(view: MeetingView, found: CaseView | None) -> None:
    """Draw the page anew once the meeting or the case has moved: others record at the same time."""
    looks = itertools.count()

    @st.fragment(run_every=LOOK_EVERY)
    def look() -> None:
        if not next(looks):
            return
        moved = meeting.version_of(session.store(), view.id) != view.version
        if not moved and found is not None:
            moved = case.version_of(session.store(), session.viewer(), found.card.id) != found.version
        if moved:
            session.draw_anew()

    look()


page()
