"""The memory: aware times only, one writer at a time who waits and then says so, and an outbox that loses no row."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import create_engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from mdt.access import SYSTEM
from mdt.board.people import people
from mdt.errors import Busy, SetupError
from mdt.records import UTCDateTime, tables
from mdt.scenario import MEMBERS, PEOPLE
from mdt.settings import database_url as configured_url
from mdt.settings import home, is_demo
from mdt.store import Store, ledger, open_store, outbox
from mdt.store.engine import _refuse_unsafe, place_of, shared
from tests import making
from tests.making import MONDAY

SECOND = timedelta(seconds=1)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'one.db'}"


def test_a_time_without_a_zone_cannot_be_stored(store: Store) -> None:
    case_id = making.taken(store)
    with pytest.raises((StatementError, ValueError), match="time zone"), store.write() as connection:
        outbox.put(connection, case_id, datetime(2026, 3, 2, 9))  # noqa: DTZ001
    assert outbox.waiting(store) == 1


def test_a_statement_with_a_naive_time_is_refused_without_its_values(store: Store) -> None:
    case_id = making.taken(store)
    naive = {"case_id": case_id, "made_at": datetime(2026, 3, 2, 9)}  # noqa: DTZ001
    with pytest.raises(StatementError, match="time zone") as refused, store.write() as connection:
        connection.execute(insert(tables.OUTBOX), naive)
    assert refused.value.params is None


def test_a_time_comes_back_aware_in_utc_to_the_microsecond(store: Store) -> None:
    eastern = datetime(2026, 3, 2, 9, 0, 0, 123456, timezone(timedelta(hours=-5)))
    case_id = making.taken(store)
    with store.write() as connection:
        outbox.put(connection, case_id, eastern)
    with store.read() as connection:
        stored = connection.execute(select(tables.OUTBOX.c.made_at).order_by(tables.OUTBOX.c.id.desc()).limit(1)).scalar_one()
    assert stored == eastern
    assert stored.tzinfo is UTC
    assert (stored.hour, stored.microsecond) == (14, 123456)


def test_no_time_stays_no_time(store: Store) -> None:
    making.taken(store)
    with store.read() as connection:
        assert connection.execute(select(tables.OUTBOX.c.taken_at)).scalar_one() is None


def test_a_naive_time_is_refused_before_it_reaches_a_database() -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(ValueError, match="without a time zone"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), engine.dialect)  # noqa: DTZ001


def test_nothing_can_be_left_behind_by_a_read(store: Store) -> None:
    making.taken(store)
    with suppress(DBAPIError), store.read() as connection:  # PostgreSQL refuses it at once
        connection.execute(text("UPDATE cases SET age = 3"))
    with store.read() as connection:
        assert connection.execute(select(tables.CASES.c.age)).scalar_one() is None


def test_a_reader_sees_what_was_committed_while_another_writes(store: Store) -> None:
    making.taken(store)
    with store.write() as writer:
        writer.execute(text("UPDATE cases SET age = 3"))
        with store.read() as reader:
            assert reader.execute(select(tables.CASES.c.age)).scalar_one() is None


def test_a_read_sees_one_moment_though_another_writer_commits_meanwhile(store: Store) -> None:
    making.taken(store)
    age = select(tables.CASES.c.age)
    with store.read() as reader:
        before = reader.execute(age).scalar_one()
        _write(store, 3)
        assert reader.execute(age).scalar_one() == before
    with store.read() as reader:
        assert reader.execute(age).scalar_one() == 3
    _write(store, 4)


def test_what_is_done_in_one_go_is_there_whole_or_not_at_all(store: Store) -> None:
    def breaks_off() -> None:
        with store.in_one_go() as (whole, _):
            making.taken(whole, report_no="R-1")
            raise Busy

    with pytest.raises(Busy):
        breaks_off()
    assert _ids(store) == []
    with store.in_one_go() as (whole, connection):
        making.taken(whole, report_no="R-1")
        with pytest.raises(DBAPIError):
            _write(whole, "3, room = 'nowhere'")
        _write(whole, 5)
        with whole.read() as reader:
            assert reader is connection
            assert reader.execute(select(tables.CASES.c.age)).scalar_one() == 5
        assert _ids(store) == []
    assert len(_ids(store)) == 1


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:////var/lib/mdt/mdt.db", "/var/lib/mdt/mdt.db"),
        ("sqlite:///mdt.db", str(Path("mdt.db").absolute())),
        ("postgresql://somebody:secret@db.example:5433/mdt?sslmode=require", "db.example:5433/mdt"),
        ("postgresql+psycopg://somebody@/mdt", "localhost/mdt"),
    ],
)
def test_the_place_of_a_database_is_told_without_who_signs_in(url: str, place: str) -> None:
    assert place_of(url) == place


def _write(store: Store, age: object) -> None:
    with store.write() as connection:
        connection.execute(text(f"UPDATE cases SET age = {age}"))


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    making.taken(store)
    inside = threading.Event()

    def hold() -> None:
        with store.write() as connection:
            connection.execute(text("UPDATE cases SET age = 1"))
            inside.set()
            time.sleep(0.5)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hold)
        inside.wait()
        begun = time.monotonic()
        _write(store, 2)
        waited = time.monotonic() - begun
        first.result()
    assert waited > 0.3
    with store.read() as connection:
        assert connection.execute(select(tables.CASES.c.age)).scalar_one() == 2


def test_a_writer_who_waits_too_long_is_told_that_trying_again_is_safe(file_url: str) -> None:
    store, impatient = making.made(file_url), open_store(file_url)
    event.listen(impatient.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    making.taken(store)
    with store.write(), pytest.raises(Busy, match=r"Nothing was changed; try again\."):
        _write(impatient, 1)
    _write(impatient, 1)


def test_a_thread_that_waits_too_long_for_another_is_told_the_same(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = making.made(file_url)
    monkeypatch.setattr("mdt.store.engine.BUSY_MS", 50)
    with ThreadPoolExecutor(1) as pool, store.write():
        waits = pool.submit(_write, store, 1)
        with pytest.raises(Busy, match=r"Nothing was changed; try again\."):
            waits.result()


@pytest.mark.parametrize("said", ["FATAL: sorry, too many clients already", "remaining connection slots are reserved"])
def test_a_server_that_takes_nobody_more_is_busy_and_says_so_in_plain_words(store: Store, said: str) -> None:
    with pytest.raises(Busy, match=r"Nothing was changed; try again\."), store.read():
        raise OperationalError("connect", None, Exception(said))


def test_what_is_wrong_with_a_statement_is_not_taken_for_a_busy_database(store: Store) -> None:
    with pytest.raises(Exception, match="nonsense"), store.write() as connection:
        connection.execute(text("UPDATE nonsense SET x = 1"))


def test_an_embedded_database_loses_nothing_that_it_confirmed(file_url: str) -> None:
    store = making.made(file_url)
    with store.read() as connection:
        pragmas = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert store.is_sqlite


class Answering:
    """Stands for an engine whose server answers SHOW."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def connect(self) -> Answering:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def scalar(self, _statement: object) -> str:
        return self.answer


def test_a_database_that_would_lose_what_it_confirmed_is_refused() -> None:
    _refuse_unsafe(Answering("on"))
    with pytest.raises(SetupError, match="fsync"):
        _refuse_unsafe(Answering("off"))


def test_a_server_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(SetupError, match="The database does not answer"):
        open_store("postgresql://127.0.0.1:1/none?connect_timeout=1")


def test_making_the_tables_again_changes_nothing(store: Store) -> None:
    making.taken(store)
    before = making.everything(store)
    store.create()
    assert making.everything(store) == before
    assert not store.is_empty()


def test_several_who_make_the_tables_at_once_all_find_them(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(4)]
    assert stores[0].is_empty()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda store: store.create(), stores))
    assert not stores[0].is_empty()
    for store in stores:
        store.close()


def test_one_process_has_one_store_for_a_url(file_url: str) -> None:
    assert shared(file_url) is shared(file_url)
    assert not shared(file_url).is_empty()


def test_the_folder_of_all_state_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDT_HOME", str(tmp_path / "state"))
    assert home().stat().st_mode & 0o777 == 0o700
    assert configured_url() == f"sqlite:///{tmp_path / 'state' / 'mdt.db'}"
    monkeypatch.setenv("MDT_DATABASE_URL", "postgresql://there")
    assert configured_url() == "postgresql://there"


def test_sign_in_from_a_list_is_only_for_the_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MDT_DEMO", raising=False)
    assert not is_demo()
    monkeypatch.setenv("MDT_DEMO", "1")
    assert is_demo()


def test_the_people_who_sign_in_are_those_that_were_added(store: Store) -> None:
    assert people(store) == sorted((*PEOPLE.values(), *MEMBERS), key=lambda one: one.id)


# The outbox


def waiting(store: Store, count: int) -> list[str]:
    return [making.taken(store, report_no=f"R-{n}") for n in range(count)]


def test_rows_are_taken_in_the_order_in_which_they_came_and_held(store: Store) -> None:
    case_ids = waiting(store, 3)
    first = outbox.take(store, "a", MONDAY, 2)
    assert [row.case_id for row in first] == case_ids[:2]
    assert [row.case_id for row in outbox.take(store, "b", MONDAY, 5)] == case_ids[2:]
    assert outbox.take(store, "c", MONDAY, 5) == []
    assert outbox.takers(store) == {"a", "b"}


def test_a_row_is_gone_only_when_it_was_carried(store: Store) -> None:
    waiting(store, 2)
    rows = outbox.take(store, "a", MONDAY, 5)
    outbox.done(store, rows[:1], "a")
    assert outbox.waiting(store) == 1
    outbox.give_back(store, rows[1:], "a")
    assert outbox.take(store, "b", MONDAY, 5) == rows[1:]


def test_a_row_whose_taker_died_is_free_after_the_lease(store: Store) -> None:
    waiting(store, 1)
    rows = outbox.take(store, "a", MONDAY, 1)
    assert outbox.take(store, "b", MONDAY + outbox.LEASE, 1) == []
    assert outbox.take(store, "b", MONDAY + outbox.LEASE + SECOND, 1) == rows
    outbox.done(store, rows, "a")
    outbox.give_back(store, rows, "a")
    assert (outbox.waiting(store), outbox.takers(store)) == (1, {"b"})


def test_what_the_dead_held_is_released(store: Store) -> None:
    waiting(store, 2)
    outbox.take(store, "dead", MONDAY, 1)
    outbox.take(store, "alive", MONDAY, 1)
    assert outbox.release(store, ["dead"]) == 1
    assert outbox.takers(store) == {"alive"}


def test_two_carriers_at_once_never_hold_one_row(store: Store) -> None:
    waiting(store, 20)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda by: outbox.take(store, by, MONDAY, 7), "abcd"))
    ids = [row.id for rows in taken for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) | {row.id for row in outbox.take(store, "e", MONDAY, 99)} == set(range(min(ids), min(ids) + 20))


def test_what_the_flows_record_is_not_carried_again(store: Store) -> None:
    making.taken(store)
    assert outbox.waiting(store) == 1
    for step in making.ROUTES:
        step(store, [c for (c,) in _ids(store)], MONDAY)
    assert outbox.waiting(store) == 1


def _ids(store: Store) -> list[tuple[str]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(tables.CASES.c.id))]


# The chain


def test_the_hash_of_an_act_covers_each_of_its_parts() -> None:
    row = {
        "case_id": "c",
        "version": 1,
        "command": "x",
        "act": "a",
        "by": SYSTEM.id,
        "at": MONDAY,
        "digest": "d",
        "previous": "p",
    }
    others = [{**row, k: (2 if k == "version" else MONDAY + SECOND if k == "at" else "other")} for k in row]
    assert len({ledger.link(each) for each in (row, *others)}) == len(row) + 1


def test_the_digest_does_not_depend_on_the_order_of_keys_but_on_that_of_events() -> None:
    one, other = {"id": "1", "data": {"a": 1, "b": 2}}, {"id": "2", "data": {}}
    turned = {"data": {"b": 2, "a": 1}, "id": "1"}
    assert ledger.digest([one, other], []) == ledger.digest([turned, other], [])
    assert ledger.digest([one, other], []) != ledger.digest([other, one], [])
    assert ledger.digest([one], [other]) != ledger.digest([one, other], [])
