"""What each does at her window: comes in, accepts the statement, follows the chairperson; who leads calls and decides."""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.window import Noted, Window
from mdt.law.period import local_date
from mdt.policy import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.teams import Team
    from mdt.access import Viewer

SPEAKS = 15.0  # seconds between two statements of members of one meeting, about
STEPS_OF_A_CASE = 14  # clicks and fields of the chairperson
STATEMENT = "answer-room-record_statement"
_PLACE = re.compile(r"\*\*Case (\d+) of (\d+)\*\*")


@dataclass(slots=True)
class Sitting:
    """A meeting as it is being held: its team, where its people's windows are, and when each case was called."""

    team: Team
    url: str
    noted: Noted
    until: float = 0.0  # on the clock of `time.perf_counter`
    called: dict[int, float] = field(default_factory=dict)
    decided: int = 0
    adjourned: bool = False


class Person:
    """Somebody at her window."""

    def __init__(self, sitting: Sitting, who: Viewer) -> None:
        """She has not come yet."""
        self.sitting, self.who, self.at = sitting, who, 0
        self.window = Window(sitting.url, sitting.noted, self.sees)
        self.random = random.Random(who.id)  # noqa: S311  # who speaks when, the same in each run

    @property
    def leads(self) -> bool:
        """Whether she is the chairperson."""
        return self.who.role == Role.CHAIR

    def sees(self, _window: Window) -> None:
        """The page was drawn; noted is how long after it was called she sees the case."""
        found = _PLACE.search(self.window.text())
        at = int(found[1]) if found else 0
        if at != self.at and at in self.sitting.called and not self.leads:
            self.sitting.noted.took("followed", self.sitting.called[at])
        self.at = at

    async def press(self, what: str, until: Callable[[], bool], kind: str = "click") -> bool:
        """Press it, again if she was told that something had moved meanwhile."""
        for _ in range(8):
            told = self.sitting.noted.moved
            if await self.window.press(what, until, kind):
                return True
            if self.sitting.noted.moved == told:
                return False
        self.sitting.noted.errors[f"moved eight times: {kind}"] += 1
        return False

    async def comes(self) -> None:
        """Sign in, open the meeting, accept the statement, go into the room; who leads opens it."""
        window = self.window
        await window.open()
        meeting = f"meeting-{self.sitting.team.meeting}"
        await self.press(f"sign-in-{self.who.id}", lambda: window.has(meeting), "sign in")
        await self.press(meeting, lambda: window.has("accept"), "open the meeting's page")
        await self.press("accept", lambda: not window.has("accept"), "accept")
        if self.leads:
            await self.press("Open the meeting", lambda: window.has("room-next"), "into the room")
        else:
            await window.until(lambda: window.has("Into the room"), "the meeting is opened")
            await self.press("Into the room", lambda: window.has("room-previous") or window.has("leave"), "into the room")

    async def listens(self) -> None:
        """Follow the chairperson, and now and then say something."""
        others = len(self.sitting.team.people) - 1
        while not self.window.is_lost:
            await asyncio.sleep(self.random.uniform(0, 2 * SPEAKS * others))
            if self.window.has(STATEMENT) and time.perf_counter() < self.sitting.until:
                await self.says("statement")

    async def says(self, kind: str) -> None:
        """A statement of her own on the case in sight."""
        window = self.window
        if await self.press(STATEMENT, lambda: bool(window.find("text_area", "What was said"))):
            await window.fill("radio", "What it is", "information")
            provider = window.find("selectbox", "Who provided it")
            await window.fill("selectbox", "Who provided it", provider.selectbox.options[0] if provider else "")
            await window.fill("text_area", "What was said", "What the agency knows")
            await self.press("Record", lambda: not window.find("text_area", "What was said"), kind)


class Chairperson(Person):
    """Who leads the meeting."""

    async def leads_it(self, begins: float, lasts: float, cases: int) -> None:
        """The roll, each case in its turn, the end; so paced that it takes so many seconds, if the board is fast enough."""
        waiting = [
            one.button.id for one in self.window.screen if "-roll-room-" in one.button.id and one.button.id.endswith("True")
        ]
        steps = len(waiting) + cases * STEPS_OF_A_CASE
        self.done, self.begins, self.every = 0, begins, lasts / steps
        for one in waiting:
            key = one.partition("-roll-room-")[2]
            await self.paced()
            await self.press(f"roll-room-{key}", lambda key=key: self._came(key), "recorded")  # type: ignore[misc]
        for n in range(1, cases + 1):
            await self.hears(n)
        self.sitting.adjourned = await self.press("adjourn", lambda: not self.window.has("leave"), "recorded")

    def _came(self, key: str) -> bool:
        found = self.window.find("button", f"roll-room-{key}")
        return found is not None and found.button.type == "primary"

    async def paced(self, steps: int = 1) -> None:
        """Wait until it is time for what comes after so many steps."""
        self.done += steps
        await asyncio.sleep(max(0.0, self.begins + self.done * self.every - time.perf_counter()))

    async def hears(self, n: int) -> None:
        """Call a case, say what is known, decide, and hear it."""
        await self.paced()
        self.sitting.called[n] = time.perf_counter()
        await self.press("room-next", lambda: self.at == n, "next case")
        await self.paced(4)
        await self.says("recorded")
        await self.paced(5)
        if await self.decides():
            self.sitting.decided += 1
        await self.paced(4)
        await self.records("hold_review", [("text_area", "Alleged", "unknown"), ("text_area", "If no", "The family is asked")])

    async def decides(self) -> bool:
        """A decision of the case; whether it was acknowledged."""
        on = local_date(datetime.now(UTC) + timedelta(days=20)).isoformat()
        fields = [("selectbox", "Who carries it out", "DCF"), ("date_input", "By when", on),
                  ("text_area", "What was decided", "What is to be done")]  # fmt: skip
        return await self.records("make_decision", fields)

    async def records(self, act: str, fields: list[tuple[str, str, str]]) -> bool:
        """Open a form, fill it in, record it; whether it was."""
        window, last = self.window, fields[-1][:2]
        if not await self.press(f"answer-room-{act}", lambda: bool(window.find(*last))):
            return False
        for kind, label, value in fields:
            await window.fill(kind, label, value)
        return await self.press("Record", lambda: not window.find(*last), "recorded")
