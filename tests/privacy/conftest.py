"""The board of the pages' tests, with every message that any session sends to its browser kept to be searched."""

from __future__ import annotations

import logging
import tempfile
from typing import TYPE_CHECKING

import pytest
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1.element_tree import Selectbox

from tests.dashboard.conftest import office
from tests.privacy.canary import hits

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

__all__ = ["office"]


class Sent:
    """What went to any browser since it was last asked."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def hits(self) -> list[str]:
        """The canaries in it."""
        found, self.messages = hits(b"\n".join(self.messages)), []
        return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    kept, enqueue = Sent(), ForwardMsgQueue.enqueue

    def and_keep(self: ForwardMsgQueue, message: ForwardMsg) -> None:
        kept.messages.append(message.SerializeToString())
        enqueue(self, message)

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", and_keep)
    return kept


@pytest.fixture(autouse=True)
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Path:
    """The folder of all temporary files, this test's own; and everything is logged."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    return folder


@pytest.fixture(autouse=True)
def _words_may_be_typed_into_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser lets one where the list does; the tester of pages knows only what was in the list."""
    index = Selectbox.index.fget
    assert index

    def or_typed(self: Selectbox[str]) -> int | None:
        if self.proto.accept_new_options and self.value is not None and self.value not in self.options:
            self.options = [*self.options, self.value]
        return index(self)

    monkeypatch.setattr(Selectbox, "index", property(or_typed))
