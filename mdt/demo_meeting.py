"""A meeting of today for the demonstration: invented cases on the agenda of the New Haven team, some updates given, one not.

Whoever tries the demonstration as its chairperson opens this meeting at once; the other meetings come when their days come.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from mdt import scenario
from mdt.casework import ACT, agendas, carry_out, convene, pages
from mdt.convening import SetMeeting
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.policy import Role
from mdt.records.tables import CASES, COUNTERS, OUTBOX, REPORTS, TEAMS
from mdt.scenario import PEOPLE, Expected, Move, Scenario
from mdt.store import open_store
from mdt.store.engine import MAKING_DEMO, one_at_a_time
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store

MADE = "demo-meeting"  # the counter that says it was made
TEAM, PLACE = "New Haven", "Conference room of the children's advocacy center"
CASES_OF_TODAY = 6
SINCE = timedelta(days=12)  # so long ago the children were identified
SOON = timedelta(minutes=5)
PREFIX = "DEMO-meeting-"  # of the report numbers of these cases
BEGAN = "2026-03-02"  # the day on which the stories are told, before they are moved to the present


def ensure(url: str, now: datetime) -> None:
    """Make the meeting, unless this demonstration has it."""
    store = open_store(url)
    try:
        with store.in_one_go() as (whole, connection):
            one_at_a_time(connection, MAKING_DEMO)
            made = {"name": MADE, "last": 1}
            if connection.execute(insert_into(connection, COUNTERS).on_conflict_do_nothing(), made).rowcount:
                _make(whole, now)
                ours = (
                    select(CASES.c.id)
                    .join(REPORTS, REPORTS.c.case_id == CASES.c.id)
                    .where(REPORTS.c.report_no.startswith(PREFIX))
                )
                connection.execute(delete(OUTBOX).where(OUTBOX.c.case_id.in_(ours)))  # carried already
    finally:
        store.close()


def _make(store: Store, now: datetime) -> None:
    moved = timedelta(days=(local_date(now - SINCE) - scenario.local(f"{BEGAN} 09:00").date()).days)
    cases = [scenario.play(store, f"meeting-{n}", _story(n), moved).case_id for n in range(1, CASES_OF_TODAY + 1)]
    with store.read() as connection:
        team = connection.execute(select(TEAMS.c.id).where(TEAMS.c.judicial_district == TEAM).order_by(TEAMS.c.name)).scalar()
    form = SetMeeting(starts_at=now + SOON, minutes=90, place=PLACE, special=True, on_a_holiday=True)
    meeting = convene.set_meeting(store, str(team), form, by=PEOPLE[Role.COORDINATOR], now=now, command=MADE)
    for case in cases:
        _bring_forward(store, case, meeting, form, now)
    agendas.propose(store, meeting, now)
    for case in cases[:-1]:
        _give_updates(store, case, now)


def _story(n: int) -> Scenario:
    """A child who was identified and waits for the team; every second one is known to the police."""
    told = {
        "received_at": f"{BEGAN} 09:0{n}", "mode": "oral", "reporter_class": "school employee", "reporter_mandated": True,
        "child_given_name": "Child", "child_family_name": f"T{n}", "child_age": 11 + n, "child_residence_town": TEAM,
        "commercial_sex": n % 2 == 0, "forced_labor": n % 2 == 1, "online_component": n % 3 == 0,
        "narrative": "A school nurse told what the child had said to her.",
    }  # fmt: skip
    acts = [
        Move(at=f"{BEGAN} 09:40", act="classify_report", form={"classification": "other"}),
        Move(at=f"{BEGAN} 10:00", act="notify_police"),
        Move(at=f"{BEGAN} 15:00", act="identify_victim", form={"note": "What the child told", "band": "high"}),
    ]
    then = Expected(as_of=f"{BEGAN} 16:00", position="Case review")
    return Scenario(name=f"On today's agenda, {n}", shows="A case that waits for the team", referral=told, acts=acts, then=then)


def _bring_forward(store: Store, case: str, meeting: str, form: SetMeeting, now: datetime) -> None:
    """From the agenda that it stands on to that of today's meeting."""
    with store.read() as connection:
        line = next(e.about for e in pages.history_of(connection, case) if e.fact is Fact.PUT_ON_AGENDA)
    _do(store, case, "defer_review", Role.CHAIR, now, about=line, because="other", reason="It is heard sooner")
    _do(store, case, "put_on_agenda", Role.CHAIR, now, meeting=meeting, on=local_date(form.starts_at))


def _give_updates(store: Store, case: str, now: datetime) -> None:
    with store.read() as connection:
        asked = [e for e in pages.history_of(connection, case) if e.fact is Fact.UPDATE_ASKED_FOR]
    for update in asked[:1]:
        text = "The agency saw the family twice and waits for the medical report."
        _do(store, case, "give_update", Role.AREA_OFFICE, now, about=update.about, what=text)


def _do(store: Store, case: str, act: str, by: Role, now: datetime, **form: Any) -> None:  # noqa: ANN401  # as the form takes it
    filled = ACT[act].form.model_validate({"happened_at": now, **form})
    carry_out(store, case, ACT[act], filled, by=PEOPLE[by], now=now, command=pages.new_id(f"{MADE}/{case}/{act}", 0))
