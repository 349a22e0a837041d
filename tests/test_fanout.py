"""Whom the law wants told, by which clock, and how far it is: on both sides of each limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

from mdt import acts
from mdt.casework import ACT, ACTS
from mdt.errors import MdtError, NotPossible, NotYet
from mdt.facts import TELLINGS, Fact
from mdt.fanout import KIND, KINDS, Outgoing, Referred, SentAgain, State, outgoing
from mdt.history import live
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.process import STEP, STEPS
from mdt.tasks import open_tasks
from tests.histories import calm, histories
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.facts import Event

F = Fact
HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
REPORT = happened(F.REPORT_RECEIVED, MONDAY, "r", seq=1, mandated=True)
VOLUNTARY = happened(F.REPORT_RECEIVED, MONDAY, "r", seq=1, mandated=False)
ONLINE = happened(F.POLICE_HEARD_OF_ONLINE_ABUSE, MONDAY, "r", seq=1)
NOT_A_CARER = happened(F.REPORT_CLASSIFIED, MONDAY, "r", seq=2, classification="perpetrator not a caregiver")
INVESTIGATED = happened(F.INVESTIGATION_COMMENCED, MONDAY, "r", seq=2)
SUBSTANTIATED = happened(F.ABUSE_SUBSTANTIATED, MONDAY, "r", seq=2)
NONCITIZEN = happened(F.CITIZENSHIP_LEARNED, MONDAY, seq=1, noncitizen=True)
VICTIM = happened(F.VICTIM_IDENTIFIED, MONDAY, "r", seq=2, in_care=True)
MISSING = happened(F.MISSING_FROM_CARE, MONDAY, seq=1)
IN_SCHOOL = happened(F.REPORT_RECEIVED, MONDAY, "r", seq=1, mandated=True, in_school=True, grave=False)
LINE = happened(F.PUT_ON_AGENDA, MONDAY, "line", seq=1, on="2026-03-10")


def all_rows(*events: Event) -> tuple[Outgoing, ...]:
    history = live(events)
    return outgoing(history, open_tasks(history))


def rows(kind: str, *events: Event) -> list[Outgoing]:
    return [row for row in all_rows(*events) if row.kind == kind]


def row(kind: str, *events: Event) -> Outgoing:
    (one,) = rows(kind, *events)
    return one


def told(kind: str, at: datetime, about: str | None = "r", seq: int = 9, **data: Any) -> Event:
    return happened(KIND[kind].told, at, about, seq=seq, **data)


# The clocks. ---------------------------------------------------------------------------------------------------------------

CLOCKS = [  # deadlines.csv
    ("D05", "police-notice", [REPORT], 12 * HOUR),
    ("D06", "police-notice", [VOLUNTARY], 24 * HOUR),
    ("D13", "parents-substantiation-notice", [SUBSTANTIATED], None),
    ("D12", "parents-notice", [INVESTIGATED], None),
    ("D32", "icac-notice", [ONLINE], None),
    ("D52", "identified-police-notice", [VICTIM], 24 * HOUR),
    ("D53", "ncmec-notice", [MISSING], 24 * HOUR),
    ("D53", "missing-police-notice", [MISSING], 24 * HOUR),
    ("D54", "hhs-notice", [NONCITIZEN, VICTIM], 24 * HOUR),
]
DAYS = {"D12": 5 + 2, "D13": 10, "D32": 14}  # five business days from a Monday end on the next Monday


@pytest.mark.parametrize(("number", "kind", "events", "within"), CLOCKS, ids=[f"{c[0]} {c[1]}" for c in CLOCKS])
def test_each_telling_is_due_by_its_clock_and_overdue_the_moment_after(
    number: str, kind: str, events: list[Event], within: timedelta | None
) -> None:
    found = row(kind, *events)
    rule = load()[STEP[found.task.step].rule]
    assert (rule.deadline_id, found.state) == (number, State.TO_SEND)
    if within is not None:
        assert found.due == MONDAY + within
    else:
        assert (local_date(found.due) - local_date(MONDAY)).days == DAYS[number]
    assert [found.is_overdue(found.due + n * MICROSECOND) for n in (0, 1)] == [False, True]


@pytest.mark.parametrize(("kind", "events"), [c[1:3] for c in CLOCKS], ids=[f"{c[0]} {c[1]}" for c in CLOCKS])
def test_what_was_told_at_the_last_instant_was_in_time_and_a_moment_later_was_late(kind: str, events: list[Event]) -> None:
    due = row(kind, *events).due
    about = row(kind, *events).about or None
    for late in (0, 1):
        found = row(kind, *events, told(kind, due + late * MICROSECOND, about))
        assert (found.due, found.was_late, found.is_overdue(due + DAY)) == (due, bool(late), False)


def test_a_referral_to_the_local_police_has_no_figure_and_is_never_overdue() -> None:  # D11
    found = row("police-referral", REPORT, NOT_A_CARER)
    assert (found.state, found.due, found.is_overdue(MONDAY + 1000 * DAY)) == (State.TO_SEND, None, False)
    assert found.cite == "CGS § 17a-101g(a)"
    assert not row("police-referral", REPORT, NOT_A_CARER, told("police-referral", MONDAY + DAY)).was_late


def test_the_cite_is_that_of_the_clock_that_runs() -> None:
    assert row("police-notice", REPORT).cite == "CGS § 17a-101b(c)"
    assert row("police-notice", VOLUNTARY).cite == "CGS § 17a-103(c)"
    assert row("police-notice", VOLUNTARY, told("police-notice", MONDAY + HOUR)).cite == "CGS § 17a-103(c)"
    assert row("team", LINE).cite == "the team's standard"


# How far it is. ------------------------------------------------------------------------------------------------------------


def test_what_nothing_asks_for_is_a_row_that_says_so() -> None:
    assert {r.kind: r.state for r in all_rows()} == dict.fromkeys(KIND, State.NOT_ASKED)
    assert [r.kind for r in all_rows()] == [kind.key for kind in KINDS]


def test_each_report_is_told_of_apart() -> None:
    other = happened(F.REPORT_RECEIVED, MONDAY + HOUR, "s", seq=3, mandated=False)
    found = rows("police-notice", REPORT, other, told("police-notice", MONDAY + 2 * HOUR, "r"))
    assert {(r.about, r.state) for r in found} == {("r", State.SENT), ("s", State.TO_SEND)}


@pytest.mark.parametrize("how", ["phone", "in person"])
@pytest.mark.parametrize("fact", TELLINGS)
def test_who_was_told_by_word_has_heard_it_and_acknowledged_it_only_if_that_is_said(fact: Fact, how: str) -> None:
    kind = next(k for k in KINDS if k.told is fact).key
    heard = row(kind, told(kind, MONDAY, how=how))
    assert (heard.state, heard.acknowledged_at, heard.task) == (State.BY_WORD, None, None)
    answered = row(kind, told(kind, MONDAY, how=how, acknowledged=True))
    assert (answered.state, answered.acknowledged_at, answered.task) == (State.ACKNOWLEDGED, MONDAY, None)


def test_of_a_telling_nobody_knows_how_nothing_is_claimed() -> None:
    assert row("ncmec-notice", told("ncmec-notice", MONDAY, None)).state is State.SENT


@pytest.mark.parametrize("how", ["e-mail", "fax", "portal"])
@pytest.mark.parametrize("fact", TELLINGS)
def test_what_went_out_in_writing_waits_until_it_is_acknowledged(fact: Fact, how: str) -> None:
    kind = next(k for k in KINDS if k.told is fact).key
    sent = told(kind, MONDAY, how=how, agency="State Police")
    waiting = row(kind, sent)
    assert (waiting.state, waiting.how, waiting.agency, waiting.notice) == (State.SENT, how, "State Police", sent.id)
    assert waiting.task is not None
    assert (waiting.task.step, waiting.task.about, waiting.task.due) == ("confirm-notice", sent.id, None)
    answered = row(kind, sent, happened(F.NOTICE_ACKNOWLEDGED, MONDAY + HOUR, sent.id, seq=10))
    assert (answered.state, answered.acknowledged_at, answered.task) == (State.ACKNOWLEDGED, MONDAY + HOUR, None)


def test_what_was_acknowledged_at_once_waits_for_nothing() -> None:
    found = row("police-notice", REPORT, told("police-notice", MONDAY + HOUR, how="fax", acknowledged=True))
    assert (found.state, found.task) == (State.ACKNOWLEDGED, None)


def test_sent_again_in_writing_it_waits_anew_from_then() -> None:
    sent = told("police-notice", MONDAY + HOUR, how="e-mail")
    again = happened(F.NOTICE_SENT_AGAIN, MONDAY + 2 * DAY, sent.id, seq=10, how="fax")
    found = row("police-notice", REPORT, sent, again)
    assert (found.state, found.how, found.again, found.sent_at) == (State.SENT, "fax", (MONDAY + 2 * DAY,), MONDAY + HOUR)
    assert found.task is not None
    assert (found.task.opened_at, found.task.opened_by) == (again.happened_at, again.id)
    assert not found.is_overdue(MONDAY + 99 * DAY)


def test_sent_again_by_phone_somebody_heard_it() -> None:
    sent = told("police-notice", MONDAY + HOUR, how="e-mail")
    again = happened(F.NOTICE_SENT_AGAIN, MONDAY + DAY, sent.id, seq=10, how="phone")
    found = row("police-notice", REPORT, sent, again)
    assert (found.state, found.acknowledged_at, found.task) == (State.BY_WORD, None, None)


def test_an_acknowledgment_is_of_its_own_notice_alone() -> None:
    one, other = (told(kind, MONDAY, None, seq=n, how="fax") for n, kind in ((5, "ncmec-notice"), (6, "missing-police-notice")))
    answered = happened(F.NOTICE_ACKNOWLEDGED, MONDAY + HOUR, one.id, seq=10)
    assert row("ncmec-notice", MISSING, one, other, answered).state is State.ACKNOWLEDGED
    assert row("missing-police-notice", MISSING, one, other, answered).state is State.SENT


def test_a_notice_to_the_parents_is_given_or_withheld_by_decision() -> None:
    given_ = row("parents-notice", INVESTIGATED, told("parents-notice", MONDAY + DAY, how="certified mail"))
    assert (given_.state, given_.how, given_.task) == (State.SENT, "certified mail", None)
    withheld = happened(F.PARENT_NOTICE_WITHHELD, MONDAY + DAY, "r", seq=9, ground="may endanger a person", by="supervisor")
    found = row("parents-notice", INVESTIGATED, withheld)
    assert (found.state, found.by) == (State.WITHHELD, "supervisor")


def test_one_parent_is_told_and_it_is_withheld_from_the_other_by_the_same_clock() -> None:
    mother = told("parents-notice", MONDAY + DAY, how="phone", whom="custodial parent")
    father = happened(F.PARENT_NOTICE_WITHHELD, MONDAY + 9 * DAY, "r", seq=10, whom="noncustodial parent")
    found = rows("parents-notice", INVESTIGATED, mother, father)
    assert [(r.state, r.whom, r.was_late) for r in found] == [
        (State.SENT, "custodial parent", False),
        (State.WITHHELD, "noncustodial parent", True),
    ]
    assert found[0].due == found[1].due is not None


@pytest.mark.parametrize(
    ("first", "then"), [("notify_parents", "withhold_parent_notice"), ("withhold_parent_notice", "notify_parents")]
)
def test_after_one_parent_the_other_can_still_be_answered_for_and_never_before_the_investigation(first: str, then: str) -> None:
    history = live([REPORT, INVESTIGATED, happened(ACT[first].fact, MONDAY + HOUR, "r", seq=3)])
    given_ = {"whom": "noncustodial parent", "about": "r"} | (
        {"ground": "may endanger a person", "reason": "he may harm her"} if then == "withhold_parent_notice" else {}
    )
    told_ = form(then, **given_)
    acts.refuse_unless_possible(ACT[then], told_, history, open_tasks(history), "worker", MONDAY + DAY)
    early = told_.model_copy(update={"happened_at": MONDAY - HOUR})
    with pytest.raises(MdtError):
        acts.refuse_unless_possible(ACT[then], early, history, open_tasks(history), "worker", MONDAY + DAY)


@pytest.mark.parametrize("act", ["notify_parents", "notify_parents_of_substantiation"])
def test_where_contact_is_unsafe_the_family_is_told_only_with_a_supervisors_word(act: str) -> None:
    unsafe = happened(F.CONTACT_SAFETY_LEARNED, MONDAY, seq=3, unsafe=True)
    safe = happened(F.CONTACT_SAFETY_LEARNED, MONDAY + HOUR, seq=4, unsafe=False)
    alone = form(act, whom="custodial parent")
    with pytest.raises(NotPossible, match="unsafe to contact the child or the family"):
        ACT[act].decided(alone, [REPORT, unsafe])
    assert ACT[act].decided(alone, [REPORT, unsafe, safe])
    (new,) = ACT[act].decided(form(act, whom="custodial parent", agreed=True), [REPORT, unsafe])
    assert new.data["agreed"] is True


@pytest.mark.parametrize("act", ["notify_parents", "withhold_parent_notice"])
def test_to_whom_of_the_family_is_never_taken_for_granted(act: str) -> None:
    with pytest.raises(ValidationError, match="whom"):
        form(act, ground="may endanger a person", reason="he may harm her") if "withhold" in act else form(act)


def test_a_duty_left_undone_stays_in_sight() -> None:
    left = happened(F.DUTY_LEFT_UNDONE, MONDAY + DAY, "tell-ncmec", seq=9)
    assert row("ncmec-notice", MISSING, left).state is State.LEFT
    of_one = happened(F.DUTY_LEFT_UNDONE, MONDAY + DAY, "notify-parents:r", seq=9)
    assert (row("parents-notice", INVESTIGATED, of_one).state, row("parents-notice", INVESTIGATED, of_one).about) == (
        State.LEFT,
        "r",
    )


@calm
@given(histories)
def test_every_open_step_of_telling_has_its_row_and_every_telling_too(events: list[Event]) -> None:
    history = live(events)
    tasks = open_tasks(history)
    found = outgoing(history, tasks)
    steps = {step for kind in KINDS for step in kind.steps}
    assert {r.task.key for r in found if r.task} >= {t.key for t in tasks if t.step in steps}
    assert {r.notice for r in found if r.notice} == {
        e.id for e in history if any(e.fact in (k.told, k.withheld) for k in KINDS)
    }
    sent = {r.notice for r in found if r.state is State.SENT and r.task}
    assert sent == {t.about for t in tasks if t.step == "confirm-notice"} & {r.notice for r in found}


# The forms. ----------------------------------------------------------------------------------------------------------------


def form(act: str, **given_: Any) -> acts.Form:
    return ACT[act].form.model_validate({"happened_at": MONDAY + HOUR, **given_})


TOWN = {"town": "New Haven", "town_of": "residence"}
OF_TELLINGS = [act.key for act in ACTS if act.fact in TELLINGS]


@pytest.mark.parametrize("act", OF_TELLINGS)
def test_a_telling_says_how_to_whom_what_proves_it_and_is_by_phone_if_nothing_is_said(act: str) -> None:
    town = TOWN if act == "refer_to_police" else {}
    (new,) = ACT[act].decided(form(act, **town), [REPORT])
    assert new.data["how"] == "phone"
    assert "acknowledged" not in new.data
    words = {"person": "Desk Vinecliff", "proof": "No. 12-Quill", "acknowledged_by": "Underhill"}
    (new,) = ACT[act].decided(form(act, how="portal", **words, **town), [REPORT])
    assert {name: text for name, text in new.words.items() if name != "town"} == words
    assert new.data["acknowledged"] is True
    assert not [w for w in words.values() if w in str(new.data)]


def test_a_referral_names_the_town_apart_from_the_facts_and_says_which_town_it_is() -> None:
    (new,) = ACT["refer_to_police"].decided(form("refer_to_police", town="new haven", town_of="occurrence"), [REPORT])
    assert (new.words["town"], new.data["town_of"]) == ("New Haven", "occurrence")
    assert "New Haven" not in str(new.data)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"town": "New Havn", "town_of": "residence"}, "did you mean New Haven?"),
        ({"town": "Qqqqqq", "town_of": "residence"}, "is not a town of Connecticut"),
        ({"town": "New Haven"}, "Field required"),
        ({}, "Field required"),
        ({"town": "", "town_of": "residence"}, "is not a town of Connecticut"),
    ],
)
def test_a_town_that_is_none_or_said_by_halves_is_refused(given_: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Referred.model_validate({"happened_at": MONDAY, **given_})
    assert said in str(refused.value)


def test_how_a_notice_is_sent_again_is_never_taken_for_granted() -> None:
    with pytest.raises(ValidationError):
        SentAgain.model_validate({"happened_at": MONDAY})


def test_who_had_to_see_to_a_notice_still_has_to_when_it_is_sent_again() -> None:
    (notice,) = ACT["give_icac_notice"].decided(form("give_icac_notice", how="portal", about="r"), [ONLINE])
    sent = happened(F.ICAC_NOTICE_GIVEN, MONDAY + HOUR, "r", seq=3, **notice.data)
    assert [t.owner for t in open_tasks([ONLINE, sent])] == ["police"]
    (new,) = ACT["send_notice_again"].decided(form("send_notice_again", how="fax", about=sent.id), [ONLINE, sent])
    assert new.data == {"how": "fax", "owner": "police"}
    other = told("police-notice", MONDAY + HOUR, how="fax")
    (new,) = ACT["send_notice_again"].decided(form("send_notice_again", how="fax", about=other.id), [REPORT, other])
    assert new.data == {"how": "fax"}


@pytest.mark.parametrize("act", ["acknowledge_notice", "send_notice_again"])
def test_what_somebody_heard_is_neither_acknowledged_nor_sent_again(act: str) -> None:
    history = live([REPORT, told("police-notice", MONDAY + HOUR, how="phone")])
    given_ = {"happened_at": MONDAY + 2 * HOUR, "about": "e9", **({"how": "fax"} if act == "send_notice_again" else {})}
    filled = ACT[act].form.model_validate(given_)
    with pytest.raises(NotYet, match="nothing on this case waits for it"):
        acts.refuse_unless_possible(ACT[act], filled, history, open_tasks(history), "worker", MONDAY + DAY)


# What is never offered. ----------------------------------------------------------------------------------------------------


def offered(form_: type[BaseModel]) -> list[str]:
    """Every word that a form puts before somebody."""
    infos = form_.model_fields.values()
    options = [str(option) for info in infos for option in _options(info.annotation)]
    return [form_.__name__, *(form_.model_fields), *(info.title or "" for info in infos), *options]


def _options(annotation: Any) -> list[Any]:
    found = get_args(annotation)
    return [option for part in found for option in (_options(part) or [part])]


def test_family_assessment_response_is_never_offered() -> None:
    """§ 17a-101g(g)(3): a report of sexual abuse is not referred for it."""
    words = [word for act in ACTS for word in (act.key, act.title, act.fact.value, *offered(act.form))]
    words += [word for step in STEPS for word in (step.key, step.title)] + [fact.value for fact in Fact]
    assert "emergency" in words  # the options are looked at
    far = [w for w in words if "assessment" in w.casefold() or "differential" in w.casefold() or "FAR" in w.split()]
    assert far == []
