"""A browser's tab without a browser: it speaks Streamlit's websocket, keeps what is on the page, and clicks by name.

What a page looks like is not its matter: it holds the elements by where they stand, the values of the widgets, and the
fragments that run by themselves, and counts whatever a person would see as an error.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.proto.Element_pb2 import Element
    from websockets.asyncio.client import ClientConnection

PATIENCE = 180.0  # seconds; whoever waits longer has given up
BIGGEST = 64 * 2**20
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN


class GaveUp(Exception):
    """Something that a person waited for did not come."""


class Tab:
    """One person's tab. `times`: seconds by kind; `errors`: what she would have seen of an error, by kind."""

    def __init__(self, url: str) -> None:
        """Nothing is opened yet."""
        self.url = url.replace("http://", "ws://") + "/_stcore/stream"
        self.times: dict[str, list[float]] = {}
        self.errors: Counter[str] = Counter()
        self.page = ""
        self.runs = 0
        self._values: dict[str, WidgetState] = {}
        self._elements: dict[tuple[int, ...], tuple[str, Element]] = {}
        self._fragments: dict[str, asyncio.Task[None]] = {}
        self._looking: set[asyncio.Task[None]] = set()
        self._rests = asyncio.Event()
        self._asked = asyncio.Lock()
        self._socket: ClientConnection | None = None
        self._listens: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Come to the first page."""
        self._socket = await connect(self.url, subprotocols=["streamlit"], max_size=BIGGEST, open_timeout=PATIENCE,
                                     ping_timeout=None)  # type: ignore[list-item]  # fmt: skip
        self._listens = asyncio.create_task(self._listen())
        await self._ask("first page")

    async def close(self) -> None:
        """Leave."""
        for task in self._looking:
            task.cancel()
        if self._listens:
            self._listens.cancel()
        if self._socket:
            await self._socket.close()

    async def _listen(self) -> None:
        assert self._socket is not None  # noqa: S101  # it was opened before
        try:
            async for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._take(message)
        except Exception as lost:  # noqa: BLE001  # counted: nobody may lose the connection
            self.errors[f"connection: {type(lost).__name__}"] += 1
            self._rests.set()

    def _take(self, message: ForwardMsg) -> None:
        kind, whole = message.WhichOneof("type"), not message.metadata.run.fragment_ids
        if kind == "new_session" and whole:
            self.page, self.runs = message.new_session.page_script_hash, self.runs + 1
            self._elements.clear()
            self._fragments.clear()  # those of the run before end by themselves
        elif kind == "delta":
            self._draw(tuple(message.metadata.delta_path), message)
        elif kind == "auto_rerun":
            self._again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "script_finished" and message.script_finished != EARLY:
            self._rests.set()

    def _draw(self, path: tuple[int, ...], message: ForwardMsg) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type") or ""
        self._elements[path] = (kind, element)
        if kind == "exception":
            self.errors["exception on the page"] += 1
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors[f"told: {element.alert.body[:60]}"] += 1

    def _again(self, fragment: str, interval: float) -> None:
        if fragment not in self._fragments:
            task = asyncio.create_task(self._look(fragment, interval))
            self._fragments[fragment] = task
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _look(self, fragment: str, interval: float) -> None:
        """A fragment looks again and again, as the browser has it do, whether it has to be drawn anew."""
        while True:
            await asyncio.sleep(interval)
            if self._fragments.get(fragment) is not asyncio.current_task():
                return
            before = self.runs
            took = await self._ask("", fragment)
            self.times.setdefault("drawn anew by itself" if self.runs > before else "look", []).append(took)
            if self.runs > before:
                return

    async def _ask(self, kind: str, fragment: str = "", pressed: str = "") -> float:
        """Have the page run, whole or a fragment; how many seconds until it rests."""
        assert self._socket is not None  # noqa: S101  # it was opened before
        async with self._asked:
            message = BackMsg()
            state = message.rerun_script
            state.page_script_hash, state.fragment_id, state.is_auto_rerun = self.page, fragment, bool(fragment)
            for value in self._values.values():
                state.widget_states.widgets.append(value)
            if pressed:
                state.widget_states.widgets.add(id=pressed, trigger_value=True)
            self._rests.clear()
            began = time.perf_counter()
            try:
                await self._socket.send(message.SerializeToString())
                await asyncio.wait_for(self._rests.wait(), PATIENCE)
            except Exception as failure:  # noqa: BLE001  # counted
                self.errors[f"{kind or 'look'}: {type(failure).__name__}"] += 1
            took = time.perf_counter() - began
        if kind:
            self.times.setdefault(kind, []).append(took)
        return took

    def _all(self, kind: str) -> Iterator[Any]:
        return (getattr(element, kind) for name, element in list(self._elements.values()) if name == kind)

    def find(self, kind: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401  # whichever widget it is
        """The first widget of a kind that fits; None if there is none."""
        return next((one for one in self._all(kind) if fits(one)), None)

    async def wait_for(self, kind: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401  # whichever widget it is
        """The same, once it is there. Raises `GaveUp`."""
        until = time.perf_counter() + PATIENCE
        while (found := self.find(kind, fits)) is None:
            if time.perf_counter() > until:
                self.errors[f"waited in vain for a {kind}"] += 1
                raise GaveUp(kind)
            await asyncio.sleep(0.2)
        return found

    async def press(self, fits: Callable[[Any], bool], kind: str) -> float:
        """Press a button; the seconds until the page rests are kept as of that kind."""
        button = await self.wait_for("button", fits)
        return await self._ask(kind, pressed=button.id)

    async def choose(self, kind: str, label: str, **value: object) -> None:
        """Set a widget by its label, and let the page answer, as when the caret leaves it."""
        widget = await self.wait_for(kind, lambda one: one.label == label)
        self._values[widget.id] = WidgetState(id=widget.id, **value)  # type: ignore[arg-type]
        await self._ask("field")

    def ids(self, kind: str, fits: Callable[[Any], bool]) -> list[str]:
        """The ids of every widget of a kind that fits."""
        return [str(one.id) for one in self._all(kind) if fits(one)]

    async def press_id(self, widget: str, kind: str) -> float:
        """Press the button of that id."""
        return await self._ask(kind, pressed=widget)

    async def open_page(self, label: str, kind: str) -> None:
        """Follow a link of the bar."""
        link = await self.wait_for("page_link", lambda one: one.label == label)
        self.page = link.page_script_hash
        await self._ask(kind)


def keyed(key: str) -> Callable[[Any], bool]:
    """Whether a widget has that key of our own."""
    return lambda one: one.id.endswith(f"-{key}") and not getattr(one, "disabled", False)


def named(label: str) -> Callable[[Any], bool]:
    """Whether a widget says that."""
    return lambda one: one.label == label and not getattr(one, "disabled", False)
