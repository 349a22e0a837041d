"""Every act by every role in every relation to a case, through the door itself, against the naive reference."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count, product
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text

from mdt import access
from mdt.access import SYSTEM, Viewer
from mdt.acts import New
from mdt.casework import ACT, ACTS, carry_out, intake, pages
from mdt.circle import TAKE_EMERGENCY_ACCESS
from mdt.errors import MdtError, NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.history import live
from mdt.records import tables
from mdt.records.tables import ACCESS_LOG, CASES, MEMBERSHIPS, PEOPLE
from mdt.tasks import open_tasks
from tests.access import reference
from tests.access.reference import Matter, Someone
from tests.making import MONDAY, everything, referral, taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.acts import Act, Form
    from mdt.store import Store

POLICE, CENTER, OVS = "Police A", "Center A", "OVS"
LATER = MONDAY + timedelta(hours=1)
FILL = {"person": "somebody", "agency": POLICE, "who": "nobody at all", "town": "New Haven", "provider": "P-1",
        "instrument": "example", "version": "1", "language": "en", "answers": {"away-unexplained": "yes"}}  # fmt: skip
TOGETHER = {"give_consent": {"signer": "parent", "signer_name": "Parent A"}}  # what only goes together
AGENCY_OF = {"police": POLICE, "victim advocate": CENTER, "advocate supervisor": CENTER, "OVS liaison": OVS}
_commands = count()


def filled(act: Act, at: datetime, **more: Any) -> Form:
    """The least that the form takes."""
    own = {n: _value(n, info.annotation) for n, info in act.form.model_fields.items() if info.is_required()}
    whole = own | TOGETHER.get(act.key, {})
    return act.form.model_validate({**whole, "happened_at": at, "note": "words", **more})


def _value(name: str, kind: Any) -> Any:
    if name in FILL:
        return FILL[name]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list:
        return [_value("", get_args(kind)[0])]
    return {bool: True, int: 1, str: "words", date: date(2026, 4, 1), datetime: MONDAY}.get(kind, MONDAY)


@dataclass
class Hall:
    """Cases by how one stands to them, the people by role, and both as the reference knows them."""

    store: Store
    people: dict[str, Viewer]
    someones: dict[str, Someone]
    cases: dict[str, str]
    matters: dict[str, Matter]

    def may(self, role: str, act: str, case: str) -> bool:
        return reference.may_record(self.someones[role], self.matters[case], LATER, act)


def _everyone() -> Iterator[tuple[str, Viewer]]:
    here = frozenset({"New Haven"})
    for n, role in enumerate((*reference.ROLES[:-1], "a role nobody knows")):
        agency = AGENCY_OF.get(role, "DCF")
        yield role, Viewer(f"someone-{n}", "Somebody", role, agency, here, here)
    yield "system", SYSTEM


def _add(store: Store, people: dict[str, Viewer]) -> None:
    rows = [{"id": p.id, "name": p.name, "role": p.role, "agency": p.agency} for p in people.values() if p is not SYSTEM]
    rows += [{"id": "somebody", "name": "Somebody", "role": "victim advocate", "agency": CENTER}]
    works = [{"person_id": row["id"], "kind": kind, "name": "New Haven"} for row in rows for kind in ("office", "district")]
    with store.write() as connection:
        connection.execute(insert(PEOPLE), rows)
        connection.execute(insert(MEMBERSHIPS), works)


def _do(store: Store, case: str, act: str, **form: Any) -> None:
    told = ACT[act].form.model_validate({"happened_at": MONDAY, **form})
    carry_out(store, case, ACT[act], told, by=SYSTEM, now=MONDAY, command=uuid4().hex)


def _write(store: Store, case: str, act: str, new: list[New]) -> None:
    """What the door would ask more for: a second factor, papers."""
    with store.write() as connection:
        page = pages.open_page(connection, case)
        entry = pages.Entry(act, SYSTEM.id, MONDAY, MONDAY, uuid4().hex)
        pages.write(connection, page, new, entry, open_tasks(live(page.events)))


def _cases(store: Store, people: dict[str, Viewer]) -> tuple[dict[str, str], dict[str, Matter]]:
    """One case for each way to stand to it."""
    own = [p for p in people.values() if p is not SYSTEM]
    engaged = [p for p in own if p.role in ("victim advocate", "area-office worker", "police", "prosecutor", "team member")]
    agencies = frozenset({(POLICE, "agency", None), (CENTER, "agency", None), (OVS, "agency", None)})
    by_name = frozenset((p.id, "engaged", None) for p in engaged)
    runs, over = LATER + timedelta(seconds=1), LATER
    here: dict[str, Any] = {"office": "New Haven", "district": "New Haven", "before_team": True}
    matters = {
        "nobody's": Matter(),
        "placed": Matter("New Haven", "New Haven"),
        "before the team": Matter(**here),
        "engaged": Matter(**here, drawn_in=by_name | agencies),
        "emergency": Matter(drawn_in=frozenset((p.id, "glass", runs) for p in own)),
        "emergency over": Matter(drawn_in=frozenset((p.id, "glass", over) for p in own)),
        "restricted": Matter(**here, restricted=True, drawn_in=by_name | agencies),
        "named": Matter(**here, restricted=True, drawn_in=by_name | agencies | {(p.id, "named", None) for p in own}),
        "conflict": Matter(**here, drawn_in=by_name | agencies | {(p.id, "conflict", None) for p in own}),
    }
    cases = {}
    for n, (name, matter) in enumerate(matters.items()):
        cases[name] = case = taken(store, report_no=f"R-{n}", child_residence_town="")
        _make(store, case, matter, engaged, own)
    return cases, matters


def _make(store: Store, case: str, matter: Matter, engaged: list[Viewer], own: list[Viewer]) -> None:
    hows = {how for _, how, _ in matter.drawn_in}
    if matter.office:
        _do(store, case, "place_case", town="New Haven", town_of="residence")
    if matter.before_team:
        _do(store, case, "ask_for_review", reason="words")
    if "agency" in hows:
        _do(store, case, "engage_agency", agency=POLICE)
        _write(store, case, "file_application", [New(Fact.APPLICATION_FILED)])  # the claim is before OVS
    if "glass" in hows:
        until = next(until for _, how, until in matter.drawn_in if how == "glass" and until)
        data = [{"person": p.id, "until": until.isoformat()} for p in own]
        _write(store, case, TAKE_EMERGENCY_ACCESS.key, [New(Fact.EMERGENCY_ACCESS_TAKEN, data=one) for one in data])
    if matter.restricted:
        _do(store, case, "restrict_case", because="staff are threatened")
    for how, act, whom in (("engaged", "engage_person", engaged), ("named", "admit_person", own),
                           ("conflict", "declare_conflict", own)):  # fmt: skip
        for person in whom if how in hows else ():
            _do(store, case, act, person=person.id)


@pytest.fixture
def hall(store: Store) -> Hall:
    people = dict(_everyone())
    _add(store, people)
    cases, matters = _cases(store, people)
    someones = {role: Someone(p.id, role, p.agency, p.offices, p.districts) for role, p in people.items()}
    return Hall(store, people, someones, cases, matters)


class Undone(Exception):
    """What takes back an act that the door allowed."""


def tried(store: Store, case: str, act: Act, form: Form, by: Viewer) -> str:
    """What the door said, and nothing of it is left: allowed, or how it was refused."""
    said = "allowed"
    with suppress(Undone), store.in_one_go() as (whole, _):
        try:
            carry_out(whole, case, act, form, by=by, now=LATER, command=f"try-{next(_commands)}")
        except (NotAllowed, NotFound) as refusal:
            said = type(refusal).__name__
        except (NotYet, NotPossible):
            said = "allowed"  # by the policy; it does not fit the case
        raise Undone
    return said


# The matrix. -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_door_lets_through_what_the_words_of_the_policy_allow(hall: Hall) -> None:
    before, cells, wrong = everything(hall.store), 0, []
    acts = ACTS if hall.store.is_sqlite else ACTS[::9]
    for act, role in product(acts, hall.people):
        named = {"case": hall.cases["before the team"]} if "case" in act.form.model_fields else {}  # one that she sees
        if act.key == "record_statement":
            named["provider"] = hall.people[role].id  # what she said herself; of others see test_convening
        form = filled(act, MONDAY, **named)
        ways = hall.cases if role in reference.roles_of(act.key) else ("before the team", "engaged")
        for way in ways:
            said = tried(hall.store, hall.cases[way], act, form, hall.people[role])
            if (said == "allowed") != hall.may(role, act.key, way):
                wrong.append((act.key, role, way, said))
            cells += 1
    assert wrong == []
    assert cells > (9_000 if hall.store.is_sqlite else 900)
    assert everything(hall.store) == before


def test_nobody_is_told_that_a_case_exists_which_she_does_not_see(hall: Hall) -> None:
    """A case that is not hers and a case that there is not are refused in the same words; a restricted one says so."""
    act = ACT["ask_for_review"]
    for role in reference.roles_of(act.key) - {"system"}:
        who = hall.people[role]
        assert tried(hall.store, hall.cases["conflict"], act, filled(act, MONDAY), who) == "NotFound"
        assert tried(hall.store, hall.cases["nobody's"], act, filled(act, MONDAY), who) == "NotFound"
        assert tried(hall.store, hall.cases["restricted"], act, filled(act, MONDAY), who) == "NotAllowed"
        said = set()
        for case in (hall.cases["conflict"], uuid4().hex, "", "' OR 1=1 --", hall.cases["conflict"].upper(), "*"):
            with pytest.raises(NotFound) as refusal:
                carry_out(hall.store, case, act, filled(act, MONDAY), by=who, now=LATER, command=uuid4().hex)
            said.add(str(refusal.value))
        assert said == {pages.NO_SUCH_CASE}


def refusals(store: Store) -> list[dict[str, Any]]:
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == "refused").order_by(ACCESS_LOG.c.n))
        return [dict(row) for row in rows.mappings()]


def test_each_refusal_is_logged_and_changes_nothing_else(hall: Hall) -> None:
    before = everything(hall.store)
    chair, made_up = hall.people["chairperson"], uuid4().hex
    asked = [
        ("approve_screen_out", hall.cases["before the team"], hall.cases["before the team"]),
        ("ask_for_review", hall.cases["nobody's"], hall.cases["nobody's"]),
        ("ask_for_review", hall.cases["restricted"], hall.cases["restricted"]),
        ("ask_for_review", hall.cases["emergency"], hall.cases["emergency"]),
        ("ask_for_review", made_up, made_up),
        ("ask_for_review", "Child A of New Haven", "not an id"),
    ]
    for act, case, _ in asked:
        with pytest.raises((NotAllowed, NotFound)):
            carry_out(hall.store, case, ACT[act], filled(ACT[act], MONDAY), by=chair, now=LATER, command=uuid4().hex)
    logged = refusals(hall.store)
    assert [(row["by"], row["detail"]) for row in logged] == [(chair.id, {"act": a, "case": c}) for a, _, c in asked]
    assert everything(hall.store) == before


def test_a_refusal_that_is_not_about_the_person_is_not_logged_as_one(hall: Hall) -> None:
    act, worker = ACT["return_closing"], hall.people["intake worker"]
    with pytest.raises(MdtError):
        carry_out(hall.store, hall.cases["placed"], act, filled(act, MONDAY), by=worker, now=LATER, command=uuid4().hex)
    assert refusals(hall.store) == []


def test_who_takes_no_referrals_opens_no_case(hall: Hall) -> None:
    with hall.store.read() as connection:
        cases = connection.scalar(select(func.count()).select_from(CASES))
    takers = reference.roles_of(intake.RECEIVE.key)
    for n, (role, who) in enumerate(hall.people.items()):
        form = referral(report_no=f"new-{n}")
        if role in takers:
            intake.receive_referral(hall.store, form, by=who, now=LATER)
            continue
        with pytest.raises(NotAllowed):
            intake.receive_referral(hall.store, form, by=who, now=LATER)
        with pytest.raises(NotAllowed):
            intake.receive_rows(hall.store, [], by=who, now=LATER)
    with hall.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(CASES)) == cases + len(takers)


# Forms that were tampered with. ------------------------------------------------------------------------------------------


def test_a_thing_of_another_case_is_not_to_be_written_about(hall: Hall) -> None:
    """The report, the entry or the step of a case that she sees as well; or of one that there is not."""
    here, there, worker = hall.cases["placed"], hall.cases["before the team"], hall.people["intake worker"]
    before = everything(hall.store)
    with hall.store.read() as connection:
        other = next(e for e in pages.history_of(connection, there) if e.fact is Fact.REPORT_RECEIVED)
    for key, about in product(
        ("classify_report", "notify_police", "identify_victim", "retract_fact", "redate_fact", "assign_step", "leave_undone"),
        (other.about, other.id, there, uuid4().hex, "classify|" + str(other.about), "' OR 1=1 --"),
    ):
        with pytest.raises((NotPossible, NotYet)):
            carry_out(hall.store, here, ACT[key], filled(ACT[key], LATER, about=about), by=worker, now=LATER,
                      command=uuid4().hex)  # fmt: skip
    assert everything(hall.store) == before


def test_what_the_door_fills_in_is_not_taken_from_the_form(hall: Hall) -> None:
    """An agency made up in the form of an engagement draws nobody in."""
    case, by = hall.cases["before the team"], hall.people["intake supervisor"]
    form = filled(ACT["engage_person"], MONDAY, person="somebody", agency=POLICE)
    carry_out(hall.store, case, ACT["engage_person"], form, by=by, now=LATER, command=uuid4().hex)
    with hall.store.read() as connection:
        drawn = {(r.who, r.how) for r in connection.execute(select(tables.INVOLVED).where(tables.INVOLVED.c.case_id == case))}
    assert drawn == {("somebody", "engaged"), (CENTER, "agency")}


@pytest.mark.parametrize("way", ["placed", "before the team", "engaged", "named"])
def test_emergency_access_is_not_had_through_the_common_door(hall: Hall, way: str) -> None:
    """It asks for a second factor and tells a supervisor; the common door does neither, so it lets nobody through.

    Whoever works on a case might else open it, in a form of her own making, to anybody and for any time.
    """
    before, act = everything(hall.store), TAKE_EMERGENCY_ACCESS
    years = LATER + timedelta(days=9999)
    for role in reference.roles_of(act.key) - {"system"}:
        for more in ({}, {"person": "somebody", "until": years}, {"person": hall.people["police"].id, "until": years}):
            with pytest.raises(MdtError):
                carry_out(hall.store, hall.cases[way], act, filled(act, LATER, reason="words", **more),
                          by=hall.people[role], now=LATER, command=uuid4().hex)  # fmt: skip
    assert everything(hall.store) == before


def test_an_act_made_up_by_the_caller_is_nobodys(hall: Hall) -> None:
    act = replace(ACT["ask_for_review"], key="make_me_chair")
    for who in hall.people.values():
        assert tried(hall.store, hall.cases["before the team"], act, filled(act, MONDAY), who) == "NotAllowed"


def test_a_person_who_says_that_she_is_more_than_the_database_knows_gets_no_further_than_the_wall(hall: Hall) -> None:
    """On PostgreSQL the door asks the database too, which goes by the person's row and not by what the session says."""
    if hall.store.is_sqlite:
        return
    liar = replace(hall.people["administrator"], role="intake worker")
    act = ACT["ask_for_review"]
    assert access.may(liar, act)
    assert tried(hall.store, hall.cases["placed"], act, filled(act, MONDAY), liar) == "NotFound"


def test_a_change_of_role_or_a_disabled_account_holds_for_the_next_act(hall: Hall) -> None:
    if hall.store.is_sqlite:
        return
    worker, act = hall.people["intake worker"], ACT["ask_for_review"]
    assert tried(hall.store, hall.cases["placed"], act, filled(act, MONDAY), worker) == "allowed"
    with hall.store.write() as connection:
        connection.execute(text("UPDATE person SET disabled_at = now() WHERE id = :id"), {"id": worker.id})
    assert tried(hall.store, hall.cases["placed"], act, filled(act, MONDAY), worker) == "NotFound"
