"""The scheduled flows of `prefect.yaml`, served from this process for an office without a worker of its own."""

from __future__ import annotations

import logging
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prefect import serve
from prefect.schedules import Cron
from ruamel.yaml import YAML

from flows.carry import prefect_answers

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment

DECLARED = Path(__file__).parent.parent / "prefect.yaml"
AGAIN = 5.0  # seconds between attempts while Prefect is away
log = logging.getLogger("mdt.schedules")


def scheduled() -> list[RunnerDeployment]:
    """The deployments of `prefect.yaml` that have a schedule."""
    declared = YAML(typ="safe").load(DECLARED.read_text(encoding="utf-8"))["deployments"]
    return [_deployment(d) for d in declared if d.get("schedules")]


def _deployment(declared: dict[str, Any]) -> RunnerDeployment:
    schedules = [Cron(s["cron"], timezone=s["timezone"]) for s in declared["schedules"]]
    deployment = _flow(declared["entrypoint"]).to_deployment(name=f"{declared['name']}-here", schedules=schedules)
    return cast("RunnerDeployment", deployment)  # a coroutine only within a running event loop


def _flow(entrypoint: str) -> Flow[..., Any]:
    path, name = entrypoint.split(":")
    flow: Flow[..., Any] = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    return flow


def keep() -> None:
    """Serve the schedules until stopped, whenever Prefect is there."""
    while True:
        if prefect_answers():
            try:
                serve(*scheduled(), print_starting_message=False, pause_on_shutdown=False)
            except Exception as failure:  # noqa: BLE001  # Prefect went away; it is served again when it returns
                log.warning("The schedules stopped: %s", type(failure).__name__)
        time.sleep(AGAIN)
