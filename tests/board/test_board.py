"""What the screens read: counts that agree with lists, only what a viewer may see, and no name where none is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mdt import notices
from mdt.access import Viewer
from mdt.board import law, meeting, work
from mdt.board.case import case_view
from mdt.board.named import named
from mdt.board.overview import Filters, cards, columns, days_left, owners
from mdt.board.why import why
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.law.rulebook import load
from mdt.policy import CASE_ROLES
from mdt.process import STEP, Room
from mdt.scenario import PEOPLE, route
from mdt.tasks import open_tasks
from tests import making
from tests.making import MONDAY, do, happened

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.facts import Event
    from mdt.store import Store
    from mdt.tasks import Task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL, CHAIR = PEOPLE["intake supervisor"], PEOPLE["chairperson"]
NEW_HAVEN = Viewer("nh", "Worker N", "area-office worker", "DCF", offices=frozenset({"New Haven"}))
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", frozenset({"Hartford"}), frozenset({"Hartford"}))
OWNERS = owners()


@pytest.fixture
def three(store: Store) -> list[str]:
    """A case to be classified in New Haven, one in Hartford, and a victim's in New Haven with nothing overdue yet."""
    making.hire(store, NEW_HAVEN, HARTFORD)
    first = making.taken(store, report_no="R-1")
    second = making.taken(store, report_no="R-2", child_residence_town="Hartford")
    for case_id in (first, second):
        route(store, case_id, MONDAY)
    return [first, second, making.identified(store, report_no="R-3", incident_from="2026-02-14")]


def shown(store: Store, viewer: Viewer = ALL, now: datetime = MONDAY, **filters: Any) -> list[str]:
    return [card.id for card in cards(store, viewer, Filters(**filters), now)]


@pytest.mark.usefixtures("three")
def test_every_position_is_counted_in_the_boards_order(store: Store) -> None:
    counted = columns(store, ALL, Filters(), MONDAY + DAY)
    assert [column.room for column in counted] == list(Room)
    assert {c.room.value: (c.cases, c.overdue) for c in counted if c.cases} == {"Report": (2, 2), "Case review": (1, 1)}


@pytest.mark.usefixtures("three")
def test_the_overdue_stand_first_and_then_the_soonest(store: Store) -> None:
    found = cards(store, ALL, Filters(), MONDAY + 6 * HOUR)
    assert [card.is_overdue for card in found] == sorted((card.is_overdue for card in found), reverse=True)
    late = [card.overdue_since for card in found if card.is_overdue]
    assert late == sorted(late)


def test_cards_are_paged_without_a_gap_or_a_repeat(store: Store, three: list[str]) -> None:
    pages = [cards(store, ALL, Filters(), MONDAY, first=n, most=1)[0].id for n in range(3)]
    assert sorted(pages) == sorted(three)
    assert cards(store, ALL, Filters(), MONDAY, first=3) == []


def test_a_viewer_sees_the_cases_of_her_office_or_district_and_no_others(store: Store, three: list[str]) -> None:
    assert sorted(shown(store, NEW_HAVEN)) == sorted([three[0], three[2]])
    assert shown(store, HARTFORD) == [three[1]]
    assert sum(c.cases for c in columns(store, HARTFORD, Filters(), MONDAY)) == 1
    assert {line.case_id for line in work.waiting(store, HARTFORD, OWNERS, MONDAY)} == {three[1]}
    assert {row[0] for row in work.since(store, HARTFORD, MONDAY - DAY)} == {three[1]}
    assert {row[0] for row in work.notices_for(store, HARTFORD, OWNERS)} == {three[1]}
    assert {m.district for m in meeting.meetings(store, HARTFORD, MONDAY)} <= {"Hartford"}


def test_a_case_of_another_office_reads_like_one_that_does_not_exist(store: Store, three: list[str]) -> None:
    said = []
    for viewer, case_id in ((HARTFORD, three[0]), (ALL, "nowhere")):
        for read in (lambda v, c: case_view(store, v, c, MONDAY), lambda v, c: named(store, v, c, MONDAY)):
            with pytest.raises(NotFound) as refused:
                read(viewer, case_id)
            said.append(str(refused.value))
    assert len(set(said)) == 1


@pytest.mark.parametrize(
    ("filters", "which"),
    [
        ({"district": "Hartford"}, [1]),
        ({"office": "New Haven"}, [0, 2]),
        ({"room": Room.REVIEW}, [2]),
        ({"owner": "applicant"}, [2]),
        ({"overdue": True}, [0, 1]),
        ({"within_days": 0}, [0, 1]),
        ({"number": "00002"}, [1]),
        ({"number": "%"}, []),
        ({"district": "Hartford", "room": Room.REVIEW}, []),
    ],
)
def test_the_board_is_narrowed_to_what_is_asked(
    store: Store, three: list[str], filters: dict[str, Any], which: list[int]
) -> None:
    do(store, three[2], "commence_investigation", MONDAY + HOUR)
    do(store, three[2], "notify_police", MONDAY + HOUR)
    now = MONDAY + 13 * HOUR
    assert set(shown(store, now=now, **filters)) == {three[n] for n in which}


@pytest.mark.usefixtures("three")
def test_a_card_tells_what_comes_next_and_no_name(store: Store) -> None:
    (card,) = cards(store, HARTFORD, Filters(), MONDAY)
    assert (card.next_step, card.next_title, card.next_owner) == ("classify", "classify the report", "DCF")
    assert "Child" not in repr(card)


def test_a_case_with_nothing_dated_has_no_next_day(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    do(store, case_id, "notify_police")
    do(store, case_id, "record_written_report")
    do(store, case_id, "end_not_a_resident", reason="The family moved away")
    route(store, case_id, MONDAY)
    (card,) = cards(store, ALL, Filters(), MONDAY)
    assert [t.task.step for t in case_view(store, ALL, case_id, MONDAY).tasks] == ["refer-to-police"]
    assert card.next_at is None


def test_a_case_with_nothing_open_has_no_next_step(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="perpetrator not a caregiver")
    for act in ("notify_police", "record_written_report"):
        do(store, case_id, act)
    do(store, case_id, "end_not_a_resident", reason="The family moved away")
    do(store, case_id, "refer_to_police", town="Enfield", town_of="occurrence")
    route(store, case_id, MONDAY)
    (card,) = cards(store, ALL, Filters(), MONDAY)
    assert (card.next_step, card.next_title, card.open_tasks) == (None, "", 0)


def test_days_left_are_counted_in_connecticuts_days() -> None:
    late = MONDAY.replace(hour=23)  # six in the evening there
    assert [days_left(when, late) for when in (late + 6 * HOUR, late + 5 * HOUR, late - DAY)] == [1, 0, -1]


def test_a_case_shows_its_open_steps_its_history_and_its_things(store: Store) -> None:
    case_id = making.identified(store)
    wrong = do(store, case_id, "notify_police", MONDAY + HOUR).events[0]
    moved = do(store, case_id, "commence_investigation", MONDAY + HOUR).events[0]
    do(store, case_id, "retract_fact", MONDAY + 2 * HOUR, about=wrong.id, reason="another town's police")
    do(store, case_id, "redate_fact", MONDAY + 2 * HOUR, about=moved.id, to=MONDAY, reason="it was earlier")
    do(store, case_id, "list_needs", MONDAY + 2 * HOUR, by="victim advocate", needs=["shelter", "legal help"])
    view = case_view(store, ALL, case_id, MONDAY + 3 * HOUR)
    assert {"report 1", "need 1: shelter", "need 2: legal help"} <= set(view.things.values())
    assert any(name.startswith("meeting of 2026-03-") for name in view.things.values())
    lines = {line.event.id: line for line in view.history}
    assert (lines[wrong.id].struck, lines[moved.id].struck) == (True, False)
    assert lines[moved.id].moved_from == MONDAY + HOUR
    assert {line.by for line in view.history} == {"Worker A", "Supervisor D", "Advocate C", "this system"}
    times = [(line.event.happened_at, line.event.seq) for line in view.history]
    assert times == sorted(times, reverse=True)
    assert "given_name" not in repr(view)


def test_who_is_no_longer_on_the_list_is_someone_of_another_agency(store: Store) -> None:
    stranger = Viewer("gone", "Gone", "intake worker", "DCF")
    case_id = making.intake.receive_referral(store, making.referral(), by=stranger, now=MONDAY)
    assert {line.by for line in case_view(store, ALL, case_id, MONDAY).history} == {"someone of another agency"}


def test_the_name_and_the_words_are_a_read_of_their_own(store: Store) -> None:
    case_id = making.taken(store, narrative="What was told.", reporter_name="Reporter R")
    do(store, case_id, "notify_police", note="By phone.")
    read = named(store, ALL, case_id, MONDAY)
    assert (read.child["given_name"], read.child["town"]) == ("Child", "New Haven")
    assert [r["report_no"] for r in read.reports] == ["R-1"]
    assert {tuple(sorted(words)) for words in read.words.values()} == {("narrative", "reporter_name"), ("note",)}


@pytest.mark.usefixtures("three")
def test_each_number_is_the_length_of_the_list_of_its_name(store: Store) -> None:
    for now in (MONDAY, MONDAY + DAY, MONDAY + 60 * DAY, MONDAY + 1200 * DAY):
        for narrowed in ({}, {"rooms": ["Report"]}, {"steps": ["classify", "apply"]}):
            numbers = work.tally(store, ALL, OWNERS, now, **narrowed)
            for which in ("open", "overdue", "late", "week", "lost"):
                lines = work.waiting(store, ALL, OWNERS, now, which=which, most=500, **narrowed)
                assert len(lines) == getattr(numbers, which)


@pytest.mark.usefixtures("three")
def test_the_lists_lines_say_what_the_numbers_say(store: Store) -> None:
    now = MONDAY + 1200 * DAY
    for which, is_so in (("overdue", "is_overdue"), ("late", "is_late"), ("lost", "is_lost")):
        lines = work.waiting(store, ALL, OWNERS, now, which=which, most=500)
        assert lines
        assert all(getattr(line, is_so) for line in lines)


def test_what_was_given_to_me_is_on_my_list_whoever_owns_it(store: Store) -> None:
    case_id = making.identified(store)
    do(store, case_id, "assign_step", by="chairperson", about="list-needs", to=ALL.id)
    assert [line.step for line in work.waiting(store, ALL, [], MONDAY)] == ["list-needs"]
    assert work.tally(store, ALL, [], MONDAY).open == 1


def test_each_role_waits_for_somebody_who_owns_steps() -> None:
    known = set(OWNERS) | {"family", "provider", notices.SUPERVISOR}
    assert {owner for each in work.WAITS_FOR.values() for owner in each} <= known
    assert set(work.WAITS_FOR) == CASE_ROLES


def test_a_meeting_lists_how_many_cases_are_still_to_be_heard(store: Store) -> None:
    case_ids = [making.identified(store, report_no=f"R-{n}") for n in range(2)]
    (sitting,) = meeting.meetings(store, CHAIR, MONDAY)
    assert (sitting.district, sitting.cases, sitting.heard, sitting.state) == ("New Haven", 2, 0, "set")
    do(store, case_ids[0], "hold_review", sitting.starts_at, by="chairperson", concluded=True)
    (sitting,) = meeting.meetings(store, CHAIR, sitting.starts_at)
    assert (sitting.cases, sitting.heard) == (1, 1)
    assert [m.id for m in meeting.meetings_for(store, CHAIR, case_ids[1], sitting.starts_at)] == [sitting.id]
    assert meeting.meetings_for(store, CHAIR, case_ids[1], sitting.starts_at + 30 * DAY) == []
    there = Viewer("x", "X", "chairperson", "MDT", frozenset({"New Haven"}))
    assert [m.id for m in meeting.meetings(store, there, MONDAY)] == [sitting.id]
    assert meeting.meetings(store, HARTFORD, MONDAY) == []


def test_a_case_is_offered_only_the_coming_meetings_of_its_own_team(store: Store) -> None:
    case_ids = [making.identified(store, report_no=town, child_residence_town=town) for town in ("New Haven", "Hartford")]
    both = meeting.meetings(store, CHAIR, MONDAY)
    assert len(both) == 2
    found = [meeting.meetings_for(store, CHAIR, case_id, MONDAY) for case_id in case_ids]
    assert [[m.district for m in here] for here in found] == [["New Haven"], ["Hartford"]]
    assert meeting.meetings_for(store, HARTFORD, case_ids[0], MONDAY) == []


def test_unread_notices_are_sentences_without_a_name(store: Store) -> None:
    making.identified(store, incident_from="2026-02-14")
    said = [words for _, _, words in work.notices_for(store, ALL, OWNERS)]
    assert any("is on the team's next agenda." in words for words in said)
    assert all(words.startswith("Case 2026-00001") and words.endswith(".") for words in said)


def test_what_changed_since_leaves_my_own_acts_out(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", MONDAY + HOUR, by="intake supervisor", classification="other")
    facts = {fact for _, _, fact, _ in work.since(store, PEOPLE["intake supervisor"], MONDAY - HOUR)}
    assert facts == {"report received"}
    assert work.since(store, PEOPLE["intake supervisor"], MONDAY + HOUR) == []


# Why a step is open, and the law page


def explained(*events: Event) -> dict[str, tuple[Task, str]]:
    return {t.step: (t, why(t).counted) for t in open_tasks(events)}


REPORT = happened(Fact.REPORT_RECEIVED, MONDAY, "r", mandated=True)


def test_a_step_of_law_cites_its_section_its_version_and_how_it_was_counted() -> None:
    classified = happened(Fact.REPORT_CLASSIFIED, MONDAY, "r", seq=2, classification="other")
    (task,) = [t for t in open_tasks([REPORT, classified]) if t.step == "complete-investigation"]
    told = why(task)
    assert (told.is_law, told.cite) == (True, "CGS § 17a-101g(a)")
    assert told.counted == (
        "33 business days from “report received”, 2 Mar 2026, 09:00, the first day not counted, Monday to Friday without "
        "legal holidays (CGS § 1-4): until 17 Apr 2026, 23:59."
    )
    assert told.stops == "“investigation completed”"


@pytest.mark.parametrize(
    ("events", "step", "words"),
    [
        ([REPORT], "classify", "At once, from “report received”"),
        ([REPORT], "notify-police-mandated", "nights, weekends and holidays included"),
        ([happened(Fact.NEED_LISTED, MONDAY, "n")], "obtain-consent", "The section gives no figure; open since 2 Mar 2026"),
        ([happened(Fact.PETITION_HEARING_SET, MONDAY, on="2026-04-20")], "serve-summons", "before the day that was set: until"),
        ([happened(Fact.COMMISSIONER_DECISION_SENT, MONDAY + 3 * DAY)], "appeal", "a court filing rolls over to 6 Apr 2026"),
        ([happened(Fact.INJURY_OCCURRED, MONDAY)], "apply", ", the first day not counted: until 2 Mar 2029"),
        ([happened(Fact.INJURY_OCCURRED, MONDAY - 40_000 * DAY)], "apply", "does not reach back to that day; ask counsel"),
    ],
)
def test_each_kind_of_date_is_explained_in_its_own_words(events: list[Event], step: str, words: str) -> None:
    assert words in explained(*events)[step][1]


def test_a_standard_is_explained_as_the_teams_own(store: Store) -> None:
    case_id = making.identified(store)
    told = {t.step: why(t) for t in making.tasks(store, case_id).values()}
    assert not told["ready-packet"].is_law
    assert told["ready-packet"].cite == "the team's standard"
    assert "Until" in told["ready-packet"].standard
    (undated,) = [t for t in open_tasks([happened(Fact.PUT_ON_AGENDA, MONDAY, "l")]) if t.step == "hold-review"]
    assert "Until" not in why(undated).standard


def test_the_law_page_shows_every_rule_and_the_steps_that_rest_on_it() -> None:
    lines = law.rules()
    assert {line.rule.key for line in lines} == {rule.key for rule in load()}
    assert all(line.steps for line in lines)
    assert {s.title for s in STEP.values() if s.rule} <= {title for line in lines for title in line.steps}
    assert law.standards() == list(load().standards.values())


def test_a_bill_is_shown_only_when_it_is_asked_for() -> None:
    (bill,) = law.what_if()
    before = {line.rule.key: line.rule.versions for line in law.rules()}
    after = {line.rule.key: line.rule.versions for line in law.rules(bill)}
    assert before != after
    assert {line.rule.key: line.rule.versions for line in law.rules()} == before
