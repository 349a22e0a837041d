"""A need whose service referral waits for a provider's answer, and a link to answer it by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.answer import Answer, Choice
from mdt.casework import answer_links
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

HOUR = timedelta(hours=1)
ADVOCATE = PEOPLE["victim advocate"]
SHELTER = "SHELTER-1"
YES = Answer(Choice.ACCEPT)
CONSENT = {
    "signer": "legal representative", "signer_name": "Representative B", "signer_is_not_suspected": True,
    "expires_on": date(2026, 6, 1), "provider": SHELTER, "recipient": "The shelter", "fields": ["town", "need", "urgency"],
    "purpose": "to decide whether to take the child",
}  # fmt: skip


def referred(store: Store, at: datetime = MONDAY, told: dict[str, str] | None = None, **consent: object) -> tuple[str, str]:
    """The id of a case, and of its need for a shelter, which an outside provider was asked to meet."""
    case = making.identified(store, at, **(told or {}))
    do(store, case, "list_needs", at, by="victim advocate", needs=["shelter"])
    need = str(next(e.about for e in making.history(store, case) if e.fact is Fact.NEED_LISTED))
    do(store, case, "give_consent", at, by="victim advocate", about=need, **(CONSENT | consent))
    do(store, case, "refer_to_service", at, by="victim advocate", about=need, provider=SHELTER)
    return case, need


def linked(store: Store, now: datetime = MONDAY) -> tuple[str, str, str]:
    """The same, and the token of a link for it."""
    case, need = referred(store)
    return case, need, answer_links.issue(store, ADVOCATE, case, need, now).token


def facts(store: Store, case: str) -> list[Fact]:
    """What the provider recorded."""
    return [e.fact for e in making.history(store, case) if e.by == "provider"]


def refusals(store: Store) -> list[str]:
    """Why links were refused, in order, as the log has it."""
    with store.read() as connection:
        mine = (ACCESS_LOG.c.by == "provider") & (ACCESS_LOG.c.act == "refused")
        rows = connection.execute(select(ACCESS_LOG.c.detail).where(mine).order_by(ACCESS_LOG.c.n)).scalars()
        return [row["why"] for row in rows]
