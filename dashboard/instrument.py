"""Screening with the agency's instrument: item by item, saved as far as it is, the band beside the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import acting, forms, keeping, session, words
from mdt import access, instruments, settings
from mdt.board import screening
from mdt.casework import ACT
from mdt.errors import MdtError
from mdt.facts import DETERMINATIONS, Fact
from mdt.policy import DCF

if TYPE_CHECKING:
    from dashboard.session import Draft
    from mdt.board.case import CaseView
    from mdt.board.screening import Scored
    from mdt.instruments import Answer, Instrument, Item, Shelf

SCORE = ACT["score_screening"]
SCREEN = "screen"  # the step
ANSWERS: tuple[Answer, ...] = ("unknown", "yes", "no")
LANGUAGES = {"en": "English", "es": "Español", "pt": "Português", "fr": "Français", "ht": "Kreyòl", "zh": "中文"}
CARRIED = "instrument-carried"  # what was saved last in this window
WHEN = ("happened_at-day", "happened_at-time")
FOLDER = "instruments"  # in the folder of all state: the agency's own


def panel(view: CaseView) -> None:
    """A lid over the instrument, for DCF's own people, where a report waits to be screened or was."""
    if session.viewer().role not in DCF:
        return
    reports = _reports(view)
    if not reports:
        return
    lid = st.expander("Screen with the instrument", on_change="rerun", key=f"instrument-{view.card.id}")
    if lid.open:
        with lid:
            _open(view, reports)


def _reports(view: CaseView) -> dict[str, str]:
    """The reports to be screened, those that wait first, by their ids."""
    waiting = [t.task.about for t in view.tasks if t.task.step == SCREEN]
    about = {Fact.SCREENING_SCORED, *DETERMINATIONS}
    done = [e.event.about for e in view.history if not e.struck and e.event.fact in about and e.event.about]
    return {report: view.things[report] for report in dict.fromkeys((*waiting, *done))}


def _open(view: CaseView, reports: dict[str, str]) -> None:
    report = next(iter(reports))
    if len(reports) > 1:
        report = st.selectbox("Which report", list(reports), 0, reports.__getitem__, f"instrument-report-{view.card.id}")
    shelf = instruments.shelf(settings.home() / FOLDER)
    scores = screening.scores(session.store(), session.viewer(), view.card.id, session.now())
    if view.sight.may_record and view.card.room != "Closed" and access.may(session.viewer(), SCORE):
        _form(view, report, shelf, scores)
    _so_far(view, scores, shelf)


@st.fragment
def _form(view: CaseView, report: str, shelf: Shelf, scores: tuple[Scored, ...]) -> None:
    """The items, and what they come to as they are answered. Only this part is drawn anew at each answer."""
    of = f"{view.card.id}/{report}/{SCORE.key}"
    draft = keeping.begin(of, view.version)
    if draft is None:
        return
    _carry_on(of, draft)
    instrument = _instrument(shelf, draft)
    language = _language(instrument, draft)
    st.caption(words.plain(instrument.source))
    if any(one.report_id == report for one in scores):
        st.button("Go on from the last answers", key=f"{draft.command}.go-on", on_click=_go_on, args=(view, report, draft))
        st.caption("That is a look at what was answered, and it is recorded.")
    st.caption("What nobody asked, or nobody knows, stays unknown. Unknown is not no.")
    answers: dict[str, Answer] = {}
    evidence: dict[str, dict[str, str]] = {}
    for item in instrument.items:
        answers[item.key], evidence[item.key] = _item(item, language, draft)
    _band(instrument, answers, language, [one for one in scores if one.report_id == report] or list(scores))
    when = forms.draw(SCORE.form, draft.command, names=["happened_at"], given={"happened_at": draft.opened_at})
    keeping.keep(of, draft, view.card.id)
    given = {key: one for key, one in evidence.items() if any(one.values())}
    asked = {key: answer for key, answer in answers.items() if answer != "unknown" or key in given}
    what = {
        "instrument": instrument.key,
        "version": instrument.version,
        "language": language,
        "evidence": given,
        "about": report,
    }
    _save(view, draft, of, shelf, when | what, {"Save as far as it is": asked, "Save": answers})


def _instrument(shelf: Shelf, draft: Draft) -> Instrument:
    for fault in shelf.faults:
        st.caption(f"An instrument can't be used. {words.plain(fault)}")
    offered = {f"{one.key} {one.version}": one for one in shelf.newest()}
    chosen = next(iter(offered))
    if len(offered) > 1:
        chosen = st.selectbox(
            "Instrument", list(offered), 0, lambda name: _titled(offered[name]), f"{draft.command}-instrument",
            persist_state=forms.KEPT,
        )  # fmt: skip
    else:
        st.markdown(f"**{words.plain(_titled(offered[chosen]))}**")
    return offered[chosen]


def _titled(instrument: Instrument) -> str:
    return f"{next(iter(instrument.title.values()))}, version {instrument.version}"


def _language(instrument: Instrument, draft: Draft) -> str:
    if len(instrument.languages) == 1:
        return instrument.languages[0]
    return st.radio(
        "Language", instrument.languages, 0, lambda code: LANGUAGES.get(code, code), f"{draft.command}-language",
        horizontal=True, persist_state=forms.KEPT,
    )  # fmt: skip


def _item(item: Item, language: str, draft: Draft) -> tuple[Answer, dict[str, str]]:
    """A question with its answer; under a lid what the answer rests on, and where that comes from."""
    with st.container(border=True, gap="small"):
        answer: Answer = st.radio(
            words.plain(item.text[language]), ANSWERS, 0, key=_key(draft, "answer", item), horizontal=True,
            persist_state=forms.KEPT,
        )  # fmt: skip
        with st.expander(_lid(item, draft, answer), key=f"{draft.command}.lid-{item.key}", type="compact"):
            told = {
                name: st.text_input(title, key=_key(draft, name, item), persist_state=forms.KEPT).strip()
                for name, title in (("what", "What it rests on"), ("source", "Where that comes from"))
            }
    return answer, told


def _key(draft: Draft, name: str, item: Item) -> str:
    return f"{draft.command}-{name}-{item.key}"


def _lid(item: Item, draft: Draft, answer: Answer) -> str:
    if st.session_state.get(_key(draft, "what", item)):
        return "Evidence: given"
    return "Evidence: asked for" if item.evidence and answer == "yes" else "Evidence"


def _carry_on(of: str, draft: Draft) -> None:
    """After saving part-way, whoever saved goes on with what she saved: the next form begins with it."""
    form, command, values = st.session_state.get(CARRIED, ("", "", {}))
    if form == of and command != draft.command:
        del st.session_state[CARRIED]
        st.session_state.update({f"{draft.command}-{name}": value for name, value in values.items() if name not in WHEN})


def _go_on(view: CaseView, report: str, draft: Draft) -> None:
    """Fill in what was answered last, where the instrument still asks it."""
    try:
        last = screening.last_answers(session.store(), session.viewer(), view.card.id, report, session.now())
    except MdtError as refusal:
        session.say(view.card.id, str(refusal))
        return
    if last is None:
        return
    for item, answer in last.told.answers.items():
        st.session_state[f"{draft.command}-answer-{item}"] = answer
    for item, told in last.told.evidence.items():
        st.session_state[f"{draft.command}-what-{item}"] = told.what
        st.session_state[f"{draft.command}-source-{item}"] = told.source


def _band(instrument: Instrument, answers: dict[str, Answer], language: str, before: list[Scored]) -> None:
    now = instruments.score(instrument, answers)
    reach = instruments.span(now.band, now.band_at_most, now.unknown)
    points = f"{now.points} points" if now.points == now.highest else f"{now.points} to {now.highest} points"
    title = instrument.band(now.points).title[language] if now.band == now.band_at_most else ""  # else it says too little
    st.markdown(words.joined((f"**Band now: {reach}**", points, words.plain(title))))
    st.markdown(f"Before: {_line(before[0])}" if before else "Not scored before.")
    st.caption("A band is a tool of yours. It determines nothing, and a low one screens nobody out.")


def _save(
    view: CaseView, draft: Draft, of: str, shelf: Shelf, what: dict[str, Any], ways: dict[str, dict[str, Answer]]
) -> None:
    """A button for each way; only "Save" says of what is unknown that it was asked."""
    if view.version > draft.seen:
        st.caption("This case has changed since you began; the page shows it as it is now.")
    pressed = None
    with st.container(horizontal=True, gap="small"):
        for label, answers in ways.items():
            kind = "primary" if label == "Save" else "secondary"
            if st.button(label, key=f"{draft.command}.{label}", type=kind, disabled=not answers):  # type: ignore[arg-type]
                pressed = answers
    if pressed:
        if pressed is not ways["Save"]:
            st.session_state[CARRIED] = (of, draft.command, keeping.typed(draft))
        acting.record(view, SCORE, draft, of, what | {"answers": pressed}, context={"shelf": shelf})


def _so_far(view: CaseView, scores: tuple[Scored, ...], shelf: Shelf) -> None:
    """Every score, the newest first; each in the words of its own version, as long as that is at hand."""
    if not scores:
        return
    st.markdown(f"**Scored so far: {len(scores)}**")
    st.markdown("\n".join(f"- {_line(one)}{_of_which(one, view, shelf)}" for one in scores))


def _line(one: Scored) -> str:
    data = one.data
    reach = instruments.span(data["band"], data["band_at_most"], data["unknown"])
    saved = "" if data["complete"] else "saved part-way"
    return words.joined((f"**{reach}**", saved, words.moment(one.at), words.plain(one.by)))


def _of_which(one: Scored, view: CaseView, shelf: Shelf) -> str:
    here = one.report if one.case_id == view.card.id else f"case {one.number}, found to be the same child"
    known = shelf.find(one.data["instrument"], one.data["version"])
    title = _titled(known) if known else f"{one.data['instrument']} {one.data['version']}, no longer at hand"
    return f"  \n  :gray[{words.plain(words.joined((here, title, LANGUAGES.get(one.data['language'], one.data['language']))))}]"
