"""Scenarios: a case's story in YAML that a lawyer can read and correct. They are the golden tests and the demo's cases.

A scenario names the referral, the acts in order of time (each by a role), and what must then be open on a day. Times are
Connecticut's. After each act the flows' consequences follow, as they would within seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

from mdt.access import Viewer
from mdt.board.case import name_things
from mdt.casework import ACT, carry_out, intake, pages, routing
from mdt.casework.sweep import sweep
from mdt.circle import OVS_AGENCY, circle
from mdt.facts import VICTIM, Fact
from mdt.history import live
from mdt.law.period import EASTERN
from mdt.policy import WHOLE_STATE, How, Role
from mdt.referral import NewReferral

if TYPE_CHECKING:
    from mdt.store import Store

FOLDER = Path(__file__).parent / "scenarios"


class Move(BaseModel):
    """One act: when it happened, who recorded it and when (at once, if not said), about which thing, and its form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    act: str
    by: str = "intake worker"
    recorded: str | None = None
    about: str = ""
    form: dict[str, Any] = Field(default={})
    refused: str | None = None


Texts = dict[str, Annotated[str, BeforeValidator(str)]]


class Expected(BaseModel):
    """What must be so at a time: the position, the tracks, and every open step with its last day or instant.

    `answered`: which of the steps that were answered were so in time, and which late.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: str
    position: str
    tracks: dict[str, str] = {}
    open: Texts = {}
    overdue: list[str] = []
    lost: list[str] = []
    answered: dict[str, Literal["in time", "late"]] = {}


class Scenario(BaseModel):
    """A story. `fixed`: its dates matter (a change of law), so the demo, which moves all to the present, leaves it out.

    `limits`: the law's last instant for a step, or the last day, or `never`. Then the step is still in time, a minute later
    overdue; a step that `then.answered` names was answered just then, or a minute later. What has no figure is never overdue.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    shows: str
    fixed: bool = False
    referral: dict[str, Any]
    acts: list[Move] = []
    limits: Texts = {}
    then: Expected


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario's case, and how far its times were moved."""

    case_id: str
    moved: timedelta


HERE = frozenset({"New Haven"})
EVERYWHERE = frozenset({WHOLE_STATE})
LOCAL_POLICE = "New Haven police"
PEOPLE: dict[str, Viewer] = {
    person.role: person
    for person in (
        Viewer("demo-1-intake", "Worker A", Role.INTAKE, "DCF", offices=EVERYWHERE),
        Viewer("demo-2-chair", "Chairperson B", Role.CHAIR, "State's Attorney", districts=EVERYWHERE),
        Viewer("demo-3-advocate", "Advocate C", Role.ADVOCATE, "Children's advocacy center"),
        Viewer("demo-4-supervisor", "Supervisor D", Role.INTAKE_SUPERVISOR, "DCF", offices=EVERYWHERE),
        Viewer("demo-5-area", "Worker E", Role.AREA_OFFICE, "DCF", offices=HERE),
        Viewer("demo-6-police", "Officer F", Role.POLICE, LOCAL_POLICE),
        Viewer("demo-7-prosecutor", "Attorney G", Role.PROSECUTOR, "State's Attorney", districts=HERE),
        Viewer("demo-8-coordinator", "Coordinator H", Role.COORDINATOR, "Children's advocacy center", districts=EVERYWHERE),
        Viewer("demo-9-member", "Member I", Role.MEMBER, "Hospital", districts=HERE),
        Viewer("demo-a-supervisor", "Supervisor J", Role.ADVOCATE_SUPERVISOR, "Children's advocacy center"),
        Viewer("demo-b-liaison", "Liaison K", Role.OVS, OVS_AGENCY),
        Viewer("demo-c-auditor", "Auditor L", Role.AUDITOR, "Office of the auditor"),
        Viewer("demo-d-administrator", "Administrator M", Role.ADMINISTRATOR, "Information technology"),
    )
}
MEMBERS: tuple[Viewer, ...] = (  # more of New Haven's team; who acts in the scenarios is one person a role
    Viewer("demo-8-member-n", "Member N", Role.MEMBER, "DCF", districts=HERE),
    Viewer("demo-8-member-o", "Detective O", Role.MEMBER, LOCAL_POLICE, districts=HERE),
    Viewer("demo-8-member-p", "Clinician P", Role.MEMBER, "Child guidance clinic", districts=HERE),
    Viewer("demo-8-member-q", "Interviewer Q", Role.MEMBER, "Children's advocacy center", districts=HERE),
)


def scenarios(folder: Path = FOLDER) -> list[tuple[str, Scenario]]:
    """Every scenario by file name, checked for form."""
    reader = YAML(typ="safe")
    return [
        (path.stem, Scenario.model_validate(reader.load(path.read_text(encoding="utf-8"))))
        for path in sorted(folder.glob("*.yaml"))
    ]


def local(text: str, moved: timedelta = timedelta()) -> datetime:
    """A Connecticut time "2026-01-05 09:00", moved by whole days on the wall clock."""
    return (datetime.fromisoformat(text) + moved).replace(tzinfo=EASTERN)


def play(store: Store, key: str, scenario: Scenario, moved: timedelta = timedelta()) -> Played:
    """Record the scenario's case as if each act were done at its time. Refusals that it expects are checked by tests."""
    case_id = _refer(store, key, scenario, moved)
    for n, move in enumerate(scenario.acts):
        if move.refused is None:
            draw_in(store, case_id, local(move.at, moved), move.by)
            do(store, case_id, move, f"{key}/{n}", moved)
    as_of = local(scenario.then.as_of, moved)
    sweep(store, as_of)
    route(store, case_id, as_of)
    return Played(case_id, moved)


def _refer(store: Store, key: str, scenario: Scenario, moved: timedelta) -> str:
    told = {"report_no": f"DEMO-{key}", **scenario.referral}
    for field in ("received_at", "police_told_at"):
        if field in told:
            told[field] = f"{local(str(told[field]), moved):%Y-%m-%d %H:%M}"
    for field in ("incident_from", "incident_to", "child_birthdate"):
        if field in told:
            told[field] = str(local(str(told[field]), moved).date())
    form = NewReferral.model_validate({k: _cell(v) for k, v in told.items()})
    case_id = intake.receive_referral(store, form, by=PEOPLE["intake worker"], now=form.received_at)
    route(store, case_id, form.received_at)
    return case_id


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def do(store: Store, case_id: str, move: Move, command: str, moved: timedelta = timedelta()) -> None:
    """Record one act of a scenario and let the flows' consequences follow. Raises what the door raises."""
    act, at = ACT[move.act], local(move.at, moved)
    now = local(move.recorded, moved) if move.recorded else at
    form = act.form.model_validate({"happened_at": at, "about": _thing(store, case_id, move.about), **_moved(move.form, moved)})
    carry_out(store, case_id, act, form, by=PEOPLE[move.by], now=now, command=pages.new_id(f"{case_id}/{command}", 0))
    route(store, case_id, now)


def draw_in(store: Store, case_id: str, at: datetime, by: str) -> None:
    """The advocate is engaged once the child is a victim or she acts, the police of New Haven once they are told there."""
    with store.read() as connection:
        history = live(pages.history_of(connection, case_id))
    facts, drawn = {e.fact for e in history if e.happened_at <= at}, circle(history, {}).drawn_in
    advocate = PEOPLE[Role.ADVOCATE].id
    if (facts & VICTIM or by == Role.ADVOCATE) and (advocate, How.ENGAGED) not in drawn:
        _engage(store, case_id, "engage_person", at, person=advocate)
    told = Fact.POLICE_NOTIFIED in facts and any(e.data.get("district") in HERE for e in history)
    if told and (LOCAL_POLICE, How.AGENCY) not in drawn:
        _engage(store, case_id, "engage_agency", at, agency=LOCAL_POLICE)


def _engage(store: Store, case_id: str, act: str, at: datetime, **whom: str) -> None:
    form = ACT[act].form.model_validate({"happened_at": at, **whom})
    command = pages.new_id(f"{case_id}/{act}", 0)
    carry_out(store, case_id, ACT[act], form, by=PEOPLE[Role.INTAKE_SUPERVISOR], now=at, command=command)


def _moved(form: dict[str, Any], moved: timedelta) -> dict[str, Any]:
    dates = {
        k: str(local(str(v), moved).date())
        for k, v in form.items()
        if k in ("on", "due_on", "until", "expires_on", "expected_on", "disclosed_on", "granted_on")
    }
    instants = {"to": local(str(form["to"]), moved)} if _is_instant(form.get("to")) else {}
    return form | dates | instants


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and value[:4].isdigit()


def _thing(store: Store, case_id: str, name: str) -> str:
    """The id of a thing by its short name ("need 2: shelter", "agenda line 2"), a task ("step …"), or an event ("fact …")."""
    if not name:
        return ""
    with store.read() as connection:
        events = list(pages.history_of(connection, case_id))
    if name.startswith("fact "):
        return next(e.id for e in reversed(events) if e.fact.value == name.removeprefix("fact "))
    if name.startswith("agenda line "):  # its day is the team's, and moves with the story
        return [e.id for e in events if e.fact is Fact.PUT_ON_AGENDA][int(name.rsplit(maxsplit=1)[-1]) - 1]
    if name.startswith("step "):
        return name.removeprefix("step ")
    return next(thing for thing, known in name_things(events).items() if known == name)


def route(store: Store, case_id: str, now: datetime) -> None:
    """What the flows do after an act, without Prefect."""
    for step in (routing.screen, routing.prepare_review, routing.propose_services, routing.open_compensation):
        step(store, [case_id], now)
