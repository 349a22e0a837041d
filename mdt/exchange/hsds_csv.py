"""HSDS as a tabular data package: a ZIP of one CSV file a table, and a `datapackage.json` that says what they are.

Tables are for machines and come back as they went. A text that a spreadsheet would work out as a formula has an apostrophe put
before it, which is taken away when it is read; a telephone number stays as it is.
"""

from __future__ import annotations

import csv
import re
import zipfile
from io import BytesIO, TextIOWrapper
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import orjson

from mdt.errors import BadFile
from mdt.exchange.hsds import KNOWN_VERSION, VERSION, WRONG_VERSION, Read, canonical, is_empty
from mdt.exchange.hsds_fields import OF_VERSION_2, kinds_of_files, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdt.directory_hiding import Data, Objects

PACKAGE = "datapackage.json"
MEDIA = "application/zip"
LARGEST = 1 << 28  # bytes of all tables together when unpacked
LONGEST_CELL = 1 << 22  # characters; an area drawn on a map is long
NO_ZIP = "The file is no good ZIP of CSV files."
NO_TABLE = "The ZIP holds no table of the standard."
AS_JSON = "mdt:json"  # our own mark in the description of a field that the standard does not know: its cells are JSON
MADE = (1980, 1, 1, 0, 0, 0)  # the same directory is the same file
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d(][\d\s().x+-]*$)", re.ASCII)
_GUARDED = re.compile(r"'+(?:[=@\t\r]|[+-])", re.ASCII)


def read(content: bytes) -> Read:
    """The objects of a package. Raises `BadFile` if it cannot be read at all."""
    found = Read(tabular=True)
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _tables(package, found)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as bad:  # broken, or locked by a password
        raise BadFile(NO_ZIP) from bad
    return found


def _tables(package: zipfile.ZipFile, found: Read) -> None:
    names = {PurePosixPath(one.filename).name: one for one in package.infolist() if not one.is_dir()}
    stems = {PurePosixPath(name).stem: name for name in names if name.endswith(".csv")}
    described = _described(package, names, found)
    known = {stem: kind for stem, kind in kinds_of_files().items() if stem in stems}
    if old := OF_VERSION_2 & set(stems):
        found.fault((f"{min(old)}.csv", ""), "", WRONG_VERSION)
    if found.faults:
        return
    if not known:
        raise BadFile(NO_TABLE)
    if sum(names[stems[stem]].file_size for stem in known) > LARGEST:  # and no more is read of one than it says
        raise BadFile("The ZIP holds more than any directory does.")
    for stem, kind in known.items():
        name = stems[stem]
        with package.open(names[name]) as raw:
            _table(kind, name, TextIOWrapper(raw, "utf-8-sig", newline=""), found, described.get(stem, frozenset()))
    found.left_out.extend(sorted(set(names) - {stems[stem] for stem in known} - {PACKAGE}))


def _described(package: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], found: Read) -> dict[str, frozenset[str]]:
    """By table, the fields whose cells are JSON. A package of another version is a fault."""
    if PACKAGE not in names or names[PACKAGE].file_size > LONGEST_CELL:
        return {}
    try:
        said = orjson.loads(package.read(names[PACKAGE]))
    except orjson.JSONDecodeError:
        found.fault((PACKAGE, ""), "", "This is not good JSON.")
        return {}
    said = said if isinstance(said, dict) else {}
    version = said.get("hsds_version", said.get("version", VERSION))
    if not isinstance(version, str) or not KNOWN_VERSION.fullmatch(version):
        found.fault((PACKAGE, ""), "version", WRONG_VERSION)
    resources = said.get("resources")
    return dict(_marked(one) for one in resources if isinstance(one, dict)) if isinstance(resources, list) else {}


def _marked(resource: Data) -> tuple[str, frozenset[str]]:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    ours = (one for one in fields if isinstance(one, dict) and one.get(AS_JSON) is True) if isinstance(fields, list) else ()
    marked = frozenset(one["name"] for one in ours if isinstance(one.get("name"), str))
    return PurePosixPath(str(resource.get("path", ""))).stem, marked


def _table(kind: str, name: str, text: TextIOWrapper, found: Read, as_json: frozenset[str]) -> None:
    others = csv.field_size_limit(LONGEST_CELL)  # one for the whole process: whoever reads next has its own again
    try:
        rows = csv.reader(text, strict=True)
        columns = [one.strip() for one in next(rows, [])]
        if len(set(columns)) < len(columns) or "" in columns:
            found.fault((name, "row 1"), "", "A column has no name, or two have the same.")
            return
        for n, row in enumerate(rows, 2):
            if found.is_full:
                return
            if row:
                _row(kind, (name, f"row {n}"), columns, row, found, as_json)
    except UnicodeDecodeError:
        found.fault((name, ""), "", "The file is not UTF-8.")
    except csv.Error:
        found.fault((name, ""), "", "A cell is opened and never closed, or is longer than any is.")
    finally:
        csv.field_size_limit(others)


def _row(kind: str, place: tuple[str, str], columns: list[str], row: list[str], found: Read, as_json: frozenset[str]) -> None:
    if len(row) > len(columns):
        found.fault(place, "", "The row has more cells than there are columns.")
        return
    data: Data = {}
    for name, cell in zip(columns, row, strict=False):
        try:
            value = orjson.loads(cell) if name in as_json and cell else canonical(kind, name, _unguarded(cell))
        except orjson.JSONDecodeError:
            found.fault(place, name, "is not JSON, as the package says it is.")
            continue
        if not is_empty(value):
            data[name] = value
    found.take(kind, data, place)


def write(objects: Objects) -> bytes:
    """All objects as a package."""
    out = BytesIO()
    tables = {shape.kind: objects[shape.kind] for shape in shapes().values() if objects.get(shape.kind)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        resources = [_write_table(package, kind, table) for kind, table in tables.items()]
        said = {"profile": "tabular-data-package", "name": "hsds", "version": VERSION, "resources": resources}
        package.writestr(_member(PACKAGE), orjson.dumps(said, option=orjson.OPT_INDENT_2))
    return out.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, MADE)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _write_table(package: zipfile.ZipFile, kind: str, table: dict[str, Data]) -> dict[str, Any]:
    """One table; what its description says of it."""
    known = shapes()[kind].fields
    held = {name for data in table.values() for name in data}
    foreign = sorted(held - set(known))
    as_json = {name for name in foreign if not all(isinstance(data[name], str) for data in table.values() if name in data)}
    columns = [name for name in known if name in held] + foreign
    with package.open(_member(f"{shapes()[kind].file}.csv"), "w") as raw, TextIOWrapper(raw, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(_cells(data, columns, as_json) for data in table.values())
    return {
        "name": shapes()[kind].file,
        "path": f"{shapes()[kind].file}.csv",
        "schema": {"fields": [_field(kind, name, as_json) for name in columns], "primaryKey": "id"},
    }


def _field(kind: str, name: str, as_json: set[str]) -> dict[str, Any]:
    number = shapes()[kind].fields.get(name) == "number"
    return {"name": name, "type": "number" if number else "string"} | ({AS_JSON: True} if name in as_json else {})


def _cells(data: Data, columns: list[str], as_json: set[str]) -> Iterator[str]:
    for name in columns:
        value = data.get(name)
        if value is None:
            yield ""
        elif name in as_json:
            yield orjson.dumps(value).decode()
        else:
            yield _guarded(value) if isinstance(value, str) else orjson.dumps(value).decode()


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) or _GUARDED.match(text) else text


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
