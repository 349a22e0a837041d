"""The second wall: PostgreSQL itself shows a person only the rows of the cases she may see, whatever our own queries ask.

Made from the same tables as the first wall (`mdt.policy`), in the database's own terms: row-level security, forced, for two
roles that own nothing and are no superusers. As `mdt_app` the product works: flows, checks, and what the door does once it has
decided. As `mdt_viewer` it reads for a person, and then nothing else is there, and nothing can be changed. SQLite has no such
wall: there the file belongs to one machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from mdt.errors import SetupError
from mdt.policy import RELATES, How, Relation, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

APP, VIEWER = "mdt_app", "mdt_viewer"
OURSELVES = "flow"  # with the eyes of this system
OF_A_CASE = (
    "child", "report", "narrative", "event", "task", "outbox", "case_key", "blind_index", "queue", "link", "agenda_line",
)  # fmt: skip
NEVER_CHANGED = ("ledger", "access_log", "daily_head", "event", "meeting_entry")

NOT_READ = ("account", "failure", "sitting", "house_key", "wrapping_key")  # by nobody's eyes

_LOOK = text("SELECT set_config('role', :role, true), set_config('mdt.person', :person, true)")
_IS_THERE = text("SELECT 1 FROM cases WHERE id = :case_id")
_ME = "(SELECT current_setting('mdt.person', true))"
_ROLE = f"(SELECT role FROM person WHERE id = {_ME} AND disabled_at IS NULL)"
_AGENCY = f"(SELECT agency FROM person WHERE id = {_ME})"


def _roles(relation: Relation) -> str:
    return ", ".join(f"'{role}'" for role in sorted(RELATES[relation] - {Role.SYSTEM}))


def _serves(kind: str, column: str) -> str:
    mine = f"SELECT name FROM membership WHERE person_id = {_ME} AND kind = '{kind}'"
    return f"('*' IN ({mine}) OR {column} IN ({mine}))"


def _drawn_in(who: str, how: How, more: str = "") -> str:
    return f"EXISTS (SELECT 1 FROM involved i WHERE i.case_id = cases.id AND i.who = {who} AND i.how = '{how}'{more})"


def _seen_case() -> str:
    """The condition under which a row of `cases` is there for whoever looks."""
    team = " OR ".join((_serves("district", "district"), _serves("team", "team")))
    lasting = (
        (Relation.OFFICE, _serves("office", "office")),
        (Relation.TEAM, f"before_team AND ({team})"),
        (Relation.AGENCY, _drawn_in(_AGENCY, How.AGENCY)),
        (Relation.ENGAGED, _drawn_in(_ME, How.ENGAGED)),
    )
    related = " OR ".join(f"({_ROLE} IN ({_roles(relation)}) AND {condition})" for relation, condition in lasting)
    shut_out = f"(restricted IS NOT NULL AND NOT {_drawn_in(_ME, How.NAMED)}) OR {_drawn_in(_ME, How.CONFLICT)}"
    glass = (
        f"{_ROLE} IN ({_roles(Relation.GLASS)}) AND restricted IS NULL AND NOT {_drawn_in(_ME, How.CONFLICT)}"
        f" AND {_drawn_in(_ME, How.GLASS, ' AND i.until > now()')}"
    )
    return f"(({related}) AND (NOT guarded OR NOT ({shut_out}))) OR ({glass})"


def _conditions() -> Iterator[tuple[str, str]]:
    of_case = "EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id)"
    yield "cases", _seen_case()
    yield from ((table, of_case) for table in OF_A_CASE)
    yield "ledger", f"{_ROLE} = '{Role.AUDITOR}' OR {of_case}"
    yield "access_log", f"{_ROLE} = '{Role.AUDITOR}'"
    yield "notice", f"to_actor = {_ME} OR {of_case}"
    yield "involved", f"who = {_ME} OR who = {_AGENCY}"
    yield "draft", f"person_id = {_ME}"
    yield "directory_object", "NOT hidden"


def statements() -> Iterable[str]:
    """What makes the roles, their rights and the wall; repeating it changes nothing."""
    for role in (APP, VIEWER):
        yield (
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        yield f"GRANT {role} TO CURRENT_USER"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT {VIEWER} TO {APP}"
    yield f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}"
    yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(NEVER_CHANGED)} FROM {APP}"
    yield f"REVOKE DELETE ON narrative FROM {APP}"
    yield f"REVOKE SELECT ON {', '.join(NOT_READ)} FROM {VIEWER}"
    for table, condition in _conditions():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        for policy, role, rows in (("ours", APP, "true"), ("seen", VIEWER, condition)):
            yield f"DROP POLICY IF EXISTS {policy} ON {table}"
            yield f"CREATE POLICY {policy} ON {table} TO {role} USING ({rows})"


def is_up_for_another(connection: Connection) -> bool:
    """Whether the tables and their wall are there and belong to somebody else than this login: there is nothing to make.

    Raises `SetupError` where they belong to somebody else and the wall is not up.
    """
    owner = connection.execute(text("SELECT tableowner FROM pg_tables WHERE tablename = 'cases'")).scalar()
    may_make = text("SELECT has_schema_privilege(session_user, 'public', 'CREATE')")
    if owner is None and connection.execute(may_make).scalar_one():
        return False
    if owner and connection.execute(text("SELECT pg_has_role(session_user, :owner, 'USAGE')"), {"owner": owner}).scalar_one():
        return False
    if not connection.execute(text("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'cases'")).scalar():
        raise SetupError("The tables are not made, and this login may not make them: run `mdt prepare` as their owner.")
    return True


def look_as(connection: Connection, person_id: str) -> None:
    """From here on in this transaction the database shows what this person may see, and lets nothing be changed."""
    if connection.dialect.name == "postgresql":
        role = APP if person_id == OURSELVES else VIEWER
        connection.execute(_LOOK, {"role": role, "person": person_id})


@contextmanager
def looking_as(connection: Connection, person_id: str) -> Iterator[None]:
    """Within this block the database shows what this person may see, and afterwards what it showed before."""
    if connection.dialect.name != "postgresql":
        yield
        return
    before = connection.execute(text("SELECT current_setting('mdt.person', true)")).scalar_one()
    look_as(connection, person_id)
    yield  # an error ends the transaction, and with it whose eyes these were
    look_as(connection, before or OURSELVES)


def is_there_for(connection: Connection, person_id: str, case_id: str) -> bool:
    """Whether the database's own wall lets this person see the case; yes where there is none. For this system's own eyes."""
    if connection.dialect.name != "postgresql":
        return True
    look_as(connection, person_id)
    found = connection.execute(_IS_THERE, {"case_id": case_id}).first()
    look_as(connection, OURSELVES)
    return found is not None
