"""The child as told: blanks are filled by later reports, what disagrees is kept, and no birthdate of a minor is passed over."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from mdt.asking import to_ask
from mdt.board.screening import minor_and_resident
from mdt.casework import child, intake, routing
from mdt.errors import NotPossible
from mdt.history import live
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do, history, referral, tasks

if TYPE_CHECKING:
    from mdt.store import Store

DAY = timedelta(days=1)
NOW = MONDAY + 5 * DAY
WORKER = PEOPLE["intake worker"]
BLANK = {"child_residence_town": "", "child_given_name": "", "child_family_name": ""}
_numbers = count(1)


def opened(store: Store, **cells: str) -> str:
    return making.taken(store, report_no=f"T-{next(_numbers)}", **BLANK | cells)


def again(store: Store, case_id: str, **cells: str) -> None:
    form = referral(report_no=f"T-{next(_numbers)}", received_at="2026-03-03 09:00", **BLANK | cells)
    intake.add_report(store, case_id, form, by=WORKER, now=MONDAY + DAY)


def told(store: Store, case_id: str) -> child.AsTold:
    with store.read() as connection:
        return child.as_told(connection, case_id, live(history(store, case_id)))


def test_a_blank_is_filled_by_the_latest_report_that_says_it_and_nothing_is_overwritten() -> None:
    began = {"town": "", "given_name": "Child", "gender": ""}
    reports = [{"child": {"town": "Derby"}}, {"child": {"town": "Hartford", "given_name": "Other"}}, {}]
    assert child.filled(began, reports) == {"town": "Hartford", "given_name": "Child", "gender": ""}


def test_what_a_second_report_says_of_birthdate_and_town_is_used(store: Store) -> None:
    case_id = opened(store)
    routing.screen(store, [case_id], MONDAY)
    assert "place-case" in tasks(store, case_id)
    again(store, case_id, child_birthdate="2011-05-04", child_residence_town="Hartford")
    routing.screen(store, [case_id], MONDAY + DAY)
    assert "place-case" not in tasks(store, case_id)
    found = minor_and_resident(store, WORKER, case_id, NOW)
    assert (str(found.birthdate), found.town, found.otherwise) == ("2011-05-04", "Hartford", ())


def test_where_two_reports_disagree_both_are_kept_and_said(store: Store) -> None:
    case_id = opened(store, child_birthdate="2011-05-04")
    again(store, case_id, child_birthdate="2010-05-04")
    (other,) = told(store, case_id).otherwise
    assert (other.field, other.value, told(store, case_id).child["birthdate"]) == ("birthdate", "2010-05-04", "2011-05-04")
    assert "By report 2 the birthdate is 4 May 2010." in minor_and_resident(store, WORKER, case_id, NOW).warnings[0]


def test_by_every_birthdate_told_a_minor_is_not_ended_as_none_unless_a_document_was_seen(store: Store) -> None:
    case_id = opened(store)
    again(store, case_id, child_birthdate="2011-05-04")
    do(store, case_id, "classify_report", NOW, classification="other", about=told(store, case_id).reports[0]["id"])
    form = {"about": told(store, case_id).reports[0]["id"], "reason": "She looks older"}
    with pytest.raises(NotPossible, match="under 18 on that day"):
        do(store, case_id, "end_not_a_minor", NOW, rests_on="an age told", **form)
    do(store, case_id, "end_not_a_minor", NOW, rests_on="a document seen", **form)


def test_one_birthdate_of_several_by_which_she_is_of_age_is_enough(store: Store) -> None:
    case_id = opened(store, child_birthdate="2011-05-04")
    again(store, case_id, child_birthdate="2007-05-04")
    report = told(store, case_id).reports[0]["id"]
    do(store, case_id, "classify_report", NOW, classification="other", about=report)
    do(store, case_id, "end_not_a_minor", NOW, rests_on="the birthdate told", about=report, reason="Of age")


@pytest.mark.parametrize(
    ("cells", "asked"),
    [({"missing": "yes"}, True), ({"missing": "yes", "in_dcf_care": "no"}, False), ({}, False)],
)
def test_of_a_missing_child_it_is_asked_whether_she_is_in_care(cells: dict[str, str], asked: bool) -> None:
    assert any(ask.fields == ("in_dcf_care",) for ask in to_ask(referral(**cells))) is asked


def test_whether_the_reporter_is_mandated_is_asked_until_it_is_known() -> None:
    asks = [
        any(ask.fields == ("reporter_mandated",) for ask in to_ask(referral(reporter_mandated=m))) for m in ("unknown", "no")
    ]
    assert asks == [True, False]
