"""Taking referrals in: each row as the truth beside it says, each report once, whatever is repeated, broken off or at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mdt.board.named import named
from mdt.casework import intake, opening
from mdt.casework.check import check
from mdt.errors import BadField, NotAllowed
from mdt.exchange.referrals import read
from mdt.facts import Fact
from mdt.records import tables
from mdt.referral import NewReferral
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from mdt.casework.intake import Outcome
    from mdt.store import Store

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
WORKER = PEOPLE["intake worker"]
TRUTH = {row["row"]: row for row in json.loads((DATA / "referrals.truth.json").read_text(encoding="utf-8"))}


def rows_of(*kinds: str) -> list[int]:
    return [number for number, truth in TRUTH.items() if truth["is"] in kinds]


def import_all(store: Store, at_once: int = 60, stop_after: int | None = None) -> Outcome:
    outcome, rows = intake.Outcome(), read(DATA / "referrals.csv")
    for _ in range(stop_after or 100):
        outcome.add(intake.receive_rows(store, list(islice(rows, at_once)), by=WORKER, now=NOW))
    return outcome


def numbers(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(tables.CASES.c.number).order_by(tables.CASES.c.number)).scalars())


def test_every_row_gets_what_its_truth_says(store: Store) -> None:
    outcome = import_all(store)
    taken = rows_of("good", "same child", "not a minor child")
    assert len(outcome.taken) == len(taken) == 233
    assert outcome.repeats == len(rows_of("repeat of a report number")) == 4
    refused = {row: TRUTH[row]["field"] for row in rows_of("refused")}
    assert {row: wrong.field for row, wrong in outcome.refused} == refused
    with store.read() as connection:
        known = set(connection.execute(select(tables.REPORTS.c.report_no)).scalars())
    assert known == {TRUTH[row]["report_no"] for row in taken}
    assert check(store).faults == []


def test_a_report_on_someone_who_is_no_minor_is_taken_and_says_so(store: Store) -> None:
    import_all(store)
    grown = {TRUTH[row]["report_no"] for row in rows_of("not a minor child")}
    events = select(tables.REPORTS.c.report_no, tables.EVENTS.c.data).join(
        tables.EVENTS, tables.EVENTS.c.about == tables.REPORTS.c.id
    )
    with store.read() as connection:
        found = {no for no, data in connection.execute(events.where(tables.EVENTS.c.seq == 1)) if data.get("minor") is False}
    assert found == grown


def test_importing_the_file_again_adds_nothing(store: Store) -> None:
    import_all(store)
    before = making.everything(store)
    again = import_all(store)
    assert (again.taken, again.repeats, len(again.refused)) == ([], 237, 4)
    assert making.everything(store) == before


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_an_import_that_was_broken_off_and_started_again_is_the_same_as_one_go(store: Store, stop_after: int) -> None:
    import_all(store, stop_after=stop_after)
    import_all(store)
    with store.read() as connection:
        rows = connection.execute(
            select(tables.REPORTS.c.report_no, tables.CASES.c.number).join_from(tables.REPORTS, tables.CASES)
        )
        found = dict(map(tuple, rows))
    in_order = list(dict.fromkeys(TRUTH[row]["report_no"] for row in rows_of("good", "same child", "not a minor child")))
    assert found == {no: f"2026-{n:05}" for n, no in enumerate(in_order, 1)}
    assert check(store).faults == []


def test_a_part_that_fails_leaves_nothing_and_takes_no_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    part = [(n, making.row(report_no=f"R-{n}")) for n in range(3)]

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_case", fails)
        with pytest.raises(RuntimeError):
            intake.receive_rows(store, part, by=WORKER, now=NOW)
    assert numbers(store) == []
    intake.receive_rows(store, part, by=WORKER, now=NOW)
    assert numbers(store) == ["2026-00001", "2026-00002", "2026-00003"]


def test_the_same_number_with_other_content_is_refused(store: Store) -> None:
    case_id = making.taken(store)
    assert making.taken(store) == case_id
    with pytest.raises(BadField, match="report_no: was used before for another report"):
        making.taken(store, child_given_name="Other")
    assert len(numbers(store)) == 1


def test_a_field_that_is_new_one_day_makes_no_report_of_before_another_one() -> None:
    class Later(NewReferral):
        new_one_day: str | None = None
        how_many: int = 1

    before, later = (opening.content(form.model_validate(making.row()), b"key") for form in (NewReferral, Later))
    assert before == later
    said = NewReferral.model_validate(making.row(missing="no"))
    assert opening.content(said, b"key") != before


def test_the_same_number_twice_in_one_part_is_a_repeat_or_is_refused(store: Store) -> None:
    given = [making.row(), making.row(), making.row(child_given_name="Other")]
    outcome = intake.receive_rows(store, list(enumerate(given, 2)), by=WORKER, now=NOW)
    assert (len(outcome.taken), outcome.repeats) == (1, 1)
    assert [(row, str(wrong)) for row, wrong in outcome.refused] == [(4, "report_no: was used before for another report")]


def test_case_numbers_are_consecutive_within_the_year_of_connecticut(store: Store) -> None:
    new_year = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)  # a minute before midnight in Connecticut
    for n, now in enumerate((MONDAY, MONDAY, new_year, new_year + timedelta(minutes=1))):
        making.taken(store, now=now, report_no=f"R-{n}")
    assert numbers(store) == ["2026-00001", "2026-00002", "2026-00003", "2027-00001"]


def test_two_imports_at_once_give_out_each_number_once(store: Store) -> None:
    def receive(which: int) -> int:
        parts = [[(n, making.row(report_no=f"{which}-{part}-{n}")) for n in range(10)] for part in range(5)]
        return sum(len(intake.receive_rows(store, part, by=WORKER, now=NOW).taken) for part in parts)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(receive, range(2))) == [50, 50]
    assert numbers(store) == [f"2026-{n:05}" for n in range(1, 101)]


def test_the_same_file_imported_twice_at_once_is_taken_once(store: Store) -> None:
    part = [(n, making.row(report_no=f"R-{n}")) for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: intake.receive_rows(store, part, by=WORKER, now=NOW), range(4)))
    assert sorted((len(o.taken), o.repeats) for o in outcomes) == [(0, 20), (0, 20), (0, 20), (20, 0)]
    assert len(numbers(store)) == 20
    assert check(store).faults == []


def test_a_form_sent_twice_at_once_opens_one_case(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        case_ids = set(pool.map(lambda _: making.taken(store), range(8)))
    assert len(case_ids) == len(numbers(store)) == 1


def test_no_id_can_be_worked_out_from_the_number_of_a_report(store: Store, tmp_path: Path) -> None:
    other = making.made(f"sqlite:///{tmp_path / 'other.db'}")
    ids = [{making.taken(each), *(e.id for e in making.history(each, making.taken(each)))} for each in (store, other)]
    assert [len(each) for each in ids] == [2, 2]
    assert ids[0].isdisjoint(ids[1])


def test_who_takes_no_referrals_is_refused(store: Store) -> None:
    advocate = PEOPLE["victim advocate"]
    with pytest.raises(NotAllowed):
        intake.receive_referral(store, making.referral(), by=advocate, now=NOW)
    with pytest.raises(NotAllowed):
        intake.receive_rows(store, [(2, making.row())], by=advocate, now=NOW)
    assert numbers(store) == []


def test_a_referral_becomes_a_case_with_its_facts_its_child_and_its_report(store: Store) -> None:
    case_id = making.taken(store, incident_from="2026-02-14", child_birthdate="2011-05-04", narrative="What was told.")
    assert [e.fact for e in making.history(store, case_id)] == [Fact.REPORT_RECEIVED, Fact.INJURY_OCCURRED]
    card = making.case_row(store, case_id)
    assert (card["room"], card["age"], card["version"], card["events"]) == ("Report", 14, 1, 2)
    with store.read() as connection:
        assert connection.execute(select(tables.NARRATIVES.c.field)).scalars().all() == ["narrative"]
    assert named(store, WORKER, case_id, NOW).child["town"] == "New Haven"


def test_no_rows_are_no_cases(store: Store) -> None:
    assert intake.receive_rows(store, [], by=WORKER, now=NOW).taken == []
