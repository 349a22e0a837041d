"""Drawing people into a case through the door: whom an act may mean, who may speak for whom, and who corrects what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from mdt.access import Viewer
from mdt.casework import ACT, carry_out
from mdt.casework.pages import NO_SUCH_CASE
from mdt.errors import MdtError, NotPossible
from mdt.facts import Fact
from mdt.policy import RELATES, Relation, Role
from mdt.records.tables import ACCESS_LOG, INVOLVED, PEOPLE
from mdt.tasks import task_id
from tests import making
from tests.making import MONDAY, everything, hire, history

if TYPE_CHECKING:
    from mdt.casework import Receipt
    from mdt.store import Store

HERE, EVERYWHERE = frozenset({"New Haven"}), frozenset({"*"})
WORKER = Viewer("w-1", "Worker A", Role.INTAKE, "DCF", offices=EVERYWHERE)
KEEPER = Viewer("k-1", "Supervisor A", Role.INTAKE_SUPERVISOR, "DCF", offices=EVERYWHERE)
KEEPER_2 = Viewer("k-2", "Supervisor B", Role.INTAKE_SUPERVISOR, "DCF", offices=EVERYWHERE)
STRANGER = Viewer("k-3", "Supervisor C", Role.INTAKE_SUPERVISOR, "DCF", offices=frozenset({"Norwich"}))
CHAIR = Viewer("c-1", "Chairperson A", Role.CHAIR, "State's Attorney", districts=EVERYWHERE)
OFFICER = Viewer("p-1", "Officer A", Role.POLICE, "Police A")
ADVOCATE = Viewer("v-1", "Advocate A", Role.ADVOCATE, "Center A")
COLLEAGUE = Viewer("v-2", "Advocate B", Role.ADVOCATE, "Center A")
OTHERS_ADVOCATE = Viewer("v-3", "Advocate C", Role.ADVOCATE, "Center B")
SUPERVISOR = Viewer("s-1", "Supervisor D", Role.ADVOCATE_SUPERVISOR, "Center A")
MEMBER = Viewer("m-1", "Member A", Role.MEMBER, "Hospital")
LIAISON = Viewer("o-1", "Liaison A", Role.OVS, "OVS")
AUDITOR = Viewer("a-1", "Auditor A", Role.AUDITOR, "State")
EVERYONE = (WORKER, KEEPER, KEEPER_2, STRANGER, CHAIR, OFFICER, ADVOCATE, COLLEAGUE, OTHERS_ADVOCATE, SUPERVISOR, MEMBER,
            LIAISON, AUDITOR)  # fmt: skip
STAFF = "staff are threatened"
_commands = count()


@dataclass
class Hall:
    """A case before the team with an advocate engaged, and people of every agency."""

    store: Store
    case: str

    def do(self, by: Viewer, act: str, /, *, command: str = "", case: str = "", **form: Any) -> Receipt:
        told = ACT[act].form.model_validate({"happened_at": MONDAY, **form})
        command = command or f"act-{next(_commands)}"
        return carry_out(self.store, case or self.case, ACT[act], told, by=by, now=MONDAY, command=command)

    def refused(self, by: Viewer, act: str, /, **form: Any) -> str:
        """What was said; and nothing was changed by it."""
        before = everything(self.store)
        with pytest.raises(MdtError) as refusal:
            self.do(by, act, **form)
        assert everything(self.store) == before
        return f"{type(refusal.value).__name__}: {refusal.value}"

    def drawn(self) -> set[tuple[str, str]]:
        with self.store.read() as connection:
            rows = connection.execute(select(INVOLVED.c.who, INVOLVED.c.how).where(INVOLVED.c.case_id == self.case))
            return {(row.who, row.how) for row in rows}

    def logged(self) -> list[tuple[str, dict[str, Any]]]:
        with self.store.read() as connection:
            rows = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == "refused").order_by(ACCESS_LOG.c.n))
            return [(row.by, row.detail) for row in rows]

    def leave(self, *these: Viewer) -> None:
        with self.store.write() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.id.in_([w.id for w in these])).values(disabled_at=MONDAY))


@pytest.fixture
def hall(store: Store) -> Hall:
    hire(store, *EVERYONE)
    made = Hall(store, making.taken(store))
    made.do(WORKER, "ask_for_review", reason="words")
    made.do(KEEPER, "engage_person", person=ADVOCATE.id)
    return made


# Engagements. ------------------------------------------------------------------------------------------------------------


def test_who_is_engaged_draws_in_her_agency_if_it_is_one_of_advocates(hall: Hall) -> None:
    hall.do(KEEPER, "engage_person", person=OFFICER.id)
    assert hall.drawn() == {(ADVOCATE.id, "engaged"), ("Center A", "agency"), (OFFICER.id, "engaged")}


def test_nobody_is_engaged_to_whom_it_would_show_nothing(hall: Hall) -> None:
    for who in (WORKER, KEEPER, CHAIR, LIAISON, AUDITOR):
        assert who.role not in RELATES[Relation.ENGAGED]
        said = hall.refused(KEEPER, "engage_person", person=who.id)
        assert said == f"NotPossible: Can't engage that person: an engagement shows nothing to a {who.role}."


def test_nobody_is_meant_who_does_not_sign_in(hall: Hall) -> None:
    hall.leave(OFFICER)
    hall.do(KEEPER, "restrict_case", because=STAFF)
    nobody = "NotPossible: Can't do that: nobody who signs in here is meant."
    for person in (OFFICER.id, "nobody", "' OR ''='"):
        assert hall.refused(KEEPER, "engage_person", person=person) == nobody
        assert hall.refused(KEEPER, "admit_person", person=person) == nobody
        assert hall.refused(KEEPER, "declare_conflict", person=person) == nobody


def test_an_advocate_supervisor_engages_the_advocates_of_her_own_agency_alone(hall: Hall) -> None:
    hall.do(SUPERVISOR, "engage_person", person=COLLEAGUE.id)
    assert (COLLEAGUE.id, "engaged") in hall.drawn()
    said = "NotAllowed: Can't engage that person: an advocate supervisor engages the advocates of her own agency."
    for other in (OTHERS_ADVOCATE, OFFICER, MEMBER):
        assert hall.refused(SUPERVISOR, "engage_person", person=other.id) == said
    hall.do(KEEPER, "engage_person", person=OTHERS_ADVOCATE.id)


def test_an_advocate_supervisor_of_no_engaged_agency_does_not_even_learn_of_the_case(hall: Hall) -> None:
    hall.do(KEEPER, "end_engagement", who="Center A")
    assert hall.refused(SUPERVISOR, "engage_person", person=COLLEAGUE.id) == f"NotFound: {NO_SUCH_CASE}"


def test_only_a_police_agency_that_signs_in_is_engaged_as_an_agency(hall: Hall) -> None:
    said = "NotPossible: Can't engage that agency: nobody of the police signs in for an agency of that name."
    for agency in ("Center A", "DCF", "OVS", "Police B", "police a", "Police A "):
        assert hall.refused(KEEPER, "engage_agency", agency=agency) == said
    hall.do(KEEPER, "engage_agency", agency="Police A")
    assert ("Police A", "agency") in hall.drawn()


def test_an_agency_whose_officers_have_all_left_is_not_engaged(hall: Hall) -> None:
    hall.leave(OFFICER)
    assert hall.refused(KEEPER, "engage_agency", agency="Police A").startswith("NotPossible: Can't engage that agency")


def test_who_has_left_can_be_let_go(hall: Hall) -> None:
    hall.leave(ADVOCATE)
    hall.do(KEEPER, "end_engagement", who=ADVOCATE.id)
    assert hall.drawn() == set()


# Restrictions. -----------------------------------------------------------------------------------------------------------


def test_a_keeper_whom_a_restriction_does_not_name_admits_a_colleague_and_does_not_see_the_case_by_it(hall: Hall) -> None:
    hall.do(KEEPER, "restrict_case", because=STAFF)
    hall.do(KEEPER_2, "admit_person", person=WORKER.id)
    assert {who for who, how in hall.drawn() if how == "named"} == {KEEPER.id, WORKER.id}
    said = "NotAllowed: This case is restricted to named persons, and you are not one of them."
    for act, form in (
        ("ask_for_review", {"reason": "words"}),
        ("lift_restriction", {}),
        ("engage_person", {"person": OFFICER.id}),
    ):
        assert hall.refused(KEEPER_2, act, **form) == said
    hall.do(WORKER, "ask_for_review", reason="words")


def test_nobody_admits_herself(hall: Hall) -> None:
    hall.do(KEEPER, "restrict_case", because=STAFF)
    said = "NotAllowed: Nobody admits herself to a restricted case; ask another who keeps restrictions."
    assert hall.refused(KEEPER_2, "admit_person", person=KEEPER_2.id) == said
    assert hall.refused(CHAIR, "admit_person", person=CHAIR.id) == said
    hall.do(KEEPER_2, "admit_person", person=CHAIR.id)
    hall.do(CHAIR, "lift_restriction")


def test_whoever_keeps_no_restrictions_admits_nobody(hall: Hall) -> None:
    hall.do(KEEPER, "restrict_case", because=STAFF)
    for who in (WORKER, MEMBER, ADVOCATE, AUDITOR):
        said = hall.refused(who, "admit_person", person=WORKER.id)
        assert said.startswith("NotAllowed: Admit a person to the restricted case: this is not recorded by")


def test_a_keeper_to_whom_the_case_is_nothing_or_who_has_a_conflict_admits_nobody(hall: Hall) -> None:
    hall.do(KEEPER_2, "declare_conflict")
    hall.do(KEEPER, "restrict_case", because=STAFF)
    for who in (STRANGER, KEEPER_2):
        assert hall.refused(who, "admit_person", person=WORKER.id) == f"NotFound: {NO_SUCH_CASE}"


# Conflicts. --------------------------------------------------------------------------------------------------------------


def test_everyone_declares_her_own_conflict_and_then_sees_nothing_of_the_case(hall: Hall) -> None:
    for who in (WORKER, ADVOCATE, SUPERVISOR):
        hall.do(who, "declare_conflict", person="" if who is WORKER else who.id)
        assert (who.id, "conflict") in hall.drawn()
        assert hall.refused(who, "ask_for_review", reason="words") == f"NotFound: {NO_SUCH_CASE}"


def test_anothers_conflict_is_declared_by_keepers_alone(hall: Hall) -> None:
    said = "Can't declare a conflict for somebody else: she does it herself, or an intake supervisor or the chairperson."
    for who in (WORKER, ADVOCATE, SUPERVISOR):
        assert hall.refused(who, "declare_conflict", person=CHAIR.id) == f"NotAllowed: {said}"
    hall.do(KEEPER, "declare_conflict", person=OFFICER.id)
    hall.do(CHAIR, "declare_conflict", person=WORKER.id)
    assert {(OFFICER.id, "conflict"), (WORKER.id, "conflict")} <= hall.drawn()


def test_nobody_ends_her_own_conflict(hall: Hall) -> None:
    hall.do(CHAIR, "declare_conflict")
    assert hall.refused(CHAIR, "end_conflict", person=CHAIR.id) == f"NotFound: {NO_SUCH_CASE}"
    hall.do(KEEPER, "end_conflict", person=CHAIR.id)
    hall.do(CHAIR, "ask_for_review", reason="words")


# Corrections, and duties left undone. ------------------------------------------------------------------------------------


def event_of(hall: Hall, fact: Fact) -> str:
    return next(e.id for e in history(hall.store, hall.case) if e.fact is fact)


def test_an_entry_is_corrected_by_those_alone_who_may_record_one_like_it(hall: Hall) -> None:
    hall.do(WORKER, "classify_report", classification="emergency")
    wrong = event_of(hall, Fact.REPORT_CLASSIFIED)
    for act, form in (("retract_fact", {"reason": "Wrong."}),
                      ("redate_fact", {"reason": "Wrong.", "to": MONDAY - timedelta(minutes=1)})):  # fmt: skip
        said = hall.refused(CHAIR, act, about=wrong, **form)
        assert said == f"NotAllowed: {ACT[act].title}: that is for those who may record “{Fact.REPORT_CLASSIFIED.value}”."
        assert hall.refused(ADVOCATE, act, about=wrong, **form).startswith("NotAllowed:")
    hall.do(KEEPER, "retract_fact", about=wrong, reason="Wrong.")


def test_who_may_record_the_like_corrects_what_another_recorded(hall: Hall) -> None:
    hall.do(ADVOCATE, "retract_fact", about=event_of(hall, Fact.REVIEW_ASKED_FOR), reason="Wrong.")
    assert Fact.FACT_RETRACTED in {e.fact for e in history(hall.store, hall.case)}


def test_a_duty_is_left_undone_by_those_alone_who_may_do_it(hall: Hall) -> None:
    task = task_id(making.tasks(hall.store, hall.case)["classify"].key)
    said = hall.refused(CHAIR, "leave_undone", about=task, reason="Words.")
    assert said == (
        "NotAllowed: Record that the duty was not carried out: that is for those who may record “report classified”."
    )
    hall.do(WORKER, "leave_undone", about=task, reason="Words.")


def test_a_step_is_given_to_somebody_who_signs_in(hall: Hall) -> None:
    about = task_id(making.tasks(hall.store, hall.case)["classify"].key)
    said = hall.refused(WORKER, "assign_step", about=about, to="nobody")
    assert said == "NotPossible: Can't do that: nobody who signs in here is meant."
    hall.do(WORKER, "assign_step", about=about, to=KEEPER.id)


# Repeats, and the log. ---------------------------------------------------------------------------------------------------


def test_a_repeat_is_answered_as_done_to_whoever_did_it_even_if_the_case_is_no_longer_hers(hall: Hall) -> None:
    first = hall.do(WORKER, "ask_for_review", command="once", reason="words")
    hall.do(KEEPER, "declare_conflict", person=WORKER.id)
    again = hall.do(WORKER, "ask_for_review", command="once", reason="words")
    assert (again.repeated, again.version, again.events) == (True, first.version, ())


def test_another_persons_command_is_answered_as_done_to_nobody_else(hall: Hall) -> None:
    hall.do(WORKER, "ask_for_review", command="once", reason="words")
    assert hall.refused(OFFICER, "ask_for_review", command="once", reason="words") == f"NotFound: {NO_SUCH_CASE}"
    with pytest.raises(NotPossible, match="It could not be recorded"):
        hall.do(KEEPER, "ask_for_review", command="once", reason="words")


def test_each_refusal_for_who_asks_is_logged_and_no_other(hall: Hall) -> None:
    hall.refused(KEEPER, "engage_person", person="nobody")  # it is about whom she means
    assert hall.logged() == []
    hall.refused(SUPERVISOR, "engage_person", person=OTHERS_ADVOCATE.id)
    hall.refused(WORKER, "declare_conflict", person=CHAIR.id)
    hall.refused(MEMBER, "ask_for_review", reason="words", case="0" * 32)
    assert hall.logged() == [
        (SUPERVISOR.id, {"act": "engage_person", "case": hall.case}),
        (WORKER.id, {"act": "declare_conflict", "case": hall.case}),
        (MEMBER.id, {"act": "ask_for_review", "case": "0" * 32}),
    ]
