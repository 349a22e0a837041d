"""A provider's answer by a link: what stands, what is refused, how often, and that it is recorded once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from mdt import access
from mdt.answer import ANSWERED, FAILED_A_MINUTE, GONE, MINUTE, OPENED_A_MINUTE, SLOW, Answer, Choice
from mdt.board.answers import standing
from mdt.casework import ACT, ACTS, answer_links, answers, door
from mdt.errors import MdtError, NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import end_of_day
from mdt.records.tables import ACCESS_LOG, ANSWER_LINKS, ANSWER_TRIES
from mdt.scenario import PEOPLE
from mdt.store import trace
from tests import making
from tests.access import reference
from tests.answered import ADVOCATE, CONSENT, HOUR, SHELTER, YES, facts, linked, referred, refusals
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mdt.store import Store

F = Fact
EVERY_CHOICE = [
    (YES, F.PROVIDER_ACCEPTED, {}),
    (Answer(Choice.WAITLIST, place=4, expected_on=date(2026, 4, 1)), F.PROVIDER_WAITLISTED,
     {"place": 4, "expected_on": "2026-04-01"}),
    (Answer(Choice.WAITLIST), F.PROVIDER_WAITLISTED, {}),
    (Answer(Choice.DECLINE, because="no capacity"), F.PROVIDER_DECLINED, {"because": "no capacity"}),
    (Answer(Choice.ASK, message="Does he need an interpreter?"), F.PROVIDER_NEEDS_MORE, {}),
]  # fmt: skip


def log(store: Store, case: str) -> list[tuple[str, str]]:
    with store.read() as connection:
        of = select(ACCESS_LOG.c.by, ACCESS_LOG.c.act).where(ACCESS_LOG.c.chain == case).order_by(ACCESS_LOG.c.n)
        return [(row.by, row.act) for row in connection.execute(of) if row.act.startswith("answer")]


def tries(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ANSWER_TRIES)).scalar_one())


def refused(store: Store, token: str, at: datetime, words: str = GONE) -> None:
    before = making.everything(store)
    for come in (answers.opened, lambda s, t, n: answers.give(s, t, YES, n)):
        with pytest.raises(NotAllowed) as caught:
            come(store, token, at)
        assert str(caught.value) == words
    with pytest.raises(NotAllowed, match=GONE[:20]):
        answers.again(store, token, at)
    assert making.everything(store) == before


@pytest.mark.parametrize(("said", "fact", "data"), EVERY_CHOICE)
def test_each_answer_is_recorded_as_the_providers_own_and_uses_the_link_up(
    store: Store, said: Answer, fact: Fact, data: dict[str, object]
) -> None:
    case, need, token = linked(store)
    answers.opened(store, token, MONDAY + HOUR)
    answers.give(store, token, said, MONDAY + 2 * HOUR)
    last = making.history(store, case)[-1]
    assert (last.fact, last.about, last.data, last.by) == (fact, need, data, "provider")
    assert facts(store, case) == [F.PROVIDER_SAW, fact]
    assert log(store, case) == [
        (ADVOCATE.id, "answer link issued"), ("provider", "answer link opened"), ("provider", "answer link used"),
    ]  # fmt: skip
    with pytest.raises(NotAllowed, match=GONE[:20]):
        answers.opened(store, token, MONDAY + 3 * HOUR)


def test_what_a_stranger_is_shown_is_who_asks_and_for_what_and_until_when(store: Store) -> None:
    _, _, token = linked(store)
    asked = answers.opened(store, token, MONDAY)
    assert (asked.agency, asked.need) == (ADVOCATE.agency, "shelter")
    assert asked.expires_at == end_of_day(date(2026, 3, 16))
    assert asked.lines == (("Town of residence", "New Haven"), ("How urgent it is", "routine"))
    assert "New Haven" not in repr(asked)
    assert answers.again(store, token, MONDAY + HOUR) == asked


@pytest.mark.parametrize(
    ("fields", "need", "lines"),
    [
        (["age"], "", ()),  # released, and not known
        (["given_name"], "", (("First name", "Child"),)),
        (["need", "family_name"], "shelter", (("Family name", "A"),)),
    ],
)
def test_only_what_the_consent_releases_is_shown_and_the_log_says_which_fields(
    store: Store, fields: list[str], need: str, lines: tuple[tuple[str, str], ...]
) -> None:
    case, about = referred(store, fields=fields)
    token = answer_links.issue(store, ADVOCATE, case, about, MONDAY).token
    asked = answers.opened(store, token, MONDAY)
    assert (asked.need, asked.lines) == (need, lines)
    with store.read() as connection:
        opened = select(ACCESS_LOG.c.count, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "answer link opened")
        assert connection.execute(opened).one() == (len(fields), {"need": about, "fields": sorted(fields)})


def test_that_the_provider_saw_it_is_recorded_once_however_often_it_is_opened_and_by_however_many_links(store: Store) -> None:
    case, need, token = linked(store)
    for n in range(3):
        answers.opened(store, token, MONDAY + n * HOUR)
    other = answer_links.issue(store, ADVOCATE, case, need, MONDAY + 3 * HOUR).token
    answers.opened(store, other, MONDAY + 4 * HOUR)
    assert facts(store, case) == [F.PROVIDER_SAW]
    with store.read() as connection:
        counts = connection.execute(select(ANSWER_LINKS.c.opened).order_by(ANSWER_LINKS.c.issued_at)).scalars().all()
    assert counts == [3, 1]


def test_opening_a_link_does_not_use_it_up(store: Store) -> None:
    case, _, token = linked(store)
    answers.opened(store, token, MONDAY)
    answers.opened(store, token, MONDAY + HOUR)
    answers.give(store, token, YES, MONDAY + 2 * HOUR)
    assert facts(store, case)[-1] is F.PROVIDER_ACCEPTED


# What is refused. -------------------------------------------------------------------------------------------------------


def run_out(store: Store, case: str, need: str) -> datetime:  # noqa: ARG001
    return end_of_day(date(2026, 3, 16))


def withdrawn(store: Store, case: str, need: str) -> datetime:
    assert answer_links.withdraw(store, ADVOCATE, case, need, MONDAY) == 1
    return MONDAY


def replaced(store: Store, case: str, need: str) -> datetime:
    answer_links.issue(store, ADVOCATE, case, need, MONDAY)
    return MONDAY


def answered_by_phone(store: Store, case: str, need: str) -> datetime:
    do(store, case, "record_acceptance", by="victim advocate", about=need)
    return MONDAY


def consent_taken_back(store: Store, case: str, need: str) -> datetime:
    given = next(e for e in making.history(store, case) if e.fact is F.CONSENT_GIVEN and e.about == need)
    do(store, case, "retract_fact", MONDAY + HOUR, by="victim advocate", about=given.id, reason="It was never signed")
    return MONDAY + 2 * HOUR


def consent_revoked(store: Store, case: str, need: str) -> datetime:
    do(store, case, "revoke_consent", MONDAY + HOUR, by="victim advocate", about=need, provider=SHELTER)
    return MONDAY + HOUR


def restricted(store: Store, case: str, need: str) -> datetime:  # noqa: ARG001
    do(store, case, "restrict_case", MONDAY, by="intake supervisor", because="staff are threatened")
    return MONDAY + HOUR


def retracted(store: Store, case: str, need: str) -> datetime:
    sent = next(e for e in making.history(store, case) if e.fact is F.SERVICE_REFERRED and e.about == need)
    do(store, case, "retract_fact", MONDAY + HOUR, by="victim advocate", about=sent.id, reason="Sent by mistake")
    return MONDAY + 2 * HOUR


def sent_elsewhere(store: Store, case: str, need: str) -> datetime:
    do(store, case, "record_decline", by="victim advocate", about=need, because="no capacity")
    again = CONSENT | {"provider": "OTHER-1"}
    do(store, case, "give_consent", MONDAY + HOUR, by="victim advocate", about=need, **again)
    do(store, case, "refer_to_service", MONDAY + HOUR, by="victim advocate", about=need, provider="OTHER-1")
    return MONDAY + 2 * HOUR


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (run_out, "expired"),
        (withdrawn, "withdrawn"),
        (replaced, "withdrawn"),
        (answered_by_phone, "not waited for"),
        (consent_taken_back, "no consent"),
        (restricted, "restricted"),
        (consent_revoked, "no consent"),
        (retracted, "not waited for"),
        (sent_elsewhere, "not waited for"),
    ],
)
def test_a_link_that_does_not_stand_is_refused_in_the_same_words_and_only_the_log_says_why(
    store: Store, happens: Callable[[Store, str, str], datetime], why: str
) -> None:
    case, need, token = linked(store)
    answers.opened(store, token, MONDAY)
    at = happens(store, case, need)
    refused(store, token, at)
    assert refusals(store) == [why, why]


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "x" * 65, "x" * 100_000, "' OR 1=1 --", "\x00" * 43])
def test_a_guessed_link_is_refused_in_the_same_words(store: Store, token: str) -> None:
    linked(store)
    refused(store, token, MONDAY)
    assert refusals(store) == ["unknown", "unknown"]


def test_what_the_database_holds_opens_nothing(store: Store) -> None:
    linked(store)
    with store.read() as connection:
        kept = connection.execute(select(ANSWER_LINKS.c.id)).scalar_one()
    refused(store, kept, MONDAY)


def test_another_consent_does_not_open_a_link_that_was_made_under_an_earlier_one(store: Store) -> None:
    case, need, token = linked(store)
    do(store, case, "revoke_consent", MONDAY + HOUR, by="victim advocate", about=need, provider=SHELTER)
    wider = CONSENT | {"fields": ["given_name", "family_name", "address"], "expires_on": date(2026, 3, 4)}
    do(store, case, "give_consent", MONDAY + 2 * HOUR, by="victim advocate", about=need, **wider)
    refused(store, token, MONDAY + 3 * HOUR)
    found = standing(store, ADVOCATE, case, need, MONDAY + 3 * HOUR)
    assert found is not None
    assert not found.opens
    fresh = answer_links.issue(store, ADVOCATE, case, need, MONDAY + 3 * HOUR)
    assert answers.opened(store, fresh.token, MONDAY + 3 * HOUR).lines


def test_a_link_opens_again_after_the_entry_that_it_was_seen_was_retracted(store: Store) -> None:
    case, _need, token = linked(store)
    answers.opened(store, token, MONDAY + HOUR)
    seen = next(e for e in making.history(store, case) if e.fact is Fact.PROVIDER_SAW)
    do(store, case, "retract_fact", MONDAY + 2 * HOUR, about=seen.id, reason="Typed by mistake")
    answers.opened(store, token, MONDAY + 3 * HOUR)
    assert facts(store, case)[-1] is Fact.PROVIDER_SAW


def test_a_link_stands_until_its_last_instant(store: Store) -> None:
    case, _, token = linked(store)
    answers.give(store, token, YES, end_of_day(date(2026, 3, 16)) - timedelta(microseconds=1))
    assert facts(store, case) == [F.PROVIDER_ACCEPTED]


@pytest.mark.parametrize(
    ("consent_ends", "stands_until"),
    [(date(2026, 3, 2), date(2026, 3, 2)), (date(2026, 3, 15), date(2026, 3, 15)), (date(2026, 3, 16), date(2026, 3, 16)),
     (date(2026, 3, 17), date(2026, 3, 16))],
)  # fmt: skip
def test_a_link_never_outlives_the_consent(store: Store, consent_ends: date, stands_until: date) -> None:
    case, need = referred(store, expires_on=consent_ends)
    assert answer_links.issue(store, ADVOCATE, case, need, MONDAY).expires_at == end_of_day(stands_until)


@pytest.mark.parametrize("refusal", [NotYet, NotPossible, NotFound])
def test_what_the_door_would_say_of_the_case_is_not_told_to_a_stranger(
    store: Store, monkeypatch: pytest.MonkeyPatch, refusal: type[MdtError]
) -> None:
    case, _, token = linked(store)

    def shut(*_told: object, **_more: object) -> None:
        raise refusal("The case is closed.")

    with monkeypatch.context() as patch:
        patch.setattr(door, "act_on", shut)
        for come in (answers.opened, lambda s, t, n: answers.give(s, t, YES, n)):
            with pytest.raises(NotAllowed) as caught:
                come(store, token, MONDAY)
            assert str(caught.value) == GONE
    assert refusals(store) == ["door", "door"]
    answers.give(store, token, YES, MONDAY)
    assert facts(store, case) == [F.PROVIDER_ACCEPTED]


# Once. ------------------------------------------------------------------------------------------------------------------


def test_a_second_tab_is_told_that_it_is_answered_and_nothing_is_recorded_twice(store: Store) -> None:
    case, _, token = linked(store)
    answers.give(store, token, YES, MONDAY)
    with pytest.raises(NotAllowed) as caught:
        answers.give(store, token, Answer(Choice.DECLINE, because="age"), MONDAY)
    assert str(caught.value) == ANSWERED
    assert facts(store, case) == [F.PROVIDER_ACCEPTED]


def test_of_many_who_send_at_once_one_is_recorded(store: Store) -> None:
    case, _, token = linked(store)

    def send(n: int) -> str:
        try:
            answers.give(store, token, YES if n % 2 else Answer(Choice.DECLINE, because="age"), MONDAY)
        except NotAllowed as refusal:
            return str(refusal)
        return "recorded"

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(send, range(8)))
    assert said == [ANSWERED] * 7 + ["recorded"]
    assert len(facts(store, case)) == 1


@pytest.mark.parametrize(
    "said",
    [
        Answer(Choice.ASK, message="  "),
        Answer(Choice.DECLINE),
        Answer(Choice.DECLINE, because="they were rude"),
        Answer(Choice.WAITLIST, place=0),
        Answer(Choice.WAITLIST, expected_on=date(2026, 3, 1)),
        Answer(Choice.ACCEPT, message="x" * 1_001),
    ],
)
def test_an_answer_that_cannot_be_taken_leaves_the_link_standing(store: Store, said: Answer) -> None:
    case, _, token = linked(store)
    with pytest.raises(NotPossible):
        answers.give(store, token, said, MONDAY)
    assert facts(store, case) == []
    answers.give(store, token, YES, MONDAY)
    assert facts(store, case) == [F.PROVIDER_ACCEPTED]


def test_after_a_question_a_new_link_goes_out_with_what_was_asked_for(store: Store) -> None:
    case, need, token = linked(store)
    answers.give(store, token, Answer(Choice.ASK, message="Which school?"), MONDAY)
    with pytest.raises(NotYet):
        answer_links.issue(store, ADVOCATE, case, need, MONDAY)
    do(store, case, "send_more", MONDAY + HOUR, by="victim advocate", about=need)
    new = answer_links.issue(store, ADVOCATE, case, need, MONDAY + HOUR).token
    answers.give(store, new, YES, MONDAY + 2 * HOUR)
    assert facts(store, case) == [F.PROVIDER_NEEDS_MORE, F.PROVIDER_ACCEPTED]


# How often. -------------------------------------------------------------------------------------------------------------


def test_a_link_is_opened_so_often_a_minute_and_then_a_minute_later_again(store: Store) -> None:
    _, _, token = linked(store)
    for _ in range(OPENED_A_MINUTE):
        answers.opened(store, token, MONDAY)
    with pytest.raises(NotAllowed, match=SLOW[:20]):
        answers.opened(store, token, MONDAY + MINUTE - timedelta(microseconds=1))
    answers.opened(store, token, MONDAY + MINUTE)


def test_a_guesser_is_slowed_and_fills_no_log_while_a_good_link_still_works(store: Store) -> None:
    case, _, token = linked(store)
    for n in range(FAILED_A_MINUTE):
        with pytest.raises(NotAllowed, match=GONE[:20]):
            answers.opened(store, f"guess-{n}", MONDAY)
    for n in range(3):
        with pytest.raises(NotAllowed, match=SLOW[:20]):
            answers.opened(store, f"more-{n}", MONDAY + MINUTE - timedelta(microseconds=1))
    assert len(refusals(store)) == FAILED_A_MINUTE
    answers.opened(store, token, MONDAY)
    answers.give(store, token, YES, MONDAY)
    assert facts(store, case) == [F.PROVIDER_SAW, F.PROVIDER_ACCEPTED]
    with pytest.raises(NotAllowed, match=GONE[:20]):
        answers.opened(store, "later", MONDAY + MINUTE)
    assert tries(store) == 1  # what is older than a minute is not kept


def test_a_flood_does_not_wait_for_its_turn_to_write(store: Store) -> None:
    _, _, token = linked(store)
    for n in range(FAILED_A_MINUTE):
        with pytest.raises(NotAllowed):
            answers.opened(store, f"guess-{n}", MONDAY)
    with store.write(), pytest.raises(NotAllowed, match=SLOW[:20]):  # somebody else writes
        answers.opened(store, "one more", MONDAY)
    answers.opened(store, token, MONDAY)


# Whose. -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "error"),
    [("police", NotAllowed), ("team coordinator", NotAllowed), ("OVS liaison", NotAllowed), ("auditor", NotAllowed),
     ("advocate supervisor", None), ("intake worker", None)],
)  # fmt: skip
def test_links_are_made_by_those_who_may_send_the_referral(store: Store, role: str, error: type[MdtError] | None) -> None:
    case, need = referred(store)
    if error is None:
        assert answer_links.issue(store, PEOPLE[role], case, need, MONDAY).token
        return
    with pytest.raises(error):
        answer_links.issue(store, PEOPLE[role], case, need, MONDAY)
    with pytest.raises(error):
        answer_links.withdraw(store, PEOPLE[role], case, need, MONDAY)


def test_nobody_makes_a_link_for_a_case_that_is_not_hers_or_that_is_restricted(store: Store) -> None:
    case, need = referred(store)
    other = making.taken(store, report_no="R-2")
    with pytest.raises(NotFound):
        answer_links.issue(store, ADVOCATE, other, need, MONDAY)
    do(store, case, "restrict_case", by="intake supervisor", because="staff are threatened")
    with pytest.raises(NotAllowed):
        answer_links.issue(store, ADVOCATE, case, need, MONDAY)
    with store.read() as connection:
        assert connection.execute(select(ANSWER_LINKS)).all() == []


def test_there_is_no_link_for_what_dcf_meets_itself_nor_without_a_consent_that_stands(store: Store) -> None:
    case, need = referred(store)
    do(store, case, "add_need", by="victim advocate", need="schooling", outside=False)
    own = str(making.history(store, case)[-1].about)
    do(store, case, "refer_to_service", by="victim advocate", about=own, provider="DCF")
    for about, at in ((own, MONDAY), ("no-such-need", MONDAY), (need, end_of_day(date(2026, 6, 1)) + HOUR)):
        with pytest.raises(NotYet):
            answer_links.issue(store, ADVOCATE, case, about, at)


def test_whoever_holds_a_link_records_five_things_about_one_need_and_nothing_else(store: Store) -> None:
    case, need = referred(store)
    other, others = referred(store, told={"report_no": "R-2"})
    by = access.holder(case, need)
    assert {act.key for act in ACT.values() if access.may(by, act)} == set(reference.BY_A_LINK.split())
    elsewhere = [
        (key, of, about) for key in reference.BY_A_LINK.split() for of, about in ((other, others), (case, others), (case, ""))
    ]
    for n, (key, of, about) in enumerate([*((act.key, case, need) for act in ACTS if not access.may(by, act)), *elsewhere]):
        act = ACT[key]
        form = act.form.model_construct(happened_at=MONDAY, about=about, note="")
        with pytest.raises((NotAllowed, NotFound)):
            door.carry_out(store, of, act, form, by=by, now=MONDAY, command=f"by-link-{n}")
    assert facts(store, case) == facts(store, other) == []


def test_how_a_link_stands_is_for_those_who_see_the_case(store: Store) -> None:
    case, need, token = linked(store)
    answers.opened(store, token, MONDAY + HOUR)
    seen = {role: standing(store, PEOPLE[role], case, need, MONDAY) for role in ("victim advocate", "police", "auditor")}
    assert seen["police"] is seen["auditor"] is None
    hers = seen["victim advocate"]
    assert hers is not None
    assert (hers.issued_at, hers.opened, hers.opened_at) == (MONDAY, 1, MONDAY + HOUR)
    assert standing(store, ADVOCATE, case, need, hers.expires_at) is None
    answers.give(store, token, YES, MONDAY + HOUR)
    assert standing(store, ADVOCATE, case, need, MONDAY + HOUR) is None


def test_who_holds_a_link_sees_no_case() -> None:
    by = access.holder("case", "need")
    everything = access.Circle(before_team=True, drawn_in={(by.id, access.How.ENGAGED): None, ("", access.How.AGENCY): None})
    assert access.sight(by, everything, MONDAY) == access.Sight()
    assert trace.is_code(by.id)


def test_a_link_goes_to_the_provider_that_was_asked(store: Store) -> None:
    linked(store)
    with store.read() as connection:
        assert connection.execute(select(ANSWER_LINKS.c.provider)).scalar_one() == SHELTER
