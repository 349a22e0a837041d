"""Consent: what it releases to whom, from when until when, and who may sign it (§ 17a-28(a)(4); 28 CFR 94.115)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import ValidationError

from mdt.consent import FIELDS, Field, consents, days_left, latest, refuse_unless_released, released, standing
from mdt.errors import NotAllowed, NotYet
from mdt.facts import Fact
from mdt.referring import ACTS
from mdt.signing import refuse_suspected
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from mdt import acts
    from mdt.facts import Event

F = Fact
ACT = {act.key: act for act in ACTS}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST = datetime(2026, 3, 10, 4, tzinfo=UTC)  # where 10 March begins in Connecticut, daylight time
NEED = happened(F.NEED_LISTED, MONDAY, "n", seq=1, need="shelter", outside=True)
FORM: dict[str, Any] = {
    "about": "n", "signer": "parent", "signer_name": "Parent A", "signer_is_not_suspected": True, "expires_on": "2026-03-09",
    "provider": "SHELTER-1", "recipient": "A shelter", "fields": ["age", "need"], "purpose": "to provide the service",
}  # fmt: skip


def given(at: datetime = MONDAY, *fields: str, seq: int = 2, provider: str = "SHELTER-1", about: str = "n") -> Event:
    told = {"provider": provider, "fields": list(fields or ("age", "need")), "purpose": FORM["purpose"], "signer": "parent"}
    return happened(F.CONSENT_GIVEN, at, about, seq=seq, **told, expires_on="2026-03-09")


def revoked(at: datetime, provider: str = "SHELTER-1", about: str = "n") -> Event:
    return happened(F.CONSENT_REVOKED, at, about, seq=9, provider=provider)


def form(key: str, at: datetime = MONDAY, **fields: Any) -> acts.Form:
    return ACT[key].form.model_validate({"happened_at": at, **fields})


def test_every_field_that_may_be_released_has_its_words() -> None:
    assert set(get_args(Field)) == set(FIELDS)


def test_a_consent_releases_its_fields_for_its_need_and_its_provider_alone() -> None:
    history = [NEED, given()]
    assert released(history, "n", "SHELTER-1", MONDAY) == {"age", "need"}
    assert released(history, "n", "SHELTER-2", MONDAY) == frozenset()
    assert released(history, "m", "SHELTER-1", MONDAY) == frozenset()
    assert released([NEED], "n", "SHELTER-1", MONDAY) == frozenset()


def test_a_consent_holds_from_the_instant_it_was_given_through_its_last_connecticut_day() -> None:
    history = [NEED, given()]
    instant = timedelta(microseconds=1)
    assert not released(history, "n", "SHELTER-1", MONDAY - instant)
    assert released(history, "n", "SHELTER-1", LAST - instant)
    assert not released(history, "n", "SHELTER-1", LAST)


def test_what_is_taken_back_releases_nothing_from_that_instant_on() -> None:
    history = [NEED, given(), revoked(MONDAY + HOUR)]
    assert released(history, "n", "SHELTER-1", MONDAY + HOUR - timedelta(microseconds=1))
    assert not released(history, "n", "SHELTER-1", MONDAY + HOUR)


@pytest.mark.parametrize("other", [revoked(MONDAY + HOUR, "SHELTER-2"), revoked(MONDAY + HOUR, about="m")])
def test_taking_back_another_consent_leaves_this_one(other: Event) -> None:
    assert released([NEED, given(), other], "n", "SHELTER-1", MONDAY + DAY)


def test_refusing_consent_for_a_need_ends_what_was_given_for_it_to_anybody() -> None:
    refused = happened(F.CONSENT_DECLINED, MONDAY + HOUR, "n", seq=5)
    history = [NEED, given(), given(provider="SHELTER-2", seq=3), refused]
    assert not any(released(history, "n", provider, MONDAY + DAY) for provider in ("SHELTER-1", "SHELTER-2"))
    assert released([*history, given(MONDAY + 2 * HOUR, seq=6)], "n", "SHELTER-1", MONDAY + DAY)


def test_a_later_consent_takes_the_place_of_an_earlier_one_and_may_release_less() -> None:
    history = [NEED, given(MONDAY, "given_name", "age"), given(MONDAY + HOUR, "age", seq=3)]
    assert released(history, "n", "SHELTER-1", MONDAY) == {"given_name", "age"}
    assert released(history, "n", "SHELTER-1", MONDAY + HOUR) == {"age"}
    first, second = consents(history)
    assert (first.revoked_at, second.revoked_at) == (MONDAY + HOUR, None)


def test_a_consent_that_was_taken_back_does_not_end_a_second_time() -> None:
    (one,) = consents([NEED, given(), revoked(MONDAY + HOUR), revoked(MONDAY + DAY)])
    assert one.revoked_at == MONDAY + HOUR


def test_how_a_consent_stands_is_one_of_three_words() -> None:
    (one,) = consents([NEED, given()])
    assert [standing(one, date(2026, 3, day)) for day in (2, 9, 10)] == ["given", "given", "expired"]
    (taken,) = consents([NEED, given(), revoked(MONDAY + DAY)])
    assert [standing(taken, date(2026, 3, day)) for day in (2, 3, 10)] == ["given", "revoked", "revoked"]
    assert [days_left(one, date(2026, 3, day)) for day in (2, 9, 10)] == [7, 0, -1]


def test_nothing_leaves_without_a_consent_and_the_refusal_says_why_by_section() -> None:
    history = [NEED, given(), revoked(MONDAY + HOUR)]
    assert refuse_unless_released(history, "n", "SHELTER-1", MONDAY) == {"age", "need"}
    for events, at, says in (
        ([NEED], MONDAY, r"no consent that is still valid is on record for this need and this provider \(§ 17a-28\(a\)\(4\)\)"),
        ([NEED, given()], LAST, r"ended with 9 March 2026; it was given for a limited time \(§ 17a-28\(a\)\(4\)\)"),
        (history, MONDAY + HOUR, r"was taken back, and nothing leaves any more \(§ 17a-28\(a\)\(4\)\)"),
    ):
        with pytest.raises(NotYet, match=says):
            refuse_unless_released(events, "n", "SHELTER-1", at)
    assert latest(history, "n", "SHELTER-1", MONDAY - HOUR) is None


def test_a_minor_signs_alone_only_where_the_law_lets_her_and_says_by_which_section() -> None:
    alone = FORM | {"signer": "minor alone", "signer_name": ""}
    for missing in ({}, {"alone_because": "a court said so"}, {"alone_under": "The section"}):
        with pytest.raises(ValidationError, match="signs alone only where the law lets her"):
            form("give_consent", **alone, **missing)
    assert form("give_consent", **alone, alone_because="she is emancipated", alone_under="The order of the court")


def test_a_consent_says_who_signed_it_what_may_be_told_for_what_and_until_when() -> None:
    assert form("give_consent", **FORM)
    for missing in ("signer", "signer_name", "signer_is_not_suspected", "expires_on", "provider", "fields", "purpose"):
        with pytest.raises(ValidationError):
            form("give_consent", **{name: value for name, value in FORM.items() if name != missing})
    for wrong in ({"fields": []}, {"fields": ["narrative"]}, {"signer_is_not_suspected": False}, {"expires_on": "2026-03-01"}):
        with pytest.raises(ValidationError):
            form("give_consent", **FORM | wrong)


def test_only_a_consent_that_stands_can_be_taken_back() -> None:
    told = form("revoke_consent", MONDAY + HOUR, about="n", provider="SHELTER-1")
    (new,) = ACT["revoke_consent"].decided(told, [NEED, given()])
    assert (new.fact, new.about, new.data) == (F.CONSENT_REVOKED, "n", {"provider": "SHELTER-1"})
    for history in ([NEED], [NEED, given(), revoked(MONDAY)], [NEED, given(provider="SHELTER-2")]):
        with pytest.raises(NotYet, match="none stood for this need and this provider"):
            ACT["revoke_consent"].decided(told, history)


PARENT = {"relationship": "step-father"}


@pytest.mark.parametrize(
    ("signer", "name", "suspected"),
    [
        ("parent", "Parent A", {"name": "parent a."}),
        ("attorney", "Somebody B", {"name": "B, Somebody", "relationship": "neighbor"}),
        ("parent", "Parent Middle A", {"name": "Parent A"}),
        ("parent", "Mother", {"alias": "Mother A"}),
        ("guardian", "Parent A", PARENT),
        ("parent", "Parent A", PARENT),
        ("guardian", "Parent A", {"relationship": "Aunt"}),
        ("attorney", "Somebody B", {"relationship": "her lawyer"}),
        ("parent", "Parent A", {"alias": "Big J", "relationship": "father"}),
        ("legal representative", "Somebody B", {"relationship": "mother"}),
        ("guardian", "Parent A", {"relationship": "de facto guardian"}),
        ("parent", "Parent A", {"relationship": "mother of the child"}),
    ],
)
def test_who_is_suspected_signs_no_consent(signer: str, name: str, suspected: dict[str, object]) -> None:
    with pytest.raises(NotAllowed, match=r"28 CFR 94.115") as caught:
        refuse_suspected(signer, name, [{}, suspected])
    assert name not in str(caught.value)


@pytest.mark.parametrize(
    ("signer", "name", "suspected"),
    [
        ("parent", "Mother A", {"name": "Father A", "relationship": "father"}),
        ("attorney", "Somebody B", PARENT),
        ("minor alone", "", PARENT),
        ("minor alone", "", {"name": "Parent A"}),
        ("parent", "Parent A", {"relationship": "neighbor"}),
        ("parent", "Parent A", {}),
        ("parent", "Parent A", {"relationship": "boyfriend of mother"}),
        ("parent", "Parent A", {"relationship": "novio de la madre"}),
        ("parent", "Parent A", {"relationship": "Mother's boyfriend"}),
        ("attorney", "Somebody B", {"relationship": "mother"}),
    ],
)
def test_anybody_else_who_may_act_for_the_child_signs(signer: str, name: str, suspected: dict[str, object]) -> None:
    refuse_suspected(signer, name, [suspected])
