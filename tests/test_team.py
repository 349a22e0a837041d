"""Who fills which seat of § 17a-106a(c) on a day, who leads the team, and which seats stand empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt.errors import NotPossible
from mdt.team import (
    CHAIRPERSON,
    COORDINATOR,
    DESIGNATE,
    EMPTY,
    SEATS,
    Holding,
    TakeSeat,
    leader,
    meter,
    on_the_day,
    refuse_seat,
    refuse_without_members,
    section_of,
)

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 31)
ATTORNEY, POLICE, ADVOCATE = SEATS[0], "police", "victim advocate"


def held(seat: str = POLICE, **more: Any) -> Holding:
    """A member of that seat from the first day on, unless said otherwise."""
    own: dict[str, Any] = {
        "id": f"holding-{seat}", "seat": seat, "standing": "member", "person": f"person-{seat}", "name": "Member A",
        "position": "Detective", "agency": "Police A", "mail": "", "from_on": FIRST, "until_on": None,
    }  # fmt: skip
    return Holding(**own | more)


def asked(seat: str = POLICE, **more: Any) -> TakeSeat:
    """The same asked for."""
    own = {"seat": seat, "person": "person-new", "position": "Detective", "agency": "Police A", "from_on": FIRST}
    return TakeSeat.model_validate(own | more)


def refusal(form: TakeSeat, *beside: Holding) -> str:
    with pytest.raises(NotPossible) as caught:
        refuse_seat(form, beside)
    assert str(caught.value).endswith(".")
    return str(caught.value)


# Terms. ------------------------------------------------------------------------------------------------------------------


def test_a_seat_is_held_from_its_first_day_to_its_last_and_on_no_day_beside() -> None:
    one = held(until_on=LAST)
    assert [one.holds_on(day) for day in (FIRST - DAY, FIRST, LAST, LAST + DAY)] == [False, True, True, False]


def test_a_seat_without_a_term_is_held_for_good() -> None:
    assert held().holds_on(FIRST + 9999 * DAY)


def test_a_term_of_one_day_is_a_term_and_one_that_ends_before_it_begins_is_none() -> None:
    refuse_seat(asked(until_on=FIRST), [])
    assert "the term ends before it begins" in refusal(asked(until_on=FIRST - DAY))


@pytest.mark.parametrize(
    ("from_on", "until_on", "meets"),
    [
        (LAST + DAY, None, False),  # from the day after hers ends
        (LAST, None, True),
        (FIRST - 9 * DAY, FIRST - DAY, False),  # until the day before hers begins
        (FIRST - 9 * DAY, FIRST, True),
        (FIRST - 9 * DAY, None, True),
    ],
)
def test_one_chairperson_follows_another_without_a_day_between_or_a_day_too_many(
    from_on: date, until_on: date | None, meets: bool
) -> None:
    form = asked(CHAIRPERSON, from_on=from_on, until_on=until_on)
    before = held(CHAIRPERSON, until_on=LAST)
    if meets:
        assert refusal(form, before) == "The team has a chairperson in that time (§ 17a-106a(c)). End that first."
    else:
        refuse_seat(form, [before])


# Who may be named. -------------------------------------------------------------------------------------------------------


def test_nobody_is_no_member() -> None:
    assert "(§ 17a-106a(j))" in refusal(asked(person="", name="  "))


def test_somebody_who_does_not_sign_in_is_named_by_her_name() -> None:
    refuse_seat(asked(person="", name="Doctor B"), [held()])


@pytest.mark.parametrize("seat", SEATS)
def test_a_designee_is_known_for_the_three_seats_of_which_the_statute_knows_one(seat: str) -> None:
    refuse_seat(asked(seat, standing="alternate"), [])
    if seat in DESIGNATE:
        refuse_seat(asked(seat, standing="designee"), [])
    else:
        assert f"a designee for the {seat}" in refusal(asked(seat, standing="designee"))
        assert "§ 17a-106a(c)(1) to (3)" in refusal(asked(seat, standing="designee"))


def test_the_same_person_fills_no_two_seats_at_once() -> None:
    said = refusal(asked(ADVOCATE, person="person-police"), held())
    assert said == (
        "Can't fill the seat: the same person is member for the police in that time, and the statute wants a representative of"
        " each (§ 17a-106a(c)). Somebody else fills the victim advocate."
    )


def test_the_same_person_is_not_named_to_her_own_seat_twice() -> None:
    assert "the same person" in refusal(asked(person="person-police", standing="alternate"), held())


def test_two_seats_one_after_the_other_are_no_two_at_once() -> None:
    refuse_seat(asked(ADVOCATE, person="person-police", from_on=LAST + DAY), [held(until_on=LAST)])


def test_several_persons_fill_the_same_seat() -> None:
    """The statute wants at least one representative of each."""
    refuse_seat(asked(), [held()])


def test_who_does_not_sign_in_is_the_same_person_by_name_and_agency() -> None:
    named = held(person=None, name="Doctor B", agency="Hospital")
    form = asked(ADVOCATE, person="", name="doctor b", agency="HOSPITAL")
    assert "the same person" in refusal(form, named)
    refuse_seat(asked(ADVOCATE, person="", name="Doctor B", agency="Clinic"), [named])
    refuse_seat(asked(ADVOCATE, name="Doctor B", agency="Hospital"), [named])  # one signs in, the other does not


def test_who_fills_a_seat_may_lead_the_team_too_and_lead_it_in_both_offices() -> None:
    refuse_seat(asked(CHAIRPERSON, person="person-police"), [held()])
    refuse_seat(asked(POLICE, person="person-chairperson"), [held(CHAIRPERSON)])
    refuse_seat(asked(COORDINATOR, person="person-chairperson"), [held(CHAIRPERSON)])


def test_there_is_no_second_coordinator_and_the_refusal_names_her_subsection() -> None:
    assert "(§ 17a-106a(h))" in refusal(asked(COORDINATOR), held(COORDINATOR))


@pytest.mark.parametrize(
    "wrong",
    [{"seat": "judge"}, {"standing": "friend"}, {"mail": "a,b@c"}, {"mail": "a@b\nBcc:c"}, {"position": " "}, {"note": "more"}],
)
def test_a_form_that_names_what_there_is_not_is_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        asked(**wrong)


def test_an_address_is_kept_as_it_was_typed_or_there_is_none() -> None:
    assert (asked(mail=" a@b.example ").mail, asked().mail) == ("a@b.example", "")


# Who it is on the day. ---------------------------------------------------------------------------------------------------


def test_each_seat_has_the_subdivision_that_names_it() -> None:
    assert [section_of(seat) for seat in SEATS] == [f"§ 17a-106a(c)({n})" for n in range(1, 10)]
    assert (section_of(CHAIRPERSON), section_of(COORDINATOR)) == ("§ 17a-106a(c)", "§ 17a-106a(h)")


def test_members_stand_in_the_statutes_order_and_before_those_who_stand_in_for_them() -> None:
    alternate = held(id="a", standing="alternate", from_on=FIRST - DAY)
    designee, member, later = held(id="b", standing="designee"), held(id="c"), held(id="d", from_on=FIRST + DAY)
    gone = held(id="e", until_on=FIRST)
    here = on_the_day([held("other expert"), gone, alternate, later, designee, member, held(CHAIRPERSON)], FIRST + DAY)
    assert [one.id for one in here] == [f"holding-{CHAIRPERSON}", "c", "d", "b", "a", "holding-other expert"]


def test_a_leader_is_one_of_that_office_on_that_day() -> None:
    chair = held(CHAIRPERSON, until_on=LAST)
    assert leader([held(), chair], CHAIRPERSON, LAST) == chair
    assert leader([held(), chair], CHAIRPERSON, LAST + DAY) is None
    assert leader([chair], COORDINATOR, LAST) is None


def test_an_empty_team_and_one_without_a_chairperson_meet_not() -> None:
    with pytest.raises(NotPossible, match=r"no member on that day; name its members first \(§ 17a-106a\(c\)\)"):
        refuse_without_members([held(CHAIRPERSON)], FIRST)
    with pytest.raises(NotPossible, match=r"no chairperson on that day; each team selects one \(§ 17a-106a\(c\)\)"):
        refuse_without_members([held(), held(CHAIRPERSON, until_on=FIRST - DAY)], FIRST)
    refuse_without_members([held(), held(CHAIRPERSON)], FIRST)


# The seat meter. ---------------------------------------------------------------------------------------------------------


def of(seat: str, *holders: Holding, **more: Any) -> tuple[str, int]:
    """How that one seat is filled, and at how many meetings running nobody of it came."""
    (found,) = (one for one in meter(holders, FIRST, **more) if one.seat == seat)
    return found.filling, found.empty_running


def test_of_an_empty_team_all_nine_seats_are_empty_two_of_them_where_appropriate() -> None:
    seats = meter([], FIRST)
    assert [one.seat for one in seats] == list(SEATS)
    assert {one.filling for one in seats} == {EMPTY}
    assert {one.seat for one in seats if one.where_appropriate} == {"youth service bureau", "other expert"}
    assert seats[0].section == "§ 17a-106a(c)(1)"


def test_a_seat_is_filled_by_its_member_before_a_designee_before_an_alternate() -> None:
    alternate, designee = held(ATTORNEY, id="a", standing="alternate"), held(ATTORNEY, id="d", standing="designee")
    assert of(ATTORNEY, alternate)[0] == "by an alternate"
    assert of(ATTORNEY, alternate, designee)[0] == "by a designee"
    assert of(ATTORNEY, alternate, designee, held(ATTORNEY))[0] == "filled"


def test_who_does_not_come_leaves_the_seat_to_whoever_stands_in_for_her_or_empty() -> None:
    alternate = held(id="a", standing="alternate")
    assert of(POLICE, held(), alternate, excused={"holding-police"})[0] == "by an alternate"
    assert of(POLICE, held(), alternate, excused={"holding-police", "a"})[0] == EMPTY


@pytest.mark.parametrize(
    ("past", "running"),
    [
        ((), 0),
        ([{POLICE}], 0),
        ([set()], 1),
        ([set(), {POLICE}, set()], 1),
        ([{ADVOCATE}, set(), {POLICE}], 2),
        ([set(), set()], 2),
    ],
)
def test_a_seat_that_stood_empty_twice_running_says_so(past: list[set[str]], running: int) -> None:
    assert of(POLICE, held(), past=past) == ("filled", running)


@given(st.lists(st.sampled_from(SEATS), unique=True), st.sets(st.sampled_from(SEATS)))
def test_a_seat_is_empty_exactly_if_nobody_who_comes_holds_it(seats: list[str], stay_away: set[str]) -> None:
    holders = [replace(held(seat), id=seat) for seat in seats]
    empty = {one.seat for one in meter(holders, FIRST, excused=stay_away) if one.filling == EMPTY}
    assert empty == set(SEATS) - (set(seats) - stay_away)
