"""The directory as a file: tried, imported whole or not at all, and taken out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import exporting, session, words
from mdt.casework import directory
from mdt.errors import MdtError

if TYPE_CHECKING:
    from mdt.casework.directory import Trial
    from mdt.casework.exporting import Exported

STATE = "directory-file"
MOST_MEGABYTES = 200
KINDS = ("json", "zip")
COLUMNS = ("File", "Place", "Field", "What is wrong")


@dataclass(slots=True)
class Work:
    """What became of a file, by its digest: what a try found, or that it was imported, or why it cannot be read."""

    of: str = ""
    trial: Trial | None = None
    done: bool = False
    wrong: str = ""


def panel() -> None:
    """Choose a file, try it, import it; take the directory out."""
    st.caption(
        "HSDS 3.0 or 3.1 of Open Referral: JSON, or a ZIP of its tables. A file is imported whole or not at all; what it does"
        " not name stays as it is. That an address is confidential no file takes back."
    )
    sent = st.file_uploader("File", KINDS, key=f"{STATE}-sent", max_upload_size=MOST_MEGABYTES)
    if sent is not None:
        _sent(sent.getvalue())
    st.divider()
    st.markdown("**Take it out** by HSDS 3.0, without any confidential address. That you took it is recorded.")
    with st.container(horizontal=True, gap="small"):
        for kind, label in (("json", "Make the file (JSON)"), ("zip", "Make the file (tables, ZIP)")):
            exporting.hand_back(f"{STATE}-{kind}", partial(_taken_out, kind), label)


def _taken_out(kind: str) -> Exported:
    return directory.give_away(session.store(), session.viewer(), "zip" if kind == "zip" else "json", session.now())


def _sent(content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    st.button("Try it", key=f"{STATE}-try", type="primary", on_click=_on_try, args=(content, digest))
    now: Work = st.session_state.get(STATE, Work())
    if now.of != digest:
        return
    if now.wrong:
        st.error(now.wrong)
    if now.trial:
        _tell(now.trial, done=now.done)
        if not now.trial.faults and not now.done:
            services = now.trial.new + now.trial.known
            label = f"Import {words.count(services, 'service')}" if services else f"Import {now.trial.objects:,} objects"
            st.button(label, key=f"{STATE}-import", type="primary", on_click=_on_import, args=(content, digest))


def _tell(trial: Trial, *, done: bool) -> None:
    said = f"new services: {trial.new:,} · known: {trial.known:,} · objects: {trial.objects:,} · faults: {len(trial.faults):,}"
    (st.success if done else st.info)(f"{'Imported' if done else 'Tried'}: {said}")
    if trial.left_out:
        st.caption(f"No part of the standard, and left out: {words.plain(', '.join(trial.left_out))}")
    if trial.faults:
        st.error("Nothing of this file can be imported until these faults are mended.")
        rows = [(fault.file or "the file", fault.at, fault.field, fault.says) for fault in trial.faults]
        st.dataframe([dict(zip(COLUMNS, row, strict=True)) for row in rows], hide_index=True)


def _on_try(content: bytes, digest: str) -> None:
    try:
        trial = directory.tried(session.store(), content, session.viewer(), session.now())
        st.session_state[STATE] = Work(digest, trial)
    except MdtError as refusal:
        st.session_state[STATE] = Work(digest, wrong=str(refusal))


def _on_import(content: bytes, digest: str) -> None:
    """Import it, once: a second click finds it done."""
    if st.session_state[STATE].done:
        return
    try:
        trial = directory.take_in(session.store(), content, session.viewer(), session.now())
        st.session_state[STATE] = Work(digest, trial, done=True)
    except MdtError as refusal:
        st.session_state[STATE] = Work(digest, wrong=str(refusal))
