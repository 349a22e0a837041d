"""The inbox as a flow: Prefect sees counts, and neither what a file is called nor what is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prefect.client.orchestration import get_client

from flows.inbox import take_inbox
from mdt import settings
from tests import making
from tests.exchange.test_referral_files import table

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

    from mdt.store import Store
    from tests.prefect_server import Server

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(180)]
CANARY = "Canaryson"


def kept(server: Server) -> bytes:
    return b"".join(path.read_bytes() for path in server.home.rglob("*") if path.is_file())


def runs() -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return client.read_flow_runs()


def test_what_is_in_the_folder_is_taken_and_prefect_keeps_counts_alone(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.ground.now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    folder = settings.inbox() / "police-feed"
    folder.mkdir(parents=True)
    good = table(making.row(child_family_name=CANARY), making.row(report_no="R-2", mode=CANARY))
    (folder / f"{CANARY}.csv").write_text(good, encoding="utf-8")
    (folder / f"{CANARY} bad.csv").write_bytes(b"%PDF " + CANARY.encode())
    before = {run.id for run in runs()}
    assert take_inbox() == 1
    assert take_inbox() == 0
    assert [run.parameters for run in runs() if run.id not in before] == [{}, {}]
    assert CANARY.encode() not in kept(server)
    with store.read() as connection:
        assert len(list(connection.exec_driver_sql("SELECT id FROM cases"))) == 1


def test_the_folder_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.inbox() == settings.home() / "inbox"
    monkeypatch.setenv("MDT_INBOX", "/somewhere/else")
    assert str(settings.inbox()) == "/somewhere/else"
