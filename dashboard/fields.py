"""The fields of a report as widgets: each with its title, and a sentence by it where something is to be corrected or asked.

Days are typed, not picked: what cannot be read stays as it was typed, with what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard import words
from mdt import asking, geography, reporters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.reading import Reading
    from dashboard.session import Draft

KEPT: Final = "session"
LINES = 100  # pixels of a text
UNKNOWN, YES, NO = "unknown", "yes", "no"
GENDERS = ("female", "male", "transgender", "nonbinary")
A_DAY = "MM/DD/YYYY"


@dataclass(frozen=True, slots=True)
class Field:
    """A field's title, its widget, and what it is picked from."""

    title: str
    kind: str = "line"
    options: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form before her eyes: its draft, what it holds so far, and whether she has tried to have it taken."""

    draft: Draft
    reading: Reading
    tried: bool

    def key(self, name: str) -> str:
        """The key of a widget; what has it is kept with the draft."""
        return f"{self.draft.command}-{name}"

    def value(self, name: str) -> Any:  # noqa: ANN401  # whatever the widget holds
        """What a field holds before it is read; None if it was never filled in."""
        return st.session_state.get(self.key(name))

    def said_of(self, name: str) -> str:
        """What is to be corrected in a field, or is needed; empty if nothing is."""
        return self.reading.wrong.get(name, "") or (self.reading.missing.get(name, "") if self.tried else "")


# fmt: off
FIELDS: dict[str, Field] = {
    "mode": Field("How it came", "pick", ("oral", "electronic", "written")),
    "received_at": Field("Received on (Eastern time)", hint=f"{A_DAY} HH:MM"),
    "report_no": Field("Report number"),
    "reporter_class": Field("Who reports", "class", tuple(one.title for one in reporters.classes())),
    "reporter_mandated": Field("Is the reporter mandated to report?", "three"),
    "reporter_name": Field("Reporter's name"),
    "reporter_phone": Field("Reporter's phone"),
    "reporter_confidential": Field("Asks to be kept confidential?", "three"),
    "child_given_name": Field("Given name"),
    "child_family_name": Field("Family name"),
    "child_birthdate": Field("Birthdate", hint=A_DAY),
    "child_age": Field("Age in years, if that is all that is known"),
    "child_gender": Field("Gender", "free", GENDERS),
    "child_phone": Field("Child's or family's phone"),
    "child_residence_town": Field("Town where the child lives", "town"),
    "child_in_state": Field("Does the child live in Connecticut?", "three"),
    "child_address": Field("Address"),
    "parents": Field("Parents, or whoever cares for the child, with addresses", "words"),
    "narrative": Field("What was told", "words"),
    "incident_from": Field("First day it happened", hint=A_DAY),
    "incident_to": Field("Last day it happened", hint=A_DAY),
    "incident_time": Field("About what time"),
    "incident_town": Field("Town where it happened", "town"),
    "prior_harm": Field("Earlier harm to the child, or to brothers or sisters", "words"),
    "how_known": Field("How the reporter knows of it", "words"),
    "name": Field("Name, or what is known"),
    "alias": Field("Alias, nickname or street name"),
    "phone": Field("Phone"),
    "handle": Field("Name used on the Internet"),
    "vehicle": Field("Vehicle or plate"),
    "place": Field("Place"),
    "relationship": Field("Relationship to the child"),
    "has_care_or_access": Field("Has care of the child, or access to it?", "three"),
    "why_suspected": Field("Why suspected", "words"),
    "prior_cases": Field("Earlier cases with the suspected persons", "words"),
    "reported_in_school": Field("Made in a school?", "three"),
    "online_component": Field("Partly online?", "three"),
    "unsafe_to_contact": Field("Unsafe to contact the child or the family?", "three"),
    "unsafe_because": Field("Why, and what is safe", "words"),
    "commercial_sex": Field("Commercial sex?", "three"),
    "forced_labor": Field("Forced labor?", "three"),
    "force_fraud_coercion": Field("Force, fraud or coercion?", "three"),
    "imminent_risk": Field("Imminent risk?", "three"),
    "missing": Field("Missing?", "three"),
    "in_dcf_care": Field("In DCF's care?", "three"),
    "lives_at_home": Field("Lives at home?", "three"),
    "citizenship": Field("Citizenship", hint="a country code, like US"),
    "police_agency": Field("Police agency told"),
    "police_told_at": Field("Police were told on", hint=f"{A_DAY} HH:MM"),
    "action_taken": Field("What has been done so far", "words"),
}
NAMES = ("child_given_name", "child_family_name", "name", "reporter_name")
# fmt: on


def rows(sheet: Sheet, names: Sequence[Sequence[str]], mark: str = "", **given: str) -> None:
    """Rows of fields: from left to right, then down, as the tabulator goes."""
    for row in names:
        for name, column in zip(row, st.columns(len(row)), strict=True):
            with column:
                put(sheet, name, mark, given.get(name, ""))


def put(sheet: Sheet, name: str, mark: str = "", given: str = "") -> None:
    """A field, and under it what is to be said of it."""
    one, key = FIELDS[name], sheet.key(mark + name)
    _WIDGETS[one.kind](one, key, given)
    if reason := sheet.said_of(mark + name):
        st.markdown(f":small[:red[{words.OVERDUE} {sentence(name, reason)}]]")
        _offer_town(sheet, mark + name)
    elif name in NAMES and (odd := asking.as_typed(str(st.session_state.get(key) or ""))):
        st.caption(f"The name {odd}")


def _offer_town(sheet: Sheet, name: str) -> None:
    """The likely town as a button that fills it in; nothing is filled in by itself."""
    typed = st.session_state.get(sheet.key(name))
    meant = geography.likely(typed) if name.endswith("_town") and isinstance(typed, str) else None
    if meant:
        st.button(f"Yes, {meant}", key=f"{sheet.draft.command}.fill-{name}", on_click=_fill, args=(sheet.key(name), meant))


def _fill(key: str, value: str) -> None:
    st.session_state[key] = value


def _line(one: Field, key: str, given: str) -> None:
    st.text_input(one.title, given, key=key, placeholder=one.hint or None, persist_state=KEPT)


def _words(one: Field, key: str, given: str) -> None:
    st.text_area(one.title, given, key=key, height=LINES, persist_state=KEPT)


def _three(one: Field, key: str, _given: str) -> None:
    st.radio(one.title, (UNKNOWN, YES, NO), 0, key=key, horizontal=True, persist_state=KEPT)


def _pick(one: Field, key: str, _given: str) -> None:
    st.radio(one.title, one.options, None, key=key, horizontal=True, persist_state=KEPT)


def _free(one: Field, key: str, _given: str) -> None:
    _list(one.title, one.options, key)


def _town(one: Field, key: str, _given: str) -> None:
    _list(one.title, tuple(town.name for town in geography.towns()), key)


def _list(title: str, options: Sequence[str], key: str) -> None:
    st.selectbox(
        title, options, None, key=key, accept_new_options=True, placeholder="Choose or type", persist_state=KEPT
    )  # fmt: skip


def _class(one: Field, key: str, _given: str) -> None:
    shown = {found.title: found.shown for found in reporters.classes()}
    st.selectbox(
        one.title, one.options, None, lambda title: shown.get(title, title), key, on_change=_propose, args=(key,),
        placeholder="Type to search the classes of § 17a-101(b)", persist_state=KEPT,
    )  # fmt: skip


def _propose(key: str) -> None:
    """Propose whether the reporter is mandated, by the class, unless she has said otherwise herself."""
    command = key.removesuffix("-reporter_class")
    mandated, proposed = f"{command}-reporter_mandated", f"{command}-proposed"
    found = reporters.class_of(st.session_state.get(key))
    if found and st.session_state.get(mandated) in (None, UNKNOWN, st.session_state.get(proposed)):
        st.session_state[mandated] = st.session_state[proposed] = YES if found.is_mandated else NO


_WIDGETS: dict[str, Callable[[Field, str, str], Any]] = {
    "line": _line, "words": _words, "three": _three, "pick": _pick, "free": _free, "town": _town, "class": _class,
}  # fmt: skip


def sentence(name: str, reason: str) -> str:
    """What is to be corrected in a field, as a sentence that begins with its title."""
    bare = name.rpartition("-")[2]
    title = FIELDS[bare].title.rstrip("?") if bare in FIELDS else "The report"
    return f"**{title}** {reason}{'' if reason.endswith('?') else '.'}"
