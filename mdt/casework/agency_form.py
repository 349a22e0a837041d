"""The agency's own application form, kept with which of its fields takes which of our values.

The file lies in the folder of all state, under the digest of its bytes; the mapping names the file it belongs to, so that the
two are never of different forms.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from mdt import settings
from mdt.casework import refusals
from mdt.errors import BadFile, NotAllowed, NotPossible
from mdt.exchange import form_files
from mdt.exchange.claim_packet import keys
from mdt.policy import KEEPS_FORMS
from mdt.store import trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from mdt.access import Viewer
    from mdt.store import Store

GONE = "The agency's form that was kept cannot be read any more. Load it again, or make the packet in our own layout."


@dataclass(frozen=True, slots=True)
class Kept:
    """The form: its bytes, its fields with their kinds, and which of our keys each takes."""

    content: bytes
    fields: Mapping[str, str]
    mapping: Mapping[str, str]


def may_keep(viewer: Viewer) -> bool:
    """Whether this person loads the agency's form and says what goes where."""
    return viewer.role in KEEPS_FORMS


def fields_of(content: bytes) -> tuple[str, ...]:
    """The names of the fields of a form that is not kept yet. Raises `BadFile`, with what to do."""
    return tuple(form_files.fields(content))


def keep(store: Store, viewer: Viewer, content: bytes, mapping: Mapping[str, str], now: datetime) -> Kept:
    """Take the form, cleaned of whatever could do something by itself. Logged.

    `mapping`: our key by the field's name. Raises `NotAllowed`, `BadFile`, and `NotPossible` for a field or key that is none.
    """
    if not may_keep(viewer):
        refusals.log(store, viewer, "agency form", now)
        raise NotAllowed("The agency's form is loaded by an administrator or an advocate supervisor.")
    fields = form_files.fields(content)
    if set(mapping) - set(fields) or set(mapping.values()) - set(keys()):
        raise NotPossible("The form has no such field, or no such value is known. Choose again from the lists.")
    safe = form_files.sanitised(content)
    digest = hashlib.sha256(safe).hexdigest()
    with store.write() as connection:
        trace.append(connection, viewer.id, "form kept", now, count=len(mapping), detail={"digest": digest})
        _write(_folder() / f"{digest}.pdf", safe)
        _write(_named(), orjson.dumps({"file": digest, "mapping": dict(mapping)}))
    return Kept(safe, fields, dict(mapping))


def kept() -> Kept | None:
    """The form that is kept; None if none is. Raises `BadFile` if it is not as it was written."""
    if not _named().is_file():
        return None
    try:
        told = orjson.loads(_named().read_bytes())
        content = (_folder() / f"{told['file']}.pdf").read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        raise BadFile(GONE) from None
    if hashlib.sha256(content).hexdigest() != told["file"]:
        raise BadFile(GONE)
    return Kept(content, form_files.fields(content), told["mapping"])


def _folder() -> Path:
    folder = settings.home() / "forms"
    folder.mkdir(mode=settings.ONLY_ME, exist_ok=True)
    return folder


def _named() -> Path:
    return _folder() / "ovs-application.json"


def _write(path: Path, content: bytes) -> None:
    """All of it, or as it was before."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)
