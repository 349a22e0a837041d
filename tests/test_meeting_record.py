"""What § 17a-106a(j) asks of the record of a meeting, what may be disclosed of it under (i), and what its hash is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mdt.errors import NotFound, NotYet, Tampered
from mdt.meeting_record import (
    UNKNOWN,
    Amendment,
    CasePart,
    Decided,
    Item,
    Present,
    Record,
    Service,
    digest,
    disclosable,
    from_text,
    missing,
    part_text,
    refuse_incomplete,
    to_text,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGAN = datetime(2026, 3, 2, 14, tzinfo=UTC)
SAID = Item(id="i1", kind="information", text="Told at school.", provider="Member A", provider_agency="DCF")
AGAINST = Item(id="i2", kind="dissent", text="Too early.", provider="Member B", provider_agency="police")
DECIDED = Decided(
    id="d1", kind="decision", text="An interview.", owner="DCF", person="Worker A", due_on=date(2026, 3, 9), dissent=(AGAINST,),
)  # fmt: skip
HOUSING = Service(need="housing", provider="Provider A", state="begun")
CASE = CasePart(
    case_id="c1", line=1, number="2026-00001", victim="Child A", perpetrator=UNKNOWN, items=(SAID,), decisions=(DECIDED,),
    services=(HOUSING,), recused=("Member C",), outcome="reviewed",
)  # fmt: skip
OTHER = CasePart(
    case_id="c2", line=2, number="2026-00002", victim="", perpetrator="", outcome="deferred", deferred_because="no time"
)
MEMBER = Present(name="Member A", position="Social Worker", agency="DCF", seat="DCF", how="member", came=True)
UNCALLED = MEMBER.model_copy(update={"came": False, "called": False})
GUEST = Present(name="Guest A", position="Teacher", agency="Example School", seat="", how="guest", came=True)
ADDED = Amendment(at=BEGAN + timedelta(days=2), by="Chair A", text="It was Tuesday.", reason="a slip")
RECORD = Record(
    meeting="m1", team="Team A", district="Hartford", starts_at=BEGAN, ended_at=BEGAN + timedelta(hours=2), place="Room 1",
    chairperson="Chair A", present=(MEMBER, GUEST), cases=(CASE, OTHER), amendments=(ADDED,),
)  # fmt: skip


def case(**changed: Any) -> Record:
    return RECORD.model_copy(update={"cases": (CASE.model_copy(update=changed),)})


def meeting(**changed: Any) -> Record:
    return RECORD.model_copy(update=changed)


def present(**changed: Any) -> Record:
    return meeting(present=(MEMBER, MEMBER.model_copy(update=changed)))


def lacks(record: Record) -> list[str]:
    return [one.what for one in missing(record)]


# What is missing. -------------------------------------------------------------------------------------------------------------


def test_a_record_that_holds_what_the_section_asks_for_lacks_nothing_and_may_be_approved() -> None:
    assert missing(RECORD) == ()
    refuse_incomplete(RECORD)


VICTIM = "the name of the alleged victim is missing (§ 17a-106a(j))"
PERPETRATOR = "the name of the alleged perpetrator is missing; write “unknown” if nobody knows it (§ 17a-106a(j))"
DECISION = "the decision or recommendation is missing (§ 17a-106a(j))"
SERVICES = "the support services are missing, or why there are none (§ 17a-106a(j))"
PROVIDER = "who provided a statement is missing (§ 17a-106a(i))"
NAMELESS = SAID.model_copy(update={"provider": " ?"})
BLANK = DECIDED.model_copy(update={"text": " "})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (case(victim=""), [VICTIM]),
        (case(victim=" \u200b—"), [VICTIM]),  # nothing that anybody could read
        (case(victim="李"), []),
        (case(perpetrator=""), [PERPETRATOR]),
        (case(decisions=()), [DECISION]),
        (case(decisions=(BLANK,)), [DECISION]),
        (case(decisions=(BLANK, DECIDED.model_copy(update={"kind": "recommendation"}))), []),
        (case(services=()), [SERVICES]),
        (case(services=(Service(need="", provider="", state="begun"),)), [SERVICES]),
        (case(services=(), no_services_because="the family declined them"), []),
        (case(outcome="concluded", victim="", services=()), [VICTIM, SERVICES]),
        (case(outcome="deferred", victim="", perpetrator="", decisions=(), services=(), deferred_because="no time"), []),
        (case(items=(SAID, NAMELESS, NAMELESS)), [PROVIDER]),
        (case(decisions=(DECIDED.model_copy(update={"dissent": (AGAINST, NAMELESS)}),)), [PROVIDER]),
        (case(outcome="deferred", items=(NAMELESS,), deferred_because="no time"), []),
        (case(outcome="deferred"), ["why the case was deferred is missing"]),
    ],
)  # fmt: skip
def test_of_each_case_heard_the_names_the_decision_and_the_services_are_needed_of_one_deferred_the_reason(
    record: Record, expected: list[str]
) -> None:
    assert lacks(record) == expected
    assert {one.case_number for one in missing(record)} <= {"2026-00001"}


NOBODY = "no member of the team is recorded as present (§ 17a-106a(j))"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (meeting(chairperson=""), ["the chairperson is missing (§ 17a-106a(c))"]),
        (meeting(present=()), [NOBODY]),
        (meeting(present=(GUEST,)), [NOBODY]),  # a guest is no member
        (meeting(present=(MEMBER.model_copy(update={"came": False}),)), [NOBODY]),
        (meeting(present=(MEMBER.model_copy(update={"how": "alternate"}),)), []),
        (present(name=""), ["the name of the member in line 2 of the roll call is missing (§ 17a-106a(j))"]),
        (present(position="?"), ["the position of the member in line 2 of the roll call is missing (§ 17a-106a(j))"]),
        (present(name="", position="", came=False), []),
        (present(came=False, called=False), ["the roll call of 1 member is missing (§ 17a-106a(j))"]),
        (meeting(present=(MEMBER, UNCALLED, UNCALLED)), ["the roll call of 2 members is missing (§ 17a-106a(j))"]),
        (present(came=True, called=False, seat="chairperson"), []),  # who leads the team is there by leading it
        (present(came=False, called=False, how="guest"), []),
        (present(position="", how="guest"),
         ["the position of the guest in line 2 of the roll call is missing (§ 17a-106a(c), (j))"]),
    ],
)  # fmt: skip
def test_of_the_meeting_a_chairperson_and_the_names_and_positions_of_those_present_are_needed(
    record: Record, expected: list[str]
) -> None:
    assert lacks(record) == expected
    assert {one.case_number for one in missing(record)} <= {""}


def test_an_incomplete_record_is_refused_with_the_first_three_things_that_it_lacks() -> None:
    with pytest.raises(NotYet) as refused:
        refuse_incomplete(meeting(chairperson="", cases=(case(victim="", perpetrator="", services=()).cases[0],)))
    assert str(refused.value) == (
        "Can't approve the record of the meeting: the chairperson is missing (§ 17a-106a(c));"
        f" case 2026-00001: {VICTIM}; case 2026-00001: {PERPETRATOR}; and 1 more."
    )
    with pytest.raises(NotYet, match=r"alleged victim is missing \(§ 17a-106a\(j\)\)\.$"):
        refuse_incomplete(case(victim=""))


# Its canonical text. ----------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HOURS = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=HOURS)  # noqa: DTZ001  # the zone is drawn apart


PLAIN: dict[Any, st.SearchStrategy[Any]] = {str: TEXTS, bool: st.booleans(), int: st.integers(0, 99), date: st.dates()}


def of(model: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = {name: PLAIN[field.annotation] for name, field in model.model_fields.items() if field.annotation in PLAIN}
    return st.builds(model, **{**plain, **fields})


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


ITEMS = some(of(Item))
PARTS = of(CasePart, items=ITEMS, decisions=some(of(Decided, dissent=ITEMS)), services=some(of(Service)), recused=some(TEXTS))
RECORDS = of(
    Record, starts_at=TIMES, ended_at=st.none() | TIMES, present=some(of(Present)), cases=some(PARTS),
    amendments=some(of(Amendment, at=TIMES)),
)  # fmt: skip


@given(RECORDS)
def test_the_text_of_a_record_is_read_as_the_same_record_and_written_as_the_same_text(record: Record) -> None:
    assert from_text(to_text(record)) == record
    assert to_text(from_text(to_text(record))) == to_text(record)


def test_the_text_is_the_same_whatever_the_zone_the_instant_was_given_in() -> None:
    eastern = Record.model_validate({**RECORD.model_dump(), "starts_at": "2026-03-02T09:00:00-05:00"})
    assert to_text(eastern) == to_text(RECORD)
    assert list(orjson.loads(to_text(RECORD))) == sorted(Record.model_fields)


@pytest.mark.parametrize("text", ["", "{}", "null", to_text(RECORD)[:-1], to_text(RECORD).replace('"place"', '"elsewhere"')])
def test_a_text_that_is_no_record_is_said_to_be_altered_and_none_of_it_is_repeated(text: str) -> None:
    with pytest.raises(Tampered) as refused:
        from_text(text)
    assert str(refused.value).startswith("The record of this meeting is not as it was written")
    assert refused.value.__cause__ is None


def test_a_field_that_cannot_be_taken_is_refused_without_its_value() -> None:
    with pytest.raises(ValidationError) as refused:
        Present(name="Child A", position="", agency="", seat="", how="Child A", came=True)  # type: ignore[arg-type]
    assert "Child A" not in str(refused.value)
    with pytest.raises(ValidationError):
        Record.model_validate({**RECORD.model_dump(), "starts_at": datetime(2026, 3, 2, 9)})  # noqa: DTZ001  # that is the point


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in the record where something stands."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    deeper = [leaf for key, one in pairs for leaf in leaves(one, (*path, key))]
    yield from deeper or [path]


def changed(path: tuple[Any, ...]) -> dict[str, Any]:
    """The record as values, with what stands at that place changed."""
    values: dict[str, Any] = orjson.loads(to_text(RECORD))
    holder: Any = values
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = another(holder[path[-1]], path[-1])
    return values


ANOTHER = {
    "how": "designee", "kind": "position", "outcome": "concluded", "due_on": "2026-04-01", "starts_at": "2026-03-01T09:00:00Z",
    "ended_at": None,
}  # fmt: skip


def another(value: Any, name: Any) -> Any:
    if name in ANOTHER:
        return "recommendation" if value == "decision" else ANOTHER[name]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value} "


PLACES = [path for path in leaves(orjson.loads(to_text(RECORD))) if path[0] != "amendments"]
LISTS = {"recused", "items", "services", "decisions", "dissent"}  # where they are empty
FILLED = [path for path in PLACES if path[-1] not in LISTS]


@pytest.mark.parametrize("path", FILLED, ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_changed_changes_the_hash(path: tuple[Any, ...]) -> None:
    altered = Record.model_validate(changed(path))
    assert altered != RECORD
    assert digest(altered) != digest(RECORD)


@given(RECORDS, RECORDS)
def test_two_records_have_the_same_hash_only_if_they_differ_in_nothing_but_amendments(one: Record, other: Record) -> None:
    bare = [record.model_copy(update={"amendments": ()}) for record in (one, other)]
    assert (digest(one) == digest(other)) == (bare[0] == bare[1])
    assert digest(one) == digest(one.model_copy(update={"amendments": (*one.amendments, ADDED)})) == digest(bare[0])


def test_the_hash_of_a_record_stays_what_it_was() -> None:
    """Hashes stand in the ledger: a text that came out otherwise one day would make each of them a lie."""
    assert digest(RECORD) == "6614aa0d97988fac8d05e606e446b2e0aa5b8fcabeda5a81ca87aa353da54a9c"


# One case's part, and what may be disclosed. ----------------------------------------------------------------------------------


def test_one_cases_part_has_the_head_of_the_meeting_and_nothing_of_another_case() -> None:
    part = orjson.loads(part_text(RECORD, "c1"))
    assert part["case"] == orjson.loads(to_text(RECORD))["cases"][0]
    assert part["head"]["chairperson"] == "Chair A"
    assert len(part["head"]["present"]) == 2
    assert "ended_at" in part["head"]
    assert [word for word in ("c2", "2026-00002", "no time", "Tuesday") if word in part_text(RECORD, "c1")] == []


def test_a_case_that_the_meeting_did_not_have_has_no_part() -> None:
    with pytest.raises(NotFound, match="no such case in the record of this meeting"):
        part_text(RECORD, "c3")


@pytest.mark.parametrize(
    ("allowed", "kept", "left_out"),
    [(set(), set(), 2), ({"i1"}, {"i1"}, 1), ({"i2"}, {"i2"}, 1), ({"i1", "i2"}, {"i1", "i2"}, 0)],
)
def test_only_what_was_allowed_is_disclosed_and_the_rest_is_counted(allowed: set[str], kept: set[str], left_out: int) -> None:
    part, count = disclosable(CASE, frozenset(allowed))
    assert {one.id for one in (*part.items, *(other for decided in part.decisions for other in decided.dissent))} == kept
    assert count == left_out
    assert part.model_copy(update={"items": CASE.items, "decisions": CASE.decisions}) == CASE
    assert [one.text for one in part.decisions] == ["An interview."]


@given(PARTS, st.frozensets(TEXTS))
def test_nothing_that_was_not_allowed_is_ever_disclosed(part: CasePart, allowed: frozenset[str]) -> None:
    kept, count = disclosable(part, allowed)
    shown = [*kept.items, *(one for decided in kept.decisions for one in decided.dissent)]
    every = [*part.items, *(one for decided in part.decisions for one in decided.dissent)]
    assert {one.id for one in shown} <= allowed
    assert len(shown) + count == len(every)
    assert disclosable(part, frozenset(one.id for one in every)) == (part, 0)
