"""A team's March: two meetings, what was heard at them, and a case that waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from mdt.facts import Fact
from mdt.records.tables import MEETINGS
from mdt.scenario import route
from tests import convened, making
from tests.convened import START, act
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

LATER = datetime(2026, 4, 20, 14, tzinfo=UTC)
SECOND = datetime(2026, 3, 17, 14, tzinfo=UTC)  # when the series would have the team meet


class Played(NamedTuple):
    """A team, its two meetings of March, and the cases that came before it."""

    team: str
    first: str
    second: str
    heard: str
    deferred: str
    concluded: str
    waits: str
    every: tuple[str, ...]


def decided(store: Store, case: str, owner: str, due: str, at: datetime) -> str:
    """The id of a new decision."""
    do(store, case, "make_decision", at, by="chairperson", owner=owner, due_on=due, what="What is to be done")
    return [e.about for e in making.history(store, case) if e.fact is Fact.DECISION_MADE and e.about][-1]


def hold(store: Store, meeting: str, at: datetime, came: list[str], away: list[str]) -> None:
    """The meeting is opened, the roll is called, and after ninety-five minutes it is over."""
    act(store, meeting, "open_meeting", at)
    for who in (*came, *away):
        act(store, meeting, "call_roll", at, who=who, came=who in came)
    act(store, meeting, "adjourn", at + timedelta(minutes=95))


def play(store: Store) -> Played:
    """Record it all."""
    seats = convened.seated(store)
    first = convened.a_meeting(store)
    cases = [making.identified(store, MONDAY + timedelta(days=n), report_no=f"R-{n}") for n in range(3)]
    heard, deferred, concluded = cases
    on = convened.lines(store, first)
    decisions = [
        decided(store, heard, owner, due, START)
        for owner, due in (("police", "2026-03-20"), ("DCF", "2026-03-25"), ("DCF", "2026-05-01"), ("police", "2026-04-01"))
    ]
    do(store, heard, "hold_review", START, by="chairperson", about=on[heard])
    do(store, deferred, "defer_review", START, by="chairperson", about=on[deferred], because="no time")
    do(store, concluded, "hold_review", START, by="chairperson", about=on[concluded], concluded=True)
    hold(store, first, START, [seats["DCF"], seats["police"]], [seats["health care professional"], seats["chairperson"]])
    do(store, heard, "carry_out_decision", START + timedelta(days=3), about=decisions[0])
    do(store, heard, "give_up_decision", START + timedelta(days=4), about=decisions[3], reason="It cannot be done")
    for case in cases:
        route(store, case, START + timedelta(days=1))
    with store.read() as connection:
        second = connection.execute(select(MEETINGS.c.id).where(MEETINGS.c.starts_at == SECOND)).scalar_one()
    again = convened.lines(store, second)
    do(store, deferred, "hold_review", SECOND, by="chairperson", about=again[deferred])
    do(store, heard, "hold_review", SECOND, by="chairperson", about=again[heard])
    hold(store, second, SECOND, [seats["DCF"], seats["health care professional"]], [seats["police"]])
    waits = making.identified(store, SECOND - timedelta(days=12), report_no="R-8", child_residence_town="Meriden")
    stamford = making.identified(store, MONDAY, report_no="R-9", child_residence_town="Stamford")
    return Played(convened.team_id(store), first, second, heard, deferred, concluded, waits, (*cases, waits, stamford))
