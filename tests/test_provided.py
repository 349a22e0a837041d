"""What participants provide, on which ground it is disclosed, and the records that the team seeks: § 17a-106a(h) and (i)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from mdt import acts
from mdt.errors import MdtError, NotPossible, NotYet
from mdt.facts import Fact
from mdt.history import live
from mdt.provided import ACTS, disclosable
from mdt.review import ACTS as OF_THE_REVIEW
from mdt.tasks import open_tasks
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.acts import New
    from mdt.facts import Event

F = Fact
ACT = {act.key: act for act in (*ACTS, *OF_THE_REVIEW)}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 17, 4, tzinfo=UTC)  # where 17 March begins in Connecticut, daylight time
AT = MIDNIGHT + 10 * HOUR
LINE = happened(F.PUT_ON_AGENDA, MONDAY, "line-1", meeting="meeting-1", on="2026-03-17")
HELD = happened(F.REVIEW_HELD, AT, "line-1", seq=2)
DECIDED = happened(F.DECISION_MADE, AT, "decision-1", seq=3)
SAID = happened(F.STATEMENT_MADE, AT, "statement-1", seq=4, provider="person-1", line="line-1")
DISSENT: dict[str, Any] = {"kind": "dissent", "provider": "person-1", "what": "I would wait"}
CONSENT, COURT, CONSTITUTION = "consent of the participant", "order of a court", "Constitution of Connecticut"


def form(key: str, at: datetime = AT, **fields: Any) -> acts.Form:
    return ACT[key].form.model_validate({"happened_at": at, **fields})


def recorded(key: str, history: Sequence[Event], at: datetime = AT, **fields: Any) -> list[New]:
    """What the act amounts to, after all that may refuse it."""
    told = acts.fill_in(ACT[key], form(key, at, **fields), history)
    acts.refuse_unless_possible(ACT[key], told, history, open_tasks(history), "person-1", at + DAY)
    return ACT[key].decided(told, history)


def refusal(key: str, history: Sequence[Event], at: datetime = AT, **fields: Any) -> str:
    with pytest.raises(MdtError) as caught:
        recorded(key, history, at, **fields)
    return str(caught.value)


# Statements. -------------------------------------------------------------------------------------------------------------


def test_a_statement_knows_who_provided_it_and_of_which_line() -> None:
    (new,) = recorded("record_statement", [LINE], kind="information", provider="person-1", what="The school saw him")
    assert (new.fact, new.about) == (F.STATEMENT_MADE, None)
    assert new.data == {"kind": "information", "provider": "person-1", "decision": "", "line": "line-1"}
    assert new.words == {"what": "The school saw him"}


@pytest.mark.parametrize("provider", [{}, {"provider": ""}])
def test_a_statement_of_nobody_is_none(provider: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form("record_statement", kind="information", what="Somebody saw him", **provider)


def test_nothing_is_said_at_a_meeting_before_its_day() -> None:
    said: dict[str, Any] = {"kind": "information", "provider": "person-1", "what": "The school saw him"}
    told = refusal("record_statement", [LINE], MIDNIGHT - HOUR, **said)
    assert told == "Can't record anything of the case review: its meeting is on 17 Mar 2026."
    assert recorded("record_statement", [LINE], MIDNIGHT, **said)


def test_after_the_record_of_the_last_meeting_was_approved_nothing_was_said_at_it() -> None:
    approved = [LINE, happened(F.REVIEW_HELD, AT, "line-1", seq=2), happened(F.MEETING_RECORDED, AT, "line-1", seq=3)]
    with pytest.raises(NotPossible, match="the record of its meeting is approved"):
        recorded("record_statement", approved, kind="information", provider="person-1", what="What was said")


def test_a_decision_after_the_last_record_was_approved_is_of_no_meeting() -> None:
    approved = [LINE, HELD, happened(F.MEETING_RECORDED, AT, "line-1", seq=3)]
    decided: dict[str, Any] = {"owner": "DCF", "due_on": date(2026, 4, 1), "what": "Find him a bed"}
    (new,) = recorded("make_decision", approved, **decided)
    assert new.data["line"] == ""
    assert "The record of that meeting is approved" in refusal("make_decision", approved, line="line-1", **decided)


def test_what_was_said_at_a_meeting_has_one_place_and_no_words_beside_it() -> None:
    with pytest.raises(ValidationError):
        form("hold_review", summary="Somebody said")


def test_of_a_case_that_was_on_no_agenda_nothing_was_said() -> None:
    with pytest.raises(NotYet, match="“review held” is not on record"):
        recorded("record_statement", [HELD], kind="position", provider="person-1", what="Leave him there")


def test_a_dissent_names_the_decision_it_is_from() -> None:
    (new,) = recorded("record_statement", [LINE, HELD, DECIDED], **DISSENT, decision="decision-1")
    assert new.data["decision"] == "decision-1"


@pytest.mark.parametrize(
    "wrong",
    [
        {},  # from which decision?
        {"decision": "decision-2"},  # one of another case
        {"decision": "decision-1", "kind": "position"},
        {"decision": "decision-2", "kind": "information"},
    ],
)
def test_a_dissent_and_nothing_else_names_a_decision_of_the_case(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotPossible, match="a dissent, and nothing else, names the decision of this case that it is from"):
        recorded("record_statement", [LINE, HELD, DECIDED], **DISSENT | wrong)


def test_a_dissent_from_a_decision_that_was_retracted_is_from_none() -> None:
    wrong = happened(F.FACT_RETRACTED, AT, DECIDED.id, seq=5)
    assert "names the decision" in refusal(
        "record_statement", live([LINE, HELD, DECIDED, wrong]), **DISSENT, decision="decision-1"
    )


# Disclosure. -------------------------------------------------------------------------------------------------------------


def allowed(ground: str, seq: int = 5, about: str = "statement-1") -> Event:
    return happened(F.DISCLOSURE_ALLOWED, AT, about, seq=seq, ground=ground)


def withdrawn(seq: int = 6) -> Event:
    return happened(F.DISCLOSURE_WITHDRAWN, AT + HOUR, "statement-1", seq=seq)


def test_what_was_said_may_not_be_disclosed() -> None:
    assert disclosable([LINE, HELD, SAID]) == {}


@pytest.mark.parametrize("ground", [CONSENT, COURT, CONSTITUTION])
def test_it_may_on_each_of_the_three_grounds_of_the_statute(ground: str) -> None:
    assert disclosable([SAID, allowed(ground)]) == {"statement-1": ground}
    (new,) = recorded("allow_disclosure", [LINE, HELD, SAID], ground=ground, evidence="In writing, of 17 March")
    assert (new.data, new.about) == ({"ground": ground}, "statement-1")


@pytest.mark.parametrize("ground", ["the chairperson agrees", "subpoena", "consent", ""])
def test_there_is_no_fourth_ground(ground: str) -> None:
    with pytest.raises(ValidationError):
        form("allow_disclosure", ground=ground, evidence="In writing")


def test_a_ground_without_evidence_is_none() -> None:
    with pytest.raises(ValidationError):
        form("allow_disclosure", ground=CONSENT, evidence=" ")


def test_what_is_withdrawn_may_not_be_disclosed_any_more_and_what_is_allowed_anew_may() -> None:
    assert disclosable([SAID, allowed(CONSENT), withdrawn()]) == {}
    assert disclosable([SAID, withdrawn(4), allowed(COURT)]) == {"statement-1": COURT}
    assert disclosable([SAID, allowed(CONSENT), withdrawn(), allowed(CONSTITUTION, 7)]) == {"statement-1": CONSTITUTION}


def test_a_later_ground_stands_in_the_place_of_an_earlier_one() -> None:
    assert disclosable([SAID, allowed(CONSENT), allowed(COURT, 6)]) == {"statement-1": COURT}


def test_one_statement_is_released_without_the_next() -> None:
    second = happened(F.STATEMENT_MADE, AT, "statement-2", seq=5, provider="person-2", line="line-1")
    history = [LINE, HELD, SAID, second, allowed(CONSENT, 6, "statement-2")]
    assert disclosable(history) == {"statement-2": CONSENT}
    assert "say which statement of this case it is about" in refusal(
        "allow_disclosure", history, ground=CONSENT, evidence="Her word"
    )


def test_the_ground_of_nothing_releases_nothing() -> None:
    assert disclosable([happened(F.DISCLOSURE_ALLOWED, AT, ground=CONSENT), happened(F.DISCLOSURE_WITHDRAWN, AT)]) == {}


def test_what_was_not_allowed_is_not_withdrawn() -> None:
    told = refusal("withdraw_disclosure", [LINE, HELD, SAID], reason="She took it back")
    assert told == "Can't withdraw: no disclosure of this statement is allowed (§ 17a-106a(i))."
    (new,) = recorded("withdraw_disclosure", [LINE, HELD, SAID, allowed(CONSENT)], reason="She took it back")
    assert (new.fact, new.about, new.words) == (F.DISCLOSURE_WITHDRAWN, "statement-1", {"reason": "She took it back"})


@pytest.mark.parametrize("key", ["allow_disclosure", "withdraw_disclosure", "amend_meeting_record"])
def test_what_becomes_of_a_record_does_not_end_with_the_case(key: str) -> None:
    recorded_then = happened(F.MEETING_RECORDED, AT, "line-1", seq=6)
    closed = happened(F.CASE_CLOSED, AT, seq=7)
    told: dict[str, dict[str, Any]] = {
        "allow_disclosure": {"ground": COURT, "evidence": "Order of 17 March"},
        "withdraw_disclosure": {"reason": "Vacated on appeal"},
        "amend_meeting_record": {"text": "The name is spelled otherwise", "reason": "Misheard"},
    }
    history = [LINE, HELD, DECIDED, SAID, allowed(CONSENT), recorded_then, closed]
    assert recorded(key, history, **told[key])
    assert "the case is closed" in refusal("record_statement", history, kind="information", provider="x", what="words")


def test_a_record_that_there_is_not_is_not_added_to() -> None:
    told = refusal("amend_meeting_record", [LINE, HELD], text="More words", reason="Left out")
    assert told == "Can't add to the meeting record: “meeting recorded” is not on record."


# Updates. ----------------------------------------------------------------------------------------------------------------

ASKED = happened(F.UPDATE_ASKED_FOR, MONDAY, "update-1", seq=2, owner="police", by_day="2026-03-13")


def test_an_update_answers_the_question_it_was_asked() -> None:
    assert "nothing on this case waits for it" not in str(recorded("give_update", [LINE, ASKED], what="Two interviews held"))
    assert (
        refusal("give_update", [LINE], what="Two interviews")
        == "Can't give an update: say which update of this case it is about."
    )
    given = happened(F.UPDATE_GIVEN, AT, "update-1", seq=3)
    assert "nothing on this case waits for it" in refusal("give_update", [LINE, ASKED, given], what="Two interviews held")
    assert recorded("go_without_update", [LINE, ASKED])[0].about == "update-1"


def test_who_provides_an_update_is_kept_as_a_code_and_what_it_says_as_words() -> None:
    (new,) = recorded("give_update", [LINE, ASKED], what="Two interviews held", provider="person-1")
    assert (new.data, new.words) == ({"provider": "person-1"}, {"what": "Two interviews held"})


@pytest.mark.parametrize("key", ["hold_review", "defer_review"])
def test_with_the_meeting_nobody_waits_any_more_for_an_update_that_did_not_come(key: str) -> None:
    second = happened(F.UPDATE_ASKED_FOR, MONDAY, "update-2", seq=3, owner="DCF", by_day="2026-03-13")
    given = happened(F.UPDATE_GIVEN, AT, "update-1", seq=4)
    because: dict[str, Any] = {"because": "no time"} if key == "defer_review" else {}
    new = recorded(key, [LINE, ASKED, second, given], **because)
    assert [(one.fact, one.about) for one in new[1:]] == [(F.UPDATE_NOT_GIVEN, "update-2")]
    assert len(recorded(key, [LINE], **because)) == 1


@pytest.mark.parametrize("reason", ["", " ", "—?"])
def test_what_is_put_off_for_none_of_the_reasons_given_says_why(reason: str) -> None:
    told = refusal("defer_review", [LINE], because="other", reason=reason)
    assert told == ("Can't defer the case review: say why, as it is none of the reasons given; the meeting's record says it.")
    (new,) = recorded("defer_review", [LINE], because="other", reason="The room is flooded")
    assert (new.data["because"], new.words["reason"]) == ("other", "The room is flooded")


def test_a_review_that_is_concluded_says_so_after_all_else() -> None:
    new = recorded("hold_review", [LINE, ASKED], concluded=True)
    assert [one.fact for one in new] == [F.REVIEW_HELD, F.UPDATE_NOT_GIVEN, F.REVIEW_CONCLUDED]


# Decisions. --------------------------------------------------------------------------------------------------------------


def test_a_decision_is_carried_out_on_no_day_before_it_was_made() -> None:
    late = MIDNIGHT - timedelta(minutes=1) + DAY  # still 17 March in Connecticut
    made: dict[str, Any] = {"owner": "DCF", "what": "Find him a bed"}
    (new,) = recorded("make_decision", [LINE], late, due_on="2026-03-17", **made)
    assert (new.data["due_on"], new.data["line"], new.data["given_to"]) == ("2026-03-17", "line-1", "")
    told = refusal("make_decision", [LINE], late, due_on="2026-03-16", **made)
    assert told == "Can't record a decision: it is to be carried out by a day that lies before it was made."


@pytest.mark.parametrize("lacks", ["owner", "due_on", "what"])
def test_a_decision_without_an_owner_a_date_or_words_is_none(lacks: str) -> None:
    whole: dict[str, Any] = {"owner": "DCF", "due_on": date(2026, 4, 1), "what": "Find him a bed"}
    form("make_decision", **whole)
    with pytest.raises(ValidationError):
        form("make_decision", **{name: value for name, value in whole.items() if name != lacks})


# Records that the team seeks. --------------------------------------------------------------------------------------------

SOUGHT = happened(F.RECORD_SOUGHT, MONDAY, "sought-1", seq=2, holder="medical facility", confidential=True)
CERTIFIED = happened(F.RECORD_CERTIFIED, MONDAY + DAY, "sought-1", seq=3)
OATH: dict[str, Any] = {"necessary": True, "kept_confidential": True, "sworn_before": "Notary A"}


@pytest.mark.parametrize("wrong", [{"necessary": False}, {"kept_confidential": False}, {"sworn_before": " "}])
def test_the_oath_has_both_parts_and_is_sworn_before_somebody(wrong: dict[str, Any]) -> None:
    form("certify_record", **OATH)
    with pytest.raises(ValidationError):
        form("certify_record", **OATH | wrong)
    with pytest.raises(ValidationError):
        form("certify_record", **{name: value for name, value in OATH.items() if name not in wrong})


def test_a_record_is_sought_of_whom_the_statute_names_and_identified_in_writing() -> None:
    sought: dict[str, Any] = {"holder": "DCF", "held_at": "Office A", "record": "The file of 2024"}
    (new,) = recorded("seek_record", [], **sought)
    assert (new.about, new.data) == (None, {"holder": "DCF", "confidential": True})
    for wrong in ({"holder": "school"}, {"held_at": ""}, {"record": " "}):
        with pytest.raises(ValidationError):
            form("seek_record", **sought | wrong)


def test_a_record_that_is_certified_is_waited_for_and_comes_or_is_refused() -> None:
    assert [task.step for task in open_tasks([SOUGHT])] == ["certify-record"]
    assert [task.step for task in open_tasks([SOUGHT, CERTIFIED])] == ["await-record"]
    assert recorded("receive_record", [SOUGHT, CERTIFIED])
    assert recorded("give_up_record", [SOUGHT, CERTIFIED], reason="Shredded in 2020")
    assert recorded("give_up_record", [SOUGHT], reason="Not there")
    assert "(§ 17a-106a(h))" in refusal("certify_record", [SOUGHT, CERTIFIED], **OATH).replace("CGS ", "")


def test_a_confidential_record_does_not_come_before_its_oath() -> None:
    assert "it follows “record sought” or “record certified under oath”" in refusal("receive_record", [SOUGHT])


def test_a_record_that_is_not_confidential_needs_no_oath() -> None:
    """§ 17a-106a(h) asks for one “in the case of confidential information”; it is that unless it was said otherwise."""
    public = happened(F.RECORD_SOUGHT, MONDAY, "sought-1", seq=2, holder="DCF", confidential=False)
    assert [task.step for task in open_tasks([public])] == ["await-record"]
    assert recorded("receive_record", [public])
    assert "nothing on this case waits for it" in refusal("certify_record", [public], **OATH)
    unsaid = happened(F.RECORD_SOUGHT, MONDAY, "sought-1", seq=2, holder="DCF")
    assert [task.step for task in open_tasks([unsaid])] == ["certify-record"]
