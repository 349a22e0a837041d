"""Seated teams of twenty people with a meeting each, and its cases: what the benches of meetings begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from bench import referrals
from mdt import geography
from mdt.access import Viewer
from mdt.board import meeting
from mdt.casework import ACT, carry_out, convene, teams
from mdt.convening import ACT as ABOUT
from mdt.policy import Role
from mdt.records.tables import MEMBERSHIPS, PEOPLE, TEAMS
from mdt.scenario import route
from mdt.team import OFFICES, SEATS, TakeSeat

if TYPE_CHECKING:
    from mdt.store import Store

MEETINGS, PEOPLE_EACH, CASES_EACH = 12, 20, 4
CHILD = {"child_given_name": "Child"}
DAY = datetime(2026, 3, 2, 14, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Team:
    """A team with its meeting: the chairperson first, then the coordinator, then eighteen members."""

    district: str
    meeting: str
    starts_at: datetime
    people: tuple[Viewer, ...]


def people_of(district: str, mark: str = "") -> tuple[Viewer, ...]:
    """Twenty people of a district's team; `mark`: how their ids begin."""
    roles = (Role.CHAIR, Role.COORDINATOR, Role.PROSECUTOR, *[Role.MEMBER] * (PEOPLE_EACH - 3))
    short = mark + district.lower().replace(" ", "-").replace("-at-", "-")[:14]
    here = frozenset({district})
    return tuple(
        Viewer(f"demo-{short}-{n}", f"Person {n}", role, f"Agency {n}", districts=here) for n, role in enumerate(roles)
    )


def act(
    store: Store, case_id: str, key: str, by: Viewer, at: datetime, command: str, *, seen: int | None = None, **form: object
) -> None:
    """One act on a case through the real door."""
    told = ACT[key].form.model_validate({"happened_at": at, **form})
    carry_out(store, case_id, ACT[key], told, by=by, now=at, command=command, seen=seen)


def prepared(store: Store, how_many: int = MEETINGS, cases_each: int = CASES_EACH, mark: str = "") -> list[Team]:
    """So many seated teams, each with a meeting of so many identified cases. `mark`: how the ids of its people begin."""
    towns = {town.judicial_district: town.name for town in reversed(geography.towns())}
    districts = sorted(towns)[:how_many]
    rows = [(n, row | CHILD | {"child_family_name": f"Number {n}", "child_residence_town": towns[districts[n % how_many]]})
            for n, row in referrals.grave(how_many * cases_each)]  # fmt: skip
    for case_id in referrals.take(store, iter(rows), DAY):
        act(store, case_id, "classify_report", referrals.WORKER, DAY, f"{case_id}/1", classification="other")
        act(store, case_id, "identify_victim", referrals.WORKER, DAY, f"{case_id}/2", note="What the child told")
        route(store, case_id, DAY)
    return [_seated(store, people_of(district, mark), district) for district in districts]


def _seated(store: Store, people: tuple[Viewer, ...], district: str) -> Team:
    with store.write() as connection:
        for one in people:
            row = {"id": one.id, "name": one.name, "role": one.role, "agency": one.agency}
            connection.execute(insert(PEOPLE).values(row))
            connection.execute(insert(MEMBERSHIPS).values(person_id=one.id, kind="district", name=district))
        team = connection.execute(select(TEAMS.c.id).where(TEAMS.c.judicial_district == district)).scalar_one()
    seats = (*OFFICES, *SEATS, *SEATS)
    for one, seat in zip(people, seats, strict=True):
        form = TakeSeat(
            seat=seat, standing="member", person=one.id, position=one.role, agency=one.agency, from_on=date(2026, 1, 1)
        )
        teams.take_seat(store, team, form, by=people[1], now=DAY, command=f"seat-{one.id}")
    (found,) = meeting.meetings(store, people[0], DAY)
    return Team(district, found.id, found.starts_at, people)


def accepted(store: Store, team: Team) -> None:
    """Everybody has accepted the statement, as they do on the meeting's page before they come."""
    for one in team.people:
        accepts = ABOUT["accept_confidentiality"].form()
        convene.convene(store, team.meeting, "accept_confidentiality", accepts, by=one, now=DAY, command=f"accepts-{one.id}")
