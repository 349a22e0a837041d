"""A database with people, teams and a few placed cases, and the board signed in as one of the people."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from mdt import settings
from mdt.board.case import case_view
from mdt.board.people import people
from mdt.casework import ACT, carry_out, intake, routing
from mdt.casework.meetings import establish_teams
from mdt.demo import add_people
from mdt.store.engine import shared

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.board.case import CaseView
    from mdt.casework import Receipt
    from mdt.store import Store

ROOT = Path(__file__).parents[2]
APP = ROOT / "dashboard" / "app.py"
REFERRALS = ROOT / "tests" / "data" / "referrals.csv"
SOME = 8


@dataclass
class Office:
    """The store, its people by role and its cases; what a colleague does there; and the board."""

    store: Store
    people: dict[str, Viewer]
    cases: list[str]

    def view(self, case_id: str) -> CaseView:
        return case_view(self.store, self.people["intake worker"], case_id, datetime.now(UTC))

    def flows_run(self) -> None:
        """What the flows do, without Prefect."""
        now = datetime.now(UTC)
        for follow in (routing.screen, routing.prepare_review, routing.propose_services, routing.open_compensation):
            follow(self.store, self.cases, now)

    def engage(self, case_id: str) -> None:
        """Draw the advocate into the case."""
        who = self.people["victim advocate"].id
        self.record("intake supervisor", case_id, "engage_person", f"engage-{case_id}", person=who)

    def record(self, role: str, case_id: str, act: str, command: str, **said: object) -> Receipt:
        now = datetime.now(UTC)
        form = ACT[act].form.model_validate({"happened_at": now, **said})
        return carry_out(self.store, case_id, ACT[act], form, by=self.people[role], now=now, command=command)

    def sign_in(self, role: str, case_id: str | None = None) -> AppTest:
        """The board as this person sees it first; or the page of a case."""
        board = AppTest.from_file(str(APP), default_timeout=30).run()
        board.button(key=f"sign-in-{self.people[role].id}").click().run()
        if case_id:
            board.session_state["case"] = case_id
            board.run()
            board.switch_page("case.py").run()
        return board


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("MDT_DEMO", "1")
    store = shared(settings.database_url())
    add_people(store)
    establish_teams(store)
    them = {person.role: person for person in people(store)}
    with REFERRALS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(enumerate(csv.DictReader(file), 2))[:SOME]
    now = datetime.now(UTC)
    cases = intake.receive_rows(store, rows, by=them["intake worker"], now=now).taken
    routing.screen(store, cases, now)
    return Office(store, them, cases)


def shown(board: AppTest) -> str:
    """Every word on the page."""
    texts = [*board.markdown, *board.caption, *board.header, *board.subheader, *board.success, *board.error, *board.title]
    labels = [element.label for element in (*board.button, *board.expander, *board.tabs)]
    return "\n".join([*(text.value for text in texts), *labels, *(info.value for info in (*board.info, *board.text))])


def fine(board: AppTest) -> AppTest:
    """The page, once it is sure that it drew itself without an error of ours."""
    assert [error.value for error in board.exception] == []
    assert [error.value for error in board.error if "Something went wrong" in error.value] == []
    return board
