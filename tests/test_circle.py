"""Who is drawn into a case, and how that ends: each fact, in the order in which it was recorded, and each refusal's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt import circle as circles
from mdt.access import Viewer, sight
from mdt.circle import GLASS_LASTS, TAKE_EMERGENCY_ACCESS, circle
from mdt.errors import NotPossible
from mdt.facts import ON_THE_RECORD, WHO_KNOWS, Fact
from mdt.history import live
from mdt.process import Room
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from mdt.facts import Event

F = Fact
DAY = timedelta(days=1)
STAFF = "staff are threatened"
ACT = {act.key: act for act in circles.ACTS}
ADVOCATE, AGENCY, KEEPER, OTHER = "advocate-1", "Center A", "keeper-1", "other-1"
Pairs = set[tuple[str, str]]


def told(*facts: tuple[Fact, dict[str, Any]], by: str = KEEPER) -> tuple[Event, ...]:
    """A history in which each of these was recorded a day after the one before."""
    return live(happened(fact, MONDAY + n * DAY, seq=n + 1, by=by, **data) for n, (fact, data) in enumerate(facts))


def drawn(*facts: tuple[Fact, dict[str, Any]]) -> Pairs:
    return set(circle(told(*facts), {}).drawn_in)


def one(fact: Fact, **data: Any) -> tuple[Fact, dict[str, Any]]:
    return fact, data


ENGAGED = one(F.PERSON_ENGAGED, person=ADVOCATE, agency=AGENCY)
POLICE = one(F.AGENCY_ENGAGED, agency="Police A")
RESTRICTED = one(F.CASE_RESTRICTED, because=STAFF)
CONFLICT = one(F.CONFLICT_DECLARED, person=OTHER)
FILED = one(F.APPLICATION_FILED)


# Who is drawn in. --------------------------------------------------------------------------------------------------------


def test_of_an_empty_history_nobody_is_drawn_in_and_nothing_is_shut() -> None:
    around = circle((), {})
    assert (around.drawn_in, around.restricted, around.before_team) == ({}, None, False)
    assert (around.office, around.district, around.team) == (None, None, None)


def test_where_the_case_lies_is_taken_from_its_place() -> None:
    around = circle((), {"office": "Norwich", "district": "New London", "team": "t-1", "room": "Report"})
    assert (around.office, around.district, around.team) == ("Norwich", "New London", "t-1")


@pytest.mark.parametrize(
    ("fact", "pairs"),
    [
        (one(F.PERSON_ENGAGED, person=ADVOCATE, agency=""), {(ADVOCATE, "engaged")}),
        (ENGAGED, {(ADVOCATE, "engaged"), (AGENCY, "agency")}),
        (POLICE, {("Police A", "agency")}),
        (FILED, {("OVS", "agency")}),
        (RESTRICTED, {(KEEPER, "named")}),
        (one(F.PERSON_ADMITTED, person=OTHER), {(OTHER, "named")}),
        (one(F.CONFLICT_DECLARED, person=""), {(KEEPER, "conflict")}),
        (CONFLICT, {(OTHER, "conflict")}),
        (one(F.EMERGENCY_ACCESS_TAKEN, person=OTHER, until=MONDAY.isoformat()), {(OTHER, "glass")}),
        (one(F.NEED_LISTED, need="shelter", person=OTHER, agency="Police A"), set()),
    ],
)
def test_each_fact_draws_in_whom_it_is_about_and_nobody_else(fact: tuple[Fact, dict[str, Any]], pairs: Pairs) -> None:
    assert drawn(fact) == pairs


@pytest.mark.parametrize("fact", sorted(set(Fact) - WHO_KNOWS - {F.APPLICATION_FILED}))
def test_no_other_fact_draws_anybody_in_or_restricts(fact: Fact) -> None:
    around = circle((happened(fact, MONDAY, **_any()),), {})
    assert (dict(around.drawn_in), around.restricted) == ({}, None)


@pytest.mark.parametrize("fact", [F.REVIEW_ASKED_FOR, F.PUT_ON_AGENDA, F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED])
def test_a_case_is_before_the_team_from_these_facts_on_and_not_once_they_are_retracted(fact: Fact) -> None:
    event = happened(fact, MONDAY, seq=1)
    assert circle(live([event]), {}).before_team
    gone = happened(F.FACT_RETRACTED, MONDAY, event.id, seq=2)
    assert not circle(live([event, gone]), {}).before_team


def test_screening_out_or_closing_brings_no_case_before_the_team() -> None:
    before = {F.REVIEW_ASKED_FOR, F.PUT_ON_AGENDA, F.VICTIM_IDENTIFIED, F.VICTIM_BELIEVED}
    assert not [fact for fact in set(Fact) - before if circle((happened(fact, MONDAY, **_any()),), {}).before_team]


def _any() -> dict[str, str]:
    return {"person": OTHER, "agency": AGENCY, "who": OTHER, "because": STAFF, "until": MONDAY.isoformat()}


# How it ends. ------------------------------------------------------------------------------------------------------------


def test_the_end_of_an_engagement_lets_go_of_whom_it_names_alone() -> None:
    begun = (ENGAGED, POLICE, one(F.PERSON_ENGAGED, person=OTHER, agency=""))
    advocate, police, other = {(ADVOCATE, "engaged"), (AGENCY, "agency")}, {("Police A", "agency")}, {(OTHER, "engaged")}
    assert drawn(*begun) == advocate | police | other
    assert drawn(*begun, one(F.ENGAGEMENT_ENDED, who=ADVOCATE)) == police | other
    assert drawn(*begun, one(F.ENGAGEMENT_ENDED, who="Police A")) == advocate | other
    assert drawn(*begun, one(F.ENGAGEMENT_ENDED, who=OTHER)) == advocate | police


def test_an_agency_is_drawn_in_as_long_as_one_of_its_people_is_engaged() -> None:
    both = (ENGAGED, one(F.PERSON_ENGAGED, person="advocate-2", agency=AGENCY))
    one_left = drawn(*both, one(F.ENGAGEMENT_ENDED, who=ADVOCATE))
    assert one_left == {("advocate-2", "engaged"), (AGENCY, "agency")}
    assert drawn(*both, one(F.ENGAGEMENT_ENDED, who=ADVOCATE), one(F.ENGAGEMENT_ENDED, who="advocate-2")) == set()


def test_the_end_of_an_agencys_engagement_lets_all_its_people_go() -> None:
    people = (ENGAGED, one(F.PERSON_ENGAGED, person="advocate-2", agency=AGENCY),
              one(F.PERSON_ENGAGED, person=OTHER, agency="Center B"))  # fmt: skip
    assert drawn(*people, one(F.ENGAGEMENT_ENDED, who=AGENCY)) == {(OTHER, "engaged"), ("Center B", "agency")}


def test_the_end_of_an_engagement_ends_neither_a_conflict_nor_an_admission_nor_emergency_access() -> None:
    until = (MONDAY + 5 * DAY).isoformat()
    shut = (CONFLICT, one(F.PERSON_ADMITTED, person=OTHER), one(F.EMERGENCY_ACCESS_TAKEN, person=OTHER, until=until))
    assert drawn(*shut, one(F.ENGAGEMENT_ENDED, who=OTHER)) == {(OTHER, "conflict"), (OTHER, "named"), (OTHER, "glass")}


def test_who_is_engaged_anew_is_drawn_in_anew() -> None:
    ended = one(F.ENGAGEMENT_ENDED, who=ADVOCATE)
    assert (ADVOCATE, "engaged") not in drawn(ENGAGED, ended)
    assert (ADVOCATE, "engaged") in drawn(ENGAGED, ended, ENGAGED)


def test_a_restriction_names_its_maker_and_shows_its_reason() -> None:
    around = circle(told(RESTRICTED, by="maker"), {})
    assert (around.restricted, dict(around.drawn_in)) == (STAFF, {("maker", "named"): None})


def test_lifting_a_restriction_unnames_everybody_and_lets_nobody_else_go() -> None:
    lifted = (ENGAGED, CONFLICT, RESTRICTED, one(F.PERSON_ADMITTED, person=OTHER), one(F.RESTRICTION_LIFTED))
    assert drawn(*lifted) == {(ADVOCATE, "engaged"), (AGENCY, "agency"), (OTHER, "conflict")}
    assert circle(told(*lifted), {}).restricted is None


def test_who_was_admitted_to_a_restriction_that_was_lifted_is_not_named_by_the_next() -> None:
    again = (RESTRICTED, one(F.PERSON_ADMITTED, person=OTHER), one(F.RESTRICTION_LIFTED), RESTRICTED)
    assert drawn(*again) == {(KEEPER, "named")}


def test_a_conflict_lasts_until_its_end_is_recorded_for_that_person() -> None:
    assert (OTHER, "conflict") in drawn(CONFLICT, one(F.CONFLICT_ENDED, person=KEEPER))
    assert drawn(CONFLICT, one(F.CONFLICT_ENDED, person=OTHER)) == set()


def test_ovs_is_drawn_in_by_the_application_and_let_go_when_that_is_retracted() -> None:
    filed = happened(F.APPLICATION_FILED, MONDAY, seq=1)
    retracted = happened(F.FACT_RETRACTED, MONDAY + DAY, filed.id, seq=2)
    assert set(circle(live([filed]), {}).drawn_in) == {("OVS", "agency")}
    assert set(circle(live([filed, retracted]), {}).drawn_in) == set()


def test_whom_a_retracted_application_drew_in_stays_if_another_application_stands() -> None:
    first, second = happened(F.APPLICATION_FILED, MONDAY, seq=1), happened(F.APPLICATION_FILED, MONDAY, seq=2)
    retracted = happened(F.FACT_RETRACTED, MONDAY + DAY, first.id, seq=3)
    assert set(circle(live([first, second, retracted]), {}).drawn_in) == {("OVS", "agency")}


def test_who_knows_of_a_case_is_answered_by_an_entry_of_its_own_and_never_by_a_correction() -> None:
    assert WHO_KNOWS <= ON_THE_RECORD
    assert {act.fact for act in circles.ACTS} | {TAKE_EMERGENCY_ACCESS.fact} == WHO_KNOWS


# Emergency access. -------------------------------------------------------------------------------------------------------


def through_the_glass(until: datetime, now: datetime) -> bool:
    taken = told(one(F.EMERGENCY_ACCESS_TAKEN, person=OTHER, until=until.isoformat()))
    return bool(sight(Viewer(OTHER, "Officer A", "police", "Police A"), circle(taken, {}), now).sees)


def test_emergency_access_lasts_four_hours_and_ends_with_their_last_second() -> None:
    until = MONDAY + GLASS_LASTS
    assert timedelta(hours=4) == GLASS_LASTS
    assert through_the_glass(until, until - timedelta(seconds=1))
    assert not through_the_glass(until, until)
    assert not through_the_glass(until, until + timedelta(seconds=1))


def test_of_emergency_access_taken_twice_the_later_end_holds() -> None:
    ends = (MONDAY + GLASS_LASTS, MONDAY + DAY + GLASS_LASTS)
    taken = told(*(one(F.EMERGENCY_ACCESS_TAKEN, person=OTHER, until=end.isoformat()) for end in ends))
    assert dict(circle(taken, {}).drawn_in) == {(OTHER, "glass"): ends[1]}


def test_its_end_is_an_instant_whatever_zone_it_is_written_in() -> None:
    written = datetime.fromisoformat("2026-03-02T09:00:00-05:00")
    taken = told(one(F.EMERGENCY_ACCESS_TAKEN, person=OTHER, until=written.isoformat()))
    assert circle(taken, {}).drawn_in[OTHER, "glass"] == datetime(2026, 3, 2, 14, tzinfo=UTC)


# The order of recording. -------------------------------------------------------------------------------------------------


@given(
    facts=st.lists(
        st.sampled_from([ENGAGED, POLICE, RESTRICTED, CONFLICT, FILED, one(F.PERSON_ADMITTED, person=OTHER),
                         one(F.ENGAGEMENT_ENDED, who=ADVOCATE), one(F.ENGAGEMENT_ENDED, who="Police A"),
                         one(F.RESTRICTION_LIFTED), one(F.CONFLICT_ENDED, person=OTHER)]),
        max_size=12,
    ),
    days=st.lists(st.integers(-400, 400), min_size=12, max_size=12),
)  # fmt: skip
def test_whatever_days_are_typed_the_order_of_recording_decides(
    facts: list[tuple[Fact, dict[str, Any]]], days: list[int]
) -> None:
    recorded = told(*facts)
    typed = live(replace(event, happened_at=MONDAY + days[n] * DAY) for n, event in enumerate(recorded))
    assert circle(typed, {}) == circle(recorded, {})


# The acts, and what is said when they are refused. -----------------------------------------------------------------------


def decided(act: str, history: tuple[Event, ...], **form: Any) -> list[tuple[Fact, dict[str, Any]]]:
    told_by = ACT[act].form.model_validate({"happened_at": MONDAY, **form})
    return [(new.fact, new.data) for new in ACT[act].decided(told_by, history)]


RESTRICTION, ENGAGEMENT = told(RESTRICTED), told(ENGAGED, POLICE)


@pytest.mark.parametrize(
    ("act", "history", "form", "fact"),
    [
        ("engage_person", (), {"person": OTHER, "agency": "Center B"}, F.PERSON_ENGAGED),
        ("engage_agency", (), {"agency": "Police A"}, F.AGENCY_ENGAGED),
        ("end_engagement", ENGAGEMENT, {"who": ADVOCATE}, F.ENGAGEMENT_ENDED),
        ("end_engagement", ENGAGEMENT, {"who": "Police A"}, F.ENGAGEMENT_ENDED),
        ("restrict_case", (), {"because": STAFF}, F.CASE_RESTRICTED),
        ("restrict_case", told(RESTRICTED, one(F.RESTRICTION_LIFTED)), {"because": STAFF}, F.CASE_RESTRICTED),
        ("admit_person", RESTRICTION, {"person": OTHER}, F.PERSON_ADMITTED),
        ("lift_restriction", RESTRICTION, {}, F.RESTRICTION_LIFTED),
        ("declare_conflict", (), {"person": OTHER}, F.CONFLICT_DECLARED),
        ("end_conflict", told(CONFLICT), {"person": OTHER}, F.CONFLICT_ENDED),
    ],
)
def test_each_act_is_its_one_fact_as_the_form_says_it(
    act: str, history: tuple[Event, ...], form: dict[str, str], fact: Fact
) -> None:
    assert decided(act, history, **form) == [(fact, form)]


NOT_ENGAGED = "Can't end the engagement: that person or agency is not engaged on this case."
NO_CONFLICT = "Can't end the conflict: that person has declared none on this case."
NOT_RESTRICTED = "Can't do that: the case is not restricted."


@pytest.mark.parametrize(
    ("act", "history", "form", "words"),
    [
        ("end_engagement", (), {"who": ADVOCATE}, NOT_ENGAGED),
        ("end_engagement", ENGAGEMENT, {"who": OTHER}, NOT_ENGAGED),
        ("end_engagement", (*ENGAGEMENT, *told(CONFLICT)), {"who": OTHER}, NOT_ENGAGED),
        ("end_engagement", told(ENGAGED, one(F.ENGAGEMENT_ENDED, who=ADVOCATE)), {"who": ADVOCATE}, NOT_ENGAGED),
        ("restrict_case", RESTRICTION, {"because": STAFF},
         "Can't restrict the case: it is restricted already. Lift that restriction first."),
        ("admit_person", (), {"person": OTHER}, NOT_RESTRICTED),
        ("admit_person", told(RESTRICTED, one(F.RESTRICTION_LIFTED)), {"person": OTHER}, NOT_RESTRICTED),
        ("lift_restriction", (), {}, NOT_RESTRICTED),
        ("end_conflict", (), {"person": OTHER}, NO_CONFLICT),
        ("end_conflict", told(CONFLICT), {"person": ADVOCATE}, NO_CONFLICT),
        ("end_conflict", told(CONFLICT, one(F.CONFLICT_ENDED, person=OTHER)), {"person": OTHER}, NO_CONFLICT),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_missing(act: str, history: tuple[Event, ...], form: dict[str, str], words: str) -> None:
    with pytest.raises(NotPossible) as refused:
        decided(act, history, **form)
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("restrict_case", {"because": "the family of Child A lives there"}),  # a reason that others read is no free text
        ("restrict_case", {}),
        ("engage_person", {"person": ""}),
        ("engage_person", {"person": "p" * 33}),
        ("engage_agency", {"agency": ""}),
        ("admit_person", {}),
        ("end_conflict", {"person": ""}),
        ("declare_conflict", {"person": OTHER, "until": "2030-01-01"}),
    ],
)
def test_a_form_takes_nothing_that_it_does_not_ask_for(act: str, form: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ACT[act].form.model_validate({"happened_at": MONDAY, **form})


@pytest.mark.parametrize("reason", ["", "  ", "ab"])
def test_emergency_access_wants_a_reason(reason: str) -> None:
    with pytest.raises(ValidationError):
        circles.Emergency(happened_at=MONDAY, reason=reason)


def test_the_reason_for_emergency_access_is_kept_apart_from_the_fact() -> None:
    form = circles.Emergency(happened_at=MONDAY, reason="She called.", person=OTHER, until=MONDAY + GLASS_LASTS)
    (new,) = TAKE_EMERGENCY_ACCESS.decided(form, ())
    assert (new.fact, new.words) == (F.EMERGENCY_ACCESS_TAKEN, {"reason": "She called."})
    assert new.data == {"person": OTHER, "until": "2026-03-02T18:00:00Z"}


def test_who_knows_of_a_case_is_settled_after_its_closing_too() -> None:
    assert all(act.after_closing and act.room is Room.CLOSED for act in (*circles.ACTS, TAKE_EMERGENCY_ACCESS))
