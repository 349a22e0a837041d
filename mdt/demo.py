"""The demonstration: invented people, teams and cases. Made once; broken off, it goes on with the next case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from mdt import demo_directory, scenario
from mdt.access import SYSTEM
from mdt.casework import teams
from mdt.casework.accounts import IS_REAL
from mdt.casework.meetings import establish_teams
from mdt.casework.teams import NewSeries
from mdt.errors import SetupError
from mdt.policy import Role
from mdt.records.tables import ACCOUNTS, CASES, COUNTERS, MEMBERS, MEMBERSHIPS, OUTBOX, PEOPLE, TEAMS
from mdt.series import of_standard
from mdt.store import open_store
from mdt.store.engine import MAKING_DEMO, one_at_a_time
from mdt.store.inserts import insert_into
from mdt.team import CHAIRPERSON, COORDINATOR, DESIGNEE, MEMBER, TakeSeat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.scenario import Scenario
    from mdt.store import Store

FORTNIGHT = timedelta(days=14)  # the rhythm of the teams' meetings
PLACE = "Conference room of the children's advocacy center"
# Who fills a seat of a team: as what, her name, her position, her agency. Of the youth service bureau, nobody.
SEATED = {
    "state's attorney": (DESIGNEE, "Attorney T", "Assistant state's attorney", "State's Attorney"),
    "DCF": (MEMBER, "Member N", "Investigations supervisor", "DCF"),
    "police": (MEMBER, "Detective O", "Detective, special victims", "Police"),
    "health care professional": (MEMBER, "Physician R", "Child abuse pediatrician", "Hospital"),
    "mental health professional": (MEMBER, "Clinician P", "Trauma clinician", "Child guidance clinic"),
    "forensic interviewer": (MEMBER, "Interviewer Q", "Forensic interviewer", "Children's advocacy center"),
    "victim advocate": (MEMBER, "Advocate S", "Victim advocate", "Children's advocacy center"),
    "other expert": (MEMBER, "Educator U", "School social worker", "Public schools"),
}
SIGN_IN = "New Haven"  # the team of which those who fill a seat sign in
PLAYED = "demo"  # the counter of the scenarios that are in the database, in their order


def ensure(url: str, now: datetime) -> None:
    """Make what is missing of the tables, the teams, the people and the invented cases.

    Raises `SetupError` where cases or accounts are somebody's own: whoever opens the demonstration chooses who she is.
    """
    store = open_store(url)
    try:
        store.create()
        with store.write() as connection:
            one_at_a_time(connection, MAKING_DEMO)
            _refuse_real(connection)
        establish_teams(store)
        add_people(store)
        seat_teams(store, now)
        demo_directory.fill(store, now)
        fill(store, now)
    finally:
        store.close()


def _refuse_real(connection: Connection) -> None:
    own = connection.execute(select(ACCOUNTS.c.person_id).where(IS_REAL).limit(1)).first()
    if _played(connection) is None or own is not None:
        raise SetupError(
            "This database holds cases or accounts that are not the demonstration's. "
            "Use `mdt serve`, or another MDT_HOME for the demonstration."
        )


def add_people(store: Store) -> None:
    """The people of the demo sign-in, where there is nobody yet."""
    everyone = (*scenario.PEOPLE.values(), *scenario.MEMBERS)
    people = [{"id": p.id, "name": p.name, "role": p.role, "agency": p.agency, "disabled_at": None} for p in everyone]
    works_for = [
        {"person_id": p.id, "kind": kind, "name": name}
        for p in everyone
        for kind, names in (("district", p.districts), ("office", p.offices), ("team", p.teams))
        for name in names
    ]
    with store.write() as connection:
        one_at_a_time(connection, MAKING_DEMO)
        if connection.execute(select(PEOPLE.c.id).limit(1)).first() is None:
            connection.execute(insert(PEOPLE), people)
            connection.execute(insert(MEMBERSHIPS), works_for)


def seat_teams(store: Store, now: datetime) -> None:
    """Members, a chairperson, a coordinator and a series of meetings for every team, where nobody fills a seat of any."""
    with store.in_one_go() as (whole, connection):
        one_at_a_time(connection, MAKING_DEMO)
        if connection.execute(select(MEMBERS.c.id).limit(1)).first() is not None:
            return
        every = connection.execute(select(TEAMS.c.id, TEAMS.c.judicial_district).order_by(TEAMS.c.name)).all()
        for n, (team, district) in enumerate(every, 1):
            for form in _seated(n, district):
                teams.take_seat(whole, team, form, by=SYSTEM, now=now, command=f"demo/{n}/{form.seat}")
            _meets(whole, team, n, now)


def _meets(whole: Store, team: str, n: int, now: datetime) -> None:
    """The standard's series as the team's own, so that its meetings have a place."""
    standard = of_standard()
    form = NewSeries(rule=standard.rule, first=standard.first, place=PLACE, on_holiday=standard.on_holiday)
    teams.add_series(whole, team, form, by=SYSTEM, now=now, command=f"demo/{n}")


def _seated(n: int, district: str) -> Iterator[TakeSeat]:
    """Who leads the team and who fills its seats, since the first meeting."""
    since = of_standard().first.date()
    lead = {CHAIRPERSON: scenario.PEOPLE[Role.CHAIR], COORDINATOR: scenario.PEOPLE[Role.COORDINATOR]}
    for office, person in lead.items():
        yield TakeSeat(seat=office, person=person.id, position=office.capitalize(), agency=person.agency, from_on=since)
    for seat, (standing, name, position, agency) in SEATED.items():
        who = _in_person(seat) if district == SIGN_IN else {}
        held = {"seat": seat, "standing": standing, "name": f"{name}{n}", "agency": agency, "position": position}
        yield TakeSeat.model_validate(held | who | {"from_on": since})


def _in_person(seat: str) -> dict[str, str]:
    """Who fills that seat of the team whose members sign in; nothing for an expert who does not."""
    here: dict[str, Viewer] = {
        "state's attorney": scenario.PEOPLE[Role.PROSECUTOR],
        "health care professional": scenario.PEOPLE[Role.MEMBER],
        "victim advocate": scenario.PEOPLE[Role.ADVOCATE],
        **dict(zip(("DCF", "police", "mental health professional", "forensic interviewer"), scenario.MEMBERS, strict=True)),
    }
    return {"person": here[seat].id, "agency": here[seat].agency} if seat in here else {}


def fill(store: Store, now: datetime) -> None:
    """The scenarios that are not played yet, each there whole or not at all.

    Scenarios whose dates matter, as they show a change of law, would lie years back; they are tests only.
    """
    stories = [(key, story) for key, story in scenario.scenarios() if not story.fixed]
    while _play_next(store, stories, now):
        pass


def _play_next(store: Store, stories: Sequence[tuple[str, Scenario]], now: datetime) -> bool:
    """Play the next scenario, brought to the present by fortnights, so that weekdays and meetings stay; if there is one."""
    with store.in_one_go() as (whole, connection):
        one_at_a_time(connection, MAKING_DEMO)
        played = _played(connection)
        if played is None or played >= len(stories):
            return False
        key, story = stories[played]
        case_id = scenario.play(whole, key, story, (now - scenario.local(story.then.as_of)) // FORTNIGHT * FORTNIGHT).case_id
        connection.execute(delete(OUTBOX).where(OUTBOX.c.case_id == case_id))  # its consequences have been carried already
        connection.execute(update(COUNTERS).where(COUNTERS.c.name == PLAYED).values(last=played + 1))
    return True


def _played(connection: Connection) -> int | None:
    """How many scenarios are there; None: the cases are somebody's own."""
    found = connection.execute(select(COUNTERS.c.last).where(COUNTERS.c.name == PLAYED)).scalar()
    if found is not None:
        return int(found)
    if connection.execute(select(CASES.c.id).limit(1)).first() is not None:
        return None
    connection.execute(insert_into(connection, COUNTERS).values(name=PLAYED, last=0))
    return 0
