"""Handing one's clocks to a colleague for a time, and taking them back. What she may see of any case does not change by it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import delete, insert, select, update

from mdt.access import role_of
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.law.rulebook import load
from mdt.policy import CASE_ROLES
from mdt.records.tables import COVERS, PEOPLE
from mdt.store.engine import one_at_a_time

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store


class HandOff(BaseModel):
    """To whom, from when, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    colleague: str = Field(title="Colleague", min_length=1, max_length=32)
    from_at: AwareDatetime = Field(title="From")
    until_at: AwareDatetime = Field(title="Until")


def put(store: Store, by: Viewer, form: HandOff, now: datetime) -> None:
    """Let a colleague of the same agency look after one's clocks, for at most thirty days, from now on if `from_at` has passed.

    The same again is done already. Raises `NotAllowed` for a role that works on no case, `NotPossible` with the reason for
    everything else.
    """
    if role_of(by) not in CASE_ROLES:
        raise NotAllowed("Only who works on cases has clocks to hand to a colleague.")
    _refuse_times(form, now)
    row = {"person_id": by.id, "colleague_id": form.colleague, "from_at": max(form.from_at, now), "until_at": form.until_at}
    with store.write() as connection:
        one_at_a_time(connection, _lock_of(by.id))
        _refuse_colleague(connection, by, form.colleague)
        if not _is_done(connection, row):
            connection.execute(insert(COVERS), row)


def _lock_of(person_id: str) -> int:
    """The number of the advisory lock of a person's clocks; 64 bits, so that it meets no other by chance."""
    return int.from_bytes(hashlib.sha256(f"cover/{person_id}".encode()).digest()[:8], signed=True)


def _is_done(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether it was arranged before. Raises `NotPossible` if something else was."""
    at_once = (COVERS.c.from_at < row["until_at"]) & (COVERS.c.until_at > row["from_at"])
    found = connection.execute(select(COVERS).where(COVERS.c.person_id == row["person_id"], at_once)).all()
    if not found:
        return False
    if any((one.colleague_id, one.until_at) == (row["colleague_id"], row["until_at"]) for one in found):
        return True
    raise NotPossible("A colleague looks after your clocks in that time already. End that first, or choose another time.")


def end(store: Store, by: Viewer, from_at: datetime, now: datetime) -> None:
    """Take one's clocks back; that a colleague had them stays on record. Raises `NotFound` if nothing of it is left."""
    hers = (COVERS.c.person_id == by.id) & (COVERS.c.from_at == from_at) & (COVERS.c.until_at > now)
    change = update(COVERS).values(until_at=now) if from_at < now else delete(COVERS)
    with store.write() as connection:
        if connection.execute(change.where(hers)).rowcount == 0:
            raise NotFound("Nobody looks after your clocks in that time any more.")


def _refuse_times(form: HandOff, now: datetime) -> None:
    if form.until_at <= max(form.from_at, now):
        raise NotPossible("Can't hand the clocks over: the end lies before the beginning, or has passed.")
    longest = load().standard("cover-at-most").number or 0
    if form.until_at - max(form.from_at, now) > timedelta(days=longest):
        raise NotPossible(f"Can't hand the clocks over for more than {longest} days; assign the steps instead.")


def _refuse_colleague(connection: Connection, by: Viewer, colleague: str) -> None:
    if colleague == by.id:
        raise NotPossible("Can't hand the clocks over to yourself; choose a colleague.")
    found = connection.execute(select(PEOPLE.c.agency, PEOPLE.c.role, PEOPLE.c.disabled_at).where(PEOPLE.c.id == colleague))
    person = found.one_or_none()
    if person is None or person.disabled_at is not None:
        raise NotPossible("Can't hand the clocks over: that person does not sign in here any more.")
    if person.agency != by.agency:
        raise NotPossible("Can't hand the clocks over to another agency; choose a colleague of your own.")
    if person.role not in CASE_ROLES:
        raise NotPossible(f"Can't hand the clocks over: a person with the role {person.role} works on no case.")
