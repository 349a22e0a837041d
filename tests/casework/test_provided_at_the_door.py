"""Who gives an update, says something at a meeting, releases it, and to whom a decision is given: at the door."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from mdt.access import Viewer
from mdt.casework import ACT, carry_out
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG, MEMBERS, PEOPLE
from mdt.scenario import PEOPLE as DEMO
from tests import making
from tests.convened import (
    ADVOCATE,
    COORDINATOR,
    MEMBER,
    POLICE,
    START,
    WORKER,
    a_meeting,
    act,
    course,
    line,
    lines,
    on_the_agenda,
    seated,
    team_id,
)
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.facts import Event
    from mdt.store import Store

CONSENT: dict[str, Any] = {"ground": "consent of the participant", "evidence": "In writing, of today"}
COURT: dict[str, Any] = {"ground": "order of a court", "evidence": "Order of today"}
CONSTITUTION: dict[str, Any] = {"ground": "Constitution of Connecticut", "evidence": "Article first"}
SAID: dict[str, Any] = {"kind": "information", "what": "The school saw him"}
DECISION: dict[str, Any] = {"owner": "police", "due_on": date(2026, 4, 1), "what": "Find the car"}


def last(store: Store, case: str) -> Event:
    return making.history(store, case)[-1]


def say(store: Store, case: str, by: str, provider: str, **more: Any) -> str:
    """The id of a new statement."""
    do(store, case, "record_statement", START, by=by, provider=provider, **SAID | more)
    return str(last(store, case).about)


def refused(store: Store, case: str, key: str, by: str, error: type[Exception], **form: Any) -> str:
    before = making.everything(store)
    with pytest.raises(error) as caught:
        do(store, case, key, START, by=by, **form)
    assert making.everything(store) == before
    return str(caught.value)


@pytest.fixture
def scene(store: Store) -> tuple[str, str]:
    """A meeting, and a case on its agenda that the police and a team member work on."""
    seated(store)
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    do(store, case, "engage_person", by="intake supervisor", person=POLICE.id)
    return meeting, case


def test_an_update_is_provided_by_whoever_gives_it_whatever_the_form_says(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    do(store, case, "ask_for_update", by="team coordinator", owner="police", by_day=date(2026, 3, 9))
    do(store, case, "give_update", by="police", what="Two interviews held", provider=MEMBER.id)
    assert (last(store, case).fact, last(store, case).data["provider"]) == (Fact.UPDATE_GIVEN, POLICE.id)


@pytest.mark.parametrize(
    ("owner", "gives"),
    [
        ("DCF", {"intake worker", "member of DCF", "team coordinator", "chairperson"}),
        ("police", {"police", "member of the police", "team coordinator", "chairperson"}),
        ("advocate", {"victim advocate", "member of the advocates", "team coordinator", "chairperson"}),
        ("provider", {"team coordinator", "chairperson"}),
    ],
)
def test_an_update_is_given_by_the_agency_it_was_asked_of_or_typed_by_who_leads_the_team(
    store: Store, scene: tuple[str, str], owner: str, gives: set[str]
) -> None:
    _, case = scene
    do(store, case, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    of = {"DCF": "DCF", "the police": "Hamden Police", "the advocates": ADVOCATE.agency}
    members = {
        f"member of {what}": Viewer(f"of-{n}", "Member", "team member", agency, districts=frozenset({"New Haven"}))
        for n, (what, agency) in enumerate(of.items())
    }
    making.hire(store, *members.values())
    roles = ("intake worker", "police", "victim advocate", "team member", "prosecutor", "team coordinator", "chairperson")
    given, told = set(), []
    for n, (name, who) in enumerate((members | {role: DEMO[role] for role in roles}).items()):
        do(store, case, "ask_for_update", by="team coordinator", owner=owner, by_day=date(2026, 3, 9))
        asked = last(store, case).about
        form = ACT["give_update"].form.model_validate({"happened_at": MONDAY, "about": asked, "what": "Two interviews held"})
        try:
            carry_out(store, case, ACT["give_update"], form, by=who, now=MONDAY, command=f"update-{owner}-{n}")
        except NotAllowed as refusal:
            told.append(str(refusal))
            do(store, case, "go_without_update", by="team coordinator", about=asked)
        else:
            assert last(store, case).data["provider"] == who.id
            given.add(name)
    assert given == gives
    assert len(told) == len(roles) + len(members) - len(gives)
    assert {one.split(". ")[0] for one in told} == {f"Can't give the update: it was asked of {owner}"}


# What was said. ----------------------------------------------------------------------------------------------------------


def test_who_does_not_lead_the_team_records_what_she_said_herself(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    say(store, case, "police", POLICE.id)
    for other in (MEMBER.id, "nobody", ADVOCATE.id):
        told = refused(store, case, "record_statement", "police", NotAllowed, provider=other, **SAID)
        assert told == (
            "Can't record what somebody else said: she does it herself, or those who lead the team (§ 17a-106a(i))."
        )
    with store.read() as connection:
        logged = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "refused")).scalars().all()
    assert logged == [{"act": "record_statement", "case": case}] * 3


def test_a_member_may_name_her_own_seat_and_nobody_elses(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    with store.read() as connection:
        holdings = dict(connection.execute(select(MEMBERS.c.seat, MEMBERS.c.id)).tuples().all())
    say(store, case, "police", holdings["police"])
    refused(store, case, "record_statement", "police", NotAllowed, provider=holdings["DCF"], **SAID)


def test_who_leads_the_team_records_what_anybody_said_who_can_have_been_there(store: Store, scene: tuple[str, str]) -> None:
    meeting, case = scene
    guest: dict[str, Any] = {
        "name": "Doctor B",
        "position": "Radiologist",
        "agency": "Hospital",
        "lines": [line(store, meeting)],
    }
    act(store, meeting, "invite_guest", **guest)
    (guest_id,) = course(store, meeting).guests
    with pytest.raises(NotPossible, match="the guest has not accepted the confidentiality statement"):
        say(store, case, "chairperson", guest_id)
    act(store, meeting, "accept_confidentiality", who=guest_id, on_paper=True)
    with store.read() as connection:
        doctor = connection.execute(select(MEMBERS.c.id).where(MEMBERS.c.person_id.is_(None))).scalar_one()
    for provider in (POLICE.id, doctor, guest_id):
        say(store, case, "team coordinator", provider, line=line(store, meeting))
        say(store, case, "chairperson", provider)


def test_who_can_not_have_been_there_has_said_nothing(store: Store, scene: tuple[str, str]) -> None:
    meeting, case = scene
    elsewhere = {"id": "member-of-another", "team_id": team_id(store, "Hartford"), "seat": "police", "standing": "member"}
    rest = {"name": "Officer Z", "position": "Detective", "agency": "Police Z", "mail": "", "from_on": date(2026, 1, 1)}
    with store.write() as connection:
        connection.execute(insert(MEMBERS).values(elsewhere | rest))
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == MEMBER.id).values(disabled_at=MONDAY))
    for provider in ("nobody", elsewhere["id"], MEMBER.id, meeting):
        told = refused(store, case, "record_statement", "chairperson", NotPossible, provider=provider, **SAID)
        assert "that person takes no part in the meeting" in told


@pytest.mark.parametrize("who", ["auditor", "administrator", "intake supervisor", "team member", "prosecutor", "OVS liaison"])
def test_who_neither_sits_there_nor_works_on_the_case_has_said_nothing(store: Store, scene: tuple[str, str], who: str) -> None:
    _, case = scene
    told = refused(store, case, "record_statement", "chairperson", NotPossible, provider=DEMO[who].id, **SAID)
    assert told == (
        "Can't record the statement: that person takes no part in the meeting: she neither sits on the team nor leads it,"
        " works on this case, or is a guest for it (§ 17a-106a(c), (i))."
    )


def test_she_says_nothing_for_herself_either_if_she_takes_no_part(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    supervisor = DEMO["intake supervisor"].id
    told = refused(store, case, "record_statement", "intake supervisor", NotPossible, provider=supervisor, **SAID)
    assert "takes no part in the meeting" in told


def test_who_works_on_the_case_or_leads_the_team_has_said_it_without_a_seat(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    do(store, case, "engage_person", by="intake supervisor", person=MEMBER.id)
    for provider in (MEMBER.id, COORDINATOR.id):
        say(store, case, "chairperson", provider)
        assert last(store, case).data["provider"] == provider


def test_of_a_team_whose_members_are_not_named_yet_everybody_who_serves_it_is_one(store: Store) -> None:
    case = on_the_agenda(store)
    at = START.replace(day=17)
    for provider in (MEMBER.id, DEMO["prosecutor"].id):
        do(store, case, "record_statement", at, by="chairperson", provider=provider, **SAID)
    with pytest.raises(NotPossible, match="takes no part in the meeting"):
        do(store, case, "record_statement", at, by="chairperson", provider=WORKER.id, **SAID)


def test_who_did_not_come_has_said_nothing_by_her_seat_or_by_her_name(store: Store, scene: tuple[str, str]) -> None:
    meeting, case = scene
    with store.read() as connection:
        seat = connection.execute(select(MEMBERS.c.id).where(MEMBERS.c.person_id == WORKER.id)).scalar_one()
    act(store, meeting, "open_meeting", START)
    act(store, meeting, "call_roll", START, who=seat, came=False)
    for provider in (seat, WORKER.id):
        told = refused(store, case, "record_statement", "chairperson", NotPossible, provider=provider, **SAID)
        assert told == "Can't record the statement: by the roll call, that person did not come to the meeting."
    act(store, meeting, "call_roll", START, who=seat, came=True)
    say(store, case, "chairperson", WORKER.id)


def test_who_left_for_a_conflict_has_said_nothing_by_her_seat_or_by_her_name(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    with store.read() as connection:
        seat = connection.execute(select(MEMBERS.c.id).where(MEMBERS.c.person_id == WORKER.id)).scalar_one()
    do(store, case, "declare_conflict", by="chairperson", person=WORKER.id)
    for provider in (seat, WORKER.id):
        told = refused(store, case, "record_statement", "chairperson", NotPossible, provider=provider, **SAID)
        assert told == "Can't record the statement: that person has a conflict of interest on this case and left."


def test_a_guest_for_another_case_has_said_nothing_of_this_one(store: Store, scene: tuple[str, str]) -> None:
    meeting, case = scene
    other = on_the_agenda(store, report_no="R-2", child_family_name="B")
    told: dict[str, Any] = {
        "name": "Advocate C",
        "position": "Advocate",
        "agency": "Center",
        "lines": [lines(store, meeting)[other]],
    }
    do(store, other, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    act(store, meeting, "invite_guest", person=ADVOCATE.id, **told)
    (guest,) = course(store, meeting).guests
    act(store, meeting, "accept_confidentiality", who=guest, on_paper=True)
    for provider in (guest, ADVOCATE.id):
        refused(store, case, "record_statement", "chairperson", NotPossible, provider=provider, **SAID)
        say(store, other, "chairperson", provider)


def test_a_guest_of_another_meeting_was_not_there(store: Store, scene: tuple[str, str]) -> None:
    meeting, _ = scene
    guest: dict[str, Any] = {
        "name": "Doctor B",
        "position": "Radiologist",
        "agency": "Hospital",
        "lines": [line(store, meeting)],
    }
    act(store, meeting, "invite_guest", **guest)
    (guest_id,) = course(store, meeting).guests
    other = on_the_agenda(store, report_no="R-2", child_family_name="B")
    do(store, other, "defer_review", by="chairperson", because="information awaited")
    second = a_meeting(store, START.replace(hour=18))
    do(store, other, "put_on_agenda", by="chairperson", meeting=second, on=START.date())
    told = refused(store, other, "record_statement", "chairperson", NotPossible, provider=guest_id, **SAID)
    assert "that person takes no part in the meeting" in told


# What may be released. ---------------------------------------------------------------------------------------------------


def test_a_participant_consents_to_the_disclosure_of_what_she_provided_and_takes_it_back(
    store: Store, scene: tuple[str, str]
) -> None:
    _, case = scene
    statement = say(store, case, "chairperson", POLICE.id)
    do(store, case, "allow_disclosure", START, by="police", about=statement, **CONSENT)
    do(store, case, "withdraw_disclosure", START, by="police", about=statement, reason="I think otherwise")
    assert last(store, case).fact is Fact.DISCLOSURE_WITHDRAWN


def test_by_her_seat_or_as_a_guest_it_is_hers_too(store: Store, scene: tuple[str, str]) -> None:
    meeting, case = scene
    with store.read() as connection:
        seat = connection.execute(select(MEMBERS.c.id).where(MEMBERS.c.person_id == POLICE.id)).scalar_one()
    do(store, case, "allow_disclosure", START, by="police", about=say(store, case, "chairperson", seat), **CONSENT)
    guest: dict[str, Any] = {"name": "Advocate C", "position": "Advocate", "agency": "Center", "lines": [line(store, meeting)]}
    do(store, case, "engage_person", by="intake supervisor", person=ADVOCATE.id)
    act(store, meeting, "invite_guest", person=ADVOCATE.id, **guest)
    (guest_id,) = course(store, meeting).guests
    act(store, meeting, "accept_confidentiality", who=guest_id, on_paper=True)
    statement = say(store, case, "chairperson", guest_id)
    do(store, case, "allow_disclosure", START, by="victim advocate", about=statement, **CONSENT)
    assert "Only the participant who provided it" in refused(
        store, case, "allow_disclosure", "police", NotAllowed, about=statement, **CONSENT
    )


def test_nobody_else_consents_to_it_but_who_leads_the_team_and_holds_it_in_writing(
    store: Store, scene: tuple[str, str]
) -> None:
    _, case = scene
    statement = say(store, case, "chairperson", WORKER.id)
    for key, form in (("allow_disclosure", CONSENT), ("withdraw_disclosure", {"reason": "No more"})):
        told = refused(store, case, key, "police", NotAllowed, about=statement, **form)
        assert told.startswith("Only the participant who provided it consents to its disclosure, or takes that back")
        assert "(§ 17a-106a(i))" in told
    for by in ("team coordinator", "chairperson"):
        do(store, case, "allow_disclosure", START, by=by, about=statement, **CONSENT)
        do(store, case, "withdraw_disclosure", START, by=by, about=statement, reason="No more")


@pytest.mark.parametrize("ground", [COURT, CONSTITUTION], ids=["court", "constitution"])
def test_what_a_court_orders_or_the_constitution_requires_is_recorded_by_who_leads_the_team(
    store: Store, scene: tuple[str, str], ground: dict[str, Any]
) -> None:
    _, case = scene
    statement = say(store, case, "police", POLICE.id)
    told = refused(store, case, "allow_disclosure", "police", NotAllowed, about=statement, **ground)
    assert told == "A court's order, or what the Constitution requires, is recorded by those who lead the team (§ 17a-106a(i))."
    do(store, case, "allow_disclosure", START, by="team coordinator", about=statement, **ground)
    assert "is recorded by those who lead" in refused(
        store, case, "withdraw_disclosure", "police", NotAllowed, about=statement, reason="It is mine"
    )
    do(store, case, "withdraw_disclosure", START, by="chairperson", about=statement, reason="Vacated")


# To whom a decision is given. --------------------------------------------------------------------------------------------


def test_a_decision_is_given_to_somebody_who_signs_in(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    told = refused(store, case, "make_decision", "chairperson", NotPossible, given_to="nobody", **DECISION)
    assert told == "Can't give the decision to that person: nobody who signs in here is meant."
    with store.write() as connection:
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == MEMBER.id).values(disabled_at=MONDAY))
    refused(store, case, "make_decision", "chairperson", NotPossible, given_to=MEMBER.id, **DECISION)
    do(store, case, "make_decision", START, by="chairperson", given_to=POLICE.id, **DECISION)
    assert last(store, case).data["given_to"] == POLICE.id
    do(store, case, "make_decision", START, by="chairperson", **DECISION)


def test_a_decision_is_given_to_nobody_with_a_conflict_on_the_case(store: Store, scene: tuple[str, str]) -> None:
    _, case = scene
    do(store, case, "declare_conflict", by="police", note="A cousin")
    told = refused(store, case, "make_decision", "chairperson", NotPossible, given_to=POLICE.id, **DECISION)
    assert told == "Can't give the decision to that person: a conflict of interest on this case was declared."
    do(store, case, "end_conflict", by="chairperson", person=POLICE.id, note="It was another family")
    do(store, case, "make_decision", START, by="chairperson", given_to=POLICE.id, **DECISION)
