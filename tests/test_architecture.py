"""What no linter checks: tables leave by one way, and only there is a file made for people."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


def names(*folders: str) -> Iterator[tuple[str, str]]:
    """Every name, attribute and imported module of our source, with its file."""
    for file in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        where = str(file.relative_to(ROOT))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for name in _names(node):
                yield where, name


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "", *(alias.name for alias in node.names)] if isinstance(node, ast.ImportFrom) else []


def users(of: set[str], *folders: str) -> set[str]:
    return {file for file, name in names(*folders) if name in of or name.partition(".")[0] in of}


def test_nothing_but_exports_notices_and_the_signed_head_is_handed_out_by_a_page() -> None:
    assert users({"download_button"}, "dashboard") == {
        "dashboard/exporting.py",
        "dashboard/audit.py",
        "dashboard/serving.py",  # a letter to a provider, of what a consent releases, logged as it is made
        "dashboard/telling.py",  # a notice to whom the law names, logged as it is made
        "dashboard/convened.py",  # invitations, which name no case, and packets, logged as they are opened
        "dashboard/papers.py",  # a records request, and what may be disclosed, each logged as it is made
        "dashboard/minuted.py",  # the record of a meeting, logged as it is made
    }


def test_tables_are_written_in_the_exchange_alone_and_made_for_people_by_one_function() -> None:
    assert users({"openpyxl", "xlsxwriter"}, "mdt", "dashboard", "flows") == {
        "mdt/exchange/cells.py",
        "mdt/exchange/tables.py",
    }
    written = users({"writer", "DictWriter", "writerow", "writerows"}, "mdt", "dashboard", "flows")
    # a directory goes to machines, as its standard has it: it names no child
    assert written == {"mdt/exchange/hsds_csv.py", "mdt/exchange/referrals.py", "mdt/exchange/tables.py"}
    assert users({"to_csv", "to_xlsx", "to_excel"}, "mdt", "dashboard", "flows") == {"mdt/casework/exporting.py"}
    assert users({"export"}, "dashboard") == {"dashboard/exporting.py", "dashboard/audit.py"}


def test_no_table_on_a_page_offers_a_way_out_of_its_own() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["client"]["disableDataExport"] is True


# With whose eyes the board reads. ----------------------------------------------------------------------------------------

# What looks with this system's own eyes, and why; everything else on the board looks with the viewer's.
WITH_OUR_OWN_EYES = {
    "audit.py: search": "the auditor alone, refused before; both ledgers",
    "audit.py: count": "the auditor alone, refused before; both ledgers",
    "audit.py: log_search": "writes the access log",
    "audit.py: persons": "the auditor alone, refused before; names of staff",
    "audit.py: verify": "writes the access log",
    "audit.py: last_signed": "the auditor alone, refused before; the day of a head",
    "weekly.py: weekly": "the auditor alone, refused before; family names are compared and none is shown",
    "weekly.py: record_review": "writes the access log",
    "weekly.py: reviewed": "the auditor alone, refused before; the access log",
    "meeting.py: meeting_view": "whether she belongs to its team is asked first; the cases on its agenda her own eyes read",
    "meeting.py: meetings": "which meetings open to her, by her seats and invitations; the cases on them her own eyes count",
    "meeting.py: version_of": "how often a meeting moved, a number alone",
    "teams.py: teams": "staff and their seats, of the teams that she serves or sits on",
    "teams.py: team_view": "the same, of one of them",
    "case.py: _why_not": "a restricted case is known to exist; its row is not there for her own eyes",
    "overview.py: restricted": "the same, for the list of them",
    "work.py: notices_for": "an alarm that is addressed to her, where the case is not hers to see",
    "find.py: _found": "the index key; the cases and the children are read with her eyes, within",
    "find.py: number_if_hidden": "the number alone of a case on which she has just taken a report herself",
    "alike.py: _told": "children and persons are compared and none is shown; which cases she is told of, her own eyes say",
    "alike.py: _log": "writes the access log",
    "likenesses.py: likenesses": "how many linked cases are not hers to see; of those the number alone leaves",
    "earlier.py: earlier": "the same",
    "named.py: _once_more": "writes the access log",
    "screening.py: _look": "writes the access log",
    "people.py: demo_code": "the demonstration's people, their second factor",
    "people.py: _viewers": "names of staff and their sittings",
    "gaps.py: _made": "figures of the whole state, the same for everybody: one ledger a viewer would tell by difference",
    "gaps.py: years": "the year of the first case",
    "who.py: _engaged": "ids of staff for the form of a case that is open before her",
}


def _transactions(folder: str) -> Iterator[tuple[str, ast.Call]]:
    """Every transaction that a module opens, by file and function."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                yield from ((f"{file.name}: {function.name}", call) for call in ast.walk(function) if _opens(call))


def _opens(node: ast.AST) -> bool:
    """Whether this is `with store.read(…)`, `store.write(…)` or another way to a connection."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    of, way = node.func.value, node.func.attr
    is_no_store = isinstance(of, ast.Name) and of.id in {"st", "roomside"}  # `roomside` reads a browser's message
    return way in {"read", "write", "in_one_go", "connect"} and not is_no_store


def _looks_with_the_viewers_eyes(call: ast.Call) -> bool:
    return [ast.unparse(argument) for argument in call.args] == ["viewer.id"]


def test_the_board_reads_with_the_viewers_own_eyes_but_where_it_says_why() -> None:
    found = list(_transactions("mdt/board"))
    ours = {where for where, call in found if not _looks_with_the_viewers_eyes(call)}
    assert ours == set(WITH_OUR_OWN_EYES)
    assert len(found) - len(ours) > 10
    assert not [call for _, call in found if ast.unparse(call.func) not in ("store.read", "store.write")]


def test_the_search_by_name_reads_children_with_the_viewers_own_eyes() -> None:
    (block,) = (
        node
        for node in ast.walk(ast.parse((ROOT / "mdt/board/find.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.With) and ast.unparse(node.items[0].context_expr) == "looking_as(connection, viewer.id)"
    )
    assert "connection.execute(_likely(tokens, viewer))" in ast.unparse(block)
    assert "unseal_child" in ast.unparse(block)


def test_no_page_opens_a_transaction_of_its_own() -> None:
    assert [where for where, _ in _transactions("dashboard")] == []
    assert users({"sqlalchemy", "sqlmodel", "engine", "mdt.records", "mdt.records.tables"}, "dashboard") == set()
    assert users({"mdt.store.engine"}, "dashboard") == {"dashboard/session.py"}
