"""The policy as SQL, and PostgreSQL's own wall, against the naive reference: sixty cases, sixty people, every table."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from mdt import notices
from mdt.board import overview, work
from mdt.board.overview import Filters
from mdt.board.sight import only_a_row, visible
from mdt.process import STEP, Room
from mdt.records import metadata, tables
from mdt.records.tables import CASES
from mdt.store import walls
from tests.access.conftest import REASON, SOMEBODY
from tests.access.reference import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from mdt.store import Store
    from tests.access.conftest import House

# What a person sees of a case's rows follows from whether she sees the case.
WITH_THE_CASE = (
    "child",
    "report",
    "narrative",
    "event",
    "task",
    "outbox",
    "case_key",
    "blind_index",
    "notice",
    "queue",
)
# Tables that know of no case. Whoever adds one decides here whether it needs a wall.
WITHOUT_A_WALL = {
    "account", "answer_try", "counter", "cover", "daily_head", "directory_area", "directory_provider", "directory_service",
    "failure", "house_key", "import_source",
    "meeting", "meeting_entry", "meeting_series", "member", "membership", "person", "sitting", "team",
    "team_town", "wrapping_key",
}  # fmt: skip
NOT_READ = ("account", "failure", "sitting", "house_key", "wrapping_key")  # with a person's eyes
ROLES = (walls.APP, walls.VIEWER)
ONLY_ADDED = ("event", "ledger", "access_log", "daily_head", "meeting_entry")


def on_postgresql(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)(test)


# The clauses. ------------------------------------------------------------------------------------------------------------


def test_each_person_sees_the_cases_that_the_words_of_the_policy_give_her(house: House) -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    with house.store.read() as connection:
        for viewer in house.viewers():
            expected = house.sees(viewer.id)
            content = set(connection.execute(select(CASES.c.id).where(visible(viewer))).scalars())
            rows = set(connection.execute(select(CASES.c.id).where(only_a_row(viewer))).scalars())
            assert content == {case for case, it in expected.items() if it.classes}, house.someones[viewer.id]
            assert rows == {case for case, it in expected.items() if it.row}, house.someones[viewer.id]
            kinds.update((viewer.role, "row" if it.row else "nothing" if it == NOTHING else "more") for it in expected.values())
    assert len(house.someones) * len(house.matters) == sum(kinds.values()) == 4_140
    for role in {s.role for s in house.someones.values()} - {"auditor", "administrator", "clerk"}:
        assert all(kinds[role, kind] for kind in ("row", "nothing", "more")), role


def test_emergency_access_ends_with_its_last_second(house: House) -> None:
    end = next(until for matter in house.matters.values() for _, how, until in matter.drawn_in if how == "glass" and until)
    second = timedelta(seconds=1)
    for at in (end - second, end, end + second):
        with house.store.read() as connection:
            for viewer in house.viewers(at):
                found = set(connection.execute(select(CASES.c.id).where(visible(viewer))).scalars())
                assert found == house.content(viewer.id, at)


def test_the_board_and_the_lists_are_made_of_these_cases_alone(house: House) -> None:
    for viewer in house.viewers()[::3]:
        sees = house.sees(viewer.id)
        whole = {case for case, it in sees.items() if len(it.rooms) == len(Room)}
        cards = overview.cards(house.store, viewer, Filters(), house.now, most=100)
        assert {card.id for card in cards} == whole
        assert sum(c.cases for c in overview.columns(house.store, viewer, Filters(), house.now)) == len(whole)
        assert {case for case, *_ in work.since(house.store, viewer, house.now - timedelta(days=9999), most=999)} == (
            whole if viewer.id != SOMEBODY else set()
        )
        lines = work.waiting(house.store, viewer, overview.owners(), house.now, most=999)
        assert all(STEP[line.step].room.value in sees[line.case_id].rooms for line in lines)
        assert {line.case_id for line in lines} == whole
        assert work.tally(house.store, viewer, overview.owners(), house.now).open == len(lines)
        assert {told[0] for told in work.notices_for(house.store, viewer, ["DCF"], most=999)} <= house.content(viewer.id)


def test_of_a_restricted_case_a_row_shows_the_number_and_the_reason(house: House) -> None:
    with house.store.read() as connection:
        numbers = dict(connection.execute(select(CASES.c.id, CASES.c.number)).tuples().all())
    for viewer in house.viewers():
        shown = overview.restricted(house.store, viewer)
        assert {one.number for one in shown} == {numbers[case] for case, it in house.sees(viewer.id).items() if it.row}
        assert {one.reason for one in shown} <= {REASON}


def test_an_alarm_is_read_by_whom_it_is_addressed_to_though_the_case_is_not_hers(house: House) -> None:
    """That emergency access was taken is told to a supervisor or an auditor, on either database."""
    for viewer in (v for v in house.viewers() if v.role in ("auditor", "chairperson", "team coordinator")):
        case = next(case for case in house.matters if case not in house.content(viewer.id))
        with house.store.write() as connection:
            connection.execute(insert(tables.NOTICES).values(
                case_id=case, kind=notices.EMERGENCY, mark=viewer.id, step="", to_actor=viewer.id, made_at=house.now
            ))  # fmt: skip
        told = work.notices_for(house.store, viewer, [], most=999)
        assert [case_id for case_id, *_ in told] == [case], viewer.role


# The wall. ---------------------------------------------------------------------------------------------------------------


@on_postgresql
def test_the_database_itself_shows_each_person_her_cases_and_no_other(house: House) -> None:
    for person in house.someones:
        with house.store.read(person) as connection:
            assert set(connection.scalars(text("SELECT id FROM cases"))) == house.content(person), house.someones[person]


@on_postgresql
def test_of_another_persons_case_no_table_shows_a_row(house: House) -> None:
    for person, someone in house.someones.items():
        sees, audits = house.content(person), someone.role == "auditor"
        with house.store.read(person) as connection:
            for table in WITH_THE_CASE:
                assert set(connection.scalars(text(f"SELECT case_id FROM {table}"))) == sees, (table, someone)
            ledger = set(connection.scalars(text("SELECT case_id FROM ledger")))
            assert ledger == (set(house.matters) if audits else sees)
            assert set(connection.scalars(text("SELECT who FROM involved"))) <= {person, someone.agency}
            assert connection.scalar(text("SELECT count(*) FROM draft")) == 0
            assert audits or connection.scalar(text("SELECT count(*) FROM access_log")) == 0


@on_postgresql
def test_a_draft_is_seen_by_whoever_typed_it(house: House) -> None:
    with house.store.read(SOMEBODY) as connection:
        assert connection.scalar(text("SELECT count(*) FROM draft")) == len(house.matters)


@on_postgresql
def test_an_alarm_reaches_whom_it_is_addressed_to_and_shows_nothing_more_of_the_case(house: House) -> None:
    auditor = next(s.id for s in house.someones.values() if s.role == "auditor")
    with house.store.write() as connection:
        case = next(iter(house.matters))
        connection.execute(insert(tables.NOTICES).values(
            case_id=case, kind="emergency", mark="a", step="", to_actor=auditor, made_at=house.now
        ))  # fmt: skip
    with house.store.read(auditor) as connection:
        assert list(connection.scalars(text("SELECT case_id FROM notice"))) == [case]
        assert connection.scalar(text("SELECT count(*) FROM cases")) == 0


def nothing_is_there(connection: Connection) -> None:
    for table in (*WITH_THE_CASE, "cases", "ledger", "involved", "draft", "access_log"):
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


@on_postgresql
def test_whoever_is_nobody_here_sees_nothing(house: House) -> None:
    for person in ("", "nobody", "*", walls.APP, walls.VIEWER, walls.OURSELVES.upper(), "' OR ''='"):
        with house.store.read(person) as connection:
            nothing_is_there(connection)


@on_postgresql
def test_without_saying_who_looks_nothing_is_seen(house: House) -> None:
    person = next(iter(house.someones))
    for _ in range(2):
        with house.store.engine.connect() as connection:
            connection.exec_driver_sql(f"SET LOCAL ROLE {walls.VIEWER}")
            nothing_is_there(connection)
        with house.store.read(person) as connection:  # what one transaction said does not hold for that connection's next
            assert set(connection.scalars(text("SELECT id FROM cases"))) == house.content(person)


@on_postgresql
def test_a_disabled_person_sees_nothing_from_the_next_look_on(house: House) -> None:
    person = next(p for p, s in house.someones.items() if house.content(p) and "*" in s.offices)
    with house.store.write() as connection:
        connection.execute(update(tables.PEOPLE).where(tables.PEOPLE.c.id == person).values(disabled_at=house.now))
    with house.store.read(person) as connection:
        assert list(connection.scalars(text("SELECT id FROM cases"))) == []
        assert list(connection.scalars(text("SELECT case_id FROM child"))) == []


def refused(store: Store, person: str, statement: str) -> None:
    with store.engine.connect() as connection:
        walls.look_as(connection, person)
        with pytest.raises(DBAPIError):
            connection.exec_driver_sql(statement)


@on_postgresql
def test_with_a_persons_eyes_nothing_is_changed_and_no_key_or_account_is_seen(store: Store) -> None:
    for table, of in metadata.tables.items():
        column = next(iter(of.columns)).name
        refused(store, "someone-3", f"UPDATE {table} SET {column} = {column}")
        refused(store, "someone-3", f"DELETE FROM {table}")
        refused(store, "someone-3", f"INSERT INTO {table} DEFAULT VALUES")
        refused(store, "someone-3", f"COPY {table} FROM STDIN")
        refused(store, "someone-3", f"SELECT 1 FROM {table} FOR UPDATE")
    for table in NOT_READ:
        refused(store, "someone-3", f"SELECT 1 FROM {table}")
        refused(store, "someone-3", f"COPY {table} TO STDOUT")


@on_postgresql
@pytest.mark.parametrize("person", [walls.OURSELVES, "someone-3"])
def test_the_products_roles_change_no_history_and_take_no_wall_down(store: Store, person: str) -> None:
    """What it does not stop: where the login itself owns the tables, `SET ROLE` or `RESET ROLE` is the way around it.

    So where the wall is to hold against the product's own process, the login is given the product's role and owns nothing.
    """
    for table in ONLY_ADDED:
        refused(store, person, f"UPDATE {table} SET at = now()" if table != "event" else "UPDATE event SET fact = ''")
        refused(store, person, f"DELETE FROM {table}")
    refused(store, person, "DELETE FROM narrative")
    for table in metadata.tables:
        refused(store, person, f"TRUNCATE {table} CASCADE")
        refused(store, person, f"DROP TABLE {table} CASCADE")
    for table in ("cases", "child", "event"):
        refused(store, person, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        refused(store, person, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        refused(store, person, f"DROP POLICY seen ON {table}")
        refused(store, person, f"CREATE POLICY mine ON {table} USING (true)")
        refused(store, person, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        refused(store, person, f"COPY {table} FROM PROGRAM 'true'")
    for role in ROLES:
        refused(store, person, f"ALTER ROLE {role} BYPASSRLS")
    refused(store, person, "SET session_replication_role = replica")


@on_postgresql
def test_to_copy_a_table_out_or_to_look_without_the_wall_shows_no_more(house: House) -> None:
    person = next(p for p in house.someones if 0 < len(house.content(p)) < len(house.matters))
    with house.store.engine.connect() as connection:
        walls.look_as(connection, person)
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("COPY cases (id) TO STDOUT") as copied:
            assert {bytes(block).decode().strip() for block in copied} == house.content(person)
    with house.store.engine.connect() as connection:
        walls.look_as(connection, person)
        connection.exec_driver_sql("SET LOCAL row_security = off")
        with pytest.raises(DBAPIError, match="row-level security"):
            connection.exec_driver_sql("SELECT id FROM cases")


@on_postgresql
def test_whose_eyes_these_are_ends_with_the_transaction(house: House) -> None:
    first, second = (p for p in list(house.someones)[:2])
    with house.store.write(first) as connection:
        with walls.looking_as(connection, second):
            assert set(connection.scalars(text("SELECT id FROM cases"))) == house.content(second)
        assert set(connection.scalars(text("SELECT id FROM cases"))) == house.content(first)


# The catalogue. ----------------------------------------------------------------------------------------------------------


@on_postgresql
@pytest.mark.parametrize("name", [walls.APP, walls.VIEWER])
def test_the_products_roles_own_nothing_and_stand_above_no_wall(store: Store, name: str) -> None:
    with store.read() as connection:
        role = connection.execute(text("SELECT * FROM pg_roles WHERE rolname = :name"), {"name": name}).mappings().one()
        powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication", "rolcanlogin")
        assert not [power for power in powers if role[power]]
        of = "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = :name)"
        assert list(connection.scalars(text(of), {"name": name})) == []
        above = "SELECT rolname FROM pg_roles WHERE pg_has_role(:name, oid, 'member') AND rolname <> :name"
        assert set(connection.scalars(text(above), {"name": name})) <= {walls.VIEWER}


@on_postgresql
def test_the_product_works_as_one_role_and_looks_for_a_person_as_the_other(store: Store) -> None:
    for person, name in ((walls.OURSELVES, walls.APP), ("someone-3", walls.VIEWER), ("", walls.VIEWER)):
        with store.read(person) as connection:
            assert connection.scalar(text("SELECT current_user")) == name
        with store.write(person) as connection:
            assert connection.scalar(text("SELECT current_user")) == name
    with store.engine.connect() as connection:  # and never as the owner, not even before it says for whom
        assert connection.scalar(text("SELECT current_user")) == walls.APP


@on_postgresql
def test_every_table_of_a_case_has_its_wall_and_it_is_forced(store: Store) -> None:
    of_a_case = {t.name for t in metadata.sorted_tables if "case_id" in t.columns} | {"cases", "access_log"}
    of_a_case |= {"directory_object"}  # a confidential place is hidden too
    with store.read() as connection:
        found = connection.execute(text(
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('r', 'p')"
        )).all()  # fmt: skip
        policies = connection.execute(text("SELECT tablename, roles::text, qual FROM pg_policies")).all()
    assert {name for name, on, forced in found if on and forced} == of_a_case
    assert {name for name, on, _ in found if not on} == WITHOUT_A_WALL
    # One for each role and no more: a second permissive one would open what the first closes.
    assert sorted((table, roles) for table, roles, _ in policies) == sorted(
        (table, f"{{{role}}}") for table in of_a_case for role in ROLES
    )
    assert {roles for _, roles, qual in policies if qual == "true"} == {f"{{{walls.APP}}}"}


@on_postgresql
def test_nothing_looks_past_the_wall_with_its_owners_eyes(store: Store) -> None:
    with store.read() as connection:
        views = text("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                     " WHERE nspname = 'public' AND relkind IN ('v', 'm', 'f')")  # fmt: skip
        assert list(connection.scalars(views)) == []
        functions = text("SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
                         " WHERE nspname = 'public' AND prosecdef")  # fmt: skip
        assert list(connection.scalars(functions)) == []
