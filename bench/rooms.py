"""Twelve meetings at once with twenty people each, on one machine and one database: what each does in the room, scripted.

Everybody looks every few seconds whether her meeting or its case has moved and then reads the room anew, as the page does;
members say something now and then; the chairperson calls the roll and the cases, decides, adjourns and approves. Being told
that a case has moved is no error: she looks again and does it again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING

from bench.teams import act
from mdt.board import meeting
from mdt.board.case import case_view, version_of
from mdt.board.named import named
from mdt.board.room import brief
from mdt.casework import convene, meeting_records
from mdt.convening import ACT as ABOUT
from mdt.errors import CaseMoved
from mdt.policy import Role
from mdt.store import open_store
from mdt.team import OFFICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bench.teams import Team
    from mdt.access import Viewer
    from mdt.board.meeting import MeetingView
    from mdt.store import Store

PROCESSES = 2
LASTS = 60.0  # seconds
LOOKS_EVERY = 4.0  # seconds, as the room does
SPEAKS = 0.02  # of a member's looks end in a statement: one every ten seconds or so in each meeting


@dataclass(slots=True)
class Tally:
    """What was measured: seconds by kind, errors by kind, and the commands of decisions that were acknowledged."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    decided: list[str] = field(default_factory=list)
    moved: int = 0

    def add(self, other: Tally) -> None:
        """The other's figures too."""
        for kind, times in other.times.items():
            self.times.setdefault(kind, []).extend(times)
        self.errors += other.errors
        self.decided += other.decided
        self.moved += other.moved


class Person:
    """Somebody in the room: what she has before her, and what she does."""

    def __init__(self, store: Store, team: Team, who: Viewer, began: float) -> None:
        """She comes in at `began`, on the clock of `time.perf_counter`."""
        self.store, self.team, self.who, self.began = store, team, who, began
        self.tally, self.random = Tally(), random.Random(who.id)  # noqa: S311  # who speaks when, the same in each run
        self.view: MeetingView | None = None
        self.case, self.version, self.count = "", 0, 0

    def now(self) -> datetime:
        """The moment, on the day of the meeting."""
        return self.team.starts_at + timedelta(seconds=max(0.0, time.perf_counter() - self.began))

    def timed(self, kind: str, work: Callable[[], object]) -> bool:
        """Do it, and keep how long it took; whether it was done. What goes wrong is counted by its kind."""
        for _ in range(5):
            started = time.perf_counter()
            try:
                work()
            except CaseMoved:
                self.tally.moved += 1
                self.look()
                continue
            except Exception as failure:  # noqa: BLE001  # each is counted, and none is wanted
                self.tally.errors[f"{kind}: {type(failure).__name__}"] += 1
                return False
            self.tally.times.setdefault(kind, []).append(time.perf_counter() - started)
            return True
        self.tally.errors[f"{kind}: moved five times"] += 1
        return False

    def command(self) -> str:
        """A command of her own."""
        self.count += 1
        return f"{self.who.id}/{self.count}"

    def look(self) -> None:
        """Whether anything moved; if so, read the room anew."""
        moved = True
        if self.view is not None:
            before = self.view.version
            moved = meeting.version_of(self.store, self.team.meeting) != before
            if self.case:
                moved |= version_of(self.store, self.who, self.case) != self.version
        if moved:
            self.timed("room", self.read)

    def read(self) -> None:
        """The room as its page reads it: the meeting, the case that was called, and its words."""
        self.view = meeting.meeting_view(self.store, self.who, self.team.meeting, self.now())
        line = next((one for one in self.view.lines if one.line == self.view.course.called), None)
        if line is None:
            self.case = ""
            return
        found = case_view(self.store, self.who, line.case_id, self.now())
        brief(found, line.line)
        if (line.case_id, found.version) != (self.case, self.version):
            self.timed("words", lambda: named(self.store, self.who, line.case_id, self.now()))
        self.case, self.version = line.case_id, found.version

    def about(self, key: str, **form: object) -> bool:
        """Something about the meeting."""
        told, command = ABOUT[key].form.model_validate(form), self.command()
        return self.timed(
            "write",
            lambda: convene.convene(self.store, self.team.meeting, key, told, by=self.who, now=self.now(), command=command),
        )

    def on_case(self, measured: str, key: str, **form: object) -> str:
        """Something about the case before her, unless another was called meanwhile; its command if it was acknowledged."""
        command, case_id, done = self.command(), self.case, list[str]()

        def record() -> None:
            if self.case == case_id:
                act(self.store, case_id, key, self.who, self.now(), command, seen=self.version, **form)
                done.append(command)

        self.timed(measured, record)
        return "".join(done)

    def wait(self, until: float) -> Iterator[None]:
        """Look every few seconds until so many seconds have passed."""
        while (left := self.began + until - time.perf_counter()) > 0:
            time.sleep(min(left, LOOKS_EVERY * self.random.uniform(0.8, 1.2)))
            self.timed("look", self.look)
            yield

    def member(self) -> Tally:
        """Somebody who listens, and now and then says something."""
        time.sleep(max(0.0, self.began - time.perf_counter()) + self.random.uniform(0, LOOKS_EVERY))
        for _ in self.wait(LASTS):
            if self.case and self.random.random() < SPEAKS:
                self.on_case("statement", "record_statement", kind="information", provider=self.who.id, what="What we know")
        return self.tally

    def chair(self) -> Tally:
        """Who leads: the roll, each case in its turn, a decision, the end, the record."""
        time.sleep(max(0.0, self.began - time.perf_counter()))
        self.about("open_meeting")
        self.look()
        for one in self.view.members if self.view else ():
            if one.seat not in OFFICES:
                self.about("call_roll", who=one.id, came=True)
        lines = [line.line for line in self.view.lines] if self.view else []
        for n, line in enumerate(lines, 1):
            self.hear(line, 6 + (LASTS - 12) * n / len(lines))
        self.about("adjourn")
        self.timed("record read and approved", self.approve)
        return self.tally

    def hear(self, line: str, until: float) -> None:
        """A case is called, discussed for a while, decided on and heard."""
        self.about("call_case", line=line)
        self.timed("look", self.look)
        for _ in self.wait(until):
            pass
        due_on = (self.team.starts_at + timedelta(days=10)).date()
        command = self.on_case("decision", "make_decision", owner="DCF", due_on=due_on, what="What is to be done", line=line)
        self.tally.decided += [command] if command else []
        self.look()
        self.on_case("write", "hold_review", about=line, perpetrator="unknown", no_services="The family is asked first")

    def approve(self) -> None:
        """The record is read and approved."""
        read = meeting_records.record_of(self.store, self.who, self.team.meeting, self.now())
        command = self.command()
        meeting_records.approve(self.store, self.who, self.team.meeting, read.digest, self.now(), command=command)


def _sit(url: str, some: list[Team], began: float) -> Tally:
    """Some of the meetings, in a process of their own, a thread a person."""
    store, whole = open_store(url), Tally()
    people = [Person(store, team, who, began) for team in some for who in team.people]
    with ThreadPoolExecutor(len(people)) as pool:
        for tally in pool.map(lambda one: one.chair() if one.who.role == Role.CHAIR else one.member(), people):
            whole.add(tally)
    store.close()
    return whole


def held(url: str, sitting: list[Team]) -> Tally:
    """Every meeting at once; what all of them measured."""
    began, whole = time.perf_counter() + 3, Tally()
    parts = [sitting[n::PROCESSES] for n in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for tally in pool.map(_sit, [url] * PROCESSES, parts, [began] * PROCESSES):
            whole.add(tally)
    return whole
