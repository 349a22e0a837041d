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


def test_nothing_but_the_exports_and_the_signed_head_is_handed_out_by_a_page() -> None:
    assert users({"download_button"}, "dashboard") == {"dashboard/exporting.py", "dashboard/audit.py"}


def test_tables_are_written_in_the_exchange_alone_and_made_for_people_by_one_function() -> None:
    assert users({"openpyxl", "xlsxwriter"}, "mdt", "dashboard", "flows") == {
        "mdt/exchange/cells.py",
        "mdt/exchange/tables.py",
    }
    written = users({"writer", "DictWriter", "writerow", "writerows"}, "mdt", "dashboard", "flows")
    assert written == {"mdt/exchange/referrals.py", "mdt/exchange/tables.py"}
    assert users({"to_csv", "to_xlsx", "to_excel"}, "mdt", "dashboard", "flows") == {"mdt/casework/exporting.py"}
    assert users({"export"}, "dashboard") == {"dashboard/exporting.py", "dashboard/audit.py"}


def test_no_table_on_a_page_offers_a_way_out_of_its_own() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["client"]["disableDataExport"] is True
