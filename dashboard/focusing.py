"""The caret goes into the first field of a form that was just opened, so that hands stay on the keyboard."""

from __future__ import annotations

import streamlit as st

_GOES = """
const FIELDS = "textarea, input:not([disabled])"
export default function ({ data }) {
  if (document.documentElement.dataset.mdtFocused === data) return
  document.documentElement.dataset.mdtFocused = data
  let tries = 0
  const own = `[class*="st-key-${data}-"]`
  const seek = setInterval(() => {
    const typing = document.activeElement?.closest(own)  // who was quicker than this page keeps her place
    const field = typing || [...document.querySelectorAll(own)].map(one => one.querySelector(FIELDS)).find(Boolean)
    if (field && !typing) field.focus()
    if (field || ++tries > 20) clearInterval(seek)
  }, 100)
  return () => clearInterval(seek)
}
"""
_going = st.components.v2.component("focusing", js=_GOES)


def first_of(command: str) -> None:
    """Put the caret into the first field of the form whose fields' keys begin with its command; once for each form."""
    _going(data=command, key=f"{command}.focusing")
