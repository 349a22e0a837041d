"""The demonstration's meeting of today: there once, whole, and ready to be opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mdt import demo, demo_meeting
from mdt.board import meeting
from mdt.casework.check import check
from mdt.scenario import PEOPLE
from mdt.store import open_store, outbox

if TYPE_CHECKING:
    import pytest

NOW = datetime(2026, 11, 28, 16, tzinfo=UTC)  # a Saturday in Connecticut
CHAIR = PEOPLE["chairperson"]


def test_the_chairperson_of_the_demonstration_finds_a_meeting_of_today_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdt.scenario.scenarios", list)  # the other stories are another test's
    demo.ensure(database_url, NOW)
    for _ in range(2):
        demo_meeting.ensure(database_url, NOW)
    store = open_store(database_url)
    (found,) = [m for m in meeting.meetings(store, CHAIR, NOW) if m.special]
    assert (found.starts_at, found.cases) == (NOW + timedelta(minutes=5), demo_meeting.CASES_OF_TODAY)
    view = meeting.meeting_view(store, CHAIR, found.id, NOW)
    assert all(line.reasons for line in view.lines)
    given = [came for line in view.lines for _, came in line.updates]
    assert any(given)
    assert not all(given)
    assert outbox.waiting(store) == 0
    assert check(store).faults == []
