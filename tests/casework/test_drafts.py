"""What somebody was typing is hers, sealed, complete, and gone when it is recorded, thrown away or old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update

from mdt.casework import drafts
from mdt.casework.drafts import Kept
from mdt.casework.intake import receive_referral
from mdt.casework.sweep import sweep
from mdt.errors import NotAllowed, Tampered
from mdt.policy import How
from mdt.records.tables import ACCESS_LOG, CASES, DRAFTS, INVOLVED
from mdt.scenario import PEOPLE
from mdt.store import trace
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.store import Store

WORKER, CHAIR, ADVOCATE = PEOPLE["intake worker"], PEOPLE["chairperson"], PEOPLE["victim advocate"]
CANARY = "Zqx Vinecliff told of it"
A_WEEK, A_MICROSECOND = timedelta(days=7), timedelta(microseconds=1)
KEPT = Kept(
    seen=3,
    opened_at=MONDAY.replace(microsecond=17),
    command="c" * 32,
    values={"words": CANARY, "on": date(2026, 3, 1), "at": time(14, 5), "many": ["a", "b"], "age": 14, "yes": True, "no": None},
)
FORM = "take-a-report"

plain = st.one_of(
    st.text(), st.booleans(), st.integers(), st.none(), st.dates(), st.times(), st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text()),
)  # fmt: skip
names = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)


@given(st.dictionaries(names, plain), st.datetimes(timezones=st.just(UTC)), st.integers(0))
def test_every_value_a_form_can_hold_reads_back_as_it_was(values: dict[str, Any], opened_at: datetime, seen: int) -> None:
    kept = Kept(seen, opened_at, "c", values)
    back = drafts.read(drafts.written(kept))
    assert back == kept
    assert [type(value) for value in back.values.values()] == [type(value) for value in values.values()]


def test_a_value_of_another_kind_is_not_kept_in_some_other_shape() -> None:
    with pytest.raises(TypeError):
        drafts.written(replace(KEPT, values={"odd": b"bytes"}))  # type: ignore[dict-item]


def test_a_draft_is_found_as_it_was_left(store: Store) -> None:
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    assert drafts.found(store, WORKER, FORM, MONDAY) == KEPT
    later = replace(KEPT, values={"narrative": "more"})
    drafts.keep(store, WORKER, FORM, later, MONDAY + A_WEEK)
    assert drafts.found(store, WORKER, FORM, MONDAY + A_WEEK) == later
    assert [b.saved_at for b in drafts.begun(store, WORKER, MONDAY + A_WEEK)] == [MONDAY + A_WEEK]


def test_nobody_else_is_offered_it_or_told_of_it_or_can_throw_it_away(store: Store) -> None:
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    others = [person for person in PEOPLE.values() if person.id != WORKER.id]
    assert [drafts.found(store, person, FORM, MONDAY) for person in others] == [None] * len(others)
    assert [drafts.begun(store, person, MONDAY) for person in others] == [[]] * len(others)
    for person in others:
        drafts.forget(store, person, FORM)
    assert drafts.found(store, WORKER, FORM, MONDAY) == KEPT


def test_two_people_who_fill_in_the_same_form_have_a_draft_each(store: Store) -> None:
    theirs = replace(KEPT, command="d" * 32)
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    drafts.keep(store, PEOPLE["intake supervisor"], FORM, theirs, MONDAY)
    drafts.forget(store, WORKER, FORM)
    assert drafts.found(store, WORKER, FORM, MONDAY) is None
    assert drafts.found(store, PEOPLE["intake supervisor"], FORM, MONDAY) == theirs


def test_what_was_begun_is_listed_with_its_case_the_newest_first(store: Store) -> None:
    case_id = making.taken(store)
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    drafts.keep(store, WORKER, f"{case_id}//classify_report", KEPT, MONDAY + A_WEEK, case_id=case_id)
    found = [(b.form, b.case_id, b.number) for b in drafts.begun(store, WORKER, MONDAY + A_WEEK)]
    assert found == [(f"{case_id}//classify_report", case_id, "2026-00001"), (FORM, None, None)]


def test_a_draft_is_kept_for_fourteen_days_and_no_longer(store: Store) -> None:
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    at_the_end = MONDAY + timedelta(days=14)
    sweep(store, at_the_end - A_MICROSECOND)
    assert drafts.found(store, WORKER, FORM, at_the_end - A_MICROSECOND) == KEPT
    assert drafts.found(store, WORKER, FORM, at_the_end) is None
    assert drafts.begun(store, WORKER, at_the_end) == []
    assert len(rows(store)) == 1
    sweep(store, at_the_end)
    assert rows(store) == []


def rows(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(select(DRAFTS)).mappings())


def test_a_draft_on_a_case_that_she_may_not_see_any_more_is_not_offered(store: Store) -> None:
    case_id = making.taken(store)
    form = f"{case_id}//classify_report"
    drafts.keep(store, WORKER, form, KEPT, MONDAY, case_id=case_id)
    with store.write() as connection:
        connection.execute(update(CASES).where(CASES.c.id == case_id).values(restricted="conflict", guarded=True))
    assert drafts.found(store, WORKER, form, MONDAY) is None
    assert drafts.begun(store, WORKER, MONDAY) == []
    with store.write() as connection:
        connection.execute(insert(INVOLVED).values(case_id=case_id, who=WORKER.id, how=How.NAMED))
    assert drafts.found(store, WORKER, form, MONDAY) == KEPT


def test_a_draft_moved_to_another_person_or_form_or_altered_does_not_open(store: Store) -> None:
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    with store.write() as connection:
        connection.execute(update(DRAFTS).values(person_id=CHAIR.id))
    with pytest.raises(Tampered):
        drafts.found(store, CHAIR, FORM, MONDAY)
    with store.write() as connection:
        connection.execute(update(DRAFTS).values(person_id=WORKER.id, form="another"))
    with pytest.raises(Tampered):
        drafts.found(store, WORKER, "another", MONDAY)


def test_what_is_recorded_ends_its_draft_and_what_is_refused_does_not(store: Store) -> None:
    def refuses(whole: Store) -> None:
        with whole.write() as connection:
            trace.append(connection, WORKER.id, "refused", MONDAY)
        raise NotAllowed

    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    with pytest.raises(NotAllowed):
        drafts.recorded(store, WORKER, FORM, refuses)
    assert drafts.found(store, WORKER, FORM, MONDAY) == KEPT
    with store.read() as connection:
        assert connection.execute(select(ACCESS_LOG.c.act)).scalars().all() == ["refused"]
    case_id = drafts.recorded(store, WORKER, FORM, lambda s: receive_referral(s, making.referral(), by=WORKER, now=MONDAY))
    assert making.case_row(store, case_id)["number"] == "2026-00001"
    assert drafts.found(store, WORKER, FORM, MONDAY) is None


def test_what_breaks_off_leaves_the_draft_and_nothing_recorded(store: Store) -> None:
    def breaks(whole: Store) -> None:
        receive_referral(whole, making.referral(), by=WORKER, now=MONDAY)
        raise OSError

    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    with pytest.raises(OSError):  # noqa: PT011  # any
        drafts.recorded(store, WORKER, FORM, breaks)
    assert drafts.found(store, WORKER, FORM, MONDAY) == KEPT
    assert making.everything(store)["cases"] == []


def test_the_database_holds_no_letter_of_what_was_typed(store: Store, tmp_path: Path) -> None:
    drafts.keep(store, WORKER, FORM, KEPT, MONDAY)
    with store.read() as connection:
        (row,) = connection.execute(text("SELECT * FROM draft"))
    cells = b"|".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in map(_bytes, row))
    assert CANARY.encode() not in cells
    assert b"words" not in cells
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert [file.name for file in files if CANARY.encode() in file.read_bytes()] == []


def _bytes(cell: object) -> object:
    return bytes(cell) if isinstance(cell, memoryview) else cell
