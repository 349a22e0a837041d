"""Where a claim stands, for those who see the case; by the birthdate only on request, and then it is logged."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mdt.board.claim import claim, claim_by_birthdate, claims
from mdt.claim import Status
from mdt.errors import NotFound, NotPossible
from mdt.law.period import start_of_day
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from tests.making import MONDAY, do, identified, taken

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.board.claim import ClaimView
    from mdt.store import Store

DAY = timedelta(days=1)
LATER = MONDAY + 10 * DAY
ADVOCATE, OVS, AUDITOR = (PEOPLE[role] for role in ("victim advocate", "OVS liaison", "auditor"))
GROWN = date(2026, 3, 20)


@pytest.fixture
def case(store: Store) -> str:
    """A claim being prepared; the child turns 18 on 20 March 2026."""
    case_id = identified(store, child_birthdate="2008-03-20", child_age="17", incident_from="2026-01-05")
    do(store, case_id, "notify_police", LATER)
    do(store, case_id, "describe_claim", LATER, by="victim advocate", harm="bodily injury", place="in Connecticut")
    return case_id


def status(found: ClaimView) -> dict[str, Status]:
    return {e.key: e.status for e in found.standing.elements}


def looks(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.act == "name read")).all())


def test_the_advocate_sees_every_element_and_the_date_that_comes_next(store: Store, case: str) -> None:
    found = claim(store, ADVOCATE, case, LATER)
    assert status(found) == {
        "event": Status.OVS, "time": Status.MISSING, "police": Status.SATISFIED, "place": Status.SATISFIED, "bars": Status.OVS,
        "weighed": Status.OVS, "amount": Status.SATISFIED,
    }  # fmt: skip
    assert found.begun
    assert found.next is not None
    assert found.next.step == "settle-compensation"


def test_without_the_birthdate_no_birthday_is_said_and_no_look_is_logged(store: Store, case: str) -> None:
    before = looks(store)
    found = claim(store, ADVOCATE, case, LATER)
    assert "2026, the 18th birthday" not in found.standing.elements[-1].says
    assert (found.by_birthdate, found.may_look, looks(store)) == (False, True, before)


@pytest.mark.parametrize(("now", "minor"), [(start_of_day(GROWN) - DAY, True), (start_of_day(GROWN), False)])
def test_by_the_birthdate_both_sides_of_the_birthday_are_told_apart_and_the_look_is_logged(
    store: Store, case: str, now: datetime, *, minor: bool
) -> None:
    before = looks(store)
    found = claim_by_birthdate(store, ADVOCATE, case, now)
    assert (found.by_birthdate, found.standing.cap.minor_then, looks(store)) == (True, minor, before + 1)


def test_ovs_sees_of_the_claim_what_it_sees_of_the_case(store: Store, case: str) -> None:
    do(store, case, "draft_application", LATER, by="victim advocate", applicant="child", applicant_is_not_suspected=True)
    do(store, case, "file_application", LATER, by="victim advocate")
    found = status(claim(store, OVS, case, LATER))
    assert (found["place"], found["police"]) == (Status.SATISFIED, Status.MISSING)  # DCF's notice to the police is DCF's


def test_who_does_not_see_the_case_is_told_nothing_of_its_claim(store: Store, case: str) -> None:
    for read in (claim, claim_by_birthdate):
        with pytest.raises(NotFound):
            read(store, AUDITOR, case, LATER)
    assert claims(store, AUDITOR, LATER) == (0, [])


def test_the_claims_that_wait_come_a_page_at_a_time_the_soonest_first(store: Store, case: str) -> None:
    urgent = identified(store, report_no="R-2", incident_from="2026-01-02")
    do(store, urgent, "record_sexual_assault", LATER, by="victim advocate")  # 120 hours for the exam
    total, found = claims(store, ADVOCATE, LATER)
    assert (total, [one.case_id for one in found]) == (2, [urgent, case])
    assert [one.case_id for one in claims(store, ADVOCATE, LATER, first=1, most=1)[1]] == [case]


def test_a_case_of_which_nothing_is_on_record_has_no_claim_begun(store: Store) -> None:
    case_id = taken(store)
    found = claim(store, PEOPLE["intake worker"], case_id, LATER)
    assert (found.begun, found.next) == (False, None)


@pytest.mark.parametrize("filed", [start_of_day(GROWN) - DAY, start_of_day(GROWN)])
def test_a_minors_extra_is_refused_to_who_was_of_age_when_the_application_was_filed(
    store: Store, case: str, filed: datetime
) -> None:
    by = {"by": "victim advocate"}
    do(store, case, "draft_application", LATER, **by, applicant="child", applicant_is_not_suspected=True)
    do(store, case, "file_application", filed, **by)
    do(store, case, "receive_application", filed + DAY, **by)
    award = {"amount": 18_000, "beyond": "minor with additional needs (§ 54-211(d)(2))"}
    if filed < start_of_day(GROWN):
        assert do(store, case, "mail_award", filed + 2 * DAY, **by, **award).events
        return
    with pytest.raises(NotPossible, match="no minor when the application was filed"):
        do(store, case, "mail_award", filed + 2 * DAY, **by, **award)
