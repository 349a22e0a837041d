"""Where a claim stands is said element by element, on both sides of every limit; nothing is ever denied."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given

from mdt.claim import Status, known_of, minor_through, police, standing, waiver_draft
from mdt.claim.cap import cap, extra_for, most_for, most_on
from mdt.claim.known import DisclosedTo, Offense
from mdt.claim.waiver import GOOD_CAUSE, INJURY, MINOR
from mdt.errors import LawError, NoRuleInForce
from mdt.facts import Event, Fact
from mdt.law.period import EASTERN, end_of_day, start_of_day
from mdt.law.rulebook import load
from tests.histories import calm, histories
from tests.making import happened

if TYPE_CHECKING:
    from mdt.claim import Element, Standing

F = Fact
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
INJURY_DAY = date(2025, 9, 20)
HURT = start_of_day(INJURY_DAY)
LAST_DAY = date(2028, 9, 20)
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
GROWN = date(2030, 1, 1)
OLD = start_of_day(date(2024, 6, 30))


def one(fact: Fact, at: datetime = NOW, about: str | None = None, **data: Any) -> Event:
    return happened(fact, at, about, **data)


def numbered(*events: Event) -> list[Event]:
    """The events with ids of their own, in this order."""
    return [happened(e.fact, e.happened_at, e.about, seq=n, **e.data) for n, e in enumerate(events, 1)]


def stands(*events: Event, now: datetime = NOW, grown_on: date | None = GROWN) -> Standing:
    return standing(numbered(*events), now, grown_on)


def element(key: str, *events: Event, now: datetime = NOW, grown_on: date | None = GROWN) -> Element:
    return {e.key: e for e in stands(*events, now=now, grown_on=grown_on).elements}[key]


def described(at: datetime = NOW, **data: Any) -> Event:
    return one(F.CLAIM_DESCRIBED, at, **data)


INJURED = one(F.INJURY_OCCURRED, HURT)


# Facts whose form always says more than that they happened; the histories made up by chance say nothing more.
SAYS_MORE = {F.CLAIM_DESCRIBED, F.AWARD_PAID, F.INJURY_DISCLOSED, F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, F.PAPER_ASKED_FOR}


# Every claim. -------------------------------------------------------------------------------------------------------------


@calm
@given(histories)
def test_of_any_history_every_element_is_said_with_its_section_and_nothing_is_denied(events: list[Event]) -> None:
    found = standing([e for e in events if e.fact not in SAYS_MORE], datetime(2027, 1, 1, tzinfo=UTC), GROWN)
    assert [e.key for e in found.elements] == ["event", "time", "police", "place", "bars", "weighed", "amount"]
    for e in found.elements:
        assert e.cite.startswith("CGS § 54-2")
        assert e.href.startswith("https://")
        assert "ineligible" not in e.says
        assert e.says.endswith(".")
    assert found.weakest.status is min((e.status for e in found.elements), key=[*Status][::-1].index)


def test_of_a_claim_of_which_nothing_is_known_what_is_missing_says_what_would_help() -> None:
    found = stands()
    assert [e.key for e in found.elements if e.status is Status.MISSING] == ["event", "time", "police", "place", "amount"]
    assert all(e.helps for e in found.elements if e.status is Status.MISSING)
    assert found.of(Status.OVS) == 2
    assert (found.limit, found.what_if, waiver_draft(found)) == (None, None, None)


def test_what_has_not_happened_yet_is_not_counted() -> None:
    assert stands(INJURED, one(F.CRIME_DETERMINED, NOW + DAY)).elements[0].status is Status.MISSING


def test_a_time_that_still_runs_gives_way_to_anything_else_that_is_missing() -> None:
    told = (INJURED, one(F.CRIME_DETERMINED))
    assert stands(*told).weakest.key == "place"
    assert stands(*told, described(place="in Connecticut", harm="death")).weakest.key == "time"
    assert stands(*told, now=start_of_day(LAST_DAY + DAY)).weakest.key == "time"


# What happened: § 54-209. -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "placed", "status"),
    [
        (date(2022, 9, 30), "yes", Status.OVS),
        (date(2022, 10, 1), "yes", Status.SATISFIED),
        (date(2022, 10, 1), "no", Status.OVS),
        (date(2022, 10, 1), "unknown", Status.OVS),
    ],
)
def test_substantiated_abuse_counts_from_october_2022_if_the_person_is_on_the_registry(
    on: date, placed: str, status: Status
) -> None:
    found = element("event", one(F.ABUSE_SUBSTANTIATED, end_of_day(on), "r"), described(on_registry=placed))
    assert (found.status, found.cite[-6:]) == (status, "(a)(5)" if status is Status.SATISFIED else "(a)(2)")
    assert "abuse" in found.says + found.rests_on[-1].what


def test_a_crime_that_an_officer_determined_is_an_event_of_the_list() -> None:
    assert element("event", one(F.CRIME_DETERMINED)).cite == "CGS § 54-209(a)(2)"


@pytest.mark.parametrize("offense", [o for o in get_args(Offense) if o not in ("unknown", "another crime")])
@pytest.mark.parametrize("whom", [w for w in get_args(DisclosedTo) if w != "unknown"])
def test_a_disclosure_of_a_listed_offense_to_one_on_the_list_stands_in(offense: str, whom: str) -> None:
    found = element("event", described(offense=offense, disclosed_to=whom, disclosed_on="2026-02-01"))
    assert (found.status, found.cite) == (Status.SUBSTITUTE, "CGS § 54-209(d)")
    assert whom in found.says
    assert "on 1 Feb 2026" in found.says


@pytest.mark.parametrize(
    "told",
    [
        {"offense": "another crime", "disclosed_to": "(F) police officer"},
        {"offense": "§ 53a-192a trafficking in persons"},
        {"offense": "§ 53a-192a trafficking in persons", "order": "restraining order (§ 46b-15)"},
    ],
)
def test_an_offense_outside_the_list_or_told_to_nobody_is_left_to_ovs(told: dict[str, str]) -> None:
    assert element("event", described(**told)).status is Status.OVS


def test_an_order_granted_after_a_hearing_is_the_other_way() -> None:
    told = {"offense": "family violence (§ 46b-38a)", "order": "restraining order (§ 46b-15)", "granted_on": "2026-02-01"}
    assert element("event", described(**told)).status is Status.SUBSTITUTE


ORDER, OTHER = "restraining order (§ 46b-15)", "civil protection order (§ 46b-16a)"


@pytest.mark.parametrize(
    ("then", "status"),
    [
        ([{"order": ORDER}, {"granted_on": "2026-02-01"}], Status.SUBSTITUTE),
        ([{"granted_on": "2026-02-01"}, {"order": ORDER}], Status.SUBSTITUTE),
        ([{"order": ORDER, "granted_on": "2026-02-01"}, {"order": ORDER}, {"harm": "death"}], Status.SUBSTITUTE),
        ([{"order": ORDER, "granted_on": "2026-02-01"}, {"order": OTHER}], Status.OVS),
        ([{"order": ORDER}], Status.OVS),
    ],
)
def test_what_belongs_together_may_be_said_in_two_goes(then: list[dict[str, str]], status: Status) -> None:
    told = [described(NOW - (9 - n) * DAY, **one) for n, one in enumerate(({"offense": "§ 53a-70"}, *then))]
    assert element("event", *told).status is status


def test_the_day_of_a_disclosure_stays_with_whom_it_was_made_to() -> None:
    told = [described(NOW - 2 * DAY, offense="§ 53a-70", disclosed_to="(F) police officer", disclosed_on="2026-02-01")]
    assert "on 1 Feb 2026" in element("event", *told, described(NOW - DAY, disclosed_to="(F) police officer")).says
    assert (
        "on 1 Feb 2026" not in element("event", *told, described(NOW - DAY, disclosed_to="(G) mental health professional")).says
    )


def test_what_was_told_to_dcf_is_a_disclosure_to_one_on_the_list() -> None:
    told = one(F.INJURY_DISCLOSED, told_to="DCF employee", told_by="child")
    assert element("event", described(offense="§ 53a-71"), told).status is Status.SUBSTITUTE


def test_what_is_said_later_of_a_claim_counts_and_the_unknown_changes_nothing() -> None:
    told = [described(NOW - DAY, place="outside the United States"), described(place="in Connecticut"),
            described(place="unknown", harm="death")]  # fmt: skip
    assert element("place", *told).status is Status.SATISFIED


@pytest.mark.parametrize("fact", [F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED])
def test_a_determination_that_the_child_is_a_victim_alleges_a_crime(fact: Fact) -> None:
    assert element("event", one(fact, about="r")).status is Status.OVS


# The time: § 54-211(a). ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "status", "says"),
    [
        (NOW, Status.MISSING, "933 days are left"),
        (start_of_day(LAST_DAY) - DAY, Status.MISSING, "1 day is left"),
        (end_of_day(LAST_DAY), Status.MISSING, "today is the last day"),
        (start_of_day(LAST_DAY + DAY), Status.MISSING, "A waiver was not asked for yet"),
    ],
)
def test_the_days_that_are_left_are_said_until_the_last_one(now: datetime, status: Status, says: str) -> None:
    found = element("time", INJURED, now=now)
    assert found.status is status
    assert says in found.says
    assert "P.A. 24-108" in found.says
    assert "(a)(3)" in found.helps


@pytest.mark.parametrize(
    ("at", "status"), [(end_of_day(LAST_DAY), Status.SATISFIED), (start_of_day(LAST_DAY + DAY), Status.MISSING)]
)
def test_an_application_is_in_time_on_the_last_day_and_not_a_day_later(at: datetime, status: Status) -> None:
    assert element("time", INJURED, one(F.APPLICATION_FILED, at), now=at).status is status


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (end_of_day(date(2026, 6, 30)), Status.SATISFIED),
        (start_of_day(date(2026, 7, 1)), Status.OVS),
        (end_of_day(date(2027, 6, 30)), Status.OVS),
        (start_of_day(date(2027, 7, 1)), Status.MISSING),
    ],
)
def test_of_an_injury_before_july_2024_both_ends_are_shown_and_between_them_ovs_decides(at: datetime, status: Status) -> None:
    old = one(F.INJURY_OCCURRED, OLD)
    assert element("time", old, one(F.APPLICATION_FILED, at), now=at).status is status
    waiting = element("time", old, now=at)
    assert waiting.status is (Status.MISSING if status is Status.SATISFIED else status)
    assert ("ask OVS" in waiting.says) == (status is not Status.MISSING)


def test_an_injury_of_the_first_of_july_2024_has_three_years_and_no_other_reading() -> None:
    limit = stands(one(F.INJURY_OCCURRED, start_of_day(date(2024, 7, 1)))).limit
    assert limit is not None
    assert (limit.ends, limit.later) == (end_of_day(date(2027, 7, 1)), None)


def test_an_injury_older_than_the_law_on_record_has_no_time_that_can_be_counted() -> None:
    assert "cannot be counted" in element("time", one(F.INJURY_OCCURRED, start_of_day(date(1989, 1, 1)))).says


LATE = start_of_day(LAST_DAY + DAY)


@pytest.mark.parametrize(
    ("then", "status", "says"),
    [
        ([F.WAIVER_REQUESTED], Status.OVS, "OVS decides"),
        ([F.WAIVER_REQUESTED, F.WAIVER_GRANTED], Status.SUBSTITUTE, "waived the limit"),
        ([F.WAIVER_REQUESTED, F.WAIVER_DENIED], Status.OVS, "a commissioner may review"),
        ([F.WAIVER_REQUESTED, F.WAIVER_DENIED, F.WAIVER_REVIEW_REQUESTED], Status.OVS, "A commissioner reviews"),
        ([F.WAIVER_REQUESTED, F.WAIVER_DENIED, F.WAIVER_DENIAL_LET_STAND], Status.MISSING, "let stand"),
    ],
)
def test_after_the_time_a_waiver_says_how_it_stands(then: list[Fact], status: Status, says: str) -> None:
    found = element("time", INJURED, *(one(fact, LATE + n * DAY) for n, fact in enumerate(then)), now=LATE + 9 * DAY)
    assert found.status is status
    assert says in found.says


def test_a_waiver_that_a_commissioner_denied_leaves_the_appeal() -> None:
    review = [one(fact, LATE + n * DAY) for n, fact in enumerate((F.WAIVER_DENIED, F.WAIVER_REVIEW_REQUESTED))]
    denied = one(F.COMMISSIONER_DECISION_SENT, LATE + 3 * DAY, decision="waiver denied", awarded=False)
    found = element("time", INJURED, *review, denied, now=LATE + 9 * DAY)
    assert (found.status, "denied the waiver" in found.says) == (Status.MISSING, True)
    assert "§ 54-211a" in found.helps


def test_a_dependants_time_runs_from_when_the_death_was_learned_of() -> None:
    learned = one(F.DEPENDANT_DISCOVERED, start_of_day(date(2026, 1, 5)))
    found = element("time", INJURED, learned, now=LATE)
    assert found.cite == "CGS § 54-211(a)(4)"
    assert "5 Jan 2029" in found.says
    assert "signed statement" in found.says
    assert found.rests_on[0].what == "the dependant learned of it"


# The police: § 54-211(a)(1)(C). -------------------------------------------------------------------------------------------


def test_a_report_to_the_police_by_anyone_satisfies_whenever_it_was_since_july_2024() -> None:
    assert element("police", INJURED, one(F.POLICE_NOTIFIED, about="r")).status is Status.SATISFIED
    assert element("police", one(F.POLICE_NOTIFIED, about="r")).status is Status.SATISFIED


@pytest.mark.parametrize(
    ("at", "status"), [(end_of_day(date(2024, 7, 5)), Status.SATISFIED), (start_of_day(date(2024, 7, 6)), Status.OVS)]
)
def test_five_days_held_for_an_incident_before_july_2024(at: datetime, status: Status) -> None:
    assert element("police", one(F.INJURY_OCCURRED, OLD), one(F.POLICE_NOTIFIED, at, "r")).status is status


ASSAULT = datetime(2026, 2, 20, 22, tzinfo=EASTERN)
ASSAULTED = one(F.SEXUAL_ASSAULT_OCCURRED, ASSAULT)


@pytest.mark.parametrize(
    ("hours", "minute", "status"), [(120, 0, Status.SUBSTITUTE), (120, 1, Status.OVS), (1, 0, Status.SUBSTITUTE)]
)
def test_an_exam_counts_for_120_hours_and_not_a_minute_longer(hours: int, minute: int, status: Status) -> None:
    exam = one(F.EXAM_DONE, ASSAULT + timedelta(hours=hours, minutes=minute))
    assert element("police", ASSAULTED, exam).status is status


@pytest.mark.parametrize(
    ("assault", "hours"), [(datetime(2017, 9, 30, 12, tzinfo=EASTERN), 72), (datetime(2017, 10, 1, 12, tzinfo=EASTERN), 120)]
)
def test_until_october_2017_the_hours_were_72(assault: datetime, hours: int) -> None:
    limit = police.exam_until(assault)
    assert limit is not None
    assert limit[1] == assault + timedelta(hours=hours)


def test_an_exam_within_the_hours_of_any_assault_counts_and_one_before_an_assault_does_not() -> None:
    again = one(F.SEXUAL_ASSAULT_OCCURRED, ASSAULT + 20 * DAY)
    late, soon = one(F.EXAM_DONE, ASSAULT + 10 * DAY), one(F.EXAM_DONE, ASSAULT + 21 * DAY)
    assert element("police", ASSAULTED, late, again, now=ASSAULT + 30 * DAY).status is Status.OVS
    assert element("police", ASSAULTED, late, again, soon, now=ASSAULT + 30 * DAY).status is Status.SUBSTITUTE
    first = one(F.EXAM_DONE, ASSAULT + DAY)
    assert element("police", ASSAULTED, first, again, now=ASSAULT + 30 * DAY).status is Status.SUBSTITUTE


def test_what_was_shown_is_held_against_the_hours_on_record() -> None:
    shown = one(F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, NOW + DAY, route="evidence exam within 120 hours")
    late = one(F.EXAM_DONE, ASSAULT + timedelta(hours=121))
    assert element("police", ASSAULTED, late, shown, now=NOW + DAY).status is Status.OVS
    assert element("police", ASSAULTED, one(F.EXAM_DONE, ASSAULT), shown, now=NOW + DAY).status is Status.SUBSTITUTE
    assert element("police", ASSAULTED, shown, now=NOW + DAY).status is Status.SUBSTITUTE


@pytest.mark.parametrize("more", [one(F.EXAM_DONE, OLD + DAY), described(disclosed_to="(F) police officer")])
def test_a_late_report_takes_away_no_substitute_that_stands(more: Event) -> None:
    """§ 54-211(a)(1)(C): such a victim is not ineligible by reason of failing to make a report."""
    old, assault = one(F.INJURY_OCCURRED, OLD), one(F.SEXUAL_ASSAULT_OCCURRED, OLD)
    told = one(F.POLICE_NOTIFIED, start_of_day(date(2024, 8, 1)), "r")
    assert element("police", old, assault, told).status is Status.OVS
    assert element("police", old, assault, told, more).status is Status.SUBSTITUTE


def test_an_order_stands_in_for_the_report_as_a_disclosure_does() -> None:
    order = described(offense="§ 53a-70", order="restraining order (§ 46b-15)", granted_on="2026-02-01")
    assert element("police", order).status is Status.SUBSTITUTE


def test_an_exam_without_the_time_of_the_assault_is_left_to_ovs() -> None:
    assert element("police", one(F.EXAM_DONE)).status is Status.OVS
    ancient = one(F.SEXUAL_ASSAULT_OCCURRED, datetime(1999, 1, 1, tzinfo=UTC))
    assert element("police", ancient, one(F.EXAM_DONE)).status is Status.OVS


def test_a_late_exam_leaves_a_disclosure_to_stand_in() -> None:
    told = described(disclosed_to="(G) mental health professional")
    assert element("police", ASSAULTED, one(F.EXAM_DONE), told).status is Status.SUBSTITUTE


@pytest.mark.parametrize(
    ("offense", "status"),
    [
        ("§ 53a-71", Status.SUBSTITUTE),
        ("§ 53a-192a trafficking in persons", Status.OVS),  # for labor: the exception speaks of sexual assault
        ("unknown", Status.OVS),
    ],
)
def test_a_disclosure_stands_in_for_a_sexual_assault_and_for_labor_ovs_decides(offense: str, status: Status) -> None:
    told = described(offense=offense, disclosed_to="(N) DCF employee")
    found = element("police", told)
    assert found.status is status
    assert ("labor" in found.says) == (status is Status.OVS)


@pytest.mark.parametrize(
    ("route", "more", "status"),
    [
        ("police report", (), Status.SATISFIED),
        ("evidence exam within 120 hours", (), Status.SUBSTITUTE),
        ("disclosure under § 54-209(d)", (ASSAULTED,), Status.SUBSTITUTE),
        ("disclosure under § 54-209(d)", (), Status.OVS),
        ("left to OVS", (), Status.OVS),
    ],
)
def test_what_was_shown_with_the_application_counts(route: str, more: tuple[Event, ...], status: Status) -> None:
    assert element("police", *more, one(F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN, route=route)).status is status


@pytest.mark.parametrize(("after", "helps"), [(0, True), (1, False)])
def test_an_exam_is_offered_as_long_as_it_would_be_in_time(after: int, *, helps: bool) -> None:
    found = element("police", ASSAULTED, now=ASSAULT + timedelta(hours=120) + after * MINUTE)
    assert (found.status, "19a-112a" in found.helps) == (Status.MISSING, helps)


# The place: § 54-211(f). --------------------------------------------------------------------------------------------------

US, ABROAD = "elsewhere in the United States", "outside the United States"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"place": "in Connecticut", "lived_here": "no"}, Status.SATISFIED),
        ({"place": US, "lived_here": "yes", "other_program": "no"}, Status.SATISFIED),
        ({"place": US, "lived_here": "yes", "other_program": "yes"}, Status.OVS),
        ({"place": US, "lived_here": "no", "other_program": "no"}, Status.OVS),
        ({"place": US, "lived_here": "yes"}, Status.MISSING),
        ({"place": ABROAD, "other_program": "no"}, Status.MISSING),
        ({"place": ABROAD, "lived_here": "yes", "other_program": "no"}, Status.OVS),
    ],
)
def test_a_crime_elsewhere_asks_that_the_victim_lived_here_and_has_no_program_there(
    told: dict[str, str], status: Status
) -> None:
    assert element("place", described(**told)).status is status


# The cap: § 54-211(d). ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harm", "most", "extra"),
    [
        ("bodily injury", 15_000, 5_000), ("death", 25_000, 0), ("emotional harm only", 5_000, 5_000),
    ],
)  # fmt: skip
def test_each_harm_has_its_maximum_and_a_minors_needs_add_to_it(harm: str, most: int, extra: int) -> None:
    assert (most_for(harm, NOW.date()), extra_for(harm, NOW.date())) == (most, extra)
    assert most_on(harm, NOW.date(), minor_needs=False) == most
    assert most_on(harm, NOW.date(), minor_needs=True) == most + extra
    found = cap(known_of([described(harm=harm)], NOW, GROWN))
    assert (found.most, found.extra) == (most, extra)


def test_while_the_harm_is_unknown_no_maximum_is_said_and_the_widest_of_all_holds() -> None:
    assert cap(known_of([described(harm="unknown")], NOW, GROWN)).most is None
    widest = {most_on("unknown", NOW.date(), minor_needs=needs) for needs in (True, False)}
    assert widest == {25_000}  # a death's; no injury and its extra together reach further


BIRTHDAY = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("filed", "minor", "says"),
    [
        (end_of_day(BIRTHDAY - DAY), True, "was a minor when the application was filed"),
        (start_of_day(BIRTHDAY), False, "was no minor when the application was filed"),
    ],
)
def test_the_minors_extra_asks_the_age_on_the_day_of_filing(filed: datetime, says: str, *, minor: bool) -> None:
    told = (described(harm="bodily injury"), one(F.APPLICATION_FILED, filed))
    found = stands(*told, now=filed + 400 * DAY, grown_on=BIRTHDAY)
    assert found.filed
    assert found.cap.minor_then is minor
    assert says in found.elements[-1].says


def test_before_the_filing_the_day_until_which_the_extra_may_be_had_is_said() -> None:
    told = described(harm="emotional harm only")
    assert "before 20 Mar 2026" in element("amount", told, grown_on=BIRTHDAY).says
    assert "no minor any more" in element("amount", told, grown_on=NOW.date()).says
    assert "only the birthdate tells" in element("amount", told, grown_on=None).says
    assert "$5,000 more" not in element("amount", described(harm="death")).says


def test_an_amount_has_a_day_before_which_the_law_on_record_does_not_reach() -> None:
    amount = load().amount("54-211(d)/minor")
    assert amount.on(date(2017, 10, 1)) == 5_000
    with pytest.raises(NoRuleInForce, match=r"54-211\(d\)\(2\)"):
        amount.on(date(2017, 9, 30))
    with pytest.raises(LawError, match="No amount"):
        load().amount("54-211(d)/more")


def test_what_was_awarded_last_and_what_was_paid_is_said() -> None:
    award, part = one(F.AWARD_MAILED, NOW - DAY, amount=5_000), one(F.AWARD_PAID, amount=3_000)
    assert (stands(award, part).awarded, stands(award, part).paid) == (5_000, 3_000)
    more = one(F.COMMISSIONER_DECISION_SENT, awarded=True, amount=9_000)
    assert stands(award, more).awarded == 9_000
    assert stands(award, one(F.COMMISSIONER_DECISION_SENT, awarded=False, decision="waiver denied")).awarded == 5_000
    taken = one(F.COMMISSIONER_DECISION_SENT, awarded=False, decision="no award")
    assert stands(award, taken).awarded is None
    assert stands(award, taken, one(F.COURT_DECIDED, NOW + DAY, awarded=True), now=NOW + DAY).awarded is None
    assert (stands().awarded, stands().paid) == (None, 0)


# What if the clock had run. -----------------------------------------------------------------------------------------------


def grounds(*events: Event, now: datetime = LATE, grown_on: date | None = GROWN) -> dict[str, bool]:
    found = stands(INJURED, *events, now=now, grown_on=grown_on).what_if
    assert found is not None
    return {ground.key: ground.fits for ground in found.grounds}


def test_a_minor_not_at_fault_comes_first_while_the_child_is_a_minor() -> None:
    assert grounds() == {MINOR: True, INJURY: False, GOOD_CAUSE: False}
    assert next(iter(grounds())) == MINOR


@pytest.mark.parametrize(("grown_on", "fits"), [(LATE.date() + DAY, True), (LATE.astimezone(EASTERN).date(), False)])
def test_on_the_18th_birthday_the_minors_ground_no_longer_plainly_fits(grown_on: date, *, fits: bool) -> None:
    assert grounds(grown_on=grown_on)[MINOR] is fits


def test_why_a_grown_victims_ground_is_in_doubt_is_said() -> None:
    for grown_on, says in (
        (None, "only the birthdate tells"),
        (date(2026, 1, 1), "is grown now"),
        (INJURY_DAY, "was no minor"),
    ):
        found = stands(INJURED, now=LATE, grown_on=grown_on).what_if
        assert found is not None
        assert says in next(g.because for g in found.grounds if g.key == MINOR)


def test_a_report_of_those_who_treated_the_victim_makes_the_injury_a_ground() -> None:
    asked = one(F.PAPER_ASKED_FOR, NOW, "p", paper="mental health report")
    assert grounds(asked)[INJURY] is False
    assert grounds(asked, one(F.PAPER_RECEIVED, NOW + DAY, "p"))[INJURY] is True
    bill = one(F.PAPER_ASKED_FOR, NOW, "p", paper="bill")
    assert grounds(bill, one(F.PAPER_RECEIVED, NOW + DAY, "p"))[INJURY] is False


@pytest.mark.parametrize("fact", [F.REPORT_RECEIVED, F.INJURY_DISCLOSED, F.SPOKEN_NOTICE_GIVEN])
def test_what_came_to_light_after_the_time_is_evidence_and_what_came_before_is_not(fact: Fact) -> None:
    before, after = one(fact, end_of_day(LAST_DAY), "r", told_to="DCF employee"), one(fact, LATE, "r", told_to="DCF employee")
    assert grounds(after)[GOOD_CAUSE] is True
    assert grounds(before)[GOOD_CAUSE] is False


@pytest.mark.parametrize(("fact", "says"), [(F.VICTIM_IDENTIFIED, "identified the child"), (F.VICTIM_BELIEVED, "believes")])
def test_the_draft_says_the_dates_the_ground_and_the_evidence_without_a_name(fact: Fact, says: str) -> None:
    draft = waiver_draft(stands(INJURED, one(fact, about="r"), now=LATE))
    assert draft is not None
    text = "\n".join(draft.paragraphs)
    for part in ("CGS § 54-211(a)(3)", "on or about 20 Sep 2025", "3 years (P.A. 24-108, s. 25), ended on 20 Sep 2028", says):
        assert part in text


def test_the_draft_may_be_had_while_time_is_left_and_on_any_ground() -> None:
    found = stands(INJURED)
    assert found.what_if is not None
    assert found.what_if.has_run_out is False
    draft = waiver_draft(found, INJURY)
    assert draft is not None
    text = "\n".join(draft.paragraphs)
    assert "CGS § 54-211(a)(2)" in text
    assert "ends on 20 Sep 2028" in text
    assert "To be added by who signs: A medical" in text
    with pytest.raises(KeyError):
        waiver_draft(found, "another")


def test_the_draft_for_an_older_injury_says_when_the_longer_time_would_end() -> None:
    draft = waiver_draft(stands(one(F.INJURY_OCCURRED, OLD), now=start_of_day(date(2026, 7, 1))))
    assert draft is not None
    assert (
        "ended on 30 Jun 2026. If the longer time in force since 1 July 2024 holds, it ends on 30 Jun 2027."
        in draft.paragraphs[1]
    )


def test_of_a_dependants_own_time_no_waiver_is_drafted_and_it_is_said_why() -> None:
    found = stands(one(F.DEPENDANT_DISCOVERED, HURT), now=LATE)
    assert (found.what_if, waiver_draft(found)) == (None, None)
    time = element("time", one(F.DEPENDANT_DISCOVERED, HURT), now=LATE)
    assert "speak of subdivision (1)'s limit" in time.helps
    assert "a dependant who learned of it before 1 July 2024" in element("time", one(F.DEPENDANT_DISCOVERED, OLD)).says


@pytest.mark.parametrize(("filed", "run_out"), [(end_of_day(LAST_DAY), None), (start_of_day(LAST_DAY + DAY), True)])
def test_an_application_made_in_time_wants_no_waiver_however_late_it_is_now(filed: datetime, *, run_out: bool | None) -> None:
    found = stands(INJURED, one(F.APPLICATION_FILED, filed), now=LATE + 90 * DAY).what_if
    assert (found.has_run_out if found else None) is run_out


@pytest.mark.parametrize(("now", "runs"), [(end_of_day(LAST_DAY), True), (LATE, False)])
def test_the_time_runs_until_its_last_instant_and_no_longer_once_an_application_is_made(now: datetime, *, runs: bool) -> None:
    assert stands(INJURED, now=now).runs is runs
    assert stands(INJURED, one(F.APPLICATION_FILED), now=now).runs is False


# How old the child is, without her birthdate. -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "through"),
    [(15, date(2028, 3, 2)), (16, date(2027, 3, 2)), (17, date(2026, 3, 2)), (18, None), (None, None)],
)
def test_an_age_in_years_tells_through_which_day_somebody_is_a_minor_for_sure(age: int | None, through: date | None) -> None:
    assert minor_through(age, NOW) == through


@pytest.mark.parametrize(("on", "minor"), [(date(2026, 3, 1), None), (date(2026, 3, 2), True), (date(2026, 3, 3), True)])
def test_by_the_age_alone_a_minor_is_known_for_a_time_and_then_it_cannot_be_told(on: date, *, minor: bool | None) -> None:
    found = standing(numbered(INJURED, described(NOW - DAY, harm="bodily injury")), NOW, minor_through=on)
    assert found.cap.minor_then is minor
    assert ("before the 18th birthday" in found.elements[-1].says) == (minor is True)
    assert found.what_if is not None
    assert next(g.fits for g in found.what_if.grounds if g.key == MINOR) is (minor is True)
