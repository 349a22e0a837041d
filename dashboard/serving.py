"""The services of a case: a row for each need, how far it is, what comes next, and what its consent still lets be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import acting, linking, session, words
from mdt import access, answer
from mdt.board.next_best import next_best
from mdt.casework import ACT, acts_for, letters
from mdt.consent import Consent, consents, days_left, standing
from mdt.errors import MdtError
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.process import STEP
from mdt.progress import Progress, State, progress

if TYPE_CHECKING:
    from datetime import date, datetime

    from mdt.acts import Act
    from mdt.board.case import CaseView, OpenTask

PLACE, REVOKE = "serving-", "revoke_consent"
_ORDER = list(STEP)  # the process's own: consent before the referral
SIGNS = {State.KEPT: "✓", State.ACCEPTED: "✓", State.ENDED: "■", State.REFUSED: "■", State.MISSED: words.OVERDUE,
         State.DECLINED: words.OVERDUE}  # fmt: skip
URGENT = {"urgent": "red", "soon": "orange"}
FILES = {"pdf": "letter, PDF", "docx": "letter, DOCX"}
CAPTION = "It holds what the consent releases, and nothing else. That you made it is recorded."


def panel(view: CaseView) -> None:
    """Each need of the case, those that are not ended first."""
    found = sorted(progress(view.stands), key=lambda one: not one.is_open)
    if not found:
        return
    given, now = consents(view.stands), session.now()
    st.subheader(f"Services ({len(found)})", anchor=False)
    with st.container(gap="xsmall"):
        for one in found:
            _row(view, one, [c for c in given if c.about == one.need], now)


def _row(view: CaseView, one: Progress, given: list[Consent], now: datetime) -> None:
    with st.container(border=True, gap="small"):
        urgency = f" :{URGENT[one.urgency]}-badge[{one.urgency}]" if one.urgency in URGENT else ""
        st.markdown(f"**{words.capital(one.kind)}**{urgency}  \n{_how_far(one, now)}")
        waiting = sorted((t for t in view.tasks if t.task.about == one.need), key=lambda t: _ORDER.index(t.task.step))
        for task in waiting:
            st.markdown(f":gray[Next:] {words.plain(words.capital(task.title))} · {words.of_task(task, now)}")
        if one.outside:
            st.markdown("  \n".join(consent_lines(given, local_date(now))))
        else:
            st.caption("DCF meets it itself; no consent is asked for.")
        if view.sight.may_record:
            _others(view, one, now)
            _actions(view, one, waiting, given, now)


def _others(view: CaseView, one: Progress, now: datetime) -> None:
    """The next best of the directory, where another provider is wanted, each with why it fits."""
    found = next_best(session.store(), session.viewer(), view, one, now)
    if found:
        named = (f"**{words.plain(m.service.provider)}** {words.plain(m.service.name)} "
                 f":gray[{words.plain(words.joined(m.reasons))}]" for m in found)  # fmt: skip
        st.markdown("\n".join([":gray[The directory's next best:]", "", *(f"{n}. {text}" for n, text in enumerate(named, 1))]))


def _how_far(one: Progress, now: datetime) -> str:
    """The state with its sign and since when; the provider; and what was said with it."""
    head = f"{SIGNS.get(one.state, '○')} **{words.capital(one.state)}** for {words.ago(one.since, now)}"
    place = f"place {one.place}" if one.place else ""
    expected = f"expected {words.value_of(one.expected_on)}" if one.expected_on else ""
    beside = words.joined((one.provider, place, expected, one.because, one.outcome))
    return f"{head} :gray[{words.plain(beside)}]" if beside else head


def consent_lines(given: list[Consent], today: date) -> list[str]:
    """A line for each consent that is not replaced by a later one for the same provider; or that there is none."""
    last = {one.provider: one for one in given}
    if not last:
        return [":gray[Consent:] none on record"]
    return [f":gray[Consent for {words.plain(one.provider)}:] {_consent(one, today)}" for one in last.values()]


def _consent(one: Consent, today: date) -> str:
    how, until = standing(one, today), f"{one.expires_on:%-d %b %Y}"
    if how == "revoked":
        return words.red(f"{words.LOST} taken back; nothing leaves any more")
    if how == "expired":
        return words.red(f"{words.LOST} expired on {until}; nothing leaves any more")
    left = days_left(one, today)
    return words.expires(left) if left <= words.SHORT_OF_DAYS else f"valid until {until}"


def _actions(view: CaseView, one: Progress, waiting: list[OpenTask], given: list[Consent], now: datetime) -> None:
    offered = set[str]()
    for task in waiting:
        acting.buttons(task.id, [act for act in _answers(task) if act.key not in offered], f"{PLACE}{one.need}-")
        offered |= {act.key for act in _answers(task)}
    with st.container(horizontal=True, gap="small"):
        if one.outside and letters.may_make(session.viewer(), view.sight):
            _papers(view, one, [c for c in given if c.stands_at(now)])
        if any(c.stands_at(now) for c in given) and access.may(session.viewer(), ACT[REVOKE]):
            st.button("Take a consent back", key=f"{PLACE}revoke-{one.need}", on_click=acting.choose_else,
                      args=(view, REVOKE))  # fmt: skip
    acting.point_below(view, (REVOKE,))
    if any(task.task.step == answer.WAITS for task in waiting):
        linking.here(view, one.need)
    for task in waiting:
        acting.open_form(view, task, _answers(task), f"{PLACE}{one.need}-")


def _answers(task: OpenTask) -> list[Act]:
    """The acts that this person may answer the step with, the usual one first."""
    order = STEP[task.task.step].ended_by
    hers = (act for act in acts_for(session.viewer(), task.task) if act.fact is not Fact.SERVICES_DECLINED)
    return sorted(hers, key=lambda act: order.index(act.fact))


def _papers(view: CaseView, one: Progress, given: list[Consent]) -> None:
    """A lid with what goes to each provider for whom a consent stands; made when asked for, and kept nowhere."""
    if not given or st.session_state.get("presenting"):
        return
    with st.popover("Letter or e-mail", key=f"{PLACE}papers-{one.need}"):
        st.caption(CAPTION)
        for consent in given:
            for media, title in FILES.items():
                if st.button(f"{consent.provider}: {title}", key=f"{PLACE}{media}-{consent.id}"):
                    _letter(view, one, consent.provider, media)
            if st.button(f"{consent.provider}: e-mail text", key=f"{PLACE}e-mail-{consent.id}"):
                _e_mail(view, one, consent.provider)


def _letter(view: CaseView, one: Progress, provider: str, media: str) -> None:
    try:
        made = letters.letter(
            session.store(), session.viewer(), view.card.id, one.need, provider=provider, media=media, now=session.now()
        )
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.download_button(f"Save {made.name}", made.content, made.name, made.media, f"{PLACE}save-{one.need}", on_click="ignore",
                       type="primary")  # fmt: skip


def _e_mail(view: CaseView, one: Progress, provider: str) -> None:
    try:
        text = letters.e_mail(
            session.store(), session.viewer(), view.card.id, one.need, provider=provider, now=session.now(),
            link=linking.on_screen(view, one.need) if provider == one.provider else "",
        )  # fmt: skip
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.code(text, language=None, wrap_lines=True)
