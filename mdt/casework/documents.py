"""The one way to a document that names a child: who may tell, makes it; what was read for it is logged with it.

It is made anew each time and kept nowhere. Its name tells the case number and the kind, of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt import access, fanout, settings
from mdt.board.sight import visible
from mdt.casework import child, refusals
from mdt.casework.exporting import CONFIDENTIAL
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.casework.room import ACTS
from mdt.casework.values import Unsealed, moment, report_of, values
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound, NotPossible, Tampered
from mdt.exchange.documents import layouts, paper
from mdt.exchange.docx_files import DOCX_MEDIA, filled, to_docx
from mdt.exchange.pdf_files import PDF_MEDIA, to_pdf
from mdt.fanout import KIND, TO_ALL, State
from mdt.history import live
from mdt.policy import See
from mdt.records.tables import CASES, NARRATIVES, REPORTS
from mdt.store import keys, sealed, trace
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.facts import History
    from mdt.fanout import Outgoing
    from mdt.store import Store

MEDIA = {"docx": DOCX_MEDIA, "pdf": PDF_MEDIA}
NEEDED = {See.IDENTITY, See.REPORT}
LIMITS = (
    "Limits: for the purpose named in this document alone. Not to be shown or given to anybody else without the written"
    " consent of the person concerned, or as the law allows (§ 17a-28(d), (k)). Unauthorized disclosure is punishable"
    " (§ 17a-28(b))."
)


@dataclass(frozen=True, slots=True)
class Document:
    """A file: its name, what it is, and its bytes."""

    name: str
    media: str
    content: bytes


def kinds_for(viewer: Viewer) -> frozenset[str]:
    """The kinds of document that this role makes: those of the tellings that it records."""
    may = {act.fact for act in ACTS if access.may(viewer, act)}
    return frozenset(key for key in layouts() if KIND[key].told in may)


def document(
    store: Store, viewer: Viewer, case_id: str, kind: str, media: str, now: datetime, *, about: str = ""
) -> Document:  # fmt: skip
    """The document, of the report `about` if the kind is about one. Logged before it is handed over.

    Raises `NotAllowed` and `NotFound`, which are logged too, `NotPossible`, `BadFile` for an agency's template that cannot be
    filled, and `Tampered`.
    """
    try:
        named = _values(store, viewer, case_id, (kind, about), media, now)
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "document", now, case_id)
        raise
    except Tampered:
        with store.write() as connection:
            trace.append(connection, viewer.id, "tampered", now, case_id=case_id)
        raise
    return Document(f"{named['case_number']}-{kind}.{media}", MEDIA[media], _made(kind, media, named, now))


def _made(kind: str, media: str, named: Mapping[str, str], now: datetime) -> bytes:
    """An agency's own template counts for the DOCX; nothing here turns a DOCX into a PDF."""
    own = settings.home() / "templates" / f"{kind}.docx"
    if media == "docx" and own.is_file():
        return filled(own.read_bytes(), named)
    to_file = to_docx if media == "docx" else to_pdf
    return to_file(paper(layouts()[kind], named), now)


def _values(
    store: Store, viewer: Viewer, case_id: str, of: tuple[str, str], media: str, now: datetime
) -> dict[str, str]:  # fmt: skip
    kind = of[0]
    if kind not in layouts() or media not in MEDIA:
        raise NotPossible("There is no such document.")
    with store.write(viewer.id) as connection:
        case = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        if case is None:
            raise NotFound(NO_SUCH_CASE)
        history = live(history_of(connection, case_id))
        _refuse_unless_allowed(viewer, kind, access.sight(viewer, circle(history, dict(case)), now))
        row = _asked_for(history, *of)
        named = values(dict(case), history, row, _read(connection, case_id, history, row))
        trace.append(connection, viewer.id, "document", now, case_id=case_id, detail={"what": kind, "format": media})
    return {"to": layouts()[kind].to, **named, **_stamp(viewer, kind, now)}


def _refuse_unless_allowed(viewer: Viewer, kind: str, seen: Sight) -> None:
    if kind not in kinds_for(viewer) or not seen.may_record or not seen.sees >= NEEDED:
        raise NotAllowed("This document is made by those who may record that it was sent, and see what stands in it.")


def _asked_for(history: History, kind: str, about: str) -> Outgoing:
    rows = fanout.outgoing(history, open_tasks(history))
    found = [row for row in rows if row.kind == kind and row.state is not State.NOT_ASKED and about in ("", row.about)]
    if not found:
        raise NotPossible("Nothing on this case asks for this document.")
    given = [row for row in found if row.state is not State.WITHHELD] or [row for row in found if row.whom not in TO_ALL]
    if not given:
        raise NotPossible("It was decided to withhold this notice; no document of it is made.")
    return given[-1]


def _stamp(viewer: Viewer, kind: str, now: datetime) -> dict[str, str]:
    """What § 17a-28(k) wants on every written record that is disclosed, and who made it when."""
    return {
        "confidential": CONFIDENTIAL,
        "authority": layouts()[kind].authority,
        "limits": LIMITS,
        "made_by": viewer.name,
        "made_by_role": viewer.role,
        "made_by_agency": viewer.agency,
        "made_at": moment(now),
    }


def _read(connection: Connection, case_id: str, history: History, row: Outgoing) -> Unsealed:
    """What is sealed: the child, the report, and the words kept beside the report and the telling."""
    key = keys.of(connection).case(connection, case_id)
    received = next(report_of(history, row.about), None)
    report = received.about if received else None
    told = (
        connection.execute(select(REPORTS).where(REPORTS.c.case_id == case_id, REPORTS.c.id == report)).mappings().one_or_none()
    )

    def words(event_id: str) -> dict[str, str]:
        of_it = select(NARRATIVES).where(NARRATIVES.c.case_id == case_id, NARRATIVES.c.event_id == event_id)
        notes: list[Any] = list(connection.execute(of_it).mappings())
        return {note["field"]: sealed.unseal_words(key, dict(note)) for note in notes}

    return Unsealed(
        child.as_told(connection, case_id, history).child,
        sealed.unseal_report(key, dict(told)) if told else {},
        words(received.id) if received else {},
        words(row.notice),
    )
