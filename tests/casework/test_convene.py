"""The door for what is recorded about a meeting, on both databases: who may, once, sealed, in its time, and nothing lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, text, update

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.board import meeting as board
from mdt.casework import check, convene, convened, meeting_papers, pages, teams
from mdt.casework.convened import NO_SUCH_MEETING
from mdt.convening import ACT, SetMeeting
from mdt.errors import CaseMoved, MdtError, NotAllowed, NotFound, NotPossible, NotYet, Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.law.period import local_date
from mdt.records.tables import ACCESS_LOG, AGENDA_LINES, MEETING_ENTRIES, MEETINGS, PEOPLE
from mdt.scenario import PEOPLE as BY_ROLE
from mdt.tasks import open_tasks
from mdt.team import TakeSeat
from tests import making
from tests.convened import (
    ADVOCATE,
    CHAIR,
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
    seat,
    seated,
    sheet,
    team_id,
)
from tests.making import MONDAY, do
from tests.tampering import tamper

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.store import Store

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GUEST: dict[str, Any] = {"name": "Doctor Zebra", "position": "Radiologist", "agency": "Hospital"}
DIGEST = "d" * 64


def refused(store: Store) -> list[dict[str, Any]]:
    with store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "refused"))
        return [{"by": by, **detail} for by, detail in rows]


def refusal(store: Store, meeting: str, key: str, at: datetime = MONDAY, **form: Any) -> str:
    before = making.everything(store)
    with pytest.raises(MdtError) as caught:
        act(store, meeting, key, at, **form)
    assert making.everything(store) == before
    return str(caught.value)


def engaged(store: Store, meeting: str, person: Viewer) -> None:
    """A person who works on the case on the agenda."""
    with store.read() as connection:
        of = select(AGENDA_LINES.c.case_id).where(AGENDA_LINES.c.meeting == meeting)
        case = connection.execute(of).scalar_one()
    making.do(store, case, "engage_person", by="intake supervisor", person=person.id)


def guest(store: Store, meeting: str, *, person: Viewer | None = None, **more: Any) -> str:
    """The id of a guest who comes for the one case on the agenda."""
    who: dict[str, Any] = {"person": person.id} if person else {}
    if person:
        engaged(store, meeting, person)
    act(store, meeting, "invite_guest", **GUEST, lines=[line(store, meeting)], **who, **more)
    return list(course(store, meeting).guests)[-1]


# Who may. ----------------------------------------------------------------------------------------------------------------


def test_a_meeting_is_set_by_who_leads_the_team_and_by_nobody_else(store: Store) -> None:
    form = SetMeeting(starts_at=START)
    for by in (CHAIR, COORDINATOR, SYSTEM):
        at = START + timedelta(days=["State's Attorney", "Children's advocacy center", "MDT"].index(by.agency))
        convene.set_meeting(store, team_id(store), form.model_copy(update={"starts_at": at}), by=by, now=MONDAY, command=by.id)
    others = [p for role, p in BY_ROLE.items() if role not in ("chairperson", "team coordinator")]
    others.append(replace(CHAIR, districts=frozenset({"Hartford"})))
    for by in others:
        for team in (team_id(store), "no such team"):
            with pytest.raises(NotFound, match="There is no such team, or it is not one that you lead"):
                convene.set_meeting(store, team, form, by=by, now=MONDAY, command=f"by-{by.id}")
    assert refused(store) == [{"by": by.id, "act": "set_meeting"} for by in others for _ in range(2)]


def test_a_stranger_learns_of_no_meeting_and_each_try_is_logged(store: Store) -> None:
    meeting = a_meeting(store)
    said = set()
    for of in (meeting, "0" * 32, "", "' OR 1=1 --"):
        for by in (ADVOCATE, POLICE, BY_ROLE["auditor"], replace(COORDINATOR, districts=frozenset({"Hartford"}))):
            with pytest.raises(NotFound) as caught:
                act(store, of, "excuse", by=by)
            said.add(str(caught.value))
    assert said == {NO_SUCH_MEETING}
    assert len(refused(store)) == 16
    assert refused(store)[0] == {"by": ADVOCATE.id, "act": "excuse"}


def test_a_member_says_what_is_hers_to_say_and_leads_nothing(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    for by in (POLICE, MEMBER):  # one holds a seat, the other serves the district
        act(store, meeting, "accept_confidentiality", by=by)
        act(store, meeting, "open_packet", by=by)
        with pytest.raises(NotAllowed, match="Cancel the meeting: that is for those who lead the team"):
            act(store, meeting, "cancel_meeting", by=by, reason="I do not come")
    with pytest.raises(NotAllowed, match="that is for those who lead the team"):
        act(store, meeting, "approve_record", by=COORDINATOR, digest=DIGEST)
    assert [one["act"] for one in refused(store)] == ["cancel_meeting", "cancel_meeting", "approve_record"]


def test_a_seat_that_has_ended_or_not_begun_by_the_day_is_no_seat(store: Store) -> None:
    meeting = a_meeting(store)
    day = START.date()
    for what, person, term in (("police", POLICE, {"until_on": day - DAY}), ("DCF", WORKER, {"from_on": day + DAY})):
        seat(store, what, person, **term)
        with pytest.raises(NotFound):
            act(store, meeting, "excuse", by=person)
    seat(store, "victim advocate", ADVOCATE, from_on=day, until_on=day)
    act(store, meeting, "excuse", by=ADVOCATE)


def test_who_has_a_seat_and_works_on_cases_no_more_records_nothing(store: Store) -> None:
    seat(store, "police", POLICE)
    with pytest.raises(NotAllowed):
        act(store, a_meeting(store), "open_packet", by=replace(POLICE, role="auditor"))


def test_a_chairperson_of_another_district_who_fills_a_seat_leads_nothing_here(store: Store) -> None:
    meeting = a_meeting(store)
    on_the_agenda(store)
    elsewhere = replace(CHAIR, id="chair-2", districts=frozenset({"Hartford"}))
    making.hire(store, elsewhere)
    seat(store, "police", elsewhere)
    act(store, meeting, "accept_confidentiality", by=elsewhere)
    with pytest.raises(NotAllowed):
        act(store, meeting, "cancel_meeting", by=elsewhere, reason="I say so")


def test_each_speaks_for_herself_and_the_coordinator_for_others(store: Store) -> None:
    holdings = seated(store)
    meeting = a_meeting(store)
    with pytest.raises(NotAllowed, match="each says it for herself; the coordinator may say it for others"):
        act(store, meeting, "excuse", by=POLICE, who=holdings["DCF"])
    act(store, meeting, "excuse", by=POLICE)
    act(store, meeting, "excuse", who=holdings["DCF"])
    assert course(store, meeting).excused == {holdings["police"], holdings["DCF"]}
    with pytest.raises(NotPossible, match="neither fills a seat of the team nor is a guest"):
        act(store, meeting, "excuse", who="somebody else")


def test_for_somebody_else_the_statement_is_accepted_on_paper_only(store: Store) -> None:
    doctor = seated(store)["health care professional"]
    meeting = a_meeting(store)
    assert "say that you have it before you" in refusal(store, meeting, "accept_confidentiality", who=doctor)
    act(store, meeting, "accept_confidentiality", who=doctor, on_paper=True)
    assert set(course(store, meeting).accepted) == {doctor}
    act(store, meeting, "accept_confidentiality")  # the coordinator for herself, who fills no seat
    assert set(course(store, meeting).accepted) == {doctor, COORDINATOR.id}
    assert sheet(store, meeting).has_accepted(COORDINATOR)
    assert not sheet(store, meeting).has_accepted(POLICE)


def test_who_fills_a_seat_and_leads_the_team_speaks_as_a_member(store: Store) -> None:
    chair = seated(store)["chairperson"]
    attorney = seat(store, "state's attorney", CHAIR)
    meeting = a_meeting(store)
    assert sheet(store, meeting).mine(CHAIR) == [attorney, chair]
    act(store, meeting, "accept_confidentiality", by=CHAIR)
    assert list(course(store, meeting).accepted) == [attorney]


# Once. -------------------------------------------------------------------------------------------------------------------


def test_the_same_command_twice_is_one_act(store: Store) -> None:
    meeting = a_meeting(store)
    first = act(store, meeting, "move_meeting", starts_at=START + DAY, reason="The room is taken", command="c-1")
    again = act(store, meeting, "move_meeting", starts_at=START + DAY, reason="The room is taken", command="c-1")
    assert (first.version, first.repeated, again.version, again.repeated) == (2, False, 2, True)
    assert course(store, meeting).sequence == 1


def test_a_meeting_set_twice_by_one_command_is_one(store: Store) -> None:
    form = SetMeeting(starts_at=START)
    made = {convene.set_meeting(store, team_id(store), form, by=CHAIR, now=MONDAY, command="c-1") for _ in range(2)}
    assert len(made) == 1


def test_a_command_of_somebody_else_or_of_another_meeting_is_no_repeat_and_is_refused_in_words(store: Store) -> None:
    first, second = a_meeting(store), a_meeting(store, START + DAY)
    seated(store)
    act(store, first, "send_invitations", command="c-1")
    for meeting, by in ((first, CHAIR), (second, COORDINATOR)):
        with pytest.raises(NotPossible, match="Open the page anew and try again"):
            act(store, meeting, "send_invitations", by=by, command="c-1")
    assert [sheet(store, one).version for one in (first, second)] == [2, 1]


def at_once(*doing: Any) -> list[Any]:
    """What each of these said, done in threads that start together."""
    said: list[Any] = [None] * len(doing)
    barrier = threading.Barrier(len(doing))

    def run(n: int, what: Any) -> None:
        barrier.wait()
        try:
            said[n] = what()
        except MdtError as error:
            said[n] = error

    threads = [threading.Thread(target=run, args=(n, what)) for n, what in enumerate(doing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_of_several_at_once_no_entry_is_lost_or_doubled(store: Store) -> None:
    holdings = seated(store)
    meeting = a_meeting(store)
    said = at_once(
        *(lambda who=who: act(store, meeting, "excuse", who=who, command=f"c-{who}") for who in holdings.values()),
        *(lambda who=who: act(store, meeting, "excuse", who=who, command=f"c-{who}") for who in holdings.values()),
    )
    assert sorted(one.version for one in said if not one.repeated) == [2, 3, 4, 5]
    assert len([one for one in said if one.repeated]) == 4
    assert course(store, meeting).excused == set(holdings.values())
    assert check.check(store).faults == []


def test_of_two_who_set_meetings_of_a_team_for_one_hour_one_is_refused(store: Store) -> None:
    form = SetMeeting(starts_at=START)
    of, later = team_id(store), form.model_copy(update={"starts_at": START + HOUR})
    said = at_once(
        lambda: convene.set_meeting(store, of, form, by=CHAIR, now=MONDAY, command="c-1"),
        lambda: convene.set_meeting(store, of, later, by=COORDINATOR, now=MONDAY, command="c-2"),
    )
    assert sorted(type(one).__name__ for one in said) == ["NotPossible", "str"]


def test_of_a_cancellation_and_an_opening_at_once_one_is_refused(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    said = at_once(
        lambda: act(store, meeting, "open_meeting", START),
        lambda: act(store, meeting, "cancel_meeting", START, reason="Snow"),
    )
    assert sorted(type(one).__name__ for one in said) == ["NotPossible", "Recorded"]


# Sealed. -----------------------------------------------------------------------------------------------------------------


def test_the_name_of_a_guest_and_a_reason_lie_in_the_database_only_sealed(store: Store) -> None:
    meeting = a_meeting(store)
    on_the_agenda(store)
    guest(store, meeting)
    act(store, meeting, "cancel_meeting", reason="Zebra is ill")
    with store.read() as connection:
        raw = repr(connection.execute(text("SELECT * FROM meeting_entry")).all())
        rows = connection.execute(text("SELECT * FROM meeting")).all()
    assert "Zebra" not in raw + repr(rows)
    assert "Radiologist" not in raw
    assert course(store, meeting).because == "Zebra is ill"
    assert [one.name for one in course(store, meeting).guests.values()] == ["Doctor Zebra"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meeting_entry SET words = NULL WHERE n = 2",
        "UPDATE meeting_entry SET words = (SELECT words FROM meeting_entry WHERE n = 3) WHERE n = 2",
        f"UPDATE meeting_entry SET commitment = '{'0' * 64}' WHERE n = 2",
    ],
)
def test_words_that_were_touched_are_not_shown(store: Store, statement: str) -> None:
    meeting = a_meeting(store)
    for n in range(2):
        act(store, meeting, "move_meeting", starts_at=START + (n + 1) * HOUR, reason=f"Reason {n}")
    tamper(store, statement)
    with pytest.raises(Tampered):
        sheet(store, meeting)


def test_an_entry_is_only_added(store: Store) -> None:
    a_meeting(store)
    for statement in (update(MEETING_ENTRIES).values(by="another"), MEETING_ENTRIES.delete()):
        with pytest.raises(Exception, match=r"only added to|permission denied"), store.write() as connection:
            connection.execute(statement)


# In its time and place. --------------------------------------------------------------------------------------------------


def test_a_team_meets_once_at_a_time(store: Store) -> None:
    meeting = a_meeting(store, minutes=60)
    form = SetMeeting(starts_at=START, minutes=60)
    for starts_at, meets in ((START - 60 * MINUTE, False), (START - 59 * MINUTE, True), (START + 59 * MINUTE, True)):
        given = form.model_copy(update={"starts_at": starts_at})
        if meets:
            with pytest.raises(NotPossible, match="The team meets at that time already"):
                convene.set_meeting(store, team_id(store), given, by=CHAIR, now=MONDAY, command=str(starts_at))
        else:
            convene.set_meeting(store, team_id(store), given, by=CHAIR, now=MONDAY, command=str(starts_at))
    beside = convene.set_meeting(
        store, team_id(store), form.model_copy(update={"starts_at": START + HOUR}), by=CHAIR, now=MONDAY, command="c-1"
    )
    assert "meets at that time already" in refusal(store, beside, "move_meeting", starts_at=START + 30 * MINUTE, reason="words")
    act(store, meeting, "move_meeting", starts_at=START, minutes=45, reason="Shorter")  # its own time is not in its way
    convene.set_meeting(store, team_id(store, "Hartford"), form, by=CHAIR, now=MONDAY, command="c-2")


def test_at_the_time_of_a_meeting_that_was_cancelled_another_is_set_or_moved_to(store: Store) -> None:
    meeting = a_meeting(store)
    act(store, meeting, "cancel_meeting", reason="By mistake")
    second = a_meeting(store)
    act(store, second, "cancel_meeting", reason="By mistake again")
    third = a_meeting(store, START + DAY)
    act(store, third, "move_meeting", starts_at=START, reason="Back to the day it was")
    assert course(store, third).starts_at == START


def test_a_meeting_on_a_holiday_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(NotPossible, match=r"25 May 2026 is a weekend or a legal holiday \(§ 1-4\)"):
        a_meeting(store, datetime(2026, 5, 25, 14, tzinfo=UTC))
    with store.read() as connection:
        assert connection.execute(select(MEETINGS.c.id)).all() == []
    a_meeting(store, datetime(2026, 5, 25, 14, tzinfo=UTC), on_a_holiday=True)


@pytest.mark.parametrize("key", ["open_meeting", "send_invitations"])
def test_an_empty_team_and_one_without_a_chairperson_meet_not(store: Store, key: str) -> None:
    meeting = a_meeting(store)
    assert "name its members first (§ 17a-106a(c))" in refusal(store, meeting, key, START)
    seat(store, "police", POLICE)
    assert "no chairperson on that day; each team selects one (§ 17a-106a(c))" in refusal(store, meeting, key, START)
    seat(store, "chairperson", CHAIR)
    act(store, meeting, key, START)


# Guests. -----------------------------------------------------------------------------------------------------------------


def test_a_guest_comes_for_cases_on_this_agenda_alone(store: Store) -> None:
    first, second = a_meeting(store), a_meeting(store, START + DAY)
    on_the_agenda(store)
    for wrong in ([line(store, first), "no line"], ["no line"]):
        assert "does not stand on this meeting's agenda" in refusal(store, first, "invite_guest", **GUEST, lines=wrong)
    assert "does not stand on" in refusal(store, second, "invite_guest", **GUEST, lines=[line(store, first)])
    assert "does not stand on" in refusal(store, first, "arrange_agenda", lines=[{"line": "no line", "minutes": 5}])
    guest(store, first)


def test_a_guest_who_signs_in_is_somebody_and_comes_not_as_a_member_too(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    on_the_agenda(store)
    its = [line(store, meeting)]
    for nobody in ("nobody", BY_ROLE["auditor"].id):
        said = refusal(store, meeting, "invite_guest", **GUEST, lines=its, person=nobody)
        assert "nobody who signs in here to work on cases is meant" in said
    assert "comes already" in refusal(store, meeting, "invite_guest", **GUEST, lines=its, person=POLICE.id)
    unseen = refusal(store, meeting, "invite_guest", **GUEST, lines=its, person=ADVOCATE.id)
    assert "1 of the cases is not open to that person, and an invitation opens none" in unseen
    guest(store, meeting, person=ADVOCATE)
    assert "comes already" in refusal(store, meeting, "invite_guest", **GUEST, lines=its, person=ADVOCATE.id)
    with store.write() as connection:
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == MEMBER.id).values(disabled_at=MONDAY))
    assert "nobody who signs in" in refusal(store, meeting, "invite_guest", **GUEST, lines=its, person=MEMBER.id)


def test_a_guest_of_one_meeting_finds_it_in_her_list_and_her_case_on_it(store: Store) -> None:
    seated(store)
    meeting, other = a_meeting(store), a_meeting(store, START + DAY)
    on_the_agenda(store)
    assert board.meetings(store, ADVOCATE, MONDAY) == []
    her = guest(store, meeting, person=ADVOCATE)
    assert [one.id for one in board.meetings(store, ADVOCATE, MONDAY)] == [meeting] != [other]
    assert len(board.meeting_view(store, ADVOCATE, meeting, MONDAY).lines) == 1
    act(store, meeting, "withdraw_guest", guest=her)
    assert board.meetings(store, ADVOCATE, MONDAY) == []


def test_whoever_filled_a_seat_once_is_not_shown_the_meetings_after_it(store: Store) -> None:
    teams.take_seat(store, team_id(store), TakeSeat(seat="police", person=POLICE.id, position="Detective", agency="Police",
                    from_on=local_date(MONDAY), until_on=local_date(MONDAY)), by=CHAIR, now=MONDAY, command="seat")  # fmt: skip
    a_meeting(store, START + DAY)
    assert board.meetings(store, POLICE, MONDAY) == []


def test_the_invitation_goes_to_a_guests_address_too(store: Store) -> None:
    seated(store)
    seat(store, "coordinator", COORDINATOR, mail="coordinator@example.org")
    meeting = a_meeting(store)
    on_the_agenda(store)
    guest(store, meeting, mail="guest@example.org")
    assert b"guest@example.org" in meeting_papers.invitations(store, CHAIR, meeting, MONDAY).content
    with pytest.raises(ValidationError, match="is not an e-mail address"):
        guest(store, meeting, mail="nowhere")


def test_who_said_not_to_come_may_come_after_all(store: Store) -> None:
    holdings = seated(store)
    meeting = a_meeting(store)
    assert "never said not to come" in refusal(store, meeting, "come_after_all", who=holdings["police"])
    act(store, meeting, "excuse", by=POLICE)
    act(store, meeting, "come_after_all", by=POLICE)
    assert course(store, meeting).excused == set()


def test_a_guest_accepts_before_she_is_noted_as_come_and_is_a_stranger_again_once_withdrawn(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    on_the_agenda(store)
    her = guest(store, meeting, person=ADVOCATE)
    act(store, meeting, "open_meeting", START)
    with pytest.raises(NotYet, match="The guest has not accepted the confidentiality statement"):
        act(store, meeting, "call_roll", START, who=her)
    act(store, meeting, "accept_confidentiality", START, by=ADVOCATE)
    assert sheet(store, meeting).has_accepted(ADVOCATE)
    act(store, meeting, "withdraw_guest", START, guest=her)
    with pytest.raises(NotFound):
        act(store, meeting, "open_packet", START, by=ADVOCATE)
    with pytest.raises(NotPossible, match="neither fills a seat of the team on the day of the meeting nor is a guest"):
        act(store, meeting, "call_roll", START, who=her)


def test_a_guest_who_came_stays_in_the_record(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    on_the_agenda(store)
    her = guest(store, meeting, person=ADVOCATE)
    act(store, meeting, "open_meeting", START)
    act(store, meeting, "accept_confidentiality", START, by=ADVOCATE)
    act(store, meeting, "call_roll", START, who=her)
    assert course(store, meeting).came == {her: True}
    with pytest.raises(NotPossible, match="the roll call names that person"):
        act(store, meeting, "withdraw_guest", START, guest=her)


def test_two_who_arrange_at_once_do_not_undo_each_others_order_unseen(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    on_the_agenda(store)
    seen = sheet(store, meeting).version
    (one,) = [line(store, meeting)]
    form = ACT["arrange_agenda"].form.model_validate({"lines": [{"line": one, "minutes": 40}]})
    convene.convene(store, meeting, "arrange_agenda", form, by=CHAIR, now=MONDAY, command="chair", seen=seen)
    with pytest.raises(CaseMoved, match="Meanwhile somebody else arranged the agenda"):
        convene.convene(store, meeting, "arrange_agenda", form, by=COORDINATOR, now=MONDAY, command="other", seen=seen)
    convene.convene(store, meeting, "arrange_agenda", form, by=CHAIR, now=MONDAY, command="again", seen=seen)  # her own


def test_a_meeting_at_which_a_case_was_reviewed_is_neither_moved_nor_cancelled(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    do(store, case, "hold_review", START, by="team coordinator", about=line(store, meeting))
    for key, form in (("cancel_meeting", {}), ("move_meeting", {"starts_at": START + timedelta(days=7)})):
        with pytest.raises(NotPossible, match=r"a case was reviewed at it, and a record of it is kept \(§ 17a-106a\(j\)\)"):
            act(store, meeting, key, START, reason="The room is taken", **form)


def test_a_case_that_is_closed_to_who_adjourns_is_deferred_by_this_system(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    do(store, case, "declare_conflict", by="chairperson")
    act(store, meeting, "open_meeting", START)
    act(store, meeting, "adjourn", START, by=CHAIR)
    assert course(store, meeting).state == "held"
    last = [e for e in making.history(store, case) if e.fact is Fact.REVIEW_DEFERRED][-1]
    assert (last.by, last.data) == (SYSTEM.id, {"because": "recusal"})


# In the room, and after. -------------------------------------------------------------------------------------------------


def test_a_meeting_is_not_adjourned_while_a_case_waits(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    cases = [on_the_agenda(store, report_no=f"R-{n}", child_family_name=f"B{n}") for n in range(2)]
    act(store, meeting, "open_meeting", START)
    its = lines(store, meeting)
    act(store, meeting, "call_case", START, line=its[cases[0]])
    assert "2 cases on its agenda were neither heard nor deferred" in refusal(store, meeting, "adjourn", START)
    do(store, cases[0], "hold_review", START, by="chairperson")
    assert "1 case on its agenda were" in refusal(store, meeting, "adjourn", START).replace("was", "were")
    act(store, meeting, "call_case", START, line=its[cases[0]])  # once more
    do(store, cases[1], "defer_review", START, by="chairperson", because="no time")
    assert "does not stand on this meeting's agenda, or no longer" in refusal(
        store, meeting, "call_case", START, line=its[cases[1]]
    )
    act(store, meeting, "adjourn", START + HOUR)
    assert course(store, meeting).ends_at == START + HOUR


def test_a_record_is_approved_by_the_chairperson_after_a_roll_was_called(store: Store) -> None:
    holdings = seated(store)
    meeting = a_meeting(store)
    act(store, meeting, "open_meeting", START)
    act(store, meeting, "adjourn", START + HOUR)
    with pytest.raises(NotYet, match=r"no roll was called, and it names the members present \(§ 17a-106a\(j\)\)"):
        act(store, meeting, "approve_record", START + HOUR, by=CHAIR, digest=DIGEST)
    act(store, meeting, "call_roll", START + HOUR, who=holdings["police"])
    act(store, meeting, "approve_record", START + HOUR, by=CHAIR, digest=DIGEST)
    found = course(store, meeting)
    assert (found.state, found.approved_by, found.digest) == ("recorded", CHAIR.id, DIGEST)
    assert "the record of this meeting was approved" in refusal(store, meeting, "cancel_meeting", START + DAY, reason="words")


# The row, the chain, the agenda. -----------------------------------------------------------------------------------------


def test_the_meetings_own_row_is_what_its_entries_say(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store, minutes=60, special=False)
    act(store, meeting, "move_meeting", starts_at=START + DAY, minutes=90, place="Room 2", reason="Taken")
    act(store, meeting, "open_meeting", START + DAY)
    row = sheet(store, meeting).row
    names = ("starts_at", "minutes", "place", "special", "sequence", "state", "version")
    assert [row[name] for name in names] == [START + DAY, 90, "Room 2", False, 1, "open", 3]
    with store.read() as connection:
        last = select(MEETING_ENTRIES.c.hash).where(MEETING_ENTRIES.c.n == 3)
        assert row["head"] == connection.execute(last).scalar_one()


def beside(store: Store) -> tuple[str, str]:
    """A meeting, and a case that was deferred from another agenda and that the flows have not yet put on the next."""
    seated(store)
    case = on_the_agenda(store)
    meeting = a_meeting(store)
    do(store, case, "defer_review", by="chairperson", because="information awaited")
    return meeting, case


@pytest.mark.parametrize("ended", ["cancelled", "held", "recorded"])
def test_no_line_is_added_to_the_agenda_of_a_meeting_that_is_over(store: Store, ended: str) -> None:
    meeting, case = beside(store)
    if ended == "cancelled":
        act(store, meeting, "cancel_meeting", reason="Snow")
    else:
        act(store, meeting, "open_meeting", START)
        act(store, meeting, "adjourn", START)
    if ended == "recorded":
        act(store, meeting, "call_roll", START, who=sheet(store, meeting).members[0].id)
        act(store, meeting, "approve_record", START, by=CHAIR, digest=DIGEST)
    with pytest.raises(NotPossible, match=f"Can't put the case on an agenda: that meeting was {ended}"):
        do(store, case, "put_on_agenda", START, by="chairperson", meeting=meeting, on=START.date())
    assert lines(store, meeting) == {}


def test_no_line_is_left_on_an_agenda_that_is_cancelled_at_the_same_time(store: Store) -> None:
    meeting, case = beside(store)
    at_once(
        lambda: do(store, case, "put_on_agenda", by="chairperson", meeting=meeting, on=START.date()),
        lambda: act(store, meeting, "cancel_meeting", reason="Snow"),
    )
    assert lines(store, meeting) == {}
    assert check.check(store).faults == []


def test_what_is_set_within_the_hours_of_the_series_takes_its_place(store: Store) -> None:
    """The series' own meeting of 17 March would begin half an hour before it."""
    special = a_meeting(store, datetime(2026, 3, 17, 14, 30, tzinfo=UTC))
    case = on_the_agenda(store)
    assert set(lines(store, special)) == {case}


def test_a_line_is_put_on_the_agenda_of_a_meeting_that_is_being_held(store: Store) -> None:
    meeting, case = beside(store)
    act(store, meeting, "open_meeting", START)
    do(store, case, "put_on_agenda", START, by="chairperson", meeting=meeting, on=START.date())
    act(store, meeting, "call_case", START, line=lines(store, meeting)[case])


def test_a_closed_case_goes_on_no_agenda(store: Store) -> None:
    meeting, case = beside(store)
    with store.write() as connection:
        page = pages.open_page(connection, case)
        entry = pages.Entry("confirm_closing", "somebody", MONDAY, MONDAY, "closing")
        pages.write(connection, page, [New(Fact.CASE_CLOSED)], entry, open_tasks(live(page.events)))
    with pytest.raises(NotPossible) as caught:
        do(store, case, "put_on_agenda", by="chairperson", meeting=meeting, on=START.date())
    assert str(caught.value) == "Can't put the case on an agenda: the case is closed. A new report reopens it (§ 17a-103a)."


def test_a_case_whose_report_was_none_keeps_no_meeting_from_ending(store: Store) -> None:
    seated(store)
    meeting = a_meeting(store)
    case = on_the_agenda(store)
    report = next(e.about for e in making.history(store, case) if e.fact is Fact.REPORT_RECEIVED)
    act(store, meeting, "open_meeting", START)
    do(store, case, "find_invalid", START, by="intake supervisor", about=report, because="a test", reason="Of the line")
    act(store, meeting, "adjourn", START + HOUR)
    assert check.check(store).faults == []


def test_a_meeting_reads_without_its_key_where_it_holds_no_words(store: Store) -> None:
    meeting = a_meeting(store)
    with store.read() as connection:
        assert [one.words for one in convened.entries_of(connection, meeting)] == [{}]
