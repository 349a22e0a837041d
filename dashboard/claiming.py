"""On the page of a case: the compensation notice to say and to give, and the application from who signs to OVS's receipt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, claim, papers, session, words
from mdt.casework import acts_for, agency_form, claim_papers
from mdt.claim import Status
from mdt.claim.papers import State, checklist
from mdt.claim.signer import signer
from mdt.claim.stages import last, stages
from mdt.claim.to_ovs import latest
from mdt.claim.waiver import GROUNDS
from mdt.errors import MdtError
from mdt.exchange.compensation_notice import texts
from mdt.facts import Fact
from mdt.history import contact_is_unsafe
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mdt.board.case import CaseView, OpenTask
    from mdt.casework.documents import Document
    from mdt.claim.papers import Row
    from mdt.facts import Event

F = Fact
PLACE = "claiming-"
NOTICES = {"give-spoken-notice": "spoken", "give-written-notice": "written"}
SIGNS = {State.OPEN: "·", State.ASKED: "○", State.CAME: "✓", State.NONE: "■"}
STANDS = {Status.SATISFIED: "✓", Status.OVS: "?"}
STEPS = ("settle-compensation", "sign-application", "file-application", "gather-papers", "confirm-receipt")
# What ends the whole claim stands with its steps above; that all papers are there, once, with the application.
ELSEWHERE = frozenset({F.COMPENSATION_DECLINED, F.COMPENSATION_HANDED_OVER})
NO_RECORD = (
    "Without a written consent to OVS nothing of DCF's record goes into the application; those fields stay open (§ 17a-28(b))."
)
UNSAFE = (
    "It is said to be unsafe to contact the child or the family. Say it and hand it over in person, in a safe way; never by"
    " phone, mail or e-mail."
)


def panel(view: CaseView) -> None:
    """The notice once an injury was disclosed, and the application once its track is open."""
    stands = view.stands
    if any(e.fact is F.INJURY_DISCLOSED for e in stands) and Room.SERVICES in view.sight.rooms:
        _notice(view, stands)
    if any(e.fact in (F.COMPENSATION_TRACK_OPENED, F.APPLICATION_DRAFTED) for e in stands):
        _application(view, stands, session.now())


# The notice. ------------------------------------------------------------------------------------------------------------------


def _notice(view: CaseView, stands: Sequence[Event]) -> None:
    waiting = [task for task in view.tasks if task.task.step in NOTICES]
    st.subheader("Notice of compensation (§ 17a-106i)", anchor=False)
    with st.container(border=True, gap="small"):
        for fact, name in ((F.SPOKEN_NOTICE_GIVEN, "Spoken"), (F.WRITTEN_NOTICE_GIVEN, "Written")):
            st.markdown(f"{name}: {_given(stands, fact)}")
        if contact_is_unsafe(stands):
            st.warning(UNSAFE)
        language = st.selectbox("Language of the notice", list(texts()), 0, key=f"{PLACE}language-{view.card.id}", width=260)
        lid = st.expander("Say this", on_change="rerun", key=f"{PLACE}say-{view.card.id}")
        if lid.open:
            with lid:
                _say(language)
        _offer(f"notice-{view.card.id}", "Save the paper", partial(_paper, language))
        _acts(view, waiting)


def _given(stands: Sequence[Event], fact: Fact) -> str:
    """When, in which language, how; or that it was not given yet."""
    found = last(stands, fact)
    if found is None:
        return words.orange("**not given yet**")
    interpreter = "with an interpreter" if found.data.get("interpreter") else ""
    return words.joined((f"✓ {words.moment(found.happened_at)}", found.data.get("language", ""), found.data.get("handed", ""),
                         interpreter))  # fmt: skip


def _say(language: str) -> None:
    for paragraph in claim_papers.script(language, session.now()):
        st.markdown(words.plain(paragraph))
    st.caption("In another language, say it through an interpreter, and record that one helped.")


def _paper(language: str, media: str, now: datetime) -> Document:
    return claim_papers.notice(language, media, now)


# The application. -------------------------------------------------------------------------------------------------------------


def _application(view: CaseView, stands: Sequence[Event], now: datetime) -> None:
    st.subheader("Application for compensation", anchor=False)
    with st.container(border=True, gap="small"):
        st.markdown(_stages(stands))
        _signer(view, stands)
        _consent(stands, now)
        _acts(view, [task for task in view.tasks if task.task.step in STEPS])
        if view.sight.may_record:
            _at_will(view, stands)
        if claim_papers.may_make(session.viewer(), view.sight) and not st.session_state.get("presenting"):
            _papers(view, stands)
    if any(e.fact is F.APPLICATION_DRAFTED for e in stands):
        _checklist(view, stands, now)


def _stages(stands: Sequence[Event]) -> str:
    """Each stage with its day, how and by whom; those to come are grey."""
    told = [
        words.joined((f"✓ **{words.capital(one.name)}** {words.day(one.at)}", one.beside if one.beside != "not said" else ""))
        if one.at
        else f":gray[○ {words.capital(one.name)}]"
        for one in stages(stands)
    ]
    return "  \n".join(told)


def _signer(view: CaseView, stands: Sequence[Event]) -> None:
    drafted = last(stands, F.APPLICATION_DRAFTED)
    if drafted is None:
        return
    found = signer(drafted.data["applicant"], claim.found_of(view).standing.cap.minor_then)
    st.markdown(
        f"**{found.title}**: {STANDS[found.status]} {drafted.data['applicant']} · [{found.cite}]({found.href})  \n"
        f"{words.plain(words.joined((found.says, found.helps)))}"
    )


def _consent(stands: Sequence[Event], now: datetime) -> None:
    found = latest(stands)
    if found is None:
        st.caption(NO_RECORD)
        return
    until = f"{found.expires_on:%-d %b %Y}"
    if found.stands_at(now):
        st.markdown(f"✓ Consent to OVS until {until}: {words.plain(', '.join(sorted(found.releases)))} (§ 17a-28(a)(4))")
        return
    how = "was taken back" if found.ended_at else f"ended on {until}"
    st.markdown(words.red(f"{words.LOST} The consent to OVS {how}. {NO_RECORD}"))


def _at_will(view: CaseView, stands: Sequence[Event]) -> None:
    """What no step waits for: its form opens below, among what else happened."""
    drafted = any(e.fact is F.APPLICATION_DRAFTED for e in stands)
    keys = ["consent_to_ovs", *(["print_application", "ask_for_paper"] if drafted else [])]
    keys += ["revoke_consent_to_ovs"] if (found := latest(stands)) and found.stands_at(session.now()) else []
    with st.container(horizontal=True, gap="small"):
        acting.below(view, keys, "claiming")


def _papers(view: CaseView, stands: Sequence[Event]) -> None:
    """The application and the letters, made when asked for."""
    store, who, case_id = session.store(), session.viewer(), view.card.id
    if any(e.fact is F.APPLICATION_DRAFTED for e in stands):
        _offer(f"application-{case_id}", "Make the application", partial(claim_papers.application, store, who, case_id))
        if _has_agency_form():
            _offer(f"agency-{case_id}", "Fill the agency's form", partial(_agency, view), ("pdf",))
    kind = st.selectbox("Or a letter", list(claim_papers.LETTERS), None, lambda one: claim_papers.LETTERS[one],
                        key=f"{PLACE}letter-{case_id}", placeholder="Choose")  # fmt: skip
    if kind:
        ground = _ground(view) if kind == claim_papers.WAIVER else ""
        _offer(f"letter-{case_id}-{kind}", "Make the letter", partial(claim_papers.letter, store, who, case_id, (kind, ground)))


def _ground(view: CaseView) -> str:
    """The ground of the waiver; empty for what fits best by the record."""
    chosen = st.selectbox("On the ground of", GROUNDS, None, words.capital, key=f"{PLACE}ground-{view.card.id}",
                          placeholder="What fits best")  # fmt: skip
    return chosen or ""


def _has_agency_form() -> bool:
    try:
        return agency_form.kept() is not None
    except MdtError as refusal:
        st.caption(str(refusal))
        return False


def _agency(view: CaseView, _media: str, now: datetime) -> Document:
    return claim_papers.agency_application(session.store(), session.viewer(), view.card.id, now)


def _checklist(view: CaseView, stands: Sequence[Event], now: datetime) -> None:
    """Each paper with how far it is; those that are chased with what answers them."""
    st.markdown("**Papers to gather**")
    chased = {task.task.about: task for task in view.tasks if task.task.step == "chase-paper"}
    rows = checklist(stands)
    for row in rows:
        if row.paper in chased:
            with st.container(border=True, gap="small"):
                st.markdown(f"{_row(row)} · {words.of_task(chased[row.paper], now)}")
                _acts(view, [chased[row.paper]])
    st.markdown("  \n".join(_row(row) for row in rows if row.paper not in chased))


def _row(row: Row) -> str:
    how_far = words.joined((row.state.value, *_asked(row.holder, row.asked_at, row.answered_at)))
    return f"{SIGNS[row.state]} **{words.capital(row.kind)}** :gray[{words.plain(row.why)}]  \n{how_far}"


def _asked(holder: str, asked_at: datetime | None, answered_at: datetime | None) -> tuple[str, str, str]:
    return (
        f"of {holder}" if holder else "",
        f"asked {words.day(asked_at)}" if asked_at else "",
        f"answered {words.day(answered_at)}" if answered_at else "",
    )


# Acts and files. --------------------------------------------------------------------------------------------------------------


def _acts(view: CaseView, waiting: Sequence[OpenTask]) -> None:
    """The acts that answer these steps, and the form of the one that is open here."""
    if not view.sight.may_record:
        return
    shown: set[str] = set()
    for task in waiting:
        hidden = ELSEWHERE | ({F.PAPERS_GATHERED} if task.task.about else set())
        answers = [a for a in acts_for(session.viewer(), task.task) if a.fact not in hidden and a.key not in shown]
        shown |= {a.key for a in answers}
        acting.buttons(task.id, answers, PLACE)
        acting.open_form(view, task, answers, PLACE)


def _offer(key: str, title: str, make: Callable[[str, datetime], Document], media: Sequence[str] = ("pdf", "docx")) -> None:
    papers.offer(f"{PLACE}{key}", title, make, media)
