"""Acts: who may, when it is refused and in which words, and what is kept apart from the facts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from mdt import access, acts
from mdt.access import Viewer
from mdt.casework import ACT, ACTS, acts_for
from mdt.casework.room import acts_from_outside
from mdt.errors import MdtError, NotAllowed, NotPossible, NotYet
from mdt.facts import ABOUT, Fact, Thing
from mdt.process import STEP, Room
from mdt.scenario import PEOPLE
from mdt.tasks import open_tasks
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.acts import Act, Form
    from mdt.facts import Event

F = Fact
HOUR = timedelta(hours=1)
REPORT = happened(F.REPORT_RECEIVED, MONDAY, "r", mandated=True)
CLASSIFIED = happened(F.REPORT_CLASSIFIED, MONDAY + HOUR, "r", seq=2, classification="emergency")
NOW = MONDAY + timedelta(days=1)
EVERY_ACT = pytest.mark.parametrize("act", ACTS, ids=lambda act: act.key)


def form(act: str, at: datetime = MONDAY + 2 * HOUR, **fields: Any) -> Any:
    return ACT[act].form.model_validate({"happened_at": at, **fields})


def refuse(act: str, history: Sequence[Event], told: Form, by: str = "demo-1-intake") -> None:
    acts.refuse_unless_possible(ACT[act], told, history, open_tasks(history), by, NOW)


def test_no_two_acts_share_a_name() -> None:
    assert len(ACT) == len(ACTS)


@EVERY_ACT
def test_an_acts_title_begins_with_a_capital_and_has_no_full_stop(act: Act) -> None:
    assert act.title[0].isupper()
    assert not act.title.endswith(".")


@EVERY_ACT
def test_some_role_may_record_each_act(act: Act) -> None:
    assert any(access.may(viewer, act) for viewer in PEOPLE.values())


@EVERY_ACT
def test_this_system_may_record_each_act_and_a_stranger_none(act: Act) -> None:
    assert access.may(access.SYSTEM, act)
    assert not access.may(Viewer("x", "X", "provider", "Provider"), act)


@EVERY_ACT
def test_free_text_of_a_form_is_kept_apart_from_the_facts(act: Act) -> None:
    free = {n for n, f in act.form.model_fields.items() if f.annotation is str and not acts.is_words(f.metadata)}
    codes = {"instrument", "version", "language", "digest", "line", "decision", "given_to"}  # of a file of the house
    ids = {"about", "meeting", "to", "provider", "person", "agency", "who", "case"}  # agencies of staff among them
    assert free <= codes | ids


@pytest.mark.parametrize(
    ("act", "role"),
    [
        ("approve_screen_out", "intake worker"),
        ("return_screen_out", "chairperson"),
        ("hold_review", "victim advocate"),
        ("record_meeting", "intake supervisor"),
        ("draft_application", "intake worker"),
        ("classify_report", "victim advocate"),
    ],
)
def test_a_role_that_does_not_record_an_act_is_told_so(act: str, role: str) -> None:
    with pytest.raises(NotAllowed, match=f"this is not recorded by an? {role}"):
        access.refuse_unless_allowed(PEOPLE[role], ACT[act])


@pytest.mark.parametrize(
    ("act", "role"),
    [("approve_screen_out", "intake supervisor"), ("hold_review", "chairperson"), ("draft_application", "victim advocate")],
)
def test_the_role_that_records_an_act_may(act: str, role: str) -> None:
    access.refuse_unless_allowed(PEOPLE[role], ACT[act])


def test_what_lies_in_the_future_is_refused_and_what_happens_now_is_not() -> None:
    refuse("classify_report", [REPORT], form("classify_report", NOW, about="r", classification="other"))
    with pytest.raises(NotPossible, match="that time has not come yet"):
        refuse("classify_report", [REPORT], form("classify_report", NOW + HOUR / 3600, classification="other"))


def test_nothing_is_recorded_before_what_it_answers() -> None:
    said = {"about": "r", "note": "What the child told"}
    refuse("identify_victim", [REPORT, CLASSIFIED], form("identify_victim", MONDAY + HOUR, **said))
    with pytest.raises(NotPossible, match="before what it answers"):
        refuse("identify_victim", [REPORT, CLASSIFIED], form("identify_victim", MONDAY, **said))


def test_what_nothing_waits_for_is_refused_with_what_it_follows_and_the_section() -> None:
    with pytest.raises(NotYet, match=r"it follows “investigation commenced” \(CGS § 17a-103b\(a\)\)"):
        refuse("notify_parents", [REPORT, CLASSIFIED], form("notify_parents", about="r", whom="both parents"))


def test_what_rests_on_a_standard_alone_is_refused_without_a_section() -> None:
    with pytest.raises(NotYet, match=r"it follows “screened out”\.$"):
        refuse("approve_screen_out", [REPORT], form("approve_screen_out", about="r"), "demo-4-supervisor")


def test_what_comes_from_outside_is_never_too_early() -> None:
    refuse("record_injury", [REPORT], form("record_injury", MONDAY - timedelta(days=900)))


def test_a_closed_case_takes_only_what_goes_on_after_closing() -> None:
    closed = [REPORT, happened(F.CASE_CLOSED, MONDAY + HOUR, seq=3)]
    refuse("record_injury", closed, form("record_injury"))
    with pytest.raises(NotPossible, match=r"the case is closed. A new report reopens it \(§ 17a-103a\)"):
        refuse("classify_report", closed, form("classify_report", about="r", classification="other"))


def test_the_same_person_does_not_approve_what_she_screened_out() -> None:
    out = happened(F.SCREENED_OUT, MONDAY + HOUR, "r", seq=3, by="same")
    told = form("approve_screen_out", about="r")
    refuse("approve_screen_out", [REPORT, CLASSIFIED, out], told, "other")
    with pytest.raises(NotAllowed, match="it wants a second person, and you recorded “screened out”"):
        refuse("approve_screen_out", [REPORT, CLASSIFIED, out], told, "same")


def test_the_thing_is_filled_in_where_the_case_has_one_of_its_kind() -> None:
    assert acts.fill_in(ACT["notify_police"], form("notify_police"), [REPORT]).about == "r"


def test_the_thing_must_be_said_where_the_case_has_two() -> None:
    two = [REPORT, happened(F.REPORT_RECEIVED, MONDAY, "s", seq=2)]
    assert acts.fill_in(ACT["notify_police"], form("notify_police", about="s"), two).about == "s"
    with pytest.raises(NotPossible, match="say which report of this case"):
        acts.fill_in(ACT["notify_police"], form("notify_police"), two)


def test_a_thing_of_another_case_is_refused() -> None:
    with pytest.raises(NotPossible, match="say which report of this case"):
        acts.fill_in(ACT["notify_police"], form("notify_police", about="elsewhere"), [REPORT])


@pytest.mark.parametrize("act", ["record_injury", "add_need", "assign_step", "retract_fact"])
def test_what_is_about_the_case_or_a_new_thing_or_the_record_is_left_as_it_is(act: str) -> None:
    told = ACT[act].form.model_construct(happened_at=MONDAY, about="x")
    assert acts.fill_in(ACT[act], told, [REPORT]) is told


def test_an_act_answers_the_open_step_about_the_same_thing() -> None:
    second = happened(F.REPORT_RECEIVED, MONDAY, "s", seq=2)
    ended = acts.tasks_ended_by(ACT["classify_report"], "s", open_tasks([REPORT, second]))
    assert [(t.step, t.about) for t in ended] == [("classify", "s")]


def test_a_fact_about_the_whole_case_answers_the_step_for_every_thing() -> None:
    needs = [happened(F.NEED_LISTED, MONDAY, thing, seq=n) for n, thing in enumerate("ab", 2)]
    ended = acts.tasks_ended_by(ACT["decline_services"], "", open_tasks(needs))
    assert {(t.step, t.about) for t in ended} >= {("refer-to-service", "a"), ("refer-to-service", "b")}


def test_each_open_task_lists_the_acts_that_answer_it_and_that_the_person_may_record() -> None:
    (classify,) = [t for t in open_tasks([REPORT]) if t.step == "classify"]
    assert [a.key for a in acts_for(PEOPLE["intake worker"], classify)] == ["classify_report"]
    assert acts_for(PEOPLE["victim advocate"], classify) == []


def test_what_comes_from_outside_may_be_recorded_at_any_time_by_who_may() -> None:
    keys = {a.key for a in acts_from_outside(PEOPLE["victim advocate"])}
    assert "record_injury" in keys
    assert "receive_another_report" not in keys


def test_a_form_holds_nothing_it_does_not_ask() -> None:
    with pytest.raises(ValidationError):
        form("classify_report", classification="other", child="x")


def test_a_form_wants_to_know_in_which_zone_it_happened() -> None:
    with pytest.raises(ValidationError):
        form("classify_report", MONDAY.replace(tzinfo=None), classification="other")


def test_words_stay_out_of_the_fact() -> None:
    why = {"whom": "both parents", "ground": "may endanger a person"}
    told = form("withhold_parent_notice", about="r", **why, reason="because of X", note="more of X")
    (new,) = ACT["withhold_parent_notice"].decided(told, [REPORT])
    assert new.data == why
    assert new.words == {"reason": "because of X", "note": "more of X"}
    assert (new.fact, new.about) == (F.PARENT_NOTICE_WITHHELD, "r")


def test_control_characters_are_left_out_of_words() -> None:
    assert form("make_inquiry", note=" one\x00two\nthree\ud800 ").note == "onetwo\nthree"
    with pytest.raises(ValidationError):
        form("leave_undone", reason="\x00\x01\x02\x03")


def test_words_that_are_no_text_or_too_long_are_refused() -> None:
    for words in (7, "x" * 50_001):
        with pytest.raises(ValidationError):
            form("make_inquiry", note=words)


def test_a_fact_that_brings_a_thing_into_being_gets_a_new_id() -> None:
    (new,) = ACT["add_need"].decided(form("add_need", need="shelter"), [REPORT])
    assert new.about is None


def test_a_fact_about_the_case_is_about_nothing_else() -> None:
    (new,) = ACT["record_injury"].decided(form("record_injury", about="stray"), [REPORT])
    assert ABOUT[new.fact] is Thing.CASE
    assert new.about == ""


def test_a_step_cites_its_section_or_says_that_it_is_the_teams_standard() -> None:
    assert acts.cite(STEP["classify"]) == "CGS § 17a-101g(a)"
    assert acts.cite(STEP["refer-to-service"]) == "the team's standard"


def test_a_person_places_a_case_by_a_town_of_ours_and_the_town_stays_out_of_the_fact() -> None:
    told = form("place_case", town="new haven", town_of="occurrence", note="as police say")
    (new,) = ACT["place_case"].decided(told, [REPORT])
    assert new.data == {"office": "New Haven", "region": 2, "district": "New Haven", "by": "occurrence"}
    assert new.words == {"town": "New Haven", "note": "as police say"}
    with pytest.raises(ValidationError, match="is not a town of Connecticut"):
        form("place_case", town="Springfield", town_of="residence")


# Consent and service referrals


NEED = happened(F.NEED_LISTED, MONDAY, "n", seq=2, need="shelter", outside=True)
SIGNED = {"signer": "parent", "signer_name": "Parent A", "signer_is_not_suspected": True, "recipient": "A shelter",
          "fields": ["age", "need"], "purpose": "to provide the service"}  # fmt: skip


def consent(provider: str, at: datetime = MONDAY + HOUR, until: str = "2026-06-30", seq: int = 5) -> Event:
    told = {"provider": provider, "expires_on": until, "fields": ["age"], "purpose": SIGNED["purpose"], "signer": "parent"}
    return happened(F.CONSENT_GIVEN, at, "n", seq=seq, **told)


def sends(history: Sequence[Event], provider: str, at: datetime = MONDAY + 2 * HOUR) -> bool:
    told = form("refer_to_service", at, about="n", provider=provider)
    try:
        return [n.fact for n in ACT["refer_to_service"].decided(told, history)] == [F.SERVICE_REFERRED]
    except NotYet:
        return False


@pytest.mark.parametrize("missing", ["recipient", "fields", "purpose", "signer_name", "provider"])
def test_a_consent_names_its_recipient_its_scope_and_the_providers_code(missing: str) -> None:
    whole = SIGNED | {"provider": "SHELTER-1", "expires_on": "2026-06-30"}
    assert form("give_consent", **whole).provider == "SHELTER-1"
    with pytest.raises(ValidationError):
        form("give_consent", **{k: v for k, v in whole.items() if k != missing})


@pytest.mark.parametrize(("at", "until"), [(MONDAY, "2026-03-01"), (MONDAY.replace(day=3, hour=3), "2026-03-01")])
def test_a_consent_does_not_end_before_its_own_connecticut_day(at: datetime, until: str) -> None:
    told = SIGNED | {"provider": "SHELTER-1"}
    assert form("give_consent", at, **told, expires_on="2026-03-02")
    with pytest.raises(ValidationError, match="is before the day on which the consent was given"):
        form("give_consent", at, **told, expires_on=until)


@pytest.mark.parametrize("code", ["", "A shelter", "-", "X" * 41, "SHÉLTER", 7])
def test_a_provider_is_told_by_a_short_code(code: object) -> None:
    with pytest.raises(ValidationError):
        form("refer_to_service", provider=code)
    assert form("refer_to_service", provider=" shelter-1 ").provider == "SHELTER-1"


def test_a_service_referral_goes_only_to_the_provider_of_a_consent() -> None:
    assert sends([NEED, consent("A")], "A")
    assert not sends([NEED, consent("A")], "B")
    with pytest.raises(NotYet, match=r"for this need and this provider \(§ 17a-28\(a\)\(4\)\)\.$"):
        ACT["refer_to_service"].decided(form("refer_to_service", about="n", provider="A"), [NEED])
    assert sends([NEED, consent("A"), happened(F.PROVIDER_DECLINED, MONDAY + HOUR, "n", seq=6), consent("B", seq=7)], "B")


def test_a_consent_serves_from_when_it_was_given_to_its_last_day_and_until_consent_is_declined() -> None:
    assert sends([NEED, consent("A", MONDAY + 2 * HOUR)], "A")
    assert not sends([NEED, consent("A", MONDAY + 3 * HOUR)], "A")
    last_evening = MONDAY.replace(day=3, hour=4)  # eleven at night on the 2nd
    assert sends([NEED, consent("A", until="2026-03-02")], "A", last_evening)
    assert not sends([NEED, consent("A", until="2026-03-02")], "A", last_evening + HOUR)
    declined = happened(F.CONSENT_DECLINED, MONDAY + HOUR, "n", seq=6)
    assert not sends([NEED, consent("A"), declined], "A")
    assert sends([NEED, consent("A"), declined, consent("A", seq=7)], "A")
    other = happened(F.CONSENT_DECLINED, MONDAY + HOUR, "another need", seq=6)
    assert sends([NEED, consent("A"), other], "A")


def test_a_need_that_dcf_meets_itself_wants_no_consent_until_it_leaves_dcf() -> None:
    inside = happened(F.NEED_LISTED, MONDAY, "n", seq=2, need="shelter", outside=False)
    assert sends([inside], "DCF")
    assert not sends([inside], "SHELTER-1")
    assert not sends([NEED], "DCF")


def test_consent_may_be_recorded_again_for_another_provider_though_no_step_waits_for_it() -> None:
    told = form("give_consent", about="n", **SIGNED, provider="B", expires_on="2026-06-30")
    refuse("give_consent", [REPORT, NEED, consent("A")], told)
    assert "give_consent" in {a.key for a in acts_from_outside(PEOPLE["victim advocate"], {F.NEED_LISTED})}
    assert "give_consent" not in {a.key for a in acts_from_outside(PEOPLE["victim advocate"])}


@pytest.mark.parametrize("act", ["give_spoken_notice", "give_written_notice"])
def test_no_notice_goes_to_a_family_whom_it_is_unsafe_to_contact_unless_a_safe_way_is_named(act: str) -> None:
    unsafe = happened(F.CONTACT_SAFETY_LEARNED, MONDAY, seq=2, unsafe=True)
    safe = happened(F.CONTACT_SAFETY_LEARNED, MONDAY + 2 * HOUR, seq=3, unsafe=False)
    with pytest.raises(NotPossible, match=r"unsafe to contact .* still owed \(§ 17a-106i\)"):
        ACT[act].decided(form(act, MONDAY + HOUR), [REPORT, unsafe])
    (new,) = ACT[act].decided(form(act, MONDAY + HOUR, safe_way="In school, by the nurse"), [REPORT, unsafe])
    assert new.data == {"language": "English", "interpreter": False, "handed": "in person"}
    assert new.words == {"safe_way": "In school, by the nurse"}
    assert ACT[act].decided(form(act, MONDAY + 3 * HOUR), [REPORT, unsafe, safe])
    assert ACT[act].decided(form(act), [REPORT])


@pytest.mark.parametrize(
    ("act", "handed"),
    [("give_spoken_notice", "by phone"), ("give_spoken_notice", "by video"), ("give_written_notice", "by mail"),
     ("give_written_notice", "by e-mail")],
)  # fmt: skip
def test_no_notice_goes_from_afar_to_a_family_whom_it_is_unsafe_to_contact(act: str, handed: str) -> None:
    unsafe = happened(F.CONTACT_SAFETY_LEARNED, MONDAY, seq=2, unsafe=True)
    told = form(act, MONDAY + HOUR, handed=handed, safe_way="In school, by the nurse")
    with pytest.raises(NotPossible, match=r"in person, never by phone, mail or e-mail"):
        ACT[act].decided(told, [REPORT, unsafe])
    assert ACT[act].decided(told, [REPORT])


@pytest.mark.parametrize("act", ["give_spoken_notice", "give_written_notice"])
def test_a_notice_in_another_language_wants_an_interpreter(act: str) -> None:
    with pytest.raises(ValidationError, match="interpreter"):
        form(act, language="other")
    assert form(act, language="other", interpreter=True).interpreter


# The team's meetings

LINE = happened(F.PUT_ON_AGENDA, MONDAY, "l", seq=2, meeting="m", on="2026-03-17")


@pytest.mark.parametrize(("act", "more"), [("hold_review", {})])
def test_a_review_is_not_held_before_the_day_of_its_meeting(act: str, more: dict[str, str]) -> None:
    day = MONDAY.replace(day=17, hour=4)  # midnight in Connecticut
    assert ACT[act].decided(form(act, day, about="l", **more), [REPORT, LINE])
    with pytest.raises(NotPossible, match=r"^Can't (record|defer) the case review: its meeting is on 17 Mar 2026\.$"):
        ACT[act].decided(form(act, day - HOUR / 3600, about="l", **more), [REPORT, LINE])


def test_a_line_on_an_agenda_names_its_meeting() -> None:
    for told in ({}, {"meeting": ""}):
        with pytest.raises(ValidationError):
            form("put_on_agenda", on="2026-03-17", **told)


# Closing, and acts on the record itself

DONE = [REPORT, CLASSIFIED, happened(F.NOT_A_RESIDENT, MONDAY + HOUR, "r", seq=3)]


def answer(history: Sequence[Event], *facts: Fact) -> list[Event]:
    return [*history, *(happened(f, MONDAY + HOUR, "r", seq=10 + n) for n, f in enumerate(facts))]


ANSWERED = answer(DONE, F.POLICE_NOTIFIED, F.INVESTIGATION_COMMENCED, F.INVESTIGATION_COMPLETED, F.PARENTS_NOTIFIED)


def test_a_case_with_an_open_duty_is_not_proposed_for_closing_and_the_duty_is_named() -> None:
    with pytest.raises(NotPossible, match=r"still open: .*notify the police"):
        ACT["propose_closing"].decided(form("propose_closing", because="other"), DONE)


def test_a_case_whose_duties_are_answered_is_proposed_and_closed() -> None:
    assert [n.fact for n in ACT["propose_closing"].decided(form("propose_closing", because="other"), ANSWERED)] == [
        F.CLOSING_PROPOSED
    ]
    proposed = [*ANSWERED, happened(F.CLOSING_PROPOSED, MONDAY + HOUR, seq=30)]
    assert [n.fact for n in ACT["confirm_closing"].decided(form("confirm_closing"), proposed)] == [F.CASE_CLOSED]


def test_a_closing_is_not_confirmed_once_a_new_duty_has_opened() -> None:
    proposed = [*ANSWERED, happened(F.CLOSING_PROPOSED, MONDAY + HOUR, seq=30)]
    second = happened(F.REPORT_RECEIVED, MONDAY + HOUR, "s", seq=31)
    with pytest.raises(NotPossible, match=r"since it was proposed, this opened: .*classify the report"):
        ACT["confirm_closing"].decided(form("confirm_closing"), [*proposed, second])


@pytest.mark.parametrize(
    ("act", "about", "more", "why"),
    [
        ("retract_fact", "nowhere", {}, "not an entry of this case that can be corrected"),
        ("retract_fact", "e40", {}, "not an entry of this case that can be corrected"),
        ("retract_fact", "e1", {}, "a supervisor who did not take it records that it was none"),
        ("redate_fact", "e2", {"to": MONDAY + 9 * HOUR}, "that time has not come yet"),
    ],
)
def test_what_cannot_be_corrected_is_refused(act: str, about: str, more: dict[str, Any], why: str) -> None:
    history = [REPORT, CLASSIFIED, happened(F.STEP_ASSIGNED, MONDAY, "classify:r", seq=40, to="x")]
    with pytest.raises(NotPossible, match=why):
        ACT[act].decided(form(act, about=about, reason="it was wrong", **more), history)


def test_an_entry_is_retracted_or_re_dated() -> None:
    told = {"about": "e2", "reason": "it was wrong"}
    assert [n.fact for n in ACT["retract_fact"].decided(form("retract_fact", **told), [REPORT, CLASSIFIED])] == [
        F.FACT_RETRACTED
    ]
    (new,) = ACT["redate_fact"].decided(form("redate_fact", **told, to=MONDAY), [REPORT, CLASSIFIED])
    assert (new.fact, new.about) == (F.FACT_REDATED, "e2")


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("classify:r", "that date is the law's, not the team's"),
        ("classify:nowhere", "this step is not open"),
        ("hold-review:l", "the team has set no date for it"),
    ],
)
def test_what_is_not_the_teams_to_postpone_is_refused(about: str, why: str) -> None:
    history = [REPORT, happened(F.PUT_ON_AGENDA, MONDAY, "l", seq=2)]
    with pytest.raises(NotPossible, match=why):
        ACT["postpone_standard"].decided(form("postpone_standard", about=about, until="2026-05-01", reason="no room"), history)


@pytest.mark.parametrize(
    ("act", "about", "more", "fact"),
    [
        ("postpone_standard", "screen:r", {"until": "2026-05-01", "reason": "no room"}, F.STANDARD_POSTPONED),
        ("assign_step", "screen:r", {"to": "x"}, F.STEP_ASSIGNED),
        ("leave_undone", "commence-emergency:r", {"reason": "nobody was free"}, F.DUTY_LEFT_UNDONE),
    ],
)
def test_an_open_step_is_postponed_given_or_left_undone(act: str, about: str, more: dict[str, Any], fact: Fact) -> None:
    (new,) = ACT[act].decided(form(act, about=about, **more), [REPORT, CLASSIFIED])
    assert (new.fact, new.about) == (fact, about)


def test_every_act_is_of_a_room() -> None:
    assert {act.room for act in ACTS} == set(Room)


def refusal(act: str, history: list[Event], by: str = "worker", **fields: Any) -> str:
    made = acts.fill_in(ACT[act], form(act, **fields), history)
    with pytest.raises(MdtError) as refused:
        acts.refuse_unless_possible(ACT[act], made, history, open_tasks(history), by, MONDAY + 9 * HOUR)
    return str(refused.value)


RECEIVED = [happened(F.REPORT_RECEIVED, MONDAY, "r", mode="oral", mandated=True)]


def test_a_decision_and_a_conclusion_follow_a_review_that_was_held() -> None:
    believed = [*RECEIVED, happened(F.VICTIM_BELIEVED, MONDAY + HOUR, "r", seq=2)]
    assert "“review held” is not on record" in refusal("conclude_review", believed)
    decision = form("make_decision", owner="DCF", due_on="2026-03-20", what="Something to be done")
    with pytest.raises(NotYet, match="“review held” is not on record"):
        ACT["make_decision"].decided(decision, believed)


def test_what_came_before_a_report_cannot_have_happened_after_it() -> None:
    assert "after “report received”" in refusal("record_cause", RECEIVED, about="r")
    assert "after “report received”" in refusal("record_oral_report_to_police", RECEIVED, about="r")


def test_a_second_person_is_another_than_who_recorded_it_of_the_same_report() -> None:
    both = [
        *RECEIVED,
        happened(F.REPORT_RECEIVED, MONDAY, "s", seq=2),
        happened(F.SCREENED_OUT, MONDAY + HOUR, "r", seq=3, by="one"),
        happened(F.SCREENED_OUT, MONDAY + HOUR, "s", seq=4, by="two"),
    ]
    assert "second person" in refusal("approve_screen_out", both, "one", about="r")
    made = form("approve_screen_out", about="r")
    acts.refuse_unless_possible(ACT["approve_screen_out"], made, both, open_tasks(both), "two", MONDAY + 9 * HOUR)


def test_a_report_recorded_after_the_closing_reopens_the_case_though_it_was_received_before() -> None:
    closed = [*RECEIVED, happened(F.CASE_CLOSED, MONDAY + 3 * HOUR, seq=2)]
    assert "the case is closed" in refusal("notify_police", closed, about="r")
    late = [*closed, happened(F.REPORT_RECEIVED, MONDAY + HOUR, "s", seq=3, mode="oral", mandated=True)]
    acts.refuse_unless_possible(
        ACT["notify_police"], form("notify_police", about="s"), late, open_tasks(late), "worker", MONDAY + 9 * HOUR
    )


def test_closing_names_the_section_of_what_is_open() -> None:
    with pytest.raises(NotPossible, match=r"classify the report \(CGS § 17a-101g\(a\)\)"):
        ACT["propose_closing"].decided(form("propose_closing", because="other"), RECEIVED)
