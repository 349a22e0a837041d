"""Twelve meetings at once with twenty people each through the board itself: real sessions over Streamlit's websocket.

One process of the board, on the embedded database, serves 240 tabs. Everybody signs in, comes to her team's meeting and goes
into the room, which looks by itself every few seconds whether anything moved and then draws itself anew. The chairpersons call
the roll and the cases and record a decision on each; members record a statement now and then.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
from sqlalchemy import select

from bench import teams
from bench.measure import Row, folder, p50, p95
from bench.tab import GaveUp, Tab, keyed, named
from mdt.casework import convene
from mdt.casework.check import check
from mdt.convening import Nothing
from mdt.facts import Fact
from mdt.policy import Role
from mdt.records.tables import EVENTS
from mdt.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.teams import Team
    from mdt.access import Viewer
    from mdt.store import Store

MEETINGS = int(os.environ.get("MDT_BENCH_MEETINGS", str(teams.MEETINGS)))
EACH = int(os.environ.get("MDT_BENCH_PEOPLE", str(teams.PEOPLE_EACH)))
LASTS = 60.0  # seconds, once everybody is in the room
COMES = 0.5  # seconds between two who come
SPEAKS = 0.2  # so often has a member something to say once in the meeting
ROOT = Path(__file__).parents[1]
HERE = "127.0.0.1"
KINDS = {
    "signed in": "sign in", "into the room": "into the room", "chairperson's click": "click", "chairperson's field": "field",
    "decision recorded": "decision", "statement recorded": "statement", "look, nothing moved": "look",
    "room drawn anew by itself": "drawn anew by itself",
}  # fmt: skip


@contextmanager
def board(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The board in a process of its own."""
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    command = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}")
    around = {**os.environ, "MDT_DEMO": "1", "MDT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    around.pop("MDT_DATABASE_URL", None)
    process = subprocess.Popen(command, cwd=ROOT, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own
    url = f"http://{HERE}:{port}"
    try:
        transport = httpx.HTTPTransport(retries=60)
        with httpx.Client(transport=transport, timeout=60) as client:
            client.get(f"{url}/_stcore/health").raise_for_status()
        yield url, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


class Person:
    """Somebody at her tab."""

    def __init__(self, url: str, team: Team, who: Viewer) -> None:
        """She has not come yet."""
        self.team, self.who, self.tab = team, who, Tab(url)
        self.random = random.Random(who.id)  # noqa: S311  # who speaks when, the same in each run

    async def come(self, after: float) -> None:
        """Sign in, open the meeting, accept the statement if that is asked, go into the room."""
        await asyncio.sleep(after)
        await self.tab.open()
        await self.tab.press(keyed(f"sign-in-{self.who.id}"), "sign in")
        await self.tab.open_page("Meetings", "list of meetings")
        await self.tab.press(keyed(f"meeting-{self.team.meeting}"), "meeting")
        await self.tab.press(named("Into the room"), "into the room")
        await self.tab.wait_for("button", keyed("leave"))

    async def take_part(self) -> None:
        """What she does for as long as the meeting lasts."""
        await (self.lead() if self.who.role == Role.CHAIR else self.listen())

    async def listen(self) -> None:
        """The room draws itself anew; some say something, once a case is called."""
        await asyncio.sleep(LASTS * self.random.uniform(0.2, 0.7))
        if self.random.random() < SPEAKS:
            await self.tab.press(keyed("answer-room-record_statement"), "form opened")
            await self.tab.choose("radio", "What it is", string_value="information")
            await self.tab.choose("selectbox", "Who provided it", string_value=self._provider())
            await self.tab.choose("text_area", "What was said", string_value="What we know")
            await self.tab.press(named("Record"), "statement")
        await asyncio.sleep(LASTS * 0.25)

    def _provider(self) -> str:
        found = self.tab.find("selectbox", lambda one: one.label == "Who provided it")
        return str(found.options[0]) if found else ""

    async def lead(self) -> None:
        """The roll, then each case in its turn with a decision."""
        for button in self.tab.ids("button", lambda one: "-roll-room-" in one.id and one.id.endswith("-True")):
            await self.tab.press_id(button, "click")
        for n in range(teams.CASES_EACH):
            await self.tab.press(keyed("room-next"), "click")
            await asyncio.sleep(LASTS / teams.CASES_EACH / 2)
            await self.decide(n)

    async def decide(self, n: int) -> None:
        """A decision with its owner and its day."""
        await self.tab.press(keyed("answer-room-make_decision"), "click")
        await self.tab.choose("selectbox", "Who carries it out", string_value="DCF")
        due_on = datetime.now(UTC) + timedelta(days=10)
        await self.tab.choose("date_input", "By when", string_array_value={"data": [f"{due_on:%Y/%m/%d}"]})
        await self.tab.choose("text_area", "What was decided", string_value=f"What is to be done, {n}")
        await self.tab.press(named("Record"), "decision")


async def held(url: str, sitting: list[Team]) -> list[Tab]:
    """Everybody comes, a few a second; then all meetings go on at once."""
    people = [Person(url, team, who) for team in sitting for who in team.people[:EACH]]
    random.Random(1).shuffle(people)  # noqa: S311  # they come in any order
    came = await asyncio.gather(*(one.come(n * COMES) for n, one in enumerate(people)), return_exceptions=True)
    await asyncio.gather(*(one.take_part() for one in people), return_exceptions=True)
    for failure in came:
        if failure is not None and not isinstance(failure, GaveUp):
            people[0].tab.errors[f"came not: {type(failure).__name__}"] += 1
    for one in people:
        await one.tab.close()
    return [one.tab for one in people]


def _figures(tabs: list[Tab], memory: float) -> list[Row]:
    rows = [Row("people in a room", sum("into the room" in tab.times for tab in tabs), least=MEETINGS * EACH)]
    for what, kind in KINDS.items():
        times = [took for tab in tabs for took in tab.times.get(kind, ())]
        if times:
            rows += [
                Row(f"{what}: how often", len(times)),
                Row(f"{what}, p50", p50(times) * 1000, "ms"),
                Row(f"{what}, p95", p95(times) * 1000, "ms"),
            ]
    errors = {kind: n for tab in tabs for kind, n in tab.errors.items()}
    rows += [Row(f"error: {kind}", n, most=0) for kind, n in errors.items()]
    return [*rows, Row("errors", sum(errors.values()), most=0), Row("memory of the board", memory, "MB")]


def _afterwards(store: Store) -> list[Row]:
    with store.read() as connection:
        made = len(connection.execute(select(EVENTS.c.id).where(EVENTS.c.fact == Fact.DECISION_MADE)).all())
    wanted = MEETINGS * teams.CASES_EACH
    return [
        Row("decisions stored, each once", made, least=wanted, most=wanted),
        Row("faults found by mdt check", len(check(store).faults), most=0),
    ]


def run() -> list[Row]:
    """Twelve meetings of twenty people each, through one board."""
    with folder() as home:
        before, os.environ["MDT_HOME"] = os.environ.get("MDT_HOME"), str(home)
        store = open_store(f"sqlite:///{home / 'mdt.db'}")
        store.create()
        sitting = teams.prepared(store, MEETINGS)
        now = datetime.now(UTC)
        for team in sitting:
            convene.convene(
                store, team.meeting, "open_meeting", Nothing(), by=team.people[0], now=now, command=f"opens-{team.meeting}"
            )
        with board(home) as (url, process):
            tabs = asyncio.run(held(url, sitting))
            memory = process.memory_info().rss / 2**20
        rows = [*_figures(tabs, memory), *_afterwards(store)]
        store.close()
        if before is not None:
            os.environ["MDT_HOME"] = before
    return rows
