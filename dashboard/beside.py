"""What stands beside a report while it is being taken: what is still to be asked, and the clocks that it would start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import session, words

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.fields import Sheet
    from mdt.asking import Ask, Clock

# It stays in sight while the form beside it goes by; on a narrow screen it stands below.
_STAYS = """<style>
@media (min-width: 641px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-beside-the-report) {
    position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto;
  }
}
</style>"""
# Puts the cursor into a field, once for each time that it is asked to.
_FOCUSES = """
let done = ""

export default function ({ data }) {
  if (!data || data === done) return
  done = data
  const wanted = `[class*="st-key-${data.split(" ")[0]}"]`
  const focus = (tries) => {
    const field = document.querySelector(wanted)?.querySelector("input, textarea")
    if (field) field.focus()
    else if (tries) setTimeout(focus, 100, tries - 1)
  }
  focus(20)
}
"""
_focusing = st.components.v2.component("focusing", js=_FOCUSES)


def panel(sheet: Sheet, *, of_the_child: bool = True) -> None:
    """The questions and the clocks, as the form stands."""
    st.html(_STAYS)
    with st.container(key="beside-the-report"):
        _clocks(sheet.reading.starts(session.now()), session.now())
        _to_ask(sheet, of_the_child=of_the_child)


def _to_ask(sheet: Sheet, *, of_the_child: bool) -> None:
    asks = [(who, ask) for who, ask in sheet.reading.to_ask if of_the_child or not ask.is_of_the_child]
    st.subheader(f"To ask ({len(asks)})", anchor=False)
    if not asks:
        st.caption("Nothing: something is known of each of the eleven items (§ 17a-101d).")
        return
    lines = [f"- :small[{_item(ask)}{f'{who}: ' if who else ''}{ask.words}]" for who, ask in asks]
    st.markdown("\n".join(lines))
    st.caption("The numbers are those of § 17a-101d. None is required.")


def _item(ask: Ask) -> str:
    return f"({ask.item}) " if ask.item else f"{words.LATE} "


def _clocks(clocks: list[Clock], now: datetime) -> None:
    st.subheader("Taking it starts", anchor=False)
    if not clocks:
        st.caption("Say how it came: then the clocks show here.")
        return
    st.markdown("\n".join(f"- :small[{_clock(clock, now)}]" for clock in clocks))


def _clock(clock: Clock, now: datetime) -> str:
    once = f"{words.capital(clock.once)}: " if clock.once else ""
    return f"{once}**{clock.title}**, {_by(clock, now)} :gray[{clock.who}, {clock.cite}]"


def _by(clock: Clock, now: datetime) -> str:
    if clock.at_once:
        return "at once"
    if clock.due <= now:
        return words.red(f"{words.OVERDUE} {words.ago(clock.due, now)} overdue")
    return f"by {words.moment(clock.due) if words.clock(clock.due) else words.day(clock.due)}"


def focus(key: str) -> None:
    """Ask that the cursor go into the field of that key, once the page is drawn."""
    asked: str = st.session_state.get("focus", "")
    st.session_state["focus"] = f"{key} {int(asked.rpartition(' ')[2] or 0) + 1}"


def focused() -> None:
    """Put the cursor where it was last asked to be."""
    _focusing(data=st.session_state.get("focus", ""), key="focusing")
