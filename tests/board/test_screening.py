"""The scores so far, the last answers, and whether she is a minor and a resident: to those who may, each look logged."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from mdt.access import Viewer
from mdt.acts import New
from mdt.board import screening
from mdt.board.minor import judged
from mdt.board.same import cases_of_the_child
from mdt.board.screening import last_answers, minor_and_resident, scores
from mdt.casework import pages
from mdt.casework.check import check
from mdt.casework.child import AsTold
from mdt.errors import NotAllowed, NotFound, Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import DCF, TEAM, Role, See
from mdt.records.tables import ACCESS_LOG, CHILDREN, NARRATIVES
from mdt.scenario import PEOPLE
from mdt.tasks import open_tasks
from tests import making
from tests.making import MONDAY, as_owner, do, happened, hire

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.board.minor import MinorAndResident
    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 10 * DAY
WORKER = PEOPLE["intake worker"]
SCORE = {"instrument": "example", "version": "1", "language": "en"}
ANYWHERE = frozenset({"*"})
AREA = Viewer("area-1", "Worker Z", Role.AREA_OFFICE, "DCF", offices=frozenset({"Hartford"}))
SUSPECTED = {"threats": "yes", "papers-held": "unknown"}
RESTS = {"threats": {"what": "The child said so", "source": "The child"}}
_numbers = count(1)
_AGENCY = {"police": "Police A", "OVS liaison": "Office of Victim Services", "advocate supervisor": "Center A"}
SOMEBODY = {
    role.value: Viewer(f"somebody-{n}", "Somebody", role, _AGENCY.get(role, "DCF"), ANYWHERE, ANYWHERE)
    for n, role in enumerate(sorted(set(Role) - {Role.SYSTEM}))
}
NOBODYS = (Role.AUDITOR, Role.ADMINISTRATOR)


def opened(store: Store, **cells: str) -> str:
    case_id = making.taken(store, report_no=f"R-{next(_numbers)}", **cells)
    making.route(store, case_id, MONDAY)
    return case_id


def score(store: Store, case_id: str, at: timedelta = HOUR, by: str = "intake worker", **said: Any) -> str:
    told = {"answers": SUSPECTED, **SCORE, **said}
    return do(store, case_id, "score_screening", MONDAY + at, by=by, **told).events[0].about or ""


def same(store: Store, case_id: str, other: str) -> None:
    likeness = do(store, case_id, "note_likeness", MONDAY, case=other).events[0].about
    do(store, case_id, "find_same_child", MONDAY, about=likeness)


def log(store: Store, *acts: str) -> list[tuple[str, str, str]]:
    with store.read() as connection:
        found = select(ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.chain).order_by(ACCESS_LOG.c.at, ACCESS_LOG.c.n)
        return [tuple(row) for row in connection.execute(found.where(ACCESS_LOG.c.act.in_(acts)))]


def test_every_score_stays_and_the_newest_comes_first(store: Store) -> None:
    case_id = opened(store)
    score(store, case_id)
    score(store, case_id, 3 * HOUR, by="intake supervisor", answers=SUSPECTED | {"sex-for-value": "yes"})
    latest, first = scores(store, WORKER, case_id, NOW)
    assert [(one.by, one.report, one.at, one.data["points"]) for one in (latest, first)] == [
        ("Supervisor D", "report 1", MONDAY + 3 * HOUR, 12),
        ("Worker A", "report 1", MONDAY + HOUR, 4),
    ]
    assert log(store, "narrative read", "name read") == []
    assert check(store).faults == []


def test_a_score_that_was_retracted_is_none(store: Store) -> None:
    case_id = opened(store)
    score(store, case_id)
    (scored,) = scores(store, WORKER, case_id, NOW)
    do(store, case_id, "retract_fact", MONDAY + 2 * HOUR, about=scored.event_id, reason="Of another child")
    assert scores(store, WORKER, case_id, NOW) == ()


def test_scores_of_the_childs_other_cases_are_shown_from_either_side_as_far_as_they_are_hers(store: Store) -> None:
    hire(store, AREA)
    one, two, three = (opened(store, child_residence_town=town) for town in ("Hartford", "New Haven", "Hartford"))
    for case_id in (one, two, three):
        score(store, case_id)
    same(store, one, two)
    same(store, three, two)
    for case_id in (one, two, three):
        assert {found.case_id for found in scores(store, WORKER, case_id, NOW)} == {one, two, three}
    assert {found.case_id for found in scores(store, AREA, one, NOW)} == {one}
    same(store, one, three)
    assert {found.case_id for found in scores(store, AREA, one, NOW)} == {one, three}


def test_cases_that_are_only_alike_or_linked_otherwise_are_not_the_childs(store: Store) -> None:
    one, two, three = (opened(store) for _ in range(3))
    do(store, one, "note_likeness", MONDAY, case=two)
    do(store, one, "link_cases", MONDAY, case=three, kind="sibling")
    with store.read() as connection:
        assert cases_of_the_child(connection, one) == {one}


def test_who_does_not_see_the_case_finds_none_and_is_logged(store: Store) -> None:
    hire(store, AREA)
    case_id = opened(store)
    report = score(store, case_id)
    for look in (scores, minor_and_resident):
        with pytest.raises(NotFound):
            look(store, AREA, case_id, NOW)
    with pytest.raises(NotFound):
        last_answers(store, AREA, case_id, report, NOW)
    assert [(by, act) for by, act, _ in log(store, "refused")] == [(AREA.id, "refused")] * 3


def test_the_last_answers_are_read_and_the_look_is_logged(store: Store) -> None:
    case_id = opened(store)
    assert last_answers(store, WORKER, case_id, "nowhere", NOW) is None
    report = score(store, case_id)
    score(store, case_id, 2 * HOUR, answers=SUSPECTED | {"advertised": "no"}, evidence=RESTS, language="es")
    last = last_answers(store, PEOPLE["intake supervisor"], case_id, report, NOW)
    assert last is not None
    assert (last.instrument, last.version, last.language) == ("example", "1", "es")
    assert last.told.answers == SUSPECTED | {"advertised": "no"}
    assert {key: one.model_dump() for key, one in last.told.evidence.items()} == RESTS
    assert log(store, "narrative read") == [(PEOPLE["intake supervisor"].id, "narrative read", case_id)]


def everybodys(store: Store) -> tuple[str, str]:
    """A case to which every role stands by some relation, and its report, which was scored by somebody of the demo."""
    hire(store, *SOMEBODY.values())
    case_id = opened(store)
    report = score(store, case_id)
    do(store, case_id, "ask_for_review", MONDAY + HOUR, reason="To be seen by the team")
    agencies = {SOMEBODY[role].agency for role in ("police", "advocate supervisor", "OVS liaison")}
    drawn = [New(F.AGENCY_ENGAGED, "", {"agency": agency}) for agency in sorted(agencies)]
    person = New(F.PERSON_ENGAGED, "", {"person": SOMEBODY["victim advocate"].id, "agency": "Center A"})
    with store.write() as connection:
        page = pages.open_page(connection, case_id)
        entry = pages.Entry("made", "demo-4-supervisor", MONDAY + HOUR, MONDAY + HOUR, "made-up")
        pages.write(connection, page, [*drawn, person], entry, open_tasks(live(page.events)))
    return case_id, report


def _outcome(look: Callable[..., object], *given: Any) -> str:
    try:
        look(*given)
    except (NotAllowed, NotFound) as refused:
        return type(refused).__name__
    return "shown"


def test_answers_are_shown_to_whom_dcfs_notes_are_shown(store: Store) -> None:
    case_id, report = everybodys(store)
    found = {role: _outcome(last_answers, store, who, case_id, report, NOW) for role, who in SOMEBODY.items()}
    shown = dict.fromkeys({*DCF, *TEAM, Role.POLICE}, "shown")
    assert found == dict.fromkeys(SOMEBODY, "NotAllowed") | dict.fromkeys(NOBODYS, "NotFound") | shown
    assert len(log(store, "narrative read")) == len(shown)
    assert len(log(store, "refused")) == len(SOMEBODY) - len(shown)


def test_dates_are_shown_to_whom_it_is_shown_who_the_child_is(store: Store) -> None:
    case_id, _ = everybodys(store)
    found = {role: _outcome(minor_and_resident, store, who, case_id, NOW) for role, who in SOMEBODY.items()}
    assert found == dict.fromkeys(SOMEBODY, "shown") | dict.fromkeys(NOBODYS, "NotFound")
    assert len(log(store, "name read")) == len(SOMEBODY) - len(NOBODYS)


def test_scores_are_shown_with_what_happened_in_dcfs_rooms(store: Store) -> None:
    case_id, _ = everybodys(store)
    for role, who in SOMEBODY.items():
        if role not in NOBODYS:
            assert len(scores(store, who, case_id, NOW)) == (0 if role == Role.OVS else 1), role


def test_she_who_scored_it_reads_her_own_answers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, report = everybodys(store)
    monkeypatch.setattr(screening, "class_of_note", lambda _room, _name: See.CLAIM_NOTES)
    assert last_answers(store, WORKER, case_id, report, NOW) is not None
    with pytest.raises(NotAllowed):
        last_answers(store, PEOPLE["intake supervisor"], case_id, report, NOW)


def test_what_was_tampered_with_is_shown_to_nobody_and_logged(store: Store) -> None:
    case_id = opened(store)
    report = score(store, case_id)
    with as_owner(store) as connection:
        connection.execute(update(NARRATIVES).where(NARRATIVES.c.field == "screening").values(text=b"\x01" * 80))
        connection.execute(update(CHILDREN).values(birthdate=b"\x01" * 80))
    with pytest.raises(Tampered):
        last_answers(store, WORKER, case_id, report, NOW)
    with pytest.raises(Tampered):
        minor_and_resident(store, WORKER, case_id, NOW)
    assert [(by, chain) for by, _, chain in log(store, "tampered")] == [(WORKER.id, case_id)] * 2
    assert log(store, "narrative read", "name read") == []


# A minor, and a resident. -----------------------------------------------------------------------------------------------

THINGS = {"r": "report 1", "s": "report 2"}


def told(birthdate: str = "", town: str = "", age: int | None = None, *, later: bool = False, **data: Any) -> MinorAndResident:
    """What is known on 12 March 2026 of a child reported on 2 March, and, if `later`, on 10 March too."""
    history = [happened(F.REPORT_RECEIVED, MONDAY, "r", **data)]
    history += [happened(F.REPORT_RECEIVED, MONDAY + 8 * DAY, "s", seq=2)] if later else []
    return judged(AsTold({"birthdate": birthdate, "town": town}), age, history, THINGS, NOW)


def test_dates_and_reports_say_how_old_she_was_and_where_she_lives(store: Store) -> None:
    case_id = opened(store, child_birthdate="2011-05-04", child_in_state="yes")
    found = minor_and_resident(store, WORKER, case_id, NOW)
    assert (found.birthdate, found.eighteen_on, found.age_today) == (date(2011, 5, 4), date(2029, 5, 4), 14)
    assert [(one.report, one.on, one.age, one.in_state) for one in found.reports] == [("report 1", date(2026, 3, 2), 14, True)]
    assert (found.town, found.town_is_ours, found.told_age, found.warnings) == ("New Haven", True, None, ())


def test_an_age_that_was_told_is_said_to_be_told(store: Store) -> None:
    found = minor_and_resident(store, WORKER, opened(store, child_age="17"), NOW)
    assert (found.birthdate, found.told_age, found.age_today) == (None, 17, None)
    assert "The birthdate is not known; the age told was 17." in found.warnings[0]


@pytest.mark.parametrize(
    ("birthdate", "warned"),
    [
        ("2008-03-13", []),
        ("2008-03-12", ["Today, 12 Mar 2026"]),
        ("2008-03-11", ["Today, 12 Mar 2026"]),
        ("2008-03-10", ["On the day of report 2, 10 Mar 2026", "Today, 12 Mar 2026"]),
        ("2008-03-03", ["On the day of report 2, 10 Mar 2026", "Today, 12 Mar 2026"]),
        ("2008-03-02", ["On the day of report 1, 2 Mar 2026", "On the day of report 2, 10 Mar 2026", "Today, 12 Mar 2026"]),
    ],
)
def test_the_eighteenth_birthday_is_warned_of_from_its_very_day(birthdate: str, warned: list[str]) -> None:
    found = told(birthdate, "New Haven", later=True)
    assert [warning[: len(text)] for warning, text in zip(found.warnings, warned, strict=True)] == warned
    assert all(f"eighteen since {birthdate[-2:].lstrip('0')} Mar 2026" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("town", "data", "warned"),
    [
        ("New Haven", {}, []),
        ("New Haven", {"in_state": True}, []),
        ("", {"in_state": True}, []),
        ("", {}, ["Nobody has told where the child lives."]),
        ("", {"in_state": False}, ["By report 1, 2 Mar 2026, the child does not live in Connecticut."]),
        ("Springfield", {}, ["The town told is no town of Connecticut."]),
        ("New Haven", {"in_state": False}, ["By report 1, 2 Mar 2026, the child does not live in Connecticut.",
                                            "That contradicts the town told, which is a town of Connecticut."]),
    ],
)  # fmt: skip
def test_where_she_lives_is_warned_of_where_it_is_unknown_elsewhere_or_contradicted(
    town: str, data: dict[str, Any], warned: list[str]
) -> None:
    assert list(told("2011-05-04", town, **data).warnings) == warned


def test_a_child_of_whom_nothing_is_known_is_said_to_be_unknown_and_not_ruled_out() -> None:
    found = told()
    assert (found.birthdate, found.eighteen_on, found.told_age, found.age_today, found.town_is_ours) == (None,) * 5
    assert found.warnings[0].startswith("The birthdate is not known. On which day")


def test_whatever_the_dates_say_the_determination_is_the_workers(store: Store) -> None:
    case_id = opened(store, child_birthdate="2008-03-02", child_in_state="no", child_residence_town="Springfield")
    assert minor_and_resident(store, WORKER, case_id, NOW).warnings
    do(store, case_id, "classify_report", MONDAY, classification="other")
    do(store, case_id, "identify_victim", MONDAY)
    assert F.VICTIM_IDENTIFIED in {e.fact for e in making.history(store, case_id)}
