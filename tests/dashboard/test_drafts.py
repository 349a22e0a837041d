"""What is typed outlives the session: offered to whoever typed it, whole, and recorded once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from dashboard.words import moment
from mdt import settings
from mdt.casework import drafts
from mdt.facts import Fact
from mdt.records.tables import DRAFTS, LEDGER

from .conftest import fine, shown
from .test_pages import press, radio

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from .conftest import Office

CANARY = "Zqx Vinecliff told of it"
OFFER = "You began this on "


def begun(office: Office) -> AppTest:
    """A worker who classifies a report and has typed a note, when something breaks off."""
    board = fine(office.sign_in("intake worker", office.cases[0]))
    press(board, "Classify the report")
    radio(board, "Class", "emergency")
    note(board).set_value(CANARY)
    return fine(board.run())


def anew(office: Office, role: str = "intake worker") -> AppTest:
    """Somebody comes, by another session, to the same case."""
    return fine(office.sign_in(role, office.cases[0]))


def note(board: AppTest):  # noqa: ANN201  # a text area
    (found,) = [area for area in board.text_area if area.label.startswith("Note")]
    return found


def classes(board: AppTest) -> list[object]:
    return [found.value for found in board.radio if found.label == "Class"]


def kept(office: Office) -> list[str]:
    with office.store.read() as connection:
        return [row.form for row in connection.execute(select(DRAFTS.c.form))]


def command_of(office: Office) -> str:
    (form,) = kept(office)
    found = drafts.found(office.store, office.people["intake worker"], form, moment_now())
    assert found
    return found.command


def moment_now():  # noqa: ANN201
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.now(UTC)
