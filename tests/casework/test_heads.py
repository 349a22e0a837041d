"""The signed daily head: one a Connecticut day over every chain, exported by an auditor and nobody else."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert, select

from mdt.casework import heads
from mdt.errors import NotAllowed
from mdt.policy import Role
from mdt.records.tables import ACCESS_LOG, DAILY_HEADS, LEDGER
from mdt.scenario import PEOPLE
from mdt.store import keys, ledger, trace
from tests import making
from tests.making import MONDAY, do
from tests.tampering import owner, tamper

if TYPE_CHECKING:
    from mdt.casework.heads import Head
    from mdt.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AUDITOR = PEOPLE["auditor"]
MIDNIGHT = datetime(2026, 3, 3, 5, tzinfo=UTC)  # where 3 March begins in Connecticut


def kept(store: Store) -> list[Head]:
    with store.read() as connection:
        return heads.all_heads(connection)


def test_a_day_has_one_head_made_in_its_first_hour(store: Store) -> None:
    making.taken(store)
    assert heads.sign(store, MIDNIGHT - HOUR) is not None
    assert heads.sign(store, MIDNIGHT - timedelta(seconds=1)) is None
    second = heads.sign(store, MIDNIGHT)
    assert second is not None
    assert [heads.sign(store, MIDNIGHT + n * HOUR) for n in range(1, 24)] == [None] * 23
    assert [head.n for head in kept(store)] == [1, 2]


def test_a_head_is_forced_only_if_something_moved(store: Store) -> None:
    case_id = making.taken(store)
    heads.sign(store, MONDAY)
    assert heads.sign(store, MONDAY, force=True) is None
    with store.write() as connection:
        trace.append(connection, "worker", "name read", MONDAY, case_id=case_id)
    made = heads.sign(store, MONDAY, force=True)
    assert made is not None
    assert (made.n, made.chains) == (2, 2)


def test_a_clock_that_went_back_makes_no_second_head(store: Store) -> None:
    heads.sign(store, MONDAY + DAY)
    assert heads.sign(store, MONDAY) is None


def test_a_head_covers_the_end_of_every_chain_whatever_the_cases_say(store: Store) -> None:
    case_id = making.taken(store)
    do(store, case_id, "classify_report", classification="emergency")
    with store.write() as connection:
        trace.append(connection, "worker", "name read", MONDAY, case_id=case_id)
        trace.append(connection, "worker", "signed in", MONDAY)
    tamper(store, "UPDATE cases SET version = version - 1")
    with store.read() as connection:
        found = heads.chains(connection)
        last = connection.execute(select(LEDGER.c.hash).where(LEDGER.c.version == 2)).scalar_one()
    assert [chain[:3] for chain in found] == [("access log", *pair) for pair in sorted([(case_id, 1), ("house", 1)])] + [
        ("case", case_id, 2)
    ]
    assert found[-1].hash == last


def test_each_head_holds_the_one_before_and_is_signed_by_the_house(store: Store) -> None:
    making.taken(store)
    for n in range(3):
        heads.sign(store, MONDAY + n * DAY)
    found = kept(store)
    assert found[0].previous == ledger.FIRST
    assert [head.previous for head in found[1:]] == [head.hash for head in found[:-1]]
    with store.read() as connection:
        key = heads.public_key(connection)
    assert all(heads.is_signed(head, key) for head in found)


def test_several_who_sign_at_once_make_one_head(store: Store) -> None:
    making.taken(store)
    threads = [threading.Thread(target=heads.sign, args=(store, MONDAY)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(store)) == 1


def test_an_export_is_verified_by_its_own_key_and_nothing_else_of_ours(store: Store) -> None:
    making.taken(store)
    told = orjson.loads(heads.export(store, AUDITOR, MONDAY))
    head = told["head"]
    parts = ("mdt head", str(head["n"]), head["at"], str(head["chains"]), head["root"], head["previous"])
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"]))
    key.verify(bytes.fromhex(head["signature"]), "\x1f".join(parts).encode())
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(head["signature"]), b"other")
    assert [chain[0] for chain in told["chains"]] == ["case"]


def test_an_export_is_of_this_moment_and_is_logged(store: Store) -> None:
    making.taken(store)
    heads.sign(store, MONDAY)
    assert heads.read(heads.export(store, AUDITOR, MONDAY)).head.n == 1
    making.taken(store, report_no="R-2")
    exported = heads.read(heads.export(store, AUDITOR, MONDAY + HOUR))
    assert (exported.head.n, len(exported.chains), heads.is_whole(exported)) == (2, 3, True)
    with store.read() as connection:
        logged = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.act, ACCESS_LOG.c.detail)).all()
    assert logged == [(AUDITOR.id, "head exported", {"head": n, "chains": count}) for n, count in ((1, 1), (2, 3))]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDITOR, Role.SYSTEM)])
def test_nobody_else_exports_the_head(store: Store, role: str) -> None:
    with pytest.raises(NotAllowed, match="by an auditor"):
        heads.export(store, PEOPLE[role], MONDAY)
    assert kept(store) == []


def test_the_signing_key_lies_in_the_database_only_sealed(store: Store) -> None:
    exported = heads.export(store, AUDITOR, MONDAY)
    with store.read() as connection:
        key = keys.of(connection).house(connection, "signing")
        stored = connection.exec_driver_sql("SELECT wrapped FROM house_key").scalars().all()
    assert key.hex() not in exported.decode()
    assert not any(key in bytes(blob) for blob in stored)


def test_no_head_changes_or_goes_by_the_products_own_hand(store: Store) -> None:
    heads.sign(store, MONDAY)
    for statement in (DAILY_HEADS.update().values(chains=9), DAILY_HEADS.delete()):
        with pytest.raises(Exception, match=r"only added to|permission denied"), store.write() as connection:
            connection.execute(statement)
    assert [head.chains for head in kept(store)] == [0]


@pytest.mark.slow
def test_a_head_over_a_hundred_thousand_chains_takes_seconds(store: Store) -> None:
    chance = random.Random(1)
    row = {"at": MONDAY, "by": "w", "act": "name read", "count": 1, "detail": {}, "previous": ledger.FIRST}
    rows = [row | {"chain": f"{n:032x}", "n": 1, "hash": f"{chance.getrandbits(256):064x}"} for n in range(100_000)]
    with owner(store) as connection:
        for start in range(0, len(rows), 5000):
            connection.execute(insert(ACCESS_LOG), rows[start : start + 5000])
    began = time.perf_counter()
    made = heads.sign(store, MONDAY)
    took = time.perf_counter() - began
    assert made is not None
    assert made.chains == 100_000
    assert took < 20, took  # a few seconds on a quiet machine
