"""Ten ways in which a database's owner could change its history: five the chains show, all ten the head that was taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import select

from mdt.casework import heads
from mdt.casework.check import check
from mdt.errors import BadFile
from mdt.records.tables import LEDGER
from mdt.scenario import PEOPLE
from mdt.store import trace
from tests import making, tampering
from tests.convened import START, a_meeting, act
from tests.making import MONDAY, do
from tests.tampering import OF_THE_CASES, OF_THE_HEADS, OF_THE_LOG, tamper

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mdt.store import Store
    from tests.tampering import Rows

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AUDITOR = PEOPLE["auditor"]
EVERY_TABLE = (*OF_THE_CASES, *OF_THE_LOG, *OF_THE_HEADS)
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("classify_report", {"classification": "emergency"}),
    ("commence_investigation", {}),
    ("notify_police", {}),
    ("identify_victim", {"note": "What the child told"}),
    ("make_inquiry", {}),
)
BARE = ("edit", "delete the first", "delete one between", "insert", "swap two")  # what a chain shows by itself
HEAD_ALONE = ("delete the last", "cut the tail off", "fork", "put yesterday's copy back", "edit and write the chain anew")


@dataclass
class Scene:
    """A case of six acts, six reads of it in the access log, a meeting of six entries, and today's exported head.

    `copies`: the database after each.
    """

    store: Store
    case_id: str
    meeting_id: str
    copies: list[Rows]
    head: bytes

    def found(self, *, with_head: bool) -> list[str]:
        return check(self.store, self.head if with_head else None).faults

    def put_back(self, n: int, tables: tuple[str, ...]) -> None:
        tampering.put_back(self.store, {t: self.copies[n][t] for t in tables})

    def id_of(self, table: str) -> str:
        return self.meeting_id if table == "meeting_entry" else self.case_id

    def move(self, n: int) -> None:
        act(self.store, self.meeting_id, "move_meeting", MONDAY + n * HOUR, starts_at=START + n * MINUTE, reason="The room")

    def read(self, by: str, at: datetime) -> None:
        with self.store.write() as connection:
            trace.append(connection, by, "name read", at, case_id=self.case_id)


@pytest.fixture
def scene(store: Store) -> Scene:
    made = Scene(store, making.taken(store), a_meeting(store), [], b"")
    heads.sign(store, MONDAY)
    made.read("demo-1-intake", MONDAY)
    for n, (key, form) in enumerate(ACTS, 1):
        do(store, made.case_id, key, MONDAY + n * HOUR, **form)
        made.move(n)
        made.read("demo-1-intake", MONDAY + n * HOUR)
        made.copies.append(tampering.copy(store, EVERY_TABLE))
    heads.sign(store, MONDAY + DAY)
    making.taken(store, report_no="R-2")
    made.head = heads.export(store, AUDITOR, MONDAY + DAY + HOUR)
    return made


def engage(scene: Scene, person: str, at: datetime) -> None:
    do(scene.store, scene.case_id, "engage_person", at, by="intake supervisor", person=person)


def _row(table: str) -> tuple[str, str]:
    return {"ledger": ("case_id", "version"), "meeting_entry": ("meeting_id", "n"), "access_log": ("chain", "n")}[table]


def _sql(statements: str) -> Callable[[Scene, str], None]:
    def run(scene: Scene, table: str) -> None:
        of, n = _row(table)
        tamper(scene.store, statements.format(t=table, n=n, this=f"{of} = '{scene.id_of(table)}'"))

    return run


def _insert(scene: Scene, table: str) -> None:
    """A row after the second one, with all that is after it moved on, and its own hash right."""
    of, n = _row(table)
    rows = [r for r in tampering.copy(scene.store, (table,))[table] if r[of] == scene.id_of(table)]
    second = next(r for r in rows if r[n] == 2)
    new = second | {n: 3, "previous": second["hash"]} | ({} if table == "access_log" else {"command": "forged"})
    new["hash"] = tampering.LINKS[table](new)
    moved = [r if r[n] < 3 else r | {n: r[n] + 1} for r in rows]
    others = [r for r in tampering.copy(scene.store, (table,))[table] if r[of] != scene.id_of(table)]
    tampering.put_back(scene.store, {table: [*others, *moved, new]})


def _back(n: int) -> Callable[[Scene, str], None]:
    """The ledger and the meeting with all that the acts had written, or the log alone, as it was then."""

    def put_back(scene: Scene, table: str) -> None:
        scene.put_back(n, OF_THE_LOG if table == "access_log" else OF_THE_CASES)

    return put_back


def _fork(scene: Scene, table: str) -> None:
    """Another history from the third row on, and a longer one than was signed."""
    _back(1)(scene, table)
    for n in range(9):
        at = MONDAY + n * HOUR + 3 * HOUR
        if table == "ledger":
            engage(scene, PEOPLE["victim advocate" if n % 2 else "police"].id, at)
        elif table == "meeting_entry":
            scene.move(n)
        else:
            scene.read("demo-4-supervisor", at)


def _all_back(scene: Scene, _table: str) -> None:
    scene.put_back(3, EVERY_TABLE)


def _anew(scene: Scene, table: str) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[2]["by"] = "another"

    tampering.write_anew(scene.store, change, table, _row(table)[0], scene.id_of(table))


TAMPERS: dict[str, tuple[Callable[[Scene, str], None], str]] = {
    "edit": (_sql("""UPDATE {t} SET "by" = 'another' WHERE {n} = 3 AND {this}"""), "3 does not"),
    "delete the first": (_sql("DELETE FROM {t} WHERE {n} = 1 AND {this}"), "1 does not"),
    "delete one between": (_sql("DELETE FROM {t} WHERE {n} = 3 AND {this}"), "3 does not"),
    "insert": (_insert, "[34] does not"),
    "swap two": (
        _sql("""UPDATE {t} SET {n} = -1 WHERE {n} = 4 AND {this}; UPDATE {t} SET {n} = 4 WHERE {n} = 3 AND {this};
             UPDATE {t} SET {n} = 3 WHERE {n} = -1 AND {this}"""),
        "3 does not",
    ),
    "delete the last": (_back(3), "6 and all after it are gone; 6 were signed"),
    "cut the tail off": (_back(1), "4 and all after it are gone; 6 were signed"),
    "fork": (_fork, "6, or one before it, is not the one that was signed"),
    "put yesterday's copy back": (_all_back, "6 and all after it are gone; 6 were signed"),
    "edit and write the chain anew": (_anew, "6, or one before it, is not the one that was signed"),
}  # fmt: skip


def test_ten_tampers_are_tried_of_which_a_chain_by_itself_shows_five() -> None:
    assert set(TAMPERS) == {*BARE, *HEAD_ALONE}
    assert len(TAMPERS) == 10


def test_nothing_is_found_where_nothing_was_touched(scene: Scene) -> None:
    assert (scene.found(with_head=False), scene.found(with_head=True)) == ([], [])


def test_a_database_that_lived_on_still_fits_the_head(scene: Scene) -> None:
    engage(scene, PEOPLE["police"].id, MONDAY + DAY)
    scene.read("demo-1-intake", MONDAY + DAY)
    making.taken(scene.store, report_no="R-3")
    heads.sign(scene.store, MONDAY + 2 * DAY)
    assert scene.found(with_head=True) == []


@pytest.mark.parametrize("table", ["ledger", "access_log", "meeting_entry"])
@pytest.mark.parametrize("way", TAMPERS)
def test_the_exported_head_shows_all_ten_and_the_chain_alone_five(scene: Scene, way: str, table: str) -> None:
    how, says = TAMPERS[way]
    how(scene, table)
    bare, with_head = scene.found(with_head=False), scene.found(with_head=True)
    assert bool(bare) == (way in BARE), bare
    name = {"ledger": f"case {scene.case_id}: ledger row", "access_log": f"access log of case {scene.case_id}: row",
            "meeting_entry": f"meeting {scene.meeting_id}: entry"}[table]  # fmt: skip
    assert any(re.match(f"{name} {says}", fault) for fault in with_head), with_head


def test_the_log_of_the_house_is_held_against_the_head_too(scene: Scene) -> None:
    tampering.tamper(scene.store, "DELETE FROM access_log WHERE chain = 'house'")
    with scene.store.write() as connection:
        trace.append(connection, "demo-1-intake", "signed in", MONDAY)
    made = heads.export(scene.store, AUDITOR, MONDAY + 2 * DAY)
    tampering.tamper(scene.store, "DELETE FROM access_log WHERE chain = 'house'")
    assert check(scene.store).faults == []
    assert check(scene.store, made).faults == ["access log of the house: row 1 and all after it are gone"]


def test_a_case_of_which_nothing_is_left_is_found(scene: Scene) -> None:
    second = making.taken(scene.store, report_no="R-4")
    made = heads.export(scene.store, AUDITOR, MONDAY + 2 * DAY)
    kept = tampering.copy(scene.store, OF_THE_CASES)
    left = {t: [r for r in rows if second not in (r.get("case_id"), r.get("id"))] for t, rows in kept.items()}
    tampering.put_back(scene.store, left)
    assert check(scene.store).faults == []
    assert check(scene.store, made).faults == [f"case {second}: ledger row 1 and all after it are gone"]


def test_a_meeting_of_which_nothing_is_left_is_found(scene: Scene) -> None:
    tamper(scene.store, "DELETE FROM meeting_entry; DELETE FROM meeting")
    assert scene.found(with_head=False) == []
    assert scene.found(with_head=True) == [f"meeting {scene.meeting_id}: entry 1 and all after it are gone"]


@pytest.mark.parametrize(
    ("statement", "n"),
    [
        ("UPDATE daily_head SET chains = 7 WHERE n = 2", 2),
        (f"UPDATE daily_head SET root = '{'0' * 64}' WHERE n = 1", 1),
        ("UPDATE daily_head SET signature = 'none' WHERE n = 1", 1),
        (f"UPDATE daily_head SET signature = '{'0' * 128}' WHERE n = 3", 3),
        ("DELETE FROM daily_head WHERE n = 1", 1),
        ("DELETE FROM daily_head WHERE n = 2", 2),
    ],
)
def test_a_touched_daily_head_is_found(scene: Scene, statement: str, n: int) -> None:
    tamper(scene.store, statement)
    assert scene.found(with_head=False) == [f"daily head {n} is not what was signed"]


def test_a_daily_head_that_was_cut_off_is_found_with_the_export(scene: Scene) -> None:
    tamper(scene.store, "DELETE FROM daily_head WHERE n = 3")
    assert scene.found(with_head=False) == []
    assert scene.found(with_head=True) == ["daily head 3, which was exported, is not among those kept here"]


@pytest.mark.parametrize("what", ["n", "at", "chains", "root", "previous"])
def test_an_export_that_was_altered_is_found(scene: Scene, what: str) -> None:
    told = orjson.loads(scene.head)
    other: dict[str, Any] = {"n": 9, "at": "2026-03-04T00:00:00+00:00", "chains": 9}
    told["head"][what] = other.get(what, "0" * 64)
    assert check(scene.store, orjson.dumps(told)).faults == ["the file of the exported head was altered after it was signed"]


def test_an_export_whose_chains_were_altered_is_found(scene: Scene) -> None:
    told = orjson.loads(scene.head)
    told["chains"][0][2] -= 1
    assert check(scene.store, orjson.dumps(told)).faults == ["the file of the exported head was altered after it was signed"]


def test_an_export_signed_with_another_key_is_found(scene: Scene) -> None:
    exported = heads.read(scene.head)
    forged = heads.Ed25519PrivateKey.generate()
    signed = replace(exported.head, signature=forged.sign(exported.head.signed).hex())
    told = orjson.loads(scene.head) | {"key": forged.public_key().public_bytes_raw().hex()}
    told["head"]["signature"] = signed.signature
    assert check(scene.store, orjson.dumps(told)).faults == [
        "the exported head was signed with another key than this database's",
        "daily head 3, which was exported, is not among those kept here",
    ]


@pytest.mark.parametrize("file", [b"not JSON", b"{}", b"[]", b'{"head": {}, "key": "", "chains": []}', b'{"head": 1}'])
def test_a_file_that_is_no_head_is_refused(store: Store, file: bytes) -> None:
    with pytest.raises(BadFile, match="This file is not an exported head"):
        check(store, file)


def test_no_fault_names_anybody(scene: Scene) -> None:
    tamper(scene.store, "UPDATE access_log SET act = 'Child A'; UPDATE ledger SET act = 'Child A'")
    assert not any("Child" in fault for fault in scene.found(with_head=True))
    with scene.store.read() as connection:
        assert connection.execute(select(LEDGER.c.act)).scalars().first() == "Child A"
