"""Recording an act on a case: its buttons, its form, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import streamlit as st
from pydantic import ValidationError

from dashboard import forms, handed_in, keeping, session, words
from mdt import access, geography
from mdt.board import directory, find, meeting, who
from mdt.board.next_best import for_need
from mdt.board.people import people
from mdt.casework import ACT, carry_out
from mdt.consent import FIELDS, consents
from mdt.errors import CaseMoved, MdtError
from mdt.facts import ABOUT, BRINGS_INTO_BEING, ON_THE_RECORD, WHO_KNOWS, Fact, Thing, is_telling
from mdt.law.period import local_date
from mdt.policy import CASE_ROLES
from mdt.process import STEP
from mdt.progress import of_need
from mdt.referring import DCF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashboard.session import Draft
    from mdt.acts import Act
    from mdt.board.case import CaseView, OpenTask
    from mdt.board.meeting import Convened
    from mdt.casework import Receipt
    from mdt.tasks import Task

ANSWERING = "answering"  # which task's form is open, and which act's
PLACE = "answering-in"  # and where on the page
STALE = timedelta(minutes=15)
NAMES_A_CASE = frozenset({Fact.LIKENESS_FOUND, Fact.CASES_LINKED, Fact.CASES_UNLINKED})
ANOTHER = "receive_another_report"  # its form is that of a report, on the whole page
REPORTING = "reporting"  # the case on which one is being taken
LISTED = 50  # services at most that a provider is chosen from; another is named by its code
RECORDED = "recorded"  # how many acts this session has recorded


def buttons(task_id: str, acts: Sequence[Act], place: str = "", keys: Mapping[str, str] | None = None) -> None:
    """A button for each act that answers a task; it opens the act's form, or closes it. `keys`: shortcuts, by act.

    The same task may stand at more than one place of a page; its form opens where it was asked for.
    """
    with st.container(horizontal=True, gap="small"):
        for act in acts:
            label = f"▾ **{act.title}**" if is_open(task_id, act.key, place) else act.title
            key, shortcut = f"answer-{place}{task_id}-{act.key}", (keys or {}).get(act.key)
            st.button(label, key=key, on_click=_toggle, args=(task_id, act.key, place), shortcut=shortcut)


def is_open(task_id: str, act: str, place: str) -> bool:
    """Whether the form of this act on this task is open at this place."""
    return st.session_state.get(ANSWERING) == (task_id, act) and st.session_state.get(PLACE, "") == place


def _toggle(task_id: str, act: str, place: str) -> None:
    closing = is_open(task_id, act, place)
    st.session_state[ANSWERING], st.session_state[PLACE] = None if closing else (task_id, act), place
    if closing:
        keeping.give_up(_of(st.session_state["case"], task_id, act))


def _of(case_id: str, task_id: str, act: str) -> str:
    return f"{case_id}/{task_id}/{act}"


def open_form(view: CaseView, task: OpenTask, acts: Sequence[Act], place: str = "") -> None:
    """The form of this task that is open at this place, if one is."""
    for act in acts:
        if is_open(task.id, act.key, place):
            form(view, act, task)


def else_key(view: CaseView) -> str:
    """The key of the choice of what else happened: after each act it begins anew."""
    return _else_key(view.card.id)


def below(view: CaseView, keys: Sequence[str], place: str) -> None:
    """A button for each of these acts that no step waits for; its form opens below, among what else happened."""
    for key in keys:
        if access.may(session.viewer(), ACT[key]):
            st.button(ACT[key].title, key=f"{place}-{key}-{view.card.id}", on_click=choose_else, args=(view, key))
    point_below(view, keys)


def point_below(view: CaseView, keys: Sequence[str]) -> None:
    """Where the form of one of these acts is, if it is open below."""
    if st.session_state.get(else_key(view)) in keys:
        st.caption("Its form is open below, under “Something else happened”.")


def choose_else(view: CaseView, key: str) -> None:
    """Open the form of this act among what else happened."""
    st.session_state[else_key(view)] = key


def _else_key(case_id: str) -> str:
    return f"else-{case_id}-{st.session_state.get(RECORDED, 0)}"


def open_at(case_id: str, task_id: str, act: str) -> NoReturn:
    """Go to the page of a case, with that form open: under its task, or as something else that happened."""
    st.session_state["case"] = case_id
    st.session_state[ANSWERING], st.session_state[PLACE] = (task_id, act) if task_id else None, ""
    reporting(case_id if act == ANOTHER else None)
    if not task_id and act != ANOTHER:
        st.session_state[_else_key(case_id)] = act
    session.hide_names()
    st.switch_page("case.py")


def reporting(case_id: str | None) -> None:
    """Show the form of another report on that case's child, or no such form."""
    st.session_state[REPORTING] = case_id


def form(
    view: CaseView, act: Act, task: OpenTask | None, fixed: Mapping[str, Any] | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> None:  # fmt: skip
    """An act's form. What is typed is kept until it is recorded, whatever happens meanwhile.

    `fixed`: what is not asked for, as it is known; `choices`: what to choose a field from, where the page knows better.
    """
    of = _of(view.card.id, task.id if task else "", act.key)
    draft = keeping.begin(of, view.version)
    if draft is None:
        return
    if session.now() - draft.opened_at > STALE:
        st.caption(f"You began this form on {words.moment(draft.opened_at)}; look again at when it happened.")
    known = dict(fixed or {})
    about = {"about": known.pop("about")} if "about" in known else _about(act, view, task, draft)
    if act.fact is Fact.UPDATE_GIVEN:
        handed_in.text(draft.command, "what")
    values = forms.draw(
        act.form,
        draft.command,
        names=[name for name in _in_order(act) if name not in known],
        given={"happened_at": draft.opened_at, **_proposed(act, view)},
        choices={**_choices(act, view, about.get("about")), **(choices or {})},
    )
    values |= _date_of_meeting(act, view, values) | _other_case(act, values) | known
    if view.version > draft.seen:
        st.caption("This case has changed since you opened the form; the page shows it as it is now.")
    keeping.keep(of, draft, view.card.id)
    if st.button("Record", key=f"{draft.command}.record", type="primary"):
        record(view, act, draft, of, values | about)


# What a choice brings along, or the door fills in, is not asked for.
_FILLED: dict[Fact, tuple[str, ...]] = {
    Fact.PUT_ON_AGENDA: ("on",), Fact.PERSON_ENGAGED: ("agency",), Fact.LIKENESS_FOUND: ("score",),
    Fact.STATEMENT_MADE: ("line",), Fact.DECISION_MADE: ("line",), Fact.UPDATE_ASKED_FOR: ("line",),
    Fact.UPDATE_GIVEN: ("provider",), Fact.MEETING_RECORDED: ("record", "digest", "meeting"),
}  # fmt: skip


def _in_order(act: Act) -> list[str]:
    """When it happened first, the note last."""
    filled = _FILLED.get(act.fact, ())
    own = [name for name in act.form.model_fields if name not in ("happened_at", "about", "note", *filled)]
    return ["happened_at", *own, "note"]


def _about(act: Act, view: CaseView, task: OpenTask | None, draft: Draft) -> dict[str, str]:
    """Which thing the act is about: the task's, or one to be chosen."""
    kind = ABOUT[act.fact]
    if kind is Thing.CASE or act.fact in BRINGS_INTO_BEING:
        return {}
    things = dict(_things(kind, view))
    if task and task.task.about in things:
        return {"about": task.task.about}
    if not things:
        st.caption(f"This case has no {kind.value} yet.")
        return {}
    only = 0 if len(things) == 1 else None
    chosen = st.selectbox(
        f"Which {'entry' if kind is Thing.EVENT else kind.value}", list(things), only, lambda t: things[t],
        f"{draft.command}-about", placeholder="Choose", persist_state="session",
    )  # fmt: skip
    return {"about": chosen} if chosen else {}


def _things(kind: Thing, view: CaseView) -> Iterable[tuple[str, str]]:
    if kind is Thing.TASK:
        return [(t.id, words.joined((words.capital(t.title), t.about))) for t in view.tasks]
    if kind is Thing.EVENT:
        stand = [e for e in view.history if not e.struck and e.event.fact not in ON_THE_RECORD]
        return [(e.event.id, f"{e.event.fact.value}, {words.moment(e.event.happened_at)}") for e in stand]
    if kind is Thing.NOTICE:
        return [(e.event.id, view.things[e.event.id]) for e in view.history if not e.struck and is_telling(e.event)]
    found = [e.event for e in view.history if ABOUT[e.event.fact] is kind and e.event.fact in BRINGS_INTO_BEING]
    return [(e.about, view.things[e.about]) for e in found if e.about]


def _proposed(act: Act, view: CaseView) -> dict[str, Any]:
    """The needs that the facts suggested; the advocate decides."""
    if act.fact is not Fact.NEEDS_LISTED:
        return {}
    return next(({"needs": e.event.data["needs"]} for e in view.history if e.event.fact is Fact.NEEDS_PROPOSED), {})


def _choices(act: Act, view: CaseView, about: str | None) -> dict[str, dict[str, str]]:
    """Fields that hold an id or a code, and what to choose from; `about`: the thing that the act is about."""
    if act.fact in _NAMES_SOMEBODY:
        return {_NAMES_SOMEBODY[act.fact]: _people(), "decision": decisions(view)}
    if act.fact in WHO_KNOWS:
        return who.choices(session.store(), act.fact, view.card.id, session.now())
    if act.fact is Fact.PUT_ON_AGENDA:
        return {"meeting": {m.id: f"{words.moment(m.starts_at)}, {m.team}" for m in _meetings(view)}}
    if act.fact in (Fact.CASE_PLACED, Fact.REFERRED_TO_POLICE):
        return {"town": forms.Suggested({town.name: town.name for town in geography.towns()})}
    return _of_a_consent(act, view, about)


def _of_a_consent(act: Act, view: CaseView, need: str | None) -> dict[str, dict[str, str]]:
    """For whom one is given, and what may be told; or for whom one was given."""
    if act.fact is Fact.CONSENT_GIVEN:
        named = _suggested(view, need)
        return {"fields": FIELDS} | ({"provider": named} if named else {})
    if act.fact in (Fact.CONSENT_REVOKED, Fact.SERVICE_REFERRED):
        return {"provider": _providers(act, view, need)}
    return {}


def _suggested(view: CaseView, need: str | None) -> forms.Suggested:
    """The providers of the directory for the need, the best first, by code, with what is against one; another may be typed."""
    one = of_need(view.stands, need) if need else None
    found = for_need(session.store(), session.viewer(), view, one, session.now(), unfit=True)[:LISTED] if one else ()
    named = forms.Suggested()
    for service, against in ((match.service, ", ".join(match.why_nots)) for match in found):
        why_not = f"against it: {against}" if against else None
        named.setdefault(service.provider, words.joined((service.provider, service.provider_name, why_not)))
    return named


def _providers(act: Act, view: CaseView, need: str | None) -> forms.Suggested:
    """The providers for whom a consent stands; and DCF, where it meets a need itself."""
    given = [one for one in consents(view.stands) if one.stands_at(session.now()) and need in (None, one.about)]
    inside = any(e.fact is Fact.NEED_LISTED and e.data.get("outside") is False for e in view.stands)
    codes = {one.provider for one in given} | ({DCF} if inside and act.fact is Fact.SERVICE_REFERRED else set())
    named = partial(directory.provider_name, session.store(), session.viewer())
    return forms.Suggested({code: words.joined((code, named(code))) for code in sorted(codes)})


# Acts whose form names somebody who signs in, and in which field.
_NAMES_SOMEBODY = {Fact.DECISION_MADE: "given_to", Fact.STATEMENT_MADE: "provider", Fact.STEP_ASSIGNED: "to"}


def _people() -> dict[str, str]:
    """Everybody who signs in and works on cases, by id."""
    return {p.id: f"{p.name} ({p.role})" for p in people(session.store(), session.now()) if p.role in CASE_ROLES}


def decisions(view: CaseView) -> dict[str, str]:
    """The decisions of the case, by id."""
    made = [e.event.about for e in view.history if e.event.fact is Fact.DECISION_MADE and not e.struck]
    return {one: view.things[one] for one in reversed(made) if one}


def _meetings(view: CaseView) -> list[Convened]:
    return meeting.meetings_for(session.store(), session.viewer(), view.card.id, session.now())


def _date_of_meeting(act: Act, view: CaseView, values: dict[str, Any]) -> dict[str, Any]:
    """The day of the meeting that was chosen."""
    if act.fact is not Fact.PUT_ON_AGENDA:
        return {}
    return next(({"on": local_date(m.starts_at)} for m in _meetings(view) if m.id == values.get("meeting")), {})


def _other_case(act: Act, values: dict[str, Any]) -> dict[str, Any]:
    """The id of the case whose number was typed; what is no number of hers is refused as it stands."""
    if act.fact not in NAMES_A_CASE or "case" not in values:
        return {}
    return {"case": find.by_number(session.store(), session.viewer(), values["case"]) or values["case"]}


def record(
    view: CaseView, act: Act, draft: Draft, of: str, values: dict[str, Any], context: dict[str, Any] | None = None
) -> None:
    """Carry the act out once and say what became of it; a refusal is shown as it reads. `context`: what its form goes by."""
    try:
        filled = act.form.model_validate(values, context=context)
        by, now = session.viewer(), session.now()
        receipt = keeping.recorded(
            of,
            lambda store: carry_out(store, view.card.id, act, filled, by=by, now=now, command=draft.command, seen=draft.seen),
        )
    except ValidationError as error:
        st.error("\n\n".join(forms.wrong(error, act.form)))
    except CaseMoved as moved:
        draft.seen = view.version  # she has been told; what she does next, she does knowing it
        st.error(str(moved))
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        st.session_state.pop(ANSWERING, None)
        st.session_state[RECORDED] = st.session_state.get(RECORDED, 0) + 1
        session.say(view.card.id, sentence(receipt))
        st.rerun()


def sentence(receipt: Receipt) -> str:
    """What was recorded, which steps it ended, which it opened."""
    if receipt.repeated:
        return "This was recorded already; nothing was added."
    facts = ", ".join(dict.fromkeys(e.fact.value for e in receipt.events))
    ended, opened = _titles(receipt.ended), _titles(receipt.opened)
    return f"Recorded: {facts}." + (f" Ended: {ended}." if ended else "") + (f" Now open: {opened}." if opened else "")


def _titles(of: Sequence[Task]) -> str:
    return "; ".join(dict.fromkeys(STEP[t.step].title for t in of))
