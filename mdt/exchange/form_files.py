"""An agency's own form as a fillable PDF: its fields read, what could do something by itself taken out, our values put in.

A stranger's file is trusted with nothing: no script, no action, no attachment and no outside form of it is kept.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeVar

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, TextStringObject

from mdt.errors import BadFile
from mdt.exchange.documents import clean
from mdt.exchange.pdf_files import stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pypdf import PageObject

LARGEST = 5_000_000  # bytes
MOST_PAGES, MOST_FIELDS, MOST_OBJECTS = 40, 1_000, 20_000
BROKEN = "This is no PDF that can be read. Save the agency's form anew as a PDF with fields, and try again."
# What starts something, embeds something, or holds another form: dropped from every object.
_DOES = frozenset(
    {"/AA", "/OpenAction", "/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EmbeddedFile", "/AF", "/EF", "/RichMediaContent"}
)  # fmt: skip
_ACTION = "/A"  # of an annotation or an outline; of a structure element it is no action and is left
_FILLED = {"/Tx": "text", "/Btn": "box", "/Ch": "choice"}


def fields(content: bytes) -> dict[str, str]:
    """The form's fields by name, each "text", "box" or "choice". Raises `BadFile`, with what to do."""
    return _reading(content, _fields)


def sanitised(content: bytes) -> bytes:
    """The form without what could do something by itself. Raises `BadFile`, with what to do."""
    return _reading(content, _without_actions)


def filled(content: bytes, values: Mapping[str, str]) -> bytes:
    """The form with these values in the fields of these names; what is not named stays open. Raises `BadFile`."""
    return _reading(content, lambda reader: _filled(reader, values))


Found = TypeVar("Found")


def _reading(content: bytes, then: Callable[[PdfReader], Found]) -> Found:
    if len(content) > LARGEST:
        raise BadFile(f"This PDF is larger than {LARGEST // 1_000_000} MB. Save it smaller, without pictures, and try again.")
    if not content.startswith(b"%PDF-"):
        raise BadFile(BROKEN)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise BadFile("This PDF is locked with a password. Ask the agency for one that is not, and try again.")
        if len(reader.pages) > MOST_PAGES:
            raise BadFile(f"This PDF has more than {MOST_PAGES} pages; it is no application form.")
        return then(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise BadFile(BROKEN) from None


def _fields(reader: PdfReader) -> dict[str, str]:
    found = reader.get_fields() or {}
    named = {str(name): _FILLED[str(one.get("/FT"))] for name, one in found.items() if str(one.get("/FT")) in _FILLED}
    if not named:
        raise BadFile("This PDF has no fields to fill in. Ask the agency for the fillable form, and try again.")
    if len(named) > MOST_FIELDS:
        raise BadFile(f"This PDF has more than {MOST_FIELDS} fields; it is no application form.")
    return named


def _without_actions(reader: PdfReader) -> bytes:
    _fields(reader)
    into = PdfWriter(clone_from=reader)
    for one in _dictionaries(into):
        for name in [name for name in one if name in _DOES or (name == _ACTION and _is_action(one[name]))]:
            del one[NameObject(name)]
    into.metadata = {"/Producer": "mdt"}
    return _bytes(into)


def _is_action(value: Any) -> bool:  # noqa: ANN401  # whatever the file holds there
    held = value.get_object()
    return isinstance(held, DictionaryObject) and "/S" in held


def _dictionaries(into: PdfWriter) -> Iterator[DictionaryObject]:
    """Every dictionary of the file, also one within another."""
    left: list[Any] = [into.root_object, *(one for one in into._objects if one is not None)]  # noqa: SLF001  # no other way
    seen: set[int] = set()
    while left:
        one = left.pop()
        held = one.get_object() if isinstance(one, IndirectObject) else one
        if id(held) in seen or not isinstance(held, DictionaryObject | ArrayObject):
            continue
        seen.add(id(held))
        if len(seen) > MOST_OBJECTS:
            raise BadFile("This PDF holds too much to be an application form.")
        if isinstance(held, DictionaryObject):
            yield held
        left += list(held.values()) if isinstance(held, DictionaryObject) else list(held)


def _filled(reader: PdfReader, values: Mapping[str, str]) -> bytes:
    kinds = _fields(reader)
    given = {name: clean(value) for name, value in values.items() if kinds.get(name) in ("text", "choice")}
    ticked = {name: _on(reader, name) for name, value in values.items() if kinds.get(name) == "box" and value}
    into = PdfWriter(clone_from=reader)
    for page in into.pages:
        if "/Annots" in page:
            _fill(into, page, given | ticked)
    into.set_need_appearances_writer(state=True)
    return _bytes(into)


def _fill(into: PdfWriter, page: PageObject, values: Mapping[str, str]) -> None:
    """Fill the fields of a page, each by its whole name.

    pypdf takes a name for the last part of a longer one too: the name of the child for that of `Attorney.Name`. So fields of
    such a last part are called otherwise meanwhile.
    """
    longer = {name: value for name, value in values.items() if "." in name}
    plain = {name: value for name, value in values.items() if "." not in name}
    if longer:
        into.update_page_form_field_values(page, longer, auto_regenerate=False)
    others = [one for one in _named(page) if str(one["/T"]) in plain and _whole_name(one) != str(one["/T"])]
    called = [one["/T"] for one in others]
    for one in others:
        one[NameObject("/T")] = TextStringObject(f"{one['/T']} of another")
    if plain:
        into.update_page_form_field_values(page, plain, auto_regenerate=False)
    for one, name in zip(others, called, strict=True):
        one[NameObject("/T")] = name


def _named(page: PageObject) -> list[DictionaryObject]:
    """The named fields of a page: an annotation itself, or what it is a part of."""
    found: dict[int, DictionaryObject] = {}
    for one in map(_dictionary, _array(page["/Annots"])):
        named = one if one is None or "/T" in one else _dictionary(one.get("/Parent"))
        if named is not None and "/T" in named:
            found[id(named)] = named
    return list(found.values())


def _whole_name(one: DictionaryObject) -> str:
    parts: list[str] = []
    at: DictionaryObject | None = one
    while at is not None and len(parts) < MOST_FIELDS:
        parts.append(str(at.get("/T", "")))
        at = _dictionary(at.get("/Parent"))
    return ".".join(filter(None, reversed(parts)))


def _array(held: Any) -> ArrayObject:  # noqa: ANN401  # whatever the file holds there
    found = held.get_object()
    return found if isinstance(found, ArrayObject) else ArrayObject()


def _dictionary(held: Any) -> DictionaryObject | None:  # noqa: ANN401
    found = held.get_object() if held is not None else None
    return found if isinstance(found, DictionaryObject) else None


def with_cover(content: bytes, cover: bytes, stamp: str) -> bytes:
    """The filled form behind a cover sheet, the stamp at the head of each of its pages (§ 17a-28(k))."""
    return _reading(content, lambda reader: _covered(reader, cover, stamp))


def _covered(reader: PdfReader, cover: bytes, stamp: str) -> bytes:
    into = PdfWriter(clone_from=reader)
    for page in into.pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        page.merge_page(PdfReader(io.BytesIO(stamped(stamp, width, height))).pages[0])
    for n, sheet in enumerate(PdfReader(io.BytesIO(cover)).pages):
        into.insert_page(sheet, n)
    return _bytes(into)


def _on(reader: PdfReader, name: str) -> str:
    """How this box says that it is ticked."""
    states = (reader.get_fields() or {})[name].get("/_States_", [])
    return next((str(state) for state in states if str(state) != "/Off"), "/Yes")


def _bytes(into: PdfWriter) -> bytes:
    out = io.BytesIO()
    into.write(out)
    return out.getvalue()
