"""The one door for writes: all of an act or nothing, once however often it is asked, never over another's head."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as listener
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from mdt.board.named import named
from mdt.casework import ACT, carry_out, pages
from mdt.casework.check import check
from mdt.errors import CaseMoved, NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.records import tables
from mdt.scenario import route
from mdt.store import open_store
from mdt.store.prepared import Prepared
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from mdt.casework import Receipt
    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_ONCE = 32


class CutOff(Exception):
    """What a test breaks a transaction with."""


class Breaker:
    """Fails at the n-th statement that writes, before it is carried out; lists the tables written until then."""

    def __init__(self, n: int = 0) -> None:
        self.n = n
        self.tables: list[str] = []

    def write(self, table: str) -> None:
        self.tables.append(table)
        if len(self.tables) == self.n:
            raise CutOff

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        verb, first, second, *_ = (*statement.split(), "", "")
        if verb in ("INSERT", "UPDATE", "DELETE"):
            self.write(first if verb == "UPDATE" else second)


@contextmanager
def failing_at(store: Store, n: int) -> Iterator[list[str]]:
    """Break at the n-th write of either kind, SQLAlchemy's and the prepared ones; never at 0."""
    breaker, run = Breaker(n), Prepared.run

    def prepared(self: Prepared, connection: Connection, *values: Mapping[str, Any]) -> None:
        if values:
            breaker.write(self.statement.table.name)  # type: ignore[attr-defined]
        run(self, connection, *values)

    listener.listen(store.engine, "before_cursor_execute", breaker.statement)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prepared, "run", prepared)
        yield breaker.tables
    listener.remove(store.engine, "before_cursor_execute", breaker.statement)


def test_an_act_is_its_facts_one_ledger_row_the_projection_and_one_outbox_row(store: Store) -> None:
    case_id = making.taken(store)
    before = making.everything(store)
    receipt = do(store, case_id, "classify_report", MONDAY + HOUR, classification="other", note="Child A told more.")
    after = making.everything(store)

    added = {t: len(after[t]) - len(before[t]) for t in ("event", "ledger", "narrative", "outbox")}
    assert added == {"event": 1, "ledger": 1, "narrative": 1, "outbox": 1}
    assert [e.fact for e in receipt.events] == [F.REPORT_CLASSIFIED]
    assert [t.step for t in receipt.ended] == ["classify"]
    assert {t.step for t in receipt.opened} == {"commence-other", "complete-investigation", "hand-over", "screen"}
    assert making.case_row(store, case_id)["room"] == "Screening"
    assert making.case_row(store, case_id)["version"] == receipt.version == 2
    assert check(store).faults == []


def test_an_act_of_several_facts_is_still_one_ledger_row(store: Store) -> None:
    case_id = making.identified(store)
    do(store, case_id, "engage_person", by="intake supervisor", person=making.ADVOCATE)
    version = making.case_row(store, case_id)["version"]
    receipt = do(store, case_id, "list_needs", by="victim advocate", needs=["shelter", "schooling"])
    assert [e.fact for e in receipt.events] == [F.NEEDS_LISTED, F.NEED_LISTED, F.NEED_LISTED]
    assert {e.act for e in receipt.events} == {version + 1}
    assert len({e.about for e in receipt.events[1:]}) == 2


def classify(store: Store, case_id: str) -> Receipt:
    return do(store, case_id, "classify_report", classification="other", note="A note.")


def test_of_an_act_that_fails_at_any_statement_nothing_remains(store: Store) -> None:
    case_id, like_it = making.taken(store), making.taken(store, report_no="R-2")
    with failing_at(store, 0) as tables:
        classify(store, like_it)
    assert set(tables) == {"event", "narrative", "ledger", "task", "cases", "queue", "outbox"}
    assert tables[-1] == "outbox"
    before = making.everything(store)
    for n in range(1, len(tables) + 1):
        with failing_at(store, n), pytest.raises(CutOff):
            classify(store, case_id)
        assert making.everything(store) == before
    classify(store, case_id)
    assert check(store).faults == []


def test_the_same_command_twice_is_one_act(store: Store) -> None:
    case_id = making.taken(store)
    first = do(store, case_id, "classify_report", command="once", classification="other")
    before = making.everything(store)
    second = do(store, case_id, "classify_report", command="once", classification="other")
    assert (first.repeated, second.repeated) == (False, True)
    assert second.version == first.version
    assert making.everything(store) == before


def test_the_same_command_twice_is_one_act_where_the_act_is_possible_twice(store: Store) -> None:
    case_id = making.taken(store)
    receipts = [
        do(store, case_id, "record_citizenship", MONDAY - DAY, now=MONDAY, command="once", noncitizen=False) for _ in range(2)
    ]
    assert [r.repeated for r in receipts] == [False, True]
    assert [e.fact for e in making.history(store, case_id)].count(F.CITIZENSHIP_LEARNED) == 1


def _again(store: Store, case_id: str) -> Receipt:
    return do(store, case_id, "record_citizenship", MONDAY - DAY, now=MONDAY, command="once", noncitizen=False)


def test_one_command_from_many_threads_at_once_is_one_act(store: Store) -> None:
    case_id = making.taken(store)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        receipts = list(pool.map(lambda _: _again(store, case_id), range(AT_ONCE)))
    _was_done_once(store, case_id, receipts)


def _in_a_process(url: str, case_id: str) -> list[Receipt]:
    store = open_store(url)
    with ThreadPoolExecutor(AT_ONCE // 2) as pool:
        receipts = list(pool.map(lambda _: _again(store, case_id), range(AT_ONCE // 2)))
    store.close()
    return receipts


def test_one_command_from_two_processes_at_once_is_one_act(store: Store, database_url: str) -> None:
    case_id = making.taken(store)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        runs = [pool.submit(_in_a_process, database_url, case_id) for _ in range(2)]
        receipts = [receipt for run in runs for receipt in run.result(60)]
    _was_done_once(store, case_id, receipts)


def _was_done_once(store: Store, case_id: str, receipts: list[Receipt]) -> None:
    assert len(receipts) == AT_ONCE
    assert [r.repeated for r in receipts].count(False) == 1
    assert {r.version for r in receipts} == {2}
    assert [e.fact for e in making.history(store, case_id)].count(F.CITIZENSHIP_LEARNED) == 1
    assert check(store).faults == []


def test_different_acts_on_one_case_from_many_threads_all_count(store: Store) -> None:
    case_id = making.taken(store)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: do(store, case_id, "make_inquiry", MONDAY - n * DAY, now=MONDAY), range(1, 17)))
    assert making.case_row(store, case_id)["version"] == 17
    assert check(store).faults == []


def test_who_acts_on_a_case_that_somebody_else_has_changed_is_told_what_changed(store: Store) -> None:
    case_id = making.taken(store)
    seen = making.case_row(store, case_id)["version"]
    do(store, case_id, "classify_report", seen=seen, classification="other")
    with pytest.raises(CaseMoved, match="somebody else recorded “report classified” on this case"):
        do(store, case_id, "classify_report", by="intake supervisor", seen=seen, classification="emergency")
    assert [e.fact for e in making.history(store, case_id)].count(F.REPORT_CLASSIFIED) == 1


def test_of_two_people_who_act_at_once_on_what_they_saw_one_is_told_of_the_other(store: Store) -> None:
    case_id = making.taken(store)
    seen = making.case_row(store, case_id)["version"]

    def act(by: str) -> str:
        try:
            do(store, case_id, "notify_police", by=by, seen=seen)
        except CaseMoved:
            return "moved"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, ("intake worker", "intake supervisor"))) == ["done", "moved"]


def test_ones_own_act_in_another_window_does_not_move_the_case(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", seen=1)
    assert do(store, case_id, "classify_report", seen=1, classification="other").version == 3


def test_what_the_flows_recorded_does_not_move_the_case(store: Store) -> None:
    case_id = making.taken(store)
    route(store, case_id, MONDAY)
    assert making.case_row(store, case_id)["version"] == 2
    do(store, case_id, "classify_report", seen=1, classification="other")


def test_who_has_seen_the_latest_version_is_not_stopped(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", by="intake supervisor")
    do(store, case_id, "classify_report", seen=2, classification="other")


def test_a_role_that_may_not_changes_nothing(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "engage_person", by="intake supervisor", person=making.ADVOCATE)
    before = making.everything(store)
    with pytest.raises(NotAllowed):
        do(store, case_id, "classify_report", by="victim advocate", classification="other")
    assert making.everything(store) == before


def test_an_act_that_nothing_waits_for_is_refused_with_its_section_and_changes_nothing(store: Store) -> None:
    case_id = making.taken(store)
    before = making.everything(store)
    with pytest.raises(NotYet, match=r"CGS § 17a-103b\(a\)"):
        do(store, case_id, "notify_parents", whom="both parents")
    assert making.everything(store) == before


def test_an_act_on_a_thing_of_another_case_is_refused(store: Store) -> None:
    case_id, other = making.taken(store), making.taken(store, report_no="R-2")
    foreign = making.history(store, other)[0].about
    with pytest.raises(NotPossible, match="say which report of this case"):
        do(store, case_id, "classify_report", about=foreign, classification="other")


def test_an_act_in_the_future_is_refused(store: Store) -> None:
    case_id = making.taken(store)
    with pytest.raises(NotPossible, match="has not come yet"):
        do(store, case_id, "classify_report", MONDAY + HOUR, now=MONDAY, classification="other")


def test_an_act_before_what_it_answers_is_refused(store: Store) -> None:
    case_id = making.taken(store)
    with pytest.raises(NotPossible, match="before what it answers"):
        do(store, case_id, "classify_report", MONDAY - HOUR, now=MONDAY, classification="other")


def test_an_act_on_no_case_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="no such case, or it is not yours to see"):
        do(store, "nowhere", "make_inquiry")


def test_a_note_with_characters_that_nobody_means_is_taken_by_both_databases(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "make_inquiry", note="one\x00two")
    (words,) = named(store, making.PEOPLE["intake worker"], case_id, MONDAY).words.values()
    assert words == {"note": "onetwo"}


def test_fridays_call_typed_in_on_monday_counts_from_friday(store: Store) -> None:
    friday = MONDAY - 3 * DAY
    case_id = making.taken(store, received_at="2026-02-27 09:00")
    event = do(store, case_id, "classify_report", friday, now=MONDAY, classification="emergency").events[0]
    assert (event.happened_at, event.recorded_at) == (friday, MONDAY)
    assert making.tasks(store, case_id)["commence-emergency"].due == friday + 2 * HOUR


@pytest.mark.parametrize("table", ["event", "ledger", "narrative"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET case_id = case_id", "DELETE FROM {}"])
def test_the_history_can_be_neither_changed_nor_deleted(store: Store, table: str, statement: str) -> None:
    making.taken(store, narrative="What was told.")
    before = making.everything(store)
    with pytest.raises(DBAPIError, match="history is only added to"), making.as_owner(store) as connection:
        connection.execute(text(statement.format(table)))
    with pytest.raises(DBAPIError, match=r"only added to|permission denied"), store.write() as connection:
        connection.execute(text(statement.format(table)))
    assert making.everything(store) == before


def test_what_the_transaction_could_not_commit_is_not_there(store: Store) -> None:
    case_id = making.taken(store)
    with suppress(CutOff), store.write() as connection:
        connection.execute(update(tables.CASES).values(age=5))
        raise CutOff
    with store.read() as connection:
        assert connection.execute(select(tables.CASES.c.age).where(tables.CASES.c.id == case_id)).scalar_one() is None


def test_a_fault_of_the_database_is_not_taken_for_a_repeat(store: Store) -> None:
    case_id = making.taken(store)
    (report,) = making.history(store, case_id)
    stray = pages.event_row(case_id, replace(report, id=pages.new_id("a command", 0), seq=99))
    with store.write() as connection:
        connection.execute(insert(tables.EVENTS), stray)
    with pytest.raises(NotPossible, match="Open the form anew"):
        do(store, case_id, "notify_police", command="a command")


def test_a_case_of_another_district_is_not_there_for_whoever_records(store: Store) -> None:
    case_id = making.identified(store)
    elsewhere, act = replace(making.PEOPLE["intake worker"], offices=frozenset({"Windham"})), ACT["notify_police"]
    with pytest.raises(NotFound, match="not yours to see"):
        carry_out(store, case_id, act, act.form(happened_at=MONDAY), by=elsewhere, now=MONDAY, command="elsewhere")


def test_a_command_used_on_one_case_is_not_answered_as_done_on_another(store: Store) -> None:
    one, other = making.taken(store, report_no="R-one"), making.taken(store, report_no="R-other")
    do(store, one, "notify_police", command="the-same")
    with pytest.raises(NotPossible, match="Open the form anew"):
        do(store, other, "notify_police", command="the-same")
    assert F.POLICE_NOTIFIED not in {e.fact for e in making.history(store, other)}
