"""What the documents say is so: the diagram is the process, each glossary name imports, each command and link exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from mdt.cli import app
from mdt.diagram import diagram

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md")]


def test_the_readme_prints_the_process_as_it_is() -> None:
    assert f"```mermaid\n{diagram()}```" in README


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:mdt|flows)\.[A-Za-z_.]+)`", GLOSSARY))))
def test_each_code_name_of_the_glossary_imports(name: str) -> None:
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[n:]:
            found = getattr(found, attribute)
        return
    pytest.fail(f"{name} does not import")


@pytest.mark.parametrize(
    "target", sorted({t for d in DOCUMENTS for t in re.findall(r"(?m)(?:`|^)make ([a-z]+)", d.read_text())})
)
def test_each_make_target_that_is_named_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_each_command_of_mdt_that_is_named_exists() -> None:
    known = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    named = set(re.findall(r"`?\.?v?e?n?v?/?b?i?n?/?mdt (import|check|run|demo)\b", README))
    assert named <= known
    assert {"import", "check"} <= named


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_each_link_to_a_file_leads_to_one(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
