"""A provider answers a service referral by a link, without an account: what she may be shown, and her answer, once.

Whoever comes with a link is told nothing but what the consent lets be told at that moment (§ 17a-28(a)(4), (d)), and records
nothing but that she saw the referral, and her answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy import select, update

from mdt import access, answer
from mdt.access import PROVIDER
from mdt.answer import ANSWERED, GONE, Link
from mdt.casework import door, pages, releasing
from mdt.casework.answer_links import WHAT, admitted, link_of, refuse_flood
from mdt.casework.room import ACT
from mdt.consent import FIELDS
from mdt.errors import NotAllowed, NotFound, NotPossible, NotYet
from mdt.history import live
from mdt.records.tables import ANSWER_LINKS, PEOPLE
from mdt.store import trace

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.answer import Answer
    from mdt.casework.releasing import Released
    from mdt.facts import History
    from mdt.store import Store


OF_THE_CASE = (NotYet, NotFound, NotPossible)  # what the door says of a case, to whoever sees it: a stranger is told none of it


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stranger is shown: which agency asks, for what kind of help, what the consent releases, and until when.

    `need` is empty where the consent does not release it; `lines`: each other released field's title and value;
    `released` says by which consent, to whom and for what (§ 17a-28(k)).
    """

    agency: str
    need: str
    expires_at: datetime
    lines: tuple[tuple[str, str], ...]
    released: Released

    def __repr__(self) -> str:
        """Nothing of what is released."""
        return f"Asked({len(self.lines)} fields)"


def opened(store: Store, token: str, now: datetime) -> Asked:
    """What may be shown to whoever opens the link; that the provider saw the referral is recorded, once.

    Raises `NotAllowed`, in the same words whatever is wrong with the link, and in others for too many tries.
    """
    refuse_flood(store, token, now)
    try:
        with store.write() as connection:
            found = admitted(connection, token, now)
            if isinstance(found, tuple):
                return _open(connection, *found, now)
    except OF_THE_CASE as refusal:
        _log_refusal(store, "door", now)
        raise NotAllowed(GONE) from refusal
    raise NotAllowed(GONE)


def again(store: Store, token: str, now: datetime) -> Asked:
    """The same for a page that has opened the link and draws itself anew: nothing is recorded, all of it is asked again."""
    with store.read() as connection:
        link = link_of(connection, token)
        if link and not answer.why_not(link, live(pages.history_of(connection, link.case_id)), now):
            return _asked(connection, link, now)
    raise NotAllowed(GONE)


def give(store: Store, token: str, said: Answer, now: datetime) -> None:
    """Record the provider's answer and use the link up.

    Raises `NotAllowed` for a link that does not stand (for one just used: that it was), `NotPossible` for an answer that
    cannot be taken; the link then still stands.
    """
    form = _form(said, now)
    refuse_flood(store, token, now)
    try:
        with store.write() as connection:
            found = admitted(connection, token, now)
            if isinstance(found, tuple):
                _give(connection, found[0], answer.ACT_OF[said.choice], form, now)
                return
    except OF_THE_CASE as refusal:
        _log_refusal(store, "door", now)
        raise NotAllowed(GONE) from refusal
    raise NotAllowed(ANSWERED if found == "used" else GONE)


def _form(said: Answer, now: datetime) -> Form:
    told = answer.told(said, now)
    try:
        return ACT[answer.ACT_OF[said.choice]].form.model_validate({"happened_at": now, **told})
    except ValidationError:
        raise NotPossible("Something in the answer cannot be taken. Look at it again.") from None


def _give(connection: Connection, link: Link, key: str, form: Form, now: datetime) -> None:
    by, command = access.holder(link.case_id, link.need), f"answer-{link.id[:40]}"
    about = form.model_copy(update={"about": link.need})
    done = door.act_on(connection, link.case_id, ACT[key], about, by=by, now=now, command=command)
    connection.execute(update(ANSWER_LINKS).where(ANSWER_LINKS.c.id == link.id).values(used_at=now))
    detail = {"need": link.need, "act": key, "version": done.version}
    trace.append(connection, PROVIDER, "answer link used", now, case_id=link.case_id, detail=detail)


def _open(connection: Connection, link: Link, history: History, now: datetime) -> Asked:
    if not answer.was_seen(history, link.referral):
        act, by = ACT["record_provider_saw"], access.holder(link.case_id, link.need)
        form = act.form.model_validate({"happened_at": now, "about": link.need})
        door.act_on(connection, link.case_id, act, form, by=by, now=now, command=f"saw-{link.id[:20]}-{now:%Y%m%d%H%M%S%f}")
    count = {"opened": ANSWER_LINKS.c.opened + 1, "opened_at": now}
    connection.execute(update(ANSWER_LINKS).where(ANSWER_LINKS.c.id == link.id).values(count))
    asked = _asked(connection, link, now)
    fields = sorted(asked.released.consent.fields)
    detail = {"need": link.need, "fields": fields}
    trace.append(connection, PROVIDER, "answer link opened", now, case_id=link.case_id, count=len(fields), detail=detail)
    return asked


def _asked(connection: Connection, link: Link, now: datetime) -> Asked:
    """What the consent releases, opened this moment. Raises `NotYet` without one."""
    agency = connection.execute(select(PEOPLE.c.agency).where(PEOPLE.c.id == link.issued_by)).scalar_one()
    released = releasing.sheet(connection, link.case_id, link.need, link.provider, now)
    told = dict(released.lines)
    return Asked(agency, told.pop(FIELDS["need"], ""), link.expires_at, tuple(told.items()), released)


def _log_refusal(store: Store, why: str, now: datetime) -> None:
    with store.write() as connection:
        trace.append(connection, PROVIDER, "refused", now, detail={"act": WHAT, "why": why})
