"""The flows against a real Prefect server: named by opaque ids, done once, and harmless when Prefect is away."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, temporary_settings
from ruamel.yaml import YAML

from flows import carry, ground, schedules
from flows.deadlines import deadlines
from flows.route import STEPS, route_referral, route_referrals
from flows.screening import screening
from mdt import settings
from mdt.casework import routing
from mdt.casework.check import check
from mdt.errors import Busy, LawError
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.law.rulebook import Rulebook, load
from mdt.records import tables
from mdt.store import outbox
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.store import Store
    from tests.prefect_server import Server

# One worker takes them all, so that one server is enough.
pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]
F = Fact
ME = "test:1"


class Stop(Exception):
    """What a test ends an endless loop with."""


def victim(store: Store, number: str = "R-1") -> str:
    case_id = making.taken(store, report_no=number)
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "identify_victim")
    return case_id


def facts(store: Store, case_id: str) -> list[Fact]:
    return [e.fact for e in making.history(store, case_id)]


def runs_since(known: set[Any]) -> list[Any]:
    with get_client(sync_client=True) as client:
        return [run for run in client.read_flow_runs() if run.id not in known]


def known_runs() -> set[Any]:
    return {run.id for run in runs_since(set())}


def after(count: int) -> Callable[..., Any]:
    """A sleep that does not sleep, and stops the loop at the n-th call."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == count:
            raise Stop(slept)

    return sleep


@pytest.mark.usefixtures("server")
def test_a_referral_is_carried_by_a_run_named_by_its_case_with_a_run_for_each_step(store: Store) -> None:
    case_id, known = victim(store), known_runs()
    route_referral(case_id)
    done = facts(store, case_id)
    assert {F.CASE_PLACED, F.PUT_ON_AGENDA, F.MEMBERS_TOLD, F.NEEDS_PROPOSED, F.COMPENSATION_TRACK_OPENED} <= set(done)
    runs = runs_since(known)
    assert {run.name for run in runs} == {case_id}
    assert {run.state_name for run in runs} == {"Completed"}
    assert len(runs) == 1 + len(STEPS)
    assert {str(v) for run in runs for v in run.parameters.values()} == {case_id, str([case_id])}


@pytest.mark.usefixtures("server")
def test_a_run_does_only_the_steps_that_wait_and_running_again_does_nothing(store: Store) -> None:
    case_id, known = making.taken(store), known_runs()
    route_referral(case_id)
    assert len(runs_since(known)) == 3  # itself, likeness and screening
    before, known = making.everything(store), known_runs()
    route_referral(case_id)
    assert making.everything(store) == before
    assert len(runs_since(known)) == 1


@pytest.mark.usefixtures("server")
def test_many_cases_are_carried_by_one_run_a_step(store: Store) -> None:
    case_ids, known = [victim(store, f"R-{n}") for n in range(4)], known_runs()
    route_referrals(case_ids)
    assert all(F.COMPENSATION_TRACK_OPENED in facts(store, case_id) for case_id in case_ids)
    runs = runs_since(known)
    assert len(runs) == 1 + len(STEPS)
    assert {run.name for run in runs} == {f"4 cases from {case_ids[0]}"}
    assert check(store).faults == []


@pytest.mark.usefixtures("server")
def test_a_step_that_fails_once_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, real, failures = making.taken(store), routing.screen, [Busy("Somebody else is writing just now.")]

    def screen(*given: Any) -> int:
        if failures:
            raise failures.pop()
        return real(*given)

    monkeypatch.setattr(routing, "screen", screen)
    assert screening([case_id]) == 1
    assert F.CASE_PLACED in facts(store, case_id)


@pytest.mark.usefixtures("server")
def test_the_sweep_tells_what_time_has_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    making.taken(store)
    monkeypatch.setattr("flows.ground.now", lambda: MONDAY.replace(month=6))
    told = deadlines()
    assert told > 0
    with store.read() as connection:
        assert len(connection.execute(tables.NOTICES.select()).all()) == told
    assert deadlines() == 0


@pytest.mark.usefixtures("server")
def test_the_carrier_takes_what_is_pending_to_the_flows(store: Store) -> None:
    case_ids = [making.taken(store, report_no=f"R-{n}") for n in range(carry.ALONE)]
    assert carry.carry_some(store, ME) == len(case_ids)
    assert all(F.CASE_PLACED in facts(store, case_id) for case_id in case_ids)
    assert outbox.waiting(store) == 0
    assert carry.carry_some(store, ME) == 0


@pytest.mark.usefixtures("server")
def test_the_carrier_takes_many_cases_in_one_run(store: Store) -> None:
    case_ids, known = [making.taken(store, report_no=f"R-{n}") for n in range(carry.ALONE + 1)], known_runs()
    do(store, case_ids[0], "notify_police")
    assert carry.carry_some(store, ME) == len(case_ids) + 1
    assert len(runs_since(known)) == 3  # itself, likeness and screening
    assert outbox.waiting(store) == 0


@pytest.mark.usefixtures("server")
def test_a_case_that_fails_by_itself_stops_no_other_and_is_carried_when_the_lease_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_ids = [making.taken(store, report_no=f"R-{n}") for n in range(carry.ALONE + 2)]
    bad = case_ids[1]

    def run(ids: list[str]) -> bool:
        return bad not in ids and real(ids)

    real = carry._run  # noqa: SLF001
    with monkeypatch.context() as patch:
        patch.setattr(carry, "_run", run)
        assert carry.carry_some(store, ME) == len(case_ids)
        assert carry.carry_some(store, ME) == 0
    assert [F.CASE_PLACED in facts(store, case_id) for case_id in case_ids] == [case_id != bad for case_id in case_ids]
    assert (outbox.waiting(store), outbox.takers(store)) == (1, {ME})
    later = carry.ground.now() + outbox.LEASE * 2
    monkeypatch.setattr(carry.ground, "now", lambda: later)
    assert carry.carry_some(store, ME) == 1
    assert F.CASE_PLACED in facts(store, bad)
    assert outbox.waiting(store) == 0


@pytest.mark.usefixtures("server")
def test_a_run_that_fails_is_not_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_case_id: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(carry, "route_referral", fails)
    assert not carry._run(["a"])  # noqa: SLF001


def test_what_prefect_left_undone_is_free_again_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    making.taken(store)
    monkeypatch.setattr(carry, "_run", lambda _ids: False)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert carry.carry_some(store, ME) == 1
    assert (outbox.waiting(store), outbox.takers(store)) == (1, set())


def test_a_busy_database_is_tried_again_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise Busy

    making.taken(store)
    monkeypatch.setattr(outbox, "take", busy)
    assert carry.carry_some(store, ME) == 0
    assert outbox.waiting(store) == 1


def test_while_prefect_is_away_the_rows_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    making.taken(store)
    monkeypatch.setattr(carry.time, "sleep", after(3))
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert not carry.prefect_answers()
        with pytest.raises(Stop) as slept:
            carry.carry()
    assert slept.value.args[0] == [carry.AWAY] * 3
    assert outbox.waiting(store) == 1
    assert outbox.takers(store) == set()


@pytest.mark.usefixtures("server")
def test_the_carrier_sweeps_once_carries_what_is_there_and_rests(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    making.taken(store)
    known = known_runs()
    assert carry.prefect_answers()
    monkeypatch.setattr(carry.time, "sleep", after(3))
    with pytest.raises(Stop) as slept:
        carry.carry()
    assert slept.value.args[0] == [0, carry.IDLE, carry.IDLE]
    assert outbox.waiting(store) == 0
    assert len(runs_since(known)) == 4  # the sweep, the referral, its likeness, its screening


def test_a_sweep_that_fails_does_not_stop_the_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError

    monkeypatch.setattr(carry, "deadlines", fails)
    assert not carry.sweep_once()


def test_what_a_dead_carrier_of_this_machine_held_is_free_at_once(store: Store) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    takers = [f"{carry.HERE}:{dead.pid}", f"{carry.HERE}:{os.getpid()}", f"elsewhere:{dead.pid}", f"{carry.HERE}:1"]
    for n, by in enumerate(takers):
        making.taken(store, report_no=f"R-{n}")
        outbox.take(store, by, MONDAY, 1)
    assert carry.free_the_dead(store) == 1
    assert outbox.takers(store) == set(takers[1:])
    assert carry.free_the_dead(store) == 0


def test_the_clock_of_the_flows_is_aware() -> None:
    assert ground.now().utcoffset() is not None


def declared() -> list[dict[str, Any]]:
    return YAML(typ="safe").load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_the_schedules_served_here_are_those_of_prefect_yaml_in_connecticuts_time() -> None:
    wanted = {d["name"]: [(s["cron"], s["timezone"]) for s in d["schedules"]] for d in declared() if "schedules" in d}
    served = {
        d.name.removesuffix("-here"): [(s.schedule.cron, s.schedule.timezone) for s in d.schedules]
        for d in schedules.scheduled()
    }
    assert served == wanted
    assert {zone for each in wanted.values() for _, zone in each} == {str(EASTERN)}


def test_every_flow_has_a_deployment() -> None:
    flows = {f"flows/{p.name}:{node.name}" for p, node in _flow_functions()}
    assert {d["entrypoint"] for d in declared()} == flows


@pytest.mark.parametrize(("answers", "times"), [(True, 2), (False, 0)])
def test_the_schedules_are_served_again_whenever_prefect_is_there(
    answers: bool, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []

    def serve(*deployments: Any, **_: Any) -> None:
        served.append(deployments)
        raise ConnectionError

    monkeypatch.setattr(schedules, "serve", serve)
    monkeypatch.setattr(schedules, "prefect_answers", lambda: answers)
    monkeypatch.setattr(schedules.time, "sleep", after(2))
    with pytest.raises(Stop):
        schedules.keep()
    assert len(served) == times


def test_prefect_deploy_registers_every_deployment_with_its_schedule(server: Server) -> None:
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="mdt", type="process"), overwrite=True)
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
            cwd=ROOT, env=server.environment | {"MDT_SOURCE": str(ROOT)}, capture_output=True, text=True, timeout=150,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        found = {d.name: d for d in client.read_deployments()}
    assert set(found) >= {d["name"] for d in declared()}
    assert {found[d["name"]].work_pool_name for d in declared()} == {"mdt"}
    hourly = [(s.schedule.cron, s.schedule.timezone) for s in found["deadlines"].schedules]
    assert hourly == [("5 * * * *", "America/New_York")]


def test_whoever_starts_the_flows_nothing_calls_home() -> None:
    ask = (
        "import sys, flows, os\n"
        "assert 'prefect' not in sys.modules\n"
        "from prefect.settings import get_current_settings\n"
        "from prefect._internal.analytics import is_telemetry_enabled\n"
        "print(is_telemetry_enabled(), get_current_settings().server.analytics_enabled, os.environ['DO_NOT_TRACK'])"
    )
    told = {name: value for name, value in os.environ.items() if name not in ("DO_NOT_TRACK", "CI") and "PREFECT" not in name}
    for given, answer in (({}, "False False 1"), ({"DO_NOT_TRACK": "yes"}, "False False yes")):
        said = subprocess.run(
            [sys.executable, "-c", ask], cwd=ROOT, env=told | given, capture_output=True, text=True, check=True
        )
        assert said.stdout.strip() == answer


def test_rules_that_do_not_fit_the_process_stop_the_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Rulebook({}, load().standards, {})
    monkeypatch.setattr("mdt.process.load", lambda: book)
    with pytest.raises(LawError, match="The process names a rule that does not exist"):
        ground.store()


def _flow_functions() -> list[tuple[Path, ast.FunctionDef]]:
    trees = [(p, ast.parse(p.read_text(encoding="utf-8"))) for p in sorted((ROOT / "flows").glob("*.py"))]
    functions = [(p, node) for p, tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [(p, node) for p, node in functions if any("flow(" in ast.unparse(d) for d in node.decorator_list)]


def test_a_flow_is_at_most_thirty_lines_and_takes_nothing_but_case_ids() -> None:
    found = _flow_functions()
    assert len(found) >= 7
    assert [node.name for _, node in found if (node.end_lineno or 0) - node.lineno >= 30] == []
    assert {arg.arg for _, node in found for arg in node.args.args} <= {"case_id", "case_ids"}


@pytest.mark.usefixtures("store")
def test_the_flows_use_the_database_of_the_settings() -> None:
    assert str(ground.store().engine.url) == settings.database_url()
