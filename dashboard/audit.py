"""The auditor's page: both ledgers, the weekly review, and whether the whole of it is as it was written. No child is named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import exporting, parts, session, words
from mdt.board import audit, weekly, work
from mdt.board.audit import Entry, Wanted
from mdt.board.misuse import Pattern
from mdt.casework import heads, notices
from mdt.errors import MdtError
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from mdt.board.weekly import Line
    from mdt.casework.check import Report

KINDS = {"": "Both ledgers", audit.ON_CASES: "Acts on cases", audit.LOOKS: "Reads and access"}
ROW = [1.2, 2.6, 2.2]
WEEKS = 12
FAULTS = 50
# What a pattern's number counts.
COUNTED = dict.fromkeys((Pattern.MASS, Pattern.NIGHT, Pattern.WEEKEND), "name") | dict.fromkeys(
    (Pattern.OUTSIDE, Pattern.WITHOUT_ACT), "case"
)
COUNTED |= {Pattern.EXPORT: "row"}


def ledger() -> None:
    """The search and what it found. A search is made, and recorded, once; turning a page is another."""
    st.caption("Who did what, and who read what. Each search is recorded too.")
    form()
    wanted: Wanted | None = st.session_state.get("audit-wanted")
    if wanted is None:
        st.write("Choose what to look for.")
        return
    total = audit.count(session.store(), session.viewer(), wanted)
    found = rows_found(wanted, parts.page_of("audit-rows", total))
    st.subheader(words.count(total, "row"), anchor=False)
    if not found:
        st.write("Nothing of that kind is in the ledgers.")
    with parts.rows():
        for entry in found:
            entry_row(entry)
    parts.pager("audit-rows", total)
    exporting.offer("audit-rows", "ledger", total, wanted)


def form() -> None:
    """What is looked for."""
    people, acts = audit.persons(session.store(), session.viewer()), audit.acts()
    today = local_date(session.now())
    with st.form("audit-search", border=True):
        who, case, what = st.columns(3, gap="small")
        person = who.selectbox("Who", list(people), None, lambda of: words.plain(people[of]), placeholder="Anybody")
        number = case.text_input("Case number", placeholder="Any case", max_chars=16)
        act = what.selectbox("What", list(acts), None, acts.__getitem__, placeholder="Anything")
        where, since, until = st.columns(3, gap="small")  # a row apart, so that a phone keeps the order
        kind = where.selectbox("Where", list(KINDS), 0, KINDS.__getitem__)
        first = since.date_input("From", today - timedelta(days=7), format="YYYY-MM-DD")
        last = until.date_input("To", today, format="YYYY-MM-DD")
        if st.form_submit_button("Search", type="primary"):
            st.session_state["audit-wanted"] = Wanted(person or "", number.strip(), act or "", kind, first, last)
            st.session_state.pop("audit-found", None)
            st.session_state.pop("audit-rows-first", None)


def rows_found(wanted: Wanted, first: int) -> list[Entry]:
    """The rows of this page of this search, asked for once."""
    kept = st.session_state.get("audit-found")
    if kept is None or kept[:2] != (wanted, first):
        found = audit.search(session.store(), session.viewer(), wanted, session.now(), first=first)
        kept = st.session_state["audit-found"] = (wanted, first, found)
    rows: list[Entry] = kept[2]
    return rows


def entry_row(entry: Entry) -> None:
    """One row of either ledger."""
    with st.container(border=True):
        left, middle, right = st.columns(ROW, vertical_alignment="center", gap="small")
        left.markdown(words.moment(entry.at))
        many = f" · {entry.count:,}" if entry.count != 1 else ""
        middle.markdown(f"**{words.plain(entry.act)}**{many}  \n{words.plain(entry.person)}")
        told = words.plain(codes(entry.detail))
        right.markdown(words.joined((words.plain(entry.number), f":gray[{told}]" if told else "")))


def codes(detail: Mapping[str, object]) -> str:
    """What a row of the access log keeps beside the act."""
    return words.joined(f"{name.replace('_', ' ')} {words.value_of(value)}" for name, value in detail.items())


def review() -> None:
    """One week: what stands out in it, and that it was looked through."""
    st.caption("What stands out, by the team's standards. A line is a question to ask, not a verdict.")
    monday = weekly.monday_of(local_date(session.now()))
    weeks = [monday - timedelta(weeks=n) for n in range(WEEKS)]
    chosen = st.selectbox("Week", weeks, 1, week, key="audit-week")
    lines = listed(chosen)
    for pattern in Pattern:
        if of_it := [line for line in lines if line.pattern == pattern]:
            st.subheader(f"{pattern.value} · {len(of_it)}", anchor=False)
            st.markdown("\n".join(f"- {finding(line)}" for line in of_it))
    nothing = [pattern.value for pattern in Pattern if not any(line.pattern == pattern for line in lines)]
    if nothing:
        st.caption(f"Nothing found: {'; '.join(nothing)}.")
    reviewed(chosen, over=chosen < monday)


def week(monday: date) -> str:
    """A week, like 2 Mar to 8 Mar 2026."""
    return f"{monday:%-d %b} to {monday + timedelta(days=6):%-d %b %Y}"


def listed(monday: date) -> list[Line]:
    """What the rules list for that week, asked for once while it is chosen."""
    kept = st.session_state.get("audit-listed")
    if kept is None or kept[0] != monday:
        found = weekly.weekly(session.store(), session.viewer(), monday, session.now())
        kept = st.session_state["audit-listed"] = (monday, found)
    lines: list[Line] = kept[1]
    return lines


def finding(line: Line) -> str:
    """A finding in one line."""
    many = words.count(line.count, COUNTED.get(line.pattern, "time"))
    return words.joined((f"**{words.plain(line.person)}**", words.plain(line.number), words.moment(line.at), many))


def reviewed(monday: date, *, over: bool) -> None:
    """The reviews of that week, and another."""
    store, viewer = session.store(), session.viewer()
    for one in weekly.reviewed(store, viewer):
        if one.monday == monday:
            st.success(f"Reviewed by {words.plain(one.person)} on {words.moment(one.at)}: {one.note}.")
    if not over:
        st.write("The week is not over; it can be reviewed from Monday on.")
        return
    with st.form("audit-reviewed", border=False, clear_on_submit=True):
        note = st.selectbox("Note", weekly.NOTES, None, words.capital, placeholder="What came of it")
        if st.form_submit_button("Record that the week was reviewed") and note:
            weekly.record_review(store, viewer, monday, note, session.now())
            st.rerun()


def whole() -> None:
    """Whether the ledgers are as they were written; the signed head."""
    last, now = audit.last_signed(session.store(), session.viewer()), session.now()
    age = f"Last signed {words.moment(last)}, {words.ago(last, now)} ago." if last else "No head has been signed yet."
    st.caption(f"A signed head covers the end of every chain. {age}")
    held = st.file_uploader("Hold the database against an exported head (optional)", type="json", key="audit-head")
    if st.button("Check everything", type="primary", key="audit-check"):
        with st.spinner("Every case and every chain is computed anew."):
            verdict(held.getvalue() if held else None)
    st.subheader("Take the signed head out", anchor=False)
    st.markdown(
        "Keep it where nobody who runs this database can write. Only against it does a check show a tail that was cut off, "
        "a copy that was put back, or a history that was written anew."
    )
    if st.button("Make the file", key="audit-export"):
        take_out()


def verdict(head: bytes | None) -> None:
    """What a check finds."""
    try:
        report: Report = audit.verify(session.store(), session.viewer(), session.now(), head)
    except MdtError as refusal:
        st.error(str(refusal))
        return
    against = ", held against the exported head" if head else ""
    if not report.faults:
        st.success(f"{report}{against}.")
        return
    st.error(f"{report}{against}.")
    st.markdown("\n".join(f"- {words.plain(fault)}" for fault in report.faults[:FAULTS]))
    if len(report.faults) > FAULTS:
        st.caption(f"The first {FAULTS} are shown.")


def take_out() -> None:
    """The file, until the page is drawn anew."""
    try:
        made = heads.export(session.store(), session.viewer(), session.now())
    except MdtError as refusal:
        st.error(str(refusal))
        return
    name = f"signed-head-{local_date(session.now())}.json"
    st.download_button(f"Save {name}", made, name, "application/json", "audit-save", on_click="ignore", type="primary")


def told() -> None:
    """Emergency access that no supervisor could be told of."""
    who = session.viewer()
    for _case_id, at, text in work.notices_for(session.store(), who, ()):
        st.warning(f"{text} :gray[{words.moment(at)}]")
    if work.notices_for(session.store(), who, (), most=1):
        st.button("Mark as read", key="told-read", on_click=_read)


def _read() -> None:
    who = session.viewer()
    notices.mark_seen(session.store(), who, [who.id], session.now())


def page() -> None:
    """What the auditor is told of, and three tabs."""
    st.header("Ledger", anchor=False)
    told()
    search, week_by_week, check = st.tabs(["Ledger", "Weekly review", "Whole"], on_change="rerun", key="audit-tab")
    if search.open:
        with search:
            ledger()
    if week_by_week.open:
        with week_by_week:
            review()
    if check.open:
        with check:
            whole()


page()
