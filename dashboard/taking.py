"""The last step of a report's form: what stands in the way, or the report is taken, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import fields, keeping, known, session, words
from mdt.board import find
from mdt.casework import intake
from mdt.errors import BadField, MdtError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.fields import Sheet
    from dashboard.reading import Reading
    from dashboard.session import Draft
    from mdt.casework.intake import Identity
    from mdt.referral import NewReferral
    from mdt.store import Store

SHORTCUT = "Ctrl+Shift+Enter"
TAKEN = "Recorded: report received. This case is new; it is placed with its office and team within seconds."
ADDED = "Recorded: report received, another one on this child."
SEVERAL = "Recorded: report received, on {}. This is the case of the first child; the others are linked with it."
SAID = "taken-said"
NOT_HERS_YET = (
    "Recorded as report {report}, case number {case}. It goes to its office; you see it once it is placed with yours."
)
Told = list[tuple["NewReferral", "Identity"]]


def was_tried(draft: Draft) -> bool:
    """Whether she has asked for the report to be taken: from then on the form says what is needed."""
    return bool(st.session_state.get(f"{draft.command}.tried"))


def refused(draft: Draft, found: Reading) -> dict[str, str]:
    """What the door said of the report number, as long as it is the same."""
    number, reason = st.session_state.get(f"{draft.command}.used", ("", ""))
    return {"report_no": reason} if number and number == found.children[0].typed.get("report_no") else {}


def button(sheet: Sheet, of: str, for_case: str | None) -> None:
    """The button; and, once it was pressed, what stands in the way."""
    command = sheet.draft.command
    pressed = st.button(
        "Take the report", key=f"{command}.take", type="primary", shortcut=SHORTCUT, on_click=_try, args=(sheet.draft,)
    )
    in_the_way = sheet.reading.wrong | sheet.reading.missing
    if sheet.tried and in_the_way:
        st.error("\n\n".join(_said(name, reason, sheet) for name, reason in in_the_way.items()))
    elif pressed and (unanswered := known.asks_once(sheet.draft, sheet.reading.children)):
        st.warning(unanswered)
    elif pressed:
        _take(sheet, of, for_case)


def _record(store: Store, told: Told, for_case: str | None) -> list[str]:
    by, now = session.viewer(), session.now()
    if for_case:
        return [intake.add_report(store, for_case, told[0][0], by=by, now=now)]
    return intake.receive_report(store, told, by=by, now=now)


def _what_came_of_it(told: Sequence[tuple[NewReferral, Identity]], for_case: str | None) -> str:
    if len(told) > 1:
        return SEVERAL.format(words.count(len(told), "child", "children"))
    return ADDED if for_case or told[0][1].how == "same" else TAKEN


def _try(draft: Draft) -> None:
    st.session_state[f"{draft.command}.tried"] = True


def _said(name: str, reason: str, sheet: Sheet) -> str:
    mark = name.rpartition("-")[0]
    whose = next((child.title for child in sheet.reading.children if child.mark == mark), "")
    whose = f"{whose}: " if whose and len(sheet.reading.children) > 1 else ""
    return whose + fields.sentence(name, reason)


def _take(sheet: Sheet, of: str, for_case: str | None) -> None:
    """Take it once, all its children together; what is refused is said, and nothing typed is lost."""
    forms = sheet.reading.forms(session.now())
    told = [(form, known.identity(sheet.draft, child)) for form, child in zip(forms, sheet.reading.children, strict=True)]
    try:
        cases = keeping.recorded(of, lambda store: _record(store, told, for_case))
    except BadField as bad:
        st.session_state[f"{sheet.draft.command}.used"] = (forms[0].report_no, bad.reason)
        st.rerun()
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        if number := find.number_if_hidden(session.store(), cases[0], session.viewer()):
            st.session_state[SAID] = NOT_HERS_YET.format(report=forms[0].report_no, case=number)
            st.rerun()
        session.say(cases[0], _what_came_of_it(told, for_case))
        session.open_case(cases[0])


def say_what_was_taken() -> None:
    """The numbers of a report whose case is not hers to see yet, above the next form."""
    if said := st.session_state.pop(SAID, ""):
        st.success(words.plain(said))
