"""HSDS as JSON: nested objects made flat, and flat ones nested again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from mdt.errors import BadFile
from mdt.exchange.hsds import KNOWN_VERSION, VERSION, WRONG_VERSION, Read, canonical, is_empty
from mdt.exchange.hsds_fields import (
    ATTRIBUTE,
    ENTITY,
    METADATA,
    OF_VERSION_2,
    ONE_IN,
    holders,
    kinds_of_files,
    nested_in,
    shapes,
)

if TYPE_CHECKING:
    from mdt.directory_hiding import Data, Objects

NO_JSON = "The file is not good JSON: line {}, character {}."
TOO_DEEP = "The file holds objects within objects, deeper than any directory does."
NO_DIRECTORY = "The file is JSON, but neither a service, a list of services, a page of an API, nor objects by their tables."
BRIEF = {"organization": ("id", "name", "description")}  # an organization has many services
_Inner = tuple[str, Any, str, dict[str, Any]]  # an object held in another: its kind, itself, its place, what says where it is
ABOUT_THE_FILE = frozenset({"version", "hsds_version", "profile", "total_items", "total_pages", "page_number", "size",
                            "first_page", "last_page", "empty"})  # fmt: skip


def read(content: bytes) -> Read:
    """The objects of a JSON file. Raises `BadFile` if it cannot be read at all."""
    try:
        whole = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as wrong:
        raise BadFile(NO_JSON.format(wrong.lineno, wrong.colno)) from None
    found = Read()
    try:
        _read(whole, found)
    except RecursionError:
        raise BadFile(TOO_DEEP) from None
    return found


def _read(whole: object, found: Read) -> None:
    if isinstance(whole, list):
        _services(whole, "", found)
    elif isinstance(whole, dict):
        _whole(whole, found)
    else:
        raise BadFile(NO_DIRECTORY)


def _whole(whole: Data, found: Read) -> None:
    version = whole.get("hsds_version", whole.get("version", VERSION))
    if (not isinstance(version, str) or not KNOWN_VERSION.fullmatch(version)) or OF_VERSION_2 & set(whole):
        found.fault(("", "/"), "version", WRONG_VERSION)
        return
    if isinstance(whole.get("contents"), list):
        _services(whole["contents"], "/contents", found)
    elif "id" in whole:
        _node("service", whole, "", found)
    elif tables := {name: kind for name, kind in kinds_of_files().items() if isinstance(whole.get(name), list)}:
        for name, kind in tables.items():
            _each(kind, whole[name], f"/{name}", found)
        found.left_out.extend(sorted(set(whole) - set(tables) - ABOUT_THE_FILE))
    else:
        raise BadFile(NO_DIRECTORY)


def _services(nodes: list[Any], at: str, found: Read) -> None:
    _each("service", nodes, at, found)


def _each(kind: str, nodes: list[Any], at: str, found: Read) -> None:
    """Each of a list, which is emptied meanwhile: a large file is not kept twice."""
    seen: set[str] = set()
    for n, node in enumerate(nodes):
        if found.is_full:
            return
        nodes[n] = None
        place = f"{at}/{n}"
        id_ = node.get("id") if isinstance(node, dict) else None
        if isinstance(id_, str) and id_ in seen:
            found.fault(("", place), "id", "stands twice in the list.")
        elif isinstance(id_, str):
            seen.add(id_)
        _node(kind, node, place, found)


def _node(kind: str, node: Any, at: str, found: Read, parent: Data | None = None) -> None:  # noqa: ANN401
    """An object, if it is one of this version, and whatever its JSON holds."""
    if not isinstance(node, dict):
        found.fault(("", at), "", "This is not an object with fields.")
    elif OF_VERSION_2 & set(node):
        found.fault(("", at or "/"), "version", WRONG_VERSION)
    else:
        _object(kind, node, at, found, parent or {})


def _object(kind: str, node: Data, at: str, found: Read, parent: Data) -> None:
    data: Data = {}
    inner: list[_Inner] = []
    for name, value in node.items():
        if held := _held(kind, node, name, value, at, found):
            inner += held
            by = ONE_IN.get(kind, {}).get(name)
            if by and isinstance(value, dict):
                _refer(data, by[1], value.get("id"), at, found)
        elif not is_empty(value) and name not in nested_in(kind):
            _refer(data, name, canonical(kind, name, value), at, found)
    for name, value in parent.items():
        _refer(data, name, value, at, found, gently=name in ENTITY.values())
    found.take(kind, data, ("", at or "/"))
    for child, each, place, link in inner:
        _node(child, each, place, found, link)


def _held(kind: str, node: Data, name: str, value: Any, at: str, found: Read) -> list[_Inner]:  # noqa: ANN401
    """The objects that a field holds whole."""
    if name in nested_in(kind):
        child, by = nested_in(kind)[name]
        if isinstance(value, list):
            return [(child, each, f"{at}/{name}/{n}", _link(child, by, kind, node)) for n, each in enumerate(value)]
        if not is_empty(value):
            found.fault(("", at or "/"), name, "is not a list.")
    elif name in ONE_IN.get(kind, {}) and isinstance(value, dict):
        return [(ONE_IN[kind][name][0], value, f"{at}/{name}", {})]
    return []


def _link(child: str, by: str, kind: str, node: Data) -> Data:
    """What a table says of where it belongs to."""
    link = {by: node.get("id")}
    if child == ATTRIBUTE:
        return link | {"link_entity": kind}
    return link | {"resource_type": kind} if child == METADATA else link


def _refer(data: Data, name: str, value: object, at: str, found: Read, *, gently: bool = False) -> None:
    if is_empty(value) or data.setdefault(name, value) == value or gently:
        return
    found.fault(("", at or "/"), name, "is not the id of what it stands in.")


def write(objects: Objects) -> bytes:
    """All objects as JSON: services with all that belongs to them, and by their tables whatever belongs to none."""
    return orjson.dumps(document(objects), option=orjson.OPT_INDENT_2) + b"\n"


def document(objects: Objects) -> Data:
    """The file before it is written. An organization stands whole in its first service, and briefly in others."""
    nest = _Nest(objects)
    services = [nest.whole("service", one) for one in objects.get("service", {})]
    rest = {shapes()[kind].file: left for kind in shapes() if (left := nest.left(kind)) and kind != "service"}
    return {"version": VERSION, "services": services, **rest}


class _Nest:
    """Objects nested again; which have been written is kept, so that none is left out and no large one repeated."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._written: set[tuple[str, str]] = set()
        self._of: dict[tuple[str, str, str], list[str]] = {}
        for kind, of_kind in objects.items():
            for id_, data in of_kind.items():
                for name in holders(kind):
                    if name in data:
                        self._of.setdefault((kind, name, data[name]), []).append(id_)

    def whole(self, kind: str, id_: str) -> Data:
        """An object with all that it holds, without the fields that say in what it is held itself."""
        self._written.add((kind, id_))
        said_above = self._said_above(kind, self._objects[kind][id_])
        made = {name: value for name, value in self._objects[kind][id_].items() if name not in said_above}
        for name, (child, by) in ONE_IN.get(kind, {}).items():
            if child != "service" and name not in made and made.get(by) in self._objects.get(child, {}):
                made[name] = self._one(child, made.pop(by))
        for name, (child, by) in nested_in(kind).items():
            inner = [self.whole(child, one) for one in self._of.get((child, by, id_), ()) if self._holds(kind, child, one, by)]
            if inner:
                made[name] = inner
        return made

    def _one(self, kind: str, id_: str) -> Data:
        if kind in BRIEF and (kind, id_) in self._written:
            data = self._objects[kind][id_]
            return {name: data[name] for name in BRIEF[kind] if name in data}
        return self.whole(kind, id_)

    def _said_above(self, kind: str, data: Data) -> set[str]:
        """The fields that need not be written, as whatever they refer to is written with this in it."""
        said = {by for by, parents in holders(kind).items() for parent in parents
                if data.get(by) in self._objects.get(parent, {}) and self._holds(parent, kind, data["id"], by)}  # fmt: skip
        return said | {entity for by, entity in ENTITY.items()
                       if by in said and data.get(by) in self._objects.get(data.get(entity, ""), {})}  # fmt: skip

    def _holds(self, parent: str, kind: str, id_: str, by: str) -> bool:
        """Whether that kind of object holds this one: an attribute or a note says of which kind it is."""
        if by not in ENTITY:
            return True
        data = self._objects[kind][id_]
        entity = data.get(ENTITY[by])
        return entity == parent or data[by] not in self._objects.get(entity or "", {})

    def left(self, kind: str) -> list[Data]:
        """Those of a kind that are not written yet."""
        return [self.whole(kind, one) for one in self._objects.get(kind, {}) if (kind, one) not in self._written]
