"""What waits for a provider's answer, how long a link stands, how often it may be tried: both sides of each limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mdt import answer
from mdt.answer import FAILED_A_MINUTE, OPENED_A_MINUTE, Answer, Choice, Link
from mdt.errors import NotPossible
from mdt.facts import Event, Fact
from mdt.law.period import end_of_day
from mdt.referring import Declined
from tests.making import happened

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
TODAY = date(2026, 3, 2)
MOMENT = timedelta(microseconds=1)
F = Fact


def referred(provider: str = "SHELTER-1", **consent: Any) -> list[Event]:
    given = {"provider": provider, "expires_on": "2026-06-01", "fields": ["age"], "purpose": "p", "signer": "parent", **consent}
    return [
        happened(F.NEED_LISTED, NOW, "need", seq=1, need="shelter"),
        happened(F.CONSENT_GIVEN, NOW, "need", seq=2, **given),
        happened(F.SERVICE_REFERRED, NOW, "need", seq=3, provider=provider),
    ]


def link(**more: Any) -> Link:
    told = {"id": "l", "case_id": "c", "need": "need", "provider": "SHELTER-1", "referral": "e3", "issued_by": "a",
            "issued_at": NOW}  # fmt: skip
    return Link(**{**told, "expires_at": NOW + timedelta(days=1), **more})


def test_the_latest_referral_to_a_provider_outside_dcf_waits_until_it_is_answered() -> None:
    history = referred()
    assert answer.waiting(tuple(history), "need") == history[-1]
    assert answer.waiting(tuple(history), "another need") is None
    assert answer.waiting(tuple(referred("DCF")), "need") is None
    for fact in (F.PROVIDER_ACCEPTED, F.PROVIDER_DECLINED, F.PROVIDER_WAITLISTED, F.PROVIDER_NEEDS_MORE, F.SERVICES_DECLINED):
        about = None if fact is F.SERVICES_DECLINED else "need"
        assert answer.waiting((*history, happened(fact, NOW, about, seq=4)), "need") is None


def test_a_link_stands_for_fourteen_days_and_never_longer_than_the_consent() -> None:
    assert answer.expires_at(NOW, date(2026, 3, 17)) == end_of_day(date(2026, 3, 16))
    assert answer.expires_at(NOW, date(2026, 3, 15)) == end_of_day(date(2026, 3, 15))


@pytest.mark.parametrize(
    ("more", "at", "why"),
    [
        ({}, NOW, ""),
        ({}, NOW + timedelta(days=1) - MOMENT, ""),
        ({}, NOW + timedelta(days=1), "expired"),
        ({"withdrawn_at": NOW}, NOW, "withdrawn"),
        ({"used_at": NOW}, NOW, "used"),
        ({"referral": "e2"}, NOW, "not waited for"),
        ({"need": "another"}, NOW, "not waited for"),
        ({"provider": "OTHER-1"}, NOW, "no consent"),
    ],
)
def test_why_a_link_does_not_stand(more: dict[str, Any], at: datetime, why: str) -> None:
    assert answer.why_not(link(**more), tuple(referred()), at) == why


def test_a_link_made_before_the_case_was_restricted_stands_no_more_and_one_made_since_does() -> None:
    history = (*referred(), happened(F.CASE_RESTRICTED, NOW, None, seq=4))
    assert answer.why_not(link(), history, NOW) == "restricted"
    assert answer.why_not(link(issued_at=NOW + MOMENT), history, NOW) == ""


def test_a_provider_saw_a_referral_only_if_it_was_recorded_after_it() -> None:
    history = (happened(F.PROVIDER_SAW, NOW, "need", seq=2), *referred())
    assert not answer.was_seen(history, "e3")
    assert not answer.was_seen((*history, happened(F.PROVIDER_SAW, NOW, "another", seq=4)), "e3")
    assert answer.was_seen((*history, happened(F.PROVIDER_SAW, NOW, "need", seq=4)), "e3")


@pytest.mark.parametrize(
    ("is_too_often", "most"), [(answer.opened_too_often, OPENED_A_MINUTE), (answer.failed_too_often, FAILED_A_MINUTE)]
)
def test_so_many_within_a_minute_and_no_more(is_too_often: Any, most: int) -> None:
    assert not is_too_often([NOW] * (most - 1), NOW)
    assert is_too_often([NOW] * most, NOW)
    assert is_too_often([NOW] * most, NOW + timedelta(minutes=1) - MOMENT)
    assert not is_too_often([NOW] * most, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Answer(Choice.ACCEPT, because="age", place=3, message=" Monday? "), {"note": "Monday?"}),
        (Answer(Choice.ASK, message="Which language?"), {"note": "Which language?"}),
        (Answer(Choice.DECLINE, because="age"), {"note": "", "because": "age"}),
        (Answer(Choice.WAITLIST), {"note": "", "place": None, "expected_on": None}),
        (Answer(Choice.WAITLIST, place=1, expected_on=TODAY), {"note": "", "place": 1, "expected_on": TODAY}),
        (Answer(Choice.WAITLIST, place=999, expected_on=date(2028, 3, 1)),
         {"note": "", "place": 999, "expected_on": date(2028, 3, 1)}),
        (Answer(Choice.ACCEPT, message="x" * 1_000), {"note": "x" * 1_000}),
    ],
)  # fmt: skip
def test_an_answer_says_what_its_choice_asks_and_nothing_else(said: Answer, told: dict[str, Any]) -> None:
    assert answer.told(said, NOW) == told


@pytest.mark.parametrize(
    "said",
    [
        Answer(Choice.ASK, message=" "),
        Answer(Choice.DECLINE),
        Answer(Choice.WAITLIST, place=0),
        Answer(Choice.WAITLIST, place=1_000),
        Answer(Choice.WAITLIST, expected_on=date(2026, 3, 1)),
        Answer(Choice.WAITLIST, expected_on=date(2028, 3, 2)),
        Answer(Choice.ACCEPT, message="x" * 1_001),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_in_a_sentence(said: Answer) -> None:
    with pytest.raises(NotPossible) as caught:
        answer.told(said, NOW)
    assert str(caught.value).endswith(".")


def test_each_reason_to_decline_is_one_that_the_record_knows() -> None:
    for because in answer.REASONS:
        assert Declined(happened_at=NOW, because=because).because == because  # type: ignore[arg-type]
