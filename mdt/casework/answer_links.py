"""The links by which providers answer without an account: each issued, withdrawn and tried here.

Only a digest of a link's token is kept. Whatever is wrong with a token, whoever brings it reads the same words; each failure
counts and is logged with its reason, and too many are turned away unheard, so that a flood fills neither log nor database.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from mdt import access, answer, consent
from mdt.access import PROVIDER
from mdt.accounts import digest
from mdt.answer import SLOW, Link
from mdt.casework import pages, refusals
from mdt.casework.room import ACT
from mdt.errors import NotAllowed, NotFound, NotYet
from mdt.history import live
from mdt.records.tables import ANSWER_LINKS, ANSWER_TRIES
from mdt.store import trace
from mdt.store.walls import is_there_for

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.facts import History
    from mdt.store import Store

ISSUING = "refer_to_service"  # whoever may send the referral may let it be answered
WHAT = "answer link"
_STANDS = ANSWER_LINKS.c.used_at.is_(None) & ANSWER_LINKS.c.withdrawn_at.is_(None)
_OF_A_LINK = [ANSWER_LINKS.c[name] for name in Link.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Issued:
    """A new link's token, which is told once and kept nowhere, and until when it stands."""

    token: str
    expires_at: datetime


def id_of(token: str) -> str:
    """Under which id a link is kept: nobody answers with what the database holds, and looking it up tells nothing by time."""
    return digest(WHAT, token)


def issue(store: Store, viewer: Viewer, case_id: str, need: str, now: datetime) -> Issued:
    """A new link for the service referral of this need; earlier ones are withdrawn.

    Raises `NotFound`, `NotAllowed`, and `NotYet` unless an outside provider's answer is waited for and a consent covers it.
    """
    made = Issued(secrets.token_urlsafe(answer.TOKEN_BYTES), now)
    try:
        with store.write() as connection:
            history = _hers(connection, viewer, case_id, now)
            link = _new(id_of(made.token), case_id, need, history, viewer, now)
            _withdraw(connection, case_id, need, now)
            connection.execute(insert(ANSWER_LINKS).values(link))
            trace.append(connection, viewer.id, "answer link issued", now, case_id=case_id, detail={"need": need})
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "issue answer link", now, case_id)
        raise
    return Issued(made.token, link["expires_at"])


def withdraw(store: Store, viewer: Viewer, case_id: str, need: str, now: datetime) -> int:
    """Withdraw the links for this need; how many stood. Raises `NotFound`, `NotAllowed`."""
    try:
        with store.write() as connection:
            _hers(connection, viewer, case_id, now)
            gone = _withdraw(connection, case_id, need, now)
            if gone:
                trace.append(connection, viewer.id, "answer link withdrawn", now, case_id=case_id, detail={"need": need})
    except (NotAllowed, NotFound):
        refusals.log(store, viewer, "withdraw answer link", now, case_id)
        raise
    return gone


def _hers(connection: Connection, viewer: Viewer, case_id: str, now: datetime) -> History:
    """The case's history, if it is hers to send service referrals on."""
    act = ACT[ISSUING]
    access.refuse_unless_allowed(viewer, act)
    history = live(pages.open_page(connection, case_id).events)
    pages.refuse_unless_recording(history, act, viewer, now)
    if not is_there_for(connection, viewer.id, case_id):
        raise NotFound(pages.NO_SUCH_CASE)
    return history


def _new(link: str, case_id: str, need: str, history: History, viewer: Viewer, now: datetime) -> dict[str, Any]:
    sent = answer.waiting(history, need)
    if sent is None:
        raise NotYet("Can't make an answer link: no service referral to a provider outside DCF waits for an answer here.")
    provider = sent.data["provider"]
    consent.refuse_unless_released(history, need, provider, now, "make an answer link")
    one = consent.latest(history, need, provider, now)
    assert one is not None  # noqa: S101  # it released something
    return {
        "id": link, "case_id": case_id, "need": need, "provider": provider, "referral": sent.id, "issued_at": now,
        "issued_by": viewer.id, "expires_at": answer.expires_at(now, one.expires_on), "opened": 0,
    }  # fmt: skip


def _withdraw(connection: Connection, case_id: str, need: str, now: datetime) -> int:
    of = (ANSWER_LINKS.c.case_id == case_id) & (ANSWER_LINKS.c.need == need)
    return connection.execute(update(ANSWER_LINKS).where(of, _STANDS).values(withdrawn_at=now)).rowcount


def refuse_flood(store: Store, token: str, now: datetime) -> None:
    """Turn away, before it waits for its turn to write, whoever comes with no link of ours while many do."""
    with store.read() as connection:
        if link_of(connection, token) is None and _is_flooded(connection, now):
            raise NotAllowed(SLOW)


def _is_flooded(connection: Connection, now: datetime) -> bool:
    failures = select(ANSWER_TRIES.c.at).where(ANSWER_TRIES.c.failed.is_(True), ANSWER_TRIES.c.at > now - answer.MINUTE)
    return answer.failed_too_often(connection.execute(failures).scalars(), now)


def admitted(connection: Connection, token: str, now: datetime) -> tuple[Link, History] | str:
    """The link, if it stands, and its case's history, the case locked; or why not, counted and logged.

    Raises `NotAllowed` for too many tries, of which nothing is kept.
    """
    link = link_of(connection, token)
    if link is None:
        return _failed(connection, None, "unknown", now)
    _refuse_hurry(connection, link, now)
    history = live(pages.open_page(connection, link.case_id).events)
    link = link_of(connection, token) or link  # as it stands now that nobody else can change it
    why = answer.why_not(link, history, now)
    if why:
        return _failed(connection, link, why, now)
    _count(connection, link.id, now, failed=False)
    return link, history


def link_of(connection: Connection, token: str) -> Link | None:
    """The link with this token, whether it stands or not; None if there never was one."""
    if not token or len(token) > answer.LONGEST_TOKEN:
        return None
    found = connection.execute(select(*_OF_A_LINK).where(ANSWER_LINKS.c.id == id_of(token))).first()
    return Link(*found) if found else None


def _refuse_hurry(connection: Connection, link: Link, now: datetime) -> None:
    tries = connection.execute(select(ANSWER_TRIES.c.at).where(ANSWER_TRIES.c.link == link.id))
    if answer.opened_too_often(tries.scalars(), now):
        raise NotAllowed(SLOW)


def _failed(connection: Connection, link: Link | None, why: str, now: datetime) -> str:
    if _is_flooded(connection, now):
        raise NotAllowed(SLOW)
    _count(connection, link.id if link else None, now, failed=True)
    case = {"case": link.case_id} if link else {}
    trace.append(connection, PROVIDER, "refused", now, detail={"act": WHAT, "why": why, **case})
    return why


def _count(connection: Connection, link: str | None, now: datetime, *, failed: bool) -> None:
    connection.execute(delete(ANSWER_TRIES).where(ANSWER_TRIES.c.at <= now - answer.MINUTE))
    connection.execute(insert(ANSWER_TRIES).values(link=link, failed=failed, at=now))
