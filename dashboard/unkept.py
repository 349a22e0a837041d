"""The browser keeps what is typed, to offer it again or to restore a window: not here, where it is about children."""

from __future__ import annotations

from typing import Final

import streamlit as st

# Lines say `autocomplete=off` themselves; a larger text is spared only if its form says so.
_UNKEPT: Final = """
export default function () {
  const id = "unkept"
  let form = document.getElementById(id)
  if (!form) {
    form = document.createElement("form")
    form.id = id
    form.autocomplete = "off"
    form.hidden = true
    form.addEventListener("submit", event => event.preventDefault())
    document.body.append(form)
  }
  const mark = () => {
    for (const line of document.querySelectorAll("input")) {
      if (line.getAttribute("autocomplete") !== "off") line.setAttribute("autocomplete", "off")
    }
    for (const text of document.querySelectorAll("textarea:not([form])")) text.setAttribute("form", id)
  }
  mark()
  const watch = new MutationObserver(mark)
  watch.observe(document.body, { childList: true, subtree: true })
  return () => watch.disconnect()
}
"""
_unkept = st.components.v2.component("unkept", js=_UNKEPT)


def here() -> None:
    """Nothing that is typed on this page stays in the browser."""
    _unkept(key="unkept")
