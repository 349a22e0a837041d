"""The law: every rule with its versions and what rests on it; the team's standards apart; what a bill would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import exporting, words
from mdt.board import law
from mdt.process import STEPS

if TYPE_CHECKING:
    from mdt.board.law import RuleLine
    from mdt.law.rulebook import Rule, Version

SECTIONS_OPEN = 8  # this few rules found are shown opened


def figure(version: Version) -> str:
    """The figure a version gives, in words."""
    if version.within:
        return str(version.within) if version.within == "immediately" else f"within {version.within}"
    if version.before:
        return f"at least {version.before} before"
    if version.window:
        return f"within a window of {version.window}"
    if version.dates:
        return "by " + ", ".join(f"{day:%-d %b %Y}" for day in version.dates)
    return "no figure"


def force(rule: Rule) -> str:
    """The force of its newest version."""
    return (rule.versions[-1].force or rule.force).value


def search(lines: list[RuleLine], wanted: str) -> list[RuleLine]:
    """The rules in which every word sought occurs."""
    terms = wanted.casefold().split()
    return [line for line in lines if all(term in _text(line) for term in terms)]


def _text(line: RuleLine) -> str:
    rule = line.rule
    return " ".join((rule.says, rule.cite, rule.actor, rule.force, *line.steps)).casefold()


def rules() -> None:
    """Every rule, in order of section."""
    everything = law.rules()
    wanted = st.text_input("Search", placeholder="A word, an actor, a section", key="law-search")
    found = search(everything, wanted)
    st.caption(f"{len(found)} of {words.count(len(everything), 'rule')}. Whether a step is overdue is decided by these alone.")
    if not found:
        st.write("No rule says that. Try another word.")
    for line in found:
        lid = st.expander(f"**{line.rule.cite}** · {line.rule.actor} {force(line.rule)} · {figure(line.rule.versions[-1])}",
                          expanded=len(found) <= SECTIONS_OPEN)  # fmt: skip
        lid.markdown("\n\n".join(describe(line)))
    exporting.offer("law", "law", sum(len(line.rule.versions) for line in everything) + len(law.standards()))


def describe(line: RuleLine) -> list[str]:
    """A rule in a few lines: what it says, its versions, what rests on it, what is in doubt."""
    rule = line.rule
    versions = [f"- from {v.effective:%-d %b %Y} ({v.act}): {figure(v)}{_note(v)}" for v in reversed(rule.versions)]
    told = [words.plain(rule.says), "\n".join(versions)]
    told += [_clock(rule)] if rule.clock else []
    told += [f"Waiver: {w.ground} ({w.cite}), decided by {w.decided_by}. {words.plain(w.says)}" for w in rule.waivers]
    told += [f"Steps that rest on it: {'; '.join(line.steps)}."] if line.steps else []
    told += [f"**In doubt:** {words.plain(rule.doubt)}"] if rule.doubt else []
    source = {"verified": "read in the statute", "secondary": "from a secondary source", "bill": "a bill"}[rule.confidence]
    return [*told, f":gray[[The section]({rule.href}) · checked on {rule.checked_on:%-d %b %Y}, {source}]"]


def _clock(rule: Rule) -> str:
    return f"The clock starts with {' or '.join(f'“{fact.value}”' for fact in rule.clock or ())}."


def _note(version: Version) -> str:
    return f". {words.plain(version.note)}" if version.note else "."


def standards() -> None:
    """The team's own figures: not law, and called so."""
    st.info("None of this is law. A step past one of these figures is late by the team's own protocol, never overdue.")
    for standard in law.standards():
        figures = words.joined((str(standard.within or ""), str(standard.number or "")))
        st.markdown(f"{words.plain(standard.says)} **{figures}**  \n:gray[{words.plain(standard.source)}]".replace(" ****", ""))


def what_if() -> None:
    """What would change if a bill were law. Nothing of it counts anywhere else."""
    st.info("What if: nothing here is law or is counted in any case.")
    names = law.what_if()
    name = st.selectbox("If this were law", names, key="law-overlay") if len(names) > 1 else names[0]
    now = {line.rule.key: line for line in law.rules()}
    changed = [line for line in law.rules(name) if line.rule != (now[line.rule.key].rule if line.rule.key in now else None)]
    st.subheader(f"{name.upper()}: {words.count(len(changed), 'rule')} new or changed", anchor=False)
    for line in changed:
        old = now.get(line.rule.key)
        with st.container(border=True):
            new = line.rule.versions[-1]
            before = f"{force(old.rule)} → {force(line.rule)}" if old else f"new: {force(line.rule)}"
            st.markdown(f"**{line.rule.cite}** · {line.rule.actor} · **{before}** · {figure(new)}")
            st.markdown(words.plain(f"{new.says or line.rule.says} {new.note or ''}"))
            rests = [s.title for s in STEPS if s.rule == line.rule.key]
            if rests:
                st.caption(f"Steps that would change: {'; '.join(rests)}.")


def page() -> None:
    """Rules, standards, what if."""
    st.header("Law", anchor=False)
    ruled, own, bill = st.tabs(["The law", "The team's standards (not law)", "What if"], on_change="rerun", key="law-tab")
    if ruled.open:
        with ruled:
            rules()
    if own.open:
        with own:
            standards()
    if bill.open:
        with bill:
            what_if()


page()
