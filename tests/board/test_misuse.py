"""The rules of the weekly review, each on both sides of its edge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mdt.board import misuse
from mdt.board.misuse import Pattern, Row, Week, findings
from mdt.process import OTHER_STANDARDS
from tests.making import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def read(n: int = 0, *, by: str = "p", act: str = "name read", at: datetime = MONDAY, count: int = 1) -> Row:
    return Row(at + n * MINUTE, by, act, f"case {n}", count)


def listed(looks: Sequence[Row], **known: Any) -> set[Pattern]:
    return {finding.pattern for finding in findings(Week(tuple(looks), **known))}


def test_every_pattern_has_a_rule_and_every_figure_is_a_standard_of_the_team() -> None:
    assert set(misuse.RULES) == set(Pattern)
    assert len([name for name in OTHER_STANDARDS if name.startswith("audit-")]) == 7


def test_an_ordinary_day_lists_nothing() -> None:
    hers = frozenset(("p", f"case {n}") for n in range(9))
    assert listed([read(n) for n in range(9)], hers=hers) == set()


def test_forty_names_a_day_are_work_and_forty_one_are_many() -> None:
    assert Pattern.MASS not in listed([read(0, count=40)])
    assert Pattern.MASS in listed([read(0, count=40), read(1)])
    assert Pattern.MASS not in listed([read(0, count=40), read(0, at=MONDAY + DAY)])
    assert Pattern.MASS not in listed([read(0, count=40), read(1, by="q")])
    assert Pattern.MASS not in listed([read(0, act="export", count=99)])


@pytest.mark.parametrize(
    ("at", "is_night"),
    [
        (datetime(2026, 3, 3, 2, 59, tzinfo=UTC), False),  # 21:59 in Connecticut
        (datetime(2026, 3, 3, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 3, 10, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 3, 11, 0, tzinfo=UTC), False),  # 6:00
        (datetime(2026, 7, 3, 1, 59, tzinfo=UTC), False),  # in summer the clocks are an hour ahead
        (datetime(2026, 7, 3, 2, 0, tzinfo=UTC), True),
    ],
)
def test_the_night_lasts_from_ten_to_six_on_connecticuts_clocks(at: datetime, is_night: bool) -> None:
    assert (Pattern.NIGHT in listed([read(at=at)])) == is_night


def test_a_night_is_one_line_though_midnight_lies_in_it() -> None:
    late = MONDAY + timedelta(hours=14, minutes=30)  # 23:30
    found = [
        f
        for f in findings(Week((read(0, at=late), read(1, at=late + HOUR), read(2, at=late + DAY))))
        if f.pattern == Pattern.NIGHT
    ]
    assert [(f.count, f.at) for f in found] == [(2, late), (1, late + DAY + 2 * MINUTE)]


def test_saturday_and_sunday_are_the_weekend() -> None:
    days = {n: Pattern.WEEKEND in listed([read(at=MONDAY + n * DAY)]) for n in range(7)}
    assert days == {0: False, 1: False, 2: False, 3: False, 4: False, 5: True, 6: True}


def test_own_name_restricted_and_closed_cases_are_listed_once_a_person_and_case() -> None:
    looks = [read(1), read(1), read(2), read(1, by="q")]
    found = findings(Week(tuple(looks), own_name=frozenset({("p", "case 1")})))
    assert [(f.pattern, f.by, f.case_id) for f in found] == [(Pattern.OWN_NAME, "p", "case 1")]
    assert len(findings(Week(tuple(looks), restricted=frozenset({"case 1"})))) == 2
    assert listed(looks, closed_at={"case 1": MONDAY}) == {Pattern.CLOSED}
    assert listed(looks, closed_at={"case 1": MONDAY + MINUTE}) == set()


def test_emergency_access_is_listed_and_three_times_in_a_week_is_a_chain() -> None:
    taken = [read(n, act="emergency access") for n in range(3)]
    acts = tuple(Row(row.at, row.by, "take_emergency_access", row.case_id) for row in taken)
    assert listed(taken[:2], deeds=acts[:2]) == {Pattern.EMERGENCY}
    assert listed(taken, deeds=acts) == {Pattern.EMERGENCY, Pattern.EMERGENCY_CHAIN}
    assert listed([], deeds=acts) == {Pattern.EMERGENCY, Pattern.EMERGENCY_CHAIN}
    assert [f.count for f in findings(Week(tuple(taken[:1]), acts[:1]))] == [1]
    again = [Row(MONDAY + n * DAY, "p", "emergency access", "case 1") for n in range(3)]
    assert Pattern.EMERGENCY_CHAIN in listed(again)
    assert Pattern.EMERGENCY_CHAIN not in listed([read(n, by=f"p{n}", act="emergency access") for n in range(3)])


def test_ten_cases_outside_her_own_steps_are_chance_and_eleven_are_many() -> None:
    looks = [read(n) for n in range(11)]
    assert Pattern.OUTSIDE not in listed(looks[:10])
    assert Pattern.OUTSIDE in listed(looks)
    assert Pattern.OUTSIDE not in listed(looks, hers=frozenset({("p", "case 0")}))
    acted = (Row(MONDAY - 2 * DAY, "p", "notify_police", "case 0"),)
    assert Pattern.OUTSIDE not in listed(looks, deeds=acted)
    assert Pattern.OUTSIDE in listed(looks, deeds=(Row(MONDAY, "q", "notify_police", "case 0"),))
    assert Pattern.OUTSIDE not in listed([read(n, act="packet") for n in range(11)])


def test_twenty_cases_read_without_an_act_that_day_are_work_and_twenty_one_are_many() -> None:
    looks = [read(n) for n in range(21)]
    assert Pattern.WITHOUT_ACT not in listed(looks[:20])
    assert Pattern.WITHOUT_ACT in listed(looks)
    assert Pattern.WITHOUT_ACT not in listed(looks, deeds=(Row(MONDAY + HOUR, "p", "notify_police", "case 0"),))
    assert Pattern.WITHOUT_ACT in listed(looks, deeds=(Row(MONDAY + DAY, "p", "notify_police", "case 0"),))


def test_every_export_is_listed_but_the_houses_own_head() -> None:
    looks = [Row(MONDAY, "p", "export", None, 12), Row(MONDAY, "p", "head exported")]
    assert [(f.pattern, f.count) for f in findings(Week(tuple(looks)))] == [(Pattern.EXPORT, 12)]


def test_five_refusals_in_a_day_are_listed() -> None:
    refused = [read(n, act="refused") for n in range(5)]
    assert listed(refused[:4]) == set()
    assert listed(refused) == {Pattern.REFUSED}
    assert listed([*refused[:4], read(4, act="refused", at=MONDAY + DAY)]) == set()


def test_five_failed_sign_ins_in_a_week_are_listed_and_one_lock_is() -> None:
    failed = [Row(MONDAY + n * DAY, "p", "sign-in failed") for n in range(5)]
    assert listed(failed[:4]) == set()
    assert listed(failed) == {Pattern.FAILED}
    assert listed([Row(MONDAY, "p", "locked")]) == {Pattern.FAILED}


def test_findings_come_by_pattern_and_then_by_time() -> None:
    looks = [read(1, at=MONDAY + 5 * DAY), Row(MONDAY, "p", "export"), read(2, at=MONDAY + 6 * DAY)]
    found = findings(Week(tuple(looks), own_name=frozenset({("p", "case 2")})))
    assert [f.pattern for f in found] == [Pattern.OWN_NAME, Pattern.WEEKEND, Pattern.WEEKEND, Pattern.EXPORT]
