"""A clock that runs in the browser, so that no second costs the server anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from datetime import datetime

_RUNS = """
export default function ({ data, parentElement }) {
  let shown = parentElement.querySelector("span")
  if (!shown) {
    shown = document.createElement("span")
    shown.style.cssText = "font: 600 0.95rem/2 var(--st-font); white-space: nowrap; font-variant-numeric: tabular-nums"
    parentElement.append(shown)
  }
  const tick = () => {
    const gone = Math.max(0, Math.floor((Date.now() - data.since) / 1000))
    const over = gone > data.minutes * 60
    const clock = `${Math.floor(gone / 60)}:${String(gone % 60).padStart(2, "0")}`
    shown.textContent = `${over ? "▲ " : ""}${data.title} ${clock} of ${data.minutes}:00${over ? ", over" : ""}`
    shown.style.color = over ? "var(--st-red-text-color, #b91c1c)" : "inherit"
  }
  tick()
  const ticking = setInterval(tick, 1000)
  return () => clearInterval(ticking)
}
"""
_timer = st.components.v2.component("timer", js=_RUNS)


def case(since: datetime, minutes: int) -> None:
    """How long the case has been before the team, against its minutes."""
    _timer(
        data={"since": since.timestamp() * 1000, "minutes": minutes, "title": "This case"}, key="timer-case", width="content"
    )


def meeting(since: datetime, minutes: int) -> None:
    """How long the meeting has lasted, against its length."""
    _timer(
        data={"since": since.timestamp() * 1000, "minutes": minutes, "title": "Meeting"}, key="timer-meeting", width="content"
    )
