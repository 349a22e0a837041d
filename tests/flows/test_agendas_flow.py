"""The agendas' flow against a real Prefect server: hourly, named by nothing, and done once however often it runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from ruamel.yaml import YAML

from flows.agendas import agendas
from mdt.board import meeting
from mdt.casework.check import check
from mdt.errors import Busy
from mdt.facts import Fact
from tests import making
from tests.meetings import CHAIR, with_cases

if TYPE_CHECKING:
    from mdt.store import Store

# One worker takes them all, so that one server is enough.
pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("server")
def test_the_flow_proposes_what_is_due_and_running_again_proposes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = with_cases(store, 2)
    before = view.course.starts_at - timedelta(days=2)
    assert agendas() == 0  # on Monday at nine the meeting is more than two weeks ahead
    monkeypatch.setattr("flows.ground.now", lambda: before)
    assert agendas() == 1
    once = making.everything(store)
    assert agendas() == 0
    assert making.everything(store) == once
    after = meeting.meeting_view(store, CHAIR, view.id, before)
    assert after.course.proposed_at == before
    for line in view.lines:
        assert Fact.PACKET_READY in {e.fact for e in making.history(store, line.case_id)}
    with get_client(sync_client=True) as client:
        runs = [run for run in client.read_flow_runs() if run.parameters == {}]
    assert runs
    assert check(store).faults == []


@pytest.mark.usefixtures("server")
def test_a_run_that_meets_a_busy_database_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    view = with_cases(store, 1)
    monkeypatch.setattr("flows.ground.now", lambda: view.course.starts_at - timedelta(days=2))
    failures, real = [Busy("Somebody else is writing just now.")], store

    def once_busy() -> Store:
        if failures:
            raise failures.pop()
        return real

    monkeypatch.setattr("flows.ground.store", once_busy)
    assert agendas.with_options(retry_delay_seconds=0)() == 1
    assert failures == []


def test_prefect_yaml_runs_it_each_hour_in_connecticuts_time() -> None:
    declared: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    (of_it,) = [one for one in declared if one["entrypoint"] == "flows/agendas.py:agendas"]
    assert of_it["schedules"] == [{"cron": "20 * * * *", "timezone": "America/New_York"}]
    assert "parameters" not in of_it
