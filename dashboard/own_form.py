"""The Office of Victim Services' own form: a fillable PDF is loaded, and each of its fields takes one of our values."""

from __future__ import annotations

import streamlit as st

from dashboard import session, words
from mdt.casework import agency_form
from mdt.errors import MdtError
from mdt.exchange.claim_packet import keys

UPLOAD = "own-form-file"
OPEN = "left open"


def panel() -> None:
    """The form that is kept, and how to load another; for those alone who may."""
    if not agency_form.may_keep(session.viewer()):
        return
    st.subheader("OVS's own form", anchor=False)
    _kept()
    loaded = st.file_uploader("Fillable PDF of the agency", type="pdf", key=UPLOAD, max_upload_size=5)
    if loaded is None:
        return
    content = loaded.getvalue()
    try:
        fields = agency_form.fields_of(content)
    except MdtError as refusal:
        st.error(str(refusal))
        return
    st.caption(f"{words.count(len(fields), 'field')}. Say which of ours goes where; what you leave open is filled in by hand.")
    mapping = _mapping(fields)
    if st.button("Keep this form", key="own-form-keep", type="primary"):
        _keep(content, mapping)


def _kept() -> None:
    try:
        kept = agency_form.kept()
    except MdtError as refusal:
        st.error(str(refusal))
        return
    if kept is None:
        st.caption("None is loaded: the application is made in our own layout.")
    else:
        st.markdown(f"✓ Loaded: {words.count(len(kept.fields), 'field')}, {len(kept.mapping)} of them filled in by us.")


def _mapping(fields: tuple[str, ...]) -> dict[str, str]:
    """Our key by the field's name, for those that somebody chose."""
    ours = keys()
    chosen = {
        name: st.selectbox(name, list(ours), None, lambda key: ours[key], key=f"own-form-{n}", placeholder=OPEN)
        for n, name in enumerate(fields)
    }
    return {name: key for name, key in chosen.items() if key}


def _keep(content: bytes, mapping: dict[str, str]) -> None:
    try:
        agency_form.keep(session.store(), session.viewer(), content, mapping, session.now())
    except MdtError as refusal:
        st.error(str(refusal))
    else:
        st.success("Kept. Whatever could do something by itself was taken out of it.")
