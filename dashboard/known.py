"""Who a child of the report may be, while the report is being typed: cases that look like hers, with reasons and no name.

What was found is kept in the session beside the draft, and looked for anew only when what it rests on has changed.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import reading, session, words
from mdt import likeness
from mdt.board import alike
from mdt.board.alike import NOTHING
from mdt.casework.intake import Identity
from mdt.errors import MdtError
from mdt.likeness import Described, DescribedPerson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dashboard.reading import Child
    from dashboard.session import Draft
    from mdt.board.alike import Alike, Likenesses

FEW = 3  # cases shown beside a child until she asks for more
VERY_LIKELY = 0.95  # from here on the question who she is waits for an answer, once
NEW, NOT_SURE = "new", "not sure"
ANSWERS = {NEW: "A new child: none of these", NOT_SURE: "Not sure"}
UNANSWERED = "This may well be a child who is known: say whether it is the same child, a new one, or that you are not sure."
LEFT_OPEN = "To leave it open, take the report once more."


@cache
def warm_up() -> None:
    """Make the comparison ready beside everything else, once a process: the first of all would take seconds."""
    threading.Thread(target=likeness.ready, name="likeness", daemon=True).start()


def while_typing(draft: Draft, child: Child) -> None:
    """The likeliest cases, the question who she is, and how many more there are that she may not see."""
    found = _looked(draft, child.mark, _described(child), alike.alike)
    shown = _shown(draft, child, found)
    if shown:
        with st.container(border=True, gap="small"):
            st.markdown("\n".join(f"- {line_of(one)}" for one in shown))
            if more := len(found.found) - len(shown):
                st.button(
                    f"Show {more} more", key=f"{draft.command}.more-{child.mark}", on_click=_show_more, args=(draft, child)
                )
            _who(draft, child, {one.case_id: f"The child of case {one.number}" for one in shown})
    if found.elsewhere:
        n = words.count(found.elsewhere, "case")
        st.caption(f"A child like this is known in {n} that {_be(found.elsewhere)} not yours to see. Ask a supervisor.")


def _shown(draft: Draft, child: Child, found: Likenesses) -> tuple[Alike, ...]:
    """The likeliest few; once she has asked for more, all."""
    return found.found if st.session_state.get(_key_of_more(draft, child)) else found.found[:FEW]


def _key_of_more(draft: Draft, child: Child) -> str:
    return f"{draft.command}.all-{child.mark}"


def _show_more(draft: Draft, child: Child) -> None:
    st.session_state[_key_of_more(draft, child)] = True


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def line_of(one: Alike) -> str:
    """How likely, which case, and why; no name."""
    place = words.joined((f"case {one.number}", words.age(one.age), one.district))
    against = f"; but {', '.join(one.against)}" if one.against else ""
    return f"**{words.capital(how_likely(one.score))}** · {place}  \n:gray[{words.plain(', '.join(one.reasons) + against)}]"


def how_likely(score: float) -> str:
    """A score in words."""
    if score >= VERY_LIKELY:
        return "very likely"
    return "likely" if score >= likeness.threshold() else "possible"


def _who(draft: Draft, child: Child, cases: dict[str, str]) -> None:
    key = _key(draft, child)
    chosen = st.session_state.get(key)
    options = {**cases, **ANSWERS}
    if chosen is not None and chosen not in options:  # it is no longer among the likeliest: what was said falls
        st.session_state[key] = None
    st.radio("Who is this child?", list(options), None, lambda o: options.get(o, o), key=key, persist_state="session")


def _key(draft: Draft, child: Child) -> str:
    return f"{draft.command}-{child.mark}-who"


def person(draft: Draft, mark: str) -> None:
    """In which cases a suspected person may be known: a quiet line."""
    held = {name: str(st.session_state.get(f"{draft.command}-{mark}-{name}") or "").strip() for name in reading.PERSON}
    described = DescribedPerson(**{name: held[name] for name in DescribedPerson.__dataclass_fields__})
    found = _looked(draft, mark, described, alike.alike_persons)
    for one in found.found[:FEW]:
        st.caption(f"Perhaps known in case {one.number}: {words.plain(', '.join(one.reasons))}.")
    if found.elsewhere:
        st.caption(f"Perhaps known in {words.count(found.elsewhere, 'case')} not yours to see. Ask a supervisor.")


def _described(child: Child) -> Described:
    told: dict[str, Any] = child.told
    came, years = told.get("received_at"), told.get("child_age")
    return Described(
        told.get("child_given_name", ""), told.get("child_family_name", ""), told.get("child_birthdate"),
        came.year - years if came and years is not None else None,
        told.get("child_gender", ""), told.get("child_residence_town", ""), told.get("child_phone", ""),
    )  # fmt: skip


def _looked(draft: Draft, mark: str, described: Any, look: Callable[..., Likenesses]) -> Likenesses:  # noqa: ANN401  # either
    """What was found for it; looked for anew only if it is described otherwise than before."""
    key = f"{draft.command}.alike-{mark}"
    before, found = st.session_state.get(key, (None, NOTHING))
    if before == described or (before is None and described == type(described)()):
        return found
    try:
        found = look(session.store(), session.viewer(), described, session.now(), found)
    except MdtError as refusal:
        st.caption(str(refusal))
        return NOTHING
    st.session_state[key] = (described, found)
    return found


def _found(draft: Draft, child: Child) -> tuple[Alike, ...]:
    _, found = st.session_state.get(f"{draft.command}.alike-{child.mark}", (None, NOTHING))
    return _shown(draft, child, found)


def asks_once(draft: Draft, children: Iterable[Child]) -> str:
    """What is asked before it is taken, once, if a very likely match has no answer; empty if there is nothing to ask."""
    key = f"{draft.command}.asked"
    open_yet = [child.title for child in children if _is_open(draft, child)]
    if not open_yet or st.session_state.get(key):
        return ""
    st.session_state[key] = True
    return f"{', '.join(open_yet)}: {UNANSWERED} {LEFT_OPEN}"


def _is_open(draft: Draft, child: Child) -> bool:
    unanswered = st.session_state.get(_key(draft, child)) is None
    return unanswered and any(one.score >= VERY_LIKELY for one in _found(draft, child))


def identity(draft: Draft, child: Child) -> Identity:
    """Who she says this child is. Unanswered, what is likely stays open, and nothing is said of what is merely possible."""
    shown = _found(draft, child)
    said = st.session_state.get(_key(draft, child))
    kin: Any = child.kin or "same report"
    if said in {one.case_id for one in shown}:
        return Identity("same", said, kin=kin)
    if said == NEW:
        return Identity("new", None, _scores(shown), kin)
    likely = shown if said == NOT_SURE else tuple(one for one in shown if one.score >= likeness.threshold())
    return Identity(NOT_SURE, None, _scores(likely), kin) if likely else Identity(kin=kin)


def _scores(of: Iterable[Alike]) -> tuple[tuple[str, float], ...]:
    return tuple((one.case_id, one.score) for one in of)
