"""A database with sixty cases in every state and everyone who might look at them, written straight into the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, product
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from mdt.board.people import people
from mdt.casework import intake
from mdt.records import tables
from mdt.scenario import PEOPLE
from tests import making
from tests.access.reference import Matter, Seen, Someone, seen

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.store import Store

HOUR = timedelta(hours=1)
HERE, THERE = ("New Haven", "New Haven"), ("Norwich", "New London")  # an office and a district, mine and another's
AGENCIES = ("Police A", "Police B", "Center A", "Center B", "OVS")
REASON = "staff are threatened"
SOMEBODY = PEOPLE["intake worker"].id  # whose drafts, and whose reports, all of it is


@dataclass
class House:
    """The database, who looks, the cases as the reference knows them by id, and what time it is."""

    store: Store
    now: datetime
    someones: dict[str, Someone] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)

    def viewers(self, at: datetime | None = None) -> list[Viewer]:
        return [viewer for viewer in people(self.store, at or self.now) if viewer.id in self.someones]

    def sees(self, person: str, at: datetime | None = None) -> dict[str, Seen]:
        """What the reference says of every case."""
        return {case: seen(self.someones[person], matter, at or self.now) for case, matter in self.matters.items()}

    def content(self, person: str, at: datetime | None = None) -> set[str]:
        """The cases of which she sees more than a row."""
        return {case for case, it in self.sees(person, at).items() if it.classes}


def _team_of(store: Store, district: str) -> str:
    with store.read() as connection:
        of = select(tables.TEAMS.c.id).where(tables.TEAMS.c.judicial_district == district)
        return str(connection.execute(of.limit(1)).scalar_one())


def _someones(teams: tuple[str, str]) -> list[Someone]:
    """Everyone: each role with everything that she may work for, and with what ought to mean nothing for her role."""
    none: frozenset[str] = frozenset()
    everywhere = frozenset({"*"})
    offices = (none, frozenset({HERE[0]}), frozenset({THERE[0]}), everywhere)
    districts = (none, frozenset({HERE[1]}), frozenset({HERE[1], THERE[1]}), everywhere)
    numbers = count()
    made: list[Someone] = []

    def one(role: str, agency: str = "DCF", **works: frozenset[str]) -> None:
        made.append(Someone(f"someone-{next(numbers)}", role, agency, **works))

    for role, here in product(("intake worker", "intake supervisor", "area-office worker"), offices):
        one(role, offices=here)
    one("intake worker", "Police A", districts=everywhere)
    for role, here in product(("chairperson", "team coordinator", "team member", "prosecutor"), districts):
        one(role, "State's Attorney", districts=here)
        one(role, "Center A", teams=frozenset({teams[len(made) % 2]}), offices=everywhere)
    for agency in AGENCIES:
        for role in ("police", "victim advocate", "advocate supervisor", "OVS liaison"):
            one(role, agency)
    one("police", offices=everywhere, districts=everywhere)
    for role in ("auditor", "administrator", "clerk"):
        one(role, "Police A", offices=everywhere, districts=everywhere, teams=frozenset(teams))
    return made


def _matters(teams: tuple[str, str], everyone: list[Someone], now: datetime) -> list[Matter]:
    """Each place, before the team or not, restricted or not, five times; who is drawn into each is chance, and the same one."""
    chance = Random(3)
    places = ((*HERE, teams[0]), (*THERE, teams[1]), (None, None, None))
    made = []
    for place, before, restricted, _ in product(places, (False, True), (False, True), range(5)):
        drawn: set[tuple[str, str, datetime | None]] = {(a, "agency", None) for a in AGENCIES if chance.random() < 0.4}
        for person in everyone:
            for how, often in (("engaged", 0.3), ("named", 0.4), ("conflict", 0.15)):
                drawn |= {(person.id, how, None)} if chance.random() < often else set()
            until = chance.choice((None, None, now + HOUR, now - HOUR))
            drawn |= {(person.id, "glass", until)} if until else set()
        made.append(Matter(*place, before, restricted, frozenset(drawn)))
    return made


def _write(house: House, everyone: list[Someone], matters: list[Matter]) -> None:
    rows = [(n, making.row(report_no=f"R-{n}", narrative="words", reporter_name="A Reporter")) for n in range(len(matters))]
    cases = intake.receive_rows(house.store, rows, by=PEOPLE["intake worker"], now=house.now).taken
    house.matters = dict(zip(cases, matters, strict=True))
    house.someones = {one.id: one for one in everyone}
    with house.store.write() as connection:
        connection.execute(insert(tables.PEOPLE), [
            {"id": p.id, "name": "Somebody", "role": p.role, "agency": p.agency, "disabled_at": None} for p in everyone
        ])  # fmt: skip
        connection.execute(insert(tables.MEMBERSHIPS), [
            {"person_id": p.id, "kind": kind, "name": name}
            for p in everyone for kind, names in (("office", p.offices), ("district", p.districts), ("team", p.teams))
            for name in names
        ])  # fmt: skip
        for case, matter in house.matters.items():
            connection.execute(update(tables.CASES).where(tables.CASES.c.id == case).values(_columns(matter)))
        connection.execute(insert(tables.INVOLVED), [
            {"case_id": case, "who": who, "how": how, "until": until}
            for case, matter in house.matters.items() for who, how, until in matter.drawn_in
        ])  # fmt: skip
        connection.execute(insert(tables.NOTICES), [
            {"case_id": case, "kind": "due", "mark": "due", "step": "classify", "to_actor": "DCF", "made_at": house.now}
            for case in cases
        ])  # fmt: skip
        connection.execute(insert(tables.DRAFTS), [
            {"person_id": SOMEBODY, "form": case, "case_id": case, "saved_at": house.now, "sealed": b""} for case in cases
        ])  # fmt: skip


def _columns(matter: Matter) -> dict[str, Any]:
    return {
        "office": matter.office, "district": matter.district, "team": matter.team, "before_team": matter.before_team,
        "restricted": REASON if matter.restricted else None,
        "guarded": matter.restricted or any(how == "conflict" for _, how, _ in matter.drawn_in),
    }  # fmt: skip


@pytest.fixture
def house(store: Store) -> House:
    """PostgreSQL's wall asks its own clock, so this is the present."""
    now = datetime.now(UTC)
    teams = (_team_of(store, HERE[1]), _team_of(store, THERE[1]))
    everyone = _someones(teams)
    made = House(store, now)
    _write(made, everyone, _matters(teams, everyone, now))
    return made
