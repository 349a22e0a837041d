"""How the columns of a partner's file are read: what the names of the columns suggest, and what a worker makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import words
from mdt.exchange import htcds
from mdt.exchange.columns import INSTANTS
from mdt.exchange.mapping import FIELDS, OUT, PARTS, WORDS, Mapping
from mdt.exchange.spelling import DATES

if TYPE_CHECKING:
    from collections.abc import Mapping as Cells
    from collections.abc import Sequence

    from mdt.exchange.foreign import Layout

FEW = 2  # recognized columns; with fewer, the first row may be a child's
WHERE = {WORDS: "Kept behind the narrative", OUT: "Left out"}
PART_TITLES = {
    "child_street": "Child's address: street",
    "child_city": "Child's address: city",
    "child_state": "Child's address: state",
    "child_zip": "Child's address: ZIP code",
    "child_country": "Child's address: country",
}
MODES = ("oral", "electronic", "written")
IN_THE_FILE = "As the file says"


def title(field: str) -> str:
    """What people call a field of a referral, or where else a column goes."""
    return WHERE.get(field) or PART_TITLES.get(field) or words.capital(field.replace("_", " "))


def edit(key: str, layout: Layout, start: Mapping, described: Cells[str, str], doubted: frozenset[str]) -> Mapping:
    """The mapping as the widgets have it; at first, as it is given."""
    columns = {name: _column(f"{key}-column-{n}", name, start, described) for n, name in enumerate(layout.columns)}
    with st.container(border=True):
        st.markdown("**For all rows**")
        given = set(columns.values())
        constants, numbered = _for_all(key, start, given)
        dates = st.selectbox(
            "How the file writes days", list(DATES), list(DATES).index(start.dates), DATES.__getitem__, key=f"{key}-dates"
        )
        only_days = "Time of day, like 09:00, where the file gives only a day"
        time = st.text_input(only_days, start.time, key=f"{key}-time").strip() if given & INSTANTS else start.time
    values = _meanings(key, start, given)
    return Mapping(columns, values, constants, dates, time, numbered, _sure(key, start, doubted, columns))


def _column(key: str, name: str, start: Mapping, described: Cells[str, str]) -> str:
    """Where one column goes; its name, and a few words on what is in it."""
    options = [WORDS, OUT, *FIELDS]
    at = options.index(start.columns.get(name, WORDS))
    label = htcds.label(name)
    called = words.plain(name if label == name else f"{name} ({label})")
    return st.selectbox(f"{called}: {described.get(name, 'empty')}", options, at, title, key=key)


def _for_all(key: str, start: Mapping, given: set[str]) -> tuple[dict[str, str], bool]:
    """What holds for each row because no column says it."""
    said = dict(start.constants)
    if "mode" not in given:
        said["mode"] = _one_of("How the reports came", MODES, said.get("mode"), f"{key}-mode")
    if "reporter_mandated" not in given:
        mandated = _one_of("Are the reporters mandated?", ("yes", "no"), said.get("reporter_mandated"), f"{key}-mandated")
        said["reporter_mandated"] = mandated
    make = "Make report numbers: the file has none"
    numbered = st.checkbox(make, start.numbered, key=f"{key}-numbered") if "report_no" not in given else False
    return {name: text for name, text in said.items() if text and name not in given}, numbered


def _one_of(label: str, options: Sequence[str], now: str | None, key: str) -> str:
    return st.radio(label, options, options.index(now) if now in options else None, key=key, horizontal=True) or ""


def _meanings(key: str, start: Mapping, given: set[str]) -> dict[str, dict[str, str]]:
    """The source's words for what we say otherwise, a line each."""
    known = {name: meant for name, meant in start.values.items() if name in given and meant}
    if not known:
        return {}
    with st.expander("Words of the source, and what they mean here"):
        return {name: _read(_lines(f"{key}-words-{name}", name, meant)) for name, meant in known.items()}


def _lines(key: str, name: str, meant: Cells[str, str]) -> str:
    lines = "\n".join(f"{theirs} = {ours}" for theirs, ours in meant.items())
    return st.text_area(title(name), lines, key=key, height=100)


def _read(lines: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in lines.splitlines() if "=" in line]
    return {theirs.strip().casefold(): ours.strip() for theirs, _, ours in pairs if theirs.strip()}


def _sure(key: str, start: Mapping, doubted: frozenset[str], columns: Cells[str, str]) -> tuple[str, ...]:
    """The columns of an address of which the worker says that they are right as they are."""
    names = sorted({name for name in doubted if columns.get(name) in PARTS} | {*start.sure})
    said = [name for n, name in enumerate(names) if _is_right(f"{key}-sure-{n}", name, now=name in start.sure)]
    return tuple(said)


def _is_right(key: str, name: str, *, now: bool) -> bool:
    return st.checkbox(f"Column {words.plain(name)} is right as it is", now, key=key)


def may_be_a_child(layout: Layout, proposed: Mapping) -> bool:
    """Whether so few names are recognized that the first row may hold no names of columns at all."""
    return sum(proposed.columns[name] not in WHERE for name in layout.columns) < FEW
