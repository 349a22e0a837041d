"""The record that § 17a-106a(j) requires: refused while anything is missing, approved once, and from then on only added to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, select, text, update

from mdt import meeting_record
from mdt.access import Viewer
from mdt.board import meeting
from mdt.casework import meeting_records, teams
from mdt.casework.check import check
from mdt.errors import CaseMoved, NotAllowed, NotFound, NotPossible, NotYet, Tampered
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG, MEETING_ENTRIES, PEOPLE
from mdt.scenario import PEOPLE as DEMO
from mdt.scenario import route
from mdt.team import OFFICES
from tests import making
from tests.making import MONDAY, as_owner, do, history
from tests.meetings import (
    ADVOCATE,
    CHAIR,
    COORDINATOR,
    MEMBER,
    PROSECUTOR,
    about,
    adjourned,
    heard,
    opened,
    team_of,
    with_cases,
)

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.meeting import Listed, MeetingView
    from mdt.casework.meeting_records import Read
    from mdt.store import Store

F = Fact
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# Words that the test looks for where they must not be.
SAID, DECIDED, WHO = "Canary-said", "Canary-decided", "Canary-suspect"
_numbers = count(1)


def held(store: Store, how_many: int = 1) -> tuple[MeetingView, datetime]:
    """A meeting whose cases were heard, decided and left to the support services to come; when it ended."""
    view = opened(store, with_cases(store, how_many).id)
    for line in view.lines:
        heard(store, view, line)
    return view, adjourned(store, view)


def read(store: Store, view: MeetingView, at: datetime, by: Viewer = CHAIR) -> Read:
    return meeting_records.record_of(store, by, view.id, at)


def approve(store: Store, view: MeetingView, at: datetime, digest: str = "", by: Viewer = CHAIR, command: str = "") -> str:
    digest = digest or read(store, view, at, by).digest
    return meeting_records.approve(store, by, view.id, digest, at, command=command or f"approve-{next(_numbers)}")


def start(store: Store, how_many: int = 1) -> tuple[MeetingView, Listed, datetime]:
    """A meeting that was opened, its first line, and when it is called."""
    view = opened(store, with_cases(store, how_many).id)
    at = view.course.starts_at + 5 * MINUTE
    about(store, view.id, "call_case", at, line=view.lines[0].line)
    return view, view.lines[0], at


def hold(store: Store, line: Listed, at: datetime, **form: Any) -> None:
    do(store, line.case_id, "hold_review", at, by="chairperson", about=line.line, **form)


def decide(store: Store, line: Listed, at: datetime, what: str = DECIDED, **form: Any) -> None:
    do(store, line.case_id, "make_decision", at, by="chairperson", owner="DCF", due_on=(at + 10 * DAY).date(), what=what,
       line=line.line, **form)  # fmt: skip


def event(store: Store, line: Listed, fact: Fact) -> str:
    return [e for e in history(store, line.case_id) if e.fact is fact][-1].id


def retract(store: Store, line: Listed, fact: Fact, at: datetime) -> None:
    do(store, line.case_id, "retract_fact", at, by="chairperson", about=event(store, line, fact), reason="It was a mistake")


def logged(store: Store, act: str) -> list[tuple[str, str, dict[str, Any]]]:
    with store.read() as connection:
        asked = select(ACCESS_LOG.c.by, ACCESS_LOG.c.chain, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == act)
        return [tuple(row) for row in connection.execute(asked.order_by(ACCESS_LOG.c.at, ACCESS_LOG.c.n))]


# What is missing. -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "form", "decided", "sentence"),
    [
        ({"child_given_name": "", "child_family_name": ""}, {"perpetrator": "unknown", "no_services": "Nobody is found"}, True,
         r"the name of the alleged victim is missing \(§ 17a-106a\(j\)\)"),
        ({}, {"no_services": "The family declined"}, True,
         r"the name of the alleged perpetrator is missing; write “unknown” if nobody knows it \(§ 17a-106a\(j\)\)"),
        ({}, {"perpetrator": "unknown", "no_services": "The family declined"}, False,
         r"the decision or recommendation is missing \(§ 17a-106a\(j\)\)"),
        ({}, {"perpetrator": "unknown"}, True, r"the support services are missing, or why there are none \(§ 17a-106a\(j\)\)"),
    ],
)  # fmt: skip
def test_the_record_is_refused_while_a_part_of_a_case_is_missing(
    store: Store, cells: dict[str, str], form: dict[str, str], decided: bool, sentence: str,
) -> None:  # fmt: skip
    making.identified(store, MONDAY, report_no="J-1", **cells)
    view, line, at = start(store, 0)
    if decided:
        decide(store, line, at)
    hold(store, line, at, **form)
    ended = adjourned(store, view)
    found = read(store, view, ended)
    assert [one.case_number for one in found.missing] == [line.number]
    with pytest.raises(NotYet, match=sentence):
        approve(store, view, ended, found.digest)
    assert not read(store, view, ended).is_approved


def test_a_perpetrator_whom_nobody_knows_and_services_that_nobody_wants_are_said_and_accepted(store: Store) -> None:
    view, line, at = start(store)
    decide(store, line, at)
    hold(store, line, at, perpetrator="unknown", no_services="The family declined")
    ended = adjourned(store, view)
    found = read(store, view, ended)
    assert found.missing == ()
    (part,) = found.record.cases
    assert (part.perpetrator, part.no_services_because, part.outcome) == ("unknown", "The family declined", "reviewed")
    assert approve(store, view, ended) == found.digest


def test_the_record_is_refused_while_no_roll_was_called(store: Store) -> None:
    view = with_cases(store, 1)
    at = view.course.starts_at
    about(store, view.id, "open_meeting", at)
    heard(store, view, view.lines[0])
    ended = adjourned(store, view)
    found = read(store, view, ended)
    assert [one.what for one in found.missing] == [
        "no member of the team is recorded as present (§ 17a-106a(j))",
        "the roll call of 5 members is missing (§ 17a-106a(j))",
    ]
    assert {(one.seat, one.came) for one in found.record.present if one.came} == {("chairperson", True)}
    with pytest.raises(NotYet, match=r"no member of the team is recorded as present \(§ 17a-106a\(j\)\)"):
        approve(store, view, ended, found.digest)


def test_the_record_is_refused_while_a_member_was_not_called_and_names_every_member_and_who_leads(store: Store) -> None:
    view = with_cases(store, 1)
    at = view.course.starts_at
    about(store, view.id, "open_meeting", at)
    first, *others = [one for one in view.members if one.seat not in OFFICES]
    about(store, view.id, "call_roll", at, who=first.id, came=True)
    heard(store, view, view.lines[0])
    ended = adjourned(store, view)
    found = read(store, view, ended)
    assert {one.seat: (one.came, one.called) for one in found.record.present} == {
        "chairperson": (True, False), "coordinator": (False, False), first.seat: (True, True),
        **{one.seat: (False, False) for one in others},
    }  # fmt: skip
    assert {one.position for one in found.record.present} == {f"Position {one.seat}" for one in view.members}
    with pytest.raises(NotYet, match=r"the roll call of 4 members is missing \(§ 17a-106a\(j\)\)"):
        approve(store, view, ended, found.digest)
    for one in others:
        about(store, view.id, "call_roll", ended, who=one.id, came=False)
    assert approve(store, view, ended)


def test_who_led_a_meeting_that_was_held_cannot_be_made_to_have_left_before_it(store: Store) -> None:
    view, ended = held(store)
    chairs = next(one.id for one in view.members if one.seat == "chairperson")
    with pytest.raises(NotPossible, match="was held meanwhile, and its record names who led it"):
        teams.end_seat(store, team_of(store), chairs, (ended - 2 * DAY).date(), by=COORDINATOR, now=ended)
    approve(store, view, ended)


def test_a_record_is_refused_before_the_meeting_has_ended(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    at = heard(store, view, view.lines[0])
    with pytest.raises(NotPossible, match="the meeting is being held"):
        approve(store, view, at)


def test_a_deferred_case_stands_in_the_record_with_its_reason_and_wants_nothing_else(store: Store) -> None:
    view = opened(store, with_cases(store, 2).id)
    first, second = view.lines
    at = heard(store, view, first)
    do(store, second.case_id, "defer_review", at, by="chairperson", about=second.line, because="member absent")
    ended = adjourned(store, view)
    found = read(store, view, ended)
    put_off = next(part for part in found.record.cases if part.case_id == second.case_id)
    assert (put_off.outcome, put_off.deferred_because, put_off.victim) == ("deferred", "member absent", "")
    approve(store, view, ended)
    assert "meeting recorded" not in {e.fact.value for e in history(store, second.case_id)}
    assert check(store).faults == []


def test_a_case_whose_review_was_over_before_the_meeting_is_no_part_of_its_record(store: Store) -> None:
    first = opened(store, with_cases(store, 2).id)
    over, other = first.lines
    for line in first.lines:
        heard(store, first, line)
    ended = adjourned(store, first)
    route(store, over.case_id, ended)
    route(store, other.case_id, ended)
    second_id = next(m.id for m in meeting.meetings(store, CHAIR, ended) if m.starts_at > ended)
    do(store, over.case_id, "conclude_review", ended, by="chairperson")
    second = opened(store, second_id)
    heard(store, second, next(line for line in second.lines if line.case_id == other.case_id))
    after = adjourned(store, second)
    found = read(store, second, after)
    assert ([part.case_id for part in found.record.cases], found.missing) == ([other.case_id], ())
    assert approve(store, second, after) == found.digest


# Approving. -------------------------------------------------------------------------------------------------------------------


def test_what_is_added_between_reading_and_approving_is_read_first(store: Store) -> None:
    view, line, at = start(store)
    decide(store, line, at)
    hold(store, line, at, perpetrator="unknown", no_services="The family declined")
    ended = adjourned(store, view)
    found = read(store, view, ended)
    provider = next(one.id for one in view.members if one.seat == "DCF")
    do(store, line.case_id, "record_statement", ended, by="chairperson", kind="position", provider=provider, what=SAID,
       line=line.line)  # fmt: skip
    with pytest.raises(CaseMoved, match="something was added"):
        approve(store, view, ended, found.digest)
    again = read(store, view, ended)
    assert again.digest != found.digest
    assert approve(store, view, ended, again.digest) == again.digest


def test_somebody_who_came_late_changes_what_is_approved_too(store: Store) -> None:
    view, ended = held(store)
    found = read(store, view, ended)
    police = next(one.id for one in view.members if one.seat == "police")
    about(store, view.id, "call_roll", ended, who=police, came=True)
    with pytest.raises(CaseMoved):
        approve(store, view, ended, found.digest)


@pytest.mark.parametrize("who", ["team coordinator", "team member", "prosecutor"])
def test_only_a_chairperson_approves(store: Store, who: str) -> None:
    view, ended = held(store)
    digest = read(store, view, ended).digest
    with pytest.raises(NotAllowed):
        approve(store, view, ended, digest, DEMO[who])
    assert not read(store, view, ended).is_approved
    assert (DEMO[who].id, "approve_record") in {(by, detail.get("act")) for by, _, detail in logged(store, "refused")}


def test_a_double_click_approves_once_and_a_second_approval_is_refused(store: Store) -> None:
    view, ended = held(store, 2)
    digest = read(store, view, ended).digest
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: approve(store, view, ended, digest, command="click"), range(3)))
    assert done == [digest] * 3
    for line in view.lines:
        assert [e.fact for e in history(store, line.case_id)].count(F.MEETING_RECORDED) == 1
    with pytest.raises(NotPossible, match=r"was approved.*§ 17a-106a\(j\)"):
        approve(store, view, ended, digest, command="another")
    assert check(store).faults == []


def test_each_part_lies_beside_its_own_case_and_the_hash_of_the_whole_in_both_chains(store: Store) -> None:
    view, ended = held(store, 2)
    digest = approve(store, view, ended)
    assert meeting.meeting_view(store, CHAIR, view.id, ended).course.digest == digest
    for line in view.lines:
        recorded = next(e for e in history(store, line.case_id) if e.fact is F.MEETING_RECORDED)
        assert (recorded.data["digest"], recorded.data["meeting"], recorded.by) == (digest, view.id, CHAIR.id)
        seats = {"state's attorney", "health care professional", "victim advocate", "DCF"}
        assert set(recorded.data["seats_present"]) == seats


def test_a_case_that_is_closed_to_the_chairperson_is_laid_down_by_this_system_and_not_shown_to_her(store: Store) -> None:
    view, ended = held(store, 2)
    theirs, other = view.lines
    do(store, theirs.case_id, "declare_conflict", ended, by="chairperson")
    found = read(store, view, ended)
    assert ([part.case_id for part in found.record.cases], found.hidden) == ([other.case_id], 1)
    approve(store, view, ended)
    by = {line.case_id: next(e.by for e in history(store, line.case_id) if e.fact is F.MEETING_RECORDED) for line in view.lines}
    assert by == {theirs.case_id: "flow", other.case_id: CHAIR.id}
    whole = read(store, view, ended, COORDINATOR)
    assert (len(whole.record.cases), whole.digest) == (2, found.digest)
    assert check(store).faults == []


def test_what_is_missing_of_a_case_that_is_not_hers_is_told_without_its_number(store: Store) -> None:
    view, line, at = start(store)
    hold(store, line, at, perpetrator="unknown", no_services="The family declined")
    do(store, line.case_id, "declare_conflict", at, by="chairperson")
    ended = adjourned(store, view)
    found = read(store, view, ended)
    assert [one.case_number for one in found.missing] == ["not shown to you"]
    with pytest.raises(NotYet, match="case not shown to you: the decision") as refusal:
        approve(store, view, ended, found.digest)
    assert line.number not in str(refusal.value)


def test_a_case_that_was_recorded_on_its_own_page_is_not_recorded_twice_and_the_refusal_says_what_to_do(store: Store) -> None:
    view, ended = held(store)
    (line,) = view.lines
    do(store, line.case_id, "record_meeting", ended, by="chairperson", about=line.line, victim_named=True,
       perpetrator_named=True, seats_present=["DCF"], members="Member of DCF", decision="What is to be done",
       services="none yet")  # fmt: skip
    with pytest.raises(NotPossible, match=rf"case {line.number} was recorded on its own page\. Retract that entry first"):
        approve(store, view, ended)
    retract(store, line, F.MEETING_RECORDED, ended + MINUTE)
    assert approve(store, view, ended + 2 * MINUTE)


# Afterwards. ------------------------------------------------------------------------------------------------------------------


def _everything_afterwards(store: Store, view: MeetingView, at: datetime) -> None:
    """What people may still correct, rename and end once the record was approved."""
    line = view.lines[0]
    for fact in (F.STATEMENT_MADE, F.DECISION_MADE, F.REVIEW_HELD, F.PUT_ON_AGENDA, F.MEETING_RECORDED):
        retract(store, line, fact, at)
    with as_owner(store) as connection:
        connection.execute(update(PEOPLE).values(name="Somebody Else"))
    for one in view.members:
        teams.end_seat(store, team_of(store), one.id, at.date(), by=COORDINATOR, now=at)


def test_nothing_that_happens_afterwards_changes_an_approved_record(store: Store) -> None:
    view = opened(store, with_cases(store, 3).id)
    first, second, third = view.lines
    heard(store, view, first)
    at = heard(store, view, second)
    do(store, third.case_id, "defer_review", at, by="chairperson", about=third.line, because="no time")
    ended = adjourned(store, view)
    digest = approve(store, view, ended)
    before = read(store, view, ended).record
    _everything_afterwards(store, view, ended + DAY)
    retract(store, third, F.REVIEW_DEFERRED, ended + DAY)
    after = read(store, view, ended + 2 * DAY)
    assert after.record == before
    assert (after.digest, after.is_approved, after.missing) == (digest, True, ())
    assert meeting_record.digest(after.record) == digest
    assert check(store).faults == []


def test_amendments_are_added_beside_the_record_and_shown_to_those_alone_to_whom_the_case_is_open(store: Store) -> None:
    view, ended = held(store, 2)
    digest = approve(store, view, ended)
    for n, line in enumerate(view.lines):
        do(store, line.case_id, "amend_meeting_record", ended + n * MINUTE, by="team coordinator", about=line.line,
           text=f"Added {n}", reason="It was forgotten")  # fmt: skip
    found = read(store, view, ended + DAY)
    told = [(one.text, one.by, one.reason) for one in found.record.amendments]
    assert told == [
        (f"Case {line.number}: Added {n}", "Coordinator H", "It was forgotten") for n, line in enumerate(view.lines)
    ]
    assert found.digest == digest
    assert found.record.model_copy(update={"amendments": ()}) == read(store, view, ended).record.model_copy(
        update={"amendments": ()}
    )
    do(store, view.lines[0].case_id, "restrict_case", ended + DAY, by="chairperson", because="staff are threatened")
    hers = read(store, view, ended + DAY, MEMBER)
    assert [one.text for one in hers.record.amendments] == [f"Case {view.lines[1].number}: Added 1"]
    assert hers.hidden == 1


def test_a_record_that_is_not_what_was_approved_is_not_shown(store: Store) -> None:
    view, ended = held(store)
    approve(store, view, ended)
    with as_owner(store) as connection:
        for row in connection.execute(
            select(MEETING_ENTRIES).where(MEETING_ENTRIES.c.happening == "record approved")
        ).mappings():
            _loosened(connection)
            changed = dict(row["data"]) | {"digest": "0" * 64}
            at = (MEETING_ENTRIES.c.meeting_id == row["meeting_id"]) & (MEETING_ENTRIES.c.n == row["n"])
            connection.execute(update(MEETING_ENTRIES).where(at).values(data=changed))
    with pytest.raises(Tampered):
        read(store, view, ended)


def _loosened(connection: Any) -> None:
    """Take away what keeps the history from being changed, as somebody with the file in her hands can."""
    if connection.dialect.name == "sqlite":
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    else:
        connection.execute(text("ALTER TABLE meeting_entry DISABLE TRIGGER ALL"))


# Who reads it. ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [CHAIR, COORDINATOR, MEMBER, PROSECUTOR], ids=lambda one: one.role)
def test_the_team_reads_its_record_and_each_read_is_logged_for_each_case(store: Store, who: Viewer) -> None:
    view, ended = held(store, 2)
    found = read(store, view, ended, who)
    assert (len(found.record.cases), found.hidden) == (2, 0)
    of_it = [row for row in logged(store, "narrative read") if row[2].get("meeting") == view.id]
    assert sorted(chain for by, chain, _ in of_it if by == who.id) == sorted(line.case_id for line in view.lines)


def test_an_advocate_who_sits_on_the_team_does_not_read_what_others_provided(store: Store) -> None:
    view, ended = held(store)
    with pytest.raises(NotAllowed, match=r"§ 17a-106a\(i\), \(j\)"):
        read(store, view, ended, ADVOCATE)
    assert (ADVOCATE.id, "meeting record") in {(by, detail.get("act")) for by, _, detail in logged(store, "refused")}


def test_nobody_of_another_team_reads_the_record_or_learns_that_there_is_one(store: Store) -> None:
    view, ended = held(store)
    stranger = Viewer("stranger-1", "Member Z", MEMBER.role, "Elsewhere", districts=frozenset({"Hartford"}))
    making.hire(store, stranger)
    for asked in (view.id, "no-such-meeting"):
        with pytest.raises(NotFound, match="no such meeting, or it is none of a team of yours"):
            meeting_records.record_of(store, stranger, asked, ended)


def test_who_has_a_conflict_is_told_how_many_cases_are_hidden_and_nothing_of_them(store: Store) -> None:
    view, ended = held(store, 2)
    theirs = view.lines[0]
    do(store, theirs.case_id, "declare_conflict", ended, by="team member")
    found = read(store, view, ended, MEMBER)
    assert found.hidden == 1
    assert theirs.number not in meeting_record.to_text(found.record)
    assert theirs.case_id not in meeting_record.to_text(found.record)
    of_her = [chain for by, chain, _ in logged(store, "narrative read") if by == MEMBER.id]
    assert of_her == [view.lines[1].case_id]


# What it holds. ---------------------------------------------------------------------------------------------------------------


def test_the_record_holds_what_was_said_by_whom_what_was_decided_and_who_dissented(store: Store) -> None:
    view, line, at = start(store)
    provider = next(one.id for one in view.members if one.seat == "DCF")
    decide(store, line, at, given_to=MEMBER.id)
    made = next(e.about for e in history(store, line.case_id) if e.fact is F.DECISION_MADE)
    for kind, of in (("information", ""), ("dissent", made)):
        do(store, line.case_id, "record_statement", at, by="chairperson", kind=kind, provider=provider, what=f"{SAID} {kind}",
           line=line.line, decision=of)  # fmt: skip
    hold(store, line, at, perpetrator=WHO, no_services="The family declined")
    (part,) = read(store, view, adjourned(store, view)).record.cases
    assert [(one.kind, one.provider, one.provider_agency) for one in part.items] == [
        ("information", "Member of DCF", "Agency DCF")
    ]
    (decision,) = part.decisions
    assert (decision.owner, decision.person, decision.text, part.perpetrator) == ("DCF", MEMBER.name, DECIDED, WHO)
    assert [one.text for one in decision.dissent] == [f"{SAID} dissent"]


def test_a_dissent_from_a_decision_of_an_earlier_meeting_stands_in_the_record_of_the_meeting_at_which_it_was_said(
    store: Store,
) -> None:
    first, ended = held(store)
    (line,) = first.lines
    earlier = read(store, first, ended).record
    route(store, line.case_id, ended)
    second = opened(store, next(m.id for m in meeting.meetings(store, CHAIR, ended) if m.starts_at > ended))
    at = heard(store, second, second.lines[0])
    made = next(e.about for e in history(store, line.case_id) if e.fact is F.DECISION_MADE)
    provider = next(one.id for one in second.members if one.seat == "DCF")
    do(store, line.case_id, "record_statement", at, by="chairperson", kind="dissent", provider=provider, what=SAID,
       line=second.lines[0].line, decision=made)  # fmt: skip
    assert read(store, first, at).record == earlier
    (part,) = read(store, second, at).record.cases
    assert [one.kind for one in part.items] == ["information", "dissent"]


def test_no_word_of_a_record_stands_in_a_clear_column(store: Store) -> None:
    view, line, at = start(store)
    provider = next(one.id for one in view.members if one.seat == "DCF")
    do(store, line.case_id, "record_statement", at, by="chairperson", kind="information", provider=provider, what=SAID,
       line=line.line)  # fmt: skip
    decide(store, line, at)
    hold(store, line, at, perpetrator=WHO, no_services="The family declined")
    ended = adjourned(store, view)
    approve(store, view, ended)
    do(store, line.case_id, "amend_meeting_record", ended, by="team coordinator", about=line.line, text=f"{SAID} again",
       reason="It was forgotten")  # fmt: skip
    assert SAID in meeting_record.to_text(read(store, view, ended).record)
    with as_owner(store) as connection:
        for table in inspect(connection).get_table_names():
            rows = repr(connection.execute(text(f'SELECT * FROM "{table}"')).all())  # the table's own name
            assert not [word for word in (SAID, DECIDED, WHO) if word in rows], table


def test_a_meeting_at_which_every_case_was_put_off_has_a_record_too(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    do(store, line.case_id, "defer_review", view.course.starts_at, by="chairperson", about=line.line, because="no time")
    ended = adjourned(store, view)
    digest = approve(store, view, ended)
    assert read(store, view, ended + DAY).digest == digest


def test_a_case_that_was_put_off_for_a_reason_of_its_own_has_that_reason_in_the_record(store: Store) -> None:
    view = opened(store, with_cases(store, 1).id)
    (line,) = view.lines
    do(store, line.case_id, "defer_review", view.course.starts_at, by="chairperson", about=line.line, because="other",
       reason="The room is flooded")  # fmt: skip
    (part,) = read(store, view, adjourned(store, view)).record.cases
    assert part.deferred_because == "other: The room is flooded"


def test_a_guest_who_was_withdrawn_is_still_named_as_who_provided_what_she_said(store: Store) -> None:
    view, line, at = start(store)
    told: dict[str, Any] = {"name": "Doctor G", "position": "Radiologist", "agency": "Hospital", "lines": [line.line]}
    about(store, view.id, "invite_guest", at, **told)
    (guest,) = meeting.meeting_view(store, CHAIR, view.id, at).course.guests
    about(store, view.id, "accept_confidentiality", at, who=guest, on_paper=True)
    do(store, line.case_id, "record_statement", at, by="chairperson", kind="information", provider=guest, what=SAID,
       line=line.line)  # fmt: skip
    about(store, view.id, "withdraw_guest", at, guest=guest)
    assert meeting.meeting_view(store, CHAIR, view.id, at).course.guests == {}
    hold(store, line, at, perpetrator="unknown", no_services="The family declined")
    (part,) = read(store, view, adjourned(store, view)).record.cases
    assert [(one.provider, one.provider_agency) for one in part.items] == [("Doctor G", "Hospital")]


def test_those_who_left_for_a_conflict_by_the_end_of_the_meeting_are_named_and_nobody_who_does_not_sit_there(
    store: Store,
) -> None:
    view, line, at = start(store)
    serving = Viewer("serves-the-team", "Member Z", "team member", "Clinic", districts=frozenset({"New Haven"}))
    making.hire(store, serving)
    for who in (MEMBER.id, serving.id, DEMO["intake worker"].id):
        do(store, line.case_id, "declare_conflict", at, by="chairperson", person=who)
    hold(store, line, at, perpetrator="unknown", no_services="The family declined")
    ended = adjourned(store, view)
    do(store, line.case_id, "declare_conflict", ended + MINUTE, by="chairperson", person=PROSECUTOR.id)
    (part,) = read(store, view, ended + MINUTE).record.cases
    assert part.recused == (MEMBER.name, "Member Z")


def test_once_the_record_is_approved_nothing_more_is_said_or_decided_of_its_line(store: Store) -> None:
    view, ended = held(store)
    (line,) = view.lines
    approve(store, view, ended)
    provider = next(one.id for one in view.members if one.seat == "DCF")
    with pytest.raises(NotPossible, match=r"The record of that meeting is approved: add to the record.*§ 17a-106a\(j\)"):
        do(store, line.case_id, "record_statement", ended, by="chairperson", kind="position", provider=provider, what=SAID,
           line=line.line)  # fmt: skip
    with pytest.raises(NotPossible, match="The record of that meeting is approved"):
        decide(store, line, ended)
