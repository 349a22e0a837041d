"""Import: a file of referrals tried, its columns told apart, and taken in. A window keeps counts of it and never a cell."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import columns, exporting, session, words
from mdt import importing
from mdt.casework import sources
from mdt.casework.alike import count_likely
from mdt.errors import BadFile, MdtError
from mdt.exchange import foreign
from mdt.exchange.mapping import Mapping, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.casework.exporting import Exported
    from mdt.exchange.asking import Question
    from mdt.exchange.foreign import Layout
    from mdt.exchange.referrals import Refused
    from mdt.importing import Trial

STATE = "bulk"
MOST_MEGABYTES = 50  # of a file sent to a page; a larger one is imported by command or in the inbox
SHOWN = 50  # refused rows told one by one
LOOKED_AT = 3  # rows, if the worker asks to see some
OURS = Mapping({})
KINDS = ("csv", "xlsx", "json", "tsv", "txt")


@dataclass(slots=True)
class Told:
    """What became, or would become, of a file: counts, and of a refused row its number, field and reason."""

    fresh: int
    repeats: int
    refused: Sequence[tuple[int, str, str]]
    alike: int | None = None
    in_words: Sequence[str] = ()
    left_out: Sequence[str] = ()
    done: bool = False
    odd: Sequence[tuple[int, str]] = ()


@dataclass(slots=True)
class Work:
    """A window's work on a file. `of` is a digest of the file, its source and its mapping, of which `told` and `asked` are."""

    round: int = 0
    of: str = ""
    asked: Sequence[Question] = ()
    doubted: frozenset[str] = frozenset()  # columns that were ever asked about
    told: Told | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file as it is chosen and read now."""

    content: bytes = field(repr=False)
    source: str
    mapping: Mapping
    layout: Layout

    @property
    def digest(self) -> str:
        """One for each file, source and mapping."""
        said = json.dumps([self.source, written(self.mapping)], sort_keys=True).encode()
        return hashlib.sha256(hashlib.sha256(self.content).digest() + said).hexdigest()


def work() -> Work:
    """This window's."""
    found: Work = st.session_state.setdefault(STATE, Work())
    return found


def page() -> None:
    """Choose a file, say how it is read, try it, take it in."""
    st.header("Import", anchor=False)
    st.caption(
        "A file of referrals: CSV, XLSX or JSON, in our own columns, in HTCDS 2.0, or in a partner's. Trying it writes nothing."
    )
    key = f"bulk-{work().round}"
    sent = st.file_uploader("File", KINDS, key=f"{key}-file", max_upload_size=MOST_MEGABYTES)
    if sent is None:
        _last()
        return
    try:
        chosen = _chosen(key, sent.getvalue())
    except BadFile as refusal:
        st.error(str(refusal))
        return
    if chosen is not None:
        _try(key, chosen)


def _chosen(key: str, content: bytes) -> Chosen | None:
    """The file with its source and mapping; None while something has still to be chosen. Raises `BadFile`."""
    layout = foreign.layout(content)
    if layout.is_ours:
        st.caption("This file is in our own columns.")
        return Chosen(content, "", OURS, layout)
    if layout.is_standard:
        st.caption("This file is in HTCDS 2.0 (IOM, CC BY 4.0).")
    known = sources.names(session.store())
    hint = "Choose, or type a short name"
    source = st.selectbox("Whose file is it?", known, None, key=f"{key}-source", accept_new_options=True, placeholder=hint)
    if not source:
        return None
    return _mapped(f"{key}-{hashlib.sha256(content).hexdigest()[:8]}-{source}", content, source, layout)


def _mapped(key: str, content: bytes, source: str, layout: Layout) -> Chosen | None:
    start, remembered = _start(source, layout)
    if not remembered and columns.may_be_a_child(layout, start):
        sure = "The first row holds the names of columns, and nobody's data"
        if not st.checkbox(sure, key=f"{key}-header"):
            return None
    with st.expander("How the columns are read", expanded=not remembered):
        _look(key, content, layout)
        mapping = columns.edit(key, layout, start, foreign.described(content, layout), work().doubted)
    return Chosen(content, source, mapping, layout)


def _start(source: str, layout: Layout) -> tuple[Mapping, bool]:
    """What was remembered of the source, if the file has just those columns; else what their names suggest."""
    if source in sources.names(session.store()):
        kept = sources.recall(session.store(), source)
        if set(kept.columns) == set(layout.columns):
            return kept, True
        st.caption("The columns of this file are not those that this source had before.")
    return foreign.propose(layout), False


def _look(key: str, content: bytes, layout: Layout) -> None:
    """Some rows as they are, for whoever asks; never on a projector."""
    if not st.session_state.get("presenting") and st.toggle(f"Look at the first {LOOKED_AT} rows", key=f"{key}-look"):
        st.dataframe([row for _, row in foreign.first(content, layout, LOOKED_AT)], hide_index=True)


def _try(key: str, chosen: Chosen) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Try it", key=f"{key}-try", type="primary", on_click=_on_try, args=(chosen,))
        if chosen.source:
            st.button("Remember how it is read", key=f"{key}-remember", on_click=_on_remember, args=(chosen,))
    now = work()
    if now.wrong:
        st.error(now.wrong)
    if now.of != chosen.digest:
        return
    for question in now.asked:
        st.warning(words.plain(question.says))
    if now.told:
        _tell(now.told)
        if now.told.fresh and not now.told.done:
            label = f"Take in {words.count(now.told.fresh, 'referral')}"
            st.button(label, key=f"{key}-take", type="primary", on_click=_on_take, args=(chosen,))
        if now.told.refused:
            exporting.hand_back(f"{key}-refused", lambda: _refused_file(chosen))


def _on_try(chosen: Chosen) -> None:
    now = _anew(chosen)
    try:
        if not chosen.layout.is_ours:
            now.asked = foreign.questions(chosen.content, chosen.layout, chosen.mapping)
            now.doubted |= {question.column for question in now.asked if question.column}
        if not now.asked:
            now.told = _told(_trial(chosen))
    except MdtError as refusal:
        now.wrong = str(refusal)


def _on_remember(chosen: Chosen) -> None:
    now = work()
    try:
        sources.remember(session.store(), session.viewer(), chosen.source, chosen.mapping, session.now())
        now.wrong = ""
        st.toast("Remembered for this source.")
    except MdtError as refusal:
        now.wrong = str(refusal)


def _on_take(chosen: Chosen) -> None:
    """Take it in, once: a second click finds it done. Nothing is drawn meanwhile, so that no click breaks it off."""
    now, store, by = work(), session.store(), session.viewer()
    if now.of != chosen.digest or now.told is None or now.told.done:
        return
    try:
        if chosen.source:
            sources.remember(store, by, chosen.source, chosen.mapping, session.now())
        rows = importing.opened(store, chosen.content, chosen.source, chosen.mapping)
        outcome, faulty = importing.take(store, rows, by, session.now, chosen.source)
    except MdtError as refusal:
        now.wrong = f"{refusal} What was taken until then stays taken; the same file can be taken again."
        return
    done = Told(len(outcome.taken), outcome.repeats, _lines(faulty), done=True)
    # With refused rows the file stays for her to get them back; else it is let go.
    st.session_state[STATE] = (
        Work(now.round, now.of, doubted=now.doubted, told=done) if faulty else Work(now.round + 1, told=done)
    )


def _anew(chosen: Chosen) -> Work:
    st.session_state[STATE] = Work(work().round, chosen.digest, doubted=work().doubted)
    return work()


def _trial(chosen: Chosen) -> Trial:
    store, content, by, now = session.store(), chosen.content, session.viewer(), session.now()
    return importing.tried(store, content, chosen.source, by, now, alike=partial(count_likely, store), said=chosen.mapping)


def _refused_file(chosen: Chosen) -> Exported:
    """The refused rows, found anew: this window has kept none. What was taken meanwhile is a repeat."""
    return importing.hand_back(session.store(), session.viewer(), _trial(chosen).refused, session.now())


def _told(trial: Trial) -> Told:
    found = trial.found
    return Told(found.fresh, found.repeats, _lines(trial.refused), found.alike, trial.in_words, trial.left_out, odd=trial.odd)


def _lines(faulty: Sequence[Refused]) -> list[tuple[int, str, str]]:
    return [(row.row, wrong.field, wrong.reason) for row in faulty for wrong in row.wrong]


def _last() -> None:
    """What became of the file before, once it is let go."""
    told = work().told
    if told and told.done:
        _tell(told)


def _tell(told: Told) -> None:
    rows = len({line[0] for line in told.refused})
    what = "Taken" if told.done else "Would be taken"
    said = f"{what}: {told.fresh:,} · repeats: {told.repeats:,} · refused: {rows:,}"
    (st.success if told.done and not rows else st.info)(said)
    if told.alike is not None:
        st.write(f"Likely a child who is known: {told.alike:,}. Taken in, each has a case of her own, to be compared.")
    for label, names in (("Kept behind the narrative", told.in_words), ("Left out", told.left_out)):
        if names:
            st.caption(f"{label}: {words.plain(', '.join(names))}")
    for row, name, reason in told.refused[:SHOWN]:
        st.markdown(f"Row {row} · **{words.plain(columns.title(name))}** {words.plain(reason)}.")
    if len(told.refused) > SHOWN:
        st.caption(f"And {len(told.refused) - SHOWN:,} more; the file of refused rows has them all.")
    for row, what in told.odd[:SHOWN]:
        st.caption(f"Row {row} would be taken, though: {what}.")
    if len(told.odd) > SHOWN:
        st.caption(f"And {len(told.odd) - SHOWN:,} more that do not fit together; they would be taken all the same.")


page()
