"""A browser's window without a browser: it speaks Streamlit's websocket as the page's own script does.

It keeps what the last whole run of the page drew, sends a click or what was typed with the state of the other widgets in
sight, runs the clocks of fragments that draw themselves, and notes every error that the page shows.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.proto.Element_pb2 import Element

PATIENCE = 90.0  # seconds until a click that nothing followed counts as an error
MEANWHILE = "Meanwhile somebody else"  # how the page says that a case or a meeting has moved: she looks again
WIDGETS = ("button", "text_area", "text_input", "selectbox", "radio", "date_input", "checkbox")


@dataclass(slots=True)
class Noted:
    """What the windows went through: seconds by kind, errors by what they said, runs of the page, bytes that came."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    came: int = 0

    def took(self, kind: str, since: float) -> None:
        """It began at `since` and is done."""
        self.times.setdefault(kind, []).append(time.perf_counter() - since)


class Window:
    """One person's window."""

    def __init__(self, url: str, noted: Noted, seen: Callable[[Window], None]) -> None:
        """Not open yet. `seen`: told after each whole run of the page."""
        self.url, self.noted, self.seen = url, noted, seen
        self.screen: list[Element] = []
        self.was_told = False  # that something moved meanwhile, by the run that drew this screen
        self._drawing: list[Element] = []
        self._fragments: list[str] = []  # those of the run being drawn; none: the whole page
        self._states: dict[str, WidgetState] = {}
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._page, self._run, self._asked, self._looked = "", 0, 0, 0.0
        self._ran = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and ask for the page for the first time."""
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")],
            origin=Origin(self.url), max_size=None, compression=None, open_timeout=PATIENCE, ping_timeout=None, proxy=None,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._socket))
        await self._ask()
        await self.until(lambda: bool(self.screen), "the first page")

    async def close(self) -> None:
        """Gone; what comes now is no loss."""
        for clock in (*self._clocks.values(), self._reading):
            if clock is not None:
                clock.cancel()
        if self._socket is not None:
            await self._socket.close()

    @property
    def is_lost(self) -> bool:
        """Whether the connection broke off."""
        return self._reading is None or self._reading.done()

    def find(self, kind: str, what: str) -> Element | None:
        """The widget of that kind whose key ends so or whose label is this; a field's label may go on."""
        for one in self.screen:
            if one.WhichOneof("type") == kind:
                widget = getattr(one, kind)
                named = widget.label == what if kind == "button" else widget.label.startswith(what)
                if named or widget.id.endswith(f"-{what}"):
                    return one
        return None

    def has(self, what: str) -> bool:
        """Whether such a button is in sight and can be pressed."""
        found = self.find("button", what)
        return found is not None and not found.button.disabled

    def text(self) -> str:
        """All texts in sight."""
        return "\n".join(one.markdown.body or one.heading.body or one.alert.body for one in self.screen)

    async def press(self, what: str, until: Callable[[], bool], kind: str = "click") -> bool:
        """Press a button and wait for what follows; whether it did, and not that something had moved meanwhile."""
        if not self.has(what):
            self.noted.errors[f"no button: {what.rpartition('-')[0] or what}"] += 1
            return False
        found = self.find("button", what)
        began, self._asked = time.perf_counter(), self._run
        if found is not None:
            await self._ask(WidgetState(id=found.button.id, trigger_value=True))
        done = await self.until(lambda: self._run > self._asked and (until() or self.was_told), kind)
        if done and not self.was_told:
            self.noted.took(kind, began)
        self.noted.moved += self.was_told
        return done and not self.was_told

    async def fill(self, kind: str, what: str, value: str) -> None:
        """Type into a field or choose, and leave it: the page is drawn with it."""
        found = self.find(kind, what)
        if found is None:
            self.noted.errors[f"no field: {what}"] += 1
            return
        state = WidgetState(id=getattr(found, kind).id)
        if kind == "date_input":
            state.string_array_value.data.append(value)
        else:
            state.string_value = value
        self._states[state.id] = state
        began, before = time.perf_counter(), self._run
        await self._ask()
        if await self.until(lambda: self._run > before, "fill"):
            self.noted.took("fill", began)

    async def until(self, so: Callable[[], bool], what: str) -> bool:
        """Wait until it is so; whether it was before patience ended. If not, that is an error."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not so():
                    self._ran.clear()
                    await self._ran.wait()
        except TimeoutError:
            self.noted.errors[f"nothing followed: {what}"] += 1
            return False
        return True

    async def _ask(self, *pressed: WidgetState, fragment: str = "") -> None:
        """Ask for the page, or for a fragment of it by its clock; what the page was asked for takes the clock's place."""
        self._looked = (self._looked or time.perf_counter()) if fragment else 0.0
        asked = BackMsg()
        state = asked.rerun_script
        state.page_script_hash, state.fragment_id, state.is_auto_rerun = self._page, fragment, bool(fragment)
        state.widget_states.widgets.extend((*self._states.values(), *pressed))
        if self._socket is not None:
            await self._socket.send(asked.SerializeToString())

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for content in socket:
                self.noted.came += len(content)
                message = ForwardMsg()
                message.ParseFromString(content if isinstance(content, bytes) else content.encode())
                self._take(message)
        except ConnectionClosed:
            pass  # the end of reading is what tells: `is_lost`
        self._ran.set()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._draw(message)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._set_clock(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop_clock(fragment)
        elif kind == "script_finished":
            self._finish(message.script_finished)

    def _begin(self, message: ForwardMsg) -> None:
        self._drawing, self._fragments = [], list(message.metadata.run.fragment_ids)
        if not self._fragments:
            for fragment in list(self._clocks):
                self._stop_clock(fragment)

    def _draw(self, message: ForwardMsg) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        one = message.delta.new_element
        self._drawing.append(one)
        kind = one.WhichOneof("type")
        if kind == "exception":
            self.noted.errors[f"exception: {one.exception.type}"] += 1
        elif kind == "alert" and one.alert.format == Alert.ERROR and MEANWHILE not in one.alert.body:
            self.noted.errors[f"error: {one.alert.body[:80]}"] += 1

    def _finish(self, status: int) -> None:
        self.noted.runs[ForwardMsg.ScriptFinishedStatus.Name(status)] += 1
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.noted.errors["the page could not be compiled"] += 1
        if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY and self._looked:
            self.noted.took("look", self._looked)
            self._looked = 0.0
        if status != ForwardMsg.FINISHED_SUCCESSFULLY:
            return
        self.screen, self._run = self._drawing, self._run + 1
        self.was_told = any(MEANWHILE in one.alert.body for one in self.screen)
        in_sight = {getattr(one, kind).id for one in self.screen if (kind := one.WhichOneof("type")) in WIDGETS}
        self._states = {key: state for key, state in self._states.items() if key in in_sight}
        if self._looked:
            self.noted.took("redraw", self._looked)
            self._looked = 0.0
        self.seen(self)
        self._ran.set()

    def _set_clock(self, fragment: str, every: float) -> None:
        if fragment not in self._clocks:
            self._clocks[fragment] = asyncio.create_task(self._tick(fragment, every))

    def _stop_clock(self, fragment: str) -> None:
        if clock := self._clocks.pop(fragment, None):
            clock.cancel()

    async def _tick(self, fragment: str, every: float) -> None:
        while not self.is_lost:
            await asyncio.sleep(every)
            await self._ask(fragment=fragment)
