"""Taking a report while somebody tells it: one form in the order of a call, kept as it is typed, taken once.

Only three things are needed; whatever else is unknown stays unknown, which is not no.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import beside, fields, keeping, known, reading, session, taking
from dashboard.fields import Sheet
from mdt import reporters
from mdt.referral import MOST_CHILDREN, MOST_SUSPECTED

if TYPE_CHECKING:
    from dashboard.reading import Child
    from dashboard.session import Draft

DRAFT = "take-a-report"
ANOTHER = "receive_another_report"
OPEN_TO = (
    "The name is then open only to DCF's staff for its business, to police and state's attorneys who investigate or "
    "prosecute, to DCF's lawyers, to the court and its parties, to a child care licensing agency, and to the head of an "
    "institution, school or school district (§ 17a-28(f))."
)
OFF_DUTY = (
    "Of a mandated class, but not acting in that work: then the report is one of § 17a-103, and “no” is right. "
    "Otherwise choose “yes”."
)
RECORDED_CALL = "Tell the caller that the call is recorded, and the penalty for a report known to be false (§ 17a-103(a))."


def take_a_report(for_case: str | None = None) -> None:
    """The form of a new report; with `for_case`, of another report on the child of that case."""
    of = f"{for_case}//{ANOTHER}" if for_case else DRAFT
    taking.say_what_was_taken()
    draft = keeping.begin(of, 0)
    if draft is None:
        return
    sheet = _sheet(draft)
    left, right = st.columns([3, 1.2], gap="large")
    with left:
        _the_call(sheet)
        _who_reports(sheet)
        if for_case is None:
            _the_children(sheet)
        _what_happened(sheet)
        _suspected(sheet)
        _signs(sheet)
        keeping.keep(of, draft, for_case)
        taking.button(sheet, of, for_case)
    with right:
        beside.panel(sheet, of_the_child=for_case is None)
    beside.focused()


def _sheet(draft: Draft) -> Sheet:
    given = {"received_at": draft.opened_at, "report_no": number_of(draft)}
    found = reading.reads(keeping.typed(draft), given, session.now())
    found = replace(found, wrong=found.wrong | taking.refused(draft, found))
    return Sheet(draft, found, taking.was_tried(draft))


def number_of(draft: Draft) -> str:
    """The number that a report gets if the agency gives it none: the year, and letters that tell nothing."""
    return f"R{draft.opened_at:%y}-{draft.command[:8].upper()}"


def _the_call(sheet: Sheet) -> None:
    with _section("The report"):
        at = {"received_at": reading.shown(sheet.draft.opened_at)}
        fields.rows(sheet, [("mode", "received_at", "report_no")], **at)
        st.caption(f"If your agency gives it no number, leave that blank: the report is {number_of(sheet.draft)}.")


def _who_reports(sheet: Sheet) -> None:
    with _section("Who reports"):
        fields.rows(sheet, [("reporter_class", "reporter_mandated")])
        for said in _said_of_reporter(sheet):
            st.caption(said)
        fields.rows(sheet, [("reporter_name", "reporter_phone", "reporter_confidential")])
        if sheet.value("reporter_confidential") == fields.YES:
            st.caption(OPEN_TO)


def _said_of_reporter(sheet: Sheet) -> list[str]:
    found = reporters.class_of(sheet.value("reporter_class"))
    mandated = sheet.value("reporter_mandated")
    said = [f"Mandated: {found.section}."] if found and found.is_mandated else []
    if found and found.is_mandated and mandated == fields.NO:
        said.append(OFF_DUTY)
    if sheet.value("mode") == "oral" and mandated == fields.NO:
        said.append(RECORDED_CALL)
    return said


def _the_children(sheet: Sheet) -> None:
    several = len(sheet.reading.children) > 1
    with _section("The children" if several else "The child"):
        for child in sheet.reading.children:
            _child(sheet, child, several=several)
        if len(sheet.reading.children) < MOST_CHILDREN:
            _buttons(sheet, {"sibling": "Add a brother or sister", "same report": "Add another child"})


def _buttons(sheet: Sheet, titles: dict[str, str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for kin, title in titles.items():
            st.button(title, key=f"{sheet.draft.command}.add-{kin}", on_click=_add_child, args=(sheet.draft, kin))


def _child(sheet: Sheet, child: Child, *, several: bool) -> None:
    if several:
        _titled(f"**{child.title}**", sheet, child.mark, _remove_child)
    fields.rows(
        sheet,
        [("child_given_name", "child_family_name"), ("child_birthdate", "child_age"), ("child_gender", "child_phone"),
         ("child_residence_town", "child_in_state"), ("child_address", "parents")],
        f"{child.mark}-",
    )  # fmt: skip
    known.while_typing(sheet.draft, child)


def _titled(title: str, sheet: Sheet, mark: str, remove: object) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(title, width="content")
        key = f"{sheet.draft.command}.remove-{mark}"
        st.button("Remove", key=key, type="tertiary", on_click=remove, args=(sheet.draft, mark))  # type: ignore[arg-type]


def _add_child(draft: Draft, kin: str) -> None:
    """One more; a brother or sister lives where the first child lives, unless told otherwise."""
    marks = _marks(draft, reading.CHILDREN, ["c0"])
    mark = _add(draft, reading.CHILDREN, marks, "child_given_name")
    st.session_state[f"{draft.command}-{mark}-kin"] = kin
    for name in reading.HOUSEHOLD if kin == "sibling" else ():
        held = st.session_state.get(f"{draft.command}-{marks[0]}-{name}")
        if held is not None:
            st.session_state[f"{draft.command}-{mark}-{name}"] = held


def _add(draft: Draft, which: str, marks: list[str], first: str) -> str:
    letter = which[0]
    mark = f"{letter}{1 + max((int(old[1:]) for old in marks), default=-1)}"
    st.session_state[f"{draft.command}-{which}"] = [*marks, mark]
    beside.focus(f"{draft.command}-{mark}-{first}")
    return mark


def _marks(draft: Draft, which: str, given: list[str]) -> list[str]:
    return st.session_state.get(f"{draft.command}-{which}") or given


def _remove_child(draft: Draft, mark: str) -> None:
    _remove(draft, reading.CHILDREN, mark, ["c0"])


def _remove_person(draft: Draft, mark: str) -> None:
    _remove(draft, reading.PERSONS, mark, [])


def _remove(draft: Draft, which: str, mark: str, given: list[str]) -> None:
    st.session_state[f"{draft.command}-{which}"] = [one for one in _marks(draft, which, given) if one != mark]
    for key in [k for k in st.session_state if str(k).startswith(f"{draft.command}-{mark}-")]:
        del st.session_state[key]


def _what_happened(sheet: Sheet) -> None:
    with _section("What happened"):
        fields.put(sheet, "narrative")
        fields.rows(sheet, [("incident_from", "incident_to", "incident_time", "incident_town"), ("prior_harm", "how_known")])


def _suspected(sheet: Sheet) -> None:
    with _section("Who is suspected"):
        marks = _marks(sheet.draft, reading.PERSONS, [])
        for n, mark in enumerate(marks, 1):
            _titled(f"**{reading.nth(n)} person**", sheet, mark, _remove_person)
            fields.rows(sheet, [reading.PERSON[:4], reading.PERSON[4:]], f"{mark}-")
            known.person(sheet.draft, mark)
        if len(marks) < MOST_SUSPECTED:
            key = f"{sheet.draft.command}.add-person"
            st.button("Add a suspected person", key=key, on_click=_add_person, args=(sheet.draft,))
        fields.rows(sheet, [("why_suspected", "prior_cases")])


def _add_person(draft: Draft) -> None:
    _add(draft, reading.PERSONS, _marks(draft, reading.PERSONS, []), "name")


def _signs(sheet: Sheet) -> None:
    with _section("Signs, and what was done"):
        for child in sheet.reading.children:
            if len(sheet.reading.children) > 1:
                st.markdown(f"**{child.title}**")
            fields.rows(sheet, [reading.SIGNS[:4], reading.SIGNS[4:]], f"{child.mark}-")
        fields.rows(sheet, [("reported_in_school", "online_component", "unsafe_to_contact")])
        if sheet.value("unsafe_to_contact") == fields.YES:
            fields.put(sheet, "unsafe_because")
        fields.rows(sheet, [("police_agency", "police_told_at")])
        fields.put(sheet, "action_taken")


def _section(title: str) -> st.delta_generator.DeltaGenerator:
    box = st.container(border=True, gap="small")
    box.subheader(title, anchor=False)
    return box
