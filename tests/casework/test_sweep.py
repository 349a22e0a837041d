"""The sweep tells of each thing that time does once, at its instant and not before, and agrees with the open tasks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from mdt.access import SYSTEM
from mdt.board.overview import Filters, cards, columns
from mdt.board.work import WAITS_FOR, notices_for, tally, waiting
from mdt.casework import pages
from mdt.casework.sweep import Swept, sweep
from mdt.errors import MdtError
from mdt.process import STEP
from mdt.records import tables
from mdt.scenario import route
from mdt.tasks import is_late, is_lost, is_overdue, open_tasks
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store
    from mdt.tasks import Task

HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
NOTHING = Swept(0, 0, 0, 0, 0)
OWNERS = sorted({step.actor.value for step in STEP.values()})


def told(store: Store, kind: str) -> list[tuple[str, str]]:
    with store.read() as connection:
        rows = connection.execute(select(tables.NOTICES.c.case_id, tables.NOTICES.c.step).where(tables.NOTICES.c.kind == kind))
        return sorted(map(tuple, rows))


def test_a_duty_is_told_as_overdue_after_its_last_instant_and_once(store: Store) -> None:
    case_id = making.taken(store)
    due = making.tasks(store, case_id)["notify-police-mandated"].due
    assert due == MONDAY + 12 * HOUR
    sweep(store, due)
    assert (case_id, "notify-police-mandated") not in told(store, "overdue")
    sweep(store, due + MICROSECOND)
    sweep(store, due + HOUR)
    assert told(store, "overdue").count((case_id, "notify-police-mandated")) == 1


def test_a_second_sweep_at_the_same_time_adds_nothing(store: Store) -> None:
    for n in range(3):
        making.identified(store, report_no=f"R-{n}", incident_from="2026-02-14")
    later = MONDAY + 60 * DAY
    assert sweep(store, later) != NOTHING
    assert sweep(store, later) == NOTHING


def test_a_step_that_opens_again_is_told_again(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="other")
    for n in (0, 30):
        at = MONDAY + n * DAY
        do(store, case_id, "screen_out", at, because="other", reason="no sign of it")
        do(store, case_id, "return_screen_out", at, by="intake supervisor", reason="look at it once more")
        sweep(store, at + 15 * DAY)
    assert told(store, "late").count((case_id, "screen")) == 2


def test_a_standard_is_told_as_late_and_never_as_overdue(store: Store) -> None:
    case_id = making.identified(store)
    sweep(store, MONDAY + 365 * DAY)
    assert (case_id, "list-needs") in told(store, "late")
    assert [step for _, step in told(store, "overdue") if STEP[step].rule is None] == []


def test_the_advocate_is_warned_ninety_thirty_and_seven_days_before_a_right_runs_out(store: Store) -> None:
    case_id = making.identified(store, incident_from="2026-02-14")
    due = making.tasks(store, case_id)["apply"].due
    warned = []
    for days in (91, 90, 89, 31, 30, 29, 8, 7, 6, 0):
        sweep(store, due - days * DAY)
        warned.append(len(told(store, "running out")))
    assert warned == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


def test_a_provider_that_does_not_answer_is_chased_after_three_seven_and_fourteen_days(store: Store) -> None:
    case_id = making.identified(store)
    do(store, case_id, "list_needs", by="victim advocate", needs=["shelter"], met_by_dcf=["shelter"])
    do(store, case_id, "refer_to_service", by="victim advocate", provider="DCF")
    chased = []
    for days in (3, 4, 7, 8, 14, 15, 40):
        sweep(store, MONDAY + days * DAY)
        chased.append(len(told(store, "chase")))
    assert chased == [0, 1, 1, 2, 2, 3, 3]


def notices_of(store: Store, kind: str) -> list[str]:
    with store.read() as connection:
        rows = connection.execute(select(tables.NOTICES.c.to_actor).where(tables.NOTICES.c.kind == kind))
        return list(rows.scalars())


def test_an_unacknowledged_notice_is_chased_after_a_day_and_told_to_a_supervisor_after_two(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "notify_police", MONDAY, how="e-mail")
    seen = []
    for at in (DAY, DAY + MICROSECOND, 2 * DAY, 2 * DAY + MICROSECOND, 9 * DAY):
        sweep(store, MONDAY + at)
        seen.append((notices_of(store, "unconfirmed"), notices_of(store, "escalated")))
    chased, both = (["DCF"], []), (["DCF"], ["DCF supervisor"])
    assert seen == [([], []), chased, chased, both, both]
    assert (case_id, "confirm-notice") not in told(store, "late")  # it is chased instead


def test_a_notice_that_is_sent_again_is_chased_anew_and_one_that_is_acknowledged_no_more(store: Store) -> None:
    one, other = (making.taken(store, report_no=f"R-{n}") for n in range(2))
    for case_id in (one, other):
        do(store, case_id, "notify_police", MONDAY, how="fax")
    sweep(store, MONDAY + DAY + HOUR)
    do(store, one, "send_notice_again", MONDAY + DAY + 2 * HOUR, how="e-mail")
    do(store, other, "acknowledge_notice", MONDAY + DAY + 2 * HOUR)
    sweep(store, MONDAY + 2 * DAY + HOUR)
    assert (len(notices_of(store, "unconfirmed")), notices_of(store, "escalated")) == (2, [])
    sweep(store, MONDAY + 2 * DAY + 3 * HOUR)
    assert told(store, "unconfirmed") == sorted([(one, "confirm-notice"), (one, "confirm-notice"), (other, "confirm-notice")])
    sweep(store, MONDAY + 3 * DAY + 3 * HOUR)
    assert told(store, "escalated") == [(one, "confirm-notice")]


def test_what_nobody_acknowledged_reaches_the_supervisors_list_and_names_nobody(store: Store) -> None:
    case_id = making.taken(store, child_given_name="Vinecliff", reporter_name="Yarrow")
    do(store, case_id, "notify_police", MONDAY, how="portal", person="Quillfeather")
    sweep(store, MONDAY + 3 * DAY)

    def words(role: str) -> list[str]:
        found = notices_for(store, making.PEOPLE[role], WAITS_FOR[role], most=99)
        return [text for _, _, text in found if "acknowledged" in text]

    assert words("intake supervisor")[0] == (
        "Case 2026-00001: a notice that went out in writing is still not acknowledged, though it was asked after."
    )
    asked_after = ["Case 2026-00001: a notice that went out in writing is not acknowledged; ask after it, or send it again."]
    assert words("intake worker") == asked_after
    assert words("intake supervisor")[1:] == asked_after


def test_a_case_whose_time_to_apply_is_over_goes_to_the_flows_once(store: Store) -> None:
    case_id = making.identified(store, incident_from="2026-02-14")
    after = making.tasks(store, case_id)["apply"].due + MICROSECOND
    with store.write() as connection:
        connection.execute(delete(tables.OUTBOX))
    assert sweep(store, after - MICROSECOND).lost == 0
    assert [sweep(store, after).lost for _ in range(2)] == [1, 0]
    route(store, case_id, after)
    with store.write() as connection:
        connection.execute(delete(tables.OUTBOX))
    assert sweep(store, after + DAY).lost == 0


def test_two_sweeps_at_once_tell_nothing_twice(store: Store) -> None:
    for n in range(5):
        making.identified(store, report_no=f"R-{n}", incident_from="2026-02-14")
    later = MONDAY + 1200 * DAY
    with store.write() as connection:
        connection.execute(delete(tables.OUTBOX))
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: sweep(store, later), range(2))
    assert {one.overdue, other.overdue} == {0, len(told(store, "overdue"))}
    with store.read() as connection:
        asked = list(connection.execute(select(tables.OUTBOX.c.case_id)).scalars())
    assert one.lost + other.lost == len(asked) == len(set(asked)) == 5


def test_two_sweeps_at_once_over_cases_with_nothing_else_to_tell_send_each_case_once(store: Store) -> None:
    for n in range(5):
        making.taken(store, report_no=f"R-{n}", incident_from="2020-01-01")
    later = MONDAY + DAY
    sweep(store, later)
    with store.write() as connection:
        connection.execute(delete(tables.OUTBOX))
    with ThreadPoolExecutor(4) as pool:
        lost = [swept.lost for swept in pool.map(lambda _: sweep(store, later), range(4))]
    assert sorted(lost) == [0, 0, 0, 5]


ACTS = (
    ("classify_report", "intake worker", {"classification": "emergency"}),
    ("classify_report", "intake worker", {"classification": "other"}),
    ("notify_police", "intake worker", {}),
    ("commence_investigation", "intake worker", {}),
    ("identify_victim", "intake worker", {"note": "What the child told"}),
    ("screen_out", "intake worker", {"because": "other", "reason": "no sign of it"}),
    ("disclose_injury", "intake worker", {"told_by": "child", "told_to": "DCF employee"}),
    ("draft_application", "victim advocate", {"applicant": "parent", "applicant_is_not_suspected": True}),
)
lives = st.lists(
    st.tuples(st.integers(0, 40), st.lists(st.sampled_from(ACTS), unique_by=lambda a: a[0], max_size=5)), max_size=4
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return making.made(f"sqlite:///{tmp_path_factory.mktemp('sweep') / 'mdt.db'}")


_numbers = iter(range(10_000))


def live_a_life(store: Store, days: int, acts: list[tuple]) -> None:
    at = MONDAY + days * DAY
    case_id = making.taken(store, now=at, report_no=f"L-{next(_numbers)}", incident_from="2026-01-05")
    for n, (act, by, form) in enumerate(sorted(acts, key=ACTS.index)):
        try:
            do(store, case_id, act, at + n * HOUR, by=by, **form)
        except MdtError:
            continue


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives, st.sampled_from([0, 1, 12, 24, 72, 24 * 46, 24 * 200, 24 * 1400]), st.sampled_from([0, 1]))
def test_what_the_database_calls_overdue_late_or_lost_is_what_the_open_tasks_say(
    lasting: Store, lives: list[tuple[int, list[tuple]]], hours: int, more: int
) -> None:
    for days, acts in lives:
        live_a_life(lasting, days, acts)
    now = MONDAY + hours * HOUR + more * MICROSECOND
    open_now = brute_force(lasting)
    overdue = {key for key, t in open_now.items() if is_overdue(t, now)}
    listed = waiting(lasting, SYSTEM, OWNERS, now, which="overdue", most=100_000)
    assert {(line.case_id, line.step, line.about) for line in listed} == overdue
    counts = tally(lasting, SYSTEM, OWNERS, now)
    assert counts.open == len(open_now)
    assert counts.overdue == len(overdue)
    assert counts.late == sum(is_late(t, now) for t in open_now.values())
    assert counts.lost == sum(is_lost(t, now) for t in open_now.values())
    cases = {case_id for case_id, _, _ in overdue}
    assert {c.id for c in cards(lasting, SYSTEM, Filters(overdue=True), now, most=100_000)} == cases
    assert sum(c.overdue for c in columns(lasting, SYSTEM, Filters(), now)) == len(cases)


def brute_force(store: Store) -> dict[tuple[str, str, str], Task]:
    with store.read() as connection:
        ids = connection.execute(select(tables.CASES.c.id)).scalars().all()
        found = {case_id: open_tasks(pages.history_of(connection, case_id)) for case_id in ids}
    return {(case_id, t.step, t.about): t for case_id, tasks in found.items() for t in tasks}


def test_what_is_due_now_is_overdue_a_microsecond_later(store: Store) -> None:
    case_id = making.taken(store)

    def overdue(at: datetime) -> bool:
        return case_id in {card.id for card in cards(store, SYSTEM, Filters(overdue=True), at)}

    do(store, case_id, "classify_report", classification="emergency")
    assert [overdue(MONDAY + 2 * HOUR + n * MICROSECOND) for n in (0, 1)] == [False, True]
