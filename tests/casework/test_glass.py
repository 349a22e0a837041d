"""Emergency access: loud, short and for reading. Who is told, when it ends, and everything for which it is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from pydantic import ValidationError
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from mdt import notices
from mdt.access import Viewer
from mdt.board import people, work
from mdt.board.case import case_view
from mdt.board.named import named
from mdt.board.sight import visible
from mdt.casework import ACT, accounts, carry_out
from mdt.casework.glass import TOLD, take_emergency_access
from mdt.casework.notices import mark_seen
from mdt.errors import MdtError, NotAllowed, NotFound, NotPossible
from mdt.facts import Fact
from mdt.policy import RELATES, Relation, Role, See
from mdt.records.tables import ACCESS_LOG, ACCOUNTS, CASES, NOTICES, PEOPLE
from tests import making
from tests.making import case_row, everything, hire, history

if TYPE_CHECKING:
    from mdt.casework import Receipt
    from mdt.store import Store

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
HERE, EVERYWHERE = frozenset({"Norwich"}), frozenset({"*"})
WORKER = Viewer("w-1", "Worker A", Role.INTAKE, "DCF", offices=HERE)
SUPERVISOR = Viewer("s-1", "Supervisor A", Role.INTAKE_SUPERVISOR, "DCF", offices=HERE)
SECOND_SUPERVISOR = Viewer("s-2", "Supervisor B", Role.INTAKE_SUPERVISOR, "DCF", offices=EVERYWHERE)
ELSEWHERE = Viewer("s-3", "Supervisor C", Role.INTAKE_SUPERVISOR, "Another agency", offices=EVERYWHERE)
OFFICER = Viewer("p-1", "Officer A", Role.POLICE, "Police A")
CHAIR = Viewer("c-1", "Chairperson A", Role.CHAIR, "State's Attorney", districts=EVERYWHERE)
COORDINATOR = Viewer("c-2", "Coordinator A", Role.COORDINATOR, "Center A", districts=frozenset({"New London"}))
AUDITOR = Viewer("a-1", "Auditor A", Role.AUDITOR, "State")
ADVOCATE = Viewer("v-1", "Advocate A", Role.ADVOCATE, "Center A")
EVERYONE = (WORKER, SUPERVISOR, SECOND_SUPERVISOR, ELSEWHERE, OFFICER, CHAIR, COORDINATOR, AUDITOR, ADVOCATE)
UNCONFIRMED = "Not confirmed: the code is wrong or has been used."
_commands = count()


@dataclass
class Hall:
    """A case that is nobody's of those here but one, their telephones, and the time (the wall has its own clock)."""

    store: Store
    case: str
    number: str
    secrets: dict[str, str]
    now: datetime

    def code(self, who: Viewer, at: datetime) -> str:
        return pyotp.TOTP(self.secrets[who.id]).at(at)

    def take(
        self, who: Viewer = WORKER, at: datetime | None = None, *, number: str = "", reason: str = "She called.",
        code: str | None = None, command: str = "",
    ) -> Receipt:  # fmt: skip
        at = at or self.now
        code = self.code(who, at) if code is None else code
        command = command or f"glass-{next(_commands)}"
        return take_emergency_access(self.store, number or self.number, reason, code, by=who, now=at, command=command)

    def refused(self, who: Viewer = WORKER, at: datetime | None = None, **more: Any) -> str:
        with pytest.raises(MdtError) as refusal:
            self.take(who, at, **more)
        return f"{type(refusal.value).__name__}: {refusal.value}"

    def record(self, who: Viewer, act: str, **form: Any) -> None:
        told = ACT[act].form.model_validate({"happened_at": self.now, **form})
        carry_out(self.store, self.case, ACT[act], told, by=who, now=self.now, command=f"act-{next(_commands)}")

    def sees(self, who: Viewer, at: datetime) -> set[str]:
        """The cases that the board's own clause gives her then."""
        viewer = people.by_id(self.store, who.id, at)
        with self.store.read() as connection:
            return set(connection.scalars(select(CASES.c.id).where(visible(viewer))))

    def told(self) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(select(NOTICES.c.to_actor).where(NOTICES.c.kind == notices.EMERGENCY)
                                           .order_by(NOTICES.c.to_actor)))  # fmt: skip

    def logged(self, act: str) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            found = select(ACCESS_LOG).where(ACCESS_LOG.c.act == act).order_by(ACCESS_LOG.c.chain, ACCESS_LOG.c.n)
            return [dict(row) for row in connection.execute(found).mappings()]

    def leave(self, *these: Viewer) -> None:
        """They no longer sign in."""
        with self.store.write() as connection:
            ids = [who.id for who in these]
            connection.execute(update(PEOPLE).where(PEOPLE.c.id.in_(ids)).values(disabled_at=self.now))


def enrol(store: Store, person: str, now: datetime) -> str:
    with store.write() as connection:
        row, secret = accounts.account_row(connection, person, person, now)
        connection.execute(insert(ACCOUNTS).values(row))
    return secret


@pytest.fixture
def hall(store: Store) -> Hall:
    """The demo's people have left: only those above are here."""
    now = datetime.now(UTC)
    case = making.taken(store, now=now - HOUR, received_at="2026-03-02 09:00")
    with store.write() as connection:
        connection.execute(update(PEOPLE).values(disabled_at=now))
    hire(store, *EVERYONE)
    secrets = {who.id: enrol(store, who.id, now) for who in EVERYONE}
    return Hall(store, case, case_row(store, case)["number"], secrets, now)


# What it gives. ----------------------------------------------------------------------------------------------------------


def test_a_case_that_was_not_hers_is_open_to_her(hall: Hall) -> None:
    assert hall.sees(WORKER, hall.now) == set()
    receipt = hall.take()
    assert (receipt.case_id, receipt.version, receipt.repeated) == (
        hall.case,
        case_row(hall.store, hall.case)["version"],
        False,
    )
    assert [e.fact for e in receipt.events] == [Fact.EMERGENCY_ACCESS_TAKEN]
    assert hall.sees(WORKER, hall.now) == {hall.case}
    view = case_view(hall.store, people.by_id(hall.store, WORKER.id, hall.now), hall.case, hall.now)
    assert view.sight.by == {Relation.GLASS}
    assert view.sight.sees == {See.POSITION, See.HISTORY, See.IDENTITY, See.REPORT}
    assert not view.sight.may_record


def test_the_number_may_be_typed_with_spaces_around_it(hall: Hall) -> None:
    assert hall.take(number=f"  {hall.number} ").case_id == hall.case


def test_her_reason_is_a_sealed_note_and_no_word_of_it_is_in_the_fact_or_the_log(hall: Hall) -> None:
    (event,) = hall.take(reason="A reason of hers").events
    assert event.data == {"person": WORKER.id, "until": (hall.now + 4 * HOUR).isoformat().replace("+00:00", "Z")}
    assert "A reason" not in repr(everything(hall.store))
    seen = named(hall.store, people.by_id(hall.store, WORKER.id, hall.now), hall.case, hall.now)
    assert seen.words == {event.id: {"reason": "A reason of hers"}}  # her own


def test_it_shows_no_note_of_others_and_not_who_reported(store: Store, hall: Hall) -> None:
    case = making.taken(store, report_no="R-2", narrative="Words.", reporter_name="Reporter R")
    hall.take(WORKER, number=case_row(store, case)["number"])
    seen = named(store, people.by_id(store, WORKER.id, hall.now), case, hall.now)
    assert seen.child["given_name"] == "Child"
    assert len(seen.reports) == 1
    assert "Reporter R" not in repr(seen)
    assert {field for words in seen.words.values() for field in words} == {"reason", "narrative"}


def test_it_records_nothing(hall: Hall) -> None:
    hall.take()
    viewer, before = people.by_id(hall.store, WORKER.id, hall.now), everything(hall.store)
    with pytest.raises(NotAllowed, match="it lets you read and record nothing"):
        hall.record(viewer, "ask_for_review", reason="words")
    assert everything(hall.store) == before


# When it ends. -----------------------------------------------------------------------------------------------------------


def test_it_ends_after_four_hours_to_the_second(hall: Hall) -> None:
    hall.take()
    end = hall.now + 4 * HOUR
    for at, seen in ((end - SECOND, {hall.case}), (end, set()), (end + SECOND, set())):
        assert hall.sees(WORKER, at) == seen
        viewer = people.by_id(hall.store, WORKER.id, at)
        assert viewer.glass == frozenset(seen)
        if seen:
            assert named(hall.store, viewer, hall.case, at).child["given_name"] == "Child"
        else:
            with pytest.raises(NotFound):
                named(hall.store, viewer, hall.case, at)
            with pytest.raises(NotFound):
                case_view(hall.store, viewer, hall.case, at)


def test_a_page_that_kept_its_viewer_from_before_sees_nothing_of_it_either_once_it_is_over(hall: Hall) -> None:
    """The board's clause goes by the viewer, who is asked anew at each click; what is shown of a case goes by the time."""
    hall.take()
    kept = people.by_id(hall.store, WORKER.id, hall.now)
    view = case_view(hall.store, kept, hall.case, hall.now + 4 * HOUR)
    assert view.sight.sees == frozenset()
    assert named(hall.store, kept, hall.case, hall.now + 4 * HOUR).child == {}


def test_while_it_runs_it_cannot_be_lengthened(hall: Hall) -> None:
    hall.take()
    words = "NotPossible: Your emergency access to this case still runs. It cannot be lengthened."
    assert hall.refused(at=hall.now + HOUR) == words
    assert hall.refused(at=hall.now + 4 * HOUR - SECOND) == words
    assert hall.sees(WORKER, hall.now + 4 * HOUR) == set()


def test_once_it_is_over_it_can_be_taken_again(hall: Hall) -> None:
    hall.take()
    hall.take(at=hall.now + 4 * HOUR)
    assert hall.sees(WORKER, hall.now + 8 * HOUR - SECOND) == {hall.case}
    assert hall.sees(WORKER, hall.now + 8 * HOUR) == set()
    assert hall.told() == [SUPERVISOR.id, SUPERVISOR.id, SECOND_SUPERVISOR.id, SECOND_SUPERVISOR.id]


def test_it_opens_that_case_to_that_person_alone(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    hall.take()
    assert other not in hall.sees(WORKER, hall.now)
    assert all(hall.sees(who, hall.now) == set() for who in (OFFICER, ADVOCATE, AUDITOR, COORDINATOR))


# For what it is refused. -------------------------------------------------------------------------------------------------


def test_a_wrong_code_or_none_opens_nothing_and_counts_as_a_failure(hall: Hall) -> None:
    before = everything(hall.store)
    wrong = f"{(int(hall.code(WORKER, hall.now)) + 1) % 1_000_000:06}"
    for code in (wrong, "", "not a code", hall.code(WORKER, hall.now - HOUR), hall.code(OFFICER, hall.now)):
        assert hall.refused(code=code).startswith(f"NotAllowed: {UNCONFIRMED}")
    assert everything(hall.store) == before
    assert [row["by"] for row in hall.logged("sign-in failed")] == [WORKER.id] * 5
    assert hall.refused().startswith("NotAllowed:")  # five are enough; the right one does not help any more
    assert [row["by"] for row in hall.logged("locked")] == [WORKER.id]


def test_a_code_opens_one_case_and_no_second(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    hall.take()
    assert hall.refused(number=case_row(hall.store, other)["number"]).startswith(f"NotAllowed: {UNCONFIRMED}")
    hall.take(at=hall.now + timedelta(seconds=30), number=case_row(hall.store, other)["number"])


def test_without_a_second_factor_there_is_no_emergency_access(hall: Hall) -> None:
    stranger = replace(WORKER, id="w-2")
    hire(hall.store, stranger)
    words = "NotAllowed: Your account has no second factor. Ask the administrator of your team for one."
    assert hall.refused(stranger, code="000000") == words


def test_it_wants_a_reason(hall: Hall) -> None:
    before = everything(hall.store)
    for reason in ("", " \n ", "ab"):
        with pytest.raises(ValidationError) as wrong:
            hall.take(reason=reason)
        assert [error["loc"] for error in wrong.value.errors()] == [("reason",)]
    assert everything(hall.store) == before


def test_a_reason_that_is_missing_costs_no_code(hall: Hall) -> None:
    """She types it and goes on; there is no time to wait for the telephone's next code."""
    with pytest.raises(ValidationError):
        hall.take(reason="")
    assert hall.take().case_id == hall.case


def test_a_number_that_there_is_not_opens_nothing(hall: Hall) -> None:
    for minutes, number in enumerate(("2026-99999", "no number", "%", "' OR ''='")):
        said = hall.refused(at=hall.now + minutes * timedelta(minutes=1), number=number)
        assert said == "NotFound: There is no case of that number."


SHUT = "NotAllowed: Emergency access does not open this case: it is restricted to named persons. Ask a supervisor."


def test_a_restricted_case_is_not_opened(hall: Hall) -> None:
    hall.record(SECOND_SUPERVISOR, "restrict_case", because="staff are threatened")
    before = everything(hall.store)
    assert hall.refused() == SHUT
    assert everything(hall.store) == before


def test_a_case_that_is_restricted_while_it_runs_is_shut_at_once(hall: Hall) -> None:
    hall.take()
    hall.record(SECOND_SUPERVISOR, "restrict_case", because="staff are threatened")
    assert hall.sees(WORKER, hall.now) == set()
    hall.record(SECOND_SUPERVISOR, "lift_restriction")
    assert hall.sees(WORKER, hall.now) == {hall.case}


def test_who_has_a_conflict_is_told_no_more_than_of_a_restricted_case(hall: Hall) -> None:
    hall.record(SECOND_SUPERVISOR, "declare_conflict", person=WORKER.id)
    assert hall.refused() == SHUT
    assert hall.sees(WORKER, hall.now) == set()


def test_who_sees_the_case_already_gains_nothing(hall: Hall) -> None:
    assert hall.refused(SECOND_SUPERVISOR) == "NotPossible: You see this case already; emergency access adds nothing."
    assert hall.told() == []


def test_a_role_that_has_no_such_access_is_refused_before_its_code_is_asked(hall: Hall) -> None:
    for role in set(Role) - RELATES[Relation.GLASS] - {Role.SYSTEM}:
        said = hall.refused(replace(ADVOCATE, role=role))
        assert said.startswith("NotAllowed: Take emergency access: this is not recorded by"), role
    assert (hall.logged("sign-in failed"), hall.told()) == ([], [])


# Who is told. ------------------------------------------------------------------------------------------------------------


def test_every_role_that_has_it_has_somebody_who_is_told() -> None:
    assert set(TOLD) == RELATES[Relation.GLASS]
    assert all(TOLD.values())


def test_the_supervisors_of_her_own_agency_are_told_in_the_same_moment_and_nobody_else(hall: Hall) -> None:
    hall.take()
    assert hall.told() == [SUPERVISOR.id, SECOND_SUPERVISOR.id]


def test_where_no_supervisor_signs_in_the_auditors_are_told(hall: Hall) -> None:
    hall.leave(SUPERVISOR, SECOND_SUPERVISOR)
    hall.take()
    assert hall.told() == [AUDITOR.id]


def test_a_supervisor_does_not_tell_herself(hall: Hall) -> None:
    hall.take(SUPERVISOR)
    assert hall.told() == [SECOND_SUPERVISOR.id]
    hall.leave(SECOND_SUPERVISOR)
    hall.take(SUPERVISOR, hall.now + 4 * HOUR)
    assert hall.told() == [AUDITOR.id, SECOND_SUPERVISOR.id]


@pytest.mark.parametrize(("town", "coordinators"), [("", []), ("New Haven", []), ("New London", [COORDINATOR.id])])
def test_whoever_has_no_supervisor_here_is_told_of_to_who_leads_the_team_of_the_district(
    hall: Hall, town: str, coordinators: list[str]
) -> None:
    if town:
        hall.record(SECOND_SUPERVISOR, "place_case", town=town, town_of="residence")
    hall.take(OFFICER)
    assert hall.told() == [CHAIR.id, *coordinators]


def test_whoever_has_a_conflict_on_the_case_is_not_told_of_it(hall: Hall) -> None:
    hall.record(SECOND_SUPERVISOR, "declare_conflict", person=CHAIR.id)
    hall.take(OFFICER)
    assert hall.told()
    assert CHAIR.id not in hall.told()


def test_who_leads_a_team_is_told_of_by_the_others_who_do(hall: Hall) -> None:
    hall.record(SECOND_SUPERVISOR, "place_case", town="New London", town_of="residence")
    hall.take(COORDINATOR)
    assert hall.told() == [CHAIR.id]
    hall.leave(CHAIR)
    hall.take(COORDINATOR, hall.now + 4 * HOUR)
    assert hall.told() == [AUDITOR.id, CHAIR.id]


def test_where_nobody_is_to_be_told_the_access_is_in_the_log_all_the_same(hall: Hall) -> None:
    hall.leave(SUPERVISOR, SECOND_SUPERVISOR, AUDITOR)
    hall.take()
    assert hall.told() == []
    assert len(hall.logged("emergency access")) == 1


def test_the_supervisor_reads_it_and_marks_it_read_though_the_case_is_not_hers(hall: Hall) -> None:
    hall.take()
    (told,) = work.notices_for(hall.store, SUPERVISOR, [])
    sentence = f"Case {hall.number}: somebody took emergency access to it for four hours."
    assert told == (hall.case, hall.now, sentence)
    assert mark_seen(hall.store, SUPERVISOR, [SUPERVISOR.id], hall.now) == 1
    assert work.notices_for(hall.store, SUPERVISOR, []) == []
    assert len(work.notices_for(hall.store, SECOND_SUPERVISOR, [])) == 1  # hers is another
    assert hall.sees(SUPERVISOR, hall.now) == set()


# Once. -------------------------------------------------------------------------------------------------------------------


def test_the_same_command_twice_is_one(hall: Hall) -> None:
    first = hall.take(command="once")
    before = everything(hall.store)
    again = hall.take(at=hall.now + timedelta(seconds=30), command="once")
    assert (again.case_id, again.version, again.repeated) == (first.case_id, first.version, True)
    assert everything(hall.store) == before
    assert len(hall.logged("emergency access")) == 1


def test_the_same_command_with_the_same_code_is_one_and_no_failure(hall: Hall) -> None:
    """A button that is pressed twice sends the code twice."""
    first = hall.take(command="once")
    again = hall.take(command="once")
    assert (again.version, again.repeated) == (first.version, True)
    assert hall.logged("sign-in failed") == []


def test_another_persons_command_is_not_answered_as_done(hall: Hall) -> None:
    hall.take(command="once")
    with pytest.raises(IntegrityError):  # no page sends one that it did not make
        hall.take(OFFICER, command="once")
    assert hall.sees(OFFICER, hall.now) == set()


def test_two_windows_at_once_take_it_once(hall: Hall) -> None:
    at = [hall.now, hall.now + timedelta(seconds=30)]  # each with a code of its own

    def take(when: datetime) -> str:
        try:
            return "repeated" if hall.take(at=when, command="once").repeated else "taken"
        except NotAllowed:  # the later code was used first, so the earlier one no longer counts
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, at))
    assert answers in (["repeated", "taken"], ["refused", "taken"])
    assert [e.fact for e in history(hall.store, hall.case)].count(Fact.EMERGENCY_ACCESS_TAKEN) == 1
    assert hall.told() == [SUPERVISOR.id, SECOND_SUPERVISOR.id]


def test_two_windows_at_once_with_two_commands_take_it_once(hall: Hall) -> None:
    def take(when: datetime) -> str:
        try:
            hall.take(at=when)
        except NotPossible:
            return "runs"
        except NotAllowed:
            return "code"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, [hall.now, hall.now + timedelta(seconds=30)]))
    assert answers.count("taken") == 1
    assert [e.fact for e in history(hall.store, hall.case)].count(Fact.EMERGENCY_ACCESS_TAKEN) == 1


# The log. ----------------------------------------------------------------------------------------------------------------


def test_it_is_logged_on_the_cases_chain_under_her_name_and_without_a_word(hall: Hall) -> None:
    hall.take()
    (row,) = hall.logged("emergency access")
    assert (row["chain"], row["by"], row["at"], row["count"], row["detail"]) == (hall.case, WORKER.id, hall.now, 1, {})


def test_if_it_cannot_be_logged_it_is_not_taken(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    before = everything(hall.store)
    with monkeypatch.context() as patched:
        patched.setattr("mdt.casework.glass.trace.append", fails)
        with pytest.raises(RuntimeError):
            hall.take(code=hall.code(WORKER, hall.now))
    assert everything(hall.store) == before
    assert hall.sees(WORKER, hall.now) == set()


@pytest.mark.parametrize("why", ["restricted", "role"])
def test_a_refusal_for_what_she_may_not_is_logged(hall: Hall, why: str) -> None:
    if why == "restricted":
        hall.record(SECOND_SUPERVISOR, "restrict_case", because="staff are threatened")
    who = WORKER if why == "restricted" else ADVOCATE
    hall.refused(who)
    row = hall.logged("refused")[-1]
    assert (row["by"], row["detail"]["act"]) == (who.id, "take_emergency_access")


def test_on_postgresql_the_wall_opens_and_shuts_with_it(hall: Hall) -> None:
    if hall.store.is_sqlite:
        return
    hall.take()
    with hall.store.read(WORKER.id) as connection:
        assert list(connection.scalars(text("SELECT id FROM cases"))) == [hall.case]
    with hall.store.write() as connection:
        connection.execute(text("UPDATE involved SET until = now() WHERE how = 'glass'"))
    with hall.store.read(WORKER.id) as connection:
        assert list(connection.scalars(text("SELECT id FROM cases"))) == []
