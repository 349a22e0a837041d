"""What is recorded of a claim after it is filed: what is refused, in which words, and what is recorded though it was late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from mdt.acts import refuse_unless_possible
from mdt.casework import ACT
from mdt.compensation import BEYOND, GOOD_CAUSE, MINOR_NEEDS, time_limit_passed
from mdt.errors import MdtError, NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import end_of_day, start_of_day
from mdt.tasks import open_tasks
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from mdt.acts import New
    from mdt.facts import Event

F = Fact
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HURT = start_of_day(date(2026, 2, 1))
MAILED = MONDAY + 60 * DAY


def history(*facts: tuple[Fact, datetime, dict[str, Any]]) -> list[Event]:
    return [happened(fact, at, seq=n, **data) for n, (fact, at, data) in enumerate(facts, 1)]


BEFORE = (
    (F.INJURY_OCCURRED, HURT, {}),
    (F.APPLICATION_DRAFTED, MONDAY, {"applicant": "guardian"}),
    (F.APPLICATION_FILED, MONDAY, {}),
    (F.APPLICATION_RECEIVED, MONDAY + DAY, {}),
)


def does(key: str, at: datetime, *more: tuple[Fact, datetime, dict[str, Any]], now: datetime | None = None,
         **said: Any) -> list[New]:  # fmt: skip
    """What the act amounts to after BEFORE and more, or the refusal."""
    act, events = ACT[key], history(*BEFORE, *more)
    form = act.form.model_validate({"happened_at": at, **said})
    refuse_unless_possible(act, form, events, open_tasks(events), "somebody", now or max(at, MAILED))
    return act.decided(form, events)


def harm(kind: str) -> tuple[Fact, datetime, dict[str, Any]]:
    return F.CLAIM_DESCRIBED, MONDAY, {"harm": kind}


# The cap: § 54-211(d). ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "most", "beyond"),
    [
        ("bodily injury", 15_000, "no"),
        ("bodily injury", 20_000, MINOR_NEEDS),
        ("emotional harm only", 5_000, "no"),
        ("emotional harm only", 10_000, MINOR_NEEDS),
        ("death", 25_000, "no"),
        ("death", 25_000, MINOR_NEEDS),
        ("unknown", 25_000, "no"),
        ("unknown", 25_000, MINOR_NEEDS),
    ],
)
def test_an_award_goes_up_to_its_cap_and_a_dollar_more_names_a_ground(kind: str, most: int, beyond: str) -> None:
    (award,) = does("mail_award", MAILED, harm(kind), amount=most, beyond=beyond)
    assert award.data["amount"] == most
    with pytest.raises(NotPossible, match=rf"\${most + 1:,} is more than \${most:,}.*Name the ground.*54-211\(d\)\(2\), \(3\)"):
        does("mail_award", MAILED, harm(kind), amount=most + 1, beyond=beyond)
    assert does("mail_award", MAILED, harm(kind), amount=most + 1, beyond=GOOD_CAUSE)


def test_a_commissioners_award_has_the_same_cap_and_only_an_award_has_an_amount() -> None:
    asked = ((F.DENIAL_MAILED, MAILED, {}), (F.DENIAL_REVIEW_REQUESTED, MAILED, {}), harm("death"))
    (sent,) = does("send_commissioner_decision", MAILED, *asked, decision="award", amount=25_000, sent_by="e-mail")
    assert (sent.data["awarded"], sent.data["sent_by"]) == (True, "e-mail")
    assert does("send_commissioner_decision", MAILED, *asked, decision="award")[0].data.get("amount") is None
    with pytest.raises(NotPossible, match=r"more than \$25,000"):
        does("send_commissioner_decision", MAILED, *asked, decision="award", amount=25_001)
    with pytest.raises(NotPossible, match="only an award names an amount"):
        does("send_commissioner_decision", MAILED, *asked, decision="no award", amount=1)


def test_an_award_of_nothing_is_no_award() -> None:
    with pytest.raises(ValidationError):
        does("mail_award", MAILED, amount=0)
    assert "54-211(d)(1)" in BEYOND


# Payments: § 54-208(f). ---------------------------------------------------------------------------------------------------

AWARDED = (F.AWARD_MAILED, MAILED, {"amount": 5_000})


def test_an_award_is_paid_in_parts_up_to_its_amount_and_not_a_dollar_more() -> None:
    first = (F.AWARD_PAID, MAILED + DAY, {"amount": 3_000})
    (rest,) = does("record_payment", MAILED + 2 * DAY, AWARDED, first, amount=2_000, to="health care provider")
    assert rest.data["amount"] == 2_000
    with pytest.raises(NotPossible, match=r"\$5,001 would be paid of an award of \$5,000 \(§ 54-208\(f\)\)"):
        does("record_payment", MAILED + 2 * DAY, AWARDED, first, amount=2_001, to="applicant")


def test_a_payment_follows_an_award_whoever_made_it() -> None:
    with pytest.raises(NotYet, match="no award that stands is on record"):
        does("record_payment", MAILED, amount=1, to="applicant")
    with pytest.raises(NotPossible, match="that is before the award"):
        does("record_payment", MAILED - MINUTE, AWARDED, amount=1, to="applicant")
    court = (F.COURT_DECIDED, MAILED, {"awarded": True})  # whose amount is not on record
    assert does("record_payment", MAILED, court, amount=90_000, to="applicant")
    lost = (F.COURT_DECIDED, MAILED, {"awarded": False})
    with pytest.raises(NotYet, match="no award"):
        does("record_payment", MAILED, lost, amount=1, to="applicant")
    taken = (F.COMMISSIONER_DECISION_SENT, MAILED + DAY, {"awarded": False, "decision": "no award"})
    with pytest.raises(NotYet, match="no award that stands"):
        does("record_payment", MAILED + DAY, AWARDED, taken, amount=1, to="applicant")


# The time to apply: § 54-211(a). ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "facts"),
    [
        (end_of_day(date(2026, 2, 20)), [F.APPLICATION_FILED]),
        (start_of_day(date(2026, 2, 21)), [F.APPLICATION_FILED, F.TIME_LIMIT_PASSED]),
    ],
)
def test_an_application_that_was_made_late_says_that_the_time_had_run_out(at: datetime, facts: list[Fact]) -> None:
    events = history((F.INJURY_OCCURRED, start_of_day(date(2024, 2, 20)), {}), (F.APPLICATION_DRAFTED, MONDAY - 99 * DAY, {}))
    form = ACT["file_application"].form.model_validate({"happened_at": at})
    assert [new.fact for new in ACT["file_application"].decided(form, events)] == facts


def test_a_dependant_in_time_has_not_lost_the_claim_though_the_injury_is_older() -> None:
    injury, learned = (F.INJURY_OCCURRED, start_of_day(date(2024, 2, 20)), {}), (F.DEPENDANT_DISCOVERED, MONDAY - 99 * DAY, {})
    for facts, lost in (((injury,), True), ((injury, learned), False)):
        events = history(*facts)
        assert (time_limit_passed(open_tasks(events), events, MONDAY) is not None) is lost


def test_a_waiver_may_be_asked_for_once_an_application_is_made_whatever_waits() -> None:
    asked = {"ground": "minor not at fault (§ 54-211(a)(3))", "reason": "She was held until last month"}
    assert does("ask_for_waiver", MAILED, **asked)[0].fact is F.WAIVER_REQUESTED
    events = history(BEFORE[0], BEFORE[1])
    form = ACT["ask_for_waiver"].form.model_validate({"happened_at": MAILED, **asked})
    with pytest.raises(NotYet):
        refuse_unless_possible(ACT["ask_for_waiver"], form, events, open_tasks(events), "somebody", MAILED)


# Dates that cannot be. ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["mail_award", "mail_denial"])
def test_a_mailing_date_that_has_not_come_yet_is_refused_in_those_words(key: str) -> None:
    said = {"amount": 1} if key == "mail_award" else {}
    with pytest.raises(NotPossible, match="the mailing date has not come yet"):
        does(key, MAILED + MINUTE, now=MAILED, **said)
    assert does(key, MAILED, now=MAILED, **said)


@pytest.mark.parametrize("key", ["mail_award", "mail_denial"])
def test_a_determination_before_ovs_had_the_application_is_refused_with_its_section(key: str) -> None:
    said = {"amount": 1} if key == "mail_award" else {}
    assert does(key, MONDAY + DAY, **said)
    with pytest.raises(MdtError, match=r"before what it answers happened \(CGS § 54-205\(a\)\)"):
        does(key, MONDAY + DAY - MINUTE, **said)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("record_exam", {}),
        ("decline_exam", {}),
        ("record_dependant", {}),
        ("file_suit", {}),
        ("ask_for_paper", {"paper": "bill"}),
    ],
)
def test_what_follows_the_injury_does_not_come_before_it(key: str, said: dict[str, Any]) -> None:
    about = ((F.SEXUAL_ASSAULT_OCCURRED, HURT - DAY, {}),) if "exam" in key else ()
    assert does(key, HURT, *about, **said)
    with pytest.raises(NotPossible, match=r"before the injury on record, 1 Feb 2026 \(§ 54-211\(a\)\(1\)\(A\)\)"):
        does(key, HURT - MINUTE, *about, **said)


def test_an_exam_does_not_come_before_the_assault() -> None:
    assault = (F.SEXUAL_ASSAULT_OCCURRED, HURT + DAY, {})
    assert does("record_exam", HURT + DAY, assault)
    with pytest.raises(NotPossible, match=r"before what it answers happened \(CGS § 54-211\(a\)\(1\)\(C\)\)"):
        does("record_exam", HURT + DAY - MINUTE, assault)


def test_where_no_injury_is_on_record_nothing_is_before_it() -> None:
    act = ACT["describe_claim"]
    form = act.form.model_validate({"happened_at": MONDAY, "disclosed_on": "1999-01-01"})
    assert act.decided(form, [])
    assert ACT["file_suit"].decided(ACT["file_suit"].form(happened_at=MONDAY), [])


@pytest.mark.parametrize("field", ["disclosed_on", "granted_on"])
def test_a_disclosure_or_an_order_is_no_older_than_the_injury_and_no_newer_than_its_description(field: str) -> None:
    assert does("describe_claim", MONDAY, **{field: "2026-02-01"})
    assert does("describe_claim", MONDAY, **{field: "2026-03-02"})
    with pytest.raises(NotPossible, match=r"before the injury on record, 1 Feb 2026 \(§ 54-209\(d\)\)"):
        does("describe_claim", MONDAY, **{field: "2026-01-31"})
    with pytest.raises(NotPossible, match="a day that had not come"):
        does("describe_claim", MONDAY, **{field: "2026-03-03"})


# What is late is recorded all the same. -----------------------------------------------------------------------------------


def test_a_review_asked_for_after_its_thirty_days_is_recorded() -> None:
    denied = (F.DENIAL_MAILED, MONDAY + 2 * DAY, {})
    last = end_of_day(date(2026, 4, 3))
    assert does("request_review", last, denied)
    assert does("request_review", last + DAY, denied)
