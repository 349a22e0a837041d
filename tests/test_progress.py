"""How far the service for a need is: on, or back with a reason, or not at all. Every pair of states, by a table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt import acts
from mdt.consent import released
from mdt.errors import MdtError, NotPossible, NotYet
from mdt.facts import Event, Fact
from mdt.law.period import end_of_day
from mdt.progress import BACK, ONWARD, STATE_OF, State, consent_until, of_need, progress, refuse_move, wants_another
from mdt.services import ACTS
from mdt.tasks import open_tasks
from tests.making import MONDAY, happened

F, S = Fact, State
ACT = {act.key: act for act in ACTS}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONSENT = {
    "provider": "A",
    "expires_on": "2027-03-02",
    "fields": ["age"],
    "purpose": "to provide the service",
    "signer": "parent",
}
NEED = happened(F.NEED_LISTED, MONDAY, "n", seq=1, need="shelter", outside=True, urgency="soon")
GIVEN = happened(F.CONSENT_GIVEN, MONDAY, "n", seq=2, **CONSENT)
SENT = happened(F.SERVICE_REFERRED, MONDAY, "n", seq=3, provider="A")
# One way to each state.
LEADS_TO: dict[State, tuple[Fact, ...]] = {
    S.LISTED: (),
    S.REFUSED: (F.CONSENT_DECLINED,),
    S.SENT: (F.SERVICE_REFERRED,),
    S.SEEN: (F.SERVICE_REFERRED, F.PROVIDER_SAW),
    S.NEEDS_MORE: (F.SERVICE_REFERRED, F.PROVIDER_NEEDS_MORE),
    S.WAITLISTED: (F.SERVICE_REFERRED, F.PROVIDER_WAITLISTED),
    S.DECLINED: (F.SERVICE_REFERRED, F.PROVIDER_DECLINED),
    S.ACCEPTED: (F.SERVICE_REFERRED, F.PROVIDER_ACCEPTED),
    S.MISSED: (F.SERVICE_REFERRED, F.PROVIDER_ACCEPTED, F.APPOINTMENT_MISSED),
    S.KEPT: (F.SERVICE_REFERRED, F.PROVIDER_ACCEPTED, F.APPOINTMENT_KEPT),
    S.ENDED: (F.SERVICE_ENDED,),
}
# From (row) by fact (column): "+" on, "r" back with a reason, "." not at all.
COLUMNS = (
    F.CONSENT_DECLINED, F.SERVICE_REFERRED, F.PROVIDER_SAW, F.PROVIDER_NEEDS_MORE, F.MORE_SENT, F.PROVIDER_WAITLISTED,
    F.PROVIDER_DECLINED, F.PROVIDER_ACCEPTED, F.APPOINTMENT_MISSED, F.APPOINTMENT_KEPT, F.SERVICE_ENDED,
)  # fmt: skip
TABLE = {
    S.LISTED:     "++........+",
    S.REFUSED:    ".+........+",
    S.SENT:       ".r++.+++..+",
    S.SEEN:       ".r.+.+++..+",
    S.NEEDS_MORE: ".r..++++..+",
    S.WAITLISTED: ".r.r.+++..+",
    S.DECLINED:   "++........+",
    S.ACCEPTED:   ".r.r.rr.+++",
    S.MISSED:     ".r.r.rr.+++",
    S.KEPT:       "..........+",
    S.ENDED:      "...........",
}  # fmt: skip


def happening(facts: tuple[Fact, ...]) -> list[Event]:
    data = {F.SERVICE_REFERRED: {"provider": "A"}}
    return [happened(fact, MONDAY + n * HOUR, "n", seq=n + 2, **data.get(fact, {})) for n, fact in enumerate(facts)]


@pytest.mark.parametrize("fact", COLUMNS, ids=lambda fact: fact.value)
@pytest.mark.parametrize("state", State)
def test_the_service_for_a_need_moves_on_or_back_with_a_reason_or_not_at_all(state: State, fact: Fact) -> None:
    history = [NEED, *happening(LEADS_TO[state])]
    one = of_need(history, "n")
    assert one is not None
    assert one.state is state
    how = TABLE[state][COLUMNS.index(fact)]
    if how == "+":
        refuse_move(history, "n", fact, MONDAY + DAY)
    elif how == "r":
        with pytest.raises(NotPossible, match="without a reason"):
            refuse_move(history, "n", fact, MONDAY + DAY)
        refuse_move(history, "n", fact, MONDAY + DAY, "Two weeks without a word")
    else:
        with pytest.raises(NotYet, match=f"stands at “{state}”"):
            refuse_move(history, "n", fact, MONDAY + DAY, "A reason")


def test_the_table_says_all_that_the_product_allows() -> None:
    assert set(TABLE) == set(ONWARD) == set(LEADS_TO) == set(State)
    assert set(COLUMNS) == set(STATE_OF) - {F.NEED_LISTED}
    for state, row in TABLE.items():
        assert {fact for fact, how in zip(COLUMNS, row, strict=True) if how == "+"} == ONWARD[state]
        assert {fact for fact, how in zip(COLUMNS, row, strict=True) if how == "r"} == BACK.get(state, frozenset())


def test_a_need_tells_its_provider_its_place_and_since_when() -> None:
    place = happened(F.PROVIDER_WAITLISTED, MONDAY + DAY, "n", seq=4, place=3, expected_on="2026-04-01")
    (one,) = progress([NEED, SENT, place])
    assert (one.kind, one.urgency, one.outside, one.provider) == ("shelter", "soon", True, "A")
    assert (one.state, one.since, one.sent_at) == (S.WAITLISTED, MONDAY + DAY, MONDAY)
    assert (one.place, one.expected_on, one.is_open) == (3, "2026-04-01", True)


def test_who_wants_no_services_ends_every_need_that_is_not_ended() -> None:
    other = happened(F.NEED_LISTED, MONDAY, "m", seq=2, need="schooling")
    met = happened(F.SERVICE_ENDED, MONDAY + HOUR, "m", seq=3, outcome="need met")
    first, second = progress([NEED, other, met, happened(F.SERVICES_DECLINED, MONDAY + DAY, seq=4)])
    assert (first.state, first.outcome, first.is_open) == (S.ENDED, "declined by the child or family", False)
    assert (second.outcome, second.urgency) == ("need met", "routine")


def test_consent_refused_for_another_provider_leaves_what_was_sent_where_it_is() -> None:
    (one,) = progress([NEED, SENT, happened(F.CONSENT_DECLINED, MONDAY + HOUR, "n", seq=4)])
    assert one.state is S.SENT


def test_a_move_is_judged_by_how_far_the_service_was_when_it_happened() -> None:
    kept = happened(F.APPOINTMENT_KEPT, MONDAY + 2 * DAY, "n", seq=5)
    refuse_move([NEED, SENT, kept], "n", F.PROVIDER_ACCEPTED, MONDAY + DAY)
    with pytest.raises(NotYet, match="was not listed by then"):
        refuse_move([NEED], "n", F.SERVICE_REFERRED, MONDAY - HOUR)
    assert of_need([NEED], "m") is None


KEYS = (
    "decline_consent", "refer_to_service", "record_provider_saw", "record_needs_more", "send_more", "record_waitlist",
    "record_decline", "record_acceptance", "miss_appointment", "keep_appointment", "end_service", "give_consent",
    "revoke_consent",
)  # fmt: skip
FILLED: dict[str, dict[str, Any]] = {
    "refer_to_service": {"provider": "A"}, "record_decline": {"because": "no capacity"},
    "miss_appointment": {"because": "unsafe"},
    "end_service": {"outcome": "need met"}, "revoke_consent": {"provider": "A"},
    "give_consent": CONSENT | {"signer_name": "Parent A", "signer_is_not_suspected": True, "recipient": "A shelter"},
}  # fmt: skip
GOES_BACK = frozenset({"refer_to_service", "record_needs_more", "record_waitlist", "record_decline"})


def recorded(history: list[Event], key: str, *, reason: str, hour: int) -> list[Event]:
    """The history after the act, or as it was if the act is refused."""
    act, at = ACT[key], MONDAY + hour * HOUR
    back = {"back_because": reason} if key in GOES_BACK else {}
    form = act.form.model_validate({"happened_at": at, "about": "n", **FILLED.get(key, {}), **back})
    try:
        acts.refuse_unless_possible(act, form, history, open_tasks(history), "person-1", at)
        new = act.decided(form, history)
    except MdtError:
        return history
    return [*history, *(happened(one.fact, at, "n", seq=len(history) + 1, **one.data) for one in new)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(("", "Two weeks without a word"))), max_size=25))
def test_whatever_is_recorded_in_whatever_order_nothing_leaves_without_a_consent_and_nothing_goes_back_unexplained(
    steps: list[tuple[str, str]],
) -> None:
    history: list[Event] = [NEED]
    for hour, (key, reason) in enumerate(steps, 1):
        before, after = of_need(history, "n"), recorded(history, key, reason=reason, hour=hour)
        assert before is not None
        for event in after[len(history) :]:
            if event.fact in (F.SERVICE_REFERRED, F.MORE_SENT):
                assert set(event.data["fields"]) == released(history, "n", "A", event.happened_at) != set()
            if event.fact in STATE_OF:
                assert event.fact in ONWARD[before.state] or (event.fact in BACK[before.state] and reason)
        history = after
    (one,) = progress(history)
    waiting = {task.step for task in open_tasks(history)}
    assert ("chase-answer" in waiting) == (one.state in (S.SENT, S.SEEN))
    assert ("send-more" in waiting) == (one.state is S.NEEDS_MORE)
    assert ("follow-waitlist" in waiting) == (one.state is S.WAITLISTED)
    assert ("confirm-appointment" in waiting) == (one.state in (S.ACCEPTED, S.MISSED))
    assert ("record-outcome" in waiting) == (one.state is S.KEPT)


def ends(day: int, provider: str = "A", about: str = "n", seq: int = 2) -> Event:
    return happened(
        F.CONSENT_GIVEN, MONDAY, about, seq=seq, **CONSENT | {"provider": provider, "expires_on": f"2026-03-{day:02}"}
    )


def test_a_case_tells_when_the_soonest_consent_ends_that_a_service_rests_on() -> None:
    first, second = ends(20), ends(10, "B", seq=3)
    assert consent_until([NEED]) is None
    assert consent_until([NEED, first, second]) == end_of_day(date(2026, 3, 10))
    assert consent_until([NEED, first, second, SENT]) == end_of_day(date(2026, 3, 20))
    declined = happened(F.PROVIDER_DECLINED, MONDAY + HOUR, "n", seq=5)
    assert consent_until([NEED, first, SENT, declined]) is None
    assert consent_until([NEED, first, second, SENT, declined]) == end_of_day(date(2026, 3, 10))
    revoked = happened(F.CONSENT_REVOKED, MONDAY + HOUR, "n", seq=5, provider="A")
    assert consent_until([NEED, first, revoked]) is None
    assert consent_until([NEED, first, SENT, happened(F.SERVICE_ENDED, MONDAY + DAY, "n", seq=6)]) is None
    assert consent_until([first]) is None


def test_a_need_that_dcf_meets_rests_on_no_consent() -> None:
    inside = happened(F.NEED_LISTED, MONDAY, "n", seq=1, need="shelter", outside=False)
    assert consent_until([inside, ends(10)]) is None
    sent = ACT["refer_to_service"].form.model_validate({"happened_at": MONDAY, "about": "n", "provider": "DCF"})
    (new,) = ACT["refer_to_service"].decided(sent, [inside])
    assert new.data == {"provider": "DCF", "how": "letter"}


def test_what_is_told_by_word_says_with_whom_and_that_they_know_it_is_confidential() -> None:
    form = ACT["refer_to_service"].form
    told = {"happened_at": MONDAY, "about": "n", "provider": "A", "how": "phone"}
    for missing in ({}, {"spoke_with": "The desk"}, {"told_governed": True}):
        with pytest.raises(ValidationError, match=r"§ 17a-28\(k\)"):
            form.model_validate(told | missing)
    assert form.model_validate(told | {"spoke_with": "The desk", "told_governed": True})


def test_more_is_sent_only_when_it_was_asked_for_and_under_the_consent() -> None:
    asked = happened(F.PROVIDER_NEEDS_MORE, MONDAY, "n", seq=4)
    form = ACT["send_more"].form.model_validate({"happened_at": MONDAY + HOUR, "about": "n"})
    (new,) = ACT["send_more"].decided(form, [NEED, GIVEN, SENT, asked])
    assert (new.fact, new.data) == (F.MORE_SENT, {"how": "letter", "fields": ["age"], "consent": GIVEN.id})
    with pytest.raises(NotYet, match="send more to the provider: no consent"):
        ACT["send_more"].decided(form, [NEED, SENT, asked])
    with pytest.raises(NotYet, match="stands at “sent”"):
        ACT["send_more"].decided(form, [NEED, GIVEN, SENT])


def test_the_next_best_provider_is_offered_before_one_is_asked_after_a_no_and_after_two_weeks_without_a_word() -> None:
    after = timedelta(days=14)

    def wants(*events: Event, at: timedelta = DAY) -> bool:
        (one,) = progress([NEED, *events])
        return wants_another(one, MONDAY + at, after)

    assert wants()
    assert not wants(SENT, at=after - timedelta(microseconds=1))
    assert wants(SENT, at=after)
    assert wants(SENT, happened(F.PROVIDER_SAW, MONDAY + 13 * DAY, "n", seq=4), at=after)
    assert wants(SENT, happened(F.PROVIDER_DECLINED, MONDAY + HOUR, "n", seq=4))
    assert not wants(SENT, happened(F.PROVIDER_ACCEPTED, MONDAY + HOUR, "n", seq=4), at=30 * DAY)
    (inside,) = progress([happened(F.NEED_LISTED, MONDAY, "n", seq=1, need="shelter", outside=False, language="Spanish")])
    assert (wants_another(inside, MONDAY + DAY, after), inside.language) == (False, "Spanish")
    (asked,) = progress([NEED, SENT, happened(F.SERVICE_REFERRED, MONDAY + DAY, "n", seq=4, provider="B")])
    assert asked.asked == {"A", "B"}


def test_a_consent_that_is_given_after_all_opens_the_need_again() -> None:
    declined = happened(F.CONSENT_DECLINED, MONDAY + HOUR, "n", seq=2)
    given = happened(F.CONSENT_GIVEN, MONDAY + DAY, "n", seq=3, **CONSENT)
    (one,) = progress([NEED, declined])
    assert (one.state, one.is_open) == (S.REFUSED, False)
    (one,) = progress([NEED, declined, given])
    assert (one.state, one.since, one.is_open) == (S.LISTED, MONDAY + DAY, True)
    assert consent_until([NEED, declined, given]) == end_of_day(date(2027, 3, 2))
    assert progress([NEED, given, SENT, happened(F.CONSENT_GIVEN, MONDAY + DAY, "n", seq=4, **CONSENT)])[0].state is S.SENT
