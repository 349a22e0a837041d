"""Twelve meetings at once through Streamlit itself: 240 windows on one machine, each a websocket, each with its own person.

They sign in, accept the statement and go into the room; then, for a minute, the chairpersons call the roll and the cases, say
what is known, decide and hear, by clicks and fields as in a browser, while everybody else's room looks every four seconds and
draws itself anew. What a browser itself would do with what it is sent is not part of it.

`MDT_SOCKETS=meetings,people,boards,seconds` (12,20,1,60 by itself) makes it smaller, slower, or shares the windows out over
several boards on one database.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psutil
from sqlalchemy import select

from bench import teams
from bench.measure import Row, folder, p50, p95
from bench.seats import Chairperson, Person, Sitting
from bench.window import Noted
from mdt.accounts import DEMO
from mdt.casework import agendas, convene
from mdt.casework.check import check
from mdt.convening import MoveMeeting
from mdt.facts import Fact
from mdt.records.tables import EVENTS
from mdt.store import open_store
from mdt.supervised import ROOT, answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.teams import Team
    from mdt.store import Store

HERE = "127.0.0.1"
AT_THE_DOOR = 8  # who sign in at the same time
MB = 1_000_000
FAULT = re.compile(r"Fault [0-9a-f]{8}|Traceback|ERROR")


@dataclass(frozen=True, slots=True)
class Size:
    """How many meetings, people in each, boards, and seconds of meeting."""

    meetings: int = teams.MEETINGS
    people: int = teams.PEOPLE_EACH
    boards: int = 1
    seconds: int = 60


@dataclass(slots=True)
class Board:
    """A board in a process of its own, and what its log says."""

    url: str
    process: psutil.Process
    log: Path

    @property
    def faults(self) -> int:
        """What its log tells of faults."""
        return len(FAULT.findall(self.log.read_text(encoding="utf-8")))


@contextmanager
def boards(home: Path, how_many: int) -> Iterator[list[Board]]:
    """So many boards on the database of that home, until they are no more needed."""
    environment = {**os.environ, "MDT_DEMO": "1", "MDT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("MDT_DATABASE_URL", None)
    begun: list[Board] = []
    try:
        begun.extend(_begun(environment, home / f"board-{n}.log") for n in range(how_many))
        yield begun
    finally:
        for one in begun:
            one.process.kill()
            one.process.wait()


def _begun(environment: dict[str, str], log: Path) -> Board:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)  # noqa: S603  # our own words
    url = f"http://{HERE}:{port}"
    while not answers(f"{url}/_stcore/health"):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8"))
        time.sleep(0.2)
    return Board(url, psutil.Process(process.pid), log)


def _moved_to_today(store: Store, team: Team) -> None:
    now = datetime.now(UTC)
    starts_at = now + timedelta(seconds=2)
    form = MoveMeeting(starts_at=starts_at, minutes=120, place="Room 2", on_a_holiday=True, reason="It is held today")
    convene.convene(store, team.meeting, "move_meeting", form, by=team.people[0], now=now, command=f"today-{team.meeting}")
    agendas.propose(store, team.meeting, now)


async def held(sitting: list[Sitting], size: Size, begun: list[Board]) -> dict[str, float]:
    """Everybody comes, and the meetings are held; what the machine had to do for it."""
    chairs = [Chairperson(one, one.team.people[0]) for one in sitting]
    members = [Person(one, who) for one in sitting for who in one.team.people[1 : size.people]]
    door, began = asyncio.Semaphore(AT_THE_DOOR), time.perf_counter()

    async def comes(one: Person) -> None:
        async with door:
            await one.comes()

    await asyncio.gather(*map(comes, chairs))
    await asyncio.gather(*map(comes, members))
    came, busy, own = time.perf_counter(), _busy(begun), time.process_time()
    for one in sitting:
        one.until = came + size.seconds
    listening = [asyncio.create_task(one.listens()) for one in members]
    await asyncio.gather(*(one.leads_it(came, size.seconds, teams.CASES_EACH) for one in chairs))
    lasted = time.perf_counter() - came
    told = {
        "came": came - began,
        "lasted": lasted,
        "busy": (_busy(begun) - busy) / lasted,
        "own": (time.process_time() - own) / lasted,
        "lost": sum(one.window.is_lost for one in (*chairs, *members)),
        "connected": len(chairs) + len(members),
        "memory": sum(one.process.memory_info().rss for one in begun) / MB,
    }
    for task in listening:
        task.cancel()
    await asyncio.gather(*(one.window.close() for one in (*chairs, *members)))
    return told


def _busy(begun: list[Board]) -> float:
    times = [one.process.cpu_times() for one in begun]
    return sum(one.user + one.system for one in times)


KINDS = {
    "sign in": "signed in", "into the room": "into the room",
    "recorded": "a chairperson's click that records, until the page is drawn",
    "next case": "the next case, at the chairperson's",
    "followed": "the same, from her click until a member's screen shows it", "click": "another click (a form opened)",
    "fill": "a field left", "statement": "a member's statement recorded", "look": "a look that finds nothing moved",
    "redraw": "a look with the room drawn anew",
}  # fmt: skip


def _figures(noted: Noted, told: dict[str, float], size: Size) -> list[Row]:
    rows = [Row(f"error: {what}", count, most=0) for what, count in noted.errors.most_common(12)]
    for kind, what in KINDS.items():
        times = noted.times.get(kind, [0.0])
        rows += [Row(what, len(times)), Row("  p50", p50(times), "s"), Row("  p95", p95(times), "s")]
    return [
        *rows,
        *(Row(f"runs that ended as {status.lower().replace('_', ' ')}", count) for status, count in noted.runs.items()),
        Row("looked again as a case had moved", noted.moved),
        Row("sent to the windows", noted.came / MB, "MB"),
        Row("all in their rooms after", told["came"], "s"),
        Row(f"the meetings, paced for {size.seconds} s, took", told["lasted"], "s"),
        Row("the boards' processor meanwhile, of one core", told["busy"] * 100, "%"),
        Row("the windows' own, of one core", told["own"] * 100, "%"),
        Row("memory of the boards (resident)", told["memory"], "MB"),
        Row("windows connected", told["connected"], least=size.meetings * size.people),
        Row("connections lost", told["lost"], most=0),
        Row("errors", sum(noted.errors.values()), most=0),
    ]


def _afterwards(store: Store, sitting: list[Sitting], begun: list[Board]) -> list[Row]:
    with store.read() as connection:
        made = len(connection.execute(select(EVENTS.c.id).where(EVENTS.c.fact == Fact.DECISION_MADE)).all())
        heard = len(connection.execute(select(EVENTS.c.id).where(EVENTS.c.fact == Fact.REVIEW_HELD)).all())
    wanted = len(sitting) * teams.CASES_EACH
    decided = sum(one.decided for one in sitting)
    return [
        Row("decisions acknowledged", decided, least=wanted),
        Row("stored and not acknowledged, or the other way", abs(made - decided), most=0),
        Row("cases heard", heard, least=wanted),
        Row("meetings adjourned", sum(one.adjourned for one in sitting), least=len(sitting)),
        Row("faults in the boards' logs", sum(one.faults for one in begun), most=0),
        Row("faults found by mdt check", len(check(store).faults), most=0),
    ]


def run() -> list[Row]:
    """The meetings at once, through the board's own server."""
    size = Size(*(int(part) for part in os.environ.get("MDT_SOCKETS", "").split(",") if part))
    with folder() as home:
        os.environ["MDT_HOME"] = str(home)  # the key lies there
        store = open_store(f"sqlite:///{home / 'mdt.db'}")
        store.create()
        prepared = teams.prepared(store, size.meetings, mark=DEMO)
        for team in prepared:
            _moved_to_today(store, team)
        noted = Noted()
        with boards(home, size.boards) as begun:
            sitting = [Sitting(team, begun[n % size.boards].url, noted) for n, team in enumerate(prepared)]
            told = asyncio.run(held(sitting, size, begun))
            rows = [*_figures(noted, told, size), *_afterwards(store, sitting, begun)]
        store.close()
    return rows
