"""What goes out to a provider: made at the moment it leaves, of what the consent releases then; logged, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt import access
from mdt.casework.documents import LIMITS, MEDIA, Document
from mdt.casework.exporting import CONFIDENTIAL
from mdt.casework.lettered import opened
from mdt.casework.releasing import sheet
from mdt.casework.room import ACT
from mdt.casework.values import moment
from mdt.consent import FIELDS, refuse_unless_released
from mdt.errors import NotAllowed, NotPossible
from mdt.exchange import referral_letters
from mdt.exchange.docx_files import to_docx
from mdt.exchange.pdf_files import to_pdf
from mdt.exchange.referral_letters import Covered, From
from mdt.law.period import local_date
from mdt.policy import See
from mdt.store import trace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.casework.releasing import Released
    from mdt.facts import History
    from mdt.store import Store

REFER = "refer_to_service"
KIND = "service-referral"


def letter(store: Store, viewer: Viewer, case_id: str, about: str, *, provider: str, media: str, now: datetime) -> Document:
    """The letter for this need to this provider, as PDF or DOCX. Its name tells the case number and the kind, of nobody.

    Raises `NotYet`, with the section, unless a consent stands at that moment; `NotAllowed` and `NotFound`, which are logged.
    """
    if media not in MEDIA:
        raise NotPossible("There is no such kind of file.")
    with _opened(store, viewer, case_id, now) as (connection, case, _history):
        released = sheet(connection, case_id, about, provider, now)
        trace.append(connection, viewer.id, "document", now, case_id=case_id, detail={"what": KIND, "format": media})
    by = From(case, viewer.name, viewer.agency, moment(now))
    paper = referral_letters.letter(released.lines, _covered(released), provider, by, (CONFIDENTIAL, LIMITS))
    return Document(f"{case}-{KIND}.{media}", MEDIA[media], (to_docx if media == "docx" else to_pdf)(paper, now))


def e_mail(store: Store, viewer: Viewer, case_id: str, about: str, *, provider: str, now: datetime, link: str = "") -> str:
    """The text of an e-mail about it. It tells nothing of the child, but that there is one: it wants a consent all the same."""
    with _opened(store, viewer, case_id, now) as (connection, case, history):
        refuse_unless_released(history, about, provider, now, "write to the provider")
        trace.append(connection, viewer.id, "document", now, case_id=case_id, detail={"what": KIND, "format": "e-mail"})
    return referral_letters.e_mail(From(case, viewer.name, viewer.agency, moment(now)), link)


def may_make(viewer: Viewer, seen: Sight) -> bool:
    """Whether this person makes such letters: who may record that a service referral was sent, and sees who the child is."""
    return access.may(viewer, ACT[REFER]) and seen.may_record and See.IDENTITY in seen.sees


def _opened(
    store: Store, viewer: Viewer, case_id: str, now: datetime
) -> AbstractContextManager[tuple[Connection, str, History]]:
    return opened(store, viewer, case_id, now, what="document", refuse=_refuse_unless_allowed)


def _refuse_unless_allowed(viewer: Viewer, seen: Sight) -> None:
    if not may_make(viewer, seen):
        raise NotAllowed("This letter is made by those who may record that a service referral was sent.")


def _covered(released: Released) -> Covered:
    one = released.consent
    titles = tuple(title for field, title in FIELDS.items() if field in one.fields)
    return Covered(one.signer, local_date(one.given_at), one.expires_on, one.purpose, titles, released.recipient)
