"""Every act about a meeting by every role in every relation to it, through its own door, against the naive reference."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, product
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from mdt import access, policy
from mdt.access import SYSTEM, Viewer
from mdt.casework import carry_out, convene
from mdt.casework.room import ACT as OF_THE_CASE
from mdt.convening import ACT, ACTS, SET_MEETING, SetMeeting
from mdt.errors import MdtError, NotAllowed, NotFound, NotPossible, NotYet
from mdt.policy import CONVENES, Role
from mdt.records.tables import MEETING_ENTRIES, MEMBERS, TEAMS
from mdt.scenario import PEOPLE
from tests import convened, making
from tests.access import reference
from tests.access.reference import Gathering, Someone
from tests.making import MONDAY, everything

if TYPE_CHECKING:
    from mdt.store import Store

START = datetime(2026, 3, 10, 14, tzinfo=UTC)
HERE, THERE = frozenset({"New Haven"}), frozenset({"Hartford"})
NOBODYS: frozenset[str] = frozenset()
WORKS = {"here": HERE, "elsewhere": THERE, "everywhere": frozenset({"*"})}
WAYS = ("a stranger", "seated", "guest", "seated no more")
EVERY_ROLE = (*reference.ROLES, "a role nobody knows")
EVERY_ACT = (*(act.key for act in ACTS), SET_MEETING.key)
FORMS: dict[str, dict[str, Any]] = {
    "move_meeting": {"starts_at": START + timedelta(days=1), "reason": "The room"},
    "cancel_meeting": {"reason": "Snow"},
    "withdraw_guest": {"guest": "guest-1"},
    "propose_agenda": {"lines": []},
    "arrange_agenda": {"lines": []},
    "call_roll": {"who": "whoever"},
    "call_case": {"line": "a line"},
    "approve_record": {"digest": "d" * 64},
    "invite_guest": {"name": "Doctor B", "position": "Radiologist", "agency": "Hospital", "lines": ["a line"]},
}
_numbers = count()


@dataclass
class Hall:
    """A meeting, everybody by role, where she works and how she comes to it, and the same as the reference knows it."""

    store: Store
    meeting: str
    team: str
    people: dict[tuple[str, str, str], Viewer]
    gathering: Gathering

    def expects(self, who: Viewer, act: str) -> str:
        someone = Someone(who.id, str(who.role), who.agency, districts=who.districts, teams=who.teams)
        return reference.convenes(someone, self.gathering, act)


def _everyone() -> dict[tuple[str, str, str], Viewer]:
    made = {}
    for role, (where, districts), way in product(EVERY_ROLE, WORKS.items(), WAYS):
        if role == "system":
            made[role, where, way] = SYSTEM
        else:
            made[role, where, way] = Viewer(f"someone-{next(_numbers)}", "Somebody", role, "DCF", districts)
    return made


def _seats(team: str, people: dict[tuple[str, str, str], Viewer]) -> list[dict[str, Any]]:
    """Straight into the table: the door of teams names nobody to a seat who does not work on cases."""
    row = {"team_id": team, "seat": "other expert", "standing": "member", "name": "Somebody", "position": "Member",
           "agency": "DCF", "mail": "", "from_on": date(2026, 1, 1)}  # fmt: skip
    ends = {"seated": None, "seated no more": START.date() - timedelta(days=1)}
    return [
        row | {"id": f"holding-{who.id}", "person_id": who.id, "until_on": ends[way]}
        for (_, _, way), who in people.items() if way in ends and who is not SYSTEM
    ]  # fmt: skip


def _invite(store: Store, meeting: str, people: dict[tuple[str, str, str], Viewer]) -> None:
    page = convened.sheet(store, meeting)
    with store.write() as connection:
        previous = page.row["head"]
        for n, who in enumerate((p for (_, _, way), p in people.items() if way == "guest" and p is not SYSTEM), 2):
            row = {"meeting_id": meeting, "n": n, "command": f"guest-{n}", "happening": "guest invited", "by": "somebody",
                   "at": MONDAY, "words": None, "commitment": "", "previous": previous,
                   "data": {"guest": f"guest-{who.id}", "agency": "DCF", "person": who.id, "lines": ["a line"]}}  # fmt: skip
            previous = convene.link(row)
            connection.execute(insert(MEETING_ENTRIES).values(row | {"hash": previous}))


@pytest.fixture
def hall(store: Store) -> Hall:
    people = _everyone()
    making.hire(store, *(p for p in people.values() if p is not SYSTEM))
    team, meeting = convened.team_id(store), convened.a_meeting(store)
    with store.write() as connection:
        connection.execute(insert(MEMBERS), _seats(team, people))
    _invite(store, meeting, people)
    comes = {way: frozenset(p.id for (_, _, w), p in people.items() if w == way) for way in WAYS}
    return Hall(store, meeting, team, people, Gathering(team, "New Haven", comes["seated"], comes["guest"]))


class Undone(Exception):
    """What takes back an act that the door allowed."""


def tried(hall: Hall, key: str, by: Viewer, **more: Any) -> str:
    """What the door said, and nothing of it is left: allowed, or how it was refused."""
    said, command = "allowed", f"try-{next(_numbers)}"
    with suppress(Undone), hall.store.in_one_go() as (whole, _):
        try:
            if key == SET_MEETING.key:
                form = SetMeeting(starts_at=START + timedelta(days=7))
                convene.set_meeting(whole, hall.team, form, by=by, now=MONDAY, command=command)
            else:
                told = ACT[key].form.model_validate(FORMS.get(key, {}) | more)
                convene.convene(whole, hall.meeting, key, told, by=by, now=MONDAY, command=command)
        except (NotAllowed, NotFound) as refusal:
            said = type(refusal).__name__
        except (NotYet, NotPossible):
            said = "allowed"  # by the policy; it does not fit the meeting
        raise Undone
    return said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_door_of_meetings_lets_through_what_the_words_of_the_policy_allow(hall: Hall) -> None:
    before, wrong, said = everything(hall.store), [], set()
    people = list(hall.people.items())[:: 1 if hall.store.is_sqlite else 5]
    for act, (how, who) in product(EVERY_ACT, people):
        found = tried(hall, act, who)
        said.add((act, found))
        if found != hall.expects(who, act):
            wrong.append((act, how, found, hall.expects(who, act)))
    assert wrong == []
    assert (
        {act for act, found in said if found == "allowed"} == {act for act, found in said if found != "allowed"} == {*EVERY_ACT}
    )
    assert everything(hall.store) == before


def test_what_a_role_records_by_each_relation_is_what_the_words_say(hall: Hall) -> None:
    """The few cells that matter most, whatever the run."""
    cells = {
        ("chairperson", "here", "a stranger", "cancel_meeting"): "allowed",
        ("chairperson", "elsewhere", "a stranger", "cancel_meeting"): "NotFound",
        ("chairperson", "elsewhere", "guest", "cancel_meeting"): "NotAllowed",
        ("team coordinator", "here", "a stranger", "approve_record"): "NotAllowed",
        ("chairperson", "everywhere", "a stranger", "approve_record"): "allowed",
        ("team member", "here", "a stranger", "open_packet"): "allowed",
        ("police", "here", "a stranger", "open_packet"): "NotFound",
        ("police", "elsewhere", "seated", "open_packet"): "allowed",
        ("police", "here", "seated no more", "open_packet"): "NotFound",
        ("OVS liaison", "elsewhere", "guest", "accept_confidentiality"): "allowed",
        ("auditor", "everywhere", "seated", "open_packet"): "NotAllowed",
        ("administrator", "everywhere", "a stranger", "excuse"): "NotFound",
        ("a role nobody knows", "everywhere", "seated", "excuse"): "NotAllowed",
        ("intake supervisor", "here", "seated", "set_meeting"): "NotFound",
    }
    for (role, where, way, act), expected in cells.items():
        who = hall.people[role, where, way]
        assert tried(hall, act, who) == expected == hall.expects(who, act), (role, where, way, act)


def test_who_comes_says_nothing_for_others_but_who_leads_the_team_does(hall: Hall) -> None:
    other = f"holding-{hall.people['police', 'here', 'seated'].id}"
    for (role, where, way), who in hall.people.items():
        if who is SYSTEM or hall.expects(who, "excuse") != "allowed" or who.id in other:
            continue
        leads = role in reference.LEADS and where != "elsewhere"
        assert tried(hall, "excuse", who, who=other) == ("allowed" if leads else "NotAllowed"), (role, where, way)


# An act without a row fails the build. -----------------------------------------------------------------------------------


def test_every_act_about_a_meeting_has_a_row_and_every_row_an_act() -> None:
    written = [act for line in reference.WHO_CONVENES for act in line.acts.split()]
    assert sorted(written) == sorted(EVERY_ACT)
    assert set(CONVENES) == set(EVERY_ACT)
    rows = [act for _, acts in policy._CONVENED_BY for act in acts.split()]  # noqa: SLF001  # `CONVENES` keeps the last row alone
    assert sorted(rows) == sorted(EVERY_ACT)


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_every_act_is_recorded_by_the_roles_that_the_words_name_and_no_other(role: str) -> None:
    viewer = Viewer("person-1", "Worker A", role, "An agency")
    by_words = {act for line in reference.WHO_CONVENES if role in (*line.roles, "system") for act in line.acts.split()}
    assert {act for act in EVERY_ACT if access.may_convene(viewer, act)} == by_words
    assert not access.may_convene(viewer, "an act that nobody wrote down")


def test_what_is_for_the_leaders_alone_is_all_but_what_each_says_for_herself() -> None:
    assert {act for act in EVERY_ACT if not access.is_for_leaders(act)} == set(reference.FOR_EVERYBODY_WHO_COMES)
    assert access.is_for_leaders("an act that nobody wrote down")


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_who_serves_and_who_leads_a_team_is_who_the_words_say(role: str) -> None:
    meeting = Gathering("team-1", "New Haven")
    team = {"id": "team-1", "judicial_district": "New Haven"}
    places = (NOBODYS, HERE, THERE, frozenset({"*"}))
    for districts, teams in product(places, (NOBODYS, frozenset({"team-1"}), frozenset({"team-2"}), frozenset({"*"}))):
        viewer = Viewer("person-1", "Worker A", role, "An agency", districts, teams=teams)
        someone = Someone("person-1", role, "An agency", districts=districts, teams=teams)
        serves = reference.serves_team(someone, meeting)
        assert access.serves(viewer, team) == serves, (districts, teams)
        assert access.leads(viewer, team) == (serves and role in reference.LEADS)


def test_whoever_records_about_meetings_works_on_cases() -> None:
    assert frozenset.union(*CONVENES.values()) <= policy.CASE_ROLES | {Role.SYSTEM}


# What participants provide. ----------------------------------------------------------------------------------------------


def test_what_is_provided_is_recorded_and_released_by_whom_the_words_name(store: Store) -> None:
    """Every role that may record statements at all, of what is hers and of what is another's, on each ground."""
    convened.seated(store)
    convened.a_meeting(store)
    case = making.identified(store)
    roles = sorted(reference.roles_of("record_statement") - {"system"})
    people = {role: Viewer(f"person-{n}", "Somebody", role, PEOPLE[role].agency, HERE, HERE) for n, role in enumerate(roles)}
    making.hire(store, *people.values())
    for who in (*people.values(), PEOPLE["team member"]):
        convened.seat(store, "other expert", who)
    for who in people.values():
        if who.role in ("police", "victim advocate", "advocate supervisor"):
            making.do(store, case, "engage_person", by="intake supervisor", person=who.id)
    making.do(store, case, "engage_agency", by="intake supervisor", agency=PEOPLE["police"].agency)
    wrong = []
    for (role, who), hers in product(people.items(), (True, False)):
        someone = Someone(who.id, role, who.agency)
        provider = who.id if hers else PEOPLE["team member"].id
        said = _says(store, case, "record_statement", who, kind="position", provider=provider, what="words")
        if said != reference.provides(someone, hers=hers):
            wrong.append((role, hers, "record_statement"))
        statement = _statement(store, case, provider)
        for ground in ("consent of the participant", "order of a court", "Constitution of Connecticut"):
            form = {"about": statement, "ground": ground, "evidence": "words"}
            if _says(store, case, "allow_disclosure", who, **form) != reference.provides(someone, hers=hers, ground=ground):
                wrong.append((role, hers, ground))
    assert wrong == []


def _says(store: Store, case: str, key: str, by: Viewer, **form: Any) -> bool:
    told = OF_THE_CASE[key].form.model_validate({"happened_at": START, **form})
    try:
        carry_out(store, case, OF_THE_CASE[key], told, by=by, now=START, command=f"says-{next(_numbers)}")
    except NotAllowed:
        return False
    return True


def _statement(store: Store, case: str, provider: str) -> str:
    assert _says(store, case, "record_statement", SYSTEM, kind="position", provider=provider, what="words")
    return str(making.history(store, case)[-1].about)


def test_the_team_of_the_scene_is_one_there_is(hall: Hall) -> None:
    with hall.store.read() as connection:
        assert connection.execute(TEAMS.select().where(TEAMS.c.id == hall.team)).first() is not None
    with pytest.raises(MdtError):
        convened.act(hall.store, hall.meeting, "adjourn", by=replace(SYSTEM, role="a role nobody knows"))
