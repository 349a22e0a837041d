"""The access log: a gapless chain a case, written with what it tells of, and never a word of what was read."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from mdt.records.tables import ACCESS_LOG
from mdt.store import ledger, open_store, trace
from tests.making import MONDAY
from tests.tampering import owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.store import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The tables alone."""
    made = open_store(database_url)
    made.create()
    yield made
    made.close()


def rows(store: Store, chain: str = trace.HOUSE) -> list[dict[str, Any]]:
    with store.read() as connection:
        found = connection.execute(select(ACCESS_LOG).where(ACCESS_LOG.c.chain == chain).order_by(ACCESS_LOG.c.n))
        return [dict(row) for row in found.mappings()]


def add(store: Store, **given: Any) -> None:
    with store.write() as connection:
        trace.append(connection, given.pop("by", "worker"), given.pop("act", "name read"), given.pop("now", MONDAY), **given)


def test_a_row_says_who_did_what_when_and_how_much(store: Store) -> None:
    add(store, act="export", by="demo-1", count=7, detail={"format": "csv", "wide": True, "of": ["a", 1, None]})
    (row,) = rows(store)
    assert (row["by"], row["act"], row["at"], row["count"]) == ("demo-1", "export", MONDAY, 7)
    assert row["detail"] == {"format": "csv", "wide": True, "of": ["a", 1, None]}


def test_each_case_and_the_house_have_a_chain_of_their_own(store: Store) -> None:
    for case_id in ("one", None, "one", "two"):
        add(store, case_id=case_id)
    assert {chain: [r["n"] for r in rows(store, chain)] for chain in ("one", "two", "house")} == {
        "one": [1, 2], "two": [1], "house": [1]
    }  # fmt: skip


def test_each_row_holds_the_hash_of_the_one_before_and_its_own_as_read_back(store: Store) -> None:
    for n in range(4):
        add(store, now=MONDAY + timedelta(microseconds=n), detail={"z": n, "a": "b"})
    previous = ledger.FIRST
    for row in rows(store):
        assert row["previous"] == previous
        assert row["hash"] == trace.link(row)
        previous = row["hash"]


@pytest.mark.parametrize("column", ["chain", "n", "at", "by", "act", "count", "detail", "previous"])
def test_the_hash_covers_every_column(column: str) -> None:
    row = {
        "chain": "a", "n": 1, "at": MONDAY, "by": "b", "act": "export", "count": 1, "detail": {}, "previous": ledger.FIRST
    }  # fmt: skip
    other = {"n": 2, "at": MONDAY + timedelta(seconds=1), "count": 2, "detail": {"a": 1}}.get(column, "other")
    assert trace.link(row) != trace.link(row | {column: other})
    assert set(row) == set(ACCESS_LOG.columns.keys()) - {"hash"}


@pytest.mark.parametrize(
    "given",
    [
        {"act": "looked"},
        {"by": ""},
        {"by": "a b"},
        {"by": "x" * 33},
        {"detail": {"told": "x" * 65}},
        {"detail": {"told": "two\nlines"}},
        {"detail": {"told": "<b>"}},
        {"detail": {"told": "=SUM(1)"}},
        {"detail": {"told": "Zoë"}},
        {"detail": {"told": ["fine", "not; fine"]}},
        {"detail": {"told": {"a": 1}}},
        {"detail": {"told": 1.5}},
        {"detail": {"Told": 1}},
    ],
)
def test_what_is_no_code_is_refused_unrepeated_and_nothing_is_written(store: Store, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="access log") as refused:
        add(store, **given)
    assert not any(str(value) in str(refused.value) for value in given.get("detail", {}).values())
    assert rows(store) == []


def test_a_row_is_undone_with_what_it_tells_of(store: Store) -> None:
    def break_off() -> None:
        with store.write() as connection:
            trace.append(connection, "worker", "name read", MONDAY)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert rows(store) == []


def test_what_cannot_be_written_stops_what_it_tells_of(store: Store) -> None:
    with owner(store) as connection:
        connection.execute(text("ALTER TABLE access_log RENAME TO elsewhere"))
    with pytest.raises(Exception, match="access_log"):
        add(store)


def test_many_at_once_leave_no_gap_and_no_fork(store: Store) -> None:
    def ten() -> None:
        for _ in range(10):
            add(store)

    threads = [threading.Thread(target=ten) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(store)
    assert [r["n"] for r in found] == list(range(1, 61))
    assert [r["previous"] for r in found[1:]] == [r["hash"] for r in found[:-1]]
